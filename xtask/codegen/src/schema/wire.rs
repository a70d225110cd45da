//! Schemas of the service's responses, as documented and as observed.
//!
//! Where the documentation and public evidence differ (www/guide/service.md#responses), a schema accepts both: it
//! refuses what neither
//! contains, and nothing that a reader has to tolerate. Objects may have unknown members.

use super::builder::{Members, Named, array, at_most, count, described, one_of, open_record, reference, with};
use crate::undescribed;
use cisco_support_case::endpoint::PAGE_SIZE;
use cisco_support_case::model::{
    CaseDetail, CaseNote, CaseRecord, CaseStatus, Field, FieldKind, PaginationRecord, Record, Severity, StatusFlag,
};
use serde_json::{Value, json};

/// The responses. Each has a schema file.
pub(super) const ROOTS: [&str; 6] = [
    "CaseSummaryResponse",
    "CaseDetailsResponse",
    "CasesPageResponse",
    "ErrorResponse",
    "TokenResponse",
    "TokenErrorResponse",
];

/// All schemas of responses, each once. They refer to each other below `base`.
pub(super) fn definitions(base: &str) -> Vec<Named> {
    let [summary, details, page, error, token, token_error] = ROOTS;
    vec![
        (summary, case_summary(base)),
        (details, case_details(base)),
        (page, cases_page(base)),
        (CaseRecord::NAME, record_of::<CaseRecord>(base)),
        (CaseDetail::NAME, record_of::<CaseDetail>(base)),
        (CaseNote::NAME, record_of::<CaseNote>(base)),
        (PaginationRecord::NAME, record_of::<PaginationRecord>(base)),
        ("DocumentedStatus", documented_status()),
        (error, error_response()),
        (token, token_response()),
        (token_error, token_error_response()),
    ]
}

fn case_summary(base: &str) -> Value {
    open_record(
        "CaseSummaryResponse",
        "Response of Case Summary. (Case API v3, \"GET Case Summary\".)",
        json!({
            "count": described(count(), "Number of records returned."),
            "cases": described(array(reference(base, CaseRecord::NAME)), "The cases."),
        }),
        &["count", "cases"],
    )
}

fn case_details(base: &str) -> Value {
    open_record(
        "CaseDetailsResponse",
        "Response of Case Details. (Case API v3, \"GET Case Details\".)",
        json!({ "caseDetail": reference(base, CaseDetail::NAME) }),
        &["caseDetail"],
    )
}

fn cases_page(base: &str) -> Value {
    let cases = with(array(reference(base, CaseRecord::NAME)), json!({ "maxItems": PAGE_SIZE }));
    open_record(
        "CasesPageResponse",
        "A page of a list. (Case API v3, \"GET Cases by Contract ID\", \"GET Cases by User ID\".)",
        json!({
            "pagination_response_record": reference(base, PaginationRecord::NAME),
            "cases": described(cases, "The cases of the page, in ascending order: the newest is on the last page."),
        }),
        &["pagination_response_record", "cases"],
    )
}

fn record_of<R: Record>(base: &str) -> Value {
    let fields = R::FIELDS.iter().zip(R::DOCS);
    let fields: Members = fields.map(|(field, doc)| (field.name.to_owned(), field_of(field, doc, base))).collect();
    let required: Vec<_> = R::FIELDS.iter().filter(|field| field.is_required()).map(|field| field.name).collect();
    let missing = if R::NAME == PaginationRecord::NAME {
        ""
    } else {
        "A missing value is \"\", null or absent, which mean the same."
    };
    let doc = format!("{} {missing}", R::DOC);
    open_record(&format!("{}, on the wire", R::NAME), &doc, fields.into(), &required)
}

