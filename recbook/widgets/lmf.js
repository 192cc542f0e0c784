// 로지스틱 행렬 분해를 한 걸음씩. 걸음은 recbook.models.lmf와 같은 커널을 같은 차례로 부릅니다.
// 상태에는 설정과 걸음의 기록만 있습니다. 학습한 수는 거기서 언제나 다시 셈할 수 있습니다.

import { button, choices, fixed, h, matrix, mount, plot, prefersStill, slider, stepBar, stepper, svg } from "./kit.js";
import { openKernels } from "./kernels.js";

const DATA = ["artists", "example"];
const SIDES = ["both", "users", "items", "biases"];
const TILE = 256; // recbook.kernels.lmf.TILE
const ROWS = 128; // recbook.kernels.lmf.ROWS
const START = 0.1; // 시작 값의 크기
const SHOW = 1200; // 밀리초: 단추 한 번의 걸음을 눈으로 따라갈 수 있게 늘이는 시간
const BUDGET = 8; // 밀리초: 한 장면에서 계산하는 시간
const STILL = 1e-6; // 실행: −log p가 이 비율보다 적게 움직이면
const MOST_TURNS = 20; // 고칠 쪽을 바꾼 횟수(상태의 형식과 같습니다)
const CALM = 10; // 이만큼 이어지면 멈춥니다
const SHAPES = ["■", "▲", "◆", "▼", "★"]; // 동그라미는 사용자의 것입니다

const total = (run) => run.reduce((sum, { steps }) => sum + steps, 0);
const big = (value) => Math.round(value).toLocaleString("ko-KR").replace("-", "−");
const round2 = (value) => Number(value.toPrecision(2));

/** CSR의 행과 열을 바꿉니다. */
function transposed({ indptr, indices, values }, columns) {
  const starts = new Int32Array(columns + 1);
  for (const i of indices) starts[i + 1] += 1;
  for (let i = 0; i < columns; i += 1) starts[i + 1] += starts[i];
  const next = starts.slice();
  const rows = new Int32Array(indices.length);
  const moved = new Float64Array(indices.length);
  for (let u = 0; u + 1 < indptr.length; u += 1) {
    for (let n = indptr[u]; n < indptr[u + 1]; n += 1) {
      const at = next[indices[n]]++;
      rows[at] = u;
      moved[at] = values[n];
    }
  }
  return { indptr: starts, indices: rows, values: moved };
}

