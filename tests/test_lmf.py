"""로지스틱 행렬 분해: 유한 차분, 식에서 쓴 float64 NumPy, SciPy, 손 계산에 견준다."""

from __future__ import annotations

import doctest
import inspect
import io
import pickle
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, sparse, special, stats

import recbook as rb
import recbook.models.lmf
from recbook.kernels import lmf
from recbook.kernels.primitives import padded
from recbook.models.lmf import LogisticMF
from tests.compiler import outputs_with_and_without

LAMBDA = 0.7

# ── 독립된 답: 밀집 행렬로 쓴 float64 NumPy ─────────────────────────────────


def scores(X, Y, b_u, b_i):
    return X @ Y.T + b_u[:, None] + b_i[None, :]


def log_likelihood(C, *parameters):
    s = scores(*parameters)
    return (C * s - (1 + C) * np.logaddexp(0, s)).sum()


def log_posterior(C, X, Y, b_u, b_i, penalty=LAMBDA):
    prior = -0.5 * penalty * ((X**2).sum() + (Y**2).sum())
    return log_likelihood(C, X, Y, b_u, b_i) + prior


def numpy_gradient(C, X, Y, b_u, b_i, penalty=LAMBDA):
    E = C - (1 + C) / (1 + np.exp(-scores(X, Y, b_u, b_i)))
    return E @ Y - penalty * X, E.T @ X - penalty * Y, E.sum(axis=1), E.sum(axis=0)


def numpy_fit(C, X, Y, rate, rounds, penalty, biases=True):
    """사용자 먼저, 아이템 다음. 누적은 지금 기울기까지 더합니다."""
    parts = [X.copy(), Y.copy(), np.zeros(len(X)), np.zeros(len(Y))]
    squares = [np.zeros_like(part) for part in parts]
    losses = [-log_posterior(C, *parts, penalty)]
    for _ in range(rounds):
        for side in (0, 2), (1, 3):
            slopes = numpy_gradient(C, *parts, penalty)
            for at in side[: 1 + biases]:
                squares[at] += slopes[at] ** 2
                root = np.sqrt(squares[at])
                ratio = np.divide(
                    slopes[at], root, out=np.zeros_like(root), where=root > 0
                )
                parts[at] = parts[at] + rate * ratio
        losses.append(-log_posterior(C, *parts, penalty))
    return parts, losses


