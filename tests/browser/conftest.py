"""네트워크를 끊은 진짜 브라우저."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock
from playwright.sync_api import Browser, sync_playwright

from tests.browser import chromium
from tests.browser.reader import Reader, serving
from tests.browser.widgetry import build_every_widget, visits, widget_book


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = chromium.find()
    if path is None:
        if os.environ.get("CI") == "true":
            pytest.fail(chromium.NONE)
        pytest.skip(chromium.NONE)
    with sync_playwright() as driver:
        instance = driver.chromium.launch(
            executable_path=path, args=list(chromium.ARGUMENTS)
        )
        yield instance
        instance.close()


@pytest.fixture(scope="session")
def server(site: Path) -> Iterator[str]:
    with serving(site) as base:
        yield base


@pytest.fixture
def read(browser: Browser, site: Path):  # type: ignore[no-untyped-def]
    """독자를 만드는 함수. 너비, 밝기, 주소(file:// 또는 http://)를 고릅니다."""
    contexts = []

    def make(
        width: int = 1280,
        scheme: str = "light",
        base: str | None = None,
        touch: bool = False,
        media: str | None = None,
    ) -> Reader:
        # file://은 통째로 끊습니다. localhost는 끊으면 함께 막히므로 요청을 지켜봅니다.
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=scheme,
            offline=base is None,
            has_touch=touch,
            locale="ko-KR",
        )
        contexts.append(context)
        page = context.new_page()
        if media:
            page.emulate_media(media=media)
        reader = Reader(page, base or site.as_uri())
        reader.watch()
        return reader

    yield make
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def every_widget(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """모든 위젯이 있는 책. 나란히 도는 pytest의 일꾼들이 하나를 함께 씁니다."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    book = folder / "every-widget"
    with FileLock(f"{book}.lock"):
        if not book.exists():
            build_every_widget(book)
    return book / "_build/html"


@pytest.fixture(scope="module")
def book(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    every_widget: Path,
) -> Path:
    """위젯 하나가 있는 책. 테스트 파일이 그 클래스를 ``WIDGET``에 적습니다."""
    name = request.module.WIDGET
    return widget_book(every_widget, name, tmp_path_factory.mktemp(name))


@pytest.fixture
def visit(browser: Browser, book: Path):  # type: ignore[no-untyped-def]
    """책을 여는 함수(`widgetry.visits`)."""
    with visits(browser, book) as visit:
        yield visit
