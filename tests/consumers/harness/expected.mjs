// What the four calls, the failing one and the one in bulk must give, of the sandbox's 1000 cases of seed 1.

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
  // The client's module was started, and once.
  modules: 1,
  // The call in bulk has started the other.
  bulk: { ids: ["681425141", "682299374"], modules: 2 },
};

/**
 * A report is as it must be; `isEarly` where the module of bulk calls comes with the client's, or at any time. So many modules
 * were started before they were counted, `unseen`.
 */
export function assertReport(given, { isEarly, unseen = 0 } = {}) {
  const report = structuredClone(given);
  for (const counted of [report, report.bulk]) if (counted) counted.modules += unseen;
  if (isEarly) assert.ok(report.modules === 1 || report.modules === 2, `${report.modules} modules were started`);
  assert.deepEqual(isEarly ? { ...report, modules: 1 } : report, EXPECTED);
}

/** Everything works but the call in bulk, which cannot load anything, and whose error says what to import. */
export function assertNoBulk({ bulk, ...report }) {
  assertReport({ ...report, bulk: EXPECTED.bulk });
  assert.equal(bulk.error?.code, "LOAD_FAILED");
  assert.match(bulk.error.message, /import "cisco-support-case\/bulk"/);
}

/** No module has come, and the error names the cure of the tool. */
export function assertCure({ error }, cure) {
  assert.equal(error?.code, "LOAD_FAILED", JSON.stringify(error));
  for (const text of [error.message, error.advice]) assert.match(text, cure);
}

const NOWHERE = { files: 0, inlined: 0 };

/**
 * A tool's output holds once the module of bulk calls and the client's (a page's, where the output is for one): as files, and
 * inside scripts of their own, which are loaded where the files are not found; or inside the script, where it is the same for
 * pages and servers. A tool that `leaves` files behind has them in scripts only. So many `strays` of a server's are among a
 * page's files, where nobody asks for them.
 */
export function assertOnce(found, entry, { isForPage = true, strays = 0, leaves = false, inlined = 1 } = {}) {
  const files = entry === "inline" || leaves ? 0 : 1;
  const [client, page] = isForPage ? [strays, files] : [files, 0];
  assert.deepEqual(found, {
    client: { files: client, inlined },
    page: { files: page, inlined: 0 },
    bulk: { files, inlined },
    others: [],
  });
}

/** A server's output holds so many files of the client's module and of that of bulk calls, and none of a page's. */
export function assertTravels({ client, page, bulk, others }, files) {
  assert.deepEqual(
    { client: client.files, page, bulk: bulk.files, others },
    { client: files, page: NOWHERE, bulk: files, others: [] },
  );
}

/**
 * A page has asked for each module once, or for none where they are inside the script. Where they are `missing`, what it asks
 * for is not there; where they are not, it asks for no script that has them inside. A
 * page that `prefetches` asks for a file by a link as well.
 */
export function assertAsked(asked, entry, { isMissing = false, prefetches = false } = {}) {
  const all = asked.filter((path) => path.endsWith(".wasm"));
  const found = prefetches ? [...new Set(all)] : all;
  if (!isMissing && entry !== "inline") {
    const besides = asked.filter((path) => path.includes("inlined"));
    assert.deepEqual(besides, [], "asked for scripts that have modules inside");
  }
  // Tools give them names of their own: that they are two is what can be seen.
  assert.equal(found.length, entry === "inline" ? 0 : 2, `asked for ${JSON.stringify(found)}`);
  assert.equal(new Set(found).size, found.length, `asked for ${JSON.stringify(found)}`);
}
