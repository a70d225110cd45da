//! Questions about the identity, and live connections, for JavaScript.

use super::gateway::{RawGateway, RawRequest};
use super::headers::encode_headers;
use crate::gateway::live::{
    COALESCE_MS, Changed, CloseCode, Interest, Member, PING_MS, PROTOCOL, Roster, SHARDS, TICKET_MS, Ticket,
    scatter_ms, shard_of, ticket_wait_ms,
};
use crate::gateway::{
    CopyRequest, GatewayError, InvalidationScope, Origin, RouteMatch, copy_headers, is_not_modified, me_body,
};
use crate::util::{ObjectWriter, text};
use alloc::{borrow::ToOwned, string::String, vec::Vec};
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
impl RawRequest {
    /// Returns the body of `/me`, with those of the contracts that the service refuses which the identity may see.
    pub fn me(&self, gateway: &RawGateway, lost_ids: Vec<String>) -> Option<String> {
        self.principal.as_ref().map(|principal| me_body(gateway.state.config(), principal, &lost_ids))
    }

    /// Returns the parameters of a question to the copy: the cursor and the limit of `/feed`, or the query of `/query` and
    /// `/overview` and its options. A missing one is empty.
    #[wasm_bindgen(js_name = copyParams)]
    pub fn copy_params(&self) -> Vec<String> {
        match &self.matched {
            Some(RouteMatch::Copy(CopyRequest::Feed { since, limit })) => {
                let limit = limit.map_or_else(String::new, |limit| text!(limit));
                [since.clone(), limit].into()
            }
            Some(RouteMatch::Copy(CopyRequest::Query(query))) => [query.clone()].into(),
            Some(RouteMatch::Copy(CopyRequest::Overview { query, options })) => [query.clone(), options.clone()].into(),
            _ => Vec::new(),
        }
    }

    /// Returns the headers of a response that is made here. `is_copied`: it is of the copy of cases.
    #[wasm_bindgen(js_name = copyHeaders)]
    pub fn copy_headers(&self, etag: Option<String>, is_copied: bool) -> String {
        encode_headers(&copy_headers(&self.page, &self.request_id, etag.as_deref(), is_copied))
    }

    /// Whether the client has the response with an entity tag.
    #[wasm_bindgen(js_name = isNotModified)]
    pub fn is_not_modified(&self, etag: &str) -> bool {
        is_not_modified(self.if_none_match.as_deref(), etag)
    }

    /// Returns the origin to which a ticket is bound; empty for the gateway's own.
    #[wasm_bindgen(js_name = ticketOrigin)]
    pub fn ticket_origin(&self) -> String {
        match &self.page {
            Origin::SameOrigin => String::new(),
            Origin::Allowed { origin, .. } | Origin::Disallowed { origin, .. } => origin.clone(),
        }
    }

    /// Returns a text that is equal for equal identities only, of which their mark is a hash.
    #[wasm_bindgen(js_name = liveOwner)]
    pub fn live_owner(&self) -> Option<String> {
        self.principal.as_ref().map(|principal| principal.owner().to_owned())
    }

    /// Returns the state of a socket of the identity; `undefined` if it cannot be attached to one. `mark` is the identity's
    /// mark.
    #[wasm_bindgen(js_name = liveMember)]
    pub fn live_member(&self, mark: &str) -> Option<Vec<u8>> {
        let principal = self.principal.as_ref()?;
        let interest = Interest::of(&principal.permissions);
        Member::new(mark, principal.subject(), &principal.tenant, interest).map(|member| member.to_bytes())
    }

    /// Returns the ticket of a handshake.
    pub fn ticket(&self) -> Option<RawTicket> {
        let Some(RouteMatch::Live(protocols)) = &self.matched else { return None };
        Ticket::from_protocols(protocols).map(|ticket| RawTicket {
            shard: ticket.shard,
            nonce: ticket.nonce.to_owned(),
            signature: ticket.signature.to_owned(),
        })
    }
}

/// The ticket of a handshake.
#[wasm_bindgen(getter_with_clone)]
#[derive(Clone, Debug)]
pub struct RawTicket {
    /// Number of the Durable Object that issued it.
    pub shard: u32,
    /// Random hexadecimal digits by which the object knows it.
    pub nonce: String,
    /// Signature of [`signed_text`](RawTicket::signed_text), in hexadecimal digits.
    pub signature: String,
}

#[wasm_bindgen]
impl RawTicket {
    /// Creates a ticket of an identity's mark, without its signature.
    #[wasm_bindgen(constructor)]
    pub fn new(mark: &str, nonce: String) -> RawTicket {
        RawTicket { shard: shard_of(mark), nonce, signature: String::new() }
    }

    /// Returns the text that is signed.
    #[wasm_bindgen(js_name = signedText)]
    pub fn signed_text(&self) -> String {
        Ticket::signed_text(self.shard, &self.nonce)
    }
}

