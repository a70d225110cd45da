// The behaviour of the package after a panic of a module, in Node, Deno and Bun.

import assert from "node:assert/strict";
import { test } from "node:test";
import * as caseApi from "cisco-support-case";
import { createSandbox } from "cisco-support-case/sandbox";
// An internal file that no entry exports: the instance that the package itself uses.
import * as modules from "../node_modules/cisco-support-case/client/wasm-instance.js";
import { checksOf, recordUncaughtErrors } from "./scenario.js";

const uncaught = recordUncaughtErrors();

for (const [name, check] of Object.entries(checksOf({ caseApi, createSandbox, modules }))) test(name, check);

test("no error is uncaught", () => assert.deepEqual(uncaught, []));
