// 한 사용자의 정규 방정식. 아이템의 벡터는 그대로 두고 무게만 바꾸어 다시 풉니다.

import { alphaKnob, alphaOf, animate, choices, fixed, h, mount } from "./kit.js";
import { openKernels } from "./kernels.js";

const STEPS = 6; // 켤레 기울기법의 걸음. 요인이 셋이라 세 걸음이면 되지만 float32라 넉넉히 갑니다
const AGAIN = 4; // 앞의 답에서 다시 출발하는 횟수
const FORMS = ["linear", "log"];
const STEP = 0.25; // log₁₀ α의 눈금
const SPAN = [-0.15, 1.65]; // 점수의 자리

const whole = (value) => Math.round(value).toLocaleString("ko-KR");
const weightText = (c) => (c < 100 ? fixed(c, c < 10 ? 2 : 1) : whole(c));
const at = (score) => `${(((score - SPAN[0]) / (SPAN[1] - SPAN[0])) * 100).toFixed(2)}%`;
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** c − 1: 칸마다 더해지는 무게. */
const extraOf = (plays, form, alpha) =>
  plays.map((r) => alpha * (form === "linear" ? r : Math.log1p(r)));

/** 무게를 받아 한 행을 풀고 점수를 냅니다. 계산은 모두 커널이 합니다. */
function solver(K, Y, penalty) {
  const m = Y.length;
  const items = K.factors(Y, "float32");
  const x = K.factors([Y[0].map(() => 0)], "float32");
  const width = x.shape[1];
  const gram = K.array("float64", [width, width]);
  K.call(
    "als.gram", items, 0, width,
    K.array("float64", [width, width]), K.array("float64", [width, width]), gram,
  );
  const G = K.array("float32", [width, width], gram.read().flat());
  const indptr = K.array("int32", [2]);
  const indices = K.array("int32", [m]);
  const extra = K.array("float32", [m]);
  const vectors = K.array("float32", [3, width]);
  const [scores, scaled] = [K.array("float32", [width]), K.array("float32", [width])];
  const [first, none, noneEach] = [K.array("int32", [1]), K.array("float32", [1]), K.array("float32", [m])];
  const out = K.array("float32", [1, m]);
  const full = (list) => [...list, ...Array(m - list.length).fill(0)];
  return (plays, weights) => {
    const heard = plays.flatMap((r, i) => (r > 0 ? [i] : []));
    indptr.set([0, heard.length]);
    indices.set(full(heard));
    extra.set(full(heard.map((i) => weights[i])));
    x.view.fill(0);
    for (let time = 0; time < AGAIN; time += 1) {
      K.call("als.solve_cg", x, items, G, indptr, indices, extra, penalty, STEPS, 0, 1, vectors, scores, scaled);
    }
    K.call("topk.score_rows", first, x, none, items, noneEach, 0, out);
    return [...out.view];
  };
}

/** 듣지 않은 음악가의 순위(1부터). 들은 자리는 null. */
function ranks(plays, scores) {
  const order = plays.flatMap((r, i) => (r > 0 ? [] : [i])).sort((a, b) => scores[b] - scores[a] || a - b);
  return plays.map((r, i) => (r > 0 ? null : order.indexOf(i) + 1));
}

export default {
  render(context) {
    return mount(context, {}, async (ui) => build(ui, await openKernels(ui.model)));
  },
};

