// 모든 위젯이 함께 쓰는 틀과 조작부.
// 화면의 글은 언제나 텍스트로만 넣습니다(innerHTML을 쓰지 않습니다).

import { openStore } from "./state.js";

const SVG = "http://www.w3.org/2000/svg";
const SCRUB = 8; // 픽셀: 이만큼 끌면 한 칸
const SLACK = 4; // 픽셀: 이보다 적게 움직이면 끌기가 아니라 누르기
const HOLD = 420; // 밀리초: 누르고 있으면 되풀이하기 시작하는 때
const REPEAT = 70;
const SPEAK_AFTER = 450; // 밀리초: 끄는 동안 낭독기가 수를 쏟아 내지 않게 모읍니다

// ── 요소 ──────────────────────────────────────────────────────────

function fill(node, props, children) {
  for (const [name, value] of Object.entries(props)) {
    if (value === false || value === null || value === undefined) continue;
    if (name === "on") {
      for (const [event, listener] of Object.entries(value)) node.addEventListener(event, listener);
    } else {
      node.setAttribute(name, value === true ? "" : value);
    }
  }
  node.append(...children.flat(Infinity).filter((child) => (child ?? false) !== false));
  return node;
}

/** 모자를 쓴 글자(R̂)를 요소로 바꿉니다. 글꼴에 맡기면 모자가 글자에 파묻힙니다. */
function hatted(child) {
  if (typeof child !== "string" || !/\p{L}\u0302/u.test(child)) return child;
  return child.split(/(\p{L}\u0302)/u).map((text, at) => {
    if (at % 2 === 0) return text;
    const mark = h("span", { class: "rbw-hat-mark" }, text.slice(1));
    return h("span", { class: "rbw-hat" }, text[0], mark);
  });
}

/** HTML 요소: h("button", { class: "a", on: { click } }, "글", …). */
export const h = (tag, props = {}, ...children) =>
  fill(document.createElement(tag), props, children.flat(Infinity).map(hatted));

/** SVG 요소. 쓰는 법은 h와 같습니다. */
export const svg = (tag, props = {}, ...children) =>
  fill(document.createElementNS(SVG, tag), props, children);

// ── 수 ────────────────────────────────────────────────────────────

/** 자릿수가 고정된 글자. 빼기는 −이고, −0.0은 0.0입니다. sign이면 +도 붙입니다. */
export function fixed(value, digits = 1, { sign = false } = {}) {
  if (!Number.isFinite(value)) return "–";
  const text = value.toFixed(digits);
  if (!/[1-9]/.test(text)) return text.replace("-", "");
  return (sign && value > 0 ? "+" : "") + text.replace("-", "−");
}

/** 값을 그대로 보이는 가장 적은 자릿수로: 6, 2.5, 0.25. 자릿수는 least에서 most까지. */
export function exact(value, least = 0, most = 2, options = {}) {
  let digits = least;
  while (digits < most && Math.abs(value - Number(value.toFixed(digits))) > 1e-9) digits += 1;
  return fixed(value, digits, options);
}

/** 음수면 괄호로 묶습니다: 곱셈 속의 (−0.8). */
export const wrapped = (text) => (text.startsWith("−") ? `(${text})` : text);

/** step의 배수로 맞추고 범위 안에 둡니다. 0.1을 열 번 더해도 1.0입니다. */
export function snap(value, { min, max, step }) {
  const whole = Math.round(value / step) * step;
  return Math.min(max, Math.max(min, Number(whole.toFixed(9))));
}

/** 받침에 맞는 조사: josa("가", "을", "를") → "를". 한글이 아니면 뒤의 것. */
export function josa(word, closed, open) {
  const code = String(word).charCodeAt(String(word).length - 1) - 0xac00;
  return code >= 0 && code < 11172 && code % 28 ? closed : open;
}

// ── 색 ────────────────────────────────────────────────────────────

const share = (part) => `${(Math.min(1, Math.abs(part)) * 100).toFixed(1)}%`;

/** 부호 있는 값의 칸 색. 글자는 --rb-on-light로 씁니다. reach는 가장 짙어지는 크기. */
export const signedColor = (value, reach) =>
  `color-mix(in srgb, var(--rb-${value < 0 ? "negative" : "positive"}) ${share(value / reach)}, var(--rb-zero))`;

