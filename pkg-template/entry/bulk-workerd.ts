// This is the entry point of bulk calls on Cloudflare Workers (workerd), which import their module with the client's.

import { bulk } from "../bulk/index.js";
import { withLoadHints } from "../client/load-hints.js";
import { provideErrors } from "../client/errors.js";
import { clientForBulk } from "../client/for-bulk.js";
import { preloadBulk, provideBulk } from "../client/wasm-instance.js";
import * as errors from "../generated/error-table.js";
import module from "../wasm/bulk.wasm";

provideErrors(withLoadHints(errors));
provideBulk(bulk(clientForBulk), { now: () => module });
preloadBulk();

export { checkAllCases } from "../client/index.js";
