//! The API as an OpenAPI description. (OpenAPI Specification 3.1.1.)

use super::builder::{described, reference, with};
use super::example::{self, Example};
use super::{params, wire};
use cisco_support_case::client::TOKEN_URL;
use cisco_support_case::endpoint::{BASE_URL, ENDPOINTS, Endpoint, Param, ParamRole, SORT_OPTIONS};
use cisco_support_case::error::{ERROR_TABLE, ErrorRow};
use cisco_support_case::internal::VERSION;
use cisco_support_case::model::DocumentKind;
use serde_json::{Map, Value, json};

/// The base of references to schemas.
const SCHEMAS: &str = "#/components/schemas/";

/// Media types of an error. The documentation does not say which one is used.
const MEDIA_TYPES: [&str; 3] = ["application/json", "text/xml", "text/html"];

/// Rows observed with another status than the documented one, with the sandbox's fault that sends it so
/// (www/guide/service.md#hosts-gateway-and-cors, www/guide/service.md#rate-limits).
const OBSERVED: [(u16, &str, &str); 2] =
    [(401, "Not Authorized", "not_authorized_401"), (429, "Account Over Rate Limit", "over_rate_429")];

/// Names of the security schemes.
const CLIENT_CREDENTIALS: &str = "clientCredentials";
const BEARER: &str = "bearer";

/// Returns the description.
pub(super) fn description() -> Value {
    let paths: Map<_, _> =
        ENDPOINTS.iter().map(|endpoint| (endpoint.path.to_owned(), json!({ "get": operation(endpoint) }))).collect();
    json!({
        "openapi": "3.1.1",
        "info": info(),
        "servers": [{ "url": BASE_URL, "description": "The service." }],
        "security": [{ CLIENT_CREDENTIALS: [] }, { BEARER: [] }],
        "tags": [{ "name": "cases", "description": "Support cases, read only." }],
        "paths": paths,
        "components": components(),
    })
}

fn info() -> Value {
    let text = "The Cisco Support Case API v3: a partner's support cases, in brief, in detail and in lists. It reads only.\n\n\
         This description is unofficial. It is based on the public documentation and on public evidence about the \
         service, by the project cisco-support-case, which is not affiliated with Cisco Systems. Where documentation \
         and evidence differ, both are described. The service is for accounts with Cisco Partner Support Service, and \
         for servers only: it sends no CORS headers, and its client secret must never reach a browser.\n\n\
         Lists have at most 100 cases a page, and dates filter on creation, at most 90 × 24 hours apart. Nearly every \
         error is a 403; the code in its body or in `X-Mashery-Error-Code` distinguishes them. No rate limit is published \
         for this API: clients assume 5 requests in a second and 5000 in a day.";
    json!({
        "title": "Cisco Support Case API v3 (unofficial description)",
        "version": VERSION,
        "description": text,
        "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
    })
}

fn operation(endpoint: &'static Endpoint) -> Value {
    let schema = match endpoint.response {
        DocumentKind::Summary => "CaseSummaryResponse",
        DocumentKind::Details => "CaseDetailsResponse",
        DocumentKind::Page => "CasesPageResponse",
    };
    let mut content = json!({ "schema": reference(SCHEMAS, schema) });
    if let Some(Example { value, .. }) = example::of_call(endpoint) {
        content = with(content, json!({ "example": value }));
    }
    let mut responses = json!({
        "200": {
            "description": "Success. A body without its documented member is an error in spite of this status.",
            "headers": headers(&["X-Mashery-Message-ID"]),
            "content": { "application/json": content },
        },
    });
    for status in statuses() {
        let error = reference("#/components/responses/", &response_name(status));
        responses = with(responses, json!({ status.to_string(): error }));
    }
    json!({
        "operationId": endpoint.operation_id,
        "tags": ["cases"],
        "summary": endpoint.spec_section.trim_start_matches("GET "),
        "description": format!("{} (Case API v3, \"{}\".)", endpoint.description, endpoint.spec_section),
        "parameters": endpoint.params.iter().map(parameter).collect::<Vec<_>>(),
        "responses": responses,
    })
}

fn parameter(param: &Param) -> Value {
    let is_in_path = params::is_required(param);
    let note = match param.role {
        ParamRole::IdList(_) => "Separated by plain commas; each id is percent-encoded.",
        ParamRole::CreatedFrom | ParamRole::CreatedTo => "As 2013-04-23T11:00:14Z.",
        _ => "",
    };
    let schema = match (param.role, SORT_OPTIONS) {
        (ParamRole::SortBy, [first, ..]) => with(params::value_of(param), json!({ "default": first })),
        (ParamRole::PageIndex, _) => with(params::value_of(param), json!({ "default": 1 })),
        _ => params::value_of(param),
    };
    let place = if is_in_path { "path" } else { "query" };
    let head = json!({ "name": param.name, "in": place, "required": is_in_path });
    let style = match param.role {
        // As in the documentation's samples (`sort_by=`): an empty value counts as none.
        _ if !is_in_path => json!({ "allowEmptyValue": true }),
        ParamRole::IdList(_) => json!({ "style": "simple", "explode": false }),
        _ => json!({}),
    };
    let described = with(described(head, &format!("{} {note}", param.description)), style);
    let described = with(described, json!({ "schema": schema }));
    match example::id(param) {
        Some(id) => with(described, json!({ "example": id })),
        None => described,
    }
}

