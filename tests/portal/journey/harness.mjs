// The portal's page in a browser, for the journey: its visible state, its actions, and the assertions.
//
//   PORTAL_URL      address of the page with gateway and service
//   STATIC_URL      address of the page alone
//   APP             the folder of the built page
//   AXE             path of axe's script
//   BROWSER…        the browser and its options: see ../../browsers/browser.mjs
//   ARTIFACTS       a folder for screenshots of failed tests
//   SCREENSHOTS     if set, also of each page in each theme and width

import assert from "node:assert/strict";
import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { Key } from "selenium-webdriver";
import { Browser, kind } from "../../browsers/browser.mjs";

export const { PORTAL_URL, STATIC_URL, APP, AXE, ARTIFACTS, SCREENSHOTS } = process.env;
for (const name of ["PORTAL_URL", "STATIC_URL", "APP", "AXE", "ARTIFACTS"]) {
  if (!process.env[name]) throw new Error(`${name} must be set; the head of this file says to what`);
}

export const WIDE = { width: 1360, height: 900 };
/** The windows of WebKit's MiniBrowser are at least this wide. */
export const NARROW = { width: kind.title === "WebKit" ? 360 : 320, height: 740 };
/** The wait for a condition. A first fill takes more than ten seconds: the gateway limits the rate. */
const TIMEOUT_MS = 60_000;

await rm(ARTIFACTS, { recursive: true, force: true });
await mkdir(ARTIFACTS, { recursive: true });

/** What browsers say of responses that the page shows itself, and of a missing gateway. */
const EXPECTED = /^(Failed to load resource|net::ERR_|NS_BINDING_ABORTED|NS_ERROR)/;
const axe = await readFile(AXE, "utf8");

/** The longest time for which the page waits before it reports back, in milliseconds. */
const REPORT_MS = 5000;
/** The period for what has no events: the address, the storage, sizes and places. */
const PERIOD_MS = 100;

/**
 * Returns a script that evaluates a condition in the page after its changes and events, until the condition holds and is painted:
 * by then React has run its effects, and keys have their listeners. It resolves to `null` after a while, so that a page that was
 * replaced is noticed.
 */
const afterChanges = (condition) => `
  const condition = ${condition};
  const args = [...arguments];
  const painted = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  const events = ["focusin", "focusout", "scroll", "input", "popstate", "storage", "toggle"];
  const changed = () => new Promise((resume) => {
    const observer = new MutationObserver(go);
    const timer = setTimeout(go, ${PERIOD_MS});
    function go() {
      observer.disconnect();
      clearTimeout(timer);
      for (const name of events) removeEventListener(name, go, true);
      requestAnimationFrame(resume);
    }
    for (const name of events) addEventListener(name, go, true);
    observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
  });
  return (async () => {
    const end = performance.now() + ${REPORT_MS};
    for (;;) {
      const found = await condition(...args);
      if (found) {
        await painted();
        return found;
      }
      if (performance.now() > end) return null;
      await changed();
    }
  })();`;

/** Whether a script ended because its page was replaced. */
const isReplaced = ({ message }) => /unload|detached|discarded|target navigated/i.test(message);

let failures = 0;
/** Runs a test, and takes a screenshot if it fails. */
export const check = (name, work) =>
  test(name, async () => {
    try {
      await work();
    } catch (error) {
      failures += 1;
      await page.browser.shot(join(ARTIFACTS, `failed-${failures}.png`)).catch(() => {});
      throw error;
    }
  });

export const failureCount = () => failures;

/** The page. One browser for the whole journey. */
class Page {
  static async open(size) {
    const page = new Page();
    page.browser = await Browser.start(size);
    return page;
  }

  /** Goes on in another session of the browser, with a fresh profile and these preferences. */
  async restart(size) {
    await this.browser.quit();
    this.browser = await Browser.start(size);
  }

  /** Opens an address below the portal's. */
  goto(address = "", base = PORTAL_URL) {
    return this.browser.goto(base + address);
  }

  /**
   * Opens an address below the portal's in the present document, as a link of the page does, with the list focused by nothing. The
   * store and its cases stay, so that it takes no time.
   */
  async show(address = "") {
    await this.read((address) => {
      document.activeElement?.blur();
      history.pushState(null, "", address || location.pathname);
      dispatchEvent(new PopStateEvent("popstate"));
    }, address);
    await this.browser.drawn();
    // The list follows the address.
    await this.until(() => document.querySelector('main .loading, [data-follows="true"]') === null);
  }

