"""확인 문제의 네 가지 꼴과 채점.

문제는 한 곳(`recbook/exercises/<주제>.py`)에서만 정의합니다. 책의 쪽, 노트북의
`rb.check`, 화면의 퀴즈가 모두 그 정의를 씁니다. 답장은 무엇이 맞았고 무엇이 어긋났는지
말하고 힌트를 하나 줍니다. 답은 말하지 않습니다.
"""

from __future__ import annotations

import copy
import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any, ClassVar

import numpy as np

Case = tuple[str, tuple[Any, ...], Any]

NOT_YET = (
    "아직 답을 적지 않았습니다. ...을 지우고 답을 적은 다음 이 셀을 다시 실행하세요."
)
ORDINALS = ("첫째", "둘째", "셋째", "넷째", "다섯째", "여섯째", "일곱째", "여덟째")
SHORTEST_THOUGHT = 15
MOST_SHOWN = 9

# 한글 자판에서 나오기 쉬운 글자를 셈에 쓰는 글자로: 전각 글자, 빼기, 줄표, 넓은 빈칸
_SAME_MARKS: dict[int, str] = {
    **{code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)},
    **dict.fromkeys((0x2212, 0x2013), "-"),
    **dict.fromkeys((0xA0, 0x3000), " "),
}
_DECIMAL = r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
_WORD = re.compile(rf"({_DECIMAL})(?:/({_DECIMAL}))?")


@dataclass(frozen=True)
class Verdict:
    """채점 결과: 맞았는지, 맞은 점, 어긋난 점.

    `correct`가 None이면 채점하지 않은 것입니다(아직 안 적었거나 생각을 적는 문제).
    """

    correct: bool | None
    right: tuple[str, ...] = ()
    off: tuple[str, ...] = ()


@dataclass(frozen=True)
class Wrong:
    """자주 나오는 틀린 답과, 그때 무엇이 어긋났는지."""

    answer: Callable[[], float | tuple[float, ...]]
    message: str


@dataclass(frozen=True, kw_only=True)
class Exercise:
    """확인 문제 하나.

    Attributes
    ----------
    question, solution : str
        MyST Markdown. 수식은 책의 매크로를 씁니다.
    hints : tuple of str
        쉬운 것부터. 답을 적지 않습니다.
    praise : str
        맞았을 때 덧붙이는 한 문장.
    """

    question: str
    solution: str
    hints: tuple[str, ...]
    praise: str = ""

    kind: ClassVar[str]
    label: ClassVar[str]
    prompt: ClassVar[str] = "여기에 답을 적습니다"

    def judge(self, answer: Any) -> Verdict:
        """답을 채점합니다."""
        raise NotImplementedError

    def body(self) -> str:
        """쪽에 싣는 문제의 글."""
        return self.question

    def starting_code(self, exercise_id: str) -> str:
        """노트북의 답 셀에 미리 적어 두는 코드."""
        return f'answer = ...  # {self.prompt}\nrb.check("{exercise_id}", answer)'


def _read(text: str) -> tuple[float, ...]:
    """글에 적힌 수를 차례로 읽습니다. 수가 아닌 것이 있으면 ValueError.

    쉼표, 빈칸, 괄호로 나누고 분수(1/2)와 전각 글자도 읽습니다. 화면의 채점
    (`recbook/widgets/quiz.js`)이 같은 규칙을 씁니다.
    """
    marked = re.sub(r"[()\[\],]", " ", text.translate(_SAME_MARKS))
    words = re.sub(r"\s*/\s*", "/", marked, flags=re.ASCII)
    return tuple(map(_value, re.findall(r"\S+", words, flags=re.ASCII)))


def _value(word: str) -> float:
    match = _WORD.fullmatch(word)
    if match is None:
        raise ValueError(word)
    top, bottom = match.groups()
    if bottom is None:
        return float(top)
    if float(bottom) == 0:
        raise ValueError(word)
    return float(top) / float(bottom)


def _as_numbers(answer: Any) -> tuple[float, ...]:
    """수 하나나 (겹친) 수의 묶음을 float의 튜플로 폅니다. 아니면 TypeError."""
    if isinstance(answer, str):
        return _read(answer)
    if isinstance(answer, np.ndarray):
        answer = answer.tolist()
    if isinstance(answer, Sequence | set | frozenset):
        return tuple(number for part in answer for number in _as_numbers(part))
    if isinstance(answer, bool) or not isinstance(answer, Real):
        raise TypeError
    return (float(answer),)


