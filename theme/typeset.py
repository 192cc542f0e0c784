"""한국어 조판: 조사가 줄 머리에 홀로 서지 않고, 글이 든 칸이 좁게 눌리지 않게 합니다.

브라우저는 닫는 괄호, 따옴표, % 뒤와 수식 뒤에서 줄을 바꾸어도 된다고 봅니다. 그러면
‘95% / 입니다’, ‘λ / 가’처럼 조사가 다음 줄로 떨어집니다. 글자 뒤에는 줄을 막는 폭 없는
문자(U+2060)를 넣고, 수식은 여는 괄호와 뒤의 문장부호, 조사의 첫 글자와 묶습니다. 그
뒤의 글자는 ``word-break: keep-all``이 붙들어 둡니다.

찾기의 색인은 문서에서 만들므로 여기서 넣은 것은 들어가지 않습니다.
"""

from __future__ import annotations

import re
from typing import Any

from sphinx.application import Sphinx

JOINER = "\u2060"
LONG = 24
"""이보다 긴 수식은 다음 글자와 묶지 않습니다. 좁은 화면의 한 줄을 넘칠 수 있습니다."""
PROSE = 12
"""글자가 이만큼 있는 칸은 글로 봅니다."""

_TOKEN = re.compile(
    r"(?P<whole><(?P<name>script|style|pre|svg|code)\b.*?</(?P=name)>)"
    r"|(?P<tag><[^>]*>)"
    r"|(?P<text>[^<]+)",
    re.DOTALL,
)
_TAG = re.compile(r"<[^>]*>")
_MATHML = re.compile(r"<math\b.*?</math>", re.DOTALL)
_INLINE = re.compile(r"</?(?:a|b|em|i|span|strong)\b")
_CELL = re.compile(r"<td(?P<rest>[^>]*)>(?P<inside>(?:(?!</?td\b).)*)</td>", re.DOTALL)
_TAIL = re.compile(r"[,.;:!?)\]’”%…]*[가-힣]?")
_OPENED = tuple("([‘“")
_CLOSED = r"\)\]\}’”」』%°@"
_BREAK = re.compile(
    rf"(?<=[{_CLOSED}])(?=[가-힣])|(?<=[가-힣])(?=@)|(?<=\d/)(?=[가-힣])"
)


def _visible(html: str) -> str:
    """화면에 보이는 글자. 수식은 곁의 MathML을 빼고 셉니다."""
    return _TAG.sub("", _MATHML.sub("", html)).strip()


def _end_of_math(html: str, start: int) -> int:
    """`start`에서 열린 수식의 <span>이 닫히는 자리."""
    depth = 0
    for match in re.compile(r"<(/?)span\b[^>]*>").finditer(html, start):
        depth += -1 if match[1] else 1
        if depth == 0:
            return match.end()
    return len(html)


def keep_particles(html: str) -> str:
    """조사를 앞의 글자나 수식과 떨어지지 않게 한 HTML."""
    out: list[str] = []
    last = ""  # 이어지는 글의 마지막 글자
    at = 0
    while at < len(html):
        match = _TOKEN.match(html, at)
        if match is None:  # 짝이 없는 <
            out.append(html[at])
            at += 1
            continue
        piece = match[0]
        at = match.end()
        if piece.startswith('<span class="math'):
            at = _end_of_math(html, match.start())
            piece = html[match.start() : at]
            tail = _TAIL.match(html, at)
            after = tail[0] if tail else ""
            before = out[-1][-1:] if out and out[-1][-1:] in _OPENED else ""
            if (before or after) and len(_visible(piece)) <= LONG:
                if before:
                    out[-1] = out[-1][:-1]
                piece = f'<span class="rb-joined">{before}{piece}{after}</span>'
                at += len(after)
                last = after[-1:]
            else:
                last = ""
        elif match["text"] is not None:
            glued = _BREAK.sub(JOINER, last + piece)
            piece, last = glued[len(last) :], piece[-1]
        elif match["whole"] is not None:
            last = _visible(piece)[-1:] if match["name"] == "code" else ""
        elif not _INLINE.match(piece):
            last = ""
        out.append(piece)
    return "".join(out)


def widen_prose(html: str) -> str:
    """글이 든 칸에 `rb-prose`를 붙입니다. 좁은 화면에서도 몇 낱말은 들어갑니다."""

    def mark(match: re.Match[str]) -> str:
        if len(_visible(match["inside"])) < PROSE:
            return match[0]
        rest = match["rest"]
        if 'class="' in rest:
            rest = rest.replace('class="', 'class="rb-prose ', 1)
        else:
            rest += ' class="rb-prose"'
        return f"<td{rest}>{match['inside']}</td>"

    return _CELL.sub(mark, html)


def _set_page(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict[str, Any],
    doctree: object,
) -> None:
    if "body" in context:
        context["body"] = keep_particles(widen_prose(context["body"]))


def setup(app: Sphinx) -> None:
    """페이지를 쓸 때 짭니다."""
    app.connect("html-page-context", _set_page, priority=950)
