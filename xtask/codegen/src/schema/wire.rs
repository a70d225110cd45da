//! What the service sends, as documented and as seen.
//!
//! Where the documentation and public evidence differ (FACTS, Responses), both are taken: a schema refuses what neither of
//! them has, and nothing that a reader has to put up with. Objects may have more members than are known.

use super::word::{
    Named, about, any_of, at_most, list_of, object, of_type, of_type_or_null, one_of_texts, properties, prose, record,
    reference, whole_number, with,
};
use crate::undescribed;
use cisco_support_case::endpoint::PAGE_SIZE;
use cisco_support_case::model::{
    CaseDetail, CaseNote, CaseRecord, CaseStatus, Field, FieldKind, PaginationRecord, Record, Severity, StatusFlag,
};
use cisco_support_case::util::Json;

/// The answers: those with a schema file of their own.
pub(super) const ROOTS: [&str; 6] = [
    "CaseSummaryResponse",
    "CaseDetailsResponse",
    "CasesPageResponse",
    "ErrorResponse",
    "TokenResponse",
    "TokenErrorResponse",
];

/// All schemas of what is sent, each once; `place` is where they refer to each other.
pub(super) fn definitions(place: &str) -> Vec<Named> {
    let [summary, details, page, error, token, token_error] = ROOTS;
    vec![
        (summary, case_summary(place)),
        (details, case_details(place)),
        (page, cases_page(place)),
        (CaseRecord::NAME, record_of::<CaseRecord>(place)),
        (CaseDetail::NAME, record_of::<CaseDetail>(place)),
        (CaseNote::NAME, record_of::<CaseNote>(place)),
        (PaginationRecord::NAME, record_of::<PaginationRecord>(place)),
        ("DocumentedStatus", documented_status()),
        (error, error_response()),
        (token, token_response()),
        (token_error, token_error_response()),
    ]
}

fn case_summary(place: &str) -> Json {
    record(
        "CaseSummaryResponse",
        "What Case Summary answers. (Case API v3, \"GET Case Summary\".)",
        properties([
            ("count", about(whole_number(), "How many records were returned.")),
            ("cases", about(list_of(reference(place, CaseRecord::NAME)), "The cases.")),
        ]),
        vec!["count", "cases"],
        true,
    )
}

fn case_details(place: &str) -> Json {
    record(
        "CaseDetailsResponse",
        "What Case Details answers. (Case API v3, \"GET Case Details\".)",
        properties([("caseDetail", reference(place, CaseDetail::NAME))]),
        vec!["caseDetail"],
        true,
    )
}

fn cases_page(place: &str) -> Json {
    let cases = with(list_of(reference(place, CaseRecord::NAME)), [("maxItems", Json::from(PAGE_SIZE))]);
    record(
        "CasesPageResponse",
        "A page of a list. (Case API v3, \"GET Cases by Contract ID\", \"GET Cases by User ID\".)",
        properties([
            ("pagination_response_record", reference(place, PaginationRecord::NAME)),
            ("cases", about(cases, "The cases of the page, in ascending order: the newest is on the last page.")),
        ]),
        vec!["pagination_response_record", "cases"],
        true,
    )
}

fn record_of<R: Record>(place: &str) -> Json {
    let fields = R::FIELDS.iter().zip(R::DOCS);
    let fields: Vec<_> = fields.map(|(field, doc)| (field.name.to_owned(), field_of(field, doc, place))).collect();
    let required = R::FIELDS.iter().filter(|field| field.is_needed()).map(|field| field.name).collect();
    let missing = if R::NAME == PaginationRecord::NAME {
        ""
    } else {
        "What is missing comes as \"\", as null or not at all, which mean the same."
    };
    record(&format!("{}, on the wire", R::NAME), &format!("{} {missing}", R::DOC), fields, required, true)
}

