//! State of one isolate: cached permissions of identities, its copy of the invalidation log, and its leases.

use super::config::GatewayConfig;
use super::invalidation::InvalidationLog;
use super::leases::HeldLeases;
use super::permission::{Permissions, ids_from_claim};
use super::response::GatewayError;
use crate::decode;
use crate::endpoint::Request;
use crate::rules::Problem;
use crate::util::{Json, write_array, write_string};
use alloc::collections::BTreeMap;
use alloc::rc::Rc;
use alloc::{borrow::ToOwned, string::String, vec::Vec};

/// Estimated memory of cached identities, at most. Above it, the older half is dropped. An isolate has 128 MB in all.
const MAX_BYTES: usize = 16_000_000;
/// Estimated memory of an identity in addition to its text.
const PRINCIPAL_BYTES: usize = 500;
const ID_BYTES: usize = 50;

/// Number of ids that the error `NOT_PERMITTED` names.
const MAX_NAMED_IDS: usize = 10;

/// An authenticated identity.
///
/// ```
/// use cisco_support_case::decode::json;
/// use cisco_support_case::gateway::{GatewayConfig, IsolateState};
///
/// let state = IsolateState::new(GatewayConfig::check(&json(b"{}").unwrap()).unwrap());
/// let identity = state.parse_identity(r#"{ "subject": "ann", "tenant": "acme" }"#).unwrap();
/// assert_eq!((identity.subject.as_str(), identity.tenant.as_deref()), ("ann", Some("acme")));
/// assert_eq!(state.parse_identity(r#"{ "subject": 7 }"#).unwrap_err().0.code, "IDENTITY_INVALID");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Identity {
    /// Identity provider (`iss`); empty if the identity names none.
    pub issuer: String,
    /// Subject as issued by the identity provider (`sub`).
    pub subject: String,
    /// Tenant, if the identity names one. Otherwise identities with equal permissions are a tenant.
    pub tenant: Option<String>,
}

/// An identity with its permissions.
///
/// ```
/// use cisco_support_case::decode::json;
/// use cisco_support_case::gateway::{GatewayConfig, IsolateState, Permissions};
///
/// let mut state = IsolateState::new(GatewayConfig::check(&json(b"{}").unwrap()).unwrap());
/// let permissions = Permissions::from_json(&json(br#"{ "contract_ids": ["101"] }"#).unwrap()).unwrap();
/// let version = state.invalidation_log().version();
/// state.insert(r#"{ "subject": "ann" }"#, permissions, "hash-of-101", &version, 0).unwrap();
///
/// let principal = state.principal(r#"{ "subject": "ann" }"#, 0).unwrap();
/// assert_eq!(principal.permissions.len(), 1);
/// assert_eq!(*principal.tenant, *principal.scope); // The identity names no tenant.
/// assert_eq!(principal.owner(), r#"["default","","","ann"]"#);
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Principal {
    /// Permissions of the identity.
    pub permissions: Rc<Permissions>,
    /// Prefix of the cache keys of these permissions: identities with other permissions cannot find the responses.
    pub scope: Rc<str>,
    /// Tenant whose share of the quota is used.
    pub tenant: Rc<str>,
    subject: String,
    /// The text of [`Principal::owner`].
    owner: String,
    log_version: String,
    fetched_ms: i64,
}

impl Principal {
    /// Returns the subject of the identity.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// Returns a text that is equal for equal identities only, whatever they may see: a JSON array of gateway, issuer, tenant
    /// and subject. A subject alone is one of its issuer, and of its tenant.
    pub fn owner(&self) -> &str {
        &self.owner
    }
}

/// The state of one isolate of a gateway.
///
/// ```
/// use cisco_support_case::decode::json;
/// use cisco_support_case::gateway::{GatewayConfig, InvalidationLog, InvalidationScope, IsolateState, Permissions};
///
/// let mut state = IsolateState::new(GatewayConfig::check(&json(b"{}").unwrap()).unwrap());
/// let mut log = InvalidationLog::new("epoch-1");
/// assert!(state.apply_invalidations(&log.export(), 0) && state.is_current(0));
///
/// let (ann, permissions) = (r#"{ "subject": "ann" }"#, Permissions::from_json(&json(b"{}").unwrap()).unwrap());
/// state.insert(ann, permissions, "hash", &log.version(), 0).unwrap();
/// assert!(state.principal(ann, 1).is_some());
///
/// log.append(InvalidationScope::Subject, "ann", 1);
/// state.apply_invalidations(&log.entries_since(&state.invalidation_log().version()), 1);
/// assert!(state.principal(ann, 1).is_none());
/// ```
#[derive(Debug)]
pub struct IsolateState {
    config: GatewayConfig,
    principals: BTreeMap<String, Principal>,
    /// Estimated memory of the principals, in bytes.
    bytes: usize,
    log: InvalidationLog,
    /// Time at which the latest update of the invalidation log was requested, in milliseconds since 1970.
    log_fetched_ms: Option<i64>,
    /// Leases that the isolate holds.
    pub leases: HeldLeases,
}

