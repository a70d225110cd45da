//! The API as OpenAPI 3.1 describes it. (OpenAPI Specification 3.1.1.)

use super::example::{self, Example};
use super::word::{about, object, of_type, reference, with};
use super::{params, wire};
use cisco_support_case::client::TOKEN_URL;
use cisco_support_case::endpoint::{BASE_URL, ENDPOINTS, Endpoint, Param, ParamKind, SORT_OPTIONS};
use cisco_support_case::error::{ERROR_TABLE, ErrorRow};
use cisco_support_case::internal::VERSION;
use cisco_support_case::model::Shape;
use cisco_support_case::util::Json;

/// Where a description has its schemas.
const SCHEMAS: &str = "#/components/schemas/";

/// In what an error may come; which of them is not documented.
const MEDIA_TYPES: [&str; 3] = ["application/json", "text/xml", "text/html"];

/// Rows that come with another status than the documented one, and the sandbox's faults that do so. (FACTS, Hosts and Rate
/// limits.)
const BESIDES: [(u16, &str, &str); 2] =
    [(401, "Not Authorized", "not_authorized_401"), (429, "Account Over Rate Limit", "over_rate_429")];

/// The description.
pub(super) fn description() -> Json {
    let paths = ENDPOINTS.map(|endpoint| {
        let name = endpoint.params.first().map_or("", |param| param.name);
        (format!("{}{{{name}}}", endpoint.route), object([("get", operation(endpoint))]))
    });
    object([
        ("openapi", Json::from("3.1.1")),
        ("info", info()),
        ("servers", Json::List(vec![about(object([("url", Json::from(BASE_URL))]), "The service.")])),
        ("security", Json::List(SIGN_INS.map(|name| object([(name, Json::List(Vec::new()))])).to_vec())),
        ("tags", Json::List(vec![about(object([("name", Json::from("cases"))]), "Support cases, read only.")])),
        ("paths", Json::Object(paths.to_vec())),
        ("components", components()),
    ])
}

fn info() -> Json {
    let text = "The Cisco Support Case API v3: a partner's support cases, in brief, in detail and in lists. It reads only.\n\n\
         This description is unofficial. It is written from the public documentation and from what public sources show of \
         the service, by the project cisco-support-case, which is not affiliated with Cisco Systems. Where documentation \
         and evidence differ, both are described. The service speaks to accounts with Cisco Partner Support Service, and \
         to servers only: it sends no CORS headers, and its client secret may never reach a browser.\n\n\
         Lists have at most 100 cases a page, and dates filter on creation, at most 90 × 24 hours apart. Nearly every \
         error is a 403; the code in its body or in `X-Mashery-Error-Code` tells them apart. No rate limit is published \
         for this API: clients assume 5 requests in a second and 5000 in a day.";
    object([
        ("title", Json::from("Cisco Support Case API v3 (unofficial description)")),
        ("version", Json::from(VERSION)),
        ("description", Json::from(text)),
        (
            "license",
            object([("name", Json::from("MIT OR Apache-2.0")), ("identifier", Json::from("MIT OR Apache-2.0"))]),
        ),
    ])
}

fn operation(endpoint: &'static Endpoint) -> Json {
    let schema = match endpoint.answer {
        Shape::Summary => "CaseSummaryResponse",
        Shape::Details => "CaseDetailsResponse",
        Shape::Page => "CasesPageResponse",
    };
    let mut content = object([("schema", reference(SCHEMAS, schema))]);
    if let Some(Example { value, .. }) = example::of_call(endpoint) {
        content = with(content, [("example", value)]);
    }
    let answer = object([
        (
            "description",
            Json::from("The answer. One without its documented member is an error in spite of its status."),
        ),
        ("headers", headers(&["X-Mashery-Message-ID"])),
        ("content", object([("application/json", content)])),
    ]);
    let mut responses = vec![("200".to_owned(), answer)];
    for status in statuses() {
        responses.push((status.to_string(), reference("#/components/responses/", &response_name(status))));
    }
    object([
        ("operationId", Json::from(endpoint.name)),
        ("tags", Json::from(vec!["cases"])),
        ("summary", Json::from(endpoint.title.trim_start_matches("GET "))),
        ("description", Json::Text(format!("{} (Case API v3, \"{}\".)", endpoint.doc, endpoint.title))),
        ("parameters", Json::List(endpoint.params.iter().map(parameter).collect())),
        ("responses", Json::Object(responses)),
    ])
}

fn parameter(param: &Param) -> Json {
    let is_in_path = params::is_required(param);
    let note = match param.kind {
        ParamKind::Ids(_) => "Separated by commas, which stand as they are between ids that are percent-encoded.",
        ParamKind::Date => "As 2013-04-23T11:00:14Z.",
        _ => "",
    };
    let mut schema = params::value_of(param);
    match (param.kind, SORT_OPTIONS) {
        (ParamKind::SortBy, [first, ..]) => schema = with(schema, [("default", Json::from(first))]),
        (ParamKind::PageIndex, _) => schema = with(schema, [("default", Json::from(1_u32))]),
        _ => {}
    }
    let described = about(
        object([
            ("name", Json::from(param.name)),
            ("in", Json::from(if is_in_path { "path" } else { "query" })),
            ("required", Json::from(is_in_path)),
        ]),
        &format!("{} {note}", param.doc),
    );
    let described = match param.kind {
        // As in the documentation's samples (`sort_by=`): an empty value counts as none.
        _ if !is_in_path => with(described, [("allowEmptyValue", Json::from(true))]),
        ParamKind::Ids(_) => with(described, [("style", Json::from("simple")), ("explode", Json::from(false))]),
        _ => described,
    };
    let described = with(described, [("schema", schema)]);
    with(described, example::id(param).map(|id| ("example", id)))
}

