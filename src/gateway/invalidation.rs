//! Log of revocations and purges, which every isolate copies from the Durable Object.

use crate::decode;
use crate::util::{Json, ObjectWriter, write_string};
use alloc::collections::BTreeMap;
use alloc::{borrow::ToOwned, format, string::String, string::ToString, vec::Vec};

/// Number of separate entries, at most. Above it or [`MAX_BYTES`], the older half is merged: everything from before it counts as
/// revoked and purged, so that no entry is lost.
const MAX_ENTRIES: usize = 10_000;

/// Length of all entries, at most, as in the exported text: the Durable Object stores it as one value, which has at most 2 MB, and
/// every isolate copies it.
const MAX_BYTES: usize = 1_000_000;

/// Length of an entry in the exported text besides its id: the longest scope, two numbers and their separators.
const ENTRY_BYTES: usize = 64;

/// Scope of an entry.
///
/// ```
/// use cisco_support_case::gateway::InvalidationScope;
///
/// assert_eq!(InvalidationScope::from_name("contract"), Some(InvalidationScope::Contract));
/// assert_eq!(InvalidationScope::from_name("contracts"), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum InvalidationScope {
    /// Permissions of a subject.
    Subject,
    /// Permissions of all identities of a tenant.
    Tenant,
    /// Permissions of all identities.
    Everybody,
    /// Responses with cases of a contract.
    Contract,
    /// All cached responses.
    Everything,
}

impl InvalidationScope {
    const ALL: [(InvalidationScope, &'static str); 5] = [
        (InvalidationScope::Subject, "subject"),
        (InvalidationScope::Tenant, "tenant"),
        (InvalidationScope::Everybody, "everybody"),
        (InvalidationScope::Contract, "contract"),
        (InvalidationScope::Everything, "everything"),
    ];

    /// Whether its entries revoke permissions; those of the others purge responses.
    fn is_of_permissions(self) -> bool {
        matches!(self, InvalidationScope::Subject | InvalidationScope::Tenant | InvalidationScope::Everybody)
    }

    fn as_str(self) -> &'static str {
        InvalidationScope::ALL.iter().find(|(scope, _)| *scope == self).map_or("everything", |(_, name)| name)
    }

    /// Returns the scope of a name.
    pub fn from_name(name: &str) -> Option<InvalidationScope> {
        InvalidationScope::ALL.iter().find(|(_, known)| *known == name).map(|(scope, _)| *scope)
    }
}

/// Version of the log, as `epoch:number` of its latest entry. The empty string is before every entry.
type LogVersion<'t> = &'t str;

/// Log of invalidations, numbered in the order in which they were appended. The Durable Object numbers them; each
/// isolate has a copy from its latest poll. Cached data carries the version that was current when it was requested, so
/// that no two clocks have to agree: an entry with a higher number invalidates it.
///
/// ```
/// use cisco_support_case::gateway::{InvalidationLog, InvalidationScope};
///
/// let mut log = InvalidationLog::new("epoch-1");
/// let mut copy = log.clone();
/// let version = copy.version();
/// log.append(InvalidationScope::Contract, "101", 1_780_000_000_000);
///
/// assert!(copy.apply(&log.entries_since(&version)));
/// assert!(copy.is_purged(&["101".to_owned()], &version));
/// assert!(!copy.is_purged(&["202".to_owned()], &version));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InvalidationLog {
    /// Identifies the numbering. If the Durable Object has lost its log, a new epoch starts, and all cached data is
    /// invalid.
    epoch: String,
    last: u64,
    /// Entries up to this number are merged.
    floor: u64,
    /// Time of the latest merged entry that revokes permissions, in milliseconds since 1970; 0 without one.
    floor_ms: i64,
    entries: BTreeMap<(InvalidationScope, String), LogEntry>,
}

/// An entry: its number, and its time in milliseconds since 1970 by the clock of the Durable Object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct LogEntry {
    number: u64,
    at_ms: i64,
}

impl InvalidationLog {
    /// Creates an empty log with an epoch.
    pub fn new(epoch: &str) -> InvalidationLog {
        InvalidationLog { epoch: epoch.replace([':', ';', ','], "-"), ..InvalidationLog::default() }
    }

    /// Returns the version of the log.
    pub fn version(&self) -> String {
        format!("{}:{}", self.epoch, self.last)
    }

    /// Appends an entry, in the Durable Object. The id is empty for scopes without one.
    pub fn append(&mut self, scope: InvalidationScope, id: &str, now_ms: i64) {
        self.last += 1;
        self.entries.insert((scope, id.to_owned()), LogEntry { number: self.last, at_ms: now_ms });
        self.compact();
    }

    fn compact(&mut self) {
        while self.entries.len() > MAX_ENTRIES || self.bytes() > MAX_BYTES {
            let mut numbers: Vec<u64> = self.entries.values().map(|entry| entry.number).collect();
            numbers.sort_unstable();
            self.floor = self.floor.max(numbers.get(numbers.len() / 2).copied().unwrap_or(self.last));
            self.drop_below_floor();
        }
    }

    /// Returns the length of all entries in the exported text. A character of an id is escaped by six bytes at most.
    fn bytes(&self) -> usize {
        let escaped = |id: &str| id.chars().map(|c| if c < ' ' { 6 } else { c.len_utf8() + 1 }).sum::<usize>();
        self.entries.keys().map(|(_, id)| ENTRY_BYTES + escaped(id)).sum()
    }

