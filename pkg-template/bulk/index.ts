// The bulk part: the JavaScript and the wasm module of bulk calls. In pages the first bulk call loads it, or
// `import "cisco-support-case/bulk"`.

import type { BulkPart } from "../client/bulk-part.js";
import type { ClientForBulk } from "../client/for-bulk.js";
import { BULK_BUILD, BULK_OF_CLIENT } from "../generated/bulk-build.js";
import { glue } from "../wasm/bulk.js";
import { checkParams } from "./check.js";
import { provideClient } from "./client.js";
import { estimate } from "./estimate.js";
import { createRun } from "./run.js";

/** Creates the bulk part with the client's functions that it uses. */
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
