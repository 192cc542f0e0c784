"""꾸러미가 함께 쓰는 인자 검사.

오류는 인자의 이름, 받은 값, 고치는 법을 한국어로 알립니다. 받은 배열은
바꾸지 않습니다. 돌려주는 배열은 새것입니다.
"""

import math
import warnings
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

__all__ = [
    "boolean",
    "choice",
    "counts",
    "csr",
    "ids",
    "initial_factors",
    "integer",
    "matrix",
    "nonnegative",
    "number",
    "numeric",
    "positive",
    "rows_for",
    "seed",
    "threads",
]

Array = NDArray[Any]


def integer(value: Any, name: str, least: int) -> int:
    """`least` 이상의 정수."""
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise TypeError(
            f"{name}: 정수여야 하는데 {value!r}입니다. {least} 이상의 정수를 주십시오."
        )
    if value < least:
        raise ValueError(
            f"{name}: {least} 이상이어야 하는데 {value}입니다. 더 큰 정수를 주십시오."
        )
    return int(value)


def number(value: Any, name: str, remedy: str) -> float:
    """유한한 수."""
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{name}: 수여야 하는데 {value!r}입니다. {remedy}")
    if not math.isfinite(value):
        raise ValueError(f"{name}: 유한해야 하는데 {value}입니다. {remedy}")
    return float(value)


def positive(value: Any, name: str, example: float) -> float:
    """0보다 큰 수."""
    remedy = f"0보다 큰 수를 주십시오. 예: {name}={example:g}."
    result = number(value, name, remedy)
    if result <= 0:
        raise ValueError(f"{name}: 0보다 커야 하는데 {value}입니다. {remedy}")
    return result


def nonnegative(value: Any, name: str, example: float) -> float:
    """0 이상의 수."""
    remedy = f"0 이상의 수를 주십시오. 예: {name}={example:g}."
    result = number(value, name, remedy)
    if result < 0:
        raise ValueError(f"{name}: 0 이상이어야 하는데 {value}입니다. {remedy}")
    return result


def boolean(value: Any, name: str) -> bool:
    """True나 False."""
    if not isinstance(value, bool | np.bool_):
        raise TypeError(
            f"{name}: True나 False여야 하는데 {value!r}입니다. 둘 가운데 하나를 "
            "주십시오."
        )
    return bool(value)


def choice(value: Any, name: str, choices: tuple[str, ...]) -> str:
    """`choices` 가운데 하나."""
    if not isinstance(value, str) or value not in choices:
        listed = ", ".join(f'"{each}"' for each in choices)
        raise ValueError(
            f"{name}: {value!r}라는 방법은 없습니다. 다음에서 고르십시오: {listed}."
        )
    return value


def seed(value: Any) -> int | None:
    """난수 시드. None이면 부를 때마다 다릅니다."""
    return None if value is None else integer(value, "random_state", 0)


def threads(value: Any) -> int:
    """스레드의 수. 0이면 쓸 수 있는 것을 모두 씁니다."""
    return integer(value, "num_threads", 0)


def ids(value: ArrayLike, name: str, size: int) -> Array:
    """0 이상 `size` 미만인 정수 번호의 int64 배열."""
    result = np.asarray(value)
    if not result.size:
        result = result.astype(np.int64)
    if result.dtype.kind not in "iu":
        raise TypeError(
            f"{name}: 번호는 정수여야 하는데 {result.dtype}형입니다. "
            "0부터 센 정수 번호를 주십시오."
        )
    outside = (result < 0) | (result >= size)
    if outside.any():
        raise IndexError(
            f"{name}: 번호 {result[outside].flat[0]}이(가) 범위를 벗어납니다. "
            f"0부터 {size - 1:,}까지의 번호를 주십시오."
        )
    return result.astype(np.int64)


def initial_factors(value: Any, factors: int) -> tuple[Array, Array] | None:
    """복사한 float64 (X, Y). 행의 수는 `fit`이 자료와 견줍니다."""
    if value is None:
        return None
    if not isinstance(value, tuple | list) or len(value) != 2:
        raise TypeError(
            "initial: 행렬 둘이어야 합니다. initial=(X, Y)처럼 쌍으로 주십시오."
        )
    X, Y = matrix(value[0], "initial의 X"), matrix(value[1], "initial의 Y")
    for side, name in ((X, "X"), (Y, "Y")):
        if side.shape[1] != factors:
            raise ValueError(
                f"initial: {name}의 열이 {side.shape[1]}개인데 "
                f"factors={factors}입니다. factors를 {side.shape[1]}(으)로 바꾸거나 "
                "열의 수를 맞추어 주십시오."
            )
        if not np.isfinite(side).all():
            raise ValueError(
                f"initial: {name}에 NaN이나 무한대가 있습니다. 유한한 수로 바꾸십시오."
            )
    return X, Y