/** 횟수와 점수의 칸 색. 글자는 --rb-on-light로 씁니다. */
export const countColor = (value, most) =>
  `color-mix(in srgb, var(--rb-count-high) ${share(value / most)}, var(--rb-count-low))`;

// ── 움직임 ────────────────────────────────────────────────────────

export const prefersStill = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** milliseconds 동안 step(0…1)을 부릅니다. 움직임을 줄이라면 바로 step(1). */
export function animate(milliseconds, step) {
  if (prefersStill() || document.hidden) {
    step(1);
    return () => {};
  }
  const start = performance.now();
  let frame = requestAnimationFrame(function tick(now) {
    const part = Math.min(1, Math.max(0, (now - start) / milliseconds));
    step(part < 1 ? part * part * (3 - 2 * part) : 1);
    if (part < 1) frame = requestAnimationFrame(tick);
  });
  return () => cancelAnimationFrame(frame);
}

// ── 조작부 ────────────────────────────────────────────────────────

/** 단추. primary면 강조, pressed(불)를 주면 켜고 끄는 단추입니다. */
export function button(label, onClick, { primary = false, pressed, title } = {}) {
  const el = h(
    "button",
    {
      type: "button",
      class: primary ? "rbw-button rbw-primary" : "rbw-button",
      "aria-pressed": pressed === undefined ? null : String(pressed),
      title,
      on: { click: onClick },
    },
    label,
  );
  return el;
}

/** 켜고 끄는 단추. set(불)로 모습을 맞춥니다. */
export function toggle({ label, value = false, onChange }) {
  const el = button(label, () => onChange(el.getAttribute("aria-pressed") !== "true"), {
    pressed: value,
  });
  return { el, set: (on) => el.setAttribute("aria-pressed", String(on)) };
}

/** 누르고 있으면 되풀이합니다. 키보드와 낭독기의 누르기는 click으로 옵니다. */
function holdable(el, action) {
  let timer = 0;
  let repeated = false;
  const stop = () => clearTimeout(timer);
  el.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    repeated = false;
    timer = setTimeout(function again() {
      if (!el.isConnected) return;
      repeated = true;
      action();
      timer = setTimeout(again, REPEAT);
    }, HOLD);
  });
  for (const name of ["pointerup", "pointercancel", "pointerleave"]) {
    el.addEventListener(name, stop);
  }
  el.addEventListener("contextmenu", (event) => event.preventDefault()); // 길게 누른 손가락
  el.addEventListener("click", () => {
    if (!repeated) action();
    repeated = false;
  });
}

/** 옆으로 끌어 바꾸기. 위아래로 쓸면 페이지가 움직이도록 가로만 받습니다. */
function scrub(el, { onStart, onSteps }) {
  let from = null;
  el.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    from = { x: event.clientX, id: event.pointerId, moved: false };
    el.setPointerCapture(event.pointerId); // 빠르게 끌어 칸을 벗어나도 따라갑니다
  });
  el.addEventListener("pointermove", (event) => {
    if (from?.id !== event.pointerId) return;
    const across = event.clientX - from.x;
    if (!from.moved && Math.abs(across) < SLACK) return;
    if (!from.moved) {
      from.moved = true;
      onStart();
      el.classList.add("rbw-dragging");
    }
    onSteps(Math.round(across / SCRUB));
  });
  for (const name of ["pointerup", "pointercancel"]) {
    el.addEventListener(name, () => {
      from = null;
      el.classList.remove("rbw-dragging");
    });
  }
}

const KEY_STEPS = { ArrowUp: 1, ArrowDown: -1, PageUp: 10, PageDown: -10 };

/** 키 하나를 새 값으로. 상관없는 키면 null. */
function keyed(event, value, { min, max, step }) {
  if (event.ctrlKey || event.altKey || event.metaKey) return null;
  if (event.key === "Home") return min;
  if (event.key === "End") return max;
  const steps = KEY_STEPS[event.key];
  return steps ? snap(value + steps * step, { min, max, step }) : null;
}

