// Without a connection: the page says so, and opens from the copies of its files and cases in the browser.

import assert from "node:assert/strict";
import { check, kind, page } from "./harness.mjs";

export async function offline() {
  await check("without a connection the page says so, and goes on when it is back", async () => {
    await page.filled();
    await page.show();
    await page.connect(false);
    const words = await page.read(() => document.querySelector('[data-banner="offline"]').innerText);
    assert.match(words, /You are offline\..*as of/s);
    await page.search("peer");
    assert.ok((await page.total()) > 0);
    await page.search("");
    await page.connect(true);
  });

  // The sessions of WebKit under WebDriver are private ones, whose service workers keep nothing.
  if (kind.title === "WebKit") return;

  await check("every file that the page needs is kept by its service worker", async () => {
    await page.goto();
    await page.until(async () => (await navigator.serviceWorker?.getRegistration())?.active?.state === "activated");
    const missing = await page.read(async () => {
      const files = performance
        .getEntriesByType("resource")
        .map(({ name }) => name)
        .filter((name) => /\/assets\/[^?]*$|theme\.js$/.test(name));
      const kept = await Promise.all(files.map((name) => caches.match(name)));
      return {
        missing: files.filter((_, at) => !kept[at]),
        count: files.length,
        page: (await caches.match("./")) !== undefined,
      };
    });
    assert.deepEqual(missing.missing, []);
    assert.ok(missing.count > 3 && missing.page);
  });
}
