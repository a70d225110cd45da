//! The TypeScript face of the tables: declarations and constants, written when the package is built.
//!
//! Records, parameters, enumerations, error rows and limits are data in this crate; what TypeScript and JavaScript say
//! of them is printed from there, documentation included, so that it cannot differ. Functions, classes and promises,
//! which tables cannot express, are declared by hand in `pkg-template/`.

use crate::client::{DEFAULT_TIMEOUT_MS, TOKEN_URL};
use crate::decode::{MAX_BODY_BYTES, NO_COUNT};
use crate::endpoint::{BASE_URL, ENDPOINTS, PAGE_SIZE, Param, ParamKind, SORT_OPTIONS};
use crate::error::{CLIENT_ERRORS, ERROR_TABLE, ErrorKind, ErrorRow, GATEWAY_ERRORS};
use crate::model::{
    CaseDetail, CaseNote, CaseRecord, CaseStatus, Field, FieldKind, Json, PaginationRecord, Record, StatusFlag,
    write_text,
};
use crate::rules::{IdRule, MAX_PAGE_INDEX, MAX_RANGE_DAYS};

/// The limits, with what each one bounds.
fn limits() -> Vec<(&'static str, String, &'static str)> {
    let ids = |rule: IdRule| rule.max_ids.to_string();
    vec![
        ("case_ids", ids(IdRule::CASE), "Case ids in one caseSummary."),
        ("contract_ids", ids(IdRule::CONTRACT), "Contract ids in one casesByContract."),
        ("user_ids", ids(IdRule::USER), "User ids in one casesByUser."),
        ("rangeDays", MAX_RANGE_DAYS.to_string(), "Days of 24 hours from date_created_from to date_created_to."),
        ("pageSize", PAGE_SIZE.to_string(), "Cases on one page."),
        ("page_index", MAX_PAGE_INDEX.to_string(), "The largest page_index."),
        ("bodyBytes", MAX_BODY_BYTES.to_string(), "Bytes of one response."),
    ]
}

/// `types.d.ts` of the package.
pub fn declarations() -> String {
    let mut out = String::from(
        "// Written from the Rust tables by `cargo xtask build`. Do not edit.\n\nimport type { ErrorRow, Issue } from \"./index.js\";\n",
    );
    enumerations(&mut out);
    record::<CaseRecord>(&mut out);
    record::<CaseNote>(&mut out);
    record::<CaseDetail>(&mut out);
    record::<PaginationRecord>(&mut out);
    for endpoint in ENDPOINTS {
        let doc =
            format!("Parameters of `{}`: {}\n(Case API v3, \"{}\".)", endpoint.name, endpoint.doc, endpoint.title);
        interface(&mut out, endpoint.params_type, &doc, endpoint.params.iter().map(parameter));
    }
    out.push_str("\n/** What a caller decides by: the `kind` of an error. */\nexport type ErrorKind =");
    for (_, name, _) in ErrorKind::ALL {
        out.push_str(&format!("\n  | \"{name}\""));
    }
    out.push_str(";\n\n/** A code of the service's error table, verbatim, or one of this package's own. */\nexport type ErrorCode =");
    let rows = ERROR_TABLE.iter().chain(CLIENT_ERRORS).chain(GATEWAY_ERRORS);
    let mut codes: Vec<_> = rows.map(|row| row.code).collect();
    codes.sort_unstable();
    codes.dedup();
    for code in codes {
        out.push_str(&format!("\n  | \"{code}\""));
    }
    out.push_str("\n  | (string & {});\n");
    out.push_str("\n/** The documented limits: those of a parameter under its name, the others in camelCase. */\nexport declare const LIMITS: {\n");
    for (name, value, doc) in limits() {
        out.push_str(&format!("  /** {doc} */\n  readonly {name}: {value};\n"));
    }
    out.push_str("};\n\n/** The six documented statuses, in the documentation's order. */\nexport declare const CASE_STATUSES: readonly [\n");
    for status in CaseStatus::documented() {
        out.push_str(&format!("  {},\n", quoted(status)));
    }
    out.push_str("];\n\n/** The service's error table, all of its rows, with kind, retryability and advice. */\nexport declare const ERROR_TABLE: readonly ErrorRow[];\n");
    out
}

/// `tables.js` of the package: the constants, which a page may read before the wasm is there.
pub fn constants() -> String {
    let limits: Vec<_> = limits().into_iter().map(|(name, value, _)| (name, Json::Number(value))).collect();
    let rows = |table: &[ErrorRow]| Json::List(table.iter().map(row).collect()).to_text();
    format!(
        "// Written from the Rust tables by `cargo xtask build`. Do not edit.\n\
         const freeze = (rows) => Object.freeze(rows.map(Object.freeze));\n\
         export const DEFAULT_TIMEOUT_MS = {DEFAULT_TIMEOUT_MS};\n\
         export const LIMITS = Object.freeze({});\n\
         export const CASE_STATUSES = Object.freeze({});\n\
         export const ERROR_TABLE = freeze({});\n\
         export const CLIENT_ERRORS = freeze({});\n\
         export const GATEWAY_ERRORS = freeze({});\n",
        Json::object(limits).to_text(),
        Json::from(CaseStatus::documented().collect::<Vec<_>>()).to_text(),
        rows(ERROR_TABLE),
        rows(CLIENT_ERRORS),
        rows(GATEWAY_ERRORS),
    )
}

