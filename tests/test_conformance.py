"""모델마다 같은 약속을 지키는지 본다."""

from __future__ import annotations

import numpy as np
import pytest

import recbook as rb
from tests.conformance import SIZE, Conformance, FactorConformance, RankingConformance

START = tuple(np.random.default_rng(7).normal(0, 0.1, (2, SIZE, 4)))


class TestPopularity(Conformance):
    model_class = rb.Popularity
    variations = {"count": "values"}  # noqa: RUF012 - 클래스마다 하나뿐인 표입니다

    def test_every_parameter_changes_the_result(self, board):
        """window와 half_life는 때가 있어야 하므로 tests/test_popularity.py가 봅니다."""
        counts = board.multiply(np.arange(1, SIZE + 1)).tocsr()
        self.check_effect("count", {}, self.variations, counts)

    def test_has_no_vectors(self, model):
        with pytest.raises(NotImplementedError, match="similar_items"):
            model.similar_items(0)
        with pytest.raises(NotImplementedError, match="similar_users"):
            model.similar_users(0)


class TestRegularizedMF(FactorConformance):
    model_class = rb.RegularizedMF
    options = {"factors": 4, "learning_rate": 0.05, "iterations": 60}  # noqa: RUF012
    learns_from_nothing = False
    zeros_count = True
    variations = {  # noqa: RUF012
        "factors": 5,
        "regularization": 0.1,
        "learning_rate": 0.04,
        "iterations": 61,
        "biases": True,
        "solver": {"solver": "gradient", "learning_rate": 0.001},
        "initial": {"initial": START},
        "random_state": 1,
    }


class TestImplicitALS(RankingConformance):
    model_class = rb.ImplicitALS
    floor = 1.9
    options = {"factors": 4, "regularization": 0.1}  # noqa: RUF012
    variations = {  # noqa: RUF012
        "factors": 5,
        "alpha": 2.0,
        "confidence": "log",
        "regularization": 0.2,
        "iterations": 14,
        "solver": "cholesky",
        "cg_steps": 2,
        "epsilon": {"confidence": "log", "epsilon": 0.5},
        "random_state": 1,
        "initial": {"initial": START},
    }
    without_effect = {"num_threads": 2}  # noqa: RUF012


class TestLogisticMF(RankingConformance):
    model_class = rb.LogisticMF
    floor = 1.4
    options = {"factors": 4}  # noqa: RUF012
    variations = {  # noqa: RUF012
        "factors": 5,
        "alpha": 2.0,
        "confidence": "log",
        "regularization": 0.2,
        "learning_rate": 1.0,
        "iterations": 29,
        "negatives": 2.0,
        "engine": {"engine": "blas"},
        "epsilon": {"confidence": "log", "epsilon": 0.5},
        "sampling": {"negatives": 2.0, "sampling": "popularity"},
        "exclude_positives": {"negatives": 2.0, "exclude_positives": False},
        "random_state": 1,
        "biases": False,
        "initial": {"initial": START},
    }
    without_effect = {"num_threads": 2}  # noqa: RUF012


class TestSampledLogisticMF(TestLogisticMF):
    floor = 1.1
    options = {"factors": 4, "negatives": 3.0}  # noqa: RUF012
    variations = {  # noqa: RUF012
        name: change
        for name, change in TestLogisticMF.variations.items()
        if name != "engine"
    }
    # 모든 칸의 행렬 곱이 없으므로 어느 것을 골라도 같습니다.
    without_effect = {"num_threads": 2, "engine": "blas"}  # noqa: RUF012
