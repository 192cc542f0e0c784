"""교대 최소제곱법: 정규 방정식의 정의, 손 계산, 유한 차분에 견준다."""

from __future__ import annotations

import doctest

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

import recbook as rb
import recbook.models.als
from recbook import ImplicitALS
from recbook.kernels import als
from recbook.kernels.primitives import PADDING, padded
from tests.compiler import outputs_with_and_without

NAN = float("nan")


# ── 독립된 답: 모든 칸을 펼친 float64 NumPy ──────────────────────────────────


def dense_loss(R, X, Y, penalty, alpha=1.0):
    """정의 그대로의 이중 합."""
    total = penalty * ((X**2).sum() + (Y**2).sum())
    for u, row in enumerate(R):
        for i, r in enumerate(row):
            total += (1 + alpha * r) * (float(r > 0) - X[u] @ Y[i]) ** 2
    return total


def equations(row, Y, penalty, alpha=1.0):
    """사용자 하나의 A = YᵀCY + λI와 b = YᵀCp. C는 펼친 대각 행렬입니다."""
    C = np.diag(1 + alpha * row)
    return Y.T @ C @ Y + penalty * np.eye(Y.shape[1]), Y.T @ C @ (row > 0)


def exact(R, Y, penalty, alpha=1.0):
    return np.array([np.linalg.solve(*equations(row, Y, penalty, alpha)) for row in R])


def textbook_cg(A, b, x, steps):
    r = b - A @ x
    p = r.copy()
    for _ in range(steps):
        a = (r @ r) / (p @ A @ p)
        x = x + a * p
        left = r - a * (A @ p)
        p = left + (left @ left) / (r @ r) * p
        r = left
    return x


def some_counts(n=12, m=9, seed=0, share=0.4):
    random = np.random.default_rng(seed)
    R = random.integers(1, 9, (n, m)) * (random.random((n, m)) < share)
    R[2] = 0  # 빈 사용자
    R[:, 3] = 0  # 빈 아이템
    return R.astype(float)


def some_factors(rows, k, seed, scale=0.7):
    factors = np.random.default_rng(seed).normal(0, scale, (rows, k))
    return factors.astype(np.float32).astype(float)


def wide(factors, dtype=np.float32):
    out = np.zeros((len(factors), padded(factors.shape[1])), dtype)
    out[:, : factors.shape[1]] = factors
    return out


class Problem:
    """사용자를 풀 문제 하나와, 커널에 넘길 배열."""

    def __init__(self, k=5, tile=16, penalty=0.5, **counts):
        self.R = some_counts(**counts)
        n, m = self.R.shape
        self.k, self.penalty = k, penalty
        self.X, self.Y = some_factors(n, k, 1), some_factors(m, k, 2)
        table = sparse.csr_matrix(self.R)
        self.side = table.indptr, table.indices, table.data.astype(np.float32)
        K = padded(k)
        self.G = wide(self.Y, float).T @ wide(self.Y, float)
        self.vectors = np.full((3, K), NAN, np.float32)
        self.scores = np.full((2, tile), NAN, np.float32)
        self.exact_vectors = np.full((3, K), NAN)
        self.matrices = np.full((2, K, K), NAN)

    def cg(self, steps, start=0, stop=None):
        X = wide(self.X)
        als.solve_cg(
            *(X, wide(self.Y), self.G.astype(np.float32), *self.side),
            *(np.float32(self.penalty), steps, start, stop or len(X)),
            *(self.vectors, *self.scores),
        )
        return X

    def cholesky(self, start=0, stop=None):
        X = wide(self.X)
        failed = als.solve_cholesky(
            *(X, wide(self.Y), self.G, *self.side, self.penalty, self.k),
            *(start, stop or len(X), self.matrices, self.exact_vectors),
        )
        return failed, X


@pytest.fixture
def counts():
    return sparse.csr_matrix(some_counts())


@pytest.fixture
def example():
    return rb.datasets.worked_example()


def learned(model):
    parts = model._X, model._Y, model._b_u, model._b_i, model.history_["loss"]
    return b"".join(part.tobytes() for part in parts)


