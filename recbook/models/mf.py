"""명시적 평점의 행렬 분해: `RegularizedMF`."""

import math
import time
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from recbook import _checks
from recbook.kernels import mf, primitives
from recbook.models._base import HISTORY as BASE_HISTORY
from recbook.models._base import Callback, FactorModel, Seen, start, steps

__all__ = ["RegularizedMF"]

Array = NDArray[Any]

SOLVERS = ("sgd", "gradient")
INITIAL_SCALE = 0.1
HISTORY = np.dtype([*BASE_HISTORY.descr, ("mse", np.float64)])


class _Entries(NamedTuple):
    """관측한 칸. 행 순서, 행 안에서는 열 순서입니다."""

    users: Array
    items: Array
    values: Array


class _Parameters(NamedTuple):
    """배우는 것."""

    X: Array
    Y: Array
    b_u: Array
    b_i: Array


class RegularizedMF(FactorModel):
    """관측한 칸만 맞추는 행렬 분해.

    모델은 다음과 같습니다. 편향을 쓰지 않으면 μ, b_u, b_i는 0입니다.

        r̂_ui = μ + b_u + b_i + x_u·y_i

    ``solver="gradient"``는 전체 기울기로 다음 손실을 줄입니다.

        E = Σ_Ω (r_ui − r̂_ui)² + λ_user Σ_u (‖x_u‖² + b_u²)
                               + λ_item Σ_i (‖y_i‖² + b_i²)

    ``solver="sgd"``는 한 칸씩 보는 확률적 경사 하강법입니다. 규제도 칸마다 붙으므로
    줄이는 손실이 다릅니다. 사용자 u의 λ가 그의 평점 수 |Ω_u|배가 된다고 보면 됩니다.

        E' = Σ_Ω [ (r_ui − r̂_ui)² + λ_user (‖x_u‖² + b_u²)
                                  + λ_item (‖y_i‖² + b_i²) ]

    Parameters
    ----------
    factors : int, default 2
        잠재 요인의 수 k. 1 이상입니다.
    regularization : float or (float, float), default 0.0
        λ. 수 하나면 양쪽에 같이 쓰고, 쌍이면 (λ_user, λ_item)입니다.
    learning_rate : float, default 0.005
        학습률 γ. 손실에 ½이 없으므로 한 걸음은 γ·2(e y + λx)입니다. 전체 기울기는 칸을
        모두 더한 값이라, 자료가 클수록 γ를 작게 잡아야 합니다.
    iterations : int, default 100
        되풀이하는 횟수. SGD에서는 에폭의 수입니다. 0이면 시작값에 머무릅니다.
    biases : bool, default False
        μ(관측한 값의 평균), b_u, b_i를 쓸지. μ는 배우지 않고, 편향은 0에서 시작합니다.
    solver : {"sgd", "gradient"}, default "sgd"
    initial : (array_like, array_like), optional
        시작할 (X, Y). 모양은 (n_users, factors)와 (n_items, factors)이며 복사해서
        씁니다. 없으면 [−0.1, 0.1)에서 고르게 뽑습니다.
    random_state : int or None, default 0
        시작값과 SGD의 순서를 정하는 난수 시드. None이면 fit마다 다릅니다.

    Attributes
    ----------
    user_factors, item_factors : ndarray of float64, shape (n, k), (m, k)
        잠재 벡터 X와 Y. 학습하기 전에는 None입니다.
    user_biases, item_biases : ndarray of float64, shape (n,), (m,)
        편향. ``biases=False``이면 모두 0입니다.
    mean_ : float
        μ.
    history_ : structured ndarray, shape (끝낸 반복의 수 + 1,)
        한 줄이 한 번의 반복입니다. 0번 줄은 시작값입니다. ``history_["loss"]``는 줄이고
        있는 손실(E 또는 E'), ``history_["mse"]``는 관측한 칸의 평균 제곱 오차,
        ``history_["seconds"]``는 fit을 시작하고 지난 시간(초)입니다.

    Notes
    -----
    계산은 모두 float64입니다. 같은 기계에서 시드(None이 아닌)와 자료가 같으면 잠재
    벡터는 끝자리까지 같습니다.
    평점이 없는 사용자의 잠재 벡터는 규제만 받습니다(SGD에서는 시작값 그대로입니다).

    References
    ----------
    Koren, Bell, Volinsky (2009), "Matrix Factorization Techniques for Recommender
    Systems", Computer 42(8).

    Examples
    --------
    >>> import numpy as np
    >>> model = RegularizedMF(factors=1, learning_rate=0.05, iterations=500)
    >>> model.fit(np.array([[1.0, 2.0], [2.0, np.nan]])).predict(1, 1).round(2)
    np.float64(4.0)
    """

    _LEARNED: ClassVar[tuple[str, ...]] = (*FactorModel._LEARNED, "mean_")
    _DTYPE = np.float64
    _ZEROS_COUNT: ClassVar[bool] = True

    def __init__(
        self,
        factors: int = 2,
        regularization: float | tuple[float, float] = 0.0,
        learning_rate: float = 0.005,
        iterations: int = 100,
        biases: bool = False,
        solver: str = "sgd",
        initial: tuple[ArrayLike, ArrayLike] | None = None,
        random_state: int | None = 0,
    ) -> None:
        self.factors = _checks.integer(factors, "factors", 1)
        self.regularization = _penalties(regularization)
        self.learning_rate = _checks.positive(learning_rate, "learning_rate", 0.005)
        self.iterations = _checks.integer(iterations, "iterations", 0)
        self.biases = _checks.boolean(biases, "biases")
        self.solver = _checks.choice(solver, "solver", SOLVERS)
        self.initial = _checks.initial_factors(initial, self.factors)
        self.random_state = _checks.seed(random_state)
        self._forget()
        self.mean_ = 0.0
        self.history_ = np.zeros(0, HISTORY)

    def fit(
        self,
        user_items: Any,
        progress: bool = False,
        callback: Callback | None = None,
    ) -> Self:
        """관측한 칸으로 학습합니다.

        Parameters
        ----------
        user_items : sparse matrix or array_like, shape (n_users, n_items)
            CSR이면 저장한 원소가 관측한 칸입니다. 저장한 0도 관측한 값 0입니다. 다른
            희소 형식은 경고하고 CSR로 바꿉니다. 같은 칸이 여러 번 나오면 더합니다.
            밀집 배열이면 NaN이 빈칸이고(마스크 배열이면 가린 칸도), 0은 관측한
            값입니다.
        progress : bool, default False
            진행 막대를 보입니다.
        callback : callable, optional
            반복 하나가 끝날 때마다 ``callback(iteration, seconds, loss)``로 부릅니다.
            그때 모델은 그 반복까지 학습한 상태라 `predict`를 쓸 수 있습니다.

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
        도중에 멈추면(KeyboardInterrupt) 마지막으로 끝낸 반복이 남습니다. 첫 반복도
        끝내지 못했으면 모델은 fit을 부르기 전 그대로입니다.
        """
        entries, shape = _entries(user_items)
        seen = _seen(entries, shape)
        state = np.random.SeedSequence(self.random_state).generate_state(1, np.uint64)
        now = self._start(shape, state)
        order = np.arange(len(entries.values))
        mean = float(entries.values.mean()) if self.biases else 0.0
        history = np.zeros(self.iterations + 1, HISTORY)
        started = time.perf_counter()
        history[0] = 0, 0.0, *self._measure(entries, now, mean)
        if not np.isfinite(history["loss"][0]):
            raise ValueError(
                "시작값에서 이미 손실이 너무 커서 셀 수 없습니다. user_items와 "
                "initial에 지나치게 큰 수가 있는지 확인해 주십시오."
            )
        if not self.iterations:
            self._offer(now, mean, history, seen)
        with steps(self.iterations, progress) as numbers:
            for iteration in numbers:
                now = self._step(entries, now, mean, order, state)
                loss, mse = self._measure(entries, now, mean)
                if not math.isfinite(loss):
                    last = history["loss"][iteration - 1]
                    raise FloatingPointError(self._divergence(iteration, last))
                seconds = time.perf_counter() - started
                history[iteration] = iteration, seconds, loss, mse
                self._offer(now, mean, history[: iteration + 1], seen)
                if callback is not None:
                    callback(iteration, seconds, loss)
        return self

    def predict(self, users: ArrayLike, items: ArrayLike) -> Any:
        """칸마다의 예측값 r̂_ui.

        Parameters
        ----------
        users, items : int or array_like of int
            0부터 센 번호. 모양이 다르면 NumPy의 규칙대로 맞춥니다. 예측 행렬 전체는
            ``predict(np.arange(n)[:, None], np.arange(m))``입니다.

        Returns
        -------
        ndarray of float64
            둘을 맞춘 모양. 번호를 하나씩 주면 수 하나입니다.

        Raises
        ------
        RuntimeError
            아직 학습하지 않았을 때.
        IndexError
            번호가 범위를 벗어날 때.
        """
        n_users, n_items = self._shape()
        rows = _checks.ids(users, "users", n_users)
        columns = _checks.ids(items, "items", n_items)
        try:
            rows, columns = np.broadcast_arrays(rows, columns)
        except ValueError as error:
            raise ValueError(
                f"users와 items: 모양 {rows.shape}와 {columns.shape}를 "
                "맞출 수 없습니다. 길이를 같게 하거나 한쪽을 users[:, None]처럼 "
                "세우십시오."
            ) from error
        out = np.empty(rows.shape)
        mf.predict_entries(
            rows.ravel(),
            columns.ravel(),
            self._X,
            self._Y,
            self._b_u,
            self._b_i,
            self.mean_,
            out.reshape(-1),
        )
        return out[()]

    def _start(self, shape: tuple[int, int], state: Array) -> _Parameters:
        """시작값. 편향은 0에서 시작합니다."""
        X, Y = start(
            shape, self.factors, self.initial, INITIAL_SCALE, state, np.float64
        )
        return _Parameters(X, Y, *map(np.zeros, shape))

    def _step(
        self,
        entries: _Entries,
        before: _Parameters,
        mean: float,
        order: Array,
        state: Array,
    ) -> _Parameters:
        """한 번의 반복을 마친 새 매개변수. `before`는 바꾸지 않습니다."""
        after = _Parameters(*(part.copy() for part in before))
        if self.solver == "sgd":
            primitives.shuffle(order, state)
            mf.sgd_epoch(
                order,
                *entries,
                *after,
                mean,
                self.learning_rate,
                *self.regularization,
                self.biases,
            )
            return after
        gradients = _Parameters(*(np.empty_like(part) for part in before))
        mf.gradient(*entries, *before, mean, *self.regularization, *gradients)
        learned = 4 if self.biases else 2
        for part, gradient in list(zip(after, gradients, strict=True))[:learned]:
            # 편향은 한 열인 행렬로 봅니다. reshape은 복사하지 않습니다.
            shape = (len(part), -1)
            mf.descend(part.reshape(shape), gradient.reshape(shape), self.learning_rate)
        return after

    def _measure(
        self, entries: _Entries, now: _Parameters, mean: float
    ) -> tuple[float, float]:
        """줄이고 있는 손실과, 관측한 칸의 평균 제곱 오차."""
        objective = mf.loss_per_entry if self.solver == "sgd" else mf.loss
        loss = objective(*entries, *now, mean, *self.regularization)
        mse = mf.squared_error(*entries, *now, mean) / len(entries.values)
        return float(loss), float(mse)

    def _offer(self, now: _Parameters, mean: float, history: Array, seen: Seen) -> None:
        """끝낸 반복을 한 번에 내놓습니다. 도중에 끊겨도 반만 바뀌지 않습니다."""
        self._publish(*now, history, seen, mean_=mean)

    def _divergence(self, iteration: int, last: float) -> str:
        return (
            f"학습이 발산했습니다: {iteration:,}번째 반복에서 손실이 유한한 수가 "
            f"아닙니다(바로 앞의 손실 {last:.3g}). "
            f"학습률 learning_rate={self.learning_rate:g}의 걸음이 너무 큽니다. "
            f"learning_rate={self.learning_rate / 10:g}처럼 줄여 다시 해 보십시오."
        )


