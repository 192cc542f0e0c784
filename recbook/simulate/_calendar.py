"""VOD 기록의 날짜: 기간, 요일, 명절, 방학."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["CUTOFF", "DAYS", "LOGGED", "NEVER", "SEGMENTS", "START", "calendar_weights"]

Array = NDArray[Any]

START = np.datetime64("2014-09-01", "D")
CUTOFF = np.datetime64("2015-03-01", "D")
"""이날부터는 기록(`log`)에 없고 숨겨 둔 3월(`march`)에 있습니다."""

NEVER = np.datetime64("NaT", "D")
DAYS = np.arange(START, np.datetime64("2015-04-01", "D"))
LOGGED = int((CUTOFF - START).astype(int))
"""기록에 든 날의 수."""

SEGMENTS = ("일반", "키즈", "성인")
"""가구의 부류."""

# 하루의 무게. 명절과 연말은 주말보다도 붐빕니다.
_PEAK = 1.9
_PEAKS = (
    ("2014-09-06", "2014-09-10"),  # 추석 연휴(대체 휴일까지)
    ("2014-12-24", "2014-12-25"),
    ("2014-12-31", "2015-01-01"),
    ("2015-02-18", "2015-02-22"),  # 설 연휴와 이어진 주말
)
_HOLIDAYS = ("2014-10-03", "2014-10-09")  # 주말만큼 붐비는 공휴일
_SCHOOL_HOLIDAYS = (("2014-12-24", "2015-01-31"), ("2015-02-14", "2015-02-28"))
_SCHOOL_HOLIDAY = 1.4  # 방학에 키즈 가구가 느는 만큼


def calendar_weights(weekend: float) -> Array:
    """부류와 날마다의 무게를 앞에서부터 더한 것, shape (3, n_days + 1)."""
    weekday = (DAYS.astype(np.int64) + 3) % 7  # 1970-01-01은 목요일
    weights = np.where(weekday >= 5, weekend, 1.0)
    weights[np.isin(DAYS, np.array(_HOLIDAYS, "M8[D]"))] = weekend
    weights[_within(_PEAKS)] = _PEAK
    by_segment = np.tile(weights, (len(SEGMENTS), 1))
    by_segment[SEGMENTS.index("키즈"), _within(_SCHOOL_HOLIDAYS)] *= _SCHOOL_HOLIDAY
    return np.pad(by_segment.cumsum(axis=1), ((0, 0), (1, 0)))


def _within(spans: tuple[tuple[str, str], ...]) -> NDArray[np.bool_]:
    inside = np.zeros(len(DAYS), bool)
    for first, last in np.array(spans, "M8[D]"):
        inside |= (first <= DAYS) & (last >= DAYS)
    return inside
