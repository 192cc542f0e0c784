"""브라우저의 커널: 같은 커널을 이 기계의 기계어와 Chromium의 WebAssembly로 견줍니다.

둘 다 스레드 하나이고 같은 인자에서 시작합니다. 페이지에서 만질 만한 크기의 자료이고, 한
차례에 기계어와 WebAssembly를 이어 잽니다. 비율은 같은 차례끼리 냅니다.

WebAssembly의 벡터는 16바이트입니다. 이 기계의 벡터가 32바이트나 64바이트면 셈만 하는
커널(정확한 LMF의 기울기, AdaGrad)의 비율에는 그만큼의 벽이 있습니다.
"""

from __future__ import annotations

import base64
import gzip
import time
from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np

from benchmarks.environment import say
from benchmarks.page import Page, PageError, find
from benchmarks.timing import summary
from benchmarks.workload import FOLDER

RATIO_GOAL = 1.3
SIZE_GOAL = 12 * 1024
K = 16
SHAPE = (1_000, 600, 60_000)
QUICK_SHAPE = (60, 40, 400)
SECONDS = 0.02
"""한 번 잴 때 적어도 이만큼 거듭 부릅니다."""
NONE = (
    "Chromium이 없어 브라우저의 속도는 재지 못했습니다. Chromium을 깔거나 그 자리를 "
    "환경 변수 CHROMIUM에 적고 다시 돌려 주십시오."
)

Arguments = list[Any]


def cases(n: int, m: int, entries: int) -> dict[str, Arguments]:
    """학습 커널마다의 인자. 사용자 n명, 아이템 m개, 칸 `entries`개쯤입니다."""
    random = np.random.default_rng(0)
    columns = np.minimum((random.random(entries) ** 2 * m).astype(int), m - 1)
    cells = np.unique(columns + random.integers(0, n, entries) * m)
    users, items = (part.astype(np.int32) for part in np.divmod(cells, m))
    indptr = np.searchsorted(users, np.arange(n + 1)).astype(np.int32)
    order = random.permutation(len(cells)).astype(np.int32)

    def double(*shape: int) -> Any:
        return random.normal(0, 0.3, shape)

    def single(*shape: int) -> Any:
        return double(*shape).astype(np.float32)

    weights = abs(single(len(cells))) + np.float32(0.1)
    factors = [double(n, K), double(m, K), double(n), double(m)]
    rated = [users, items, 3 + double(len(cells)), *factors, 3.0]
    sides = [single(n, K), single(n), single(m, K), single(m)]
    stored = [*sides, indptr, items, weights, 0.6]
    X, Y = sides[0], sides[2]
    sampled = [0.2, np.ones(m, np.int32), False, True, np.uint64(77), 0, n]
    return {
        "mf.gradient": [*rated, 0.02, 0.02, *map(np.zeros_like, factors)],
        "mf.descend": [double(n, K), double(n, K), 0.01],
        "mf.sgd_epoch": [order, *rated, 0.005, 0.02, 0.02, True],
        "lmf.gradient": [
            *[*stored, 0, n, single(n, K), single(n)],
            *[single(K, 256), single(4, 256), double(256), np.zeros(128, np.int32)],
        ],
        "lmf.sampled_gradient": [
            *[*stored, *sampled, single(n, K), single(n)],
            *[np.full(m, -1, np.int32), np.zeros(256, np.int32), single(5, 256)],
            *[double(256), np.zeros(1, np.uint64)],
        ],
        "lmf.adagrad": [single(n * K), single(n * K), abs(single(n * K)), 0.1],
        "als.gram": [Y, 0, K, double(64, K), double(K, 64), double(K, K)],
        "als.solve_cg": [
            *[X, Y, Y.T @ Y, indptr, items, weights, np.float32(0.1), 3, 0, n],
            *[single(3, K), single(256), single(256)],
        ],
    }


def measure(rounds: int, quick: bool) -> dict[str, Any]:
    """모듈의 크기와, 커널마다 두 쪽의 시간과 비율."""
    from recbook import browser

    folder = FOLDER / "browser"
    manifest = browser.build(folder)
    wasm = (folder / manifest["wasm"]["file"]).read_bytes()
    result: dict[str, Any] = {
        "kernels": len(manifest["kernels"]),
        "bytes": len(wasm),
        "gzip": len(gzip.compress(wasm, 9)),
        "goals": {"ratio": RATIO_GOAL, "gzip": SIZE_GOAL},
        "browser": None,
        "rows": [],
    }
    chromium = find()
    if chromium is None:
        say(NONE)
        return result
    try:
        with Page(chromium) as page:
            result["browser"] = page.ask("open", module=_base64(wasm))
            for name, values in cases(*(QUICK_SHAPE if quick else SHAPE)).items():
                say(f"{name}: {rounds}차례")
                result["rows"].append(_row(page, name, values, rounds))
    except PageError as error:
        say(f"Chromium에서 재다가 멈추었습니다: {error}")
        result |= {"browser": None, "rows": []}
    return result


def _row(page: Page, name: str, values: Arguments, rounds: int) -> dict[str, Any]:
    home, function = name.split(".")
    kernel = getattr(import_module(f"recbook.kernels.{home}"), function)
    page.ask("load", name=name, values=[_packed(value) for value in values])
    native(kernel, values, 1)
    times = max(1, int(SECONDS / min(native(kernel, values, 1) for _ in range(3))))
    for _ in range(3):  # V8이 빠른 기계어로 바꿀 때까지
        page.ask("run", times=times)
    here, there = [], []
    for _ in range(rounds):
        here.append(native(kernel, values, times) / times)
        there.append(page.ask("run", times=times) / 1e3 / times)
    return {
        "name": name,
        "native": summary(here),
        "wasm": summary(there),
        "ratio": summary([b / a for a, b in zip(here, there, strict=True)]),
    }


def native(kernel: Callable[..., Any], values: Arguments, times: int) -> float:
    """처음 내용에서 `times`번 부르는 데 걸린 초."""
    fresh = [v.copy() if isinstance(v, np.ndarray) else v for v in values]
    start = time.perf_counter()
    for _ in range(times):
        kernel(*fresh)
    return time.perf_counter() - start


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _packed(value: Any) -> dict[str, Any]:
    if isinstance(value, np.ndarray):
        return {"shape": value.shape, "data": _base64(value.tobytes())}
    if isinstance(value, np.uint64):
        return {"big": str(value)}
    return {"number": float(value)}
