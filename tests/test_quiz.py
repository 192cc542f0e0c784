"""페이지의 채점(JavaScript)은 `rb.check`와 글자까지 같습니다."""

from __future__ import annotations

import base64
import json
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import recbook as rb
from recbook.exercises import TOPICS, get, of_topic
from recbook.exercises._kinds import Choose, Exercise, Number, _as_numbers
from recbook.exercises._screen import for_screen, is_live
from recbook.widgets import Quiz
from recbook.widgets._base import StateError
from tests.test_widgets import node, scripts  # noqa: F401

ALL = [
    (f"{topic}/{number}", exercise)
    for topic in TOPICS
    for number, exercise in enumerate(of_topic(topic), 1)
]
LIVE = [(name, exercise) for name, exercise in ALL if is_live(exercise)]
MORE = re.compile(r" \(더 필요하면 hint=\d+\)$")
PROGRAM = """
    import quiz from "./quiz.js";
    import { readFileSync } from "node:fs";
    const { quizzes, tries } = JSON.parse(readFileSync(0));
    const judge = ([id, text, hint]) => quiz.reply(quizzes[id], text, hint);
    const replies = tries.map(judge);
    console.log(JSON.stringify(replies));
"""
# 수를 읽는 규칙의 안팎
WORDS = [
    *("1", "-1", "+2", "−3", "–4", "1.", ".5", "0.25", "1e2", "2E-1", "1/2", "1 / 2"),
    *("-3/4", "１／２", "－４．５", "２", "3，4", "(1, 2)", "[1 3]", "1\t2\n3"),
    *("1\u00a02", "1\u30002", "1,000", "-0", "0/5", "1e400", "-1e400"),
    *("1e400/1e400", "1/0", "1/-0", "1/0e9", "1/2/3", "/2", "1/", "1//2", "1,,2,"),
    *("둘", "1점", "50%", "½", "1½", "nan", "inf", "Infinity", "0x10", "1_000", "{1}"),
    *("１٣", "1e", "e5", ".", "-", "--1", "", " ", ",", "()", "1;2", "1\u20032"),
    *("\ufeff1", "2.0", "2.5", "7", "99", "1e300"),
]
LETTERS = "0123456789.,-+−/()eE １．－／"


def expected_of(exercise: Exercise) -> tuple[float, ...]:
    if isinstance(exercise, Number):
        return exercise.expected()
    assert isinstance(exercise, Choose)
    return tuple(map(float, exercise.answer))


def written(numbers: Any) -> str:
    return ", ".join(repr(float(number)) for number in np.ravel(numbers))


def near_misses(exercise: Number, rng: random.Random) -> Iterator[tuple[float, ...]]:
    """허용 오차의 안팎, 부호, 자릿수, 자주 나오는 틀린 답을 자리마다 섞습니다."""
    expected, tolerance = exercise.expected(), exercise.tolerance
    targets = [expected, *(_as_numbers(wrong.answer()) for wrong in exercise.wrong)]
    steps = (0, 0.5, 0.999, 1, 1 + 5e-10, 1 + 1e-9, 1 + 1e-6, 1.5, 9.99, 10, 10.01, 50)
    factors = (1, 1, 1, -1, 10, 0.1, 100, 0.01, 1000, 0)
    for _ in range(300):
        target = rng.choice(targets)
        yield tuple(
            value * rng.choice(factors)
            + rng.choice((-1, 1)) * rng.choice(steps) * tolerance
            if rng.random() < 0.6
            else value
            for value in target
        )
    for _ in range(40):
        yield tuple(rng.uniform(-1e3, 1e3) for _ in range(rng.randrange(1, 6)))
    for factor in factors:
        yield tuple(value * factor for value in expected)


def attempts(name: str, exercise: Exercise) -> Iterator[str]:
    rng = random.Random(name)
    yield written(expected_of(exercise))
    yield from WORDS
    if isinstance(exercise, Number):
        yield from map(written, (wrong.answer() for wrong in exercise.wrong))
        yield from map(written, near_misses(exercise, rng))
    else:
        assert isinstance(exercise, Choose)
        count = len(exercise.options)
        for bits in range(2**count):
            chosen = [str(k + 1) for k in range(count) if bits >> k & 1]
            rng.shuffle(chosen)
            yield ", ".join(chosen)
        yield "0, 1"
        yield f"{count + 1}"
    for _ in range(60):
        yield " ".join(rng.choices(WORDS, k=rng.randrange(1, 4)))
    for _ in range(60):
        yield "".join(rng.choices(LETTERS, k=rng.randrange(1, 9)))


