"""책의 Sphinx 쪽: 생김새, 한국어, 오프라인, 실행 캐시.

`_config.yml`의 `local_extensions`가 이 꾸러미 하나를 부르고, 나머지 방은 여기서
차례로 들어옵니다.
"""

from __future__ import annotations

from importlib import import_module

from sphinx.application import Sphinx

PARTS = (
    "messages",
    "execution",
    "assets",
    "boxes",
    "bibliography",
    "glossary",
    "interact",
    "widgets",
    "quiz",
    "search",
    "weight",
    "typeset",
)
"""등록하는 차례. 한 방만 불러 쓰는 쪽이 나머지를 싣지 않도록 등록할 때 부릅니다."""


def setup(app: Sphinx) -> dict[str, object]:
    """Sphinx에 책의 부품을 등록합니다."""
    for part in PARTS:
        import_module(f"theme.{part}").setup(app)
    # Jupyter Book이 늘 적어 넣지만 이 책은 쓰지 않는 설정(댓글 확장)입니다.
    app.add_config_value("comments_config", {}, "")
    return {"parallel_read_safe": False, "parallel_write_safe": False}
