"""그림: 행렬 히트맵, 롱테일, 손실 곡선, 요인 지도.

그림마다 제목은 결론을 말하고, 대체 텍스트는 자료에서 스스로 만들며, 색은 뜻을 따르되
색만으로 구별하지 않습니다. 노트북의 첫 셀에서 `use_style`을 부르면 Matplotlib으로 그린
다른 그림도 같은 양식을 따릅니다. 그림 함수는 좌표축(Axes)을 돌려줍니다.
"""

import math
import sys
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, Normalize, to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter
from numpy.typing import ArrayLike, NDArray

from recbook import _style
from recbook._svg import describe, figure_html

__all__ = [
    "color",
    "describe",
    "factor_map",
    "figure_html",
    "long_tail",
    "loss_curve",
    "matrix",
    "use_style",
]

Array = NDArray[Any]

_MOST_WRITTEN_CELLS = 400  # 이보다 많으면 칸에 수를 적지 않고 색 막대를 붙입니다
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_WIDE_RATIO = 1000  # 로그 축에서 가장 큰 값이 가장 작은 값의 이 배를 넘으면 넓습니다
_MOST_NAMES = 20  # 행이나 열이 이보다 많으면 이름 대신 수만 적습니다
_MOST_READ_CELLS = 25  # 대체 텍스트에 하나씩 읽어 주는 칸과 점의 수
_NAME_SIZE = 11.5  # 행과 열 이름의 크기(pt)
_LABEL_COLORS = {
    **dict.fromkeys(("사용자", "청취자", "회원"), "user"),
    **dict.fromkeys(("아이템", "음반", "음악가", "곡", "영화", "작품", "VOD"), "item"),
}


def color(name: str) -> str:
    """뜻으로 부르는 색: 맨 Matplotlib으로 그릴 때 씁니다.

    Parameters
    ----------
    name : str
        ``"user"``, ``"item"``, ``"observed"``, ``"predicted"``, ``"error"``, ``"ink"``,
        ``"muted"``, ``"line"`` 따위의 토큰 이름.

    Returns
    -------
    str
        16진수 색. 책에서는 어두운 화면에 맞추어 스스로 바뀝니다.

    Raises
    ------
    ValueError
        없는 이름일 때.
    """
    try:
        return _style.color(name)
    except KeyError:
        raise ValueError(
            f"‘{name}’이라는 색은 없습니다. user, item, observed, predicted, error, "
            "ink, muted, line 가운데 하나를 적어 주십시오."
        ) from None


def use_style() -> None:
    """Matplotlib의 기본 양식을 책의 양식으로 바꿉니다.

    노트북의 첫 코드 셀에서 한 번 부릅니다. 주피터에서는 그림이 페이지 안의 SVG로
    나옵니다. 색은 화면의 밝기를 따르고, 글자는 글자로 남습니다.

    Warns
    -----
    UserWarning
        한글 글꼴을 찾지 못했을 때.

    Notes
    -----
    이 패키지에서 전역 상태를 바꾸는 함수는 이것뿐입니다. 부르지 않아도 그림 함수는
    자기 그림 안에서 같은 양식을 씁니다.
    """
    _style.warn_without_korean()
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell is not None:
        _show_as_svg(shell)
    mpl.rcParams.update(_style.rc())


def _show_as_svg(shell: Any) -> None:
    """주피터가 그림을 `figure_html`로 보이게 합니다. 그림은 한 번만 나옵니다."""
    if hasattr(shell, "kernel"):
        from matplotlib_inline.config import InlineBackend

        shell.enable_matplotlib("inline")
        InlineBackend.instance(parent=shell).figure_formats = set()  # PNG는 만들지 않음
    formatter = shell.display_formatter.formatters["text/html"]
    formatter.for_type(Figure, figure_html)


# ── 행렬 ─────────────────────────────────────────────────────────────────────


def matrix(
    values: ArrayLike,
    rows: Sequence[str],
    columns: Sequence[str],
    *,
    title: str,
    kind: Literal["count", "signed", "error"] = "count",
    row_name: str = "사용자",
    column_name: str = "아이템",
    fmt: str | None = None,
    highlight: Iterable[tuple[int, int]] = (),
    ax: Axes | None = None,
    alt: str | None = None,
) -> Axes:
    """행렬을 값과 이름이 적힌 히트맵으로 그립니다.

    Parameters
    ----------
    values : array_like, shape (n_rows, n_columns)
        그릴 값. NaN은 빈칸입니다. 빗금을 긋고 물음표를 적습니다.
    rows, columns : sequence of str
        행과 열의 이름.
    title : str
        결론을 말하는 제목.
    kind : {"count", "signed", "error"}
        색을 매기는 법. ``"count"``는 0에서 시작하는 한 방향 색입니다. ``"signed"``와
        ``"error"``는 0을 가운데 둔 두 방향 색이며 값에 부호를 붙입니다.
    row_name, column_name : str
        행과 열이 무엇인지.
    fmt : str, optional
        값의 서식. ``".2f"``나 ``"{:.2f}"``. 없으면 값에 맞추어 정합니다.
    highlight : iterable of (int, int)
        테두리를 두를 칸의 (행, 열) 번호.
    ax : Axes, optional
        그릴 자리. 없으면 새 그림을 만듭니다.
    alt : str, optional
        대체 텍스트. 없으면 만듭니다.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        모양이 2차원이 아니거나, 비었거나, 이름의 수가 다르거나, 무한대가 있을 때.
    IndexError
        `highlight`의 번호가 행렬 밖일 때.
    """
    title = _checked_title(title)
    table = _table(values, rows, columns)
    cells = _checked_cells(highlight, table.shape)
    cmap, norm = _scale(table, kind)
    write = _writer(table, fmt, signed=kind != "count")
    written = table.size <= _MOST_WRITTEN_CELLS
    height = 0.9 + 0.46 * len(table) if written else _style.FIGURE_WIDTH * 0.8
    lines = max(name.count("\n") for name in _column_names(columns))
    height += lines * 0.2
    with mpl.rc_context(_style.rc()):
        ax, own = _axes(ax, height + _title_height(title))
        if written:
            _draw_cells(ax, table, cmap, norm, write)
        else:
            _draw_image(ax, table, cmap, norm)
        for i, j in cells:
            _frame(ax, table, i, j, cmap, norm)
        _name_cells(ax, (rows, columns), (row_name, column_name))
        _set_title(ax, title, own)
    names = (row_name, column_name)
    describe(ax, alt or _matrix_alt(title, table, rows, columns, names, write))
    return ax


