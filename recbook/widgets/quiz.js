// 확인 문제: 페이지에서 답하고 그 자리에서 답장을 받습니다.
//
// 문제와 답장의 글은 recbook/exercises가 정하고(_screen.py), 채점은 _kinds.py의 judge와 같은
// 차례로 합니다. 두 채점이 글자까지 같은지 tests/test_quiz.py가 봅니다.

import { button, h } from "./kit.js";
import { openStore } from "./state.js";

const DECIMAL = "[+-]?(?:[0-9]+\\.?[0-9]*|\\.[0-9]+)(?:[eE][+-]?[0-9]+)?";
const WORD = new RegExp(`^(${DECIMAL})(?:/(${DECIMAL}))?$`);
const ORDINALS = ["첫째", "둘째", "셋째", "넷째", "다섯째", "여섯째", "일곱째", "여덟째"];
const LONGEST = 60; // 한 칸의 글자 수. 상태의 형식(quiz.py)과 같습니다
const MOST_TRIES = 999;

// ── 채점 ──────────────────────────────────────────────────────────

/** 글에 적힌 수를 차례로. 수가 아닌 것이 있으면 null. */
function readNumbers(text) {
  const marked = text
    .replace(/[\uff01-\uff5e]/g, (mark) => String.fromCharCode(mark.charCodeAt(0) - 0xfee0))
    .replace(/[\u2212\u2013]/g, "-")
    .replace(/[()[\],\u00a0\u3000]/g, " ")
    .replace(/[ \t\n\r\f\v]*\/[ \t\n\r\f\v]*/g, "/");
  const numbers = [];
  for (const word of marked.match(/[^ \t\n\r\f\v]+/g) ?? []) {
    const [, top, bottom] = WORD.exec(word) ?? [];
    if (top === undefined || Number(bottom) === 0) return null;
    numbers.push(bottom === undefined ? Number(top) : Number(top) / Number(bottom));
  }
  return numbers;
}

const unpacked = (quiz) => JSON.parse(atob(quiz.key));
const wrongly = (off, right = []) => ({ correct: false, right, off });
const rightly = (quiz) => ({ correct: true, right: quiz.praise ? [quiz.praise] : [], off: [] });

function judgeChoice(quiz, text) {
  const numbers = readNumbers(text);
  if (!numbers) return wrongly(["보기의 번호를 적어 주세요. 예: 2"]);
  if (!numbers.every(Number.isInteger)) return wrongly(["번호는 정수입니다. 예: 2"]);
  const chosen = new Set(numbers);
  const last = quiz.why.length;
  if (!chosen.size || [...chosen].some((number) => number < 1 || number > last)) {
    return wrongly([`번호는 1부터 ${last}까지입니다.`]);
  }
  const [answer] = unpacked(quiz);
  const hit = answer.filter((number) => chosen.has(number)).length;
  const extra = [...chosen].filter((number) => !answer.includes(number)).sort((a, b) => a - b);
  const missing = answer.length - hit;
  if (!extra.length && !missing) return rightly(quiz);
  const off = extra.map((number) => quiz.why[number - 1]);
  if (missing && answer.length > 1) off.push(`아직 고르지 않은 것이 ${missing}개 있습니다.`);
  return wrongly(off, hit ? [`고른 것 가운데 ${hit}개는 맞습니다.`] : []);
}

function judgeNumber(quiz, text) {
  const [expected, ...wrong] = unpacked(quiz);
  const near = (given, value, scale = 1) =>
    Math.abs(given - value) <= scale * quiz.tolerance * (1 + 1e-9) + 1e-12;
  const given = readNumbers(text);
  if (!given) return wrongly(["수를 적어 주세요. 예: 3.14"]);
  if (given.length !== expected.length) {
    return wrongly([`수 ${expected.length}개를 적어야 합니다. 지금은 ${given.length}개입니다.`]);
  }
  if (!given.every(Number.isFinite)) return wrongly(["유한한 수를 적어 주세요."]);
  const hit = given.map((number, at) => near(number, expected[at]));
  if (hit.every(Boolean)) return rightly(quiz);
  const names = ORDINALS.filter((_, at) => hit[at]);
  const right = names.length ? [`맞은 것: ${names.join(", ")}.`] : [];
  const like = (one) => given.every((number, at) => at >= one.length || near(number, one[at]));
  const mistake = wrong.findIndex(like);
  if (mistake >= 0) return wrongly([quiz.wrong[mistake]], right);
  const off = given.flatMap((number, at) => {
    if (hit[at]) return [];
    return (expected.length > 1 ? `${ORDINALS[at]} 수: ` : "") + compare(number, expected[at], near);
  });
  return wrongly(off, right);
}

