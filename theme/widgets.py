"""체험 위젯: 화면 모듈과 계산 커널을 한 번만 적고, 위젯이 있는 페이지에만 싣습니다.

위젯은 `text/html`로 그림과 설명을 내고(`recbook.widgets`), 여기서 그 페이지에 로더와
필요한 조각을 더합니다. 스크립트는 모두 글을 맡기는 보통 스크립트라서, `fetch`가 막힌
``file://``에서도 됩니다.
"""

from __future__ import annotations

import base64
import json
import re
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config

from recbook import browser
from recbook.widgets import _source

FOLDER = "widgets"
MARK = re.compile(r'<div class="rb-widget" data-widget="([\w-]+)"( data-kernels)?>')


def _call(function: str, *values: object) -> str:
    """`recbook.function(…)` 한 줄. 글은 JSON이고, JSON은 자바스크립트입니다."""
    packed = ",".join(
        json.dumps(value, ensure_ascii=False, separators=(",", ":")) for value in values
    )
    return f"recbook.{function}({packed});\n"


def scripts(kernels: Path) -> dict[str, str]:
    """페이지에 실을 파일의 이름과 내용.

    Parameters
    ----------
    kernels : Path
        지어 둔 ``kernels.wasm``과 ``manifest.json``이 있는 폴더.
    """
    manifest = json.loads((kernels / "manifest.json").read_text(encoding="utf-8"))
    described = {name: manifest[name] for name in ("kernels", "errors")}
    wasm = base64.b64encode((kernels / "kernels.wasm").read_bytes()).decode()
    names = _source.names()
    frame = {part for name in names for part in _source.parts(name)[:-1]}
    written = {
        "kit.js": "".join(_call("part", *part) for part in sorted(frame)),
        "kernels.js": _call("kernels", wasm, described),
    }
    for name in names:
        parts = _source.parts(name)
        listed = _call("widget", name, [part.name for part in parts])
        written[f"{name}.js"] = _call("part", *parts[-1]) + listed
        written[f"{name}.css"] = _source.own_css(name)
    written["kit.css"] = _source.frame_css()
    return written


def _prepare(app: Sphinx, config: Config) -> None:
    """커널을 짓고(그대로면 바로 지나갑니다) 실을 파일을 적습니다.

    노트북의 위젯과 휠이 함께 쓰도록 커널은 꾸러미 안에 짓습니다. 실행 캐시의 열쇠가
    꾸러미의 파일을 보기 전이어야 하므로 가장 먼저 합니다.
    """
    room = Path(app.srcdir) / "recbook" / "browser"
    browser.build(room)
    target = Path(app.outdir).parent / ".widgets"
    shutil.rmtree(target, ignore_errors=True)
    (target / FOLDER).mkdir(parents=True)
    for name, text in scripts(room).items():
        (target / FOLDER / name).write_text(text, encoding="utf-8")
    shutil.copyfile(room / "loader.js", target / FOLDER / "loader.js")
    config.html_static_path.append(str(target))


def _on_page(doctree: nodes.document) -> tuple[list[str], bool]:
    """페이지에 있는 위젯의 이름과, 커널이 필요한지."""
    found = [
        match
        for node in doctree.findall(nodes.raw)
        for match in MARK.finditer(node.astext())
    ]
    names = sorted({match.group(1) for match in found})
    return names, any(match.group(2) for match in found)


def _add_scripts(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    names, needs_kernels = _on_page(doctree) if doctree else ([], False)
    if not names:
        return
    loaded: Iterable[str] = ["loader", "kit", *["kernels"] * needs_kernels, *names]
    for name in loaded:
        app.add_js_file(f"{FOLDER}/{name}.js", loading_method="defer")
    for name in ("kit", *names):
        app.add_css_file(f"{FOLDER}/{name}.css")


def _drop_notebook_state(app: Sphinx, doctree: nodes.document) -> None:
    """페이지에 실리는 주피터 위젯의 상태를 뺍니다.

    MyST-NB는 위젯의 모든 값(화면 모듈과 커널까지)을 페이지마다 적습니다. 그것을 읽는
    html-manager를 이 책은 싣지 않습니다.
    """
    notebooks = getattr(app.env, "nb_metadata", {})
    page = notebooks.get(app.env.docname, {})
    page.get("js_files", {}).pop("ipywidgets_state", None)


def setup(app: Sphinx) -> None:
    """커널을 짓고, 페이지에 위젯의 스크립트를 더합니다."""
    app.connect("config-inited", _prepare, priority=50)
    app.connect("doctree-read", _drop_notebook_state, priority=900)
    app.connect("html-page-context", _add_scripts)
