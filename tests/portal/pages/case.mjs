// A case: its notes as safe text, what it is connected with, its place in the list, and the reader's marks.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ADDRESS,
  filled,
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

const place = (page) =>
  waitFor(page, () =>
    /^([\d,]+) of ([\d,]+)$/.exec(document.querySelector("[data-place]")?.textContent ?? "")?.slice(1),
  );
const number = (written) => Number(written.replaceAll(",", ""));
const shownCase = (page) => waitFor(page, () => document.querySelector(".case-id")?.textContent);
const notesRead = (page) => page.waitForSelector(".timeline .note", { timeout: 30_000 });

export async function oneCase() {
  const { open, close, context } = await openProfile();
  const page = await open();
  const ids = [];

  await test("a case has its place in the list, and the keys lead to its neighbours", async () => {
    // Closed cases do not move while the test runs.
    await go(page, "?status_flag=C&sort=case_id");
    await page.waitForSelector("main a[href*='page=case']");
    await page.$eval("main a[href*='page=case']", (link) => link.click());
    ids.push(await shownCase(page));
    assert.equal((await place(page))[0], "1");
    const total = number((await place(page))[1]);
    assert.ok(total > 100);
    await page.keyboard.press("]");
    await waitFor(page, (first) => document.querySelector(".case-id")?.textContent !== first, ids[0]);
    ids.push(await shownCase(page));
    assert.ok(ids[1] > ids[0]);
    assert.equal((await place(page))[0], "2");
    await page.keyboard.press("j");
    await waitFor(page, () => document.querySelector("[data-place]")?.textContent.startsWith("3 of"));
    await page.keyboard.press("k");
    await waitFor(page, () => document.querySelector("[data-place]")?.textContent.startsWith("2 of"));
    await page.keyboard.press("[");
    await waitFor(page, () => document.querySelector("[data-place]")?.textContent.startsWith("1 of"));
    assert.equal(await shownCase(page), ids[0]);
    assert.equal(await page.$eval("[aria-label='Previous case']", (button) => button.disabled), true);
    // The address names the case and the list, so that it shows the same elsewhere.
    await waitFor(page, (id) => location.search.includes(id) && location.search.includes("status_flag=C"), ids[0]);
  });

  await test("the heading has the focus, and Escape returns to the row of the case, also after a reload and by Back", async () => {
    const isOnRow = (id) =>
      waitFor(
        page,
        (id) => {
          const { activeElement } = document;
          return (
            activeElement.matches("[data-list-focus]") && activeElement.ariaActiveDescendantElement?.dataset.case === id
          );
        },
        id,
      );
    assert.equal(await page.evaluate(() => document.activeElement?.tagName), "H1");
    await page.keyboard.press("]");
    await waitFor(page, (first) => document.querySelector(".case-id")?.textContent !== first, ids[0]);
    await page.keyboard.press("Escape");
    await page.waitForSelector(".page-cases");
    assert.equal(new URL(page.url()).searchParams.get("status_flag"), "C");
    await isOnRow(ids[1]);
    // Its keys work at once.
    await page.keyboard.press("ArrowUp");
    await isOnRow(ids[0]);
    await page.keyboard.press("Enter");
    assert.equal(await shownCase(page), ids[0]);
    await page.goBack();
    await isOnRow(ids[0]);
    await page.keyboard.press("Enter");
    assert.equal(await shownCase(page), ids[0]);
    await waitFor(page, (id) => location.search.includes(id), ids[0]);
    await page.reload();
    await page.waitForSelector(".case-id");
    await filled(page);
    await page.keyboard.press("Escape");
    await isOnRow(ids[0]);
    // The list itself, reloaded, has its row again.
    await waitFor(page, (id) => history.state?.place?.activeId === id, ids[0]);
    await page.reload();
    await page.waitForSelector(`#row-${ids[0]}.is-active`);
    await page.keyboard.press("Enter");
    await page.focus(".list");
    await page.keyboard.press("Enter");
    assert.equal(await shownCase(page), ids[0]);
  });

  await test("reading the details of a case makes it neither unread nor changed", async () => {
    await notesRead(page);
    await page.evaluate(() => new Promise((done) => setTimeout(done, 700)));
    assert.equal(await page.$(".what-changed"), null);
  });

  await test("notes are text, whatever they contain", async () => {
    await notesRead(page);
    const { title, elements } = await page.evaluate(() => ({
      title: document.title,
      elements: [...document.querySelectorAll(".note-text *")].map(({ tagName }) => tagName.toLowerCase()),
    }));
    assert.doesNotMatch(title, /never HTML/);
    assert.deepEqual(
      [...new Set(elements)].filter(
        (tag) => !["p", "pre", "blockquote", "details", "summary", "a", "mark", "span"].includes(tag),
      ),
      [],
    );
  });

  await test("on paper nothing of a case is folded, and afterwards it is as it was", async () => {
    const folded = await page.evaluate(() => {
      const states = () => [...document.querySelectorAll(".note-text details")].map(({ open }) => open);
      // As quoted mails and output of devices are.
      for (const isOpen of [false, true]) {
        const fold = document.createElement("details");
        fold.open = isOpen;
        fold.append("Output");
        document.querySelector(".note-text").append(fold);
      }
      const before = states();
      dispatchEvent(new Event("beforeprint"));
      const printed = states();
      dispatchEvent(new Event("afterprint"));
      const after = states();
      for (const fold of document.querySelectorAll(".note-text > details:not(.fold)")) fold.remove();
      return { before, isAllOpen: printed.every(Boolean), after };
    });
    assert.equal(folded.isAllOpen, true);
    assert.ok(folded.before.includes(false));
    assert.deepEqual(folded.after, folded.before);
  });

  await test("a search in the notes marks the matches, and says how many", async () => {
    const word = await page.$eval(".note-text .prose", (note) => /\p{L}{4,}/u.exec(note.textContent)[0]);
    await page.type(".notes-head input", word);
    // The marks follow each letter.
    await waitFor(
      page,
      (wanted) => {
        const marks = [...document.querySelectorAll(".notes mark")].map((one) => one.textContent.toLowerCase());
        return marks.length > 0 && marks.every((mark) => mark === wanted);
      },
      word.toLowerCase(),
    );
    assert.match(await text(page, "[data-notes-summary]"), /match(es)? in \d+ notes? of \d+/);
    await page.keyboard.press("Escape");
    await waitFor(page, () => document.querySelector(".notes mark") === null);
    await page.waitForSelector(".case");
    // Authors and summaries are searched too: each match that is counted is marked.
    const author = await page.$eval(".note-head strong", (name) => /\p{L}{3,}/u.exec(name.textContent)[0]);
    await page.type(".notes-head input", author);
    await waitFor(
      page,
      (wanted) => document.querySelector(".note-head mark")?.textContent.toLowerCase() === wanted,
      author.toLowerCase(),
    );
    const summary = await text(page, "[data-notes-summary]");
    const count = await page.$$eval(".notes mark", (marks) => marks.length);
    assert.equal(Number(/^([\d,]+) match/.exec(summary)?.[1].replaceAll(",", "")), count, summary);
    await page.keyboard.press("Escape");
    await waitFor(page, () => document.querySelector(".notes mark") === null);
    await page.type(".notes-head input", "zzzzqqqq");
    await waitFor(page, () => document.querySelector("[data-notes-summary]").textContent === "No note contains this");
    await page.keyboard.press("Escape");
  });

  await test("bugs lead to the public search, and a contract to its cases", async () => {
    await go(page, "?status_flag=C&-bug=");
    await page.waitForSelector("main a[href*='page=case']");
    await page.$eval("main a[href*='page=case']", (link) => link.click());
    const bug = "a[href^='https://bst.cloudapps.cisco.com/bugsearch/bug/CSC']";
    await page.waitForSelector(`.related ${bug}`);
    assert.deepEqual(await page.$eval(bug, ({ target, rel }) => [target, rel]), ["_blank", "noopener noreferrer"]);
    const contract = await page.$eval(".facts a[href*='contract_id=']", (link) =>
      new URL(link.href).searchParams.get("contract_id"),
    );
    await page.$eval(".facts a[href*='contract_id=']", (link) => link.click());
    await page.waitForSelector(".page-cases");
    assert.equal(new URL(page.url()).searchParams.get("contract_id"), contract);
  });

  await test("pinning, putting off and marking are kept in this browser, by key and by button", async () => {
    await go(page, `?page=case&case=${ids[1]}`);
    await page.waitForSelector(".case-actions");
    await page.keyboard.press("p");
    await waitFor(page, () => document.querySelector(".case-actions button")?.getAttribute("aria-pressed") === "true");
    await page.keyboard.press("u");
    await waitFor(page, () =>
      [...document.querySelectorAll("button")].some(
        // Its name is what it does: it cannot be pressed down as well.
        (one) => one.textContent === "Mark as read" && one.ariaPressed === null,
      ),
    );
    await pressButton(page, "Put off");
    await page.waitForSelector(".menu-list");
    await page.evaluate(() => [...document.querySelectorAll(".menu-list button")].at(-1).click());
    await waitFor(page, () =>
      [...document.querySelectorAll("button")].some((one) => one.textContent === "Until it changes"),
    );
    await savedReader(page, ({ pinned, snoozed }) => ids[1] in pinned && ids[1] in snoozed);
    const second = await open();
    await go(second, `?page=case&case=${ids[1]}`);
    await waitFor(second, () => {
      const marks = [...document.querySelectorAll(".case-actions > [aria-pressed=true]")];
      return marks.map((one) => one.textContent).join() === "Pinned,Until it changes";
    });
    await second.close();
  });

  await test("the facet of marks counts pinned and put-off cases within the other conditions, and lists them", async () => {
    await go(page, "?status_flag=C");
    const counts = () =>
      page.$$eval("[data-mark]", (marks) =>
        marks.map((one) => `${one.dataset.mark} ${one.querySelector(".facet-number").textContent}`).join(),
      );
    await waitFor(page, () => /^[\d,]+$/.test(document.querySelector("[data-mark] .facet-number")?.textContent ?? ""));
    assert.match(await counts(), /pinned 1,snoozed 1$/);
    await page.$eval("[data-mark=pinned] input", (input) => input.click());
    await waitFor(page, () => document.querySelector("[data-total]").dataset.total === "1");
    assert.equal(await page.$eval(".row[data-case]", (row) => row.dataset.case), ids[1]);
    const marks = await page.$$eval(".row[data-case] .cell-select [role=img]", (all) =>
      all.map((one) => one.ariaLabel),
    );
    assert.deepEqual(marks.toSorted(), ["Pinned", "Put off"]);
    await page.$eval("[data-mark=snoozed] input", (input) => input.click());
    await waitFor(page, () => document.querySelector(".chips")?.innerText.includes("Put off"));
    await page.$eval("[data-mark=snoozed] input", (input) => input.click());
    await waitFor(page, () => Number(document.querySelector("[data-total]").dataset.total) > 100);
    await go(page, "?status_flag=O");
    await waitFor(page, () => /^[\d,]+$/.test(document.querySelector("[data-mark] .facet-number")?.textContent ?? ""));
    assert.match(await counts(), /pinned 0,snoozed 0$/);
    await go(page, `?page=case&case=${ids[1]}`);
    await page.waitForSelector(".case-actions");
  });

  await test("the number, the link and a line of Markdown are copied by keys, and the keys can be turned off", async () => {
    await context.overridePermissions(new URL(ADDRESS).origin, ["clipboard-read", "clipboard-sanitized-write"]);
    await page.bringToFront();
    const copied = () => page.evaluate(() => navigator.clipboard.readText());
    await page.keyboard.press("i");
    await waitFor(page, (id) => navigator.clipboard.readText().then((now) => now === id), ids[1]);
    await page.keyboard.press("m");
    await waitFor(page, () => navigator.clipboard.readText().then((now) => now.startsWith("[")));
    assert.ok((await copied()).startsWith(`[${ids[1]}](${ADDRESS}?page=case&case=${ids[1]}) `), await copied());
    await page.evaluate(() => {
      const settings = JSON.parse(localStorage.getItem("portal.settings") ?? "{}");
      localStorage.setItem("portal.settings", JSON.stringify({ ...settings, hasLetterKeys: false }));
    });
    await go(page, `?page=case&case=${ids[1]}`);
    await page.waitForSelector(".case-actions");
    await page.evaluate(() => navigator.clipboard.writeText("untouched"));
    for (const key of ["i", "l", "m", "p", "u", "j", "]"]) await page.keyboard.press(key);
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    assert.equal(await copied(), "untouched");
    assert.equal(await shownCase(page), ids[1]);
    await page.evaluate(() => localStorage.removeItem("portal.settings"));
  });

  await test("a title without a blank, and one from right to left, keep the layout at 320 pixels", async () => {
    await go(page, `?page=case&case=${ids[1]}`);
    await notesRead(page);
    await page.setViewport({ width: 320, height: 800 });
    for (const title of ["x".repeat(5000), "בעיה ברשת 612345678 (קו)", "a\u202eb\u2069c"]) {
      await page.evaluate((wanted) => {
        document.querySelector("h1").textContent = wanted;
        for (const one of document.querySelectorAll(".prose, .facts dd")) one.textContent = wanted;
      }, title);
      assert.equal(await overflowOf(page), null, title.slice(0, 20));
    }
    assert.equal(await page.$eval("h1", (heading) => getComputedStyle(heading).unicodeBidi), "isolate");
    await page.setViewport({ width: 1280, height: 900 });
  });

  await test("a title of 5000 letters has five lines, and a button for the whole of it", async () => {
    await go(page, `?page=case&case=${ids[1]}`);
    await notesRead(page);
    const heading = () =>
      page.$eval(".case-head h1", (h1) => [
        h1.scrollHeight,
        h1.clientHeight,
        Number.parseFloat(getComputedStyle(h1).lineHeight),
      ]);
    const button = () => page.$eval(".whole-title", (one) => one.ariaExpanded).catch(() => null);
    assert.equal(await button(), null, "a short title has none");
    for (const width of [320, 768, 1440]) {
      await page.setViewport({ width, height: 900 });
      await go(page, `?page=case&case=${ids[1]}`);
      await notesRead(page);
      await page.$eval(".case-head h1", (h1) => {
        h1.firstChild.data = "Interface down after an upgrade ".repeat(156);
        // The heading may have had as many lines before.
        h1.style.paddingInlineEnd = "1px";
      });
      await page.waitForSelector(".whole-title");
      const [all, shown, line] = await heading();
      assert.ok(shown <= 5 * line + 1 && all > 2 * shown, `${width}: ${shown} of ${all}, lines of ${line}`);
      // Assistive technology has the whole text, cut or not.
      const tree = await page.accessibility.snapshot();
      assert.ok(JSON.stringify(tree).includes("Interface down after an upgrade ".repeat(155).trim()));
      assert.equal(await overflowOf(page), null);
      assert.deepEqual(await problemsOf(page), []);
      await shot(page, `case-long-title-${width}`);
      // By keyboard: the heading has the focus, and the button is the next stop after it.
      await page.$eval(".case-head h1", (h1) => h1.focus());
      await page.keyboard.press("Tab");
      assert.equal(await page.evaluate(() => document.activeElement.className), "quiet whole-title");
      await page.keyboard.press("Enter");
      await waitFor(page, () => document.querySelector(".whole-title").ariaExpanded === "true");
      const [whole, visible] = await heading();
      assert.equal(visible, whole);
      await page.keyboard.press("Enter");
      await waitFor(page, () => document.querySelector(".whole-title").ariaExpanded === "false");
      assert.equal((await heading())[1], shown);
    }
    await page.setViewport({ width: 1280, height: 900 });
  });

  for (const scheme of ["light", "dark"]) {
    await test(`axe finds nothing on the ${scheme} page of a case, at two widths`, async () => {
      await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
      await go(page, `?page=case&case=${ids[1]}`);
      await notesRead(page);
      assert.deepEqual(await problemsOf(page), []);
      await shot(page, `case-${scheme}`, { fullPage: true });
      await page.setViewport({ width: 320, height: 800 });
      assert.deepEqual(await problemsOf(page), []);
      assert.equal(await overflowOf(page), null);
      await shot(page, `case-${scheme}-narrow`, { fullPage: true });
      await page.setViewport({ width: 1280, height: 900 });
    });
  }
  await close();
}
