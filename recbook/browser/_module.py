"""LLVM이 낸 목적 파일을 브라우저가 읽는 WebAssembly 모듈로 마무리합니다.

둘은 같은 형식입니다. 목적 파일은 링커가 여럿을 합칠 것에 대비해 메모리와 스택 포인터를
밖에서 받고(import), 아무것도 내보내지 않으며, 기호표(linking)와 고칠 자리(reloc)를 따로
적어 둡니다. 우리 목적 파일은 하나뿐이고 밖의 함수를 쓰지 않으므로, 그 안에 적힌 번호와
주소가 이미 맞습니다. 그래서 다음만 바꾸면 됩니다.

    버림     import, linking, reloc.*, producers, target_features
    더함     memory   1번 메모리의 처음 크기
             global   스택 포인터와, 밖에 알릴 주소 둘(error, heap_base)
             export   memory, error, heap_base, 커널
    그대로   type, function, datacount, code, data

메모리는 아래에서부터 상수와 전역 변수(data), 스택, 그리고 배열을 놓을 빈 곳입니다.

    0 ── data ── 스택(쓰면 64KB, 위에서 아래로) ── heap_base ── 배열 …

References
----------
WebAssembly Core Specification 2.0, 5장(이진 형식).
tool-conventions의 Linking.md: linking과 reloc 구역.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

__all__ = ["ERROR", "FUNCTION_TABLE", "UndefinedSymbolError", "finish"]

ERROR = "error"
"""멈춘 까닭의 번호를 적는 전역 변수. LLVM 기호의 이름이자 내보내는 이름입니다."""
FUNCTION_TABLE = "__indirect_function_table"
"""함수 포인터의 표. 만들지 않으므로, 쓰면 없는 기호가 됩니다."""

_HEADER = b"\0asm\x01\0\0\0"
_CUSTOM, _TYPE, _IMPORT, _FUNCTION, _MEMORY = 0, 1, 2, 3, 5
_GLOBAL, _EXPORT, _ELEMENT, _CODE, _DATA, _DATA_COUNT = 6, 7, 9, 10, 11, 12
_KEPT = (_TYPE, _FUNCTION, _DATA_COUNT, _CODE, _DATA)
# 규격이 정한 순서. datacount는 code보다 앞에 옵니다.
_ORDER = (_TYPE, _FUNCTION, _MEMORY, _GLOBAL, _EXPORT, _DATA_COUNT, _CODE, _DATA)

_FUNCTION_KIND, _TABLE_KIND, _MEMORY_KIND, _GLOBAL_KIND = range(4)
_I32, _I32_CONST, _END = 0x7F, 0x41, 0x0B
_SYMBOL_TABLE = 8
_SYMBOL_FUNCTION, _SYMBOL_DATA = 0, 1
_UNDEFINED = 0x10

_STACK = 64 * 1024
_PAGE = 64 * 1024
_ALIGN = 16


class UndefinedSymbolError(Exception):
    """모듈 안에 없는 함수를 부를 때.

    Attributes
    ----------
    symbols : list of str
        없는 함수의 이름.
    """

    def __init__(self, symbols: list[str]) -> None:
        super().__init__(", ".join(symbols))
        self.symbols = symbols


class _Reader:
    """바이트열을 앞에서부터 읽습니다."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def __bool__(self) -> bool:
        return self.at < len(self.data)

    def byte(self) -> int:
        self.at += 1
        return self.data[self.at - 1]

    def take(self, size: int) -> bytes:
        self.at += size
        return self.data[self.at - size : self.at]

    def number(self, signed: bool = False) -> int:
        """LEB128로 적은 정수."""
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
        return value - (1 << shift) if signed and byte & 0x40 else value

    def name(self) -> str:
        return self.take(self.number()).decode()

    def limits(self) -> None:
        """메모리나 표의 크기. 끝이 있으면 둘, 없으면 하나입니다."""
        for _ in range(1 + (self.byte() & 1)):
            self.number()


def _number(value: int) -> bytes:
    """부호 없는 LEB128."""
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _name(text: str) -> bytes:
    data = text.encode()
    return _number(len(data)) + data


def _list(entries: list[bytes]) -> bytes:
    return _number(len(entries)) + b"".join(entries)


def _address(value: int, mutable: bool = False) -> bytes:
    """값이 주소 하나인 전역: 형, 바뀌는지, i32.const 값, end."""
    # 부호 있는 LEB128: 맨 위 비트가 부호로 읽히지 않게 0을 하나 더 둡니다.
    digits = bytearray(_number(value))
    if digits[-1] & 0x40:
        digits[-1] |= 0x80
        digits.append(0)
    return bytes([_I32, mutable, _I32_CONST, *digits, _END])


