"""추천의 커널: 점수 매기기, 가리기, 상위 N개 고르기, 코사인 유사도.

점수가 같으면 번호가 작은 아이템이 앞섭니다. 점수의 순서는 다음과 같이 정해집니다.

    i가 j보다 앞선다  ⇔  s_i > s_j  또는  s_i = s_j이고 i < j

한 사용자를 따로 계산해도 여럿을 함께 계산해도 `dot`의 순서가 같아 결과가 같습니다.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from recbook.kernels._declare import browser
from recbook.kernels.primitives import dot, kernel

__all__ = ["HIDDEN", "cosines", "hide", "norms", "score_rows", "select"]

Array = NDArray[Any]

in_browser = browser(
    users="int32[::1]",
    X="float32[:, ::1]",
    Y="float32[:, ::1]",
    b_u="float32[::1]",
    b_i="float32[::1]",
    mean="float64",
    out="float32[:, ::1]",
    scores="float32[:, ::1]",
    indptr="int32[::1]",
    indices="int32[::1]",
    ids="int32[:, ::1]",
    values="float32[:, ::1]",
)

HIDDEN = np.float32(np.finfo(np.float32).min)
"""가린 아이템의 점수. 유한한 float32 가운데 가장 작습니다."""


@in_browser
@kernel
def score_rows(
    users: Array, X: Array, b_u: Array, Y: Array, b_i: Array, mean: float, out: Array
) -> None:
    """잠재 요인 모델의 점수 s_ui = μ + b_u + b_i + x_u·y_i를 `out`에 적습니다.

    Parameters
    ----------
    users : ndarray of int, shape (b,)
        점수를 매길 X의 행.
    X, Y : ndarray, shape (n, K), (m, K)
        K는 `PADDING`의 배수이며 남는 칸은 0입니다.
    out : ndarray of float32, shape (b, m)
    """
    for row in range(len(users)):
        u = users[row]
        base = np.float64(mean) + b_u[u]
        for i in range(len(Y)):
            out[row, i] = base + b_i[i] + dot(X[u], Y[i])


@in_browser
@kernel
def hide(scores: Array, indptr: Array, indices: Array) -> None:
    """CSR의 행마다 저장한 열의 점수를 `HIDDEN`으로 바꿉니다."""
    for row in range(len(scores)):
        for n in range(indptr[row], indptr[row + 1]):
            scores[row, indices[n]] = HIDDEN


@kernel
def _after(score: float, item: int, other_score: float, other_item: int) -> bool:
    """`item`이 `other_item`보다 뒤에 서는지."""
    if score != other_score:
        return score < other_score
    return item > other_item


@kernel
def _sift_down(ids: Array, values: Array, root: int, size: int) -> None:
    """맨 뒤에 설 것이 뿌리에 오는 힙에서, 뿌리를 제자리로 내려보냅니다."""
    item, score = ids[root], values[root]
    child = 2 * root + 1
    while child < size:
        right = child + 1
        if right < size and _after(
            values[right], ids[right], values[child], ids[child]
        ):
            child = right
        if not _after(values[child], ids[child], score, item):
            break
        ids[root], values[root] = ids[child], values[child]
        root = child
        child = 2 * root + 1
    ids[root], values[root] = item, score


@in_browser
@kernel
def select(scores: Array, ids: Array, values: Array) -> None:
    """행마다 `HIDDEN`이 아닌 아이템 가운데 앞선 N개를 순서대로 적습니다.

    크기가 N인 힙에 지금까지의 상위 N개를 두고, 문턱(그 가운데 맨 뒤)을 넘는 것만
    받아들입니다. 모자라는 자리는 번호 −1과 점수 `HIDDEN`입니다.

    Parameters
    ----------
    scores : ndarray of float32, shape (b, m)
    ids, values : ndarray of int32 and float32, shape (b, N)
    """
    N = ids.shape[1]
    for row in range(len(scores)):
        top, best = ids[row], values[row]
        size = 0
        for i in range(scores.shape[1]):
            score = scores[row, i]
            if not score > HIDDEN:
                continue
            if size < N:
                top[size], best[size] = i, score
                size += 1
                if size == N:
                    for root in range(N // 2 - 1, -1, -1):
                        _sift_down(top, best, root, N)
            elif N > 0 and score > best[0]:
                top[0], best[0] = i, score
                _sift_down(top, best, 0, N)
        if size < N:
            for root in range(size // 2 - 1, -1, -1):
                _sift_down(top, best, root, size)
        for last in range(size - 1, 0, -1):  # 맨 뒤에 설 것을 하나씩 뒤로 보냅니다
            top[0], top[last] = top[last], top[0]
            best[0], best[last] = best[last], best[0]
            _sift_down(top, best, 0, last)
        for rest in range(size, N):
            top[rest], best[rest] = -1, HIDDEN


@kernel
def norms(factors: Array, seen: Array, out: Array) -> None:
    """행마다의 길이 ‖y‖를 `out`에 적습니다. 상호작용이 없던 행은 0입니다."""
    for row in range(len(factors)):
        out[row] = np.sqrt(dot(factors[row], factors[row])) if seen[row] else 0.0


@kernel
def cosines(
    rows: Array, queries: Array, lengths: Array, factors: Array, out: Array
) -> None:
    """코사인 유사도 q·y / (‖q‖ ‖y‖)를 `out`에 적습니다.

    자기 자신은 무한대로 적어 맨 앞에 서게 합니다(부르는 쪽이 1로 바꿉니다). 길이가 0인
    벡터는 방향이 없으므로 누구의 이웃도 아닙니다: 자기 자신 말고는 `HIDDEN`입니다.

    Parameters
    ----------
    rows : ndarray of int, shape (b,)
        물음의 번호. `factors`에서의 자리입니다.
    queries : ndarray, shape (b, K)
        물음의 벡터. 보통은 ``factors[rows]``이고, 새로 셈한 벡터일 수도 있습니다.
    lengths : ndarray, shape (m,)
        `norms`의 결과.
    factors : ndarray, shape (m, K)
    out : ndarray of float32, shape (b, m)
    """
    for row in range(len(rows)):
        query = queries[row]
        length = np.sqrt(dot(query, query))
        for i in range(len(factors)):
            if i == rows[row]:
                out[row, i] = np.inf
            elif length > 0 and lengths[rows[row]] > 0 and lengths[i] > 0:
                # 먼저 나누어야 길이의 곱이 넘치거나 사라지지 않습니다. 반올림으로 1을
                # 넘지 않게 자릅니다.
                cosine = dot(query, factors[i]) / length / lengths[i]
                out[row, i] = min(max(cosine, -1.0), 1.0)
            else:
                out[row, i] = HIDDEN
