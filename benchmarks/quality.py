"""설정 고르기와 품질표.

검증 데이터(`Parts.tuning`)의 NDCG@10이 가장 높은 설정을 고른 다음, train 전체로 다시
학습해 test에서 한 번 잽니다. 후보는 아래 표가 전부입니다.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from benchmarks import rows
from benchmarks.environment import say
from benchmarks.rows import Fit
from benchmarks.workers import OURS, PEER, Worker
from benchmarks.workload import FOLDER, Parts, sources_digest

SEEDS = (0, 1, 2)
Grid = Mapping[str, Sequence[Any]]


@dataclass(frozen=True)
class Contender:
    """후보 설정을 가진 모델 하나."""

    key: str
    side: str
    label: str
    make: Callable[[dict[str, Any], Any], Fit]
    """후보 하나와 학습할 행렬에서 부를 것을 만듭니다."""
    grid: Grid
    seeded: bool = True


LMF_GRID: Grid = {
    "factors": (8, 16, 32),
    "regularization": (10.0, 30.0, 100.0),
    "alpha": (1.0, "balanced"),
    "learning_rate": (0.3, 1.0),
    "confidence": ("log",),
    "iterations": (30,),
}
ALS_GRID: Grid = {
    "factors": (16, 32),
    "regularization": (10.0, 30.0, 100.0),
    "alpha": (0.1, 1.0, 10.0),
    "confidence": ("log",),
    "iterations": (15,),
}
# recbook의 λ와 α는 모든 칸을 볼 때의 뜻이고 implicit의 것은 뽑은 칸에 견준 것이라
# 크기가 다릅니다. 후보는 저마다 크기에 맞게 잡되 수는 같게 둡니다.
SAMPLED_GRID: Grid = {
    "factors": (32,),
    "regularization": (10.0, 30.0, 100.0, 300.0),
    "alpha": (0.3, 1.0, 3.0, 10.0),
    "learning_rate": (1.0,),
    "iterations": (30,),
}
PEER_SAMPLED_GRID: Grid = {
    "factors": (32,),
    "regularization": (1.0, 3.0, 10.0, 30.0),
    "scale": (0.01, 0.03, 0.1, 0.3),
    "learning_rate": (1.0,),
    "iterations": (30,),
}
# 품질표의 모델. 정확한 LMF와 ALS는 속도표의 한 줄이기도 합니다.
LMF = Contender("lmf", OURS, "LogisticMF(모든 칸)", rows.lmf, LMF_GRID)
ALS = Contender("als", OURS, "ImplicitALS", rows.als, ALS_GRID)
PEER_ALS = Contender("peer", PEER, "implicit ALS", rows.peer_als, ALS_GRID)
POPULARITY = Contender(
    "popularity",
    OURS,
    "Popularity",
    rows.popularity,
    {"count": ("users", "values")},
    seeded=False,
)
CONTENDERS = (LMF, ALS, PEER_ALS, POPULARITY)
# 속도표에만 나오는 모델.
SAMPLED = Contender("sampled", OURS, "표본 LMF", rows.sampled_lmf, SAMPLED_GRID)
POPULAR = Contender(
    *("popular", OURS, "표본 LMF(인기도)", rows.popular_lmf, SAMPLED_GRID)
)
PEER_SAMPLED = Contender(
    *("peer-lmf", PEER, "implicit LMF", rows.peer_lmf, PEER_SAMPLED_GRID)
)


def combinations(grid: Grid) -> Iterator[dict[str, Any]]:
    """격자의 모든 짝. 뒤의 인자가 먼저 바뀝니다."""
    for values in product(*grid.values()):
        yield dict(zip(grid, values, strict=True))


def tune(
    contender: Contender, parts: Parts, bench: Worker, quick: bool
) -> dict[str, Any]:
    """후보마다 검증 데이터의 품질과, 그 가운데 가장 나은 후보.

    품질이 같으면 앞의 후보입니다. 자료와 소스와 후보가 그대로면 지난 결과를 씁니다.
    """
    points = list(combinations(contender.grid))
    if quick:
        points = points[:2]
    table = parts.table("fit")
    fits = [contender.make(point, table) for point in points]
    key = json.dumps([parts.about["digest"], sources_digest(), bench.versions, fits])
    stamp = hashlib.sha256(key.encode()).hexdigest()[:12]
    path = FOLDER / "tuned" / f"{parts.name}-{contender.key}-{stamp}.json"
    if path.exists():
        result: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return result
    tried = []
    for number, (point, fit) in enumerate(zip(points, fits, strict=True), 1):
        graded = score(contender, fit, parts.tuning, bench, 0)
        tried.append({"point": point, **graded})
        say(
            f"  {contender.label} 후보 {number}/{len(fits)}: {point} "
            f"NDCG@10 {graded['ndcg']:.4f}, MPR {graded['mpr']:.2f}%"
        )
    result = {"best": best(tried)["point"], "tried": tried}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(result), encoding="utf-8")
    return result


def chosen_fit(
    contender: Contender, parts: Parts, bench: Worker, quick: bool
) -> tuple[Fit, dict[str, Any]]:
    """고른 설정을 train 전체에 맞춘 것과, 고른 과정."""
    tuned = tune(contender, parts, bench, quick)
    return contender.make(tuned["best"], parts.table("train")), tuned


def best(tried: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """NDCG@10이 가장 높은 것. 같으면 앞의 것."""
    return max(tried, key=lambda candidate: float(candidate["ndcg"]))


def score(
    contender: Contender, fit: Fit, data: str, bench: Worker, seed: int
) -> dict[str, float]:
    """한 번 학습하고 떼어 둔 쪽에서 잰 품질."""
    seeded = contender.seeded
    bench.ask(
        "fit",
        data=data,
        **fit,
        seed=seed if seeded else None,
        threads=0 if seeded else None,
    )
    return bench.ask("evaluate", data=data)


def table(
    parts: Parts, sides: Mapping[str, Worker], quick: bool
) -> list[dict[str, Any]]:
    """한 자료의 품질표. 시드마다 다시 학습합니다."""
    lines = []
    for contender in CONTENDERS:
        if contender.side not in sides:
            continue
        bench = sides[contender.side]
        say(f"{parts.title}: {contender.label}")
        fit, tuned = chosen_fit(contender, parts, bench, quick)
        seeds = SEEDS if contender.seeded else SEEDS[:1]
        tests = [score(contender, fit, parts.name, bench, seed) for seed in seeds]
        lines.append(
            {
                "data": parts.name,
                "key": contender.key,
                "side": contender.side,
                "label": contender.label,
                "fit": fit,
                "tried": tuned["tried"],
                "test": tests,
            }
        )
    return lines
