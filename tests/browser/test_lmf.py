"""화면에서 학습하는 LMF: 파이썬과 같은 수, 멈춤, 한쪽만, 숨긴 기록의 MPR."""

from __future__ import annotations

import numpy as np
import pytest

import recbook as rb
from recbook.kernels import lmf as kernels
from recbook.widgets.lmf import LMF, _artists, _example
from tests.browser.widgetry import (
    check_accessible,
    check_fits,
    number,
    packed,
    reload,
    rummage,
    widget,
)

WIDGET = "LMF"


def address(**changes: object) -> str:
    """처음과 다른 것만 적은 주소의 조각."""
    return "#lmf=" + packed(changes)


def arrived(place, steps: int) -> float:  # type: ignore[no-untyped-def]
    """그만큼 걸을 때까지 기다려, 화면에 적힌 −log p를 읽습니다."""
    shown = place.locator(".rbw-lmf-number")
    place.page.wait_for_function(
        "([one, steps]) => one.textContent === steps",
        arg=[shown.first.element_handle(), str(steps)],
        timeout=20_000,
    )
    return float(place.locator("[data-loss]").get_attribute("data-loss"))


def native(steps: int, **changes: object) -> rb.LogisticMF:
    w = LMF()
    w.state = {**w.state, **changes, "run": [{"side": "both", "steps": steps}]}
    return w.model


@pytest.mark.parametrize("factors", [1, 2, 8])
def test_page_and_python_agree_to_the_last_bit(visit, factors: int):  # type: ignore[no-untyped-def]
    run = [{"side": "both", "steps": 30}]
    reader = visit(fragment=address(run=run, factors=factors, alpha=0.4, guess="skip"))
    place = widget(reader, "lmf")
    model = native(30, factors=factors, alpha=0.4)
    assert arrived(place, 30) == model.history_["loss"][-1]
    mpr = rb.metrics.mean_percentile_rank(model, _artists().table, _artists().held_out)
    shown = place.locator(".rbw-lmf-number").nth(2).inner_text()
    assert number(shown) == pytest.approx(mpr, abs=0.051)
    assert reader.faults == []


def test_hundred_steps_move_the_artists_and_lower_the_rank(visit):  # type: ignore[no-untyped-def]
    reader = visit()
    place = widget(reader, "lmf")
    marks = place.locator(".rbw-lmf-map text.rbw-lmf-item")
    before = marks.first.bounding_box()
    assert number(place.locator(".rbw-lmf-number").nth(2).inner_text()) > 45
    place.get_by_role("button", name="이렇게 예상합니다").click()
    assert arrived(place, 100) == native(100).history_["loss"][-1]
    popular = _artists().popularity
    assert number(place.locator(".rbw-lmf-number").nth(2).inner_text()) < popular
    assert marks.first.bounding_box() != before
    assert reader.faults == []


def test_example_shows_the_probabilities_of_every_cell(visit):  # type: ignore[no-untyped-def]
    run = [{"side": "both", "steps": 7}]
    reader = visit(fragment=address(data="example", run=run, guess="skip"))
    place = widget(reader, "lmf")
    model = native(7, data="example")
    assert arrived(place, 7) == model.history_["loss"][-1]
    s = model.user_factors @ model.item_factors.T
    s = s + model.user_biases[:, None] + model.item_biases
    shown = [number(one) for one in place.locator(".rbw-lmf-p").all_inner_texts()]
    np.testing.assert_allclose(shown, (1 / (1 + np.exp(-s))).ravel(), atol=6e-4)
    assert place.locator(".rbw-lmf-fact").nth(2).is_hidden()


def test_first_step_brings_back_the_signs_of_the_regions(visit):  # type: ignore[no-untyped-def]
    """X = 0, Y = I에서 한 걸음: 사용자는 모두 ±γ이고 발매지역의 부호는 −, +, +."""
    reader = visit(fragment=address(data="example", axes=[1, 0], guess="skip"))
    place = widget(reader, "lmf")
    place.locator(".rbw-segments label", has_text="사용자만").click()
    place.get_by_role("button", name="1걸음", exact=True).click()
    arrived(place, 1)
    users = place.locator("circle.rbw-lmf-user")
    middle = place.locator(".rbw-layer line[x1]").first
    centre = middle.bounding_box()
    assert centre
    sides = []
    for u in range(3):
        box = users.nth(u).bounding_box()
        assert box
        sides.append(np.sign(box["x"] + box["width"] / 2 - centre["x"]))
    assert sides == [-1, 1, 1]


