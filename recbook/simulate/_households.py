"""모의 VOD 상점의 가구."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ._calendar import DAYS, LOGGED

__all__ = ["Households", "draw_households", "shelf_shares"]

Array = NDArray[Any]


class Households(NamedTuple):
    """가구마다 한 자리."""

    segment: Array  # SEGMENTS에서의 자리
    joined: Array  # START부터 센 날. 처음부터 있던 가구는 0.
    rate: Array
    logged: Array  # 기록에 든 구매의 수
    hidden: Array  # 3월에 한 구매의 수


def draw_households(
    rng: Any,
    n_users: int,
    segments: tuple[float, float, float],
    buying: tuple[float, float, float],
    calendar: Array,
) -> Households:
    """한 편이라도 산 가구 `n_users`곳. 사지 않은 가구는 자료에 들지 않습니다."""
    found: list[Households] = []
    for _ in range(100):
        drawn = _candidates(rng, max(n_users, 1_000), segments, buying, calendar)
        buys = drawn.logged + drawn.hidden > 0
        found.append(Households(*(column[buys] for column in drawn)))
        if sum(len(part.rate) for part in found) >= n_users:
            columns = zip(*found, strict=True)
            return Households(*(np.concatenate(each)[:n_users] for each in columns))
    raise ValueError(
        f"purchases와 dispersion: 거의 모든 가구가 아무것도 사지 않습니다"
        f"({buying[0]:g}, {buying[1]:g}). 더 큰 수를 주십시오. "
        "예: purchases=10.5, dispersion=0.5."
    )


def _candidates(
    rng: Any,
    size: int,
    segments: tuple[float, float, float],
    buying: tuple[float, float, float],
    calendar: Array,
) -> Households:
    purchases, dispersion, joining = buying
    segment = rng.choice(3, size, p=segments)
    arrival = rng.integers(1, len(DAYS), size)
    joined = np.where(rng.random(size) < joining, arrival, 0)
    rate = rng.gamma(dispersion, purchases / dispersion, size)
    cumulative = calendar[segment]
    rows = np.arange(size)
    whole = cumulative[:, LOGGED]
    logged = whole - cumulative[rows, np.minimum(joined, LOGGED)]
    hidden = cumulative[:, -1] - cumulative[rows, np.maximum(joined, LOGGED)]
    return Households(
        segment,
        joined,
        rate,
        rng.poisson(rate * logged / whole),
        rng.poisson(rate * hidden / whole),
    )


def shelf_shares(rng: Any, segment: Array, taste: float) -> Array:
    """가구마다 세 선반에서 고르는 비율. 행의 합은 1입니다."""
    size = len(segment)
    # 부류마다 한 줄: 일반, 키즈, 성인. 일반 가구의 키즈 비율은 MovieLens의 Children
    # 장르에서 잰 것(중앙값 .08, 99백분위 .38)과 비슷합니다. 나머지는 가정입니다.
    kids = np.choose(
        segment,
        [rng.beta(1.3, 14, size), rng.uniform(0.6, 0.9, size), np.full(size, 0.02)],
    )
    adult = np.choose(
        segment,
        [rng.beta(1, 11, size), np.full(size, 0.02), rng.uniform(0.5, 0.8, size)],
    )
    own = np.stack([(1 - kids) * (1 - adult), kids, (1 - kids) * adult], axis=1)
    blended = own**taste * own.mean(axis=0) ** (1 - taste)
    return blended / blended.sum(axis=1, keepdims=True)
