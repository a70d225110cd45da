// The overview: every figure leads to the list that it counts; charts for the eye, tables for everybody.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { APP, go, openProfile, overflowOf, press, problemsOf, shot, text, waitFor } from "./harness.mjs";

/** The number of cases that the list says to show. */
const listed = (page) =>
  waitFor(page, () => {
    const total = document.querySelector(".page-cases [data-total]");
    return total && Number(total.dataset.total);
  });

/** Lets minutes of timers pass at once, and the clock be set by `sleptMs`: timers have stood still meanwhile. */
function hurryMinutes() {
  const Former = Date;
  globalThis.sleptMs = 0;
  globalThis.Date = class extends Former {
    constructor(...args) {
      super(...(args.length > 0 ? args : [Former.now() + globalThis.sleptMs]));
    }
    static now() {
      return Former.now() + globalThis.sleptMs;
    }
  };
  for (const name of ["setTimeout", "setInterval"]) {
    const former = globalThis[name];
    globalThis[name] = (work, ms, ...args) => former(work, ms === 60_000 ? 100 : ms, ...args);
  }
}

export async function overview() {
  const { open, close } = await openProfile();
  const page = await open();

  await test("tiles, cells and bars of the overview lead to lists of as many cases", async () => {
    await go(page, "?page=overview");
    // The figures follow the last cases of a fill some moments later.
    await waitFor(
      page,
      () =>
        document.querySelector(".overview [data-count]")?.dataset.count ===
        document.querySelector(".sync-text").dataset.cases,
    );
    const selectors = [
      ".tile-open a",
      ".tile-severity-1 a",
      ".tile-us a",
      ".tile-quiet a",
      ".tile-closed a",
      ".severity-table tbody tr:nth-child(3) td:nth-child(3) a",
      ".severity-table tfoot td:last-child a",
      ".chart-table tbody tr:nth-child(2) a",
      ".backlog tbody tr:nth-child(3) td:nth-child(2) a",
      ".backlog tbody tr:nth-child(3) td:nth-child(3) a",
      ".backlog tbody tr:nth-child(3) .parts a:nth-child(2)",
    ];
    for (const selector of selectors) {
      await page.waitForSelector(selector);
      const count = await page.$eval(selector, (link) => Number(link.dataset.count));
      assert.ok(count > 0, `${selector} counts nothing`);
      await press(page, selector);
      assert.equal(await listed(page), count, selector);
      await page.goBack();
    }
  });

  await test("24: the charts are loaded with the overview only, in at most 25 KB", async () => {
    const assets = readdirSync(join(APP, "assets"));
    const [script] = assets.filter((name) => /^overview-page.*[.]js$/.test(name));
    const bytes = gzipSync(readFileSync(join(APP, "assets", script))).length;
    assert.ok(bytes > 5000 && bytes <= 25_600, `${bytes} bytes`);
    const fresh = await open();
    const loaded = [];
    fresh.on("request", (request) => loaded.push(request.url()));
    await go(fresh);
    assert.ok(loaded.length > 5);
    assert.deepEqual(
      loaded.filter((url) => url.includes("overview-page")),
      [],
    );
    await fresh.close();
  });

  await test("each bar is a link for the mouse to the same list as its number in the table", async () => {
    const drawn = await page.$$eval(".chart-card:not(.backlog) .drawn", (links) =>
      links.map((one) => one.getAttribute("href")),
    );
    const written = await page.$$eval(".chart-card:not(.backlog) .figures a", (links) =>
      links.map((one) => one.getAttribute("href")),
    );
    assert.ok(drawn.length >= 6);
    assert.deepEqual(drawn, written);
  });

  await test("every table and scroller of the overview has a name of its own", async () => {
    const names = [];
    const collect = ({ role, name, children = [] }) => {
      if (role === "table" || role === "region") names.push(`${role} ${name ?? ""}`);
      children.forEach(collect);
    };
    collect(await page.accessibility.snapshot({ interestingOnly: false }));
    assert.ok(names.filter((one) => one.startsWith("table")).length >= 3, names.join());
    assert.deepEqual(
      names.filter((one, at) => one.endsWith(" ") || names.indexOf(one) !== at),
      [],
    );
  });

  await test("every stop of the tab key on the overview has a name, and none is in a drawing", async () => {
    await page.evaluate(() => document.activeElement?.blur());
    const stops = [];
    for (let count = 0; count < 400; count++) {
      await page.keyboard.press("Tab");
      const stop = await page.evaluate(() => {
        const element = document.activeElement;
        if (!element || element === document.body) return null;
        const label = element.getAttribute("aria-labelledby");
        const name =
          element.getAttribute("aria-label") ??
          (label ? document.getElementById(label)?.textContent : undefined) ??
          element.labels?.[0]?.textContent ??
          element.textContent;
        return { name: name.trim(), isDrawn: element.closest("svg") !== null, tag: element.tagName };
      });
      if (!stop) break;
      stops.push(stop);
    }
    assert.ok(stops.length > 60, `${stops.length} stops`);
    assert.deepEqual(
      stops.filter(({ name }) => name === ""),
      [],
    );
    assert.deepEqual(
      stops.filter(({ isDrawn }) => isDrawn),
      [],
    );
  });

  await test("a page that a link has opened is announced, and one that the browser has loaded is not", async () => {
    await go(page, "?page=overview");
    const said = () => page.$eval("[data-announcer]", (region) => region.textContent.trim());
    await page.waitForSelector(".tile");
    assert.equal(await said(), "");
    for (const [address, name] of [
      ["news", "What is new"],
      ["overview", "Overview"],
    ]) {
      await page.focus(`.tabs a[href*="page=${address}"]`);
      await page.keyboard.press("Enter");
      await waitFor(page, (wanted) => document.querySelector("[data-announcer]").textContent.trim() === wanted, name);
    }
  });

  await test("a contract and a period restrict the overview", async () => {
    const all = Number((await text(page, ".tile-open .tile-count")).replaceAll(",", ""));
    const contract = await page.$eval(".overview-controls select option:nth-child(2)", (option) => option.value);
    await page.select(".overview-controls label:nth-child(1) select", contract);
    const own = await waitFor(
      page,
      (before) => {
        const count = Number(document.querySelector(".tile-open .tile-count").textContent.replaceAll(",", ""));
        return count < before && count;
      },
      all,
    );
    assert.ok(own > 0);
    assert.equal(new URL(page.url()).searchParams.get("contract_id"), contract);
    await page.select(".overview-controls label:nth-child(2) select", "13");
    await waitFor(page, () => document.querySelectorAll(".backlog tbody tr").length === 13);
    assert.equal(await page.$$eval(".backlog .series-1", (bars) => bars.length), 13);
    await page.select(".overview-controls label:nth-child(2) select", "26");
    // The control names the contract of the figures, also one without cases.
    await go(page, "?page=overview&contract_id=none-such");
    await page.waitForSelector(".tiles");
    assert.equal(await text(page, ".overview-controls select option:checked"), "none-such");
    assert.equal(await text(page, ".tile-open .tile-count"), "0");
    await go(page, "?page=overview");
    await page.waitForSelector(".backlog tbody tr");
  });

  await test("a new day changes the figures and an open list, although no case changes and the computer slept", async () => {
    const [own, other] = [await open(), await open()];
    for (const one of [own, other]) await one.evaluateOnNewDocument(hurryMinutes);
    await go(own, "?page=overview");
    await go(other, "?quiet_for_days=7-&status_flag=O");
    const tile = (id) => own.$eval(`.tile-${id} a`, (link) => Number(link.dataset.count));
    const listed = () => other.$eval("[data-total]", (total) => Number(total.dataset.total));
    await other.waitForSelector("[data-total]");
    const before = { opened: await tile("opened"), quiet: await tile("quiet"), listed: await listed() };
    assert.ok(before.opened > 0 && before.quiet > 0);
    assert.equal(before.listed, before.quiet);
    // From a Wednesday to the Monday after it.
    for (const one of [own, other]) {
      await one.evaluate(() => {
        globalThis.sleptMs = 5 * 86_400_000;
      });
    }
    await waitFor(own, () => document.querySelector(".tile-opened a").dataset.count === "0");
    assert.ok((await tile("quiet")) > before.quiet);
    await waitFor(
      other,
      (count) => document.querySelector("[data-total]").dataset.total === count,
      `${await tile("quiet")}`,
    );
    await Promise.all([own.close(), other.close()]);
  });

  await test("on paper the drawings are complete, and the controls are left out", async () => {
    await page.emulateMediaType("print");
    const { labels, controls } = await page.evaluate(() => ({
      labels: [...document.querySelectorAll(".chart .value")].map((one) => [
        one.textContent,
        one.getBoundingClientRect().height,
      ]),
      controls: document.querySelector(".overview-controls").checkVisibility(),
    }));
    assert.ok(labels.length >= 7);
    for (const [label, height] of labels) assert.ok(/\d/.test(label) && height > 5, `${label}: ${height}`);
    assert.equal(controls, false);
    const pdf = await page.pdf({ format: "A4" });
    assert.ok(pdf.length > 20_000, `${pdf.length} bytes`);
    await page.emulateMediaType("screen");
  });

  await test("drawings follow the page's theme, whatever the system's", async () => {
    const colours = {};
    for (const system of ["light", "dark"]) {
      for (const theme of ["light", "dark", "system"]) {
        await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: system }]);
        colours[`${theme} on ${system}`] = await page.evaluate((wanted) => {
          if (wanted === "system") delete document.documentElement.dataset.theme;
          else document.documentElement.dataset.theme = wanted;
          const of = (selector) => getComputedStyle(document.querySelector(selector));
          return [of(".chart .bar.series-1").fill, of(".chart .line").stroke, of(".chart text.tick").fill].join(" ");
        }, theme);
      }
    }
    assert.equal(colours["light on dark"], colours["light on light"]);
    assert.equal(colours["dark on light"], colours["dark on dark"]);
    assert.equal(colours["system on dark"], colours["dark on dark"]);
    assert.notEqual(colours["light on light"], colours["dark on dark"]);
    for (const colour of Object.values(colours)) assert.doesNotMatch(colour, /rgb\(0, 0, 0\)/);
  });

  await test("in forced colours the series differ, and badges keep their borders", async () => {
    await page.emulateMediaFeatures([{ name: "forced-colors", value: "active" }]);
    const styles = await page.evaluate(() => {
      const of = (selector) => getComputedStyle(document.querySelector(selector));
      return {
        opened: of(".chart .bar.series-1").fill,
        closed: of(".chart .bar.series-2").fill,
        dashes: of(".chart .bar.series-2").strokeDasharray,
        border: of(".severity-badge.severity-1").borderTopWidth,
      };
    });
    assert.notEqual(styles.opened, styles.closed);
    assert.notEqual(styles.dashes, "none");
    assert.equal(styles.border, "4px");
    await shot(page, "overview-forced-colours", { fullPage: true });
  });

  for (const scheme of ["light", "dark"]) {
    await test(`axe finds nothing on the ${scheme} overview, which fits 320 pixels`, async () => {
      await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
      assert.deepEqual(await problemsOf(page), []);
      await shot(page, `overview-${scheme}`, { fullPage: true });
      await page.setViewport({ width: 320, height: 800 });
      await waitFor(page, () => document.querySelector(".chart svg").viewBox.baseVal.width < 400);
      assert.equal(await overflowOf(page), null);
      assert.deepEqual(await problemsOf(page), []);
      await shot(page, `overview-${scheme}-narrow`, { fullPage: true });
      await page.setViewport({ width: 1280, height: 900 });
    });
  }
  await close();
}
