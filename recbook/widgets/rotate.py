"""U와 I를 함께 돌려도 예측이 그대로인 것을 보는 위젯."""

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle
from numpy.typing import NDArray

from recbook import _style, datasets, plots
from recbook.widgets import _schema
from recbook.widgets._base import Widget

__all__ = ["Rotate"]

Array = NDArray[Any]

PLANES = ((0, 1), (1, 2), (0, 2))
COLUMNS = ("첫째 열", "둘째 열", "셋째 열")
USER_SCALE = 5  # 사용자의 값은 음반보다 작아 먼 자리에 그립니다
_STILL_ANGLE = 60  # 아직 돌리지 않았을 때 그림이 보여 주는 각


class Rotate(Widget):
    r"""요인에는 이름이 없다: ``(U @ Q) @ (I @ Q).T == U @ I.T``.

    독자는 요인 두 개의 평면을 골라 U와 I를 함께 돌립니다. 요인은 달라지고 예측은
    그대로입니다. U만 돌려 보면 예측이 무너집니다. 평면을 바꾸면 앞에서 돌린 것에
    이어서 돌립니다.

    Attributes
    ----------
    state : dict
        평면 ``plane``(0: 첫째와 둘째 열, 1: 둘째와 셋째, 2: 첫째와 셋째), 그 평면의
        각 ``angle``(도), 앞에서 돌린 것 ``turned``(사원수. 길이는 1이 아니어도 됩니다),
        둘을 함께 돌리는지 ``together``, 예상하기의 답 ``guess``.

    Examples
    --------
    >>> w = Rotate()
    >>> w.angle = 60
    >>> w.U[0].round(2).tolist()
    [-0.24, -1.18, 0.7]
    >>> w.R_hat.round(1).tolist()
    [[7.9, 2.9, 6.3], [0.3, 3.4, 3.4], [1.6, 4.3, 5.3]]
    """

    name = "rotate"
    title = "좌표 돌리기: 요인은 달라져도 예측은 그대로다"
    caption = (
        "U와 I에 같은 회전 Q를 곱하면 QQᵀ가 지워져 곱 UIᵀ는 그대로입니다. 예측이 "
        "같으니 기록만으로는 어느 좌표가 참인지 가릴 수 없습니다. ‘장르’ 같은 이름은 "
        "사람이 붙인 것입니다."
    )
    schema = _schema.record(
        plane=_schema.integer(0, 2),
        angle=_schema.number(-180, 180),
        turned=_schema.array(_schema.number(-1, 1), 4),
        together=_schema.flag(),
        guess=_schema.guess(4),
    )

    def __init__(self) -> None:
        self._example = ex = datasets.worked_example()
        super().__init__(
            state={
                "plane": 0,
                "angle": 0,
                "turned": [1, 0, 0, 0],
                "together": True,
                "guess": None,
            },
            data={
                "U": ex.U,
                "I": ex.I,
                "users": ex.users,
                "items": ex.items,
                "features": ex.features,
                "columns": COLUMNS,
                "planes": PLANES,
                "userScale": USER_SCALE,
            },
        )

    @property
    def angle(self) -> float:
        """고른 평면에서 돌린 각(도). 적으면 화면도 바뀝니다."""
        angle: float = self.state["angle"]
        return angle

    @angle.setter
    def angle(self, degrees: float) -> None:
        self.state = {**self.state, "angle": degrees}

    @property
    def Q(self) -> Array:
        """지금까지 돌린 것을 모은 3×3 직교 행렬."""
        turned = np.array(self.state["turned"], dtype=np.float64)
        length = np.linalg.norm(turned)
        earlier = _turn(turned / length) if length > 1e-6 else np.eye(3)
        return earlier @ _in_plane(self.state["plane"], self.angle)

    @property
    def U(self) -> Array:
        """돌린 사용자 행렬 ``U @ Q``."""
        turned: Array = self._example.U @ self.Q
        return turned

    @property
    def I(self) -> Array:  # noqa: E743 - 본문과 같은 이름입니다
        """돌린 아이템 행렬 ``I @ Q``. U만 돌릴 때는 처음 그대로입니다."""
        turned = self._example.I @ (self.Q if self.state["together"] else np.eye(3))
        return np.array(turned)

    @property
    def R_hat(self) -> Array:
        """지금의 예측 ``U @ I.T``."""
        product: Array = self.U @ self.I.T
        return product

    def still(self) -> Figure:
        """돌리기 전과 뒤의 자리를 나란히 놓은 그림."""
        ex, state = self._example, self.state
        angle = self.angle or _STILL_ANGLE
        Q = self.Q @ _in_plane(state["plane"], angle - self.angle)
        after = (ex.U @ Q, ex.I @ Q if state["together"] else np.array(ex.I))
        changed = sum(
            int(np.sum(np.abs(old - new) > 1e-9))
            for old, new in zip((ex.U, ex.I), after, strict=True)
        )
        moved = int(np.sum(np.abs(after[0] @ after[1].T - ex.U @ ex.I.T) > 1e-9))
        ending = "예측은 그대로다" if moved == 0 else f"예측도 {moved}칸이 달라진다"
        title = f"요인 18칸 가운데 {changed}칸이 달라져도 {ending}"
        if moved:
            title = f"U만 돌리면 요인 {changed}칸이 달라지고 {ending}"
        turned = f"{angle:g}° 돌린 뒤".replace("-", "−")
        size = (_style.FIGURE_WIDTH, _style.FIGURE_WIDTH / 2 + 0.5)
        figure, axes = plt.subplots(1, 2, figsize=size, layout="constrained")
        self._draw_plane(axes[0], (ex.U, ex.I), np.eye(3), "돌리기 전")
        self._draw_plane(axes[1], after, Q, turned)
        figure.suptitle(title, x=0.012, ha="left")
        places = [
            f"{name} ({old}) → ({new})"
            for names, table, other in (
                (ex.users, ex.U, after[0]),
                (ex.items, ex.I, after[1]),
            )
            for name, old, new in zip(
                names, map(_written, table), map(_written, other), strict=True
            )
        ]
        plots.describe(
            figure,
            f"{title}. 왼쪽은 돌리기 전, 오른쪽은 {turned}의 요인입니다. "
            f"값: {', '.join(places)}.",
        )
        return figure

    def _draw_plane(
        self, ax: Axes, tables: tuple[Array, Array], Q: Array, title: str
    ) -> None:
        """고른 두 열의 평면에 점과 처음의 축(점선)을 그립니다."""
        ex, reach = self._example, 10
        up, across = PLANES[self.state["plane"]]
        ax.set_title(title, loc="left")
        ax.add_patch(Circle((0, 0), reach, fill=False, color=_style.color("line")))
        for ends in (((-reach, reach), (0, 0)), ((0, 0), (-reach, reach))):
            ax.plot(*ends, color=_style.color("line"), linewidth=1)
        muted = _style.color("muted")
        for name, row in zip(ex.features, Q, strict=True):
            x, y = row[[across, up]] * reach
            if np.hypot(x, y) < 1:
                continue
            ax.plot((0, x), (0, y), color=muted, linewidth=1, linestyle=(0, (4, 4)))
            ax.text(x * 1.1, y * 1.1, name, color=muted, ha="center", va="center")
        for table, names, tint, marker, scale in (
            (tables[1], ex.items, "item", "s", 1),
            (tables[0], ex.users, "user", "o", USER_SCALE),
        ):
            x, y = table[:, across] * scale, table[:, up] * scale
            ax.scatter(x, y, s=190, color=_style.color(tint), marker=marker, zorder=3)
            for name, h, v in zip(names, x, y, strict=True):
                label = ax.text(h, v, name, color=_style.color("ground"), zorder=4)
                label.set(ha="center", va="center_baseline")
        ax.set(xlim=(-13.5, 13.5), ylim=(-12, 12), aspect="equal")
        ax.set_axis_off()


def _written(row: Array) -> str:
    return ", ".join(f"{value:.2f}" for value in row).replace("-", "−")


def _turn(quaternion: Array) -> Array:
    """길이가 1인 사원수의 회전. 행벡터의 오른쪽에 곱합니다."""
    w, x, y, z = quaternion
    left = np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
            [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
            [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
        ]
    )
    return left.T


def _in_plane(plane: int, degrees: float) -> Array:
    """두 열의 평면을 돌리는 행렬. 본문의 Q와 부호가 같습니다."""
    first, second = PLANES[plane]
    angle = np.deg2rad(degrees)
    Q = np.eye(3)
    Q[first, first] = Q[second, second] = np.cos(angle)
    Q[second, first] = np.sin(angle)
    Q[first, second] = -Q[second, first]
    return Q
