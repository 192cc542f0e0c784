"""책을 읽는 사람과, 책을 http://로 여는 서버."""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Page


@dataclass
class Reader:
    """책을 읽는 사람 하나: 페이지와 그동안 일어난 잘못."""

    page: Page
    base: str
    faults: list[str] = field(default_factory=list)
    bytes: dict[str, int] = field(default_factory=dict)
    weighs: bool = True
    """응답의 무게를 재는지. 떠나는 페이지의 응답은 읽을 수 없으므로 그 전에 끕니다."""

    def watch(self) -> None:
        """콘솔 오류, 페이지 오류, 책 밖으로 나가는 요청을 모두 적습니다."""
        page = self.page
        page.on(
            "console",
            lambda m: (
                self.faults.append(f"{m.type}: {m.text}")
                if m.type in {"error", "warning"}
                else None
            ),
        )
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("requestfailed", self._failed)
        page.on("request", self._request)
        page.on("response", self._response)

    def _request(self, request) -> None:  # type: ignore[no-untyped-def]
        if not request.url.startswith((self.base, "data:", "blob:")):
            self.faults.append(f"바깥 요청: {request.url}")

    def _failed(self, request) -> None:  # type: ignore[no-untyped-def]
        # 떠날 때 브라우저가 받다 만 것(아이콘)은 잘못이 아닙니다.
        if self.weighs or request.failure != "net::ERR_ABORTED":
            self.faults.append(f"실패: {request.url}")

    def _response(self, response) -> None:  # type: ignore[no-untyped-def]
        if self.weighs and response.url.startswith(self.base):
            self.bytes[response.url] = len(response.body())

    def open(self, name: str) -> Page:
        """책의 한 페이지를 열고 글꼴이 다 올 때까지 기다립니다."""
        self.page.goto(f"{self.base}/{name}")
        self.page.evaluate("document.fonts.ready.then(() => true)")
        return self.page


@contextmanager
def serving(site: Path) -> Iterator[str]:
    """지어진 책을 http://로 엽니다."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            """테스트 출력에 접속 기록을 남기지 않습니다."""

    handler = functools.partial(Quiet, directory=str(site))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as instance:
        thread = threading.Thread(target=instance.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{instance.server_address[1]}"
        instance.shutdown()
        thread.join()
