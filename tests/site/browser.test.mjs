// The built site in Chromium: at the root of a host and below a path, under a strict policy, with WebAssembly of an
// unknown type.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { pages } from "./built-site.mjs";
import { launch, openPage, problemsOf, serveSite } from "./harness.mjs";

let browser;
const hosts = new Map();
before(async () => {
  browser = await launch();
  for (const base of ["/", "/a/b/"]) hosts.set(base, await serveSite(base));
});
after(async () => {
  await browser?.close();
  for (const { close } of hosts.values()) await close();
});

/** Opens a page of the site, and asserts afterwards that nothing was reported. */
async function visit({ base = "/", path = "", ...options }, work) {
  const page = await openPage(browser, options);
  try {
    await page.goto(new URL(path, hosts.get(base).address).href, { waitUntil: "load" });
    await work(page);
    assert.deepEqual(page.complaints, [], `${base}${path}`);
  } finally {
    await page.close();
  }
}

for (const base of ["/", "/a/b/"]) {
  test(`at ${base} a reader finds an error code by search, and the guide from there`, () =>
    visit({ base, path: "guide/bulk/" }, async (page) => {
      await page.keyboard.press("/");
      await page.waitForSelector("#query:focus");
      await page.keyboard.type("CASE_NOTFOUND");
      const result = await page.waitForSelector("#search-results a");
      assert.match(await page.$eval("#search-status", (it) => it.textContent), /^\d+ pages? found/);
      await Promise.all([page.waitForNavigation(), result.click()]);
      assert.ok(page.url().startsWith(hosts.get(base).address), page.url());
      assert.match(await page.$eval("main", (it) => it.textContent), /CASE_NOTFOUND/);
      assert.ok(
        page.loaded.every(({ status }) => status < 400),
        JSON.stringify(page.loaded),
      );
    }));

  for (const [query, path] of [
    ["rate limit", /^guide\/[a-z-]+\/#rate-limit/],
    ["limits", /^guide\/[a-z-]+\/#/],
    ["Rate Limit Exceeded", /^errors\/Rate-Limit-Exceeded\/$/],
    ["CASE_NOTFOUND", /^errors\/CASE_NOTFOUND\/$/],
  ]) {
    test(`at ${base} the first result for “${query}” is the page about it`, () =>
      visit({ base, path: `search/?q=${encodeURIComponent(query)}` }, async (page) => {
        const first = await page.waitForSelector("#search-results a");
        const { address } = hosts.get(base);
        const href = await first.evaluate((link) => link.href);
        assert.match(href.slice(address.length), path);
      }));
  }

  test(`at ${base} the portal lists cases of the sandbox in its page`, () =>
    visit({ base, path: "portal/" }, async (page) => {
      await page.waitForFunction(() => /[1-9][\d,.]* cases/.test(document.body.innerText), { timeout: 60_000 });
      assert.ok(page.loaded.some(({ url }) => url.endsWith(".wasm")));
      // It looks for a gateway first, which a host of static files does not have.
      page.complaints = page.complaints.filter((text) => !/status of 404|\/demo\/tenants/.test(text));
    }));
}

test("reading needs no scripts", async () => {
  const page = await openPage(browser);
  await page.setJavaScriptEnabled(false);
  await page.goto(`${hosts.get("/a/b/").address}guide/`);
  await Promise.all([page.waitForNavigation(), page.click('main a[href$="bulk/"]')]);
  assert.equal(await page.$eval("h1", (it) => it.textContent), "Bulk reads");
  await Promise.all([page.waitForNavigation(), page.click(".search-link")]);
  assert.ok((await page.$$("main .all a")).length > 20);
  await page.close();
});

/** The pages of error codes, which differ in their articles only. */
const ofCodes = pages.filter((path) => /^errors\/(?!CASE_NOTFOUND).+/.test(path));

test("no page has accessibility problems that axe knows", async (t) => {
  const found = {};
  const page = await openPage(browser);
  for (const path of pages.filter((one) => !ofCodes.includes(one))) {
    await page.goto(hosts.get("/").address + path, { waitUntil: "load" });
    if (path === "portal/") await page.waitForFunction(() => /[1-9][\d,.]* cases/.test(document.body.innerText));
    const problems = await problemsOf(page);
    if (problems.length > 0) found[path] = problems;
  }
  await page.close();
  t.diagnostic(`${pages.length - ofCodes.length} pages`);
  assert.deepEqual(found, {});
});

test("no page of an error code has any, with the articles of all in one page", async (t) => {
  const page = await openPage(browser);
  await page.goto(`${hosts.get("/").address}errors/CASE_NOTFOUND/`, { waitUntil: "load" });
  const count = await page.evaluate(async (paths) => {
    for (const path of paths) {
      const text = await (await fetch(`/${path}`)).text();
      const article = new DOMParser().parseFromString(text, "text/html").querySelector("article");
      document.querySelector("main").append(article);
    }
    return document.querySelectorAll("article h1").length;
  }, ofCodes);
  assert.equal(count, ofCodes.length + 1);
  assert.deepEqual(await problemsOf(page), []);
  t.diagnostic(`${count} pages`);
  await page.close();
});

/** One page of each template. */
const TEMPLATES = [
  "",
  "guide/",
  "guide/bulk/",
  "reference/client/",
  "errors/",
  "errors/CASE_NOTFOUND/",
  "search/",
  "playground/",
];

test("nor in the dark, on a narrow screen, where nothing but tables and code scrolls sideways", async () => {
  const page = await openPage(browser, { width: 320, height: 700, scheme: "dark" });
  for (const path of TEMPLATES) {
    await page.goto(hosts.get("/").address + path, { waitUntil: "load" });
    assert.deepEqual(await problemsOf(page), [], path);
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), path);
  }
  await page.close();
});

/** Adds up how much of a page moves while it is loaded (Cumulative Layout Shift). */
function watchShifts() {
  window.shifts = 0;
  new PerformanceObserver((list) => {
    for (const { value } of list.getEntries()) window.shifts += value;
  }).observe({ type: "layout-shift", buffered: true });
}

/** The largest sum of shifts that Web Vitals call good. */
const MAX_SHIFTS = 0.1;

test("a page stands still while it is loaded", async () => {
  for (const width of [360, 1280]) {
    const page = await openPage(browser, { width });
    await page.evaluateOnNewDocument(watchShifts);
    for (const path of TEMPLATES) {
      await page.goto(hosts.get("/").address + path, { waitUntil: "load" });
      await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
      const shifts = await page.evaluate(() => window.shifts);
      assert.ok(shifts < MAX_SHIFTS, `${path} at ${width}: ${shifts}`);
    }
    await page.close();
  }
});
