"""브라우저에서도 부를 커널의 선언.

WebAssembly에서는 함수마다 인자의 형이 하나로 정해져 있어야 합니다. 커널 파일은 인자의
이름마다 형을 적은 표를 하나 두고, 브라우저에 내보낼 커널에 그 표를 붙입니다.

    in_browser = browser(
        X="float64[:, ::1]",
        gradients="float64[:, ::1]",
        learning_rate="float64",
    )

    @in_browser
    @kernel
    def descend(X, gradients, learning_rate): ...

선언은 적어 두기만 합니다. 컴파일도 검사도 `recbook.browser`가 모듈을 지을 때 합니다.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

__all__ = ["DECLARED", "Declaration", "browser"]

Kernel = TypeVar("Kernel", bound=Callable[..., Any])


@dataclass(frozen=True)
class Declaration:
    """브라우저에 내보낼 커널 하나.

    Attributes
    ----------
    kernel : callable
        Numba의 디스패처. ``NUMBA_DISABLE_JIT``이 켜져 있으면 파이썬 함수입니다.
    types : mapping of str to str
        인자의 이름마다의 Numba 형. 이 커널에 없는 이름이 더 있을 수 있습니다.
    """

    kernel: Any
    types: Mapping[str, str]


DECLARED: dict[str, Declaration] = {}
"""선언한 커널. 이름은 ``mf.gradient``처럼 파일과 함수의 이름입니다."""


def browser(**types: str) -> Callable[[Kernel], Kernel]:
    """인자의 형을 정해 커널을 브라우저에 내보냅니다. 커널은 그대로입니다.

    Parameters
    ----------
    **types : str
        인자의 이름마다 Numba의 형. 배열은 C 순서여야 하므로 ``"int32[::1]"``이나
        ``"float32[:, ::1]"``처럼 적고, 원소는 int32, float32, float64, uint64 가운데
        하나입니다. 수는 ``"int64"``, ``"float32"``, ``"float64"``, ``"boolean"``이고,
        난수의 열쇠처럼 64비트를 모두 쓰는 것만 ``"uint64"``입니다.

    Returns
    -------
    callable
        `kernel`로 만든 함수에 붙이는 장식자.
    """

    def declare(kernel: Kernel) -> Kernel:
        home = kernel.__module__.rpartition(".")[2]
        DECLARED[f"{home}.{kernel.__name__}"] = Declaration(kernel, types)
        return kernel

    return declare