    /// Merges the entries up to the floor.
    fn drop_below_floor(&mut self) {
        let (floor, mut floor_ms) = (self.floor, self.floor_ms);
        self.entries.retain(|(scope, _), entry| {
            let is_kept = entry.number > floor;
            // Purges sign nobody out.
            if !is_kept && scope.is_of_permissions() {
                floor_ms = floor_ms.max(entry.at_ms);
            }
            is_kept
        });
        self.floor_ms = floor_ms;
    }

    /// Whether the permissions of an identity were revoked after a version.
    pub fn is_revoked(&self, subject: &str, tenant: &str, version: LogVersion<'_>) -> bool {
        self.is_after(
            version,
            &mut [
                (InvalidationScope::Subject, subject),
                (InvalidationScope::Tenant, tenant),
                (InvalidationScope::Everybody, ""),
            ]
            .into_iter(),
        )
    }

    /// Returns the time of the latest revocation of an identity's permissions, in milliseconds since 1970; `None` if
    /// there is none. For merged entries it is the time of the latest of them that revokes permissions.
    pub fn revoked_ms(&self, subject: &str, tenant: &str) -> Option<i64> {
        let scope = [
            (InvalidationScope::Subject, subject),
            (InvalidationScope::Tenant, tenant),
            (InvalidationScope::Everybody, ""),
        ];
        let entry = scope.into_iter().filter_map(|(scope, id)| self.entries.get(&(scope, id.to_owned())));
        entry.map(|entry| entry.at_ms).chain((self.floor_ms > 0).then_some(self.floor_ms)).max()
    }

    /// Whether a response with cases of these contracts was purged after a version.
    pub fn is_purged(&self, contracts: &[String], version: LogVersion<'_>) -> bool {
        let of_contracts = contracts.iter().map(|id| (InvalidationScope::Contract, id.as_str()));
        self.is_after(version, &mut of_contracts.chain([(InvalidationScope::Everything, "")]))
    }

    /// Whether one of some entries was appended after a version. For a version of another epoch, or below the floor, it
    /// is assumed.
    fn is_after(&self, version: LogVersion<'_>, scope: &mut dyn Iterator<Item = (InvalidationScope, &str)>) -> bool {
        let Some(version) = self.number_of(version) else { return true };
        let mut after = scope.map(|(scope, id)| self.entries.get(&(scope, id.to_owned())));
        version < self.last
            && (version < self.floor || after.any(|entry| entry.is_some_and(|entry| entry.number > version)))
    }

    /// Returns the number of a version, if it has the same epoch.
    fn number_of(&self, version: LogVersion<'_>) -> Option<u64> {
        let (epoch, number) = version.rsplit_once(':')?;
        (epoch == self.epoch).then(|| number.parse().ok()).flatten()
    }

    /// Returns the entries after a version, as JSON text.
    pub fn entries_since(&self, version: LogVersion<'_>) -> String {
        self.write(self.number_of(version).unwrap_or(0))
    }

    /// Returns the whole log as JSON text, for storage.
    pub fn export(&self) -> String {
        self.write(0)
    }

    fn write(&self, after: u64) -> String {
        let mut out = String::new();
        let mut object = ObjectWriter::open(&mut out);
        object.string("epoch", &self.epoch);
        object.name("last").push_str(&self.last.to_string());
        object.name("floor").push_str(&self.floor.to_string());
        object.name("floorMs").push_str(&self.floor_ms.to_string());
        let list = object.name("entries");
        list.push('[');
        let mut separator = "";
        for ((scope, id), entry) in self.entries.iter().filter(|(_, entry)| entry.number > after) {
            list.push_str(separator);
            list.push('[');
            write_string(list, scope.as_str());
            list.push(',');
            write_string(list, id);
            list.push_str(&format!(",{},{}]", entry.number, entry.at_ms));
            separator = ",";
        }
        list.push(']');
        object.close();
        out
    }

    /// Applies an update, the text of [`entries_since`](InvalidationLog::entries_since). Returns `false` for a text that
    /// cannot be parsed, which changes nothing.
    pub fn apply(&mut self, text: &str) -> bool {
        let Some(update) = decode::json(text.as_bytes()).ok().and_then(|json| InvalidationLog::from_json(&json)) else {
            return false;
        };
        if update.epoch == self.epoch {
            // An update that arrives after a later one adds nothing.
            self.last = self.last.max(update.last);
            self.floor = self.floor.max(update.floor);
            self.floor_ms = self.floor_ms.max(update.floor_ms);
            for (key, entry) in update.entries {
                let known = self.entries.entry(key).or_insert(entry);
                *known = if entry.number > known.number { entry } else { *known };
            }
            self.drop_below_floor();
            self.compact();
        } else {
            *self = update;
        }
        true
    }

    fn from_json(json: &Json) -> Option<InvalidationLog> {
        fn number<N: core::str::FromStr>(json: &Json) -> Option<N> {
            match json {
                Json::Number(digits) => digits.parse().ok(),
                _ => None,
            }
        }
        let mut log = InvalidationLog {
            epoch: json.get("epoch")?.as_str()?.to_owned(),
            last: number(json.get("last")?)?,
            floor: number(json.get("floor")?)?,
            floor_ms: json.get("floorMs").and_then(number).unwrap_or(0),
            entries: BTreeMap::new(),
        };
        let Json::Array(items) = json.get("entries")? else { return None };
        for item in items {
            let Json::Array(parts) = item else { return None };
            let [scope, id, entry, at] = parts.as_slice() else { return None };
            let scope = InvalidationScope::from_name(scope.as_str()?)?;
            let entry = LogEntry { number: number(entry)?, at_ms: number(at)? };
            log.entries.insert((scope, id.as_str()?.to_owned()), entry);
        }
        Some(log)
    }
}
