"""확인 문제를 화면(`recbook/widgets/quiz.js`)에 건넬 자료로 바꿉니다.

고르기와 계산 문제는 파이썬 없이도 채점할 수 있습니다. 화면은 이 자료만으로 `check`와
같은 답장을 씁니다. 답장에 쓸 글은 여기서 미리 수식을 걷어 낸 글자로 만듭니다.
"""

from __future__ import annotations

import base64
import json
from typing import Any

from recbook.exercises import _spoken, _without_macros, get
from recbook.exercises._kinds import ORDINALS, Choose, Exercise, Number, _as_numbers

__all__ = ["for_screen", "is_live"]


def is_live(exercise: Exercise) -> bool:
    """화면에서 바로 채점하는 문제인지(고르기와 계산)."""
    return isinstance(exercise, Choose | Number)


def for_screen(exercise_id: str) -> dict[str, Any]:
    """문제 하나의 채점에 필요한 것을 JSON으로 적을 수 있는 값으로 냅니다.

    답은 ``key``에 base64로 적습니다. 페이지의 소스를 훑다가 답이 눈에 띄지 않게 할 뿐
    감추는 것은 아닙니다. 풀이가 바로 아래에 접혀 있고, 계산 문제는 허용 오차가 있어
    해시로 견줄 수 없습니다. 글을 base64로 적지 않는 까닭은 글꼴입니다. 웹 글꼴에는
    페이지에 나오는 글자만 담기므로, 답장의 글자도 페이지에 그대로 있어야 합니다.

    Parameters
    ----------
    exercise_id : str
        ``"장/번호"``.

    Raises
    ------
    ValueError
        없는 문제이거나, 화면에서 채점하지 않는 꼴의 문제일 때.
    """
    exercise = get(exercise_id)
    if not isinstance(exercise, Choose | Number):
        raise ValueError(
            f"{exercise_id}는 ‘{exercise.label}’ 문제입니다. "
            "화면에서 바로 푸는 것은 고르기와 계산 문제뿐입니다."
        )
    own = _choose(exercise) if isinstance(exercise, Choose) else _number(exercise)
    return {
        "id": exercise_id,
        "kind": exercise.kind,
        "title": f"문제 {exercise_id.rpartition('/')[2]} · {exercise.label}",
        "hints": _said(exercise.hints),
        "praise": _said([exercise.praise])[0],
        **own,
    }


def _choose(exercise: Choose) -> dict[str, Any]:
    # 바른 보기에도 같은 말을 적어 둡니다. 빈칸이면 그 자리가 곧 답입니다.
    numbers = range(1, len(exercise.options) + 1)
    return {
        "many": len(exercise.answer) > 1,
        "options": _said(exercise.options),
        "why": _said(exercise._why(number) for number in numbers),
        "key": _packed(exercise.answer),
    }


def _number(exercise: Number) -> dict[str, Any]:
    expected = exercise.expected()
    alone = len(expected) == 1
    wrong = [_as_numbers(wrong.answer()) for wrong in exercise.wrong]
    return {
        "labels": ["답"] if alone else list(ORDINALS[: len(expected)]),
        "unit": exercise.unit,
        "tolerance": exercise.tolerance,
        "wrong": _said(wrong.message for wrong in exercise.wrong),
        "key": _packed(expected, *wrong),
    }


def _said(texts: Any) -> list[str]:
    return [_spoken(_without_macros(text)) for text in texts]


def _packed(*answers: Any) -> str:
    """바른 답과, 자주 나오는 틀린 답을 차례로."""
    return base64.b64encode(json.dumps(answers).encode()).decode()
