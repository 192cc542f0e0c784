"""로지스틱 행렬 분해: `LogisticMF`."""

import math
import time
import warnings
from contextlib import ExitStack
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from recbook import _checks
from recbook.kernels import lmf
from recbook.kernels.primitives import next_uint64, padded
from recbook.models._base import (
    HISTORY,
    Callback,
    FactorModel,
    Seen,
    aligned,
    growth,
    pad,
    scaled,
    start,
    steps,
)
from recbook.models._threads import Workers, blocks

__all__ = ["LogisticMF"]

Array = NDArray[Any]

CONFIDENCES = ("linear", "log")
ENGINES = ("auto", "portable", "blas")
SAMPLINGS = ("uniform", "popularity")
INITIAL_SCALE = 0.1
# engine="auto"는 칸과 요인이 모두 이만큼 많으면 "blas"를 씁니다. 요인이 적으면 행렬
# 곱이 차지하는 몫이 작아 "portable"이 더 빠릅니다.
_BLAS_CELLS = 10_000_000
_BLAS_FACTORS = 48
# "blas"가 행렬 곱 한 번에 보는 열의 수. 점수 조각이 L2 캐시에 듭니다.
_COLUMNS = 1024
# 폴드인: 기울기가 이 비율(신뢰도의 합에 견주어)보다 작으면 멈춥니다. 한 걸음에 점수는
# _REACH까지만 움직입니다.
_TOLERANCE = 1e-8
_NEWTON_STEPS = 200
_REACH = 4.0


class _Side(NamedTuple):
    """고칠 쪽의 행에서 본 자료."""

    number: int  # 0은 사용자, 1은 아이템
    indptr: Array
    indices: Array
    confidence: Array
    weights: Array  # 음성 예시로 열이 뽑힐 확률의 비

    @property
    def csr(self) -> tuple[Array, Array, Array]:
        return self.indptr, self.indices, self.confidence


class _Half(NamedTuple):
    """한쪽의 매개변수와 AdaGrad의 누적. 고칠 때는 새로 만듭니다."""

    factors: Array
    biases: Array
    factor_squares: Array
    bias_squares: Array


class _Gradient(NamedTuple):
    factors: Array
    biases: Array
    log_likelihood: float


