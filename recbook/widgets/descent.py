"""경사 하강법을 한 걸음씩 걸어 보는 위젯."""

import math
from dataclasses import dataclass
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from recbook import datasets, plots
from recbook.kernels import mf, primitives
from recbook.widgets import _schema
from recbook.widgets._base import Widget

__all__ = ["Descent", "Walk"]

Array = NDArray[Any]

_NAMES = {
    "gd": "경사 하강법",
    "sgd": "확률적 경사 하강법",
    "adagrad": "AdaGrad",
}
SEED = 0
RATES = (1e-4, 1.0)
FIELD = ((-0.6, 2.0), (-2.0, 0.6))  # 지도: A의 장르, A의 발매지역
# 걸음의 끝. 값 18개의 SGD는 한 걸음에 한 칸만 보므로 넉넉히 둡니다
MOST = {"two": 5_000, "all": 40_000}
WILD = 1e9  # 손실이 이만큼 커지면 발산으로 보고 멈춥니다
FLAT = 1e-6  # 기울기의 크기가 이보다 작으면 수렴으로 봅니다
LEVELS = (2, 5, 10, 20, 40, 80, 160)


@dataclass(frozen=True)
class Walk:
    """지나온 길.

    Attributes
    ----------
    points : ndarray, shape (걸음 + 1, 움직인 값의 수)
        한 줄이 한 자리입니다. 0번 줄은 출발점이고, 값 18개이면 U의 아홉과 I의 아홉을
        행 순서로 이어 적습니다.
    losses, slopes : ndarray, shape (걸음 + 1,)
        자리마다의 손실과 기울기의 크기.
    diverged : bool
        손실이 10억을 넘어 걸음을 멈추었는지.
    """

    points: Array
    losses: Array
    slopes: Array
    diverged: bool


