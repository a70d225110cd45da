//! What one isolate knows: who may see what, what it has heard, and the slots that it has leased.

use super::config::Config;
use super::invalidation::Notices;
use super::leases::Leases;
use super::permission::{Permissions, claimed_ids};
use super::response::Refusal;
use crate::decode;
use crate::endpoint::Request;
use crate::rules::Problem;
use crate::util::Json;
use alloc::collections::BTreeMap;
use alloc::rc::Rc;
use alloc::{borrow::ToOwned, string::String, vec::Vec};

/// So much is remembered of identities, in bytes and reckoned roughly; then those that have been known longest are
/// forgotten. An isolate has 128 MB for everything.
const MOST_BYTES: usize = 16_000_000;
/// What an identity takes besides its text, and what an id does.
const PERSON_BYTES: usize = 500;
const ID_BYTES: usize = 50;

/// So many of the ids that may not be seen are named.
const NAMED: usize = 10;

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
pub struct Person {
    /// What may be seen.
    pub permissions: Rc<Permissions>,
    /// Where the answers that are kept for these permissions are: nobody else finds them.
    pub scope: Rc<str>,
    /// Whose share of the quota is used.
    pub tenant: Rc<str>,
    subject: String,
    heard: String,
    at_ms: i64,
}

/// One isolate of a gateway.
#[derive(Debug)]
pub struct Edge {
    config: Config,
    people: BTreeMap<String, Person>,
    /// What they take.
    bytes: usize,
    notices: Notices,
    /// When that was asked for which was heard last.
    heard_ms: Option<i64>,
    /// The slots.
    pub leases: Leases,
}

impl Edge {
    /// One that has heard nothing.
    pub fn new(config: Config) -> Edge {
        Edge {
            config,
            people: BTreeMap::new(),
            bytes: 0,
            notices: Notices::default(),
            heard_ms: None,
            leases: Leases::default(),
        }
    }

    /// What it was made with.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// What it has heard.
    pub fn notices(&self) -> &Notices {
        &self.notices
    }

    /// Whether it has heard lately what was revoked and purged; an answer goes out only then.
    pub fn is_current(&self, now_ms: i64) -> bool {
        self.heard_ms.is_some_and(|at| (at..at + self.config.notice_ms).contains(&now_ms))
    }

    /// Hears what was told to a question that was sent then. Whoever is concerned is known no more.
    pub fn hear(&mut self, told: &str, sent_ms: i64) -> bool {
        let understood = self.notices.hear(told);
        if understood {
            self.heard_ms = Some(self.heard_ms.map_or(sent_ms, |at| at.max(sent_ms)));
            let notices = core::mem::take(&mut self.notices);
            self.forget(|person| notices.is_revoked(&person.subject, &person.tenant, &person.heard));
            self.notices = notices;
        }
        understood
    }

    /// An identity as it was handed in: `{ subject, tenant }` and whatever else.
    pub fn identity(&self, text: &str) -> Result<Identity, Refusal> {
        let wrong = |what: &str| Err(Refusal::own("IDENTITY_INVALID").because(what));
        let Ok(json) = decode::json(text.as_bytes()) else { return wrong("(no identity)") };
        let subject = json.get("subject").and_then(Json::as_text).unwrap_or_default();
        if subject.is_empty() {
            return wrong("(its subject is no text)");
        }
        let tenant = match self.config.tenant.as_deref() {
            Some(claim) => json.get("claims").and_then(|claims| claims.get(claim)),
            None => json.get("tenant"),
        };
        let tenant = match tenant {
            None | Some(Json::Null) if self.config.tenant.is_none() => None,
            Some(Json::Text(text)) if !text.is_empty() => Some(text.clone()),
            _ => return wrong("(its tenant is no text)"),
        };
        Ok(Identity { subject: subject.to_owned(), tenant })
    }

    /// What is known of an identity, unless that is too long ago.
    pub fn person(&self, identity: &str, now_ms: i64) -> Option<&Person> {
        let ttl_ms = self.config.permissions_ttl_ms;
        self.people.get(identity).filter(|person| (0..ttl_ms.max(1)).contains(&(now_ms - person.at_ms)))
    }

