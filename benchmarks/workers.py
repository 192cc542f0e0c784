"""재는 프로세스. 구현마다 하나씩 오래 살며, 시키는 일을 하고 걸린 시간을 답합니다.

두 구현을 한 프로세스에 두면 OpenMP와 BLAS의 스레드, 메모리의 모양이 서로를 건드립니다.
그래서 프로세스를 나누고, 준비(읽기, 컴파일)를 마친 채로 번갈아 시킵니다. 물음과 답은
표준 입출력을 오가는 JSON 한 줄씩입니다.
"""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Self

OURS = "recbook"
PEER = "implicit"
# BLAS의 스레드는 두 구현 모두 하나입니다. 스레드는 저마다 num_threads로 나눕니다.
SINGLE_BLAS = dict.fromkeys(
    (
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "BLIS_NUM_THREADS",
        "VECLIB_MAXIMUM_THREADS",
    ),
    "1",
)


class WorkerError(RuntimeError):
    """재는 프로세스가 일을 마치지 못했습니다."""


class Worker:
    """재는 프로세스 하나를 부리는 쪽."""

    def __init__(self, side: str) -> None:
        self.side = side
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.workers", side],
            cwd=Path(__file__).parent.parent,
            env=os.environ | SINGLE_BLAS | {"PYTHONIOENCODING": "utf-8"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )
        try:
            self.versions: dict[str, str] = self._receive()
        except WorkerError:
            self.close()
            raise

    def ask(self, task: str, **arguments: Any) -> dict[str, Any]:
        """일 하나를 시키고 답을 기다립니다."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"task": task, **arguments}) + "\n")
        self._process.stdin.flush()
        return self._receive()

    def close(self) -> None:
        """입력을 닫아 프로세스를 끝냅니다."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _receive(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise WorkerError(f"{self.side} 프로세스가 답하지 않고 끝났습니다.")
        answer = json.loads(line)
        if "error" in answer:
            raise WorkerError(f"{self.side}: {answer['error']}")
        return answer


def timed(work: Callable[[], Any]) -> tuple[Any, dict[str, float]]:
    """일의 결과와, 모든 스레드의 CPU 시간과 벽시계 시간(초)."""
    gc.collect()
    cpu, wall = time.process_time(), time.perf_counter()
    result = work()
    return result, {
        "cpu": time.process_time() - cpu,
        "wall": time.perf_counter() - wall,
    }


# ── 재는 프로세스 안 ─────────────────────────────────────────────────────────


class Bench:
    """한 구현의 자료와 마지막으로 학습한 모델."""

    def __init__(self, side: str) -> None:
        self.side = side
        self._data: dict[str, Any] = {}
        self._model: Any = None

    def versions(self) -> dict[str, str]:
        """이 구현과 그 밑의 라이브러리의 판. 여기서 구현을 처음 읽습니다."""
        from importlib.metadata import version

        self._module(None)
        names = [self.side, "numpy", "scipy"]
        if self.side == OURS:
            names += ["numba", "llvmlite"]
        return {name: version(name) for name in names}

    def load(self, data: str, train: str, test: str) -> dict[str, Any]:
        """나눈 자료를 읽어 `data`라는 이름으로 둡니다."""
        from scipy import sparse

        # implicit은 csr_array를 받지 않으므로 두 구현 모두 csr_matrix입니다.
        self._data[data] = tuple(
            sparse.csr_matrix(sparse.load_npz(path)) for path in (train, test)
        )
        return {}

    def fit(
        self,
        data: str,
        model: str,
        parameters: dict[str, Any],
        values: dict[str, Any] | None,
        seed: int | None,
        threads: int | None,
    ) -> dict[str, float]:
        """학습하고 시간을 냅니다. 모델을 만들고 값을 바꾸는 일은 재지 않습니다."""
        counts = self._data[data][0]
        table = counts if values is None else transformed(counts, **values)
        parameters = dict(parameters)
        if seed is not None:
            parameters["random_state"] = seed
        if threads is not None:
            parameters["num_threads"] = threads
        self._model = getattr(self._module(model), model)(**parameters)
        quiet = {} if self.side == OURS else {"show_progress": False}
        return timed(lambda: self._model.fit(table, **quiet))[1]

    def recommend(self, data: str, n: int, threads: int) -> dict[str, float]:
        """학습한 모델로 모든 사용자에게 `n`개씩 추천합니다."""
        import numpy as np

        train = self._data[data][0]
        users = np.arange(train.shape[0])
        self._model.num_threads = threads
        return timed(lambda: self._model.recommend(users, train, N=n))[1]

    def evaluate(self, data: str) -> dict[str, float]:
        """떼어 둔 자료에서 잰 NDCG@10과 MPR(%). 두 구현을 같은 함수로 잽니다."""
        from recbook import metrics

        train, test = self._data[data]
        at_10 = metrics.ranking_metrics_at_k(self._model, train, test, K=10)
        return {
            "ndcg": float(at_10["ndcg"]),
            "mpr": float(metrics.mean_percentile_rank(self._model, train, test)),
        }

    def _module(self, model: str | None) -> Any:
        if self.side == OURS:
            import recbook

            return recbook
        if model == "LogisticMatrixFactorization":
            import implicit.cpu.lmf

            return implicit.cpu.lmf
        import implicit.cpu.als

        return implicit.cpu.als


def transformed(counts: Any, log: bool, scale: float, offset: float) -> Any:
    """implicit에 줄 신뢰도: 저장한 원소마다 ``offset + scale·f(r)``.

    implicit은 받은 값을 그대로 c로 씁니다. f는 항등이거나 log(1+r)입니다.
    """
    import numpy as np

    table = counts.copy()
    table.data = offset + scale * (np.log1p(counts.data) if log else counts.data)
    table.data = table.data.astype(np.float32)
    return table


def serve(side: str) -> None:
    """표준 입력의 물음이 다할 때까지 답합니다."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # 라이브러리가 찍는 글이 답에 섞이지 않게 합니다.
    bench = Bench(side)

    def answer(work: Callable[[], dict[str, Any]]) -> None:
        try:
            line = work()
        except Exception as error:
            traceback.print_exc()
            line = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(line), file=answers, flush=True)

    answer(bench.versions)
    for line in sys.stdin:
        question = json.loads(line)
        task = getattr(bench, question.pop("task"))
        answer(partial(task, **question))


if __name__ == "__main__":
    serve(sys.argv[1])
