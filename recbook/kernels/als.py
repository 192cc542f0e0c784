"""교대 최소제곱법의 커널: 정규 방정식을 켤레 기울기법이나 촐레스키 분해로 풉니다.

횟수 r_ui에서 선호도 p와 신뢰도 c를 만들고, 모든 칸의 오차 제곱에 신뢰도를 곱해
줄입니다. 식 번호는 Hu, Koren, Volinsky의 것입니다.

    p_ui = 1[r_ui > 0]        c_ui = 1 + w_ui,  저장하지 않은 칸은 w_ui = 0

    E = Σ_u Σ_i c_ui (p_ui − x_u·y_i)² + λ (Σ_u ‖x_u‖² + Σ_i ‖y_i‖²)             식 (3)

Y를 고정하면 E는 사용자마다 따로 볼록한 이차식이고, 기울기가 0인 곳은 정규 방정식의
해입니다. Cᵘ는 c_ui를 대각선에 놓은 행렬입니다.

    A_u x_u = b_u,   A_u = YᵀCᵘY + λI,   b_u = YᵀCᵘp(u)                         식 (4)

Cᵘ − I에서 0이 아닌 것은 저장한 칸뿐이므로, YᵀY를 한 번 셈해 두면 사용자마다 저장한
칸만 봅니다.

    A_u = YᵀY + Yᵀ(Cᵘ − I)Y + λI = YᵀY + λI + Σ_{i∈S_u} w_ui y_i y_iᵀ
    b_u = Σ_{i∈S_u} c_ui y_i

아이템은 X를 고정하고 같은 식으로 풉니다(식 (5)). 그래서 아래 함수는 모두 한쪽만
말합니다. 아이템을 풀 때는 X와 Y를 바꾸고 전치한 CSR을 넘깁니다.

인자의 이름과 모양은 모든 함수에서 같습니다. K는 `PADDING`의 배수이며, 잠재 벡터의 길이
k보다 크면 남는 칸은 0입니다. 남는 칸은 풀고 난 뒤에도 0입니다.

    X, Y              (n, K), (m, K)  float32. 풀 쪽과 고정한 쪽
    G                 (K, K)          YᵀY
    indptr, indices   CSR의 자리. u행의 저장한 칸이 S_u입니다
    extra             (N,)            float32. 저장한 칸의 w_ui = c_ui − 1, 0 이상
    penalty           수              λ
    start, stop       수              start행부터 stop행 앞까지만 다룹니다

References
----------
Hu, Koren, Volinsky (2008), "Collaborative Filtering for Implicit Feedback Datasets",
ICDM.

Takács, Pilászy, Tikk (2011), "Applications of the Conjugate Gradient Method for
Implicit Feedback Collaborative Filtering", RecSys: 앞 반복의 해에서 몇 걸음만 가는 법.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recbook.kernels._declare import browser
from recbook.kernels.primitives import PADDING, axpy, axpys, dot, dots, kernel

__all__ = ["gram", "loss", "solve_cg", "solve_cholesky"]

Array = NDArray[Any]

in_browser = browser(
    X="float32[:, ::1]",
    Y="float32[:, ::1]",
    G="float32[:, ::1]",
    indptr="int32[::1]",
    indices="int32[::1]",
    extra="float32[::1]",
    penalty="float32",
    steps="int64",
    start="int64",
    stop="int64",
    vectors="float32[:, ::1]",
    scores="float32[::1]",
    scaled="float32[::1]",
    sums="float64[::1]",
    rows="float64[:, ::1]",
    columns="float64[:, ::1]",
    out="float64[:, ::1]",
)

_ZERO = np.float32(0)
_ONE = np.float32(1)


@in_browser
@kernel
def gram(
    Y: Array, start: int, stop: int, rows: Array, columns: Array, out: Array
) -> None:
    """G = YᵀY = Σ_i y_i y_iᵀ의 start행부터 stop행 앞까지와, 대칭인 자리.

    float64로 더합니다. f행에서는 `stop`열 앞까지만 셈하고, `start`열보다 왼쪽은 대칭인
    자리에 옮겨 적습니다. 구간을 나누어 불러도 서로 다른 칸에 적으며, 칸마다 i의 순서로
    더하므로 결과는 같습니다.

    Parameters
    ----------
    start, stop : int
        ``stop = start + PADDING``. `start`는 `PADDING`의 배수입니다.
    rows : ndarray of float64, shape (T, K)
        임시 배열. y_i를 T개씩 옮겨 놓습니다.
    columns : ndarray of float64, shape (PADDING, T)
        임시 배열. 그 가운데 start열부터를 눕혀 놓습니다.
    out : ndarray of float64, shape (K, K)
    """
    for f in range(start, stop):
        for g in range(stop):
            out[f, g] = 0.0
    for first in range(0, len(Y), len(rows)):
        count = min(len(rows), len(Y) - first)
        for n in range(count):
            for g in range(stop):
                rows[n, g] = Y[first + n, g]
            for f in range(start, stop):
                columns[f - start, n] = Y[first + n, f]
        for f in range(start, stop):
            axpys(columns[f - start][:count], rows, out[f][:stop])
    for f in range(start, stop):
        for g in range(start):
            out[g, f] = out[f, g]


@kernel
def loss(
    X: Array,
    Y: Array,
    indptr: Array,
    indices: Array,
    extra: Array,
    start: int,
    stop: int,
    scores: Array,
    sums: Array,
) -> float:
    """저장한 칸이 식 (3)에 더하는 몫: Σ_{i∈S_u} [c_ui (1 − s_ui)² − s_ui²].

    저장하지 않은 칸의 몫은 (0 − s_ui)²입니다. 모든 칸의 s²의 합은 ⟨XᵀX, YᵀY⟩라서,
    저장한 칸에서는 그 s²을 빼 둡니다. 규제까지 더하면 E가 됩니다.

        E = Σ_{저장한 칸} [c (1 − s)² − s²] + ⟨XᵀX, YᵀY⟩ + λ (tr XᵀX + tr YᵀY)

    Parameters
    ----------
    scores : ndarray of float32, shape (T,)
        임시 배열. 한 행의 칸을 T개씩 끊어 봅니다.
    sums : ndarray of float64, shape (T,)
        임시 배열. 칸의 자리마다 따로 더해 두면 앞 덧셈을 기다리지 않습니다.

    Returns
    -------
    float64
    """
    for n in range(len(sums)):
        sums[n] = 0.0
    for u in range(start, stop):
        for first in range(indptr[u], indptr[u + 1], len(scores)):
            last = min(first + len(scores), indptr[u + 1])
            w, s = extra[first:last], scores[: last - first]
            for n in range(len(s)):
                s[n] = _ZERO
            dots(Y, X[u], s, indices[first:last])
            for n in range(len(s)):
                c = 1.0 + np.float64(w[n])
                score = np.float64(s[n])
                sums[n] += c * (1.0 - score) ** 2 - score**2
    total = 0.0
    for n in range(len(sums)):
        total += sums[n]
    return total


@kernel
def _normal(
    v: Array,
    target: Any,
    Y: Array,
    G: Array,
    items: Array,
    extra: Array,
    penalty: Any,
    scores: Array,
    out: Array,
) -> None:
    """A_u v − target·b_u를 `out`에. `target`이 1이면 식 (4)의 왼쪽에서 오른쪽을 뺀 것.

        A_u v       = (YᵀY + λI) v + Σ_{i∈S_u} w_ui (y_i·v) y_i
        A_u v − b_u = (YᵀY + λI) v + Σ_{i∈S_u} [w_ui (y_i·v − 1) − 1] y_i

    칸을 몇 개씩 끊어 보므로, 내적에 쓴 행이 캐시에 남아 있을 때 다시 더합니다.
    """
    for f in range(len(v)):
        out[f] = penalty * v[f]
    axpys(v, G, out)  # G는 대칭이라 열마다 더하는 것이 행마다 더하는 것과 같습니다
    for first in range(0, len(items), len(scores)):
        last = min(first + len(scores), len(items))
        some, w, s = items[first:last], extra[first:last], scores[: last - first]
        for n in range(len(s)):
            s[n] = -target
        dots(Y, v, s, some)
        for n in range(len(s)):
            s[n] = w[n] * s[n] - target
        axpys(s, Y, out, some)


@kernel
def _curvature(
    v: Array,
    Y: Array,
    G: Array,
    items: Array,
    extra: Array,
    penalty: Any,
    scores: Array,
    scaled: Array,
    out: Array,
) -> Any:
    """v·A_u v = v·(YᵀY + λI)v + Σ_{i∈S_u} w_ui (y_i·v)². `out`은 임시 배열입니다.

    A_u v를 만들지 않으므로 y_i를 다시 더하지 않아도 됩니다.
    """
    for f in range(len(v)):
        out[f] = penalty * v[f]
    axpys(v, G, out)
    total = dot(v, out)
    for first in range(0, len(items), len(scores)):
        last = min(first + len(scores), len(items))
        w = extra[first:last]
        for n in range(len(scores)):  # dot은 빈자리까지 봅니다
            scores[n] = _ZERO
            scaled[n] = _ZERO
        dots(Y, v, scores[: last - first], items[first:last])
        for n in range(len(w)):
            scaled[n] = w[n] * scores[n]
        total += dot(scaled, scores)
    return total


@in_browser.training
@kernel
def solve_cg(
    X: Array,
    Y: Array,
    G: Array,
    indptr: Array,
    indices: Array,
    extra: Array,
    penalty: Any,
    steps: int,
    start: int,
    stop: int,
    vectors: Array,
    scores: Array,
    scaled: Array,
) -> None:
    """X의 행마다 A_u x = b_u를 켤레 기울기법으로, 지금의 x_u에서 `steps`걸음.

        r = b_u − A_u x,  p = r
        되풀이:  a = r·r / p·A_u p
                 x ← x + a p
                 r' = r − a A_u p
                 β = r'·r' / r·r
                 p ← r' + β p,  r ← r'

    저장한 칸이 없는 행의 해는 0입니다. 나머지 r이 0이면 이미 해이므로 멈춥니다. r이
    아주 작으면 p·A_u p가 0이 되기도 하는데, 그때도 멈춥니다. NaN이면 멈추지 않으므로
    x에 그대로 드러납니다.

    Parameters
    ----------
    G : ndarray of float32, shape (K, K)
    penalty : float32
    vectors : ndarray of float32, shape (3, K)
        임시 배열. r, p, A_u p입니다.
    scores, scaled : ndarray of float32, shape (T,)
        임시 배열. 한 행의 칸을 T개씩 끊어 봅니다. T는 `PADDING`의 배수입니다.
    """
    r, p, Ap = vectors[0], vectors[1], vectors[2]
    for u in range(start, stop):
        x = X[u]
        items = indices[indptr[u] : indptr[u + 1]]
        w = extra[indptr[u] : indptr[u + 1]]
        if len(items) == 0:
            x[:] = _ZERO
            continue
        _normal(x, _ONE, Y, G, items, w, penalty, scores, r)
        for f in range(len(r)):
            r[f] = -r[f]
            p[f] = r[f]
        rr = dot(r, r)
        for step in range(1, steps + 1):
            if rr == _ZERO:
                break
            if step == steps:  # 다음 r과 p가 필요 없으므로 A_u p도 필요 없습니다
                curvature = _curvature(p, Y, G, items, w, penalty, scores, scaled, Ap)
            else:
                _normal(p, _ZERO, Y, G, items, w, penalty, scores, Ap)
                curvature = dot(p, Ap)
            if curvature <= _ZERO:
                break
            a = rr / curvature
            axpy(a, p, x)
            if step == steps:
                break
            axpy(-a, Ap, r)
            previous = rr
            rr = dot(r, r)
            beta = rr / previous
            for f in range(len(p)):
                p[f] = r[f] + beta * p[f]


@kernel
def _cholesky(A: Array, L: Array, k: int) -> bool:
    """A = LLᵀ인 아래 삼각 행렬 L. A의 위 삼각만 봅니다.

        L_fg = (A_fg − Σ_{h<g} L_fh L_gh) / L_gg   (g < f)
        L_ff = √(A_ff − Σ_{h<f} L_fh²)

    L의 f행은 왼쪽부터 채우고 나머지는 0이라, 합은 행 전체의 내적과 같습니다.

    Returns
    -------
    bool
        A가 양의 정부호가 아니거나 NaN이 있으면 거짓입니다.
    """
    for f in range(k):
        L[f, :] = 0.0
        for g in range(f):
            L[f, g] = (A[g, f] - dot(L[f], L[g])) / L[g, g]
        pivot = A[f, f] - dot(L[f], L[f])
        if not pivot > 0.0:
            return False
        L[f, f] = math.sqrt(pivot)
    return True


@kernel
def solve_cholesky(
    X: Array,
    Y: Array,
    G: Array,
    indptr: Array,
    indices: Array,
    extra: Array,
    penalty: float,
    k: int,
    start: int,
    stop: int,
    matrices: Array,
    vectors: Array,
) -> int:
    """X의 행마다 A_u x = b_u를 A_u = LLᵀ로 나누어 끝까지 풉니다.

        L z = b_u,  Lᵀ x = z

    모두 float64로 셈하고 x만 float32로 줄입니다. 저장한 칸이 없는 행의 해는 0입니다.

    Parameters
    ----------
    G : ndarray of float64, shape (K, K)
    k : int
        잠재 벡터의 길이. 남는 칸은 풀지 않습니다.
    matrices : ndarray of float64, shape (2, K, K)
        임시 배열. A_u와 L입니다.
    vectors : ndarray of float64, shape (3, K)
        임시 배열. y_i, b_u, z입니다.

    Returns
    -------
    int
        풀지 못한 첫 행의 번호. A_u가 양의 정부호가 아니거나 NaN이 있을 때입니다. 다
        풀었으면 −1입니다.
    """
    A, L = matrices[0], matrices[1]
    y, b, z = vectors[0], vectors[1], vectors[2]
    for u in range(start, stop):
        X[u, :] = _ZERO
        if indptr[u] == indptr[u + 1]:
            continue
        for f in range(len(b)):
            b[f] = 0.0
            z[f] = 0.0
            for g in range(f, len(b)):
                A[f, g] = G[f, g]
            A[f, f] += penalty
        for n in range(indptr[u], indptr[u + 1]):
            for f in range(len(y)):
                y[f] = Y[indices[n], f]
            w = np.float64(extra[n])
            axpy(1.0 + w, y, b)
            for f in range(k):  # 대칭이라 대각선이 든 16칸 묶음부터 오른쪽만
                left = f // PADDING * PADDING
                axpy(w * y[f], y[left:], A[f][left:])
        if not _cholesky(A, L, k):
            return u
        for f in range(k):
            z[f] = (b[f] - dot(L[f], z)) / L[f, f]
        for f in range(k - 1, -1, -1):
            solution = z[f] / L[f, f]
            axpy(-solution, L[f], z)
            X[u, f] = solution
    return -1
