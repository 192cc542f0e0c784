"""한국어 색인: 조사와 어미를 떼고, 이어진 명사는 합쳐서도 찾습니다."""

from __future__ import annotations

import pytest

from theme.search import index_words


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("행렬을 곱합니다", "행렬"),
        ("행렬의 크기", "행렬"),
        ("추천하는 방법", "추천"),
        ("추천이다", "추천"),
        ("암시적 피드백을 씁니다", "피드백"),
        ("행렬분해를 배웁니다", "행렬분해"),
        ("행렬분해를 배웁니다", "행렬"),
        ("SVD와 AdaGrad를 씁니다", "svd"),
        ("SVD와 AdaGrad를 씁니다", "adagrad"),
        ("RMSE는 0.501입니다", "0.501"),
    ],
)
def test_index_contains(text: str, word: str) -> None:
    assert word in index_words(text)


def test_particles_alone_are_not_indexed() -> None:
    words = index_words("사용자가 아이템을 고른다")
    assert {"사용자", "아이템"} <= set(words)
    assert not {"가", "을"} & set(words)
