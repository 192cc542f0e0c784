"""모든 테스트가 함께 쓰는 것."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def root() -> Path:
    """저장소의 맨 위 폴더."""
    return ROOT


@pytest.fixture(scope="session")
def site() -> Path:
    """지어진 책. `make test`는 책을 먼저 짓습니다."""
    built = ROOT / "_build" / "html"
    if not (built / "index.html").is_file():
        pytest.fail("책이 없습니다. `make book`을 먼저 돌리세요.")
    return built


@pytest.fixture(scope="session")
def pages(site: Path) -> list[Path]:
    """차례에 있는 페이지의 HTML."""
    found = sorted((site / "chapters").glob("*.html"))
    assert found
    return found