class Problem:
    """밀집 신뢰도 C와 매개변수. 빈 행과 빈 열이 하나씩 있습니다."""

    def __init__(self, n=7, m=9, k=3, seed=0, share=0.4, scale=0.6):
        random = np.random.default_rng(seed)
        self.C = random.lognormal(0.5, 1, (n, m)) * (random.random((n, m)) < share)
        if n > 1:
            self.C[n // 2] = 0
        if m > 1:
            self.C[:, m // 3] = 0
        self.C = self.C.astype(np.float32).astype(float)
        self.parameters = [
            array.astype(np.float32).astype(float)
            for array in (
                random.normal(0, scale, (n, k)),
                random.normal(0, scale, (m, k)),
                random.normal(-0.5, scale, n),
                random.normal(-0.5, scale, m),
            )
        ]

    def side(self, items):
        """고칠 쪽에서 본 (신뢰도, X, b_u, Y, b_i). 커널이 받는 순서와 같습니다."""
        X, Y, b_u, b_i = self.parameters
        return (self.C.T, Y, b_i, X, b_u) if items else (self.C, X, b_u, Y, b_i)


def csr(C):
    table = sparse.csr_array(C)
    return (
        table.indptr.astype(np.int32),
        table.indices.astype(np.int32),
        table.data.astype(np.float32),
    )


def single(*arrays):
    return [np.ascontiguousarray(array, np.float32) for array in arrays]


def lines():
    """쓰레기가 든 임시 배열."""
    return (
        np.full((4, lmf.TILE), np.nan, np.float32),
        np.full(lmf.TILE, np.nan),
        np.full(lmf.ROWS, 10**6, np.int32),
    )


def exact(C, X, b_u, Y, b_i, penalty=LAMBDA, start=0, stop=None):
    X, b_u, Y, b_i = single(X, b_u, Y, b_i)
    out = np.full(X.shape, 99, np.float32), np.full(len(X), 99, np.float32)
    tile = np.full((X.shape[1], lmf.TILE), np.nan, np.float32)
    stop = len(X) if stop is None else stop
    share = lmf.gradient(
        *(X, b_u, Y, b_i, *csr(C), penalty, start, stop, *out, tile, *lines())
    )
    return *out, share


def counts(n=30, m=20, seed=0, share=0.2, most=9):
    random = np.random.default_rng(seed)
    table = random.integers(1, most, (n, m)) * (random.random((n, m)) < share)
    return sparse.csr_matrix(table.astype(np.float32))


def bytes_of(model):
    parts = (
        *(model.user_factors, model.item_factors),
        *(model.user_biases, model.item_biases),
    )
    return b"".join(np.ascontiguousarray(part).tobytes() for part in parts)


def table_of(model):
    parts = model.user_factors, model.item_factors
    biases = model.user_biases, model.item_biases
    return scores(*(part.astype(float) for part in (*parts, *biases)))


@pytest.fixture
def example():
    return rb.datasets.worked_example()


# ── 정확한 기울기의 커널 ─────────────────────────────────────────────────────


def test_gradient_matches_central_differences():
    problem = Problem()
    measured = []
    arrays = [part.copy() for part in problem.parameters]
    for array in arrays:
        slope = np.empty_like(array)
        for at in np.ndindex(array.shape):
            middle, step = array[at], 1e-5
            array[at] = middle + step
            above = log_posterior(problem.C, *arrays)
            array[at] = middle - step
            below = log_posterior(problem.C, *arrays)
            array[at] = middle
            slope[at] = (above - below) / (2 * step)
        measured.append(slope)
    grad_X, grad_b_u, _ = exact(*problem.side(items=False))
    grad_Y, grad_b_i, _ = exact(*problem.side(items=True))
    for got, slope in zip((grad_X, grad_Y, grad_b_u, grad_b_i), measured, strict=True):
        np.testing.assert_allclose(got, slope, rtol=2e-5, atol=2e-5)


# 열 묶음(256)과 행 묶음(128), 16칸의 경계 앞뒤
SHAPES = [
    *((1, 1, 1), (3, 15, 2), (3, 16, 16), (2, 17, 33), (5, 255, 3), (4, 256, 10)),
    *((127, 20, 4), (128, 257, 4), (129, 300, 5), (300, 600, 17), (2, 800, 64)),
]


@pytest.mark.parametrize(("n", "m", "k"), SHAPES)
@pytest.mark.parametrize("items", [False, True])
def test_gradient_and_likelihood_for_every_shape(n, m, k, items):
    problem = Problem(n, m, k, seed=n + m)
    slopes = numpy_gradient(problem.C, *problem.parameters)
    expected = (slopes[1], slopes[3]) if items else (slopes[0], slopes[2])
    *got, share = exact(*problem.side(items))
    for ours, theirs in zip(got, expected, strict=True):
        scale = np.abs(theirs).max()
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=2e-6 * scale)
    likelihood = log_likelihood(problem.C, *problem.parameters)
    assert share == pytest.approx(likelihood, rel=2e-6)


def test_only_the_rows_in_range_are_touched():
    problem = Problem(n=300, m=40)
    whole = exact(*problem.side(items=False))
    shares = 0.0
    for start, stop in ((0, 128), (128, 256), (256, 300)):
        grad_X, grad_b, share = exact(*problem.side(False), start=start, stop=stop)
        assert (grad_X[start:stop] == whole[0][start:stop]).all()
        assert (grad_b[start:stop] == whole[1][start:stop]).all()
        assert (np.delete(grad_X, np.s_[start:stop], axis=0) == 99).all()
        assert (np.delete(grad_b, np.s_[start:stop]) == 99).all()
        shares += share
    assert shares == pytest.approx(whole[2], rel=1e-14)


@pytest.mark.parametrize("width", [16, 48, 256, 300, 512])
def test_residuals_piece_by_piece(width):
    """내적을 밖에서 구하고 열을 조각내도 e와 로그 가능도가 식 그대로입니다."""
    problem = Problem(n=20, m=300, k=4)
    X, Y, b_u, b_i = problem.parameters
    start, stop = 3, 17
    C, indptr = problem.C, csr(problem.C)[0]
    room = lines()
    room[2][: stop - start] = indptr[start:stop]
    pieces, share = [], 0.0
    for first in range(0, 300, width):
        (piece,) = single(X[start:stop] @ Y[first : first + width].T)
        share += lmf.residuals(
            *(piece, first, *single(b_u, b_i), *csr(C), start, stop, *room)
        )
        pieces.append(piece)
    s = scores(X, Y, b_u, b_i)[start:stop]
    expected = C[start:stop] - (1 + C[start:stop]) / (1 + np.exp(-s))
    np.testing.assert_allclose(np.hstack(pieces), expected, rtol=2e-5, atol=1e-6)
    part = slice(start, stop)
    likelihood = log_likelihood(C[part], X[part], Y, b_u[part], b_i)
    assert share == pytest.approx(likelihood, rel=2e-6)


def test_missing_columns_add_nothing():
    piece = np.zeros((1, 16), np.float32)
    b_i = np.full(16, -np.inf, np.float32)
    b_i[0] = 0
    empty = np.zeros((1, 16))
    share = lmf.residuals(
        *(piece, 0, *single(np.ones(1)), b_i, *csr(empty), 0, 1, *lines()[:2]),
        np.zeros(lmf.ROWS, np.int32),
    )
    assert share == pytest.approx(-np.logaddexp(0, 1), rel=1e-6)
    assert piece[0, 0] == pytest.approx(-1 / (1 + np.exp(-1)), rel=1e-6)
    assert (piece[0, 1:] == 0).all()


@pytest.mark.parametrize("s", [-3e4, -200.0, -90.0, -30.0, 30.0, 90.0, 200.0, 3e4])
def test_large_scores_neither_overflow_nor_vanish(s):
    """빈칸과 저장한 칸 하나씩. 점수는 모두 β_u = s입니다."""
    C = np.array([[0.0, 3.0]])
    zeros = np.zeros((1, 1)), np.zeros((2, 1))
    with np.errstate(over="ignore"):
        p, q = 1 / (1 + np.exp(-s)), 1 / (1 + np.exp(s))
    _, slope, share = exact(C, zeros[0], np.array([s]), zeros[1], np.zeros(2))
    # 빈칸 −σ(s), 저장한 칸 c σ(−s) − σ(s)
    assert slope[0] == pytest.approx(-2 * p + 3 * q, rel=1e-6)
    expected = -2 * np.logaddexp(0, s) - 3 * np.logaddexp(0, -s)
    assert share == pytest.approx(expected, rel=1e-6)


def test_log_prior():
    X = np.array([[3, 4], [0, -2]], np.float32)
    assert lmf.log_prior(X, 0.5) == -0.25 * (9 + 16 + 4)


# ── AdaGrad ──────────────────────────────────────────────────────────────────


def test_adagrad_follows_the_formula():
    random = np.random.default_rng(1)
    x = random.normal(size=50)
    ours, accumulated = x.astype(np.float32), np.zeros(50, np.float32)
    history = []
    for _ in range(6):
        g = random.normal(0, 3, 50).astype(np.float32)
        history.append(g.astype(float))
        x = x + 0.3 * g / np.sqrt(sum(h**2 for h in history))
        lmf.adagrad(ours, g, accumulated, 0.3)
        np.testing.assert_allclose(ours, x, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(accumulated, sum(h**2 for h in history), rtol=1e-6)


@settings(deadline=None)
@given(
    st.lists(st.floats(2.0**-60, 2.0**60, width=32), min_size=1, max_size=40),
    st.floats(2.0**-10, 8, width=32),
)
def test_first_step_is_exactly_the_learning_rate(sizes, rate):
    g = np.array(sizes, np.float32)
    g[::2] *= -1
    x = np.zeros(len(g), np.float32)
    lmf.adagrad(x, g, np.zeros_like(g), rate)
    assert (x == np.float32(rate) * np.sign(g)).all()


def test_a_gradient_that_was_always_zero_moves_nothing():
    x, accumulated = np.array([1.5, 2], np.float32), np.zeros(2, np.float32)
    for g in ([0, 1], [0, 0]):
        lmf.adagrad(x, np.array(g, np.float32), accumulated, 1.0)
    assert x.tolist() == [1.5, 3]
    assert accumulated.tolist() == [0, 1]


# ── 표본 기울기의 커널 ───────────────────────────────────────────────────────


def sampled(
    C, share, popular, exclude, key=0, b_u=None, b_i=None, X=None, Y=None, **more
):
    """Y가 단위 행렬이고 X = 0이면 ∂/∂x_uj = e_uj: 뽑힌 횟수를 그대로 읽습니다.

    C는 줄인 신뢰도 ρc입니다.
    """
    n, m = C.shape
    width = padded(m)
    X = np.zeros((n, width)) if X is None else X
    Y = np.eye(m, width) if Y is None else Y
    b_u = np.zeros(n) if b_u is None else b_u
    b_i = np.zeros(m) if b_i is None else b_i
    X, b_u, Y, b_i = single(X, b_u, Y, b_i)
    weights = (C > 0).sum(axis=0) if popular else np.ones(m)
    out = np.full(X.shape, 99, np.float32), np.full(n, 99, np.float32)
    start, stop = more.get("rows", (0, n))
    likelihood = lmf.sampled_gradient(
        *(X, b_u, Y, b_i, *csr(C), more.get("penalty", 0.0), float(share)),
        *(weights.astype(np.int32), popular, exclude, np.uint64(key)),
        *(start, stop, *out),
        np.full(m, -1, np.int32),
        np.full(lmf.CHUNK, 10**6, np.int32),
        np.full((5, lmf.CHUNK), np.nan, np.float32),
        np.full(lmf.CHUNK, np.nan),
        np.zeros(1, np.uint64),
    )
    return *out, likelihood


def draws(C, share, popular, exclude, key=0, **more):
    """칸마다 음성 예시로 뽑힌 횟수."""
    grad_X, *_ = sampled(C, share, popular, exclude, key, **more)
    # 저장한 칸의 몫은 (ρc − w)/2, 뽑힐 때마다 −1/2입니다.
    own = np.where(C > 0, (C - (share if exclude else 0)) / 2, 0)
    counted = -2 * (grad_X[:, : C.shape[1]] - own)
    assert np.allclose(counted, np.round(counted), atol=1e-3)
    return np.round(counted).astype(int)


def pools(C, exclude):
    """행마다 뽑을 수 있는 칸의 수."""
    return (C == 0).sum(axis=1) if exclude else np.full(len(C), C.shape[1])


def binary(n, m, share, seed=0):
    random = np.random.default_rng(seed)
    return (random.random((n, m)) < share).astype(float)


@pytest.mark.parametrize("popular", [False, True])
@pytest.mark.parametrize("exclude", [False, True])
@pytest.mark.parametrize("share", [0.013, 0.3, 2.47])
def test_number_of_draws(share, popular, exclude):
    """저장한 칸이 많은 행이라고 더 뽑지 않습니다."""
    C = binary(400, 40, np.linspace(0.02, 0.6, 400)[:, None])
    counted = draws(C, share, popular, exclude)
    expected = share * pools(C, exclude)
    total = counted.sum(axis=1)
    # 소수부는 하나 더 뽑을 확률입니다.
    assert ((total == np.floor(expected)) | (total == np.floor(expected) + 1)).all()
    part = expected - np.floor(expected)
    spread = np.sqrt((part * (1 - part)).sum())
    assert abs(total.sum() - expected.sum()) <= 4 * spread
    assert (counted[C > 0] == 0).all() == exclude


@pytest.mark.parametrize("popular", [False, True])
@pytest.mark.parametrize("exclude", [False, True])
def test_proportions_of_draws(popular, exclude):
    """행마다 뽑힌 비율이 식의 확률과 맞는지 카이제곱으로 봅니다(자유도는 가변)."""
    C = binary(12, 20, 0.3, seed=3) * np.linspace(1, 3, 20)
    C[:, 5] = 0  # 아무도 갖지 않은 열
    weights = (C > 0).sum(axis=0) if popular else np.ones(20)
    counted = sum(draws(C, 100, popular, exclude, key) for key in range(4))
    statistic = freedom = 0.0
    for row, seen in zip(C, counted, strict=True):
        share = np.where(row > 0, 0, weights) if exclude else weights
        possible = share > 0
        assert (seen[~possible] == 0).all()
        expected = seen.sum() * share[possible] / share.sum()
        statistic += ((seen[possible] - expected) ** 2 / expected).sum()
        freedom += possible.sum() - 1
    assert freedom > 100
    assert 1e-3 < stats.chi2.sf(statistic, freedom) < 1 - 1e-3


@pytest.mark.parametrize("popular", [False, True])
def test_nearly_full_rows_still_end_with_the_right_proportions(popular):
    """버리고 다시 뽑기가 64번 실패하는 행: 남은 두 열을 차례로 세어 고릅니다."""
    m = 1500
    C = np.ones((3, m))
    C[0, [40, 900]] = 0
    C[1:, 900] = 0  # 인기도는 40번 열이 2, 900번 열은 0
    C[2] = 0
    C[2, [40, 900]] = 1  # 이제 인기도는 2와 1
    counted = draws_wide(C, 1500, popular)
    assert counted[0].sum() == 1500 * 2
    share = 2 / 3 if popular else 1 / 2
    spread = np.sqrt(counted[0].sum() * share * (1 - share))
    assert abs(counted[0][40] - counted[0].sum() * share) < 4 * spread
    assert counted[0][40] + counted[0][900] == counted[0].sum()


def draws_wide(C, share, popular):
    """열이 많을 때: 살필 두 열에만 좌표를 주어 횟수를 읽습니다."""
    Y = np.zeros((C.shape[1], 16))
    Y[40, 0] = Y[900, 1] = 1
    grad_X, *_ = sampled(C, share, popular, True, X=np.zeros((3, 16)), Y=Y)
    counted = np.zeros(C.shape, int)
    counted[:, 40], counted[:, 900] = np.round(-2 * grad_X[:, :2]).T
    return counted


def test_rows_without_anything_to_draw():
    full = np.ones((3, 4))
    assert draws(full, 5, False, True).sum() == 0
    assert draws(full, 5, False, False).sum() == 3 * 20
    # 빈칸은 있지만 다른 행이 가진 열은 모두 이 행에도 있습니다.
    alone = np.array([[1.0, 1, 0], [1, 0, 0]])
    assert draws(alone, 5, True, True).tolist() == [[0, 0, 0], [0, 10, 0]]
    assert draws(np.zeros((2, 3)), 5, True, True).sum() == 0


@pytest.mark.parametrize("popular", [False, True])
def test_draws_do_not_depend_on_how_rows_are_split(popular):
    C = binary(50, 30, 0.3)
    assert (draws(C, 2, popular, True) != draws(C, 2, popular, True, key=1)).any()
    whole = draws(C, 2, popular, True)
    for start, stop in (0, 20), (20, 21), (21, 50):
        grad_X, grad_b, _ = sampled(C, 2, popular, True, rows=(start, stop))
        own = np.where(C > 0, (C - 2) / 2, 0)
        part = np.round(-2 * (grad_X[:, :30] - own)).astype(int)[start:stop]
        assert (part == whole[start:stop]).all()
        assert (np.delete(grad_X, np.s_[start:stop], axis=0) == 99).all()
        assert (np.delete(grad_b, np.s_[start:stop]) == 99).all()
    # 같은 행이라도 행마다 다른 난수를 씁니다.
    same = draws(np.tile(C[:1], (50, 1)), 2, False, True)
    assert len({row.tobytes() for row in same}) > 40


@pytest.mark.parametrize("exclude", [False, True])
def test_sampled_gradient_from_the_cells_it_saw(exclude):
    """뽑힌 횟수를 읽어 그 칸만으로 기울기와 로그 가능도를 다시 셈합니다."""
    random = np.random.default_rng(0)
    # 한 행의 칸이 CHUNK보다 많아 여러 번에 나누어 봅니다.
    C = binary(30, 40, 0.3) * random.uniform(0.5, 4, (30, 40))
    C = C.astype(np.float32).astype(float)
    rho = 9.3
    times = draws(C, rho, False, exclude)  # 뽑기는 매개변수와 상관없습니다
    assert times.sum(axis=1).max() > lmf.CHUNK
    X, Y = random.normal(0, 0.5, (2, 40, 16))
    X = X[:30]
    b_u, b_i = random.normal(0, 1, 30), random.normal(0, 1, 40)
    got = sampled(C, rho, False, exclude, X=X, Y=Y, b_u=b_u, b_i=b_i, penalty=LAMBDA)
    s = scores(X, Y, b_u, b_i)
    p = 1 / (1 + np.exp(-s))
    # 음성 예시의 수: 뽑힌 횟수와, 빼고 뽑았다면 저장한 칸 자신의 ρ개
    negatives = times + np.where(exclude & (C > 0), rho, 0)
    E = C - (negatives + C) * p
    np.testing.assert_allclose(got[0], E @ Y - LAMBDA * X, rtol=1e-4, atol=1e-3)
    np.testing.assert_allclose(got[1], E.sum(axis=1), rtol=1e-4, atol=1e-3)
    expected = (C * s - (negatives + C) * np.logaddexp(0, s)).sum()
    assert got[2] == pytest.approx(expected, rel=1e-5)


def averages(rho, popular, exclude, rounds=3000):
    """여러 번 뽑은 기울기와 로그 가능도의 (평균, 표준 오차)와 그때의 문제."""
    problem = Problem(8, 30, 16, seed=2, scale=0.4)
    X, Y, b_u, b_i = problem.parameters
    at = {"X": X, "Y": Y, "b_u": b_u, "b_i": b_i, "penalty": rho * LAMBDA}
    runs = [
        sampled(rho * problem.C, rho, popular, exclude, key, **at)
        for key in range(rounds)
    ]
    stacked = [np.array(parts, float) for parts in zip(*runs, strict=True)]
    found = [(p.mean(axis=0), p.std(axis=0) / np.sqrt(rounds)) for p in stacked]
    return problem, found


def check_averages(found, expected):
    for (mean, error), value in zip(found, expected, strict=True):
        assert np.max(error) < 0.02 * np.abs(value).max()
        # 137개의 z 가운데 하나라도 4.5를 넘을 확률은 0.1%보다 작습니다. 더하는 것은
        # float32의 반올림입니다.
        room = 4.5 * error + 1e-6 * np.abs(value).max()
        assert (np.abs(mean - value) <= room).all()


@pytest.mark.parametrize("exclude", [False, True])
@pytest.mark.parametrize("rho", [0.22, 1.7])
def test_uniform_sampling_estimates_the_exact_gradient(rho, exclude):
    """기울기와 로그 가능도의 평균이 모든 칸을 본 것의 ρ배에 다가갑니다."""
    problem, found = averages(rho, False, exclude)
    slope, _, bias, _ = numpy_gradient(problem.C, *problem.parameters)
    likelihood = log_likelihood(problem.C, *problem.parameters)
    check_averages(found, (rho * slope, rho * bias, rho * likelihood))


@pytest.mark.parametrize("exclude", [False, True])
def test_popularity_sampling_weighs_columns_by_their_count(exclude):
    """행마다 뽑는 수는 같고, 열의 몫이 저장한 칸의 수에 비례합니다."""
    rho = 0.9
    problem, found = averages(rho, True, exclude)
    C, (X, Y, b_u, b_i) = problem.C, problem.parameters
    weights = np.where(exclude & (C > 0), 0, (C > 0).sum(axis=0))
    times = pools(C, exclude)[:, None] * weights / weights.sum(axis=1)[:, None]
    times += exclude & (C > 0)
    s = scores(X, Y, b_u, b_i)
    E = C - (times + C) / (1 + np.exp(-s))
    likelihood = (C * s - (times + C) * np.logaddexp(0, s)).sum()
    slope = E @ Y - LAMBDA * X
    check_averages(found, (rho * slope, rho * E.sum(axis=1), rho * likelihood))


# ── 3×3 예제의 손 계산 ───────────────────────────────────────────────────────


def test_hand_gradient_of_the_worked_example(example):
    """X = 0, β = 0이면 σ = 1/2이라 e = (c − 1)/2입니다.

    A: e = (3.5, 1.5, 2.5)이므로 ∂/∂x_A의 첫 칸은 3.5·2 + 1.5·6 + 2.5·8 = 36.
    """
    zeros = np.zeros((3, 3)), np.zeros(3)
    slope, bias, share = exact(example.R, *zeros, example.I, zeros[1], penalty=5.0)
    assert slope.tolist() == [[36, -6.5, 14.5], [13, 8.5, 0.5], [25, 10, 3.5]]
    assert bias.tolist() == [7.5, 1.5, 3.5]
    assert share == pytest.approx(-np.log(2) * (9 + example.R.sum()))


@pytest.mark.parametrize("rate", [1.0, 0.3])
def test_first_step_of_the_worked_example(example, rate):
    model = LogisticMF(
        factors=3,
        learning_rate=rate,
        regularization=0.0,
        iterations=1,
        initial=(np.zeros((3, 3)), example.I),
    ).fit(example.R)
    signs = np.array([[1, -1, 1], [1, 1, 1], [1, 1, 1]])
    assert (model.user_factors == np.float32(rate) * signs).all()
    assert (model.user_biases == np.float32(rate)).all()
    moved = np.abs(model.item_factors - example.I)
    np.testing.assert_allclose(moved, rate, rtol=1e-6)


# ── 모델과 NumPy 반복 ────────────────────────────────────────────────────────


def start_of(table, k, seed=0):
    random = np.random.default_rng(seed)
    return tuple(random.normal(0, 0.3, (rows, k)) for rows in table.shape)


@pytest.mark.parametrize("engine", ["portable", "blas"])
@pytest.mark.parametrize("confidence", ["linear", "log"])
@pytest.mark.parametrize("biases", [True, False])
def test_exact_fit_matches_a_numpy_loop(engine, confidence, biases):
    table = counts(40, 25)
    begin = start_of(table, 5)
    seen = []
    model = LogisticMF(
        factors=5,
        alpha=0.8,
        confidence=confidence,
        epsilon=2.0,
        regularization=1.5,
        learning_rate=0.2,
        iterations=8,
        engine=engine,
        biases=biases,
        initial=begin,
    )
    model.fit(table, callback=lambda *row: seen.append((*row, table_of(model))))
    R = table.toarray().astype(float)
    C = 0.8 * (np.log(1 + R / 2) if confidence == "log" else R)
    (X, Y, b_u, b_i), losses = numpy_fit(C, *begin, 0.2, 8, 1.5, biases)
    close = {"rtol": 2e-3, "atol": 2e-4}
    np.testing.assert_allclose(model.user_factors, X, **close)
    np.testing.assert_allclose(model.item_factors, Y, **close)
    np.testing.assert_allclose(model.user_biases, b_u, **close)
    np.testing.assert_allclose(model.item_biases, b_i, **close)
    np.testing.assert_allclose(model.history_["loss"], losses, rtol=1e-5)
    history = model.history_
    assert history["iteration"].tolist() == list(range(9))
    assert [row[0] for row in seen] == list(range(1, 9))
    assert [row[1] for row in seen] == history["seconds"][1:].tolist()
    assert [row[2] for row in seen] == history["loss"][1:].tolist()
    # 부를 때의 모델은 그 반복의 것입니다.
    parts = model.user_factors, model.item_factors
    prior = 0.75 * sum((part.astype(float) ** 2).sum() for part in parts)
    s = seen[-1][-1]
    last = prior - (C * s - (1 + C) * np.logaddexp(0, s)).sum()
    assert history["loss"][-1] == pytest.approx(last, rel=1e-5)


def test_start_and_zero_iterations():
    table = counts()
    begin = start_of(table, 4)
    idle = LogisticMF(factors=4, iterations=0, regularization=2.0, initial=begin)
    idle.fit(table)
    np.testing.assert_array_equal(idle.user_factors, begin[0].astype(np.float32))
    assert (idle.user_biases == 0).all()
    C = table.toarray().astype(float)
    loss = -log_posterior(C, *begin, np.zeros(30), np.zeros(20), 2.0)
    assert idle.history_["loss"].tolist() == pytest.approx([loss], rel=1e-5)
    random = LogisticMF(factors=4, iterations=0).fit(table)
    X = random.user_factors
    assert np.abs(X).max() <= 0.1 < 2 * np.abs(X).max()
    assert X.shape == (30, 4)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10**6), st.sampled_from(["portable", "blas"]))
