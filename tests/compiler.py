"""같은 프로그램을 컴파일러를 켜고 한 번, 끄고 한 번 돌려 견준다."""

from __future__ import annotations

import os
import subprocess
import sys


def outputs_with_and_without(program: str) -> str:
    """두 번의 출력이 글자까지 같은지 보고 그 출력을 돌려줍니다.

    프로그램은 커널의 비트를 표준 출력에 찍고, 마지막에 컴파일한 커널인지(`py_func`이
    있는지)를 표준 오류에 찍습니다. 그래야 정말로 두 가지로 돌았는지 알 수 있습니다.
    """
    outputs = []
    for disabled in ("0", "1"):
        done = subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "NUMBA_DISABLE_JIT": disabled},
            capture_output=True,
            text=True,
            encoding="utf-8",
        )
        assert done.returncode == 0, done.stderr
        assert done.stderr.strip() == str(disabled == "0")
        outputs.append(done.stdout)
    assert outputs[0] == outputs[1]
    return outputs[0]