def _up(value: int, step: int) -> int:
    return -(-value // step) * step


@dataclass
class _Object:
    """목적 파일에서 마무리에 쓰는 것."""

    sections: dict[int, bytes] = field(default_factory=dict)
    has_stack: bool = False
    undefined: list[str] = field(default_factory=list)
    segments: list[tuple[int, int]] = field(default_factory=list)  # 주소와 길이
    functions: dict[str, int] = field(default_factory=dict)
    addresses: dict[str, int] = field(default_factory=dict)


def _sections(data: bytes) -> Iterator[tuple[int, bytes]]:
    reader = _Reader(data)
    if reader.take(len(_HEADER)) != _HEADER:
        raise ValueError("LLVM이 낸 것이 WebAssembly 목적 파일이 아닙니다.")
    while reader:
        kind = reader.byte()
        yield kind, reader.take(reader.number())


def _read(data: bytes) -> _Object:
    found = _Object()
    for kind, body in _sections(data):
        if kind == _IMPORT:
            _read_imports(_Reader(body), found)
        elif kind == _DATA:
            _read_segments(_Reader(body), found)
        elif kind == _CUSTOM:
            reader = _Reader(body)
            if reader.name() == "linking":
                _read_linking(reader, found)
        elif kind == _ELEMENT:
            found.undefined.append(FUNCTION_TABLE)
        elif kind not in _KEPT:
            raise ValueError(f"목적 파일에 다룰 줄 모르는 구역 {kind}번이 있습니다.")
        if kind in _KEPT:
            found.sections[kind] = body
    return found


def _read_imports(reader: _Reader, found: _Object) -> None:
    """메모리와 스택 포인터는 여기서 만들고, 함수와 표는 줄 수 없으므로 적어 둡니다."""
    for _ in range(reader.number()):
        reader.name()
        name = reader.name()
        kind = reader.byte()
        if kind == _FUNCTION_KIND:
            reader.number()
            found.undefined.append(name)
        elif kind == _TABLE_KIND:
            reader.byte()
            reader.limits()
            found.undefined.append(name)
        elif kind == _MEMORY_KIND:
            reader.limits()
        else:
            reader.take(2)
            found.has_stack |= name == "__stack_pointer"
            if name != "__stack_pointer":
                found.undefined.append(name)


def _read_segments(reader: _Reader, found: _Object) -> None:
    for _ in range(reader.number()):
        if reader.number() != 0 or reader.byte() != _I32_CONST:
            raise ValueError("목적 파일의 data 구역에 주소가 없는 것이 있습니다.")
        address = reader.number(signed=True)
        reader.byte()  # end
        size = reader.number()
        reader.take(size)
        found.segments.append((address, size))


def _read_linking(reader: _Reader, found: _Object) -> None:
    reader.number()  # 판 번호
    while reader:
        kind, size = reader.byte(), reader.number()
        body = _Reader(reader.take(size))
        if kind == _SYMBOL_TABLE:
            for _ in range(body.number()):
                _read_symbol(body, found)


def _read_symbol(reader: _Reader, found: _Object) -> None:
    kind, flags = reader.byte(), reader.number()
    if kind == _SYMBOL_DATA:
        name = reader.name()
        if flags & _UNDEFINED:
            found.undefined.append(name)
            return
        segment, offset = reader.number(), reader.number()
        reader.number()  # 크기
        found.addresses[name] = found.segments[segment][0] + offset
        return
    index = reader.number()
    # 밖에서 받는 것의 이름은 import에 있어, 여기에는 적혀 있지 않습니다.
    if kind == _SYMBOL_FUNCTION and not flags & _UNDEFINED:
        found.functions[reader.name()] = index
    elif not flags & _UNDEFINED:
        raise ValueError(f"목적 파일의 기호표에 다룰 줄 모르는 종류 {kind}가 있습니다.")


def finish(data: bytes, exports: list[str]) -> bytes:
    """목적 파일 `data`를 `exports`의 함수를 내보내는 모듈로 바꿉니다.

    Raises
    ------
    UndefinedSymbolError
        모듈 안에 없는 함수나 함수 포인터의 표를 쓸 때.
    """
    found = _read(data)
    if found.undefined:
        raise UndefinedSymbolError(sorted(set(found.undefined)))
    top = max((address + size for address, size in found.segments), default=0)
    heap_base = _up(top, _ALIGN) + (_STACK if found.has_stack else 0)
    # 코드는 스택 포인터를 0번 전역이라 부릅니다. 쓰지 않으면 0번은 error입니다.
    stack = [_address(heap_base, mutable=True)] if found.has_stack else []
    first = len(stack)
    constants = [_address(found.addresses[ERROR]), _address(heap_base)]
    exported = [
        ("memory", _MEMORY_KIND, 0),
        (ERROR, _GLOBAL_KIND, first),
        ("heap_base", _GLOBAL_KIND, first + 1),
        *((name, _FUNCTION_KIND, found.functions[name]) for name in exports),
    ]
    pages = _up(heap_base, _PAGE) // _PAGE
    sections = {
        **found.sections,
        _MEMORY: _list([b"\0" + _number(pages)]),
        _GLOBAL: _list(stack + constants),
        _EXPORT: _list(
            [_name(name) + bytes([kind]) + _number(at) for name, kind, at in exported]
        ),
    }
    return _HEADER + b"".join(
        bytes([kind]) + _number(len(sections[kind])) + sections[kind]
        for kind in _ORDER
        if kind in sections
    )
