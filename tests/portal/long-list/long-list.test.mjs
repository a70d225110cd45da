// The list of the portal with 500 000 rows, 22 million pixels: more than a browser's largest element. The environment is that of
// ../journey/harness.mjs, without the addresses.

import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { Key } from "selenium-webdriver";
import { Browser } from "../../browsers/browser.mjs";
import { serve } from "../../static-server.mjs";

const PORTAL = fileURLToPath(new URL("../../../www/portal/", import.meta.url));
const ROWS = 500_000;
const PAGE = `<!doctype html><html lang="en"><title>Long list</title><link rel="stylesheet" href="page.css">
<style>#root { height: 100vh; display: flex; }</style><div id="root"></div><script src="page.js"></script></html>`;

let folder;
let server;
let browser;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "portal-long-list-"));
  await build({
    entryPoints: [fileURLToPath(new URL("page.tsx", import.meta.url))],
    outfile: join(folder, "page.js"),
    bundle: true,
    jsx: "automatic",
    // One React for the page and the list.
    nodePaths: [join(PORTAL, "node_modules")],
    alias: { react: join(PORTAL, "node_modules/react"), "react-dom": join(PORTAL, "node_modules/react-dom") },
    define: { "process.env.NODE_ENV": '"production"', "import.meta.env.PROD": "true" },
    logLevel: "error",
  });
  const styles = ["ui/tokens.css", "ui/base.css", "ui/controls.css", "cases/list.css"];
  await build({
    stdin: { contents: styles.map((file) => `@import "./${file}";`).join("\n"), loader: "css", resolveDir: PORTAL },
    outfile: join(folder, "page.css"),
    bundle: true,
    logLevel: "error",
  });
  await writeFile(join(folder, "index.html"), PAGE);
  server = await serve({ "/": folder });
  browser = await Browser.start({ width: 1200, height: 800 });
  await browser.goto(`http://127.0.0.1:${server.port}/?rows=${ROWS}`);
  await until(() => document.querySelector(".row[data-case]"));
});

