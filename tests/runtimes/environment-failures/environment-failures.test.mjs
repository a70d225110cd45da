// Clients with a misbehaving environment, in Node; the same cases run in browsers.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import * as caseApi from "cisco-support-case";
import { whatNobodyCaught } from "../../panics/scenario.js";
import { cases } from "./cases.mjs";

const uncaught = whatNobodyCaught();

for (const { name, run } of cases) test(name, () => run(caseApi));

after(() => assert.deepEqual(uncaught, [], "what nobody could catch"));
