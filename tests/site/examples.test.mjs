// The examples of the guide, run and edited in their pages, in Chromium below a path.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { elementsOf, pages } from "./built-site.mjs";
import { launch, openPage, problemsOf, serveSite } from "./harness.mjs";

let browser;
let host;
before(async () => {
  browser = await launch();
  host = await serveSite("/a/b/");
});
after(async () => {
  await browser?.close();
  await host?.close();
});

const isRunnable = ({ name, attributes }) => name === "button" && attributes["data-example"];
const withExamples = pages.filter((page) => page.startsWith("guide/") && elementsOf(page).some(isRunnable));

/** Waits until the running example of a figure has ended, and returns its status and its output. */
async function endOf(page, number = 0) {
  const handle = await page.waitForFunction(
    (at) => {
      const figure = document.querySelectorAll(".running")[at];
      const status = figure?.querySelector("[role=status]").textContent;
      return status && status !== "Running …" && { status, output: figure.querySelector(".lines").innerText };
    },
    { timeout: 30_000 },
    number,
  );
  return handle.jsonValue();
}

test("pages of the guide have examples that run", () => assert.ok(withExamples.length >= 6, withExamples.join(", ")));

for (const path of withExamples) {
  test(`the examples of ${path} run as they are`, async () => {
    const page = await openPage(browser);
    await page.goto(host.address + path, { waitUntil: "load" });
    const count = (await page.$$("button.run")).length;
    for (let number = 0; number < count; number += 1) {
      await page.click("button.run");
      const { status, output } = await endOf(page, number);
      assert.match(status, /^Ended after \d+ ms, \d+ lines?$/, output);
    }
    assert.deepEqual(page.complaints, []);
    await page.close();
  });
}

test("an example is changed, run and reset by keyboard alone", async () => {
  const page = await openPage(browser);
  await page.goto(`${host.address}guide/errors/`, { waitUntil: "load" });
  await page.focus("button.run");
  await page.keyboard.press("Enter");
  const before = await endOf(page);
  const focused = () => page.evaluate(() => document.activeElement.className || document.activeElement.textContent);

  // The editor is before the button Run, which has the focus.
  await page.keyboard.down("Shift");
  await page.keyboard.press("Tab");
  await page.keyboard.up("Shift");
  assert.equal(await focused(), "editor");
  await page.keyboard.down("Control");
  await page.keyboard.press("End");
  await page.keyboard.up("Control");
  await page.keyboard.type('\nconsole.log([{ case: 1, title: "first" }, { case: 2, title: "second" }]);');
  await page.keyboard.down("Control");
  await page.keyboard.press("Enter");
  await page.keyboard.up("Control");
  const changed = await endOf(page);
  assert.match(changed.output, /case\s+title\s+1\s+first\s+2\s+second/);
  assert.ok(!before.output.includes("second"));

  await page.keyboard.press("Tab");
  assert.equal(await focused(), "strong");
  await page.evaluate(() =>
    [...document.querySelectorAll(".bar button")].find((it) => it.textContent === "Reset").focus(),
  );
  await page.keyboard.press("Enter");
  const text = await page.$eval(".editor", (it) => it.shadowRoot.querySelector(".cm-content").textContent);
  assert.ok(!text.includes("second"));
  assert.deepEqual(page.complaints, []);
  assert.deepEqual(await problemsOf(page, ".running"), []);
  await page.close();
});

test("a changed example that imports something else, or fails, says so", async () => {
  const page = await openPage(browser);
  await page.goto(`${host.address}guide/errors/`, { waitUntil: "load" });
  await page.click("button.run");
  await endOf(page);
  const run = async (code) => {
    await page.evaluate(() => document.querySelector(".editor").shadowRoot.querySelector(".cm-content").focus());
    await page.keyboard.down("Control");
    await page.keyboard.press("A");
    await page.keyboard.up("Control");
    await page.keyboard.type(code);
    await page.click(".bar .strong");
    return endOf(page);
  };
  assert.match((await run('import "left-pad";')).status, /"left-pad" cannot be imported here/);
  const { status, output } = await run('throw new RangeError("out of range");');
  assert.match(status, /^Failed/);
  assert.match(output, /RangeError: out of range/);
  await page.close();
});

test("a run that another one replaces, or that is stopped, leaves no worker and no module", async () => {
  const page = await openPage(browser);
  await page.goto(`${host.address}guide/errors/`, { waitUntil: "load" });
  await page.click("button.run");
  await endOf(page);
  await page.evaluate(() => document.querySelector(".editor").shadowRoot.querySelector(".cm-content").focus());
  await page.keyboard.down("Control");
  await page.keyboard.press("A");
  await page.keyboard.up("Control");
  await page.keyboard.type('console.log("begun"); await new Promise(() => {});');
  // The second run begins while the first one is being prepared.
  await page.evaluate(() => {
    const run = document.querySelector(".bar .strong");
    run.click();
    run.click();
  });
  await page.waitForFunction(() => document.querySelector(".lines").innerText.includes("begun"));
  const left = async () => {
    const modules = await page.evaluate(async () => (await (await caches.open("edited-examples")).keys()).length);
    return { workers: page.workers().length, modules };
  };
  /** Waits until so many workers and modules are left: the browser tells of workers that have ended later. */
  const leaves = async (expected) => {
    for (const end = Date.now() + 30_000; !isDeepStrictEqual(await left(), expected); await setTimeout(50)) {
      if (Date.now() > end) assert.deepEqual(await left(), expected);
    }
  };
  await leaves({ workers: 1, modules: 1 });
  await page.evaluate(() =>
    [...document.querySelectorAll(".bar button")].find((it) => it.textContent === "Stop").click(),
  );
  await leaves({ workers: 0, modules: 0 });
  await page.close();
});