  /** Changes settings of the page, as another tab does. */
  async set(settings) {
    await this.read((settings) => {
      const before = JSON.parse(localStorage.getItem("portal.settings") ?? "{}");
      localStorage.setItem("portal.settings", JSON.stringify({ ...before, ...settings }));
      dispatchEvent(new StorageEvent("storage", { key: "portal.settings" }));
    }, settings);
    await this.browser.drawn();
  }

  /** Loads the page again. */
  async reload() {
    await this.browser.gather();
    await this.browser.driver.navigate().refresh();
  }

  /** Runs a function in the page. */
  read(work, ...args) {
    return this.browser.run(work, ...args);
  }

  /** Waits for a condition, and returns what it gives. The page evaluates it after its changes and events. */
  async until(condition, ...args) {
    const end = Date.now() + TIMEOUT_MS;
    for (;;) {
      const found = await this.read(afterChanges(condition), ...args).catch((error) => {
        // The page was replaced meanwhile.
        if (!isReplaced(error)) throw error;
      });
      if (found) return found;
      if (Date.now() > end) throw new Error(`timed out waiting for ${condition} ${args}`);
    }
  }

  /** Takes a screenshot, if they are wanted. */
  async shot(name) {
    if (SCREENSHOTS) await this.browser.shot(join(ARTIFACTS, `${name}.png`));
  }

  /** Presses keys by their names in WebDriver, and letters as they are. */
  press(...names) {
    return this.browser.type(...names.map((name) => Key[name] ?? name));
  }

  type(text) {
    return this.browser.type(text);
  }

  /** Presses a key together with modifiers. */
  chord(key, ...modifiers) {
    let actions = this.browser.driver.actions();
    for (const one of modifiers) actions = actions.keyDown(Key[one]);
    actions = actions.sendKeys(Key[key] ?? key);
    for (const one of modifiers) actions = actions.keyUp(Key[one]);
    return actions.perform();
  }

  click(selector) {
    return this.read((selector) => {
      const element = document.querySelector(selector);
      if (!element) throw new Error(`there is no ${selector}`);
      element.click();
    }, selector);
  }

  /** Presses the visible button or link with a name. */
  async pressNamed(name, within = "body") {
    await this.until(
      (name, within) => {
        const all = [...document.querySelector(within).querySelectorAll("button, a, summary, label, [cmdk-item]")];
        const found = all.find(
          (one) =>
            one.checkVisibility() &&
            !one.disabled &&
            [one.innerText.trim(), one.getAttribute("aria-label")].includes(name),
        );
        found?.click();
        return found !== undefined;
      },
      name,
      within,
    );
  }

  focusList() {
    return this.read(() => document.querySelector("[data-list-focus]").focus());
  }

  /** Types into the search box, in place of what is there. */
  async search(text) {
    await this.read(() => {
      const box = document.querySelector("#search");
      box.focus();
      box.select();
    });
    await this.press(...(text === "" ? ["BACK_SPACE"] : [text]));
    // The address follows the list, which follows the field.
    await this.until(
      (text) =>
        document.querySelector("#search").value === text &&
        (new URLSearchParams(location.search).get("text") ?? "") === text,
      text,
    );
    await this.browser.drawn();
  }

  /** Returns the number of cases that match. */
  total() {
    return this.read(() => Number(document.querySelector("[data-total]")?.dataset.total ?? Number.NaN));
  }

  /** Waits until the number of cases is this one, or within these limits. */
  untilTotal({ is, least = is, most = is }) {
    return this.until(
      (least, most) => {
        const total = Number(document.querySelector("[data-total]")?.dataset.total);
        return (least === null || total >= least) && (most === null || total <= most);
      },
      least ?? null,
      most ?? null,
    );
  }

  /** Waits until all cases are loaded, and their changes were read. */
  async filled() {
    await this.until(() => document.querySelector('[data-sync="following"]')?.innerText.startsWith("As of "));
    await this.browser.drawn();
  }