function build(ui, K) {
  const { listeners, artists, genres, rows, Y, penalty, powers } = ui.data;
  const { store } = ui;
  const start = ui.model.get("_start");
  const scoresOf = solver(K, Y, penalty);

  /** 상태 하나의 모든 값. 화면은 여기서 나온 것만 보입니다. */
  function solve({ user, form, power }) {
    const plays = rows[user];
    const extra = extraOf(plays, form, alphaOf(power));
    const scores = scoresOf(plays, extra);
    const rank = ranks(plays, scores);
    const top = rank.indexOf(1);
    const weights = extra.map((w) => 1 + w);
    const unheard = scores.filter((_, i) => plays[i] === 0);
    return {
      plays,
      weights,
      shares: weights.map((c) => c / weights.reduce((sum, one) => sum + one, 0)),
      scores,
      rank,
      top,
      unheard: mean(unheard),
      highest: Math.max(...scores.filter((_, i) => plays[i] > 0)),
    };
  }

  const who = choices({
    label: "청취자",
    options: listeners,
    onChange: (user) => store.set({ user }),
  });
  const form = choices({
    label: "무게의 꼴",
    options: ["1 + αr", "1 + α log(1 + r)"],
    onChange: (chosen) => store.set({ form: FORMS[chosen] }),
  });
  const alpha = alphaKnob({ powers, step: STEP, onInput: (power) => store.set({ power }) });
  ui.controls.append(who.el, form.el, alpha.el);

  const finding = h("p", { class: "rbw-confidence-finding" });
  const lines = artists.map((artist, i) => line(artist, genres[i], i > 0 && genres[i] === genres[i - 1]));
  const axis = h(
    "span",
    { class: "rbw-confidence-axis", "aria-hidden": "true" },
    h("i", { style: `left:${at(0)}` }, "0"),
    h("i", { style: `left:${at(1)}` }, "1"),
  );
  const table = h(
    "table",
    { class: "rbw-confidence-table" },
    h(
      "thead",
      {},
      h(
        "tr",
        {},
        h("th", { scope: "col" }, h("span", { class: "rbw-item" }, "음악가")),
        h("th", { scope: "col" }, "재생 r"),
        h("th", { scope: "col" }, "무게 c"),
        h("th", { scope: "col", class: "rbw-confidence-wide" }, h("span", { class: "rbw-spoken" }, "점수의 자리"), axis),
        h("th", { scope: "col" }, h("span", { class: "rbw-predicted" }, "점수")),
        h("th", { scope: "col", class: "rbw-confidence-rank" }, "추천"),
      ),
    ),
    h("tbody", {}, lines.map((one) => one.el)),
  );
  ui.stage.append(
    finding,
    table,
    h(
      "p",
      { class: "rbw-confidence-legend" },
      "○는 맞히려는 값 p(들었으면 1, 아니면 0), ●는 다시 푼 점수입니다. 막대는 그 칸이 " +
        "행 전체의 무게에서 차지하는 몫이고, ▲▼는 무게가 모두 1일 때의 순위에서 오르내린 자리입니다.",
    ),
  );

  // ── 예상하기: α를 천 배 줄이면 ──
  const began = solve(start);
  const gentle = { ...start, power: -3 };
  const after = solve(gentle);
  let stop = () => {};
  ui.own(() => stop());
  for (const slot of [ui.controls, ui.stage]) slot.addEventListener("pointerdown", () => stop());
  const name = (i) => `‘${artists[i]}’`;
  const drawGuess = ui.predict({
    question:
      `${listeners[start.user]}은 ${genres[0]}만 들었는데, α\u00a0=\u00a01에서 한 번도 듣지 않은 ` +
      `${name(began.top)}의 점수가 ${fixed(began.scores[began.top], 2)}입니다. ` +
      `α를 1에서 0.001로 줄이면 이 점수는 어떻게 될까요?`,
    options: ["더 오른다", "거의 그대로다", "0 가까이로 내려간다"],
    locks: [ui.controls],
    reveal: (guess) => [
      `${guess === "skip" ? "" : guess === 2 ? "맞습니다. " : "실제로는 "}` +
        `${fixed(after.scores[began.top], 2)}까지 내려갑니다. 0번인 칸의 무게는 늘 1입니다. ` +
        `가장 무거운 칸의 무게가 ${whole(Math.max(...began.weights))}에서 ` +
        `${whole(Math.max(...after.weights))}로 줄자, 묻혔던 ‘듣지 않았다’는 기록이 다시 힘을 냅니다.`,
      h("span", { class: "rbw-confidence-try" }, " 이제 꼴을 로그로 바꾸고 α를 다시 1로 올려 보세요."),
    ],
    onReveal(guess) {
      if (guess === "skip") return;
      stop = animate(1800, (part) => {
        const power = start.power + (gentle.power - start.power) * part;
        store.set({ power: Math.round(power / STEP) * STEP });
      });
    },
  });

  return function draw(state, before) {
    const now = solve(state);
    const plain = ranks(now.plays, scoresOf(now.plays, now.plays.map(() => 0)));
    who.set(state.user);
    form.set(FORMS.indexOf(state.form));
    alpha.set(state.power);
    lines.forEach((one, i) =>
      one.draw({
        plays: now.plays[i],
        weight: now.weights[i],
        share: now.shares[i],
        score: now.scores[i],
        rank: now.rank[i],
        moved: now.rank[i] && plain[i] - now.rank[i],
      }),
    );
    finding.replaceChildren(
      "듣지 않은 음악가 가운데 1위는 ",
      h("strong", { class: "rbw-item" }, artists[now.top]),
      `(${genres[now.top]}), 점수 `,
      h("strong", { class: "rbw-predicted" }, fixed(now.scores[now.top], 2)),
      "입니다. ",
      now.scores[now.top] > now.highest
        ? h("span", { class: "rbw-error" }, `⚠ 들은 음악가의 가장 높은 점수 ${fixed(now.highest, 2)}보다도 높습니다.`)
        : `들은 음악가의 가장 높은 점수는 ${fixed(now.highest, 2)}입니다.`,
    );
    drawGuess(state);
    if (state === before) return;
    ui.announce(
      `${listeners[state.user]}, α ${alphaOf(state.power)}. 1위 ${artists[now.top]} ` +
        `${fixed(now.scores[now.top], 2)}. 듣지 않은 칸의 평균 ${fixed(now.unheard, 2)}`,
    );
  };
}

