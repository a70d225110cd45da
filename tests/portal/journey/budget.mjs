// The budget of the first load: the scripts and styles that the page loads before the list is shown, compressed.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { APP, kind, page } from "./harness.mjs";

const BUDGET = 250_000;

export async function budget(check) {
  if (kind.title !== "Chromium") return;
  await check("the first load is at most 250 KB, without the wasm modules", async () => {
    await page.goto();
    await page.filled();
    const names = await page.read(() =>
      performance.getEntriesByType("resource").map(({ name }) => new URL(name).pathname),
    );
    const files = [...new Set(names)].filter((name) => /\.(js|css)$/.test(name) && name.includes("/assets/"));
    let bytes = gzipSync(await readFile(join(APP, "index.html"))).length;
    for (const name of files) bytes += gzipSync(await readFile(join(APP, "assets", name.split("/").at(-1)))).length;
    console.log(`first load: ${files.length} files, ${bytes} bytes gzip`);
    assert.ok(files.length > 3 && bytes < BUDGET, `${bytes} bytes`);
  });
}