def test_small_steps_never_raise_the_loss(seed, engine):
    random = np.random.default_rng(seed)
    n, m, k = random.integers(2, 25, 3)
    table = counts(n, m, seed, share=0.3)
    model = LogisticMF(
        factors=int(k),
        learning_rate=1e-3,
        regularization=float(random.uniform(0, 3)),
        iterations=6,
        engine=engine,
        random_state=seed,
    ).fit(table)
    loss = model.history_["loss"]
    assert (np.diff(loss) <= 1e-6 * np.abs(loss[:-1])).all()
    assert loss[-1] < loss[0]


@pytest.mark.parametrize("confidence", ["linear", "log"])
def test_balanced_alpha(confidence):
    table = counts()
    model = LogisticMF(
        alpha="balanced", epsilon=0.5, confidence=confidence, iterations=1
    ).fit(table)
    r = table.data.astype(float)
    total = (np.log(1 + r / 0.5) if confidence == "log" else r).sum() * model.alpha_
    assert total == pytest.approx(600 - table.nnz)
    assert model.share_ == 1


@pytest.mark.parametrize("negatives", [0.25, 1.5, 40])
@pytest.mark.parametrize("exclude", [False, True])
def test_alpha_is_reduced_with_the_empty_cells(negatives, exclude):
    table = counts()
    options = {"negatives": negatives, "exclude_positives": exclude, "iterations": 1}
    pool = 600 - table.nnz if exclude else 600
    rho = negatives * table.nnz / pool
    for alpha in (3.0, "balanced"):
        model = LogisticMF(alpha=alpha, **options).fit(table)
        whole = LogisticMF(alpha=alpha, iterations=1).fit(table)
        assert model.share_ == pytest.approx(rho, rel=1e-12)
        assert model.alpha_ == pytest.approx(rho * whole.alpha_, rel=1e-12)
    assert whole.share_ == 1


