// Reads what callers apply: every value once, as compact pages for the wasm.

import { clientError, invalid } from "../client/errors.js";
import { problemOf } from "../client/check-options.js";
import type { Issue } from "../client/types.js";
import { DOCUMENT_DETAILS, DOCUMENT_SUMMARY } from "../generated/boundary.js";
import { type Findings, type Members, PageWriter, type RecordsKind } from "./page-writer.js";

/** The maximum number of records of one page. Larger inputs are divided, since the wasm's memory never shrinks. */
const MAX_RECORDS = 1000;

/** The content of a call of `apply`. */
export interface ApplyInput {
  /** The compact pages. */
  readonly pages: readonly Uint8Array[];
  /** The differences of records that cannot be applied, or whose id is too long. */
  readonly issues: Issue[];
  /** The numbers of cases to remove, from the changes of a client. */
  readonly gone: readonly string[];
}

const isObject = (value: unknown): value is Members =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Reads pages, records, details and the changes of a client. Throws if any value cannot be that of a case. */
export function readApplyInput(given: unknown): ApplyInput {
  try {
    return read(given);
  } catch (cause) {
    if (Object(cause).name === "InvalidRequestError") throw cause;
    // A getter or Proxy of the caller has thrown.
    throw clientError("INVALID_PARAMETER", "The cases could not be read.", { cause });
  }
}

function read(given: unknown): ApplyInput {
  const pages: Uint8Array[] = [];
  const gone: string[] = [];
  const findings: Findings = { problems: [], issues: [] };
  let writer: PageWriter | undefined;
  const flush = () => {
    if (writer) pages.push(writer.finish());
    writer = undefined;
  };
  const add = (kind: RecordsKind, record: Members, position: number) => {
    if (writer && (writer.kind !== kind || writer.count === MAX_RECORDS)) flush();
    writer ??= new PageWriter(kind, findings);
    writer.add(record, position);
  };
  let position = 0;
  for (const item of itemsOf(given)) {
    const entry = isObject(item) && isChange(item) ? item : undefined;
    const record = entry ? entry["case"] : item;
    if (entry?.["type"] === "gone" || entry?.["type"] === "left") gone.push(String(entry["case_id"]));
    else if (!isObject(record)) throw notACase(position, record);
    else add("notes" in record ? DOCUMENT_DETAILS : DOCUMENT_SUMMARY, record, position);
    position += 1;
  }
  flush();
  if (findings.problems.length > 0) throw invalid(findings.problems, "apply");
  return { pages, issues: findings.issues, gone };
}

/** The items of an input: those of a list, the cases of a page or summary, or the input itself. */
function itemsOf(given: unknown): Iterable<unknown> {
  if (Array.isArray(given)) return given;
  if (!isObject(given)) throw notACase(undefined, given);
  const { cases } = given;
  return Array.isArray(cases) ? cases : [given];
}

const isChange = (item: Members): boolean => typeof item["type"] === "string" && "case" in item;

function notACase(index: number | undefined, value: unknown) {
  const shown = value === undefined ? null : typeof value === "object" ? "[object]" : (value as string);
  return invalid(
    [problemOf("cases", "INVALID_PARAMETER", "a case, a page, details or a change", shown, index)],
    "apply",
  );
}
