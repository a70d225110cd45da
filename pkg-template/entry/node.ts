// This is the entry point on Node, Deno and Bun. The client's module is read from its file and compiled at once, that of bulk
// calls by the first of them.

import { bulk } from "../bulk/index.js";
import { provideErrors } from "../client/errors.js";
import { forBulk } from "../client/for-bulk.js";
import { provide, provideBulk } from "../client/module.js";
import * as errors from "../generated/error-table.js";
import { readBulk } from "../wasm/bulk-read.js";
import { readClient } from "../wasm/client-read.js";

provideErrors(errors);
provide({ now: readClient });
provideBulk(bulk(forBulk), { now: readBulk });

export * from "../client/index.js";
