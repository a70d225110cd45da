// The interface of the bulk part, whose JavaScript is loaded together with the bulk wasm module.

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
  /** Creates the run of a bulk call. */
  readonly createRun: typeof createRun;
  /** Returns the problems of a bulk call's parameters, which are JSON text. */
  check(operation: BulkOperation, params: string): Problem[];
  /** Estimates the cost of a bulk call. */
  readonly estimate: typeof estimate;
}

/** The operation of a bulk call. */
export type BulkOperation = "allCases" | "changes" | "allDetails";