/// The sockets of one Durable Object. Positions are those in the order in which sockets were added.
#[wasm_bindgen]
#[derive(Debug, Default)]
pub struct RawRoster {
    roster: Roster,
}

#[wasm_bindgen]
impl RawRoster {
    /// Creates an empty roster.
    #[wasm_bindgen(constructor)]
    pub fn new() -> RawRoster {
        RawRoster::default()
    }

    /// Adds a socket by its attached bytes, and the time of its last ping in milliseconds since 1970.
    pub fn add(&mut self, attached: &[u8], pinged_ms: Option<f64>) {
        self.roster.add(Member::from_bytes(attached), pinged_ms.map(|ms| ms as i64));
    }

    /// Returns the mark of a socket's identity.
    #[wasm_bindgen(js_name = markOf)]
    pub fn mark_of(member: &[u8]) -> Option<String> {
        Member::from_bytes(member).map(|member| member.identity)
    }

    /// Returns the bytes to attach to a new socket. Its handshake is now.
    pub fn attachment(&self, member: &[u8], now_ms: f64, random: u32) -> Option<Vec<u8>> {
        let mut member = Member::from_bytes(member)?;
        self.roster.admit(&mut member, now_ms as i64, random);
        Some(member.to_bytes())
    }

    /// Returns the sockets to close for a new one, as pairs of a position and a close code.
    pub fn replaced(&self, member: &[u8], now_ms: f64) -> Vec<u32> {
        let Some(mut member) = Member::from_bytes(member) else { return Vec::new() };
        pairs(&self.roster.admit(&mut member, now_ms as i64, 0))
    }

    /// Returns the sockets whose time is over, as pairs of a position and a close code.
    pub fn expired(&self, now_ms: f64) -> Vec<u32> {
        pairs(&self.roster.expired(now_ms as i64))
    }

    /// Returns the sockets that an entry of the invalidation log revokes, as pairs of a position and a close code.
    pub fn revoked(&self, scope: &str, id: &str) -> Vec<u32> {
        let scope = InvalidationScope::from_name(scope);
        pairs(&scope.map(|scope| self.roster.revoked(scope, id)).unwrap_or_default())
    }

    /// Returns the positions of the sockets to which a message is sent about stored changes.
    pub fn recipients(&self, changed: &[u8]) -> Vec<u32> {
        let recipients = self.roster.recipients(&Changed::from_bytes(changed));
        recipients.into_iter().filter_map(|index| u32::try_from(index).ok()).collect()
    }

    /// Returns the text of a message.
    pub fn message(&self) -> String {
        let mut out = String::new();
        let mut object = ObjectWriter::open(&mut out);
        object.string("type", "changed");
        object.number("withinMs", Some(scatter_ms(self.roster.len())));
        object.close();
        out
    }
}

fn pairs(closings: &[(usize, CloseCode)]) -> Vec<u32> {
    let pair = |(index, code): &(usize, CloseCode)| [u32::try_from(*index).unwrap_or(u32::MAX), code.as_u16().into()];
    closings.iter().flat_map(pair).collect()
}

/// Adds the contracts and users of changed cases to stored changes.
#[wasm_bindgen(js_name = mergeChanged)]
pub fn merge_changed(stored: &[u8], contract_ids: Vec<String>, user_ids: Vec<String>) -> Vec<u8> {
    let mut changed = Changed::from_bytes(stored);
    changed.add(contract_ids.iter().map(String::as_str), user_ids.iter().map(String::as_str));
    changed.to_bytes()
}

/// Returns the wait before another request in milliseconds if an identity gets no ticket now.
#[wasm_bindgen(js_name = ticketWaitMs)]
pub fn wait_ms_of_ticket(open_sockets: u32, tickets: u32, own_tickets: u32) -> Option<u32> {
    ticket_wait_ms(open_sockets as usize, tickets as usize, own_tickets)
}

/// Returns the body of the error of a ticket that is refused for now.
#[wasm_bindgen(js_name = busyBody)]
pub fn busy_body(retry_after_ms: u32) -> String {
    GatewayError::busy(retry_after_ms).0.to_json()
}

/// Returns the constants of live connections that the package's TypeScript needs, as JSON text.
#[wasm_bindgen(js_name = liveSettings)]
pub fn live_settings() -> String {
    let mut out = String::new();
    let mut object = ObjectWriter::open(&mut out);
    object.string("protocol", PROTOCOL);
    object.number("shards", Some(SHARDS));
    object.number("ticketMs", u32::try_from(TICKET_MS).ok());
    object.number("coalesceMs", Some(COALESCE_MS));
    object.number("pingMs", Some(PING_MS));
    object.number("policyViolation", Some(CloseCode::PolicyViolation.as_u16().into()));
    object.close();
    out
}
