"""로지스틱 행렬 분해(LMF)의 커널: 로그 사후 확률, 기울기, AdaGrad, 네거티브 샘플링.

Johnson(2014)의 식과 한 줄씩 맞대어 볼 수 있게 썼습니다. 사용자 u가 아이템 i를 좋아할
확률은 점수 s_ui의 로지스틱 함수입니다.

    s_ui = x_u·y_i + β_u + β_i               p(l_ui) = σ(s_ui) = 1 / (1 + e^(−s_ui))

신뢰도 c_ui는 저장한 칸에서 αr_ui이고 빈칸에서 0입니다. 저장한 칸은 양성 예시 c_ui개와
음성 예시 하나, 빈칸은 음성 예시 하나입니다. 가능도는 Π p(l_ui)^c_ui (1 − p(l_ui))이고,
최대로 만드는 로그 사후 확률은 다음과 같습니다. 규제는 벡터마다 한 번씩 붙고, 편향에는
붙지 않습니다.

    log p = Σ_{u,i} [ c_ui s_ui − (1 + c_ui) log(1 + e^s_ui) ]        (로그 가능도)
            − λ/2 Σ_u ‖x_u‖² − λ/2 Σ_i ‖y_i‖²                         (사전 분포)

한 칸이 기울기에 주는 몫을 e_ui라 적으면

    e_ui       = c_ui − (1 + c_ui) σ(s_ui)
    ∂/∂x_u     = Σ_i e_ui y_i − λ x_u               ∂/∂β_u = Σ_i e_ui
    ∂/∂y_i     = Σ_u e_ui x_u − λ y_i               ∂/∂β_i = Σ_u e_ui

사용자와 아이템을 맞바꾸어도 식이 같습니다. 그래서 커널은 한쪽만 압니다. 여기서 X와 u는
**고칠 쪽**, Y와 i는 **멈춰 둔 쪽**입니다. 아이템을 고칠 때는 둘을 바꾸고, 전치한 행렬의
CSR을 줍니다. 기울기는 올라가는 방향이며, 걸음은 AdaGrad입니다.

    G ← G + g²,   x ← x + γ g / √G

네거티브 샘플링은 빈칸을 다 보지 않고 행마다 몇 칸만 뽑습니다. 뽑는 수의 기댓값은 그
행의 풀(뽑을 수 있는 칸)의 ρ배이고, ρ는 행렬 전체에 하나입니다. 빈칸이 ρ배로 줄어드니
c와 λ도 ρ배로 줄여 균형을 지킵니다.

    저장한 칸    e_ui = ρc_ui − (w + ρc_ui) σ(s_ui)
    뽑은 칸      e_uj = −σ(s_uj)                      뽑힌 횟수만큼 더합니다
    규제         −ρλ x_u

w는 저장한 칸 자신의 음성 예시입니다. 저장한 칸을 풀에서 빼면 w = ρ, 빼지 않으면 그 몫이
뽑은 칸에 들어 있으므로 w = 0입니다. 고르게 뽑으면 어느 칸이나 평균 ρ번 나오므로, 이
기울기와 로그 가능도의 기댓값은 위의 것의 꼭 ρ배입니다. AdaGrad의 g / √G는 기울기에 같은
수를 곱해도 그대로라서 α, λ, γ의 뜻은 모든 칸을 볼 때와 같습니다.

모든 커널의 인자는 이름과 모양이 같습니다. 실수 배열은 모두 float32이고 C 연속입니다.

    X, Y           (n, K), (m, K)   잠재 벡터. `sampled_gradient`의 K는 16의 배수입니다
    b_u, b_i       (n,), (m,)       편향 β
    indptr, indices, confidence     (n+1,), (nnz,), (nnz,)   저장한 칸의 CSR.
                   confidence가 c_ui이고, 한 행의 열 번호는 커지는 순서입니다
    penalty        수               λ. `sampled_gradient`에는 ρc_ui와 ρλ를 줍니다
    start, stop    정수             볼 행. start ≤ u < stop
    grad_X, grad_b (n, K), (n,)     기울기를 적을 곳. 본 행만 적습니다

References
----------
Johnson (2014), "Logistic Matrix Factorization for Implicit Feedback Data", NIPS
Workshop on Distributed Machine Learning and Matrix Computations.

Duchi, Hazan, Singer (2011), "Adaptive Subgradient Methods for Online Learning and
Stochastic Optimization", JMLR 12.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from recbook.kernels._declare import brief, browser
from recbook.kernels.primitives import (
    axpys,
    dot,
    dots,
    exp,
    kernel,
    log,
    next_below,
    next_uint64,
    padded,
    sigmoid,
    uniform,
)

__all__ = [
    "CHUNK",
    "ROWS",
    "TILE",
    "adagrad",
    "gradient",
    "log_prior",
    "probabilities",
    "residuals",
    "sampled_gradient",
]

Array = NDArray[Any]

in_browser = browser(
    X="float32[:, ::1]",
    b_u="float32[::1]",
    Y="float32[:, ::1]",
    b_i="float32[::1]",
    indptr="int32[::1]",
    indices="int32[::1]",
    confidence="float32[::1]",
    penalty="float64",
    start="int64",
    stop="int64",
    grad_X="float32[:, ::1]",
    grad_b="float32[::1]",
    tile="float32[:, ::1]",
    lines="float32[:, ::1]",
    products="float64[::1]",
    cursors="int32[::1]",
    parameters="float32[::1]",
    gradients="float32[::1]",
    accumulators="float32[::1]",
    learning_rate="float64",
    share="float64",
    weights="int32[::1]",
    popular="boolean",
    exclude="boolean",
    key="uint64",
    stamps="int32[::1]",
    columns="int32[::1]",
    sums="float64[::1]",
    state="uint64[::1]",
    scores="float32[:, ::1]",
)

TILE = 256
"""정확한 기울기가 한 번에 보는 열의 수. 점수와 그 열들이 L1·L2 캐시에 함께 듭니다."""
ROWS = 128
"""열 묶음 하나를 옮겨 놓고 보는 행의 수. 묶음을 옮기는 값이 이만큼 나뉩니다.

