// The same in a program: the service is where `SANDBOX` says, and the report is printed.

import { fourCalls } from "./program.js";

export async function print(caseApi) {
  console.log(JSON.stringify(await fourCalls(caseApi, { baseUrl: process.env.SANDBOX })));
}
