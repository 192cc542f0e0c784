// 3×3 예제의 행렬 곱. 왼쪽에 U, 위에 Iᵀ, 둘이 만나는 곳에 R̂을 놓습니다.

import {
  animate,
  button,
  exact,
  fixed,
  h,
  matrix,
  mount,
  numberCell,
  rove,
  signedColor,
  stepper,
  toggle,
  wrapped,
} from "./kit.js";
import { openKernels } from "./kernels.js";

const BOUNDS = {
  U: { min: -2, max: 2, step: 0.1 },
  I: { min: -10, max: 10, step: 0.5 },
};
const REACH = 4; // 오차의 색이 가장 짙어지는 크기
const FAR = 3; // 거리 눈금의 끝

const shown = (value) => exact(value, 1, 2);
const signed = (value) => exact(value, 1, 2, { sign: true });
const entry = (value, side) => exact(value, side === "U" ? 1 : 0, 2);

/** 행렬 곱, 항, 거리. 모두 계산 커널이 셉니다. */
function calculator(K, R, k) {
  const [n, m] = [R.length, R[0].length];
  const cells = R.flatMap((row, u) => row.map((_, i) => [u, i]));
  const users = K.array("int32", [n * m], cells.map(([u]) => u));
  const items = K.array("int32", [n * m], cells.map(([, i]) => i));
  const observed = K.array("float64", [n * m], R.flat());
  const X = K.factors(R.map(() => Array(k).fill(0)));
  const Y = K.factors(R[0].map(() => Array(k).fill(0)));
  const noBias = { X: K.array("float64", [n]), Y: K.array("float64", [m]) };
  const out = K.array("float64", [n * m]);
  const model = [X, Y, noBias.X, noBias.Y, 0];
  // 항 하나는 다른 요인을 0으로 둔 행의 예측입니다(랭크 1인 층).
  const layers = K.factors(Array.from({ length: k }, () => Array(k).fill(0)));
  const layerOf = K.array("int32", [k], Array.from({ length: k }, (_, f) => f));
  const chosen = K.array("int32", [k]);
  const noLayerBias = K.array("float64", [k]);
  const terms = K.array("float64", [k]);

  function place(U, I) {
    X.set(U);
    Y.set(I);
  }
  return {
    predict(U, I) {
      place(U, I);
      K.call("mf.predict_entries", users, items, ...model, out);
      const flat = out.read();
      return R.map((_, u) => flat.slice(u * m, (u + 1) * m));
    },
    rmse(U, I) {
      place(U, I);
      return Math.sqrt(K.call("mf.squared_error", users, items, observed, ...model) / (n * m));
    },
    terms(U, I, [u, i]) {
      place(U, I);
      layers.set(Array.from({ length: k }, (_, f) => U[u].map((value, g) => (g === f ? value : 0))));
      chosen.set(Array(k).fill(i));
      K.call("mf.predict_entries", layerOf, chosen, layers, Y, noLayerBias, noBias.Y, 0, terms);
      return terms.read();
    },
  };
}

const mean = (R) => R.flat().reduce((sum, value) => sum + value, 0) / R.flat().length;
const identity = (n) => Array.from({ length: n }, (_, r) => Array.from({ length: n }, (_, c) => Number(r === c)));
const replaced = (table, row, column, value) =>
  table.map((line, r) => (r === row ? line.map((old, c) => (c === column ? value : old)) : line));

/** 네 글자 이름은 좁은 칸에서 가운데를 나눕니다. */
const foldable = (name) => (name.length > 3 ? `${name.slice(0, 2)}\u200b${name.slice(2)}` : name);

export default {
  render(context) {
    return mount(context, {}, async (ui) => build(ui, await openKernels(ui.model)));
  },
};

