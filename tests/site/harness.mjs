// Pages of the built site in headless Chromium.
//
//   SITE                    the folder of the site
//   SITE_TOOLS              the manifest of the site's npm packages
//   CHROME, CHROME_OPTIONS  the browser and its start options

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import puppeteer from "puppeteer-core";

export { serveSite } from "./site-server.mjs";

const AXE = readFileSync(createRequire(process.env.SITE_TOOLS).resolve("axe-core/axe.min.js"), "utf8");

export const launch = () =>
  puppeteer.launch({
    executablePath: process.env.CHROME,
    args: (process.env.CHROME_OPTIONS ?? "").split(" ").filter(Boolean),
  });

/** A page that collects its errors: of the console, of scripts, of requests and violations of the policy. */
export async function openPage(browser, { width = 1280, height = 900, scheme = "light" } = {}) {
  const page = await browser.newPage();
  await page.setViewport({ width, height });
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
  page.complaints = [];
  page.loaded = [];
  page.on("console", (message) => {
    if (["error", "warn"].includes(message.type())) page.complaints.push(message.text());
  });
  page.on("pageerror", (error) => page.complaints.push(String(error)));
  page.on("requestfailed", (request) => page.complaints.push(`${request.url()}: ${request.failure()?.errorText}`));
  page.on("response", (response) => page.loaded.push({ url: response.url(), status: response.status() }));
  return page;
}

/** The accessibility problems of a page, or of the element of a selector: rule, and the elements that break it. */
export async function problemsOf(page, selector = "html") {
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(AXE);
  const { violations } = await page.evaluate(
    (within) => window.axe.run(within, { resultTypes: ["violations"] }),
    selector,
  );
  return violations.map(
    ({ id, nodes }) =>
      `${id}: ${nodes
        .slice(0, 3)
        .map(({ html }) => html.slice(0, 160))
        .join(" | ")}`,
  );
}
