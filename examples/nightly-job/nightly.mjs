// Appends every change of open cases since the last run to changes.ndjson, their closing included. The first run writes
// all open cases.
//
//   node nightly.mjs 1234567 2345678
//
// Run it on a schedule, one run at a time. `cursor` is the state between runs: it is saved after the changes that it
// covers, so that a run that is interrupted repeats some changes and loses none.

import { appendFile, readFile, rename, writeFile } from "node:fs/promises";
import process from "node:process";
import { CaseClient, isCaseApiError } from "cisco-support-case";

const { CISCO_CLIENT_ID, CISCO_CLIENT_SECRET, CASE_API, CASE_TOKEN_URL } = process.env;
const client = new CaseClient({
  baseUrl: CASE_API,
  credentials: { clientId: CISCO_CLIENT_ID, clientSecret: CISCO_CLIENT_SECRET, tokenUrl: CASE_TOKEN_URL },
});
/** Changes per write. */
const BATCH = 500;

async function save(lines, cursor) {
  if (lines.length > 0) await appendFile("changes.ndjson", `${lines.join("\n")}\n`);
  if (cursor === null) return;
  await writeFile("cursor.new", cursor);
  await rename("cursor.new", "cursor");
}

const cursor = await readFile("cursor", "utf8").catch((error) => {
  // The first run. A cursor that cannot be read is no reason to write every case again.
  if (error.code !== "ENOENT") throw error;
});
const changes = client.changes({ contract_ids: process.argv.slice(2), status_flag: "O" }, cursor);
let lines = [];
let total = 0;
try {
  for await (const change of changes) {
    lines.push(JSON.stringify(change));
    total += 1;
    if (lines.length < BATCH) continue;
    await save(lines, changes.cursor());
    lines = [];
  }
} catch (error) {
  if (!isCaseApiError(error)) throw error;
  // A used-up quota ends here too: the next run continues at the cursor.
  console.error(`${error.message}\n${error.hint || error.advice}`);
  process.exitCode = 1;
}
await save(lines, changes.cursor());
console.log(`${total} changes`);