def test_share_of_a_table_without_empty_cells_or_without_any():
    full = LogisticMF(factors=1, negatives=3, iterations=1).fit(np.ones((4, 3)))
    assert full.share_ == 1
    # 저장한 칸이 없어도 한 칸이 있는 만큼은 뽑습니다.
    empty = LogisticMF(factors=1, negatives=3, iterations=1).fit(np.zeros((4, 3)))
    assert empty.share_ == pytest.approx(3 / 12)


def test_log_confidence_is_zero_where_nothing_is_stored():
    """c = 1 + α log(1 + r/ε)였다면 빈칸에도 양성 예시가 하나 생깁니다."""
    empty = sparse.csr_matrix((4, 3), dtype=np.float32)
    loss = LogisticMF(factors=2, confidence="log", iterations=0).fit(empty).history_
    linear = LogisticMF(factors=2, iterations=0).fit(empty).history_
    assert loss["loss"] == linear["loss"]
    assert loss["loss"][0] == pytest.approx(12 * np.log(2), rel=0.1)


# ── 엔진, 스레드, 표본 ───────────────────────────────────────────────────────

MANY = counts(400, 300, share=0.05)
SAMPLED = [
    {"negatives": 1.5},
    {"negatives": 0.5, "exclude_positives": False},
    {"negatives": 2, "sampling": "popularity"},
    {"negatives": 2, "sampling": "popularity", "exclude_positives": False},
]


