// The script for browsers: bundled, except for the package and SQLite, which are loaded as files.

import { PARTS } from "./suite.mjs";

globalThis.measureStore = async (part, cases, hasStore) => {
  const load = (path) => import(new URL(path, location.href).href);
  const { decodeCasesPage, decodeCaseSummary, ready } = await load("/pkg/entry/browser.js");
  await ready();
  const { createSandbox } = await load("/pkg/sandbox.js");
  const { pageCopies } = await load("/pkg/client/page-copy.js");
  const { CaseStore, custom } = hasStore ? await load("/pkg/store.js") : {};
  const { default: initSqlite } = await load("/modules/@sqlite.org/sqlite-wasm/dist/index.mjs");
  const sqlite3 = await initSqlite();
  const modules = { decodeCasesPage, decodeCaseSummary, pageCopies, createSandbox, sqlite3, CaseStore, custom };
  return PARTS[part](modules, cases, { say: (text) => console.log(`· ${cases}: ${text}`) });
};
