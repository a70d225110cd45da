// What a decoder must give for a document: the parsed JSON in the shapes that the package documents. Written apart from
// the package, out of its declarations, so that a decoder that is fast and wrong is found out before it is timed.

const TEXT = (value) => value ?? "";
const DATE = (value) => value || null;
const LIST = (value) => value ?? [];
const COUNT = (value) => value ?? null;
const SEVERITY = Number;

const CASE = {
  item_entry_id: COUNT, user_id: TEXT, case_id: TEXT, title: TEXT, severity: SEVERITY, contact_name: TEXT,
  status_flag: TEXT, status: TEXT, creation_date: DATE, updated_date: DATE, serial_number: TEXT, contract_id: TEXT,
  technology_name: TEXT, sub_technology_name: TEXT, rmas: LIST, bugs: LIST,
};

const NOTE = { note: TEXT, note_detail: TEXT, created_by: TEXT, creation_date: DATE };

const DETAIL = {
  bugs: LIST, case_id: TEXT, close_date: DATE, contact_business_phone_numbers: LIST, contact_email_ids: LIST,
  contact_mobile_phone_numbers: LIST, contact_name: TEXT, contact_user_id: TEXT, contract_id: TEXT, creation_date: DATE,
  notes: (notes) => LIST(notes).map((note) => record(note, NOTE)), owner_email: TEXT, owner_name: TEXT,
  preferred_contact_method: TEXT, problem_code_name: TEXT, request_type: TEXT, rmas: LIST, serial_number: TEXT,
  severity: SEVERITY, status: TEXT, sub_technology_name: TEXT, technology_name: TEXT, title: TEXT, tracking_number: TEXT,
  updated_date: DATE, user_id: TEXT,
};

const PLACE = {
  last_index: COUNT, page_index: COUNT, page_records: COUNT, self_link: TEXT, title: TEXT, total_records: COUNT,
};

function record(wire, fields) {
  const out = Object.fromEntries(Object.entries(fields).map(([name, read]) => [name, read(wire[name])]));
  out.extra = Object.fromEntries(Object.entries(wire).filter(([name]) => !Object.hasOwn(fields, name)));
  return out;
}

/** The document's parsed JSON as the package gives it. */
export function normalised(kind, wire) {
  if (kind === "details") return { ...record(wire.caseDetail, DETAIL), issues: [] };
  const cases = wire.cases.map((one) => record(one, CASE));
  if (kind === "summary") return { count: wire.count, cases, issues: [] };
  return { pagination_response_record: record(wire.pagination_response_record, PLACE), cases, issues: [] };
}

/** Where two plain values differ, as a path; `undefined` if nowhere. The order of keys does not count. */
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
