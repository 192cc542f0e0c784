"""인기도: 모두에게 같은 순서를 추천하는 기준 모델 `Popularity`."""

from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recbook import _checks
from recbook.models._base import HISTORY, Callback, Recommender

__all__ = ["Popularity"]

Array = NDArray[Any]

COUNTS = ("users", "values")
DAY = 86_400


class Popularity(Recommender):
    """많은 사람이 고른 순서대로 추천합니다.

    기록 e의 사용자가 u_e, 아이템이 i_e, 값이 r_e, 때가 t_e라고 하면 점수는 다음과
    같습니다. now는 자료에서 마지막 기록의 때입니다.

        무게       w_e = 1[now − t_e < window] · ½^((now − t_e) / half_life)
        "users"    s_i = Σ_u max{ w_e : u_e = u, i_e = i, r_e > 0 }
        "values"   s_i = Σ_{e : i_e = i} w_e r_e

    `window`와 `half_life`가 없으면 무게는 모두 1입니다. 이때 "users"는 고른 사람의 수,
    "values"는 횟수의 합입니다.

    Parameters
    ----------
    count : {"users", "values"}, default "users"
        사람의 수를 셀지, 횟수를 더할지. 혼자 수만 번 들은 사람은 "values"를 흔듭니다.
    window : float, optional
        마지막 기록에서 거슬러 며칠까지 볼지(일). 없으면 모두 봅니다.
    half_life : float, optional
        무게가 절반이 되는 데 걸리는 날(일). 없으면 줄지 않습니다.

    Attributes
    ----------
    item_scores : ndarray of float32, shape (n_items,)
        아이템의 점수 s. 학습하기 전에는 None입니다.

    Notes
    -----
    점수가 같으면 번호가 작은 아이템이 앞섭니다. 처음 보는 사용자에게도 같은 순서입니다.

    Examples
    --------
    >>> import numpy as np
    >>> ids, scores = Popularity().fit(np.array([[3, 0, 1], [0, 0, 1]])).recommend(
    ...     0, None, filter_already_liked_items=False
    ... )
    >>> ids, scores
    (array([2, 0, 1], dtype=int32), array([2., 1., 0.], dtype=float32))
    """

    _LEARNED: ClassVar[tuple[str, ...]] = ("item_scores", "_n_users", "history_")
    _REPRODUCES: ClassVar[bool] = True

    def __init__(
        self,
        count: str = "users",
        window: float | None = None,
        half_life: float | None = None,
    ) -> None:
        self.count = _checks.choice(count, "count", COUNTS)
        self.window = None if window is None else _days(window, "window")
        self.half_life = None if half_life is None else _days(half_life, "half_life")
        self.item_scores: Array | None = None
        self._n_users: int | None = None
        self.history_ = np.zeros(0, HISTORY)

    def fit(
        self, user_items: Any, progress: bool = False, callback: Callback | None = None
    ) -> Self:
        """아이템마다 점수를 셉니다.

        Parameters
        ----------
        user_items : CSR or Interactions
            사용자 × 아이템 행렬. `window`나 `half_life`를 쓰려면 때가 적힌 기록
            (`Interactions`)을 그대로 주십시오.
        progress, callback
            되풀이하지 않으므로 쓰지 않습니다. 다른 모델과 부르는 법을 맞춘 것입니다.

        Returns
        -------
        self
        """
        timed = self.window is not None or self.half_life is not None
        if timed:
            table = self._weighted(user_items)
        else:  # 기록을 받으면 그 안의 행렬을 씁니다
            matrix = getattr(user_items, "user_items", user_items)
            table = _checks.counts(matrix)
        if self.count == "users" and not timed:
            scores = np.bincount(table.indices, minlength=table.shape[1])
        else:
            scores = np.bincount(
                table.indices, weights=table.data, minlength=table.shape[1]
            )
        self.__dict__.update(
            item_scores=scores.astype(np.float32), _n_users=int(table.shape[0])
        )
        return self

    def fold_in(self, user_items: Any) -> Self:
        """처음 보는 사용자에게도 점수는 같습니다."""
        self._shape()
        n_rows = _checks.counts(user_items).shape[0]
        return self._like(n_rows)

    def _like(self, n_users: int) -> Self:
        guests = type(self)(self.count, self.window, self.half_life)
        guests.item_scores, guests._n_users = self.item_scores, n_users
        return guests

    def _weighted(self, log: Any) -> sparse.csr_array:
        """기록의 무게를 (사용자, 아이템) 칸마다 모은 표."""
        if getattr(log, "timestamps", None) is None:
            used = "window" if self.window is not None else "half_life"
            kind = (
                "때가 적히지 않은 기록"
                if hasattr(log, "user_items")
                else f"때를 알 수 없는 {type(log).__name__}"
            )
            raise ValueError(
                f"user_items: {used}를 쓰려면 언제 일어났는지 알아야 하는데 {kind}"
                "입니다. timestamps가 있는 Interactions를 주거나 window와 half_life를 "
                "빼십시오."
            )
        age = (log.timestamps.max() - log.timestamps) / DAY
        weight = np.ones(len(age))
        if self.window is not None:
            weight[age >= self.window] = 0.0
        if self.half_life is not None:
            weight *= 0.5 ** (age / self.half_life)
        if self.count == "values":
            data = weight * log.values
        else:
            # 한 사람의 여러 기록 가운데 가장 무거운 것만 남깁니다.
            weight[log.values <= 0] = 0.0
            order = np.lexsort((-weight, log.item_index, log.user_index))
            pairs = np.stack([log.user_index, log.item_index])[:, order]
            first = np.append(True, (np.diff(pairs) != 0).any(axis=0))
            data = np.zeros(len(weight))
            data[order[first]] = weight[order[first]]
        table = sparse.csr_array(
            (data, (log.user_index, log.item_index)), shape=log.shape
        )
        table.sum_duplicates()
        return table

    def _shape(self) -> tuple[int, int]:
        if self.item_scores is None or self._n_users is None:
            raise RuntimeError("아직 학습하지 않았습니다. 먼저 fit을 부르십시오.")
        return self._n_users, len(self.item_scores)

    def _score_rows(
        self, users: Array, rows: sparse.csr_array | None, out: Array
    ) -> None:
        out[:] = self.item_scores

    def _validate(self, learned: dict[str, Array]) -> None:
        scores, n_users = learned.get("item_scores"), learned.get("_n_users")
        if scores is None and n_users is None:
            return
        if scores is None or n_users is None:
            raise ValueError("빠진 배열이 있습니다")
        if scores.ndim != 1 or scores.dtype != np.float32 or n_users.dtype.kind != "i":
            raise ValueError("item_scores의 모양이나 형이 다릅니다")
        if not np.isfinite(scores).all() or n_users < 1:
            raise ValueError("item_scores나 사용자 수가 말이 되지 않습니다")


def _days(value: Any, name: str) -> float:
    return _checks.positive(value, name, 30)
