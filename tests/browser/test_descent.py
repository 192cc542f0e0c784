"""경사 하강법 위젯: 걷고, 끌고, 멈추며 페이지의 길을 파이썬의 길과 견줍니다."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Locator, expect

from recbook.widgets import Descent
from tests.browser.reader import Reader, serving
from tests.browser.widgetry import (
    check_accessible,
    check_fits,
    leave,
    packed,
    reload,
    rummage,
    skip_guess,
    widget,
)

WIDGET = "Descent"
BOTTOM = (0.926, -0.744)
STILL = {"reduced_motion": "reduce"}
NO_WORKER = "delete globalThis.Worker"


class Hand:
    """걷는 손과, 화면 뒤에 둔 온전한 수."""

    def __init__(self, reader: Reader, *, ready: bool = True) -> None:
        self.reader, self.page = reader, reader.page
        self.place = widget(reader, "descent")
        self.numbers = self.place.locator(".rbw-descent-numbers")
        self.map = self.place.locator(".rbw-descent-map .rbw-plot")
        self.handle = self.place.locator(".rbw-descent-handle")
        if ready:
            skip_guess(self.place)

    def press(self, name: str) -> None:
        self.place.get_by_role("button", name=name, exact=True).click()

    def choose(self, name: str) -> None:
        self.place.get_by_label(name, exact=True).check()

    def field(self, name: str) -> Locator:
        return self.place.get_by_label(name, exact=True).and_(
            self.page.locator("input[type=number]")
        )

    def rate(self, value: float) -> None:
        self.field("학습률").fill(str(value))

    @property
    def step(self) -> int:
        return int(str(self.numbers.get_attribute("data-step")))

    @property
    def verdict(self) -> str:
        return self.place.locator(".rbw-descent-verdict").inner_text()

    def wait_for(self, words: str) -> None:
        verdict = self.place.locator(".rbw-descent-verdict")
        expect(verdict).to_contain_text(words, timeout=15_000)
        expect(self.place.get_by_role("button", name="실행")).to_be_visible()

    def start(self) -> list[float]:
        return [
            float(self.field(f"출발점의 {name}").input_value())
            for name in ("장르", "발매지역")
        ]

    def check(self, **state: object) -> Descent:
        """페이지의 자리, 손실, 기울기가 파이썬의 것과 마지막 비트까지 같습니다."""
        native = Descent()
        native.state = {**native.state, "start": self.start(), **state}
        native.state = {**native.state, "steps": self.step}
        walk = native.walk
        at = json.loads(str(self.numbers.get_attribute("data-at")))
        assert at == walk.points[-1].tolist()
        seen = [float(str(self.numbers.get_attribute(f"data-{x}"))) for x in ENDS]
        assert seen == [walk.losses[-1], walk.slopes[-1]]
        assert self.reader.faults == []
        return native


ENDS = ("loss", "slope")


def pixel(hand: Hand, x: float, y: float) -> tuple[float, float]:
    """지도의 값의 자리를 화면의 자리로: 눈금의 글자를 자로 씁니다."""
    ticks = hand.map.locator(".rbw-tick").all()
    rulers: dict[str, list[tuple[float, float]]] = {"x": [], "y": []}
    for tick in ticks:
        box = tick.bounding_box()
        assert box is not None
        value = float(str(tick.text_content()).replace("−", "-"))
        across = tick.get_attribute("text-anchor") == "middle"
        middle = box["x"] + box["width"] / 2 if across else box["y"] + box["height"] / 2
        rulers["x" if across else "y"].append((value, middle))
    found = []
    for name, value in (("x", x), ("y", y)):
        ruler = np.array(rulers[name])
        found.append(np.polyval(np.polyfit(*ruler.T, 1), value))
    return found[0], found[1]


# ── 두 값 ────────────────────────────────────────────────────────────────────


def test_prediction_comes_first_and_is_then_shown(visit):  # type: ignore[no-untyped-def]
    reader = visit()
    hand = Hand(reader, ready=False)
    assert hand.place.locator(".rbw-controls").evaluate("one => one.inert")
    assert hand.step == 8
    hand.check(rate=0.01)
    hand.place.get_by_label("그래도 멀어진다").check()
    hand.press("이렇게 예상합니다")
    assert "맞습니다" in hand.place.locator(".rbw-ask").inner_text()
    assert "−1.33" in hand.place.locator(".rbw-ask").inner_text()
    expect(hand.numbers).to_have_attribute("data-step", "16")
    assert hand.start() == [0.95, -0.7]
    hand.check(rate=0.01)
    assert "배로 늘었습니다" in hand.verdict


@pytest.mark.parametrize(
    ("name", "method", "rate"),
    [
        ("경사 하강법", "gd", 0.0075),
        ("확률적 경사 하강법", "sgd", 0.004),
        ("AdaGrad", "adagrad", 0.3),
    ],
)
def test_every_path_equals_the_native_kernels(visit, name, method, rate):  # type: ignore[no-untyped-def]
    hand = Hand(visit(**STILL))
    hand.press("처음으로")
    skip_guess(hand.place)
    hand.choose(name)
    hand.rate(rate)
    for button, steps in (("1걸음", 9), ("1걸음", 10), ("25걸음", 35)):
        hand.press(button)
        assert hand.step == steps
        hand.check(method=method, rate=rate)
    hand.press("100걸음")
    native = hand.check(method=method, rate=rate)
    # 지도에 그린 길의 끝이 참말 그 자리인지
    x, y = pixel(hand, *native.walk.points[-1])
    box = hand.place.locator(".rbw-descent-now").bounding_box()
    assert box is not None
    assert box["x"] + box["width"] / 2 == pytest.approx(x, abs=1.5)
    assert box["y"] + box["height"] / 2 == pytest.approx(y, abs=1.5)


def test_it_walks_to_convergence(visit):  # type: ignore[no-untyped-def]
    hand = Hand(visit(**STILL))
    hand.rate(0.005)
    hand.press("실행")
    hand.wait_for("수렴했습니다")
    native = hand.check(rate=0.005)
    np.testing.assert_allclose(native.walk.points[-1], BOTTOM, atol=5e-4)
    assert float(str(hand.numbers.get_attribute("data-slope"))) < 1e-6
    assert 20 < hand.step < 200


def test_running_shows_the_walk_and_can_be_stopped(visit):  # type: ignore[no-untyped-def]
    hand = Hand(visit())
    hand.rate(0.0005)
    hand.press("실행")
    hand.page.wait_for_timeout(1200)
    assert hand.place.get_by_role("button", name="25걸음").is_disabled()
    hand.press("멈춤")
    stopped = hand.step
    hand.page.wait_for_timeout(300)
    assert hand.step == stopped
    assert 8 <= stopped < 500
    hand.check(rate=0.0005)
    hand.press("1걸음")
    assert hand.step == stopped + 1


def test_too_big_a_rate_diverges_without_a_broken_number(visit):  # type: ignore[no-untyped-def]
    hand = Hand(visit(**STILL))
    for rate, words in ((0.01, "발산"), (1, "발산")):
        hand.rate(rate)
        hand.press("실행")
        hand.wait_for(words)
        hand.check(rate=rate)
        shown = hand.place.inner_text()
        assert not re.search(r"NaN|Infinity|undefined|∞|null", shown)
        html = hand.place.locator("svg").evaluate_all(
            "all => all.map(x => x.outerHTML)"
        )
        assert not re.search("NaN|Infinity", "".join(html))
        at = hand.step
        hand.press("100걸음")  # 멈춘 자리에서 더 가지 않습니다
        assert hand.step == at


def test_start_moves_by_click_drag_and_keys(visit):  # type: ignore[no-untyped-def]
    hand = Hand(visit(**STILL))
    hand.rate(0.004)
    hand.page.mouse.click(*pixel(hand, 1.5, 0.3))
    np.testing.assert_allclose(hand.start(), [1.5, 0.3], atol=0.021)
    hand.check(rate=0.004)
    hand.handle.hover()
    hand.page.mouse.down()
    hand.page.mouse.move(*pixel(hand, 0.2, -1.5), steps=8)
    hand.page.mouse.up()
    np.testing.assert_allclose(hand.start(), [0.2, -1.5], atol=0.021)
    hand.check(rate=0.004)
    genre = hand.field("출발점의 장르")
    before = float(genre.input_value())
    genre.press("ArrowUp")
    assert float(genre.input_value()) == pytest.approx(before + 0.05, abs=0.026)
    hand.press("출발점의 발매지역 줄이기")
    hand.check(rate=0.004)
    # 손잡이는 출발점 위에 있습니다.
    box = hand.handle.bounding_box()
    assert box is not None
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    np.testing.assert_allclose(middle, pixel(hand, *hand.start()), atol=1.5)


def test_fingers_tap_and_drag(visit):  # type: ignore[no-untyped-def]
    reader = visit(width=360, touch=True, **STILL)
    hand = Hand(reader)
    hand.map.scroll_into_view_if_needed()
    x, y = pixel(hand, 1.2, -1.4)
    hand.page.touchscreen.tap(x, y)
    np.testing.assert_allclose(hand.start(), [1.2, -1.4], atol=0.03)
    client = hand.page.context.new_cdp_session(hand.page)
    target = pixel(hand, 0.4, 0.2)

    def send(kind: str, points: list[dict[str, float]]) -> None:
        event = {"type": kind, "touchPoints": points}
        client.send("Input.dispatchTouchEvent", event)

    send("touchStart", [{"x": x, "y": y}])
    for part in range(1, 9):
        at = [a + (b - a) * part / 8 for a, b in zip((x, y), target, strict=True)]
        send("touchMove", [{"x": at[0], "y": at[1]}])
        hand.page.wait_for_timeout(16)
    send("touchEnd", [])
    np.testing.assert_allclose(hand.start(), [0.4, 0.2], atol=0.03)
    hand.check(rate=0.01)


def test_slider_moves_the_rate_by_decades(visit):  # type: ignore[no-untyped-def]
    hand = Hand(visit(**STILL))
    slider = hand.place.locator("input[type=range]")
    slider.press("Home")
    assert hand.field("학습률").input_value() == "0.0001"
    slider.press("End")
    assert hand.field("학습률").input_value() == "1"
    hand.rate(0.0084)
    assert slider.get_attribute("aria-valuetext") == "0.0084"
    hand.press("학습률 늘리기")
    assert hand.field("학습률").input_value() == "0.0085"
    assert "다가갑니다" in hand.place.locator(".rbw-descent-factor").inner_text()
    hand.press("학습률 늘리기")
    assert "멀어집니다" in hand.place.locator(".rbw-descent-factor").inner_text()


# ── 값 18개 ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("script", [None, NO_WORKER], ids=["worker", "here"])
def test_all_entries_train_to_convergence(visit, script):  # type: ignore[no-untyped-def]
    """독자가 난수에서 시작해 끝까지 배우면 손실이 0이 되고 R̂이 R과 같아집니다."""
    reader = visit(**STILL)
    if script:
        reader.page.wait_for_load_state("networkidle")
        reader.page.add_init_script(script)
        reload(reader)
    hand = Hand(reader)
    hand.choose("값 18개 모두")
    assert hand.step == 0
    hand.rate(0.01)
    hand.press("실행")
    hand.wait_for("수렴했습니다")
    assert 1500 < hand.step < 2500
    native = hand.check(mode="all", origin=1, rate=0.01)
    assert native.walk.losses[-1] < 1e-12
    cells = hand.place.locator(".rbw-descent-cell b").all_inner_texts()
    assert [float(one) for one in cells] == [8, 4, 6, 0, 3, 3, 1, 4, 5]
    shown = hand.place.locator(".rbw-descent-scheme td > span").all_inner_texts()
    seen = [float(one.replace("−", "-")) for one in shown]
    expected = [*native.I.T.ravel(), *native.U.ravel()]
    np.testing.assert_allclose(seen, expected, atol=0.0051)
    # 짧은 걸음을 더해도 이어집니다(뒤에서 다시 걷습니다).
    at = hand.step
    hand.press("1걸음")
    expect(hand.numbers).to_have_attribute("data-step", str(at + 1))
    hand.check(mode="all", origin=1, rate=0.01)


@pytest.mark.parametrize(
    ("name", "method"), [("확률적 경사 하강법", "sgd"), ("AdaGrad", "adagrad")]
)
def test_other_methods_train_all_entries_too(visit, name, method):  # type: ignore[no-untyped-def]
    hand = Hand(visit(**STILL))
    hand.choose("값 18개 모두")
    hand.choose("원문의 값")
    hand.choose(name)
    rate = {"sgd": 0.02, "adagrad": 0.3}[method]
    hand.rate(rate)
    hand.press("실행")
    hand.wait_for("수렴했습니다")
    hand.check(mode="all", origin=0, method=method, rate=rate)


def test_zero_is_a_saddle(visit):  # type: ignore[no-untyped-def]
    hand = Hand(visit(**STILL))
    hand.choose("값 18개 모두")
    hand.choose("모두 0")
    hand.press("25걸음")
    assert "안장점" in hand.verdict
    hand.check(mode="all", origin=2, rate=0.01)


# ── 두루 ─────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("http", [False, True], ids=["file", "http"])
def test_state_survives_a_reload(visit, book: Path, http: bool):  # type: ignore[no-untyped-def]
    with serving(book) as base:
        reader = visit(base=base if http else None, **STILL)
        hand = Hand(reader)
        hand.choose("값 18개 모두")
        hand.rate(0.01)
        hand.press("실행")
        hand.wait_for("수렴했습니다")
        seen = hand.step, hand.numbers.get_attribute("data-at")
        assert seen[0] > 1000  # 다시 열면 뒤에서 걸어야 하는 길이
        reload(reader)
        again = Hand(reader, ready=False)
        again.wait_for("수렴했습니다")
        assert (again.step, again.numbers.get_attribute("data-at")) == seen
        again.press("처음으로")
        assert again.step == 8
        assert "descent=" not in leave(reader)
        again.check(rate=0.01)


@pytest.mark.parametrize(
    "value",
    [
        {"rate": 0},
        {"rate": 1e308},
        {"steps": 10**9},
        {"start": ["<img src=x onerror=alert(1)>", 0]},
        {"origin": 3},
        {"mode": "constructor"},
        {"method": "__proto__"},
    ],
)
def test_hostile_address_is_ignored(visit, value: object):  # type: ignore[no-untyped-def]
    hand = Hand(visit(fragment="#descent=" + packed(value)), ready=False)
    assert hand.step == 8
    hand.check(rate=0.01)


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_fits_and_is_accessible(visit, width: int, scheme: str):  # type: ignore[no-untyped-def]
    reader = visit(width=width, scheme=scheme, touch=width == 360, **STILL)
    hand = Hand(reader, ready=False)
    check_fits(hand.place)
    check_accessible(reader, hand.place)
    skip_guess(hand.place)
    check_fits(hand.place)
    check_accessible(reader, hand.place)
    hand.choose("값 18개 모두")
    for rate in (0.01, 1):
        hand.rate(rate)
        hand.press("25걸음")
        check_fits(hand.place)
    check_accessible(reader, hand.place)


def test_pictures_are_described(visit):  # type: ignore[no-untyped-def]
    hand = Hand(visit())
    names = [
        one.get_attribute("aria-label")
        for one in hand.place.locator("section.rbw svg[role=img]").all()
    ]
    assert "바닥은 (0.93, −0.74)" in names[0]
    assert "8걸음에 73.79에서 3,652로" in names[1]
    hand.rate(0.009)
    voice = hand.place.locator(".rbw-voice")
    expect(voice).to_contain_text(re.compile("8걸음, 손실"))
    alt = hand.place.locator("figure.rb-still svg[role=img]").get_attribute(
        "aria-label"
    )
    alt = alt or hand.place.locator("figure.rb-still svg title").first.text_content()
    assert "바닥에서 멀어지고" in str(alt)


def test_a_thousand_touches_leave_no_error_and_no_litter(visit):  # type: ignore[no-untyped-def]
    reader = visit(**STILL)
    hand = Hand(reader)

    def check() -> None:
        shown = hand.place.inner_text()
        assert not re.search(r"NaN|Infinity|undefined", shown)

    # 마지막 길 하나(4만 걸음이면 6MB)는 들고 있을 수 있습니다.
    rummage(reader, hand.place, check=check, heap=12_000_000, nodes=3_000)
