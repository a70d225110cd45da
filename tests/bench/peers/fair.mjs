// The check that each peer accepts valid and rejects invalid documents. It is separate from the timing: its documents
// have many shapes, and code that has processed them is slower afterwards.

import { documents } from "../documents/documents.mjs";
import { peers } from "./peers.mjs";

const text = new TextDecoder();
const isTolerant = ({ setting }) => setting === "tolerant";

/** Invalid records, and the settings that claim to detect them (all, if none is named). */
const FAULTS = [
  ["a severity of 5", (record) => (record.severity = "5")],
  ["a severity that is a flag", (record) => (record.severity = true)],
  ["no severity", (record) => delete record.severity],
  ["an unknown status_flag", (record) => (record.status_flag = "X"), ({ kind }) => kind !== "details"],
  ["a title of 241 characters", (record) => (record.title = "x".repeat(241))],
  ["a title that is a number", (record) => (record.title = 5)],
  ["a date that is none", (record) => (record.updated_date = "yesterday")],
  ["a 30 February", (record) => (record.creation_date = "2017-02-30T20:08:45.000Z"), ({ realDates }) => realDates],
  ["a 29 February 1900", (record) => (record.creation_date = "1900-02-29T20:08:45.000Z"), ({ realDates }) => realDates],
  ["a number in a list of texts", (record) => (record.bugs = [5])],
];

/** Valid but rare records, and the settings that must accept them. */
const QUIRKS = [
  ["a severity as a number", (record) => (record.severity = 3)],
  ["no status_flag", (record) => delete record.status_flag],
  ["a date without a fraction", (record) => (record.updated_date = "2017-05-09T20:08:45Z")],
  ["a leap day", (record) => (record.updated_date = "2016-02-29T20:08:45.000Z")],
  ["an unknown field", (record) => (record.unknown = { deep: [1] })],
  ["null for a text", (record) => (record.serial_number = null), isTolerant],
  ["an absent text", (record) => delete record.serial_number, isTolerant],
  ["null for a date", (record) => (record.updated_date = null), isTolerant],
  ["an empty date", (record) => (record.updated_date = ""), isTolerant],
  ["an absent list", (record) => delete record.rmas, isTolerant],
];

/** A document of each kind. */
const PROVEN_BY = ["page of 10", "summary of 100, technology names", "details with 5 notes"];

/** Throws unless every peer accepts the documents and their quirks and rejects their faults. */
export function proveFair() {
  const kinds = documents(PROVEN_BY);
  for (const one of peers) {
    const validator = one.build({});
    for (const document of kinds) prove(one, validator(document.kind), document);
  }
}

function prove({ peer, setting, realDates }, validate, { name, kind, variants }) {
  const about = { setting, realDates, kind };
  const takes = (value) => {
    try {
      validate(value);
      return true;
    } catch {
      return false;
    }
  };
  const changed = (change) => {
    const value = JSON.parse(text.decode(variants[0]));
    // A record in the middle.
    change(kind === "details" ? value.caseDetail : value.cases[value.cases.length >> 1]);
    return value;
  };
  const fail = (what) => {
    throw new Error(`${peer}, ${setting}, ${what} in "${name}"`);
  };
  for (const bytes of variants) if (!takes(JSON.parse(text.decode(bytes)))) fail("refuses what is right");
  for (const [quirk, change, claimed = () => true] of QUIRKS) {
    if (claimed(about) && !takes(changed(change))) fail(`refuses ${quirk}`);
  }
  for (const [fault, change, claimed = () => true] of FAULTS) {
    if (claimed(about) && takes(changed(change))) fail(`takes ${fault}`);
  }
}
