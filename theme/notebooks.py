"""노트북의 저장 정규형: `python -m theme.notebooks chapters` (`--check`는 보기만).

출력, 실행 번호, 편집기가 남긴 메타데이터를 지우고 같은 모양으로 적습니다. 그래야 바뀐
줄만 비교에 나타납니다. 첫 셀에는 JupyterLab용 수식 매크로를 둡니다. 책에서는 KaTeX가
같은 이름을 토큰 색으로 그리므로(`theme/assets.py`) 이 셀은 책에 나오지 않습니다.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path
from typing import Any

from theme.assets import MATH_ROLES

ROOT = Path(__file__).parent.parent
TOKENS = ROOT / "recbook" / "tokens.css"
MACRO_CELL_ID = "lab-math"
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


def normal_form(notebook: Notebook) -> Notebook:
    """노트북의 정규형을 새로 만들어 냅니다. 받은 것은 바꾸지 않습니다.

    Parameters
    ----------
    notebook : dict
        nbformat 4.5 노트북(JSON을 읽은 그대로).

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
            text = file.read_text(encoding="utf-8")
            normal = serialize(normal_form(json.loads(text)))
            if normal != text:
                changed += 1
                print(f"정규형이 아닙니다: {file}")
                if not options.check:
                    file.write_text(normal, encoding="utf-8")
    return 1 if options.check and changed else 0


if __name__ == "__main__":
    sys.exit(main())
