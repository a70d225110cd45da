// This is the entry point of bulk calls on Cloudflare Workers (workerd), where their module comes with the client's.

import { bulk } from "../bulk/index.js";
import { cured } from "../client/cures.js";
import { provideErrors } from "../client/errors.js";
import { clientForBulk } from "../client/for-bulk.js";
import { beginBulk, provideBulk } from "../client/module.js";
import * as errors from "../generated/error-table.js";
import module from "../wasm/bulk.wasm";

provideErrors(cured(errors));
provideBulk(bulk(clientForBulk), { now: () => module });
beginBulk();

export { checkAllCases } from "../client/index.js";
