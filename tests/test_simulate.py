"""모의 자료: 실제 자료에서 잰 통계와의 약속, 참값, 재현성, 함께 실린 파일.

약속한 범위는 `data/README.md`의 표 한 곳에 적혀 있고, 여기서 그 표를 읽어 지킵니다.
"""

from __future__ import annotations

import csv
import dataclasses
import gc
import gzip
import re
import runpy
import sys
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import optimize, sparse, stats
from scipy.sparse.linalg import svds

import recbook as rb
from recbook.datasets import simulated
from recbook.simulate import Simulation, Truth, VodSimulation, listening, vod
from recbook.simulate._draw import affinity, race

OTHER_SEED = 1


@pytest.fixture(scope="module")
def music() -> rb.simulate.ListeningSimulation:
    return listening()


@pytest.fixture(scope="module")
def shop() -> VodSimulation:
    return vod()


@pytest.fixture(scope="module")
def small_shop() -> VodSimulation:
    return vod(n_users=400, n_items=200, random_state=3)


# ── 통계 ─────────────────────────────────────────────────────────────────────


def gini(counts: np.ndarray) -> float:
    """평균 차이의 절댓값을 평균의 두 배로 나눈 것(정의 그대로)."""
    ordered = np.sort(counts.astype(float))
    size = len(ordered)
    # Σ_ij |x_i − x_j| = 2 Σ_i (2i − n − 1) x_(i), i는 1부터
    ranks = np.arange(1, size + 1)
    return float(((2 * ranks - size - 1) * ordered).sum() / (size * ordered.sum()))


def top_share(counts: np.ndarray, portion: float) -> float:
    ordered = np.sort(counts)[::-1]
    return float(ordered[: round(portion * len(ordered))].sum() / ordered.sum())


def slope(counts: np.ndarray) -> float:
    """순위 10–500에서 잰 지프 기울기(부호를 뒤집은 것)."""
    ranks = np.arange(10, 501)
    ordered = np.sort(counts)[::-1][9:500]
    return float(-np.polyfit(np.log(ranks), np.log(ordered), 1)[0])


def listening_statistics(log: rb.datasets.Interactions) -> dict[str, float]:
    matrix = log.user_items
    artists = np.diff(matrix.indptr)
    rows = np.repeat(np.arange(matrix.shape[0]), artists)
    log_plays = np.log(matrix.data.astype(float))
    centre = np.bincount(rows, log_plays) / artists
    spread = ((log_plays - centre[rows]) ** 2).sum() / (matrix.nnz - matrix.shape[0])
    # 실제 자료는 청취자마다 음악가 50명이므로 비슷한 사람끼리 견줍니다.
    alike = [
        np.sort(matrix.data[start:stop].astype(float))[::-1]
        for start, stop in zip(matrix.indptr, matrix.indptr[1:], strict=False)
        if 40 <= stop - start <= 60
    ]
    listeners = np.bincount(matrix.indices, minlength=matrix.shape[1])
    return {
        "밀도": log.density,
        "음악가마다 청취자 수의 지니 계수": gini(listeners),
        "위 20% 음악가의 몫": top_share(listeners, 0.2),
        "지프 기울기": slope(listeners),
        "청취자마다 음악가 수: 로그의 표준편차": float(np.log(artists).std()),
        "청취자마다 음악가 수: 중앙값 ÷ 평균": float(
            np.median(artists) / artists.mean()
        ),
        "ln r의 평균": float(log_plays.mean()),
        "ln r의 표준편차": float(log_plays.std()),
        "한 청취자 안에서 ln r의 표준편차": float(np.sqrt(spread)),
        "가장 많이 튼 음악가의 몫(중앙값)": float(
            np.median([plays[0] / plays.sum() for plays in alike])
        ),
        "많이 튼 다섯의 몫(중앙값)": float(
            np.median([plays[:5].sum() / plays.sum() for plays in alike])
        ),
        "한 청취자 안에서 재생 수의 지니 계수": float(np.median([*map(gini, alike)])),
    }


def day_numbers(log: rb.datasets.Interactions) -> np.ndarray:
    assert log.timestamps is not None
    start = np.datetime64("2014-09-01").astype("M8[s]").astype(np.int64)
    return (log.timestamps - start) // 86_400


def busyness(log: rb.datasets.Interactions, first: str, last: str) -> float:
    """그 기간의 하루 평균 구매를, 앞뒤 두 주의 평일 평균으로 나눈 것."""
    start = np.datetime64("2014-09-01")
    per_day = np.bincount(day_numbers(log), minlength=181)
    begin, end = (np.array([first, last], "M8[D]") - start).astype(int)
    inside = np.arange(begin, end + 1)
    around = np.arange(inside[0] - 14, inside[-1] + 15)
    around = around[(around >= 0) & (around < 181)]
    # 2014-09-01은 월요일입니다.
    quiet = around[(around % 7 < 5) & ~np.isin(around, inside)]
    return float(per_day[inside].mean() / per_day[quiet].mean())


