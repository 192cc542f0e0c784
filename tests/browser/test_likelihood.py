"""likelihood: 한 칸의 가능도와 꼭대기."""

from __future__ import annotations

import re

import numpy as np
import pytest

from recbook import datasets
from recbook.widgets.likelihood import Likelihood
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

R = datasets.worked_example().R

WIDGET = "Likelihood"

OUTSIDE_LAYER = """
layer => {
  const whole = layer.viewBox.baseVal;
  return [...layer.querySelectorAll('circle, line')].filter((one) => {
    const box = one.getBBox();
    const half = parseFloat(getComputedStyle(one).strokeWidth) / 2;
    return box.x - half < whole.x || box.x + box.width + half > whole.x + whole.width;
  }).map((one) => one.getAttribute('class'));
}
"""


def by_grid(evidence: float) -> float:
    """가능도가 가장 큰 p를 미분 없이, 촘촘한 격자에서 찾습니다."""
    p = np.linspace(0, 1, 200_001)[1:-1]
    return float(p[np.argmax(evidence * np.log(p) + np.log1p(-p))])


class Hand:
    def __init__(self, reader: Reader, *, ready: bool = True) -> None:
        self.reader, self.page = reader, reader.page
        self.place = widget(reader, "likelihood")
        self.alpha = self.place.locator("input[type=range]")
        self.plays = self.place.locator("input[type=number]")
        if ready:
            skip_guess(self.place)

    def curve(self) -> np.ndarray:
        """화면에 그린 곡선의 (p, 높이)."""
        points = self.place.locator(".rbw-likelihood-curve").get_attribute("points")
        x, y = np.array(re.findall(r"[-\d.]+", str(points)), float).reshape(-1, 2).T
        across = (x - x.min()) / (x.max() - x.min())
        return np.column_stack([across, (y.max() - y) / y.max() * 1.2])

    def shown_alpha(self) -> float:
        """손잡이 곁에 적힌 α."""
        words = self.place.locator(".rbw-alpha .rbw-field").inner_text()
        return float(words.replace("α", ""))

    def check_inside(self) -> None:
        """점과 눈금이 그림 안에 온전히 있습니다."""
        cut = self.place.locator(".rbw-layer").evaluate(OUTSIDE_LAYER)
        assert cut == []

    def agrees(self, power: float, plays: int) -> None:
        alpha = self.shown_alpha()
        assert alpha == pytest.approx(10.0**power, rel=0.05)
        self.check_inside()
        sentence = self.place.locator(".rbw-likelihood-sentence").inner_text()
        if plays:
            peak = by_grid(alpha * plays)
            evidence = sentence.split("αr\u00a0=\u00a0")[1].split("개")[0]
            assert float(evidence) == pytest.approx(alpha * plays, rel=1e-9)
            shown = float(sentence.split("p*\u00a0=\u00a0")[1].split(",")[0])
            assert shown == pytest.approx(peak, abs=0.0006)
            across, height = self.curve().T
            p = (
                np.sin(np.linspace(0, np.pi / 2, len(across))) ** 2
            )  # 양 끝이 촘촘한 격자
            np.testing.assert_allclose(across, p, atol=1e-3)
            inside = slice(1, -1)
            score = alpha * plays * np.log(p[inside]) + np.log1p(-p[inside])
            best = alpha * plays * np.log(peak) + np.log1p(-peak)
            np.testing.assert_allclose(height[inside], np.exp(score - best), atol=2e-3)
            assert height[0] == height[-1] == 0
        else:
            assert "꼭대기가 없습니다" in sentence
        cells = self.place.locator(".rbw-likelihood-peak").all_inner_texts()
        for text, count in zip(cells, R.ravel(), strict=True):
            if count:
                assert number(text) == pytest.approx(by_grid(alpha * count), abs=6e-4)
            else:
                assert text == "→ 0"


def test_the_curve_and_its_top(visit):  # type: ignore[no-untyped-def]
    reader = visit()
    hand = Hand(reader)
    for power in (-2, -0.5, 0, 0.2, 0.65, 1):
        hand.alpha.fill(str(power))
        for plays in (0, 1, 4, 12):
            hand.plays.fill(str(plays))
            hand.agrees(power, plays)
    assert reader.faults == []


def test_python_reads_the_peak() -> None:
    w = Likelihood()
    for power, plays in ((-1, 4), (0, 8), (0.2, 4), (1, 12)):
        w.state = {**w.state, "power": power, "plays": plays}
        assert w.peak == pytest.approx(by_grid(w.alpha * w.plays), abs=1e-5)
        assert float(f"{w.alpha:.2g}") == w.alpha
    w.state = {**w.state, "plays": 0}
    assert w.peak == 0


@pytest.mark.parametrize(("guess", "words"), [(0, "실제로는"), (1, "맞습니다")])
def test_guess_comes_first(visit, guess: int, words: str):  # type: ignore[no-untyped-def]
    reader = visit(reduced_motion="reduce")
    hand = Hand(reader, ready=False)
    assert hand.place.locator(".rbw-controls").evaluate("one => one.inert")
    hand.place.locator(".rbw-ask .rbw-segments label").nth(guess).click()
    hand.place.get_by_role("button", name="이렇게 예상합니다").click()
    said = hand.place.locator(".rbw-ask").inner_text()
    assert words in said
    assert "0.286" in said
    hand.agrees(-1, 4)
    assert reader.faults == []


def test_cells_keyboard_touch_and_reload(visit):  # type: ignore[no-untyped-def]
    reader = visit(width=360, touch=True)
    hand = Hand(reader)
    hand.place.locator(".rbw-likelihood-cell").first.tap()
    hand.agrees(0, 8)
    reader.page.keyboard.press("ArrowRight")
    reader.page.keyboard.press("Enter")
    hand.agrees(0, 4)
    assert hand.place.locator(".rbw-likelihood-cell[aria-pressed=true]").count() == 2
    hand.place.get_by_role("button", name="▲ 10배").tap()
    hand.place.get_by_role("button", name="횟수 r 늘리기").tap()
    hand.agrees(1, 5)
    assert hand.place.get_by_role("button", name="▲ 10배").is_disabled()
    reload(reader)
    again = Hand(reader, ready=False)
    again.agrees(1, 5)
    again.place.get_by_role("button", name="처음으로").click()
    again.agrees(0, 4)
    assert reader.faults == []
    hostile = visit(fragment="#likelihood=eyJwb3dlciI6OTl9")
    Hand(hostile, ready=False).agrees(0, 4)
    assert hostile.faults == []


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
    assert "꼭대기가 옮겨 간다" in str(alt)


def test_a_thousand_touches(visit):  # type: ignore[no-untyped-def]
    reader = visit(reduced_motion="reduce")
    hand = Hand(reader)
    rummage(reader, hand.place)
