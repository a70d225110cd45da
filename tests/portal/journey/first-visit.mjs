// The first visit: cases are loaded, the page can be used meanwhile, and a reload continues from the copy.

import assert from "node:assert/strict";
import { check, page } from "./harness.mjs";

/** In the page: returns the number of cases by the mark that the store leaves when it has saved; 0 without one. */
const savedCases = () =>
  Math.max(
    0,
    ...Object.entries({ ...localStorage }).flatMap(([name, mark]) =>
      name.startsWith("portal/") ? [JSON.parse(mark).count] : [],
    ),
  );

export async function first() {
  await check("while it fills, the page says how far it is and how long it takes, and can be used", async () => {
    await page.goto();
    await page.until(() => Number(document.querySelector('[data-sync="filling"]')?.dataset.cases) > 0);
    await page.click(".sync");
    const words = await page.until(
      () =>
        / left\./.test(document.querySelector(".sync-details p")?.innerText) &&
        document.querySelector(".sync-details p").innerText,
    );
    assert.match(words, /: [\d,]+ so far, [\d,]+ a second, about .+ left\. You can use the page meanwhile\.$/);
    await page.until(() => document.querySelector(".sync progress").value > 0);
    await page.press("ESCAPE");
    await page.search("peer");
    await page.until(() => [...document.querySelectorAll(".row mark")].some((mark) => /^peer/i.test(mark.innerText)));
    await page.search("");
  });

  await check("a reload in the middle of the fill shows what is saved, and goes on from there", async () => {
    const saved = await page.until(savedCases);
    await page.reload();
    // The first number that the page shows.
    const shown = await page.until(() => Number(document.querySelector("[data-sync]")?.dataset.cases));
    assert.ok(shown >= saved, `${shown} of ${saved} cases`);
  });

  await check("the page fills its list, and says as of when it is", async () => {
    await page.filled();
    assert.ok((await page.total()) > 500, "cases");
    assert.ok((await page.rows()).length > 10, "rows");
    assert.match(await page.read(() => document.querySelector(".sync-text").innerText), /^As of /);
    assert.match(await page.read(() => document.title), /^(\(\d+\+?\) )?All cases – Support cases$/);
  });

  await check("a reload shows the cases from the copy in the browser, without reading them all again", async () => {
    const counts = () => page.read(async () => (await (await fetch("/demo/sandbox")).json()).requests.received);
    // The list shows what the store has, and the store marks the number of cases that it has saved.
    const total = await page.until(() => {
      const size = Number(document.querySelector("[data-sync]").dataset.cases);
      const saved = Object.entries({ ...localStorage }).some(
        ([name, mark]) => name.startsWith("portal/") && JSON.parse(mark).count === size,
      );
      return saved && Number(document.querySelector("[data-total]").dataset.total) === size && size;
    });
    const before = await counts();
    await page.reload();
    await page.untilTotal({ is: total });
    await page.filled();
    assert.ok((await counts()) - before < 60, `${(await counts()) - before} requests after the reload`);
  });
}