/// `params.js` of the package: where the service is, the parameters of each call, what they are, and what the service takes
/// where one is left out. It is for who has to tell requests apart before the wasm is there, or without it.
pub fn params() -> String {
    let kind = |kind: ParamKind| match kind {
        ParamKind::Ids(_) => ("ids", Json::Null),
        ParamKind::Id(_) => ("id", Json::Null),
        ParamKind::SortBy => ("word", SORT_OPTIONS.first().map_or(Json::Null, |word| Json::from(*word))),
        ParamKind::StatusFlag => ("word", Json::Null),
        ParamKind::Date => ("date", Json::Null),
        ParamKind::PageIndex => ("page", Json::from(1_u32)),
    };
    let calls = ENDPOINTS.map(|endpoint| {
        let params = endpoint.params.iter().map(|Param { name, kind: is, .. }| {
            let (word, default) = kind(*is);
            (*name, Json::List(vec![Json::from(word), default]))
        });
        (endpoint.name, Json::object(params))
    });
    format!(
        "// Written from the Rust tables by `cargo xtask build`. Do not edit.\n\
         export const SERVICE = {};\n\
         export const PARAMS = {};\n",
        Json::object([("baseUrl", Json::from(BASE_URL)), ("tokenUrl", Json::from(TOKEN_URL))]).to_text(),
        Json::object(calls).to_text()
    )
}

/// `shapes.js` of the package: how a record is made of its row of cells. Each function writes one object literal, so that
/// all records of a kind have one shape; the documentation of [`Records`](crate::decode::Records) says what a cell holds.
pub fn shapes() -> String {
    let mut out = String::from(
        "// Written from the Rust tables by `cargo xtask build`. Do not edit.\n\n\
         import { CASE_STATUSES } from \"./tables.js\";\n\n",
    );
    let flags: Vec<_> = std::iter::once("").chain(StatusFlag::ALL.iter().map(|flag| flag.as_str())).collect();
    out.push_str(&format!("const FLAGS = {};\n", Json::from(flags).to_text()));
    out.push_str("const STATUSES = [\"\", ...CASE_STATUSES];\n");
    out.push_str(&format!("const NO_COUNT = {};\n\n", NO_COUNT.cast_signed()));
    out.push_str(
        "// `w` the words of the memory, `i` where the row begins, `s` the strings, `p` the page: what lists, notes and\n\
         // fields beyond the documentation are read from.\n\n",
    );
    shape::<CaseRecord>(&mut out);
    shape::<CaseDetail>(&mut out);
    shape::<CaseNote>(&mut out);
    shape::<PaginationRecord>(&mut out);
    out
}

fn shape<R: Record>(out: &mut String) {
    out.push_str(&format!("export const {}Width = {};\n\n", R::NAME, R::FIELDS.len() + 1));
    out.push_str(&format!("export function {}(w, i, s, p) {{\n", R::NAME));
    let cell = |index: usize| if index == 0 { "w[i]".to_owned() } else { format!("w[i + {index}]") };
    let is_short = |field: &Field| matches!(field.kind, FieldKind::Status | FieldKind::Date | FieldKind::Count);
    for (index, field) in R::FIELDS.iter().enumerate().filter(|(_, field)| is_short(field)) {
        out.push_str(&format!("  const {} = {};\n", field.name, cell(index)));
    }
    out.push_str("  return {\n");
    for (index, field) in R::FIELDS.iter().enumerate() {
        let (name, cell) = (field.name, cell(index));
        let value = match field.kind {
            FieldKind::Text => format!("s[{cell}]"),
            FieldKind::Severity | FieldKind::Required => cell,
            FieldKind::Flag => format!("FLAGS[{cell}]"),
            FieldKind::Status => {
                format!("{name} < STATUSES.length ? STATUSES[{name}] : s[{name} - (STATUSES.length - 1)]")
            }
            FieldKind::Date => format!("{name} === 0 ? null : s[{name}]"),
            FieldKind::Count => format!("{name} === NO_COUNT ? null : {name}"),
            FieldKind::List => format!("{cell} === 0 ? [] : p.list({cell})"),
            FieldKind::Notes => format!("{cell} === 0 ? [] : p.noteList({cell})"),
        };
        out.push_str(&format!("    {name}: {value},\n"));
    }
    out.push_str(&format!("    extra: {0} === 0 ? p.none : p.extra({0}),\n  }};\n}}\n\n", cell(R::FIELDS.len())));
}

