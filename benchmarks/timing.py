"""번갈아 재기와 그 통계.

한 차례(round)에 모든 갈래(variant)를 한 번씩, 두 구현이 번갈아 나오는 순서로 잽니다.
비율은 같은 차례에서 잰 두 시간으로 냅니다. 그래서 기계가 느려졌다 빨라져도 비율에는
거의 남지 않습니다.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Run = dict[str, float]
Runs = dict[str, list[Run]]


@dataclass(frozen=True)
class Variant:
    """재는 갈래 하나: 어느 구현이, 스레드 몇 개로, 무엇을 하는지."""

    key: str
    side: str
    threads: int
    label: str
    fit: Mapping[str, Any]
    quality: bool = False
    """떼어 둔 자료의 품질도 잴지. 스레드의 수는 품질을 바꾸지 않습니다."""


@dataclass(frozen=True)
class Ratio:
    """견주는 비율 하나: 갈래 `over`의 시간 ÷ 갈래 `under`의 시간."""

    label: str
    over: str
    under: str
    quantity: str
    goal: float | None = None


@dataclass(frozen=True)
class Row:
    """벤치마크 한 줄."""

    name: str
    title: str
    variants: Sequence[Variant]
    ratios: Sequence[Ratio]
    timed: str = "fit"
    """재는 일: "fit" 또는 "recommend"."""
    gap: tuple[str, str] | None = None
    """NDCG@10을 견줄 두 갈래. 앞의 것에서 뒤의 것을 뺍니다."""
    gap_goal: float | None = None
    notes: Sequence[str] = ()


def interleave(
    variants: Sequence[Variant],
    rounds: int,
    measure: Callable[[Variant, int], Run],
) -> Runs:
    """`rounds` 차례 동안 갈래를 주어진 순서대로 번갈아 잽니다."""
    runs: Runs = {variant.key: [] for variant in variants}
    for number in range(rounds):
        for variant in variants:
            runs[variant.key].append(measure(variant, number))
    return runs


def ratios(row: Row, runs: Runs) -> list[dict[str, Any]]:
    """잰 갈래로 낼 수 있는 비율. 상대가 없으면 그 비율은 빠집니다."""
    return [
        {
            "label": ratio.label,
            "quantity": ratio.quantity,
            "over": ratio.over,
            "under": ratio.under,
            "goal": ratio.goal,
            **summary(
                [
                    over[ratio.quantity] / under[ratio.quantity]
                    for over, under in zip(
                        runs[ratio.over], runs[ratio.under], strict=True
                    )
                ]
            ),
        }
        for ratio in row.ratios
        if ratio.over in runs and ratio.under in runs
    ]


def summary(values: Sequence[float]) -> dict[str, Any]:
    """중앙값과 범위, 그리고 값 전부."""
    return {
        "median": statistics.median(values),
        "low": min(values),
        "high": max(values),
        "values": list(values),
    }
