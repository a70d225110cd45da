// Each piece of the portal can be copied alone, with the files that www/guide/portal.md names: whatever they import is among them.

import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../../www/portal/", import.meta.url));

/** The files that every piece needs, besides `ui/`. */
const SHARED = [
  "app/answerable.ts",
  "app/last-progress.ts",
  "app/navigation.ts",
  "app/shown-status.ts",
  "app/store-hooks.ts",
  "app/use-formatter.ts",
  "app/view.ts",
  "settings/settings.ts",
];
/** The file that a page writes itself: the store and the client of its user. */
const OWN = "app/session.ts";

/** The pieces, with the other folders and files that each one needs. */
const PIECES = {
  overview: [],
  cases: ["case/", "news/", "app/open-commands.ts"],
  case: ["news/"],
  news: ["case/"],
  sync: ["case/", "news/", "app/trusted-urls.ts"],
};

/** Returns the files that a file imports, also when they are first used. */
function importsOf(file) {
  const text = readFileSync(path.join(ROOT, file), "utf8");
  return [...text.matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+)"/g)].map(([, imported]) => {
    const target = path.posix.normalize(path.posix.join(path.posix.dirname(file), imported));
    const names = [target.replace(/\.js$/, ".ts"), target.replace(/\.js$/, ".tsx"), target];
    const found = names.find((name) => existsSync(path.join(ROOT, name)));
    assert.ok(found, `${file} imports ${imported}, which does not exist`);
    return found;
  });
}

for (const [piece, others] of Object.entries(PIECES)) {
  test(`${piece}/ can be copied with the files that the guide names`, () => {
    const isSource = (name) => /\.tsx?$/.test(name);
    const waiting = readdirSync(path.join(ROOT, piece))
      .filter(isSource)
      .map((name) => `${piece}/${name}`);
    assert.ok(waiting.length > 1, `${waiting.length} files`);
    const seen = new Set(waiting);
    for (let file = waiting.pop(); file; file = waiting.pop()) {
      for (const target of importsOf(file)) {
        if (seen.has(target) || target === OWN) continue;
        seen.add(target);
        const isNamed = [`${piece}/`, "ui/", ...SHARED, ...others].some((name) => target.startsWith(name));
        assert.ok(isNamed, `${file} imports ${target}`);
        if (isSource(target)) waiting.push(target);
      }
    }
    const guide = readFileSync(path.join(ROOT, "../guide/portal.md"), "utf8");
    const row = guide.split("\n").find((line) => line.startsWith(`| \`${piece}/\``));
    for (const name of others) assert.ok(row?.includes(`\`${name}\``), `the guide does not name ${name} for ${piece}/`);
    for (const name of [...SHARED, OWN]) assert.ok(guide.includes(`\`${path.posix.basename(name)}\``), name);
  });
}
