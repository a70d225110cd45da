//! Validation of options.

use super::{
    Backoff, CallOptions, CallToken, ClientConfig, Credentials, DEFAULT_MAX_RETRIES, DEFAULT_TIMEOUT_MS, RateLimits,
    TOKEN_URL, TokenSource, Validation,
    base_url::{BaseUrl, check_url, resolve_checked},
    check_header,
    config::{CACHE_CONTROL, IS_SERVER_BUILD, NO_CACHE},
};
use crate::endpoint::BASE_URL;
use crate::paging::ReadOrder;
use crate::rules::{Problem, ProblemList, validate_enum};
use crate::util::{Json, join, text};
use alloc::{borrow::ToOwned, string::String, vec::Vec};

/// The options of a client. Other names are rejected.
pub const CLIENT_OPTIONS: [&str; 16] = [
    "baseUrl",
    "allowHttp",
    "token",
    "credentials",
    "tokenCache",
    "headers",
    "fetch",
    "fetchCredentials",
    "timeoutMs",
    "maxRetries",
    "backoff",
    "rateLimit",
    "validation",
    "hooks",
    "logger",
    "logLevel",
];
/// The options of a single call.
pub const CALL_OPTIONS: [&str; 8] =
    ["signal", "timeoutMs", "maxRetries", "headers", "token", "traceparent", "order", "maxAgeMs"];
/// The members of `credentials`.
pub(crate) const CREDENTIALS: [&str; 3] = ["clientId", "clientSecret", "tokenUrl"];
/// The members of `rateLimit`.
pub(crate) const RATE_LIMIT: [&str; 4] = ["perSecond", "perMinute", "perDay", "maxConcurrent"];
/// The members of `backoff`.
pub(crate) const BACKOFF: [&str; 2] = ["baseMs", "capMs"];

/// The maximum of `maxRetries`: more retries only prolong an outage.
pub(crate) const MAX_RETRIES: u32 = 10;
/// The maximum of `backoff` members: an hour.
pub(crate) const MAX_BACKOFF_MS: u32 = 3_600_000;
/// The maximum of `rateLimit` members.
pub(crate) const MAX_RATE_LIMIT: u32 = 1_000_000;
/// The maximum timeout of a call, and of timers.
pub(crate) const MAX_TIMEOUT_MS: u32 = i32::MAX.unsigned_abs();

/// The environment of a client, as far as its options depend on it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Environment<'p> {
    /// Whether this is a page or a worker of one, whose visitor can read everything.
    pub in_page: bool,
    /// The origin against which a path is resolved.
    pub origin: Option<&'p str>,
    /// Whether `token` is a function.
    pub has_provider: bool,
    /// Whether there is a `tokenCache`.
    pub has_cache: bool,
    /// Whether there are `hooks` or a `logger`.
    pub emits_events: bool,
    /// Whether the runtime isolates served requests.
    pub isolated: bool,
}

