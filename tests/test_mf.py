"""행렬 분해: 손 계산, 유한 차분, NumPy로 따로 쓴 반복, 정리의 답에 견준다."""

from __future__ import annotations

import doctest
import pickle
import subprocess
import sys
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

import recbook as rb
import recbook.models.mf
from recbook.kernels import mf, primitives
from recbook.models.mf import RegularizedMF
from tests.compiler import outputs_with_and_without

PENALTIES = (0.3, 0.7)
NAN = float("nan")


# ── 독립된 답: 마스크와 행렬 곱으로 쓴 float64 NumPy ─────────────────────────


def padded_columns(factors):
    """커널이 받는 너비: 16의 배수. 남는 열은 0."""
    return np.pad(factors, ((0, 0), (0, -factors.shape[1] % primitives.PADDING)))


class Problem:
    """칸 배열과 밀집 행렬, 두 꼴을 함께 가진 작은 문제."""

    def __init__(self, n=7, m=5, k=3, seed=0, share=0.6):
        random = np.random.default_rng(seed)
        self.k = k
        self.R = random.normal(3, 1, (n, m))
        self.mask = random.random((n, m)) < share
        self.mask[0] = False  # 평점이 없는 사용자
        self.mask[:, 1] = False  # 평점이 없는 아이템
        self.X = padded_columns(random.normal(0, 0.7, (n, k)))
        self.Y = padded_columns(random.normal(0, 0.7, (m, k)))
        self.b_u = random.normal(0, 0.5, n)
        self.b_i = random.normal(0, 0.5, m)
        self.mean = 2.5
        users, items = np.nonzero(self.mask)
        shuffled = random.permutation(len(users))
        self.users = users[shuffled].astype(np.int32)
        self.items = items[shuffled].astype(np.int32)
        self.values = self.R[self.users, self.items]

    @property
    def entries(self):
        return self.users, self.items, self.values

    @property
    def parameters(self):
        return self.X, self.Y, self.b_u, self.b_i

    @property
    def unpadded(self):
        """남는 열을 뺀 (X, Y). 모델은 이 너비로 주고받습니다."""
        return self.X[:, : self.k].copy(), self.Y[:, : self.k].copy()


def table(X, Y, b_u, b_i, mean):
    return mean + b_u[:, None] + b_i[None, :] + X @ Y.T


def numpy_loss(problem, X, Y, b_u, b_i, weights_u=1.0, weights_i=1.0):
    error = np.where(problem.mask, table(X, Y, b_u, b_i, problem.mean) - problem.R, 0)
    user = (weights_u * ((X**2).sum(axis=1) + b_u**2)).sum()
    item = (weights_i * ((Y**2).sum(axis=1) + b_i**2)).sum()
    return (error**2).sum() + PENALTIES[0] * user + PENALTIES[1] * item


def numpy_gradient(R, mask, X, Y, b_u, b_i, mean, penalties):
    error = np.where(mask, table(X, Y, b_u, b_i, mean) - np.where(mask, R, 0), 0)
    return (
        2 * error @ Y + 2 * penalties[0] * X,
        2 * error.T @ X + 2 * penalties[1] * Y,
        2 * error.sum(axis=1) + 2 * penalties[0] * b_u,
        2 * error.sum(axis=0) + 2 * penalties[1] * b_i,
    )


def central_difference(function, arrays, step=1e-6):
    """함수의 기울기를 원소마다 (f(x+h) − f(x−h)) / 2h로 잽니다."""
    arrays = [array.copy() for array in arrays]
    slopes = []
    for array in arrays:
        slope = np.empty_like(array)
        for at in np.ndindex(array.shape):
            middle = array[at]
            array[at] = middle + step
            above = function(*arrays)
            array[at] = middle - step
            below = function(*arrays)
            array[at] = middle
            slope[at] = (above - below) / (2 * step)
        slopes.append(slope)
    return slopes


def gradients(problem, penalties=PENALTIES, dtype=np.float64):
    out = [np.full(part.shape, 99, dtype) for part in problem.parameters]
    mf.gradient(*problem.entries, *problem.parameters, problem.mean, *penalties, *out)
    return out


@pytest.fixture
def problem():
    return Problem()


@pytest.fixture
def example():
    return rb.datasets.worked_example()


@pytest.fixture
def hidden(example):
    """(B, 가)를 가린 표."""
    table = example.R.copy()
    table[1, 0] = NAN
    return table


def whole(model):
    return model.predict(
        np.arange(len(model.user_factors))[:, None], np.arange(len(model.item_factors))
    )


def factors_of(model):
    return b"".join(
        part.tobytes()
        for part in (
            model.user_factors,
            model.item_factors,
            model.user_biases,
            model.item_biases,
        )
    )


# ── 커널 ─────────────────────────────────────────────────────────────────────


