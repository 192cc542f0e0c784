"""누리의 한 주: 사건마다 두 표를 손으로 센 표와 견줍니다."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Locator

from recbook import widgets
from recbook.datasets import Interactions
from tests.browser.reader import Reader, serving
from tests.browser.widgetry import (
    Finger,
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

WIDGET = "Feedback"
LAST = 16
# 한 주의 끝을 손으로 센 표. 위의 세 행은 1장의 두 표입니다.
RATINGS = [["5", "·", "·", "·", "·"], ["·", "·", "2", "·", "·"], ["·"] * 5]
COUNTS = [[2, 1, 0, 0, 0], [0, 0, 1, 0, 0], [1, 3, 0, 0, 0]]
OWN = ["5", "2", "·", "♥", "·"]
BLANK = ["·"] * 5
# 사건 n개를 본 다음 누리의 행(처음의 규칙)
ROWS = {
    0: (BLANK, [0, 0, 0, 0, 0]),
    1: (BLANK, [1, 0, 0, 0, 0]),
    2: (BLANK, [1, 0, 0, 0, 0]),  # 5초 만에 넘긴 파도는 세지 않습니다
    3: (BLANK, [1, 0, 0, 0, 0]),  # 노출은 적지 않습니다
    5: (["5", *BLANK[1:]], [2, 0, 0, 0, 0]),
    9: (["5", *BLANK[1:]], [3, 39, 0, 0, 0]),
    10: (["5", *BLANK[1:]], [3, 39, 1, 0, 0]),
    12: (["5", "·", "·", "♥", "·"], [3, 39, 1, 1, 0]),
    15: (OWN, [3, 39, 1, 2, 0]),
    LAST: (OWN, [4, 39, 1, 2, 0]),
}


class Hand:
    """재생기를 만지는 손과, 화면에 적힌 두 표."""

    def __init__(self, reader: Reader, *, ready: bool = True) -> None:
        self.reader = reader
        self.page = reader.page
        self.place = widget(reader, "feedback")
        self.slide = self.place.locator("input[type=range]")
        if ready:
            skip_guess(self.place)

    def press(self, name: str) -> None:
        # 켜진 단추의 이름 앞에는 ✓가 붙습니다.
        exact = not name.endswith("센다")
        self.place.get_by_role("button", name=name, exact=exact).click()

    def go(self, step: int) -> None:
        self.slide.evaluate(
            "(one, step) => { one.value = step;"
            " one.dispatchEvent(new Event('input', { bubbles: true })); }",
            step,
        )

    def step(self) -> int:
        return int(self.slide.input_value())

    def chip(self, step: int) -> Locator:
        return self.place.locator(".rbw-feedback-chip").nth(step - 1)

    def rows(self, nth: int) -> list[list[str]]:
        table = self.place.locator(".rbw-feedback-tables table").nth(nth)
        texts = table.locator(".rbw-feedback-cell b").all_text_contents()
        plain = [text.replace("빈칸", "").replace("좋아요", "") for text in texts]
        plain = [text.replace("\ufe0e", "") for text in plain]
        return [plain[at : at + 5] for at in range(0, 20, 5)]

    def check(self, ratings: list[str], counts: list[int]) -> None:
        """두 표와 그 아래의 셈이 손으로 센 것과 같습니다."""
        assert self.rows(0) == [*RATINGS, ratings]
        assert self.rows(1) == [[str(n) for n in row] for row in [*COUNTS, counts]]
        self.check_notes()
        assert self.reader.faults == []

    def check_notes(self) -> None:
        first, second = self.place.locator(".rbw-feedback-tables p").all_inner_texts()
        cells = np.array(self.rows(0)).ravel()
        given = [float(text) for text in cells if text not in "·♥"]
        assert f"{np.sum(cells != '·')}/20 = {np.mean(cells != '·'):.2f}" in first
        assert f"평점 {len(given)}개의 평균 {np.mean(given):.2f}" in first
        assert f"평균이 {sum(given) / 20:.2f}로" in first
        table = np.array(self.rows(1), dtype=float)
        assert f"{np.sum(table > 0)}/20 = {np.mean(table > 0):.2f}" in second
        assert f"한 칸 평균 {table.mean():.2f}번" in second

    def card(self) -> str:
        return self.place.locator(".rbw-feedback-card").inner_text()


# ── 예상하기 ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("guess", "words"), [(0, "실제로는 2점입니다"), (2, "맞습니다. 2점입니다")]
)
def test_guess_comes_first_and_is_answered(visit, guess: int, words: str):  # type: ignore[no-untyped-def]
    hand = Hand(visit(), ready=False)
    assert "39번" in hand.place.locator(".rbw-question").inner_text()
    assert hand.slide.evaluate("one => one.closest('[inert]') !== null")
    # 답은 아직 어디에도 보이지 않습니다.
    week = hand.place.locator(".rbw-feedback-week").inner_text()
    assert "★" not in week
    assert "09:30" in week
    hand.place.locator(".rbw-ask .rbw-segments label").nth(guess).click()
    hand.press("이렇게 예상합니다")
    assert words in hand.place.locator(".rbw-ask").inner_text()
    hand.check(*ROWS[0])


# ── 다시 보기 ────────────────────────────────────────────────────────────────


def test_every_event_is_entered_as_by_hand(visit):  # type: ignore[no-untyped-def]
    hand = Hand(visit())
    python = widgets.Feedback()
    for step in range(LAST + 1):
        assert hand.step() == step
        if step in ROWS:
            hand.check(*ROWS[step])
        python.step = step
        counts = np.array(hand.rows(1), dtype=float)
        np.testing.assert_array_equal(counts, python.implicit)
        for text, value, liked in zip(
            np.ravel(hand.rows(0)),
            python.explicit.ravel(),
            python.liked.ravel(),
            strict=True,
        ):
            said = "" if np.isnan(value) else f"{value:.0f}"
            assert text == (said + "♥" * bool(liked) or "·")
        if step < LAST:
            hand.press("다음 사건 ▶")
    forth = hand.place.get_by_role("button", name="다음 사건")
    assert forth.is_disabled()
    # 꺼진 단추에 초점이 갇히지 않습니다.
    assert hand.place.get_by_role("button", name="재생", exact=True).evaluate(
        "one => one === document.activeElement"
    )
    hand.press("◀ 앞 사건")
    hand.check(*ROWS[15])


def test_each_event_says_what_it_cannot_say(visit):  # type: ignore[no-untyped-def]
    hand = Hand(visit())
    seen = set()
    for step in range(1, LAST + 1):
        hand.go(step)
        card = hand.card()
        assert "말해 주는 것" in card
        assert "모릅니다" in card.split("말해 주지 않는 것")[1].split("옮겨 적기")[0]
        assert "사실은" not in card
        seen.add(card)
    assert len(seen) == LAST
    hand.go(9)
    assert "목요일 23:40 · 정원 · 밤새 재생 38번" in hand.card()
    assert "횟수 표의 (누리, 정원)에 38을 더합니다" in hand.card()
    hand.go(12)
    assert "점수가 아니어서 평균에는 넣지 않습니다" in hand.card()
    hand.go(14)
    assert "어느 표에도 적지 않습니다" in hand.card()


def test_blank_and_zero_look_and_sound_different(visit):  # type: ignore[no-untyped-def]
    hand = Hand(visit())
    first, second = hand.place.locator(".rbw-feedback-tables table").all()
    blank = first.locator("tbody tr:last-child td").first
    zero = second.locator("tbody tr:last-child td").first
    assert "빈칸" in str(blank.text_content())
    assert zero.text_content() == "0"
    ground = "one => getComputedStyle(one.firstChild).backgroundImage"
    assert blank.evaluate(ground).startswith("repeating-linear-gradient")
    assert zero.evaluate(ground) == "none"


def test_rules_change_only_the_counts(visit):  # type: ignore[no-untyped-def]
    hand = Hand(visit())
    hand.go(LAST)
    hand.press("5초 만에 넘긴 재생도 센다")
    hand.check(OWN, [4, 39, 2, 2, 0])
    hand.press("되풀이된 재생을 모두 센다")
    hand.check(OWN, [4, 2, 2, 2, 0])
    hand.go(9)
    assert "횟수 표의 (누리, 정원)에 1을 더합니다" in hand.card()
    hand.press("5초 만에 넘긴 재생도 센다")
    hand.go(2)
    assert "지금의 규칙으로는 세지 않습니다" in hand.card()
    hand.check(BLANK, [1, 0, 0, 0, 0])


def test_asking_tells_the_story_and_moves_no_cell(visit):  # type: ignore[no-untyped-def]
    hand = Hand(visit())
    ending = hand.place.locator(".rbw-feedback-ending")
    assert ending.is_hidden()
    hand.go(LAST)
    assert "기록만으로는 알 수 없는 것" in ending.inner_text()
    assert "사실은" not in ending.inner_text()
    hand.press("누리에게 물어보기")
    assert ending.inner_text().count("사실은") == 7
    hand.check(*ROWS[LAST])
    hand.go(9)
    assert "잠들었습니다" in hand.card().split("사실은")[1]


def test_playing_runs_pauses_and_ends(visit):  # type: ignore[no-untyped-def]
    reader = visit()
    reader.page.clock.install()
    reload(reader)
    hand = Hand(reader)
    hand.press("재생")
    assert hand.step() == 1
    reader.page.clock.run_for(3300)
    assert hand.step() == 2
    hand.press("멈춤")
    reader.page.clock.run_for(10_000)
    assert hand.step() == 2
    hand.press("재생")
    hand.chip(10).click()  # 만지면 멈춥니다
    reader.page.clock.run_for(10_000)
    assert hand.step() == 10
    hand.press("재생")
    reader.page.clock.run_for(60_000)
    assert hand.step() == LAST
    hand.check(*ROWS[LAST])
    hand.press("재생")  # 끝에서 누르면 처음부터
    assert hand.step() == 1
    hand.press("처음으로")
    reader.page.clock.run_for(10_000)
    assert hand.step() == 0


def test_less_motion_plays_at_once(visit):  # type: ignore[no-untyped-def]
    hand = Hand(visit(reduced_motion="reduce"))
    hand.press("재생")
    hand.check(*ROWS[LAST])


def test_keyboard_walks_the_week(visit):  # type: ignore[no-untyped-def]
    hand = Hand(visit())
    press = hand.page.keyboard.press
    hand.slide.focus()
    press("ArrowRight")
    press("ArrowRight")
    assert hand.step() == 2
    press("End")
    hand.check(*ROWS[LAST])
    hand.chip(LAST).focus()
    press("ArrowLeft")
    press("Enter")
    hand.check(*ROWS[15])
    assert hand.chip(15).get_attribute("aria-current") == "step"
    reached = hand.place.locator(".rbw-feedback-week button").evaluate_all(
        "all => all.filter(one => one.tabIndex === 0).length"
    )
    assert reached == 1
    hand.place.get_by_text("일요일 09:30 · 정원 · 평점 2명시적").wait_for(
        state="attached"
    )


def test_fingers_tap_and_slide(visit):  # type: ignore[no-untyped-def]
    reader = visit(width=360, touch=True)
    hand = Hand(reader)
    hand.chip(9).tap()
    hand.check(*ROWS[9])
    hand.place.get_by_role("button", name="다음 사건").tap()
    hand.check(*ROWS[10])
    Finger(reader).swipe(hand.slide, 60, 0)
    assert hand.step() > 8
    assert reader.faults == []


# ── 주소, 파이썬, 그림 ───────────────────────────────────────────────────────


@pytest.mark.parametrize("http", [False, True], ids=["file", "http"])
def test_state_survives_a_reload(visit, book: Path, http: bool):  # type: ignore[no-untyped-def]
    with serving(book) as base:
        reader = visit(base=base if http else None)
        hand = Hand(reader)
        hand.go(12)
        hand.press("되풀이된 재생을 모두 센다")
        assert "#feedback=" in leave(reader)
        reload(reader)
        again = Hand(reader, ready=False)
        again.check(ROWS[12][0], [3, 2, 1, 1, 0])
        assert again.step() == 12
        # 계산 커널을 싣지 않습니다.
        assert not any("kernels" in url for url in reader.bytes)


@pytest.mark.parametrize(
    "state",
    [{"step": 17}, {"step": 2.5}, {"skips": "<img src=x>"}, {"asked": 1}, {"x": 1}],
    ids=range(5),
)
def test_hostile_address_is_ignored(visit, state: dict):  # type: ignore[no-untyped-def]
    hand = Hand(visit(fragment="#feedback=" + packed(state)), ready=False)
    assert hand.step() == 0
    hand.check(*ROWS[0])


def test_neighbours_are_the_rows_of_the_chapter():
    """이웃 세 사람의 행은 1장의 기록 열 줄에서 나옵니다."""
    plays = [
        ("미르", "새벽"),
        ("미르", "새벽"),
        ("보라", "파도"),
        ("소담", "정원"),
        ("미르", "정원"),
        ("소담", "정원"),
        ("소담", "새벽"),
        ("소담", "정원"),
    ]
    log = Interactions.from_events(
        users=[user for user, _ in plays],
        items=[album for _, album in plays],
        values=[1] * len(plays),
    )
    table = log.user_items.toarray()
    order = [list(log.items).index(album) for album in ("새벽", "정원", "파도")]
    np.testing.assert_array_equal(widgets.Feedback().implicit[:3, :3], table[:, order])


def test_python_reads_the_rules():
    w = widgets.Feedback()
    w.step = LAST
    w.state = {**w.state, "skips": True, "overnight": False}
    np.testing.assert_array_equal(w.implicit[-1], [4, 2, 2, 2, 0])
    np.testing.assert_array_equal(w.explicit[-1], [5, 2, np.nan, np.nan, np.nan])


def test_still_carries_the_point():
    page = widgets.Feedback().static_html()
    assert "누리는 39번 재생한 정원에 2점을 주었다" in page
    assert "누리: 새벽 5, 정원 2, 파도 빈칸" in page
    assert number(page.split("누리: 새벽 4, 정원 ")[1]) == 39


# ── 모두에게 ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_it_is_accessible_and_fits(visit, width: int, scheme: str):  # type: ignore[no-untyped-def]
    reader = visit(width=width, scheme=scheme, touch=width < 500)
    hand = Hand(reader, ready=False)
    check_fits(hand.place)
    check_accessible(reader, hand.place)
    skip_guess(hand.place)
    marks = hand.place.locator(".rbw-feedback-chip, .rbw-feedback-cell")
    for step in (0, 9, LAST):
        hand.go(step)
        check_fits(hand.place)
        cut = marks.evaluate_all(
            "all => all.filter(one => one.scrollWidth > one.clientWidth)"
            ".map(one => one.textContent)"
        )
        assert cut == []
    hand.press("누리에게 물어보기")
    check_fits(hand.place)
    check_accessible(reader, hand.place)


def test_a_thousand_touches_leave_no_error_and_no_litter(visit):  # type: ignore[no-untyped-def]
    reader = visit(reduced_motion="reduce")
    hand = Hand(reader)

    def check() -> None:
        hand.check_notes()
        assert hand.rows(0)[:3] == RATINGS
        assert hand.rows(1)[:3] == [[str(n) for n in row] for row in COUNTS]

    rummage(reader, hand.place, check=check)