@dataclass(frozen=True, kw_only=True)
class Number(Exercise):
    """수를 적는 문제. `answer`는 답을 계산하는 함수입니다(적어 두지 않습니다)."""

    answer: Callable[[], float | tuple[float, ...]]
    tolerance: float
    unit: str = ""
    wrong: tuple[Wrong, ...] = ()

    kind = "number"
    label = "계산"

    def expected(self) -> tuple[float, ...]:
        """답. 여럿이면 순서대로."""
        return _as_numbers(self.answer())

    @property
    def prompt(self) -> str:  # type: ignore[override]
        """답 셀의 안내. 답이 여럿이면 몇 개인지 알려 줍니다."""
        count = len(self.expected())
        if count == 1:
            return "여기에 수를 적습니다"
        return f"수 {count}개를 ({', '.join(ORDINALS[:count])})로 적습니다"

    def judge(self, answer: Any) -> Verdict:
        """허용 오차 안이면 맞습니다. 아니면 무엇이 어긋났는지 찾습니다."""
        expected = self.expected()
        try:
            given = _as_numbers(answer)
        except (TypeError, ValueError):
            return Verdict(False, off=("수를 적어 주세요. 예: 3.14",))
        if len(given) != len(expected):
            count = (
                f"수 {len(expected)}개를 적어야 합니다. 지금은 {len(given)}개입니다."
            )
            return Verdict(False, off=(count,))
        if not all(map(math.isfinite, given)):
            return Verdict(False, off=("유한한 수를 적어 주세요.",))
        hit = [self._near(g, e) for g, e in zip(given, expected, strict=True)]
        if all(hit):
            return Verdict(True, right=(self.praise,) if self.praise else ())
        right: tuple[str, ...] = ()
        if any(hit):
            names = ", ".join(o for o, ok in zip(ORDINALS, hit, strict=False) if ok)
            right = (f"맞은 것: {names}.",)
        return Verdict(False, right=right, off=self._what_is_off(given, expected, hit))

    def _near(self, given: float, expected: float, scale: float = 1.0) -> bool:
        # 허용 오차의 끝에 걸린 답이 반올림 때문에 틀리지 않게 조금 여유를 둡니다.
        return abs(given - expected) <= scale * self.tolerance * (1 + 1e-9) + 1e-12

    def _what_is_off(
        self, given: Sequence[float], expected: Sequence[float], hit: Sequence[bool]
    ) -> tuple[str, ...]:
        for wrong in self.wrong:
            pairs = zip(given, _as_numbers(wrong.answer()), strict=False)
            if all(self._near(g, w) for g, w in pairs):
                return (wrong.message,)
        found = []
        for k, (g, e, ok) in enumerate(zip(given, expected, hit, strict=True)):
            name = f"{ORDINALS[k]} 수: " if len(expected) > 1 else ""
            if not ok:
                found.append(name + self._compare(g, e))
        return tuple(found)

    def _compare(self, given: float, expected: float) -> str:
        if self._near(-given, expected):
            return "크기는 맞지만 부호가 반대입니다."
        if self._near(given, expected, 10):
            return "아주 가깝습니다. 중간에 반올림하지 않았는지 보세요."
        for factor in (100, 10, 0.1, 0.01):
            if expected and self._near(given / factor, expected):
                share = abs(expected) <= 1 and factor == 100
                advice = "비율과 퍼센트를 구별하세요." if share else "소수점을 보세요."
                return f"숫자는 맞지만 자릿수가 다릅니다. {advice}"
        return "아직 아닙니다. 계산을 한 단계씩 다시 적어 보세요."


@dataclass(frozen=True, kw_only=True)
class Choose(Exercise):
    """고르는 문제. `answer`는 1부터 세는 번호이고, 여럿일 수 있습니다.

    `why`는 보기마다, 그 보기를 잘못 골랐을 때 건네는 말입니다.
    """

    options: tuple[str, ...]
    answer: tuple[int, ...]
    why: tuple[str, ...] = ()

    kind = "choose"
    label = "고르기"

    @property
    def prompt(self) -> str:  # type: ignore[override]
        """답 셀의 안내."""
        many = ". 여럿이면 [1, 3]처럼 적습니다" if len(self.answer) > 1 else ""
        return f"보기의 번호{many}" if many else "보기의 번호를 적습니다"

    def body(self) -> str:
        """질문과 보기."""
        many = "\n\n맞는 것을 모두 고르세요." if len(self.answer) > 1 else ""
        lines = [f"{k}. {text}" for k, text in enumerate(self.options, 1)]
        return f"{self.question}{many}\n\n" + "\n".join(lines)

    def judge(self, answer: Any) -> Verdict:
        """고른 번호의 집합을 견줍니다."""
        try:
            numbers = _as_numbers(answer)
        except (TypeError, ValueError):
            return Verdict(False, off=("보기의 번호를 적어 주세요. 예: 2",))
        if not all(number.is_integer() for number in numbers):
            return Verdict(False, off=("번호는 정수입니다. 예: 2",))
        chosen = {int(number) for number in numbers}
        last = len(self.options)
        if not chosen or not chosen <= set(range(1, last + 1)):
            return Verdict(False, off=(f"번호는 1부터 {last}까지입니다.",))
        correct = set(self.answer)
        if chosen == correct:
            return Verdict(True, right=(self.praise,) if self.praise else ())
        right: tuple[str, ...] = ()
        if chosen & correct:
            right = (f"고른 것 가운데 {len(chosen & correct)}개는 맞습니다.",)
        off = [self._why(number) for number in sorted(chosen - correct)]
        if correct - chosen and len(correct) > 1:
            off.append(f"아직 고르지 않은 것이 {len(correct - chosen)}개 있습니다.")
        return Verdict(False, right=right, off=tuple(off))

    def _why(self, number: int) -> str:
        why = self.why[number - 1] if number <= len(self.why) else ""
        return f"{number}번: {why or '아닙니다.'}"


