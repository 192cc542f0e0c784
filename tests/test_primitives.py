"""커널의 도구를 독립된 답에 견준다.

`dot`, `axpy`, `exp`, `sigmoid`, `log`는 기계어와 파이썬 쌍둥이가 마지막 비트까지
같은지를 먼저 보고, 그다음 쌍둥이와 상관없는 답(유리수, Decimal, NumPy)으로 오차를 잰다.
splitmix64와 섞기는 공개된 값과 파이썬 정수로 쓴 답에 견준다.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from decimal import Decimal, localcontext
from fractions import Fraction
from itertools import islice, permutations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numba import config, njit
from numba.core.errors import TypingError

from recbook.kernels import primitives
from recbook.kernels.primitives import (
    PADDING,
    axpy,
    axpys,
    dot,
    dots,
    exp,
    log,
    padded,
    sigmoid,
)

compiled = settings(deadline=None)  # 첫 부름은 컴파일까지 합니다
SEEDS = st.integers(0, 2**64 - 1)
MASK = 2**64 - 1

# 공개된 참조 구현(splitmix64.c)이 시드마다 내는 첫 값들.
GOLDEN = {
    0: [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F],
    1234567: [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
        4593380528125082431,
        16408922859458223821,
    ],
}


def state(seed: int) -> np.ndarray:
    return np.array([seed], np.uint64)


def splitmix64(seed: int):
    """넘치지 않는 파이썬 정수로 쓴 독립된 답."""
    while True:
        seed = (seed + 0x9E3779B97F4A7C15) & MASK
        z = seed
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        yield z ^ (z >> 31)


def draws(seed: int, count: int) -> list[int]:
    current = state(seed)
    return [int(primitives.next_uint64(current)) for _ in range(count)]


@pytest.mark.parametrize("seed", GOLDEN)
def test_published_values(seed):
    assert draws(seed, len(GOLDEN[seed])) == GOLDEN[seed]


@compiled
@given(SEEDS)
def test_every_seed_matches_integer_arithmetic(seed):
    assert draws(seed, 4) == list(islice(splitmix64(seed), 4))


@compiled
@given(SEEDS)
def test_uniform_takes_the_top_53_bits(seed):
    current = state(seed)
    value = primitives.uniform(current)
    assert value == (next(splitmix64(seed)) >> 11) / 2**53
    assert 0 <= value < 1


@compiled
@given(SEEDS, st.integers(1, 2**32))
def test_next_below_rejects_the_surplus(seed, bound):
    # 위쪽 32비트 d마다 d·bound // 2³²이 답입니다. 답마다 남는 d의 수가 같으려면
    # (d·bound mod 2³²) < 2³² mod bound인 d를 버리면 됩니다.
    draws = (x >> 32 for x in splitmix64(seed))
    kept = next(d for d in draws if d * bound % 2**32 >= 2**32 % bound)
    got = primitives.next_below(state(seed), np.uint64(bound))
    assert int(got) == kept * bound // 2**32 < bound


def test_next_below_can_reject():
    bound = 2**31 + 1
    current, reference, used = state(0), splitmix64(0), 0
    for _ in range(50):
        value = int(primitives.next_below(current, np.uint64(bound)))
        while ((draw := next(reference) >> 32) * bound) % 2**32 < 2**32 % bound:
            used += 1
        assert value == draw * bound // 2**32
    assert used > 10


@compiled
@given(st.integers(0, 300), SEEDS)
def test_shuffle_is_a_permutation(size, seed):
    order = np.arange(size)
    primitives.shuffle(order, state(seed))
    assert sorted(order) == list(range(size))


@compiled
@given(st.integers(0, 60), SEEDS)
def test_shuffle_follows_fisher_yates(size, seed):
    order = np.arange(size, dtype=np.int32)
    primitives.shuffle(order, state(seed))
    expected = list(range(size))
    random = splitmix64(seed)
    for last in reversed(range(1, size)):
        bound = last + 1
        draws = (x >> 32 for x in random)
        kept = next(d for d in draws if d * bound % 2**32 >= 2**32 % bound)
        pick = kept * bound // 2**32
        expected[last], expected[pick] = expected[pick], expected[last]
    assert order.tolist() == expected


def test_every_order_is_equally_likely():
    current = state(20)
    counts = Counter()
    for _ in range(24_000):
        order = np.arange(4)
        primitives.shuffle(order, current)
        counts[tuple(order.tolist())] += 1
    assert set(counts) == set(permutations(range(4)))
    # 기댓값 1,000, 표준편차 약 31. 자유도 23의 카이제곱이 0.1% 값 49.7보다 작습니다.
    assert sum((count - 1000) ** 2 / 1000 for count in counts.values()) < 49.7


def test_fill_uniform_spans_both_signs():
    out = np.empty((200, 7))
    primitives.fill_uniform(out, 0.5, state(3))
    random = splitmix64(3)
    expected = [0.5 * (2 * (next(random) >> 11) / 2**53 - 1) for _ in range(out.size)]
    np.testing.assert_allclose(out.ravel(), expected, rtol=0, atol=1e-16)
    assert (np.abs(out) <= 0.5).all()
    assert abs(out.mean()) < 0.05


def test_uint64_wraps_silently_without_the_compiler():
    program = """
