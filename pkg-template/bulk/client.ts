// What was handed over of the client's.

import type { ForBulk } from "../client/for-bulk.js";

export let client: ForBulk;

/** Takes the client's functions, before anything here runs. */
export function lend(given: ForBulk): void {
  client = given;
}
