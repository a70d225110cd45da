//! How far lists were read, to go on from next time.

use super::BulkQuery;
use super::job::InvalidCheckpoint;
use crate::paging::{Key, ReaderCheckpoint, Watermark, read_reader_checkpoint, write_reader_checkpoint};
use crate::util::Append as _;
use crate::util::checkpoint_codec::{self as token, Reader, Writer, digit_count};
use crate::util::heapsort::heapsort;
use alloc::{string::String, vec::Vec};

/// How far the lists of some contracts or users were read. As a text it is JSON of at most 2 KB a list, and more only where
/// one contract or user alone has more than some 350 open cases, where a round was broken off (of a list that was being
/// read then, five characters for each open case that was delivered, and some 100 for each of at most 96 stretches), or where
/// there is a filter: five or six characters for each case that meets it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cursor {
    /// The ids that the parts speak of, by number.
    pub ids: Vec<String>,
    /// The lists.
    pub lists: Vec<ListCheckpoint>,
    /// Which cases the consumer holds, in ascending order, and whose they were when they were delivered. It is known only
    /// where there is a filter: without one it is every case that came.
    pub held: Vec<KnownCase>,
}

/// One list: some contracts or users, a window of creation dates, and how far it was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListCheckpoint {
    /// Whose, as numbers of ids.
    pub ids: Vec<u32>,
    /// The window; none where the list is asked for without dates.
    pub window: Option<(i64, i64)>,
    /// When it was read, in milliseconds since 1970 (UTC); none: not yet, or it has to be read as a whole.
    pub checked_ms: Option<i64>,
    /// How many rounds have failed to read it since it was read.
    pub failed_rounds: u32,
    /// How far.
    pub watermark: Option<Watermark>,
    /// Which cases it holds, where that is followed, and which have left it without anything having been said of them.
    pub members: Option<Vec<KnownCase>>,
    /// What was given out of a list that was not read to its end: of all of it, or beyond the mark.
    pub progress: Option<ReaderCheckpoint>,
}

/// A case that a list holds, and whose it was when it was delivered, as a number of an id.
pub type KnownCase = (Key, u32);

/// Nobody's: a case that is to be delivered again where it is met.
pub(super) const UNKNOWN_OWNER: u32 = u32::MAX;
/// Of a case that the consumer holds no more.
pub(super) const NOT_HELD: u32 = u32::MAX - 1;

/// As many cases of a list of several contracts or users are followed as fit into this many characters; a list with more is
/// parted. Those of one alone are followed however many they are: its part of the cursor is larger then.
const MAX_MEMBER_DIGITS: usize = 1700;

impl Cursor {
    /// Reads a cursor of a round before. Contracts or users may have come or gone since; all else is to be the same.
    pub fn parse(text: &str, asked: &BulkQuery) -> Result<Cursor, InvalidCheckpoint> {
        let is_filtered = asked.filter.is_active();
        token::open(text, asked.filter_fingerprint()).as_mut().and_then(|reader| read(reader, is_filtered)).ok_or(InvalidCheckpoint {
            field: "cursor",
            expected: "a cursor() of a call with the same kind of ids, date_created_from, status_flag, range and where; other filters need a new cursor",
        })
    }

    /// As text. Beside its state it says when each list was last read.
    pub(super) fn write(&self, asked: &BulkQuery) -> String {
        let mut out = token::begin(asked.filter_fingerprint());
        out.write_len(self.ids.len());
        for id in &self.ids {
            out.write_str(id);
        }
        let mut checked = String::from(",\"checked\":[");
        out.write_len(self.lists.len());
        for (part, nth) in self.lists.iter().zip(0..) {
            part.write(&mut out);
            if nth > 0 {
                checked.push(',');
            }
            part.checked_ms.unwrap_or(0).append_to(&mut checked);
        }
        checked.push(']');
        if asked.filter.is_active() {
            out.write_len(self.held.len());
            let mut before = 0;
            for (key, holder) in &self.held {
                out.write_u64(key.saturating_sub(before));
                // Nobody's is 0.
                out.write_u64(u64::from(holder.wrapping_add(1)));
                before = *key;
            }
        }
        out.finish(&checked)
    }
}

