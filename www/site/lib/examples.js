// The examples of the guide that can run in their page: plain JavaScript that imports nothing but the package.

import { mkdirSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { RUNNABLE, withFiles } from "./imports.js";

/** Whether the code runs in a page: names of Node are missing there. */
const runsInPage = (code) => {
  const imported = [...code.matchAll(/from "([^"]+)"|import "([^"]+)"/g)].map(([, name, bare]) => name ?? bare);
  return imported.length > 0 && imported.every((name) => RUNNABLE.includes(name)) && !/\b(process|Buffer)\b/.test(code);
};

/**
 * The examples of a page by the number of their code block, as `tests/integrations/examples.test.mjs` runs them: an example
 * marked `continued` contains those before it.
 */
export function examplesOf({ path, text }) {
  const examples = new Map();
  if (!/^www\/guide\/[^/]+\.md$/.test(path)) return examples;
  let parts = [];
  const blocks = [...text.matchAll(/^```([^\n`]*)\n([\s\S]*?)^```$/gm)];
  for (const [number, [, info, code]] of blocks.entries()) {
    const kind = info.trim();
    if (kind !== "js" && kind !== "js continued") continue;
    parts = kind === "js" ? [code] : [...parts, code];
    const whole = parts.join("\n");
    if (runsInPage(whole)) examples.set(number, { id: `${basename(path, ".md")}-${number + 1}`, code: whole });
  }
  return examples;
}

/** Writes the examples into the site: as they are for the editor, and as modules that a page can run. */
export async function writeExamples(out, examples) {
  mkdirSync(`${out}/assets/run/examples`, { recursive: true });
  for (const { id, code } of examples) {
    writeFileSync(`${out}/assets/run/examples/${id}.txt`, code);
    writeFileSync(`${out}/assets/run/examples/${id}.js`, await withFiles(code));
  }
}
