"""누구의 기록이든: CSV와 TSV.

표를 한 번 훑어 필요한 열만 모으고, 칸마다 검사합니다. 잘못된 칸은 파일의 몇 번째 줄,
무슨 열, 무슨 값인지와 고치는 법을 알립니다.
"""

import csv
import difflib
import gzip
import io
import itertools
import os
import re
import zlib
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import NoReturn

import numpy as np

from ._files import decode, local_path, read
from .interactions import Array, Interactions

__all__ = ["read_csv"]

Column = str | int  # 열의 이름, 또는 0부터 센 번호

_FIRST = 65_536  # 첫 줄을 찾으며 볼 글자 수
_DELIMITERS = {",": "쉼표", "\t": "탭", ";": "쌍반점", "|": "세로줄"}
_FIX = "그 줄을 고치거나 빼 주십시오"

_INTEGER = re.compile(r"0|-?[1-9][0-9]*")  # 앞에 0이 붙은 번호는 글자입니다
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_DIGITS = re.compile(r"[0-9]+")
_COMPACT_DATE = re.compile(r"(19|20)[0-9]{6}")  # 20150201
_ISO_DATE = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"([ T][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?(Z|[+-][0-9]{2}:?[0-9]{2})?)?"
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# 초로 읽으면 5138년보다 뒤입니다. 밀리초로 적은 시각은 모두 이보다 큽니다.
_TOO_LATE = 100_000_000_000
_LARGEST = float(np.finfo(np.float32).max)  # Interactions는 값을 float32로 담습니다


def read_csv(
    path: str | os.PathLike[str],
    *,
    user: Column,
    item: Column,
    value: Column | None = None,
    timestamp: Column | None = None,
    item_features: Sequence[str] | Mapping[str, Column] = (),
    header: bool | None = None,
    delimiter: str | None = None,
    encoding: str | None = None,
) -> Interactions:
    """CSV나 TSV로 적은 기록을 읽습니다. 한 줄이 기록 하나입니다.

    Parameters
    ----------
    path : path-like
        파일. gzip으로 압축한 파일(``.gz``)도 읽습니다.
    user, item : str or int
        사용자와 아이템의 열. 머리줄에 적힌 이름이나 0부터 센 번호입니다.
    value : str or int, optional
        평점이나 횟수의 열. 없으면 한 줄을 1로 셉니다.
    timestamp : str or int, optional
        때의 열. 유닉스 시각(초), ``2015-02-01``, ``2015-02-01 13:30:00``,
        ``20150201`` 가운데 하나로 적혀 있어야 합니다.
    item_features : sequence of str or mapping, optional
        아이템마다 하나로 정해진 열의 이름들, 또는 ``{특징 이름: 열}``. 값은 글자로
        읽고, 모르는 값은 빈 글자입니다.
    header : bool, optional
        첫 줄이 열 이름인지. 열을 하나라도 이름으로 주면 True입니다. 모두 번호로
        줄 때에는 True나 False로 꼭 알려 주십시오.
    delimiter : str, optional
        구분자 한 글자. 없으면 첫 줄에서 쉼표, 탭, 쌍반점(;), 세로줄(|) 가운데 칸이
        가장 많아지는 것을 고릅니다.
    encoding : str, optional
        문자 인코딩. 없으면 UTF-8입니다. 한국어 엑셀의 CSV는 흔히 ``"cp949"``입니다.

    Returns
    -------
    Interactions
        이름표는 모두 정수일 때만 int64이고(``007``처럼 앞에 0이 붙으면 글자), 아니면
        글자입니다. `timestamps`는 유닉스 시각(초)입니다.

    Raises
    ------
    FileNotFoundError, IsADirectoryError, PermissionError
        파일이 없거나, 폴더이거나, 읽을 권한이 없을 때.
    ValueError
        빈 파일, 없는 열, 빈칸, 수가 아니거나 음수인 값, 때로 읽을 수 없는 글자, 칸의
        수가 다른 줄, 다른 문자 인코딩, 한 아이템에 둘 이상인 특징.
    IndexError
        열 번호가 칸의 수를 벗어날 때.
    TypeError
        열을 이름이나 번호가 아닌 것으로 주었을 때.

    Notes
    -----
    칸의 앞뒤 빈칸은 뗍니다. 빈 줄과 모든 칸이 빈 줄은 건너뜁니다. 시간대가 적히지
    않은 때는 UTC로 봅니다. 여덟 자리 수의 열은 모든 칸이 1900–2099년의 날짜일 때만
    ``20150201`` 꼴의 날짜로 읽습니다. 같은 쌍이 여러 번 나오면 기록은 그대로 두고,
    행렬 `user_items`에서 더합니다.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder, "log.csv")
    ...     _ = file.write_text("회원,음반,횟수\\n갑,가,3\\n을,나,5\\n", "utf-8")
    ...     read_csv(file, user="회원", item="음반", value="횟수")
    Interactions(사용자 2명 × 아이템 2개 · 상호작용 2건 · 밀도 50.00%)
    """
    features = {
        f"item_features['{name}']": (name, column)
        for name, column in _feature_columns(item_features).items()
    }
    optional = {"value": value, "timestamp": timestamp}
    roles: dict[str, Column] = {"user": user, "item": item}
    roles |= {role: column for role, column in optional.items() if column is not None}
    roles |= {role: column for role, (_, column) in features.items()}
    header = _checked_header(header, roles.values())
    place, text = _open(path, encoding)
    table = Table(text, place, delimiter, header=header)
    columns = table.read(
        {role: table.position(column, role) for role, column in roles.items()}
    )
    users, user_index = columns["user"].labels()
    items, item_index = columns["item"].labels()
    return Interactions(
        user_index=user_index,
        item_index=item_index,
        values=columns["value"].numbers() if "value" in roles else np.ones(len(table)),
        timestamps=columns["timestamp"].times() if "timestamp" in roles else None,
        users=users,
        items=items,
        item_features={
            name: columns[role].one_for_each(item_index, items)
            for role, (name, _) in features.items()
        },
    )


