"""나누기: 손으로 센 답, 합치면 처음 자료인지, 잘못된 입력."""

from __future__ import annotations

import doctest
from collections import Counter
from datetime import UTC, date, datetime, timedelta, timezone

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

import recbook.split
from recbook.datasets import Interactions
from recbook.split import holdout, leave_k_out, temporal

SPLITS = {"holdout": holdout, "leave_k_out": leave_k_out}


def at(*days: str):
    return np.array(days, "datetime64[s]")


@pytest.fixture
def log():
    return Interactions.from_events(
        ["A", "B", "A", "C", "B"],
        ["가", "가", "나", "다", "가"],
        [1, 2, 3, 4, 5],
        at("2015-01-31T23:59:59", "2015-02-01", "2014-09-01", "2015-02-28", "2015-01"),
        {"title": ["첫째", "둘째", "셋째"]},
    )


def events(part):
    columns = part.user_index, part.item_index, part.values, part.timestamps
    return Counter(zip(*(column.tolist() for column in columns), strict=True))


def cells(table):
    """저장한 원소를 (사용자, 아이템) → 값으로. 저장한 0도 들어갑니다."""
    table = table.tocoo()
    return dict(
        zip(
            zip(table.row.tolist(), table.col.tolist(), strict=True),
            table.data.tolist(),
            strict=True,
        )
    )


# ── 시간 기준 분할 ───────────────────────────────────────────────────────────


def test_the_moment_itself_goes_to_test(log):
    train, test = temporal(log, "2015-02-01")
    assert train.values.tolist() == [1, 3, 5]
    assert test.values.tolist() == [2, 4]
    assert events(train) + events(test) == events(log)


def test_both_sides_share_the_index_spaces(log):
    train, test = temporal(log, "2015-02-01")
    for part in (train, test):
        assert part.users.tolist() == ["A", "B", "C"]
        assert part.items.tolist() == ["가", "나", "다"]
        assert part.item_features["title"].tolist() == ["첫째", "둘째", "셋째"]
        assert part.user_items.shape == (3, 3)
    total = (train.user_items + test.user_items).toarray()
    np.testing.assert_array_equal(total, log.user_items.toarray())
    assert train.user_items[1, 0] == 5  # 같은 칸의 두 기록이 갈라집니다
    assert test.user_items[1, 0] == 2


SECONDS = 1_422_748_800  # 2015-02-01T00:00:00Z. date -u -d 2015-02-01 +%s


@pytest.mark.parametrize(
    "cutoff",
    [
        "2015-02-01",
        "2015-02-01T00:00",
        "2015-02-01 00:00:00",
        "2015-02-01T09:00+09:00",
        "20150201",
        date(2015, 2, 1),
        datetime(2015, 2, 1),
        datetime(2015, 2, 1, tzinfo=UTC),
        datetime(2015, 2, 1, 9, tzinfo=timezone(timedelta(hours=9))),
        pd.Timestamp("2015-02-01"),
        np.datetime64("2015-02-01"),
        np.datetime64("2015-02"),
        np.datetime64("2015-02-01T00:00:00.000000000"),
        SECONDS,
        float(SECONDS),
        np.int64(SECONDS),
        SECONDS - 0.5,  # 23:59:59와 0시의 사이
        np.datetime64("2015-01-31T23:59:59.5"),
    ],
)
def test_every_way_to_write_the_moment(log, cutoff):
    train, test = temporal(log, cutoff)
    assert train.values.tolist() == [1, 3, 5]
    assert test.values.tolist() == [2, 4]


def test_validation_by_splitting_twice(log):
    rest, test = temporal(log, "2015-02-01")
    train, validation = temporal(rest, "2015-01-01")
    assert [part.values.tolist() for part in (train, validation, test)] == [
        [3],
        [1, 5],
        [2, 4],
    ]


@given(st.data())
def test_temporal_parts_make_the_whole(data):
    times = data.draw(st.lists(st.integers(-50, 50), min_size=2, max_size=30))
    size = len(times)
    index = st.lists(st.integers(0, 3), min_size=size, max_size=size)
    whole = Interactions(
        np.array(data.draw(index)),
        np.array(data.draw(index)),
        np.arange(size),
        np.array(times),
        np.array(list("ABCD")),
        np.array(list("가나다라")),
    )
    cutoff = data.draw(st.integers(-60, 60))
    expected = Counter(value for value in times if value < cutoff)
    if not 0 < expected.total() < size:
        with pytest.raises(ValueError, match="cutoff"):
            temporal(whole, cutoff)
        return
    train, test = temporal(whole, cutoff)
    assert Counter(train.timestamps.tolist()) == expected
    assert events(train) + events(test) == events(whole)