def weekend_ratio(log: rb.datasets.Interactions) -> float:
    """명절과 연말이 없는 10월 중순–12월 중순의 주말 ÷ 평일."""
    per_day = np.bincount(day_numbers(log), minlength=181)
    days = np.arange(42, 112)  # 2014-10-13(월)부터 열 주
    weekend = days % 7 >= 5
    return float(per_day[days[weekend]].mean() / per_day[days[~weekend]].mean())


def half_life(log: rb.datasets.Interactions) -> float:
    """공개하고 나서 90일 동안의 하루 판매에 f + g·2^(−나이/H)를 맞춘 H."""
    release = log.item_features["release"]
    window = (release >= np.datetime64("2014-09-01")) & (
        release <= np.datetime64("2014-11-30")
    )
    fresh = window & ~log.item_features["kids"]
    sold = np.datetime64("2014-09-01") + day_numbers(log)
    age = (sold - release[log.item_index]).astype(int)[fresh[log.item_index]]
    sales = np.bincount(age, minlength=90)[:90] / fresh.sum()

    def curve(age: np.ndarray, f: float, g: float, h: float) -> np.ndarray:
        return f + g * 0.5 ** (age / h)

    fitted, _ = optimize.curve_fit(curve, np.arange(90), sales, p0=(0.1, 1, 20))
    return float(fitted[2])


def vod_statistics(
    log: rb.datasets.Interactions, march: rb.datasets.Interactions, truth: Any
) -> dict[str, float]:
    features = log.item_features
    sold = np.bincount(log.item_index, minlength=log.shape[1])
    sold = sold[features["release"] <= np.datetime64("2015-02-28")]
    bought = np.bincount(log.user_index, minlength=log.shape[0])
    buyers = bought[bought > 0]
    hidden = np.bincount(march.user_index, minlength=log.shape[0]) > 0
    recent = features["release"][march.item_index] >= np.datetime64("2015-01-30")
    segment = truth.segments[log.user_index]
    kids = features["kids"][log.item_index]
    adult = (features["level"] == "청소년 관람불가")[log.item_index]
    return {
        "밀도": log.density,
        "구매": float(len(log)),
        "작품마다 구매 수의 지니 계수": gini(sold),
        "위 20% 작품의 몫": top_share(sold, 0.2),
        "지프 기울기": slope(sold),
        "가구마다 구매 수: 중앙값 ÷ 평균": float(np.median(buyers) / buyers.mean()),
        "한 편만 산 가구": float((buyers == 1).mean()),
        "키즈 가구": float((truth.segments == "키즈").mean()),
        "성인 가구": float((truth.segments == "성인").mean()),
        "키즈 작품": float(features["kids"].mean()),
        "청소년 관람불가 작품": float((features["level"] == "청소년 관람불가").mean()),
        "키즈 가구가 산 것 가운데 키즈 작품": float(kids[segment == "키즈"].mean()),
        "일반 가구가 산 것 가운데 키즈 작품": float(kids[segment == "일반"].mean()),
        "성인 가구가 산 것 가운데 청소년 관람불가": float(
            adult[segment == "성인"].mean()
        ),
        "주말 ÷ 평일": weekend_ratio(log),
        "추석 연휴 ÷ 앞뒤 평일": busyness(log, "2014-09-06", "2014-09-10"),
        "성탄 ÷ 앞뒤 평일": busyness(log, "2014-12-24", "2014-12-25"),
        "설 연휴 ÷ 앞뒤 평일": busyness(log, "2015-02-18", "2015-02-22"),
        "수요의 반감기(일)": half_life(log),
        "3월 구매 가운데 새 작품": float(recent.mean()),
        "3월 구매자 가운데 새 가구": float((bought[hidden] == 0).mean()),
    }


class Promise:
    """설명서의 표 한 줄: 범위와, 함께 실린 자료에서 잰 값."""

    def __init__(self, cells: list[str]) -> None:
        _, _, limits, measured = cells
        low, high = (float(side.replace(",", "")) for side in limits.split("–"))
        self.low, self.high = low, high
        self.measured = measured.replace(",", "")

    @property
    def half_digit(self) -> float:
        return 0.5 * 10.0 ** -len(self.measured.partition(".")[2])


def promises(root: Path, title: str) -> dict[str, Promise]:
    section = (root / "data/README.md").read_text("utf-8").split(f"\n## {title}\n")[1]
    rows = re.findall(r"^\| (.+) \|$", section.split("\n## ")[0], flags=re.MULTILINE)
    cells = [row.split(" | ") for row in rows]
    return {row[0]: Promise(row) for row in cells if len(row) == 4 and "–" in row[2]}


