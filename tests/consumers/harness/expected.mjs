// Expected results of the four calls, the failing call and the bulk call, for the sandbox's 1000 cases of seed 1.

import assert from "node:assert/strict";

const EXPECTED = {
  summary: { count: 2, ids: ["681425141", "682299374"] },
  details: {
    id: "682299374",
    title: "[Nullfield Annex] datastore is read-only after expansion",
    severity: 4,
    notes: 9,
  },
  byContract: { total: 374, here: 100, first: "680012116", objects: 100 },
  byUser: { total: 201, here: 100, first: "680281345", objects: 100 },
  failure: { known: true, name: "NotFoundError", kind: "not_found", code: "CASE_NOTFOUND" },
  // The client's module is instantiated once.
  modules: 1,
  // The bulk call instantiates the bulk module.
  bulk: { ids: ["681425141", "682299374"], modules: 2 },
};

/**
 * Asserts a report. `isEarly`: the bulk module may load with the client's or at any time. `uncountedModules`: number of
 * modules instantiated before counting started.
 */
export function assertReport(given, { isEarly, uncountedModules = 0 } = {}) {
  const report = structuredClone(given);
  for (const counted of [report, report.bulk]) if (counted) counted.modules += uncountedModules;
  if (isEarly) assert.ok(report.modules === 1 || report.modules === 2, `${report.modules} modules were instantiated`);
  assert.deepEqual(isEarly ? { ...report, modules: 1 } : report, EXPECTED);
}

/** Asserts that everything works but the bulk call. It cannot load its module, and its error names the import. */
export function assertNoBulk({ bulk, ...report }) {
  assertReport({ ...report, bulk: EXPECTED.bulk });
  assert.equal(bulk.error?.code, "LOAD_FAILED");
  assert.match(bulk.error.message, /import "cisco-support-case\/bulk"/);
}

/** Asserts that no module could be loaded, and that the error names the tool's remedy. */
export function assertRemedy({ error }, remedy) {
  assert.equal(error?.code, "LOAD_FAILED", JSON.stringify(error));
  for (const text of [error.message, error.advice]) assert.match(text, remedy);
}

const NOWHERE = { files: 0, inlined: 0 };

/**
 * Asserts that a tool's output contains the bulk module and the client's module once. For pages, the client's module is
 * the page module.
 *
 * The modules are files, and also inlined in separate scripts, the fallback for missing files. For the entry `inline`,
 * they are inlined in the script itself, which is the same for pages and servers. The output of a tool that
 * `omitsModules` has the scripts only. `extraModules`: number of a server's modules among a page's files that no page
 * requests.
 */
export function assertModules(
  found,
  entry,
  { isForPage = true, extraModules = 0, omitsModules = false, inlined = 1 } = {},
) {
  const files = entry === "inline" || omitsModules ? 0 : 1;
  const [client, page] = isForPage ? [extraModules, files] : [files, 0];
  assert.deepEqual(found, {
    client: { files: client, inlined },
    page: { files: page, inlined: 0 },
    bulk: { files, inlined },
    others: [],
  });
}

/** Asserts the number of files of the client and bulk modules in a server's output. It has none of a page's. */
export function assertServerModules({ client, page, bulk, others }, files) {
  assert.deepEqual(
    { client: client.files, page, bulk: bulk.files, others },
    { client: files, page: NOWHERE, bulk: files, others: [] },
  );
}

/**
 * Asserts that a page requested each module once, or none if they are inlined in the script. `isMissing`: the requested
 * files do not exist; otherwise the page requests no script with inlined modules. A page that `prefetches` also
 * requests files by links.
 */
export function assertRequests(requested, entry, { isMissing = false, prefetches = false } = {}) {
  const all = requested.filter((path) => path.endsWith(".wasm"));
  const found = prefetches ? [...new Set(all)] : all;
  if (!isMissing && entry !== "inline") {
    const scripts = requested.filter((path) => path.includes("inlined"));
    assert.deepEqual(scripts, [], "requested scripts with inlined modules");
  }
  // Tools rename the files, so only their number is known.
  assert.equal(found.length, entry === "inline" ? 0 : 2, `requested ${JSON.stringify(found)}`);
  assert.equal(new Set(found).size, found.length, `requested ${JSON.stringify(found)}`);
}
