"""모델의 뼈대: 추천, 비슷한 것 찾기, 저장과 읽기.

모든 모델은 사용자 × 아이템 CSR을 받고 ``(번호, 점수)`` 배열을 돌려줍니다. 모델마다 다른
것은 `fit`과 점수를 매기는 법뿐입니다.
"""

import inspect
import json
import os
import tempfile
import zipfile
from collections.abc import Callable
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import Any, BinaryIO, ClassVar, NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from recbook import _checks
from recbook.kernels import topk
from recbook.kernels.primitives import fill_uniform, padded
from recbook.models._threads import Workers, blocks

__all__ = [
    "HISTORY",
    "Callback",
    "FactorModel",
    "Recommender",
    "Seen",
    "aligned",
    "growth",
    "pad",
    "scaled",
    "start",
    "steps",
]

Array = NDArray[Any]
Callback = Callable[[int, float, float], object]
Answer = tuple[Array, Array]

HISTORY = np.dtype(
    [("iteration", np.int64), ("seconds", np.float64), ("loss", np.float64)]
)
# 점수 표 한 조각의 크기(칸). 이만큼이면 L2 캐시에 듭니다.
_TILE = 2**18
_LINE = 64  # 캐시 줄의 바이트
_FORMAT = 1


def steps(iterations: int, progress: bool) -> Any:
    """1부터 `iterations`까지. ``with``로 열고, `progress`이면 진행 막대가 붙습니다."""
    numbers = range(1, iterations + 1)
    if not progress:
        return nullcontext(numbers)
    from tqdm.auto import tqdm

    return tqdm(numbers, desc="학습", unit="회")


def pad(factors: Array, dtype: Any = np.float32) -> Array:
    """열의 수를 `PADDING`의 배수로 올리고 0으로 채운 C 순서의 복사본."""
    rows, k = factors.shape
    result = np.zeros((rows, padded(k)), dtype)
    result[:, :k] = factors
    return result


def aligned(array: Array) -> Array:
    """캐시 줄의 경계에서 시작하는 복사본. 행이 줄에 걸치지 않아 빨리 읽힙니다."""
    room = np.empty(array.nbytes + _LINE, np.uint8)
    first = -room.ctypes.data % _LINE
    copy = room[first : first + array.nbytes].view(array.dtype).reshape(array.shape)
    copy[...] = array
    return copy


def growth(table: sparse.csr_array, form: str, epsilon: float) -> Array:
    """신뢰도에서 α가 곱해지는 것: "linear"면 r, "log"면 log(1 + r/ε). float64입니다."""
    counts = table.data.astype(np.float64)
    return np.log1p(counts / epsilon) if form == "log" else counts


def scaled(alpha: float, table: sparse.csr_array, form: str, epsilon: float) -> Array:
    """저장한 칸의 α r 또는 α log(1 + r/ε). float32에 들지 않으면 ValueError."""
    with np.errstate(over="ignore"):  # 넘친 것은 바로 아래에서 걸립니다
        result = (alpha * growth(table, form, epsilon)).astype(np.float32)
    if not np.isfinite(result).all():
        raise ValueError(
            f"alpha: {alpha:g}이면 신뢰도가 너무 커서 셀 수 없습니다(가장 큰 횟수 "
            f"{table.data.max():g}). 더 작은 alpha를 주십시오."
        )
    return result


def start(
    shape: tuple[int, int],
    factors: int,
    initial: tuple[Array, Array] | None,
    scale: float,
    state: Array,
    dtype: Any = np.float32,
) -> tuple[Array, Array]:
    """시작할 (X, Y). `initial`이 없으면 [−scale, scale)에서 고르게 뽑습니다.

    `initial`이 있으면 난수를 쓰지 않습니다. `state`는 뽑은 만큼 나아갑니다.
    """
    if initial is not None:
        X, Y = _checks.rows_for(initial, shape)
    else:
        X, Y = (np.empty((rows, factors), dtype) for rows in shape)
        fill_uniform(X, scale, state)
        fill_uniform(Y, scale, state)
    return pad(X, dtype), pad(Y, dtype)


