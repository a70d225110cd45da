//! Live connections: the sockets by which pages learn that the copy has something new for them.
//!
//! A socket carries no data. It says that the feed has something new, and the feed decides what an identity may see. The
//! package's `gateway/live/` holds the sockets, in Durable Objects that hibernate between two messages.
//!
//! | item | is |
//! |---|---|
//! | [`Ticket`], [`shard_of`] | the short-lived text by which a page opens a socket |
//! | [`Member`], [`Interest`] | the state of one socket, which it keeps while its object hibernates |
//! | [`Changed`] | the contracts and users of changed cases, until the sockets are told |
//! | [`Roster`], [`CloseCode`] | the sockets of one object: limits, revocations, recipients |
//!
//! # Tickets
//!
//! A page cannot send `Authorization` with a handshake, and an address is logged. So it requests a ticket as it requests
//! cases, and sends it as a subprotocol of the handshake. A ticket is signed: forged ones are refused before any Durable
//! Object is asked. It is of one identity and one origin, valid for [`TICKET_MS`], and deleted from the object's storage by
//! the handshake that uses it.
//!
//! # Messages
//!
//! Claim: a message tells nothing about cases that its identity may not see. Invariant: an identity is sent a message if and
//! only if one of its own contracts or users is among the changed ones. Argument: the message has no version and no count,
//! and its hint about scattering depends on the number of open sockets, not on the recipients. The exception errs on the side
//! of silence: an identity with more than [`MAX_INTERESTS`] ids is told of every run of the sync, changed or not.
//!
//! Messages are coalesced for [`COALESCE_MS`], so a run that commits many batches sends few.

mod member;
mod roster;
mod ticket;

pub use member::{Changed, Interest, MAX_INTERESTS, Member};
pub use roster::{CloseCode, MAX_SOCKETS, MAX_SOCKETS_PER_IDENTITY, Roster};
pub use ticket::{MAX_TICKETS_PER_IDENTITY, PROTOCOL, SHARDS, TICKET_MS, Ticket, shard_of, ticket_wait_ms};

/// Time for which changes are collected before one message tells of all of them.
pub const COALESCE_MS: u32 = 1000;

/// Interval at which pages send a ping. The runtime answers it without waking the object.
pub const PING_MS: u32 = 25_000;

/// Time without a ping after which a socket counts as dead: the runtime may not know that the other side is gone.
pub const DEAD_MS: i64 = 90_000;

/// Lifetime of a socket. After it, the page opens another with a new ticket, for which its permissions are read again.
pub const LIFETIME_MS: i64 = 600_000;

/// Number of requests for the feed in a second that a message may cause, per object.
const FEED_REQUESTS_PER_SECOND: usize = 100;

/// The longest time over which a message spreads the requests that follow it.
const MAX_SCATTER_MS: u32 = 30_000;

/// Returns the time over which pages spread their requests after a message, by the number of open sockets. It is one of few
/// steps, so that it does not reveal the number itself.
///
/// ```
/// use cisco_support_case::gateway::live::scatter_ms;
///
/// assert_eq!(scatter_ms(1), 1000);
/// assert_eq!(scatter_ms(350), 4000);
/// ```
pub fn scatter_ms(open: usize) -> u32 {
    let seconds = open.div_ceil(FEED_REQUESTS_PER_SECOND).max(1).next_power_of_two();
    u32::try_from(seconds).unwrap_or(u32::MAX).saturating_mul(1000).min(MAX_SCATTER_MS)
}
