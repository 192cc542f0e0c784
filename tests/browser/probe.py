"""틀의 속을 들여다보는 위젯: 테스트가 브라우저 안에서 커널과 일을 직접 부릅니다."""

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from recbook.widgets import _schema
from recbook.widgets._base import Widget

__all__ = ["Probe"]


class Probe(Widget):
    """상태가 수 하나인 위젯."""

    name = "probe"
    title = "속 들여다보기"
    caption = "테스트만 씁니다."
    schema = _schema.record(x=_schema.number(-5, 5), guess=_schema.guess(2))

    def __init__(self) -> None:
        super().__init__(state={"x": 0, "guess": None}, data={"three": 3})

    def still(self) -> Figure:
        figure, ax = plt.subplots()
        ax.set_title("속")
        return figure
