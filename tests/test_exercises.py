"""확인 문제: 바른 답은 맞고, 자주 틀리는 답은 제 말을 듣고, 답은 새지 않습니다."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import recbook as rb
from recbook.exercises import TOPICS, get, of_topic
from recbook.exercises._kinds import Choose, Code, Exercise, Number, Think, Wrong

ALL = [
    (f"{topic}/{number}", exercise)
    for topic in TOPICS
    for number, exercise in enumerate(of_topic(topic), 1)
]
IDS = [name for name, _ in ALL]
NUMBER = re.compile(r"[−-]?\d+(?:\.\d+)?")


def of_kind(kind: type[Exercise]) -> list[tuple[str, Exercise]]:
    return [(name, exercise) for name, exercise in ALL if isinstance(exercise, kind)]


def parametrize(kind: type[Exercise]):  # type: ignore[no-untyped-def]
    pairs = of_kind(kind)
    names = [name for name, _ in pairs]
    return pytest.mark.parametrize(("name", "exercise"), pairs, ids=names)


@pytest.mark.parametrize("topic", TOPICS)
def test_a_chapter_has_five_to_eight_of_every_kind(topic: str) -> None:
    exercises = of_topic(topic)
    assert 5 <= len(exercises) <= 8
    assert {type(e) for e in exercises} == {Choose, Number, Code, Think}


@pytest.mark.parametrize(("name", "exercise"), ALL, ids=IDS)
def test_definition_is_complete(name: str, exercise: Exercise) -> None:
    assert exercise.question.strip()
    assert exercise.solution.strip()
    assert exercise.hints
    assert all(hint.strip() for hint in exercise.hints)
    assert rb.check(name, ...).correct is None
    assert "아직" in repr(rb.check(name, ...))


def numbers_in(text: str) -> Iterator[float]:
    for word in NUMBER.findall(text):
        yield float(word.replace("−", "-"))


@parametrize(Number)
def test_number_accepts_the_answer_and_only_that(name: str, exercise: Number) -> None:
    expected = exercise.expected()
    answer = expected[0] if len(expected) == 1 else expected
    assert rb.check(name, answer).correct is True
    inside = np.array(expected) + 0.9 * exercise.tolerance
    assert rb.check(name, inside).correct is True
    outside = np.array(expected) + 1.5 * exercise.tolerance
    assert rb.check(name, outside).correct is False


@parametrize(Number)
def test_frequent_mistakes_get_their_own_words(name: str, exercise: Number) -> None:
    for wrong in exercise.wrong:
        reply = rb.check(name, wrong.answer())
        assert reply.correct is False
        assert reply.off == (wrong.message,)


@parametrize(Number)
def test_number_reply_never_tells(name: str, exercise: Number) -> None:
    """틀린 답에 보내는 답장과 힌트에는 답이 없습니다(정수인 답은 빼고 봅니다)."""
    expected = exercise.expected()
    tries = [np.array(expected) * f for f in (-1, 10, 0.5, 100)]
    tries += [np.array(expected) + 3 * exercise.tolerance + 1, [np.nan]]
    tries += [np.array(w.answer()) for w in exercise.wrong]
    for attempt in tries:
        for hint in range(1, len(exercise.hints) + 1):
            reply = rb.check(name, attempt, hint=hint)
            if reply.correct:
                continue
            told = [
                (e, said)
                for e in expected
                for said in numbers_in("\n".join([*reply.off, reply.hint]))
                if not float(e).is_integer() and math.isclose(e, said, abs_tol=1e-3)
            ]
            assert told == []


@parametrize(Choose)
def test_choose_accepts_exactly_the_right_set(name: str, exercise: Choose) -> None:
    numbers = range(1, len(exercise.options) + 1)
    assert set(exercise.answer) <= set(numbers)
    assert len(exercise.why) in (0, len(exercise.options))
    assert rb.check(name, exercise.answer).correct is True
    assert rb.check(name, list(numbers)).correct is (
        len(exercise.answer) == len(numbers)
    )
    for number in set(numbers) - set(exercise.answer):
        reply = rb.check(name, number)
        assert reply.correct is False
        assert reply.off[0].startswith(f"{number}번: ")


@parametrize(Code)
def test_code_accepts_the_reference_and_refuses_others(
    name: str, exercise: Code
) -> None:
    reply = rb.check(name, exercise.reference)
    assert reply.correct is True, reply
    assert f"def {exercise.name}(" in exercise.starter
    assert rb.check(name, lambda *args: None).correct is False
    assert rb.check(name, lambda *args: 1 / 0).correct is False
    assert rb.check(name, lambda *args: "글").correct is False
    assert rb.check(name, 3).correct is False
    # 답의 값만 조금 다른 함수도 거절합니다.
    nearly = rb.check(name, lambda *a: np.asarray(exercise.reference(*a)) + 0.01)
    assert nearly.correct is False


@parametrize(Code)
def test_starter_runs_and_counts_as_unanswered(name: str, exercise: Code) -> None:
    space: dict[str, object] = {"np": np, "rb": rb}
    exec(exercise.starter, space)
    reply = rb.check(name, space[exercise.name])
    assert reply.correct is None
    assert "아직" in reply.off[0]


@parametrize(Think)
def test_think_gives_questions_not_marks(name: str, exercise: Think) -> None:
    reply = rb.check(name, "충분히 길게 적어 본 제 생각입니다. 이렇게 봅니다.")
    assert reply.correct is None
    assert set(exercise.points) <= set(reply.right)
    assert rb.check(name, "짧음").correct is False
    assert rb.check(name, 3).correct is False


PAIR = Number(
    question="",
    solution="",
    hints=("가벼운 힌트", "무거운 힌트"),
    answer=lambda: (2.5, -0.25),
    tolerance=0.001,
    wrong=(Wrong(lambda: (7.0, 7.0), "칠을 두 번 적었습니다."),),
)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ((2.5, 0.25), "부호"),
        ((25, -0.25), "자릿수"),
        ((2.505, -0.25), "아주 가깝습니다"),
        ((2.5, 3), "한 단계씩"),
        ((2.5,), "2개"),
        ((np.inf, 1), "유한한"),
        ("둘", "수를 적어"),
        ((True, False), "수를 적어"),
        ((7, 7), "칠을 두 번"),
    ],
)
def test_number_says_what_is_off(answer: object, message: str) -> None:
    verdict = PAIR.judge(answer)
    assert verdict.correct is False
    assert message in " ".join(verdict.off)


def test_number_says_what_is_right() -> None:
    assert PAIR.judge((2.5, 9)).right == ("맞은 것: 첫째.",)
    assert PAIR.judge((2.5, 0.25)).off[0].startswith("둘째 수: ")


@given(st.floats(-1e6, 1e6), st.floats(1e-6, 1.0))
def test_tolerance_is_symmetric(answer: float, tolerance: float) -> None:
    exercise = Number(
        question="",
        solution="",
        hints=("",),
        answer=lambda: answer,
        tolerance=tolerance,
    )
    for side in (-1, 1):
        assert exercise.judge(answer + side * 0.5 * tolerance).correct is True
        assert exercise.judge(answer + side * 3 * tolerance).correct is False


def test_reply_speaks_mathematics() -> None:
    """노트북에서는 수식으로, 글만 나오는 곳에서는 글자로 보입니다."""
    text = (
        r"$\pred{\hat r_{ui}}$는 $\user{U}\item{I}^\top$의 한 칸, $2 \times 3$입니다."
    )
    reply = rb.exercises.Reply("worked-example/1", False, off=(text,), hint="다시")
    assert "^r_ui는 UIᵀ의 한 칸, 2 ×3입니다." in repr(reply)
    assert r"$\hat r_{ui}$는 $UI^\top$의 한 칸" in reply._repr_markdown_()


@pytest.mark.parametrize(("name", "exercise"), ALL, ids=IDS)
def test_no_reply_shows_raw_latex(name: str, exercise: Exercise) -> None:
    said = [*exercise.hints, exercise.praise]
    said += [w.message for w in getattr(exercise, "wrong", ())]
    said += [*getattr(exercise, "why", ()), *getattr(exercise, "points", ())]
    reply = rb.exercises.Reply(name, False, off=tuple(said))
    assert not re.search(r"[$\\{}]", repr(reply)), repr(reply)


def test_text_numbers_are_read() -> None:
    for answer in (np.array([2.5, -0.25]), [[2.5], [-0.25]], "2.5, −0.25"):
        assert PAIR.judge(answer).correct is True
    one = Number(question="", solution="", hints=("",), answer=lambda: -1, tolerance=0)
    assert one.judge("−1").correct is True


PICK = Choose(
    question="",
    solution="",
    hints=("",),
    options=("가", "나", "다", "라"),
    answer=(2, 4),
    why=("가는 아닙니다.", "", "", ""),
)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (2.5, "정수"),
        ([2, 4.9], "정수"),
        (float("inf"), "정수"),
        (float("nan"), "정수"),
        (7, "1부터 4까지"),
        ([], "1부터 4까지"),
        ("둘", "보기의 번호"),
        (None, "보기의 번호"),
        ([1, 2], "1번: 가는 아닙니다."),
        (2, "아직 고르지 않은 것이 1개"),
    ],
)
def test_choose_says_what_is_off(answer: object, message: str) -> None:
    verdict = PICK.judge(answer)
    assert verdict.correct is False
    assert message in " ".join(verdict.off)


@pytest.mark.parametrize(
    "answer", [{2, 4}, (4, 2), np.array([2, 4]), "2, 4", [2, 4, 4]]
)
def test_choose_reads_any_collection(answer: object) -> None:
    assert PICK.judge(answer).correct is True


DOUBLE = Code(
    question="",
    solution="",
    hints=("",),
    name="double",
    starter="def double(a):\n    return ...",
    cases=lambda: [
        ("수", (2.0,), 4.0),
        ("배열", (np.ones(2),), np.full(2, 2.0)),
    ],
    reference=lambda a: a * 2,
)


def mutating(a):  # type: ignore[no-untyped-def]
    a *= 2
    return a


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda a: a, "값이 다릅니다. 지금 낸 값: 2.0"),
        (lambda a: np.zeros((3, 3)), "모양이 다릅니다"),
        (lambda a: None, "return"),
        (lambda: 0, "TypeError"),
        (mutating, "받은 배열을 바꾸었습니다"),
    ],
)
def test_code_says_what_is_off(function: object, message: str) -> None:
    verdict = DOUBLE.judge(function)
    assert verdict.correct is False
    assert message in verdict.off[0]


def test_code_names_the_cases_that_passed() -> None:
    verdict = DOUBLE.judge(lambda a: a * 2 if np.ndim(a) == 0 else a)
    assert verdict.right == ("통과: 수.",)
    assert verdict.off[0].startswith("배열: ")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("worked-example", "처럼 적습니다"),
        ("worked-example/x", "처럼 적습니다"),
        ("none/1", "장은 없습니다"),
        ("worked-example/99", "번호를 적으세요"),
        ("worked-example/0", "번호를 적으세요"),
    ],
)
def test_unknown_exercise_is_named(name: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        rb.check(name, 1)


def test_unknown_hint_is_refused() -> None:
    with pytest.raises(ValueError, match="힌트는"):
        rb.check("worked-example/1", 1, hint=99)


def test_heavier_hint_is_offered() -> None:
    name = next(n for n, e in ALL if len(e.hints) > 1 and isinstance(e, Number))
    assert "hint=2" in rb.check(name, 12345.678).hint
    assert get(name).hints[1] in rb.check(name, 12345.678, hint=2).hint