def shipped_statistics(title: str, truth: Any) -> dict[str, float]:
    if title == "모의 청취 기록":
        return listening_statistics(rb.datasets.listening())
    return vod_statistics(rb.datasets.vod(), rb.datasets.vod_march(), truth)


@pytest.mark.parametrize("title", ["모의 청취 기록", "모의 VOD 기록"])
def test_shipped_logs_keep_the_promises_of_the_datasheet(root, shop, title):
    promised = promises(root, title)
    measured = shipped_statistics(title, shop.truth)
    assert list(promised) == list(measured)
    for name, promise in promised.items():
        assert promise.low <= measured[name] <= promise.high, name
        printed = float(promise.measured)
        assert measured[name] == pytest.approx(
            printed, rel=0, abs=1.001 * promise.half_digit
        ), name


def test_the_datasheet_counts_right(root):
    page = (root / "data/README.md").read_text("utf-8")
    music, shop = rb.datasets.listening(), rb.datasets.vod()
    unheard = music.shape[1] - len(np.unique(music.item_index))
    for sentence in (
        f"{len(music):,}쌍",
        f"아무도 듣지 않은 음악가가 {unheard}명",
        f"구매 {len(shop):,}건",
        f"구매 {len(rb.datasets.vod_march()):,}건",
    ):
        assert sentence in page


def test_another_seed_keeps_the_same_promises(root):
    other = vod(random_state=OTHER_SEED)
    log = listening(random_state=OTHER_SEED).log
    for title, measured in (
        ("모의 청취 기록", listening_statistics(log)),
        ("모의 VOD 기록", vod_statistics(other.log, other.march, other.truth)),
    ):
        for name, promise in promises(root, title).items():
            assert promise.low <= measured[name] <= promise.high, name


def test_plays_have_a_heavy_tail_and_background_listeners(music):
    plays = music.log.values
    assert 1e5 < plays.max() <= 350_400
    assert np.array_equal(plays, np.round(plays))
    assert plays.min() >= 1
    background = np.flatnonzero(music.truth.background)
    assert len(background) == 2  # 2,000명의 0.1%
    totals = np.bincount(music.log.user_index, plays)
    assert (totals[background] > np.quantile(totals, 0.95)).all()
    genre = music.log.item_features["genre"][music.log.item_index]
    theirs = np.isin(music.log.user_index, background)
    assert np.median(plays[theirs]) > 20 * np.median(plays[~theirs])
    assert (genre[theirs] == "연주곡").mean() > 0.3 > 0.1 > (genre == "연주곡").mean()


def test_days_and_releases(shop):
    for log, first, last in (
        (shop.log, "2014-09-01", "2015-02-28"),
        (shop.march, "2015-03-01", "2015-03-31"),
    ):
        days = log.timestamps.astype("M8[s]")
        assert (days == days.astype("M8[D]")).all()  # 자정
        assert np.array_equal(
            np.unique(days.astype("M8[D]")),
            np.arange(np.datetime64(first), np.datetime64(last) + 1),
        )
        release = log.item_features["release"][log.item_index]
        assert (release <= days).all()  # 공개하기 전에 팔리지 않습니다
        joined = shop.joined[log.user_index]
        assert not (joined > days).any()
    months = shop.log.item_features["release"].astype("M8[M]")
    for month in np.arange("2014-09", "2015-04", dtype="M8[M]"):
        assert 40 <= (months == month).sum() <= 80
    assert np.isnat(shop.joined).mean() > 0.7


def test_only_series_are_bought_again(shop):
    features = shop.log.item_features
    user = np.concatenate([shop.log.user_index, shop.march.user_index])
    item = np.concatenate([shop.log.item_index, shop.march.item_index])
    pairs, times = np.unique(np.stack([user, item]), axis=1, return_counts=True)
    series = features["series"][pairs[1]] != ""
    assert times[~series].max() == 1
    assert times[series].max() > 1
    assert features["kids"][features["series"] != ""].all()
    # 키즈 가구는 한 시리즈를 이어서 봅니다: 산 편의 반 넘게는 이미 산 적 있는 시리즈.
    kids = np.flatnonzero(shop.truth.segments == "키즈")
    chosen = np.isin(shop.log.user_index, kids)
    names = features["series"][shop.log.item_index[chosen]]
    episodes = names != ""
    held = set(zip(shop.log.user_index[chosen][episodes], names[episodes], strict=True))
    assert 1 - len(held) / episodes.sum() > 0.5


