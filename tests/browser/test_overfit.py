"""overfit: 숨긴 칸, 규제의 세기와 비, 요인의 수, 1만 있는 데이터."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from playwright.sync_api import Locator

import recbook as rb
from recbook.widgets.overfit import STRENGTHS, Overfit
from tests.browser.reader import Reader
from tests.browser.widgetry import (
    check_accessible,
    check_fits,
    number,
    packed,
    reload,
    rummage,
    skip_guess,
    widget,
)

WIDGET = "Overfit"


def address(**changes: object) -> str:
    """처음과 다른 것만 적은 주소의 조각."""
    return "#overfit=" + packed(changes)


def predictions(place: Locator) -> np.ndarray:
    shown = place.locator(".rbw-overfit-value").all_inner_texts()
    return np.array([number(text) for text in shown]).reshape(3, 3)


def sizes(place: Locator) -> list[float]:
    return [number(one) for one in place.locator(".rbw-overfit-size").all_inner_texts()]


def curve(place: Locator) -> None:
    """λ의 곡선이 다 그려질 때까지 기다립니다."""
    place.locator("polyline.rbw-overfit-hidden").wait_for(timeout=20_000)


def peer(**changes: object) -> tuple[np.ndarray, rb.RegularizedMF]:
    """위젯의 계산을 빌리지 않고, 책의 모델로 배운 예측."""
    w = Overfit()
    w.state = {**w.state, **changes}
    k = w.state["k"]
    start = np.asarray(w.data["start"])
    model = rb.RegularizedMF(
        factors=k,
        regularization=w.penalties,
        learning_rate=0.008,
        iterations=12_000,
        solver="gradient",
        initial=(start[0, :, :k], start[1, :, :k]),
    ).fit(w.table)
    return model.predict(np.arange(3)[:, None], np.arange(3)), model


def test_it_begins_overfitted(visit):  # type: ignore[no-untyped-def]
    reader = visit()
    place = widget(reader, "overfit")
    R = rb.datasets.worked_example().R
    expected = R.copy()
    expected[1, 0] = -4.5
    np.testing.assert_allclose(predictions(place), expected, atol=0.005)
    assert place.locator(".rbw-overfit-plot").is_hidden()
    place.locator(".rbw-segments label", has_text="0 가까이로").click()
    place.get_by_role("button", name="이렇게 예상합니다").click()
    place.get_by_text("맞습니다. −0.12회가 됩니다.").wait_for()
    reader.page.wait_for_timeout(1800)
    assert predictions(place)[1, 0] == pytest.approx(-0.12)
    curve(place)
    assert reader.faults == []


@pytest.mark.parametrize(
    "changes",
    [
        {"cell": [0, 2], "k": 1, "strength": 6},
        {"cell": [2, 1], "k": 3, "strength": 7, "ratio": 1},
        {"ones": True, "k": 1, "strength": 5, "ratio": -2},
    ],
)
def test_page_agrees_with_the_book_model(visit, changes):  # type: ignore[no-untyped-def]
    reader = visit(fragment=address(guess="skip", **changes))
    place = widget(reader, "overfit")
    expected, model = peer(**changes)
    np.testing.assert_allclose(predictions(place), expected, atol=0.0051)
    squares = [np.sum(model.user_factors**2), np.sum(model.item_factors**2)]
    np.testing.assert_allclose(sizes(place), squares, rtol=2e-3, atol=0.051)
    fit = number(place.locator(".rbw-overfit-big").first.inner_text())
    assert fit == pytest.approx(np.sqrt(model.history_["mse"][-1]), abs=6e-4)
    assert reader.faults == []


def test_ratio_divides_the_sizes_and_nothing_else(visit):  # type: ignore[no-untyped-def]
    reader = visit(fragment=address(guess="skip", strength=5))
    place = widget(reader, "overfit")
    before, even = predictions(place), sizes(place)
    for _ in range(2):
        place.get_by_role("button", name="λ₁을 세게").click()
    np.testing.assert_array_equal(predictions(place), before)
    np.testing.assert_allclose(sizes(place), [even[0] / 4, even[1] * 4], rtol=0.02)
    assert "16 : 1" in place.inner_text()


def test_rescaled_factors_are_the_minimum_for_both_penalties():
    """곱이 같은 (λ₁, λ₂)에서 실제로 기울기가 0입니다."""
    w = Overfit()
    w.state = {**w.state, "strength": 5, "ratio": 2}
    (X, Y), (first, second) = w.factors, w.penalties
    E = np.nan_to_num(w.R_hat - w.table)
    np.testing.assert_allclose(E @ Y + first * X, 0, atol=1e-8)
    np.testing.assert_allclose(E.T @ X + second * Y, 0, atol=1e-8)
    assert first * second == pytest.approx(STRENGTHS[5] ** 2)


def test_hidden_cell_without_penalty_is_the_cofactor_rule(visit):  # type: ignore[no-untyped-def]
    """랭크 2로 여덟 칸을 맞히면 숨긴 칸의 오차는 −det(R)/여인수입니다."""
    reader = visit(fragment=address(guess="skip"))
    place = widget(reader, "overfit")
    R = rb.datasets.worked_example().R
    exact = R - 1 / np.linalg.inv(R).T
    for u, i in [(0, 2), (2, 0), (1, 1)]:
        place.locator(".rbw-overfit-box").nth(3 * u + i).click()
        assert predictions(place)[u, i] == pytest.approx(exact[u, i], abs=0.006)


def test_only_ones_predict_one_everywhere(visit):  # type: ignore[no-untyped-def]
    reader = visit(fragment=address(guess="skip", k=1))
    place = widget(reader, "overfit")
    place.get_by_role("button", name="1만 있는 데이터").click()
    np.testing.assert_allclose(predictions(place), 1, atol=0.005)
    assert "모든 칸을 1로 예측합니다" in place.inner_text()
    caption = place.locator(".rbw-caption")
    assert "오차가 아니라 숨긴 칸의 예측" in caption.inner_text()
    assert "숨긴 (B, 가)의 예측" in place.locator(".rbw-overfit-legend").inner_text()
    place.get_by_role("button", name="1만 있는 데이터").click()
    assert caption.inner_text() == Overfit.caption
    assert reader.faults == []


@pytest.mark.parametrize("width", [360, 1280])
def test_axis_writes_the_strengths_as_the_text_does(visit, width: int):  # type: ignore[no-untyped-def]
    reader = visit(width=width, fragment=address(guess="skip"))
    place = widget(reader, "overfit")
    curve(place)
    ticks = place.locator(".rbw-overfit-axis span")
    assert ticks.all_text_contents() == [str(value) for value in STRENGTHS]
    seen = [one.bounding_box() for one in ticks.all() if one.is_visible()]
    boxes = [box for box in seen if box]
    for left, right in pairwise(boxes):
        assert left["x"] + left["width"] < right["x"]
    assert not place.locator(".rbw-overfit-legend").inner_text().count("·")


def test_keys_touch_and_a_shared_address(visit):  # type: ignore[no-untyped-def]
    reader: Reader = visit(touch=True, width=360)
    place = widget(reader, "overfit")
    skip_guess(place)
    box = place.locator(".rbw-overfit-box")
    box.nth(3).focus()
    reader.page.keyboard.press("ArrowDown")
    reader.page.keyboard.press("Enter")
    assert box.nth(6).get_attribute("aria-pressed") == "true"
    place.get_by_role("button", name="λ를 세게").tap()
    slider = place.locator("input[type=range]").first
    slider.focus()
    reader.page.keyboard.press("ArrowRight")
    assert slider.get_attribute("aria-valuetext") == "0.003"
    seen = predictions(place)
    reload(reader)
    np.testing.assert_array_equal(predictions(widget(reader, "overfit")), seen)
    widget(reader, "overfit").get_by_role("button", name="처음으로").click()
    assert predictions(widget(reader, "overfit"))[1, 0] == -4.5
    assert reader.faults == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_it_is_accessible_and_fits(visit, width: int, scheme: str):  # type: ignore[no-untyped-def]
    fragment = address(guess="skip", strength=9, ratio=-3, cell=[0, 2])
    reader = visit(width=width, scheme=scheme, fragment=fragment)
    place = widget(reader, "overfit")
    curve(place)
    check_fits(place)
    check_accessible(reader, place)


def test_a_thousand_touches(visit):  # type: ignore[no-untyped-def]
    reader = visit(reduced_motion="reduce")
    rummage(reader, widget(reader, "overfit"))
