"""새 위젯의 본보기와 틀의 속: 커널, Worker, 멈춤, 메모리, 오류."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import recbook as rb
from tests.browser.widgetry import (
    build_book,
    check_accessible,
    check_fits,
    number,
    reload,
    skip_guess,
    widget,
)

HERE = Path(__file__).parent
FILES = [
    HERE / "template/trainer.py",
    HERE / "template/trainer.js",
    HERE / "probe.py",
    HERE / "probe.js",
]
CODE = """\
from IPython.display import display
from recbook.widgets.probe import Probe
from recbook.widgets.trainer import Trainer

display(Trainer(), Probe())
"""
NO_WORKER = "delete globalThis.Worker"
# 만들 수는 있지만 뜨지 못하는 Worker(콘텐츠 보안 정책이 막는 노트북)
DEAD_WORKER = """
globalThis.Worker = class {
  constructor() { setTimeout(() => this.onerror(new Event("error"))); }
  terminate() {}
};
"""


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_book(tmp_path_factory.mktemp("template"), CODE, FILES)


def native_loss(steps: int) -> float:
    """파이썬의 모델이 같은 곳에서 시작해 닿은 손실."""
    ex = rb.datasets.worked_example()
    model = rb.RegularizedMF(
        factors=3,
        learning_rate=0.005,
        iterations=steps,
        solver="gradient",
        initial=(ex.U, ex.I),
    ).fit(ex.R)
    return float(model.history_["loss"][-1])


@pytest.fixture
def probe(visit):  # type: ignore[no-untyped-def]
    """틀의 속을 부를 수 있는 페이지."""
    reader = visit()
    widget(reader, "probe")
    yield reader.page
    assert reader.faults == []


# ── 본보기 ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("script", [None, NO_WORKER, DEAD_WORKER])
@pytest.mark.parametrize(("button", "steps"), [("1걸음", 1), ("100걸음", 100)])
def test_page_reaches_the_native_loss_to_the_last_bit(  # type: ignore[no-untyped-def]
    visit, script, button, steps
):
    reader = visit()
    if script:
        reader.page.add_init_script(script)
        reload(reader)
    place = widget(reader, "trainer")
    skip_guess(place)
    place.get_by_role("button", name=button, exact=True).click()
    place.get_by_text(f"{steps}걸음, 손실").wait_for()
    loss = place.locator("output[data-loss]").get_attribute("data-loss")
    assert float(loss) == native_loss(steps)
    assert reader.faults == []


@pytest.mark.parametrize("script", [None, NO_WORKER])
def test_training_reports_and_stops(visit, script):  # type: ignore[no-untyped-def]
    """실행하는 동안 걸음이 늘고 화면이 살아 있으며, 멈추면 거기서 멈춥니다."""
    reader = visit()
    if script:
        reader.page.add_init_script(script)
        reload(reader)
    place = widget(reader, "trainer")
    skip_guess(place)
    place.get_by_role("button", name="실행").click()
    out = place.locator("output[data-loss]")
    out.wait_for()
    first = number(out.inner_text())
    reader.page.wait_for_function(
        "([one, first]) => parseInt(one.textContent) > first",
        arg=[out.element_handle(), first],
    )
    assert place.get_by_role("button", name="25걸음").is_disabled()
    place.get_by_role("button", name="멈춤").click()
    place.get_by_role("button", name="실행").wait_for()
    seen = out.inner_text()
    reader.page.wait_for_timeout(250)
    assert out.inner_text() == seen
    assert place.locator(".rbw-progress").is_hidden()
    # 멈춘 다음에도 다시 배울 수 있습니다.
    place.get_by_role("button", name="25걸음").click()
    place.get_by_text("25걸음, 손실").wait_for()
    assert reader.faults == []


def test_typed_guess_waits_for_the_reader(visit):  # type: ignore[no-untyped-def]
    reader = visit()
    place = widget(reader, "trainer")
    assert place.locator(".rbw-controls").evaluate("one => one.inert")
    place.get_by_label("예상", exact=True).fill("0.3")
    place.get_by_role("button", name="이렇게 예상합니다").click()
    assert "내 예상: 0.3" in place.locator(".rbw-ask").inner_text()
    assert not place.locator(".rbw-controls").evaluate("one => one.inert")
    assert reader.faults == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_template_is_accessible_and_fits(visit, scheme: str):  # type: ignore[no-untyped-def]
    reader = visit(width=360, scheme=scheme, touch=True)
    place = widget(reader, "trainer")
    check_fits(place)
    check_accessible(reader, place)
    skip_guess(place)
    place.get_by_role("button", name="100걸음").click()
    place.get_by_text("100걸음, 손실").wait_for()
    check_fits(place)
    check_accessible(reader, place)


# ── 틀의 속 ──────────────────────────────────────────────────────────────────


def test_arrays_survive_memory_growth(probe):  # type: ignore[no-untyped-def]
    """메모리가 자라 예전 view가 끊겨도, 놓은 배열은 값을 지킵니다."""
    result = probe.evaluate(
        """() => {
          const { K } = globalThis.probe;
          const first = K.array("float64", [3], [1, 2, 3]);
          const old = first.view;
          const big = K.array("float32", [1 << 20]);
          big.view[big.length - 1] = 7;
          const ids = K.array("uint64", [2], [1n, 2n ** 63n]);
          return [old.length, first.read(), big.view.at(-1), first.view.length,
                  ids.read().map(String), first.address % 16];
        }"""
    )
    assert result == [0, [1, 2, 3], 7, 3, ["1", str(2**63)], 0]


def test_factors_are_padded_with_zeros(probe):  # type: ignore[no-untyped-def]
    """넓은 값이 있던 자리에 다시 놓아도 남는 칸은 0입니다."""
    result = probe.evaluate(
        """() => {
          const { K } = globalThis.probe;
          K.scope(() => K.array("float64", [2, 16]).view.fill(9));
          const X = K.factors([[1, 2, 3], [4, 5, 6]]);
          X.set([[7, 8, 9], [1, 1, 1]]);
          return [X.shape, X.read(3), [...X.view].reduce((sum, x) => sum + x, 0)];
        }"""
    )
    assert result == [[2, 16], [[7, 8, 9], [1, 1, 1]], 27]


def test_scope_gives_the_memory_back(probe):  # type: ignore[no-untyped-def]
    """되풀이해도 메모리가 늘지 않고, 안에서 오류가 나도 거둡니다."""
    result = probe.evaluate(
        """() => {
          const { K } = globalThis.probe;
          const at = () => K.scope(() => K.array("float64", [50000]).address);
          const first = at();
          try { K.scope(() => { K.array("int32", [9]); throw new Error(); }); } catch {}
          const all = new Set(Array.from({ length: 200 }, at));
          return [all.size, all.has(first)];
        }"""
    )
    assert result == [1, True]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ("K.call('mf.nothing')", "없는 계산 커널입니다: mf.nothing"),
        ("K.call('mf.descend', X, X)", "인자는 3개인데 2개를 받았습니다"),
        ("K.call('mf.descend', X, v, 1)", "인자 gradients에는 float64 2차원 배열을"),
        ("K.call('mf.descend', X, f, 1)", "인자 gradients에는 float64 2차원 배열을"),
        ("K.call('mf.descend', X, [1], 1)", "인자 gradients에는 float64 2차원 배열을"),
    ],
)
def test_wrong_arguments_are_refused(probe, call: str, words: str):  # type: ignore[no-untyped-def]
    said = probe.evaluate(
        f"""() => {{
          const {{ K }} = globalThis.probe;
          const X = K.factors([[1]]);
          const v = K.array("float64", [16]), f = K.array("float32", [1, 16]);
          try {{ {call}; }} catch (error) {{ return error.message; }}
        }}"""
    )
    assert words in said


def test_a_trap_says_why_and_ends_the_kernels(probe):  # type: ignore[no-untyped-def]
    """커널이 raise하면 그 글이 오류가 되고, 멈춘 커널은 다시 부를 수 없습니다."""
    said = probe.evaluate(
        """async () => {
          const K = await globalThis.probe.open();
          const bad = K.array("float64", [1, 3], [1, 2, 3]);
          const other = K.array("float64", [1, 3]), at = K.array("int32", [1]);
          const [b, c, out] = [1, 1, 1].map((n) => K.array("float64", [n]));
          const said = [];
          for (let n = 0; n < 2; n += 1) {
            try { K.call("mf.predict_entries", at, at, bad, other, b, c, 0, out); }
            catch (error) { said.push(error.message); }
          }
          const fresh = await globalThis.probe.open();
          const X = fresh.factors([[2]]), G = fresh.factors([[1]]);
          fresh.call("mf.descend", X, G, 0.5);
          return [...said, X.view[0]];
        }"""
    )
    assert said[0].startswith("계산 커널 mf.predict_entries: dot과 axpy가 받는 두 배열")
    assert "멈춘 계산 커널" in said[1]
    assert said[2] == 1.5


def test_jobs_finish_stop_and_fail(probe):  # type: ignore[no-untyped-def]
    result = probe.evaluate(
        """async () => {
          const { run } = globalThis.probe;
          const all = await run("count", { to: 1000 }).done;
          let seen = 0;
          const long = run("count", { to: 1e12 }, (n) => { seen = n; });
          while (!seen) await new Promise((next) => setTimeout(next, 20));
          long.stop();
          const stopped = await long.done;
          const at = seen;
          await new Promise((next) => setTimeout(next, 150));
          const failed = await run("trap", {}).done.catch((error) => error.message);
          return [all, stopped, seen === at, failed];
        }"""
    )
    assert result[:3] == [{"value": 500500}, {"stopped": True}, True]
    assert "16의 배수여야 합니다" in result[3]


def test_stopping_at_once_never_reports(probe):  # type: ignore[no-untyped-def]
    seen = probe.evaluate(
        """async () => {
          let seen = 0;
          const job = globalThis.probe.run("count", { to: 1e12 }, () => { seen += 1; });
          job.stop();
          await job.done;
          await new Promise((next) => setTimeout(next, 300));
          return seen;
        }"""
    )
    assert seen == 0


def test_page_stays_alive_while_training(probe):  # type: ignore[no-untyped-def]
    """뒤에서 배우는 동안에도 화면은 그려지고 단추는 눌립니다."""
    frames = probe.evaluate(
        """async () => {
          const job = globalThis.probe.run("count", { to: 1e12 });
          let frames = 0;
          for (; frames < 20; frames += 1) await new Promise(requestAnimationFrame);
          job.stop();
          return frames;
        }"""
    )
    assert frames == 20


def test_failure_is_told_and_can_be_restarted(visit):  # type: ignore[no-untyped-def]
    reader = visit()
    place = widget(reader, "probe")
    reader.page.evaluate(
        "probe.break = true; probe.ui.store.set({ x: 1 }); probe.break = false"
    )
    alert = place.get_by_role("alert")
    assert "일부러 멈췄습니다." in alert.inner_text()
    assert place.locator("figure.rb-still").is_visible()
    place.get_by_role("button", name="다시 시작").click()
    place.locator("output").wait_for()
    assert place.locator("output").inner_text() == "0"
    assert not place.locator("figure.rb-still").is_visible()
    assert [fault for fault in reader.faults if "일부러" not in fault] == []


def test_state_outside_the_schema_is_a_mistake_of_the_widget(probe):  # type: ignore[no-untyped-def]
    said = probe.evaluate(
        """() => {
          const { store } = globalThis.probe.ui;
          try { store.set({ x: 99 }); }
          catch (error) { return [error.message, store.get().x]; }
        }"""
    )
    assert said == ["위젯의 상태가 정한 형식에 맞지 않습니다.", 0]


def test_numbers_are_written_the_same_everywhere(probe):  # type: ignore[no-untyped-def]
    """글자로 적은 수는 파이썬의 서식과 같습니다(빼기 기호와 −0만 다릅니다)."""
    rng = np.random.default_rng(0)
    values = [0.0, -0.0, -0.04, 0.05, 1e-9, -1.005, *rng.normal(0, 5, 200).tolist()]
    kit = (HERE.parents[1] / "recbook/widgets/kit.js").read_text(encoding="utf-8")
    body = kit[kit.index("export function fixed") : kit.index("/** step의")]
    written = probe.evaluate(
        f"""(values) => {{ {body.replace("export ", "")}
          return values.map((value) => [fixed(value, 2), exact(value, 0, 2)]); }}""",
        values,
    )
    for value, (two, short) in zip(values, written, strict=True):
        expected = f"{value:.2f}".replace("-", "−")
        assert two == expected.replace("−0.00", "0.00")
        assert number(short) == pytest.approx(round(value, 2), abs=0.0051)
