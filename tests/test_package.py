"""휠: 빈 환경에 설치한 꾸러미가 자기 자료를 읽고 그림을 그린다."""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

SOURCES = (
    "recbook",
    "data",
    "build_backend.py",
    "pyproject.toml",
    "README.md",
    "LICENSE",
)

PROGRAM = """
import sys, warnings
import recbook as rb

assert "recbook" not in sys.path[0]
ex = rb.datasets.worked_example()
assert abs(ex.U[0] @ ex.I[0] - 7.9) < 1e-12
from recbook.datasets import listening, vod, vod_march
assert listening().shape == (2000, 1000)
assert vod().shape == vod_march().shape == (6000, 1500)
with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # 한글 글꼴이 없는 기계의 안내
    ax = rb.plots.matrix(ex.R, ex.users, ex.items, title="설치한 꾸러미가 그린다")
    html = rb.plots.figure_html(ax.figure)
assert "var(--rb-user, #" in html
print(rb.__file__, rb.__version__, sep="\\n")
"""


def run(*command: str | Path, cwd: Path, **env: str) -> str:
    done = subprocess.run(
        [*map(str, command)],
        cwd=cwd,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """원본의 복사본에서 만든 휠. 저장소에는 build 폴더를 남기지 않습니다."""
    source = tmp_path_factory.mktemp("source")
    for name in SOURCES:
        if (root / name).is_dir():
            ignored = shutil.ignore_patterns("__pycache__", "kernels.wasm")
            shutil.copytree(root / name, source / name, ignore=ignored)
        else:
            shutil.copy(root / name, source / name)
    # 설치한 setuptools가 충분히 새것이면 그대로 쓰고, 아니면 격리된 환경에서 짓습니다.
    installed = importlib.metadata.version("setuptools").split(".")[0]
    isolation = ["--no-isolation"] if int(installed) >= 77 else []
    options = ["--wheel", "--outdir", source / "dist", *isolation]
    run(sys.executable, "-m", "build", *options, cwd=source)
    (built,) = (source / "dist").glob("recbook-*.whl")
    return built


def test_wheel_holds_the_package_and_nothing_else(wheel: Path, root: Path):
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    expected = {
        path.relative_to(root).as_posix()
        for path in (root / "recbook").rglob("*")
        if path.is_file() and path.suffix in {".py", ".css", ".js", ".typed", ".npz"}
    }
    # 브라우저용 커널은 휠을 지을 때 생깁니다.
    expected |= {
        f"recbook/browser/{name}" for name in ("kernels.wasm", "manifest.json")
    }
    assert "recbook/tokens.css" in expected
    # 저장소의 data/는 recbook/data로 들어갑니다.
    expected |= {
        f"recbook/{path.relative_to(root).as_posix()}"
        for path in (root / "data").rglob("*")
        if path.is_file()
    }
    assert {"recbook/data/vod.csv.gz", "recbook/data/README.md"} <= expected
    assert expected <= names
    assert {name.split("/")[0] for name in names - expected} == {
        f"recbook-{wheel.name.split('-')[1]}.dist-info"
    }
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_wheel_works_in_an_empty_environment(wheel: Path, tmp_path: Path):
    home = tmp_path / "empty"
    venv.create(home, with_pip=False)
    scripts = "Scripts" if os.name == "nt" else "bin"
    python = home / scripts / f"python{'.exe' if os.name == 'nt' else ''}"
    site = Path(
        sysconfig.get_path(
            "purelib", "venv", vars={"base": str(home), "platbase": str(home)}
        )
    )
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    options = ["--no-deps", "--no-index", "--no-compile", "--quiet"]
    run(*pip, "install", *options, "--target", site, wheel, cwd=tmp_path)
    # 의존성(numpy, scipy, matplotlib)만 빌립니다. 원본의 .pth는 읽히지 않습니다.
    (site / "borrowed.pth").write_text(sysconfig.get_path("purelib"), "utf-8")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    output = run(python, "-X", "utf8", "-c", PROGRAM, cwd=elsewhere, PYTHONPATH="")
    file, version = output.split()
    assert Path(file).is_relative_to(site)
    assert version == wheel.name.split("-")[1]
