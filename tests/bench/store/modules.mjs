// What the measurements need of the package and of SQLite, in Node.

import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

/** Loads the package in a folder, and SQLite. Without the store in the package `CaseStore` is missing. */
export async function loadModules(folder) {
  const script = (path) => import(pathToFileURL(join(resolve(folder), path)).href);
  const load = (entry) => script(`entry/${entry}`);
  const { decodeCasesPage, decodeCaseSummary } = await load("node.js");
  const { createSandbox } = await load("sandbox-node.js");
  const { default: initSqlite } = await import("@sqlite.org/sqlite-wasm");
  const { pageCopies } = await script("client/page-copy.js");
  const modules = { decodeCasesPage, decodeCaseSummary, pageCopies, createSandbox, sqlite3: await initSqlite() };
  return existsSync(join(resolve(folder), "entry/store-node.js"))
    ? { ...modules, ...(await load("store-node.js")) }
    : modules;
}
