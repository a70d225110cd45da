// If the module ever panics, in a runtime without a test runner of its own: prints a line for each check and closes with
// `N passed, N failed`. It stands in a folder of a project that has the package.

import process from "node:process";
import * as caseApi from "cisco-support-case";
import { createSandbox } from "cisco-support-case/sandbox";
// No entry exports it: the same as the package's, found by its file.
import * as modules from "../node_modules/cisco-support-case/client/wasm-instance.js";
import { outcomes, whatNobodyCaught } from "./scenario.js";

const uncaught = whatNobodyCaught();
const results = await outcomes({ caseApi, createSandbox, modules });
results.push(["nothing was thrown that nobody could catch", uncaught.length > 0 ? uncaught.join("; ") : null]);
for (const [name, wrong] of results) console.log(wrong === null ? `ok ${name}` : `FAILED ${name}: ${wrong}`);
const failed = results.filter(([, wrong]) => wrong !== null).length;
console.log(`${results.length - failed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