  /** Returns the visible rows. */
  rows() {
    return this.read(() =>
      [...document.querySelectorAll(".row[data-case]")]
        .sort((a, b) => Number(a.ariaRowIndex) - Number(b.ariaRowIndex))
        .map((row) => ({
          id: row.dataset.case,
          index: Number(row.getAttribute("aria-rowindex")),
          title: row.querySelector(".row-title")?.innerText ?? "",
          severity: row.querySelector(".severity-badge")?.innerText.replace(/\D/g, "") ?? "",
          status: row.querySelector(".status-badge")?.innerText ?? "",
          marks: [...row.querySelectorAll("mark")].map((mark) => mark.innerText),
        })),
    );
  }

  /** Returns the id of the active row, once it is the row at a place. The first row has the place 0. */
  activeAt(place) {
    return this.until(
      (index) => {
        const row = document.querySelector(".row.is-active");
        return row?.ariaRowIndex === index && row.dataset.case;
      },
      String(place + 2),
    );
  }

  /** Returns the id of the active row. */
  active() {
    return this.read(() => document.querySelector(".row.is-active")?.dataset.case ?? null);
  }

  /** Returns the last announcement of the topmost region. */
  announced() {
    return this.read(() => [...document.querySelectorAll("[data-announcer]")].at(-1)?.textContent.trim() ?? "");
  }

  /** Takes the page's connection away as it sees it, or gives it back; resolves once the page has noticed. */
  async connect(isOnline) {
    await this.read((isOnline) => {
      if (isOnline) delete navigator.onLine;
      else Object.defineProperty(navigator, "onLine", { get: () => false, configurable: true });
      dispatchEvent(new Event(isOnline ? "online" : "offline"));
    }, isOnline);
    await this.until((isOnline) => (document.querySelector('[data-banner="offline"]') === null) === isOnline, isOnline);
  }

  /** Goes back. WebDriver's command may leave out entries that were added without an action of the user, as `show` adds them. */
  back() {
    return this.read(() => history.back());
  }

  /** Returns the query of the address, once it has followed. */
  address(part) {
    return this.until((part) => (location.search.includes(part) ? location.search : null), part);
  }

  /** Makes the service fail from now on; "" ends the fault. */
  async fault(name) {
    await this.openDeveloper();
    await this.read((name) => {
      const field = document.querySelector("#fault");
      const { set } = Object.getOwnPropertyDescriptor(HTMLSelectElement.prototype, "value");
      set.call(field, name);
      field.dispatchEvent(new Event("change", { bubbles: true }));
    }, name);
    await this.until((name) => {
      const field = document.querySelector("#fault");
      return field.value === name && field.getAttribute("aria-busy") === "false";
    }, name);
  }

  async openDeveloper() {
    if (await this.read(() => document.querySelector("dialog #fault") !== null)) return;
    await this.pressNamed("Settings");
    await this.until(() => document.querySelector("dialog .developer"));
    await this.read(() => {
      document.querySelector("dialog .developer").open = true;
    });
  }

  async closeDialog() {
    await this.press("ESCAPE");
    await this.until(() => document.querySelector("dialog[open]") === null);
  }

  /** Lets an hour of the sandbox pass, and reads the changes. */
  async moveOn() {
    await this.openDeveloper();
    await this.pressNamed("An hour passes", "dialog");
    await this.until(() => document.querySelector("#fault").getAttribute("aria-busy") === "false");
    await this.pressNamed("Read changes now", "dialog");
    await this.closeDialog();
  }

  /** Asserts that axe finds nothing wrong at level AA. */
  async accessible(what) {
    if (!(await this.read(() => "axe" in window))) await this.read(axe);
    const found = await this.read(async () => {
      const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"];
      const { violations } = await window.axe.run(document, { runOnly: { type: "tag", values: tags } });
      return violations.map(
        ({ id, nodes }) =>
          `${id}: ${nodes
            .slice(0, 3)
            .map(({ target }) => target.join(" "))
            .join(", ")}`,
      );
    });
    assert.deepEqual(found, [], what);
  }

  /** Returns the errors of the console, the violations of the policy and the requested hosts so far. */
  async records() {
    await this.browser.gather();
    const { complaints, breaches, hosts } = this.browser;
    const others = complaints
      .filter(({ text }) => !EXPECTED.test(text))
      .map(({ text, url }) => `${text} ${url}`.trim());
    return { complaints: others, breaches: [...breaches], hosts: [...hosts] };
  }
}

export const page = await Page.open(WIDE);
export { kind };
console.log(`in ${await page.browser.version()}`);