function build(ui, K) {
  const { R, printed, users, items, features } = ui.data;
  const start = ui.model.get("_start");
  const k = features.length;
  const calculate = calculator(K, R, k);
  const beginning = {
    R: calculate.predict(start.U, start.I),
    rmse: calculate.rmse(start.U, start.I),
    printed: calculate.rmse(printed, identity(k)), // 인쇄된 값을 예측으로 놓고 잰 거리
    average: calculate.rmse(
      R.map(() => [mean(R), ...Array(k - 1).fill(0)]),
      R[0].map(() => [1, ...Array(k - 1).fill(0)]),
    ),
  };
  const { store } = ui;

  // 손에 든 값은 늘 불이 켜진 행이나 열 안에 있습니다.
  const held = ({ side, factor, cell: [u, i] }) => ({ row: side === "U" ? u : i, column: factor });
  const nameOf = (side, row, column) =>
    side === "U" ? `${users[row]}의 ${features[column]}` : `‘${items[row]}’의 ${features[column]}`;
  const nameOfCell = (u, i) => `(${users[u]}, ${items[i]})`;
  function change(side, row, column, value) {
    store.set({ [side]: replaced(store.get()[side], row, column, value) });
  }
  function pick(side, row, column) {
    const [u, i] = store.get().cell;
    store.set({ side, factor: column, cell: side === "U" ? [row, i] : [u, row] });
  }
  const numbers = (side, tone) =>
    start[side].map((line, row) =>
      line.map((value, column) =>
        numberCell({
          label: nameOf(side, row, column),
          value,
          ...BOUNDS[side],
          tone,
          format: (number) => entry(number, side),
          onInput: (next) => change(side, row, column, next),
          onPick: () => pick(side, row, column),
        }),
      ),
    );
  const cells = { U: numbers("U", "user"), I: numbers("I", "item") };
  const results = R.map((line, u) =>
    line.map((observed, i) =>
      resultCell(nameOfCell(u, i), observed, () => store.set({ cell: [u, i] })),
    ),
  );

  const userTable = matrix({
    name: h("span", { class: "rbw-user" }, "U 사용자"),
    rows: users,
    columns: features.map(foldable),
    columnTone: "muted",
    cell: (u, f) => cells.U[u][f].el,
  });
  const itemTable = matrix({
    name: h("span", { class: "rbw-item" }, "Iᵀ 아이템"),
    rows: features.map(foldable),
    columns: items,
    rowTone: "muted",
    cell: (f, i) => cells.I[i][f].el,
  });
  const resultTable = matrix({
    name: h("span", { class: "rbw-predicted" }, "R̂ 예측"),
    rows: users,
    columns: items,
    cell: (u, i) => results[u][i].el,
  });
  rove(userTable, ".rbw-number");
  rove(itemTable, ".rbw-number");
  const roving = rove(resultTable, "button", items.length);

  const hand = stepper({
    label: "",
    value: 0,
    ...BOUNDS.U,
    digits: 2,
    onInput(value) {
      const { side } = store.get();
      const { row, column } = held(store.get());
      change(side, row, column, value);
    },
  });
  const misprints = toggle({
    label: "원문에 인쇄된 네 칸",
    onChange: (on) => store.set({ printed: on }),
  });
  const erratum = h("p", { class: "rbw-product-erratum", hidden: true });
  erratum.append(
    h("strong", { class: "rbw-error" }, "바로잡기 "),
    "붉은 수는 원문에 인쇄된 값이고, 처음 U와 I를 곱한 값과 다릅니다. 인쇄된 값으로 재면 " +
      `RMSE가 ${fixed(beginning.printed, 3)}이어서 바른 값 ${fixed(beginning.rmse, 3)}보다 가까워 보입니다.`,
  );
  const distance = distanceBox(beginning);
  const sum = sumBox(features);
  const scheme = h(
    "div",
    { class: "rbw-product-scheme" },
    h("div", { class: "rbw-product-corner" }, distance.number),
    itemTable,
    userTable,
    resultTable,
  );
  const side = h(
    "div",
    { class: "rbw-product-side" },
    hand.el,
    h("p", { class: "rbw-muted" }, "표의 수를 옆으로 끌거나, 고른 다음 ▼▲를 누르세요."),
    distance.gauge,
    misprints.el,
  );
  ui.stage.append(
    h("div", { class: "rbw-product-top" }, scheme, side),
    h(
      "p",
      { class: "rbw-product-legend" },
      "R̂의 칸에서 위는 예측, 가운데는 관측, 아래는 오차(예측 − 관측)입니다. " +
        "▲▼는 처음보다 오르내린 칸입니다.",
    ),
    erratum,
    sum.el,
  );

  // ── 예상하기: A의 발매지역 값을 뒤집습니다 ──
  const flipped = replaced(start.U, 0, 1, -start.U[0][1]);
  const after = calculate.predict(flipped, start.I);
  const moved = after.flat().filter((value, at) => Math.abs(value - beginning.R.flat()[at]) > 1e-9);
  let stop = () => {};
  ui.own(() => stop());
  ui.stage.addEventListener("pointerdown", () => stop());
  const drawGuess = ui.predict({
    question:
      `${nameOf("U", 0, 1)} 값 ${entry(start.U[0][1], "U")}을 ` +
      `${exact(flipped[0][1], 1, 2, { sign: true })}로 뒤집으면 예측 아홉 칸 가운데 몇 칸이 바뀔까요?`,
    options: ["1칸", "3칸", "6칸", "9칸"],
    locks: [userTable, itemTable, hand.el],
    reveal: (guess) => [
      `${guess === "skip" ? "" : guess === 1 ? "맞습니다. " : "실제로는 "}${moved.length}칸입니다. ${users[0]}의 행은 ${users[0]}가 나오는 칸에만 쓰이기 때문입니다. ` +
        `${nameOfCell(0, 0)}는 ${shown(beginning.R[0][0])}에서 ${shown(after[0][0])}로 바뀝니다. ` +
        "재생 횟수가 음수일 수 없다는 것을 이 모델은 모릅니다.",
      h("span", { class: "rbw-product-try" }, " 이제 아무 값이나 옆으로 끌어 RMSE를 더 줄여 보세요."),
    ],
    onReveal(guess) {
      if (guess === "skip") return;
      const [from, to] = [start.U[0][1], flipped[0][1]];
      store.set({ side: "U", factor: 1, cell: [0, 0] });
      stop = animate(1200, (part) => {
        const value = part < 1 ? Number((from + (to - from) * part).toFixed(1)) : to;
        change("U", 0, 1, value);
      });
    },
  });

  return function draw(state, before) {
    const { U, I, cell } = state;
    const [u, i] = cell;
    const predicted = calculate.predict(U, I);
    const rmse = calculate.rmse(U, I);
    const { row, column } = held(state);
    for (const [name, table] of Object.entries(cells)) {
      table.forEach((line, r) =>
        line.forEach((one, c) => {
          one.set(state[name][r][c]);
          one.el.classList.toggle("rbw-product-lit", r === (name === "U" ? u : i));
          one.el.classList.toggle("rbw-product-held", name === state.side && r === row && c === column);
        }),
      );
    }
    results.forEach((line, r) =>
      line.forEach((one, c) =>
        one.draw({
          predicted: predicted[r][c],
          moved: predicted[r][c] - beginning.R[r][c],
          chosen: r === u && c === i,
          printed: state.printed && Math.abs(printed[r][c] - beginning.R[r][c]) > 1e-9 ? printed[r][c] : null,
        }),
      ),
    );
    roving.hold(results[u][i].el);
    hand.rename(nameOf(state.side, row, column), BOUNDS[state.side]);
    hand.set(state[state.side][row][column]);
    misprints.set(state.printed);
    erratum.hidden = !state.printed;
    sum.draw({
      name: nameOfCell(u, i),
      left: U[u],
      right: I[i],
      terms: calculate.terms(U, I, cell),
      predicted: predicted[u][i],
      observed: R[u][i],
    });
    distance.draw(rmse);
    drawGuess(state);
    if (state === before) return;
    ui.announce(
      `${nameOfCell(u, i)} 예측 ${shown(predicted[u][i])}, 관측 ${R[u][i]}, RMSE ${fixed(rmse, 3)}`,
    );
  };
}

