"""confidence: 무게를 바꾸면 한 사람의 행이 다시 풀립니다."""

from __future__ import annotations

import numpy as np
import pytest

from recbook.widgets.confidence import Confidence
from tests.browser.reader import Reader
from tests.browser.widgetry import (
    check_accessible,
    check_fits,
    number,
    reload,
    rummage,
    skip_guess,
    widget,
)

NAMES = ("청취자 1587", "청취자 1034", "청취자 1021")
FORMS = {"linear": "1 + αr", "log": "1 + α log(1 + r)"}

WIDGET = "Confidence"


class Hand:
    """화면의 표를 읽고 조작부를 만지는 손."""

    def __init__(self, reader: Reader, *, ready: bool = True) -> None:
        self.reader, self.page = reader, reader.page
        self.place = widget(reader, "confidence")
        self.alpha = self.place.locator("input[type=range]")
        if ready:
            skip_guess(self.place)

    def choose(self, label: str) -> None:
        self.place.locator(".rbw-segments label", has_text=label).first.click()

    def column(self, nth: int) -> list[str]:
        cells = self.place.locator(f"tbody tr > :nth-child({nth})")
        return [text.strip() for text in cells.all_inner_texts()]

    def numbers(self, nth: int) -> np.ndarray:
        return np.array([number(text.replace(",", "")) for text in self.column(nth)])

    def shown_alpha(self) -> float:
        """손잡이 곁에 적힌 α."""
        words = self.place.locator(".rbw-alpha .rbw-field").inner_text()
        return float(words.replace("α", ""))

    def agrees(self, user: int, form: str, power: float) -> None:
        """화면의 재생 수, 무게, 점수, 순위가 정규 방정식을 NumPy로 푼 것과 같습니다."""
        w = Confidence()
        w.state = {**w.state, "user": user, "form": form, "power": power}
        np.testing.assert_array_equal(self.numbers(2), w.plays)
        # 화면에 적힌 α와 재생 수로 다시 셈한 무게가 적힌 자릿수까지 같습니다
        alpha = self.shown_alpha()
        assert alpha == w.alpha == pytest.approx(10.0**power, rel=0.05)
        grown = w.plays if form == "linear" else np.log1p(w.plays)
        for text, weight in zip(self.column(3), 1 + alpha * grown, strict=True):
            digits = len(text.partition(".")[2])
            shown = number(text.replace(",", ""))
            assert abs(shown - weight) < 0.5001 * 10.0**-digits
        np.testing.assert_allclose(w.weights, 1 + alpha * grown)
        np.testing.assert_allclose(self.numbers(5), w.scores, atol=0.0051)
        unheard = np.flatnonzero(w.plays == 0)
        order = unheard[np.argsort(-w.scores[unheard])]
        said = self.column(6)
        for place, item in enumerate(order, 1):
            assert said[item].startswith(f"{place}위")
        assert [text for text in said if text == "들음"] == ["들음"] * sum(w.plays > 0)
        assert self.place.locator(".rbw-confidence-finding strong").first.inner_text()


def test_the_page_solves_the_same_row(visit):  # type: ignore[no-untyped-def]
    """세 사람, 두 꼴, 여섯 α에서 파이썬의 답과 같습니다."""
    reader = visit()
    hand = Hand(reader)
    for user, name in enumerate(NAMES):
        hand.choose(name)
        for form, label in FORMS.items():
            hand.choose(label)
            for power in (-4, -2.25, -1, 0, 0.25, 1):
                hand.alpha.fill(str(power))
                hand.agrees(user, form, power)
    assert reader.faults == []


def test_python_solves_the_normal_equation() -> None:
    """위젯의 점수에서 기울기가 0입니다: 유한 차분으로 봅니다."""
    w = Confidence()
    Y = np.asarray(w.data["Y"])
    x = np.linalg.lstsq(Y, w.scores, rcond=None)[0]
    np.testing.assert_allclose(Y @ x, w.scores, atol=1e-9)
    liked = w.plays > 0

    def loss(row: np.ndarray) -> float:
        error = w.weights @ (liked - Y @ row) ** 2
        return float(error + w.data["penalty"] * row @ row)

    for step in np.eye(len(x)) * 1e-4:
        assert loss(x + step) > loss(x)
        assert loss(x - step) > loss(x)