def _table(values: ArrayLike, rows: Sequence[str], columns: Sequence[str]) -> Array:
    table = np.array(values, dtype=np.float64)
    if table.ndim != 2 or not table.size:
        raise ValueError(
            f"values: 모양이 {table.shape}입니다. "
            "비어 있지 않은 2차원 행렬이어야 합니다."
        )
    for names, size, axis in (
        (rows, table.shape[0], "행"),
        (columns, table.shape[1], "열"),
    ):
        if len(names) != size:
            raise ValueError(
                f"{axis} 이름은 {len(names)}개인데 행렬의 {axis}은 {size}개입니다. "
                "이름과 값의 수를 맞추어 주십시오. 행렬이 뒤집히지 않았는지도 "
                "확인해 주십시오."
            )
    if np.isinf(table).any():
        i, j = np.argwhere(np.isinf(table))[0]
        raise ValueError(
            f"values: ({rows[i]}, {columns[j]}) 칸이 무한대입니다. "
            "유한한 수로 고치거나, 빈칸이라면 np.nan을 넣어 주십시오."
        )
    return table


def _checked_cells(
    cells: Iterable[tuple[int, int]], shape: tuple[int, ...]
) -> list[tuple[int, int]]:
    checked = [(int(i), int(j)) for i, j in cells]
    for i, j in checked:
        if not (0 <= i < shape[0] and 0 <= j < shape[1]):
            raise IndexError(
                f"highlight: ({i}, {j}) 칸은 {shape[0]}×{shape[1]} 행렬 밖입니다. "
                "행과 열의 번호는 0부터 셉니다."
            )
    return checked


def _scale(table: Array, kind: str) -> tuple[Colormap, Normalize]:
    filled = table[~np.isnan(table)]
    low, high = (filled.min(), filled.max()) if filled.size else (0.0, 1.0)
    if kind == "count":
        low = min(0.0, low)
        return _style.count_map(), Normalize(low, high if high > low else low + 1)
    if kind in {"signed", "error"}:
        reach = max(abs(low), abs(high)) or 1.0
        return _style.signed_map(), Normalize(-reach, reach)
    raise ValueError(
        f"kind: 없는 종류('{kind}')입니다. "
        "'count', 'signed', 'error' 가운데 하나를 주십시오."
    )


def _writer(table: Array, fmt: str | None, signed: bool) -> Callable[[float], str]:
    """값을 글자로 바꾸는 함수. 음수에는 빼기 기호(−)를 씁니다."""
    if fmt is None:
        filled = table[~np.isnan(table)]
        digits = next(
            (d for d in (0, 1) if np.allclose(filled, filled.round(d), 0, 1e-9)), 2
        )
        fmt = f"{'+' if signed else ''},.{digits}f"
    template = fmt if "{" in fmt else f"{{:{fmt}}}"

    def write(value: float) -> str:
        text = template.format(value)
        if not any(digit in text for digit in "123456789"):
            text = text.lstrip("+-")  # +0.0과 -0.0은 0.0으로
        return text.replace("-", "−")

    return write


def _draw_cells(
    ax: Axes,
    table: Array,
    cmap: Colormap,
    norm: Normalize,
    write: Callable[[float], str],
) -> None:
    size = 12 if table.shape[1] <= 6 else 10.5 if table.shape[1] <= 10 else 8.5
    ground, muted = _style.color("ground"), _style.color("muted")
    for (i, j), value in np.ndenumerate(table):
        blank = np.isnan(value)
        face = "none" if blank else to_hex(cmap(norm(value)))
        cell = Rectangle((j, i), 1, 1, facecolor=face, edgecolor=ground, linewidth=2)
        if blank:
            # 빗금과 테두리는 한 색이라, 칸 사이의 틈은 네모를 하나 더 그려 냅니다.
            hatch = Rectangle((j, i), 1, 1, facecolor="none", hatch="///")
            hatch.set(edgecolor=_style.color("line"), linewidth=0)
            ax.add_patch(hatch)
        ax.add_patch(cell)
        ax.text(
            j + 0.5,
            i + 0.5,
            "?" if blank else write(value),
            color=muted if blank else _ink_on(face),
            fontsize=size,
            ha="center",
            va="center_baseline",
        )
    ax.set(xlim=(0, table.shape[1]), ylim=(table.shape[0], 0))


