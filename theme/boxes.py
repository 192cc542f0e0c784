"""접히는 상자: `dropdown` 클래스가 붙은 상자를 `<details>`로 냅니다.

스크립트 없이 접히고, 키보드와 화면 낭독기가 그대로 알아듣고, 인쇄할 때는 펼칩니다.
"""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator


def _is_folded(node: nodes.Element) -> bool:
    return "dropdown" in node["classes"]


def _visit(self: HTML5Translator, node: nodes.Element) -> None:
    if not _is_folded(node):
        HTML5Translator.visit_admonition(self, node)
        return
    title = node.next_node(nodes.title)
    if title is None or title.parent is not node:
        raise nodes.SkipNode
    self.body.append(self.starttag(node, "details", CLASS="admonition"))
    self.body.append('<summary class="admonition-title">')
    for child in title.children:
        child.walkabout(self)
    self.body.append("</summary>\n")
    node.remove(title)


def _depart(self: HTML5Translator, node: nodes.Element) -> None:
    if _is_folded(node):
        self.body.append("</details>\n")
    else:
        HTML5Translator.depart_admonition(self, node)


def setup(app: Sphinx) -> None:
    """상자의 HTML을 바꿉니다."""
    app.add_node(nodes.admonition, override=True, html=(_visit, _depart))