/// A row of the error table, as JavaScript gets it.
fn row(row: &ErrorRow) -> Json {
    Json::object([
        ("status", Json::from(u32::from(row.status))),
        ("code", Json::from(row.code)),
        ("kind", Json::from(row.kind.as_str())),
        ("retryable", Json::from(row.retryable)),
        ("meaning", Json::from(row.meaning)),
        ("advice", Json::from(row.advice)),
    ])
}

fn enumerations(out: &mut String) {
    let union = |words: &mut dyn Iterator<Item = &str>| words.map(quoted).collect::<Vec<_>>().join(" | ");
    out.push_str("\n/** Severity of a case: 1 (highest) to 4. */\nexport type Severity = 1 | 2 | 3 | 4;\n");
    out.push_str(&format!(
        "\n/** Whether a case is open (`\"O\"`) or closed (`\"C\"`). */\nexport type StatusFlag = {};\n",
        union(&mut StatusFlag::ALL.into_iter().map(StatusFlag::as_str))
    ));
    out.push_str(&format!(
        "\n/** Detailed status of a case: the six documented values, or any other text. */\nexport type CaseStatus = {} | (string & {{}});\n",
        union(&mut CaseStatus::documented())
    ));
    out.push_str(&format!(
        "\n/** Order of results, ascending. */\nexport type SortBy = {};\n",
        union(&mut SORT_OPTIONS.into_iter())
    ));
}

fn record<R: Record>(out: &mut String) {
    let extra = (
        "extra".to_owned(),
        "Readonly<Record<string, unknown>>".to_owned(),
        "Fields the service sent beyond its documentation, as they came. Where there are none it is one empty, frozen \
         object for all records."
            .to_owned(),
    );
    let issues = (R::NAME == "CaseDetail").then(|| {
        let doc = "What is off in this document; empty when all is as documented.";
        ("issues".to_owned(), "Issue[]".to_owned(), doc.to_owned())
    });
    let members = R::FIELDS.iter().zip(R::DOCS);
    let members = members.map(|(field, doc)| (field.name.to_owned(), field_type(field), field_doc(field, doc)));
    interface(out, R::NAME, R::DOC, members.chain([extra]).chain(issues));
}

fn interface(out: &mut String, name: &str, doc: &str, members: impl IntoIterator<Item = (String, String, String)>) {
    out.push('\n');
    comment(out, "", doc);
    out.push_str(&format!("export interface {name} {{\n"));
    for (member, member_type, doc) in members {
        comment(out, "  ", &doc);
        out.push_str(&format!("  {member}: {member_type};\n"));
    }
    out.push_str("}\n");
}

fn comment(out: &mut String, indent: &str, doc: &str) {
    let lines: Vec<_> = doc.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    match lines.as_slice() {
        [line] => out.push_str(&format!("{indent}/** {line} */\n")),
        lines => {
            out.push_str(&format!("{indent}/**\n"));
            for line in lines {
                out.push_str(&format!("{indent} * {line}\n"));
            }
            out.push_str(&format!("{indent} */\n"));
        }
    }
}

fn field_type(field: &Field) -> String {
    match field.kind {
        FieldKind::Text => "string",
        FieldKind::Severity => "Severity",
        FieldKind::Flag => "StatusFlag | \"\"",
        FieldKind::Status => "CaseStatus",
        FieldKind::Date => "string | null",
        FieldKind::List => "string[]",
        FieldKind::Count => "number | null",
        FieldKind::Required => "number",
        FieldKind::Notes => "CaseNote[]",
    }
    .to_owned()
}

fn field_doc(field: &Field, doc: &str) -> String {
    let missing = match field.kind {
        FieldKind::Severity => {
            "The wire carries it as text; here it is a number. A case for which the service sent none of the four has 0 here \
             and an entry in `issues`."
        }
        FieldKind::Flag => "`\"\"` where the service sent none.",
        FieldKind::Date => "RFC 3339 as the service sent it; `null` where it sent none.",
        FieldKind::Count => "`null` where the service sent none.",
        _ => "",
    };
    let length = field.max_length.map(|length| format!("Documented length: {length}.")).unwrap_or_default();
    format!("{doc}\n{missing}\n{length}")
}

fn parameter(param: &Param) -> (String, String, String) {
    let (member_type, required) = match param.kind {
        ParamKind::Ids(_) => ("readonly string[]", true),
        ParamKind::Id(_) => ("string", true),
        ParamKind::SortBy => ("SortBy | \"\" | null | undefined", false),
        ParamKind::Date => ("string | Date | null | undefined", false),
        ParamKind::StatusFlag => ("StatusFlag | \"\" | null | undefined", false),
        ParamKind::PageIndex => ("number | null | undefined", false),
    };
    let name = if required { param.name.to_owned() } else { format!("{}?", param.name) };
    (name, member_type.to_owned(), param.doc.to_owned())
}

fn quoted(text: &str) -> String {
    let mut out = String::new();
    write_text(&mut out, text);
    out
}
