"""훈련 데이터와 테스트 데이터로 나누기: 시간 기준 분할, 홀드아웃, 사용자마다 k개.

세 함수 모두 받은 자료를 겹치지 않게 둘로 나눕니다. 둘을 합치면 처음 자료와 같습니다.
모양도 그대로라서 사용자와 아이템의 번호가 양쪽에서 같은 뜻입니다. 받은 자료는 바꾸지
않으며, 같은 시드는 같은 결과를 냅니다.
"""

import dataclasses
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recbook import _checks
from recbook.datasets import Interactions

__all__ = ["holdout", "leave_k_out", "temporal"]

Array = NDArray[Any]
Moment = str | date | datetime | np.datetime64 | float

_CUTOFF_REMEDY = (
    '날짜나 시각을 주십시오. 예: cutoff="2015-02-01", cutoff="2015-02-01T09:00".'
)


def temporal(log: Interactions, cutoff: Moment) -> tuple[Interactions, Interactions]:
    """한 시각을 기준으로 앞은 훈련 데이터, 뒤는 테스트 데이터로 나눕니다.

    모든 사용자에게 같은 시각을 씁니다. 그래야 훈련 데이터에 누구의 미래도 섞이지
    않습니다.

    Parameters
    ----------
    log : Interactions
        `timestamps`가 있는 기록.
    cutoff : str, date, datetime, datetime64 or float
        나누는 시각. 이보다 앞선 기록은 train, 바로 이때거나 뒤인 기록은 test로
        갑니다. 글자는 ISO 8601, 수는 유닉스 시각(초)입니다. 날짜만 있으면 그날
        0시입니다. 시간대가 없으면 `log.timestamps`와 같은 시계, 곧 UTC로 봅니다.

    Returns
    -------
    train, test : Interactions
        `users`, `items`, `item_features`는 `log`와 같습니다. 따라서 두
        ``.user_items``의 모양도 같습니다.

    Raises
    ------
    ValueError
        기록에 때가 없거나, `cutoff`를 읽을 수 없거나, 한쪽이 빌 때.
    TypeError
        `log`가 기록이 아니거나 `cutoff`가 날짜도 시각도 아닐 때.

    Notes
    -----
    검증 데이터도 필요하면 두 번 나눕니다: 먼저 test를 떼고, 남은 train을 더 이른
    시각으로 다시 나눕니다.

    Examples
    --------
    >>> log = Interactions.from_events(
    ...     ["A", "B", "A"], ["가", "가", "나"],
    ...     timestamps=np.array(["2015-01-30", "2015-01-31", "2015-02-01"], "M8[D]"),
    ... )
    >>> train, test = temporal(log, cutoff="2015-02-01")
    >>> len(train), len(test), train.shape == test.shape
    (2, 1, True)
    """
    if not isinstance(log, Interactions):
        raise TypeError(
            f"log: 기록(Interactions)이어야 하는데 {type(log).__name__}입니다. "
            "행렬에는 때가 없으니 rb.datasets의 기록을 주거나 holdout을 쓰십시오."
        )
    if log.timestamps is None:
        raise ValueError(
            "log: 기록마다의 때(timestamps)가 없어 시간으로 나눌 수 없습니다. "
            "때가 있는 기록을 주거나 holdout이나 leave_k_out을 쓰십시오."
        )
    times = log.timestamps
    before = times < _seconds(cutoff)
    if before.all() or not before.any():
        first, last = (
            np.datetime64(int(edge), "s").astype("datetime64[D]")
            for edge in (times.min(), times.max())
        )
        empty = "테스트" if before.all() else "훈련"
        raise ValueError(
            f"cutoff: {cutoff}에서 나누면 {empty} 데이터가 빕니다. log의 기록은 "
            f"{first}부터 {last}까지입니다(UTC). 그 사이의 때를 주십시오."
        )

    def part(chosen: Array) -> Interactions:
        return dataclasses.replace(
            log,
            user_index=log.user_index[chosen],
            item_index=log.item_index[chosen],
            values=log.values[chosen],
            timestamps=times[chosen],
        )

    return part(before), part(~before)