/**
 * 표의 칸에 들어가는 수: 옆으로 끌거나 ↑↓, PageUp/Down, Home/End로 바꿉니다.
 * 곁에 stepper를 두어 ▲▼ 단추로도 바꾸게 합니다. tone은 "user", "item" 따위.
 */
export function numberCell({
  label,
  value,
  min,
  max,
  step = 0.1,
  format = (v) => fixed(v, 1),
  tone = "ink",
  onInput,
  onPick = () => {},
}) {
  const range = { min, max, step };
  let now = value;
  let held = value;
  const el = h("div", {
    class: `rbw-number rbw-${tone}`,
    role: "spinbutton",
    tabindex: "0",
    "aria-label": label,
    "aria-valuemin": min,
    "aria-valuemax": max,
  });
  function set(next) {
    now = next;
    const text = format(now);
    if (el.textContent === text) return;
    el.textContent = text;
    el.setAttribute("aria-valuenow", String(now));
    el.setAttribute("aria-valuetext", text.replace("−", "마이너스 "));
  }
  const offer = (next) => next !== now && onInput(next);
  scrub(el, {
    onStart() {
      held = now;
      onPick();
    },
    onSteps: (steps) => offer(snap(held + steps * step, range)),
  });
  // 손가락은 초점을 옮기지 않고, 키보드는 누르지 않습니다.
  for (const name of ["focus", "click"]) el.addEventListener(name, onPick);
  el.addEventListener("keydown", (event) => {
    const next = keyed(event, now, range);
    if (next === null) return;
    event.preventDefault();
    offer(next);
  });
  set(value);
  return { el, set };
}

/** 이름, ▼, 적는 칸, ▲. 눌러서도 적어서도 바꿉니다. 적을 때는 step에 매이지 않습니다. */
export function stepper({ label, value, min, max, step = 0.1, digits = 1, onInput }) {
  let range = { min, max, step };
  let now = value;
  const name = h("span", { class: "rbw-label" }, label);
  const input = h("input", { type: "number", class: "rbw-input", inputmode: "decimal" });
  const move = (steps) => {
    const next = snap(now + steps * range.step, range);
    if (next !== now) onInput(next);
  };
  const arrow = (text, word, steps) => {
    const el = h("button", { type: "button", class: "rbw-button rbw-arrow" }, text);
    holdable(el, () => move(steps));
    return { el, word };
  };
  const [down, up] = [arrow("▼", "줄이기", -1), arrow("▲", "늘리기", 1)];
  input.addEventListener("input", () => {
    const typed = Number(input.valueAsNumber.toFixed(digits));
    if (typed >= range.min && typed <= range.max && typed !== now) onInput(typed);
  });
  input.addEventListener("keydown", (event) => {
    const next = keyed(event, now, range);
    if (next === null) return;
    event.preventDefault();
    if (next !== now) onInput(next);
    show();
  });
  const show = () => (input.value = String(Number(now.toFixed(digits))));
  input.addEventListener("change", show);
  function rename(text, bounds = {}) {
    range = { ...range, ...bounds };
    fill(input, { ...range, step: "any" }, []);
    name.textContent = text;
    input.setAttribute("aria-label", text);
    for (const { el, word } of [down, up]) el.setAttribute("aria-label", `${text} ${word}`);
  }
  rename(label);
  show();
  return {
    el: h("div", { class: "rbw-field" }, name, h("div", { class: "rbw-stepper" }, down.el, input, up.el)),
    /** 다른 값을 맡습니다: 이름과, 다르면 { min, max, step }. */
    rename,
    set(next) {
      now = next;
      // 적고 있는 글자를 고쳐 쓰면 "-0."을 적을 수 없습니다.
      if (input.valueAsNumber !== next) show();
    },
  };
}

/** 미는 조작부. format(값)이 오른쪽에 보이고 낭독됩니다. */
export function slider({ label, value, min, max, step, format = (v) => fixed(v, 1), onInput }) {
  // output을 쓰면 label이 input이 아니라 그것의 이름이 됩니다.
  const shown = h("span", { class: "rbw-value" });
  const input = h("input", { type: "range", class: "rbw-range", min, max, step, value });
  const set = (next) => {
    if (input.valueAsNumber !== next) input.value = next;
    shown.textContent = format(next);
    input.setAttribute("aria-valuetext", format(next));
  };
  input.addEventListener("input", () => onInput(input.valueAsNumber));
  set(value);
  return {
    el: h("label", { class: "rbw-field" }, h("span", { class: "rbw-label" }, label, " ", shown), input),
    set,
  };
}

