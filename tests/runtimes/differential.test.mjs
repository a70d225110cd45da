// The package's decoder against the native one on random documents, with and without Buffer.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import test from "node:test";
import { fileURLToPath } from "node:url";

for (const [name, more] of [
  ["as Node has it", {}],
  ["where there is no Buffer", { NO_BUFFER: "1" }],
]) {
  test(`random documents are decoded as natively, ${name}`, () => {
    const script = fileURLToPath(new URL("differential.mjs", import.meta.url));
    const { stdout, stderr, status } = spawnSync(process.execPath, [script], {
      encoding: "utf8",
      env: { ...process.env, ...more },
    });
    assert.equal(status, 0, stderr.slice(0, 4000));
    const { accepted, refused } = JSON.parse(stdout);
    assert.ok(accepted > 400 && refused > 400, stdout);
  });
}
