// The async context of what a client calls, in a runtime without a test runner of its own: prints a line for each check and
// closes with `N passed, N failed`. It is in a folder of a project that has the package.

import { AsyncLocalStorage } from "node:async_hooks";
import process from "node:process";
import * as caseApi from "cisco-support-case";
import { createSandbox } from "cisco-support-case/sandbox";
import { outcomes } from "./scenario.js";

const results = await outcomes({ caseApi, createSandbox, AsyncLocalStorage });
for (const [name, wrong] of results) console.log(wrong === null ? `ok ${name}` : `FAILED ${name}: ${wrong}`);
const failed = results.filter(([, wrong]) => wrong !== null).length;
console.log(`${results.length - failed} passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);
