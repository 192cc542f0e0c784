"""노트북의 조작부(`ipywidgets.interact`)를 책에서는 처음 값의 그림으로 싣습니다.

책에는 파이썬이 없으므로 슬라이더를 그대로 실으면 움직여도 아무 일이 없습니다. 노트북을
실행한 결과에는 조작부의 상태와 함께, 처음 값으로 부른 함수의 출력이 들어 있습니다. 그
출력을 꺼내 싣고 처음 값과 돌리는 법을 한 줄로 적습니다. 꺼낼 것이 없는 위젯은 빌드를
멈춥니다.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging

VIEW = "application/vnd.jupyter.widget-view+json"
MODEL = re.compile(r'"model_id":\s*"([0-9a-f]+)"')
INTERACT = "widget-interact"
NOTE = (
    "처음 값({values})으로 실행한 결과입니다. 주피터랩에서 이 셀을 실행하면 "
    "조작부가 나타나고, 값을 바꿀 때마다 다시 계산합니다."
)

State = dict[str, Any]  # 위젯 하나의 상태
States = dict[str, State]  # 모델 이름마다 하나

logger = logging.getLogger(__name__)


class Unusable(ValueError):
    """책에 실을 처음 출력이 없는 위젯."""


def _text_of(value: object) -> str:
    if isinstance(value, bool):
        return "켬" if value else "끔"
    if isinstance(value, (list, tuple)):
        return "–".join(_text_of(part) for part in value)
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def initial_value(control: State) -> str | None:
    """조작부 하나의 이름과 처음 값. 값이 없는 것(단추, 글상자)이면 None.

    고르는 위젯은 값이 아니라 고른 자리를 적어 둡니다.
    """
    if "_options_labels" in control:
        index = control["index"]
        chosen = index if isinstance(index, list) else [index]
        labels = [control["_options_labels"][k] for k in chosen if k is not None]
        value = ", ".join(labels) or "없음"
    elif "value" in control:
        value = _text_of(control["value"])
    else:
        return None
    return f"{control.get('description', '')} {value}".strip()


def _model(states: States, reference: str) -> State:
    return states[reference.removeprefix("IPY_MODEL_")]["state"]


def first_result(states: States, model_id: str) -> tuple[list[str], list[State]]:
    """조작부의 처음 값과, 그 값으로 부른 함수가 낸 출력을 꺼냅니다.

    Parameters
    ----------
    states : dict
        실행한 노트북에 적힌 모든 위젯의 상태.
    model_id : str
        셀이 낸 위젯의 모델 이름.

    Raises
    ------
    Unusable
        `interact`가 만든 것이 아니거나, 처음 출력이 없거나, 함수가 실패했을 때.
    """
    if INTERACT not in states.get(model_id, {}).get("state", {}).get(
        "_dom_classes", ()
    ):
        raise Unusable("interact로 만들지 않은 위젯은 책에서 움직이지 않습니다.")
    parts = [_model(states, name) for name in _model(states, model_id)["children"]]
    values = [text for part in parts if (text := initial_value(part)) is not None]
    outputs = [output for part in parts for output in part.get("outputs", ())]
    if not outputs:
        raise Unusable("interact의 함수가 처음 값에서 아무것도 내지 않았습니다.")
    for output in outputs:
        if output["output_type"] == "error":
            raise Unusable(f"interact의 함수가 실패했습니다: {output['evalue']}")
        if output.get("name") == "stderr":
            raise Unusable(f"interact의 함수가 stderr에 썼습니다: {output['text']}")
    return values, outputs


def _printed(text: str) -> nodes.literal_block:
    block = nodes.literal_block(text, text, language="myst-ansi")
    block["classes"] += ["output", "stream"]
    return block


def _drawn(output: State) -> nodes.Element:
    """출력 하나를 쪽의 토막으로. HTML(그림, 표)이 있으면 그것, 없으면 글입니다."""
    if output["output_type"] == "stream":
        return _printed(output["text"])
    if "text/html" in output["data"]:
        html = output["data"]["text/html"]
        return nodes.raw(html, html, format="html", classes=["output", "text_html"])
    if set(output["data"]) == {"text/plain"}:
        return _printed(output["data"]["text/plain"])
    kinds = ", ".join(output["data"])
    raise Unusable(f"책에 싣지 못하는 출력입니다: {kinds}")


def static_result(states: States, model_id: str) -> nodes.container:
    """조작부 하나를 대신하는 토막: 처음 출력과 돌리는 법 한 줄."""
    values, outputs = first_result(states, model_id)
    note = NOTE.format(values=", ".join(values))
    drawn = [_drawn(output) for output in outputs]
    text = nodes.paragraph(note, note, classes=["rb-interact__note"])
    return nodes.container("", *drawn, text, classes=["rb-interact"])


def _views(doctree: nodes.document) -> Iterator[tuple[nodes.Element, str]]:
    """그려야만 뜻이 있는 위젯: 출력 묶음과 모델 이름. HTML을 함께 낸 것은 뺍니다."""
    for bundle in list(doctree.findall(nodes.container)):
        kinds = {child.get("mime_type"): child for child in bundle.children}
        if VIEW in kinds and "text/html" not in kinds:
            match = MODEL.search(kinds[VIEW].astext())
            yield bundle, match.group(1) if match else ""


def _strayed(bundle: nodes.Element) -> bool:
    """그림이 조작부 밖에 나왔는지. 그러면 노트북에서도 값을 따라 바뀌지 않습니다."""
    outputs = bundle.parent.findall(nodes.raw)
    return any("rb-figure" in output.astext() for output in outputs)


def _replace_views(app: Sphinx, doctree: nodes.document) -> None:
    page = getattr(app.env, "nb_metadata", {}).get(app.env.docname, {})
    _, script = page.get("js_files", {}).get("ipywidgets_state", (None, {}))
    states = json.loads(script.get("body", "{}")).get("state", {})
    for bundle, model_id in _views(doctree):
        try:
            if _strayed(bundle):
                raise Unusable("interact의 함수는 plt.show()로 끝나야 합니다.")
            bundle.replace_self(static_result(states, model_id))
        except Unusable as problem:
            logger.warning("%s", problem, location=bundle)


def setup(app: Sphinx) -> None:
    """쪽을 읽은 뒤, 위젯의 상태를 빼기(`theme.widgets`) 전에 바꿉니다."""
    app.connect("doctree-read", _replace_views, priority=500)
