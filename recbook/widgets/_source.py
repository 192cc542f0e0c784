"""화면 모듈 잇기: 위젯의 모듈과 그것이 부르는 틀을 모듈 하나의 글로 만듭니다.

JupyterLab(anywidget)은 위젯의 화면을 글 하나로 받습니다. 정적인 책에서는 여러 위젯이
틀을 나누어 쓰므로, 조각을 따로 싣고 브라우저에서 같은 차례로 잇습니다. 그래서 `parts`가
조각을 내고 `source`는 그것을 이어 붙이기만 합니다. 두 곳에서 도는 글은 같습니다.

틀의 모듈 하나는 제 이름 공간을 가진 조각이 됩니다.

    import { a } from "./state.js";      const { a } = state_js;
    export function b() {}          →    function b() {}
                                         return { b };

읽을 수 있는 것은 여기 나온 두 꼴뿐입니다: 중괄호로 적은 import와, 선언에 바로 붙인
export. 위젯의 모듈에는 ``export default {``가 하나 있어야 합니다.
"""

import re
from functools import cache
from importlib.resources import files
from typing import NamedTuple

__all__ = ["Part", "frame_css", "names", "own_css", "parts", "source"]

# 위젯이 아닌 모듈. 이름이 여기 없는 .js는 위젯입니다.
FRAME = ("state", "kernels", "kit")

_IMPORT = re.compile(r'^import \{([^}]*)\} from "\./([\w-]+)\.js";\n', re.MULTILINE)
_EXPORT = re.compile(
    r"^export ((?:async )?function\*?|const|let|class) (\w+)", re.MULTILINE
)
_DEFAULT = re.compile(r"^export default (?=\{)", re.MULTILINE)
_COMMENT = re.compile(r"^[ \t]*(?://.*|/\*\*[\s\S]*?\*/)\n", re.MULTILINE)
_LEFT = re.compile(r"^(?:import|export)\b.*", re.MULTILINE)


class Part(NamedTuple):
    """이어 붙일 조각 하나."""

    name: str
    text: str


def _read(name: str) -> str:
    return files("recbook.widgets").joinpath(name).read_text(encoding="utf-8")


def _module(name: str) -> str:
    """모듈의 글. 줄 첫머리의 주석은 독자의 페이지까지 가지 않습니다."""
    return _COMMENT.sub("", _read(f"{name}.js"))


@cache
def _listing() -> frozenset[str]:
    return frozenset(path.name for path in files("recbook.widgets").iterdir())


def names() -> list[str]:
    """위젯의 이름을 가나다순으로."""
    modules = {name[:-3] for name in _listing() if name.endswith(".js")}
    return sorted(modules - set(FRAME))


def _local(name: str) -> str:
    """조각의 이름 공간을 담는 변수의 이름."""
    return f"{name.replace('-', '_')}_js"


def _imported(text: str) -> list[str]:
    return [match.group(2) for match in _IMPORT.finditer(text)]


def _bind(text: str) -> str:
    """import를 앞 조각에서 꺼내 쓰는 선언으로 바꿉니다."""

    def declare(match: re.Match[str]) -> str:
        names = " ".join(match.group(1).replace(" as ", ": ").split())
        return f"const {{ {names} }} = {_local(match.group(2))};\n"

    return _IMPORT.sub(declare, text)


def _refuse_rest(name: str, text: str) -> None:
    if rest := _LEFT.search(text):
        raise ValueError(
            f"recbook/widgets/{name}.js: 이을 수 없는 문장이 있습니다: "
            f'{rest.group()!r}. import {{ … }} from "./이름.js";와 선언에 붙인 '
            "export만 써 주십시오."
        )


def _wrap(name: str) -> Part:
    """틀의 모듈 하나를 이름 공간으로 감쌉니다."""
    text = _module(name)
    exported = [match.group(2) for match in _EXPORT.finditer(text)]
    body = _EXPORT.sub(r"\1 \2", _bind(text))
    _refuse_rest(name, body)
    inside = f"{body}return {{ {', '.join(exported)} }};\n"
    return Part(name, f"const {_local(name)} = (() => {{\n{inside}}})();\n")


def _finish(name: str) -> Part:
    """위젯의 모듈: 같은 글이 Worker에서 열리면 일을 맡습니다(`kernels.js`의 serve)."""
    text = _module(name)
    body, count = _DEFAULT.subn("const widget = ", _bind(text))
    if count != 1:
        raise ValueError(
            f"recbook/widgets/{name}.js: 줄 첫머리의 'export default {{'가 {count}개"
            "입니다. 하나만 적어 주십시오."
        )
    _refuse_rest(name, body)
    tail = f"{_local('kernels')}.serve(widget);\nexport default widget;\n"
    return Part(name, body + tail)


@cache
def parts(name: str) -> tuple[Part, ...]:
    """위젯 하나를 이루는 조각: 부르는 것이 앞에, 위젯이 맨 뒤에 옵니다.

    Parameters
    ----------
    name : str
        위젯의 이름. 예: ``"product"``.

    Raises
    ------
    ValueError
        이을 수 없는 import나 export가 있을 때.
    """
    ordered: list[str] = []

    def visit(module: str, path: tuple[str, ...]) -> None:
        if module in path:
            loop = " → ".join((*path, module))
            raise ValueError(f"recbook/widgets: 서로 부르는 모듈이 있습니다: {loop}.")
        if module in ordered:
            return
        for other in _imported(_module(module)):
            visit(other, (*path, module))
        ordered.append(module)

    # serve를 쓰므로 kernels는 부르지 않은 위젯에도 들어갑니다.
    visit("kernels", ())
    visit(name, ())
    return (*map(_wrap, ordered[:-1]), _finish(name))


def source(name: str) -> str:
    """위젯 하나의 모듈 글."""
    return "".join(part.text for part in parts(name))


def frame_css() -> str:
    """틀의 생김새."""
    return _read("kit.css")


def own_css(name: str) -> str:
    """위젯 하나의 생김새. ``.css``가 없으면 빈 글입니다."""
    return _read(f"{name}.css") if f"{name}.css" in _listing() else ""
