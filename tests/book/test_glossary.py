"""용어: 한 가지 말은 한 가지 꼴로."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from theme.glossary import read_entries

ROOT = Path(__file__).parent.parent.parent
ENTRIES = read_entries(ROOT)
AVOIDED = {form: entry["ko"] for entry in ENTRIES for form in entry.get("avoid", [])}
# 따옴표 속은 남의 말을 옮기거나 낱말 자체를 이야기하는 자리입니다.
QUOTED = re.compile(r"‘[^’]*’|“[^”]*”|`[^`\n]*`")
WRITTEN = {".py", ".md", ".po", ".js", ".css", ".html"}
LIKELIHOOD_NOTE = "우도라고도 합니다"


def faults(text: str) -> list[str]:
    """글에서 쓰지 않기로 한 말을 낱말 머리에서 찾습니다."""
    text = QUOTED.sub(" ", text).replace(LIKELIHOOD_NOTE, " ")
    return [
        f"{form} → {ko}"
        for form, ko in AVOIDED.items()
        if re.search(rf"(?<![가-힣]){re.escape(form)}", text)
    ]


def korean_texts() -> Iterator[tuple[str, str]]:
    for path in sorted((ROOT / "chapters").glob("*.md")):
        if path.stem != "glossary":
            yield path.name, path.read_text(encoding="utf-8")
    for path in sorted((ROOT / "chapters").glob("*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            yield f"{path.name}#{cell['id']}", "".join(cell["source"])
    for folder in ("recbook", "theme", "data"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in WRITTEN and "node_modules" not in path.parts:
                yield path.name, path.read_text(encoding="utf-8")
    for name in ("README.md", "CONTRIBUTING.md"):
        yield name, (ROOT / name).read_text(encoding="utf-8")


def test_book_keeps_to_the_glossary() -> None:
    found = {name: faults(text) for name, text in korean_texts()}
    assert {name: f for name, f in found.items() if f} == {}


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("유저가 고릅니다", True),
        ("우도를 최대로 합니다", True),
        ("경우도 있습니다", False),
        ("원문은 ‘유저’라고 적었습니다", False),
        ("가능도입니다. 우도라고도 합니다.", False),
        ("사용자가 고릅니다", False),
        ("베이스라인보다 낫습니다", True),
    ],
)
def test_scan_catches_what_it_should(text: str, fault: bool) -> None:
    assert bool(faults(text)) is fault


def test_entries_are_complete() -> None:
    ids = [entry["id"] for entry in ENTRIES]
    assert len(ids) == len(set(ids)) > 80
    heads = [t for e in ENTRIES for t in (e["ko"], *e.get("also", []))]
    assert len(heads) == len(set(heads))
    for entry in ENTRIES:
        assert entry["en"], entry
        assert entry["definition"].strip().endswith("."), entry["ko"]
    assert not set(AVOIDED) & set(heads)