def _draw_image(ax: Axes, table: Array, cmap: Colormap, norm: Normalize) -> None:
    height, width = table.shape
    image = ax.imshow(
        table,
        cmap=cmap,
        norm=norm,
        aspect="auto",
        interpolation="nearest",
        extent=(0, width, height, 0),
    )
    bar = _figure(ax).colorbar(image, ax=ax, fraction=0.05, pad=0.02)
    bar.outline.set_visible(False)
    bar.ax.yaxis.set_major_formatter(FuncFormatter(_tick))


def _frame(
    ax: Axes, table: Array, i: int, j: int, cmap: Colormap, norm: Normalize
) -> None:
    """칸 안쪽에 두르는 굵은 테두리. 칸의 색 위에서도 어두운 화면에서도 보입니다."""
    blank = np.isnan(table[i, j])
    if table.size > _MOST_WRITTEN_CELLS:  # 작은 칸은 바깥에 두르고 흰 테를 덧댑니다
        halo = [withStroke(linewidth=3, foreground=_style.color("on-dark"))]
        ax.add_patch(
            Rectangle(
                (j, i),
                1,
                1,
                facecolor="none",
                edgecolor=_style.color("on-light"),
                linewidth=1.2,
                path_effects=halo,
                clip_on=False,
            )
        )
        return
    inset_x, inset_y = 0.035, 0.075
    edge = _style.color("ink") if blank else _ink_on(to_hex(cmap(norm(table[i, j]))))
    ax.add_patch(
        Rectangle(
            (j + inset_x, i + inset_y),
            1 - 2 * inset_x,
            1 - 2 * inset_y,
            facecolor="none",
            edgecolor=edge,
            linewidth=2,
        )
    )


def _name_cells(
    ax: Axes, labels: tuple[Sequence[str], Sequence[str]], names: tuple[str, str]
) -> None:
    """행과 열의 이름. 표처럼 열 이름은 위에, 행 이름은 왼쪽에 둡니다."""
    shown_names = (labels[0], _column_names(labels[1]))
    for axis, shown, name in zip((ax.yaxis, ax.xaxis), shown_names, names, strict=True):
        tint = _style.color(_LABEL_COLORS.get(name, "ink"))
        if len(shown) <= _MOST_NAMES:
            axis.set_ticks(np.arange(len(shown)) + 0.5, [str(label) for label in shown])
        else:
            axis.set_ticks([])
            name = f"{name}({len(shown):,})"
        axis.set_tick_params(length=0, labelcolor=tint, labelsize=_NAME_SIZE)
        axis.set_label_text(name, color=tint, fontsize=10.5)
    ax.xaxis.tick_top()
    ax.xaxis.set_tick_params(length=0, pad=5)
    ax.yaxis.set_tick_params(pad=7)
    ax.xaxis.set_label_position("top")
    ax.xaxis.label.set(ha="left", x=0)
    ax.yaxis.label.set(rotation=0, ha="right", va="bottom")
    ax.yaxis.set_label_coords(-7 / 250, 1.02)
    ax.spines[:].set_visible(False)


def _column_names(names: Sequence[str]) -> list[str]:
    """칸보다 긴 열 이름은 줄을 나눕니다."""
    room = _style.FIGURE_WIDTH * 72 * 0.85 / len(names) / _NAME_SIZE
    return ["\n".join(_fill_letters(str(name), max(room, 1.0))) for name in names]


def _ink_on(background: str) -> str:
    """배경 위에서 더 또렷한 글자색. 대비는 어느 배경에서나 4.5:1을 넘습니다."""
    candidates = [_style.color("on-light"), _style.color("on-dark")]
    return max(candidates, key=lambda ink: contrast(ink, background))


def contrast(first: str, second: str) -> float:
    """두 색의 명도 대비(WCAG 2.x). 1에서 21까지입니다."""
    bright, dim = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def _luminance(color: str) -> float:
    channels = np.array(to_rgb(color))
    linear = np.where(
        channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4
    )
    return float(linear @ (0.2126, 0.7152, 0.0722))


def _matrix_alt(
    title: str,
    table: Array,
    rows: Sequence[str],
    columns: Sequence[str],
    names: tuple[str, str],
    write: Callable[[float], str],
) -> str:
    n, m = table.shape
    alt = (
        f"{_sentence(title)} 행은 {names[0]}, 열은 {names[1]}인 {n:,}×{m:,} 행렬입니다."
    )
    blank = np.isnan(table)
    if table.size <= _MOST_READ_CELLS:
        for name, row in zip(rows, table, strict=True):
            cells = (
                f"{column} {'빈칸' if np.isnan(value) else write(value)}"
                for column, value in zip(columns, row, strict=True)
            )
            alt += f" {name}: {', '.join(cells)}."
        return alt
    if blank.any():
        alt += f" 빈칸은 {int(blank.sum()):,}개입니다."
    if not blank.all():
        for word, find in (("작은", np.nanargmin), ("큰", np.nanargmax)):
            i, j = map(int, np.unravel_index(find(table), table.shape))
            alt += f" 가장 {word} 값은 ({rows[i]}, {columns[j]}) 칸의 "
            alt += f"{write(table[i, j])}입니다."
    return alt


