"""재는 페이지: 진짜 Chromium 하나에 일을 시키고 답을 받습니다.

브라우저를 부리는 꾸러미 없이 표준 라이브러리만 씁니다. 페이지가 이 기계의 서버에 답을
보내면서 다음 일을 기다립니다. `workers.Worker`와 쓰는 법이 같습니다.
"""

from __future__ import annotations

import json
import os
import queue
import shutil
import subprocess
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# 뒤에서 도는 네트워크 일을 끄고, 루트로도 뜨게 합니다.
ARGUMENTS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
SECONDS = 120
PAGE = (Path(__file__).parent / "page.html").read_bytes()


class PageError(RuntimeError):
    """페이지가 일을 마치지 못했습니다."""


def find() -> str | None:
    """Chromium의 자리. 환경 변수 CHROMIUM이 먼저이고, 없으면 None입니다."""
    given = os.environ.get("CHROMIUM")
    return given or next(filter(None, map(shutil.which, NAMES)), None)


class Page:
    """빈 페이지 하나를 띄운 Chromium."""

    def __init__(self, chromium: str) -> None:
        self._tasks: queue.Queue[dict[str, Any]] = queue.Queue()
        self._answers: queue.Queue[dict[str, Any]] = queue.Queue()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self._profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        address = f"http://127.0.0.1:{self._server.server_port}/"
        self._process = subprocess.Popen(
            [chromium, *ARGUMENTS, f"--user-data-dir={self._profile.name}", address],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def ask(self, task: str, **arguments: Any) -> Any:
        """일 하나를 시키고 답을 기다립니다."""
        self._tasks.put({"task": task, **arguments})
        try:
            answer = self._answers.get(timeout=SECONDS)
        except queue.Empty:
            raise PageError(f"Chromium이 {SECONDS}초 안에 답하지 않았습니다.") from None
        if "error" in answer:
            raise PageError(answer["error"])
        return answer["value"]

    def close(self) -> None:
        """Chromium과 서버를 끝냅니다."""
        self._process.terminate()
        self._process.wait()
        self._server.shutdown()
        self._server.server_close()
        self._profile.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        tasks, answers = self._tasks, self._answers

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self._send(PAGE if self.path == "/" else b"", "text/html")

            def do_POST(self) -> None:
                answer = json.loads(
                    self.rfile.read(int(self.headers["Content-Length"]))
                )
                if answer is not None:
                    answers.put(answer)
                self._send(json.dumps(tasks.get()).encode(), "application/json")

            def _send(self, body: bytes, kind: str) -> None:
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                # 이 둘이 있어야 페이지의 시계가 100마이크로초보다 촘촘합니다.
                self.send_header("Cross-Origin-Opener-Policy", "same-origin")
                self.send_header("Cross-Origin-Embedder-Policy", "require-corp")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                """접속 기록을 남기지 않습니다."""

        return Handler
