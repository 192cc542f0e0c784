"""위젯의 파이썬 쪽: 상태의 형식, 화면 모듈 잇기, 책에 실을 HTML."""

from __future__ import annotations

import base64
import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import matplotlib.pyplot as plt
import numpy as np
import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st

from recbook import browser, datasets, widgets
from recbook.browser import _build
from recbook.widgets import _base, _schema, _source
from recbook.widgets._base import StateError
from recbook.widgets.product import Product
from theme import widgets as on_pages
from theme.assets import node_program

ROOM = Path(_source.__file__).parent
KERNELS = Path(browser.__file__).parent


def node(folder: Path, program: str, given: Any) -> Any:
    """`folder`에서 모듈 하나를 돌리고, 그것이 적은 JSON을 읽습니다."""
    (folder / "main.mjs").write_text(program, encoding="utf-8")
    done = subprocess.run(
        [node_program(), "main.mjs"],
        cwd=folder,
        input=json.dumps(given),
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def scripts(tmp_path: Path) -> Path:
    """화면 모듈을 Node가 읽게 옮긴 폴더."""
    (tmp_path / "package.json").write_text('{"type": "module"}', encoding="utf-8")
    for path in ROOM.glob("*.js"):
        (tmp_path / path.name).write_text(path.read_text("utf-8"), "utf-8")
    return tmp_path


# ── 상태의 형식 ──────────────────────────────────────────────────────────────

SCHEMAS = [
    _schema.number(-2, 2),
    _schema.integer(0, 3),
    _schema.flag(),
    _schema.choice("U", "I"),
    _schema.choice(None, 1, True),
    _schema.text(3),
    _schema.array(_schema.integer(0, 2), 1, 3),
    _schema.matrix(2, 2, -1, 1),
    _schema.guess(3),
    _schema.guess(_schema.number(0, 10)),
    _schema.record(a=_schema.flag(), b=_schema.array(_schema.text(2), 0, 2)),
]
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-4, 4)
    | st.floats(-4, 4)
    | st.sampled_from(["U", "I", "skip", "", "길고 긴 글"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["a", "b", "c"]), inner, max_size=3)
    ),
    max_leaves=8,
)


def samples() -> list[Any]:
    """형식의 안팎과 가장자리에 있는 값."""
    edges: list[Any] = [-2, 2, 2.0000001, -3, 0, 1, 1.0, 1.5, 3, 4, 10, 11]
    words = ["U", "I", "u", "skip", "", "abc", "abcd", "길어요", "길어지는"]
    things = [None, True, False, [], {}, [0], [0, 1, 2], [0, 1, 2, 0], [3], [True]]
    tables = [[[0, 1], [-1, 0.5]], [[0, 1], [2, 0]], [[0, 1]], [[0], [1]], [0, 1]]
    records = [
        {"a": True, "b": []},
        {"a": True, "b": ["가", "나다"]},
        {"a": True, "b": ["가나다"]},
        {"a": 1, "b": []},
        {"a": True},
        {"a": True, "b": [], "c": 0},
        {"__proto__": 1, "a": True},
    ]
    return [*edges, *words, *things, *tables, *records]


@given(json_values, st.sampled_from(SCHEMAS))
def test_schema_agrees_with_json_schema(value: Any, schema: Any):
    expected = jsonschema.Draft202012Validator(schema).is_valid(value)
    assert (_schema.mismatch(value, schema) is None) == expected


def test_both_sides_check_alike(scripts: Path):
    """파이썬과 화면은 같은 값을 받아들이고 같은 값을 물리칩니다."""
    cases = [[value, schema] for schema in SCHEMAS for value in samples()]
    program = """
        import { conforms } from "./state.js";
        import { readFileSync } from "node:fs";
        const cases = JSON.parse(readFileSync(0));
        console.log(JSON.stringify(cases.map(([v, s]) => conforms(v, s))));
    """
    here = [_schema.mismatch(value, schema) is None for value, schema in cases]
    assert node(scripts, program, cases) == here
    assert 40 < sum(here) < len(here) - 40


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_schema_refuses_what_json_cannot_write(value: float):
    reason = _schema.mismatch(value, _schema.number(-9, 9), "state['x']")
    assert reason is not None
    assert reason.startswith("state['x']: 유한한 수여야")


HOSTILE = [
    "",
    "!!!",
    "%3Cscript%3E",
    "x" * 9000,
    base64.urlsafe_b64encode(b"\xff\xfe").decode(),
    *(
        base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")
        for value in (
            None,
            1,
            [],
            {"cell": [9, 0]},
            {"cell": ["<img src=x onerror=alert(1)>", 0]},
            {"U": [[1e99] * 3] * 3},
            {"nothing": 1},
            {"__proto__": {"cell": [0, 0]}},
            {"constructor": {}},
        )
    ),
]


