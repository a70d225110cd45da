//! What one isolate knows: who may see what, what it has heard, and the slots that it has leased.

use super::config::Config;
use super::invalidation::InvalidationLog;
use super::leases::HeldLeases;
use super::permission::{Permissions, ids_from_claim};
use super::response::GatewayError;
use crate::decode;
use crate::endpoint::Request;
use crate::rules::Problem;
use crate::util::Json;
use alloc::collections::BTreeMap;
use alloc::rc::Rc;
use alloc::{borrow::ToOwned, string::String, vec::Vec};

/// So much is remembered of identities, in bytes and reckoned roughly; then those that have been known longest are
/// forgotten. An isolate has 128 MB for everything.
const MAX_BYTES: usize = 16_000_000;
/// What an identity takes besides its text, and what an id does.
const PRINCIPAL_BYTES: usize = 500;
const ID_BYTES: usize = 50;

/// So many of the ids that may not be seen are named.
const MAX_NAMED_IDS: usize = 10;

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Identity {
    /// Who it is, for the one who signs people in.
    pub subject: String,
    /// To whom it belongs, where that is said. Otherwise those who may see the same are a tenant.
    pub tenant: Option<String>,
}

/// What is known of somebody who asks.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Principal {
    /// What may be seen.
    pub permissions: Rc<Permissions>,
    /// Where the answers that are kept for these permissions are: nobody else finds them.
    pub scope: Rc<str>,
    /// Whose share of the quota is used.
    pub tenant: Rc<str>,
    subject: String,
    log_version: String,
    fetched_ms: i64,
}

/// One isolate of a gateway.
#[derive(Debug)]
pub struct IsolateState {
    config: Config,
    principals: BTreeMap<String, Principal>,
    /// What they take.
    bytes: usize,
    log: InvalidationLog,
    /// When that was asked for which was heard last.
    log_fetched_ms: Option<i64>,
    /// The slots.
    pub leases: HeldLeases,
}

impl IsolateState {
    /// One that has heard nothing.
    pub fn new(config: Config) -> IsolateState {
        IsolateState {
            config,
            principals: BTreeMap::new(),
            bytes: 0,
            log: InvalidationLog::default(),
            log_fetched_ms: None,
            leases: HeldLeases::default(),
        }
    }

    /// What it was made with.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// What it has heard.
    pub fn invalidation_log(&self) -> &InvalidationLog {
        &self.log
    }

    /// Whether it has heard lately what was revoked and purged; an answer goes out only then.
    pub fn is_current(&self, now_ms: i64) -> bool {
        self.log_fetched_ms.is_some_and(|at| (at..at + self.config.notice_ms).contains(&now_ms))
    }

    /// Hears what was told to a question that was sent then. Whoever is concerned is known no more.
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

    /// An identity as it was handed in: `{ subject, tenant }` and whatever else.
    pub fn parse_identity(&self, text: &str) -> Result<Identity, GatewayError> {
        let wrong = |what: &str| Err(GatewayError::for_code("IDENTITY_INVALID").with_detail(what));
        let Ok(json) = decode::json(text.as_bytes()) else { return wrong("(no identity)") };
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
        Ok(Identity { subject: subject.to_owned(), tenant })
    }

    /// What is known of an identity, unless that is too long ago.
    pub fn principal(&self, identity: &str, now_ms: i64) -> Option<&Principal> {
        let ttl_ms = self.config.permissions_ttl_ms;
        self.principals.get(identity).filter(|principal| (0..ttl_ms.max(1)).contains(&(now_ms - principal.fetched_ms)))
    }

    /// Whether a sign-in of that time, in milliseconds since 1970, is from before somebody's permissions were revoked. That
    /// counts where the sign-in holds them: what it says does not change before it is renewed.
    pub fn is_revoked(&self, principal: &Principal, signed_in_ms: i64) -> bool {
        let revoked_ms = self.log.revoked_ms(&principal.subject, &principal.tenant);
        self.config.claims.is_some() && revoked_ms.is_some_and(|revoked_ms| signed_in_ms <= revoked_ms)
    }

    /// The permissions among an identity's claims, where the configuration says in which. A claim that holds anything else
    /// is an error which names it: no later request with the same sign-in can do better.
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

    /// Remembers what an identity may see. `heard` is what had been heard when that was asked for, `scope` what is made of
    /// [`Permissions::canonical`].
    pub fn insert(
        &mut self,
        text: &str,
        permissions: Permissions,
        scope: &str,
        log_version: &str,
        now_ms: i64,
    ) -> Result<(), GatewayError> {
        let Identity { subject, tenant } = self.parse_identity(text)?;
        let tenant = tenant.unwrap_or_else(|| scope.to_owned());
        if self.log.is_revoked(&subject, &tenant, log_version) {
            // It was asked for before, and may say what is true no more.
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

/// What an identity takes.
fn bytes(text: &str, principal: &Principal) -> usize {
    text.len() + PRINCIPAL_BYTES + principal.permissions.len() * ID_BYTES
}

/// Whether a request is one that a person may make. Of a list all ids have to be.
pub fn authorize(permissions: &Permissions, request: &Request) -> Result<(), GatewayError> {
    let beyond = permissions.not_permitted(request);
    if beyond.is_empty() {
        return Ok(());
    }
    let field = request.endpoint.params.first().map_or("", |param| param.name);
    let problems = beyond.iter().take(MAX_NAMED_IDS).map(|place| {
        let id = Json::from(request.ids.get(*place).map(String::as_str));
        Problem::new(field, "NOT_PERMITTED", "an id that the sign-in may see", &id).at_index(*place)
    });
    Err(GatewayError::for_code("NOT_PERMITTED").with_problems(problems.collect()))
}