# ── 커널 ─────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("rows", "k"), [(1, 1), (7, 16), (64, 17), (150, 40)])
def test_gram_is_the_product(rows, k):
    Y = wide(some_factors(rows, k, 3))
    K = Y.shape[1]
    out = np.full((K, K), NAN)
    tile = np.full((24, K), NAN), np.full((PADDING, 24), NAN)
    for start in reversed(range(0, K, PADDING)):  # 어느 구간을 먼저 풀어도 됩니다
        als.gram(Y, start, start + PADDING, *tile, out)
    expected = Y.astype(float).T @ Y.astype(float)
    np.testing.assert_allclose(out, expected, rtol=1e-13, atol=1e-12)
    np.testing.assert_array_equal(out, out.T)


@pytest.mark.parametrize("k", [1, 5, 16, 20])
def test_cholesky_solves_the_normal_equations(k):
    problem = Problem(k, n=30, m=25)
    failed, X = problem.cholesky()
    assert failed == -1
    expected = exact(problem.R, problem.Y, problem.penalty)
    np.testing.assert_allclose(X[:, :k], expected, rtol=2e-6, atol=1e-7)
    assert not X[2].any()  # 빈 사용자


@pytest.mark.parametrize("k", [1, 5, 16, 20])
def test_many_cg_steps_solve_them_too(k):
    problem = Problem(k, n=30, m=25)
    X = problem.cg(200)  # 수렴한 뒤에도 흔들리지 않습니다
    expected = exact(problem.R, problem.Y, problem.penalty)
    np.testing.assert_allclose(X[:, :k], expected, rtol=2e-4, atol=2e-5)
    assert not X[2].any()


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_cg_steps_are_the_textbook_steps(steps):
    problem = Problem(7, n=30, m=25)
    X = problem.cg(steps)
    for u, row in enumerate(problem.R):
        if row.any():
            A, b = equations(row, problem.Y, problem.penalty)
            expected = textbook_cg(A, b, problem.X[u], steps)
            np.testing.assert_allclose(X[u, :7], expected, rtol=1e-4, atol=1e-5)


def test_long_rows_are_seen_in_pieces():
    whole = Problem(5, n=20, m=70, share=0.9, tile=80)
    pieces = Problem(5, n=20, m=70, share=0.9, tile=16)
    assert np.diff(whole.side[0]).max() > 48
    for steps in (1, 3):
        np.testing.assert_allclose(
            whole.cg(steps), pieces.cg(steps), rtol=1e-4, atol=1e-6
        )


@pytest.mark.parametrize("solver", ["cg", "cholesky"])
def test_only_the_given_rows_change(solver):
    problem = Problem(5)
    some, every = (
        problem.cg(3, *rows) if solver == "cg" else problem.cholesky(*rows)[1]
        for rows in ((4, 7), ())
    )
    before = wide(problem.X)
    np.testing.assert_array_equal(some[4:7], every[4:7])
    np.testing.assert_array_equal(some[:4], before[:4])
    np.testing.assert_array_equal(some[7:], before[7:])
    assert (some[4:7] != before[4:7]).any()


@pytest.mark.parametrize("k", [1, 5, 17])
def test_padding_stays_exactly_zero(k):
    problem = Problem(k, n=30, m=25)
    for X in (problem.cg(1), problem.cg(50), problem.cholesky()[1]):
        assert not X[:, k:].any()


def test_gradient_vanishes_at_the_solution():
    problem = Problem(3)
    _, X = problem.cholesky()
    solution = X[:, :3].astype(float)
    middle = dense_loss(problem.R, solution, problem.Y, problem.penalty)
    for at in np.ndindex(solution.shape):
        change = np.zeros_like(solution)
        change[at] = 1e-3
        above, below = (
            dense_loss(problem.R, solution + sign * change, problem.Y, problem.penalty)
            for sign in (1, -1)
        )
        assert (above - below) / 2e-3 == pytest.approx(0, abs=1e-4)
        assert above + below > 2 * middle  # 골짜기의 바닥입니다


def test_cg_stops_where_there_is_nothing_left():
    problem = Problem(5)
    problem.Y[:] = 0
    problem.G[:] = 0
    assert not problem.cg(10).any()  # A = λI, b = 0: 한 걸음에 0입니다
    problem.penalty = 0.0
    liked = problem.R.any(axis=1)
    assert (problem.cg(10)[liked] == wide(problem.X)[liked]).all()  # r = 0


