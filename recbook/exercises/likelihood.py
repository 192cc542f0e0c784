"""10장의 확인 문제."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from recbook.datasets import worked_example
from recbook.exercises._kinds import Case, Choose, Code, Number, Think, Wrong

__all__ = ["EXERCISES"]

Array = NDArray[np.float64]

# ── 문제 2: 한 칸의 꼭대기 ───────────────────────────────────────────────────

_PLAYS_2, _ALPHA_2 = 6, 0.5


def _peak(c: float) -> tuple[float, float]:
    return c / (1 + c), math.log(c)


def _answer_2() -> tuple[float, ...]:
    return _peak(_ALPHA_2 * _PLAYS_2)


def _without_alpha_2() -> tuple[float, ...]:
    return _peak(_PLAYS_2)


def _base_ten_2() -> tuple[float, ...]:
    c = _ALPHA_2 * _PLAYS_2
    return c / (1 + c), math.log10(c)


def _log_probability_2() -> tuple[float, ...]:
    p, _ = _answer_2()
    return p, math.log(p)


# ── 문제 3: 열 번 던진 동전 ──────────────────────────────────────────────────

_HEADS, _TAILS = 7, 3


def _log_likelihood_3(p: float) -> float:
    return _HEADS * math.log(p) + _TAILS * math.log(1 - p)


def _answer_3() -> tuple[float, ...]:
    return _log_likelihood_3(0.5), _log_likelihood_3(0.7)


def _heads_only_3() -> tuple[float, ...]:
    return _HEADS * math.log(0.5), _HEADS * math.log(0.7)


def _not_logged_3() -> tuple[float, ...]:
    half, best = _answer_3()
    return math.exp(half), math.exp(best)


def _swapped_3() -> tuple[float, ...]:
    return _log_likelihood_3(0.5), _log_likelihood_3(0.3)


# ── 문제 4: 함께 쓴 확률 ─────────────────────────────────────────────────────

_ALPHA_4 = 2


def _shared(evidence: float, cells: int) -> float:
    return evidence / (evidence + cells)


def _answer_4() -> tuple[float, ...]:
    R = worked_example().R
    row, column = _ALPHA_4 * R[2].sum(), _ALPHA_4 * R[:, 0].sum()
    return _shared(row, R.shape[1]), _shared(column, R.shape[0])


def _one_negative_4() -> tuple[float, ...]:
    R = worked_example().R
    row, column = _ALPHA_4 * R[2].sum(), _ALPHA_4 * R[:, 0].sum()
    return _shared(row, 1), _shared(column, 1)


def _alpha_one_4() -> tuple[float, ...]:
    R = worked_example().R
    return _shared(R[2].sum(), R.shape[1]), _shared(R[:, 0].sum(), R.shape[0])


def _positives_4() -> tuple[float, ...]:
    """가의 0번인 칸을 빼고 센 값."""
    R = worked_example().R
    row, column = _ALPHA_4 * R[2].sum(), _ALPHA_4 * R[:, 0].sum()
    return _shared(row, R.shape[1]), _shared(column, int((R[:, 0] > 0).sum()))


# ── 문제 5와 6: 코드 ─────────────────────────────────────────────────────────


def _log_sigmoid(s: ArrayLike) -> Array:
    score = np.asarray(s, dtype=np.float64)
    return np.asarray(np.minimum(score, 0) - np.log1p(np.exp(-np.abs(score))))


def _cases_5() -> Iterable[Case]:
    for name, s in (
        ("점수 0", np.array([0.0])),
        ("보통 점수", np.array([-3.0, -0.5, 0.5, 3.0])),
        ("아주 작은 점수", np.array([-1000.0, -50.0])),
        ("아주 큰 점수", np.array([[50.0], [1000.0]])),
    ):
        yield name, (s,), _log_sigmoid(s)


def _best_score(c: float, penalty: float) -> float:
    low, high = -50.0, 50.0
    for _ in range(100):
        s = (low + high) / 2
        if c - (1 + c) / (1 + math.exp(-s)) - penalty * s > 0:
            low = s
        else:
            high = s
    return (low + high) / 2


def _cases_6() -> Iterable[Case]:
    for name, c, penalty in (
        ("0번인 칸", 0.0, 1.0),
        ("규제가 약할 때", 0.0, 0.1),
        ("여덟 번 들은 칸", 8.0, 1.0),
        ("규제가 셀 때", 3.0, 10.0),
    ):
        yield name, (c, penalty), _best_score(c, penalty)


EXERCISES = (
    Choose(
        question="확률과 가능도에 관해 옳은 말을 고르세요.",
        options=(
            "가능도는 데이터를 고정하고 매개변수를 바꾸어 보는 함수입니다.",
            "$\\pred{p}$를 0부터 1까지 바꾸어 가며 가능도를 모두 더하면(적분하면) "
            "언제나 1입니다.",
            "가능도에 로그를 씌우면 꼭대기의 자리가 바뀝니다.",
            "가능도가 가장 큰 $\\pred{p}$가 0.8이면 그 일은 실제로 열 번에 여덟 번 "
            "일어납니다.",
        ),
        answer=(1,),
        why=(
            "",
            "모두 더해서 1이 되는 것은 결과를 바꾸어 볼 때입니다. 앞, 앞, 뒤의 "
            "곡선 아래 넓이를 어림해 보세요.",
            "로그는 커지는 함수입니다. 큰 것의 로그는 여전히 큽니다.",
            "α를 바꾸면 가장 큰 곳이 어떻게 되었나요?",
        ),
        hints=(
            "무엇을 고정하고 무엇을 바꾸는지 적어 보세요.",
            "같은 기록에서 α만 바꾸었을 때 꼭대기가 그대로였나요?",
        ),
        solution=(
            "1번입니다. 결과를 고정하고 매개변수를 바꾸므로 더해서 1이 될 까닭이 "
            "없습니다. 앞, 앞, 뒤의 $\\pred{p}^2(1-\\pred{p})$를 0부터 1까지 적분하면 "
            "$1/3 - 1/4 = 1/12$입니다. 로그는 순서를 지키므로 꼭대기의 자리는 "
            "그대로입니다. 꼭대기는 $\\alpha$에 따라 움직이므로 실제 비율이 "
            "아닙니다."
        ),
    ),
    Number(
        question=(
            "어떤 칸을 6번 재생했습니다. $\\alpha = 0.5$일 때 이 칸의 가능도가 가장 "
            "큰 확률 $\\pred{p^{*}}$와 그때의 점수 $s^{*}$를 차례대로 구하세요. 소수 "
            "셋째 자리까지 적습니다. 로그는 `np.log`로 구해도 됩니다."
        ),
        answer=_answer_2,
        tolerance=0.001,
        wrong=(
            Wrong(_without_alpha_2, "증거의 수는 횟수에 α를 곱한 것입니다."),
            Wrong(_base_ten_2, "이 책의 로그는 밑이 e인 자연로그입니다."),
            Wrong(
                _log_probability_2,
                "점수는 확률의 로그가 아니라 오즈의 로그입니다.",
            ),
        ),
        hints=(
            "선호한다는 증거와 선호하지 않는다는 증거가 몇 개인지 먼저 세세요.",
            "점수는 오즈의 로그입니다. 꼭대기의 오즈는 신뢰도와 같습니다.",
        ),
        solution=(
            "$\\obs{c} = 0.5\\times6 = 3$이므로 $\\pred{p^{*}} = 3/4 = 0.75$, "
            "$s^{*} = \\log 3 \\approx 1.099$입니다. 3번 재생하고 $\\alpha = 1$인 "
            "칸과 같습니다."
        ),
        praise="횟수와 α는 언제나 곱으로만 들어갑니다.",
    ),
    Number(
        question=(
            "동전을 열 번 던져 앞면이 일곱 번, 뒷면이 세 번 나왔습니다(나온 차례도 "
            "압니다). 앞면의 확률이 0.5일 때와 0.7일 때의 **로그 가능도**를 "
            "차례대로 구하세요. 소수 셋째 자리까지 적습니다. 어느 동전이 더 "
            "그럴듯한지도 생각해 보세요."
        ),
        answer=_answer_3,
        tolerance=0.001,
        wrong=(
            Wrong(_heads_only_3, "뒷면의 몫이 빠졌습니다."),
            Wrong(_not_logged_3, "로그를 씌우지 않은 가능도입니다."),
            Wrong(_swapped_3, "앞면과 뒷면의 확률을 바꾸어 썼습니다."),
        ),
        hints=(
            "열 번의 확률을 곱한 다음 로그를 씌웁니다. 곱의 로그는 로그의 합입니다.",
            "앞면의 로그 확률을 일곱 번, 뒷면의 로그 확률을 세 번 더합니다.",
        ),
        solution=(
            "$10\\log 0.5 \\approx -6.931$, "
            "$7\\log 0.7 + 3\\log 0.3 \\approx -6.109$입니다. 0.7인 동전의 로그 "
            "가능도가 더 큽니다. 0.7은 7/10이니 바로 꼭대기입니다."
        ),
    ),
    Number(
        question=(
            "3×3 예제에서 $\\alpha = 2$입니다. **C**의 세 칸(1, 4, 5번)이 확률 하나를 "
            "함께 쓸 때와, ‘**가**’의 세 칸(8, 0, 1번)이 함께 쓸 때 가능도가 가장 "
            "큰 확률을 차례대로 구하세요. 소수 셋째 자리까지 적습니다."
        ),
        answer=_answer_4,
        tolerance=0.001,
        wrong=(
            Wrong(
                _one_negative_4,
                "선호하지 않는다는 증거는 칸마다 하나씩입니다. 칸이 몇 개인가요?",
            ),
            Wrong(_alpha_one_4, "α를 곱하지 않았습니다."),
            Wrong(
                _positives_4,
                "0번인 칸도 선호하지 않는다는 증거를 하나 냅니다.",
            ),
        ),
        hints=(
            "함께 쓰면 지수가 더해집니다. 두 지수를 먼저 구하세요.",
            "앞의 지수는 횟수의 합에 α를 곱한 것이고, 뒤의 지수는 칸의 수입니다.",
        ),
        solution=(
            "C: 증거는 $2\\times10 = 20$과 $3$이므로 $20/23 \\approx 0.870$입니다. "
            "‘가’: $2\\times9 = 18$과 $3$이므로 $18/21 \\approx 0.857$입니다."
        ),
    ),
    Code(
        question=(
            "점수의 배열 `s`를 받아 $\\log\\sigma(s)$를 돌려주는 함수 "
            "`log_sigmoid(s)`를 짜세요. $s = \\pm1000$에서도 무한대나 NaN이 나오지 "
            "않아야 합니다."
        ),
        starter="def log_sigmoid(s):\n    return ...",
        name="log_sigmoid",
        cases=_cases_5,
        reference=_log_sigmoid,
        hints=(
            "시그모이드를 먼저 구하고 로그를 씌우면 0의 로그를 구하게 됩니다.",
            "소프트플러스에 점수의 부호를 바꾸어 넣으면 무엇이 되나요?",
        ),
        solution=(
            "$\\log\\sigma(s) = -\\log(1+e^{-s})$이므로 소프트플러스에 $-s$를 넣고 "
            "부호를 바꿉니다.\n\n"
            "```python\n"
            "def log_sigmoid(s):\n"
            "    return np.minimum(s, 0) - np.log1p(np.exp(-np.abs(s)))\n"
            "```\n\n"
            "`-np.logaddexp(0, -s)`도 같습니다."
        ),
    ),
    Code(
        question=(
            "실험 4에서는 꼭대기를 격자로 찾았습니다. 이번에는 기울기로 찾습니다. 한 "
            "칸의 점수 $s$에 정규 사전 분포를 붙이면 로그 사후 확률의 기울기는 "
            "$\\obs{c} - (1+\\obs{c})\\,\\sigma(s) - \\lambda s$입니다. $s$가 커질수록 "
            "작아지므로, 0이 되는 곳이 꼭대기입니다. 그 $s$를 찾는 함수 "
            "`best_score(c, penalty)`를 짜세요. −50과 50에서 시작해, 한가운데의 "
            "기울기를 보고 꼭대기가 없는 절반을 버리기를 100번 되풀이합니다. "
            "$\\lambda$는 0보다 큽니다."
        ),
        starter="def best_score(c, penalty):\n    return ...",
        name="best_score",
        cases=_cases_6,
        reference=_best_score,
        hints=(
            "한가운데의 기울기가 양수이면 꼭대기는 오른쪽에 있습니다.",
            "기울기의 부호에 따라 왼쪽 끝이나 오른쪽 끝을 한가운데로 옮기세요.",
        ),
        solution=(
            "```python\n"
            "def best_score(c, penalty):\n"
            "    low, high = -50, 50\n"
            "    for _ in range(100):\n"
            "        s = (low + high) / 2\n"
            "        if c - (1 + c) * sigmoid(s) - penalty * s > 0:\n"
            "            low = s\n"
            "        else:\n"
            "            high = s\n"
            "    return (low + high) / 2\n"
            "```\n\n"
            "`best_score(0, 1)`은 본문의 격자가 찾은 −0.401입니다. 규제가 없으면 "
            "8번 들은 칸의 꼭대기는 $\\log 8 \\approx 2.079$인데, $\\lambda = 1$이면 "
            "1.155까지 내려옵니다."
        ),
    ),
    Think(
        question=(
            "동료가 추천 목록 옆에 ‘좋아할 확률 83%’라고 적자고 합니다. 모델이 "
            "(C, 다)의 확률을 0.83으로 냈기 때문입니다. 그렇게 적어도 될까요? 무엇을 "
            "바꾸면 그 숫자가 달라지는지, 대신 무엇을 적을지 적으세요."
        ),
        points=(
            "α를 바꾸면 같은 기록에서 확률이 달라진다고 말했나요?",
            "칸마다 붙은 1 − p 하나가 실제 관측이 아니라 정한 것임을 말했나요?",
            "떼어 둔 데이터에서 실제 비율과 견주어야 한다고 말했나요?",
            "확률 대신 순서나 추천한 까닭을 보이자고 했나요?",
        ),
        hints=(
            "α가 0.1, 1, 10일 때 (C, 다)의 값을 본문의 표에서 찾아보세요.",
            "그 표에서 칸의 순서는 달라졌나요?",
        ),
        solution=(
            "적으면 안 됩니다. 0.83은 $\\alpha = 1$일 때의 꼭대기 $5/6$이고, "
            "$\\alpha = 0.1$이면 0.333, $\\alpha = 10$이면 0.98입니다. 칸마다 "
            "따로 둔 이 확률에서 $\\alpha$에 흔들리지 않는 것은 순서뿐이고, "
            "벡터와 규제가 있는 모델에서는 순서도 흔들릴 수 있습니다. 확률을 "
            "보이려면 떼어 둔 데이터에서 모델의 확률과 실제 비율을 견주어 눈금을 "
            "다시 맞추어야 합니다. 그러기 전에는 순서로만 쓰고, ‘비슷한 음반을 "
            "들으셨어요’처럼 까닭을 적는 편이 낫습니다."
        ),
    ),
)