/** 자료 하나와 요인의 수 하나의 학습. 배열은 한 번 놓고 다시 씁니다. */
function learner(K, problem, f) {
  const m = problem.items.length;
  const n = problem.train.indptr.length - 1;
  const width = Math.ceil(f / 16) * 16;
  const place = ({ indptr, indices, values }) => ({
    values,
    indptr: K.array("int32", [indptr.length], indptr),
    indices: K.array("int32", [indices.length], indices),
    confidence: K.array("float32", [indices.length]),
  });
  const half = (rows, csr) => ({
    csr: place(csr),
    rows,
    ...Object.fromEntries(["X", "grad", "squares"].map((name) => [name, K.array("float32", [rows, f])])),
    ...Object.fromEntries(["b", "gradB", "squaresB"].map((name) => [name, K.array("float32", [rows])])),
    wide: K.array("float32", [rows, width]),
  });
  const users = half(n, problem.train);
  const items = half(m, transposed(problem.train, m));
  const scratch = [
    K.array("float32", [f, TILE]),
    K.array("float32", [4, TILE]),
    K.array("float64", [TILE]),
    K.array("int32", [ROWS]),
  ];
  const state = K.array("uint64", [1]);
  const everyone = K.array("int32", [n], Int32Array.from({ length: n }, (_, u) => u));
  const scores = K.array("float32", [n, m]);
  const hidden = K.array("float32", [n, m]);
  const { heldOut } = problem;
  const answers = heldOut.indices.length;
  const test = {
    indptr: K.array("int32", [n + 1], heldOut.indptr),
    indices: K.array("int32", [Math.max(1, answers)], heldOut.indices),
    ranks: K.array("float64", [Math.max(1, answers)]),
    shares: K.array("float64", [Math.max(1, answers)]),
    candidates: K.array("int32", [n], Int32Array.from(everyone.view, (u) => m - problem.train.indptr[u + 1] + problem.train.indptr[u])),
  };
  let rate = 0;
  let penalty = 0;
  let likelihood = null; // 사용자의 기울기를 지금 값에서 이미 셈했으면 그때의 로그 가능도

  function gradient(mine, other) {
    let sum = 0;
    for (let start = 0; start < mine.rows; start += ROWS) {
      sum += K.call(
        "lmf.gradient", mine.X, mine.b, other.X, other.b,
        mine.csr.indptr, mine.csr.indices, mine.csr.confidence, penalty,
        start, Math.min(start + ROWS, mine.rows), mine.grad, mine.gradB, ...scratch,
      );
    }
    return sum;
  }
  /** AdaGrad 한 걸음. 커널은 행렬을 한 줄로 봅니다. */
  function climb(mine, biasesOnly) {
    const line = [mine.rows * f];
    const [X, grad, squares] = [mine.X, mine.grad, mine.squares].map((one) => one.reshape(line));
    if (!biasesOnly) K.call("lmf.adagrad", X, grad, squares, rate);
    K.call("lmf.adagrad", mine.b, mine.gradB, mine.squaresB, rate);
  }
  function widen({ X, wide, rows }) {
    const [from, to] = [X.view, wide.view];
    for (let row = 0; row < rows; row += 1) {
      for (let k = 0; k < f; k += 1) to[row * width + k] = from[row * f + k];
    }
    return wide;
  }
  return {
    users,
    items,
    f,
    /** 시작 값으로. seed는 파이썬이 준 난수의 씨입니다. */
    begin(settings, seed) {
      rate = settings.learning_rate;
      penalty = settings.regularization;
      likelihood = null;
      for (const one of [users, items]) {
        for (const name of ["squares", "b", "squaresB"]) one[name].view.fill(0);
        one.csr.confidence.set(Float32Array.from(one.csr.values, (value) => settings.alpha * Math.fround(value)));
      }
      state.view[0] = BigInt(seed);
      const drawn = problem.initial ?? [null, null];
      [users, items].forEach((one, at) => {
        if (drawn[at]) one.X.set(drawn[at]);
        else K.call("primitives.fill_uniform", one.X, START, state);
      });
    },
    /** −log p. 다음 걸음에 쓸 사용자의 기울기도 함께 셈해 둡니다. */
    loss() {
      likelihood ??= gradient(users, items);
      const prior = K.call("lmf.log_prior", users.X, penalty) + K.call("lmf.log_prior", items.X, penalty);
      return -(likelihood + prior);
    },
    step(side) {
      const biasesOnly = side === "biases";
      if (side !== "items") {
        likelihood ??= gradient(users, items);
        climb(users, biasesOnly);
      }
      if (side !== "users") {
        gradient(items, users);
        climb(items, biasesOnly);
      }
      likelihood = null;
    },
    /** 확률의 표(행마다 이어 놓은 것). */
    probabilities() {
      K.call("topk.score_rows", everyone, widen(users), users.b, widen(items), items.b, 0, scores);
      hidden.view.set(scores.view);
      K.call("lmf.probabilities", scores);
      return scores.view;
    },
    /** 숨긴 기록의 MPR(%). probabilities 다음에 부릅니다. */
    mpr() {
      if (!answers) return null;
      K.call("topk.hide", hidden, users.csr.indptr, users.csr.indices);
      K.call("metrics.tied_ranks", hidden, test.indptr, test.indices, test.ranks);
      return 100 * K.call("metrics.percentile_ranks", test.ranks, test.indptr, test.candidates, test.shares);
    },
  };
}

export default {
  render(context) {
    return mount(context, { layout: "side" }, async (ui) => build(ui, await openKernels(ui.model)));
  },
};

