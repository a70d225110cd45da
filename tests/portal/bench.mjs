// Measures the portal over 100 000 cases in Chromium: the fill, the first rows from the copy in the browser, typing, scrolling.
//
//     node tests/portal/bench.mjs APP [CASES]      APP is the folder of the built page; CHROME the path of Chromium
//
// Times are of the page's own marks and of its frames, in milliseconds: those of this machine, which must have nothing else to do.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import puppeteer from "puppeteer-core";
import { serve } from "../static-server.mjs";

const [app, cases = "100000"] = process.argv.slice(2);
const { CHROME = "/usr/bin/chromium" } = process.env;
const FILL_MS = 15 * 60_000;
const WORDS = "peer-link down suspends all ports";

const server = await serve({ "/": app });
const address = `http://127.0.0.1:${server.port}/`;
const userDataDir = await mkdtemp(join(tmpdir(), "portal-bench-"));
const browser = await puppeteer.launch({
  executablePath: CHROME,
  userDataDir,
  args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"],
  protocolTimeout: FILL_MS,
});

const quantile = (values, part) => values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) * part)];
const summary = (frames) => ({
  frames: frames.length,
  median: Math.round(quantile(frames, 0.5)),
  p95: Math.round(quantile(frames, 0.95)),
  longest: Math.round(Math.max(...frames)),
  over50: frames.filter((ms) => ms > 50).length,
});

/** Records the lengths of frames, and the tasks above 50 ms, until `stop` is called in the page. */
const record = (page) =>
  page.evaluate(() => {
    window.frames_ = [];
    window.tasks_ = [];
    window.observer_ = new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) window.tasks_.push(duration);
    });
    window.observer_.observe({ type: "longtask" });
    let last = performance.now();
    const step = () => {
      const now = performance.now();
      window.frames_.push(now - last);
      last = now;
      window.running_ = requestAnimationFrame(step);
    };
    window.running_ = requestAnimationFrame(step);
  });
const stop = (page) =>
  page.evaluate(() => {
    cancelAnimationFrame(window.running_);
    window.observer_.disconnect();
    return { frames: window.frames_, tasks: window.tasks_ };
  });

try {
  const page = await browser.newPage();
  await page.setViewport({ width: 1440, height: 900 });
  await page.goto(address);
  await page.evaluate((cases) => localStorage.setItem("portal.sandbox.cases", cases), cases);
  await page.evaluate(() =>
    indexedDB.databases().then((all) => all.forEach(({ name }) => indexedDB.deleteDatabase(name))),
  );
  const start = performance.now();
  await page.goto(address);
  await page.waitForSelector('[data-sync="following"]', { timeout: FILL_MS });
  const total = await page.$eval("[data-total]", (one) => Number(one.dataset.total));
  console.log("fill", { cases: total, seconds: Math.round((performance.now() - start) / 1000) });
  // What was read is saved, and the index of the text is built.
  await new Promise((done) => setTimeout(done, 8000));

  for (let round = 0; round < 3; round += 1) {
    await page.goto(address);
    await page.waitForSelector(".row[data-case]");
    const rows = await page.evaluate(() => performance.now());
    const marks = await page.evaluate(() =>
      Object.fromEntries(
        performance
          .getEntriesByType("mark")
          .filter(({ name }) => name.startsWith("portal:"))
          .map((m) => [m.name, Math.round(m.startTime)]),
      ),
    );
    console.log("first rows from the copy", { upTo: Math.round(rows), ...marks });
  }
  await new Promise((done) => setTimeout(done, 6000));

  for (let round = 0; round < 3; round += 1) {
    await page.focus("#search");
    await record(page);
    for (const letter of WORDS) {
      await page.keyboard.type(letter);
      await new Promise((done) => setTimeout(done, 90));
    }
    for (const _ of WORDS) await page.keyboard.press("Backspace");
    const { frames, tasks } = await stop(page);
    console.log("typing", summary(frames), "tasks over 50 ms:", tasks.map(Math.round).join() || "none");
  }

  await page.focus("[data-list-focus]");
  await page.mouse.move(800, 500);
  await record(page);
  for (let step = 0; step < 120; step += 1) {
    await page.mouse.wheel({ deltaY: 900 });
    await new Promise((done) => setTimeout(done, 8));
  }
  const { frames, tasks } = await stop(page);
  console.log("scrolling", summary(frames), "tasks over 50 ms:", tasks.map(Math.round).join() || "none");
} finally {
  await browser.close();
  await server.close?.();
  await rm(userDataDir, { recursive: true, force: true, maxRetries: 5 });
}
process.exit();
