"""로지스틱 행렬 분해를 화면에서 학습하는 위젯."""

import math
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray
from scipy import sparse

from recbook import LogisticMF, Popularity, datasets, metrics, plots, split
from recbook.widgets import _schema
from recbook.widgets._base import Widget

__all__ = ["LMF"]

Array = NDArray[Any]

SEED = 0
GENRES = ("댄스", "록", "발라드", "인디", "힙합")
PER_GENRE = 12
LISTENERS = 240
FEWEST, MOST = 10, 40  # 청취자 한 명이 들은 음악가의 수
HELD_OUT = 0.1
LONGEST = 2000  # 걸음의 수
EXAMPLE_CAPTION = (
    "사용자의 벡터가 모두 0일 때 어느 칸이나 확률은 ½이고, 첫 걸음은 어느 값에서나 "
    "꼭 학습률만큼입니다. 그래서 첫 걸음에는 방향만 남습니다. 국외 음반을 많이 들은 "
    "A와 국내 음반을 들은 B·C가 발매지역의 양쪽으로 갈라섭니다."
)


class _Problem(NamedTuple):
    """학습할 자료 하나."""

    table: sparse.csr_array  # 양성의 크기: 횟수 또는 log(1 + 횟수)
    held_out: sparse.csr_array
    users: list[str]
    items: list[str]
    groups: list[int]  # 아이템의 장르 번호
    names: list[str]  # 장르의 이름
    initial: tuple[Array, Array] | None
    factors: int | None  # None이면 독자가 고릅니다
    popularity: float | None


class LMF(Widget):
    """로지스틱 행렬 분해(LMF)를 한 걸음씩 학습한다.

    자료는 둘입니다. 3×3 예제에서 아이템의 벡터는 원문의 아이템 행렬에서, 사용자의
    벡터는 0에서 시작합니다. 음악가 60은 함께 싣는 청취 기록(지어낸 자료)에서 장르
    다섯에 열둘씩 음악가를 고르고, 청취자 240명을 뽑은 것입니다. 기록의 10분의 1을
    숨겨 MPR을 잽니다.

    화면은 `LogisticMF`와 같은 커널을 같은 차례로 부르므로, 한쪽을 고정하지 않으면
    결과가 마지막 비트까지 같습니다.

    Parameters
    ----------
    data : {"artists", "example"}, default "artists"
        처음에 보일 자료. 화면에서 바꿀 수 있습니다.

    Attributes
    ----------
    state : dict
        자료 ``data``(``"example"`` 또는 ``"artists"``), 요인의 수 ``factors``,
        ``alpha``, ``regularization``, ``learning_rate``, 다음 걸음에 고칠 쪽 ``side``,
        지도의 두 축 ``axes``, 고른 아이템 ``item``, 예상하기의 답 ``guess``, 그리고
        걸음의 기록 ``run``. ``run``은 ``{"side": "both", "steps": 25}`` 꼴의 목록이고
        side는 ``"both"``, ``"users"``, ``"items"``, ``"biases"``입니다.

    Examples
    --------
    >>> w = LMF()
    >>> w.state = {**w.state, "run": [{"side": "both", "steps": 10}]}
    >>> w.factors[0].shape
    (240, 2)
    """

    name = "lmf"
    title = "로지스틱 행렬 분해: 들은 칸은 올리고 0번인 칸은 내린다"
    caption = (
        "칸마다 점수를 올리는 힘과 내리는 힘이 있고, 그 힘이 벡터와 편향을 움직입니다. "
        "그 힘만으로 함께 듣는 음악가가 가까이 모이고, 숨긴 기록의 순위도 올라갑니다. "
        "장르는 학습에 쓰지 않았습니다."
    )
    schema = _schema.record(
        data=_schema.choice("example", "artists"),
        factors=_schema.integer(1, 8),
        alpha=_schema.number(0.05, 20),
        regularization=_schema.number(0, 50),
        learning_rate=_schema.number(0.01, 2),
        run=_schema.array(
            _schema.record(
                side=_schema.choice("both", "users", "items", "biases"),
                steps=_schema.integer(1, LONGEST),
            ),
            0,
            20,
        ),
        side=_schema.choice("both", "users", "items", "biases"),
        axes=_schema.array(_schema.integer(0, 7), 2),
        item=_schema.integer(0, 59),
        guess=_schema.guess(_schema.number(0, 60)),
    )

    def __init__(self, data: str = "artists") -> None:
        if data == "example":
            self.caption = EXAMPLE_CAPTION  # type: ignore[misc]
        problems = {"example": _example(), "artists": _artists()}
        (seed,) = np.random.SeedSequence(SEED).generate_state(1, np.uint64)
        super().__init__(
            state={
                "data": data,
                "factors": 2,
                "alpha": 1.0,
                "regularization": 5.0 if data == "artists" else 1.0,
                "learning_rate": 0.5,
                "run": [],
                "side": "both",
                "axes": [0, 1],
                "item": 0,
                "guess": None,
            },
            data={
                "seed": str(seed),
                "longest": LONGEST,
                **{name: _shipped(problem) for name, problem in problems.items()},
            },
        )

    @property
    def problem(self) -> _Problem:
        """지금 보이는 자료: 학습할 표 ``table``, 숨긴 칸 ``held_out``, 이름들."""
        return _example() if self.state["data"] == "example" else _artists()

    @property
    def model(self) -> LogisticMF:
        """지금 설정과 걸음 수로 학습한 모델.

        Raises
        ------
        ValueError
            ``run``에 ``"both"``가 아닌 걸음이 있을 때.
        """
        if any(part["side"] != "both" for part in self.state["run"]):
            raise ValueError(
                "한쪽을 멈추고 걸은 결과는 LogisticMF 하나로 만들 수 없습니다. "
                "w.reset()으로 처음으로 돌아가 두 쪽을 함께 학습하십시오."
            )
        return self._fitted(sum(part["steps"] for part in self.state["run"]))

    @property
    def factors(self) -> tuple[Array, Array]:
        """지금의 (X, Y). `model`과 같은 조건에서 얻습니다."""
        model = self.model
        assert model.user_factors is not None
        assert model.item_factors is not None
        return model.user_factors, model.item_factors

    def still(self) -> Figure:
        """음악가 60이면 걸음마다의 MPR, 3×3 예제면 첫 걸음 뒤의 사용자 벡터."""
        example = self.state["data"] == "example"
        ax = self._first_step() if example else self._ranks()
        figure = ax.get_figure(root=True)
        assert figure is not None
        return figure

    def _first_step(self) -> Any:
        problem, ex = _example(), datasets.worked_example()
        users = self._fitted(1).user_factors
        assert users is not None
        return plots.matrix(
            users,
            problem.users,
            ex.features,
            title="첫 걸음에 A와 B·C가 발매지역의 양쪽으로 갈라선다",
            kind="signed",
            column_name="요인",
            fmt="+.1f",
            highlight=[(u, 1) for u in range(3)],
        )

    def _ranks(self) -> Any:
        problem = _artists()
        assert problem.popularity is not None
        halves = problem.table, problem.held_out
        ranks = [metrics.mean_percentile_rank(self._fitted(0), *halves)]
        self._fitted(
            100,
            lambda model: ranks.append(metrics.mean_percentile_rank(model, *halves)),
        )
        ax = plots.loss_curve(
            ranks,
            title=f"숨긴 기록의 MPR이 {ranks[0]:.0f}%에서 {ranks[-1]:.0f}%로 내려간다",
            ylabel="MPR (%)",
            xlabel="걸음",
        )
        ax.axhline(problem.popularity, color=plots.color("muted"), linestyle="--")
        label = f"인기순 {problem.popularity:.1f}%"
        ax.annotate(label, (100, problem.popularity), ha="right", va="bottom")
        return ax

    def _fitted(self, steps: int, watch: Any = None) -> LogisticMF:
        state, problem = self.state, self.problem
        model = LogisticMF(
            factors=problem.factors or state["factors"],
            alpha=state["alpha"],
            regularization=state["regularization"],
            learning_rate=state["learning_rate"],
            iterations=steps,
            engine="portable",
            initial=problem.initial,
            random_state=SEED,
        )
        callback = watch and (lambda *_: watch(model))
        return model.fit(problem.table, callback=callback)