def _checked_header(header: bool | None, columns: Iterable[Column]) -> bool:
    if header is None:
        if any(isinstance(column, str) for column in columns):
            return True
        raise TypeError(
            "header: 열을 모두 번호로 주셨습니다. 첫 줄이 열 이름이면 header=True를, "
            "바로 기록이면 header=False를 주십시오."
        )
    if not isinstance(header, bool):
        raise TypeError(
            f"header: True나 False여야 하는데 {header!r}입니다. 첫 줄이 열 이름이면 "
            "True를, 바로 기록이면 False를 주십시오."
        )
    return header


def _feature_columns(
    item_features: Sequence[str] | Mapping[str, Column],
) -> dict[str, Column]:
    if isinstance(item_features, Mapping):
        return dict(item_features)
    if isinstance(item_features, str) or not isinstance(item_features, Iterable):
        raise TypeError(
            f"item_features: 열 이름의 목록이어야 하는데 {item_features!r}입니다. "
            'item_features=["제목"]처럼 목록이나 {"title": "제목"}처럼 사전으로 '
            "주십시오."
        )
    return {str(column): column for column in item_features}


# ── 파일에서 글자로 ──────────────────────────────────────────────────────────


def _open(path: str | os.PathLike[str], encoding: str | None) -> tuple[str, str]:
    """파일의 이름과 글자."""
    file = local_path(path, 'read_csv("log.csv", user=…, item=…)처럼 주십시오')
    place = f"'{file}'"
    if file.is_dir():
        raise IsADirectoryError(
            f"{place}: 폴더입니다. 그 안의 CSV 파일 하나의 경로를 주십시오."
        )
    if not file.exists():
        raise FileNotFoundError(
            f"{place}: 그런 파일이 없습니다.{_nearby(file)} 경로를 다시 확인해 "
            "주십시오."
        )
    return place, _text(_decompress(read(file), place), place, encoding)


