// Pitfalls of portals that no page of its own covers: numbers are those of the table in www/portal/README.md.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ADDRESS,
  changeCases,
  complaints,
  go,
  openProfile,
  overflowOf,
  pressButton,
  savedReader,
  shot,
  text,
  waitFor,
  WIDE,
} from "./harness.mjs";

export async function traps() {
  const { open, close } = await openProfile();
  const page = await open();

  await test("8: the first use of the browser's search explains that it finds visible rows only, once", async () => {
    await go(page);
    const pressFind = () =>
      page.evaluate(() => {
        const event = new KeyboardEvent("keydown", { key: "f", ctrlKey: true, bubbles: true, cancelable: true });
        document.body.dispatchEvent(event);
        return event.defaultPrevented;
      });
    assert.equal(await pressFind(), false, "the browser's search opens");
    await page.waitForSelector(".browser-search-hint");
    await pressButton(page, "Understood");
    await waitFor(page, () => document.querySelector(".browser-search-hint") === null);
    await pressFind();
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    assert.equal(await page.$(".browser-search-hint"), null);
  });

  await test("the page says that it is loading before its scripts are there", async () => {
    const html = await (await fetch(ADDRESS)).text();
    assert.match(html, /<div id="root"><p class="loading">Loading…<\/p><\/div>/);
  });

  await test("the first stop of the tab key leads past the filters, without an entry of the history", async () => {
    await go(page);
    const entries = await page.evaluate(() => history.length);
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    assert.equal(await page.evaluate(() => document.activeElement.id), "cases");
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement.id), "search");
    assert.equal(await page.evaluate(() => history.length), entries);
    await page.evaluate(() => document.activeElement.blur());
  });

  await test("a list beside a case shows whole columns only, in rows of the same height", async () => {
    const shown = () =>
      page.evaluate(() => {
        const list = document.querySelector(".list");
        const rows = [...document.querySelectorAll(".row[data-case]")].slice(0, 8);
        const tops = rows.map((row) =>
          Math.round(row.getBoundingClientRect().top - rows[0].getBoundingClientRect().top),
        );
        const places = rows.map((row, at) => [row.dataset.case, row.offsetHeight, tops[at]]);
        const heads = [...document.querySelectorAll(".head-cell")].map((head) => head.textContent);
        const cut = [...document.querySelectorAll(".row .status-badge")].filter(
          (one) => one.getBoundingClientRect().right > list.getBoundingClientRect().left + list.clientWidth,
        );
        return { over: list.scrollWidth - list.clientWidth, places, heads, cut: cut.length };
      });
    for (const [width, heads] of [
      [1280, "Case,Severity,Title,Status"],
      [1440, "Case,Severity,Title,Status,Updated"],
      [1920, "Case,Severity,Title,Status,Updated,Created,Contract"],
    ]) {
      await page.setViewport({ width, height: 900 });
      await go(page);
      await page.waitForSelector(".row[data-case]");
      const before = await shown();
      assert.equal(before.heads.length, 7);
      await page.focus(".list");
      await page.keyboard.press("ArrowDown");
      await page.keyboard.press(" ");
      await page.waitForSelector(".peek .case-head h1");
      const after = await shown();
      assert.deepEqual([after.over, after.cut, after.heads.join()], [0, 0, heads], `${width}`);
      assert.deepEqual(after.places, before.places, `${width}`);
      await shot(page, `list-beside-case-${width}`);
      await page.keyboard.press("Escape");
      await waitFor(page, () => document.querySelectorAll(".head-cell").length === 7);
    }
    await page.setViewport({ width: 1280, height: 900 });
  });

  await test("beside a case the tools stay in the line of the search", async () => {
    // The width of a window of 1280 pixels, and the longest name of a view.
    const heights = await page.evaluate(() => {
      const bar = document.querySelector(".cases-bar");
      const name = document.querySelector(".views-name");
      const before = name.textContent;
      const measured = [304, 374, 608, 680, 720, 960, 1176, 1400].map((width) => {
        bar.style.width = `${width + 24}px`;
        bar.style.paddingInline = "12px";
        const plain = bar.offsetHeight;
        name.textContent = "A view with a long name, which was changed (changed)";
        const long = bar.offsetHeight;
        name.textContent = before;
        return { width, plain, long };
      });
      bar.removeAttribute("style");
      return measured;
    });
    const [line] = heights.slice(-1);
    for (const { width, plain, long } of heights.filter(({ width }) => width > 600)) {
      assert.deepEqual([plain, long], [line.plain, line.plain], `${width}`);
    }
    await page.setViewport({ width: 1280, height: 900 });
    await go(page, "?group=status");
    await page.waitForSelector(".row[data-case]");
    await page.focus(".list");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press(" ");
    await page.waitForSelector(".peek .case-head h1");
    assert.equal(await page.$eval(".cases-bar", (bar) => bar.offsetHeight), line.plain);
    // What has only an icon there can be used all the same.
    await page.select(".group-choice select", "severity");
    await waitFor(page, () => document.querySelector(".group-head")?.textContent.includes("Severity"));
  });

  await test("a press beside the check box of a row selects the case, opens none, and moves no row", async () => {
    await go(page);
    await page.waitForSelector(".row[data-case]");
    const { x, y } = await page.$eval(".row[data-case] .cell-select", (cell) => {
      const { right, top, height } = cell.getBoundingClientRect();
      return { x: right - 4, y: top + height / 2 };
    });
    await page.mouse.click(x, y);
    await page.waitForSelector(".row.is-selected input:checked");
    await page.waitForSelector(".selection-bar");
    assert.equal(new URL(page.url()).searchParams.get("page"), null);
    await page.mouse.click(x, y);
    await waitFor(page, () => document.querySelector(".row.is-selected") === null);
  });

  await test("what cannot be searched for leaves the page whole, says why, and can be dropped", async () => {
    await go(page);
    await page.waitForSelector(".row[data-case]");
    const words = Array.from({ length: 40 }, (_, at) => `word${at}`).join(" ");
    await page.focus("#search");
    await page.evaluate((text) => document.execCommand("insertText", false, text), words);
    await waitFor(page, () => document.querySelector(".empty h2")?.textContent === "This cannot be searched for");
    assert.match(await text(page, ".empty"), /at most 32 words/);
    await waitFor(page, () => document.querySelector("[data-announcer]").textContent.includes("cannot be searched"));
    // Also after a reload, and for a reader who marked cases.
    await waitFor(page, () => location.search.includes("word39"));
    await go(page, new URL(page.url()).search);
    await waitFor(page, () => document.querySelector(".empty h2")?.textContent === "This cannot be searched for");
    await page.evaluate(() => document.querySelector("nav a[href*='page=overview']").click());
    await page.waitForSelector(".tiles");
    await page.goBack();
    await page.waitForSelector(".empty button");
    await page.$eval(".empty button", (button) => button.click());
    await waitFor(page, () => Number(document.querySelector("[data-total]").dataset.total) > 1000);
    // A range that is entered from its end.
    await go(page, "?created=2026-11-10~");
    const field = "input[aria-label='Created before']";
    await page.waitForSelector(field);
    await page.$eval(field, (input) => {
      Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(input, "2026-11-01");
      input.dispatchEvent(new Event("input", { bubbles: true }));
    });
    await waitFor(page, () => document.querySelector(".empty")?.textContent.includes("ends after it begins"));
    assert.equal(await page.$eval(field, (input) => input.value), "2026-11-01");
    await page.evaluate(() => document.querySelector(".empty button").click());
    await waitFor(page, () => Number(document.querySelector("[data-total]").dataset.total) > 1000);
  });

  await test("with text of twice the size no page scrolls sideways on a phone", async () => {
    const second = await open({ width: 390, height: 844 });
    await second.evaluateOnNewDocument(() => {
      const observer = new MutationObserver(() => {
        if (!document.documentElement) return;
        document.documentElement.style.fontSize = "200%";
        observer.disconnect();
      });
      observer.observe(document, { childList: true });
    });
    await go(second);
    const id = await second.$eval(".row[data-case]", (row) => row.dataset.case);
    for (const address of ["", "?page=overview", "?page=news", `?page=case&case=${id}`]) {
      await go(second, address);
      await second.waitForSelector("main h1");
      await second.waitForSelector(".row[data-case], .chart svg, .news-columns, .notes .note");
      assert.equal(await overflowOf(second), null, address);
    }
    await second.close();
  });

  await test("a menu that the focus leaves is closed: it would cover what has the focus", async () => {
    await go(page);
    await page.focus(".toolbar button[aria-label='Copy a link to this list']");
    await page.keyboard.press("Enter");
    await page.waitForSelector("[popover]:popover-open button");
    for (let stops = 0; stops < 4; stops += 1) {
      await page.keyboard.press("Tab");
      const { isInside, isOpen } = await page.evaluate(() => {
        const panel = document.querySelector("[popover]:popover-open");
        return { isOpen: panel !== null, isInside: panel?.contains(document.activeElement) ?? false };
      });
      assert.equal(isOpen, isInside);
      if (!isOpen) break;
    }
    assert.equal(await page.evaluate(() => document.activeElement.getAttribute("aria-label")), "Export");
  });

  await test("a list of more than 1000 marked cases says that it has the latest 1000", async () => {
    await go(page);
    await page.waitForSelector(".row[data-case]");
    await page.focus(".list");
    await page.keyboard.down("Control");
    await page.keyboard.press("a");
    await page.keyboard.up("Control");
    await page.waitForSelector(".selection-bar");
    await page.keyboard.press("u");
    await waitFor(page, () =>
      /^[\d,]{5,}$/.test(document.querySelector("[data-mark=unread] .facet-number")?.textContent ?? ""),
    );
    const all = Number((await text(page, "[data-mark=unread] .facet-number")).replace(",", ""));
    await page.$eval("[data-mark=unread] input", (input) => input.click());
    await waitFor(page, () => document.querySelector("[data-total]").dataset.total === "1000");
    assert.match(
      await text(page, ".list-total"),
      new RegExp(`^1,000 cases · among the latest 1,000 of ${all.toLocaleString("en")} unread ones$`),
    );
    await page.setViewport({ width: 320, height: 800 });
    const ends = () =>
      page.evaluate(() =>
        [".badge", ".tabs"].map((part) => document.querySelector(part).getBoundingClientRect().right),
      );
    const [badge, tabs] = await ends();
    assert.match(await text(page, ".badge"), /^999\+/);
    assert.ok(badge <= tabs, `the count ends at ${badge}, the navigation at ${tabs}`);
    await page.setViewport(WIDE);
    await page.focus(".list");
    await page.keyboard.press("u");
    await waitFor(page, () => document.querySelector("[data-mark=unread] .facet-number").textContent === "0");
    await page.keyboard.press("Escape");
    await waitFor(page, () => document.querySelector(".selection-bar") === null);
    await page.$eval("[data-mark=unread] input", (input) => input.click());
    await waitFor(page, () => Number(document.querySelector("[data-total]").dataset.total) > 1000);
  });

  await test("45: keys show at once, and only what was typed last is searched for", async () => {
    await page.waitForSelector("[role=row][data-case]");
    const { shown, totals } = await page.evaluate(async () => {
      const input = document.querySelector("#search");
      const total = document.querySelector("[data-total]");
      const set = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set;
      const totals = [];
      const shown = [];
      const observer = new MutationObserver(() => totals.push(total.dataset.total));
      observer.observe(total, { attributes: true, attributeFilter: ["data-total"] });
      for (const text of ["d", "do", "dow", "down"]) {
        set.call(input, text);
        input.dispatchEvent(new Event("input", { bubbles: true }));
        await null;
        shown.push(input.value);
      }
      const end = performance.now() + 20_000;
      while (!document.querySelector(".chip") || totals.length === 0) {
        if (performance.now() > end) break;
        await new Promise((done) => requestAnimationFrame(done));
      }
      // What else was begun would be there after a rest.
      await new Promise((done) => requestIdleCallback(done));
      observer.disconnect();
      return { shown, totals };
    });
    assert.deepEqual(shown, ["d", "do", "dow", "down"]);
    assert.equal(totals.length, 1, totals.join(" "));
    assert.ok(Number(totals[0]) > 0);
    assert.equal(await page.$eval(".chips", (chips) => chips.innerText.trim()), "Text “down”");
    await pressButton(page, "Remove: Text “down”");
    await waitFor(page, () => document.querySelector(".chip") === null);
  });

  await test("buttons and check boxes that are repeated name what they act on", async () => {
    const names = async () => {
      const found = [];
      const collect = ({ role, name, children = [] }) => {
        if (role === "button" || role === "checkbox") found.push(`${role} ${name}`);
        children.forEach(collect);
      };
      collect(await page.accessibility.snapshot());
      return found;
    };
    const twice = (all) => all.filter((name, at) => all.indexOf(name) !== at);
    await waitFor(page, () => document.querySelectorAll(".facet-value").length > 20);
    await page.evaluate(() => {
      for (const button of document.querySelectorAll(".facet > button")) button.click();
    });
    await waitFor(page, () => document.querySelector(".facet > button[aria-expanded=true]") !== null);
    const list = await names();
    assert.ok(list.includes("checkbox Severity 1") && list.includes("button Exclude Severity 1"), list.join("\n"));
    assert.deepEqual(twice(list), []);
    await page.evaluate(() => {
      for (const button of document.querySelectorAll(".facet > button[aria-expanded=true]")) button.click();
    });
    for (const menu of ["Order", "Columns"]) {
      await pressButton(page, menu);
      await page.waitForSelector("[popover]:popover-open");
      assert.deepEqual(twice(await names()), [], menu);
      await page.keyboard.press("Escape");
      await waitFor(page, () => document.querySelector("[popover]:popover-open") === null);
    }
  });

  await test("10: changes of cases leave selected text and its rows alone", async () => {
    await page.waitForSelector("[role=row][data-case] .row-title");
    const before = await page.evaluate(() => {
      const title = document.querySelector("[role=row][data-case] .row-title");
      window.selectedRow = title.closest("[role=row]");
      getSelection().selectAllChildren(title);
      return getSelection().toString();
    });
    assert.ok(before.length > 5);
    await changeCases(page);
    await waitFor(page, () => /^\(\d+\) /.test(document.title));
    const after = await page.evaluate(() => ({
      text: getSelection().toString(),
      isThere: window.selectedRow.isConnected,
    }));
    assert.deepEqual(after, { text: before, isThere: true });
    await page.evaluate(() => getSelection().removeAllRanges());
  });

  /** The texts of the regions: that of the page first, then those of dialogs. */
  const regions = () =>
    page.evaluate(() =>
      [...document.querySelectorAll("[data-announcer]")]
        .sort((a, b) => Number(a.closest("dialog") !== null) - Number(b.closest("dialog") !== null))
        .map((one) => one.textContent.trim()),
    );
  /** Presses the first button within an element whose name begins with a text, by the keyboard. */
  const pressByKey = async (name, within) => {
    await waitFor(
      page,
      (name, within) => {
        const found = [...document.querySelectorAll(`${within} button, ${within} a`)].find(
          (one) => one.checkVisibility() && (one.getAttribute("aria-label") ?? one.textContent.trim()).startsWith(name),
        );
        found?.focus();
        return document.activeElement === found;
      },
      name,
      within,
    );
    await page.keyboard.press("Enter");
  };
  /** Waits until the element with the focus has a name that begins with a text. */
  const focusOn = (name) =>
    waitFor(
      page,
      (name) => {
        const { activeElement } = document;
        return (activeElement?.getAttribute("aria-label") ?? activeElement?.textContent.trim())?.startsWith(name);
      },
      name,
    );

  await test("30: actions in a dialog are announced in it, and the last one by the page once the dialog is closed", async () => {
    await pressByKey("View:", ".toolbar");
    await pressByKey("Save as a new view", ".popover");
    await page.waitForSelector("#view-name");
    await page.type("#view-name", "Mine");
    await page.keyboard.press("Enter");
    await waitFor(page, () => document.querySelector("dialog") === null);
    assert.deepEqual(await regions(), ["Mine is saved."]);
    await pressByKey("View:", ".toolbar");
    await pressByKey("Manage", ".popover");
    await page.waitForSelector("dialog .manage-views");
    // What was said before is not said again in the new region.
    assert.deepEqual(await regions(), ["Mine is saved.", ""]);
    await pressByKey("Remove", "dialog");
    await waitFor(page, () => document.querySelector("dialog .manage-views li") === null);
    assert.deepEqual(await regions(), ["Mine is saved.", "Mine is removed."]);
    await pressButton(page, "Close");
  });

  await test("32: the focus goes to a neighbour when its control is gone, or is disabled by what it did", async () => {
    await go(page, "?text=zzzz&severity=1");
    await pressByKey("Remove: Text", ".chips");
    await focusOn("Remove: Severity");
    await go(page, "?text=zzzz");
    await pressByKey("Without Text", ".empty");
    await waitFor(page, () => document.activeElement?.matches("[data-list-focus]"));
    // The first press chooses the row.
    await page.keyboard.press("Space");
    await page.waitForSelector(".row.is-active");
    await page.keyboard.press("Space");
    await page.waitForSelector(".peek .case-actions");
    await pressByKey("Put off", ".peek");
    await pressByKey("When it changes", ".popover");
    await focusOn("Until it changes");
    await page.keyboard.press("Enter");
    await focusOn("Put off");
    await pressByKey("Columns", ".toolbar");
    await pressByKey("Title further left", ".columns-menu");
    await pressByKey("Title further left", ".columns-menu");
    await focusOn("Title further right");
    await page.keyboard.press("Escape");
    await page.waitForSelector(".case-actions");
    await pressByKey("Pin", ".peek");
    await savedReader(page, ({ pinned }) => Object.keys(pinned).length > 0);
    await go(page, "?page=news");
    await pressByKey("Unpin", ".news");
    await waitFor(page, () => document.activeElement?.matches("main, main *"));
  });

  await test("31: the page's region for announcements is one element from the first paint on", async () => {
    const second = await open();
    await second.evaluateOnNewDocument(() => {
      new MutationObserver((_, observer) => {
        const region = document.querySelector("[data-announcer]");
        if (!region) return;
        window.firstRegion = region;
        window.firstText = region.textContent;
        observer.disconnect();
      }).observe(document, { childList: true, subtree: true });
    });
    await go(second, "?page=news");
    await second.waitForSelector(".news");
    assert.equal(await second.evaluate(() => window.firstText), "");
    assert.ok(await second.evaluate(() => document.querySelector("[data-announcer]") === window.firstRegion));
    await second.close();
  });

  await test("31: the end of the first fill is announced, and a reload from the copy has none", async () => {
    const own = await openProfile();
    const first = await own.open();
    await first.evaluateOnNewDocument(() => {
      globalThis.announced = [];
      const watch = new MutationObserver(() => {
        const text = document.querySelector("[data-announcer]")?.textContent.trim();
        if (text && text !== globalThis.announced.at(-1)) globalThis.announced.push(text);
      });
      watch.observe(document, { childList: true, subtree: true, characterData: true });
    });
    const announced = () => first.evaluate(() => globalThis.announced);
    await first.goto(`${ADDRESS}?page=overview`);
    await waitFor(first, () => globalThis.announced.includes("All cases are loaded."));
    for (const text of await announced()) assert.match(text, /^(\d{2,3} percent of the|All) cases are loaded\.$/);
    await first.reload();
    await first.waitForSelector(".sync-ok");
    await first.waitForSelector(".tile");
    assert.deepEqual(await announced(), []);
    await own.close();
  });

  await test("31: a banner is announced by the page's region, and cases that come by themselves are not", async () => {
    await go(page);
    await waitFor(page, () => /cases$/.test(document.querySelector("[data-announcer]").textContent));
    const total = () => page.$eval("[data-total]", ({ dataset }) => dataset.total);
    const before = await total();
    await page.evaluate(() => {
      document.querySelector("[data-announcer]").textContent = "";
    });
    // The dialog returns the focus to where it was: not to the list, which would stand still.
    await page.focus("#main");
    // Not in each hour is a case created.
    for (let hours = 0; hours < 5 && (await total()) === before; hours += 1) {
      await changeCases(page);
      const isOther = (before) => document.querySelector("[data-total]").dataset.total !== before;
      await page.waitForFunction(isOther, { timeout: 2000 }, before).catch(() => {});
    }
    assert.notEqual(await total(), before);
    // An announcement of results comes 800 ms after the last change.
    await page.evaluate(() => new Promise((done) => setTimeout(done, 1000)));
    assert.deepEqual(await regions(), [""]);
    await page.setOfflineMode(true);
    await waitFor(page, () => /^You are offline/.test(document.querySelector("[data-announcer]").textContent));
    await page.setOfflineMode(false);
    await waitFor(page, () => document.querySelector("[data-banner=offline]") === null);
  });

  await test("35: the active row is never below the head or beyond the end, whatever moves to it", async () => {
    await go(page);
    await page.waitForSelector("[role=row][data-case]");
    await page.focus("[data-list-focus], [role=grid]");
    const isVisible = () =>
      page.evaluate(() => {
        const row = document.querySelector(".row.is-active");
        const scroller = document.querySelector("[role=grid]");
        if (!row) return "no active row";
        const { top, bottom } = row.getBoundingClientRect();
        const head = Math.max(
          ...[...document.querySelectorAll("[role=columnheader]")].map((one) => one.getBoundingClientRect().bottom),
        );
        const end = Math.min(scroller.getBoundingClientRect().bottom, innerHeight);
        return top >= head - 1 && bottom <= end + 1 ? "visible" : `${top} to ${bottom} of ${head} to ${end}`;
      });
    for (const [key, times] of [
      ["j", 40],
      ["k", 30],
      ["PageDown", 4],
      ["k", 3],
      ["End", 1],
      ["k", 25],
      ["Home", 1],
      ["j", 1],
    ]) {
      for (let count = 0; count < times; count++) await page.keyboard.press(key);
      await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
      assert.equal(await isVisible(), "visible", `after ${times} times ${key}`);
    }
  });

  await test("36: in forced colours selected, active and unread rows differ by more than a background", async () => {
    await page.emulateMediaFeatures([{ name: "forced-colors", value: "active" }]);
    const looks = await page.evaluate(() => {
      const look = (row) => {
        const parts = [row, row.firstElementChild, ...row.querySelectorAll("input, [role=img], svg")];
        return parts
          .map((one) => {
            const { borderTopWidth, borderLeftWidth, outlineStyle, outlineWidth, boxShadow } = getComputedStyle(one);
            return [one.tagName, one.checked, borderTopWidth, borderLeftWidth, outlineStyle, outlineWidth, boxShadow];
          })
          .join("|");
      };
      const rows = [...document.querySelectorAll("[role=row][data-case]")];
      const plain = rows.find((row) => !/is-(active|selected)/.test(row.className));
      const active = rows.find((row) => row.classList.contains("is-active"));
      return { plain: look(plain), active: look(active) };
    });
    assert.notEqual(looks.active, looks.plain);
    const tabs = await page.$$eval(".tabs a", (links) => links.map((one) => getComputedStyle(one).borderBottomColor));
    assert.equal(tabs.filter((color) => color === tabs[1]).length, 1, `the current tab is another: ${tabs}`);
    await page.keyboard.press("x");
    await page.waitForSelector(".row.is-selected input:checked");
    await shot(page, "list-forced-colours");
    await page.emulateMediaFeatures([]);
  });

  await test("50: cases that are erased while they are shown are not taken for all, and can be loaded again", async () => {
    const { open: openErased, close: closeErased } = await openProfile();
    const second = await openErased();
    await go(second);
    await second.waitForSelector("[role=row][data-case]");
    await second.evaluate(async () => {
      for (const { name } of await indexedDB.databases()) if (name.startsWith("portal")) indexedDB.deleteDatabase(name);
    });
    await waitFor(second, () => document.querySelector("main h1")?.textContent === "The cases kept here were erased");
    assert.equal(await second.$("[role=row][data-case]"), null);
    await pressButton(second, "Load them again");
    await second.waitForSelector("[role=row][data-case]");
    await closeErased();
  });

  await test("51: the browser is asked for notifications by the button only", async () => {
    const second = await open();
    await second.evaluateOnNewDocument(() => {
      window.asked = 0;
      const requestPermission = async () => {
        window.asked += 1;
        window.Notification.permission = "denied";
        return "denied";
      };
      window.Notification = Object.assign(() => {}, { permission: "default", requestPermission });
    });
    await go(second, "?page=news");
    await second.waitForSelector(".news");
    assert.equal(await second.evaluate(() => window.asked), 0);
    await pressButton(second, "Notify me");
    await waitFor(second, () =>
      document.querySelector(".news-actions .hint")?.textContent.includes("settings of the site"),
    );
    assert.equal(await second.evaluate(() => window.asked), 1);
    await second.close();
  });

  await test("53: a page whose files are gone after a deployment is loaded again, once", async () => {
    const second = await open();
    await go(second);
    // The service worker keeps the files of an open page: the case is a page without it.
    const client = await second.createCDPSession();
    await client.send("Network.enable");
    await client.send("Network.setBypassServiceWorker", { bypass: true });
    await client.send("Network.setBlockedURLs", { urls: ["*overview-page*"] });
    await second.evaluate(() => {
      window.isOldDocument = true;
    });
    const link = () => second.evaluate(() => document.querySelector("nav a[href*='page=overview']").click());
    await link();
    await waitFor(second, () => window.isOldDocument === undefined && document.querySelector(".tabs"));
    assert.equal(new URL(second.url()).searchParams.get("page"), "overview");
    // The second time within a minute shows the error instead of loading for ever.
    await second.waitForSelector("[role=alert]");
    await second.evaluate(() => {
      window.isSecondDocument = true;
    });
    await second.evaluate(() => new Promise((done) => setTimeout(done, 500)));
    assert.equal(await second.evaluate(() => window.isSecondDocument), true);
    // React would give the same error again: the button loads the page again, now with its files.
    await client.send("Network.setBlockedURLs", { urls: [] });
    await pressButton(second, "Try again");
    await second.waitForSelector(".tiles");
    assert.equal(await second.evaluate(() => window.isSecondDocument), undefined);
    // Also a part outside of all pages leaves no empty document.
    await client.send("Network.setBlockedURLs", { urls: ["*/palette*"] });
    await second.keyboard.down("Control");
    await second.keyboard.press("k");
    await second.keyboard.up("Control");
    await second.waitForSelector("[role=alert]");
    await client.send("Network.setBlockedURLs", { urls: [] });
    await pressButton(second, "Try again");
    await second.waitForSelector(".tiles");
    // A panel beside the list leaves the list. This document was loaded again within the minute before.
    await second.evaluate(() => sessionStorage.setItem("portal.reloaded", Date.now()));
    await go(second);
    await second.waitForSelector(".row[data-case]");
    await client.send("Network.setBlockedURLs", { urls: ["*/peek*"] });
    await second.focus(".list");
    await second.keyboard.press("ArrowDown");
    await second.keyboard.press(" ");
    await second.waitForSelector(".cases > [role=alert]");
    assert.ok((await second.$$(".row[data-case]")).length > 5);
    await client.send("Network.setBlockedURLs", { urls: [] });
    await second.evaluate(() => {
      window.isBrokenDocument = true;
    });
    await pressButton(second, "Try again");
    await waitFor(second, () => window.isBrokenDocument === undefined && document.querySelector(".row[data-case]"));
    // A browser that keeps nothing of a session does not load again for ever: the error is shown at once.
    await client.send("Network.setBlockedURLs", { urls: ["*overview-page*"] });
    await second.evaluate(() => {
      window.isLastDocument = true;
      Object.defineProperty(window, "sessionStorage", {
        get: () => {
          throw new DOMException("refused", "SecurityError");
        },
      });
    });
    await link();
    await second.waitForSelector("main [role=alert]");
    assert.equal(await second.evaluate(() => window.isLastDocument), true);
    await client.send("Network.setBlockedURLs", { urls: [] });
    await pressButton(second, "Try again");
    await second.waitForSelector(".tiles");
    // Without a connection nothing is loaded again: the page and its cases would be gone.
    await second.evaluate(() => {
      sessionStorage.removeItem("portal.reloaded");
      window.isThirdDocument = true;
    });
    await second.setOfflineMode(true);
    await second.evaluate(() => document.querySelector("nav a[href*='page=news']").click());
    await waitFor(second, () => document.querySelector("main [role=alert]"));
    await second.evaluate(() => document.querySelector(".brand").click());
    await second.waitForSelector(".tiles");
    assert.equal(await second.evaluate(() => window.isThirdDocument), true);
    await second.close();
    // The missing files are what this test is about.
    const others = complaints.filter(
      (one) =>
        !/overview-page|palette|news-page|peek|preload CSS|ERR_BLOCKED_BY_CLIENT|ERR_INTERNET_DISCONNECTED/.test(one),
    );
    complaints.splice(0, complaints.length, ...others);
  });

  await test("5: an address with a case and a list opens both for somebody else", async () => {
    await go(page, "?severity=1&status_flag=O");
    await page.waitForSelector("main a[href*='page=case']");
    await page.$eval("main a[href*='page=case']", (link) => link.click());
    await page.waitForSelector(".case-id");
    const id = await page.$eval(".case-id", (code) => code.textContent);
    const address = page.url().slice(ADDRESS.length);
    const { open: openOther, close: closeOther } = await openProfile();
    const other = await openOther();
    await go(other, address);
    await waitFor(other, (wanted) => document.querySelector(".case-id")?.textContent === wanted, id);
    await waitFor(other, () => / of /.test(document.querySelector("[data-place]")?.textContent));
    await closeOther();
  });
  await close();
}
