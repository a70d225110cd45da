// The calls in a program: `SANDBOX` is the address of the service, and the report is printed.

import { fourCalls } from "./program.js";

export async function print(caseApi) {
  console.log(JSON.stringify(await fourCalls(caseApi, { baseUrl: process.env.SANDBOX })));
}
