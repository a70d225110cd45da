// If the module ever panics, in Node: what is pending is told, nothing hangs, and the process goes on.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import * as caseApi from "cisco-support-case";
import { createSandbox } from "cisco-support-case/sandbox";
// No entry exports it: the same as the package's, found by its file.
import * as modules from "../node_modules/cisco-support-case/client/wasm-instance.js";
import { checksOf, whatNobodyCaught } from "../panics/scenario.js";

const uncaught = whatNobodyCaught();

for (const [name, check] of Object.entries(checksOf({ caseApi, createSandbox, modules }))) test(name, check);

after(() => assert.deepEqual(uncaught, [], "what nobody could catch"));
