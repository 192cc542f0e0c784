// 나누는 날을 끌어 옮기면, 훈련에 섞인 미래와 두 분할의 점수가 함께 바뀝니다.

import { button, choices, fixed, h, josa, mount, progress, slider, svg } from "./kit.js";
import { openKernels, runJob } from "./kernels.js";

const SPLITS = ["random", "temporal"];
const NAMES = { random: "무작위 분할", temporal: "시간 기준 분할" };
const TOP = 10; // NDCG@10
const BATCH = 256; // 한 번에 점수를 매길 가구의 수
const EARLY = 106; // 예상하기에서 당겨 보는 날: 12월 16일
const WAIT = 300; // 손이 멈춘 다음 배우기 시작할 때까지(밀리초)
const VIEW = { width: 700, height: 190, bottom: 24, top: 26 };

const commas = (number) => String(number).replace(/\B(?=(\d{3})+$)/g, ",");
const percent = (share) => `${fixed(100 * share, 1)}%`;

// ── 배우고 채점하기: 수학은 모두 계산 커널이 합니다 ───────────────────────────────

/** 구매를 (사람, 것)마다 모은 CSR. 같은 칸은 횟수를 더합니다. */
function gather(rows, columns, height, width) {
  const codes = rows.map((row, at) => row * width + columns[at]).sort((a, b) => a - b);
  const table = { indptr: [0], indices: [], counts: [], height };
  let last = -1;
  for (const code of codes) {
    if (code === last) table.counts[table.counts.length - 1] += 1;
    else {
      const row = Math.floor(code / width);
      while (table.indptr.length <= row) table.indptr.push(table.indices.length);
      table.indices.push(code % width);
      table.counts.push(1);
      last = code;
    }
  }
  while (table.indptr.length <= height) table.indptr.push(table.indices.length);
  return table;
}

/** 교대 최소제곱: 아이템을 모두 풀고 사용자를 모두 푸는 일을 되풀이합니다. */
function trainALS(K, users, items, model) {
  const f = model.factors;
  const state = K.array("uint64", [1], [BigInt(model.state)]);
  const [X, Y] = [users, items].map(({ height }) => K.array("float32", [height, f]));
  for (const side of [X, Y]) K.call("primitives.fill_uniform", side, model.scale, state);
  const tile = 256;
  const vectors = K.array("float32", [3, f]);
  const [scores, scaled] = [0, 0].map(() => K.array("float32", [tile]));
  const rows = K.array("float64", [tile / 2, f]);
  const columns = K.array("float64", [16, tile / 2]);
  const double = K.array("float64", [f, f]);
  const single = K.array("float32", [f, f]);
  const place = (table) => ({
    indptr: K.array("int32", [table.indptr.length], table.indptr),
    indices: K.array("int32", [table.indices.length], table.indices),
    extra: K.array("float32", [table.counts.length], table.counts.map((count) => model.alpha * count)),
    height: table.height,
  });
  const solve = (side, fixedSide, { indptr, indices, extra, height }) => {
    K.call("als.gram", fixedSide, 0, f, rows, columns, double);
    single.view.set(double.view);
    K.call(
      "als.solve_cg", side, fixedSide, single, indptr, indices, extra,
      model.regularization, model.steps, 0, height, vectors, scores, scaled,
    );
  };
  const [byUser, byItem] = [place(users), place(items)];
  for (let turn = 0; turn < model.iterations; turn += 1) {
    solve(Y, X, byItem);
    solve(X, Y, byUser);
  }
  return { X, Y, b: K.array("float32", [items.height]) };
}

/** 인기순: 잠재 벡터는 모두 0이고 아이템의 편향이 산 가구의 수입니다. */
function trainPopularity(K, users, items, model) {
  const [X, Y] = [users, items].map(({ height }) => K.array("float32", [height, model.factors]));
  const buyers = items.indptr.slice(1).map((stop, at) => stop - items.indptr[at]);
  return { X, Y, b: K.array("float32", [items.height], buyers) };
}

