"""지표: 손 계산, trec_eval, SciPy의 순위와 U 통계량, 성질에 견준다."""

from __future__ import annotations

import doctest
import math

import numpy as np
import pytest
import pytrec_eval
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import sparse, stats

import recbook as rb
import recbook.metrics
from recbook.datasets import Interactions
from recbook.kernels import metrics as kernels
from recbook.metrics import (
    bootstrap_interval,
    coverage,
    gini,
    mae,
    mean_percentile_rank,
    ranking_metrics_at_k,
    rmse,
)

HIDDEN = np.finfo(np.float32).min
NAMES = ["precision", "recall", "map", "ndcg", "hit_rate", "auc"]


class Scored:
    """점수 표를 그대로 추천하는 모델. 동점이면 번호가 작은 것이 앞섭니다."""

    def __init__(self, scores):
        self.scores = np.asarray(scores)

    def recommend(self, userid, user_items, N=10, filter_already_liked_items=True):
        assert user_items.shape == (len(userid), self.scores.shape[1])
        ids = np.full((len(userid), N), -1, np.int32)
        values = np.full((len(userid), N), HIDDEN, self.scores.dtype)
        for line, user in enumerate(userid):
            among = np.arange(self.scores.shape[1])
            if filter_already_liked_items:
                among = np.setdiff1d(among, user_items[line].indices)
            best = among[np.lexsort((among, -self.scores[user, among]))][:N]
            ids[line, : len(best)] = best
            values[line, : len(best)] = self.scores[user, best]
        return ids, values


def csr(dense):
    return sparse.csr_matrix(np.asarray(dense, np.float32))


def problem(seed=0, n=40, m=25, ties=False):
    """(점수, 훈련, 테스트). 훈련에도 있는 정답과 정답이 없는 사용자가 섞입니다."""
    random = np.random.default_rng(seed)
    scores = random.permuted(np.tile(np.arange(m, dtype=np.float64), (n, 1)), axis=1)
    if ties:
        scores = random.integers(0, 4, (n, m)).astype(np.float64)
    train = random.integers(1, 5, (n, m)) * (random.random((n, m)) < 0.3)
    test = random.integers(1, 9, (n, m)) * (random.random((n, m)) < 0.2)
    test[::7] = 0
    train[3] = 0
    return scores, csr(train), csr(test)


def truth(scores, train, test):
    """사용자마다 (번호, 후보의 점수, 후보가 정답인지, 후보의 횟수)."""
    seen, wanted = train.toarray() > 0, test.toarray()
    for user in range(len(scores)):
        among = ~seen[user]
        relevant = wanted[user, among] > 0
        if relevant.any():
            yield user, scores[user, among], relevant, wanted[user, among]


# ── 손으로 ───────────────────────────────────────────────────────────────────


@pytest.fixture
def hand():
    """첫 사용자의 후보 순서는 3 1 5 2 6 4, 정답은 3, 5, 4. 0은 이미 보았습니다.

    둘째 사용자의 후보 순서는 0 1 2 3 4 5 6, 정답은 1. 셋째는 정답이 없습니다.
    """
    scores = [
        [9, 5, 3, 6, 1, 4, 2],
        [7, 6, 5, 4, 3, 2, 1],
        [1, 2, 3, 4, 5, 6, 7],
    ]
    train = csr([[1, 0, 0, 0, 0, 0, 0], [0] * 7, [1] * 7])
    test = csr([[0, 0, 0, 1, 1, 2, 0], [0, 4, 0, 0, 0, 0, 0], [0] * 7])
    return Scored(np.array(scores, np.float32)), train, test


def test_list_of_five_by_hand(hand):
    got = ranking_metrics_at_k(*hand, K=5)
    log3 = math.log2(3)
    first = {
        "precision": 2 / 5,  # 첫째와 셋째
        "recall": 2 / 3,
        "map": (1 / 1 + 2 / 3) / 3,
        "ndcg": (1 + 1 / 2) / (1 + 1 / log3 + 1 / 2),
        "hit_rate": 1,
        "auc": (3 + 2 + 0) / 9,  # 정답마다 이긴 다른 후보(1, 2, 6)의 수
    }
    second = {
        "precision": 1 / 5,
        "recall": 1,
        "map": 1 / 2,
        "ndcg": 1 / log3,
        "hit_rate": 1,
        "auc": 5 / 6,
    }
    assert list(got) == NAMES
    for name in NAMES:
        assert got[name] == pytest.approx((first[name] + second[name]) / 2), name
        assert isinstance(got[name], float)
    each = ranking_metrics_at_k(*hand, K=5, per_user=True)
    assert each.pop("users").tolist() == [0, 1]
    for name in NAMES:
        assert each[name] == pytest.approx([first[name], second[name]]), name


