// The checks of this folder find what they are for, and nothing else.

import assert from "node:assert/strict";
import { test } from "node:test";
import { longFiles } from "./file-lengths.mjs";
import { cycles, rustImports, scriptImports, upwardImports } from "./imports.mjs";
import { broken, rustSummaries, scriptSummaries } from "./language.mjs";
import { newerNames } from "./platform.mjs";

test("a Rust summary is the first paragraph of a block, with the item after its attributes", () => {
  const text = [
    "//! Rate limits of the service.",
    "",
    "/// Returns the next page index,",
    "/// or `None` on the last page.",
    "///",
    "/// What else there is to say.",
    "#[must_use]",
    "pub fn next(&self) -> Option<u32> {",
  ].join("\n");
  const [module, method] = rustSummaries(text);
  assert.deepEqual([module.line, module.text], [1, "Rate limits of the service."]);
  assert.deepEqual([method.line, method.text], [3, "Returns the next page index, or `None` on the last page."]);
  assert.match(method.item, /^pub fn next/);
});

test("a script's summary ends at its tags, and a comment of tags alone has none", () => {
  const text =
    "/** The client's options.\n * @internal */\nexport interface Options {}\n/** @type {string} */\nlet x;\n";
  assert.deepEqual(
    scriptSummaries(text).map(({ line, text: summary }) => [line, summary]),
    [[1, "The client's options."]],
  );
});

for (const [summary, item, rules] of [
  ["Returns the next page index, or `None` on the last page.", "pub fn next()", []],
  ["What is known of a failure.", "struct Failure", ["wh-word"]],
  ["Whether the last page was read.", "is_complete: bool,", []],
  ["Whether the last page was read.", "fn complete() -> Option<u8>", ["wh-word"]],
  ["Its end.", "end: u32", ["short"]],
  ["Doubled for each further refusal …", "const A: u32", ["split"]],
  ["… up to this many times.", "const B: u32", ["split"]],
  ["of which the newest is first.", "list: Vec<u8>", ["split"]],
  ["The number of pages read", "pages: u32", ["no full stop"]],
]) {
  test(`"${summary}" over \`${item}\` breaks ${rules.join(", ") || "no rule"}`, () => {
    assert.deepEqual(broken({ text: summary, item }), rules);
  });
}

test("a cycle through a name that a mod.rs re-exports is found, and its files are named", () => {
  const files = new Map([
    ["src/lib.rs", "pub mod bulk;"],
    ["src/bulk/mod.rs", "mod job;\nmod list;\npub use job::Job;\npub use self::list::{List, Page as ListPage};"],
    ["src/bulk/job.rs", "use super::List;\npub struct Job(List);"],
    ["src/bulk/list.rs", "use crate::bulk::{self, Job};\npub struct List(Job);"],
  ]);
  assert.deepEqual(cycles(rustImports("src/lib.rs", files)), [["src/bulk/job.rs", "src/bulk/list.rs"]]);
});

test("a comment, a string and a module's own children close no cycle", () => {
  const files = new Map([
    ["src/lib.rs", "pub mod a;\npub mod b;"],
    ["src/a.rs", "use crate::b::B;\npub struct A(B);"],
    [
      "src/b.rs",
      '// crate::a::A\npub struct B;\nconst T: &str = "crate::a::A";\n#[cfg(test)]\nmod tests { use crate::a::A; }',
    ],
  ]);
  assert.deepEqual(cycles(rustImports("src/lib.rs", files)), []);
});

test("imports of types and dynamic imports of scripts count", () => {
  const files = new Map([
    ["www/a.ts", 'import type { B } from "./b.js";'],
    ["www/b.ts", 'export const load = () => import("./c.js");'],
    ["www/c.ts", 'export { a } from "./a.js";'],
    ["www/d.ts", 'import { a } from "./a.js";\nimport fs from "node:fs";'],
    ["www/e.tsx", 'import { F } from "./f.js";'],
    ["www/f.tsx", 'import { E } from "./e.js";'],
  ]);
  const found = [
    ["www/a.ts", "www/b.ts", "www/c.ts"],
    ["www/e.tsx", "www/f.tsx"],
  ];
  assert.deepEqual(cycles(scriptImports(files)), found);
});

test("an import of a higher layer is found, and a module without a layer; one of the same layer is none", () => {
  const imports = [
    ["src/util/json.rs", "src/model/case_record.rs"],
    ["src/model/case_record.rs", "src/util/json.rs"],
    ["src/bulk/job.rs", "src/client/engine.rs"],
    ["src/other.rs", "src/util/json.rs"],
    ["src/lib.rs", "src/other.rs"],
  ].map(([from, to]) => ({ from, to, line: 1 }));
  assert.deepEqual(upwardImports(imports), [imports[0], imports[3]]);
});

test("a file of more than 700 lines is found unless it is an exception, and so is a needless exception", () => {
  const files = new Map([
    ["src/short.rs", "\n".repeat(700)],
    ["src/long.rs", "\n".repeat(701)],
    ["tests/generated.mjs", "\n".repeat(900)],
  ]);
  const exceptions = new Map([
    ["tests/generated.mjs", "generated"],
    ["src/short.rs", "a table"],
    ["src/deleted.rs", "a table"],
  ]);
  assert.deepEqual(longFiles(files, exceptions), {
    tooLong: [["src/long.rs", 701]],
    needless: ["src/short.rs", "src/deleted.rs"],
  });
});

test("a name that is newer than the oldest browsers is found in scripts of pages", () => {
  const files = new Map([
    [
      "pkg-template/query/keys.ts",
      "// Object.hasOwn(a, b)\nif (Object.hasOwn(a, b)) c = d.at(-1);\nAbortSignal.timeout?.(ms);",
    ],
    ["pkg-template/cli/main.ts", "structuredClone(a)"],
  ]);
  assert.deepEqual(newerNames(files), ["pkg-template/query/keys.ts:2: if (Object.hasOwn(a, b)) c = d.at(-1);"]);
});
