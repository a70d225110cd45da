// The rules of CONTRIBUTING.md ("Naming and comments") that a program can hold, for the doc comments of Rust and TypeScript:
// a summary is a whole sentence or noun phrase, of at least 16 characters, and at most 3 % begin with a wh-word.
//
//     node xtask/lint/language.mjs [FOLDER …]     prints each offending summary with its place; exit code 1 if a rule is broken

import { pathToFileURL } from "node:url";
import { readFiles } from "./files.mjs";

/** Folders whose doc comments are checked. */
const FOLDERS = ["src", "pkg-template", "www", "xtask", "tests", "examples"];

/** Shortest summary, in characters. */
const MIN_LENGTH = 16;

/** Largest share of summaries that may begin with a wh-word, per language. */
const MAX_WH_SHARE = 0.03;

const WH_WORD = /^(What|How|Which|Who|Whom|Whose|Whoever|Whatever|Where|Wherever|When|Whenever|Why|Whether)\b/;

/**
 * Summaries of a Rust file: the first paragraph of each block of `///` or `//!` lines, and the code after it.
 *
 * @param {string} text
 */
export function rustSummaries(text) {
  const summaries = [];
  const lines = text.split("\n");
  for (let at = 0; at < lines.length; at++) {
    const mark = /^\s*(\/\/\/|\/\/!)(?!\/)/.exec(lines[at])?.[1];
    if (!mark) continue;
    const first = at;
    const block = [];
    for (; at < lines.length && lines[at].trimStart().startsWith(mark); at++)
      block.push(lines[at].trimStart().slice(3).trim());
    while (/^\s*#!?\[/.test(lines[at] ?? "")) at++;
    summaries.push({ line: first + 1, text: paragraph(block), item: lines.slice(at, at + 3).join(" ") });
    at--;
  }
  return summaries;
}

/**
 * Summaries of a TypeScript or JavaScript file: the first paragraph of each `/** … *\/` comment, and the code after it.
 *
 * @param {string} text
 */
export function scriptSummaries(text) {
  const summaries = [];
  for (const comment of text.matchAll(/^[ \t]*\/\*\*(?!\*)([\s\S]*?)\*\//gm)) {
    const block = comment[1].split("\n").map((line) => line.trim().replace(/^\*\s?/, ""));
    const line = text.slice(0, comment.index).split("\n").length;
    const after = text.slice(comment.index + comment[0].length).trimStart();
    const summary = paragraph(block);
    // A comment of tags alone (`@type`, `@internal`) describes nothing.
    if (!summary.startsWith("@"))
      summaries.push({ line, text: summary, item: after.split("\n").slice(0, 3).join(" ") });
  }
  return summaries;
}

/** First paragraph of a comment's lines, in one line. */
function paragraph(lines) {
  const start = lines.findIndex((line) => line !== "");
  if (start < 0) return "";
  const end = lines.findIndex(
    (line, at) => at > start && (line === "" || line.startsWith("@") || /^(```|\||#|- )/.test(line)),
  );
  return lines
    .slice(start, end < 0 ? undefined : end)
    .join(" ")
    .trim();
}

/**
 * Names of the rules that a summary breaks.
 *
 * @param {{ text: string, item: string }} summary
 */
export function broken({ text, item }) {
  const rules = [];
  if (isWh({ text, item })) rules.push("wh-word");
  if (text.length < MIN_LENGTH) rules.push("short");
  if (/(…|\.\.\.)$/.test(text) || text.startsWith("…")) rules.push("split");
  else if (!/[.:!?)`|*]$/.test(text)) rules.push("no full stop");
  // A generated or external name may be lower case; a sentence that continues another item's is too.
  if (/^(and|or|but|of|that|which|as|to|in|if|with|for|from|by|at|on)\b/.test(text)) rules.push("split");
  return rules;
}

/** Whether a summary begins with a wh-word; "Whether" is right for booleans. */
function isWh({ text, item }) {
  return (
    WH_WORD.test(text) &&
    !(text.startsWith("Whether") && /\bbool(ean)?\b|\b(is|has|can|are|was|should)[A-Z_]\w*|true|false/.test(item))
  );
}

function main() {
  const folders = process.argv.slice(2);
  const files = readFiles(folders.length ? folders : FOLDERS, /\.(rs|m?[jt]s|tsx)$/);
  const totals = { Rust: { all: 0, wh: 0 }, TypeScript: { all: 0, wh: 0 } };
  let failed = false;
  for (const [file, text] of files) {
    const language = file.endsWith(".rs") ? "Rust" : "TypeScript";
    for (const summary of language === "Rust" ? rustSummaries(text) : scriptSummaries(text)) {
      const rules = broken(summary);
      totals[language].all++;
      if (rules.includes("wh-word")) totals[language].wh++;
      if (rules.some((rule) => rule !== "wh-word")) failed = true;
      if (rules.length) console.log(`${file}:${summary.line}: ${rules.join(", ")}: ${summary.text.slice(0, 110)}`);
    }
  }
  for (const [language, { all, wh }] of Object.entries(totals)) {
    const share = all ? wh / all : 0;
    if (share > MAX_WH_SHARE) failed = true;
    console.log(
      `${language}: ${wh} of ${all} summaries begin with a wh-word (${(100 * share).toFixed(1)} %, at most ${100 * MAX_WH_SHARE} %)`,
    );
  }
  process.exitCode = failed ? 1 : 0;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) main();