import warnings
warnings.simplefilter("error")
import numpy as np
from recbook.kernels import primitives
assert not hasattr(primitives.shuffle, "py_func")
state = np.array([1234567], np.uint64)
print([int(primitives.next_uint64(state)) for _ in range(5)])
order = np.arange(10)
primitives.shuffle(order, state)
print(order.tolist())
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr
    numbers, shuffled = done.stdout.splitlines()
    assert numbers == str(GOLDEN[1234567])
    current = state(1234567)
    for _ in range(5):
        primitives.next_uint64(current)
    order = np.arange(10)
    primitives.shuffle(order, current)
    assert shuffled == str(order.tolist())


# 벡터 연산과 지수 함수 ------------------------------------------------------------

# 여기의 커널은 캐시하지 않습니다. 캐시는 이 파일이 바뀌어야 새로 지어지므로, 도구를
# 고쳐도 옛 기계어를 시험하게 됩니다.
native = njit(error_model="numpy")


@native
def native_dot(a, b, out):
    out[0] = dot(a, b)


@native
def native_axpy(alpha, x, y):
    axpy(alpha, x, y)


@native
def native_exp(x, out):
    for n in range(len(x)):
        out[n] = exp(x[n])


@native
def native_sigmoid(x, out):
    for n in range(len(x)):
        out[n] = sigmoid(x[n])


@native
def native_log(x, out):
    for n in range(len(x)):
        out[n] = log(x[n])


@native
def native_dots(rows, x, out):
    dots(rows, x, out)


@native
def native_dots_at(rows, x, out, at):
    dots(rows, x, out, at)


@native
def native_axpys(alphas, rows, y):
    axpys(alphas, rows, y)


@native
def native_axpys_at(alphas, rows, y, at):
    axpys(alphas, rows, y, at)


FLOATS = [np.float32, np.float64]
FUNCTIONS = {
    "exp": (native_exp, exp),
    "sigmoid": (native_sigmoid, sigmoid),
    "log": (native_log, log),
}
LENGTHS = st.sampled_from([0, 16, 32, 48, 256])

both = pytest.mark.parametrize("dtype", FLOATS)
needs_compiler = pytest.mark.skipif(config.DISABLE_JIT, reason="기계어가 있어야 합니다")


def elements(dtype):
    return st.floats(width=np.finfo(dtype).bits)  # 무한대, NaN, ±0, 비정규수도


@st.composite
def vectors(draw, count=2):
    """길이와 형이 같은 배열 여럿. 벡터의 정렬에 맞지 않는 자리에서도 시작합니다."""
    dtype = draw(st.sampled_from(FLOATS))
    size, offset = draw(LENGTHS), draw(st.integers(0, 3))
    shape = (count, size + offset)
    block = draw(arrays(dtype, shape, elements=elements(dtype)))
    return [row[offset:] for row in block]