impl IsolateState {
    /// Creates the state, with an empty invalidation log.
    pub fn new(config: GatewayConfig) -> IsolateState {
        IsolateState {
            config,
            principals: BTreeMap::new(),
            bytes: 0,
            log: InvalidationLog::default(),
            log_fetched_ms: None,
            leases: HeldLeases::default(),
        }
    }

    /// Returns the configuration.
    pub fn config(&self) -> &GatewayConfig {
        &self.config
    }

    /// Returns the copy of the invalidation log.
    pub fn invalidation_log(&self) -> &InvalidationLog {
        &self.log
    }

    /// Whether the copy of the invalidation log is recent enough to respond.
    pub fn is_current(&self, now_ms: i64) -> bool {
        self.log_fetched_ms.is_some_and(|at| (at..at + self.config.notice_ms).contains(&now_ms))
    }

    /// Applies an update of the invalidation log that was requested at `sent_ms`, and drops the cached identities that
    /// it revokes. Returns `false` if the update cannot be parsed.
    pub fn apply_invalidations(&mut self, update: &str, sent_ms: i64) -> bool {
        let understood = self.log.apply(update);
        if understood {
            self.log_fetched_ms = Some(self.log_fetched_ms.map_or(sent_ms, |at| at.max(sent_ms)));
            let notices = core::mem::take(&mut self.log);
            self.remove_where(|principal| {
                notices.is_revoked(&principal.subject, &principal.tenant, &principal.log_version)
            });
            self.log = notices;
        }
        understood
    }

    /// Parses an identity, `{ subject, tenant }` with any further members.
    pub fn parse_identity(&self, text: &str) -> Result<Identity, GatewayError> {
        let wrong = |what: &str| Err(GatewayError::for_code("IDENTITY_INVALID").with_detail(what));
        let Ok(json) = decode::json(text.as_bytes()) else { return wrong("(no identity)") };
        let issuer = json.get("issuer").and_then(Json::as_str).unwrap_or_default();
        let subject = json.get("subject").and_then(Json::as_str).unwrap_or_default();
        if subject.is_empty() {
            return wrong("(its subject is not a string)");
        }
        let tenant = match self.config.tenant.as_deref() {
            Some(claim) => json.get("claims").and_then(|claims| claims.get(claim)),
            None => json.get("tenant"),
        };
        let tenant = match tenant {
            None | Some(Json::Null) if self.config.tenant.is_none() => None,
            Some(Json::String(text)) if !text.is_empty() => Some(text.clone()),
            _ => return wrong("(its tenant is not a string)"),
        };
        Ok(Identity { issuer: issuer.to_owned(), subject: subject.to_owned(), tenant })
    }

    /// Returns the cached permissions of an identity, unless they have expired.
    pub fn principal(&self, identity: &str, now_ms: i64) -> Option<&Principal> {
        let ttl_ms = self.config.permissions_ttl_ms;
        self.principals.get(identity).filter(|principal| (0..ttl_ms.max(1)).contains(&(now_ms - principal.fetched_ms)))
    }

    /// Whether the permissions of a principal were revoked after a token was issued, at `issued_at_ms` since 1970. Only
    /// for permissions in claims, which stay the same until the token is renewed.
    pub fn is_revoked(&self, principal: &Principal, signed_in_ms: i64) -> bool {
        let revoked_ms = self.log.revoked_ms(&principal.subject, &principal.tenant);
        self.config.claims.is_some() && revoked_ms.is_some_and(|revoked_ms| signed_in_ms <= revoked_ms)
    }

    /// Whether the permissions of a principal were revoked after they were requested.
    pub fn is_outdated(&self, principal: &Principal) -> bool {
        self.log.is_revoked(&principal.subject, &principal.tenant, &principal.log_version)
    }

