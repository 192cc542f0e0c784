"""작은 책: 빌드의 습관을 시험하려고 임시 폴더에 짓는 두 페이지짜리 책."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

from theme.build import STRICT, environment

ROOT = Path(__file__).parent.parent.parent
TOC = """\
format: jb-book
root: chapters/index
chapters:
  - file: chapters/page
  - file: chapters/references
"""
REFERENCES = "# 참고문헌\n\n```{bibliography}\n:all:\n```\n"
BIB = """\
@article{hu2008,
  author = {Yifan Hu and Yehuda Koren and Chris Volinsky},
  title = {Collaborative Filtering for Implicit Feedback Datasets},
  journal = {ICDM}, year = {2008}
}
"""


class MiniBook:
    """임시 폴더의 책. 패키지와 테마는 사본이므로 마음껏 고쳐도 됩니다.

    Parameters
    ----------
    folder : Path
        책을 놓을 폴더.
    borrow : bool
        패키지를 베끼지 않고 빌려 씁니다. 컴파일해 둔 커널까지 쓰므로 빠르지만, 고치면
        안 됩니다.
    """

    def __init__(self, folder: Path, *, borrow: bool = False) -> None:
        self.folder = folder
        (folder / "chapters").mkdir(parents=True)
        (folder / "data").mkdir()
        (folder / "data" / "table.csv").write_text("1\n", encoding="utf-8")
        ignore = shutil.ignore_patterns("__pycache__", "node_modules")
        shutil.copytree(ROOT / "theme", folder / "theme", ignore=ignore)
        if borrow:
            (folder / "recbook").symlink_to(ROOT / "recbook", True)
        else:
            shutil.copytree(ROOT / "recbook", folder / "recbook", ignore=ignore)
        modules = ROOT / "theme" / "node_modules"
        (folder / "theme" / "node_modules").symlink_to(modules, True)
        shutil.copyfile(ROOT / "_config.yml", folder / "_config.yml")
        self.write("_toc.yml", TOC)
        self.write("chapters/references.bib", BIB)
        self.write("chapters/references.md", REFERENCES)
        self.write("chapters/index.md", "# 표지\n\n행렬을 배웁니다.\n")
        self.notebook("print(1 + 1)")

    def write(self, name: str, text: str) -> None:
        """책의 파일 하나를 씁니다."""
        (self.folder / name).write_text(text, encoding="utf-8")

    def notebook(self, code: str, text: str = "# 노트북") -> None:
        """글 하나, 코드 하나인 노트북을 씁니다."""
        self.cells(code, text=text)

    def cells(self, *codes: str, text: str = "# 노트북", name: str = "page") -> None:
        """글 하나, 코드 여럿인 노트북을 씁니다."""
        empty = {"metadata": {}, "execution_count": None, "outputs": []}
        listed: list[dict[str, object]] = [
            {"cell_type": "markdown", "id": "text", "metadata": {}, "source": text},
            *(
                {"cell_type": "code", "id": f"code-{k}", "source": code} | empty
                for k, code in enumerate(codes, 1)
            ),
        ]
        kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
        notebook = {
            "cells": listed,
            "metadata": {"kernelspec": kernel},
            "nbformat": 4,
            "nbformat_minor": 5,
        }
        self.write(f"chapters/{name}.ipynb", json.dumps(notebook, ensure_ascii=False))

    def build(self) -> tuple[int, str]:
        """책을 엄격하게 짓고 종료 코드와 로그를 냅니다."""
        env = environment() | {"PYTHONPATH": str(self.folder), "NO_COLOR": "1"}
        program = shutil.which("jupyter-book", path=env["PATH"])
        assert program is not None
        done = subprocess.run(
            [program, "build", str(self.folder), *STRICT],
            env=env,
            cwd=self.folder,
            capture_output=True,
            encoding="utf-8",
            timeout=300,
        )
        return done.returncode, done.stdout + done.stderr

    def page(self) -> str:
        """노트북 페이지의 HTML."""
        built = self.folder / "_build/html/chapters/page.html"
        return built.read_text(encoding="utf-8")
