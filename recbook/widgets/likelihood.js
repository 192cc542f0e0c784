// 한 칸의 가능도 p^(αr) (1 − p). 곡선 하나와 아홉 칸의 꼭대기.

import { alphaKnob, alphaOf, animate, button, fixed, h, matrix, mount, plot, rove, stepper, svg } from "./kit.js";

const STEP = 0.05; // log₁₀ α의 눈금
const POINTS = 240;
// 양 끝을 촘촘히 봅니다: 꼭대기가 1에 붙으면 곡선이 아주 좁아집니다.
const GRID = Array.from({ length: POINTS + 1 }, (_, n) => Math.sin((Math.PI * n) / (2 * POINTS)) ** 2);

const top = (evidence) => evidence / (1 + evidence);

/** 꼭대기를 1로 맞춘 가능도. 증거가 0이면 꼭대기는 왼쪽 끝입니다. */
function height(p, evidence) {
  const best = top(evidence);
  if (evidence === 0) return 1 - p;
  if (p <= 0 || p >= 1) return 0;
  return Math.exp(evidence * Math.log(p / best) + Math.log((1 - p) / (1 - best)));
}

export default {
  render(context) {
    return mount(context, {}, build);
  },
};

function build(ui) {
  const { R, users, items, most, powers } = ui.data;
  const { store } = ui;
  const start = ui.model.get("_start");
  const counts = [...new Set(R.flat())].sort((a, b) => a - b);

  const alpha = alphaKnob({ powers, step: STEP, onInput: (power) => store.set({ power }) });
  const plays = stepper({
    label: "횟수 r",
    value: 4,
    min: 0,
    max: most,
    step: 1,
    digits: 0,
    onInput: (count) => store.set({ plays: count }),
  });
  ui.controls.append(plays.el, alpha.el);

  const cells = R.map((line, u) =>
    line.map((count, i) => {
      const value = h("span", { class: "rbw-likelihood-peak rbw-predicted" });
      const el = button(
        [
          h("span", { class: "rbw-spoken" }, `(${users[u]}, ${items[i]}) `),
          h("span", { class: "rbw-observed" }, `${count}번`),
          value,
        ],
        () => store.set({ plays: count }),
        { pressed: false },
      );
      el.classList.add("rbw-likelihood-cell");
      return { el, value, count };
    }),
  );
  const table = matrix({
    name: h("span", { class: "rbw-muted" }, "R과 p*"),
    rows: users,
    columns: items,
    cell: (u, i) => cells[u][i].el,
  });
  rove(table, "button", items.length);

  let state = start;
  const picture = plot({
    height: 250,
    axes: () => ({ x: [0, 1], y: [0, 1.2], xLabel: "선호할 확률 p", yLabel: "가능도(꼭대기를 1로)", format: String }),
    describe() {
      const evidence = alphaOf(state.power) * state.plays;
      return state.plays === 0
        ? "0번인 칸의 가능도는 p가 0에 가까울수록 큽니다. 꼭대기는 왼쪽 끝 0입니다."
        : `가능도의 꼭대기는 ${fixed(top(evidence), 3)}입니다.`;
    },
    draw({ layer, x, y, height: tall }) {
      const evidence = alphaOf(state.power) * state.plays;
      const best = top(evidence);
      const path = (amount) => GRID.map((p) => `${x(p).toFixed(1)},${y(height(p, amount)).toFixed(1)}`).join(" ");
      if (state.power !== 0 && state.plays > 0) {
        layer.append(svg("polyline", { class: "rbw-likelihood-ghost", points: path(state.plays) }));
      }
      // 아홉 칸의 꼭대기: 서로 다른 횟수마다 눈금 하나
      for (const count of counts) {
        const place = x(top(alphaOf(state.power) * count));
        layer.append(svg("line", { class: "rbw-likelihood-mark", x1: place, x2: place, y1: tall - 9, y2: tall }));
      }
      layer.append(
        svg("line", { class: "rbw-likelihood-top", x1: x(best), x2: x(best), y1: y(1), y2: tall }),
        svg("polyline", { class: "rbw-likelihood-curve", points: path(evidence) }),
        svg("circle", { class: "rbw-likelihood-dot", cx: x(best), cy: y(1), r: 5 }),
        svg(
          "text",
          {
            class: "rbw-likelihood-label",
            x: Math.min(Math.max(x(best), 46), x(1) - 46),
            y: y(1) - 10,
            "text-anchor": "middle",
          },
          `p* = ${state.plays === 0 ? 0 : fixed(best, 3)}`,
        ),
      );
    },
  });
  ui.own(() => picture.close());
  const sentence = h("p", { class: "rbw-likelihood-sentence" });
  ui.stage.append(
    sentence,
    h(
      "div",
      { class: "rbw-likelihood-pair" },
      picture.el,
      h(
        "div",
        { class: "rbw-likelihood-side" },
        table,
        h("p", { class: "rbw-muted" }, "칸을 누르면 그 횟수의 곡선이 나타납니다. 그림 아래의 짧은 눈금은 아홉 칸의 꼭대기이고, 흐린 점선은 α\u00a0=\u00a01일 때의 곡선입니다."),
      ),
    ),
  );

  // ── 예상하기: α를 10분의 1로 ──
  const shrunk = alphaOf(-1);
  const each = (amount) => fixed(top(amount), 3);
  let stop = () => {};
  ui.own(() => stop());
  for (const slot of [ui.controls, ui.stage]) slot.addEventListener("pointerdown", () => stop());
  const drawGuess = ui.predict({
    question: `α\u00a0=\u00a01에서 ${start.plays}번 들은 칸의 꼭대기는 ${each(start.plays)}입니다. α를 0.1로 줄이면 꼭대기는 어디로 갈까요?`,
    options: [`그대로 ${each(start.plays)}`, "0.3쯤", "10분의 1인 0.08"],
    locks: [ui.controls, table],
    reveal: (guess) => [
      `${guess === "skip" ? "" : guess === 1 ? "맞습니다. " : "실제로는 "}` +
        `증거가 ${start.plays}개에서 ${fixed(start.plays * shrunk, 1)}개로 줄어 ` +
        `${fixed(start.plays * shrunk, 1)}/${fixed(1 + start.plays * shrunk, 1)}, 곧 ${each(start.plays * shrunk)}입니다. ` +
        "같은 기록인데 ‘확률’이 달라졌습니다. 칸마다 따로 구하므로 아홉 칸의 순서는 그대로입니다.",
    ],
    onReveal(guess) {
      if (guess === "skip") return;
      stop = animate(1200, (part) => store.set({ power: Number((-part).toFixed(2)) }));
    },
  });

  return function draw(now, before) {
    state = now;
    const size = alphaOf(now.power);
    const evidence = size * now.plays;
    alpha.set(now.power);
    plays.set(now.plays);
    for (const line of cells) {
      for (const cell of line) {
        cell.value.textContent = cell.count ? fixed(top(size * cell.count), 3) : "→ 0";
        cell.el.setAttribute("aria-pressed", String(cell.count === now.plays));
      }
    }
    sentence.replaceChildren(
      ...(now.plays === 0
        ? [
            "증거는 ‘선호하지 않는다’ 1개뿐입니다. p가 0에 가까울수록 가능도가 크므로 꼭대기는 왼쪽 끝 ",
            h("strong", { class: "rbw-predicted" }, "p*\u00a0=\u00a00"),
            "이고, 점수로는 꼭대기가 없습니다.",
          ]
        : [
            "증거는 ‘선호한다’ αr\u00a0=\u00a0",
            h("strong", {}, exactly(evidence)),
            "개와 ‘선호하지 않는다’ 1개입니다. 꼭대기는 ",
            h("strong", { class: "rbw-predicted" }, `p*\u00a0=\u00a0${fixed(top(evidence), 3)}`),
            `, 점수로는 log\u00a0αr\u00a0=\u00a0${fixed(Math.log(evidence), 2)}입니다.`,
          ]),
    );
    picture.redraw();
    drawGuess(now);
    if (now === before) return;
    ui.announce(`α ${size}, ${now.plays}번, 꼭대기 ${now.plays === 0 ? 0 : fixed(top(evidence), 3)}`);
  };
}

/** 증거의 수를 줄이지 않고: 두 자리인 α와 두 자리인 횟수의 곱은 유효 숫자 넷이면 됩니다. */
const exactly = (value) => String(Number(value.toPrecision(4)));
