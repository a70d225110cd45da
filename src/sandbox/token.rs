//! The token endpoint and its tokens.

use super::base64;
use super::dataset::rng::{Rng, RngStream};
use super::http::{SandboxRequest, SandboxResponse};
use super::route::query_pairs;
use crate::decode;
use crate::util::{Json, fnv1a_64};
use alloc::{borrow::ToOwned, format, string::String, string::ToString, vec::Vec};

/// Lifetime of a token in seconds (www/guide/service.md#authentication).
const EXPIRES_IN_S: i64 = 3600;

/// Prefix of client ids that the endpoint rejects, for testing invalid credentials. Any other id is accepted with any
/// non-empty secret. The sandbox neither stores nor returns them.
const REJECTED_PREFIX: &str = "bad";

/// Returns the response of the token endpoint. It reads parameters from the form body and from the query (as some
/// clients send them), and client id and secret from HTTP Basic as well.
pub(super) fn respond(request: &SandboxRequest, query: &str, seed: u64, now_ms: i64, number: u64) -> SandboxResponse {
    if !request.method.eq_ignore_ascii_case("POST") {
        let text = "The endpoint does not support the provided HTTP method";
        let mut response = okta_error(405, "E0000022", text, seed, number);
        response.headers.push(("Allow", "POST".to_owned()));
        return response;
    }
    let media_type = request.header("content-type").unwrap_or("").split(';').next().unwrap_or("").trim();
    if !media_type.is_empty() && !media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        let text = "Unsupported media type: use application/x-www-form-urlencoded";
        return okta_error(415, "E0000021", text, seed, number);
    }
    let mut params = query_pairs(&String::from_utf8_lossy(&request.body));
    params.extend(query_pairs(query));
    let param = |name: &str| params.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str());
    match param("grant_type") {
        "client_credentials" => {}
        "" => return oauth_error("invalid_request", "The token request must specify a grant type."),
        _ => return oauth_error("unsupported_grant_type", "The client is authorized for client_credentials only."),
    }
    let basic = request.header("authorization").and_then(parse_basic);
    let (id, secret) = basic.unwrap_or_else(|| (param("client_id").to_owned(), param("client_secret").to_owned()));
    let refused = id.get(..REJECTED_PREFIX.len()).is_some_and(|start| start.eq_ignore_ascii_case(REJECTED_PREFIX));
    if id.is_empty() || secret.is_empty() || refused {
        return invalid_client(seed, number);
    }
    let body = Json::object([
        ("token_type", Json::from("Bearer")),
        ("expires_in", Json::Number(EXPIRES_IN_S.to_string())),
        ("access_token", Json::String(issue_token(seed, now_ms, number))),
    ]);
    let mut response = SandboxResponse::json(200, &body);
    // RFC 6749, section 5.1, requires this header.
    response.headers.push(("Cache-Control", "no-cache, no-store".to_owned()));
    response
}

/// Returns the token endpoint's error for an unknown client.
pub(super) fn invalid_client(seed: u64, number: u64) -> SandboxResponse {
    okta_error(401, "invalid_client", "Invalid value for 'client_id' parameter.", seed, number)
}

fn okta_error(status: u16, code: &str, summary: &str, seed: u64, number: u64) -> SandboxResponse {
    let id = base64::encode_url(&Rng::new(seed, RngStream::Token, number).next_u64().to_be_bytes());
    let body = Json::object([
        ("errorCode", Json::from(code)),
        ("errorSummary", Json::from(summary)),
        ("errorLink", Json::from(code)),
        ("errorId", Json::String(format!("sbx{id}"))),
        ("errorCauses", Json::Array(Vec::new())),
    ]);
    SandboxResponse::json(status, &body)
}

fn oauth_error(code: &str, description: &str) -> SandboxResponse {
    SandboxResponse::json(
        400,
        &Json::object([("error", Json::from(code)), ("error_description", Json::from(description))]),
    )
}

/// Returns client id and secret of an HTTP Basic header (RFC 7617).
fn parse_basic(header: &str) -> Option<(String, String)> {
    let (scheme, value) = header.trim().split_once(' ')?;
    let text = String::from_utf8(base64::decode(value.trim())?).ok()?;
    let (id, secret) = text.split_once(':')?;
    scheme.eq_ignore_ascii_case("basic").then(|| (id.to_owned(), secret.to_owned()))
}

/// Returns the token of a Bearer header (RFC 6750).
pub(super) fn parse_bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.trim().split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

/// Issues a token in the format of the service: a JSON Web Token of about 700 bytes. It contains its expiry, so that
/// the sandbox stores no tokens. Its signature detects mistakes; it is not cryptographic.
fn issue_token(seed: u64, now_ms: i64, number: u64) -> String {
    let now_s = now_ms.div_euclid(1000);
    let mut rng = Rng::new(seed, RngStream::Token, number | 1 << 60);
    let id: Vec<u8> = (0..4).flat_map(|_| rng.next_u64().to_be_bytes()).collect();
    let header = r#"{"kid":"sandbox-signing-key-0001","alg":"RS256"}"#;
    let payload = format!(
        "{{\"ver\":1,\"jti\":\"AT.{}\",\"iss\":\"https://id.sandbox.invalid/oauth2/default\",\"aud\":\"api://default\",\
         \"iat\":{now_s},\"exp\":{},\"cid\":\"sandbox\",\"scp\":[\"customscope\"],\"sub\":\"sandbox\"}}",
        base64::encode_url(&id),
        now_s.saturating_add(EXPIRES_IN_S),
    );
    let signed = format!("{}.{}", base64::encode_url(header.as_bytes()), base64::encode_url(payload.as_bytes()));
    let signature = sign(seed, &signed);
    format!("{signed}.{signature}")
}

/// Whether this sandbox issued the token and it has not expired.
pub(super) fn is_valid(token: &str, seed: u64, now_ms: i64) -> bool {
    let Some((signed, signature)) = token.rsplit_once('.') else { return false };
    let expiry_s = || {
        let payload = decode::json(&base64::decode(signed.split_once('.')?.1)?).ok()?;
        match payload.get("exp") {
            Some(Json::Number(seconds)) => seconds.parse::<i64>().ok(),
            _ => None,
        }
    };
    signature == sign(seed, signed) && expiry_s().is_some_and(|expiry| now_ms.div_euclid(1000) < expiry)
}

/// Returns a checksum of 256 bytes, the length of an RS256 signature.
fn sign(seed: u64, signed: &str) -> String {
    let mut rng = Rng::new(seed, RngStream::Token, fnv1a_64(signed));
    let bytes: Vec<u8> = (0..32).flat_map(|_| rng.next_u64().to_be_bytes()).collect();
    base64::encode_url(&bytes)
}