/** 화면에 적는 α. 유효 숫자 둘로 맞춘 이 값으로 계산도 합니다(파이썬의 alpha와 같습니다). */
export const alphaOf = (power) => Number((10 ** power).toPrecision(2));

/** α를 로그 눈금으로 밀고 열 배씩 바꿉니다. 주고받는 값은 α가 10의 몇 제곱인지입니다. */
export function alphaKnob({ powers: [lowest, highest], step, onInput }) {
  let power = 0;
  const give = (next) => onInput(Number(next.toFixed(2)));
  const less = button("▼ 10분의 1", () => give(power - 1));
  const more = button("▲ 10배", () => give(power + 1));
  const knob = slider({
    label: "α",
    value: power,
    min: lowest,
    max: highest,
    step,
    format: (next) => String(alphaOf(next)),
    onInput: give,
  });
  const set = (next) => {
    power = next;
    knob.set(next);
    // 온전히 열 배가 되지 못하면 누를 수 없습니다.
    less.disabled = next - 1 < lowest;
    more.disabled = next + 1 > highest;
  };
  set(power);
  return { el: h("div", { class: "rbw-alpha" }, knob.el, h("div", { class: "rbw-bar" }, less, more)), set };
}

/** 여럿 가운데 하나. options는 글의 목록, value와 onChange는 그 번호. */
export function choices({ label, options, value = null, onChange }) {
  const group = `rbw-${Math.random().toString(36).slice(2)}`;
  const inputs = options.map((_, at) =>
    h("input", { type: "radio", name: group, value: at, on: { change: () => onChange(at) } }),
  );
  const set = (chosen) => inputs.forEach((input, at) => (input.checked = at === chosen));
  set(value);
  const el = h(
    "fieldset",
    { class: "rbw-choices" },
    h("legend", { class: "rbw-label" }, label),
    h(
      "div",
      { class: "rbw-segments" },
      options.map((text, at) => h("label", {}, inputs[at], h("span", {}, text))),
    ),
  );
  return { el, set };
}

/** 1 · 25 · 100걸음과 실행/멈춤. onRun을 주면 실행 단추가 생깁니다. */
export function stepBar({ steps = [1, 25, 100], unit = "걸음", onStep, onRun, onStop }) {
  const each = steps.map((count) =>
    button(`${count}${unit}`, () => onStep(count), { primary: count === steps[0] }),
  );
  let running = false;
  const run = onRun && button("실행", () => (running ? onStop() : onRun()));
  return {
    el: h("div", { class: "rbw-bar" }, each, run),
    setRunning(on) {
      running = on;
      for (const el of each) el.disabled = on;
      if (run) run.textContent = on ? "멈춤" : "실행";
    },
  };
}

/** 진행 막대. set(0…1, 글), set(null)이면 숨깁니다. */
export function progress(label) {
  const bar = h("progress", { max: 1, "aria-label": label });
  const text = h("span", { class: "rbw-value" });
  const el = h("div", { class: "rbw-progress", hidden: true }, bar, text);
  return {
    el,
    set(part, words = "") {
      el.hidden = part === null;
      if (part !== null) bar.value = part;
      text.textContent = words;
    },
  };
}

/**
 * 한 무더기를 탭 한 번에 지나게 합니다. ←→로 옮겨 다니고, columns를 주면 ↑↓로도.
 */
export function rove(container, selector, columns = 0) {
  const all = () => [...container.querySelectorAll(selector)];
  const hold = (chosen) => all().forEach((el) => (el.tabIndex = el === chosen ? 0 : -1));
  const moves = { ArrowLeft: -1, ArrowRight: 1, ...(columns && { ArrowUp: -columns, ArrowDown: columns }) };
  container.addEventListener("focusin", (event) => {
    const chosen = event.target.closest(selector);
    if (chosen) hold(chosen);
  });
  container.addEventListener("keydown", (event) => {
    const members = all();
    const at = members.indexOf(event.target.closest(selector));
    const next = members[at + moves[event.key]];
    if (at < 0 || !next) return;
    event.preventDefault();
    next.focus();
  });
  hold(all()[0]);
  return { hold };
}