/// Validates the options of a client. Returns them, or all of their problems. Values that may be secret are never quoted. The
/// package removes functions (`fetch`, a function `token`) and objects of functions (`hooks`, `logger`, `tokenCache`) before:
/// any other value under these names is a problem.
///
/// ```
/// use cisco_support_case::client::{Environment, client_options};
/// use cisco_support_case::util::Json;
/// let options = Json::object([("timeoutMs", Json::from(10_000_u32))]);
/// assert_eq!(client_options(&options, Environment::default()).unwrap().timeout_ms, 10_000);
/// let options = Json::object([("timeout", Json::from(10_000_u32))]);
/// assert_eq!(client_options(&options, Environment::default()).err().unwrap()[0].code, "INVALID_OPTION");
/// ```
pub fn client_options(options: &Json, environment: Environment<'_>) -> Result<ClientConfig, Vec<Problem>> {
    let mut problems = Vec::new();
    let given = OptionReader::new("options", options, &CLIENT_OPTIONS, &mut problems);
    let allow_http = given.get("allowHttp") == Some(&Json::Bool(true));
    let base = match string_option("baseUrl", given.get("baseUrl"), &mut problems) {
        Some(text) => check_url("baseUrl", &text, environment.origin, allow_http),
        None => Ok(BASE_URL.to_owned()),
    };
    let base = base.map(BaseUrl::from_valid).map_err(|problem| problems.push(problem)).ok();
    if let Some(other) = given.get("allowHttp").filter(|value| !matches!(value, Json::Bool(_))) {
        problems.push(option_problem("allowHttp", "true or false", other));
    }
    for (name, expected) in FUNCTIONS {
        if let Some(value) = given.get(name) {
            // A cache may contain a token.
            problems.push(option_problem(name, expected, &Json::from(value.kind_name())));
        }
    }
    let token = token_source(&given, environment, &mut problems);
    let headers = headers(given.get("headers"), &mut problems);
    let timeout_ms = timeout(&given, &mut problems).unwrap_or(DEFAULT_TIMEOUT_MS);
    let max_retries = retries(&given, &mut problems).unwrap_or(DEFAULT_MAX_RETRIES);
    let rate_limits = rate_limits(&given, &mut problems);
    let Backoff { base_ms, cap_ms } = Backoff::default();
    let mut backoff = [base_ms, cap_ms];
    let expected = "a whole number of milliseconds, at most an hour";
    number_members("backoff", &given, &BACKOFF, &mut backoff, MAX_BACKOFF_MS, expected, &mut problems);
    let [base_ms, cap_ms] = backoff;
    let validation = validate_enum("validation", &VALIDATIONS, OPTION, given.get("validation"), &mut problems);
    validate_enum("logLevel", &LEVELS, OPTION, given.get("logLevel"), &mut problems);
    validate_enum("fetchCredentials", &FETCH_CREDENTIALS, OPTION, given.get("fetchCredentials"), &mut problems);
    match base {
        Some(base_url) if problems.is_empty() => Ok(ClientConfig {
            base_url,
            token,
            headers,
            timeout_ms,
            max_retries,
            backoff: Backoff { base_ms, cap_ms },
            rate_limits,
            validation: if validation == Some("strict") { Validation::Strict } else { Validation::Report },
            emits_events: environment.emits_events,
            isolated: environment.isolated,
        }),
        _ => Err(problems.truncated()),
    }
}

/// Reads options of a client that were validated before: the package does so in JavaScript, before the wasm is loaded. An
/// invalid value counts as absent.
pub fn checked_options(options: &Json, environment: Environment<'_>) -> ClientConfig {
    let member = |of: &'static str, name: &str| options.get(of)?.get(name);
    let number = |value: Option<&Json>, usual: u32| {
        value.and_then(Json::as_u64).and_then(|number| u32::try_from(number).ok()).unwrap_or(usual)
    };
    let text = |value: Option<&Json>| value.and_then(Json::as_str).map(str::to_owned);
    let credentials = |name| text(member("credentials", name));
    let token = match (credentials("clientId"), text(options.get("token"))) {
        _ if environment.has_provider => TokenSource::Provider,
        (Some(client_id), _) if IS_SERVER_BUILD => TokenSource::Credentials(Credentials {
            client_id,
            client_secret: credentials("clientSecret").unwrap_or_default(),
            token_url: resolve_checked(credentials("tokenUrl").as_deref().unwrap_or(TOKEN_URL), environment.origin),
            cached: environment.has_cache,
        }),
        (_, Some(token)) => TokenSource::Fixed(token),
        (_, None) => TokenSource::None,
    };
    let usual = (RateLimits::default(), Backoff::default());
    let limit = |name, usual| number(member("rateLimit", name), usual);
    let backoff = |name, usual| number(member("backoff", name), usual);
    let strict = options.get("validation").and_then(Json::as_str).is_some_and(|word| word.trim() == "strict");
    ClientConfig {
        base_url: BaseUrl::from_checked(
            text(options.get("baseUrl")).as_deref().unwrap_or(BASE_URL),
            environment.origin,
        ),
        token,
        headers: checked_headers(options),
        timeout_ms: number(options.get("timeoutMs"), DEFAULT_TIMEOUT_MS),
        max_retries: number(options.get("maxRetries"), DEFAULT_MAX_RETRIES),
        backoff: Backoff { base_ms: backoff("baseMs", usual.1.base_ms), cap_ms: backoff("capMs", usual.1.cap_ms) },
        rate_limits: if options.get("rateLimit") == Some(&Json::Bool(false)) {
            RateLimits::NONE
        } else {
            RateLimits {
                per_second: limit("perSecond", usual.0.per_second),
                per_minute: limit("perMinute", usual.0.per_minute),
                per_day: limit("perDay", usual.0.per_day),
                max_concurrent: limit("maxConcurrent", usual.0.max_concurrent),
            }
        },
        validation: if strict { Validation::Strict } else { Validation::Report },
        emits_events: environment.emits_events,
        isolated: environment.isolated,
    }
}

