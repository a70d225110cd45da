//! Schemas of the results of the calls: records after decoding, of one shape.
//!
//! A record that breaks a documented rule is delivered all the same, so no length is a bound here: `issues` lists what
//! differs from the documentation.

use super::builder::{Named, array, closed_record, count, described, one_of, reference};
use crate::undescribed;
use cisco_support_case::model::{
    CaseDetail, CaseNote, CaseRecord, Field, FieldKind, PaginationRecord, Record, Severity, StatusFlag,
};
use serde_json::{Map, Value, json};

/// The results of calls and decoders, and the record that lists and bulk calls yield. Each has a schema file.
pub(super) const ROOTS: [&str; 4] = ["CaseSummaryResult", "CaseDetail", "CasesPageData", "CaseRecord"];

/// All schemas of results. They refer to each other below `base`.
pub(super) fn definitions(base: &str) -> Vec<Named> {
    let [summary, detail, page, case] = ROOTS;
    let cases = || described(array(reference(base, case)), "The cases.");
    let summary_schema = closed_record(
        summary,
        "Result of `caseSummary`. (Case API v3, \"GET Case Summary\".)",
        json!({
            "count": described(count(), "Number of records that the service says it returned."),
            "cases": cases(),
            "issues": issues(base),
        }),
        &["count", "cases", "issues"],
    );
    let page_schema = closed_record(
        page,
        "Result of `casesByContract` and `casesByUser`. (Case API v3, \"GET Cases by Contract ID\", \
         \"GET Cases by User ID\".)",
        json!({
            "pagination_response_record": reference(base, PaginationRecord::NAME),
            "cases": cases(),
            "issues": issues(base),
        }),
        &["pagination_response_record", "cases", "issues"],
    );
    vec![
        (summary, summary_schema),
        (detail, record_of::<CaseDetail>(base, true)),
        (page, page_schema),
        (case, record_of::<CaseRecord>(base, false)),
        (CaseNote::NAME, record_of::<CaseNote>(base, false)),
        (PaginationRecord::NAME, record_of::<PaginationRecord>(base, false)),
        ("Issue", issue()),
    ]
}

fn record_of<R: Record>(base: &str, has_issues: bool) -> Value {
    let fields = R::FIELDS.iter().zip(R::DOCS);
    let mut members: Map<_, _> =
        fields.map(|(field, doc)| (field.name.to_owned(), field_of(field, doc, base))).collect();
    let extra = "Undocumented fields, unchanged.";
    members.insert("extra".to_owned(), described(json!({ "type": "object" }), extra));
    if has_issues {
        members.insert("issues".to_owned(), issues(base));
    }
    let required: Vec<_> = members.keys().cloned().collect();
    let required: Vec<_> = required.iter().map(String::as_str).collect();
    closed_record(&format!("{}, decoded", R::NAME), R::DOC, members.into(), &required)
}

fn field_of(field: &Field, doc: &str, base: &str) -> Value {
    let (schema, note) = match field.kind {
        FieldKind::Text | FieldKind::Status => (json!({ "type": "string" }), "\"\" if the service sends none."),
        FieldKind::Severity => {
            let numbers = Severity::ALL.map(|severity| severity.number());
            (
                json!({ "anyOf": [{ "type": "integer", "enum": numbers }, { "type": "null" }] }),
                "null if the service sends none of the four.",
            )
        }
        FieldKind::Flag => {
            let flags = std::iter::once("").chain(StatusFlag::ALL.map(StatusFlag::as_str));
            (one_of(flags), "\"\" if the service sends none.")
        }
        FieldKind::Date => (
            json!({ "anyOf": [{ "type": "string", "format": "date-time" }, { "type": "null" }] }),
            "RFC 3339 as the service sends it; null if it sends none.",
        ),
        FieldKind::List => (array(json!({ "type": "string" })), ""),
        FieldKind::Notes => (array(reference(base, CaseNote::NAME)), ""),
        FieldKind::Count => (json!({ "type": ["integer", "null"], "minimum": 0 }), "null if the service sends none."),
        FieldKind::Required => (count(), ""),
        kind => undescribed(kind),
    };
    let length = field.max_length.map(|length| format!("Documented length: {length}.")).unwrap_or_default();
    described(schema, &format!("{doc} {note} {length}"))
}

fn issues(base: &str) -> Value {
    described(array(reference(base, "Issue")), "Deviations of the document from the documentation.")
}

fn issue() -> Value {
    let text = |doc: &str| described(json!({ "type": "string" }), doc);
    closed_record(
        "Issue",
        "A deviation of a record from the documentation.",
        json!({
            "case_id": text("Id of the case; \"\" if the issue concerns the page or the case has no id."),
            "path": text("Position in the document, such as cases[3].severity."),
            "expected": text("The documented value."),
            "value": described(json!({}), "The actual value; long text is cut. Absent if the member is missing."),
            "offset": described(count(), "Byte offset in the body."),
        }),
        &["case_id", "path", "expected", "offset"],
    )
}