def test_list_of_one_by_hand(hand):
    got = ranking_metrics_at_k(*hand, K=1)
    expected = [1 / 2, 1 / 6, 1 / 2, 1 / 2, 1 / 2, (5 / 9 + 5 / 6) / 2]
    assert list(got.values()) == pytest.approx(expected)


def test_percentile_rank_by_hand(hand):
    # 순위 0, 2, 5(후보 6개)에 횟수 1, 2, 1. 순위 1(후보 7개)에 횟수 4.
    weighted = (1 * 0 + 2 * 2 / 5 + 1 * 1 + 4 * 1 / 6) / 8
    assert mean_percentile_rank(*hand) == pytest.approx(100 * weighted)
    plain = (0 + 2 / 5 + 1 + 1 / 6) / 4
    assert mean_percentile_rank(*hand, weighted=False) == pytest.approx(100 * plain)
    # 모든 아이템이 후보이면 본 것(0)이 맨 앞에 와서 순위가 하나씩 밀립니다.
    weighted = (1 * 1 / 6 + 2 * 3 / 6 + 1 * 1 + 4 * 1 / 6) / 8
    got = mean_percentile_rank(*hand, candidates="all")
    assert got == pytest.approx(100 * weighted)


def test_answers_already_seen_are_no_candidates(hand):
    model, train, test = hand
    both = test.toarray()
    both[0, 0] = both[2, 3] = 5
    for metric in (mean_percentile_rank, ranking_metrics_at_k):
        assert metric(model, train, csr(both)) == metric(model, train, test)
    # 후보가 모두이면 그대로 정답입니다: (0, 0)은 맨 위, (2, 3)은 네 번째.
    weighted = (5 * 0 + 1 / 6 + 2 * 3 / 6 + 1 + 4 / 6 + 5 * 3 / 6) / 18
    got = mean_percentile_rank(model, train, csr(both), candidates="all")
    assert got == pytest.approx(100 * weighted)


def test_one_candidate_is_full_marks():
    """3×3 예제: 남은 아이템이 하나뿐이면 누구나 만점입니다."""
    R = rb.datasets.worked_example().R
    train = R.copy()
    train[np.arange(3), [1, 2, 0]] = 0
    train[1, 0] = 1  # B의 빈칸도 채워, 후보가 하나만 남게 합니다
    test = csr(R - np.where(R > 0, train, 0))
    for scores in (np.eye(3), -np.eye(3), np.zeros((3, 3))):
        model = Scored(scores)
        assert mean_percentile_rank(model, csr(train), test) == 0
        got = ranking_metrics_at_k(model, csr(train), test, K=1)
        assert [got[name] for name in NAMES[:-1]] == [1] * 5
        assert math.isnan(got["auc"])  # 견줄 다른 후보가 없습니다


def test_auc_skips_users_without_another_candidate():
    train, test = csr([[1, 0, 0], [0, 0, 0]]), csr([[0, 1, 1], [1, 0, 0]])
    model = Scored(np.array([[1.0, 2, 3], [2, 1, 3]]))
    each = ranking_metrics_at_k(model, train, test, per_user=True)["auc"]
    np.testing.assert_array_equal(each, [np.nan, 0.5])
    assert ranking_metrics_at_k(model, train, test)["auc"] == 0.5


