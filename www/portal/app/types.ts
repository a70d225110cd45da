// Types that the sources of cases and the page share.

import type { CaseClient } from "cisco-support-case";

/** A customer of the portal, with the contracts that its users may see. */
export interface Tenant {
  readonly id: string;
  readonly name: string;
  readonly contract_ids: readonly string[];
}

/** A fault that the developer's panel offers: its name, label and description. */
export type Fault = readonly [name: string, label: string, about: string];

/** The numbers of requests that the service has received and refused. */
export interface RequestCounts {
  readonly received: number;
  readonly refused: number;
}

/** The controls that only a demo has. */
export interface DemoControls {
  /** Faults of the portal itself, beyond those of every sandbox. */
  readonly portalFaults: readonly Fault[];
  /** Makes every request fail in this way from now on; `""` ends it. */
  setFault(name: string): Promise<void>;
  requestCounts(): Promise<RequestCounts>;
  /** Changes cases: advances the sandbox's clock by an hour. */
  moveCases(): Promise<void>;
}

/** A source of cases: the client of the signed-in user. */
export interface DataSource {
  /** The parts that run, and their places, as a sentence. */
  readonly about: string;
  /** The tenants to sign in for. Empty if there is no sign-in. */
  readonly tenants: readonly Tenant[];
  /** Returns the client that sends requests as a user of a tenant. */
  clientOf(tenant: Tenant): CaseClient;
  /** Renews the sign-in after it was refused. */
  signInAgain(): void;
  /** The first day of the cases that are read. */
  readonly from: string;
  readonly demo: DemoControls | null;
}
