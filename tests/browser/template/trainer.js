// 새 위젯의 본보기: 조작부 → 상태 → draw로 한 방향으로만 흐릅니다.

import { fixed, h, mount, plot, progress, slider, stepBar } from "./kit.js";
import { openKernels, runJob } from "./kernels.js";

const WIDTH = 3; // 요인의 수
const ENDLESS = 1000000; // '실행'의 걸음 수: 멈출 때까지

/** 계산 커널에 배열을 놓고, 한 걸음을 옮기는 함수를 돌려줍니다. */
function learner(K, { R, U, I }) {
  const cells = R.flatMap((row, u) => row.map((_, i) => [u, i]));
  const users = K.array("int32", [cells.length], cells.map(([u]) => u));
  const items = K.array("int32", [cells.length], cells.map(([, i]) => i));
  const values = K.array("float64", [cells.length], R.flat());
  const [X, Y] = [K.factors(U), K.factors(I)];
  const [gradX, gradY] = [K.factors(U), K.factors(I)];
  const [biasU, biasI] = [K.array("float64", [U.length]), K.array("float64", [I.length])];
  const [gradU, gradI] = [K.array("float64", [U.length]), K.array("float64", [I.length])];
  const model = [users, items, values, X, Y, biasU, biasI, 0];
  return {
    loss: () => K.call("mf.squared_error", ...model),
    step(rate) {
      K.call("mf.gradient", ...model, 0, 0, gradX, gradY, gradU, gradI);
      K.call("mf.descend", X, gradX, rate);
      K.call("mf.descend", Y, gradY, rate);
    },
    read: () => ({ U: X.read(WIDTH), I: Y.read(WIDTH) }),
  };
}

/** 뒤에서 도는 일. 한 걸음마다 지금의 모습을 만드는 함수를 내놓습니다. */
function* train(K, { data, rate, steps }) {
  const learn = learner(K, data);
  const losses = [learn.loss()];
  for (let step = 1; step <= steps; step += 1) {
    learn.step(rate);
    losses.push(learn.loss());
    if (losses.length > 2000) losses.splice(1, 1000); // 오래 돌아도 기억은 늘지 않습니다
    yield () => ({ step, losses: [...losses] });
  }
  return { step: steps, losses, ...learn.read() };
}

const jobs = { train };

export default {
  jobs,
  render(context) {
    return mount(context, { layout: "side" }, async (ui) => {
      await openKernels(ui.model); // 커널을 못 쓰는 브라우저면 여기서 알립니다
      let job = null;
      let curve = [0];
      const out = h("output", { class: "rbw-value" });
      const bar = progress("학습");
      const rate = slider({
        label: "학습률",
        value: 0.005,
        min: 0.001,
        max: 0.05,
        step: 0.001,
        format: (value) => fixed(value, 3),
        onInput: (value) => ui.store.set({ rate: value }),
      });
      const picture = plot({
        height: 220,
        axes: () => ({
          x: [0, Math.max(1, curve.length - 1)],
          y: [0, Math.max(1, Math.min(100, ...[Math.max(...curve.filter(Number.isFinite))]))],
          xLabel: "걸음",
          yLabel: "손실",
        }),
        draw({ layer, x, y }) {
          const points = curve.map((loss, step) => `${x(step)},${y(loss)}`).join(" ");
          const line = document.createElementNS("http://www.w3.org/2000/svg", "polyline");
          line.setAttribute("points", points);
          line.setAttribute("style", "fill:none;stroke:var(--rb-error);stroke-width:2");
          layer.append(line);
        },
        describe: () => `손실이 ${fixed(curve[0], 3)}에서 ${fixed(curve.at(-1), 3)}로 바뀌었습니다.`,
      });
      ui.own(() => picture.close());
      ui.own(() => job?.stop());

      function show({ step, losses }) {
        curve = losses;
        out.textContent = `${step}걸음, 손실 ${fixed(losses.at(-1), 6)}`;
        out.dataset.loss = String(losses.at(-1));
        picture.redraw();
      }
      async function run(steps) {
        const { rate: speed } = ui.store.get();
        buttons.setRunning(true);
        bar.set(0, "배우는 중");
        job = runJob({
          model: ui.model,
          jobs,
          name: "train",
          input: { data: ui.data, rate: speed, steps },
          onProgress(now) {
            show(now);
            bar.set(now.step / steps, `${now.step}걸음`);
          },
        });
        try {
          const { value } = await job.done;
          if (value) {
            show(value);
            ui.store.set({ steps });
          }
        } catch (error) {
          ui.fail(error);
        }
        job = null;
        bar.set(null);
        buttons.setRunning(false);
      }
      const buttons = stepBar({ onStep: run, onRun: () => run(ENDLESS), onStop: () => job.stop() });
      ui.controls.append(rate.el, buttons.el, bar.el);
      ui.stage.append(out, picture.el);
      const drawGuess = ui.predict({
        question: "100걸음 뒤의 손실은 얼마일까요?",
        number: { min: 0, max: 10, step: 0.1, digits: 1, value: 2 },
        locks: [ui.controls],
        reveal: () => "단추를 눌러 확인해 보세요.",
      });
      return function draw(state) {
        rate.set(state.rate);
        drawGuess(state);
      };
    });
  },
};
