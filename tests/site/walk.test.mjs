// A walk through the built site in a browser, below a path and under a strict policy: search, an example, the playground,
// the colours.
//
//   SITE        the folder of the site
//   BROWSER…    the browser and its options: see ../browsers/browser.mjs

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Key, until } from "selenium-webdriver";
import { Browser } from "../browsers/browser.mjs";
import { serveSite } from "./site-server.mjs";

const WAIT_MS = 60_000;

let host;
let browser;
before(async () => {
  host = await serveSite("/a/b/");
  browser = await Browser.start({ width: 1000, height: 800, dark: true });
});
after(async () => {
  await browser?.quit();
  await host?.close();
});

const open = (path) => browser.goto(host.address + path);

/** Waits until an element has a text of a form, and returns the text. */
async function textOf(selector, form) {
  const read = () => browser.run((name) => document.querySelector(name)?.textContent ?? "", selector);
  let text = "";
  await browser.driver.wait(
    async () => {
      text = await read();
      return form.test(text);
    },
    WAIT_MS,
    () => `${selector}: expected ${form}, got ${JSON.stringify(text)}`,
  );
  return text;
}

/** Clicks an element as soon as it is shown. */
async function click(selector) {
  const isShown = () => browser.run((name) => document.querySelector(name)?.checkVisibility() ?? false, selector);
  await browser.driver.wait(isShown, WAIT_MS, selector);
  await browser.run(
    (name) => document.querySelector(name).scrollIntoView({ block: "center", behavior: "instant" }),
    selector,
  );
  await browser.element(selector).click();
}

test("an error code is found by search", async (t) => {
  t.diagnostic(await browser.version());
  await open("guide/bulk/");
  await click(".search-link");
  await browser.driver.wait(until.urlContains("/search/"), WAIT_MS);
  await click("#query");
  await browser.type("CASE_NOTFOUND");
  await textOf("#search-status", /^\d+ pages? found/);
  await click("#search-results a");
  await textOf("main", /CASE_NOTFOUND/);
});

test("the colours are dark where the reader prefers that", async () => {
  await open("guide/errors/");
  const colours = await browser.run(() =>
    ["body", ".shiki"].map((name) => {
      const { backgroundColor, color } = getComputedStyle(document.querySelector(name));
      return [backgroundColor, color].map((text) =>
        text
          .match(/\d+/g)
          .slice(0, 3)
          .reduce((sum, one) => sum + Number(one), 0),
      );
    }),
  );
  for (const [ground, text] of colours) assert.ok(ground < 150 && text > 450, JSON.stringify(colours));
});

test("an example runs in its page, and again after a change", async () => {
  await open("guide/errors/");
  await click("button.run");
  await textOf(".running [role=status]", /^Ended after \d+ ms, \d+ lines?$/);
  await browser.run(() => document.querySelector(".editor").shadowRoot.querySelector(".cm-content").focus());
  await browser.driver.actions().keyDown(Key.CONTROL).sendKeys(Key.END).keyUp(Key.CONTROL).perform();
  await browser.type('\nconsole.log("changed", 6 * 7);');
  await click(".bar .strong");
  await textOf(".running .lines", /changed\s*42/);
});

test("the playground reads a list through the gateway, which answers from its cache the second time", async () => {
  await open("playground/");
  await browser.run(() => document.querySelector("#requests").scrollIntoView({ behavior: "instant" }));
  await browser.driver.wait(
    async () => browser.run(() => !document.querySelector("#requests-form").inert),
    WAIT_MS,
    "the form",
  );
  await click("#through-gateway");
  await click("#requests-form button[value=list]");
  await textOf("#requests-status", /\d+ cases.* [1-9]\d* from there to the service/);
  await click("#requests-form button[value=list]");
  await textOf("#requests-status", /\d+ cases.* 0 from there to the service/);
  await textOf("#requests-log", /HIT/);
});

test("pasted JSON is decoded", async () => {
  await browser.run(() => document.querySelector("#decode").scrollIntoView({ behavior: "instant" }));
  await browser.driver.wait(
    async () => browser.run(() => !document.querySelector("#decode-form").inert),
    WAIT_MS,
    "the form",
  );
  await click("#decode-form button");
  assert.equal(await textOf("#decode-status", /issues?$/), "4 issues");
});

test("nothing violates the policy, and nothing was reported", async () => {
  await browser.gather();
  assert.deepEqual([browser.breaches, browser.complaints], [[], []]);
  assert.deepEqual([...browser.hosts], [new URL(host.address).host]);
});