function build(ui, K) {
  const { store, data } = ui;
  const known = new Map();
  const problemOf = ({ data: name }) => {
    const problem = data[name];
    problem.train.values ??= problem.train.indices.map(() => 1);
    problem.listeners = problem.train.indptr.length - 1;
    return problem;
  };
  /** 이 설정의 학습기. 같은 크기면 놓아 둔 배열을 다시 씁니다. */
  function learnerOf(state) {
    const problem = problemOf(state);
    const f = problem.factors ?? state.factors;
    const key = `${state.data} ${f}`;
    if (!known.has(key)) known.set(key, learner(K, problem, f));
    return known.get(key);
  }

  // ── 지금까지 걸은 것. 상태의 run을 따라잡습니다 ──
  let learn = null;
  let setting = "";
  let done = []; // 걸음마다 고친 쪽
  let curve = { losses: [], mprs: [] };
  let p = null;
  let running = false; // '실행'으로 스스로 걷는 중
  let pace = null; // 눈으로 따라가게 천천히 걷는 중이면 { from, start, speed(걸음 ÷ 밀리초) }
  let frame = 0;
  let calm = 0;

  const sidesOf = (run) => run.flatMap(({ side, steps }) => Array(steps).fill(side));
  const settingOf = ({ data: name, factors, alpha, regularization, learning_rate: rate }) =>
    JSON.stringify([name, data[name].factors ?? factors, alpha, regularization, rate]);

  function measure() {
    curve.losses.push(learn.loss());
    p = learn.probabilities();
    curve.mprs.push(learn.mpr());
  }
  function restart(state) {
    learn = learnerOf(state);
    setting = settingOf(state);
    learn.begin(state, data.seed);
    done = [];
    curve = { losses: [], mprs: [] };
    calm = 0;
    measure();
  }
  function walk(side) {
    learn.step(side);
    done.push(side);
    measure();
    const [before, now] = curve.losses.slice(-2);
    calm = Math.abs(before - now) <= STILL * Math.abs(now) ? calm + 1 : 0;
  }
  /** 상태의 run까지 걷습니다. 한 장면에서 BUDGET까지만 셈합니다. */
  function proceed() {
    cancelAnimationFrame(frame);
    const wanted = running ? null : sidesOf(store.get().run);
    const pause = performance.now() + BUDGET;
    const enough = pace ? pace.from + Math.max(1, (performance.now() - pace.start) * pace.speed) : Infinity;
    do {
      if (running ? calm >= CALM || done.length >= data.longest : done.length >= wanted.length) break;
      walk(running ? store.get().side : wanted[done.length]);
    } while (done.length < enough && performance.now() < pause);
    show();
    if (running && (calm >= CALM || done.length >= data.longest)) {
      halt(calm >= CALM ? "더 오를 곳이 거의 없어 멈춥니다." : `${big(data.longest)}걸음을 다 걸었습니다.`);
    } else if (running || done.length < wanted.length) {
      frame = requestAnimationFrame(proceed);
    } else {
      pace = null;
      finish();
    }
  }
  ui.own(() => cancelAnimationFrame(frame));

  /** 같은 쪽끼리 이어 적은 걸음의 기록. */
  function record(sides) {
    const run = [];
    for (const side of sides) {
      if (run.at(-1)?.side === side) run.at(-1).steps += 1;
      else run.push({ side, steps: 1 });
    }
    return run;
  }
  /** 단추 하나의 걸음을 SHOW 동안 보여 줍니다. 몇 걸음뿐이면 한 장면에 하나입니다. */
  function setPace(steps) {
    const start = performance.now();
    pace = prefersStill() ? null : { from: done.length, start, speed: Math.max(steps / SHOW, 0.06) };
  }
  function go(steps) {
    const { run, side } = store.get();
    const room = Math.min(steps, data.longest - total(run));
    const next = record([...sidesOf(run), ...Array(Math.max(0, room)).fill(side)]);
    if (!room || next.length > MOST_TURNS) return full();
    setPace(room);
    store.set({ run: next });
  }
  function full() {
    note.textContent = "걸음이 다 찼거나 고칠 쪽을 너무 여러 번 바꾸었습니다. ‘처음으로’를 누르거나 설정을 바꾸어 다시 시작하세요.";
    ui.announce(note.textContent);
  }
  function runOn() {
    if (store.get().run.length >= MOST_TURNS || done.length >= data.longest) return full();
    running = true;
    setPace(100);
    calm = 0;
    bar.setRunning(true);
    note.textContent = "";
    proceed();
  }
  function halt(words = "") {
    if (!running) return;
    running = false;
    pace = null;
    cancelAnimationFrame(frame);
    bar.setRunning(false);
    note.textContent = words;
    store.set({ run: record(done) });
  }
  ui.own(() => (running = false));

  // ── 조작부 ──
  const fresh = (patch) => {
    halt();
    store.set({ ...patch, run: [] });
  };
  const which = choices({
    label: "자료",
    options: ["음악가 60", "3×3 예제"],
    onChange: (at) => fresh({ data: DATA[at], axes: [0, 1], item: 0 }),
  });
  const size = stepper({
    label: "요인의 수 k",
    value: 2,
    min: 1,
    max: 8,
    step: 1,
    digits: 0,
    onInput: (factors) => fresh({ factors, axes: [0, 1] }),
  });
  const alpha = slider({
    label: "신뢰도의 α",
    value: 0,
    min: -1.3,
    max: 1.3,
    step: 0.05,
    format: (power) => String(round2(10 ** power)),
    onInput: (power) => fresh({ alpha: round2(10 ** power) }),
  });
  const penalty = slider({
    label: "규제의 세기 λ",
    value: 5,
    min: 0,
    max: 50,
    step: 0.5,
    format: (value) => fixed(value, 1),
    onInput: (value) => fresh({ regularization: value }),
  });
  const rate = slider({
    label: "학습률 γ",
    value: 0.5,
    min: 0.05,
    max: 2,
    step: 0.05,
    format: (value) => fixed(value, 2),
    onInput: (value) => fresh({ learning_rate: value }),
  });
  const side = choices({
    label: "고칠 쪽",
    options: ["둘 다", "사용자만", "아이템만", "편향만"],
    onChange(at) {
      halt();
      store.set({ side: SIDES[at] });
    },
  });
  const bar = stepBar({ onStep: go, onRun: runOn, onStop: () => halt() });
  const note = h("p", { class: "rbw-muted rbw-lmf-note" });
  ui.controls.append(
    which.el,
    side.el,
    h("div", { class: "rbw-lmf-go" }, bar.el, note),
    h(
      "details",
      { class: "rbw-lmf-more", open: matchMedia("(min-width: 700px)").matches },
      h("summary", {}, "설정 바꾸기"),
      h("div", { class: "rbw-lmf-settings" }, size.el, alpha.el, penalty.el, rate.el),
    ),
  );

  // ── 그림 ──
  const facts = { steps: fact("걸음"), posterior: fact("로그 사후 확률"), mpr: fact("숨긴 기록의 MPR") };
  const tables = h("div", { class: "rbw-lmf-tables" });
  const map = itemMap(ui, () => ({ learn, problem: problemOf(store.get()), state: store.get() }));
  const progress = plot({
    height: 190,
    axes() {
      const steps = Math.max(10, curve.losses.length - 1);
      return isRanked()
        ? { x: [0, steps], y: [20, 55], xLabel: "걸음", yLabel: "숨긴 기록의 MPR (%)", format: (v) => String(v) }
        : { x: [0, steps], y: span(curve.losses.map((loss) => -loss)), xLabel: "걸음", yLabel: "로그 사후 확률", format: (v) => String(v) };
    },
    draw({ layer, x, y, width }) {
      const values = isRanked() ? curve.mprs : curve.losses.map((loss) => -loss);
      if (isRanked()) {
        const { popularity } = problemOf(store.get());
        layer.append(
          svg("line", { class: "rbw-lmf-base", x1: 0, x2: width, y1: y(popularity), y2: y(popularity) }),
          svg("text", { class: "rbw-tick", x: width - 4, y: y(popularity) - 5, "text-anchor": "end" }, `인기순 ${fixed(popularity, 1)}%`),
        );
      }
      layer.append(
        svg("polyline", { class: "rbw-lmf-curve", points: values.map((value, at) => `${x(at)},${y(value)}`).join(" ") }),
        svg("circle", { class: "rbw-lmf-now", r: 4, cx: x(values.length - 1), cy: y(values.at(-1)) }),
      );
    },
    describe: () => (isRanked()
      ? `숨긴 기록의 MPR이 ${fixed(curve.mprs[0], 1)}%에서 ${fixed(curve.mprs.at(-1), 1)}%가 되었습니다.`
      : `로그 사후 확률이 ${fixed(-curve.losses[0], 2)}에서 ${fixed(-curve.losses.at(-1), 2)}가 되었습니다.`),
  });
  const isRanked = () => curve.mprs[0] !== null && curve.mprs.length > 0;
  ui.own(() => map.close());
  ui.own(() => progress.close());
  ui.stage.append(
    h("div", { class: "rbw-lmf-facts" }, Object.values(facts).map((one) => one.el)),
    map.el,
    tables,
    progress.el,
  );
  const observed = pixels("기록(로그 눈금)", "observed", ["0번", "8,000번"]);
  const predicted = pixels("예측 확률", "predicted", ["0", "1"]);
  let grid = null;
  const posterior = (value) => (problemOf(store.get()).listeners > 9 ? big(value) : fixed(value, 2));

  function show() {
    const state = store.get();
    const problem = problemOf(state);
    const { losses, mprs } = curve;
    facts.steps.set(String(done.length));
    facts.posterior.set(posterior(-losses.at(-1)));
    facts.posterior.out.dataset.loss = String(losses.at(-1));
    facts.mpr.el.hidden = mprs[0] === null;
    if (mprs[0] !== null) facts.mpr.set(`${fixed(mprs.at(-1), 1)}%`, `인기순 ${fixed(problem.popularity, 1)}%`);
    if (problem.listeners > 9) {
      predicted.draw(problem, (u, i, m) => p[u * m + i]);
    } else {
      grid.draw(p);
    }
    map.redraw();
    progress.redraw();
  }
  /** 다 걸은 뒤 한 번: 낭독기에 알립니다. */
  function finish() {
    const ranked = curve.mprs[0] !== null ? `, 숨긴 기록의 MPR ${fixed(curve.mprs.at(-1), 1)}%` : "";
    ui.announce(`${done.length}걸음, 로그 사후 확률 ${posterior(-curve.losses.at(-1))}${ranked}`);
  }
  function layTables(problem) {
    if (problem.listeners > 9) {
      tables.replaceChildren(observed.el, predicted.el);
      observed.draw(problem, null);
    } else {
      grid = smallTable(problem);
      tables.replaceChildren(grid.el);
    }
  }
  const repaint = () => {
    if (problemOf(store.get()).listeners > 9) {
      observed.draw(problemOf(store.get()), null);
      show();
    }
  };
  const watch = new MutationObserver(repaint);
  watch.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  const scheme = matchMedia("(prefers-color-scheme: dark)");
  scheme.addEventListener("change", repaint);
  ui.own(() => {
    watch.disconnect();
    scheme.removeEventListener("change", repaint);
  });

  const drawGuess = ui.predict({ ...question(ui), locks: [ui.controls], onReveal(guess) {
    if (guess === "skip") return;
    if (store.get().data === "artists") return go(100);
    store.set({ side: "users" });
    go(1);
  } });

  let lastData = null;
  return function draw(state, before) {
    which.set(DATA.indexOf(state.data));
    side.set(SIDES.indexOf(state.side));
    size.set(state.factors);
    size.el.hidden = data[state.data].factors !== null;
    alpha.set(Math.log10(state.alpha));
    penalty.set(state.regularization);
    rate.set(state.learning_rate);
    drawGuess(state);
    if (running) {
      const kept = JSON.stringify(state.run) === JSON.stringify(before.run) && settingOf(state) === setting;
      if (kept) return show();
      pace = null;
      running = false; // 처음으로, 새 주소, 파이썬: 걷던 것을 버립니다
      bar.setRunning(false);
    }
    if (state.data !== lastData) layTables(problemOf(state));
    lastData = state.data;
    const wanted = sidesOf(state.run);
    const follows = setting === settingOf(state) && done.every((one, at) => one === wanted[at]);
    if (!follows) {
      note.textContent = "";
      restart(state);
    }
    if (before !== state && before.item !== state.item) map.say();
    proceed();
  };
}

