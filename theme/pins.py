"""정확한 판 뽑기: `python -m theme.pins`.

빈 가상 환경에 requirements.txt를 새로 깔고, 깔린 판을 constraints.txt에 적습니다.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).parent.parent
HEADER = """\
# 함께 시험한 정확한 판. 손으로 고치지 말고 `make constraints`로 다시 뽑습니다.
# 뽑은 파이썬: {version}
"""


def freeze(folder: Path) -> list[str]:
    """빈 환경에 필요한 것을 깔고 `이름==판`을 이름순으로 냅니다."""
    venv.create(folder, with_pip=True)
    windows = sys.platform == "win32"
    python = folder / ("Scripts/python.exe" if windows else "bin/python")
    pip = [str(python), "-m", "pip", "--disable-pip-version-check"]
    subprocess.run([*pip, "install", "-r", "requirements.txt"], check=True, cwd=ROOT)
    frozen = subprocess.run(
        [*pip, "freeze", "--all", "--exclude-editable", "--exclude", "pip"],
        check=True,
        capture_output=True,
        text=True,
    )
    lines = [line for line in frozen.stdout.splitlines() if "==" in line]
    return sorted(lines, key=str.casefold)


def main() -> None:
    """constraints.txt를 다시 씁니다. 설치가 실패하면 옛 파일이 그대로 남습니다."""
    with tempfile.TemporaryDirectory() as folder:
        lines = freeze(Path(folder))
    version = ".".join(map(str, sys.version_info[:3]))
    text = HEADER.format(version=version) + "\n".join(lines) + "\n"
    (ROOT / "constraints.txt").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