@pytest.mark.parametrize("options", [{"engine": "portable"}, *SAMPLED])
def test_threads_do_not_change_a_bit(options):
    runs = [
        LogisticMF(
            factors=5, regularization=1.0, iterations=3, num_threads=threads, **options
        ).fit(MANY)
        for threads in (1, 2, 3, 0)
    ]
    assert len({bytes_of(model) for model in runs}) == 1
    assert len({model.history_["loss"].tobytes() for model in runs}) == 1


@pytest.mark.parametrize("factors", [5, 33])
def test_engines_agree(factors):
    usual = {"factors": factors, "regularization": 1.0, "iterations": 5}
    one = LogisticMF(engine="portable", **usual).fit(MANY)
    for threads in (1, 2):
        two = LogisticMF(engine="blas", num_threads=threads, **usual).fit(MANY)
        np.testing.assert_allclose(table_of(two), table_of(one), rtol=1e-4, atol=1e-4)
        np.testing.assert_allclose(
            two.history_["loss"], one.history_["loss"], rtol=1e-6
        )


def test_blas_sees_every_column_piece(monkeypatch):
    monkeypatch.setattr(recbook.models.lmf, "_COLUMNS", 64)
    usual = {"factors": 4, "iterations": 3}
    pieces = LogisticMF(engine="blas", **usual).fit(MANY)
    whole = LogisticMF(engine="portable", **usual).fit(MANY)
    np.testing.assert_allclose(table_of(pieces), table_of(whole), rtol=1e-4, atol=1e-4)


def test_auto_looks_only_at_sizes(monkeypatch):
    def engine_used(n, m, factors):
        model = LogisticMF(factors=factors)
        return recbook.models.lmf._Ascent(
            *(model, (n, m), 1.0, np.zeros(1, np.uint64))
        ).blas

    assert not engine_used(3, 3, 64)
    assert engine_used(10_000, 5_000, 64)
    assert not engine_used(10_000, 5_000, 10)
    usual = {"factors": 20, "iterations": 2}
    kinds = {
        engine: bytes_of(LogisticMF(engine=engine, **usual).fit(MANY))
        for engine in ("auto", "portable", "blas")
    }
    assert kinds["auto"] == kinds["portable"] != kinds["blas"]
    monkeypatch.setattr(recbook.models.lmf, "_BLAS_CELLS", 100)
    monkeypatch.setattr(recbook.models.lmf, "_BLAS_FACTORS", 20)
    assert bytes_of(LogisticMF(**usual).fit(MANY)) == kinds["blas"]


def test_sampling_learns_the_same_ranking():
    """두 무리가 뚜렷한 자료에서, 표본으로 배워도 제 무리를 앞에 세웁니다."""
    table = np.kron(np.eye(2), np.ones((20, 15)))
    hole = np.random.default_rng(0).random(table.shape) < 0.3
    known = sparse.csr_matrix(np.where(hole, 0, table))
    for options in ({}, *SAMPLED):
        model = LogisticMF(factors=4, regularization=0.5, **options).fit(known)
        s = table_of(model)
        order = stats.rankdata(s, axis=1)
        inside = order[(table == 1) & hole].mean()
        outside = order[table == 0].mean()
        assert inside > outside + 8


@pytest.mark.parametrize("exclude", [False, True])
def test_sampled_loss_estimates_the_exact_loss(exclude):
    table = counts(60, 40)
    begin = start_of(table, 3)
    losses = [
        LogisticMF(
            *(3, 2.0),
            negatives=1.5,
            exclude_positives=exclude,
            iterations=0,
            initial=begin,
            random_state=seed,
        )
        .fit(table)
        .history_["loss"][0]
        for seed in range(300)
    ]
    C = 2 * table.toarray().astype(float)
    exact = -log_posterior(C, *begin, np.zeros(60), np.zeros(40), 2.0)
    error = np.std(losses) / np.sqrt(300)
    assert 0 < error < 1e-3 * exact
    assert np.mean(losses) == pytest.approx(exact, abs=4.5 * error)


@pytest.mark.parametrize("exclude", [False, True])
def test_many_draws_reach_the_exact_fit(exclude):
    """칸마다 1,000번씩 보면 같은 α, λ, γ로 배운 것이 모든 칸을 본 것과 같아집니다."""
    table = counts(30, 20)
    usual = {
        "factors": 3,
        "alpha": 1.5,
        "regularization": 3.0,
        "learning_rate": 0.1,
        "iterations": 10,
        "initial": start_of(table, 3),
    }
    pool = 600 - table.nnz if exclude else 600
    sampled_often = LogisticMF(
        negatives=1000 * pool / table.nnz, exclude_positives=exclude, **usual
    ).fit(table)
    assert sampled_often.share_ == pytest.approx(1000)
    whole = LogisticMF(**usual).fit(table)
    # AdaGrad의 첫 걸음은 부호뿐이라 0에 가까운 기울기에서는 작은 오차도 남습니다.
    apart = table_of(sampled_often) - table_of(whole)
    assert np.sqrt((apart**2).mean()) < 0.05 * table_of(whole).std()
    np.testing.assert_allclose(
        sampled_often.history_["loss"], whole.history_["loss"], rtol=2e-3
    )


