"""노트북의 조작부: 책에는 처음 값의 그림과 한 줄만 실립니다."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup, Tag

from tests.book.minibook import MiniBook
from theme.interact import Unusable, first_result, initial_value, static_result

GOOD = """
import matplotlib.pyplot as plt
import recbook as rb
from ipywidgets import FloatSlider, interact

rb.plots.use_style()


@interact(
    rate=FloatSlider(0.005, min=0, max=0.1, step=0.005, description="학습률"),
    steps=(1, 9),
    table=["영화", "사용자"],
    log=False,
)
def draw(rate=0.005, steps=3, table="사용자", log=False):
    print(f"{table} {steps}걸음")
    losses = [8 * (1 - rate) ** step for step in range(steps + 1)]
    rb.plots.loss_curve(losses, title=f"{steps}걸음 만에 줄어든다", log=log)
    plt.show()
"""

BAD = """
import ipywidgets
import matplotlib.pyplot as plt
import recbook as rb
from IPython.display import display

rb.plots.use_style()


def fails(x):
    raise ValueError(f"{x}에서 멈춥니다")


def strays(x):
    rb.plots.loss_curve([3, 2, x], title="밖에 나온 그림")


"""
CELLS = {
    "display(ipywidgets.IntSlider(3))": "움직이지 않습니다",
    "ipywidgets.interact(fails, x=(1, 3));": "멈춥니다",
    "ipywidgets.interact(strays, x=(0, 1));": "plt.show()",
    "ipywidgets.interact(lambda x: None, x=(0, 1));": "아무것도 내지 않았습니다",
}


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    book = MiniBook(tmp_path_factory.mktemp("interact") / "book", borrow=True)
    book.notebook(GOOD)
    status, log = book.build()
    assert status == 0, log
    return book.page()


@pytest.fixture(scope="module")
def result(page: str) -> Tag:
    found = BeautifulSoup(page, "html.parser").select(".cell_output .rb-interact")
    assert len(found) == 1
    return found[0]


def test_figure_keeps_its_text_and_its_colours(result: Tag) -> None:
    figures = result.select(".rb-figure svg")
    assert len(figures) == 1
    assert figures[0]["role"] == "img"
    assert "3걸음 만에 줄어든다" in str(figures[0]["aria-label"])
    assert "var(--rb-ink" in str(figures[0])
    assert "var(--rb-ground" in str(result.select_one(".rb-figure"))


def test_printed_text_comes_before_the_figure(result: Tag) -> None:
    text = result.get_text()
    assert "사용자 3걸음" in result.select("pre")[0].get_text()
    assert text.index("사용자 3걸음") < text.index("만에 줄어든다")


def test_one_line_tells_the_values_and_the_way(result: Tag) -> None:
    notes = result.select("p")
    assert len(notes) == 1
    note = notes[0].get_text()
    assert "(학습률 0.005, steps 3, table 사용자, log 끔)" in note
    assert "주피터랩에서 이 셀을 실행하면" in note


def test_no_control_and_no_state_is_left(page: str) -> None:
    soup = BeautifulSoup(page, "html.parser")
    assert "vnd.jupyter" not in page
    assert "model_id" not in page
    assert "interactive(children" not in page
    article = soup.select_one("article")
    assert article is not None
    assert article.select("input, select, script") == []
    assert not [s for s in soup.select("script[src]") if "require" in str(s["src"])]


def test_a_dead_control_fails_the_build(tmp_path: Path) -> None:
    """그림을 꺼낼 수 없는 조작부는 하나하나 까닭을 말하고 빌드를 멈춥니다."""
    book = MiniBook(tmp_path / "book", borrow=True)
    book.cells(BAD, *CELLS)
    status, log = book.build()
    assert status != 0, log
    assert [reason for reason in CELLS.values() if reason not in log] == []


@pytest.mark.parametrize(
    ("control", "said"),
    [
        ({"description": "걸음", "value": 3}, "걸음 3"),
        ({"description": "학습률", "value": 0.1 + 0.2}, "학습률 0.3"),
        ({"description": "로그", "value": True}, "로그 켬"),
        ({"description": "범위", "value": [1, 5]}, "범위 1–5"),
        ({"description": "표", "_options_labels": ["가", "나"], "index": 1}, "표 나"),
        ({"description": "표", "_options_labels": ["가"], "index": None}, "표 없음"),
        (
            {"description": "표", "_options_labels": ["가", "나"], "index": [0, 1]},
            "표 가, 나",
        ),
        ({"description": "실행", "icon": ""}, None),
    ],
)
def test_initial_value(control: dict[str, Any], said: str | None) -> None:
    assert initial_value(control) == said


def states(*outputs: dict[str, Any]) -> dict[str, Any]:
    box = {"_dom_classes": ["widget-interact"]}
    box |= {"children": ["IPY_MODEL_b", "IPY_MODEL_c"]}  # type: ignore[dict-item]
    control = {"description": "x", "value": 2}
    parts = {"a": box, "b": control, "c": {"outputs": list(outputs)}}
    return {name: {"state": state} for name, state in parts.items()}


def test_table_and_plain_value_are_kept() -> None:
    table = {"output_type": "display_data", "data": {"text/html": "<table></table>"}}
    plain = {"output_type": "display_data", "data": {"text/plain": "0.25"}}
    part = static_result(states(table, plain), "a")
    assert [node.astext() for node in part.children[:2]] == ["<table></table>", "0.25"]
    assert "(x 2)" in part.children[2].astext()


@pytest.mark.parametrize(
    "output",
    [
        {"output_type": "error", "evalue": "나눌 수 없습니다"},
        {"output_type": "stream", "name": "stderr", "text": "경고"},
        {"output_type": "display_data", "data": {"image/png": "…", "text/plain": ""}},
    ],
)
def test_faulty_output_is_refused(output: dict[str, Any]) -> None:
    with pytest.raises(Unusable):
        static_result(states(output), "a")


def test_unknown_model_is_refused() -> None:
    with pytest.raises(Unusable, match="움직이지 않습니다"):
        first_result({}, "a")