def test_state_travels_in_the_address(scripts: Path):
    """실은 상태는 그대로 돌아오고, 낯선 글은 모두 물리칩니다."""
    w = Product()
    changed = {**w.state, "U": [[0.1, -2, 2]] * 3, "guess": "skip", "printed": True}
    program = """
        import { pack, unpack } from "./state.js";
        import { readFileSync } from "node:fs";
        const { start, states, schema, hostile } = JSON.parse(readFileSync(0));
        console.log(JSON.stringify({
          packed: states.map((state) => pack(state, start)),
          back: states.map((state) => unpack(pack(state, start), schema, start)),
          refused: hostile.map((text) => unpack(text, schema, start)),
        }));
    """
    given_ = {
        "start": w.state,
        "states": [changed, {**w.state, "cell": [2, 2]}],
        "schema": w.schema,
        "hostile": HOSTILE,
    }
    result = node(scripts, program, given_)
    assert result["back"] == given_["states"]
    assert result["refused"] == [None] * len(HOSTILE)
    assert all(len(text) < 300 for text in result["packed"])
    assert all(
        text.replace("-", "").replace("_", "").isalnum() for text in result["packed"]
    )


def test_untouched_state_leaves_the_address_alone(scripts: Path):
    program = """
        import { pack } from "./state.js";
        console.log(JSON.stringify(pack({ a: [1, 2] }, { a: [1, 2] })));
    """
    assert node(scripts, program, None) is None


# ── 화면 모듈 잇기 ───────────────────────────────────────────────────────────


@pytest.fixture
def modules(monkeypatch: pytest.MonkeyPatch):
    """있지도 않은 파일을 잇게 하는 함수."""

    def use(**texts: str) -> None:
        texts.setdefault("kernels", "export function serve(widget) {}\n")
        monkeypatch.setattr(_source, "_read", lambda name: texts[name[:-3]])
        _source.parts.cache_clear()

    yield use
    _source.parts.cache_clear()


@pytest.mark.parametrize("name", _source.names())
def test_every_widget_loads_as_one_module(name: str, scripts: Path):
    (scripts / "joined.mjs").write_text(_source.source(name), encoding="utf-8")
    program = """
        import widget, * as all from "./joined.mjs";
        console.log(JSON.stringify([Object.keys(all), typeof widget.render]));
    """
    assert node(scripts, program, None) == [["default"], "function"]


def test_modules_keep_their_own_names(modules, tmp_path: Path):
    """틀의 두 모듈이 같은 이름을 몰래 써도 부딪치지 않습니다."""
    modules(
        a="const secret = 1;\nexport const one = () => secret;\n",
        b='import { one } from "./a.js";\nconst secret = 10;\n'
        "export async function* many() {\n  yield one() + secret;\n}\n",
        w='import { many as lots } from "./b.js";\nimport { one } from "./a.js";\n'
        "const secret = 100;\nexport default { lots, one, secret };\n",
    )
    assert [part.name for part in _source.parts("w")] == ["kernels", "a", "b", "w"]
    (tmp_path / "joined.mjs").write_text(_source.source("w"), encoding="utf-8")
    program = """
        import w from "./joined.mjs";
        const { value } = await w.lots().next();
        console.log(JSON.stringify([w.one(), value, w.secret]));
    """
    assert node(tmp_path, program, None) == [1, 11, 100]


@pytest.mark.parametrize(
    "text",
    [
        'import all from "./kit.js";\nexport default {};\n',
        'import "./kit.js";\nexport default {};\n',
        "export const extra = 1;\nexport default {};\n",
        "export { a };\nexport default {};\n",
        "const a = 1;\n",
        "export default {};\nexport default {};\n",
        "export default function () {}\n",
    ],
)
def test_what_cannot_be_joined_is_refused(modules, text: str):
    modules(w=text)
    with pytest.raises(ValueError, match=r"recbook/widgets/w\.js: .*(십시오|입니다)"):
        _source.source("w")


def test_modules_that_call_each_other_are_refused(modules):
    modules(
        a='import { b } from "./b.js";\nexport const a = 1;\n',
        b='import { a } from "./a.js";\nexport const b = 1;\n',
        w='import { a } from "./a.js";\nexport default { a };\n',
    )
    with pytest.raises(ValueError, match="w → a → b → a"):
        _source.source("w")