/** 이름과 큰 수. set(글, 견줄 값). */
function fact(label) {
  const out = h("output", { class: "rbw-lmf-number" });
  const beside = h("span", { class: "rbw-muted" });
  return {
    out,
    el: h("p", { class: "rbw-lmf-fact" }, h("span", { class: "rbw-label" }, label), out, beside),
    set(text, words = "") {
      out.textContent = text;
      beside.textContent = words;
    },
  };
}

function span(values) {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const room = (high - low) * 0.08 || Math.max(1, Math.abs(high) * 0.1);
  return [low - room, high + room];
}

/** 아이템(과 사용자)이 놓인 자리. 두 축은 요인이고, 요인이 하나면 세로는 편향입니다. */
function itemMap(ui, ask) {
  const { store } = ui;
  const coordinates = (half, f, [a, b]) => {
    const [X, bias] = [half.X.view, half.b.view];
    return Array.from({ length: half.rows }, (_, row) => [X[row * f + Math.min(a, f - 1)], f > 1 ? X[row * f + Math.min(b, f - 1)] : bias[row]]);
  };
  const nameOf = ({ problem, state }) => problem.items[Math.min(state.item, problem.items.length - 1)];
  let places = { users: [], items: [], reach: [1, 1] };
  let sides = new Map(); // 이름마다 놓인 쪽. 걷는 동안 이름이 이리저리 튀지 않게 합니다
  const nice = (value) => [0.15, 0.3, 0.6, 1, 1.5, 2, 3, 4, 6, 8, 12, 20, 40].find((reach) => value * 1.08 <= reach) ?? value;
  const picture = plot({
    height: (width) => Math.min(width * 0.8, 360),
    axes() {
      const { learn, problem, state } = ask();
      const { axes } = state;
      const [users, items] = [learn.users, learn.items].map((half) => coordinates(half, learn.f, axes));
      const seen = problem.listeners > 9 ? items : [...items, ...users];
      // 시작 값이 화면에 가득 차지 않게: 뭉쳐 있다가 퍼지는 것이 보입니다.
      const least = problem.listeners > 9 ? 2.2 : 0;
      const reach = [0, 1].map((at) => Math.max(least, nice(Math.max(...seen.map((point) => Math.abs(point[at]))))));
      places = { users, items, reach };
      return {
        x: [-reach[0], reach[0]],
        y: [-reach[1], reach[1]],
        xLabel: `요인 ${axes[0] + 1}`,
        yLabel: learn.f > 1 ? `요인 ${axes[1] + 1}` : "편향 β",
        format: (value) => String(value),
      };
    },
    draw({ layer, x, y, width, height }) {
      const { problem, state } = ask();
      const small = problem.listeners < 10;
      const chosen = Math.min(state.item, problem.items.length - 1);
      const marks = [
        ...places.users.map(([a, b]) => boxAt(x(a), y(b), small ? 9 : 2.2)),
        ...places.items.map(([a, b]) => boxAt(x(a), y(b), 7)),
      ];
      const frame = { left: 0, right: width, top: 0, bottom: height };
      const seats = new Map();
      const label = (text, [a, b], tone, more = "") => {
        const seat = seatOf(text, [x(a), y(b)], { tone, marks, frame, before: sides.get(text) });
        marks.push(seat.box);
        seats.set(text, seat.side);
        return svg("text", { class: `rbw-lmf-name rbw-lmf-${tone} ${more}`, x: seat.x, y: seat.y, dy: "0.36em", "text-anchor": "middle" }, text);
      };
      layer.append(
        svg("line", { class: "rbw-grid", x1: x(0), x2: x(0), y2: height }),
        svg("line", { class: "rbw-grid", x2: width, y1: y(0), y2: y(0) }),
        ...places.users.map(([a, b]) => svg("circle", { class: `rbw-lmf-user${small ? " rbw-lmf-ring" : ""}`, r: small ? 8 : 2.2, cx: x(a), cy: y(b) })),
        ...places.items.map(([a, b], i) =>
          svg("text", {
            class: `rbw-lmf-item${i === chosen ? " rbw-lmf-chosen" : ""}`,
            x: x(a), y: y(b), dy: "0.36em", "text-anchor": "middle",
          }, SHAPES[problem.groups[i]]),
        ),
      );
      /** 거의 같은 자리에 있는 것은 이름을 이어 한 번만 적습니다. */
      const labels = (points, names, tone) => {
        const groups = [];
        points.forEach(([a, b], at) => {
          const near = groups.find(({ point }) => Math.hypot(x(point[0]) - x(a), y(point[1]) - y(b)) < 14);
          if (near) near.text += `·${names[at]}`;
          else groups.push({ point: [a, b], text: names[at] });
        });
        return groups.map(({ point, text }) => label(text, point, tone));
      };
      if (small) {
        layer.append(...labels(places.users, problem.users, "user"), ...labels(places.items, problem.items, "item"));
      } else {
        layer.append(label(problem.items[chosen], places.items[chosen], "item", "rbw-lmf-chosen"));
      }
      sides = seats;
    },
    describe() {
      const { problem, state } = ask();
      const { items } = places;
      const [a, b] = items[Math.min(state.item, items.length - 1)];
      return `아이템 ${items.length}개의 자리. ${nameOf({ problem, state })}는 (${fixed(a, 2)}, ${fixed(b, 2)})에 있습니다.`;
    },
  });
  picture.el.addEventListener("pointerdown", (event) => {
    const at = picture.at(event);
    const far = ([a, b]) => ((a - at.x) / places.reach[0]) ** 2 + ((b - at.y) / places.reach[1]) ** 2;
    const distances = places.items.map(far);
    const nearest = Math.min(...distances);
    if (nearest < 0.02) store.set({ item: distances.indexOf(nearest) });
  });
  const turn = (by) => {
    const { problem, state } = ask();
    const many = problem.items.length;
    store.set({ item: (Math.min(state.item, many - 1) + by + many) % many });
  };
  const name = h("span", { class: "rbw-item rbw-lmf-picked" });
  const legend = h("span", { class: "rbw-lmf-legend" });
  const picker = h(
    "div",
    { class: "rbw-bar rbw-lmf-picker" },
    button("◀", () => turn(-1), { title: "앞의 아이템" }),
    button("▶", () => turn(1), { title: "다음 아이템" }),
    name,
  );
  const axis = (at, label) =>
    stepper({ label, value: at + 1, min: 1, max: 8, step: 1, digits: 0, onInput: (value) => {
      const axes = [...store.get().axes];
      axes[at] = Math.min(value, ask().learn.f) - 1;
      store.set({ axes });
    } });
  const across = [axis(0, "가로축 요인"), axis(1, "세로축 요인")];
  const turns = h("div", { class: "rbw-lmf-axes" }, across.map((one) => one.el));
  return {
    el: h("div", { class: "rbw-lmf-map" }, picture.el, legend, picker, turns),
    redraw() {
      const { learn, problem, state } = ask();
      const item = Math.min(state.item, problem.items.length - 1);
      name.textContent = `${SHAPES[problem.groups[item]]} ${problem.items[item]}${problem.names.length > 1 ? ` · ${problem.names[problem.groups[item]]}` : ""}`;
      legend.replaceChildren(
        ...(problem.names.length > 1
          ? problem.names.map((genre, g) => h("span", { class: "rbw-item" }, `${SHAPES[g]} ${genre}`))
          : [h("span", { class: "rbw-item" }, `${SHAPES[0]} ${problem.names[0]}`)]),
        h("span", { class: "rbw-user" }, problem.listeners > 9 ? "· 청취자" : "○ 사용자"),
      );
      turns.hidden = learn.f < 3;
      across.forEach((one, at) => one.set(state.axes[at] + 1));
      picture.redraw();
    },
    say: () => ui.announce(name.textContent),
    close: () => picture.close(),
  };
}