/** 상위 10개의 NDCG를 가구마다 구한 평균. 이미 산 것은 후보에서 뺍니다. */
function evaluate(K, { X, Y, b }, seen, wanted) {
  const people = wanted.flatMap((answers, user) => (answers.size ? [user] : []));
  const m = Y.shape[0];
  const zero = K.array("float32", [X.shape[0]]);
  const positions = [];
  const indptr = [0];
  for (let from = 0; from < people.length; from += BATCH) {
    K.scope(() => {
      const batch = people.slice(from, from + BATCH);
      const users = K.array("int32", [batch.length], batch);
      const out = K.array("float32", [batch.length, m]);
      const ids = K.array("int32", [batch.length, TOP]);
      const values = K.array("float32", [batch.length, TOP]);
      const hidden = batch.map((user) => seen.indices.slice(seen.indptr[user], seen.indptr[user + 1]));
      const ends = [0];
      for (const row of hidden) ends.push(ends.at(-1) + row.length);
      const offsets = K.array("int32", [ends.length], ends);
      const liked = K.array("int32", [ends.at(-1)], hidden.flat());
      K.call("topk.score_rows", users, X, zero, Y, b, 0, out);
      K.call("topk.hide", out, offsets, liked);
      K.call("topk.select", out, ids, values);
      ids.read(TOP).forEach((list, at) => {
        const answers = wanted[batch[at]];
        const found = list.flatMap((item, place) => (answers.has(item) ? [place] : []));
        // 열 편에 들지 못한 정답은 어디에 있든 NDCG@10이 같습니다.
        for (let rest = found.length; rest < answers.size; rest += 1) found.push(m);
        positions.push(...found);
        indptr.push(positions.length);
      });
    });
  }
  const candidates = people.map((user) => m - (seen.indptr[user + 1] - seen.indptr[user]));
  const scores = K.array("float64", [people.length, 6]);
  K.call(
    "metrics.score_lists",
    K.array("int32", [positions.length], positions),
    K.array("float64", [positions.length], positions),
    K.array("int32", [indptr.length], indptr),
    K.array("int32", [people.length], candidates),
    TOP,
    scores,
  );
  const ndcg = scores.read(6).map((row) => row[3]);
  return ndcg.reduce((total, value) => total + value, 0) / ndcg.length;
}

const TRAINERS = { popularity: trainPopularity, als: trainALS };

/** 두 분할 × 두 모델의 점수: { random: { popularity, als }, temporal: { … } }. */
function* score(K, { users, items, tests, n_users, n_items, model }) {
  const results = {};
  let done = 0;
  for (const split of SPLITS) {
    const test = tests[split];
    const keep = (values, wanted) => values.filter((_, at) => test[at] === wanted);
    const train = [keep(users, 0), keep(items, 0)];
    const byUser = gather(...train, n_users, n_items);
    const byItem = gather(train[1], train[0], n_items, n_users);
    const known = new Set(train[0].map((user, at) => user * n_items + train[1][at]));
    const wanted = Array.from({ length: n_users }, () => new Set());
    const asked = keep(items, 1);
    keep(users, 1).forEach((user, at) => {
      if (!known.has(user * n_items + asked[at])) wanted[user].add(asked[at]);
    });
    results[split] = {};
    for (const [name, train] of Object.entries(TRAINERS)) {
      results[split][name] = K.scope(() =>
        evaluate(K, train(K, byUser, byItem, model), byUser, wanted),
      );
      done += 1;
      const now = done;
      yield () => now / 4;
    }
  }
  return results;
}

const jobs = { score };

export default {
  jobs,
  render(context) {
    return mount(context, {}, async (ui) => build(ui, await openKernels(ui.model)));
  },
};

// ── 화면 ─────────────────────────────────────────────────────────────────────

