"""11장의 확인 문제."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recbook.datasets import worked_example
from recbook.exercises._kinds import Case, Choose, Code, Number, Think, Wrong

Array = NDArray[np.float64]


def _sigmoid(S: Any) -> Any:
    return np.exp(-np.logaddexp(0, -S))


# ── 문제 2: 세 칸의 힘 ───────────────────────────────────────────────────────


def _answer_2() -> tuple[float, ...]:
    cells = ((0.0, 0.0), (3.0, 0.0), (3.0, float(np.log(9))))
    return tuple(float(c - (1 + c) * _sigmoid(s)) for c, s in cells)


def _own_forgotten_2() -> tuple[float, ...]:
    cells = ((0.0, 0.0), (3.0, 0.0), (3.0, float(np.log(9))))
    return tuple(float(c * (1 - _sigmoid(s)) if c else -_sigmoid(s)) for c, s in cells)


def _opposite_2() -> tuple[float, ...]:
    first, second, third = _answer_2()
    return -first, -second, -third


# ── 문제 3: α = 2일 때 B의 첫 기울기 ─────────────────────────────────────────


def _first_gradient(alpha: float, row: int) -> tuple[float, ...]:
    ex = worked_example()
    c = alpha * ex.R[row]
    e = c - (1 + c) / 2
    return tuple(float(value) for value in e @ ex.I)


def _answer_3() -> tuple[float, ...]:
    return _first_gradient(2.0, 1)


def _alpha_one_3() -> tuple[float, ...]:
    return _first_gradient(1.0, 1)


def _zero_skipped_3() -> tuple[float, ...]:
    """0번인 칸을 빼고 더한 답."""
    ex = worked_example()
    c = 2 * ex.R[1]
    e = np.where(c > 0, c - (1 + c) / 2, 0.0)
    return tuple(float(value) for value in e @ ex.I)


def _negative_forgotten_3() -> tuple[float, ...]:
    """들은 칸의 내리는 힘을 빠뜨린 답."""
    ex = worked_example()
    c = 2 * ex.R[1]
    e = np.where(c > 0, c / 2, -0.5)
    return tuple(float(value) for value in e @ ex.I)


# ── 문제 4: 벌을 세는 법 ─────────────────────────────────────────────────────

_USERS, _ITEMS, _PENALTY = 2_000, 1_000, 30.0
_LENGTH = 4.0


def _answer_4() -> tuple[float, ...]:
    once = _PENALTY / 2 * (_USERS + _ITEMS) * _LENGTH
    literal = _PENALTY / 2 * (_USERS * _ITEMS + _ITEMS * _USERS) * _LENGTH
    return once, literal / once


def _half_forgotten_4() -> tuple[float, ...]:
    once, ratio = _answer_4()
    return 2 * once, ratio


def _users_only_4() -> tuple[float, ...]:
    return _PENALTY / 2 * _USERS * _LENGTH, float(_ITEMS)


# ── 문제 5: 로그 가능도 ──────────────────────────────────────────────────────


def _log_likelihood(S: Array, C: Array) -> float:
    return float(np.sum(C * S - (1 + C) * np.logaddexp(0, S)))


def _by_probabilities(S: Array, C: Array) -> float:
    """다른 길로 셈합니다: 확률의 로그를 칸마다 더합니다."""
    total = 0.0
    for s, c in zip(S.ravel(), C.ravel(), strict=True):
        p = 1 / (1 + np.exp(-s))
        total += c * np.log(p) + np.log(1 - p)
    return total


def _cases_5() -> Iterator[Case]:
    rng = np.random.default_rng(5)
    S = rng.normal(size=(2, 3))
    C = np.array([[0.0, 2.0, 1.0], [4.0, 0.0, 0.5]])
    yield "2명 × 3개", (S, C), _by_probabilities(S, C)
    zeros = np.zeros((2, 2))
    yield "점수와 신뢰도가 모두 0", (zeros, zeros), -4 * float(np.log(2))
    large = np.array([[800.0, -800.0]])
    yield (
        "점수가 800과 −800",
        (large, np.array([[2.0, 0.0]])),
        2 * 800.0 - 3 * 800.0,
    )


# ── 문제 6: 아이템 쪽의 기울기 ───────────────────────────────────────────────


def _item_gradient(
    X: Array, Y: Array, b_u: Array, b_i: Array, C: Array, penalty: float
) -> Array:
    E = C - (1 + C) * _sigmoid(X @ Y.T + b_u[:, None] + b_i)
    gradient: Array = E.T @ X - penalty * Y
    return gradient


def _by_cells(
    X: Array, Y: Array, b_u: Array, b_i: Array, C: Array, penalty: float
) -> Array:
    """다른 길로 셈합니다: 행렬 곱 없이 한 칸씩."""
    gradient: Array = -penalty * Y
    for u in range(len(X)):
        for i in range(len(Y)):
            s = float(np.sum(X[u] * Y[i])) + b_u[u] + b_i[i]
            e = C[u, i] * (1 - 1 / (1 + np.exp(-s))) - 1 / (1 + np.exp(-s))
            gradient[i] += e * X[u]
    return gradient


def _cases_6() -> Iterator[Case]:
    rng = np.random.default_rng(6)
    X, Y = rng.normal(size=(3, 2)), rng.normal(size=(4, 2))
    b_u, b_i = rng.normal(size=3), rng.normal(size=4)
    C = np.array([[0.0, 2, 0, 1], [3, 0, 0, 0], [0, 0, 0, 5]])
    for description, penalty in (("벌이 없을 때", 0.0), ("λ = 0.5", 0.5)):
        arguments = (X, Y, b_u, b_i, C, penalty)
        yield description, arguments, _by_cells(*arguments)
    ex = worked_example()
    both = (ex.U.copy(), ex.I.copy(), np.zeros(3), np.zeros(3), ex.R.copy(), 1.0)
    yield "3×3 예제의 두 행렬에서", both, _by_cells(*both)


EXERCISES = (
    Choose(
        question=(
            "모든 칸의 가능도 $\\prod_{u,i} \\pred{p_{ui}}^{\\,\\obs{c_{ui}}}"
            "(1-\\pred{p_{ui}})$에 관한 말입니다."
        ),
        options=(
            "0번인 칸은 $1-\\pred{p}$를 한 번 곱합니다.",
            "들은 칸은 $\\pred{p}^{\\obs{c}}$만 곱하고 "
            "$1-\\pred{p}$는 곱하지 않습니다.",
            "$\\alpha$를 키우면 0번인 칸의 몫도 같은 배로 커집니다.",
            "$\\user{\\beta_u}$를 바꾸면 확률은 바뀌지만 한 사람의 순위는 "
            "그대로입니다.",
        ),
        answer=(1, 4),
        why=(
            "",
            "들은 칸에도 ‘선호하지 않는다’는 증거가 하나 있습니다.",
            "0번인 칸에서 신뢰도는 얼마입니까? 거기에 α를 곱해 보세요.",
            "",
        ),
        hints=(
            "신뢰도가 0인 칸과 3인 칸의 몫을 따로 적어 보세요.",
            "한 사람의 모든 아이템에 같은 수를 더하면 순위가 바뀝니까?",
        ),
        solution=(
            "1번과 4번입니다. 들은 칸의 몫은 "
            "$\\pred{p}^{\\obs{c}}(1-\\pred{p})$입니다. "
            "$\\alpha$를 키우면 들은 칸의 증거만 늘어 양성 쪽이 무거워집니다. "
            "$\\user{\\beta_u}$는 한 사람의 모든 점수에 똑같이 더해집니다."
        ),
        praise="증거를 세는 법과 편향이 하는 일을 바르게 나누었습니다.",
    ),
    Number(
        question=(
            "세 칸의 힘 $\\err{e} = \\obs{c} - (1+\\obs{c})\\,\\sigma(s)$를 차례대로 "
            "구하세요. 첫째 칸은 $\\obs{c}=0$, $s=0$이고, 둘째 칸은 $\\obs{c}=3$, "
            "$s=0$이고, 셋째 칸은 $\\obs{c}=3$, $s=\\log 9$입니다. 소수 둘째 자리까지 "
            "적습니다."
        ),
        answer=_answer_2,
        tolerance=0.01,
        wrong=(
            Wrong(
                _own_forgotten_2,
                "들은 칸에서 ‘선호하지 않는다’는 증거 하나를 빠뜨렸습니다.",
            ),
            Wrong(_opposite_2, "힘의 방향이 반대입니다. 양수이면 점수를 올립니다."),
        ),
        hints=(
            "점수가 0이면 확률은 절반입니다.",
            "로그 오즈가 log 9이면 오즈가 9입니다. 오즈를 확률로 바꾸세요.",
        ),
        solution=(
            "- 첫째: $0 - 1\\times\\tfrac12 = -0.5$\n"
            "- 둘째: $3 - 4\\times\\tfrac12 = 1$\n"
            "- 셋째: 오즈가 9이면 확률은 $0.9$이고 $3 - 4\\times 0.9 = -0.6$\n\n"
            "셋째 칸은 세 번 들은 칸인데도 내려갑니다. 확률 0.9가 꼭대기 "
            "$3/4$보다 크기 때문입니다."
        ),
        praise="들은 칸이라도 확률이 꼭대기보다 크면 내려갑니다.",
    ),
    Number(
        question=(
            "본문에서 $\\alpha = 1$로 구한 첫 기울기를 $\\alpha = 2$로 다시 구합니다. "
            "$\\user{X}$와 편향은 0이고 $\\item{Y}$는 원문의 아이템 행렬입니다. "
            "**B**의 기울기 셋(장르, 발매지역, 가수)을 손으로 구해 차례대로 "
            "적으세요. 소수 첫째 자리까지 적습니다."
        ),
        answer=_answer_3,
        tolerance=0.05,
        wrong=(
            Wrong(_alpha_one_3, "α = 1일 때의 값입니다. 신뢰도는 횟수의 두 배입니다."),
            Wrong(_zero_skipped_3, "0번인 ‘가’의 칸도 아래로 당깁니다."),
            Wrong(
                _negative_forgotten_3,
                "들은 칸에도 내리는 힘이 하나 있습니다. 그것을 빼지 않았습니다.",
            ),
        ),
        hints=(
            "B의 신뢰도는 0, 6, 6입니다. 세 칸의 힘부터 구하세요.",
            "모든 확률이 절반이니 힘은 (신뢰도 − 1) ÷ 2입니다.",
        ),
        solution=(
            "신뢰도가 $(0, 6, 6)$이니 힘은 $(-0.5, 2.5, 2.5)$입니다.\n\n"
            "- 장르: $-0.5\\times 2 + 2.5\\times 6 + 2.5\\times 8 = 34$\n"
            "- 발매지역: $-0.5\\times(-5) + 2.5\\times 4 + 2.5\\times 2 = 17.5$\n"
            "- 가수: $-0.5\\times 3 + 2.5\\times 1 + 2.5\\times 1 = 3.5$\n\n"
            "α를 두 배로 키워도 기울기는 두 배가 되지 않습니다. 올리는 힘만 두 배가 "
            "되고, 모든 칸에 하나씩 있는 내리는 힘 ½은 그대로이기 때문입니다. 들은 "
            "칸의 힘도 1에서 2가 아니라 2.5가 되었습니다."
        ),
        praise="α는 올리는 힘만 키웁니다.",
    ),
    Number(
        question=(
            "사용자 2,000명, 아이템 1,000개이고 $\\lambda = 30$입니다. 벡터 3,000개는 "
            "모두 길이의 제곱이 4입니다. 첫째로, 로그 사후 확률에서 빼는 벌을 "
            "적으세요. 둘째로, 벌을 칸의 합 안에 넣고 칸마다 세면 바르게 센 벌의 몇 "
            "배가 되는지 적으세요. 둘째 수는 소수 첫째 자리까지 적습니다."
        ),
        answer=_answer_4,
        tolerance=0.1,
        wrong=(
            Wrong(_half_forgotten_4, "첫째 수에 ½을 곱했는지 보세요."),
            Wrong(_users_only_4, "아이템의 벡터에도 벌이 있습니다."),
        ),
        hints=(
            "벡터마다 한 번씩, λ/2에 길이의 제곱을 곱해 더합니다.",
            "칸의 합 안에서는 사용자의 벌을 아이템의 수만큼, 아이템의 벌을 사용자의 "
            "수만큼 셉니다.",
        ),
        solution=(
            "바르게 세면 $15\\times 3{,}000\\times 4 = 180{,}000$입니다. 칸 "
            "$2{,}000\\times 1{,}000$개마다 두 벌을 모두 세면 "
            "$15\\times 2{,}000{,}000\\times(4+4)$, 곧 2억 4천만이고 약 "
            "1,333.3배입니다."
        ),
        praise="합 기호 하나의 자리가 λ를 천 배 넘게 바꿉니다.",
    ),
    Code(
        question=(
            "점수의 행렬 `S`와 신뢰도의 행렬 `C`를 받아 모든 칸의 **로그 가능도**를 "
            "돌려주는 함수 `log_likelihood(S, C)`를 짜세요. 점수가 800처럼 커도 "
            "넘치지 않아야 합니다."
        ),
        starter="def log_likelihood(S, C):\n    return ...",
        name="log_likelihood",
        cases=_cases_5,
        reference=_log_likelihood,
        tolerance=1e-8,
        hints=(
            "점수로 쓴 한 칸의 몫을 모든 칸에서 더합니다. 0번인 칸도 넣습니다.",
            "`np.logaddexp(0, S)`가 넘치지 않는 소프트플러스입니다.",
        ),
        solution=(
            "```python\n"
            "def log_likelihood(S, C):\n"
            "    return np.sum(C * S - (1 + C) * np.logaddexp(0, S))\n"
            "```\n\n"
            "확률을 먼저 구해 로그를 씌우면 점수가 800일 때 $1-\\pred{p}$가 0이 되어 "
            "로그가 $-\\infty$가 됩니다."
        ),
        praise="큰 점수까지 넘치지 않았습니다.",
    ),
    Code(
        question=(
            "아이템 벡터의 기울기 $\\nabla_{\\item{Y}}\\mathcal{F}$를 돌려주는 함수 "
            "`item_gradient(X, Y, b_u, b_i, C, penalty)`를 짜세요. 받은 배열은 바꾸지 "
            "않습니다. 사용자와 아이템의 수가 달라도 맞는 답을 내야 "
            "합니다."
        ),
        starter="def item_gradient(X, Y, b_u, b_i, C, penalty):\n    return ...",
        name="item_gradient",
        cases=_cases_6,
        reference=_item_gradient,
        tolerance=1e-9,
        hints=(
            "점수는 `X @ Y.T + b_u[:, None] + b_i`입니다. 힘의 행렬을 먼저 구하세요.",
            "결과는 `Y`와 모양이 같습니다. 벌은 벡터마다 한 번입니다.",
        ),
        solution=(
            "```python\n"
            "def item_gradient(X, Y, b_u, b_i, C, penalty):\n"
            "    S = X @ Y.T + b_u[:, None] + b_i\n"
            "    E = C - (1 + C) / (1 + np.exp(-S))\n"
            "    return E.T @ X - penalty * Y\n"
            "```\n\n"
            "아이템의 칸은 $\\err{E}$의 **열**이라 전치가 붙습니다."
        ),
        praise="전치와 벌의 자리가 모두 맞습니다.",
    ),
    Choose(
        question="로그 사후 확률의 꼴에 관한 말입니다.",
        options=(
            "$\\item{Y}$와 편향을 고정하면 $\\user{X}$에 관해 오목합니다.",
            "$\\user{X}$와 $\\item{Y}$를 함께 움직여도 오목합니다.",
            "$\\lambda = 0$이고 0번인 칸이 있으면 최댓값에 닿지 못할 수 있습니다.",
            "$\\user{X}$와 $\\item{Y}$가 모두 0이면 두 행렬의 기울기도 0입니다.",
        ),
        answer=(1, 3, 4),
        why=(
            "",
            "두 행렬의 부호를 함께 뒤집은 점과 그 한가운데를 생각해 보세요.",
            "",
            "",
        ),
        hints=(
            "점수가 무엇의 일차식인지 살피세요.",
            "$\\err{E}\\item{Y}$에 $\\item{Y} = 0$을 넣어 보세요.",
        ),
        solution=(
            "1번, 3번, 4번입니다. 한쪽을 고정하면 점수가 다른 쪽의 일차식이라 "
            "오목합니다. 함께 움직이면 그렇지 않습니다. $\\lambda = 0$이면 0번인 칸의 "
            "점수가 $-\\infty$로 달아날 수 있습니다. 두 행렬이 모두 0이면 "
            "$\\err{E}\\item{Y}$도 $\\err{E}^{\\top}\\user{X}$도 0입니다. 편향의 "
            "기울기는 0이 아니므로 편향만 배웁니다."
        ),
        praise="한쪽씩 올라갈 수 있는 까닭과 0에서 시작하면 안 되는 까닭을 알았습니다.",
    ),
    Think(
        question=(
            "동료가 LMF 라이브러리 하나를 골라 우리 서비스의 기록으로 학습했습니다. "
            "“논문이 요인 10개에서 8%를 얻었는데 우리는 15%야. 이 모델은 우리에게 맞지 "
            "않아.” 이 결론을 내리기 전에 확인할 것을 두 가지 이상 적으세요."
        ),
        points=(
            "데이터와 후보의 수가 다르면 MPR의 값을 견줄 수 없다는 것을 적었나요?",
            "같은 데이터에서 인기순 같은 기준 모델과 견주자고 했나요?",
            "라이브러리의 신뢰도, 뽑는 방법, 벌이 논문의 식과 같은지 확인하자고 "
            "했나요?",
            "α와 λ를 검증 데이터에서 골랐는지 물었나요?",
        ),
        hints=(
            "논문의 표와 우리의 표에서 견줄 수 있는 것은 무엇이었나요?",
            "같은 이름의 구현이 무엇에서 달랐나요?",
        ),
        solution=(
            "첫째, 데이터와 후보의 수, 숨긴 방법이 다르면 8%와 15%를 견줄 수 없습니다. "
            "같은 데이터에서 인기순도 재고 다른 모델도 재야 합니다. 둘째, 같은 이름의 "
            "구현도 신뢰도에 α를 곱하는지, 0번인 칸을 모두 보는지, 편향에 벌을 "
            "주는지가 다릅니다. 셋째, α와 λ를 기본값 그대로 두었다면 모델이 아니라 "
            "설정을 잰 것일 수 있습니다. 검증 데이터에서 고른 다음 견줍니다."
        ),
    ),
)
