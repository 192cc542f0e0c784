"""확인 문제에 답하는 칸: 책의 페이지에서 채점까지 합니다."""

import html

from recbook.exercises import Reply, check
from recbook.exercises._screen import for_screen
from recbook.widgets import _schema
from recbook.widgets._base import Widget

__all__ = ["Quiz"]

LONGEST = 60
MOST_TRIES = 999
_ANSWER = _schema.array(_schema.text(LONGEST), 0, 9)


class Quiz(Widget):
    """고르기나 계산 문제 하나에 답하고 답장을 받는다.

    답장은 `recbook.check`와 글자까지 같습니다. 책에서는 `theme/quiz.py`가 답 셀의
    자리에 놓습니다. 그래서 문제의 글은 담지 않고, 보기와 답을 적는 칸만 있습니다.

    Parameters
    ----------
    exercise_id : str
        ``"장/번호"``. 고르기와 계산 문제만 됩니다.

    Attributes
    ----------
    state : dict
        고치고 있는 답 ``answer``, 마지막으로 확인한 답 ``checked``(둘 다 글의 목록),
        확인한 횟수 ``tries``, 보이는 힌트의 번호 ``hint``.

    Raises
    ------
    ValueError
        없는 문제이거나, 화면에서 채점하지 않는 꼴의 문제일 때.

    Examples
    --------
    >>> w = Quiz("feedback/1")
    >>> w.reply is None
    True
    """

    name = "quiz"
    title = "확인 문제"
    caption = "답을 고르거나 적고 확인을 누르면 무엇이 맞고 어긋났는지 알려 줍니다."
    schema = _schema.record(
        answer=_ANSWER,
        checked=_ANSWER,
        tries=_schema.integer(0, MOST_TRIES),
        hint=_schema.integer(1, 9),
    )
    uses_kernels = False

    def __init__(self, exercise_id: str) -> None:
        data = for_screen(exercise_id)
        super().__init__(
            state={
                "answer": [""] * len(data.get("labels", ())),
                "checked": [],
                "tries": 0,
                "hint": 1,
            },
            data=data,
        )

    @property
    def answer(self) -> str:
        """지금 고르거나 적은 답. `recbook.check`에 그대로 건넬 수 있는 글입니다."""
        return ", ".join(self.state["answer"])

    @property
    def reply(self) -> Reply | None:
        """마지막으로 확인한 답의 답장. 아직이면 None."""
        checked = ", ".join(self.state["checked"])
        return check(self.data["id"], checked) if checked.strip(", ") else None

    def static_html(self) -> str:
        """정적인 페이지에 실을 HTML. 스크립트가 없으면 보기와 안내만 보입니다."""
        options = self.data.get("options", ())
        items = "".join(f"<li>{html.escape(text)}</li>" for text in options)
        listed = f"<ol>{items}</ol>" if items else ""
        guide = f'답을 셀에 적고 rb.check("{self.data["id"]}", 답)으로 확인하세요.'
        still = f'<p class="rb-still">{html.escape(guide)}</p>'
        return f"{self.opening_html()}{listed}{still}</div>"