def test_page_and_notebook_run_the_same_text():
    """페이지에 나누어 실은 조각을 로더처럼 이으면 노트북의 모듈과 같습니다."""
    parts: dict[str, str] = {}
    listed: dict[str, list[str]] = {}
    for name, text in on_pages.scripts(KERNELS).items():
        if not name.endswith(".js"):
            continue
        for line in text.splitlines():
            function, _, rest = line.removeprefix("recbook.").partition("(")
            values = json.loads(f"[{rest.removesuffix(');')}]")
            if function == "part":
                parts[values[0]] = values[1]
            elif function == "widget":
                listed[values[0]] = values[1]
    assert listed.keys() == set(_source.names())
    for name, names in listed.items():
        assert "".join(parts[one] for one in names) == _source.source(name)


def test_page_carries_the_shipped_kernels():
    line = on_pages.scripts(KERNELS)["kernels.js"]
    packed, manifest = json.loads(f"[{line[len('recbook.kernels(') : -3]}]")
    assert base64.b64decode(packed) == (KERNELS / "kernels.wasm").read_bytes()
    assert "mf.predict_entries" in manifest["kernels"]


def test_frame_and_widget_stay_small():
    """로더, 틀, 위젯 하나의 스크립트는 60KB 안입니다(커널 빼고)."""
    written = on_pages.scripts(KERNELS)
    frame = len((KERNELS / "loader.js").read_bytes()) + len(written["kit.js"].encode())
    assert frame + len(written["product.js"].encode()) < 60_000


# ── 꾸러미에 든 커널 ─────────────────────────────────────────────────────────


def test_shipped_kernels_are_what_the_sources_build():
    """위젯이 싣는 커널은 지금의 소스에서 나온 것입니다."""
    shipped = json.loads((KERNELS / "manifest.json").read_text(encoding="utf-8"))
    remedy = "`python -m recbook.browser recbook/browser`로 다시 지으세요."
    assert shipped["key"] == _build._key(), remedy
    assert _base.shipped_kernels()["manifest"]["kernels"] == shipped["kernels"]


# ── 위젯의 클래스 ────────────────────────────────────────────────────────────


def test_product_starts_at_the_largest_error():
    w = Product()
    ex = datasets.worked_example()
    np.testing.assert_array_equal(w.U, ex.U)
    np.testing.assert_array_equal(w.I, ex.I)
    assert w.state["cell"] == [0, 1]
    np.testing.assert_allclose(w.R_hat[0], [7.9, 2.9, 6.3])
    assert w.rmse == pytest.approx(math.sqrt(2.26 / 9))


def test_state_is_set_from_python():
    w = Product()
    w.U = np.zeros((3, 3))
    assert w.state["U"] == [[0.0] * 3] * 3
    assert w.rmse == pytest.approx(math.sqrt(176 / 9))
    w.I = w.I * 1
    w.state = {**w.state, "cell": (2, 0)}
    assert w.state["cell"] == [2, 0]
    w.reset()
    assert w.state == Product().state


def test_reading_gives_copies():
    w = Product()
    w.U[0, 0] = 99
    assert w.U[0, 0] == 0.9


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"U": [[9, 0, 0]] * 3}, r"state\['U'\]\[0\]\[0\]: -2 이상 2 이하여야"),
        ({"U": [[0, 0]] * 3}, "길이가 3이어야 하는데 2입니다"),
        ({"cell": [0, 3]}, r"state\['cell'\]\[1\]: 0 이상 2 이하"),
        ({"cell": [0.5, 0]}, "정수여야"),
        ({"side": "R"}, '"U", "I" 가운데 하나'),
        ({"printed": 1}, "참이나 거짓이어야"),
        ({"guess": True}, "가운데 하나여야 하는데 true"),
        ({"extra": 1}, "모르는 이름이 있습니다: extra"),
        ({"U": [[float("nan"), 0, 0]] * 3}, "유한한 수여야 하는데 null"),
    ],
)
def test_wrong_state_is_refused_and_nothing_changes(change: dict, words: str):
    w = Product()
    before = w.state
    with pytest.raises(StateError, match=words) as caught:
        w.state = {**w.state, **change}
    assert "w.state" in str(caught.value)
    assert isinstance(caught.value, ValueError)
    assert w.state == before


def test_missing_name_is_refused():
    with pytest.raises(StateError, match="빠진 이름이 있습니다: I, cell"):
        Product().state = {"U": [[0] * 3] * 3}


