// The list of requirements and known failures in README.md: each test that it names exists.

import { test } from "node:test";
import { checkKnownFailures } from "../known-failures.mjs";

test("each test that the list of requirements and failures names exists", () => {
  checkKnownFailures(import.meta.dirname, { rows: 20, tests: 27 });
});
