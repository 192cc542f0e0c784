"""함께 싣는 모의 자료를 다시 만드는 명령: ``python -m recbook.simulate data``."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from ._files import write


def main(arguments: Sequence[str] | None = None) -> int:
    """명령줄에서 부르는 곳."""
    parser = argparse.ArgumentParser(
        prog="python -m recbook.simulate",
        description="모의 청취 기록과 모의 VOD 기록을 정한 시드에서 만들어 씁니다.",
    )
    parser.add_argument(
        "folder", nargs="?", default="data", help="쓸 폴더(없으면 만듭니다)"
    )
    folder = Path(parser.parse_args(arguments).folder)
    try:
        for path, n_rows in write(folder):
            size = path.stat().st_size / 1000
            print(f"{path}: {n_rows:,}줄, {size:,.0f}kB")
    except OSError as error:
        print(
            f"'{folder}'에 쓸 수 없습니다({error}). 쓸 수 있는 폴더를 주십시오.",
            file=sys.stderr,
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