class Seen(NamedTuple):
    """상호작용이 하나라도 있던 사용자와 아이템."""

    users: Array
    items: Array

    @classmethod
    def of(cls, table: sparse.csr_array) -> Self:
        """CSR에 저장한 칸으로 가립니다."""
        counts = np.bincount(table.indices, minlength=table.shape[1])
        return cls(np.diff(table.indptr) > 0, counts > 0)


class Recommender:
    """추천 모델이 함께 쓰는 부름.

    갈래 클래스는 `fit`, `_shape`, `_score_rows`를 채우고, 배우는 것의 이름을
    `_LEARNED`에 적습니다.
    """

    _LEARNED: ClassVar[tuple[str, ...]] = ("history_",)
    # 훈련에 쓴 행을 fold_in하면 저장한 점수가 (소수 셋째 자리까지) 다시 나오는지
    _REPRODUCES: ClassVar[bool] = False
    # 저장한 0도 상호작용인지. 명시적 평점에서만 그렇습니다
    _ZEROS_COUNT: ClassVar[bool] = False

    history_: Array

    def fit(
        self, user_items: Any, progress: bool = False, callback: Callback | None = None
    ) -> Self:
        """학습합니다."""
        raise NotImplementedError

    def _shape(self) -> tuple[int, int]:
        """(사용자 수, 아이템 수). 학습하지 않았으면 RuntimeError."""
        raise NotImplementedError

    def _score_rows(
        self, users: Array, rows: sparse.csr_array | None, out: Array
    ) -> None:
        """사용자마다 모든 아이템의 점수를 `out`(b, m)에 적습니다."""
        raise NotImplementedError

    @property
    def _threads(self) -> int:
        """추천할 때 쓸 스레드의 수. 스레드를 쓰지 않는 모델은 하나입니다."""
        return getattr(self, "num_threads", 1)

    @classmethod
    def _parameters(cls) -> tuple[str, ...]:
        """생성자의 인자 이름."""
        return tuple(inspect.signature(cls).parameters)

    def __repr__(self) -> str:
        def text(name: str) -> str:
            value = getattr(self, name)
            return "(X, Y)" if name == "initial" and value is not None else repr(value)

        given = ", ".join(f"{name}={text(name)}" for name in self._parameters())
        return f"{type(self).__name__}({given})"

    def recommend(
        self,
        userid: int | ArrayLike,
        user_items: Any,
        N: int = 10,
        filter_already_liked_items: bool = True,
        filter_items: ArrayLike | None = None,
        recalculate_user: bool = False,
        items: ArrayLike | None = None,
    ) -> Answer:
        """점수가 높은 아이템 N개를 앞에서부터 돌려줍니다.

        Parameters
        ----------
        userid : int or array_like of int
            사용자 번호 하나, 또는 번호의 배열(여러 사용자를 한꺼번에).
        user_items : CSR, shape (사용자 수, n_items)
            그 사용자들의 행. `userid`와 같은 순서입니다. 하나면 ``user_items[userid]``.
            행이 필요 없으면(거르지도, 다시 셈하지도 않으면) None이어도 됩니다.
        N : int, default 10
            추천할 수. 아이템의 수보다 크면 있는 만큼만 돌려줍니다.
        filter_already_liked_items : bool, default True
            `user_items`에 있는 아이템을 뺄지.
        filter_items : array_like of int, optional
            누구에게도 추천하지 않을 아이템.
        recalculate_user : bool, default False
            저장한 벡터 대신 `user_items`의 행에서 벡터를 다시 셈합니다. 새 사용자라면
            `userid`에는 0 이상의 아무 번호나 줍니다.
        items : array_like of int, optional
            이 아이템만 점수를 매겨 **모두** 돌려줍니다(`N`은 쓰지 않습니다). 이미
            상호작용한 것은 맨 뒤에 점수 ``finfo(float32).min``으로 섭니다.

        Returns
        -------
        ids : ndarray of int32
            번호 하나를 주면 1차원이고, 길이는 남은 아이템의 수를 넘지 않습니다. 배열을
            주면 (사용자 수, N)이고, 모자라는 자리는 −1입니다.
        scores : ndarray of float32
            커지지 않는 순서. 점수가 같으면 번호가 작은 것이 앞섭니다. 모자라는 자리는
            ``finfo(float32).min``입니다.

        Raises
        ------
        RuntimeError
            아직 학습하지 않았을 때.
        IndexError
            사용자나 아이템의 번호가 범위를 벗어날 때.
        ValueError
            `user_items`가 CSR이 아니거나 모양이 다를 때, `items`와 `filter_items`를
            함께 줄 때.
        NotImplementedError
            이 모델이 벡터를 다시 셈해 같은 점수를 낼 수 없을 때.
        """
        n_users, n_items = self._shape()
        one = np.ndim(userid) == 0
        limit = np.iinfo(np.int64).max if recalculate_user else n_users
        users = _checks.ids(userid, "userid", limit).reshape(-1)
        if np.ndim(userid) > 1:
            raise ValueError(
                f"userid: 번호 하나나 1차원 배열이어야 하는데 {np.ndim(userid)}차원"
                "입니다. 번호를 한 줄로 늘어놓아 주십시오."
            )
        liked = _checks.boolean(
            filter_already_liked_items, "filter_already_liked_items"
        )
        again = _checks.boolean(recalculate_user, "recalculate_user")
        N = _checks.integer(N, "N", 1)
        rows = self._rows(user_items, len(users), n_items, liked or again)
        chosen = _choices(items, filter_items, n_items)
        source = self._again(rows) if again else self
        if again:
            users = np.arange(len(users))

        def score(part: slice, block: Array) -> None:
            mine = None if rows is None else rows[part]
            source._score_rows(users[part], mine, block)
            if liked and mine is not None:
                topk.hide(block, mine.indptr, mine.indices)

        shape = len(users), n_items
        ids, scores = _ranked(score, shape, N, chosen, self._threads)
        return _one(ids, scores) if one else (ids, scores)

    def similar_items(
        self,
        itemid: int | ArrayLike,
        N: int = 10,
        recalculate_item: bool = False,
        item_users: Any = None,
        filter_items: ArrayLike | None = None,
        items: ArrayLike | None = None,
    ) -> Answer:
        """비슷한 아이템. 잠재 벡터가 있는 모델만 됩니다."""
        raise NotImplementedError(self._no_vectors("similar_items"))

    def similar_users(
        self,
        userid: int | ArrayLike,
        N: int = 10,
        filter_users: ArrayLike | None = None,
        users: ArrayLike | None = None,
    ) -> Answer:
        """비슷한 사용자. 잠재 벡터가 있는 모델만 됩니다."""
        raise NotImplementedError(self._no_vectors("similar_users"))

    def fold_in(self, user_items: Any) -> Self:
        """처음 보는 사용자의 행에서 벡터를 셈해, 그 사용자만 담은 모델을 만듭니다."""
        raise NotImplementedError(
            f"{type(self).__name__}은(는) 처음 보는 사용자의 벡터를 셈하지 않습니다. "
            "새 사용자의 행을 더해 fit을 다시 부르십시오."
        )

    def _no_vectors(self, name: str) -> str:
        return (
            f"{type(self).__name__}에는 견줄 벡터가 없어 {name}를 쓸 수 없습니다. "
            "ImplicitALS나 LogisticMF처럼 잠재 벡터를 배우는 모델을 쓰십시오."
        )

    def _again(self, rows: sparse.csr_array | None) -> Self:
        """`recalculate_user=True`에 쓸, 행에서 다시 셈한 모델."""
        if not self._REPRODUCES:
            raise NotImplementedError(
                f"{type(self).__name__}의 저장한 벡터는 그 행의 최적해가 아니라서 "
                "recalculate_user=True로 같은 점수를 낼 수 없습니다. 처음 보는 "
                "사용자라면 model.fold_in(user_items)이 있는 모델을 쓰고, 아니면 "
                "recalculate_user=False로 두십시오."
            )
        return self.fold_in(rows)

    def _rows(
        self, user_items: Any, n_rows: int, n_items: int, needed: bool
    ) -> sparse.csr_array | None:
        """추천에 쓸 행. CSR만 받습니다."""
        if user_items is None and not needed:
            return None
        return _rows(user_items, "user_items", n_rows, n_items, self._ZEROS_COUNT)

    def save(self, path: str | os.PathLike[str] | BinaryIO) -> None:
        """모델을 npz로 저장합니다(pickle을 쓰지 않습니다).

        Parameters
        ----------
        path : path-like or binary file object
            이름은 그대로 씁니다(.npz를 붙이지 않습니다). 경로면 다 적은 뒤에 이름을
            바꾸므로, 도중에 끊겨도 먼저 있던 파일이 다치지 않습니다.
        """
        arrays = {
            f"learned_{name}": value
            for name in self._LEARNED
            if (value := getattr(self, name)) is not None
        }
        settings = {}
        for name in self._parameters():
            value = getattr(self, name)
            if name == "initial":
                if value is not None:
                    arrays["initial_X"], arrays["initial_Y"] = value
                continue
            settings[name] = value
        about = {"model": type(self).__name__, "format": _FORMAT, "settings": settings}
        arrays["about"] = np.frombuffer(json.dumps(about).encode(), np.uint8)
        if not isinstance(path, str | os.PathLike):
            np.savez(path, **arrays)
            return
        target = Path(path)
        descriptor, draft = tempfile.mkstemp(
            dir=target.parent, prefix=f".{target.name}."
        )
        try:
            with os.fdopen(descriptor, "wb") as file:
                np.savez(file, **arrays)
            os.replace(draft, target)
        except BaseException:
            with suppress(FileNotFoundError):
                os.unlink(draft)
            raise

    @classmethod
    def load(cls, path: str | os.PathLike[str] | BinaryIO) -> Self:
        """`save`로 저장한 모델을 읽습니다.

        Raises
        ------
        FileNotFoundError
            파일이 없을 때.
        ValueError
            깨졌거나, 이 모델이 저장한 파일이 아닐 때.
        """
        place = path if isinstance(path, str | os.PathLike) else "받은 파일"
        try:
            arrays = _arrays(path)
            about = json.loads(bytes(arrays.pop("about")))
            saved, settings = about["model"], dict(about["settings"])
            version = about["format"]
        except FileNotFoundError:
            raise
        except (
            *(ValueError, KeyError, TypeError, AttributeError, EOFError, OSError),
            *(zipfile.BadZipFile, NotImplementedError, RuntimeError),
        ) as error:
            raise ValueError(
                f"{place}: recbook의 모델 파일이 아니거나 깨졌습니다. "
                "model.save로 다시 저장한 파일을 주십시오."
            ) from error
        if saved != cls.__name__ or version != _FORMAT:
            raise ValueError(
                f"{place}: {saved} 모델(판 {version})을 저장한 파일입니다. "
                f"{cls.__name__}(판 {_FORMAT})으로 읽을 수 없습니다. 저장한 모델의 "
                "load를 부르십시오."
            )
        try:
            if "initial_X" in arrays:
                settings["initial"] = arrays.pop("initial_X"), arrays.pop("initial_Y")
            model = cls(**{name: _tuple(value) for name, value in settings.items()})
            names = {f"learned_{name}": name for name in cls._LEARNED}
            model._restore({names[name]: value for name, value in arrays.items()})
        except (ValueError, KeyError, TypeError, IndexError) as error:
            raise ValueError(
                f"{place}: 모델 파일의 내용이 서로 맞지 않습니다({error}). "
                "model.save로 다시 저장한 파일을 주십시오."
            ) from error
        return model

    def _restore(self, learned: dict[str, Array]) -> None:
        """읽은 배열이 말이 되는지 보고 모델에 답니다."""
        self._validate(learned)
        for name, value in learned.items():
            setattr(self, name, value[()] if value.ndim == 0 else value)

    def _validate(self, learned: dict[str, Array]) -> None:
        """배열의 형과 모양이 서로 맞는지. 아니면 ValueError."""