# ── 롱테일 ───────────────────────────────────────────────────────────────────


def long_tail(
    counts: ArrayLike,
    *,
    title: str,
    head: float = 0.2,
    name: str = "아이템",
    unit: str = "평점",
    ax: Axes | None = None,
    alt: str | None = None,
) -> Axes:
    """많이 받은 순서로 늘어놓은 횟수를 그리고, 머리가 차지하는 몫을 칠합니다.

    Parameters
    ----------
    counts : array_like, shape (n,)
        하나마다의 횟수. 0인 것은 빼고 그리며, 뺐다고 그림에 적습니다.
    title : str
        결론을 말하는 제목.
    head : float
        머리로 볼 상위 비율. 0보다 크고 1보다 작습니다.
    name, unit : str
        무엇이 무엇을 받았는지. 예: ``"아이템"``이 ``"평점"``을.
    ax, alt
        `matrix`와 같습니다.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        횟수가 비었거나, 모두 0이거나, 음수·NaN·무한대가 있거나, `head`가 0과 1 사이가
        아닐 때.
    """
    title = _checked_title(title)
    ranked, n_dropped = _ranked(counts)
    if not 0 < head < 1:
        raise ValueError(f"head: 0과 1 사이의 비율이어야 하는데 {head}입니다. 예: 0.2.")
    # 0.1 * 30이 3.0000000000000004가 되므로 조금 덜고 올립니다.
    n_head = math.ceil(head * len(ranked) - 1e-9)
    n_tail = len(ranked) - n_head
    share = float(ranked[:n_head].sum() / ranked.sum())
    tint = _style.color("user" if "사용자" in name else "item")
    counter = "명" if "사용자" in name else "개"
    with mpl.rc_context(_style.rc()):
        ax, own = _axes(ax, _style.FIGURE_HEIGHT + _title_height(title))
        _draw_tail(ax, ranked, n_head, tint)
        for x, y, place, rest in (
            (0.0, 0.86, f"머리: 상위 {_percent(head)}({n_head:,}{counter})", share),
            (0.16, 0.33, f"꼬리: 나머지 {n_tail:,}{counter}", 1 - share),
        ):
            ax.annotate(
                f"{place}\n전체 {unit}의 {rest:.0%}",
                xy=(n_head / len(ranked) + x, y),
                xytext=(8, 0),
                xycoords="axes fraction",
                textcoords="offset points",
                va="center",
                linespacing=1.2,
            )
        ax.set(xlim=(0, len(ranked)), ylim=(0, ranked[0] * 1.04))
        note = f", 기록 없는 {n_dropped:,}{counter} 제외" if n_dropped else ""
        _name_axes(ax, f"{name} 순위({unit} 수가 많은 순서){note}", f"{unit} 수")
        _set_title(ax, title, own)
    describe(
        ax,
        alt
        or f"{_sentence(title)} {name} {len(ranked):,}{counter}의 {unit} 수를 많은 "
        f"순서로 늘어놓은 계단 그림입니다. "
        f"상위 {_percent(head)}({n_head:,}{counter})의 몫은 "
        f"전체 {unit} 수 {_number(ranked.sum())} 가운데 {share:.1%}입니다. "
        f"가장 많은 값은 {_number(ranked[0])}, 가운데 값은 "
        f"{_number(float(np.median(ranked)))}, 가장 적은 값은 {_number(ranked[-1])}"
        "입니다."
        + (
            f" 기록이 없는 {n_dropped:,}{counter}의 자리는 뺐습니다."
            if n_dropped
            else ""
        ),
    )
    return ax


def _ranked(counts: ArrayLike) -> tuple[Array, int]:
    """0을 빼고 내림차순으로 놓은 횟수와, 뺀 것의 수."""
    given = np.array(counts, dtype=np.float64)
    if given.ndim != 1 or not given.size:
        raise ValueError(
            f"counts: 모양이 {given.shape}인데 값이 있는 1차원이어야 합니다. "
            "행렬이라면 np.asarray(table.sum(axis=0)).ravel()처럼 더해 주십시오."
        )
    bad = ~np.isfinite(given) | (given < 0)
    if bad.any():
        raise ValueError(
            f"counts: {int(np.argmax(bad)) + 1:,}번째 값({given[bad][0]})이 횟수가 "
            "아닙니다. 0 이상의 유한한 수를 주십시오."
        )
    kept = np.sort(given[given > 0])[::-1]
    if not kept.size:
        raise ValueError(
            "counts: 모두 0입니다. 기록이 있는 것이 하나는 있어야 그립니다."
        )
    return kept, given.size - kept.size