after(async () => {
  await browser?.quit();
  await server?.close();
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

/** Waits for a condition in the page. */
async function until(condition, ...args) {
  const end = Date.now() + 20_000;
  for (;;) {
    const found = await browser.run(condition, ...args);
    if (found) return found;
    if (Date.now() > end)
      throw new Error(`timed out waiting for ${condition} ${args}; ${JSON.stringify(await shown())}`);
    await browser.drawn();
  }
}

/** Returns the rows within the viewport below the head: index, distance from the head, height; and the active row's. */
const shown = () =>
  browser.run(() => {
    const scroller = document.querySelector("[data-list-focus]");
    const head = document.querySelector(".list-head").getBoundingClientRect();
    const area = scroller.getBoundingClientRect();
    const rows = [...document.querySelectorAll(".row[data-case]")]
      .map((row) => {
        const { top, bottom, height } = row.getBoundingClientRect();
        return { index: Number(row.getAttribute("aria-rowindex")) - 2, top, bottom, height, case: row.dataset.case };
      })
      .filter(({ top, bottom }) => bottom > head.bottom + 0.5 && top < area.top + scroller.clientHeight - 0.5)
      .sort((a, b) => a.index - b.index);
    return { rows, top: head.bottom, bottom: area.top + scroller.clientHeight, scrollTop: scroller.scrollTop };
  });

/** Waits until the row of an index is active and entirely visible. A pixel of the scroll bar is almost three of the list. */
const untilActive = (index) =>
  until((index) => {
    const scroller = document.querySelector("[data-list-focus]");
    const row = document.getElementById(scroller.getAttribute("aria-activedescendant"));
    if (row?.getAttribute("aria-rowindex") !== String(index + 2)) return false;
    const { top, bottom } = row.getBoundingClientRect();
    const head = document.querySelector(".list-head").getBoundingClientRect().bottom;
    return top >= head - 3 && bottom <= scroller.getBoundingClientRect().top + scroller.clientHeight + 3;
  }, index);

/** Asserts that rows fill the viewport, one below the other, without a gap. */
async function assertFilled() {
  const { rows, top, bottom } = await shown();
  assert.ok(rows.length > 10, `${rows.length} rows`);
  assert.ok(rows[0].top <= top + 3 && rows.at(-1).bottom >= bottom - 3, JSON.stringify({ top, bottom, rows }));
  for (const [at, row] of rows.slice(1).entries()) {
    assert.equal(row.index, rows[at].index + 1);
    assert.ok(Math.abs(row.top - rows[at].bottom) < 1, `${row.index} is at ${row.top}, after ${rows[at].bottom}`);
    assert.ok(row.height > 20);
  }
  return rows;
}

const scrollTo = async (share) => {
  await browser.run((share) => {
    const scroller = document.querySelector("[data-list-focus]");
    scroller.scrollTop = share * (scroller.scrollHeight - scroller.clientHeight);
  }, share);
  await browser.drawn();
  await browser.drawn();
};

test("the browser's own limit is below the height of all rows, or the list is scaled without need", async () => {
  const height = await browser.run(() => {
    const element = document.createElement("div");
    element.style.cssText = "position:absolute;top:0;width:1px";
    document.body.append(element);
    // Firefox gives no height at all to an element that is too high.
    const isPossible = (height) => {
      element.style.height = `${height}px`;
      return Math.abs(element.getBoundingClientRect().height - height) < 100;
    };
    let [least, most] = [1, 100_000_000];
    while (least < most) {
      const middle = Math.ceil((least + most) / 2);
      if (isPossible(middle)) least = middle;
      else most = middle - 1;
    }
    element.remove();
    return least;
  });
  console.log(`${await browser.version()}: the largest element has ${height} pixels, ${ROWS} rows ${ROWS * 44}`);
  const rows = await browser.run(() => document.querySelector(".rows").getBoundingClientRect().height);
  assert.ok(rows < height && rows <= 8_000_000, `${rows}`);
  assert.equal(await browser.run(() => document.querySelector("[role=grid]").ariaRowCount), String(ROWS + 1));
});

test("End and Home reach the last and the first row, and the arrows each row near them", async () => {
  await browser.run(() => document.querySelector("[data-list-focus]").focus());
  await browser.type(Key.END);
  await untilActive(ROWS - 1);
  for (let step = 1; step <= 40; step += 1) {
    await browser.type(Key.ARROW_UP);
    await untilActive(ROWS - 1 - step);
  }
  await browser.type(Key.HOME);
  await untilActive(0);
  for (let step = 1; step <= 40; step += 1) {
    await browser.type(Key.ARROW_DOWN);
    await untilActive(step);
  }
});

test("pages of keys follow each other in the middle", async () => {
  await scrollTo(0.5);
  await browser.type(Key.HOME);
  await untilActive(0);
  await browser.type(Key.PAGE_DOWN);
  const page = await browser.run(() => Number(document.querySelector(".row.is-active").ariaRowIndex) - 2);
  assert.ok(page > 10, `${page}`);
  await browser.type(Key.PAGE_DOWN);
  await untilActive(2 * page);
  await browser.type(Key.PAGE_UP);
  await untilActive(page);
});

test("the scroll bar reaches the first and the last row, and rows fill the view wherever it is", async () => {
  for (const share of [0, 0.1, 1 / 3, 0.5, 0.75, 0.999, 1]) {
    await scrollTo(share);
    const rows = await assertFilled();
    const middle = rows[Math.floor(rows.length / 2)].index;
    assert.ok(Math.abs(middle / ROWS - share) < 0.001, `row ${middle} at ${share}: ${(await shown()).scrollTop}`);
  }
  assert.equal((await shown()).rows.at(-1).index, ROWS - 1);
  await scrollTo(0);
  assert.equal((await shown()).rows[0].index, 0);
});

test("small steps of the scroll bar move down only, and leave out no more than the scale", async () => {
  await scrollTo(0.5);
  let last = (await assertFilled())[0].index;
  for (let step = 0; step < 30; step += 1) {
    await browser.run(() => {
      document.querySelector("[data-list-focus]").scrollTop += 100;
    });
    await browser.drawn();
    await browser.drawn();
    const [first] = await assertFilled();
    assert.ok(first.index > last && first.index - last <= 8, `${first.index} after ${last}`);
    last = first.index;
  }
});