@pytest.mark.parametrize(
    ("guess", "words"),
    [(0, "실제로는"), (2, "맞습니다"), ("skip", "0.05까지 내려갑니다")],
)
def test_guess_comes_first(visit, guess, words: str):  # type: ignore[no-untyped-def]
    reader = visit(reduced_motion="reduce")
    hand = Hand(reader, ready=False)
    assert hand.place.locator(".rbw-controls").evaluate("one => one.inert")
    if guess == "skip":
        skip_guess(hand.place)
    else:
        hand.place.locator(".rbw-ask .rbw-segments label").nth(guess).click()
        hand.place.get_by_role("button", name="이렇게 예상합니다").click()
    assert words in hand.place.locator(".rbw-ask").inner_text()
    hand.agrees(0, "linear", 0 if guess == "skip" else -3)
    assert reader.faults == []


def test_keyboard_buttons_and_reset(visit):  # type: ignore[no-untyped-def]
    reader = visit()
    hand = Hand(reader)
    hand.place.get_by_role("button", name="▼ 10분의 1").click()
    hand.agrees(0, "linear", -1)
    hand.alpha.focus()
    reader.page.keyboard.press("ArrowRight")
    hand.agrees(0, "linear", -0.75)
    reader.page.keyboard.press("Home")
    assert hand.place.get_by_role("button", name="▼ 10분의 1").is_disabled()
    hand.agrees(0, "linear", -4)
    hand.place.get_by_role("button", name="처음으로").click()
    assert hand.place.get_by_role("button", name="이렇게 예상합니다").is_visible()
    hand.agrees(0, "linear", 0)
    assert reader.faults == []


def test_state_survives_a_reload_and_hostile_addresses(visit):  # type: ignore[no-untyped-def]
    reader = visit(width=360, touch=True)
    hand = Hand(reader)
    hand.place.locator(".rbw-segments label", has_text=NAMES[1]).tap()
    hand.place.locator(".rbw-segments label", has_text="log").tap()
    hand.place.get_by_role("button", name="▲ 10배").tap()
    reload(reader)
    Hand(reader, ready=False).agrees(1, "log", 1)
    for fragment in ("#confidence=AAAA", "#confidence=eyJ1c2VyIjo5OX0"):
        other = visit(fragment=fragment)
        Hand(other, ready=False).agrees(0, "linear", 0)
        assert other.faults == []
    assert reader.faults == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_it_is_accessible_and_fits(visit, width: int, scheme: str):  # type: ignore[no-untyped-def]
    reader = visit(width=width, scheme=scheme, touch=width < 500)
    hand = Hand(reader, ready=False)
    check_fits(hand.place)
    check_accessible(reader, hand.place)
    skip_guess(hand.place)
    hand.alpha.fill("1")
    check_fits(hand.place)
    check_accessible(reader, hand.place)
    alt = hand.place.locator("figure.rb-still svg").get_attribute("aria-label")
    assert "앞지른다" in str(alt)


def test_ten_times_is_ten_times(visit):  # type: ignore[no-untyped-def]
    """열 배가 온전히 들어가지 않는 자리에서는 누를 수 없습니다."""
    hand = Hand(visit())
    for power, less, more in ((-4, False, True), (-3.25, False, True), (0.25, True, 0)):
        hand.alpha.fill(str(power))
        for name, free in (("▼ 10분의 1", less), ("▲ 10배", more)):
            key = hand.place.get_by_role("button", name=name)
            assert key.is_enabled() == bool(free)
    hand.alpha.fill("-0.75")
    before = hand.shown_alpha()
    hand.place.get_by_role("button", name="▲ 10배").click()
    assert hand.shown_alpha() == pytest.approx(10 * before)


@pytest.mark.parametrize("width", [360, 1280])
def test_the_scores_have_room(visit, width: int):  # type: ignore[no-untyped-def]
    """0과 1이 떨어져 있고, 이름은 한 줄이며, ‘추천’은 그 칸의 글과 나란합니다."""
    hand = Hand(visit(width=width, touch=width < 500))
    zero, one = (mark.bounding_box() for mark in hand.place.locator("thead i").all())
    assert one["x"] - zero["x"] > 90
    lefts = hand.place.locator("tr > :last-child").evaluate_all(
        """cells => cells.map((cell) => {
          const words = document.createRange();
          words.selectNodeContents(cell);
          return words.getBoundingClientRect().left;
        })"""
    )
    assert max(lefts) - min(lefts) < 1
    lines = hand.place.locator("tbody th").evaluate_all(
        """cells => cells.map((cell) => {
          const words = document.createRange();
          words.selectNode(cell.firstChild);
          return words.getClientRects().length;
        })"""
    )
    assert lines == [1] * 9


def test_a_thousand_touches(visit):  # type: ignore[no-untyped-def]
    reader = visit(reduced_motion="reduce")
    hand = Hand(reader)
    rummage(reader, hand.place)
