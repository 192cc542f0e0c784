"""한국어 화면 문구: 테마에 없는 번역을 `theme/locale/ko.po`에서 보탭니다."""

from __future__ import annotations

from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from sphinx.application import Sphinx

HERE = Path(__file__).parent


def _compile(catalog: str, target: Path) -> None:
    """po 한 벌을 gettext가 찾는 자리에 mo로 옮깁니다."""
    source = HERE / "locale" / f"{catalog}.po"
    folder = target / "ko" / "LC_MESSAGES"
    folder.mkdir(parents=True, exist_ok=True)
    with source.open("rb") as po, (folder / f"{catalog}.mo").open("wb") as mo:
        write_mo(mo, read_po(po, locale="ko"))


def setup(app: Sphinx) -> None:
    """Sphinx와 테마가 쓰는 두 문구 묶음에 한국어를 보탭니다."""
    target = Path(app.outdir).parent / ".locale"
    for catalog in ("sphinx", "booktheme"):
        _compile(catalog, target)
        app.add_message_catalog(catalog, str(target))