def rows_for(
    initial: tuple[Array, Array], shape: tuple[int, int]
) -> tuple[Array, Array]:
    """시작값의 행이 자료의 모양과 맞는지 보고 그대로 돌려줍니다."""
    for side, rows, name in zip(initial, shape, "XY", strict=True):
        if len(side) != rows:
            raise ValueError(
                f"initial: {name}의 행이 {len(side):,}개인데 user_items의 "
                f"모양은 {shape[0]:,}×{shape[1]:,}입니다. "
                f"{name}의 행을 {rows:,}개로 맞추어 주십시오."
            )
    return initial


def matrix(value: Any, name: str) -> Array:
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
    numeric(array, name)
    return np.array(array, np.float64, order="C")


def numeric(array: Any, name: str) -> None:
    """수의 배열인지."""
    if array.dtype.kind not in "biuf":
        raise TypeError(
            f"{name}: 수여야 하는데 {array.dtype}형입니다. float으로 바꾸어 주십시오."
        )


def csr(value: Any, name: str, stacklevel: int = 3) -> sparse.csr_array:
    """희소 행렬을 복사한 float64 CSR. 같은 칸은 더하고 열 순서로 늘어놓습니다."""
    if value.ndim != 2:
        raise ValueError(
            f"{name}: 2차원이어야 하는데 {value.ndim}차원입니다. "
            "사용자×아이템 행렬을 주십시오."
        )
    numeric(value, name)
    if value.format != "csr":
        warnings.warn(
            f"{name}: {value.format.upper()} 형식을 CSR로 바꾸어 씁니다. "
            f"미리 {name}.tocsr()로 바꾸면 경고가 나오지 않습니다.",
            stacklevel=stacklevel,
        )
    table = sparse.csr_array(value, dtype=np.float64, copy=True)
    try:  # 커널은 자리를 검사하지 않으므로 여기서 끝까지 봅니다.
        table.check_format(full_check=True)
    except ValueError as error:
        raise ValueError(
            f"{name}: CSR의 indptr와 indices가 서로 맞지 않습니다({error}). "
            "sparse.csr_matrix((값, (행, 열)), shape=...)로 다시 만들어 주십시오."
        ) from error
    table.sum_duplicates()
    return table


def counts(
    value: Any, name: str = "user_items", stacklevel: int = 4
) -> sparse.csr_array:
    """암시적 피드백의 횟수 행렬: 정렬한 CSR, float32, 0 이상, 저장한 0 없음.

    희소 행렬이 아니면 밀집 배열로 보고 0을 빈칸으로 칩니다. 받은 것은 바꾸지 않습니다.
    """
    if hasattr(value, "user_items"):
        raise TypeError(
            f"{name}: 행렬이어야 하는데 {type(value).__name__}입니다. "
            "그 안의 행렬 .user_items를 주십시오."
        )
    if sparse.issparse(value):
        table = csr(value, name, stacklevel)
    else:
        table = sparse.csr_array(matrix(value, name))
    if not all(table.shape):
        raise ValueError(
            f"{name}: 모양이 {table.shape[0]:,}×{table.shape[1]:,}입니다. "
            "사용자와 아이템이 하나 이상 있어야 합니다."
        )
    with np.errstate(over="ignore"):  # 넘친 값은 바로 아래에서 걸립니다
        single = table.data.astype(np.float32)
    for bad, problem in (
        (~np.isfinite(single), "NaN이거나 너무 큽니다"),
        (single < 0, "음수입니다"),
    ):
        if bad.any():
            at = int(np.argmax(bad))
            row = int(np.searchsorted(table.indptr, at, side="right")) - 1
            raise ValueError(
                f"{name}: ({row}, {table.indices[at]}) 칸의 값 {table.data[at]:g}이 "
                f"{problem}. 횟수는 0 이상의 유한한 수여야 합니다. 그 칸을 고치거나 "
                "지워 주십시오."
            )
    result = sparse.csr_array(
        (single, table.indices, table.indptr), shape=table.shape, copy=False
    )
    result.eliminate_zeros()
    if result.nnz < 2**31:  # 커널을 자리의 형마다 따로 컴파일하지 않게 합니다
        result.indices = result.indices.astype(np.int32, copy=False)
        result.indptr = result.indptr.astype(np.int32, copy=False)
    return result
