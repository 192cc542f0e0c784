"""실행 캐시와 엄격한 빌드: 진짜 책을 임시 폴더에 지어 봅니다."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.book.minibook import MiniBook
from theme.execution import dependency_key

EXECUTED = "Executed notebook in"


@pytest.fixture
def book(tmp_path: Path) -> MiniBook:
    return MiniBook(tmp_path / "book")


def add_constant(book: MiniBook, value: int) -> None:
    book.write("recbook/constant.py", f"ANSWER = {value}\n")


def test_package_constant_causes_reexecution(book: MiniBook) -> None:
    """패키지의 상수를 고치면 다시 실행하고, 그대로면 아무것도 하지 않습니다."""
    add_constant(book, 41)
    book.notebook("from recbook.constant import ANSWER\nprint('답은', ANSWER)")
    status, log = book.build()
    assert status == 0, log
    assert EXECUTED in log
    assert "답은 41" in book.page()

    status, log = book.build()
    assert status == 0, log
    assert EXECUTED not in log
    assert "0 added, 0 changed, 0 removed" in log

    add_constant(book, 42)
    status, log = book.build()
    assert status == 0, log
    assert EXECUTED in log
    assert "답은 42" in book.page()


def test_faults_fail_build_and_stay_failed(book: MiniBook) -> None:
    """잘못이 하나라도 있으면 실패하고, 한 번 더 돌린다고 성공하지 않습니다.

    여섯 번째 잘못은 그림 속 글자입니다. 글꼴에 없으면 네모가 찍히는 대신 멈춥니다.
    """
    book.notebook(
        "import recbook as rb\n"
        "rb.plots.use_style()\n"
        "ax = rb.plots.loss_curve([3, 2, 1], title='글자 \U00012000')"
    )
    book.write(
        "chapters/index.md",
        "# 표지\n\n[없는 곳](missing.md), {term}`없는 말`,"
        " [김 외 (1999)](references.md), {ref}`no-such-place`, {cite:t}`nobody`\n",
    )
    problems = ("stderr", "missing.md", "없는 말", "김 외 (1999)", "no-such-place")
    for _ in range(2):
        status, log = book.build()
        assert status != 0, log
        assert [p for p in (*problems, "nobody") if p not in log] == []


def test_failing_cell_fails_build(book: MiniBook) -> None:
    book.notebook("assert 1 + 1 == 3, '셋이 아닙니다'")
    status, log = book.build()
    assert status != 0, log
    assert "셋이 아닙니다" in log


def test_wrong_formula_fails_build(book: MiniBook) -> None:
    book.notebook("print(1)", "# 노트북\n\n$\\nosuchmacro{x}$")
    status, log = book.build()
    assert status != 0, log
    assert "nosuchmacro" in log


def test_reference_label_links_to_its_entry(book: MiniBook) -> None:
    book.notebook("print(1)", "# 노트북\n\n[Hu 외 (2008)](references.md)")
    status, log = book.build()
    assert status == 0, log
    assert 'href="references.html#' in book.page()


def test_style_change_reaches_the_site(book: MiniBook) -> None:
    """CSS만 고쳐도 다음 빌드가 그것을 싣고, 노트북은 다시 실행하지 않습니다."""
    status, log = book.build()
    assert status == 0, log
    style = book.folder / "theme/static/book.css"
    book.write("theme/static/book.css", style.read_text("utf-8") + "/* 새 줄 */\n")
    status, log = book.build()
    assert status == 0, log
    assert EXECUTED not in log
    built = book.folder / "_build/html/_static/book.css"
    assert "새 줄" in built.read_text(encoding="utf-8")


def make_tree(folder: Path) -> Path:
    (folder / "recbook" / "kernels").mkdir(parents=True)
    (folder / "data").mkdir()
    (folder / "recbook" / "kernels" / "mf.py").write_text("RATE = 1\n")
    (folder / "data" / "a.csv").write_text("1\n")
    (folder / "constraints.txt").write_text("numpy==2.0\n")
    return folder


@pytest.mark.parametrize(
    "name", ["recbook/kernels/mf.py", "data/a.csv", "constraints.txt"]
)
def test_key_follows_every_watched_file(tmp_path: Path, name: str) -> None:
    tree = make_tree(tmp_path)
    before = dependency_key(tree)
    assert dependency_key(tree) == before
    (tree / name).write_text("changed\n")
    assert dependency_key(tree) != before


def test_key_follows_file_names_and_python(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = make_tree(tmp_path)
    before = dependency_key(tree)
    (tree / "data" / "a.csv").rename(tree / "data" / "b.csv")
    renamed = dependency_key(tree)
    assert renamed != before
    monkeypatch.setattr("platform.python_version", lambda: "9.9.9")
    assert dependency_key(tree) != renamed


def test_key_ignores_bytecode(tmp_path: Path) -> None:
    tree = make_tree(tmp_path)
    before = dependency_key(tree)
    (tree / "recbook" / "__pycache__").mkdir()
    (tree / "recbook" / "__pycache__" / "mf.pyc").write_bytes(b"x")
    assert dependency_key(tree) == before
