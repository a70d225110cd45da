//! The cursor of a round of changes: how far each list was read.

use super::BulkQuery;
use super::failure::InvalidCheckpoint;
use crate::paging::{Key, ReaderCheckpoint, Watermark, read_reader_checkpoint, write_reader_checkpoint};
use crate::util::Append as _;
use crate::util::checkpoint_codec::{self as token, Reader, Writer, digit_count};
use crate::util::heapsort::heapsort;
use alloc::{string::String, vec::Vec};

/// The position in the lists of some contracts or users, from which the next round of changes continues.
///
/// Its text is JSON of at most 2 KB a list. It is larger only
/// - for a contract or user with more than about 350 open cases,
/// - after an interrupted round: for a list that was being read, 5 characters for each delivered open case and about 100 for
///   each of at most 96 segments,
/// - with a filter: 5 or 6 characters for each matching case.
///
/// ```
/// use cisco_support_case::bulk::{
///     BulkJob, BulkOperation, BulkOptions, BulkQuery, CaseRows, Cursor, RequestUsage,
/// };
/// # use cisco_support_case::util::Json;
///
/// # let params = Json::object([("contract_ids", Json::from(vec!["1234567"])), ("status_flag", Json::from("O"))]);
/// let query = BulkQuery::check(&params, BulkOperation::Changes).unwrap();
/// let now = 1_767_225_600_000;
/// let mut job = BulkJob::new(query.clone(), BulkOperation::Changes, &BulkOptions::default(), None, now).unwrap();
/// let (id, _) = job.next_request(RequestUsage::default()).unwrap();
/// job.on_response(id, CaseRows::default(), now).unwrap();
/// assert!(job.next_delivery().is_none(), "the list has no cases");
/// let text = job.checkpoint(0);
/// let cursor = Cursor::parse(&text, &query).unwrap();
/// assert_eq!((cursor.ids[0].as_str(), cursor.lists.len()), ("1234567", 1));
/// assert_eq!(Cursor::parse("no cursor", &query).unwrap_err().field, "cursor");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cursor {
    /// Ids of the contracts or users; lists refer to them by index.
    pub ids: Vec<String>,
    /// Lists of the contracts or users.
    pub lists: Vec<ListCheckpoint>,
    /// Cases that the consumer holds, in ascending order, with their owner when they were delivered. Used only with a filter:
    /// without one the consumer holds every delivered case.
    pub held: Vec<KnownCase>,
}

/// The position in one list: some contracts or users in one window of creation dates.
///
/// ```
/// use cisco_support_case::bulk::{
///     BulkJob, BulkOperation, BulkOptions, BulkQuery, CaseRows, Cursor, RequestUsage,
/// };
/// # use cisco_support_case::util::Json;
///
/// # let params = Json::object([("contract_ids", Json::from(vec!["1234567"])), ("status_flag", Json::from("O"))]);
/// let query = BulkQuery::check(&params, BulkOperation::Changes).unwrap();
/// let now = 1_767_225_600_000;
/// let mut job = BulkJob::new(query.clone(), BulkOperation::Changes, &BulkOptions::default(), None, now).unwrap();
/// let (id, _) = job.next_request(RequestUsage::default()).unwrap();
/// job.on_response(id, CaseRows::default(), now).unwrap();
/// assert!(job.next_delivery().is_none(), "the list has no cases");
/// let list = Cursor::parse(&job.checkpoint(0), &query).unwrap().lists.remove(0);
/// assert_eq!((list.ids.as_slice(), list.window), ([0].as_slice(), None), "the list of the first id, without dates");
/// assert_eq!(list.checked_ms, Some(now), "the next round reads what has changed since");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListCheckpoint {
    /// Contracts or users, as indices of ids.
    pub ids: Vec<u32>,
    /// Window of creation dates; `None` if the list is requested without dates.
    pub window: Option<(i64, i64)>,
    /// Time of the last complete reading, in milliseconds since 1970 (UTC); `None` if the list is to be read as a whole.
    pub checked_ms: Option<i64>,
    /// Number of failed rounds since the last complete reading.
    pub failed_rounds: u32,
    /// Watermark of the last complete reading.
    pub watermark: Option<Watermark>,
    /// Members of the list, where they are tracked, and cases that have left it and were not delivered as such yet.
    pub members: Option<Vec<KnownCase>>,
    /// Progress of an incomplete reading: of the whole list, or above the watermark.
    pub progress: Option<ReaderCheckpoint>,
}

