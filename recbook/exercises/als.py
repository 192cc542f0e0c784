"""9장의 확인 문제."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from recbook.datasets import worked_example
from recbook.exercises._kinds import Case, Choose, Code, Number, Think, Wrong

__all__ = ["EXERCISES"]

Array = NDArray[np.float64]

# ── 문제 2: B의 숫자 하나 ────────────────────────────────────────────────────

_B, _ALPHA, _PENALTY = 1, 2, 3


def _votes_2() -> tuple[float, float]:
    """B의 행에서 1과 0에 던진 표."""
    row = worked_example().R[_B]
    weights = 1 + _ALPHA * row
    return float(weights[row > 0].sum()), float(weights[row == 0].sum())


def _answer_2() -> float:
    for_one, for_zero = _votes_2()
    return for_one / (for_one + for_zero + _PENALTY)


def _without_penalty_2() -> float:
    for_one, for_zero = _votes_2()
    return for_one / (for_one + for_zero)


def _without_zero_2() -> float:
    for_one, _ = _votes_2()
    return for_one / (for_one + _PENALTY)


def _without_one_2() -> float:
    """무게를 1 + αr이 아니라 αr로 둔 값."""
    plays = _ALPHA * float(worked_example().R[_B].sum())
    return plays / (plays + _PENALTY)


def _penalty_one_2() -> float:
    for_one, for_zero = _votes_2()
    return for_one / (for_one + for_zero + 1)


# ── 문제 3: A의 숫자 둘 ──────────────────────────────────────────────────────

_Y = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])


def _solve_3(extra: float, penalty: float) -> tuple[float, ...]:
    weights = extra + worked_example().R[0]
    A = (_Y.T * weights) @ _Y + penalty * np.eye(2)
    x = np.linalg.solve(A, weights @ _Y)
    return float(x[0]), float(x[1]), float(x.sum())


def _answer_3() -> tuple[float, ...]:
    return _solve_3(1, 1)


def _without_penalty_3() -> tuple[float, ...]:
    return _solve_3(1, 0)


def _counts_as_weights_3() -> tuple[float, ...]:
    return _solve_3(0, 1)


# ── 문제 4: 곱셈의 수 ────────────────────────────────────────────────────────

_N_USERS, _N_ITEMS, _HEARD, _K = 1000, 500, 20_000, 10


def _answer_4() -> tuple[float, ...]:
    return _N_USERS * _N_ITEMS * _K**2, (_N_ITEMS + _HEARD) * _K**2


def _without_gram_4() -> tuple[float, ...]:
    return _answer_4()[0], _HEARD * _K**2


def _one_factor_4() -> tuple[float, ...]:
    return _N_USERS * _N_ITEMS * _K, (_N_ITEMS + _HEARD) * _K


# ── 문제 5: 코드 ─────────────────────────────────────────────────────────────


def _solve_row(Y: Array, r: Array, alpha: float, penalty: float) -> Array:
    heard = r > 0
    y, extra = Y[heard], alpha * r[heard]
    A = Y.T @ Y + (y.T * extra) @ y + penalty * np.eye(Y.shape[1])
    return np.asarray(np.linalg.solve(A, (1 + extra) @ y), np.float64)


def _cases_5() -> Iterable[Case]:
    R = worked_example().R
    rng = np.random.default_rng(5)
    for name, Y, row, alpha, penalty in (
        ("본문의 B", _Y, R[1], 1.0, 1.0),
        ("본문의 A, α = 0.5", _Y, R[0], 0.5, 1.0),
        ("음반 다섯, 요인 셋", rng.normal(size=(5, 3)), np.arange(5.0), 2.0, 0.3),
        ("아무것도 듣지 않은 사람", _Y, np.zeros(3), 1.0, 1.0),
    ):
        yield name, (Y, row, alpha, penalty), _solve_row(Y, row, alpha, penalty)


# ── 문제 6: 두 꼴의 무게 ─────────────────────────────────────────────────────

_FEW, _MANY = 8, 800


def _answer_6() -> tuple[float, ...]:
    linear = (1 + _MANY) / (1 + _FEW)
    return linear, (1 + math.log1p(_MANY)) / (1 + math.log1p(_FEW))


def _ratio_of_plays_6() -> tuple[float, ...]:
    """무게의 맨 앞의 1을 빠뜨린 값."""
    return _MANY / _FEW, math.log1p(_MANY) / math.log1p(_FEW)


def _log_of_plays_6() -> tuple[float, ...]:
    """로그 안의 1을 빠뜨린 값."""
    return _answer_6()[0], (1 + math.log(_MANY)) / (1 + math.log(_FEW))


EXERCISES = (
    Choose(
        question=(
            "다음은 이 장의 모델에 나오는 $\\obs{p_{ui}}$와 $\\obs{c_{ui}} = 1 + "
            "\\alpha\\,\\obs{r_{ui}}$에 관한 설명입니다."
        ),
        options=(
            "여덟 번 들은 칸의 예측은 8에 가까워지도록 배웁니다.",
            "0번인 칸은 손실에 들어가지 않습니다.",
            "$\\alpha$를 키우면 0번인 칸의 무게는 그대로이고 들은 칸의 무게가 "
            "커집니다.",
            "네 번 들은 칸의 무게는 언제나 두 번 들은 칸의 두 배입니다.",
            "무게가 0인 칸은 하나도 없습니다.",
        ),
        answer=(3, 5),
        why=(
            "횟수는 맞히려는 값이 아니라 무게입니다. 맞히려는 값이 무엇이었나요?",
            "합은 모든 칸에서 냅니다. 0번인 칸의 무게를 식에 넣어 보세요.",
            "",
            "맨 앞의 1을 잊지 마세요. α가 1일 때 두 무게를 직접 구해 보세요.",
            "",
        ),
        hints=(
            "0번인 칸의 p와 c를 먼저 적어 보세요.",
            "무게의 식에서 r이 0일 때와 2일 때와 4일 때를 견주어 보세요.",
        ),
        solution=(
            "3번과 5번입니다. 맞히려는 값은 0과 1인 $\\obs{p}$이고, 0번인 칸도 "
            "무게 1로 손실에 들어갑니다. $\\alpha$는 들은 칸의 무게만 키웁니다. "
            "무게는 $1 + 4\\alpha$와 $1 + 2\\alpha$이므로 두 배보다 작습니다."
        ),
    ),
    Number(
        question=(
            "본문처럼 요인이 하나이고 세 음반의 값이 모두 1입니다. 이번에는 "
            "$\\alpha = 2$, $\\lambda = 3$으로 두고 **B**의 값 $\\user{x_B}$를 "
            "손으로 구하세요. B의 횟수는 0, 3, 3입니다. 소수 셋째 자리까지 적습니다."
        ),
        answer=_answer_2,
        tolerance=0.001,
        wrong=(
            Wrong(_without_penalty_2, "규제가 ‘0’에 보태는 표를 빠뜨렸습니다."),
            Wrong(_without_zero_2, "듣지 않은 칸도 ‘0’에 한 표를 던집니다."),
            Wrong(_without_one_2, "무게의 식에서 맨 앞의 1을 빠뜨렸습니다."),
            Wrong(_penalty_one_2, "본문의 λ로 풀었습니다. 문제의 λ를 다시 보세요."),
        ),
        hints=(
            "무게를 표의 수로 읽으세요. ‘1’에 던진 표를 모든 표로 나눕니다.",
            "‘나’와 ‘다’의 무게는 1 + αr입니다. 규제는 ‘0’에 λ표를 보탭니다.",
        ),
        solution=(
            "무게는 1, 7, 7입니다. ‘1’에 14표, ‘0’에 1표, 규제가 3표이므로 "
            "$14/18 \\approx 0.778$입니다. 규제가 세지면 값이 0 쪽으로 끌립니다."
        ),
        praise="‘1’에 던진 표, ‘0’에 던진 표, 규제의 표를 모두 챙겼습니다.",
    ),
    Number(
        question=(
            "본문의 두 숫자짜리 $\\item{Y}$(‘가’ (1, 0), ‘나’ (0, 1), ‘다’ (1, 1))와 "
            "$\\alpha = 1$, $\\lambda = 1$로 **A**의 정규 방정식을 세워 푸세요. A의 "
            "횟수는 8, 4, 6입니다. $\\user{x_A}$의 두 값과 ‘다’의 점수를 차례대로 "
            "소수 셋째 자리까지 적으세요."
        ),
        answer=_answer_3,
        tolerance=0.001,
        wrong=(
            Wrong(_without_penalty_3, "대각선에 λ를 더하지 않았습니다."),
            Wrong(
                _counts_as_weights_3,
                "횟수를 그대로 무게로 썼습니다. 무게의 식을 다시 보세요.",
            ),
        ),
        hints=(
            "무게 9, 5, 7을 세 행렬에 곱해 더하고 단위행렬을 더합니다.",
            "A의 p는 모두 1이므로 오른쪽에는 세 음반을 모두 더합니다.",
        ),
        solution=(
            "$A_A = \\begin{bmatrix}17&7\\\\7&13\\end{bmatrix}$, "
            "$b_A = \\begin{bmatrix}16&12\\end{bmatrix}$입니다. "
            "$17\\times13 - 7\\times7 = 172$이므로 "
            "$\\user{x_A} = (124/172,\\ 92/172) \\approx (0.721,\\ 0.535)$입니다. "
            "‘다’의 점수는 둘을 더한 약 1.256입니다. 맞히려는 값은 1인데 1을 "
            "넘었습니다. 점수는 확률이 아닙니다."
        ),
        praise="‘다’의 점수가 1을 넘었습니다. 점수는 확률이 아닙니다.",
    ),
    Number(
        question=(
            "사용자 1,000명, 아이템 500개, 들은 칸 20,000개, 요인 10개입니다. 사용자 "
            "쪽을 한 번 풀면서 $A_u$를 모두 모으는 데 드는 곱셈의 수를 어림합니다. "
            "모든 칸을 더할 때와 $\\item{Y}^{\\top}\\item{Y}$를 함께 쓸 때를 "
            "차례대로 적으세요. 칸 하나를 더하는 데 $k^2$번 곱한다고 셉니다. "
            "연립방정식을 푸는 일은 빼고 셉니다."
        ),
        answer=_answer_4,
        tolerance=0.5,
        unit="번",
        wrong=(
            Wrong(_without_gram_4, "한 번 구해 두는 몫을 빠뜨렸습니다."),
            Wrong(_one_factor_4, "칸 하나에 k번이 아니라 k²번 곱합니다."),
        ),
        hints=(
            "모든 칸은 사용자의 수와 아이템의 수를 곱한 만큼입니다.",
            "함께 쓸 때에는 아이템 전체를 한 번, 들은 칸을 한 번씩 더합니다.",
        ),
        solution=(
            "모든 칸: $1000 \\times 500 \\times 100 = 50{,}000{,}000$번. "
            "함께 쓸 때: $500 \\times 100 + 20000 \\times 100 = 2{,}050{,}000$번. "
            "24분의 1쯤입니다."
        ),
    ),
    Code(
        question=(
            "한 사용자의 횟수 `r`을 받아 정규 방정식을 풀고 $\\user{x_u}$를 돌려주는 "
            "함수 `solve_row(Y, r, alpha, penalty)`를 짜세요. 무게는 "
            "$1 + \\alpha r$입니다. $\\item{Y}^{\\top}\\item{Y}$에 들은 칸의 몫만 "
            "더하는 방법으로 짜 보세요."
        ),
        starter="def solve_row(Y, r, alpha, penalty):\n    return ...",
        name="solve_row",
        cases=_cases_5,
        reference=_solve_row,
        hints=(
            "`heard = r > 0`으로 들은 칸을 고르고, `Y[heard]`만 더하세요.",
            "왼쪽에는 c − 1을, 오른쪽에는 c를 곱합니다. 대각선에 λ를 더합니다.",
        ),
        solution=(
            "```python\n"
            "def solve_row(Y, r, alpha, penalty):\n"
            "    heard = r > 0\n"
            "    y, extra = Y[heard], alpha * r[heard]\n"
            "    A = Y.T @ Y + (y.T * extra) @ y\n"
            "    A = A + penalty * np.eye(Y.shape[1])\n"
            "    return np.linalg.solve(A, (1 + extra) @ y)\n"
            "```\n\n"
            "아무것도 듣지 않았으면 오른쪽이 0이라 답도 0입니다."
        ),
    ),
    Number(
        question=(
            "어떤 청취자가 한 음반을 8번, 다른 음반을 800번 들었습니다. "
            "$\\alpha = \\varepsilon = 1$입니다. 800번 들은 칸의 무게는 8번 들은 칸의 "
            "무게의 몇 배입니까? 선형 꼴과 로그 꼴을 차례대로 소수 첫째 자리까지 "
            "적으세요. 로그는 `np.log`로 구해도 됩니다."
        ),
        answer=_answer_6,
        tolerance=0.06,
        wrong=(
            Wrong(_ratio_of_plays_6, "무게의 식에서 맨 앞의 1을 빠뜨렸습니다."),
            Wrong(_log_of_plays_6, "로그 안에서 횟수에 더하는 1을 빠뜨렸습니다."),
        ),
        hints=(
            "네 무게를 먼저 적으세요. 선형 꼴에서 8번의 무게는 9입니다.",
            "로그 꼴에서 8번의 무게는 1에 9의 로그를 더한 값입니다.",
        ),
        solution=(
            "선형 꼴은 $801/9 = 89$배, 로그 꼴은 $(1 + \\log 801)/(1 + \\log 9) "
            "\\approx 7.69/3.20 \\approx 2.4$배입니다. 백 배 더 들었다는 기록을 선형 "
            "꼴은 거의 그대로, 로그 꼴은 두 배 남짓으로 줄여 믿습니다."
        ),
        praise="두 꼴이 많이 들은 칸을 어떻게 다루는지 견주었습니다.",
    ),
    Think(
        question=(
            "어느 글에서 ‘ALS의 $\\alpha$는 10이 좋다’는 말을 읽었습니다. 우리 "
            "서비스의 청취 기록에 그대로 써도 될까요? 무엇을 먼저 확인할지 두 가지 "
            "이상 적으세요."
        ),
        points=(
            "횟수의 크기(중앙값, 큰 값)를 먼저 보아야 한다고 말했나요?",
            "선형 꼴인지 로그 꼴인지, c가 1 + αr인지 αr인지 물었나요?",
            "λ와 함께, 검증 데이터에서 고른다고 말했나요?",
            "지표를 하나만 보지 않고 인기순과도 견주었나요?",
        ),
        hints=(
            "본문의 두 데이터에서 NDCG가 가장 높은 α가 얼마나 달랐나요?",
            "중앙값이 227인 횟수에 10을 곱한 무게를 1과 견주어 보세요.",
        ),
        solution=(
            "본문의 청취 기록에서는 $\\lambda = 30$일 때 선형 꼴의 알맞은 "
            "$\\alpha$가 0.001이었습니다. $\\lambda = 5$로 둔 평점에서는 시험한 셋 "
            "가운데 1의 NDCG가 가장 높았습니다. 횟수의 크기와 꼴이 다르면 같은 "
            "$\\alpha$가 다른 뜻입니다. 도구마다 무게의 식이 $1 + \\alpha r$인지 "
            "$\\alpha r$인지도 다릅니다. 그래서 횟수의 분포를 보고, 눈금을 열 배씩 "
            "건너뛰며 $\\lambda$와 함께 검증 데이터에서 고르고, 인기순보다 나은지 여러 "
            "지표로 확인합니다."
        ),
    ),
)
