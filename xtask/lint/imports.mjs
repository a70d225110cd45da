// Checks the imports between files of the crate, of xtask, of the npm package and of the portal: none is part of a cycle, and
// the crate's run from higher layers to lower ones (ARCHITECTURE.md, "Layers").
//
//     node xtask/lint/imports.mjs     prints each cycle with the lines that close it, and each import of a higher layer; exit
//                                     code 1 if there is one
//
// A `mod.rs` or `lib.rs` that re-exports a name is looked through: who imports the name depends on the file that defines it.

import path from "node:path";
import { pathToFileURL } from "node:url";
import { readFiles } from "./files.mjs";

/** Crates: the folder of the sources and the file that is the crate's root. */
const CRATES = [
  { folder: "src", root: "src/lib.rs" },
  { folder: "xtask/src", root: "xtask/src/main.rs" },
  { folder: "xtask/codegen/src", root: "xtask/codegen/src/lib.rs" },
];

/** The layers of the crate's modules, the lowest first. A module imports those of its own layer and of lower ones. */
const LAYERS = [
  ["util", "boundary"],
  ["model", "rules", "error"],
  ["endpoint", "decode", "paging"],
  ["query"],
  ["client", "bulk", "gateway", "sandbox", "store"],
  ["js", "transport", "internal"],
];

/** Folders of TypeScript and JavaScript modules. */
const SCRIPTS = ["pkg-template", "www", "xtask"];

/**
 * Imports of a crate, by file: `{ from, to, line }`.
 *
 * @param {string} root
 * @param {Map<string, string>} files text by path
 */
export function rustImports(root, files) {
  const modules = new Map([["", moduleOf(root, files)]]);
  const walk = (name) => {
    const { file, folder } = modules.get(name);
    const text = files.get(file);
    for (const [, child] of text.matchAll(/^\s*(?:pub(?:\([^)]*\))?\s+)?mod\s+(\w+)\s*;/gm)) {
      const candidates = [`${folder}/${child}.rs`, `${folder}/${child}/mod.rs`];
      const found = candidates.find((candidate) => files.has(candidate));
      if (!found) continue;
      const full = name ? `${name}::${child}` : child;
      modules.set(full, moduleOf(found, files));
      walk(full);
    }
  };
  walk("");

  // Modules give the names that they import, to their children at least: `pub use self::x::{A, B}`.
  for (const [name, module] of modules) {
    for (const use of uses(module.text)) {
      for (const leaf of leaves(use.tree)) {
        const target = absolute(leaf.path, name, modules);
        if (target === undefined || target.join("::") === (name ? `${name}::${leaf.alias}` : leaf.alias)) continue;
        if (leaf.path.at(-1) === "*") module.globs.push(target.slice(0, -1));
        else module.exports.set(leaf.alias, target);
      }
    }
  }

  const resolve = (segments, depth = 0) => {
    let name = "";
    for (let at = 0; at < segments.length; at++) {
      const next = name ? `${name}::${segments[at]}` : segments[at];
      if (modules.has(next)) {
        name = next;
        continue;
      }
      const module = modules.get(name);
      const target = module.exports.get(segments[at]);
      if (target && depth < 8) return resolve([...target, ...segments.slice(at + 1)], depth + 1);
      for (const glob of depth < 8 ? module.globs : []) {
        const file = resolve([...glob, ...segments.slice(at)], depth + 1);
        if (file) return file;
      }
      // Not an item of this module as far as can be seen: a macro of the crate's root, for one.
      return new RegExp(`\\b${segments[at].replace(/\W/g, "")}\\b`).test(module.text) || segments[at] === "*"
        ? module.file
        : undefined;
    }
    return modules.get(name).file;
  };

  const imports = [];
  for (const [name, module] of modules) {
    const add = (segments, line) => {
      const target = absolute(segments, name, modules);
      const to = target && resolve(target);
      if (to && to !== module.file) imports.push({ from: module.file, to, line });
    };
    const body = module.text.replace(/^\s*(pub(\([^)]*\))?\s+)?use\s[^;]*;/gm, (use) => use.replace(/[^\n]/g, " "));
    // A map imports what its own code uses; the rest is for its children and for others.
    const isMap = /(^|\/)(mod|lib|main)\.rs$/.test(module.file);
    for (const use of uses(module.text)) {
      for (const leaf of leaves(use.tree)) {
        if (!isMap || (!use.visibility && new RegExp(`\\b${leaf.alias === "*" ? "$^" : leaf.alias}\\b`).test(body)))
          add(leaf.path, use.line);
      }
    }
    for (const match of body.matchAll(/\b(?:crate|super|self)(?:::\w+)+/g)) {
      add(match[0].split("::"), body.slice(0, match.index).split("\n").length);
    }
  }
  return imports;
}

/** A module's file, the folder of its children, and its text without comments, strings and tests. */
function moduleOf(file, files) {
  const base = path.posix.basename(file);
  const folder = /^(mod|lib|main)\.rs$/.test(base) ? path.posix.dirname(file) : file.replace(/\.rs$/, "");
  const text = files
    .get(file)
    .replace(/\/\/[^\n]*/g, "")
    .replace(/"(\\.|[^"\\])*"/g, (literal) => `"${literal.replace(/[^\n]/g, "").slice(0)}"`)
    .replace(/#\[cfg\((all\()?test\b[\s\S]*$/, "");
  return { file, folder, text, exports: new Map(), globs: [] };
}

