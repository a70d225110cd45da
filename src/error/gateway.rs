//! The errors that a gateway of this package finds.

use super::{ErrorRow, row::row};
use crate::error::ErrorKind::{
    Authentication, Decode, Internal, InvalidRequest, Permission, RateLimited, Timeout, Unavailable,
};

/// The errors that a gateway of this package finds, with the HTTP status of its response. The codes are of this package.
/// A gateway reports a used up quota as `QUOTA_SPENT` of [`CLIENT_ERRORS`](super::CLIENT_ERRORS), with status 429.
///
/// ```
/// use cisco_support_case::error::GATEWAY_ERRORS;
///
/// assert!(GATEWAY_ERRORS.iter().all(|row| row.status >= 400));
/// ```
#[rustfmt::skip]
pub static GATEWAY_ERRORS: &[ErrorRow] = &[
    row(401, "IDENTITY_MISSING", &[], Authentication, false,
        "The request has no sign-in.",
        "Sign in to the portal."),
    row(401, "IDENTITY_INVALID", &[], Authentication, false,
        "The gateway does not accept the sign-in: its signature, issuer, audience or algorithm is wrong.",
        "Sign in to the portal again; if the error persists, ask the portal's operator.")
        .with_hint("The gateway's audit log names the check that failed."),
    row(401, "IDENTITY_EXPIRED", &[], Authentication, false,
        "The sign-in has expired.",
        "Sign in to the portal again."),
    row(403, "NOT_PERMITTED", &[], Permission, false,
        "The sign-in may not see one of the contract or user ids.",
        "Ask the portal's operator for access to the contract or user."),
    row(403, "ORIGIN_NOT_ALLOWED", &[], Permission, false,
        "The gateway does not allow requests from this page's origin.",
        "Ask the portal's operator to allow the page's origin.")
        .with_hint("Add the page's origin to cors.origins of the gateway."),
    row(404, "NO_SUCH_ROUTE", &[], InvalidRequest, false,
        "The gateway has no route at this address.",
        "Report this to the portal's operator.")
        .with_hint("Check baseUrl: it must be the gateway's address with its prefix."),
    row(405, "METHOD_NOT_ALLOWED", &[], InvalidRequest, false,
        "The gateway accepts GET requests only; nothing can be changed through it.",
        "Report this to the portal's operator.")
        .with_hint("Check what sent the request: a client of this package sends GET."),
    row(400, "BODY_NOT_ALLOWED", &[], InvalidRequest, false,
        "The request is a GET with a body, which is not allowed.",
        "Report this to the portal's operator.")
        .with_hint("Check what sent the request: a client of this package sends no body."),
    row(400, "MALFORMED_REQUEST", &[], InvalidRequest, false,
        "The request's address is malformed: no client of this package writes it.",
        "Report this to the portal's operator.")
        .with_hint("Check what sent the request, and whether a proxy on the way rewrites addresses."),
    row(503, "GATEWAY_NOT_CONFIGURED", &[], Unavailable, false,
        "The gateway's configuration is missing or not valid; the gateway refuses every request.",
        "Ask the portal's operator to check the gateway's configuration.")
        .with_hint("The Worker's log and GET /health name the problem."),
    row(503, "IDENTITY_UNAVAILABLE", &[], Unavailable, true,
        "The keys that verify sign-ins could not be loaded.",
        "Try again in a few minutes."),
    row(503, "PERMISSIONS_UNAVAILABLE", &[], Unavailable, true,
        "The permissions of the sign-in could not be determined.",
        "Try again in a few minutes.")
        .with_hint("The Worker's log has the error of the permissions function, or the claim that is not as expected."),
    row(503, "QUOTA_UNREACHABLE", &[], Unavailable, true,
        "The Durable Object that holds the gateway's quota and token cannot be reached.",
        "Try again in a few minutes.")
        .with_hint("Check the binding of the Durable Object."),
    row(400, "CURSOR_INVALID", &[], InvalidRequest, false,
        "The cursor of the feed is not one that the gateway has given to this sign-in.",
        "Reload the page; if the error persists, report this to the portal's operator.")
        .with_hint("Read the feed again without a cursor: the client secret may have changed."),
    row(400, "QUERY_TOO_BROAD", &[], InvalidRequest, false,
        "The query would read too many cases: no index of the gateway's copy finds few enough.",
        "Add a condition, such as a contract, a period or a word to search for.")
        .with_hint("The default order, newest update first, is answered without a condition."),
    row(503, "COPY_NOT_READY", &[], Unavailable, true,
        "The gateway's copy of cases has not been filled yet.",
        "Try again in a few minutes.")
        .with_hint("Apply the package's migrations to the database, and check the Worker's Cron trigger."),
    row(503, "COPY_UNAVAILABLE", &[], Unavailable, true,
        "The database with the gateway's copy of cases did not respond.",
        "Try again in a few minutes.")
        .with_hint("The Worker's log has the error of the database."),
    row(502, "UPSTREAM_AUTH", &[], Unavailable, false,
        "The service rejected the gateway's own credentials or account; the sign-in is not the cause.",
        "Ask the portal's operator to check the gateway's client id, secret and account.")
        .with_hint("Check the Worker's secrets, and that the application has the Case API enabled."),
    row(502, "UPSTREAM_UNREACHABLE", &[], Unavailable, true,
        "The gateway could not reach the service, or the connection was interrupted.",
        "Try again in a few minutes."),
    row(504, "UPSTREAM_TIMEOUT", &[], Timeout, true,
        "The service did not respond to the gateway in the time allowed.",
        "Try again in a few minutes."),
    row(502, "UPSTREAM_INVALID", &[], Decode, false,
        "The service's response to the gateway does not match its documentation.",
        "Report this to the portal's operator, with the request id."),
    row(429, "GATEWAY_BUSY", &[], RateLimited, true,
        "Too many requests are already waiting at the gateway.",
        "Wait a moment and try again."),
    row(500, "GATEWAY_FAILED", &[], Internal, false,
        "The gateway failed because of a defect.",
        "Report this to the portal's operator, with the request id.")
        .with_hint("The Worker's log has the error under the request id."),
];
