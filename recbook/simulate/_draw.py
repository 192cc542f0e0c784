"""두 모의 자료가 함께 쓰는 것: 난수 줄기, 잠재 취향, 겹치지 않게 뽑기."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .. import _checks
from ..datasets import Interactions

__all__ = ["Simulation", "Truth"]

Array = NDArray[Any]

USER_CONCENTRATION = 0.3
"""사용자의 장르 취향을 뽑는 디리클레 분포의 농도. 작을수록 한 장르만 즐깁니다."""

ITEM_CONCENTRATION = 0.1
"""아이템의 장르 구성을 뽑는 농도. 작아서 아이템은 거의 한 장르에 속합니다."""

QUALITY_SPREAD = 0.5
"""로그 품질의 표준편차."""

CURIOSITY = 0.05
"""취향과 무관하게 고르는 몫. 취향에 맞지 않는 아이템도 확률이 0이 되지 않습니다."""


MOST_TASTE, MOST_SPREAD = 20.0, 5.0
"""이보다 크면 무게가 float32의 범위를 넘거나 한 아이템만 남습니다."""


@dataclass(frozen=True, eq=False)
class Truth:
    """기록을 만든 참값. 기록(`log`)에서는 닿을 수 없습니다.

    Attributes
    ----------
    genres : tuple of str
        잠재 취향의 축.
    user_genres : ndarray, shape (n_users, n_genres)
        사용자의 장르 취향 θ_u. 행의 합은 1입니다.
    item_genres : ndarray, shape (n_items, n_genres)
        아이템의 장르 구성 φ_i. 행의 합은 1입니다.
    genre_shares : ndarray, shape (n_genres,)
        장르의 몫 g. θ_u와 φ_i의 기댓값입니다.
    quality : ndarray, shape (n_items,)
        모든 사용자에게 같은 품질 q_i.
    placement : ndarray, shape (n_items,)
        아이템이 눈에 띄는 정도(노출) e_i. 취향이나 품질과 무관합니다.
    taste : float
        취향의 세기 τ.
    """

    genres: tuple[str, ...]
    user_genres: Array
    item_genres: Array
    genre_shares: Array
    quality: Array
    placement: Array
    taste: float

    def appeal(self, users: ArrayLike | None = None) -> Array:
        """끌림 q_i·a_ui^τ. 노출을 뺀 선호이며, 크기는 사용자 안에서만 견줍니다.

        Parameters
        ----------
        users : array_like of int, optional
            사용자 번호. 없으면 모두.

        Returns
        -------
        ndarray, shape (len(users), n_items)
        """
        chosen = self._chosen(users)
        lift = affinity(self.user_genres[chosen], self.item_genres, self.genre_shares)
        return self.quality * lift**self.taste

    def preference(self, users: ArrayLike | None = None) -> Array:
        """모든 아이템이 똑같이 눈에 띌 때 고를 확률. 행의 합은 1입니다.

        관측한 기록은 노출 × 선호이므로 이 값과 다릅니다(비무작위 결측). 노출이 섞이지
        않은 답으로 모델을 채점할 때 씁니다.

        Parameters
        ----------
        users : array_like of int, optional
            사용자 번호. 없으면 모두.

        Returns
        -------
        ndarray, shape (len(users), n_items)
        """
        appeal = self.appeal(users)
        return appeal / appeal.sum(axis=1, keepdims=True)

    def _chosen(self, users: ArrayLike | None) -> Array:
        size = len(self.user_genres)
        return (
            np.arange(size)
            if users is None
            else np.atleast_1d(_checks.ids(users, "users", size))
        )


@dataclass(frozen=True, eq=False)
class Simulation:
    """모의 자료 한 벌.

    Attributes
    ----------
    log : Interactions
        분석하는 사람이 보는 기록.
    truth : Truth
        기록을 만든 참값.
    """

    log: Interactions
    truth: Truth


def streams(random_state: Any, purposes: Sequence[str]) -> dict[str, Any]:
    """쓰임마다 하나씩인 난수 생성기.

    줄기가 따로라서 한 쓰임에서 난수를 더 써도 다른 쓰임의 값이 바뀌지 않습니다. 예를
    들어 취향의 세기를 바꾸어도 이름은 그대로입니다.
    """
    children = np.random.SeedSequence(_checks.seed(random_state)).spawn(len(purposes))
    return {
        purpose: np.random.default_rng(child)
        for purpose, child in zip(purposes, children, strict=True)
    }


def bounded(value: Any, name: str, most: float, example: float) -> float:
    """0 이상 `most` 이하인 수."""
    result = _checks.nonnegative(value, name, example)
    if result > most:
        raise ValueError(
            f"{name}: {most:g}을(를) 넘을 수 없는데 {value}입니다. 0 이상 {most:g} "
            f"이하의 수를 주십시오. 예: {name}={example:g}."
        )
    return result


def tastes(rng: Any, size: int, concentration: float, genre_shares: Array) -> Array:
    """기댓값이 `genre_shares`인 디리클레 분포에서 뽑은 행."""
    return rng.dirichlet(concentration * len(genre_shares) * genre_shares, size)


def affinity(user_genres: Array, item_genres: Array, genre_shares: Array) -> Array:
    """취향이 맞는 정도 a_ui = κ + (1−κ) Σ_k θ_uk φ_ik / g_k.

    θ_u의 기댓값이 g이므로, 사용자를 고루 모으면 어느 아이템이든 평균이 1입니다. 그래서
    취향의 세기 1까지는 인기도와 취향이 따로 놉니다.
    """
    # 행렬 곱은 BLAS마다 더하는 순서가 달라 끝자리가 다를 수 있습니다. 장르는 몇 개
    # 되지 않으므로 정한 순서로 더합니다.
    lift = np.zeros((len(user_genres), len(item_genres)))
    for genre, portion in enumerate(genre_shares):
        lift += np.multiply.outer(
            user_genres[:, genre] / portion, item_genres[:, genre]
        )
    return CURIOSITY + (1 - CURIOSITY) * lift


def lognormal(rng: Any, size: int, spread: float) -> Array:
    """로그 정규 분포인 무게."""
    return np.exp(spread * rng.standard_normal(size))


def race(rng: Any, weights: Array, counts: Array) -> tuple[Array, Array]:
    """행마다 무게에 비례하는 확률로 `counts[row]`개를 겹치지 않게 뽑습니다.

    무게가 w인 열은 비율 w인 지수 분포의 시각에 도착합니다. 먼저 도착한 순서가 곧
    하나씩 뽑고 빼 나가는 순서입니다. 무게가 0이면 도착하지 않으므로, 남은 열이 모자라면
    있는 만큼만 뽑습니다.

    Parameters
    ----------
    rng : numpy.random.Generator
    weights : ndarray, shape (n_rows, n_columns)
    counts : ndarray of int, shape (n_rows,)

    Returns
    -------
    rows, columns : ndarray of int
        뽑은 칸. 행의 순서, 행 안에서는 뽑힌 순서입니다.
    """
    arrivals = rng.standard_exponential(weights.shape)
    arrivals = np.divide(
        arrivals, weights, out=np.full(weights.shape, np.inf), where=weights > 0
    )
    most = min(int(counts.max(initial=0)), weights.shape[1])
    if not most:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    first = np.argpartition(arrivals, most - 1, axis=1)[:, :most]
    times = np.take_along_axis(arrivals, first, axis=1)
    order = np.argsort(times, axis=1)
    first = np.take_along_axis(first, order, axis=1)
    times = np.take_along_axis(times, order, axis=1)
    rows, places = np.nonzero((np.arange(most) < counts[:, None]) & np.isfinite(times))
    return rows, first[rows, places]


def numbered(prefix: str, size: int) -> Array:
    """번호를 붙인 이름표. 자릿수를 맞추어, 정렬한 순서가 번호 순서입니다."""
    digits = max(4, len(str(size)))
    return np.array([f"{prefix}{number:0{digits}d}" for number in range(1, size + 1)])


def blocks(size: int, block: int = 256) -> Iterable[Array]:
    """0부터 `size`까지의 번호를 `block`개씩."""
    for start in range(0, size, block):
        yield np.arange(start, min(start + block, size))