    /// Whether a sign-in of that time, in milliseconds since 1970, is from before somebody's permissions were revoked. That
    /// counts where the sign-in holds them: what it says does not change before it is renewed.
    pub fn is_outdated(&self, person: &Person, signed_in_ms: i64) -> bool {
        let revoked_ms = self.notices.revoked_ms(&person.subject, &person.tenant);
        self.config.claims.is_some() && revoked_ms.is_some_and(|revoked_ms| signed_in_ms <= revoked_ms)
    }

    /// The permissions among an identity's claims, where the configuration says in which. A claim that holds anything else
    /// is an error which names it: no later request with the same sign-in can do better.
    pub fn claimed(&self, text: &str) -> Result<Option<Json>, Refusal> {
        let Some(names) = self.config.claims.as_ref() else { return Ok(None) };
        let json = decode::json(text.as_bytes()).unwrap_or_default();
        let claims = json.get("claims").unwrap_or(&json);
        let claim = |name: &Option<String>| match name {
            Some(name) => claimed_ids(name, claims.get(name)).map_err(|sentence| {
                let mut refusal = Refusal::own("PERMISSIONS_UNAVAILABLE").because(&["(", &sentence, ")"].concat());
                refusal.0.retryable = false;
                refusal.0.advice = "Ask the portal's operator to check the claims of the sign-in.".to_owned();
                refusal
            }),
            None => Ok(Json::Null),
        };
        let (contracts, users) = (claim(&names.contract_ids)?, claim(&names.user_ids)?);
        Ok(Some(Json::object([("contract_ids", contracts), ("user_ids", users)])))
    }

    /// Remembers what an identity may see. `heard` is what had been heard when that was asked for, `scope` what is made of
    /// [`Permissions::canonical`].
    pub fn remember(
        &mut self,
        text: &str,
        permissions: Permissions,
        scope: &str,
        heard: &str,
        now_ms: i64,
    ) -> Result<(), Refusal> {
        let Identity { subject, tenant } = self.identity(text)?;
        let tenant = tenant.unwrap_or_else(|| scope.to_owned());
        if self.notices.is_revoked(&subject, &tenant, heard) {
            // It was asked for before, and may say what is true no more.
            return Err(Refusal::own("PERMISSIONS_UNAVAILABLE"));
        }
        if self.bytes >= MOST_BYTES {
            let mut times: Vec<i64> = self.people.values().map(|person| person.at_ms).collect();
            times.sort_unstable();
            let middle = times.get(times.len() / 2).copied().unwrap_or(now_ms);
            self.forget(|person| person.at_ms <= middle);
        }
        let person = Person {
            permissions: Rc::new(permissions),
            scope: scope.into(),
            tenant: tenant.as_str().into(),
            subject,
            heard: heard.to_owned(),
            at_ms: now_ms,
        };
        self.bytes += bytes(text, &person);
        if let Some(before) = self.people.insert(text.to_owned(), person) {
            self.bytes -= bytes(text, &before);
        }
        Ok(())
    }

    fn forget(&mut self, which: impl Fn(&Person) -> bool) {
        let mut freed = 0;
        self.people.retain(|text, person| {
            let is_forgotten = which(person);
            freed += if is_forgotten { bytes(text, person) } else { 0 };
            !is_forgotten
        });
        self.bytes -= freed;
    }
}

/// What an identity takes.
fn bytes(text: &str, person: &Person) -> usize {
    text.len() + PERSON_BYTES + person.permissions.len() * ID_BYTES
}

/// Whether a request is one that a person may make. Of a list all ids have to be.
pub fn admit(permissions: &Permissions, request: &Request) -> Result<(), Refusal> {
    let beyond = permissions.beyond(request);
    if beyond.is_empty() {
        return Ok(());
    }
    let field = request.endpoint.params.first().map_or("", |param| param.name);
    let problems = beyond.iter().take(NAMED).map(|place| {
        let id = Json::from(request.ids.get(*place).map(String::as_str));
        Problem::new(field, "NOT_PERMITTED", "an id that the sign-in may see", &id).at_index(*place)
    });
    Err(Refusal::own("NOT_PERMITTED").with(problems.collect()))
}
