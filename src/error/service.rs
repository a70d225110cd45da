//! The service's error table.
//!
//! Source: Case API v3, "Error Codes". The aliases are spellings in responses of the service and its API gateway
//! (www/guide/service.md#error-bodies).

use super::{ErrorRow, row::row};
use crate::error::ErrorKind::{Authentication, InvalidRequest, NotFound, Permission, Quota, RateLimited, Unavailable};

/// The documentation's error table, row by row and in its order. (Case API v3, "Error Codes".)
///
/// ```
/// use cisco_support_case::error::ERROR_TABLE;
///
/// assert_eq!(ERROR_TABLE.len(), 38);
/// assert!(ERROR_TABLE.iter().filter(|row| row.status == 403).count() > 20);
/// ```
#[rustfmt::skip]
pub static ERROR_TABLE: &[ErrorRow] = &[
    row(400, "Bad Request", &[], InvalidRequest, false,
        "The request is not valid HTTP.",
        "Check what you entered; if it is correct, report this to the portal's operator."),
    row(403, "INVALID_USERID", &["AUTHENTICATION_ERROR"], InvalidRequest, false,
        "A user id is not valid.",
        "Check the user ids: each must be an existing Cisco.com user id."),
    row(403, "INVALID_SORT_OPTION", &[], InvalidRequest, false,
        "sort_by is not one of the documented values.",
        "Choose another order.")
        .with_hint("Set sort_by to UPDATED_DATE (the default) or STATUS."),
    row(403, "MISSING_INPUTS", &[], InvalidRequest, false,
        "A required search criterion is missing.",
        "Enter at least one id."),
    row(403, "INVALID_DATEFORMAT", &[], InvalidRequest, false,
        "A date is not in the documented format (RFC 3339).",
        "Check the dates.")
        .with_hint("Write dates as 2013-04-23T11:00:14Z, or pass a Date."),
    row(403, "INVALID_STATUSFLAG", &[], InvalidRequest, false,
        "status_flag is not one of the documented values.",
        "Choose open cases, closed cases or both.")
        .with_hint("Set status_flag to O (open) or C (closed), or leave it out for both."),
    row(403, "CASE_NOTFOUND", &[], NotFound, false,
        "The case was not found.",
        "Check the case number; the case may also belong to another customer."),
    row(403, "INVALID_DATERANGE", &[], InvalidRequest, false,
        "The date range is not valid: it ends before it begins or is longer than 90 days.",
        "Choose a date range of at most 90 days that begins before it ends.")
        .with_hint("allCases accepts date ranges of any length and reads them in windows of 90 days."),
    row(403, "INVALID_CUSTOMERID", &[], Permission, false,
        "The customer id (BID) is not valid or not associated with the user.",
        "Ask the portal's operator whether the account is registered for this customer."),
    row(403, "EXCEEDED_CASEIDS", &[], InvalidRequest, false,
        "The request has more case ids than the service accepts at once (30).",
        "Select at most 30 cases at a time.")
        .with_hint("allDetails and allCases accept any number of case ids."),
    row(403, "EXCEEDED_CONTRACTIDS", &[], InvalidRequest, false,
        "The request has more contract ids than the service accepts at once (10).",
        "Select at most 10 contracts at a time.")
        .with_hint("allCases accepts any number of contract ids."),
    row(403, "EXCEEDED_INPUTS", &[], InvalidRequest, false,
        "The request has more than one contract id or more than ten user ids.",
        "Select fewer contracts or users at a time; a single contract always works.")
        .with_hint("allCases accepts any number of contracts or users and sends as many at once as the service accepts."),
    row(403, "EXCEEDED_USERIDS", &[], InvalidRequest, false,
        "The request has more user ids than the service accepts at once (10).",
        "Select at most 10 users at a time.")
        .with_hint("allCases accepts any number of user ids."),
    row(403, "EXCEEDED_BILLTOIDS", &[], InvalidRequest, false,
        "The request has more than five bill-to customer ids.",
        "Select at most 5 bill-to ids at a time."),
    row(403, "CASE_API_FORBIDDEN", &[], Permission, false,
        "The user has no access to this service.",
        "Ask the portal's operator to check the account: it needs Cisco Partner Support Service and the Case API enabled."),
    row(403, "Not Authorized", &["ERR_403_NOT_AUTHORIZED", "invalid_token", "Unauthorized"], Authentication, false,
        "The access token is not valid or has expired.",
        "Sign in again.")
        .with_hint("A token provider (token as a function) and credentials refresh tokens automatically; a token passed as a string is sent unchanged."),
    row(403, "Forbidden", &["ERR_403_FORBIDDEN"], Permission, false,
        "The account may not use this method or resource.",
        "Ask the portal's operator whether the account may use this function."),
    row(403, "Not Authorized", &[], Authentication, false,
        "The API key is not recognised, or its signature is wrong.",
        "Ask the portal's operator to check the client id and secret."),
    row(403, "Account Inactive", &["ERR_403_DEVELOPER_INACTIVE"], Permission, false,
        "The API key is not approved or has been disabled.",
        "Ask the portal's operator to have the application's key activated."),
    row(403, "Account Over Queries Per Second Limit", &["ERR_403_DEVELOPER_OVER_QPS", "Account Over Qps"],
        RateLimited, true,
        "Too many requests were sent in one second.",
        "Wait a moment and try again."),
    row(403, "Account Over Rate Limit", &["ERR_403_DEVELOPER_OVER_RATE"], Quota, false,
        "The quota of the current rate limiting period is used up.",
        "Wait until the quota renews; until then only data that is already loaded can be shown.")
        .with_hint("Set rateLimit.perMinute (if the period is a minute) or rateLimit.perDay (if it is a day) to stay within the quota."),
    row(403, "Rate Limit Exceeded", &["ERR_403_SERVICE_OVER_QPS", "ERR_403_SERVICE_OVER_RATE"], Unavailable, true,
        "The service is over capacity.",
        "Wait a moment and try again."),
    row(403, "Unknown Referrer", &["ERR_403_DEVELOPER_UNKNOWN_REFERER", "Unknown Referer"], Permission, false,
        "The service does not know the request's referrer.",
        "Ask the portal's operator to check that requests are sent by the portal's server."),
    row(403, "Service requires SSL", &["ERR_403_SERVICE_REQUIRES_SSL"], InvalidRequest, false,
        "The service accepts requests over https only.",
        "Ask the portal's operator to use an https address."),
    row(404, "API_UNAVAILABLE", &[], Unavailable, false,
        "The service is not configured on the server that responded.",
        "Report this to the portal's operator.")
        .with_hint("Check baseUrl: it must end in /case/v3 for the service, or in the prefix of your gateway."),
    row(414, "Request URI Too Long", &["ERR_414_REQUEST_URI_TOO_LONG", "URI Too Long"], InvalidRequest, false,
        "The request's URL is too long.",
        "Select fewer ids at a time."),
    row(415, "INVALID_MEDIATYPE", &["Unsupported Media Type"], InvalidRequest, false,
        "The media type is not supported.",
        "Report this to the portal's operator.")
        .with_hint("The service supports JSON only."),
    row(500, "API_UNAVAILABLE", &[], Unavailable, true,
        "The service's database is down or unreachable.",
        "Try again in a few minutes."),
    row(500, "UNKNOWN_FAILURE", &[], Unavailable, true,
        "The service failed for an unknown reason.",
        "Try again in a few minutes."),
    row(500, "SYSTEM_ERROR", &[], Unavailable, true,
        "The service failed to convert its data to JSON.",
        "Try again in a few minutes."),
    row(500, "SYSTEM_ERROR", &[], Unavailable, true,
        "A procedure of the service's database failed.",
        "Try again in a few minutes."),
    row(500, "SYSTEM_ERROR", &[], Unavailable, true,
        "The service failed to write its response.",
        "Try again in a few minutes."),
    row(500, "Internal Server Error", &["ERR_500_INTERNAL_SERVER_ERROR"], Unavailable, true,
        "The server had an internal error.",
        "Try again in a few minutes."),
    row(502, "Bad Gateway", &["ERR_502_BAD_GATEWAY"], Unavailable, true,
        "The service's gateway received an invalid response from its upstream server.",
        "Try again in a few minutes."),
    row(502, "Proxy Error", &["ERR_502_PROXY_ERROR"], Unavailable, true,
        "The service's gateway received an error from its upstream server.",
        "Try again in a few minutes."),
    row(503, "API Maintenance/Service Unavailable",
        &["API Maintenance", "Service Unavailable", "ERR_503_SERVICE_UNAVAILABLE"], Unavailable, true,
        "The service is down for maintenance.",
        "Try again later; maintenance can take hours."),
    row(504, "Gateway Timeout", &["ERR_504_GATEWAY_TIMEOUT"], Unavailable, true,
        "The service's gateway received no response from its upstream server in time.",
        "Try again in a few minutes."),
    row(596, "Service Not Found", &["ERR_596_SERVICE_NOT_FOUND"], InvalidRequest, false,
        "The service was not found; most likely a value in the request contains spaces.",
        "Remove the spaces from the ids."),
];
