"""추천 목록의 정답을 위아래로 옮기며 지표를 견주는 위젯."""

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from recbook import plots
from recbook.metrics import list_metrics_at_k
from recbook.widgets import _schema
from recbook.widgets._base import Widget

__all__ = ["Metrics"]

LENGTH = 10
START = (2, 4, 7)
SHOWN = 5


class Metrics(Widget):
    r"""정답 하나를 옮기면 다섯 지표가 저마다 다르게 움직인다.

    열 편짜리 목록에 정답이 셋 있습니다. 독자는 정답을 끌어 순위를 바꾸고, 위에서 몇
    편을 보여 줄지(K) 정합니다. 손에 든 정답이 1위부터 10위까지 어디에 있을 때 점수가
    얼마인지 지표마다 곡선으로 보입니다. 점수는 `recbook.metrics`와 같은 커널이 셉니다.

    Attributes
    ----------
    state : dict
        ``hits``(위에서부터 정답이면 1, 아니면 0), ``K``, 손에 든 자리 ``held``(0부터),
        예상하기의 답 ``guess``.

    Examples
    --------
    >>> w = Metrics()
    >>> round(w.scores["ndcg"], 3)
    0.498
    """

    name = "metrics"
    title = "정답을 위아래로 옮겨 보기: 지표마다 다르게 움직인다"
    caption = (
        "정밀도와 재현율은 정답이 K의 문턱을 넘을 때만 뜁니다. AP와 NDCG는 K 안에서 "
        "위쪽일수록 크게 움직입니다. MPR은 목록 어디서나 한 칸에 같은 만큼씩 "
        "움직입니다."
    )
    schema = _schema.record(
        hits=_schema.array(_schema.integer(0, 1), LENGTH),
        K=_schema.integer(1, LENGTH),
        held=_schema.integer(0, LENGTH - 1),
        guess=_schema.guess(4),
    )

    def __init__(self) -> None:
        hits = [int(place in START) for place in range(1, LENGTH + 1)]
        super().__init__(
            state={"hits": hits, "K": SHOWN, "held": START[0] - 1, "guess": None},
            data={},
        )

    @property
    def places(self) -> list[int]:
        """정답의 순위. 1부터 셉니다."""
        return [at for at, hit in enumerate(self.state["hits"], 1) if hit]

    @property
    def scores(self) -> dict[str, float]:
        """지금 목록의 점수. 뜻은 `recbook.metrics.list_metrics_at_k`와 같습니다."""
        return list_metrics_at_k(self.state["hits"], K=self.state["K"])

    def still(self) -> Figure:
        """정답 하나를 1위에서 10위까지 옮길 때의 다섯 지표."""
        curves = self._curves()
        figure, ax = plt.subplots()
        looks: dict[str, Any] = {
            "정밀도@5": ("precision", "o-", "ink"),
            "재현율@5": ("recall", "s--", "ink"),
            "AP@5": ("map", "^--", "predicted"),
            "NDCG@5": ("ndcg", "D-", "predicted"),
            "1 − MPR": ("percentile_rank", "x:", "muted"),
        }
        for label, (name, style, tint) in looks.items():
            ax.plot(*curves[name], style, label=label, color=plots.color(tint), ms=4)
        ax.set(xlabel="옮긴 정답의 순위", ylabel="점수", ylim=(0, 1))
        ax.set_xticks(range(1, LENGTH + 1))
        ax.set_title("정밀도와 재현율은 5위와 6위 사이에서만,\nMPR은 어디서나 움직인다")
        figure.legend(loc="outside lower center", ncols=3)
        plots.describe(
            figure,
            "정답 셋 가운데 둘을 4위와 7위에 두고 하나를 1위에서 10위까지 옮긴 "
            "곡선입니다. 정밀도@5와 재현율@5는 5위까지 그대로이다가 6위에서 한 번 "
            "떨어집니다. AP@5와 NDCG@5는 위쪽에서 가파르게 내려오고 6위부터 "
            "평평합니다. 1에서 MPR을 뺀 값은 곧게 내려갑니다.",
        )
        return figure

    def _curves(self) -> dict[str, tuple[list[int], list[float]]]:
        others = START[1:]
        curves: dict[str, tuple[list[int], list[float]]] = {}
        for place in range(1, LENGTH + 1):
            if place in others:
                continue
            hits = np.isin(np.arange(1, LENGTH + 1), (place, *others))
            score = list_metrics_at_k(hits, K=SHOWN)
            score["percentile_rank"] = 1 - score["percentile_rank"] / 100
            for name, value in score.items():
                where, values = curves.setdefault(name, ([], []))
                where.append(place)
                values.append(value)
        return curves
