"""정답을 위아래로 옮기는 위젯: 화면의 다섯 지표가 파이썬의 정의와 같은지."""

from __future__ import annotations

import re

import numpy as np
import pytest

from recbook.widgets.metrics import Metrics
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

WIDGET = "Metrics"


def by_definition(places: list[int], K: int, length: int) -> list[float]:
    """장의 식을 그대로: 정밀도, 재현율, AP, NDCG, MPR(퍼센트)."""
    inside = [place for place in places if place <= K]
    best = min(K, len(places))
    gain = sum(1 / np.log2(place + 1) for place in inside)
    ideal = sum(1 / np.log2(place + 1) for place in range(1, best + 1))
    return [
        len(inside) / K,
        len(inside) / len(places),
        sum(nth / place for nth, place in enumerate(inside, 1)) / best,
        gain / ideal,
        100 * float(np.mean([(place - 1) / (length - 1) for place in places])),
    ]


class Hand:
    """목록을 만지는 손."""

    def __init__(self, reader: Reader, *, ready: bool = True) -> None:
        self.reader = reader
        self.place = widget(reader, "metrics")
        self.rows = self.place.locator(".rbw-metrics-grip")
        if ready:
            skip_guess(self.place)

    def places(self) -> list[int]:
        hits = self.place.locator(".rbw-metrics-hit").all()
        return [int(str(hit.get_attribute("aria-valuenow"))) for hit in hits]

    def held(self) -> int:
        one = self.place.locator(".rbw-metrics-held")
        return int(str(one.get_attribute("aria-valuenow")))

    def K(self) -> int:
        return int(number(self.place.locator(".rbw-metrics-cut").inner_text()))

    def values(self) -> list[float]:
        texts = self.place.locator(".rbw-metrics-value").all_inner_texts()
        return [number(text) for text in texts]

    def changes(self) -> list[str]:
        """처음의 목록과 견준 말. 처음 그대로이면 빈 글입니다."""
        return self.place.locator(".rbw-metrics-change").all_inner_texts()

    def drag(self, start: int, stop: int) -> None:
        rows = self.place.locator(".rbw-metrics-list")
        rows.evaluate("one => one.scrollIntoView({block: 'center'})")
        boxes = [self.rows.nth(place - 1).bounding_box() for place in (start, stop)]
        (x, a), (_, b) = ((box["x"] + 20, box["y"] + 22) for box in boxes if box)
        mouse = self.reader.page.mouse
        mouse.move(x, a)
        mouse.down()
        mouse.move(x, b, steps=8)
        mouse.up()

    def check(self) -> None:
        expected = by_definition(self.places(), self.K(), self.rows.count())
        np.testing.assert_allclose(self.values()[:4], expected[:4], atol=5.1e-4)
        assert self.values()[4] == pytest.approx(expected[4], abs=0.051)
        assert self.reader.faults == []


def test_it_stands_with_the_start_of_the_chapter(visit):  # type: ignore[no-untyped-def]
    hand = Hand(visit(), ready=False)
    assert hand.places() == [2, 4, 7]
    assert hand.place.locator(".rbw-metrics-curve svg").count() == 0
    hand.check()


def test_python_reads_the_same_scores():
    w = Metrics()
    w.state = {**w.state, "hits": [1, 0, 0, 1, 0, 0, 0, 0, 0, 1], "K": 3}
    names = ("precision", "recall", "map", "ndcg", "percentile_rank")
    expected = by_definition(w.places, 3, 10)
    np.testing.assert_allclose([w.scores[name] for name in names], expected)


@pytest.mark.parametrize(("guess", "words"), [(0, "맞습니다."), (3, "실제로는")])
def test_guess_is_answered_by_moving_the_hit(visit, guess: int, words: str):  # type: ignore[no-untyped-def]
    hand = Hand(visit(reduced_motion="reduce"), ready=False)
    hand.place.locator(".rbw-segments label").nth(guess).click()
    hand.place.get_by_role("button", name="이렇게 예상합니다").click()
    said = hand.place.locator(".rbw-ask").inner_text()
    assert words in said
    assert "정밀도@5와 재현율@5는 그대로" in said
    before, after = by_definition([2, 4, 7], 5, 10), by_definition([4, 5, 7], 5, 10)
    for n in (2, 3):
        assert f"{before[n]:.3f}에서 {after[n]:.3f}" in said
    assert hand.places() == [4, 5, 7]
    assert hand.held() == 5
    still = hand.changes()
    assert still[:2] == ["처음과 같음", "처음과 같음"]
    assert all("▼ 나빠짐" in text for text in still[2:])
    assert hand.place.locator(".rbw-metrics-curve svg").count() == 5
    hand.check()


def test_dragging_skips_the_other_hits(visit):  # type: ignore[no-untyped-def]
    hand = Hand(visit())
    hand.drag(2, 5)
    assert hand.places() == [4, 5, 7]
    assert hand.held() == 5
    hand.check()
    hand.drag(7, 10)
    assert hand.places() == [4, 5, 10]
    hand.check()
    hand.drag(5, 4)  # 다른 정답의 자리에는 놓이지 않습니다
    assert hand.places() == [4, 5, 10]
    hand.drag(1, 9)  # 정답이 아닌 줄은 들리지 않습니다
    assert hand.places() == [4, 5, 10]
    hand.check()


