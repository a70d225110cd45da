// This is the entry point of bulk calls on Node, Deno and Bun: their module is read from its file and compiled at import, not
// with the first bulk call.

import { bulk } from "../bulk/index.js";
import { withLoadHints } from "../client/load-hints.js";
import { provideErrors } from "../client/errors.js";
import { clientForBulk } from "../client/for-bulk.js";
import { preloadBulk, provideBulk } from "../client/wasm-instance.js";
import * as errors from "../generated/error-table.js";
import { readBulk } from "../wasm/bulk-read.js";

provideErrors(withLoadHints(errors));
provideBulk(bulk(clientForBulk), { now: readBulk, inlined: () => import("../wasm/inlined-bulk.js") });
preloadBulk();

export { checkAllCases } from "../client/index.js";
