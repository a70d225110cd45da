// Prints the package's public face: which entries there are, and their declarations without comments, as the compiler
// prints them. Declarations that entries share come once.

import { readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import ts from "typescript";
import { entries, files, folder } from "./entries.mjs";

const printer = ts.createPrinter({ removeComments: true });
const sources = [];

/** A file of declarations, after those that it takes from. */
function add(path) {
  if (sources.includes(path)) return;
  const { importedFiles } = ts.preProcessFile(readFileSync(path, "utf8"));
  sources.push(path);
  for (const { fileName } of importedFiles) {
    if (fileName.startsWith(".")) add(join(dirname(path), fileName.replace(/\.js$/, ".d.ts")));
  }
}

const out = ["The package's public face. `cargo xtask reference` writes it; what changes here, changes for everybody."];
for (const { name, types, conditions } of entries) {
  out.push(`${name}: ${relative(folder, types)} (${conditions.join(", ")})`);
  add(types);
}
for (const { name, target } of files) out.push(`${name}: ${target}`);
for (const path of sources.sort()) {
  const source = ts.createSourceFile(path, readFileSync(path, "utf8"), ts.ScriptTarget.Latest);
  out.push(`\n━━ ${relative(folder, path)}\n\n${printer.printFile(source).trim()}`);
}
console.log(out.join("\n"));
