"""함께 싣는 파일 쓰기. 읽는 쪽은 `recbook.datasets.simulated`입니다."""

import csv
import gzip
import io
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..datasets import Interactions
from ._music import listening
from ._vod import VodSimulation, vod

__all__ = ["write"]

Rows = Iterable[Sequence[Any]]


def write(folder: Path) -> Iterator[tuple[Path, int]]:
    """두 자료를 기본값으로 만들어 씁니다.

    표계산 프로그램이 한글을 알아보도록 UTF-8의 BOM을 붙입니다. gzip에는 이름과 때를
    적지 않으므로, 같은 zlib이면 언제 써도 바이트가 같습니다. 숨겨 둔 3월은 기록과
    섞이지 않게 `truth` 폴더에 둡니다.

    Yields
    ------
    path, n_rows : Path, int
        방금 쓴 파일과 머리줄을 뺀 줄의 수.
    """
    folder.mkdir(parents=True, exist_ok=True)  # 쓸 수 없으면 만들기 전에 압니다
    music, shop = listening().log, vod()
    tables: tuple[tuple[str, str, Rows], ...] = (
        ("listening.csv.gz", "user,artist,plays", _plays(music)),
        ("listening_artists.csv", "artist,genre", _artists(music)),
        ("vod.csv.gz", "date,user,item", _purchases(shop.log)),
        ("vod_items.csv", _ITEM_COLUMNS, _items(shop.log)),
        ("vod_users.csv.gz", "user,joined", _users(shop)),
        ("truth/vod_march.csv.gz", "date,user,item", _purchases(shop.march)),
    )
    for name, header, rows in tables:
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(header.split(","))
        writer.writerows(rows)
        content = text.getvalue()
        path.write_bytes(_encoded(content, path.suffix == ".gz"))
        yield path, content.count("\n") - 1


def _encoded(content: str, compress: bool) -> bytes:
    plain = content.encode("utf-8-sig")
    if not compress:
        return plain
    packed = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=packed, mtime=0) as file:
        file.write(plain)
    return packed.getvalue()


def _plays(log: Interactions) -> Rows:
    users, items = log.users[log.user_index], log.items[log.item_index]
    plays = log.values.astype(np.int64)
    return zip(users.tolist(), items.tolist(), plays.tolist(), strict=True)


def _artists(log: Interactions) -> Rows:
    return zip(log.items.tolist(), log.item_features["genre"].tolist(), strict=True)


def _purchases(log: Interactions) -> Rows:
    assert log.timestamps is not None
    days = log.timestamps.astype("M8[s]").astype("M8[D]").astype(str)
    users, items = log.users[log.user_index], log.items[log.item_index]
    return zip(days.tolist(), users.tolist(), items.tolist(), strict=True)


_ITEM_COLUMNS = "item,title,genre,level,kids,series,release,freed"


def _items(log: Interactions) -> Rows:
    features = dict(log.item_features)
    features["kids"] = features["kids"].astype(int)
    columns = [_text(features[name]) for name in _ITEM_COLUMNS.split(",")[1:]]
    return zip(log.items.tolist(), *columns, strict=True)


def _users(shop: VodSimulation) -> Rows:
    return zip(shop.log.users.tolist(), _text(shop.joined), strict=True)


def _text(column: Any) -> list[str]:
    """글자로. 없는 날은 빈칸입니다."""
    return ["" if text == "NaT" else text for text in column.astype(str).tolist()]
