// 계산 커널(recbook.kernels의 WebAssembly)을 부릅니다. 부르는 법은 recbook/browser에 있습니다.
// 작은 계산은 이 자리에서 바로, 오래 걸리는 학습은 Worker에서 돌립니다.

const VIEWS = {
  int32: Int32Array,
  float32: Float32Array,
  float64: Float64Array,
  uint64: BigUint64Array,
};
const LANES = 16; // 잠재 벡터의 폭은 16의 배수이고 남는 칸은 0입니다
const PAGE = 65536;
const REPORT_EVERY = 33; // 밀리초: 화면을 고치는 것보다 자주 알릴 까닭이 없습니다
const SLICE = 12; // 밀리초: Worker를 못 쓸 때 한 번에 계산하는 시간
const PATIENCE = 4000; // 밀리초: Worker가 뜨기를 기다리는 시간

const up = (number, multiple) => Math.ceil(number / multiple) * multiple;

/** 커널의 메모리에 놓인 배열 하나. 메모리가 자라도 view는 늘 살아 있습니다. */
class Placed {
  #memory;
  #kept;

  constructor(memory, dtype, shape, address) {
    this.#memory = memory;
    this.dtype = dtype;
    this.shape = shape;
    this.address = address;
    this.length = shape.reduce((size, n) => size * n, 1);
  }
  get view() {
    if (this.#kept?.buffer !== this.#memory.buffer) {
      this.#kept = new VIEWS[this.dtype](this.#memory.buffer, this.address, this.length);
    }
    return this.#kept;
  }
  /** 같은 자리를 다른 모양으로 봅니다. 크기는 같아야 합니다. */
  reshape(shape) {
    return new Placed(this.#memory, this.dtype, shape, this.address);
  }
  /** 값을 채웁니다: 형이 같은 배열, 또는 행의 목록. 행이 짧으면 나머지는 0입니다. */
  set(values) {
    const { view, shape } = this;
    if (!Array.isArray(values?.[0])) {
      view.set(values);
      return this;
    }
    view.fill(this.dtype === "uint64" ? 0n : 0);
    values.forEach((row, at) => view.set(row, at * shape[1]));
    return this;
  }
  /** 값을 베껴 냅니다. 2차원이면 앞의 width열까지인 행의 목록. */
  read(width = this.shape[1]) {
    if (this.shape.length === 1) return Array.from(this.view);
    const rows = [];
    for (let at = 0; at < this.length; at += this.shape[1]) {
      rows.push(Array.from(this.view.subarray(at, at + width)));
    }
    return rows;
  }
}

class Kernels {
  #exports;
  #manifest;
  #top;
  #broken = false;