def bits(array) -> bytes:
    """비트까지 같은지 보려고. NaN은 어느 NaN이든 하나로 칩니다."""
    array = np.asarray(array)
    return (
        array.dtype.str.encode()
        + np.where(np.isnan(array), array.dtype.type(np.nan), array).tobytes()
    )


def run_dot(a, b):
    out = np.empty(1, a.dtype)
    native_dot(a, b, out)
    return out[0]


def apply(function, x):
    out = np.empty_like(x)
    function(x, out)
    return out


def twin(function, x):
    return np.array([function(value) for value in x], x.dtype)


def neighbours(x, count):
    """`x`의 값마다 그 수와, 바로 위로 이어지는 실수 `count`개."""
    columns = [x]
    for _ in range(count):
        columns.append(np.nextafter(columns[-1], x.dtype.type(np.inf)))
    return np.stack(columns, axis=1)


def edges(dtype):
    """넘치는 곳, 비정규수, 반올림이 갈리는 곳(n + ½) ln 2의 둘레."""
    info = np.finfo(dtype)
    top, bottom = np.log(float(info.max)), np.log(float(info.smallest_subnormal))
    ends = np.array([top, bottom, np.log(float(info.tiny)), 0, 1, 17, 37], dtype)
    splits = (np.arange(np.floor(bottom), np.ceil(top)) + 0.5) * np.log(2)
    splits = splits[(splits > bottom - 2) & (splits < top + 2)].astype(dtype)
    special = [0.0, info.smallest_subnormal, info.tiny, info.eps, info.max, np.inf]
    around = np.concatenate(
        [neighbours(values, 3).ravel() for values in (ends, splits)]
    )
    values = np.concatenate([around, np.array([*special, np.nan], dtype)])
    return np.concatenate([values, -values])


@pytest.mark.parametrize(
    ("k", "expected"), [(0, 0), (1, 16), (15, 16), (16, 16), (17, 32), (256, 256)]
)
def test_padded_rounds_up(k, expected):
    assert padded(k) == expected
    assert padded(k) % PADDING == 0


@compiled
@given(vectors())
def test_dot_equals_its_twin(pair):
    assert bits(run_dot(*pair)) == bits(dot(*pair))


@compiled
@given(vectors(), st.floats() | st.integers(-(2**63), 2**63 - 1))
def test_axpy_equals_its_twin(pair, alpha):
    x, y = pair
    ours, theirs, before = y.copy(), y.copy(), x.copy()
    native_axpy(alpha, x, ours)
    axpy(alpha, x, theirs)
    assert bits(ours) == bits(theirs)
    assert bits(x) == bits(before)
    # 칸마다 한 번 곱하고 한 번 더한 것과도 같습니다.
    with np.errstate(all="ignore"):
        assert bits(ours) == bits(np.add(y, np.multiply(x.dtype.type(alpha), x)))


@both
@pytest.mark.parametrize("size", [0, 16, 32, 48, 256])
def test_random_vectors_equal_their_twins(dtype, size):
    random = np.random.default_rng(size)
    for scale in (1.0, 1e-20, 1e18):
        for _ in range(50):
            a, b = (random.normal(size=(2, size)) * scale).astype(dtype)
            assert bits(run_dot(a, b)) == bits(dot(a, b))
            ours, theirs = b.copy(), b.copy()
            alpha = dtype(random.normal())
            native_axpy(alpha, a, ours)
            axpy(alpha, a, theirs)
            assert bits(ours) == bits(theirs)


def test_alpha_is_rounded_to_the_type_of_the_arrays():
    x = np.full(16, 3, np.float32)
    y = np.zeros(16, np.float32)
    native_axpy(0.1, x, y)
    assert (y == np.float32(0.1) * np.float32(3)).all()


@both
def test_dot_adds_sixteen_lanes_and_folds_them(dtype):
    # 순서를 손으로 풀어 쓴 답. 더하는 순서를 바꾸면 마지막 자리가 달라지는 수입니다.
    random = np.random.default_rng(5)
    a, b = random.normal(size=(2, 48)).astype(dtype)
    products = [x * y for x, y in zip(a, b, strict=True)]
    lane = [
        ((dtype(0) + products[n]) + products[n + 16]) + products[n + 32]
        for n in range(16)
    ]
    eight = [lane[n] + lane[n + 8] for n in range(8)]
    four = [eight[n] + eight[n + 4] for n in range(4)]
    assert run_dot(a, b) == (four[0] + four[2]) + (four[1] + four[3])


