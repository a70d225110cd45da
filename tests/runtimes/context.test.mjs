// The async context of everything that a client calls, in Node: that of the call it serves.

import { AsyncLocalStorage } from "node:async_hooks";
import { test } from "node:test";
import * as caseApi from "cisco-support-case";
import { createSandbox } from "cisco-support-case/sandbox";
import { checksOf } from "../context/scenario.js";

for (const [name, check] of Object.entries(checksOf({ caseApi, createSandbox, AsyncLocalStorage }))) test(name, check);