  constructor(instance, manifest) {
    this.#exports = instance.exports;
    this.#manifest = manifest;
    this.#top = instance.exports.heap_base.value;
  }
  /** 배열을 놓습니다. values가 없으면 0으로 채웁니다. */
  array(dtype, shape, values) {
    const { memory } = this.#exports;
    const address = up(this.#top, 16);
    const size = shape.reduce((product, n) => product * n, 1);
    this.#top = address + size * VIEWS[dtype].BYTES_PER_ELEMENT;
    const short = this.#top - memory.buffer.byteLength;
    if (short > 0) memory.grow(Math.ceil(short / PAGE));
    const placed = new Placed(memory, dtype, shape, address);
    placed.view.fill(dtype === "uint64" ? 0n : 0);
    return values === undefined ? placed : placed.set(values);
  }
  /** 잠재 벡터의 행렬: 폭을 16의 배수로 올리고 남는 칸은 0으로 둡니다. */
  factors(rows, dtype = "float64", width = rows[0]?.length ?? 0) {
    return this.array(dtype, [rows.length, up(width, LANES)], rows);
  }
  /** work가 놓은 배열을 work가 끝나면 거둡니다. 되풀이해도 메모리가 늘지 않습니다. */
  scope(work) {
    const top = this.#top;
    try {
      return work(this);
    } finally {
      this.#top = top;
    }
  }
  /** 커널을 부릅니다. 인자는 파이썬의 커널과 같은 순서입니다(배열은 array로 놓은 것). */
  call(name, ...values) {
    if (this.#broken) throw new Error("멈춘 계산 커널입니다. openKernels로 다시 여십시오.");
    const flat = this.#flatten(name, values);
    const { error, memory } = this.#exports;
    try {
      return this.#exports[name](...flat);
    } catch (cause) {
      this.#broken = true; // 배열이 반쯤 고쳐졌을 수 있어 다시 쓰지 않습니다
      const number = new Int32Array(memory.buffer, error.value, 1)[0];
      const why = this.#manifest.errors[number]?.message || "계산이 메모리 밖을 건드렸습니다.";
      throw new Error(`계산 커널 ${name}: ${why}`, { cause });
    }
  }
  #flatten(name, values) {
    const described = this.#manifest.kernels[name]?.arguments;
    if (!described) throw new TypeError(`없는 계산 커널입니다: ${name}.`);
    if (described.length !== values.length) {
      throw new TypeError(
        `계산 커널 ${name}: 인자는 ${described.length}개인데 ${values.length}개를 받았습니다.`,
      );
    }
    return described.flatMap((expected, at) => {
      const value = values[at];
      if (expected.kind === "scalar") return [value];
      const fits = value instanceof Placed && value.dtype === expected.dtype;
      if (!fits || value.shape.length !== expected.ndim) {
        throw new TypeError(
          `계산 커널 ${name}: 인자 ${expected.name}에는 ${expected.dtype} ${expected.ndim}차원 배열을 주십시오.`,
        );
      }
      return [value.address, ...value.shape];
    });
  }
}

async function instantiate({ wasm, manifest }) {
  const bytes = new Uint8Array(wasm.buffer, wasm.byteOffset, wasm.byteLength);
  const { instance } = await WebAssembly.instantiate(bytes);
  return new Kernels(instance, manifest);
}

/** 커널을 엽니다. 부를 때마다 메모리가 새것입니다. */
export async function openKernels(model) {
  const shipped = model.get("_kernels");
  if (!shipped?.wasm) throw new Error("이 페이지에는 계산 커널이 실려 있지 않습니다.");
  if (typeof WebAssembly === "undefined") {
    throw new Error("이 브라우저는 WebAssembly를 쓸 수 없습니다.");
  }
  try {
    return await instantiate(shipped);
  } catch (cause) {
    if (!(cause instanceof WebAssembly.CompileError)) throw cause;
    throw new Error(
      "이 브라우저는 계산 커널(WebAssembly SIMD)을 돌릴 수 없습니다. 브라우저를 새 판으로 올려 보세요.",
      { cause },
    );
  }
}

/**
 * 오래 걸리는 일을 뒤에서 돌립니다.
 *
 * 일은 위젯의 jobs에 적은 제너레이터 `function* (K, input)`입니다. 한 걸음마다
 * `yield () => 지금의 모습`을 하고, 끝나면 결과를 return 합니다. 모습은 알릴 때가
 * 되었을 때만 만듭니다(약 33밀리초마다).
 *
 * 돌려주는 것: { done, stop() }. done은 { value } 또는 { stopped: true }로 끝납니다.
 * Worker를 쓸 수 없는 곳에서는 같은 일을 잘게 나누어 이 자리에서 돌립니다.
 */
export function runJob({ model, jobs, name, input, onProgress = () => {} }) {
  let ended = false;
  let release = () => {};
  const task = Promise.withResolvers?.() ?? withResolvers();
  function end(settle, value) {
    if (ended) return;
    ended = true;
    release();
    settle(value);
  }
  function here() {
    release();
    if (ended) return;
    const sliced = runSliced(model, jobs[name], input, onProgress);
    release = sliced.stop;
    sliced.done.then(
      (value) => end(task.resolve, { value }),
      (error) => end(task.reject, error),
    );
  }
  function report(message) {
    if (ended) return;
    if ("progress" in message) onProgress(message.progress);
    else if ("value" in message) end(task.resolve, { value: message.value });
    else if ("error" in message) end(task.reject, new Error(message.error));
  }
  release = startWorker(model, { name, input }, report, here);
  return { done: task.promise, stop: () => end(task.resolve, { stopped: true }) };
}

function withResolvers() {
  const out = {};
  out.promise = new Promise((resolve, reject) => Object.assign(out, { resolve, reject }));
  return out;
}

/** Worker를 띄웁니다. 뜨지 않으면 instead를 부릅니다. 거두는 함수를 돌려줍니다. */
function startWorker(model, job, report, instead) {
  const { wasm, manifest } = model.get("_kernels");
  const bytes = new Uint8Array(wasm.buffer, wasm.byteOffset, wasm.byteLength).slice();
  const url = URL.createObjectURL(new Blob([model.get("_esm")], { type: "text/javascript" }));
  let worker = null;
  let started = false;
  const timer = setTimeout(() => !started && instead(), PATIENCE);
  const close = () => {
    clearTimeout(timer);
    URL.revokeObjectURL(url);
    worker?.terminate();
  };
  try {
    worker = new Worker(url, { type: "module" });
    worker.onmessage = ({ data }) => {
      if (!data.ready) return report(data);
      started = true;
      clearTimeout(timer);
      worker.postMessage({ ...job, kernels: { wasm: bytes, manifest } });
    };
    worker.onerror = (event) => {
      event.preventDefault();
      if (started) report({ error: event.message || "뒤에서 돌던 계산이 멈췄습니다." });
      else instead();
    };
  } catch {
    queueMicrotask(instead);
  }
  return close;
}

/** Worker 없이: 화면이 멈추지 않게 조금씩 나누어 돌립니다. */
function runSliced(model, job, input, onProgress) {
  let stopped = false;
  async function run() {
    const steps = job(await openKernels(model), input);
    while (!stopped) {
      const pause = performance.now() + SLICE;
      let step = null;
      do {
        step = steps.next();
        if (step.done) return step.value;
      } while (performance.now() < pause);
      onProgress(step.value());
      await new Promise((resolve) => setTimeout(resolve));
    }
    return null;
  }
  return { done: run(), stop: () => (stopped = true) };
}

/** Worker 안에서: 맡은 일을 돌리고 알립니다. 페이지에서는 아무 일도 하지 않습니다. */
export function serve(widget) {
  const Scope = globalThis.DedicatedWorkerGlobalScope;
  if (!Scope || !(globalThis instanceof Scope)) return;
  globalThis.onmessage = async ({ data: { name, input, kernels } }) => {
    try {
      const steps = widget.jobs[name](await instantiate(kernels), input);
      let last = -Infinity;
      for (;;) {
        const step = steps.next();
        if (step.done) {
          postMessage({ value: step.value });
          return;
        }
        if (performance.now() - last > REPORT_EVERY) {
          postMessage({ progress: step.value() });
          last = performance.now();
        }
      }
    } catch (error) {
      postMessage({ error: error.message });
    }
  };
  postMessage({ ready: true });
}
