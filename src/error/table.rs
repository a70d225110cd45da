//! The error table.

use super::{ErrorKind, GATEWAY_ERRORS, tokens::canonical};
use crate::model::prose;
use alloc::vec::Vec;

/// One row of the error table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ErrorRow {
    /// HTTP status as documented, or with which a gateway of this package answers; 0 for what this side finds.
    pub status: u16,
    /// The documentation's "Message", verbatim; of our own rows a code of our own.
    pub code: &'static str,
    /// Other spellings of the same row: the second code of a documented cell, and the gateway's
    /// (`X-Mashery-Error-Code`, `<h1>`). Compared without case, status and "Developer" or "Account" in front.
    pub aliases: &'static [&'static str],
    /// What a caller decides by.
    pub kind: ErrorKind,
    /// Whether asking again can help: the client does so by itself, and the advice is to try again. Of a quota it is
    /// `false`, since nothing helps before it renews.
    pub retryable: bool,
    /// What it means. Empty in the client's wasm, as is the advice: there the package's tables tell.
    pub meaning: &'static str,
    /// What to do, in a sentence that a portal can show.
    pub advice: &'static str,
    /// What its developer can do, by the names of options and calls of the npm package. Empty where the advice says it all.
    pub hint: &'static str,
}

impl ErrorRow {
    /// The row with a hint.
    pub(super) const fn hint(self, hint: &'static str) -> ErrorRow {
        ErrorRow { hint: prose(hint), ..self }
    }

    /// Whether the row is known by this code, however a gateway spells it.
    pub fn is_called(&self, code: &str) -> bool {
        let code = canonical(code);
        !code.is_empty() && self.names().any(|name| canonical(name) == code)
    }

    /// The row's code and its other spellings.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        core::iter::once(self.code).chain(self.aliases.iter().copied())
    }

    /// Which row it is, counted through [`ERROR_TABLE`], [`CLIENT_ERRORS`] and [`GATEWAY_ERRORS`]; none for a row of no
    /// table.
    pub fn index(&self) -> Option<usize> {
        let mut before = 0;
        for table in TABLES {
            match table.iter().position(|row| core::ptr::eq(row, self)) {
                Some(place) => return Some(before + place),
                None => before += table.len(),
            }
        }
        None
    }
}

/// All rows there are, and those of them that a service's answer may be about: a gateway's codes mean nothing there.
/// References to the statics: a copy of one may be of other rows, by their addresses.
static TABLES: [&Table; 3] = [&ERROR_TABLE, &CLIENT_ERRORS, &GATEWAY_ERRORS];
static SERVICE_TABLES: [&Table; 2] = [&ERROR_TABLE, &CLIENT_ERRORS];
type Table = &'static [ErrorRow];

/// The rows for a code, of the service's table, of this side's and of a gateway's; with a status, only the rows of that
/// status where there are any.
///
/// ```
/// use cisco_support_case::error::explain;
/// assert_eq!(explain("ERR_403_DEVELOPER_OVER_QPS", None)[0].code, "Account Over Queries Per Second Limit");
/// assert_eq!(explain("API_UNAVAILABLE", None).len(), 2);
/// assert_eq!(explain("API_UNAVAILABLE", Some(500)).len(), 1);
/// ```
pub fn explain(code: &str, status: Option<u16>) -> Vec<&'static ErrorRow> {
    rows(&TABLES, code, status)
}

/// The first of them.
pub(crate) fn explain_first(code: &str, status: Option<u16>) -> Option<&'static ErrorRow> {
    rows(&TABLES, code, status).first().copied()
}

/// The first row for a code in an answer of the service.
pub(super) fn explain_service(code: &str, status: Option<u16>) -> Option<&'static ErrorRow> {
    rows(&SERVICE_TABLES, code, status).first().copied()
}

fn rows(tables: &[&Table], code: &str, status: Option<u16>) -> Vec<&'static ErrorRow> {
    let mut called = Vec::new();
    for table in tables {
        for row in **table {
            if row.is_called(code) {
                called.push(row);
            }
        }
    }
    let is_exact = |row: &&'static ErrorRow| Some(row.status) == status;
    if called.iter().any(is_exact) {
        called.retain(is_exact);
    }
    called
}