def _draw_tail(ax: Axes, ranked: Array, n_head: int, tint: str) -> None:
    # 같은 횟수가 이어지는 곳은 계단 한 칸이면 되므로, 수만 개여도 그림이 가볍습니다.
    ends = np.append(np.flatnonzero(np.diff(ranked)) + 1, len(ranked))
    edges = np.concatenate([[0], ends])
    heights = ranked[ends - 1]
    ax.stairs(heights, edges, fill=True, color=tint, alpha=0.22, linewidth=0)
    head_ends = np.append(ends[ends < n_head], n_head)
    ax.stairs(
        heights[: len(head_ends)],
        np.concatenate([[0], head_ends]),
        fill=True,
        color=tint,
        alpha=0.75,
        linewidth=0,
    )
    ax.stairs(heights, edges, color=tint, linewidth=1.4, baseline=None)
    ax.axvline(
        n_head, color=_style.color("muted"), linewidth=0.9, linestyle=(0, (4, 3))
    )


# ── 손실 곡선 ────────────────────────────────────────────────────────────────


def loss_curve(
    losses: ArrayLike | Sequence[ArrayLike],
    *,
    title: str,
    labels: Sequence[str] | None = None,
    log: bool = False,
    xlabel: str = "반복 횟수",
    ylabel: str = "손실",
    start: int = 0,
    ax: Axes | None = None,
    alt: str | None = None,
) -> Axes:
    """반복에 따른 손실을 그립니다.

    Parameters
    ----------
    losses : array_like or sequence of array_like
        손실의 나열 하나, 또는 여럿. 여럿이면 선 모양과 점 모양으로 구별합니다.
    title : str
        결론을 말하는 제목.
    labels : sequence of str, optional
        나열마다의 이름. 여럿이면 꼭 있어야 합니다.
    log : bool
        세로축을 로그로 그릴지. 손실이 모두 0보다 커야 합니다.
    xlabel, ylabel : str
        두 축의 이름과 단위.
    start : int
        첫 손실의 반복 횟수. 학습을 시작하기 전의 손실이 첫 값이면 0입니다.
    ax, alt
        `matrix`와 같습니다.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        비었거나, 유한하지 않은 값이 있거나, `log`인데 0 이하가 있거나,
        이름의 수가 다를 때.
    """
    title = _checked_title(title)
    curves = _curves(losses, log)
    names = _curve_names(labels, len(curves))
    looks = [
        ("error", "-", "o"),
        ("ink", "--", "s"),
        ("muted", "-.", "^"),
        ("predicted", ":", "D"),
    ]
    with mpl.rc_context(_style.rc()):
        ax, own = _axes(ax, _style.FIGURE_HEIGHT + _title_height(title))
        for place, (curve, name) in enumerate(zip(curves, names, strict=True)):
            tint, line, marker = looks[place % len(looks)]
            ax.plot(
                np.arange(start, start + len(curve)),
                curve,
                color=_style.color(tint),
                linestyle=line,
                marker=marker,
                markevery=max(1, len(curve) // 8),
                label=name,
            )
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        if log:
            ax.set_yscale("log")
            lowest = min(curve.min() for curve in curves)
            highest = max(curve.max() for curve in curves)
            # 몇 자리를 오가면 2와 5의 눈금까지 적을 자리가 없습니다.
            wide = highest > _WIDE_RATIO * lowest
            subs = (1,) if wide else (1, 2, 5)
            ax.yaxis.set_major_locator(LogLocator(subs=subs, numticks=8))
            ax.yaxis.set_minor_formatter(NullFormatter())
        ax.grid(axis="y")
        _name_axes(ax, xlabel, ylabel)
        if labels is not None:
            ax.legend(handlelength=3.2)
        _set_title(ax, title, own)
    read = " ".join(
        _read_curve(c, n, start) for c, n in zip(curves, names, strict=True)
    )
    axes = f"가로축은 {xlabel}, 세로축은 {ylabel}{'(로그 눈금)' if log else ''}입니다."
    describe(ax, alt or f"{_sentence(title)} {axes} {read}")
    return ax


def _curves(losses: Any, log: bool) -> list[Array]:
    given = list(losses)
    nested = bool(given) and np.ndim(given[0]) > 0
    curves = [np.array(c, dtype=np.float64) for c in (given if nested else [given])]
    for curve in curves:
        if curve.ndim != 1 or not curve.size:
            raise ValueError(
                "losses: 비어 있지 않은 1차원 나열이거나 그런 나열의 목록이어야 합니다"
                f"(모양 {curve.shape})."
            )
        bad = ~np.isfinite(curve)
        if bad.any():
            at = int(np.argmax(bad))
            raise ValueError(
                f"losses: {at}번 자리의 값이 {curve[at]}입니다. 학습이 발산했다면 "
                f"losses[:{at}]까지만 그리거나 학습률을 줄여 주십시오."
            )
        if log and (curve <= 0).any():
            raise ValueError(
                "losses: 0 이하인 값은 로그 눈금에 그릴 수 없습니다. log=False로 그려 "
                "주십시오."
            )
    return curves


def _curve_names(labels: Sequence[str] | None, n_curves: int) -> list[str]:
    if labels is None and n_curves == 1:
        return [""]
    if labels is None or isinstance(labels, str) or len(labels) != n_curves:
        raise ValueError(
            f"labels: 손실 곡선이 {n_curves}개이므로 이름도 {n_curves}개여야 합니다. "
            "예: labels=['훈련', '검증']."
        )
    return [str(label) for label in labels]


def _read_curve(curve: Array, name: str, start: int) -> str:
    first, last, best = curve[0], curve[-1], int(np.argmin(curve))
    text = f"처음 값은 {_number(first)}, 마지막 값은 {_number(last)}입니다."
    if 0 < best < len(curve) - 1:
        text += f" 가장 작은 값은 {start + best:,}번째의 {_number(curve[best])}입니다."
    return f"{name}: {text}" if name else text


# ── 요인 지도 ────────────────────────────────────────────────────────────────


def factor_map(
    user_factors: ArrayLike,
    item_factors: ArrayLike,
    users: Sequence[str],
    items: Sequence[str],
    *,
    title: str,
    dims: tuple[int, int] = (0, 1),
    dim_names: Sequence[str] | None = None,
    user_scale: float = 1.0,
    ax: Axes | None = None,
    alt: str | None = None,
) -> Axes:
    """사용자와 아이템을 두 잠재 요인의 평면에 찍습니다.

    Parameters
    ----------
    user_factors : array_like, shape (n_users, k)
    item_factors : array_like, shape (n_items, k)
        잠재 요인 행렬.
    users, items : sequence of str
        점 옆에 적을 이름.
    title : str
        결론을 말하는 제목.
    dims : (int, int)
        가로축과 세로축에 놓을 요인의 번호(0부터).
    dim_names : sequence of str, optional
        요인의 이름. 가로축과 세로축의 둘만 주거나 k개를 모두 줍니다.
    user_scale : float
        사용자의 좌표에 곱할 수. 사용자 벡터가 짧아 한데 뭉칠 때 씁니다.
        방향은 그대로이고, 몇 배인지 그림에 적습니다.
    ax, alt
        `matrix`와 같습니다.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        모양이 2차원이 아니거나, 비었거나, 요인의 수나 이름의 수가 어긋나거나,
        유한하지 않은 값이 있을 때.
    IndexError
        `dims`의 번호가 요인의 수를 벗어날 때.
    """
    title = _checked_title(title)
    tables = _factor_tables(user_factors, item_factors, users, items)
    axis_names = _dim_names(dims, dim_names, tables[0].shape[1])
    if not (math.isfinite(user_scale) and user_scale > 0):
        raise ValueError(f"user_scale: 0보다 큰 수여야 하는데 {user_scale}입니다.")
    points = [table[:, list(dims)] for table in tables]
    shown = [points[0] * user_scale, points[1]]
    scaled = f"사용자(좌표를 {user_scale:g}배)" if user_scale != 1 else "사용자"
    with mpl.rc_context(_style.rc()):
        low, high = _window(np.vstack(shown))
        tall = (_style.FIGURE_WIDTH - 0.6) * np.divide(*(high - low)[::-1]) + 0.9
        ax, own = _axes(ax, float(np.clip(tall, 2.6, 4.6)) + _title_height(title))
        for where, label, tint, marker in (
            (shown[0], scaled, "user", "o"),
            (shown[1], "아이템", "item", "s"),
        ):
            ax.scatter(
                where[:, 0],
                where[:, 1],
                s=42,
                color=_style.color(tint),
                marker=marker,
                label=label,
            )
        _name_axes(ax, *axis_names)
        ax.legend(
            loc="lower right",
            bbox_to_anchor=(1, 1),
            ncols=2,
            borderaxespad=0.2,
            handletextpad=0.2,
            columnspacing=1.2,
        )
        tints = ["user"] * len(users) + ["item"] * len(items)
        _set_title(ax, title, own)
        _cross_axes(ax, low, high)
        _name_points(ax, np.vstack(shown), [*map(str, users), *map(str, items)], tints)
    describe(ax, alt or _factor_alt(title, points, (users, items), axis_names))
    return ax


def _factor_tables(
    user_factors: ArrayLike,
    item_factors: ArrayLike,
    users: Sequence[str],
    items: Sequence[str],
) -> tuple[Array, Array]:
    tables = []
    for name, factors, labels in (
        ("user_factors", user_factors, users),
        ("item_factors", item_factors, items),
    ):
        table = np.array(factors, dtype=np.float64)
        if table.ndim != 2 or not table.size:
            raise ValueError(
                f"{name}: 비어 있지 않은 2차원 행렬이어야 하는데 모양이 {table.shape}"
                "입니다."
            )
        if len(table) != len(labels):
            raise ValueError(
                f"{name}: 행은 {len(table)}개인데 이름은 {len(labels)}개입니다. "
                "이름과 행의 수를 맞추어 주십시오."
            )
        if not np.isfinite(table).all():
            i = int(np.argmax(~np.isfinite(table).all(axis=1)))
            raise ValueError(
                f"{name}: '{labels[i]}'의 요인에 NaN이나 무한대가 있습니다. 학습이 "
                "발산하지 않았는지 확인해 주십시오."
            )
        tables.append(table)
    if tables[0].shape[1] != tables[1].shape[1]:
        raise ValueError(
            f"사용자의 요인은 {tables[0].shape[1]}개, 아이템의 요인은 "
            f"{tables[1].shape[1]}개입니다. 두 행렬의 열 수가 같아야 합니다."
        )
    return tables[0], tables[1]


def _dim_names(
    dims: tuple[int, int], names: Sequence[str] | None, k: int
) -> tuple[str, str]:
    if len(dims) != 2 or not all(0 <= dim < k for dim in dims):
        raise IndexError(
            f"dims: {tuple(dims)}에 없는 요인이 있습니다. 요인은 {k}개이므로 "
            f"0부터 {k - 1}까지에서 둘을 주십시오."
        )
    if names is None:
        return f"잠재 요인 {dims[0] + 1}", f"잠재 요인 {dims[1] + 1}"
    if len(names) == k:
        return str(names[dims[0]]), str(names[dims[1]])
    if len(names) == 2:
        return str(names[0]), str(names[1])
    raise ValueError(
        f"dim_names: 이름이 {len(names)}개입니다. 두 축의 이름 둘이나 요인마다의 이름 "
        f"{k}개를 주십시오."
    )


def _window(points: Array) -> tuple[Array, Array]:
    """점과 원점이 모두 들어가는 범위: 왼쪽 아래와 오른쪽 위."""
    corners = np.vstack([points, np.zeros((1, 2))])
    low, high = corners.min(axis=0), corners.max(axis=0)
    span = high - low
    margin = np.maximum(span, span.max() * 0.3) * 0.14 if span.any() else 1.0
    return low - margin, high + margin


def _cross_axes(ax: Axes, low: Array, high: Array) -> None:
    """원점을 지나는 가는 선과, 눈금 간격이 같은 두 축."""
    for draw in (ax.axhline, ax.axvline):
        draw(0, color=_style.color("line"), linewidth=0.9, zorder=0)
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 5, 10]))
    # 짧은 쪽을 넓혀 자리를 꽉 채운 다음, 두 축의 눈금 간격을 똑같이 맞춥니다.
    _figure(ax).draw_without_rendering()
    size = np.array(ax.get_window_extent().size)
    spare = ((high - low) / size).max() * size - (high - low)
    low, high = low - spare / 2, high + spare / 2
    ax.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]))
    ax.set_aspect("equal", adjustable="box")


