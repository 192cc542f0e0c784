"""위젯을 시험하는 도구: 작은 책에 위젯을 넣어 짓고, 읽는 사람처럼 만집니다.

위젯 하나의 테스트는 이렇게 시작합니다.

    @pytest.fixture(scope="module")
    def book(tmp_path_factory) -> Path:
        folder = tmp_path_factory.mktemp("rotate")
        return build_book(folder, "from recbook import widgets\\nwidgets.Rotate()")

    @pytest.fixture
    def visit(browser, book):
        with visits(browser, book) as visit:
            yield visit

    def test_it_mounts(visit):
        reader = visit(width=360, scheme="dark", touch=True)
        place = widget(reader, "rotate")
        ...
        assert reader.faults == []
"""

from __future__ import annotations

import functools
import http.server
import json
import re
import shutil
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Locator

from tests.book.minibook import MiniBook
from tests.browser.conftest import Reader

ROOT = Path(__file__).parent.parent.parent
AXE = ROOT / "theme/node_modules/axe-core/axe.min.js"
PAGE = "chapters/page.html"

SERIOUS = """
root => axe.run(root, {resultTypes: ['violations']}).then(found => found.violations
  .filter(one => ['serious', 'critical'].includes(one.impact))
  .map(one => [one.id, one.nodes.map(node => node.target.join(' ')),
               one.nodes[0].failureSummary]))
"""
# 페이지가 옆으로 밀리거나, 눈에 보이는 것이 위젯의 틀 밖으로 나갔는지
OUTSIDE = """
root => {
  const edge = root.getBoundingClientRect();
  const out = [...root.querySelectorAll('*')]
    .filter(one => one.checkVisibility())
    .filter(one => !one.closest('.rbw-voice, .rbw-spoken, svg'))
    .map(one => [one.className || one.tagName, one.getBoundingClientRect()])
    .filter(([, box]) => box.width)
    .filter(([, box]) => box.left < edge.left - 1 || box.right > edge.right + 1)
    .map(([name, box]) => `${name} ${box.left}–${box.right}`);
  return document.documentElement.scrollWidth > innerWidth ? ['페이지', ...out] : out;
}
"""
SMALL = """
root => [...root.querySelectorAll('button, input, .rbw-number, label')]
  .filter(one => one.checkVisibility() && !one.matches('.rbw-segments input'))
  .map(one => [one.className || one.textContent, one.getBoundingClientRect().height])
  .filter(([, height]) => height < 43.5)
"""


def build_book(folder: Path, code: str, extra: Iterable[Path] = ()) -> Path:
    """코드 한 셀짜리 책을 Sphinx로 짓고, 지어진 폴더를 냅니다.

    Parameters
    ----------
    folder : Path
        책을 놓을 빈 폴더.
    code : str
        위젯을 보이는 코드.
    extra : iterable of Path
        책의 `recbook/widgets`에 더 넣을 파일.
    """
    book = MiniBook(folder / "book")
    for path in extra:
        shutil.copy(path, book.folder / "recbook/widgets" / path.name)
    book.notebook(code, "# 위젯\n\n위젯을 만져 봅니다.")
    code_of_build, log = book.build()
    assert code_of_build == 0, log
    return book.folder / "_build/html"


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


@contextmanager
def visits(browser: Browser, site: Path) -> Iterator[Callable[..., Reader]]:
    """페이지를 여는 함수: ``visit(width=, scheme=, touch=, base=, fragment=, …)``.

    `base`를 주지 않으면 file://로 열고 네트워크를 통째로 끊습니다. 그 밖의 이름은
    Playwright의 ``new_context``로 갑니다.
    """
    contexts = []

    def visit(
        width: int = 1280,
        scheme: str = "light",
        touch: bool = False,
        base: str | None = None,
        fragment: str = "",
        **options: object,
    ) -> Reader:
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=scheme,  # type: ignore[arg-type]
            has_touch=touch,
            offline=base is None,
            locale="ko-KR",
            **options,  # type: ignore[arg-type]
        )
        contexts.append(context)
        reader = Reader(context.new_page(), base or site.as_uri())
        reader.watch()
        reader.open(PAGE + fragment)
        return reader

    yield visit
    for context in contexts:
        context.close()


def widget(reader: Reader, name: str, nth: int = 0) -> Locator:
    """다 선 위젯 하나."""
    place = reader.page.locator(f'.rb-widget[data-widget="{name}"]').nth(nth)
    place.locator("section.rbw[data-ready]").wait_for()
    return place


def skip_guess(place: Locator) -> None:
    """예상하지 않고 조작부를 엽니다."""
    place.get_by_role("button", name="예상하지 않고 보기").click()


def number(text: str) -> float:
    """화면에 적힌 첫 수."""
    found = re.search(r"[−+-]?\d+(?:\.\d+)?", text)
    assert found, text
    return float(found.group().replace("−", "-"))


def check_accessible(reader: Reader, place: Locator) -> None:
    """axe-core가 찾는 심각한 위반이 없습니다."""
    reader.page.add_script_tag(path=str(AXE))
    serious = place.evaluate(SERIOUS)
    assert serious == [], json.dumps(serious, ensure_ascii=False, indent=1)


def check_fits(place: Locator) -> None:
    """틀 밖으로 나간 것이 없고, 손가락으로 누를 만큼 높습니다."""
    root = place.locator("section.rbw")
    assert root.evaluate(OUTSIDE) == []
    assert root.evaluate(SMALL) == []
