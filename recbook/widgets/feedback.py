"""한 사람의 한 주를 기록에서 다시 보며 두 표를 채우는 위젯."""

from typing import Any, NamedTuple

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from recbook import _style, plots
from recbook._svg import alt_text
from recbook.widgets import _schema
from recbook.widgets._base import Widget

__all__ = ["Feedback"]

Array = NDArray[Any]

LISTENER = "누리"
USERS = ("미르", "보라", "소담", LISTENER)
ALBUMS = ("새벽", "정원", "파도", "노을", "첫눈")
# 세 이웃의 행은 1장에서 손으로 채운 표와 같습니다. 평점의 None은 빈칸입니다.
RATINGS = ((5, None, None, None, None), (None, None, 2, None, None), (None,) * 5)
COUNTS = ((2, 1, 0, 0, 0), (0, 0, 1, 0, 0), (1, 3, 0, 0, 0))
DAYS = "월화수목금토일"


class Event(NamedTuple):
    """기록 한 줄과, 그 줄이 말해 주는 것과 말해 주지 않는 것."""

    day: int
    time: str
    album: str
    kind: str
    value: int
    tells: str
    hides: str
    truth: str = ""


EVENTS = (
    Event(
        0,
        "08:05",
        "새벽",
        "재생",
        1,
        "새벽을 끝까지 틀었습니다.",
        "좋아서 들었는지, 틀어 놓기만 했는지는 모릅니다.",
    ),
    Event(
        0,
        "08:47",
        "파도",
        "넘김",
        1,
        "파도를 틀었다가 5초 만에 넘겼습니다. 싫다는 쪽으로 기운 신호입니다.",
        "음악이 싫었는지, 급한 일이 있었는지는 모릅니다.",
        "버스가 와서 껐습니다. 파도는 싫지도 좋지도 않습니다.",
    ),
    Event(
        0,
        "21:10",
        "첫눈",
        "노출",
        1,
        "첫 화면에 첫눈이 나왔고, 누르지 않았습니다.",
        "보고 지나쳤는지, 아예 보지 못했는지는 모릅니다.",
        "화면을 끝까지 내리지 않아서 보지 못했습니다.",
    ),
    Event(
        1,
        "08:03",
        "새벽",
        "재생",
        1,
        "새벽을 또 끝까지 틀었습니다.",
        "두 번 들었다고 두 배로 좋아하는지는 모릅니다.",
    ),
    Event(
        1,
        "08:41",
        "새벽",
        "평점",
        5,
        "새벽이 아주 좋다고 스스로 밝혔습니다.",
        "점수를 주지 않은 네 음반을 어떻게 여기는지는 모릅니다.",
    ),
    Event(
        2,
        "08:02",
        "새벽",
        "재생",
        1,
        "아침마다 새벽을 듣습니다.",
        "좋아하는 마음이 커졌는지, 버릇이 되었는지는 모릅니다.",
    ),
    Event(
        2,
        "19:24",
        "노을",
        "클릭",
        1,
        "노을의 소개를 눌러 보았습니다.",
        "읽고 나서 마음에 들었는지는 모릅니다.",
    ),
    Event(
        3,
        "18:30",
        "정원",
        "재생",
        1,
        "정원을 끝까지 틀었습니다.",
        "누리가 들었는지, 같은 계정을 쓰는 다른 사람이 들었는지는 모릅니다.",
        "동생이 누리의 계정으로 틀었습니다.",
    ),
    Event(
        3,
        "23:40",
        "정원",
        "밤샘",
        38,
        "정원이 아침까지 38번 되풀이되었습니다.",
        "밤새 들었는지, 켜 놓고 잠들었는지는 모릅니다.",
        "동생이 켜 놓은 채 잠들었습니다.",
    ),
    Event(
        4,
        "12:15",
        "파도",
        "구매",
        1,
        "값을 치를 만큼 파도가 필요했습니다.",
        "자기가 들으려고 샀는지, 선물인지는 모릅니다.",
        "친구의 생일 선물이었습니다.",
    ),
    Event(
        4,
        "18:50",
        "노을",
        "재생",
        1,
        "수요일에 눌러 본 노을을 들었습니다.",
        "끝까지 들었다고 만족했는지는 모릅니다.",
    ),
    Event(
        5,
        "10:20",
        "노을",
        "좋아요",
        1,
        "노을이 좋다고 스스로 밝혔습니다.",
        "얼마나 좋은지, 5점인지 4점인지는 모릅니다.",
    ),
    Event(
        5,
        "10:25",
        "노을",
        "재생",
        1,
        "노을을 다시 들었습니다.",
        "다음 주에도 들을지는 모릅니다.",
    ),
    Event(
        5,
        "21:05",
        "첫눈",
        "노출",
        1,
        "첫눈이 또 나왔고, 누르지 않았습니다.",
        "월요일의 노출과 까닭이 같은지는 모릅니다.",
        "이번에는 보았지만, 노을을 듣고 있어서 지나쳤습니다.",
    ),
    Event(
        6,
        "09:30",
        "정원",
        "평점",
        2,
        "정원이 마음에 들지 않는다고 스스로 밝혔습니다.",
        "그런데 왜 가장 많이 재생했는지는 모릅니다.",
        "동생이 튼 것을 듣고 2점을 주었습니다.",
    ),
    Event(
        6,
        "09:50",
        "새벽",
        "재생",
        1,
        "일요일에도 새벽을 들었습니다.",
        "누리가 파도와 첫눈을 어떻게 여기는지는 끝내 모릅니다.",
    ),
)
EXPLICIT = ("평점", "좋아요")
PLAYED = ("재생", "넘김", "밤샘", "구매")  # 한 건에 1씩 셀 수 있는 행동


