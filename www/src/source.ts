// Where the cases come from: the package's client and what is behind it. Behind a portal that is a gateway, and of all this
// it needs `new CaseClient({ baseUrl: "/api/case", token: … })` alone; the rest is of the demo.

import { type CaseClient, ready } from "cisco-support-case";

/** A customer of the portal: what its people may see, as far as the page suggests it. */
export interface Tenant {
  id: string;
  name: string;
  contract_ids: readonly string[];
  user_ids: readonly string[];
  case_ids: readonly string[];
}

export interface Source {
  /** What runs where, in a sentence. */
  readonly about: string;
  /** Whom one can sign in as; none where there is no sign-in. */
  readonly tenants: readonly Tenant[];
  /** Whose the suggestions are. */
  readonly tenant: Tenant;
  /** Asks as whoever is signed in. */
  readonly client: CaseClient;
  /** Signs in as somebody of that tenant's. */
  signIn(tenant: Tenant): void;
  /** What can be made to fail besides what every sandbox can. */
  readonly ownFaults: readonly Fault[];
  /** Makes everything from now on fail so; "" makes it well. */
  fail(name: string): Promise<void>;
  /** What has reached the sandbox so far. */
  requests(): Promise<{ received: number; refused: number }>;
}

export type Fault = [name: string, label: string, about: string];

/** The whole chain where there is one; otherwise a sandbox inside this page. */
export async function openSource(): Promise<Source> {
  const [tenants] = await Promise.all([demoTenants(), ready()]);
  if (tenants) return (await import("./chain.js")).openChain(tenants);
  // It is loaded only where it is needed.
  return (await import("./in-page.js")).openInPage();
}

/** The demo's tenants. A host of static files has none, and may answer with the page itself. */
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
