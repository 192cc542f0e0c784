"""Firefox: 책의 모든 위젯이 서고, 마우스와 키보드로 움직이고, 처음으로 돌아온다."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.browser import chromium
from theme.assets import node_program

HERE = Path(__file__).parent
NAMES = ("firefox", "firefox-esr")
NONE = (
    "Firefox가 없어 Firefox 테스트를 건너뜁니다. 데비안이라면 "
    "`apt-get install firefox-esr`로 설치한 뒤 다시 시험하세요."
)


@pytest.fixture(scope="module")
def report(site: Path, root: Path) -> dict:
    """위젯이 있는 모든 페이지를 열어 만진 결과."""
    executable = chromium.system(NAMES) or chromium.debian("firefox-esr", NAMES)
    if executable is None:
        pytest.skip(NONE)
    pages = [
        path
        for path in sorted((site / "chapters").glob("*.html"))
        if 'class="rb-widget"' in path.read_text(encoding="utf-8")
    ]
    assert pages
    task = {
        "executable": executable,
        "modules": str(root / "theme/package.json"),
        "pages": [
            {"url": path.as_uri(), "width": width}
            for path, width in zip(pages, [1280, 360] * len(pages), strict=False)
        ],
    }
    done = subprocess.run(
        [node_program(), HERE / "firefox.mjs"],
        input=json.dumps(task),
        capture_output=True,
        encoding="utf-8",
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_every_page_is_silent_and_fits(report: dict):
    for page in report["pages"]:
        assert page["faults"] == [], page["url"]
        assert page["overflow"] <= 0, page["url"]


def test_every_widget_moves_and_returns(report: dict):
    """주소에 상태가 적히면 움직인 것이고, 처음으로는 그것을 지웁니다."""
    widgets = [one for page in report["pages"] for one in page["widgets"]]
    assert widgets
    for one in widgets:
        moves = {one["opened"], one["clicked"], one["typed"]}
        assert len(moves) > 1, one
        assert "" not in {one["clicked"], one["typed"]}, one
        assert one["reset"] == "", one


def test_quizzes_answer(report: dict):
    replies = [length for page in report["pages"] for length in page["replies"]]
    assert len(replies) > 10
    assert all(length > 5 for length in replies)
