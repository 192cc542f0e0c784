"""HetRec Last.fm: 파일 그대로 읽기, 그리고 진짜 서버에서 내려받기."""

from __future__ import annotations

import csv
import dataclasses
import gc
import hashlib
import importlib
import io
import sys
import threading
import warnings
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recbook.datasets import Interactions, lastfm, movielens

# 함수와 이름이 같은 모듈입니다.
lastfm_module = importlib.import_module("recbook.datasets.lastfm")
movielens_module = importlib.import_module("recbook.datasets.movielens")

PLAYS = b"userID\tartistID\tweight\r\n2\t51\t13883\r\n2\t52\t11690\r\n4\t51\t1\r\n"
# 실제 파일처럼: CRLF, 머리줄, 빈 그림 주소, 여러 글자. 끝의 두 줄은 UTF-8이 아닙니다.
ARTISTS = b"\r\n".join(
    [
        b"id\tname\turl\tpictureURL",
        "51\tMädchen aus Papier\thttp://x/51\thttp://x/51.jpg".encode(),
        '52\tThe "밤" 서고\thttp://x/52\t'.encode(),
        "53\tБелая ночь\thttp://x/53\t".encode(),
        b"54\tCaf\xe9 du \x96 Nord\thttp://x/54\t",
        b"55\tBad \x81 byte\thttp://x/55\t",
        b"56",
        b"",
    ]
)


def put(folder: Path, plays: bytes = PLAYS, artists: bytes | None = ARTISTS) -> Path:
    file = folder / "user_artists.dat"
    file.write_bytes(plays)
    if artists is not None:
        (folder / "artists.dat").write_bytes(artists)
    return file


def packed(name: str = "", plays: bytes = PLAYS) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{name}user_artists.dat", plays)
        archive.writestr(f"{name}artists.dat", ARTISTS)
        archive.writestr(f"{name}tags.dat", b"tagID\ttagValue\r\n1\tm\xe9tal\r\n")
    return content.getvalue()


def check(log: Interactions) -> None:
    assert log.users.tolist() == [2, 4]
    assert log.items.tolist() == [51, 52]
    assert log.user_items.toarray().tolist() == [[13883, 11690], [1, 0]]
    assert log.timestamps is None
    assert list(log.item_features) == ["name"]
    assert log.item_features["name"].tolist() == [
        "Mädchen aus Papier",
        'The "밤" 서고',
    ]


def korean(message: str) -> bool:
    return any("가" <= letter <= "힣" for letter in message)


# ── 파일, 폴더, zip ──────────────────────────────────────────────────────────


def test_reads_a_file_a_folder_and_a_zip(tmp_path):
    file = put(tmp_path)
    archive = tmp_path / "hetrec2011-lastfm-2k.zip"
    archive.write_bytes(packed())
    nested = tmp_path / "nested.zip"
    nested.write_bytes(packed("hetrec2011-lastfm-2k/"))
    for path in (file, str(file), tmp_path, archive, nested):
        check(lastfm(path))


def test_names_are_not_lost_to_odd_bytes(tmp_path):
    plays = PLAYS + b"".join(b"4\t%d\t7\r\n" % artist for artist in range(52, 58))
    log = lastfm(put(tmp_path, plays))
    names = dict(
        zip(log.items.tolist(), log.item_features["name"].tolist(), strict=True)
    )
    assert names[53] == "Белая ночь"
    assert names[54] == "Café du – Nord"  # Windows-1252에서 0x96은 –입니다
    assert names[55] == "Bad \N{REPLACEMENT CHARACTER} byte"
    assert names[56] == ""  # 이름이 빠진 줄
    assert names[57] == ""  # 이름 파일에 없는 음악가
    assert len(log) == 9


def test_names_are_optional_and_the_mark_at_the_start_is_skipped(tmp_path):
    assert lastfm(put(tmp_path, artists=None)).item_features == {}
    bom = b"\xef\xbb\xbf"
    check(lastfm(put(tmp_path, bom + PLAYS, bom + ARTISTS)))
    check(lastfm(put(tmp_path, PLAYS.replace(b"\r\n", b"\n"), ARTISTS)))


