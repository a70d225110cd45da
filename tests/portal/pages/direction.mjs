// The pages from right to left: the layout follows the direction of the text.

import assert from "node:assert/strict";
import { test } from "node:test";
import { go, openProfile, overflowOf, shot, WIDE } from "./harness.mjs";

/** Parts of the pages whose place depends on the direction. */
const PARTS = [
  ".brand",
  ".top-end",
  ".skip",
  ".facet-panel",
  ".facet-value bdi",
  ".cases-main",
  ".list",
  "h1",
  ".tiles",
  "table",
];

/** The distances of the parts from the side where lines begin, and from the other one. */
const placesOf = (page) =>
  page.evaluate((parts) => {
    const isMirrored = document.documentElement.dir === "rtl";
    return parts.flatMap((part) => {
      const box = document.querySelector(part)?.getBoundingClientRect();
      if (!box) return [];
      const ends = [box.left, document.documentElement.clientWidth - box.right].map(Math.round);
      return [[part, ...(isMirrored ? ends.reverse() : ends)]];
    });
  }, PARTS);

export async function direction() {
  const profile = await openProfile();
  const page = await profile.open();
  await test("pages from right to left are the mirror of those from left to right", async (t) => {
    for (const [name, address, part] of [
      ["cases", "", ".facet-value bdi"],
      ["overview", "?page=overview", "h1"],
      ["news", "?page=news", "h1"],
    ]) {
      await t.test(name, async () => {
        await go(page, address);
        await page.waitForSelector(part);
        const before = await placesOf(page);
        assert.ok(before.length > 3, JSON.stringify(before));
        await page.evaluate(() => {
          document.documentElement.dir = "rtl";
        });
        assert.deepEqual(await placesOf(page), before);
        assert.equal(await overflowOf(page), null);
        await shot(page, `${name}-rtl-${WIDE.width}`);
      });
    }
  });
  await profile.close();
}