/// Validates the options of a call. Returns them, or all of their problems. A valid signal and a function `token` are removed
/// before; `has_provider` is whether there was such a function.
///
/// ```
/// use cisco_support_case::client::call_options;
/// use cisco_support_case::paging::ReadOrder;
/// use cisco_support_case::util::Json;
///
/// let options = Json::object([("order", Json::from("oldest")), ("maxAgeMs", Json::from(60_000_u32))]);
/// let (options, order) = call_options(&options, false).unwrap();
/// assert_eq!(order, ReadOrder::OldestFirst);
/// assert_eq!(options.headers, [("cache-control".to_owned(), "max-age=60".to_owned())]);
/// assert!(call_options(&Json::object([("baseUrl", Json::from("/"))]), false).is_err(), "an option of a client");
/// ```
pub fn call_options(options: &Json, has_provider: bool) -> Result<(CallOptions, ReadOrder), Vec<Problem>> {
    let mut problems = Vec::new();
    let given = OptionReader::new("options", options, &CALL_OPTIONS, &mut problems);
    if let Some(signal) = given.get("signal") {
        problems.push(option_problem("signal", "an AbortSignal", signal));
    }
    let timeout_ms = timeout(&given, &mut problems);
    let mut headers = headers(given.get("headers"), &mut problems);
    match given.get("traceparent") {
        None => {}
        Some(Json::String(text)) if is_traceparent(text) => set_header(&mut headers, "traceparent", text),
        Some(other) => problems.push(option_problem(
            "traceparent",
            "00-, then 32, 16 and 2 hexadecimal digits with - between them (W3C Trace Context)",
            other,
        )),
    }
    let token = match given.get("token") {
        _ if has_provider => Some(CallToken::Provider),
        None => None,
        Some(Json::String(token)) if is_token(token) => Some(CallToken::Fixed(token.clone())),
        Some(other) => {
            problems.push(secret_or_unset_problem("token", TOKEN, Some(other)));
            None
        }
    };
    let max_retries = retries(&given, &mut problems);
    let order = validate_enum("order", &["newest", "oldest"], OPTION, given.get("order"), &mut problems);
    let order = if order == Some("oldest") { ReadOrder::OldestFirst } else { ReadOrder::NewestFirst };
    let expected = "a whole number of milliseconds, 0 for no cached response";
    if whole_number("maxAgeMs", given.get("maxAgeMs"), MAX_TIMEOUT_MS, expected, &mut problems).is_some() {
        set_max_age(&mut headers, options);
    }
    if problems.is_empty() {
        Ok((CallOptions { timeout_ms, max_retries, headers, token, excludes_queue_time: false }, order))
    } else {
        Err(problems.truncated())
    }
}