class LogisticMF(FactorModel):
    """로지스틱 행렬 분해(LMF). Johnson(2014)의 모델입니다.

    사용자 u가 아이템 i를 좋아할 확률을 점수의 로지스틱 함수로 두고, 다음 로그 사후
    확률을 최대로 만듭니다. 합은 빈칸까지 모든 칸에서 합니다.

        s_ui = x_u·y_i + β_u + β_i,     p(l_ui) = 1 / (1 + e^(−s_ui))

        log p = Σ_{u,i} [ c_ui s_ui − (1 + c_ui) log(1 + e^s_ui) ]
                − λ/2 Σ_u ‖x_u‖² − λ/2 Σ_i ‖y_i‖²

    신뢰도 c_ui는 횟수 r_ui에서 만들며 빈칸에서 0입니다. 편향에는 규제가 없습니다.

        c_ui = α r_ui                     confidence="linear"
        c_ui = α log(1 + r_ui / ε)        confidence="log"

    기울기는 e_ui = c_ui − (1 + c_ui) σ(s_ui)일 때 ∂/∂x_u = Σ_i e_ui y_i − λ x_u,
    ∂/∂β_u = Σ_i e_ui이고 아이템도 같습니다. 반복마다 사용자를 먼저, 아이템을 다음에
    AdaGrad로 한 걸음씩 올립니다: G ← G + g², x ← x + γ g / √G.

    Parameters
    ----------
    factors : int, default 32
        잠재 요인의 수 f.
    alpha : float or "balanced", default 1.0
        α. "balanced"면 빈칸의 수 ÷ Σ r(로그 꼴이면 Σ log(1 + r/ε))로 정해 신뢰도의
        합과 빈칸의 수를 맞춥니다. 실제로 쓴 값은 `alpha_`입니다.
    confidence : {"linear", "log"}, default "linear"
    regularization : float, default 2.0
        λ. 모든 칸을 더한 값에 견주어 재므로 자료가 크고 요인이 많을수록 크게 잡습니다.
        상호작용이 수만 건이 넘고 요인이 여럿이면 20~100쯤이 알맞을 때가 많습니다.
    learning_rate : float, default 0.5
        γ. 첫 걸음에 모든 칸이 정확히 ±γ만큼 움직입니다.
    iterations : int, default 30
        되풀이하는 횟수. 0이면 시작값에 머무릅니다.
    negatives : float, optional
        None이면 모든 칸을 봅니다. 수면 빈칸을 다 보지 않고, 행렬 전체로 보아 저장한 칸
        하나에 평균 이만큼만 뽑아 봅니다(네거티브 샘플링). 1보다 작아도 됩니다. 행마다
        뽑는 수는 그 행의 빈칸에 비례하고, 저장한 칸의 수에는 비례하지 않습니다.
    engine : {"auto", "portable", "blas"}, default "auto"
        모든 칸을 볼 때 행렬 곱을 하는 법. "portable"은 어느 기계, 몇 스레드에서나
        마지막 비트까지 같습니다. "blas"는 행렬 곱만 BLAS에 맡기며, 끝자리가 기계마다
        다를 수 있습니다. "auto"는 칸의 수와 요인의 수만 보고 고릅니다.
    random_state : int or None, default 0
        시작값과 음성 예시를 정하는 난수 시드. None이면 fit마다 다릅니다.
    num_threads : int, default 0
        스레드의 수. 0이면 쓸 수 있는 처리기를 모두 씁니다. 결과는 달라지지 않습니다.
    epsilon : float, default 1.0
        로그 꼴의 ε.
    sampling : {"uniform", "popularity"}, default "uniform"
        음성 예시를 고르게 뽑을지, 저장한 칸의 목록에서 뽑을지(인기도에 비례).
    exclude_positives : bool, default True
        그 행에 저장한 칸이 음성 예시로 나오면 버리고 다시 뽑을지. 아니면 빈칸 대신 모든
        칸에서 뽑습니다.
    biases : bool, default True
        편향을 배울지. 아니면 0에 둡니다.
    initial : (array_like, array_like), optional
        시작할 (X, Y). 없으면 [−0.1, 0.1)에서 고르게 뽑습니다. 편향은 0에서 시작합니다.

    Attributes
    ----------
    user_factors, item_factors : ndarray of float32, shape (n, f), (m, f)
    user_biases, item_biases : ndarray of float32, shape (n,), (m,)
        학습하기 전에는 None입니다.
    alpha_, share_ : float
        실제로 쓴 α와, 빈칸 가운데 뽑아 본 비율 ρ. 네거티브 샘플링이면 α는 준 것의
        ρ배입니다. 모든 칸을 보면 ρ = 1입니다. 학습하기 전에는 None입니다.
    history_ : structured ndarray, shape (끝낸 반복의 수 + 1,)
        0번 줄은 시작값입니다. ``history_["loss"]``는 **−log p**라서 작을수록 좋습니다.
        네거티브 샘플링이면 그때 뽑은 칸으로 셈한 추정값이라 오르내립니다.

    Notes
    -----
    확률의 최적값은 칸마다 c / (1 + c)입니다. 실제로 좋아할 확률이 아니라 α에 따라
    달라지는 값이므로 순서만 씁니다.

    네거티브 샘플링은 행마다 풀(뽑을 수 있는 칸)의 ρ배를 뽑습니다. 풀은 빈칸이고,
    `exclude_positives`가 False면 모든 칸입니다. 비율 ρ는 행렬 전체에 하나이고 1을 넘을
    수 있습니다.

        ρ = negatives × 저장한 칸의 수 ÷ 행렬 전체의 풀의 크기

    빈칸이 ρ배로 줄어드니 α와 λ도 ρ배로 줄입니다. 고르게 뽑으면 기울기의 기댓값이 모든
    칸을 볼 때의 꼭 ρ배이고, AdaGrad의 걸음은 기울기에 같은 수를 곱해도 그대로입니다.
    그래서 α, λ, γ는 모든 칸을 볼 때의 값을 그대로 쓰면 됩니다. ``history_["loss"]``는
    표본의 로그 가능도를 ρ로 나누어 셈한 것으로, −log p의 치우침 없는 추정입니다.

    저장한 칸의 수에 비례해 행마다 달리 뽑지 않는 까닭이 있습니다. 빈칸의 수는 어느
    행이나 비슷합니다. 인기 있는 아이템의 행에서 더 많이 뽑으면 그 아이템의 편향이 눌려,
    순위에서 인기도가 지워집니다. 인기도대로 뽑으면(``sampling="popularity"``) 행마다
    뽑는 수는 같아도 인기 있는 쪽에 몰립니다. 그때는 기울기도 손실도 모든 칸의 것을
    추정하지 않습니다.

    상호작용이 없는 행은 규제를 받아 x가 0으로, 빈칸만 있으므로 β가 −∞ 쪽으로 갑니다.

    저장한 벡터는 몇 걸음 올라간 것이지 그 행의 최적해가 아닙니다. 그래서
    ``recommend(recalculate_user=True)``는 NotImplementedError입니다. 새로 온 사람은
    ``model.fold_in(rows).recommend(...)``로 추천합니다.

    References
    ----------
    Johnson (2014), "Logistic Matrix Factorization for Implicit Feedback Data", NIPS
    Workshop on Distributed Machine Learning and Matrix Computations.

    Examples
    --------
    >>> from scipy import sparse
    >>> counts = sparse.csr_matrix([[5, 3, 0, 0], [4, 0, 0, 0], [0, 0, 2, 6]])
    >>> model = LogisticMF(factors=2, regularization=0.1).fit(counts)
    >>> ids, scores = model.recommend(1, counts[1], N=1)
    >>> ids
    array([1], dtype=int32)
    """

    _LEARNED: ClassVar[tuple[str, ...]] = (
        *FactorModel._LEARNED,
        *("alpha_", "share_", "_odds"),
    )

    alpha_: float | None
    share_: float | None
    # 음성 예시 하나가 아이템마다 뽑힐 확률(폴드인에 씁니다)
    _odds: Array | None

    def __init__(
        self,
        factors: int = 32,
        alpha: float | str = 1.0,
        confidence: str = "linear",
        regularization: float = 2.0,
        learning_rate: float = 0.5,
        iterations: int = 30,
        negatives: float | None = None,
        engine: str = "auto",
        random_state: int | None = 0,
        num_threads: int = 0,
        *,
        epsilon: float = 1.0,
        sampling: str = "uniform",
        exclude_positives: bool = True,
        biases: bool = True,
        initial: tuple[ArrayLike, ArrayLike] | None = None,
    ) -> None:
        self.factors = _checks.integer(factors, "factors", 1)
        self.alpha = _alpha(alpha)
        self.confidence = _checks.choice(confidence, "confidence", CONFIDENCES)
        self.regularization = _checks.nonnegative(regularization, "regularization", 2.0)
        self.learning_rate = _checks.positive(learning_rate, "learning_rate", 0.5)
        self.iterations = _checks.integer(iterations, "iterations", 0)
        self.negatives = (
            None if negatives is None else _checks.positive(negatives, "negatives", 5)
        )
        self.engine = _checks.choice(engine, "engine", ENGINES)
        self.random_state = _checks.seed(random_state)
        self.num_threads = _checks.threads(num_threads)
        self.epsilon = _checks.positive(epsilon, "epsilon", 1.0)
        self.sampling = _checks.choice(sampling, "sampling", SAMPLINGS)
        self.exclude_positives = _checks.boolean(exclude_positives, "exclude_positives")
        self.biases = _checks.boolean(biases, "biases")
        self.initial = _checks.initial_factors(initial, self.factors)
        self._forget()

    def fit(
        self, user_items: Any, progress: bool = False, callback: Callback | None = None
    ) -> Self:
        """학습합니다.

        Parameters
        ----------
        user_items : sparse matrix or array_like, shape (n_users, n_items)
            횟수 r_ui ≥ 0. CSR이 아닌 희소 형식은 경고하고 바꿉니다. 0은 빈칸입니다.
        progress : bool, default False
            진행 막대를 보입니다.
        callback : callable, optional
            반복 하나가 끝날 때마다 ``callback(iteration, seconds, loss)``로 부릅니다.
            loss는 −log p입니다. 그때 모델은 그 반복까지 학습한 상태입니다.

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

        Notes
        -----
        반복을 끝내며 손실을 잴 때 다음 반복에 쓸 사용자의 기울기도 함께 셈합니다.
        그래서 모든 칸을 보는 일은 반복마다 두 번입니다.

        도중에 멈추면(KeyboardInterrupt) 마지막으로 끝낸 반복이 남습니다.
        """
        table = _checks.counts(user_items)
        share = self._share(table)
        alpha = share * self._given_alpha(table)
        by_user, by_item = self._sides(table, alpha)
        state = np.random.SeedSequence(self.random_state).generate_state(1, np.uint64)
        users, items = self._start(table.shape, state)
        seen = Seen.of(table)
        more: dict[str, Any] = {
            "alpha_": alpha,
            "share_": share,
            "_odds": by_user.weights / by_user.weights.sum(),
        }
        history = np.zeros(self.iterations + 1, HISTORY)
        started = time.perf_counter()

        def publish(iteration: int) -> None:
            self._publish(
                pad(users.factors, np.float32),
                pad(items.factors, np.float32),
                users.biases,
                items.biases,
                history[: iteration + 1],
                seen,
                **more,
            )

        with (
            _Ascent(self, table.shape, share, state) as ascent,
            steps(self.iterations, progress) as numbers,
        ):
            gradient = ascent.gradient(by_user, users, items)
            loss = self._loss(gradient, users, items)
            history[0] = 0, 0.0, loss
            if not math.isfinite(loss):
                raise ValueError(
                    "시작값에서 이미 손실이 너무 커서 셀 수 없습니다. user_items와 "
                    "initial에 지나치게 큰 수가 있는지 확인해 주십시오."
                )
            if not self.iterations:
                publish(0)
            for iteration in numbers:
                users = self._climb(users, gradient)
                items = self._climb(items, ascent.gradient(by_item, items, users))
                gradient = ascent.gradient(by_user, users, items)
                loss = self._loss(gradient, users, items)
                if not math.isfinite(loss):
                    last = history["loss"][iteration - 1]
                    raise FloatingPointError(self._divergence(iteration, last))
                seconds = time.perf_counter() - started
                history[iteration] = iteration, seconds, loss
                publish(iteration)
                if callback is not None:
                    callback(iteration, seconds, loss)
        return self

    def fold_in(self, user_items: Any) -> Self:
        """처음 보는 사용자의 행에서 벡터를 셈해, 그 사용자만 담은 모델을 만듭니다.

        아이템을 고정하면 로그 사후 확률은 (x_u, β_u)에 대해 오목합니다. 사용자마다 모든
        칸을 보고 뉴턴 방법(걸음을 줄여 가며)으로 그 최댓값(MAP)을 찾습니다. 고르게 뽑아
        학습했어도 같습니다. 인기도대로 뽑아 학습했다면 빈칸의 무게의 합은 그대로이되
        인기도에 비례해 나뉩니다.

        상호작용이 없는 행은 β_u가 −∞로 가므로 최댓값이 없습니다. x_u는 0, β_u는 학습한
        사용자의 가장 작은 편향으로 둡니다. 순위에는 β_u가 쓰이지 않습니다.

        Parameters
        ----------
        user_items : sparse matrix or array_like, shape (새 사용자 수, n_items)
            `fit`과 같은 꼴의 횟수.

        Returns
        -------
        LogisticMF
            같은 설정과 같은 아이템을 가진 새 모델. 사용자 번호는 행의 번호입니다.

        Raises
        ------
        RuntimeError
            아직 학습하지 않았을 때.
        TypeError, ValueError
            자료가 잘못되었거나 아이템의 수가 다를 때.
        """
        table = self._newcomers(user_items)
        assert self.alpha_ is not None
        assert self.share_ is not None
        table.data = self._confidence(table, self.alpha_ / self.share_)
        X = np.zeros((table.shape[0], padded(self.factors)), np.float32)
        b_u = np.zeros(len(X), np.float32)
        listeners = _NewListeners(self)
        for u in range(len(X)):
            cells = slice(table.indptr[u], table.indptr[u + 1])
            x, b_u[u] = listeners.vector(table.indices[cells], table.data[cells])
            X[u, : self.factors] = x
        return self._with_users(table, X, b_u)

    def _share(self, table: sparse.csr_array) -> float:
        """뽑을 수 있는 칸 가운데 뽑는 비율의 기댓값 ρ. 모든 칸을 보면 1입니다."""
        pool = table.shape[0] * table.shape[1]
        if self.exclude_positives:
            pool -= table.nnz
        if self.negatives is None or not pool:
            return 1.0
        # 저장한 칸이 하나도 없어도 빈칸은 보아야 하므로 한 칸이 있는 셈 칩니다.
        return self.negatives * max(table.nnz, 1) / pool

    def _given_alpha(self, table: sparse.csr_array) -> float:
        """모든 칸을 볼 때의 α."""
        empty = table.shape[0] * table.shape[1] - table.nnz
        if self.alpha != "balanced":
            return float(self.alpha)
        if empty and table.nnz:
            return empty / float(growth(table, self.confidence, self.epsilon).sum())
        missing = "빈칸이" if table.nnz else "0보다 큰 칸이"
        raise ValueError(
            f'alpha: {missing} 없어 "balanced"로 균형을 맞출 수 없습니다. '
            "alpha=1.0처럼 수를 주십시오."
        )

    def _confidence(self, table: sparse.csr_array, alpha: float) -> Array:
        """저장한 칸의 c_ui."""
        return scaled(alpha, table, self.confidence, self.epsilon)

    def _sides(self, table: sparse.csr_array, alpha: float) -> tuple[_Side, _Side]:
        weighted = sparse.csr_array(
            (self._confidence(table, alpha), table.indices, table.indptr),
            shape=table.shape,
        )
        return self._side(0, weighted), self._side(1, weighted.T.tocsr())

    def _side(self, number: int, table: sparse.csr_array) -> _Side:
        table.sort_indices()  # 커널은 열의 순서대로 따라갑니다
        n_columns = table.shape[1]
        weights = np.ones(n_columns, np.int32)
        if self.sampling == "popularity" and table.nnz:
            counts = np.bincount(table.indices, minlength=n_columns)
            weights = counts.astype(np.int32)
        return _Side(number, table.indptr, table.indices, table.data, weights)

    @np.errstate(over="ignore")  # 넘치면 시작값의 손실이 유한하지 않게 됩니다
    def _start(self, shape: tuple[int, int], state: Array) -> tuple[_Half, _Half]:
        """시작값. 편향과 누적은 0입니다.

        `dot`을 쓰는 표본 기울기만 너비를 16의 배수로 맞춥니다.
        """
        width = self.factors if self.negatives is None else padded(self.factors)
        first, second = (
            _Half(
                aligned(factors[:, :width]),
                np.zeros(len(factors), np.float32),
                np.zeros((len(factors), width), np.float32),
                np.zeros(len(factors), np.float32),
            )
            for factors in start(
                shape, self.factors, self.initial, INITIAL_SCALE, state
            )
        )
        return first, second

    def _climb(self, before: _Half, gradient: _Gradient) -> _Half:
        """AdaGrad 한 걸음 뒤의 한쪽. `before`는 바꾸지 않습니다."""
        after = _Half(*map(aligned, before))
        pairs = [(after.factors, gradient.factors, after.factor_squares)]
        if self.biases:
            pairs.append((after.biases, gradient.biases, after.bias_squares))
        for parts in pairs:
            lmf.adagrad(*(part.reshape(-1) for part in parts), self.learning_rate)
        return after

    def _loss(self, gradient: _Gradient, users: _Half, items: _Half) -> float:
        """−log p."""
        prior = sum(
            lmf.log_prior(half.factors, self.regularization) for half in (users, items)
        )
        return float(-(gradient.log_likelihood + prior))

    def _divergence(self, iteration: int, last: float) -> str:
        return (
            f"학습이 발산했습니다: {iteration:,}번째 반복에서 손실이 유한한 수가 "
            f"아닙니다(바로 앞의 손실 {last:.3g}). "
            f"학습률 learning_rate={self.learning_rate:g}의 걸음이 너무 큽니다. "
            f"learning_rate={self.learning_rate / 10:g}처럼 줄여 다시 해 보십시오."
        )

    def _validate(self, learned: dict[str, Array]) -> None:
        super()._validate(learned)
        if "_odds" not in learned:
            return
        odds, alpha, share = (learned[name] for name in ("_odds", "alpha_", "share_"))
        if odds.shape != (len(learned["_Y"]),) or odds.dtype != np.float64:
            raise ValueError("_odds의 모양이나 형이 다릅니다")
        if not (np.isfinite(odds).all() and (odds >= 0).all() and odds.any()):
            raise ValueError("_odds가 확률의 비가 아닙니다")
        for name, number in (("alpha_", alpha), ("share_", share)):
            if number.shape != () or not 0 < number < np.inf:
                raise ValueError(f"{name}가 0보다 큰 유한한 수가 아닙니다")