def test_agrees_with_the_standard_library(tmp_path):
    rng = np.random.default_rng(5)
    pairs = rng.permutation(40 * 60)[:500]
    plays = np.exp(rng.normal(5.5, 1.5, 500)).astype(int) + 1
    lines = [
        f"{pair // 60 + 2}\t{pair % 60 * 7 + 1}\t{count}"
        for pair, count in zip(pairs, plays, strict=True)
    ]
    text = "\r\n".join(["userID\tartistID\tweight", *lines, ""])
    log = lastfm(put(tmp_path, text.encode(), None))
    rows = list(csv.DictReader(io.StringIO(text, newline=""), delimiter="\t"))
    assert len(log) == len(rows) == 500
    written = {
        (int(row["userID"]), int(row["artistID"])): int(row["weight"]) for row in rows
    }
    table = log.user_items.tocoo()
    read = {
        (int(log.users[user]), int(log.items[item])): int(count)
        for user, item, count in zip(table.row, table.col, table.data, strict=True)
    }
    assert read == written


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"4\t52\t", "5번째 줄: weight 칸이 비어"),
        (b"4\t52\t0", "weight 칸의 값.*'0'.*1 이상의 정수"),
        (b"4\t52\t-3", "weight 칸의 값.*'-3'.*1 이상의 정수"),
        (b"4\t52\t2.5", "weight 칸의 값.*'2.5'.*정수"),
        (b"4\t52\t99999999999999999999", "weight 칸의 값.*정수"),
        (b"0\t52\t5", "userID 칸의 값.*'0'.*1 이상"),
        (b"4\tartist\t5", "artistID 칸의 값.*'artist'"),
        (b"4\t52", "칸이 2개인데 3개"),
        (b"4\t52\t5\t6", "칸이 4개인데 3개"),
        (b"2\t51\t5", "5번째 줄: artistID 칸에 사용자 2.*음악가 51.*한 줄만 남겨"),
    ],
)
def test_bad_lines_are_named(tmp_path, line, message):
    file = put(tmp_path, PLAYS + line + b"\r\n")
    with pytest.raises(ValueError, match=message) as caught:
        lastfm(file)
    assert "user_artists.dat" in str(caught.value)
    assert korean(str(caught.value))
    assert file.read_bytes() == PLAYS + line + b"\r\n"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "빈 파일"),
        (PLAYS.splitlines()[0], "기록이 한 줄도 없습니다"),
        (PLAYS.replace(b"weight", b"plays"), "'weight'이라는 열이 없습니다"),
        (PLAYS.replace(b"\t", b","), "'userID'이라는 열이 없습니다"),
        (PLAYS[:-4], "4번째 줄: 칸이 2개인데 3개.*중간에서 잘렸습니다"),
        (PLAYS + b"\xff", "5번째 줄을 UTF-8로"),
    ],
)
def test_damaged_files_are_refused(tmp_path, content, message):
    with pytest.raises(ValueError, match=message):
        lastfm(put(tmp_path, content))


def test_damaged_names_are_named(tmp_path):
    with pytest.raises(ValueError, match=r"artists.dat의 3번째 줄.*'이름'"):
        lastfm(put(tmp_path, PLAYS, "id\tname\r\n51\tA\r\n이름\tB\r\n".encode()))


def test_wrong_paths(tmp_path):
    for path in (tmp_path / "없는 것.zip", tmp_path):
        with pytest.raises(FileNotFoundError) as caught:
            lastfm(path)
        assert "hetrec2011-lastfm-2k.zip" in str(caught.value)
        assert 'rb.datasets.lastfm("' in str(caught.value)
    with pytest.raises(TypeError, match="path: 글자나 Path여야 하는데 int형"):
        lastfm(3)  # type: ignore[arg-type]
    broken = tmp_path / "broken.zip"
    broken.write_bytes(packed()[:200])
    with pytest.raises(ValueError, match="zip 파일이 아니거나 깨졌습니다"):
        lastfm(broken)


# ── 내려받기 ─────────────────────────────────────────────────────────────────


