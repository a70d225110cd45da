// A case with its notes: 0.2 to 6 KB each, with CRLF and mixed line ends, text that resembles tags, some non-ASCII.

import { bugs, customer, date, rmas, serialNumber, title } from "./cases.mjs";
import { ACCENTED, FAMILY, GIVEN, LINES, TECHNOLOGIES, TYPOGRAPHIC } from "./words.mjs";

/** Mail has CRLF; text pasted from a terminal has LF. */
function noteDetail(from, index) {
  // A median of about 2.5 KB, as in the one recorded case with many notes.
  const length = Math.round(200 * 30 ** Math.sqrt(from.below(1000) / 1000));
  const end = from.chance(0.7) ? "\r\n" : "\n";
  let text = "";
  if (index % 10 === 3) text += from.pick(ACCENTED) + end;
  if (index % 20 === 13) text += from.pick(TYPOGRAPHIC) + end;
  while (text.length < length) text += from.pick(LINES) + (from.chance(0.1) ? "\n" : end);
  return text.slice(0, Math.max(length, 20));
}

export function caseDetail(from, notes) {
  const { contracts, users } = customer(from);
  const { user_id, contact_name } = from.pick(users);
  const [technology_name, sub_technology_name] = from.pick(TECHNOLOGIES);
  const engineers = Array.from({ length: 6 }, () => `${from.pick(GIVEN)} ${from.pick(FAMILY)}`);
  let seconds = from.between(200_000_000, 250_000_000);
  const created = date(from, seconds - 90 * notes * 3600);
  const updated = date(from, seconds);
  const list = Array.from({ length: notes }, (_, index) => ({
    note: from.chance(0.7) ? "" : title(from),
    note_detail: noteDetail(from, index),
    created_by: from.pick(engineers),
    // Newest first; two notes may have the same time.
    creation_date: date(from, (seconds -= from.below(90 * 3600))),
  }));
  return {
    user_id,
    case_id: `6${from.digits(8)}`,
    title: title(from),
    severity: String(from.between(1, 4)),
    status: "Customer Pending",
    creation_date: created,
    updated_date: updated,
    serial_number: serialNumber(from),
    contract_id: from.pick(contracts),
    contact_user_id: user_id,
    contact_name,
    preferred_contact_method: "Email",
    contact_email_ids: ["contact@customer.example"],
    contact_business_phone_numbers: ["555-0142/2001"],
    contact_mobile_phone_numbers: [],
    owner_name: engineers[0].slice(0, 30),
    owner_email: "engineer@support.example",
    technology_name,
    sub_technology_name,
    tracking_number: "",
    problem_code_name: "Configuration Assistance",
    request_type: "",
    rmas: rmas(from),
    bugs: bugs(from),
    notes: list,
  };
}
