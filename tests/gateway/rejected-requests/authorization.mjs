// Ids without permission.

import { bearer, contracts, foreign, list, own, users } from "./harness.mjs";
import { row, targetRow } from "./rows.mjs";

export const AUTHORIZATION = [
  targetRow("A forbidden contract", () => contracts(foreign.contract_ids[0]), 403, "NOT_PERMITTED"),
  targetRow(
    "A forbidden contract after a permitted one",
    () => contracts(`${own.contract_ids[0]},${foreign.contract_ids[0]}`),
    403,
    "NOT_PERMITTED",
  ),
  targetRow(
    "A forbidden contract before a permitted one",
    () => contracts(`${foreign.contract_ids[0]},${own.contract_ids[0]}`),
    403,
    "NOT_PERMITTED",
  ),
  targetRow(
    "A forbidden contract after an encoded comma",
    () => contracts(`${own.contract_ids[0]}%2C${foreign.contract_ids[0]}`),
    400,
    "Bad Request",
  ),
  targetRow(
    "A forbidden contract with spaces around it",
    () => contracts(`%20${foreign.contract_ids[0]}%20`),
    403,
    "NOT_PERMITTED",
  ),
  targetRow(
    "A permitted contract that contains a space",
    () => contracts(own.contract_ids[0].replace(/^(.)/, "$1%20")),
    400,
    "Service Not Found",
  ),
  targetRow(
    "A permitted contract with a leading zero",
    () => contracts(`0${own.contract_ids[0]}`),
    403,
    "NOT_PERMITTED",
  ),
  targetRow(
    "A permitted contract with a leading plus",
    () => contracts(`%2B${own.contract_ids[0]}`),
    403,
    "NOT_PERMITTED",
  ),
  targetRow(
    "A permitted contract in fullwidth digits",
    () =>
      contracts(
        encodeURIComponent(own.contract_ids[0].replace(/^\d/, (digit) => String.fromCodePoint(0xff10 + Number(digit)))),
      ),
    403,
    "NOT_PERMITTED",
  ),
  targetRow(
    "A permitted contract with a zero-width space",
    () => contracts(`${own.contract_ids[0]}%E2%80%8B`),
    400,
    "Bad Request",
  ),
  targetRow("The wildcard as a contract", () => contracts("*"), 403, "NOT_PERMITTED"),
  targetRow("The wildcard as a contract, encoded", () => contracts("%2A"), 403, "NOT_PERMITTED"),
  targetRow("An empty contract among others", () => contracts(`${own.contract_ids[0]},,`), 400, "MISSING_INPUTS"),
  targetRow("A forbidden user", () => users(foreign.user_ids[0]), 403, "NOT_PERMITTED"),
  targetRow(
    "A forbidden user after a permitted one",
    () => users(`${own.user_ids[0]},${foreign.user_ids[0]}`),
    403,
    "NOT_PERMITTED",
  ),
  targetRow("A permitted user in upper case", () => users(own.user_ids[0].toUpperCase()), 403, "NOT_PERMITTED"),
  targetRow("A permitted contract as a user", () => users(own.contract_ids[0]), 403, "NOT_PERMITTED"),
  targetRow("A permitted user as a contract", () => contracts(own.user_ids[0]), 403, "NOT_PERMITTED"),
  targetRow("The wildcard as a user", () => users("*"), 403, "NOT_PERMITTED"),
  row(
    "A user without any permission",
    () => ({ target: list(), isAnonymous: true, headers: [bearer("nobody")] }),
    403,
    "NOT_PERMITTED",
  ),
  row(
    "A user with unknown permissions",
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
