// The service's records, field by field, as the package declares them: the reference for the check of its decoder and
// for the schemas of every peer. `agree` compares this table with the package's own declarations.

const text = (max) => ({ kind: "text", max });
const of = (kind) => ({ kind });

export const CASE = {
  item_entry_id: of("count"),
  user_id: text(50),
  case_id: text(64),
  title: text(240),
  severity: of("severity"),
  contact_name: text(150),
  status_flag: of("flag"),
  status: text(150),
  creation_date: of("date"),
  updated_date: of("date"),
  serial_number: text(30),
  contract_id: text(120),
  technology_name: text(150),
  sub_technology_name: text(150),
  rmas: of("list"),
  bugs: of("list"),
};

export const NOTE = { note: text(2000), note_detail: text(32767), created_by: text(50), creation_date: of("date") };

export const DETAIL = {
  bugs: of("list"),
  case_id: text(64),
  close_date: of("date"),
  contact_business_phone_numbers: of("list"),
  contact_email_ids: of("list"),
  contact_mobile_phone_numbers: of("list"),
  contact_name: text(150),
  contact_user_id: text(100),
  contract_id: text(120),
  creation_date: of("date"),
  notes: of("notes"),
  owner_email: text(30),
  owner_name: text(30),
  preferred_contact_method: text(30),
  problem_code_name: text(30),
  request_type: text(30),
  rmas: of("list"),
  serial_number: text(30),
  severity: of("severity"),
  status: text(150),
  sub_technology_name: text(150),
  technology_name: text(150),
  title: text(240),
  tracking_number: text(240),
  updated_date: of("date"),
  user_id: text(50),
};

/** The position of a page: a page without its counts is rejected. */
export const PLACE = {
  last_index: of("required"),
  page_index: of("required"),
  page_records: of("required"),
  self_link: text(),
  title: text(120),
  total_records: of("required"),
};

const RECORDS = { CaseRecord: CASE, CaseNote: NOTE, CaseDetail: DETAIL, PaginationRecord: PLACE };

/** Throws unless the names and lengths of this table are those of the package's `generated/types.d.ts`. */
export function agree(declarations) {
  for (const [name, fields] of Object.entries(RECORDS)) {
    const body = declarations.split(`export interface ${name} {`)[1]?.split("\n}")[0] ?? "";
    const declared = body.matchAll(/\/\*\*([^]*?)\*\/\s+(\w+): /g).map(([, doc, field]) => {
      return [field, Number(/Documented length: (\d+)/.exec(doc)?.[1] ?? 0)];
    });
    const theirs = [...declared].filter(([field]) => field !== "extra" && field !== "issues");
    const mine = Object.entries(fields).map(([field, { max = 0 }]) => [field, max]);
    if (JSON.stringify(theirs.sort()) !== JSON.stringify(mine.sort())) {
      throw new Error(`measure/fields.mjs differs from the package's ${name}: ${JSON.stringify(theirs)}`);
    }
  }
}