def test_without_empty_cells_sampling_is_exact():
    table = 1 + counts(9, 7).toarray()
    usual = {"factors": 3, "regularization": 1.0, "iterations": 6}
    whole = LogisticMF(**usual).fit(table)
    part = LogisticMF(negatives=2, **usual).fit(table)
    np.testing.assert_allclose(table_of(part), table_of(whole), rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(part.history_["loss"], whole.history_["loss"], rtol=1e-5)


def test_sampling_keeps_the_quality_of_the_exact_fit():
    """같은 하이퍼파라미터로 실린 청취 기록을 배워 떼어 둔 칸에서 잽니다."""
    log = rb.datasets.listening().user_items
    train, test = rb.split.holdout(log, 0.1, random_state=1)
    usual = {"factors": 8, "confidence": "log", "regularization": 30.0}

    def quality(**options):
        model = LogisticMF(**usual, **options).fit(train)
        ndcg = rb.metrics.ranking_metrics_at_k(model, train, test, K=10)["ndcg"]
        popularity = np.diff(train.tocsc().indptr)
        return ndcg, stats.spearmanr(model.item_biases, popularity).statistic

    exact, learned = quality()
    assert learned > 0.95
    for floor, options in (
        (0.9, {}),
        (0.9, {"exclude_positives": False}),
        (0.7, {"sampling": "popularity"}),
        (0.7, {"sampling": "popularity", "exclude_positives": False}),
    ):
        ndcg, learned = quality(negatives=5, **options)
        assert ndcg >= floor * exact
        # 인기 있는 아이템의 음성 예시를 더 뽑으면 편향에서 인기도가 지워집니다.
        assert learned > 0.95


# ── 폴드인 ───────────────────────────────────────────────────────────────────


def fold_objective(model, row, theta, popularity=None):
    """새 사용자 하나의 −log p와 그 기울기. 식에서 바로 썼습니다.

    `popularity`를 주면 빈칸의 무게를 그에 비례하게 나눕니다.
    """
    f = model.factors
    Y = model.item_factors.astype(float)
    x, beta = theta[:f], theta[f] if model.biases else 0.0
    s = Y @ x + beta + model.item_biases.astype(float)
    c = model.alpha * row
    times = np.ones(len(row))
    if popularity is not None:
        kept = (row > 0) & model.exclude_positives
        weights = np.where(kept, 0, popularity)
        times = kept + (~kept).sum() * weights / weights.sum()
    value = (times + c) @ np.logaddexp(0, s) - c @ s
    e = (times + c) / (1 + np.exp(-s)) - c
    slope = e @ Y + model.regularization * x
    if model.biases:
        slope = np.append(slope, e.sum())
    return value + 0.5 * model.regularization * x @ x, slope


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"biases": False},
        {"confidence": "log", "alpha": 4.0},
        {"negatives": 1.5},
        {"negatives": 1.5, "exclude_positives": False},
        {"negatives": 1.5, "sampling": "popularity"},
        {"negatives": 2, "sampling": "popularity", "exclude_positives": False},
    ],
)
def test_fold_in_is_the_scipy_optimum(options):
    table = counts()
    popularity = (table.toarray() > 0).sum(axis=0) if "sampling" in options else None
    model = LogisticMF(factors=4, regularization=0.8, **options).fit(table)
    rows = counts(5, 20, seed=9, share=0.4)
    folded = model.fold_in(rows)
    growth = np.log1p if options.get("confidence") == "log" else np.asarray
    for u, row in enumerate(growth(rows.toarray().astype(float))):
        start = np.zeros(4 + model.biases)
        best = optimize.minimize(
            lambda theta, row=row: fold_objective(model, row, theta, popularity),
            start,
            jac=True,
            method="BFGS",
            options={"gtol": 1e-7},
        ).x
        np.testing.assert_allclose(folded.user_factors[u], best[:4], atol=2e-5)
        if model.biases:
            assert folded.user_biases[u] == pytest.approx(best[4], abs=2e-5)
        else:
            assert folded.user_biases[u] == 0
        theta = np.append(folded.user_factors[u], folded.user_biases[u])
        slope = fold_objective(model, row, theta.astype(float), popularity)[1]
        assert np.abs(slope).max() < 1e-3
    ids, _ = folded.recommend(np.arange(5), rows, N=3)
    assert ids.shape == (5, 3)
    with pytest.raises(NotImplementedError, match="fold_in"):
        model.recommend(0, rows[0], recalculate_user=True)


@pytest.mark.parametrize("sampling", ["uniform", "popularity"])
def test_fold_in_of_a_row_with_nothing_left_to_draw(sampling):
    """가진 것이 학습한 열 모두이면 음성 예시는 제 칸의 하나씩뿐입니다."""
    model = LogisticMF(
        factors=2, negatives=1.0, regularization=0.5, sampling=sampling
    ).fit(counts(9, 4))
    folded = model.fold_in(np.ones((1, 4)))
    theta = np.append(folded.user_factors[0], folded.user_biases[0]).astype(float)
    assert np.abs(fold_objective(model, np.ones(4), theta)[1]).max() < 1e-3


@pytest.mark.parametrize("options", [{}, {"engine": "blas"}])
def test_fold_in_of_a_converged_row_reproduces_it(options):
    table = counts(14, 10, share=0.4)
    model = LogisticMF(
        factors=2, regularization=1.0, iterations=4000, learning_rate=0.2, **options
    ).fit(table)
    filled = np.diff(table.indptr) > 0
    folded = table_of(model.fold_in(table))
    np.testing.assert_allclose(folded[filled], table_of(model)[filled], atol=5e-3)


def test_fold_in_of_an_empty_row():
    table = counts()
    model = LogisticMF(factors=3, regularization=0.5).fit(table)
    folded = model.fold_in(sparse.csr_matrix((2, 20), dtype=np.float32))
    assert (folded.user_factors == 0).all()
    assert (folded.user_biases == model.user_biases.min()).all()
    ids, _ = folded.recommend(0, None, N=20, filter_already_liked_items=False)
    order = np.lexsort((np.arange(20), -model.item_biases))
    assert ids.tolist() == order.tolist()
    without = LogisticMF(factors=3, regularization=0.5, biases=False).fit(table)
    x = without.fold_in(np.zeros((1, 20))).user_factors[0].astype(float)
    slope = fold_objective(without, np.zeros(20), x)[1]
    assert np.abs(slope).max() < 1e-4
    assert np.abs(x).max() > 0


def test_fold_in_keeps_the_model():
    table = counts()
    model = LogisticMF(factors=3).fit(table)
    before = bytes_of(model)
    folded = model.fold_in(table[:4])
    assert bytes_of(model) == before
    assert folded.user_factors.shape == (4, 3)
    assert folded.alpha_ == model.alpha_
    assert (folded.item_factors == model.item_factors).all()
    assert len(folded.fold_in(table[:2]).user_factors) == 2
    with pytest.raises(ValueError, match="열이 19개인데 학습한 아이템은 20개"):
        model.fold_in(table[:, :19])
    with pytest.raises(RuntimeError, match="먼저 fit"):
        LogisticMF().fold_in(table)


def test_fold_in_approaches_a_supremum_without_penalty():
    """λ = 0이면 둘째 점수를 끝없이 낮출수록 좋습니다. 첫째의 최적은 log c입니다."""
    begin = np.zeros((1, 1)), np.array([[3.0], [-3.0]])
    model = LogisticMF(1, 5.0, regularization=0.0, iterations=0, initial=begin)
    model.fit(np.array([[1.0, 0]]))
    first, second = table_of(model.fold_in(np.array([[1.0, 0]])))[0]
    assert first == pytest.approx(np.log(5), abs=1e-5)
    assert second < -15