def _name_points(
    ax: Axes, points: Array, names: Sequence[str], tints: Sequence[str]
) -> None:
    """점 옆에 이름을 적습니다. 다른 점이나 이름과 덜 겹치는 쪽을 고릅니다."""
    _figure(ax).draw_without_rendering()  # 눈금의 범위와 자리가 정해져야 겹침을 압니다
    to_points = 72 / _figure(ax).dpi
    at = ax.transData.transform(points) * to_points
    taken = [(x - 4, y - 4, x + 4, y + 4) for x, y in at]
    for (x, y), name, tint, point in zip(at, names, tints, points, strict=True):
        width, height, gap = _text_width(name) * 11, 11.0, 6.0
        spots = [  # 오른쪽을 먼저, 그다음 왼쪽, 위, 아래
            (gap, -height / 2, "left", "center"),
            (-gap - width, -height / 2, "right", "center"),
            (-width / 2, gap, "center", "bottom"),
            (-width / 2, -gap - height, "center", "top"),
        ]
        boxes = [(x + a, y + b, x + a + width, y + b + height) for a, b, *_ in spots]
        costs = [sum(_overlap(box, other) for other in taken) for box in boxes]
        best = int(np.argmin(costs))
        taken.append(boxes[best])
        _, _, ha, va = spots[best]
        offset = {"left": (gap, 0), "right": (-gap, 0)}.get(
            ha, (0, gap if va == "bottom" else -gap)
        )
        ax.annotate(
            name,
            xy=tuple(point),
            xytext=offset,
            textcoords="offset points",
            ha=ha,
            va="center_baseline" if va == "center" else va,
            color=_style.color(tint),
            fontweight="bold",
        )


