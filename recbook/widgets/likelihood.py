"""한 칸의 가능도를 만져 보는 위젯."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from recbook import datasets, plots
from recbook.widgets import _schema
from recbook.widgets._base import Widget

__all__ = ["Likelihood"]

MOST = 12  # 가장 많은 재생 횟수
LOWEST, HIGHEST = -2, 1  # α는 10의 이만큼 제곱


class Likelihood(Widget):
    r"""한 칸의 가능도 ``p**(alpha * r) * (1 - p)``와 그 꼭대기.

    독자는 α와 횟수를 바꿉니다. 곡선의 꼭대기 ``alpha * r / (1 + alpha * r)``가
    움직이고, 3×3 예제의 아홉 칸이 어디에 놓이는지 함께 보입니다.

    Attributes
    ----------
    state : dict
        α의 상용로그 ``power``, 횟수 ``plays``, 예상하기의 답 ``guess``.

    Examples
    --------
    >>> w = Likelihood()
    >>> w.alpha, w.plays
    (1.0, 4)
    >>> w.peak
    0.8
    """

    name = "likelihood"
    title = "가능도 만져 보기: 꼭대기는 α와 횟수의 곱이 정한다"
    caption = (
        "같은 기록인데 α를 바꾸면 꼭대기가 0 가까이에서 1 가까이까지 옮겨 갑니다. "
        "그래서 꼭대기의 값은 실제로 선호할 확률이 아닙니다. 칸마다 따로 구하므로 아홉 "
        "칸의 순서는 어느 α에서나 같습니다."
    )
    uses_kernels = False
    schema = _schema.record(
        power=_schema.number(LOWEST, HIGHEST),
        plays=_schema.integer(0, MOST),
        guess=_schema.guess(3),
    )

    def __init__(self) -> None:
        ex = datasets.worked_example()
        super().__init__(
            state={"power": 0, "plays": 4, "guess": None},
            data={
                "R": ex.R,
                "users": ex.users,
                "items": ex.items,
                "most": MOST,
                "powers": (LOWEST, HIGHEST),
            },
        )

    @property
    def alpha(self) -> float:
        """지금의 α. 화면에 적는 대로 유효 숫자 둘로 맞춥니다."""
        return float(f"{10.0 ** self.state['power']:.2g}")

    @property
    def plays(self) -> int:
        """지금의 횟수 r."""
        return int(self.state["plays"])

    @property
    def peak(self) -> float:
        """가능도가 가장 큰 확률 p*. 0번이면 0입니다."""
        evidence = self.alpha * self.plays
        return evidence / (1 + evidence)

    def still(self) -> Figure:
        """횟수를 두고 α만 바꾼 세 곡선."""
        p = np.linspace(0.001, 0.999, 400)
        figure, ax = plt.subplots()
        plays = max(self.plays, 1)
        for alpha, line, tint in (
            (0.1, ":", "ink"),
            (1, "--", "ink"),
            (10, "-", "predicted"),
        ):
            evidence = alpha * plays
            height = evidence * np.log(p) + np.log1p(-p)
            ax.plot(
                p,
                np.exp(height - height.max()),
                line,
                color=plots.color(tint),
                label=f"α = {alpha:g}, 꼭대기 {evidence / (1 + evidence):.3f}",
            )
        title = f"같은 {plays}번인데 α를 바꾸면 꼭대기가 옮겨 간다"
        ax.set(
            xlabel="선호할 확률 p",
            ylabel="가능도(꼭대기를 1로)",
            title=title,
        )
        ax.legend()
        plots.describe(
            figure,
            f"{title}. 가로축은 확률 p, 세로축은 꼭대기를 1로 맞춘 가능도입니다. α가 "
            "0.1이면 꼭대기가 왼쪽에, 1이면 오른쪽에, 10이면 1 바로 곁에 있고 곡선이 "
            "점점 좁아집니다.",
        )
        return figure
