"""한 사용자의 행에서 신뢰도를 만져 보는 위젯."""

from functools import cache
from typing import Any, NamedTuple

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from recbook import datasets, plots
from recbook.models.als import ImplicitALS
from recbook.widgets import _schema
from recbook.widgets._base import Widget

__all__ = ["Confidence"]

Array = NDArray[Any]

GENRES = ("록", "트로트", "연주곡")
EACH = 3
FACTORS = 3
PENALTY = 5.0
LISTENERS = ("청취자 1587", "청취자 1034", "청취자 1021")
LOWEST, HIGHEST = -4, 1  # α는 10의 이만큼 제곱
SHOWN = (-3, -2, -1, 0)  # 그림에 싣는 α


class _Example(NamedTuple):
    artists: Array
    genres: Array
    rows: Array  # 청취자마다 한 행의 재생 수
    Y: Array  # 음악가의 잠재 벡터, float32


@cache
def _example() -> _Example:
    """모의 청취 기록에서 장르마다 많이 들은 음악가만 남기고 학습한 Y."""
    log = datasets.listening()
    plays, genres = log.user_items, log.item_features["genre"]
    heard = np.asarray((plays > 0).sum(axis=0)).ravel()
    chosen: list[int] = []
    for genre in GENRES:
        own = np.flatnonzero(genres == genre)
        chosen.extend(own[np.argsort(-heard[own], kind="stable")[:EACH]].tolist())
    small = plays[:, chosen]
    model = ImplicitALS(
        factors=FACTORS,
        alpha=0.1,
        confidence="log",
        regularization=PENALTY,
        iterations=40,
        solver="cholesky",
    ).fit(small)
    users = [int(np.flatnonzero(log.users == name)[0]) for name in LISTENERS]
    rows = small[users].toarray().astype(np.float64)
    assert model.item_factors is not None
    return _Example(log.items[chosen], genres[chosen], rows, model.item_factors)


class Confidence(Widget):
    r"""한 사용자의 행: ``x = solve(Y.T @ C @ Y + λI, Y.T @ C @ p)``.

    독자는 α와 무게의 꼴을 바꿉니다. 아이템의 잠재 벡터는 고정되어 있고, 그 사람의 정규
    방정식이 그 자리에서 다시 풀립니다. 칸마다의 무게와 점수, 듣지 않은 음악가의 순위가
    바뀝니다.

    Attributes
    ----------
    state : dict
        청취자의 번호 ``user``, 무게의 꼴 ``form``(``"linear"``나 ``"log"``), α의 상용
        로그 ``power``, 예상하기의 답 ``guess``.

    Examples
    --------
    >>> w = Confidence()
    >>> w.alpha
    1.0
    >>> bool(w.scores[w.plays == 0].max() > w.scores[w.plays > 0].max())
    True
    """

    name = "confidence"
    title = "신뢰도 만져 보기: 무게를 바꾸면 한 사람의 행이 다시 풀린다"
    caption = (
        "0번인 칸의 무게는 언제나 1입니다. 들은 칸의 무게만 커지면 ‘듣지 않았다’는 "
        "기록이 묻혀서, 한 번도 듣지 않은 음악가의 점수가 들은 음악가보다 높아지기도 "
        "합니다."
    )
    schema = _schema.record(
        user=_schema.integer(0, len(LISTENERS) - 1),
        form=_schema.choice("linear", "log"),
        power=_schema.number(LOWEST, HIGHEST),
        guess=_schema.guess(3),
    )

    def __init__(self) -> None:
        self._example = ex = _example()
        super().__init__(
            state={"user": 0, "form": "linear", "power": 0, "guess": None},
            data={
                "listeners": LISTENERS,
                "artists": ex.artists,
                "genres": ex.genres,
                "rows": ex.rows,
                "Y": ex.Y.astype(np.float64),
                "penalty": PENALTY,
                "powers": (LOWEST, HIGHEST),
            },
        )

    @property
    def alpha(self) -> float:
        """지금의 α. 화면에 적는 대로 유효 숫자 둘로 맞춥니다."""
        return float(f"{10.0 ** self.state['power']:.2g}")

    @property
    def plays(self) -> Array:
        """고른 청취자의 재생 수."""
        return self._example.rows[self.state["user"]].copy()

    @property
    def weights(self) -> Array:
        """칸마다의 신뢰도 c."""
        return self._weights(self.alpha)

    @property
    def scores(self) -> Array:
        """다시 푼 행의 점수 ``Y @ x``."""
        return self._scores(self.alpha)

    def _weights(self, alpha: float) -> Array:
        plays = self.plays
        grown = plays if self.state["form"] == "linear" else np.log1p(plays)
        return np.asarray(1 + alpha * grown)

    def _scores(self, alpha: float) -> Array:
        Y, c = self._example.Y.astype(np.float64), self._weights(alpha)
        A = (Y.T * c) @ Y + PENALTY * np.eye(FACTORS)
        b = (c * (self.plays > 0)) @ Y
        return np.asarray(Y @ np.linalg.solve(A, b))

    def still(self) -> Figure:
        """α를 네 가지로 바꾸어 푼 점수. 테를 두른 칸이 1위 추천입니다."""
        plays, artists = self.plays, self._example.artists
        table = np.array([self._scores(10.0**power) for power in SHOWN])
        best = np.where(plays > 0, -np.inf, table).argmax(axis=1)
        ax = plots.matrix(
            table,
            [f"{10.0**power:g}" for power in SHOWN],
            artists.tolist(),
            title="α를 키우면 테를 두른 1위 추천이 들은 음악가를 앞지른다",
            row_name="α",
            column_name=f"음악가({', '.join(artists[plays > 0])}만 들었음)",
            fmt=".2f",
            highlight=list(enumerate(best.tolist())),
        )
        figure = ax.get_figure(root=True)
        assert figure is not None
        return figure