def test_school_holidays_bring_the_children(shop):
    day = day_numbers(shop.log)
    kids = (shop.truth.segments == "키즈")[shop.log.user_index]
    january = (day >= 122) & (day < 153)
    autumn = (day >= 30) & (day < 112)
    risen = (kids[january].mean() / kids[autumn].mean()) / 1.4
    assert 0.85 < risen < 1.1


def test_titles(shop):
    features = shop.log.item_features
    assert len(np.unique(features["title"])) == len(features["title"])
    assert set(np.unique(features["level"])) == {
        *("전체", "7세", "12세", "15세", "청소년 관람불가")
    }
    assert set(np.unique(features["level"][features["kids"]])) == {"전체", "7세"}
    assert features["kids"].dtype == bool
    episodes = features["series"] != ""
    for title, series in zip(
        features["title"][episodes], features["series"][episodes], strict=True
    ):
        assert re.fullmatch(rf"{series} \d+화", title)
    for name in np.unique(features["series"][episodes]):
        together = features["series"] == name
        assert len(np.unique(features["level"][together])) == 1
        numbers = [int(title.split()[-1][:-1]) for title in features["title"][together]]
        assert numbers == list(range(1, len(numbers) + 1))  # 공개한 순서
    freed, release = features["freed"], features["release"]
    known = ~np.isnat(freed)
    assert (freed[known] > release[known]).all()
    assert freed[known].max() <= np.datetime64("2015-02-28")  # 앞날은 새지 않습니다
    assert (np.isnat(freed) & ~np.isnat(shop.truth.freed)).any()


def test_invented_names():
    names = listening(n_users=5, n_items=6_000, random_state=2).log.items
    assert len(set(names.tolist())) == 6_000  # 짝이 모자라면 번호를 붙입니다
    famous = {
        *("산울림", "들국화", "송골매", "잔나비", "혁오", "새소년", "검정치마"),
        *("옥상달빛", "가을방학", "언니네 이발관", "브로콜리너마저", "심야식당"),
        *("기생충", "올드보이", "부산행", "괴물", "아가씨", "버닝", "헤어질 결심"),
    }
    shop = vod(n_users=300, n_items=5_000, random_state=2)
    titles = shop.log.item_features["title"].tolist()
    assert len(set(titles)) == 5_000
    assert not famous & {*names.tolist(), *titles}


# ── 취향의 세기 ──────────────────────────────────────────────────────────────


def recall_by_rank(log: rb.datasets.Interactions, ranks: range) -> list[float]:
    """2월을 가리고 SVD의 랭크마다 잰 재현율@10. 이미 산 것은 후보에서 뺍니다."""
    assert log.timestamps is not None
    past = log.timestamps < np.datetime64("2015-02-01").astype("M8[s]").astype(int)
    train, test = (
        sparse.csr_array(
            (np.ones(keep.sum()), (log.user_index[keep], log.item_index[keep])),
            shape=log.shape,
        )
        for keep in (past, ~past)
    )
    owned = train.toarray() > 0
    bought = (test.toarray() > 0) & ~owned
    left, values, right = svds(train.sign(), k=max(ranks), rng=np.random.default_rng(0))
    order = np.argsort(-values)
    left, values, right = left[:, order], values[order], right[order]
    tested = bought.sum(axis=1) > 0
    recalls = []
    for rank in ranks:
        scores = (left[:, :rank] * values[:rank]) @ right[:rank]
        scores[owned] = -np.inf
        top = np.argsort(-scores, axis=1)[:, :10]
        hits = np.take_along_axis(bought, top, axis=1).sum(axis=1)
        possible = np.minimum(bought.sum(axis=1), 10)
        recalls.append(float((hits[tested] / possible[tested]).mean()))
    return recalls


def test_taste_decides_whether_one_factor_wins():
    """약한 취향에서는 k=1이 1..5 가운데 으뜸이고, 강한 취향에서는 k=1이 집니다."""
    weak, strong = (
        recall_by_rank(vod(2_000, 500, taste=taste).log, range(1, 6))
        for taste in (0.2, 1.5)
    )
    assert np.argmax(weak) == 0
    assert np.argmax(strong) > 0
    assert max(strong[1:]) > 1.3 * strong[0]


def test_without_taste_everybody_chooses_alike():
    shop = vod(n_users=2_000, n_items=500, taste=0)
    preference = shop.truth.preference()
    np.testing.assert_allclose(preference, np.broadcast_to(preference[0], (2_000, 500)))
    kids = shop.log.item_features["kids"][shop.log.item_index]
    segment = shop.truth.segments[shop.log.user_index]
    rates = [kids[segment == name].mean() for name in ("일반", "키즈", "성인")]
    assert max(rates) - min(rates) < 0.05


