// This is the entry point with the modules inside the JavaScript, for bundlers that emit no adjacent files. It is larger
// (base64), but needs no configuration in runtimes that compile from bytes (workerd does so only while a Worker starts). It is
// in the root, not in `entry/`, for tools that ignore `exports` (Parcel).

import { bulk } from "./bulk/index.js";
import { withLoadHints } from "./client/load-hints.js";
import { provideErrors } from "./client/errors.js";
import { clientForBulk } from "./client/for-bulk.js";
import { preloadBulk, provide, provideBulk } from "./client/wasm-instance.js";
import { isIsolated, isPageWorker } from "./client/runtime.js";
import { useNodeAbortController } from "./client/abort-controller.js";
import * as errors from "./generated/error-table.js";
import bulkBase64 from "./wasm/bulk.inline.js";
import base64 from "./wasm/client.inline.js";

const bytes = (text: string) => Uint8Array.from(atob(text), (char) => char.charCodeAt(0));

/** The part of Node's globals used here; `getBuiltinModule` exists since Node 20.16. */
interface Node {
  readonly process?: { getBuiltinModule?(name: "node:util"): Parameters<typeof useNodeAbortController>[0] };
}

useNodeAbortController((globalThis as Node).process?.getBuiltinModule?.("node:util"));
provideErrors(withLoadHints(errors));
provide({ now: () => bytes(base64), isForPages: isPageWorker() });
provideBulk(bulk(clientForBulk), { now: () => bytes(bulkBase64) });
// A Worker compiles from bytes only while it starts.
if (isIsolated) preloadBulk();

export * from "./client/index.js";
