"""위젯을 시험하는 도구: 작은 책에 위젯을 넣어 짓고, 읽는 사람처럼 만집니다.

위젯 하나의 테스트는 클래스의 이름으로 시작합니다. `visit`은 conftest에 있습니다.

    WIDGET = "Rotate"

    def test_it_mounts(visit):
        reader = visit(width=360, scheme="dark", touch=True)
        place = widget(reader, "rotate")
        ...
        assert reader.faults == []
"""

from __future__ import annotations

import base64
import json
import os
import random
import re
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Locator

from recbook import widgets
from tests.book.minibook import TOC, MiniBook
from tests.browser.reader import Reader

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

LEAVE = "window.dispatchEvent(new PageTransitionEvent('pagehide'))"
# 브라우저 안에서 손을 천 번 놀립니다: 밖에서 하나씩 부르면 너무 느립니다.
RUMMAGE = """
([root, seed, count]) => {
  let state = seed;
  const below = (n) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
  const keys = ["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "PageUp",
                "PageDown", "Home", "End", "Escape", "a"];
  for (let n = 0; n < count; n += 1) {
    const all = [...root.querySelectorAll("button, input, [role=spinbutton]")]
      .filter((one) => !one.disabled && !one.closest("[inert]")
        && one.textContent !== "주소 복사");
    const one = all[below(all.length)];
    const kind = below(3);
    if (kind === 0) one.click();
    else if (kind === 1) {
      one.focus();
      one.dispatchEvent(new KeyboardEvent("keydown", {
        key: keys[below(keys.length)], bubbles: true, cancelable: true }));
    } else if (one.type === "number") {
      one.value = ["", "1e9", "-3.33", "0.5"][below(4)];
      one.dispatchEvent(new Event("input", { bubbles: true }));
      one.dispatchEvent(new Event("change", { bubbles: true }));
    }
  }
}
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
    added = list(extra)
    book = MiniBook(folder / "book", borrow=not added)
    shutil.copytree(ROOT / "data", book.folder / "data", dirs_exist_ok=True)
    for path in added:
        shutil.copy(path, book.folder / "recbook/widgets" / path.name)
    book.notebook(code, "# 위젯\n\n위젯을 만져 봅니다.")
    code_of_build, log = book.build()
    assert code_of_build == 0, log
    return book.folder / "_build/html"


def build_every_widget(folder: Path) -> Path:
    """모든 위젯의 페이지가 하나씩 있는 책. 위젯마다 짓는 것보다 훨씬 빠릅니다."""
    book = MiniBook(folder, borrow=True)
    shutil.copytree(ROOT / "data", book.folder / "data", dirs_exist_ok=True)
    names = [name for name in widgets.__all__ if name not in {"Quiz", "Widget"}]
    for name in names:
        code = f"from recbook import widgets\nwidgets.{name}()"
        book.cells(code, text="# 위젯\n\n위젯을 만져 봅니다.", name=name)
    pages = "".join(f"  - file: chapters/{name}\n" for name in names)
    book.write("_toc.yml", TOC + pages)
    status, log = book.build()
    assert status == 0, log
    return book.folder / "_build/html"


def widget_book(every: Path, name: str, folder: Path) -> Path:
    """위젯 하나가 `PAGE`에 있는 책.

    Parameters
    ----------
    every : Path
        모든 위젯이 있는 책.
    name : str
        위젯의 클래스.
    folder : Path
        책을 놓을 빈 폴더. 파일은 함께 쓰는 책에 이어 둡니다.
    """
    site = folder / "html"
    shutil.copytree(every, site, copy_function=os.link)
    (site / PAGE).unlink()
    os.link(every / f"chapters/{name}.html", site / PAGE)
    return site


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


def leave(reader: Reader) -> str:
    """떠날 때의 주소. 미루어 둔 것을 적게 하고, 받던 파일은 마저 받습니다."""
    address: str = reader.page.evaluate(f"() => {{ {LEAVE}; return location.href; }}")
    reader.page.wait_for_load_state("networkidle")
    reader.page.evaluate("document.fonts.ready.then(() => true)")
    reader.weighs = False
    return address


def reload(reader: Reader) -> None:
    """다 받은 다음 페이지를 다시 읽습니다."""
    leave(reader)
    reader.page.reload()


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


def packed(value: object) -> str:
    """주소의 조각에 싣는 상태."""
    text = json.dumps(value).encode()
    return base64.urlsafe_b64encode(text).decode().rstrip("=")


class Finger:
    """진짜 손가락처럼: 닿고, 움직이고, 떼는 일을 브라우저에 보냅니다."""

    def __init__(self, reader: Reader) -> None:
        self.page = reader.page
        self.client = reader.page.context.new_cdp_session(reader.page)

    def _send(self, kind: str, points: list[dict[str, float]]) -> None:
        event = {"type": kind, "touchPoints": points}
        self.client.send("Input.dispatchTouchEvent", event)

    def swipe(self, target: Locator, across: float, down: float) -> None:
        target.scroll_into_view_if_needed()
        box = target.bounding_box()
        assert box is not None
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        self._send("touchStart", [{"x": x, "y": y}])
        for part in range(1, 11):
            at = {"x": x + across * part / 10, "y": y + down * part / 10}
            self._send("touchMove", [at])
            self.page.wait_for_timeout(16)
        self._send("touchEnd", [])


def rummage(
    reader: Reader,
    *places: Locator,
    touches: int = 1000,
    check: Callable[[], object] = lambda: None,
    heap: int = 2_000_000,
    nodes: int = 500,
) -> None:
    """아무 데나 만지고, 오류가 없고 기억이 쌓이지 않는지 봅니다.

    Parameters
    ----------
    *places : Locator
        만질 위젯. 예상하기가 다시 열리면 건너뜁니다.
    touches : int
        만지는 횟수.
    check : callable
        다섯 번에 나누어 만지고, 그때마다 부릅니다.
    heap, nodes : int
        늘어도 되는 기억(바이트)과 요소의 수.
    """
    client = reader.page.context.new_cdp_session(reader.page)
    client.send("Performance.enable")
    roots = [place.element_handle() for place in places]
    chance = random.Random(20261122)

    def measure() -> dict[str, float]:
        # 낭독과 주소 적기는 조금 뒤에 일어납니다. 그때까지는 지난 글자가 남아 있습니다.
        reader.page.wait_for_timeout(1000)
        client.send("HeapProfiler.collectGarbage")
        metrics = client.send("Performance.getMetrics")["metrics"]
        return {one["name"]: one["value"] for one in metrics}

    def touch() -> None:
        for place, root in zip(places, roots, strict=True):
            seed, count = chance.randrange(2**32), touches // 5 // len(places)
            reader.page.evaluate(RUMMAGE, [root, seed, count])
            if place.get_by_role("button", name="예상하지 않고 보기").is_visible():
                skip_guess(place)
            assert place.locator(".rbw-failure").count() == 0
        check()

    touch()
    before = measure()
    for _ in range(5):
        touch()
    after = measure()
    assert reader.faults == []
    assert after["JSHeapUsedSize"] - before["JSHeapUsedSize"] < heap
    # 한 번 만질 때마다 하나만 새도 천이 넘습니다.
    assert after["Nodes"] - before["Nodes"] < nodes
    assert after["JSEventListeners"] - before["JSEventListeners"] < 60