@both
@pytest.mark.parametrize("k", [1, 10, 16, 64, 250])
def test_dot_is_near_the_exact_sum(dtype, k):
    random = np.random.default_rng(k)
    a, b = np.zeros((2, padded(k)), dtype)
    unit = np.finfo(dtype).eps / 2
    for _ in range(20):
        a[:k], b[:k] = random.normal(size=(2, k))
        products = [
            Fraction(float(x)) * Fraction(float(y)) for x, y in zip(a, b, strict=True)
        ]
        # 곱셈 한 번, 부분합의 덧셈, 접는 덧셈 네 번의 반올림이 쌓인 한계입니다.
        steps = len(a) // PADDING + 5
        bound = steps * unit / (1 - steps * unit) * sum(map(abs, products))
        assert abs(Fraction(float(run_dot(a, b))) - sum(products)) <= bound


@both
def test_padding_stays_zero(dtype):
    x, y = np.zeros((2, padded(10)), dtype)
    x[:10], y[:10] = 1.5, -2
    native_axpy(dtype(0.25), x, y)
    assert (y[:10] == -1.625).all()
    assert (y[10:] == 0).all()


@both
def test_rows_of_a_matrix(dtype):
    X, Y = np.random.default_rng(0).normal(size=(2, 3, 32)).astype(dtype)
    expected = Y.copy()
    expected[1] += dtype(2) * X[2]
    assert bits(run_dot(X[1], Y[2])) == bits(dot(X[1], Y[2]))
    native_axpy(2.0, X[2], Y[1])
    assert bits(Y) == bits(expected)


@pytest.mark.parametrize(("dtype", "power"), [(np.float32, 12), (np.float64, 27)])
def test_multiplication_and_addition_are_not_fused(dtype, power):
    # (1 + 2⁻ᵖ)² = 1 + 2¹⁻ᵖ + 2⁻²ᵖ의 마지막 항은 곱을 반올림할 때 사라집니다. 곱하고
    # 더하기를 한 번에 하면(FMA) 그 항이 남아 답이 0이 아니게 됩니다.
    near, square = dtype(1 + 2.0**-power), dtype(1 + 2.0 ** (1 - power))
    x, y = np.full(16, near), np.full(16, -square)
    native_axpy(near, x, y)
    assert (y == 0).all()
    a = np.concatenate([np.full(16, -square), x])
    b = np.concatenate([np.ones(16, dtype), x])
    assert run_dot(a, b) == 0


@needs_compiler
@both
def test_the_compiled_code_has_no_fused_or_reordered_arithmetic(dtype):
    a, b = np.ones((2, 16), dtype)
    run_dot(a, b)
    native_axpy(1.0, a, b)
    for function in (native_dot, native_axpy):
        for signature in function.signatures:
            assembly = function.inspect_asm(signature)
            assert not re.search(r"\bv?fn?m(add|sub|la|ls)\w*\s", assembly)
            code = function.inspect_llvm(signature)
            assert re.search(r"fmul <16 x (float|double)>", code)
            assert not re.search(r"= f(mul|add) (fast|contract|reassoc|nsz)", code)


@needs_compiler
@both
def test_the_compiled_code_neither_allocates_nor_calls_mathematics(dtype):
    a, b = np.ones((2, 16), dtype)
    run_dot(a, b)
    native_axpy(1.0, a, b)
    apply(native_exp, a)
    apply(native_sigmoid, a)
    apply(native_log, a)
    rows, at = np.ones((3, 16), dtype), np.zeros(3, np.int32)
    native_dots_at(rows, a, np.ones(3, dtype), at)
    native_axpys_at(np.ones(3, dtype), rows, b, at)
    used = (native_dot, native_axpy, native_exp, native_sigmoid, native_log)
    for function in (*used, native_dots_at, native_axpys_at):
        for code in function.inspect_llvm().values():
            called = re.findall(r'call [^@\n]*@"?([^"(\s]+)', code)
            assert called
            assert not [name for name in called if "alloc" in name.lower()]
            mathematics = r"(llvm\.)?(exp|pow|log)[\w.]*"
            assert not [name for name in called if re.fullmatch(mathematics, name)]


