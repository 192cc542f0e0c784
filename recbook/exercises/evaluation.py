"""4장의 확인 문제: 지표를 손으로, 신뢰구간 읽기, 누출 가려내기, 공평하게 견주기."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recbook.exercises._kinds import Choose, Code, Number, Think, Wrong

__all__ = ["EXERCISES"]

Array = NDArray[Any]

# 문제 1과 2의 목록: 정답의 순위(1부터)와 K. 문제 1의 후보는 10개입니다.
FIRST_PLACES, FIRST_K = (1, 3, 7), 4
SECOND_PLACES, SECOND_K = (1, 4), 4

# 문제 3의 (정답의 순위, 후보의 수, 횟수)
RANKED = ((2, 11, 6), (9, 11, 2))


def _first_list() -> tuple[float, ...]:
    """문제 1의 정밀도, 재현율, AP."""
    return _counted(FIRST_PLACES, FIRST_K, min(FIRST_K, len(FIRST_PLACES)))


def _counted(places: tuple[int, ...], K: int, best: int) -> tuple[float, ...]:
    inside = [place for place in places if place <= K]
    precisions = sum(nth / place for nth, place in enumerate(inside, 1))
    return len(inside) / K, len(inside) / len(places), precisions / best


def _first_list_swapped() -> tuple[float, ...]:
    """정밀도와 재현율을 바꾼 답."""
    precision, recall, average = _first_list()
    return recall, precision, average


def _first_list_over_hits() -> tuple[float, ...]:
    """AP를 맞힌 수로 나눈 답."""
    return _counted(FIRST_PLACES, FIRST_K, sum(p <= FIRST_K for p in FIRST_PLACES))


def _gain(places: tuple[int, ...]) -> float:
    return float(np.sum(1 / np.log2(np.array(places) + 1)))


def _second_ndcg() -> float:
    return _gain(SECOND_PLACES) / _gain(tuple(range(1, len(SECOND_PLACES) + 1)))


def _second_over_k() -> float:
    """만점을 K개로 잡은 답."""
    return _gain(SECOND_PLACES) / _gain(tuple(range(1, SECOND_K + 1)))


def _second_dcg() -> float:
    """만점으로 나누지 않은 답."""
    return _gain(SECOND_PLACES)


def _percent(place: int, candidates: int) -> float:
    return 100 * (place - 1) / (candidates - 1)


def _weighted() -> float:
    weights = [count for *_, count in RANKED]
    return float(np.average([_percent(p, m) for p, m, _ in RANKED], weights=weights))


def _unweighted() -> float:
    """횟수로 가중하지 않은 답."""
    return float(np.mean([_percent(place, m) for place, m, _ in RANKED]))


def _without_shift() -> float:
    """맨 위를 0%로 두지 않고 순위를 후보의 수로 나눈 답."""
    weights = [count for *_, count in RANKED]
    return float(np.average([100 * p / m for p, m, _ in RANKED], weights=weights))


def _mrr(hits: Array) -> float:
    first = np.argmax(hits, axis=1) + 1
    return float(np.mean(np.where(np.any(hits, axis=1), 1 / first, 0.0)))


def _mrr_cases() -> Iterator[tuple[str, tuple[Any, ...], Any]]:
    yield "한 명, 정답이 2위", (np.array([[0, 1, 0, 0]]),), 0.5
    yield "한 명, 정답이 2위와 4위", (np.array([[0, 1, 0, 1]]),), 0.5
    yield "두 명, 정답이 1위와 4위", (np.array([[1, 0, 0, 0], [0, 0, 0, 1]]),), 0.625
    yield "두 명, 한 명은 정답이 없음", (np.array([[1, 0, 0], [0, 0, 0]]),), 0.5


EXERCISES = (
    Number(
        question=(
            "후보 열 편을 늘어놓은 목록에서 정답 세 편이 1위, 3위, 7위에 있습니다. "
            "위의 네 편을 보여 줄 때 정밀도@4, 재현율@4, AP@4를 손으로 구하여 차례대로 "
            "적으세요(소수 셋째 자리까지)."
        ),
        answer=_first_list,
        tolerance=0.001,
        wrong=(
            Wrong(
                _first_list_swapped,
                "정밀도와 재현율의 분모를 바꾸었습니다. 무엇으로 나누는지 다시 보세요.",
            ),
            Wrong(
                _first_list_over_hits,
                "앞의 둘은 맞습니다. AP는 맞힌 수가 아니라, 네 편에 담을 수 있는 "
                "정답의 수로 나눕니다.",
            ),
        ),
        hints=(
            "네 편 안에 든 정답은 두 편입니다.",
            "AP에서는 정답이 나온 자리마다 그 자리까지의 정밀도를 적습니다.",
        ),
        solution=(
            "네 편 가운데 정답이 두 편이니 정밀도는 $2/4 = 0.5$, 정답 세 편 가운데 두 "
            "편을 보여 주었으니 재현율은 $2/3 \\approx 0.667$입니다.\n\n"
            "1위까지의 정밀도는 1/1, 3위까지의 정밀도는 2/3입니다. 7위는 네 편 밖이니 "
            "0입니다. $\\min(4, 3) = 3$으로 나누면 $(1 + 2/3)/3 = 5/9 \\approx 0.556$"
            "입니다."
        ),
        praise="세 지표의 분모를 구별했습니다.",
    ),
    Number(
        question=(
            "정답이 두 편뿐이고 목록의 1위와 4위에 있습니다. NDCG@4를 구하세요(소수 "
            "셋째 자리까지). $1/\\log_2 3 \\approx 0.631$, $1/\\log_2 5 \\approx 0.431$"
            "입니다."
        ),
        answer=_second_ndcg,
        tolerance=0.001,
        wrong=(
            Wrong(
                _second_over_k,
                "만점은 정답 두 편이 1위와 2위에 있을 때의 값입니다. 네 자리를 모두 "
                "채운 값으로 나누었습니다.",
            ),
            Wrong(
                _second_dcg,
                "목록이 받은 값까지는 맞습니다. 가장 좋은 목록이 받는 값으로 나누세요.",
            ),
        ),
        hints=(
            "1위의 정답은 1을 받습니다.",
            "가장 좋은 목록에서는 두 정답이 1위와 2위에 있습니다.",
        ),
        solution=(
            "목록은 $1 + 0.431 = 1.431$을 받습니다. 가장 좋은 목록은 $1 + 0.631 = "
            "1.631$을 받습니다. 나누면 약 0.877입니다."
        ),
        praise="만점을 정답의 수에 맞추었습니다.",
    ),
    Number(
        question=(
            "후보가 11편인 두 가구가 있습니다. 첫째 가구의 정답은 2위에 있고 6번 "
            "재생했습니다. 둘째 가구의 정답은 9위에 있고 2번 재생했습니다. 재생 횟수로 "
            "가중한 MPR은 몇 퍼센트입니까?"
        ),
        answer=_weighted,
        tolerance=0.05,
        unit="%",
        wrong=(
            Wrong(
                _unweighted,
                "두 백분위 순위는 맞습니다. 재생 횟수로 가중해서 평균하세요.",
            ),
            Wrong(
                _without_shift,
                "1위가 0%, 꼴찌가 100%가 되어야 합니다. 순위를 11로 나누면 1위가 0%가 "
                "아닙니다.",
            ),
        ),
        hints=(
            "후보가 11편이면 1위에서 11위까지 열 칸입니다.",
            "횟수를 곱해 더한 다음 횟수의 합으로 나눕니다.",
        ),
        solution=(
            "2위는 $1/10 = 10\\%$, 9위는 $8/10 = 80\\%$입니다. 가중하면 $(6\\times 10 "
            "+ 2\\times 80)/(6 + 2) = 220/8 = 27.5\\%$입니다. 가중하지 않으면 "
            "45%입니다. 많이 재생한 것을 위에 놓은 모델이 더 좋은 점수를 받습니다."
        ),
        praise="횟수가 많은 정답을 더 무겁게 셌습니다.",
    ),
    Choose(
        question=(
            "가구마다 NDCG@10의 차이(새 모델 − 옛 모델)를 구했습니다. 평균은 "
            "+0.004이고, 가구를 다시 뽑아 구한 95% 신뢰구간은 −0.001에서 "
            "+0.009까지입니다. 옳은 말은 무엇입니까?"
        ),
        options=(
            "두 모델의 성능이 같다는 것을 보였습니다.",
            "이 가구만으로는 어느 쪽이 낫다고 말할 수 없습니다.",
            "새 모델이 더 잘 맞힌 가구가 95%입니다.",
            "누출이 있는 평가였다면, 구간이 0을 벗어났더라도 새 모델이 낫다고 믿을 수 "
            "없습니다.",
        ),
        answer=(2, 4),
        why=(
            "구간에는 0도 있지만 +0.009도 있습니다. 모른다는 것과 같다는 것은 "
            "다릅니다.",
            "",
            "95%는 가구의 비율이 아닙니다. 다시 뽑아 구한 평균 가운데 95%를 덮는 "
            "구간입니다.",
            "",
        ),
        hints=(
            "구간 안에 어떤 값이 들어 있는지 보세요.",
            "신뢰구간은 무엇을 다시 뽑을 때의 흔들림입니까?",
        ),
        solution=(
            "2번과 4번입니다. 0을 품은 구간은 어느 쪽이 나은지 모른다는 뜻이지, 둘이 "
            "같다는 뜻이 아닙니다. 새 모델이 0.009만큼 나을 수도 있습니다. 구간은 "
            "가구를 다시 뽑을 때의 흔들림만 재므로, 누출처럼 한쪽으로 치우친 잘못은 "
            "알려 주지 않습니다."
        ),
        praise="모른다는 것과 같다는 것을 구별했습니다.",
    ),
    Code(
        question=(
            "평균 역순위(mean reciprocal rank, MRR)는 사용자마다 **처음 나온** 정답의 "
            "순위의 역수(1/순위)를 구해 평균한 지표입니다. 정답이 없는 사용자는 0으로 "
            "칩니다. 한 줄이 한 사용자이고 정답이면 1, 아니면 0인 배열 `hits`를 받아 "
            "MRR을 돌려주는 함수 `mrr`을 쓰세요."
        ),
        starter="def mrr(hits):\n    return ...",
        name="mrr",
        cases=_mrr_cases,
        tolerance=1e-9,
        reference=_mrr,
        hints=(
            "`np.argmax(hits, axis=1)`은 줄마다 가장 큰 값이 처음 나온 자리를 "
            "0부터 세어 줍니다.",
            "정답이 없는 줄에서도 `argmax`는 0을 냅니다. `hits.any(axis=1)`로 "
            "가려내세요.",
        ),
        solution=(
            "```python\n"
            "def mrr(hits):\n"
            "    first = np.argmax(hits, axis=1) + 1\n"
            "    return np.mean(np.where(hits.any(axis=1), 1 / first, 0))\n"
            "```\n\n"
            "처음 나온 정답만 보므로 둘째 정답이 어디에 있든 같습니다. 찾는 것이 "
            "하나뿐인 검색에 알맞습니다."
        ),
        praise="정답이 없는 사용자까지 챙겼습니다.",
    ),
    Choose(
        question="미래가 훈련에 섞인 평가는 무엇입니까?",
        options=(
            "가구마다 마지막 구매 한 건씩을 떼어 테스트 데이터로 쓰고, 나머지를 모두 "
            "모아 배웠습니다.",
            "2월 1일을 기준으로 모든 가구의 기록을 나누어, 앞의 기록으로 배우고 "
            "뒤의 기록으로 채점했습니다.",
            "2월 1일을 기준으로 나누었지만, 작품의 인기 점수는 3월까지의 기록으로 미리 "
            "계산해 두었습니다.",
            "2월의 기록으로 $k$를 고른 다음, 2월까지의 기록으로 다시 배워 3월의 "
            "기록으로 한 번 채점했습니다.",
        ),
        answer=(1, 3),
        why=(
            "",
            "한 시각을 모두에게 똑같이 썼습니다. 그 시각 뒤의 기록이 훈련에 있습니까?",
            "",
            "3월의 기록을 배우거나 고르는 데 썼습니까?",
        ),
        hints=(
            "가구마다 마지막 구매의 날짜가 다릅니다.",
            "배우는 데 쓴 것은 모델만이 아닙니다. 미리 계산해 둔 값도 봅니다.",
        ),
        solution=(
            "1번과 3번입니다. 1번에서 10월에 마지막으로 산 가구를 채점할 때, 훈련에는 "
            "다른 가구가 11월부터 2월까지 산 기록이 들어 있습니다. 그때는 없던 작품의 "
            "인기까지 배웁니다. 3번은 나누기는 잘했지만, 미리 계산한 인기 점수에 "
            "미래가 들어 있습니다. 2번과 4번에서는 채점하는 때보다 뒤의 기록을 쓰지 "
            "않았습니다."
        ),
        praise="‘모두에게 같은 한 시각’이라는 기준을 세웠습니다.",
    ),
    Think(
        question=(
            "동료가 말합니다. “우리 모델의 NDCG@10이 0.12야. 논문에 실린 모델은 "
            "0.10이니 우리가 이겼어.” 이 말을 믿기 전에 물어볼 것을 세 가지 적으세요."
        ),
        points=(
            "같은 데이터를 같은 방법으로 나누었는지 물었나요?",
            "후보 집합과 지표의 식이 같은지 물었나요?",
            "인기순 같은 기준 모델의 점수를 물었나요?",
            "차이가 우연히 흔들릴 수 있는 폭보다 큰지 물었나요?",
        ),
        hints=(
            "무작위 분할과 시간 기준 분할에서 같은 모델의 점수가 얼마나 달랐습니까?",
            "후보를 늘리거나 줄이면 점수가 어떻게 됩니까?",
        ),
        solution=(
            "물어볼 것은 많습니다. 데이터와 나눈 방법이 같은가? 무작위로 나누었다면 "
            "미래가 섞이지 않았는가? 후보는 카탈로그 전체인가, 뽑은 일부인가? 이미 산 "
            "것을 뺐는가? NDCG의 만점을 어떻게 정했는가? 같은 데이터에서 인기순은 몇 "
            "점인가? 가구를 다시 뽑으면 차이가 얼마나 흔들리는가? 여러 설정을 시험해 "
            "보고 테스트 데이터에서 가장 좋은 것을 골라 말한 것은 아닌가?\n\n"
            "가장 좋은 방법은 논문의 모델을 우리 데이터에서 직접 돌려, 같은 후보와 "
            "같은 지표로 나란히 채점하는 것입니다."
        ),
    ),
)