/// Reads options of a call that were validated before, like [`checked_options`].
pub fn checked_call_options(options: &Json, has_provider: bool) -> (CallOptions, ReadOrder) {
    let number = |name| options.u32_at(name);
    let text = |name| options.get(name).and_then(Json::as_str);
    let mut headers = checked_headers(options);
    if let Some(traceparent) = text("traceparent") {
        set_header(&mut headers, "traceparent", traceparent);
    }
    set_max_age(&mut headers, options);
    let order = if text("order").is_some_and(|word| word.trim() == "oldest") {
        ReadOrder::OldestFirst
    } else {
        ReadOrder::NewestFirst
    };
    let token = if has_provider {
        Some(CallToken::Provider)
    } else {
        text("token").map(|token| CallToken::Fixed(token.to_owned()))
    };
    let (timeout_ms, max_retries) = (number("timeoutMs"), number("maxRetries"));
    (CallOptions { timeout_ms, max_retries, headers, token, excludes_queue_time: false }, order)
}

/// Reads the headers of validated options.
fn checked_headers(options: &Json) -> Vec<(String, String)> {
    let mut headers = Vec::new();
    if let Some(Json::Object(members)) = options.get("headers") {
        for (name, value) in members {
            if let Some(value) = value.as_str() {
                set_header(&mut headers, name, value);
            }
        }
    }
    headers
}

/// Sets a header. A header of the same name is replaced, since two would be joined to an invalid value.
#[inline(never)]
fn set_header(headers: &mut Vec<(String, String)>, name: &str, value: &str) {
    headers.retain(|(other, _)| !other.eq_ignore_ascii_case(name));
    headers.push((name.to_owned(), value.to_owned()));
}

/// Sets `Cache-Control` from `maxAgeMs`, in whole seconds (RFC 9111, section 5.2.1.1). Less than a second requires a fresh
/// response.
fn set_max_age(headers: &mut Vec<(String, String)>, options: &Json) {
    let Some(Json::Number(digits)) = options.get("maxAgeMs") else { return };
    match digits.len().checked_sub(3).and_then(|end| digits.get(..end)).filter(|seconds| !seconds.is_empty()) {
        Some(seconds) => set_header(headers, CACHE_CONTROL, &text!("max-age=", seconds)),
        None => set_header(headers, CACHE_CONTROL, NO_CACHE),
    }
}

const OPTION: &str = "INVALID_OPTION";

/// Options that JSON cannot represent, each with its expected value.
pub(crate) const FUNCTIONS: [(&str, &str); 4] = [
    ("fetch", "a function"),
    ("hooks", "an object of functions named onRequest, onResponse, onRetry and onWait"),
    ("logger", "an object of functions named debug, info, warn and error"),
    ("tokenCache", "an object with the functions get and set"),
];

/// The log levels, which the package uses.
pub(crate) const LEVELS: [&str; 4] = ["debug", "info", "warn", "error"];

/// The values of `validation`.
pub(crate) const VALIDATIONS: [&str; 2] = ["report", "strict"];
/// The values of `fetchCredentials`, which only JavaScript uses.
pub(crate) const FETCH_CREDENTIALS: [&str; 3] = ["same-origin", "include", "omit"];

/// A reader of options: members by name.
pub(crate) struct OptionReader<'g>(&'g [(String, Json)]);

impl<'g> OptionReader<'g> {
    /// A reader of an object. Reports members that are not known.
    pub(crate) fn new(what: &str, value: &'g Json, known: &[&str], problems: &mut Vec<Problem>) -> OptionReader<'g> {
        let members = match value {
            Json::Null => return OptionReader(&[]),
            Json::Object(members) => members,
            // A value in place of an object may be a secret.
            other => {
                problems.push(option_problem(what, "an object", &Json::from(other.kind_name())));
                return OptionReader(&[]);
            }
        };
        for (name, _) in members {
            if !known.contains(&name.as_str()) {
                problems.report(|| {
                    let expected = ["one of ", &join(&mut known.iter().copied(), ", ")].concat();
                    option_problem(what, &expected, &Json::from(name.as_str()))
                });
            }
        }
        OptionReader(members)
    }

    /// A member; `None` for `null`.
    pub(crate) fn get(&self, name: &str) -> Option<&'g Json> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value).filter(|value| **value != Json::Null)
    }
}

