// 추천 목록의 정답을 위아래로 옮깁니다. 왼쪽은 목록, 오른쪽은 다섯 지표입니다.

import { animate, button, fixed, h, mount, stepper, svg } from "./kit.js";
import { openKernels } from "./kernels.js";

// 다섯 지표(정밀도, 재현율, AP, NDCG, MPR)에서의 차례
const AP = 2;
const NDCG = 3;
const MPR = 4;

const CURVE = { width: 240, height: 66, left: 8, right: 8, top: 8, bottom: 8 };
const [FROM, TO] = [1, 4]; // 예상하기에서 옮기는 자리: 2위에서 5위로

const sum = (values) => values.reduce((total, value) => total + value, 0);
const places = (hits) => hits.flatMap((hit, at) => (hit ? [at] : []));
const moved = (hits, from, to) =>
  hits.map((hit, at) => (at === from ? hits[to] : at === to ? hits[from] : hit));

/** 목록 하나의 점수: [정밀도, 재현율, AP, NDCG, MPR]. 정답이 없으면 null입니다. */
function scorer(K, length) {
  const many = K.array("int32", [1], [length]);
  const out = K.array("float64", [1, 6]);
  const sizes = Array.from({ length: length + 1 }, (_, count) => ({
    positions: K.array("int32", [count]),
    ranks: K.array("float64", [count]),
    shares: K.array("float64", [count]),
    indptr: K.array("int32", [2], [0, count]),
  }));
  return (hits, cut) => {
    const at = places(hits);
    if (!at.length) return null;
    const { positions, ranks, shares, indptr } = sizes[at.length];
    positions.set(at);
    ranks.set(at);
    K.call("metrics.score_lists", positions, ranks, indptr, many, cut, out);
    const mean = K.call("metrics.percentile_ranks", ranks, indptr, many, shares);
    return [...out.view.slice(0, 4), mean];
  };
}

/** 지표마다의 이름, 값을 적는 법, 곡선에서의 높이(위가 좋음), 계산 과정. */
function kinds(score, length) {
  // 정답 하나가 j위에 있는 목록의 NDCG가 곧 j위의 할인입니다.
  const discounts = Array.from(
    { length },
    (_, at) => score(Array.from({ length }, (_, other) => Number(other === at)), length)[NDCG],
  );
  const inside = (hits, cut) => places(hits).filter((at) => at < cut);
  /** 여럿이면 더해서 괄호로 묶고, 하나면 그대로 적습니다. */
  const added = (terms) => (terms.length > 1 ? `(${terms.join(" + ")})` : (terms[0] ?? "0"));
  const answers = (hits) => places(hits).length;
  const ratio = (value) => fixed(value, 3);
  return [
    {
      name: (cut) => `정밀도@${cut}`,
      show: ratio,
      working: (hits, cut) => `${inside(hits, cut).length} ÷ ${cut}`,
    },
    {
      name: (cut) => `재현율@${cut}`,
      show: ratio,
      working: (hits, cut) => `${inside(hits, cut).length} ÷ ${answers(hits)}`,
    },
    {
      name: (cut) => `AP@${cut}`,
      show: ratio,
      working: (hits, cut) =>
        `${added(inside(hits, cut).map((at, nth) => `${nth + 1}/${at + 1}`))} ÷ ` +
        `${Math.min(cut, answers(hits))}`,
    },
    {
      name: (cut) => `NDCG@${cut}`,
      show: ratio,
      working: (hits, cut) =>
        `${added(inside(hits, cut).map((at) => fixed(discounts[at], 2)))} ÷ ` +
        fixed(sum(discounts.slice(0, Math.min(cut, answers(hits)))), 2),
    },
    {
      name: () => "MPR",
      note: "작을수록 좋음",
      show: (value) => `${fixed(100 * value, 1)}%`,
      flip: true,
      working: (hits) =>
        `${added(places(hits).map((at) => `${at}/${length - 1}`))} ÷ ${answers(hits)}`,
    },
  ];
}

export default {
  render(context) {
    return mount(context, {}, async (ui) => build(ui, await openKernels(ui.model)));
  },
};