def test_predictions_and_squared_error(problem):
    out = np.empty(len(problem.values))
    mf.predict_entries(
        problem.users, problem.items, *problem.parameters, problem.mean, out
    )
    expected = table(*problem.parameters, problem.mean)[problem.mask]
    order = np.lexsort((problem.items, problem.users))
    np.testing.assert_allclose(out[order], expected, rtol=1e-13)
    total = mf.squared_error(*problem.entries, *problem.parameters, problem.mean)
    assert total == pytest.approx(((out - problem.values) ** 2).sum(), rel=1e-13)


def test_loss_charges_each_row_once(problem):
    got = mf.loss(*problem.entries, *problem.parameters, problem.mean, *PENALTIES)
    assert got == pytest.approx(numpy_loss(problem, *problem.parameters), rel=1e-13)


def test_loss_per_entry_charges_each_row_per_rating(problem):
    got = mf.loss_per_entry(
        *problem.entries, *problem.parameters, problem.mean, *PENALTIES
    )
    weights = problem.mask.sum(axis=1), problem.mask.sum(axis=0)
    expected = numpy_loss(problem, *problem.parameters, *weights)
    assert got == pytest.approx(expected, rel=1e-13)
    assert weights[0].max() > 1  # 두 손실이 정말 다른 문제입니다


def test_gradient_matches_central_differences(problem):
    measured = central_difference(
        lambda *parameters: numpy_loss(problem, *parameters), problem.parameters
    )
    for got, expected in zip(gradients(problem), measured, strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-7, atol=1e-7)


def test_float32_kernels_agree_with_float64(problem):
    expected = gradients(problem)
    for name in ("values", "X", "Y", "b_u", "b_i"):
        setattr(problem, name, getattr(problem, name).astype(np.float32))
    problem.mean = np.float32(problem.mean)
    got = gradients(problem, dtype=np.float32)
    for single, double in zip(got, expected, strict=True):
        assert single.dtype == np.float32
        np.testing.assert_allclose(single, double, rtol=1e-4, atol=1e-4)


