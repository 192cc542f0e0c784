"""실행 캐시의 열쇠: 노트북이 기대는 것이 바뀌면 다시 실행합니다.

jupyter-cache는 노트북의 코드만 봅니다. 그래서 패키지의 상수 하나를 고쳐도 낡은 출력이
책에 남습니다. 여기서는 캐시 폴더 이름에 `recbook/**`, `data/**`, 고정한 판
(`constraints.txt`), 파이썬 판의 해시를 넣습니다. 폴더 이름은 Sphinx 설정값
`nb_execution_cache_path`이므로, 해시가 달라지면 문서도 모두 다시 읽습니다.
"""

from __future__ import annotations

import hashlib
import platform
import shutil
from collections.abc import Iterator
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config

WATCHED = ("recbook", "data")
PINS = "constraints.txt"
SKIPPED = {"__pycache__", ".ipynb_checkpoints"}
KEPT_CACHES = 3


def watched_files(root: Path) -> Iterator[Path]:
    """노트북 출력에 영향을 주는 파일을 이름순으로 냅니다."""
    for folder in WATCHED:
        for path in sorted((root / folder).rglob("*")):
            if path.is_file() and not SKIPPED & set(path.parts):
                yield path
    if (root / PINS).is_file():
        yield root / PINS


def dependency_key(root: Path) -> str:
    """노트북 밖의 의존성을 한 줄의 16진수로 줄입니다.

    Parameters
    ----------
    root : Path
        저장소의 맨 위 폴더.

    Returns
    -------
    str
        열여섯 글자. 파일의 이름이나 내용, 파이썬 판이 달라지면 달라집니다.
    """
    digest = hashlib.sha256(platform.python_version().encode())
    for path in watched_files(root):
        content = path.read_bytes()
        name = path.relative_to(root).as_posix()
        digest.update(f"\0{name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()[:16]


def _choose_cache(app: Sphinx, config: Config) -> None:
    root = Path(app.srcdir)
    caches = Path(app.outdir).parent / ".jupyter_cache"
    config.nb_execution_cache_path = str(caches / dependency_key(root))


def _drop_old_caches(app: Sphinx, exception: Exception | None) -> None:
    caches = Path(app.config.nb_execution_cache_path).parent
    if exception is not None or not caches.is_dir():
        return
    by_age = sorted(caches.iterdir(), key=lambda p: p.stat().st_mtime)
    for old in by_age[:-KEPT_CACHES]:
        shutil.rmtree(old, ignore_errors=True)


def _forget_failed_build(app: Sphinx, exception: Exception | None) -> None:
    """경고가 난 문서를 다음 빌드가 건너뛰지 못하게 합니다.

    Sphinx는 경고가 난 문서도 '읽음'으로 적어 둡니다. 그대로 두면 실패한 빌드를 한 번
    더 돌렸을 때 아무 경고 없이 성공합니다.
    """
    if exception is not None or app._warncount:
        (Path(app.doctreedir) / "environment.pickle").unlink(missing_ok=True)


def setup(app: Sphinx) -> None:
    """캐시 폴더를 고르고, 빌드 뒤에 치웁니다."""
    app.connect("config-inited", _choose_cache, priority=900)
    app.connect("build-finished", _drop_old_caches)
    app.connect("build-finished", _forget_failed_build)