def test_taste_changes_choices_and_nothing_else():
    before, after = (
        vod(n_users=200, n_items=150, taste=taste, random_state=4)
        for taste in (0.3, 2.0)
    )
    for name in ("users", "items"):
        assert np.array_equal(getattr(before.log, name), getattr(after.log, name))
    for name, column in before.log.item_features.items():
        assert np.array_equal(column, after.log.item_features[name]) or name == "freed"
    for name in ("segments", "rates", "release", "user_genres", "quality"):
        assert np.array_equal(getattr(before.truth, name), getattr(after.truth, name))
    assert not np.array_equal(before.log.item_index, after.log.item_index)
    quiet, loud = (
        listening(n_users=100, n_items=80, taste=taste, random_state=4)
        for taste in (0.0, 3.0)
    )
    assert np.array_equal(quiet.log.items, loud.log.items)
    assert np.array_equal(quiet.truth.intensity, loud.truth.intensity)
    assert not np.array_equal(quiet.log.item_index, loud.log.item_index)


# ── 식 그대로인지 ────────────────────────────────────────────────────────────


def test_affinity_is_the_formula_and_averages_to_one():
    rng = np.random.default_rng(5)
    shares = np.array([0.5, 0.3, 0.2])
    users = rng.dirichlet(3 * shares, 60_000)
    items = rng.dirichlet(np.ones(3), 4)
    got = affinity(users, items, shares)
    np.testing.assert_allclose(got, 0.05 + 0.95 * (users / shares) @ items.T)
    np.testing.assert_allclose(got.mean(axis=0), 1, atol=0.03)


def test_race_draws_without_replacement_in_proportion():
    """셋에서 둘을 뽑는 순서 있는 확률은 w_i/W · w_j/(W − w_i)입니다."""
    weights = np.array([5.0, 3.0, 2.0])
    size = 60_000
    rows, columns = race(
        np.random.default_rng(6), np.tile(weights, (size, 1)), np.full(size, 2)
    )
    assert np.array_equal(rows, np.repeat(np.arange(size), 2))
    pairs = columns.reshape(size, 2)
    assert (pairs[:, 0] != pairs[:, 1]).all()
    observed, expected = [], []
    for i in range(3):
        for j in {0, 1, 2} - {i}:
            observed.append((pairs == (i, j)).all(axis=1).sum())
            expected.append(weights[i] / 10 * weights[j] / (10 - weights[i]) * size)
    assert stats.chisquare(observed, expected).pvalue > 1e-3


def test_race_gives_what_there_is():
    rng = np.random.default_rng(7)
    weights = np.array([[0.0, 1.0, 2.0], [0.0, 0.0, 0.0], [1.0, 1.0, 1.0]])
    rows, columns = race(rng, weights, np.array([5, 2, 0]))
    assert rows.tolist() == [0, 0]
    assert sorted(columns.tolist()) == [1, 2]
    assert len(race(rng, weights, np.zeros(3, int))[0]) == 0
    assert len(race(rng, np.empty((2, 0)), np.array([1, 1]))[0]) == 0


def test_single_choices_follow_exposure_times_quality():
    """음악가를 한 명씩만 고르는 청취자가 많으면 비율이 e·q에 가까워집니다."""
    alone = listening(
        n_users=40_000,
        n_items=6,
        artists_per_user=1e-9,
        taste=0,
        popularity_spread=0.7,
        background_share=0,
    )
    chosen = np.bincount(alone.log.item_index, minlength=6)
    weights = alone.truth.placement * alone.truth.quality
    expected = 40_000 * weights / weights.sum()
    assert stats.chisquare(chosen, expected).pvalue > 1e-3


def test_preference_leaves_exposure_out(music, shop):
    truth = music.truth
    users = np.array([3, 1_999])
    lift = 0.05 + 0.95 * (truth.user_genres[users] / truth.genre_shares) @ (
        truth.item_genres.T
    )
    weights = truth.quality * lift**truth.taste
    expected = weights / weights.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(truth.preference(users), expected, rtol=1e-12)
    assert truth.preference(7).shape == (1, 1_000)
    preference = shop.truth.preference()
    for shelf in range(3):
        np.testing.assert_allclose(
            preference[:, shop.truth.shelves == shelf].sum(axis=1),
            shop.truth.shelf_shares[:, shelf],
        )
    with pytest.raises(IndexError, match="users"):
        truth.preference(2_000)


def test_exposure_by_hand(small_shop):
    truth = dataclasses.replace(
        small_shop.truth,
        placement=np.array([1.0, 2.0, 1.0, 1.0]),
        shelves=np.array([0, 0, 1, 2]),
        release=np.array(
            ["2014-12-01", "2014-12-22", "2014-10-20", "2014-12-23"], "M8[D]"
        ),
        freed=np.array(["NaT", "NaT", "2014-12-22", "2014-12-30"], "M8[D]"),
        half_life=21.0,
        floor=0.2,
    )
    expected = [
        0.2 + 0.8 / 2,  # 공개하고 21일
        2.0,  # 공개한 날, 두 배로 눈에 띔
        0.2 + 0.8 / 2 + 0.3,  # 키즈는 63일이 반감기이고, 오늘 무료로 풀림
        0.0,  # 내일 공개
    ]
    np.testing.assert_allclose(truth.exposure("2014-12-22"), expected)


