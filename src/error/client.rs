//! The errors that the client finds.

use super::{ErrorRow, row::row};
use crate::error::ErrorKind::{
    Aborted, Authentication, Decode, Internal, InvalidRequest, Network, Quota, Timeout, Unavailable,
};

/// The errors that the client finds. The codes are of this package.
///
/// ```
/// use cisco_support_case::error::CLIENT_ERRORS;
///
/// assert!(CLIENT_ERRORS.iter().all(|row| row.status == 0));
/// ```
#[rustfmt::skip]
pub static CLIENT_ERRORS: &[ErrorRow] = &[
    row(0, "INVALID_PARAMETER", &[], InvalidRequest, false,
        "A parameter has a name or a type that the call does not accept.",
        "Check what you entered.")
        .with_hint("problems lists each invalid parameter with the expected and the received value."),
    row(0, "INVALID_OPTION", &[], InvalidRequest, false,
        "An option has a name, a type or a value that is not accepted.",
        "Report this to the portal's operator.")
        .with_hint("problems lists each invalid option of the client or the call with the expected and the received value."),
    row(0, "CREDENTIALS_IN_PAGE", &[], InvalidRequest, false,
        "A client secret was passed to code that runs in a web page, where every visitor can read it.",
        "Report this to the portal's operator.")
        .with_hint("Keep the secret on a server. In the page set baseUrl to the address of a gateway, or pass a token."),
    row(0, "NO_TOKEN", &[], Authentication, false,
        "No access token is available: none was given, or the token provider failed.",
        "Sign in again.")
        .with_hint("Pass token (a string, or a function that returns one) or, on a server, credentials. If the function threw, cause has its error."),
    row(0, "INVALID_CLIENT", &["invalid_client"], Authentication, true,
        "The token endpoint rejected the client id and secret.",
        "Try again in a few minutes; if the error persists, ask the portal's operator to check the client id and secret.")
        .with_hint("Check credentials.clientId and credentials.clientSecret, and that the application has the Case API enabled."),
    row(0, "REDIRECTED", &[], Unavailable, false,
        "The server responded with a redirect. A request with a token follows none.",
        "Report this to the portal's operator.")
        .with_hint("Set baseUrl to the address that the redirect leads to."),
    row(0, "SIGN_IN_PAGE", &[], Authentication, false,
        "The server responded with a sign-in page instead of data: the session with the portal, or with a proxy in front of it, has ended.",
        "Reload the page to sign in again.")
        .with_hint("baseUrl returned an HTML page or redirected to another host: a proxy in front of it requires a sign-in, or no gateway runs at this address."),
    row(0, "UNDOCUMENTED_STATUS", &[], Unavailable, false,
        "The service responded with an HTTP status that its documentation does not list.",
        "Report this to the portal's operator, with the message id."),
    row(0, "UNEXPECTED_RESPONSE", &[], Decode, false,
        "The response is neither the documented document nor a known error.",
        "Report this to the portal's operator, with the message id.")
        .with_hint("Check that baseUrl is the address of the service or of a gateway of this package."),
    row(0, "UNKNOWN_CODE", &[], Unavailable, false,
        "The gateway responded with an error code that this version of the package does not know.",
        "Report this to the portal's operator, with the request id."),
    row(0, "ILLEGAL_JSON", &[], Decode, true,
        "The response is not valid JSON, or was cut short.",
        "Try again; if the error persists, report it with the message id.")
        .with_hint("If the error persists, check whether a proxy on the way changes response bodies."),
    row(0, "BODY_TOO_LARGE", &[], Decode, false,
        "The response is larger than 64 MiB.",
        "Select fewer cases at a time."),
    row(0, "INVALID_RECORD", &[], Decode, false,
        "A record violates a documented rule, and validation is strict.",
        "Report this to the portal's operator, with the message id.")
        .with_hint("Set validation: \"report\" to get the records together with a list of their issues."),
    row(0, "PAGE_MISMATCH", &[], Decode, false,
        "The service responded with a different page than the requested one; continuing would repeat or lose cases.",
         "Report this to the portal's operator, with the message id."),
    row(0, "LIST_UNSTABLE", &[], Unavailable, true,
        "The list changed faster than it could be read to its end.",
        "Try again when fewer cases are being updated, or select fewer contracts at a time."),
    row(0, "INCOMPLETE", &[], Unavailable, true,
        "Some parts of the bulk call could not be read; everything else was delivered.",
        "Try again later to get the rest; what was read is correct.")
        .with_hint("failures lists the parts with their errors. Pass resumeToken() as resume to continue, or set partial: true to end without this error."),
    row(0, "LIMIT_REACHED", &[], InvalidRequest, false,
        "There are more cases than the given limit.",
        "Narrow your search.")
        .with_hint("Raise the limit of toArray(), or iterate over the call."),
    row(0, "TIMEOUT", &[], Timeout, true,
        "The call received no response in the time allowed.",
        "Try again.")
        .with_hint("timeoutMs covers the whole call: waiting for the rate limit, the token and all attempts."),
    row(0, "ABORTED", &[], Aborted, false,
        "The caller aborted the call.",
        "No action is needed: the request was cancelled."),
    row(0, "NETWORK", &[], Network, true,
        "The service could not be reached, or the connection was interrupted.",
        "Check your connection and try again.")
        .with_hint("cause is what fetch threw; in a page the browser's console says more. A request to another origin must be allowed by the response (CORS; cors.origins of the gateway) and by the Content-Security-Policy (connect-src). The service itself allows no page: set baseUrl to a gateway."),
    row(0, "NO_SIMD", &[], Unavailable, false,
        "This runtime does not support WebAssembly SIMD (simd128), which the decoder requires.",
        "Use a newer browser or runtime: Chrome 91, Firefox 89, Safari 16.4, Node 16.4 or later."),
    row(0, "NO_WASM", &[], Unavailable, false,
        "WebAssembly is disabled, or compiling it is not allowed here.",
        "Report this to the portal's operator.")
        .with_hint("Allow it in the page's Content-Security-Policy: script-src 'self' 'wasm-unsafe-eval'."),
    row(0, "LOAD_FAILED", &[], Network, true,
        "The WebAssembly module could not be loaded. If the bundler does not ship it, copy page.wasm and bulk.wasm (on servers client.wasm and bulk.wasm), and store.wasm and store-deferred.wasm for a store, from cisco-support-case/wasm to the script's folder, or import cisco-support-case/inline.",
        "Check your connection and try again. If that does not help, report this to the portal's operator.")
        .with_hint("Check that the server has the .wasm files, and that the page's Content-Security-Policy allows fetching them (connect-src)."),
    row(0, "VERSION_MISMATCH", &[], Unavailable, false,
        "The WebAssembly module and the JavaScript are from different builds of this package.",
        "Reload the page.")
        .with_hint("If reloading does not help, purge the cache that serves the package's scripts and .wasm files."),
    row(0, "QUOTA_SPENT", &[], Quota, false,
        "The quota of the client, or of the gateway, is used up and does not renew in time.",
        "Wait until the quota renews; until then only data that is already loaded can be shown.")
        .with_hint("rateLimit.perDay and rateLimit.perMinute are the client's quota; renewsAt is when it renews."),
    row(0, "NOT_LOADED", &[], InvalidRequest, false,
        "The WebAssembly module is not loaded yet.",
        "Reload the page.")
        .with_hint("Call await ready() once at start-up, before any synchronous function."),
    row(0, "CLIENT_CLOSED", &[], InvalidRequest, false,
        "The client was closed by free().",
        "Reload the page.")
        .with_hint("Create a new client. If an effect's cleanup frees the client, create it in that effect: React's StrictMode runs both twice."),
    row(0, "PANIC", &[], Internal, false,
        "A defect of this package stopped its WebAssembly module.",
        "Reload the page, and report the defect.")
        .with_hint("Call reset() to restore the module."),
];