class FactorModel(Recommender):
    """잠재 벡터로 점수를 매기는 모델: s_ui = x_u·y_i + b_u + b_i.

    배열은 안에서 `PADDING`의 배수 너비로 가지고, 남는 열은 0입니다. 밖에서는 남는 열이
    보이지 않습니다.
    """

    _LEARNED: ClassVar[tuple[str, ...]] = (
        *("_X", "_Y", "_b_u", "_b_i", "_seen_users", "_seen_items"),
        "history_",
    )
    _DTYPE: ClassVar[type[np.floating[Any]]] = np.float32

    factors: int
    # 모든 점수에 더하는 상수 μ
    mean_: float = 0.0
    _X: Array | None
    _Y: Array | None
    _b_u: Array | None
    _b_i: Array | None
    _seen_users: Array | None
    _seen_items: Array | None

    def _forget(self) -> None:
        """배우기 전의 상태. 생성자가 부릅니다."""
        for name in self._LEARNED:
            setattr(self, name, None)
        self.history_ = np.zeros(0, HISTORY)

    def _publish(
        self,
        X: Array,
        Y: Array,
        b_u: Array,
        b_i: Array,
        history: Array,
        seen: Seen,
        **more: Any,
    ) -> None:
        """끝낸 반복을 한 번에 내놓습니다. 도중에 끊겨도 반만 바뀌지 않습니다."""
        self.__dict__.update(
            _X=X,
            _Y=Y,
            _b_u=b_u,
            _b_i=b_i,
            _seen_users=seen.users,
            _seen_items=seen.items,
            history_=history,
            **more,
        )

    def _newcomers(self, user_items: Any) -> sparse.csr_array:
        """폴드인에 쓸 처음 보는 사용자의 행."""
        n_items = self._shape()[1]
        table = _checks.counts(user_items, stacklevel=5)
        if table.shape[1] != n_items:
            raise ValueError(
                f"user_items: 열이 {table.shape[1]:,}개인데 학습한 아이템은 "
                f"{n_items:,}개입니다. 아이템의 순서와 수를 학습할 때와 같게 맞추어 "
                "주십시오."
            )
        return table

    def _with_users(self, table: sparse.csr_array, X: Array, b_u: Array) -> Self:
        """설정과 아이템은 같고 사용자만 `table`의 행인 새 모델."""
        model = type(self)(**{name: getattr(self, name) for name in self._parameters()})
        learned = {name: getattr(self, name) for name in self._LEARNED}
        seen = np.diff(table.indptr) > 0
        model.__dict__.update(learned, _X=X, _b_u=b_u, _seen_users=seen)
        return model

    @property
    def user_factors(self) -> Array | None:
        """사용자의 잠재 벡터 (n_users, factors). 학습하기 전에는 None입니다."""
        return None if self._X is None else self._X[:, : self.factors]

    @property
    def item_factors(self) -> Array | None:
        """아이템의 잠재 벡터 (n_items, factors). 학습하기 전에는 None입니다."""
        return None if self._Y is None else self._Y[:, : self.factors]

    @property
    def user_biases(self) -> Array | None:
        """사용자의 편향 (n_users,). 학습하기 전에는 None입니다."""
        return self._b_u

    @property
    def item_biases(self) -> Array | None:
        """아이템의 편향 (n_items,). 학습하기 전에는 None입니다."""
        return self._b_i

    def _fitted(self) -> "_Factors":
        if (
            self._X is None
            or self._Y is None
            or self._seen_users is None
            or self._seen_items is None
        ):
            raise RuntimeError("아직 학습하지 않았습니다. 먼저 fit을 부르십시오.")
        return _Factors(self._X, self._Y, self._seen_users, self._seen_items)

    def _shape(self) -> tuple[int, int]:
        fitted = self._fitted()
        return len(fitted.X), len(fitted.Y)

    def _score_rows(
        self, users: Array, rows: sparse.csr_array | None, out: Array
    ) -> None:
        topk.score_rows(users, self._X, self._b_u, self._Y, self._b_i, self.mean_, out)

    def similar_items(
        self,
        itemid: int | ArrayLike,
        N: int = 10,
        recalculate_item: bool = False,
        item_users: Any = None,
        filter_items: ArrayLike | None = None,
        items: ArrayLike | None = None,
    ) -> Answer:
        """코사인 유사도가 높은 아이템 N개. 자기 자신이 맨 앞입니다.

        편향은 쓰지 않습니다. 상호작용이 없던 아이템은 누구의 이웃도 아닙니다.

        Parameters
        ----------
        itemid : int or array_like of int
        N : int, default 10
        recalculate_item : bool, default False
            저장한 벡터 대신 `item_users`의 행에서 벡터를 다시 셈합니다.
        item_users : CSR, shape (아이템 수, n_users), optional
            그 아이템들의 행. `itemid`와 같은 순서입니다.
        filter_items, items : array_like of int, optional
            `recommend`와 같습니다.

        Returns
        -------
        ids, scores : ndarray
            `recommend`와 같은 꼴. 점수는 −1에서 1까지입니다.
        """
        fitted = self._fitted()
        again = _checks.boolean(recalculate_item, "recalculate_item")
        itemids = _query(itemid, "itemid", len(fitted.Y))
        vectors = fitted.Y[itemids]
        if again:
            n_users = len(fitted.X)
            rows = _rows(item_users, "item_users", len(itemids), n_users, False)
            vectors = self._fold_in_items(rows)
        chosen = _choices(items, filter_items, len(fitted.Y))
        ids, scores = _similar(
            itemids, vectors, fitted.Y, fitted.seen_items, N, chosen, self._threads
        )
        return _one(ids, scores) if np.ndim(itemid) == 0 else (ids, scores)

    def similar_users(
        self,
        userid: int | ArrayLike,
        N: int = 10,
        filter_users: ArrayLike | None = None,
        users: ArrayLike | None = None,
    ) -> Answer:
        """코사인 유사도가 높은 사용자 N명. 자기 자신이 맨 앞입니다.

        `similar_items`와 같되, 아이템 대신 사용자입니다.
        """
        fitted = self._fitted()
        userids = _query(userid, "userid", len(fitted.X))
        chosen = _choices(users, filter_users, len(fitted.X), "users", "filter_users")
        vectors = fitted.X[userids]
        ids, scores = _similar(
            userids, vectors, fitted.X, fitted.seen_users, N, chosen, self._threads
        )
        return _one(ids, scores) if np.ndim(userid) == 0 else (ids, scores)

    def _fold_in_items(self, item_users: sparse.csr_array) -> Array:
        """아이템의 행에서 다시 셈한 벡터 (b, K)."""
        raise NotImplementedError(
            f"{type(self).__name__}은(는) recalculate_item=True를 쓸 수 없습니다. "
            "recalculate_item=False로 두거나 ImplicitALS를 쓰십시오."
        )

    def _validate(self, learned: dict[str, Array]) -> None:
        if not learned.keys() & set(FactorModel._LEARNED[:-1]):
            return  # 학습하기 전에 저장한 모델
        missing = set(self._LEARNED) - learned.keys()
        if missing:
            raise ValueError(f"빠진 배열: {', '.join(sorted(missing))}")
        X, Y = learned["_X"], learned["_Y"]
        n, m, K = len(X), len(Y), padded(self.factors)
        shapes = {
            "_X": (n, K),
            "_Y": (m, K),
            "_b_u": (n,),
            "_b_i": (m,),
            "_seen_users": (n,),
            "_seen_items": (m,),
        }
        for name, shape in shapes.items():
            array = learned[name]
            kind = np.bool_ if "seen" in name else self._DTYPE
            if array.shape != shape or array.dtype != kind:
                raise ValueError(f"{name}의 모양이나 형이 다릅니다")
            if not np.isfinite(array).all():
                raise ValueError(f"{name}에 유한하지 않은 수가 있습니다")
            learned[name] = np.ascontiguousarray(array)
        if X[:, self.factors :].any() or Y[:, self.factors :].any():
            raise ValueError("남는 열이 0이 아닙니다")
        if not set(HISTORY.names or ()) <= set(learned["history_"].dtype.names or ()):
            raise ValueError("history_의 열이 다릅니다")


