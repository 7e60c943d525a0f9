// A real Chromium, told line by line what to do: JSON in, JSON out. One browser, a new context for each page.
"use strict";
const readline = require("node:readline");
const { chromium } = require(`${process.argv[2]}/playwright-core`);

const FLAGS = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync", "--force-color-profile=srgb"];

(async () => {
  const browser = await chromium.launch({
    executablePath: process.argv[3], chromiumSandbox: false, args: process.getuid?.() === 0 ? [...FLAGS, "--no-sandbox"] : FLAGS,
  });
  let context, page, seen;
  const acts = {
    open: async ({ url, width = 1280, height = 720, scale = 1, options = {} }) => {
      await context?.close();
      const { clock, ...more } = options;
      context = await browser.newContext({ viewport: { width, height }, deviceScaleFactor: scale, ...more });
      page = await context.newPage();
      if (clock) await page.clock.install();
      seen = { requests: [], console: [], errors: [] };
      page.on("request", (request) => { if (!request.url().startsWith("data:")) seen.requests.push(request.url()); });
      page.on("console", (message) => seen.console.push(message.text()));
      page.on("pageerror", (error) => seen.errors.push(String(error)));
      const answer = await page.goto(url, { waitUntil: "load" });
      return { status: answer.status(), headers: answer.headers() };
    },
    reload: async () => page.reload().then((answer) => answer.status(), (error) => String(error)),
    seen: async () => seen,
    press: async ({ keys }) => { for (const key of keys) await page.keyboard.press(key); },
    hold: async ({ key, times }) => { for (let at = 0; at < times; at++) await page.keyboard.down(key); await page.keyboard.up(key); },
    click: async ({ selector, count = 1 }) => page.click(selector, { clickCount: count }),
    wheel: async ({ x, y, by }) => { await page.mouse.move(x, y); await page.mouse.wheel(0, by); },
    drag: async ({ from, to }) => {
      await page.mouse.move(...from);
      await page.mouse.down();
      await page.mouse.move(...to, { steps: 4 });
      await page.mouse.up();
    },
    eval: async ({ code }) => page.evaluate(code),
    wait: async ({ milliseconds }) => page.waitForTimeout(milliseconds),
    tick: async ({ milliseconds }) => page.clock.runFor(milliseconds),
    shot: async () => (await page.screenshot()).toString("base64"),
  };
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const { act, ...rest } = JSON.parse(line);
    let answer;
    try {
      answer = { value: (await acts[act](rest)) ?? null };
    } catch (error) {
      answer = { error: String(error) };
    }
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  }
  await browser.close();
})();