class Descent(Widget):
    r"""학습률과 방법과 출발점을 고르고, 손실의 골짜기를 걸어 내려갑니다.

    두 값(A의 장르와 발매지역)만 움직이면 손실을 등고선 지도로 볼 수 있습니다. 값 18개를
    모두 움직이면 3×3 예제 전체를 배웁니다. 손실은 오차의 제곱을 더한 것입니다.

    .. math:: \mathcal L = \sum_{(u,i)} (x_u \cdot y_i - r_{ui})^2

    한 걸음은 값을 한 번 고치는 일입니다. 경사 하강법과 AdaGrad는 한 걸음에 모든 칸을,
    확률적 경사 하강법은 한 칸을 봅니다. 칸을 보는 차례는 에폭마다 섞습니다.

    Attributes
    ----------
    state : dict
        움직이는 값 ``mode``(``"two"``, ``"all"``), ``method``(``"gd"``, ``"sgd"``,
        ``"adagrad"``), 학습률 ``rate``, 두 값의 출발점 ``start``, 값 18개의 출발점의
        번호 ``origin``(원문, 작은 난수, 모두 0), 걸음 수 ``steps``, 예상하기의 답
        ``guess``.

    Examples
    --------
    >>> w = Descent()
    >>> w.walk.points[-1].round(2)  # 바닥 (0.93, −0.74)에서 멀어졌습니다
    array([-4.24, -2.91])
    """

    name = "descent"
    title = "경사 하강법 걸어 보기: 학습률의 한계는 골짜기가 정한다"
    caption = (
        "가장 가파른 쪽에서 튀지 않을 만큼 학습률을 낮추면 어디에서 출발해도 바닥에 "
        "닿습니다. 그 한계를 넘으면 바닥 바로 옆에서 출발해도 걸음마다 멀어집니다."
    )
    schema = _schema.record(
        mode=_schema.choice("two", "all"),
        method=_schema.choice(*_NAMES),
        rate=_schema.number(*RATES),
        start=_schema.array(_schema.number(-2, 2), 2),
        origin=_schema.integer(0, 2),
        steps=_schema.integer(0, MOST["all"]),
        guess=_schema.guess(3),
    )

    def __init__(self) -> None:
        ex = datasets.worked_example()
        random = np.random.default_rng(SEED)
        small = (0.1 * random.normal(size=(2, 3, 3))).round(2)
        self._origins = [
            ("원문의 값", ex.U, ex.I),
            ("작은 난수", *small),
            ("모두 0", np.zeros((3, 3)), np.zeros((3, 3))),
        ]
        self._example = ex
        # 두 값만 움직일 때 A의 가수 값은 그대로이므로, 그 몫을 아이템의 편향에 둡니다.
        self._rest = ex.U[0, 2] * ex.I[:, 2]
        bowl = ex.I[:, :2].T @ ex.I[:, :2]
        bottom = np.linalg.solve(bowl, ex.I[:, :2].T @ (ex.R[0] - self._rest))
        self._bottom = bottom
        state = np.random.SeedSequence(SEED).generate_state(1, np.uint64)
        super().__init__(
            state={
                "mode": "two",
                "method": "gd",
                "rate": 0.01,
                "start": [0, 0],
                "origin": 1,
                "steps": 8,
                "guess": None,
            },
            data={
                "R": ex.R,
                "I": ex.I[:, :2],
                "rest": self._rest,
                "bottom": bottom,
                "curvature": 2 * np.linalg.eigvalsh(bowl)[-1],
                "origins": [
                    dict(zip(("name", "U", "I"), one, strict=True))
                    for one in self._origins
                ],
                "seed": str(state[0]),
                "users": ex.users,
                "items": ex.items,
                "features": ex.features,
                "field": FIELD,
                "levels": LEVELS,
                "rates": RATES,
                "most": MOST,
                "wild": WILD,
                "flat": FLAT,
            },
        )

    @property
    def walk(self) -> Walk:
        """지금 상태의 길. 화면과 같은 커널로 걸으므로 마지막 비트까지 같습니다."""
        state = self.state
        return self._walk(state["method"], state["rate"], state["steps"])

    @property
    def U(self) -> Array:
        """걸은 뒤의 사용자 행렬. 두 값만 움직였으면 나머지는 원문의 값입니다."""
        if self.state["mode"] == "all":
            return self.walk.points[-1, :9].reshape(3, 3)
        U: Array = self._example.U.copy()
        U[0, :2] = self.walk.points[-1]
        return U

    @property
    def I(self) -> Array:  # noqa: E743 - 본문과 같은 이름입니다
        """걸은 뒤의 아이템 행렬."""
        if self.state["mode"] == "all":
            return self.walk.points[-1, 9:].reshape(3, 3)
        fixed: Array = self._example.I.copy()
        return fixed

    def _walk(self, method: str, rate: float, steps: int) -> Walk:
        two = self.state["mode"] == "two"
        if two:
            X, Y = np.array([self.state["start"]], float), self._example.I[:, :2]
            R, rest = self._example.R[:1], self._rest
        else:
            _, X, Y = self._origins[self.state["origin"]]
            R, rest = self._example.R, np.zeros(3)
        steps = min(steps, MOST[self.state["mode"]])
        return _Hiker(R, X, Y, rest, still_items=two).walk(method, rate, steps)

    def still(self) -> Figure:
        """두 값이면 등고선 위의 길, 값 18개이면 손실 곡선."""
        if self.state["mode"] == "all":
            return self._still_curve()
        return self._still_map()

    def _still_map(self) -> Figure:
        """지금 학습률의 길과, 학습률을 반으로 줄인 길."""
        method, rate, steps = (self.state[key] for key in ("method", "rate", "steps"))
        fig, ax = plt.subplots(figsize=(5.2, 5.0))
        self._draw_contours(ax)
        fates = []
        for speed, line, tint in [(rate, "s--", "error"), (rate / 2, "o-", "user")]:
            points = self._walk(method, speed, steps).points
            inside = (points > np.min(FIELD, 1)) & (points < np.max(FIELD, 1))
            x, y = points[: np.flatnonzero(inside.all(axis=1)).max(initial=0) + 2].T
            style = {"color": plots.color(tint), "lw": 1.3, "ms": 4}
            ax.plot(x, y, line, label=f"학습률 {speed:g}", **style)
            gaps = np.linalg.norm(points[[0, -1]] - self._bottom, axis=1)
            fates.append("멀어" if gaps[1] > gaps[0] else "가까워")
        ax.plot(*self._bottom, "+", color=plots.color("ink"), ms=12, mew=2)
        ax.set(xlim=FIELD[0], ylim=FIELD[1], aspect="equal")
        ax.set(xlabel="A의 장르 값", ylabel="A의 발매지역 값")
        ends = f"{rate:g}에서는 바닥에서 {fates[0]}지고, {rate / 2:g}에서는 {fates[1]}"
        ax.set_title(f"학습률 {ends}진다".replace(", ", ",\n"))
        fig.legend(loc="outside lower center", ncols=2)
        start = "({:g}, {:g})".format(*self.state["start"]).replace("-", "−")
        bottom = "({:.2f}, {:.2f})".format(*self._bottom).replace("-", "−")
        plots.describe(
            fig,
            "가로가 A의 장르, 세로가 A의 발매지역인 손실의 등고선입니다. 바닥은 "
            f"{bottom}입니다. {start}에서 출발한 {_NAMES[method]}의 길 둘은 "
            f"학습률 {ends}집니다.",
        )
        return fig

    def _draw_contours(self, ax: Any) -> None:
        xs, ys = (np.linspace(*ends, 90) for ends in FIELD)
        x, y = np.meshgrid(xs, ys)
        rows = np.stack([x, y], axis=-1) @ self._example.I[:, :2].T
        height = np.sum((rows + self._rest - self._example.R[0]) ** 2, axis=-1)
        gray = plots.color("muted")
        lines = ax.contour(x, y, height, LEVELS, colors=gray, linewidths=0.6)
        ax.clabel(lines, fmt="%d")

    def _still_curve(self) -> Figure:
        walk = self.walk
        first, last = walk.losses[[0, -1]]
        title = f"{len(walk.losses) - 1:,}걸음에 손실이 {first:.3g}에서 {last:.3g}로"
        ax = plots.loss_curve(walk.losses, log=bool(last > 0), title=title)
        figure = ax.get_figure(root=True)
        assert figure is not None
        return figure


