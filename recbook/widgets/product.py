"""3×3 예제의 행렬 곱을 만져 보는 위젯."""

from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from recbook import datasets, plots
from recbook.widgets import _schema
from recbook.widgets._base import Widget

__all__ = ["Product"]

Array = NDArray[Any]


class Product(Widget):
    r"""한 칸은 한 행과 한 열이 만나 생긴다: ``R̂ = U @ I.T``.

    독자는 예측 한 칸을 고르고, U와 I의 값을 끌어서 바꿉니다. 고른 칸의 행과 열에 불이
    들어오고, 같은 요인끼리의 곱과 그 합, R과의 거리(RMSE)가 함께 바뀝니다.

    Attributes
    ----------
    state : dict
        ``U``와 ``I``(행의 목록), 고른 칸 ``cell``, 손에 든 값(``side``가 ``"U"``나
        ``"I"``, ``factor``가 요인의 번호), 원문의 값을 보이는지 ``printed``, 예상하기의
        답 ``guess``.

    Examples
    --------
    >>> w = Product()
    >>> round(w.rmse, 3)
    0.501
    """

    name = "product"
    title = "행렬 곱 만져 보기: 한 칸은 한 행과 한 열이 만나 생긴다"
    caption = (
        "예측 한 칸은 사용자의 한 행과 아이템의 한 열에서 같은 요인끼리 곱해 더한 "
        "값입니다. 그래서 U의 값 하나는 그 사용자의 행만, I의 값 하나는 그 아이템의 "
        "열만 움직입니다."
    )
    schema = _schema.record(
        U=_schema.matrix(3, 3, -2, 2),
        I=_schema.matrix(3, 3, -10, 10),
        cell=_schema.array(_schema.integer(0, 2), 2),
        side=_schema.choice("U", "I"),
        factor=_schema.integer(0, 2),
        printed=_schema.flag(),
        guess=_schema.guess(4),
    )

    def __init__(self) -> None:
        self._example = ex = datasets.worked_example()
        worst = np.abs(ex.U @ ex.I.T - ex.R).argmax()
        super().__init__(
            state={
                "U": ex.U,
                "I": ex.I,
                "cell": np.unravel_index(worst, ex.R.shape),
                "side": "U",
                "factor": 1,
                "printed": False,
                "guess": None,
            },
            data={
                "R": ex.R,
                "printed": ex.printed,
                "users": ex.users,
                "items": ex.items,
                "features": ex.features,
            },
        )

    @property
    def U(self) -> Array:
        """지금의 사용자 행렬(사본). 적으면 화면도 바뀝니다."""
        return np.array(self.state["U"], dtype=np.float64)

    @U.setter
    def U(self, values: ArrayLike) -> None:
        self.state = {**self.state, "U": np.asarray(values)}

    @property
    def I(self) -> Array:  # noqa: E743 - 본문과 같은 이름입니다
        """지금의 아이템 행렬(사본). 적으면 화면도 바뀝니다."""
        return np.array(self.state["I"], dtype=np.float64)

    @I.setter
    def I(self, values: ArrayLike) -> None:  # noqa: E743
        self.state = {**self.state, "I": np.asarray(values)}

    @property
    def R_hat(self) -> Array:
        """지금의 예측 ``U @ I.T``."""
        product: Array = self.U @ self.I.T
        return product

    @property
    def rmse(self) -> float:
        """예측과 관측 사이의 평균 제곱근 오차."""
        return float(np.sqrt(np.mean((self.R_hat - self._example.R) ** 2)))

    def still(self) -> Figure:
        """고른 칸에 테를 두른 예측 행렬."""
        ex, (u, i) = self._example, self.state["cell"]
        predicted = self.R_hat
        ax = plots.matrix(
            predicted,
            ex.users,
            ex.items,
            title=f"{ex.users[u]}의 행과 ‘{ex.items[i]}’의 열이 만난 칸: "
            f"예측 {predicted[u, i]:.1f}, 관측 {ex.R[u, i]:.0f}".replace("-", "−"),
            column_name="음반",
            fmt=".1f",
            highlight=[(u, i)],
        )
        figure = ax.get_figure(root=True)
        assert figure is not None
        return figure