@cache
def _example() -> _Problem:
    ex = datasets.worked_example()
    return _Problem(
        table=sparse.csr_array(ex.R.astype(np.float32)),
        held_out=sparse.csr_array(ex.R.shape, dtype=np.float32),
        users=list(ex.users),
        items=list(ex.items),
        groups=[0] * len(ex.items),
        names=["음반"],
        initial=(np.zeros_like(ex.U), ex.I),
        factors=ex.I.shape[1],
        popularity=None,
    )


@cache
def _artists() -> _Problem:
    log = datasets.listening()
    genre = np.asarray(log.item_features["genre"])
    listeners = np.bincount(log.user_items.indices, minlength=len(log.items))
    chosen = []
    for name in GENRES:
        members = np.flatnonzero(genre == name)
        popular = members[np.argsort(-listeners[members], kind="stable")]
        chosen.append(popular[:PER_GENRE])
    items = np.concatenate(chosen)
    table = sparse.csr_array(log.user_items[:, items])
    heard = np.diff(table.indptr)
    users = np.flatnonzero((heard >= FEWEST) & (heard <= MOST))[:LISTENERS]
    table = sparse.csr_array(table[users])
    # 가장 많이 들은 장르끼리 이웃하게 놓으면 표에 덩이가 보입니다.
    by_genre = (table.toarray() > 0).reshape(len(users), len(GENRES), -1).sum(axis=2)
    order = np.lexsort((-by_genre.max(axis=1), by_genre.argmax(axis=1)))
    table = sparse.csr_array(table[order])
    train, held_out = split.holdout(table, HELD_OUT, random_state=SEED)
    # 페이지가 가볍도록 소수 둘째 자리까지만 씁니다.
    train.data = np.round(np.log1p(train.data), 2).astype(np.float32)
    held_out.data = np.ones_like(held_out.data)
    popularity = Popularity().fit(train)
    return _Problem(
        table=train,
        held_out=held_out,
        users=[str(log.users[u]) for u in users[order]],
        items=[str(log.items[i]) for i in items],
        groups=[n for n in range(len(GENRES)) for _ in range(PER_GENRE)],
        names=list(GENRES),
        initial=None,
        factors=None,
        popularity=metrics.mean_percentile_rank(popularity, train, held_out),
    )


def _shipped(problem: _Problem) -> dict[str, Any]:
    """화면에 보낼 자료. float32의 값을 가장 짧은 십진수로 적습니다."""

    def csr(table: sparse.csr_array) -> dict[str, Any]:
        values = [float(str(value)) for value in np.asarray(table.data, np.float32)]
        whole = all(math.isclose(value, 1) for value in values)
        return {
            "indptr": table.indptr,
            "indices": table.indices,
            "values": None if whole else values,
        }

    return {
        "train": csr(problem.table),
        "heldOut": csr(problem.held_out),
        "users": problem.users if len(problem.users) < 10 else len(problem.users),
        "items": problem.items,
        "groups": problem.groups,
        "names": problem.names,
        "initial": problem.initial,
        "factors": problem.factors,
        "popularity": problem.popularity,
    }
