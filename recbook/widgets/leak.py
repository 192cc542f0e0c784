"""나누는 날을 옮기며 훈련에 섞인 미래를 세는 위젯."""

import base64
from datetime import date, timedelta
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from recbook import datasets, plots
from recbook.kernels import primitives
from recbook.widgets import _schema
from recbook.widgets._base import Widget

__all__ = ["Leak"]

Array = NDArray[Any]

SHARE = 3
"""가구 셋 가운데 하나만 씁니다: 페이지에 싣는 자료를 줄입니다."""
FIRST, LAST = 61, 172
SEED = 4
_DAY = 86_400

MODEL = {"factors": 16, "alpha": 10, "regularization": 10, "iterations": 6}
"""ImplicitALS의 설정. 나머지는 기본값(random_state=0, cg_steps=3)입니다."""


class Leak(Widget):
    r"""나누는 날과 분할을 바꾸면 훈련에 든 미래와 점수가 함께 바뀐다.

    모의 VOD 기록(`recbook.datasets.vod`)에서 가구 셋 가운데 하나를 골라 싣습니다.
    구매와 개수는 이 기록의 것 그대로입니다. 점수는 지어내지 않습니다: 나누는 날이 바뀔
    때마다 그 페이지가 두 분할의 훈련 데이터로 인기순과 ALS를 처음부터 배우고(브라우저용
    커널), NDCG@10을 `recbook.metrics`와 같은 커널로 셉니다. 그래서 파이썬에서 같은
    설정(`MODEL`)으로 배운 점수와 같습니다.

    Attributes
    ----------
    state : dict
        나누는 날 ``day``(기록의 첫날이 0), 보고 있는 분할 ``split``(``"random"``이나
        ``"temporal"``), 예상하기의 답 ``guess``.

    Examples
    --------
    >>> w = Leak()
    >>> w.cutoff
    datetime.date(2015, 2, 1)
    """

    name = "leak"
    title = "나누는 날 옮겨 보기: 무작위로 나누면 미래가 훈련에 섞인다"
    caption = (
        "무작위로 나누면 나누는 날 이후의 구매가 훈련에 섞입니다. 시간으로 나누면 "
        "하나도 섞이지 않습니다. 이 기록의 인기순과 ALS는 무작위 분할에서 점수가 "
        "더 높게 나옵니다."
    )
    schema = _schema.record(
        day=_schema.integer(FIRST, LAST),
        split=_schema.choice("random", "temporal"),
        guess=_schema.guess(4),
    )

    def __init__(self) -> None:
        log = datasets.vod()
        chosen = log.user_index % SHARE == 0
        days = log.timestamps[chosen] // _DAY  # type: ignore[index]
        order = np.argsort(days, kind="stable")
        self._days: Array = (days - days.min())[order]
        self._first_day = date(1970, 1, 1) + timedelta(days=int(days.min()))
        self.users: Array = (log.user_index[chosen] // SHARE)[order]
        self.items: Array = log.item_index[chosen][order]
        n_users, n_items = -(-log.shape[0] // SHARE), log.shape[1]
        codes = (self.users * n_items + self.items).astype("<u4")
        packed = codes.view(np.uint8).reshape(-1, 4)[:, :3].tobytes()
        state = np.random.SeedSequence(0).generate_state(1, np.uint64)
        super().__init__(
            state={"day": 153, "split": "random", "guess": None},
            data={
                "start": self._first_day.isoformat(),
                "counts": np.bincount(self._days),
                "codes": base64.b64encode(packed).decode("ascii"),
                "n_users": n_users,
                "n_items": n_items,
                "model": {**MODEL, "steps": 3, "scale": 0.1, "state": str(state[0])},
                "seed": SEED,
                "range": (FIRST, LAST),
            },
        )

    @property
    def cutoff(self) -> date:
        """나누는 날. 이날부터가 ‘이후’입니다."""
        return self._first_day + timedelta(days=self.state["day"])

    @property
    def in_test(self) -> Array:
        """구매마다 테스트 데이터인지(사본). 순서는 `users`, `items`와 같습니다."""
        after = self._days >= self.state["day"]
        if self.state["split"] == "temporal":
            return after
        order = np.arange(len(after), dtype=np.int32)
        primitives.shuffle(order, np.array([SEED], np.uint64))
        test = np.zeros(len(after), bool)
        test[order[: after.sum()]] = True
        return test

    @property
    def future_in_train(self) -> int:
        """훈련에 든, 나누는 날 이후의 구매 수."""
        after = self._days >= self.state["day"]
        return int(np.count_nonzero(after & ~self.in_test))

    def still(self) -> Figure:
        """날마다의 구매를 훈련, 훈련에 든 미래, 테스트로 나누어 쌓은 막대."""
        day, test = self.state["day"], self.in_test
        length = self._days.max() + 1
        train = np.bincount(self._days[~test], minlength=length)
        rest = np.bincount(self._days[test], minlength=length)
        x = np.arange(length)
        figure, ax = plt.subplots()
        past = x < day
        color = plots.color
        ax.bar(x[past], train[past], 1, color=color("muted"), label="훈련")
        red = {"color": color("error"), "hatch": "///", "label": "훈련에 든 미래"}
        ax.bar(x[~past], train[~past], 1, **red)
        ax.bar(x, rest, 1, bottom=train, color=color("predicted"), label="테스트")
        ax.axvline(day - 0.5, color=color("ink"), ls="--")
        months = [date(2014, m, 1) for m in (9, 10, 11, 12)]
        months += [date(2015, m, 1) for m in (1, 2)]
        ax.set_xticks(
            [(first - self._first_day).days for first in months],
            [f"{first.month}월" for first in months],
        )
        ax.set(ylabel="하루의 구매(건)", xlabel="2014년 9월에서 2015년 2월까지")
        after = int(np.count_nonzero(self._days >= day))
        share = self.future_in_train / after
        how = {"random": "무작위로", "temporal": "시간으로"}[self.state["split"]]
        cut = f"{self.cutoff.month}월 {self.cutoff.day}일"
        title = f"{how} 나누면 {cut} 이후 구매의 {share:.0%}가 훈련에 든다"
        ax.set_title(title)
        figure.legend(loc="outside lower center", ncols=3)
        plots.describe(
            figure,
            f"{title}. 반년 동안 날마다의 구매를 쌓은 막대입니다. {cut} 이후의 구매 "
            f"{after:,}건 가운데 {self.future_in_train:,}건이 훈련 데이터에 있습니다.",
        )
        return figure
