"""행을 나누어 여러 스레드로 커널을 돌립니다.

커널은 도는 동안 파이썬의 잠금(GIL)을 놓으므로 파이썬의 스레드면 됩니다. 나누는 자리는
자료만 보고 정합니다. 그래서 스레드가 몇이든 블록마다의 결과와 더하는 순서가 같습니다.
"""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import local
from typing import Any, Generic, TypeVar

__all__ = ["BLOCK", "Workers", "available", "blocks"]

Scratch = TypeVar("Scratch")
Result = TypeVar("Result")

BLOCK = 128
"""한 번에 커널에 맡기는 행의 수."""


def available() -> int:
    """이 프로세스가 쓸 수 있는 처리기의 수."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def blocks(n_rows: int, size: int = BLOCK) -> list[tuple[int, int]]:
    """0부터 `n_rows`까지를 `size`행씩 자른 (처음, 끝)."""
    return [(start, min(start + size, n_rows)) for start in range(0, n_rows, size)]


class Workers(Generic[Scratch]):
    """블록을 나누어 맡는 스레드. ``with``로 엽니다.

    Parameters
    ----------
    num_threads : int
        0이면 쓸 수 있는 처리기를 모두 씁니다. 1이면 부른 스레드에서 돕니다.
    scratch : callable, optional
        스레드마다 한 번 불러 그 스레드만 쓸 임시 배열을 만듭니다.
    """

    def __init__(
        self, num_threads: int = 0, scratch: Callable[[], Scratch] | None = None
    ) -> None:
        self.num_threads = num_threads or available()
        self._make = scratch
        self._own = local()
        # 부른 스레드도 함께 일하므로 하나를 덜 만듭니다.
        helpers = self.num_threads - 1
        self._pool = ThreadPoolExecutor(helpers) if helpers else None

    def __enter__(self) -> "Workers[Scratch]":
        return self

    def __exit__(self, *error: object) -> None:
        if self._pool is not None:
            # 끊겼을 때 하던 블록은 마저 끝나지만, 아직 내놓지 않은 배열에 적을 뿐이라
            # 모델은 그대로입니다.
            self._pool.shutdown(wait=True, cancel_futures=True)

    def map(
        self,
        work: Callable[[int, int, Any], Result],
        parts: Iterable[tuple[int, int]],
    ) -> list[Result]:
        """블록마다 ``work(start, stop, scratch)``. 결과는 블록의 순서대로입니다."""
        listed = list(parts)
        results: list[Any] = [None] * len(listed)
        # 스레드마다 다음 번호를 꺼내 갑니다. 블록마다 일을 맡기면 그 값이 더 듭니다.
        numbers = iter(range(len(listed)))

        def drain() -> None:
            try:
                for number in numbers:
                    results[number] = work(*listed[number], self._scratch())
            except BaseException:  # 나머지는 아무도 하지 않습니다
                for _ in numbers:
                    pass
                raise

        others = [] if self._pool is None else self._helpers(drain, len(listed) - 1)
        drain()
        for other in others:
            other.result()
        return results

    def _helpers(self, drain: Callable[[], None], most: int) -> list[Future[None]]:
        assert self._pool is not None
        return [
            self._pool.submit(drain) for _ in range(min(self.num_threads - 1, most))
        ]

    def _scratch(self) -> Any:
        if self._make is None:
            return None
        if not hasattr(self._own, "scratch"):
            self._own.scratch = self._make()
        return self._own.scratch
