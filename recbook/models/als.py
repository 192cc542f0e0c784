"""암시적 피드백의 교대 최소제곱법: `ImplicitALS`."""

import math
import time
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from recbook import _checks
from recbook.kernels import als
from recbook.kernels.primitives import PADDING, padded
from recbook.models._base import (
    HISTORY,
    Callback,
    FactorModel,
    Seen,
    aligned,
    scaled,
    start,
    steps,
)
from recbook.models._threads import Workers, blocks

__all__ = ["ImplicitALS"]

Array = NDArray[Any]

CONFIDENCES = ("linear", "log")
SOLVERS = ("cg", "cholesky")
INITIAL_SCALE = 0.1
# 고정한 쪽의 행을 한 번에 이만큼(바이트) 봅니다. L1 캐시의 절반입니다.
_TILE = 2**14
# 캐시 줄의 바이트.


class _Side(NamedTuple):
    """한쪽을 풀 때 보는 CSR. 값은 w = c − 1입니다."""

    indptr: Array
    indices: Array
    extra: Array

    @classmethod
    def of(cls, table: sparse.csr_array) -> Self:
        return cls(table.indptr, table.indices, table.data)


class _Scratch(NamedTuple):
    """스레드마다의 임시 배열. 커널의 같은 이름을 보십시오."""

    vectors: Array
    scores: Array
    scaled: Array
    sums: Array
    rows: Array
    columns: Array
    exact: Array
    matrices: Array


_Crew = Workers[_Scratch]


