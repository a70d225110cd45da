// A real browser for a test. All three are driven by WebDriver in the same way; their differences are data here.
//
//   BROWSER          chromium, firefox or webkit
//   BROWSER_DRIVER   path of its driver
//   BROWSER_PATH     path of the browser; WebKit's driver knows its own
//   BROWSER_OPTIONS  start options of the browser, separated by spaces

import { mkdtemp, mkdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { Builder, By } from "selenium-webdriver";
import browsingContext from "selenium-webdriver/bidi/generated/browsing_context.js";
import log from "selenium-webdriver/bidi/generated/log.js";
import network from "selenium-webdriver/bidi/generated/network.js";
import script from "selenium-webdriver/bidi/generated/script.js";
import { DriverService } from "selenium-webdriver/remote/index.js";

const { BROWSER, BROWSER_DRIVER, BROWSER_PATH, BROWSER_OPTIONS = "" } = process.env;
for (const name of ["BROWSER", "BROWSER_DRIVER"]) {
  if (!process.env[name]) throw new Error(`${name} must be set; the head of this file says to what`);
}
const OPTIONS = BROWSER_OPTIONS.split(" ").filter(Boolean);

/**
 * The differences between the three. Start options per preference: `dark` for dark colours, `still` for reduced motion, `contrast`
 * for high contrast, which forces colours in Chromium and Firefox,
 * `scalar` to disable simd128, `bare` to disable WebAssembly, `private` for private windows, `small` for a storage of 2 MB;
 * `undefined` if not supported. `importsAgain`: whether a
 * script whose import failed can be imported later (HTML Standard, since 2026); a test asserts this value.
 */
const KINDS = {
  chromium: {
    title: "Chromium",
    driver: [],
    speaksBidi: true,
    hasCache: true,
    importsAgain: true,
    dark: { args: ["--blink-settings=preferredColorScheme=0"] },
    still: { args: ["--force-prefers-reduced-motion"] },
    contrast: { args: ["--force-high-contrast"] },
    // As on a processor without SSE 4.1; other architectures than x86 always have SIMD.
    scalar: process.arch === "x64" ? { args: ["--js-flags=--no-enable-sse4-1"] } : undefined,
    bare: undefined,
    private: { args: ["--incognito"] },
    // The tests have a DevTools connection for that.
    small: undefined,
    capabilities: ({ args }) => ({
      browserName: "chrome",
      "goog:chromeOptions": { binary: BROWSER_PATH, args: [...OPTIONS, ...args] },
    }),
  },
  firefox: {
    title: "Firefox",
    driver: ["--websocket-port=0"],
    speaksBidi: true,
    hasCache: true,
    importsAgain: false,
    dark: { prefs: { "ui.systemUsesDarkTheme": 1 } },
    still: { prefs: { "ui.prefersReducedMotion": 1 } },
    contrast: { prefs: { "browser.display.document_color_use": 2 } },
    scalar: undefined,
    bare: { prefs: { "javascript.options.wasm": false } },
    private: { prefs: { "browser.privatebrowsing.autostart": true } },
    small: { prefs: { "dom.quotaManager.temporaryStorage.fixedLimit": 2048 } },
    capabilities: ({ args, prefs }) => ({
      browserName: "firefox",
      "moz:firefoxOptions": { binary: BROWSER_PATH, args: [...OPTIONS, ...args], prefs },
    }),
  },
  webkit: {
    title: "WebKit",
    driver: [],
    // It emits no events, so the page itself records them, once it has loaded.
    speaksBidi: false,
    // It caches no files under WebDriver.
    hasCache: false,
    importsAgain: true,
    dark: { env: { GTK_THEME: "Adwaita:dark" } },
    still: { desktop: "gtk-enable-animations=0" },
    contrast: { env: { GTK_THEME: "HighContrast" } },
    scalar: { env: { JSC_useWasmSIMD: "false" } },
    bare: { env: { JSC_useWasm: "false" } },
    // Each session under WebDriver is one of private browsing.
    private: {},
    small: undefined,
    capabilities: () => ({
      browserName: "MiniBrowser",
      "webkitgtk:browserOptions": { args: ["--automation", "--javascript-can-open-windows-automatically=true"] },
    }),
  },
};

export const kind = KINDS[BROWSER];
if (!kind) throw new Error(`BROWSER is "${BROWSER}", which is none of ${Object.keys(KINDS).join(", ")}`);

/** Merges the start options of several preferences. */
const together = (wishes) => ({
  args: wishes.flatMap(({ args = [] }) => args),
  prefs: Object.assign({}, ...wishes.map(({ prefs }) => prefs)),
  env: Object.assign({}, ...wishes.map(({ env }) => env)),
  desktop: wishes.map(({ desktop = "" }) => `${desktop}\n`).join(""),
});

/** The maximum time for the start of a session, in milliseconds. */
const START_MS = 60_000;
const NO_SESSION = new Error(`no session of ${kind.title} began within ${START_MS} ms`);

export class Browser {
  /** The errors of the console: `{ text, url }`. */
  complaints = [];
  /** Violations of the content security policy. */
  breaches = [];
  /** Hosts of all requests. */
  hosts = new Set();

  /**
   * Starts a browser with a window size in pixels, a fresh profile and these preferences. It is tried twice: WebKit's driver waits
   * for ever for a browser that has ended before it was connected.
   */
  static start(options) {
    return Browser.#begin(options).catch((error) => {
      if (error !== NO_SESSION) throw error;
      console.warn(`${kind.title} did not start within ${START_MS} ms, and is started again`);
      return Browser.#begin(options);
    });
  }

  static async #begin({ width, height, ...wishes }) {
    const wanted = together(Object.keys(wishes).flatMap((name) => (wishes[name] && kind[name]) || []));
    const browser = new Browser();
    browser.folder = await mkdtemp(join(tmpdir(), "browser-"));
    await mkdir(join(browser.folder, "gtk-3.0"));
    await writeFile(join(browser.folder, "gtk-3.0/settings.ini"), `[Settings]\n${wanted.desktop}`);
    const env = { ...process.env, ...wanted.env, XDG_CONFIG_HOME: browser.folder };
    const service = new DriverService.Builder(BROWSER_DRIVER).setLoopback(true).addArguments(...kind.driver);
    browser.service = service.setEnvironment(env).build();
    try {
      const capabilities = { ...kind.capabilities(wanted), ...(kind.speaksBidi ? { webSocketUrl: true } : {}) };
      const address = await browser.service.start();
      const session = new Builder().usingServer(address).withCapabilities(capabilities).build();
      const late = sleep(START_MS, NO_SESSION, { ref: false }).then((error) => Promise.reject(error));
      browser.driver = await Promise.race([session, late]);
      await browser.driver.manage().setTimeouts({ script: 60_000, pageLoad: 60_000 });
      await (kind.speaksBidi ? browser.listen() : browser.popup(width, height));
      await browser.resize(width, height);
    } catch (error) {
      await browser.quit();
      throw error;
    }
    return browser;
  }

  async version() {
    const capabilities = await this.driver.getCapabilities();
    return `${kind.title} ${capabilities.get("browserVersion")}`;
  }

  /** Subscribes to the browser's events. */
  async listen() {
    const logs = await log.Log.create(this.driver);
    await logs.onEntryAdded(({ level, text, source, stackTrace }) => {
      if (level === "error" || level === "warn") {
        this.complaints.push({ text, url: stackTrace?.callFrames[0]?.url ?? "", source });
      }
    });
    const traffic = await network.Network.create(this.driver);
    await traffic.onBeforeRequestSent(({ request }) => this.#addHost(request.url));
    await traffic.onFetchError(({ request, errorText }) => this.complaints.push({ text: errorText, url: request.url }));
    const scripts = await script.Script.create(this.driver);
    await scripts.addPreloadScript({ functionDeclaration: String(watch) });
    this.contexts = await browsingContext.BrowsingContext.create(this.driver);
  }

  #addHost(url) {
    const { protocol, host } = new URL(url);
    if (protocol.startsWith("http")) this.hosts.add(host);
  }

  /** Opens a window without a tool bar, which would enforce a larger minimum width. */
  async popup(width, height) {
    const first = await this.driver.getWindowHandle();
    await this.run(
      (size) => void window.open("about:blank", "_blank", `popup,${size}`),
      `width=${width},height=${height}`,
    );
    let other;
    for (let tries = 0; !other && tries < 100; tries += 1) {
      other = (await this.driver.getAllWindowHandles()).find((handle) => handle !== first);
      await sleep(20);
    }
    await this.driver.switchTo().window(other);
  }

  async resize(width, height) {
    if (kind.speaksBidi) {
      const context = await this.driver.getWindowHandle();
      await this.contexts.setViewport({ context, viewport: { width, height } });
    } else {
      await this.driver.manage().window().setRect({ width, height });
    }
    for (let tries = 0; (await this.run(() => window.innerWidth)) !== width; tries += 1) {
      if (tries === 100) throw new Error(`the window cannot be ${width} pixels wide`);
      await sleep(20);
    }
    await this.drawn();
  }

  /** Waits until the current layout of the page is painted. */
  async drawn() {
    await this.run(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  }

  async goto(url) {
    await this.gather();
    await this.driver.get(url);
    if (!kind.speaksBidi) await this.run(watch, true);
  }

  /** Runs a function in the page and awaits its result. */
  run(work, ...args) {
    return this.driver.executeScript(work, ...args);
  }

  element(selector) {
    return this.driver.findElement(By.css(selector));
  }

  /** Presses keys, or types text, in the focused element. */
  type(...keys) {
    return this.driver
      .actions()
      .sendKeys(...keys)
      .perform();
  }

  async shot(path) {
    await this.drawn();
    await writeFile(path, await this.driver.takeScreenshot(), "base64");
  }

  /** Collects the records of the page itself, before the page is left. */
  async gather() {
    const noted = await this.run(() => {
      const { breaches = [], complaints = [] } = window.watched ?? {};
      const urls = performance.getEntriesByType("resource").map(({ name }) => name);
      return { breaches: breaches.splice(0), complaints: complaints.splice(0), urls };
    });
    this.breaches.push(...noted.breaches);
    this.complaints.push(...noted.complaints);
    noted.urls.forEach((url) => this.#addHost(url));
  }

  async quit() {
    await this.driver?.quit().catch(() => {});
    await this.service.kill();
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Records violations of the policy in the page, and errors if the browser does not report them. */
function watch(all) {
  const breaches = [];
  const complaints = [];
  window.watched = { breaches, complaints };
  document.addEventListener("securitypolicyviolation", (event) => {
    breaches.push(`${event.violatedDirective}: ${event.blockedURI}`);
  });
  if (all !== true) return;
  const note = (text) => complaints.push({ text: String(text), url: "" });
  window.addEventListener("error", (event) => note(event.message));
  window.addEventListener("unhandledrejection", (event) => note(event.reason));
  for (const level of ["error", "warn"]) {
    const say = console[level];
    console[level] = (...words) => {
      note(words.join(" "));
      say.apply(console, words);
    };
  }
}