@pytest.mark.parametrize(
    ("cutoff", "error", "words"),
    [
        (
            "2014-09-01",
            ValueError,
            "훈련 데이터가 빕니다.*2014-09-01부터 2015-02-28까지",
        ),
        ("2016-01-01", ValueError, "cutoff: 2016-01-01.*테스트 데이터가 빕니다"),
        ("2월", ValueError, "cutoff: '2월'.*읽을 수 없습니다.*2015-02-01"),
        ("2015-02-30", ValueError, "'2015-02-30'"),
        (None, TypeError, "cutoff.*None"),
        (True, TypeError, "cutoff.*True"),
        (float("nan"), ValueError, "cutoff: 유한"),
        (np.datetime64("NaT"), ValueError, "cutoff: 유한"),
        (pd.NaT, ValueError, "cutoff: 유한"),
    ],
)
def test_bad_moment(log, cutoff, error, words):
    with pytest.raises(error, match=words):
        temporal(log, cutoff)


def test_a_log_without_days(log):
    timeless = Interactions.from_events(["A", "B"], ["가", "나"])
    with pytest.raises(ValueError, match=r"timestamps.*holdout"):
        temporal(timeless, "2015-02-01")
    with pytest.raises(TypeError, match=r"log.*csr_matrix.*holdout"):
        temporal(log.user_items, "2015-02-01")


# ── 원소를 나누기 ────────────────────────────────────────────────────────────


@st.composite
def tables(draw, least=2):
    """저장한 0과 빈 행이 섞인, 원소가 둘 이상인 CSR."""
    n, m = draw(st.integers(1, 6)), draw(st.integers(2, 6))
    where = draw(
        st.lists(
            st.tuples(st.integers(0, n - 1), st.integers(0, m - 1)),
            min_size=least,
            max_size=n * m,
            unique=True,
        )
    )
    values = draw(st.lists(st.integers(0, 9), min_size=len(where), max_size=len(where)))
    dtype = draw(st.sampled_from([np.float32, np.float64, np.int32]))
    rows, columns = np.array(where).T
    return sparse.csr_matrix((np.array(values, dtype), (rows, columns)), (n, m))


def assert_parts(table, train, test):
    assert cells(train).keys().isdisjoint(cells(test))
    assert {**cells(train), **cells(test)} == cells(table)
    for part in (train, test):
        assert isinstance(part, sparse.csr_matrix)
        assert part.shape == table.shape
        assert part.dtype == table.dtype
        assert part.has_canonical_format
        part.check_format(full_check=True)


@given(tables(), st.floats(0.01, 0.99), st.integers(0, 99))
def test_holdout_parts_make_the_whole(table, fraction, seed):
    size = round(fraction * table.nnz)
    if size in (0, table.nnz):
        with pytest.raises(ValueError, match=f"원소가 {table.nnz}개라"):
            holdout(table, fraction, seed)
        return
    train, test = holdout(table, fraction, seed)
    assert_parts(table, train, test)
    assert test.nnz == size


@given(tables(), st.integers(1, 4), st.integers(0, 99))
def test_leave_k_out_parts_make_the_whole(table, k, seed):
    before = np.diff(table.indptr)
    if before.max() <= k:
        with pytest.raises(ValueError, match="테스트 데이터가 빕니다"):
            leave_k_out(table, k, seed)
        return
    train, test = leave_k_out(table, k, seed)
    assert_parts(table, train, test)
    assert np.diff(test.indptr).tolist() == [k if size > k else 0 for size in before]
    assert (np.diff(train.indptr)[before > 0] >= 1).all()


@pytest.fixture
def table():
    return sparse.random(
        60,
        40,
        0.2,
        format="csr",
        dtype=np.float32,
        random_state=np.random.default_rng(3),
    )


@pytest.mark.parametrize("name", SPLITS)
def test_seed(table, name):
    divide = SPLITS[name]
    first = cells(divide(table)[1])
    assert cells(divide(table)[1]) == first
    assert cells(divide(table, random_state=1)[1]) != first
    fresh = [cells(divide(table, random_state=None)[1]) for _ in range(2)]
    assert fresh[0] != fresh[1]


def test_every_entry_has_the_same_chance():
    table = sparse.csr_matrix(np.arange(1.0, 13).reshape(3, 4))
    repeats = 2000
    held = {"holdout": np.zeros((3, 4)), "leave_k_out": np.zeros((3, 4))}
    for seed in range(repeats):
        held["holdout"] += holdout(table, 0.25, seed)[1].toarray() > 0
        held["leave_k_out"] += leave_k_out(table, 1, seed)[1].toarray() > 0
    # 이항 분포의 표준 편차 √(p(1 − p)N)의 다섯 배 안쪽
    bound = 5 * np.sqrt(0.25 * 0.75 * repeats)
    for times in held.values():
        assert np.abs(times - 0.25 * repeats).max() < bound


