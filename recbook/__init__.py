"""recbook: '손으로 배우는 추천 시스템'이 쓰는 패키지.

노트북에서는 ``import recbook as rb``로 부르고 ``rb.datasets``, ``rb.plots``처럼 씁니다.
하위 모듈은 처음 쓸 때 읽으므로, ``import recbook``만으로는 Matplotlib을 읽지 않습니다.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from . import browser as browser
    from . import datasets as datasets
    from . import exercises as exercises
    from . import metrics as metrics
    from . import plots as plots
    from . import simulate as simulate
    from . import split as split
    from . import widgets as widgets
    from .exercises import check as check
    from .models.als import ImplicitALS as ImplicitALS
    from .models.lmf import LogisticMF as LogisticMF
    from .models.mf import RegularizedMF as RegularizedMF
    from .models.popularity import Popularity as Popularity

    __version__: str

_SUBMODULES = frozenset(
    {
        "browser",
        "datasets",
        "exercises",
        "metrics",
        "plots",
        "simulate",
        "split",
        "widgets",
    }
)
_MEMBERS = {
    "ImplicitALS": "models.als",
    "LogisticMF": "models.lmf",
    "Popularity": "models.popularity",
    "RegularizedMF": "models.mf",
    "check": "exercises",
}

__all__ = [
    "ImplicitALS",
    "LogisticMF",
    "Popularity",
    "RegularizedMF",
    "__version__",
    "browser",
    "check",
    "datasets",
    "exercises",
    "metrics",
    "plots",
    "simulate",
    "split",
    "widgets",
]


def __getattr__(name: str) -> Any:
    if name in _SUBMODULES:
        return import_module(f"{__name__}.{name}")
    if name in _MEMBERS:
        return getattr(import_module(f"{__name__}.{_MEMBERS[name]}"), name)
    if name == "__version__":
        from importlib.metadata import version

        return version("recbook")
    raise AttributeError(f"recbook에 '{name}'이라는 이름이 없습니다.")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