/** R̂의 한 칸: 예측, 관측, 오차. 누르면 그 칸을 고릅니다. */
function resultCell(name, observed, onPick) {
  // 눈에는 자리로 보이는 것을 낭독기에는 말로 들려줍니다.
  const spoken = (text) => h("span", { class: "rbw-spoken" }, text);
  const mark = h("i", { class: "rbw-product-moved", "aria-hidden": "true" });
  const value = h("span");
  const misprint = h("span");
  const printedLine = h(
    "s",
    { class: "rbw-product-misprint rbw-error", hidden: true },
    spoken("원문 "),
    misprint,
    spoken(", "),
  );
  const off = h("span");
  const error = h("span", { class: "rbw-product-error" }, spoken("오차 "), off);
  const el = button(
    [
      spoken(`${name} 예측 `),
      h("span", { class: "rbw-product-value rbw-predicted" }, mark, value, spoken(", ")),
      printedLine,
      h("span", { class: "rbw-product-observed" }, `관측 ${observed}`, spoken(", ")),
      error,
    ],
    onPick,
    { pressed: false },
  );
  el.classList.add("rbw-product-cell");
  return {
    el,
    draw({ predicted, moved, chosen, printed }) {
      mark.textContent = Math.abs(moved) < 1e-9 ? "" : moved > 0 ? "▲" : "▼";
      value.textContent = shown(predicted);
      off.textContent = signed(predicted - observed);
      error.style.background = signedColor(predicted - observed, REACH);
      printedLine.hidden = printed === null;
      misprint.textContent = printed === null ? "" : shown(printed);
      el.setAttribute("aria-pressed", String(chosen));
    },
  };
}