# ── 독립된 답 ────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("K", [1, 3, 10, 24, 60])
def test_against_trec_eval(K):
    """trec_eval과 같은 것은 P, recall, ndcg_cut, success입니다.

    map_cut은 맞힌 자리의 정밀도를 정답의 수 P로 나눕니다. 여기의 MAP@K는 min(K, P)로
    나누므로 P / min(K, P)배입니다. trec_eval은 동점을 이름의 역순으로 풀기 때문에
    점수가 모두 다른 표로 견줍니다.
    """
    scores, train, test = problem(n=120)
    wanted, lists, sizes = {}, {}, []
    for user, among, relevant, _ in truth(scores, train, test):
        names = [f"item{place}" for place in range(len(among))]
        wanted[str(user)] = dict(zip(names, relevant.astype(int).tolist(), strict=True))
        lists[str(user)] = dict(zip(names, among.tolist(), strict=True))
        sizes.append(relevant.sum())
    assert max(sizes) > 3 > min(sizes)
    measures = ["P", "recall", "map_cut", "ndcg_cut", "success"]
    peer = pytrec_eval.RelevanceEvaluator(
        wanted, {f"{measure}.{K}" for measure in measures}
    ).evaluate(lists)
    got = ranking_metrics_at_k(Scored(scores), train, test, K=K, per_user=True)
    assert got["users"].tolist() == [int(user) for user in wanted]
    peer = {
        measure: np.array([peer[user][f"{measure}_{K}"] for user in wanted])
        for measure in measures
    }
    peer["map_cut"] *= np.array(sizes) / np.minimum(K, sizes)
    for ours, theirs in zip(NAMES[:5], measures, strict=True):
        np.testing.assert_allclose(got[ours], peer[theirs], rtol=1e-12, err_msg=ours)


@pytest.mark.parametrize("ties", [False, True])
def test_auc_against_mann_whitney(ties):
    scores, train, test = problem(seed=1, ties=ties)
    expected = [
        stats.mannwhitneyu(among[relevant], among[~relevant]).statistic
        / (relevant.sum() * (~relevant).sum())
        for _, among, relevant, _ in truth(scores, train, test)
    ]
    got = ranking_metrics_at_k(Scored(scores), train, test, K=2, per_user=True)
    np.testing.assert_allclose(got["auc"], expected, rtol=1e-12)


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("candidates", ["unseen", "all"])
def test_percentile_rank_against_rankdata(ties, candidates):
    scores, train, test = problem(seed=2, ties=ties)
    given = train if candidates == "unseen" else csr(np.zeros(train.shape))
    ranks, counts = [], []
    for _, among, relevant, wanted in truth(scores, given, test):
        rank = (stats.rankdata(-among) - 1) / (len(among) - 1)
        ranks.extend(rank[relevant])
        counts.extend(wanted[relevant])
    model = Scored(scores)
    got = mean_percentile_rank(model, train, test, candidates=candidates)
    assert got == pytest.approx(100 * np.dot(ranks, counts) / np.sum(counts))
    got = mean_percentile_rank(model, train, test, False, candidates)
    assert got == pytest.approx(100 * np.mean(ranks))


def test_popularity_model():
    """이 책의 모델로, 점수 표에서 구한 것과 같은 값이 나옵니다."""
    _, train, test = problem(seed=3, n=600)
    model = rb.Popularity().fit(train)
    listeners = np.tile((train.toarray() > 0).sum(axis=0), (600, 1)).astype(np.float64)
    twin = Scored(listeners)
    assert ranking_metrics_at_k(model, train, test) == ranking_metrics_at_k(
        twin, train, test
    )
    for candidates in ("unseen", "all"):
        assert mean_percentile_rank(
            model, train, test, candidates=candidates
        ) == mean_percentile_rank(twin, train, test, candidates=candidates)
    assert coverage(model, train, K=3) == coverage(twin, train, K=3)


# ── 동점 ─────────────────────────────────────────────────────────────────────


def test_constant_scores():
    _, train, test = problem(seed=4)
    model = Scored(np.full(train.shape, 0.25, np.float32))
    for weighted in (True, False):
        for candidates in ("unseen", "all"):
            got = mean_percentile_rank(model, train, test, weighted, candidates)
            assert got == pytest.approx(50, abs=1e-12)
    each = ranking_metrics_at_k(model, train, test, K=3, per_user=True)
    np.testing.assert_allclose(each["auc"], 0.5)
    # 상위 K개는 번호가 작은 것입니다.
    expected = [
        relevant[:3].mean()
        for _, _, relevant, _ in truth(np.zeros(train.shape), train, test)
    ]
    np.testing.assert_allclose(each["precision"], expected)


def test_tie_between_an_answer_and_another():
    model = Scored(np.array([[1.0, 1.0, 0.0]]))
    train, test = csr([[0, 0, 0]]), csr([[0, 1, 0]])
    assert mean_percentile_rank(model, train, test) == 25  # 0번과 1번 자리의 가운데
    got = ranking_metrics_at_k(model, train, test, K=1)
    assert got["auc"] == 3 / 4
    assert got["precision"] == 0  # 번호가 작은 0이 앞섭니다


# ── 성질 ─────────────────────────────────────────────────────────────────────


