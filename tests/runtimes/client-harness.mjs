// The client, the sandbox and the helpers that the tests of the packed client share.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { CaseClient, LIMITS } from "cisco-support-case";
import { createSandbox } from "cisco-support-case/sandbox";

export const sandbox = await createSandbox({ cases: 3000, seed: 7 });
export const info = sandbox.info();
export const contract = info.contract_ids[0];
// Without a quota, so that the tests do not wait.
export const rateLimit = { perSecond: 0, perDay: 0 };
export const options = { fetch: sandbox.fetch, baseUrl: sandbox.baseUrl, token: "synthetic", rateLimit };
export const cases = new CaseClient(options);

/** A client that counts its requests. */
export function counting() {
  const urls = [];
  const client = new CaseClient({
    ...options,
    fetch: (url, init) => {
      urls.push(url);
      return sandbox.fetch(url, init);
    },
  });
  return { client, urls };
}

/** Contracts that together have several pages. */
export async function severalPages() {
  const contract_ids = info.contract_ids.slice(0, LIMITS.contract_ids);
  const page = await cases.casesByContract({ contract_ids });
  assert.ok(page.pagination_response_record.last_index >= 3, "the sandbox's first contracts fill three pages");
  return { contract_ids, page };
}

/** Returns the output lines of a script in its own process. */
export function printed(script) {
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", script], {
    cwd: new URL(".", import.meta.url),
    encoding: "utf8",
    timeout: 20_000,
  });
  assert.equal(stderr, "");
  return stdout.trim().split("\n");
}

/** Returns a published wasm module as text, for searches. */
export const wasmText = (name) =>
  readFileSync(new URL(`../node_modules/cisco-support-case/wasm/${name}.wasm`, import.meta.url), "latin1");
