// The list: its place, its search box and its hold, by what a reader does one after the other.

import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import {
  ADDRESS,
  changeCases,
  go,
  openProfile,
  overflowOf,
  pressButton,
  problemsOf,
  shot,
  waitFor,
} from "./harness.mjs";

/** Shows an address in the present document, as a link of the page does. */
const show = async (page, address) => {
  await page.evaluate((address) => {
    history.pushState(null, "", location.pathname + address);
    dispatchEvent(new PopStateEvent("popstate"));
  }, address);
  await settled(page);
};

/** Waits until the list shows the cases of the view. */
const settled = (page) =>
  waitFor(page, () => document.querySelector("[data-total]")?.dataset.follows === "false" && !document.hidden);

/** The place of the list: the index of its first visible row. */
const place = (page) =>
  page.evaluate(() => {
    const list = document.querySelector(".list");
    return Math.round(list.scrollTop / Number.parseFloat(list.style.getPropertyValue("--row-height")));
  });

const scrollTo = async (page, row) => {
  await page.evaluate((row) => {
    const list = document.querySelector(".list");
    list.scrollTop = row * Number.parseFloat(list.style.getPropertyValue("--row-height"));
  }, row);
  // The place is in the history after a rest.
  await waitFor(page, (row) => Math.abs((history.state?.place?.topIndex ?? -9) - row) < 2, row);
};

const openPalette = async (page) => {
  await page.keyboard.down("Control");
  await page.keyboard.press("k");
  await page.keyboard.up("Control");
  await page.waitForSelector("dialog[open] [cmdk-input]");
};

/** Runs a command of the palette. */
const command = async (page, words) => {
  await openPalette(page);
  await page.keyboard.type(words);
  await waitFor(
    page,
    (words) => document.querySelector("[cmdk-item][aria-selected=true]")?.textContent.includes(words),
    words,
  );
  await page.keyboard.press("Enter");
  await waitFor(page, () => document.querySelector("dialog[open]") === null);
};