def test_half_life_shows_in_the_log():
    short, long = (
        half_life(vod(4_000, 800, half_life=days, taste=0.5).log) for days in (10, 30)
    )
    assert 7 < short < 13
    assert 20 < long < 40


# ── 재현성과 참값 ────────────────────────────────────────────────────────────


def arrays(simulation: Simulation) -> Iterator[np.ndarray]:
    parts = [simulation.log, simulation.truth]
    if isinstance(simulation, VodSimulation):
        parts += [simulation.march]
    for part in parts:
        for value in vars(part).values():
            if isinstance(value, np.ndarray):
                yield value


@pytest.mark.parametrize(
    "simulate", [lambda seed: listening(60, 40, random_state=seed),
                 lambda seed: vod(60, 50, random_state=seed)]
)  # fmt: skip
def test_the_seed_decides_everything(simulate):
    same = zip(arrays(simulate(8)), arrays(simulate(8)), strict=True)
    for one, two in same:
        assert one.dtype == two.dtype
        assert one.tobytes() == two.tobytes()
    for other in (9, None):
        assert not np.array_equal(
            simulate(8).log.user_items.toarray(),
            simulate(other).log.user_items.toarray(),
        )


@pytest.mark.parametrize("name", ["music", "shop"])
def test_truth_cannot_be_reached_from_the_log(name, request):
    simulation = request.getfixturevalue(name)
    secrets = {id(simulation.truth)} | {
        id(value)
        for value in vars(simulation.truth).values()
        if isinstance(value, np.ndarray)
    }
    skipped = (type, types.ModuleType, types.FunctionType, types.FrameType)
    waiting, seen = [simulation.log], set()
    while waiting:
        thing = waiting.pop()
        if id(thing) in seen or isinstance(thing, skipped):
            continue
        seen.add(id(thing))
        assert id(thing) not in secrets
        waiting += gc.get_referents(thing)
        if isinstance(thing, np.ndarray):
            waiting.append(thing.base)  # gc는 배열의 base를 따라가지 않습니다
    assert id(simulation.log.values) in seen
    assert isinstance(simulation.truth, Truth)


def test_march_shares_the_labels_of_the_log(shop):
    assert np.array_equal(shop.log.users, shop.march.users)
    assert np.array_equal(shop.log.items, shop.march.items)
    assert shop.log.shape == shop.march.shape == (6_000, 1_500)
    new = shop.log.item_features["release"] >= np.datetime64("2015-03-01")
    sold = np.diff(shop.log.user_items.tocsc().indptr)
    assert (sold[new] == 0).all()


# ── 함께 실린 파일 ───────────────────────────────────────────────────────────


def assert_same_log(one: rb.datasets.Interactions, two: rb.datasets.Interactions):
    for name in ("user_index", "item_index", "values", "users", "items"):
        left, right = getattr(one, name), getattr(two, name)
        assert left.dtype == right.dtype, name
        assert np.array_equal(left, right), name
    assert (one.timestamps is None) == (two.timestamps is None)
    if one.timestamps is not None:
        assert np.array_equal(one.timestamps, two.timestamps)
    assert list(one.item_features) == list(two.item_features)
    for name, column in one.item_features.items():
        other = two.item_features[name]
        assert column.dtype == other.dtype, name
        equal_nan = column.dtype.kind == "M"
        assert np.array_equal(column, other, equal_nan=equal_nan), name


def test_shipped_files_are_a_fresh_simulation(music, shop):
    assert_same_log(rb.datasets.listening(), music.log)
    assert_same_log(rb.datasets.vod(), shop.log)
    assert_same_log(rb.datasets.vod_march(), shop.march)


def contents(path: Path) -> bytes:
    data = path.read_bytes()
    return gzip.decompress(data) if path.suffix == ".gz" else data


@pytest.fixture
def command(monkeypatch) -> Callable[[Path], int]:
    """``python -m recbook.simulate 폴더``의 종료 코드."""

    def run(folder: Path) -> int:
        monkeypatch.setattr(sys, "argv", ["recbook.simulate", str(folder)])
        with pytest.raises(SystemExit) as ended:
            runpy.run_module("recbook.simulate", run_name="__main__")
        return ended.value.code

    return run


