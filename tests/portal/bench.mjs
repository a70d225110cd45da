// Measures the portal over 100 000 cases in Chromium: the fill, the first rows from the copy in the browser, typing, scrolling.
//
//     node tests/portal/bench.mjs APP [CASES]      APP is the folder of the built page; CHROME the path of Chromium
//
// Times up to the first rows are of the clock, and need a machine with nothing else to do; tasks are of processor time.

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

/** Traces the page, and returns the tasks of its main thread in milliseconds of its processor time: other work does not count. */
async function traced(page, work) {
  await page.tracing.start({ categories: ["toplevel", "devtools.timeline", "disabled-by-default-devtools.timeline"] });
  await work();
  const { traceEvents } = JSON.parse(Buffer.from(await page.tracing.stop()).toString());
  const mains = new Set(
    traceEvents.filter((one) => one.args?.name === "CrRendererMain").map(({ pid, tid }) => `${pid} ${tid}`),
  );
  const tasks = traceEvents
    .filter(({ name, tdur, pid, tid }) => /RunTask$/.test(name) && tdur > 0 && mains.has(`${pid} ${tid}`))
    .map(({ tdur }) => tdur / 1000)
    .toSorted((a, b) => b - a);
  return {
    "longest tasks, processor time": tasks.slice(0, 5).map((ms) => ms.toFixed(1)),
    "tasks over 50 ms": tasks.filter((ms) => ms > 50).length,
  };
}

try {
  const page = await browser.newPage();
  await page.setViewport({ width: 1440, height: 900 });
  await page.goto(address);
  await page.evaluate((cases) => localStorage.setItem("portal.sandbox.cases", cases), cases);
  await page.evaluate(() =>
    indexedDB.databases().then((all) => all.forEach(({ name }) => indexedDB.deleteDatabase(name))),
  );
  const start = performance.now();
  const filling = await traced(page, async () => {
    await page.goto(address);
    await page.waitForSelector('[data-sync="following"]', { timeout: FILL_MS });
  });
  const total = await page.$eval("[data-total]", (one) => Number(one.dataset.total));
  console.log("fill", { cases: total, seconds: Math.round((performance.now() - start) / 1000), ...filling });
  // What was read is saved, and the index of the text is built.
  await new Promise((done) => setTimeout(done, 5000));

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
  // The index of the titles is built after the first rows: first without it, then with it.
  for (const name of ["typing at once", "typing", "typing again"]) {
    await page.focus("#search");
    const found = await traced(page, async () => {
      for (const letter of WORDS) {
        await page.keyboard.type(letter);
        await new Promise((done) => setTimeout(done, 90));
      }
      for (const _ of WORDS) await page.keyboard.press("Backspace");
    });
    console.log(name, found);
    await new Promise((done) => setTimeout(done, 6000));
  }

  await page.mouse.move(800, 500);
  const found = await traced(page, async () => {
    for (let step = 0; step < 120; step += 1) {
      await page.mouse.wheel({ deltaY: 900 });
      await new Promise((done) => setTimeout(done, 8));
    }
  });
  console.log("scrolling", found);
} finally {
  await browser.close();
  await server.close?.();
  await rm(userDataDir, { recursive: true, force: true, maxRetries: 5 });
}
process.exit();