def test_cg_stops_when_the_curvature_underflows():
    problem = Problem(5, penalty=0.0)
    problem.X[:] = 0
    problem.Y[:] = 1e-20
    problem.G[:] = 0
    assert np.isfinite(problem.cg(10)).all()


@pytest.mark.parametrize("bad", [NAN, float("inf")])
def test_cg_does_not_hide_what_is_not_finite(bad):
    problem = Problem(5)
    problem.Y[0, 0] = bad
    assert np.isnan(problem.cg(3)[problem.R[:, 0] > 0]).any(axis=1).all()


def test_cholesky_names_the_row_it_cannot_solve():
    problem = Problem(5, penalty=0.0)
    problem.Y[:, 1] = problem.Y[:, 0]
    problem.G = wide(problem.Y, float).T @ wide(problem.Y, float)
    problem.G[1, 1] -= 10.0  # 양의 정부호가 아닙니다
    failed, _ = problem.cholesky(2)
    assert failed == 3  # 2번 사용자는 비어 있어 풀 것이 없습니다
    problem.G[:] = NAN
    assert problem.cholesky()[0] == 0


# ── 손 계산 ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("solver", ["cg", "cholesky"])
def test_one_factor_by_hand(example, solver):
    # y = 1, c = 1 + r, λ = 1이면 x = Σ_{r>0} c / (Σ c + 1)
    # A: 21/22, B: 8/10 (관측하지 않은 칸의 c는 1), C: 13/14
    model = ImplicitALS(
        factors=1,
        regularization=1,
        iterations=0,
        solver=solver,
        initial=(np.zeros((3, 1)), np.ones((3, 1))),
    ).fit(example.R)
    # x = 0이면 E = Σ_{r>0} c + λ·3 = 21 + 8 + 13 + 3
    assert model.history_["loss"].tolist() == pytest.approx([45])
    fresh = model.fold_in(example.R)
    np.testing.assert_allclose(
        fresh.user_factors[:, 0], [21 / 22, 0.8, 13 / 14], rtol=1e-6
    )
    np.testing.assert_array_equal(
        fresh.user_factors[:, 0].round(3), np.float32([0.955, 0.8, 0.929])
    )


def test_items_are_solved_before_users(example):
    # x = 1에서 시작하면 한 반복은 y를 x = 1에서, x를 그 y에서 푸는 것입니다.
    model = ImplicitALS(
        factors=1,
        regularization=1,
        iterations=1,
        solver="cholesky",
        initial=(np.ones((3, 1)), np.full((3, 1), 5.0)),
    ).fit(example.R)
    # 가: r = 8, 0, 1 → c = 9, 1, 2 → 11/13.  나: 5, 4, 5 → 14/15.  다: 7, 4, 6 → 17/18
    y = np.array([11 / 13, 14 / 15, 17 / 18])
    np.testing.assert_allclose(model.item_factors[:, 0], y, rtol=1e-6)
    c = 1 + example.R
    x = (c * (example.R > 0)) @ y / (c @ y**2 + 1)
    np.testing.assert_allclose(model.user_factors[:, 0], x, rtol=1e-6)


def test_logarithmic_confidence(example):
    # c = 1 + α log(1 + r/ε): r = 3, ε = 0.5, α = 2이면 1 + 2 log 7
    model = ImplicitALS(
        factors=1,
        alpha=2,
        confidence="log",
        epsilon=0.5,
        regularization=1,
        iterations=0,
        initial=(np.zeros((3, 1)), np.ones((3, 1))),
    ).fit(example.R)
    c = 1 + 2 * np.log(7)
    assert c == pytest.approx(4.891820298110627)
    fresh = model.fold_in(example.R[1:2])  # B: 0, 3, 3
    assert fresh.user_factors[0, 0] == pytest.approx(2 * c / (2 * c + 2), rel=1e-6)