/// The statuses of errors, sorted and without duplicates.
fn statuses() -> Vec<u16> {
    let observed = OBSERVED.iter().map(|(status, _, _)| *status);
    let mut statuses: Vec<_> = ERROR_TABLE.iter().map(|row| row.status).chain(observed).collect();
    statuses.sort_unstable();
    statuses.dedup();
    statuses
}

fn response_name(status: u16) -> String {
    format!("Error{status}")
}

fn components() -> Value {
    let schemas: Map<_, _> =
        wire::definitions(SCHEMAS).into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect();
    let responses: Map<_, _> = statuses().into_iter().map(|status| (response_name(status), response(status))).collect();
    let headers: Map<_, _> = HEADERS
        .iter()
        .map(|(name, doc)| ((*name).to_owned(), json!({ "schema": { "type": "string" }, "description": doc })))
        .collect();
    json!({
        "schemas": schemas,
        "responses": responses,
        "headers": headers,
        "securitySchemes": {
            CLIENT_CREDENTIALS: {
                "type": "oauth2",
                "description": "A token for the client id and secret of an application, by a form of \
                    `grant_type=client_credentials`, `client_id` and `client_secret`. It is valid for an hour. There are \
                    no scopes and no refresh tokens.",
                "flows": { "clientCredentials": { "tokenUrl": TOKEN_URL, "scopes": {} } },
            },
            BEARER: {
                "type": "http",
                "scheme": "bearer",
                "description": "A token that was requested elsewhere.",
            },
        },
    })
}

/// The rows of a status, each with an example.
fn rows(status: u16) -> Vec<(&'static ErrorRow, Option<Example>)> {
    let documented = ERROR_TABLE.iter().filter(|row| row.status == status).map(|row| (row, example::of_row(row)));
    let observed = OBSERVED.iter().filter(|(other, _, _)| *other == status).filter_map(|(_, code, fault)| {
        let row = ERROR_TABLE.iter().find(|row| row.code == *code)?;
        Some((row, example::of_fault(fault)))
    });
    documented.chain(observed).collect()
}

fn response(status: u16) -> Value {
    let rows = rows(status);
    let is_observed = OBSERVED.iter().any(|(other, _, _)| *other == status);
    let mut text = String::from(match status {
        _ if is_observed => "Observed, but not documented with this status.",
        403 => "Most errors of the service, for any reason: the code distinguishes them.",
        596 => "A status of the API gateway.",
        _ => "As documented in the error table.",
    });
    text.push_str("\n\n| code | means | what to do |\n|---|---|---|");
    for (row, _) in &rows {
        let names = row.spellings().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        text.push_str(&format!("\n| {names} | {} | {} |", row.meaning, row.advice));
    }
    let content: Map<_, _> =
        MEDIA_TYPES.iter().map(|media_type| ((*media_type).to_owned(), media(media_type, &rows))).collect();
    // An error that ends by itself says how long to wait.
    let is_transient = rows.iter().any(|(row, _)| row.retryable) && matches!(status, 403 | 503);
    let names: &[&str] =
        if is_transient { &HEADERS.map(|(name, _)| name) } else { &["X-Mashery-Message-ID", "X-Mashery-Error-Code"] };
    json!({ "description": text, "headers": headers(names), "content": content })
}

/// The errors of one media type: their schema, and an example for each row.
fn media(media_type: &str, rows: &[(&ErrorRow, Option<Example>)]) -> Value {
    let schema = match media_type {
        "application/json" => reference(SCHEMAS, "ErrorResponse"),
        _ => json!({ "type": "string", "description": "A page with one heading (`<h1>`), which names the error." }),
    };
    let mut examples = Map::new();
    for (row, example) in rows {
        if let Some(example) = example.as_ref().filter(|example| example.media_type == media_type) {
            let mut name: String = row.code.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
            let same = examples.keys().filter(|other| other.starts_with(&name)).count();
            if same > 0 {
                name.push_str(&format!("_{}", same + 1));
            }
            examples.insert(name, json!({ "summary": row.meaning, "value": example.value }));
        }
    }
    let media = json!({ "schema": schema });
    if examples.is_empty() { media } else { with(media, json!({ "examples": examples })) }
}

/// Headers of a response (www/guide/service.md#hosts-gateway-and-cors, www/guide/service.md#rate-limits).
const HEADERS: [(&str, &str); 3] = [
    ("X-Mashery-Message-ID", "Id to quote to Cisco's support, on every response."),
    ("X-Mashery-Error-Code", "The API gateway's code, such as ERR_403_DEVELOPER_OVER_QPS, on errors of the gateway."),
    (
        "Retry-After",
        "The time to wait, in seconds or as an HTTP date. Sent with \"Account Over Queries Per Second Limit\", not with a \
         used-up quota.",
    ),
];

fn headers(names: &[&str]) -> Value {
    names
        .iter()
        .map(|name| ((*name).to_owned(), reference("#/components/headers/", name)))
        .collect::<Map<_, _>>()
        .into()
}
