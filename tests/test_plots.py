"""그림: 적힌 수와 대체 텍스트, 페이지에 들어갈 SVG, 색의 대비, 잘못된 입력."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import warnings
from importlib.resources import files
from xml.etree import ElementTree

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.colors import to_hex

from recbook import _style, _svg, plots
from recbook.datasets import worked_example

# 한글 글꼴이 없는 기계에서도 같은 것을 검사합니다. 글자는 SVG에 글자로 남기 때문입니다.
pytestmark = pytest.mark.filterwarnings(f"ignore:{_style.GLYPH_WARNING}")

EX = worked_example()
CSS = files("recbook").joinpath("tokens.css").read_text(encoding="utf-8")
TITLE = "B는 음반 가를 아직 듣지 않았다"


@pytest.fixture(autouse=True)
def _nothing_global_changes():
    before = mpl.rcParams.copy()
    yield
    plt.close("all")
    changed = {name for name in before if before[name] != mpl.rcParams[name]}
    assert changed <= {"backend"}, "그림 함수가 전역 설정을 바꾸었습니다"


def svg(ax) -> ElementTree.Element:
    html = plots.figure_html(ax.figure)
    assert html.startswith('<div class="rb-figure"')
    return ElementTree.fromstring(html)[0]


def texts(root: ElementTree.Element) -> list[str]:
    return ["".join(text.itertext()) for text in root.iter("text")]


def alt(ax) -> str:
    return svg(ax).attrib["aria-label"]


def some_plots():
    yield plots.matrix(EX.R, EX.users, EX.items, title=TITLE, highlight=[(1, 0)])
    yield plots.long_tail([9, 5, 1, 1], title=TITLE)
    yield plots.loss_curve([3.0, 2.0, 1.5], title=TITLE)
    yield plots.factor_map(EX.U, EX.I, EX.users, EX.items, title=TITLE)


# ── 행렬 ─────────────────────────────────────────────────────────────────────


def test_matrix_writes_every_value_and_name():
    ax = plots.matrix(EX.U @ EX.I.T, EX.users, EX.items, title=TITLE)
    written = texts(svg(ax))
    by_hand = ["7.9", "2.9", "6.3", "0.3", "3.4", "3.4", "1.6", "4.3", "5.3"]
    for text in [*EX.users, *EX.items, "사용자", "아이템", TITLE, *set(by_hand)]:
        assert written.count(text) == max(1, by_hand.count(text))
    assert alt(ax) == (
        f"{TITLE}. 행은 사용자, 열은 아이템인 3×3 행렬입니다. "
        "A: 가 7.9, 나 2.9, 다 6.3. B: 가 0.3, 나 3.4, 다 3.4. "
        "C: 가 1.6, 나 4.3, 다 5.3."
    )


def test_signed_values_carry_their_sign():
    ax = plots.matrix(
        [[-0.5, 0.0], [2.5, -1e-12]], "AB", "가나", title="가", kind="error"
    )
    assert {"−0.5", "+2.5", "0.0"} <= set(texts(svg(ax)))
    assert not any("-" in text for text in texts(svg(ax)))


@pytest.mark.parametrize(
    ("fmt", "text"), [(".2f", "1,234.57"), ("{:.0f}점", "1235점"), (None, "1,234.57")]
)
def test_value_format(fmt, text):
    fmt = ",.2f" if fmt == ".2f" else fmt
    ax = plots.matrix([[1234.567]], ["A"], ["가"], title="가", fmt=fmt)
    assert text in texts(svg(ax))


def test_blank_cells_are_hatched_and_marked():
    table = EX.R.copy()
    table[1, 0] = np.nan
    ax = plots.matrix(table, EX.users, EX.items, title=TITLE, highlight=[(1, 0)])
    root = svg(ax)
    assert "?" in texts(root)
    assert root.findall(".//pattern")
    assert "가 빈칸" in root.attrib["aria-label"]
    everything_blank = plots.matrix([[np.nan]], ["A"], ["가"], title="가")
    assert "A: 가 빈칸." in alt(everything_blank)


def test_highlight_frames_exactly_the_named_cells():
    plain = plots.matrix(EX.R, EX.users, EX.items, title=TITLE)
    framed = plots.matrix(
        EX.R, EX.users, EX.items, title=TITLE, highlight=[(1, 0), (2, 2)]
    )
    assert len(framed.patches) == len(plain.patches) + 2
    corners = {
        (int(patch.get_y()), int(patch.get_x()))
        for patch in framed.patches[len(plain.patches) :]
    }
    assert corners == {(1, 0), (2, 2)}


def test_many_cells_become_an_image_with_a_bar():
    table = np.arange(900.0).reshape(30, 30)
    table[3, 4] = np.nan
    ax = plots.matrix(table, range(30), range(30), title="가", highlight=[(0, 0)])
    root = svg(ax)
    assert len(root.findall(".//image")) >= 1
    assert "사용자(30)" in texts(root)
    label = root.attrib["aria-label"]
    assert "30×30 행렬" in label
    assert "빈칸은 1개" in label
    assert "가장 큰 값은 (29, 29) 칸의 899" in label
    blank = plots.matrix(np.full((21, 21), np.nan), range(21), range(21), title="가")
    assert "빈칸은 441개" in alt(blank)


def test_long_names_are_broken_into_lines():
    name = "아주아주아주아주아주아주아주긴이름 둘"
    ax = plots.matrix(np.eye(6), "ABCDEF", [name, *"나다라마바"], title="가")
    label = ax.get_xticklabels()[0].get_text()
    assert "\n" in label
    assert label.replace("\n", "").replace(" ", "") == name.replace(" ", "")


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"values": [1, 2, 3]}, ValueError, r"모양이 \(3,\)"),
        ({"values": np.zeros((0, 3))}, ValueError, "모양이"),
        ({"rows": "AB"}, ValueError, "행 이름은 2개인데 행렬의 행은 3개"),
        ({"columns": "가"}, ValueError, "열 이름은 1개인데"),
        ({"values": [[1, np.inf, 0]] * 3}, ValueError, r"\(A, 나\) 칸이 무한대"),
        ({"highlight": [(3, 0)]}, IndexError, r"\(3, 0\) 칸은 3×3 행렬 밖"),
        ({"highlight": [(0, -1)]}, IndexError, "0부터"),
        ({"kind": "heat"}, ValueError, "'count', 'signed', 'error'"),
        ({"title": "  "}, ValueError, "제목이 비어"),
    ],
)
def test_bad_matrix(changes, error, message):
    good = {"values": EX.R, "rows": EX.users, "columns": EX.items, "title": TITLE}
    with pytest.raises(error, match=message):
        plots.matrix(**(good | changes))
    assert not plt.get_fignums(), "잘못된 입력이 빈 그림을 남겼습니다"


# ── 롱테일 ───────────────────────────────────────────────────────────────────


def test_long_tail_states_the_share_of_the_head():
    counts = np.array([1, 0, 50, 3, 2, 20, 5, 0, 8, 7, 3, 1])  # 0을 빼면 열 개, 합 100
    ax = plots.long_tail(counts, title="둘이 70%를 가져간다", name="곡", unit="재생")
    root = svg(ax)
    written = texts(root)
    assert "머리: 상위 20%(2개)" in written
    assert "전체 재생의 70%" in written
    assert "꼬리: 나머지 8개" in written
    assert "전체 재생의 30%" in written
    label = root.attrib["aria-label"]
    assert "상위 20%(2개)의 몫은 전체 재생 수 100 가운데 70.0%입니다" in label
    assert "가장 많은 값은 50, 가운데 값은 4, 가장 적은 값은 1입니다" in label
    assert "기록이 없는 2개의 자리는 뺐습니다" in label


def test_long_tail_head_is_not_rounded_up_by_floating_point():
    ax = plots.long_tail(np.ones(30), title="가", head=0.1, name="사용자")
    assert "머리: 상위 10%(3명)" in texts(svg(ax))


@given(st.lists(st.integers(0, 30), min_size=1, max_size=60), st.floats(0.01, 0.99))
def test_long_tail_shares_agree_with_plain_python(counts, head):
    if not any(counts):
        return
    ranked = sorted((count for count in counts if count), reverse=True)
    ax = plots.long_tail(counts, title="가", head=head)
    shown = next(t.get_text() for t in ax.texts if t.get_text().startswith("머리"))
    n_head = int(re.search(r"\(([\d,]+)개\)", shown)[1].replace(",", ""))
    assert n_head - 1 < head * len(ranked) + 1e-6
    assert n_head >= head * len(ranked) - 1e-6
    share = sum(ranked[:n_head]) / sum(ranked)
    assert f"전체 평점의 {share:.0%}" in shown
    plt.close(ax.figure)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"counts": []}, "1차원"),
        ({"counts": [[1, 2]]}, "1차원"),
        ({"counts": [0, 0]}, "모두 0"),
        ({"counts": [1, -2]}, r"2번째 값\(-2.0\)"),
        ({"counts": [1, 2, np.nan]}, "3번째 값"),
        ({"head": 0}, "head"),
        ({"head": 20}, "0과 1 사이"),
        ({"title": ""}, "제목이 비어"),
    ],
)
def test_bad_long_tail(changes, message):
    with pytest.raises(ValueError, match=message):
        plots.long_tail(**({"counts": [3, 2, 1], "title": "가"} | changes))
    assert not plt.get_fignums()


# ── 손실 곡선 ────────────────────────────────────────────────────────────────


def test_loss_curve_draws_the_losses():
    ax = plots.loss_curve([4.0, 2.0, 1.0, 1.5], title="셋째에서 가장 낮다", start=1)
    np.testing.assert_allclose(
        ax.lines[0].get_xydata(), [[1, 4], [2, 2], [3, 1], [4, 1.5]]
    )
    label = alt(ax)
    assert "처음 값은 4, 마지막 값은 1.5입니다." in label
    assert "가장 작은 값은 3번째의 1입니다." in label


def test_loss_curves_differ_by_line_and_marker():
    curves = [np.array([3.0, 2.0]), [3.0, 2.5, 2.4]]
    ax = plots.loss_curve(curves, labels=["훈련", "검증"], title="가", log=True)
    looks = {(line.get_linestyle(), line.get_marker()) for line in ax.lines}
    assert len(looks) == 2
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["훈련", "검증"]
    assert ax.get_yscale() == "log"
    assert "훈련: 처음 값은 3" in alt(ax)
    assert not any("×" in text for text in texts(svg(ax)))  # 6 × 10⁰ 같은 눈금


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"losses": []}, "losses"),
        ({"losses": [[[1.0]]]}, "losses"),
        ({"losses": [1.0, np.nan]}, r"losses\[:1\]까지만"),
        ({"losses": [1.0, np.inf]}, "발산"),
        ({"losses": [1.0, 0.0], "log": True}, "log=False"),
        ({"losses": [[1.0], [2.0]]}, "이름도 2개"),
        ({"losses": [[1.0], [2.0]], "labels": "훈련"}, "이름도 2개"),
        ({"title": " "}, "제목이 비어"),
    ],
)
def test_bad_loss_curve(changes, message):
    with pytest.raises(ValueError, match=message):
        plots.loss_curve(**({"losses": [2.0, 1.0], "title": "가"} | changes))
    assert not plt.get_fignums()


# ── 요인 지도 ────────────────────────────────────────────────────────────────


def test_factor_map_places_users_and_items():
    ax = plots.factor_map(
        EX.U, EX.I, EX.users, EX.items, title="가", dim_names=EX.features, user_scale=5
    )
    users, items = (points.get_offsets() for points in ax.collections)
    np.testing.assert_allclose(users, EX.U[:, :2] * 5)
    np.testing.assert_allclose(items, EX.I[:, :2])
    root = svg(ax)
    assert {*EX.users, *EX.items, "사용자(좌표를 5배)", "아이템"} <= set(texts(root))
    label = root.attrib["aria-label"]
    assert "가로축은 장르, 세로축은 발매지역입니다" in label
    assert "A (0.9, −0.8)" in label  # 늘리기 전의 좌표
    assert "다 (8, 2)" in label


def test_factor_map_keeps_angles():
    ax = plots.factor_map(EX.U, EX.I, EX.users, EX.items, title="가", dims=(1, 2))
    plots.figure_html(ax.figure)
    (x0, y0), (x1, _), (_, y1) = ax.transData.transform([(0, 0), (1, 0), (0, 1)])
    assert x1 - x0 == pytest.approx(y1 - y0, rel=1e-6)
    assert ax.get_xlabel() == "잠재 요인 2"


def test_names_of_close_points_do_not_overlap():
    near = np.array([[0.0, 0.0], [0.1, 0.02], [0.05, -0.1]])
    ax = plots.factor_map(near, EX.I[:, :2], ["갑", "을", "병"], "가나다", title="가")
    ax.figure.draw_without_rendering()
    boxes = [text.get_window_extent() for text in ax.texts]
    for at, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[at + 1 :])


def test_factor_map_of_many_points_summarises():
    rng = np.random.default_rng(0)
    ax = plots.factor_map(
        rng.normal(size=(20, 2)),
        np.zeros((6, 2)),
        [f"u{n}" for n in range(20)],
        [f"i{n}" for n in range(6)],
        title="가",
        dim_names=("가로", "세로"),
    )
    assert "아이템 6: 가로 0–0, 세로 0–0." in alt(ax)


def test_two_names_are_the_names_of_the_axes():
    ax = plots.factor_map(
        EX.U, EX.I, EX.users, EX.items, title="가", dims=(1, 2), dim_names=("ㄱ", "ㄴ")
    )
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("ㄱ", "ㄴ")


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"user_factors": [1, 2]}, ValueError, "user_factors: .*2차원"),
        ({"users": "AB"}, ValueError, "행은 3개인데 이름은 2개"),
        ({"item_factors": EX.I[:, :2]}, ValueError, "열 수가 같아야"),
        ({"item_factors": EX.I * np.nan}, ValueError, "'가'의 요인에 NaN"),
        ({"dims": (0, 3)}, IndexError, "요인은 3개"),
        ({"dims": (0, 1, 2)}, IndexError, "둘을"),
        ({"dim_names": ["하나"]}, ValueError, "이름이 1개"),
        ({"user_scale": 0}, ValueError, "user_scale"),
        ({"title": ""}, ValueError, "제목이 비어"),
    ],
)
def test_bad_factor_map(changes, error, message):
    good = {
        "user_factors": EX.U,
        "item_factors": EX.I,
        "users": EX.users,
        "items": EX.items,
        "title": "가",
    }
    with pytest.raises(error, match=message):
        plots.factor_map(**(good | changes))
    assert not plt.get_fignums()


# ── 모든 그림 ────────────────────────────────────────────────────────────────


def test_inputs_are_never_changed():
    values = np.array([[1.0, np.nan], [3.0, 4.0]])
    counts = np.array([0, 3, 1])
    before = values.copy(), counts.copy()
    plots.matrix(values, "AB", "가나", title="가")
    plots.long_tail(counts, title="가")
    plots.loss_curve(counts, title="가")
    np.testing.assert_array_equal(values, before[0])
    np.testing.assert_array_equal(counts, before[1])


def test_given_axes_are_used_and_alts_are_joined():
    figure, axes = plt.subplots(1, 2)
    for ax, table, title in zip(axes, (EX.R, EX.U), ("하나", "둘"), strict=True):
        assert plots.matrix(table, EX.users, EX.items, title=title, ax=ax) is ax
        assert ax.get_title(loc="left") == title
    label = _svg.alt_text(figure)
    assert label.index("하나.") < label.index("둘.")


def test_alt_can_be_overridden():
    ax = plots.loss_curve([2, 1], title="가", alt="손수 적은 글")
    assert alt(ax) == "손수 적은 글"
    plots.describe(ax.figure, "그림 전체를\n말하는 글")
    assert alt(ax) == "그림 전체를 말하는 글"
    with pytest.raises(ValueError, match="대체 텍스트가 비어"):
        plots.describe(ax.figure, " ")


def test_plain_figures_fall_back_to_their_title():
    figure, ax = plt.subplots()
    ax.plot([1, 2])
    with pytest.raises(ValueError, match="제목도 대체 텍스트도"):
        plots.figure_html(figure)
    ax.set_title("곧게 오른다")
    assert _svg.alt_text(figure) == "곧게 오른다"
    figure.suptitle("위 제목")
    assert _svg.alt_text(figure) == "위 제목 곧게 오른다"


def test_svg_is_safe_inside_a_page():
    pages = []
    for ax, again in zip(some_plots(), some_plots(), strict=True):
        html = plots.figure_html(ax.figure)
        assert html == plots.figure_html(again.figure)  # 같은 자료는 같은 글자열
        root = ElementTree.fromstring(html)[0]
        assert root.attrib["role"] == "img"
        assert "width" not in root.attrib
        assert "max-width:" in root.attrib["style"]
        # <style>의 "*{…}"는 페이지 전체에 번지고, 바깥 주소는 요청이 됩니다.
        assert not root.findall(".//style")
        assert "<metadata" not in html
        assert "http" not in html
        identities = [e.attrib["id"] for e in root.iter() if "id" in e.attrib]
        targets = re.findall(r'(?:href="#|url\(#)([^")]+)', html)
        assert set(identities) == set(targets)
        pages += identities
    assert len(pages) == len(set(pages)), "그림끼리 id가 겹칩니다"


def test_colours_come_from_the_tokens():
    light, themed = _style.tokens()
    for ax in some_plots():
        html = plots.figure_html(ax.figure)
        variables = dict(re.findall(r"var\(--rb-([\w-]+), (#\w+)\)", html))
        assert "ink" in variables
        for name, value in variables.items():
            assert light[name].upper() == value
        bare = re.sub(r"var\([^)]*\)", "", html).upper()
        for name in themed:
            if light[name].startswith("#"):
                assert light[name].upper() not in bare


def test_token_colours_follow_their_meaning():
    html = plots.figure_html(
        plots.factor_map(EX.U, EX.I, EX.users, EX.items, title="가").figure
    )
    assert "var(--rb-user," in html
    assert "var(--rb-item," in html


def test_text_that_looks_like_markup_stays_text():
    title = '#2459A9 <b> & "id" url(#x)는 글자다'
    ax = plots.loss_curve([2, 1], title=title)
    root = svg(ax)
    assert title in " ".join(texts(root))
    assert root.attrib["aria-label"].startswith(title)


@pytest.mark.parametrize("title", ["짧다", "가 " * 60, "끊을 수 없는" + "긴" * 50])
def test_titles_are_wrapped_at_words(title):
    ax = plots.loss_curve([2, 1], title=title)
    shown = ax.figure.get_suptitle()
    assert shown.split() == title.split()
    for line in shown.split("\n"):
        fits = plots._text_width(line) * 12.5 <= _style.FIGURE_WIDTH * 72
        assert fits or " " not in line


# ── 색과 글꼴 ────────────────────────────────────────────────────────────────


def wcag(first: str, second: str) -> float:
    """명도 대비를 정의대로 다시 셉니다(WCAG 2.2, relative luminance)."""

    def luminance(code: str) -> float:
        total = 0.0
        for weight, at in ((0.2126, 1), (0.7152, 3), (0.0722, 5)):
            channel = int(code[at : at + 2], 16) / 255
            linear = (
                channel / 12.92
                if channel <= 0.04045
                else ((channel + 0.055) / 1.055) ** 2.4
            )
            total += weight * linear
        return total

    high, low = sorted((luminance(first), luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def blocks() -> tuple[dict[str, str], dict[str, str]]:
    found = re.findall(r"\{(.*?)\}", CSS, re.DOTALL)
    pairs = [dict(re.findall(r"--rb-([\w-]+):\s*(#\w{6});", block)) for block in found]
    return pairs[0], pairs[0] | pairs[1]


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_tokens_are_legible_on_their_ground(theme):
    colors = blocks()[theme]
    for name in ("user", "item", "observed", "predicted", "error", "ink", "muted"):
        for ground in ("ground", "surface"):
            assert wcag(colors[name], colors[ground]) >= 4.5, (name, ground)


@given(st.floats(0, 1), st.booleans())
def test_text_on_every_cell_colour_is_legible(where, signed):
    cmap = _style.signed_map() if signed else _style.count_map()
    face = to_hex(cmap(where))
    assert wcag(plots._ink_on(face), face) >= 4.5
    assert plots.contrast("#000000", "#ffffff") == pytest.approx(21)


def test_cell_colours_never_collide_with_tokens():
    themed = {_style.color(name).upper() for name in _style.tokens().themed}
    for cmap in (_style.count_map(), _style.signed_map()):
        shades = {to_hex(cmap(step)).upper() for step in range(cmap.N)}
        assert not shades & themed
    for name in ("on-light", "on-dark"):
        assert _style.color(name).upper() not in themed


# 색각 이상을 흉내 내는 행렬(Machado, Oliveira, Fernandes 2009, 정도 1.0, 선형 RGB).
COLOUR_BLIND = {
    "적색맹": [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]],
    "녹색맹": [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]],
    "청색맹": [[1.256, -0.077, -0.179], [-0.078, 0.931, 0.148], [0.005, 0.691, 0.304]],
}


def lab(code: str, matrix: list[list[float]]) -> np.ndarray:
    rgb = np.array([int(code[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    seen = np.clip(np.array(matrix) @ linear, 0, 1)
    to_xyz = [
        [0.4124, 0.3576, 0.1805],
        [0.2126, 0.7152, 0.0722],
        [0.0193, 0.1192, 0.9505],
    ]
    x, y, z = np.cbrt(np.array(to_xyz) @ seen / (0.9505, 1.0, 1.089) + 1e-9)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("kind", COLOUR_BLIND)
def test_signs_stay_apart_for_colour_blind_readers(kind):
    matrix = COLOUR_BLIND[kind]
    cmap = _style.signed_map()
    for reach in (0.5, 1.0):
        ends = [lab(to_hex(cmap(0.5 + sign * reach / 2)), matrix) for sign in (-1, 1)]
        assert np.linalg.norm(ends[0] - ends[1]) > 15
    shades = [lab(to_hex(_style.count_map()(s)), matrix)[0] for s in (0.0, 0.5, 1.0)]
    assert shades[0] > shades[1] + 15
    assert shades[1] > shades[2] + 15


@pytest.fixture
def no_korean_font(monkeypatch):
    monkeypatch.delenv("RECBOOK_FONTS", raising=False)
    monkeypatch.setattr(_style, "_KOREAN_FAMILIES", ())


@pytest.mark.usefixtures("no_korean_font")
def test_missing_korean_font_is_said_with_the_remedy():
    with mpl.rc_context():
        with pytest.warns(UserWarning, match="한글 글꼴이 없습니다") as caught:
            plots.use_style()
        assert "RECBOOK_FONTS" in str(caught[0].message)
        assert mpl.rcParams["font.family"] == ["DejaVu Sans"]
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # 글자마다 하는 경고는 나오지 않습니다
            plots.figure_html(plots.loss_curve([2, 1], title="가나다").figure)


def test_fonts_folder_is_registered_once(tmp_path, monkeypatch):
    from matplotlib import font_manager

    source = font_manager.findfont("DejaVu Sans")
    shutil.copy(source, tmp_path / "some.ttf")
    monkeypatch.setenv("RECBOOK_FONTS", str(tmp_path))
    monkeypatch.setattr(font_manager.fontManager, "ttflist", [])
    monkeypatch.setattr(_style, "_KOREAN_FAMILIES", ("없는 글꼴", "DejaVu Sans"))
    assert _style.korean_family() == "DejaVu Sans"
    assert _style.korean_family() == "DejaVu Sans"
    assert len(font_manager.fontManager.ttflist) == 1


def test_empty_fonts_folder_is_an_error(tmp_path, monkeypatch):
    monkeypatch.setenv("RECBOOK_FONTS", str(tmp_path))
    with pytest.raises(FileNotFoundError, match=r"글꼴 파일\(.otf, .ttf\)이 없습니다"):
        _style.korean_family()


@pytest.mark.filterwarnings("ignore:Matplotlib이 쓸 한글")
def test_use_style_sets_the_style_of_plain_figures():
    with mpl.rc_context():
        plots.use_style()
        figure, ax = plt.subplots()
        ax.plot([1, -1])
        ax.set_title("음수도 나온다")
        root = ElementTree.fromstring(plots.figure_html(figure))[0]
    assert any(text.startswith("−") for text in texts(root))
    assert not ax.spines["top"].get_visible()


# ── 주피터 ───────────────────────────────────────────────────────────────────

CELLS = """
import recbook as rb
rb.plots.use_style()
---
ex = rb.datasets.worked_example()
ax = rb.plots.matrix(ex.R, ex.users, ex.items, title="하나")
---
import matplotlib.pyplot as plt
fig, ax = plt.subplots()
ax.plot([3, -2, 1])
ax.set_title("plain")
plt.show()
---
%matplotlib inline
rb.plots.factor_map(ex.U, ex.I, ex.users, ex.items, title="둘");
"""


def test_notebook_shows_each_figure_once_as_html():
    nbformat = pytest.importorskip("nbformat")
    nbclient = pytest.importorskip("nbclient")
    notebook = nbformat.v4.new_notebook()
    sources = [cell.strip() for cell in CELLS.split("---")]
    notebook.cells = [nbformat.v4.new_code_cell(source) for source in sources]
    with warnings.catch_warnings():  # 주피터 클라이언트의 경고는 우리 것이 아닙니다
        warnings.simplefilter("ignore")
        nbclient.NotebookClient(notebook, timeout=120).execute()
    for cell in notebook.cells:
        for output in cell.outputs:
            if output.output_type == "stream":  # 글꼴이 없는 기계에서만 나오는 안내
                assert "한글 글꼴이 없습니다" in output.text
    shown = [
        [output for output in cell.outputs if output.output_type != "stream"]
        for cell in notebook.cells
    ]
    assert [len(outputs) for outputs in shown] == [0, 1, 1, 1]
    for (output,) in shown[1:]:
        assert set(output.data) == {"text/html", "text/plain"}
        assert 'role="img"' in output.data["text/html"]


# ── 가벼운 import ────────────────────────────────────────────────────────────


def test_importing_the_package_is_light():
    code = (
        "import sys, recbook\n"
        "assert not {'numpy', 'matplotlib'} & set(sys.modules)\n"
        "assert recbook.__version__[0].isdigit()\n"
        "assert {'datasets', 'plots'} <= set(dir(recbook))\n"
        "recbook.datasets.worked_example()\n"
        "assert 'matplotlib' not in sys.modules\n"
        "recbook.plots\n"
        "assert 'matplotlib' in sys.modules\n"
        "try:\n"
        "    recbook.nothing\n"
        "except AttributeError as error:\n"
        "    assert 'nothing' in str(error)\n"
        "else:\n"
        "    raise SystemExit('AttributeError가 나지 않았습니다')\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_color_is_named_by_meaning() -> None:
    css = files("recbook").joinpath("tokens.css").read_text(encoding="utf-8")
    assert f"--rb-user: {plots.color('user')}" in css
    with pytest.raises(ValueError, match="‘파랑’이라는 색은 없습니다"):
        plots.color("파랑")


@pytest.mark.parametrize(("last", "most"), [(0.5, 20), (1e-7, 9)])
def test_log_ticks_leave_room(last: float, most: int) -> None:
    """몇 자리를 오가는 곡선에서는 10의 거듭제곱에만 눈금을 답니다."""
    ax = plots.loss_curve([1.0, last], title="줄어든다", log=True, xlabel="h")
    low, high = ax.get_ylim()
    shown = [t for t in ax.get_yticks() if low <= t <= high]
    assert 1 <= len(shown) <= most
    if last < 1e-3:
        assert all(abs(np.log10(t) - round(np.log10(t))) < 1e-9 for t in shown)
    assert ax.get_xlabel() == "h"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (1200.0, "1,200"),
        (-0.5, "−0.5"),
        (1e-4, "0.0001"),
        (1e-5, "10⁻⁵"),
        (-2.5e-7, "−2.5×10⁻⁷"),
        (1e8, "10⁸"),
    ],
)
def test_ticks_are_written_as_people_write(value: float, text: str) -> None:
    assert plots._tick(value) == text
