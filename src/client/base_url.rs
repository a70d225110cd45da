//! Validation of base URLs.

use crate::rules::Problem;
use crate::util::{Json, str_prefix, text};
use alloc::{borrow::ToOwned, string::String};

/// A valid base URL: `https`, or `http` on localhost, without query, user or trailing slash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl(String);

impl BaseUrl {
    /// A base URL from a valid URL, without trailing slashes.
    pub(super) fn from_valid(mut url: String) -> BaseUrl {
        while url.ends_with('/') {
            url.pop();
        }
        BaseUrl(url)
    }

    /// The URL, without a trailing slash.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl BaseUrl {
    /// A base URL from an option that was validated before.
    pub(super) fn from_checked(text: &str, origin: Option<&str>) -> BaseUrl {
        let address = resolve_checked(text, origin);
        let slashes = address.bytes().rev().take_while(|byte| *byte == b'/').count();
        BaseUrl(str_prefix(&address, address.len() - slashes).to_owned())
    }
}

/// Resolves an option that was validated before: a path is resolved against the origin.
pub(super) fn resolve_checked(text: &str, origin: Option<&str>) -> String {
    let text = text.trim();
    let origin = origin.filter(|_| text.starts_with('/')).unwrap_or_default();
    text!(origin, text)
}

/// Validates a base URL. A path such as `/api/case` is resolved against the origin of the page, if there is one.
///
/// ```
/// use cisco_support_case::client::check_base_url;
/// assert!(check_base_url("baseUrl", "https://apix.cisco.com/case/v3/", None).is_ok());
/// assert!(check_base_url("baseUrl", "http://portal.example/case", None).is_err());
/// let own = check_base_url("baseUrl", "/api/case", Some("https://portal.example"));
/// assert_eq!(own.map(|url| url.as_str().to_owned()), Ok("https://portal.example/api/case".to_owned()));
/// ```
pub fn check_base_url(option: &str, text: &str, origin: Option<&str>) -> Result<BaseUrl, Problem> {
    check_url(option, text, origin, false).map(BaseUrl::from_valid)
}

/// Validates a URL; `allow_http` accepts `http` on any host.
pub(super) fn check_url(option: &str, text: &str, origin: Option<&str>, allow_http: bool) -> Result<String, Problem> {
    absolute_url(text.trim(), origin, allow_http).map_err(|expected| {
        Problem::new(option, "INVALID_OPTION", expected, &Json::from(redact_url(text.trim()).as_str()))
    })
}

/// The absolute URL, or the expected form of an invalid one.
fn absolute_url(text: &str, origin: Option<&str>, allow_http: bool) -> Result<String, &'static str> {
    if text.chars().any(|c| c.is_whitespace() || c.is_control() || matches!(c, '?' | '#' | '\\')) {
        return Err("a URL without spaces, query or fragment");
    }
    if starts_with(text, "/") && !starts_with(text, "//") {
        return match origin {
            Some(origin) if starts_with(origin, "http://") || starts_with(origin, "https://") => {
                Ok([origin, text].concat())
            }
            _ => Err("an absolute URL, since a path needs the origin of a page"),
        };
    }
    let host = if starts_with(text, "https://") {
        before_any(text.get(8..), b"/")
    } else {
        let host = before_any(text.get(7..), b"/");
        if !starts_with(text, "http://") || !(allow_http || is_loopback(host)) {
            return Err(
                "an https URL (http only on localhost or with allowHttp: true), or a path on the page's own origin",
            );
        }
        host
    };
    if before_any(Some(host), b"@") != host {
        Err("a URL without user and password")
    } else if !is_host(host) {
        Err("a URL with a host, and a port up to 65535 if any")
    } else {
        Ok(text.to_owned())
    }
}

/// Whether a text is a host name, an IPv4 address or an IPv6 address in brackets, with an optional port. Non-ASCII characters
/// are accepted; `fetch` validates them.
fn is_host(authority: &str) -> bool {
    let v6 = starts_with(authority, "[");
    let host = if v6 { before_any(authority.get(1..), b"]") } else { before_any(Some(authority), b":") };
    let rest = authority.get(host.len() + usize::from(v6)..).unwrap_or("");
    let port = if v6 { rest.strip_prefix("]") } else { Some(rest) };
    let is_port = port.is_some_and(|port| {
        port.is_empty()
            || port
                .strip_prefix(":")
                .is_some_and(|digits| digits.bytes().all(|b| b.is_ascii_digit()) && digits.parse::<u16>().is_ok())
    });
    let is_letter = |b: u8| match b {
        b':' => v6,
        _ => b.is_ascii_alphanumeric() || b >= 0x80 || b"-._".contains(&b),
    };
    is_port && !host.is_empty() && host.bytes().all(is_letter)
}

/// Whether a text starts with another one, ignoring ASCII case.
fn starts_with(text: &str, start: &str) -> bool {
    text.get(..start.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(start))
}

/// The part of a text before the first of some characters.
fn before_any<'a>(text: Option<&'a str>, ends: &[u8]) -> &'a str {
    let text = text.unwrap_or("");
    let end = text.bytes().position(|b| ends.contains(&b)).unwrap_or(text.len());
    text.get(..end).unwrap_or("")
}

fn is_loopback(authority: &str) -> bool {
    let v6 = starts_with(authority, "[");
    let host = if v6 { before_any(authority.get(1..), b"]") } else { before_any(Some(authority), b":") };
    let host = host.to_ascii_lowercase();
    host == "localhost"
        || host.ends_with(".localhost")
        || host == "::1"
        || host.starts_with("127.") && host.bytes().all(|b| b.is_ascii_digit() || b == b'.')
}

/// A URL that may be quoted: without a possible password before `@`, and without its query.
fn redact_url(text: &str) -> String {
    let text = before_any(Some(text), b"?#");
    let Some(at) = text.bytes().rposition(|b| b == b'@') else { return text.to_owned() };
    let scheme = ["https://", "http://"].into_iter().find(|scheme| starts_with(text, scheme)).unwrap_or("");
    [scheme, "…", text.get(at..).unwrap_or("")].concat()
}
