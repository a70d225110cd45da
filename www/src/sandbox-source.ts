// A sandbox of the service inside this page: no gateway, no sign-in, no request leaves the page.

import { CaseClient } from "cisco-support-case";
import { createSandbox } from "cisco-support-case/sandbox";
import { count } from "./format.js";
import type { DataSource } from "./types.js";

export async function openSandboxSource(): Promise<DataSource> {
  const sandbox = await createSandbox({ cases: 5000, seed: 1 });
  const { cases, contract_ids, user_ids, case_ids } = sandbox.info();
  return {
    about: `Sandbox: ${count(cases)} synthetic cases, and a service that runs inside this page. It sends no request.`,
    tenants: [],
    tenant: { id: "", name: "", contract_ids, user_ids, case_ids },
    client: new CaseClient({
      fetch: sandbox.fetch,
      baseUrl: sandbox.baseUrl,
      // The sandbox accepts any token.
      token: "of-the-sandbox",
      // The sandbox has no quota to protect.
      rateLimit: false,
    }),
    signIn: () => {},
    portalFaults: [],
    setFault: async (name) => {
      sandbox.clearFaults();
      if (name) sandbox.fault(name);
    },
    requestCounts: async () => sandbox.info().requests,
  };
}
