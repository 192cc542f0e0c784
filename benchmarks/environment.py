"""벤치마크의 환경: 책의 .venv와 따로 둔 `_build/bench-venv`.

표준 라이브러리만 씁니다. 아직 아무것도 깔리지 않은 파이썬으로 부르기 때문입니다.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "_build" / "bench-venv"
OURS = Path("benchmarks") / "requirements.txt"
PEER = Path("benchmarks") / "requirements-peer.txt"
SOURCES = (OURS, PEER, Path("constraints.txt"), Path("pyproject.toml"))


def say(text: str) -> None:
    """진행 상황을 표준 오류로. 표준 출력에는 결과표만 나갑니다."""
    print(text, file=sys.stderr, flush=True)


def interpreter() -> Path:
    """벤치마크 환경의 파이썬."""
    return FOLDER / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def prepare() -> Path:
    """환경을 만들거나, 판을 적은 파일이 바뀌었으면 다시 깔고, 그 파이썬을 냅니다."""
    marker = FOLDER / ".ready"
    wanted = _stamp()
    if marker.exists() and marker.read_text(encoding="utf-8") == wanted:
        return interpreter()
    say(f"환경을 만듭니다: {FOLDER.relative_to(ROOT)}")
    if not interpreter().exists():
        venv.create(FOLDER, with_pip=True)
    if not _install(OURS):
        raise SystemExit(
            f"{OURS}의 꾸러미를 깔지 못했습니다. 위의 pip 메시지를 보고 네트워크와 "
            "파이썬의 판(3.11 이상)을 확인해 주십시오."
        )
    if _install(PEER):
        marker.write_text(wanted, encoding="utf-8")
    else:  # 표식을 남기지 않으므로 다음에 다시 깔아 봅니다.
        say(f"{PEER}의 implicit을 깔지 못했습니다. 견주지 않고 recbook만 잽니다.")
    return interpreter()


def _install(requirements: Path) -> bool:
    command = [str(interpreter()), "-m", "pip", "install", "--quiet"]
    command += ["--disable-pip-version-check", "-r", str(requirements)]
    # pip의 말은 표준 오류로 보냅니다. 표준 출력에는 결과표만 있어야 합니다.
    return not subprocess.run(command, cwd=ROOT, stdout=sys.stderr).returncode


def _stamp() -> str:
    digest = hashlib.sha256(sys.version.encode())
    for source in SOURCES:
        digest.update((ROOT / source).read_bytes())
    return digest.hexdigest()
