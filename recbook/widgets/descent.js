// 경사 하강법 걸어 보기. 두 값의 등고선 지도와, 값 18개를 모두 배우는 표.
// 길은 상태(방법, 학습률, 출발점, 걸음 수)가 정합니다. 저장하지 않고 그때그때 걷습니다.

import {
  animate,
  choices,
  fixed,
  exact,
  h,
  matrix,
  mount,
  plot,
  progress,
  signedColor,
  slider,
  stepBar,
  stepper,
  svg,
} from "./kit.js";
import { openKernels, runJob } from "./kernels.js";

const LIVE = 1000; // 걸음: 여기까지는 몇 밀리초라 이 자리에서 바로 걷습니다
const DOTTED = 60; // 걸음: 여기까지는 한 걸음마다 점을 찍습니다
const RAYS = 96; // 등고선 하나를 이루는 점의 수
const REACH = 4; // 오차의 색이 가장 짙어지는 크기
const METHODS = ["gd", "sgd", "adagrad"];
const MODES = ["two", "all"];
const NAMES = { gd: "경사 하강법", sgd: "확률적 경사 하강법", adagrad: "AdaGrad" };
const NEXT_TO_BOTTOM = [0.95, -0.7];

// ── 수를 적는 법 ──────────────────────────────────────────────────

const RAISED = { "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹" };
const power = (n) => `10${[...String(n)].map((letter) => RAISED[letter]).join("")}`;

