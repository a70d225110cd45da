// Measures the store in an installed browser, with a page for each part and number of cases.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundled, open, puppeteer } from "../browser/measure.mjs";
import { serve } from "../browser/site.mjs";
import { merged, PARTS } from "./suite.mjs";

/** Longer than any measurement. */
const MINUTES = 30;

/** Runs `in-page.mjs` with each number of cases; returns the browser's version and the results. */
export async function measureStoreIn(launch, pkg, numbers) {
  const modules = fileURLToPath(new URL("../node_modules", import.meta.url));
  const site = await serve(await bundled("../store/in-page.mjs"), { pkg, modules });
  const browser = await (await puppeteer()).launch({ ...launch, protocolTimeout: MINUTES * 60_000 });
  try {
    const found = [];
    const hasStore = existsSync(join(pkg, "store.js"));
    for (const cases of numbers) {
      const parts = [];
      for (const part of Object.keys(PARTS)) {
        const page = await browser.newPage();
        page.on("console", (message) => process.env.BENCH_VERBOSE && console.error(message.text()));
        await open(page, site.address);
        parts.push(await page.evaluate((...args) => globalThis.measureStore(...args), part, cases, hasStore));
        await page.close();
      }
      found.push(merged(parts));
    }
    return { version: await browser.version(), found };
  } finally {
    await browser.close();
    site.close();
  }
}
