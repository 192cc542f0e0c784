// U와 I를 요인 두 개의 평면에서 함께 돌립니다. 축은 서 있고 점이 돕니다.

import {
  animate,
  button,
  choices,
  fixed,
  h,
  matrix,
  mount,
  slider,
  stepper,
  svg,
} from "./kit.js";
import { openKernels } from "./kernels.js";

const SAME = 1e-9; // 이보다 작은 차이는 소수 계산의 끝자리입니다
const ZERO = 0.005; // 소수 둘째 자리까지 적으면 0인 값
const UNIT = 15; // 그림의 픽셀: 요인의 값 1
const RIM = 150; // 손잡이가 도는 테
const HALF = 176; // 그림의 반 너비
const APART = 25; // 두 점의 글자가 겹치지 않는 거리
const SQUARE = { x: -11.5, y: -11.5, width: 23, height: 23, rx: 3 };
const PRESETS = [0, 30, 60, 90, 180];

const degrees = (angle) => (angle * 180) / Math.PI;
const radians = (angle) => (angle * Math.PI) / 180;
const number = (value) => fixed(value, 2);
const angleText = (angle) => `${fixed(angle, angle % 1 ? 1 : 0)}°`;
/** −180°에서 180°까지. 180°를 넘으면 반대쪽에서 이어집니다. */
const wrap = (angle) => (angle >= -180 && angle <= 180 ? angle : ((angle + 540) % 360 + 360) % 360 - 180);
const entries = (...tables) => tables.flat(2);
const differences = (now, first) => entries(now).map((value, at) => Math.abs(value - entries(first)[at]));
const movedIn = (now, first) => differences(now, first).filter((gap) => gap > SAME).length;

// ── 돌리기: 평면을 바꾸면 앞에서 돌린 것을 사원수 하나로 모아 둡니다 ──

/** 평면 하나에서 돌리는 사원수. 부호는 본문의 Q를 따릅니다. */
function quaternion(plane, angle) {
  const half = radians(angle) / 2;
  const [axis, way] = [[3, -1], [1, -1], [2, 1]][plane];
  const parts = [Math.cos(half), 0, 0, 0];
  parts[axis] = way * Math.sin(half);
  return parts;
}

function compose([a, b, c, d], [e, f, g, i]) {
  return [
    a * e - b * f - c * g - d * i,
    a * f + b * e + c * i - d * g,
    a * g - b * i + c * e + d * f,
    a * i + b * g - c * f + d * e,
  ];
}

/** 길이를 1로. 주소에서 온 값은 길이가 제멋대로일 수 있습니다. */
function unit(turned) {
  const length = Math.hypot(...turned);
  return length > 1e-6 ? turned.map((part) => part / length) : [1, 0, 0, 0];
}

