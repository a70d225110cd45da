// What the JavaScript of bulk calls takes from the client's. It is handed over and not imported there: of what two scripts
// import, bundlers make a third, which a page would fetch with the first.

import { callProblems, moreOf, problemOf, trim, wholeList } from "./check-options.js";
import { budgetOf, drive, hold, letGo } from "./driver.js";
import { invalid, notFound, ownError, worded } from "./errors.js";
import { refuseOption } from "./input.js";
import { wellFormed } from "./lookups.js";
import { checkBulk, enter, failure, giveBack } from "./module.js";
import { bytesAt, take } from "./records.js";
import { steadyMs, unixMs, wakeAfter } from "./timer.js";

export const clientForBulk = {
  budgetOf,
  bytesAt,
  callProblems,
  checkBulk,
  drive,
  enter,
  failure,
  giveBack,
  hold,
  invalid,
  letGo,
  moreOf,
  notFound,
  ownError,
  problemOf,
  refuseOption,
  steadyMs,
  take,
  trim,
  unixMs,
  wakeAfter,
  wellFormed,
  wholeList,
  worded,
};

/** The functions of the client's that bulk calls take. */
export type ClientForBulk = typeof clientForBulk;
