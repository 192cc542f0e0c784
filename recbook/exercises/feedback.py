"""1장의 확인 문제."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike

from recbook.datasets import worked_example
from recbook.exercises._kinds import Case, Choose, Code, Number, Think, Wrong

__all__ = ["EXERCISES"]

# ── 문제 3: 기록 세 줄을 더한 표 ─────────────────────────────────────────────

_PLAYS = ((2, 1, 0), (0, 0, 1), (1, 3, 0))  # 행은 미르, 보라, 소담
_RATINGS = ((5, None, None), (None, None, 2), (None, None, None))


def _tables() -> tuple[np.ndarray, np.ndarray]:
    """본문의 두 표에 11번, 12번, 13번 기록을 더합니다."""
    ratings = np.array(_RATINGS, dtype=float)
    plays = np.array(_PLAYS, dtype=float)
    plays[1, 0] += 1  # 보라, 새벽, 재생
    ratings[2, 1] = 4  # 소담, 정원, 평점
    plays[0, 2] += 1  # 미르, 파도, 구매
    return ratings, plays


def _answer_3() -> tuple[float, ...]:
    ratings, plays = _tables()
    return (
        float(np.mean(~np.isnan(ratings))),
        float(np.mean(plays > 0)),
        float(np.nanmean(ratings)),
    )


def _filled_mean() -> tuple[float, ...]:
    ratings, _ = _tables()
    return (*_answer_3()[:2], float(np.nan_to_num(ratings).mean()))


def _before() -> tuple[float, ...]:
    ratings = np.array(_RATINGS, dtype=float)
    rated, counted = ~np.isnan(ratings), np.array(_PLAYS) > 0
    return float(rated.mean()), float(counted.mean()), float(np.nanmean(ratings))


def _empty_share() -> tuple[float, ...]:
    rated, counted, mean = _answer_3()
    return 1 - rated, 1 - counted, mean


def _counted() -> tuple[float, ...]:
    ratings, plays = _tables()
    rated = np.count_nonzero(~np.isnan(ratings))
    return float(rated), float(np.count_nonzero(plays)), float(np.nanmean(ratings))


# ── 문제 4: C의 행의 신뢰도 ──────────────────────────────────────────────────

_ALPHA, _EPSILON = 2.0, 1.0


def _row() -> np.ndarray:
    return worked_example().R[2]


def _answer_4() -> tuple[float, ...]:
    return tuple((1 + _ALPHA * np.log1p(_row() / _EPSILON)).tolist())


def _without_one() -> tuple[float, ...]:
    return tuple((_ALPHA * np.log1p(_row() / _EPSILON)).tolist())


def _without_one_inside() -> tuple[float, ...]:
    return tuple((1 + _ALPHA * np.log(_row() / _EPSILON)).tolist())


def _common_logarithm() -> tuple[float, ...]:
    return tuple((1 + _ALPHA * np.log10(1 + _row() / _EPSILON)).tolist())


def _alpha_one() -> tuple[float, ...]:
    return tuple((1 + np.log1p(_row() / _EPSILON)).tolist())


def _linear() -> tuple[float, ...]:
    return tuple((1 + _ALPHA * _row()).tolist())


# ── 문제 5: 절반을 채우는 아이템의 수 ────────────────────────────────────────


def _items_for_half(counts: ArrayLike) -> int:
    ordered = np.sort(np.asarray(counts))[::-1]
    reached = 2 * np.cumsum(ordered) >= ordered.sum()
    return int(np.argmax(reached)) + 1


def _cases_5() -> Iterable[Case]:
    # 바른 값은 손으로 센 것입니다.
    yield "인기가 모두 같은 경우", (np.array([2, 2, 2, 2]),), 2
    yield "절반에 꼭 닿는 경우", (np.array([5, 3, 1, 1]),), 1
    yield "절반에 조금 모자라는 경우", (np.array([4, 3, 2, 1]),), 2
    yield "순서가 뒤섞인 경우", (np.array([1, 2, 9, 1, 8, 3]),), 2
    yield "아이템이 하나인 경우", (np.array([7]),), 1
    yield "기록이 없는 아이템이 있는 경우", (np.array([0, 0, 3, 3, 3]),), 2


EXERCISES = (
    Choose(
        question=(
            "다음 신호 가운데 암시적 피드백은 어느 것입니까?\n"
            "고르면서 신호마다 **말해 주지 않는 것**도 하나씩 떠올려 보세요."
        ),
        options=(
            "영화에 준 별점 4점",
            "노래를 12번 재생",
            "‘싫어요’ 단추를 누름",
            "상품을 장바구니에 담음",
            "노래를 5초 만에 건너뜀",
            "VOD를 구매",
        ),
        answer=(2, 4, 5, 6),
        why=(
            "별점을 남길 때 그 사람은 무엇을 하려고 했나요?",
            "",
            "단추도 별점처럼 평가하려고 만든 도구입니다.",
            "",
            "",
            "",
        ),
        hints=(
            "숫자인지 단추인지는 기준이 아닙니다.",
            "평가하려고 했는지, 다른 일을 하다가 흔적을 남겼는지를 봅니다.",
        ),
        solution=(
            "명시적 피드백은 1번과 3번이고 나머지 넷은 암시적 피드백입니다.\n"
            "구매는 이 분야의 관례를 따라 암시적 피드백으로 셉니다.\n\n"
            "- 별점 4점은 이 사람에게 높은 점수인지 말해 주지 않습니다. "
            "늘 5점만 주는 사람일 수도 있습니다.\n"
            "- 재생은 좋아서 틀었는지 반복 재생을 켜 두었는지 말해 주지 않습니다.\n"
            "- ‘싫어요’는 무엇이 싫은지 말해 주지 않습니다.\n"
            "- 장바구니는 왜 사지 않았는지 말해 주지 않습니다.\n"
            "- 건너뛰기는 싫어서인지 지금 기분에 맞지 않아서인지 "
            "말해 주지 않습니다.\n"
            "- 구매는 보고 나서 만족했는지 말해 주지 않습니다.\n\n"
            "건너뛰기는 암시적 피드백이면서 싫다는 쪽에 가까운 드문 신호입니다.\n"
            "그래도 스스로 밝힌 ‘싫어요’만큼 믿을 수는 없습니다."
        ),
        praise="생김새가 아니라 사용자의 의도로 두 갈래를 나누었습니다.",
    ),
    Choose(
        question=(
            "서비스가 음반의 이름과 속성을 모두 잃어버렸습니다.\n"
            "남은 것은 누가 몇 번째 음반을 몇 번 재생했는지뿐입니다.\n"
            "다음 가운데 점수가 **조금도 달라지지 않는** 방법은 어느 것입니까?"
        ),
        options=(
            "콘텐츠 기반 필터링",
            "이웃 기반 협업 필터링",
            "재생 기록만으로 학습한 행렬 분해",
            "콘텐츠 기반 점수와 협업 필터링 점수를 평균한 하이브리드 추천",
        ),
        answer=(2, 3),
        why=(
            "이 방법은 아이템의 무엇을 보고 점수를 매기나요?",
            "",
            "",
            "평균하는 두 점수 가운데 하나는 더 계산할 수 없습니다.",
        ),
        hints=("방법마다 점수를 계산할 때 어떤 재료를 넣었는지 적어 보세요.",),
        solution=(
            "2번과 3번입니다.\n"
            "둘 다 여러 사용자의 행동만 보므로 속성이 없어도 계산이 그대로입니다.\n"
            "그래서 행렬 분해도 협업 필터링입니다.\n"
            "1번은 점수를 매길 재료를 잃었고, 4번은 재료의 절반을 잃었습니다."
        ),
        praise="협업 필터링 두 갈래가 모두 행동만 본다는 것을 짚었습니다.",
    ),
    Number(
        question=(
            "‘손으로’의 기록에 세 줄이 더 들어왔습니다.\n\n"
            "| 번호 | 사용자 | 음반 | 행동 | 값 |\n"
            "|---:|---|---|---|---:|\n"
            "| 11 | 보라 | 새벽 | 재생 | 1 |\n"
            "| 12 | 소담 | 정원 | 평점 | 4 |\n"
            "| 13 | 미르 | 파도 | 구매 | 1 |\n\n"
            "평점 표의 밀도, 횟수 표의 밀도, 평균 평점을 차례로 구하세요.\n"
            "분수로 적어도 되고 소수 둘째 자리까지 적어도 됩니다. "
            "예: `(1 / 2, 0.25, 3.14)`"
        ),
        answer=_answer_3,
        tolerance=0.006,
        wrong=(
            Wrong(_before, "새 기록 세 줄을 더하기 전의 값입니다."),
            Wrong(_filled_mean, "밀도는 맞습니다. 평균에서 빈칸을 0점으로 세었습니다."),
            Wrong(
                _empty_share,
                "평균은 맞습니다. 밀도는 빈칸이 아니라 기록이 있는 칸의 비율입니다.",
            ),
            Wrong(
                _counted,
                "칸의 수까지는 맞습니다. 밀도는 모든 칸의 수로 나눈 비율입니다.",
            ),
        ),
        hints=(
            "줄마다 어느 표의 어느 칸이 바뀌는지 먼저 짚습니다.",
            "밀도는 값의 크기와 상관없이 기록이 있는 칸의 수만 봅니다.",
        ),
        solution=(
            "11번은 횟수 표의 (보라, 새벽)을 0에서 1로 바꿉니다.\n"
            "12번은 평점 표의 (소담, 정원)에 4를 적습니다.\n"
            "13번은 횟수 표의 (미르, 파도)를 0에서 1로 바꿉니다.\n\n"
            "평점의 밀도는 $3/9 \\approx 0.33$이고 "
            "횟수의 밀도는 $7/9 \\approx 0.78$입니다.\n"
            "평균 평점은 $(5+2+4)/3 \\approx 3.67$점입니다."
        ),
        praise="평점은 빈칸을 빼고, 횟수는 0이 아닌 칸을 바르게 세었습니다.",
    ),
    Number(
        question=(
            "3×3 예제에서 C는 음반 ‘가’, ‘나’, ‘다’를 1번, 4번, 5번 재생했습니다.\n"
            "$\\alpha=2$, $\\varepsilon=1$로 놓고 로그를 쓴 신뢰도를 "
            "‘가’, ‘나’, ‘다’의 차례로 구하세요.\n\n"
            "$$\n"
            "\\obs{c_{ui}} = 1 + \\alpha\\log\\left(1 + "
            "\\frac{\\obs{r_{ui}}}{\\varepsilon}\\right)\n"
            "$$\n\n"
            "계산기를 써도 됩니다. 소수 둘째 자리까지 적습니다."
        ),
        answer=_answer_4,
        tolerance=0.006,
        wrong=(
            Wrong(_alpha_one, "α를 1로 놓은 값입니다. 문제에 적힌 α를 다시 보세요."),
            Wrong(_linear, "로그를 쓰지 않은 신뢰도입니다."),
            Wrong(
                _common_logarithm,
                "밑이 10인 로그를 썼습니다. 이 책의 로그는 자연로그입니다.",
            ),
            Wrong(_without_one, "로그 밖에서 더하는 1을 빠뜨렸습니다."),
            Wrong(_without_one_inside, "로그 안에서 더하는 1을 빠뜨렸습니다."),
        ),
        hints=(
            "로그 안의 수부터 계산합니다. 음반 ‘가’에서는 2입니다.",
            "자연로그를 취하고, 2를 곱한 다음 1을 더합니다.",
        ),
        solution=(
            "- ‘가’: $1 + 2\\log 2 \\approx 2.39$\n"
            "- ‘나’: $1 + 2\\log 5 \\approx 4.22$\n"
            "- ‘다’: $1 + 2\\log 6 \\approx 4.58$\n\n"
            "재생 횟수는 5배 차이인데 신뢰도는 2배 차이도 나지 않습니다."
        ),
        praise="로그 안과 밖의 1을 모두 챙겼습니다.",
    ),
    Code(
        question=(
            "전체 기록의 절반을 채우려면 인기 있는 아이템부터 "
            "최소한 몇 개가 필요할까요?\n"
            "아이템마다 기록의 개수를 적은 배열 `counts`를 받아 "
            "그 수를 돌려주는 함수를 짜세요.\n"
            "다 짜면 `items_for_half(per_movie)`로 무비렌즈에도 써 보세요."
        ),
        name="items_for_half",
        starter=(
            "def items_for_half(counts):\n"
            '    """기록의 절반 이상을 채우는 데 필요한 아이템의 수."""\n'
            "    return ..."
        ),
        cases=_cases_5,
        reference=_items_for_half,
        hints=(
            "개수를 큰 것부터 늘어놓고 `np.cumsum`으로 차례로 더합니다.",
            "합이 전체의 절반에 처음 닿는 자리를 찾습니다. "
            "`np.argmax`에 참·거짓 배열을 넣으면 처음으로 참인 자리의 번호를 줍니다. "
            "번호가 0부터 시작하는 것에 주의하세요.",
        ),
        solution=(
            "```python\n"
            "def items_for_half(counts):\n"
            "    ordered = np.sort(counts)[::-1]\n"
            "    reached = 2 * np.cumsum(ordered) >= ordered.sum()\n"
            "    return np.argmax(reached) + 1\n"
            "```\n\n"
            "`np.argmax`는 처음으로 참이 되는 자리를 "
            "0부터 센 번호로 주므로 1을 더합니다.\n"
            "무비렌즈에서는 608편입니다.\n"
            "전체 9,066편의 6.7%가 평점의 절반을 가져갑니다."
        ),
        praise="큰 것부터 더했고, 0부터 세는 번호도 바르게 다루었습니다.",
    ),
    Think(
        question=(
            "어떤 모델이 3×3 예제의 모든 칸에서 선호를 1로 예측합니다.\n"
            "재생 횟수가 0이 아닌 칸만 가지고 채점하면 몇 칸을 틀릴까요?\n"
            "이 모델은 쓸모가 있을까요? 까닭을 적으세요."
        ),
        points=(
            "0이 아닌 칸에서 선호의 짐작 p가 얼마인지 말했나요?",
            "이 모델이 B에게 음반의 차례를 정해 줄 수 있는지 말했나요?",
            "채점에서 0인 칸을 버린 것이 어떤 문제를 낳는지 말했나요?",
        ),
        hints=("0이 아닌 칸에서 선호의 짐작 p를 하나씩 적어 보세요.",),
        solution=(
            "재생 횟수가 0이 아닌 칸은 여덟 개이고, "
            "그 칸에서는 $\\obs{p_{ui}}$가 모두 1입니다.\n"
            "그래서 여덟 칸을 하나도 틀리지 않습니다.\n\n"
            "그러나 쓸모는 없습니다.\n"
            "누구에게나 모든 음반의 점수가 같으므로 "
            "무엇을 먼저 권할지 정하지 못합니다.\n"
            "싫다는 신호가 없는 데이터에서 0인 칸을 버리면 "
            "이런 모델이 만점을 받습니다.\n"
            "대회 참가기도 이 함정을 알아차리고 0인 칸을 함께 쓰기로 했습니다."
        ),
    ),
    Think(
        question=(
            "별점을 암시적 피드백처럼 쓰려고 "
            "4점 이상이면 1, 나머지는 0으로 바꿉니다.\n"
            "무비렌즈에서 기록은 몇 %가 남을까요?\n"
            "이렇게 바꾸면 무엇을 잃고 무엇을 얻을까요?\n"
            "몇 %인지는 새 셀에서 세어 보세요."
        ),
        points=(
            "1점을 준 영화와 보지 않은 영화가 어떻게 되는지 말했나요?",
            "남은 기록끼리는 무엇을 더 구별하지 못하는지 말했나요?",
            "별점이 없는 서비스와 견주어 얻는 것을 말했나요?",
        ),
        hints=(
            "`ratings.data`에는 남긴 평점만 모여 있습니다.",
            "바꾼 뒤에 0이 되는 칸은 어떤 칸과 섞이는지 생각해 보세요.",
        ),
        solution=(
            "```python\n"
            "liked = ratings.data >= 4\n"
            'print(f"{liked.mean():.1%}")\n'
            'print(f"{liked.sum() / (n_users * n_movies):.2%}")\n'
            "```\n\n"
            "기록의 51.6%가 남고 밀도는 0.85%가 됩니다.\n\n"
            "잃는 것은 두 가지입니다.\n"
            "첫째, 1점과 보지 않은 영화가 똑같이 0이 되어 "
            "싫다는 신호가 사라집니다.\n"
            "둘째, 4점과 5점의 차이가 사라집니다.\n"
            "얻는 것도 있습니다.\n"
            "별점이 없는 서비스와 같은 모양이 되므로, "
            "암시적 피드백을 위한 방법을 그대로 시험할 수 있습니다."
        ),
    ),
)
