"""Numba의 기본 정수를 32비트로. `_lower`가 Numba보다 먼저 읽습니다.

WebAssembly의 주소는 32비트인데 Numba는 배열의 크기와 자리를 이 기계의 주소만큼, 곧
64비트로 셈합니다. 그대로 두면 원소를 읽을 때마다 64비트로 늘렸다가 다시 줄이느라 코드가
길어지고, V8이 자리 셈을 읽기 명령에 합치지 못합니다.

Numba는 읽힐 때 기계의 비트 수를 한 번 보고 모든 형을 정합니다. 그래서 꾸러미의 나머지를
읽기 전에 그 수만 바꿉니다. 이 프로세스는 옮기기만 하고 옮긴 것을 돌리지 않습니다.
"""

import sys
from importlib import import_module
from importlib.util import find_spec, module_from_spec

__all__: list[str] = []

BITS = 32


def _narrow() -> None:
    if "numba" in sys.modules:
        raise ImportError("recbook.browser._lower는 Numba보다 먼저 읽어야 합니다.")
    spec = find_spec("numba")
    if spec is None or spec.loader is None:
        raise ImportError("Numba가 없습니다.")
    package = module_from_spec(spec)
    sys.modules["numba"] = package
    import_module("numba.core.config").MACHINE_BITS = BITS  # type: ignore[attr-defined]
    spec.loader.exec_module(package)


_narrow()