    /// Returns the permissions in an identity's claims, if the configuration names the claims. A claim with an invalid
    /// value is an error that names it and is not retryable: the same token always contains it.
    pub fn claimed_permissions(&self, text: &str) -> Result<Option<Json>, GatewayError> {
        let Some(names) = self.config.claims.as_ref() else { return Ok(None) };
        let json = decode::json(text.as_bytes()).unwrap_or_default();
        let claims = json.get("claims").unwrap_or(&json);
        let claim = |name: &Option<String>| match name {
            Some(name) => ids_from_claim(name, claims.get(name)).map_err(|sentence| {
                let mut error =
                    GatewayError::for_code("PERMISSIONS_UNAVAILABLE").with_detail(&["(", &sentence, ")"].concat());
                error.0.retryable = false;
                error.0.advice = "Ask the portal's operator to check the claims of the sign-in.".to_owned();
                error
            }),
            None => Ok(Json::Null),
        };
        let (contracts, users) = (claim(&names.contract_ids)?, claim(&names.user_ids)?);
        Ok(Some(Json::object([("contract_ids", contracts), ("user_ids", users)])))
    }

    /// Caches the permissions of an identity. `log_version` is the version of the invalidation log before the
    /// permissions were requested, `scope` a hash of [`Permissions::canonical`].
    pub fn insert(
        &mut self,
        text: &str,
        permissions: Permissions,
        scope: &str,
        log_version: &str,
        now_ms: i64,
    ) -> Result<(), GatewayError> {
        let Identity { issuer, subject, tenant } = self.parse_identity(text)?;
        let mut owner = String::new();
        let names = [self.config.name.as_str(), &issuer, tenant.as_deref().unwrap_or_default(), &subject];
        write_array(&mut owner, &names, |out, name| write_string(out, name));
        let tenant = tenant.unwrap_or_else(|| scope.to_owned());
        if self.log.is_revoked(&subject, &tenant, log_version) {
            // They were requested before the revocation, and may be outdated.
            return Err(GatewayError::for_code("PERMISSIONS_UNAVAILABLE"));
        }
        if self.bytes >= MAX_BYTES {
            let mut times: Vec<i64> = self.principals.values().map(|principal| principal.fetched_ms).collect();
            times.sort_unstable();
            let middle = times.get(times.len() / 2).copied().unwrap_or(now_ms);
            self.remove_where(|principal| principal.fetched_ms <= middle);
        }
        let principal = Principal {
            permissions: Rc::new(permissions),
            scope: scope.into(),
            tenant: tenant.as_str().into(),
            subject,
            owner,
            log_version: log_version.to_owned(),
            fetched_ms: now_ms,
        };
        self.bytes += bytes(text, &principal);
        if let Some(before) = self.principals.insert(text.to_owned(), principal) {
            self.bytes -= bytes(text, &before);
        }
        Ok(())
    }

    fn remove_where(&mut self, which: impl Fn(&Principal) -> bool) {
        let mut freed = 0;
        self.principals.retain(|text, principal| {
            let is_forgotten = which(principal);
            freed += if is_forgotten { bytes(text, principal) } else { 0 };
            !is_forgotten
        });
        self.bytes -= freed;
    }
}

/// Returns the estimated memory of a cached identity.
fn bytes(text: &str, principal: &Principal) -> usize {
    text.len() + PRINCIPAL_BYTES + principal.permissions.len() * ID_BYTES
}

/// Checks a request against permissions. All ids of a list have to be permitted.
///
/// ```
/// use cisco_support_case::decode::json;
/// use cisco_support_case::endpoint::CASES_BY_CONTRACT;
/// use cisco_support_case::gateway::{Permissions, authorize};
///
/// let permissions = Permissions::from_json(&json(br#"{ "contract_ids": ["101"] }"#).unwrap()).unwrap();
/// let request = CASES_BY_CONTRACT.check(&json(br#"{ "contract_ids": ["101", "202"] }"#).unwrap()).unwrap();
/// let error = authorize(&permissions, &request).unwrap_err();
/// assert_eq!((error.0.code.as_str(), error.0.problems[0].index), ("NOT_PERMITTED", Some(1)));
/// ```
pub fn authorize(permissions: &Permissions, request: &Request) -> Result<(), GatewayError> {
    let rejected = permissions.not_permitted(request);
    if rejected.is_empty() {
        return Ok(());
    }
    let field = request.endpoint.id_param().map_or("", |param| param.name);
    let problems = rejected.iter().take(MAX_NAMED_IDS).map(|index| {
        let id = Json::from(request.ids.get(*index).map(String::as_str));
        Problem::new(field, "NOT_PERMITTED", "an id that the sign-in may see", &id).at_index(*index)
    });
    Err(GatewayError::for_code("NOT_PERMITTED").with_problems(problems.collect()))
}