fn field_of(field: &Field, doc: &str, base: &str) -> Value {
    let text_or_null = || at_most(json!({ "type": ["string", "null"] }), field.max_length);
    let (schema, note) = match field.kind {
        FieldKind::Text if field.is_id() => {
            (at_most(json!({ "type": "string", "minLength": 1 }), field.max_length), "")
        }
        FieldKind::Text => (text_or_null(), ""),
        FieldKind::Severity => {
            let texts = Severity::ALL.map(|severity| severity.to_string());
            let numbers = Severity::ALL.map(|severity| severity.number());
            let schema =
                json!({ "anyOf": [{ "type": "string", "enum": texts }, { "type": "integer", "enum": numbers }] });
            (schema, "Documented as a number, sent as text.")
        }
        FieldKind::Flag => {
            let mut flags = json!(StatusFlag::ALL.map(StatusFlag::as_str));
            flags.as_array_mut().into_iter().for_each(|flags| flags.extend([json!(""), Value::Null]));
            (json!({ "type": ["string", "null"], "enum": flags }), "")
        }
        FieldKind::Status => (json!({ "anyOf": [reference(base, "DocumentedStatus"), text_or_null()] }), ""),
        FieldKind::Date => (
            json!({ "anyOf": [
                { "type": "string", "format": "date-time" },
                { "type": "string", "maxLength": 0 },
                { "type": "null" },
            ] }),
            "RFC 3339, as 2017-05-09T20:08:45.000Z.",
        ),
        FieldKind::List => (json!({ "type": ["array", "null"], "items": { "type": "string" } }), ""),
        FieldKind::Notes => (json!({ "type": ["array", "null"], "items": reference(base, CaseNote::NAME) }), ""),
        FieldKind::Count => (json!({ "type": ["integer", "null"], "minimum": 0 }), ""),
        FieldKind::Required => (count(), ""),
        kind => undescribed(kind),
    };
    described(schema, &format!("{doc} {note}"))
}

fn documented_status() -> Value {
    described(one_of(CaseStatus::documented()), "The six documented statuses. Others occur.")
}

/// No error body of the service itself is public: these shapes are those of its sibling APIs
/// (www/guide/service.md#error-bodies).
fn error_response() -> Value {
    let text = |doc: &str| described(json!({ "type": ["string", "null"] }), doc);
    let code = || described(json!({ "type": "string" }), "The error table's \"Message\", such as CASE_NOTFOUND.");
    let shape = |title: &str, members: Value, required: &[&str]| open_record(title, "", members, required);
    let capitalised = shape(
        "An APIError",
        json!({
            "ErrorCode": code(),
            "ErrorDescription": text("What went wrong."),
            "SuggestedAction": text("What to do."),
        }),
        &["ErrorCode"],
    );
    let lower = shape(
        "An Error",
        json!({
            "errorCode": code(),
            "errorDescription": text("What went wrong."),
            "suggestedAction": text("What to do."),
            "inputIdentifier": described(json!({}), "The input that caused the error, if any."),
        }),
        &["errorCode"],
    );
    let nested = |title: &str, outer: &str, inner: &str, schema: Value| {
        let list = with(array(schema), json!({ "minItems": 1 }));
        let inner = shape(inner, json!({ inner: list }), &[inner]);
        shape(title, json!({ outer: inner }), &[outer])
    };
    let eox =
        shape("EOXError", json!({ "ErrorID": code(), "ErrorDescription": text("What went wrong.") }), &["ErrorID"]);
    let shapes = [
        nested("ErrorResponse", "ErrorResponse", "APIError", capitalised),
        nested("APIError", "APIError", "Error", lower),
        shape(
            "errorCode and errorMessage",
            json!({ "errorCode": code(), "errorMessage": text("What went wrong.") }),
            &["errorCode", "errorMessage"],
        ),
        shape("EOXError", json!({ "EOXError": eox }), &["EOXError"]),
    ];
    json!({
        "anyOf": shapes,
        "description": "An error as JSON, in one of the shapes of the service's sibling APIs: the shape of this service is \
            not public. Two of them also occur with HTTP status 200.",
        "title": "ErrorResponse",
    })
}

fn token_response() -> Value {
    let text = |doc: &str| described(json!({ "type": "string", "minLength": 1 }), doc);
    open_record(
        "TokenResponse",
        "Response of the token endpoint.",
        json!({
            "token_type": text("Bearer."),
            "expires_in": described(count(), "Lifetime in seconds (3600)."),
            "access_token": text("The token, a secret that is sent as `Authorization: Bearer`."),
        }),
        &["token_type", "expires_in", "access_token"],
    )
}

fn token_error_response() -> Value {
    let text = |doc: &str| described(json!({ "type": "string" }), doc);
    let okta = open_record(
        "The identity provider's own form",
        "",
        json!({
            "errorCode": text("Such as invalid_client."),
            "errorSummary": text("What went wrong."),
            "errorId": text("The id to quote."),
        }),
        &["errorCode"],
    );
    let oauth = open_record(
        "RFC 6749, section 5.2",
        "",
        json!({ "error": text("Such as invalid_client."), "error_description": text("What went wrong.") }),
        &["error"],
    );
    json!({
        "anyOf": [okta, oauth],
        "description": "Error of the token endpoint.",
        "title": "TokenErrorResponse",
    })
}