# ── 학습 ─────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("solver", ["cg", "cholesky"])
@pytest.mark.parametrize("alpha", [0.5, 40.0])
def test_loss_is_the_double_sum_over_all_cells(counts, solver, alpha):
    model = ImplicitALS(
        factors=4, alpha=alpha, regularization=0.3, iterations=6, solver=solver
    )
    seen = []

    def compare(iteration, seconds, loss):
        X, Y = (np.float64(part) for part in (model.user_factors, model.item_factors))
        seen.append(dense_loss(counts.toarray(), X, Y, 0.3, alpha))
        assert loss == pytest.approx(seen[-1], rel=1e-6)
        assert model.history_["iteration"][-1] == iteration
        assert model.history_["seconds"][-1] == seconds

    model.fit(counts, callback=compare)
    np.testing.assert_allclose(model.history_["loss"][1:], seen, rtol=1e-6)
    assert model.history_["iteration"].tolist() == list(range(7))
    assert (np.diff(model.history_["seconds"]) >= 0).all()
    start = ImplicitALS(factors=4, alpha=alpha, regularization=0.3, iterations=0)
    start.fit(counts)
    X, Y = np.float64(start.user_factors), np.float64(start.item_factors)
    expected = dense_loss(counts.toarray(), X, Y, 0.3, alpha)
    assert model.history_["loss"][0] == pytest.approx(expected, rel=1e-6)


@settings(max_examples=40, deadline=None)
@given(
    table=st.integers(1, 7).flatmap(
        lambda m: st.lists(
            st.lists(st.integers(0, 30), min_size=m, max_size=m),
            min_size=1,
            max_size=7,
        )
    ),
    k=st.integers(1, 4),
    penalty=st.floats(0.01, 30),
    seed=st.integers(0, 99),
)
def test_loss_never_rises(table, k, penalty, seed):
    model = ImplicitALS(
        factors=k,
        regularization=penalty,
        iterations=8,
        solver="cholesky",
        random_state=seed,
        num_threads=1,
    ).fit(sparse.csr_matrix(np.array(table, float)))
    loss = model.history_["loss"]
    assert (loss[1:] <= loss[:-1] * (1 + 1e-5) + 1e-6).all()


def test_both_solvers_reach_the_same_place(counts):
    options = {"factors": 3, "regularization": 0.5, "iterations": 200}
    one = ImplicitALS(solver="cg", **options).fit(counts)
    other = ImplicitALS(solver="cholesky", **options).fit(counts)
    scores = [model.user_factors @ model.item_factors.T for model in (one, other)]
    np.testing.assert_allclose(*scores, atol=2e-3)
    assert one.history_["loss"][-1] == pytest.approx(other.history_["loss"][-1], 1e-5)


@pytest.mark.parametrize("solver", ["cg", "cholesky"])
def test_same_bits_for_any_number_of_threads(solver):
    random = np.random.default_rng(5)
    table = sparse.csr_matrix(random.poisson(0.2, (700, 300)).astype(np.float32))
    options = {"factors": 20, "regularization": 0.5, "iterations": 3, "solver": solver}
    one, two, three = (
        learned(ImplicitALS(num_threads=threads, **options).fit(table))
        for threads in (1, 2, 3)
    )
    assert one == two == three


def test_kernels_run_the_same_without_the_compiler():
    program = """
import sys, warnings
warnings.simplefilter("error")
import numpy as np
import recbook as rb
R = np.random.default_rng(3).poisson(0.7, (9, 7))
R[4] = 0
for solver in ("cg", "cholesky"):
    model = rb.ImplicitALS(factors=18, regularization=0.3, iterations=2,
                           solver=solver, num_threads=1).fit(R)
    fresh = model.fold_in(R[:3])
    for part in (model.user_factors, model.item_factors, model.history_["loss"],
                 fresh.user_factors):
        print(part.tobytes().hex())
from recbook.kernels import als
print(hasattr(als.loss, "py_func"), file=sys.stderr)
"""
    outputs_with_and_without(program)


def test_learns_two_tastes():
    R = np.kron(np.eye(2), np.full((5, 6), 3.0))
    R[0, 1] = R[7, 8] = 0
    table = sparse.csr_matrix(R)
    model = ImplicitALS(factors=2, regularization=0.5).fit(table)
    assert model.recommend(0, table[0], N=1)[0].tolist() == [1]
    assert model.recommend(7, table[7], N=1)[0].tolist() == [8]
    neighbours, _ = model.similar_items(0, N=6)
    assert sorted(neighbours.tolist()) == list(range(6))


