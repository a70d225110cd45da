//! Routing: from a URL to an endpoint, its ids and its query.

use crate::endpoint::{Endpoint, match_path, percent_decode};
use alloc::{borrow::ToOwned, string::String, vec::Vec};

/// Path of the four endpoints.
///
/// ```
/// use cisco_support_case::sandbox::{BASE_PATH, Options, Sandbox, SandboxRequest};
///
/// let url = format!("{BASE_PATH}/cases/contracts/contract_ids/1234567");
/// let request = SandboxRequest::get(&url).with_header("Authorization", "Bearer anything");
/// assert_eq!(Sandbox::new(Options::default()).handle(&request).status, 200);
/// ```
pub const BASE_PATH: &str = "/case/v3";

/// Path of the token endpoint.
///
/// ```
/// use cisco_support_case::decode::json;
/// use cisco_support_case::sandbox::{Options, Sandbox, SandboxRequest, TOKEN_PATH};
///
/// let form = b"grant_type=client_credentials&client_id=id&client_secret=secret".to_vec();
/// let request = SandboxRequest { method: "POST".to_owned(), body: form, ..SandboxRequest::get(TOKEN_PATH) };
/// let response = Sandbox::new(Options::default()).handle(&request);
/// assert!(json(&response.body).is_ok_and(|body| body.get("access_token").is_some()));
/// ```
pub const TOKEN_PATH: &str = "/oauth2/default/v1/token";

/// Path of the sandbox's own state and commands.
///
/// ```
/// use cisco_support_case::decode::json;
/// use cisco_support_case::sandbox::{CONTROL_PATH, Options, Sandbox, SandboxRequest};
///
/// let mut sandbox = Sandbox::new(Options::default());
/// let response = sandbox.handle(&SandboxRequest::get(CONTROL_PATH));
/// assert_eq!(json(&response.body), Ok(sandbox.info()));
/// ```
pub const CONTROL_PATH: &str = "/__sandbox";

/// Path of the OpenAPI document. The npm package serves it from the file next to its module; a
/// [`Sandbox`](super::Sandbox) has no such route.
///
/// ```
/// use cisco_support_case::sandbox::{OPENAPI_PATH, Options, Sandbox};
/// use cisco_support_case::util::Json;
///
/// let info = Sandbox::new(Options::default()).info();
/// assert_eq!(info.get("openapi").and_then(Json::as_str), Some(OPENAPI_PATH));
/// ```
pub const OPENAPI_PATH: &str = "/__sandbox/openapi.json";

/// Target of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Route {
    /// An endpoint, with the raw ids of the path.
    Endpoint(&'static Endpoint, String),
    /// A path below [`BASE_PATH`] that is no endpoint.
    UnknownEndpoint,
    /// A path that the gateway does not know.
    UnknownService,
}

impl Route {
    pub(super) fn from_path(path: &str) -> Route {
        let Some(path) = path.strip_prefix(BASE_PATH).filter(|rest| rest.is_empty() || rest.starts_with('/')) else {
            return Route::UnknownService;
        };
        match match_path(path) {
            Some((endpoint, ids)) => Route::Endpoint(endpoint, ids.to_owned()),
            None => Route::UnknownEndpoint,
        }
    }
}

/// Decodes a query string (a plus is a space). Only the first value of a repeated name counts.
pub(super) fn query_pairs(query: &str) -> Vec<(String, String)> {
    let mut out: Vec<(String, String)> = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let name = percent_decode(&name.replace('+', " "));
        if out.iter().all(|(known, _)| *known != name) {
            out.push((name, percent_decode(&value.replace('+', " "))));
        }
    }
    out
}

/// Whether path or query contain white space, which the gateway rejects (Case API v3, "Error Codes": 596).
pub(super) fn has_whitespace(path: &str, query: &str) -> bool {
    percent_decode(path).contains(char::is_whitespace) || percent_decode(query).contains(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use super::{Route, query_pairs};
    use crate::endpoint::{CASE_DETAILS, CASE_SUMMARY};
    use alloc::{borrow::ToOwned, string::String};

    #[test]
    fn a_path_leads_to_one_endpoint() {
        let table = [
            ("/case/v3/cases/case_ids/1,2", Route::Endpoint(&CASE_SUMMARY, "1,2".to_owned())),
            ("/case/v3/cases/case_ids/", Route::Endpoint(&CASE_SUMMARY, String::new())),
            ("/case/v3/cases/case_ids", Route::Endpoint(&CASE_SUMMARY, String::new())),
            ("/case/v3/cases/details/case_id/1/", Route::Endpoint(&CASE_DETAILS, "1".to_owned())),
            ("/case/v3/cases/case_ids/1/2", Route::UnknownEndpoint),
            ("/case/v3/cases", Route::UnknownEndpoint),
            ("/case/v3", Route::UnknownEndpoint),
            ("/case/v33/cases/case_ids/1", Route::UnknownService),
            ("/", Route::UnknownService),
        ];
        for (path, route) in table {
            assert_eq!(Route::from_path(path), route, "{path}");
        }
    }

    #[test]
    fn of_a_name_that_comes_twice_the_first_counts() {
        let expected = [("a", "1 2"), ("b", ""), ("c", "é")].map(|(n, v)| (n.to_owned(), v.to_owned()));
        assert_eq!(query_pairs("a=1+2&b&a=3&&c=%C3%A9"), expected);
    }
}