def test_front_end_cannot_send_a_wrong_state():
    """브라우저에서 온 값도 같은 형식으로 검사하고, 어긋나면 그대로 둡니다."""
    w = Product()
    w.set_state({"state": {**w.state, "cell": [1, 1]}})
    assert w.state["cell"] == [1, 1]
    with pytest.raises(StateError):
        w.set_state({"state": {**w.state, "cell": [7, 7]}})
    assert w.state["cell"] == [1, 1]


def test_notebook_gets_everything_in_one_message():
    state = Product().get_state()
    assert state["_esm"] == _source.source("product")
    assert state["_kernels"]["wasm"][:4] == b"\0asm"
    assert state["_schema"] == Product.schema
    assert ":root" not in state["_css"]
    assert "--rb-user: #2459A9" in state["_css"]


def test_mimebundle_holds_the_widget_and_the_still():
    data, _ = Product()._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    assert data["text/html"] == Product().static_html()


def test_static_html_carries_the_point():
    open_figures = plt.get_fignums()
    w = Product()
    soup = BeautifulSoup(w.static_html(), "html.parser")
    place = soup.select_one('.rb-widget[data-widget="product"][data-kernels]')
    assert place is not None
    shipped = json.loads(place.script.string)  # type: ignore[union-attr, arg-type]
    assert shipped["state"] == w.state
    assert shipped["data"]["R"] == datasets.worked_example().R.tolist()
    picture = place.select_one("figure svg[role=img]")
    assert picture is not None
    assert "예측 2.9, 관측 4" in str(picture["aria-label"])
    assert place.figcaption is not None
    assert place.figcaption.text == w.caption
    assert plt.get_fignums() == open_figures
    assert "_kernels" not in shipped


def test_still_follows_the_state():
    w = Product()
    w.state = {**w.state, "cell": [2, 0]}
    assert "예측 1.6, 관측 1" in w.static_html()


class Talker(_base.Widget):
    """글에 위험한 것이 든 위젯."""

    name = "product"
    title = "글"
    caption = "<b>굵게</b> & 그대로"
    schema = _schema.record(word=_schema.text(80))
    uses_kernels = False

    def __init__(self) -> None:
        data = {"gap": np.array([1.0, np.nan]), "n": np.int64(3), "pair": (1, 2)}
        super().__init__(state={"word": "</script><img src=x>"}, data=data)

    def still(self):
        _, ax = plt.subplots()
        ax.set_title("그림")
        return ax.figure


def test_text_cannot_break_out_of_the_page():
    soup = BeautifulSoup(Talker().static_html(), "html.parser")
    assert soup.select("img, b") == []
    place = soup.select_one(".rb-widget")
    assert place is not None
    assert not place.has_attr("data-kernels")
    shipped = json.loads(place.script.string)  # type: ignore[union-attr, arg-type]
    assert shipped["state"]["word"] == "</script><img src=x>"
    assert shipped["data"] == {"gap": [1.0, None], "n": 3, "pair": [1, 2]}


def test_widget_without_kernels_carries_none():
    assert Talker().get_state()["_kernels"] == {}


def test_forgotten_still_says_so():
    with pytest.raises(NotImplementedError, match="still"):
        _base.Widget.still(Product())


def test_pages_are_read_for_widgets():
    found = on_pages.MARK.findall(Product().static_html() + Talker().static_html())
    assert found == [("product", " data-kernels"), ("product", "")]


# ── 가볍게 읽기 ──────────────────────────────────────────────────────────────


def run(program: str) -> str:
    done = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", program],
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_importing_the_room_is_light():
    program = """
import sys, recbook.widgets, theme.widgets
print({"anywidget", "ipywidgets", "matplotlib"} & sys.modules.keys())
"""
    assert run(program).strip() == "set()"


def test_missing_anywidget_says_what_to_install():
    program = """
import sys
sys.modules["anywidget"] = None
import recbook.widgets
try:
    recbook.widgets.Product
except ModuleNotFoundError as error:
    print(error)
"""
    said = run(program)
    assert "anywidget이 필요한데" in said
    assert 'pip install "recbook[widgets]"' in said


def test_unknown_widget_says_so():
    with pytest.raises(AttributeError, match="'Nothing'이라는 위젯이 없습니다"):
        _ = widgets.Nothing  # type: ignore[attr-defined]


def test_every_widget_is_reachable_by_name():
    assert set(widgets.__all__) == set(widgets._CLASSES) <= set(dir(widgets))
    classes = {getattr(widgets, name) for name in widgets.__all__} - {_base.Widget}
    assert {one.name for one in classes} == set(_source.names())
