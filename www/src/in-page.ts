// The service in a sandbox inside this page: no gateway, no sign-in, nothing leaves the page.

import { CaseClient } from "cisco-support-case";
import { createSandbox } from "cisco-support-case/sandbox";
import { count } from "./format.js";
import type { Source } from "./source.js";

export async function openInPage(): Promise<Source> {
  const sandbox = await createSandbox({ cases: 5000, seed: 1 });
  const { cases, contract_ids, user_ids, case_ids } = sandbox.info();
  return {
    about: `Sandbox: ${count(cases)} made-up cases, and a service that runs inside this page. Nothing leaves it.`,
    tenants: [],
    tenant: { id: "", name: "", contract_ids, user_ids, case_ids },
    client: new CaseClient({
      fetch: sandbox.fetch,
      baseUrl: sandbox.baseUrl,
      // The sandbox takes any.
      token: "of-the-sandbox",
      // It counts no quota either, so there is nothing to keep.
      rateLimit: false,
    }),
    signIn: () => {},
    ownFaults: [],
    fail: async (name) => {
      sandbox.clearFaults();
      if (name) sandbox.fault(name);
    },
    requests: async () => sandbox.info().requests,
  };
}
