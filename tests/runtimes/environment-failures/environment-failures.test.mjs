// Clients with a misbehaving environment, in Node; the same cases run in browsers.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import * as caseApi from "cisco-support-case";
import { recordUncaughtErrors } from "../../panics/scenario.js";
import { cases } from "./cases.mjs";

const uncaught = recordUncaughtErrors();

for (const { name, run } of cases) test(name, () => run(caseApi));

after(() => assert.deepEqual(uncaught, [], "uncaught errors"));
