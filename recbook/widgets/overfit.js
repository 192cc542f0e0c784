// 한 칸을 숨기고 나머지로 배웁니다. 규제를 밀면 아는 칸과 숨긴 칸의 오차가 따로 움직입니다.

import { animate, button, choices, fixed, h, matrix, mount, plot, progress, rove, slider, svg, toggle } from "./kit.js";
import { openKernels, runJob } from "./kernels.js";

const BAR = 40; // 크기 막대의 끝
const written = (strength) => String(strength);
const short = (value) => fixed(value, value < 10 ? 2 : 1);
const small = (value) => fixed(value, 2);
const ONES =
  "1만 있는 데이터에서는 점선이 오차가 아니라 숨긴 칸의 예측입니다. " +
  "λ가 0에 가까우면 아는 칸을 모두 1로 맞히고, λ를 크게 키우면 모든 예측이 0으로 눌립니다. " +
  "어느 쪽에서도 취향은 배우지 못합니다. " +
  "예측을 정하는 것은 λ₁과 λ₂의 곱이고, 비는 X와 Y의 크기만 나눕니다.";

// ── 배우기: 수학은 모두 계산 커널이 합니다 ──────────────────────────────────────

/** 한 λ에서 수렴할 때까지. 칸마다의 예측, 아는 칸의 RMSE, 두 행렬의 크기를 냅니다. */
function fit(K, { cells, k, start, strength, rate, iterations, settled, each }) {
  return K.scope(() => {
    const column = (kind, at) => K.array(kind, [cells.length], cells.map((cell) => cell[at]));
    const entries = [column("int32", 0), column("int32", 1), column("float64", 2)];
    const [X, Y] = start.map((side) => K.factors(side.map((row) => row.slice(0, k))));
    const [gradX, gradY] = [X, Y].map((side) => K.array("float64", side.shape));
    const [bU, bI, gradU, gradI] = [0, 0, 0, 0].map(() => K.array("float64", [3]));
    const model = [X, Y, bU, bI, 0];
    const steep = () => [gradX, gradY].some((side) => side.view.some((value) => Math.abs(value) >= settled));
    for (let step = 1; step <= iterations; step += 1) {
      K.call("mf.gradient", ...entries, ...model, strength, strength, gradX, gradY, gradU, gradI);
      K.call("mf.descend", X, gradX, rate);
      K.call("mf.descend", Y, gradY, rate);
      if (step % each === 0 && !steep()) break;
    }
    const every = [0, 1, 2].flatMap((u) => [0, 1, 2].map((i) => [u, i]));
    const out = K.array("float64", [9]);
    const [users, items] = [0, 1].map((at) => K.array("int32", [9], every.map((cell) => cell[at])));
    K.call("mf.predict_entries", users, items, ...model, out);
    // 크기의 제곱은 벌만 남긴 손실입니다: λ가 1과 0, 0과 1일 때.
    const squares = K.call("mf.squared_error", ...entries, ...model);
    const size = (first, second) => K.call("mf.loss", ...entries, ...model, first, second) - squares;
    return { predicted: out.read(), rmse: Math.sqrt(squares / cells.length), X: size(1, 0), Y: size(0, 1) };
  });
}

/** 모든 λ에서 차례로 배웁니다. */
function* path(K, { strengths, ...rest }) {
  const fits = [];
  for (const strength of strengths) {
    fits.push(fit(K, { ...rest, strength }));
    const now = fits.length / strengths.length;
    yield () => now;
  }
  return fits;
}

const jobs = { path };

export default {
  jobs,
  render(context) {
    return mount(context, {}, async (ui) => build(ui, await openKernels(ui.model)));
  },
};

// ── 화면 ─────────────────────────────────────────────────────────────────────