def _nearby(file: Path) -> str:
    """같은 폴더에 있는, 이름이 비슷한 파일."""
    folder = file.parent
    names = [each.name for each in folder.iterdir()] if folder.is_dir() else []
    close = difflib.get_close_matches(file.name, names, n=1)
    return f" 혹시 같은 폴더의 '{close[0]}'입니까?" if close else ""


def _decompress(content: bytes, place: str) -> bytes:
    # 이름은 믿지 않습니다. 엑셀 파일의 이름만 .csv로 바꾼 것도 있습니다.
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise ValueError(
            f"{place}: CSV가 아니라 zip이나 엑셀 파일입니다. zip은 압축을 풀고, "
            "엑셀에서는 'CSV UTF-8(쉼표로 분리)'로 다시 저장해 주십시오."
        )
    if not content.startswith(b"\x1f\x8b"):
        return content
    try:
        return gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as error:
        raise ValueError(
            f"{place}: gzip 압축이 잘렸거나 깨졌습니다({error}). 파일을 다시 받아 "
            "주십시오."
        ) from error


def _text(content: bytes, place: str, encoding: str | None) -> str:
    if encoding is not None:
        try:
            return decode(
                content,
                place,
                encoding,
                "파일의 문자 인코딩에 맞추어 encoding을 바꾸어 주십시오",
            )
        except (LookupError, TypeError) as error:
            raise ValueError(
                f"encoding: {encoding!r}라는 문자 인코딩은 없습니다. "
                '"utf-8"이나 "cp949"처럼 주십시오.'
            ) from error
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        remedy = 'UTF-16으로 저장한 파일이니 encoding="utf-16"을 주십시오'
    else:
        remedy = (
            '한국어 엑셀에서 저장한 파일이라면 encoding="cp949"를 주십시오. '
            "아니라면 파일을 UTF-8로 다시 저장해 주십시오"
        )
    return decode(content, place, "utf-8", remedy)


# ── 글자에서 표로 ────────────────────────────────────────────────────────────


class _QuoteError(ValueError):
    """큰따옴표의 짝이 맞지 않는 줄."""


