// What bulk calls need besides the client: their JavaScript and their wasm module. In pages it is loaded by the first of
// them, or by `import "cisco-support-case/bulk"`.

import type { BulkPart } from "../client/bulk-part.js";
import type { ClientForBulk } from "../client/for-bulk.js";
import { BULK_BUILD, BULK_OF_CLIENT } from "../generated/bulk-build.js";
import { glue } from "../wasm/bulk.js";
import { checkParams } from "./check.js";
import { provideClient } from "./client.js";
import { estimate } from "./estimate.js";
import { createRun } from "./run.js";

/** The JavaScript of bulk calls, with what it takes from the client's. */
export function bulk(given: ClientForBulk): BulkPart {
  provideClient(given);
  return {
    glue,
    build: BULK_BUILD,
    ofClient: BULK_OF_CLIENT,
    createRun,
    check: (operation, params) => checkParams(params, operation)[0],
    estimate,
  };
}
