import { h, mount } from "./kit.js";
import { openKernels, runJob } from "./kernels.js";

const jobs = {
  *count(K, { to }) {
    const total = K.array("float64", [1]);
    for (let n = 1; n <= to; n += 1) {
      total.view[0] += n;
      yield () => n;
    }
    return total.view[0];
  },
  *trap(K) {
    const narrow = K.array("float64", [1, 3], [1, 2, 3]);
    const [other, index] = [K.array("float64", [1, 3]), K.array("int32", [1])];
    const [b, c, out] = [1, 1, 1].map((n) => K.array("float64", [n]));
    K.call("mf.predict_entries", index, index, narrow, other, b, c, 0, out);
    yield () => null;
  },
};

export default {
  jobs,
  render({ model, el }) {
    return mount({ model, el }, {}, async (ui) => {
      const K = await openKernels(model);
      const out = h("output");
      ui.stage.append(out);
      globalThis.probe = {
        K,
        ui,
        model,
        open: () => openKernels(model),
        run: (name, input, onProgress) => runJob({ model, jobs, name, input, onProgress }),
        break: false,
      };
      return ({ x }) => {
        if (globalThis.probe.break) throw new Error("일부러 멈췄습니다.");
        out.textContent = String(x);
      };
    });
  },
};
