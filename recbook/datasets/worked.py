"""책 전체에 되풀이해 나오는 3×3 예제."""

from dataclasses import dataclass

import numpy as np

from .interactions import Array, frozen

__all__ = ["WorkedExample", "worked_example"]


@dataclass(frozen=True, eq=False)
class WorkedExample:
    """책 전체에 되풀이해 나오는 3×3 예제.

    Attributes
    ----------
    U : ndarray, shape (3, 3)
        사용자 행렬. 행은 `users`, 열은 `features`입니다.
    I : ndarray, shape (3, 3)
        아이템 행렬. 행은 `items`, 열은 `features`입니다.
    R : ndarray, shape (3, 3)
        관측한 횟수. 행은 `users`, 열은 `items`입니다.
    printed : ndarray, shape (3, 3)
        원문에 적힌 ``U @ I.T``의 값. 네 칸이 틀렸습니다(정오표에서만 씁니다).
    users, items, features : tuple of str
        행과 열의 이름.

    Notes
    -----
    배열은 모두 float64이고 읽기 전용입니다. 바꾸어 보려면 ``ex.U.copy()``를 쓰십시오.
    """

    U: Array
    I: Array  # noqa: E741 - 본문과 같은 이름입니다
    R: Array
    printed: Array
    users: tuple[str, ...] = ("A", "B", "C")
    items: tuple[str, ...] = ("가", "나", "다")
    features: tuple[str, ...] = ("장르", "발매지역", "가수")


def worked_example() -> WorkedExample:
    """3×3 예제를 돌려줍니다.

    Returns
    -------
    WorkedExample

    Examples
    --------
    >>> ex = worked_example()
    >>> round(float(ex.U[0] @ ex.I[0]), 1)
    7.9
    """

    def table(*rows: tuple[float, ...]) -> Array:
        return frozen(np.array(rows, dtype=np.float64))

    return WorkedExample(
        U=table((0.9, -0.8, 0.7), (0.3, 0.3, 0.4), (0.6, 0.1, 0.3)),
        I=table((2, -5, 3), (6, 4, 1), (8, 2, 1)),
        R=table((8, 4, 6), (0, 3, 3), (1, 4, 5)),
        printed=table((8.1, 3.7, 6.1), (0.3, 3.4, 3.4), (1.7, 4.3, 5.3)),
    )
