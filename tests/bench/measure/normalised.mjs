// The expected result of a decoder for a document: the parsed JSON in the shapes that the package documents. It is
// independent of the package, so that a fast but wrong decoder is detected before it is timed.

import { CASE, DETAIL, NOTE, PLACE } from "./fields.mjs";

/** The decoded value of a field by its kind. A missing value is an empty text, `null` or no key. */
const READ = {
  text: (value) => value ?? "",
  flag: (value) => value ?? "",
  date: (value) => value || null,
  list: (value) => value ?? [],
  count: (value) => value ?? null,
  required: (value) => value,
  severity: Number,
  notes: (value) => (value ?? []).map((note) => record(note, NOTE)),
};

function record(wire, fields) {
  const out = Object.fromEntries(Object.entries(fields).map(([name, { kind }]) => [name, READ[kind](wire[name])]));
  out.extra = Object.fromEntries(Object.entries(wire).filter(([name]) => !Object.hasOwn(fields, name)));
  return out;
}

/** The document's parsed JSON in the package's shapes. */
export function normalised(kind, wire) {
  if (kind === "details") return { ...record(wire.caseDetail, DETAIL), issues: [] };
  const cases = wire.cases.map((one) => record(one, CASE));
  if (kind === "summary") return { count: wire.count, cases, issues: [] };
  return { pagination_response_record: record(wire.pagination_response_record, PLACE), cases, issues: [] };
}

/** The path at which two plain values differ; `undefined` if they are equal. The order of keys does not count. */
export function difference(found, expected, path = "$") {
  if (Object.is(found, expected)) return undefined;
  const differs = `${path}: ${shown(found)} instead of ${shown(expected)}`;
  const isObject = (value) => typeof value === "object" && value !== null;
  if (!isObject(found) || !isObject(expected) || Array.isArray(found) !== Array.isArray(expected)) return differs;
  const names = Object.keys(expected);
  if (Object.keys(found).length !== names.length) return differs;
  for (const name of names) {
    if (!Object.hasOwn(found, name)) return `${path}.${name} is missing`;
    const inside = difference(found[name], expected[name], `${path}.${name}`);
    if (inside) return inside;
  }
  return undefined;
}

const shown = (value) => String(JSON.stringify(value)).slice(0, 120);
