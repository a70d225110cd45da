// Checks that scripts of the npm package that pages load use no global name or method that is newer than the oldest browsers of
// the README: Chrome 91 and Firefox 89. TypeScript's libraries do not tell them: they have them of Node and of later pages.
//
//     node xtask/lint/platform.mjs     prints each use; exit code 1 if there is one

import { pathToFileURL } from "node:url";
import { readFiles } from "./files.mjs";

/** The folders of scripts that run in Node or in Workers only. */
const NOT_IN_PAGES = [
  "pkg-template/cli/",
  "pkg-template/gateway/",
  "pkg-template/testing/playwright",
  "pkg-template/entry/gateway",
];

/** Patterns of the names; `?.` after one is a check whether it exists. */
const NEWER = [
  /\bObject\.(hasOwn|groupBy)\b/,
  /\.at\(/,
  /\.(findLast|findLastIndex|toSorted|toReversed|toSpliced)\(/,
  /\bArray\.fromAsync\b/,
  /\bPromise\.(withResolvers|try)\b/,
  /\bstructuredClone\(/,
  /\.throwIfAborted\(/,
  /\bAbortSignal\.(abort|any|timeout)\b(?!\?\.)/,
  /\bResponse\.json\(/,
  /\bReadableStream\.from\b/,
  /\bnew (TransformStream|WritableStream|CompressionStream|DecompressionStream)\b/,
  /\bcrypto\.randomUUID\b/,
  /\.(isWellFormed|toWellFormed)\(/,
  /\bstatic \{/,
  /\bthis\.#/,
];

/**
 * Uses of newer names, as `path:line: text`.
 *
 * @param {Map<string, string>} files text by path
 */
export function newerNames(files) {
  const uses = [];
  for (const [path, text] of files) {
    if (NOT_IN_PAGES.some((folder) => path.startsWith(folder))) continue;
    text.split("\n").forEach((line, at) => {
      const isComment = /^\s*(\/\/|\/?\*)/.test(line);
      if (!isComment && NEWER.some((name) => name.test(line))) uses.push(`${path}:${at + 1}: ${line.trim()}`);
    });
  }
  return uses;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const uses = newerNames(readFiles(["pkg-template"], /\.ts$/));
  for (const use of uses) console.log(use);
  console.log(`${uses.length} uses of names that Chrome 91 or Firefox 89 lacks`);
  process.exitCode = uses.length > 0 ? 1 : 0;
}
