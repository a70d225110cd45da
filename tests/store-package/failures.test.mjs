// The list of known failures in README.md: each test that it names exists.

import { test } from "node:test";
import { checkKnownFailures } from "../known-failures.mjs";

test("each test that the list of known failures names exists", () => {
  checkKnownFailures(import.meta.dirname, { rows: 80, tests: 140 });
});