@st.composite
def problems(draw, ties=False):
    n, m = draw(st.integers(1, 5)), draw(st.integers(2, 8))
    cell = st.integers(0, 3)
    line = st.lists(cell, min_size=m, max_size=m)
    train, test = (
        np.array(draw(st.lists(line, min_size=n, max_size=n))) for _ in range(2)
    )
    # 후보가 둘 이상이어야 순위에 뜻이 있습니다.
    train[:, :2] = 0
    train[train < 2] = 0
    assume(((test > 0) & (train == 0)).any())
    rows = st.lists(cell, min_size=m, max_size=m) if ties else st.permutations(range(m))
    scores = np.array(draw(st.lists(rows, min_size=n, max_size=n)), np.float64)
    return scores, csr(train), csr(test), draw(st.integers(1, m + 2))


@given(problems(ties=True))
def test_bounds(case):
    scores, train, test, K = case
    got = ranking_metrics_at_k(Scored(scores), train, test, K)
    for name, value in got.items():
        assert 0 <= value <= 1 + 1e-12 or (name == "auc" and math.isnan(value))
    assert got["precision"] <= got["hit_rate"]
    assert 0 <= mean_percentile_rank(Scored(scores), train, test) <= 100
    assert 0 < coverage(Scored(scores), train, K) <= 1


@given(problems(ties=True))
def test_reversed_scores_mirror_the_rank(case):
    scores, train, test, K = case
    model, mirror = Scored(scores), Scored(-scores)
    for candidates in ("unseen", "all"):
        both = [
            mean_percentile_rank(each, train, test, candidates=candidates)
            for each in (model, mirror)
        ]
        assert sum(both) == pytest.approx(100)
    both = [ranking_metrics_at_k(each, train, test, K) for each in (model, mirror)]
    if not math.isnan(both[0]["auc"]):
        assert both[0]["auc"] + both[1]["auc"] == pytest.approx(1)


@given(problems())
def test_perfect_and_worst_order(case):
    _, train, test, K = case
    wanted = test.toarray()
    best = ranking_metrics_at_k(Scored(wanted), train, test, K, per_user=True)
    sizes = np.array([relevant.sum() for *_, relevant, _ in truth(wanted, train, test)])
    np.testing.assert_allclose(best["precision"], np.minimum(K, sizes) / K)
    np.testing.assert_allclose(best["recall"], np.minimum(K, sizes) / sizes)
    for name in ("map", "ndcg", "hit_rate"):
        np.testing.assert_allclose(best[name], 1)
    assert np.isin(best["auc"], 1).sum() + np.isnan(best["auc"]).sum() == len(sizes)
    worst = ranking_metrics_at_k(Scored(-wanted), train, test, K, per_user=True)["auc"]
    assert np.isin(worst, 0).sum() + np.isnan(worst).sum() == len(sizes)


@given(problems(), st.data())
def test_names_of_items_do_not_matter(case, data):
    scores, train, test, K = case
    order = data.draw(st.permutations(range(scores.shape[1])))
    original = Scored(scores), train, test
    renamed = Scored(scores[:, order]), train[:, order], test[:, order]
    for name, value in ranking_metrics_at_k(*original, K).items():
        expected = ranking_metrics_at_k(*renamed, K)[name]
        assert value == pytest.approx(expected, nan_ok=True), name
    assert mean_percentile_rank(*original) == pytest.approx(
        mean_percentile_rank(*renamed)
    )


@pytest.mark.parametrize("limits", [{"_BATCH": 3}, {"_CELLS": 60}, {"_CELLS": 1}])
def test_batches_do_not_matter(monkeypatch, limits):
    scores, train, test = problem(seed=5, ties=True)
    model = Scored(scores)

    def everything():
        each = ranking_metrics_at_k(model, train, test, per_user=True)
        return (
            {name: value.tolist() for name, value in each.items()},
            mean_percentile_rank(model, train, test),
            coverage(model, train, K=1),
        )

    whole = everything()
    for name, value in limits.items():
        monkeypatch.setattr(recbook.metrics, name, value)
    assert everything() == whole


# ── 다른 꼴의 모델과 자료 ────────────────────────────────────────────────────


class Altered(Scored):
    """답을 `change`로 고쳐 돌려주는 모델."""

    def __init__(self, scores, change):
        super().__init__(scores)
        self.change = change

    def recommend(self, userid, user_items, **options):
        return self.change(*super().recommend(userid, user_items, **options))


