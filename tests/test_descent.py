"""경사 하강법 위젯의 길: NumPy로 따로 걸은 길, 책의 모델과 견준다."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pytest

import recbook as rb
from recbook.widgets import Descent
from recbook.widgets._base import StateError

EX = rb.datasets.worked_example()
BOTTOM = np.array([0.92619048, -0.74412698])


def walker(**state):
    widget = Descent()
    widget.state = {**widget.state, **state}
    return widget


def on_the_plane(start, rate, steps, method="gd"):
    """본문의 path_of_A처럼: 가수 값 0.7은 두고 앞의 두 값만."""
    x, sums, path = np.array([*start, 0.7], float), np.zeros(3), []
    for _ in range(steps + 1):
        error = x @ EX.I.T - EX.R[0]
        slope = 2 * error @ EX.I * [1, 1, 0]
        path.append((x[:2], error @ error, np.linalg.norm(slope)))
        if method == "adagrad":
            sums += slope**2
            slope = slope / np.sqrt(np.where(sums > 0, sums, 1))
        x = x - rate * slope
    return [np.array(column) for column in zip(*path, strict=True)]


@pytest.mark.parametrize(
    ("method", "rate"), [("gd", 0.002), ("gd", 0.0075), ("gd", 0.01), ("adagrad", 0.3)]
)
def test_walk_on_the_plane_matches_numpy(method, rate):
    walk = walker(method=method, rate=rate, start=[0.4, 0.3], steps=30).walk
    points, losses, slopes = on_the_plane([0.4, 0.3], rate, 30, method)
    np.testing.assert_allclose(walk.points, points, rtol=1e-9)
    np.testing.assert_allclose(walk.losses, losses, rtol=1e-9)
    np.testing.assert_allclose(walk.slopes, slopes, rtol=1e-6)
    assert not walk.diverged


def test_start_state_is_the_bad_one_and_half_the_rate_is_good():
    widget = Descent()
    gaps = np.linalg.norm(widget.walk.points - BOTTOM, axis=1)
    assert (np.diff(gaps[1:]) > 0).all()
    assert gaps[-1] > 4 * gaps[0]
    assert widget.data["curvature"] == pytest.approx(2 * 116.57433897)
    np.testing.assert_allclose(widget.data["bottom"], BOTTOM, atol=1e-8)
    near = walker(rate=0.01, start=[0.95, -0.7], steps=16).walk
    assert near.losses[-1] > 1000 * near.losses[0]
    good = walker(rate=0.005, steps=200)
    np.testing.assert_allclose(good.walk.points[-1], BOTTOM, atol=1e-8)
    np.testing.assert_allclose(good.U, [[*BOTTOM, 0.7], *EX.U[1:]], atol=1e-8)
    np.testing.assert_array_equal(good.I, EX.I)


@pytest.mark.parametrize(("rate", "reaches"), [(0.00855, True), (0.00859, False)])
def test_the_limit_is_where_the_page_says(rate, reaches):
    walk = walker(rate=rate, steps=5000).walk
    assert (walk.slopes[-1] < 1e-6) == reaches
    assert walk.diverged != reaches


def test_divergence_stops_the_walk_before_the_numbers_break():
    for mode in ("two", "all"):
        for method in ("gd", "sgd"):
            walk = walker(mode=mode, method=method, rate=1.0, steps=5000).walk
            assert walk.diverged
            assert walk.losses[-1] > 1e9
            assert (walk.losses[:-1] <= 1e9).all()
            assert np.isfinite(walk.points).all()
            assert np.isfinite(walk.slopes).all()
            assert len(walk.points) == len(walk.losses) < 100


@pytest.mark.parametrize("origin", [0, 1])
@pytest.mark.parametrize(
    ("method", "solver", "per"), [("gd", "gradient", 1), ("sgd", "sgd", 9)]
)
def test_all_entries_follow_the_model_to_the_last_bit(origin, method, solver, per):
    """값 18개를 모두 움직이면 책의 `RegularizedMF`와 같은 학습입니다."""
    widget = walker(mode="all", method=method, origin=origin, rate=0.005)
    start = widget.data["origins"][origin]
    model = rb.RegularizedMF(
        factors=3,
        learning_rate=0.005,
        iterations=200,
        solver=solver,
        initial=(start["U"], start["I"]),
    ).fit(EX.R)
    widget.state = {**widget.state, "steps": 200 * per}
    assert widget.U.tobytes() == model.user_factors.tobytes()
    assert widget.I.tobytes() == model.item_factors.tobytes()
    losses = widget.walk.losses[::per]
    # SGD의 목적 함수도 규제가 없으면 오차의 제곱합입니다.
    assert losses.tolist() == model.history_["loss"].tolist()


def test_sgd_leaves_the_items_alone_on_the_plane():
    """한 칸씩: 오차에 그 음반의 값을 곱한 만큼만 움직입니다."""
    walk = walker(method="sgd", rate=0.004, steps=60).walk
    seen = []
    for before, after in zip(walk.points[:-1], walk.points[1:], strict=True):
        moves = [
            0.004 * 2 * ((before @ y + 0.7 * EX.I[i, 2]) - EX.R[0, i]) * y
            for i, y in enumerate(EX.I[:, :2])
        ]
        close = [np.allclose(before - after, move, atol=1e-12) for move in moves]
        assert sum(close) == 1
        seen.append(close.index(True))
    assert all(sorted(seen[at : at + 3]) == [0, 1, 2] for at in range(0, len(seen), 3))
    assert len({tuple(seen[at : at + 3]) for at in range(0, len(seen), 3)}) > 2


def test_zero_is_a_saddle_and_random_numbers_reach_zero_loss():
    stuck = walker(mode="all", origin=2, steps=100).walk
    assert set(stuck.losses) == {176}
    assert set(stuck.slopes) == {0}
    learned = walker(mode="all", origin=1, rate=0.01, steps=2500)
    assert learned.walk.slopes[-1] < 1e-6
    np.testing.assert_allclose(learned.U @ learned.I.T, EX.R, atol=1e-5)


@pytest.mark.parametrize(
    "bad", [{"rate": 0}, {"steps": -1}, {"start": [0]}, {"method": "adam"}]
)
def test_bad_states_are_refused(bad):
    widget = Descent()
    with pytest.raises(StateError):
        widget.state = {**widget.state, **bad}


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ({}, ["0.01에서는 바닥에서 멀어지고", "0.005에서는 가까워집니다"]),
        ({"rate": 0.002}, ["0.002에서는 바닥에서 가까워지고"]),
        ({"mode": "all", "rate": 0.01, "steps": 300}, ["0.102", "300걸음"]),
        ({"steps": 0}, ["등고선"]),
    ],
)
def test_still_says_how_the_walk_ends(state, words):
    html = walker(**state).static_html()
    assert all(word in html for word in words), html[-3000:]
    plt.close("all")
