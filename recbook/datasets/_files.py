"""자료 파일을 찾고 바이트를 읽습니다: 파일, 폴더, zip, 내려받기.

표의 내용은 모릅니다. 여기서 나는 오류는 모두 어느 파일이 왜 안 되는지와, 손으로
내려받는 길을 함께 알립니다.
"""

import logging
import os
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import NamedTuple

__all__ = ["Collection", "Source", "decode", "download", "local_path", "open_source"]

# 내려받은 파일을 두는 폴더를 바꾸는 환경 변수.
_FOLDER_VARIABLE = "RECBOOK_DATA"


@dataclass(frozen=True)
class Collection:
    """공개된 자료 한 벌: 무엇을 찾고, 없으면 어디에서 받는지.

    Attributes
    ----------
    title, table : str
        오류에 적을 이름. 예: ``"MovieLens"``, ``"평점 파일"``.
    call : str
        읽는 함수. 예: ``"rb.datasets.movielens"``.
    companions : mapping of str to str
        알아보는 표의 이름 → 그 곁에 놓이는 이름표 파일의 이름.
    url : str
        zip의 주소.
    sha256 : str
        그 zip의 SHA-256.
    """

    title: str
    table: str
    call: str
    companions: Mapping[str, str]
    url: str
    sha256: str

    @property
    def archive(self) -> str:
        """zip 파일의 이름."""
        return PurePosixPath(self.url).name

    @property
    def by_hand(self) -> str:
        """손으로 내려받는 법. 마침표 없이 끝납니다."""
        return (
            f"{self.url} 주소의 파일을 브라우저로 내려받아 "
            f'{self.call}("{self.archive}")처럼 경로를 주십시오'
        )


class Source(NamedTuple):
    """표 하나: 오류에 적을 이름, 파일 이름, 내용, 곁의 파일을 읽는 함수."""

    place: str
    name: str
    content: bytes
    beside: Callable[[str], bytes | None]


def local_path(path: str | os.PathLike[str], remedy: str) -> Path:
    """글자나 Path를 Path로. `~`는 홈 폴더로 풉니다."""
    try:
        return Path(os.fsdecode(path)).expanduser()
    except TypeError as error:
        raise TypeError(
            f"path: 글자나 Path여야 하는데 {type(path).__name__}형입니다. {remedy}."
        ) from error


def read(path: Path) -> bytes:
    """파일의 바이트 전부."""
    try:
        return path.read_bytes()
    except PermissionError as error:
        raise PermissionError(
            f"'{path}': 읽을 권한이 없습니다. 파일의 권한을 확인해 주십시오."
        ) from error


def decode(content: bytes, place: str, encoding: str, remedy: str) -> str:
    """바이트를 글자로. 앞머리의 BOM은 뺍니다. 못 읽으면 몇 번째 줄인지 알립니다."""
    try:
        return content.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode(encoding, errors="replace")
        name = encoding.upper()
        raise ValueError(
            f"{place}의 {before.count(chr(10)) + 1:,}번째 줄을 {name}로 읽을 수 "
            f"없습니다. {remedy}."
        ) from error


# ── 파일, 폴더, zip ──────────────────────────────────────────────────────────


def open_source(path: str | os.PathLike[str] | Path, collection: Collection) -> Source:
    """경로에서 자료의 표를 찾아 엽니다.

    Parameters
    ----------
    path : path-like
        표 자체, 표가 든 폴더(한 겹 아래까지), 또는 zip.
    collection : Collection
        찾을 자료.
    """
    path = local_path(path, collection.by_hand)
    if not path.exists():
        raise FileNotFoundError(
            f"'{path}': 그런 파일이나 폴더가 없습니다. 경로를 다시 확인해 주십시오. "
            f"자료가 아직 없다면 {collection.by_hand}."
        )
    if path.is_dir():
        names = [
            found.relative_to(path).as_posix()
            for name in collection.companions
            for found in (*path.glob(name), *path.glob(f"*/{name}"))
        ]
        path = path / _pick(names, f"'{path}' 폴더", collection)
    elif path.suffix.lower() == ".zip" or zipfile.is_zipfile(path):
        return _open_zip(path, collection)

    def beside(name: str) -> bytes | None:
        file = path.with_name(name)
        return read(file) if file.is_file() else None

    return Source(f"'{path}'", path.name, read(path), beside)