def test_the_command_writes_the_shipped_files(root, tmp_path, command, capsys):
    assert command(tmp_path / "새 폴더") == 0
    shipped = {
        path.relative_to(root / "data")
        for path in (root / "data").rglob("*.csv*")
    }  # fmt: skip
    written = {
        path.relative_to(tmp_path / "새 폴더"): path
        for path in tmp_path.rglob("*.csv*")
    }  # fmt: skip
    assert set(written) == shipped
    printed = capsys.readouterr().out
    for name, path in written.items():
        fresh, kept = contents(path), contents(root / "data" / name)
        assert fresh.replace(b"\r\n", b"\n") == kept.replace(b"\r\n", b"\n")
        # 표계산 프로그램은 BOM이 있어야 한글을 알아봅니다.
        assert fresh.startswith("\ufeff".encode())
        n_rows = fresh.count(b"\n") - 1
        assert f"{n_rows:,}줄" in printed
        if path.suffix == ".gz":
            # RFC 1952: 4번째 바이트는 표시(이름 없음), 다음 넷은 시각.
            assert path.read_bytes()[3:8] == bytes(5)
            assert path.stat().st_size < 700_000


def test_the_command_tells_what_it_cannot_write(tmp_path, command, capsys):
    (tmp_path / "file").write_text("", "utf-8")
    assert command(tmp_path / "file") == 1
    assert "쓸 수 있는 폴더" in capsys.readouterr().err


def test_shipped_files_hold_no_march_and_no_truth(root):
    log = contents(root / "data" / "vod.csv.gz").decode("utf-8-sig").splitlines()
    days = {line.split(",")[0] for line in log[1:]}
    assert max(days) == "2015-02-28"
    headers = {
        path.name: next(csv.reader([contents(path).decode("utf-8-sig").split("\n")[0]]))
        for path in (root / "data").glob("*.csv*")
    }
    assert headers == {
        "listening.csv.gz": ["user", "artist", "plays"],
        "listening_artists.csv": ["artist", "genre"],
        "vod.csv.gz": ["date", "user", "item"],
        "vod_items.csv": [
            *("item", "title", "genre", "level", "kids", "series", "release", "freed")
        ],
        "vod_users.csv.gz": ["user", "joined"],
    }


def test_shipped_logs_are_also_an_exercise_for_read_csv(root):
    log = rb.datasets.read_csv(
        root / "data/vod.csv.gz", user="user", item="item", timestamp="date"
    )
    shipped = rb.datasets.vod()
    assert len(log) == len(shipped)
    assert np.array_equal(np.sort(log.timestamps), np.sort(shipped.timestamps))


@pytest.fixture
def copied(root, tmp_path, monkeypatch) -> Path:
    """고쳐 볼 수 있는 자료의 복사본. 읽는 쪽이 이것을 봅니다."""
    for path in (root / "data").rglob("*.csv*"):
        target = tmp_path / path.relative_to(root / "data")
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(path.read_bytes())
    monkeypatch.setattr(simulated, "_FOLDERS", (tmp_path / "없음", tmp_path))
    return tmp_path


def test_windows_line_ends_are_read_alike(copied):
    for name in ("vod_items.csv", "listening_artists.csv"):
        text = (copied / name).read_bytes().replace(b"\n", b"\r\n")
        (copied / name).write_bytes(text)
    assert rb.datasets.vod().item_features["series"][0] == ""
    assert rb.datasets.listening().item_features["genre"][-1] in {
        *("발라드", "댄스", "힙합", "인디", "록", "트로트", "재즈", "연주곡")
    }


def test_a_missing_file_is_named(copied):
    (copied / "vod_users.csv.gz").unlink()
    with pytest.raises(
        FileNotFoundError, match=r"vod_users\.csv\.gz.*recbook\.simulate"
    ):
        rb.datasets.vod()


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("listening.csv.gz", b"user,artist,plays", b"user,artist,count"),
        ("listening.csv.gz", b"\n", b"\n\n"),
        ("listening.csv.gz", b",", b";"),
        ("listening_artists.csv", b"artist,genre", b"artist"),
        ("listening_artists.csv", "형제".encode(), "兄弟".encode()),
        ("listening_artists.csv", "발라드".encode(), "발라드".encode("cp949")),
    ],
)
def test_a_damaged_file_is_named(copied, name, old, new):
    path = copied / name
    damaged = contents(path).replace(old, new)
    path.write_bytes(gzip.compress(damaged) if path.suffix == ".gz" else damaged)
    with pytest.raises(ValueError, match=r"listening.*깨졌습니다.*다시 설치"):
        rb.datasets.listening()