/** 아주 크거나 작은 수는 2.0×10⁻⁷처럼 적습니다. */
function amount(value) {
  if (!Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (size < 1e-3 || size >= 1e6) {
    const [front, back] = value.toExponential(1).split("e");
    return `${front.replace("-", "−")}×${power(Number(back))}`;
  }
  if (size >= 1000) return Math.round(value).toLocaleString("ko-KR");
  return fixed(value, size >= 100 ? 1 : size >= 1 ? 2 : 4);
}
const ratio = (value) => (value >= 1 && value < 1000 ? fixed(value, value < 10 ? 1 : 0) : amount(value));
const counted = (n) => n.toLocaleString("ko-KR");
const rateText = (rate) => exact(rate, 0, 5);
const place = ([x, y]) => `(${exact(x, 0, 2)}, ${exact(y, 0, 2)})`;

// ── 걷기: 모든 수는 계산 커널이 셉니다 ────────────────────────────

/** 문제 하나를 커널의 메모리에 놓습니다. stillItems면 아이템의 값은 고치지 않습니다. */
function placed(K, { R, X, Y, rest, stillItems }) {
  const cells = R.flatMap((row, u) => row.map((_, i) => [u, i]));
  const [n, m, k] = [X.length, Y.length, X[0].length];
  const users = K.array("int32", [cells.length], cells.map(([u]) => u));
  const items = K.array("int32", [cells.length], cells.map(([, i]) => i));
  const values = K.array("float64", [cells.length], R.flat());
  const [parts, slopes] = [[K.factors(X), K.factors(Y)], [K.factors(X), K.factors(Y)]];
  const biases = [K.array("float64", [n]), K.array("float64", [m], rest)];
  const biasSlopes = [K.array("float64", [n]), K.array("float64", [m])];
  const zeros = [K.array("float64", [n]), K.array("float64", [m])];
  const none = [K.array("int32", [0]), K.array("int32", [0]), K.array("float64", [0])];
  const entries = [users, items, values];
  const model = [...parts, ...biases, 0];
  const free = stillItems ? [0] : [0, 1];
  return {
    k,
    free,
    parts,
    slopes,
    entries,
    model,
    count: cells.length,
    width: free.reduce((sum, side) => sum + [n, m][side] * k, 0),
    loss: () => K.call("mf.squared_error", ...entries, ...model),
    /** 이 자리의 기울기를 slopes에 적고, 움직이는 값의 기울기의 크기를 냅니다. */
    slope() {
      K.call("mf.gradient", ...entries, ...model, 0, 0, ...slopes, ...biasSlopes);
      // 칸이 없으면 규제만 남아 제곱의 합이 됩니다: ‖∂X‖² + ‖∂Y‖².
      return Math.sqrt(K.call("mf.loss", ...none, ...slopes, ...zeros, 0, 1, stillItems ? 0 : 1));
    },
    write(points, at) {
      let to = at;
      for (const side of free) {
        for (const row of parts[side].read(k)) {
          points.set(row, to);
          to += k;
        }
      }
    },
  };
}

/** 방법마다 한 걸음. 걸음마다 앞서 slope()가 이 자리의 기울기를 적어 두었습니다. */
const ADVANCE = {
  *gd(K, { free, parts, slopes }, { rate }) {
    for (;;) {
      for (const side of free) K.call("mf.descend", parts[side], slopes[side], rate);
      yield;
    }
  },
  *adagrad(K, { free, parts, slopes }, { rate }) {
    const sums = parts.map(({ shape }) => K.array("float64", shape));
    for (;;) {
      for (const side of free) K.call("mf.adagrad", parts[side], slopes[side], sums[side], rate);
      yield;
    }
  },
  *sgd(K, { free, parts, entries, model, count }, { rate, seed }) {
    const state = K.array("uint64", [1], [BigInt(seed)]);
    const order = K.array("int32", [count], Array.from({ length: count }, (_, at) => at));
    const one = K.array("int32", [1]);
    const kept = free.includes(1) ? null : parts[1].view.slice();
    for (;;) {
      K.call("primitives.shuffle", order, state);
      for (let at = 0; at < count; at += 1) {
        one.view[0] = order.view[at];
        K.call("mf.sgd_epoch", one, ...entries, ...model, rate, 0, 0, 0);
        if (kept) parts[1].set(kept);
        yield;
      }
    }
  },
};

/** 걷습니다. settle이면 수렴한 자리에서 멈춥니다. 한 걸음마다 지금의 걸음 수를 내놓습니다. */
function* hike(K, { problem, method, rate, seed, steps, settle, wild, flat }) {
  const ground = placed(K, problem);
  const advance = ADVANCE[method](K, ground, { rate, seed });
  const points = new Float64Array((steps + 1) * ground.width);
  const [losses, slopes] = [[], []];
  let diverged = false;
  for (let step = 0; step <= steps; step += 1) {
    if (step) advance.next();
    const [loss, slope] = [ground.loss(), ground.slope()];
    diverged = !(loss <= wild);
    if (!Number.isFinite(loss) || !Number.isFinite(slope)) break;
    ground.write(points, step * ground.width);
    losses.push(loss);
    slopes.push(slope);
    if (diverged || (settle && slope < flat)) break;
    yield () => ({ step, loss });
  }
  const { width } = ground;
  return { points: points.slice(0, losses.length * width), width, losses, slopes, diverged };
}

const jobs = { hike };

function finish(steps) {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/**
 * 등고선. 두 값의 손실은 어느 쪽으로 잘라도 바닥에서 시작하는 포물선이므로, 한 방향에 한 번씩만
 * 재면 그 방향의 모든 높이를 압니다.
 */
function contours(K, problem, bottom, levels) {
  return K.scope(() => {
    const ground = placed(K, problem);
    const height = ([x, y]) => {
      ground.parts[0].set([[x, y]]);
      return ground.loss();
    };
    const floor = height(bottom);
    const directions = Array.from({ length: RAYS }, (_, at) => {
      const turn = (2 * Math.PI * at) / RAYS;
      return [Math.cos(turn), Math.sin(turn)];
    });
    const steepness = directions.map(([x, y]) => height([bottom[0] + x, bottom[1] + y]) - floor);
    return levels.map((level) => ({
      level,
      points: directions.map(([x, y], at) => {
        const reach = Math.sqrt((level - floor) / steepness[at]);
        return [bottom[0] + reach * x, bottom[1] + reach * y];
      }),
    }));
  });
}

// ── 화면 ──────────────────────────────────────────────────────────

export default {
  jobs,
  render(context) {
    return mount(context, { layout: "side" }, async (ui) => build(ui, await openKernels(ui.model)));
  },
};

function build(ui, K) {
  const { data, store } = ui;
  const { R, I, rest, bottom, origins, field, rates, most } = data;
  const recipe = ({ mode, method, rate, start, origin }) => ({
    method,
    rate,
    seed: data.seed,
    wild: data.wild,
    flat: data.flat,
    problem:
      mode === "two"
        ? { R: [R[0]], X: [start], Y: I, rest, stillItems: true }
        : { R, X: origins[origin].U, Y: origins[origin].I, rest: [0, 0, 0], stillItems: false },
  });
  const keyOf = ({ mode, method, rate, start, origin }) =>
    JSON.stringify([mode, method, rate, mode === "two" ? start : origin]);

  // ── 길: 마지막으로 걸은 것 하나만 들고 있습니다 ──
  let known = { key: null, walk: null };
  let job = null;
  let playing = null; // 움직이는 동안 보이는 걸음. 끝나면 상태에 적습니다
  let stopPlaying = () => {};
  const lastOf = (walk) => walk.losses.length - 1;
  const covers = (key, steps) =>
    known.key === key && (known.walk.diverged || lastOf(known.walk) >= steps);
  function halt() {
    job?.stop();
    job = null;
    stopPlaying();
    playing = null;
    bar.set(null);
    buttons.setRunning(false);
  }
  ui.own(halt);

  /** 짧은 길을 그 자리에서 걸어 둡니다. 길면 거짓을 냅니다. */
  function walked(state, steps) {
    const key = keyOf(state);
    if (covers(key, steps)) return true;
    if (steps > LIVE) return false;
    const input = { ...recipe(state), steps, settle: false };
    known = { key, walk: K.scope(() => finish(hike(K, input))) };
    return true;
  }
  /** 길을 걸어 둡니다. 길면 뒤에서. 도중에 멈추면 거짓을 냅니다. */
  async function prepare(state, steps, settle = false) {
    if (!settle && walked(state, steps)) return true;
    const key = keyOf(state);
    const input = { ...recipe(state), steps, settle };
    job?.stop();
    const mine = runJob({
      model: ui.model,
      jobs,
      name: "hike",
      input,
      onProgress({ step, loss }) {
        bar.set(step / steps, `${counted(step)}걸음 · 손실 ${amount(loss)}`);
      },
    });
    job = mine;
    buttons.setRunning(true);
    bar.set(0, "걷는 중");
    try {
      const { value } = await mine.done;
      if (!value || job !== mine) return false;
      known = { key, walk: value };
      halt();
      return true;
    } catch (error) {
      ui.fail(error);
      return false;
    }
  }
  async function go(count) {
    const state = store.get();
    const target = Math.min(most[state.mode], Math.min(state.steps, most[state.mode]) + count);
    if (!(await prepare(state, target))) return;
    store.set({ steps: Math.min(target, lastOf(known.walk)) });
  }
  async function run() {
    const state = store.get();
    if (!(await prepare(state, most[state.mode], true))) return;
    const end = lastOf(known.walk);
    play(state.steps < end ? state.steps : 0, end);
  }
  /** 걸어 둔 길을 보여 줍니다. 처음의 몇 걸음이 볼 만하므로 갈수록 빨라집니다. */
  function play(from, to) {
    buttons.setRunning(true);
    stopPlaying = animate(Math.min(5000, 500 + 60 * (to - from)), (part) => {
      playing = from + Math.round((to - from) * part ** 2);
      if (part < 1) {
        show(store.get());
        return;
      }
      playing = null;
      stopPlaying = () => {};
      buttons.setRunning(false);
      store.set({ steps: to });
    });
  }
  function stop() {
    const seen = playing;
    halt();
    if (seen !== null) store.set({ steps: seen });
    show(store.get());
  }
  /** 학습률이나 출발점을 바꾸면 같은 걸음만큼 새 길을 보입니다. 끄는 동안 밀리지 않을 만큼만. */
  function change(patch) {
    const now = store.get();
    store.set({ ...patch, steps: Math.min(playing ?? now.steps, LIVE) });
  }

  // ── 조작부 ──
  const mode = choices({
    label: "움직이는 값",
    options: ["두 값만", "값 18개 모두"],
    onChange: (at) => store.set({ mode: MODES[at], steps: 0 }),
  });
  const method = choices({
    label: "방법",
    options: METHODS.map((name) => NAMES[name]),
    onChange: (at) => change({ method: METHODS[at] }),
  });
  const [slowest, fastest] = rates;
  const sweep = slider({
    label: "학습률",
    value: -2,
    min: Math.log10(slowest),
    max: Math.log10(fastest),
    step: 0.05,
    format: () => rateText(store.get().rate),
    onInput: (exponent) => change({ rate: Number((10 ** exponent).toPrecision(2)) }),
  });
  const rate = stepper({
    label: "학습률",
    value: 0.01,
    min: slowest,
    max: fastest,
    digits: 5,
    onInput: (value) => change({ rate: value }),
  });
  const factor = h("p", { class: "rbw-descent-factor" });
  const starts = [0, 1].map((axis) =>
    stepper({
      label: `출발점의 ${data.features[axis]}`,
      value: 0,
      min: field[axis][0],
      max: field[axis][1],
      step: 0.05,
      digits: 2,
      onInput: (value) => change({ start: store.get().start.map((old, at) => (at === axis ? value : old)) }),
    }),
  );
  const origin = choices({
    label: "출발하는 값",
    options: origins.map(({ name }) => name),
    onChange: (at) => store.set({ origin: at, steps: 0 }),
  });
  const buttons = stepBar({ onStep: go, onRun: run, onStop: stop });
  buttons.el.classList.add("rbw-descent-steps");
  const bar = progress("걷기");
  ui.controls.append(
    mode.el,
    method.el,
    h("div", { class: "rbw-descent-rate" }, sweep.el, rate.el, factor),
    origin.el,
    buttons.el,
    bar.el,
  );

  // ── 그림 ──
  let view = null; // 지금 보이는 길과 걸음
  const map = mapOf(data, contours(K, recipe({ ...store.get(), mode: "two" }).problem, bottom, data.levels), {
    read: () => view,
    onStart: (start) => change({ start }),
  });
  map.el.append(h("div", { class: "rbw-descent-starts" }, starts.map(({ el }) => el)));
  const table = tables(data);
  const numbers = numberBox();
  const curve = curveOf(() => view);
  ui.own(map.close);
  ui.own(curve.close);
  ui.stage.append(map.el, table.el, numbers.el, curve.el);

  const drawGuess = ui.predict({
    question:
      "(0, 0)에서 출발해 학습률 0.01로 걸었더니 걸음마다 바닥에서 멀어집니다. 바닥 바로 옆 " +
      `${place(NEXT_TO_BOTTOM)}에서 출발하면 어떻게 될까요?`,
    options: ["곧 바닥에 닿는다", "바닥 곁을 맴돈다", "그래도 멀어진다"],
    locks: [ui.controls, map.el],
    reveal: (guess) => [
      `${guess === 2 ? "맞습니다. " : ""}그래도 멀어집니다. 걸음마다 가장 가파른 쪽의 거리에 ` +
        `${fixed(steepFactor(K, data.curvature, 0.01), 2)}이 곱해지기 때문입니다. 어디에서 출발하느냐는 ` +
        "시간만 늦출 뿐, 멀어지느냐는 골짜기가 굽은 정도와 학습률이 정합니다.",
      h("strong", {}, " 학습률을 조금씩 줄여, 다가가기 시작하는 값을 찾아보세요."),
    ],
    onReveal(guess) {
      if (guess === "skip") return;
      store.set({ mode: "two", method: "gd", rate: 0.01, start: NEXT_TO_BOTTOM, steps: 0 });
      walked(store.get(), 16);
      play(0, 16);
    },
  });

  function show(state) {
    const key = keyOf(state);
    if (known.key !== key) return;
    const { walk } = known;
    const step = Math.min(playing ?? state.steps, lastOf(walk));
    view = { walk, step, state, ended: step === lastOf(walk) };
    const at = Array.from(walk.points.subarray(step * walk.width, (step + 1) * walk.width));
    if (state.mode === "two") map.redraw();
    else table.draw(at, K);
    numbers.draw(view, at, verdict(view, data));
    curve.redraw();
  }

  return function draw(state, before) {
    const key = keyOf(state);
    const two = state.mode === "two";
    if (key !== keyOf(before) || (playing !== null && state.steps !== before.steps)) halt();
    mode.set(MODES.indexOf(state.mode));
    method.set(METHODS.indexOf(state.method));
    sweep.set(Math.log10(state.rate));
    rate.rename("학습률", { step: fineStep(state.rate) });
    rate.set(state.rate);
    origin.set(state.origin);
    starts.forEach((one, axis) => one.set(state.start[axis]));
    origin.el.hidden = two;
    map.el.hidden = !two;
    table.el.hidden = two;
    drawFactor(two && state.method === "gd" ? steepFactor(K, data.curvature, state.rate) : null);
    drawGuess(state);
    const steps = Math.min(state.steps, most[state.mode]);
    if (walked(state, steps)) show(state);
    else prepare(state, steps).then((ready) => ready && show(store.get()));
    if (state !== before && known.key === key) {
      const { walk, step } = view;
      ui.announce(`${counted(step)}걸음, 손실 ${amount(walk.losses[step])}. ${verdict(view, data).text}`);
    }
  };

  function drawFactor(value) {
    factor.hidden = value === null;
    if (value === null) return;
    const away = Math.abs(value) > 1;
    factor.replaceChildren(
      "가장 가파른 쪽의 거리에 걸음마다 ",
      h("strong", { class: away ? "rbw-error" : "" }, `${fixed(value, 2)}배`),
      away ? ": 멀어집니다" : ": 다가갑니다",
    );
  }
}

/** 1 − γ × 곡률: 길이 1에서 곡률만큼의 기울기로 한 걸음. */
function steepFactor(K, curvature, rate) {
  return K.scope(() => {
    const gap = K.array("float64", [1, 1], [1]);
    K.call("mf.descend", gap, K.array("float64", [1, 1], [curvature]), rate);
    return gap.view[0];
  });
}

/** 자릿수에 맞는 잔걸음: 0.0084에서는 0.0001씩. */
const fineStep = (rate) => Number((10 ** (Math.floor(Math.log10(rate) + 1e-9) - 1)).toPrecision(1));

/** 길이 어떻게 되었는지 한 문장으로. */
function verdict({ walk, step, state, ended }, { flat, most }) {
  const [loss, first] = [walk.losses[step], walk.losses[0]];
  const [calm, limit] = [walk.slopes[step] < flat, most[state.mode]];
  if (walk.diverged && ended) {
    const when = `${counted(step)}걸음 만에 손실이 10억을 넘어 여기서 멈춥니다.`;
    return { tone: "error", text: `✕ 발산했습니다. ${when} 학습률을 줄여 보세요.` };
  }
  if (calm && state.mode === "all" && loss > 1e-3) {
    return { tone: "error", text: "■ 기울기가 0이어서 움직이지 않습니다. 바닥이 아니라 안장점입니다." };
  }
  if (calm) return { tone: "predicted", text: "● 수렴했습니다. 기울기가 거의 0인 바닥입니다." };
  if (!step) return { tone: "muted", text: "출발점에 서 있습니다. 걸음을 옮겨 보세요." };
  if (loss > first * 1.000001) {
    return { tone: "error", text: `▲ 손실이 처음의 ${ratio(loss / first)}배로 늘었습니다.` };
  }
  if (state.mode === "two" && state.method === "sgd" && step >= 60 && loss < first / 5) {
    return { tone: "muted", text: "○ 바닥 곁에서 서성입니다. 한 칸을 맞추면 다른 칸이 어긋납니다." };
  }
  if (step >= limit) {
    return { tone: "muted", text: `${counted(limit)}걸음을 다 걸었지만 아직 수렴하지 않았습니다.` };
  }
  return { tone: "muted", text: `▼ 손실이 처음의 ${ratio((100 * loss) / first)}%입니다.` };
}

/** 걸음, 본 칸, 손실, 기울기의 크기. */
function numberBox() {
  const boxes = Object.fromEntries(
    ["걸음", "본 칸", "손실", "기울기의 크기"].map((name) => [name, h("b")]),
  );
  const words = h("p", { class: "rbw-descent-verdict" });
  const list = h(
    "div",
    { class: "rbw-descent-numbers" },
    Object.entries(boxes).map(([name, value]) => h("span", {}, h("small", {}, name), value)),
  );
  return {
    el: h("div", {}, list, words),
    draw({ walk, step, state }, at, { tone, text }) {
      const cells = state.method === "sgd" ? 1 : state.mode === "two" ? 3 : 9;
      boxes["걸음"].textContent = counted(step);
      boxes["본 칸"].textContent = counted(step * cells);
      boxes["손실"].textContent = amount(walk.losses[step]);
      boxes["기울기의 크기"].textContent = amount(walk.slopes[step]);
      words.className = `rbw-descent-verdict rbw-${tone}`;
      words.textContent = text;
      // 화면의 수는 둥글린 값입니다. 온전한 값은 여기에 둡니다.
      const [loss, slope] = [walk.losses[step], walk.slopes[step]];
      Object.assign(list.dataset, { step, loss, slope, at: JSON.stringify(at) });
    },
  };
}

// ── 등고선 지도 ──

function mapOf({ field, bottom, features, users }, rings, { read, onStart }) {
  const [[left, right], [low, high]] = field;
  const MARGIN = { across: 56, down: 62 }; // plot의 여백: 안쪽이 정사각형이 되게 합니다
  const picture = plot({
    height: (width) => (width - MARGIN.across) * ((high - low) / (right - left)) + MARGIN.down,
    axes: () => ({
      x: field[0],
      y: field[1],
      xLabel: `${users[0]}의 ${features[0]} 값`,
      yLabel: `${users[0]}의 ${features[1]} 값`,
    }),
    draw: (axes) => drawMap(axes),
    describe() {
      if (!read()) return "손실의 등고선";
      const { walk, step, state } = read();
      const at = Array.from(walk.points.subarray(2 * step, 2 * step + 2));
      return (
        `손실의 등고선. ${place(state.start)}에서 출발해 ${step}걸음 뒤 ${place(at)}에 있습니다. ` +
        `바닥은 ${place(bottom)}입니다.`
      );
    },
  });
  const handle = h("div", { class: "rbw-descent-handle", "aria-hidden": "true" });
  const el = h(
    "div",
    { class: "rbw-descent-map" },
    picture.el,
    handle,
    h("p", { class: "rbw-descent-hint" }, "지도를 누르거나 ◎를 끌어 출발점을 옮기세요."),
  );
  const clamp = (value, [least, most]) => Math.min(most, Math.max(least, Number(value.toFixed(2))));
  const move = (event) => {
    const { x, y } = picture.at(event);
    onStart([clamp(x, field[0]), clamp(y, field[1])]);
  };
  picture.el.addEventListener("click", move);
  handle.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    handle.setPointerCapture(event.pointerId);
    handle.classList.add("rbw-dragging");
  });
  handle.addEventListener("pointermove", (event) => handle.hasPointerCapture(event.pointerId) && move(event));
  for (const name of ["pointerup", "pointercancel"]) {
    handle.addEventListener(name, () => handle.classList.remove("rbw-dragging"));
  }

  /** 출발점의 손잡이를 값의 자리로. 그림의 축을 거꾸로 읽어 픽셀을 구합니다. */
  function seat([x, y]) {
    const box = picture.el.getBoundingClientRect();
    const zero = picture.at({ clientX: box.left, clientY: box.top });
    const far = picture.at({ clientX: box.left + 100, clientY: box.top + 100 });
    handle.style.left = `${((x - zero.x) / (far.x - zero.x)) * 100}px`;
    handle.style.top = `${((y - zero.y) / (far.y - zero.y)) * 100}px`;
  }
  function drawMap({ layer, x, y, width }) {
    if (!read()) return;
    const { walk, step, state } = read();
    const pixel = ([px, py]) => `${x(px).toFixed(1)},${y(py).toFixed(1)}`;
    for (const { points } of [...rings].reverse()) {
      layer.append(svg("polygon", { class: "rbw-descent-ring", points: points.map(pixel).join(" ") }));
    }
    for (const { level, points } of rings) {
      const [px, py] = points[Math.round(RAYS * 0.31)]; // 완만한 쪽의 왼쪽 위
      if (level < 10 || y(py) < 12 || x(px) > width - 20) continue;
      const seat = { x: x(px), y: y(py), dy: "0.35em", "text-anchor": "middle" };
      layer.append(svg("text", { class: "rbw-descent-level", ...seat }, level));
    }
    const [bx, by] = [x(bottom[0]), y(bottom[1])];
    layer.append(
      svg("path", { class: "rbw-descent-bottom", d: `M${bx - 7} ${by}h14M${bx} ${by - 7}v14` }),
      svg("text", { class: "rbw-descent-name", x: bx + 10, y: by + 16 }, "바닥"),
    );
    const all = Array.from({ length: step + 1 }, (_, at) => [walk.points[2 * at], walk.points[2 * at + 1]]);
    const inside = ([px, py]) => px >= left && px <= right && py >= low && py <= high;
    // 지도를 떠나 돌아오지 않는 길은 떠나는 데까지만 그립니다.
    const path = all.slice(0, all.findLastIndex(inside) + 2);
    layer.append(svg("polyline", { class: "rbw-descent-path", points: path.map(pixel).join(" ") }));
    const dots = path.length <= DOTTED ? path.slice(1, -1) : [];
    for (const [px, py] of dots) {
      layer.append(svg("circle", { class: "rbw-descent-dot", cx: x(px), cy: y(py), r: 2.6 }));
    }
    if (step) {
      const [px, py] = path.at(-1);
      layer.append(svg("circle", { class: "rbw-descent-now", cx: x(px), cy: y(py), r: 5.5 }));
    }
    seat(state.start);
  }
  return { el, redraw: picture.redraw, close: picture.close };
}

