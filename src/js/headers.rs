//! Encoding of headers at the boundary.

#[cfg(feature = "js-gateway")]
use crate::client::HttpResponse;
#[cfg(feature = "js-gateway")]
use crate::decode::Body;
#[cfg(feature = "js-gateway")]
use alloc::borrow::ToOwned;
use alloc::string::String;

/// Encodes headers as lines of a name, a colon and a value: one string is faster than many. The package's `util/headers.ts`
/// decodes them.
pub(super) fn encode_headers<N: AsRef<str>>(headers: &[(N, String)]) -> String {
    headers.iter().flat_map(|(name, value)| [name.as_ref(), ":", value, "\n"]).collect()
}

/// The value of a header in such lines. Names are in lower case on both sides.
#[cfg(feature = "js-gateway")]
pub(super) fn header_value<'l>(lines: &'l str, name: &str) -> Option<&'l str> {
    lines.split('\n').find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
}

/// A response of the service, with its headers as lines.
#[cfg(feature = "js-gateway")]
pub(super) fn response(status: u16, headers: &str, body: Body) -> HttpResponse<()> {
    let header = |name| header_value(headers, name).map(str::to_owned);
    HttpResponse {
        status,
        mashery_error_code: header("x-mashery-error-code"),
        message_id: header("x-mashery-message-id"),
        retry_after: header("retry-after"),
        date: header("date"),
        body,
        raw: (),
    }
}
