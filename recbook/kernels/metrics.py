"""순위 지표의 커널: 추천 목록에서 정답이 놓인 자리로 점수를 매깁니다.

목록 하나가 사용자 한 명입니다. 자리(position)는 0부터 센 목록에서의 자리이고, 순위
(rank)는 동점을 평균한 자리입니다. 정답은 CSR처럼 이어 놓습니다: u번째 사용자의 정답은
``indptr[u]``부터 ``indptr[u + 1]``의 앞까지입니다.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from recbook.kernels._declare import browser
from recbook.kernels.primitives import kernel, log

__all__ = ["COLUMNS", "percentile_ranks", "score_lists", "tied_ranks"]

Array = NDArray[Any]

COLUMNS = ("precision", "recall", "map", "ndcg", "hit_rate", "auc")
"""`score_lists`가 적는 열의 이름."""

in_browser = browser(
    positions="int32[::1]",
    ranks="float64[::1]",
    indptr="int32[::1]",
    n_candidates="int32[::1]",
    K="int64",
    out="float64[:, ::1]",
    shares="float64[::1]",
    scores="float32[:, ::1]",
    indices="int32[::1]",
)

_LOG_2 = float(np.log(2.0))


@in_browser
@kernel
def percentile_ranks(
    ranks: Array, indptr: Array, n_candidates: Array, shares: Array
) -> float:
    """정답마다의 백분위 순위 rank / (후보의 수 − 1)와 그 평균.

    맨 위가 0, 맨 아래가 1입니다. 후보가 하나뿐이면 0입니다.

    Parameters
    ----------
    ranks, shares : ndarray of float64, shape (n_answers,)
    indptr : ndarray of int32, shape (n_users + 1,)
    n_candidates : ndarray of int32, shape (n_users,)

    Returns
    -------
    float
        모든 정답의 평균. 정답이 없으면 0입니다.
    """
    total = 0.0
    for user in range(len(n_candidates)):
        below = n_candidates[user] - 1
        for n in range(indptr[user], indptr[user + 1]):
            shares[n] = ranks[n] / below if below > 0 else 0.0
            total += shares[n]
    return total / len(shares) if len(shares) > 0 else 0.0


@in_browser
@kernel
def score_lists(
    positions: Array,
    ranks: Array,
    indptr: Array,
    n_candidates: Array,
    K: int,
    out: Array,
) -> None:
    """목록마다의 정밀도, 재현율, AP@K, NDCG@K, 적중, AUC를 `out`의 한 줄에 적습니다.

    Parameters
    ----------
    positions : ndarray of int32, shape (n_answers,)
        사용자마다 작은 것부터. 목록에 없는 정답은 후보의 수 이상입니다.
    ranks : ndarray of float64, shape (n_answers,)
    indptr : ndarray of int32, shape (n_users + 1,)
        정답이 없는 사용자는 없어야 합니다.
    n_candidates : ndarray of int32, shape (n_users,)
    K : int
    out : ndarray of float64, shape (n_users, 6)
        열은 `COLUMNS`의 순서입니다. 견줄 후보가 없는 사용자의 AUC는 NaN입니다.
    """
    for user in range(len(n_candidates)):
        first, last = indptr[user], indptr[user + 1]
        answers, candidates = last - first, n_candidates[user]
        # K가 후보보다 커도 싣지 않은 정답이 맞힌 것이 되지 않습니다.
        depth = min(K, candidates)
        best = min(depth, answers)
        hits, precisions, gain, ideal = 0, 0.0, 0.0, 0.0
        for place in range(1, depth + 1):
            discount = _LOG_2 / log(place + 1.0)  # 1 / log₂(place + 1)
            if place <= best:
                ideal += discount
            if hits < answers and positions[first + hits] == place - 1:
                hits += 1
                precisions += hits / place
                gain += discount
        from_bottom = 0.0
        for n in range(first, last):
            from_bottom += candidates - ranks[n]
        # 아래에서 1부터 센 순위의 합에서 정답끼리의 몫을 빼면, 정답보다 아래인 다른
        # 후보의 수를 모두 더한 것이 됩니다(만–휘트니 U, 동점은 ½).
        wins = from_bottom - answers * (answers + 1) / 2
        pairs = answers * (candidates - answers)
        out[user, 0] = hits / K
        out[user, 1] = hits / answers
        out[user, 2] = precisions / best
        out[user, 3] = gain / ideal
        out[user, 4] = 1.0 if hits > 0 else 0.0
        out[user, 5] = wins / pairs if pairs > 0 else np.nan


@in_browser
@kernel
def tied_ranks(scores: Array, indptr: Array, indices: Array, ranks: Array) -> None:
    """정답마다 0부터 센 순위: 더 높은 점수의 수에 동점의 절반을 더한 것.

    후보가 아닌 아이템은 `topk.hide`로 미리 가려 둡니다.

    Parameters
    ----------
    scores : ndarray of float32, shape (n_users, m)
    indptr, indices : ndarray of int32, shape (n_users + 1,), (n_answers,)
    ranks : ndarray of float64, shape (n_answers,)
    """
    for user in range(len(scores)):
        for n in range(indptr[user], indptr[user + 1]):
            mine = scores[user, indices[n]]
            rank = -0.5  # 자신은 동점에 넣지 않습니다
            for i in range(scores.shape[1]):
                if scores[user, i] >= mine:
                    rank += 0.5 if scores[user, i] == mine else 1.0
            ranks[n] = rank
