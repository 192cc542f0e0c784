"""조판: 조사가 앞말에 붙어 있고, 글자는 하나도 달라지지 않는다."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from theme.typeset import JOINER, keep_particles, widen_prose

MATH = (
    '<span class="math"><span class="katex"><span class="katex-mathml"><math><mi>λ</mi>'
    '</math></span><span class="katex-html"><span>λ</span></span></span></span>'
)


class Reading(HTMLParser):
    """태그를 걷은 글과, 태그의 차례."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=False)
        self.text = ""
        self.tags: list[str] = []
        self.feed(html)
        self.close()

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        self.tags.append("/" + tag)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("(likelihood)는", "(likelihood)|는"),
        ("95%입니다", "95%|입니다"),
        ("‘미래’입니다", "‘미래’|입니다"),
        ("정밀도@5를", "정밀도|@5를"),
        ("<strong>지표(NDCG)</strong>입니다", "<strong>지표(NDCG)</strong>|입니다"),
        ("<code>fit(R)</code>을", "<code>fit(R)</code>|을"),
        ("1/순위", "1/|순위"),
        ("<p>끝(end)</p><p>다음", "<p>끝(end)</p><p>다음"),
        ("(likelihood) 는", "(likelihood) 는"),
        ("<pre>a)가</pre>", "<pre>a)가</pre>"),
        ("가/나/다", "가/나/다"),
    ],
)
def test_particles_are_glued(before: str, after: str):
    assert keep_particles(before).replace(JOINER, "|") == after


def test_math_takes_the_next_letter_along():
    html = keep_particles(f"<p>{MATH}가 이깁니다. {MATH} 는</p>")
    assert f'<span class="rb-joined">{MATH}가</span> 이깁니다.' in html
    assert html.endswith(f" {MATH} 는</p>")


def test_math_keeps_its_brackets_and_commas():
    html = keep_particles(f"<p>글자({MATH})는 {MATH}, 아니면 ‘{MATH}’라고</p>")
    joined = "글자{0}(M)는{1} {0}M,{1} 아니면 {0}‘M’라{1}고"
    open_, close = '<span class="rb-joined">', "</span>"
    shown = html.replace(MATH, "M")
    assert shown == f"<p>{joined.format(open_, close)}</p>"


def test_wide_math_is_left_alone():
    wide = MATH.replace("<span>λ</span>", f"<span>{'x + ' * 9}</span>")
    assert keep_particles(f"<p>{wide}가</p>") == f"<p>{wide}가</p>"


def test_only_prose_cells_are_widened():
    table = (
        "<td>0.25</td><td><p>맞힌 것이 목록에서 차지하는 몫</p></td><td class='a'>가"
    )
    found = widen_prose(table)
    assert found.count("rb-prose") == 1
    assert '<td class="rb-prose"><p>맞힌' in found
    named = widen_prose('<td class="text-right">글이 열두 자보다 긴 칸</td>')
    assert 'class="rb-prose text-right"' in named


SIGNS = ("가", "는 ", ")", "’", "%", "@", "/", "3", "&lt;", "\n")
TAGS = (
    "<b>",
    "</b>",
    "<p>",
    "</p>",
    "<code>f(x)</code>",
    "<svg><text>)가</text></svg>",
)
PIECES = st.sampled_from((*SIGNS, *TAGS, MATH))


@given(st.lists(PIECES, max_size=30).map("".join))
def test_nothing_but_joiners_is_added(html: str):
    before, after = Reading(html), Reading(keep_particles(html))
    assert after.text.replace(JOINER, "") == before.text
    added = len(after.tags) - len(before.tags)
    assert added == 2 * keep_particles(html).count("rb-joined")


def test_pages_are_typeset(site):
    """조사가 수식에 붙은 곳은 책에 수백 군데 있고, 색인에는 그 표시가 없습니다."""
    page = (site / "chapters/03-loss-and-gradient.html").read_text(encoding="utf-8")
    assert page.count("rb-joined") > 50
    assert JOINER in page
    assert JOINER not in (site / "searchindex.js").read_text(encoding="utf-8")
