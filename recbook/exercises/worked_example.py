"""2장의 확인 문제: 행렬 곱, 요인 읽기, 오차 0의 함정."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recbook.datasets import worked_example
from recbook.exercises._kinds import Choose, Code, Number, Think, Wrong

__all__ = ["EXERCISES"]

Array = NDArray[Any]
EXAMPLE = worked_example()

# 문제 2의 새 사용자 D와, 문제 3에서 정확히 맞힐 칸입니다.
NEW_USER = np.array([0.4, 0.5, 0.2])
TARGET = 4.0


def _new_user_scores() -> tuple[float, ...]:
    return tuple((NEW_USER @ EXAMPLE.I.T).tolist())


def _new_user_without_sign() -> tuple[float, ...]:
    """‘가’의 발매지역을 양수로 읽은 답."""
    return tuple((NEW_USER @ np.abs(EXAMPLE.I).T).tolist())


def _new_user_without_transpose() -> tuple[float, ...]:
    """전치를 잊은 답."""
    return tuple((NEW_USER @ EXAMPLE.I).tolist())


def _region_of_a(rest: float) -> float:
    """(A, 나)를 `TARGET`으로 만드는 A의 발매지역 값. `rest`는 나머지 두 항의 합."""
    return (TARGET - rest) / float(EXAMPLE.I[1, 1])


def _row_of_a(region: float) -> tuple[float, float, float]:
    """고친 발매지역 값, 그때의 (A, 가), (A, 다)."""
    row = EXAMPLE.U[0].copy()
    row[1] = region
    scores = EXAMPLE.I @ row
    return region, float(scores[0]), float(scores[2])


def _fixed_row() -> tuple[float, float, float]:
    genre, _, singer = EXAMPLE.U[0] * EXAMPLE.I[1]
    return _row_of_a(_region_of_a(float(genre + singer)))


def _fixed_row_without_singer() -> tuple[float, float, float]:
    """가수 항을 빠뜨린 답."""
    return _row_of_a(_region_of_a(float(EXAMPLE.U[0, 0] * EXAMPLE.I[1, 0])))


def _fixed_row_without_sign() -> tuple[float, float, float]:
    """(A, 가)에서 두 음수의 곱을 음수로 계산한 답."""
    region, first, last = _fixed_row()
    return region, first - 2 * region * float(EXAMPLE.I[0, 1]), last


def _change_only() -> tuple[float, float, float]:
    """값이 아니라 더할 양을 적은 답."""
    region, first, last = _fixed_row()
    return region - float(EXAMPLE.U[0, 1]), first, last


def _recommend(U: Array, I: Array, R: Array, u: int) -> Array:  # noqa: E741
    scores = U[u] @ I.T
    candidates = np.flatnonzero(R[u] == 0)
    return candidates[np.argsort(-scores[candidates], kind="stable")]


def _recommend_cases() -> Iterator[tuple[str, tuple[Any, ...], Any]]:
    # 세 수가 서로 다른 표라야 전치를 잊은 코드가 걸립니다. 후보의 점수는 동점이
    # 없어야 합니다. 동점의 차례는 문제에서 정하지 않았습니다.
    U = np.array([[1.0, 0.0], [0.5, 2.0], [-1.0, 1.0]])
    I = np.array([[2.0, 1.0], [0.0, 3.0], [1.0, -1.0], [4.0, 0.75]])  # noqa: E741
    R = np.array([[5, 0, 0, 0], [0, 0, 1, 0], [2, 1, 3, 1]])
    yield (
        "3×3 예제의 B(후보가 하나라 순서는 시험하지 못합니다)",
        (EXAMPLE.U.copy(), EXAMPLE.I.copy(), EXAMPLE.R.copy(), 1),
        np.array([0]),
    )
    yield "사용자 3명 × 아이템 4개의 첫째 사용자", (U, I, R, 0), np.array([3, 2, 1])
    yield "사용자 3명 × 아이템 4개의 둘째 사용자", (U, I, R, 1), np.array([1, 3, 0])
    yield "모두 들어 본 사용자", (U, I, R, 2), np.array([], dtype=int)


EXERCISES = (
    Choose(
        question=(
            "$\\user{U}$와 예측의 항을 읽은 말입니다. 세로(같은 요인)로 견주었는지 "
            "가로(같은 사람)로 견주었는지 살피세요."
        ),
        options=(
            "C의 장르 값 0.6은 가로로 견주면 가장 크고, 세로로 견주면 둘째입니다.",
            "B의 행에서는 가수 값이 가장 크므로, B의 세 예측을 가장 많이 올리는 것은 "
            "언제나 가수 항입니다.",
            "A와 C는 발매지역의 부호가 반대이므로, 발매지역에서 A와 B만큼 취향이 "
            "엇갈립니다.",
            "(C, 가)의 예측을 내리는 항은 발매지역 하나뿐입니다.",
        ),
        answer=(1, 4),
        why=(
            "",
            "예측을 움직이는 것은 사용자의 값과 음반의 값을 곱한 항입니다. (B, 나)의 "
            "세 항을 적어 보세요.",
            "부호만 보지 말고 C의 발매지역 값이 얼마나 큰지도 보세요.",
            "",
        ),
        hints=(
            "C의 행과 장르 열을 따로 적어 보세요.",
            "손으로 계산한 표에서 B와 C의 항을 다시 보세요.",
        ),
        solution=(
            "1번과 4번입니다. C의 행은 0.6, 0.1, 0.3이고 장르 열은 0.9, 0.3, "
            "0.6입니다. B의 가수 값 0.4는 그 행에서 가장 크지만, (B, 나)에서는 장르 "
            "항 1.8이 가수 항 0.4보다 큽니다. C의 발매지역 값은 +0.1이어서 거의 "
            "중립입니다. (C, 가)의 항은 1.2, −0.5, 0.9입니다."
        ),
        praise="세로와 가로, 값과 항을 구별했습니다.",
    ),
    Number(
        question=(
            "새 사용자 D의 요인이 $\\user{(0.4,\\ 0.5,\\ 0.2)}$입니다. 가, 나, 다의 "
            "예측을 손으로 구하여 차례대로 적으세요(소수 첫째 자리까지, `answer = (가, "
            "나, 다)` 꼴). D에게 추천할 차례와, 음수가 나왔을 때 그 값을 어떻게 "
            "읽을지도 생각해 보세요."
        ),
        answer=_new_user_scores,
        tolerance=0.01,
        wrong=(
            Wrong(
                _new_user_without_sign,
                "‘가’의 예측에서 발매지역 항의 부호를 다시 보세요.",
            ),
            Wrong(
                _new_user_without_transpose,
                "음반의 행이 아니라 요인의 열과 내적했습니다. ‘가’를 구하려면 ‘가’의 "
                "행과 짝지으세요.",
            ),
        ),
        hints=(
            "D의 행과 음반의 행을 하나씩 내적합니다.",
            "‘가’의 발매지역 값은 음수입니다.",
        ),
        solution=(
            "- 가: $0.8 - 2.5 + 0.6 = -1.1$\n"
            "- 나: $2.4 + 2.0 + 0.2 = 4.6$\n"
            "- 다: $3.2 + 1.0 + 0.2 = 4.4$\n\n"
            "차례는 나, 다, 가입니다. 횟수가 −1.1일 수는 없습니다. 이 모델의 값은 "
            "횟수의 모습을 흉내 낸 점수이니, 음수는 ‘순위가 낮다’로만 읽습니다."
        ),
        praise="세 번의 내적을 부호까지 바르게 계산했습니다.",
    ),
    Number(
        question=(
            "가장 크게 빗나간 칸은 (A, 나)였습니다. $\\user{U}$에서 A의 발매지역 값만 "
            "고쳐 이 칸을 정확히 4로 만들려고 합니다. 고친 발매지역 값, 그때의 (A, "
            "가), 그때의 (A, 다)를 차례대로 적으세요(소수 셋째 자리까지, `answer = "
            "(발매지역, 가, 다)` 꼴). A의 행에서 오차 제곱의 합이 줄어드는지도 확인해 "
            "보세요."
        ),
        answer=_fixed_row,
        tolerance=0.001,
        wrong=(
            Wrong(
                _fixed_row_without_singer,
                "(A, 나)는 세 항의 합입니다. 가수 항을 빠뜨리지 않았는지 보세요.",
            ),
            Wrong(
                _fixed_row_without_sign,
                "고친 값도, ‘가’의 발매지역 값도 음수입니다. 두 음수를 곱하면 부호가 "
                "어떻게 됩니까?",
            ),
            Wrong(
                _change_only,
                "첫째 수는 원래 값에 더할 양이 아니라, 고친 뒤의 값입니다.",
            ),
        ),
        hints=(
            "고친 값을 $x$라고 하면 (A, 나)는 $5.4 + 4x + 0.7$입니다.",
            "$x$를 구한 다음 ‘가’와 ‘다’의 발매지역 항만 다시 계산합니다.",
        ),
        solution=(
            "$5.4 + 4x + 0.7 = 4$에서 $x = -0.525$입니다.\n\n"
            "이때 (A, 가)는 $1.8 + 2.625 + 2.1 = 6.525$이고 (A, 다)는 $7.2 - 1.05 + "
            "0.7 = 6.85$입니다. 오차는 −1.475와 +0.85가 되어 크기가 커집니다.\n\n"
            "오차 제곱의 합은 고치기 전에 $0.01 + 1.21 + 0.09 = 1.31$이었는데, 고친 "
            "뒤에는 약 2.90입니다. 한 칸을 살리려고 두 칸을 망쳤습니다. 같은 값을 여러 "
            "칸이 나누어 쓰기 때문입니다. 칸마다 따로가 아니라 모든 칸의 오차를 "
            "한꺼번에 줄이는 방법은 3장에서 배웁니다."
        ),
        praise="한 값을 고치면 그 사람의 다른 칸도 함께 움직인다는 점을 계산했습니다.",
    ),
    Choose(
        question=("전치를 잊고 `U @ I`라고 썼습니다. 셀에서 실행해 보고 판단하세요."),
        options=(
            "3×3 예제에서는 모양이 맞지 않아 오류가 납니다.",
            "(A, 가) 자리에는 A의 행과 $\\item{I}$의 첫째 열을 내적한 값이 들어갑니다.",
            "`U @ I.T`와 아홉 칸이 모두 같습니다.",
            "`U @ I[:2]`처럼 음반 수와 요인 수가 다르면 `ValueError`가 납니다.",
        ),
        answer=(2, 4),
        why=(
            "두 행렬은 모두 3×3입니다. 실제로 실행해 보세요.",
            "",
            "행과 열을 맞바꾸면 곱하는 짝이 달라집니다. 한 칸만 손으로 견주어 보세요.",
            "",
        ),
        hints=(
            "$\\item{I}$의 첫째 열에는 무엇이 모여 있습니까?",
            "음반을 두 개만 남긴 `I[:2]`로도 해 보세요.",
        ),
        solution=(
            "2번과 4번입니다. 둘 다 3×3이라 모양이 맞아서 오류 없이 엉뚱한 답이 "
            "나옵니다. (A, 가) 자리에는 A의 행과 $\\item{I}$의 **첫째 열**, 곧 세 "
            "음반의 장르 값을 내적한 값이 들어갑니다.\n\n"
            "$$\n"
            "0.9 \\times 2 + (-0.8) \\times 6 + 0.7 \\times 8 = 2.6\n"
            "$$\n\n"
            "음반 하나의 요인이 아니라 서로 다른 음반의 장르를 섞었으니 뜻이 없는 "
            "값입니다. 사용자 수, 아이템 수, 요인 수가 서로 다른 예제로 시험하면 "
            "알아챌 수 있습니다. `U @ I[:2]`는 3×3과 2×3의 곱이라 `ValueError`가 "
            "납니다."
        ),
        praise="오류가 나지 않는 잘못이 더 무섭다는 것을 확인했습니다.",
    ),
    Code(
        question=(
            "사용자 `u`가 아직 듣지 않은(`R[u] == 0`) 아이템의 번호를 예측이 큰 차례로 "
            "돌려주는 함수 `recommend`를 쓰세요. 사용자, 아이템, 요인의 수가 서로 다른 "
            "표로도 시험합니다."
        ),
        starter="def recommend(U, I, R, u):\n    return ...",
        name="recommend",
        cases=_recommend_cases,
        tolerance=1e-9,
        reference=_recommend,
        hints=(
            "예측 한 줄은 `U[u] @ I.T`입니다.",
            "`np.flatnonzero(R[u] == 0)`이 듣지 않은 아이템의 번호를 줍니다.",
            "`np.argsort`는 작은 것부터 늘어놓습니다. 부호를 바꾸면 큰 것부터입니다.",
        ),
        solution=(
            "```python\n"
            "def recommend(U, I, R, u):\n"
            "    scores = U[u] @ I.T\n"
            "    candidates = np.flatnonzero(R[u] == 0)\n"
            "    return candidates[np.argsort(-scores[candidates])]\n"
            "```\n\n"
            "후보를 먼저 고르고 후보 안에서만 순서를 매깁니다. 모든 아이템을 들어 본 "
            "사용자에게는 빈 배열이 나옵니다."
        ),
        praise="후보를 고르는 일과 순서를 매기는 일을 나누었습니다.",
    ),
    Choose(
        question=(
            "실험 3의 $Q$를 아래의 세 가지로 바꾸어 실행해 보세요. 예측이 그대로인 "
            "것은 무엇입니까? 그때 A의 세 값이 어떻게 되는지도 보세요."
        ),
        options=(
            "`np.diag([10, 1, 1])`",
            "`np.diag([1, -1, 1])`",
            "`np.diag([0, 1, 1])`",
        ),
        answer=(1, 2),
        why=(
            "",
            "",
            "`np.linalg.inv(Q)`를 실행하면 어떻게 됩니까?",
        ),
        hints=(
            "`np.diag`는 대각선에만 값이 있는 행렬을 만듭니다.",
            "`np.linalg.inv(Q)`가 있는지 먼저 보세요.",
        ),
        solution=(
            "1번과 2번은 역행렬이 있으니 예측이 그대로입니다.\n\n"
            "- 1번에서 A는 $(9, -0.8, 0.7)$이 됩니다. 음반의 장르 값은 10분의 1이 "
            "됩니다. ‘A의 장르 가중치가 발매지역의 10배가 넘는다’는 말도 이제 "
            "맞습니다. 가중치의 크기만으로는 중요도를 말할 수 없습니다.\n"
            "- 2번에서 A는 $(0.9, 0.8, 0.7)$이 되고 ‘가’의 발매지역 값은 +5가 됩니다. "
            "‘국내’를 가리키던 양수가 ‘국외’를 가리킵니다.\n"
            "- 3번은 역행렬이 없습니다. 장르 열을 0으로 지워 버려 되돌릴 수 없기 "
            "때문입니다. `np.linalg.inv`가 `LinAlgError`를 냅니다."
        ),
        praise="역행렬이 있는 $Q$라면 요인은 바뀌어도 예측은 그대로입니다.",
    ),
    Think(
        question=(
            "친구가 말합니다. “원문의 모델은 RMSE가 0.501이고 실험 2의 모델은 0이야. "
            "그러니 B에게 추천할 때는 실험 2의 모델을 써야 해.” 이 말의 잘못을 두 가지 "
            "짚고, 두 모델을 공평하게 견줄 방법을 적으세요."
        ),
        points=(
            "두 RMSE가 어느 칸에서 잰 값인지 말했나요?",
            "실험 2의 모델이 (B, 가)를 얼마로 예측하는지 말했나요?",
            "학습에 쓰지 않은 칸을 어떻게 마련할지 적었나요?",
            "아주 단순한 방법도 함께 견주었나요?",
        ),
        hints=(
            "실험 2의 모델은 (B, 가)를 얼마로 예측합니까?",
            "학습에 쓴 칸과 쓰지 않은 칸을 나누어 생각해 보세요.",
        ),
        solution=(
            "첫째, 두 RMSE는 이미 본 아홉 칸에서 잰 값입니다. 실험 2처럼 하면 어떤 "
            "숫자를 적어도 0이 되므로, 0은 처음 보는 칸을 잘 맞힌다는 증거가 못 "
            "됩니다. 둘째, 실험 2의 모델은 (B, 가)를 0으로 예측합니다. 기록을 베꼈을 "
            "뿐이어서 B가 듣지 않은 음반에 관해 새로 말해 주는 것이 없습니다.\n\n"
            "공평하게 견주려면 사용자와 아이템이 훨씬 많은 표가 필요합니다. 일부 칸을 "
            "미리 숨기고, 두 방법을 나머지 칸만으로 학습하고, 숨긴 칸에서 견줍니다. "
            "전체 평균이나 인기도처럼 아주 단순한 방법도 함께 견줍니다. 그보다 못하면 "
            "배운 것이 없는 셈입니다."
        ),
    ),
)