class _Factors(NamedTuple):
    """학습한 잠재 벡터와 상호작용이 있던 자리."""

    X: Array
    Y: Array
    seen_users: Array
    seen_items: Array


class _Choices:
    """후보를 고르는 규칙: 모두, `items`만, 또는 `filter_items`를 뺀 것."""

    def __init__(self, items: Array | None, hidden: Array | None) -> None:
        self.items = items
        self._hidden = hidden

    def pick(self, scores: Array, ids: Array, values: Array) -> None:
        """점수 표에서 앞선 것을 골라 적습니다. `scores`는 고쳐 씁니다."""
        if self._hidden is not None:
            scores[:, self._hidden] = topk.HIDDEN
        if self.items is None:
            topk.select(scores, ids, values)
            return
        among = np.ascontiguousarray(scores[:, self.items])
        topk.select(among, ids, values)
        for row, chosen in enumerate(ids):
            n_shown = int((chosen >= 0).sum())
            rest = np.flatnonzero(among[row] <= topk.HIDDEN)
            chosen[n_shown:] = rest[: len(chosen) - n_shown]
        ids[:] = self.items[ids]


def _choices(
    items: Any,
    filter_items: Any,
    size: int,
    items_name: str = "items",
    filter_name: str = "filter_items",
) -> _Choices:
    if items is not None and filter_items is not None:
        raise ValueError(
            f"{items_name}와 {filter_name}를 함께 줄 수 없습니다. "
            f"{items_name}에서 뺄 것을 미리 빼고 {items_name}만 주십시오."
        )
    if items is None:
        hidden = None
        if filter_items is not None:
            hidden = _checks.ids(filter_items, filter_name, size).reshape(-1)
        return _Choices(None, hidden)
    chosen = _checks.ids(items, items_name, size).reshape(-1)
    # 정렬해 두어야 점수가 같을 때 번호가 작은 것이 앞섭니다.
    distinct = np.unique(chosen)
    if len(distinct) != len(chosen):
        raise ValueError(
            f"{items_name}: 같은 번호가 여러 번 나옵니다. 한 번씩만 주십시오."
        )
    return _Choices(distinct, None)