/** 가운데와 반지름으로 적은 네모. */
function boxAt(x, y, across, down = across) {
  return { left: x - across, right: x + across, top: y - down, bottom: y + down };
}

function overlap(a, b) {
  const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
  const tall = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
  return wide > 0 && tall > 0 ? wide * tall : 0;
}

/** 이름을 적을 자리: 표시와 다른 이름을 가장 적게 가리는 쪽. 사용자는 아래, 아이템은 위가 먼저입니다. */
function seatOf(text, [x, y], { tone, marks, frame, before }) {
  const half = [...text].reduce((sum, letter) => sum + (letter > "\u1100" ? 12.5 : 8), 0) / 2 + 3;
  const down = tone === "user" ? 1 : -1;
  const spots = [
    [0, 17 * down], [0, -17 * down], [half + 11, 0], [-half - 11, 0],
    [half + 7, 12 * down], [-half - 7, 12 * down], [half + 7, -12 * down], [-half - 7, -12 * down],
  ];
  let best = null;
  spots.forEach(([right, below], side) => {
    const box = boxAt(x + right, y + below, half, 7.5);
    const outside = 4 * half * 7.5 - overlap(box, frame);
    const cost = marks.reduce((sum, mark) => sum + overlap(box, mark), 10 * outside + 2 * side - (side === before ? 40 : 0));
    if (!best || cost < best.cost) best = { cost, side, box, x: x + right, y: y + below };
  });
  return best;
}