@pytest.mark.parametrize("solver", ["cg", "cholesky"])
@pytest.mark.parametrize(
    "table",
    [
        np.zeros((3, 4)),
        np.ones((1, 4)),
        np.ones((4, 1)),
        np.ones((1, 1)),
        np.full((4, 5), 7.0),
        np.diag([1e-6, 1.0, 1e6]),
    ],
)
def test_extreme_matrices(solver, table):
    model = ImplicitALS(factors=3, regularization=0.1, solver=solver).fit(table)
    assert np.isfinite(model.history_["loss"]).all()
    empty = ~table.any(axis=1)
    assert not model.user_factors[empty].any()
    scores = model.user_factors @ model.item_factors.T
    assert (scores[table == 0] < 0.5).all()
    assert (scores[table >= 1] > 0.5).all()


def test_biases_are_zeros(counts):
    model = ImplicitALS(factors=2)
    assert model.user_factors is model.item_factors is model.user_biases is None
    model.fit(counts)
    assert model.user_factors.shape == (12, 2)
    assert model.item_factors.shape == (9, 2)
    assert model.user_biases.tolist() == [0] * 12
    assert model.item_biases.tolist() == [0] * 9


@pytest.mark.parametrize(
    "change",
    [
        {"factors": 4},
        {"alpha": 2.0},
        {"confidence": "log"},
        {"regularization": 0.6},
        {"iterations": 5},
        {"solver": "cholesky"},
        {"cg_steps": 2},
        {"random_state": 1},
        {"initial": (np.full((12, 3), 0.1), np.full((9, 3), 0.2))},
        {"epsilon": 2.0},
    ],
)
def test_every_parameter_changes_the_result(counts, change):
    options = {"factors": 3, "regularization": 0.5, "iterations": 4}
    if "epsilon" in change:
        options["confidence"] = "log"
    usual = ImplicitALS(**options).fit(counts)
    assert learned(ImplicitALS(**{**options, **change}).fit(counts)) != learned(usual)


def test_no_seed_is_new_every_time(counts):
    one, other = (
        ImplicitALS(factors=3, random_state=None, iterations=1).fit(counts)
        for _ in range(2)
    )
    assert learned(one) != learned(other)


# ── 폴드인 ───────────────────────────────────────────────────────────────────


def test_fold_in_reproduces_the_exact_solver(counts):
    model = ImplicitALS(
        factors=3, regularization=0.5, iterations=2, solver="cholesky"
    ).fit(counts)
    before = learned(model)
    fresh = model.fold_in(counts[[5, 2, 0]])
    np.testing.assert_array_equal(fresh.user_factors, model.user_factors[[5, 2, 0]])
    assert fresh.item_factors.tobytes() == model.item_factors.tobytes()
    for old, new in zip(model.similar_items(1), fresh.similar_items(1), strict=True):
        np.testing.assert_array_equal(old, new)
    assert fresh.similar_users(0)[0].tolist() == [0, 2]  # 빈 사용자는 이웃이 아닙니다
    assert repr(fresh) == repr(model)
    assert learned(model) == before
    again = model.recommend(5, counts[5], recalculate_user=True)
    for old, new in zip(model.recommend(5, counts[5]), again, strict=True):
        np.testing.assert_array_equal(old, new)
    np.testing.assert_array_equal(
        fresh.recommend(0, counts[5])[0], model.recommend(5, counts[5])[0]
    )


def test_fold_in_reproduces_converged_cg_to_three_decimals(counts):
    model = ImplicitALS(factors=3, regularization=0.5, iterations=100).fit(counts)
    fresh = model.fold_in(counts)
    np.testing.assert_allclose(
        fresh.user_factors @ model.item_factors.T,
        model.user_factors @ model.item_factors.T,
        atol=5e-4,
    )


def test_fold_in_of_somebody_new(counts):
    model = ImplicitALS(factors=3, alpha=2, regularization=0.5).fit(counts)
    row = np.array([[0, 0, 5, 0, 0, 2, 0, 0, 0.0]])
    Y = np.float64(model.item_factors)
    fresh = model.fold_in(row)
    np.testing.assert_allclose(
        fresh.user_factors, exact(row, Y, 0.5, alpha=2), rtol=1e-5
    )
    nobody = model.fold_in(np.zeros((1, 9)))
    assert not nobody.user_factors.any()