class Feedback(Widget):
    """같은 기록에서 명시적 피드백의 표와 암시적 피드백의 표가 나란히 찬다.

    독자는 한 사람의 한 주를 사건 하나씩 다시 봅니다. 사건마다 어느 표에 무엇을 적는지,
    그 사건이 무엇을 말해 주고 무엇을 말해 주지 않는지 보입니다. 세는 규칙을 바꾸면
    횟수의 표만 달라집니다.

    Attributes
    ----------
    state : dict
        여기까지 본 사건의 수 ``step``, 5초 만에 넘긴 재생도 세는지 ``skips``, 밤새
        되풀이된 재생을 모두 세는지 ``overnight``, 사연을 펼쳤는지 ``asked``,
        예상하기의 답 ``guess``.

    Examples
    --------
    >>> w = Feedback()
    >>> w.step = 16
    >>> w.implicit[-1].tolist()
    [4.0, 39.0, 1.0, 2.0, 0.0]
    >>> w.explicit[-1].tolist()
    [5.0, 2.0, nan, nan, nan]
    >>> w.liked[-1].tolist()
    [False, False, False, True, False]
    """

    name = "feedback"
    title = "누리의 한 주: 같은 기록에서 두 표가 찬다"
    caption = (
        "평점 표의 빈칸은 값이 없다는 뜻이고, 횟수 표의 0은 세어 보니 0이라는 "
        "뜻입니다. 어느 쪽도 싫다는 말이 아닙니다. 가장 많이 재생한 음반이 가장 "
        "좋아하는 음반도 아니었습니다."
    )
    uses_kernels = False
    schema = _schema.record(
        step=_schema.integer(0, len(EVENTS)),
        skips=_schema.flag(),
        overnight=_schema.flag(),
        asked=_schema.flag(),
        guess=_schema.guess(4),
    )

    def __init__(self) -> None:
        super().__init__(
            state={
                "step": 0,
                "skips": False,
                "overnight": True,
                "asked": False,
                "guess": None,
            },
            data={
                "users": USERS,
                "albums": ALBUMS,
                "days": list(DAYS),
                "ratings": RATINGS,
                "counts": COUNTS,
                "events": [event._asdict() for event in EVENTS],
                "explicit": EXPLICIT,
                "played": PLAYED,
            },
        )

    @property
    def step(self) -> int:
        """여기까지 본 사건의 수. 적으면 화면도 바뀝니다."""
        step: int = self.state["step"]
        return step

    @step.setter
    def step(self, count: int) -> None:
        self.state = {**self.state, "step": count}

    @property
    def explicit(self) -> Array:
        """여기까지의 평점. 빈칸은 NaN이고, ‘좋아요’는 점수가 아니어서 뺍니다."""
        table = np.full((len(USERS), len(ALBUMS)), np.nan)
        table[:-1] = np.array(RATINGS, dtype=np.float64)
        for event in EVENTS[: self.step]:
            if event.kind == "평점":
                table[-1, ALBUMS.index(event.album)] = event.value
        return table

    @property
    def liked(self) -> Array:
        """여기까지 ‘좋아요’를 누른 칸."""
        table = np.zeros((len(USERS), len(ALBUMS)), dtype=bool)
        for event in EVENTS[: self.step]:
            if event.kind == "좋아요":
                table[-1, ALBUMS.index(event.album)] = True
        return table

    @property
    def implicit(self) -> Array:
        """여기까지의 횟수. 지금의 세는 규칙을 따릅니다."""
        table = np.zeros((len(USERS), len(ALBUMS)))
        table[:-1] = COUNTS
        for event in EVENTS[: self.step]:
            table[-1, ALBUMS.index(event.album)] += self._counted(event)
        return table

    def _counted(self, event: Event) -> int:
        """사건 하나를 횟수 표에 몇으로 더하는지."""
        if event.kind not in PLAYED or (
            event.kind == "넘김" and not self.state["skips"]
        ):
            return 0
        return event.value if self.state["overnight"] else 1

    def still(self) -> Figure:
        """한 주가 끝난 두 표."""
        state = {**self.state, "step": len(EVENTS)} if not self.step else self.state
        seen = Feedback()
        seen.state = state
        explicit, implicit = seen.explicit, seen.implicit
        most = int(implicit[-1].argmax())
        rating = explicit[-1, most]
        count = f"{implicit[-1, most]:.0f}번 재생한 {ALBUMS[most]}"
        said = "평점이 없다" if np.isnan(rating) else f"{rating:.0f}점을 주었다"
        size = (_style.FIGURE_WIDTH, 6.2)
        figure, axes = plt.subplots(2, 1, figsize=size, layout="constrained")
        for ax, table, title in (
            (axes[0], explicit, f"평점: 적힌 칸은 {np.sum(~np.isnan(explicit))}개"),
            (axes[1], implicit, f"횟수: 0이 아닌 칸은 {np.sum(implicit > 0)}개"),
        ):
            plots.matrix(
                table,
                USERS,
                ALBUMS,
                title=title,
                column_name="음반",
                fmt=".0f",
                ax=ax,
            )
        title = f"{LISTENER}는 {count}에 {said}"
        figure.suptitle(title, x=0.012, ha="left")
        plots.describe(figure, f"{title}. {alt_text(figure)}")
        return figure
