"""Matplotlib 그림을 페이지 안의 SVG로 바꿉니다.

그림의 색이 디자인 토큰과 같으면 ``var(--rb-…)``로 바꿉니다. 그래서 그림 하나가
밝은 화면과 어두운 화면에 함께 쓰입니다. 토큰 파일이 없는 곳(JupyterLab)에서는 밝은
색으로 보입니다. 글자는 글자로 남고, 대체 텍스트가 함께 갑니다.
"""

import hashlib
import io
import re
import warnings
from typing import Literal
from weakref import WeakKeyDictionary
from xml.etree import ElementTree

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from recbook import _style

_SVG = "{http://www.w3.org/2000/svg}"
_HREF = "{http://www.w3.org/1999/xlink}href"
_PT_TO_PX = 4 / 3
_GEOMETRY = {"d", "x", "y", "width", "height", "transform"}  # 소수 둘째 자리면 됩니다
_TITLE_PLACES: tuple[Literal["left", "center", "right"], ...] = (
    "left",
    "center",
    "right",
)

_alts: WeakKeyDictionary[Figure | Axes, str] = WeakKeyDictionary()


def describe(target: Figure | Axes, alt: str) -> None:
    """그림의 대체 텍스트를 정합니다.

    Parameters
    ----------
    target : Figure or Axes
        그림. 좌표축(Axes)에 적은 글은 그림의 좌표축 순서대로 이어집니다.
    alt : str
        그림을 보지 못하는 독자에게 그림 대신 읽어 줄 글. 결론과 중요한 수를 담습니다.

    Raises
    ------
    ValueError
        글이 비어 있을 때.
    """
    if not alt.strip():
        raise ValueError(
            "대체 텍스트가 비어 있습니다. "
            "그림이 말하는 결론과 중요한 수를 적어 주십시오."
        )
    _alts[target] = " ".join(alt.split())


def alt_text(figure: Figure) -> str:
    """그림의 대체 텍스트. 따로 정하지 않았으면 제목을 모아 씁니다."""
    if figure in _alts:
        return _alts[figure]
    parts = [
        _alts.get(ax) or " ".join(ax.get_title(loc=place) for place in _TITLE_PLACES)
        for ax in figure.axes
    ]
    described = any(ax in _alts for ax in figure.axes)
    if not described:
        parts.insert(0, figure.get_suptitle())
    alt = " ".join(" ".join(part.split()) for part in parts if part.strip())
    if not alt:
        raise ValueError(
            "그림에 제목도 대체 텍스트도 없습니다. ax.set_title(…)로 결론을 적거나 "
            "rb.plots.describe(fig, …)로 대체 텍스트를 적어 주십시오."
        )
    return alt


def figure_html(figure: Figure) -> str:
    """그림을 페이지에 넣을 HTML로 바꿉니다.

    Parameters
    ----------
    figure : Figure

    Returns
    -------
    str
        ``<div class="rb-figure">`` 안의 ``<svg role="img">``. 같은 자료로 그린
        그림은 늘 같은 글자열이 됩니다.

    Raises
    ------
    ValueError
        제목도 대체 텍스트도 없을 때.
    """
    alt = alt_text(figure)
    root = ElementTree.fromstring(_to_svg(figure))
    _simplify(root)
    _use_tokens(root)
    _rename_ids(root)
    family = _style.tokens().light["font"].replace('"', "'")
    width = float(root.get("viewBox", "0 0 360 0").split()[2]) * _PT_TO_PX
    root.attrib = {
        "viewBox": root.get("viewBox", ""),
        "role": "img",
        "aria-label": alt,
        "style": (
            f"display:block;max-width:{width:.0f}px;width:100%;height:auto;"
            f"font-family:var(--rb-font, {family});"
            # Matplotlib의 "*{…}" 규칙은 페이지 전체에 번지므로 여기로 옮깁니다.
            "stroke-linejoin:round;stroke-linecap:butt"
        ),
    }
    ground = _style.color("ground")
    return (
        '<div class="rb-figure" '
        f'style="background:var(--rb-ground, {ground});padding:0.5rem 0">'
        f"{ElementTree.tostring(root, encoding='unicode')}</div>"
    )


def _to_svg(figure: Figure) -> str:
    buffer = io.StringIO()
    options = {"svg.fonttype": "none", "svg.hashsalt": "recbook"}
    with mpl.rc_context(options), warnings.catch_warnings():
        if _style.korean_family() is None:
            # 글자는 브라우저가 그립니다. 글꼴이 없다는 말은 use_style이 한 번 합니다.
            warnings.filterwarnings("ignore", message=_style.GLYPH_WARNING)
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    return buffer.getvalue()


def _simplify(root: ElementTree.Element) -> None:
    """이름 공간, 메타데이터, 번지는 규칙, 뜻 없는 공백과 소수를 걷어냅니다."""
    for parent in list(root.iter()):
        for child in list(parent):
            is_rule = child.tag == f"{_SVG}defs" and len(child.findall(f"{_SVG}style"))
            if child.tag == f"{_SVG}metadata" or is_rule:
                parent.remove(child)
    for element in root.iter():
        element.tag = element.tag.removeprefix(_SVG)
        element.tail = None if element.tag != "tspan" else element.tail
        if element.tag not in {"text", "tspan"}:
            element.text = None
        if _HREF in element.attrib:
            element.set("href", element.attrib.pop(_HREF))
        for name in _GEOMETRY & element.attrib.keys():
            numbers = re.sub(r"(\.\d\d)\d+", r"\1", element.attrib[name])
            element.set(name, " ".join(numbers.split()))


def _use_tokens(root: ElementTree.Element) -> None:
    """토큰의 색을 ``var(--rb-이름, #색)``으로 바꿉니다."""
    names = _themed_colors()

    def variable(match: re.Match[str]) -> str:
        code = match.group().upper()
        return f"var(--rb-{names[code]}, {code})" if code in names else match.group()

    for element in root.iter():
        style = re.sub(r"#[0-9a-fA-F]{6}\b", variable, element.get("style", ""))
        if element.tag == "text":  # 글꼴은 <svg>에 한 번만 적습니다
            style = re.sub(r"font-family: [^;]*;? ?", "", style)
        if style:
            element.set("style", style)
        else:
            element.attrib.pop("style", None)


def _themed_colors() -> dict[str, str]:
    """어두운 화면에서 바뀌는 색 → 토큰 이름. 색이 같으면 더 넓은 뜻의 이름을 씁니다."""
    light, themed = _style.tokens()
    general = ("ink", "predicted")
    names = sorted(themed, key=lambda name: name in general)
    return {light[name].upper(): name for name in names if light[name].startswith("#")}


def _rename_ids(root: ElementTree.Element) -> None:
    """그림끼리 id가 겹치지 않게 앞머리를 붙이고, 쓰지 않는 id는 지웁니다."""
    text = ElementTree.tostring(root, encoding="unicode")
    prefix = f"rb{hashlib.sha256(text.encode()).hexdigest()[:10]}-"
    reference = re.compile(r"(?<=url\(#)[^)]+|(?<=^#).+")
    used: set[str] = set()
    for element in root.iter():
        for name in ("href", "clip-path", "style"):
            value = element.get(name, "")
            used.update(reference.findall(value))
            if value:
                element.set(name, reference.sub(lambda m: prefix + m.group(), value))
    for element in root.iter():
        identity = element.attrib.pop("id", None)
        if identity in used:
            element.set("id", f"{prefix}{identity}")