fn field_of(field: &Field, doc: &str, place: &str) -> Json {
    let (schema, note) = match field.kind {
        FieldKind::Text if field.is_id() => {
            (at_most(with(of_type("string"), [("minLength", Json::from(1_u32))]), field.max_length), "")
        }
        FieldKind::Text => (at_most(of_type_or_null("string"), field.max_length), ""),
        FieldKind::Severity => {
            let texts = Severity::ALL.map(|severity| Json::Text(severity.to_string()));
            let numbers = Severity::ALL.map(|severity| Json::from(u32::from(severity.number())));
            let text = with(of_type("string"), [("enum", Json::List(texts.to_vec()))]);
            let number = with(of_type("integer"), [("enum", Json::List(numbers.to_vec()))]);
            (any_of(vec![text, number]), "Documented as a number, sent as text.")
        }
        FieldKind::Flag => {
            let flags = StatusFlag::ALL.map(|flag| Json::from(flag.as_str()));
            let flags = flags.into_iter().chain([Json::from(""), Json::Null]).collect();
            (with(of_type_or_null("string"), [("enum", Json::List(flags))]), "")
        }
        FieldKind::Status => {
            let other = at_most(of_type_or_null("string"), field.max_length);
            (any_of(vec![reference(place, "DocumentedStatus"), other]), "")
        }
        FieldKind::Date => {
            let date = with(of_type("string"), [("format", Json::from("date-time"))]);
            let empty = at_most(of_type("string"), Some(0));
            (any_of(vec![date, empty, of_type("null")]), "RFC 3339, as 2017-05-09T20:08:45.000Z.")
        }
        FieldKind::List => (with(of_type_or_null("array"), [("items", of_type("string"))]), ""),
        FieldKind::Notes => (with(of_type_or_null("array"), [("items", reference(place, CaseNote::NAME))]), ""),
        FieldKind::Count => (with(of_type_or_null("integer"), [("minimum", Json::from(0_u32))]), ""),
        FieldKind::Required => (whole_number(), ""),
        kind => undescribed(kind),
    };
    about(schema, &format!("{doc} {note}"))
}

fn documented_status() -> Json {
    about(one_of_texts(CaseStatus::documented()), "The six documented statuses. Others occur.")
}

/// No error body of the service itself is public: these are its siblings' (FACTS, Error bodies).
fn error_response() -> Json {
    let text = |doc: &str| about(of_type_or_null("string"), doc);
    let code = || about(of_type("string"), "The error table's \"Message\", such as CASE_NOTFOUND.");
    let shape =
        |title: &str, members: Vec<(String, Json)>, required: Vec<&str>| record(title, "", members, required, true);
    let capitalised = shape(
        "An APIError",
        properties([
            ("ErrorCode", code()),
            ("ErrorDescription", text("What went wrong.")),
            ("SuggestedAction", text("What to do.")),
        ]),
        vec!["ErrorCode"],
    );
    let lower = shape(
        "An Error",
        properties([
            ("errorCode", code()),
            ("errorDescription", text("What went wrong.")),
            ("suggestedAction", text("What to do.")),
            ("inputIdentifier", about(object([]), "What it is about, if anything.")),
        ]),
        vec!["errorCode"],
    );
    let inside = |title: &str, outer: &str, inner: &str, schema: Json| {
        let list = with(list_of(schema), [("minItems", Json::from(1_u32))]);
        let holder = shape(inner, vec![(inner.to_owned(), list)], vec![inner]);
        shape(title, vec![(outer.to_owned(), holder)], vec![outer])
    };
    let eox = shape(
        "EOXError",
        properties([("ErrorID", code()), ("ErrorDescription", text("What went wrong."))]),
        vec!["ErrorID"],
    );
    let shapes = vec![
        inside("ErrorResponse", "ErrorResponse", "APIError", capitalised),
        inside("APIError", "APIError", "Error", lower),
        shape(
            "errorCode and errorMessage",
            properties([("errorCode", code()), ("errorMessage", text("What went wrong."))]),
            vec!["errorCode", "errorMessage"],
        ),
        shape("EOXError", vec![("EOXError".to_owned(), eox)], vec!["EOXError"]),
    ];
    let doc = "An error as JSON, in one of the shapes that the service's siblings have for it: which of them this service \
               has is not public. Two of them come with the status of success as well.";
    with(about(any_of(shapes), doc), [("title", Json::from("ErrorResponse"))])
}

fn token_response() -> Json {
    let text = |doc: &str| about(with(of_type("string"), [("minLength", Json::from(1_u32))]), doc);
    record(
        "TokenResponse",
        "What the token endpoint answers.",
        properties([
            ("token_type", text("Bearer.")),
            ("expires_in", about(whole_number(), "How long it is good for, in seconds (3600).")),
            ("access_token", text("The token: a secret, to be sent as `Authorization: Bearer`.")),
        ]),
        vec!["token_type", "expires_in", "access_token"],
        true,
    )
}

fn token_error_response() -> Json {
    let text = |doc: &str| about(of_type("string"), doc);
    let okta = record(
        "The identity provider's own form",
        "",
        properties([
            ("errorCode", text("Such as invalid_client.")),
            ("errorSummary", text("What went wrong.")),
            ("errorId", text("The id to quote.")),
        ]),
        vec!["errorCode"],
        true,
    );
    let oauth = record(
        "RFC 6749, section 5.2",
        "",
        properties([("error", text("Such as invalid_client.")), ("error_description", text("What went wrong."))]),
        vec!["error"],
        true,
    );
    let schema = about(any_of(vec![okta, oauth]), &prose("What the token endpoint says of a request that it refuses."));
    with(schema, [("title", Json::from("TokenErrorResponse"))])
}