/** 큰 표를 화소로. 값이 클수록 짙습니다. */
function pixels(title, tone, ends) {
  const canvas = h("canvas", { role: "img" });
  const groups = h("div", { class: "rbw-lmf-groups", "aria-hidden": "true" });
  const key = h("p", { class: "rbw-lmf-key" }, ends[0], h("span", { class: `rbw-lmf-ramp rbw-${tone}` }), ends[1]);
  const el = h("figure", { class: `rbw-lmf-pixels rbw-${tone}` }, h("figcaption", {}, title), canvas, groups, key);
  return {
    el,
    draw(problem, value) {
      const { items, names, listeners, train } = problem;
      const m = items.length;
      Object.assign(canvas, { width: m, height: listeners });
      canvas.setAttribute("aria-label", `${title}: 청취자 ${listeners}명(행)과 음악가 ${m}(열)의 표`);
      groups.replaceChildren(...names.map((name, g) => h("span", {}, SHAPES[g], h("span", { class: "rbw-lmf-genre" }, name))));
      const context = canvas.getContext("2d", { willReadFrequently: true });
      context.fillStyle = getComputedStyle(el).color;
      context.fillRect(0, 0, 1, 1);
      const [red, green, blue] = context.getImageData(0, 0, 1, 1).data;
      const image = context.createImageData(m, listeners);
      const paint = (cell, part) => image.data.set([red, green, blue, 255 * Math.min(1, part)], 4 * cell);
      for (let u = 0; u < listeners; u += 1) {
        if (value) for (let i = 0; i < m; i += 1) paint(u * m + i, value(u, i, m));
        else for (let n = train.indptr[u]; n < train.indptr[u + 1]; n += 1) paint(u * m + train.indices[n], train.values[n] / 9);
      }
      context.putImageData(image, 0, 0);
    },
  };
}

