// The demo's full path: the page calls the gateway at "/api/case" with a user's token, and the gateway calls the sandbox.
// The client secret, the quota and the permissions are in the gateway.

import { CaseClient } from "cisco-support-case";
import { recordResponse } from "./cache-status.js";
import type { Fault, DataSource, Tenant } from "./types.js";

/** A fault of the portal: the sandbox has no part in the portal's sign-in. */
const EXPIRED: Fault = [
  "sign_in_expired",
  "sign_in_expired: the portal's own sign-in",
  "Your sign-in to the portal has expired: the gateway rejects it without a request to the service.",
];

export async function openGatewaySource(tenants: readonly [Tenant, ...Tenant[]]): Promise<DataSource> {
  let [tenant] = tenants;
  let isExpired = false;
  /** Whether requests skip all caches: a cached response would hide an injected fault. */
  let bypassesCaches = false;

  const open = (): CaseClient => {
    // A client keeps its user, also when it requests another token later.
    const body = { tenant: tenant.id, expired: isExpired };
    return new CaseClient({
      baseUrl: "/api/case",
      token: () => post("/demo/sign-in", body),
      // `no-store` makes the gateway skip its cache too.
      fetch: async (url, init) =>
        recordResponse(await fetch(url, { ...init, cache: bypassesCaches ? "no-store" : "default" })),
      // The gateway limits the rate of all pages together.
      rateLimit: false,
    });
  };
  let client = open();

  return {
    about: "Demo on this machine: the gateway in workerd, a sandbox as the service, synthetic cases.",
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
    portalFaults: [EXPIRED],
    async setFault(name) {
      const wasExpired = isExpired;
      isExpired = name === EXPIRED[0];
      bypassesCaches = name !== "";
      if (isExpired !== wasExpired) client = open();
      await post("/demo/sandbox", { fault: isExpired ? "" : name });
    },
    async requestCounts() {
      const response = await fetch("/demo/sandbox");
      return ((await response.json()) as { requests: { received: number; refused: number } }).requests;
    },
  };
}

/** Posts to the demo's own routes. Their error messages contain no secrets. */
async function post(path: string, body: object): Promise<{ access_token: string; expires_in: number }> {
  const response = await fetch(path, { method: "POST", body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${path} answered with HTTP status ${response.status}`);
  return response.json();
}
