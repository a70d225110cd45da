// The documents to decode. Each has several variants of one shape in rotation: no contender is measured on the text
// that it processed just before.

import { random } from "../../random.mjs";
import { caseRecord, customer } from "./cases.mjs";
import { caseDetail } from "./details.mjs";

const VARIANTS = 4;
const encoder = new TextEncoder();

/** The address of the lists by contract, as the service writes it. */
const LISTS = "https://api.cisco.com/case/v3/cases/contracts/contract_ids";

function page(from, cases) {
  const contracts = [...new Set(cases.map((one) => one.contract_id))].slice(0, 10).join(",");
  return {
    pagination_response_record: {
      last_index: 7,
      page_index: 1,
      page_records: cases.length,
      self_link: `${LISTS}/${contracts}?sort_by=UPDATED_DATE&page_index=1`,
      title: "Get Cases By Contract Id",
      total_records: 6 * cases.length + from.between(1, cases.length),
    },
    cases,
  };
}

function list(from, count, change = (one) => one) {
  const whose = customer(from);
  return page(
    from,
    Array.from({ length: count }, (_, index) => change(caseRecord(from, whose, index), index, from)),
  );
}

function summary(from, count) {
  const whose = customer(from);
  const cases = Array.from({ length: count }, (_, index) => caseRecord(from, whose, index, { technology: true }));
  return { count, cases };
}

/** Escapes and non-ASCII letters in every tenth record. Some of the characters JSON must escape, others it may. */
function accented(one, index) {
  if (index % 10 !== 4) return one;
  const title = `${one.title} - "Gerät" läuft nicht über C:\\logs`;
  return { ...one, title, contact_name: "ZOË MÜSTERMANN-EXAMPLÉ" };
}

/** Some services escape more than necessary: here every "É" and the slashes of titles. */
function needlesslyEscaped(text) {
  const titles = /"title":"(?:[^"\\]|\\.)*"/g;
  return text.replaceAll("É", "\\u00c9").replace(titles, (title) => title.replaceAll("/", "\\/"));
}

/** Undocumented fields: a text, a number, a list, an object. */
function withUnknown(one, index, from) {
  const { rmas, bugs, ...rest } = one;
  const unknown = { crashinfo: "", sla_minutes: from.pick([60, 240, 1440]), tags: ["synthetic", "bench"] };
  return { ...rest, ...unknown, rmas, bugs, entitlement: { level: "24x7x4", index } };
}

const plainText = (value) => JSON.stringify(value);

/** The kinds of documents: decoder, contents and form. */
const RECIPES = [
  ["page of 1", "page", (from) => list(from, 1)],
  ["page of 10", "page", (from) => list(from, 10)],
  ["page of 100", "page", (from) => list(from, 100)],
  ["page of 1000", "page", (from) => list(from, 1000)],
  ["summary of 100, technology names", "summary", (from) => summary(from, 100)],
  [
    "page of 100, escapes and accents",
    "page",
    (from) => list(from, 100, accented),
    (v) => needlesslyEscaped(plainText(v)),
  ],
  ["page of 100, unknown fields", "page", (from) => list(from, 100, withUnknown)],
  ["page of 100, pretty-printed", "page", (from) => list(from, 100), (value) => JSON.stringify(value, null, 2)],
  ["details with 5 notes", "details", (from) => ({ caseDetail: caseDetail(from, 5) })],
  ["details with 74 notes", "details", (from) => ({ caseDetail: caseDetail(from, 74) })],
  ["details with 200 notes", "details", (from) => ({ caseDetail: caseDetail(from, 200) })],
];

/**
 * All documents, or those with the given names: `{ name, kind, variants, bytes }`. `bytes` is the mean size of a
 * variant.
 */
export function documents(names) {
  const wanted = RECIPES.filter(([name]) => !names || names.includes(name));
  return wanted.map(([name, kind, make, write = plainText]) => {
    const variants = Array.from({ length: VARIANTS }, (_, seed) => encoder.encode(write(make(random(1000 + seed)))));
    const bytes = variants.reduce((sum, one) => sum + one.length, 0) / VARIANTS;
    return { name, kind, variants, bytes };
  });
}

/** Pages of 100 cases, with different cases on each page. */
export function differentPages(count) {
  return Array.from({ length: count }, (_, seed) => encoder.encode(plainText(list(random(5000 + seed), 100))));
}