function compare(given, expected, near) {
  if (near(-given, expected)) return "크기는 맞지만 부호가 반대입니다.";
  if (near(given, expected, 10)) return "아주 가깝습니다. 중간에 반올림하지 않았는지 보세요.";
  for (const factor of [100, 10, 0.1, 0.01]) {
    if (expected && near(given / factor, expected)) {
      const share = Math.abs(expected) <= 1 && factor === 100;
      return `숫자는 맞지만 자릿수가 다릅니다. ${share ? "비율과 퍼센트를 구별하세요." : "소수점을 보세요."}`;
    }
  }
  return "아직 아닙니다. 계산을 한 단계씩 다시 적어 보세요.";
}

/** 글로 적은 답의 답장: { correct, lines }. rb.check가 보이는 글과 같습니다. */
function reply(quiz, text, hint = 1) {
  const { correct, right, off } = (quiz.kind === "choose" ? judgeChoice : judgeNumber)(quiz, text);
  const lines = [
    correct ? "맞았습니다." : "다시 해 봅시다.",
    ...right.map((line) => `○ ${line}`),
    ...off.map((line) => `△ ${line}`),
  ];
  if (!correct) lines.push(`힌트: ${quiz.hints[hint - 1]}`);
  return { correct, lines };
}

// ── 화면 ──────────────────────────────────────────────────────────

/** 답을 주소 대신 이 탭에만 남깁니다. 여럿이 쓰는 컴퓨터라면 창을 닫을 때 지워집니다. */
function keptInTab(model, id) {
  const key = `recbook-quiz:${id}`;
  function attempt(work) {
    try {
      return work();
    } catch {
      return null; // 저장을 막은 브라우저에서는 남기지 않습니다
    }
  }
  const link = model.get("_link") && {
    read: () => attempt(() => sessionStorage.getItem(key)),
    write: (text) =>
      attempt(() => (text === null ? sessionStorage.removeItem(key) : sessionStorage.setItem(key, text))),
    watch: () => () => {},
  };
  return {
    get: (name) => (name === "_link" ? link : model.get(name)),
    set: (name, value) => model.set(name, value),
    save_changes: () => model.save_changes(),
    on: (event, listener) => model.on(event, listener),
    off: (event, listener) => model.off(event, listener),
  };
}

/** `…`로 적은 코드만 글꼴을 바꿉니다. */
const written = (line) =>
  line.split("`").map((part, at) => (at % 2 ? h("code", {}, part) : part));

/** 보기에 네모(여럿)나 동그라미(하나)를 답니다. 책에는 보기가 이미 있고, 노트북에서는 만듭니다. */
function optionBoxes(quiz, el, onAnswer) {
  const there = el.closest(".rb-widget")?.querySelector(":scope > ol");
  const list = there ?? h("ol", {}, quiz.options.map((text) => h("li", {}, written(text))));
  const group = `rbw-quiz-${Math.random().toString(36).slice(2)}`;
  const type = quiz.many ? "checkbox" : "radio";
  const boxes = [...list.children].map((item, at) => {
    const box = h("input", { type, name: group, value: at + 1, on: { change } });
    const inside = item.querySelector(":scope > p:only-child") ?? item;
    const said = h("span", {}, [...inside.childNodes]);
    item.replaceChildren(h("label", {}, box, h("span", { class: "rbw-quiz-number" }, `${at + 1}.`), said));
    return box;
  });
  function change() {
    onAnswer(boxes.filter((box) => box.checked).map((box) => box.value));
  }
  list.classList.add("rbw-quiz-options");
  list.setAttribute("role", quiz.many ? "group" : "radiogroup");
  list.setAttribute("aria-label", `${quiz.title}의 보기`);
  for (const item of list.children) item.setAttribute("role", "presentation");
  return {
    el: there ? null : list,
    set: (answer) => boxes.forEach((box) => (box.checked = answer.includes(box.value))),
    focus: () => boxes[0].focus(),
    note: null,
    empty: "아직 고르지 않았습니다. 보기를 고르고 확인을 누르세요.",
  };
}

