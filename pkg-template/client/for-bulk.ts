// The client's functions that the bulk part uses. They are passed to it, not imported by it: bundlers put modules that two
// chunks import into a third chunk, which a page would load with the first.

import { onAbort, readSignal } from "./abort-signal.js";
import { callProblems, remainder, problemOf, trim, wholeList } from "./check-options.js";
import { budgetOf, drive, retainHost, releaseHost } from "./driver.js";
import { invalid, notFound, clientError, withTexts } from "./errors.js";
import { callGuarded } from "./hooks.js";
import { rejectOption } from "./input.js";
import { wellFormed } from "./pure-functions.js";
import { bulkExports, callWasm, toCaseApiError, freeIfCurrent } from "./wasm-instance.js";
import { bytesAt, takeDocument } from "./materialize.js";
import { monotonicMs, unixMs, setTimer } from "./timer.js";

export const clientForBulk = {
  budgetOf,
  bytesAt,
  callGuarded,
  callProblems,
  bulkExports,
  drive,
  callWasm,
  toCaseApiError,
  freeIfCurrent,
  retainHost,
  invalid,
  releaseHost,
  remainder,
  notFound,
  clientError,
  onAbort,
  problemOf,
  readSignal,
  rejectOption,
  monotonicMs,
  takeDocument,
  trim,
  unixMs,
  setTimer,
  wellFormed,
  wholeList,
  withTexts,
};

/** The client's functions that the bulk part uses. */
export type ClientForBulk = typeof clientForBulk;
