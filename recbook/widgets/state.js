// 위젯의 상태: 형식을 검사하고, 파이썬과 맞추고, 주소(#이름=…)에 싣습니다.
// 상태의 형식은 파이썬 클래스가 JSON Schema로 한 번만 적습니다. 여기 온 값은 무엇이든
// 그 형식에 맞을 때만 씁니다: 주소에서 온 값은 아무도 보증하지 않습니다.

const LONGEST_LINK = 8000; // 주소 한 조각의 글자 수

const TYPES = {
  null: (value) => value === null,
  boolean: (value) => typeof value === "boolean",
  integer: (value) => Number.isInteger(value),
  number: (value) => Number.isFinite(value),
  string: (value) => typeof value === "string",
  array: (value) => Array.isArray(value),
  object: (value) => typeof value === "object" && value !== null && !Array.isArray(value),
};

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

/** 값이 형식에 맞는지. 쓰는 낱말은 recbook/widgets/_schema.py와 같습니다. */
export function conforms(value, schema) {
  if (schema.anyOf) return schema.anyOf.some((one) => conforms(value, one));
  if (schema.enum) return schema.enum.some((one) => same(one, value));
  if (!TYPES[schema.type](value)) return false;
  switch (schema.type) {
    case "integer":
    case "number":
      return !(value < schema.minimum) && !(value > schema.maximum);
    case "string":
      return value.length <= schema.maxLength;
    case "array":
      return (
        !(value.length < schema.minItems) &&
        !(value.length > schema.maxItems) &&
        value.every((item) => conforms(item, schema.items))
      );
    case "object": {
      const names = Object.keys(schema.properties);
      return (
        Object.keys(value).length === names.length &&
        names.every(
          (name) => Object.hasOwn(value, name) && conforms(value[name], schema.properties[name]),
        )
      );
    }
    default:
      return true;
  }
}

/** 처음과 달라진 것만 주소에 실을 글자로. 처음 그대로면 null. */
export function pack(state, start) {
  const changed = Object.keys(start).filter((name) => !same(state[name], start[name]));
  if (!changed.length) return null;
  const text = JSON.stringify(Object.fromEntries(changed.map((name) => [name, state[name]])));
  const bytes = new TextEncoder().encode(text);
  const base64 = btoa(String.fromCharCode(...bytes));
  return base64.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** 주소의 글자를 상태로. 길거나 깨졌거나 형식에 어긋나면 null. */
export function unpack(text, schema, start) {
  if (typeof text !== "string" || text.length > LONGEST_LINK) return null;
  try {
    const raw = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(raw, (letter) => letter.charCodeAt(0));
    const given = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    if (!TYPES.object(given)) return null;
    if (!Object.keys(given).every((name) => Object.hasOwn(start, name))) return null;
    const state = { ...start, ...given };
    return conforms(state, schema) ? state : null;
  } catch {
    return null;
  }
}

/**
 * 상태 한 벌. 파이썬(또는 정적 페이지의 model)과 주소를 함께 맞춥니다.
 * get(), set(patch), reset(), subscribe(fn), close().
 */
export function openStore(model) {
  const schema = model.get("_schema");
  const start = model.get("_start");
  const link = model.get("_link"); // 정적 페이지에만 있습니다
  const listeners = new Set();
  const first = model.get("state");
  let state = unpack(link?.read(), schema, start) ?? (conforms(first, schema) ? first : start);

  function adopt(next) {
    const before = state;
    state = next;
    for (const listener of [...listeners]) listener(state, before);
  }
  function commit(next) {
    if (same(next, state)) return;
    if (!conforms(next, schema)) throw new RangeError("위젯의 상태가 정한 형식에 맞지 않습니다.");
    adopt(next);
    model.set("state", next);
    model.save_changes();
    link?.write(pack(next, start));
  }
  function follow() {
    const next = model.get("state");
    if (!same(next, state) && conforms(next, schema)) adopt(next);
  }
  if (!same(state, first)) model.set("state", state);
  model.on("change:state", follow);
  const unwatch = link?.watch((text) => {
    const next = unpack(text, schema, start);
    if (next && !same(next, state)) adopt(next);
  });
  return {
    get: () => state,
    set: (patch) => commit({ ...state, ...patch }),
    reset: () => commit(start),
    /** 바뀔 때마다 listener(지금, 앞의 것)를 부릅니다. 그만두는 함수를 돌려줍니다. */
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close() {
      listeners.clear();
      model.off("change:state", follow);
      unwatch?.();
    },
    link,
  };
}
