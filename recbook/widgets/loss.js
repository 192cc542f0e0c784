// 오차 아홉 개를 끌어, 부호 있는 합과 절댓값·제곱의 평균을 견줍니다.

import {
  animate,
  button,
  exact,
  fixed,
  h,
  matrix,
  mount,
  numberCell,
  prefersStill,
  rove,
  signedColor,
  slider,
  stepper,
} from "./kit.js";

const DARKEST = 20; // 칸의 색이 가장 짙어지는 오차
const NONE = 0.05; // 이보다 작으면 화면에 0.0으로 보입니다
const EXPONENTS = [-1, 4]; // 막대의 로그 눈금: 0.1에서 10000까지

const signed = (value) => exact(value, 1, 2, { sign: true });
const counted = (value) =>
  value >= 1000 ? Math.round(value).toLocaleString("ko-KR") : fixed(value, value < 10 ? 3 : 1);
const place = (users, items, [u, i]) => `(${users[u]}, ${items[i]})`;

/** 네 가지 수. 더하기와 곱하기뿐이라 커널 없이 셉니다. */
function measure(errors) {
  const all = errors.flat();
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const mse = mean(all.map((error) => error * error));
  return {
    sum: all.reduce((sum, error) => sum + error, 0),
    mae: mean(all.map(Math.abs)),
    mse,
    rmse: Math.sqrt(mse),
    fitting: all.filter((error) => Math.abs(error) < NONE).length,
  };
}

/** 지금 상태가 말해 주는 것. */
function lesson(now, first, { goal, least }) {
  const times = counted(now.mse / first.mse);
  if (now.sum <= goal + 1e-9) {
    const best =
      now.mse <= least * 1.01
        ? "아홉 칸에 고르게 나누어 MSE를 가장 적게 키웠습니다."
        : `아홉 칸에 고르게 나누면 MSE를 ${fixed(least, 1)}까지 줄일 수 있습니다.`;
    return {
      tone: "predicted",
      text: `★ 합이 ${goal < 0 ? "−" : ""}${Math.abs(goal)}까지 내려갔습니다. 그런데 MSE는 처음의 ${times}배입니다. ${best}`,
    };
  }
  if (now.mae < 1e-9) {
    return { tone: "predicted", text: "● 아홉 칸을 모두 맞혔습니다. 이때만 MAE와 MSE가 0입니다." };
  }
  if (Math.abs(now.sum) < NONE) {
    const fits = now.fitting ? `맞은 칸은 ${now.fitting}칸뿐` : "맞은 칸은 하나도 없";
    return {
      tone: "error",
      text: `▲ 합은 0인데 ${fits}${now.fitting ? "입니다" : "습니다"}. 오차끼리 서로 지웠습니다.`,
    };
  }
  if (now.sum < 0 && now.mse > first.mse) {
    return { tone: "error", text: `▼ 합은 처음보다 내려갔지만 MSE는 처음의 ${times}배입니다.` };
  }
  return { tone: "muted", text: "○ 칸을 옆으로 끌거나 아래에서 바꾸어, 합을 −100까지 내려 보세요." };
}

export default {
  render(context) {
    return mount(context, {}, build);
  },
};

function build(ui) {
  const { data, store } = ui;
  const { R, users, items, reach, cancelling } = data;
  const start = ui.model.get("_start").errors;
  const first = measure(start);
  const RANGE = { min: -reach, max: reach, step: 0.5 };
  let still = () => {};
  ui.own(() => still());

  const change = ([u, i], value) =>
    store.set({
      errors: store.get().errors.map((line, r) => line.map((old, c) => (r === u && c === i ? value : old))),
    });
  const cells = start.map((line, u) =>
    line.map((value, i) =>
      errorCell({
        name: `${place(users, items, [u, i])}의 오차`,
        value,
        observed: R[u][i],
        range: RANGE,
        onInput: (next) => change([u, i], next),
        onPick: () => store.set({ cell: [u, i] }),
      }),
    ),
  );
  const table = matrix({
    name: h("span", { class: "rbw-error" }, "오차 = 예측 − 관측"),
    rows: users,
    columns: items,
    cell: (u, i) => cells[u][i].el,
  });
  // ↑↓는 값을 바꾸므로 칸은 ←→로만 옮겨 다닙니다.
  rove(table, ".rbw-number");
  const hand = stepper({ label: "", value: 0, ...RANGE, digits: 1, onInput: (value) => change(store.get().cell, value) });
  const sweep = slider({
    label: "끌어서 크게 바꾸기",
    value: 0,
    ...RANGE,
    format: signed,
    onInput: (value) => change(store.get().cell, value),
  });
  const rail = sumRail(data, first);
  const bars = meters(first);
  const words = h("p", { class: "rbw-loss-lesson" });
  const presets = h(
    "div",
    { class: "rbw-bar" },
    button("합만 0으로", () => glide(cancelling)),
    button("모두 맞히기", () => glide(R.map((line) => line.map(() => 0)))),
    button("원문의 오차", () => glide(start)),
  );
  const work = h(
    "div",
    { class: "rbw-loss-work" },
    h("div", { class: "rbw-loss-table" }, table, hand.el, sweep.el),
    h("div", { class: "rbw-loss-result" }, rail.el, bars.el, words),
  );
  ui.stage.append(work, presets);

  /** 오차를 미끄러지듯 바꿉니다. 수가 함께 움직이는 것을 보라는 뜻입니다. */
  function glide(target) {
    still();
    const from = store.get().errors;
    const toward = (part) =>
      from.map((line, u) =>
        line.map((value, i) => (part < 1 ? Number((value + (target[u][i] - value) * part).toFixed(1)) : target[u][i])),
      );
    still = animate(prefersStill() ? 0 : 700, (part) => store.set({ errors: toward(part) }));
  }
  work.addEventListener("pointerdown", () => still());

  const drawGuess = ui.predict({
    question:
      `오차 아홉 개의 합은 ${signed(first.sum)}이고 MSE는 ${fixed(first.mse, 3)}입니다. ` +
      "오차를 바꾸어 합을 −100까지 끌어내리면 MSE는 어떻게 될까요?",
    options: ["0.251보다 작아진다", "몇 배로 커진다", "수백 배로 커진다"],
    locks: [work, presets],
    reveal: (guess) => [
      `${guess === 2 ? "맞습니다. " : ""}적어도 ${fixed(data.least / first.mse, 0)}배로 커집니다. ` +
        `아홉 칸에 고르게 나누어도 한 칸에 −11.1이고, 그 제곱의 평균은 ${fixed(data.least, 1)}입니다.`,
      h("strong", {}, " 칸을 끌어 합을 −100으로 만들어 보세요. MSE를 얼마나 적게 키울 수 있나요?"),
    ],
  });

  return function draw(state, before) {
    const now = measure(state.errors);
    const [u, i] = state.cell;
    cells.forEach((line, r) =>
      line.forEach((one, c) => one.draw(state.errors[r][c], r === u && c === i)),
    );
    hand.rename(`${place(users, items, state.cell)}의 오차`);
    hand.set(state.errors[u][i]);
    sweep.set(state.errors[u][i]);
    rail.draw(now.sum);
    bars.draw(now);
    const { tone, text } = lesson(now, first, data);
    words.className = `rbw-loss-lesson rbw-${tone}`;
    words.textContent = text;
    drawGuess(state);
    if (state !== before) {
      ui.announce(`합 ${signed(now.sum)}, MAE ${counted(now.mae)}, MSE ${counted(now.mse)}. ${text}`);
    }
  };
}

