"""누구의 CSV든: 적은 그대로 돌아오는지, 잘못된 줄을 바로 짚는지."""

from __future__ import annotations

import csv
import gzip
import io
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recbook.datasets import Interactions, listening, read_csv

SHOP = (
    "회원,상품,횟수,날짜\n"
    "갑,사과,3,2015-02-01\n"
    "을,배,1,2015-02-02\n"
    "갑,배,2,2015-02-03\n"
)
ROLES = {"user": "회원", "item": "상품", "value": "횟수", "timestamp": "날짜"}


def zipped(content: bytes) -> bytes:
    """언제 묶어도 바이트가 같은 gzip. 때가 적히면 일꾼마다 시험의 이름이 달라집니다."""
    return gzip.compress(content, mtime=0)


def put(folder: Path, content: str | bytes, name: str = "log.csv") -> Path:
    file = folder / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


def events(log: Interactions) -> list[tuple[Any, ...]]:
    """기록을 적힌 순서대로 (사용자, 아이템, 값, 때)."""
    columns = [log.users[log.user_index], log.items[log.item_index], log.values]
    if log.timestamps is not None:
        columns.append(log.timestamps)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def refused(error: type[Exception], message: str, path: Any, **roles: Any) -> str:
    """한국어로 거절하고, 파일은 그대로인지 봅니다."""
    before = Path(path).read_bytes() if Path(path).is_file() else None
    with pytest.raises(error, match=message) as caught:
        read_csv(path, **(roles or ROLES))
    said = str(caught.value)
    assert said.endswith(("십시오.", "입니다.")), said
    if before is not None:
        assert Path(path).read_bytes() == before
    return said


# ── 바르게 적은 파일 ─────────────────────────────────────────────────────────


def test_reads_what_was_written(tmp_path):
    log = read_csv(put(tmp_path, SHOP), **ROLES)
    assert log.users.tolist() == ["갑", "을"]
    assert log.items.tolist() == ["배", "사과"]
    assert log.user_items.toarray().tolist() == [[2, 3], [1, 0]]
    # 2015-02-01 00:00 UTC는 1970년부터 16,467일째입니다.
    assert log.timestamps is not None
    assert log.timestamps.tolist() == [
        16_467 * 86_400 + day * 86_400 for day in (0, 1, 2)
    ]
    assert log.timestamps.dtype == np.int64
    assert log.item_features == {}


def test_without_values_a_line_counts_one(tmp_path):
    text = "u,i\n1,7\n1,7\n2,7\n"
    log = read_csv(put(tmp_path, text), user="u", item="i")
    assert len(log) == 3
    assert log.timestamps is None
    assert log.user_items.toarray().tolist() == [[2], [1]]


cell = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"]),
    max_size=6,
).map("가".__add__)  # 글자로만 된 수는 정수로 읽히므로


@st.composite
def written_tables(draw: Any) -> tuple[bytes, list[tuple[Any, ...]], str]:
    """csv 모듈이 쓴 파일, 그 기록, 구분자."""
    labels = draw(st.sampled_from([cell, st.integers(-(2**63), 2**63 - 1)]))
    rows = draw(
        st.lists(
            st.tuples(labels, labels, st.integers(0, 2**20), st.integers(10**8, 2**32)),
            min_size=1,
            max_size=12,
        )
    )
    delimiter = draw(st.sampled_from(",\t;|"))
    text = io.StringIO()
    writer = csv.writer(
        text,
        delimiter=delimiter,
        quoting=draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])),
        lineterminator=draw(st.sampled_from(["\n", "\r\n", "\r"])),
    )
    writer.writerow(["때", "아이템 이름", "남는 열", "사용자", "횟수"])
    for user, item, count, time in rows:
        writer.writerow([time, item, 'a"b,c\nd', user, count])
    content = text.getvalue() + draw(st.sampled_from(["", "\n", "\n\r\n\n"]))
    encoded = content.encode(draw(st.sampled_from(["utf-8", "utf-8-sig"])))
    return draw(st.sampled_from([encoded, zipped(encoded)])), rows, delimiter


