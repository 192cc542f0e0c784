"""명시적 평점의 행렬 분해: `RegularizedMF`."""

import math
import time
import warnings
from collections.abc import Callable
from contextlib import nullcontext
from numbers import Integral, Real
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from recbook.kernels import mf, primitives

__all__ = ["RegularizedMF"]

Array = NDArray[Any]
Callback = Callable[[int, float, float], object]

SOLVERS = ("sgd", "gradient")
INITIAL_SCALE = 0.1
HISTORY = np.dtype(
    [
        ("iteration", np.int64),
        ("seconds", np.float64),
        ("loss", np.float64),
        ("mse", np.float64),
    ]
)


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


class RegularizedMF:
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
        self.factors = _integer(factors, "factors", 1)
        self.regularization = _penalties(regularization)
        self.learning_rate = _learning_rate(learning_rate)
        self.iterations = _integer(iterations, "iterations", 0)
        self.biases = _boolean(biases, "biases")
        self.solver = _solver(solver)
        self.initial = _initial(initial, self.factors)
        self.random_state = (
            None if random_state is None else _integer(random_state, "random_state", 0)
        )
        self.user_factors: Array | None = None
        self.item_factors: Array | None = None
        self.user_biases: Array | None = None
        self.item_biases: Array | None = None
        self.mean_: float = 0.0
        self.history_: Array = np.zeros(0, HISTORY)

    def __repr__(self) -> str:
        given = None if self.initial is None else "(X, Y)"
        return (
            f"RegularizedMF(factors={self.factors},"
            f" regularization={self.regularization},"
            f" learning_rate={self.learning_rate}, iterations={self.iterations},"
            f" biases={self.biases}, solver={self.solver!r}, initial={given},"
            f" random_state={self.random_state})"
        )

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
            self._publish(now, mean, history)
        with _steps(self.iterations, progress) as steps:
            for iteration in steps:
                now = self._step(entries, now, mean, order, state)
                loss, mse = self._measure(entries, now, mean)
                if not math.isfinite(loss):
                    last = history["loss"][iteration - 1]
                    raise FloatingPointError(self._divergence(iteration, last))
                seconds = time.perf_counter() - started
                history[iteration] = iteration, seconds, loss, mse
                self._publish(now, mean, history[: iteration + 1])
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
        if self.user_factors is None or self.item_factors is None:
            raise RuntimeError("아직 학습하지 않았습니다. 먼저 fit을 부르십시오.")
        rows = _ids(users, "users", len(self.user_factors))
        columns = _ids(items, "items", len(self.item_factors))
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
            self.user_factors,
            self.item_factors,
            self.user_biases,
            self.item_biases,
            self.mean_,
            out.reshape(-1),
        )
        return out[()]

    def _start(self, shape: tuple[int, int], state: Array) -> _Parameters:
        """시작값. `initial`이 있으면 난수를 쓰지 않습니다."""
        n_users, n_items = shape
        if self.initial is None:
            X = np.empty((n_users, self.factors))
            Y = np.empty((n_items, self.factors))
            primitives.fill_uniform(X, INITIAL_SCALE, state)
            primitives.fill_uniform(Y, INITIAL_SCALE, state)
        else:
            X, Y = (factors.copy() for factors in self.initial)
            for factors, rows, side in ((X, n_users, "X"), (Y, n_items, "Y")):
                if len(factors) != rows:
                    raise ValueError(
                        f"initial: {side}의 행이 {len(factors):,}개인데 user_items의 "
                        f"모양은 {n_users:,}×{n_items:,}입니다. "
                        f"{side}의 행을 {rows:,}개로 맞추어 주십시오."
                    )
        return _Parameters(X, Y, np.zeros(n_users), np.zeros(n_items))

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

    def _publish(self, now: _Parameters, mean: float, history: Array) -> None:
        """끝낸 반복을 한 번에 내놓습니다. 도중에 끊겨도 반만 바뀌지 않습니다."""
        self.__dict__.update(
            user_factors=now.X,
            item_factors=now.Y,
            user_biases=now.b_u,
            item_biases=now.b_i,
            mean_=mean,
            history_=history,
        )

    def _divergence(self, iteration: int, last: float) -> str:
        return (
            f"학습이 발산했습니다: {iteration:,}번째 반복에서 손실이 유한한 수가 "
            f"아닙니다(바로 앞의 손실 {last:.3g}). "
            f"학습률 learning_rate={self.learning_rate:g}의 걸음이 너무 큽니다. "
            f"learning_rate={self.learning_rate / 10:g}처럼 줄여 다시 해 보십시오."
        )


def _steps(iterations: int, progress: bool) -> Any:
    """1부터 세는 반복. `progress`이면 진행 막대가 붙습니다."""
    numbers = range(1, iterations + 1)
    if not progress:
        return nullcontext(numbers)
    from tqdm.auto import tqdm

    return tqdm(numbers, desc="학습", unit="회")


# ── 인자 검사 ────────────────────────────────────────────────────────────────


def _integer(value: Any, name: str, least: int) -> int:
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise TypeError(
            f"{name}: 정수여야 하는데 {value!r}입니다. {least} 이상의 정수를 주십시오."
        )
    if value < least:
        raise ValueError(
            f"{name}: {least} 이상이어야 하는데 {value}입니다. 더 큰 정수를 주십시오."
        )
    return int(value)


def _number(value: Any, name: str, remedy: str) -> float:
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{name}: 수여야 하는데 {value!r}입니다. {remedy}")
    if not math.isfinite(value):
        raise ValueError(f"{name}: 유한해야 하는데 {value}입니다. {remedy}")
    return float(value)


