// Reads what callers apply: every value once, as compact pages for the wasm.

import { clientError, invalid } from "../client/errors.js";
import { problemOf } from "../client/check-options.js";
import { COMPACT_PAGE, type CompactPage, type MaybeCompact } from "../client/page-copy.js";
import { rejectOption } from "../client/reject-option.js";
import type { Issue, Problem } from "../client/types.js";
import {
  DOCUMENT_DETAILS,
  DOCUMENT_SUMMARY,
  HEADER_ROWS,
  PAGE_BYTES_LENGTH,
  PAGE_BYTES_PARTS,
} from "../generated/boundary.js";
import { CASE_FIELDS } from "../generated/record-fields.js";
import { type Findings, jsonOf, type Members, NO_JSON, PageWriter, type RecordsKind } from "./page-writer.js";

/**
 * The maximum number of records of one page: about 60 KB, which the wasm's input buffer of 64 KiB takes. Larger inputs are divided,
 * since the wasm's memory never shrinks.
 */
export const MAX_RECORDS = 200;

/** The content of a call of `apply`. */
export interface ApplyInput {
  /** The compact pages, and the lists of cases to remove that a client's changes have between them, in their order. */
  readonly steps: readonly (CompactPage | readonly string[])[];
  /** The cases among those to remove that are gone. The others only match no more what was asked for. */
  readonly goneIds: readonly string[];
  /** The differences of records that cannot be applied, or whose id is too long. */
  readonly issues: Issue[];
  /** The details among the cases, in their order. */
  readonly details: readonly DetailInput[];
}

/** Details, and their JSON text. */
export type DetailInput = readonly [detail: Members, text: string];

/** Whether a value can have the members of a case: a `Promise`, a `Map` or an iterator has others. */
const isObject = (value: unknown): value is Members =>
  Object.prototype.toString.call(value) === "[object Object]" && typeof (value as Members)["then"] !== "function";

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
  const steps: (CompactPage | readonly string[])[] = [];
  let removed: string[] = [];
  const goneIds: string[] = [];
  const details: DetailInput[] = [];
  const findings: Findings = { problems: [], issues: [] };
  let writer: PageWriter | undefined;
  const flush = () => {
    if (writer) steps.push({ bytes: writer.finish(), text: "" });
    if (removed.length > 0) steps.push(removed);
    writer = undefined;
    removed = [];
  };
  const add = (kind: RecordsKind, record: Members, position: number) => {
    if (removed.length > 0) flush();
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
        steps.push(compact);
        position += casesOf(compact);
        findings.issues.push(...issuesOfIds(members["issues"] as Issue[]));
        continue;
      }
      if (Array.isArray(members["cases"])) {
        readItems(members["cases"]);
        continue;
      }
      const isChange = typeof members["type"] === "string" && "case" in members;
      const record = isChange ? members["case"] : item;
      const { case_id } = members;
      if (isChange && (members["type"] === "gone" || members["type"] === "left")) {
        if (typeof case_id !== "string") findings.problems.push(wrong("case_id", "a case number", case_id, position));
        else {
          if (writer) flush();
          removed.push(case_id);
          if (members["type"] === "gone") goneIds.push(case_id);
        }
      } else if (!isObject(record)) findings.problems.push(notACase(position, record));
      else {
        // A member without a value is none.
        const isDetails = record["notes"] !== undefined;
        add(isDetails ? DOCUMENT_DETAILS : DOCUMENT_SUMMARY, record, position);
        if (isDetails) {
          // Here, since what has no text must be found before anything is applied. A `toJSON` may have any result.
          const text = jsonOf(record);
          const name = text === null && Object.keys(record).find((one) => jsonOf(record[one]) === null);
          if (text?.startsWith("{")) details.push([record, text]);
          else if (name) findings.problems.push(wrong(name, NO_JSON, record[name], position));
          else findings.problems.push(notACase(position, record));
        }
      }
      position += 1;
    }
  };
  if (!Array.isArray(given) && !isObject(given)) throw invalid([notACase(undefined, given)], "apply");
  readItems(Array.isArray(given) ? given : [given]);
  flush();
  if (findings.problems.length > 0) throw invalid(findings.problems, "apply");
  return { steps, goneIds, issues: findings.issues, details };
}

/** Returns the numbers of cases to remove. */
export function caseIdsOf(given: unknown): readonly string[] {
  const ids: readonly unknown[] = Array.isArray(given) ? Array.from(given) : [given];
  for (const id of ids) if (typeof id !== "string") rejectOption("case_ids", "a case number, or a list of them", id);
  return ids as readonly string[];
}

/** The number of cases of a compact page, without making them. */
function casesOf({ bytes }: CompactPage): number {
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, PAGE_BYTES_LENGTH);
  return words[PAGE_BYTES_PARTS + HEADER_ROWS + 1]! / 4 / (CASE_FIELDS.length + 1);
}

/** The differences in the ids of cases. */
const issuesOfIds = (issues: readonly Issue[]): readonly Issue[] =>
  issues.filter(({ path, expected }) => path.endsWith(".case_id") && expected !== "Unicode text");

/** The problem of a value that is nothing that can be applied. */
const notACase = (index: number | undefined, value: unknown): Problem =>
  wrong("", "a case, a page, details or a change", value, index);

function wrong(member: string, expected: string, value: unknown, index?: number): Problem {
  const shown = value === undefined || value === null ? null : typeof value === "object" ? "[object]" : String(value);
  const name = member ? `cases[${index}].${member}` : "cases";
  const isShown = typeof value === "number" || typeof value === "boolean";
  return problemOf(name, "INVALID_PARAMETER", expected, isShown ? value : shown, member ? undefined : index);
}