/** 행과 열에 이름을 붙인 표. cell(행, 열)이 칸에 넣을 것을 줍니다. */
export function matrix({ name, rows, columns, rowTone = "user", columnTone = "item", cell }) {
  const head = columns.map((text) => h("th", { scope: "col", class: `rbw-${columnTone}` }, text));
  const bodies = rows.map((text, r) =>
    h(
      "tr",
      {},
      h("th", { scope: "row", class: `rbw-${rowTone}` }, text),
      columns.map((_, c) => h("td", {}, cell(r, c))),
    ),
  );
  return h(
    "table",
    { class: "rbw-matrix" },
    h("caption", {}, name),
    h("thead", {}, h("tr", {}, h("td", {}), head)),
    h("tbody", {}, bodies),
  );
}

// ── 그림 ──────────────────────────────────────────────────────────

/** 좋은 눈금: 1, 2, 5의 배수로 많아야 most개쯤. */
export function ticks(low, high, most = 5) {
  const rough = (high - low) / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= rough * 0.999);
  const first = Math.ceil(low / step - 1e-9);
  const count = Math.floor(high / step + 1e-9) - first + 1;
  return Array.from({ length: count }, (_, at) => Number(((first + at) * step).toFixed(9)));
}

const BLEED = 8;

/**
 * 폭에 맞추어 다시 그리는 축 그림. 좁아도 글자의 크기가 그대로입니다.
 *
 * axes() → { x: [낮은, 높은], y: [낮은, 높은], xLabel, yLabel, format }을 그릴 때마다
 * 묻고(가로축의 수를 달리 적으려면 formatX도), draw({ layer, x, y, width, height })로 축 안을 그립니다. x(값), y(값)은 픽셀입니다.
 * describe()는 그림을 못 보는 독자에게 읽어 줄 글입니다. height는 픽셀이거나, 폭을 받아 픽셀을
 * 내는 함수입니다(가로와 세로의 눈금이 같아야 하는 지도).
 */
export function plot({ height: tall = 260, axes, draw, describe }) {
  const el = h("div", { class: "rbw-plot" });
  const margin = { top: 22, right: 12, bottom: 40, left: 44 };
  let width = 0;
  let scale = null;
  function redraw() {
    if (!width) return;
    const { x: [left, right], y: [low, high], xLabel, yLabel, format = String, formatX = format } = axes();
    const height = typeof tall === "function" ? tall(width) : tall;
    const inner = { width: width - margin.left - margin.right, height: height - margin.top - margin.bottom };
    const x = (value) => ((value - left) / (right - left)) * inner.width;
    const y = (value) => (1 - (value - low) / (high - low)) * inner.height;
    scale = {
      x: (pixel) => left + ((pixel - margin.left) / inner.width) * (right - left),
      y: (pixel) => low + (1 - (pixel - margin.top) / inner.height) * (high - low),
    };
    const write = (value, how = format) => how(value).replace("-", "−");
    // 가장자리에 놓인 점이 반으로 잘리지 않도록 점 하나만큼 바깥까지 그립니다.
    const layer = svg("svg", {
      x: -BLEED,
      y: -BLEED,
      width: inner.width + 2 * BLEED,
      height: inner.height + 2 * BLEED,
      viewBox: `${-BLEED} ${-BLEED} ${inner.width + 2 * BLEED} ${inner.height + 2 * BLEED}`,
      overflow: "hidden",
      class: "rbw-layer",
    });
    const frame = svg(
      "g",
      { transform: `translate(${margin.left} ${margin.top})` },
      ticks(low, high).map((value) => [
        svg("line", { class: "rbw-grid", x2: inner.width, y1: y(value), y2: y(value) }),
        svg("text", { class: "rbw-tick", x: -6, y: y(value), dy: "0.35em", "text-anchor": "end" }, write(value)),
      ]),
      ticks(left, right, Math.max(3, Math.floor(inner.width / 70))).map((value) =>
        svg("text", { class: "rbw-tick", x: x(value), y: inner.height + 16, "text-anchor": "middle" }, write(value, formatX)),
      ),
      svg("text", { class: "rbw-axis", x: -margin.left + 2, y: -8 }, yLabel),
      svg("text", { class: "rbw-axis", x: inner.width, y: inner.height + 34, "text-anchor": "end" }, xLabel),
      layer,
    );
    el.replaceChildren(
      svg("svg", { width, height, role: "img", "aria-label": describe() }, frame),
    );
    draw({ layer, x, y, ...inner });
  }
  const watch = new ResizeObserver(([entry]) => {
    const next = Math.floor(entry.contentRect.width);
    if (next === width) return;
    width = next;
    redraw();
  });
  watch.observe(el);
  return {
    el,
    redraw,
    /** 화면의 자리(event)를 축의 값으로. */
    at(event) {
      const box = el.getBoundingClientRect();
      return { x: scale.x(event.clientX - box.left), y: scale.y(event.clientY - box.top) };
    },
    close: () => watch.disconnect(),
  };
}

