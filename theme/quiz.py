"""확인 문제: 페이지에서는 고르기와 계산 문제의 답 셀이 바로 답하는 칸이 됩니다.

노트북은 그대로 둡니다. 페이지를 쓸 때 ``rb.check("장/번호", answer)`` 셀을 찾아 위젯의
자리(`recbook.widgets.Quiz`)로 감쌉니다. 스크립트가 돌지 않으면 셀이 그대로 보입니다.
보기의 목록도 그 자리에 함께 넣습니다. 이미 그려 둔 수식에 네모만 달면 되기 때문입니다.
"""

from __future__ import annotations

import re

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

from recbook.exercises import get
from recbook.exercises._kinds import Choose
from recbook.exercises._screen import is_live
from recbook.widgets import Quiz

ANSWER = re.compile(r'answer = \.\.\..*\nrb\.check\("([\w-]+/\d+)", answer\)')


def _exercise_of(cell: nodes.Element) -> str | None:
    """답 셀이면 문제의 이름."""
    code = cell.next_node(nodes.literal_block)
    found = ANSWER.fullmatch(code.astext().strip()) if code else None
    return found[1] if found else None


def _options_before(cell: nodes.Element, name: str, count: int) -> nodes.Element:
    """답 셀 바로 앞에 있는 보기의 목록."""
    at = cell.parent.index(cell)
    listed = cell.parent[at - 1]
    if not isinstance(listed, nodes.enumerated_list) or len(listed) != count:
        raise ExtensionError(
            f"{name}의 답 셀 앞에 보기 {count}개의 목록이 없습니다. "
            "`python -m theme.notebooks chapters`로 문제를 다시 넣으세요."
        )
    return listed


def _wrap(cell: nodes.Element, name: str) -> None:
    """셀(과 보기)을 위젯의 자리로 감쌉니다."""
    exercise = get(name)
    cell["classes"].append("rb-still")
    inside = [cell]
    if isinstance(exercise, Choose):
        inside.insert(0, _options_before(cell, name, len(exercise.options)))
    parent, at = cell.parent, cell.parent.index(inside[0])
    opening = nodes.raw("", Quiz(name).opening_html(), format="html")
    closing = nodes.raw("", "</div>", format="html")
    parent[at : at + len(inside)] = [opening, *inside, closing]


def _add_quizzes(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    if app.builder.format != "html":
        return
    for cell in list(doctree.findall(nodes.container)):
        name = _exercise_of(cell) if "cell" in cell["classes"] else None
        if name and is_live(get(name)):
            _wrap(cell, name)


def setup(app: Sphinx) -> None:
    """페이지를 쓰기 바로 앞에 답 셀을 바꿉니다."""
    app.connect("doctree-resolved", _add_quizzes)
