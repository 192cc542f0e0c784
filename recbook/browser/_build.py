"""커널의 WebAssembly 모듈을 짓고, 바뀐 것이 없으면 지어 둔 것을 씁니다."""

import hashlib
import json
import os
import platform
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

import recbook

__all__ = ["BuildError", "build"]

WASM = "kernels.wasm"
MANIFEST = "manifest.json"
ABI = 1
"""부르는 법의 판. 인자의 순서나 메모리의 쓰임새가 바뀌면 올립니다."""

_PACKAGE = Path(recbook.__file__).parent
# Numba를 읽기 전에 정해야 하는 것. 최적화는 wasm에 맞춰 나중에 하고, 이 기계의 CPU에만
# 있는 명령을 쓰지 않게 합니다.
_ENVIRONMENT = {
    "NUMBA_OPT": "0",
    "NUMBA_CPU_NAME": "generic",
    "NUMBA_DISABLE_INTEL_SVML": "1",
}


class BuildError(RuntimeError):
    """브라우저로 옮길 수 없는 커널이 있을 때. 글에 커널과 표현의 이름이 있습니다."""


def build(out_folder: str | os.PathLike[str]) -> dict[str, Any]:
    """브라우저에 내보낼 커널을 ``kernels.wasm`` 하나로 짓습니다.

    새 프로세스에서 몇 초 걸립니다. 커널과 Numba가 그대로면 `out_folder`에 지어 둔 것을
    그대로 씁니다. 같은 소스와 같은 판의 Numba, llvmlite에서는 바이트까지 같습니다.

    Parameters
    ----------
    out_folder : path-like
        ``kernels.wasm``과 ``manifest.json``을 적을 폴더. 없으면 만듭니다.

    Returns
    -------
    manifest : dict
        ``kernels``는 커널마다의 인자와 결과, ``errors``는 오류 번호마다의 예외와 글,
        ``wasm``은 파일의 이름과 크기와 SHA-256, ``versions``는 지은 도구의 판입니다.

    Raises
    ------
    BuildError
        브라우저로 옮길 수 없는 커널이 있을 때.
    """
    folder = Path(out_folder)
    key = _key()
    manifest = _built(folder, key)
    if manifest is None:
        folder.mkdir(parents=True, exist_ok=True)
        wasm, description = _lowered()
        manifest = {
            "abi": ABI,
            "key": key,
            "versions": _versions(),
            "wasm": _file(wasm),
            **description,
        }
        _replace(folder / WASM, wasm)
        _replace(folder / MANIFEST, _json(manifest))
    return manifest


def _versions() -> dict[str, str]:
    return {
        "python": ".".join(platform.python_version_tuple()[:2]),
        "numba": version("numba"),
        "llvmlite": version("llvmlite"),
    }


def _key() -> str:
    """결과를 바꿀 수 있는 것 모두의 해시: 커널과 이 폴더의 소스, 도구의 판."""
    digest = hashlib.sha256(_json(_versions()))
    for room in ("kernels", "browser"):
        for path in sorted((_PACKAGE / room).glob("*.py")):
            name = f"{room}/{path.name}"
            digest.update(name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _built(folder: Path, key: str) -> dict[str, Any] | None:
    """지어 둔 것이 온전하고 지금의 소스에서 나온 것이면 그 설명서."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        wasm = (folder / WASM).read_bytes()
    except (OSError, ValueError):
        return None
    if not isinstance(manifest, dict):
        return None
    same = manifest.get("key") == key and manifest.get("wasm") == _file(wasm)
    return manifest if same else None


def _lowered() -> tuple[bytes, dict[str, Any]]:
    """새 프로세스에서 `_lower`를 돌립니다."""
    with tempfile.TemporaryDirectory() as temporary:
        child = subprocess.run(
            [sys.executable, "-X", "utf8", "-m", "recbook.browser._lower", temporary],
            env=environment(temporary),
            cwd=temporary,  # 지금 폴더에 있을지 모르는 Numba의 설정 파일을 피합니다
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        if child.returncode:
            raise BuildError(child.stderr.strip())
        description = Path(temporary, "description.json").read_text(encoding="utf-8")
        return Path(temporary, WASM).read_bytes(), json.loads(description)


def environment(cache: str) -> dict[str, str]:
    """새 프로세스의 환경 변수. 부른 쪽의 Numba 설정은 넘기지 않습니다."""
    own = {name: text for name, text in os.environ.items() if name[:6] != "NUMBA_"}
    # 설치하지 않고 쓰는 때에도 같은 recbook을 찾게 합니다.
    path = os.pathsep.join(filter(None, [str(_PACKAGE.parent), own.get("PYTHONPATH")]))
    return {**own, **_ENVIRONMENT, "NUMBA_CACHE_DIR": cache, "PYTHONPATH": path}


def _file(wasm: bytes) -> dict[str, Any]:
    return {
        "file": WASM,
        "sha256": hashlib.sha256(wasm).hexdigest(),
        "bytes": len(wasm),
    }


def _json(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()


def _replace(path: Path, data: bytes) -> None:
    """옆에 다 적은 다음 이름을 바꿉니다. 끊겨도 반쪽 파일이 남지 않습니다."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    part.write_bytes(data)
    part.replace(path)