fn token_source(given: &OptionReader<'_>, environment: Environment<'_>, problems: &mut Vec<Problem>) -> TokenSource {
    let token = match given.get("token") {
        _ if environment.has_provider => TokenSource::Provider,
        None => TokenSource::None,
        Some(Json::String(token)) if is_token(token) => TokenSource::Fixed(token.clone()),
        Some(other) => {
            problems.push(secret_or_unset_problem("token", TOKEN, Some(other)));
            TokenSource::None
        }
    };
    let Some(credentials) = given.get("credentials") else {
        if environment.has_cache {
            problems.push(secret_problem(
                "tokenCache",
                "credentials as well, since a token provider caches its own tokens",
            ));
        }
        return token;
    };
    if environment.in_page {
        let mut problem =
            secret_problem("credentials", "no credentials in a web page, where every visitor can read them");
        problem.code = "CREDENTIALS_IN_PAGE";
        problems.push(problem);
    }
    if environment.has_provider || given.get("token").is_some() {
        problems.push(secret_problem("credentials", "either token or credentials, not both"));
    }
    let is_object = matches!(credentials, Json::Object(_));
    let allow_http = given.get("allowHttp") == Some(&Json::Bool(true));
    let credentials = OptionReader::new("credentials", credentials, &CREDENTIALS, problems);
    if !is_object {
        return token;
    }
    let mut member = |name: &str, full: &str| match credentials.get(name) {
        // The file of a secret may end in a line break.
        Some(Json::String(text)) if !text.is_empty() && text.trim() == text => text.clone(),
        other => {
            problems.push(secret_or_unset_problem(full, CREDENTIAL, other));
            String::new()
        }
    };
    let client_id = member("clientId", "credentials.clientId");
    let client_secret = member("clientSecret", "credentials.clientSecret");
    let token_url = string_option("credentials.tokenUrl", credentials.get("tokenUrl"), problems);
    match check_url("credentials.tokenUrl", token_url.as_deref().unwrap_or(TOKEN_URL), environment.origin, allow_http) {
        Ok(token_url) => {
            TokenSource::Credentials(Credentials { client_id, client_secret, token_url, cached: environment.has_cache })
        }
        Err(problem) => {
            problems.push(problem);
            token
        }
    }
}

pub(crate) fn string_option(name: &str, value: Option<&Json>, problems: &mut Vec<Problem>) -> Option<String> {
    match value? {
        Json::String(text) => Some(text.clone()),
        other => {
            problems.push(option_problem(name, "a string", other));
            None
        }
    }
}

fn timeout(given: &OptionReader<'_>, problems: &mut Vec<Problem>) -> Option<u32> {
    whole_number(
        "timeoutMs",
        given.get("timeoutMs"),
        MAX_TIMEOUT_MS,
        "a whole number of milliseconds, 0 for no limit",
        problems,
    )
}

fn retries(given: &OptionReader<'_>, problems: &mut Vec<Problem>) -> Option<u32> {
    whole_number("maxRetries", given.get("maxRetries"), MAX_RETRIES, "a whole number from 0 to 10", problems)
}

/// Reads a whole number from 0 to a maximum.
pub(crate) fn whole_number(
    name: &str,
    value: Option<&Json>,
    most: u32,
    expected: &str,
    problems: &mut Vec<Problem>,
) -> Option<u32> {
    let value = value?;
    let number = value.as_u64().and_then(|number| u32::try_from(number).ok()).filter(|number| *number <= most);
    if number.is_none() {
        problems.push(option_problem(name, expected, value));
    }
    number
}