function build(ui, K) {
  const { store } = ui;
  const start = ui.model.get("_start");
  const length = start.hits.length;
  const score = scorer(K, length);
  const metrics = kinds(score, length);

  const heldOf = ({ hits, held }) => (hits[held] ? held : hits.indexOf(1));
  function move(from, to) {
    const { hits } = store.get();
    if (to < 0 || to >= length || hits[to] || !hits[from]) return false;
    store.set({ hits: moved(hits, from, to), held: to });
    return true;
  }
  /** 위아래로 가장 가까운 빈자리로. 다른 정답은 건너뜁니다. */
  function step(from, direction) {
    const { hits } = store.get();
    let to = from + direction;
    while (hits[to]) to += direction;
    return from >= 0 && move(from, to);
  }

  const list = listBox({ length, move, step, hold: (held) => store.set({ held }), state: store.get });
  const cut = stepper({
    label: "보여 줄 편수 K",
    value: start.K,
    min: 1,
    max: length,
    step: 1,
    digits: 0,
    onInput: (value) => store.set({ K: value }),
  });
  const hand = handBox((direction) => step(heldOf(store.get()), direction));
  const cards = metrics.map((metric) => card(metric, length));
  const board = h(
    "div",
    { class: "rbw-metrics-board" },
    h(
      "p",
      { class: "rbw-metrics-key" },
      `곡선은 고른 정답을 1위부터 ${length}위까지 옮길 때의 점수입니다. ` +
        "위가 좋은 쪽이고, 높이는 지표마다 맞추었습니다.",
    ),
    cards.map((one) => one.el),
    h(
      "p",
      { class: "rbw-metrics-axis", "aria-hidden": "true" },
      h(
        "span",
        { class: "rbw-metrics-scale" },
        h("span", {}, "1위"),
        h("span", {}, "고른 정답의 순위"),
        h("span", {}, `${length}위`),
      ),
    ),
  );
  ui.controls.append(hand.el, cut.el);
  ui.stage.append(h("div", { class: "rbw-metrics" }, list.el, board));

  let stop = () => {};
  ui.own(() => stop());
  ui.stage.addEventListener("pointerdown", () => stop());
  const before = score(start.hits, start.K);
  const after = score(moved(start.hits, FROM, TO), start.K);
  const still = metrics
    .filter((_, at) => Math.abs(after[at] - before[at]) < 1e-12)
    .map((metric) => metric.name(start.K));
  const drawGuess = ui.predict({
    question:
      `위의 ${start.K}편을 보여 줍니다. ${FROM + 1}위의 정답을 ${TO + 1}위로 내리면, ` +
      "다섯 지표 가운데 움직이지 않는 것은 무엇일까요?",
    options: ["정밀도와 재현율", "AP와 NDCG", "MPR만", "모두 움직인다"],
    locks: [list.el, hand.el, cut.el],
    reveal: (guess) => [
      `${guess === 0 ? "맞습니다. " : guess === "skip" ? "" : "실제로는 "}` +
        `${still.join("와 ")}는 그대로입니다. 둘은 ${start.K}편 안에 정답이 몇 편인지만 셉니다. ` +
        `AP는 ${fixed(before[AP], 3)}에서 ${fixed(after[AP], 3)}, NDCG는 ${fixed(before[NDCG], 3)}에서 ` +
        `${fixed(after[NDCG], 3)}, MPR은 ${fixed(100 * before[MPR], 1)}%에서 ${fixed(100 * after[MPR], 1)}%로 나빠집니다.`,
      h("strong", {}, " 이제 정답을 끌어, 처음보다 NDCG는 오르는데 MPR은 나빠지게 만들어 보세요."),
    ],
    onReveal(guess) {
      if (guess === "skip") return;
      store.set({ hits: start.hits, K: start.K, held: FROM });
      stop = animate(1400, (part) => {
        const to = Math.round(FROM + (TO - FROM) * part);
        const from = heldOf(store.get());
        if (to !== from) move(from, to);
      });
    },
  });

  return function draw(state, before) {
    const held = heldOf(state);
    const values = score(state.hits, state.K);
    const open = state.guess !== null;
    const curve =
      open && held >= 0
        ? state.hits.map((hit, at) =>
            hit && at !== held ? null : score(moved(state.hits, held, at), state.K),
          )
        : null;
    list.draw(state, held);
    hand.draw(state.hits, held);
    cut.set(state.K);
    const changed =
      state !== before && (state.K !== before.K || state.hits.join() !== before.hits.join());
    // 견주는 것은 언제나 처음의 목록이고, K는 같게 둡니다. K가 다르면 다른 지표입니다.
    const first =
      open && state.hits.join() !== start.hits.join() ? score(start.hits, state.K) : null;
    cards.forEach((one, at) =>
      one.draw({
        ...state,
        at: held,
        value: values?.[at],
        change: values && first ? values[at] - first[at] : null,
        curve: curve?.map((point) => point?.[at] ?? null),
      }),
    );
    board.classList.toggle("rbw-metrics-open", open);
    drawGuess(state);
    if (!changed) return;
    const spoken = metrics.map(
      (metric, at) => `${metric.name(state.K)} ${values ? metric.show(values[at]) : "없음"}`,
    );
    ui.announce(`고른 정답 ${held + 1}위. ${spoken.join(", ")}`);
  };
}

