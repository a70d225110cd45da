// Opens a page in headless Chromium, and reads its report and its requests.

import puppeteer from "puppeteer-core";

/** The browser, started on first use. */
export class Browser {
  #browser;

  /** Returns a page's report. Requests whose address matches `blocked` fail. */
  async open(address, { seconds, blocked, selector = "#report", parse = JSON.parse }) {
    this.#browser ??= puppeteer.launch({
      executablePath: process.env.CHROME,
      args: (process.env.CHROME_OPTIONS ?? "").split(" ").filter(Boolean),
    });
    // Without anything cached by an earlier page.
    const context = await (await this.#browser).createBrowserContext();
    const page = await context.newPage();
    const messages = [];
    const requested = [];
    page.on("request", (request) => requested.push(new URL(request.url()).pathname));
    if (blocked) {
      await page.setRequestInterception(true);
      page.on("request", (request) => (blocked.test(request.url()) ? request.abort() : request.continue()));
    }
    page.on("console", (message) => messages.push(message.text()));
    page.on("pageerror", (error) => messages.push(String(error)));
    try {
      await page.goto(address, { waitUntil: "load", timeout: seconds * 1000 });
      const element = await page.waitForSelector(selector, { timeout: seconds * 1000 });
      return { report: parse(await element.evaluate((it) => it.textContent)), requested };
    } catch (error) {
      throw new Error(`${address}: ${error.message}\n${messages.join("\n")}`);
    } finally {
      await context.close();
    }
  }

  /** Returns the text of the first matching element, once it exists. */
  async text(address, selector) {
    const { report } = await this.open(address, { seconds: 30, selector, parse: String });
    return report;
  }

  async close() {
    await (await this.#browser)?.close();
  }
}
