"""용어집: `chapters/glossary.yml` 한 곳에서 페이지와 `{term}` 연결이 나옵니다."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

SOURCE = Path("chapters") / "glossary.yml"


def read_entries(root: Path) -> list[dict[str, Any]]:
    """용어집 원본을 읽습니다.

    Parameters
    ----------
    root : Path
        저장소의 맨 위 폴더.

    Returns
    -------
    list of dict
        항목마다 `ko`, `en`, `id`, `definition`이 있고, `avoid`, `also`, `note`는
        있을 수도 없을 수도 있습니다. 가나다순입니다.
    """
    entries = yaml.safe_load((root / SOURCE).read_text(encoding="utf-8"))
    return sorted(entries, key=lambda entry: str(entry["ko"]).casefold())


def _entry_lines(entry: dict[str, Any]) -> list[str]:
    terms = [entry["ko"], *entry.get("also", [])]
    # 영어 이름만 있는 용어(AdaGrad)는 괄호를 되풀이하지 않습니다.
    english = "" if entry["en"] == entry["ko"] else f"({entry['en']}) "
    lines = [*terms, f"  {english}{entry['definition'].strip()}"]
    others = entry.get("avoid", []) + entry.get("aliases", [])
    if others:
        lines += ["", f"  *다른 곳에서 쓰는 말: {', '.join(others)}*"]
    if entry.get("note"):
        lines += ["", f"  {entry['note'].strip()}"]
    return [*lines, ""]


class BookGlossary(SphinxDirective):
    """`{book-glossary}`: 용어집 원본을 Sphinx의 glossary로 펼칩니다."""

    def run(self) -> list[nodes.Node]:
        """항목을 MyST glossary로 적어 그 자리에서 해석합니다."""
        root = Path(self.env.srcdir)
        self.env.note_dependency(str(root / SOURCE))
        text = [":::{glossary}"]
        for entry in read_entries(root):
            text += _entry_lines(entry)
        text.append(":::")
        container = nodes.container()
        self.state.nested_parse("\n".join(text).splitlines(), self.lineno, container)
        return container.children


def setup(app: Sphinx) -> None:
    """지시자를 등록합니다."""
    app.add_directive("book-glossary", BookGlossary)
