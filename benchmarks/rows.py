"""벤치마크의 줄: 무엇을 어떤 설정으로 견주는지.

같은 일을 시키려고 맞춘 것:

- 신뢰도. recbook의 `confidence="log"`는 LMF에서 c = α log(1+r), ALS에서
  c = 1 + α log(1+r)입니다. implicit은 받은 값을 그대로 c로 쓰므로 그 값을 만들어
  줍니다.
- LMF가 뽑는 네거티브의 수. implicit은 아이템의 수를 잘못 읽어 한 행에
  min(factors + 2, neg_prop × 본 것의 수)개만 뽑습니다. recbook은 어느 행에서나 뽑을 수
  있는 칸의 같은 비율을 뽑으므로, 사용자 쪽에서도 아이템 쪽에서도 뽑는 수의 합이
  implicit보다 적지 않도록 맞춥니다. 뽑는 법은 두 가지를 다 싣습니다. 하나는 recbook의
  기본(빈칸에서 고르게)이고, 또 하나는 implicit의 방식(인기도에 비례해, 양성 예시를 빼지
  않고)입니다.
"""

from __future__ import annotations

from typing import Any

from benchmarks.timing import Ratio, Row, Variant
from benchmarks.workers import OURS, PEER

Fit = dict[str, Any]

LMF_GOAL, ALS_GOAL, THREADS_GOAL = 5.0, 4.0, 1.6
QUALITY_GOAL = -0.005
NEG_PROP = 30
ALS: dict[str, Any] = {
    "iterations": 15,
    "alpha": 1.0,
    "confidence": "log",
    "regularization": 100.0,
}


def peer_draws(counts: Any, factors: int, neg_prop: int) -> int:
    """implicit이 한쪽을 한 번 고칠 때 뽑는 네거티브의 수.

    Parameters
    ----------
    counts : array_like of int
        행마다 상호작용의 수. 사용자 쪽이면 사용자마다, 아이템 쪽이면 아이템마다입니다.
    """
    import numpy as np

    return int(np.minimum(factors + 2, neg_prop * np.asarray(counts)).sum())


def equal_negatives(table: Any, factors: int, neg_prop: int) -> float:
    """recbook의 `negatives`: 두 쪽 모두에서 implicit만큼은 뽑게 하는 값."""
    import numpy as np

    sides = np.diff(table.indptr), np.bincount(table.indices, minlength=table.shape[1])
    return max(peer_draws(side, factors, neg_prop) for side in sides) / table.nnz


def lmf(parameters: dict[str, Any], _: Any) -> Fit:
    """recbook의 LMF."""
    return {"model": "LogisticMF", "parameters": parameters, "values": None}


def als(parameters: dict[str, Any], _: Any) -> Fit:
    """recbook의 ALS."""
    return {"model": "ImplicitALS", "parameters": parameters, "values": None}


def popularity(parameters: dict[str, Any], _: Any) -> Fit:
    """recbook의 인기도."""
    return {"model": "Popularity", "parameters": parameters, "values": None}


def peer_als(parameters: dict[str, Any], _: Any) -> Fit:
    """implicit의 ALS. c = 1 + α log(1+r)인 값을 만들어 줍니다."""
    given = {
        name: value
        for name, value in parameters.items()
        if name not in ("alpha", "confidence")
    }
    values = {"log": True, "scale": parameters["alpha"], "offset": 1.0}
    return {"model": "AlternatingLeastSquares", "parameters": given, "values": values}


def sampled_lmf(parameters: dict[str, Any], table: Any) -> Fit:
    """recbook의 네거티브 샘플링. 빈칸에서 고르게 뽑습니다."""
    return _sampled(parameters, table, {})


def popular_lmf(parameters: dict[str, Any], table: Any) -> Fit:
    """recbook의 네거티브 샘플링. implicit처럼 인기도에 비례해 뽑습니다."""
    how = {"sampling": "popularity", "exclude_positives": False}
    return _sampled(parameters, table, how)


def _sampled(parameters: dict[str, Any], table: Any, how: dict[str, Any]) -> Fit:
    negatives = equal_negatives(table, parameters["factors"], NEG_PROP)
    given = {**parameters, "confidence": "log", "negatives": negatives, **how}
    return {"model": "LogisticMF", "parameters": given, "values": None}


def peer_lmf(parameters: dict[str, Any], _: Any) -> Fit:
    """implicit의 LMF. c = scale · log(1+r)인 값을 만들어 줍니다."""
    given = dict(parameters)
    values = {"log": True, "scale": given.pop("scale"), "offset": 0.0}
    return {
        "model": "LogisticMatrixFactorization",
        "parameters": {**given, "neg_prop": NEG_PROP},
        "values": values,
    }


