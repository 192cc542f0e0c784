"""좌표 돌리기: 끌고, 누르고, 적어서 돌린 수를 NumPy로 센 수와 견줍니다."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Locator
from scipy.spatial.distance import pdist
from scipy.spatial.transform import Rotation

import recbook as rb
from recbook import widgets
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

WIDGET = "Rotate"
EX = rb.datasets.worked_example()
R_HAT = EX.U @ EX.I.T


def in_plane(first: int, second: int, angle: float) -> np.ndarray:
    """본문의 Q를 글자 그대로."""
    c, s = np.cos(np.deg2rad(angle)), np.sin(np.deg2rad(angle))
    Q = np.eye(3)
    Q[first, first], Q[first, second] = c, -s
    Q[second, first], Q[second, second] = s, c
    return Q


class Hand:
    """돌리는 손과, 화면에 적힌 수."""

    def __init__(self, reader: Reader, *, ready: bool = True) -> None:
        self.reader = reader
        self.page = reader.page
        self.place = widget(reader, "rotate")
        self.handle = self.place.get_by_role("slider", name="좌표를 돌리는 손잡이")
        if ready:
            skip_guess(self.place)

    def angle(self) -> float:
        return float(str(self.handle.get_attribute("aria-valuenow")))

    def plane(self, name: str) -> Locator:
        return self.place.locator(".rbw-controls label", has_text=name)

    def preset(self, angle: int) -> None:
        self.place.get_by_role("button", name=f"{angle}°", exact=True).click()

    def table(self, side: str) -> np.ndarray:
        cells = self.place.locator(f'[data-cell^="{side}"] b')
        pairs = cells.evaluate_all(
            "all => all.map(one => [one.parentNode.dataset.cell, one.textContent])"
        )
        found = {key: number(text) for key, text in pairs}
        return np.array([[found[f"{side}{r}{c}"] for c in range(3)] for r in range(3)])

    def predicted(self) -> np.ndarray:
        texts = self.place.locator(".rbw-rotate-result").all_inner_texts()
        return np.array([number(text) for text in texts]).reshape(3, 3)

    def counts(self) -> list[int]:
        texts = self.place.locator(".rbw-rotate-count b").all_inner_texts()
        return [int(text) for text in texts]

    def check(self, Q: np.ndarray, *, together: bool = True) -> None:
        """화면의 모든 수가 파이썬으로 센 것과 같습니다."""
        U, I = EX.U @ Q, EX.I @ (Q if together else np.eye(3))  # noqa: E741
        np.testing.assert_allclose(self.table("U"), U, atol=0.00501)
        np.testing.assert_allclose(self.table("I"), I, atol=0.00501)
        np.testing.assert_allclose(self.predicted(), U @ I.T, atol=0.00501)
        changed = sum(
            np.sum(~np.isclose(a, b, rtol=0, atol=1e-9))
            for a, b in ((U, EX.U), (I, EX.I))
        )
        moved = np.sum(~np.isclose(U @ I.T, R_HAT, rtol=0, atol=1e-9))
        assert self.counts() == [changed, moved]
        marks = self.place.locator(".rbw-rotate-result small").all_text_contents()
        assert sum("≠" in mark for mark in marks) == moved
        lines = self.place.locator(".rbw-rotate-reading li").all_text_contents()
        for text, column in zip(lines, U.T, strict=True):
            signs = dict(re.findall(r"([ABC]) ([−0+])", text))
            for user, value in zip(EX.users, column, strict=True):
                if abs(value) > 0.0051:
                    assert signs[user] == ("+" if value > 0 else "−")
        assert self.reader.faults == []

    def drag_to(self, angle: float, start: Locator | None = None) -> None:
        """손잡이(또는 점)를 끌어 각만큼 더 돌립니다."""
        start = start or self.handle.locator(".rbw-rotate-knob")
        start.scroll_into_view_if_needed()
        box = self.place.locator(".rbw-rotate-map svg").bounding_box()
        grip = start.bounding_box()
        assert box is not None
        assert grip is not None
        centre = np.array([box["x"] + box["width"] / 2, box["y"] + box["height"] / 2])
        at = np.array([grip["x"] + grip["width"] / 2, grip["y"] + grip["height"] / 2])
        self.page.mouse.move(*at)
        self.page.mouse.down()
        for part in np.linspace(0, 1, 9)[1:]:
            turn = np.deg2rad(-angle * part)  # 화면의 세로는 아래가 큽니다
            c, s = np.cos(turn), np.sin(turn)
            away = np.array([[c, -s], [s, c]]) @ (at - centre)
            self.page.mouse.move(*(centre + away))
        self.page.mouse.up()


# ── 예상하기 ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("guess", "words"), [(0, "실제로는 0칸입니다"), (3, "맞습니다. 0칸입니다")]
)
def test_guess_comes_first_and_is_answered(visit, guess: int, words: str):  # type: ignore[no-untyped-def]
    reader = visit(reduced_motion="reduce")
    hand = Hand(reader, ready=False)
    hand.check(np.eye(3))
    assert hand.handle.evaluate("one => one.closest('[inert]') !== null")
    hand.place.locator(".rbw-ask .rbw-segments label").nth(guess).click()
    hand.place.get_by_role("button", name="이렇게 예상합니다").click()
    assert words in hand.place.locator(".rbw-ask").inner_text()
    assert hand.angle() == 30
    hand.check(in_plane(0, 1, 30))


def test_demonstration_yields_to_a_hand_and_to_reset(visit):  # type: ignore[no-untyped-def]
    hand = Hand(visit(), ready=False)
    for stop in ("90°", "처음으로"):
        hand.place.locator(".rbw-ask .rbw-segments label").first.click()
        hand.place.get_by_role("button", name="이렇게 예상합니다").click()
        hand.place.get_by_role("button", name=stop, exact=True).click()
        seen = hand.angle()
        hand.page.wait_for_timeout(300)
        assert hand.angle() == seen == (90 if stop == "90°" else 0)
        if stop == "90°":
            hand.place.get_by_role("button", name="처음으로").click()
    hand.check(np.eye(3))


# ── 돌리기 ───────────────────────────────────────────────────────────────────


def test_every_plane_turns_as_the_chapter_writes(visit):  # type: ignore[no-untyped-def]
    hand = Hand(visit())
    for name, pair in (
        ("첫째·둘째", (0, 1)),
        ("둘째·셋째", (1, 2)),
        ("첫째·셋째", (0, 2)),
    ):
        hand.plane(name).click()
        for angle in (60, 180):
            hand.preset(angle)
            hand.check(in_plane(*pair, angle))
        hand.preset(0)
        hand.check(np.eye(3))


def test_sixty_degrees_read_as_the_chapter_reads(visit):  # type: ignore[no-untyped-def]
    """2장의 실험 3: 60도 돌리면 갈리는 열이 첫째로 옮겨 갑니다."""
    hand = Hand(visit())
    reading = hand.place.locator(".rbw-rotate-reading")
    assert "갈리는 열은 둘째 열입니다" in reading.inner_text()
    assert "‘발매지역’이라고 불렀습니다" in reading.inner_text()
    hand.preset(60)
    np.testing.assert_allclose(hand.table("U")[:, 0], [-0.24, 0.41, 0.39])
    text = reading.inner_text()
    assert "= 0.50 장르 + 0.87 발매지역" in text
    assert "A ↔ B·C 갈림" in text
    assert "갈리는 열은 첫째 열입니다" in text


def test_planes_follow_one_another(visit):  # type: ignore[no-untyped-def]
    """평면을 바꾸면 앞에서 돌린 것에 이어서 돌고, 요인은 열여덟 칸 모두 달라집니다."""
    hand = Hand(visit())
    hand.preset(30)
    hand.plane("둘째·셋째").click()
    assert hand.angle() == 0
    hand.check(in_plane(0, 1, 30))
    hand.preset(60)
    hand.plane("첫째·셋째").click()
    hand.preset(90)
    hand.check(in_plane(0, 1, 30) @ in_plane(1, 2, 60) @ in_plane(0, 2, 90))
    assert hand.counts() == [18, 0]


def test_turning_only_one_side_breaks_the_predictions(visit):  # type: ignore[no-untyped-def]
    hand = Hand(visit())
    hand.preset(30)
    hand.plane("U만").click()
    hand.check(in_plane(0, 1, 30), together=False)
    assert hand.counts() == [6, 9]
    assert "U만 돌리면 예측이 달라집니다" in hand.place.inner_text()
    hand.plane("함께").click()
    hand.check(in_plane(0, 1, 30))


def test_handle_and_points_can_be_dragged(visit):  # type: ignore[no-untyped-def]
    hand = Hand(visit())
    hand.drag_to(75)
    assert hand.angle() == pytest.approx(75, abs=1)
    hand.check(in_plane(0, 1, hand.angle()))
    seen = hand.angle()
    hand.drag_to(-140, hand.place.locator(".rbw-rotate-mark.rbw-item").first)
    assert hand.angle() == pytest.approx(seen - 140, abs=2)
    hand.check(in_plane(0, 1, hand.angle()))
    # 180°를 넘으면 반대쪽에서 이어집니다.
    hand.preset(180)
    hand.drag_to(30)
    assert hand.angle() == pytest.approx(-150, abs=1)


def test_keyboard_slider_and_typing_turn(visit):  # type: ignore[no-untyped-def]
    hand = Hand(visit())
    hand.handle.focus()
    for key, expected in [
        ("ArrowUp", 1),
        ("ArrowLeft", 0),
        ("PageUp", 15),
        ("Home", -180),
        ("ArrowDown", 179),
        ("End", 180),
    ]:
        hand.page.keyboard.press(key)
        assert hand.angle() == expected
    assert hand.handle.get_attribute("aria-valuetext") == "180°"
    slide = hand.place.locator("input[type=range]")
    slide.focus()
    hand.page.keyboard.press("ArrowLeft")
    assert hand.angle() == 179
    field = hand.place.get_by_label("각도(도)", exact=True)
    field.fill("-22.5")
    assert hand.angle() == -22.5
    hand.place.get_by_role("button", name="각도(도) 늘리기").click()
    assert hand.angle() == pytest.approx(-21, abs=1)
    hand.check(in_plane(0, 1, hand.angle()))
    words = f"달라진 요인 {hand.counts()[0]}칸, 달라진 예측 0칸"
    hand.place.get_by_text(words).wait_for(state="attached")


def test_fingers_turn_and_scroll(visit):  # type: ignore[no-untyped-def]
    reader = visit(width=360, touch=True)
    hand = Hand(reader)
    finger = Finger(reader)
    finger.swipe(hand.handle.locator(".rbw-rotate-knob"), -20, -80)
    assert 20 < hand.angle() < 70
    hand.check(in_plane(0, 1, hand.angle()))
    seen = hand.angle()
    before = reader.page.evaluate("document.scrollingElement.scrollTop")
    finger.swipe(hand.place.locator(".rbw-rotate-rim"), 3, -160)
    after = reader.page.evaluate("document.scrollingElement.scrollTop")
    assert after > before
    assert hand.angle() == seen


def test_names_on_the_map_stay_apart(visit):  # type: ignore[no-untyped-def]
    """점이 가까워도 글자는 겹치지 않습니다."""
    hand = Hand(visit())
    for name in ("둘째·셋째", "첫째·셋째", "첫째·둘째"):
        hand.plane(name).click()
        for angle in (30, 90):
            hand.preset(angle)
            at = hand.place.locator(".rbw-rotate-mark").evaluate_all(
                "all => all.map(one => one.transform.baseVal[0].matrix)"
                ".map(({ e, f }) => [e, f])"
            )
            gaps = pdist(np.array(at))
            assert gaps.min() > 20


# ── 주소와 파이썬 ────────────────────────────────────────────────────────────


@pytest.mark.parametrize("http", [False, True], ids=["file", "http"])
def test_state_survives_a_reload(visit, book: Path, http: bool):  # type: ignore[no-untyped-def]
    with serving(book) as base:
        reader = visit(base=base if http else None)
        hand = Hand(reader)
        hand.preset(60)
        hand.plane("둘째·셋째").click()
        hand.preset(30)
        assert "#rotate=" in leave(reader)
        reload(reader)
        again = Hand(reader, ready=False)
        assert again.angle() == 30
        again.check(in_plane(0, 1, 60) @ in_plane(1, 2, 30))


@pytest.mark.parametrize(
    "state",
    [
        {"angle": 1e9},
        {"plane": 3},
        {"turned": [2, 0, 0, 0]},
        {"turned": [1, 0, 0, "<img src=x onerror=alert(1)>"]},
        {"together": 1},
    ],
    ids=range(5),
)
def test_hostile_address_is_ignored(visit, state: dict):  # type: ignore[no-untyped-def]
    hand = Hand(visit(fragment="#rotate=" + packed(state)), ready=False)
    hand.check(np.eye(3))


@pytest.mark.parametrize("turned", [[0, 0, 0, 0], [0.3, -0.9, 0.2, 0.8]])
def test_any_turn_in_the_address_is_a_rotation(visit, turned: list[float]):  # type: ignore[no-untyped-def]
    """길이가 1이 아닌 사원수가 와도 예측은 그대로입니다."""
    fragment = "#rotate=" + packed({"turned": turned, "guess": "skip"})
    hand = Hand(visit(fragment=fragment), ready=False)
    w, *axis = turned
    Q = Rotation.from_quat([*axis, w]).as_matrix().T if any(turned) else np.eye(3)
    hand.check(Q)


def test_python_and_page_turn_alike():
    w = widgets.Rotate()
    turned = Rotation.from_euler("z", -30, degrees=True).as_quat()
    w.state = {**w.state, "plane": 1, "angle": 60, "turned": np.roll(turned, 1)}
    Q = in_plane(0, 1, 30) @ in_plane(1, 2, 60)
    np.testing.assert_allclose(w.Q, Q, atol=1e-12)
    np.testing.assert_allclose(w.U, EX.U @ Q, atol=1e-12)
    np.testing.assert_allclose(w.R_hat, R_HAT, atol=1e-12)
    w.state = {**w.state, "together": False}
    np.testing.assert_array_equal(w.I, EX.I)
    assert np.abs(w.R_hat - R_HAT).min() > 0.01


def test_still_carries_the_point():
    w = widgets.Rotate()
    page = w.static_html()
    assert "요인 18칸 가운데 12칸이 달라져도 예측은 그대로다" in page
    assert "A (0.90, −0.80, 0.70) → (−0.24, −1.18, 0.70)" in page
    w.state = {**w.state, "together": False, "angle": 60}
    assert "U만 돌리면 요인 6칸이 달라지고 예측도 9칸이 달라진다" in w.static_html()


# ── 모두에게 ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_it_is_accessible_and_fits(visit, width: int, scheme: str):  # type: ignore[no-untyped-def]
    reader = visit(width=width, scheme=scheme, touch=width < 500)
    hand = Hand(reader, ready=False)
    check_fits(hand.place)
    check_accessible(reader, hand.place)
    skip_guess(hand.place)
    hand.preset(60)
    hand.plane("첫째·셋째").click()
    hand.preset(30)
    hand.plane("U만").click()
    check_fits(hand.place)
    check_accessible(reader, hand.place)
    cut = hand.place.locator(".rbw-rotate-cell").evaluate_all(
        "all => all.filter(one => one.scrollWidth > one.clientWidth)"
        ".map(one => one.textContent)"
    )
    assert cut == []


def test_a_thousand_touches_leave_no_error_and_no_litter(visit):  # type: ignore[no-untyped-def]
    reader = visit(reduced_motion="reduce")
    hand = Hand(reader)

    def check() -> None:
        together = hand.place.get_by_role("radio", name="U와 I 함께").is_checked()
        np.testing.assert_allclose(
            hand.predicted(), hand.table("U") @ hand.table("I").T, atol=0.15
        )
        if together:
            np.testing.assert_allclose(hand.predicted(), R_HAT, atol=0.00501)
            assert hand.counts()[1] == 0

    rummage(reader, hand.place, check=check)
