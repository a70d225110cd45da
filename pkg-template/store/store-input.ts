// Reads what callers apply: every value once, as compact pages for the wasm.

import { clientError, invalid } from "../client/errors.js";
import { problemOf } from "../client/check-options.js";
import { COMPACT_PAGE, type CompactPage, type MaybeCompact } from "../client/page-copy.js";
import type { Issue } from "../client/types.js";
import { DOCUMENT_DETAILS, DOCUMENT_SUMMARY } from "../generated/boundary.js";
import { type Findings, type Members, PageWriter, type RecordsKind } from "./page-writer.js";

/**
 * The maximum number of records of one page: about 60 KB, which the wasm's input buffer of 64 KiB takes. Larger inputs are divided,
 * since the wasm's memory never shrinks.
 */
export const MAX_RECORDS = 200;

/** The content of a call of `apply`. */
export interface ApplyInput {
  /** The compact pages. */
  readonly pages: readonly CompactPage[];
  /** The differences of records that cannot be applied, or whose id is too long. */
  readonly issues: Issue[];
  /** The numbers of cases to remove, from the changes of a client. */
  readonly gone: readonly string[];
  /** The details among the cases, in their order. */
  readonly details: readonly DetailInput[];
}

/** Details, and their JSON text. */
export type DetailInput = readonly [detail: Members, text: string];

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
  const pages: CompactPage[] = [];
  const gone: string[] = [];
  const details: DetailInput[] = [];
  const findings: Findings = { problems: [], issues: [] };
  let writer: PageWriter | undefined;
  const flush = () => {
    if (writer) pages.push({ bytes: writer.finish(), text: "" });
    writer = undefined;
  };
  const add = (kind: RecordsKind, record: Members, position: number) => {
    if (writer && (writer.kind !== kind || writer.count === MAX_RECORDS)) flush();
    writer ??= new PageWriter(kind, findings);
    writer.add(record, position);
  };
  let position = 0;
  const readItems = (items: Iterable<unknown>) => {
    for (const item of items) {
      const members = isObject(item) ? item : {};
      const compact = (members as MaybeCompact)[COMPACT_PAGE];
      if (compact) {
        // A page of the client is taken over as bytes, without an object for each of its cases.
        flush();
        pages.push(compact);
        findings.issues.push(...issuesOfIds(members["issues"] as Issue[]));
        continue;
      }
      if (Array.isArray(members["cases"])) {
        readItems(members["cases"]);
        continue;
      }
      const isChange = typeof members["type"] === "string" && "case" in members;
      const record = isChange ? members["case"] : item;
      if (isChange && (members["type"] === "gone" || members["type"] === "left")) gone.push(String(members["case_id"]));
      else if (!isObject(record)) throw notACase(position, record);
      else {
        const isDetails = "notes" in record;
        add(isDetails ? DOCUMENT_DETAILS : DOCUMENT_SUMMARY, record, position);
        // Here, since what has no text must be found before anything is applied.
        if (isDetails) details.push([record, JSON.stringify(record)]);
      }
      position += 1;
    }
  };
  if (!Array.isArray(given) && !isObject(given)) throw notACase(undefined, given);
  readItems(Array.isArray(given) ? given : [given]);
  flush();
  if (findings.problems.length > 0) throw invalid(findings.problems, "apply");
  return { pages, issues: findings.issues, gone, details };
}

/** The differences in the ids of cases. */
const issuesOfIds = (issues: readonly Issue[]): readonly Issue[] =>
  issues.filter(({ path, expected }) => path.endsWith(".case_id") && expected !== "Unicode text");

function notACase(index: number | undefined, value: unknown) {
  const shown = value === undefined ? null : typeof value === "object" ? "[object]" : (value as string);
  return invalid(
    [problemOf("cases", "INVALID_PARAMETER", "a case, a page, details or a change", shown, index)],
    "apply",
  );
}