class _Ascent:
    """기울기를 셈하는 법: 모든 칸(portable, blas)이나 표본. ``with``로 엽니다."""

    def __init__(
        self, model: LogisticMF, shape: tuple[int, int], share: float, state: Array
    ) -> None:
        self.model = model
        self.shape = shape
        self.share = share
        self.state = state
        large = shape[0] * shape[1] >= _BLAS_CELLS and model.factors >= _BLAS_FACTORS
        self.blas = model.engine == "blas" or (model.engine == "auto" and large)
        self._open = ExitStack()

    def __enter__(self) -> "_Ascent":
        if self.model.negatives is not None:
            scratch = self._sampled_scratch
        elif self.blas:
            # 스레드는 행을 나누는 쪽에서 씁니다. BLAS까지 스레드를 쓰면 서로 막습니다.
            from threadpoolctl import threadpool_limits

            self._open.enter_context(threadpool_limits(1, user_api="blas"))
            scratch = self._blas_scratch
        else:
            scratch = self._portable_scratch
        workers: Workers[Any] = Workers(self.model.num_threads, scratch)
        self.workers = self._open.enter_context(workers)
        return self

    def __exit__(self, *error: Any) -> None:
        self._open.__exit__(*error)

    def gradient(self, side: _Side, mine: _Half, other: _Half) -> _Gradient:
        """`mine`의 기울기와 로그 가능도. 매개변수는 바꾸지 않습니다.

        표본이면 기울기는 ρ배의 추정이고, 로그 가능도는 ρ로 나눈 것입니다.
        """
        out = np.empty_like(mine.factors), np.empty_like(mine.biases)
        if self.model.negatives is not None:
            work = self._sampled(side, mine, other, out)
        elif self.blas:
            work = self._blas(side, mine, other, out)
        else:
            work = self._portable(side, mine, other, out)
        parts = self.workers.map(work, blocks(len(mine.factors), lmf.ROWS))
        return _Gradient(*out, math.fsum(parts) / self.share)

    def _portable(self, side: _Side, mine: _Half, other: _Half, out: Any) -> Any:
        parameters = *mine[:2], *other[:2], *side.csr, self.model.regularization

        def work(start: int, stop: int, scratch: Any) -> float:
            return lmf.gradient(*parameters, start, stop, *out, *scratch)

        return work

    def _blas(self, side: _Side, mine: _Half, other: _Half, out: Any) -> Any:
        X, b_u = mine[:2]
        Y, b_i = other[:2]
        grad_X, grad_b = out
        penalty = self.model.regularization

        @np.errstate(all="ignore")  # 커널처럼: 넘친 것은 손실에서 걸립니다
        def work(start: int, stop: int, scratch: Any) -> float:
            buffer, part, *rest = scratch
            cursors = rest[-1]
            size, total = stop - start, 0.0
            cursors[:size] = side.indptr[start:stop]
            grad_X[start:stop] = -np.float32(penalty) * X[start:stop]
            grad_b[start:stop] = 0
            for first in range(0, len(Y), _COLUMNS):
                columns = Y[first : first + _COLUMNS]
                e = buffer[: size * len(columns)].reshape(size, -1)
                np.matmul(X[start:stop], columns.T, out=e)
                total += lmf.residuals(
                    e, first, b_u, b_i, *side.csr, start, stop, *rest
                )
                grad_X[start:stop] += np.matmul(e, columns, out=part[:size])
                grad_b[start:stop] += e.sum(axis=1)
            return total

        return work

    def _sampled(self, side: _Side, mine: _Half, other: _Half, out: Any) -> Any:
        model = self.model
        parameters = (
            *(*mine[:2], *other[:2], *side.csr, self.share * model.regularization),
            *(self.share, side.weights),
            *(model.sampling == "popularity", model.exclude_positives),
            np.uint64(next_uint64(self.state)),
        )

        def work(start: int, stop: int, scratch: Any) -> float:
            stamps, *rest = scratch
            return lmf.sampled_gradient(
                *parameters, start, stop, *out, stamps[side.number], *rest
            )

        return work

    def _portable_scratch(self) -> tuple[Array, ...]:
        tile = np.empty((self.model.factors, lmf.TILE), np.float32)
        return tile, *self._lines()

    def _blas_scratch(self) -> tuple[Array, ...]:
        buffer = np.empty(lmf.ROWS * _COLUMNS, np.float32)
        part = np.empty((lmf.ROWS, self.model.factors), np.float32)
        return buffer, part, *self._lines()

    def _lines(self) -> tuple[Array, ...]:
        return (
            aligned(np.empty((4, lmf.TILE), np.float32)),
            np.empty(lmf.TILE),
            np.empty(lmf.ROWS, np.int32),
        )

    def _sampled_scratch(self) -> tuple[Any, ...]:
        n_users, n_items = self.shape
        return (
            # 쪽마다 따로: 같은 행 번호의 표가 섞이지 않습니다
            (np.full(n_items, -1, np.int32), np.full(n_users, -1, np.int32)),
            np.empty(lmf.CHUNK, np.int32),
            aligned(np.empty((5, lmf.CHUNK), np.float32)),
            np.empty(lmf.CHUNK),
            np.empty(1, np.uint64),
        )