function build(ui, K) {
  const { store, data } = ui;
  const { R, users, items, strengths, ratios } = data;
  const begin = ui.model.get("_start");
  const nameOf = ([u, i]) => `(${users[u]}, ${items[i]})`;
  const known = new Map();
  const keyOf = ({ cell, k, ones }) => `${cell}/${k}/${ones}`;

  /** 배우는 데 쓰는 칸: [사용자, 아이템, 값]. */
  const lesson = ({ cell: [u, i], ones }) =>
    R.flatMap((row, a) => row.map((value, b) => [a, b, ones ? 1 : value])).filter(
      ([a, b]) => (a !== u || b !== i) && (!ones || R[a][b] > 0),
    );
  const input = (state) => ({
    cells: lesson(state),
    k: state.k,
    start: data.start,
    rate: data.learning_rate,
    iterations: data.iterations,
    settled: data.settled,
    each: data.each,
  });

  // ── 조작부 ──
  const factors = choices({ label: "요인의 수 k", options: ["1", "2", "3"], onChange: (at) => store.set({ k: at + 1 }) });
  const which = toggle({ label: "1만 있는 데이터", onChange: (ones) => store.set({ ones }) });
  const knob = (label, name, low, high, format, [less, more]) => {
    const move = (by) => () =>
      store.set({ [name]: Math.max(low, Math.min(high, store.get()[name] + by)) });
    const bar = slider({
      label,
      value: 0,
      min: low,
      max: high,
      step: 1,
      format,
      onInput: (at) => store.set({ [name]: at }),
    });
    const sign = (mark, spoken) => [
      h("span", { class: "rbw-spoken" }, spoken),
      h("span", { "aria-hidden": "true" }, mark),
    ];
    const buttons = [
      button(sign("▼", less), move(-1), { title: less }),
      button(sign("▲", more), move(1), { title: more }),
    ];
    return {
      el: h("div", { class: "rbw-overfit-knob" }, bar.el, h("div", { class: "rbw-bar" }, buttons)),
      set(at) {
        bar.set(at);
        buttons[0].disabled = at <= low;
        buttons[1].disabled = at >= high;
      },
    };
  };
  const last = strengths.length - 1;
  const strong = knob("규제의 세기 λ = √(λ₁λ₂)", "strength", 0, last, (at) => written(strengths[at]), ["λ를 약하게", "λ를 세게"]);
  const split = knob(
    "나누는 비 λ₁ : λ₂",
    "ratio",
    -ratios,
    ratios,
    (at) => (at < 0 ? `1 : ${4 ** -at}` : `${4 ** at} : 1`),
    ["λ₁을 약하게", "λ₁을 세게"],
  );
  const splitNote = h("p", { class: "rbw-overfit-note" });
  ui.controls.append(strong.el, split.el, factors.el, which.el);

  // ── 그림 ──
  const cells = R.map((row, u) =>
    row.map((_, i) => tableCell(nameOf([u, i]), () => store.set({ cell: [u, i] }))),
  );
  const table = matrix({
    name: "칸을 누르면 그 칸을 숨깁니다",
    rows: users,
    columns: items,
    cell: (u, i) => cells[u][i].el,
  });
  const roving = rove(table, "button", items.length);
  const facts = { fit: fact("아는 칸의 RMSE", "rbw-overfit-fit"), cell: fact("", "rbw-overfit-cell") };
  const sizes = { X: sizeBar("‖X‖²", "user"), Y: sizeBar("‖Y‖²", "item") };
  const bar = progress("배우는 중");
  let curve = null;
  let shown = begin;
  const picture = plot({
    height: 250,
    axes: () => {
      const most = curve ? Math.max(1, ...curve.train, ...curve.hidden) : 5;
      const low = curve ? Math.min(0, ...curve.hidden) : 0;
      return {
        x: [-0.4, last + 0.4],
        y: [low - 0.05 * most, 1.08 * most],
        xLabel: "λ",
        yLabel: shown.ones ? "RMSE와 빈칸의 예측" : "오차(회)",
        format: String,
      };
    },
    describe() {
      if (!curve) return "배우는 중입니다.";
      const at = shown.strength;
      return `λ ${written(strengths[at])}에서 아는 칸의 RMSE ${small(curve.train[at])}, ${curve.name} ${small(curve.hidden[at])}.`;
    },
    draw({ layer, x, y, height: tall }) {
      if (!curve) return;
      const line = (values) => values.map((value, at) => `${x(at).toFixed(1)},${y(value).toFixed(1)}`).join(" ");
      const here = shown.strength;
      layer.append(
        svg("line", { class: "rbw-overfit-here", x1: x(here), x2: x(here), y1: 0, y2: tall }),
        svg("polyline", { class: "rbw-overfit-train", points: line(curve.train) }),
        svg("polyline", { class: "rbw-overfit-hidden", points: line(curve.hidden) }),
        ...curve.train.map((value, at) =>
          svg("circle", { class: "rbw-overfit-train", cx: x(at), cy: y(value), r: at === here ? 6 : 3.5 }),
        ),
        ...curve.hidden.map((value, at) => {
          const r = at === here ? 7 : 4.5;
          const points = [[0, -r], [r, 0], [0, r], [-r, 0]].map(([a, b]) => `${x(at) + a},${y(value) + b}`).join(" ");
          return svg("polygon", { class: "rbw-overfit-hidden", points });
        }),
      );
    },
  });
  ui.own(() => picture.close());
  const axis = h(
    "p",
    { class: "rbw-overfit-axis", "aria-hidden": "true" },
    strengths.map((value, at) => h("span", { style: `left:${((at + 0.4) / (last + 0.8)) * 100}%` }, written(value))),
  );
  const legendHidden = h("span", {});
  const chart = h("div", { class: "rbw-overfit-plot" }, picture.el, axis);
  const legend = h(
    "p",
    { class: "rbw-overfit-legend" },
    h("span", {}, h("span", { class: "rbw-overfit-key-train" }, "● "), "아는 칸의 RMSE"),
    h("span", {}, h("span", { class: "rbw-overfit-key-hidden" }, "◆ "), legendHidden),
  );
  const finding = h("p", { class: "rbw-overfit-finding" });
  const caption = ui.stage.closest(".rbw").querySelector(".rbw-caption");
  const { caption: words } = ui.model.get("_words");
  ui.stage.append(
    finding,
    h(
      "div",
      { class: "rbw-overfit-top" },
      table,
      h("div", { class: "rbw-overfit-side" }, facts.fit.el, facts.cell.el, h("div", { class: "rbw-overfit-sizes" }, sizes.X.el, sizes.Y.el, splitNote)),
    ),
    legend,
    chart,
    bar.el,
  );

  // ── 배우기: 숨긴 칸, k, 데이터가 바뀌면 뒤에서 곡선을 다시 구합니다 ──
  let job = null;
  let wanted = "";
  ui.own(() => job?.stop());
  const now = (state) => {
    const here = `${keyOf(state)}/${state.strength}`;
    const path = known.get(keyOf(state));
    if (path) return path[state.strength];
    if (!known.has(here)) known.set(here, fit(K, { ...input(state), strength: strengths[state.strength] }));
    return known.get(here);
  };
  async function learn(state) {
    const key = keyOf(state);
    if (key === wanted) return;
    wanted = key;
    job?.stop();
    job = null;
    bar.set(null);
    if (known.has(key)) return;
    const mine = runJob({
      model: ui.model,
      jobs,
      name: "path",
      input: { ...input(state), strengths },
      onProgress: (part) => job === mine && bar.set(part, "λ마다 배우는 중"),
    });
    job = mine;
    bar.set(0, "λ마다 배우는 중");
    try {
      const { value } = await mine.done;
      if (!value) return;
      known.set(key, value);
      if (wanted !== key) return;
      bar.set(null);
      drawCurve(store.get());
    } catch (error) {
      ui.fail(error);
    }
  }
  function drawCurve(state) {
    shown = state;
    // 곡선에는 예상하기의 답이 들어 있으니, 정하기 전에는 그리지 않습니다.
    chart.hidden = legend.hidden = state.guess === null;
    const fits = known.get(keyOf(state));
    const [u, i] = state.cell;
    const off = (one) => (state.ones ? one.predicted[3 * u + i] : Math.abs(one.predicted[3 * u + i] - R[u][i]));
    curve = fits && {
      train: fits.map((one) => one.rmse),
      hidden: fits.map(off),
      name: state.ones ? `${nameOf(state.cell)}의 예측` : `${nameOf(state.cell)}의 오차`,
    };
    chart.classList.toggle("rbw-overfit-waiting", !fits);
    // 1만 있는 데이터의 곡선은 오차가 아니라 예측이라서 예측의 색을 씁니다.
    for (const el of [chart, legend]) el.classList.toggle("rbw-overfit-ones", state.ones);
    caption.textContent = state.ones ? ONES : words;
    picture.redraw();
  }

  // ── 예상하기 ──
  const gentle = { ...begin, strength: strengths.indexOf(0.1) };
  let stop = () => {};
  ui.own(() => stop());
  for (const slot of [ui.controls, ui.stage]) slot.addEventListener("pointerdown", () => stop());
  const at = ([u, i]) => 3 * u + i;
  const first = now(begin).predicted[at(begin.cell)];
  const after = now(gentle).predicted[at(begin.cell)];
  const drawGuess = ui.predict({
    question:
      `${nameOf(begin.cell)}를 숨기고 요인 둘로 나머지 여덟 칸을 다 맞혔더니 숨긴 칸의 예측이 ` +
      `${fixed(first, 1)}회입니다. λ를 0에서 0.1로 올리면 이 예측은 어떻게 될까요?`,
    options: ["더 작아진다", "거의 그대로다", "0 가까이로 올라온다", "평균인 4회쯤이 된다"],
    locks: [ui.controls, table],
    reveal: (guess) => [
      `${guess === "skip" ? "" : guess === 2 ? "맞습니다. " : "실제로는 "}${small(after)}회가 됩니다. 관측은 ${R[1][0]}회입니다. ` +
        "큰 값에 벌을 매기자, 여덟 칸을 조금씩 덜 맞히는 대신 지나친 값이 사라졌습니다.",
      h("strong", {}, " 이제 λ를 끝까지 올려 보고, 다른 칸도 숨겨 보세요. 같은 λ가 늘 좋은지 보세요."),
    ],
    onReveal(guess) {
      if (guess === "skip") return;
      stop = animate(1500, (part) => store.set({ strength: Math.round(gentle.strength * part) }));
    },
  });

  return function draw(state, before) {
    const { cell, k, strength, ratio, ones } = state;
    const one = now(state);
    const guess = one.predicted[at(cell)];
    const free = strengths[strength] === 0;
    const stretch = free ? 1 : 2 ** ratio;
    const [sizeX, sizeY] = [one.X / stretch, one.Y * stretch];
    const inLesson = new Set(lesson(state).map(at));
    factors.set(k - 1);
    which.set(ones);
    strong.set(strength);
    split.set(ratio);
    cells.forEach((row, u) =>
      row.forEach((box, i) =>
        box.draw({
          predicted: one.predicted[at([u, i])],
          observed: ones ? (R[u][i] > 0 ? 1 : null) : R[u][i],
          hidden: u === cell[0] && i === cell[1],
          learned: inLesson.has(at([u, i])),
        }),
      ),
    );
    roving.hold(cells[cell[0]][cell[1]].el);
    facts.fit.set("아는 칸의 RMSE", fixed(one.rmse, 3), `${inLesson.size}칸으로 배움`);
    facts.cell.set(
      `숨긴 ${nameOf(cell)}의 예측`,
      small(guess),
      ones ? "답을 모르는 칸" : `관측 ${R[cell[0]][cell[1]]} · 오차 ${fixed(guess - R[cell[0]][cell[1]], 2, { sign: true })}`,
    );
    sizes.X.set(sizeX);
    sizes.Y.set(sizeY);
    splitNote.textContent = free
      ? "λ가 0이면 나눌 벌이 없습니다."
      : `λ₁ = ${Number((strengths[strength] * stretch).toPrecision(3))}, λ₂ = ${Number((strengths[strength] / stretch).toPrecision(3))}. 비를 밀어도 예측은 그대로입니다.`;
    legendHidden.textContent = ones ? `숨긴 ${nameOf(cell)}의 예측` : `숨긴 ${nameOf(cell)}의 오차의 크기`;
    const [text, warn] = verdict(state, one, guess);
    finding.replaceChildren(warn ? h("span", { class: "rbw-error" }, "⚠ ") : "", text);
    learn(state);
    drawCurve(state);
    drawGuess(state);
    if (state === before) return;
    ui.announce(`k ${k}, λ ${written(strengths[strength])}. 아는 칸 RMSE ${fixed(one.rmse, 3)}, 숨긴 ${nameOf(cell)} 예측 ${small(guess)}`);
  };

  /** 지금의 모습을 한 문장으로. */
  function verdict({ cell: [u, i], ones, strength, k }, one, guess) {
    if (ones) {
      const free = strengths[strength] === 0;
      if (free && k > 1) return ["아는 칸은 모두 1로 맞혔지만, 요인이 남아서 빈칸의 값은 출발한 난수에 달려 있습니다.", true];
      if (free) return ["모든 칸을 1로 예측합니다. 오차는 0이고, 배운 순서는 없습니다.", true];
      if (Math.max(...one.predicted) < 0.005) return ["모든 칸이 0으로 눌렸습니다. 배운 순서는 없습니다.", true];
      return ["기록이 적은 사용자와 음반의 칸부터 더 줄어듭니다. 남는 순서는 취향이 아니라 기록의 수를 따릅니다.", true];
    }
    const off = Math.abs(guess - R[u][i]);
    if (one.rmse < 0.05 && off > 1) return ["아는 칸은 다 맞혔는데 숨긴 칸은 크게 빗나갑니다. 과적합입니다.", true];
    if (one.rmse > 1.2) return ["아는 칸도 맞히지 못합니다. 과소적합입니다.", true];
    if (guess < -0.5) return ["숨긴 칸의 예측이 음수입니다. 재생 횟수로는 있을 수 없습니다.", true];
    return [`아는 칸은 ${fixed(one.rmse, 2)}만큼, 숨긴 칸은 ${small(off)}만큼 빗나갑니다.`, false];
  }
}

