//! The errors that the client finds.

use super::{ErrorRow, row::row};
use crate::error::ErrorKind::{
    Aborted, Authentication, Decode, Internal, InvalidRequest, Network, Quota, Timeout, Unavailable,
};

/// What only this side can find wrong. The codes are this package's own.
#[rustfmt::skip]
pub static CLIENT_ERRORS: &[ErrorRow] = &[
    row(0, "INVALID_PARAMETER", &[], InvalidRequest, false,
        "A parameter has a name or a type that the call does not take.",
        "Check what was asked for.")
        .with_hint("problems names the parameters, what is expected and what came."),
    row(0, "INVALID_OPTION", &[], InvalidRequest, false,
        "An option has a name, a type or a value that cannot be used.",
        "Report this to the portal's operator.")
        .with_hint("problems names the options of the client or of the call, what is expected and what came."),
    row(0, "CREDENTIALS_IN_PAGE", &[], InvalidRequest, false,
        "A client secret was handed to code that runs in a web page, where every visitor can read it.",
        "Report this to the portal's operator.")
        .with_hint("Keep the secret on a server, and give the page a gateway's address as baseUrl, or a token."),
    row(0, "NO_TOKEN", &[], Authentication, false,
        "There is no token to ask by: none was given, or its provider failed.",
        "Sign in again.")
        .with_hint("Give the client a token, a function that gets one, or on a server credentials; cause is what the function threw."),
    row(0, "INVALID_CLIENT", &["invalid_client"], Authentication, true,
        "The token endpoint does not accept the client id and secret.",
        "Try again in a few minutes; if it stays, ask the portal's operator to check the client id and secret.")
        .with_hint("Check credentials.clientId and credentials.clientSecret, and that the application has the Case API enabled."),
    row(0, "REDIRECTED", &[], Unavailable, false,
        "The address answers with a redirect, which a request with a token does not follow.",
        "Report this to the portal's operator.")
        .with_hint("Check baseUrl: it is to be the address that the redirect leads to."),
    row(0, "SIGN_IN_PAGE", &[], Authentication, false,
        "A sign-in page came where data was due: the sign-in to the portal, or to a proxy before it, has ended.",
        "Reload the page to sign in again.")
        .with_hint("baseUrl answers with a page of HTML or leads to another host: a proxy before it asks for a sign-in, or no gateway is there."),
    row(0, "UNDOCUMENTED_STATUS", &[], Unavailable, false,
        "The service answered with an HTTP status that its documentation does not have.",
        "Report it to the portal's operator, with the message id."),
    row(0, "UNEXPECTED_RESPONSE", &[], Decode, false,
        "The answer is neither the documented document nor a known error.",
        "Report it to the portal's operator, with the message id.")
        .with_hint("Check that baseUrl is that of the service or of a gateway of this package."),
    row(0, "UNKNOWN_CODE", &[], Unavailable, false,
        "A gateway answered with a code that this version of the package does not know.",
        "Report it to the portal's operator, with the request id."),
    row(0, "ILLEGAL_JSON", &[], Decode, true,
        "The answer is not legal JSON, or cut short.",
        "Try again; if it stays, report it with the message id.")
        .with_hint("If it stays, look at what a proxy on the way does to bodies."),
    row(0, "BODY_TOO_LARGE", &[], Decode, false,
        "The answer is larger than 64 MiB.",
        "Ask for less at a time."),
    row(0, "INVALID_RECORD", &[], Decode, false,
        "A record breaks a documented rule, and strict validation was asked for.",
        "Report it to the portal's operator, with the message id.")
        .with_hint("validation: \"report\" gives the records, with a list of what is off."),
    row(0, "PAGE_MISMATCH", &[], Decode, false,
        "The service answered with another page than the one asked for, so going on would repeat or lose cases.",
         "Report it to the portal's operator, with the message id."),
    row(0, "LIST_UNSTABLE", &[], Unavailable, true,
        "The list kept changing faster than it could be read to its end.",
        "Try again when fewer cases are being updated, or ask for fewer contracts at a time."),
    row(0, "INCOMPLETE", &[], Unavailable, true,
        "Some of what was asked for in bulk could not be read; everything else was delivered.",
        "Try again later to get the rest; what was read is right.")
        .with_hint("failures has the parts and their errors; resumeToken() goes on from there, and partial: true does not throw."),
    row(0, "LIMIT_REACHED", &[], InvalidRequest, false,
        "There are more cases than the limit that was given.",
        "Narrow what is searched for.")
        .with_hint("Raise the limit of toArray(), or iterate."),
    row(0, "TIMEOUT", &[], Timeout, true,
        "No answer in the time allowed.",
        "Try again.")
        .with_hint("timeoutMs is for the whole call: its turn, a token and all attempts."),
    row(0, "ABORTED", &[], Aborted, false,
        "The caller gave up.",
        "Nothing to do: the request was cancelled."),
    row(0, "NETWORK", &[], Network, true,
        "The service could not be reached, or the connection broke.",
        "Check the connection and try again.")
        .with_hint("cause is what fetch threw. In a page it tells little, the console more: to another origin than the page's the answer must allow it (CORS; cors.origins of the gateway), and the Content-Security-Policy must (connect-src). The service itself allows no page: give it a gateway as baseUrl."),
    row(0, "NO_SIMD", &[], Unavailable, false,
        "This runtime has no WebAssembly SIMD (simd128), which the decoder is made of.",
        "Use a newer browser or runtime: Chrome 91, Firefox 89, Safari 16.4, Node 16.4 or later."),
    row(0, "NO_WASM", &[], Unavailable, false,
        "WebAssembly is switched off, or may not be compiled here.",
        "Report this to the portal's operator.")
        .with_hint("Allow it in the page's Content-Security-Policy: script-src 'self' 'wasm-unsafe-eval'."),
    row(0, "LOAD_FAILED", &[], Network, true,
        "The WebAssembly module could not be loaded. A bundler that does not ship it needs copies of page.wasm and bulk.wasm (on servers of client.wasm and bulk.wasm) from cisco-support-case/wasm where the script is, or the import cisco-support-case/inline.",
        "Check the connection and try again.")
        .with_hint("See that the server has the .wasm files, and that the page's Content-Security-Policy lets it fetch them (connect-src)."),
    row(0, "VERSION_MISMATCH", &[], Unavailable, false,
        "The WebAssembly module is of another build of this package than its JavaScript.",
        "Reload the page.")
        .with_hint("If that does not help, purge the cache that serves the package's scripts and .wasm files."),
    row(0, "QUOTA_SPENT", &[], Quota, false,
        "The quota that the client, or the gateway before it, keeps to is used, and it does not renew in time.",
        "Wait until the quota renews; until then only what is already loaded can be shown.")
        .with_hint("pace.perDay and pace.perMinute are what the client keeps to; renewsAt is when it renews."),
    row(0, "NOT_LOADED", &[], InvalidRequest, false,
        "The WebAssembly module is not loaded yet.",
        "Reload the page.")
        .with_hint("Await ready() once at start-up before calling synchronous functions."),
    row(0, "CLIENT_CLOSED", &[], InvalidRequest, false,
        "The client was freed.",
        "Reload the page.")
        .with_hint("Make a new client. One that an effect's cleanup frees is made in that effect: React's StrictMode runs both twice."),
    row(0, "PANIC", &[], Internal, false,
        "A defect of this package stopped its WebAssembly module.",
        "Reload the page, and report the defect.")
        .with_hint("reset() brings the module back."),
];
