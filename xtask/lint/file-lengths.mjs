// Checks that no source or test file has more than 700 lines: a longer one has more than one subject.
//
//     node xtask/lint/file-lengths.mjs     prints each file that is too long (exit code 1), and each needless exception

import { pathToFileURL } from "node:url";
import { readFiles } from "./files.mjs";

const MAX_LINES = 700;

const SOURCE = /\.(rs|[cm]?[jt]sx?|css|svelte|vue)$/;

/** Files that may be longer, each with its reason. */
const EXCEPTIONS = new Map([
  [
    "src/bulk/change_tracker.rs",
    "one state machine; more functions that other files call cost bytes of the bulk module",
  ],
  ["src/client/engine.rs", "one state machine, whose transitions share all fields of the engine"],
  ["src/js/gateway.rs", "a table of exported functions: the whole interface of the gateway's module"],
  ["tests/bench/peers/typia/generated.mjs", "written by tests/bench/peers/typia/generate.mjs, not by people"],
]);

/**
 * Files with more lines than permitted, and exceptions that are not needed.
 *
 * @param {Map<string, string>} files text by path
 * @param {Map<string, string>} exceptions reason by path
 */
export function longFiles(files, exceptions = EXCEPTIONS) {
  const lengths = new Map([...files].map(([file, text]) => [file, text.split("\n").length - 1]));
  const isLong = (file) => (lengths.get(file) ?? 0) > MAX_LINES;
  return {
    tooLong: [...lengths].filter(([file]) => isLong(file) && !exceptions.has(file)),
    needless: [...exceptions.keys()].filter((file) => !isLong(file)),
  };
}

function main() {
  const files = readFiles(["."], SOURCE);
  const { tooLong, needless } = longFiles(files);
  for (const [file, lines] of tooLong) console.log(`${file} has ${lines} lines, at most ${MAX_LINES} are permitted`);
  for (const file of needless) console.log(`${file} is an exception, but has at most ${MAX_LINES} lines or is deleted`);
  console.log(`${tooLong.length} of ${files.size} source files have more than ${MAX_LINES} lines`);
  process.exitCode = tooLong.length ? 1 : 0;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) main();
