// 한 사람의 한 주를 사건 하나씩 다시 보며, 평점 표와 횟수 표를 나란히 채웁니다.

import {
  button,
  countColor,
  fixed,
  h,
  matrix,
  mount,
  prefersStill,
  rove,
  slider,
  toggle,
} from "./kit.js";

const PAUSE = 3200; // 밀리초: 두 줄을 읽을 시간
const MOST_RATING = 5;
const HEART = "♥\uFE0E"; // 그림 문자가 아니라 글자로

export default {
  render(context) {
    return mount(context, {}, build);
  },
};

/** 사건 하나를 어느 표에 무엇으로 적는지. */
function entryOf(event, { skips, overnight }, { explicit, played }) {
  if (explicit.includes(event.kind)) {
    return { table: "ratings", amount: event.kind === "평점" ? event.value : "♥" };
  }
  if (!played.includes(event.kind) || (event.kind === "넘김" && !skips)) return null;
  return { table: "counts", amount: overnight ? event.value : 1 };
}

/** 여기까지의 두 표. 빈칸은 null입니다. */
function tally(data, state) {
  const { users, albums, events } = data;
  const empty = (value) => albums.map(() => value);
  const ratings = [...data.ratings.map((row) => [...row]), empty(null)];
  const counts = [...data.counts.map((row) => [...row]), empty(0)];
  const liked = users.map(() => empty(false));
  const own = users.length - 1;
  for (const event of events.slice(0, state.step)) {
    const entry = entryOf(event, state, data);
    const column = albums.indexOf(event.album);
    if (entry?.table === "counts") counts[own][column] += entry.amount;
    else if (entry?.amount === "♥") liked[own][column] = true;
    else if (entry) ratings[own][column] = entry.amount;
  }
  return { ratings, counts, liked };
}