def test_keyboard_buttons_and_finger(visit):  # type: ignore[no-untyped-def]
    reader = visit(width=360, touch=True)
    hand = Hand(reader)
    hand.rows.nth(1).focus()
    for key, places in [
        ("ArrowDown", [3, 4, 7]),
        ("ArrowDown", [4, 5, 7]),
        ("ArrowUp", [3, 4, 7]),
        ("ArrowUp", [2, 4, 7]),
    ]:
        reader.page.keyboard.press(key)
        assert hand.places() == places
        assert reader.page.evaluate(
            "document.activeElement.classList.contains('rbw-metrics-held')"
        )
    hand.place.get_by_role("button", name="위로").tap()
    assert hand.places() == [1, 4, 7]
    assert hand.place.get_by_role("button", name="위로").is_disabled()
    hand.rows.nth(6).tap()
    assert hand.held() == 7
    hand.place.get_by_role("button", name="아래로").tap()
    assert hand.places() == [1, 4, 8]
    for _ in range(3):
        hand.place.get_by_role("button", name="보여 줄 편수 K 늘리기").tap()
    assert hand.K() == 8
    hand.check()
    check_fits(hand.place)


def test_change_is_told_against_the_start_at_the_same_K(visit):  # type: ignore[no-untyped-def]
    hand = Hand(visit())
    assert hand.changes() == [""] * 5
    more = hand.place.get_by_role("button", name="보여 줄 편수 K 늘리기")
    more.click()  # 목록은 그대로이니 견줄 것이 없습니다
    assert hand.K() == 6
    assert hand.changes() == [""] * 5
    hand.drag(2, 1)
    hand.drag(7, 10)  # 앞걸음이 아니라 처음과 견줍니다
    more.click()
    assert (hand.places(), hand.K()) == ([1, 4, 10], 7)
    now, first = (by_definition(places, 7, 10) for places in ([1, 4, 10], [2, 4, 7]))
    gaps = [*np.subtract(now, first)[:4], first[4] - now[4]]
    assert {np.sign(gap) for gap in gaps} == {-1, 1}
    for text, gap in zip(hand.changes(), gaps, strict=True):
        assert text == f"처음보다 {'▲ 좋아짐' if gap > 0 else '▼ 나빠짐'}"
    hand.drag(1, 2)
    hand.drag(10, 7)
    assert hand.changes() == [""] * 5


def test_one_term_needs_no_brackets(visit):  # type: ignore[no-untyped-def]
    hand = Hand(visit())
    hand.drag(2, 6)
    working = hand.place.locator(".rbw-metrics-working").all_inner_texts()
    assert working[2:] == ["1/4 ÷ 3", "0.43 ÷ 2.13", "(3/9 + 5/9 + 6/9) ÷ 3"]
    for _ in range(4):
        hand.place.get_by_role("button", name="보여 줄 편수 K 줄이기").click()
    working = hand.place.locator(".rbw-metrics-working").all_inner_texts()
    assert working[2] == "0 ÷ 1"
    assert not any(re.search(r"\([^+]*\)", text) for text in working)


@pytest.mark.parametrize("width", [360, 1280])
def test_words_stand_clear_of_the_curve(visit, width: int):  # type: ignore[no-untyped-def]
    hand = Hand(visit(width=width))
    hand.place.get_by_role("button", name="아래로").click()
    for _ in range(5):
        hand.place.get_by_role("button", name="보여 줄 편수 K 늘리기").click()
    for card in hand.place.locator(".rbw-metrics-card").all():
        edge, text, curve = (
            one.evaluate("one => one.getBoundingClientRect().toJSON()")
            for one in (card, card.locator(".rbw-metrics-change"), card.locator("svg"))
        )
        assert text["height"] > 0
        assert text["bottom"] <= curve["top"] + 0.5
        assert max(text["right"], curve["right"]) <= edge["right"] + 0.5


def test_curves_are_the_scores_of_every_place(visit):  # type: ignore[no-untyped-def]
    hand = Hand(visit())
    circles = hand.place.locator(".rbw-metrics-curve svg").nth(3).locator("circle")
    heights = [float(str(one.get_attribute("cy"))) for one in circles.all()]
    free = [place for place in range(1, 11) if place not in (4, 7)]
    ndcg = [by_definition(sorted([place, 4, 7]), 5, 10)[3] for place in free]
    low, high = min(ndcg), max(ndcg)
    expected = [8 + (high - value) / (high - low) * 50 for value in ndcg]
    np.testing.assert_allclose(heights, expected, atol=1e-6)


def test_state_survives_in_the_address(visit):  # type: ignore[no-untyped-def]
    reader = visit()
    hand = Hand(reader)
    hand.drag(2, 6)
    reload(reader)
    again = Hand(reader, ready=False)
    assert again.places() == [4, 6, 7]
    again.check()


@pytest.mark.parametrize(
    "state",
    [
        {"hits": [0] * 10, "K": 5, "held": 0, "guess": "skip"},
        {"hits": [1] * 10, "K": 10, "held": 9, "guess": "skip"},
    ],
)
def test_odd_lists_from_the_address_are_borne(visit, state):  # type: ignore[no-untyped-def]
    reader = visit(fragment="#metrics=" + packed(state))
    place = widget(reader, "metrics")
    hits = place.locator(".rbw-metrics-hit").count()
    if hits:
        Hand(reader, ready=False).check()
    else:
        assert place.locator(".rbw-metrics-value").all_inner_texts() == ["–"] * 5
    assert reader.faults == []


@pytest.mark.parametrize(("width", "scheme"), [(360, "dark"), (1280, "light")])
def test_everyone_can_read_it(visit, width: int, scheme: str):  # type: ignore[no-untyped-def]
    reader = visit(width=width, scheme=scheme, reduced_motion="reduce")
    hand = Hand(reader)
    hand.drag(2, 3)
    check_accessible(reader, hand.place)
    check_fits(hand.place)


def test_a_thousand_touches(visit):  # type: ignore[no-untyped-def]
    reader = visit()
    hand = Hand(reader)
    rummage(reader, hand.place)