@pytest.mark.parametrize("sizes", [(16, 32), (15, 15), (17, 17), (0, 16), (8, 8)])
def test_wrong_lengths_are_refused(sizes):
    a, b = (np.ones(size, np.float32) for size in sizes)
    out = np.zeros(1, np.float32)
    for call in (
        lambda: dot(a, b),
        lambda: native_dot(a, b, out),
        lambda: axpy(1.0, a, b),
        lambda: native_axpy(1.0, a, b),
    ):
        with pytest.raises(ValueError, match="16의 배수"):
            call()
    assert (b == 1).all()
    assert out[0] == 0


@needs_compiler
def test_wrong_types_are_refused():
    single, double = np.ones(32, np.float32), np.ones(32)
    frozen = single.copy()
    frozen.flags.writeable = False
    out = np.zeros(1)
    for a, b in [
        (single, double),
        (single.astype(np.int32), single.astype(np.int32)),
        (double[::2], double[::2]),
        (double.reshape(2, 16), double.reshape(2, 16)),
    ]:
        with pytest.raises(TypingError, match="1차원 C 연속"):
            native_dot(a, b, out)
    with pytest.raises(TypingError, match="고칠 수"):
        native_axpy(1.0, single, frozen)
    with pytest.raises(TypingError, match="alpha는 실수"):
        native_axpy(1j, single, single.copy())
    native_dot(frozen, single, out)  # 읽기만 하는 배열은 고치지 못해도 됩니다
    assert out[0] == 32


@both
@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_equal_their_twins(dtype, name):
    function, python = FUNCTIONS[name]
    random = np.random.default_rng(1)
    spread = 120 if dtype is np.float32 else 800
    x = np.concatenate(
        [
            edges(dtype),
            random.uniform(-spread, spread, 4000).astype(dtype),
            random.normal(size=4000).astype(dtype),
        ]
    )
    assert bits(apply(function, x)) == bits(twin(python, x))


@compiled
@given(st.sampled_from(FLOATS), st.sampled_from(list(FUNCTIONS)), st.data())
def test_functions_equal_their_twins_anywhere(dtype, name, data):
    function, python = FUNCTIONS[name]
    x = data.draw(arrays(dtype, st.integers(0, 40), elements=elements(dtype)))
    assert bits(apply(function, x)) == bits(twin(python, x))


@pytest.mark.parametrize("value", [0, 1, -3, 800])
def test_integers_become_float64(value):
    x = np.array([value])
    for function, python in FUNCTIONS.values():
        out = np.empty(1)
        function(x, out)
        assert bits(out[0]) == bits(np.float64(python(value)))
        assert bits(out[0]) == bits(python(np.float64(value)))


@both
def test_functions_at_the_ends(dtype):
    inf, nan, big = np.inf, np.nan, np.finfo(dtype).max
    tiny = np.finfo(dtype).smallest_subnormal
    x = np.array([0.0, -0.0, tiny, -tiny, inf, big, -inf, -big, nan], dtype)
    expected = np.array([1, 1, 1, 1, inf, inf, 0, 0, nan], dtype)
    np.testing.assert_array_equal(apply(native_exp, x), expected)
    expected = np.array([0.5, 0.5, 0.5, 0.5, 1, 1, 0, 0, nan], dtype)
    np.testing.assert_array_equal(apply(native_sigmoid, x), expected)


def test_exp_overflows_and_underflows_where_it_should():
    # ln(가장 큰 float32) = 88.7228…, ln(가장 작은 비정규수의 반) = −103.9721…
    x = np.array([88.7228, 88.7229, -103.97, -103.98], np.float32)
    y = apply(native_exp, x)
    assert (np.isfinite(y) == [True, False, True, True]).all()
    assert (y > 0).tolist() == [True, True, True, False]
    x = np.array([709.78271, 709.78272, -745.133, -745.134])
    y = apply(native_exp, x)
    assert (np.isfinite(y) == [True, False, True, True]).all()
    assert (y > 0).tolist() == [True, True, True, False]