def sampled(ours: Fit, peer: Fit | None) -> Row:
    """네거티브를 뽑는 LMF. 두 구현이 같은 수를 뽑습니다."""
    factors, negatives = (ours["parameters"][key] for key in ("factors", "negatives"))
    popular = ours["parameters"].get("sampling") == "popularity"
    notes = [
        "하는 일의 양(factors, iterations, 네거티브의 수)은 같고, λ와 신뢰도의 크기는 "
        "저마다의 뜻에 맞는 같은 수의 후보에서 검증 데이터로 고릅니다. 이 둘은 시간을 "
        "바꾸지 않습니다",
        f"네거티브의 수: implicit은 행마다 min({factors + 2}, {NEG_PROP} × 본 것의 수)"
        f", recbook은 본 것 하나에 평균 {negatives:.4f}개",
    ]
    name = "lmf-popularity" if popular else "lmf-sampled"
    how = "인기도에 비례해" if popular else "고르게"
    title = f"LMF, 네거티브를 {how} 뽑음(factors={factors})"
    return duel(name, title, ours, peer, LMF_GOAL, notes=notes)


def als_cg(factors: int) -> Row:
    """켤레 기울기 세 걸음으로 푸는 ALS."""
    notes = [f"c = 1 + {ALS['alpha']:g} log(1+r), 켤레 기울기 3걸음"]
    title = f"ALS-CG(factors={factors})"
    return duel(f"als-{factors}", title, *_als(factors), ALS_GOAL, notes=notes)


def recommend(factors: int) -> Row:
    """모든 사용자에게 10개씩. 학습은 재지 않습니다."""
    title = f"recommend: 모든 사용자에게 10개(ALS, factors={factors})"
    return duel("recommend", title, *_als(factors), None, timed="recommend")


def _als(factors: int) -> tuple[Fit, Fit]:
    shared = {**ALS, "factors": factors}
    return als({**shared, "cg_steps": 3}, None), peer_als(shared, None)


def duel(
    name: str,
    title: str,
    ours: Fit,
    peer: Fit | None,
    goal: float | None,
    timed: str = "fit",
    notes: list[str] | None = None,
) -> Row:
    """같은 일을 하는 두 구현. A B A B로 번갈아 잽니다."""
    variants = [
        Variant(f"{side}-{threads}", side, threads, side, fit, quality=threads == 1)
        for threads in (1, 2)
        for side, fit in ((OURS, ours), (PEER, peer))
        if fit is not None
    ]
    ratios = [
        Ratio(
            "implicit ÷ recbook, 스레드 1개",
            f"{PEER}-1",
            f"{OURS}-1",
            "cpu",
            goal,
        ),
        Ratio("implicit ÷ recbook, 스레드 2개", f"{PEER}-2", f"{OURS}-2", "wall"),
        Ratio(
            "recbook: 스레드 1개 ÷ 2개",
            f"{OURS}-1",
            f"{OURS}-2",
            "wall",
            THREADS_GOAL if timed == "fit" else None,
        ),
        Ratio("implicit: 스레드 1개 ÷ 2개", f"{PEER}-1", f"{PEER}-2", "wall"),
    ]
    return Row(
        name,
        title,
        variants,
        ratios,
        timed=timed,
        gap=(f"{OURS}-1", f"{PEER}-1"),
        gap_goal=QUALITY_GOAL if timed == "fit" else None,
        notes=notes or [],
    )


def tuned(best: dict[str, Fit]) -> Row:
    """정확한 LMF와 ALS. 저마다 검증 데이터에서 고른 설정으로, 나온 그대로 싣습니다."""
    labels = {
        "lmf": (OURS, "recbook LMF(모든 칸)"),
        "als": (OURS, "recbook ALS"),
        "peer": (PEER, "implicit ALS"),
    }
    variants = [
        Variant(f"{key}-{threads}", side, threads, label, best[key], threads == 1)
        for threads in (1, 2)
        for key, (side, label) in labels.items()
        if key in best
    ]
    ratios = [
        Ratio("recbook ALS ÷ 정확한 LMF, 스레드 1개", "als-1", "lmf-1", "cpu"),
        Ratio("implicit ALS ÷ 정확한 LMF, 스레드 1개", "peer-1", "lmf-1", "cpu"),
        Ratio("implicit ALS ÷ recbook ALS, 스레드 1개", "peer-1", "als-1", "cpu"),
        Ratio("정확한 LMF: 스레드 1개 ÷ 2개", "lmf-1", "lmf-2", "wall", THREADS_GOAL),
    ]
    return Row(
        "tuned",
        "정확한 LMF와 ALS(저마다 검증 데이터에서 고른 설정)",
        variants,
        ratios,
        gap=("lmf-1", "als-1"),
    )
