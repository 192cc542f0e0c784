"""상호작용 기록: 누가 무엇을 얼마나, 언제.

받은 배열은 바꾸지 않습니다. 잘못된 기록은 몇 번째가 왜 틀렸는지 알립니다.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

__all__ = ["Interactions"]

Array = NDArray[Any]


def frozen(array: Array) -> Array:
    """배열을 읽기 전용으로 만들어 돌려줍니다(복사하지 않습니다)."""
    array.flags.writeable = False
    return array


@dataclass(frozen=True, eq=False, repr=False)
class Interactions:
    """누가 무엇을 얼마나, 언제: 상호작용 기록 한 벌.

    기록(event) 하나가 한 자리입니다. 같은 (사용자, 아이템) 쌍이 여러 번 나와도 됩니다.
    행렬이 필요하면 `user_items`를 쓰고, 시간이 필요하면 기록을 그대로 씁니다.

    Parameters
    ----------
    user_index, item_index : array_like of int, shape (n_events,)
        `users`와 `items`에서의 자리(0부터).
    values : array_like of float, shape (n_events,)
        평점이나 횟수. 0 이상의 유한한 수입니다. 0도 적힌 값으로 남습니다.
    timestamps : array_like of int or datetime64, shape (n_events,), optional
        일어난 때. 유닉스 시각(초)이며, datetime64는 초로 바꿉니다.
    users, items : array_like, shape (n_users,), (n_items,)
        이름표. 겹치지 않아야 합니다. 기록이 없는 이름표가 있어도 됩니다.
    item_features : mapping of str to array_like, optional
        `items`와 순서가 같은 배열. 예: ``"title"``, ``"genres"``.

    Raises
    ------
    ValueError
        모양이 어긋나거나, 기록이 없거나, 값이 NaN·무한대·음수이거나, 이름표가 겹칠 때.
    TypeError
        자리나 시각이 정수가 아닐 때.
    IndexError
        자리가 이름표의 범위를 벗어날 때.

    Notes
    -----
    받은 배열은 복사하며 바꾸지 않습니다. 가진 배열은 모두 읽기 전용입니다.
    이름표에서 바로 만들려면 `from_events`를 쓰십시오.
    """

    user_index: Array
    item_index: Array
    values: Array
    timestamps: Array | None
    users: Array
    items: Array
    item_features: Mapping[str, Array] = field(default_factory=dict)

    def __post_init__(self) -> None:
        users = _labels(self.users, "users")
        items = _labels(self.items, "items")
        values = _values(self.values)
        size = len(values)
        fields = {
            "users": users,
            "items": items,
            "values": values,
            "user_index": _index(self.user_index, "user_index", size, len(users)),
            "item_index": _index(self.item_index, "item_index", size, len(items)),
            "timestamps": _timestamps(self.timestamps, size),
            "item_features": {
                name: _feature(column, name, len(items))
                for name, column in self.item_features.items()
            },
        }
        for name, value in fields.items():
            object.__setattr__(self, name, value)

    @classmethod
    def from_events(
        cls,
        users: ArrayLike,
        items: ArrayLike,
        values: ArrayLike | None = None,
        timestamps: ArrayLike | None = None,
        item_features: Mapping[str, Mapping[Any, Any] | ArrayLike] | None = None,
    ) -> Self:
        """기록마다 적힌 이름표에서 만듭니다.

        Parameters
        ----------
        users, items : array_like, shape (n_events,)
            기록마다의 사용자와 아이템 이름표. 자리는 이름표를 정렬한 순서로 정합니다.
            그래서 기록의 순서가 달라도 `user_items`는 같습니다.
        values : array_like, shape (n_events,), optional
            평점이나 횟수. 없으면 기록 하나를 1로 셉니다.
        timestamps : array_like, shape (n_events,), optional
            일어난 때.
        item_features : mapping, optional
            특징 이름에서 ``{아이템 이름표: 값}``으로, 또는 정렬한 아이템 순서의 배열로.

        Returns
        -------
        Interactions

        Examples
        --------
        >>> log = Interactions.from_events(["B", "A", "B"], ["나", "가", "나"])
        >>> log.user_items.toarray()
        array([[1., 0.],
               [0., 2.]], dtype=float32)
        """
        user_labels, user_index = _encode(users, "users")
        item_labels, item_index = _encode(items, "items")
        if values is None:
            values = np.ones(len(user_index), dtype=np.float32)
        return cls(
            user_index=user_index,
            item_index=item_index,
            values=np.asarray(values),
            timestamps=None if timestamps is None else np.asarray(timestamps),
            users=user_labels,
            items=item_labels,
            item_features={
                name: _align(column, name, item_labels)
                for name, column in (item_features or {}).items()
            },
        )

    @cached_property
    def user_items(self) -> sparse.csr_matrix:
        """사용자 × 아이템 행렬(CSR, float32). 같은 쌍의 값은 더합니다.

        한 번만 만들고 읽기 전용으로 나누어 씁니다. 고치려면 ``.copy()``를 쓰십시오.
        """
        # float32로 더하면 순서에 따라 끝자리가 달라지므로 float64로 더한 뒤 줄입니다.
        table = sparse.csr_matrix(
            (
                self.values.astype(np.float64),
                (self.user_index, self.item_index),
            ),
            shape=self.shape,
        )
        table.sum_duplicates()
        table = table.astype(np.float32)
        for part in (table.data, table.indices, table.indptr):
            frozen(part)
        return table

    @property
    def shape(self) -> tuple[int, int]:
        """(사용자 수, 아이템 수)."""
        return len(self.users), len(self.items)

    @property
    def density(self) -> float:
        """값이 적힌 칸의 비율. 같은 쌍은 한 칸으로 셉니다."""
        return self.user_items.nnz / math.prod(self.shape)

    def __len__(self) -> int:
        """기록의 수."""
        return len(self.values)

    def __repr__(self) -> str:
        n_users, n_items = self.shape
        return (
            f"Interactions(사용자 {n_users:,}명 × 아이템 {n_items:,}개"
            f" · 상호작용 {len(self):,}건 · 밀도 {self.density:.2%})"
        )


def _one_dimensional(array: ArrayLike, name: str, size: int | None = None) -> Array:
    """복사한 1차원 배열. `size`가 있으면 길이도 맞아야 합니다."""
    result = np.array(array)
    if result.ndim != 1:
        raise ValueError(
            f"{name}: 1차원이어야 하는데 {result.ndim}차원입니다. "
            "값을 한 줄로 늘어놓아 주십시오."
        )
    if size is not None and len(result) != size:
        raise ValueError(
            f"{name}: 길이가 {len(result):,}인데 기록은 {size:,}건입니다. "
            "기록마다 값이 하나씩 있는지 확인해 주십시오."
        )
    return result


def _unlabelled(labels: Array) -> NDArray[np.bool_]:
    """비어 있는 이름표(None, NaN, NaT)의 자리."""
    if labels.dtype.kind == "O":
        return np.array([label is None or label != label for label in labels], bool)
    return labels != labels  # NaN과 NaT만 자신과 다릅니다


def _sorted_unique(labels: Array, name: str) -> tuple[Array, Array]:
    """정렬한 서로 다른 이름표와, 이름표마다 거기에서의 자리."""
    blank = _unlabelled(labels)
    if blank.any():
        raise ValueError(
            f"{name}: {_first(blank)}번째 이름표가 비어 있습니다. "
            "빈 이름표가 있는 기록을 고치거나 빼 주십시오."
        )
    try:
        return np.unique(labels, return_inverse=True)
    except TypeError as error:
        raise TypeError(
            f"{name}: 숫자와 글자가 섞여 있어 이름표를 정렬할 수 없습니다. "
            "한 가지 형으로 맞추어 주십시오. 예: [str(x) for x in labels]."
        ) from error


def _first(mask: NDArray[np.bool_]) -> str:
    """처음으로 참인 자리를 1부터 세어 적습니다."""
    return f"{int(np.argmax(mask)) + 1:,}"


def _labels(labels: ArrayLike, name: str) -> Array:
    result = _one_dimensional(labels, name)
    if not len(result):
        raise ValueError(f"{name}: 비어 있습니다. 이름표를 하나 이상 주십시오.")
    if len(_sorted_unique(result, name)[0]) != len(result):
        raise ValueError(
            f"{name}: 같은 이름표가 여러 번 나옵니다. 이름표는 서로 달라야 합니다. "
            "기록마다의 이름표라면 Interactions.from_events를 쓰십시오."
        )
    return frozen(result)


def _encode(labels: ArrayLike, name: str) -> tuple[Array, Array]:
    return _sorted_unique(_one_dimensional(labels, name), name)


def _values(values: ArrayLike) -> Array:
    given = _one_dimensional(values, "values")
    if not len(given):
        raise ValueError("상호작용이 하나도 없습니다. 기록을 하나 이상 주십시오.")
    if given.dtype.kind not in "biuf":
        raise TypeError(
            f"values: 수여야 하는데 {given.dtype}형입니다. "
            "글자로 읽혔다면 float으로 바꾸어 주십시오."
        )
    with np.errstate(over="ignore"):  # float32를 넘는 값은 바로 아래에서 걸립니다
        result = given.astype(np.float32)
    for bad, problem in (
        (~np.isfinite(result), "NaN이거나 너무 큽니다"),
        (result < 0, "음수입니다"),
    ):
        if bad.any():
            raise ValueError(
                f"values: {_first(bad)}번째 값({given[bad][0]})이 {problem}. "
                "0 이상의 유한한 수로 고치거나 그 기록을 빼 주십시오."
            )
    return frozen(result)


def _index(index: ArrayLike, name: str, size: int, n_labels: int) -> Array:
    result = _one_dimensional(index, name, size)
    if result.dtype.kind not in "iu":
        raise TypeError(
            f"{name}: 정수여야 하는데 {result.dtype}형입니다. "
            "이름표라면 Interactions.from_events를 쓰십시오."
        )
    outside = (result < 0) | (result >= n_labels)
    if outside.any():
        raise IndexError(
            f"{name}: {_first(outside)}번째 값({result[outside][0]})이 범위를 "
            f"벗어났습니다. 0 이상 {n_labels:,} 미만이어야 합니다. "
            "번호를 0부터 매겼는지, 이름표가 빠지지 않았는지 확인해 주십시오."
        )
    return frozen(result.astype(np.int32))


def _timestamps(timestamps: ArrayLike | None, size: int) -> Array | None:
    if timestamps is None:
        return None
    result = _one_dimensional(timestamps, "timestamps", size)
    if result.dtype.kind == "M":
        blank = np.isnat(result)
        if blank.any():
            raise ValueError(
                f"timestamps: {_first(blank)}번째 값이 비어 있습니다(NaT). "
                "때를 채우거나 그 기록을 빼 주십시오."
            )
        result = result.astype("datetime64[s]")
    elif result.dtype.kind not in "iu":
        raise TypeError(
            f"timestamps: 정수(초)나 datetime64여야 하는데 {result.dtype}형입니다. "
            "빈칸 때문에 소수로 읽히지 않았는지 확인해 주십시오."
        )
    return frozen(result.astype(np.int64))


def _feature(column: ArrayLike, name: str, n_items: int) -> Array:
    result = _one_dimensional(column, f"item_features['{name}']")
    if len(result) != n_items:
        raise ValueError(
            f"item_features['{name}']: 길이가 {len(result):,}인데 "
            f"아이템은 {n_items:,}개입니다. items와 같은 순서로 하나씩 주십시오."
        )
    return frozen(result)


def _align(
    column: Mapping[Any, Any] | ArrayLike, name: str, item_labels: Array
) -> Array:
    if not isinstance(column, Mapping):
        return np.asarray(column)
    labels = item_labels.tolist()
    missing = [label for label in labels if label not in column]
    if missing:
        raise ValueError(
            f"item_features['{name}']: 아이템 {missing[0]!r}의 값이 없습니다"
            f"(모두 {len(missing):,}개). 모르는 값은 빈 글자 ''로 채워 주십시오."
        )
    return np.array([column[label] for label in labels])
