"""추천을 채점하는 지표: 순위(MPR, 정밀도, 재현율, MAP@K, NDCG, AUC), 오차, 쏠림.

순위 지표는 ``model.recommend``만 부릅니다. 그래서 이 책의 모델이 아니어도 `implicit`과
호출 방법이 같으면 채점할 수 있습니다.

후보와 정답
    후보는 순위를 매길 아이템입니다. 따로 말이 없으면 사용자가 훈련 데이터에서 본
    아이템을 뺀 나머지입니다. 정답은 테스트 데이터의 아이템 가운데 후보인 것입니다.
    훈련 데이터에도 있는 아이템은 후보가 아니므로 정답에서도 빠집니다. 정답이 없는
    사용자는 평균에서 빠집니다.

동점
    MPR과 AUC는 동점인 아이템에 평균 순위를 줍니다. 모두에게 같은 점수를 주는 모델은
    어떤 자료에서나 MPR이 50%, AUC가 ½입니다(후보가 하나뿐인 사용자는 빼고). 상위 K개를
    보는 지표는 모델이 내놓은 순서를 그대로 믿습니다. 이 책의 모델은 동점이면 번호가
    작은 것을 앞에 놓으므로, 동점이 많으면 이 지표는 번호에 좌우됩니다.

돌려주지 않은 후보
    모델이 목록에 싣지 않은 후보는 실은 것보다 모두 아래이며 서로 동점입니다.

References
----------
Hu, Koren, Volinsky (2008), "Collaborative Filtering for Implicit Feedback Datasets",
ICDM. MPR은 식 (8)입니다.

Johnson (2014), "Logistic Matrix Factorization for Implicit Feedback Data", NIPS 2014
Workshop on Distributed Machine Learning and Matrix Computations.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse, stats

from recbook import _checks
from recbook.kernels import metrics as kernels

__all__ = [
    "bootstrap_interval",
    "coverage",
    "gini",
    "list_metrics_at_k",
    "mae",
    "mean_percentile_rank",
    "ranking_metrics_at_k",
    "rmse",
]

Array = NDArray[Any]

_EMPTY = np.finfo(np.float32).min
"""빈자리의 점수. 번호가 −1인 자리도 빈자리입니다."""

_BATCH = 512
_CELLS = 2**21
"""한 번에 다루는 (사용자, 아이템) 칸의 수. 아이템이 많으면 사용자를 줄입니다."""


# ── 순위 지표 ────────────────────────────────────────────────────────────────


def mean_percentile_rank(
    model: Any,
    train: Any,
    test: Any,
    weighted: bool = True,
    candidates: str = "unseen",
    progress: bool = False,
) -> float:
    """평균 백분위 순위(MPR). 퍼센트이며 작을수록 좋습니다.

        MPR = 100 · Σ r_ui rank_ui / Σ r_ui      (u, i)는 사용자와 정답

    rank_ui는 0부터 센 순위를 (후보의 수 − 1)로 나눈 값입니다. 맨 위가 0, 맨 아래가
    1이고, 동점은 평균 순위를 씁니다. 무작위로 늘어놓으면 MPR은 50% 안팎입니다.

    Parameters
    ----------
    model : object
        학습한 모델. ``recommend``만 씁니다.
    train, test : CSR matrix or Interactions, shape (n_users, n_items)
        훈련 데이터와 테스트 데이터. 저장한 0은 상호작용으로 치지 않습니다.
    weighted : bool, default True
        True이면 테스트 데이터의 횟수 r_ui로 가중합니다. False이면 r_ui 대신 1을
        씁니다.
    candidates : {"unseen", "all"}, default "unseen"
        "unseen"이면 사용자가 훈련 데이터에서 보지 않은 아이템이 후보입니다. "all"이면
        모든 아이템이 후보이고, 훈련 데이터에도 있는 정답이 그대로 남습니다.
    progress : bool, default False
        진행 막대를 보입니다.

    Returns
    -------
    float
        0에서 100 사이.

    Raises
    ------
    ValueError
        두 행렬의 모양이 다르거나, CSR이 아니거나, 정답이 하나도 없을 때. 모델이
        NaN인 점수나 후보가 아닌 번호를 돌려줄 때도 그렇습니다.

    Notes
    -----
    후보가 하나뿐이면 순위는 0입니다. 고를 것이 없으면 틀릴 수도 없으니 재현율과
    NDCG가 1인 것과 같은 만점으로 칩니다. 이런 사용자가 많으면 어떤 모델이든 좋아
    보입니다.

    References
    ----------
    Hu, Koren, Volinsky (2008), 식 (8).
    """
    by_count = _checks.boolean(weighted, "weighted")
    unseen = _checks.choice(candidates, "candidates", ("unseen", "all")) == "unseen"
    answers = _answers(model, train, test, unseen, progress)
    return 100 * _mean_percentile(answers, by_count)


def ranking_metrics_at_k(
    model: Any,
    train: Any,
    test: Any,
    K: int = 10,
    per_user: bool = False,
    progress: bool = False,
) -> dict[str, Any]:
    """상위 K개의 정밀도, 재현율, MAP@K, NDCG, 적중률과 전체 순위의 AUC.

    사용자마다 구해서 정답이 있는 사용자에 대해 평균합니다. P는 정답의 수, hit_j는 j번째
    추천이 정답이면 1, 아니면 0입니다.

        precision = Σ_{j≤K} hit_j / K
        recall    = Σ_{j≤K} hit_j / P
        map       = Σ_{j≤K} hit_j · (j번째까지의 정밀도) / min(K, P)
        ndcg      = Σ_{j≤K} hit_j / log₂(j + 1)  ÷  Σ_{j≤min(K, P)} 1 / log₂(j + 1)
        hit_rate  = 맞힌 것이 하나라도 있으면 1
        auc       = 정답 하나와 다른 후보 하나를 뽑았을 때 정답의 점수가 높을 확률

    Parameters
    ----------
    model : object
        학습한 모델. ``recommend``만 씁니다.
    train, test : CSR matrix or Interactions, shape (n_users, n_items)
        훈련 데이터와 테스트 데이터. 저장한 0은 상호작용으로 치지 않습니다. 횟수는
        보지 않고 있는지만 봅니다.
    K : int, default 10
        추천 목록의 길이. 후보가 K개보다 적어도 정밀도는 K로 나눕니다.
    per_user : bool, default False
        True이면 평균 대신 사용자마다의 값을 돌려줍니다.
    progress : bool, default False
        진행 막대를 보입니다.

    Returns
    -------
    dict of str to float
        ``"precision"``, ``"recall"``, ``"map"``, ``"ndcg"``, ``"hit_rate"``,
        ``"auc"``. ``per_user=True``이면 값이 배열이고, 그 순서의 사용자 번호가
        ``"users"``에 있습니다. `bootstrap_interval`에 넣을 수 있습니다.

    Raises
    ------
    ValueError
        `mean_percentile_rank`와 같습니다.

    Notes
    -----
    AUC는 K와 관계없이 후보 전체의 순위로 구하고 동점은 ½로 셉니다. 후보가 모두 정답이면
    견줄 쌍이 없어 NaN이고, 평균에서 뺍니다.

    같은 이름이라도 도구마다 다르게 정합니다. trec_eval의 map_cut은 min(K, P)가 아니라
    P로 나눕니다. implicit 0.7의 precision은 맞힌 수의 합을 min(K, P)의 합으로 나눈
    값이고, auc는 상위 K개까지만 봅니다.
    """
    length = _checks.integer(K, "K", 1)
    each = _checks.boolean(per_user, "per_user")
    answers = _answers(model, train, test, True, progress)
    values = _per_user(answers, length)
    if each:
        return {"users": answers.users, **values}
    return {name: _mean(value) for name, value in values.items()}


def list_metrics_at_k(hits: ArrayLike, K: int = 10) -> dict[str, float]:
    """추천 목록 하나의 점수. 지표의 뜻은 `ranking_metrics_at_k`와 같습니다.

    Parameters
    ----------
    hits : array_like of bool, shape (n_candidates,)
        후보 전체를 추천할 순서대로 늘어놓고, 정답이면 참, 아니면 거짓으로 적은 것.
    K : int, default 10
        상위 몇 개를 볼지.

    Returns
    -------
    dict of str to float
        ``"precision"``, ``"recall"``, ``"map"``, ``"ndcg"``, ``"hit_rate"``,
        ``"auc"``와, 정답의 백분위 순위를 평균한 ``"percentile_rank"``(퍼센트).

    Raises
    ------
    ValueError
        1차원이 아니거나, 참과 거짓이 아닌 값이 있거나, 정답이 하나도 없을 때.

    Examples
    --------
    >>> list_metrics_at_k([0, 1, 0, 1, 0, 0, 1, 0], K=5)["precision"]
    0.4
    """
    length = _checks.integer(K, "K", 1)
    flags = _vector(hits, "hits")
    if not np.isin(flags, (0, 1)).all():
        raise ValueError(
            "hits: 참과 거짓(1과 0)만 있어야 합니다. 순위나 점수가 아니라 정답인지를 "
            "적어 주십시오."
        )
    places = np.flatnonzero(flags)
    if not len(places):
        raise ValueError("hits: 정답이 하나도 없어 채점할 수 없습니다.")
    answers = _Answers(
        users=np.zeros(1, np.int64),
        n_candidates=np.array([len(flags)]),
        row=np.zeros(len(places), np.int64),
        weight=np.ones(len(places)),
        position=places,
        rank=places.astype(np.float64),
    )
    values = {
        name: float(value[0]) for name, value in _per_user(answers, length).items()
    }
    return {**values, "percentile_rank": 100 * _mean_percentile(answers, False)}


def coverage(model: Any, train: Any, K: int = 10, progress: bool = False) -> float:
    """커버리지: 누군가의 상위 K개에 한 번이라도 든 아이템의 비율.

    Parameters
    ----------
    model : object
        학습한 모델. ``recommend``만 씁니다.
    train : CSR matrix or Interactions, shape (n_users, n_items)
        훈련 데이터. 모든 사용자에게, 이미 본 것을 빼고 추천합니다.
    K : int, default 10
        추천 목록의 길이.
    progress : bool, default False
        진행 막대를 보입니다.

    Returns
    -------
    float
        0에서 1 사이. 분모는 전체 아이템의 수입니다.
    """
    seen = _counts(train, "train")
    length = min(_checks.integer(K, "K", 1), seen.shape[1])
    shown = np.zeros(seen.shape[1], bool)
    everyone = np.arange(seen.shape[0])
    for _, lists in _lists(model, seen, everyone, length, True, progress):
        shown[lists.ids[lists.listed]] = True
    return float(shown.mean())


class _Lists(NamedTuple):
    """사용자 몇 명의 추천 목록. 한 줄이 한 명입니다."""

    ids: Array
    scores: Array
    listed: Array
    """빈자리가 아닌지. 줄마다 앞쪽이 참입니다."""


class _Answers(NamedTuple):
    """정답마다의 순위."""

    users: Array
    """평가한 사용자의 번호, shape (n_users,)."""
    n_candidates: Array
    """사용자마다 후보의 수, shape (n_users,)."""
    row: Array
    """정답마다 사용자가 `users`의 몇 번째인지, shape (n_answers,)."""
    weight: Array
    """정답마다 테스트 데이터의 횟수."""
    position: Array
    """정답마다 추천 목록에서의 자리(0부터). 목록에 없으면 아이템의 수입니다."""
    rank: Array
    """정답마다 0부터 센 순위. 동점은 평균입니다."""


def _answers(
    model: Any, train: Any, test: Any, unseen: bool, progress: bool
) -> _Answers:
    """후보 전체를 추천하게 하고 정답의 자리를 찾습니다."""
    seen, wanted = _pair(train, test, unseen)
    n_items = seen.shape[1]
    sizes = np.diff(wanted.indptr)
    users = np.flatnonzero(sizes)
    n_candidates = np.full(len(users), n_items)
    if unseen:
        n_candidates -= np.diff(seen.indptr)[users]
    position, rank = np.empty(wanted.nnz, np.int64), np.empty(wanted.nnz)
    for block, lists in _lists(model, seen, users, n_items, unseen, progress):
        batch = users[block]
        # 정답이 있는 사용자만 차례로 보므로 한 묶음의 정답은 이어져 있습니다.
        part = slice(wanted.indptr[batch[0]], wanted.indptr[batch[-1] + 1])
        position[part], rank[part] = _locate(
            lists,
            _places(lists, seen[batch] if unseen else None, n_items),
            np.repeat(np.arange(len(batch)), sizes[batch]),
            wanted.indices[part],
            n_candidates[block],
        )
    row = np.repeat(np.arange(len(users)), sizes[users])
    return _Answers(users, n_candidates, row, wanted.data, position, rank)


def _lists(
    model: Any, seen: Any, users: Array, length: int, unseen: bool, progress: bool
) -> Iterator[tuple[slice, _Lists]]:
    """사용자를 묶어 추천 목록을 차례로 냅니다."""
    if not hasattr(model, "recommend"):
        raise TypeError(
            f"model: recommend를 가진 모델이어야 하는데 {type(model).__name__}입니다. "
            "첫 인자로 학습한 모델을 주십시오."
        )
    size = min(_BATCH, max(1, _CELLS // seen.shape[1]))
    starts: Any = range(0, len(users), size)
    if progress:
        from tqdm.auto import tqdm

        starts = tqdm(starts, desc="평가", unit="묶음")
    for start in starts:
        block = slice(start, min(start + size, len(users)))
        ids, scores = model.recommend(
            users[block],
            seen[users[block]],
            N=length,
            filter_already_liked_items=unseen,
        )
        yield block, _checked(ids, scores, (block.stop - start, seen.shape[1]))


def _checked(ids: Any, scores: Any, shape: tuple[int, int]) -> _Lists:
    """빈자리를 가려낸 목록. 남의 모델도 오므로 약속을 지켰는지 봅니다."""
    ids, scores = np.asarray(ids), np.asarray(scores)
    n_users, n_items = shape
    if ids.ndim != 2 or ids.shape != scores.shape or len(ids) != n_users:
        raise ValueError(
            f"model: 사용자 {n_users:,}명을 한꺼번에 물었는데 번호의 모양이 "
            f"{ids.shape}, 점수의 모양이 {scores.shape}입니다. recommend가 번호의 "
            "배열을 받으면 한 줄에 한 명씩 2차원으로 돌려주도록 고치십시오."
        )
    if np.isnan(scores).any():
        raise ValueError(
            "model: 점수에 NaN이 있어 순위를 정할 수 없습니다. 학습이 발산했는지 "
            "확인하고, 학습률을 줄이거나 규제를 늘려 다시 학습하십시오."
        )
    if ids.max(initial=-1) >= n_items:
        raise ValueError(
            f"model: 추천한 번호 {ids.max()}이(가) 범위를 벗어납니다. train의 아이템은 "
            f"{n_items:,}개입니다. 이 모델을 학습한 행렬을 train으로 주십시오."
        )
    # implicit은 빈자리의 번호를 그대로 두고 점수만 바꿉니다.
    listed = (ids >= 0) & (scores > _EMPTY)
    if (listed[:, 1:] > listed[:, :-1]).any():
        raise ValueError(
            "model: 추천 목록의 중간에 빈자리가 있습니다. recommend가 빈자리를 "
            "목록의 끝에 모으도록 고치십시오."
        )
    return _Lists(ids, scores, listed)


def _places(lists: _Lists, seen: Any, n_items: int) -> Array:
    """아이템마다 목록에서의 자리, shape (묶음, n_items). 없으면 n_items입니다."""
    n_users, length = lists.ids.shape
    # 빈자리는 마지막에 덧붙인 열로 보냅니다.
    places = np.full((n_users, n_items + 1), n_items, np.int32)
    columns = np.where(lists.listed, lists.ids, n_items)
    np.put_along_axis(places, columns, np.arange(length, dtype=np.int32)[None], axis=1)
    places = places[:, :-1]
    if np.count_nonzero(places < n_items) != np.count_nonzero(lists.listed):
        raise ValueError(
            "model: 한 목록에 같은 번호가 두 번 나옵니다. recommend가 아이템을 한 "
            "번씩만 돌려주도록 고치십시오."
        )
    if seen is not None and (places[seen.nonzero()] < n_items).any():
        raise ValueError(
            "model: filter_already_liked_items=True인데 훈련 데이터에 있는 아이템을 "
            "추천했습니다. recommend가 이미 본 것을 빼도록 고치십시오."
        )
    return places


def _locate(
    lists: _Lists, places: Array, row: Array, item: Array, n_candidates: Array
) -> tuple[Array, Array]:
    """정답마다 (목록에서의 자리, 동점을 평균한 순위)."""
    length = lists.ids.shape[1]
    position = places[row, item].astype(np.int64)
    n_listed = np.count_nonzero(lists.listed, axis=1)
    # 싣지 않은 후보는 n_listed번째부터 맨 끝까지의 자리를 나누어 갖습니다.
    unlisted = (n_listed + n_candidates - 1)[row] / 2
    changes = np.ones(lists.scores.shape, bool)
    changes[:, 1:] = lists.scores[:, 1:] != lists.scores[:, :-1]
    edges = np.append(np.flatnonzero(changes), changes.size)
    here = row * length + np.minimum(position, length - 1)
    run = np.searchsorted(edges, here, side="right")
    tied = (edges[run - 1] + edges[run] - 1) / 2 - row * length
    return position, np.where(position < places.shape[1], tied, unlisted)


def _per_user(answers: _Answers, K: int) -> dict[str, Array]:
    """사용자마다의 지표."""
    # 커널은 사용자마다 자리가 작은 것부터 봅니다. row는 이미 작은 것부터입니다.
    order = np.lexsort((answers.position, answers.row))
    values = np.empty((len(answers.users), len(kernels.COLUMNS)))
    kernels.score_lists(
        answers.position[order].astype(np.int32),
        answers.rank[order],
        _starts(answers),
        answers.n_candidates.astype(np.int32),
        K,
        values,
    )
    return dict(zip(kernels.COLUMNS, values.T.copy(), strict=True))


def _mean_percentile(answers: _Answers, by_count: bool) -> float:
    """백분위 순위의 평균. 0에서 1 사이입니다."""
    shares = np.empty(len(answers.rank))
    mean = kernels.percentile_ranks(
        answers.rank, _starts(answers), answers.n_candidates.astype(np.int32), shares
    )
    return float(np.average(shares, weights=answers.weight) if by_count else mean)


def _starts(answers: _Answers) -> Array:
    """사용자마다 정답이 시작하는 자리, shape (n_users + 1,)."""
    sizes = np.bincount(answers.row, minlength=len(answers.users))
    return np.append(0, np.cumsum(sizes)).astype(np.int32)


def _mean(values: Array) -> float:
    """정해진 값의 평균. 하나도 없으면 NaN입니다."""
    defined = values[~np.isnan(values)]
    return float(defined.mean()) if len(defined) else float("nan")


# ── 오차와 쏠림 ──────────────────────────────────────────────────────────────


def rmse(y_true: ArrayLike, y_pred: ArrayLike) -> float:
    """평균 제곱근 오차 √(Σ (y − ŷ)² / n).

    Parameters
    ----------
    y_true, y_pred : array_like of float
        모양이 같은, 비어 있지 않은 배열.

    Raises
    ------
    ValueError
        모양이 다르거나, 비었거나, NaN이나 무한대가 있을 때.
    """
    return float(np.sqrt(np.mean(_errors(y_true, y_pred) ** 2)))


def mae(y_true: ArrayLike, y_pred: ArrayLike) -> float:
    """평균 절대 오차 Σ |y − ŷ| / n.

    Parameters
    ----------
    y_true, y_pred : array_like of float
        모양이 같은, 비어 있지 않은 배열.

    Raises
    ------
    ValueError
        `rmse`와 같습니다.
    """
    return float(np.mean(np.abs(_errors(y_true, y_pred))))


def gini(counts: ArrayLike) -> float:
    """지니 계수: 횟수가 몇몇에게 얼마나 쏠려 있는지.

    작은 것부터 늘어놓은 x_1 ≤ … ≤ x_n에 대해 다음과 같습니다.

        G = Σ_i (2i − n − 1) x_i / (n Σ_i x_i)

    모두 같으면 0이고, 하나가 다 가지면 (n − 1)/n입니다. 표본의 치우침을 고친 값이
    필요하면 n/(n − 1)을 곱하십시오. 그러면 가장 큰 값이 1입니다.

    Parameters
    ----------
    counts : array_like of float, shape (n,)
        아이템이나 사용자마다의 횟수. 0도 한 자리를 차지합니다.

    Raises
    ------
    ValueError
        1차원이 아니거나, 비었거나, 음수나 NaN이 있거나, 모두 0일 때.

    Examples
    --------
    >>> gini([1, 1, 1, 1]), gini([0, 0, 0, 4])
    (0.0, 0.75)
    """
    x = np.sort(_vector(counts, "counts"))
    if x[0] < 0:
        raise ValueError(
            f"counts: 음수({x[0]:g})가 있습니다. 0 이상의 횟수를 주십시오."
        )
    if not x.any():
        raise ValueError(
            "counts: 모두 0이라 나눌 것이 없습니다. 0보다 큰 횟수가 하나는 있어야 "
            "합니다."
        )
    n = len(x)
    return float((2 * np.arange(1, n + 1) - n - 1) @ x / (n * x.sum()))


def bootstrap_interval(
    values: ArrayLike,
    level: float = 0.95,
    n_resamples: int = 2000,
    random_state: int | None = 0,
) -> tuple[float, float]:
    """평균의 부트스트랩 신뢰구간(백분위 방법).

    값을 같은 수만큼 복원 추출해 평균을 내는 일을 되풀이하고, 그 평균의 가운데 `level`
    만큼을 덮는 구간을 돌려줍니다.

    Parameters
    ----------
    values : array_like of float, shape (n,)
        사용자마다의 값. 둘 이상이어야 합니다. 두 모델을 견줄 때는 같은 사용자의 차이를
        넣으십시오.
    level : float, default 0.95
        신뢰 수준. 0과 1 사이입니다.
    n_resamples : int, default 2000
        되풀이하는 횟수.
    random_state : int or None, default 0
        난수 시드. None이면 부를 때마다 다릅니다.

    Returns
    -------
    low, high : float

    Raises
    ------
    ValueError
        값이 둘보다 적거나 NaN이 있거나, `level`이 0과 1 사이가 아닐 때.
    """
    sample = _vector(values, "values")
    if len(sample) < 2:
        raise ValueError(
            "values: 값이 하나뿐이라 흔들리는 폭을 알 수 없습니다. 사용자마다의 값을 "
            "둘 이상 주십시오."
        )
    remedy = "0과 1 사이의 수를 주십시오. 예: level=0.95."
    share = _checks.number(level, "level", remedy)
    if not 0 < share < 1:
        raise ValueError(
            f"level: 0보다 크고 1보다 작아야 하는데 {level}입니다. {remedy}"
        )
    result = stats.bootstrap(
        (sample,),
        np.mean,
        n_resamples=_checks.integer(n_resamples, "n_resamples", 1),
        batch=max(1, _CELLS // len(sample)),
        confidence_level=share,
        method="percentile",
        random_state=np.random.default_rng(_checks.seed(random_state)),
    )
    interval = result.confidence_interval
    return float(interval.low), float(interval.high)


# ── 인자 검사 ────────────────────────────────────────────────────────────────


def _counts(value: Any, name: str) -> sparse.csr_matrix:
    """정렬하고 0을 뺀 CSR의 복사본. implicit은 csr_array를 받지 않습니다."""
    given = value.user_items if hasattr(value, "user_items") else value
    if not sparse.issparse(given) or given.format != "csr":
        form = given.format.upper() if sparse.issparse(given) else type(given).__name__
        raise ValueError(
            f"{name}: CSR 행렬이나 기록이어야 하는데 {form}입니다. "
            "sparse.csr_matrix(…)로 바꾸어 주십시오."
        )
    return sparse.csr_matrix(_checks.counts(given, name))


def _pair(
    train: Any, test: Any, unseen: bool
) -> tuple[sparse.csr_matrix, sparse.csr_matrix]:
    """(본 것, 정답). `unseen`이면 이미 본 것은 정답에서 뺍니다."""
    seen, wanted = _counts(train, "train"), _counts(test, "test")
    if seen.shape != wanted.shape:
        (n, m), (p, q) = seen.shape, wanted.shape
        raise ValueError(
            f"train과 test: 모양이 {n:,}×{m:,}과(와) {p:,}×{q:,}로 다릅니다. "
            "같은 행렬을 rb.split으로 나누어 주십시오."
        )
    if not wanted.nnz:
        raise ValueError(
            "test: 상호작용이 하나도 없어 채점할 수 없습니다. 나눈 시각이나 비율을 "
            "바꾸어 다시 나누어 주십시오."
        )
    if unseen:
        wanted = _without(wanted, seen)
    return seen, wanted


def _without(wanted: sparse.csr_matrix, seen: sparse.csr_matrix) -> sparse.csr_matrix:
    """`wanted`에서 `seen`에도 있는 칸을 뺀 것."""

    def cells(table: sparse.csr_matrix) -> Array:
        users = np.repeat(np.arange(table.shape[0]), np.diff(table.indptr))
        return users * table.shape[1] + table.indices

    new = np.isin(cells(wanted), cells(seen), assume_unique=True, invert=True)
    if not new.any():
        raise ValueError(
            "test: 모두 train에도 있어 후보가 되는 정답이 없습니다. 겹치지 않게 "
            '나누어 주십시오. mean_percentile_rank라면 candidates="all"도 있습니다.'
        )
    indptr = np.concatenate([[0], np.cumsum(new)])[wanted.indptr]
    return sparse.csr_matrix(
        (wanted.data[new], wanted.indices[new], indptr), shape=wanted.shape
    )


def _numbers(value: ArrayLike, name: str) -> Array:
    """비어 있지 않고 유한한 float64 배열."""
    array = np.asarray(value)
    _checks.numeric(array, name)
    if not array.size:
        raise ValueError(f"{name}: 비어 있습니다. 값을 하나 이상 주십시오.")
    if not np.isfinite(array).all():
        raise ValueError(
            f"{name}: NaN이나 무한대가 있습니다. 그 값을 빼고 주십시오. "
            "예: values[np.isfinite(values)]."
        )
    return array.astype(np.float64)


def _vector(value: ArrayLike, name: str) -> Array:
    array = _numbers(value, name)
    if array.ndim != 1:
        raise ValueError(
            f"{name}: 1차원이어야 하는데 {array.ndim}차원입니다. "
            "값을 한 줄로 늘어놓아 주십시오."
        )
    return array


def _errors(y_true: ArrayLike, y_pred: ArrayLike) -> Array:
    true, predicted = _numbers(y_true, "y_true"), _numbers(y_pred, "y_pred")
    if true.shape != predicted.shape:
        raise ValueError(
            f"y_true와 y_pred: 모양이 {true.shape}와 {predicted.shape}로 다릅니다. "
            "같은 칸의 값을 같은 순서로 주십시오."
        )
    return predicted - true