def test_recalculated_item(counts):
    model = ImplicitALS(factors=3, regularization=0.5, iterations=100).fit(counts)
    item_users = counts.T.tocsr()
    plain = model.similar_items(1, N=9)
    again = model.similar_items(1, N=9, recalculate_item=True, item_users=item_users[1])
    np.testing.assert_allclose(again[1], plain[1], atol=2e-3)
    X = np.float64(model.user_factors)
    got = model._fold_in_items(item_users[[1, 4]])
    expected = exact(item_users[[1, 4]].toarray(), X, 0.5)
    np.testing.assert_allclose(got[:, :3], expected, rtol=1e-5, atol=1e-6)
    assert not got[:, 3:].any()


def test_fold_in_refuses(counts):
    with pytest.raises(RuntimeError, match="먼저 fit"):
        ImplicitALS().fold_in(counts)
    model = ImplicitALS(factors=2).fit(counts)
    with pytest.raises(ValueError, match="열이 8개인데 학습한 아이템은 9개"):
        model.fold_in(counts[:, :8])
    with pytest.raises(ValueError, match=r"user_items.*음수"):
        model.fold_in(-counts)
    with pytest.raises(ValueError, match=r"item_users.*음수"):
        model.similar_items(1, recalculate_item=True, item_users=-counts.T.tocsr()[1])


# ── 도중에 멈추기와 넘침 ─────────────────────────────────────────────────────


def stop_at(when):
    def callback(iteration, seconds, loss):
        if iteration == when:
            raise KeyboardInterrupt

    return callback


@pytest.mark.parametrize("solver", ["cg", "cholesky"])
def test_interrupt_leaves_a_whole_iteration(counts, solver):
    options = {"factors": 3, "regularization": 0.5, "solver": solver}
    model = ImplicitALS(iterations=50, **options)
    with pytest.raises(KeyboardInterrupt):
        model.fit(counts, callback=stop_at(4))
    assert learned(model) == learned(ImplicitALS(iterations=4, **options).fit(counts))


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize(
    ("kernel", "first", "second"),  # 첫 반복과 둘째 반복에 드는 부름의 순서
    [("gram", 3, 6), ("solve_cg", 1, 4), ("solve_cholesky", 1, 4), ("loss", 2, 3)],
)
def test_interrupt_inside_an_iteration(
    counts, kernel, first, second, threads, monkeypatch
):
    options = {
        "factors": 3,
        "regularization": 0.5,
        "solver": "cholesky" if kernel == "solve_cholesky" else "cg",
        "num_threads": threads,
    }
    model = ImplicitALS(**options).fit(counts)
    before = learned(model)
    other = counts * 2
    once = learned(ImplicitALS(iterations=1, **options).fit(other))
    original = getattr(als, kernel)
    for when, expected in ((first, before), (second, once)):
        calls = []

        def interrupted(*arguments, when=when, calls=calls):
            result = original(*arguments)
            calls.append(1)
            if len(calls) == when:
                raise KeyboardInterrupt
            return result

        with monkeypatch.context() as patch:
            patch.setattr(als, kernel, interrupted)
            with pytest.raises(KeyboardInterrupt):
                model.fit(other)
        assert learned(model) == expected


def test_overflow_is_an_error_and_keeps_the_model(counts):
    model = ImplicitALS(factors=3, regularization=0.5).fit(counts)
    before = learned(model)
    with pytest.raises(FloatingPointError, match=r"1번째 반복.*alpha=1.*alpha=0\.1"):
        model.fit(counts * 1e37)
    assert learned(model) == before
    model.regularization = 1e39  # float32를 넘습니다
    with pytest.raises(FloatingPointError, match="1번째 반복"):
        model.fit(counts)
    assert learned(model) == before


def test_late_overflow_keeps_the_last_finite_iteration(counts, monkeypatch):
    options = {"factors": 3, "regularization": 0.5}
    model = ImplicitALS(iterations=9, **options)
    original, calls = ImplicitALS._loss, []

    def grows(self, *arguments):
        calls.append(1)
        return NAN if len(calls) == 4 else original(self, *arguments)

    monkeypatch.setattr(ImplicitALS, "_loss", grows)
    with pytest.raises(FloatingPointError, match="3번째 반복"):
        model.fit(counts)
    monkeypatch.undo()
    assert learned(model) == learned(ImplicitALS(iterations=2, **options).fit(counts))


