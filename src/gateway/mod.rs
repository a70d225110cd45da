//! The gateway's core: decisions of a Worker that has the secret, and is between browsers and the service.
//!
//! Nothing here sends, waits or stores. Requests, identities, responses of the service and the time are parameters;
//! the package's `gateway/` does the I/O.
//!
//! | item | is |
//! |---|---|
//! | [`GatewayConfig`] | the options of a gateway, checked |
//! | [`parse_request`], [`RequestHead`], [`RouteMatch`], [`CopyRequest`], [`allowed_methods`] | routing and validation of a request |
//! | [`IsolateState`], [`Identity`], [`Principal`], [`authorize`] | cached identities of an isolate, and authorization |
//! | [`Permissions`], [`IdSet`] | permitted contracts and users |
//! | [`classify_response`], [`classify_transport_error`], [`token_error`], [`UpstreamOutcome`] | the outcome of a request to the service |
//! | [`rate_limit_signal`], [`RateLimitSignal`] | rate-limit errors of the service |
//! | [`canonicalize`], [`CacheMetadata`], [`CachePolicy`] | cache keys and lifetimes of responses |
//! | [`me_body`] | the response about an identity |
//! | [`GatewayResponse`], [`GatewayError`] and their constructors | responses |
//! | [`InvalidationLog`], [`InvalidationScope`] | revocations and purges, for all isolates |
//! | [`HeldLeases`], [`GrantedLease`], [`LeaseResult`] | permits that an isolate has leased |
//! | [`live`] | sockets by which pages learn of changes: tickets, limits, recipients |
//! | [`copy`] | the copy of cases in a database: what a writer commits |
//! | [`quota`] | rate limits and the token, in the Durable Object that all isolates share |

mod cache;
mod config;
pub mod copy;
mod identity_cache;
mod invalidation;
mod leases;
pub mod live;
mod me;
mod permission;
pub mod quota;
mod response;
mod route;
mod upstream;

pub use cache::{CacheMetadata, CachePolicy, Freshness, canonicalize};
pub use config::{ALGORITHMS, Cors, GatewayConfig, PermissionClaims};
pub use identity_cache::{Identity, IsolateState, Principal, authorize};
pub use invalidation::{InvalidationLog, InvalidationScope};
pub use leases::{GrantedLease, HeldLeases, LeaseResult};
pub use me::me_body;
pub use permission::{IdSet, Permissions, ids_from_claim};
pub use response::{
    CacheStatus, GatewayError, GatewayResponse, Origin, Payload, base_headers, copy_headers, error_response,
    is_not_modified, preflight_response, success_headers,
};
pub use route::{CopyRequest, RequestHead, RouteMatch, allowed_methods, parse_request};
pub use upstream::{
    AttemptState, RateLimitSignal, UpstreamOutcome, classify_response, classify_transport_error, is_quotable,
    rate_limit_signal, token_error,
};