/** 음악가 한 줄: 재생 수, 무게와 그 몫, 점수의 자리, 순위. */
function line(artist, genre, sameGenre) {
  const plays = h("td", { class: "rbw-confidence-number" });
  const weight = h("span");
  const share = h("i", { class: "rbw-confidence-share" });
  const target = h("b", { class: "rbw-confidence-target" }, "○");
  const dot = h("b", { class: "rbw-confidence-dot rbw-predicted" }, "●");
  const gap = h("i", { class: "rbw-confidence-gap" });
  const score = h("td", { class: "rbw-confidence-score" });
  const rank = h("span");
  const moved = h("span", { class: "rbw-confidence-moved rbw-muted" });
  const el = h(
    "tr",
    { class: sameGenre ? null : "rbw-confidence-first" },
    h("th", { scope: "row" }, artist, h("small", { class: "rbw-muted" }, genre)),
    plays,
    h("td", { class: "rbw-confidence-number" }, weight, h("span", { class: "rbw-confidence-rail" }, share)),
    h(
      "td",
      { class: "rbw-confidence-wide" },
      h("span", { class: "rbw-confidence-track", "aria-hidden": "true" }, gap, target, dot),
    ),
    score,
    h("td", { class: "rbw-confidence-rank" }, rank, moved),
  );
  return {
    el,
    draw({ plays: r, weight: c, share: part, score: s, rank: place, moved: by }) {
      const p = r > 0 ? 1 : 0;
      el.classList.toggle("rbw-confidence-unheard", r === 0);
      el.classList.toggle("rbw-confidence-top", place === 1);
      plays.textContent = whole(r);
      weight.textContent = weightText(c);
      share.style.width = `${(part * 100).toFixed(2)}%`;
      score.textContent = fixed(s, 2);
      target.style.left = at(p);
      dot.style.left = at(s);
      gap.style.left = at(Math.min(p, s));
      gap.style.width = `${((Math.abs(p - s) / (SPAN[1] - SPAN[0])) * 100).toFixed(2)}%`;
      rank.textContent = place ? `${place}위` : "들음";
      moved.textContent = by ? ` ${by > 0 ? "▲" : "▼"}${Math.abs(by)}` : "";
    },
  };
}
