"""커널이 함께 쓰는 도구: 컴파일 설정, 16칸 벡터 연산, 지수와 로그, 난수, 섞기.

커널 안에서 부르면 기계어로, 파이썬에서 부르거나 ``NUMBA_DISABLE_JIT``이 켜져 있으면
NumPy로 쓴 쌍둥이로 돕니다. 둘은 같은 순서로 계산하므로 결과의 마지막 비트까지 같습니다.
곱하고 더하는 것을 한 명령으로 합치거나(FMA) 더하는 순서를 바꾸지 않으며, C의 수학
함수도 부르지 않습니다. 그래서 어느 기계에서나, 브라우저에서도 같은 수가 나옵니다. NaN은
부호와 나머지 비트가 기계마다 다를 수 있어 NaN이라는 것만 같습니다.

`dot`과 `axpy`가 받는 배열의 길이는 `PADDING`의 배수입니다. 잠재 벡터의 길이가 k이면
`padded(k)`칸을 잡고 남는 칸을 0으로 채웁니다. 0은 내적을 바꾸지 않고, 0인 칸은 `axpy`
뒤에도 0입니다. `dots`와 `axpys`는 행렬의 여러 행에 같은 일을 한꺼번에 하며, 하나씩
부른 것과 마지막 비트까지 같습니다.

난수 생성기는 splitmix64입니다. 상태는 길이 1인 uint64 배열이며 부를 때마다 나아갑니다.
64비트 정수의 덧셈, 곱셈, 비트 이동만 쓰므로 어느 기계에서나 같은 수가 나옵니다.

References
----------
Steele, Lea, Flood (2014), "Fast Splittable Pseudorandom Number Generators",
OOPSLA. 상수는 Vigna가 공개한 splitmix64.c의 것입니다.

Cody, Waite (1980), "Software Manual for the Elementary Functions": 지수 함수의 인자를
두 조각으로 나눈 ln 2로 줄이는 방법.

Lemire (2019), "Fast Random Integer Generation in an Interval", ACM TOMACS 29(1):
나눗셈 없이 치우치지 않은 정수를 고르는 방법.
"""

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from llvmlite import ir
from numba import config, njit, types
from numba.core import cgutils
from numba.core.errors import TypingError
from numba.extending import intrinsic, overload, register_jitable
from numpy.typing import NDArray

from recbook.kernels._declare import browser, spread

__all__ = [
    "PADDING",
    "axpy",
    "axpys",
    "dot",
    "dots",
    "exp",
    "fill_uniform",
    "kernel",
    "log",
    "next_below",
    "next_uint64",
    "padded",
    "shuffle",
    "sigmoid",
    "uniform",
]

Array = NDArray[Any]

PADDING = 16
"""`dot`과 `axpy`가 한 번에 다루는 칸의 수. 배열의 길이를 이 수의 배수로 맞춥니다."""


# 브라우저용으로 옮길 때만 Numba의 최적화를 끕니다(`recbook.browser`).
_BROWSER = not config.OPT


def kernel(function: Callable[..., Any]) -> Any:
    """커널 하나를 컴파일합니다. 모든 커널이 이 설정을 함께 씁니다.

    컴파일한 결과는 디스크에 남아 다음 실행에서 다시 씁니다. 커널 폴더의 어느 파일이든
    바뀌면 다시 컴파일합니다. 0으로 나누면 NumPy처럼 무한대나 NaN이 됩니다. 도는 동안
    파이썬의 잠금(GIL)을 놓으므로 여러 스레드가 서로 다른 행을 함께 계산할 수 있습니다.
    """
    if config.DISABLE_JIT:
        # 그냥 파이썬으로 돌 때: NumPy의 수는 넘칠 때 경고하지만 커널은 조용합니다.
        return np.errstate(all="ignore")(function)
    compiled = njit(cache=True, error_model="numpy", nogil=True)(function)
    # Numba는 커널이 든 파일만 보고, 그 커널이 부르는 다른 파일의 함수는 보지 않습니다.
    # 그대로 두면 이 파일의 dot을 고쳐도 옛 dot을 품은 기계어가 계속 돕니다.
    index = compiled._cache._cache_file
    index._source_stamp = (*index._source_stamp, _sources_hash())
    return compiled


