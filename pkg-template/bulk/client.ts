// The client's functions, as passed to the bulk part.

import type { ClientForBulk } from "../client/for-bulk.js";

export let client: ClientForBulk;

/** Sets the client's functions. It must be called before any other function of the bulk part. */
export function provideClient(given: ClientForBulk): void {
  client = given;
}
