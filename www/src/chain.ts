// The whole chain: this page asks the gateway, with the sign-in of somebody of a tenant's; the gateway asks the sandbox.
// The secret, the quota and what a tenant may see are on the other side of "/api/case".

import { CaseClient } from "cisco-support-case";
import { noteAnswer } from "./answered.js";
import type { Fault, Source, Tenant } from "./source.js";

/** Of this page's own: the sandbox knows nothing of who is signed in to the portal. */
const EXPIRED: Fault = [
  "sign_in_expired",
  "sign_in_expired: the portal's own sign-in",
  "Your sign-in to the portal has expired: the gateway refuses it, and the service is not asked.",
];

export async function openChain(tenants: readonly [Tenant, ...Tenant[]]): Promise<Source> {
  let [tenant] = tenants;
  let isExpired = false;
  /** While something is to fail, answers that are kept would hide it. */
  let isPastCaches = false;

  const open = (): CaseClient => {
    // A client stays with whom it was opened for, also where it asks for another sign-in later.
    const body = { tenant: tenant.id, expired: isExpired };
    return new CaseClient({
      baseUrl: "/api/case",
      token: () => post("/demo/sign-in", body),
      // `no-store` also asks the gateway to ask the service.
      fetch: async (url, init) =>
        noteAnswer(await fetch(url, { ...init, cache: isPastCaches ? "no-store" : "default" })),
      // The gateway limits the rate, for all of its pages together.
      rateLimit: false,
    });
  };
  let client = open();

  return {
    about: "Demo on this machine: the gateway in workerd, a sandbox behind it, made-up cases.",
    tenants,
    get tenant() {
      return tenant;
    },
    get client() {
      return client;
    },
    signIn(wanted) {
      tenant = wanted;
      isExpired = false;
      client = open();
    },
    ownFaults: [EXPIRED],
    async fail(name) {
      const wasExpired = isExpired;
      isExpired = name === EXPIRED[0];
      isPastCaches = name !== "";
      if (isExpired !== wasExpired) client = open();
      await post("/demo/sandbox", { fault: isExpired ? "" : name });
    },
    async requests() {
      const response = await fetch("/demo/sandbox");
      return ((await response.json()) as { requests: { received: number; refused: number } }).requests;
    },
  };
}

/** What the demo answers. What goes wrong has no secrets in it. */
async function post(path: string, body: object): Promise<{ access_token: string; expires_in: number }> {
  const response = await fetch(path, { method: "POST", body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${path} answered with HTTP status ${response.status}`);
  return response.json();
}