function build(ui) {
  const { data, store } = ui;
  const { users, albums, events, days } = data;
  const last = events.length;
  const whole = tally(data, { ...store.get(), step: last, skips: true, overnight: true });
  const most = Math.max(...whole.counts.flat());

  // ── 재생기 ──
  let timer = 0;
  function stop() {
    clearTimeout(timer);
    timer = 0;
    play.textContent = "재생";
  }
  ui.own(() => clearTimeout(timer));
  const go = (step) => {
    stop();
    store.set({ step: Math.max(0, Math.min(last, step)) });
  };
  function run() {
    if (timer) return stop();
    const from = store.get().step;
    if (prefersStill()) return go(last);
    store.set({ step: from === last ? 1 : from + 1 });
    play.textContent = "멈춤";
    timer = setTimeout(function next() {
      const { step } = store.get();
      if (step < last) store.set({ step: step + 1 });
      if (step + 1 >= last) return stop();
      timer = setTimeout(next, PAUSE);
    }, PAUSE);
  }
  const play = button("재생", run, { primary: true });
  const back = button("◀ 앞 사건", () => go(store.get().step - 1));
  const forth = button("다음 사건 ▶", () => go(store.get().step + 1));
  const whenOf = (event) => `${days[event.day]}요일 ${event.time}`;
  const scrub = slider({
    label: "여기까지 본 사건",
    value: 0,
    min: 0,
    max: last,
    step: 1,
    format: (step) => `${step} / ${last}`,
    onInput: go,
  });
  const strip = weekStrip(data, go);
  const player = h(
    "div",
    { class: "rbw-feedback-player" },
    strip.el,
    h(
      "div",
      { class: "rbw-feedback-transport" },
      h("div", { class: "rbw-bar" }, back, play, forth),
      scrub.el,
    ),
  );

  // ── 사건 한 줄 ──
  const when = h("span", { class: "rbw-feedback-when" });
  const badge = h("span", { class: "rbw-feedback-badge" });
  const lines = ["말해 주는 것", "말해 주지 않는 것", "옮겨 적기", "사실은"].map((name) => {
    const text = h("dd");
    return { text, row: h("div", {}, h("dt", {}, name), text) };
  });
  const card = h(
    "div",
    { class: "rbw-feedback-card" },
    h("p", {}, when, badge),
    h("dl", {}, lines.map(({ row }) => row)),
  );

  // ── 두 표 ──
  const grid = (draw) => users.map((_, u) => albums.map(() => tableCell(u === users.length - 1, draw)));
  const cells = { ratings: grid(drawRating), counts: grid(drawCount) };
  const notes = { ratings: h("p"), counts: h("p") };
  const table = (key, name) =>
    h(
      "div",
      {},
      matrix({ name, rows: users, columns: albums, cell: (u, i) => cells[key][u][i].el }),
      notes[key],
    );
  const tables = h(
    "div",
    { class: "rbw-feedback-tables" },
    table("ratings", "명시적 피드백: 평점"),
    table("counts", "암시적 피드백: 횟수"),
  );
  const skips = toggle({ label: "5초 만에 넘긴 재생도 센다", onChange: (on) => store.set({ skips: on }) });
  const overnight = toggle({
    label: "되풀이된 재생을 모두 센다",
    onChange: (on) => store.set({ overnight: on }),
  });
  const rules = h(
    "div",
    { class: "rbw-feedback-rules" },
    h("span", { class: "rbw-label" }, "세는 규칙은 사람이 정합니다"),
    h("div", { class: "rbw-bar" }, skips.el, overnight.el),
  );
  const ending = endingBox(data, (asked) => store.set({ asked }));
  ui.stage.append(player, card, tables, rules, ending.el);

  // ── 예상하기 ──
  const loudest = whole.counts.at(-1).indexOf(most);
  const start = ui.model.get("_start");
  const counted = tally(data, { ...start, step: last });
  const rating = counted.ratings.at(-1)[loudest];
  const options = [5, 4, 2].map((points) => `${points}점`);
  const drawGuess = ui.predict({
    question:
      `한 주 동안 ${users.at(-1)}의 횟수가 가장 많이 쌓인 음반은 ${counted.counts.at(-1)[loudest]}번입니다. ` +
      "그 음반에 평점을 몇 점 주었을까요?",
    options: [...options, "주지 않았다"],
    locks: [player, rules],
    reveal: (guess) => {
      const right = typeof guess === "number" && options[guess] === `${rating}점`;
      return [
        `${guess === "skip" ? "" : right ? "맞습니다. " : "실제로는 "}${rating}점입니다. `,
        h("strong", {}, "‘다음 사건’을 눌러 한 주를 따라가며 까닭을 찾아보세요."),
      ];
    },
  });

  return function draw(state, before) {
    if (state.guess === null && timer) stop();
    const now = tally(data, state);
    const event = events[state.step - 1];
    const entry = event && entryOf(event, state, data);
    const column = event ? albums.indexOf(event.album) : -1;
    for (const key of ["ratings", "counts"]) {
      cells[key].forEach((line, u) =>
        line.forEach((one, i) => {
          const fresh = entry?.table === key && u === users.length - 1 && i === column;
          const amount = fresh && entry.amount;
          one.draw({ value: now[key][u][i], liked: now.liked[u][i], most, fresh, amount });
        }),
      );
    }
    drawNotes(notes, now);
    drawEvent(state, event, entry);
    strip.draw(state.step);
    scrub.set(state.step);
    // 누른 단추가 꺼지면 초점을 잃으므로 먼저 옮깁니다.
    const ends = [[back, state.step === 0], [forth, state.step === last]];
    for (const [end, reached] of ends) {
      if (reached && document.activeElement === end) play.focus();
      end.disabled = reached;
    }
    skips.set(state.skips);
    overnight.set(state.overnight);
    ending.draw(state, last);
    drawGuess(state);
    if (state === before) return;
    ui.announce(event ? card.textContent : "한 주가 시작되기 전입니다.");
  };

  function drawEvent({ asked }, event, entry) {
    const [tells, hides, writes, truth] = lines;
    when.textContent = event ? `${whenOf(event)} · ${event.album} · ${kindOf(event)}` : "한 주가 시작되기 전";
    badge.textContent = event ? channelOf(event, data) : "";
    badge.hidden = !event;
    tells.text.textContent = event?.tells ?? `${users.at(-1)}의 행에는 아직 기록이 없습니다.`;
    hides.text.textContent = event?.hides ?? "평점 표의 빈칸도 횟수 표의 0도 취향을 말하지 않습니다.";
    writes.text.textContent = event
      ? writing(event, entry)
      : `같은 ‘기록 없음’을 평점 표에는 빈칸(·) ${albums.length}개로, 횟수 표에는 0 ${albums.length}개로 적습니다.`;
    truth.text.textContent = event?.truth ?? "";
    truth.row.hidden = !(asked && event?.truth);
  }

  function writing(event, entry) {
    const cell = `(${users.at(-1)}, ${event.album})`;
    if (entry?.amount === "♥") return `평점 표의 ${cell}에 ♥를 적습니다. 점수가 아니어서 평균에는 넣지 않습니다.`;
    if (entry?.table === "ratings") return `평점 표의 ${cell}에 ${entry.amount}점을 적습니다.`;
    if (entry) return `횟수 표의 ${cell}에 ${entry.amount}을 더합니다.`;
    if (event.kind === "넘김") return "지금의 규칙으로는 세지 않습니다. 아래에서 규칙을 바꿀 수 있습니다.";
    return "어느 표에도 적지 않습니다. 두 표는 평점과 ‘좋아요’, 재생과 구매만 담습니다.";
  }
}

