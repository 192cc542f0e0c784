"""위젯의 상태에 쓰는 형식: JSON Schema의 작은 부분.

형식은 위젯의 클래스에 한 번만 적습니다. 파이썬은 여기서, 화면은 ``state.js``의
``conforms``에서 같은 형식으로 검사합니다. 쓰는 낱말은 ``type``, ``enum``, ``anyOf``,
``minimum``, ``maximum``, ``minItems``, ``maxItems``, ``items``, ``maxLength``,
``properties``뿐입니다.
"""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

__all__ = [
    "Schema",
    "array",
    "choice",
    "flag",
    "guess",
    "integer",
    "matrix",
    "mismatch",
    "number",
    "record",
    "text",
]

Schema = dict[str, Any]


def number(minimum: float, maximum: float) -> Schema:
    """`minimum` 이상 `maximum` 이하의 수."""
    return {"type": "number", "minimum": minimum, "maximum": maximum}


def integer(minimum: int, maximum: int) -> Schema:
    """`minimum` 이상 `maximum` 이하의 정수."""
    return {"type": "integer", "minimum": minimum, "maximum": maximum}


def flag() -> Schema:
    """참이나 거짓."""
    return {"type": "boolean"}


def choice(*values: str | int | None) -> Schema:
    """정해진 값 가운데 하나."""
    return {"enum": list(values)}


def text(longest: int) -> Schema:
    """`longest`자까지의 글."""
    return {"type": "string", "maxLength": longest}


def array(items: Schema, least: int, most: int | None = None) -> Schema:
    """`least`개에서 `most`개까지의 나열. `most`가 없으면 꼭 `least`개입니다."""
    most = least if most is None else most
    return {"type": "array", "items": items, "minItems": least, "maxItems": most}


def matrix(rows: int, columns: int, minimum: float, maximum: float) -> Schema:
    """행의 목록으로 적은 행렬."""
    return array(array(number(minimum, maximum), columns), rows)


def record(**properties: Schema) -> Schema:
    """이름이 정해진 값의 묶음. 모두 있어야 하고, 다른 이름은 없어야 합니다."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def guess(answers: int | Schema) -> Schema:
    """예상하기의 답: 아직(null), 건너뜀("skip"), 보기의 번호 또는 적은 수.

    Parameters
    ----------
    answers : int or Schema
        보기의 수, 또는 적는 수의 형식.
    """
    if isinstance(answers, int):
        return choice(None, "skip", *range(answers))
    return {"anyOf": [choice(None, "skip"), answers]}


_TYPES = {
    "null": lambda value: value is None,
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: _is_number(value) and float(value).is_integer(),
    "number": lambda value: _is_number(value),
    "string": lambda value: isinstance(value, str),
    "array": lambda value: isinstance(value, Sequence) and not isinstance(value, str),
    "object": lambda value: isinstance(value, Mapping),
}


def _is_number(value: object) -> bool:
    real = isinstance(value, int | float) and not isinstance(value, bool)
    return real and math.isfinite(value)  # type: ignore[arg-type]


def mismatch(value: Any, schema: Schema, where: str = "") -> str | None:
    """형식에 어긋난 곳을 말로. 맞으면 None.

    Parameters
    ----------
    value : object
        검사할 값. JSON으로 적을 수 있는 것이어야 합니다.
    schema : Schema
        형식.
    where : str
        값의 자리. 오류 글의 첫머리에 나옵니다.
    """
    if "anyOf" in schema:
        reasons = [mismatch(value, one, where) for one in schema["anyOf"]]
        return None if None in reasons else reasons[-1]
    if "enum" in schema:
        return _enum_mismatch(value, schema["enum"], where)
    kind = schema["type"]
    if not _TYPES[kind](value):
        return f"{where}: {_KOREAN[kind]} 하는데 {_shown(value)}입니다."
    return _PARTS.get(kind, _nothing)(value, schema, where)


def _enum_mismatch(value: Any, allowed: list[Any], where: str) -> str | None:
    # 파이썬에서는 1 == True이지만 화면에서는 다릅니다.
    kind = isinstance(value, bool)
    if any(isinstance(one, bool) == kind and value == one for one in allowed):
        return None
    shown = ", ".join(map(_shown, allowed))
    return f"{where}: {shown} 가운데 하나여야 하는데 {_shown(value)}입니다."


def _number_mismatch(value: float, schema: Schema, where: str) -> str | None:
    low, high = schema["minimum"], schema["maximum"]
    if low <= value <= high:
        return None
    return f"{where}: {low} 이상 {high} 이하여야 하는데 {value}입니다."


def _text_mismatch(value: str, schema: Schema, where: str) -> str | None:
    if len(value) <= schema["maxLength"]:
        return None
    return f"{where}: {schema['maxLength']}자까지인데 {len(value)}자입니다."


def _array_mismatch(value: Sequence[Any], schema: Schema, where: str) -> str | None:
    low, high = schema["minItems"], schema["maxItems"]
    if not low <= len(value) <= high:
        size = f"{low}" if low == high else f"{low}–{high}"
        return f"{where}: 길이가 {size}이어야 하는데 {len(value)}입니다."
    places = (
        mismatch(item, schema["items"], f"{where}[{at}]")
        for at, item in enumerate(value)
    )
    return next((reason for reason in places if reason), None)


def _record_mismatch(
    value: Mapping[str, Any], schema: Schema, where: str
) -> str | None:
    properties = schema["properties"]
    if extra := sorted(set(map(str, value)) - properties.keys()):
        return f"{where}: 모르는 이름이 있습니다: {', '.join(extra)}."
    if missing := [name for name in properties if name not in value]:
        return f"{where}: 빠진 이름이 있습니다: {', '.join(missing)}."
    places = (
        mismatch(value[name], one, f"{where}[{name!r}]")
        for name, one in properties.items()
    )
    return next((reason for reason in places if reason), None)


def _nothing(value: Any, schema: Schema, where: str) -> None:
    return None


def _shown(value: Any) -> str:
    try:
        shown = json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError):
        shown = repr(value)
    return shown if len(shown) <= 40 else f"{shown[:37]}…"


_KOREAN = {
    "null": "null이어야",
    "boolean": "참이나 거짓이어야",
    "integer": "정수여야",
    "number": "유한한 수여야",
    "string": "글이어야",
    "array": "목록이어야",
    "object": "이름 붙은 값의 묶음이어야",
}
_PARTS: dict[str, Any] = {
    "integer": _number_mismatch,
    "number": _number_mismatch,
    "string": _text_mismatch,
    "array": _array_mismatch,
    "object": _record_mismatch,
}
