// 정적인 페이지에 위젯을 세웁니다: 서버도 주피터도 네트워크도 없이, file://에서도.
//
// 페이지에 먼저 실린 스크립트가 recbook.part, recbook.widget, recbook.kernels로 글과 바이트를
// 맡깁니다. 여기서는 그것을 이어 Blob으로 읽고, anywidget과 같은 model과 el을 건넵니다.
// 그래서 JupyterLab에서 도는 모듈이 그대로 여기서도 돕니다.
(function () {
  "use strict";
  const LONGEST = 50000; // 이보다 긴 주소의 조각은 읽지 않습니다
  const WRITE_AFTER = 300; // 밀리초: 끄는 동안 주소를 고쳐 쓰지 않습니다
  const parts = new Map();
  const widgets = new Map();
  let packed = null;
  let kernels = null;

  window.recbook = {
    /** 이어 붙일 조각 하나를 맡깁니다. */
    part: (name, text) => parts.set(name, text),
    /** 위젯 하나를 이루는 조각의 이름을 차례대로 맡깁니다. */
    widget: (name, names) => widgets.set(name, names),
    /** 계산 커널을 base64로 맡깁니다. */
    kernels: (base64, manifest) => (packed = { base64, manifest }),
  };

  /** 처음 쓸 때 한 번 풉니다. 위젯마다 제 메모리를 따로 만듭니다. */
  function openPacked() {
    if (packed && !kernels) {
      const wasm = Uint8Array.from(atob(packed.base64), (letter) => letter.charCodeAt(0));
      kernels = { wasm, manifest: packed.manifest };
    }
    return kernels;
  }

  // ── 주소: #product=…&rotate=… ───────────────────────────────────
  const address = (function () {
    const watchers = new Map();
    const written = new Map();
    let timer = 0;

    function read() {
      const fragment = location.hash.slice(1);
      if (fragment.length > LONGEST) return new Map();
      const pairs = fragment.split("&").map((pair) => pair.split("="));
      return new Map(pairs.filter((pair) => pair.length === 2 && watchers.has(pair[0])));
    }
    /** 지금 상태의 주소. must의 것은 처음 그대로여도 이름을 남겨, 열면 거기로 갑니다. */
    function compose(must) {
      const now = new Map([...read(), ...written]);
      const pairs = [...now].filter(([key, text]) => text !== null || key === must);
      const fragment = pairs.map(([key, text]) => `${key}=${text ?? ""}`).join("&");
      return location.href.split("#")[0] + (fragment && `#${fragment}`);
    }
    function flush() {
      clearTimeout(timer);
      if (!written.size) return;
      try {
        history.replaceState(history.state, "", compose());
      } catch {
        // 브라우저가 잦은 고쳐 쓰기를 막으면 다음번에 함께 적습니다.
        return;
      }
      written.clear();
    }
    window.addEventListener("pagehide", flush);
    window.addEventListener("hashchange", () => {
      for (const [key, text] of read()) {
        written.delete(key); // 새로 받은 주소가 적으려던 것을 이깁니다
        for (const watcher of watchers.get(key)) watcher(text);
      }
    });
    return {
      open(key) {
        watchers.set(key, new Set());
        return {
          read: () => read().get(key) ?? null,
          write(text) {
            written.set(key, text);
            clearTimeout(timer);
            timer = setTimeout(flush, WRITE_AFTER);
          },
          share: () => compose(key),
          watch(watcher) {
            watchers.get(key).add(watcher);
            return () => watchers.get(key).delete(watcher);
          },
        };
      },
      /** 주소가 가리키는 위젯의 이름 하나. */
      target: () => read().keys().next().value,
    };
  })();

  // ── anywidget의 model과 같은 것 ─────────────────────────────────
  class Model {
    #values;
    #listeners = new Map();

    constructor(values) {
      this.#values = values;
    }
    get(name) {
      return name === "_kernels" ? openPacked() : this.#values[name];
    }
    set(name, value) {
      this.#values[name] = value;
      for (const listener of [...(this.#listeners.get(`change:${name}`) ?? [])]) listener();
    }
    on(event, listener) {
      if (!this.#listeners.has(event)) this.#listeners.set(event, new Set());
      this.#listeners.get(event).add(listener);
    }
    off(event, listener) {
      if (listener) this.#listeners.get(event)?.delete(listener);
      else this.#listeners.delete(event);
    }
    save_changes() {} // 맞출 파이썬이 없습니다
  }

  async function load(text) {
    const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
    try {
      return (await import(url)).default;
    } finally {
      URL.revokeObjectURL(url);
    }
  }

  async function raise(place, key) {
    const text = widgets
      .get(place.dataset.widget)
      .map((name) => parts.get(name))
      .join("");
    const values = JSON.parse(place.querySelector("script").textContent);
    const el = document.createElement("div");
    el.className = "rbw-place";
    el.hidden = true; // 다 서면 그림과 자리를 바꿉니다
    el.addEventListener("rb-ready", () => {
      el.hidden = false;
      place.dataset.live = "";
    });
    el.addEventListener("rb-failed", () => {
      el.hidden = false;
      delete place.dataset.live;
    });
    place.append(el);
    const model = new Model({ ...values, _esm: text, _link: address.open(key) });
    (await load(text)).render({ model, el });
  }

  /** 세우지 못하면 그림을 그대로 두고 까닭을 적습니다. */
  function explain(place, error) {
    console.warn(error);
    const note = document.createElement("p");
    note.textContent = `이 브라우저에서는 체험을 돌릴 수 없어 그림으로 보여 드립니다. (${error.message})`;
    place.append(note);
  }

  document.addEventListener("DOMContentLoaded", async () => {
    const seen = new Map();
    const places = new Map();
    for (const place of document.querySelectorAll(".rb-widget[data-widget]")) {
      const name = place.dataset.widget;
      seen.set(name, (seen.get(name) ?? 0) + 1);
      places.set(seen.get(name) > 1 ? `${name}-${seen.get(name)}` : name, place);
    }
    const raised = [...places].map(([key, place]) =>
      raise(place, key).catch((error) => explain(place, error)),
    );
    await Promise.all(raised);
    places.get(address.target())?.scrollIntoView();
  });
})();
