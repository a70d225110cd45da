//! The state of one socket, and the changes that concern it.

use crate::gateway::permission::{IdSet, Permissions};
use crate::util::fnv1a_64_bytes;
use alloc::{borrow::ToOwned, string::String, vec::Vec};

/// Number of ids of an identity that its socket can keep: the runtime keeps 16 384 bytes with each.
pub const MAX_INTERESTS: usize = 3000;

/// Number of changed ids that are kept until the sockets are told. Above it, every identity with an id counts as concerned.
const MAX_CHANGED: usize = 50_000;

/// Length of a subject or tenant that a socket can keep, in bytes.
const MAX_TEXT_BYTES: usize = 1500;

/// Version of the layout of [`Member::to_bytes`]. An object may be older than its sockets, or newer.
const MEMBER_VERSION: u8 = 1;

/// The kinds of ids. A contract and a user with the same text are not the same.
const CONTRACT: u8 = b'c';
const USER: u8 = b'u';

/// Ids for which an identity is told of changes, as fingerprints of 32 bits. Two ids with the same fingerprint cause a message
/// about nothing new, once in 4 billion.
///
/// ```
/// use cisco_support_case::decode::json;
/// use cisco_support_case::gateway::Permissions;
/// use cisco_support_case::gateway::live::{Changed, Interest};
///
/// let permissions = Permissions::from_json(&json(br#"{ "contract_ids": ["101"] }"#).unwrap()).unwrap();
/// let interest = Interest::of(&permissions);
/// let mut changed = Changed::default();
/// changed.add(["202"], ["101"]);
/// assert!(!changed.concerns(&interest)); // A user, and another contract.
/// changed.add(["101"], []);
/// assert!(changed.concerns(&interest));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Interest {
    /// Every change: all contracts or all users are permitted.
    All,
    /// Every run of the sync, whether it changed anything or not: there are more ids than a socket can keep.
    EveryRun,
    /// Changes of these ids, as sorted fingerprints.
    Some(Vec<u32>),
}

impl Interest {
    /// Returns the ids of permissions.
    pub fn of(permissions: &Permissions) -> Interest {
        match (&permissions.contract_ids, &permissions.user_ids) {
            (IdSet::Only(contracts), IdSet::Only(users)) if contracts.len() + users.len() <= MAX_INTERESTS => {
                let contracts = contracts.iter().map(|id| fingerprint(CONTRACT, id));
                let mut all: Vec<u32> = contracts.chain(users.iter().map(|id| fingerprint(USER, id))).collect();
                sort(&mut all);
                Interest::Some(all)
            }
            (IdSet::Only(_), IdSet::Only(_)) => Interest::EveryRun,
            _ => Interest::All,
        }
    }
}

fn fingerprint(kind: u8, id: &str) -> u32 {
    let hash = fnv1a_64_bytes(&[&[kind, b':'], id.as_bytes()].concat());
    // The halves of FNV-1a are unlike; folding uses both.
    ((hash >> 32) ^ (hash & 0xffff_ffff)) as u32
}

fn sort(fingerprints: &mut Vec<u32>) {
    fingerprints.sort_unstable();
    fingerprints.dedup();
}

/// The contracts and users of changed cases, collected until the sockets are told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changed {
    /// Sorted fingerprints.
    ids: Vec<u32>,
    /// Whether there were more ids than can be kept.
    is_everything: bool,
}