/// The row for one of this package's own codes; where there is none, the row of a defect.
pub fn own_row(code: &str) -> &'static ErrorRow {
    const DEFECT: &ErrorRow = &row(0, "PANIC", &[], Internal, false, "A defect of this package.", "Report the defect.");
    [&CLIENT_ERRORS, &GATEWAY_ERRORS]
        .iter()
        .find_map(|table| table.iter().find(|row| row.code == code))
        .unwrap_or(DEFECT)
}

pub(super) const fn row(
    status: u16,
    code: &'static str,
    aliases: &'static [&'static str],
    kind: ErrorKind,
    retryable: bool,
    meaning: &'static str,
    advice: &'static str,
) -> ErrorRow {
    ErrorRow { status, code, aliases, kind, retryable, meaning: prose(meaning), advice: prose(advice), hint: "" }
}

use ErrorKind::{
    Aborted, Authentication, Decode, Internal, InvalidRequest, Network, NotFound, Permission, Quota, RateLimited,
    Timeout, Unavailable,
};

/// The documentation's table, row by row, in its order. (Case API v3, "Error Codes"; spellings from FACTS.)
#[rustfmt::skip]
pub static ERROR_TABLE: &[ErrorRow] = &[
    row(400, "Bad Request", &[], InvalidRequest, false,
        "The request does not conform to HTTP.",
        "Check the request's parameters; if they are right, report this to the portal's operator."),
    row(403, "INVALID_USERID", &["AUTHENTICATION_ERROR"], InvalidRequest, false,
        "A user id is invalid.",
        "Check the user ids: each must be an existing Cisco.com user id."),
    row(403, "INVALID_SORT_OPTION", &[], InvalidRequest, false,
        "sort_by has a value that is none of the documented ones.",
        "Choose another order.")
        .hint("sort_by is UPDATED_DATE or STATUS; left out it is UPDATED_DATE."),
    row(403, "MISSING_INPUTS", &[], InvalidRequest, false,
        "A mandatory search criterion is missing.",
        "Give at least one id."),
    row(403, "INVALID_DATEFORMAT", &[], InvalidRequest, false,
        "A date is not in the documented format.",
        "Check the dates.")
        .hint("Write dates as 2013-04-23T11:00:14Z, or give a Date."),
    row(403, "INVALID_STATUSFLAG", &[], InvalidRequest, false,
        "status_flag has a value that is none of the documented ones.",
        "Ask for open or for closed cases, or for both.")
        .hint("status_flag is O for open or C for closed; left out it is both."),
    row(403, "CASE_NOTFOUND", &[], NotFound, false,
        "The case is not in the system.",
        "Check the case number; it may also belong to somebody else."),
    row(403, "INVALID_DATERANGE", &[], InvalidRequest, false,
        "The range of dates is invalid: it ends before it begins or is longer than 90 days.",
        "Choose a range of at most 90 days that begins before it ends.")
        .hint("allCases reads ranges of any length, in windows of 90 days."),
    row(403, "INVALID_CUSTOMERID", &[], Permission, false,
        "The customer id (BID) is invalid or not associated with the user.",
        "Ask the portal's operator whether the account is registered for this customer."),
    row(403, "EXCEEDED_CASEIDS", &[], InvalidRequest, false,
        "More case ids than the service takes at once.",
        "Ask for at most 30 cases at a time.")
        .hint("allDetails and allCases read any number of cases by their ids."),
    row(403, "EXCEEDED_CONTRACTIDS", &[], InvalidRequest, false,
        "More contract ids than the service takes at once.",
        "Ask for at most 10 contracts at a time.")
        .hint("allCases reads the cases of any number of contracts."),
    row(403, "EXCEEDED_INPUTS", &[], InvalidRequest, false,
        "More than one contract id or more than ten user ids.",
        "Ask for fewer contracts or users at a time; one contract always works.")
        .hint("allCases reads any number of contracts or users, as many at a time as the service takes."),
    row(403, "EXCEEDED_USERIDS", &[], InvalidRequest, false,
        "More user ids than the service takes at once.",
        "Ask for at most 10 users at a time.")
        .hint("allCases reads the cases of any number of users."),
    row(403, "EXCEEDED_BILLTOIDS", &[], InvalidRequest, false,
        "More than five bill-to customer ids.",
        "Ask for at most 5 bill-to ids at a time."),
    row(403, "CASE_API_FORBIDDEN", &[], Permission, false,
        "The user has no access to this service.",
        "Ask the portal's operator: the account needs Cisco Partner Support Service and the Case API enabled."),
    row(403, "Not Authorized", &["ERR_403_NOT_AUTHORIZED", "invalid_token", "Unauthorized"], Authentication, false,
        "The token is invalid or has expired.",
        "Sign in again.")
        .hint("A token provider (token as a function) and credentials renew tokens by themselves; a token as a text is sent as it is."),
    row(403, "Forbidden", &["ERR_403_FORBIDDEN"], Permission, false,
        "The account may not use this method or object.",
        "Ask the portal's operator whether the account may use this function."),
    row(403, "Not Authorized", &[], Authentication, false,
        "The API key was not recognised or its signature is wrong.",
        "Ask the portal's operator to check the client id and secret."),
    row(403, "Account Inactive", &["ERR_403_DEVELOPER_INACTIVE"], Permission, false,
        "The API key has not been approved or has been disabled.",
        "Ask the portal's operator to have the application's key activated."),
    row(403, "Account Over Queries Per Second Limit", &["ERR_403_DEVELOPER_OVER_QPS", "Account Over Qps"],
        RateLimited, true,
        "Too many requests in one second.",
        "Wait a moment and try again."),
    row(403, "Account Over Rate Limit", &["ERR_403_DEVELOPER_OVER_RATE"], Quota, false,
        "The quota of the rate limiting period is spent.",
        "Wait until the quota renews; until then only what is already loaded can be shown.")
        .hint("Where the period is a minute, pace.perMinute keeps to it; where it is a day, pace.perDay."),
    row(403, "Rate Limit Exceeded", &["ERR_403_SERVICE_OVER_QPS", "ERR_403_SERVICE_OVER_RATE"], Unavailable, true,
        "The service is over capacity.",
        "Wait a moment and try again."),
    row(403, "Unknown Referrer", &["ERR_403_DEVELOPER_UNKNOWN_REFERER", "Unknown Referer"], Permission, false,
        "The referrer is unknown to the service.",
        "Ask the portal's operator: requests must come from the portal's server."),
    row(403, "Service requires SSL", &["ERR_403_SERVICE_REQUIRES_SSL"], InvalidRequest, false,
        "The service answers over https only.",
        "Ask the portal's operator to use an https address."),
    row(404, "API_UNAVAILABLE", &[], Unavailable, false,
        "The service is not configured on the server that answered.",
        "Report this to the portal's operator.")
        .hint("Check baseUrl: it ends in /case/v3 at the service, and in the gateway's prefix before one."),
    row(414, "Request URI Too Long", &["ERR_414_REQUEST_URI_TOO_LONG", "URI Too Long"], InvalidRequest, false,
        "The request's address is too long.",
        "Ask for fewer ids at a time."),
    row(415, "INVALID_MEDIATYPE", &["Unsupported Media Type"], InvalidRequest, false,
        "The media type is not supported.",
        "Report this to the portal's operator.")
        .hint("The service speaks JSON only."),
    row(500, "API_UNAVAILABLE", &[], Unavailable, true,
        "The service's database is down or cannot be reached.",
        "Try again in a few minutes."),
    row(500, "UNKNOWN_FAILURE", &[], Unavailable, true,
        "The service failed for a reason it does not tell.",
        "Try again in a few minutes."),
    row(500, "SYSTEM_ERROR", &[], Unavailable, true,
        "The service could not turn its data into JSON.",
        "Try again in a few minutes."),
    row(500, "SYSTEM_ERROR", &[], Unavailable, true,
        "The service's database procedure failed.",
        "Try again in a few minutes."),
    row(500, "SYSTEM_ERROR", &[], Unavailable, true,
        "The service could not write its response.",
        "Try again in a few minutes."),
    row(500, "Internal Server Error", &["ERR_500_INTERNAL_SERVER_ERROR"], Unavailable, true,
        "An internal error of the server.",
        "Try again in a few minutes."),
    row(502, "Bad Gateway", &["ERR_502_BAD_GATEWAY"], Unavailable, true,
        "The server behind the gateway gave a bad response.",
        "Try again in a few minutes."),
    row(502, "Proxy Error", &["ERR_502_PROXY_ERROR"], Unavailable, true,
        "The gateway got an error from the server behind it.",
        "Try again in a few minutes."),
    row(503, "API Maintenance/Service Unavailable",
        &["API Maintenance", "Service Unavailable", "ERR_503_SERVICE_UNAVAILABLE"], Unavailable, true,
        "The service is down for maintenance.",
        "Try again later; maintenance can take hours."),
    row(504, "Gateway Timeout", &["ERR_504_GATEWAY_TIMEOUT"], Unavailable, true,
        "The server behind the gateway did not answer in time.",
        "Try again in a few minutes."),
    row(596, "Service Not Found", &["ERR_596_SERVICE_NOT_FOUND"], InvalidRequest, false,
        "No such service; most likely there are spaces in the request's values.",
        "Check the ids for spaces."),
];