// ── 틀 ────────────────────────────────────────────────────────────

/**
 * 위젯 하나를 세웁니다: 제목, 예상하기, 조작부, 그림, 설명, 처음으로.
 * 제목과 설명은 파이썬 클래스의 title과 caption입니다.
 *
 * build(ui)가 조작부와 그림을 채우고 상태를 그리는 함수를 돌려줍니다. 그 함수는
 * 상태가 바뀔 때마다 draw(지금, 앞의 것)으로 불립니다(처음에도 한 번).
 * render가 돌려줄 치우는 함수를 돌려줍니다.
 */
export function mount({ model, el }, { layout = "stack" }, build) {
  const { title, caption } = model.get("_words");
  const store = openStore(model);
  const owned = []; // 다시 시작할 때마다 치울 것
  const slots = Object.fromEntries(
    ["ask", "controls", "stage"].map((name) => [name, h("div", { class: `rbw-${name}` })]),
  );
  const voice = h("p", { class: "rbw-voice", "aria-live": "polite" });
  const tools = h("div", { class: "rbw-tools" });
  const root = h(
    "section",
    {
      class: `rbw rbw-${layout}`,
      "aria-label": title,
      // JupyterLab이 방향키를 셀 옮기기로 가로채지 않게 합니다.
      "data-lm-suppress-shortcuts": "true",
    },
    h("p", { class: "rbw-title" }, title),
    slots.ask,
    h("div", { class: "rbw-body" }, slots.controls, slots.stage),
    h("p", { class: "rbw-caption" }, caption),
    tools,
    voice,
  );
  const ui = {
    model,
    store,
    data: model.get("data"),
    ...slots,
    /** 낭독기에 알릴 글. 잦으면 마지막 것만 읽습니다. */
    announce: speaker(voice),
    /** 위젯이 사라질 때 부를 함수를 맡깁니다. */
    own: (cleanup) => owned.push(cleanup),
    /** 더 나아갈 수 없을 때: 까닭을 보이고 처음부터 다시 세울 길을 줍니다. */
    fail(error) {
      console.warn(error);
      slots.stage.replaceChildren(failure(error, restart));
      slots.controls.replaceChildren();
      slots.ask.replaceChildren();
      signal("rb-failed");
    },
    predict: (options) => predict(ui, options),
  };
  const signal = (name) => el.dispatchEvent(new CustomEvent(name, { bubbles: true }));
  function guarded(work) {
    try {
      return work();
    } catch (error) {
      return ui.fail(error);
    }
  }
  function clear() {
    for (const cleanup of owned.splice(0).reverse()) cleanup();
  }
  function restart() {
    clear();
    for (const slot of Object.values(slots)) slot.replaceChildren();
    store.reset();
    raise();
  }
  async function raise() {
    try {
      const draw = await build(ui);
      ui.own(store.subscribe((now, before) => guarded(() => draw(now, before))));
      draw(store.get(), store.get());
      root.dataset.ready = "";
      signal("rb-ready");
    } catch (error) {
      ui.fail(error);
    }
  }
  tools.append(
    button("처음으로", () => {
      store.reset();
      ui.announce("처음 상태로 돌아갔습니다.");
    }),
    ...(store.link ? [copyLink(store, ui.announce)] : []),
  );
  el.append(root);
  raise();
  return () => {
    clear();
    ui.announce.stop();
    store.close();
    root.remove();
  };
}