@settings(max_examples=60, deadline=None)
@given(written_tables(), st.booleans())
def test_every_way_of_writing_comes_back(tmp_path_factory, table, named):
    content, rows, delimiter = table
    file = tmp_path_factory.mktemp("written") / "log.txt"
    file.write_bytes(content)
    roles: dict[str, Any] = (
        {"user": "사용자", "item": "아이템 이름", "value": "횟수", "timestamp": "때"}
        if named
        else {"user": 3, "item": 1, "value": 4, "timestamp": 0, "header": True}
    )
    log = read_csv(file, delimiter=delimiter, **roles)
    assert events(log) == [tuple(row) for row in rows]
    for labels in (log.users, log.items):
        assert labels.dtype == np.int64 or labels.dtype.kind == "U"
        assert labels.tolist() == sorted(set(labels.tolist()))
    assert events(read_csv(file, **roles)) == events(log)  # 구분자를 짐작해도 같습니다


@pytest.mark.parametrize(
    ("written", "labels"),
    [
        (["10", "9", "10"], [9, 10]),
        (["-3", "0", "4"], [-3, 0, 4]),
        (["007", "7", "08"], ["007", "08", "7"]),
        (["1", "가", "2"], ["1", "2", "가"]),
        (["1.0", "2", "1.0"], ["1.0", "2"]),
        (["+1", "1", "2"], ["+1", "1", "2"]),
        (["9223372036854775807"] * 3, [2**63 - 1]),
        (["9223372036854775808"] * 3, ["9223372036854775808"]),
        (["１", "2", "2"], ["2", "１"]),  # 전각 숫자
    ],
)
def test_labels_are_integers_only_when_nothing_is_lost(tmp_path, written, labels):
    text = "u,i\n" + "".join(f"{label},A\n" for label in written)
    log = read_csv(put(tmp_path, text), user="u", item="i")
    assert log.users.tolist() == labels
    assert [str(label) for label in log.users[log.user_index]] == written


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2015-02-01", datetime(2015, 2, 1)),
        ("2015-02-01 13:30:00", datetime(2015, 2, 1, 13, 30)),
        ("2015-02-01T13:30", datetime(2015, 2, 1, 13, 30)),
        ("2015-02-01 13:30:59.999", datetime(2015, 2, 1, 13, 30, 59)),
        ("2015-02-01T22:30:00+09:00", datetime(2015, 2, 1, 13, 30)),
        ("2015-02-01T13:30:00Z", datetime(2015, 2, 1, 13, 30)),
        ("1969-12-31 23:59:59", datetime(1969, 12, 31, 23, 59, 59)),
        ("20150201", datetime(2015, 2, 1)),
        ("1422797400", datetime(2015, 2, 1, 13, 30)),
        ("0", datetime(1970, 1, 1)),
    ],
)
def test_times(tmp_path, written, moment):
    text = f"u,i,t\nA,B,{written}\n"
    log = read_csv(put(tmp_path, text), user="u", item="i", timestamp="t")
    assert log.timestamps is not None
    utc = moment.replace(tzinfo=ZoneInfo("UTC"))
    assert log.timestamps.tolist() == [int(utc.timestamp())]


def test_eight_digits_are_dates_only_when_all_of_them_are(tmp_path):
    text = "u,i,t\nA,B,20150201\nA,B,20159999\n"
    file = put(tmp_path, text)
    refused(
        ValueError, "3번째 줄.*달력에 없는", file, user="u", item="i", timestamp="t"
    )
    log = read_csv(
        put(tmp_path, "u,i,t\nA,B,20150201\nA,B,5\n"), user="u", item="i", timestamp="t"
    )
    assert log.timestamps is not None
    assert log.timestamps.tolist() == [20_150_201, 5]  # 초로 적은 열입니다


