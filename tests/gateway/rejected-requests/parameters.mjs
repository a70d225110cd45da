// Parameters that break a rule of the service.

import { contracts, day, details, foreign, list, summary, users } from "./harness.mjs";
import { targetRow } from "./rows.mjs";

export const PARAMETERS = [
  targetRow(
    "31 cases",
    () => summary(Array.from({ length: 31 }, (_, index) => 600000000 + index).join()),
    400,
    "EXCEEDED_CASEIDS",
  ),
  targetRow(
    "11 contracts",
    () => contracts(Array.from({ length: 11 }, (_, index) => 1234567 + index).join()),
    400,
    "EXCEEDED_CONTRACTIDS",
  ),
  targetRow(
    "11 users",
    () => users(Array.from({ length: 11 }, (_, index) => `user${index}`).join()),
    400,
    "EXCEEDED_USERIDS",
  ),
  targetRow("No case", () => summary(""), 400, "MALFORMED_REQUEST"),
  targetRow("No case, without a slash", () => summary("").slice(0, -1), 400, "MISSING_INPUTS"),
  targetRow("A case id of 65 characters", () => details("6".repeat(65)), 400, "CASE_NOTFOUND"),
  targetRow("A comma in a single case id", () => details("1,2"), 400, "CASE_NOTFOUND"),
  targetRow(
    "91 days",
    () => list(`?date_created_from=${day(-100)}&date_created_to=${day(-9)}`),
    400,
    "INVALID_DATERANGE",
  ),
  targetRow(
    "A date range that ends before it starts",
    () => list(`?date_created_from=${day(-9)}&date_created_to=${day(-10)}`),
    400,
    "INVALID_DATERANGE",
  ),
  targetRow(
    "A date that does not exist",
    () => list("?date_created_from=2026-02-30T00%3A00%3A00Z"),
    400,
    "INVALID_DATEFORMAT",
  ),
  targetRow("A date that is a word", () => list("?date_created_from=yesterday"), 400, "INVALID_DATEFORMAT"),
  targetRow("An unknown status flag", () => list("?status_flag=X"), 400, "INVALID_STATUSFLAG"),
  targetRow("An unknown sort order", () => list("?sort_by=severity%20desc"), 400, "INVALID_SORT_OPTION"),
  targetRow("Page 0", () => list("?page_index=0"), 400, "Bad Request"),
  targetRow("A negative page", () => list("?page_index=-1"), 400, "Bad Request"),
  targetRow("A page index that overflows", () => list("?page_index=99999999999999999999"), 400, "Bad Request"),
  targetRow("A page in another notation", () => list("?page_index=1e3"), 400, "Bad Request"),
  targetRow("A parameter twice", () => list("?page_index=1&page_index=2"), 400, "MALFORMED_REQUEST"),
  targetRow("A parameter twice, once encoded", () => list("?page_index=1&%70age_index=2"), 400, "MALFORMED_REQUEST"),
  targetRow(
    "Ids as a parameter, in addition to those of the path",
    () => list(`?contract_ids=${foreign.contract_ids[0]}`),
    400,
    "MALFORMED_REQUEST",
  ),
  targetRow("An unknown parameter", () => list("?debug=true"), 400, "INVALID_PARAMETER"),
  targetRow("A parameter in list notation", () => list("?status_flag[]=O"), 400, "INVALID_PARAMETER"),
  targetRow(
    "A list parameter for a single case",
    () => `${details("680012116")}?status_flag=O`,
    400,
    "INVALID_PARAMETER",
  ),
  targetRow(
    "An SQL statement as a parameter",
    () => list("?sort_by=STATUS%27%3B%20DROP%20TABLE%20cases--"),
    400,
    "INVALID_SORT_OPTION",
  ),
];