/// The key of a case and the index of its owner's id when it was delivered.
///
/// The owner is `u32::MAX` for a case that is to be delivered again, and `u32::MAX - 1` for one that the consumer does not
/// hold any more. It is a plain pair since the in-place sort for pairs is shared.
///
/// ```
/// use cisco_support_case::bulk::{Cursor, KnownCase};
///
/// let case: KnownCase = (612_345_678, 0);
/// let cursor = Cursor { ids: vec!["1234567".into()], held: vec![case], ..Cursor::default() };
/// let (key, owner) = cursor.held[0];
/// assert_eq!((key, cursor.ids[owner as usize].as_str()), (612_345_678, "1234567"));
/// ```
pub type KnownCase = (Key, u32);

/// Owner of a case that is delivered again when a list contains it.
pub(super) const UNKNOWN_OWNER: u32 = u32::MAX;
/// Owner of a case that the consumer does not hold any more.
pub(super) const NOT_HELD: u32 = u32::MAX - 1;

/// Maximum number of characters for the members of a list of several contracts or users; a list with more is split. The
/// members of a single contract or user are tracked without a limit.
const MAX_MEMBER_DIGITS: usize = 1700;

impl Cursor {
    /// Parses the cursor of an earlier round. The contracts or users of the query may differ; the other parameters must be the
    /// same.
    ///
    /// # Errors
    ///
    /// The text is malformed, or the cursor of another query.
    pub fn parse(text: &str, query: &BulkQuery) -> Result<Cursor, InvalidCheckpoint> {
        let is_filtered = query.filter.is_active();
        token::open(text, query.filter_fingerprint()).as_mut().and_then(|reader| read(reader, is_filtered)).ok_or(
            InvalidCheckpoint {
                field: "cursor",
                expected: "a cursor() of a call with the same kind of ids and the same filters",
            },
        )
    }

    /// Returns the cursor as text. In addition to its state, the JSON contains when each list was last read; 0 for a list that
    /// never was, also for `unread` ones that are not in the cursor.
    pub(super) fn write(&self, query: &BulkQuery, unread: usize) -> String {
        let mut out = token::begin(query.filter_fingerprint());
        out.write_len(self.ids.len());
        for id in &self.ids {
            out.write_str(id);
        }
        let mut checked = String::from(",\"checked\":[");
        out.write_len(self.lists.len());
        let mut separator = "";
        for part in &self.lists {
            part.write(&mut out);
            checked.push_str(separator);
            part.checked_ms.unwrap_or(0).append_to(&mut checked);
            separator = ",";
        }
        for _ in 0..unread {
            checked.push_str(separator);
            checked.push('0');
            separator = ",";
        }
        checked.push(']');
        if query.filter.is_active() {
            out.write_len(self.held.len());
            let mut before = 0;
            for (key, holder) in &self.held {
                out.write_u64(key.saturating_sub(before));
                // An unknown owner is written as 0.
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
            // Those of each owner, then those without; each as its difference from the one before.
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

/// Whether cases can be tracked: only those whose ids are numbers.
pub(super) fn are_trackable(known: &[KnownCase]) -> bool {
    known.iter().all(|(key, _)| key >> 62 == 0)
}

/// Whether these cases, in ascending order, fit the limit for a list of several contracts or users.
pub(super) fn fit_cursor(known: &[KnownCase]) -> bool {
    let (mut before, mut digits) = (0, 0);
    for (key, _) in known {
        digits += digit_count(key.saturating_sub(before)) as usize;
        before = *key;
    }
    digits <= MAX_MEMBER_DIGITS
}
