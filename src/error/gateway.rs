//! What a gateway of this package finds wrong.

use super::{ErrorRow, row::row};
use crate::error::ErrorKind::{
    Authentication, Decode, Internal, InvalidRequest, Permission, RateLimited, Timeout, Unavailable,
};

/// What a gateway of this package finds wrong, each with the HTTP status that it answers with. The codes are this
/// package's own. A spent quota is `QUOTA_SPENT` there as well, with 429.
#[rustfmt::skip]
pub static GATEWAY_ERRORS: &[ErrorRow] = &[
    row(401, "IDENTITY_MISSING", &[], Authentication, false,
        "The request came without a sign-in.",
        "Sign in to the portal."),
    row(401, "IDENTITY_INVALID", &[], Authentication, false,
        "The sign-in is not one that the gateway accepts: its signature, issuer, audience or algorithm is wrong.",
        "Sign in to the portal again; if it stays, ask the portal's operator.")
        .with_hint("The gateway's audit says which check refused it."),
    row(401, "IDENTITY_EXPIRED", &[], Authentication, false,
        "The sign-in has expired.",
        "Sign in to the portal again."),
    row(403, "NOT_PERMITTED", &[], Permission, false,
        "A contract or user id is not among those that the sign-in may see.",
        "Ask the portal's operator for access to the contract or user."),
    row(403, "ORIGIN_NOT_ALLOWED", &[], Permission, false,
        "The gateway does not answer pages of this origin.",
        "Ask the portal's operator to allow the page's origin.")
        .with_hint("Add the page's origin to cors.origins of the gateway."),
    row(404, "NO_SUCH_ROUTE", &[], InvalidRequest, false,
        "The gateway has no such address.",
        "Report this to the portal's operator.")
        .with_hint("Check baseUrl: it is the gateway's address with its prefix."),
    row(405, "METHOD_NOT_ALLOWED", &[], InvalidRequest, false,
        "The gateway answers GET only; nothing can be changed through it.",
        "Report this to the portal's operator.")
        .with_hint("Check what sends the request: a client of this package sends GET."),
    row(400, "BODY_NOT_ALLOWED", &[], InvalidRequest, false,
        "The request is a GET with a body.",
        "Report this to the portal's operator.")
        .with_hint("Check what sends the request: a client of this package sends no body."),
    row(400, "MALFORMED_REQUEST", &[], InvalidRequest, false,
        "The address is not one that a client of this package writes.",
        "Report this to the portal's operator.")
        .with_hint("Check what sends the request, and whether something on the way rewrites addresses."),
    row(503, "GATEWAY_NOT_CONFIGURED", &[], Unavailable, false,
        "The gateway is not configured, or not as it has to be, and refuses every request.",
        "Ask the portal's operator to check the gateway's configuration.")
        .with_hint("The Worker's log names what is wrong, and so does GET /health."),
    row(503, "IDENTITY_UNAVAILABLE", &[], Unavailable, true,
        "The keys that sign-ins are checked by cannot be had.",
        "Try again in a few minutes."),
    row(503, "PERMISSIONS_UNAVAILABLE", &[], Unavailable, true,
        "What the sign-in may see could not be found out.",
        "Try again in a few minutes.")
        .with_hint("The Worker's log has what the permissions function threw, or which claim is not as expected."),
    row(503, "QUOTA_UNREACHABLE", &[], Unavailable, true,
        "What keeps the gateway's quota and token cannot be reached.",
        "Try again in a few minutes.")
        .with_hint("Check the binding of the Durable Object."),
    row(502, "UPSTREAM_AUTH", &[], Unavailable, false,
        "The service refuses the gateway's own credentials or account; the sign-in is not at fault.",
        "Tell the portal's operator: the gateway's client id, secret and account have to be checked.")
        .with_hint("Check the Worker's secrets, and that the application has the Case API enabled."),
    row(502, "UPSTREAM_UNREACHABLE", &[], Unavailable, true,
        "The gateway could not reach the service, or the connection broke.",
        "Try again in a few minutes."),
    row(504, "UPSTREAM_TIMEOUT", &[], Timeout, true,
        "The service did not answer the gateway in the time allowed.",
        "Try again in a few minutes."),
    row(502, "UPSTREAM_INVALID", &[], Decode, false,
        "The service's answer to the gateway is not what the service promises.",
        "Report it to the portal's operator, with the request id."),
    row(429, "GATEWAY_BUSY", &[], RateLimited, true,
        "Too many requests wait for their turn at the gateway already.",
        "Wait a moment and try again."),
    row(500, "GATEWAY_FAILED", &[], Internal, false,
        "A defect of the gateway.",
        "Report it to the portal's operator with the request id.")
        .with_hint("The Worker's log has it under the request id."),
];
