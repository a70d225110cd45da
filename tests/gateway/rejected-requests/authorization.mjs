// Ids without permission.

import { bearer, contracts, foreign, list, own, users } from "./harness.mjs";
import { row, targetRow } from "./rows.mjs";

export const AUTHORIZATION = [
  targetRow("A contract beyond the permission", () => contracts(foreign.contract_ids[0]), 403, "NOT_PERMITTED"),
  targetRow(
    "A contract beyond the permission behind one within",
    () => contracts(`${own.contract_ids[0]},${foreign.contract_ids[0]}`),
    403,
    "NOT_PERMITTED",
  ),
  targetRow(
    "A contract beyond the permission before one within",
    () => contracts(`${foreign.contract_ids[0]},${own.contract_ids[0]}`),
    403,
    "NOT_PERMITTED",
  ),
  targetRow(
    "A contract beyond the permission behind an encoded comma",
    () => contracts(`${own.contract_ids[0]}%2C${foreign.contract_ids[0]}`),
    400,
    "Bad Request",
  ),
  targetRow(
    "A contract beyond the permission with spaces around it",
    () => contracts(`%20${foreign.contract_ids[0]}%20`),
    403,
    "NOT_PERMITTED",
  ),
  targetRow(
    "A contract within with a space inside",
    () => contracts(own.contract_ids[0].replace(/^(.)/, "$1%20")),
    400,
    "Service Not Found",
  ),
  targetRow("A contract within with a zero in front", () => contracts(`0${own.contract_ids[0]}`), 403, "NOT_PERMITTED"),
  targetRow(
    "A contract within with a plus in front",
    () => contracts(`%2B${own.contract_ids[0]}`),
    403,
    "NOT_PERMITTED",
  ),
  targetRow(
    "A contract within in wide digits",
    () =>
      contracts(
        encodeURIComponent(own.contract_ids[0].replace(/^\d/, (digit) => String.fromCodePoint(0xff10 + Number(digit)))),
      ),
    403,
    "NOT_PERMITTED",
  ),
  targetRow(
    "A contract within and a space of no width",
    () => contracts(`${own.contract_ids[0]}%E2%80%8B`),
    400,
    "Bad Request",
  ),
  targetRow("The wildcard as a contract", () => contracts("*"), 403, "NOT_PERMITTED"),
  targetRow("The wildcard as a contract, encoded", () => contracts("%2A"), 403, "NOT_PERMITTED"),
  targetRow(
    "A contract that is empty among others",
    () => contracts(`${own.contract_ids[0]},,`),
    400,
    "MISSING_INPUTS",
  ),
  targetRow("A user beyond the permission", () => users(foreign.user_ids[0]), 403, "NOT_PERMITTED"),
  targetRow(
    "A user beyond the permission behind one within",
    () => users(`${own.user_ids[0]},${foreign.user_ids[0]}`),
    403,
    "NOT_PERMITTED",
  ),
  targetRow("A user within in upper case", () => users(own.user_ids[0].toUpperCase()), 403, "NOT_PERMITTED"),
  targetRow("A contract within as a user", () => users(own.contract_ids[0]), 403, "NOT_PERMITTED"),
  targetRow("A user within as a contract", () => contracts(own.user_ids[0]), 403, "NOT_PERMITTED"),
  targetRow("The wildcard as a user", () => users("*"), 403, "NOT_PERMITTED"),
  row(
    "Somebody with no permission at all",
    () => ({ target: list(), isAnonymous: true, headers: [bearer("nobody")] }),
    403,
    "NOT_PERMITTED",
  ),
  row(
    "Somebody of whom no permission is known",
    () => ({ target: list(), isAnonymous: true, headers: [bearer("unknownRole")] }),
    403,
    "NOT_PERMITTED",
  ),
  row(
    "Permissions with a wildcard inside a list",
    () => ({ target: contracts("*"), isAnonymous: true, headers: [bearer("starred")] }),
    503,
    "PERMISSIONS_UNAVAILABLE",
  ),
];
