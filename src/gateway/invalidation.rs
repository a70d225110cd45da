//! What was revoked and purged, for all isolates to hear.

use crate::decode;
use crate::util::{Json, ObjectWriter, write_text};
use alloc::collections::BTreeMap;
use alloc::{borrow::ToOwned, format, string::String, string::ToString, vec::Vec};

/// So many notices are kept one by one. The half that is older is then taken together: whatever is from before counts as
/// revoked and purged, so that nothing is forgotten.
const MOST: usize = 10_000;

/// What a notice is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum About {
    /// What a subject may see.
    Subject,
    /// What the identities of a tenant may see.
    Tenant,
    /// What anybody may see.
    Everybody,
    /// Answers that tell of a contract.
    Contract,
    /// All answers.
    Everything,
}

impl About {
    const ALL: [(About, &'static str); 5] = [
        (About::Subject, "subject"),
        (About::Tenant, "tenant"),
        (About::Everybody, "everybody"),
        (About::Contract, "contract"),
        (About::Everything, "everything"),
    ];

    fn as_str(self) -> &'static str {
        About::ALL.iter().find(|(about, _)| *about == self).map_or("everything", |(_, name)| name)
    }

    /// By its name.
    pub fn from_name(name: &str) -> Option<About> {
        About::ALL.iter().find(|(_, known)| *known == name).map(|(about, _)| *about)
    }
}

/// How much has been heard: the number of the last notice, of which numbering. `epoch:number` as a text; the empty text is
/// nothing at all.
type Heard<'t> = &'t str;

/// Notices, numbered in the order in which they were posted. One place numbers them; all others have a copy as it was
/// when they last asked. What is kept carries the number that was known when it was fetched, so that no two clocks have to
/// agree: a notice with a higher one is about it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notices {
    /// Which numbering. Where the place that numbers has lost it, another begins, and nothing kept is good any more.
    epoch: String,
    last: u64,
    /// What has a number up to this one is no longer told apart.
    floor: u64,
    /// When the last of that was posted.
    floor_ms: i64,
    posted: BTreeMap<(About, String), Posted>,
}

/// A notice's number, and when it was posted, in milliseconds since 1970 by the clock of the place that numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Posted {
    number: u64,
    at_ms: i64,
}

impl Notices {
    /// A numbering with nothing posted.
    pub fn new(epoch: &str) -> Notices {
        Notices { epoch: epoch.replace([':', ';', ','], "-"), ..Notices::default() }
    }

    /// How much has been heard.
    pub fn heard(&self) -> String {
        format!("{}:{}", self.epoch, self.last)
    }

    /// Posts one, in the place that numbers them. Who is about everybody or everything has no id.
    pub fn post(&mut self, about: About, id: &str, now_ms: i64) {
        self.last += 1;
        self.posted.insert((about, id.to_owned()), Posted { number: self.last, at_ms: now_ms });
        self.bound();
    }

    fn bound(&mut self) {
        if self.posted.len() <= MOST {
            return;
        }
        let mut numbers: Vec<u64> = self.posted.values().map(|posted| posted.number).collect();
        numbers.sort_unstable();
        self.floor = self.floor.max(numbers.get(numbers.len() / 2).copied().unwrap_or(self.last));
        self.merge();
    }

    /// Takes together what is no longer told apart.
    fn merge(&mut self) {
        let (floor, mut floor_ms) = (self.floor, self.floor_ms);
        self.posted.retain(|_, posted| {
            let is_kept = posted.number > floor;
            floor_ms = if is_kept { floor_ms } else { floor_ms.max(posted.at_ms) };
            is_kept
        });
        self.floor_ms = floor_ms;
    }

    /// Whether what an identity may see was revoked after so much had been heard.
    pub fn is_revoked(&self, subject: &str, tenant: &str, heard: Heard<'_>) -> bool {
        self.is_after(
            heard,
            &mut [(About::Subject, subject), (About::Tenant, tenant), (About::Everybody, "")].into_iter(),
        )
    }

    /// When what an identity may see was last revoked, in milliseconds since 1970; none where it never was. Where that is no
    /// longer told apart, it is when anything was.
    pub fn revoked_ms(&self, subject: &str, tenant: &str) -> Option<i64> {
        let about = [(About::Subject, subject), (About::Tenant, tenant), (About::Everybody, "")];
        let posted = about.into_iter().filter_map(|(about, id)| self.posted.get(&(about, id.to_owned())));
        posted.map(|posted| posted.at_ms).chain((self.floor > 0).then_some(self.floor_ms)).max()
    }