def test_headerless_files_use_numbers(tmp_path):
    file = put(tmp_path, "갑;사과;3\n을;배;1\n")
    log = read_csv(file, user=0, item=1, value=2, header=False)
    assert events(log) == [("갑", "사과", 3), ("을", "배", 1)]
    # 첫 줄을 조용히 버리거나 기록으로 치지 않도록 꼭 묻습니다.
    refused(TypeError, "header=True를.*header=False를", file, user=0, item=1)
    refused(TypeError, "0부터 센 번호여야", file, user="회원", item=1, header=False)
    refused(IndexError, "3번 열이 없습니다.*2까지", file, user=3, item=1, header=False)
    refused(IndexError, "-1번 열이 없습니다", file, user=-1, item=1, header=False)
    refused(TypeError, "True나 False", file, user=0, item=1, header="no")


def test_header_true_keeps_the_first_line_out(tmp_path):
    log = read_csv(put(tmp_path, SHOP), user=0, item=1, header=True)
    assert len(log) == 3


def test_delimiter_is_guessed_from_the_first_line(tmp_path):
    text = '"회원; 번호";상품\n"가;1";"a,b,c"\n'
    log = read_csv(put(tmp_path, text), user="회원; 번호", item="상품")
    assert events(log) == [("가;1", "a,b,c", 1)]
    log = read_csv(put(tmp_path, "u:i\n1:2\n"), user="u", item="i", delimiter=":")
    assert events(log) == [(1, 2, 1)]


def test_korean_spreadsheets(tmp_path):
    file = put(tmp_path, SHOP.replace("\n", "\r\n").encode("cp949"))
    said = refused(ValueError, "1번째 줄을 UTF-8로 읽을 수 없습니다", file)
    assert 'encoding="cp949"' in said
    right = read_csv(file, encoding="cp949", **ROLES)
    assert events(right) == events(read_csv(put(tmp_path, SHOP), **ROLES))
    wide = put(tmp_path, SHOP.encode("utf-16"))
    assert 'encoding="utf-16"' in refused(ValueError, "UTF-8로", wide)
    assert events(read_csv(wide, encoding="utf-16", **ROLES)) == events(right)


def test_cells_are_trimmed_and_blank_lines_skipped(tmp_path):
    text = "\n 회원 , 상품\n\n갑 , 사과\n,\n \t \n 갑,사과 \n\n"
    log = read_csv(put(tmp_path, text), user="회원", item="상품")
    assert events(log) == [("갑", "사과", 1), ("갑", "사과", 1)]


def test_agrees_with_the_reader_of_the_shipped_log(root):
    log = read_csv(
        root / "data" / "listening.csv.gz", user="user", item="artist", value="plays"
    )
    assert sorted(events(log)) == sorted(events(listening()))


# ── 아이템의 특징 ────────────────────────────────────────────────────────────

TITLES = "u,i,제목,급\n1,20,강가,\n2,10,밤,7세\n1,20,강가,전체\n3,20,,전체\n"


def test_features_are_taken_from_the_columns(tmp_path):
    file = put(tmp_path, TITLES)
    log = read_csv(file, user="u", item="i", item_features=["제목", "급"])
    assert log.items.tolist() == [10, 20]
    assert log.item_features["제목"].tolist() == ["밤", "강가"]
    assert log.item_features["급"].tolist() == ["7세", "전체"]
    log = read_csv(file, user="u", item="i", item_features={"title": 2})
    assert log.item_features["title"].tolist() == ["밤", "강가"]


def test_a_feature_with_two_values_is_refused(tmp_path):
    file = put(tmp_path, TITLES + "5,10,낮,7세\n")
    refused(
        ValueError,
        "6번째 줄: 제목 칸의 값.*'낮'.*아이템 10의 앞선 값.*'밤'",
        file,
        user="u",
        item="i",
        item_features=["급", "제목"],
    )


