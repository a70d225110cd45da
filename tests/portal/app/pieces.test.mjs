// Each piece of the portal can be copied alone: it imports its own folder, the shared ones, and few files of the shell.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../../www/portal/", import.meta.url));

/** The files of the shell that a piece may import: the store, the address, the formats. */
const SHELL = [
  "app/store-hooks",
  "app/navigation",
  "app/view",
  "app/use-formatter",
  "app/session",
  "app/commands",
  "app/trusted-urls",
  "settings/settings",
];

/** The pieces, with the other folders that each one needs. */
const PIECES = { overview: [], case: ["news"], news: ["case"], cases: ["case", "news"], sync: [] };

for (const [piece, folders] of Object.entries(PIECES)) {
  test(`${piece}/ can be copied alone`, () => {
    const sources = readdirSync(path.join(ROOT, piece)).filter((name) => /\.tsx?$/.test(name));
    assert.ok(sources.length > 1, `${sources.length} files`);
    for (const source of sources) {
      const text = readFileSync(path.join(ROOT, piece, source), "utf8");
      for (const [, imported] of text.matchAll(/from "(\.[^"]*)"/g)) {
        const target = path.posix.normalize(path.posix.join(piece, imported)).replace(/\.js$/, "");
        const folder = target.split("/")[0];
        const isAllowed = [piece, "ui", ...folders].includes(folder) || SHELL.includes(target);
        assert.ok(isAllowed, `${piece}/${source} imports ${target}`);
      }
    }
  });
}
