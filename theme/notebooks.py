"""노트북의 저장 정규형: `python -m theme.notebooks chapters` (`--check`는 보기만).

출력, 실행 번호, 편집기가 남긴 메타데이터를 지우고 같은 모양으로 적습니다. 그래야 바뀐
줄만 비교에 나타납니다. `exercises` 셀 뒤에는 `recbook.exercises`가 정의한 문제, 답을
적는 자리, 힌트, 풀이를 넣습니다. 첫 셀에는 JupyterLab용 수식 매크로를 둡니다. 책에서는
KaTeX가 같은 이름을 토큰 색으로 그리므로(`theme/assets.py`) 이 셀은 나오지 않습니다.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path
from typing import Any

from recbook.exercises import TOPICS, Exercise, of_topic
from theme.assets import MATH_ROLES

ROOT = Path(__file__).parent.parent
TOKENS = ROOT / "recbook" / "tokens.css"
MACRO_CELL_ID = "lab-math"
EXERCISES_CELL_ID = "exercises"
EXERCISE_CELL = re.compile(r"(exercise|answer|hint|solution)-\d+")
METADATA = {
    "kernelspec": {
        "display_name": "Python 3",
        "language": "python",
        "name": "python3",
    },
    "language_info": {"name": "python"},
}
HIDDEN = "remove-cell"
CELL_METADATA = ("mystnb", "tags")

Notebook = dict[str, Any]


def macro_cell() -> dict[str, Any]:
    """JupyterLab(jupyterlab-myst)이 읽는 수식 매크로 셀을 만듭니다."""
    css = TOKENS.read_text(encoding="utf-8")
    lines = ["---", "math:"]
    for name, role in MATH_ROLES.items():
        color = re.search(rf"--rb-{role}-mid:\s*#([0-9A-Fa-f]{{6}})", css)
        # 관측은 먹색, 곧 둘레의 글자색 그대로입니다.
        body = rf"\textcolor{{{color[1]}}}{{#1}}" if color else "{#1}"
        lines.append(rf"  '\{name}': '{body}'")
    lines.append("---")
    return _cell("markdown", MACRO_CELL_ID, {"tags": [HIDDEN]}, lines)


def _cell(
    kind: str, cell_id: str, metadata: dict[str, Any], lines: list[str]
) -> dict[str, Any]:
    source = [line + "\n" for line in lines]
    if source:
        source[-1] = source[-1].rstrip("\n")
    cell: dict[str, Any] = {"cell_type": kind, "id": cell_id, "metadata": metadata}
    if kind == "code":
        cell |= {"execution_count": None, "outputs": []}
    return cell | {"source": source}


def _normal_cell(cell: dict[str, Any]) -> dict[str, Any]:
    source = cell["source"]
    text = source if isinstance(source, str) else "".join(source)
    lines = [line.rstrip() for line in text.strip("\n").split("\n")]
    metadata = cell["metadata"]
    kept = {key: metadata[key] for key in CELL_METADATA if key in metadata}
    if "tags" in kept:
        kept["tags"] = sorted(set(kept["tags"]))
    if cell["cell_type"] == "code" and HIDDEN in kept.get("tags", ()):
        # 책에 나오지 않는 확인 셀은 JupyterLab에서도 접어 둡니다.
        kept["jupyter"] = {"source_hidden": True}
    return _cell(cell["cell_type"], cell["id"], kept, lines)


def _folded(title: str, kind: str, text: str) -> list[str]:
    lines = [
        f":::{{admonition}} {title}",
        f":class: {kind} dropdown",
        *text.split("\n"),
    ]
    return [*lines, ":::"]


def _exercise_cells(
    topic: str, number: int, exercise: Exercise
) -> list[dict[str, Any]]:
    """문제 하나의 셀 넷: 문제, 답을 적는 자리, 힌트, 풀이."""
    name = f"{topic}/{number}"
    question = [f"### 문제 {number} · {exercise.label}", "", exercise.body()]
    hints = list(exercise.hints)
    if len(hints) > 1:
        hints = [f"{k}. {hint}" for k, hint in enumerate(hints, 1)]
    parts = {
        "exercise": ("markdown", "\n".join(question).split("\n")),
        "answer": ("code", exercise.starting_code(name).split("\n")),
        "hint": ("markdown", _folded("힌트", "hint", "\n".join(hints))),
        "solution": (
            "markdown",
            _folded("풀이", "solution", exercise.solution.strip()),
        ),
    }
    # 아직 안 적었다는 답장은 노트북에서만 뜻이 있으므로 쪽에는 싣지 않습니다.
    quiet: dict[str, dict[str, Any]] = {"answer": {"tags": ["remove-output"]}}
    return [
        _normal_cell(_cell(kind, f"{part}-{number}", quiet.get(part, {}), lines))
        for part, (kind, lines) in parts.items()
    ]


def exercise_cells(topic: str) -> list[dict[str, Any]]:
    """한 장의 확인 문제를 노트북 셀로 바꿉니다."""
    return [
        cell
        for number, exercise in enumerate(of_topic(topic), 1)
        for cell in _exercise_cells(topic, number, exercise)
    ]


def normal_form(notebook: Notebook, topic: str | None = None) -> Notebook:
    """노트북의 정규형을 새로 만들어 냅니다. 받은 것은 바꾸지 않습니다.

    Parameters
    ----------
    notebook : dict
        nbformat 4.5 노트북(JSON을 읽은 그대로).
    topic : str, optional
        `exercises` 셀 뒤에 넣을 확인 문제의 주제. 없으면 넣지 않습니다.

    Returns
    -------
    dict
        출력과 실행 번호가 없고, 매크로 셀로 시작하며, 빈 셀이 없는 노트북.

    Raises
    ------
    ValueError
        셀 id가 없거나 겹칠 때.
    """
    cells = [_normal_cell(c) for c in notebook["cells"] if c.get("id") != MACRO_CELL_ID]
    cells = [cell for cell in cells if "".join(cell["source"]).strip()]
    if topic is not None:
        cells = [cell for cell in cells if not EXERCISE_CELL.fullmatch(cell["id"])]
        places = [k for k, c in enumerate(cells) if c["id"] == EXERCISES_CELL_ID]
        for place in places:
            cells[place + 1 : place + 1] = exercise_cells(topic)
    ids = [cell["id"] for cell in cells]
    repeated = sorted({i for i in ids if ids.count(i) > 1})
    if repeated:
        raise ValueError(f"셀 id가 겹칩니다: {', '.join(repeated)}. 하나를 바꾸세요.")
    return {
        "cells": [macro_cell(), *cells],
        "metadata": METADATA,
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def topic_of(path: Path) -> str | None:
    """파일 이름에서 번호를 뺀 주제. 확인 문제가 없는 장이면 None."""
    topic = re.sub(r"^\d+-", "", path.stem)
    return topic if topic in TOPICS else None


def normalized_text(path: Path) -> str:
    """파일 하나의 정규형을 글로 냅니다. 파일은 바꾸지 않습니다."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    return serialize(normal_form(notebook, topic_of(path)))


def serialize(notebook: Notebook) -> str:
    """노트북을 한 가지 모양의 JSON으로 적습니다."""
    return json.dumps(notebook, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def main() -> int:
    """명령줄에서 부르는 곳. 고칠 것이 있으면 고치고(또는 알리고) 개수를 셉니다."""
    parser = argparse.ArgumentParser(prog="python -m theme.notebooks")
    parser.add_argument("paths", nargs="+", type=Path, help="노트북이나 폴더")
    parser.add_argument("--check", action="store_true", help="고치지 않고 알리기만")
    options = parser.parse_args()
    changed = 0
    for path in options.paths:
        for file in sorted(path.rglob("*.ipynb")) if path.is_dir() else [path]:
            if ".ipynb_checkpoints" in file.parts:
                continue
            normal = normalized_text(file)
            if normal != file.read_text(encoding="utf-8"):
                changed += 1
                print(f"정규형이 아닙니다: {file}")
                if not options.check:
                    file.write_text(normal, encoding="utf-8")
    return 1 if options.check and changed else 0


if __name__ == "__main__":
    sys.exit(main())
