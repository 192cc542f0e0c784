"""행렬 분해의 커널: 관측한 칸만 보는 손실, 기울기, 경사 하강법.

모델은 전체 평균, 편향 둘, 잠재 벡터의 내적을 더한 것입니다.

    r̂_ui = μ + b_u + b_i + x_u·y_i            오차  e_ui = r̂_ui − r_ui

관측한 칸의 모임 Ω는 길이가 같은 배열 셋(`users`, `items`, `values`)으로 받습니다.
n번째 칸은 사용자 ``users[n]``이 아이템 ``items[n]``에 준 값 ``values[n]``입니다.

모든 함수의 인자는 이름과 모양이 같습니다.

    users, items   (N,)    정수. 관측한 칸의 행과 열
    values         (N,)    관측한 값 r_ui
    X, Y           (n, K), (m, K)   사용자와 아이템의 잠재 벡터. K는 k를 16의 배수로
                          올린 수이고, 남는 열은 0입니다(0은 결과를 바꾸지 않습니다)
    b_u, b_i       (n,), (m,)       편향. 쓰지 않으면 0으로 채웁니다
    mean           수      전체 평균 μ. 쓰지 않으면 0입니다
    penalty_user, penalty_item   수     λ_user, λ_item

References
----------
Koren, Bell, Volinsky (2009), "Matrix Factorization Techniques for Recommender
Systems", Computer 42(8): 편향이 있는 모델과 SGD. 이 파일은 손실에 ½을 붙이지 않으므로
기울기에 2가 남습니다. 학습률 γ는 그 논문의 γ의 절반과 같습니다.

Duchi, Hazan, Singer (2011), "Adaptive Subgradient Methods for Online Learning and
Stochastic Optimization", JMLR 12: `adagrad`.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from recbook.kernels._declare import browser, spread
from recbook.kernels.primitives import dot, kernel

__all__ = [
    "adagrad",
    "descend",
    "gradient",
    "loss",
    "loss_per_entry",
    "predict_entries",
    "sgd_epoch",
    "squared_error",
]

Array = NDArray[Any]

in_browser = browser(
    order="int32[::1]",
    users="int32[::1]",
    items="int32[::1]",
    values="float64[::1]",
    X="float64[:, ::1]",
    Y="float64[:, ::1]",
    b_u="float64[::1]",
    b_i="float64[::1]",
    mean="float64",
    penalty_user="float64",
    penalty_item="float64",
    grad_X="float64[:, ::1]",
    grad_Y="float64[:, ::1]",
    grad_b_u="float64[::1]",
    grad_b_i="float64[::1]",
    parameters="float64[:, ::1]",
    gradients="float64[:, ::1]",
    accumulators="float64[:, ::1]",
    learning_rate="float64",
    biases="boolean",
    out="float64[::1]",
)


@spread
@kernel
def _score(
    X: Array, Y: Array, b_u: Array, b_i: Array, mean: float, u: int, i: int
) -> float:
    """r̂_ui = μ + b_u + b_i + x_u·y_i."""
    return mean + b_u[u] + b_i[i] + dot(X[u], Y[i])


@kernel
def _size(factors: Array, biases: Array, row: int) -> float:
    """‖x_u‖² + b_u² 또는 ‖y_i‖² + b_i². 규제가 값을 매기는 크기입니다."""
    return dot(factors[row], factors[row]) + biases[row] ** 2


@in_browser
@kernel
def predict_entries(
    users: Array,
    items: Array,
    X: Array,
    Y: Array,
    b_u: Array,
    b_i: Array,
    mean: float,
    out: Array,
) -> None:
    """칸마다의 예측값 r̂_ui를 `out`에 적습니다."""
    for n in range(len(out)):
        out[n] = _score(X, Y, b_u, b_i, mean, users[n], items[n])


@in_browser
@kernel
def squared_error(
    users: Array,
    items: Array,
    values: Array,
    X: Array,
    Y: Array,
    b_u: Array,
    b_i: Array,
    mean: float,
) -> float:
    """관측한 칸의 오차 제곱합 Σ_Ω (r̂_ui − r_ui)². float64로 더합니다."""
    total = 0.0
    for n in range(len(values)):
        e = _score(X, Y, b_u, b_i, mean, users[n], items[n]) - values[n]
        total += e * e
    return total


@in_browser
@kernel
def loss(
    users: Array,
    items: Array,
    values: Array,
    X: Array,
    Y: Array,
    b_u: Array,
    b_i: Array,
    mean: float,
    penalty_user: float,
    penalty_item: float,
) -> float:
    """전체 기울기가 줄이는 목적 함수.

        E = Σ_Ω (r̂_ui − r_ui)² + λ_user Σ_u (‖x_u‖² + b_u²)
                               + λ_item Σ_i (‖y_i‖² + b_i²)

    규제는 사용자마다, 아이템마다 한 번씩만 붙습니다. μ에는 붙지 않습니다.
    """
    total = squared_error(users, items, values, X, Y, b_u, b_i, mean)
    for u in range(len(X)):
        total += penalty_user * _size(X, b_u, u)
    for i in range(len(Y)):
        total += penalty_item * _size(Y, b_i, i)
    return total


@kernel
def loss_per_entry(
    users: Array,
    items: Array,
    values: Array,
    X: Array,
    Y: Array,
    b_u: Array,
    b_i: Array,
    mean: float,
    penalty_user: float,
    penalty_item: float,
) -> float:
    """`sgd_epoch`가 줄이는 목적 함수. 규제가 관측한 칸마다 붙습니다.

        E' = Σ_Ω [ (r̂_ui − r_ui)² + λ_user (‖x_u‖² + b_u²)
                                  + λ_item (‖y_i‖² + b_i²) ]

    사용자 u의 규제는 그가 평가한 칸의 수 |Ω_u|배가 됩니다. λ가 0이면 `loss`와 같습니다.
    """
    total = squared_error(users, items, values, X, Y, b_u, b_i, mean)
    for n in range(len(values)):
        total += penalty_user * _size(X, b_u, users[n])
        total += penalty_item * _size(Y, b_i, items[n])
    return total


@in_browser.training
@kernel
def gradient(
    users: Array,
    items: Array,
    values: Array,
    X: Array,
    Y: Array,
    b_u: Array,
    b_i: Array,
    mean: float,
    penalty_user: float,
    penalty_item: float,
    grad_X: Array,
    grad_Y: Array,
    grad_b_u: Array,
    grad_b_i: Array,
) -> None:
    """`loss`의 기울기를 `grad_`로 시작하는 배열에 적습니다.

        ∂E/∂x_u = 2 Σ_{i∈Ω_u} e_ui y_i + 2 λ_user x_u
        ∂E/∂y_i = 2 Σ_{u∈Ω_i} e_ui x_u + 2 λ_item y_i
        ∂E/∂b_u = 2 Σ_{i∈Ω_u} e_ui     + 2 λ_user b_u
        ∂E/∂b_i = 2 Σ_{u∈Ω_i} e_ui     + 2 λ_item b_i

    네 배열의 모양은 X, Y, b_u, b_i와 같습니다. 먼저 들어 있던 값은 지웁니다.
    """
    for u in range(len(X)):
        grad_b_u[u] = 2.0 * penalty_user * b_u[u]
        for f in range(X.shape[1]):
            grad_X[u, f] = 2.0 * penalty_user * X[u, f]
    for i in range(len(Y)):
        grad_b_i[i] = 2.0 * penalty_item * b_i[i]
        for f in range(Y.shape[1]):
            grad_Y[i, f] = 2.0 * penalty_item * Y[i, f]
    for n in range(len(values)):
        u, i = users[n], items[n]
        e = _score(X, Y, b_u, b_i, mean, u, i) - values[n]
        grad_b_u[u] += 2.0 * e
        grad_b_i[i] += 2.0 * e
        for f in range(X.shape[1]):
            grad_X[u, f] += 2.0 * e * Y[i, f]
            grad_Y[i, f] += 2.0 * e * X[u, f]


@in_browser.training
@kernel
def descend(parameters: Array, gradients: Array, learning_rate: float) -> None:
    """경사 하강법 한 걸음을 제자리에서: X ← X − γ ∂E/∂X.

    Parameters
    ----------
    parameters, gradients : ndarray, shape (n, k)
        편향은 ``b_u.reshape(-1, 1)``처럼 한 열인 행렬로 넘깁니다.
    learning_rate : float
        학습률 γ.
    """
    for row in range(parameters.shape[0]):
        for column in range(parameters.shape[1]):
            parameters[row, column] -= learning_rate * gradients[row, column]


@in_browser.training
@kernel
def adagrad(
    parameters: Array, gradients: Array, accumulators: Array, learning_rate: float
) -> None:
    """AdaGrad 한 걸음을 제자리에서, 칸마다 따로.

        G ← G + g²
        x ← x − γ g / √G        (G = 0이면 그대로)

    G는 지금 기울기까지 더한 것이라 첫 걸음은 어느 칸에서나 ∓γ입니다. 분모에 작은 수를
    더하지 않습니다. 0/0은 기울기가 줄곧 0이던 칸에서만 나오므로 건너뜁니다.

    Parameters
    ----------
    parameters, gradients, accumulators : ndarray, shape (n, k)
        x, g, G. G는 0에서 시작하고, 걸음마다 같은 배열을 다시 넘깁니다.
    learning_rate : float
        γ.
    """
    for row in range(parameters.shape[0]):
        for column in range(parameters.shape[1]):
            g = gradients[row, column]
            accumulators[row, column] += g * g
            root = np.sqrt(accumulators[row, column])
            if root > 0.0:
                parameters[row, column] -= learning_rate * (g / root)


@in_browser.training
@kernel
def sgd_epoch(
    order: Array,
    users: Array,
    items: Array,
    values: Array,
    X: Array,
    Y: Array,
    b_u: Array,
    b_i: Array,
    mean: float,
    learning_rate: float,
    penalty_user: float,
    penalty_item: float,
    biases: bool,
) -> None:
    """확률적 경사 하강법 한 에폭: 한 칸을 볼 때마다 그 행과 열을 고칩니다.

        e   = r̂_ui − r_ui
        x_u ← x_u − γ · 2 (e y_i + λ_user x_u)
        y_i ← y_i − γ · 2 (e x_u + λ_item y_i)        (x_u는 고치기 전의 값)
        b_u ← b_u − γ · 2 (e + λ_user b_u),  b_i도 같습니다

    칸 하나를 고르게 뽑으면 이 걸음에 쓴 기울기의 기댓값은 `loss_per_entry`의 기울기를
    |Ω|로 나눈 것입니다. `gradient`가 따르는 `loss`와는 두 가지가 다릅니다.

    - 규제가 칸마다 붙어, 평점이 많은 사용자와 아이템일수록 세게 눌립니다.
    - 한 에폭 안에서도 앞선 칸이 고친 값을 다음 칸이 씁니다. 그래서 순서가 결과를
      바꾸며, λ가 0이어도 전체 기울기 한 걸음과 같지 않습니다.

    Parameters
    ----------
    order : ndarray of int, shape (N,)
        칸을 볼 순서.
    biases : bool
        편향도 배울지. 거짓이면 `b_u`와 `b_i`를 건드리지 않습니다.
    """
    for step in range(len(order)):
        n = order[step]
        u, i = users[n], items[n]
        e = _score(X, Y, b_u, b_i, mean, u, i) - values[n]
        if biases:
            b_u[u] -= learning_rate * 2.0 * (e + penalty_user * b_u[u])
            b_i[i] -= learning_rate * 2.0 * (e + penalty_item * b_i[i])
        for f in range(X.shape[1]):
            x, y = X[u, f], Y[i, f]
            X[u, f] = x - learning_rate * 2.0 * (e * y + penalty_user * x)
            Y[i, f] = y - learning_rate * 2.0 * (e * x + penalty_item * y)