/// What only this side can find wrong. The codes are this package's own.
#[rustfmt::skip]
pub static CLIENT_ERRORS: &[ErrorRow] = &[
    row(0, "INVALID_PARAMETER", &[], InvalidRequest, false,
        "A parameter has a name or a type that the call does not take.",
        "Check what was asked for.")
        .hint("problems names the parameters, what is expected and what came."),
    row(0, "INVALID_OPTION", &[], InvalidRequest, false,
        "An option has a name, a type or a value that cannot be used.",
        "Report this to the portal's operator.")
        .hint("problems names the options of the client or of the call, what is expected and what came."),
    row(0, "CREDENTIALS_IN_PAGE", &[], InvalidRequest, false,
        "A client secret was handed to code that runs in a web page, where every visitor can read it.",
        "Report this to the portal's operator.")
        .hint("Keep the secret on a server, and give the page a gateway's address as baseUrl, or a token."),
    row(0, "NO_TOKEN", &[], Authentication, false,
        "There is no token to ask by: none was given, or its provider failed.",
        "Sign in again.")
        .hint("Give the client a token, a function that gets one, or on a server credentials; cause is what the function threw."),
    row(0, "INVALID_CLIENT", &["invalid_client"], Authentication, true,
        "The token endpoint does not accept the client id and secret.",
        "Try again in a few minutes; if it stays, ask the portal's operator to check the client id and secret.")
        .hint("Check credentials.clientId and credentials.clientSecret, and that the application has the Case API enabled."),
    row(0, "REDIRECTED", &[], Unavailable, false,
        "The address answers with a redirect, which a request with a token does not follow.",
        "Report this to the portal's operator.")
        .hint("Check baseUrl: it is to be the address that the redirect leads to."),
    row(0, "SIGN_IN_PAGE", &[], Authentication, false,
        "A sign-in page came where data was due: the sign-in to the portal, or to a proxy before it, has ended.",
        "Reload the page to sign in again.")
        .hint("baseUrl answers with a page of HTML or leads to another host: a proxy before it asks for a sign-in, or no gateway is there."),
    row(0, "UNDOCUMENTED_STATUS", &[], Unavailable, false,
        "The service answered with an HTTP status that its documentation does not have.",
        "Report it to the portal's operator, with the message id."),
    row(0, "UNEXPECTED_RESPONSE", &[], Decode, false,
        "The answer is neither the documented document nor a known error.",
        "Report it to the portal's operator, with the message id.")
        .hint("Check that baseUrl is that of the service or of a gateway of this package."),
    row(0, "UNKNOWN_CODE", &[], Unavailable, false,
        "A gateway answered with a code that this version of the package does not know.",
        "Report it to the portal's operator, with the request id."),
    row(0, "ILLEGAL_JSON", &[], Decode, true,
        "The answer is not legal JSON, or cut short.",
        "Try again; if it stays, report it with the message id.")
        .hint("If it stays, look at what a proxy on the way does to bodies."),
    row(0, "BODY_TOO_LARGE", &[], Decode, false,
        "The answer is larger than 64 MiB.",
        "Ask for less at a time."),
    row(0, "INVALID_RECORD", &[], Decode, false,
        "A record breaks a documented rule, and strict validation was asked for.",
        "Report it to the portal's operator, with the message id.")
        .hint("validation: \"report\" gives the records, with a list of what is off."),
    row(0, "PAGE_MISMATCH", &[], Decode, false,
        "The service answered with another page than the one asked for, so going on would repeat or lose cases.",
         "Report it to the portal's operator, with the message id."),
    row(0, "LIST_UNSTABLE", &[], Unavailable, true,
        "The list kept changing faster than it could be read to its end.",
        "Try again when fewer cases are being updated, or ask for fewer contracts at a time."),
    row(0, "INCOMPLETE", &[], Unavailable, true,
        "Some of what was asked for in bulk could not be read; everything else was delivered.",
        "Try again later to get the rest; what was read is right.")
        .hint("failures has the parts and their errors; resumeToken() goes on from there, and partial: true does not throw."),
    row(0, "LIMIT_REACHED", &[], InvalidRequest, false,
        "There are more cases than the limit that was given.",
        "Narrow what is searched for.")
        .hint("Raise the limit of toArray(), or iterate."),
    row(0, "TIMEOUT", &[], Timeout, true,
        "No answer in the time allowed.",
        "Try again.")
        .hint("timeoutMs is for the whole call: its turn, a token and all attempts."),
    row(0, "ABORTED", &[], Aborted, false,
        "The caller gave up.",
        "Nothing to do: the request was cancelled."),
    row(0, "NETWORK", &[], Network, true,
        "The service could not be reached, or the connection broke.",
        "Check the connection and try again.")
        .hint("cause is what fetch threw. In a page it tells little, the console more: to another origin than the page's the answer must allow it (CORS; cors.origins of the gateway), and the Content-Security-Policy must (connect-src). The service itself allows no page: give it a gateway as baseUrl."),
    row(0, "NO_SIMD", &[], Unavailable, false,
        "This runtime has no WebAssembly SIMD (simd128), which the decoder is made of.",
        "Use a newer browser or runtime: Chrome 91, Firefox 89, Safari 16.4, Node 16.4 or later."),
    row(0, "NO_WASM", &[], Unavailable, false,
        "WebAssembly is switched off, or may not be compiled here.",
        "Report this to the portal's operator.")
        .hint("Allow it in the page's Content-Security-Policy: script-src 'self' 'wasm-unsafe-eval'."),
    row(0, "LOAD_FAILED", &[], Network, true,
        "The WebAssembly module could not be loaded. A bundler that does not ship it needs copies of page.wasm and bulk.wasm (on servers of client.wasm and bulk.wasm) from cisco-support-case/wasm where the script is, or the import cisco-support-case/inline.",
        "Check the connection and try again.")
        .hint("See that the server has the .wasm files, and that the page's Content-Security-Policy lets it fetch them (connect-src)."),
    row(0, "VERSION_MISMATCH", &[], Unavailable, false,
        "The WebAssembly module is of another build of this package than its JavaScript.",
        "Reload the page.")
        .hint("If that does not help, purge the cache that serves the package's scripts and .wasm files."),
    row(0, "QUOTA_SPENT", &[], Quota, false,
        "The quota that the client, or the gateway before it, keeps to is used, and it does not renew in time.",
        "Wait until the quota renews; until then only what is already loaded can be shown.")
        .hint("pace.perDay and pace.perMinute are what the client keeps to; renewsAt is when it renews."),
    row(0, "NOT_LOADED", &[], InvalidRequest, false,
        "The WebAssembly module is not loaded yet.",
        "Reload the page.")
        .hint("Await ready() once at start-up before calling synchronous functions."),
    row(0, "FREED", &[], InvalidRequest, false,
        "The client was freed.",
        "Reload the page.")
        .hint("Make a new client. One that an effect's cleanup frees is made in that effect: React's StrictMode runs both twice."),
    row(0, "PANIC", &[], Internal, false,
        "A defect of this package stopped its WebAssembly module.",
        "Reload the page, and report the defect.")
        .hint("reset() brings the module back."),
];