/// The statuses of errors, each once, in their order.
fn statuses() -> Vec<u16> {
    let besides = BESIDES.iter().map(|(status, _, _)| *status);
    let mut statuses: Vec<_> = ERROR_TABLE.iter().map(|row| row.status).chain(besides).collect();
    statuses.sort_unstable();
    statuses.dedup();
    statuses
}

fn response_name(status: u16) -> String {
    format!("Error{status}")
}

const SIGN_INS: [&str; 2] = ["clientCredentials", "bearer"];

fn components() -> Json {
    let [client_credentials, bearer] = SIGN_INS;
    let flow = object([("tokenUrl", Json::from(TOKEN_URL)), ("scopes", object([]))]);
    let oauth = object([
        ("type", Json::from("oauth2")),
        (
            "description",
            Json::from(
                "A token for the client id and secret of an application, by a form of `grant_type=client_credentials`, \
                 `client_id` and `client_secret`. It lives an hour; there are no scopes and no refresh tokens.",
            ),
        ),
        ("flows", object([("clientCredentials", flow)])),
    ]);
    let token = object([
        ("type", Json::from("http")),
        ("scheme", Json::from("bearer")),
        ("description", Json::from("The same token, where somebody else has fetched it.")),
    ]);
    let responses = statuses().into_iter().map(|status| (response_name(status), response(status))).collect();
    let schemas = wire::definitions(SCHEMAS).into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect();
    object([
        ("schemas", Json::Object(schemas)),
        ("responses", Json::Object(responses)),
        ("headers", object(HEADERS.map(|(name, _)| (name, header(name))))),
        ("securitySchemes", object([(client_credentials, oauth), (bearer, token)])),
    ])
}

/// An error's row with what it is an example of.
fn rows(status: u16) -> Vec<(&'static ErrorRow, Option<Example>)> {
    let documented = ERROR_TABLE.iter().filter(|row| row.status == status).map(|row| (row, example::of_row(row)));
    let besides = BESIDES.iter().filter(|(other, _, _)| *other == status).filter_map(|(_, code, fault)| {
        let row = ERROR_TABLE.iter().find(|row| row.code == *code)?;
        Some((row, example::of_fault(fault)))
    });
    documented.chain(besides).collect()
}

fn response(status: u16) -> Json {
    let rows = rows(status);
    let besides = BESIDES.iter().any(|(other, _, _)| *other == status);
    let mut text = String::from(match status {
        _ if besides => "Not documented with this status, but seen.",
        403 => "Most of what the service refuses, whatever the reason: the code tells.",
        596 => "The gateway's own status.",
        _ => "As the error table has it.",
    });
    text.push_str("\n\n| code | means | what to do |\n|---|---|---|");
    for (row, _) in &rows {
        let names = row.spellings().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        text.push_str(&format!("\n| {names} | {} | {} |", row.meaning, row.advice));
    }
    let content = MEDIA_TYPES.map(|media_type| {
        let schema = match media_type {
            "application/json" => reference(SCHEMAS, "ErrorResponse"),
            _ => about(of_type("string"), "A page whose one heading (`<h1>`) names the error."),
        };
        let mut examples: Vec<(String, Json)> = Vec::new();
        for (row, example) in &rows {
            if let Some(example) = example.as_ref().filter(|example| example.media_type == media_type) {
                let mut name: String =
                    row.code.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
                let same = examples.iter().filter(|(other, _)| other.starts_with(&name)).count();
                if same > 0 {
                    name.push_str(&format!("_{}", same + 1));
                }
                let members = [("summary", Json::from(row.meaning)), ("value", example.value.clone())];
                examples.push((name, object(members)));
            }
        }
        let media = object([("schema", schema)]);
        let media = if examples.is_empty() { media } else { with(media, [("examples", Json::Object(examples))]) };
        (media_type, media)
    });
    // What waiting can change says how long to wait.
    let waits = rows.iter().any(|(row, _)| row.retryable) && matches!(status, 403 | 503);
    let names: &[&str] =
        if waits { &HEADERS.map(|(name, _)| name) } else { &["X-Mashery-Message-ID", "X-Mashery-Error-Code"] };
    object([("description", Json::Text(text)), ("headers", headers(names)), ("content", object(content))])
}

/// What comes beside an answer. (FACTS, Hosts and Rate limits.)
const HEADERS: [(&str, &str); 3] = [
    ("X-Mashery-Message-ID", "The id to quote to Cisco's support; on every answer."),
    (
        "X-Mashery-Error-Code",
        "The gateway's own name for the error, such as ERR_403_DEVELOPER_OVER_QPS, where it is the gateway's.",
    ),
    (
        "Retry-After",
        "How long to wait, in seconds or until an HTTP date: with \"Account Over Queries Per Second Limit\", and not with \
         a quota that is spent.",
    ),
];

fn headers(names: &[&str]) -> Json {
    object(names.iter().map(|name| (*name, reference("#/components/headers/", name))))
}

fn header(name: &str) -> Json {
    let doc = HEADERS.iter().find(|(known, _)| *known == name).map_or("", |(_, doc)| doc);
    about(object([("schema", of_type("string"))]), doc)
}
