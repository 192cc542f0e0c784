"""한 줄을 재고, 결과를 모아 적습니다."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks import quality, rows
from benchmarks.environment import say
from benchmarks.timing import Row, Run, Variant, interleave, ratios, summary
from benchmarks.workers import OURS, PEER, Worker, WorkerError
from benchmarks.workload import Parts

SCHEMA = 1
QUALITY_ROUNDS = 3
N = 10
FACTORS = (32, 64)
SPEED = (
    *(quality.SAMPLED, quality.POPULAR, quality.PEER_SAMPLED),
    *(quality.LMF, quality.ALS, quality.PEER_ALS),
)


def open_sides() -> dict[str, Worker]:
    """재는 프로세스들. implicit이 없으면 recbook만 엽니다."""
    sides = {OURS: Worker(OURS)}
    try:
        sides[PEER] = Worker(PEER)
    except WorkerError as error:
        say(
            f"implicit을 쓸 수 없어 recbook만 잽니다({error}). 견주려면 네트워크를 "
            "확인하고 make bench를 다시 돌려 주십시오."
        )
    return sides


def measure(
    row: Row, parts: Parts, sides: Mapping[str, Worker], rounds: int
) -> dict[str, Any]:
    """한 줄을 준비시키고, `rounds` 차례 번갈아 재고, 비율을 냅니다."""
    say(f"{row.title}: {rounds}차례")
    variants = [variant for variant in row.variants if variant.side in sides]
    warm = {variant.key: _warm_up(row, variant, parts, sides) for variant in variants}
    graded = QUALITY_ROUNDS if row.timed == "fit" else 1

    def once(variant: Variant, number: int) -> Run:
        bench = sides[variant.side]
        if row.timed == "recommend":
            run = bench.ask("recommend", data=parts.name, n=N, threads=variant.threads)
        else:
            run = _fit(bench, variant, parts, seed=number)
        if variant.quality and number < graded:
            run |= bench.ask("evaluate", data=parts.name)
        say(
            f"  {number + 1}/{rounds} {variant.label}, 스레드 {variant.threads}개: "
            f"CPU {run['cpu']:.2f}초, 벽시계 {run['wall']:.2f}초"
        )
        return run

    runs = interleave(variants, rounds, once)
    return {
        "name": row.name,
        "title": row.title,
        "timed": row.timed,
        "data": parts.name,
        "notes": list(row.notes),
        "variants": [
            {
                "key": variant.key,
                "label": variant.label,
                "side": variant.side,
                "threads": variant.threads,
                "fit": dict(variant.fit),
                "first": warm[variant.key],
                "runs": runs[variant.key],
            }
            for variant in variants
        ],
        "ratios": ratios(row, runs),
        "gap": _gap(row, runs),
    }


def _fit(
    bench: Worker, variant: Variant, parts: Parts, seed: int, **changes: Any
) -> Run:
    fit = dict(variant.fit)
    fit["parameters"] = fit["parameters"] | changes
    return bench.ask("fit", data=parts.name, **fit, seed=seed, threads=variant.threads)


def _warm_up(
    row: Row, variant: Variant, parts: Parts, sides: Mapping[str, Worker]
) -> Run:
    """컴파일, 캐시 읽기, 메모리 잡기를 미리 끝냅니다. 걸린 시간은 따로 적어 둡니다."""
    bench = sides[variant.side]
    if row.timed == "recommend":
        # 그 프로세스의 모델 하나를 스레드 수만 바꾸어 가며 씁니다.
        _fit(bench, variant, parts, seed=0)
        return bench.ask("recommend", data=parts.name, n=N, threads=variant.threads)
    return _fit(bench, variant, parts, seed=0, iterations=1)


def _gap(row: Row, runs: Mapping[str, list[Run]]) -> dict[str, Any] | None:
    """시드마다 NDCG@10의 차이. 상대가 없으면 None."""
    if row.gap is None or not all(key in runs for key in row.gap):
        return None
    first, second = (
        [run["ndcg"] for run in runs[key] if "ndcg" in run] for key in row.gap
    )
    differences = [a - b for a, b in zip(first, second, strict=True)]
    return {"of": list(row.gap), "goal": row.gap_goal, **summary(differences)}


def speed(
    parts: Parts, sides: Mapping[str, Worker], rounds: int, quick: bool
) -> list[dict[str, Any]]:
    """속도를 재는 모든 줄."""
    best = {
        contender.key: quality.chosen_fit(
            contender, parts, sides[contender.side], quick
        )[0]
        for contender in SPEED
        if contender.side in sides
    }
    every = [
        rows.sampled(best["sampled"], best.get("peer-lmf")),
        rows.sampled(best["popular"], best.get("peer-lmf")),
        *(rows.als_cg(factors) for factors in FACTORS),
        rows.recommend(FACTORS[-1]),
        rows.tuned(best),
    ]
    return [measure(row, parts, sides, rounds) for row in every]


def machine() -> dict[str, Any]:
    """재는 기계. 1분 평균 부하는 다른 일이 함께 돌았는지를 보여 줍니다."""
    about: dict[str, Any] = {
        "cpu": _cpu(),
        "processors": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "time": time.strftime("%Y-%m-%d %H:%M:%S %z"),
    }
    if hasattr(os, "getloadavg"):
        about["load"] = round(os.getloadavg()[0], 2)
    return about


def _cpu() -> str:
    """CPU의 이름. 리눅스에서는 가상 머신이 가리는 세부까지 적습니다."""
    info = Path("/proc/cpuinfo")
    if not info.exists():
        return platform.processor() or platform.machine()
    first = info.read_text(encoding="utf-8").split("\n\n")[0]
    pairs = (line.partition(":") for line in first.splitlines())
    lines = {name.strip(): value.strip() for name, _, value in pairs}
    name = lines.get("model name", platform.machine())
    if "cpu family" in lines and "model" in lines:
        name += f" (family {lines['cpu family']}, model {lines['model']})"
    return name


def document(
    sides: Mapping[str, Worker],
    before: Mapping[str, Any],
    rounds: int,
    quick: bool,
    data: list[Parts],
    measured: list[dict[str, Any]],
    qualities: list[dict[str, Any]],
) -> dict[str, Any]:
    """JSON에 적을 것 전부. 결과표는 이것만 보고 그립니다."""
    return {
        "schema": SCHEMA,
        "quick": quick,
        "rounds": rounds,
        "machine": {"before": dict(before), "after": machine()},
        "versions": {side: bench.versions for side, bench in sides.items()},
        "data": {parts.name: {"title": parts.title, **parts.about} for parts in data},
        "rows": measured,
        "quality": qualities,
    }
