//! Options, checked.

use super::value::to_json;
use crate::client::{
    CallOptions, Config, Credentials, DEFAULT_TIMEOUT_MS, TOKEN_URL, TokenSource, Validation, base_url, check_header,
};
use crate::endpoint::BASE_URL;
use crate::fetch::{Web, in_page, is_signal, page_origin};
use crate::model::{Json, joined};
use crate::paging::Order;
use crate::rules::{Problem, one_of};
use wasm_bindgen::{JsCast, JsValue};

/// Options as they are handed in: members by name.
struct Given(JsValue);

impl Given {
    /// An object that has no member but these.
    fn new(what: &str, value: &JsValue, known: &[&str]) -> Result<Given, Vec<Problem>> {
        if is_absent(value) {
            return Ok(Given(js_sys::Object::new().into()));
        }
        let object =
            value.dyn_ref::<js_sys::Object>().filter(|_| !value.is_function() && !js_sys::Array::is_array(value));
        let Some(object) = object else {
            return Err(vec![Problem::new(
                what,
                "INVALID_OPTION",
                "an object",
                &Json::from(type_name(value).as_str()),
            )]);
        };
        let names = js_sys::Object::keys(object);
        let problems: Vec<_> = names
            .iter()
            .filter_map(|name| name.as_string())
            .filter(|name| !known.contains(&name.as_str()))
            .map(|name| {
                let expected = format!("one of {}", joined(&mut known.iter().copied(), ", "));
                Problem::new(what, "INVALID_OPTION", expected, &Json::from(name.as_str()))
            })
            .collect();
        if problems.is_empty() { Ok(Given(value.clone())) } else { Err(problems) }
    }

    fn get(&self, name: &str) -> JsValue {
        js_sys::Reflect::get(&self.0, &JsValue::from_str(name)).unwrap_or(JsValue::UNDEFINED)
    }
}

/// The options of a client. A name that is not here is refused.
const CLIENT: [&str; 8] =
    ["baseUrl", "token", "credentials", "headers", "fetch", "timeoutMs", "maxRetries", "validation"];
/// The options of a call.
const CALL: [&str; 5] = ["signal", "timeoutMs", "maxRetries", "headers", "order"];
/// The members of `credentials`.
const CREDENTIALS: [&str; 3] = ["clientId", "clientSecret", "tokenUrl"];

/// The options of a call, checked.
pub(super) struct ForCall {
    pub(super) call: CallOptions,
    pub(super) signal: JsValue,
    pub(super) order: Order,
}

/// The options of a client, or everything that is wrong with them. No value that may be a secret is quoted.
pub(super) fn client(options: &JsValue) -> Result<(Config, Web), Vec<Problem>> {
    let given = Given::new("options", options, &CLIENT)?;
    let mut problems = Vec::new();
    let base = match text("baseUrl", &given.get("baseUrl"), &mut problems) {
        Some(text) => base_url("baseUrl", &text, page_origin().as_deref()),
        None => base_url("baseUrl", BASE_URL, None),
    };
    let base = base.map_err(|problem| problems.push(problem)).ok();
    let fetch = given.get("fetch");
    if !is_absent(&fetch) && !fetch.is_function() {
        problems.push(option("fetch", "a function", &fetch));
    }
    let token = token_source(&given, &mut problems);
    let headers = headers(&given.get("headers"), &mut problems);
    let timeout_ms = timeout(&given.get("timeoutMs"), &mut problems).unwrap_or(DEFAULT_TIMEOUT_MS);
    no_retries(&given.get("maxRetries"), &mut problems);
    let validation = word("validation", &["report", "strict"], &given.get("validation"), &mut problems);
    let validation = if validation == Some("strict") { Validation::Strict } else { Validation::Report };
    match base {
        Some(base_url) if problems.is_empty() => {
            let fetch = if is_absent(&fetch) { JsValue::UNDEFINED } else { fetch };
            let config = Config { base_url, token, headers, timeout_ms, validation };
            Ok((config, Web { fetch, provider: given.get("token") }))
        }
        _ => Err(problems),
    }
}

/// The options of a call, or everything that is wrong with them.
pub(super) fn call(options: &JsValue) -> Result<ForCall, Vec<Problem>> {
    let given = Given::new("options", options, &CALL)?;
    let mut problems = Vec::new();
    let signal = given.get("signal");
    if !is_absent(&signal) && !is_signal(&signal) {
        problems.push(option("signal", "an AbortSignal", &signal));
    }
    let timeout_ms = timeout(&given.get("timeoutMs"), &mut problems);
    let headers = headers(&given.get("headers"), &mut problems);
    no_retries(&given.get("maxRetries"), &mut problems);
    let order = word("order", &["newest", "oldest"], &given.get("order"), &mut problems);
    let order = if order == Some("oldest") { Order::Oldest } else { Order::Newest };
    if problems.is_empty() {
        Ok(ForCall { call: CallOptions { timeout_ms, headers }, signal, order })
    } else {
        Err(problems)
    }
}

