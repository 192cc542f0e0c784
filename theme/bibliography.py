"""참고문헌 양식: 이름을 뒤집지 않고, 지은이를 '·'로 잇습니다."""

from __future__ import annotations

import re
from dataclasses import dataclass
from dataclasses import field as setting
from typing import Any

from docutils import nodes
from pybtex.plugin import register_plugin
from pybtex.richtext import Text
from pybtex.style.formatting import BaseStyle
from pybtex.style.names.plain import NameStyle
from pybtex.style.template import (
    FieldIsMissing,
    field,
    first_of,
    href,
    join,
    node,
    optional,
    sentence,
    tag,
)
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.writers.html5 import HTML5Translator
from sphinxcontrib.bibtex.plugin import register_plugin as register_bibtex_plugin
from sphinxcontrib.bibtex.style.referencing import BracketStyle, PersonStyle
from sphinxcontrib.bibtex.style.referencing.author_year import (
    AuthorYearReferenceStyle,
)

LOGGER = logging.getLogger(__name__)
PAGE = "references"
LABEL = re.compile(r".+ \(\d{4}\)")
KINDS = ("article", "inproceedings", "book", "misc", "techreport", "phdthesis")


@node
def people(children: list[Any], context: dict[str, Any]) -> Any:
    """이름을 적힌 순서(영어는 이름 성, 한국어는 성이름)대로 '·'로 잇습니다."""
    persons = context["entry"].persons.get("author")
    if not persons:
        raise FieldIsMissing("author", context["entry"])
    style = NameStyle()
    names = [style.format(person) for person in persons]
    return join(sep=" · ")[names].format_data(context)


def _address() -> Any:
    """누를 수 있는 주소 하나: DOI가 먼저입니다."""
    doi = join["https://doi.org/", field("doi", raw=True)]
    arxiv = join["https://arxiv.org/abs/", field("eprint", raw=True)]
    return first_of[
        optional[href[doi, join["doi:", field("doi", raw=True)]]],
        optional[href[arxiv, join["arXiv:", field("eprint", raw=True)]]],
        optional[href[field("url", raw=True), field("url", raw=True)]],
        "",
    ]


class BookStyle(BaseStyle):
    """지은이순 참고문헌. 논문이든 글이든 한 가지 꼴로 적습니다.

    지은이. 제목. *실린 곳*, 권(호), 쪽, 연도. 주소
    """

    default_sorting_style = "author_year_title"

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        for kind in KINDS:
            setattr(self, f"get_{kind}_template", self._template)

    def _template(self, entry: Any) -> Any:
        venue = first_of[
            optional[tag("em")[field("journal")]],
            optional[tag("em")[field("booktitle")]],
            optional[tag("em")[field("publisher")]],
            optional[tag("em")[field("howpublished")]],
            "",
        ]
        volume = optional[
            join[field("volume"), optional[join["(", field("number"), ")"]]]
        ]
        pages = optional[join[field("pages"), "쪽"]]
        return join(sep=" ")[
            sentence[people()],
            sentence[field("title")],
            sentence(sep=", ")[venue, volume, pages, field("year")],
            _address(),
        ]


def _round() -> BracketStyle:
    return BracketStyle(left="(", right=")")


def _persons() -> PersonStyle:
    return PersonStyle(sep=" · ", sep2=" · ", last_sep=" · ", other=Text(" 외"))


@dataclass
class BookReferences(AuthorYearReferenceStyle):
    """본문의 인용: 'Hu 외 (2008)', '(홍금원, 2015)'."""

    bracket_textual: BracketStyle = setting(default_factory=_round)
    bracket_parenthetical: BracketStyle = setting(default_factory=_round)
    bracket_author: BracketStyle = setting(default_factory=_round)
    bracket_label: BracketStyle = setting(default_factory=_round)
    bracket_year: BracketStyle = setting(default_factory=_round)
    person: PersonStyle = setting(default_factory=_persons)


def label(entry: Any) -> str:
    """문헌 하나를 본문에서 부르는 말: 'Hu 외 (2008)'."""
    names = [" ".join(person.last_names) for person in entry.persons["author"]]
    people = f"{names[0]} 외" if len(names) > 2 else " · ".join(names)
    # 중괄호는 BibTeX에서 이름을 나누지 말라는 표시일 뿐입니다.
    return re.sub("[{}]", "", f"{people} ({entry.fields['year']})")


def _link_entries(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """`[Hu 외 (2008)](references.md)`를 참고문헌의 그 줄로 잇습니다.

    노트북은 JupyterLab에서도 읽히므로 `{cite}` 대신 이런 보통 링크를 씁니다.
    목록에 없는 이름이면 경고(곧 빌드 실패)입니다.
    """
    domain: Any = app.env.get_domain("cite")
    known = {label(c.entry): c.citation_id for c in domain.citations}
    for link in doctree.findall(nodes.reference):
        page = link.get("refuri", "").rsplit("/", 1)[-1]
        text = link.astext()
        if page != f"{PAGE}.html" or not LABEL.fullmatch(text):
            continue
        if text in known:
            link["refuri"] += f"#{known[text]}"
        else:
            LOGGER.warning("참고문헌에 없는 이름입니다: %s", text, location=docname)


def _visit_citation(self: HTML5Translator, node: nodes.citation) -> None:
    """문헌 목록을 보통 목록으로 냅니다. 번호 대신 지은이로 부르므로 표식은 뺍니다."""
    if not isinstance(node.previous_sibling(), nodes.citation):
        self.body.append('<ul class="citation-list">\n')
    self.body.append(self.starttag(node, "li", CLASS="citation"))
    for mark in list(node.findall(nodes.label)):
        node.remove(mark)


def _depart_citation(self: HTML5Translator, node: nodes.citation) -> None:
    self.body.append("</li>\n")
    following = node.next_node(descend=False, siblings=True)
    if not isinstance(following, nodes.citation):
        self.body.append("</ul>\n")


def setup(app: Sphinx) -> None:
    """`_config.yml`이 부르는 두 양식의 이름을 등록합니다."""
    register_plugin("pybtex.style.formatting", "book", BookStyle)
    group = "sphinxcontrib.bibtex.style.referencing"
    register_bibtex_plugin(group, "book", BookReferences)
    app.connect("doctree-resolved", _link_entries)
    app.add_node(
        nodes.citation, override=True, html=(_visit_citation, _depart_citation)
    )