# ── 인자 검사 ────────────────────────────────────────────────────────────────


def _penalties(value: Any) -> tuple[float, float]:
    remedy = "0 이상의 수나 (λ_user, λ_item)을 주십시오. 예: 0.1, (0.1, 0.2)."
    pair = list(value) if isinstance(value, tuple | list | np.ndarray) else [value] * 2
    if len(pair) != 2:
        raise ValueError(
            f"regularization: 수 둘이어야 하는데 {len(pair)}개입니다. {remedy}"
        )
    user, item = (_checks.number(each, "regularization", remedy) for each in pair)
    if min(user, item) < 0:
        raise ValueError(f"regularization: {value}에 음수가 있습니다. {remedy}")
    return user, item


def _entries(user_items: Any) -> tuple[_Entries, tuple[int, int]]:
    """관측한 칸과 행렬의 모양. 받은 것은 바꾸지 않습니다."""
    if sparse.issparse(user_items):
        users, items, values = _sparse_entries(user_items)
        remedy = "관측하지 않은 칸이라면 저장하지 마십시오."
    else:
        users, items, values = _dense_entries(user_items)
        remedy = "관측하지 않은 칸이라면 NaN으로 두십시오."
    shape = user_items.shape if sparse.issparse(user_items) else np.shape(user_items)
    bad = ~np.isfinite(values)
    if bad.any():
        at = int(np.argmax(bad))
        raise ValueError(
            f"user_items: ({users[at]}, {items[at]}) 칸의 값이 {values[at]}입니다. "
            f"유한한 수로 바꾸십시오. {remedy}"
        )
    if not len(values):
        raise ValueError(
            "user_items: 관측한 칸이 하나도 없습니다. 값이 있는 칸이 적어도 하나 "
            "있어야 합니다."
        )
    return _Entries(users, items, values), (int(shape[0]), int(shape[1]))


def _sparse_entries(user_items: Any) -> tuple[Array, Array, Array]:
    table = _checks.csr(user_items, "user_items", stacklevel=5)
    users = np.repeat(np.arange(table.shape[0], dtype=np.int32), np.diff(table.indptr))
    return users, table.indices.astype(np.int32), table.data


def _seen(entries: _Entries, shape: tuple[int, int]) -> Seen:
    """평점이 하나라도 있는 사용자와 아이템."""
    users, items = (np.zeros(size, bool) for size in shape)
    users[entries.users] = True
    items[entries.items] = True
    return Seen(users, items)


def _dense_entries(user_items: Any) -> tuple[Array, Array, Array]:
    if hasattr(user_items, "user_items"):
        raise TypeError(
            f"user_items: 행렬이어야 하는데 {type(user_items).__name__}입니다. "
            "그 안의 행렬 .user_items를 주십시오."
        )
    table = _checks.matrix(user_items, "user_items")
    observed = ~np.isnan(table) & ~np.ma.getmaskarray(user_items)
    users, items = np.nonzero(observed)
    return users.astype(np.int32), items.astype(np.int32), table[observed]
