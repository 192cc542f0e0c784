"""노트북: 저장 정규형, 실행, 차례와의 짝."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat
import pytest
import yaml
from jupyter_cache import get_cache

from recbook.exercises import TOPICS, of_topic
from theme.execution import dependency_key
from theme.notebooks import (
    HIDDEN,
    MACRO_CELL_ID,
    normal_form,
    normalized_text,
    topic_of,
)

ROOT = Path(__file__).parent.parent.parent
NOTEBOOKS = sorted((ROOT / "chapters").glob("*.ipynb"))


def toc_files() -> set[str]:
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    files = {toc["root"]}
    for part in toc["parts"]:
        files |= {chapter["file"] for chapter in part["chapters"]}
    return files


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_normal_form(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text == normalized_text(path), "`make notebooks`로 정규형을 맞추세요."
    nbformat.validate(nbformat.reads(text, as_version=4))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_executed_without_error(path: Path) -> None:
    """책을 지을 때 지금의 노트북과 지금의 패키지로 끝까지 실행되었습니다."""
    cache = get_cache(ROOT / "_build" / ".jupyter_cache" / dependency_key(ROOT))
    notebook = nbformat.read(path, as_version=4)
    record = cache.match_cache_notebook(notebook)
    executed = cache.get_cache_bundle(record.pk).nb
    outputs = [
        output
        for cell in executed.cells
        if cell.cell_type == "code"
        for output in cell.outputs
    ]
    assert outputs
    assert [o for o in outputs if o.output_type == "error"] == []
    assert [o for o in outputs if o.get("name") == "stderr"] == []


def test_toc_and_folder_agree() -> None:
    pages = {p for p in (ROOT / "chapters").iterdir() if p.suffix in {".ipynb", ".md"}}
    found = {p.relative_to(ROOT).with_suffix("").as_posix() for p in pages}
    assert found == toc_files()


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_code_lines_fit_the_page(path: Path) -> None:
    notebook = json.loads(path.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        hidden = HIDDEN in cell["metadata"].get("tags", ())
        if cell["cell_type"] == "code" and not hidden:
            lines = [line.rstrip("\n") for line in cell["source"]]
            assert [line for line in lines if len(line) > 79] == [], cell["id"]


def messy_notebook() -> dict[str, Any]:
    code = {
        "cell_type": "code",
        "id": "b",
        "metadata": {"tags": ["z", "a"], "collapsed": True},
        "source": "print(1)  \n\n",
        "execution_count": 7,
        "outputs": [{"output_type": "stream", "name": "stdout", "text": "1"}],
    }
    empty = {"cell_type": "markdown", "id": "c", "metadata": {}, "source": " "}
    title = {"cell_type": "markdown", "id": "a", "metadata": {}, "source": ["# 제목"]}
    return {
        "cells": [title, code, empty],
        "metadata": {"widgets": {}},
        "nbformat": 4,
        "nbformat_minor": 4,
    }


def test_normal_form_strips_and_is_idempotent() -> None:
    messy = messy_notebook()
    before = json.dumps(messy)
    normal = normal_form(messy)
    assert json.dumps(messy) == before
    assert [c["id"] for c in normal["cells"]] == [MACRO_CELL_ID, "a", "b"]
    code = normal["cells"][2]
    assert code["outputs"] == []
    assert code["execution_count"] is None
    assert code["source"] == ["print(1)"]
    assert code["metadata"] == {"tags": ["a", "z"]}
    assert normal_form(normal) == normal


def test_exercises_follow_their_definitions() -> None:
    """확인 문제 셀은 정의에서 나오고, 손으로 고친 것은 되돌아갑니다."""
    messy = messy_notebook()
    place = {"cell_type": "markdown", "id": "exercises", "metadata": {}}
    stale = {"cell_type": "markdown", "id": "hint-1", "metadata": {}}
    messy["cells"] += [
        place | {"source": "## 확인 문제"},
        stale | {"source": "낡은 글"},
    ]
    normal = normal_form(messy, "worked-example")
    count = len(of_topic("worked-example"))
    ids = [cell["id"] for cell in normal["cells"]]
    first = ids.index("exercises") + 1
    assert ids[first : first + 4] == ["exercise-1", "answer-1", "hint-1", "solution-1"]
    assert len(ids) == first + 4 * count
    assert "낡은 글" not in json.dumps(normal, ensure_ascii=False)
    assert normal_form(normal, "worked-example") == normal


@pytest.mark.parametrize("topic", TOPICS)
def test_every_exercise_stands_in_its_chapter(topic: str) -> None:
    (path,) = (p for p in NOTEBOOKS if topic_of(p) == topic)
    text = path.read_text(encoding="utf-8")
    for number in range(1, len(of_topic(topic)) + 1):
        assert f'rb.check(\\"{topic}/{number}\\"' in text


def test_normal_form_refuses_repeated_ids() -> None:
    messy = messy_notebook()
    messy["cells"][1]["id"] = "a"
    with pytest.raises(ValueError, match="셀 id가 겹칩니다: a"):
        normal_form(messy)
