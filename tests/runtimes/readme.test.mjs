// Every JavaScript example of the package's README runs as it stands; one for the real service is only checked.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";

const readme = readFileSync(new URL("../node_modules/cisco-support-case/README.md", import.meta.url), "utf8");
const examples = [...readme.matchAll(/^```js(.*)\n([\s\S]*?)^```/gm)];
const folder = new URL("../readme/", import.meta.url);

test("the README has examples", () => assert.ok(examples.length >= 2));

for (const [index, [, kind, code]] of examples.entries()) {
  const checked = kind.trim() === "real-service";
  test(`example ${index + 1} ${checked ? "is legal" : "runs and prints"}`, () => {
    mkdirSync(folder, { recursive: true });
    const file = new URL(`example-${index + 1}.mjs`, folder);
    writeFileSync(file, code);
    const output = execFileSync(process.execPath, [...(checked ? ["--check"] : []), file.pathname], { encoding: "utf8" });
    if (!checked) assert.ok(output.split("\n").length > 3, "it prints cases");
  });
}