function build(ui, K) {
  const { store, data } = ui;
  const { day: firstDay } = ui.model.get("_start");
  const log = unpack(data);
  const [low, high] = data.range;
  const order = shuffled(K, log.days.length, data.seed);
  const dateOf = calendar(data.start);

  /** 구매마다 테스트인지(0이나 1). */
  function tests(day) {
    const after = log.days.map((at) => Number(at >= day));
    const size = after.reduce((total, one) => total + one, 0);
    const random = Array(after.length).fill(0);
    for (const at of order.slice(0, size)) random[at] = 1;
    return { random, temporal: after, size };
  }
  function tally(day, split) {
    const all = tests(day);
    const train = Array(data.counts.length).fill(0);
    all[split].forEach((test, at) => (train[log.days[at]] += 1 - test));
    const leaked = train.slice(day).reduce((total, count) => total + count, 0);
    return { train, leaked, size: all.size, total: log.days.length };
  }

  const setDay = (day) => store.set({ day: Math.min(high, Math.max(low, Math.round(day))) });
  const line = timeline({ counts: data.counts, dateOf, onDay: setDay });
  const when = slider({
    label: "나누는 날",
    value: firstDay,
    min: low,
    max: high,
    step: 1,
    format: dateOf,
    onInput: setDay,
  });
  const move = (mark, spoken, by) =>
    button(
      [h("span", { class: "rbw-spoken" }, spoken), h("span", { "aria-hidden": "true" }, mark)],
      () => setDay(store.get().day + by),
      { title: spoken },
    );
  const moves = [move("◀", "하루 당기기", -1), move("▶", "하루 미루기", 1)];
  const knob = h("div", { class: "rbw-leak-when" }, when.el, h("div", { class: "rbw-bar" }, moves));
  const which = choices({
    label: "나누는 방법",
    options: SPLITS.map((split) => NAMES[split]),
    onChange: (at) => store.set({ split: SPLITS[at] }),
  });
  const leaked = h("output", { class: "rbw-leak-number" });
  const share = h("span", {});
  const sizes = h("p", { class: "rbw-leak-sizes" });
  const bar = progress("두 분할에서 배우는 중");
  const board = scoreBoard();
  const result = h(
    "div",
    { class: "rbw-leak-result" },
    h(
      "div",
      { class: "rbw-leak-future" },
      h("p", { class: "rbw-label" }, "훈련에 든 미래"),
      h("p", { class: "rbw-leak-big" }, leaked, "건"),
      h("p", { class: "rbw-leak-sizes" }, share),
      sizes,
    ),
    h("div", { class: "rbw-leak-scores" }, board.el, bar.el),
  );
  ui.controls.append(which.el, knob);
  ui.stage.append(line.el, result);

  // ── 점수: 손이 멈추면 뒤에서 배웁니다. 한 번 센 날은 다시 세지 않습니다 ──
  const known = new Map();
  let job = null;
  let timer = 0;
  let wanted = null;
  const quit = () => {
    clearTimeout(timer);
    job?.stop();
    job = null;
  };
  ui.own(quit);
  async function learn(day) {
    const { random, temporal } = tests(day);
    const { n_users, n_items, model } = data;
    const mine = runJob({
      model: ui.model,
      jobs,
      name: "score",
      input: { users: log.users, items: log.items, tests: { random, temporal }, n_users, n_items, model },
      onProgress: (part) => job === mine && bar.set(part, "배우는 중"),
    });
    job = mine;
    try {
      const { value } = await mine.done;
      if (!value) return;
      known.set(day, value);
      if (wanted === day) show(day);
    } catch (error) {
      ui.fail(error);
    }
  }
  function show(day) {
    bar.set(null);
    board.draw(known.get(day), store.get().split);
    ui.announce(board.say());
  }
  function ask(day) {
    if (wanted === day) return;
    wanted = day;
    quit();
    if (known.has(day)) return show(day);
    board.wait();
    bar.set(0, "배우는 중");
    timer = setTimeout(() => learn(day), WAIT);
  }

  const opening = tally(firstDay, "random");
  const earlier = tally(EARLY, "random");
  const rest = ({ leaked, size }) => percent(leaked / size);
  const drawGuess = ui.predict({
    question:
      `${dateOf(firstDay)}에 무작위로 나누면 그날 이후 구매의 80% 남짓이 훈련에 남습니다. ` +
      `나누는 날을 ${dateOf(EARLY)}로 당기면, ${dateOf(EARLY)} 이후 구매 가운데 얼마가 남을까요?`,
    options: ["95%쯤", "80%쯤", "70%쯤", "55%쯤"],
    locks: [line.el, knob, which.el],
    reveal: (guess) => [
      `${guess === 3 ? "맞습니다. " : guess === "skip" ? "" : "실제로는 "}${rest(earlier)}입니다. ` +
        `${dateOf(firstDay)}에 나누면 ${commas(opening.leaked)}건이 남습니다. ${dateOf(EARLY)}로 당기면 ` +
        `테스트로 떼는 몫이 커져 비율은 줄지만, 섞인 구매는 ${commas(earlier.leaked)}건으로 늘어납니다. ` +
        "시간으로 나누면 하나도 남지 않습니다.",
      h("strong", {}, " 이제 나누는 날을 직접 끌어, 분할마다 어느 모델이 이기는지 견주어 보세요."),
    ],
  });

  return function draw(state, before) {
    const { day, split, guess } = state;
    const open = guess !== null;
    const { train, leaked: future, size, total } = tally(day, split);
    line.draw({ day, train, open });
    when.set(day);
    moves[0].disabled = day <= low;
    moves[1].disabled = day >= high;
    which.set(SPLITS.indexOf(split));
    result.hidden = !open;
    leaked.textContent = commas(future);
    leaked.classList.toggle("rbw-error", future > 0);
    share.textContent = `${dateOf(day)} 이후 구매의 ${percent(future / size)}`;
    sizes.textContent = `훈련 ${commas(total - size)}건 · 테스트 ${commas(size)}건`;
    if (open) {
      ask(day);
      if (known.has(day)) board.draw(known.get(day), split);
    } else {
      quit();
      wanted = null;
    }
    drawGuess(state);
    if (state === before || !open) return;
    ui.announce(`${NAMES[split]}, 나누는 날 ${dateOf(day)}. 훈련에 든 미래 ${commas(future)}건`);
  };
}

