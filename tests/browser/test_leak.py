"""나누는 날을 옮기는 위젯: 센 수와 점수가 파이썬에서 같은 기록으로 낸 것과 같은지."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from scipy import sparse

import recbook as rb
from recbook.widgets.leak import FIRST, LAST, MODEL, Leak
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

LEARNT = 30_000  # 바쁜 기계에서 네 번 배우기를 기다리는 시간(밀리초)

WIDGET = "Leak"


def split(day: int, name: str) -> Leak:
    w = Leak()
    w.state = {**w.state, "day": day, "split": name}
    return w


@cache
def scores(day: int) -> dict[str, list[float]]:
    """분할마다 (인기순, ALS)의 NDCG@10."""
    found = {}
    for name in ("random", "temporal"):
        w = split(day, name)
        test = w.in_test
        shape = w.data["n_users"], w.data["n_items"]
        tables = [
            sparse.csr_matrix(
                (np.ones(part.sum(), np.float32), (w.users[part], w.items[part])), shape
            )
            for part in (~test, test)
        ]
        found[name] = [
            rb.metrics.ranking_metrics_at_k(model.fit(tables[0]), *tables)["ndcg"]
            for model in (rb.Popularity(), rb.ImplicitALS(**MODEL))
        ]
    return found


class Hand:
    def __init__(self, reader: Reader, *, ready: bool = True) -> None:
        self.reader = reader
        self.place = widget(reader, "leak")
        if ready:
            skip_guess(self.place)

    def day(self) -> int:
        return int(self.place.locator("input[type=range]").input_value())

    def leaked(self) -> int:
        text = self.place.locator(".rbw-leak-number").inner_text()
        return int(text.replace(",", ""))

    def go(self, day: int) -> None:
        self.place.locator("input[type=range]").fill(str(day))

    def choose(self, nth: int) -> None:
        group = self.place.get_by_role("group", name="나누는 방법")
        group.locator("label").nth(nth).click()

    def scores(self) -> dict[str, list[float]]:
        lines = self.place.locator(".rbw-leak-score")
        last = lines.last
        last.filter(has_text="0.").wait_for(timeout=LEARNT)
        values = [number(text) for text in lines.all_inner_texts()]
        return {"random": values[::2], "temporal": values[1::2]}


def test_nothing_is_told_before_the_guess(visit):  # type: ignore[no-untyped-def]
    reader = visit()
    hand = Hand(reader, ready=False)
    assert hand.place.locator(".rbw-leak-result").is_hidden()
    assert hand.place.locator(".rbw-leak-hatched").count() == 0
    hand.place.locator(".rbw-ask label").nth(3).click()
    hand.place.get_by_role("button", name="이렇게 예상합니다").click()
    w = Leak()
    said = hand.place.locator(".rbw-ask").inner_text()
    assert "맞습니다." in said
    assert f"{w.future_in_train:,}건이 남습니다" in said
    assert reader.faults == []


@pytest.mark.parametrize("day", [153, 106])
def test_the_page_learns_what_python_learns(visit, day: int):  # type: ignore[no-untyped-def]
    hand = Hand(visit())
    hand.go(day)
    assert hand.leaked() == split(day, "random").future_in_train
    shown, expected = hand.scores(), scores(day)
    for name in expected:
        np.testing.assert_allclose(shown[name], expected[name], atol=5.1e-4)
    hand.choose(1)
    assert hand.leaked() == split(day, "temporal").future_in_train == 0
    assert hand.reader.faults == []


def test_the_chapter_tells_the_truth_about_december():
    """12월 중순에는 분할마다 고르는 모델이 다릅니다. 2월에는 같습니다."""
    assert str(split(106, "random").cutoff) == "2014-12-16"
    winners = {
        day: [int(np.argmax(scores(day)[name])) for name in ("random", "temporal")]
        for day in (106, 153)
    }
    assert winners == {106: [1, 0], 153: [1, 1]}
    for day in winners:
        assert np.all(np.array(scores(day)["random"]) > scores(day)["temporal"])


def test_counts_are_those_of_the_log():
    w = Leak()
    log = rb.datasets.vod()
    chosen = log.user_index % 3 == 0
    assert len(w.users) == chosen.sum() == sum(w.data["counts"])
    pairs = [*zip(w.users * 3, w.items, strict=True)]
    truth = [*zip(log.user_index[chosen], log.item_index[chosen], strict=True)]
    assert sorted(pairs) == sorted(truth)
    times = log.timestamps
    assert times is not None
    february = chosen & (times >= np.datetime64("2015-02-01", "s").astype(int))
    w.state = {**w.state, "split": "temporal"}
    assert w.in_test.sum() == february.sum()
    w.state = {**w.state, "split": "random"}
    assert w.in_test.sum() == february.sum()


def test_pulling_the_line_and_pressing_keys(visit):  # type: ignore[no-untyped-def]
    reader = visit()
    hand = Hand(reader)
    picture = hand.place.locator(".rbw-leak-timeline > svg")
    picture.scroll_into_view_if_needed()
    box = picture.bounding_box()
    assert box is not None
    days = len(Leak().data["counts"])
    mouse = reader.page.mouse
    mouse.move(box["x"] + box["width"] * 0.8, box["y"] + 60)
    mouse.down()
    mouse.move(box["x"] + box["width"] * 0.6, box["y"] + 60, steps=5)
    mouse.up()
    assert abs(hand.day() - 0.6 * days) <= 1
    before = hand.day()
    hand.place.get_by_role("button", name="하루 당기기").click()
    assert hand.day() == before - 1
    hand.place.locator("input[type=range]").press("ArrowRight")
    assert hand.day() == before
    mouse.move(box["x"] + box["width"] * 0.5, box["y"] + 60)
    mouse.down()
    mouse.move(box["x"] + 2, box["y"] + 60, steps=3)
    mouse.up()
    assert hand.day() == FIRST
    hand.place.locator("input[type=range]").press("End")
    assert hand.day() == LAST
    assert hand.leaked() == split(LAST, "random").future_in_train
    assert reader.faults == []


@pytest.mark.parametrize("width", [360, 1280])
def test_arrows_stand_beside_their_slider(visit, width: int):  # type: ignore[no-untyped-def]
    hand = Hand(visit(width=width))
    spots = [
        hand.place.locator("input[type=range]"),
        *(
            hand.place.get_by_role("button", name=f"하루 {way}")
            for way in ("당기기", "미루기")
        ),
    ]
    boxes = [spot.bounding_box() for spot in spots]
    slider, *buttons = (box for box in boxes if box)
    assert len(buttons) == 2
    for box in buttons:
        assert box["x"] > slider["x"] + slider["width"]
        assert abs(box["y"] - slider["y"]) < 2
    row = hand.place.locator(".rbw-controls").bounding_box()
    assert row is not None
    assert buttons[1]["x"] + buttons[1]["width"] > row["x"] + row["width"] - 2
    hand.go(LAST)
    assert hand.place.get_by_role("button", name="하루 미루기").is_disabled()


def test_state_survives_in_the_address(visit):  # type: ignore[no-untyped-def]
    reader = visit()
    hand = Hand(reader)
    hand.go(100)
    hand.choose(1)
    reload(reader)
    again = Hand(reader, ready=False)
    assert again.day() == 100
    assert again.leaked() == 0


@pytest.mark.parametrize(("width", "scheme"), [(360, "dark"), (1280, "light")])
def test_everyone_can_read_it(visit, width: int, scheme: str):  # type: ignore[no-untyped-def]
    touch = width == 360
    reader = visit(width=width, scheme=scheme, touch=touch, reduced_motion="reduce")
    hand = Hand(reader)
    hand.scores()
    check_accessible(reader, hand.place)
    check_fits(hand.place)


def test_restless_hands_leave_the_last_day(visit):  # type: ignore[no-untyped-def]
    """배우는 동안 날을 자꾸 바꾸어도 마지막 날의 점수가 남습니다."""
    hand = Hand(visit())
    for day in (80, 140, 100, 160, 153):
        hand.go(day)
        hand.reader.page.wait_for_timeout(350)
    hand.place.get_by_role("button", name="처음으로").click()
    skip_guess(hand.place)
    shown = hand.scores()
    np.testing.assert_allclose(shown["random"], scores(153)["random"], atol=5.1e-4)
    assert hand.reader.faults == []


def test_a_thousand_touches(visit):  # type: ignore[no-untyped-def]
    hand = Hand(visit(reduced_motion="reduce"))
    rummage(hand.reader, hand.place)