def keep_ids(ids, scores):
    """implicit처럼: 빈자리에도 번호를 남기고 점수만 가장 작은 수로 둡니다."""
    full = ids.copy()
    for line in full:
        empty = line < 0
        line[empty] = np.setdiff1d(np.arange(25), line)[: empty.sum()]
    return full, scores


def minus_infinity(ids, scores):
    return ids, np.where(ids < 0, -np.inf, scores)


def as_lists(ids, scores):
    return ids.tolist(), scores.astype(int).tolist()


@pytest.mark.parametrize("change", [keep_ids, minus_infinity])
def test_other_ways_to_leave_a_place_empty(change):
    scores, train, test = problem(seed=6, ties=True)
    model, other = Scored(scores), Altered(scores, change)
    assert ranking_metrics_at_k(other, train, test) == ranking_metrics_at_k(
        model, train, test
    )
    assert mean_percentile_rank(other, train, test) == mean_percentile_rank(
        model, train, test
    )
    assert coverage(other, train, K=20) == coverage(model, train, K=20)


def test_whole_number_scores():
    scores, train, test = problem(seed=7, ties=True)
    nothing = csr(np.zeros(train.shape))
    got = mean_percentile_rank(Altered(scores, as_lists), nothing, test)
    assert got == mean_percentile_rank(Scored(scores), nothing, test)


@pytest.mark.parametrize("length", [1, 4, 12])
def test_candidates_left_out_of_the_list_tie_at_the_bottom(length):
    scores, train, test = problem(seed=8)
    short = Altered(scores, lambda ids, values: (ids[:, :length], values[:, :length]))
    # 후보 가운데 앞의 몇 개만 점수가 있고 나머지는 모두 −1인 표
    flat = np.full(scores.shape, -1.0)
    for user, seen in enumerate(train.toarray() > 0):
        among = np.where(seen, -np.inf, scores[user])
        top = np.argsort(-among)[:length]
        flat[user, top] = scores[user, top]
    assert mean_percentile_rank(short, train, test) == pytest.approx(
        mean_percentile_rank(Scored(flat), train, test)
    )
    for K in (1, 30):  # 30은 아이템보다 많습니다
        got = ranking_metrics_at_k(short, train, test, K)
        expected = ranking_metrics_at_k(Scored(scores), train, test, min(K, length))
        assert got["auc"] == pytest.approx(
            ranking_metrics_at_k(Scored(flat), train, test)["auc"]
        )
        assert got["recall"] == pytest.approx(expected["recall"])


def test_logs_and_arrays_are_welcome():
    log = Interactions.from_events(
        ["A", "A", "B", "B", "C"],
        ["가", "나", "가", "다", "나"],
        [2, 1, 3, 4, 5],
        np.array([1, 9, 2, 9, 3]),
    )
    train, test = rb.split.temporal(log, 5)
    model = Scored(np.array([[1.0, 2, 3], [3, 2, 1], [1, 2, 3]]))
    got = mean_percentile_rank(model, train, test)
    assert got == pytest.approx(100)  # 가장 낮은 점수를 골랐습니다
    assert got == mean_percentile_rank(model, train.user_items, test.user_items)
    arrays = [sparse.csr_array(part.user_items) for part in (train, test)]
    assert got == mean_percentile_rank(model, *arrays)


def test_stored_zeros_and_disorder():
    scores, train, test = problem(seed=9)
    model = Scored(scores)
    expected = ranking_metrics_at_k(model, train, test)
    messy = []
    for table in (train, test):
        table = table.tocoo()
        extra = np.flatnonzero(np.r_[(train + test).toarray().ravel()] == 0)[:9]
        rows, columns = np.divmod(extra, table.shape[1])
        # 저장한 0을 더하고, 같은 칸을 둘로 나누고, 뒤집습니다.
        data = np.r_[table.data / 2, table.data / 2, np.zeros(9)]
        rows = np.r_[table.row, table.row, rows]
        columns = np.r_[table.col, table.col, columns]
        order = np.lexsort((-columns, rows))
        indptr = np.r_[0, np.cumsum(np.bincount(rows, minlength=table.shape[0]))]
        messy.append(
            sparse.csr_matrix((data[order], columns[order], indptr), table.shape)
        )
    before = [[part.data.copy(), part.indices.copy()] for part in messy]
    assert ranking_metrics_at_k(model, *messy) == expected
    assert mean_percentile_rank(model, *messy) == mean_percentile_rank(
        model, train, test
    )
    for table, (data, indices) in zip(messy, before, strict=True):
        np.testing.assert_array_equal(table.data, data)
        np.testing.assert_array_equal(table.indices, indices)


