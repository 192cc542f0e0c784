"""7장의 확인 문제."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from recbook.datasets import worked_example
from recbook.exercises._kinds import Case, Choose, Code, Number, Think, Wrong

__all__ = ["EXERCISES"]

Array = NDArray[np.float64]

# ── 문제 2: 아이템을 고정하고 C의 값 하나 찾기 ────────────────────────────────

_Y = np.array([1.0, 2.0, 2.0])  # 가, 나, 다의 값
_LAMBDA = 1.0


def _best(seen: slice, strength: float) -> float:
    """E를 가장 작게 하는 C의 값: Σ r y / (Σ y² + λ)."""
    r, y = worked_example().R[2, seen], _Y[seen]
    return float(r @ y / (y @ y + strength))


def _answer_2() -> float:
    return _best(slice(1, 3), _LAMBDA)


def _without_penalty_2() -> float:
    return _best(slice(1, 3), 0.0)


def _hidden_counted_2() -> float:
    """숨긴 (C, 가)까지 넣은 답."""
    return _best(slice(0, 3), _LAMBDA)


def _hidden_as_zero_2() -> float:
    """숨긴 칸을 0회로 센 답. 분자는 그대로이고 분모만 커집니다."""
    r = worked_example().R[2, 1:]
    return float(r @ _Y[1:] / (_Y @ _Y + _LAMBDA))


# ── 문제 3: 기울기 한 줄 ─────────────────────────────────────────────────────

_X_B = np.array([0.5, 1.0])
_ITEMS = np.array([[2.0, 1.0], [1.0, 2.0]])  # 나, 다
_LAMBDA_1 = 0.5


def _gradient(seen: float, penalty: float) -> tuple[float, ...]:
    e = _ITEMS @ _X_B - worked_example().R[1, 1:]
    return tuple(float(each) for each in seen * e @ _ITEMS + penalty * _X_B)


def _answer_3() -> tuple[float, ...]:
    return _gradient(2.0, 2 * _LAMBDA_1)


def _without_penalty_3() -> tuple[float, ...]:
    return _gradient(2.0, 0.0)


def _penalty_not_doubled_3() -> tuple[float, ...]:
    return _gradient(2.0, _LAMBDA_1)


def _opposite_error_3() -> tuple[float, ...]:
    return _gradient(-2.0, 2 * _LAMBDA_1)


# ── 문제 4: 곱이 같은 λ ──────────────────────────────────────────────────────


def _answer_4() -> tuple[float, ...]:
    """λ가 (0.3, 0.3)일 때 12와 12. λ₁이 1.2이고 곱이 같으면?"""
    first, second = 1.2, 0.3 * 0.3 / 1.2
    stretch = (second / first) ** 0.5
    return second, 12 * stretch, 12 / stretch


def _same_sum_4() -> tuple[float, ...]:
    _, small, large = _answer_4()
    return 0.6 - 1.2, small, large


def _swapped_4() -> tuple[float, ...]:
    second, small, large = _answer_4()
    return second, large, small


def _ratio_not_rooted_4() -> tuple[float, ...]:
    second, _, _ = _answer_4()
    return second, 12 * second / 1.2, 12 * 1.2 / second


# ── 문제 5: 관측한 칸만 보는 손실 ────────────────────────────────────────────


def _loss(
    X: Array, Y: Array, R: Array, lambda_1: float = 0.1, lambda_2: float = 0.1
) -> float:
    error = (X @ Y.T - R)[~np.isnan(R)]
    penalty = lambda_1 * np.sum(X**2) + lambda_2 * np.sum(Y**2)
    return float(np.sum(error**2) + penalty)


def _by_loops(X: Array, Y: Array, R: Array, lambda_1: float, lambda_2: float) -> float:
    """행렬 곱 없이 한 칸씩 더해서 구한 답."""
    total = 0.0
    for u in range(R.shape[0]):
        for i in range(R.shape[1]):
            if not np.isnan(R[u, i]):
                guess = sum(a * b for a, b in zip(X[u], Y[i], strict=True))
                total += (guess - R[u, i]) ** 2
    total += lambda_1 * sum(float(a) ** 2 for a in X.ravel())
    return float(total + lambda_2 * sum(float(a) ** 2 for a in Y.ravel()))


def _cases_5() -> Iterable[Case]:
    rng = np.random.default_rng(7)
    X, Y = rng.normal(size=(4, 2)), rng.normal(size=(3, 2))
    R = rng.integers(0, 6, size=(4, 3)).astype(float)
    R[rng.random(R.shape) < 0.4] = np.nan
    full = np.nan_to_num(R)
    yield "빈칸이 있는 4×3 표", (X, Y, R, 0.5, 2.0), _by_loops(X, Y, R, 0.5, 2.0)
    yield "규제가 없을 때", (X, Y, R, 0.0, 0.0), _by_loops(X, Y, R, 0.0, 0.0)
    yield "빈칸이 없는 표", (X, Y, full, 0.1, 0.3), _by_loops(X, Y, full, 0.1, 0.3)
    empty = np.full((4, 3), np.nan)
    yield "모두 빈칸인 표", (X, Y, empty, 1.0, 1.0), _by_loops(X, Y, empty, 1.0, 1.0)


# ── 문제 6: 특이값을 깎기 ────────────────────────────────────────────────────


def _singular_values() -> Array:
    return np.asarray(np.linalg.svd(worked_example().R, compute_uv=False))


def _answer_6() -> tuple[float, ...]:
    return tuple(float(each) for each in np.maximum(_singular_values() - 2.0, 0))


def _below_zero_6() -> tuple[float, ...]:
    return tuple(float(each) for each in _singular_values() - 2.0)


def _divided_6() -> tuple[float, ...]:
    return tuple(float(each) for each in _singular_values() / (1 + 2.0))


def _sum_of_penalties_6() -> tuple[float, ...]:
    """√(λ₁λ₂)가 아니라 (λ₁+λ₂)/2를 뺀 값."""
    return tuple(float(each) for each in np.maximum(_singular_values() - 2.5, 0))


EXERCISES = (
    Choose(
        question=(
            "관측한 칸만 맞히는 손실 $\\sum_{\\obs{\\Omega}} \\err{e_{ui}}^2 + "
            "\\lambda_1\\lVert\\user{X}\\rVert_F^2 + "
            "\\lambda_2\\lVert\\item{Y}\\rVert_F^2$에 관해 옳은 말은 무엇인가요?"
        ),
        options=(
            "빈칸을 무엇으로 예측하든 첫 항은 바뀌지 않습니다.",
            "빈칸을 0으로 채우고 배운 것과 같은 답을 냅니다.",
            "평점을 두 배로 늘려 적으면, 같은 $\\lambda$가 다른 세기의 규제가 됩니다.",
            "$k=5$로 배운 답의 앞 두 열이 $k=2$로 배운 답입니다.",
        ),
        answer=(1, 3),
        why=(
            "",
            "무비렌즈에서 두 방법의 RMSE는 얼마나 달랐나요?",
            "",
            "앞에서부터 잘라 쓸 수 있는 것은 SVD입니다. 이 손실의 답도 그럴까요?",
        ),
        hints=(
            "합의 기호 아래에 어떤 칸이 적혀 있는지 보세요.",
            "사전 분포에서 $\\lambda$가 무엇을 무엇으로 나눈 값이었는지 떠올려 보세요.",
        ),
        solution=(
            "1번과 3번입니다. 합은 관측한 칸에서만 냅니다. $\\lambda = "
            "\\sigma^2/\\sigma_X^2$에는 데이터의 단위가 들어 있으니 단위를 바꾸면 "
            "$\\lambda$의 뜻도 바뀝니다. 0으로 채우면 모르는 칸까지 0이라고 우기게 "
            "되고, 행렬 분해의 답은 $k$마다 따로 배워야 합니다."
        ),
        praise="빈칸은 손실에 들어오지 않고, λ의 뜻은 단위에 달려 있습니다.",
    ),
    Number(
        question=(
            "$k=1$이고 아이템의 값이 ‘가’ 1, ‘나’ 2, ‘다’ 2로 정해져 있습니다. C의 "
            "기록은 ‘나’ 4회, ‘다’ 5회이고 **(C, 가)는 숨겼습니다**. $\\lambda = 1$일 "
            "때 손실을 가장 작게 하는 C의 값 $\\user{x}$를 손으로 구하세요. 소수 첫째 "
            "자리까지 적습니다."
        ),
        answer=_answer_2,
        tolerance=0.005,
        wrong=(
            Wrong(_without_penalty_2, "규제 항이 빠졌습니다. 분모를 다시 보세요."),
            Wrong(_hidden_counted_2, "숨긴 칸의 기록이 들어갔습니다."),
            Wrong(
                _hidden_as_zero_2,
                "숨긴 칸을 0회로 셌습니다. 합에서 아예 빼야 합니다.",
            ),
        ),
        hints=(
            "$(2\\user{x} - 4)^2 + (2\\user{x} - 5)^2 + \\user{x}^2$을 $\\user{x}$의 "
            "차수별로 묶어 보세요.",
            "$\\user{x}^2$에 붙은 수를 $a$, $\\user{x}$에 붙은 수를 $-b$라고 하면 "
            "답은 $b/2a$입니다.",
        ),
        solution=(
            "$$(2\\user{x} - 4)^2 + (2\\user{x} - 5)^2 + \\user{x}^2 = 41 - "
            "36\\,\\user{x} + 9\\,\\user{x}^2$$\n\n"
            "미분해서 0으로 놓으면 $18\\,\\user{x} = 36$이고 $\\user{x} = 2$입니다. "
            "규제가 없으면 $36/16 = 2.25$입니다. 이 값을 숨긴 칸에 쓰면 예측은 "
            "$2 \\times 1 = 2$회입니다."
        ),
        praise="관측한 두 칸만 쓰고, 규제는 한 번만 붙였습니다.",
    ),
    Number(
        question=(
            "$k=2$에서 B의 벡터는 $\\user{x_B} = (0.5,\\ 1)$, 아이템의 벡터는 ‘나’ "
            "$(2,\\ 1)$, ‘다’ $(1,\\ 2)$입니다. B의 기록은 ‘나’ 3회, ‘다’ 3회이고 "
            "(B, 가)는 빈칸입니다. $\\lambda_1 = 0.5$일 때 $\\user{x_B}$의 기울기 두 "
            "성분을 차례대로 적으세요. 소수 첫째 자리까지 적습니다."
        ),
        answer=_answer_3,
        tolerance=0.01,
        wrong=(
            Wrong(_without_penalty_3, "오차의 몫만 있습니다. 규제의 몫을 더하세요."),
            Wrong(
                _penalty_not_doubled_3, "규제의 제곱을 미분하면 앞에 무엇이 붙습니까?"
            ),
            Wrong(_opposite_error_3, "이 책의 오차는 예측에서 관측을 뺀 값입니다."),
        ),
        hints=(
            "먼저 두 칸의 오차를 구합니다. 예측은 두 벡터의 내적입니다.",
            "기울기는 $2\\sum \\err{e}\\,\\item{y} + 2\\lambda_1\\user{x}$입니다.",
        ),
        solution=(
            "예측은 $0.5\\times 2 + 1\\times 1 = 2$와 $0.5\\times 1 + 1\\times 2 = "
            "2.5$이므로 오차는 $-1$과 $-0.5$입니다.\n\n"
            "$$2\\bigl(-1\\,(2, 1) - 0.5\\,(1, 2)\\bigr) + 2\\times 0.5\\,(0.5, 1) = "
            "(-5, -4) + (0.5, 1) = (-4.5, -3)$$\n\n"
            "두 값이 음수이니 올려야 손실이 줄어듭니다. 규제는 그 힘을 조금 덜어 "
            "냅니다."
        ),
        praise="오차가 미는 힘에서 규제가 당기는 힘을 뺐습니다.",
    ),
    Number(
        question=(
            "$\\lambda_1 = \\lambda_2 = 0.3$으로 수렴했더니 "
            "$\\lVert\\user{X}\\rVert_F^2 = \\lVert\\item{Y}\\rVert_F^2 = 12$"
            "였습니다. $\\lambda_1$을 1.2로 바꾸고도 **예측이 그대로**이려면 "
            "$\\lambda_2$는 얼마여야 합니까? 그때의 $\\lVert\\user{X}\\rVert_F^2$과 "
            "$\\lVert\\item{Y}\\rVert_F^2$은 얼마입니까? 세 수를 "
            "차례대로 적으세요. 소수 셋째 자리까지 적습니다."
        ),
        answer=_answer_4,
        tolerance=0.001,
        wrong=(
            Wrong(_same_sum_4, "더한 값이 아니라 곱한 값이 같아야 합니다."),
            Wrong(
                _swapped_4,
                "사용자 쪽을 더 세게 눌렀습니다. 어느 쪽이 작아져야 할까요?",
            ),
            Wrong(
                _ratio_not_rooted_4,
                "X를 c배 하면 ‖X‖²은 c²배입니다. 1.2c²은 얼마여야 합니까?",
            ),
        ),
        hints=(
            "예측을 정하는 것은 $\\lambda_1\\lambda_2$입니다.",
            "새 답을 $c\\user{X}$와 $\\item{Y}/c$라고 하고 벌을 적어 보세요. "
            "$1.2\\,c^2$이 0.3이 되면 전과 같은 문제입니다.",
        ),
        solution=(
            "곱이 $0.09$로 같아야 하므로 $\\lambda_2 = 0.09/1.2 = 0.075$입니다. 새 "
            "답을 $c\\user{X}$, $\\item{Y}/c$라고 하면 벌은 "
            "$1.2\\,c^2\\lVert\\user{X}\\rVert_F^2 + "
            "(0.075/c^2)\\lVert\\item{Y}\\rVert_F^2$입니다. $c^2 = 1/4$이면 두 "
            "계수가 모두 0.3이 되어 전과 같은 문제입니다. "
            "크기는 $12/4 = 3$과 $12\\times 4 = 48$입니다. "
            "$1.2\\times 3 = 0.075\\times 48 = 3.6$으로 벌도 전과 같습니다."
        ),
        praise="곱은 예측을 정하고, 비는 크기를 어떻게 나눌지 정합니다.",
    ),
    Code(
        question=(
            "관측한 칸만 보는 손실을 돌려주는 함수 "
            "`loss(X, Y, R, lambda_1, lambda_2)`를 짜세요. `R`에서 `np.nan`인 칸은 "
            "빈칸입니다. 규제는 칸마다가 아니라 값마다 한 번씩 붙습니다."
        ),
        starter="def loss(X, Y, R, lambda_1, lambda_2):\n    return ...",
        name="loss",
        cases=_cases_5,
        reference=_loss,
        tolerance=1e-9,
        hints=(
            "`np.isnan(R)`으로 빈칸을 찾고, 빈칸이 아닌 곳의 오차만 모읍니다.",
            "모두 빈칸인 표에서는 규제만 남습니다. 그때도 맞는지 보세요.",
        ),
        solution=(
            "```python\n"
            "def loss(X, Y, R, lambda_1, lambda_2):\n"
            "    error = (X @ Y.T - R)[~np.isnan(R)]\n"
            "    penalty = lambda_1 * np.sum(X**2) + lambda_2 * np.sum(Y**2)\n"
            "    return np.sum(error**2) + penalty\n"
            "```\n\n"
            "`np.nansum((X @ Y.T - R) ** 2)`로 첫 항을 적어도 됩니다. "
            "`np.linalg.norm(X)`을 쓴다면 제곱하는 것을 잊지 마세요."
        ),
        praise="빈칸은 빼고, 노름은 제곱했습니다.",
    ),
    Number(
        question=(
            "**심화.** 접힌 상자 ‘더 깊이: 규제는 특이값을 깎습니다’를 "
            "읽은 사람만 풉니다. 빈칸이 없는 $\\obs{R}$을 $k=3$, $\\lambda_1 = 1$, "
            "$\\lambda_2 = 4$로 "
            "배웁니다. 수렴한 $\\user{X}\\item{Y}^{\\top}$의 특이값 셋을 큰 것부터 "
            "차례대로 적으세요. $\\obs{R}$의 특이값은 12.476, 4.501, 0.321입니다. "
            "소수 셋째 자리까지 적습니다."
        ),
        answer=_answer_6,
        tolerance=0.002,
        wrong=(
            Wrong(_below_zero_6, "특이값은 음수가 될 수 없습니다."),
            Wrong(_divided_6, "나누는 것이 아니라 뺍니다."),
            Wrong(
                _sum_of_penalties_6,
                "두 λ의 평균을 뺐습니다. 예측을 정하는 것은 두 λ의 합일까요, 곱일까요?",
            ),
        ),
        hints=(
            "예측은 $\\lambda_1\\lambda_2$에만 달려 있습니다. 같은 곱을 내는 "
            "$\\lambda_1 = \\lambda_2$를 찾아보세요.",
            "특이값마다 $\\sqrt{\\lambda_1\\lambda_2}$를 빼고, 0보다 작으면 0입니다.",
        ),
        solution=(
            "$\\sqrt{1\\times 4} = 2$를 뺍니다. $12.476 - 2 = 10.476$, $4.501 - 2 = "
            "2.501$, $0.321$은 2보다 작으니 0입니다. 예측의 랭크는 2입니다. 본문의 "
            "`descend(R, 3, (1, 4), iterations=6000)`으로 배워 확인해 보세요."
        ),
        praise="작은 방향은 지워지고, 큰 방향은 같은 만큼 깎였습니다.",
    ),
    Choose(
        question=(
            "$k = 50$인 세 모델의 훈련 RMSE와 검증 RMSE를 재었습니다. 모델 ㄱ은 "
            "0.32와 0.95, ㄴ은 0.56과 0.87, ㄷ은 0.93과 0.94입니다. 옳은 말은 "
            "무엇인가요?"
        ),
        options=(
            "ㄱ은 과적합입니다.",
            "ㄷ은 과소적합에 가깝습니다.",
            "훈련 RMSE가 가장 작은 ㄱ을 고릅니다.",
            "ㄱ의 $\\lambda$를 키워 다시 배우면 훈련 RMSE가 커질 것입니다.",
        ),
        answer=(1, 2, 4),
        why=("", "", "처음 보는 칸에서는 어느 모델이 가장 잘 맞혔습니까?", ""),
        hints=(
            "훈련 RMSE와 검증 RMSE의 차이를 모델마다 적어 보세요.",
            "실험 1에서 $\\lambda$를 키우자 아는 칸의 오차는 어떻게 되었습니까?",
        ),
        solution=(
            "1번, 2번, 4번입니다. ㄱ은 훈련과 검증의 차이가 0.63이나 되고 검증이 "
            "나쁩니다. ㄷ은 차이가 거의 없지만 훈련부터 나쁩니다. 검증이 가장 좋은 "
            "ㄴ을 고릅니다. 규제를 키우면 아는 칸을 덜 맞히므로 훈련 RMSE는 커집니다."
        ),
        praise="훈련 오차와 검증 오차를 나란히 놓고 읽었습니다.",
    ),
    Think(
        question=(
            "동료가 말합니다. “구매 기록으로 행렬 분해를 돌렸더니 훈련 RMSE가 "
            "0.001이야. 구매한 칸을 거의 다 맞혔으니 이대로 추천에 쓰자.” 무엇을 "
            "확인해야 하는지, 어떻게 고칠지 적으세요."
        ),
        points=(
            "구매 기록에 어떤 값만 있는지 말했나요?",
            "사지 않은 칸의 예측을 보자고 했나요?",
            "RMSE가 아니라 순서를 재는 지표와 기준 모델을 말했나요?",
            "빠져나가는 길(0으로 채우기, 무게, 뽑기)을 하나 이상 적었나요?",
        ),
        hints=(
            "모든 칸을 1로 예측하는 모델의 훈련 RMSE는 얼마입니까?",
            "실험 4에서 인기순과 견주면 어땠나요?",
        ),
        solution=(
            "구매한 칸은 모두 1이므로, 모든 칸을 1로 예측하기만 해도 훈련 오차가 "
            "0입니다. 먼저 사지 않은 칸의 예측이 몇인지 보고, 숨겨 둔 구매의 순위를 "
            "NDCG 같은 지표로 재어 인기순과 견줍니다. 사지 않은 칸의 예측도 "
            "모두 1에 가깝다면 빈칸을 0으로 "
            "쓰되 무게를 가볍게 두거나(9장, 11장) 일부만 뽑아 씁니다(13장)."
        ),
    ),
)
