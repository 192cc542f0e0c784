"""모의 VOD 상점의 작품."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .. import _checks
from . import _names
from ._calendar import CUTOFF, DAYS, NEVER, START
from ._draw import ITEM_CONCENTRATION, QUALITY_SPREAD, lognormal, tastes

__all__ = [
    "ADULT",
    "GENERAL",
    "GENRES",
    "KIDS",
    "Titles",
    "draw_titles",
    "features",
    "monthly",
]

Array = NDArray[Any]

GENERAL, KIDS, ADULT = range(3)
"""작품이 놓인 선반: 일반, 키즈, 청소년 관람불가."""

GENRES = {
    "드라마": 0.22,
    "액션": 0.20,
    "코미디": 0.18,
    "스릴러": 0.16,
    "로맨스": 0.14,
    "SF": 0.10,
}
_KIDS_GENRE = "키즈"
_KIDS_TITLES = 0.12
_ADULT_TITLES = 0.10
_LEVELS = ("전체", "12세", "15세")  # 일반 선반의 등급과 비율
_LEVEL_SHARES = (0.10, 0.35, 0.55)
_YOUNG = 0.25  # 키즈 작품 가운데 7세 등급의 비율

_IN_SERIES = 0.8  # 키즈 작품 가운데 시리즈의 한 편인 것의 비율
_EPISODES = 8  # 시리즈 하나의 평균 편수

_CATALOGUE_AGE = 500.0  # 2014년 9월에 이미 있던 작품이 나온 지 지난 날의 평균
_FREED = 0.5  # 언젠가 무료로 풀리는 작품의 비율
_FREED_AFTER = (90, 240)  # 공개하고 나서 무료로 풀리기까지의 날


class Titles(NamedTuple):
    """공개한 순서로 늘어놓은 작품."""

    release: Array  # datetime64[D]
    freed: Array  # datetime64[D]
    shelf: Array
    series: Array  # 시리즈 번호. 시리즈가 아니면 -1.
    genres: Array  # 장르 구성
    level: Array
    quality: Array
    placement: Array


def draw_titles(rng: Any, n_items: int, new_titles: int, spread: float) -> Titles:
    """작품 `n_items`편. 달마다 `new_titles`편이 새로 나오고 나머지는 옛것입니다."""
    release = _release(rng, n_items, new_titles)
    kinds = (1 - _KIDS_TITLES - _ADULT_TITLES, _KIDS_TITLES, _ADULT_TITLES)
    shelf = rng.choice(3, n_items, p=kinds)
    series, lead = _series(rng, shelf == KIDS)
    genres = tastes(rng, n_items, ITEM_CONCENTRATION, np.array(list(GENRES.values())))
    # 한 시리즈의 편들은 장르, 등급, 품질, 노출을 함께 합니다.
    return Titles(
        release=release,
        freed=_freed(rng, release),
        shelf=shelf,
        series=series,
        genres=genres[lead],
        level=_levels(rng, shelf)[lead],
        quality=lognormal(rng, n_items, QUALITY_SPREAD)[lead],
        placement=lognormal(rng, n_items, spread)[lead],
    )


def _release(rng: Any, n_items: int, new_titles: int) -> Array:
    """공개한 날. 앞선 날부터."""
    months = DAYS.astype("datetime64[M]")
    fresh = [
        rng.choice(DAYS[months == month], new_titles) for month in np.unique(months)
    ]
    n_old = n_items - sum(map(len, fresh))
    age = 1 + rng.exponential(_CATALOGUE_AGE, n_old).astype(np.int64)
    return np.sort(np.concatenate([START - age, *fresh]))


def _freed(rng: Any, release: Array) -> Array:
    """무료로 풀리는 날. 풀리지 않으면 NaT."""
    first, last = _FREED_AFTER
    freed = release + rng.integers(first, last, len(release), endpoint=True)
    freed[rng.random(len(release)) >= _FREED] = np.datetime64("NaT")
    return freed


def _series(rng: Any, kids: NDArray[np.bool_]) -> tuple[Array, Array]:
    """작품마다 시리즈 번호(없으면 -1)와 그 시리즈 첫 편의 자리(없으면 제자리)."""
    series = np.full(len(kids), -1)
    episodes = np.flatnonzero(kids & (rng.random(len(kids)) < _IN_SERIES))
    n_series = max(1, round(len(episodes) / _EPISODES))
    _, first, number = np.unique(
        rng.integers(0, n_series, len(episodes)),
        return_index=True,
        return_inverse=True,
    )
    series[episodes] = number
    lead = np.arange(len(kids))
    lead[episodes] = episodes[first][number]
    return series, lead


def _levels(rng: Any, shelf: Array) -> Array:
    general = np.array(_LEVELS)[rng.choice(3, len(shelf), p=_LEVEL_SHARES)]
    kids = np.where(rng.random(len(shelf)) < _YOUNG, "7세", "전체")
    return np.choose(shelf, [general, kids, "청소년 관람불가"])


def monthly(new_titles: int | None, n_items: int) -> int:
    """한 달에 공개하는 작품의 수."""
    if new_titles is None:
        return n_items // 25
    new_titles = _checks.integer(new_titles, "new_titles", 0)
    months = len(np.unique(DAYS.astype("datetime64[M]")))
    if months * new_titles >= n_items:
        raise ValueError(
            f"new_titles: 한 달에 {new_titles:,}편씩 {months}달이면 "
            f"{months * new_titles:,}편인데 n_items={n_items:,}입니다. "
            f"new_titles를 {(n_items - 1) // months:,} 이하로 줄이거나 n_items를 "
            "늘려 주십시오."
        )
    return new_titles


def features(titles: Titles, rng: Any) -> dict[str, Array]:
    """분석하는 사람이 2015-02-28에 보는 작품의 정보."""
    kids = titles.shelf == KIDS
    genre = np.array(list(GENRES))[titles.genres.argmax(axis=1)]
    title, series = _name(rng, titles)
    known = titles.freed < CUTOFF
    return {
        "title": title,
        "genre": np.where(kids, _KIDS_GENRE, genre),
        "level": titles.level,
        "kids": kids,
        "series": series,
        "release": titles.release,
        "freed": np.where(known, titles.freed, NEVER),
    }


def _name(rng: Any, titles: Titles) -> tuple[Array, Array]:
    """작품의 제목과 시리즈의 이름(시리즈가 아니면 빈 글자)."""
    kids = titles.shelf == KIDS
    n_series = int(titles.series.max()) + 1
    children = _names.kids(rng, n_series + int(kids.sum()))
    films = iter(_names.films(rng, len(kids)))
    singles = iter(children[n_series:])
    episodes = [0] * n_series
    title, series = [], []
    for number, child in zip(titles.series.tolist(), kids, strict=True):
        if number < 0:
            title.append(next(singles if child else films))
            series.append("")
            continue
        episodes[number] += 1
        title.append(f"{children[number]} {episodes[number]}화")
        series.append(children[number])
    return np.array(title), np.array(series)
