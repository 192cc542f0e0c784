"""한 칸을 숨기고 규제를 만져 보는 위젯."""

from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from recbook import datasets, plots
from recbook.kernels import mf
from recbook.widgets import _schema
from recbook.widgets._base import Widget

__all__ = ["Overfit"]

Array = NDArray[Any]

STRENGTHS = (0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10)
RATIOS = 3  # λ₁은 λ의 2의 ±3제곱까지
FACTORS = 3
LEARNING_RATE = 0.02
ITERATIONS = 12_000
SETTLED = 1e-9  # 기울기가 이보다 작으면 수렴으로 봅니다
EACH = 200  # 이만큼 걸을 때마다 기울기를 봅니다
WIDTH = 16


def _start() -> Array:
    """모든 학습이 출발하는 작은 난수 (2, 3, 3): X와 Y."""
    rng = np.random.default_rng(0)
    return np.round(rng.uniform(-0.1, 0.1, (2, 3, FACTORS)), 3)


class Overfit(Widget):
    r"""숨긴 칸과 규제: ``E = Σ_Ω (x_u·y_i − r_ui)² + λ₁‖X‖² + λ₂‖Y‖²``.

    독자는 R의 한 칸을 숨기고 λ의 세기, λ₁과 λ₂의 비, 요인의 수 k를 바꿉니다. 나머지
    칸의 오차와 숨긴 칸의 예측, ‖X‖²과 ‖Y‖²이 함께 바뀝니다. ``ones``이면 재생한 칸을
    모두 1로 바꾼 데이터입니다.

    Attributes
    ----------
    state : dict
        숨긴 칸 ``cell``, 요인의 수 ``k``, λ의 눈금 ``strength``(`STRENGTHS`의 번호),
        비 ``ratio``(λ₁ = λ·2^ratio, λ₂ = λ/2^ratio), ``ones``, 예상하기의 답 ``guess``.

    Notes
    -----
    학습은 λ₁ = λ₂ = √(λ₁λ₂)에서 한 번만 하고, 비는 수렴한 답을 X·2^(−ratio/2),
    Y·2^(ratio/2)로 늘이고 줄여서 얻습니다. (λ₁, λ₂)의 극소가 정확히 이 점입니다.

    Examples
    --------
    >>> w = Overfit()
    >>> round(w.prediction, 1)
    -4.5
    """

    name = "overfit"
    title = "과적합 만져 보기: 아는 칸을 다 맞혀도 숨긴 칸은 빗나간다"
    caption = (
        "규제가 없으면 아는 칸의 오차는 0이지만 숨긴 칸은 크게 빗나갑니다. λ를 키우면 "
        "아는 칸의 오차는 늘기만 하고, 숨긴 칸의 오차는 줄었다가 다시 늘어나곤 합니다. "
        "예측을 정하는 것은 λ₁과 λ₂의 곱이고, 비는 X와 Y의 크기만 나눕니다."
    )
    schema = _schema.record(
        cell=_schema.array(_schema.integer(0, 2), 2),
        k=_schema.integer(1, FACTORS),
        strength=_schema.integer(0, len(STRENGTHS) - 1),
        ratio=_schema.integer(-RATIOS, RATIOS),
        ones=_schema.flag(),
        guess=_schema.guess(4),
    )

    def __init__(self) -> None:
        self._example = ex = datasets.worked_example()
        super().__init__(
            state={
                "cell": [1, 0],
                "k": 2,
                "strength": 0,
                "ratio": 0,
                "ones": False,
                "guess": None,
            },
            data={
                "R": ex.R,
                "users": ex.users,
                "items": ex.items,
                "start": _start(),
                "strengths": STRENGTHS,
                "ratios": RATIOS,
                "learning_rate": LEARNING_RATE,
                "iterations": ITERATIONS,
                "settled": SETTLED,
                "each": EACH,
            },
        )

    @property
    def table(self) -> Array:
        """배우는 표. 숨긴 칸(1만 있는 데이터에서는 0회인 칸도)은 nan입니다."""
        R = self._example.R
        table = np.where(R > 0, 1.0, np.nan) if self.state["ones"] else R.copy()
        table[tuple(self.state["cell"])] = np.nan
        return np.asarray(table)

    @property
    def penalties(self) -> tuple[float, float]:
        """지금의 (λ₁, λ₂)."""
        strength, ratio = STRENGTHS[self.state["strength"]], self.state["ratio"]
        return strength * 2.0**ratio, strength / 2.0**ratio

    @property
    def factors(self) -> tuple[Array, Array]:
        """지금의 X와 Y."""
        X, Y = self._fit(STRENGTHS[self.state["strength"]])
        stretch = 2.0 ** (self.state["ratio"] / 2) if self.state["strength"] else 1.0
        return X / stretch, Y * stretch

    @property
    def R_hat(self) -> Array:
        """지금의 예측 ``X @ Y.T``."""
        X, Y = self.factors
        return np.asarray(X @ Y.T)

    @property
    def prediction(self) -> float:
        """숨긴 칸의 예측."""
        return float(self.R_hat[tuple(self.state["cell"])])

    @property
    def rmse(self) -> float:
        """배우는 칸의 평균 제곱근 오차."""
        error = self.R_hat - self.table
        return float(np.sqrt(np.nanmean(error**2)))

    def _fit(self, strength: float) -> tuple[Array, Array]:
        """화면과 같은 걸음으로 배웁니다."""
        table, k = self.table, self.state["k"]
        users, items = (part.astype(np.int32) for part in np.nonzero(~np.isnan(table)))
        entries = users, items, table[users, items]
        X, Y = np.zeros((2, 3, WIDTH))
        X[:, :k], Y[:, :k] = _start()[:, :, :k]
        b_u, b_i, grad_b_u, grad_b_i = np.zeros((4, 3))
        grad_X, grad_Y = np.empty_like(X), np.empty_like(Y)
        grads = grad_X, grad_Y, grad_b_u, grad_b_i
        model = X, Y, b_u, b_i, 0.0, float(strength), float(strength)
        for step in range(1, ITERATIONS + 1):
            mf.gradient(*entries, *model, *grads)
            mf.descend(X, grad_X, LEARNING_RATE)
            mf.descend(Y, grad_Y, LEARNING_RATE)
            if step % EACH == 0 and max(abs(grad_X).max(), abs(grad_Y).max()) < SETTLED:
                break
        return X[:, :k].copy(), Y[:, :k].copy()

    def still(self) -> Figure:
        """지금의 예측. 테를 두른 칸이 숨긴 칸입니다."""
        ex, (u, i) = self._example, self.state["cell"]
        predicted, cell = self.R_hat, f"({ex.users[u]}, {ex.items[i]})"
        if self.rmse < 0.05:
            title = (
                f"다른 칸을 다 맞혀도 숨긴 {cell}는 {predicted[u, i]:.1f}로 예측한다"
            )
        else:
            title = (
                f"아는 칸의 RMSE {self.rmse:.2f}, "
                f"숨긴 {cell}의 예측 {predicted[u, i]:.1f}"
            )
        ax = plots.matrix(
            predicted,
            ex.users,
            ex.items,
            title=title.replace("-", "−"),
            kind="signed",
            column_name="음반",
            fmt=".1f",
            highlight=[(u, i)],
        )
        figure = ax.get_figure(root=True)
        assert figure is not None
        return figure
