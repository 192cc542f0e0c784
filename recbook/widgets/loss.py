"""오차 아홉 개를 끌며 손실을 견주는 위젯."""

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from recbook import datasets, plots
from recbook.widgets import _schema
from recbook.widgets._base import Widget

__all__ = ["Loss"]

Array = NDArray[Any]

REACH = 110.0
GOAL = -100.0
# 아홉 칸이 모두 빗나갔는데 합은 0인 오차
CANCELLING = [[5, -5, 5], [-5, 10, -5], [5, -5, -5]]


class Loss(Widget):
    r"""오차의 합은 아무 데나 갈 수 있지만, 제곱과 절댓값은 그렇지 않습니다.

    독자는 3×3 예제의 오차 ``예측 − 관측`` 아홉 개를 끌어서 바꾸고, 부호 있는 합과
    MAE, MSE, RMSE가 어떻게 움직이는지 봅니다. 목표는 합을 −100까지 내리는 것입니다.

    Attributes
    ----------
    state : dict
        오차 ``errors``(행의 목록), 손에 든 칸 ``cell``, 예상하기의 답 ``guess``.

    Examples
    --------
    >>> w = Loss()
    >>> round(w.total, 1), round(w.mse, 3), round(w.mae, 3)
    (1.4, 0.251, 0.422)
    """

    name = "loss"
    title = "손실 고르기: 오차를 그냥 더하면 아무 데나 갈 수 있다"
    caption = (
        "오차의 합은 서로 지워져 0이 되기도 하고 끝없이 내려가기도 합니다. 절댓값과 "
        "제곱의 평균은 0보다 작아질 수 없고, 아홉 칸을 모두 맞혔을 때만 0입니다."
    )
    uses_kernels = False
    schema = _schema.record(
        errors=_schema.matrix(3, 3, -REACH, REACH),
        cell=_schema.array(_schema.integer(0, 2), 2),
        guess=_schema.guess(3),
    )

    def __init__(self) -> None:
        ex = datasets.worked_example()
        # 0.1의 배수끼리의 곱이라 한 자리면 정확합니다. 부동소수점의 꼬리를 뗍니다.
        errors = (ex.U @ ex.I.T - ex.R).round(1)
        worst = np.unravel_index(np.abs(errors).argmax(), errors.shape)
        super().__init__(
            state={"errors": errors, "cell": worst, "guess": None},
            data={
                "R": ex.R,
                "users": ex.users,
                "items": ex.items,
                "goal": GOAL,
                "reach": REACH,
                "cancelling": CANCELLING,
                # 합이 같을 때 제곱의 평균은 고르게 나눈 것이 가장 작습니다.
                "least": (GOAL / errors.size) ** 2,
            },
        )

    @property
    def errors(self) -> Array:
        """지금의 오차(사본)."""
        return np.array(self.state["errors"], dtype=np.float64)

    @property
    def total(self) -> float:
        """부호 있는 합."""
        return float(self.errors.sum())

    @property
    def mae(self) -> float:
        """평균 절대 오차."""
        return float(np.abs(self.errors).mean())

    @property
    def mse(self) -> float:
        """평균 제곱 오차."""
        return float(np.mean(self.errors**2))

    @property
    def rmse(self) -> float:
        """평균 제곱근 오차."""
        return float(np.sqrt(self.mse))

    def still(self) -> Figure:
        """지금의 오차, 합이 0인 오차, 합이 −100인 오차를 나란히."""
        even = np.full((3, 3), GOAL / 9)
        cases = {
            "지금의 오차": self.errors,
            "+5와 −5가 섞인 오차": np.array(CANCELLING, float),
            "모두 −11.1인 오차": even,
        }
        sums = [errors.sum() for errors in cases.values()]
        squares = [np.mean(errors**2) for errors in cases.values()]
        fig, (left, right) = plt.subplots(1, 2, sharey=True, figsize=(6.4, 2.6))
        rows = np.arange(3)[::-1]
        for ax, values, tint in ((left, sums, "muted"), (right, squares, "error")):
            ax.barh(rows, values, color=plots.color(tint), height=0.5)
            digits = 1 if ax is left else 2
            sign = "+" if ax is left else ""
            for row, value in zip(rows, values, strict=True):
                text = f"{value + 0.0:{sign}.{digits}f}".replace("-", "−")
                ends = {"ha": "left", "va": "center", "textcoords": "offset points"}
                at = (max(value, 0), row)
                ax.annotate(text.replace("+0.0", "0"), at, xytext=(5, 0), **ends)
        left.set(xlabel="부호 있는 합", xlim=(-110, 60), yticks=rows)
        left.set_yticklabels(list(cases))
        right.set(xlabel="MSE", xlim=(0, 165))
        fig.suptitle("합이 0이거나 −100까지 내려가도 예측은 더 나빠졌다")
        told = "; ".join(
            f"{name}는 합 {total:.1f}, MSE {square:.2f}"
            for name, total, square in zip(cases, sums, squares, strict=True)
        )
        plots.describe(fig, f"부호 있는 합과 MSE의 막대입니다. {told}입니다.")
        return fig
