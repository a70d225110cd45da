// The JavaScript of bulk calls, which is loaded with its wasm module: what the rest of the package knows of it.

import type { estimate } from "../bulk/estimate.js";
import type { createRun } from "../bulk/run.js";
import type { Exports } from "../wasm/bulk.js";
import type { ModuleScript } from "./wasm-instance.js";
import type { Problem } from "./types.js";

/**
 * The JavaScript of bulk calls.
 *
 * @internal
 */
export interface BulkPart extends ModuleScript<Exports> {
  /** A call in bulk. */
  readonly createRun: typeof createRun;
  /** The problems of a bulk call's parameters, which are JSON text. */
  check(operation: BulkOperation, params: string): Problem[];
  /** What a bulk call takes. */
  readonly estimate: typeof estimate;
}

/** The name of a bulk call. */
export type BulkOperation = "allCases" | "changes" | "allDetails";
