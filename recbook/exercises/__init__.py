"""확인 문제: 정의를 찾고(`get`), 답을 확인합니다(`check`)."""

from __future__ import annotations

import importlib
import re
from dataclasses import dataclass
from typing import Any

from recbook.exercises._kinds import NOT_YET, Exercise, Verdict

__all__ = ["TOPICS", "Reply", "check", "get", "of_topic"]

# 장의 순서. 장의 파일 이름에서 번호를 뺀 것이 주제의 이름입니다.
COLOR_MACRO = re.compile(r"\\(?:user|item|obs|pred|err)\{((?:[^{}]|\{[^{}]*\})*)\}")
# 답장에 나오는 수식 명령과 그것을 대신하는 글자
LETTERS = {
    "top": "ᵀ",
    "times": "×",
    "cdot": "·",
    "hat": "^",
    "sum": "Σ",
    "alpha": "α",
    "gamma": "γ",
    "lambda": "λ",
    "sigma": "σ",
    "delta": "δ",
    "nabla": "∇",
    "partial": "∂",
    "le": "≤",
    "ge": "≥",
    "approx": "≈",
    "to": "→",
}
TOPICS = (
    "math-warmup",
    "feedback",
    "worked-example",
    "loss-and-gradient",
    "evaluation",
    "mf",
    "als",
    "likelihood",
    "lmf",
    "lmf-training",
)


@dataclass(frozen=True)
class Reply:
    """`check`의 답장. 노트북에서는 글로 보입니다.

    Attributes
    ----------
    id : str
        문제의 이름. 예: ``"worked-example/2"``.
    correct : bool or None
        맞으면 True, 틀리면 False, 채점하지 않았으면 None.
    right, off : tuple of str
        맞은 점과 어긋난 점.
    hint : str
        힌트 하나. 맞았으면 빈 글입니다.
    """

    id: str
    correct: bool | None
    right: tuple[str, ...] = ()
    off: tuple[str, ...] = ()
    hint: str = ""

    def _lines(self) -> list[str]:
        head = {True: "맞았습니다.", False: "다시 해 봅시다.", None: ""}[self.correct]
        lines = [*([head] if head else []), *(f"○ {line}" for line in self.right)]
        lines += [f"△ {line}" for line in self.off]
        if self.hint:
            lines.append(f"힌트: {self.hint}")
        return [_without_macros(line) for line in lines]

    def __repr__(self) -> str:
        return "\n".join(_spoken(line) for line in self._lines())

    def _repr_markdown_(self) -> str:
        # 노트북에서는 수식이 그려집니다. 줄 끝의 빈칸 둘은 줄바꿈입니다.
        return "  \n".join(self._lines())


def _without_macros(text: str) -> str:
    """책의 색 매크로를 벗깁니다: 노트북의 출력에는 매크로가 없습니다."""
    before = ""
    while before != text:
        before = text
        text = COLOR_MACRO.sub(r"\1", text)
    return text


def _spoken(text: str) -> str:
    """수식을 글자로: 글만 나오는 곳에서도 읽히게 합니다."""
    for command, letter in LETTERS.items():
        text = re.sub(rf"\\{command}(?![A-Za-z])\s?", letter, text)
    text = re.sub(r"\\(?:text|mathrm|mathbf|mathcal)\{([^{}]*)\}", r"\1", text)
    text = re.sub(r"\{([^{}]*)\}", r"\1", text)
    return re.sub(r"[$\\]", "", text).replace("^ᵀ", "ᵀ")


def of_topic(topic: str) -> tuple[Exercise, ...]:
    """한 장의 확인 문제를 순서대로 냅니다.

    Raises
    ------
    ValueError
        없는 주제일 때.
    """
    if topic not in TOPICS:
        raise ValueError(
            f"‘{topic}’이라는 장은 없습니다. 쓸 수 있는 이름: {', '.join(TOPICS)}"
        )
    module = importlib.import_module(f"recbook.exercises.{topic.replace('-', '_')}")
    exercises: tuple[Exercise, ...] = module.EXERCISES
    return exercises


def get(exercise_id: str) -> Exercise:
    """문제 하나를 이름으로 찾습니다.

    Parameters
    ----------
    exercise_id : str
        ``"장/번호"``. 번호는 1부터 셉니다. 예: ``"worked-example/2"``.

    Raises
    ------
    ValueError
        이름의 꼴이 다르거나, 없는 장이거나, 없는 번호일 때.
    """
    topic, slash, number = str(exercise_id).partition("/")
    if not slash or not number.isdecimal():
        raise ValueError(
            f"문제의 이름은 'worked-example/2'처럼 적습니다. 받은 것: {exercise_id!r}"
        )
    exercises = of_topic(topic)
    if not 1 <= int(number) <= len(exercises):
        raise ValueError(
            f"{topic}에는 문제가 {len(exercises)}개 있습니다. "
            f"1부터 {len(exercises)}까지의 번호를 적으세요. 받은 번호: {number}"
        )
    return exercises[int(number) - 1]


def check(exercise_id: str, answer: Any, *, hint: int = 1) -> Reply:
    """답을 확인하고, 맞은 점과 어긋난 점과 힌트를 돌려줍니다. 답은 말하지 않습니다.

    Parameters
    ----------
    exercise_id : str
        ``"장/번호"``.
    answer : object
        수, 번호, 함수, 글 가운데 문제가 바라는 것. ``...``이면 아직 안 적은 것입니다.
    hint : int
        틀렸을 때 보여 줄 힌트의 번호. 1이 가장 가벼운 힌트입니다.

    Returns
    -------
    Reply
        노트북에서는 글로 보이는 답장.

    Raises
    ------
    ValueError
        없는 문제이거나 없는 힌트일 때.
    """
    exercise = get(exercise_id)
    count = len(exercise.hints)
    if not 1 <= hint <= count:
        raise ValueError(
            f"이 문제의 힌트는 {count}개입니다. hint에는 1부터 {count}까지 적으세요."
        )
    if answer is ...:
        return Reply(exercise_id, None, off=(NOT_YET,))
    verdict = exercise.judge(answer)
    return _reply(exercise_id, exercise, verdict, hint)


def _reply(exercise_id: str, exercise: Exercise, verdict: Verdict, hint: int) -> Reply:
    text = ""
    if verdict.correct is False:
        text = exercise.hints[hint - 1]
        if hint < len(exercise.hints):
            text += f" (더 필요하면 hint={hint + 1})"
    return Reply(exercise_id, verdict.correct, verdict.right, verdict.off, text)
