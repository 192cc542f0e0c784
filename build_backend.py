"""휠에 브라우저용 커널을 함께 담습니다. 나머지는 setuptools가 합니다.

커널은 소스에서 짓는 것이라 저장소에 두지 않습니다. 편집용 설치(`pip install -e`)에는
필요 없으므로, 휠을 지을 때만 Numba를 부릅니다.
"""

from typing import Any

from setuptools import build_meta
from setuptools.build_meta import *  # noqa: F403 - 나머지 약속(PEP 517)은 그대로입니다

__all__ = [*build_meta.__all__, "build_wheel", "get_requires_for_build_wheel"]


def get_requires_for_build_wheel(config_settings: Any = None) -> list[str]:
    """setuptools가 원하는 것과 Numba."""
    return [*build_meta.get_requires_for_build_wheel(config_settings), "numba>=0.61"]


def build_wheel(
    wheel_directory: str,
    config_settings: Any = None,
    metadata_directory: str | None = None,
) -> str:
    """커널을 지은 다음 휠을 만듭니다."""
    from recbook import browser

    browser.build("recbook/browser")
    return build_meta.build_wheel(wheel_directory, config_settings, metadata_directory)
