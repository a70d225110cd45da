//! Validation of request headers.

use crate::rules::Problem;
use crate::util::Json;

/// Headers that the client sets itself, or that would send a session to another host.
pub(crate) const RESERVED: [&str; 5] = ["authorization", "cookie", "host", "content-length", "accept"];

/// Validates a header of the caller. The value is never quoted, since it may be a secret.
pub fn check_header(option: &str, name: &str, value: &str) -> Result<(), Problem> {
    let refuse = |expected: &str| Problem::new(option, "INVALID_OPTION", expected, &Json::from(name));
    // RFC 9110, section 5.6.2: token.
    let is_token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    if name.is_empty() || !name.bytes().all(is_token) {
        Err(refuse("a header name of letters, digits and hyphens"))
    } else if RESERVED.iter().any(|reserved| name.eq_ignore_ascii_case(reserved)) {
        Err(refuse("a header that the client does not set itself (pass a token as the option token)"))
    } else if !is_header_value(value) {
        Err(refuse("a header whose value is visible ASCII text"))
    } else {
        Ok(())
    }
}

/// Visible ASCII with spaces and tabs inside (RFC 9110, section 5.5, without obsolete text).
pub(super) fn is_header_value(value: &str) -> bool {
    value.bytes().all(|b| matches!(b, b'\t' | 0x20..=0x7e)) && value.trim() == value
}
