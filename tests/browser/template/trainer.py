"""새 위젯의 본보기: 3×3 예제를 경사 하강법으로 배웁니다.

이 파일과 ``trainer.js``를 `recbook/widgets/`에 옮기고 이름을 바꾸는 데서 시작합니다.
`tests/browser/test_template.py`가 책에 넣어 짓고 실제로 돌려 봅니다.
"""

from matplotlib.figure import Figure

from recbook import RegularizedMF, datasets, plots
from recbook.widgets import _schema
from recbook.widgets._base import Widget

__all__ = ["Trainer"]


class Trainer(Widget):
    """학습률을 정하고 배우게 합니다.

    Attributes
    ----------
    state : dict
        학습률 ``rate``, 걸음 수 ``steps``, 예상하기의 답 ``guess``.
    """

    name = "trainer"
    title = "경사 하강법: 기울기의 반대쪽으로 한 걸음씩"
    caption = "학습률이 알맞으면 손실이 줄고, 너무 크면 발산합니다."
    schema = _schema.record(
        rate=_schema.number(0.001, 0.05),
        steps=_schema.integer(0, 1_000_000),
        guess=_schema.guess(_schema.number(0, 10)),
    )

    def __init__(self) -> None:
        ex = datasets.worked_example()
        super().__init__(
            state={"rate": 0.005, "steps": 0, "guess": None},
            data={"R": ex.R, "U": ex.U, "I": ex.I},
        )

    def still(self) -> Figure:
        """처음 500걸음의 손실."""
        ex = datasets.worked_example()
        model = RegularizedMF(
            factors=3,
            learning_rate=self.state["rate"],
            iterations=500,
            solver="gradient",
            initial=(ex.U, ex.I),
        ).fit(ex.R)
        losses = model.history_["loss"]
        ax = plots.loss_curve(losses, title="500걸음이면 손실이 0에 가깝다")
        figure = ax.get_figure(root=True)
        assert figure is not None
        return figure