def grid32():
    """float32의 정규수를 범위 전체에서: 눈금이 고른 것과, 0에 가까워지는 것."""
    near = np.geomspace(1e-10, 88, 40_000)
    even = np.linspace(-87.3, 88.7, 200_001)
    return np.concatenate([even, near, -near[near < 87.3]]).astype(np.float32)


def test_float32_accuracy():
    x = grid32()
    exact = np.exp(x.astype(np.float64))
    assert np.abs(apply(native_exp, x) / exact - 1).max() <= 7.5e-8
    exact = 1 / (1 + np.exp(-x.astype(np.float64)))
    assert np.abs(apply(native_sigmoid, x) / exact - 1).max() <= 1.5e-7


def test_float32_below_the_normal_numbers():
    x = np.linspace(-104, -87.4, 20_001, dtype=np.float32)
    exact = np.exp(x.astype(np.float64))
    assert np.abs(apply(native_exp, x) - exact).max() <= 2.0**-149
    assert np.abs(apply(native_sigmoid, x) - exact).max() <= 3e-39


def test_float64_accuracy():
    random = np.random.default_rng(2)
    x = np.concatenate(
        [
            random.uniform(-708.3, 709.7, 2000),
            random.uniform(-40, 40, 1000),
            random.uniform(-1, 1, 1000),
            (np.arange(-1021, 1023) + 0.5) * np.log(2),
        ]
    )
    powers, curves = apply(native_exp, x), apply(native_sigmoid, x)
    worst_exp = worst_sigmoid = Decimal(0)
    with localcontext() as context:
        context.prec = 40
        for value, power, curve in zip(x, powers, curves, strict=True):
            exact = Decimal(float(value)).exp()
            worst_exp = max(worst_exp, abs(Decimal(float(power)) / exact - 1))
            exact = exact / (1 + exact)
            worst_sigmoid = max(worst_sigmoid, abs(Decimal(float(curve)) / exact - 1))
    assert worst_exp <= Decimal("1.5e-16")
    assert worst_sigmoid <= Decimal("3e-16")


@both
@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_never_decrease(dtype, name):
    function, _ = FUNCTIONS[name]
    random = np.random.default_rng(3)
    starts = edges(dtype)
    starts = np.concatenate(
        [
            starts[np.isfinite(starts)],
            random.uniform(-105, 90, 20_000).astype(dtype),
            random.normal(size=20_000).astype(dtype),
        ]
    )
    # 바로 이웃한 실수 사이에서도, 멀리 떨어진 실수 사이에서도 줄지 않습니다.
    with np.errstate(over="ignore"):
        runs = neighbours(starts, 7)
    for x in (runs, np.sort(runs, axis=None)):
        y = apply(function, x.ravel()).reshape(x.shape)
        with np.errstate(invalid="ignore"):  # 무한대 − 무한대
            assert not (np.diff(y) < 0).any()
    assert name != "sigmoid" or ((y >= 0) & (y <= 1)).all()


@both
def test_sigmoid_is_symmetric(dtype):
    x = np.concatenate([np.linspace(-120, 120, 100_001), np.linspace(-1, 1, 10_001)])
    x = x.astype(dtype)
    difference = apply(native_sigmoid, -x) - (1 - apply(native_sigmoid, x))
    assert np.abs(difference).max() <= np.finfo(dtype).eps


def test_log_at_the_ends():
    inf, nan = np.inf, np.nan
    for dtype in FLOATS:
        big, tiny = np.finfo(dtype).max, np.finfo(dtype).smallest_subnormal
        x = np.array([0.0, -0.0, 1, -tiny, -1, -inf, inf, nan], dtype)
        expected = np.array([-inf, -inf, 0, nan, nan, nan, inf, nan], dtype)
        np.testing.assert_array_equal(apply(native_log, x), expected)
        ends = np.array([big, tiny], dtype)
        exact = np.log(ends.astype(np.longdouble)).astype(np.float64)
        np.testing.assert_allclose(apply(native_log, ends), exact, rtol=1.2e-7)


