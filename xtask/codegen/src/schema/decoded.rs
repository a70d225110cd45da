//! What the calls give: records after decoding, of one shape.
//!
//! A record that breaks a documented rule comes all the same, so that no length is a bound here: the documents say in
//! `issues` what is off.

use super::word::{
    Named, about, any_of, list_of, object, of_type, of_type_or_null, one_of_texts, properties, record, reference,
    whole_number, with,
};
use crate::undescribed;
use cisco_support_case::model::{
    CaseDetail, CaseNote, CaseRecord, Field, FieldKind, PaginationRecord, Record, Severity, StatusFlag,
};
use cisco_support_case::util::Json;

/// What a call or a decoder gives, and the record that lists and bulk calls yield: each has a schema file of its own.
pub(super) const ROOTS: [&str; 4] = ["CaseSummaryResult", "CaseDetail", "CasesPage", "CaseRecord"];

/// All schemas of what is given; `place` is where they refer to each other.
pub(super) fn definitions(place: &str) -> Vec<Named> {
    let [summary, detail, page, case] = ROOTS;
    let cases = || about(list_of(reference(place, case)), "The cases.");
    vec![
        (
            summary,
            record(
                summary,
                "What `caseSummary` gives. (Case API v3, \"GET Case Summary\".)",
                properties([
                    ("count", about(whole_number(), "How many records the service says it returned.")),
                    ("cases", cases()),
                    ("issues", issues(place)),
                ]),
                vec!["count", "cases", "issues"],
                false,
            ),
        ),
        (detail, record_of::<CaseDetail>(place, true)),
        (
            page,
            record(
                page,
                "A page as `casesByContract` and `casesByUser` give it. (Case API v3, \"GET Cases by Contract ID\", \
                 \"GET Cases by User ID\".)",
                properties([
                    ("pagination_response_record", reference(place, PaginationRecord::NAME)),
                    ("cases", cases()),
                    ("issues", issues(place)),
                ]),
                vec!["pagination_response_record", "cases", "issues"],
                false,
            ),
        ),
        (case, record_of::<CaseRecord>(place, false)),
        (CaseNote::NAME, record_of::<CaseNote>(place, false)),
        (PaginationRecord::NAME, record_of::<PaginationRecord>(place, false)),
        ("Issue", issue()),
    ]
}

fn record_of<R: Record>(place: &str, has_issues: bool) -> Json {
    let extra = about(of_type("object"), "Fields the service sent beyond its documentation, as they came.");
    let fields = R::FIELDS.iter().zip(R::DOCS);
    let mut members: Vec<_> = fields.map(|(field, doc)| (field.name.to_owned(), field_of(field, doc, place))).collect();
    members.push(("extra".to_owned(), extra));
    if has_issues {
        members.push(("issues".to_owned(), issues(place)));
    }
    let extra = core::iter::once("extra").chain(has_issues.then_some("issues"));
    let required = R::FIELDS.iter().map(|field| field.name).chain(extra).collect();
    record(&format!("{}, decoded", R::NAME), R::DOC, members, required, false)
}

fn field_of(field: &Field, doc: &str, place: &str) -> Json {
    let (schema, note) = match field.kind {
        FieldKind::Text | FieldKind::Status => (of_type("string"), "\"\" where the service sent none."),
        FieldKind::Severity => {
            let numbers = Severity::ALL.map(|severity| u32::from(severity.number()));
            let numbers = core::iter::once(0).chain(numbers).map(Json::from).collect();
            (with(of_type("integer"), [("enum", Json::List(numbers))]), "0 where the service sent none of the four.")
        }
        FieldKind::Flag => {
            let flags = core::iter::once("").chain(StatusFlag::ALL.map(StatusFlag::as_str));
            (one_of_texts(flags), "\"\" where the service sent none.")
        }
        FieldKind::Date => {
            let date = with(of_type("string"), [("format", Json::from("date-time"))]);
            (any_of(vec![date, of_type("null")]), "RFC 3339 as the service sent it; null where it sent none.")
        }
        FieldKind::List => (list_of(of_type("string")), ""),
        FieldKind::Notes => (list_of(reference(place, CaseNote::NAME)), ""),
        FieldKind::Count => {
            (with(of_type_or_null("integer"), [("minimum", Json::from(0_u32))]), "null where the service sent none.")
        }
        FieldKind::Required => (whole_number(), ""),
        kind => undescribed(kind),
    };
    let length = field.max_length.map(|length| format!("Documented length: {length}.")).unwrap_or_default();
    about(schema, &format!("{doc} {note} {length}"))
}

fn issues(place: &str) -> Json {
    about(list_of(reference(place, "Issue")), "What is off in the document; empty when all is as documented.")
}

fn issue() -> Json {
    let text = |doc: &str| about(of_type("string"), doc);
    record(
        "Issue",
        "What is off in a record that the service sent.",
        properties([
            ("case_id", text("The case it is about; \"\" where it is about the page, or the case has no id.")),
            ("path", text("Where in the document, such as cases[3].severity.")),
            ("expected", text("What should stand there.")),
            ("value", about(object([]), "What stands there; long text is cut. Absent where the member is missing.")),
            ("offset", about(whole_number(), "Byte offset in the body.")),
        ]),
        vec!["case_id", "path", "expected", "offset"],
        false,
    )
}