def _learning_rate(value: Any) -> float:
    remedy = "0보다 큰 수를 주십시오. 예: learning_rate=0.005."
    rate = _number(value, "learning_rate", remedy)
    if rate <= 0:
        raise ValueError(f"learning_rate: 0보다 커야 하는데 {value}입니다. {remedy}")
    return rate


def _penalties(value: Any) -> tuple[float, float]:
    remedy = "0 이상의 수나 (λ_user, λ_item)을 주십시오. 예: 0.1, (0.1, 0.2)."
    pair = list(value) if isinstance(value, tuple | list | np.ndarray) else [value] * 2
    if len(pair) != 2:
        raise ValueError(
            f"regularization: 수 둘이어야 하는데 {len(pair)}개입니다. {remedy}"
        )
    user, item = (_number(penalty, "regularization", remedy) for penalty in pair)
    if min(user, item) < 0:
        raise ValueError(f"regularization: {value}에 음수가 있습니다. {remedy}")
    return user, item


def _boolean(value: Any, name: str) -> bool:
    if not isinstance(value, bool | np.bool_):
        raise TypeError(
            f"{name}: True나 False여야 하는데 {value!r}입니다. 둘 가운데 하나를 "
            "주십시오."
        )
    return bool(value)


def _solver(value: Any) -> str:
    if not isinstance(value, str) or value not in SOLVERS:
        choices = ", ".join(f'"{name}"' for name in SOLVERS)
        raise ValueError(
            f"solver: {value!r}라는 방법은 없습니다. 다음에서 고르십시오: {choices}."
        )
    return value


def _initial(value: Any, factors: int) -> tuple[Array, Array] | None:
    """복사한 (X, Y). 행의 수는 `fit`이 자료와 견줍니다."""
    if value is None:
        return None
    if not isinstance(value, tuple | list) or len(value) != 2:
        raise TypeError(
            "initial: 행렬 둘이어야 합니다. initial=(X, Y)처럼 쌍으로 주십시오."
        )
    X, Y = _matrix(value[0], "initial의 X"), _matrix(value[1], "initial의 Y")
    for matrix, side in ((X, "X"), (Y, "Y")):
        if matrix.shape[1] != factors:
            raise ValueError(
                f"initial: {side}의 열이 {matrix.shape[1]}개인데 "
                f"factors={factors}입니다. factors를 {matrix.shape[1]}로 바꾸거나 "
                "열의 수를 맞추어 주십시오."
            )
        if not np.isfinite(matrix).all():
            raise ValueError(
                f"initial: {side}에 NaN이나 무한대가 있습니다. 유한한 수로 바꾸십시오."
            )
    return X, Y


def _matrix(value: Any, name: str) -> Array:
    """복사한 2차원 float64 배열."""
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise ValueError(
            f"{name}: 행마다 길이가 달라 행렬이 되지 않습니다. 길이를 맞추어 주십시오."
        ) from error
    if array.ndim != 2:
        raise ValueError(
            f"{name}: 2차원이어야 하는데 {array.ndim}차원입니다. "
            "행이 사용자나 아이템인 행렬을 주십시오."
        )
    _numeric(array, name)
    return np.array(array, np.float64, order="C")


def _numeric(array: Array, name: str) -> None:
    if array.dtype.kind not in "biuf":
        raise TypeError(
            f"{name}: 수여야 하는데 {array.dtype}형입니다. float으로 바꾸어 주십시오."
        )


def _ids(value: ArrayLike, name: str, size: int) -> Array:
    ids = np.asarray(value)
    if not ids.size:
        ids = ids.astype(np.int64)
    if ids.dtype.kind not in "iu":
        raise TypeError(
            f"{name}: 번호는 정수여야 하는데 {ids.dtype}형입니다. "
            "0부터 센 정수 번호를 주십시오."
        )
    outside = (ids < 0) | (ids >= size)
    if outside.any():
        raise IndexError(
            f"{name}: 번호 {ids[outside].flat[0]}가 범위를 벗어납니다. "
            f"0부터 {size - 1:,}까지의 번호를 주십시오."
        )
    return ids.astype(np.int64)


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
    if user_items.ndim != 2:
        raise ValueError(
            f"user_items: 2차원이어야 하는데 {user_items.ndim}차원입니다. "
            "사용자×아이템 행렬을 주십시오."
        )
    _numeric(user_items, "user_items")
    if user_items.format != "csr":
        warnings.warn(
            f"user_items: {user_items.format.upper()} 형식을 CSR로 바꾸어 씁니다. "
            "미리 user_items.tocsr()로 바꾸면 경고가 나오지 않습니다.",
            stacklevel=4,
        )
    table = sparse.csr_array(user_items, dtype=np.float64, copy=True)
    try:  # 커널은 자리를 검사하지 않으므로 여기서 끝까지 봅니다.
        table.check_format(full_check=True)
    except ValueError as error:
        raise ValueError(
            f"user_items: CSR의 indptr와 indices가 서로 맞지 않습니다({error}). "
            "sparse.csr_matrix((값, (행, 열)), shape=...)로 다시 만들어 주십시오."
        ) from error
    table.sum_duplicates()
    users = np.repeat(np.arange(table.shape[0], dtype=np.int32), np.diff(table.indptr))
    return users, table.indices.astype(np.int32), table.data


def _dense_entries(user_items: Any) -> tuple[Array, Array, Array]:
    if hasattr(user_items, "user_items"):
        raise TypeError(
            f"user_items: 행렬이어야 하는데 {type(user_items).__name__}입니다. "
            "그 안의 행렬 .user_items를 주십시오."
        )
    table = _matrix(user_items, "user_items")
    observed = ~np.isnan(table) & ~np.ma.getmaskarray(user_items)
    users, items = np.nonzero(observed)
    return users.astype(np.int32), items.astype(np.int32), table[observed]