/** Q의 열의 목록. Q는 행벡터의 오른쪽에 곱합니다. */
function columnsOf([w, x, y, z]) {
  return [
    [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
    [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
    [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
  ];
}

const onto = ({ turned, plane, angle }) => compose(quaternion(plane, angle), unit(turned));

/** 3×3끼리의 A·Bᵀ. U·Q도 U·Iᵀ도 이 계산 하나입니다(Q는 열의 목록으로 줍니다). */
function multiplier(K, n) {
  const at = Array.from({ length: n * n }, (_, cell) => [Math.floor(cell / n), cell % n]);
  const rows = K.array("int32", [n * n], at.map(([r]) => r));
  const columns = K.array("int32", [n * n], at.map(([, c]) => c));
  const zeros = Array.from({ length: n }, () => Array(n).fill(0));
  const [left, right] = [K.factors(zeros), K.factors(zeros)];
  const [none, nothing] = [K.array("float64", [n]), K.array("float64", [n])];
  const out = K.array("float64", [n * n]);
  return (A, B) => {
    left.set(A);
    right.set(B);
    K.call("mf.predict_entries", rows, columns, left, right, none, nothing, 0, out);
    const flat = out.read();
    return A.map((_, r) => flat.slice(r * n, (r + 1) * n));
  };
}

export default {
  render(context) {
    return mount(context, {}, async (ui) => build(ui, await openKernels(ui.model)));
  },
};

function build(ui, K) {
  const { U, I, users, items, features, columns, planes } = ui.data;
  const product = multiplier(K, U.length);
  const first = product(U, I);
  const { store } = ui;
  const short = columns.map((name) => name.split(" ")[0]);

  /** 상태 하나의 모든 수. */
  function look(state) {
    const earlier = columnsOf(unit(state.turned));
    const Q = columnsOf(onto(state));
    const now = { U: product(U, Q), I: state.together ? product(I, Q) : I };
    const R = product(now.U, now.I);
    return {
      ...now,
      R,
      Q,
      // 이 평면에서 돌리기 전의 자리
      start: { U: product(U, earlier), I: state.together ? product(I, earlier) : I },
      factors: movedIn(now.U, U) + movedIn(now.I, I),
      predictions: movedIn(R, first),
      gap: Math.max(...differences(R, first)),
    };
  }

  let stop = () => {};
  ui.own(() => stop());
  function turnTo(angle) {
    stop();
    store.set({ angle: wrap(angle) });
  }
  function change(patch) {
    stop();
    store.set(patch);
  }
  const plane = choices({
    label: "돌릴 평면",
    options: planes.map(([a, b]) => `${short[a]}·${short[b]} 열`),
    onChange(at) {
      // 앞에서 돌린 것에 이어서 돌립니다.
      const { plane: before, ...state } = store.get();
      const earlier = unit(onto({ ...state, plane: before }));
      const turned = earlier.map((part) => Math.max(-1, Math.min(1, part)));
      change({ plane: at, angle: 0, turned });
    },
  });
  const both = choices({
    label: "돌리는 것",
    options: ["U와 I 함께", "U만"],
    onChange: (at) => change({ together: at === 0 }),
  });
  ui.controls.append(plane.el, both.el);

  const range = { min: -180, max: 180, step: 1 };
  const slide = slider({ label: "각도", value: 0, ...range, format: angleText, onInput: turnTo });
  const step = stepper({ label: "각도(도)", value: 0, ...range, onInput: turnTo });
  const presets = h(
    "div",
    { class: "rbw-bar rbw-rotate-presets" },
    PRESETS.map((angle) => button(`${angle}°`, () => turnTo(angle))),
  );
  const map = planeMap(ui.data, { read: () => store.get().angle, turnTo });
  const turn = h("div", { class: "rbw-rotate-turn" }, slide.el, step.el, presets);

  const numbers = (side, tone, table) =>
    table.map((line, row) => line.map((value, column) => factorCell(tone, value, `${side}${row}${column}`)));
  const cells = { U: numbers("U", "user", U), I: numbers("I", "item", I) };
  const results = first.map((line) => line.map((value) => resultCell(value)));
  const counts = countBox(entries(U, I).length, entries(first).length);
  const scheme = h(
    "div",
    { class: "rbw-rotate-scheme" },
    counts.el,
    matrix({
      name: h("span", { class: "rbw-item" }, "Iᵀ 아이템"),
      rows: short,
      columns: items,
      rowTone: "muted",
      cell: (f, i) => cells.I[i][f].el,
    }),
    matrix({
      name: h("span", { class: "rbw-user" }, "U 사용자"),
      rows: users,
      columns: short,
      columnTone: "muted",
      cell: (u, f) => cells.U[u][f].el,
    }),
    matrix({
      name: h("span", { class: "rbw-predicted" }, "R̂ 예측"),
      rows: users,
      columns: items,
      cell: (u, i) => results[u][i].el,
    }),
  );
  const reading = readingBox(ui.data);
  const gap = h("p", { class: "rbw-rotate-gap" });
  ui.stage.append(
    h(
      "div",
      { class: "rbw-rotate-top" },
      map.el,
      turn,
      h("div", { class: "rbw-rotate-tables" }, scheme, gap),
    ),
    reading.el,
  );

  // ── 예상하기: 30도 돌립니다 ──
  const after = look({ ...store.get(), ...ui.model.get("_start"), angle: 30 });
  const [p, q] = planes[0];
  const drawGuess = ui.predict({
    question:
      `U와 I의 ${short[p]} 열과 ${short[q]} 열을 함께 30° 돌립니다. 요인 ${entries(U, I).length}칸 가운데 ` +
      `${after.factors}칸이 달라집니다. 예측 R̂의 ${entries(first).length}칸 가운데 몇 칸이 달라질까요?`,
    options: ["9칸", "6칸", "3칸", "0칸"],
    locks: [ui.controls, map.el, turn],
    reveal: (guess) => [
      `${guess === "skip" ? "" : guess === 3 ? "맞습니다. " : "실제로는 "}${after.predictions}칸입니다. ` +
        "예측은 U의 행과 I의 행의 내적이고, 둘을 함께 돌리면 길이와 사잇각이 그대로라 내적도 그대로입니다. ",
      h("strong", {}, "손잡이를 끌어 끝까지 돌려 보고, U만 돌리는 것과 견주어 보세요."),
    ],
    onReveal(guess) {
      if (guess === "skip") return;
      store.set({ plane: 0, angle: 0, turned: [1, 0, 0, 0], together: true });
      stop = animate(1200, (part) => store.set({ angle: Math.round(30 * part) }));
    },
  });

  return function draw(state, before) {
    if (state.guess === null) stop(); // 처음으로 돌아가면 움직임도 멈춥니다
    const seen = look(state);
    plane.set(state.plane);
    both.set(state.together ? 0 : 1);
    slide.set(state.angle);
    step.set(state.angle);
    const lit = planes[state.plane];
    for (const [name, table] of Object.entries(cells)) {
      table.forEach((line, r) => line.forEach((one, c) => one.draw(seen[name][r][c], lit.includes(c))));
    }
    results.forEach((line, r) => line.forEach((one, c) => one.draw(seen.R[r][c])));
    counts.draw(seen);
    gap.textContent =
      seen.gap > SAME
        ? `예측이 가장 많이 달라진 칸의 차이는 ${number(seen.gap)}입니다.`
        : `예측이 가장 많이 달라진 칸의 차이는 ${tiny(seen.gap)}입니다. ` +
          "10⁻⁹보다 작은 차이는 소수 계산의 끝자리라 같은 값으로 셉니다.";
    map.draw(state, seen);
    reading.draw(state, seen);
    drawGuess(state);
    if (state === before) return;
    ui.announce(
      `${angleText(state.angle)}. 달라진 요인 ${seen.factors}칸, 달라진 예측 ${seen.predictions}칸.`,
    );
  };
}

/** 아주 작은 수: 1.8×10⁻¹⁵. */
function tiny(value) {
  if (value === 0) return "0";
  const [digits, power] = value.toExponential(1).split("e-");
  return `${digits}×10⁻${[...power].map((digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[digit]).join("")}`;
}

const spoken = (text) => h("span", { class: "rbw-spoken" }, text);

/** 요인 한 칸: 지금 값과, 달라졌으면 그 아래 처음 값. */
function factorCell(tone, origin, key) {
  const value = h("b");
  const old = h("small");
  const el = h("div", { class: `rbw-rotate-cell rbw-${tone}`, "data-cell": key }, value, old);
  return {
    el,
    draw(now, lit) {
      const moved = Math.abs(now - origin) > SAME;
      value.textContent = number(now);
      old.replaceChildren(...(moved ? [spoken(", 처음 "), number(origin)] : []));
      el.classList.toggle("rbw-rotate-lit", lit);
    },
  };
}

/** 예측 한 칸: 값과, 처음과 같은지(=) 다른지(≠). */
function resultCell(origin) {
  const value = h("b", { class: "rbw-predicted" });
  const mark = h("small");
  const el = h("div", { class: "rbw-rotate-cell rbw-rotate-result" }, value, mark);
  return {
    el,
    draw(now) {
      const moved = Math.abs(now - origin) > SAME;
      value.textContent = number(now);
      mark.className = moved ? "rbw-error" : "rbw-muted";
      mark.replaceChildren(
        ...(moved ? [spoken(", 처음과 다름 "), `≠${number(origin)}`] : [spoken(", 처음과 같음"), "="]),
      );
    },
  };
}

/** 달라진 칸의 수. */
function countBox(factors, predictions) {
  const factor = h("b");
  const prediction = h("b", { class: "rbw-predicted" });
  const line = (name, value, all) =>
    h(
      "p",
      {},
      h("span", {}, name),
      h("span", { class: "rbw-rotate-count" }, value, h("small", {}, ` / ${all}칸`)),
    );
  return {
    el: h(
      "div",
      { class: "rbw-rotate-counts" },
      line("달라진 요인", factor, factors),
      line("달라진 예측", prediction, predictions),
    ),
    draw(seen) {
      factor.textContent = String(seen.factors);
      prediction.textContent = String(seen.predictions);
      prediction.className = seen.predictions ? "rbw-error" : "rbw-predicted";
    },
  };
}

/** 열마다 무엇을 섞은 것인지, 부호로 읽으면 누가 갈라지는지. */
function readingBox({ users, features, columns }) {
  const lines = columns.map((name) => {
    const parts = { mix: h("span"), signs: h("span", { class: "rbw-user" }), verdict: h("span") };
    parts.el = h("li", {}, h("b", {}, name), parts.mix, parts.signs, parts.verdict);
    return parts;
  });
  const moral = h("p", { class: "rbw-rotate-moral" });
  const of = (value) => (Math.abs(value) < ZERO ? 0 : Math.sign(value));

  function mixture(shares) {
    const parts = shares
      .map((share, f) => [share, features[f]])
      .filter(([share]) => Math.abs(share) >= ZERO)
      .map(([share, name], at) => {
        const sign = share < 0 ? "−" : at ? "+" : "";
        const size = Math.abs(share) > 1 - ZERO ? "" : `${number(Math.abs(share))} `;
        return `${at ? `${sign} ` : sign}${size}${name}`;
      });
    return `= ${parts.join(" ")}`;
  }
  return {
    el: h(
      "div",
      { class: "rbw-rotate-reading" },
      h("p", {}, h("strong", {}, "원문처럼 부호로 읽으면")),
      h("ol", {}, lines.map(({ el }) => el)),
      moral,
    ),
    draw(state, { U, Q }) {
      const split = lines.map((line, f) => {
        const signs = users.map((_, u) => of(U[u][f]));
        line.mix.textContent = mixture(Q[f]);
        const written = users.map((name, u) => `${name} ${["−", "0", "+"][signs[u] + 1]}`);
        line.signs.textContent = written.join("  ");
        const sides = [-1, 1].map((side) => users.filter((_, u) => signs[u] === side));
        const parted = sides.every((side) => side.length);
        const [few, many] = sides.toSorted((a, b) => a.length - b.length).map((side) => side.join("·"));
        const alike = signs.includes(0) ? "갈리지 않음" : "모두 같은 부호";
        line.verdict.textContent = parted ? `${few} ↔ ${many} 갈림` : alike;
        line.el.classList.toggle("rbw-rotate-parted", parted);
        return parted;
      });
      moral.textContent = moralOf(state, columns.filter((_, f) => split[f]));
    },
  };

  function moralOf(state, parted) {
    if (!state.together) {
      return "U만 돌리면 예측이 달라집니다. 좌표는 U와 I가 함께 쓰는 것이어서, 짝을 지어 돌려야 내적이 남습니다.";
    }
    const where = parted.length ? `부호가 갈리는 열은 ${parted.join(", ")}입니다.` : "부호가 갈리는 열이 사라졌습니다.";
    if (Math.abs(state.angle) < SAME && Math.abs(unit(state.turned)[0]) > 1 - SAME) {
      return `${where} 원문은 이 열을 ‘${features[columns.indexOf(parted[0])]}’이라고 불렀습니다.`;
    }
    return `${where} 기록도 예측도 그대로인데 읽기만 달라졌습니다. 요인의 이름은 데이터가 아니라 우리가 붙인 것입니다.`;
  }
}

/** 고른 두 열의 평면. 축은 서 있고, 점과 처음의 축(점선)이 함께 돕니다. */
function planeMap({ users, items, features, columns, planes, userScale }, { read, turnTo }) {
  const scenery = svg("g", { "aria-hidden": "true" });
  const knob = svg("circle", { r: 10, class: "rbw-rotate-knob" });
  const grip = svg("circle", { r: 23, class: "rbw-rotate-grip" });
  const handle = svg(
    "g",
    {
      role: "slider",
      tabindex: "0",
      class: "rbw-rotate-handle",
      "aria-label": "좌표를 돌리는 손잡이",
      "aria-valuemin": -180,
      "aria-valuemax": 180,
    },
    grip,
    knob,
  );
  const names = {
    x: svg("text", { class: "rbw-axis", x: HALF - 2, y: HALF - 6, "text-anchor": "end" }),
    y: svg("text", { class: "rbw-axis", x: -HALF + 2, y: -HALF + 15 }),
  };
  const marks = {
    U: users.map((name) => marker("circle", { r: 12 }, "user", name)),
    I: items.map((name) => marker("rect", SQUARE, "item", name)),
  };
  const picture = svg(
    "svg",
    { viewBox: `${-HALF} ${-HALF} ${2 * HALF} ${2 * HALF}`, role: "group", "aria-label": "요인의 평면" },
    svg("circle", { r: RIM, class: "rbw-rotate-rim" }),
    svg("line", { x1: -RIM, x2: RIM, class: "rbw-rotate-axis" }),
    svg("line", { y1: -RIM, y2: RIM, class: "rbw-rotate-axis" }),
    names.x,
    names.y,
    scenery,
    marks.I.map(({ el }) => el),
    marks.U.map(({ el }) => el),
    handle,
  );
  const legend = h(
    "p",
    { class: "rbw-rotate-legend" },
    h("span", { class: "rbw-user" }, `● 사용자(원점에서 ${userScale}배 먼 자리)`),
    " ",
    h("span", { class: "rbw-item" }, "■ 아이템"),
    " ",
    h("span", { class: "rbw-muted" }, "┄ 처음의 축"),
  );

  // 손잡이도 점도 잡고 돌립니다. 잡은 곳과 원점을 잇는 선이 손을 따라옵니다.
  const bearing = (event) => {
    const box = picture.getBoundingClientRect();
    const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
    return degrees(Math.atan2(y - event.clientY, event.clientX - x));
  };
  let held = null;
  function grab(event) {
    if (event.button !== 0) return;
    held = { id: event.pointerId, from: bearing(event), angle: read() };
    event.currentTarget.setPointerCapture(event.pointerId);
  }
  function follow(event) {
    if (held?.id !== event.pointerId) return;
    turnTo(Math.round(wrap(held.angle + bearing(event) - held.from)));
  }
  const release = () => (held = null);
  for (const el of [handle, ...[...marks.U, ...marks.I].map((mark) => mark.el)]) {
    el.addEventListener("pointerdown", grab);
    // 도형에는 touch-action이 듣지 않는 브라우저가 있어, 페이지가 밀리지 않게 직접 막습니다.
    el.addEventListener("touchstart", (event) => event.preventDefault(), { passive: false });
    el.addEventListener("pointermove", follow);
    el.addEventListener("pointerup", release);
    el.addEventListener("pointercancel", release);
  }
  const steps = { ArrowUp: 1, ArrowRight: 1, ArrowDown: -1, ArrowLeft: -1, PageUp: 15, PageDown: -15 };
  handle.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const next = { Home: -180, End: 180 }[event.key] ?? (steps[event.key] && read() + steps[event.key]);
    if (next === undefined) return;
    event.preventDefault();
    turnTo(next);
  });

  const pair = (x, y) => `${x.toFixed(2)} ${y.toFixed(2)}`;
  const place = (mark, x, y) => mark.setAttribute("transform", `translate(${pair(x, y)})`);
  /** 돌아온 길: 이 평면에서 돌리기 전의 자리에서 지금 자리까지. */
  function trail([x, y], [toX, toY], angle, tone) {
    const radius = Math.hypot(x, y).toFixed(2);
    const [long, way] = [Number(Math.abs(angle) > 180), Number(angle < 0)];
    return [
      svg("path", {
        class: `rbw-rotate-trail rbw-${tone}`,
        d: `M${pair(x, y)}A${radius} ${radius} 0 ${long} ${way} ${pair(toX, toY)}`,
      }),
      svg("circle", { class: `rbw-rotate-from rbw-${tone}`, r: 3, cx: x.toFixed(2), cy: y.toFixed(2) }),
    ];
  }
  /** 비켜 놓은 점은 제자리를 작은 점과 선으로 가리킵니다. */
  function stem([x, y], [toX, toY], tone) {
    if (Math.hypot(toX - x, toY - y) < 1) return [];
    return [
      svg("path", { class: `rbw-rotate-stem rbw-${tone}`, d: `M${pair(x, y)}L${pair(toX, toY)}` }),
      svg("circle", { class: `rbw-rotate-spot rbw-${tone}`, r: 2.5, cx: x.toFixed(2), cy: y.toFixed(2) }),
    ];
  }
  /** 처음의 축 하나. 이름은 점을 가리지 않는 자리를 골라 적습니다. */
  function ray(name, [x, y], side, taken) {
    const length = Math.hypot(x, y);
    if (length < 0.25) return [];
    const [dx, dy] = [x / length, y / length];
    const [tip, wide] = [RIM * length, name.length * 7.2];
    const off = Math.abs(dy) * wide + Math.abs(dx) * 8 + 5;
    const spots = [0.84, 0.62, 0.42].flatMap((part) =>
      [side, -side].map((way) => [tip * part * dx - way * off * dy, tip * part * dy + way * off * dx]),
    );
    const free = ([u, v]) => taken.every(([a, b]) => Math.abs(a - u) > wide + 12 || Math.abs(b - v) > 20);
    const [u, v] = spots.find(free) ?? spots[0];
    return [
      svg("path", { class: "rbw-rotate-ray", d: `M0 0L${pair(tip * dx, tip * dy)}` }),
      svg(
        "text",
        { class: "rbw-rotate-name", x: u.toFixed(2), y: v.toFixed(2), dy: "0.35em", "text-anchor": "middle" },
        name,
      ),
    ];
  }
  return {
    el: h("div", { class: "rbw-rotate-map" }, picture, legend),
    draw({ plane, angle, together }, { U, I, Q, start }) {
      const [up, across] = planes[plane]; // 본문의 지도처럼 앞의 열이 세로입니다
      const at = (row, scale) => [row[across] * scale * UNIT, -row[up] * scale * UNIT];
      names.y.textContent = `↑ ${columns[up]}`;
      names.x.textContent = `${columns[across]} →`;
      const turning = Math.abs(angle) > SAME;
      const trails = (from, to, scale, tone) =>
        to.flatMap((row, n) => trail(at(from[n], scale), at(row, scale), angle, tone));
      const all = [...marks.U, ...marks.I];
      const spots = [...U.map((row) => at(row, userScale)), ...I.map((row) => at(row, 1))];
      const shown = spread(spots);
      const grip = [RIM * Math.cos(radians(angle)), -RIM * Math.sin(radians(angle))];
      scenery.replaceChildren(
        ...features.flatMap((name, f) =>
          ray(name, [Q[across][f], -Q[up][f]], f === up ? -1 : 1, [...shown, grip]),
        ),
        ...(turning && together ? trails(start.I, I, 1, "item") : []),
        ...(turning ? trails(start.U, U, userScale, "user") : []),
      );
      shown.forEach((spot, n) => {
        place(all[n].el, ...spot);
        scenery.append(...stem(spots[n], spot, n < U.length ? "user" : "item"));
      });
      place(handle, ...grip);
      handle.setAttribute("aria-valuenow", String(angle));
      handle.setAttribute("aria-valuetext", angleText(angle).replace("−", "마이너스 "));
    },
  };
}

/** 너무 가까운 점은 서로 밀어 글자가 겹치지 않게 합니다. */
function spread(spots) {
  const moved = spots.map((spot) => [...spot]);
  for (let round = 0; round < 12; round += 1) {
    moved.forEach((a, n) =>
      moved.slice(0, n).forEach((b) => {
        const [dx, dy] = [a[0] - b[0], a[1] - b[1]];
        const gap = Math.hypot(dx, dy);
        if (gap >= APART) return;
        const [ux, uy] = gap > 1e-6 ? [dx / gap, dy / gap] : [1, 0];
        const push = (APART - gap) / 2;
        a[0] += ux * push;
        a[1] += uy * push;
        b[0] -= ux * push;
        b[1] -= uy * push;
      }),
    );
  }
  return moved;
}

function marker(shape, size, tone, name) {
  const el = svg(
    "g",
    { class: `rbw-rotate-mark rbw-${tone}`, "aria-hidden": "true" },
    svg(shape, size),
    svg("text", { "text-anchor": "middle", dy: "0.36em" }, name),
  );
  return { el };
}
