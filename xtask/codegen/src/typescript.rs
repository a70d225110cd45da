//! TypeScript sources printed from the library's tables: the folder `generated/` of the package.
//!
//! Records, parameters, enumerations, error rows, limits and the numbers of the wasm boundary are data in the library. They
//! are printed with their documentation, so that the declarations cannot differ from the wasm. Functions and classes are
//! written by hand in `pkg-template/`.

use crate::{status_errors, tool_schemas, undescribed};
use cisco_support_case::boundary::{GROUPS, field};
use cisco_support_case::client::{Backoff, CALL_OPTIONS, CLIENT_OPTIONS, DEFAULT_TIMEOUT_MS, RateLimits, TOKEN_URL};
use cisco_support_case::decode::{MAX_BODY_BYTES, NO_COUNT};
use cisco_support_case::endpoint::{BASE_URL, ENDPOINTS, PAGE_SIZE, Param, ParamRole, SORT_OPTIONS};
use cisco_support_case::error::{CLIENT_ERRORS, ERROR_TABLE, ErrorKind, ErrorRow, GATEWAY_ERRORS, STORE_ERRORS};
use cisco_support_case::internal::{bulk, canonical_code as canonical, options};
use cisco_support_case::model::{
    CaseDetail, CaseNote, CaseRecord, CaseStatus, Field, FieldKind, PaginationRecord, Record, StatusFlag,
};
use cisco_support_case::rules::{IdRule, MAX_PAGE_INDEX, MAX_PROBLEMS, MAX_RANGE_DAYS};
use cisco_support_case::util::DAY_MS;
use serde_json::{Value, json};

/// The members of `LIMITS`, with their documentation.
fn limits() -> Vec<(&'static str, Value, &'static str)> {
    let ids = |rule: IdRule| json!(rule.max_ids);
    vec![
        ("case_ids", ids(IdRule::CASE), "Case ids in one caseSummary."),
        ("contract_ids", ids(IdRule::CONTRACT), "Contract ids in one casesByContract."),
        ("user_ids", ids(IdRule::USER), "User ids in one casesByUser."),
        ("rangeDays", json!(MAX_RANGE_DAYS), "Days of 24 hours from date_created_from to date_created_to."),
        ("pageSize", json!(PAGE_SIZE), "Cases on one page."),
        ("page_index", json!(MAX_PAGE_INDEX), "The largest page_index."),
        ("bodyBytes", json!(MAX_BODY_BYTES), "Bytes of one response."),
    ]
}