/** 3×3의 표: 칸마다 확률과 관측한 횟수. */
function smallTable(problem) {
  const { users, items, train } = problem;
  const counts = users.map(() => items.map(() => 0));
  users.forEach((_, u) => {
    for (let n = train.indptr[u]; n < train.indptr[u + 1]; n += 1) counts[u][train.indices[n]] = train.values[n];
  });
  const shown = users.map(() => items.map(() => h("output", { class: "rbw-predicted rbw-lmf-p" })));
  const table = matrix({
    name: h("span", { class: "rbw-predicted" }, "예측 확률 p"),
    rows: users,
    columns: items,
    cell: (u, i) => h("div", { class: "rbw-lmf-cell" }, shown[u][i], h("span", {}, `관측 ${counts[u][i]}회`)),
  });
  return {
    el: table,
    draw(p) {
      shown.forEach((line, u) =>
        line.forEach((out, i) => {
          const value = p[u * items.length + i];
          out.textContent = fixed(value, 3);
          out.parentElement.style.setProperty("--part", `${(100 * value).toFixed(1)}%`);
        }),
      );
    },
  };
}

/** 처음에 보이는 자료에 맞는 물음. */
function question({ model, data }) {
  if (model.get("_start").data === "artists") {
    return {
      question:
        "시작 값은 난수라서 음악가가 원점에 뭉쳐 있고, 숨긴 기록의 MPR은 50%쯤입니다. " +
        `인기순으로 늘어놓으면 ${fixed(data.artists.popularity, 1)}%입니다. 요인 둘로 100걸음 학습하면 MPR은 몇 %가 될까요?`,
      number: { min: 0, max: 60, step: 1, digits: 0, unit: "%", value: 40 },
      reveal: (guess) => [
        guess === "skip" ? "걸음 단추를 누르면 학습이 시작됩니다. " : "100걸음을 걸은 결과가 아래에 있습니다. ",
        "MPR이 작을수록 숨긴 음악가가 목록의 위에 있습니다. " +
          "α, λ, γ, 요인의 수를 바꾸면 처음부터 다시 학습합니다. 도중에 한쪽만 고칠 수도 있습니다.",
      ],
    };
  }
  return {
    question:
      "사용자의 벡터는 모두 0이고, 음반의 벡터는 원문의 아이템 행렬입니다. 사용자만 한 걸음 고치면 " +
      "발매지역(요인 2)의 값이 음수가 되는 사람은 누구일까요?",
    options: ["아무도 없다", "A만", "B와 C", "세 사람 모두"],
    reveal: (guess) => [
      guess === "skip" ? "‘고칠 쪽’에서 ‘사용자만’을 고르고 ‘1걸음’을 누르면 직접 볼 수 있습니다. " : "",
      `${guess === 1 ? "맞습니다. " : ""}A만 아래로 갑니다. 국외 음반 ‘가’의 발매지역 값이 −5인데 A가 ‘가’를 여덟 번 들었기 때문입니다. ` +
        "B와 C는 크기까지 같은 자리로 갑니다. 첫 걸음은 방향만 남기기 때문입니다. 걸음을 더 옮겨 보세요.",
    ],
  };
}
