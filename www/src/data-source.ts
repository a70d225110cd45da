// Opens the source of the cases: the package's client, and the server that it talks to. A real portal has a gateway and
// needs `new CaseClient({ baseUrl: "/api/case", token: … })` only; everything else here belongs to the demo.

import { ready } from "cisco-support-case";
import type { DataSource, Tenant } from "./types.js";

/** Opens the gateway if the page's origin has one, otherwise a sandbox inside the page. */
export async function openDataSource(): Promise<DataSource> {
  const [tenants] = await Promise.all([demoTenants(), ready()]);
  if (tenants) return (await import("./gateway-source.js")).openGatewaySource(tenants);
  // Loaded on demand: a page with a gateway never downloads the sandbox.
  return (await import("./sandbox-source.js")).openSandboxSource();
}

/** The demo's tenants; `null` on a static host, which may answer with the page itself. */
async function demoTenants(): Promise<[Tenant, ...Tenant[]] | null> {
  try {
    const response = await fetch("/demo/tenants", { headers: { accept: "application/json" } });
    if (!response.ok || !response.headers.get("content-type")?.startsWith("application/json")) return null;
    const { tenants } = (await response.json()) as { tenants: Tenant[] };
    const [first, ...others] = tenants;
    return first ? [first, ...others] : null;
  } catch {
    return null;
  }
}
