// Reads what callers apply: every value once, as JSON text for the wasm, which decodes and validates it as it does responses.

import { clientError, invalid } from "../client/errors.js";
import { problemOf } from "../client/check-options.js";
import { DOCUMENT_DETAILS, DOCUMENT_SUMMARY } from "../generated/boundary.js";

/** The maximum number of records of one document. Larger inputs are divided, since the wasm's memory never shrinks. */
const MAX_RECORDS = 1000;

/** A document for the wasm: its kind, and its JSON text as UTF-8. */
export interface InputDocument {
  readonly kind: typeof DOCUMENT_SUMMARY | typeof DOCUMENT_DETAILS;
  readonly bytes: Uint8Array;
  /** The position of its first record among the given ones. */
  readonly first: number;
}

/** The content of a call of `apply`. */
export interface ApplyInput {
  readonly documents: readonly InputDocument[];
  /** The numbers of cases to remove, from the changes of a client. */
  readonly gone: readonly string[];
}

type Members = Record<string, unknown>;

const isObject = (value: unknown): value is Members =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Reads pages, records, details and the changes of a client. */
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
  const documents: InputDocument[] = [];
  const gone: string[] = [];
  const encoder = new TextEncoder();
  let batch: unknown[] = [];
  let first = 0;
  let position = 0;
  const flush = () => {
    if (batch.length > 0)
      documents.push({ kind: DOCUMENT_SUMMARY, bytes: encoder.encode(JSON.stringify({ cases: batch })), first });
    batch = [];
    first = position;
  };
  for (const item of itemsOf(given)) {
    const entry = isObject(item) && isChange(item) ? item : undefined;
    const record = entry ? entry["case"] : item;
    if (entry?.["type"] === "gone" || entry?.["type"] === "left") gone.push(String(entry["case_id"]));
    else if (!isObject(record)) throw notACase(position, record);
    else if ("notes" in record) {
      flush();
      const bytes = encoder.encode(JSON.stringify({ caseDetail: wireRecord(record) }));
      documents.push({ kind: DOCUMENT_DETAILS, bytes, first: position });
      first = position + 1;
    } else batch.push(wireRecord(record));
    position += 1;
    if (batch.length === MAX_RECORDS) flush();
  }
  flush();
  return { documents, gone };
}

/** The items of an input: those of a list, the cases of a page or summary, or the input itself. */
function itemsOf(given: unknown): Iterable<unknown> {
  if (Array.isArray(given)) return given;
  if (!isObject(given)) throw notACase(undefined, given);
  const { cases } = given;
  return Array.isArray(cases) ? cases : [given];
}

const isChange = (item: Members): boolean => typeof item["type"] === "string" && "case" in item;

/** A record as the service sends it: with its undocumented fields as members. */
function wireRecord({ extra, issues: _, ...record }: Members): Members {
  return isObject(extra) && Object.keys(extra).length > 0 ? { ...extra, ...record } : record;
}

function notACase(index: number | undefined, value: unknown) {
  const shown = value === undefined ? null : typeof value === "object" ? "[object]" : (value as string);
  return invalid(
    [problemOf("cases", "INVALID_PARAMETER", "a case, a page, details or a change", shown, index)],
    "apply",
  );
}