    /// Whether an answer that tells of these contracts was purged after so much had been heard.
    pub fn is_purged(&self, contracts: &[String], heard: Heard<'_>) -> bool {
        let of_contracts = contracts.iter().map(|id| (About::Contract, id.as_str()));
        self.is_after(heard, &mut of_contracts.chain([(About::Everything, "")]))
    }

    /// Whether one of these was posted after so much had been heard. Of another numbering, and of what is not told apart any
    /// more, all of them were.
    fn is_after(&self, heard: Heard<'_>, about: &mut dyn Iterator<Item = (About, &str)>) -> bool {
        let Some(heard) = self.number(heard) else { return true };
        let mut after = about.map(|(about, id)| self.posted.get(&(about, id.to_owned())));
        heard < self.last
            && (heard < self.floor || after.any(|posted| posted.is_some_and(|posted| posted.number > heard)))
    }

    /// The number that had been heard, if it is of this numbering.
    fn number(&self, heard: Heard<'_>) -> Option<u64> {
        let (epoch, number) = heard.rsplit_once(':')?;
        (epoch == self.epoch).then(|| number.parse().ok()).flatten()
    }

    /// What somebody who has heard so much has yet to hear, as JSON text.
    pub fn since(&self, heard: Heard<'_>) -> String {
        self.write(self.number(heard).unwrap_or(0))
    }

    /// All of it, to be kept.
    pub fn export(&self) -> String {
        self.write(0)
    }

    fn write(&self, after: u64) -> String {
        let mut out = String::new();
        let mut object = ObjectWriter::open(&mut out);
        object.text("epoch", &self.epoch);
        object.name("last").push_str(&self.last.to_string());
        object.name("floor").push_str(&self.floor.to_string());
        object.name("floorMs").push_str(&self.floor_ms.to_string());
        let list = object.name("posted");
        list.push('[');
        let mut separator = "";
        for ((about, id), posted) in self.posted.iter().filter(|(_, posted)| posted.number > after) {
            list.push_str(separator);
            list.push('[');
            write_text(list, about.as_str());
            list.push(',');
            write_text(list, id);
            list.push_str(&format!(",{},{}]", posted.number, posted.at_ms));
            separator = ",";
        }
        list.push(']');
        object.close();
        out
    }

    /// Hears what [`since`](Notices::since) says. Says whether it could be read; what cannot changes nothing.
    pub fn hear(&mut self, text: &str) -> bool {
        let Some(told) = decode::json(text.as_bytes()).ok().and_then(|json| Notices::read(&json)) else { return false };
        if told.epoch == self.epoch {
            // An answer that was overtaken by a later one says nothing new.
            self.last = self.last.max(told.last);
            self.floor = self.floor.max(told.floor);
            self.floor_ms = self.floor_ms.max(told.floor_ms);
            for (place, posted) in told.posted {
                let known = self.posted.entry(place).or_insert(posted);
                *known = if posted.number > known.number { posted } else { *known };
            }
            self.merge();
            self.bound();
        } else {
            *self = told;
        }
        true
    }

    fn read(json: &Json) -> Option<Notices> {
        fn number<N: core::str::FromStr>(json: &Json) -> Option<N> {
            match json {
                Json::Number(digits) => digits.parse().ok(),
                _ => None,
            }
        }
        let mut notices = Notices {
            epoch: json.get("epoch")?.as_text()?.to_owned(),
            last: number(json.get("last")?)?,
            floor: number(json.get("floor")?)?,
            floor_ms: json.get("floorMs").and_then(number).unwrap_or(0),
            posted: BTreeMap::new(),
        };
        let Json::List(items) = json.get("posted")? else { return None };
        for item in items {
            let Json::List(parts) = item else { return None };
            let [about, id, posted, at] = parts.as_slice() else { return None };
            let about = About::from_name(about.as_text()?)?;
            let posted = Posted { number: number(posted)?, at_ms: number(at)? };
            notices.posted.insert((about, id.as_text()?.to_owned()), posted);
        }
        Some(notices)
    }
}
