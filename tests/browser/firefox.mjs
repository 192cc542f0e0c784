// Firefox에서 책의 위젯을 만져 봅니다. 표준 입력으로 할 일을 받고, 본 것을 JSON으로 적습니다.
// Playwright는 데비안의 Firefox를 몰지 못해서 puppeteer-core(WebDriver BiDi)를 씁니다.

import { createRequire } from "node:module";
import { text } from "node:stream/consumers";
import { pathToFileURL } from "node:url";

const { executable, modules, pages } = JSON.parse(await text(process.stdin));
const found = createRequire(modules).resolve("puppeteer-core");
const { default: puppeteer } = await import(pathToFileURL(found).href);

// 프록시를 닫힌 포트로 돌려 네트워크를 끊습니다. file://은 그대로 열립니다.
const OFFLINE = {
  "network.proxy.type": 1,
  "network.proxy.http": "127.0.0.1",
  "network.proxy.http_port": 9,
  "network.proxy.ssl": "127.0.0.1",
  "network.proxy.ssl_port": 9,
  "network.proxy.allow_hijacking_localhost": true,
};
const CHILDREN = { mfrac: 2, mover: 2, mroot: 2, msub: 2, msubsup: 3, msup: 2, munder: 2, munderover: 3 };
const WRITTEN = 600; // 밀리초: 주소에 상태가 적히기까지

const firefox = await puppeteer.launch({
  browser: "firefox",
  executablePath: executable,
  headless: true,
  extraPrefsFirefox: OFFLINE,
});

const pause = (time) => new Promise((resolve) => setTimeout(resolve, time));
const visible = (selector) => (root) => root.$$(`${selector}:not([disabled])`);

async function named(section, name) {
  for (const button of await visible("button")(section)) {
    const found = await button.evaluate(
      (one, words) => one.textContent.trim() === words && one.checkVisibility({ visibilityProperty: true }),
      name,
    );
    if (found) return button;
  }
  return null;
}

/** 확인 문제: 첫 보기를 고르거나 1을 적고, 답장의 글자 수를 봅니다. */
async function answer(page, place) {
  for (const box of await place.$$('input[type="text"], input:not([type])')) {
    await box.focus();
    await page.keyboard.type("1");
  }
  await (await place.$('input[type="radio"], input[type="checkbox"]'))?.click();
  await (await named(place, "확인")).click();
  return place.$eval(".rbw-quiz-reply", (one) => one.textContent.length);
}

/** 위젯 하나를 마우스와 키보드로 움직이고 처음으로 되돌립니다. */
async function touch(page, place) {
  const name = await place.evaluate((one) => one.dataset.widget);
  const section = await place.$("section.rbw");
  const state = async () => {
    await pause(WRITTEN);
    return page.evaluate((key) => new RegExp(`[#&]${key}=[^&]+`).exec(location.hash)?.[0] ?? "", name);
  };
  await (await named(section, "예상하지 않고 보기"))?.click();
  await section.$$eval("details", (all) => all.forEach((one) => { one.open = true; }));
  const opened = await state();
  await (await named(section, "▲"))?.click();
  const clicked = await state();
  const handle = await section.$('.rbw-controls input[type="range"], [role="spinbutton"], [role="slider"], input[type="range"]');
  if (handle) {
    await handle.evaluate((one) => one.focus()); // SVG의 손잡이일 수도 있습니다
    await page.keyboard.press("ArrowUp");
  }
  const typed = await state();
  await (await named(section, "처음으로")).click();
  return { name, opened, clicked, typed, reset: await state() };
}

const report = { version: await firefox.version(), pages: [] };
for (const { url, width } of pages) {
  const page = await firefox.newPage();
  const faults = [];
  page.on("pageerror", (error) => faults.push(error.message));
  page.on("console", (message) => {
    // 느린 기계에서는 받다 만 수식을 그리며 이렇게 말합니다. 다 받은 수식은 아래에서 셉니다.
    if (message.text().includes("Incorrect number of children")) return;
    if (["error", "warn"].includes(message.type())) faults.push(`${message.type()}: ${message.text()}`);
  });
  await page.setViewport({ width, height: 900 });
  await page.goto(url);
  await page.waitForFunction(
    () => [...document.querySelectorAll(".rb-widget")].every((one) => "live" in one.dataset),
    { timeout: 20000 },
  );
  const broken = await page.evaluate((children) =>
    Object.entries(children).flatMap(([name, count]) =>
      [...document.querySelectorAll(name)].filter((one) => one.children.length !== count).map((one) => one.outerHTML)), CHILDREN);
  faults.push(...broken);
  const widgets = [];
  const replies = [];
  for (const place of await page.$$(".rb-widget")) {
    const quiz = (await place.evaluate((one) => one.dataset.widget)) === "quiz";
    if (quiz) replies.push(await answer(page, place));
    else widgets.push(await touch(page, place));
  }
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  report.pages.push({ url, faults, widgets, replies, overflow });
  await page.close();
}
await firefox.close();
console.log(JSON.stringify(report));