fn token_source(given: &Given, problems: &mut Vec<Problem>) -> TokenSource {
    let (given_token, credentials) = (given.get("token"), given.get("credentials"));
    let token = if is_absent(&given_token) {
        TokenSource::None
    } else if given_token.is_function() {
        TokenSource::Provider
    } else if let Some(token) = given_token.as_string().filter(|token| is_token(token)) {
        TokenSource::Fixed(token)
    } else {
        problems.push(secret("token", "a token without spaces, as a string, or a function that gives one"));
        TokenSource::None
    };
    if is_absent(&credentials) {
        return token;
    }
    if in_page() {
        let mut problem = secret("credentials", "no credentials in a web page, where every visitor can read them");
        problem.code = "CREDENTIALS_IN_PAGE";
        problems.push(problem);
        return token;
    }
    if !is_absent(&given_token) {
        problems.push(secret("credentials", "either token or credentials, not both"));
    }
    let credentials = match Given::new("credentials", &credentials, &CREDENTIALS) {
        Ok(credentials) => credentials,
        Err(found) => {
            problems.extend(found);
            return token;
        }
    };
    let mut member = |name: &str, value: &JsValue| match value.as_string().filter(|text| !text.trim().is_empty()) {
        Some(text) => text,
        None => {
            problems.push(secret(&format!("credentials.{name}"), "a string that is not empty"));
            String::new()
        }
    };
    let client_id = member("clientId", &credentials.get("clientId"));
    let client_secret = member("clientSecret", &credentials.get("clientSecret"));
    let token_url =
        text("credentials.tokenUrl", &credentials.get("tokenUrl"), problems).unwrap_or_else(|| TOKEN_URL.to_owned());
    match base_url("credentials.tokenUrl", &token_url, page_origin().as_deref()) {
        Ok(url) => {
            TokenSource::Credentials(Credentials { client_id, client_secret, token_url: url.as_str().to_owned() })
        }
        Err(problem) => {
            problems.push(problem);
            token
        }
    }
}

fn text(name: &str, value: &JsValue, problems: &mut Vec<Problem>) -> Option<String> {
    if is_absent(value) {
        return None;
    }
    let text = value.as_string();
    if text.is_none() {
        problems.push(option(name, "a string", value));
    }
    text
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be a whole number in range")]
fn timeout(value: &JsValue, problems: &mut Vec<Problem>) -> Option<u32> {
    if is_absent(value) {
        return None;
    }
    let ms = value.as_f64().filter(|ms| ms.fract() == 0.0 && (0.0..=f64::from(i32::MAX)).contains(ms));
    if ms.is_none() {
        problems.push(option("timeoutMs", "whole milliseconds, 0 for no limit", value));
    }
    ms.map(|ms| ms as u32)
}

/// Nothing is retried yet. Whoever asks for that by name may; whoever relies on more is told.
fn no_retries(value: &JsValue, problems: &mut Vec<Problem>) {
    if !is_absent(value) && value.as_f64() != Some(0.0) {
        problems.push(option("maxRetries", "0, since nothing is retried yet", value));
    }
}

fn word(name: &str, words: &[&'static str], value: &JsValue, problems: &mut Vec<Problem>) -> Option<&'static str> {
    one_of(name, words, "INVALID_OPTION", Some(&to_json(value)), problems)
}

fn headers(value: &JsValue, problems: &mut Vec<Problem>) -> Vec<(String, String)> {
    if is_absent(value) {
        return Vec::new();
    }
    let Json::Object(members) = to_json(value) else {
        problems.push(secret("headers", "an object of names and values"));
        return Vec::new();
    };
    let mut headers = Vec::new();
    for (name, value) in members {
        match value.as_text() {
            None => problems.push(secret(&format!("headers.{name}"), "a string")),
            Some(value) => match check_header("headers", &name, value) {
                Ok(()) => headers.push((name, value.to_owned())),
                Err(problem) => problems.push(problem),
            },
        }
    }
    headers
}

fn option(name: &str, expected: &str, value: &JsValue) -> Problem {
    let value = if value.is_object() { Json::from(type_name(value).as_str()) } else { to_json(value) };
    Problem::new(name, "INVALID_OPTION", expected, &value)
}

fn type_name(value: &JsValue) -> String {
    value.js_typeof().as_string().unwrap_or_default()
}

/// A problem whose value is not quoted.
fn secret(name: &str, expected: &str) -> Problem {
    Problem::new(name, "INVALID_OPTION", expected, &Json::from("(not shown)"))
}

fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| matches!(b, 0x21..=0x7e))
}

fn is_absent(value: &JsValue) -> bool {
    value.is_undefined() || value.is_null()
}