def test_fold_in_says_when_it_stops_early(monkeypatch):
    model = LogisticMF(factors=2, regularization=0.1).fit(counts())
    monkeypatch.setattr(recbook.models.lmf, "_NEWTON_STEPS", 1)
    with pytest.warns(UserWarning, match="수렴하지 못했습니다") as caught:
        folded = model.fold_in(counts(1, 20, share=0.5))
    assert caught[0].filename == __file__
    assert np.isfinite(table_of(folded)).all()


@pytest.mark.parametrize(
    ("alpha", "vectors", "offsets"),
    [
        (1e4, [1.0, -0.2], [-30, 25]),  # 평평한 곳에서 나온 걸음은 1조 배쯤 큽니다
        (52.0, [2.0], [6]),  # 넉 점을 움직여도 지나치므로 반으로 줄입니다
        (608.0, [3.3, 4.0], [15, 0]),
    ],
)
def test_fold_in_shortens_steps_that_overshoot(alpha, vectors, offsets):
    Y = np.array(vectors)[:, None]
    model = LogisticMF(
        *(1, alpha), regularization=1e-2, iterations=0, biases=False, initial=([[0]], Y)
    ).fit(np.ones((1, len(Y))))
    model._b_i = np.array(offsets, np.float32)
    row = np.eye(1, len(Y))[0]
    x = model.fold_in(row[None]).user_factors[0, 0]
    best = optimize.minimize_scalar(
        lambda at: fold_objective(model, row, np.array([at]))[0],
        bounds=(-60, 60),
        method="bounded",
        options={"xatol": 1e-9},
    ).x
    assert x == pytest.approx(best, abs=1e-4)


# ── 결정성, 저장, 인자 ───────────────────────────────────────────────────────


def test_kernels_run_the_same_without_the_compiler():
    program = """
import sys, warnings
warnings.simplefilter("error")
import numpy as np
import recbook as rb
ex = rb.datasets.worked_example()
wide = np.random.default_rng(0).integers(0, 3, (2, 260))
crowded = np.ones((2, 150))
crowded[:, 70:72] = [[0, 0], [0, 1]]
balanced = {"confidence": "log", "alpha": "balanced"}
popular = {"negatives": 2, "sampling": "popularity"}
for table, rounds, choices in (
    (ex.R, 3, ({}, {"negatives": 1.3}, popular)),
    (wide, 1, (balanced, {"negatives": 0.7})),
    (crowded, 1, ({"negatives": 0.05}, popular | {"negatives": 0.05})),
):
    for options in choices:
        model = rb.LogisticMF(
            factors=3, iterations=rounds, regularization=0.3, engine="portable",
            **options,
        ).fit(table)
        for part in (model.user_factors, model.item_factors, model.user_biases,
                     model.item_biases, model.history_["loss"]):
            print(np.ascontiguousarray(part).tobytes().hex())
from recbook.kernels import lmf
print(hasattr(lmf.gradient, "py_func"), file=sys.stderr)
"""
    output = outputs_with_and_without(program)
    assert len(set(output.split())) > 25


@pytest.mark.parametrize("options", [{}, {"engine": "blas"}, *SAMPLED])
def test_same_seed_same_bytes(options):
    table = counts()
    model = LogisticMF(factors=3, random_state=7, **options)
    first = bytes_of(model.fit(table))
    assert bytes_of(model.fit(table)) == first
    assert bytes_of(pickle.loads(pickle.dumps(model))) == first
    other = LogisticMF(factors=3, random_state=8, **options).fit(table)
    assert bytes_of(other) != first
    fresh = LogisticMF(factors=3, random_state=None, **options)
    assert bytes_of(fresh.fit(table)) != bytes_of(fresh.fit(table))


def test_save_and_load_keep_what_fold_in_needs():
    table = counts()
    model = LogisticMF(
        factors=3, negatives=2, sampling="popularity", alpha="balanced"
    ).fit(table)
    file = io.BytesIO()
    model.save(file)
    file.seek(0)
    again = LogisticMF.load(file)
    assert (again.alpha_, again.share_) == (model.alpha_, model.share_)
    assert repr(again) == repr(model)
    assert bytes_of(again.fold_in(table)) == bytes_of(model.fold_in(table))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("_odds", np.ones(3)),
        ("_odds", np.ones(20, np.float32)),
        ("_odds", np.full(20, np.nan)),
        ("_odds", np.full(20, -1.0)),
        ("_odds", np.zeros(20)),
        ("alpha_", np.ones(2)),
        ("alpha_", -1.0),
        ("share_", np.ones(2)),
        ("share_", 0.0),
        ("share_", np.inf),
    ],
)
def test_damaged_files_are_refused(name, value):
    model = LogisticMF(factors=3, iterations=1).fit(counts())
    setattr(model, name, value)
    file = io.BytesIO()
    model.save(file)
    file.seek(0)
    with pytest.raises(ValueError, match="서로 맞지 않습니다"):
        LogisticMF.load(file)


def test_an_unfitted_model_travels():
    file = io.BytesIO()
    LogisticMF(factors=3, alpha="balanced").save(file)
    file.seek(0)
    model = LogisticMF.load(file)
    assert model.alpha == "balanced"
    assert model.alpha_ is None
    assert model.user_factors is None


USUAL = {"factors": 3, "regularization": 0.1, "iterations": 4, "engine": "portable"}
CHANGES = {
    "factors": 4,
    "alpha": 2.0,
    "confidence": "log",
    "regularization": 0.2,
    "learning_rate": 0.6,
    "iterations": 5,
    "negatives": 1.5,
    "engine": "blas",
    "random_state": 1,
    "num_threads": 2,
    "epsilon": 0.5,
    "sampling": "popularity",
    "exclude_positives": False,
    "biases": False,
    "initial": (np.full((400, 3), 0.1), np.full((300, 3), 0.2)),
}
# 다른 인자와 함께여야 뜻이 있는 것
WITH = {
    "epsilon": {"confidence": "log"},
    "sampling": {"negatives": 1.5},
    "exclude_positives": {"negatives": 1.5},
}


def test_every_parameter_is_listed():
    assert set(CHANGES) == set(inspect.signature(LogisticMF).parameters)


@pytest.mark.parametrize("name", CHANGES)
def test_every_parameter_changes_the_result(name):
    usual = {**USUAL, **WITH.get(name, {})}
    base = LogisticMF(**usual).fit(MANY)
    changed = LogisticMF(**{**usual, name: CHANGES[name]}).fit(MANY)
    same = np.array_equal(table_of(base), table_of(changed))
    assert same == (name == "num_threads")  # 스레드의 수만은 바꾸지 않습니다


def test_nothing_passed_in_is_changed():
    table = counts()
    begin = start_of(table, 3)
    kept = [part.copy() for part in (*begin, table.data, table.indices, table.indptr)]
    for options in ({}, {"engine": "blas"}, {"negatives": 1.0}):
        model = LogisticMF(factors=3, initial=begin, **options).fit(table)
        model.fold_in(table)
    now = (*begin, table.data, table.indices, table.indptr)
    for after, before in zip(now, kept, strict=True):
        np.testing.assert_array_equal(after, before)


