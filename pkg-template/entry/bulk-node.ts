// This is the entry point of bulk calls on Node, Deno and Bun: their module is read from its file and compiled at once, and
// not by the first of them.

import { bulk } from "../bulk/index.js";
import { cured } from "../client/cures.js";
import { provideErrors } from "../client/errors.js";
import { clientForBulk } from "../client/for-bulk.js";
import { beginBulk, provideBulk } from "../client/module.js";
import * as errors from "../generated/error-table.js";
import { readBulk } from "../wasm/bulk-read.js";

provideErrors(cured(errors));
provideBulk(bulk(clientForBulk), { now: readBulk, inlined: () => import("../wasm/inlined-bulk.js") });
beginBulk();

export { checkAllCases } from "../client/index.js";
