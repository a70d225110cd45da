// The built portal below a path of a static host, with a sandbox in its page, in headless Chromium.
//
//   APP                     the folder of the built portal
//   CHROME, CHROME_OPTIONS  the browser and its start options
//   ARTIFACTS               a folder for screenshots
//   NOW                     the instant at which the tests begin, by the clock of the pages [default: one and the same]

import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import process from "node:process";
import puppeteer from "puppeteer-core";
import { serve } from "../../static-server.mjs";

export const { APP } = process.env;
const { CHROME, CHROME_OPTIONS = "", ARTIFACTS, NOW = "2026-11-18T09:30:00Z" } = process.env;
for (const name of ["APP", "CHROME", "ARTIFACTS"]) {
  if (!process.env[name]) throw new Error(`${name} must be set; the head of this file says to what`);
}
mkdirSync(ARTIFACTS, { recursive: true });

const BASE = "/portal/";
const AXE = readFileSync(
  createRequire(new URL("../../../www/portal/package.json", import.meta.url)).resolve("axe-core/axe.min.js"),
  "utf8",
);
/** Rules of best practice beyond WCAG that an application may break. */
const AXE_OPTIONS = { resultTypes: ["violations"], runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] };

/** The time by which the clock of the pages is ahead of this machine's: the cases depend on the instant of the first visit. */
const AHEAD_MS = Date.parse(NOW) - Date.now();
/** The sandbox's clock stands, so that cases change by `changeCases` only. */
const HISTORY = { startMs: Date.parse(NOW) - 36 * 3_600_000, advancedMs: 0, standsAtMs: Date.parse(NOW) };

const server = await serve({ [BASE]: APP });
const browser = await puppeteer.launch({ executablePath: CHROME, args: CHROME_OPTIONS.split(" ").filter(Boolean) });

/** The address of the portal. */
export const ADDRESS = `http://127.0.0.1:${server.port}${BASE}`;

/** Everything that went wrong in any page. */
export const complaints = [];

export const WIDE = { width: 1280, height: 900 };

/** Opens pages that share a storage of their own, as the tabs of one browser. */
export async function openProfile() {
  const context = await browser.createBrowserContext();
  return {
    context,
    open: async (options) => openPage(await context.newPage(), options),
    close: () => context.close(),
  };
}

async function openPage(page, { width = WIDE.width, height = WIDE.height, features = [] } = {}) {
  await page.setViewport({ width, height });
  await page.evaluateOnNewDocument(setClocks, AHEAD_MS, JSON.stringify(HISTORY));
  await page.emulateMediaFeatures([{ name: "prefers-reduced-motion", value: "reduce" }, ...features]);
  page.on("console", (message) => {
    // The browser looks for it when a file that names no icon is shown by itself.
    if (message.location().url?.endsWith("/favicon.ico")) return;
    if (["error", "warn"].includes(message.type())) complaints.push(`${page.url()}: ${message.text()}`);
  });
  page.on("pageerror", (error) => complaints.push(`${page.url()}: ${error.stack ?? error}`));
  return page;
}

/** Shifts the clock of a page, and sets that of its sandbox at the first visit. */
function setClocks(ms, history) {
  localStorage.getItem("portal.sandbox.clock.5000") ?? localStorage.setItem("portal.sandbox.clock.5000", history);
  const Real = Date;
  globalThis.Date = class extends Real {
    constructor(...args) {
      super(...(args.length > 0 ? args : [Real.now() + ms]));
    }
    static now() {
      return Real.now() + ms;
    }
  };
}

/** Opens an address, and waits until every case is there. */
export async function go(page, address = "") {
  await page.goto(ADDRESS + address);
  await filled(page);
}

/** Waits until the first fill is complete. */
export const filled = (page) => page.waitForSelector(".sync-ok, .sync-idle", { timeout: 60_000 });

/** Waits until a function gives something in the page, and returns it; also in a tab that is not in front. */
export async function waitFor(page, read, ...args) {
  const handle = await page.waitForFunction(read, { timeout: 30_000, polling: 100 }, ...args);
  const value = await handle.jsonValue();
  await handle.dispose();
  return value;
}

/**
 * Waits until what the browser has saved of the reader fulfils a condition, and returns it; `undefined` if nothing is saved. A page
 * that is left in the moment of an action may not have saved it.
 */
export async function savedReader(page, condition = () => true) {
  for (const end = Date.now() + 30_000; ; ) {
    const saved = await page.evaluate(
      () =>
        new Promise((done, fail) => {
          const opening = indexedDB.open("support-cases-readers");
          opening.onerror = () => fail(opening.error);
          opening.onsuccess = () => {
            const reading = opening.result.transaction("readers").objectStore("readers").getAll();
            reading.onsuccess = () => {
              opening.result.close();
              done(reading.result[0]);
            };
          };
        }),
    );
    if (condition(saved)) return saved;
    if (Date.now() > end) throw new Error(`timed out waiting for ${condition}; saved is ${JSON.stringify(saved)}`);
  }
}

export const text = (page, selector) => page.$eval(selector, (element) => element.textContent.trim());

/** Clicks the element of a selector by its own method: as the keyboard does, without a place on the screen. */
export const press = (page, selector) => page.$eval(selector, (element) => element.click());

/** Clicks the button with a name. */
export const pressButton = (page, name) =>
  page.evaluate((wanted) => {
    const found = [...document.querySelectorAll("button")].find(
      (one) => one.checkVisibility() && (one.getAttribute("aria-label") ?? one.textContent.trim()) === wanted,
    );
    if (!found) throw new Error(`there is no button ${wanted}`);
    found.click();
  }, name);

/** Lets an hour pass in the sandbox, and reads the changes. */
export async function changeCases(page) {
  await pressButton(page, "Settings");
  await page.waitForSelector("details.developer");
  await page.$eval("details.developer", (details) => {
    details.open = true;
  });
  await pressButton(page, "An hour passes");
  await waitFor(page, () => document.querySelector("#fault")?.ariaBusy === "false");
  await pressButton(page, "Read changes now");
  await pressButton(page, "Close");
}

/** The accessibility problems of a page: rule, and the elements that break it. */
export async function problemsOf(page) {
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(AXE);
  const { violations } = await page.evaluate((options) => window.axe.run(document, options), AXE_OPTIONS);
  return violations.map(
    ({ id, nodes }) =>
      `${id}: ${nodes
        .slice(0, 3)
        .map(({ html, any }) => `${html.slice(0, 160)} (${any[0]?.message ?? ""})`)
        .join(" | ")}`,
  );
}

/** Whether a page scrolls sideways, and the first element that is too wide. */
export const overflowOf = (page) =>
  page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return null;
    const wide = [...document.body.querySelectorAll("*")].find(
      (one) => one.getBoundingClientRect().right > clientWidth + 1,
    );
    return `${scrollWidth} > ${clientWidth}: ${wide?.outerHTML.slice(0, 200)}`;
  });

export const shot = (page, name, options = {}) => page.screenshot({ path: join(ARTIFACTS, `${name}.png`), ...options });

export async function closeAll() {
  await browser.close();
  await server.close();
}