def test_coverage_by_hand():
    train = csr([[1, 0, 0, 0], [0, 0, 0, 0], [0, 0, 1, 1]])
    same = Scored(np.tile([4.0, 3, 2, 1], (3, 1)))
    assert coverage(same, train, K=1) == 2 / 4  # 1, 0, 0
    assert coverage(same, train, K=2) == 3 / 4  # 1 2, 0 1, 0 1
    assert coverage(same, train, K=9) == 1
    # 빈자리(−1)가 마지막 아이템으로 세어지지 않습니다.
    assert coverage(same, train[2:], K=9) == 2 / 4
    log = Interactions.from_events(["A", "B"], ["가", "나"])
    assert coverage(Scored(np.eye(2)), log, K=1) == 1


@pytest.mark.parametrize("progress", [False, True])
def test_progress_only_when_asked(hand, progress, capsys):
    mean_percentile_rank(*hand, progress=progress)
    ranking_metrics_at_k(*hand, progress=progress)
    coverage(*hand[:2], progress=progress)
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.count("평가: 100%") == (3 if progress else 0)


# ── 잘못된 모델과 자료 ───────────────────────────────────────────────────────


def broken(name, ids, scores):
    ids, scores = ids.copy(), scores.copy()
    if name == "nan":
        scores[0, 0] = np.nan
    elif name == "range":
        ids[0, 0] = 25
    elif name == "twice":
        ids[0, 1] = ids[0, 0]
    elif name == "hole":
        ids[0, 0] = -1
    elif name == "flat":
        return ids[0], scores[0]
    elif name == "short":
        return ids[1:], scores[1:]
    elif name == "ragged":
        return ids, scores[:, 1:]
    return ids, scores


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("nan", "model: 점수에 NaN.*다시 학습하십시오"),
        ("range", "추천한 번호 25.*25개"),
        ("twice", "같은 번호가 두 번"),
        ("hole", "중간에 빈자리"),
        ("flat", r"번호의 모양이 \(25,\).*2차원"),
        ("short", r"사용자 31명.*\(30, 25\)"),
        ("ragged", r"\(31, 25\).*\(31, 24\)"),
    ],
)
def test_a_model_that_breaks_its_word(name, words):
    scores, train, test = problem()
    model = Altered(scores, lambda *answer: broken(name, *answer))
    for metric in (mean_percentile_rank, ranking_metrics_at_k):
        with pytest.raises(ValueError, match=words):
            metric(model, train, test)


def test_a_model_that_ignores_the_filter():
    scores, train, test = problem()

    class Forgetful(Scored):
        def recommend(self, userid, user_items, N, filter_already_liked_items):
            return super().recommend(userid, user_items, N, False)

    with pytest.raises(ValueError, match="이미 본 것을 빼도록"):
        mean_percentile_rank(Forgetful(scores), train, test)
    mean_percentile_rank(Forgetful(scores), train, test, candidates="all")


@pytest.mark.parametrize(
    ("train", "test", "words"),
    [
        (csr(np.eye(3)), csr(np.eye(4)[:3]), "train과 test: 모양이 3×3.*3×4"),
        (csr(np.eye(3)), csr(np.zeros((3, 3))), "test: 상호작용이 하나도"),
        (csr(np.eye(3)), csr(np.eye(3)), 'test: 모두 train에도.*candidates="all"'),
        (csr(np.eye(3)).tocsc(), csr(np.eye(3)), "train: CSR 행렬.*CSC"),
        (csr(np.eye(3)), np.eye(3), "test: CSR 행렬.*ndarray"),
        (csr(np.eye(3)), csr(-np.eye(3)), r"test: \(0, 0\).*-1.*음수"),
        (csr(np.eye(3)), csr(np.eye(3) * np.nan), r"test: \(0, 0\).*NaN"),
    ],
)
def test_bad_tables(train, test, words):
    model = Scored(np.eye(3))
    for metric in (mean_percentile_rank, ranking_metrics_at_k):
        with pytest.raises(ValueError, match=words):
            metric(model, train, test)


