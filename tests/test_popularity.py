"""인기도: 손으로 센 값에 견준다."""

from __future__ import annotations

import doctest

import numpy as np
import pytest

import recbook as rb
import recbook.models.popularity
from recbook.datasets import Interactions

DAY = 86_400
# 누가, 무엇을, 며칠째에, 몇 번
EVENTS = [
    ("A", "가", 0, 5),
    ("A", "가", 10, 1),
    ("B", "가", 4, 2),
    ("B", "나", 10, 1),
    ("C", "나", 9, 1),
    ("C", "다", 2, 40),
    ("C", "라", 10, 0),
]


@pytest.fixture
def log():
    users, items, days, values = zip(*EVENTS, strict=True)
    return Interactions.from_events(
        users, items, values, np.array(days, np.int64) * DAY
    )


def scores(log, **options):
    model = rb.Popularity(**options).fit(log)
    return dict(zip(log.items.tolist(), model.item_scores.tolist(), strict=True))


def test_people_or_plays(log):
    assert scores(log) == {"가": 2, "나": 2, "다": 1, "라": 0}
    assert scores(log, count="values") == {"가": 8, "나": 2, "다": 40, "라": 0}


def test_a_log_and_its_matrix_agree_without_time(log):
    for count in ("users", "values"):
        model = rb.Popularity(count).fit(log.user_items)
        expected = rb.Popularity(count).fit(log).item_scores
        np.testing.assert_array_equal(model.item_scores, expected)


def test_window_keeps_the_last_days(log):
    # 마지막 기록은 10일째. 6일 창에는 5일째부터 들어갑니다(4일째는 정확히 6일 전).
    assert scores(log, window=6) == {"가": 1, "나": 2, "다": 0, "라": 0}
    assert scores(log, window=6.5) == {"가": 2, "나": 2, "다": 0, "라": 0}
    assert scores(log, window=1, count="values") == {
        "가": 1,
        "나": 1,
        "다": 0,
        "라": 0,
    }


def test_half_life_weighs_the_newest_event_of_a_person(log):
    # A의 가는 10일째 것(무게 1), B의 가는 6일 전(½), C의 나는 하루 전.
    found = scores(log, half_life=6)
    assert found["가"] == pytest.approx(1 + 0.5)
    assert found["나"] == pytest.approx(1 + 0.5 ** (1 / 6))
    assert found["다"] == pytest.approx(0.5 ** (8 / 6))
    assert found["라"] == 0
    found = scores(log, half_life=6, count="values")
    assert found["가"] == pytest.approx(5 * 0.5 ** (10 / 6) + 1 + 2 * 0.5)
    assert found["다"] == pytest.approx(40 * 0.5 ** (8 / 6))


def test_window_and_half_life_together(log):
    found = scores(log, window=6, half_life=6)
    assert found["가"] == 1
    assert found["나"] == pytest.approx(1 + 0.5 ** (1 / 6))


def test_order_of_events_does_not_matter(log):
    shuffled = np.random.default_rng(0).permutation(len(log))
    other = Interactions(
        user_index=log.user_index[shuffled],
        item_index=log.item_index[shuffled],
        values=log.values[shuffled],
        timestamps=log.timestamps[shuffled],
        users=log.users,
        items=log.items,
    )
    for options in ({"half_life": 3}, {"window": 5}, {"count": "values"}):
        assert scores(other, **options) == pytest.approx(scores(log, **options))


def test_time_is_needed_for_time(log):
    for option in ("window", "half_life"):
        model = rb.Popularity(**{option: 7})
        with pytest.raises(ValueError, match=f"{option}를 쓰려면"):
            model.fit(log.user_items)
        timeless = Interactions.from_events(["A"], ["가"])
        with pytest.raises(ValueError, match="때가 적히지 않은"):
            model.fit(timeless)
        assert model.item_scores is None


@pytest.mark.parametrize("name", ["window", "half_life"])
@pytest.mark.parametrize(
    ("value", "error"),
    [(0, ValueError), (-1, ValueError), (np.inf, ValueError), ("7", TypeError)],
)
def test_bad_days(name, value, error):
    with pytest.raises(error, match=name):
        rb.Popularity(**{name: value})


def test_bad_count():
    with pytest.raises(ValueError, match="count"):
        rb.Popularity("plays")


def test_the_reader_who_was_never_seen(log):
    model = rb.Popularity().fit(log)
    new = log.user_items[[2]]
    guests = model.fold_in(new)
    ids, _ = guests.recommend(0, new)
    np.testing.assert_array_equal(ids, [0, 3])
    with pytest.raises(IndexError):
        guests.recommend(1, new)


def test_saves_its_settings_and_time_weights(log, tmp_path):
    model = rb.Popularity("values", window=6, half_life=2.5).fit(log)
    model.save(tmp_path / "인기.npz")
    again = rb.Popularity.load(tmp_path / "인기.npz")
    assert repr(again) == repr(model)
    np.testing.assert_array_equal(again.item_scores, model.item_scores)


def test_docstring_example():
    assert doctest.testmod(recbook.models.popularity).failed == 0
