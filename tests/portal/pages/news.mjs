// What is new: changes of cases as unread, in every tab, in the title, the icon and one notification.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ADDRESS,
  changeCases,
  go,
  openProfile,
  overflowOf,
  pressButton,
  problemsOf,
  savedReader,
  shot,
  text,
  waitFor,
} from "./harness.mjs";

const badge = (page) => page.evaluate(() => Number.parseInt(document.querySelector(".badge")?.textContent ?? "0", 10));
const countInTitle = (page) => waitFor(page, () => /^\((\d+)\) /.exec(document.title)?.[1]);
const unread = (page) =>
  waitFor(page, () => /^([\d,]+) unread cases?/.exec(document.querySelector("[data-news-summary]")?.textContent)?.[1]);
const nothingUnread = (page) =>
  waitFor(page, () => document.querySelector("[data-news-summary]")?.textContent.startsWith("Nothing is unread"));

export async function news() {
  const { open, close, context } = await openProfile();
  const page = await open();

  await test("a first visit has no news, and changes are counted in the navigation, the title and the icon", async () => {
    await go(page, "?page=news");
    await nothingUnread(page);
    assert.equal(await badge(page), 0);
    await changeCases(page);
    const count = Number(await countInTitle(page));
    assert.ok(count > 0);
    assert.ok((await badge(page)) >= count);
    const icon = await page.$eval('link[rel="icon"]', (link) => decodeURIComponent(link.href));
    assert.match(icon, /^data:image\/svg\+xml,<svg .*<text [^>]*>\d+\+?<\/text>/);
  });

  await test("each change says its field before and after, and leads to the case", async () => {
    await page.waitForSelector(".news-item");
    const told = await page.$$eval(".news-item .changes li", (lines) =>
      lines.map((line) => line.innerText.replace(/\s+/g, " ")),
    );
    assert.ok(
      told.some((line) => /^Status before: .+→ now: .+/.test(line)),
      told.slice(0, 5).join("; "),
    );
    await shot(page, "news", { fullPage: true });
    const before = Number(await unread(page));
    const id = await page.$eval(".news-item code", (code) => code.textContent);
    await page.$eval(".news-item h3 a", (link) => link.click());
    await page.waitForSelector(".what-changed");
    await shot(page, "case-changed");
    await page.goBack();
    await waitFor(
      page,
      (opened) => document.querySelector(".news-item") && !document.querySelector("main").textContent.includes(opened),
      id,
    );
    assert.equal(Number(await unread(page)), before - 1);
  });

  await test("another tab shows the same, and one notification tells of all changes", async () => {
    const origin = new URL(ADDRESS).origin;
    await context.overridePermissions(origin, ["notifications"]);
    const second = await open();
    await go(second, "?page=news");
    const own = await unread(second);
    assert.ok(Number(own) > 0);
    for (const tab of [page, second]) {
      await tab.evaluate(() => {
        window.shownNotifications = [];
        window.Notification = class {
          static permission = "granted";
          static requestPermission = async () => "granted";
          constructor(title, options) {
            window.shownNotifications.push({ title, ...options });
          }
          close() {}
        };
        // Both are in the background.
        Object.defineProperty(document, "hidden", { configurable: true, get: () => window.isPutAway === true });
      });
    }
    await second.evaluate(() => {
      const button = [...document.querySelectorAll("button")].find((one) => one.textContent === "Notify me");
      button.click();
    });
    await waitFor(second, () =>
      [...document.querySelectorAll("button")].some((one) => one.textContent === "Notifications are on"),
    );
    await page.bringToFront();
    const before = Number(await countInTitle(page));
    for (const tab of [page, second]) {
      await tab.evaluate(() => {
        window.isPutAway = true;
      });
    }
    await changeCases(page);
    await waitFor(page, (known) => Number(/^\((\d+)\)/.exec(document.title)?.[1]) > known, before);
    await waitFor(page, () => window.shownNotifications.length > 0);
    const shown = [];
    for (const tab of [page, second]) shown.push(...(await tab.evaluate(() => window.shownNotifications)));
    assert.equal(shown.length, 1, JSON.stringify(shown));
    assert.match(shown[0].title, /^\d+ cases changed$/);
    assert.equal(shown[0].tag, "news");
    for (const tab of [page, second]) {
      await tab.evaluate(() => {
        window.isPutAway = false;
      });
    }
    await waitFor(second, (wanted) => document.title.startsWith(wanted), (await page.title()).slice(0, 3));
    await second.close();
  });

  await test("all are marked as read, in every tab, and that can be undone", async () => {
    const second = await open();
    await go(second, "?page=news");
    await page.bringToFront();
    await page.waitForSelector(".news-item");
    const before = await unread(page);
    await pressButton(page, "Mark all as read");
    await nothingUnread(page);
    await nothingUnread(second);
    assert.doesNotMatch(await page.title(), /^\(/);
    assert.doesNotMatch(await page.$eval('link[rel="icon"]', (link) => link.href), /^data:/);
    // The button keeps the focus and undoes.
    await page.evaluate(() =>
      [...document.querySelectorAll("button")].find((one) => one.textContent.startsWith("Undo")).click(),
    );
    assert.equal(await unread(page), before);
    await unread(second);
    await second.close();
  });

  await test("what is unread, put off and pinned survives a reload", async () => {
    const id = await page.$eval(".news-item code", (code) => code.textContent);
    const before = await unread(page);
    await savedReader(page, (reader) => id in reader.unread);
    await go(page, "?page=news");
    assert.equal(await unread(page), before);
    await go(page, `?page=case&case=${id}`);
    await page.waitForSelector(".case-actions");
    await page.keyboard.press("p");
    await waitFor(page, () => document.querySelector(".case-actions [aria-pressed=true]")?.textContent === "Pinned");
    await pressButton(page, "Put off");
    await page.waitForSelector(".menu-list");
    await page.evaluate(() => [...document.querySelectorAll(".menu-list button")][1].click());
    await savedReader(page, ({ pinned, snoozed }) => id in pinned && id in snoozed);
    await go(page, "?page=news");
    for (const heading of ["pinned-heading", "snoozed-heading"]) {
      await page.waitForSelector(`[aria-labelledby=${heading}] a[href*="case=${id}"]`);
    }
    assert.equal(await text(page, "#snoozed-heading"), "Put off (1)");
    assert.equal(Number(await unread(page)), Number(before) - 1, "what was put off is not unread");
  });

  await test("a case that is marked as read leaves the list, and a kind restricts it", async () => {
    await page.waitForSelector(".news-kinds button");
    const [kind, count] = await page.$eval(".news-kinds button", (button) => [
      button.firstChild.textContent.trim(),
      Number(button.querySelector(".number").textContent.replaceAll(",", "")),
    ]);
    await page.$eval(".news-kinds button", (button) => button.click());
    await waitFor(page, (most) => document.querySelectorAll(".news-item").length <= Math.min(100, most), count);
    const kinds = await page.$$eval(".news-item .kind", (all) => [...new Set(all.map((one) => one.textContent))]);
    assert.deepEqual(kinds, [kind]);
    const id = await page.$eval(".news-item code", (code) => code.textContent);
    await pressButton(page, `Mark case ${id} as read`);
    await waitFor(
      page,
      (gone) => ![...document.querySelectorAll(".news-item code")].some((one) => one.textContent === gone),
      id,
    );
  });

  await test("when the last case of the shown kind is read, all others are shown", async () => {
    // Of the kind with the fewest cases.
    const least = () =>
      page.evaluate(() => {
        const countOf = (button) => Number(button.querySelector(".number").textContent.replaceAll(",", ""));
        const buttons = [...document.querySelectorAll(".news-kinds button[aria-pressed=false]")];
        const [first] = buttons.sort((a, b) => countOf(a) - countOf(b));
        first.click();
        return countOf(first);
      });
    const count = await least();
    await waitFor(page, (count) => document.querySelectorAll(".news-item").length === count, count);
    for (let left = count; left > 0; left -= 1) {
      await page.$eval(".news-item [aria-label^='Mark case']", (button) => button.click());
      await waitFor(page, (left) => document.querySelectorAll(".news-item").length !== left, left);
    }
    assert.equal(await page.$(".news-kinds [aria-pressed=true]"), null);
    assert.ok((await page.$$(".news-item")).length > 0);
  });

  for (const scheme of ["light", "dark"]) {
    await test(`axe finds nothing on the ${scheme} page of news, at two widths`, async () => {
      await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
      assert.deepEqual(await problemsOf(page), []);
      await page.setViewport({ width: 320, height: 800 });
      assert.deepEqual(await problemsOf(page), []);
      assert.equal(await overflowOf(page), null);
      await shot(page, `news-${scheme}-narrow`);
      await page.setViewport({ width: 1280, height: 900 });
      await shot(page, `news-${scheme}`);
    });
  }
  await test("cases are marked and pinned from the list, by keys: the selected ones, or the active one", async () => {
    await go(page, "?status_flag=C&sort=case_id");
    await page.waitForSelector("[role=row][data-case]");
    await page.focus("[data-list-focus]");
    /** The marks of the first two rows: unread, pinned. */
    const marks = (wanted) =>
      waitFor(
        page,
        (wanted) =>
          ["2", "3"]
            .map((index) => {
              const row = document.querySelector(`.row[aria-rowindex="${index}"]`);
              return [
                row.querySelector(".unread") ? "unread" : "",
                row.querySelector(".cell-select svg") ? "pinned" : "",
              ].join("");
            })
            .join() === wanted,
        wanted,
      );
    await page.keyboard.press("j");
    await page.keyboard.press("u");
    await marks("unread,");
    await page.keyboard.press("p");
    await marks("unreadpinned,");
    for (const key of ["x", "j", "x", "u"]) await page.keyboard.press(key);
    await marks("unreadpinned,unread");
    await page.keyboard.press("u");
    await marks("pinned,");
    // The case beside the list has the same keys, and does not undo that.
    for (const key of ["Escape", "Space"]) await page.keyboard.press(key);
    await page.waitForSelector(".peek .case-actions");
    await page.keyboard.press("p");
    await marks("pinned,pinned");
    await page.keyboard.press("Escape");
  });

  await test("a case that comes back in a hidden page is a reminder, and no visit", async () => {
    const other = await openProfile();
    const hidden = await other.open();
    await go(hidden);
    await hidden.waitForSelector(".row[data-case]");
    await savedReader(hidden, (saved) => saved?.activeAt > 0);
    const address = hidden.url();
    const id = await hidden.$eval(".row[data-case]", (row) => row.dataset.case);
    // A page of the same origin that runs no portal, which would write its own state.
    await hidden.goto(`${ADDRESS}icon.svg`);
    const lookedAt = await hidden.evaluate(
      (id) =>
        new Promise((done, fail) => {
          const lookedAt = Date.now() - 3 * 3_600_000;
          const snoozed = { [id]: { since: lookedAt, until: Date.now() + 1000 } };
          const none = { unread: {}, seen: {}, pinned: {}, previousVisit: null, gapSince: null };
          const opening = indexedDB.open("support-cases-readers");
          opening.onerror = () => fail(opening.error);
          opening.onsuccess = () => {
            const writing = opening.result.transaction("readers", "readwrite");
            writing.objectStore("readers").put({ form: 1, ...none, snoozed, activeAt: lookedAt }, "sandbox");
            writing.oncomplete = () => {
              opening.result.close();
              done(lookedAt);
            };
          };
        }),
      id,
    );
    await hidden.evaluateOnNewDocument(() => {
      Object.defineProperty(document, "hidden", { get: () => true });
    });
    await hidden.goto(address);
    const saved = await savedReader(hidden, ({ unread }) => id in unread);
    assert.deepEqual([saved.unread[id].reason, saved.activeAt, saved.previousVisit], ["reminder", lookedAt, null]);
    await other.close();
  });

  await test("signing out erases what this browser has kept of the reader", async () => {
    await savedReader(page, (reader) => reader !== undefined);
    await page.evaluate(() => {
      document.querySelector("button.tenant").click();
    });
    await waitFor(page, () => {
      const button = [...document.querySelectorAll("button")].find((one) => one.textContent.startsWith("Sign out"));
      button?.click();
      return button !== undefined;
    });
    await waitFor(page, () => document.querySelector("h1")?.textContent === "You are signed out");
    await savedReader(page, (reader) => reader === undefined);
    assert.doesNotMatch(await page.title(), /^\(/);
  });
  await close();
}
