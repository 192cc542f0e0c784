"""0장의 확인 문제."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from recbook.exercises._kinds import Case, Choose, Code, Number, Think, Wrong

__all__ = ["EXERCISES"]

# ── 문제 2: 내적, 길이, 코사인 유사도 ────────────────────────────────────────

_X, _Y = np.array([1.0, 2.0, 2.0]), np.array([2.0, -1.0, 2.0])


def _cosine_parts() -> tuple[float, ...]:
    dot, length = float(_X @ _Y), float(np.linalg.norm(_X))
    return dot, length, dot / (length * float(np.linalg.norm(_Y)))


def _cosine_without_sign() -> tuple[float, ...]:
    dot, length = float(_X @ abs(_Y)), float(np.linalg.norm(_X))
    return dot, length, dot / (length * float(np.linalg.norm(_Y)))


def _squared_length() -> tuple[float, ...]:
    dot, square = float(_X @ _Y), float(_X @ _X)
    return dot, square, dot / square


def _cosine_without_root() -> tuple[float, ...]:
    dot = float(_X @ _Y)
    return dot, float(_X @ _X), dot / float((_X @ _X) * (_Y @ _Y))


# ── 문제 3: 행렬 곱 ──────────────────────────────────────────────────────────

_LEFT, _RIGHT = np.array([[1, 2], [0, 3]]), np.array([[2, -1], [1, 4]])


def _row_by_row(table: Any) -> tuple[float, ...]:
    return tuple(float(number) for number in np.ravel(table))


# ── 문제 4: 편미분 ───────────────────────────────────────────────────────────


def _partials(factor: float = 2.0) -> tuple[float, ...]:
    x, y, r = 2.0, 1.0, 5.0
    error = x * y - r
    return factor * error * y, factor * error * x


# ── 문제 5: 유한 차분 ────────────────────────────────────────────────────────


def _slope(f: Callable[[float], float], x: float, h: float) -> float:
    return (f(x + h) - f(x - h)) / (2 * h)


def _slope_cases() -> tuple[Case, ...]:
    # 바른 결과는 손으로 전개한 식입니다: x³이면 3x² + h², (4x − 13)²이면 8(4x − 13).
    return (
        ("f(x) = x², x = 3", (lambda x: x**2, 3.0, 0.1), 6.0),
        ("f(x) = x³, x = 2", (lambda x: x**3, 2.0, 0.1), 3 * 2.0**2 + 0.1**2),
        (
            "f(x) = (4x − 13)², x = 3",
            (lambda x: (4 * x - 13) ** 2, 3.0, 0.5),
            8.0 * (12 - 13),
        ),
        ("f(x) = exp(x), x = 0", (math.exp, 0.0, 0.2), math.sinh(0.2) / 0.2),
    )


# ── 문제 6: 브로드캐스팅 ─────────────────────────────────────────────────────


def _center_rows(R: Any) -> Any:
    return R - R.mean(axis=1, keepdims=True)


def _center_cases() -> tuple[Case, ...]:
    return (
        # 정사각형이 아닌 표를 먼저: 모양을 놓친 답은 오류부터 만납니다.
        (
            "2×3 표",
            (np.array([[1.0, 2, 3], [10, 10, 40]]),),
            np.array([[-1.0, 0, 1], [-10, -10, 20]]),
        ),
        (
            "3×3 표",
            (np.array([[8.0, 4, 6], [0, 3, 3], [1, 4, 4]]),),
            np.array([[2.0, -2, 0], [-2, 1, 1], [-2, 1, 1]]),
        ),
        ("행이 하나인 표", (np.array([[5.0, 7]]),), np.array([[-1.0, 1]])),
    )


# ── 문제 7: 확률, 기댓값, 로그 ───────────────────────────────────────────────


def _three_tosses(p: float = 0.2) -> tuple[float, ...]:
    none = (1 - p) ** 3
    return 3 * p, none, math.log(none)


def _all_heads() -> tuple[float, ...]:
    p = 0.2
    return 3 * p, p**3, math.log(p**3)


def _one_toss() -> tuple[float, ...]:
    mean, _, _ = _three_tosses()
    return mean, 0.8, math.log(0.8)


def _added_chances() -> tuple[float, ...]:
    mean, _, _ = _three_tosses()
    return mean, 3 * 0.8, math.log(3 * 0.8)


def _common_log() -> tuple[float, ...]:
    mean, none, _ = _three_tosses()
    return mean, none, math.log10(none)


EXERCISES = (
    Choose(
        question=(
            "행렬 $M$은 $3 \\times 2$이고 $P$는 $2 \\times 4$입니다. "
            "계산할 수 있는 곱은 무엇입니까? 계산할 수 있다면 결과의 모양도 "
            "말해 보세요."
        ),
        options=(
            "$MP$",
            "$PM$",
            "$M^{\\top}P$",
            "$MM^{\\top}$",
            "$P^{\\top}M^{\\top}$",
        ),
        answer=(1, 4, 5),
        why=(
            "",
            "P의 열의 수와 M의 행의 수를 견주어 보세요.",
            "전치하면 M의 모양이 어떻게 바뀌는지 먼저 적어 보세요.",
            "",
            "",
        ),
        hints=(
            "두 모양을 나란히 적고 가운데의 두 수가 같은지 보세요.",
            "전치하면 행의 수와 열의 수가 서로 바뀝니다.",
        ),
        solution=(
            "1번, 4번, 5번입니다. 모양을 나란히 적어 봅니다.\n\n"
            "| 곱 | 모양 | 계산 |\n"
            "|:--|:--|:--|\n"
            "| $MP$ | $(3\\times2)(2\\times4)$ | 됩니다. $3\\times4$ |\n"
            "| $PM$ | $(2\\times4)(3\\times2)$ | 4와 3이 달라 안 됩니다. |\n"
            "| $M^{\\top}P$ | $(2\\times3)(2\\times4)$ | 3과 2가 달라 안 됩니다. |\n"
            "| $MM^{\\top}$ | $(3\\times2)(2\\times3)$ | 됩니다. $3\\times3$ |\n"
            "| $P^{\\top}M^{\\top}$ | $(4\\times2)(2\\times3)$ | 됩니다. "
            "$4\\times3$ |\n\n"
            "마지막 것은 $(MP)^{\\top}$과 같습니다."
        ),
        praise="가운데의 두 수가 같은지 빠짐없이 견주었습니다.",
    ),
    Number(
        question=(
            "$x = (1,\\ 2,\\ 2)$이고 $y = (2,\\ -1,\\ 2)$입니다. 내적, "
            "$x$의 길이, 두 벡터의 코사인 유사도를 차례로 구하세요. 코사인 "
            "유사도는 소수 둘째 자리까지 적으세요."
        ),
        answer=_cosine_parts,
        tolerance=0.006,
        wrong=(
            Wrong(
                _cosine_without_sign,
                "y의 둘째 수는 음수입니다. 둘째 자리의 곱에서 부호를 다시 보세요.",
            ),
            Wrong(
                _cosine_without_root,
                "길이를 구할 때 제곱해서 더한 다음 할 일이 하나 더 있습니다.",
            ),
            Wrong(
                _squared_length,
                "둘째 수는 길이의 제곱입니다. 제곱근을 씌우세요.",
            ),
        ),
        hints=(
            "같은 자리끼리 곱하고 모두 더하면 내적입니다.",
            "두 벡터의 길이는 같습니다. 내적을 두 길이의 곱으로 나누세요.",
        ),
        solution=(
            "내적은 $1\\times2 + 2\\times(-1) + 2\\times2 = 4$입니다. $x$의 길이는 "
            "$\\sqrt{1+4+4} = 3$이고 $y$의 길이도 $\\sqrt{4+1+4} = 3$입니다. "
            "코사인 유사도는 $4 / (3\\times3) \\approx 0.44$입니다."
        ),
        praise="내적을 두 길이의 곱으로 나누어 방향만 남겼습니다.",
    ),
    Number(
        question=(
            "다음 곱의 네 원소를 첫째 행부터 차례로, 왼쪽에서 오른쪽으로 "
            "적으세요.\n\n"
            "$$\n"
            "\\begin{bmatrix} 1 & 2 \\\\ 0 & 3 \\end{bmatrix}\n"
            "\\begin{bmatrix} 2 & -1 \\\\ 1 & 4 \\end{bmatrix}\n"
            "$$"
        ),
        answer=lambda: _row_by_row(_LEFT @ _RIGHT),
        tolerance=0.01,
        wrong=(
            Wrong(
                lambda: _row_by_row(_RIGHT @ _LEFT),
                "두 행렬의 순서를 바꾸어 곱했습니다. 왼쪽에서 행을 가져옵니다.",
            ),
            Wrong(
                lambda: _row_by_row(_LEFT * _RIGHT),
                "같은 자리의 원소끼리 곱했습니다. 행렬 곱은 행과 열의 내적입니다.",
            ),
            Wrong(
                lambda: _row_by_row(_LEFT @ _RIGHT.T),
                "오른쪽에서도 행을 가져왔습니다. 오른쪽에서는 열을 가져옵니다.",
            ),
            Wrong(
                lambda: _row_by_row((_LEFT @ _RIGHT).T),
                "원소는 맞지만 적은 순서가 다릅니다. 첫째 행부터 적으세요.",
            ),
        ),
        hints=(
            "1행 1열은 왼쪽의 첫째 행과 오른쪽의 첫째 열을 내적한 값입니다.",
            "왼쪽에 행마다 가로줄을, 오른쪽에 열마다 세로줄을 긋고 짝을 지어 보세요.",
        ),
        solution=(
            "$$\n"
            "\\begin{bmatrix} 1\\times2+2\\times1 & 1\\times(-1)+2\\times4 \\\\ "
            "0\\times2+3\\times1 & 0\\times(-1)+3\\times4 \\end{bmatrix}\n"
            "= \\begin{bmatrix} 4 & 7 \\\\ 3 & 12 \\end{bmatrix}\n"
            "$$"
        ),
        praise="왼쪽의 행과 오른쪽의 열을 바르게 짝지었습니다.",
    ),
    Number(
        question=(
            "$f(\\user{x}, \\item{y}) = (\\user{x}\\item{y} - \\obs{r})^2$에서 "
            "$\\obs{r} = 5$, $\\user{x} = 2$, $\\item{y} = 1$입니다. "
            "$\\frac{\\partial f}{\\partial x}$와 $\\frac{\\partial f}{\\partial y}$를 "
            "차례로 구하세요. 손실을 줄이려면 $\\user{x}$를 늘려야 합니까, 줄여야 "
            "합니까?"
        ),
        answer=_partials,
        tolerance=0.01,
        wrong=(
            Wrong(
                lambda: _partials(-2.0),
                "오차의 부호를 다시 보세요. 오차는 예측에서 관측을 뺀 값입니다.",
            ),
            Wrong(
                lambda: _partials(1.0),
                "제곱을 미분할 때 앞으로 나오는 수를 빠뜨렸습니다.",
            ),
            Wrong(
                lambda: _partials()[::-1],
                "두 편미분이 서로 바뀌었습니다. 오차에 곱하는 것은 상대방의 값입니다.",
            ),
        ),
        hints=(
            "예측과 오차의 지금 값부터 적으세요.",
            "한 변수로 미분할 때 나머지는 상수입니다. 오차의 두 배에 무엇을 곱합니까?",
        ),
        solution=(
            "예측은 $2\\times1 = 2$이고 오차는 $\\err{e} = 2 - 5 = -3$입니다.\n\n"
            "$$\n"
            "\\frac{\\partial f}{\\partial x} = 2\\,\\err{e}\\,\\item{y} "
            "= 2\\times(-3)\\times1 = -6,\n"
            "\\qquad\n"
            "\\frac{\\partial f}{\\partial y} = 2\\,\\err{e}\\,\\user{x} "
            "= 2\\times(-3)\\times2 = -12\n"
            "$$\n\n"
            "$\\user{x}$의 편미분이 음수이므로 $\\user{x}$를 늘리면 손실이 줄어듭니다. "
            "예측 2가 관측 5보다 작으니 늘려야 한다는 상식과도 맞습니다."
        ),
        praise="오차의 두 배에 상대방의 값을 곱했습니다.",
    ),
    Code(
        question=(
            "함수 `f`의 `x`에서의 미분계수를 중앙 차분으로 어림하는 함수 "
            "`slope(f, x, h)`를 쓰세요.\n\n"
            "$$\n"
            "\\frac{f(x+h) - f(x-h)}{2h}\n"
            "$$"
        ),
        name="slope",
        starter="def slope(f, x, h):\n    return ...",
        cases=_slope_cases,
        reference=_slope,
        tolerance=1e-9,
        hints=(
            "빼는 두 값은 `x`의 양쪽에 있습니다. 분모 전체를 괄호로 묶었는지도 보세요.",
            "`f`는 함수입니다. `f(x + h)`처럼 부르면 됩니다.",
        ),
        solution=(
            "```python\n"
            "def slope(f, x, h):\n"
            "    return (f(x + h) - f(x - h)) / (2 * h)\n"
            "```\n\n"
            "`/ 2 * h`라고 쓰면 2로 나눈 다음 `h`를 곱합니다. 괄호가 필요합니다."
        ),
        praise="이제 어떤 미분이든 숫자로 검사할 수 있습니다.",
    ),
    Code(
        question=(
            "표 `R`의 행마다 그 행의 평균을 뺀 표를 돌려주는 함수 "
            "`center_rows(R)`를 쓰세요. `R`은 정사각형이 아닐 수도 있습니다. 받은 "
            "`R`은 바꾸지 않습니다."
        ),
        name="center_rows",
        starter="def center_rows(R):\n    return ...",
        cases=_center_cases,
        reference=_center_rows,
        hints=(
            "0번 축과 1번 축 가운데 어느 쪽을 없애야 행마다 평균이 하나씩 남습니까? "
            "축이 맞았으면 평균의 모양을 `.shape`로 확인해 보세요.",
            "평균의 모양이 `(행의 수, 1)`이어야 옆으로 되풀이됩니다. `keepdims`를 "
            "떠올려 보세요.",
        ),
        solution=(
            "```python\n"
            "def center_rows(R):\n"
            "    return R - R.mean(axis=1, keepdims=True)\n"
            "```\n\n"
            "`keepdims=True`를 빠뜨리면 평균의 모양이 `(행의 수,)`가 됩니다. "
            "브로드캐스팅은 오른쪽 끝부터 맞추므로 평균이 열의 방향으로 놓입니다. "
            "정사각형 표에서는 오류 없이 틀린 답이 나오고, 다른 표에서는 대개 오류가 "
            "납니다. 모양이 서로 다른 예로 시험해야 하는 까닭입니다."
        ),
        praise="정사각형이 아닌 표에서도 행과 열을 헷갈리지 않았습니다.",
    ),
    Number(
        question=(
            "앞면이 나올 확률이 0.2인 동전을 세 번 던집니다. 던지기는 서로 "
            "독립입니다. 앞면의 수의 기댓값, 세 번 모두 뒷면일 확률, 그 확률의 "
            "자연로그를 차례로 구하세요. 소수 셋째 자리까지 적으세요. 로그는 "
            "`np.log`로 구해도 됩니다."
        ),
        answer=_three_tosses,
        tolerance=0.001,
        wrong=(
            Wrong(
                _all_heads,
                "확률과 로그가 세 번 모두 앞면인 경우의 것입니다.",
            ),
            Wrong(
                _one_toss,
                "둘째와 셋째 수가 한 번 던질 때의 것입니다.",
            ),
            Wrong(
                _added_chances,
                "독립이면 확률을 더하지 않고 곱합니다. 확률은 1을 넘을 수 없습니다.",
            ),
            Wrong(
                _common_log,
                "로그의 밑을 다시 보세요. 이 책의 로그는 밑이 e입니다.",
            ),
        ),
        hints=(
            "한 번 던질 때 앞면의 수의 기댓값은 앞면의 확률과 같습니다.",
            "뒷면의 확률은 1에서 앞면의 확률을 뺀 값입니다. 독립이면 확률을 곱합니다.",
        ),
        solution=(
            "한 번의 기댓값이 0.2이므로 세 번이면 $0.2 + 0.2 + 0.2 = 0.6$입니다. "
            "모두 뒷면일 확률은 $0.8 \\times 0.8 \\times 0.8 = 0.512$입니다. 로그는 "
            "$3\\log 0.8 \\approx -0.669$입니다. 곱의 로그가 로그의 합이므로 "
            "$\\log 0.8 \\approx -0.223$을 세 번 더해도 됩니다."
        ),
        praise="기댓값은 더하고, 독립인 확률은 곱하고, 로그에서는 다시 더했습니다.",
    ),
    Think(
        question=(
            "세 사람이 두 음반을 재생한 횟수가 각각 $(3,\\ 4)$, $(30,\\ 40)$, "
            "$(4,\\ 3)$입니다. 첫째 사람과 가장 비슷한 사람은 누구입니까? 거리와 "
            "코사인 유사도가 서로 다르게 답하는 까닭을 적고, 음반을 추천할 때는 어느 "
            "쪽을 쓸지 근거를 들어 고르세요. 고른 방법이 놓치는 것도 하나 적으세요."
        ),
        points=(
            "거리와 코사인 유사도를 각각 계산해 보았나요?",
            "횟수의 크기와 방향을 나누어 말했나요?",
            "두 음반을 한 번씩만 들은 사람처럼 기록이 아주 적은 경우를 생각했나요?",
        ),
        hints=(
            "거리는 횟수의 크기에 흔들리고, 코사인 유사도는 길이를 나누어 없앱니다.",
        ),
        solution=(
            "거리로는 $(4,\\ 3)$이 약 1.41로 가깝고 $(30,\\ 40)$은 45나 떨어져 "
            "있습니다. 코사인 유사도로는 $(30,\\ 40)$이 1, $(4,\\ 3)$이 0.96입니다. "
            "거리는 얼마나 많이 들었는지까지 함께 재고, 코사인 유사도는 방향, 곧 두 "
            "음반의 비율만 봅니다.\n\n"
            "추천에서는 많이 듣는 사람과 적게 듣는 사람이 같은 취향일 수 있으므로 "
            "코사인 유사도를 쓸 만합니다. 대신 횟수의 크기를 버리므로, 한 번씩만 들은 "
            "$(1,\\ 1)$과 백 번씩 들은 $(100,\\ 100)$을 똑같이 믿습니다. 기록이 적은 "
            "사람의 유사도는 우연에 크게 흔들린다는 점을 따로 챙겨야 합니다."
        ),
    ),
)
