// The first visit: cases are loaded, the page can be used meanwhile, and a reload continues from the copy.

import assert from "node:assert/strict";
import { check, page } from "./harness.mjs";

export async function first() {
  await check("the page fills its list, and says as of when it is", async () => {
    await page.goto();
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
