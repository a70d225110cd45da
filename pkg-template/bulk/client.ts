// What was handed over of the client's.

import type { ClientForBulk } from "../client/for-bulk.js";

export let client: ClientForBulk;

/** Takes the client's functions, before anything here runs. */
export function provideClient(given: ClientForBulk): void {
  client = given;
}