@pytest.mark.parametrize("name", SPLITS)
def test_nothing_passed_in_is_changed(name):
    # 정렬하지 않았고, 같은 칸이 둘이고, 0을 저장한 행렬
    table = sparse.csr_matrix(
        (
            np.array([5, 1, 2, 0, 4], np.float32),
            np.array([2, 0, 2, 1, 0], np.int32),
            np.array([0, 3, 5], np.int32),
        ),
        (2, 3),
    )
    before = [part.copy() for part in (table.data, table.indices, table.indptr)]
    train, test = SPLITS[name](table, *([0.5] if name == "holdout" else [1]))
    for now, then in zip(
        (table.data, table.indices, table.indptr), before, strict=True
    ):
        np.testing.assert_array_equal(now, then)
    assert {**cells(train), **cells(test)} == {
        (0, 0): 1,
        (0, 2): 7,
        (1, 0): 4,
        (1, 1): 0,
    }
    tidy = table.copy()
    tidy.sum_duplicates()
    again = SPLITS[name](tidy, *([0.5] if name == "holdout" else [1]))
    assert cells(again[1]) == cells(test)
    train.data[:] = 9
    np.testing.assert_array_equal(table.data, before[0])


@pytest.mark.parametrize("name", SPLITS)
def test_other_forms(table, log, name):
    divide = SPLITS[name]
    expected = cells(divide(table)[1])
    assert cells(divide(sparse.csr_array(table))[1]) == expected
    with pytest.warns(UserWarning, match=r"user_items: COO.*tocsr") as caught:
        assert cells(divide(table.tocoo())[1]) == expected
    assert caught[0].filename == __file__
    train, test = divide(log, **({"fraction": 0.5} if name == "holdout" else {}))
    assert_parts(log.user_items, train, test)


def test_holdout_may_take_everything_of_a_user():
    table = sparse.csr_matrix(np.eye(4))
    train, test = holdout(table, 0.5)
    assert sorted(np.diff(train.indptr)) == [0, 0, 1, 1]
    assert sorted(np.diff(test.indptr)) == [0, 0, 1, 1]


@pytest.mark.parametrize(
    ("fraction", "error", "words"),
    [
        (0, ValueError, "fraction: 0보다 크고.*0입니다"),
        (1.0, ValueError, r"fraction.*1\.0입니다"),
        (-0.1, ValueError, "fraction"),
        (float("nan"), ValueError, "fraction.*nan"),
        ("절반", TypeError, "fraction.*절반"),
        (1e-6, ValueError, "테스트 데이터가 빕니다"),
        (1 - 1e-6, ValueError, "훈련 데이터가 빕니다"),
    ],
)
def test_bad_fraction(table, fraction, error, words):
    with pytest.raises(error, match=words):
        holdout(table, fraction)


@pytest.mark.parametrize(
    ("k", "error", "words"),
    [
        (0, ValueError, "k: 1 이상"),
        (1.5, TypeError, r"k.*1\.5"),
        (40, ValueError, "k: 원소가 40개보다.*더 작은 k"),
    ],
)
def test_bad_k(table, k, error, words):
    with pytest.raises(error, match=words):
        leave_k_out(table, k)


@pytest.mark.parametrize("divide", SPLITS.values(), ids=SPLITS)
@pytest.mark.parametrize(
    ("data", "error", "words"),
    [
        (np.eye(3), TypeError, "user_items: 희소 행렬.*ndarray"),
        ([[1, 2]], TypeError, "user_items: 희소 행렬.*list"),
        (sparse.csr_matrix((3, 3)), ValueError, "빕니다"),
        (sparse.csr_matrix((0, 3)), ValueError, "빕니다"),
        (sparse.coo_array([1.0, 2.0]), ValueError, "user_items.*1차원"),
        (sparse.csr_matrix([[1j]]), TypeError, "complex"),
    ],
)
def test_bad_table(divide, data, error, words):
    with pytest.raises(error, match=words):
        divide(data)


@pytest.mark.parametrize("divide", SPLITS.values(), ids=SPLITS)
def test_bad_seed(table, divide):
    with pytest.raises(ValueError, match=r"random_state.*-1"):
        divide(table, random_state=-1)
    with pytest.raises(TypeError, match="random_state"):
        divide(table, random_state="0")


def test_docstring_examples():
    outcome = doctest.testmod(recbook.split)
    assert outcome.attempted
    assert not outcome.failed