class Table:
    """구분자로 나눈 표. 고른 열을 한 번에 읽고, 칸마다 줄 번호를 압니다.

    Parameters
    ----------
    text : str
        표 전체. 줄 끝은 LF, CRLF, CR 어느 것이든 됩니다.
    place : str
        오류에 적을 파일의 이름.
    delimiter : str or None
        구분자. None이면 첫 줄에서 고릅니다.
    header : bool, default True
        첫 줄이 열 이름인지.
    """

    def __init__(
        self,
        text: str,
        place: str,
        delimiter: str | None,
        header: bool = True,
    ) -> None:
        self.place = place
        self._text = text
        self._delimiter = (
            self._guess() if delimiter is None else _checked_delimiter(delimiter)
        )
        first = [cell.strip() for cell in self._first(self._delimiter)]
        self._width = len(first)
        self._header = header
        self._names = first if header else []
        self._lines = array("q")

    def __len__(self) -> int:
        """읽은 기록의 수."""
        return len(self._lines)

    def _guess(self) -> str:
        widths = {mark: self._width_by(mark) for mark in _DELIMITERS}
        best = max(_DELIMITERS, key=widths.__getitem__)
        if widths[best] < 2:
            first = self._text.strip().partition("\n")[0]
            listed = ", ".join(_DELIMITERS.values())
            raise ValueError(
                f"{self.place}: 첫 줄({first[:60]!r})에서 구분자({listed})를 찾지 "
                "못했습니다. delimiter=에 구분자 한 글자를 주십시오."
            )
        return best

    def _width_by(self, delimiter: str) -> int:
        """첫 줄의 칸 수. 따옴표가 어긋나는 구분자는 0입니다."""
        try:
            return len(self._first(delimiter))
        except _QuoteError:
            return 0

    def _first(self, delimiter: str) -> list[str]:
        """첫 줄의 칸."""
        # 파일 전체를 베끼지 않으려고 앞부분만 봅니다.
        found = next(self._records(self._text[:_FIRST], delimiter), None)
        if found is None:
            raise ValueError(
                f"{self.place}: 빈 파일입니다. 기록을 한 줄 이상 적어 주십시오."
            )
        return found[1]

    def _records(self, text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
        """(줄 번호, 칸). 빈 줄은 건너뜁니다."""
        lines = io.StringIO(text, newline="")
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
        before = 0
        try:
            for row in reader:
                line, before = before + 1, reader.line_num
                if any(map(str.strip, row)):
                    yield line, row
        except csv.Error as error:
            raise _QuoteError(
                f"{self.place}의 {before + 1:,}번째 줄: 따옴표의 짝이 맞지 않거나 "
                f"칸이 너무 깁니다({error}). 큰따옴표로 연 칸을 닫았는지, 글자 속 "
                '큰따옴표를 ""처럼 두 번 적었는지 확인해 주십시오.'
            ) from error

    def position(self, column: Column, name: str) -> int:
        """열의 자리(0부터).

        Parameters
        ----------
        column : str or int
            열의 이름이나 번호.
        name : str
            오류에 적을 인자의 이름.
        """
        if isinstance(column, str) and self._header:
            return self._named(column, name)
        if isinstance(column, bool) or not isinstance(column, int):
            kinds = "열의 이름이나 0부터 센 번호" if self._header else "0부터 센 번호"
            raise TypeError(
                f"{name}: {kinds}여야 하는데 {column!r}입니다. "
                f"이 파일의 열은 {self._listed()}입니다."
            )
        if not 0 <= column < self._width:
            raise IndexError(
                f"{name}: {self.place}에는 {column}번 열이 없습니다. 0부터 "
                f"{self._width - 1}까지의 번호를 주십시오. 이 파일의 열은 "
                f"{self._listed()}입니다."
            )
        return column

    def _named(self, column: str, name: str) -> int:
        wanted = column.strip()
        found = self._names.count(wanted)
        if found > 1:
            raise ValueError(
                f"{name}: {self.place}의 첫 줄에 {column!r}이라는 열이 {found}개 "
                "있습니다. 0부터 센 열 번호를 주십시오."
            )
        if not found:
            lowered = {each.lower(): each for each in self._names}
            close = difflib.get_close_matches(wanted.lower(), lowered, n=1)
            hint = f" 혹시 {lowered[close[0]]!r}입니까?" if close else ""
            raise ValueError(
                f"{name}: {self.place}의 첫 줄에 {column!r}이라는 열이 없습니다."
                f"{hint} 있는 열은 {self._listed()}입니다. 열 이름이 없는 파일이라면 "
                "header=False와 열 번호를 주십시오."
            )
        return self._names.index(wanted)

    def _listed(self) -> str:
        if not self._header:
            return f"0번부터 {self._width - 1}번까지"
        names = ", ".join(map(repr, self._names[:20]))
        return names + (" …" if self._width > 20 else "")

    def read(self, positions: Mapping[str, int]) -> dict[str, "Cells"]:
        """고른 열을 읽습니다.

        Parameters
        ----------
        positions : mapping of str to int
            열의 쓰임 → 자리. 자리는 서로 달라야 합니다.
        """
        used: dict[int, str] = {}
        for role, position in positions.items():
            other = used.setdefault(position, role)
            if other != role:
                raise ValueError(
                    f"{role}: {other}와 같은 열({self._title(position)})입니다. "
                    "서로 다른 열을 주십시오."
                )
        # 글자는 되풀이되므로 열마다 한 번씩만 담고, 기록에는 그 번호만 적습니다.
        columns = [(position, _Codes(), array("q")) for position in used]
        lines = array("q")
        records = self._records(self._text, self._delimiter)
        for line, row in itertools.islice(records, int(self._header), None):
            if len(row) != self._width:
                self._refuse_width(line, row, last=next(records, None) is None)
            lines.append(line)
            for position, codes, column in columns:
                column.append(codes[row[position].strip()])
        if not lines:
            raise ValueError(
                f"{self.place}: 머리줄만 있고 기록이 한 줄도 없습니다. 파일이 잘리지 "
                "않았는지 확인해 주십시오. 열 이름이 없는 파일이라면 header=False를 "
                "주십시오."
            )
        self._lines = lines
        return {
            role: Cells(
                list(codes),
                np.frombuffer(column, np.int64),
                partial(self._refuse_cell, self._title(position)),
            )
            for role, (position, codes, column) in zip(positions, columns, strict=True)
        }

    def _title(self, position: int) -> str:
        return self._names[position] if self._header else f"{position}번 열의"

    def _refuse_width(self, line: int, row: list[str], last: bool) -> NoReturn:
        mark = _DELIMITERS.get(self._delimiter, repr(self._delimiter))
        if last and not self._text.endswith(("\n", "\r")):
            hint = (
                "파일의 마지막 줄이 중간에서 잘렸습니다. 파일을 다시 받거나 그 줄을 "
                "마저 적어 주십시오"
            )
        elif len(row) > self._width:
            hint = f"{mark}가 든 칸은 큰따옴표로 감싸 주십시오"
        else:
            hint = f"빠진 칸을 채우거나 그 줄을 빼 주십시오. 구분자는 {mark}입니다"
        written = self._delimiter.join(row)[:60]
        self._refuse(
            line,
            f"칸이 {len(row)}개인데 {self._width}개여야 합니다({written!r}). {hint}",
        )

    def _refuse_cell(self, title: str, at: int, problem: str) -> NoReturn:
        self._refuse(self._lines[at], f"{title} 칸{problem}")

    def _refuse(self, line: int, problem: str) -> NoReturn:
        raise ValueError(f"{self.place}의 {line:,}번째 줄: {problem}.")


def _checked_delimiter(delimiter: str) -> str:
    if isinstance(delimiter, str) and len(delimiter) == 1 and delimiter not in '"\r\n':
        return delimiter
    raise ValueError(
        f"delimiter: 구분자는 한 글자여야 하는데 {delimiter!r}입니다. "
        'delimiter="\\t"나 delimiter=";"처럼 주십시오.'
    )


class _Codes(dict[str, int]):
    """처음 보는 글자에 다음 번호를 매기는 사전."""

    def __missing__(self, text: str) -> int:
        self[text] = code = len(self)
        return code


class Cells:
    """한 열의 칸들. 검사하며 배열로 바꿉니다.

    Parameters
    ----------
    texts : list of str
        서로 다른 글자. 처음 나온 순서라서, 처음 틀린 글자가 처음 틀린 줄에 있습니다.
    codes : ndarray of int64, shape (n_records,)
        기록마다 `texts`에서의 자리.
    refuse : callable
        ``refuse(몇 번째 기록, 무엇이 문제인지)``가 그 줄을 적어 오류를 냅니다.
    """

    def __init__(
        self,
        texts: list[str],
        codes: Array,
        refuse: Callable[[int, str], NoReturn],
    ) -> None:
        self._texts = texts
        self._codes = codes
        self.refuse = refuse

    def _reject(self, text: str, problem: str) -> NoReturn:
        """`text`가 처음 나온 줄을 적어 오류를 냅니다."""
        code = self._texts.index(text)
        self.refuse(int(np.argmax(self._codes == code)), problem)

    def _filled(self) -> list[str]:
        if "" in self._texts:
            self._reject("", f"이 비어 있습니다. {_FIX}")
        return self._texts

    def labels(self) -> tuple[Array, Array]:
        """정렬한 서로 다른 이름표와, 기록마다 거기에서의 자리."""
        texts = self._filled()
        labels = _integers(texts)
        if labels is None:
            labels = np.array(texts)
        order = np.argsort(labels)
        rank = np.empty(len(order), np.int64)
        rank[order] = np.arange(len(order))
        return labels[order], rank[self._codes]

    def numbers(self) -> Array:
        """0 이상의 유한한 수(float64)."""
        values = []
        for text in self._filled():
            if not _NUMBER.fullmatch(text):
                self._reject(text, _number_problem(text))
            value = float(text)
            if value < 0:
                problem = "음수입니다. 평점이나 횟수는 0 이상이어야 합니다"
                self._reject(text, f"의 값({text[:30]!r})이 {problem}. {_FIX}")
            if value > _LARGEST:
                self._reject(text, f"의 값({text[:30]!r})이 너무 큽니다. {_FIX}")
            values.append(value)
        return np.array(values)[self._codes]

    def integers(self, least: int) -> Array:
        """`least` 이상의 정수(int64)."""
        for text in self._filled():
            if not _DIGITS.fullmatch(text) or not least <= int(text) < 2**63:
                self._reject(
                    text,
                    f"의 값({text[:30]!r})은 {least} 이상의 정수여야 합니다. {_FIX}",
                )
        return np.array(list(map(int, self._texts)), np.int64)[self._codes]

    def times(self) -> Array:
        """유닉스 시각(초, int64)."""
        texts = self._filled()
        compact = all(map(_COMPACT_DATE.fullmatch, texts))
        seconds = []
        for text in texts:
            try:
                seconds.append(_seconds(text, compact))
            except ValueError as error:
                self._reject(text, f"의 값({text[:30]!r})을 {error}. {_FIX}")
        return np.array(seconds, np.int64)[self._codes]

    def one_for_each(self, item_index: Array, items: Array) -> Array:
        """아이템마다 하나인 글자. 빈칸은 다른 줄의 값으로 채웁니다."""
        pairs = item_index * len(self._texts) + self._codes
        firsts = np.sort(np.unique(pairs, return_index=True)[1])
        found = [""] * len(items)
        for at in firsts.tolist():
            place, text = item_index[at], self._texts[self._codes[at]]
            before = found[place]
            if text and before:  # 한 아이템에 서로 다른 글자가 둘입니다
                self.refuse(
                    at,
                    f"의 값({text[:30]!r})이 같은 아이템 {items[place].item()!r}의 "
                    f"앞선 값({before[:30]!r})과 다릅니다. 아이템마다 하나인 값만 "
                    "item_features로 주십시오",
                )
            found[place] = before or text
        return np.array(found)


def _integers(texts: list[str]) -> Array | None:
    """모두 64비트 정수이면 그 배열."""
    if not all(map(_INTEGER.fullmatch, texts)):
        return None
    try:
        return np.array(list(map(int, texts)), np.int64)
    except OverflowError:
        return None


def _number_problem(text: str) -> str:
    written = f"의 값({text[:30]!r})은"
    if _NUMBER.fullmatch(text.replace(",", "")):
        return f"{written} 수가 아닙니다. 천 단위를 나누는 쉼표를 빼 주십시오"
    if text.lower() in {"nan", "null", "none", "na", "n/a"}:
        return f"{written} 빈칸과 같습니다. {_FIX}"
    return f"{written} 수가 아닙니다. {_FIX}"


def _seconds(text: str, compact: bool) -> int:
    """유닉스 시각(초). 읽을 수 없으면 까닭을 적은 ValueError."""
    if _DIGITS.fullmatch(text) and not compact:
        seconds = int(text)
        if seconds >= _TOO_LATE:
            raise ValueError(
                "초로 읽으면 너무 먼 뒤입니다. 밀리초로 적혔다면 1000으로 나누어 "
                "주십시오"
            )
        return seconds
    if not compact and not _ISO_DATE.fullmatch(text):
        raise ValueError(
            "때로 읽을 수 없습니다. 유닉스 시각(초)이나 '2015-02-01', "
            "'2015-02-01 13:30:00', '20150201'처럼 적어 주십시오"
        )
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError("날짜로 읽을 수 없습니다(달력에 없는 때입니다)") from error
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - _EPOCH) // timedelta(seconds=1)
