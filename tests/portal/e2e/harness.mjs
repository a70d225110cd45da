// The page in a browser, and the assertions of these tests.

import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { kind } from "../../browsers/browser.mjs";
import { Page } from "../page-object.mjs";

export const { PORTAL_URL, STATIC_URL, ARTIFACTS } = process.env;
for (const name of ["PORTAL_URL", "STATIC_URL", "ARTIFACTS"]) {
  if (!process.env[name]) throw new Error(`${name} must be set; the head of this file says to what`);
}

export const WIDE = { width: 1280, height: 900 };
export const NARROW = { width: 360, height: 740 };

/** Dates of the sandbox's cases; its clock is at 2026-06-01. */
export const A_MONTH = ["2026-04-01", "2026-04-30"];
export const ANOTHER_MONTH = ["2026-03-01", "2026-03-31"];
export const BEFORE_EVERYTHING = ["2001-01-01", "2001-01-31"];
export const TOO_LONG = ["2026-01-01", "2026-05-31"];

export let failures = 0;

/** Runs a test, and takes a screenshot if it fails. */
export const check = (name, work) =>
  test(name, async () => {
    try {
      await work();
    } catch (error) {
      failures += 1;
      await shot(`failed-${failures}`).catch(() => {});
      throw error;
    }
  });

export function expect(truth, why) {
  if (!truth) throw new Error(why);
}

export function same(actual, expected, what) {
  expect(
    JSON.stringify(actual) === JSON.stringify(expected),
    `${what}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`,
  );
}

await rm(ARTIFACTS, { recursive: true, force: true });
await mkdir(ARTIFACTS, { recursive: true });
export let page = await Page.open(WIDE);
console.log(`in ${await page.browser.version()}`);
if (!kind.speaksBidi) console.log(`· not in ${kind.title}, which does not report: errors before a page has loaded`);
/** After a spent quota the client sends no request for a second. */
export const awaitRetryAfterQuota = () => sleep(1100);
export const shot = (name) => page.shot(join(ARTIFACTS, `${name}.png`));

/** Replaces the browser by a new one. */
export async function restart() {
  await page.close();
  page = await Page.open(WIDE);
}
