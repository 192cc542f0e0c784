"""HetRec 2011 Last.fm: 청취자 1,892명이 가장 많이 들은 음악가와 들은 횟수."""

import os

import numpy as np

from ._files import Collection, Source, decode, download, open_source
from .interactions import Array, Interactions
from .tables import Table

__all__ = ["lastfm"]

# GroupLens는 이 zip의 체크섬을 밝히지 않습니다. 아래 값은 서로 다른 두 곳이 적은 값이
# 일치한 것입니다: 추천 라이브러리 OmniRec(ISG-Siegen)의 HetrecLastFM 읽기 코드와,
# auto_research의 Last.fm 읽기 코드.
_LASTFM = Collection(
    title="Last.fm",
    table="들은 횟수 파일",
    call="rb.datasets.lastfm",
    companions={"user_artists.dat": "artists.dat"},
    url="https://files.grouplens.org/datasets/hetrec2011/hetrec2011-lastfm-2k.zip",
    sha256="6738f48195667ff03caaab4d32ca9a3133d8cc026b7c3cdaf6ce1010e913c59c",
)
_COLUMNS = ("userID", "artistID", "weight")


def lastfm(path: str | os.PathLike[str] | None = None) -> Interactions:
    """HetRec 2011 Last.fm의 들은 횟수를 읽습니다.

    Parameters
    ----------
    path : path-like, optional
        ``hetrec2011-lastfm-2k.zip``, 그 zip을 푼 폴더, 또는 ``user_artists.dat``.
        곁에 ``artists.dat``가 있으면 음악가의 이름도 읽습니다. 주지 않으면
        GroupLens에서 내려받아 SHA-256을 맞추어 봅니다. 한 번 받은 파일은 환경 변수
        ``RECBOOK_DATA``의 폴더(없으면 운영체제의 캐시 폴더)에 두고 다시 씁니다.

    Returns
    -------
    Interactions
        `users`와 `items`는 파일에 적힌 번호, `values`는 들은 횟수(1 이상의 정수),
        `timestamps`는 None, `item_features`는 ``"name"``(음악가의 이름)입니다.
        ``artists.dat``가 없으면 `item_features`는 비어 있고, 거기에 없는 음악가의
        이름은 빈 글자입니다.

    Raises
    ------
    FileNotFoundError
        경로가 없거나, 폴더나 zip 안에 ``user_artists.dat``가 없을 때.
    ModuleNotFoundError
        내려받아야 하는데 pooch가 없을 때.
    ConnectionError
        네트워크가 없거나 서버가 답하지 않을 때.
    ValueError
        파일이 깨졌거나, 열이 다르거나, 값이 비었거나, 한 쌍이 두 번 나오거나, 받은
        zip의 SHA-256이 다를 때.

    Notes
    -----
    비상업적 연구에만 쓸 수 있는 자료입니다. 쓸 때는 Last.fm(http://www.last.fm)과
    Cantador, Brusilovsky & Kuflik (2011), 2nd Workshop on Information Heterogeneity
    and Fusion in Recommender Systems (HetRec 2011)를 밝혀 적습니다.

    사용자마다 많이 들은 순서로 50명까지만 있으므로, 덜 들은 음악가는 빠져 있습니다.
    횟수는 모은 날까지 쌓인 것이라 언제 들었는지는 알 수 없습니다.

    이름은 줄마다 UTF-8로 읽고, 안 되는 줄만 Windows-1252로 읽습니다. 글자 하나가
    깨졌다고 음악가를 버리지 않습니다. 큰따옴표는 이름의 일부입니다.
    """
    source = open_source(download(_LASTFM) if path is None else path, _LASTFM)
    text = decode(
        source.content, source.place, "utf-8", f"파일이 깨졌습니다. {_LASTFM.by_hand}"
    )
    table = Table(text, source.place, delimiter="\t")
    columns = table.read({name: table.position(name, name) for name in _COLUMNS})
    users = columns["userID"].integers(least=1)
    artists = columns["artistID"].integers(least=1)
    plays = columns["weight"].integers(least=1)
    twin = _second_of_a_pair(users, artists)
    if twin is not None:
        columns["artistID"].refuse(
            twin,
            f"에 사용자 {users[twin]}이(가) 들은 음악가 {artists[twin]}이(가) 또 "
            "나옵니다. 한 쌍은 한 줄이어야 합니다. 한 줄만 남겨 주십시오",
        )
    names = _names(source)
    features = {} if names is None else {"name": _in_order(names, artists)}
    return Interactions.from_events(users, artists, plays, item_features=features)


def _second_of_a_pair(first: Array, second: Array) -> int | None:
    """앞서 나온 (first, second) 쌍이 되풀이되는 첫 자리."""
    order = np.lexsort((second, first))  # 안정 정렬이라 같은 쌍은 나온 순서대로입니다
    same = (np.diff(first[order]) == 0) & (np.diff(second[order]) == 0)
    return int(order[1:][same].min()) if same.any() else None


def _in_order(names: dict[int, str], artists: Array) -> dict[int, str]:
    return {artist: names.get(artist, "") for artist in np.unique(artists).tolist()}


def _names(source: Source) -> dict[int, str] | None:
    """음악가 번호 → 이름. 파일이 없으면 None."""
    content = source.beside(_LASTFM.companions["user_artists.dat"])
    if content is None:
        return None
    names: dict[int, str] = {}
    for number, line in enumerate(content.split(b"\n"), start=1):
        cells = _decode_line(line).strip("\ufeff\r").split("\t")
        if cells == [""] or cells[0] == "id":  # 빈 줄과 머리줄
            continue
        if not (cells[0].isascii() and cells[0].isdigit()):
            raise ValueError(
                f"{source.place} 곁의 artists.dat의 {number:,}번째 줄: 음악가 번호가 "
                f"있어야 할 첫 칸이 {cells[0][:30]!r}입니다. 그 줄을 고치거나, "
                "user_artists.dat만 다른 폴더에 두고 읽어 주십시오."
            )
        names.setdefault(int(cells[0]), cells[1].strip() if cells[1:] else "")
    return names


def _decode_line(line: bytes) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode("cp1252", errors="replace")