def test_a_number_or_day_that_is_none_is_named(copied):
    plays = contents(copied / "listening.csv.gz").decode()
    first = plays.splitlines()[1]
    wrong = plays.replace(first, first.rpartition(",")[0] + ",여러 번")
    (copied / "listening.csv.gz").write_bytes(gzip.compress(wrong.encode()))
    with pytest.raises(ValueError, match=r"listening\.csv\.gz.*깨졌습니다"):
        rb.datasets.listening()
    log = contents(copied / "vod.csv.gz").replace(b"2014-09-01", b"2014-09-31")
    (copied / "vod.csv.gz").write_bytes(gzip.compress(log))
    with pytest.raises(ValueError, match=r"vod\.csv\.gz.*깨졌습니다"):
        rb.datasets.vod()


@pytest.mark.parametrize("cut", [0, 10, 1_000])
def test_a_cut_file_is_named(copied, cut):
    path = copied / "truth" / "vod_march.csv.gz"
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(ValueError, match=r"vod_march\.csv\.gz.*깨졌습니다"):
        rb.datasets.vod_march()


# ── 잘못된 인자와 끝의 경우 ──────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("simulate", "arguments", "error", "words"),
    [
        (listening, {"n_users": 0}, ValueError, "n_users.*1 이상"),
        (listening, {"n_users": 2.5}, TypeError, "n_users.*정수"),
        (listening, {"n_items": 1}, ValueError, "n_items.*2 이상"),
        (listening, {"artists_per_user": 0}, ValueError, "artists_per_user.*0보다"),
        (listening, {"taste": -1}, ValueError, "taste.*0 이상"),
        (listening, {"taste": float("nan")}, ValueError, "taste.*유한"),
        (listening, {"taste": 21}, ValueError, "taste.*20.*넘을 수 없"),
        (listening, {"popularity_spread": "큰"}, TypeError, "popularity_spread.*수"),
        (listening, {"log_plays_mean": 99}, ValueError, "log_plays_mean.*넘을 수 없"),
        (listening, {"log_plays_between": -1}, ValueError, "log_plays_between"),
        (listening, {"log_plays_within": 6}, ValueError, "log_plays_within"),
        (listening, {"background_share": 2}, ValueError, "background_share.*1을"),
        (listening, {"random_state": -1}, ValueError, "random_state"),
        (vod, {"n_users": True}, TypeError, "n_users"),
        (vod, {"n_items": 24}, ValueError, "n_items.*25 이상"),
        (vod, {"purchases": 0}, ValueError, "purchases"),
        (vod, {"purchases": 1_501}, ValueError, "purchases.*1500"),
        (vod, {"dispersion": 0}, ValueError, "dispersion"),
        (vod, {"dispersion": 1e-9}, ValueError, "purchases와 dispersion"),
        (vod, {"half_life": 0}, ValueError, "half_life"),
        (vod, {"floor": 1.5}, ValueError, "floor"),
        (vod, {"weekend": 0}, ValueError, "weekend"),
        (vod, {"new_titles": -1}, ValueError, "new_titles"),
        (vod, {"new_titles": 215}, ValueError, "new_titles.*214 이하"),
        (vod, {"kids_households": 1.1}, ValueError, "kids_households"),
        (vod, {"adult_households": -0.1}, ValueError, "adult_households"),
        (
            vod,
            {"kids_households": 0.6, "adult_households": 0.6},
            ValueError,
            "더하면 1",
        ),
        (vod, {"joining": 2}, ValueError, "joining"),
        (vod, {"random_state": 0.5}, TypeError, "random_state"),
        (
            vod,
            {"n_users": 1, "n_items": 30, "purchases": 0.2},
            ValueError,
            "n_users와 purchases",
        ),
    ],
)
def test_bad_arguments_are_named_with_a_remedy(simulate, arguments, error, words):
    with pytest.raises(error, match=words) as caught:
        simulate(**arguments)
    assert re.search(r"(주십시오|바꾸십시오|고르십시오)", str(caught.value))


def test_the_smallest_listening():
    log = listening(n_users=1, n_items=2, background_share=0).log
    assert log.shape == (1, 2)
    assert len(log) == 1


def test_only_children_buy_only_from_their_shelf():
    shop = vod(300, 100, kids_households=1, adult_households=0, new_titles=0)
    assert set(shop.truth.segments) == {"키즈"}
    assert shop.log.item_features["release"].max() < np.datetime64("2014-09-01")
    adults = vod(300, 100, kids_households=0.7, adult_households=0.3)
    assert set(adults.truth.segments) == {"키즈", "성인"}


def test_a_household_that_owns_everything_stops_buying():
    shop = vod(20, 25, purchases=25, dispersion=50, random_state=5)
    films = shop.log.item_features["series"][shop.log.item_index] == ""
    pairs = np.stack([shop.log.user_index, shop.log.item_index])[:, films]
    assert np.unique(pairs, axis=1).shape == pairs.shape
