"""위젯의 바탕: 상태를 화면과 맞추고, 책에는 그림과 설명을 함께 싣습니다."""

import html
import json
import math
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, ClassVar

import anywidget
import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import traitlets
from matplotlib.figure import Figure

from recbook import _style, browser
from recbook._svg import figure_html
from recbook.widgets import _schema, _source

__all__ = ["StateError", "Widget"]

# JupyterLab, VS Code, Colab이 어두운 화면임을 알리는 자리
_DARK = (
    ':is(body[data-jp-theme-light="false"], body.vscode-dark, html[theme="dark"]) .rbw'
)


class StateError(traitlets.TraitError, ValueError):
    """위젯의 상태가 정한 형식에 맞지 않을 때."""


class Widget(anywidget.AnyWidget):
    """체험 위젯 하나.

    이어받는 클래스는 아래 이름들과 `still`을 주고, ``__init__``에서 자료와 처음 상태를
    넘깁니다. 화면은 같은 이름의 모듈(``product.js``)입니다.

    Attributes
    ----------
    name : str
        위젯의 이름. 모듈의 이름이자 주소의 조각(``#product=…``)의 이름입니다.
    title, caption : str
        위젯의 제목 한 줄과, 결론을 말하는 설명. 그림으로 실을 때에도 씁니다.
    schema : Schema
        상태의 형식(`_schema.record`). 화면과 주소에서 온 값도 이것으로 검사합니다.
    uses_kernels : bool
        계산 커널을 부르는지.
    state : dict
        독자가 만지는 값. 화면에서 바뀌면 여기에도 오고, 여기에 적으면 화면이 바뀝니다.
    data : dict
        화면이 읽기만 하는 자료(관측한 행렬, 이름).
    """

    name: ClassVar[str]
    title: ClassVar[str]
    caption: ClassVar[str]
    schema: ClassVar[_schema.Schema]
    uses_kernels: ClassVar[bool] = True

    state = traitlets.Dict().tag(sync=True)
    data = traitlets.Dict().tag(sync=True)
    _schema = traitlets.Dict().tag(sync=True)
    _start = traitlets.Dict().tag(sync=True)
    _words = traitlets.Dict().tag(sync=True)
    _kernels = traitlets.Dict().tag(sync=True)

    def __init_subclass__(cls, **options: Any) -> None:
        if "name" in cls.__dict__:
            cls._esm = _source.source(cls.name)
            looks = (_scoped_tokens(), _source.frame_css(), _source.own_css(cls.name))
            cls._css = "".join(looks)
        super().__init_subclass__(**options)

    def __init__(self, *, state: dict[str, Any], data: dict[str, Any]) -> None:
        start = self._checked(state)
        super().__init__(
            state=start,
            data=_plain(data),
            _schema=self.schema,
            _start=start,
            _words={"title": self.title, "caption": self.caption},
            _kernels=shipped_kernels() if self.uses_kernels else {},
        )

    def still(self) -> Figure:
        """스크립트 없이도 요점을 전하는 그림. 지금 상태를 책의 양식으로 그립니다."""
        raise NotImplementedError(f"{type(self).__name__}에 still이 없습니다.")

    def reset(self) -> None:
        """처음 상태로 돌아갑니다."""
        self.state = self._start

    def _checked(self, state: Any) -> dict[str, Any]:
        plain = _plain(state)
        if reason := _schema.mismatch(plain, self.schema, "state"):
            raise StateError(
                f"{reason} 지금 값은 w.state로 보고, 일부만 바꾸려면 "
                'w.state = {**w.state, "이름": 값}으로 적어 주십시오.'
            )
        checked: dict[str, Any] = plain
        return checked

    @traitlets.validate("state")
    def _check_state(self, proposal: Any) -> dict[str, Any]:
        return self._checked(proposal["value"])

    def static_html(self) -> str:
        """정적인 페이지에 실을 HTML: 자료, 그림, 설명.

        페이지에 로더(`recbook/browser/loader.js`)가 있으면 그림의 자리에 위젯이 섭니다.
        """
        with mpl.rc_context(_style.rc()):
            figure = self.still()
            picture = figure_html(figure)
        plt.close(figure)
        return (
            f'{self.opening_html()}<figure class="rb-still">{picture}'
            f"<figcaption>{html.escape(self.caption)}</figcaption></figure></div>"
        )

    def opening_html(self) -> str:
        """위젯이 설 자리를 여는 HTML: 로더가 읽을 자료까지."""
        shipped = {
            "state": self.state,
            "data": self.data,
            "_schema": self._schema,
            "_start": self._start,
            "_words": self._words,
        }
        # 글 속의 </script>가 자료를 끝내지 못하게 합니다.
        packed = json.dumps(shipped, ensure_ascii=False, separators=(",", ":"))
        packed = packed.replace("<", "\\u003c")
        needs = " data-kernels" if self.uses_kernels else ""
        return (
            f'<div class="rb-widget" data-widget="{self.name}"{needs}>'
            f'<script type="application/json">{packed}</script>'
        )

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict, dict] | None:
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle is None:
            return None
        data, metadata = bundle
        return {**data, "text/html": self.static_html()}, metadata


@cache
def shipped_kernels() -> dict[str, Any]:
    """꾸러미에 든 브라우저용 계산 커널: 모듈의 바이트와, 부르는 데 필요한 설명.

    휠에는 지어서 담습니다. 저장소에서 바로 쓰는데 아직 없으면 여기서 짓습니다.
    """
    folder = Path(browser.__file__).parent
    if not (folder / "manifest.json").exists():
        browser.build(folder)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return {
        "wasm": (folder / "kernels.wasm").read_bytes(),
        "manifest": {name: manifest[name] for name in ("kernels", "errors")},
    }


@cache
def _scoped_tokens() -> str:
    """디자인 토큰을 위젯 안에만 둡니다: 노트북의 다른 곳을 물들이지 않습니다."""
    tokens = files("recbook").joinpath("tokens.css").read_text(encoding="utf-8")
    return tokens.replace(":root", ".rbw").replace('html[data-theme="dark"]', _DARK)


def _plain(value: Any) -> Any:
    """NumPy의 값을 JSON으로 적을 수 있는 값으로 바꾼 사본. NaN은 null이 됩니다."""
    if isinstance(value, np.ndarray | np.generic):
        return _plain(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