/** 고른 칸의 식: 항마다 한 줄, 앞의 항이 끝난 데서 다음 막대가 이어집니다. */
function sumBox(features) {
  const equation = h("p", { class: "rbw-product-equation" });
  const lines = features.map((name) => {
    const parts = { product: h("span"), term: h("strong"), bar: h("i") };
    parts.el = h(
      "li",
      {},
      h("span", { class: "rbw-muted" }, name),
      h("span", {}, parts.product, " = ", parts.term),
      h("span", { class: "rbw-product-track", "aria-hidden": "true" }, parts.bar),
    );
    return parts;
  });
  const marks = { predicted: h("b", { class: "rbw-predicted" }), observed: h("b", { class: "rbw-observed" }) };
  const list = h(
    "ol",
    { class: "rbw-product-terms" },
    lines.map(({ el }) => el),
    h("li", { class: "rbw-product-total" }, h("span", { class: "rbw-muted" }, "합"), h("span"), h("span", { class: "rbw-product-track" }, marks.predicted, marks.observed)),
  );
  const total = list.lastChild.children[1];
  function draw({ name, left, right, terms, predicted, observed }) {
    const ends = terms.map((_, f) => terms.slice(0, f + 1).reduce((sum, term) => sum + term, 0));
    const [low, high] = span([0, observed, ...ends]);
    const at = (value) => `${(((value - low) / (high - low)) * 100).toFixed(2)}%`;
    list.style.setProperty("--zero", at(0));
    list.style.setProperty("--observed", at(observed));
    lines.forEach(({ product, term, bar }, f) => {
      const [from, to] = [ends[f] - terms[f], ends[f]];
      product.replaceChildren(
        h("span", { class: "rbw-user" }, entry(left[f], "U")),
        " × ",
        h("span", { class: "rbw-item" }, wrapped(entry(right[f], "I"))),
      );
      term.textContent = signed(terms[f]);
      bar.className = terms[f] < 0 ? "rbw-product-minus" : "rbw-product-plus";
      bar.style.left = at(Math.min(from, to));
      bar.style.width = `${((Math.abs(terms[f]) / (high - low)) * 100).toFixed(2)}%`;
    });
    total.replaceChildren(
      h("strong", { class: "rbw-predicted" }, `◆ 예측 ${shown(predicted)}`),
      ` · ○ 관측 ${observed} · `,
      h("span", { class: "rbw-error" }, `오차 ${signed(predicted - observed)}`),
    );
    marks.predicted.textContent = "◆";
    marks.predicted.style.left = at(predicted);
    marks.observed.textContent = "○";
    marks.observed.style.left = at(observed);
    equation.textContent =
      `${name} = ` + terms.map((term, f) => (f ? (term < 0 ? " − " : " + ") + shown(Math.abs(term)) : shown(term))).join("") +
      ` = ${shown(predicted)}`;
  }
  return { el: h("div", { class: "rbw-product-sum" }, equation, list), draw };
}

/** 막대가 들어가는 범위: 0을 품고, 5의 배수에서 끝나 자주 바뀌지 않습니다. */
function span(values) {
  const low = Math.floor(Math.min(...values) / 5) * 5;
  const high = Math.ceil(Math.max(...values) / 5) * 5;
  return [low, high > low ? high : low + 5];
}

/** R과의 거리: 큰 수 하나와, 견줄 값이 있는 눈금. */
function distanceBox({ rmse: first, average }) {
  const value = h("output", { class: "rbw-product-rmse" });
  const change = h("span", { class: "rbw-muted" });
  const at = (rmse) => `${(Math.min(1, rmse / FAR) * 100).toFixed(2)}%`;
  const dot = h("b", { class: "rbw-product-dot" }, "●");
  const mark = (rmse, text) => h("span", { class: "rbw-product-mark", style: `left:${at(rmse)}` }, text);
  return {
    number: h("p", { class: "rbw-product-distance" }, h("span", {}, "R과의 거리 RMSE"), value, change),
    gauge: h(
      "div",
      { class: "rbw-product-gauge", "aria-hidden": "true" },
      h("span", { class: "rbw-product-rail" }, dot),
      mark(first, `처음 ${fixed(first, 3)}`),
      mark(average, `모두 평균 ${fixed(average, 3)}`),
    ),
    draw(rmse) {
      value.textContent = fixed(rmse, 3);
      const off = rmse - first;
      if (Math.abs(off) < 5e-4) change.textContent = `처음 ${fixed(first, 3)}`;
      else change.textContent = `처음보다 ${fixed(Math.abs(off), 3)} ${off < 0 ? "가까움" : "멀어짐"}`;
      dot.style.left = at(rmse);
    },
  };
}
