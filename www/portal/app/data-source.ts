// Opens the source of the cases: the gateway if the page's server names one, otherwise a sandbox in a worker of this page. A real
// portal has a gateway and needs `new CaseClient({ baseUrl: "/api/case", token: … })` only; everything else belongs to the demo.

import type { DataSource, Tenant } from "./types.js";

/** The element that the demo's server adds to the page. A static host serves the page without it. */
const GATEWAY = 'meta[name="gateway"]';

/** Opens the gateway if the page's server names one, otherwise a sandbox. */
export async function openDataSource(): Promise<DataSource> {
  if (document.querySelector(GATEWAY)) {
    return (await import("./gateway-source.js")).openGatewaySource(await demoTenants());
  }
  // Loaded on demand: a page with a gateway never downloads the sandbox.
  return (await import("./sandbox-source.js")).openSandboxSource();
}

/** The key of the tenants that were last seen, for a start without a connection. */
const TENANTS_KEY = "portal.tenants";

/** The demo's tenants; without a connection those of the last visit, so that the page opens from the copy in this browser. */
async function demoTenants(): Promise<readonly Tenant[]> {
  try {
    const response = await fetch("/demo/tenants");
    if (!response.ok) throw new Error(`The tenants could not be read: HTTP status ${response.status}.`);
    const { tenants } = (await response.json()) as { tenants: Tenant[] };
    localStorage.setItem(TENANTS_KEY, JSON.stringify(tenants));
    return tenants;
  } catch (error) {
    const known = localStorage.getItem(TENANTS_KEY);
    if (known === null) throw error;
    return JSON.parse(known);
  }
}