impl Changed {
    /// Adds the contracts and users of changed cases, before and after their changes.
    pub fn add<'i>(&mut self, contracts: impl IntoIterator<Item = &'i str>, users: impl IntoIterator<Item = &'i str>) {
        self.ids.extend(contracts.into_iter().map(|id| fingerprint(CONTRACT, id)));
        self.ids.extend(users.into_iter().map(|id| fingerprint(USER, id)));
        sort(&mut self.ids);
        if self.ids.len() > MAX_CHANGED {
            self.ids.clear();
            self.is_everything = true;
        }
    }

    /// Whether nothing has changed: a run of the sync that found all cases as they were.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty() && !self.is_everything
    }

    /// Whether an identity is told of the changes.
    pub fn concerns(&self, interest: &Interest) -> bool {
        match interest {
            Interest::EveryRun => true,
            _ if self.is_empty() => false,
            Interest::All => true,
            Interest::Some(ids) if self.is_everything => !ids.is_empty(),
            Interest::Some(ids) => {
                let (few, many) = if ids.len() < self.ids.len() { (ids, &self.ids) } else { (&self.ids, ids) };
                few.iter().any(|id| many.binary_search(id).is_ok())
            }
        }
    }

    /// Returns the bytes that a Durable Object stores.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = alloc::vec![u8::from(self.is_everything)];
        out.extend(self.ids.iter().flat_map(|id| id.to_le_bytes()));
        out
    }

    /// Reads stored bytes. What cannot be read counts as a change of everything: a message about nothing new does no harm.
    pub fn from_bytes(bytes: &[u8]) -> Changed {
        match bytes {
            [] => Changed::default(),
            [0, ids @ ..] if ids.len() % 4 == 0 => Changed { ids: words(ids), is_everything: false },
            _ => Changed { ids: Vec::new(), is_everything: true },
        }
    }
}

fn words(bytes: &[u8]) -> Vec<u32> {
    bytes.chunks_exact(4).filter_map(|word| word.try_into().ok().map(u32::from_le_bytes)).collect()
}

/// The state of a socket. It is attached to the socket, and survives the hibernation of its object.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Member {
    /// Mark of the identity: equal for the sockets of one.
    pub identity: String,
    /// Subject, by which it is revoked.
    pub subject: String,
    /// Tenant, by which it is revoked.
    pub tenant: String,
    /// Ids for which it is told of changes.
    pub interest: Interest,
    /// Time of the handshake, in milliseconds since 1970.
    pub joined_ms: i64,
    /// End of the lifetime, in milliseconds since 1970.
    pub until_ms: i64,
}

impl Member {
    /// Creates the state of a socket that is not open yet. Returns `None` if a text is too long to be attached.
    pub fn new(identity: &str, subject: &str, tenant: &str, interest: Interest) -> Option<Member> {
        if [identity, subject, tenant].iter().any(|text| text.len() > MAX_TEXT_BYTES) {
            return None;
        }
        let [identity, subject, tenant] = [identity, subject, tenant].map(str::to_owned);
        Some(Member { identity, subject, tenant, interest, joined_ms: 0, until_ms: 0 })
    }

    /// Returns the bytes that are attached to a socket.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = alloc::vec![MEMBER_VERSION];
        out.extend(self.joined_ms.to_le_bytes());
        out.extend(self.until_ms.to_le_bytes());
        for text in [&self.identity, &self.subject, &self.tenant] {
            out.extend(u16::try_from(text.len()).unwrap_or(0).to_le_bytes());
            out.extend(text.as_bytes());
        }
        match &self.interest {
            Interest::All => out.push(0),
            Interest::EveryRun => out.push(1),
            Interest::Some(ids) => {
                out.push(2);
                out.extend(ids.iter().flat_map(|id| id.to_le_bytes()));
            }
        }
        out
    }

    /// Reads attached bytes; `None` if they are of another version, or none.
    pub fn from_bytes(bytes: &[u8]) -> Option<Member> {
        let (&version, rest) = bytes.split_first()?;
        if version != MEMBER_VERSION {
            return None;
        }
        let (joined_ms, rest) = number(rest)?;
        let (until_ms, rest) = number(rest)?;
        let (identity, rest) = text(rest)?;
        let (subject, rest) = text(rest)?;
        let (tenant, rest) = text(rest)?;
        let interest = match rest {
            [0] => Interest::All,
            [1] => Interest::EveryRun,
            [2, ids @ ..] if ids.len() % 4 == 0 => Interest::Some(words(ids)),
            _ => return None,
        };
        Some(Member { identity, subject, tenant, interest, joined_ms, until_ms })
    }
}

fn number(bytes: &[u8]) -> Option<(i64, &[u8])> {
    let (number, rest) = bytes.split_first_chunk()?;
    Some((i64::from_le_bytes(*number), rest))
}

fn text(bytes: &[u8]) -> Option<(String, &[u8])> {
    let (length, rest) = bytes.split_first_chunk()?;
    let (text, rest) = rest.split_at_checked(usize::from(u16::from_le_bytes(*length)))?;
    Some((core::str::from_utf8(text).ok()?.to_owned(), rest))
}
