// The full path: the page calls the gateway at "/api/case" with a user's token, and the gateway calls the service. The client
// secret, the quota and the permissions are in the gateway.

import { CaseClient } from "cisco-support-case";
import { fetchNotingTime } from "../ui/server-dates.js";
import { startOfHistory } from "./history.js";
import type { DataSource, Fault, RequestCounts, Tenant } from "./types.js";
import { storage } from "../ui/storage.js";

/** A fault of the portal: the sandbox has no part in the portal's sign-in. */
const EXPIRED: Fault = [
  "sign_in_expired",
  "sign_in_expired: the portal's own sign-in",
  "Your sign-in to the portal has expired: the gateway rejects it without a request to the service.",
];

/** Opens the gateway of the page's origin. */
export async function openGatewaySource(): Promise<DataSource> {
  const tenants = await demoTenants();
  let isExpired = false;
  /** Whether requests skip all caches: a cached response would hide an injected fault, or what changes. */
  let bypassesCaches = false;

  return {
    about: "Demo on this machine: the gateway in workerd, a sandbox as the service, synthetic cases.",
    tenants,
    from: startOfHistory(),
    clientOf: ({ id }) =>
      new CaseClient({
        baseUrl: "/api/case",
        token: () => post("/demo/sign-in", { tenant: id, expired: isExpired }),
        // The client asks for `no-store` itself where it needs a current response. It makes the gateway skip its cache too.
        fetch: (url, init) => fetchNotingTime(url, bypassesCaches ? { ...init, cache: "no-store" } : init),
        // The gateway limits the rate of all pages together.
        rateLimit: false,
      }),
    signInAgain: () => {
      isExpired = false;
    },
    demo: {
      portalFaults: [EXPIRED],
      async setFault(name) {
        isExpired = name === EXPIRED[0];
        bypassesCaches = name !== "";
        await post("/demo/sandbox", { fault: isExpired ? "" : name });
      },
      async moveCases() {
        // What has changed is to be seen at once.
        bypassesCaches = true;
        await post("/demo/sandbox", { hours: 1 });
      },
      async requestCounts() {
        const response = await fetch("/demo/sandbox");
        return ((await response.json()) as { requests: RequestCounts }).requests;
      },
    },
  };
}

/** Posts to the demo's own routes. Their error messages contain no secrets. */
async function post(path: string, body: object): Promise<{ access_token: string; expires_in: number }> {
  const response = await fetch(path, { method: "POST", body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${path} answered with HTTP status ${response.status}`);
  return response.json();
}

/** The key of the tenants that were last seen, for a start without a connection. */
const TENANTS_KEY = "portal.tenants";
/** The wait for the tenants if some are known, in milliseconds. */
const SLOW_MS = 4000;

/** The demo's tenants; without a connection those of the last visit, so that the page opens from the copy in this browser. */
async function demoTenants(): Promise<readonly Tenant[]> {
  const known = storage.getItem(TENANTS_KEY);
  try {
    // A connection as in a train may hang for minutes before it fails.
    const response = await fetch("/demo/tenants", known === null ? {} : { signal: AbortSignal.timeout(SLOW_MS) });
    if (!response.ok) throw new Error(`The tenants could not be read: HTTP status ${response.status}.`);
    const { tenants } = (await response.json()) as { tenants: Tenant[] };
    storage.setItem(TENANTS_KEY, JSON.stringify(tenants));
    return tenants;
  } catch (error) {
    if (known === null) throw error;
    return JSON.parse(known);
  }
}
