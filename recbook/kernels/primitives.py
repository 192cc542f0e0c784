"""커널이 함께 쓰는 도구: 컴파일 설정, 난수, 섞기.

난수 생성기는 splitmix64입니다. 상태는 길이 1인 uint64 배열이며 부를 때마다 나아갑니다.
64비트 정수의 덧셈, 곱셈, 비트 이동만 쓰므로 어느 기계에서나 같은 수가 나옵니다.

References
----------
Steele, Lea, Flood (2014), "Fast Splittable Pseudorandom Number Generators",
OOPSLA. 상수는 Vigna가 공개한 splitmix64.c의 것입니다.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import config, njit
from numpy.typing import NDArray

__all__ = ["fill_uniform", "kernel", "next_below", "next_uint64", "shuffle", "uniform"]

Array = NDArray[Any]


def kernel(function: Callable[..., Any]) -> Any:
    """커널 하나를 컴파일합니다. 모든 커널이 이 설정을 함께 씁니다.

    컴파일한 결과는 디스크에 남아 다음 실행에서 다시 씁니다. 0으로 나누면 NumPy처럼
    무한대나 NaN이 됩니다.
    """
    if config.DISABLE_JIT:
        # 그냥 파이썬으로 돌 때: NumPy의 수는 넘칠 때 경고하지만 커널은 조용합니다.
        return np.errstate(all="ignore")(function)
    return njit(cache=True, error_model="numpy")(function)


_GAMMA = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_11 = np.uint64(11)
_27 = np.uint64(27)
_30 = np.uint64(30)
_31 = np.uint64(31)
_ZERO = np.uint64(0)
_ULP = 2.0**-53


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
    """0 이상 `bound` 미만에서 치우침 없이 고른 정수.

    2⁶⁴이 `bound`로 나누어떨어지지 않으면 나머지가 작은 수들이 한 번씩 더 나옵니다.
    그만큼(2⁶⁴ mod bound)의 난수를 버려 모든 나머지의 횟수를 맞춥니다.

    Parameters
    ----------
    state : ndarray of uint64, shape (1,)
    bound : uint64
        1 이상.
    """
    surplus = (_ZERO - bound) % bound
    draw = next_uint64(state)
    while draw < surplus:
        draw = next_uint64(state)
    return draw % bound


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
