"""추천의 커널: NumPy의 정렬과 float64 코사인에 견준다."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recbook.kernels import topk
from tests.compiler import outputs_with_and_without

PROGRAM = """
import sys, warnings
warnings.simplefilter("error")
import numpy as np
from recbook.kernels import topk
random = np.random.default_rng(3)
X, Y = (random.normal(size=(n, 16)).astype(np.float32) for n in (5, 9))
b_u, b_i = (random.normal(size=n).astype(np.float32) for n in (5, 9))
out = np.empty((5, 9), np.float32)
topk.score_rows(np.arange(5), X, b_u, Y, b_i, 0.25, out)
topk.hide(out, np.array([0, 2, 2, 3, 3, 9]), np.array([0, 4, 8, 0, 1, 2, 3, 5, 7]))
ids, values = np.empty((5, 4), np.int32), np.empty((5, 4), np.float32)
topk.select(out, ids, values)
lengths, near = np.empty(9, np.float32), np.empty((2, 9), np.float32)
topk.norms(Y, np.arange(9) != 6, lengths)
topk.cosines(np.array([2, 6]), Y[[2, 6]], lengths, Y, near)
parts = (out, ids, values, lengths, near)
print(b"".join(map(np.ndarray.tobytes, parts)).hex())
print(hasattr(topk.select, "py_func"), file=sys.stderr)
"""


def best(scores, N):
    """점수는 크고 번호는 작은 순서로 N개. 가린 것은 뺍니다."""
    rows = []
    for row in scores:
        order = np.lexsort((np.arange(len(row)), -row))
        shown = [int(i) for i in order if row[i] > topk.HIDDEN][:N]
        rows.append(shown + [-1] * (N - len(shown)))
    return np.array(rows, np.int32).reshape(len(scores), N)


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_select_is_a_sort(data):
    m, N = data.draw(st.integers(1, 30)), data.draw(st.integers(1, 35))
    # 동점이 많아야 번호의 규칙이 드러납니다.
    drawn = st.sampled_from([-2.0, -0.5, 0.0, 0.5, 3.0, float(topk.HIDDEN)])
    cells = data.draw(st.lists(drawn, min_size=2 * m, max_size=2 * m))
    scores = np.array(cells, np.float32).reshape(2, m)
    ids, values = np.empty((2, N), np.int32), np.empty((2, N), np.float32)
    topk.select(scores, ids, values)
    expected = best(scores, N)
    np.testing.assert_array_equal(ids, expected)
    known = np.where(
        expected < 0, topk.HIDDEN, np.take_along_axis(scores, expected.clip(0), 1)
    )
    np.testing.assert_array_equal(values, known)


def test_select_on_many_random_scores():
    scores = np.random.default_rng(0).normal(size=(4, 5_000)).astype(np.float32)
    for N in (1, 10, 4_999, 5_000):
        ids, values = np.empty((4, N), np.int32), np.empty((4, N), np.float32)
        topk.select(scores, ids, values)
        np.testing.assert_array_equal(ids, best(scores, N))


def test_scores_are_the_formula():
    random = np.random.default_rng(1)
    for dtype in (np.float32, np.float64):
        X, Y = (random.normal(size=(n, 32)).astype(dtype) for n in (6, 11))
        b_u, b_i = (random.normal(size=n).astype(dtype) for n in (6, 11))
        users = np.array([5, 0, 5])
        out = np.empty((3, 11), np.float32)
        topk.score_rows(users, X, b_u, Y, b_i, 3.5, out)
        expected = 3.5 + b_u[users, None] + b_i + X[users].astype(float) @ Y.T
        np.testing.assert_allclose(out, expected, rtol=1e-5, atol=1e-5)


def test_hide_only_what_is_stored():
    scores = np.arange(6, dtype=np.float32).reshape(2, 3)
    topk.hide(scores, np.array([0, 2, 2]), np.array([0, 2]))
    np.testing.assert_array_equal(scores[0], [topk.HIDDEN, 1, topk.HIDDEN])
    np.testing.assert_array_equal(scores[1], [3, 4, 5])


@pytest.mark.parametrize("scale", [1e-18, 1.0, 1e18])
def test_cosines_against_numpy(scale):
    Y = np.random.default_rng(2).normal(size=(7, 16)).astype(np.float32)
    Y[4] = 0
    factors = Y * np.float32(scale)
    lengths, out = np.empty(7, np.float32), np.empty((7, 7), np.float32)
    topk.norms(factors, np.arange(7) != 6, lengths)
    rows = np.arange(7)
    topk.cosines(rows, factors, lengths, factors, out)
    assert np.isposinf(np.diag(out)).all()
    empty = np.isin(rows, [4, 6])
    pairs = ~np.eye(7, dtype=bool)
    assert (out[pairs & (empty[:, None] | empty)] == topk.HIDDEN).all()
    wide = Y.astype(float)
    size = np.linalg.norm(wide, axis=1)
    with np.errstate(invalid="ignore"):
        cosine = wide @ wide.T / np.outer(size, size)
    kept = pairs & ~(empty[:, None] | empty)
    np.testing.assert_allclose(out[kept], cosine[kept], atol=1e-6)


def test_kernels_run_the_same_without_the_compiler():
    outputs_with_and_without(PROGRAM)
