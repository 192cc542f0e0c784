"""페이지의 무게: 쓰지 않는 CSS와 스크립트, 수식의 원본을 싣지 않습니다."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from theme.weight import SHEETS, without_latex

SEARCH = {"searchtools.js", "language_data.js", "searchindex.js"}


def test_latex_goes_and_mathematics_stays() -> None:
    math = (
        '<math><semantics><mrow><mi>U</mi></mrow><annotation encoding="application/'
        'x-tex">\\user{U} &lt; 1</annotation></semantics></math>'
    )
    page = f"<p>{math} 글 {math}</p>"
    plain = "<math><mrow><mi>U</mi></mrow></math>"
    assert without_latex(page) == f"<p>{plain} 글 {plain}</p>"


def test_no_page_carries_latex(pages: list[Path]) -> None:
    for path in pages:
        text = path.read_text(encoding="utf-8")
        assert "<annotation" not in text, path.name
        assert text.count("<math ") == text.count('class="katex-mathml"'), path.name


def test_only_the_search_page_loads_the_index(site: Path) -> None:
    for path in [*sorted((site / "chapters").glob("*.html")), site / "search.html"]:
        soup = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
        names = {
            str(tag["src"]).split("?")[0].rsplit("/", 1)[-1]
            for tag in soup.select("script[src]")
        }
        assert names & SEARCH == (SEARCH if path.name == "search.html" else set())


@pytest.mark.parametrize("sheet", SHEETS)
def test_theme_styles_are_trimmed_not_emptied(site: Path, sheet: str) -> None:
    paths = list((site / "_static").glob(sheet))
    assert len(paths) == 1
    size = paths[0].stat().st_size
    assert 2_000 < size < 110_000


def test_used_classes_keep_their_rules(site: Path, pages: list[Path]) -> None:
    """페이지와 스크립트가 쓰는 클래스의 규칙은 남습니다: 표, 코드 색, 수식, 메뉴."""
    css = "".join(
        path.read_text(encoding="utf-8")
        for sheet in SHEETS
        for path in (site / "_static").glob(sheet)
    )
    kept = set(re.findall(r"\.(-?[A-Za-z_][\w-]*)", css))
    expected = {"table", "admonition", "highlight", "katex", "vlist", "mfrac"}
    expected |= {"tooltip", "tooltip-arrow", "dropdown-menu", "show", "bd-search"}
    text = "".join(path.read_text(encoding="utf-8") for path in pages)
    colours = set(re.findall(r'<span class="(k|kn|s2|mi|mf|nf|o|c1|nb)">', text))
    assert len(colours) > 5
    assert expected | colours <= kept
