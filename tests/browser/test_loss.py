"""손실 위젯: 오차를 끌고, 적고, 누르며 네 가지 수를 NumPy와 견줍니다."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Locator, expect

from recbook import datasets
from tests.browser.reader import Reader, serving
from tests.browser.widgetry import (
    Finger,
    check_accessible,
    check_fits,
    number,
    packed,
    reload,
    rummage,
    skip_guess,
    widget,
)

WIDGET = "Loss"
EX = datasets.worked_example()
ERRORS = (EX.U @ EX.I.T - EX.R).round(1)
STILL = {"reduced_motion": "reduce"}


class Hand:
    """오차를 만지는 손과, 화면에 적힌 수."""

    def __init__(self, reader: Reader, *, ready: bool = True) -> None:
        self.reader, self.page = reader, reader.page
        self.place = widget(reader, "loss")
        if ready:
            skip_guess(self.place)

    def cell(self, u: int, i: int) -> Locator:
        return self.place.locator(".rbw-number").nth(3 * u + i)

    def press(self, name: str) -> None:
        self.place.get_by_role("button", name=name, exact=True).click()

    @property
    def lesson(self) -> str:
        return self.place.locator(".rbw-loss-lesson").inner_text()

    def errors(self) -> np.ndarray:
        cells = self.place.locator(".rbw-number").all()
        values = [float(str(one.get_attribute("aria-valuenow"))) for one in cells]
        return np.array(values).reshape(3, 3)

    def drag(self, target: Locator, across: float) -> None:
        target.scroll_into_view_if_needed()
        box = target.bounding_box()
        assert box is not None
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        self.page.mouse.move(x, y)
        self.page.mouse.down()
        self.page.mouse.move(x + across, y, steps=6)
        self.page.mouse.up()

    def check(self) -> np.ndarray:
        """합과 평균 셋, 칸마다의 예측이 NumPy로 센 것과 같습니다."""
        errors = self.errors()
        told = self.place.locator("output[data-value]").all()
        seen = [float(str(one.get_attribute("data-value"))) for one in told]
        square = np.mean(errors**2)
        wanted = [errors.sum(), np.abs(errors).mean(), np.sqrt(square), square]
        np.testing.assert_allclose(seen, wanted, atol=1e-10)
        shown = number(told[0].inner_text())
        assert shown == pytest.approx(errors.sum(), abs=0.0051)
        lines = self.place.locator(".rbw-loss-cell small").all_inner_texts()
        predicted = [number(line.split("예측")[1]) for line in lines]
        np.testing.assert_allclose(predicted, (EX.R + errors).ravel(), atol=0.0051)
        assert self.reader.faults == []
        return errors


def test_it_starts_from_the_errors_of_the_article(visit):  # type: ignore[no-untyped-def]
    hand = Hand(visit(), ready=False)
    np.testing.assert_array_equal(hand.check(), ERRORS)
    shown = hand.place.locator("output[data-value]").all_inner_texts()
    assert shown == ["+1.4", "0.422", "0.501", "0.251"]
    assert hand.place.locator(".rbw-loss-work").evaluate("one => one.inert")
    hand.place.get_by_label("수백 배로 커진다").check()
    hand.press("이렇게 예상합니다")
    said = hand.place.locator(".rbw-ask").inner_text()
    assert "맞습니다" in said
    # 고르게 나눈 −100/9이 합이 −100일 때의 가장 작은 MSE입니다.
    assert f"적어도 {(100 / 9) ** 2 / np.mean(ERRORS**2):.0f}배" in said
    assert "123.5" in said


def test_one_cell_is_enough_to_reach_the_goal(visit):  # type: ignore[no-untyped-def]
    hand = Hand(visit())
    hand.cell(2, 1).click()
    slider = hand.place.locator("input[type=range]")
    slider.fill("-102")
    errors = hand.check()
    assert errors[2, 1] == -102
    assert errors.sum() < -100
    assert "★ 합이 −100까지" in hand.lesson
    assert "123.5까지 줄일 수 있습니다" in hand.lesson
    times = np.mean(errors**2) / np.mean(ERRORS**2)
    assert f"{times:,.0f}배" in hand.lesson


def test_even_errors_are_the_cheapest_way_down(visit):  # type: ignore[no-untyped-def]
    hand = Hand(visit())
    field = hand.place.locator("input[type=number]")
    for u, i in np.ndindex(3, 3):
        hand.cell(u, i).click()
        field.fill("-11.2" if (u, i) == (0, 0) else "-11.1")
    assert hand.check().sum() == pytest.approx(-100)
    assert "가장 적게 키웠습니다" in hand.lesson


def test_a_sum_of_zero_fits_nothing(visit):  # type: ignore[no-untyped-def]
    hand = Hand(visit(**STILL))
    hand.press("합만 0으로")
    errors = hand.check()
    assert errors.sum() == 0
    assert (errors != 0).all()
    assert "합은 0인데 맞은 칸은 하나도 없습니다" in hand.lesson
    hand.press("모두 맞히기")
    assert not hand.check().any()
    assert "모두 맞혔습니다" in hand.lesson
    hand.press("원문의 오차")
    np.testing.assert_array_equal(hand.check(), ERRORS)


def test_presets_glide_and_can_be_caught(visit):  # type: ignore[no-untyped-def]
    hand = Hand(visit())
    hand.press("합만 0으로")
    expect(hand.place.locator(".rbw-loss-lesson")).to_contain_text("합은 0인데")
    hand.check()


def test_mouse_keys_and_buttons_change_the_errors(visit):  # type: ignore[no-untyped-def]
    hand = Hand(visit())
    hand.drag(hand.cell(0, 0), -80)
    assert hand.check()[0, 0] == -5
    hand.cell(1, 2).focus()
    hand.page.keyboard.press("PageDown")
    hand.page.keyboard.press("ArrowUp")
    assert hand.check()[1, 2] == -4
    hand.press("(B, 다)의 오차 줄이기")
    assert hand.check()[1, 2] == -4.5
    hand.cell(1, 2).focus()
    hand.page.keyboard.press("ArrowLeft")
    hand.page.keyboard.press("Home")
    assert hand.check()[1, 1] == -110
    hand.press("처음으로")
    np.testing.assert_array_equal(hand.check(), ERRORS)


def test_a_finger_drags(visit):  # type: ignore[no-untyped-def]
    reader = visit(width=360, touch=True)
    hand = Hand(reader)
    Finger(reader).swipe(hand.cell(1, 1), -64, 0)
    assert hand.check()[1, 1] < -2


@pytest.mark.parametrize("http", [False, True], ids=["file", "http"])
def test_state_survives_a_reload(visit, book: Path, http: bool):  # type: ignore[no-untyped-def]
    with serving(book) as base:
        reader = visit(base=base if http else None, **STILL)
        hand = Hand(reader)
        hand.drag(hand.cell(2, 2), -60)
        errors = hand.check()
        reload(reader)
        np.testing.assert_array_equal(Hand(reader, ready=False).check(), errors)


@pytest.mark.parametrize(
    "value", [{"errors": [[1e9] * 3] * 3}, {"cell": [3, 0]}, {"errors": "0"}, []]
)
def test_hostile_address_is_ignored(visit, value: object):  # type: ignore[no-untyped-def]
    hand = Hand(visit(fragment="#loss=" + packed(value)), ready=False)
    np.testing.assert_array_equal(hand.check(), ERRORS)


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_fits_and_is_accessible(visit, width: int, scheme: str):  # type: ignore[no-untyped-def]
    reader = visit(width=width, scheme=scheme, touch=width == 360, **STILL)
    hand = Hand(reader, ready=False)
    check_fits(hand.place)
    check_accessible(reader, hand.place)
    skip_guess(hand.place)
    hand.place.locator("input[type=range]").fill("-110")
    check_fits(hand.place)
    check_accessible(reader, hand.place)


def test_still_figure_carries_the_point(browser, book: Path):  # type: ignore[no-untyped-def]
    context = browser.new_context(java_script_enabled=False, offline=True)
    page = context.new_page()
    page.goto(f"{book.as_uri()}/chapters/page.html")
    still = page.locator("figure.rb-still")
    assert still.locator("svg[role=img]").is_visible()
    words = still.evaluate("one => one.outerHTML")
    assert "합 1.4, MSE 0.25; +5와 −5가 섞인 오차는 합 0.0, MSE 33.33" in words
    assert "모두 맞혔을 때만 0입니다" in still.locator("figcaption").inner_text()
    assert "kernels.js" not in page.content()  # 커널을 쓰지 않는 위젯
    context.close()


def test_a_thousand_touches_leave_no_error_and_no_litter(visit):  # type: ignore[no-untyped-def]
    reader = visit(**STILL)
    hand = Hand(reader)
    rummage(reader, hand.place, check=hand.check)
