"""책 짓기: `python -m theme.build`.

맨 명령은 `jupyter-book build . -W -n --keep-going`과 같습니다. 여기서는 꾸러미를 먼저
받고, 가상 환경 안의 프로그램을 쓰게 하고, JupyterLab도 같은 준비로 엽니다.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

from recbook import browser
from theme import packages
from theme.assets import PRETENDARD

ROOT = Path(__file__).parent.parent
STRICT = ("-W", "-n", "--keep-going")


def environment() -> dict[str, str]:
    """자식 프로세스의 환경: 가상 환경의 프로그램이 먼저, 글꼴의 자리, 한글 출력."""
    bin_folder = str(Path(sys.executable).parent)
    return os.environ | {
        "PATH": bin_folder + os.pathsep + os.environ.get("PATH", ""),
        "RECBOOK_FONTS": str(PRETENDARD),
        "PYTHONUTF8": "1",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    }


def build(root: Path = ROOT, *, quiet: bool = False) -> int:
    """책 하나를 엄격하게 짓고 종료 코드를 냅니다."""
    env = environment()
    program = shutil.which("jupyter-book", path=env["PATH"])
    assert program is not None, "requirements.txt를 설치한 파이썬으로 돌리세요."
    command = [program, "build", str(root), *STRICT, *["-q"] * quiet]
    return subprocess.call(command, env=env, cwd=root)


def main() -> int:
    """명령줄에서 부르는 곳."""
    parser = argparse.ArgumentParser(prog="python -m theme.build")
    parser.add_argument(
        "--lab", action="store_true", help="짓지 않고 JupyterLab을 엽니다"
    )
    options = parser.parse_args()
    packages.install()
    if options.lab:
        browser.build(ROOT / "recbook/browser")  # 위젯이 부를 커널
        command = [sys.executable, "-m", "jupyterlab", "--notebook-dir", "chapters"]
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            # 컨테이너에서는 흔히 루트입니다. 주소는 이 컴퓨터 안에서만 열립니다.
            command.append("--allow-root")
        return subprocess.call(command, env=environment(), cwd=ROOT)
    return build()


if __name__ == "__main__":
    sys.exit(main())