1 + e^(−|s|) ≤ 2를 행마다 곱해 가므로 곱은 2¹²⁸을 넘지 않습니다."""
CHUNK = 256
"""표본 기울기가 한 번에 보는 칸의 수."""

_ZERO = np.float32(0)
_ONE = np.float32(1)
_ONES = np.ones(max(TILE, CHUNK), np.float32)
# 없는 열의 점수. σ = 0이고 log(1 + eˢ) = 0이라 어느 합에도 보태지 않습니다.
_NEVER = np.float32(-np.inf)
# 버리고 다시 뽑기를 이만큼 하고도 빈칸이 나오지 않으면 빈칸을 차례로 셉니다.
_TRIES = 64


@in_browser
@kernel
def log_prior(X: Array, penalty: float) -> float:
    """사전 분포의 로그 −λ/2 Σ_u ‖x_u‖². float64로 더합니다."""
    total = 0.0
    for u in range(X.shape[0]):
        for k in range(X.shape[1]):
            total += np.float64(X[u, k]) * np.float64(X[u, k])
    return -0.5 * penalty * total


@in_browser.training
@kernel
def adagrad(
    parameters: Array, gradients: Array, accumulators: Array, learning_rate: float
) -> None:
    """AdaGrad 한 걸음을 제자리에서, 칸마다 따로.

        G ← G + g²
        x ← x + γ g / √G        (G = 0이면 그대로)

    G는 지금 기울기까지 더한 것이라 첫 걸음은 어느 칸에서나 정확히 ±γ입니다. 분모에
    작은 수를 더하지 않으며, 0/0은 기울기가 줄곧 0이던 칸에서만 나와 건너뜁니다.

    Parameters
    ----------
    parameters, gradients, accumulators : ndarray of float32, shape (N,)
        x, g, G. 행렬은 ``X.reshape(-1)``로 넘깁니다.
    learning_rate : float
        γ.
    """
    rate = np.float32(learning_rate)
    for n in range(len(parameters)):
        g = gradients[n]
        accumulators[n] += g * g
        root = np.sqrt(accumulators[n])
        parameters[n] += rate * (g / root) if root > _ZERO else _ZERO


@in_browser
@kernel
def probabilities(scores: Array) -> None:
    """점수 s_ui를 확률 p(l_ui) = σ(s_ui)로 제자리에서 바꿉니다.

    Parameters
    ----------
    scores : ndarray of float32, shape (b, m)
        `topk.score_rows`가 적은 점수.
    """
    for u in range(scores.shape[0]):
        for i in range(scores.shape[1]):
            scores[u, i] = sigmoid(scores[u, i])


# ── 정확한 기울기: 모든 칸 ───────────────────────────────────────────────────


@in_browser.training
@kernel
def gradient(
    X: Array,
    b_u: Array,
    Y: Array,
    b_i: Array,
    indptr: Array,
    indices: Array,
    confidence: Array,
    penalty: float,
    start: int,
    stop: int,
    grad_X: Array,
    grad_b: Array,
    tile: Array,
    lines: Array,
    products: Array,
    cursors: Array,
) -> float:
    """모든 칸을 본 정확한 기울기와 로그 가능도.

        s_ui   = x_u·y_i + β_u + β_i
        e_ui   = c_ui − (1 + c_ui) σ(s_ui)
        ∂/∂x_u = Σ_i e_ui y_i − λ x_u,       ∂/∂β_u = Σ_i e_ui

    열을 `TILE`개씩 잘라 보며, 점수 행렬 전체를 만들지 않습니다.

    Parameters
    ----------
    tile : ndarray of float32, shape (K, TILE)
    lines : ndarray of float32, shape (4, TILE)
    products : ndarray of float64, shape (TILE,)
    cursors : ndarray of int32, shape (ROWS,)
        임시 배열. 내용은 아무것이나 좋습니다.

    Returns
    -------
    float
        본 행의 로그 가능도 Σ_u Σ_i [ c_ui s_ui − (1 + c_ui) log(1 + e^s_ui) ].
    """
    total = 0.0
    bias, scores, errors, excess = lines[0], lines[1], lines[2], lines[3]
    for head in range(start, stop, ROWS):
        tail = min(head + ROWS, stop)
        _start_rows(X, indptr, penalty, head, tail, grad_X, grad_b, cursors)
        for first in range(0, len(Y), TILE):
            width = min(TILE, padded(len(Y) - first))
            _read_columns(Y, b_i, first, width, tile, bias)
            _clear(products, excess)
            for u in range(head, tail):
                s, e = scores[:width], errors[:width]
                for i in range(width):
                    s[i] = b_u[u] + bias[i]
                axpys(X[u], tile, s)  # s_ui = β_u + β_i + Σ_k x_uk y_ik
                _empty_cells(s, e, products, excess)
                total += _stored_cells(
                    s, e, first, indices, confidence, cursors, u - head, indptr[u + 1]
                )
                dots(tile, e, grad_X[u])  # ∂/∂x_uk += Σ_i e_ui y_ik
                grad_b[u] += dot(_ONES[:width], e)  # ∂/∂β_u += Σ_i e_ui
            total -= _log_partition(products, excess)
    return total


@kernel
def residuals(
    scores: Array,
    first: int,
    b_u: Array,
    b_i: Array,
    indptr: Array,
    indices: Array,
    confidence: Array,
    start: int,
    stop: int,
    lines: Array,
    products: Array,
    cursors: Array,
) -> float:
    """내적의 조각을 e_ui로 바꾸고 로그 가능도를 셈합니다. 행렬 곱은 밖에서 합니다.

        s_ui = x_u·y_i + β_u + β_i  →  e_ui = c_ui − (1 + c_ui) σ(s_ui)

    `gradient`에서 두 행렬 곱과 규제를 뺀 나머지입니다. ∂/∂X = E Y − λX입니다.

    Parameters
    ----------
    scores : ndarray of float32, shape (stop − start, w)
        start행부터, first열부터의 x_u·y_i. e_ui로 바뀝니다. 행은 `ROWS` 이하입니다.
        없는 열은 `b_i`를 −∞로 두면 e가 0이 됩니다.
    b_i : ndarray of float32, shape (≥ first + w,)
    lines, products
        `gradient`와 같은 임시 배열.
    cursors : ndarray of int32, shape (ROWS,)
        행마다 first열 뒤의 첫 저장한 칸. 첫 조각에서는 ``indptr[start:stop]``이고, 다음
        조각을 위해 나아갑니다.

    Returns
    -------
    float
        본 칸의 로그 가능도.
    """
    total = 0.0
    line, excess = lines[0], lines[1]
    for left in range(0, scores.shape[1], TILE):
        right = min(left + TILE, scores.shape[1])
        _clear(products, excess)
        for u in range(start, stop):
            s, e = line[: right - left], scores[u - start, left:right]
            for i in range(right - left):
                s[i] = e[i] + (b_u[u] + b_i[first + left + i])
            _empty_cells(s, e, products, excess)
            total += _stored_cells(
                s,
                e,
                first + left,
                indices,
                confidence,
                cursors,
                u - start,
                indptr[u + 1],
            )
        total -= _log_partition(products, excess)
    return total


@brief
@kernel
def _start_rows(
    X: Array,
    indptr: Array,
    penalty: float,
    head: int,
    tail: int,
    grad_X: Array,
    grad_b: Array,
    cursors: Array,
) -> None:
    """기울기를 −λ x_u와 0에서 시작하고, 행마다 첫 저장한 칸을 가리킵니다."""
    for u in range(head, tail):
        cursors[u - head] = indptr[u]
        grad_b[u] = _ZERO
        _shrink(X[u], penalty, grad_X[u])


@brief
@kernel
def _shrink(x: Array, penalty: float, grad_x: Array) -> None:
    """기울기의 규제 항 −λ x_u."""
    weight = np.float32(penalty)
    for k in range(len(x)):
        grad_x[k] = -weight * x[k]


@brief
@kernel
def _read_columns(
    Y: Array, b_i: Array, first: int, width: int, tile: Array, bias: Array
) -> None:
    """`first`번째부터 `width`개의 y_i를 ``tile``의 열에 옮깁니다. 없는 열은 0입니다."""
    for i in range(width):
        real = first + i < len(Y)
        bias[i] = b_i[first + i] if real else _NEVER
        for k in range(Y.shape[1]):
            tile[k, i] = Y[first + i, k] if real else _ZERO


@brief
@kernel
def _clear(products: Array, excess: Array) -> None:
    for i in range(len(products)):
        products[i] = 1.0
        excess[i] = _ZERO


@kernel
def _empty_cells(scores: Array, errors: Array, products: Array, excess: Array) -> None:
    """모든 칸을 빈칸(c = 0)으로 보고 e = −σ(s)를 적고, log(1 + eˢ)를 모읍니다.

        t = e^(−|s|)일 때      σ(s) = 1 / (1 + t)  (s ≥ 0),   t / (1 + t)  (s < 0)
                               log(1 + eˢ) = max(s, 0) + log(1 + t)

    1 < 1 + t ≤ 2이므로 열마다 곱만 해 두고 로그는 `_log_partition`에서 한 번 셈합니다.
    고리 하나에 float32와 float64를 섞지 않아야 벡터 명령이 넓게 쓰입니다.
    """
    for i in range(len(scores)):
        s = scores[i]
        errors[i] = exp(-abs(s))
        excess[i] += s if s > _ZERO else _ZERO
    for i in range(len(scores)):
        products[i] *= 1.0 + np.float64(errors[i])
    for i in range(len(scores)):
        t = errors[i]
        errors[i] = -(_ONE if scores[i] >= _ZERO else t) / (_ONE + t)


@kernel
def _stored_cells(
    scores: Array,
    errors: Array,
    first: int,
    indices: Array,
    confidence: Array,
    cursors: Array,
    row: int,
    end: int,
) -> float:
    """저장한 칸의 몫을 더합니다. 빈칸으로 본 몫은 이미 들어 있습니다.

        e           −σ(s) + c σ(−s)             = c − (1 + c) σ(s)
        로그 가능도   −log(1 + eˢ) + c log σ(s)   = c s − (1 + c) log(1 + eˢ)

    `cursors[row]`에서 이어 보고, 이 열 묶음을 지나면 멈춥니다.
    """
    total = 0.0
    n = cursors[row]
    while n < end and indices[n] < first + len(scores):
        i, c = indices[n] - first, confidence[n]
        s = scores[i]
        t = exp(-abs(s))
        errors[i] += c * ((t if s >= _ZERO else _ONE) / (_ONE + t))
        below = s if s < _ZERO else _ZERO
        total += np.float64(c) * (np.float64(below) - log(1.0 + np.float64(t)))
        n += 1
    cursors[row] = n
    return total


@kernel
def _log_partition(products: Array, excess: Array) -> float:
    """모아 둔 Σ log(1 + eˢ)."""
    total = 0.0
    for i in range(len(products)):
        total += log(products[i]) + np.float64(excess[i])
    return total


# ── 표본 기울기: 양성 예시와 뽑은 음성 예시 ──────────────────────────────────


@in_browser.training
@kernel
def sampled_gradient(
    X: Array,
    b_u: Array,
    Y: Array,
    b_i: Array,
    indptr: Array,
    indices: Array,
    confidence: Array,
    penalty: float,
    share: float,
    weights: Array,
    popular: bool,
    exclude: bool,
    key: np.uint64,
    start: int,
    stop: int,
    grad_X: Array,
    grad_b: Array,
    stamps: Array,
    columns: Array,
    lines: Array,
    sums: Array,
    state: Array,
) -> float:
    """저장한 칸 모두와, 행마다 뽑은 음성 예시로 셈한 기울기와 로그 가능도.

        e_ui   = ρc_ui − (w + ρc_ui) σ(s_ui)                    저장한 칸
        e_uj   = −σ(s_uj)                                       뽑은 칸
        ∂/∂x_u = Σ_{i ∈ 저장} e_ui y_i + Σ_{j ∈ 뽑음} e_uj y_j − ρλ x_u
        ∂/∂β_u = Σ_{i ∈ 저장} e_ui + Σ_{j ∈ 뽑음} e_uj

    행 u에서는 ρ × (풀의 크기)개를 뽑습니다. 소수부는 그 확률로 하나 더 뽑아 기댓값을
    맞춥니다. 같은 칸이 여러 번 나올 수 있습니다. `exclude`이면 풀은 그 행의 빈칸이고
    w = ρ, 아니면 풀은 모든 열이고 w = 0입니다. 풀에서 고르는 법은 둘입니다.

    - 고르게: 기댓값이 `gradient`의 ρ배입니다.
    - 인기도대로(`popular`): 저장한 칸의 목록 `indices`에서 자리 하나를 고르게 뽑고 그
      열을 씁니다. 저장한 칸이 없는 열은 나오지 않습니다. 뽑는 수는 같지만 인기 있는
      열에 몰리므로 `gradient`의 추정이 아닙니다.

    `exclude`이면 그 행에 저장한 열은 버리고 다시 뽑습니다. `_TRIES`번을 버리면 남은
    열을 차례로 세어 고르므로 끝나지 않는 일은 없습니다. 뽑을 열이 하나도 없는 행(모두
    저장한 칸이거나, 인기도대로일 때 다른 행만 가진 열이 없는 행)에서는 뽑지 않습니다.

    난수는 `key`와 행의 번호에서 시작하므로 행을 어떻게 나누어 돌려도 결과가 같습니다.

    Parameters
    ----------
    confidence : ndarray of float32, shape (nnz,)
        줄인 신뢰도 ρc_ui.
    penalty : float
        줄인 규제의 세기 ρλ.
    share : float
        ρ.
    weights : ndarray of int32, shape (m,)
        열이 뽑힐 확률의 비. 고르게면 1, 인기도대로면 열에 저장한 칸의 수입니다.
    key : uint64
        이 번의 난수 열쇠.
    stamps : ndarray of int32, shape (m,)
        임시 배열. 처음에는 −1로 채우고, 같은 CSR에만 이어 씁니다.
    columns : ndarray of int32, shape (CHUNK,)
    lines : ndarray of float32, shape (5, CHUNK)
    sums : ndarray of float64, shape (CHUNK,)
    state : ndarray of uint64, shape (1,)
        임시 배열. 내용은 아무것이나 좋습니다.

    Returns
    -------
    float
        로그 가능도 Σ_{i ∈ 저장} [ ρc_ui s_ui − (w + ρc_ui) log(1 + e^s_ui) ]
        − Σ_{j ∈ 뽑음} log(1 + e^s_uj).
    """
    c, w = lines[0], lines[1]
    own = np.float32(share) if exclude else _ZERO
    for n in range(len(sums)):
        sums[n] = 0.0
    for u in range(start, stop):
        grad_b[u] = _ZERO
        _shrink(X[u], penalty, grad_X[u])
        begin, end = indptr[u], indptr[u + 1]
        stored, pool = end - begin, len(Y)
        if exclude:
            pool -= stored
            for n in range(begin, end):
                stamps[indices[n]] = u
        free = pool
        if popular:
            free = _left_to_draw(indices, begin, end if exclude else begin, weights)
        state[0] = key + np.uint64(u)
        state[0] = next_uint64(state)
        draws = _number_of_draws(share * pool, free, state)
        for done in range(0, stored + draws, CHUNK):
            size = min(CHUNK, stored + draws - done)
            liked = min(max(stored - done, 0), size)
            for n in range(liked):
                columns[n] = indices[begin + done + n]
                c[n], w[n] = confidence[begin + done + n], own
            for n in range(liked, size):
                c[n], w[n] = _ZERO, _ONE
            _draw(
                u, columns[liked:size], indices, weights, popular, free, stamps, state
            )
            grad_b[u] += _entries(
                X[u], b_u[u], Y, b_i, columns, size, lines, sums, grad_X[u]
            )
    total = 0.0
    for n in range(len(sums)):
        total += sums[n]
    return total


@kernel
def _number_of_draws(expected: float, free: int, state: Array) -> int:
    """기댓값이 `expected`인 정수. 뽑을 열이 없으면 0입니다."""
    if free <= 0:
        return 0
    whole = int(expected)
    return whole + 1 if uniform(state) < expected - whole else whole


@brief
@kernel
def _left_to_draw(indices: Array, begin: int, end: int, weights: Array) -> int:
    """저장한 칸의 목록에서 이 행이 가진 열의 자리를 뺀 수."""
    free = len(indices)
    for n in range(begin, end):
        free -= weights[indices[n]]
    return free


@kernel
def _draw(
    u: int,
    columns: Array,
    indices: Array,
    weights: Array,
    popular: bool,
    free: int,
    stamps: Array,
    state: Array,
) -> None:
    """행 u의 표가 없는 열을 `weights`에 비례하는 확률로 뽑아 `columns`를 채웁니다.

    먼저 다 뽑고 나중에 표를 봅니다. 앞의 고리에 갈래가 없어야 메모리를 기다리는 동안
    다음 것을 뽑습니다.
    """
    size = np.uint64(len(indices) if popular else len(weights))
    for n in range(len(columns)):
        columns[n] = _any_column(indices, popular, size, state)
    for n in range(len(columns)):
        left = _TRIES
        while stamps[columns[n]] == u:
            if left == 0:
                columns[n] = _count_out(u, weights, free, stamps, state)
            else:
                columns[n] = _any_column(indices, popular, size, state)
            left -= 1


@kernel
def _any_column(indices: Array, popular: bool, size: np.uint64, state: Array) -> Any:
    """표를 보지 않고 뽑은 열. `popular`이면 저장한 칸의 목록에서 고릅니다."""
    # uint64와 부호 있는 정수를 섞으면 Numba는 float64로 바꿉니다.
    at = np.int64(next_below(state, size))
    return np.int64(indices[at]) if popular else at


@kernel
def _count_out(u: int, weights: Array, free: int, stamps: Array, state: Array) -> int:
    """표가 없는 열을 차례로 세어 하나 고릅니다. `free`는 그 열의 무게의 합입니다."""
    left = np.int64(next_below(state, np.uint64(free)))
    column = 0
    while stamps[column] == u or left >= weights[column]:
        if stamps[column] != u:
            left -= weights[column]
        column += 1
    return column


@kernel
def _entries(
    x: Array,
    b: float,
    Y: Array,
    b_i: Array,
    columns: Array,
    size: int,
    lines: Array,
    sums: Array,
    grad_x: Array,
) -> Any:
    """칸 `size`개의 e y_i를 `grad_x`에 더하고 Σe를 돌려줍니다.

        e           c σ(−s) − w σ(s)               = c − (w + c) σ(s)
        로그 가능도   c log σ(s) − w log(1 + eˢ)     = c s − (w + c) log(1 + eˢ)

    t = e^(−|s|)로 `_empty_cells`, `_stored_cells`와 같은 셈을 합니다. c와 w는
    ``lines[:2]``에 들어 있고, 뽑은 칸에서는 0과 1입니다. 로그 가능도의 몫은 `sums`에
    자리마다 모읍니다.
    """
    width = padded(size)
    c, w, s, e, terms = lines[0], lines[1], lines[2], lines[3], lines[4]
    for n in range(size):
        s[n] = b + b_i[columns[n]]
    for n in range(size, width):
        s[n], c[n], w[n] = _ZERO, _ZERO, _ZERO
    dots(Y, x, s[:size], columns)
    for n in range(width):
        e[n] = exp(-abs(s[n]))
    for n in range(width):
        above = s[n] if s[n] > _ZERO else _ZERO
        below = s[n] if s[n] < _ZERO else _ZERO
        rest = log(_ONE + e[n])
        terms[n] = c[n] * (below - rest) - w[n] * (above + rest)
    for n in range(width):
        sums[n] += np.float64(terms[n])
    for n in range(width):
        t = e[n]
        liked, disliked = (_ONE, t) if s[n] >= _ZERO else (t, _ONE)
        e[n] = (c[n] * disliked - w[n] * liked) / (_ONE + t)
    axpys(e[:size], Y, grad_x, columns)
    return dot(_ONES[:width], e[:width])
