//! The sockets of one Durable Object.

use super::member::{Changed, Member};
use super::{DEAD_MS, LIFETIME_MS};
use crate::boundary::live_close;
use crate::gateway::InvalidationScope;
use alloc::vec::Vec;

/// Number of sockets of one Durable Object, at most. Pages without one poll the feed.
pub const MAX_SOCKETS: usize = 8000;

/// Number of sockets of one identity, at most. A page of a browser needs one for all its tabs.
pub const MAX_SOCKETS_PER_IDENTITY: usize = 20;

/// The share of the lifetime by which sockets differ, so that those opened together do not end together.
const LIFETIME_SPREAD_MS: i64 = LIFETIME_MS / 5;

/// Reasons for which the gateway closes a socket, as close codes (RFC 6455, section 7.4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CloseCode {
    /// The page sent something other than a ping.
    PolicyViolation,
    /// Its lifetime is over: the page opens another.
    Expired,
    /// Its permissions were revoked: the page asks what it may still see.
    Revoked,
    /// The identity has opened too many: the page polls.
    Replaced,
}

impl CloseCode {
    /// Returns the close code.
    pub fn as_u16(self) -> u16 {
        match self {
            CloseCode::PolicyViolation => 1008,
            CloseCode::Expired => live_close::EXPIRED as u16,
            CloseCode::Revoked => live_close::REVOKED as u16,
            CloseCode::Replaced => live_close::REPLACED as u16,
        }
    }
}

/// A socket that has to be closed: its position in the roster, and the reason.
pub(crate) type Closing = (usize, CloseCode);

/// The open sockets of one object, in the order in which they were added. It is made anew for each event: an object that
/// hibernates keeps nothing but the sockets.
///
/// ```
/// use cisco_support_case::gateway::live::{Changed, Interest, Member, Roster};
///
/// let mut roster = Roster::default();
/// roster.add(Member::new("mark", "ann", "acme", Interest::All), None);
/// let mut changed = Changed::default();
/// changed.add(["101"], []);
/// assert_eq!(roster.recipients(&changed), [0]);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Roster {
    members: Vec<(Option<Member>, Option<i64>)>,
}

impl Roster {
    /// Adds a socket with the time of its last ping, in milliseconds since 1970. `None`: its state cannot be read, so it is
    /// closed at the next occasion.
    pub fn add(&mut self, member: Option<Member>, pinged_ms: Option<i64>) {
        self.members.push((member, pinged_ms));
    }

    /// Returns the number of sockets.
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether there is no socket.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// Sets the times of a new socket, and returns the sockets to close for it: the oldest of an identity that has too many.
    pub fn admit(&self, new: &mut Member, now_ms: i64, random: u32) -> Vec<Closing> {
        new.joined_ms = now_ms;
        new.until_ms = now_ms + LIFETIME_MS - i64::from(random) % LIFETIME_SPREAD_MS;
        let own = self.members.iter().enumerate().filter_map(|(index, (member, _))| {
            member.as_ref().filter(|member| member.identity == new.identity).map(|member| (member.joined_ms, index))
        });
        let mut own: Vec<(i64, usize)> = own.collect();
        own.sort_unstable();
        let excess = (own.len() + 1).saturating_sub(MAX_SOCKETS_PER_IDENTITY);
        own.into_iter().take(excess).map(|(_, index)| (index, CloseCode::Replaced)).collect()
    }

    /// Returns the sockets whose lifetime is over, and those from which no ping has come for too long.
    pub fn expired(&self, now_ms: i64) -> Vec<Closing> {
        let is_over = |member: &Member, pinged_ms: Option<i64>| {
            let heard_ms = pinged_ms.unwrap_or(member.joined_ms).max(member.joined_ms);
            now_ms >= member.until_ms || now_ms - heard_ms > DEAD_MS
        };
        let over = self
            .members
            .iter()
            .enumerate()
            .filter(|(_, (member, pinged_ms))| member.as_ref().is_none_or(|member| is_over(member, *pinged_ms)));
        over.map(|(index, _)| (index, CloseCode::Expired)).collect()
    }

    /// Returns the sockets that an entry of the invalidation log revokes.
    pub fn revoked(&self, scope: InvalidationScope, id: &str) -> Vec<Closing> {
        let revoked = self.members.iter().enumerate().filter(|(_, (member, _))| {
            member.as_ref().is_none_or(|member| match scope {
                InvalidationScope::Subject => member.subject == id,
                InvalidationScope::Tenant => member.tenant == id,
                InvalidationScope::Everybody => true,
                InvalidationScope::Contract | InvalidationScope::Everything => false,
            })
        });
        revoked.map(|(index, _)| (index, CloseCode::Revoked)).collect()
    }

    /// Returns the sockets to which a message about changes is sent.
    pub fn recipients(&self, changed: &Changed) -> Vec<usize> {
        let concerned = self
            .members
            .iter()
            .enumerate()
            .filter(|(_, (member, _))| member.as_ref().is_some_and(|member| changed.concerns(&member.interest)));
        concerned.map(|(index, _)| index).collect()
    }
}