const KINDS = { 넘김: "5초 만에 넘김", 노출: "보였지만 누르지 않음", 클릭: "눌러 봄" };

function kindOf(event) {
  if (event.kind === "평점") return `평점 ${event.value}`;
  return event.kind === "밤샘" ? `밤새 재생 ${event.value}번` : (KINDS[event.kind] ?? event.kind);
}

function channelOf(event, { explicit }) {
  if (explicit.includes(event.kind)) return "명시적";
  return event.kind === "노출" ? "행동 없음" : "암시적";
}

/** 칸 하나. own은 다시 보는 사람의 행입니다. */
function tableCell(own, draw) {
  const value = h("b");
  const added = h("i", { "aria-hidden": "true" });
  const el = h("div", { class: `rbw-feedback-cell${own ? " rbw-feedback-own" : ""}` }, value, added);
  return {
    el,
    draw(seen) {
      draw(el, value, seen);
      el.classList.toggle("rbw-feedback-fresh", seen.fresh);
      added.textContent = seen.fresh && typeof seen.amount === "number" && seen.adds ? `+${seen.amount}` : "";
    },
  };
}

function drawRating(el, text, seen) {
  const { value, liked } = seen;
  const blank = value === null && !liked;
  const sign = (mark, word) => [
    h("span", { "aria-hidden": "true" }, mark),
    h("span", { class: "rbw-spoken" }, word),
  ];
  text.replaceChildren(
    ...(blank ? sign("·", "빈칸") : []),
    ...(value === null ? [] : [String(value)]),
    ...(liked ? sign(HEART, "좋아요") : []),
  );
  el.classList.toggle("rbw-feedback-blank", blank);
  el.style.background = blank ? "" : countColor(value ?? 0, MOST_RATING);
}

function drawCount(el, text, seen) {
  seen.adds = true;
  text.textContent = String(seen.value);
  el.style.background = countColor(Math.log1p(seen.value), Math.log1p(seen.most));
}

/** 표 아래의 셈: 밀도와 평균. */
function drawNotes(notes, { ratings, counts, liked }) {
  const size = counts.flat().length;
  const given = ratings.flat().filter((value) => value !== null);
  const total = given.reduce((sum, value) => sum + value, 0);
  const marked = ratings.flat().filter((value, at) => value !== null || liked.flat()[at]).length;
  const played = counts.flat().filter((value) => value > 0).length;
  const sum = counts.flat().reduce((all, value) => all + value, 0);
  notes.ratings.replaceChildren(
    "밀도 ",
    h("b", {}, `${marked}/${size} = ${fixed(marked / size, 2)}`),
    `, 평점 ${given.length}개의 평균 `,
    h("b", {}, fixed(total / given.length, 2)),
    `. 빈칸을 0점으로 여기면 평균이 ${fixed(total / size, 2)}로 떨어집니다.`,
  );
  notes.counts.replaceChildren(
    "밀도 ",
    h("b", {}, `${played}/${size} = ${fixed(played / size, 2)}`),
    ", 한 칸 평균 ",
    h("b", {}, `${fixed(sum / size, 2)}번`),
    ". 0번도 실제로 센 값이라 평균에 넣습니다.",
  );
}