@dataclass(frozen=True, kw_only=True)
class Code(Exercise):
    """함수를 짜는 문제. `cases`는 (설명, 인자, 바른 결과)를 내는 함수입니다.

    `starter`의 함수는 ``return ...``으로 끝납니다. 그대로 건네면 아직 안 적은 것입니다.
    """

    name: str
    starter: str
    cases: Callable[[], Iterable[Case]]
    reference: Callable[..., Any]
    tolerance: float = 1e-9

    kind = "code"
    label = "코드"

    def starting_code(self, exercise_id: str) -> str:
        """빈 함수와, 그 함수를 건네는 줄."""
        return f'{self.starter.strip()}\n\n\nrb.check("{exercise_id}", {self.name})'

    def judge(self, answer: Any) -> Verdict:
        """경우마다 함수를 돌려 봅니다. 받은 배열을 바꾸었는지도 봅니다."""
        if not callable(answer):
            return Verdict(
                False, off=(f"함수의 이름 {self.name}만 괄호 없이 건네주세요.",)
            )
        cases = list(self.cases())
        passed: list[str] = []
        for description, arguments, expected in cases:
            problem = self._run(answer, arguments, expected)
            if problem == NOT_YET:
                return Verdict(None, off=(NOT_YET,))
            if problem:
                right = (f"통과: {', '.join(passed)}.",) if passed else ()
                return Verdict(False, right=right, off=(f"{description}: {problem}",))
            passed.append(description)
        praise = (self.praise,) if self.praise else ()
        return Verdict(
            True, right=(f"{len(cases)}가지 경우를 모두 통과했습니다.", *praise)
        )

    def _run(self, function: Any, arguments: tuple[Any, ...], expected: Any) -> str:
        """어긋난 점을 한 문장으로. 맞으면 빈 글."""
        given = copy.deepcopy(arguments)
        try:
            result = function(*given)
        # 독자의 코드에서는 무슨 오류든 날 수 있고, 모두 답장이 되어야 합니다.
        except Exception as error:
            return f"실행하다 멈췄습니다. {type(error).__name__}: {error}"
        if result is ...:
            return NOT_YET
        if result is None:
            return "함수가 값을 돌려주지 않습니다. return을 적었는지 보세요."
        if not _same(given, arguments, 0.0):
            return "받은 배열을 바꾸었습니다. 사본을 만들어 계산하세요."
        try:
            shape = np.shape(result)
            same = _same(result, expected, self.tolerance)
        except (TypeError, ValueError):
            return (
                f"수나 배열을 돌려주어야 합니다. 지금은 {type(result).__name__}입니다."
            )
        if shape != np.shape(expected):
            return f"모양이 다릅니다. 지금은 {shape}입니다."
        return "" if same else f"값이 다릅니다.{_shown(result)}"


def _shown(result: Any) -> str:
    """독자의 함수가 낸 값. 길면 보이지 않습니다."""
    value = np.asarray(result)
    if value.dtype.kind not in "biuf" or value.size > MOST_SHOWN:
        return ""
    return f" 지금 낸 값: {np.round(value, 4).tolist()}"


def _same(left: Any, right: Any, tolerance: float) -> bool:
    """배열, 수, 그 묶음이 허용 오차 안에서 같은지."""
    if isinstance(right, tuple | list):
        if not isinstance(left, tuple | list) or len(left) != len(right):
            return False
        return all(_same(a, b, tolerance) for a, b in zip(left, right, strict=True))
    if isinstance(right, str) or right is None:
        return bool(left == right)
    a, b = np.asarray(left), np.asarray(right)
    if a.shape != b.shape:
        return False
    if a.dtype.kind not in "biufc":
        return bool(np.array_equal(a, b))
    return bool(np.allclose(a, b, rtol=tolerance, atol=tolerance, equal_nan=True))


@dataclass(frozen=True, kw_only=True)
class Think(Exercise):
    """생각을 적는 문제. 채점하지 않고, 스스로 견줄 물음을 돌려줍니다."""

    points: tuple[str, ...]

    kind = "think"
    label = "생각"
    prompt = '"따옴표 안에 두세 문장으로 적습니다"'

    def judge(self, answer: Any) -> Verdict:
        """글이 있는지만 봅니다."""
        if not isinstance(answer, str):
            return Verdict(False, off=("생각을 따옴표 안에 글로 적어 주세요.",))
        if len(answer.strip()) < SHORTEST_THOUGHT:
            return Verdict(False, off=("한두 문장으로 조금 더 적어 보세요.",))
        return Verdict(
            None, right=("적은 글을 아래 물음과 견주어 보세요.", *self.points)
        )