// ── 손실 곡선 ──

function curveOf(read) {
  function range() {
    const { walk, step } = read();
    const seen = walk.losses.slice(0, step + 1).map((loss) => Math.log10(Math.max(loss, 1e-30)));
    const low = Math.floor(Math.min(...span(seen)));
    // 맨 위의 눈금이 축의 이름과 겹치지 않게 조금 남깁니다.
    const high = Math.max(low + 2, Math.ceil(Math.max(...span(seen))));
    return [low - 0.04 * (high - low), high + 0.08 * (high - low)];
  }
  const span = (values) => [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
  return plot({
    height: 190,
    axes: () => ({
      x: [0, 1.03 * Math.max(10, read()?.step ?? 0)],
      y: read() ? range() : [0, 2],
      xLabel: "걸음",
      yLabel: "손실(로그 눈금)",
      formatX: counted,
      format: (value) => (Number.isInteger(value) ? tick(value) : ""),
    }),
    draw({ layer, x, y }) {
      if (!read()) return;
      const { walk, step } = read();
      const height = (loss) => y(Math.log10(Math.max(loss, 1e-30)));
      const every = Math.max(1, Math.ceil(step / 500));
      const shown = walk.losses
        .slice(0, step + 1)
        .map((loss, at) => [at, loss])
        .filter(([at]) => at % every === 0 || at === step);
      layer.append(
        svg("polyline", {
          class: "rbw-descent-curve",
          points: shown.map(([at, loss]) => `${x(at).toFixed(1)},${height(loss).toFixed(1)}`).join(" "),
        }),
        svg("circle", { class: "rbw-descent-end", cx: x(step), cy: height(walk.losses[step]), r: 4.5 }),
      );
    },
    describe() {
      if (!read()) return "손실 곡선";
      const { walk, step } = read();
      return `손실 곡선. ${step}걸음에 ${amount(walk.losses[0])}에서 ${amount(walk.losses[step])}로 바뀌었습니다.`;
    },
  });
}

const tick = (exponent) => (exponent >= -2 && exponent <= 3 ? exact(10 ** exponent, 0, 2) : power(exponent));

// ── 값 18개 ──

function tables({ R, users, items, features }) {
  const spans = () => R.map((line) => line.map(() => h("span")));
  const [ofU, ofI, ofR] = [spans(), spans(), spans()];
  const spoken = (text) => h("span", { class: "rbw-spoken" }, text);
  const boxes = ofR.map((line, u) =>
    line.map((value, i) => {
      const [predicted, observed] = [h("b", {}, value), h("small", {}, spoken("관측 "), `${R[u][i]}`)];
      return h("div", { class: "rbw-descent-cell" }, predicted, observed);
    }),
  );
  const short = (name) => (name.length > 3 ? `${name.slice(0, 2)}\u200b${name.slice(2)}` : name);
  const el = h(
    "div",
    { class: "rbw-descent-scheme" },
    h("p", { class: "rbw-descent-corner" }, "큰 수는 예측, 작은 수는 관측, 색은 오차입니다."),
    matrix({
      name: h("span", { class: "rbw-item" }, "Iᵀ 아이템"),
      rows: features.map(short),
      columns: items,
      rowTone: "muted",
      cell: (f, i) => ofI[i][f],
    }),
    matrix({
      name: h("span", { class: "rbw-user" }, "U 사용자"),
      rows: users,
      columns: features.map(short),
      columnTone: "muted",
      cell: (u, f) => ofU[u][f],
    }),
    matrix({
      name: h("span", { class: "rbw-predicted" }, "R̂ 예측"),
      rows: users,
      columns: items,
      cell: (u, i) => boxes[u][i],
    }),
  );
  // 좁은 칸에 들어가게: 아주 큰 수는 자릿수만 적습니다.
  const narrow = (value) => {
    const size = Math.abs(value);
    if (size < 1e4) return fixed(value, size < 10 ? 2 : size < 100 ? 1 : 0);
    return (value < 0 ? "−" : "") + power(Math.floor(Math.log10(size)));
  };
  return {
    el,
    draw(at, K) {
      const rows = (from) => [0, 1, 2].map((r) => at.slice(from + 3 * r, from + 3 * r + 3));
      const [U, I] = [rows(0), rows(9)];
      const predicted = K.scope(() => product(K, U, I));
      for (const [places, values] of [[ofU, U], [ofI, I], [ofR, predicted]]) {
        places.forEach((line, r) => line.forEach((one, c) => (one.textContent = narrow(values[r][c]))));
      }
      boxes.forEach((line, u) =>
        line.forEach((box, i) => (box.style.background = signedColor(predicted[u][i] - R[u][i], REACH))),
      );
    },
  };
}

function product(K, U, I) {
  const cells = U.flatMap((_, u) => I.map((__, i) => [u, i]));
  const ids = (side) => K.array("int32", [cells.length], cells.map((cell) => cell[side]));
  const [users, items] = [ids(0), ids(1)];
  const [none, empty] = [K.array("float64", [U.length]), K.array("float64", [I.length])];
  const out = K.array("float64", [cells.length]);
  K.call("mf.predict_entries", users, items, K.factors(U), K.factors(I), none, empty, 0, out);
  const flat = out.read();
  return U.map((_, u) => flat.slice(u * I.length, (u + 1) * I.length));
}