/** 고른 정답을 위아래로 옮기는 단추. */
function handBox(step) {
  const name = h("span", { class: "rbw-label" });
  const up = button("▲ 위로", () => step(-1));
  const down = button("▼ 아래로", () => step(1));
  return {
    el: h("div", { class: "rbw-field" }, name, h("div", { class: "rbw-bar" }, up, down)),
    draw(hits, held) {
      name.textContent = held < 0 ? "정답이 없습니다" : `고른 정답 ${held + 1}위`;
      up.disabled = held < 0 || !hits.slice(0, held).includes(0);
      down.disabled = held < 0 || !hits.slice(held + 1).includes(0);
    },
  };
}

/** 목록. 정답인 줄만 손에 들 수 있고, 줄을 옮기면 초점도 따라갑니다. */
function listBox({ length, move, step, hold, state }) {
  const rows = Array.from({ length }, (_, at) => {
    const grip = h("span", { class: "rbw-metrics-grip" });
    const el = h(
      "li",
      { class: "rbw-metrics-row" },
      h("span", { class: "rbw-metrics-rank" }, `${at + 1}위`),
      grip,
    );
    return { el, grip };
  });
  const line = h("li", { class: "rbw-metrics-cut", "aria-hidden": "true" });
  const el = h("ol", { class: "rbw-metrics-list", "aria-label": "추천 목록" }, rows.map((row) => row.el));
  const under = (event) =>
    rows.findIndex(({ el: row }) => {
      const box = row.getBoundingClientRect();
      return event.clientY >= box.top && event.clientY < box.bottom;
    });
  let dragged = -1;
  const catches = (from, to) => {
    if (to < 0 || !move(from, to)) return false;
    rows[to].grip.focus({ preventScroll: true });
    return true;
  };
  el.addEventListener("pointerdown", (event) => {
    const at = rows.findIndex((row) => row.grip === event.target.closest(".rbw-metrics-grip"));
    if (event.button !== 0 || at < 0 || !state().hits[at]) return;
    event.preventDefault();
    dragged = at;
    hold(at);
    rows[at].grip.focus({ preventScroll: true });
    el.setPointerCapture(event.pointerId);
  });
  el.addEventListener("pointermove", (event) => {
    if (dragged < 0) return;
    const at = under(event);
    if (catches(dragged, at)) dragged = at;
  });
  for (const name of ["pointerup", "pointercancel", "lostpointercapture"])
    el.addEventListener(name, () => (dragged = -1));
  el.addEventListener("keydown", (event) => {
    const at = rows.findIndex((row) => row.grip === event.target);
    const jump = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (at < 0 || !jump) return;
    event.preventDefault();
    if (step(at, jump)) rows[state().held].grip.focus();
  });
  el.addEventListener("focusin", (event) => {
    const at = rows.findIndex((row) => row.grip === event.target);
    if (at >= 0 && state().held !== at && state().hits[at]) hold(at);
  });
  return {
    el,
    draw({ hits, K }, held) {
      rows.forEach(({ el: row, grip }, at) => {
        const hit = Boolean(hits[at]);
        row.classList.toggle("rbw-metrics-below", at >= K);
        grip.classList.toggle("rbw-metrics-hit", hit);
        grip.classList.toggle("rbw-metrics-held", at === held);
        grip.replaceChildren(...(hit ? ["●", h("span", {}, " 정답")] : []));
        if (hit) {
          const said = {
            role: "slider",
            tabindex: 0,
            "aria-orientation": "vertical",
            "aria-label": at === held ? "고른 정답의 순위" : "정답의 순위",
            "aria-valuemin": 1,
            "aria-valuemax": length,
            "aria-valuenow": at + 1,
            "aria-valuetext": `${at + 1}위`,
          };
          for (const [name, value] of Object.entries(said)) grip.setAttribute(name, value);
        } else {
          for (const name of grip.getAttributeNames()) if (name !== "class") grip.removeAttribute(name);
        }
      });
      line.textContent = `여기까지 ${K}편`;
      if (rows[K - 1].el.nextSibling !== line) rows[K - 1].el.after(line);
    },
  };
}

