"""JupyterLab에서도 같은 위젯: 화면에서 파이썬으로, 파이썬에서 화면으로."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from recbook import widgets

PRODUCT = (
    "from recbook import widgets\nw = widgets.Product()\nw",
    "print('U', w.U[0, 1], 'RMSE', round(w.rmse, 3))",
    "w.U = [[0, 0, 0], [0, 0, 0], [0, 0, 0]]",
    "w.reset()",
)

# 예상하기의 답이 화면에서 파이썬으로 가고, 파이썬의 처음으로가 화면에 옵니다.
EACH = {
    name: (
        f"from recbook import widgets\nw = widgets.{name}()\nw",
        "print('답', w.state['guess'])",
        "w.reset()",
    )
    for name in widgets.__all__
    if name not in {"Quiz", "Widget"}
}
QUIZ = (
    'from recbook import widgets\nw = widgets.Quiz("feedback/1")\nw',
    "print('고른 것', w.state['checked'])",
    "w.reset()",
)
NOTEBOOKS = {"product": PRODUCT, "quiz": QUIZ, **EACH}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """노트북이 든 폴더에서 JupyterLab을 띄웁니다."""
    home = tmp_path_factory.mktemp("lab")
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    empty = {"metadata": {}, "execution_count": None, "outputs": []}
    for name, sources in NOTEBOOKS.items():
        notebook = {
            "cells": [
                {"cell_type": "code", "id": f"c{n}", "source": source} | empty
                for n, source in enumerate(sources)
            ],
            "metadata": {"kernelspec": kernel},
            "nbformat": 4,
            "nbformat_minor": 5,
        }
        (home / f"{name}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"]
    options = [
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        "--IdentityProvider.token=",
        "--ServerApp.password=",
        f"--ServerApp.root_dir={home}",
    ]
    folders = {
        name: str(home / name.lower())
        for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
    }
    with (home / "lab.log").open("w") as log:
        server = subprocess.Popen(
            [*command, *options], env=os.environ | folders, stdout=log, stderr=log
        )
        try:
            wait_for(base, home / "lab.log")
            yield base
        finally:
            server.terminate()
            server.wait(timeout=20)


def wait_for(base: str, log: Path) -> None:
    for _ in range(200):
        try:
            with urllib.request.urlopen(f"{base}/api"):
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.2)
    pytest.fail(log.read_text(encoding="utf-8"))


def run(page: Page, nth: int) -> Locator:
    """셀 하나를 돌립니다."""
    cell = page.locator(".jp-Notebook .jp-Cell").nth(nth)
    cell.locator(".cm-content").click()
    page.keyboard.press("Control+Enter")
    return cell


@contextmanager
def opened(browser: Browser, lab: str, name: str) -> Iterator[Page]:
    """노트북 하나를 열고 첫 셀을 돌립니다. 닫을 때 잘못이 없었는지 봅니다."""
    context = browser.new_context(viewport={"width": 1400, "height": 1000})
    page = context.new_page()
    faults: list[str] = []
    page.on(
        "console",
        lambda m: faults.append(m.text) if m.type == "error" else None,
    )
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on(
        "request",
        lambda r: (
            None
            if r.url.startswith((lab, lab.replace("http", "ws"), "data:", "blob:"))
            else faults.append(r.url)
        ),
    )
    page.goto(f"{lab}/lab/tree/{name}.ipynb?reset")
    last = len(NOTEBOOKS[name]) - 1
    page.locator(".jp-Notebook .jp-Cell").nth(last).wait_for(timeout=60_000)
    idle = page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]")
    idle.wait_for(timeout=120_000)
    run(page, 0)
    yield page
    assert faults == []
    context.close()


def said(page: Page, nth: int) -> Locator:
    """셀 하나를 돌려 찍힌 글."""
    output = run(page, nth).locator(".jp-OutputArea-output")
    output.wait_for()
    return output


def test_product_and_python_follow_each_other(browser: Browser, lab: str):
    with opened(browser, lab, "product") as page:
        widget = page.locator("section.rbw[data-ready]")
        widget.wait_for(timeout=120_000)
        # 정적인 페이지에만 있는 것: 주소 복사
        assert widget.get_by_role("button", name="주소 복사").count() == 0
        widget.get_by_role("button", name="예상하지 않고 보기").click()
        entry = widget.locator(".rbw-number.rbw-user").nth(1)
        entry.focus()
        for _ in range(3):
            page.keyboard.press("ArrowUp")
        rmse = widget.locator(".rbw-product-rmse")
        expect(rmse).to_have_text("0.694")
        # 방향키가 셀을 옮기지 않았습니다.
        assert entry.evaluate("one => one === document.activeElement")
        expect(said(page, 1)).to_have_text("U -0.5 RMSE 0.694")
        run(page, 2)
        expect(rmse).to_have_text("4.422")
        expect(entry).to_have_text("0.0")
        run(page, 3)
        widget.get_by_role("button", name="예상하지 않고 보기").wait_for()
        expect(rmse).to_have_text("0.501")


@pytest.mark.parametrize("name", EACH)
def test_every_widget_and_python_follow_each_other(
    browser: Browser, lab: str, name: str
):
    with opened(browser, lab, name) as page:
        widget = page.locator("section.rbw[data-ready]")
        widget.wait_for(timeout=120_000)
        skip = widget.get_by_role("button", name="예상하지 않고 보기")
        skip.click()
        expect(said(page, 1)).to_have_text("답 skip")
        run(page, 2)
        skip.wait_for()


def test_quiz_and_python_follow_each_other(browser: Browser, lab: str):
    with opened(browser, lab, "quiz") as page:
        place = page.locator(".jp-OutputArea-output").first
        place.locator("section.rbw-quiz").wait_for(timeout=120_000)
        place.get_by_role("checkbox").nth(1).click()
        place.get_by_role("button", name="확인").click()
        place.locator(".rbw-quiz-reply").wait_for()
        expect(said(page, 1)).to_have_text(re.compile("고른 것.*2"))
        run(page, 2)
        expect(place.locator(".rbw-quiz-reply")).to_have_count(0)