def test_log_float32_accuracy():
    random = np.random.default_rng(4)
    x = np.concatenate(
        [
            np.geomspace(1e-45, 3.4e38, 200_001),
            np.linspace(0.4, 2.5, 200_001),
            1 + random.normal(0, 1e-3, 20_000),
        ]
    ).astype(np.float32)
    x = x[(x > 0) & (x != 1)]
    exact = np.log(x.astype(np.float64))
    assert np.abs(apply(native_log, x) / exact - 1).max() <= 1.2e-7


def test_log_float64_accuracy():
    random = np.random.default_rng(5)
    x = np.concatenate(
        [
            np.exp(random.uniform(-744, 709, 2000)),
            random.uniform(0.5, 2, 2000),
            1 + random.normal(0, 1e-6, 1000),
            2.0 ** np.arange(-1070, 1023) * np.sqrt(0.5),
        ]
    )
    x = x[x != 1]
    y = apply(native_log, x)
    with localcontext() as context:
        context.prec = 40
        errors = [
            abs(Decimal(float(ours)) / Decimal(float(value)).ln() - 1)
            for value, ours in zip(x, y, strict=True)
        ]
    assert max(errors) <= Decimal("2e-16")


@compiled
@given(st.integers(0, 9), st.sampled_from([0, 16, 32, 48, 112, 256]), st.data())
def test_many_rows_equal_one_by_one(height, size, data):
    dtype = data.draw(st.sampled_from(FLOATS))
    seed, spare = data.draw(st.integers(0, 99)), data.draw(st.sampled_from([0, 3, 16]))
    random = np.random.default_rng(seed)
    rows = random.normal(size=(height + 1, size + spare)).astype(dtype)
    x, y = random.normal(size=(2, size)).astype(dtype)
    scalars = random.normal(size=height).astype(dtype)
    kind = data.draw(st.sampled_from([np.int32, np.int64]))
    picks = random.integers(0, height + 1, height + 2).astype(kind)
    for at in (None, picks):
        order = range(height) if at is None else at[:height]
        products, sums = scalars.copy(), y.copy()
        for n, row in enumerate(order):
            products[n] += dot(rows[row, :size], x)
            axpy(scalars[n], rows[row, :size], sums)
        extra = () if at is None else (at,)
        calls = (
            (dots, axpys),
            (native_dots, native_axpys)
            if at is None
            else (native_dots_at, native_axpys_at),
        )
        for many_dots, many_axpys in calls:
            out, moved = scalars.copy(), y.copy()
            many_dots(rows, x, out, *extra)
            many_axpys(scalars, rows, moved, *extra)
            assert bits(out) == bits(products)
            assert bits(moved) == bits(sums)


def test_rows_of_wrong_lengths_are_refused():
    rows, at = np.ones((3, 32)), np.zeros(2, np.int32)
    good, odd, wide = np.ones(32), np.ones(20), np.ones(48)
    for pair in (dots, axpys), (native_dots, native_axpys):
        for vector, scalars in ((odd, 3), (wide, 3), (good, 4)):
            before = vector.copy()
            with pytest.raises(ValueError, match="행의 너비"):
                pair[0](rows, vector, np.ones(scalars))
            with pytest.raises(ValueError, match="행의 너비"):
                pair[1](np.ones(scalars), rows, vector)
            assert bits(vector) == bits(before)
    for pair in (dots, axpys), (native_dots_at, native_axpys_at):
        with pytest.raises(ValueError, match="at의 길이"):
            pair[0](rows, good, np.ones(3), at)
        with pytest.raises(ValueError, match="at의 길이"):
            pair[1](np.ones(3), rows, good, at)


