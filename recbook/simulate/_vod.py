"""모의 VOD 구매 기록."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .. import _checks
from ..datasets import Interactions
from ._calendar import DAYS, LOGGED, NEVER, SEGMENTS, START, calendar_weights
from ._draw import (
    MOST_SPREAD,
    MOST_TASTE,
    USER_CONCENTRATION,
    Simulation,
    Truth,
    blocks,
    bounded,
    numbered,
    race,
    streams,
    tastes,
)
from ._households import Households, draw_households, shelf_shares
from ._titles import GENRES, KIDS, Titles, draw_titles, features, monthly

__all__ = ["VodSimulation", "VodTruth", "vod"]

Array = NDArray[Any]

_SERIES_PULL = 8.0  # 산 적이 있는 시리즈의 다른 편에 끌리는 배수
_REPEAT = 0.5  # 이미 산 편을 또 사는 정도. 영화는 다시 사지 않습니다.
_EVERGREEN = 3.0  # 키즈 작품의 수요는 이만큼 천천히 식습니다
_FREED_LIFT = 0.3  # 무료로 풀린 날 더해지는 수요(공개한 날의 수요가 1)


@dataclass(frozen=True, eq=False)
class VodTruth(Truth):
    """VOD 기록의 참값. `Truth`에 더해 다음이 있습니다.

    Attributes
    ----------
    segments : ndarray of str, shape (n_users,)
        가구의 부류: "일반", "키즈", "성인".
    shelf_shares : ndarray, shape (n_users, 3)
        가구가 일반, 키즈, 청소년 관람불가 선반에서 고르는 비율.
    shelves : ndarray of int, shape (n_items,)
        작품이 놓인 선반: 0 일반, 1 키즈, 2 청소년 관람불가.
    rates : ndarray, shape (n_users,)
        처음부터 있던 가구라면 반년 동안 살 편수의 기댓값 λ_u.
    release, freed : ndarray of datetime64[D], shape (n_items,)
        공개한 날과 무료로 풀리는 날(없으면 NaT). 3월에 풀리는 것까지 적혀 있습니다.
    half_life, floor : float
        수요의 반감기(일)와 다 식은 뒤에 남는 수요.
    """

    segments: Array
    shelf_shares: Array
    shelves: Array
    rates: Array
    release: Array
    freed: Array
    half_life: float
    floor: float

    def exposure(self, day: Any) -> Array:
        """그날 작품이 눈에 띄는 정도. 아직 공개하지 않은 작품은 0입니다.

        Parameters
        ----------
        day : datetime64 or str
            예: ``"2015-03-01"``.

        Returns
        -------
        ndarray, shape (n_items,)
        """
        today: Any = np.datetime64(day, "D")
        half_life = np.where(self.shelves == KIDS, _EVERGREEN, 1.0) * self.half_life
        age = (today - self.release).astype(float)
        demand = self.floor + (1 - self.floor) * 0.5 ** (age.clip(0) / half_life)
        since = np.where(self.freed <= today, today - self.freed, -1).astype(float)
        lift = _FREED_LIFT * 0.5 ** (since.clip(0) / half_life)
        return self.placement * (demand + lift * (since >= 0)) * (age >= 0)

    def preference(self, users: ArrayLike | None = None) -> Array:
        """노출을 뺀 선호. 선반을 고르는 비율에 선반 안에서의 선호를 곱합니다."""
        appeal = self.appeal(users)
        shares = self.shelf_shares[self._chosen(users)]
        for shelf in np.unique(self.shelves):
            inside = self.shelves == shelf
            total = appeal[:, inside].sum(axis=1, keepdims=True)
            appeal[:, inside] *= shares[:, shelf, None] / total
        return appeal / appeal.sum(axis=1, keepdims=True)


@dataclass(frozen=True, eq=False)
class VodSimulation(Simulation):
    """모의 VOD 기록 한 벌.

    Attributes
    ----------
    log : Interactions
        2014-09-01부터 2015-02-28까지의 구매. 한 번이 1입니다.
    march : Interactions
        숨겨 둔 2015년 3월의 구매. `users`와 `items`가 `log`와 같습니다.
    truth : VodTruth
        기록을 만든 참값.
    joined : ndarray of datetime64[D], shape (n_users,)
        가구가 가입한 날. 2014-09-01보다 앞이면 NaT입니다.
    """

    truth: VodTruth
    march: Interactions
    joined: Array


def vod(
    n_users: int = 6_000,
    n_items: int = 1_500,
    *,
    purchases: float = 10.5,
    dispersion: float = 0.5,
    taste: float = 1.0,
    popularity_spread: float = 1.35,
    half_life: float = 21.0,
    floor: float = 0.1,
    new_titles: int | None = None,
    weekend: float = 1.5,
    kids_households: float = 0.12,
    adult_households: float = 0.05,
    joining: float = 0.2,
    random_state: int | None = 0,
) -> VodSimulation:
    r"""모의 VOD 상점의 구매 기록을 만듭니다.

    구매 하나가 기록 하나이며 하루 단위입니다. 2015년 3월은 떼어 `march`에 숨깁니다.

    .. math::

        \lambda_u &\sim \mathrm{Gamma}(\text{평균 } \texttt{purchases},
            \text{모양 } \texttt{dispersion}), \qquad
            N_u \sim \mathrm{Poisson}(\lambda_u) \\
        P(\text{선반} = h) &\propto s_{uh}^{\tau}\, \bar s_h^{1-\tau} \\
        P(u \text{가 } t \text{일에 선반 } h \text{에서 고르는 작품} = i)
            &\propto x_i(t)\, q_i\, a_{ui}^{\tau}\, b_{ui}(t) \\
        x_i(t) &= e_i \left[ f + (1-f)\, 2^{-(t - t_i)/H} + 0.3 \cdot
            2^{-(t - t'_i)/H}\, \mathbf 1[t \ge t'_i] \right]
            \mathbf 1[t \ge t_i]

    x는 노출, q는 품질, a는 취향이 맞는 정도(`listening`과 같은 식)입니다. 곱 q·a^τ가
    선호이며, 노출과 선호가 함께 높아야 구매로 적힙니다. e는 첫 화면에 놓이는 정도,
    f는 다 식은 뒤에 남는 수요, H는 반감기, t_i는 공개한 날, t'_i는 무료로 풀린
    날입니다. b는 산 적 있는 영화면 0, 산 적 있는 시리즈의 다른 편이면 8^τ, 이미 산
    편이면 그 반, 그 밖에는 1입니다. s_u는 가구가 세 선반(일반, 키즈, 청소년 관람불가)을
    찾는 비율, s̄는 그 평균입니다. 구매한 날은 요일, 명절, 방학에 따라 다른 무게로
    뽑습니다.

    Parameters
    ----------
    n_users, n_items : int
        가구와 작품의 수. 3월에야 처음 사는 가구와 3월에 공개하는 작품도 들어 있습니다.
    purchases : float
        처음부터 있던 가구가 반년 동안 사는 편수의 평균(한 편도 안 사는 가구 포함).
    dispersion : float
        감마 분포의 모양. 작을수록 몇 가구에 쏠립니다.
    taste : float
        취향의 세기 τ. 0이면 모든 가구가 같은 확률로 고르고(선반과 시리즈도 가리지
        않습니다), 클수록 취향이 갈립니다.
    popularity_spread : float
        로그 e의 표준편차.
    half_life : float
        공개하고 나서 수요가 반으로 식는 날수 H. 키즈 작품은 세 배 천천히 식습니다.
    floor : float
        다 식은 뒤에 남는 수요 f. 공개한 날의 수요가 1입니다.
    new_titles : int, optional
        한 달에 공개하는 작품의 수. 없으면 작품의 25분의 1.
    weekend : float
        평일이 1일 때 토요일과 일요일의 무게.
    kids_households, adult_households : float
        키즈 가구와 성인 가구의 비율. 나머지는 일반 가구입니다.
    joining : float
        2014-09-01부터 2015-03-31 사이에 가입한 가구의 비율. 아무것도 사지 않은 가구는
        자료에 들지 않으므로, 만든 자료에서는 이보다 작습니다.
    random_state : int or None
        난수 시드. None이면 부를 때마다 다릅니다.

    Returns
    -------
    VodSimulation
        `log`와 `march`의 `item_features`는 ``"title"``, ``"genre"``,
        ``"level"``(관람 등급), ``"kids"``(bool), ``"series"``(시리즈 이름이나 빈 글자),
        ``"release"``(공개한 날), ``"freed"``(무료로 풀린 날, 없으면 NaT)입니다. 앞날의
        무료 전환이 새지 않도록 2015-02-28까지 풀린 것만 적혀 있습니다.

    Raises
    ------
    TypeError, ValueError
        인자가 수가 아니거나 범위를 벗어날 때.

    Notes
    -----
    가구와 작품마다 5바이트인 표를 씁니다. 6,000 × 1,500이면 45MB입니다.

    Examples
    --------
    >>> shop = vod(n_users=40, n_items=100, random_state=1)
    >>> shop.log.shape == shop.march.shape == (40, 100)
    True
    """
    n_users = _checks.integer(n_users, "n_users", 1)
    n_items = _checks.integer(n_items, "n_items", 25)
    purchases = _checks.positive(purchases, "purchases", 10.5)
    bounded(purchases, "purchases", n_items, 10.5)
    dispersion = _checks.positive(dispersion, "dispersion", 0.5)
    taste = bounded(taste, "taste", MOST_TASTE, 1)
    spread = bounded(popularity_spread, "popularity_spread", MOST_SPREAD, 1.35)
    half_life = _checks.positive(half_life, "half_life", 21)
    floor = bounded(floor, "floor", 1, 0.1)
    new_titles = monthly(new_titles, n_items)
    weekend = _checks.positive(weekend, "weekend", 1.5)
    kids = bounded(kids_households, "kids_households", 1, 0.12)
    adult = bounded(adult_households, "adult_households", 1, 0.05)
    if kids + adult > 1:
        raise ValueError(
            f"kids_households와 adult_households: 더하면 1을 넘습니다({kids:g} + "
            f"{adult:g}). 합이 1 이하가 되게 줄여 주십시오."
        )
    joining = bounded(joining, "joining", 1, 0.2)
    rng = streams(
        random_state, ("names", "titles", "households", "tastes", "days", "choices")
    )
    titles = draw_titles(rng["titles"], n_items, new_titles, spread)
    calendar = calendar_weights(weekend)
    segments = (max(1 - kids - adult, 0.0), kids, adult)
    buying = (purchases, dispersion, joining)
    households = draw_households(rng["households"], n_users, segments, buying, calendar)
    genre_shares = np.array(list(GENRES.values()))
    truth = VodTruth(
        genres=tuple(GENRES),
        user_genres=tastes(rng["tastes"], n_users, USER_CONCENTRATION, genre_shares),
        item_genres=titles.genres,
        genre_shares=genre_shares,
        quality=titles.quality,
        placement=titles.placement,
        taste=taste,
        segments=np.array(SEGMENTS)[households.segment],
        shelf_shares=shelf_shares(rng["tastes"], households.segment, taste),
        shelves=titles.shelf,
        rates=households.rate,
        release=titles.release,
        freed=titles.freed,
        half_life=half_life,
        floor=floor,
    )
    events = _choose(truth, titles, households, calendar, rng)
    labels = numbered("가구 ", n_users), numbered("V", n_items)
    described = features(titles, rng["names"])
    logged = events.day < LOGGED
    return VodSimulation(
        log=_interactions(events, logged, labels, described),
        truth=truth,
        march=_interactions(events, ~logged, labels, described),
        joined=np.where(households.joined > 0, START + households.joined, NEVER),
    )


class _Events(NamedTuple):
    user: Array
    item: Array
    day: Array


def _choose(
    truth: VodTruth,
    titles: Titles,
    households: Households,
    calendar: Array,
    rng: dict[str, Any],
) -> _Events:
    """모든 구매를 날의 순서로. 하루 안에서는 가구의 순서입니다."""
    demand = _demand(truth, households, calendar, rng["days"])
    purchases = _Purchases(truth, titles)
    parts = []
    for number, shelf, users, counts in demand:
        today = DAYS[number]
        user, item = purchases.choose(rng["choices"], today, shelf, users, counts)
        parts.append((user, item, np.full(len(item), number)))
    user, item, day = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.lexsort((item, user, day))
    return _Events(user[order], item[order], day[order])


def _demand(
    truth: VodTruth, households: Households, calendar: Array, rng: Any
) -> Iterator[tuple[int, int, Array, Array]]:
    """(날, 선반)마다 사는 가구와 편수를 날의 순서로."""
    joined, n_users = households.joined, len(households.rate)
    spans = (
        (households.logged, np.minimum(joined, LOGGED), LOGGED),
        (households.hidden, np.maximum(joined, LOGGED), len(DAYS)),
    )
    user, day = np.concatenate(
        [_days(rng, *span, households.segment, calendar) for span in spans], axis=1
    )
    edges = truth.shelf_shares.cumsum(axis=1)[user, :2]
    shelf = (rng.random(len(user))[:, None] >= edges).sum(axis=1)
    codes, counts = np.unique((3 * day + shelf) * n_users + user, return_counts=True)
    group, user = np.divmod(codes, n_users)
    starts = np.flatnonzero(np.diff(group, prepend=-1))
    for start, stop in pairwise([*starts, len(codes)]):
        day_shelf = divmod(int(group[start]), 3)
        yield *day_shelf, user[start:stop], counts[start:stop]


def _days(
    rng: Any, counts: Array, first: Array, last: int, segment: Array, calendar: Array
) -> Array:
    """구매마다 가구와 날, shape (2, n). 날은 가구의 `first`부터 `last` 앞까지입니다."""
    user = np.repeat(np.arange(len(counts)), counts)
    rows = segment[user]
    low, high = calendar[rows, first[user]], calendar[rows, last]
    mark = low + (high - low) * rng.random(len(user))
    day = np.empty(len(user), np.int64)
    for row, cumulative in enumerate(calendar):
        mine = rows == row
        day[mine] = np.searchsorted(cumulative, mark[mine], side="right") - 1
    return np.stack([user, np.minimum(day, last - 1)])  # 반올림으로 넘친 것을 막습니다


class _Purchases:
    """가구가 무엇을 샀는지 기억하면서, 하루에 한 선반씩 고릅니다."""

    def __init__(self, truth: VodTruth, titles: Titles) -> None:
        n_users, n_items = len(truth.segments), len(titles.shelf)
        self._truth, self._titles = truth, titles
        self._appeal = np.empty((n_users, n_items), np.float32)
        for users in blocks(n_users):
            self._appeal[users] = truth.appeal(users)
        self._owned = np.zeros((n_users, n_items), bool)
        # 마지막 열은 시리즈가 아닌 작품의 몫이며 늘 거짓입니다.
        self._followed = np.zeros((n_users, titles.series.max() + 2), bool)
        self._again = np.where(titles.series >= 0, _REPEAT, 0.0)
        self._pull = _SERIES_PULL**truth.taste

    def choose(
        self, rng: Any, today: Any, shelf: int, users: Array, counts: Array
    ) -> tuple[Array, Array]:
        """사는 가구와 작품. 살 만한 작품이 모자라면 있는 만큼만 삽니다."""
        titles = self._titles
        items = np.flatnonzero((titles.shelf == shelf) & (titles.release <= today))
        cells = np.ix_(users, items)
        weights = self._appeal[cells] * self._truth.exposure(today)[items]
        weights *= np.where(self._owned[cells], self._again[items], 1.0)
        followed = self._followed[np.ix_(users, titles.series[items])]
        weights *= np.where(followed, self._pull, 1.0)
        rows, columns = race(rng, weights, counts)
        user, item = users[rows], items[columns]
        self._owned[user, item] = True
        self._followed[user, titles.series[item]] = True
        self._followed[users, -1] = False
        return user, item


def _interactions(
    events: _Events,
    keep: Array,
    labels: tuple[Array, Array],
    features: dict[str, Array],
) -> Interactions:
    if not keep.any():
        raise ValueError(
            "n_users와 purchases: 구매가 하나도 없는 기간이 생겼습니다. 더 큰 수를 "
            "주십시오. 예: n_users=1000, purchases=10.5."
        )
    days = START + events.day[keep]
    users, items = labels
    return Interactions(
        user_index=events.user[keep],
        item_index=events.item[keep],
        values=np.ones(keep.sum(), np.float32),
        timestamps=days,
        users=users,
        items=items,
        item_features=features,
    )
