// Changes while one looks: the list stands still in use, says how many changed, and follows when it is not in use.

import assert from "node:assert/strict";
import { check, page } from "./harness.mjs";

export async function live() {
  await check("in use the list stands still, says how many cases changed, and shows them on demand", async () => {
    await page.show("?status_flag=O");
    await page.focusList();
    await page.press("HOME", "ARROW_DOWN", "ARROW_DOWN");
    const active = await page.activeAt(2);
    const before = (await page.rows()).slice(0, 8).map(({ id }) => id);
    // The dialog takes the focus from the list: the switch holds the list meanwhile, and the focus afterwards.
    const switchLive = () => page.click(".live-switch input");
    await switchLive();
    await page.moveOn();
    await page.until(() => document.querySelector("[data-pending]") !== null);
    await page.focusList();
    await switchLive();
    await page.browser.drawn();
    assert.ok(await page.read(() => document.querySelector("[data-pending]") !== null), "the changes still wait");
    await page.until(() => /^Cases have changed/.test(document.querySelector("[data-announcer]").textContent));
    assert.deepEqual(
      (await page.rows()).slice(0, 8).map(({ id }) => id),
      before,
      "the rows stand still",
    );
    assert.equal(await page.active(), active);
    await page.press("ENTER");
    await page.until((id) => location.search.includes(`case=${id}`), active);
    await page.until(() => document.querySelector("main h1.title-text"));
    await page.press("ESCAPE");
    await page.until(() => document.querySelector(".list")?.checkVisibility());
  });

  await check("out of use the list follows by itself", async () => {
    await page.read(() => document.querySelector("#main").focus());
    await page.until(() => document.querySelector("[data-pending]") === null);
    const before = (await page.rows()).slice(0, 8).map(({ id }) => id);
    await page.moveOn();
    await page.read(() => document.querySelector("#main").focus());
    await page.until(
      (before) =>
        [...document.querySelectorAll(".row[data-case]")]
          .sort((a, b) => Number(a.ariaRowIndex) - Number(b.ariaRowIndex))
          .slice(0, 8)
          .map((row) => row.dataset.case)
          .join() !== before,
      before.join(),
    );
  });
}
