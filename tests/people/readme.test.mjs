// Every JavaScript example of the package's README and of the guide runs as it stands; one for the real service is only
// checked.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

const guide = process.env.GUIDE;
const pages = [
  new URL("../node_modules/cisco-support-case/README.md", import.meta.url),
  ...readdirSync(guide).filter((name) => name.endsWith(".md")).map((name) => join(guide, name)),
];
const folder = new URL("../readme/", import.meta.url);
const examples = pages.flatMap((page) => {
  const name = String(page).split("/").slice(-2).join("-").replace(".md", "");
  const found = [...readFileSync(page, "utf8").matchAll(/^```js(?![a-z])(.*)\n([\s\S]*?)^```/gm)];
  return found.map(([, kind, code], index) => ({ name: `${name}-${index + 1}`, checked: kind.trim() === "real-service", code }));
});

test("README and guide have examples", () => assert.ok(examples.length >= 5));

for (const { name, checked, code } of examples) {
  test(`example ${name} ${checked ? "is legal" : "runs and prints"}`, () => {
    mkdirSync(folder, { recursive: true });
    const file = new URL(`${name}.mjs`, folder);
    writeFileSync(file, code);
    const output = execFileSync(process.execPath, [...(checked ? ["--check"] : []), file.pathname], { encoding: "utf8" });
    if (!checked) assert.ok(output.split("\n").length > 2, "it prints something");
  });
}
