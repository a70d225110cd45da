// The portal as the journey speaks of it: what it shows, and what one can do.

const PATIENCE_MS = 10_000;

export class Page {
  /** What the browser complained of. */
  complaints = [];
  /** Hosts that were asked for something. */
  hosts = [];

  static async open(browser) {
    const page = new Page();
    page.tab = await browser.newPage();
    page.tab.on("console", (message) => {
      // A browser tells of every answer that refuses something; the page says so itself.
      const isRefusal = message.text().startsWith("Failed to load resource") && mayRefuse(message.location().url);
      if (["error", "warn"].includes(message.type()) && !isRefusal) page.complaints.push(message.text());
    });
    page.tab.on("pageerror", (error) => page.complaints.push(error.message));
    page.tab.on("requestfailed", (request) => {
      const why = request.failure()?.errorText;
      const isCalledOff = why === "net::ERR_ABORTED" && mayRefuse(request.url());
      if (!isCalledOff) page.complaints.push(`${request.url()}: ${why}`);
    });
    page.tab.on("request", (request) => {
      const { protocol, host } = new URL(request.url());
      if (protocol.startsWith("http")) page.hosts.push(host);
    });
    await page.tab.evaluateOnNewDocument(() => {
      window.breaches = [];
      document.addEventListener("securitypolicyviolation", (event) => {
        window.breaches.push(`${event.violatedDirective}: ${event.blockedURI}`);
      });
    });
    return page;
  }

  /** Runs in the page. */
  read(work, ...args) {
    return this.tab.evaluate(work, ...args);
  }

  /** Waits for a condition. The page's policy refuses `eval`, on which puppeteer's own waiting rests. */
  async until(condition, ...args) {
    const end = Date.now() + PATIENCE_MS;
    while (!(await this.read(condition, ...args))) {
      if (Date.now() > end) throw new Error(`waited in vain for ${condition}`);
      await this.read(() => new Promise((resume) => setTimeout(resume, 10)));
    }
  }

  text(selector) {
    return this.tab.$eval(selector, (element) => element.innerText);
  }

  /** As a reader who prefers these colours, and that nothing moves, sees it. */
  look(colours) {
    return this.tab.emulateMediaFeatures([
      { name: "prefers-color-scheme", value: colours },
      { name: "prefers-reduced-motion", value: "reduce" },
    ]);
  }

  /** Until what was asked for is there, or an error. */
  settled() {
    return this.until(() => document.querySelector("#list")?.getAttribute("aria-busy") === "false");
  }

  /** Sends the form. */
  submit() {
    return this.read(() => document.querySelector("#filters [type=submit]").click());
  }

  async search() {
    await this.submit();
    await this.settled();
  }

  /** Fills a field as if it were typed or chosen. */
  fill(selector, value) {
    return this.tab.$eval(
      selector,
      (field, value) => {
        field.value = value;
        field.dispatchEvent(new Event("input", { bubbles: true }));
        field.dispatchEvent(new Event("change", { bubbles: true }));
      },
      value,
    );
  }

  async dates(from, to) {
    await this.fill("#from", from);
    await this.fill("#to", to);
  }

  choose(name, value) {
    return this.tab.$eval(`input[name="${name}"][value="${value}"]`, (radio) => radio.click());
  }

  /** Makes the service fail from now on; "" makes it well. */
  async fault(name) {
    await this.fill("#fault", name);
    const chosen = await this.tab.$eval("#fault", (select) => select.value);
    if (chosen !== name) throw new Error(`the page has no fault "${name}"`);
    await this.until(() => document.querySelector("#fault").getAttribute("aria-busy") === "false");
  }

  /** Signs in as somebody of another tenant's, and waits for what that shows. */
  async switchTo(id) {
    await this.choose("tenant", id);
    await this.settled();
  }

  /** The demo's tenants. */
  async tenants() {
    return (await this.read(async () => (await fetch("/demo/tenants")).json())).tenants;
  }

  /** How many requests have reached the service. */
  async reached() {
    return (await this.read(async () => (await fetch("/demo/sandbox")).json())).requests.received;
  }

  /** The table as it stands. */
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

  /** "Page 3 of 12, 1,143 cases", as numbers. */
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

  /** Turns the page with the keyboard. */
  async turn(name) {
    await this.tab.focus(`[data-turn="${name}"]`);
    await this.tab.keyboard.press("Enter");
    await this.settled();
  }

  focused() {
    return this.read(() => document.activeElement.dataset.turn ?? document.activeElement.tagName);
  }

  /** How many the page says they are. */
  received() {
    return this.read(() => Number(document.querySelector("#received").value.replaceAll(",", "")));
  }

  /** Where the page says its cases came from: a word of the gateway's, or `BROWSER`. */
  found(part = "#answered") {
    return this.read((part) => document.querySelector(`${part} .answered`)?.dataset.found ?? null, part);
  }

  /** Until the details are there. */
  opened() {
    return this.until(() => document.querySelector("#detail[open] .detail-body")?.getAttribute("aria-busy") === "false");
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
    await this.tab.keyboard.press("Escape");
    await this.closed();
  }

  /** The error that is shown in a part of the page. */
  async error(part) {
    await this.until((part) => document.querySelector(`${part} .error`), part);
    return this.tab.$eval(`${part} .error`, (panel) => ({
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
    }));
  }

  /** Texts with less contrast than WCAG's AA asks for. */
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

/** The gateway, and the address by which the page sees whether there is one. */
const mayRefuse = (url) => /^\/(api\/case\/|demo\/tenants$)/.test(new URL(url).pathname);

const number = (text) => Number(text.replaceAll(",", ""));