@cache
def _sources_hash() -> str:
    """커널 폴더에 든 모든 소스의 해시."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _native(twin: Callable[..., Any]) -> Any:
    """파이썬 함수 `twin`을 커널 안에서 부를 때 쓸 구현을 붙입니다."""
    return overload(twin, jit_options={"error_model": "numpy", "forceinline": True})


# 벡터 연산 -----------------------------------------------------------------------

_LENGTH_ERROR = (
    f"dot과 axpy가 받는 두 배열은 길이가 같고 {PADDING}의 배수여야 합니다. "
    "padded(k)칸을 잡고 남는 칸을 0으로 채우세요."
)
_TYPE_ERROR = (
    "dot과 axpy는 float32끼리 또는 float64끼리인 1차원 C 연속 배열 둘을 받습니다. "
    "axpy의 alpha는 실수이고, y는 고칠 수 있어야 합니다."
)
_ROWS_ERROR = (
    f"dots의 x와 axpys의 y는 길이가 {PADDING}의 배수이고 행의 너비 이하여야 합니다. "
    "dots의 out과 axpys의 alphas는 행의 수(at을 주면 at의 길이)보다 길 수 없습니다."
)
_ROWS_TYPE_ERROR = (
    "dots와 axpys는 float32끼리 또는 float64끼리인 C 연속 배열을 받습니다. rows는 "
    "2차원, 나머지는 1차원이고, at은 정수 배열입니다. 결과를 적는 배열은 고칠 수 "
    "있어야 합니다."
)


@register_jitable
def padded(k: int) -> int:
    """`k`보다 작지 않은 `PADDING`의 배수 가운데 가장 작은 것."""
    return -(-k // PADDING) * PADDING


def _check_lengths(a: Array, b: Array) -> None:
    if len(a) != len(b) or len(a) % PADDING:
        raise ValueError(_LENGTH_ERROR)


@np.errstate(all="ignore")
def dot(a: Array, b: Array) -> Any:
    """내적 a·b.

    부분합 16개를 두고 n번째 곱을 n mod 16번째 부분합에 차례로 더한 다음, 부분합을
    반으로 접어 가며 더합니다: 16 → 8 → 4 → 2 → 1. 길이가 0이면 0입니다.

    Parameters
    ----------
    a, b : ndarray of float32 or float64, shape (k,)
        형과 길이가 같은 C 연속 배열. 길이는 `PADDING`의 배수입니다.

    Returns
    -------
    float32 or float64
        배열과 같은 형.

    Raises
    ------
    ValueError
        두 길이가 다르거나 `PADDING`의 배수가 아닐 때.
    """
    _check_lengths(a, b)
    lanes = np.zeros(PADDING, a.dtype)
    for start in range(0, len(a), PADDING):
        stop = start + PADDING
        lanes = lanes + a[start:stop] * b[start:stop]
    while len(lanes) > 1:
        half = len(lanes) // 2
        lanes = lanes[:half] + lanes[half:]
    return lanes[0]


@np.errstate(all="ignore")
def axpy(alpha: float, x: Array, y: Array) -> None:
    """y ← y + αx를 제자리에서. 칸마다 한 번 곱하고 한 번 더합니다.

    Parameters
    ----------
    alpha : float
        배열의 형으로 바꾸어 씁니다.
    x, y : ndarray of float32 or float64, shape (k,)
        형과 길이가 같고 겹치지 않는 C 연속 배열. 길이는 `PADDING`의 배수입니다.

    Raises
    ------
    ValueError
        두 길이가 다르거나 `PADDING`의 배수가 아닐 때.
    """
    _check_lengths(x, y)
    y += y.dtype.type(float(alpha)) * x


def _check_rows(rows: Array, vector: Array, count: int, at: Array | None) -> None:
    if (
        len(vector) % PADDING
        or len(vector) > rows.shape[1]
        or count > len(rows if at is None else at)
    ):
        raise ValueError(_ROWS_ERROR)


def dots(rows: Array, x: Array, out: Array, at: Array | None = None) -> None:
    """out ← out + Rx: 행렬의 행마다 x와의 내적을 더합니다.

    n번째 칸에 ``dot(rows[at[n]], x)``를 더한 것과 마지막 비트까지 같습니다. 네 행을
    함께 보아 x를 한 번만 읽습니다.

    Parameters
    ----------
    rows : ndarray of float32 or float64, shape (r, w)
        C 연속 배열. 행마다 앞쪽 ``len(x)``칸만 씁니다.
    x : ndarray, shape (k,)
        `rows`와 같은 형. 길이는 `PADDING`의 배수이고 w 이하입니다.
    out : ndarray, shape (n,)
        `rows`와 같은 형. 다른 배열과 겹치지 않습니다.
    at : ndarray of int32 or int64, shape (≥ n,), optional
        볼 행의 번호. 없으면 앞에서부터 n행입니다. 번호가 범위 안인지는 보지 않습니다.

    Raises
    ------
    ValueError
        길이가 맞지 않을 때.
    """
    _check_rows(rows, x, len(out), at)
    with np.errstate(all="ignore"):
        for n in range(len(out)):
            out[n] += dot(rows[n if at is None else at[n], : len(x)], x)


def axpys(alphas: Array, rows: Array, y: Array, at: Array | None = None) -> None:
    """y ← y + Rᵀα: 행렬의 행마다 α를 곱해 제자리에서 모두 더합니다.

    n = 0, 1, …의 순서로 ``axpy(alphas[n], rows[at[n]], y)``를 부른 것과 마지막
    비트까지 같습니다. y를 레지스터에 두고 더하므로 한 번만 읽고 씁니다.

    Parameters
    ----------
    alphas : ndarray of float32 or float64, shape (n,)
        `rows`와 같은 형.
    rows : ndarray, shape (r, w)
        C 연속 배열. 행마다 앞쪽 ``len(y)``칸만 씁니다.
    y : ndarray, shape (k,)
        `rows`와 같은 형. 길이는 `PADDING`의 배수이고 w 이하이며, 다른 배열과 겹치지
        않습니다.
    at : ndarray of int32 or int64, shape (≥ n,), optional
        더할 행의 번호. 없으면 앞에서부터 n행입니다. 번호가 범위 안인지는 보지 않습니다.

    Raises
    ------
    ValueError
        길이가 맞지 않을 때.
    """
    _check_rows(rows, y, len(alphas), at)
    for n in range(len(alphas)):
        axpy(alphas[n], rows[n if at is None else at[n], : len(y)], y)


def _is_pair(a: Any, b: Any) -> bool:
    """Numba의 형 `a`와 `b`가 위 두 함수가 받는 배열의 형인지."""
    return all(
        isinstance(array, types.Array)
        and (array.ndim, array.layout, array.aligned) == (1, "C", True)
        and array.dtype in (types.float32, types.float64)
        and array.dtype == a.dtype
        for array in (a, b)
    )


def _walk(context: Any, builder: Any, pair: Any, values: Any) -> Any:
    """길이를 확인하고, 배열의 원소 포인터 둘과 길이와 벡터의 형을 돌려줍니다."""
    a, b = (
        context.make_array(kind)(context, builder, value)
        for kind, value in zip(pair, values, strict=True)
    )
    size, other = (builder.extract_value(array.shape, 0) for array in (a, b))
    remainder = builder.and_(size, size.type(PADDING - 1))
    wrong = builder.or_(
        builder.icmp_unsigned("!=", size, other),
        builder.icmp_unsigned("!=", remainder, size.type(0)),
    )
    with builder.if_then(wrong, likely=False):
        context.call_conv.return_user_exc(builder, ValueError, (_LENGTH_ERROR,))
    lanes = ir.VectorType(context.get_value_type(pair[0].dtype), PADDING)
    return a.data, b.data, size, lanes


def _slot(builder: Any, data: Any, start: Any, lanes: Any) -> tuple[Any, int]:
    """`data[start:start + 16]`을 가리키는 벡터 포인터와, 원소 하나의 정렬 바이트."""
    pointer = builder.bitcast(builder.gep(data, [start]), lanes.as_pointer())
    return pointer, 4 if isinstance(lanes.element, ir.FloatType) else 8


def _load(builder: Any, data: Any, start: Any, lanes: Any) -> Any:
    pointer, align = _slot(builder, data, start, lanes)
    return builder.load(pointer, align=align)


# 아래 곱셈과 덧셈에는 fast-math 표시가 없습니다. 표시가 없으면 LLVM은 둘을 FMA로
# 합치지도, 더하는 순서를 바꾸지도 않습니다.


@intrinsic
def _dot(typing_context: Any, a: Any, b: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        left, right, size, lanes = _walk(context, builder, signature.args, values)
        total = cgutils.alloca_once_value(builder, ir.Constant(lanes, None))
        first, step = size.type(0), size.type(PADDING)
        with cgutils.for_range_slice(builder, first, size, step) as (start, _):
            x = _load(builder, left, start, lanes)
            y = _load(builder, right, start, lanes)
            product = builder.fmul(x, y)
            builder.store(builder.fadd(builder.load(total), product), total)
        folded = builder.load(total)
        half = PADDING // 2
        while half:
            low, high = (
                builder.shuffle_vector(
                    folded,
                    ir.Constant(folded.type, ir.Undefined),
                    ir.Constant(
                        ir.VectorType(ir.IntType(32), half),
                        list(range(begin, begin + half)),
                    ),
                )
                for begin in (0, half)
            )
            folded = builder.fadd(low, high)
            half //= 2
        return builder.extract_element(folded, ir.IntType(32)(0))

    return a.dtype(a, b), generate


@intrinsic
def _axpy(typing_context: Any, alpha: Any, x: Any, y: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        number, *pair = signature.args
        source, target, size, lanes = _walk(context, builder, pair, values[1:])
        wide = context.cast(builder, values[0], number, types.float64)
        scale = context.cast(builder, wide, types.float64, pair[1].dtype)
        scales = ir.Constant(lanes, ir.Undefined)
        for lane in range(PADDING):
            scales = builder.insert_element(scales, scale, ir.IntType(32)(lane))
        first, step = size.type(0), size.type(PADDING)
        with cgutils.for_range_slice(builder, first, size, step) as (start, _):
            product = builder.fmul(scales, _load(builder, source, start, lanes))
            pointer, align = _slot(builder, target, start, lanes)
            added = builder.fadd(builder.load(pointer, align=align), product)
            builder.store(added, pointer, align=align)
        return context.get_dummy_value()

    return types.none(alpha, x, y), generate


@_native(dot)
def _native_dot(a: Any, b: Any) -> Any:
    if not _is_pair(a, b):
        raise TypingError(_TYPE_ERROR)

    def implementation(a: Any, b: Any) -> Any:
        return _dot(a, b)

    return implementation


@_native(axpy)
def _native_axpy(alpha: Any, x: Any, y: Any) -> Any:
    real = isinstance(alpha, types.Float | types.Integer)
    if not (real and _is_pair(x, y) and y.mutable):
        raise TypingError(_TYPE_ERROR)

    def implementation(alpha: Any, x: Any, y: Any) -> Any:
        return _axpy(alpha, x, y)

    return implementation


class _Rows:
    """`dots`와 `axpys`가 기계어를 지을 때 보는 행렬과 벡터."""

    def __init__(self, context: Any, builder: Any, kinds: Any, values: Any) -> None:
        self.builder = builder
        arrays: list[Any] = [
            context.make_array(kind)(context, builder, value)
            if isinstance(kind, types.Array)
            else None
            for kind, value in zip(kinds, values, strict=True)
        ]
        self.rows, self.vector, self.scalars, self.at = arrays
        self.size = builder.extract_value(self.vector.shape, 0)
        self.count = builder.extract_value(self.scalars.shape, 0)
        self.lanes = ir.VectorType(context.get_value_type(kinds[0].dtype), PADDING)
        # 한꺼번에 볼 행의 수와 칸의 수. 부분합이 모두 레지스터에 들어야 합니다.
        # 브라우저에는 16바이트 레지스터가 열여섯 개뿐입니다.
        self.together: tuple[int, ...] = (4, 1)
        self.spans: tuple[int, ...] = (64, 32, 16)
        if _BROWSER:
            single = isinstance(self.lanes.element, ir.FloatType)
            self.together = (2, 1)
            self.spans = (32, 16) if single else (16,)
        self._check(context)

    def _check(self, context: Any) -> None:
        builder = self.builder
        height, width = cgutils.unpack_tuple(builder, self.rows.shape, 2)
        if self.at is not None:
            height = builder.extract_value(self.at.shape, 0)
        remainder = builder.and_(self.size, self.number(PADDING - 1))
        wrong = builder.or_(
            builder.icmp_unsigned("!=", remainder, self.number(0)),
            builder.or_(
                builder.icmp_unsigned(">", self.size, width),
                builder.icmp_unsigned(">", self.count, height),
            ),
        )
        with builder.if_then(wrong, likely=False):
            context.call_conv.return_user_exc(builder, ValueError, (_ROWS_ERROR,))

    def number(self, value: int) -> Any:
        return self.size.type(value)

    def row(self, n: Any) -> Any:
        """n번째로 볼 행이 시작하는 자리."""
        if self.at is not None:
            found = self.builder.load(self.builder.gep(self.at.data, [n]))
            n = self.builder.sext(found, self.size.type)
        return self.builder.mul(n, self.builder.extract_value(self.rows.shape, 1))

    def load_row(self, row: Any, start: Any) -> Any:
        at = self.builder.add(row, start)
        return _load(self.builder, self.rows.data, at, self.lanes)

    def groups(self, total: Any, sizes: tuple[int, ...]) -> Any:
        """`total`을 큰 묶음부터 나누는 (묶음의 크기, 처음, 끝)."""
        start = self.number(0)
        for size in sizes:
            left = self.builder.sub(total, start)
            rest = self.builder.urem(left, self.number(size))
            stop = self.builder.sub(total, rest)
            yield size, start, stop
            start = stop

    def slots(self, count: int) -> list[Any]:
        """벡터를 담을 자리. LLVM이 레지스터로 바꿉니다."""
        return [cgutils.alloca_once(self.builder, self.lanes) for _ in range(count)]

    def add_product(self, slot: Any, a: Any, b: Any) -> None:
        builder = self.builder
        builder.store(builder.fadd(builder.load(slot), builder.fmul(a, b)), slot)

    def shuffle(self, a: Any, b: Any, picks: list[int]) -> Any:
        kind = ir.VectorType(ir.IntType(32), len(picks))
        return self.builder.shuffle_vector(a, b, ir.Constant(kind, picks))

    def splat(self, scalar: Any) -> Any:
        empty = ir.Constant(self.lanes, ir.Undefined)
        first = self.builder.insert_element(empty, scalar, ir.IntType(32)(0))
        return self.shuffle(first, empty, [0] * PADDING)

    def folded(self, vectors: list[Any]) -> Any:
        """벡터마다 `dot`의 순서로 접은 합. 여러 벡터를 한 명령으로 함께 접습니다."""
        width = PADDING
        while width > 1:
            pairs = list(zip(vectors[::2], vectors[1::2], strict=False))
            if not pairs:
                pairs = [(vectors[0], ir.Constant(vectors[0].type, ir.Undefined))]
            lanes = vectors[0].type.count * min(len(vectors), 2)
            half = width // 2
            low = [n for n in range(lanes) if n % width < half]
            high = [n + half for n in low]
            vectors = [
                self.builder.fadd(self.shuffle(a, b, low), self.shuffle(a, b, high))
                for a, b in pairs
            ]
            width = half
        return vectors[0]


@intrinsic
def _dots(typing_context: Any, rows: Any, x: Any, out: Any, at: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        own = _Rows(context, builder, signature.args, values)
        for group, first, last in own.groups(own.count, own.together):
            step = own.number(group)
            with cgutils.for_range_slice(builder, first, last, step) as (n, _):
                starts = [
                    own.row(builder.add(n, own.number(lane))) for lane in range(group)
                ]
                sums = own.slots(group)
                for total in sums:
                    builder.store(ir.Constant(own.lanes, None), total)
                begin, block = own.number(0), own.number(PADDING)
                with cgutils.for_range_slice(builder, begin, own.size, block) as (k, _):
                    part = _load(builder, own.vector.data, k, own.lanes)
                    for start, total in zip(starts, sums, strict=True):
                        own.add_product(total, own.load_row(start, k), part)
                products = own.folded([builder.load(total) for total in sums])
                kind = ir.VectorType(own.lanes.element, group)
                slot, align = _slot(builder, own.scalars.data, n, kind)
                added = builder.fadd(builder.load(slot, align=align), products)
                builder.store(added, slot, align=align)
        return context.get_dummy_value()

    return types.none(rows, x, out, at), generate


@intrinsic
def _axpys(typing_context: Any, rows: Any, y: Any, alphas: Any, at: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        own = _Rows(context, builder, signature.args, values)
        for group, first, last in own.groups(own.size, own.spans):
            step = own.number(group)
            with cgutils.for_range_slice(builder, first, last, step) as (k, _):
                places = [
                    builder.add(k, own.number(offset))
                    for offset in range(0, group, PADDING)
                ]
                sums = own.slots(len(places))
                for place, total in zip(places, sums, strict=True):
                    part = _load(builder, own.vector.data, place, own.lanes)
                    builder.store(part, total)
                begin, one = own.number(0), own.number(1)
                with cgutils.for_range_slice(builder, begin, own.count, one) as (n, _):
                    start = own.row(n)
                    alpha = builder.load(builder.gep(own.scalars.data, [n]))
                    scale = own.splat(alpha)
                    for place, total in zip(places, sums, strict=True):
                        own.add_product(total, scale, own.load_row(start, place))
                for place, total in zip(places, sums, strict=True):
                    slot, align = _slot(builder, own.vector.data, place, own.lanes)
                    builder.store(builder.load(total), slot, align=align)
        return context.get_dummy_value()

    return types.none(rows, y, alphas, at), generate


def _are_rows(rows: Any, vector: Any, scalars: Any, at: Any) -> bool:
    """Numba의 형이 `dots`와 `axpys`가 받는 배열의 형인지."""
    return (
        isinstance(rows, types.Array)
        and (rows.ndim, rows.layout, rows.aligned) == (2, "C", True)
        and _is_pair(vector, scalars)
        and rows.dtype == vector.dtype
        and (
            at is None
            or isinstance(at, types.NoneType | types.Omitted)
            or (
                isinstance(at, types.Array)
                and (at.ndim, at.layout, at.aligned) == (1, "C", True)
                and isinstance(at.dtype, types.Integer)
                and at.dtype.signed
            )
        )
    )


# 함수로 부르면 부를 때마다 배열의 참조 횟수를 올리고 내립니다. 짧은 행에서는 그것이
# 셈의 1할이라, 부르는 커널 안에 풀어 씁니다. 브라우저에서는 참조를 세지 않고 크기가
# 먼저이므로 풀지 않습니다.
_INLINE = "never" if _BROWSER else "always"


@overload(dots, inline=_INLINE)
def _native_dots(rows: Any, x: Any, out: Any, at: Any = None) -> Any:
    if not (_are_rows(rows, x, out, at) and out.mutable):
        raise TypingError(_ROWS_TYPE_ERROR)

    def implementation(rows: Any, x: Any, out: Any, at: Any = None) -> Any:
        return _dots(rows, x, out, at)

    return implementation


@overload(axpys, inline=_INLINE)
def _native_axpys(alphas: Any, rows: Any, y: Any, at: Any = None) -> Any:
    if not (_are_rows(rows, y, alphas, at) and y.mutable):
        raise TypingError(_ROWS_TYPE_ERROR)

    def implementation(alphas: Any, rows: Any, y: Any, at: Any = None) -> Any:
        return _axpys(rows, y, alphas, at)

    return implementation


# 지수 함수 -----------------------------------------------------------------------
#
# x = n ln 2 + r, |r| ≤ ½ ln 2로 나누면 eˣ = 2ⁿ eʳ입니다.
#
# - n: x log₂e에 1.5·2²³(float64는 1.5·2⁵²)을 더하면 소수부가 반올림되어 떨어져 나가고,
#   정수 n은 그 수의 아래쪽 비트에 남습니다.
# - r: ln 2를 위와 아래 두 조각으로 나누어 뺍니다. 위 조각은 아래쪽 비트가 0이라서 n을
#   곱해도 반올림이 없습니다.
# - eʳ = 1 + r + r²·q(r). q는 상대 오차를 작게 맞춘 다항식입니다.
# - 2ⁿ: 지수부 비트를 만들어 곱합니다. 둘로 나누어 곱해야 비정규수와 무한대에 닿습니다.

_ONE_32 = np.float32(1)
# 이 밖에서는 결과가 무한대와 0으로 정해집니다.
_TOP_32 = np.float32(89)
_BOTTOM_32 = np.float32(-104)
_LOG2E_32 = np.float32(1.4426950408889634)
_ROUNDER_32 = np.float32(1.5 * 2**23)
_ROUNDER_BITS_32 = np.int32(0x4B400000)
_LN2_HIGH_32 = np.float32(0.693145751953125)
_LN2_LOW_32 = np.float32(1.428606765330187e-06)
_Q0_32 = np.float32(0.49999988079071045)
_Q1_32 = np.float32(0.166665181517601)
_Q2_32 = np.float32(0.04166964814066887)
_Q3_32 = np.float32(0.008368946611881256)
_Q4_32 = np.float32(0.0013745325850322843)

_TOP_64 = 710.0
_BOTTOM_64 = -746.0
_LOG2E_64 = 1.4426950408889634
_ROUNDER_64 = 1.5 * 2**52
_ROUNDER_BITS_64 = np.int64(0x4338000000000000)
_LN2_HIGH_64 = 0.6931471803691238
_LN2_LOW_64 = 1.9082149292705877e-10
_Q0_64 = 0.5000000000000012
_Q1_64 = 0.16666666666666471
_Q2_64 = 0.04166666666651975
_Q3_64 = 0.008333333333458665
_Q4_64 = 0.0013888888945921057
_Q5_64 = 0.00019841269581196487
_Q6_64 = 2.4801491030993337e-05
_Q7_64 = 2.755752164644174e-06
_Q8_64 = 2.763090755114223e-07
_Q9_64 = 2.5020074850572813e-08


@spread
def _exp_32(x: Any) -> Any:
    x = _TOP_32 if x > _TOP_32 else x
    x = _BOTTOM_32 if x < _BOTTOM_32 else x
    shifted = np.float32(x * _LOG2E_32 + _ROUNDER_32)
    whole = shifted - _ROUNDER_32
    high = x - whole * _LN2_HIGH_32
    low = whole * _LN2_LOW_32
    r = high - low
    q = _Q3_32 + r * _Q4_32
    q = _Q2_32 + r * q
    q = _Q1_32 + r * q
    q = _Q0_32 + r * q
    y = _ONE_32 + (high - (low - r * r * q))
    n = np.int32(np.float32(shifted).view(np.int32) - _ROUNDER_BITS_32)
    half = np.int32(n >> 1)
    rest = np.int32(n - half)
    y = y * np.int32((half + 127) << 23).view(np.float32)
    return y * np.int32((rest + 127) << 23).view(np.float32)


def _exp_64(x: Any) -> Any:
    x = _TOP_64 if x > _TOP_64 else x
    x = _BOTTOM_64 if x < _BOTTOM_64 else x
    shifted = x * _LOG2E_64 + _ROUNDER_64
    whole = shifted - _ROUNDER_64
    high = x - whole * _LN2_HIGH_64
    low = whole * _LN2_LOW_64
    r = high - low
    q = _Q8_64 + r * _Q9_64
    q = _Q7_64 + r * q
    q = _Q6_64 + r * q
    q = _Q5_64 + r * q
    q = _Q4_64 + r * q
    q = _Q3_64 + r * q
    q = _Q2_64 + r * q
    q = _Q1_64 + r * q
    q = _Q0_64 + r * q
    y = 1.0 + (high - (low - r * r * q))
    n = np.float64(shifted).view(np.int64) - _ROUNDER_BITS_64
    half = n >> 1
    rest = n - half
    y = y * np.int64((half + 1023) << 52).view(np.float64)
    return y * np.int64((rest + 1023) << 52).view(np.float64)


@np.errstate(all="ignore")
def exp(x: Any) -> Any:
    """지수 함수 eˣ.

    상대 오차는 float32에서 7.5e-8, float64에서 1.5e-16을 넘지 않습니다. 결과가
    비정규수이면 오차는 가장 작은 비정규수 하나 안쪽입니다. 넘치면 무한대, 그보다도
    작으면 0이고, NaN은 NaN입니다. x가 커질 때 결과가 작아지는 일은 없습니다.

    Parameters
    ----------
    x : float32, float64 or int
        정수는 float64로 바꿉니다.

    Returns
    -------
    float32 or float64
        `x`와 같은 형.
    """
    return _exp_32(x) if isinstance(x, np.float32) else _exp_64(np.float64(x))


def _sigmoid_32(x: Any) -> Any:
    return _ONE_32 / (_ONE_32 + exp(-x))


def _sigmoid_64(x: Any) -> Any:
    return 1.0 / (1.0 + exp(-x))


@np.errstate(all="ignore")
def sigmoid(x: Any) -> Any:
    """로지스틱 함수 σ(x) = 1 / (1 + e⁻ˣ).

    `exp`가 넘치면 무한대라서 이 식 그대로 모든 x에서 값이 정해집니다. 상대 오차는
    float32에서 1.5e-7, float64에서 3e-16을 넘지 않습니다. e⁻ˣ이 넘치는 곳부터는 참값이
    float32에서 3e-39, float64에서 6e-309보다 작으며 결과는 0입니다. 반대쪽 끝은 1이고,
    NaN은 NaN입니다. x가 커질 때 결과가 작아지는 일은 없습니다.

    Parameters
    ----------
    x : float32, float64 or int
        정수는 float64로 바꿉니다.

    Returns
    -------
    float32 or float64
        `x`와 같은 형.
    """
    return _sigmoid_32(x) if isinstance(x, np.float32) else _sigmoid_64(np.float64(x))


# 로그 ----------------------------------------------------------------------------
#
# x = 2ⁿ(1 + f), √½ ≤ 1 + f < √2로 나누면 log x = n ln 2 + log(1 + f)입니다.
#
# - n과 f: √½의 비트를 뺀 정수의 지수부가 n이고, 지수부를 n만큼 되돌린 수가
#   1 + f입니다. 비정규수는 먼저 2²⁵(float64는 2⁵⁴)을 곱해 둡니다.
# - s = f / (2 + f)라 두면 log(1 + f) = 2 artanh s = 2s + s·z·p(z), z = s²입니다. p는
#   [0, 0.0295]에서 2/3 + 2z/5 + 2z²/7 + …에 체비쇼프 점에서 맞춘 다항식입니다.
# - 2s = f − s·f이고 s·f = f²/2 − s·f²/2입니다. 큰 것에서 작은 것을 빼도록 이렇게 풀어
#   더하면 반올림이 f의 마지막 자리에서 한 번만 남습니다.

_ZERO_32 = np.float32(0)
_HALF_32 = np.float32(0.5)
_TWO_32 = np.float32(2)
_INF_32 = np.float32(np.inf)
_NAN_32 = np.float32(np.nan)
_TINY_32 = np.float32(2.0**-126)
_LIFT_32 = np.float32(2.0**25)
_SQRT_HALF_BITS_32 = np.int32(0x3F3504F3)
_P0_32 = np.float32(0.6666666865348816)
_P1_32 = np.float32(0.4000012278556824)
_P2_32 = np.float32(0.2855082154273987)
_P3_32 = np.float32(0.2333046793937683)

_INF_64 = np.float64(np.inf)
_NAN_64 = np.float64(np.nan)
_TINY_64 = 2.0**-1022
_LIFT_64 = 2.0**54
_SQRT_HALF_BITS_64 = np.int64(0x3FE6A09E667F3BCD)
_P0_64 = 0.666666666666667
_P1_64 = 0.39999999999899505
_P2_64 = 0.28571428625975487
_P3_64 = 0.2222221113479508
_P4_64 = 0.18182889125261723
_P5_64 = 0.15331721600556042
_P6_64 = 0.14616449685043406


@spread
def _log_32(x: Any) -> Any:
    small = x < _TINY_32
    scaled = x * _LIFT_32 if small else x
    bits = np.float32(scaled).view(np.int32)
    n = np.int32(np.int32(bits - _SQRT_HALF_BITS_32) >> 23)
    f = np.int32(bits - (n << 23)).view(np.float32) - _ONE_32
    s = f / (_TWO_32 + f)
    z = s * s
    p = _P2_32 + z * _P3_32
    p = _P1_32 + z * p
    p = _P0_32 + z * p
    half = _HALF_32 * f * f
    k = np.float32(n - (25 if small else 0))
    y = k * _LN2_HIGH_32 - ((half - (s * (half + z * p) + k * _LN2_LOW_32)) - f)
    y = y if x < _INF_32 else x
    return y if x > _ZERO_32 else (-_INF_32 if x == _ZERO_32 else _NAN_32)


def _log_64(x: Any) -> Any:
    small = x < _TINY_64
    scaled = x * _LIFT_64 if small else x
    bits = np.float64(scaled).view(np.int64)
    n = (bits - _SQRT_HALF_BITS_64) >> 52
    f = np.int64(bits - (n << 52)).view(np.float64) - 1.0
    s = f / (2.0 + f)
    z = s * s
    p = _P5_64 + z * _P6_64
    p = _P4_64 + z * p
    p = _P3_64 + z * p
    p = _P2_64 + z * p
    p = _P1_64 + z * p
    p = _P0_64 + z * p
    half = 0.5 * f * f
    k = np.float64(n - (54 if small else 0))
    y = k * _LN2_HIGH_64 - ((half - (s * (half + z * p) + k * _LN2_LOW_64)) - f)
    y = y if x < _INF_64 else x
    return y if x > 0.0 else (-_INF_64 if x == 0.0 else _NAN_64)


@np.errstate(all="ignore")
def log(x: Any) -> Any:
    """자연로그 log x.

    상대 오차는 float32에서 1.2e-7, float64에서 2e-16을 넘지 않습니다. 0은 −∞, 음수와
    NaN은 NaN, 무한대는 무한대입니다.

    Parameters
    ----------
    x : float32, float64 or int
        정수는 float64로 바꿉니다.

    Returns
    -------
    float32 or float64
        `x`와 같은 형.
    """
    return _log_32(x) if isinstance(x, np.float32) else _log_64(np.float64(x))


def _native_by_type(function: Any, single: Any, double: Any) -> None:
    def implementation(x: Any) -> Any:
        return function(np.float64(x))

    @_native(function)
    def choose(x: Any) -> Any:
        if isinstance(x, types.Integer):
            return implementation
        return {types.float32: single, types.float64: double}.get(x)


_native_by_type(exp, _exp_32, _exp_64)
_native_by_type(sigmoid, _sigmoid_32, _sigmoid_64)
_native_by_type(log, _log_32, _log_64)


# 난수 ----------------------------------------------------------------------------

_GAMMA = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_11 = np.uint64(11)
_27 = np.uint64(27)
_30 = np.uint64(30)
_31 = np.uint64(31)
_ZERO = np.uint64(0)
_32 = np.uint64(32)
_2_32 = np.uint64(2**32)
_LOW_32 = np.uint64(2**32 - 1)
_ULP = 2.0**-53

in_browser = browser(
    order="int32[::1]",
    out="float32[:, ::1]",
    scale="float64",
    state="uint64[::1]",
)


@kernel
def next_uint64(state: Array) -> np.uint64:
    """다음 64비트 난수. `state`를 한 걸음 나아가게 합니다.

    Parameters
    ----------
    state : ndarray of uint64, shape (1,)
    """
    z = state[0] + _GAMMA
    state[0] = z
    z = (z ^ (z >> _30)) * _MIX_1
    z = (z ^ (z >> _27)) * _MIX_2
    return z ^ (z >> _31)


@kernel
def uniform(state: Array) -> float:
    """[0, 1)에서 고른 float64. 위쪽 53비트를 씁니다."""
    return np.float64(next_uint64(state) >> _11) * _ULP


@kernel
def next_below(state: Array, bound: np.uint64) -> np.uint64:
    """0 이상 `bound` 미만에서 치우침 없이 고른 정수. 나눗셈이 없어 빠릅니다.

    난수의 위쪽 32비트 d로 d·bound를 셈하면 그 위쪽 32비트가 답입니다. 답마다 딸린
    d의 수를 맞추려고, 아래쪽 32비트가 2³² mod bound보다 작은 것은 버립니다.

    Parameters
    ----------
    state : ndarray of uint64, shape (1,)
    bound : uint64
        1 이상 2³² 이하.
    """
    product = (next_uint64(state) >> _32) * bound
    if product & _LOW_32 < bound:  # 나머지는 bound보다 작으므로 이때만 셈합니다
        surplus = (_2_32 - bound) % bound
        while product & _LOW_32 < surplus:
            product = (next_uint64(state) >> _32) * bound
    return product >> _32


@in_browser
@kernel
def shuffle(order: Array, state: Array) -> None:
    """`order`를 제자리에서 고르게 섞습니다(Fisher–Yates).

    뒤에서부터 한 자리씩, 아직 정하지 않은 것 가운데 하나를 골라 맞바꿉니다.

    Parameters
    ----------
    order : ndarray of int, shape (n,)
    state : ndarray of uint64, shape (1,)
    """
    for last in range(len(order) - 1, 0, -1):
        pick = int(next_below(state, np.uint64(last + 1)))
        order[last], order[pick] = order[pick], order[last]


@in_browser
@kernel
def fill_uniform(out: Array, scale: float, state: Array) -> None:
    """행렬 `out`을 [−scale, scale)에서 고르게 뽑은 수로 행마다 채웁니다.

    Parameters
    ----------
    out : ndarray of float, shape (n, k)
    scale : float
    state : ndarray of uint64, shape (1,)
    """
    for row in range(out.shape[0]):
        for column in range(out.shape[1]):
            out[row, column] = scale * (2.0 * uniform(state) - 1.0)