@pytest.mark.parametrize("size", [1e25, 1e39])
def test_huge_start_is_refused(counts, size):
    start = np.full((12, 2), size), np.full((9, 2), size)
    with pytest.raises(ValueError, match=r"시작값에서.*initial"):
        ImplicitALS(factors=2, initial=start).fit(counts)


@pytest.mark.parametrize(
    "options",
    [{"alpha": 1e39}, {"confidence": "log", "alpha": 1e308, "epsilon": 1e-308}],
)
def test_huge_confidence_is_refused(counts, options):
    with pytest.raises(ValueError, match=r"alpha.*신뢰도가 너무 커서"):
        ImplicitALS(factors=2, **options).fit(counts)


def test_equations_without_a_single_answer(counts):
    model = ImplicitALS(
        factors=4,
        regularization=0,
        solver="cholesky",
        initial=(np.ones((12, 4)), np.ones((9, 4))),  # 요인 넷이 모두 같습니다
    )
    with pytest.raises(
        np.linalg.LinAlgError, match=r"regularization: 0이면.*아이템 0번"
    ):
        model.fit(counts)
    assert model.user_factors is None
    free = ImplicitALS(factors=2, regularization=0).fit(counts)  # "cg"는 됩니다
    assert free.history_["loss"][-1] < free.history_["loss"][0]


@pytest.mark.parametrize("progress", [False, True])
def test_progress_only_when_asked(counts, progress, capsys):
    ImplicitALS(factors=2, iterations=3).fit(counts, progress=progress)
    output = capsys.readouterr()
    assert output.out == ""
    assert ("학습" in output.err and "3/3" in output.err) is progress


# ── 인자 ─────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"factors": 0}, ValueError, "factors: 1 이상.*0입니다"),
        ({"factors": 2.0}, TypeError, "factors: 정수.*2.0"),
        ({"alpha": 0}, ValueError, "alpha: 0보다.*alpha=1"),
        ({"alpha": NAN}, ValueError, "alpha.*nan"),
        ({"alpha": "크게"}, TypeError, "alpha.*크게"),
        ({"confidence": "square"}, ValueError, '\'square\'.*"linear", "log"'),
        ({"regularization": -1}, ValueError, "regularization: 0 이상.*-1"),
        ({"regularization": None}, TypeError, "regularization.*None"),
        ({"iterations": -1}, ValueError, "iterations.*-1"),
        ({"solver": "lu"}, ValueError, '\'lu\'.*"cg", "cholesky"'),
        ({"cg_steps": 0}, ValueError, "cg_steps: 1 이상"),
        ({"epsilon": 0}, ValueError, "epsilon: 0보다"),
        ({"random_state": -1}, ValueError, "random_state.*-1"),
        ({"num_threads": -1}, ValueError, "num_threads.*-1"),
        ({"num_threads": True}, TypeError, "num_threads"),
        ({"initial": np.zeros((3, 2))}, TypeError, "initial.*쌍"),
        ({"initial": (np.zeros((3, 3)), np.zeros((3, 2)))}, ValueError, "X의 열이 3개"),
    ],
)
def test_bad_parameters(options, error, words):
    with pytest.raises(error, match=words):
        ImplicitALS(**{"factors": 2, **options})


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ([[1.0, -2.0]], r"\(0, 1\).*음수"),
        ([[1.0, NAN]], r"\(0, 1\)"),
        ([1.0, 2.0], "1차원"),
        (np.ones((4, 3)), "X의 행이 12개.*4×3"),
    ],
)
def test_bad_data_changes_nothing(counts, data, words):
    start = np.full((12, 2), 0.1), np.full((9, 2), 0.2)
    model = ImplicitALS(factors=2, initial=start).fit(counts)
    before = learned(model)
    with pytest.raises(ValueError, match=words):
        model.fit(data)
    assert learned(model) == before


def test_save_and_load(counts, tmp_path):
    model = ImplicitALS(factors=3, regularization=0.5, num_threads=2).fit(counts)
    model.save(tmp_path / "als.npz")
    again = ImplicitALS.load(tmp_path / "als.npz")
    assert repr(again) == repr(model)
    assert learned(again) == learned(model)
    np.testing.assert_array_equal(
        again.fold_in(counts).user_factors, model.fold_in(counts).user_factors
    )


def test_docstring_example():
    assert doctest.testmod(recbook.models.als).failed == 0