@needs_compiler
def test_rows_of_wrong_types_are_refused():
    rows, x, out = np.ones((3, 32)), np.ones(32), np.ones(3)
    frozen = out.copy()
    frozen.flags.writeable = False
    for wrong in (
        (rows.astype(np.float32), x, out),
        (np.asfortranarray(rows), x, out),
        (x, x, out),
        (rows, x, frozen),
    ):
        with pytest.raises(TypingError, match="dots와 axpys"):
            native_dots(*wrong)
    with pytest.raises(TypingError, match="dots와 axpys"):
        native_axpys(out, rows, np.broadcast_to(x, 32))
    for at in (np.ones(3), np.ones(3, np.uint64), np.ones((3, 1), np.int32)):
        with pytest.raises(TypingError, match="at은 정수"):
            native_dots_at(rows, x, out, at)


PROBE = """
import sys
import numpy as np
from recbook.kernels.primitives import axpy, dot, exp, kernel, sigmoid

@kernel
def probe(X, Y, scores):
    for u in range(len(X)):
        for i in range(len(Y)):
            score = dot(X[u], Y[i])
            scores[u, i, 0] = score
            scores[u, i, 1] = exp(score)
            scores[u, i, 2] = sigmoid(score)
            axpy(scores[u, i, 2], X[u], Y[i])

def main():
    for dtype in (np.float32, np.float64):
        X, Y = np.random.default_rng(0).normal(size=(2, 12, 48)).astype(dtype)
        scores = np.zeros((12, 12, 3), dtype)
        probe(X, Y, scores)
        print(scores.tobytes().hex(), Y.tobytes().hex())
    if hasattr(probe, "stats"):
        hits, misses = probe.stats.cache_hits, probe.stats.cache_misses
        print(sum(hits.values()), sum(misses.values()), file=sys.stderr)
    else:
        print("python", file=sys.stderr)
"""


def test_processes_share_the_cache_and_the_bytes(tmp_path):
    (tmp_path / "probe.py").write_text(PROBE, encoding="utf-8")

    def run(disable: str) -> tuple[str, str]:
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", "import probe; probe.main()"],
            env={
                **os.environ,
                "NUMBA_DISABLE_JIT": disable,
                "NUMBA_CACHE_DIR": str(tmp_path / "cache"),
                "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path]),
            },
            capture_output=True,
            text=True,
            encoding="utf-8",
        )
        assert done.returncode == 0, done.stderr
        return done.stdout, done.stderr.strip()

    first, counts = run("0")
    assert counts == "0 2"
    second, counts = run("0")
    assert counts == "2 0"
    python, counts = run("1")
    assert counts == "python"
    assert first == second == python
    assert len(first) > 10_000


STALE_PROBE = """
from recbook.kernels.primitives import kernel, uniform

@kernel
def probe(state):
    return uniform(state)
"""
RUN_STALE_PROBE = """
import numpy as np
from recbook.kernels.probe import probe
value = probe(np.zeros(1, np.uint64))
print(value, sum(probe.stats.cache_hits.values()))
"""


def run_probe(folder: Path) -> tuple[float, int]:
    env = {k: v for k, v in os.environ.items() if not k.startswith("NUMBA_")}
    done = subprocess.run(
        [sys.executable, "-c", RUN_STALE_PROBE],
        cwd=folder,
        env=env | {"PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=True,
    )
    value, hits = done.stdout.split()
    return float(value), int(hits)


def test_changed_helper_is_compiled_again(tmp_path: Path) -> None:
    """도우미 파일을 고치면, 그것을 부르는 다른 파일의 커널도 옛 기계어를 버립니다."""
    source = Path(primitives.__file__).parent.parent
    shutil.copytree(
        source, tmp_path / "recbook", ignore=shutil.ignore_patterns("__pycache__")
    )
    (tmp_path / "recbook/kernels/probe.py").write_text(STALE_PROBE, encoding="utf-8")
    first, hits = run_probe(tmp_path)
    assert hits == 0
    assert run_probe(tmp_path) == (first, 1)

    helper = tmp_path / "recbook/kernels/primitives.py"
    text = helper.read_text(encoding="utf-8")
    assert "2.0**-53" in text
    helper.write_text(text.replace("2.0**-53", "2.0**-52"), encoding="utf-8")
    assert run_probe(tmp_path) == (2 * first, 0)
