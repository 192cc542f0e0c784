"""커널의 도구: splitmix64와 섞기를, 공개된 값과 파이썬 정수로 쓴 답에 견준다."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from itertools import islice, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recbook.kernels import primitives

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
@given(SEEDS, st.integers(1, 2**64 - 1))
def test_next_below_rejects_the_surplus(seed, bound):
    # 2⁶⁴ mod bound보다 작은 난수를 버리면 남은 난수의 수는 bound의 배수입니다.
    expected = next(x for x in splitmix64(seed) if x >= 2**64 % bound) % bound
    assert int(primitives.next_below(state(seed), np.uint64(bound))) == expected


def test_next_below_can_reject():
    # bound가 2⁶³보다 조금 크면 난수의 거의 절반을 버립니다.
    bound = 2**63 + 1
    current = state(0)
    used = 0
    reference = splitmix64(0)
    for _ in range(50):
        value = int(primitives.next_below(current, np.uint64(bound)))
        while (draw := next(reference)) < 2**64 % bound:
            used += 1
        assert value == draw % bound
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
        pick = next(x for x in random if x >= 2**64 % bound) % bound
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