def test_expected_sgd_step_is_the_gradient_of_the_loss_per_entry(problem):
    weights = problem.mask.sum(axis=1), problem.mask.sum(axis=0)
    expected = central_difference(
        lambda *parameters: numpy_loss(problem, *parameters, *weights),
        problem.parameters,
    )
    rate = 1e-3
    total = [np.zeros_like(part) for part in problem.parameters]
    for entry in range(len(problem.values)):
        moved = [part.copy() for part in problem.parameters]
        mf.sgd_epoch(
            np.array([entry]),
            *problem.entries,
            *moved,
            problem.mean,
            rate,
            *PENALTIES,
            True,
        )
        for sum_, before, after in zip(total, problem.parameters, moved, strict=True):
            sum_ += (before - after) / rate
    for got, slope in zip(total, expected, strict=True):
        np.testing.assert_allclose(got, slope, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("biases", [False, True])
def test_sgd_epoch_matches_a_plain_loop(problem, biases):
    order = np.random.default_rng(1).permutation(len(problem.values))
    rate, (pen_u, pen_i) = 0.02, PENALTIES
    X, Y, b_u, b_i = (part.copy() for part in problem.parameters)
    for n in order:
        u, i = problem.users[n], problem.items[n]
        e = problem.mean + b_u[u] + b_i[i] + X[u] @ Y[i] - problem.values[n]
        old = X[u].copy()
        X[u] = X[u] - rate * 2 * (e * Y[i] + pen_u * X[u])
        Y[i] = Y[i] - rate * 2 * (e * old + pen_i * Y[i])
        if biases:
            b_u[u] -= rate * 2 * (e + pen_u * b_u[u])
            b_i[i] -= rate * 2 * (e + pen_i * b_i[i])
    got = [part.copy() for part in problem.parameters]
    mf.sgd_epoch(
        order, *problem.entries, *got, problem.mean, rate, pen_u, pen_i, biases
    )
    for ours, theirs in zip(got, (X, Y, b_u, b_i), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-14)


def test_adagrad_divides_by_the_root_of_the_sum_of_squares():
    """기울기의 제곱을 NumPy로 쌓아 한 번에 잰 답과, 칸마다."""
    random = np.random.default_rng(3)
    slopes = random.normal(0, 5, (40, 4, 3))
    slopes[:, 0, 1] = 0  # 기울기가 줄곧 0인 칸
    slopes[:7, 2, 2] = 0  # 늦게 움직이기 시작하는 칸
    before = random.normal(size=(4, 3))
    rate = 0.3
    X, G = before.copy(), np.zeros((4, 3))
    for step, slope in enumerate(slopes):
        mf.adagrad(X, slope, G, rate)
        if step == 0:
            np.testing.assert_allclose(X, before - rate * np.sign(slope), rtol=1e-14)
    roots = np.sqrt(np.cumsum(slopes**2, axis=0))
    moves = np.divide(slopes, roots, out=np.zeros_like(slopes), where=roots > 0)
    np.testing.assert_allclose(X, before - rate * moves.sum(axis=0), rtol=1e-12)
    np.testing.assert_allclose(G, np.sum(slopes**2, axis=0), rtol=1e-12)
    assert X[0, 1] == before[0, 1]


def test_kernels_run_the_same_without_the_compiler():
    program = """
import sys, warnings
warnings.simplefilter("error")
import numpy as np
import recbook as rb
ex = rb.datasets.worked_example()
for solver in ("sgd", "gradient"):
    model = rb.RegularizedMF(
        factors=2, regularization=(0.1, 0.2), learning_rate=0.01, iterations=20,
        biases=True, solver=solver, random_state=5,
    ).fit(ex.R)
    for part in (model.user_factors, model.item_factors, model.user_biases,
                 model.item_biases, model.history_["loss"], model.history_["mse"],
                 model.predict([0, 1], [2, 2])):
        print(part.tobytes().hex())
from recbook.kernels import mf
random = np.random.default_rng(0)
X, G = random.normal(size=(5, 16)), np.zeros((5, 16))
for _ in range(20):
    mf.adagrad(X, random.normal(size=(5, 16)), G, 0.1)
print(X.tobytes().hex(), G.tobytes().hex())
print(hasattr(mf.loss, "py_func"), file=sys.stderr)
"""
    outputs_with_and_without(program)


# ── 3×3 예제의 손 계산 ───────────────────────────────────────────────────────


def at_article(example, **options):
    options = {"iterations": 0, **options}
    return RegularizedMF(
        factors=3, solver="gradient", initial=(example.U, example.I), **options
    ).fit(example.R)


def test_article_start(example):
    model = at_article(example)
    np.testing.assert_allclose(
        whole(model), [[7.9, 2.9, 6.3], [0.3, 3.4, 3.4], [1.6, 4.3, 5.3]], atol=1e-12
    )
    # 오차 −.1 −1.1 .3 / .3 .4 .4 / .6 .3 .3의 제곱합은 2.26입니다.
    assert model.history_["loss"].tolist() == pytest.approx([2.26])
    assert model.history_["mse"].tolist() == pytest.approx([2.26 / 9])
    assert round(float(model.history_["mse"][0]), 3) == 0.251


def test_first_step_by_hand(example):
    # e_A = (−.1, −1.1, .3)이므로
    # ∂E/∂U[A,장르] = 2(−.1·2 − 1.1·6 + .3·8) = −8.8
    # ∂E/∂U[A,발매지역] = 2(−.1·(−5) − 1.1·4 + .3·2) = −6.6
    # ∂E/∂I[나,가수] = 2(−1.1·.7 + .4·.4 + .3·.3) = −1.04
    model = at_article(example, iterations=1, learning_rate=0.001)
    assert model.user_factors[0, 0] == pytest.approx(0.9 + 0.0088, rel=1e-12)
    assert model.user_factors[0, 1] == pytest.approx(-0.8 + 0.0066, rel=1e-12)
    assert model.item_factors[1, 2] == pytest.approx(1 + 0.00104, rel=1e-12)


def test_penalty_at_the_article_start(example):
    model = at_article(example, regularization=(0.5, 0.25))
    # ‖U‖² = 2.74, ‖I‖² = 160: 2.26 + .5·2.74 + .25·160
    squares = (
        0.81 + 0.64 + 0.49 + 0.09 + 0.09 + 0.16 + 0.36 + 0.01 + 0.09,
        4 + 25 + 9 + 36 + 16 + 1 + 64 + 4 + 1,
    )
    assert squares == pytest.approx((2.74, 160))
    assert model.history_["loss"][0] == pytest.approx(2.26 + 1.37 + 40)


def test_rank_two_completion_is_minus_four_and_a_half(hidden):
    """관측한 여덟 칸을 랭크 2로 맞추는 완성은 하나뿐입니다."""
    # 행렬식이 0이 되게 하는 (B, 가)를 여인수 전개로 구합니다.
    with_zero = np.nan_to_num(hidden)
    cofactor = -(hidden[0, 1] * hidden[2, 2] - hidden[0, 2] * hidden[2, 1])
    completion = -np.linalg.det(with_zero) / cofactor
    assert completion == pytest.approx(-4.5)
    fitted = {}
    for solver in ("gradient", "sgd"):
        model = RegularizedMF(
            solver=solver, learning_rate=0.02, iterations=30_000, random_state=3
        ).fit(hidden)
        assert model.history_["loss"][-1] < 1e-20
        assert model.predict(1, 0) == pytest.approx(-4.5, abs=1e-8)
        fitted[solver] = model
    # 같은 예측을 주는 잠재 벡터는 여럿입니다.
    other = RegularizedMF(
        solver="gradient", learning_rate=0.02, iterations=30_000, random_state=4
    ).fit(hidden)
    np.testing.assert_allclose(whole(other), whole(fitted["gradient"]), atol=1e-8)
    assert not np.allclose(other.user_factors, fitted["gradient"].user_factors)


@pytest.mark.parametrize("penalties", [(1, 1), (4, 0.25), (0.5, 2)])
def test_only_the_product_of_penalties_matters(example, penalties):
    """칸이 모두 차 있으면 최적은 특이값을 √(λ_user λ_item)만큼 깎은 것입니다."""
    model = RegularizedMF(
        solver="gradient",
        learning_rate=0.005,
        iterations=4000,
        regularization=penalties,
    ).fit(example.R)
    left, sigma, right = np.linalg.svd(example.R)
    expected = (left * np.maximum(sigma - 1, 0)) @ right
    np.testing.assert_allclose(whole(model), expected, atol=1e-7)
    np.testing.assert_allclose(
        np.linalg.svd(whole(model))[1], [11.476, 3.501, 0], atol=5e-4
    )
    ratio = np.linalg.norm(model.user_factors) / np.linalg.norm(model.item_factors)
    assert ratio**2 == pytest.approx(penalties[1] / penalties[0], rel=1e-6)


def test_exact_learning_rate_threshold(example):
    """Y를 고정하면 오차의 한 방향이 걸음마다 정확히 1 − 2γσ₁²배가 됩니다.

    그 방향은 Y의 첫 왼쪽 특이벡터이고, σ₁은 Y의 가장 큰 특이값입니다.
    그래서 γ < 1/σ₁²이면 줄고, γ > 1/σ₁²이면 커집니다.
    """
    left, sigma, _ = np.linalg.svd(example.I)
    Y = padded_columns(example.I)
    users, items = (part.ravel().astype(np.int32) for part in np.indices((3, 3)))
    values = example.R.ravel().copy()
    zeros = np.zeros(3)
    for share, grows in ((0.9, False), (0.999, False), (1.001, True), (1.2, True)):
        rate = share / sigma[0] ** 2
        factor = 1 - 2 * rate * sigma[0] ** 2
        X = padded_columns(example.U)
        out = [np.empty_like(X), np.empty_like(Y), np.empty(3), np.empty(3)]
        along = [(X @ Y.T - example.R) @ left[:, 0]]
        for _ in range(6):
            mf.gradient(users, items, values, X, Y, zeros, zeros, 0.0, 0.0, 0.0, *out)
            mf.descend(X, out[0], rate)
            along.append((X @ Y.T - example.R) @ left[:, 0])
        for before, after in pairwise(along):
            np.testing.assert_allclose(after, factor * before, rtol=1e-9)
        assert (abs(factor) > 1) == grows


# ── 모델과 NumPy 반복 ────────────────────────────────────────────────────────


@pytest.mark.parametrize("biases", [False, True])
def test_gradient_solver_matches_a_numpy_loop(problem, biases):
    dense = np.where(problem.mask, problem.R, NAN)
    rate, rounds = 0.01, 60
    model = RegularizedMF(
        factors=3,
        regularization=PENALTIES,
        learning_rate=rate,
        iterations=rounds,
        biases=biases,
        solver="gradient",
        initial=problem.unpadded,
    ).fit(dense)
    X, Y = problem.unpadded
    b_u, b_i = np.zeros(len(X)), np.zeros(len(Y))
    mean = np.nanmean(dense) if biases else 0.0
    for _ in range(rounds):
        slope = numpy_gradient(dense, problem.mask, X, Y, b_u, b_i, mean, PENALTIES)
        X, Y = X - rate * slope[0], Y - rate * slope[1]
        if biases:
            b_u, b_i = b_u - rate * slope[2], b_i - rate * slope[3]
    close = {"rtol": 1e-12, "atol": 1e-13}
    np.testing.assert_allclose(model.user_factors, X, **close)
    np.testing.assert_allclose(model.item_factors, Y, **close)
    np.testing.assert_allclose(model.user_biases, b_u, **close)
    np.testing.assert_allclose(model.item_biases, b_i, **close)
    np.testing.assert_allclose(whole(model), table(X, Y, b_u, b_i, mean), **close)
    assert model.mean_ == pytest.approx(mean)


def test_sgd_solver_shuffles_every_epoch(problem):
    dense = np.where(problem.mask, problem.R, NAN)
    users, items = np.nonzero(problem.mask)
    start = problem.unpadded
    model = RegularizedMF(
        factors=3, regularization=PENALTIES, iterations=5, initial=start, random_state=9
    ).fit(dense)
    X, Y = problem.unpadded
    state = np.random.SeedSequence(9).generate_state(1, np.uint64)
    order = np.arange(len(users))
    seen = []
    for _ in range(5):
        primitives.shuffle(order, state)
        seen.append(tuple(order))
        for u, i in zip(users[order], items[order], strict=True):
            e = X[u] @ Y[i] - dense[u, i]
            step_x = 2 * (e * Y[i] + PENALTIES[0] * X[u])
            step_y = 2 * (e * X[u] + PENALTIES[1] * Y[i])
            X[u] -= 0.005 * step_x
            Y[i] -= 0.005 * step_y
    assert len(set(seen)) == 5
    np.testing.assert_allclose(model.user_factors, X, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(model.item_factors, Y, rtol=1e-12, atol=1e-14)


def test_seed_decides_the_order_even_with_a_given_start(example):
    start = example.U[:, :2], example.I[:, :2]
    runs = {
        (solver, seed): factors_of(
            RegularizedMF(
                solver=solver, initial=start, iterations=3, random_state=seed
            ).fit(example.R)
        )
        for solver in ("sgd", "gradient")
        for seed in (0, 1)
    }
    assert runs["sgd", 0] != runs["sgd", 1]
    assert runs["gradient", 0] == runs["gradient", 1]


def test_history_has_the_start_and_every_iteration(problem):
    dense = np.where(problem.mask, problem.R, NAN)
    seen = []
    for solver in ("gradient", "sgd"):
        model = RegularizedMF(
            solver=solver, regularization=0.1, iterations=12, learning_rate=0.01
        )

        def look(iteration, seconds, loss, model=model):
            error = (whole(model) - problem.R)[problem.mask]
            seen.append((iteration, loss, (error**2).mean(), seconds))

        seen.clear()
        model.fit(dense, callback=look)
        history = model.history_
        assert history["iteration"].tolist() == list(range(13))
        assert [row[0] for row in seen] == list(range(1, 13))
        np.testing.assert_array_equal(history["loss"][1:], [row[1] for row in seen])
        np.testing.assert_allclose(history["mse"][1:], [row[2] for row in seen])
        np.testing.assert_array_equal(history["seconds"][1:], [row[3] for row in seen])
        assert (np.diff(history["seconds"]) >= 0).all()
        assert (np.diff(history["loss"]) < 0).all()


def test_history_records_the_objective_of_the_solver(problem):
    dense = np.where(problem.mask, problem.R, NAN)
    weights = problem.mask.sum(axis=1), problem.mask.sum(axis=0)
    zeros = np.zeros(len(problem.X)), np.zeros(len(problem.Y))
    problem.mean = 0.0
    expected = {
        "gradient": numpy_loss(problem, problem.X, problem.Y, *zeros),
        "sgd": numpy_loss(problem, problem.X, problem.Y, *zeros, *weights),
    }
    for solver, loss in expected.items():
        model = RegularizedMF(
            factors=3,
            solver=solver,
            regularization=PENALTIES,
            iterations=0,
            initial=problem.unpadded,
        ).fit(dense)
        assert model.history_["loss"].tolist() == pytest.approx([loss])


def test_zero_is_a_saddle_point(example):
    start = np.zeros((3, 2)), np.zeros((3, 2))
    for solver in ("gradient", "sgd"):
        stuck = RegularizedMF(solver=solver, initial=start, iterations=50)
        assert (whole(stuck.fit(example.R)) == 0).all()
    near = tuple(np.full((3, 2), 1e-6) for _ in range(2))
    away = RegularizedMF(solver="gradient", initial=near, learning_rate=0.01)
    assert away.fit(example.R).history_["loss"][-1] < 0.2 * (example.R**2).sum()


# ── 자료의 꼴 ────────────────────────────────────────────────────────────────


def sparse_of(dense):
    rows, columns = np.nonzero(~np.isnan(dense))
    return sparse.csr_matrix((dense[rows, columns], (rows, columns)), dense.shape)


def test_stored_zeros_are_observed(example, hidden):
    with_zero = sparse.csr_matrix(
        (example.R.ravel(), np.tile(np.arange(3), 3), [0, 3, 6, 9]), (3, 3)
    )
    assert with_zero.nnz == 9
    stored = RegularizedMF().fit(with_zero)
    without = RegularizedMF().fit(sparse_of(hidden))
    assert factors_of(stored) == factors_of(RegularizedMF().fit(example.R))
    assert factors_of(without) == factors_of(RegularizedMF().fit(hidden))
    assert factors_of(stored) != factors_of(without)


@pytest.mark.parametrize("format_", ["csc", "coo", "lil", "dok"])
def test_other_sparse_formats_are_converted_with_a_warning(hidden, format_):
    table = sparse_of(hidden)
    with pytest.warns(UserWarning, match="CSR로 바꾸어") as caught:
        model = RegularizedMF().fit(table.asformat(format_))
    assert caught[0].filename == __file__
    assert factors_of(model) == factors_of(RegularizedMF().fit(table))


def test_order_of_storage_does_not_matter(hidden):
    table = sparse_of(hidden)
    reversed_ = table.copy()
    for start, end in pairwise(table.indptr):
        reversed_.indices[start:end] = table.indices[start:end][::-1]
        reversed_.data[start:end] = table.data[start:end][::-1]
    reversed_.has_sorted_indices = False
    assert factors_of(RegularizedMF().fit(reversed_)) == factors_of(
        RegularizedMF().fit(table)
    )
    assert reversed_.indices[0] == 2  # 받은 것은 정렬하지 않습니다


def test_same_cell_twice_is_added(hidden):
    doubled = sparse.csr_matrix(
        (np.r_[2.0, 6.0, 3.0], np.array([0, 0, 1]), np.array([0, 2, 3])), (2, 2)
    )
    once = np.array([[8.0, NAN], [NAN, 3.0]])
    got = RegularizedMF(iterations=5).fit(doubled)
    assert factors_of(got) == factors_of(RegularizedMF(iterations=5).fit(once))
    assert doubled.nnz == 3


def test_dense_forms(hidden):
    expected = factors_of(RegularizedMF().fit(hidden))
    masked = np.ma.masked_array(np.nan_to_num(hidden, nan=np.inf), np.isnan(hidden))
    frozen = hidden.astype(np.float32)
    frozen.flags.writeable = False
    for form in (
        hidden.tolist(),
        pd.DataFrame(hidden),
        masked,
        frozen,
        np.asfortranarray(hidden),
        sparse.csr_array(sparse_of(hidden)),
        sparse_of(hidden).astype(np.int32),
    ):
        assert factors_of(RegularizedMF().fit(form)) == expected


def test_movielens_shaped_log(example):
    log = rb.datasets.Interactions.from_events(
        ["A", "B", "B", "C"], ["가", "가", "나", "다"], [5, 0, 3.5, 4]
    )
    model = RegularizedMF(biases=True, iterations=3).fit(log.user_items)
    assert model.mean_ == pytest.approx(3.125)


def test_nothing_passed_in_is_changed(example):
    start = example.U[:, :2].copy(), example.I[:, :2].copy()
    kept = [part.copy() for part in start]
    table = sparse.csr_matrix(example.R)
    before = [part.copy() for part in (table.data, table.indices, table.indptr)]
    for solver in ("sgd", "gradient"):
        model = RegularizedMF(solver=solver, initial=start, biases=True, iterations=9)
        model.fit(table)
        model.fit(example.R)
    for now, then in zip(
        [*start, table.data, table.indices, table.indptr], [*kept, *before], strict=True
    ):
        np.testing.assert_array_equal(now, then)
    start[0][:] = 99  # 만든 뒤에 바꾸어도 모델의 시작값은 그대로입니다
    again = RegularizedMF(
        solver="gradient", initial=kept, biases=True, iterations=9
    ).fit(example.R)
    assert factors_of(model) == factors_of(again)


def test_start_is_not_handed_out(example):
    idle = at_article(example)
    assert not np.shares_memory(idle.user_factors, idle.initial[0])


def test_published_factors_are_not_overwritten(example):
    path = []
    model = RegularizedMF(iterations=4)
    model.fit(example.R, callback=lambda *_: path.append(model.user_factors))
    assert len({part.tobytes() for part in path}) == 4


# ── 결정성과 인자 ────────────────────────────────────────────────────────────


@pytest.mark.parametrize("solver", ["sgd", "gradient"])
def test_same_seed_same_bytes(problem, solver):
    dense = np.where(problem.mask, problem.R, NAN)
    options = {"solver": solver, "biases": True, "random_state": 7}
    model = RegularizedMF(**options).fit(dense)
    first = factors_of(model)
    assert factors_of(model.fit(dense)) == first
    assert factors_of(RegularizedMF(**options).fit(dense)) == first
    assert factors_of(pickle.loads(pickle.dumps(model))) == first
    fresh = RegularizedMF(**{**options, "random_state": None})
    assert factors_of(fresh.fit(dense)) != factors_of(fresh.fit(dense))


CHANGES = {
    "factors": 3,
    "regularization": 0.2,
    "learning_rate": 0.006,
    "iterations": 21,
    "biases": True,
    "solver": "gradient",
    "initial": (np.full((3, 2), 0.1), np.eye(3)[:, :2]),
    "random_state": 1,
}


def test_every_parameter_is_listed():
    import inspect

    assert set(CHANGES) == set(inspect.signature(RegularizedMF).parameters)


@pytest.mark.parametrize("name", CHANGES)
def test_every_parameter_changes_the_result(example, name):
    usual = {"regularization": 0.1, "learning_rate": 0.005, "iterations": 20}
    base = RegularizedMF(**usual).fit(example.R)
    changed = RegularizedMF(**{**usual, name: CHANGES[name]}).fit(example.R)
    assert not np.array_equal(whole(base), whole(changed))


def test_each_penalty_acts_on_its_own_side(example):
    usual = {"solver": "gradient", "iterations": 1, "factors": 2, "learning_rate": 0.01}
    free = RegularizedMF(**usual).fit(example.R)
    user = RegularizedMF(**usual, regularization=(1, 0)).fit(example.R)
    item = RegularizedMF(**usual, regularization=(0, 1)).fit(example.R)
    assert np.array_equal(user.item_factors, free.item_factors)
    assert not np.array_equal(user.user_factors, free.user_factors)
    assert np.array_equal(item.user_factors, free.user_factors)
    assert not np.array_equal(item.item_factors, free.item_factors)
    same = RegularizedMF(**usual, regularization=1).fit(example.R)
    pair = RegularizedMF(**usual, regularization=[1.0, 1]).fit(example.R)
    assert factors_of(same) == factors_of(pair)


# ── 도중에 멈추기 ────────────────────────────────────────────────────────────


def stop_at(when, error):
    def callback(iteration, seconds, loss):
        if iteration == when:
            raise error

    return callback


@pytest.mark.parametrize("solver", ["sgd", "gradient"])
def test_interrupt_leaves_a_whole_iteration(example, solver):
    model = RegularizedMF(iterations=50, solver=solver)
    with pytest.raises(KeyboardInterrupt):
        model.fit(example.R, callback=stop_at(4, KeyboardInterrupt))
    complete = RegularizedMF(iterations=4, solver=solver).fit(example.R)
    assert factors_of(model) == factors_of(complete)
    assert model.history_["loss"].tolist() == complete.history_["loss"].tolist()


@pytest.mark.parametrize("kernel", ["sgd_epoch", "descend", "loss", "loss_per_entry"])
def test_interrupt_inside_an_iteration(example, kernel, monkeypatch):
    solver = "sgd" if kernel in {"sgd_epoch", "loss_per_entry"} else "gradient"
    model = RegularizedMF(iterations=2, solver=solver).fit(example.R)
    before = factors_of(model), model.history_.tobytes(), model.mean_
    original, calls = getattr(mf, kernel), []

    def interrupted(*arguments):
        original(*arguments)
        calls.append(1)
        if kernel not in {"loss", "loss_per_entry"} or len(calls) == 2:
            raise KeyboardInterrupt
        return original(*arguments)

    monkeypatch.setattr(mf, kernel, interrupted)
    with pytest.raises(KeyboardInterrupt):
        model.fit(example.R * 2)
    assert (factors_of(model), model.history_.tobytes(), model.mean_) == before


@pytest.mark.parametrize("solver", ["sgd", "gradient"])
def test_divergence_is_visible_first_and_then_an_error(example, solver):
    model = RegularizedMF(learning_rate=1.0, solver=solver, iterations=500)
    with pytest.raises(FloatingPointError, match=r"learning_rate=1의.*0\.1처럼"):
        model.fit(example.R)
    loss = model.history_["loss"]
    assert np.isfinite(loss).all()
    assert loss[-1] > 1e6 * loss[0]  # 커지는 손실은 오류가 아닙니다
    assert np.isfinite(whole(model)).all()


def test_divergence_at_once_leaves_the_model_alone(example):
    model = RegularizedMF(iterations=3).fit(example.R)
    before = factors_of(model)
    model.learning_rate = 1e200
    with pytest.raises(FloatingPointError, match="1번째 반복"):
        model.fit(example.R)
    assert factors_of(model) == before


def test_huge_start_is_refused(example):
    with pytest.raises(ValueError, match="시작값에서"):
        RegularizedMF(iterations=1).fit(example.R * 1e200)


@pytest.mark.parametrize("progress", [False, True])
def test_progress_only_when_asked(example, progress, capsys):
    RegularizedMF(iterations=3).fit(example.R, progress=progress)
    output = capsys.readouterr()
    assert output.out == ""
    assert ("학습" in output.err and "3/3" in output.err) is progress


# ── 예측과 잘못된 인자 ───────────────────────────────────────────────────────


def test_predict_broadcasts(example):
    model = RegularizedMF(biases=True, iterations=5).fit(example.R)
    full = (
        model.mean_
        + model.user_biases[:, None]
        + model.item_biases
        + model.user_factors @ model.item_factors.T
    )
    np.testing.assert_allclose(whole(model), full, rtol=1e-13)
    one = model.predict(1, np.uint64(2))
    assert isinstance(one, float)
    assert one == pytest.approx(full[1, 2])
    np.testing.assert_allclose(model.predict([0, 2], [1, 1]), full[[0, 2], 1])
    np.testing.assert_allclose(model.predict(0, [[0], [2]]), full[0, [[0], [2]]])
    assert model.predict([], []).shape == (0,)


def test_predict_refuses(example):
    with pytest.raises(RuntimeError, match="먼저 fit"):
        RegularizedMF().predict(0, 0)
    model = RegularizedMF(iterations=1).fit(example.R)
    for users, items, error, words in (
        (3, 0, IndexError, "users: 번호 3.*0부터 2까지"),
        (0, [0, -1], IndexError, "items: 번호 -1"),
        (0.0, 0, TypeError, "users: 번호는 정수"),
        (0, True, TypeError, "items: 번호는 정수"),
        ([0, 1], [0, 1, 2], ValueError, r"\(2,\)와 \(3,\)"),
    ):
        with pytest.raises(error, match=words):
            model.predict(users, items)


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"factors": 0}, ValueError, "factors: 1 이상.*0입니다"),
        ({"factors": 2.0}, TypeError, "factors: 정수.*2.0"),
        ({"factors": True}, TypeError, "factors"),
        ({"iterations": -1}, ValueError, "iterations.*-1"),
        ({"random_state": -1}, ValueError, "random_state.*-1"),
        ({"random_state": "0"}, TypeError, "random_state.*'0'"),
        ({"learning_rate": 0}, ValueError, "learning_rate: 0보다.*0입니다"),
        ({"learning_rate": NAN}, ValueError, "learning_rate.*nan"),
        ({"learning_rate": "빠르게"}, TypeError, "learning_rate.*빠르게"),
        ({"regularization": -0.1}, ValueError, "regularization.*-0.1"),
        ({"regularization": (1, float("inf"))}, ValueError, "regularization.*inf"),
        ({"regularization": (1, 2, 3)}, ValueError, "regularization.*3개"),
        ({"regularization": None}, TypeError, "regularization.*None"),
        ({"biases": 1}, TypeError, "biases.*1"),
        ({"solver": "als"}, ValueError, '\'als\'.*"sgd", "gradient"'),
        ({"solver": None}, ValueError, "solver"),
        ({"initial": np.zeros((3, 2))}, TypeError, "initial.*쌍"),
        ({"initial": (np.zeros((3, 3)), np.zeros((3, 2)))}, ValueError, "X의 열이 3개"),
        ({"initial": ([[1, 2]], [[1, NAN]])}, ValueError, "initial: Y.*NaN"),
        ({"initial": ([1, 2], [[1, 2]])}, ValueError, "initial의 X.*1차원"),
        ({"initial": ([["a", "b"]], [[1, 2]])}, TypeError, "initial의 X: 수"),
        ({"initial": ([[1, 2], [1]], [[1, 2]])}, ValueError, "initial의 X: 행마다"),
    ],
)
def test_bad_parameters(options, error, words):
    with pytest.raises(error, match=words):
        RegularizedMF(**options)