/** 실어 온 구매를 폅니다: 3바이트마다 (가구 × 작품의 수 + 작품), 날의 순서입니다. */
function unpack({ codes, counts, n_items }) {
  const bytes = Uint8Array.from(atob(codes), (letter) => letter.charCodeAt(0));
  const length = bytes.length / 3;
  const read = (at) => bytes[3 * at] + 256 * bytes[3 * at + 1] + 65536 * bytes[3 * at + 2];
  const all = Array.from({ length }, (_, at) => read(at));
  return {
    users: all.map((code) => Math.floor(code / n_items)),
    items: all.map((code) => code % n_items),
    days: counts.flatMap((count, day) => Array(count).fill(day)),
  };
}

function shuffled(K, length, seed) {
  return K.scope(() => {
    const order = K.array("int32", [length], Array.from({ length }, (_, at) => at));
    K.call("primitives.shuffle", order, K.array("uint64", [1], [BigInt(seed)]));
    return order.read();
  });
}

/** 날의 번호를 "2월 1일"로. */
function calendar(start) {
  const [year, month, day] = start.split("-").map(Number);
  return (number) => {
    const then = new Date(Date.UTC(year, month - 1, day + number));
    return `${then.getUTCMonth() + 1}월 ${then.getUTCDate()}일`;
  };
}

/** 날마다의 구매. 회색은 훈련, 붉은 빗금은 훈련에 든 미래, 초록은 테스트입니다. */
function timeline({ counts, dateOf, onDay }) {
  const most = Math.max(...counts);
  const { width, height, bottom, top } = VIEW;
  const x = (day) => (day / counts.length) * width;
  const floor = height - bottom;
  const tall = (count) => (count / most) * (floor - top);
  const pattern = `rbw-leak-${Math.random().toString(36).slice(2)}`;
  const bars = counts.map((_, day) => {
    const part = () => svg("rect", { x: x(day), width: x(1) * 0.86 });
    const [train, test] = [part(), part()];
    return { train, test };
  });
  const cut = svg("line", { class: "rbw-leak-cut", y1: top - 6, y2: floor });
  const knob = svg("circle", { class: "rbw-leak-knob", r: 9, cy: top - 10 });
  const handle = svg("g", {}, cut, knob);
  const firsts = counts.flatMap((_, day) => (dateOf(day).endsWith("월 1일") ? [day] : []));
  const picture = svg(
    "svg",
    { viewBox: `0 0 ${width} ${height}`, role: "img", preserveAspectRatio: "none" },
    svg(
      "defs",
      {},
      svg(
        "pattern",
        { id: pattern, width: 5, height: 5, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
        svg("rect", { class: "rbw-leak-red", width: 5, height: 5 }),
        svg("rect", { class: "rbw-leak-stripe", width: 1.6, height: 5 }),
      ),
    ),
    bars.flatMap(({ train, test }) => [train, test]),
    handle,
  );
  const months = h(
    "p",
    { class: "rbw-leak-months", "aria-hidden": "true" },
    firsts.map((day) => h("span", { style: `left:${(100 * day) / counts.length}%` }, dateOf(day).split(" ")[0])),
  );
  const swatch = (name, text) => h("span", { class: "rbw-leak-swatch" }, h("i", { class: name }), text);
  const legend = h(
    "p",
    { class: "rbw-leak-legend" },
    swatch("rbw-leak-train", "훈련"),
    swatch("rbw-leak-future-mark", "훈련에 든 미래"),
    swatch("rbw-leak-test", "테스트"),
  );
  const flag = h("span", { class: "rbw-leak-flag" });
  const el = h("div", { class: "rbw-leak-timeline" }, flag, picture, months, legend);
  const dayAt = (event) => {
    const box = picture.getBoundingClientRect();
    return ((event.clientX - box.left) / box.width) * counts.length;
  };
  let holding = false;
  picture.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    event.preventDefault();
    holding = true;
    picture.setPointerCapture(event.pointerId);
    onDay(dayAt(event));
  });
  picture.addEventListener("pointermove", (event) => holding && onDay(dayAt(event)));
  for (const name of ["pointerup", "pointercancel", "lostpointercapture"])
    picture.addEventListener(name, () => (holding = false));
  return {
    el,
    draw({ day, train, open }) {
      bars.forEach((bar, at) => {
        const shown = open ? train[at] : counts[at];
        const future = open && at >= day;
        const set = (rect, base, count, look) => {
          rect.setAttribute("y", floor - tall(base + count));
          rect.setAttribute("height", tall(count));
          rect.setAttribute("class", look);
        };
        set(bar.train, 0, shown, future ? "rbw-leak-hatched" : "rbw-leak-train");
        bar.train.style.fill = future ? `url(#${pattern})` : "";
        set(bar.test, shown, counts[at] - shown, "rbw-leak-test");
      });
      handle.setAttribute("transform", `translate(${x(day)} 0)`);
      flag.textContent = dateOf(day);
      flag.style.left = `${(100 * day) / counts.length}%`;
      legend.hidden = !open;
      const future = train.slice(day).reduce((total, count) => total + count, 0);
      picture.setAttribute(
        "aria-label",
        `날마다의 구매. 나누는 날은 ${dateOf(day)}` + (open ? `, 훈련에 든 미래 ${commas(future)}건` : ""),
      );
    },
  };
}

