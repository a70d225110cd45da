// Page object of the portal: its visible state and its actions.

import { Key } from "selenium-webdriver";
import { Browser } from "../browsers/browser.mjs";

const TIMEOUT_MS = 10_000;

export class Page {
  /** The records of earlier browsers. */
  #records = { complaints: [], breaches: [], hosts: [] };

  static async open(size) {
    const page = new Page();
    page.size = size;
    page.browser = await Browser.start(size);
    return page;
  }

  async close() {
    await this.browser.quit();
  }

  /** Returns the errors, the violations of the policy and the requested hosts so far. */
  async records() {
    await this.browser.gather();
    const { complaints, breaches, hosts } = this.browser;
    // Browsers log every error response and every cancelled request; the page itself shows them.
    const isKnown = ({ text, url }) => REFUSED_OR_CALLED_OFF.test(text) && mayRefuse(url);
    const others = complaints.filter((one) => !isKnown(one)).map(({ text, url }) => `${text} ${url}`.trim());
    return {
      complaints: [...this.#records.complaints, ...others],
      breaches: [...this.#records.breaches, ...breaches],
      hosts: [...new Set([...this.#records.hosts, ...hosts])],
    };
  }

  async goto(url) {
    this.address = url;
    await this.browser.goto(url);
  }

  /** Runs a function in the page. */
  read(work, ...args) {
    return this.browser.run(work, ...args);
  }

  /** Waits for a condition. */
  async until(condition, ...args) {
    const end = Date.now() + TIMEOUT_MS;
    while (!(await this.read(condition, ...args))) {
      if (Date.now() > end) throw new Error(`timed out waiting for ${condition}`);
      await this.read(() => new Promise((resume) => setTimeout(resume, 10)));
    }
  }

  text(selector) {
    return this.read((selector) => document.querySelector(selector).innerText.trim(), selector);
  }

  async click(selector) {
    await this.browser.element(selector).click();
  }

  focus(selector) {
    return this.read((selector) => document.querySelector(selector).focus(), selector);
  }

  /** Presses a key, by its name in WebDriver. */
  press(name) {
    return this.browser.type(Key[name]);
  }

  type(text) {
    return this.browser.type(text);
  }

  async resize(size) {
    this.size = size;
    await this.browser.resize(size.width, size.height);
  }

  back() {
    return this.browser.driver.navigate().back();
  }

  forward() {
    return this.browser.driver.navigate().forward();
  }

  shot(path) {
    return this.browser.shot(path);
  }

  /** Restarts the browser with a preference for these colours and for reduced motion. */
  async look(colours) {
    this.#records = await this.records();
    await this.browser.quit();
    this.browser = await Browser.start({ ...this.size, dark: colours === "dark", still: true });
    await this.goto(this.address);
    await this.settled();
  }

  /** Waits until the requested cases, or an error, are shown. */
  settled() {
    return this.until(() => document.querySelector("#list")?.getAttribute("aria-busy") === "false");
  }

  /** Submits the search form. */
  submit() {
    return this.read(() => document.querySelector("#filters [type=submit]").click());
  }

  async search() {
    await this.submit();
    await this.settled();
  }

  /** Sets the value of a field as typing or selecting does. */
  fill(selector, value) {
    return this.read(
      (selector, value) => {
        const field = document.querySelector(selector);
        field.value = value;
        field.dispatchEvent(new Event("input", { bubbles: true }));
        field.dispatchEvent(new Event("change", { bubbles: true }));
      },
      selector,
      value,
    );
  }

  async dates(from, to) {
    await this.fill("#from", from);
    await this.fill("#to", to);
  }

  choose(name, value) {
    return this.read((selector) => document.querySelector(selector).click(), `input[name="${name}"][value="${value}"]`);
  }

  /** Makes the service fail from now on; "" ends the fault. */
  async fault(name) {
    await this.fill("#fault", name);
    const chosen = await this.read(() => document.querySelector("#fault").value);
    if (chosen !== name) throw new Error(`the page has no fault "${name}"`);
    await this.until(() => document.querySelector("#fault").getAttribute("aria-busy") === "false");
  }

  /** Signs in as a user of another tenant, and waits for the cases. */
  async switchTo(id) {
    await this.choose("tenant", id);
    await this.settled();
  }

  /** Returns the demo's tenants. */
  async tenants() {
    return (await this.read(async () => (await fetch("/demo/tenants")).json())).tenants;
  }

  /** Returns the number of requests that have reached the service. */
  async reached() {
    return (await this.read(async () => (await fetch("/demo/sandbox")).json())).requests.received;
  }

  /** Returns the rows of the table. */
  rows() {
    return this.read(() =>
      [...document.querySelectorAll("tbody tr")].map((row) => {
        const cell = (name) => row.querySelector(`[data-name^="${name}"]`);
        return {
          id: cell("Case").innerText,
          severity: cell("Severity").innerText,
          status: cell("Status").innerText,
          contract: cell("Contract").innerText,
          user: cell("User").innerText,
          updated: cell("Updated").querySelector("time")?.dateTime ?? "",
        };
      }),
    );
  }

  /** Returns "Page 3 of 12, 1,143 cases" as numbers. */
  async place() {
    const text = await this.text("#summary");
    const [, page, pages, total] = /^Page ([\d,]+) of ([\d,]+), ([\d,]+) cases?$/.exec(text) ?? [];
    if (page === undefined) throw new Error(`the summary reads "${text}"`);
    return {
      page: number(page),
      pages: number(pages),
      total: number(total),
    };
  }

  async total() {
    return (await this.place()).total;
  }

  /** Changes the page of the list by keyboard. */
  async turn(name) {
    await this.focus(`[data-turn="${name}"]`);
    await this.press("ENTER");
    await this.settled();
  }

  focused() {
    return this.read(() => document.activeElement.dataset.turn ?? document.activeElement.tagName);
  }

  /** Returns the number of cases that the page shows. */
  received() {
    return this.read(() => Number(document.querySelector("#received").value.replaceAll(",", "")));
  }

  /** Returns the origin of the cases as the page shows it: a value of the gateway, or `BROWSER`. */
  found(part = "#cache-status") {
    return this.read((part) => document.querySelector(`${part} .cache-status`)?.dataset.status ?? null, part);
  }

  /** Waits until the details are shown. */
  opened() {
    return this.until(
      () => document.querySelector("#detail[open] .detail-body")?.getAttribute("aria-busy") === "false",
    );
  }

  closed() {
    return this.until(() => !document.querySelector("#detail").open);
  }

  /** Opens a case by its address. */
  async show(id) {
    await this.read((id) => {
      location.hash = `#case/${id}`;
    }, id);
    await this.until((id) => document.querySelector("#detail-heading")?.innerText === `Case ${id}`, id);
    await this.opened();
  }

  async hide() {
    await this.press("ESCAPE");
    await this.closed();
  }

  /** Returns the error that is shown in a part of the page. */
  async error(part) {
    await this.until((part) => document.querySelector(`${part} .error`), part);
    return this.read((part) => {
      const panel = document.querySelector(`${part} .error`);
      return {
        heading: panel.querySelector("h3").innerText,
        advice: panel.querySelector(".advice").innerText,
        facts: Object.fromEntries(
          [...panel.querySelectorAll(".facts > div")].map((row) => [
            row.querySelector("dt").innerText,
            row.querySelector("dd").innerText,
          ]),
        ),
        again: [...panel.querySelectorAll("button")].some((button) => button.innerText.startsWith("Try again")),
        signIn: [...panel.querySelectorAll("button")].some((button) => button.innerText === "Sign in again"),
      };
    }, part);
  }

  /** Returns the controls without an accessible name, as the browser computes names. */
  async nameless() {
    const nameless = [];
    const shown = await this.read(() => {
      const all = document.querySelectorAll("button, input, select, textarea, a, summary, table, nav, search, main");
      return [...all].filter((one) => one.checkVisibility());
    });
    for (const element of shown) {
      const [role, name] = [await element.getAriaRole(), await element.getAccessibleName()];
      if (!name) nameless.push(`${role}: ${await element.getAttribute("outerHTML")}`);
    }
    return nameless;
  }

  /** Returns the horizontal overflow of an element in pixels. */
  over(selector) {
    return this.read((selector) => {
      const { scrollWidth, clientWidth } = document.querySelector(selector);
      return scrollWidth - clientWidth;
    }, selector);
  }

  /** Returns texts with less contrast than WCAG level AA requires. */
  faint() {
    return this.read(() => {
      const channels = (color) => (color.match(/[\d.]+/g) ?? []).map(Number);
      const luminance = (color) => {
        const [r, g, b] = channels(color).map((value) => {
          const part = value / 255;
          return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
      };
      const ground = (element) => {
        for (let one = element; one; one = one.parentElement) {
          const color = getComputedStyle(one).backgroundColor;
          if (channels(color)[3] !== 0) return color;
        }
        return "rgb(255, 255, 255)";
      };
      const faint = new Set();
      const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      while (walker.nextNode()) {
        const element = walker.currentNode.parentElement;
        const text = walker.currentNode.textContent.trim();
        if (!text || ["SCRIPT", "NOSCRIPT", "OPTION"].includes(element.tagName)) continue;
        if (!element.checkVisibility() || element.closest(":disabled, [aria-disabled=true]")) continue;
        const style = getComputedStyle(element);
        const [a, b] = [luminance(style.color), luminance(ground(element))].toSorted((a, b) => b - a);
        const ratio = (a + 0.05) / (b + 0.05);
        if (ratio < 4.5) faint.add(`${text.slice(0, 30)} (${element.className}): ${ratio.toFixed(2)}`);
      }
      return [...faint];
    });
  }
}

const REFUSED_OR_CALLED_OFF = /^(Failed to load resource|net::ERR_ABORTED|NS_BINDING_ABORTED)/;

/** Whether a URL is the gateway's, or the one by which the page detects a gateway. */
const mayRefuse = (url) => URL.canParse(url) && /^\/(api\/case\/|demo\/tenants$)/.test(new URL(url).pathname);

const number = (text) => Number(text.replaceAll(",", ""));
