// What the JavaScript of bulk calls takes from the client's. It is handed over and not imported there: of what two scripts
// import, bundlers make a third, which a page would fetch with the first.

import { callProblems, remainder, problemOf, trim, wholeList } from "./check-options.js";
import { budgetOf, drive, retainHost, releaseHost } from "./driver.js";
import { invalid, notFound, clientError, withTexts } from "./errors.js";
import { rejectOption } from "./input.js";
import { wellFormed } from "./pure-functions.js";
import { bulkExports, callWasm, toCaseApiError, freeIfCurrent } from "./wasm-instance.js";
import { bytesAt, takeDocument } from "./materialize.js";
import { monotonicMs, unixMs, setTimer } from "./timer.js";

export const clientForBulk = {
  budgetOf,
  bytesAt,
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
  problemOf,
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

/** The functions of the client's that bulk calls take. */
export type ClientForBulk = typeof clientForBulk;
