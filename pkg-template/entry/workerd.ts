// This is the entry point on Cloudflare Workers (workerd), which compile only modules that are imported.

import { bulk } from "../bulk/index.js";
import { withLoadHints } from "../client/load-hints.js";
import { provideErrors } from "../client/errors.js";
import { clientForBulk } from "../client/for-bulk.js";
import { provide, provideBulk } from "../client/wasm-instance.js";
import * as errors from "../generated/error-table.js";
import bulkModule from "../wasm/bulk.wasm";
import module from "../wasm/client.wasm";

provideErrors(withLoadHints(errors));
provide({ now: () => module });
provideBulk(bulk(clientForBulk), { now: () => bulkModule });

export * from "../client/index.js";
