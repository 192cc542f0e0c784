"""지어진 책: 링크, 오프라인, 한국어 화면, 글꼴, 라이선스, 대체 텍스트."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from bs4 import BeautifulSoup
from fontTools.ttLib import TTFont

from theme.assets import LICENSES, math_macros

LOADED = {"link": "href", "script": "src", "img": "src", "iframe": "src"}
# 테마에 남기 쉬운 영어 화면 문구
ENGLISH = (
    "Back to top",
    "Skip to main content",
    "Color mode",
    "Toggle primary",
    "Toggle secondary",
    "Link to this",
    "Permalink",
    "previous",
    "next page",
    "Search this book",
    "Copyright",
    "Download",
    "Print to PDF",
    "Contents",
    "On this page",
    "System Settings",
    "Show code cell",
    "et al",
    "By 손으로",
    "으로 손으로",
)


@pytest.fixture(scope="module")
def soups(site: Path) -> dict[Path, BeautifulSoup]:
    return {
        path: BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
        for path in sorted(site.rglob("*.html"))
        if "_static" not in path.parts
    }


def test_internal_links_resolve(site: Path, soups: dict[Path, BeautifulSoup]) -> None:
    """모든 안쪽 링크에는 닿을 파일과 자리가 있습니다."""
    broken = []
    places = {
        path: {tag["id"] for tag in soup.find_all(id=True)}
        for path, soup in soups.items()
    }
    for path, soup in soups.items():
        for anchor in soup.find_all("a", href=True):
            address = urlsplit(str(anchor["href"]))
            if address.scheme or address.netloc:
                continue
            target = (path.parent / unquote(address.path)).resolve()
            target = target if address.path else path
            if not target.is_file():
                broken.append((path.name, anchor["href"]))
            elif address.fragment and target in soups:
                name = unquote(address.fragment)
                # 빈 '#'과 자바스크립트용 자리는 빼고 봅니다.
                if name not in places[target]:
                    broken.append((path.name, anchor["href"]))
    assert broken == []


def test_nothing_is_loaded_from_outside(soups: dict[Path, BeautifulSoup]) -> None:
    outside = [
        (path.name, tag[attribute])
        for path, soup in soups.items()
        for name, attribute in LOADED.items()
        for tag in soup.select(f"{name}[{attribute}]")
        if urlsplit(str(tag[attribute])).netloc
        and "canonical" not in (tag.get("rel") or [])
    ]
    assert outside == []


def test_every_loaded_file_exists(soups: dict[Path, BeautifulSoup]) -> None:
    missing = []
    for path, soup in soups.items():
        for name, attribute in LOADED.items():
            for tag in soup.select(f"{name}[{attribute}]"):
                address = urlsplit(str(tag[attribute]))
                if address.scheme == "data" or address.netloc or not address.path:
                    continue
                if not (path.parent / unquote(address.path)).is_file():
                    missing.append((path.name, tag[attribute]))
    assert missing == []


def test_style_sheets_point_at_local_files(site: Path) -> None:
    for css in site.rglob("*.css"):
        for url in re.findall(r"url\(([^)]*)\)", css.read_text(encoding="utf-8")):
            address = url.strip("'\"")
            if address.startswith(("data:", "%23", "#")):
                continue
            assert not urlsplit(address).netloc, (css.name, address)
            local = css.parent / urlsplit(address).path
            assert local.is_file(), (css.name, address)


def interface_text(path: Path, soup: BeautifulSoup) -> str:
    """본문을 뺀 화면 문구와, 본문까지의 풍선 도움말과 낭독용 이름."""
    attributes = ("title", "aria-label", "placeholder", "data-bs-title")
    said = [
        str(tag[name]) for name in attributes for tag in soup.find_all(**{name: True})
    ]
    rest = re.sub(
        r"<(article|script|style)\b.*?</\1>",
        "",
        path.read_text(encoding="utf-8"),
        flags=re.DOTALL,
    )
    return "\n".join([*said, BeautifulSoup(rest, "html.parser").get_text(" ")])


def test_interface_is_korean(
    pages: list[Path], soups: dict[Path, BeautifulSoup]
) -> None:
    for path in pages:
        soup = soups[path]
        assert soup.html is not None
        assert soup.html["lang"] == "ko"
        text = interface_text(path, soup)
        left = [phrase for phrase in ENGLISH if phrase in text]
        assert left == [], path.name


def test_fonts_are_small_and_licensed(site: Path) -> None:
    fonts = {p.name: p.stat().st_size for p in site.rglob("*.woff2")}
    text = {n: s for n, s in fonts.items() if n.startswith("Pretendard")}
    assert set(text) == {"Pretendard-Regular.woff2", "Pretendard-Bold.woff2"}
    # 한 페이지의 상한 300KB에서 수식 글꼴의 몫을 남깁니다.
    assert sum(text.values()) < 230_000
    for name in LICENSES:
        licence = site / "_static/licenses" / f"{name}.txt"
        assert len(licence.read_text(encoding="utf-8")) > 500


def test_fonts_hold_every_korean_character(site: Path, pages: list[Path]) -> None:
    """페이지에 나오는 한글은 모두 책의 글꼴로 그릴 수 있습니다."""
    korean = re.compile("[가-힣ㄱ-ㅎㅏ-ㅣ]")
    used = {c for p in pages for c in korean.findall(p.read_text(encoding="utf-8"))}
    assert len(used) > 300
    for weight in ("Regular", "Bold"):
        font = TTFont(site / f"_static/fonts/Pretendard-{weight}.woff2")
        assert used - set(map(chr, font.getBestCmap())) == set()


def test_no_dead_weight(site: Path) -> None:
    names = {p.name for p in (site / "_static").rglob("*") if p.is_file()}
    assert not [n for n in names if n.endswith(".map")]
    assert not names & {"fontawesome.js", "require.js", "embed-amd.js"}


def test_icons_have_pictures(site: Path, soups: dict[Path, BeautifulSoup]) -> None:
    css = (site / "_static/icons.css").read_text(encoding="utf-8")
    used = {
        name
        for soup in soups.values()
        for tag in soup.select(".fa-solid, .fas")
        for name in tag["class"]
        if name.startswith("fa-") and name not in {"fa-solid", "fa-lg"}
    }
    assert used
    assert [name for name in sorted(used) if f".{name} {{" not in css] == []


def test_mathematics_is_rendered_and_coloured(pages: list[Path]) -> None:
    text = "".join(p.read_text(encoding="utf-8") for p in pages)
    assert text.count('class="katex"') > 100
    assert "katex-error" not in text
    shown = re.sub(r"<annotation.*?</annotation>", "", text, flags=re.DOTALL)
    for macro in math_macros():
        assert f"{macro}{{" not in shown
    for role in ("user", "item", "observed", "predicted", "error"):
        assert f"rb-{role}" in text


def test_figures_have_alternative_text(soups: dict[Path, BeautifulSoup]) -> None:
    figures = [svg for soup in soups.values() for svg in soup.select(".rb-figure svg")]
    assert len(figures) >= 4
    for svg in figures:
        assert svg["role"] == "img"
        assert len(str(svg["aria-label"])) > 20
    for path, soup in soups.items():
        for image in soup.select("article img"):
            assert image.get("alt"), path.name


def test_ids_are_unique(soups: dict[Path, BeautifulSoup]) -> None:
    for path, soup in soups.items():
        ids = [str(tag["id"]) for tag in soup.select("article [id]")]
        assert len(ids) == len(set(ids)), path.name


def test_bibliography_reads_in_order(site: Path) -> None:
    text = (site / "chapters/references.html").read_text(encoding="utf-8")
    assert "Christopher C. Johnson" in text or "Christopher Johnson" in text
    assert "홍금원" in text