def test_bad_arguments(hand):
    model, train, test = hand
    for metric in (mean_percentile_rank, ranking_metrics_at_k):
        with pytest.raises(TypeError, match=r"model: recommend를 가진.*csr_matrix"):
            metric(train, train, test)
    with pytest.raises(ValueError, match=r"K: 1 이상.*0입니다"):
        ranking_metrics_at_k(model, train, test, K=0)
    with pytest.raises(TypeError, match=r"K: 정수.*2\.0"):
        coverage(model, train, K=2.0)
    with pytest.raises(ValueError, match=r"train: CSR 행렬.*ndarray"):
        coverage(model, train.toarray())
    with pytest.raises(ValueError, match="candidates: 'seen'"):
        mean_percentile_rank(model, train, test, candidates="seen")
    with pytest.raises(TypeError, match=r"weighted: True나 False.*1입니다"):
        mean_percentile_rank(model, train, test, weighted=1)
    with pytest.raises(TypeError, match="per_user"):
        ranking_metrics_at_k(model, train, test, per_user="예")


# ── 오차 ─────────────────────────────────────────────────────────────────────


def test_errors_of_the_worked_example():
    example = rb.datasets.worked_example()
    predicted = example.U @ example.I.T
    assert rmse(example.R, predicted) == pytest.approx(0.501, abs=5e-4)
    assert mae(example.R, predicted) == pytest.approx(0.422, abs=5e-4)
    norm = np.linalg.norm(example.R - predicted)
    assert rmse(example.R, predicted) == pytest.approx(norm / 3, rel=1e-14)


def test_errors_by_hand():
    assert rmse([1, 2, 3], [1, 2, 7]) == pytest.approx(4 / math.sqrt(3))
    assert mae([1, 2, 3], [1, 0, 7]) == 2
    assert rmse(3, 5.0) == mae(3, 5.0) == 2
    # 부호 없는 정수끼리 빼도 넘치지 않습니다.
    assert mae(np.array([1], np.uint8), np.array([3], np.uint8)) == 2
    assert mae(np.array([3], np.uint8), np.array([1], np.uint8)) == 2


@pytest.mark.parametrize("error", [rmse, mae])
@pytest.mark.parametrize(
    ("true", "predicted", "kind", "words"),
    [
        ([1, 2], [1], ValueError, r"y_true와 y_pred.*\(2,\)와 \(1,\)"),
        ([[1], [2]], [1, 2], ValueError, "모양이"),
        ([], [], ValueError, "y_true: 비어"),
        ([1, 2], [1, np.nan], ValueError, "y_pred: NaN"),
        (["a"], [1], TypeError, "y_true: 수여야"),
    ],
)
def test_bad_errors(error, true, predicted, kind, words):
    with pytest.raises(kind, match=words):
        error(true, predicted)


# ── 쏠림 ─────────────────────────────────────────────────────────────────────


def test_gini_by_hand():
    assert gini([3, 3, 3]) == 0
    assert gini([0, 0, 0, 7]) == 3 / 4
    assert gini([1, 3]) == 1 / 4  # 로런츠 곡선이 (½, ¼)을 지납니다
    assert gini([5]) == 0


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=30).filter(any))
def test_gini_is_half_the_relative_mean_difference(counts):
    x = np.array(counts, np.float64)
    difference = np.abs(x[:, None] - x).mean()
    assert gini(counts) == pytest.approx(difference / (2 * x.mean()), abs=1e-12)
    assert gini(x * 3) == pytest.approx(gini(counts), abs=1e-12)
    assert gini(counts[::-1]) == gini(counts)


@pytest.mark.parametrize(
    ("counts", "error", "words"),
    [
        ([], ValueError, "counts: 비어"),
        ([1, -2], ValueError, r"counts: 음수\(-2\)"),
        ([0, 0], ValueError, "counts: 모두 0"),
        ([1, np.inf], ValueError, "counts: NaN이나 무한대"),
        ([[1, 2]], ValueError, "counts: 1차원이어야.*2차원"),
        (["a"], TypeError, "counts: 수여야"),
    ],
)
def test_bad_gini(counts, error, words):
    with pytest.raises(error, match=words):
        gini(counts)


# ── 부트스트랩 ───────────────────────────────────────────────────────────────


def test_interval_of_two_values():
    """0과 1을 두 번 뽑으면 평균이 0, ½, 1일 확률이 ¼, ½, ¼입니다."""
    assert bootstrap_interval([0, 1], level=0.95) == (0, 1)
    assert bootstrap_interval([0, 1], level=0.4) == (0.5, 0.5)