function speaker(voice) {
  let timer = 0;
  function announce(text) {
    clearTimeout(timer);
    timer = setTimeout(() => (voice.textContent = text), SPEAK_AFTER);
  }
  announce.stop = () => clearTimeout(timer);
  return announce;
}

const failure = (error, restart) =>
  h(
    "div",
    { class: "rbw-failure", role: "alert" },
    h("p", {}, h("strong", {}, "체험을 이어 갈 수 없습니다.")),
    h("p", {}, error.message),
    button("다시 시작", restart),
  );

/** 지금 상태의 주소를 복사합니다. 복사가 막힌 곳에서는 주소를 보여 줍니다. */
function copyLink(store, announce) {
  const place = h("span", { class: "rbw-link" });
  const copy = button("주소 복사", async () => {
    const address = store.link.share();
    try {
      await navigator.clipboard.writeText(address);
      place.textContent = "복사했습니다.";
      announce("지금 상태의 주소를 복사했습니다.");
    } catch {
      const shown = h("input", { class: "rbw-input", readonly: true, value: address, "aria-label": "지금 상태의 주소" });
      place.replaceChildren(shown);
      shown.select();
    }
  }, { title: "지금 상태가 담긴 주소를 복사합니다" });
  store.subscribe(() => place.replaceChildren());
  return h("span", { class: "rbw-copy" }, copy, place);
}

/**
 * 예상하기: 먼저 답을 정하게 하고, 그다음에 보여 줍니다.
 *
 * 답은 상태의 guess에 남습니다: null(아직), "skip"(건너뜀), 고른 번호 또는 적은 수.
 * options(글의 목록)를 주면 고르고, number({ min, max, step, digits, unit, value })를
 * 주면 적습니다. locks의 요소는 답을 정할 때까지 만질 수 없습니다.
 * reveal(guess) → 보여 줄 글(또는 요소)의 목록. onReveal()은 독자가 막 정했을 때 한 번.
 * 돌려주는 draw(상태)를 위젯의 draw에서 부릅니다.
 */
function predict(ui, { question, options, number, locks = [], reveal, onReveal = () => {} }) {
  let chosen = number ? number.value : null;
  let shown;
  const decide = (guess) => {
    ui.store.set({ guess });
    onReveal(guess);
  };
  function ask() {
    const commit = button("이렇게 예상합니다", () => decide(chosen), { primary: true });
    commit.disabled = chosen === null;
    const answer = number
      ? stepper({ label: number.unit ? `예상(${number.unit})` : "예상", ...number, onInput: (value) => {
          chosen = value;
          answer.set(value);
        } })
      : choices({ label: "예상", options, value: chosen, onChange: (at) => {
          chosen = at;
          commit.disabled = false;
        } });
    return [
      h("p", { class: "rbw-question" }, h("strong", {}, "예상하기 "), question),
      answer.el,
      h("div", { class: "rbw-bar" }, commit, button("예상하지 않고 보기", () => decide("skip"))),
    ];
  }
  function answered(guess) {
    const words = typeof guess === "number" && (options ? options[guess] : `${fixed(guess, number.digits)}${number.unit ?? ""}`);
    return [
      h("p", { class: "rbw-question" }, h("strong", {}, "예상하기 "), question),
      h("p", { class: "rbw-reveal" }, words ? h("span", { class: "rbw-guess" }, `내 예상: ${words}`) : null, " ", reveal(guess)),
    ];
  }
  return function draw({ guess }) {
    if (guess === shown) return;
    const inside = ui.ask.contains(document.activeElement);
    for (const el of locks) el.inert = guess === null;
    if (guess === null) chosen = number ? number.value : null;
    ui.ask.replaceChildren(...(guess === null ? ask() : answered(guess)));
    ui.ask.classList.toggle("rbw-open", guess === null);
    if (inside && guess !== null) {
      // 누른 단추가 사라졌으므로 초점을 답이 나온 자리로 옮깁니다.
      ui.ask.tabIndex = -1;
      ui.ask.focus({ preventScroll: true });
    }
    if (shown === null) ui.announce(ui.ask.textContent);
    shown = guess;
  };
}
