"""커널의 WebAssembly 모듈을, 같은 커널을 이 기계에서 돌린 결과에 견준다.

모듈은 wasmtime에서 돌린다. 브라우저의 로더가 하는 일(배열을 메모리에 놓고, 주소와
크기를 넘기고, 되읽기)을 `Page`가 manifest.json만 보고 한다. Numba가 지금의 CPU에 맞춰
지은 기계어와 마지막 비트까지 같아야 한다.
"""

from __future__ import annotations

import gzip
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from copy import deepcopy
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import wasmtime
from hypothesis import given
from hypothesis import strategies as st

import recbook
from recbook import browser
from recbook.browser import _build, _module
from recbook.kernels import lmf
from recbook.kernels.primitives import PADDING

PACKAGE = Path(recbook.__file__).parent
BUDGET = 12 * 1024  # gzip 바이트
PAGE = 64 * 1024
FIRST = 0xE220A8397B1DCDAF  # splitmix64.c가 시드 0에서 내는 첫 값

# ── 페이지가 하는 일 ─────────────────────────────────────────────────────────


class Page:
    """모듈을 부르는 쪽. 인자를 놓고 읽는 법은 manifest.json에서만 배운다."""

    def __init__(self, folder: Path) -> None:
        self.manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
        engine = wasmtime.Engine()
        self.module = wasmtime.Module(engine, (folder / "kernels.wasm").read_bytes())
        self.store = wasmtime.Store(engine)
        instance = wasmtime.Instance(self.store, self.module, [])
        self.exports = instance.exports(self.store)
        self.memory = self.exports["memory"]

    def value(self, name: str) -> int:
        return self.exports[name].value(self.store)

    def read(self, address: int, like: np.ndarray) -> np.ndarray:
        data = self.memory.read(self.store, address, address + like.nbytes)
        return np.frombuffer(data, like.dtype).reshape(like.shape)

    def place(self, arrays: list[np.ndarray]) -> list[int]:
        """16바이트에 맞추어 차례로 놓은 자리. 모자라면 메모리를 늘린다."""
        addresses, top = [], self.value("heap_base")
        for array in arrays:
            addresses.append(-(-top // 16) * 16)
            top = addresses[-1] + array.nbytes
        short = top - self.memory.data_len(self.store)
        self.memory.grow(self.store, max(0, -(-short // PAGE)))
        for address, array in zip(addresses, arrays, strict=True):
            self.memory.write(self.store, array.tobytes(), address)
        return addresses

    def call(self, name: str, *values: Any) -> Any:
        """커널을 부르고, 배열을 제자리에서 되읽는다."""
        arguments = self.manifest["kernels"][name]["arguments"]
        arrays = [value for value in values if isinstance(value, np.ndarray)]
        addresses = self.place(arrays)
        left = iter(addresses)
        flat: list[Any] = []
        for argument, value in zip(arguments, values, strict=True):
            if argument["kind"] == "array":
                kind = {"dtype": str(value.dtype), "ndim": value.ndim}
                assert kind == {key: argument[key] for key in kind}, argument
                flat += [next(left), *value.shape]
            else:
                flat.append(value)
        result = self.exports[name](self.store, *flat)
        for address, array in zip(addresses, arrays, strict=True):
            array[...] = self.read(address, array)
        return result

    def error(self) -> dict[str, str]:
        """멈춘 까닭. `error`가 가리키는 칸의 번호를 글로 바꾼다."""
        number = self.read(self.value("error"), np.empty(1, np.int32))[0]
        return self.manifest["errors"][str(number)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("browser")
    browser.build(folder)
    return folder


@pytest.fixture
def page(folder: Path) -> Page:
    return Page(folder)


# ── 커널마다의 인자 ──────────────────────────────────────────────────────────

# 사용자, 아이템, K, 관측한 칸. 행과 열의 묶음(128행, 256열)을 넘는 것도 있다.
SIZES = {
    "보통": (7, 9, 16, 40),
    "넓은 K": (6, 5, 32, 20),
    "홀로": (1, 1, 48, 1),
    "없음": (0, 0, 16, 0),
    "칸이 없음": (3, 4, 16, 0),
    "묶음을 넘음": (131, 300, 16, 500),
}


class World:
    """크기와 시드가 정하는 배열. 부를 때마다 새로 만든다."""

    def __init__(self, size: str) -> None:
        self.n, self.m, self.K, self.entries = SIZES[size]
        self.rng = np.random.default_rng(len(size))

    def ints(self, high: int, *shape: int) -> np.ndarray:
        if high == 0:
            assert 0 in shape
            return np.zeros(shape, np.int32)
        return self.rng.integers(0, high, shape, np.int32)

    def f32(self, *shape: int) -> np.ndarray:
        return self.rng.normal(0, 0.5, shape).astype(np.float32)

    def f64(self, *shape: int) -> np.ndarray:
        return self.rng.normal(0, 0.5, shape)

    def csr(self, rows: int, columns: int) -> tuple[np.ndarray, np.ndarray]:
        """칸이 없는 행과 모두 찬 행이 섞인 CSR의 자리."""
        filled = [
            np.sort(self.rng.choice(columns, self.rng.integers(0, columns + 1), False))
            if self.entries and row % 3
            else np.zeros(0, int)
            for row in range(rows)
        ]
        indptr = np.cumsum([0, *map(len, filled)])
        indices = np.concatenate([*filled, np.zeros(0, int)])
        return indptr.astype(np.int32), indices.astype(np.int32)

    def state(self) -> np.ndarray:
        return np.array([2024], np.uint64)


Arguments = list[Any]


def entries_of(w: World) -> Arguments:
    N = w.entries
    return [w.ints(w.n, N), w.ints(w.m, N), w.f64(N)]


def parameters_of(w: World) -> Arguments:
    return [w.f64(w.n, w.K), w.f64(w.m, w.K), w.f64(w.n), w.f64(w.m)]


def score_entries(w: World) -> Arguments:
    users, items, out = entries_of(w)
    return [users, items, *parameters_of(w), 3.25, out]


def squared_error(w: World) -> Arguments:
    return [*entries_of(w), *parameters_of(w), 3.25]


def penalized(w: World) -> Arguments:
    return [*squared_error(w), 0.1, 0.3]


def full_gradient(w: World) -> Arguments:
    return [*penalized(w), *parameters_of(w)]


def descend(w: World) -> Arguments:
    return [w.f64(w.n, w.K), w.f64(w.n, w.K), 0.01]


def sgd_epoch(w: World) -> Arguments:
    order = w.rng.permutation(w.entries).astype(np.int32)
    rest = [3.25, 0.01, 0.1, 0.3, w.n % 2]
    return [order, *entries_of(w), *parameters_of(w), *rest]


def sides(w: World) -> Arguments:
    """사용자와 아이템의 벡터와 편향(float32)."""
    return [w.f32(w.n, w.K), w.f32(w.n), w.f32(w.m, w.K), w.f32(w.m)]


def score_rows(w: World) -> Arguments:
    return [w.ints(w.n, w.n), *sides(w), 1.5, w.f32(w.n, w.m)]


def select(w: World) -> Arguments:
    scores = np.round(w.f32(w.n, w.m), 1)  # 점수가 같은 것이 많게
    scores[:, ::4] = np.finfo(np.float32).min
    return [scores, np.zeros((w.n, 5), np.int32), np.zeros((w.n, 5), np.float32)]


def exact(w: World) -> Arguments:
    indptr, indices = w.csr(w.n, w.m)
    confidence = abs(w.f32(len(indices)))
    scratch = [
        np.zeros((w.K, lmf.TILE), np.float32),
        np.zeros((4, lmf.TILE), np.float32),
        np.zeros(lmf.TILE),
        np.zeros(lmf.ROWS, np.int32),
    ]
    gradients = [w.f32(w.n, w.K), w.f32(w.n)]
    given = [*sides(w), indptr, indices, confidence, 0.6, 0, w.n]
    return [*given, *gradients, *scratch]


def sampled(w: World) -> Arguments:
    popular = w.n % 2
    indptr, indices = w.csr(w.n, w.m)
    counts = np.bincount(indices, minlength=w.m).astype(np.int32)
    given = [*sides(w), indptr, indices, abs(w.f32(len(indices))), 0.6, 2.5]
    draws = [counts if popular else np.ones(w.m, np.int32), popular, 1, 77, 0, w.n]
    scratch = [
        np.full(w.m, -1, np.int32),
        np.zeros(lmf.CHUNK, np.int32),
        np.zeros((5, lmf.CHUNK), np.float32),
        np.zeros(lmf.CHUNK),
        w.state(),
    ]
    return [*given, *draws, w.f32(w.n, w.K), w.f32(w.n), *scratch]


def gram(w: World) -> Arguments:
    scratch = [w.f64(8, w.K), w.f64(PADDING, 8)]
    return [w.f32(w.m, w.K), w.K - PADDING, w.K, *scratch, w.f64(w.K, w.K)]


def weighted(w: World) -> Arguments:
    indptr, indices = w.csr(w.n, w.m)
    return [indptr, indices, abs(w.f32(len(indices)))]


def solve_cg(w: World) -> Arguments:
    X, Y = w.f32(w.n, w.K), w.f32(w.m, w.K)
    scratch = [w.f32(3, w.K), w.f32(PADDING), w.f32(PADDING)]
    return [X, Y, Y.T @ Y, *weighted(w), 0.1, 3, 0, w.n, *scratch]


def answered(w: World) -> tuple[Arguments, np.ndarray]:
    """사용자마다의 정답(순위, 시작하는 자리, 후보의 수)과 정답의 자리."""
    lists = [np.flatnonzero(w.f32(w.m) > 0) for _ in range(w.n)]
    lists = [places if len(places) else np.array([0]) for places in lists]
    positions = np.concatenate([*lists, np.zeros(0, int)]).astype(np.int32)
    indptr = np.append(0, np.cumsum([len(p) for p in lists])).astype(np.int32)
    counts = np.full(w.n, w.m, np.int32)
    return [positions.astype(np.float64), indptr, counts], positions


def tied_ranks(w: World) -> Arguments:
    indptr, indices = w.csr(w.n, w.m)
    return [w.f32(w.n, w.m).round(), indptr, indices, np.zeros(len(indices))]


def percentile_ranks(w: World) -> Arguments:
    values, positions = answered(w)
    return [*values, np.zeros(len(positions))]


def score_lists(w: World) -> Arguments:
    values, positions = answered(w)
    return [positions, *values, 3, np.zeros((w.n, 6))]


CASES: dict[str, Callable[[World], Arguments]] = {
    "als.gram": gram,
    "als.solve_cg": solve_cg,
    "lmf.adagrad": lambda w: [w.f32(w.n), w.f32(w.n), abs(w.f32(w.n)), 0.1],
    "lmf.gradient": exact,
    "lmf.log_prior": lambda w: [w.f32(w.n, w.K), 0.6],
    "lmf.probabilities": lambda w: [w.f32(w.n, w.m)],
    "lmf.sampled_gradient": sampled,
    "metrics.percentile_ranks": percentile_ranks,
    "metrics.score_lists": score_lists,
    "metrics.tied_ranks": tied_ranks,
    "mf.adagrad": lambda w: [w.f64(w.n, 3), w.f64(w.n, 3), abs(w.f64(w.n, 3)), 0.1],
    "mf.descend": descend,
    "mf.gradient": full_gradient,
    "mf.loss": penalized,
    "mf.predict_entries": score_entries,
    "mf.sgd_epoch": sgd_epoch,
    "mf.squared_error": squared_error,
    "primitives.fill_uniform": lambda w: [w.f32(w.n, w.K), 0.1, w.state()],
    "primitives.shuffle": lambda w: [np.arange(w.m, dtype=np.int32), w.state()],
    "topk.hide": lambda w: [w.f32(w.n, w.m), *w.csr(w.n, w.m)],
    "topk.score_rows": score_rows,
    "topk.select": select,
}


def test_every_declared_kernel_is_compared(page):
    assert set(page.manifest["kernels"]) == set(CASES)


def native(page: Page, name: str, values: Arguments) -> Any:
    """같은 형의 인자로 이 기계에서. 정수는 Numba의 기본 정수(int64)가 된다."""
    home, function = name.split(".")
    kernel = getattr(import_module(f"recbook.kernels.{home}"), function)
    kinds = {"int64": int, "boolean": bool}
    typed = [
        kinds.get(argument["dtype"], getattr(np, argument["dtype"], None))(value)
        if argument["kind"] == "scalar"
        else value
        for argument, value in zip(
            page.manifest["kernels"][name]["arguments"], values, strict=True
        )
    ]
    return kernel(*typed)


def same_number(first: Any, second: Any, kind: str | None) -> bool:
    if kind is None:
        return first is None and second is None
    if kind == "uint64":  # wasm의 i64에는 부호가 없다
        return int(first) % 2**64 == int(second) % 2**64
    return first == second


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", CASES)
def test_native_and_wasm_agree_to_the_last_bit(page, name, size):
    here, there = CASES[name](World(size)), CASES[name](World(size))
    expected = native(page, name, here)
    result = page.call(name, *there)
    assert same_number(expected, result, page.manifest["kernels"][name]["returns"])
    for argument, mine, other in zip(
        page.manifest["kernels"][name]["arguments"], here, there, strict=True
    ):
        if argument["kind"] == "array":
            assert mine.tobytes() == other.tobytes(), argument["name"]


@pytest.mark.parametrize("name", CASES)
def test_every_kernel_does_something(page, name):
    """두 결과가 같은 것이 아무것도 하지 않아서는 아닌지."""
    before, after = CASES[name](World("보통")), CASES[name](World("보통"))
    result = page.call(name, *after)
    changed = any(
        isinstance(array, np.ndarray) and array.tobytes() != old.tobytes()
        for array, old in zip(after, before, strict=True)
    )
    assert changed or result


# ── 난수 ─────────────────────────────────────────────────────────────────────


def test_random_numbers_are_the_published_ones(page):
    state, drawn = np.zeros(1, np.uint64), np.zeros((1, 1), np.float32)
    page.call("primitives.fill_uniform", drawn, 1.0, state)
    assert drawn[0, 0] == np.float32(2 * ((FIRST >> 11) / 2**53) - 1)
    assert state[0] == 0x9E3779B97F4A7C15


def test_shuffling_is_a_permutation(page):
    order = np.arange(1000, dtype=np.int32)
    page.call("primitives.shuffle", order, np.array([5], np.uint64))
    assert sorted(order) == list(range(1000))
    assert (order != np.arange(1000)).mean() > 0.99


# ── 모듈의 모양 ──────────────────────────────────────────────────────────────


def test_module_needs_nothing_from_outside(page):
    assert [entry.name for entry in page.module.imports] == []


def test_exports_are_what_the_manifest_says(page):
    exported = {entry.name: entry.type for entry in page.module.exports}
    frame = {"memory", "error", "heap_base"}
    assert set(exported) == frame | set(page.manifest["kernels"])
    flat = {"int32": "i32", "int64": "i32", "boolean": "i32", "uint64": "i64"}
    flat |= {"float32": "f32", "float64": "f64"}
    for name, kernel in page.manifest["kernels"].items():
        parameters = []
        for argument in kernel["arguments"]:
            if argument["kind"] == "array":
                parameters += ["i32"] * (1 + argument["ndim"])
            else:
                parameters.append(flat[argument["dtype"]])
        results = [flat[kernel["returns"]]] if kernel["returns"] else []
        assert [str(kind) for kind in exported[name].params] == parameters
        assert [str(kind) for kind in exported[name].results] == results


def test_download_is_small(folder):
    wasm = (folder / "kernels.wasm").read_bytes()
    assert len(gzip.compress(wasm, 9)) <= BUDGET


def test_vectors_of_sixteen_bytes_are_used(folder):
    """`dot`의 곱셈과 덧셈이 한 칸씩 흩어지지 않았는지: f32x4.mul과 f32x4.add."""
    wasm = (folder / "kernels.wasm").read_bytes()
    assert wasm.count(b"\xfd\xe6\x01") > 20
    assert wasm.count(b"\xfd\xe4\x01") > 20


def test_memory_starts_empty_above_the_heap_base(page):
    start = page.value("heap_base")
    assert start % 16 == 0
    assert start + PAGE >= page.memory.data_len(page.store) > page.value("error")
    assert not any(page.memory.read(page.store, start))


def test_memory_grows_and_keeps_what_it_holds(page):
    before = page.memory.data_len(page.store)
    rows, k = 2_000, 64
    X = np.ones((rows, k))
    page.call("mf.descend", X, np.full((rows, k), 2.0), 0.25)
    assert page.memory.data_len(page.store) > before + 2 * X.nbytes - PAGE
    np.testing.assert_array_equal(X, 0.5)
    address = page.place([X])[0]
    page.memory.grow(page.store, 10)
    np.testing.assert_array_equal(page.read(address, X), X)


# ── 멈춤 ─────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("k", [8, 17])
def test_raising_kernel_traps_and_tells_why(page, k):
    def given() -> Arguments:
        one = np.zeros(1, np.int32)
        X, b = np.ones((1, k)), np.zeros(1)
        return [one, one.copy(), X, X.copy(), b, b.copy(), 0.0, np.zeros(1)]

    with pytest.raises(ValueError, match="16의 배수") as raised:
        native(page, "mf.predict_entries", given())
    with pytest.raises(wasmtime.Trap, match="unreachable"):
        page.call("mf.predict_entries", *given())
    assert page.error() == {"type": "ValueError", "message": str(raised.value)}


def test_nothing_is_reported_before_a_kernel_stops(page):
    page.call("primitives.shuffle", np.arange(3, dtype=np.int32), World("보통").state())
    assert not page.read(page.value("error"), np.empty(1, np.int32))[0]


def test_error_of_a_helper_reaches_the_caller(page):
    """dots가 낸 오류가 두 겹의 커널을 지나온다."""
    values = solve_cg(World("보통"))
    values[0] = np.ones((7, 8), np.float32)  # Y와 길이가 다르다
    values[-3] = np.ones((3, 8), np.float32)
    with pytest.raises(ValueError, match="dots") as raised:
        native(page, "als.solve_cg", values)
    with pytest.raises(wasmtime.Trap):
        page.call("als.solve_cg", *values)
    assert page.error()["message"] == str(raised.value)


# ── 옮길 수 없는 것 ──────────────────────────────────────────────────────────

KERNELS = """
import math
import numpy as np
from recbook.kernels._declare import browser
from recbook.kernels.primitives import kernel

HUGE = np.zeros(200_000)
STRIDED = np.arange(20.0)[::2]

declared = browser(
    a="float64[::1]", b="float64[::1]", A="float64[:, ::1]", B="float64[:, ::1]",
    f="float32[::1]", x="float64", y="float64", i="int64", bad="float64[:]",
    worse="complex128",
)


@kernel
def _inner(n):
    return np.empty(n)


{body}
"""

REFUSED = {
    "empty": ("a", "return np.empty(3)[0] + a[0]", "np.empty"),
    "nested": ("i", "return _inner(i)[0]", "np.empty"),
    "filled": ("a", "return a.copy()[0]", ".copy()"),
    "listed": ("a", "v = [x for x in a]\n    return v[0]", "리스트"),
    "sorted_": ("a", "return np.sort(a)[0]", "np.sort"),
    "where": ("a", "return np.where(a > 0)[0][0]", "np.where"),
    "sliced": ("a, b", "a[:] = b", "a[:] = b"),
    "sliced_rows": ("A, B", "A[:, :] = B", "a[:] = b"),
    "blas": ("a, b", "return np.dot(a, b)", "np.dot"),
    "product": ("A, B", "return (A @ B)[0, 0]", "@"),
    "inverse": ("A", "return np.linalg.det(A)", "np.linalg"),
    "random": ("a", "a[0] = np.random.random()", "np.random"),
    "power": ("x, y", "return x ** y", "거듭제곱"),
    "power_of_two": ("i", "return 2.0 ** i", "거듭제곱"),
    "exponential": ("x", "return np.exp(x)", "exp"),
    "tangent": ("x", "return math.tan(x)", "tan"),
    "printed": ("a", "print(a[0])", "print"),
    "huge": ("i", "return HUGE[i]", "전역 배열"),
    "strided": ("i", "return STRIDED[i]", "전역 배열"),
    "told": ("x", "if x > 0:\n        raise ValueError(x)", "raise의 글"),
    "pair": ("a", "return a[0], a[1]", "결과"),
    "untyped": ("zz", "return zz", "zz"),
    "layout": ("bad", "return bad[0]", "C 순서"),
    "complex_": ("worse", "return worse", "complex128"),
    "mistaken": ("a", "return a.nothing", "nothing"),
}

ALLOWED = {
    "rounded": (
        "a, f",
        "for n in range(len(a)):\n"
        "        a[n] = (math.sqrt(abs(a[n])) + np.floor(3 * a[n]) + np.trunc(a[n])\n"
        "                + math.ceil(a[n]) + np.rint(a[n]) + np.sqrt(np.abs(f[n]))\n"
        "                + np.floor(2 * f[n]))",
    ),
    "powers": ("x", "return x ** 2 - 2 * x"),
    "divided": ("i", "return i // 3 + i % 7"),
    "compared": ("x", "return x > 0.5"),
    "single": ("f", "return f[0]"),
    "asserted": ("x", "assert x > 0, '양수를 주세요'\n    return x"),
}

LOWER = """
import json, sys, warnings
warnings.simplefilter("ignore")
from pathlib import Path
from recbook.browser import _lower
import written
out, told = Path(sys.argv[1]), {}
mine = {name: each for name, each in _lower.DECLARED.items() if "written." in name}
for name, each in mine.items():
    try:
        wasm, description = _lower.lower({name: each})
    except _lower.RefusedError as error:
        told[name] = str(error)
    else:
        folder = out / name
        folder.mkdir()
        (folder / "kernels.wasm").write_bytes(wasm)
        (folder / "manifest.json").write_text(json.dumps(description))
try:
    _lower.lower({name: mine[f"written.{name}"] for name in ("powers", "empty")})
except _lower.RefusedError as error:
    told["both"] = str(error)
(out / "told.json").write_text(json.dumps(told))
"""


@pytest.fixture(scope="module")
def lowered(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """커널마다 따로 지은 모듈과, 거절당한 것의 글. 프로세스 하나로."""
    out = tmp_path_factory.mktemp("lowered")
    body = "\n\n".join(
        f"@declared\n@kernel\ndef {name}({given[0]}):\n    {given[1]}\n"
        for name, given in {**REFUSED, **ALLOWED}.items()
    )
    source = out / "written.py"
    source.write_text(KERNELS.replace("{body}", body), encoding="utf-8")
    child = subprocess.run(
        [sys.executable, "-c", LOWER, str(out)],
        env=_build.environment(str(out / "cache")),
        cwd=out,
        capture_output=True,
        encoding="utf-8",
    )
    assert child.returncode == 0, child.stderr
    return SimpleNamespace(
        out=out, source=source, told=json.loads((out / "told.json").read_text())
    )


@pytest.mark.parametrize("name", REFUSED)
def test_forbidden_construct_is_refused_by_name(lowered, name):
    told = lowered.told[f"written.{name}"]
    assert f"written.{name}" in told
    assert REFUSED[name][2] in told


def test_only_the_guilty_kernel_is_named(lowered):
    assert "커널 empty:" in lowered.told["both"]
    assert "powers" not in lowered.told["both"]


@pytest.mark.parametrize("name", ALLOWED)
def test_allowed_construct_agrees_with_native(lowered, name, monkeypatch):
    monkeypatch.syspath_prepend(lowered.out)
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(lowered.out / "native"))
    function = getattr(import_module("written"), name).py_func
    page = Page(lowered.out / f"written.{name}")
    rng = np.random.default_rng(0)
    for _ in range(20):
        kinds = {
            "a": rng.normal(0, 5, 6),
            "f": rng.normal(0, 5, 6).astype(np.float32),
            "x": abs(rng.normal()),
            "i": int(rng.integers(-1000, 1000)),
        }
        given = [kinds[key] for key in ALLOWED[name][0].split(", ")]
        copies = deepcopy(given)
        assert page.call(f"written.{name}", *given) == function(*copies)
        for mine, other in zip(given, copies, strict=True):
            np.testing.assert_array_equal(mine, other)


def test_message_of_a_failed_assertion(lowered):
    page = Page(lowered.out / "written.asserted")
    with pytest.raises(wasmtime.Trap):
        page.call("written.asserted", -1.0)
    assert page.error() == {"type": "AssertionError", "message": "양수를 주세요"}


# ── 다시 짓기 ────────────────────────────────────────────────────────────────


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """다른 폴더에 놓인 패키지. 저장소의 다른 것은 없다."""
    elsewhere = tmp_path / "다른 곳"
    shutil.copytree(
        PACKAGE, elsewhere / "recbook", ignore=shutil.ignore_patterns("__pycache__")
    )
    return elsewhere


def run_module(elsewhere: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`elsewhere`의 패키지로 명령줄에서. 어지러운 환경 변수를 함께 준다."""
    disturbing = {
        "PYTHONPATH": str(elsewhere),
        "PYTHONHASHSEED": "12345",
        "NUMBA_DISABLE_JIT": "1",
        "NUMBA_CPU_FEATURES": "+avx2",
    }
    return subprocess.run(
        [sys.executable, "-X", "utf8", "-P", "-m", "recbook.browser", *arguments],
        env={**os.environ, **disturbing},
        cwd=elsewhere,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def test_same_bytes_from_another_folder_and_environment(folder, copied):
    done = run_module(copied, "지은 것")
    assert done.returncode == 0, done.stderr
    for name in ("kernels.wasm", "manifest.json"):
        assert (copied / "지은 것" / name).read_bytes() == (folder / name).read_bytes()
    assert f"커널 {len(CASES)}개" in done.stdout


def test_command_line_tells_what_is_refused(copied):
    path = copied / "recbook" / "kernels" / "mf.py"
    source = path.read_text(encoding="utf-8")
    mean = "    total = 0.0\n"
    assert mean in source
    path.write_text(source.replace(mean, "    total = values.copy()[0]\n"), "utf-8")
    done = run_module(copied, "지은 것")
    assert done.returncode == 1
    assert "커널 mf.squared_error: " in done.stderr
    assert "커널 mf.loss: " in done.stderr
    assert "커널 mf.descend" not in done.stderr
    assert ".copy()" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (copied / "지은 것" / "kernels.wasm").exists()


@pytest.fixture
def lowerings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """짓는 일을 세기만 한다."""
    done: list[str] = []

    def lowered() -> tuple[bytes, dict[str, Any]]:
        done.append("지음")
        return b"wasm", {"kernels": {}, "errors": {}}

    monkeypatch.setattr(_build, "_lowered", lowered)
    return done


def test_nothing_is_built_twice(lowerings, tmp_path):
    first = browser.build(tmp_path / "new" / "folder")
    assert browser.build(tmp_path / "new" / "folder") == first
    assert len(lowerings) == 1
    assert {path.name for path in (tmp_path / "new" / "folder").iterdir()} == {
        "kernels.wasm",
        "manifest.json",
    }


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: (folder / "kernels.wasm").write_bytes(b"was"),
        lambda folder: (folder / "kernels.wasm").unlink(),
        lambda folder: (folder / "manifest.json").write_text('{"key": '),
        lambda folder: (folder / "manifest.json").write_text("[]"),
        lambda folder: (folder / "manifest.json").unlink(),
    ],
)
def test_damaged_files_are_built_again(lowerings, tmp_path, damage):
    first = browser.build(tmp_path)
    damage(tmp_path)
    assert browser.build(tmp_path) == first
    assert len(lowerings) == 2
    assert (tmp_path / "kernels.wasm").read_bytes() == b"wasm"


@pytest.mark.parametrize("name", ["kernels/mf.py", "browser/_module.py"])
def test_changed_source_is_built_again(lowerings, tmp_path, copied, monkeypatch, name):
    monkeypatch.setattr(_build, "_PACKAGE", copied / "recbook")
    browser.build(tmp_path / "out")
    with (copied / "recbook" / name).open("a", encoding="utf-8") as file:
        file.write("# 고침\n")
    browser.build(tmp_path / "out")
    assert len(lowerings) == 2


def test_changed_tool_is_built_again(lowerings, tmp_path, monkeypatch):
    browser.build(tmp_path)
    monkeypatch.setattr(_build, "version", lambda name: "0.0.1")
    browser.build(tmp_path)
    assert len(lowerings) == 2


# ── 목적 파일 읽기 ───────────────────────────────────────────────────────────


def test_numbers_are_written_as_the_specification_says():
    assert _module._number(624485) == b"\xe5\x8e\x26"
    assert _module._Reader(b"\xc0\xbb\x78").number(signed=True) == -123456
    assert _module._Reader(b"\xe5\x8e\x26").number() == 624485


@given(st.integers(0, 2**31 - 1))
def test_addresses_stay_positive(value):
    """i32.const는 부호 있는 수로 읽힌다."""
    reader = _module._Reader(_module._address(value))
    assert (reader.byte(), reader.byte(), reader.byte()) == (0x7F, 0, 0x41)
    assert reader.number(signed=True) == value
    assert reader.take(9) == b"\x0b"


def test_only_object_files_are_read():
    with pytest.raises(ValueError, match="목적 파일이 아닙니다"):
        _module.finish(b"\x7fELF\x02\x01\x01\0", [])


def test_kernels_run_without_the_compiler():
    """선언은 NUMBA_DISABLE_JIT에서도 커널을 바꾸지 않는다."""
    code = (
        "import numpy as np\n"
        "from recbook.kernels import mf\n"
        "from recbook.kernels._declare import DECLARED\n"
        "X = np.ones((2, 3))\n"
        "mf.descend(X, np.ones((2, 3)), 0.5)\n"
        "print(X.sum(), DECLARED['mf.descend'].kernel is mf.descend)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        text=True,
    )
    assert done.stdout.split() == ["3.0", "True"], done.stderr
