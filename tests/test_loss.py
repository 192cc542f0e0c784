"""손실 위젯의 파이썬 쪽: 네 가지 수와, 스크립트 없이 보이는 그림."""

from __future__ import annotations

import numpy as np
import pytest

import recbook as rb
from recbook.widgets import Loss
from recbook.widgets._base import StateError

EX = rb.datasets.worked_example()


def test_numbers_are_those_of_the_chapter():
    widget = Loss()
    np.testing.assert_allclose(widget.errors, EX.U @ EX.I.T - EX.R, atol=1e-12)
    assert widget.total == pytest.approx(1.4)
    assert widget.mae == pytest.approx(0.422, abs=5e-4)
    assert widget.mse == pytest.approx(0.251, abs=5e-4)
    assert widget.rmse == pytest.approx(0.501, abs=5e-4)
    assert widget.state["cell"] == [0, 1]


def test_cancelling_errors_sum_to_zero_and_fit_nothing():
    widget = Loss()
    widget.state = {**widget.state, "errors": widget.data["cancelling"]}
    assert widget.total == 0
    assert widget.errors.all()
    assert widget.mse == pytest.approx(300 / 9)


def test_no_errors_of_that_sum_have_a_smaller_mse():
    """합을 −100으로 맞춘 무작위 오차 만 벌 가운데 어느 것도 더 작지 않습니다."""
    random = np.random.default_rng(0)
    errors = random.normal(-11, 3, (10_000, 9))
    errors += (-100 - errors.sum(axis=1, keepdims=True)) / 9
    least = Loss().data["least"]
    assert (np.mean(errors**2, axis=1) >= least).all()
    assert least == pytest.approx(123.457, abs=1e-3)


@pytest.mark.parametrize("bad", [{"errors": [[0] * 3] * 2}, {"cell": [0, 3]}])
def test_bad_states_are_refused(bad):
    widget = Loss()
    with pytest.raises(StateError):
        widget.state = {**widget.state, **bad}


def test_page_ships_no_kernels():
    assert "data-kernels" not in Loss().static_html()