/// Reads the members of an object of whole numbers. Absent members keep their values.
pub(crate) fn number_members(
    name: &str,
    given: &OptionReader<'_>,
    members: &[&str],
    numbers: &mut [u32],
    most: u32,
    expected: &str,
    problems: &mut Vec<Problem>,
) {
    let given = OptionReader::new(name, given.get(name).unwrap_or(&Json::Null), members, problems);
    for (member, number) in members.iter().zip(numbers) {
        let full = [name, ".", member].concat();
        *number = whole_number(&full, given.get(member), most, expected, problems).unwrap_or(*number);
    }
}

/// The option `rateLimit`: an object of limits, or `false` for none.
fn rate_limits(given: &OptionReader<'_>, problems: &mut Vec<Problem>) -> RateLimits {
    let value = given.get("rateLimit");
    match value {
        Some(Json::Bool(false)) => return RateLimits::NONE,
        None | Some(Json::Object(_)) => {}
        Some(other) => {
            problems.push(option_problem("rateLimit", "an object, or false", &Json::from(other.kind_name())))
        }
    }
    let RateLimits { per_second, per_minute, per_day, max_concurrent } = RateLimits::default();
    let mut limits = [per_second, per_minute, per_day, max_concurrent];
    if let Some(Json::Object(_)) = value {
        let expected = "a whole number, 0 for no limit";
        number_members("rateLimit", given, &RATE_LIMIT, &mut limits, MAX_RATE_LIMIT, expected, problems);
    }
    let [per_second, per_minute, per_day, max_concurrent] = limits;
    RateLimits { per_second, per_minute, per_day, max_concurrent }
}

fn headers(value: Option<&Json>, problems: &mut Vec<Problem>) -> Vec<(String, String)> {
    let mut headers = Vec::new();
    match value {
        None => {}
        Some(Json::Object(members)) => {
            for (name, value) in members {
                match value.as_str() {
                    None => problems.report(|| secret_problem(&["headers.", name].concat(), "a string")),
                    Some(value) => match check_header("headers", name, value) {
                        Ok(()) => set_header(&mut headers, name, value),
                        Err(problem) => problems.report(|| problem),
                    },
                }
            }
        }
        Some(_) => problems.push(secret_problem("headers", "an object of names and values")),
    }
    headers
}

pub(crate) fn option_problem(name: &str, expected: &str, value: &Json) -> Problem {
    Problem::new(name, OPTION, expected, value)
}

/// A problem without its value, which may be a secret.
fn secret_problem(name: &str, expected: &str) -> Problem {
    option_problem(name, expected, &Json::from("(not shown)"))
}

/// The form of a token, and of a client's id and secret.
const TOKEN: &str = "a token without spaces, as a string, or a function that returns one";
const CREDENTIAL: &str = "a non-empty string without spaces at its ends (is its environment variable set?)";

/// A problem without its value, except for an unset or empty environment variable.
fn secret_or_unset_problem(name: &str, expected: &str, value: Option<&Json>) -> Problem {
    match value.map(Json::as_str) {
        None => option_problem(name, expected, &Json::Null),
        Some(Some(text)) if text.trim().is_empty() => option_problem(name, expected, &Json::Null),
        Some(_) => secret_problem(name, expected),
    }
}

fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| matches!(b, 0x21..=0x7e))
}

/// Whether a text is a `traceparent` of version `00`: version, trace id, parent id and flags, with ids that are not all zero.
/// (W3C Trace Context, section 3.2.)
fn is_traceparent(text: &str) -> bool {
    let mut parts = text.split('-');
    let mut next = |digits: usize| {
        let part = parts.next().unwrap_or_default();
        let is_hex = part.len() == digits && part.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        (is_hex, part.bytes().any(|b| b != b'0'))
    };
    let parts_are = [next(2), next(32), next(16), next(2)];
    text.len() == 55
        && parts_are.iter().all(|(is_hex, _)| *is_hex)
        && matches!(parts_are, [(_, false), (_, true), (_, true), _])
}