def test_interval_of_a_large_sample():
    """표본이 크면 평균 ± z·표준 오차에 가깝습니다."""
    sample = np.random.default_rng(0).normal(3, 2, 4000)
    error = sample.std() / math.sqrt(len(sample))
    for level in (0.8, 0.95):
        z = stats.norm.ppf((1 + level) / 2)
        low, high = bootstrap_interval(sample, level)
        assert low == pytest.approx(sample.mean() - z * error, abs=0.15 * error)
        assert high == pytest.approx(sample.mean() + z * error, abs=0.15 * error)


def test_interval_settings(monkeypatch):
    sample = np.random.default_rng(1).exponential(size=50)
    first = bootstrap_interval(sample)
    assert all(type(end) is float for end in first)
    assert bootstrap_interval(sample) == first
    assert bootstrap_interval(sample, random_state=1) != first
    assert bootstrap_interval(sample, n_resamples=100) != first
    fresh = [bootstrap_interval(sample, random_state=None) for _ in range(2)]
    assert fresh[0] != fresh[1]
    assert bootstrap_interval([2, 2, 2]) == (2, 2)
    monkeypatch.setattr(recbook.metrics, "_CELLS", 1)  # 한 번에 하나씩 뽑아도
    assert bootstrap_interval(sample) == first


def test_interval_of_a_metric():
    scores, train, test = problem(n=200)
    each = ranking_metrics_at_k(Scored(scores), train, test, per_user=True)
    low, high = bootstrap_interval(each["ndcg"])
    assert 0 <= low < each["ndcg"].mean() < high <= 1


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"values": [1]}, ValueError, "values: 값이 하나뿐"),
        ({"values": [1, np.nan]}, ValueError, r"values: NaN.*isfinite"),
        ({"level": 1}, ValueError, "level: 0보다 크고.*1입니다"),
        ({"level": "95%"}, TypeError, "level: 수여야"),
        ({"n_resamples": 0}, ValueError, "n_resamples: 1 이상"),
        ({"random_state": -1}, ValueError, "random_state"),
    ],
)
def test_bad_interval(options, error, words):
    with pytest.raises(error, match=words):
        bootstrap_interval(**{"values": [1, 2, 3], **options})


def test_docstring_examples():
    outcome = doctest.testmod(recbook.metrics)
    assert outcome.attempted
    assert not outcome.failed


# ── 목록 하나 ────────────────────────────────────────────────────────────────


def test_one_list_by_hand():
    """4장의 다섯 편짜리 목록: 후보 여덟, 정답은 2위, 4위, 7위."""
    scores = recbook.metrics.list_metrics_at_k([0, 1, 0, 1, 0, 0, 1, 0], K=5)
    gain, ideal = 1 / np.log2(3) + 1 / np.log2(5), 1 + 1 / np.log2(3) + 1 / 2
    expected = {
        "precision": 2 / 5,
        "recall": 2 / 3,
        "map": (1 / 2 + 2 / 4) / 3,
        "ndcg": gain / ideal,
        "hit_rate": 1.0,
        "auc": (4 + 3 + 1) / 15,
        "percentile_rank": 100 * (1 + 3 + 6) / 7 / 3,
    }
    assert scores == pytest.approx(expected, abs=1e-12)


def test_one_list_with_a_single_candidate_is_full_marks():
    scores = recbook.metrics.list_metrics_at_k([True], K=1)
    assert scores.pop("percentile_rank") == 0
    assert np.isnan(scores.pop("auc"))
    assert set(scores.values()) == {1.0}


@pytest.mark.parametrize(
    ("hits", "reason"),
    [
        ([0, 0, 0], "정답이 하나도"),
        ([0, 2, 1], "참과 거짓"),
        ([[1, 0]], "1차원"),
        ([], "비어"),
    ],
)
def test_one_list_refuses(hits, reason):
    with pytest.raises(ValueError, match=reason):
        recbook.metrics.list_metrics_at_k(hits)


@settings(deadline=None)  # 첫 번은 컴파일합니다
@given(
    scores=hnp.arrays(np.float32, (4, 7), elements=st.integers(-3, 3)),
    seed=st.integers(0, 2**32 - 1),
)
def test_tied_ranks_are_those_of_scipy(scores: np.ndarray, seed: int):
    rng = np.random.default_rng(seed)
    wanted = sparse.csr_array(rng.integers(0, 2, scores.shape))
    ranks = np.empty(wanted.nnz)
    kernels.tied_ranks(scores, wanted.indptr, wanted.indices, ranks)
    expected = stats.rankdata(-scores, axis=1) - 1
    np.testing.assert_array_equal(ranks, expected[wanted.nonzero()])