def _overlap(a: tuple[float, ...], b: tuple[float, ...]) -> float:
    """두 네모(왼쪽, 아래, 오른쪽, 위)가 겹치는 넓이."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    return max(width, 0.0) * max(height, 0.0)


def _factor_alt(
    title: str,
    points: Sequence[Array],
    labels: tuple[Sequence[str], Sequence[str]],
    axis_names: tuple[str, str],
) -> str:
    alt = (
        f"{_sentence(title)} 가로축은 {axis_names[0]}, 세로축은 {axis_names[1]}입니다."
    )
    for kind, where, names in zip(("사용자", "아이템"), points, labels, strict=True):
        if sum(map(len, points)) <= _MOST_READ_CELLS:
            spots = (
                f"{name} ({_number(x)}, {_number(y)})"
                for name, (x, y) in zip(names, where, strict=True)
            )
            alt += f" {kind}: {', '.join(spots)}."
        else:
            low, high = where.min(axis=0), where.max(axis=0)
            alt += (
                f" {kind} {len(where):,}: 가로 {_number(low[0])}–{_number(high[0])}, "
                f"세로 {_number(low[1])}–{_number(high[1])}."
            )
    return alt


# ── 함께 쓰는 것 ─────────────────────────────────────────────────────────────


def _checked_title(title: str) -> str:
    if not title.strip():
        raise ValueError(
            "title: 제목이 비어 있습니다. "
            "그림이 말하는 결론을 한 문장으로 적어 주십시오."
        )
    return " ".join(title.split())


def _axes(ax: Axes | None, height: float) -> tuple[Axes, bool]:
    """그릴 자리와, 그림을 새로 만들었는지."""
    if ax is not None:
        _restyle(ax)
        return ax, False
    _, ax = plt.subplots(figsize=(_style.FIGURE_WIDTH, height), layout="constrained")
    return ax, True


def _restyle(ax: Axes) -> None:
    """남이 만든 좌표축의 글꼴과 테두리도 책의 양식으로 맞춥니다."""
    family = mpl.rcParams["font.family"]
    ax.tick_params(
        labelfontfamily=family,
        color=mpl.rcParams["xtick.color"],
        labelcolor=mpl.rcParams["xtick.color"],
        labelsize=mpl.rcParams["xtick.labelsize"],
    )
    for text in (ax.xaxis.label, ax.yaxis.label):
        text.set_fontfamily(family)
    ax.set_facecolor("none")
    ax.spines[["top", "right"]].set_visible(False)


def _figure(ax: Axes) -> Figure:
    figure = ax.get_figure(root=True)
    assert figure is not None
    return figure


def _set_title(ax: Axes, title: str, own: bool) -> None:
    """긴 제목은 줄을 나눕니다. 우리 그림이면 그림의 왼쪽 끝에 맞춥니다."""
    if own:
        text = _wrap(title, _style.FIGURE_WIDTH * 72 * 0.96)
        _figure(ax).suptitle(text, x=0.012, ha="left", linespacing=1.3)
    else:
        width = ax.get_position().width * _figure(ax).get_figwidth() * 72
        label = ax.set_title(_wrap(title, width), loc="left", linespacing=1.3)
        label.set_fontfamily(mpl.rcParams["font.family"])


def _title_height(title: str) -> float:
    """제목 때문에 더 필요한 높이(인치). 한 줄은 이미 셈에 들어 있습니다."""
    return 0.23 * _wrap(title, _style.FIGURE_WIDTH * 72 * 0.96).count("\n")


def _wrap(text: str, width: float) -> str:
    """낱말 사이에서 줄을 나눕니다. 줄의 길이가 되도록 고르게 합니다."""
    size = 12.5
    lines = _fill(text.split(), width / size)
    if len(lines) > 1:
        # 마지막 줄에 낱말 하나만 남지 않도록, 줄 수가 같은 가장 좁은 폭을 찾습니다.
        for narrow in np.linspace(0.5, 1, 26) * width / size:
            if len(tighter := _fill(text.split(), narrow)) == len(lines):
                lines = tighter
                break
    return "\n".join(lines)


def _fill(words: Sequence[str], width: float) -> list[str]:
    lines = [words[0]]
    for word in words[1:]:
        longer = f"{lines[-1]} {word}"
        if _text_width(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _fill_letters(text: str, width: float) -> list[str]:
    """`_fill`과 같되, 한 줄보다 긴 낱말은 글자 사이에서도 나눕니다."""
    words = []
    for word in text.split() or [""]:
        while _text_width(word) > width and len(word) > 1:
            cut = next(
                (
                    n
                    for n in range(len(word) - 1, 1, -1)
                    if _text_width(word[:n]) <= width
                ),
                1,
            )
            words.append(word[:cut])
            word = word[cut:]
        words.append(word)
    return _fill(words, width)


def _text_width(text: str) -> float:
    """글자의 폭(em)을 넉넉히 어림합니다. 글꼴이 달라도 답이 같습니다."""
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    return 0.92 * wide + 0.58 * (len(text) - wide) - 0.28 * text.count(" ")


def _name_axes(ax: Axes, xlabel: str, ylabel: str) -> None:
    """축의 이름. 세로축의 이름은 눕히지 않고 축의 위 끝에 적습니다."""
    ax.set_xlabel(xlabel, loc="right")
    ax.set_ylabel(ylabel, rotation=0, ha="left", va="bottom")
    ax.yaxis.set_label_coords(0, 1.02)
    for axis in (ax.xaxis, ax.yaxis):
        if not isinstance(axis.get_major_formatter(), FuncFormatter):
            axis.set_major_formatter(FuncFormatter(_tick))


def _tick(value: float, place: int | None = None) -> str:
    """눈금의 수. 아주 작거나 크면 1e-05가 아니라 10⁻⁵처럼 적습니다."""
    if value and not 1e-4 <= abs(value) < 1e7:
        digits, _, power = f"{value:.3g}".partition("e")
        if power:
            scale = "10" + str(int(power)).translate(_SUPERSCRIPTS)
            text = scale if digits == "1" else f"{digits}×{scale}"
            return text.replace("-", "−")
    return f"{value:,.10g}".replace("-", "−")


def _number(value: float) -> str:
    """읽기 좋은 수: 정수는 자릿점을 찍고, 소수는 세 자리까지."""
    if float(value).is_integer():
        text = f"{value:,.0f}"
    else:
        text = f"{value:,.1f}" if abs(value) >= 100 else f"{value:.3g}"
    return text.replace("-", "−")


def _percent(share: float) -> str:
    return f"{share * 100:.10g}%"


def _sentence(title: str) -> str:
    return title if title.endswith((".", "?", "!")) else f"{title}."