class _NewListeners:
    """폴드인: 아이템을 고정하고 새 사용자의 (x, β)를 찾습니다. 모두 float64입니다.

        F(θ) = Σ_i [ c_i s_i − v_i log(1 + e^s_i) ] − λ/2 ‖x‖²,     s = Zθ + β_item

    Z는 아이템의 벡터에 (편향을 배운다면) 1을 한 열 붙인 것이고 θ = (x, β)입니다. v_i는
    c_i에 음성 예시의 무게를 더한 것입니다. 모든 칸을 보았거나 고르게 뽑았다면 그 무게는
    1입니다.
    """

    def __init__(self, model: LogisticMF) -> None:
        assert model.item_factors is not None
        assert model._b_u is not None
        assert model._b_i is not None
        assert model._odds is not None
        Y = model.item_factors.astype(np.float64)
        self.model = model
        self.Z = np.column_stack([Y, np.ones(len(Y))]) if model.biases else Y
        self.offset = model._b_i.astype(np.float64)
        self.lowest = float(model._b_u.min())
        self.odds = model._odds
        self.ridge = np.zeros(self.Z.shape[1])
        self.ridge[: model.factors] = model.regularization

    def vector(self, liked: Array, confidence: Array) -> tuple[Array, float]:
        """(x, β)."""
        factors = self.model.factors
        if self.model.biases and not confidence.any():
            return np.zeros(factors), self.lowest
        c = np.zeros(len(self.Z))
        c[liked] = confidence
        theta = self._newton(c, c + self._negatives(liked))
        return theta[:factors], float(theta[factors]) if self.model.biases else 0.0

    def _negatives(self, liked: Array) -> Array:
        """칸마다 음성 예시의 무게: 뽑히는 횟수의 기댓값을 ρ로 나눈 것."""
        if self.model.negatives is None:
            return np.ones(len(self.Z))
        odds = self.odds.copy()
        if not self.model.exclude_positives:
            return odds * (len(odds) / odds.sum())
        odds[liked] = 0
        total = odds.sum()
        result = odds * ((len(odds) - len(liked)) / total) if total else odds
        result[liked] = 1
        return result

    def _objective(self, theta: Array, c: Array, v: Array) -> float:
        s = self.Z @ theta + self.offset
        return float(
            c @ s - v @ np.logaddexp(0, s) - 0.5 * (self.ridge * theta**2).sum()
        )

    def _newton(self, c: Array, v: Array) -> Array:
        theta = np.zeros(self.Z.shape[1])
        for _ in range(_NEWTON_STEPS):
            s = self.Z @ theta + self.offset
            p = np.exp(-np.logaddexp(0, -s))
            slope = self.Z.T @ (c - v * p) - self.ridge * theta
            if np.abs(slope).max() <= _TOLERANCE * (1 + c.sum()):
                return theta
            curve = (self.Z * (v * p * (1 - p))[:, None]).T @ self.Z
            curve += np.diag(self.ridge)
            # 규제가 0이면 특이 행렬일 수 있습니다. 걸음의 방향만 조금 바뀝니다.
            curve += np.eye(len(theta)) * (1e-12 * (1 + np.trace(curve)))
            theta = self._shorten(theta, np.linalg.solve(curve, slope), slope, c, v)
        warnings.warn(
            "fold_in: 뉴턴 방법이 다 수렴하지 못했습니다. regularization이 0에 "
            "가까우면 최댓값이 없을 수 있습니다. 더 크게 잡아 다시 학습해 주십시오.",
            stacklevel=4,
        )
        return theta

    def _shorten(
        self, theta: Array, step: Array, slope: Array, c: Array, v: Array
    ) -> Array:
        """걸음을 줄여 간 자리: 점수의 변화를 묶고, 목적 함수가 커질 때까지 반으로.

        로지스틱 함수는 점수가 1쯤 움직이면 굽은 정도가 달라지므로, 평평한 곳에서 나온
        큰 걸음은 믿지 않습니다. 견줄 때는 반올림 오차만큼 봐줍니다.
        """
        now, promised = self._objective(theta, c, v), float(slope @ step)
        slack = 1e-12 * (1 + abs(now))
        length = min(1.0, _REACH / np.abs(self.Z @ step).max())
        while self._objective(theta + length * step, c, v) < (
            now + 1e-4 * length * promised - slack
        ):
            length /= 2
        return theta + length * step


def _alpha(value: Any) -> float | str:
    if isinstance(value, str):
        if value != "balanced":
            raise ValueError(
                f'alpha: {value!r}은(는) 쓸 수 없습니다. 0보다 큰 수나 "balanced"를 '
                "주십시오."
            )
        return value
    return _checks.positive(value, "alpha", 1.0)
