// Opens the source of the cases: the gateway if the page's origin has one, otherwise a sandbox in a worker of this page. A real
// portal has a gateway and needs `new CaseClient({ baseUrl: "/api/case", token: … })` only; everything else belongs to the demo.

import type { DataSource, Tenant } from "./types.js";

/** Opens the gateway if the page's origin has one, otherwise a sandbox. */
export async function openDataSource(): Promise<DataSource> {
  const tenants = await demoTenants();
  if (tenants) return (await import("./gateway-source.js")).openGatewaySource(tenants);
  // Loaded on demand: a page with a gateway never downloads the sandbox.
  return (await import("./sandbox-source.js")).openSandboxSource();
}

/** The key of the tenants that were last seen, for a start without a connection. */
const TENANTS_KEY = "portal.tenants";

/** The demo's tenants; `null` on a static host, which may answer with the page itself. */
async function demoTenants(): Promise<readonly Tenant[] | null> {
  try {
    const response = await fetch("/demo/tenants", { headers: { accept: "application/json" } });
    if (!response.ok || !response.headers.get("content-type")?.startsWith("application/json")) return null;
    const { tenants } = (await response.json()) as { tenants: Tenant[] };
    localStorage.setItem(TENANTS_KEY, JSON.stringify(tenants));
    return tenants.length > 0 ? tenants : null;
  } catch {
    // Without a connection: the page opens from the copy in this browser.
    return JSON.parse(localStorage.getItem(TENANTS_KEY) ?? "null");
  }
}