impl ListCheckpoint {
    fn write(&self, out: &mut Writer) {
        out.write_indices(&self.ids);
        out.write_window(self.window);
        out.write_i64(self.checked_ms.unwrap_or(i64::MIN));
        out.write_u64(u64::from(self.failed_rounds));
        write_reader_checkpoint(out, self.progress.as_ref());
        out.write_u64(u64::from(self.watermark.is_some()) | u64::from(self.members.is_some()) << 1);
        if let Some(Watermark {
            last_page: last,
            total_records: total,
            newest_ms,
            newest_keys: named,
            tail_fingerprint: edge,
        }) = &self.watermark
        {
            out.write_u64(u64::from(*last));
            out.write_u64(u64::from(*total));
            out.write_i64(*newest_ms);
            out.write_u64(*edge);
            out.write_u64s(named);
        }
        if let Some(known) = &self.members {
            // Those of each contract or user, then nobody's; each by its distance from the one before.
            for holder in self.ids.iter().chain(&[UNKNOWN_OWNER]) {
                let is_of = |(_, other): &&KnownCase| other == holder;
                out.write_len(known.iter().filter(is_of).count());
                let mut before = 0;
                for (key, _) in known.iter().filter(is_of) {
                    out.write_u64(key.saturating_sub(before));
                    before = *key;
                }
            }
        }
    }

    fn read(reader: &mut Reader<'_>, ids: usize) -> Option<ListCheckpoint> {
        let mut part = ListCheckpoint {
            ids: reader.read_indices(ids)?,
            window: reader.read_window()?,
            ..ListCheckpoint::default()
        };
        part.checked_ms = Some(reader.read_i64()?).filter(|ms| *ms > i64::MIN);
        part.failed_rounds = reader.read_u32()?;
        part.progress = read_reader_checkpoint(reader)?;
        let has = reader.read_u64()?;
        if has & 1 != 0 {
            let (last, total, newest_ms) = (reader.read_u32()?, reader.read_u32()?, reader.read_i64()?);
            part.watermark = Some(Watermark {
                last_page: last,
                total_records: total,
                newest_ms,
                tail_fingerprint: reader.read_u64()?,
                newest_keys: reader.read_u64s()?,
            });
        }
        if has & 2 != 0 {
            let mut known = Vec::new();
            for holder in part.ids.iter().chain(&[UNKNOWN_OWNER]) {
                let mut key: Key = 0;
                for _ in 0..reader.read_len()? {
                    key = key.checked_add(reader.read_u64()?)?;
                    known.push((key, *holder));
                }
            }
            heapsort(&mut known);
            part.members = Some(known);
        }
        Some(part)
    }
}

fn read(reader: &mut Reader<'_>, is_filtered: bool) -> Option<Cursor> {
    let mut cursor = Cursor::default();
    for _ in 0..reader.read_len()? {
        cursor.ids.push(reader.read_string()?);
    }
    for _ in 0..reader.read_len()? {
        cursor.lists.push(ListCheckpoint::read(reader, cursor.ids.len())?);
    }
    let mut key: Key = 0;
    for _ in 0..if is_filtered { reader.read_len()? } else { 0 } {
        key = key.checked_add(reader.read_u64()?)?;
        cursor.held.push((key, reader.read_u32()?.wrapping_sub(1)));
    }
    Some(cursor)
}

/// Whether cases can be followed: their ids are to be numbers.
pub(super) fn are_trackable(known: &[KnownCase]) -> bool {
    known.iter().all(|(key, _)| key >> 62 == 0)
}

/// Whether these cases, in ascending order, are few enough to be followed in a list of several contracts or users.
pub(super) fn fit_cursor(known: &[KnownCase]) -> bool {
    let (mut before, mut digits) = (0, 0);
    for (key, _) in known {
        digits += digit_count(key.saturating_sub(before)) as usize;
        before = *key;
    }
    digits <= MAX_MEMBER_DIGITS
}