def _seconds(cutoff: Any) -> float:
    """유닉스 시각(초)."""
    moment = cutoff
    if isinstance(moment, str):
        try:
            moment = datetime.fromisoformat(moment)
        except ValueError as error:
            raise ValueError(
                f"cutoff: {cutoff!r}를 날짜로 읽을 수 없습니다. {_CUTOFF_REMEDY}"
            ) from error
    if isinstance(moment, date) and not isinstance(moment, datetime):
        moment = datetime(moment.year, moment.month, moment.day)
    if isinstance(moment, datetime):
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        moment = (aware - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(seconds=1)
    elif isinstance(moment, np.datetime64):
        moment = (moment - np.datetime64(0, "s")) / np.timedelta64(1, "s")
    return _checks.number(moment, "cutoff", _CUTOFF_REMEDY)


def holdout(
    user_items: Any, fraction: float = 0.1, random_state: int | None = 0
) -> tuple[sparse.csr_matrix, sparse.csr_matrix]:
    """저장한 원소 가운데 일부를 무작위로 골라 테스트 데이터로 뗍니다.

    Johnson (2014)의 방식입니다. 횟수를 나누는 것이 아니라 (사용자, 아이템) 칸을
    통째로 뗍니다.

    Parameters
    ----------
    user_items : sparse matrix or Interactions, shape (n_users, n_items)
        CSR 행렬, 또는 ``.user_items``를 가진 기록. 다른 희소 형식은 경고하고 CSR로
        바꿉니다. 저장한 0도 원소 하나로 세고, 같은 칸이 여러 번 나오면 더합니다.
    fraction : float, default 0.1
        떼어 낼 원소의 비율. 0과 1 사이입니다. 개수는 반올림합니다.
    random_state : int or None, default 0
        난수 시드. None이면 부를 때마다 다릅니다.

    Returns
    -------
    train, test : scipy.sparse.csr_matrix, shape (n_users, n_items)
        값과 형은 `user_items`와 같습니다.

    Raises
    ------
    ValueError
        비율이 0과 1 사이가 아니거나, 어느 한쪽이 비게 될 때.
    TypeError
        `user_items`가 희소 행렬이 아닐 때.

    Notes
    -----
    사용자마다 훈련 데이터가 남는다는 보장은 없습니다. 원소가 적은 사용자는 모두 test로
    갈 수 있고, 그러면 모델은 그 사용자를 전혀 모르는 채 평가받습니다. 한 원소라도 꼭
    남겨야 하면 `leave_k_out`을 쓰십시오.
    """
    table = _table(user_items)
    remedy = "0과 1 사이의 수를 주십시오. 예: fraction=0.1."
    share = _checks.number(fraction, "fraction", remedy)
    if not 0 < share < 1:
        raise ValueError(
            f"fraction: 0보다 크고 1보다 작아야 하는데 {fraction}입니다. {remedy}"
        )
    n_test = round(share * table.nnz)
    if not 0 < n_test < table.nnz:
        empty = "훈련" if n_test else "테스트"
        raise ValueError(
            f"fraction: 원소가 {table.nnz:,}개라 {fraction}을(를) 떼면 {empty} "
            "데이터가 빕니다. 비율을 바꾸거나 원소가 더 많은 행렬을 주십시오."
        )
    random = np.random.default_rng(_checks.seed(random_state))
    to_test = np.zeros(table.nnz, bool)
    to_test[random.choice(table.nnz, n_test, replace=False, shuffle=False)] = True
    return _divide(table, to_test)


def leave_k_out(
    user_items: Any, k: int = 1, random_state: int | None = 0
) -> tuple[sparse.csr_matrix, sparse.csr_matrix]:
    """사용자마다 원소 k개를 무작위로 골라 테스트 데이터로 뗍니다.

    원소가 k개 이하인 사용자는 모두 train에 남고 test에는 나오지 않습니다. 그래서 test에
    나오는 사용자는 모두 train에 원소가 하나 이상 있습니다.

    Parameters
    ----------
    user_items : sparse matrix or Interactions, shape (n_users, n_items)
        `holdout`과 같습니다.
    k : int, default 1
        사용자마다 떼어 낼 원소의 수. 1 이상입니다.
    random_state : int or None, default 0
        난수 시드. None이면 부를 때마다 다릅니다.

    Returns
    -------
    train, test : scipy.sparse.csr_matrix, shape (n_users, n_items)
        값과 형은 `user_items`와 같습니다.

    Raises
    ------
    ValueError
        원소가 k개보다 많은 사용자가 없어 test가 빌 때.
    TypeError
        `user_items`가 희소 행렬이 아니거나 `k`가 정수가 아닐 때.
    """
    table = _table(user_items)
    size = _checks.integer(k, "k", 1)
    sizes = np.diff(table.indptr)
    most = int(sizes.max(initial=0))
    if most <= size:
        raise ValueError(
            f"k: 원소가 {size:,}개보다 많은 사용자가 없어 테스트 데이터가 빕니다. "
            f"가장 많은 사용자가 {most:,}개입니다. 더 작은 k를 주거나 holdout을 "
            "쓰십시오."
        )
    random = np.random.default_rng(_checks.seed(random_state))
    users = np.repeat(np.arange(len(sizes)), sizes)
    # 행의 순서는 두고 행 안에서만 섞습니다. 섞은 행의 앞 k개를 뗍니다.
    shuffled = np.lexsort((random.random(table.nnz), users))
    place = np.arange(table.nnz) - table.indptr[users]
    to_test = np.empty(table.nnz, bool)
    to_test[shuffled] = (place < size) & (sizes[users] > size)
    return _divide(table, to_test)


def _table(user_items: Any) -> sparse.csr_array:
    """정렬한 CSR의 복사본. 형은 받은 것과 같습니다."""
    given = user_items.user_items if hasattr(user_items, "user_items") else user_items
    if not sparse.issparse(given):
        raise TypeError(
            f"user_items: 희소 행렬이나 기록이어야 하는데 {type(given).__name__}"
            "입니다. sparse.csr_matrix(배열)로 바꾸어 주십시오."
        )
    table = _checks.csr(given, "user_items", stacklevel=4)
    return table.astype(given.dtype, copy=False)


def _divide(
    table: sparse.csr_array, to_test: Array
) -> tuple[sparse.csr_matrix, sparse.csr_matrix]:
    """원소마다 적은 대로 (train, test)로 나눕니다."""

    def part(chosen: Array) -> sparse.csr_matrix:
        indptr = np.concatenate([[0], np.cumsum(chosen)])[table.indptr]
        return sparse.csr_matrix(
            (table.data[chosen], table.indices[chosen], indptr), shape=table.shape
        )

    return part(~to_test), part(to_test)
