// The browser, the site and the assertions of these tests.

import process from "node:process";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Browser } from "../browser.mjs";
import { POLICY, Site } from "../site.mjs";

const { PACKAGE } = process.env;
if (!PACKAGE) throw new Error("PACKAGE must be set; the head of this file says to what");

const SIZE = { width: 800, height: 600 };
export const MODULE = "/a/wasm/page.wasm";
export const BULK = "/a/wasm/bulk.wasm";
export const CHUNK = "/a/bulk/index.js";
export const TEXTS = "/a/generated/error-rows.js";
const ALL = (path) => path.endsWith(".wasm");
export const IDS = ["612345678", "612345679"];

export const site = await Site.serve(PACKAGE, ["a", "b"]);
export let browser = await Browser.start(SIZE);
console.log(`in ${await browser.version()}, under ${POLICY}`);

/** Runs in the page. */
export const run = (work, ...args) => browser.run(work, ...args);

/** Runs a test in its own page, on a site without faults. */
export const check = (name, work) =>
  test(name, async () => {
    Object.assign(site, {
      policy: POLICY,
      fault: "",
      hasInlined: false,
      delayMs: 0,
      requestedModules: [],
      requestedFiles: [],
      affects: ALL,
      replaced: undefined,
    });
    await browser.goto(site.address);
    await until(() => typeof window.requestSummary === "function");
    await work();
  });

/** Waits for a condition in the page. */
export async function until(condition) {
  const end = Date.now() + 10_000;
  while (!(await run(condition))) {
    if (Date.now() > end) throw new Error(`timed out waiting for ${condition}`);
  }
}

/** Waits until the page has requested a module. */
export async function moduleRequested() {
  const end = Date.now() + 10_000;
  while (site.requestedModules.length === 0) {
    if (Date.now() > end) throw new Error("no module was requested");
    await sleep(5);
  }
}

export function same(actual, expected, what) {
  const [one, other] = [actual, expected].map((value) => JSON.stringify(value));
  if (one !== other) throw new Error(`${what}: expected ${other}, got ${one}`);
}

/** Asserts an error's kind, code and retryability, and words of its message, advice and hint. */
export function isError(error, [kindOf, code, retryable], ...words) {
  same([error.kind, error.code, error.retryable], [kindOf, code, retryable], JSON.stringify(error));
  for (const word of words) {
    if (!`${error.message} ${error.advice} ${error.hint}`.includes(word))
      throw new Error(`"${error.message}" "${error.advice}" "${error.hint}" lack "${word}"`);
  }
}

export const NOT_LOADED = ["invalid_request", "NOT_LOADED", false];
export const LOAD_FAILED = ["network", "LOAD_FAILED", true];
export const INACTIVE_TEXTS = ["is not approved or has been disabled", "have the application's key activated"];
export const INACTIVE = ["permission", "Account Inactive", false];
export const VERSION_MISMATCH = ["unavailable", "VERSION_MISMATCH", false];
export const NO_SIMD = ["unavailable", "NO_SIMD", false];
export const NO_WASM = ["unavailable", "NO_WASM", false];

/** Asserts that at most `most` milliseconds have passed. */
export function withinMs(start, most) {
  const ms = Date.now() - start;
  if (ms > most) throw new Error(`that took ${ms} ms`);
}

/** Restarts the browser with a preference. */
export async function restart(preference) {
  await browser.quit();
  browser = await Browser.start({ ...SIZE, ...preference });
}

export async function stop() {
  await browser.quit();
  site.close();
}
