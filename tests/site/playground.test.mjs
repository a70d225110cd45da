// The playground in Chromium, below a path.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, openPage, problemsOf, serveSite } from "./harness.mjs";

let browser;
let host;
let page;
before(async () => {
  browser = await launch();
  host = await serveSite("/a/b/");
  page = await openPage(browser);
  await page.goto(`${host.address}playground/`, { waitUntil: "load" });
  // Each part starts when it is about to be seen.
  for (const id of ["requests", "moving-list", "decode", "classify"]) {
    await page.$eval(`#${id}`, (it) => it.scrollIntoView({ behavior: "instant" }));
    await page.waitForSelector(`section[aria-labelledby="${id}"]:not(:has([inert], .strong:disabled))`);
  }
});
after(async () => {
  await browser?.close();
  await host?.close();
});

const text = (selector) => page.$eval(selector, (it) => it.innerText);

/** Waits until a status has the form of a result, and returns it. */
async function statusOf(id, form) {
  await page.waitForFunction(
    (name, source) => new RegExp(source).test(document.getElementById(name).textContent),
    { timeout: 30_000 },
    id,
    form.source,
  );
  return text(`#${id}`);
}

test("requests are shown with their waits and retries", async () => {
  await page.select("#requests-form [name=fault]", "over_capacity");
  await page.$eval("#requests-form [name=rate]", (it) => {
    it.value = "50";
  });
  await page.$eval("#requests-form [name=perSecond]", (it) => {
    it.value = "3";
  });
  await page.click("#requests-form button[value=list]");
  const status = await statusOf("requests-status", /\d requests, \d+ retr(y|ies)/);
  assert.match(status, /^\d+ cases\./);
  const log = await text("#requests-log");
  assert.match(log, /retried after \d+ ms/);
  assert.match(log, /\d+ ms, rateLimit/);
});

/** Sets a field of the form of requests. */
const set = (name, value) =>
  page.$eval(
    `#requests-form [name=${name}]`,
    (it, text) => {
      it.value = text;
    },
    String(value),
  );

/** Reads the list, and returns its status and the cache column: the client reads the end of a list again. */
async function readList() {
  await page.$eval("#requests-status", (it) => it.replaceChildren());
  await page.click("#requests-form button[value=list]");
  const status = await statusOf("requests-status", / retr(y|ies), /);
  const caches = await page.$$eval("#requests-log tbody tr", (rows) =>
    rows.map(({ cells }) => cells[4].textContent.split(",")[0]),
  );
  return { status, caches };
}

test("through a gateway, requests show its cache and the wait for its quota", async () => {
  assert.ok(!page.loaded.some(({ url }) => /gateway/.test(url)));
  await set("fault", "");
  await set("latency", 0);
  await set("perSecond", 1);
  await page.click("#through-gateway");
  await set("freshSeconds", 3600);
  const first = await readList();
  const pages = first.caches.length / 2;
  assert.ok(pages > 1);
  assert.deepEqual(first.caches, [...Array(pages).fill("MISS"), ...Array(pages).fill("HIT")]);
  assert.match(first.status, new RegExp(` ${2 * pages} requests to the gateway, ${pages} from there to the service`));
  assert.match(await text("#requests-log"), /\d{3,} ms, quota of the gateway/);

  const second = await readList();
  assert.deepEqual(second.caches, Array(2 * pages).fill("HIT"));
  assert.match(second.status, / 0 from there to the service/);

  // Other settings are another gateway, whose cache is empty.
  await set("perSecond", 1000);
  await set("freshSeconds", 0);
  assert.deepEqual((await readList()).caches, [...Array(pages).fill("MISS"), ...Array(pages).fill("STALE")]);
  assert.deepEqual((await readList()).caches, Array(2 * pages).fill("STALE"));
  await statusOf("requests-status", /gateway, [1-9]\d* from there/);

  await set("staleSeconds", 0);
  assert.deepEqual(new Set((await readList()).caches), new Set(["MISS"]));
  await set("fault", "html_error");
  await set("rate", 100);
  assert.deepEqual(new Set((await readList()).caches), new Set(["STALE-IF-ERROR"]));
  await page.click("#through-gateway");
});

test("a list that moves loses cases for a reader upwards, and none for the client", async () => {
  await page.waitForSelector("#read-up:not([disabled])");
  await page.click("#read-up");
  const up = await statusOf("list-status", /lost/);
  assert.match(up, /^Reading up: [1-9]\d* cases? (is|are) lost/);
  assert.ok((await page.$$("#list .lost")).length > 0);
  await page.click("#read-down");
  const down = await statusOf("list-status", /^Reading down: .* lost/);
  const [, read, all, updated] = /no case is lost\. (\d+) of (\d+) cases were read, (\d+) were updated/.exec(down);
  assert.equal(read, all);
  assert.ok(Number(updated) > 0);
});

test("pasted JSON is decoded, with its issues by path", async () => {
  await page.click("#decode-form button");
  assert.equal(await statusOf("decode-status", /issues?$/), "4 issues");
  assert.match(await text("#decode-result table"), /cases\[0\]\.severity\s+1, 2, 3 or 4\s+"9"/);
  await page.$eval("#decode-body", (it) => {
    it.value = "{";
  });
  await page.click("#decode-form button");
  assert.match(await statusOf("decode-status", /:/), /^ILLEGAL_JSON: /);
});

test("an error body is classified, and its code links to its page", async () => {
  await page.select("#classify-form [name=sample]", "CASE_NOTFOUND");
  await page.waitForFunction(() => document.querySelector("#classify-body").value.includes("CASE_NOTFOUND"));
  await page.click("#classify-form button");
  await statusOf("classify-status", /CASE_NOTFOUND/);
  const address = await page.$eval("#classify-result a", (it) => it.href);
  assert.equal(address, `${host.address}errors/CASE_NOTFOUND/`);
  assert.match(await text("#classify-result"), /not_found/);
});

test("nothing was reported, and axe finds no problem", async () => {
  assert.deepEqual(page.complaints, []);
  assert.deepEqual(await problemsOf(page), []);
});