/** 요일마다 한 줄씩 쌓은 사건. 누르면 그 사건까지 갑니다. */
function weekStrip({ days, events }, go) {
  const chips = events.map((event, at) => {
    const word = { 평점: `★${event.value}`, 좋아요: HEART, 밤샘: `×${event.value}` }[event.kind] ?? event.kind;
    const el = button([], () => go(at + 1));
    el.classList.add("rbw-feedback-chip");
    const seen = [
      h("span", { class: "rbw-spoken" }, `${days[event.day]} ${event.album} ${kindOf(event)}`),
      h("b", { "aria-hidden": "true" }, word),
      h("span", { "aria-hidden": "true" }, event.album),
    ];
    const unseen = [
      h("span", { class: "rbw-spoken" }, `${days[event.day]} ${event.time} 아직 보지 않은 사건`),
      h("span", { "aria-hidden": "true" }, event.time),
    ];
    return { el, show: (open) => el.replaceChildren(...(open ? seen : unseen)) };
  });
  const el = h(
    "div",
    { class: "rbw-feedback-week", role: "group", "aria-label": "한 주의 사건" },
    days.map((day, at) =>
      h(
        "div",
        { class: "rbw-feedback-day" },
        h("span", { class: "rbw-label" }, day),
        chips.filter((_, n) => events[n].day === at).map((chip) => chip.el),
      ),
    ),
  );
  const roving = rove(el, ".rbw-feedback-chip");
  return {
    el,
    draw(step) {
      chips.forEach(({ el: chip, show }, at) => {
        show(at < step); // 보기 전에는 시각만: 예상의 답이 미리 보이지 않게
        chip.classList.toggle("rbw-feedback-past", at < step);
        chip.classList.toggle("rbw-feedback-now", at === step - 1);
        if (at === step - 1) chip.setAttribute("aria-current", "step");
        else chip.removeAttribute("aria-current");
      });
      roving.hold(chips[Math.max(0, step - 1)].el);
    },
  };
}

/** 한 주가 끝나면: 기록만으로 알 수 없는 것과, 물어보면 나오는 사연. */
function endingBox({ users, events, days }, ask) {
  const name = users.at(-1);
  const lines = events
    .filter((event) => event.truth)
    .map((event) => {
      const truth = h("span", { class: "rbw-feedback-truth" }, h("b", {}, "사실은 "), event.truth);
      const what = `${days[event.day]} ${event.album} ${kindOf(event)}`;
      return { truth, el: h("li", {}, h("b", {}, `${what}. `), event.hides, truth) };
    });
  const unseen = events.filter((event) => event.kind === "노출").at(-1).album;
  const sameZeros =
    `네 사람의 0이 똑같아 보입니다. ${name}에게는 두 번 보였고, 나머지 세 사람에게 보였는지는 기록에 없습니다.`;
  const asking = toggle({ label: `${name}에게 물어보기`, onChange: ask });
  const moral = h(
    "p",
    {},
    "사연을 알아도 기록은 그대로입니다. 두 표의 어느 칸도 바뀌지 않습니다. 추천 시스템이 보는 것은 사연이 아니라 표입니다.",
  );
  const el = h(
    "div",
    { class: "rbw-feedback-ending" },
    h("p", {}, h("strong", {}, "기록만으로는 알 수 없는 것")),
    h("ul", {}, lines.map((line) => line.el), h("li", {}, h("b", {}, `${unseen} 열의 0. `), sameZeros)),
    h("div", { class: "rbw-bar" }, asking.el),
    moral,
  );
  return {
    el,
    draw({ step, asked }, last) {
      el.hidden = step < last;
      asking.set(asked);
      moral.hidden = !asked;
      for (const { truth } of lines) truth.hidden = !asked;
    },
  };
}
