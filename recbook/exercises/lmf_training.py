"""12장의 확인 문제."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from recbook.datasets import worked_example
from recbook.exercises._kinds import Case, Choose, Code, Number, Think, Wrong

Array = NDArray[np.float64]

# ── 문제 2: 세 걸음 ──────────────────────────────────────────────────────────

_SLOPES, _RATE = (3.0, -4.0, 12.0), 0.2


def _answer_2() -> tuple[float, ...]:
    total, steps = 0.0, []
    for g in _SLOPES:
        total += g * g
        steps.append(_RATE * g / total**0.5)
    return tuple(steps)


def _without_root_2() -> tuple[float, ...]:
    total, steps = 0.0, []
    for g in _SLOPES:
        total += g * g
        steps.append(_RATE * g / total)
    return tuple(steps)


def _only_now_2() -> tuple[float, ...]:
    """지금 기울기로만 나눈 답."""
    return tuple(_RATE * g / abs(g) for g in _SLOPES)


def _sign_lost_2() -> tuple[float, ...]:
    first, second, third = _answer_2()
    return first, -second, third


# ── 문제 3: 균형 잡힌 α ──────────────────────────────────────────────────────

_USERS, _ITEMS = 5, 4
_COUNTS = (1, 2, 3, 4, 8, 10)


def _answer_3() -> tuple[float, ...]:
    alpha = (_USERS * _ITEMS - len(_COUNTS)) / sum(_COUNTS)
    return alpha, alpha * max(_COUNTS)


def _all_cells_3() -> tuple[float, ...]:
    alpha = _USERS * _ITEMS / sum(_COUNTS)
    return alpha, alpha * max(_COUNTS)


def _by_cells_3() -> tuple[float, ...]:
    """횟수의 합 대신 들은 칸의 수로 나눈 답."""
    alpha = (_USERS * _ITEMS - len(_COUNTS)) / len(_COUNTS)
    return alpha, alpha * max(_COUNTS)


# ── 문제 4: 첫 걸음 뒤의 힘 ──────────────────────────────────────────────────


def _force_4(score: float) -> float:
    count = float(worked_example().R[0, 0])
    return count - (1 + count) / (1 + float(np.exp(-score)))


def _answer_4() -> tuple[float, ...]:
    ex = worked_example()
    force = (ex.R[0] - 1) / 2  # 점수가 모두 0일 때
    step = 0.5 * np.sign(force @ ex.I)
    score = float(ex.I[0] @ step + 0.5 * np.sign(force.sum()))
    return score, _force_4(score)


def _bias_forgotten_4() -> tuple[float, ...]:
    score = _answer_4()[0] - 0.5
    return score, _force_4(score)


def _old_force_4() -> tuple[float, ...]:
    return _answer_4()[0], _force_4(0.0)


# ── 문제 5: AdaGrad의 길 ─────────────────────────────────────────────────────


def _adagrad_path(slopes: Array, rate: float) -> Array:
    G = np.cumsum(np.asarray(slopes, float) ** 2)
    root = np.sqrt(G)
    steps = np.divide(slopes, root, out=np.zeros_like(root), where=root > 0)
    path: Array = rate * np.cumsum(steps)
    return path


def _one_by_one(slopes: Array, rate: float) -> Array:
    """다른 길로 셈합니다: 한 걸음씩."""
    x, total, path = 0.0, 0.0, []
    for g in slopes.tolist():
        total += g**2
        x += rate * g / total**0.5 if total else 0.0
        path.append(x)
    return np.array(path)


def _cases_5() -> Iterator[Case]:
    for description, slopes, rate in (
        ("기울기 36, 48, −80", np.array([36.0, 48.0, -80.0]), 0.5),
        ("기울기의 단위를 1,000배로", np.array([3000.0, 4000.0]), 0.1),
        ("처음 두 기울기가 0", np.array([0.0, 0.0, -2.0, 1.0]), 1.0),
        ("모두 0", np.zeros(3), 0.5),
    ):
        yield description, (slopes, rate), _one_by_one(slopes, rate)


EXERCISES = (
    Choose(
        question="AdaGrad에 관한 말입니다.",
        options=(
            "첫 걸음의 크기는 기울기가 클수록 큽니다.",
            "모든 기울기를 1,000배 해도 걷는 길이 같습니다.",
            "한 값의 한 걸음은 학습률보다 클 수 없습니다.",
            "기울기의 크기가 늘 같으면 걸음도 늘 같습니다.",
        ),
        answer=(2, 3),
        why=(
            "첫 걸음에서 G는 무엇과 같습니까?",
            "",
            "",
            "G는 걸음마다 쌓입니다. 나누는 수가 커지면 걸음은 어떻게 됩니까?",
        ),
        hints=(
            "첫 걸음의 G를 식에 넣어 보세요.",
            "G에 지금의 기울기가 들어 있다는 것을 떠올리세요.",
        ),
        solution=(
            "2번과 3번입니다. 첫 걸음은 $g/\\sqrt{g^2} = \\pm 1$이라 크기가 모두 "
            "$\\gamma$입니다. $G \\ge g^2$이므로 어느 걸음도 $\\gamma$를 넘지 "
            "못합니다. "
            "기울기의 크기가 같아도 $t$번째 걸음은 $\\gamma/\\sqrt{t}$로 줄어듭니다."
        ),
        praise="첫 걸음과 단위, 걸음의 한계를 바르게 읽었습니다.",
    ),
    Number(
        question=(
            "값 하나가 기울기 3, −4, 12를 차례로 만납니다. $\\gamma = 0.2$일 때 세 "
            "걸음에 움직이는 거리를 부호까지 차례대로 적으세요. 소수 셋째 자리까지 "
            "적습니다."
        ),
        answer=_answer_2,
        tolerance=0.001,
        wrong=(
            Wrong(_without_root_2, "G로 나누었습니다. 제곱근을 씌운 다음 나눕니다."),
            Wrong(
                _only_now_2,
                "지금의 기울기로만 나누었습니다. G는 지금까지의 제곱을 모두 더한 "
                "것입니다.",
            ),
            Wrong(_sign_lost_2, "둘째 걸음의 방향을 보세요."),
        ),
        hints=(
            "G는 9에서 시작해 걸음마다 제곱을 더합니다.",
            "G의 제곱근은 세 걸음 모두 정수입니다.",
        ),
        solution=(
            "- $G = 9$: $0.2\\times 3/3 = 0.2$\n"
            "- $G = 25$: $0.2\\times(-4)/5 = -0.16$\n"
            "- $G = 169$: $0.2\\times 12/13 \\approx 0.185$"
        ),
        praise="G를 걸음마다 쌓았습니다.",
    ),
    Number(
        question=(
            "청취자 5명과 음악가 4팀의 표에서 들은 칸은 여섯이고, 횟수는 1, 2, 3, 4, "
            '8, 10입니다. `alpha="balanced"`가 정하는 $\\alpha$와, 10번 들은 칸의 '
            "신뢰도를 차례대로 적으세요. 신뢰도는 선형입니다. 소수 첫째 자리까지 "
            "적습니다."
        ),
        answer=_answer_3,
        tolerance=0.01,
        wrong=(
            Wrong(_all_cells_3, "모든 칸이 아니라 0인 칸의 수를 씁니다."),
            Wrong(_by_cells_3, "들은 칸의 수가 아니라 횟수의 합으로 나눕니다."),
        ),
        hints=(
            "0인 칸은 모두 몇 칸입니까?",
            "신뢰도의 합이 0인 칸의 수와 같아져야 합니다.",
        ),
        solution=(
            "칸은 20개, 들은 칸은 6개이니 0인 칸은 14개입니다. 횟수의 합은 28이므로 "
            "$\\alpha = 14/28 = 0.5$입니다. 10번 들은 칸의 신뢰도는 5입니다. 신뢰도를 "
            "모두 더하면 14로, 0인 칸의 수와 같습니다."
        ),
        praise="들은 쪽과 듣지 않은 쪽의 증거가 14 대 14로 비깁니다.",
    ),
    Number(
        question=(
            "11장의 첫 기울기에서 A의 벡터는 (36, −6.5, 14.5), A의 편향은 7.5였습니다. "
            "A의 벡터와 편향은 0에서 시작합니다. $\\gamma = 0.5$인 AdaGrad로 **사용자 "
            "쪽만** 첫 걸음을 옮깁니다. ‘가’의 벡터는 (2, −5, 3), ‘가’의 편향은 아직 "
            "0입니다. 걸음 뒤 (A, 가)의 점수와, 그 점수에서 다시 구한 힘 "
            "$\\err{e} = \\obs{c} - (\\obs{c}+1)\\,\\sigma(\\text{점수})$를 차례대로 "
            "적으세요. $\\obs{c} = 8$입니다. $\\sigma(5) \\approx 0.9933$, "
            "$\\sigma(5.5) \\approx 0.9959$, $\\sigma(6) \\approx 0.9975$입니다. 소수 "
            "둘째 자리까지 적습니다."
        ),
        answer=_answer_4,
        tolerance=0.01,
        wrong=(
            Wrong(_bias_forgotten_4, "사용자의 편향도 한 걸음 움직였습니다."),
            Wrong(
                _old_force_4,
                "힘이 걸음을 옮기기 전의 값입니다. 움직인 점수로 다시 구하세요.",
            ),
        ),
        hints=(
            "첫 걸음은 부호만 봅니다. 벡터와 편향의 네 값은 얼마씩 움직였습니까?",
            "점수를 구한 다음 힘의 식에 넣으세요. 부호가 바뀌었는지도 보세요.",
        ),
        solution=(
            "A의 벡터는 $(0.5, -0.5, 0.5)$, 편향은 $0.5$가 됩니다. 점수는 "
            "$1 + 2.5 + 1.5 + 0.5 = 5.5$입니다. 힘은 $8 - 9\\times 0.9959 \\approx "
            "-0.96$입니다. 걸음 전의 힘은 $+3.5$였으니 꼭대기를 지나친 것입니다. "
            "그래서 아이템 쪽을 옮기기 전에 힘을 다시 구합니다."
        ),
        praise="지나친 걸음과, 힘을 다시 구하는 까닭을 함께 보았습니다.",
    ),
    Code(
        question=(
            "0에서 시작한 값 하나가 만나는 기울기의 배열 `slopes`와 학습률 `rate`를 "
            "받아, 걸음마다 옮겨 간 **자리**를 배열로 돌려주는 함수 "
            "`adagrad_path(slopes, rate)`를 짜세요. $G = 0$인 동안에는 움직이지 "
            "않습니다. `nan`이 나오면 안 됩니다."
        ),
        starter="def adagrad_path(slopes, rate):\n    return ...",
        name="adagrad_path",
        cases=_cases_5,
        reference=_adagrad_path,
        tolerance=1e-9,
        hints=(
            "반복문으로 G와 자리를 함께 고쳐 가며 리스트에 모읍니다.",
            "나누기 전에 G가 0인지 먼저 보세요.",
        ),
        solution=(
            "```python\n"
            "def adagrad_path(slopes, rate):\n"
            "    x, G, path = 0.0, 0.0, []\n"
            "    for g in slopes:\n"
            "        G += g**2\n"
            "        if G > 0:\n"
            "            x += rate * g / np.sqrt(G)\n"
            "        path.append(x)\n"
            "    return np.array(path)\n"
            "```"
        ),
        praise="기울기가 0인 동안 멈추어 있는 것도 맞았습니다.",
    ),
    Choose(
        question=(
            "요인 40개, $\\lambda = 2$로 학습했더니 손실은 끝까지 줄어드는데 검증 "
            "MPR은 10번째 반복부터 나빠집니다. 해 볼 만한 일은 무엇입니까?"
        ),
        options=(
            "반복을 두 배로 늘립니다.",
            "$\\lambda$를 키웁니다.",
            "요인의 수를 줄입니다.",
            "검증 MPR이 가장 좋은 반복에서 멈춥니다.",
            "테스트 데이터의 MPR이 가장 좋은 반복에서 멈춥니다.",
        ),
        answer=(2, 3, 4),
        why=(
            "이미 훈련 데이터에 지나치게 맞고 있습니다.",
            "",
            "",
            "",
            "테스트 데이터로 고르면 마지막에 채점할 자료가 남지 않습니다.",
        ),
        hints=(
            "손실이 줄어드는데 검증 점수가 나빠지는 것을 무엇이라고 했나요?",
            "고르는 데 쓰는 자료와 마지막에 채점하는 자료를 나누어 생각하세요.",
        ),
        solution=(
            "2번, 3번, 4번입니다. 과적합이므로 모델을 더 누르거나(λ), 외울 자리를 "
            "줄이거나(요인), 일찍 멈춥니다. 더 오래 학습하면 더 나빠지고, 테스트 "
            "데이터는 고르는 데 쓰지 않습니다."
        ),
        praise="과적합을 알아보고 고르는 자료까지 가렸습니다.",
    ),
    Think(
        question=(
            "회의에서 두 사람이 다툽니다. “MPR이 낮으니 LMF를 쓰자.” “NDCG@10이 높으니 "
            "ALS를 쓰자.” 둘 다 같은 테스트 데이터에서 바르게 잰 값입니다. 어떻게 "
            "정하면 좋을지 적으세요."
        ),
        points=(
            "두 지표가 목록의 어디를 보는지 적었나요?",
            "우리 화면이 사용자에게 몇 개를 보여 주는지 물었나요?",
            "두 모델의 설정을 같은 정성으로 골랐는지 물었나요?",
            "차이가 우연인지 구간이나 시드로 확인하자고 했나요?",
        ),
        hints=(
            "실험 5에서 재현율@10과 재현율@500은 어느 모델이 좋았나요?",
            "추천이 쓰이는 화면을 그려 보세요.",
        ),
        solution=(
            "두 지표는 다른 것을 잽니다. NDCG@10은 맨 위 열 자리를, MPR은 목록 전체를 "
            "봅니다. 홈 화면에 열 개만 보여 준다면 NDCG@10이 쓰임에 가깝고, 긴 목록을 "
            "넘겨 보거나 다음 단계의 모델에 후보를 넘긴다면 목록 전체를 보는 지표가 "
            "가깝습니다. 쓰임에서 지표를 먼저 정하고, 두 모델의 설정을 그 지표로 같은 "
            "정성을 들여 고르고, 차이의 구간과 시드에 따른 흔들림을 함께 봅니다."
        ),
    ),
)
