// The async context in which a client calls functions of its caller, in Node, Deno and Bun: the context of the call.

import { AsyncLocalStorage } from "node:async_hooks";
import { test } from "node:test";
import * as caseApi from "cisco-support-case";
import { createSandbox } from "cisco-support-case/sandbox";
import { checksOf } from "./scenario.js";

for (const [name, check] of Object.entries(checksOf({ caseApi, createSandbox, AsyncLocalStorage }))) test(name, check);