def test_published_factors_are_not_overwritten():
    path = []
    for options in ({}, {"negatives": 1.0}, {"factors": 16}):
        path.clear()
        model = LogisticMF(**{"factors": 3, "iterations": 4, **options})
        model.fit(counts(), callback=lambda *_: path.append(model.user_factors))  # noqa: B023
        assert len({part.tobytes() for part in path}) == 4


@pytest.mark.parametrize("options", [{}, {"engine": "blas"}, *SAMPLED])
@pytest.mark.parametrize(
    "table",
    [
        np.zeros((4, 3)),
        np.ones((4, 3)),
        np.array([[2.0, 0, 1]]),
        np.array([[2.0], [0], [1]]),
        np.array([[3.0]]),
        np.array([[0.0]]),
    ],
    ids=["빈칸뿐", "꽉 참", "한 사용자", "한 아이템", "한 칸", "빈 한 칸"],
)
def test_extreme_shapes(options, table):
    model = LogisticMF(factors=2, iterations=5, **options).fit(table)
    assert np.isfinite(table_of(model)).all()
    assert np.isfinite(model.history_["loss"]).all()
    folded = model.fold_in(table)
    assert np.isfinite(table_of(folded)).all()
    if not options:
        assert model.history_["loss"][-1] < model.history_["loss"][0]


# ── 도중에 멈추기와 발산 ─────────────────────────────────────────────────────


@pytest.mark.parametrize("options", [{}, {"negatives": 1.0}, {"num_threads": 2}])
def test_interrupt_leaves_a_whole_iteration(options):
    def stop(iteration, seconds, loss):
        if iteration == 3:
            raise KeyboardInterrupt

    model = LogisticMF(factors=3, iterations=9, **options)
    with pytest.raises(KeyboardInterrupt):
        model.fit(MANY, callback=stop)
    complete = LogisticMF(factors=3, iterations=3, **options).fit(MANY)
    assert bytes_of(model) == bytes_of(complete)
    assert model.history_["loss"].tolist() == complete.history_["loss"].tolist()


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize(
    ("kernel", "options"),
    [
        ("gradient", {}),
        ("adagrad", {}),
        ("log_prior", {}),
        ("residuals", {"engine": "blas"}),
        ("sampled_gradient", {"negatives": 1.0}),
    ],
)
def test_interrupt_inside_an_iteration(kernel, options, threads, monkeypatch):
    model = LogisticMF(factors=3, iterations=2, num_threads=threads, **options)
    model.fit(MANY)
    before = bytes_of(model), model.history_.tobytes(), model.alpha_
    original, calls = getattr(lmf, kernel), []

    def interrupted(*arguments):
        calls.append(1)
        if len(calls) > 3:
            raise KeyboardInterrupt
        return original(*arguments)

    monkeypatch.setattr(lmf, kernel, interrupted)
    model.alpha = 5.0
    with pytest.raises(KeyboardInterrupt):
        model.fit(MANY * 2)
    assert (bytes_of(model), model.history_.tobytes(), model.alpha_) == before


@pytest.mark.parametrize("options", [{}, {"engine": "blas"}, {"negatives": 1.0}])
def test_divergence_leaves_the_model_alone(options):
    model = LogisticMF(factors=3, iterations=3, **options).fit(MANY)
    before = bytes_of(model)
    model.learning_rate = 1e39  # float32로는 무한대입니다
    with pytest.raises(FloatingPointError, match=r"1번째 반복.*learning_rate=1e\+39"):
        model.fit(MANY)
    assert bytes_of(model) == before


def test_huge_start_is_refused():
    huge = np.full((30, 2), 1e30), np.full((20, 2), 1e30)
    with pytest.raises(ValueError, match="시작값에서"):
        LogisticMF(factors=2, initial=huge).fit(counts())


@pytest.mark.parametrize("progress", [False, True])
def test_progress_only_when_asked(progress, capsys):
    LogisticMF(factors=2, iterations=3).fit(counts(), progress=progress)
    output = capsys.readouterr()
    assert output.out == ""
    assert ("학습" in output.err and "3/3" in output.err) is progress


# ── 잘못된 인자 ──────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"factors": 0}, ValueError, "factors: 1 이상"),
        ({"alpha": 0}, ValueError, "alpha: 0보다 커야"),
        ({"alpha": "auto"}, ValueError, "alpha: 'auto'.*balanced"),
        ({"alpha": None}, TypeError, "alpha: 수여야"),
        ({"confidence": "sqrt"}, ValueError, "confidence: 'sqrt'"),
        ({"regularization": -1}, ValueError, "regularization: 0 이상"),
        ({"learning_rate": 0}, ValueError, "learning_rate: 0보다 커야"),
        ({"iterations": -1}, ValueError, "iterations: 0 이상"),
        ({"negatives": 0}, ValueError, "negatives: 0보다 커야"),
        ({"negatives": "all"}, TypeError, "negatives: 수여야"),
        ({"engine": "gpu"}, ValueError, "engine: 'gpu'"),
        ({"random_state": -1}, ValueError, "random_state: 0 이상"),
        ({"num_threads": -1}, ValueError, "num_threads: 0 이상"),
        ({"epsilon": 0}, ValueError, "epsilon: 0보다 커야"),
        ({"sampling": "zipf"}, ValueError, "sampling: 'zipf'"),
        ({"exclude_positives": 1}, TypeError, "exclude_positives: True나 False"),
        ({"biases": "no"}, TypeError, "biases: True나 False"),
        ({"initial": np.eye(2)}, TypeError, "initial: 행렬 둘"),
    ],
)
def test_bad_parameters(options, error, message):
    with pytest.raises(error, match=message):
        LogisticMF(**options)


def test_options_after_the_threads_are_named():
    with pytest.raises(TypeError):
        LogisticMF(32, 1.0, "linear", 20.0, 0.5, 30, None, "auto", 0, 0, 1.0)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (np.array([[1.0, -2]]), "음수"),
        (np.array([[1.0, np.nan]]), "NaN"),
        (np.ones(3), "2차원이어야"),
        (sparse.csr_matrix((0, 3)), "하나 이상"),
    ],
)
def test_bad_tables_leave_the_model_alone(table, message):
    model = LogisticMF(factors=2, iterations=1).fit(counts())
    before = bytes_of(model)
    with pytest.raises(ValueError, match=message):
        model.fit(table)
    assert bytes_of(model) == before


def test_balanced_needs_both_kinds_of_cells():
    for table, missing in (
        (np.zeros((2, 2)), "0보다 큰 칸이"),
        (np.ones((2, 2)), "빈칸이"),
    ):
        with pytest.raises(ValueError, match=f"alpha: {missing} 없어"):
            LogisticMF(factors=1, alpha="balanced").fit(table)


def test_confidence_that_does_not_fit_is_refused():
    with pytest.raises(ValueError, match=r"alpha: 1e\+30이면 신뢰도가 너무 커서"):
        LogisticMF(factors=1, alpha=1e30).fit(np.array([[1e20, 0]]))


def test_initial_must_fit_the_table():
    with pytest.raises(ValueError, match="X의 행을 30개로"):
        LogisticMF(factors=2, initial=(np.ones((3, 2)), np.ones((20, 2)))).fit(counts())


def test_examples():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = doctest.testmod(recbook.models.lmf)
    assert result.attempted >= 4
    assert result.failed == 0


def test_probabilities_are_the_logistic_function():
    scores = np.linspace(-30, 30, 121, dtype=np.float32).reshape(11, 11)
    expected = special.expit(scores.astype(np.float64))
    lmf.probabilities(scores)
    np.testing.assert_allclose(scores, expected, rtol=2e-7)