@dataclasses.dataclass
class Server:
    """127.0.0.1의 진짜 HTTP 서버. `content`를 그대로 내어 줍니다."""

    address: str
    content: bytes
    status: int = 200
    announced: int | None = None  # 머리에 적는 길이. 실제보다 길면 받다가 끊깁니다
    requests: int = 0


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    served = Server("", packed())

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            served.requests += 1
            self.send_response(served.status)
            length = served.announced or len(served.content)
            self.send_header("Content-Length", str(length))
            self.end_headers()
            self.wfile.write(served.content)

        def log_message(self, *_: Any) -> None:
            """시험 출력을 어지럽히지 않습니다."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        served.address = f"http://127.0.0.1:{http.server_port}"
        thread = threading.Thread(target=http.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield served
        finally:
            http.shutdown()
            thread.join()


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "받은 자료" / "recbook"
    monkeypatch.setenv("RECBOOK_DATA", str(folder))
    return folder


def serve(
    monkeypatch: pytest.MonkeyPatch, server: Server, content: bytes | None = None
) -> None:
    """Last.fm의 주소를 시험 서버로, SHA-256을 시험 zip의 것으로 바꿉니다."""
    right = hashlib.sha256(server.content if content is None else content).hexdigest()
    real = lastfm_module._LASTFM
    monkeypatch.setattr(
        lastfm_module,
        "_LASTFM",
        dataclasses.replace(real, url=f"{server.address}/{real.archive}", sha256=right),
    )


def test_download_is_checked_kept_and_reused(server, cache, monkeypatch, capfd):
    serve(monkeypatch, server)
    check(lastfm())
    assert capfd.readouterr() == ("", "")
    kept = cache / "hetrec2011-lastfm-2k.zip"
    assert kept.read_bytes() == server.content
    assert [file.name for file in cache.iterdir()] == [kept.name]
    server.status = 500  # 다시 묻지 않습니다
    check(lastfm())
    assert server.requests == 1


def test_a_damaged_copy_is_downloaded_again(server, cache, monkeypatch):
    serve(monkeypatch, server)
    cache.mkdir(parents=True)
    kept = cache / "hetrec2011-lastfm-2k.zip"
    kept.write_bytes(server.content[:-30])
    check(lastfm())
    assert kept.read_bytes() == server.content


def test_movielens_is_downloaded_too(server, cache, monkeypatch):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(
            "ml-latest-small/ratings.csv",
            "userId,movieId,rating,timestamp\n1,10,4.0,964982703\n",
        )
        archive.writestr(
            "ml-latest-small/movies.csv", "movieId,title,genres\n10,밤,Drama\n"
        )
    server.content = content.getvalue()
    real = movielens_module._MOVIELENS
    monkeypatch.setattr(
        movielens_module,
        "_MOVIELENS",
        dataclasses.replace(
            real,
            url=f"{server.address}/{real.archive}",
            sha256=hashlib.sha256(server.content).hexdigest(),
        ),
    )
    log = movielens(download=True)
    assert log.user_items.toarray().tolist() == [[4]]
    assert log.item_features["title"].tolist() == ["밤"]
    assert (cache / "ml-latest-small.zip").read_bytes() == server.content
    with pytest.raises(ValueError, match="함께 줄 수 없습니다"):
        movielens(cache, download=True)


def test_a_wrong_checksum_leaves_nothing_behind(server, cache, monkeypatch):
    serve(monkeypatch, server, content=b"something else")
    with pytest.raises(ValueError, match="SHA-256이 책이 아는 값") as caught:
        lastfm()
    assert "지웠습니다" in str(caught.value)
    assert server.address in str(caught.value)
    assert list(cache.iterdir()) == []


@pytest.mark.parametrize("trouble", ["no server", "404", "cut off"])
def test_no_network_says_what_to_do(server, cache, monkeypatch, trouble):
    serve(monkeypatch, server)
    if trouble == "no server":
        server.address = "http://127.0.0.1:1"  # 아무도 듣지 않는 문
        serve(monkeypatch, server)
    elif trouble == "404":
        server.status = 404
    else:
        server.announced = len(server.content) + 1000
    with pytest.raises(ConnectionError, match="자료를 내려받지 못했") as caught:
        lastfm()
    message = str(caught.value)
    del caught
    with warnings.catch_warnings():
        # 받다가 끊기면 pooch가 소켓을 쓰레기 수집에 맡깁니다. 여기서 치웁니다.
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()
    assert korean(message)
    assert ("404번으로" in message) == (trouble == "404")
    assert f"{server.address}/hetrec2011-lastfm-2k.zip" in message  # 손으로 받을 곳
    assert 'rb.datasets.lastfm("hetrec2011-lastfm-2k.zip")' in message  # 부르는 법
    assert str(cache) in message  # 둘 곳
    assert list(cache.iterdir()) == []

    # 적힌 대로 손으로 받아 두면 그대로 읽힙니다.
    (cache / "hetrec2011-lastfm-2k.zip").write_bytes(server.content)
    check(lastfm())


def test_a_folder_that_cannot_be_written(server, tmp_path, monkeypatch):
    serve(monkeypatch, server)
    blocked = tmp_path / "file"
    blocked.write_text("폴더가 아닙니다")
    monkeypatch.setenv("RECBOOK_DATA", str(blocked))
    with pytest.raises(OSError, match=r"쓸 수 없습니다.*RECBOOK_DATA"):
        lastfm()
    assert blocked.read_text() == "폴더가 아닙니다"


def test_without_the_variable_the_cache_of_the_system_is_used(
    server, tmp_path, monkeypatch
):
    import pooch

    serve(monkeypatch, server)
    monkeypatch.delenv("RECBOOK_DATA", raising=False)
    monkeypatch.setattr(pooch, "os_cache", lambda name: tmp_path / "os" / name)
    check(lastfm())
    assert (tmp_path / "os" / "recbook" / "hetrec2011-lastfm-2k.zip").is_file()


@pytest.mark.parametrize("missing", ["pooch", "requests"])
def test_missing_extra_says_both_remedies(monkeypatch, missing):
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(ModuleNotFoundError, match="pooch") as caught:
        lastfm()
    message = str(caught.value)
    assert 'pip install "recbook[download]"' in message
    assert "files.grouplens.org/datasets/hetrec2011/hetrec2011-lastfm-2k.zip" in message


def test_published_addresses_and_checksums():
    for collection in (lastfm_module._LASTFM, movielens_module._MOVIELENS):
        assert collection.url.startswith("https://files.grouplens.org/datasets/")
        assert len(bytes.fromhex(collection.sha256)) == 32
