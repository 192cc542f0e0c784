"""Chromium 찾기: 시스템의 것, 데비안 꾸러미, Playwright의 것 차례로."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# 뒤에서 도는 네트워크 일을 끄고, 루트로도 뜨게 합니다.
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
NONE = (
    "Chromium이 없어 브라우저 테스트를 할 수 없습니다. 데비안이라면 "
    "`apt-get install chromium`, 다른 곳이라면 `python -m playwright install chromium`"
    "을 돌린 뒤 다시 시험하세요."
)


def system(names: Iterable[str] = NAMES) -> str | None:
    """시스템에 있는 첫 브라우저의 자리."""
    return next((path for name in names if (path := shutil.which(name))), None)


def debian(package: str = "chromium", names: Iterable[str] = NAMES) -> str | None:
    """루트이고 apt가 있으면 데비안의 브라우저를 설치하고 그 자리를 냅니다."""
    if not shutil.which("apt-get") or os.geteuid() != 0:
        return None
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    env = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update"], check=False, env=env, **quiet)
    install = ["apt-get", "install", "-y", "--no-install-recommends", package]
    subprocess.run(install, check=False, env=env, **quiet)
    return system(names)


def _playwright() -> str | None:
    """Playwright가 받아 둔(없으면 받을) Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        path = driver.chromium.executable_path
    if not os.path.exists(path):
        install = [sys.executable, "-m", "playwright", "install", "chromium"]
        subprocess.run(install, check=False, capture_output=True, timeout=600)
    return path if os.path.exists(path) else None


def find() -> str | None:
    """쓸 수 있는 Chromium의 자리. 어디에도 없으면 None."""
    return system() or debian() or _playwright()
