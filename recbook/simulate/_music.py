"""모의 음악 청취 기록."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from .. import _checks
from ..datasets import Interactions
from . import _names
from ._draw import (
    ITEM_CONCENTRATION,
    MOST_SPREAD,
    MOST_TASTE,
    QUALITY_SPREAD,
    USER_CONCENTRATION,
    Simulation,
    Truth,
    blocks,
    bounded,
    lognormal,
    numbered,
    race,
    streams,
    tastes,
)

__all__ = ["ListeningSimulation", "ListeningTruth", "listening"]

Array = NDArray[Any]

_GENRES = {
    "발라드": 0.22,
    "댄스": 0.18,
    "힙합": 0.14,
    "인디": 0.14,
    "록": 0.12,
    "트로트": 0.08,
    "재즈": 0.06,
    "연주곡": 0.06,
}
_BACKGROUND = "연주곡"  # 배경 음악으로 트는 장르

# 사용자의 활동량: 로그의 표준편차가 1.6인 정규 분포에서 평균보다 0.5σ 넘게 적은 쪽을
# 잘라 냅니다. 거의 듣지 않는 사람은 자료에 들지 않기 때문입니다. 남은 로그의 표준편차는
# 1.1, 중앙값은 평균의 0.39배로, 실제 자료에서 잰 두 수와 함께 맞습니다. 자르지 않은
# 로그 정규 분포로는 둘을 함께 맞출 수 없습니다.
_ACTIVITY_SPREAD = 1.6
_ACTIVITY_CUT = -0.5
_BROADEST = 0.5  # 한 사람이 듣는 음악가는 목록의 절반에 가까워질 뿐 넘지 못합니다

# 재생 수의 잡음은 감마 분포를 표준화한 것입니다. 아껴 듣는 몇 사람이 오른쪽 꼬리를
# 만듭니다. 모양 4(왜도 1)에서 가장 많이 튼 음악가의 몫이 실제 자료와 같아집니다. 같은
# 표준편차의 정규 분포로는 그 몫이 3분의 2에 그칩니다.
_PLAYS_SHAPE = 4.0

# 3분짜리 곡을 두 해 동안 쉬지 않고 튼 횟수.
_MOST_PLAYS = 2 * 365 * 24 * 20

_AFFINITY_PLAYS = 0.25  # 취향에 맞을수록 더 자주 듣는 정도 β
_BACKGROUND_LIFT = 3.5  # 배경 음악을 트는 곳의 ln 재생 수가 남보다 큰 만큼


@dataclass(frozen=True, eq=False)
class ListeningTruth(Truth):
    """청취 기록의 참값. `Truth`에 더해 다음이 있습니다.

    Attributes
    ----------
    intensity : ndarray, shape (n_users,)
        사용자가 음악가 하나를 듣는 횟수의 로그 평균 μ_u.
    background : ndarray of bool, shape (n_users,)
        하루 종일 음악을 틀어 두는 곳인지.
    """

    intensity: Array
    background: Array


@dataclass(frozen=True, eq=False)
class ListeningSimulation(Simulation):
    """모의 청취 기록 한 벌: `log`와 `truth`."""

    truth: ListeningTruth


def listening(
    n_users: int = 2_000,
    n_items: int = 1_000,
    *,
    artists_per_user: float = 50.0,
    taste: float = 1.0,
    popularity_spread: float = 1.75,
    log_plays_mean: float = 5.47,
    log_plays_between: float = 1.3,
    log_plays_within: float = 0.74,
    background_share: float = 0.001,
    random_state: int | None = 0,
) -> ListeningSimulation:
    r"""모의 음악 서비스의 청취 기록을 만듭니다.

    값은 한 사용자가 한 음악가의 곡을 튼 횟수를 모두 더한 것입니다. 때는 없습니다.

    .. math::

        \theta_u &\sim \mathrm{Dir}(0.3\,K g), \qquad
        \varphi_i \sim \mathrm{Dir}(0.1\,K g) \\
        a_{ui} &= 0.05 + 0.95 \sum_k \theta_{uk}\varphi_{ik} / g_k \\
        \ln e_i &\sim N(0,\, s^2), \qquad \ln q_i \sim N(0,\, 0.5^2) \\
        P(u \text{가 다음에 고르는 음악가} = i)
            &\propto e_i\, q_i\, a_{ui}^{\tau} \\
        \ln r_{ui} &= \mu_u + \beta\tau (\ln a_{ui} - \overline{\ln a_u})
            + \sigma z_{ui}

    θ는 사용자의 취향, φ는 음악가의 장르, g는 장르의 몫, e는 노출, q는 품질, z는
    오른쪽 꼬리가 긴 표준화한 잡음입니다. 사용자는 음악가를 n_u명 겹치지 않게 고릅니다.
    ln n_u는 아래쪽을 자른 정규 분포입니다. 횟수는 올림하여 1 이상이고, 두 해를 쉬지
    않고 튼 350,400번을 넘지 않습니다.

    Parameters
    ----------
    n_users, n_items : int
        청취자와 음악가의 수.
    artists_per_user : float
        청취자 한 사람이 듣는 음악가 수의 평균(목록이 아주 길 때). 실제 평균은 목록이
        짧을수록 이보다 작습니다.
    taste : float
        취향의 세기 τ. 0이면 누구나 인기도대로 고르고, 클수록 취향이 갈립니다.
    popularity_spread : float
        로그 노출의 표준편차 s. 클수록 몇 사람에게 쏠립니다.
    log_plays_mean, log_plays_between : float
        청취자마다 다른 μ_u의 평균과 표준편차.
    log_plays_within : float
        한 청취자 안에서의 잡음 σ.
    background_share : float
        배경 음악을 하루 종일 틀어 두는 곳의 비율. 연주곡을 수만 번 틉니다. 0보다 크면
        적어도 하나는 있습니다.
    random_state : int or None
        난수 시드. None이면 부를 때마다 다릅니다.

    Returns
    -------
    ListeningSimulation
        `log.items`는 음악가 이름, `log.item_features`는 ``"genre"``입니다.

    Raises
    ------
    TypeError, ValueError
        인자가 수가 아니거나 범위를 벗어날 때.

    Examples
    --------
    >>> music = listening(n_users=50, n_items=40, random_state=1)
    >>> music.log.shape, music.truth.user_genres.shape
    ((50, 40), (50, 8))
    """
    n_users = _checks.integer(n_users, "n_users", 1)
    n_items = _checks.integer(n_items, "n_items", 2)
    artists_per_user = _checks.positive(artists_per_user, "artists_per_user", 50)
    taste = bounded(taste, "taste", MOST_TASTE, 1)
    spread = bounded(popularity_spread, "popularity_spread", MOST_SPREAD, 1.75)
    mean = bounded(log_plays_mean, "log_plays_mean", math.log(_MOST_PLAYS), 5.47)
    between = bounded(log_plays_between, "log_plays_between", MOST_SPREAD, 1.3)
    within = bounded(log_plays_within, "log_plays_within", MOST_SPREAD, 0.74)
    background_share = bounded(background_share, "background_share", 1, 0.001)
    rng = streams(
        random_state,
        ("names", "users", "items", "activity", "choices", "intensity", "plays"),
    )
    genre_shares = np.array(list(_GENRES.values()))
    intensity = mean + between * rng["intensity"].standard_normal(n_users)
    background = _background(rng["users"], n_users, background_share)
    intensity[background] = mean + _BACKGROUND_LIFT
    user_genres = tastes(rng["users"], n_users, USER_CONCENTRATION, genre_shares)
    user_genres[background] = [genre == _BACKGROUND for genre in _GENRES]
    truth = ListeningTruth(
        genres=tuple(_GENRES),
        user_genres=user_genres,
        item_genres=tastes(rng["items"], n_items, ITEM_CONCENTRATION, genre_shares),
        genre_shares=genre_shares,
        quality=lognormal(rng["items"], n_items, QUALITY_SPREAD),
        placement=lognormal(rng["items"], n_items, spread),
        taste=taste,
        intensity=intensity,
        background=background,
    )
    artists = _activity(rng["activity"], n_users, n_items, artists_per_user)
    users, items, plays = _listen(truth, artists, within, rng)
    log = Interactions(
        user_index=users,
        item_index=items,
        values=plays,
        timestamps=None,
        users=numbered("청취자 ", n_users),
        items=np.array(_names.artists(rng["names"], n_items)),
        item_features={
            "genre": np.array(truth.genres)[truth.item_genres.argmax(axis=1)]
        },
    )
    return ListeningSimulation(log, truth)


def _skewed(rng: Any, size: int) -> Array:
    """평균 0, 표준편차 1인 감마 잡음."""
    return (rng.standard_gamma(_PLAYS_SHAPE, size) - _PLAYS_SHAPE) / _PLAYS_SHAPE**0.5


def _background(rng: Any, n_users: int, portion: float) -> NDArray[np.bool_]:
    chosen = np.zeros(n_users, bool)
    chosen[rng.permutation(n_users)[: math.ceil(portion * n_users)]] = True
    return chosen


def _activity(rng: Any, n_users: int, n_items: int, mean: float) -> Array:
    """청취자마다 듣는 음악가의 수 n_u."""
    below = ndtr(_ACTIVITY_CUT)
    z = ndtri(below + (1 - below) * rng.random(n_users))
    # 아래쪽을 자른 로그 정규 분포의 평균이 `mean`이 되도록 중심을 맞춥니다.
    centre = mean * (1 - below) / ndtr(_ACTIVITY_SPREAD - _ACTIVITY_CUT)
    wanted = centre * np.exp(_ACTIVITY_SPREAD * z - _ACTIVITY_SPREAD**2 / 2)
    most = _BROADEST * n_items
    return np.ceil(most * -np.expm1(-wanted / most)).astype(np.int64)


def _listen(
    truth: ListeningTruth, artists: Array, within: float, rng: dict[str, Any]
) -> tuple[Array, Array, Array]:
    """고른 음악가와 재생 수를 사용자, 음악가 순서로."""
    parts = []
    for users in blocks(len(artists)):
        appeal = truth.appeal(users)
        rows, items = race(rng["choices"], appeal * truth.placement, artists[users])
        order = np.lexsort((items, rows))
        rows, items = rows[order], items[order]
        fondness = np.log(appeal[rows, items] / truth.quality[items])
        sizes = np.bincount(rows, minlength=len(users))
        centre = np.bincount(rows, fondness, len(users)) / np.maximum(sizes, 1)
        log_plays = (
            truth.intensity[users][rows]
            + _AFFINITY_PLAYS * (fondness - centre[rows])
            + within * _skewed(rng["plays"], len(rows))
        )
        parts.append(
            (users[rows], items, np.ceil(np.exp(log_plays)).clip(1, _MOST_PLAYS))
        )
    users, items, plays = (
        np.concatenate(column) for column in zip(*parts, strict=True)
    )
    return users, items, plays