def frozen(side: str, steps: int) -> float:
    """커널을 직접 불러 한쪽만 고친 −log p."""
    problem = _example()
    model = native(1, data="example")
    assert model.history_ is not None
    X, Y = (np.ascontiguousarray(one, np.float32) for one in problem.initial or ())
    b_u, b_i = np.zeros(3, np.float32), np.zeros(3, np.float32)
    squares = [np.zeros_like(one) for one in (X, b_u, Y, b_i)]
    table = problem.table
    flipped = table.T.tocsr()
    flipped.sort_indices()
    scratch = (
        np.empty((3, kernels.TILE), np.float32),
        np.empty((4, kernels.TILE), np.float32),
        np.empty(kernels.TILE),
        np.empty(kernels.ROWS, np.int32),
    )

    def gradient(mine, other, csr):  # type: ignore[no-untyped-def]
        out = np.empty_like(mine[0]), np.empty_like(mine[1])
        cells = csr.indptr, csr.indices, csr.data
        value = kernels.gradient(*mine, *other, *cells, 5.0, 0, 3, *out, *scratch)
        return *out, value

    def climb(mine, grads, sums, only_bias: bool) -> None:  # type: ignore[no-untyped-def]
        for at in (1,) if only_bias else (0, 1):
            flat = (one.reshape(-1) for one in (mine[at], grads[at], sums[at]))
            kernels.adagrad(*flat, 0.5)

    for _ in range(steps):
        if side != "items":
            grads = gradient((X, b_u), (Y, b_i), table)
            climb((X, b_u), grads, squares[:2], side == "biases")
        if side != "users":
            grads = gradient((Y, b_i), (X, b_u), flipped)
            climb((Y, b_i), grads, squares[2:], side == "biases")
    likelihood = gradient((X, b_u), (Y, b_i), table)[2]
    return -(likelihood + (kernels.log_prior(X, 5.0) + kernels.log_prior(Y, 5.0)))


@pytest.mark.parametrize("side", ["users", "items", "biases"])
def test_one_side_can_be_held_still(visit, side: str):  # type: ignore[no-untyped-def]
    run = [{"side": side, "steps": 12}]
    reader = visit(fragment=address(data="example", run=run, guess="skip"))
    assert arrived(widget(reader, "lmf"), 12) == frozen(side, 12)


def test_running_stops_and_can_be_shared(visit):  # type: ignore[no-untyped-def]
    slowly = {"learning_rate": 0.05}  # 스스로 멈추기 전에 누를 수 있게
    reader = visit(fragment=address(guess="skip", **slowly))
    place = widget(reader, "lmf")
    place.get_by_role("button", name="실행").click()
    reader.page.wait_for_timeout(500)
    place.get_by_role("button", name="멈춤").click()
    steps = int(place.locator(".rbw-lmf-number").first.inner_text())
    assert steps > 0
    loss = arrived(place, steps)
    reader.page.wait_for_timeout(500)
    assert arrived(place, steps) == loss
    reload(reader)
    assert arrived(widget(reader, "lmf"), steps) == loss
    assert loss == native(steps, **slowly).history_["loss"][-1]


def test_running_ends_when_nothing_moves(visit):  # type: ignore[no-untyped-def]
    reader = visit(
        fragment=address(data="example", guess="skip"), reduced_motion="reduce"
    )
    place = widget(reader, "lmf")
    place.get_by_role("button", name="실행").click()
    place.get_by_text("더 오를 곳이 거의 없어").wait_for()
    steps = int(place.locator(".rbw-lmf-number").first.inner_text())
    losses = native(steps, data="example").history_["loss"]
    assert abs(losses[-1] - losses[-2]) <= 1e-6 * losses[-1]


def test_changing_a_setting_begins_again(visit):  # type: ignore[no-untyped-def]
    run = [{"side": "both", "steps": 5}]
    reader = visit(fragment=address(run=run, guess="skip"))
    place = widget(reader, "lmf")
    arrived(place, 5)
    slider = place.get_by_label("규제의 세기")
    slider.focus()
    reader.page.keyboard.press("ArrowRight")
    assert arrived(place, 0) > 0
    place.get_by_role("button", name="25걸음").click()
    expected = native(25, regularization=5.5).history_["loss"][-1]
    assert arrived(place, 25) == expected
    place.get_by_role("button", name="처음으로").click()
    arrived(place, 0)
    assert place.get_by_role("button", name="이렇게 예상합니다").is_visible()