/** 지표 하나: 이름, 값, 계산, 처음보다 좋아졌는지, 곡선. */
function card(metric, length) {
  const name = h("strong", {});
  const value = h("output", { class: "rbw-metrics-value" });
  const working = h("span", { class: "rbw-metrics-working" });
  const change = h("span", { class: "rbw-metrics-change" });
  const picture = h("div", { class: "rbw-metrics-picture", "aria-hidden": "true" });
  const { width, height, left, right, top, bottom } = CURVE;
  const x = (at) => left + (at / (length - 1)) * (width - left - right);
  const el = h(
    "div",
    { class: "rbw-metrics-card" },
    h(
      "div",
      { class: "rbw-metrics-text" },
      h("p", { class: "rbw-metrics-head" }, name, value),
      h("p", { class: "rbw-metrics-foot" }, working, metric.note ? h("span", {}, metric.note) : null),
    ),
    h("div", { class: "rbw-metrics-curve" }, change, picture),
  );
  return {
    el,
    draw({ hits, K, at, value: now, change: gap, curve }) {
      name.textContent = metric.name(K);
      value.textContent = now === undefined ? "–" : metric.show(now);
      working.textContent = now === undefined ? "정답이 없습니다" : metric.working(hits, K);
      const still = gap !== null && Math.abs(gap) < 1e-12;
      const better = metric.flip ? gap < 0 : gap > 0;
      change.textContent =
        gap === null ? "" : still ? "처음과 같음" : `처음보다 ${better ? "▲ 좋아짐" : "▼ 나빠짐"}`;
      change.classList.toggle("rbw-metrics-still", still);
      picture.replaceChildren();
      if (!curve) return;
      // 지표마다 가장 나쁜 곳을 바닥에, 가장 좋은 곳을 천장에 둡니다.
      const values = curve.filter((share) => share !== null);
      const [low, high] = [Math.min(...values), Math.max(...values)];
      const good = (share) => (high - low < 1e-12 ? 0.5 : (share - low) / (high - low));
      const y = (share) => top + (metric.flip ? good(share) : 1 - good(share)) * (height - top - bottom);
      const dots = curve.flatMap((share, place) => (share === null ? [] : [[x(place), y(share), place]]));
      picture.append(
        svg(
          "svg",
          { viewBox: `0 0 ${width} ${height}` },
          svg("rect", {
            class: "rbw-metrics-shown",
            width: K < length ? (x(K - 1) + x(K)) / 2 : width,
            height,
          }),
          svg("polyline", { class: "rbw-metrics-line", points: dots.map(([a, b]) => `${a},${b}`).join(" ") }),
          dots.map(([cx, cy, place]) =>
            place === at
              ? svg("circle", { cx, cy, r: 6, class: "rbw-metrics-now" })
              : svg("circle", { cx, cy, r: 2.2, class: "rbw-metrics-dot" }),
          ),
        ),
      );
    },
  };
}
