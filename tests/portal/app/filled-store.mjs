// A store with the cases of a sandbox, at an instant.

import { CaseClient } from "../../../pkg/entry/node.js";
import { createSandbox } from "../../../pkg/entry/sandbox-node.js";
import { CaseStore } from "../../../pkg/entry/store-node.js";

/** Returns a store with all cases of a new sandbox, and the sandbox's client. */
export async function filledStore({ cases, now }) {
  const sandbox = await createSandbox({ cases, titles: "varied", now });
  const client = new CaseClient(sandbox.clientOptions);
  const store = await CaseStore.open({ now });
  const { contract_ids } = sandbox.info();
  for await (const page of client.allCases({ contract_ids }).pages()) store.apply(page);
  return { store, client };
}
