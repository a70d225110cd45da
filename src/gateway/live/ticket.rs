//! Tickets of handshakes.

use super::roster::MAX_SOCKETS;
use crate::util::fnv1a_64;
use alloc::{format, string::String};

/// Lifetime of a ticket.
pub const TICKET_MS: i64 = 30_000;

/// Number of unused tickets of one identity, at most.
pub const MAX_TICKETS_PER_IDENTITY: u32 = 10;

/// Number of Durable Objects among which sockets are divided. One serves some hundred requests in a second.
pub const SHARDS: u32 = 4;

/// Subprotocol of the socket. The handshake names it, and the response repeats it.
pub const PROTOCOL: &str = "cisco-support-case.live";

/// Start of the second subprotocol of a handshake, which is the ticket. The response does not repeat it.
const TICKET_PREFIX: &str = "ticket.";

/// Length of a nonce: 16 bytes in hexadecimal digits.
const NONCE_LENGTH: usize = 32;
/// Length of a signature: 32 bytes in hexadecimal digits.
const SIGNATURE_LENGTH: usize = 64;

/// A ticket, as a handshake sends it. Whether its signature is right, and whether it was used, is for the caller to check.
///
/// ```
/// use cisco_support_case::gateway::live::Ticket;
///
/// let (nonce, signature) = ("0123456789abcdef".repeat(2), "f".repeat(64));
/// let text = format!("{}.{signature}", Ticket::signed_text(3, &nonce));
/// let protocols = format!("cisco-support-case.live, ticket.{text}");
/// let ticket = Ticket::from_protocols(&protocols).unwrap();
/// assert_eq!((ticket.shard, ticket.nonce, ticket.signature), (3, &*nonce, &*signature));
/// assert_eq!(Ticket::from_protocols(&text), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket<'t> {
    /// Number of the Durable Object that issued it.
    pub shard: u32,
    /// Random hexadecimal digits by which the object knows it.
    pub nonce: &'t str,
    /// HMAC-SHA256 of [`Ticket::signed_text`], in hexadecimal digits.
    pub signature: &'t str,
}

impl<'t> Ticket<'t> {
    /// Returns the text of a ticket without its signature.
    pub fn signed_text(shard: u32, nonce: &str) -> String {
        format!("{shard}.{nonce}")
    }

    /// Reads the ticket from a value of `Sec-WebSocket-Protocol`. The header has to name [`PROTOCOL`] as well, and nothing
    /// else.
    pub fn from_protocols(protocols: &'t str) -> Option<Ticket<'t>> {
        let (first, second) = protocols.split_once(',')?;
        let text = if first.trim() == PROTOCOL { second.trim().strip_prefix(TICKET_PREFIX)? } else { return None };
        let mut parts = text.split('.');
        let (shard, nonce, signature) = (parts.next()?, parts.next()?, parts.next()?);
        let is_hex = |text: &str, length: usize| {
            text.len() == length && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
        };
        let number = (0..SHARDS).find(|number| *shard == *format!("{number}"))?;
        let is_ticket = parts.next().is_none() && is_hex(nonce, NONCE_LENGTH) && is_hex(signature, SIGNATURE_LENGTH);
        is_ticket.then_some(Ticket { shard: number, nonce, signature })
    }
}

/// Time after which a page asks for a ticket again that it was refused.
const TICKET_RETRY_MS: u32 = 60_000;

/// Returns the wait before another request if an identity gets no ticket now: it has too many unused ones, or the sockets
/// and unused tickets of the Durable Object are as many as it may have sockets.
pub fn ticket_wait_ms(open_sockets: usize, tickets: usize, own_tickets: u32) -> Option<u32> {
    let is_full = open_sockets.saturating_add(tickets) >= MAX_SOCKETS;
    (is_full || own_tickets >= MAX_TICKETS_PER_IDENTITY).then_some(TICKET_RETRY_MS)
}

/// Returns the number of the Durable Object with the sockets of an identity.
pub fn shard_of(identity: &str) -> u32 {
    u32::try_from(fnv1a_64(identity) % u64::from(SHARDS)).unwrap_or(0)
}