export async function listPage() {
  const { open, close } = await openProfile();
  const page = await open();
  await go(page);
  await page.waitForSelector(".row[data-case]");

  await test("other rows begin at the top, and Back returns to the place of the former ones", async () => {
    await scrollTo(page, 900);
    await page.focus("#search");
    await page.keyboard.type("down");
    await waitFor(page, () => location.search === "?text=down");
    await settled(page);
    assert.equal(await place(page), 0, "a search");
    await show(page, "");
    await scrollTo(page, 900);
    await pressButton(page, "View: All cases");
    await page.waitForSelector("[popover]:popover-open");
    await page.evaluate(() => {
      [...document.querySelectorAll("[popover]:popover-open button")].find((one) => one.innerText === "Open").click();
    });
    await waitFor(page, () => location.search.includes("base=open"));
    await settled(page);
    assert.equal(await place(page), 0, "a view");
    await scrollTo(page, 40);
    await page.goBack();
    await waitFor(page, () => location.search === "");
    await settled(page);
    assert.ok(Math.abs((await place(page)) - 900) < 2, `${await place(page)}`);
    // Columns and collapsed groups are no other rows.
    await page.evaluate(() => document.querySelector(".list").focus());
    await pressButton(page, "Columns");
    await page.waitForSelector(".columns-menu");
    await page.evaluate(() => {
      [...document.querySelectorAll(".columns-menu label")].find((one) => one.innerText.trim() === "Compact").click();
    });
    await waitFor(page, () => document.querySelector(".list.compact"));
    assert.ok((await place(page)) > 400, `${await place(page)}`);
    await page.keyboard.press("Escape");
    await show(page, "");
  });

  await test("49: the box shows the text that is searched for, also after a command and Back", async () => {
    const box = () => page.$eval("#search", ({ value }) => value);
    await page.focus("#search");
    await page.keyboard.type("down");
    await waitFor(page, () => location.search === "?text=down");
    await command(page, "View: Closed");
    await waitFor(page, () => location.search.includes("base=closed"));
    assert.equal(await box(), "");
    await page.focus("#search");
    await page.keyboard.type("link up");
    await waitFor(page, () => location.search.includes("text=link+up"));
    assert.equal(await box(), "link up");
    await page.goBack();
    await waitFor(page, () => !location.search.includes("base=closed"));
    await waitFor(page, () => document.querySelector("#search").value === "down");
    await page.keyboard.press("Escape");
    await waitFor(page, () => location.search === "");
  });

  await test("a list that was removed under the pointer follows the changes when it is back", async () => {
    await show(page, "");
    const { x, y } = await page.$eval(".list", (list) => {
      const { left, top, width, height } = list.getBoundingClientRect();
      return { x: left + width / 2, y: top + height / 2 };
    });
    await page.mouse.move(x, y);
    await show(page, "?text=zzzzzzzz");
    await page.waitForSelector(".empty h2");
    await page.mouse.move(2, 2);
    await show(page, "");
    await page.waitForSelector(".row[data-case]");
    await page.focus("#main");
    // The times in the rows change by themselves.
    const before = await page.$$eval(".row[data-case]", (all) => all.map(({ dataset }) => dataset.case).join());
    await changeCases(page);
    await waitFor(
      page,
      (before) => {
        const rows = [...document.querySelectorAll(".row[data-case]")];
        return rows.length > 0 && rows.map(({ dataset }) => dataset.case).join() !== before;
      },
      before,
    );
    assert.equal(await page.$("[data-pending]"), null);
  });

  await test("two views of one name are two commands, and the palette is not on paper", async () => {
    await page.evaluate(() => {
      const own = { id: "own-view", name: "Open", address: "?severity=1" };
      localStorage.setItem("portal.views.sandbox", JSON.stringify([own]));
    });
    await go(page);
    await page.waitForSelector(".row[data-case]");
    await openPalette(page);
    await page.keyboard.type("View: Open");
    const chosen = () => page.$$eval("[cmdk-item][aria-selected=true]", (all) => all.map((one) => one.textContent));
    await waitFor(page, () => document.querySelectorAll("[cmdk-item]").length === 2);
    assert.deepEqual(await chosen(), ["View: Open"]);
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await waitFor(page, () => location.search.includes("base="));
    assert.match(page.url(), /severity=1&base=own-view$/);
    await openPalette(page);
    await page.emulateMediaType("print");
    assert.equal(await page.$eval("dialog[open]", (dialog) => getComputedStyle(dialog).display), "none");
    await page.emulateMediaType("screen");
    await pressButton(page, "Close");
    await page.evaluate(() => localStorage.removeItem("portal.views.sandbox"));
  });

  await test("fewer values of a filter are its first ones again, whatever was filtered", async () => {
    await go(page);
    await page.waitForSelector(".facet > button[aria-expanded=false]");
    const found = await page.evaluate(async () => {
      const drawn = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
      const button = document.querySelector(".facet > button[aria-expanded=false]");
      const facet = button.closest(".facet");
      const count = () => facet.querySelectorAll(".facet-value").length;
      const counts = [count()];
      button.click();
      await drawn();
      const input = facet.querySelector("input[type=search]");
      Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(input, "zzzz");
      input.dispatchEvent(new Event("input", { bubbles: true }));
      await drawn();
      counts.push(count());
      button.click();
      await drawn();
      counts.push(count());
      return counts;
    });
    assert.ok(found[0] > 0);
    assert.deepEqual(found, [found[0], 0, found[0]]);
  });

  await test("a file of views can be read again, and an empty list of many conditions says which ones it has tried", async () => {
    const folder = await mkdtemp(join(tmpdir(), "portal-views-"));
    const file = join(folder, "views.json");
    const views = [{ name: "Read from a file", address: "?severity=2" }];
    await writeFile(file, JSON.stringify({ format: "cisco-support-case portal views 1", views }));
    await pressButton(page, "View: All cases");
    await page.waitForSelector("[popover]:popover-open");
    await pressButton(page, "Manage your views…");
    const input = await page.waitForSelector("dialog[open] input[type=file]");
    await input.uploadFile(file);
    await page.waitForSelector(".manage-views [aria-label='Name of the view Read from a file']");
    // Otherwise the browser would see no change in the same file.
    assert.equal(await input.evaluate(({ value }) => value), "");
    await pressButton(page, "Remove Read from a file");
    await pressButton(page, "Close");
    await rm(folder, { recursive: true });
    const names = ["severity=1", "status_flag=O", "status=x", "contract_id=1", "user_id=x", "bug=x", "rma=1"];
    await show(page, `?text=zzzzzzzz&${names.join("&")}&serial_number=x`);
    await page.waitForSelector(".empty p");
    assert.equal(
      await page.$eval(".empty p", (words) => words.textContent),
      "None of the first 8 conditions empties the list by itself.",
    );
    await show(page, "?text=zzzzzzzz&severity=1&status=x");
    await waitFor(page, () => document.querySelector(".empty p").textContent.startsWith("No single condition"));
    await show(page, "");
  });

  await test("a browser that blocks its storage shows the cases, and keeps views and settings until the page is left", async () => {
    const other = await openProfile();
    const second = await other.open();
    await second.evaluateOnNewDocument(() => {
      for (const name of ["localStorage", "sessionStorage", "indexedDB"]) {
        Object.defineProperty(window, name, {
          get() {
            throw new DOMException("Access is denied for this document.", "SecurityError");
          },
        });
      }
    });
    await go(second);
    await second.waitForSelector(".row[data-case]");
    await pressButton(second, "View: All cases");
    await second.waitForSelector("[popover]:popover-open");
    await pressButton(second, "Save as a new view…");
    await second.waitForSelector("#view-name");
    await second.type("#view-name", "Mine");
    await second.keyboard.press("Enter");
    await waitFor(second, () => document.querySelector(".views-name").textContent === "Mine");
    await second.evaluate(() => document.querySelector("nav a[href*='page=overview']").click());
    await second.waitForSelector(".tiles");
    await second.select(".overview-controls label:nth-child(2) select", "13");
    await waitFor(second, () => document.querySelectorAll(".backlog tbody tr").length === 13);
    await other.close();
  });

  await test("a browser that lacks what the page needs is told so, and another one is not", async () => {
    const own = await open();
    await own.goto(ADDRESS);
    const isTold = () => own.$eval("#old", (note) => note.checkVisibility());
    assert.equal(await isTold(), false);
    const condition = await own.evaluate(() => {
      const sheets = [...document.styleSheets];
      const isOwn = (rule) => rule instanceof CSSSupportsRule && rule.cssText.includes("#old");
      const sheet = sheets.find(({ cssRules }) => [...cssRules].some(isOwn));
      const at = [...sheet.cssRules].findIndex(isOwn);
      const { conditionText } = sheet.cssRules[at];
      sheet.deleteRule(at);
      return conditionText;
    });
    for (const feature of [":dir(", ":popover-open", "white-space-collapse"])
      assert.ok(condition.includes(feature), condition);
    assert.equal(await isTold(), true, "as where the condition is false, or not understood");
    await own.close();
  });

  await test("at a zoom of 400 % dialogs have the height of the window, and all of them can be reached", async () => {
    const low = await open({ width: 320, height: 225 });
    await go(low);
    await pressButton(low, "Filters");
    await low.waitForSelector("dialog .facets select");
    const { height, isScrolled, isInSight } = await low.evaluate(() => {
      const dialog = document.querySelector("dialog[open]");
      const last = [...dialog.querySelectorAll("select, button")].at(-1);
      last.focus();
      const { top, bottom } = last.getBoundingClientRect();
      const isScrolled = dialog.scrollTop > 0;
      return { height: dialog.clientHeight, isScrolled, isInSight: top >= 0 && bottom <= innerHeight };
    });
    assert.ok(height > 210, `${height}`);
    assert.deepEqual([isScrolled, isInSight], [true, true]);
    assert.equal(await overflowOf(low), null);
    await shot(low, "filters-low");
    await low.close();
  });

  await test("a page without TLS saves views, and copies", async () => {
    const own = await openProfile();
    const page = await own.open();
    await page.evaluateOnNewDocument(() => {
      delete Crypto.prototype.randomUUID;
      delete Navigator.prototype.clipboard;
      const { setData } = DataTransfer.prototype;
      DataTransfer.prototype.setData = function (type, text) {
        globalThis.copied = text;
        setData.call(this, type, text);
      };
    });
    await go(page, "?severity=1");
    const saying = (text) =>
      waitFor(
        page,
        (wanted) =>
          [...document.querySelectorAll("[data-announcer]")].some((region) => region.textContent.trim() === wanted),
        text,
      );
    await page.focus(".views-button");
    await page.keyboard.press("Enter");
    await page.waitForSelector(":popover-open .menu-list button");
    await pressButton(page, "Save as a new view…");
    await page.waitForSelector("#view-name");
    await page.type("#view-name", "Urgent");
    await page.keyboard.press("Enter");
    await saying("Urgent is saved.");
    await page.focus(".list");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("i");
    await saying("Case number copied.");
    const id = await page.$eval(".row.is-active", (row) => row.dataset.case);
    assert.equal(await waitFor(page, () => globalThis.copied), id);
    await command(page, "Copy a link");
    await saying("Link copied.");
    await waitFor(page, () => /^http.*\?severity=1/.test(globalThis.copied));
    await page.focus(".list");
    await page.keyboard.press("Enter");
    await page.waitForSelector(".case-id");
    await page.keyboard.press("i");
    await waitFor(page, (wanted) => globalThis.copied === wanted, id);
    await own.close();
  });

  await test("marks that a full storage refuses stay until the page is left, which says so", async () => {
    const own = await openProfile();
    const page = await own.open();
    await page.evaluateOnNewDocument(() => {
      const open = IDBFactory.prototype.open;
      IDBFactory.prototype.open = function (name, version) {
        if (name === "support-cases-readers") throw new DOMException("full", "QuotaExceededError");
        return open.call(this, name, version);
      };
    });
    await go(page);
    await page.waitForSelector("[data-banner=marks]");
    await page.focus(".list");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("p");
    await page.waitForSelector(".row [aria-label=Pinned]");
    assert.deepEqual(await problemsOf(page), []);
    await page.$eval("[data-banner=marks] button", (button) => button.click());
    await waitFor(page, () => document.querySelector("[data-banner=marks]") === null);
    await own.close();
  });

  await test("a sandbox that cannot start says so", async () => {
    const other = await openProfile();
    const second = await other.open();
    await second.evaluateOnNewDocument(() => localStorage.setItem("portal.sandbox.cases", "2000000"));
    await second.goto(ADDRESS);
    await waitFor(second, () => document.querySelector("main [role=alert]")?.textContent.includes("The sandbox"));
    await other.close();
  });

  await close();
}