/** 오차 한 칸: 끄는 수와, 그 오차가 뜻하는 예측. */
function errorCell({ name, value, observed, range, onInput, onPick }) {
  const number = numberCell({ label: name, value, ...range, tone: "ink", format: signed, onInput, onPick });
  const predicted = h("span", { class: "rbw-predicted" });
  const el = h(
    "div",
    { class: "rbw-loss-cell" },
    number.el,
    h("small", {}, predicted, " ", h("span", { class: "rbw-muted" }, `관측 ${observed}`)),
  );
  return {
    el,
    draw(error, held) {
      number.set(error);
      number.el.style.background = signedColor(error, DARKEST);
      el.classList.toggle("rbw-loss-held", held);
      predicted.textContent = `예측 ${exact(observed + error, 1, 2)}`;
    },
  };
}

/** 부호 있는 합의 수직선: 0을 지나 어디로든 갑니다. */
function sumRail({ goal }, { sum: beginning }) {
  const [low, high] = [-125, 65];
  const at = (value) => `${(((Math.min(high, Math.max(low, value)) - low) / (high - low)) * 100).toFixed(2)}%`;
  const value = h("output", { class: "rbw-loss-sum" });
  const dot = h("b", { class: "rbw-loss-dot" }, "●");
  const mark = (number, text) => h("span", { class: "rbw-loss-mark", style: `left:${at(number)}` }, text);
  const el = h(
    "div",
    { class: "rbw-loss-rail" },
    h("p", {}, h("span", { class: "rbw-muted" }, "부호 있는 합 "), value),
    h(
      "div",
      { class: "rbw-loss-line", "aria-hidden": "true" },
      h("span", { class: "rbw-loss-track" }),
      mark(goal, "목표 −100"),
      mark(0, "0"),
      dot,
    ),
  );
  return {
    el,
    draw(sum) {
      value.textContent = signed(Math.abs(sum) < NONE / 100 ? 0 : sum);
      value.dataset.value = sum;
      dot.style.left = at(sum);
      dot.textContent = sum < low ? "◀" : sum > high ? "▶" : "●";
      el.classList.toggle("rbw-loss-there", sum <= goal + 1e-9);
      el.title = `처음 ${signed(beginning)}`;
    },
  };
}

/** MAE, RMSE, MSE의 막대. 로그 눈금이고, 세로줄이 처음의 값입니다. */
function meters(first) {
  const names = { mae: "MAE 절댓값", rmse: "RMSE", mse: "MSE 제곱" };
  const [low, high] = EXPONENTS;
  const part = (value) =>
    `${(Math.min(1, Math.max(0, (Math.log10(Math.max(value, 1e-12)) - low) / (high - low))) * 100).toFixed(2)}%`;
  const lines = Object.entries(names).map(([key, name]) => {
    const [bar, value] = [h("i"), h("output")];
    const track = h(
      "span",
      { class: "rbw-loss-bar", "aria-hidden": "true" },
      bar,
      h("b", { style: `left:${part(first[key])}` }),
    );
    const el = h("li", {}, h("span", {}, name), track, value);
    return { key, bar, value, el };
  });
  return {
    el: h(
      "div",
      {},
      h("ul", { class: "rbw-loss-meters" }, lines.map(({ el }) => el)),
      h("p", { class: "rbw-loss-note" }, "막대는 한 칸에 10배씩인 로그 눈금이고, 세로줄은 처음의 값입니다."),
    ),
    draw(now) {
      for (const { key, bar, value } of lines) {
        bar.style.width = part(now[key]);
        value.textContent = counted(now[key]);
        value.dataset.value = now[key];
      }
    },
  };
}