function numberBoxes(quiz, onAnswer, onEnter) {
  const boxes = quiz.labels.map((label) => {
    const box = h("input", {
      class: "rbw-input",
      type: "text",
      maxlength: LONGEST,
      autocomplete: "off",
      autocapitalize: "off",
      spellcheck: "false",
      on: {
        input: () => onAnswer(boxes.map(({ box }) => box.value)),
        keydown: (event) => event.key === "Enter" && !event.isComposing && onEnter(),
      },
    });
    const name = h("span", { class: "rbw-label" }, quiz.unit ? `${label}(${quiz.unit})` : label);
    return { box, field: h("label", { class: "rbw-quiz-field" }, name, box) };
  });
  return {
    el: h("div", { class: "rbw-quiz-fields" }, boxes.map(({ field }) => field)),
    set: (answer) =>
      boxes.forEach(({ box }, at) => {
        // 적고 있는 칸을 고쳐 쓰면 글자 사이의 커서가 끝으로 갑니다.
        if (box.value !== answer[at]) box.value = answer[at] ?? "";
      }),
    focus: () => boxes[0].box.focus(),
    note: "소수로 적어도 되고 1/2처럼 분수로 적어도 됩니다.",
    empty: "아직 답을 적지 않았습니다. 답을 적고 확인을 누르세요.",
  };
}

function raise({ model, el }) {
  const quiz = model.get("data");
  const store = openStore(keptInTab(model, quiz.id));
  const take = (answer) => store.set({ answer });
  const check = () => {
    const { answer, tries } = store.get();
    store.set({ checked: answer, tries: Math.min(tries + 1, MOST_TRIES), hint: 1 });
  };
  const boxes = quiz.kind === "choose" ? optionBoxes(quiz, el, take) : numberBoxes(quiz, take, check);
  const commit = button("확인", check, { primary: true });
  const more = button("힌트 하나 더", () => store.set({ hint: store.get().hint + 1 }));
  const again = button("다시 풀기", () => {
    store.reset();
    boxes.focus();
  });
  const stale = h("p", { class: "rbw-quiz-stale" }, "답을 고쳤습니다. 확인을 누르면 다시 봅니다.");
  const answered = h("div", { role: "status" });
  const root = h(
    "section",
    {
      class: "rbw rbw-quiz",
      "aria-label": `${quiz.title}의 답`,
      // JupyterLab이 방향키를 셀 옮기기로 가로채지 않게 합니다.
      "data-lm-suppress-shortcuts": "true",
    },
    boxes.el,
    boxes.note && h("p", { class: "rbw-quiz-note" }, boxes.note),
    h("div", { class: "rbw-bar" }, commit, more, again),
    stale,
    answered,
  );

  /** 마지막으로 확인한 답의 답장. 아직이면 null. */
  function answerTo({ checked, tries, hint }) {
    if (!tries) return null;
    const text = checked.join(", ");
    if (!text.replace(/[ ,]/g, "")) return { lines: [boxes.empty] };
    return reply(quiz, text, Math.min(hint, quiz.hints.length));
  }
  function show(said) {
    answered.replaceChildren();
    if (!said) return;
    const look = { true: "rbw-quiz-right", false: "rbw-quiz-wrong" }[said.correct] ?? "";
    const [head, ...rest] = said.lines;
    const lines = [h("strong", {}, head), ...rest.map(written)].map((line) => h("p", {}, line));
    answered.append(h("div", { class: `rbw-quiz-reply ${look}` }, lines));
  }
  /** 숨기는 단추에 초점이 있었으면 확인 단추로 옮깁니다. */
  function reveal(one, on) {
    if (!on && one.contains(document.activeElement)) commit.focus();
    one.hidden = !on;
  }
  function draw(now, before) {
    const said = answerTo(now);
    boxes.set(now.answer);
    if (now === before || ["checked", "tries", "hint"].some((name) => now[name] !== before[name])) show(said);
    reveal(more, said?.correct === false && now.hint < quiz.hints.length);
    again.hidden = !now.tries;
    stale.hidden = !now.tries || now.answer.join() === now.checked.join();
  }
  store.subscribe(draw);
  draw(store.get(), store.get());
  el.append(root);
  root.dataset.ready = "";
  el.dispatchEvent(new CustomEvent("rb-ready", { bubbles: true }));
  return () => {
    store.close();
    root.remove();
  };
}

export default { render: raise, reply };
