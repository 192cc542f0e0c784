"""3장의 확인 문제."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from recbook.datasets import worked_example
from recbook.exercises._kinds import Case, Choose, Code, Number, Think, Wrong

__all__ = ["EXERCISES"]

Array = NDArray[np.float64]

# ── 문제 2: 네 칸의 오차 ─────────────────────────────────────────────────────

_FOUR_ERRORS = np.array([3.0, -1.0, 0.0, 2.0])


def _answer_2() -> tuple[float, ...]:
    mse = float(np.mean(_FOUR_ERRORS**2))
    return float(np.abs(_FOUR_ERRORS).mean()), mse, mse**0.5


def _signed_2() -> tuple[float, ...]:
    _, mse, rmse = _answer_2()
    return float(_FOUR_ERRORS.mean()), mse, rmse


def _sums_2() -> tuple[float, ...]:
    squares = float(np.sum(_FOUR_ERRORS**2))
    return float(np.abs(_FOUR_ERRORS).sum()), squares, squares**0.5


def _without_zero_2() -> tuple[float, ...]:
    wrong = _FOUR_ERRORS[_FOUR_ERRORS != 0]
    mse = float(np.mean(wrong**2))
    return float(np.abs(wrong).mean()), mse, mse**0.5


def _swapped_2() -> tuple[float, ...]:
    mae, mse, rmse = _answer_2()
    return mae, rmse, mse


# ── 문제 3과 4: B의 값 하나 ──────────────────────────────────────────────────

_B, _REGION, _SINGER = 1, 1, 2


def _errors() -> Array:
    ex = worked_example()
    return np.asarray(ex.U @ ex.I.T - ex.R)


def _answer_3() -> float:
    return float(2 * _errors()[_B] @ worked_example().I[:, _REGION])


def _half_3() -> float:
    return _answer_3() / 2


def _opposite_3() -> float:
    return -_answer_3()


def _sign_forgotten_3() -> float:
    return float(2 * _errors()[_B] @ np.abs(worked_example().I[:, _REGION]))


def _row_3() -> float:
    """음반의 발매지역 열 대신 ‘나’의 행을 곱한 값."""
    return float(2 * _errors()[_B] @ worked_example().I[1])


def _curve_4() -> tuple[float, float]:
    """B의 가수 값을 δ만큼 옮긴 손실의 δ 계수와 δ² 계수."""
    singer = worked_example().I[:, _SINGER]
    return float(2 * _errors()[_B] @ singer), float(singer @ singer)


def _answer_4() -> tuple[float, ...]:
    slope, bend = _curve_4()
    return -slope / (2 * bend), 1 / bend


def _upward_4() -> tuple[float, ...]:
    step, limit = _answer_4()
    return -step, limit


def _one_step_rate_4() -> tuple[float, ...]:
    step, limit = _answer_4()
    return step, limit / 2


def _two_forgotten_4() -> tuple[float, ...]:
    slope, bend = _curve_4()
    return -slope / bend, 1 / bend


def _curvature_halved_4() -> tuple[float, ...]:
    step, limit = _answer_4()
    return step, 2 * limit


# ── 문제 5: 빈칸을 빼고 재는 MSE ─────────────────────────────────────────────


def _mse(R: ArrayLike, R_hat: ArrayLike) -> float:
    observed = np.asarray(R, dtype=float)
    known = ~np.isnan(observed)
    return float(np.mean((np.asarray(R_hat)[known] - observed[known]) ** 2))


def _cases_5() -> Iterable[Case]:
    ex = worked_example()
    R, R_hat = ex.R.copy(), ex.U @ ex.I.T
    yield "3×3 예제", (R, R_hat), float(np.sum(_errors() ** 2) / R.size)
    yield "예측이 모두 맞는 표", (R, R), 0.0
    yield (
        "오차가 +5와 −5인 두 칸",
        (np.array([[1.0, 9.0]]), np.array([[6.0, 4.0]])),
        25.0,
    )
    hidden = R.copy()
    hidden[1, 0] = np.nan
    squares = _errors() ** 2
    rest = float((squares.sum() - squares[1, 0]) / 8)
    yield "(B, 가)가 np.nan인 표", (hidden, R_hat), rest
    wide = np.array([[np.nan, 2.0, np.nan, 4.0]])
    yield "빈칸이 절반인 1×4 표", (wide, np.zeros((1, 4))), 10.0


# ── 문제 6: 아이템 행렬의 한 걸음 ────────────────────────────────────────────


def _step_items(U: Array, I: Array, R: Array, learning_rate: float) -> Array:  # noqa: E741
    error = U @ I.T - R
    return I - learning_rate * 2 * error.T @ U


def _by_loops(U: Array, I: Array, R: Array, learning_rate: float) -> Array:  # noqa: E741
    """행렬 곱 없이 한 칸씩 더해서 구한 답."""
    moved = np.array(I, dtype=float)
    for u in range(len(U)):
        for i in range(len(I)):
            error = sum(a * b for a, b in zip(U[u], I[i], strict=True)) - R[u, i]
            moved[i] -= learning_rate * 2 * error * U[u]
    return moved


def _cases_6() -> Iterable[Case]:
    # 모양이 다른 예가 먼저입니다. 전치를 잊으면 여기서 드러납니다.
    rng = np.random.default_rng(3)
    U, I = rng.normal(size=(4, 2)), rng.normal(size=(3, 2))  # noqa: E741
    R = rng.integers(0, 9, size=(4, 3)).astype(float)
    yield "사용자 4명, 음반 3개, 요인 2개", (U, I, R, 0.01), _by_loops(U, I, R, 0.01)
    ex = worked_example()
    U, I, R = ex.U.copy(), ex.I.copy(), ex.R.copy()  # noqa: E741
    yield "3×3 예제, 학습률 0.005", (U, I, R, 0.005), _by_loops(U, I, R, 0.005)
    yield "학습률 0이면 제자리", (U, I, R, 0.0), I
    exact = (U, I, U @ I.T, 0.1)
    yield "오차가 0이면 제자리", exact, I


# ── 문제 7: 모두 같은 값에서 시작하기 ────────────────────────────────────────


@cache  # 답장 한 번에도 여러 번 묻습니다
def _from_equal_values(factors: int = 3) -> Array:
    R = worked_example().R
    U = I = np.full((3, factors), 0.1)  # noqa: E741
    for _ in range(3000):
        error = U @ I.T - R
        U, I = U - 0.01 * 2 * error @ I, I - 0.01 * 2 * error.T @ U  # noqa: E741
    return np.asarray(U @ I.T)


def _answer_7() -> tuple[float, ...]:
    R, R_hat = worked_example().R, _from_equal_values()
    rank = np.linalg.matrix_rank(R_hat, tol=1e-8)
    return float(rank), float(np.sqrt(np.mean((R_hat - R) ** 2)))


def _full_rank_7() -> tuple[float, ...]:
    return 3.0, 0.0


def _mse_7() -> tuple[float, ...]:
    rank, rmse = _answer_7()
    return rank, rmse**2


def _two_factors_7() -> tuple[float, ...]:
    """요인 둘을 난수에서 시작했을 때의 랭크와 RMSE."""
    singular = np.linalg.svd(worked_example().R, compute_uv=False)
    return 2.0, float(singular[2] / 3)


EXERCISES = (
    Choose(
        question=(
            "손실을 오차의 합 $\\sum \\err{e_{ui}}$로 정하고 최소로 만들려고 합니다. "
            "$\\user{U}$와 $\\item{I}$는 어떤 수든 될 수 있습니다. "
            "이 손실에 관해 옳은 말을 고르세요."
        ),
        options=(
            "모든 칸을 정확히 맞혔을 때 가장 작습니다.",
            "예측을 관측보다 작게 만들수록 끝없이 작아집니다.",
            "합이 0이면 모든 칸의 오차가 0입니다.",
            "9로 나누어 평균을 내면 제대로 된 손실이 됩니다.",
        ),
        answer=(2,),
        why=(
            "모든 칸을 맞히면 합은 0입니다. 0보다 작은 합은 없을까요?",
            "",
            "오차가 +5와 −5인 두 칸을 더해 보세요.",
            "나누어도 양수와 음수가 서로 지우는 것은 그대로입니다.",
        ),
        hints=(
            "A의 장르 값을 계속 내리면 합은 어떻게 됩니까?",
            "본문에서 합을 −100으로 만들었을 때 제곱의 합은 어떻게 되었나요?",
        ),
        solution=(
            "2번입니다. 음반의 장르 값이 모두 양수이므로 A의 장르 값을 내릴수록 예측이 "
            "작아지고 합도 끝없이 작아집니다. 그래서 이 손실에는 최소인 곳이 없습니다. "
            "합이 0이어도 오차끼리 지웠을 수 있고, 평균을 내도 마찬가지입니다."
        ),
        praise="바닥이 없는 손실은 최소로 만들 수 없습니다.",
    ),
    Number(
        question=(
            "네 칸의 오차가 $\\err{3}$, $\\err{-1}$, $\\err{0}$, $\\err{2}$입니다. "
            "MAE, MSE, RMSE를 손으로 구해 차례대로 적으세요. 소수 둘째 자리까지 "
            "적습니다."
        ),
        answer=_answer_2,
        tolerance=0.01,
        wrong=(
            Wrong(_signed_2, "첫째 수에서 음수인 오차가 다른 오차를 지웠습니다."),
            Wrong(_sums_2, "합까지는 맞습니다. 아직 칸의 수로 나누지 않았습니다."),
            Wrong(
                _swapped_2,
                "둘째와 셋째가 뒤바뀌었습니다. 제곱근은 마지막에 씌웁니다.",
            ),
            Wrong(
                _without_zero_2,
                "오차가 0인 칸도 관측한 칸입니다. 나눌 때 함께 세어야 합니다.",
            ),
        ),
        hints=(
            "MAE에는 절댓값을, MSE에는 제곱을 씁니다. 둘 다 칸의 수로 나눕니다.",
            "RMSE는 새로 계산하지 않아도 됩니다. MSE의 제곱근입니다.",
        ),
        solution=(
            "- MAE: $(3 + 1 + 0 + 2) / 4 = 1.5$\n"
            "- MSE: $(9 + 1 + 0 + 4) / 4 = 3.5$\n"
            "- RMSE: $\\sqrt{3.5} \\approx 1.87$\n\n"
            "제곱 합 14 가운데 9가 오차 3인 한 칸에서 나왔습니다."
        ),
        praise="RMSE가 MAE보다 큰 까닭은 오차의 크기가 고르지 않기 때문입니다.",
    ),
    Number(
        question=(
            "원문의 $\\user{U}$와 $\\item{I}$에서 **B의 발매지역** 값의 기울기를 "
            "손으로 구하세요. B의 오차는 세 음반에서 0.3, 0.4, 0.4이고, 음반의 "
            "발매지역 값은 −5, 4, 2입니다. 소수 첫째 자리까지 적습니다. 적은 다음 "
            "본문의 `by_difference`로 검산해 보세요."
        ),
        answer=_answer_3,
        tolerance=0.01,
        wrong=(
            Wrong(_half_3, "제곱을 미분하면 앞에 무엇이 붙는지 보세요."),
            Wrong(_opposite_3, "이 책의 오차는 예측에서 관측을 뺀 값입니다."),
            Wrong(_sign_forgotten_3, "‘가’의 발매지역 값의 부호를 다시 보세요."),
            Wrong(_row_3, "‘나’의 행이 아니라 세 음반의 발매지역 값을 곱해야 합니다."),
        ),
        hints=(
            "같은 음반의 오차와 발매지역 값을 곱해서 더합니다.",
            "세 음반에서 (오차 × 발매지역 값)을 더하고 2를 곱합니다.",
        ),
        solution=(
            "$$2 \\times \\bigl(0.3\\times(-5) + 0.4\\times 4 + 0.4\\times 2\\bigr) "
            "= 2 \\times (-1.5 + 1.6 + 0.8) = 1.8$$\n\n"
            "양수이므로 B의 발매지역 값은 내려야 손실이 줄어듭니다. "
            "`by_difference(lambda V: loss(V, I, R), U)[1, 1]`도 1.8입니다."
        ),
        praise="부호가 양수이니 이 값은 내려야 손실이 줄어듭니다.",
    ),
    Number(
        question=(
            "이번에는 **B의 가수** 값만 $\\delta$만큼 옮깁니다. 음반의 가수 값은 3, 1, "
            "1이고 B의 오차는 0.3, 0.4, 0.4입니다. 손실을 가장 작게 하는 $\\delta$를 "
            "먼저 적고, 이 값 하나만 움직일 때의 학습률의 한계를 다음에 적으세요. "
            "학습률이 한계보다 작으면 수렴하고 크면 발산합니다. 소수 셋째 자리까지 "
            "적습니다."
        ),
        answer=_answer_4,
        tolerance=0.001,
        wrong=(
            Wrong(_upward_4, "첫째 수의 부호를 보세요. 기울기의 반대쪽으로 갑니다."),
            Wrong(
                _one_step_rate_4,
                "둘째 수는 한 걸음에 바닥에 닿는 학습률입니다. 한계는 더 큽니다.",
            ),
            Wrong(_two_forgotten_4, "δ²을 미분하면 앞에 무엇이 붙는지 보세요."),
            Wrong(
                _curvature_halved_4,
                "2를 δ²에 붙은 수로 나누었습니다. 곡률은 그 수의 두 배입니다.",
            ),
        ),
        hints=(
            "B의 세 칸의 오차를 $\\delta$의 식으로 적고 제곱해서 더해 보세요.",
            "$\\delta^2$에 붙은 수를 $a$라고 하면 한 걸음에 거리는 $1 - 2a\\gamma$배가 "
            "됩니다.",
        ),
        solution=(
            "$(0.3 + 3\\delta)^2 + (0.4 + \\delta)^2 + (0.4 + \\delta)^2 "
            "= 0.41 + 3.4\\,\\delta + 11\\,\\delta^2$입니다.\n\n"
            "- 미분하면 $3.4 + 22\\,\\delta = 0$이므로 "
            "$\\delta = -3.4/22 \\approx -0.155$입니다.\n"
            "- 한 걸음에 거리는 $1 - 22\\gamma$배가 됩니다. 크기가 1보다 작으려면 "
            "$\\gamma < 1/11 \\approx 0.091$이어야 합니다.\n\n"
            "발매지역의 한계 1/45보다 큽니다. 음반의 가수 값이 작아서 포물선이 덜 "
            "굽었기 때문입니다."
        ),
        praise="포물선이 덜 굽으면 학습률을 더 크게 잡아도 됩니다.",
    ),
    Code(
        question=(
            "관측한 표와 예측한 표를 받아 MSE를 돌려주는 함수 `mse(R, R_hat)`을 "
            "짜세요. `R`에서 `np.nan`인 칸은 관측하지 않은 칸이니 빼고 잽니다. 관측한 "
            "0은 빼지 않습니다."
        ),
        starter="def mse(R, R_hat):\n    return ...",
        name="mse",
        cases=_cases_5,
        reference=_mse,
        tolerance=1e-9,
        hints=(
            "`np.isnan(R)`은 빈칸마다 True인 표를 돌려줍니다. `~`를 붙이면 뒤집힙니다.",
            "제곱한 오차에서 관측한 칸만 골라 평균을 내세요. 나누는 수도 그 수입니다.",
        ),
        solution=(
            "```python\n"
            "def mse(R, R_hat):\n"
            "    observed = ~np.isnan(R)\n"
            "    error = R_hat[observed] - R[observed]\n"
            "    return np.mean(error**2)\n"
            "```\n\n"
            "`np.nanmean((R_hat - R) ** 2)`도 됩니다. 빈칸을 0으로 채우고 재면 "
            "관측하지 않은 칸을 0번이라고 우기는 셈입니다."
        ),
        praise="제곱하고 나서 평균을 내는 순서도, 빈칸을 빼는 것도 맞았습니다.",
    ),
    Code(
        question=(
            "아이템 행렬을 기울기의 반대쪽으로 한 걸음 옮긴 **새 행렬**을 돌려주는 "
            "함수 `step_items(U, I, R, learning_rate)`를 짜세요. 받은 `I`는 바꾸지 "
            "않습니다. 사용자, 음반, 요인의 수가 서로 달라도 되어야 합니다."
        ),
        starter="def step_items(U, I, R, learning_rate):\n    return ...",
        name="step_items",
        cases=_cases_6,
        reference=_step_items,
        tolerance=1e-9,
        hints=(
            "예측에서 관측을 뺀 오차 행렬을 구하고, 기울기를 더하지 않고 빼는지, 2배를 "
            "챙겼는지 보세요.",
            "기울기는 `I`와 모양이 같아야 합니다. 오차 행렬을 전치해야 할까요?",
        ),
        solution=(
            "```python\n"
            "def step_items(U, I, R, learning_rate):\n"
            "    E = U @ I.T - R\n"
            "    return I - learning_rate * 2 * E.T @ U\n"
            "```\n\n"
            "전치를 잊어도 3×3에서는 오류가 나지 않습니다. 그래서 크기가 서로 다른 "
            "예로도 시험합니다. `I -= …`라고 쓰면 받은 행렬이 바뀝니다."
        ),
        praise="크기가 서로 다른 예까지 통과했으니 전치도 맞습니다.",
    ),
    Number(
        question=(
            "0은 안장점이니 피하기로 하고, $k = 3$인 $\\user{U}$와 $\\item{I}$의 값을 "
            "모두 **0.1**로 정했습니다. 학습률 0.01로 3,000걸음을 옮긴 다음 예측 "
            "$\\pred{\\hat R}$을 봅니다. 본문의 `descend`로 실험하고 "
            "$\\pred{\\hat R}$의 랭크와 RMSE를 차례대로 적으세요. 랭크는 다른 행에 "
            "수를 곱하고 더해서 만들 수 있는 행을 하나씩 지우고 남는 행의 수입니다. "
            "`np.linalg.matrix_rank`에 `tol=1e-8`을 주어 구합니다. RMSE는 소수 셋째 "
            "자리까지 적습니다. 왜 그런지도 생각해 보세요."
        ),
        answer=_answer_7,
        tolerance=0.001,
        wrong=(
            Wrong(
                _full_rank_7, "난수에서 시작한 결과입니다. 모든 값을 같게 해 보세요."
            ),
            Wrong(
                _two_factors_7,
                "요인 둘을 난수에서 시작한 결과입니다. 모든 값을 같게 해 보세요.",
            ),
            Wrong(_mse_7, "둘째 수는 MSE입니다. 제곱근을 구하세요."),
        ),
        hints=(
            "`np.full((3, 3), 0.1)`로 시작합니다.",
            "배운 뒤의 `U`에서 세 열을 서로 견주어 보세요. 다른 열이 있습니까?",
        ),
        solution=(
            "랭크는 1, RMSE는 약 1.504입니다. 세 열이 똑같은 값에서 시작하면 기울기의 "
            "세 열도 똑같습니다. 그래서 몇 걸음을 옮겨도 세 열은 서로 같습니다. 요인이 "
            "셋이지만 하나를 세 번 적은 것과 다르지 않습니다. 요인 하나로 낼 수 있는 "
            "가장 좋은 RMSE가 1.504입니다. 작은 **난수**로 시작해야 열마다 다른 것을 "
            "배웁니다."
        ),
        praise="똑같이 시작한 요인은 끝까지 똑같습니다.",
    ),
    Think(
        question=(
            "친구가 말합니다. “학습률을 0.005로 하니 손실 곡선이 평평해졌어. 손실도 "
            "0에 가까우니 학습은 끝났고, 이 모델이 가장 좋은 모델이야.” 이 말에서 "
            "확인해야 할 것을 두 가지 이상 적고, 어떻게 확인할지도 적으세요."
        ),
        points=(
            "평평한 곡선이 바닥이 아닐 수도 있는 까닭을 적었나요?",
            "학습에 쓴 칸과 숨긴 칸을 나누었나요?",
            "다른 학습률이나 다른 시드로도 해 보자고 했나요?",
            "단순한 기준 모델과 견주자고 했나요?",
        ),
        hints=(
            "안장점 곁에서 손실 곡선은 어떤 모양이었나요?",
            "여덟 칸의 손실이 0일 때 (B, 가)의 예측은 어땠나요?",
        ),
        solution=(
            "첫째, 평평하다고 끝난 것은 아닙니다. 안장점 곁이거나 학습률이 너무 "
            "작아도 평평해 보입니다. 더 오래 돌리고, 학습률과 시드를 바꾸어 같은 "
            "손실에 닿는지 봅니다. 둘째, 손실은 학습에 쓴 칸에서 잰 값입니다. 여덟 "
            "칸의 손실이 0이어도 숨긴 칸은 −4.5로 예측했습니다. 일부 칸을 숨겨 두고 "
            "그 칸에서 재야 합니다. 셋째, ‘가장 좋다’고 하려면 견줄 상대가 있어야 "
            "합니다. 전체 평균 같은 단순한 기준 모델과 요인의 수가 다른 모델을 같은 "
            "숨긴 칸에서 견줍니다."
        ),
    ),
)
