// Types that the data sources and the page share.

import type { CaseClient } from "cisco-support-case";

/** A customer of the portal, with the ids that the page suggests to its users. */
export interface Tenant {
  id: string;
  name: string;
  contract_ids: readonly string[];
  user_ids: readonly string[];
  case_ids: readonly string[];
}

/** A fault that the developer's panel offers. */
export type Fault = [name: string, label: string, about: string];

/** The client of the current user, with the controls that only a demo has. */
export interface DataSource {
  /** One sentence that says which parts run, and where. */
  readonly about: string;
  /** The tenants to sign in for. Empty if there is no sign-in. */
  readonly tenants: readonly Tenant[];
  /** The current tenant. */
  readonly tenant: Tenant;
  /** The client that sends requests as the current user. */
  readonly client: CaseClient;
  /** Signs in as a user of that tenant. */
  signIn(tenant: Tenant): void;
  /** Faults of the portal itself, beyond those of every sandbox. */
  readonly portalFaults: readonly Fault[];
  /** Makes every request fail in this way from now on; "" ends it. */
  setFault(name: string): Promise<void>;
  /** The numbers of requests that the sandbox has received and refused. */
  requestCounts(): Promise<{ received: number; refused: number }>;
}