def broken_csr():
    table = sparse.csr_matrix(np.eye(3))
    table.indices = np.array([0, 7, 2], np.int32)
    return table


@pytest.mark.parametrize(
    ("data", "error", "words"),
    [
        ([[1.0, float("inf")]], ValueError, r"\(0, 1\).*inf.*NaN으로"),
        (sparse.csr_matrix([[0.0, NAN]]), ValueError, r"\(0, 1\).*nan.*저장하지"),
        ([[NAN, NAN]], ValueError, "하나도 없습니다"),
        (sparse.csr_matrix((3, 3)), ValueError, "하나도 없습니다"),
        (np.zeros((0, 3)), ValueError, "하나도 없습니다"),
        ([1.0, 2.0], ValueError, "user_items.*1차원"),
        ([[1.0, 2.0], [3.0]], ValueError, "길이가 달라"),
        ([["5점"]], TypeError, "user_items: 수여야"),
        ([[1j]], TypeError, "complex"),
        (sparse.csr_matrix([[1j]]), TypeError, "complex"),
        (sparse.coo_array([1.0, 2.0]), ValueError, "user_items.*1차원"),
        (broken_csr(), ValueError, "서로 맞지 않습니다"),
        (np.ones((4, 3)), ValueError, "X의 행이 3개.*4×3"),
        (np.ones((3, 4)), ValueError, "Y의 행이 3개.*3×4"),
    ],
)
def test_bad_data_changes_nothing(example, data, error, words):
    start = np.full((3, 2), 0.1), np.full((3, 2), 0.2)
    model = RegularizedMF(initial=start, iterations=2).fit(example.R)
    before = factors_of(model)
    with pytest.raises(error, match=words):
        model.fit(data)
    assert factors_of(model) == before


def test_the_log_itself_is_not_a_matrix():
    log = rb.datasets.Interactions.from_events(["A"], ["가"])
    with pytest.raises(TypeError, match=r"Interactions입니다.*\.user_items"):
        RegularizedMF().fit(log)


# ── 꾸러미 ───────────────────────────────────────────────────────────────────


def test_import_stays_light():
    program = (
        "import sys, recbook; assert 'numba' not in sys.modules;"
        "assert 'RegularizedMF' in dir(recbook); recbook.RegularizedMF;"
        "assert 'numba' in sys.modules; assert 'tqdm' not in sys.modules"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_repr_names_every_parameter(example):
    model = RegularizedMF(regularization=0.5)
    again = eval(repr(model))
    assert repr(again) == repr(model)
    assert "initial=(X, Y)" in repr(at_article(example))


def test_docstring_example():
    assert doctest.testmod(recbook.models.mf).failed == 0