def _query(value: Any, name: str, size: int) -> Array:
    if np.ndim(value) > 1:
        raise ValueError(
            f"{name}: 번호 하나나 1차원 배열이어야 하는데 {np.ndim(value)}차원입니다. "
            "번호를 한 줄로 늘어놓아 주십시오."
        )
    return _checks.ids(value, name, size).reshape(-1)


def _similar(
    rows: Array,
    queries: Array,
    factors: Array,
    seen: Array,
    N: int,
    chosen: _Choices,
    threads: int,
) -> Answer:
    N = _checks.integer(N, "N", 1)
    lengths = np.empty(len(factors), np.float32)
    topk.norms(factors, seen, lengths)

    def score(part: slice, block: Array) -> None:
        topk.cosines(rows[part], queries[part], lengths, factors, block)

    ids, scores = _ranked(score, (len(rows), len(factors)), N, chosen, threads)
    scores[np.isposinf(scores)] = 1.0
    return ids, scores


def _ranked(
    score: Callable[[slice, Array], None],
    shape: tuple[int, int],
    N: int,
    chosen: _Choices,
    num_threads: int,
) -> Answer:
    """점수 표를 캐시에 드는 조각으로 나누어 채우고, 조각마다 앞선 것을 고릅니다.

    ``score(part, block)``이 `part` 행의 점수를 `block`에 적습니다.
    """
    n_rows, n_columns = shape
    width = min(N, n_columns) if chosen.items is None else len(chosen.items)
    ids = np.empty((n_rows, width), np.int32)
    scores = np.empty((n_rows, width), np.float32)
    height = max(1, _TILE // n_columns)
    parts = blocks(n_rows, height)

    def work(start: int, stop: int, tile: Array) -> None:
        part, block = slice(start, stop), tile[: stop - start]
        score(part, block)
        chosen.pick(block, ids[part], scores[part])

    def tile() -> Array:
        return np.empty((min(height, n_rows), n_columns), np.float32)

    with Workers(num_threads if len(parts) > 1 else 1, tile) as workers:
        workers.map(work, parts)
    return ids, scores


def _rows(
    table: Any, name: str, n_rows: int, n_columns: int, zeros_count: bool
) -> sparse.csr_array:
    """번호마다의 행. CSR만 받고, 받은 것은 바꾸지 않습니다."""
    if not sparse.issparse(table) or table.format != "csr":
        kind = table.format.upper() if sparse.issparse(table) else type(table).__name__
        raise ValueError(
            f"{name}: CSR이어야 하는데 {kind}입니다. "
            "sparse.csr_matrix로 바꾸어 그 번호의 행만 주십시오. "
            "예: user_items[userid]."
        )
    if table.ndim == 1:  # csr_array에서 행 하나를 뽑으면 1차원입니다
        table = sparse.csr_array(
            (table.data, table.indices, np.array([0, table.nnz])),
            shape=(1, table.shape[0]),
        )
    if table.shape != (n_rows, n_columns):
        raise ValueError(
            f"{name}: 모양이 {n_rows:,}×{n_columns:,}이어야 하는데 "
            f"{table.shape[0]:,}×{table.shape[1]:,}입니다. "
            "번호와 같은 순서로 그 번호의 행만 주십시오. 예: user_items[userid]."
        )
    _checks.numeric(table, name)
    result = sparse.csr_array(table, copy=True)
    try:
        result.check_format(full_check=True)
    except ValueError as error:
        raise ValueError(
            f"{name}: CSR의 indptr와 indices가 서로 맞지 않습니다({error}). "
            "sparse.csr_matrix((값, (행, 열)), shape=...)로 다시 만들어 주십시오."
        ) from error
    if not zeros_count:
        result.eliminate_zeros()
    return result


def _arrays(path: str | os.PathLike[str] | BinaryIO) -> dict[str, Array]:
    """npz의 배열 모두. 열지 못해도 파일을 열어 둔 채 두지 않습니다."""
    if isinstance(path, str | os.PathLike):
        with open(path, "rb") as file:
            return _arrays(file)
    with np.load(path) as content:
        return {name: content[name] for name in content.files}


def _one(ids: Array, scores: Array) -> Answer:
    """번호 하나의 답. 모자라는 자리는 잘라 냅니다."""
    shown = ids[0] >= 0
    return ids[0][shown], scores[0][shown]


def _tuple(value: Any) -> Any:
    """JSON은 튜플을 목록으로 적습니다."""
    return tuple(value) if isinstance(value, list) else value
