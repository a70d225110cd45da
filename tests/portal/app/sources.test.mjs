// Rules of the portal's sources that no run of the page shows. Numbers are those of the table in www/portal/README.md.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const list = ["ls-files", "--cached", "--others", "--exclude-standard", "--", "www/portal"];
const sources = execFileSync("git", list, { cwd: ROOT, encoding: "utf8" })
  .split("\n")
  .filter((file) => /\.(tsx?|css)$/.test(file))
  .flatMap((file) => {
    try {
      return [{ file, text: readFileSync(ROOT + file, "utf8") }];
    } catch {
      return []; // deleted and not yet committed
    }
  });
const places = (pattern) =>
  sources.flatMap(({ file, text }) =>
    text
      .split("\n")
      .flatMap((line, at) => (pattern.test(line) && !/^\s*(\/\/|\*|\/\*)/.test(line) ? [`${file}:${at + 1}`] : [])),
  );

test("there are sources", () => {
  assert.ok(sources.length > 80, `${sources.length}`);
});

test("6: nothing scrolls smoothly", () => {
  assert.deepEqual(places(/scroll-behavior:\s*smooth|behavior:\s*"smooth"/), []);
});

test("19, 90: no text becomes HTML, and no code", () => {
  assert.deepEqual(places(/dangerouslySetInnerHTML|\.innerHTML|insertAdjacentHTML|\beval\(|new Function\(/), []);
});

test("40: cells and dates use the formatters, which are made once", () => {
  assert.deepEqual(places(/\.toLocale(String|DateString|TimeString)\(/), []);
  assert.deepEqual(
    places(/new Intl\.(DateTime|RelativeTime)Format/).filter((place) => !place.startsWith("www/portal/ui/format.ts")),
    [],
  );
});

test("43, 44: no compiler memoizes over the virtualizer, which never flushes synchronously", () => {
  const config = readFileSync(`${ROOT}www/portal/vite.config.ts`, "utf8");
  const packages = readFileSync(`${ROOT}www/portal/package.json`, "utf8");
  assert.doesNotMatch(config + packages, /react-compiler/);
  const virtual = sources.filter(({ text }) => /useVirtualizer[<(]/.test(text));
  assert.ok(virtual.length > 0);
  for (const { file, text } of virtual) assert.match(text, /useFlushSync: false/, file);
});

test("51: the browser is asked for a permission in one place, which only a button calls", () => {
  assert.equal(places(/requestPermission\(/).length, 1);
  assert.deepEqual(
    places(/enableNotifications\(\)/).filter((place) => !/notification(s|-setting)\.tsx?:/.test(place)),
    [],
  );
});