/** The `use` declarations of a text. */
function uses(text) {
  return [...text.matchAll(/^[ \t]*(pub(?:\([^)]*\))?\s+)?use\s+([^;]+);/gm)].map((match) => ({
    visibility: match[1] ?? "",
    tree: match[2].replace(/\s+/g, " ").trim(),
    line: text.slice(0, match.index).split("\n").length,
  }));
}

/** The paths of a use tree: `a::{b, c as d}` is `a::b` and `a::c`, the latter known as `d`. */
function leaves(tree, before = []) {
  const open = tree.indexOf("{");
  if (open < 0) {
    const [full, alias] = tree.split(/\s+as\s+/);
    const segments = [...before, ...full.trim().split("::")].filter(Boolean);
    if (segments.at(-1) === "self") segments.pop();
    return [{ path: segments, alias: alias?.trim() ?? segments.at(-1) }];
  }
  const head = tree
    .slice(0, open)
    .split("::")
    .map((segment) => segment.trim())
    .filter(Boolean);
  const parts = [];
  let depth = 0;
  let part = "";
  for (const character of tree.slice(open + 1, tree.lastIndexOf("}"))) {
    if (character === "{") depth++;
    if (character === "}") depth--;
    if (character === "," && depth === 0) {
      parts.push(part);
      part = "";
    } else part += character;
  }
  return [...parts, part]
    .map((one) => one.trim())
    .filter(Boolean)
    .flatMap((one) => leaves(one, [...before, ...head]));
}

/** A path from the crate's root, or `undefined` if it leads out of the crate. */
function absolute(segments, name, modules) {
  let at = name ? name.split("::") : [];
  const [first, ...rest] = segments;
  if (first === "crate") return rest;
  if (first === "self") return [...at, ...rest];
  if (first === "super") {
    let tail = segments;
    while (tail[0] === "super") {
      at = at.slice(0, -1);
      tail = tail.slice(1);
    }
    return [...at, ...tail];
  }
  // A child module's name without `self::`.
  return modules.has([...at, first].join("::")) ? [...at, ...segments] : undefined;
}

/**
 * Imports of scripts, by file; dynamic imports too.
 *
 * @param {Map<string, string>} files text by path
 */
export function scriptImports(files) {
  const imports = [];
  for (const [from, text] of files) {
    for (const match of text.matchAll(/(?:\bfrom\s*|\bimport\s*\(?\s*)["'](\.[^"']+)["']/g)) {
      const target = path.posix.join(path.posix.dirname(from), match[1]);
      const candidates = [
        target,
        target.replace(/\.js$/, ".ts"),
        target.replace(/\.js$/, ".tsx"),
        target.replace(/\.js$/, ".d.ts"),
        `${target}.ts`,
        `${target}/index.ts`,
      ];
      const to = candidates.find((candidate) => files.has(candidate));
      if (to && to !== from) imports.push({ from, to, line: text.slice(0, match.index).split("\n").length });
    }
  }
  return imports;
}

/**
 * Groups of files that import each other, directly or not (strongly connected components of more than one file).
 *
 * @param {{ from: string, to: string }[]} imports
 */
export function cycles(imports) {
  const targets = new Map();
  for (const { from, to } of imports) {
    if (!targets.has(from)) targets.set(from, new Set());
    if (!targets.has(to)) targets.set(to, new Set());
    targets.get(from).add(to);
  }
  const index = new Map();
  const low = new Map();
  const stack = [];
  const groups = [];
  const visit = (file) => {
    index.set(file, index.size);
    low.set(file, index.get(file));
    stack.push(file);
    for (const to of targets.get(file)) {
      if (!index.has(to)) {
        visit(to);
        low.set(file, Math.min(low.get(file), low.get(to)));
      } else if (stack.includes(to)) low.set(file, Math.min(low.get(file), index.get(to)));
    }
    if (low.get(file) !== index.get(file)) return;
    const group = stack.splice(stack.indexOf(file));
    if (group.length > 1) groups.push(group.sort());
  };
  for (const file of targets.keys()) if (!index.has(file)) visit(file);
  return groups;
}

/**
 * Imports of a higher layer, and the modules without a layer.
 *
 * @param {{ from: string, to: string, line: number }[]} imports imports of the crate
 */
export function upwardImports(imports) {
  const moduleOfFile = (file) => file.split("/")[1].replace(/\.rs$/, "");
  const layer = (file) => LAYERS.findIndex((modules) => modules.includes(moduleOfFile(file)));
  return imports.filter(
    ({ from, to }) => from !== "src/lib.rs" && (layer(from) < 0 || layer(to) > layer(from) || layer(to) < 0),
  );
}

function main() {
  const imports = [];
  let upward = [];
  for (const { folder, root } of CRATES) {
    const ofCrate = rustImports(root, readFiles([folder], /\.rs$/));
    if (root === "src/lib.rs") upward = upwardImports(ofCrate);
    imports.push(...ofCrate);
  }
  imports.push(...scriptImports(readFiles(SCRIPTS, /\.(ts|tsx|mjs|js)$/)));
  const groups = cycles(imports);
  for (const group of groups) {
    console.log(`import cycle between ${group.join(", ")}`);
    const lines = imports
      .filter(({ from, to }) => group.includes(from) && group.includes(to))
      .map(({ from, to, line }) => `  ${from}:${line} imports ${to}`);
    console.log([...new Set(lines)].join("\n"));
  }
  console.log(
    `${groups.length} import cycles in ${imports.length} imports of ${CRATES.length} crates and ${SCRIPTS.length} folders`,
  );
  for (const { from, to, line } of upward)
    console.log(`${from}:${line} imports ${to}, which is of a higher layer or of none`);
  process.exitCode = groups.length || upward.length ? 1 : 0;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) main();