class _Hiker:
    """커널을 차례대로 부릅니다. 같은 일을 화면에서는 ``descent.js``의 hike가 합니다.

    `still_items`이면 아이템의 값을 고치지 않습니다.
    """

    def __init__(
        self, R: Array, X: Array, Y: Array, rest: Array, still_items: bool
    ) -> None:
        self.users, self.items = (
            ids.ravel().astype(np.int32) for ids in np.indices(R.shape)
        )
        self.values = np.ascontiguousarray(R, np.float64).ravel()
        self.k = X.shape[1]
        self.X, self.Y = _padded(X), _padded(Y)
        self.biases = np.zeros(len(X)), np.ascontiguousarray(rest, np.float64)
        self.slopes = tuple(
            np.zeros_like(part) for part in (self.X, self.Y, *self.biases)
        )
        self.still_items = still_items
        self.Y_fixed = self.Y.copy()

    @property
    def model(self) -> tuple[Any, ...]:
        return self.X, self.Y, *self.biases, 0.0

    @property
    def entries(self) -> tuple[Array, Array, Array]:
        return self.users, self.items, self.values

    def walk(self, method: str, rate: float, steps: int) -> Walk:
        advance = getattr(self, f"_{method}")(rate)
        points, losses, slopes, diverged = [], [], [], False
        for step in range(steps + 1):
            if step:
                next(advance)
            loss, slope = self._measure()
            diverged = not loss <= WILD
            if not (math.isfinite(loss) and math.isfinite(slope)):
                break
            points.append(self._point())
            losses.append(loss)
            slopes.append(slope)
            if diverged:
                break
        return Walk(np.array(points), np.array(losses), np.array(slopes), diverged)

    def _point(self) -> Array:
        free = (self.X,) if self.still_items else (self.X, self.Y)
        return np.concatenate([part[:, : self.k].ravel() for part in free])

    def _measure(self) -> tuple[float, float]:
        """손실과, 움직이는 값의 기울기의 크기."""
        loss = mf.squared_error(*self.entries, *self.model)
        mf.gradient(*self.entries, *self.model, 0.0, 0.0, *self.slopes)
        # 칸이 없으면 규제만 남아 제곱의 합이 됩니다: ‖∂X‖² + ‖∂Y‖².
        none = self.users[:0], self.items[:0], self.values[:0]
        zeros = np.zeros_like(self.biases[0]), np.zeros_like(self.biases[1])
        weigh = 0.0 if self.still_items else 1.0
        square = mf.loss(*none, *self.slopes[:2], *zeros, 0.0, 1.0, weigh)
        return float(loss), math.sqrt(square)

    # 걸음마다 앞서 _measure가 이 자리의 기울기를 적어 두었습니다.

    def _gd(self, rate: float) -> Any:
        while True:
            mf.descend(self.X, self.slopes[0], rate)
            if not self.still_items:
                mf.descend(self.Y, self.slopes[1], rate)
            yield

    def _adagrad(self, rate: float) -> Any:
        sums = np.zeros_like(self.X), np.zeros_like(self.Y)
        while True:
            mf.adagrad(self.X, self.slopes[0], sums[0], rate)
            if not self.still_items:
                mf.adagrad(self.Y, self.slopes[1], sums[1], rate)
            yield

    def _sgd(self, rate: float) -> Any:
        state = np.random.SeedSequence(SEED).generate_state(1, np.uint64)
        order = np.arange(len(self.values), dtype=np.int32)
        while True:
            primitives.shuffle(order, state)
            for at in range(len(order)):
                one = order[at : at + 1]
                mf.sgd_epoch(one, *self.entries, *self.model, rate, 0.0, 0.0, False)
                if self.still_items:
                    self.Y[:] = self.Y_fixed
                yield


def _padded(factors: Array) -> Array:
    out = np.zeros((len(factors), primitives.padded(factors.shape[1])))
    out[:, : factors.shape[1]] = factors
    return out