def test_page_and_check_reply_alike(scripts: Path) -> None:  # noqa: F811
    """모든 고르기·계산 문제에서 판정도 답장의 글도 같습니다."""
    tries = [
        [name, text, hint]
        for name, exercise in LIVE
        for text in attempts(name, exercise)
        for hint in range(1, len(exercise.hints) + 1)
    ]
    quizzes = {name: for_screen(name) for name, _ in LIVE}
    there = node(scripts, PROGRAM, {"quizzes": quizzes, "tries": tries})
    assert len(there) == len(tries) > 5000
    judged = {True: 0, False: 0}
    for (name, text, hint), reply in zip(tries, there, strict=True):
        here = rb.check(name, text, hint=hint)
        said = [MORE.sub("", line) for line in repr(here).split("\n")]
        assert (reply["correct"], reply["lines"]) == (here.correct, said), (name, text)
        judged[reply["correct"]] += 1
    assert min(judged.values()) > 200


@pytest.mark.parametrize(("name", "exercise"), LIVE, ids=[name for name, _ in LIVE])
def test_every_frequent_mistake_is_recognised_on_the_page(  # type: ignore[no-untyped-def]
    name: str,
    exercise: Exercise,
    scripts: Path,  # noqa: F811
):
    """위의 시험과 달리 정의에서 곧바로: 바른 답, 자주 나오는 틀린 답, 틀린 보기."""
    said: list[tuple[str, bool, str]] = [
        (written(expected_of(exercise)), True, exercise.praise)
    ]
    if isinstance(exercise, Number):
        said += [(written(w.answer()), False, w.message) for w in exercise.wrong]
    else:
        assert isinstance(exercise, Choose)
        said += [
            (str(k), False, f"{k}번: {exercise.why[k - 1]}")
            for k in range(1, len(exercise.options) + 1)
            if k not in exercise.answer
        ]
    given = {
        "quizzes": {name: for_screen(name)},
        "tries": [[name, text, 1] for text, _, _ in said],
    }
    spoken = rb.exercises._spoken
    for (_, correct, words), reply in zip(
        said, node(scripts, PROGRAM, given), strict=True
    ):
        assert reply["correct"] is correct
        assert spoken(words) in "\n".join(reply["lines"])


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("1/2, −4.5", (0.5, -4.5)),
        ("１／３，２．５", (1 / 3, 2.5)),
        ("(1 / 2, 0.25, 3.14)", (0.5, 0.25, 3.14)),
        ("-3/4", (-0.75,)),
        ("2e-1 .5", (0.2, 0.5)),
    ],
)
def test_text_is_read_as_it_is_written(text: str, numbers: tuple[float, ...]) -> None:
    assert _as_numbers(text) == numbers


@pytest.mark.parametrize("text", ["1/0", "둘", "1/2/3", "nan", "½", "50%"])
def test_text_that_is_not_a_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=re.escape(text)):
        _as_numbers(text)


@pytest.mark.parametrize(("name", "exercise"), LIVE, ids=[name for name, _ in LIVE])
def test_page_source_does_not_show_the_answer(name: str, exercise: Exercise) -> None:
    """답은 base64로만 있습니다. 보기마다 하는 말에서도 답이 드러나지 않습니다."""
    shipped = for_screen(name)
    key = shipped.pop("key")
    assert json.loads(base64.b64decode(key))[0] == list(
        exercise.answer if isinstance(exercise, Choose) else expected_of(exercise)
    )
    assert "answer" not in shipped
    assert all(shipped.get("why", ["말"]))
    for value in expected_of(exercise):
        if not value.is_integer():
            assert f"{value:.2f}" not in json.dumps(shipped, ensure_ascii=False)


def test_only_choices_and_numbers_are_live() -> None:
    assert {e.label for _, e in LIVE} == {"고르기", "계산"}
    for name, exercise in ALL:
        if not is_live(exercise):
            with pytest.raises(ValueError, match="고르기와 계산"):
                for_screen(name)


def test_widget_state_is_read_from_python() -> None:
    w = Quiz("feedback/1")
    assert w.reply is None
    w.state = {**w.state, "answer": ["2", "4"], "checked": ["2"], "tries": 1}
    assert w.answer == "2, 4"
    assert repr(w.reply) == repr(rb.check("feedback/1", 2))
    w.reset()
    assert w.answer == ""
    with pytest.raises(StateError):
        w.state = {**w.state, "answer": ["가" * 61]}


def test_blank_boxes_are_not_an_answer() -> None:
    w = Quiz("feedback/3")
    assert len(w.state["answer"]) == len(get("feedback/3").expected())  # type: ignore[attr-defined]
    w.state = {**w.state, "checked": ["", " ", ""], "tries": 1}
    assert w.reply is None


@pytest.mark.parametrize(("name", "exercise"), LIVE, ids=[name for name, _ in LIVE])
def test_markup_carries_the_question_safely(name: str, exercise: Exercise) -> None:
    html = Quiz(name).static_html()
    assert html.startswith('<div class="rb-widget" data-widget="quiz"><script')
    assert html.count("</script>") == 1
    assert html.count("<li>") == len(getattr(exercise, "options", ()))
    assert len(Quiz(name).opening_html().encode()) < 3000
