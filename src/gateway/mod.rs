//! What the edge decides, for a Worker that keeps the secret and stands between browsers and the service.
//!
//! Nothing here sends, waits or keeps: requests, identities, the upstream's responses and readings of the clock are
//! handed in, and what comes out says what to do. The package's `gateway/` does it.
//!
//! | door | decides |
//! |---|---|
//! | [`Config`] | what a gateway is made with |
//! | [`asked`], [`Incoming`], [`Asked`] | what a request asks for, before anything is spent on it |
//! | [`Edge`], [`Identity`], [`Person`], [`admit`] | who may see what: what one isolate knows |
//! | [`Permissions`], [`Ids`] | contracts and users, and the cases of either |
//! | [`judge`], [`broken`], [`no_token`], [`Verdict`] | what the service's response means for whoever asked |
//! | [`pace`], [`Pace`] | what a response says of the pace |
//! | [`plain`], [`Entry`], [`CachePolicy`] | by what an answer is found again, and how long it is good for |
//! | [`Answer`], [`Refusal`] and its makers | what goes back |
//! | [`Notices`], [`About`] | what was revoked and purged, for all isolates to hear |
//! | [`Leases`] | the slots that an isolate has leased |
//! | [`quota`] | who may send how many requests until when, and with which token: what one Durable Object keeps for all isolates |

mod cache;
mod config;
mod identity_cache;
mod invalidation;
mod leases;
mod permission;
pub mod quota;
mod response;
mod route;
mod upstream;

pub use cache::{CacheMetadata, CachePolicy, Freshness, canonicalize};
pub use config::{ALGORITHMS, Config, Cors, PermissionClaims};
pub use identity_cache::{Identity, IsolateState, Principal, authorize};
pub use invalidation::{InvalidationLog, InvalidationScope};
pub use leases::HeldLeases;
pub use permission::{IdSet, Permissions, ids_from_claim};
pub use response::{
    CacheStatus, GatewayError, GatewayResponse, Origin, Payload, base_headers, error_response, preflight_response,
    success_headers,
};
pub use route::{RequestHead, RouteMatch, parse_request};
pub use upstream::{
    AttemptState, RateLimitSignal, UpstreamOutcome, classify_response, classify_transport_error, is_quotable,
    rate_limit_signal, token_error,
};