def test_the_first_contradiction_in_the_file_is_named(tmp_path):
    rows = ["2,나,a", "1,가,a", "1,나,b", "1,가,b"]  # '가'가 정렬에서는 앞섭니다
    file = put(tmp_path, "\n".join(["u,i,f", *rows, ""]))
    refused(ValueError, "4번째 줄.*'나'", file, user="u", item="i", item_features=["f"])


@pytest.mark.parametrize("wrong", ["제목", 3])
def test_features_are_a_list_or_a_mapping(tmp_path, wrong):
    file = put(tmp_path, TITLES)
    refused(TypeError, "item_features", file, user="u", item="i", item_features=wrong)


# ── 잘못된 파일 ──────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (",사과,1,2015-02-01", "3번째 줄: 회원 칸이 비어"),
        ("갑,  ,1,2015-02-01", "3번째 줄: 상품 칸이 비어"),
        ("갑,사과,,2015-02-01", "3번째 줄: 횟수 칸이 비어"),
        ("갑,사과,1,", "3번째 줄: 날짜 칸이 비어"),
        ("갑,사과,많이,2015-02-01", "횟수 칸의 값.*'많이'.*수가 아닙니다"),
        ("갑,사과,NaN,2015-02-01", "횟수 칸의 값.*'NaN'.*빈칸과 같습니다"),
        ("갑,사과,inf,2015-02-01", "횟수 칸의 값.*'inf'.*수가 아닙니다"),
        ("갑,사과,1_0,2015-02-01", "횟수 칸의 값.*'1_0'.*수가 아닙니다"),
        ("갑,사과,１,2015-02-01", "횟수 칸의 값.*수가 아닙니다"),
        ('갑,사과,"1,000",2015-02-01', "천 단위를 나누는 쉼표를 빼"),
        ("갑,사과,-1,2015-02-01", "횟수 칸의 값.*'-1'.*음수"),
        ("갑,사과,1e39,2015-02-01", "횟수 칸의 값.*'1e39'.*너무 큽니다"),
        ("갑,사과,1e999,2015-02-01", "횟수 칸의 값.*너무 큽니다"),
        ("갑,사과,1,2015-02-30", "날짜 칸의 값.*'2015-02-30'.*달력에 없는"),
        ("갑,사과,1,2015/02/01", "날짜 칸의 값.*때로 읽을 수 없습니다.*2015-02-01"),
        ("갑,사과,1,어제", "날짜 칸의 값.*'어제'"),
        ("갑,사과,1,-5", "날짜 칸의 값.*'-5'"),
        ("갑,사과,1,1422797400.5", "날짜 칸의 값.*유닉스 시각"),
        ("갑,사과,1,1422797400000", "밀리초.*1000으로 나누어"),
        ("갑,사과,1", "3번째 줄: 칸이 3개인데 4개.*빠진 칸을 채우거나"),
        ("갑,사과,1,2015-02-01,", "칸이 5개인데 4개.*쉼표가 든 칸은 큰따옴표"),
        ('갑,"사과"배,1,2015-02-01', "3번째 줄: 따옴표의 짝"),
    ],
)
def test_bad_lines_are_named(tmp_path, line, message):
    head, first, *rest = SHOP.splitlines()
    refused(
        ValueError, message, put(tmp_path, "\n".join([head, first, line, *rest, ""]))
    )


def test_the_first_of_several_bad_lines_is_named(tmp_path):
    text = "u,i,v\n" + "A,B,1\n" * 5 + "A,B,x\nA,B,-1\nA,B,y\n"
    refused(
        ValueError, "7번째 줄.*'x'", put(tmp_path, text), user="u", item="i", value="v"
    )


def test_line_numbers_count_every_line_of_the_file(tmp_path):
    text = 'u,i,v,memo\n\nA,B,1,"두\n줄"\n\r\nA,B,없음,"두\n줄"\n'
    file = put(tmp_path, text)
    refused(ValueError, "6번째 줄: v 칸", file, user="u", item="i", value="v")
    said = refused(
        ValueError,
        "3번째 줄: 따옴표의 짝",
        put(tmp_path, 'u,i\nA,B\n"A,B\nC,D\n'),
        user="u",
        item="i",
    )
    assert '""' in said