def test_picking_an_artist_by_pointer_and_buttons(visit):  # type: ignore[no-untyped-def]
    run = [{"side": "both", "steps": 40}]
    reader = visit(fragment=address(run=run, guess="skip"), touch=True, width=360)
    place = widget(reader, "lmf")
    arrived(place, 40)
    names = _artists().items
    place.get_by_role("button", name="▶").tap()
    assert names[1] in place.locator(".rbw-lmf-picked").inner_text()
    mark = place.locator(".rbw-lmf-map text[text-anchor].rbw-lmf-item").nth(14)
    mark.tap()
    assert names[1] not in place.locator(".rbw-lmf-picked").inner_text()
    assert reader.faults == []


MARKS = ".rbw-lmf-map text.rbw-lmf-item:not(.rbw-lmf-name)"


def spread(place) -> float:  # type: ignore[no-untyped-def]
    """지도의 너비에서 음악가가 차지하는 몫."""
    places = place.locator(MARKS).evaluate_all(
        "marks => marks.map(one => one.getBoundingClientRect().x)"
    )
    whole = place.locator(".rbw-lmf-map").bounding_box()["width"]
    return (max(places) - min(places)) / whole


def test_artists_start_in_a_heap_and_spread(visit):  # type: ignore[no-untyped-def]
    reader = visit(fragment=address(guess="skip"), reduced_motion="reduce")
    place = widget(reader, "lmf")
    arrived(place, 0)
    assert spread(place) < 0.1
    place.get_by_role("button", name="100걸음").click()
    loss = arrived(place, 100)
    assert spread(place) > 0.4
    shown = place.locator(".rbw-lmf-number").nth(1).inner_text()
    assert shown == f"−{loss:,.0f}"


NAMES_MEET = """
names => {
  const boxes = names.map(one => one.getBBox());
  return boxes.some((a, n) => boxes.slice(n + 1).some(b =>
    Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x) > -2 &&
    Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y) > 4));
}
"""


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("steps", [1, 25, 100, 400])
def test_names_keep_apart_and_kinds_differ_in_shape(visit, width: int, steps: int):  # type: ignore[no-untyped-def]
    run = [{"side": "both", "steps": steps}]
    fragment = address(data="example", run=run, guess="skip")
    place = widget(visit(width=width, fragment=fragment), "lmf")
    arrived(place, steps)
    names = place.locator(".rbw-lmf-map .rbw-lmf-name")
    assert not names.evaluate_all(NAMES_MEET)
    assert place.locator(".rbw-lmf-map circle.rbw-lmf-ring").count() == 3
    assert place.locator(MARKS).all_text_contents() == ["■"] * 3
    assert place.locator(".rbw-lmf-legend").inner_text().split()[2] == "○"


@pytest.mark.parametrize("width", [360, 1280])
def test_stop_note_pushes_nothing(visit, width: int):  # type: ignore[no-untyped-def]
    reader = visit(
        width=width,
        fragment=address(data="example", guess="skip"),
        reduced_motion="reduce",
    )
    place = widget(reader, "lmf")
    first = place.locator(".rbw-choices").first
    settings = place.get_by_text("설정 바꾸기")

    def drop() -> float:
        return settings.bounding_box()["y"] - first.bounding_box()["y"]

    before = drop()
    place.get_by_role("button", name="실행").click()
    place.get_by_text("더 오를 곳이 거의 없어").wait_for()
    assert drop() == pytest.approx(before, abs=0.1)


@pytest.mark.parametrize("width", [360, 1280])
def test_every_listener_has_a_row_and_marks_fit(visit, width: int):  # type: ignore[no-untyped-def]
    place = widget(visit(width=width, fragment=address(guess="skip")), "lmf")
    arrived(place, 0)
    for canvas in place.locator(".rbw-lmf-pixels canvas").all():
        assert canvas.evaluate("one => one.clientHeight / one.height") == 1
    for mark in place.locator(".rbw-lmf-groups > span").all():
        assert mark.evaluate("one => one.scrollWidth <= one.clientWidth")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_it_is_accessible_and_fits(visit, width: int, scheme: str):  # type: ignore[no-untyped-def]
    run = [{"side": "both", "steps": 20}]
    for changes in ({"factors": 4}, {"data": "example"}):
        fragment = address(run=run, guess="skip", **changes)
        reader = visit(width=width, scheme=scheme, fragment=fragment)
        place = widget(reader, "lmf")
        arrived(place, 20)
        check_fits(place)
        check_accessible(reader, place)


def test_a_thousand_touches(visit):  # type: ignore[no-untyped-def]
    reader = visit(reduced_motion="reduce")
    rummage(reader, widget(reader, "lmf"))


def test_stopped_side_is_not_one_model():
    w = LMF()
    w.state = {**w.state, "run": [{"side": "users", "steps": 3}]}
    with pytest.raises(ValueError, match="한쪽을 멈추고"):
        _ = w.factors
