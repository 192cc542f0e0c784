"""위젯을 독자처럼: 네트워크를 끊고, 마우스와 키보드와 손가락으로 만집니다."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Locator

from recbook import datasets
from tests.browser.reader import Reader, serving
from tests.browser.widgetry import (
    PAGE,
    Finger,
    build_book,
    check_accessible,
    check_fits,
    leave,
    number,
    packed,
    reload,
    rummage,
    skip_guess,
    widget,
)

EX = datasets.worked_example()
CODE = """\
from IPython.display import display
from recbook import widgets

display(widgets.Product(), widgets.Product())
"""


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_book(tmp_path_factory.mktemp("product"), CODE)


@pytest.fixture(scope="module")
def over_http(book: Path):  # type: ignore[no-untyped-def]
    with serving(book) as base:
        yield base


class Hand:
    """3×3 위젯을 만지는 손: 칸과 단추의 자리, 화면에 적힌 수."""

    def __init__(self, reader: Reader, nth: int = 0, *, ready: bool = True) -> None:
        self.reader = reader
        self.page = reader.page
        self.place = widget(reader, "product", nth)
        if ready:
            skip_guess(self.place)

    def entry(self, side: str, row: int, column: int) -> Locator:
        tone = {"U": "user", "I": "item"}[side]
        # Iᵀ의 표에서는 요인이 행이고 아이템이 열입니다.
        at = row * 3 + column if side == "U" else column * 3 + row
        return self.place.locator(f".rbw-number.rbw-{tone}").nth(at)

    def cell(self, u: int, i: int) -> Locator:
        return self.place.locator(".rbw-product-cell").nth(u * 3 + i)

    def value(self, side: str, row: int, column: int) -> float:
        return float(str(self.entry(side, row, column).get_attribute("aria-valuenow")))

    def matrices(self) -> tuple[np.ndarray, np.ndarray]:
        indices = list(np.ndindex(3, 3))
        U, I = (  # noqa: E741
            np.array([self.value(side, *at) for at in indices]).reshape(3, 3)
            for side in "UI"
        )
        return U, I

    def rmse(self) -> float:
        return number(self.place.locator(".rbw-product-rmse").inner_text())

    def drag(self, target: Locator, across: float, down: float = 0) -> None:
        target.scroll_into_view_if_needed()
        box = target.bounding_box()
        assert box is not None
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        self.page.mouse.move(x, y)
        self.page.mouse.down()
        self.page.mouse.move(x + across / 2, y + down / 2, steps=4)
        self.page.mouse.move(x + across, y + down, steps=4)
        self.page.mouse.up()

    def check(self) -> None:
        """화면에 적힌 모든 수가 파이썬으로 센 것과 같습니다."""
        U, I = self.matrices()  # noqa: E741
        expected = U @ I.T
        for u, i in np.ndindex(3, 3):
            label = str(self.cell(u, i).text_content())
            said = re.findall(r"(예측|관측|오차) [▲▼]?([−+]?[\d.]+)", label)
            numbers = [float(text.replace("−", "-")) for _, text in said]
            off = expected[u, i] - EX.R[u, i]
            wanted = [expected[u, i], EX.R[u, i], off]
            np.testing.assert_allclose(numbers, wanted, atol=0.0051)
        rmse = np.sqrt(np.mean((expected - EX.R) ** 2))
        assert self.rmse() == pytest.approx(rmse, abs=5.1e-4)
        self._check_sum(U, I)
        assert self.reader.faults == []

    def _check_sum(self, U: np.ndarray, I: np.ndarray) -> None:  # noqa: E741
        chosen = self.place.locator(".rbw-product-cell[aria-pressed=true]")
        assert chosen.count() == 1
        (name,) = re.findall(r"\((.), (.)\)", str(chosen.text_content()))
        u, i = EX.users.index(name[0]), EX.items.index(name[1])
        lines = self.place.locator(".rbw-product-terms li").all_inner_texts()
        for f, line in enumerate(lines[:3]):
            term = number(line.split("=")[1])
            assert term == pytest.approx(U[u, f] * I[i, f], abs=0.0051)
        assert number(lines[3]) == pytest.approx(U[u] @ I[i], abs=0.0051)
        lit = self.place.locator(".rbw-product-lit")
        values = [float(str(one.get_attribute("aria-valuenow"))) for one in lit.all()]
        assert sorted(values) == sorted([*U[u], *I[i]])


# ── 서기 ─────────────────────────────────────────────────────────────────────


def test_it_stands_without_a_server_or_network(visit):  # type: ignore[no-untyped-def]
    reader = visit()
    place = widget(reader, "product")
    assert place.locator("figure.rb-still").is_hidden()
    Hand(reader, ready=False).check()


def test_it_stands_over_http(visit, over_http: str):  # type: ignore[no-untyped-def]
    reader = visit(base=over_http)
    Hand(reader).check()
    weight = {
        url.rsplit("/", 1)[1].split("?")[0]: size
        for url, size in reader.bytes.items()
        if "/widgets/" in url
    }
    scripts = {"loader.js", "kit.js", "kernels.js", "product.js"}
    assert weight.keys() == scripts | {"kit.css", "product.css"}
    assert sum(weight.values()) - weight["kernels.js"] < 80_000


def test_pages_without_widgets_carry_none(book: Path):
    text = (book / "chapters/index.html").read_text(encoding="utf-8")
    assert "/widgets/" not in text
    page = (book / PAGE).read_text(encoding="utf-8")
    assert page.count("widgets/loader.js") == 1
    assert "widget-state+json" not in page
    assert "_esm" not in page


def test_figure_and_caption_stand_in_without_script(browser, book: Path):  # type: ignore[no-untyped-def]
    context = browser.new_context(java_script_enabled=False, offline=True)
    page = context.new_page()
    page.goto(f"{book.as_uri()}/{PAGE}")
    still = page.locator("figure.rb-still").first
    assert still.locator("svg[role=img]").is_visible()
    assert "한 행과" in still.locator("figcaption").inner_text()
    assert page.locator(".rbw").count() == 0
    context.close()


def test_paper_shows_the_figure(visit):  # type: ignore[no-untyped-def]
    reader = visit()
    place = widget(reader, "product")
    reader.page.emulate_media(media="print")
    assert place.locator("figure.rb-still").is_visible()
    assert place.locator("section.rbw").is_hidden()


def test_old_browser_keeps_the_figure_and_says_why(visit):  # type: ignore[no-untyped-def]
    reader = visit()
    reader.page.add_init_script(
        "WebAssembly.instantiate = () =>"
        " Promise.reject(new WebAssembly.CompileError('no simd'))"
    )
    reload(reader)
    place = reader.page.locator(".rb-widget").first
    alert = place.get_by_role("alert")
    alert.wait_for()
    assert "WebAssembly SIMD" in alert.inner_text()
    assert place.locator("figure.rb-still").is_visible()


def test_broken_scripts_leave_the_figure(visit):  # type: ignore[no-untyped-def]
    """화면 모듈을 읽지 못하는 브라우저에서도 그림은 남습니다."""
    reader = visit()
    reader.page.add_init_script(
        "URL.createObjectURL = () => { throw new Error('막힘'); }"
    )
    reload(reader)
    note = reader.page.get_by_text("그림으로 보여 드립니다")
    note.first.wait_for()
    assert "막힘" in note.first.inner_text()
    assert reader.page.locator("figure.rb-still").first.is_visible()


# ── 예상하기 ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("guess", "words"), [(3, "실제로는 3칸입니다"), (1, "맞습니다. 3칸입니다")]
)
def test_guess_comes_first_and_is_answered(visit, guess: int, words: str):  # type: ignore[no-untyped-def]
    reader = visit(reduced_motion="reduce")
    hand = Hand(reader, ready=False)
    # 값은 아직 잠겨 있지만, 어느 칸을 볼지는 고를 수 있습니다.
    assert hand.entry("U", 0, 0).evaluate("one => one.closest('[inert]') !== null")
    hand.cell(2, 2).click()
    commit = hand.place.get_by_role("button", name="이렇게 예상합니다")
    assert commit.is_disabled()
    hand.place.locator(".rbw-segments label").nth(guess).click()
    commit.click()
    assert words in hand.place.locator(".rbw-ask").inner_text()
    assert "7.9에서 −0.1로" in hand.place.locator(".rbw-ask").inner_text()
    # 누른 단추가 사라져도 초점은 위젯을 떠나지 않습니다.
    assert hand.place.locator(".rbw-ask").evaluate(
        "one => one === document.activeElement"
    )
    assert hand.value("U", 0, 1) == 0.8
    moved = hand.place.locator(".rbw-product-moved").all_inner_texts()
    assert moved == ["▼", "▲", "▲", *[""] * 6]
    hand.check()


def test_demonstration_moves_and_yields_to_a_hand(visit):  # type: ignore[no-untyped-def]
    """보여 주는 동안 독자가 만지면 그 자리에서 멈춥니다."""
    reader = visit()
    hand = Hand(reader, ready=False)
    hand.place.locator(".rbw-segments label").first.click()
    hand.place.get_by_role("button", name="이렇게 예상합니다").click()
    hand.cell(1, 1).click()
    stopped = hand.value("U", 0, 1)
    reader.page.wait_for_timeout(300)
    assert hand.value("U", 0, 1) == stopped
    hand.check()


def test_reset_returns_to_the_question(visit):  # type: ignore[no-untyped-def]
    reader = visit()
    hand = Hand(reader)
    hand.drag(hand.entry("I", 1, 2), 60)
    hand.place.get_by_role("button", name="처음으로").click()
    U, I = hand.matrices()  # noqa: E741
    np.testing.assert_array_equal(U, EX.U)
    np.testing.assert_array_equal(I, EX.I)
    assert hand.place.get_by_role("button", name="예상하지 않고 보기").is_visible()
    hand.check()


# ── 마우스, 키보드, 손가락 ───────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("side", "row", "column", "across", "expected"),
    [
        ("U", 1, 0, 40, 0.8),
        ("U", 0, 1, -16, -1.0),
        ("U", 2, 2, 800, 2.0),
        ("I", 0, 1, 24, -3.5),
        ("I", 2, 0, -800, -10.0),
    ],
)
def test_dragging_changes_one_entry(  # type: ignore[no-untyped-def]
    visit, side, row, column, across, expected
):
    hand = Hand(visit(width=1900))
    before = hand.matrices()
    hand.drag(hand.entry(side, row, column), across)
    after = dict(zip("UI", hand.matrices(), strict=True))
    wanted = dict(zip("UI", (table.copy() for table in before), strict=True))
    wanted[side][row, column] = expected
    for name in "UI":
        np.testing.assert_allclose(after[name], wanted[name])
    held = hand.place.locator(".rbw-product-held")
    assert float(str(held.get_attribute("aria-valuenow"))) == expected
    hand.check()


def test_picking_a_cell_lights_its_row_and_column(visit):  # type: ignore[no-untyped-def]
    hand = Hand(visit())
    for u, i in np.ndindex(3, 3):
        hand.cell(u, i).click()
        name = f"({EX.users[u]}, {EX.items[i]})"
        assert hand.place.locator(".rbw-product-equation").inner_text().startswith(name)
        hand.check()


def test_everything_works_by_keyboard(visit):  # type: ignore[no-untyped-def]
    reader = visit()
    hand = Hand(reader)
    press = reader.page.keyboard.press
    hand.entry("U", 0, 0).focus()
    for key, expected in [
        ("ArrowUp", 1.0),
        ("ArrowDown", 0.9),
        ("PageDown", -0.1),
        ("End", 2.0),
        ("PageUp", 2.0),
        ("Home", -2.0),
    ]:
        press(key)
        assert hand.value("U", 0, 0) == expected
    press("ArrowRight")
    assert hand.entry("U", 0, 1).evaluate("one => one === document.activeElement")
    press("ArrowUp")
    assert hand.value("U", 0, 1) == -0.7
    hand.cell(0, 1).focus()
    press("ArrowDown")
    press("ArrowRight")
    press("Space")
    assert hand.cell(1, 2).get_attribute("aria-pressed") == "true"
    hand.check()


def test_tab_passes_each_table_once(visit):  # type: ignore[no-untyped-def]
    """표마다 탭 한 번: 스물일곱 칸을 모두 지나지 않아도 됩니다."""
    hand = Hand(visit())
    reached = hand.place.locator(".rbw-stage").evaluate(
        "one => [...one.querySelectorAll('*')].filter(el => el.tabIndex === 0).length"
    )
    assert reached == 3 + 3 + 1  # 표 셋, ▼ 칸 ▲, 원문의 칸


def test_buttons_and_typing_change_the_held_entry(visit):  # type: ignore[no-untyped-def]
    reader = visit()
    hand = Hand(reader)
    hand.entry("I", 0, 0).click()
    hand.place.get_by_role("button", name="‘가’의 장르 늘리기").click()
    assert hand.value("I", 0, 0) == 2.5
    hand.place.get_by_role("button", name="‘가’의 장르 줄이기").dblclick()
    assert hand.value("I", 0, 0) == 1.5
    field = hand.place.get_by_label("‘가’의 장르", exact=True).last
    field.fill("-1.25")
    assert hand.value("I", 0, 0) == -1.25
    field.fill("99")  # 범위 밖이면 바꾸지 않고, 떠나면 제 값으로 돌아옵니다
    field.press("Tab")
    assert hand.value("I", 0, 0) == -1.25
    assert field.input_value() == "-1.25"
    hand.check()


def test_holding_a_button_repeats(visit):  # type: ignore[no-untyped-def]
    reader = visit()
    hand = Hand(reader)
    hand.entry("U", 1, 1).click()
    up = hand.place.get_by_role("button", name="B의 발매지역 늘리기")
    up.hover()
    reader.page.mouse.down()
    reader.page.wait_for_function(
        "one => Number(one.getAttribute('aria-valuenow')) >= 0.7",
        arg=hand.entry("U", 1, 1).element_handle(),
    )
    reader.page.mouse.up()
    seen = hand.value("U", 1, 1)
    reader.page.wait_for_timeout(250)
    assert hand.value("U", 1, 1) == seen
    hand.check()


def test_fingers_swipe_and_tap(visit):  # type: ignore[no-untyped-def]
    reader = visit(width=360, touch=True)
    hand = Hand(reader)
    Finger(reader).swipe(hand.entry("U", 2, 0), 48, 2)
    assert hand.value("U", 2, 0) == pytest.approx(1.2)
    hand.place.get_by_role("button", name="C의 장르 줄이기").tap()
    assert hand.value("U", 2, 0) == pytest.approx(1.1)
    hand.entry("I", 1, 1).tap()
    held = hand.place.locator(".rbw-product-held")
    assert held.get_attribute("aria-label") == "‘나’의 발매지역"
    hand.cell(0, 2).tap()
    hand.check()


def test_scrolling_over_a_number_scrolls_the_page(visit):  # type: ignore[no-untyped-def]
    reader = visit(width=360, touch=True)
    hand = Hand(reader)
    entry = hand.entry("U", 1, 1)
    entry.scroll_into_view_if_needed()
    before = reader.page.evaluate("document.scrollingElement.scrollTop")
    Finger(reader).swipe(entry, 1, -160)
    after = reader.page.evaluate("document.scrollingElement.scrollTop")
    assert after > before
    assert hand.value("U", 1, 1) == 0.3
    hand.check()


# ── 원문의 네 칸, 낭독 ───────────────────────────────────────────────────────


def test_printed_entries_appear_on_demand(visit):  # type: ignore[no-untyped-def]
    hand = Hand(visit())
    printed = hand.place.locator(".rbw-product-misprint:visible")
    assert printed.count() == 0
    hand.place.get_by_role("button", name="원문에 인쇄된 네 칸").click()
    assert [number(text) for text in printed.all_inner_texts()] == [8.1, 3.7, 6.1, 1.7]
    told = hand.place.locator(".rbw-product-erratum").inner_text()
    for table in (EX.printed, EX.U @ EX.I.T):
        assert f"{np.sqrt(np.mean((table - EX.R) ** 2)):.3f}" in told
    hand.check()


def test_changes_are_announced(visit):  # type: ignore[no-untyped-def]
    hand = Hand(visit())
    hand.entry("U", 0, 0).focus()
    hand.page.keyboard.press("ArrowUp")
    voice = hand.place.locator("[aria-live=polite]")
    hand.place.get_by_text("(A, 나) 예측 3.5, 관측 4, RMSE").wait_for(state="attached")
    assert f"RMSE {hand.rmse():.3f}" in voice.inner_text()
    assert hand.entry("U", 0, 0).get_attribute("aria-valuetext") == "1.0"


# ── 주소 ─────────────────────────────────────────────────────────────────────


def settle(reader: Reader, key: str) -> str:
    """미루어 둔 주소를 적게 하고, 그 조각을 냅니다."""
    fragment = leave(reader).partition("#")[2]
    assert re.search(rf"\b{key}=", fragment)
    return "#" + fragment


@pytest.mark.parametrize("http", [False, True], ids=["file", "http"])
def test_state_survives_a_reload(visit, over_http: str, http: bool):  # type: ignore[no-untyped-def]
    reader = visit(base=over_http if http else None)
    hand = Hand(reader)
    hand.drag(hand.entry("U", 0, 1), 24)
    hand.cell(2, 1).click()
    second = Hand(reader, 1)
    second.drag(second.entry("I", 2, 2), 40)
    settle(reader, "product-2")
    seen = [*hand.matrices(), *second.matrices()]
    reload(reader)
    again = [
        *Hand(reader, ready=False).matrices(),
        *Hand(reader, 1, ready=False).matrices(),
    ]
    for before, after in zip(seen, again, strict=True):
        np.testing.assert_array_equal(before, after)
    assert hand.cell(2, 1).get_attribute("aria-pressed") == "true"
    hand.check()


def test_leaving_at_once_keeps_the_last_change(visit):  # type: ignore[no-untyped-def]
    """주소를 적기 전에 페이지를 떠나도 마지막 손길이 남습니다."""
    reader = visit()
    hand = Hand(reader)
    hand.entry("U", 2, 2).focus()
    reader.page.keyboard.press("Home")
    assert "#product=" in leave(reader)


def test_reset_clears_the_address(visit):  # type: ignore[no-untyped-def]
    reader = visit()
    hand = Hand(reader)
    settle(reader, "product")
    hand.place.get_by_role("button", name="처음으로").click()
    reader.page.wait_for_url(re.compile(r"page\.html$"))


def test_address_given_to_an_open_page_is_followed(visit):  # type: ignore[no-untyped-def]
    """주소를 붙여 넣으면 따라가고, 보통 자리(#…)에는 흔들리지 않습니다."""
    reader = visit()
    hand = Hand(reader)
    hand.drag(hand.entry("U", 0, 0), -40)
    shared = settle(reader, "product")
    hand.place.get_by_role("button", name="처음으로").click()
    leave(reader)
    reader.page.evaluate("shared => { location.hash = shared; }", shared)
    reader.page.wait_for_function(
        "one => one.getAttribute('aria-valuenow') === '0.4'",
        arg=hand.entry("U", 0, 0).element_handle(),
    )
    reader.page.evaluate("location.hash = '#somewhere'")
    reader.page.wait_for_timeout(100)
    assert hand.value("U", 0, 0) == 0.4
    hand.check()


def test_shared_address_leads_to_the_widget(visit, over_http: str):  # type: ignore[no-untyped-def]
    reader = visit(base=over_http, permissions=["clipboard-read", "clipboard-write"])
    hand = Hand(reader, 1)
    hand.drag(hand.entry("I", 0, 0), 16)
    hand.place.get_by_role("button", name="주소 복사").click()
    hand.place.get_by_text("복사했습니다.").first.wait_for()
    address = reader.page.evaluate("navigator.clipboard.readText()")
    assert "product-2=" in address
    other = visit(base=over_http, fragment="#" + address.split("#")[1])
    assert Hand(other, 1, ready=False).value("I", 0, 0) == 3.0
    other.page.wait_for_function("scrollY > 0")


def test_address_is_shown_where_copying_is_refused(visit):  # type: ignore[no-untyped-def]
    reader = visit()
    hand = Hand(reader)
    reader.page.evaluate(
        "() => { navigator.clipboard.writeText = () => Promise.reject(new Error()); }"
    )
    hand.place.get_by_role("button", name="주소 복사").click()
    shown = hand.place.get_by_label("지금 상태의 주소")
    page = reader.page.evaluate("location.href").split("#")[0]
    assert shown.input_value().startswith(page + "#product=")
    check_fits(hand.place)


HOSTILE = [
    "product=",
    "product=%00%FF",
    "product=<script>alert(1)</script>",
    "product=" + "A" * 200_000,
    "product=" + packed({"cell": ["<img src=x onerror=alert(1)>", 0]}),
    "product=" + packed({"U": [[1e999, 0, 0]] * 3}),
    "product=" + packed({"cell": [99, 99]}),
    "product=" + packed({"__proto__": {"polluted": 1}, "cell": [0, 0]}),
    "product=" + packed({"guess": {"toString": 1}}),
    "__proto__=1&constructor=2&product=" + packed([]),
    "&&==&product&=" + packed({"cell": [0, 0]}),
]


@pytest.mark.parametrize("fragment", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_address_is_ignored(visit, fragment: str):  # type: ignore[no-untyped-def]
    reader = visit(fragment="#" + fragment)
    hand = Hand(reader, ready=False)
    U, I = hand.matrices()  # noqa: E741
    np.testing.assert_array_equal(U, EX.U)
    np.testing.assert_array_equal(I, EX.I)
    assert hand.cell(0, 1).get_attribute("aria-pressed") == "true"
    assert hand.place.locator("section img, section script").count() == 0
    assert reader.page.evaluate("({}).polluted") is None
    hand.check()


# ── 모두에게 ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 768, 1280])
def test_it_is_accessible_and_fits(visit, width: int, scheme: str):  # type: ignore[no-untyped-def]
    reader = visit(width=width, scheme=scheme, touch=width < 500)
    hand = Hand(reader, ready=False)
    check_fits(hand.place)
    check_accessible(reader, hand.place)
    skip_guess(hand.place)
    hand.place.get_by_role("button", name="원문에 인쇄된 네 칸").click()
    # 가장 긴 수가 든 칸: 두 자리 수에 소수 둘째 자리와 부호
    for row, column in np.ndindex(3, 3):
        hand.entry("I", row, column).focus()
        hand.page.keyboard.press("Home")
        hand.page.keyboard.press("ArrowUp")
    check_fits(hand.place)
    check_accessible(reader, hand.place)
    cut = hand.place.locator(".rbw-product-cell, .rbw-number").evaluate_all(
        "all => all.filter(one => one.scrollWidth > one.clientWidth)"
        ".map(one => one.textContent)"
    )
    assert cut == []


def test_colours_follow_the_page(visit):  # type: ignore[no-untyped-def]
    reader = visit()
    place = widget(reader, "product")
    ground = "one => getComputedStyle(one).backgroundColor"
    seen = []
    for theme in ("light", "dark"):
        reader.page.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
        seen.append(place.locator("section.rbw").evaluate(ground))
    assert seen == ["rgb(255, 255, 255)", "rgb(22, 25, 29)"]


def test_a_thousand_touches_leave_no_error_and_no_litter(visit):  # type: ignore[no-untyped-def]
    reader = visit(reduced_motion="reduce")
    hand = Hand(reader)
    rummage(reader, hand.place, check=hand.check)
