//! The address that requests go below.

use crate::model::Json;
use crate::rules::Problem;

/// An address that requests may go below: `https`, or `http` on this machine, without query, user or trailing slash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl(String);

impl BaseUrl {
    /// The address, without trailing slash.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Checks a base address. A path such as `/api/case` is taken on the page's own origin, where there is one.
///
/// ```
/// use cisco_support_case::client::base_url;
/// assert!(base_url("baseUrl", "https://apix.cisco.com/case/v3/", None).is_ok());
/// assert!(base_url("baseUrl", "http://portal.example/case", None).is_err());
/// let own = base_url("baseUrl", "/api/case", Some("https://portal.example"));
/// assert_eq!(own.map(|url| url.as_str().to_owned()), Ok("https://portal.example/api/case".to_owned()));
/// ```
pub fn base_url(option: &str, text: &str, origin: Option<&str>) -> Result<BaseUrl, Problem> {
    let refuse =
        |expected: &str| Problem::new(option, "INVALID_OPTION", expected, &Json::from(redacted(text).as_str()));
    let text = text.trim();
    if text.chars().any(|c| c.is_whitespace() || c.is_control() || matches!(c, '?' | '#' | '\\')) {
        return Err(refuse("an address without spaces, query or fragment"));
    }
    let absolute = if text.starts_with('/') && !text.starts_with("//") {
        let origin = origin.filter(|origin| origin.starts_with("http://") || origin.starts_with("https://"));
        format!(
            "{}{text}",
            origin.ok_or_else(|| refuse("an absolute address, since there is no page here to take a path on"))?
        )
    } else {
        let lower = text.get(..8.min(text.len())).unwrap_or("").to_ascii_lowercase();
        let rest = if lower.starts_with("https://") {
            text.get(8..)
        } else if lower.starts_with("http://") && is_this_machine(text.get(7..).unwrap_or("")) {
            text.get(7..)
        } else {
            None
        };
        let authority = rest.map(|rest| rest.split('/').next().unwrap_or(""));
        match authority {
            None => return Err(refuse("an https address, http only on localhost, or a path on the page's own origin")),
            Some(host) if host.is_empty() || host.starts_with(':') => return Err(refuse("an address with a host")),
            Some(host) if host.contains('@') => return Err(refuse("an address without user and password")),
            Some(_) => text.to_owned(),
        }
    };
    Ok(BaseUrl(absolute.trim_end_matches('/').to_owned()))
}

fn is_this_machine(rest: &str) -> bool {
    let authority = rest.split('/').next().unwrap_or("");
    let host = match authority.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or(""),
        None => authority.split(':').next().unwrap_or(""),
    };
    host == "localhost"
        || host.ends_with(".localhost")
        || host == "::1"
        || host.starts_with("127.") && host.bytes().all(|b| b.is_ascii_digit() || b == b'.')
}

/// An address as it may be quoted: without what may be a password before an `@`, and without its query.
fn redacted(text: &str) -> String {
    let text = text.split(['?', '#']).next().unwrap_or("");
    match text.rsplit_once('@') {
        Some((before, after)) => {
            let scheme =
                before.split_once(':').map_or("", |(scheme, rest)| if rest.starts_with("//") { scheme } else { "" });
            let slashes = if scheme.is_empty() { "" } else { "://" };
            format!("{scheme}{slashes}…@{after}")
        }
        None => text.to_owned(),
    }
}
