"""독자가 하는 대로: 네트워크를 끊고 지어진 책을 읽습니다."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
AXE = ROOT / "theme/node_modules/axe-core/axe.min.js"
NAMES = sorted(
    p.with_suffix(".html").name
    for p in (ROOT / "chapters").iterdir()
    if p.suffix in {".ipynb", ".md"}
)
PAGES = [f"chapters/{name}" for name in NAMES]
CHAPTER = "chapters/02-worked-example.html"
FONT_LIMIT = 300_000
PAGE_LIMIT = 1_200_000  # 글꼴을 뺀, 압축하지 않은 무게

# 넘치는 것: 페이지 자체가 옆으로 밀리면 안 됩니다(표와 수식은 제 칸에서만).
OVERFLOW = "() => document.documentElement.scrollWidth - window.innerWidth"

CUT_OFF = """
() => [...document.querySelectorAll('article pre, article table, .katex-display')]
  .filter(e => e.offsetParent)
  .filter(e => e.getBoundingClientRect().right > innerWidth + 1)
  .map(e => e.textContent.slice(0, 40))
"""


def rendered_fonts(page, selector: str) -> set[str]:  # type: ignore[no-untyped-def]
    """선택한 요소의 글자가 실제로 그려진 글꼴 이름들(개발자 도구와 같은 물음)."""
    client = page.context.new_cdp_session(page)
    client.send("DOM.enable")
    client.send("CSS.enable")
    document = client.send("DOM.getDocument")["root"]["nodeId"]
    node = client.send("DOM.querySelector", {"nodeId": document, "selector": selector})[
        "nodeId"
    ]
    fonts = client.send("CSS.getPlatformFontsForNode", {"nodeId": node})["fonts"]
    return {font["familyName"] for font in fonts if font["isCustomFont"]}


@pytest.mark.parametrize("name", PAGES)
def test_page_is_complete_offline(read, name: str) -> None:  # type: ignore[no-untyped-def]
    reader = read()
    page = reader.open(name)
    assert reader.faults == []
    assert page.locator("h1").count() == 1
    assert page.evaluate(OVERFLOW) <= 0


@pytest.mark.parametrize("name", PAGES)
def test_page_fits_a_phone(read, name: str) -> None:  # type: ignore[no-untyped-def]
    reader = read(width=360, touch=True)
    page = reader.open(name)
    assert page.evaluate(OVERFLOW) <= 0
    assert reader.faults == []


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_page_is_accessible(read, name: str, scheme: str) -> None:  # type: ignore[no-untyped-def]
    """axe-core가 찾는 심각한 위반이 밝은 화면에도 어두운 화면에도 없습니다."""
    page = read(scheme=scheme).open(name)
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    page.add_script_tag(path=str(AXE))
    result = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    serious = [
        (
            v["id"],
            [n["target"] for n in v["nodes"]][:3],
            v["nodes"][0]["failureSummary"],
        )
        for v in result["violations"]
        if v["impact"] in {"serious", "critical"}
    ]
    assert serious == [], json.dumps(serious, ensure_ascii=False, indent=1)


def test_mathematics_and_korean_are_drawn_with_our_fonts(read) -> None:  # type: ignore[no-untyped-def]
    page = read().open(CHAPTER)
    assert page.locator(".katex").count() > 20
    assert rendered_fonts(page, "h1") == {"Pretendard"}
    assert rendered_fonts(page, "article p") == {"Pretendard"}
    assert any(f.startswith("KaTeX") for f in rendered_fonts(page, ".katex .mord"))
    height = page.locator(".katex-display").first.bounding_box()["height"]
    assert height > 10


def test_symbols_carry_their_colour(read) -> None:  # type: ignore[no-untyped-def]
    """수식의 U와 그림의 U는 같은 토큰 색이고, 어두운 화면에서는 함께 바뀝니다."""
    seen = {}
    for scheme in ("light", "dark"):
        page = read(scheme=scheme).open(CHAPTER)
        seen[scheme] = page.evaluate(
            """() => {
              const css = getComputedStyle(document.documentElement);
              const probe = document.createElement('i');
              probe.style.color = css.getPropertyValue('--rb-user');
              document.body.append(probe);
              const token = getComputedStyle(probe).color;
              const symbol = document.querySelector('.katex .rb-user');
              return [token, getComputedStyle(symbol).color];
            }"""
        )
        assert seen[scheme][0] == seen[scheme][1]
    assert seen["light"] != seen["dark"]


@pytest.mark.parametrize("name", [*PAGES, "search.html"])
def test_page_stays_light(read, server: str, name: str) -> None:  # type: ignore[no-untyped-def]
    """위젯과 커널까지, 페이지가 부르는 파일을 모두 셉니다."""
    reader = read(base=server)
    reader.open(name).wait_for_load_state("networkidle")
    fonts = {u: n for u, n in reader.bytes.items() if u.endswith(".woff2")}
    assert fonts
    assert sum(fonts.values()) <= FONT_LIMIT
    rest = {u: n for u, n in reader.bytes.items() if u not in fonts}
    heaviest = sorted(rest, key=lambda u: rest[u], reverse=True)[:5]
    assert sum(rest.values()) <= PAGE_LIMIT, [(u, rest[u]) for u in heaviest]
    assert reader.faults == []


def test_menu_opens_and_leads_on_a_phone(read) -> None:  # type: ignore[no-untyped-def]
    reader = read(width=360, touch=True)
    page = reader.open("chapters/index.html")
    toggle = page.locator(".primary-toggle:visible").first
    box = toggle.bounding_box()
    assert min(box["width"], box["height"]) >= 44
    toggle.tap()
    target = page.locator("#pst-primary-sidebar-modal a[href*='02-worked-example']")
    target.wait_for(state="visible")
    target.tap()
    page.wait_for_url("**/02-worked-example.html")
    assert "3×3" in page.locator("h1").inner_text()
    assert reader.faults == []


def test_script_made_parts_keep_their_looks(read) -> None:  # type: ignore[no-untyped-def]
    """스크립트가 나중에 만드는 것의 CSS는 페이지에 없는 이름이어도 남아 있습니다."""
    reader = read()
    page = reader.open(CHAPTER)
    style = "(e, name) => getComputedStyle(e).getPropertyValue(name)"
    page.locator(".theme-switch-button").hover()
    arrow = page.locator(".tooltip .tooltip-arrow")
    arrow.wait_for()
    assert arrow.evaluate(style, "position") == "absolute"
    assert (
        arrow.evaluate("e => getComputedStyle(e, '::before').borderBottomWidth") > "0"
    )
    page.locator(".dropdown-download-buttons .dropdown-toggle").click()
    menu = page.locator(".dropdown-menu.show")
    assert menu.evaluate(style, "display") != "none"
    page.keyboard.press("Escape")
    page.locator("div.highlight").first.hover()
    button = page.locator("button.copybtn").first
    assert button.evaluate(style, "position") == "absolute"
    page.keyboard.press("Control+k")
    dialog = page.locator("#pst-search-dialog[open]")
    dialog.wait_for()
    assert dialog.evaluate("e => e.getBoundingClientRect().width") > 300
    assert reader.faults == []


def test_menu_works_by_keyboard(read) -> None:  # type: ignore[no-untyped-def]
    page = read(width=360).open("chapters/index.html")
    toggle = page.locator(".primary-toggle:visible").first
    toggle.focus()
    page.keyboard.press("Enter")
    page.locator("#pst-primary-sidebar-modal[open]").wait_for()
    page.keyboard.press("Escape")
    page.locator("#pst-primary-sidebar-modal:not([open])").wait_for(state="attached")


def test_brightness_button_switches_and_is_remembered(read) -> None:  # type: ignore[no-untyped-def]
    reader = read()
    page = reader.open("chapters/index.html")
    theme = "document.documentElement.dataset.theme"
    seen = {page.evaluate(theme)}
    button = page.locator(".theme-switch-button:visible").first
    for _ in range(3):
        button.click()
        seen.add(page.evaluate(theme))
        if page.evaluate("document.documentElement.dataset.mode") == "dark":
            break
    assert seen == {"light", "dark"}
    reader.open(CHAPTER)
    assert page.evaluate(theme) == "dark"
    assert reader.faults == []


def test_folded_boxes_open_without_script(browser, site: Path) -> None:  # type: ignore[no-untyped-def]
    context = browser.new_context(java_script_enabled=False, offline=True)
    page = context.new_page()
    page.goto(f"{site.as_uri()}/{CHAPTER}")
    box = page.locator("details.solution").first
    content = box.locator("p").last
    assert not content.is_visible()
    box.locator("summary").click()
    assert content.is_visible()
    context.close()


@pytest.mark.parametrize("over_http", [False, True], ids=["file", "http"])
@pytest.mark.parametrize(
    ("query", "page_name"),
    [
        ("행렬", "02-worked-example"),
        ("행렬을", "02-worked-example"),
        ("롱테일", "01-feedback"),
        ("추천하는", "01-feedback"),
        ("우도", "glossary"),
    ],
)
def test_search_finds_korean_words(  # type: ignore[no-untyped-def]
    read, server: str, over_http: bool, query: str, page_name: str
) -> None:
    reader = read(base=server if over_http else None)
    page = reader.open(f"search.html?q={query}")
    page.locator("#search-results li a").first.wait_for()
    links = page.locator("#search-results li a").evaluate_all(
        "nodes => nodes.map(n => n.getAttribute('href'))"
    )
    assert any(page_name in link for link in links)
    assert reader.faults == []


def test_search_opens_by_keyboard(read) -> None:  # type: ignore[no-untyped-def]
    page = read().open("chapters/index.html")
    page.keyboard.press("Control+k")
    page.locator("#pst-search-dialog input").fill("내적")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search.html?q=*")
    page.locator("#search-results li a").first.wait_for()


def test_print_shows_everything(read, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    """인쇄하면 접힌 풀이가 펼쳐지고, 코드와 표가 종이 밖으로 나가지 않습니다."""
    page = read(width=720, scheme="dark").open(CHAPTER)
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    assert page.evaluate("document.documentElement.dataset.theme") == "light"
    assert page.locator("article h1").is_visible()
    closed = page.locator("article details:not([open])")
    assert closed.count() == 0
    cut = page.evaluate(CUT_OFF)
    assert cut == []
    assert not page.locator(".bd-sidebar-primary").is_visible()
    pdf = page.pdf(path=str(tmp_path / "chapter.pdf"), format="A4")
    assert pdf.startswith(b"%PDF")
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert closed.count() > 0
