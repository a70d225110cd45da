// Opens a page in headless Chromium, and reads the report that it leaves and what it asked for.

import puppeteer from "puppeteer-core";

/** The browser, started when it is first needed. */
export class Browser {
  #browser;

  /** A page's report. What is `blocked`, by its address, does not come. */
  async open(address, { seconds, blocked, selector = "#report", parse = JSON.parse }) {
    this.#browser ??= puppeteer.launch({
      executablePath: process.env.CHROME,
      args: (process.env.CHROME_OPTIONS ?? "").split(" ").filter(Boolean),
    });
    // Nothing that an earlier page has kept.
    const context = await (await this.#browser).createBrowserContext();
    const page = await context.newPage();
    const said = [];
    const asked = [];
    page.on("request", (request) => asked.push(new URL(request.url()).pathname));
    if (blocked) {
      await page.setRequestInterception(true);
      page.on("request", (request) => (blocked.test(request.url()) ? request.abort() : request.continue()));
    }
    page.on("console", (message) => said.push(message.text()));
    page.on("pageerror", (error) => said.push(String(error)));
    try {
      await page.goto(address, { waitUntil: "load", timeout: seconds * 1000 });
      const element = await page.waitForSelector(selector, { timeout: seconds * 1000 });
      return { report: parse(await element.evaluate((it) => it.textContent)), asked };
    } catch (error) {
      throw new Error(`${address}: ${error.message}\n${said.join("\n")}`);
    } finally {
      await context.close();
    }
  }

  /** The text of the first element that matches, once there is one. */
  async text(address, selector) {
    const { report } = await this.open(address, { seconds: 30, selector, parse: String });
    return report;
  }

  async close() {
    await (await this.#browser)?.close();
  }
}
