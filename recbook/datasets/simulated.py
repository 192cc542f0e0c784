"""함께 실린 모의 자료: 음악 청취 기록과 VOD 구매 기록.

파일은 ``python -m recbook.simulate data``가 씁니다. 여기서는 읽기만 합니다.
"""

import csv
import gzip
import io
import zlib
from pathlib import Path

import numpy as np

from .interactions import Array, Interactions

__all__ = ["listening", "vod", "vod_march"]

# 설치한 패키지에서는 recbook/data, 저장소에서는 그 곁의 data.
_FOLDERS = tuple(parent / "data" for parent in Path(__file__).parents[1:3])

_AGAIN = (
    "recbook을 다시 설치하거나, 저장소라면 python -m recbook.simulate data로 다시 "
    "만드십시오"
)

_Table = dict[str, list[str]]


def listening() -> Interactions:
    """모의 음악 서비스의 청취 기록을 읽습니다.

    가상의 청취자 2,000명이 가상의 음악가 1,000명의 곡을 튼 횟수입니다. 한 쌍이 한
    줄이고, 때는 적혀 있지 않습니다.

    Returns
    -------
    Interactions
        `values`는 재생 수, `timestamps`는 None, `items`는 음악가의 이름,
        `item_features`는 ``"genre"``입니다.

    Raises
    ------
    FileNotFoundError
        함께 실린 파일이 없을 때.
    ValueError
        파일이 깨졌을 때.

    See Also
    --------
    recbook.simulate.listening : 이 자료를 만든 식과 참값.
    """
    log = _table("listening.csv.gz", "user,artist,plays")
    artists = _table("listening_artists.csv", "artist,genre")
    users = list(dict.fromkeys(log["user"]))
    return Interactions(
        user_index=_places(log["user"], users, "listening.csv.gz"),
        item_index=_places(log["artist"], artists["artist"], "listening.csv.gz"),
        values=_numbers(log["plays"], "listening.csv.gz"),
        timestamps=None,
        users=np.array(users),
        items=np.array(artists["artist"]),
        item_features={"genre": np.array(artists["genre"])},
    )


def vod() -> Interactions:
    """모의 VOD 상점의 구매 기록을 읽습니다. 2014-09-01부터 2015-02-28까지입니다.

    가상의 가구 6,000곳이 가상의 작품 1,500편을 산 기록입니다. 2015년 3월에야 처음 사는
    가구와 3월에 공개하는 작품도 이름표에 들어 있습니다. 그래서 `vod_march`와 모양이
    같고, 그 가구와 작품의 행과 열은 비어 있습니다.

    Returns
    -------
    Interactions
        `values`는 모두 1, `timestamps`는 산 날의 자정(유닉스 시각, 초)입니다.
        `item_features`는 ``"title"``, ``"genre"``, ``"level"``(관람 등급), ``"kids"``
        (bool), ``"series"``(시리즈 이름이나 빈 글자), ``"release"``(공개한 날,
        datetime64[D]), ``"freed"``(무료로 풀린 날, 없으면 NaT)입니다.

    Raises
    ------
    FileNotFoundError
        함께 실린 파일이 없을 때.
    ValueError
        파일이 깨졌을 때.

    See Also
    --------
    recbook.simulate.vod : 이 자료를 만든 식과 참값.
    """
    return _purchases("vod.csv.gz")


def vod_march() -> Interactions:
    """`vod`에서 떼어 숨겨 둔 2015년 3월의 구매 기록을 읽습니다.

    사용자와 아이템의 순서가 `vod`와 같습니다. 모델을 고르는 동안에는 보지 않다가,
    마지막에 한 번 채점할 때 씁니다.

    Returns
    -------
    Interactions

    Raises
    ------
    FileNotFoundError
        함께 실린 파일이 없을 때.
    ValueError
        파일이 깨졌을 때.
    """
    return _purchases("truth/vod_march.csv.gz")


def _purchases(name: str) -> Interactions:
    log = _table(name, "date,user,item")
    items = _table("vod_items.csv", "item,title,genre,level,kids,series,release,freed")
    users = _table("vod_users.csv.gz", "user,joined")["user"]
    features = {
        column: np.array(texts) for column, texts in items.items() if column != "item"
    }
    features["kids"] = features["kids"] == "1"
    for column in ("release", "freed"):
        features[column] = _dates(items[column], "vod_items.csv")
    return Interactions(
        user_index=_places(log["user"], users, name),
        item_index=_places(log["item"], items["item"], name),
        values=np.ones(len(log["user"]), np.float32),
        timestamps=_dates(log["date"], name),
        users=np.array(users),
        items=np.array(items["item"]),
        item_features=features,
    )


# ── 파일 ─────────────────────────────────────────────────────────────────────


def _table(name: str, header: str) -> _Table:
    """표를 열마다 한 줄로. 머리줄이 `header`와 같고 빠진 칸이 없어야 합니다."""
    path = next(
        (folder / name for folder in _FOLDERS if (folder / name).is_file()), None
    )
    if path is None:
        raise FileNotFoundError(f"함께 실린 자료 {name}이(가) 없습니다. {_AGAIN}.")
    try:
        content = path.read_bytes()
        plain = gzip.decompress(content) if path.suffix == ".gz" else content
        reader = csv.reader(io.StringIO(plain.decode("utf-8-sig"), newline=""))
        first, *rows = reader
        columns = [list(column) for column in zip(*rows, strict=True)]
        if first != header.split(","):
            raise ValueError(f"첫 줄이 {header}가 아닙니다")
        return dict(zip(first, columns, strict=True))
    except (OSError, EOFError, zlib.error, ValueError, csv.Error) as error:
        raise ValueError(_damaged(name, error)) from error


def _damaged(name: str, why: object) -> str:
    return f"함께 실린 자료 {name}이(가) 깨졌습니다({why}). {_AGAIN}."


def _places(labels: list[str], known: list[str], name: str) -> Array:
    """이름표가 놓인 자리."""
    place = {label: number for number, label in enumerate(known)}
    try:
        return np.array([place[label] for label in labels])
    except KeyError as error:
        raise ValueError(_damaged(name, f"모르는 이름표 {error}")) from error


def _numbers(texts: list[str], name: str) -> Array:
    try:
        return np.array(texts, dtype=np.int64)
    except ValueError as error:
        raise ValueError(_damaged(name, error)) from error


def _dates(texts: list[str], name: str) -> Array:
    """날짜. 빈칸은 NaT입니다."""
    try:
        return np.array(texts, dtype="M8[D]")
    except ValueError as error:
        raise ValueError(_damaged(name, error)) from error