/** 두 모델 × 두 분할의 NDCG@10. */
function scoreBoard() {
  const models = { popularity: "인기순", als: "ALS" };
  let said = "";
  const rows = Object.entries(models).map(([key, name]) => {
    const cells = Object.fromEntries(
      SPLITS.map((split) => {
        const value = h("output", { class: "rbw-leak-score" });
        const bar = h("i", { class: `rbw-leak-bar rbw-leak-${split}` });
        const el = h(
          "div",
          { class: "rbw-leak-line" },
          h("span", { class: "rbw-leak-split" }, split === "random" ? "무작위" : "시간 기준"),
          h("span", { class: "rbw-leak-track" }, bar),
          value,
        );
        return [split, { el, bar, value }];
      }),
    );
    const gap = h("span", { class: "rbw-leak-gap" });
    return {
      key,
      name,
      cells,
      gap,
      el: h(
        "div",
        { class: "rbw-leak-model" },
        h("p", {}, h("strong", {}, name), gap),
        SPLITS.map((split) => cells[split].el),
      ),
    };
  });
  const winner = h("p", { class: "rbw-leak-winner" });
  return {
    el: h("div", {}, h("p", { class: "rbw-label" }, "NDCG@10"), rows.map((row) => row.el), winner),
    say: () => said,
    wait() {
      for (const { cells, gap } of rows) {
        gap.textContent = "";
        for (const { value } of Object.values(cells)) value.textContent = "…";
      }
      winner.textContent = "";
    },
    draw(scores, chosen) {
      for (const { key, cells, gap } of rows) {
        for (const split of SPLITS) {
          const value = scores[split][key];
          cells[split].value.textContent = fixed(value, 3);
          cells[split].bar.style.width = `${Math.min(100, (value / 0.12) * 100)}%`;
          cells[split].el.classList.toggle("rbw-leak-chosen", split === chosen);
        }
        const lift = scores.random[key] / scores.temporal[key] - 1;
        gap.textContent = ` 무작위가 ${fixed(100 * Math.abs(lift), 0)}% ${lift >= 0 ? "높게" : "낮게"} 매깁니다`;
      }
      const wins = (split) => (scores[split].als >= scores[split].popularity ? "ALS" : "인기순");
      const leads = (split) => `${wins(split)}${josa(wins(split), "이", "가")}`;
      winner.textContent =
        wins("random") === wins("temporal")
          ? `두 분할에서 모두 ${leads("random")} 앞섭니다.`
          : `무작위 분할에서는 ${leads("random")}, 시간 기준 분할에서는 ${leads("temporal")} 앞섭니다.`;
      said = rows
        .map(({ key, name }) => {
          const [random, temporal] = SPLITS.map((split) => fixed(scores[split][key], 3));
          return `${name} 무작위 ${random}, 시간 기준 ${temporal}`;
        })
        .join(". ");
    },
  };
}