def _open_zip(path: Path, collection: Collection) -> Source:
    # 깨진 zip이 내는 예외는 여러 가지입니다: 목차, 압축, 암호, 모르는 압축 방식.
    damage = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError)
    try:
        with zipfile.ZipFile(path) as archive:
            names = [
                name
                for name in archive.namelist()
                if PurePosixPath(name).name in collection.companions
                and not name.startswith("__MACOSX/")
            ]
            chosen = PurePosixPath(_pick(names, f"'{path}'", collection))
            wanted = {chosen} | {
                chosen.with_name(name) for name in collection.companions.values()
            }
            members = {
                PurePosixPath(name): archive.read(name)
                for name in archive.namelist()
                if PurePosixPath(name) in wanted
            }
    except damage as error:
        raise ValueError(
            f"'{path}': zip 파일이 아니거나 깨졌습니다({error}). "
            f"다시 내려받아 주십시오. {collection.by_hand}."
        ) from error
    return Source(
        place=f"'{path}' 안의 {chosen}",
        name=chosen.name,
        content=members[chosen],
        beside=lambda name: members.get(chosen.with_name(name)),
    )


def _pick(names: Iterable[str], place: str, collection: Collection) -> str:
    """가장 얕은 곳에 있는 표 하나."""
    by_depth = sorted(names, key=lambda name: (name.count("/"), name))
    if not by_depth:
        raise FileNotFoundError(
            f"{place} 안에 {collection.table}({', '.join(collection.companions)})이 "
            f"없습니다. {collection.title} 자료가 맞는지 확인해 주십시오. "
            f"{collection.by_hand}."
        )
    shallowest = [
        name for name in by_depth if name.count("/") == by_depth[0].count("/")
    ]
    if len(shallowest) > 1:
        raise ValueError(
            f"{place} 안에 {collection.table}이 여럿입니다: {', '.join(shallowest)}. "
            "읽을 파일 하나의 경로를 주십시오."
        )
    return shallowest[0]


# ── 내려받기 ─────────────────────────────────────────────────────────────────


def download(collection: Collection) -> Path:
    """자료의 zip을 내려받아 둔 자리. 이미 있으면 SHA-256만 맞추어 봅니다.

    폴더는 환경 변수 ``RECBOOK_DATA``로 정하고, 없으면 운영체제의 캐시 폴더 아래
    ``recbook``입니다. 끝까지 받아 SHA-256이 맞은 파일만 그 폴더에 남습니다.
    """
    try:
        import pooch
        import requests
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            f"{collection.title} 자료를 내려받는 패키지 pooch가 없습니다. 두 길이 "
            '있습니다. (1) pip install "recbook[download]"로 설치하거나, '
            f"(2) {collection.by_hand}.",
            name=error.name,
        ) from error
    folder = Path(os.environ.get(_FOLDER_VARIABLE) or pooch.os_cache("recbook"))
    folder = folder.expanduser()
    there = (
        f"{collection.by_hand}. 또는 내려받은 파일을 '{folder}' 폴더에 "
        f"{collection.archive}라는 이름으로 두고 다시 부르십시오"
    )
    try:
        with _quiet(pooch.get_logger()):
            file = pooch.retrieve(
                collection.url,
                known_hash=f"sha256:{collection.sha256}",
                fname=collection.archive,
                path=folder,
                downloader=pooch.HTTPDownloader(timeout=30),
            )
    except requests.RequestException as error:
        raise ConnectionError(
            f"{collection.title} 자료를 내려받지 못했습니다"
            f"({_why(error)}). 네트워크 연결과 프록시 설정을 확인하고 다시 "
            f"부르거나, {there}."
        ) from error
    except ValueError as error:  # pooch가 SHA-256을 맞추어 보고 냅니다
        raise ValueError(
            f"{collection.url}에서 받은 파일의 SHA-256이 책이 아는 값"
            f"({collection.sha256[:12]}…)과 다릅니다. 받는 동안 깨졌거나 자료가 "
            "바뀌었습니다. 받은 파일은 지웠습니다. 다시 불러 보고, 그래도 다르면 "
            f"{collection.by_hand}."
        ) from error
    except OSError as error:
        raise OSError(
            f"'{folder}' 폴더에 {collection.archive}를 쓸 수 없습니다({error}). "
            f"폴더의 권한과 남은 공간을 확인하거나, 환경 변수 {_FOLDER_VARIABLE}에 "
            "쓸 수 있는 폴더를 적어 주십시오."
        ) from error
    return Path(file)


@contextmanager
def _quiet(logger: logging.Logger) -> Iterator[None]:
    """pooch가 영어로 적는 알림을 잠시 끕니다. 무슨 일이 났는지는 오류가 알립니다."""
    level = logger.level
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(level)


def _why(error: OSError) -> str:
    """네트워크 오류의 까닭 한마디."""
    response = getattr(error, "response", None)
    if response is not None:
        return f"서버가 {response.status_code}번으로 답했습니다"
    return f"{type(error).__name__}: 서버와 이어지지 않습니다"
