// What the four calls and the failing one must give, of the sandbox's 1000 cases of seed 1.

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
  // The module was started once.
  modules: 1,
};

/** A report is as it must be. */
export function assertReport(report) {
  assert.deepEqual(report, EXPECTED);
}

/** The module was nowhere, and the error says what to do. */
export function assertMissed({ error }) {
  assert.equal(error?.code, "LOAD_FAILED");
  assert.match(error.message, /client\.wasm.*cisco-support-case\/inline/);
}

/** A tool's output holds the module once: as a file, or inside the script. */
export function assertOnce({ files, inlined, others }, entry) {
  const expected = entry === "inline" ? { files: 0, inlined: 1 } : { files: 1, inlined: 0 };
  assert.deepEqual({ files, inlined, others }, { ...expected, others: [] });
}

/** A page has asked for the module once, or not at all where it is inside the script. */
export function assertAsked(asked, entry) {
  const found = asked.filter((path) => path.endsWith(".wasm"));
  assert.equal(found.length, entry === "inline" ? 0 : 1, `asked for ${JSON.stringify(found)}`);
}
