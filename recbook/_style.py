"""그림의 양식: 디자인 토큰, 글꼴, Matplotlib 설정.

색은 `tokens.css`에만 적혀 있습니다. 여기서는 그 파일을 읽어 Matplotlib에 건넵니다.
"""

import logging
import os
import re
import warnings
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

from cycler import cycler
from matplotlib import font_manager
from matplotlib.colors import LinearSegmentedColormap

FIGURE_WIDTH = (
    4.8  # 인치. 17–18px 본문 옆에서 글자가 14px쯤으로 보이고 360px에서도 읽힙니다
)
FIGURE_HEIGHT = 3.1

# 있으면 앞의 것부터 씁니다. Pretendard는 책의 본문 글꼴입니다.
_KOREAN_FAMILIES = (
    "Pretendard",
    "Apple SD Gothic Neo",
    "Malgun Gothic",
    "Noto Sans KR",
    "Noto Sans CJK KR",
    "NanumGothic",
    "NanumBarunGothic",
    "AppleGothic",
)


class Tokens(NamedTuple):
    """디자인 토큰: 밝은 화면의 색과, 어두운 화면에서 바뀌는 토큰의 이름."""

    light: dict[str, str]
    themed: tuple[str, ...]


@lru_cache(maxsize=1)
def tokens() -> Tokens:
    """`tokens.css`를 읽습니다. 이름에는 앞머리 ``--rb-``를 뺍니다."""
    css = files("recbook").joinpath("tokens.css").read_text(encoding="utf-8")
    light, dark = (
        dict(re.findall(r"--rb-([\w-]+):\s*(.+?);", block))
        for block in re.findall(r"^[^{}\n]+\{(.*?)\}", css, re.DOTALL | re.MULTILINE)
    )
    return Tokens(light=light, themed=tuple(dark))


def color(name: str) -> str:
    """토큰의 색. 예: ``color("user")``."""
    return tokens().light[name]


def count_map() -> LinearSegmentedColormap:
    """횟수와 점수: 옅은 먹색에서 짙은 먹색으로 가는 한 방향 색."""
    names = ("count-low", "count-high")
    return LinearSegmentedColormap.from_list("recbook-count", [*map(color, names)])


def signed_map() -> LinearSegmentedColormap:
    """부호가 있는 값과 오차: 자주(−)–0–올리브(+). 색각이 달라도 갈립니다."""
    names = ("negative", "zero", "positive")
    return LinearSegmentedColormap.from_list("recbook-signed", [*map(color, names)])


def _register_fonts() -> None:
    """환경 변수 RECBOOK_FONTS의 폴더에 든 글꼴을 Matplotlib에 알립니다."""
    folder = os.environ.get("RECBOOK_FONTS")
    if not folder:
        return
    fonts = sorted(p for p in Path(folder).glob("*") if p.suffix in {".otf", ".ttf"})
    if not fonts:
        raise FileNotFoundError(
            f"환경 변수 RECBOOK_FONTS의 폴더 '{folder}'에 "
            "글꼴 파일(.otf, .ttf)이 없습니다. "
            "Pretendard-Regular.otf가 든 폴더로 고치거나 환경 변수를 지워 주십시오."
        )
    known = {entry.fname for entry in font_manager.fontManager.ttflist}
    for font in fonts:
        if str(font) not in known:
            font_manager.fontManager.addfont(font)


def korean_family() -> str | None:
    """쓸 수 있는 한글 글꼴 하나. 없으면 None."""
    _register_fonts()
    installed = {entry.name for entry in font_manager.fontManager.ttflist}
    return next((name for name in _KOREAN_FAMILIES if name in installed), None)


GLYPH_WARNING = "Glyph .* missing from font"


def warn_without_korean() -> None:
    """한글 글꼴이 없으면 알리고, Matplotlib이 글자마다 하는 경고는 끕니다."""
    if korean_family() is None:
        warnings.filterwarnings("ignore", message=GLYPH_WARNING)
        logging.getLogger("matplotlib.mathtext").setLevel(logging.ERROR)
        warnings.warn(
            "Matplotlib이 쓸 한글 글꼴이 없습니다. 노트북과 책의 그림은 "
            "브라우저의 글꼴로 보이지만, PNG로 저장하면 한글이 네모로 나옵니다. "
            "나눔고딕(fonts-nanum)이나 Pretendard를 설치하거나, "
            "글꼴 파일이 든 폴더를 환경 변수 RECBOOK_FONTS에 적어 주십시오.",
            UserWarning,
            stacklevel=3,
        )


def rc() -> dict[str, Any]:
    """책의 Matplotlib 설정(rcParams)."""
    korean = korean_family()
    ink, muted, line = color("ink"), color("muted"), color("line")
    meanings = ("observed", "predicted", "user", "item", "error")
    return {
        "figure.figsize": (FIGURE_WIDTH, FIGURE_HEIGHT),
        "figure.facecolor": "none",
        "figure.constrained_layout.use": True,
        "figure.constrained_layout.h_pad": 0.07,
        "savefig.facecolor": "none",
        "savefig.dpi": 200,
        "font.family": [korean, "DejaVu Sans"] if korean else ["DejaVu Sans"],
        "font.size": 11,
        "text.color": ink,
        "mathtext.fontset": "dejavusans",
        "axes.facecolor": "none",
        "axes.edgecolor": muted,
        "axes.linewidth": 0.7,
        "axes.labelcolor": muted,
        "axes.labelsize": 11,
        "axes.titlecolor": ink,
        "axes.titlelocation": "left",
        "axes.titlesize": 12.5,
        "axes.titleweight": "bold",
        "axes.titlepad": 10,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.axisbelow": True,
        "axes.unicode_minus": True,
        "axes.prop_cycle": cycler(
            color=[color(name) for name in meanings],
            linestyle=["-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1))],
        ),
        "figure.titlesize": 12.5,
        "figure.titleweight": "bold",
        "grid.color": line,
        "grid.linewidth": 0.7,
        "hatch.color": line,
        "hatch.linewidth": 0.8,
        "legend.frameon": False,
        "legend.fontsize": 10.5,
        "legend.labelcolor": ink,
        "lines.linewidth": 1.8,
        "lines.markersize": 5.5,
        "patch.linewidth": 0.7,
        "xtick.color": muted,
        "ytick.color": muted,
        "xtick.labelsize": 10.5,
        "ytick.labelsize": 10.5,
        "xtick.major.size": 3,
        "ytick.major.size": 3,
        "xtick.major.width": 0.7,
        "ytick.major.width": 0.7,
        "svg.fonttype": "none",
        "svg.hashsalt": "recbook",
    }
