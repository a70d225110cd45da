// This is the entry point on Node, Deno and Bun. The client's module is read from its file and compiled at import; that of
// bulk calls with the first bulk call. If a bundler omitted the files, scripts that contain them are loaded instead, and calls
// wait for them.

import * as util from "node:util";
import { bulk } from "../bulk/index.js";
import { withLoadHints } from "../client/load-hints.js";
import { clientError, provideErrors } from "../client/errors.js";
import { clientForBulk } from "../client/for-bulk.js";
import { provide, provideBulk } from "../client/wasm-instance.js";
import { isIsolated } from "../client/runtime.js";
import { useNodeAbortController } from "../client/abort-controller.js";
import * as errors from "../generated/error-table.js";
import { readBulk } from "../wasm/bulk-read.js";
import { readClient } from "../wasm/client-read.js";

/** Rejects with `NO_WASM`: a bundler chose this entry for a Worker, which compiles only modules that it imports. */
const refuse = async (): Promise<never> => {
  throw clientError("NO_WASM");
};

useNodeAbortController(util);
provideErrors(withLoadHints(errors));
provide(isIsolated ? { later: refuse } : { now: readClient, inlined: () => import("../wasm/inlined-client.js") });
provideBulk(
  bulk(clientForBulk),
  isIsolated ? { later: refuse } : { now: readBulk, inlined: () => import("../wasm/inlined-bulk.js") },
);

export * from "../client/index.js";