/// The sources, by their paths in the package.
pub fn files() -> [(&'static str, String); 15] {
    [
        ("generated/types.ts", types()),
        ("generated/tables.ts", tables()),
        ("generated/error-table.ts", error_table()),
        // A copy for pages, which load it with their first error. Bundlers put a file that is both imported and loaded later
        // into the first script.
        ("generated/error-rows.ts", error_table()),
        ("generated/store-errors.ts", store_errors(false)),
        ("generated/saving-errors.ts", store_errors(true)),
        ("generated/shapes.ts", shapes()),
        ("generated/record-fields.ts", record_fields()),
        ("generated/params.ts", params()),
        ("generated/options.ts", options_file()),
        ("generated/bulk-params.ts", bulk_params()),
        ("generated/boundary.ts", boundary(|_| true)),
        ("generated/bulk-boundary.ts", boundary(|prefix| BULK.contains(&prefix))),
        (status_errors::PATH, status_errors::source()),
        (tool_schemas::PATH, tool_schemas::source()),
    ]
}

/// The first lines of each source.
fn head() -> String {
    "// Written from the Rust tables by `cargo xtask build`. Do not edit.\n\n".to_owned()
}

/// The declaration of an instant of Temporal, whose own type only some TypeScript libraries have.
const INSTANT: &str = "
/** An instant as a date parameter: a `Temporal.Instant`. */
export interface InstantLike {
  /** The milliseconds since 1970 (UTC). */
  readonly epochMilliseconds: number;
  /** The name of its class. */
  readonly [Symbol.toStringTag]: \"Temporal.Instant\";
}
";

/// `generated/types.ts`: records, parameters and enumerations.
fn types() -> String {
    let mut out = head();
    out.push_str("import type { Issue } from \"../client/types.js\";\n");
    enumerations(&mut out);
    record::<CaseRecord>(&mut out);
    record::<CaseNote>(&mut out);
    record::<CaseDetail>(&mut out);
    record::<PaginationRecord>(&mut out);
    out.push_str(INSTANT);
    for endpoint in ENDPOINTS {
        let doc = format!(
            "Parameters of `{}`: {}\n(Case API v3, \"{}\".)",
            endpoint.operation_id, endpoint.description, endpoint.spec_section
        );
        interface(&mut out, endpoint.ts_params_type, &doc, endpoint.params.iter().map(parameter));
    }
    out.push_str("\n/** The class of an error, for decisions in code. */\nexport type ErrorKind =");
    for (_, name, _) in ErrorKind::ALL {
        out.push_str(&format!("\n  | \"{name}\""));
    }
    out.push_str(
        ";\n\n/** A code of the service's error table, verbatim, or of this package. */\nexport type ErrorCode =",
    );
    let rows = ERROR_TABLE.iter().chain(CLIENT_ERRORS).chain(GATEWAY_ERRORS).chain(STORE_ERRORS);
    let mut codes: Vec<_> = rows.map(|row| row.code).collect();
    codes.sort_unstable();
    codes.dedup();
    for code in codes {
        out.push_str(&format!("\n  | \"{code}\""));
    }
    out.push_str("\n  | (string & {});\n");
    out
}

/// Appends a documented constant.
fn constant(out: &mut String, doc: &str, name: &str, type_of: &str, value: &str) {
    out.push_str(&format!("\n/** {doc} */\nexport const {name}{type_of} = {value};\n"));
}

/// Appends rows of an error table as a constant.
fn error_rows(out: &mut String, doc: &str, name: &str, type_of: &str, rows: impl Iterator<Item = Value>) {
    let rows = Value::from_iter(rows);
    constant(out, doc, name, &format!(": readonly {type_of}[]"), &format!("/* @__PURE__ */ freeze({rows})"));
}

/// The imports and helpers of a file with rows of an error table.
fn rows_head(type_of: &str) -> String {
    format!(
        "import type {{ {type_of} }} from \"../client/types.js\";\n\nconst freeze = (rows: {type_of}[]): readonly {type_of}[] \
         => Object.freeze(rows.map((row) => Object.freeze(row)));\n"
    )
}

/// Errors of the client whose texts a page loads with its first error. They occur only while there is a connection to load
/// them, and always reject a promise, which can wait for the texts.
const LATE: [&str; 17] = [
    "NO_TOKEN",
    "INVALID_CLIENT",
    "REDIRECTED",
    "SIGN_IN_PAGE",
    "UNDOCUMENTED_STATUS",
    "UNEXPECTED_RESPONSE",
    "UNKNOWN_CODE",
    "ILLEGAL_JSON",
    "BODY_TOO_LARGE",
    "INVALID_RECORD",
    "PAGE_MISMATCH",
    "LIST_UNSTABLE",
    "INCOMPLETE",
    "LIMIT_REACHED",
    "NO_SIMD",
    "NO_WASM",
    "QUOTA_SPENT",
];

/// Errors of the decoder, which throws them synchronously, so callers of `decode…` import their texts.
const OF_DECODING: [&str; 4] = ["UNEXPECTED_RESPONSE", "ILLEGAL_JSON", "BODY_TOO_LARGE", "INVALID_RECORD"];

/// The error of a module that failed to load. A page without a connection has its meaning; its advice depends on the bundler
/// and is loaded with the other texts.
const BRIEF: [&str; 1] = ["LOAD_FAILED"];

/// A row as a page's first script contains it.
fn early_row(known: &ErrorRow) -> Value {
    let meaning = if BRIEF.contains(&known.code) { first_sentence(known.meaning) } else { known.meaning };
    let mut known = *known;
    known.meaning = meaning;
    let Value::Object(members) = row(&known) else { return Value::Null };
    let is_told = |name: &str| match name {
        "meaning" => !LATE.contains(&known.code),
        "advice" | "hint" => !LATE.contains(&known.code) && !BRIEF.contains(&known.code),
        "status" => false,
        _ => true,
    };
    Value::Object(members.into_iter().filter(|(name, _)| is_told(name)).collect())
}

fn first_sentence(text: &str) -> &str {
    text.split_inclusive(". ").next().unwrap_or(text).trim_end()
}

/// `generated/error-table.ts`: all rows with their texts, which a page loads with its first error.
fn error_table() -> String {
    let mut out = head();
    out.push_str(&rows_head("ErrorRow"));
    let mut rows = |doc: &str, name: &str, table: &[ErrorRow]| {
        error_rows(&mut out, doc, name, "ErrorRow", table.iter().map(row));
    };
    rows("The service's error table, all of its rows, with kind, retryability and advice.", "ERROR_TABLE", ERROR_TABLE);
    rows("Errors that the client raises itself.", "CLIENT_ERRORS", CLIENT_ERRORS);
    rows("Errors that the gateway raises itself.", "GATEWAY_ERRORS", GATEWAY_ERRORS);
    constant(
        &mut out,
        "Other codes of an error, in canonical form, with the index of its row in all tables: those of the service, of the \
         client, of the gateway.",
        "ERROR_ALIASES",
        ": Readonly<Record<string, number>>",
        &aliases().to_string(),
    );
    out
}

/// The first of the store's errors that only saving and following raise. The scripts for that are loaded later.
const FIRST_OF_SAVING: &str = "STORE_QUOTA_EXCEEDED";

/// `generated/store-errors.ts`: the rows of the store's errors with their texts, which the store's script contains, or
/// `generated/saving-errors.ts`: those that only saving and following raise.
fn store_errors(are_of_saving: bool) -> String {
    let mut out = head();
    out.push_str(&rows_head("ErrorRow"));
    let place = STORE_ERRORS.iter().position(|row| row.code == FIRST_OF_SAVING).unwrap_or(STORE_ERRORS.len());
    let (own, of_saving) = STORE_ERRORS.split_at(place);
    let (doc, name, rows) = if are_of_saving {
        ("Errors that only saving and following a service raise.", "SAVING_ERRORS", of_saving)
    } else {
        ("Errors that the store raises itself, but those of saving and following.", "STORE_ERRORS", own)
    };
    error_rows(&mut out, doc, name, "ErrorRow", rows.iter().map(row));
    out
}

/// `generated/tables.ts`: the constants, which are available before the wasm is loaded.
fn tables() -> String {
    let mut out = head();
    out.push_str(&rows_head("OwnErrorRow"));
    let doc = "Errors that the client raises itself; some have their texts in `error-table.ts` only. @internal";
    error_rows(&mut out, doc, "OWN_ERRORS", "OwnErrorRow", CLIENT_ERRORS.iter().map(early_row));
    let texts = |row: &ErrorRow| json!({ "meaning": row.meaning, "advice": row.advice, "hint": row.hint });
    let of_decoding = CLIENT_ERRORS.iter().filter(|row| OF_DECODING.contains(&row.code));
    constant(
        &mut out,
        "The texts of those that decoding on its own finds, by their codes. @internal",
        "DECODE_TEXTS",
        ": Readonly<Record<string, Required<Pick<OwnErrorRow, \"meaning\" | \"advice\" | \"hint\">>>>",
        &Value::from_iter(of_decoding.map(|row| (row.code, texts(row)))).to_string(),
    );
    constant(
        &mut out,
        "The index of the first of them in all tables: before them are those of the service. @internal",
        "FIRST_OWN_ERROR",
        "",
        &ERROR_TABLE.len().to_string(),
    );
    constant(
        &mut out,
        "Milliseconds that a call may take where its options say nothing.",
        "DEFAULT_TIMEOUT_MS",
        "",
        &DEFAULT_TIMEOUT_MS.to_string(),
    );
    let members =
        limits().into_iter().map(|(name, value, doc)| format!("  /** {doc} */\n  readonly {name}: {value};\n"));
    let values = Value::from_iter(limits().into_iter().map(|(name, value, _)| (name, value)));
    constant(
        &mut out,
        "The documented limits: those of a parameter under its name, the others in camelCase.",
        "LIMITS",
        &format!(": {{\n{}}}", members.collect::<String>()),
        &format!("Object.freeze({values})"),
    );
    let statuses: String = CaseStatus::documented().map(|status| format!("  {},\n", quoted(status))).collect();
    constant(
        &mut out,
        "The six documented statuses, in the documentation's order.",
        "CASE_STATUSES",
        &format!(": readonly [\n{statuses}]"),
        &format!("Object.freeze({} as const)", Value::from_iter(CaseStatus::documented())),
    );
    out
}

/// The canonical forms of the rows' aliases that differ from their codes' forms, with the rows' indices.
fn aliases() -> Value {
    let rows = || ERROR_TABLE.iter().chain(CLIENT_ERRORS).chain(GATEWAY_ERRORS).enumerate();
    let mut aliases: Vec<(String, usize)> = rows()
        .flat_map(|(index, row)| row.spellings().map(move |name| (index, row, canonical(name))))
        .filter(|(_, row, name)| *name != canonical(row.code))
        .map(|(index, _, name)| (name, index))
        .collect();
    aliases.dedup();
    Value::from_iter(aliases)
}

/// `generated/options.ts`: the names, limits and defaults of a client's options.
fn options_file() -> String {
    let mut out = head();
    let mut constant = |doc: &str, name: &str, type_of: &str, value: Value| {
        out.push_str(&format!("/** {doc} */\nexport const {name}{type_of} = {value};\n\n"));
    };
    let words = |words: &[&str]| json!(words);
    let texts = ": readonly string[]";
    constant("The names of a client's options.", "CLIENT_OPTIONS", texts, words(&CLIENT_OPTIONS));
    constant("The names of a call's options.", "CALL_OPTIONS", texts, words(&CALL_OPTIONS));
    constant("The names of the members of `credentials`.", "CREDENTIALS_OPTIONS", texts, words(&options::CREDENTIALS));
    constant(
        "The options that JSON cannot hold, each with the value that it takes.",
        "FUNCTION_OPTIONS",
        ": readonly (readonly [name: string, expected: string])[]",
        json!(options::FUNCTIONS),
    );
    let RateLimits { per_second, per_minute, per_day, max_concurrent } = RateLimits::default();
    let defaults =
        |names: &[&'static str], values: &[u32]| Value::from_iter(names.iter().copied().zip(values.iter().copied()));
    constant(
        "The members of `rateLimit`, with their defaults; 0 is no limit.",
        "RATE_LIMIT_DEFAULTS",
        "",
        defaults(&options::RATE_LIMIT, &[per_second, per_minute, per_day, max_concurrent]),
    );
    let Backoff { base_ms, cap_ms } = Backoff::default();
    constant(
        "The members of `backoff`, with their defaults.",
        "BACKOFF_DEFAULTS",
        "",
        defaults(&options::BACKOFF, &[base_ms, cap_ms]),
    );
    constant("The values of `validation`.", "VALIDATIONS", texts, words(&options::VALIDATIONS));
    constant("The values of `logLevel`.", "LOG_LEVELS", texts, words(&options::LOG_LEVELS));
    constant("The values of `fetchCredentials`.", "FETCH_CREDENTIALS", texts, words(&options::FETCH_CREDENTIALS));
    constant(
        "Headers that the client sends itself or never sends, in lower case.",
        "RESERVED_HEADERS",
        texts,
        words(&options::RESERVED_HEADERS),
    );
    constant("The largest `timeoutMs`.", "MAX_TIMEOUT_MS", "", json!(options::MAX_TIMEOUT_MS));
    constant("The most problems that are listed.", "MAX_PROBLEMS", "", json!(MAX_PROBLEMS));
    constant("The largest `maxRetries`.", "MAX_RETRIES", "", json!(options::MAX_RETRIES));
    constant("The largest member of `rateLimit`.", "MAX_RATE_LIMIT", "", json!(options::MAX_RATE_LIMIT));
    constant("The largest member of `backoff`.", "MAX_BACKOFF_MS", "", json!(options::MAX_BACKOFF_MS));
    out.pop();
    out
}

/// `generated/bulk-params.ts`: limits and names for the checks of bulk calls, loaded with these.
fn bulk_params() -> String {
    let mut out = head();
    let mut constant = |doc: &str, name: &str, type_of: &str, value: Value| {
        out.push_str(&format!("/** {doc} */\nexport const {name}{type_of} = {value};\n\n"));
    };
    let ids = bulk::KINDS.iter().map(|(field, rule, _)| {
        let IdRule { label, max_ids, max_length, invalid_code, .. } = *rule;
        json!([field, label, max_ids, max_length, invalid_code])
    });
    constant(
        "The kinds of ids, by the names of their parameters: what one is called, how many of them a request takes, how long one may be and the code of one that is not allowed.",
        "BULK_IDS",
        ": readonly (readonly [field: string, what: string, maxIds: number, maxLength: number, invalid: string])[]",
        Value::from_iter(ids),
    );
    constant("The documented statuses.", "STATUSES", ": readonly string[]", Value::from_iter(CaseStatus::documented()));
    constant(
        "The beginning of a range without one, in milliseconds since the Unix epoch.",
        "EARLIEST_MS",
        "",
        json!(bulk::EARLIEST_MS),
    );
    constant(
        "The last instant with a four-digit year, in milliseconds since the Unix epoch.",
        "LAST_MS",
        "",
        json!(bulk::LAST_MS),
    );
    constant(
        "The time, in milliseconds since the Unix epoch, that this side's clock is never taken to be before.",
        "LEAST_NOW_MS",
        "",
        json!(bulk::LEAST_NOW_MS),
    );
    constant("The length of a window of dates in milliseconds.", "WINDOW_MS", "", json!(MAX_RANGE_DAYS * DAY_MS));
    constant("The largest `concurrency`.", "MAX_CONCURRENCY", "", json!(bulk::MAX_CONCURRENCY));
    constant("The largest `batchSize`.", "MAX_BATCH", "", json!(bulk::MAX_BATCH));
    constant(
        "The seconds whose requests are under way at once, unless the caller says otherwise.",
        "AHEAD_SECONDS",
        "",
        json!(bulk::AHEAD_SECONDS),
    );
    out.pop();
    out
}

/// `generated/params.ts`: the URLs of the service, and the kind and default of each parameter. Code that compares requests
/// without the wasm reads it.
fn params() -> String {
    let rule = |param: &Param| match param.role {
        ParamRole::IdList(_) => json!(["ids", null]),
        ParamRole::SingleId(_) => json!(["id", null]),
        ParamRole::SortBy => json!(["word", SORT_OPTIONS.first()]),
        ParamRole::StatusFlag => json!(["word", null]),
        ParamRole::CreatedFrom | ParamRole::CreatedTo => json!(["date", null]),
        ParamRole::PageIndex => json!(["page", 1]),
        kind => undescribed(kind),
    };
    let calls = ENDPOINTS.map(|endpoint| {
        (endpoint.operation_id, Value::from_iter(endpoint.params.iter().map(|param| (param.name, rule(param)))))
    });
    let mut out = head();
    out.push_str(&format!(
        "/** Names of the calls. */\nexport type CallName = {};\n\n",
        ENDPOINTS.map(|endpoint| quoted(endpoint.operation_id)).join(" | ")
    ));
    out.push_str(
        "/** The kind of a parameter, and the value that the service takes where it is left out. */\n\
         export type ParamRule = readonly [kind: \"ids\" | \"id\" | \"word\" | \"date\" | \"page\", usual: string | number | null];\n\n",
    );
    out.push_str(&format!(
        "/** The addresses of the service. */\n\
         export const SERVICE: {{ readonly baseUrl: string; readonly tokenUrl: string }} = {};\n\n\
         /** The parameters of each call. */\n\
         export const PARAMS: Readonly<Record<CallName, Readonly<Record<string, ParamRule>>>> = {};\n",
        json!({ "baseUrl": BASE_URL, "tokenUrl": TOKEN_URL }),
        Value::from_iter(calls)
    ));
    out
}

/// `generated/shapes.ts`: functions that build a record from its row of cells. Each function is one object literal, so that
/// all records of a kind have one shape. [`Records`](cisco_support_case::decode::Records) documents the cells.
fn shapes() -> String {
    let mut out = head();
    out.push_str("import { CASE_STATUSES } from \"./tables.js\";\nimport type * as types from \"./types.js\";\n\n");
    let flags = Value::from_iter(std::iter::once("").chain(StatusFlag::ALL.iter().map(|flag| flag.as_str())));
    out.push_str(&format!("const FLAGS: readonly (types.StatusFlag | \"\")[] = {flags};\n"));
    out.push_str("const STATUSES: readonly string[] = [\"\", ...CASE_STATUSES];\n");
    out.push_str(&format!("const NO_COUNT = {};\n\n", NO_COUNT.cast_signed()));
    out.push_str(
        "/** The page of a record: the source of its lists, notes and undocumented fields. */\n\
         export interface Page {\n  \
           /** The `extra` of a record without undocumented fields. */\n  \
           readonly none: Readonly<Record<string, unknown>>;\n  \
           /** The list of strings of a cell. */\n  \
           list(cell: number): string[];\n  \
           /** The list of notes of a cell. */\n  \
           noteList(cell: number): types.CaseNote[];\n  \
           /** The undocumented fields of a cell. */\n  \
           extra(cell: number): Readonly<Record<string, unknown>>;\n\
         }\n\n\
         // `w` are the words of the memory, `i` is the start of the row, `s` the strings, `p` the page.\n\n",
    );
    shape::<CaseRecord>(&mut out);
    shape::<CaseDetail>(&mut out);
    shape::<CaseNote>(&mut out);
    shape::<PaginationRecord>(&mut out);
    let is_text = |(_, field): &(usize, &Field)| field.kind == FieldKind::Text;
    let texts = PaginationRecord::FIELDS.iter().enumerate().filter(is_text).map(|(index, _)| index);
    let positions = Value::from_iter(texts);
    out.push_str("/** The positions of the texts in the row of a `PaginationRecord`. */\n");
    out.push_str(&format!("export const PaginationRecordTexts: readonly number[] = {positions};\n"));
    out
}

fn shape<R: Record>(out: &mut String) {
    let name = R::NAME;
    out.push_str(&format!("/** Cells of a `{name}`. */\nexport const {name}Width = {};\n\n", R::FIELDS.len() + 1));
    // The issues belong to the document and are added by the caller.
    let type_of = if has_issues::<R>() { format!("Omit<types.{name}, \"issues\">") } else { format!("types.{name}") };
    out.push_str(&format!(
        "/** Makes a `{name}` of its row. */\n\
         export function {name}(w: Int32Array, i: number, s: readonly string[], p: Page): {type_of} {{\n"
    ));
    let cell = |index: usize| if index == 0 { "w[i]!".to_owned() } else { format!("w[i + {index}]!") };
    let is_short = |field: &Field| matches!(field.kind, FieldKind::Status | FieldKind::Date | FieldKind::Count);
    for (index, field) in R::FIELDS.iter().enumerate().filter(|(_, field)| is_short(field)) {
        out.push_str(&format!("  const {} = {};\n", field.name, cell(index)));
    }
    out.push_str("  return {\n");
    for (index, field) in R::FIELDS.iter().enumerate() {
        let (name, cell) = (field.name, cell(index));
        let value = match field.kind {
            FieldKind::Text => format!("s[{cell}]!"),
            FieldKind::Severity => format!("({cell} || null) as types.Severity | null"),
            FieldKind::Required => cell,
            FieldKind::Flag => format!("FLAGS[{cell}]!"),
            FieldKind::Status => {
                format!("{name} < STATUSES.length ? STATUSES[{name}]! : s[{name} - (STATUSES.length - 1)]!")
            }
            FieldKind::Date => format!("{name} === 0 ? null : s[{name}]!"),
            FieldKind::Count => format!("{name} === NO_COUNT ? null : {name}"),
            FieldKind::List => format!("{cell} === 0 ? [] : p.list({cell})"),
            FieldKind::Notes => format!("{cell} === 0 ? [] : p.noteList({cell})"),
            kind => undescribed(kind),
        };
        out.push_str(&format!("    {name}: {value},\n"));
    }
    out.push_str(&format!("    extra: {0} === 0 ? p.none : p.extra({0}),\n  }};\n}}\n\n", cell(R::FIELDS.len())));
}

/// `generated/record-fields.ts`: the fields of the records that callers apply to a store.
fn record_fields() -> String {
    let mut out = head();
    out.push_str(
        "/** A field of a record: its name, its `FIELD` kind, and its documented length; 0 for none. */\n\
         export type RecordField = readonly [name: string, kind: number, maxLength: number];\n\n",
    );
    fields_of::<CaseRecord>(&mut out, "CASE_FIELDS");
    fields_of::<CaseDetail>(&mut out, "DETAIL_FIELDS");
    fields_of::<CaseNote>(&mut out, "NOTE_FIELDS");
    out
}

fn fields_of<R: Record>(out: &mut String, name: &str) {
    let kind = |kind| match kind {
        FieldKind::Text => field::TEXT,
        FieldKind::Severity => field::SEVERITY,
        FieldKind::Flag => field::FLAG,
        FieldKind::Status => field::STATUS,
        FieldKind::Date => field::DATE,
        FieldKind::List => field::LIST,
        FieldKind::Count => field::COUNT,
        FieldKind::Required => field::REQUIRED,
        FieldKind::Notes => field::NOTES,
        kind => undescribed(kind),
    };
    out.push_str(&format!("/** Fields of a `{}`, in the order of its cells. */\n", R::NAME));
    out.push_str(&format!("export const {name}: readonly RecordField[] = [\n"));
    for field in R::FIELDS {
        out.push_str(&format!("  [\"{}\", {}, {}],\n", field.name, kind(field.kind), field.max_length.unwrap_or(0)));
    }
    out.push_str("];\n\n");
}

/// The groups of numbers in the file for bulk calls, whose script shares no file with the client's.
const BULK: [&str; 5] = ["BUDGET", "DELIVERY", "DOCUMENT", "FAILURE", "PROGRESS"];

/// `generated/boundary.ts`: the numbers that cross the boundary between wasm and JavaScript.
fn boundary(is_wanted: fn(&str) -> bool) -> String {
    let mut out = head();
    for group in GROUPS.iter().filter(|group| is_wanted(group.prefix)) {
        out.push_str(&format!("// {}\n\n", group.doc.iter().map(|line| line.trim()).collect::<Vec<_>>().join("\n// ")));
        for number in group.numbers {
            comment(&mut out, "", &number.doc.join("\n"));
            out.push_str(&format!("export const {}_{} = {};\n", group.prefix, number.name, number.value));
        }
        out.push('\n');
    }
    out.pop();
    out
}

/// Whether a record of this kind includes the issues of its document.
fn has_issues<R: Record>() -> bool {
    R::NAME == "CaseDetail"
}

/// A row of an error table as a JavaScript object.
fn row(row: &ErrorRow) -> Value {
    json!({
        "status": row.status,
        "code": row.code,
        "kind": row.kind.as_str(),
        "retryable": row.retryable,
        "meaning": row.meaning,
        "advice": row.advice,
        "hint": row.hint,
    })
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
        "Undocumented fields, unchanged. Without any it is one empty, frozen object that all records share.".to_owned(),
    );
    let issues = has_issues::<R>().then(|| {
        let doc = "Deviations of this document from the documentation.";
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
        FieldKind::Severity => "Severity | null",
        FieldKind::Flag => "StatusFlag | \"\"",
        FieldKind::Status => "CaseStatus",
        FieldKind::Date => "string | null",
        FieldKind::List => "string[]",
        FieldKind::Count => "number | null",
        FieldKind::Required => "number",
        FieldKind::Notes => "CaseNote[]",
        kind => undescribed(kind),
    }
    .to_owned()
}

fn field_doc(field: &Field, doc: &str) -> String {
    let missing = match field.kind {
        FieldKind::Severity => {
            "A number, although the service sends text. `null`, with an entry in `issues`, if the service sends none of the \
             four."
        }
        FieldKind::Flag => "`\"\"` if the service sends none.",
        FieldKind::Date => "RFC 3339 as the service sends it; `null` if it sends none.",
        FieldKind::Count => "`null` if the service sends none.",
        _ => "",
    };
    let length = field.max_length.map(|length| format!("Documented length: {length}.")).unwrap_or_default();
    format!("{doc}\n{missing}\n{length}")
}

fn parameter(param: &Param) -> (String, String, String) {
    let (member_type, required) = match param.role {
        ParamRole::IdList(_) => ("readonly string[]", true),
        ParamRole::SingleId(_) => ("string", true),
        ParamRole::SortBy => ("SortBy | \"\" | null | undefined", false),
        ParamRole::CreatedFrom | ParamRole::CreatedTo => ("string | Date | InstantLike | null | undefined", false),
        ParamRole::StatusFlag => ("StatusFlag | \"\" | null | undefined", false),
        ParamRole::PageIndex => ("number | null | undefined", false),
        kind => undescribed(kind),
    };
    let name = if required { param.name.to_owned() } else { format!("{}?", param.name) };
    (name, member_type.to_owned(), param.description.to_owned())
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}