/** 표의 한 칸: 예측과 관측. 누르면 그 칸을 숨깁니다. */
function tableCell(name, onPick) {
  const spoken = h("span", { class: "rbw-spoken" });
  const value = h("span", { class: "rbw-overfit-value rbw-predicted", "aria-hidden": "true" });
  const seen = h("span", { class: "rbw-overfit-seen", "aria-hidden": "true" });
  const el = button([spoken, value, seen], onPick, { pressed: false });
  el.classList.add("rbw-overfit-box");
  return {
    el,
    draw({ predicted, observed, hidden, learned }) {
      value.textContent = small(predicted);
      const truth = observed === null ? "빈칸" : `관측 ${observed}`;
      seen.textContent = hidden ? "숨김" : learned ? truth : "빈칸";
      spoken.textContent = `${name}${hidden ? " 숨긴 칸" : ""}, 예측 ${small(predicted)}, ${truth}`;
      el.setAttribute("aria-pressed", String(hidden));
      el.classList.toggle("rbw-overfit-blank", !learned);
    },
  };
}

/** 이름, 큰 수, 덧붙이는 말. */
function fact(name, tone) {
  const label = h("span", { class: "rbw-label" }, name);
  const value = h("output", { class: `rbw-overfit-big ${tone}` });
  const note = h("span", { class: "rbw-muted" });
  return {
    el: h("p", { class: "rbw-overfit-fact" }, label, value, note),
    set(text, number, more) {
      label.textContent = text;
      value.textContent = number;
      note.textContent = more;
    },
  };
}

/** 행렬의 크기를 길이로. */
function sizeBar(name, tone) {
  const value = h("span", { class: "rbw-overfit-size" });
  const fill = h("i", { class: `rbw-overfit-fill-${tone}` });
  return {
    el: h("p", { class: "rbw-overfit-bar" }, h("span", { class: `rbw-${tone}` }, name), h("span", { class: "rbw-overfit-rail", "aria-hidden": "true" }, fill), value),
    set(size) {
      value.textContent = short(size);
      fill.style.width = `${Math.min(100, (size / BAR) * 100).toFixed(1)}%`;
    },
  };
}
