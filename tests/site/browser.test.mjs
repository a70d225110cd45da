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

test("the page for missing addresses has the site's design and links, below any path and up to eight folders deep", async (t) => {
  for (const [base, { address }] of hosts) {
    for (const [path, words] of [
      ["nothing-here", "nothing here"],
      ["guide/gatewy/", "gatewy"],
      ["guide/reference/client.html?x=1#y", "client"],
      ["errors/NO_SUCH_CODE/index.html", "NO_SUCH_CODE"],
      ["a/b/c/d%C3%BC/", "dü"],
      ["a/b/c/d/e/six/", "six"],
    ]) {
      await t.test(base + path, () =>
        visit({ base, path }, async (page) => {
          const [{ status, url }] = page.loaded;
          assert.deepEqual([status, url], [404, address + path]);
          await page.waitForFunction(() => document.querySelector("#search-missing").href.includes("?q="));
          const found = await page.evaluate(() => ({
            heading: document.querySelector("h1").textContent,
            isStyled: getComputedStyle(document.querySelector(".top")).display,
            links: [...document.querySelectorAll("a[href]")].map(({ href }) => href),
            search: document.querySelector("#search-missing").textContent,
            icon: document.querySelector(".brand img").naturalWidth > 0,
          }));
          assert.deepEqual(
            [found.heading, found.isStyled, found.search, found.icon],
            ["Page not found", "flex", `Search the site for “${words}”`, true],
          );
          const statuses = await page.evaluate(
            (links) => Promise.all(links.map(async (link) => (await fetch(link)).status)),
            found.links.filter((link) => !link.includes("#content")),
          );
          assert.deepEqual([...new Set(statuses)], [200], found.links.join(" "));
          assert.ok(found.links.every((link) => link.startsWith(address)));
          assert.ok(found.links.includes(address), "a link home");
          await Promise.all([page.waitForNavigation(), page.keyboard.press("/")]);
          assert.equal(page.url(), `${address}search/`);
          // The page looks for the site's top folder.
          page.complaints = page.complaints.filter(
            (text) =>
              !/status of 404|MIME type|\/assets\/(?:site\.css|not-found\.js|icon\.svg): net::ERR_ABORTED$/.test(text),
          );
        }),
      );
    }
  }
});

test("a search without a word finds nothing, and says what to do; one that finds nothing too", () =>
  visit({ path: "search/" }, async (page) => {
    const status = () => page.$eval("#search-status", (it) => it.textContent);
    const results = async () => (await page.$$("#search-results li")).length;
    await page.waitForSelector("#query:focus");
    assert.equal(await status(), "");
    await page.keyboard.press("Enter");
    assert.match(await status(), /^Type a word/);
    await page.keyboard.type("retry");
    await page.waitForFunction(() => /pages found/.test(document.querySelector("#search-status").textContent));
    assert.ok((await results()) > 1);
    for (const text of ["?! ", "..."]) {
      await page.$eval("#query", (input) => input.select());
      await page.keyboard.type(text);
      await page.waitForFunction(() => /^Type a word/.test(document.querySelector("#search-status").textContent));
      assert.equal(await results(), 0);
    }
    await page.$eval("#query", (input) => input.select());
    await page.keyboard.type("zzyzxqv");
    await page.waitForFunction(() => /^No pages found/.test(document.querySelector("#search-status").textContent));
    assert.equal(await page.evaluate(() => document.activeElement.id), "query");
  }));

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
  "404.html",
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

test("a page from right to left is the mirror of one from left to right", async () => {
  const page = await openPage(browser);
  /** The edges of an element with distances from the side where lines begin. */
  const edges = () =>
    page.evaluate(() => {
      const isMirrored = document.documentElement.dir === "rtl";
      const names = [
        ".brand",
        ".search-link",
        "h1",
        ".side",
        ".toc",
        ".turn a[rel=next]",
        ".toc .level-3 a",
        "td",
        ".skip",
      ];
      return names.flatMap((name) => {
        const found = document.querySelector(name);
        if (!found) return [];
        const { left, right } = found.getBoundingClientRect();
        const { paddingLeft, paddingRight, borderLeftWidth, borderRightWidth } = getComputedStyle(found);
        const width = document.documentElement.clientWidth;
        return [
          isMirrored
            ? [name, width - right, width - left, paddingRight, paddingLeft, borderRightWidth, borderLeftWidth]
            : [name, left, right, paddingLeft, paddingRight, borderLeftWidth, borderRightWidth],
        ].map((row) => row.map((value) => (typeof value === "number" ? Math.round(value) : value)));
      });
    });
  for (const path of TEMPLATES) {
    await page.goto(hosts.get("/").address + path, { waitUntil: "load" });
    const before = await edges();
    await page.evaluate(() => {
      document.documentElement.dir = "rtl";
    });
    assert.deepEqual(await edges(), before, path);
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
