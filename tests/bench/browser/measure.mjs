// Measures in an installed browser: bundles the page, serves it, opens it, and returns its results.

import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { serve } from "./site.mjs";

/** Longer than any measurement. */
const MINUTES = 10;

/** Loads puppeteer-core, which is among the tools of the tests, one folder up. */
export async function puppeteer() {
  const tools = createRequire(new URL("../../package.json", import.meta.url));
  return (await import(pathToFileURL(tools.resolve("puppeteer-core")).href)).default;
}

/** Bundles a module of the benchmarks for a page, except for the packages. The path is relative to this file. */
export async function bundled(path) {
  const entryPoints = [fileURLToPath(new URL(path, import.meta.url))];
  const options = { bundle: true, format: "esm", target: "esnext", write: false, logLevel: "error" };
  const { outputFiles } = await build({ ...options, entryPoints, external: ["/pkg/*", "/baseline/*"] });
  return outputFiles[0].text;
}

/**
 * Runs `decode/in-page.mjs` in a browser; returns its version and results. `launch` is `{ browser, executablePath, args
 * }`.
 */
export async function measureIn(launch, pkg, say) {
  const site = await serve(await bundled("../decode/in-page.mjs"), { pkg });
  const browser = await (await puppeteer()).launch({ ...launch, protocolTimeout: MINUTES * 60_000 });
  try {
    const version = await browser.version();
    const page = await browser.newPage();
    page.on("console", (message) => say(message.text()));
    await open(page, site.address);
    await page.evaluate(() => globalThis.prove());
    await open(page, site.address);
    return { version, ...(await page.evaluate((name) => globalThis.measure(name), launch.browser)) };
  } finally {
    await browser.close();
    site.close();
  }
}

/** Runs `call/in-page.mjs` in a browser; returns its version and results. */
export async function measureCallsIn(launch, pkg, baseline) {
  const site = await serve(await bundled("../call/in-page.mjs"), { pkg, ...(baseline && { baseline }) });
  const browser = await (await puppeteer()).launch({ ...launch, protocolTimeout: MINUTES * 60_000 });
  try {
    const page = await browser.newPage();
    await open(page, site.address);
    const found = await page.evaluate((...args) => globalThis.measureCalls(...args), launch.browser, Boolean(baseline));
    return { version: await browser.version(), ...found };
  } finally {
    await browser.close();
    site.close();
  }
}

/** Opens the site in a page. Throws if the page is not isolated. */
export async function open(page, address) {
  await page.goto(address, { waitUntil: "load" });
  const isolated = await page.evaluate(() => globalThis.crossOriginIsolated);
  if (!isolated) throw new Error("the page is not isolated: its clock is too coarse to measure by");
}
