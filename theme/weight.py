"""페이지의 무게: 쓰지 않는 것을 싣지 않습니다.

테마의 CSS는 부트스트랩과 온갖 부품을 다 담습니다. 책이 다 지어지면 PurgeCSS로 이 책의
페이지와 스크립트에 나오는 낱말이 고를 수 있는 규칙만 남깁니다. 수식에서는 원본 LaTeX를
뺍니다. 화면 낭독기는 그것이 아니라 곁의 MathML을 읽습니다.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

from theme.assets import HERE, node_program

# 테마가 함께 복사하지만 어느 페이지도 부르지 않는 것
UNUSED = ("scripts/fontawesome.js", "scripts/fontawesome.js.LICENSE.txt", "vendor")

# 남이 만든 CSS. 이 책이 손으로 쓴 것(book.css, 위젯)은 있는 그대로 둡니다.
SHEETS = (
    "basic.css",
    "katex/katex.min.css",
    "mystnb.*.css",
    "pygments.css",
    "styles/pydata-sphinx-theme.css",
    "styles/sphinx-book-theme.css",
)

LATEX = re.compile(
    r"<semantics>(.*?)<annotation[^>]*>[^<]*</annotation></semantics>", re.DOTALL
)


def without_latex(html: str) -> str:
    """수식의 MathML에서 원본 LaTeX만 뺍니다. 읽는 식은 그대로입니다."""
    return LATEX.sub(r"\1", html)


def _lighten_page(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict[str, Any],
    doctree: object,
) -> None:
    if "body" in context:
        context["body"] = without_latex(context["body"])


def _drop_unused(static: Path) -> None:
    for name in UNUSED:
        path = static / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    for source_map in static.rglob("*.map"):
        source_map.unlink()
    # 지운 아이콘 글꼴을 테마의 CSS가 다시 찾지 않게 합니다.
    css = static / "styles/pydata-sphinx-theme.css"
    faces = r"@font-face\{[^}]*fontawesome[^}]*\}"
    css.write_text(re.sub(faces, "", css.read_text("utf-8")), encoding="utf-8")


def _sheets(static: Path) -> list[Path]:
    return sorted(path for name in SHEETS for path in static.glob(name))


def _forget_purged(app: Sphinx, builder: object) -> None:
    """지난번에 줄인 CSS를 지워 Sphinx가 원본을 조용히 다시 옮기게 합니다."""
    for sheet in _sheets(Path(app.outdir) / "_static"):
        sheet.unlink()


def _purge(site: Path) -> None:
    """남이 만든 CSS에서 이 책의 어느 페이지도 쓰지 않는 규칙을 뺍니다."""
    sheets = map(str, _sheets(site / "_static"))
    command = [node_program(), str(HERE / "purge.cjs"), site.as_posix(), *sheets]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    if done.returncode:
        raise ExtensionError(f"CSS를 줄이지 못했습니다.\n{done.stderr}")


def _lighten_site(app: Sphinx, exception: Exception | None) -> None:
    if exception is not None or app.builder.format != "html":
        return
    site = Path(app.outdir)
    _drop_unused(site / "_static")
    _purge(site)


def setup(app: Sphinx) -> None:
    """페이지를 쓸 때와 다 지은 뒤에 덜어 냅니다."""
    app.connect("write-started", _forget_purged)
    app.connect("html-page-context", _lighten_page, priority=900)
    app.connect("build-finished", _lighten_site, priority=900)