def test_half_a_line_at_the_end(tmp_path):
    file = put(tmp_path, SHOP + "갑,사")
    refused(ValueError, "5번째 줄: 칸이 2개인데 4개.*중간에서 잘렸습니다", file)
    file = put(tmp_path, SHOP + "갑,사\n")  # 줄은 끝났으니 칸이 빠진 것입니다
    refused(ValueError, "5번째 줄: 칸이 2개인데 4개.*빠진 칸", file)


def test_missing_columns_are_listed(tmp_path):
    file = put(tmp_path, "UserID,아이템,rating\n1,2,3\n")
    said = refused(
        ValueError, "user: .*'userid'이라는 열이", file, user="userid", item=1
    )
    assert "혹시 'UserID'입니까?" in said
    assert "있는 열은 'UserID', '아이템', 'rating'입니다" in said
    said = refused(
        ValueError, "item: .*'상품'이라는 열이", file, user="UserID", item="상품"
    )
    assert "혹시" not in said
    wide = put(tmp_path, ",".join(f"c{n}" for n in range(30)) + "\n")
    said = refused(ValueError, "'c19' …입니다", wide, user="사용자", item="c1")
    assert "c20" not in said
    twice = put(tmp_path, "u,i,u\n1,2,3\n")
    refused(ValueError, "'u'이라는 열이 2개", twice, user="u", item="i")
    refused(ValueError, "item: user와 같은 열", twice, user=0, item=0, header=True)
    for wrong in (None, 1.0, True):
        refused(TypeError, "user: 열의 이름이나", twice, user=wrong, item="i")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "빈 파일"),
        (b"\n , \r\n", "빈 파일"),
        (b"\xef\xbb\xbf", "빈 파일"),
        ("회원,상품,횟수,날짜\n", "기록이 한 줄도 없습니다"),
        ("회원 상품\n갑 사과\n", "구분자.*찾지 못했습니다"),
        (b"PK\x03\x04 not a table", "zip이나 엑셀 파일"),
        (b"\xd0\xcf\x11\xe0 not a table", "zip이나 엑셀 파일"),
        (zipped(SHOP.encode() * 50)[:-20], "gzip 압축이 잘렸거나"),
        (zipped(SHOP.encode())[:12] + b"\xff" * 30, "gzip 압축이 잘렸거나"),
        (SHOP.encode() + "갑".encode("cp949"), "5번째 줄을 UTF-8로"),
    ],
)
def test_damaged_files_are_refused(tmp_path, content, message):
    refused(ValueError, message, put(tmp_path, content))


def test_wrong_paths(tmp_path):
    put(tmp_path, SHOP, "orders_2015.csv")
    said = refused(
        FileNotFoundError, "그런 파일이 없습니다", tmp_path / "order_2015.csv"
    )
    assert "'orders_2015.csv'" in said
    said = refused(FileNotFoundError, "없습니다", tmp_path / "없는 폴더" / "a.csv")
    assert "같은 폴더" not in said
    refused(IsADirectoryError, "폴더입니다", tmp_path)
    with pytest.raises(TypeError, match="path: 글자나 Path"):
        read_csv(7, **ROLES)  # type: ignore[arg-type]


def test_wrong_options(tmp_path):
    file = put(tmp_path, SHOP)
    for wrong in ("::", "", '"', "\n", 3):
        refused(ValueError, "delimiter: .*한 글자", file, **ROLES, delimiter=wrong)
    for wrong in ("cp-949-없음", "rot13", 3):
        refused(ValueError, "encoding: ", file, **ROLES, encoding=wrong)
    refused(
        ValueError, "ASCII로 읽을 수 없습니다.*encoding을 바꾸어", file, **ROLES,
        encoding="ascii",
    )  # fmt: skip
