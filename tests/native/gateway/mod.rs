//! The gateway's decisions: routes, permissions, responses, caches, invalidations and leases.

mod client;
mod invalidation;
mod live;
mod options;
mod permissions;
mod quota;
mod rate_limit;
mod response;
mod route;
mod token;
mod upstream;

use crate::harness::response;
use crate::rules::params;
use cisco_support_case::client::HttpResponse;
use cisco_support_case::decode::{Body, json};
use cisco_support_case::endpoint::{CASE_DETAILS, CASE_SUMMARY, CASES_BY_CONTRACT, CASES_BY_USER, Request};
use cisco_support_case::error::{CLIENT_ERRORS, ERROR_TABLE, ErrorBody, ErrorKind, GATEWAY_ERRORS};
use cisco_support_case::gateway::{
    AttemptState, CacheMetadata, CachePolicy, CacheStatus, Freshness, GatewayConfig, GatewayError, GatewayResponse,
    GrantedLease, HeldLeases, InvalidationLog, InvalidationScope, IsolateState, LeaseResult, Origin, Payload,
    Permissions, RequestHead, RouteMatch, UpstreamOutcome, allowed_methods, authorize, canonicalize, classify_response,
    classify_transport_error, error_response, ids_from_claim, parse_request, preflight_response, success_headers,
};
use cisco_support_case::sandbox::{self, Sandbox};
use cisco_support_case::util::Json;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

pub(super) const HOST: &str = "https://cases.portal.example";

pub(super) fn options(more: &str) -> Json {
    let comma = if more.is_empty() { "" } else { "," };
    params(&format!(
        r#"{{ "jwt": {{ "issuer": "https://login.portal.example", "audience": "case-portal",
            "jwksUri": "https://login.portal.example/jwks", "algorithms": ["ES256"] }},
            "permissions": "[function]", "credentials": "[function]", "quota": "[function]"{comma}{more} }}"#
    ))
}

pub(super) fn config() -> GatewayConfig {
    GatewayConfig::check(&options(r#""cors": { "origins": ["https://portal.example"] }"#)).unwrap()
}

pub(super) fn get(config: &GatewayConfig, path: &str) -> Result<RouteMatch, GatewayError> {
    let url = [HOST, path].concat();
    parse_request(config, &RequestHead { method: "GET", url: &url, ..RequestHead::default() }, &Origin::SameOrigin)
}

/// Parses the request of a path below the prefix.
pub(super) fn read(path: &str) -> Result<Request, String> {
    match get(&config(), &["/api/case", path].concat()) {
        Ok(RouteMatch::Cases { request, .. }) => Ok(*request),
        Ok(other) => panic!("{path} asks for {other:?}"),
        Err(error) => Err(error.0.code.clone()),
    }
}

pub(super) fn code(error: &GatewayError) -> &str {
    &error.0.code
}

pub(super) fn plain_path(request: &Request) -> String {
    canonicalize(request).path_and_query()
}

pub(super) fn few() -> sandbox::Options {
    let mut options = sandbox::Options::default();
    options.cases = 10;
    options
}

// Origins.

pub(super) fn allowed(origin: &str) -> Origin {
    Origin::Allowed { origin: origin.to_owned(), credentials: false }
}

pub(super) fn foreign(origin: &str) -> Origin {
    Origin::Disallowed { origin: origin.to_owned(), credentials: false }
}

pub(super) fn ids() -> impl Strategy<Value = Option<Vec<String>>> {
    let id = prop_oneof![4 => "[a-c\"\\\\,\\]\\[]{1,3}", 1 => any::<String>()];
    let id = id.prop_filter("an id", |id| !matches!(id.trim(), "" | "*"));
    prop_oneof![1 => Just(None), 4 => prop::collection::vec(id, 0..5).prop_map(Some)]
}

pub(super) fn permissions_json((contracts, users): &(Option<Vec<String>>, Option<Vec<String>>)) -> Json {
    let list = |ids: &Option<Vec<String>>| match ids {
        None => Json::from("*"),
        Some(ids) => Json::Array(ids.iter().map(|id| Json::from(id.as_str())).collect()),
    };
    Json::object([("contract_ids", list(contracts)), ("user_ids", list(users))])
}

// Responses.

pub(super) const STANDING: AttemptState = standing(0);
pub(super) const TOKEN: &str = "a-synthetic/token+of the-gateway=";

pub(super) const fn standing(retries: u32) -> AttemptState {
    AttemptState { retries, is_token_renewed: false, time_left_ms: 20_000, random: 7, unix_ms: 1_780_000_000_000 }
}

pub(super) fn summary_of(sandbox: &mut Sandbox, ids: &[String]) -> HttpResponse<()> {
    let url = ["/case/v3/cases/case_ids/", &ids.join(",")].concat();
    let answer = sandbox.handle(&sandbox::SandboxRequest::get(&url).with_header("Authorization", "Bearer x"));
    HttpResponse {
        status: answer.status,
        mashery_error_code: answer.header("X-Mashery-Error-Code").map(str::to_owned),
        message_id: Some("m-1".to_owned()),
        body: Body::from_slice(&answer.body),
        ..response()
    }
}

/// Returns the sandbox's cases with their contracts.
pub(super) fn known(sandbox: &mut Sandbox) -> Vec<(String, String)> {
    let info = sandbox.info_with(&params(r#"{ "holders": 100 }"#)).unwrap();
    let Some(Json::Array(contracts)) = info.get("contract_ids") else { panic!() };
    let mut all = Vec::new();
    for contract in contracts.iter().filter_map(Json::as_str) {
        let url = ["/case/v3/cases/contracts/contract_ids/", contract].concat();
        let answer = sandbox.handle(&sandbox::SandboxRequest::get(&url).with_header("Authorization", "Bearer x"));
        let page = json(&answer.body).unwrap();
        let Some(Json::Array(cases)) = page.get("cases") else { panic!() };
        let id = |case: &Json| case.get("case_id").and_then(Json::as_str).unwrap().to_owned();
        all.extend(cases.iter().take(5).map(|case| (id(case), contract.to_owned())));
    }
    all
}

pub(super) fn permitted(contracts: &BTreeSet<String>) -> Permissions {
    let list = Json::Array(contracts.iter().map(|id| Json::from(id.as_str())).collect());
    Permissions::from_json(&Json::object([("contract_ids", list)])).unwrap()
}
