// The keyboard throughout: rows that were scrolled away, peeking, opening and returning, the palette, single letters.

import assert from "node:assert/strict";
import { check, kind, page } from "./harness.mjs";

export async function keyboard() {
  await check("the keys work although the active row has scrolled away", async () => {
    await page.show();
    await page.focusList();
    await page.press("HOME", ...Array(4).fill("ARROW_DOWN"));
    const fifth = await page.activeAt(4);
    const ids = (await page.rows()).map(({ id }) => id);
    assert.equal(fifth, ids[4]);
    await page.read(() => {
      document.querySelector(".list").scrollTop = 20_000;
    });
    await page.until(() =>
      [...document.querySelectorAll(".row[data-case]")].some((row) => Number(row.ariaRowIndex) > 100),
    );
    assert.equal(await page.active(), fifth, "the active row stays");
    await page.press("j");
    await page.until((id) => document.querySelector(".row.is-active")?.dataset.case === id, ids[5]);
    // The active row is not under the head.
    await page.until(() => {
      const row = document.querySelector(".row.is-active").getBoundingClientRect();
      const list = document.querySelector(".list").getBoundingClientRect();
      const head = document.querySelector(".list-head").getBoundingClientRect();
      return row.top >= head.bottom - 1 && row.bottom <= list.bottom + 1;
    });
  });

  await check("End shows the last case, and the head stays", async () => {
    await page.press("END");
    const total = await page.total();
    await page.until((last) => document.querySelector(".row.is-active")?.ariaRowIndex === last, String(total + 1));
    const off = await page.read(() => {
      const list = document.querySelector(".list").getBoundingClientRect();
      return document.querySelector(".list-head").getBoundingClientRect().top - list.top;
    });
    assert.ok(Math.abs(off) <= 2, `the head is ${off} px away`);
    await page.press("HOME");
    await page.until(() => document.querySelector(".row.is-active")?.ariaRowIndex === "2");
  });

  await check("wheeling up, the first visible row falls steadily", async () => {
    const indexes = await page.read(async () => {
      const list = document.querySelector(".list");
      const found = [];
      list.scrollTop = 40_000;
      for (let step = 0; step < 25; step += 1) {
        list.scrollTop -= 120;
        await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
        const top = list.getBoundingClientRect().top + 60;
        const row = document.elementFromPoint(600, top)?.closest(".row");
        if (row) found.push(Number(row.ariaRowIndex));
      }
      list.scrollTop = 0;
      return found;
    });
    assert.ok(indexes.length > 20, `${indexes.length} positions`);
    assert.deepEqual(
      indexes,
      indexes.toSorted((a, b) => b - a),
    );
  });

  await check("Space peeks at a case, the peek follows, Escape closes it and keeps the row", async () => {
    await page.focusList();
    await page.press("HOME", "SPACE");
    const id = await page.activeAt(0);
    await page.until((id) => document.querySelector("[data-peek]")?.dataset.peek === id, id);
    await page.press("ARROW_DOWN");
    const next = await page.activeAt(1);
    assert.notEqual(next, id);
    await page.until((id) => document.querySelector("[data-peek]")?.dataset.peek === id, next);
    await page.address(`case=${next}`);
    await page.press("ESCAPE");
    await page.until(() => document.querySelector("[data-peek]") === null);
    assert.equal(await page.active(), next);
  });

  await check("Enter opens a case; Escape and Back return to the same row and place", async () => {
    await page.show("?status_flag=O");
    await page.focusList();
    await page.press("HOME", ...Array(29).fill("ARROW_DOWN"));
    const id = await page.activeAt(29);
    await page.browser.drawn();
    const place = await page.read(() => document.querySelector(".list").scrollTop);
    const isPlace = (place) => document.querySelector(".list").scrollTop === place;
    await page.press("ENTER");
    await page.until((id) => location.search.includes("page=case") && location.search.includes(id), id);
    await page.until(() => document.querySelector("main h1.title-text"));
    await page.press("ESCAPE");
    await page.until((id) => document.querySelector(".row.is-active")?.dataset.case === id, id);
    await page.until(isPlace, place);
    await page.focusList();
    await page.press("ENTER");
    await page.until(() => document.querySelector("main h1.title-text"));
    await page.back();
    await page.until((id) => document.querySelector(".row.is-active")?.dataset.case === id, id);
    await page.until(isPlace, place);
  });

  await check("a reload returns to the same place of the list", async () => {
    await page.show();
    await page.read(() => {
      document.querySelector(".list").scrollTop = 8000;
    });
    await page.until(() => history.state?.place?.topIndex > 100);
    const top = await page.read(() => history.state.place.topId);
    await page.reload();
    await page.until(
      (top) => document.querySelector(`.row[data-case="${top}"]`) && document.querySelector(".list").scrollTop > 7000,
      top,
    );
  });

  await check("the palette opens pages, and takes case numbers from any text", async () => {
    await page.filled();
    await page.show();
    const ids = (await page.rows()).slice(0, 2).map(({ id }) => id);
    // The drivers of Firefox and WebKit hand this chord to the browser and not to the page.
    if (kind.title === "Chromium") await page.chord("k", "CONTROL");
    else await page.pressNamed("Commands");
    await page.until(() => document.activeElement?.matches("[cmdk-input]"));
    await page.type(`Re: ${ids[0]}, ${ids[1]} and 999999999`);
    const unknown = await page.until(() => document.querySelector(".palette-unknown")?.innerText);
    assert.equal(unknown, "Not among your cases: 999999999");
    await page.accessible("the palette");
    await page.pressNamed("List these 2 cases");
    await page.untilTotal({ is: 2 });
    // The focus is somewhere.
    await page.until(
      () => document.querySelector("dialog[open]") === null && document.activeElement?.tagName !== "BODY",
    );
  });

  await check("? shows the keys, and the switch there turns single letters off", async () => {
    await page.show();
    await page.focusList();
    await page.press("HOME");
    await page.type("?");
    await page.until(() => document.querySelector("dialog[open] h2")?.innerText === "Keys");
    await page.click("dialog input[type=checkbox]");
    await page.closeDialog();
    await page.focusList();
    const id = await page.activeAt(0);
    await page.type("j/?");
    await page.browser.drawn();
    assert.equal(await page.active(), id);
    assert.deepEqual(await page.read(() => [document.activeElement.id, document.querySelector("dialog[open]")]), [
      "",
      null,
    ]);
    await page.set({ hasLetterKeys: true });
  });

  await check("120 keys in the search are no more addresses than a browser permits", async () => {
    await page.show();
    const writes = await page.read(() => {
      document.querySelector("#search").focus();
      window.writes = 0;
      for (const name of ["pushState", "replaceState"]) {
        const write = history[name].bind(history);
        history[name] = (...args) => {
          window.writes += 1;
          write(...args);
        };
      }
      return window.writes;
    });
    assert.equal(writes, 0);
    // As keys do, one task each. WebDriver takes 100 ms for each key.
    await page.read(async () => {
      const field = document.querySelector("#search");
      const { set } = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value");
      for (let count = 0; count < 120; count += 1) {
        set.call(field, field.value + "ab"[count % 2]);
        field.dispatchEvent(new Event("input", { bubbles: true }));
        await new Promise((resume) => setTimeout(resume));
      }
    });
    assert.equal(await page.read(() => document.querySelector("#search").value.length), 120);
    await page.address("text=abab");
    assert.ok((await page.read(() => window.writes)) < 60, "writes");
    await page.search("");
  });

  await check("after every dialog and menu the focus is somewhere, and the page can be pressed", async () => {
    for (const name of ["Settings", "Columns", "Order", "Copy a link to this list"]) {
      await page.until((name) => {
        const button = document.querySelector(`button[aria-label="${name}"]`);
        button?.focus();
        button?.click();
        return button !== null;
      }, name);
      await page.until(() => document.querySelector("dialog[open], [popover]:popover-open"));
      await page.press("ESCAPE");
      await page.until(() => !document.querySelector("dialog[open], [popover]:popover-open"));
      await page.until(() => document.activeElement?.tagName !== "BODY");
      assert.equal(await page.read(() => getComputedStyle(document.body).pointerEvents), "auto", name);
    }
  });
}
