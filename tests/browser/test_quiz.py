"""확인 문제: 페이지에서 고르고 적고 확인하면 `rb.check`와 같은 답장이 나옵니다."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

import recbook as rb
from recbook.exercises import get
from recbook.exercises._kinds import Number
from recbook.widgets import Quiz, _source
from tests.book.minibook import MiniBook
from tests.browser.reader import Reader, serving
from tests.browser.widgetry import (
    OUTSIDE,
    check_accessible,
    check_fits,
    reload,
    rummage,
    widget,
)
from theme.notebooks import METADATA, exercise_cells

MORE = re.compile(r" \(더 필요하면 hint=\d+\)$")
TOC = """\
format: jb-book
root: chapters/index
chapters:
  - file: chapters/page
  - file: chapters/loss
  - file: chapters/references
"""
OTHER = "chapters/loss.html"
LIVE, ALONE = 4, 5  # 1장과 3장의 고르기·계산 문제


def chapter(topic: str) -> str:
    """확인 문제만 있는 노트북."""
    start = [
        {
            "cell_type": "markdown",
            "id": "title",
            "metadata": {},
            "source": "# 장\n\n## 확인 문제",
        },
        {
            "cell_type": "code",
            "id": "imports",
            "metadata": {},
            "source": "import numpy as np\nimport recbook as rb",
            "execution_count": None,
            "outputs": [],
        },
    ]
    notebook = {
        "cells": [*start, *exercise_cells(topic)],
        "metadata": METADATA,
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(notebook, ensure_ascii=False)


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    book = MiniBook(tmp_path_factory.mktemp("quiz") / "book", borrow=True)
    book.write("_toc.yml", TOC)
    book.write("chapters/page.ipynb", chapter("feedback"))
    book.write("chapters/loss.ipynb", chapter("loss-and-gradient"))
    code, log = book.build()
    assert code == 0, log
    return book.folder / "_build/html"


def quiz(reader: Reader, number: int) -> Locator:
    """문제 하나(번호는 페이지에 나온 차례)."""
    return widget(reader, "quiz", number - 1)


def commit(place: Locator) -> None:
    place.get_by_role("button", name="확인", exact=True).click()


def lines(place: Locator) -> list[str]:
    said = place.get_by_role("status").locator("p").all_text_contents()
    return [line.strip() for line in said]


def checked(name: str, text: str, hint: int = 1) -> list[str]:
    """`rb.check`의 답장. 화면에서는 백틱과 hint= 안내가 모습으로 바뀝니다."""
    said = repr(rb.check(name, text, hint=hint)).split("\n")
    return [MORE.sub("", line).replace("`", "") for line in said]


def fill(place: Locator, *texts: str) -> None:
    for box, text in zip(place.locator("input").all(), texts, strict=True):
        box.fill(text)


# ── 서기 ─────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("over_http", [False, True])
def test_answers_are_taken_where_the_cell_was(  # type: ignore[no-untyped-def]
    visit, book: Path, over_http: bool
):
    def look(base: str | None) -> None:
        reader = visit(base=base)
        for number in range(1, LIVE + 1):
            place = quiz(reader, number)
            expect(place.locator(".cell_input")).to_be_hidden()
        # 코드와 생각 문제는 셀 그대로입니다.
        shown = reader.page.locator(".cell_input:visible").all_text_contents()
        asked = [code for code in shown if "rb.check" in code]
        assert [code.count("feedback/") for code in asked] == [1, 1, 1]
        assert 'rb.check("feedback/5", items_for_half)' in asked[0]
        assert reader.faults == []

    if over_http:
        with serving(book) as base:
            look(base)
    else:
        look(None)


def test_page_loads_only_what_it_needs(visit, book: Path):  # type: ignore[no-untyped-def]
    with serving(book) as base:
        reader = visit(base=base)
        quiz(reader, 1)
        loaded = {
            url.split("/widgets/")[1] for url in reader.bytes if "/widgets/" in url
        }
        names = {re.sub(r"\?.*", "", name) for name in loaded}
        assert names == {"loader.js", "kit.js", "kit.css", "quiz.js", "quiz.css"}
        own = [n for u, n in reader.bytes.items() if "widgets/quiz." in u]
        assert sum(own) < 15_000
    for name in ("index", "references"):
        text = (book / f"chapters/{name}.html").read_text(encoding="utf-8")
        assert "widgets/" not in text


def test_page_source_keeps_the_answer_out_of_sight(book: Path):
    text = (book / "chapters/page.html").read_text(encoding="utf-8")
    packed = re.findall(r'<script type="application/json">(.*?)</script>', text)
    assert len(packed) == LIVE
    assert all("2.386" not in one and '"key":"' in one for one in packed)


def test_without_scripts_the_cell_stays(browser, book: Path):  # type: ignore[no-untyped-def]
    context = browser.new_context(java_script_enabled=False, offline=True)
    page = context.new_page()
    page.goto(f"{book.as_uri()}/chapters/page.html")
    first = page.locator(".rb-widget").first
    expect(first.locator(".cell_input")).to_be_visible()
    expect(first.locator(".cell_input")).to_contain_text('rb.check("feedback/1"')
    expect(first.locator("ol > li")).to_have_count(6)
    assert page.locator("input[type=checkbox], input[type=radio]").count() == 0
    context.close()


def test_paper_gets_the_options_and_the_cell(visit):  # type: ignore[no-untyped-def]
    reader = visit()
    place = quiz(reader, 1)
    commit(place)
    reader.page.emulate_media(media="print")
    expect(place.locator("ol > li").first).to_be_visible()
    expect(place.locator(".cell_input")).to_be_visible()
    expect(place.get_by_role("status")).to_be_hidden()


# ── 고르기 ───────────────────────────────────────────────────────────────────


def test_ticks_are_judged_like_check(visit):  # type: ignore[no-untyped-def]
    reader = visit()
    place = quiz(reader, 1)
    place.get_by_label("영화에 준 별점 4점").check()
    place.get_by_text("노래를 12번 재생").click()
    commit(place)
    assert lines(place) == checked("feedback/1", "1, 2")
    place.get_by_label("영화에 준 별점 4점").uncheck()
    for k in (4, 5, 6):
        place.locator("label").nth(k - 1).click()
    commit(place)
    assert lines(place) == checked("feedback/1", "2 4 5 6")
    assert lines(place)[0] == "맞았습니다."
    expect(place.get_by_role("button", name="힌트 하나 더")).to_be_hidden()
    assert reader.faults == []


def test_keyboard_alone_answers(visit):  # type: ignore[no-untyped-def]
    reader = visit()
    place, keys = quiz(reader, 2), reader.page.keyboard
    place.locator("input").first.focus()
    for key in ("Tab", "Space", "Tab", "Space", "Tab", "Tab", "Enter"):
        keys.press(key)
    assert lines(place) == checked("feedback/2", "2, 3")
    assert lines(place)[0] == "맞았습니다."
    expect(place.get_by_role("button", name="확인", exact=True)).to_be_focused()


def test_one_answer_is_picked_with_arrows(visit):  # type: ignore[no-untyped-def]
    reader = visit()
    reader.open(OTHER)
    place = quiz(reader, 1)
    expect(place.get_by_role("radio")).to_have_count(4)
    place.get_by_role("radio").first.focus()
    reader.page.keyboard.press("Space")
    commit(place)
    assert lines(place) == checked("loss-and-gradient/1", "1")
    place.get_by_role("radio").first.focus()
    reader.page.keyboard.press("ArrowDown")
    commit(place)
    assert lines(place) == checked("loss-and-gradient/1", "2")


def test_fingers_answer_and_mathematics_stays(visit):  # type: ignore[no-untyped-def]
    reader = visit(width=360, touch=True)
    reader.open(OTHER)
    assert reader.page.locator(".rb-widget").count() == ALONE
    before = reader.page.locator("article .katex").count()
    place = quiz(reader, 1)
    place.locator("label").nth(2).tap()
    place.get_by_role("button", name="확인", exact=True).tap()
    assert lines(place) == checked("loss-and-gradient/1", "3")
    assert reader.page.locator("article .katex").count() == before
    assert reader.faults == []


def test_picking_nothing_is_not_wrong(visit):  # type: ignore[no-untyped-def]
    place = quiz(visit(), 1)
    commit(place)
    (said,) = lines(place)
    assert said.startswith("아직 고르지 않았습니다.")


# ── 계산 ─────────────────────────────────────────────────────────────────────


TYPED = [
    ("3/9", "7 / 9", "3.67"),
    ("１／３", "０．７８", "３．６７"),
    ("−0.33", "0.78", "3.67"),
    ("2/9", "5/9", "3.5"),
    ("1/3", "7/9", "367"),
    ("1/3", "7/9", ""),
    ("1/3, 7/9, 3.67", "", ""),
    ("삼분의 일", "7/9", "3.67"),
    ("1/0", "1", "1"),
]


def test_numbers_are_judged_like_check(visit):  # type: ignore[no-untyped-def]
    reader = visit()
    place = quiz(reader, 3)
    for texts in TYPED:
        fill(place, *texts)
        commit(place)
        assert lines(place) == checked("feedback/3", ", ".join(texts)), texts
    assert reader.faults == []


def test_every_named_mistake_is_answered(visit):  # type: ignore[no-untyped-def]
    reader = visit()
    for number, name in ((3, "feedback/3"), (4, "feedback/4")):
        exercise = get(name)
        assert isinstance(exercise, Number)
        place = quiz(reader, number)
        for wrong in exercise.wrong:
            values = wrong.answer()
            assert isinstance(values, tuple)
            fill(place, *(f"{value:.12g}" for value in values))
            commit(place)
            assert f"△ {wrong.message}" in lines(place)


def test_enter_checks_and_labels_say_which(visit):  # type: ignore[no-untyped-def]
    reader = visit()
    place = quiz(reader, 4)
    for label, text in (("첫째", "2.39"), ("둘째", "4.22"), ("셋째", "4.58")):
        place.get_by_label(label).fill(text)
    reader.page.keyboard.press("Enter")
    assert lines(place)[0] == "맞았습니다."
    fill(place, "2.39", "9", "4.58")
    place.get_by_text("답을 고쳤습니다").wait_for()
    assert lines(place)[0] == "맞았습니다."  # 다시 확인할 때까지 앞의 답장입니다
    commit(place)
    assert lines(place) == checked("feedback/4", "2.39 9 4.58")
    expect(place.get_by_text("답을 고쳤습니다")).to_be_hidden()
    reader.open(OTHER)
    expect(quiz(reader, 3).get_by_label("답", exact=True)).to_be_visible()


def test_blank_boxes_are_not_wrong(visit):  # type: ignore[no-untyped-def]
    place = quiz(visit(), 3)
    commit(place)
    (said,) = lines(place)
    assert said.startswith("아직 답을 적지 않았습니다.")


# ── 답장 ─────────────────────────────────────────────────────────────────────


def test_hints_come_one_at_a_time(visit):  # type: ignore[no-untyped-def]
    reader = visit()
    place = quiz(reader, 1)
    place.locator("input").first.check()
    commit(place)
    more = place.get_by_role("button", name="힌트 하나 더")
    assert lines(place) == checked("feedback/1", "1")
    more.click()
    assert lines(place) == checked("feedback/1", "1", hint=2)
    # 마지막 힌트까지 보면 단추가 사라지고, 초점은 잃지 않습니다.
    expect(more).to_be_hidden()
    expect(place.get_by_role("button", name="확인", exact=True)).to_be_focused()
    commit(place)
    assert lines(place) == checked("feedback/1", "1")
    place.get_by_role("button", name="다시 풀기").click()
    assert lines(place) == []
    expect(place.locator("input").first).to_be_focused()
    assert place.locator("input:checked").count() == 0


def test_every_check_is_read_out(visit):  # type: ignore[no-untyped-def]
    """같은 답을 다시 확인해도 새로 읽어 줍니다. 고치는 동안에는 조용합니다."""
    place = quiz(visit(), 3)
    place.get_by_role("status").evaluate(
        "one => { window.heard = 0; new MutationObserver(() => (window.heard += 1))"
        ".observe(one, { childList: true, subtree: true }); }"
    )
    fill(place, "1", "2", "3")
    assert place.page.evaluate("window.heard") == 0
    commit(place)
    commit(place)
    assert place.page.evaluate("window.heard") == 2


def test_answers_stay_in_the_tab_and_out_of_the_address(visit):  # type: ignore[no-untyped-def]
    reader = visit()
    first, third = quiz(reader, 1), quiz(reader, 3)
    first.get_by_label("VOD를 구매").check()
    commit(first)
    fill(third, "1/3", "", "３")
    reader.page.wait_for_timeout(400)
    assert "#" not in reader.page.url
    said = lines(first)
    reload(reader)
    first, third = quiz(reader, 1), quiz(reader, 3)
    expect(first.get_by_label("VOD를 구매")).to_be_checked()
    assert lines(first) == said
    assert [box.input_value() for box in third.locator("input").all()] == [
        "1/3",
        "",
        "３",
    ]
    first.get_by_role("button", name="다시 풀기").click()
    reload(reader)
    assert lines(quiz(reader, 1)) == []
    # 다른 창에는 남지 않습니다.
    assert quiz(visit(), 3).locator("input").first.input_value() == ""


@pytest.mark.parametrize("kept", ["", "!!!", "x" * 9000, "eyJ0cmllcyI6LTF9"])
def test_spoiled_memory_is_ignored(visit, kept: str):  # type: ignore[no-untyped-def]
    reader = visit()
    reader.page.evaluate(
        "text => sessionStorage.setItem('recbook-quiz:feedback/1', text)", kept
    )
    reload(reader)
    place = quiz(reader, 1)
    assert place.locator("input:checked").count() == 0
    commit(place)
    assert reader.faults == []


def test_it_works_where_nothing_can_be_kept(visit):  # type: ignore[no-untyped-def]
    reader = visit()
    reader.page.add_init_script(
        "Object.defineProperty(window, 'sessionStorage', "
        "{ get() { throw new DOMException('막힘', 'SecurityError'); } })"
    )
    reload(reader)
    place = quiz(reader, 1)
    place.locator("input").nth(1).check()
    commit(place)
    assert lines(place) == checked("feedback/1", "2")


# ── 모두에게 ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_it_is_accessible_and_fits(visit, width: int, scheme: str):  # type: ignore[no-untyped-def]
    reader = visit(width=width, scheme=scheme, touch=width < 500)
    first, third, last = (quiz(reader, number) for number in (1, 3, 4))
    first.locator("label").first.click()
    commit(first)
    fill(third, "1/3", "7/9", "3.67")
    commit(third)
    fill(last, "1/3", "7/9", "3.67")
    commit(last)
    fill(last, "1/3", "7/9", "-123456.789")
    for place in (first, third, last):
        check_fits(place)
        assert place.evaluate(OUTSIDE) == []
    check_accessible(reader, reader.page.locator("article"))
    heights = first.locator("label").evaluate_all(
        "all => all.map(one => one.getBoundingClientRect().height)"
    )
    assert min(heights) >= 44
    if width == 360:  # 세 칸이 한 줄에 섭니다
        tops = third.locator("input").evaluate_all(
            "all => all.map(one => one.getBoundingClientRect().top)"
        )
        assert len(set(tops)) == 1


def test_a_thousand_touches_leave_no_error_and_no_litter(visit):  # type: ignore[no-untyped-def]
    reader = visit()
    rummage(reader, *(quiz(reader, number) for number in (1, 3)))


# ── 노트북 ───────────────────────────────────────────────────────────────────

# anywidget처럼: 책의 자리 없이, 모듈과 model과 el만으로 세웁니다.
MOUNT = """
async ([text, values]) => {
  const listeners = new Map();
  window.model = {
    get: (name) => values[name],
    set(name, value) {
      values[name] = value;
      (listeners.get(`change:${name}`) ?? []).forEach((one) => one());
    },
    on: (event, one) => listeners.set(event, [...(listeners.get(event) ?? []), one]),
    off: (event) => listeners.delete(event),
    save_changes: () => (window.saved = JSON.stringify(values.state)),
  };
  const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  const el = document.createElement("div");
  el.id = "cell";
  document.body.replaceChildren(el);
  const unmount = (await import(url)).default.render({ model: window.model, el });
  window.unmount = unmount;
}
"""


@pytest.mark.parametrize("name", ["worked-example/4", "feedback/3"])
def test_notebook_and_python_share_the_state(visit, name: str):  # type: ignore[no-untyped-def]
    reader = visit()
    page: Page = reader.page
    w = Quiz(name)
    values = {
        "state": w.state,
        "data": w.data,
        "_schema": w._schema,
        "_start": w._start,
    }
    page.evaluate(MOUNT, [_source.source("quiz"), values])
    cell = page.locator("#cell")
    if "options" in w.data:
        assert cell.locator("li").count() == len(w.data["options"])
        cell.get_by_role("checkbox").nth(0).check()
    else:
        fill(cell, "1/3", "7/9", "1")
    commit(cell)
    w.state = json.loads(page.evaluate("window.saved"))
    said = [MORE.sub("", line).replace("`", "") for line in repr(w.reply).split("\n")]
    assert lines(cell) == said
    w.reset()
    page.evaluate("state => window.model.set('state', state)", w.state)
    assert lines(cell) == []
    assert page.evaluate("sessionStorage.length") == 0
    page.evaluate("window.unmount()")
    assert cell.locator("*").count() == 0
    assert reader.faults == []
