"""브라우저에서도 부를 커널의 선언.

WebAssembly에서는 함수마다 인자의 형이 하나로 정해져 있어야 합니다. 커널 파일은 인자의
이름마다 형을 적은 표를 하나 두고, 브라우저에 내보낼 커널에 그 표를 붙입니다.

    in_browser = browser(
        X="float64[:, ::1]",
        gradients="float64[:, ::1]",
        learning_rate="float64",
    )

    @in_browser.training
    @kernel
    def descend(X, gradients, learning_rate): ...

학습하는 동안 거듭 부르는 커널에는 ``in_browser.training``을 붙입니다. 모듈을 지을 때
그것은 빠르기를, 나머지는 크기를 먼저 봅니다. 커널이 부르는 도우미도 `brief`(한 번만
지나가므로 작게)나 `spread`(고리 안이므로 펼쳐서)로 적어 둘 수 있습니다.

선언은 적어 두기만 합니다. 컴파일도 검사도 `recbook.browser`가 모듈을 지을 때 합니다.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

__all__ = ["BRIEF", "DECLARED", "SPREAD", "Declaration", "brief", "browser", "spread"]

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
    training : bool
        학습하는 동안 거듭 부르는지.
    """

    kernel: Any
    types: Mapping[str, str]
    training: bool


DECLARED: dict[str, Declaration] = {}
"""선언한 커널. 이름은 ``mf.gradient``처럼 파일과 함수의 이름입니다."""
BRIEF: set[str] = set()
SPREAD: set[str] = set()
"""작게 둘 도우미와 펼칠 도우미. 이름은 ``lmf._clear``의 꼴입니다."""


def _name(function: Callable[..., Any]) -> str:
    return f"{function.__module__.rpartition('.')[2]}.{function.__name__}"


class browser:
    """인자의 형을 정해 커널을 브라우저에 내보냅니다. 커널은 그대로입니다.

    Parameters
    ----------
    **types : str
        인자의 이름마다 Numba의 형. 배열은 C 순서여야 하므로 ``"int32[::1]"``이나
        ``"float32[:, ::1]"``처럼 적고, 원소는 int32, float32, float64, uint64 가운데
        하나입니다. 수는 ``"int64"``, ``"float32"``, ``"float64"``, ``"boolean"``이고,
        난수의 열쇠처럼 64비트를 모두 쓰는 것만 ``"uint64"``입니다.
    """

    def __init__(self, **types: str) -> None:
        self._types = types

    def __call__(self, kernel: Kernel, training: bool = False) -> Kernel:
        """`kernel`로 만든 함수에 붙이는 장식자."""
        DECLARED[_name(kernel)] = Declaration(kernel, self._types, training)
        return kernel

    def training(self, kernel: Kernel) -> Kernel:
        """학습하는 동안 거듭 부르는 커널에 붙이는 장식자."""
        return self(kernel, training=True)


def brief(helper: Kernel) -> Kernel:
    """학습 커널 안에서도 한 번만 지나가는 도우미: 브라우저에서는 작게 둡니다."""
    BRIEF.add(_name(helper))
    return helper


def spread(helper: Kernel) -> Kernel:
    """고리 안에 펼쳐야 벡터 명령이 되는 도우미: 브라우저에서는 늘 펼칩니다."""
    SPREAD.add(_name(helper))
    return helper