class ImplicitALS(FactorModel):
    """모든 칸에 신뢰도를 매겨 맞추는 행렬 분해(iALS).

    횟수 r_ui에서 선호도 p와 신뢰도 c를 만들고, 관측하지 않은 칸까지 모든 칸의 오차를
    줄입니다. 점수는 s_ui = x_u·y_i이고 편향은 없습니다.

        p_ui = 1[r_ui > 0]
        c_ui = 1 + α r_ui                     confidence="linear"
        c_ui = 1 + α log(1 + r_ui / ε)        confidence="log"

        E = Σ_u Σ_i c_ui (p_ui − x_u·y_i)² + λ (Σ_u ‖x_u‖² + Σ_i ‖y_i‖²)

    한쪽을 고정하면 다른 쪽의 행마다 정규 방정식 하나가 됩니다. 한 번의 반복은 아이템을
    모두 푼 다음 사용자를 모두 푸는 것입니다.

        x_u = (YᵀCᵘY + λI)⁻¹ YᵀCᵘp(u),    YᵀCᵘY = YᵀY + Yᵀ(Cᵘ − I)Y

    Parameters
    ----------
    factors : int, default 32
        잠재 요인의 수 k. 1 이상입니다.
    alpha : float, default 1.0
        α. 0보다 큽니다.
    confidence : {"linear", "log"}, default "linear"
        신뢰도가 횟수를 따라 커지는 꼴. "log"는 큰 횟수를 눌러, 몇 사람의 아주 큰
        횟수가 손실을 차지하지 못하게 합니다.
    regularization : float, default 5.0
        λ. 0 이상입니다. 행마다 더하므로, 칸이 많은 자료일수록 크게 잡습니다.
    iterations : int, default 15
        되풀이하는 횟수. 0이면 시작값에 머무릅니다.
    solver : {"cg", "cholesky"}, default "cg"
        켤레 기울기법으로 앞 반복의 해에서 몇 걸음만 가거나, 촐레스키 분해로 끝까지
        풉니다. "cg"가 훨씬 빠르고, 반복을 거치며 같은 곳에 닿습니다.
    cg_steps : int, default 3
        "cg"가 한 번 풀 때 가는 걸음의 수. 1 이상입니다.
    epsilon : float, default 1.0
        "log"의 ε. 0보다 큽니다.
    random_state : int or None, default 0
        시작값을 정하는 난수 시드. None이면 fit마다 다릅니다.
    num_threads : int, default 0
        스레드의 수. 0이면 쓸 수 있는 처리기를 모두 씁니다. 결과는 몇이든 같습니다.
    initial : (array_like, array_like), optional
        시작할 (X, Y). 모양은 (n_users, factors)와 (n_items, factors)입니다. 없으면
        [−0.1, 0.1)에서 고르게 뽑습니다. 아이템을 먼저 풀므로 "cholesky"는 Y를 쓰지
        않고, "cg"는 첫걸음을 떼는 자리로만 씁니다.

    Attributes
    ----------
    user_factors, item_factors : ndarray of float32, shape (n, k), (m, k)
        잠재 벡터 X와 Y. 학습하기 전에는 None입니다.
    user_biases, item_biases : ndarray of float32, shape (n,), (m,)
        모두 0입니다. 다른 모델과 같은 이름으로 쓰려고 둡니다.
    history_ : structured ndarray, shape (끝낸 반복의 수 + 1,)
        한 줄이 한 번의 반복입니다. 0번 줄은 시작값입니다. ``history_["loss"]``는 모든
        칸을 빠짐없이 더한 E, ``history_["seconds"]``는 fit을 시작하고 지난 시간(초)
        입니다.

    Notes
    -----
    상호작용이 없는 사용자와 아이템의 잠재 벡터는 0입니다. 잠재 벡터는 float32이고,
    시드(None이 아닌)와 자료가 같으면 스레드가 몇이든 끝자리까지 같습니다.

    사용자를 나중에 풀므로 저장한 x_u는 저장한 Y에서의 해입니다. 그래서 훈련에 쓴 행을
    `fold_in`하면 "cholesky"에서는 같은 점수가, "cg"에서는 수렴한 만큼 가까운 점수가
    나옵니다.

    implicit 패키지의 AlternatingLeastSquares는 넘긴 값에 α를 곱한 것을 그대로 c로
    씁니다. 같은 모델과 견주려면 그쪽에는 1 + αr을 넘깁니다.

    References
    ----------
    Hu, Koren, Volinsky (2008), "Collaborative Filtering for Implicit Feedback
    Datasets", ICDM: 식 (3)–(6).

    Takács, Pilászy, Tikk (2011), "Applications of the Conjugate Gradient Method for
    Implicit Feedback Collaborative Filtering", RecSys.

    Examples
    --------
    >>> from scipy import sparse
    >>> counts = sparse.csr_matrix([[5, 3, 0, 0], [4, 0, 0, 0], [0, 0, 2, 6]])
    >>> model = ImplicitALS(factors=2, regularization=0.1).fit(counts)
    >>> ids, scores = model.recommend(1, counts[1], N=1)
    >>> ids
    array([1], dtype=int32)
    """

    _REPRODUCES: ClassVar[bool] = True

    def __init__(
        self,
        factors: int = 32,
        alpha: float = 1.0,
        confidence: str = "linear",
        regularization: float = 5.0,
        iterations: int = 15,
        solver: str = "cg",
        cg_steps: int = 3,
        epsilon: float = 1.0,
        random_state: int | None = 0,
        num_threads: int = 0,
        initial: tuple[ArrayLike, ArrayLike] | None = None,
    ) -> None:
        self.factors = _checks.integer(factors, "factors", 1)
        self.alpha = _checks.positive(alpha, "alpha", 1.0)
        self.confidence = _checks.choice(confidence, "confidence", CONFIDENCES)
        self.regularization = _checks.nonnegative(regularization, "regularization", 5.0)
        self.iterations = _checks.integer(iterations, "iterations", 0)
        self.solver = _checks.choice(solver, "solver", SOLVERS)
        self.cg_steps = _checks.integer(cg_steps, "cg_steps", 1)
        self.epsilon = _checks.positive(epsilon, "epsilon", 1.0)
        self.random_state = _checks.seed(random_state)
        self.num_threads = _checks.threads(num_threads)
        self.initial = _checks.initial_factors(initial, self.factors)
        self._forget()

    def fit(
        self, user_items: Any, progress: bool = False, callback: Callback | None = None
    ) -> Self:
        """횟수 행렬로 학습합니다.

        Parameters
        ----------
        user_items : sparse matrix or array_like, shape (n_users, n_items)
            0 이상의 횟수. CSR로 주십시오. 다른 희소 형식은 경고하고 CSR로 바꿉니다.
            밀집 배열이면 0이 빈칸입니다. 같은 칸이 여러 번 나오면 더하고, 저장한 0은
            상호작용이 없는 칸으로 봅니다.
        progress : bool, default False
            진행 막대를 보입니다.
        callback : callable, optional
            반복 하나가 끝날 때마다 ``callback(iteration, seconds, loss)``로 부릅니다.
            그때 모델은 그 반복까지 학습한 상태입니다.

        Returns
        -------
        self

        Raises
        ------
        TypeError, ValueError
            자료가 잘못되었을 때. 모델은 그대로입니다.
        FloatingPointError
            손실이 유한하지 않게 되었을 때. 모델에는 마지막으로 유한했던 반복이
            남습니다. 첫 반복부터 그렇다면 모델은 그대로입니다.
        numpy.linalg.LinAlgError
            "cholesky"에서 정규 방정식의 해가 하나로 정해지지 않을 때(λ가 0이거나 아주
            작을 때). 모델에 남는 것은 위와 같습니다.

        Notes
        -----
        도중에 멈추면(KeyboardInterrupt) 마지막으로 끝낸 반복이 남습니다. 첫 반복도
        끝내지 못했으면 모델은 fit을 부르기 전 그대로입니다.
        """
        table = _checks.counts(user_items)
        weighted = self._weighted(table)
        users, items = _Side.of(weighted), _Side.of(weighted.T.tocsr())
        n_users, n_items = table.shape
        X, Y = self._start(table.shape)
        rest = np.zeros(n_users, np.float32), np.zeros(n_items, np.float32)
        seen = Seen.of(table)
        history = np.zeros(self.iterations + 1, HISTORY)
        with Workers(self.num_threads, self._scratch) as workers:
            started = time.perf_counter()
            XX, YY = _gram(workers, X), _gram(workers, Y)
            history[0] = 0, 0.0, self._loss(workers, X, Y, XX, YY, users)
            if not math.isfinite(history["loss"][0]):
                raise ValueError(
                    "시작값에서 이미 손실이 너무 커서 셀 수 없습니다. user_items, "
                    "alpha, initial에 지나치게 큰 수가 있는지 확인해 주십시오."
                )
            if not self.iterations:
                self._publish(X, Y, *rest, history, seen)
            with steps(self.iterations, progress) as numbers:
                for iteration in numbers:
                    Y = self._solve(workers, Y, X, XX, items, "아이템")
                    YY = _gram(workers, Y)
                    X = self._solve(workers, X, Y, YY, users, "사용자")
                    XX = _gram(workers, X)
                    loss = self._loss(workers, X, Y, XX, YY, users)
                    if not math.isfinite(loss):
                        raise FloatingPointError(self._overflow(iteration))
                    seconds = time.perf_counter() - started
                    history[iteration] = iteration, seconds, loss
                    self._publish(X, Y, *rest, history[: iteration + 1], seen)
                    if callback is not None:
                        callback(iteration, seconds, loss)
        return self

    def fold_in(self, user_items: Any) -> Self:
        """처음 보는 사용자의 행에서 잠재 벡터를 셈해, 그 사용자만 담은 모델을 만듭니다.

        아이템은 그대로 두고 사용자마다 정규 방정식을 촐레스키 분해로 풉니다.

        Parameters
        ----------
        user_items : sparse matrix or array_like, shape (새 사용자 수, n_items)
            `fit`과 같은 꼴의 횟수.

        Returns
        -------
        ImplicitALS
            같은 설정과 같은 아이템을 가진 새 모델. 사용자는 `user_items`의 행 번호로
            부릅니다.

        Raises
        ------
        RuntimeError
            아직 학습하지 않았을 때.
        TypeError, ValueError
            자료가 잘못되었거나 아이템의 수가 다를 때.
        numpy.linalg.LinAlgError
            정규 방정식의 해가 하나로 정해지지 않을 때.
        """
        table = self._newcomers(user_items)
        X = self._exact(table, self._fitted().Y, "사용자")
        return self._with_users(table, X, np.zeros(len(X), np.float32))

    def _fold_in_items(self, item_users: sparse.csr_array) -> Array:
        table = _checks.counts(item_users, "item_users")
        return self._exact(table, self._fitted().X, "아이템")

    def _exact(self, table: sparse.csr_array, fixed: Array, name: str) -> Array:
        """고정한 쪽 `fixed`에서 행마다의 정확한 해."""
        side = _Side.of(self._weighted(table))
        empty = np.zeros((table.shape[0], fixed.shape[1]), np.float32)
        with Workers(self.num_threads, self._scratch) as workers:
            G = _gram(workers, fixed)
            return self._cholesky(workers, empty, fixed, G, side, name)

    @np.errstate(over="ignore")  # 넘치면 시작값의 손실이 유한하지 않게 됩니다
    def _start(self, shape: tuple[int, int]) -> tuple[Array, Array]:
        """시작할 (X, Y)."""
        state = np.random.SeedSequence(self.random_state).generate_state(1, np.uint64)
        X, Y = start(shape, self.factors, self.initial, INITIAL_SCALE, state)
        return aligned(X), aligned(Y)

    def _weighted(self, table: sparse.csr_array) -> sparse.csr_array:
        """값을 w = c − 1로 바꾼 행렬."""
        extra = scaled(self.alpha, table, self.confidence, self.epsilon)
        return sparse.csr_array((extra, table.indices, table.indptr), table.shape)

    def _solve(
        self, workers: _Crew, X: Array, Y: Array, G: Array, side: _Side, name: str
    ) -> Array:
        """Y를 고정하고 모든 행을 푼 새 X. 받은 X는 바꾸지 않습니다."""
        if self.solver == "cholesky":
            return self._cholesky(workers, X, Y, G, side, name)
        after = aligned(X)
        with np.errstate(over="ignore"):  # 넘치면 손실이 유한하지 않게 됩니다
            single = aligned(G.astype(np.float32))
            penalty = np.float32(self.regularization)

        def work(start: int, stop: int, own: _Scratch) -> None:
            als.solve_cg(
                *(after, Y, single, *side, penalty, self.cg_steps),
                *(start, stop, own.vectors, own.scores, own.scaled),
            )

        workers.map(work, blocks(len(after)))
        return after

    def _cholesky(
        self, workers: _Crew, X: Array, Y: Array, G: Array, side: _Side, name: str
    ) -> Array:
        after = aligned(X)

        def work(start: int, stop: int, own: _Scratch) -> int:
            return als.solve_cholesky(
                *(after, Y, G, *side, self.regularization, self.factors),
                *(start, stop, own.matrices, own.exact),
            )

        for row in workers.map(work, blocks(len(after))):
            if row >= 0:
                raise np.linalg.LinAlgError(
                    f"regularization: {self.regularization:g}이면 {name} {row:,}번의 "
                    "정규 방정식의 해가 하나로 정해지지 않습니다. regularization을 "
                    "늘리거나 factors를 줄여 주십시오."
                )
        return after

    @np.errstate(over="ignore", invalid="ignore")
    def _loss(
        self, workers: _Crew, X: Array, Y: Array, XX: Array, YY: Array, users: _Side
    ) -> float:
        """모든 칸을 더한 손실 E. 세지 못하면 무한대나 NaN입니다."""

        def work(start: int, stop: int, own: _Scratch) -> float:
            return als.loss(X, Y, *users, start, stop, own.scores, own.sums)

        stored = sum(workers.map(work, blocks(len(X))))
        penalty = self.regularization * (np.trace(XX) + np.trace(YY))
        return float(stored + (XX * YY).sum() + penalty)

    def _scratch(self) -> _Scratch:
        K = padded(self.factors)
        tile = padded(max(1, _TILE // (4 * K)))
        return _Scratch(
            vectors=aligned(np.zeros((3, K), np.float32)),
            scores=aligned(np.zeros(tile, np.float32)),
            scaled=aligned(np.zeros(tile, np.float32)),
            sums=aligned(np.zeros(tile)),
            rows=aligned(np.zeros((tile // 2, K))),
            columns=aligned(np.zeros((PADDING, tile // 2))),
            exact=aligned(np.zeros((3, K))),
            matrices=aligned(np.zeros((2, K, K))),
        )

    def _overflow(self, iteration: int) -> str:
        return (
            f"{iteration:,}번째 반복에서 손실이 유한한 수가 아닙니다. 횟수나 "
            f"alpha={self.alpha:g}이(가) 너무 커서 셈이 넘쳤습니다. "
            f"alpha={self.alpha / 10:g}처럼 줄여 다시 해 보십시오."
        )


def _gram(workers: _Crew, Y: Array) -> Array:
    """YᵀY (K, K), float64."""
    K = Y.shape[1]
    G = np.empty((K, K))

    def work(start: int, stop: int, own: _Scratch) -> None:
        als.gram(Y, start, stop, own.rows, own.columns, G)

    workers.map(work, blocks(K, PADDING))
    return G
