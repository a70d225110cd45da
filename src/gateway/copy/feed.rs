//! The feed of an identity: the cases that changed, and those that it must drop.

use super::feed_cursor::{FeedCursor, FeedPlace};
use super::feed_scope::{Bounds, LAST_VERSION, ScopeIds, ids_of, stored_ids};
use super::feed_statement::{
    CASES_BY_USER, PageRange, STREAMS, newest_statement, page_of_all, page_of_ids, scope_statement,
    store_scope_statement,
};
use crate::boundary::feed;
use crate::gateway::Permissions;
use crate::query::sql::SqlStatement;
use crate::util::{DAY_MS, Json, parse_json};
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::{borrow::ToOwned, boxed::Box, string::String, vec, vec::Vec};
use core::mem::take;

/// A row of the statements of a feed, without its column `record`.
///
/// ```
/// use cisco_support_case::gateway::copy::FeedRow;
/// let row = FeedRow { stream: 1, version: 812, text: "612345678".to_owned(), ..FeedRow::default() };
/// assert_eq!(row.owners, "");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FeedRow {
    /// The column `stream`.
    pub stream: u32,
    /// The column `place`.
    pub place: u32,
    /// The column `version`.
    pub version: i64,
    /// The column `text`.
    pub text: String,
    /// The column `number`: of the first row, whether tombstones after the cursor were dropped; of others, whether they are beyond
    /// the bytes of a page.
    pub number: i64,
    /// The column `owners`.
    pub owners: String,
}

/// The reason why a reader begins anew, and drops what does not come again.
///
/// ```
/// assert_eq!(cisco_support_case::gateway::copy::RefillReason::Epoch.name(), "epoch");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefillReason {
    /// The cursor is of another copy.
    Epoch,
    /// The cursor is newer than the copy: an older database was restored.
    Future,
    /// Tombstones after the cursor were dropped.
    Horizon,
    /// The former permissions are not known any more.
    Permissions,
}

impl RefillReason {
    /// Returns the name of the reason.
    pub fn name(self) -> &'static str {
        match self {
            RefillReason::Epoch => "epoch",
            RefillReason::Future => "future",
            RefillReason::Horizon => "horizon",
            RefillReason::Permissions => "permissions",
        }
    }
}

/// A page of the feed.
///
/// ```
/// assert!(!cisco_support_case::gateway::copy::FeedPage::default().has_changes());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FeedPage {
    /// The position after the page.
    pub cursor: FeedCursor,
    /// Whether there are more pages in this round.
    pub has_more: bool,
    /// The reason why the round begins anew, on its first page.
    pub refill: Option<RefillReason>,
    /// The contracts that the identity may see no longer, on the first page of a round.
    pub left_contract_ids: Vec<String>,
    /// The users that the identity may see no longer.
    pub left_user_ids: Vec<String>,
    /// The ids of cases that are gone, or that the identity may see no longer.
    pub gone: Vec<String>,
    /// The indices of the rows, of the last step at a page, whose `record` is a case of the page; oldest change first.
    pub rows: Vec<u32>,
    /// Whether the cursor was renewed.
    pub is_renewed: bool,
}

impl FeedPage {
    /// Whether the reader has to take notice of the page.
    pub fn has_changes(&self) -> bool {
        let has_left = !self.left_contract_ids.is_empty() || !self.left_user_ids.is_empty();
        self.has_more || self.refill.is_some() || has_left || !self.gone.is_empty() || !self.rows.is_empty()
    }
}

/// A step of a [`FeedReader`].
///
/// ```
/// use cisco_support_case::gateway::copy::FeedStep;
/// assert_ne!(FeedStep::Run, FeedStep::NotReady);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FeedStep {
    /// Run the statements of [`FeedReader::statements`].
    Run,
    /// The page is complete.
    Page(Box<FeedPage>),
    /// The copy has no state: no writer has begun.
    NotReady,
    /// The database did not keep the order of an index.
    Unordered,
}

/// The statement that the reader waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// The ids of the former permissions, by their mark.
    Scope,
    Page,
    /// The newest version of the identity, where a round takes several pages or reads ids from the beginning.
    Newest,
}

/// One request for a page of the feed: it names statements, and takes their rows.
///
/// # Rounds
///
/// A round reads the contracts and users of the identity one by one, each from a version of its own: from where the reader
/// is, or from the beginning if it has not been permitted before. So the first fill, a gained contract and a change are the same
/// thing, and no page sorts what is left.
///
/// Claim: a reader that has read a round has every case that it may see, as it was at the beginning of the round or
/// later, and no other. Argument: a case is one row, with the version of its last change. The round ends at `last`, the
/// newest version when it began; a case that changes meanwhile gets a later one, and comes in the next round. A tombstone
/// is sent only if the identity may not see the case now; if it may later, the case gets a later version. So the order of
/// cases and tombstones in a round does not matter.
///
/// # Versions
///
/// The version of a cursor is that of the newest row of the identity, not of the copy. Changes of others therefore change no
/// answer and no cursor.
///
/// ```
/// use cisco_support_case::{decode::json, gateway::Permissions, gateway::copy::{FeedReader, FeedRow, FeedStep}};
/// let permissions = Permissions::from_json(&json(br#"{ "contract_ids": ["101"] }"#).unwrap()).unwrap();
/// let mut reader = FeedReader::new(&permissions, "5d41402a", None, 1000, 1_767_225_600_000);
/// assert!(reader.statements()[1].text().contains("INDEXED BY cases_by_contract"));
/// let state = FeedRow { version: 7, text: "an epoch".to_owned(), ..FeedRow::default() };
/// // A first page of fewer cases than the limit: the identity's newest version is still to be read.
/// assert_eq!(reader.on_rows(&[state]), FeedStep::Run);
/// let FeedStep::Page(page) = reader.on_rows(&[]) else { panic!() };
/// assert!(!page.has_more && page.rows.is_empty());
/// ```
#[derive(Debug)]
pub struct FeedReader {
    mark: String,
    ids: ScopeIds,
    limit: u32,
    day: i64,
    phase: Phase,
    /// The cursor from which the round continues.
    cursor: FeedCursor,
    is_first: bool,
    /// The mark whose ids are to be read.
    wanted_mark: String,
    /// What the reader has: nothing, or the ids of `held`.
    has_held: bool,
    held: ScopeIds,
    left: [Vec<String>; 2],
    refill: Option<RefillReason>,
    cuts: [Option<u32>; STREAMS as usize],
    /// The page that waits for the newest version.
    page: FeedPage,
    /// The version of the copy when the first page was read.
    copy_version: i64,
}

impl FeedReader {
    /// The greatest number of rows of a page.
    pub const MAX_LIMIT: u32 = feed::MAX_LIMIT;

    /// Creates a reader for permissions with a mark of their own, such as a hash. `since` is where the last page ended.
    pub fn new(
        permissions: &Permissions,
        mark: &str,
        since: Option<FeedCursor>,
        limit: u32,
        now_ms: i64,
    ) -> FeedReader {
        let mut reader = FeedReader {
            mark: mark.to_owned(),
            ids: ids_of(permissions),
            limit: limit.clamp(1, FeedReader::MAX_LIMIT),
            day: now_ms.div_euclid(DAY_MS),
            phase: Phase::Page,
            cursor: FeedCursor::default(),
            is_first: since.is_none(),
            wanted_mark: String::new(),
            has_held: false,
            held: None,
            left: [Vec::new(), Vec::new()],
            refill: None,
            cuts: [None; STREAMS as usize],
            page: FeedPage::default(),
            copy_version: 0,
        };
        match since {
            Some(cursor) => reader.resume(cursor),
            None => reader.cursor.mark = reader.mark.clone(),
        }
        reader
    }

    /// Continues after a cursor.
    fn resume(&mut self, cursor: FeedCursor) {
        let is_same = cursor.mark == self.mark;
        let is_round = cursor.place.is_some();
        if is_same && (!is_round || cursor.held_mark == self.mark) {
            self.has_held = true;
            self.held = self.ids.clone();
        } else if is_same && cursor.held_mark.is_empty() {
            // The first fill goes on: the reader has nothing.
        } else if is_same {
            self.wanted_mark = cursor.held_mark.clone();
        } else if self.ids.is_none() || is_round {
            // What it has of the round is not known any more.
            self.cursor = cursor;
            self.start_anew(RefillReason::Permissions);
            return;
        } else {
            self.wanted_mark = cursor.mark.clone();
        }
        if !self.wanted_mark.is_empty() {
            self.phase = Phase::Scope;
        }
        self.cursor = cursor;
    }

    /// Begins a first fill, since the cursor cannot be used.
    fn start_anew(&mut self, reason: RefillReason) {
        self.phase = Phase::Page;
        self.cursor = FeedCursor { mark: self.mark.clone(), ..FeedCursor::default() };
        (self.has_held, self.held, self.is_first) = (false, None, true);
        self.left = [Vec::new(), Vec::new()];
        self.refill = Some(reason);
    }

    /// Returns the statements of the step, for one batch: [`on_rows`](FeedReader::on_rows) takes the rows of the last one.
    pub fn statements(&mut self) -> Vec<SqlStatement> {
        match self.phase {
            Phase::Scope => vec![scope_statement(&self.wanted_mark)],
            Phase::Newest => self.bounds().map_or_else(Vec::new, |bounds| vec![newest_statement(&bounds)]),
            Phase::Page => {
                let place = self.cursor.place;
                let range = PageRange {
                    start: place.map_or((0, 0, 0), |place| (place.stream, place.index, place.version)),
                    last: place.map_or(LAST_VERSION, |place| place.last),
                    rows: self.limit + 1,
                };
                let page = match self.bounds() {
                    Some(bounds) => page_of_ids(&bounds, range),
                    None => page_of_all(range, self.has_held.then_some(self.cursor.version)),
                };
                let is_stored = !self.is_first && self.cursor.mark == self.mark && self.cursor.day == self.day;
                let store = if is_stored { None } else { store_scope_statement(&self.mark, &self.ids, self.day) };
                let mut statements: Vec<SqlStatement> = store.into_iter().collect();
                self.cuts = page.cuts;
                statements.push(page.statement);
                statements
            }
        }
    }

    /// Whether the statements of the step have the rows that [`FeedPage::rows`] refers to.
    pub fn is_at_page(&self) -> bool {
        self.phase == Phase::Page
    }

    /// Returns the versions from which contracts and users are read; `None` if the identity may see everything.
    fn bounds(&self) -> Option<[Bounds<'_>; 2]> {
        let [contracts, users] = self.ids.as_ref()?;
        let held = self.held.as_ref().filter(|_| self.has_held);
        let lost = |kind: usize, now: &BTreeSet<String>| {
            held.and_then(|held| held.get(kind)).is_some_and(|held| held.difference(now).next().is_some())
        };
        // Who drops a contract also drops cases of it that a user may still see: those are read again, and the reverse.
        let (is_contract_lost, is_user_lost) = (lost(0, contracts), lost(1, users));
        let of_kind = |kind: usize, ids, is_refilled| Bounds {
            ids,
            held: held.and_then(|held| held.get(kind)),
            is_refilled,
            version: self.cursor.version,
        };
        Some([of_kind(0, contracts, is_user_lost), of_kind(1, users, is_contract_lost)])
    }

    /// Takes the rows of the last statement of the step.
    pub fn on_rows(&mut self, rows: &[FeedRow]) -> FeedStep {
        match self.phase {
            Phase::Scope => self.on_scope(rows),
            Phase::Page => self.on_page(rows),
            Phase::Newest => {
                let newest = rows.first().map_or(0, |row| row.version);
                self.on_newest(newest)
            }
        }
    }

    fn on_scope(&mut self, rows: &[FeedRow]) -> FeedStep {
        let ids_of_row = |stream: u32| rows.iter().find(|row| row.stream == stream).map(|row| stored_ids(&row.text));
        let (Some(contracts), Some(users), Some(now)) = (ids_of_row(0), ids_of_row(1), self.ids.as_ref()) else {
            self.start_anew(RefillReason::Permissions);
            return FeedStep::Run;
        };
        let held = [contracts, users];
        if self.cursor.mark != self.mark {
            for ((left, held), now) in self.left.iter_mut().zip(&held).zip(now) {
                *left = held.difference(now).cloned().collect();
            }
            self.cursor.held_mark = take(&mut self.cursor.mark);
            self.cursor.mark = self.mark.clone();
            self.is_first = true;
        }
        (self.has_held, self.held) = (true, Some(held));
        self.phase = Phase::Page;
        FeedStep::Run
    }

    fn on_page(&mut self, rows: &[FeedRow]) -> FeedStep {
        let Some(state) = rows.first().filter(|row| row.stream == 0) else { return FeedStep::NotReady };
        if !self.cursor.epoch.is_empty() || self.has_held {
            let newest = self.cursor.place.map_or(self.cursor.version, |place| place.last.max(self.cursor.version));
            let reason = if self.cursor.epoch != state.text {
                Some(RefillReason::Epoch)
            } else if newest > state.version {
                Some(RefillReason::Future)
            } else {
                (self.has_held && state.number != 0).then_some(RefillReason::Horizon)
            };
            if let Some(reason) = reason {
                self.start_anew(reason);
                return FeedStep::Run;
            }
        }
        let is_ascending = rows.windows(2).all(|pair| match pair {
            [one, other] => (one.stream, one.place, one.version) < (other.stream, other.place, other.version),
            _ => true,
        });
        if !is_ascending {
            return FeedStep::Unordered;
        }
        let (taken, end) = self.cut(rows);
        let mut page = self.page_of(rows, taken);
        page.refill = self.refill;
        [page.left_contract_ids, page.left_user_ids] = take(&mut self.left);
        let newest_row = rows.iter().skip(1).take(taken).map(|row| row.version).max().unwrap_or(0);
        page.cursor = FeedCursor { epoch: state.text.clone(), day: self.day, ..self.cursor.clone() };
        page.cursor.version = page.cursor.version.max(newest_row);
        self.page = page;
        self.copy_version = state.version;
        match (end, self.cursor.place) {
            (None, Some(place)) => self.end_round(place.last),
            (Some(end), Some(place)) => self.go_on(FeedPlace { last: place.last, ..end }),
            (None, None) if self.has_all_held() => self.end_round(0),
            (end, None) => {
                self.page.cursor.place = end;
                if self.ids.is_none() {
                    return self.on_newest(state.version);
                }
                self.phase = Phase::Newest;
                FeedStep::Run
            }
        }
    }

    /// Whether the round reads no id from the beginning.
    fn has_all_held(&self) -> bool {
        match self.bounds() {
            Some(bounds) => bounds.iter().all(|kind| kind.held.is_some_and(|held| kind.ids.is_subset(held))),
            None => self.has_held,
        }
    }

    /// Returns the number of rows after the first one that belong to the page, and the place where it ends before the round
    /// does.
    fn cut(&self, rows: &[FeedRow]) -> (usize, Option<FeedPlace>) {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let start = self.cursor.place.map_or((0, 0), |place| (place.stream, place.index));
        let mut taken: usize = 0;
        // The index of a row counts from the first id of its statement.
        let place_of = |row: &FeedRow| FeedPlace {
            stream: row.stream,
            index: row.place + if row.stream == start.0 { start.1 } else { 0 },
            version: row.version,
            last: 0,
        };
        let mut before = None;
        for stream in 1..=STREAMS {
            for row in rows.iter().skip(1).filter(|row| row.stream == stream) {
                if taken == limit || row.number != 0 {
                    return (taken, before);
                }
                taken += 1;
                before = Some(place_of(row));
            }
            let cut = self.cuts.get(stream.saturating_sub(1) as usize).copied().flatten();
            if let Some(index) = cut {
                return (taken, Some(FeedPlace { stream, index, version: 0, last: 0 }));
            }
        }
        (taken, None)
    }

    /// Returns the cases and tombstones of the rows that belong to a page.
    fn page_of(&self, rows: &[FeedRow], taken: usize) -> FeedPage {
        let mut page = FeedPage::default();
        let mut cases: BTreeMap<&str, (i64, u32)> = BTreeMap::new();
        let mut gone: BTreeSet<&str> = BTreeSet::new();
        for (index, row) in (0_u32..).zip(rows).skip(1).take(taken) {
            if row.stream <= CASES_BY_USER {
                cases.insert(&row.text, (row.version, index));
            } else if !self.can_see(&row.owners) {
                gone.insert(&row.text);
            }
        }
        let mut changes: Vec<(i64, u32)> = cases.into_values().collect();
        changes.sort_unstable();
        page.rows = changes.into_iter().map(|(_, index)| index).collect();
        page.gone = gone.into_iter().map(ToOwned::to_owned).collect();
        page
    }

    /// Whether the identity may see a case, by the JSON array of its contract and user; an empty text is no case.
    fn can_see(&self, owners: &str) -> bool {
        let Ok(Json::Array(owners)) = parse_json(owners) else { return false };
        let Some(ids) = &self.ids else { return true };
        ids.iter().zip(&owners).any(|(ids, owner)| owner.as_str().is_some_and(|owner| ids.contains(owner)))
    }

    /// Ends the first page of a round by the newest version of the identity, read after the page: what came between is for
    /// the next round.
    fn on_newest(&mut self, newest: i64) -> FeedStep {
        let last = newest.min(self.copy_version);
        match self.page.cursor.place {
            Some(place) => self.go_on(FeedPlace { last: last.max(self.cursor.version), ..place }),
            None => self.end_round(last),
        }
    }

    fn go_on(&mut self, place: FeedPlace) -> FeedStep {
        let mut page = take(&mut self.page);
        page.cursor.version = self.cursor.version;
        page.cursor.place = Some(place);
        page.has_more = true;
        FeedStep::Page(Box::new(page))
    }

    /// Ends the last page of a round: the reader has everything up to a version.
    fn end_round(&mut self, last: i64) -> FeedStep {
        let mut page = take(&mut self.page);
        let version = match self.cursor.place {
            // Rows of this page are in the round, and not after it.
            Some(_) => last.max(self.cursor.version),
            None => last.max(page.cursor.version),
        };
        page.cursor = FeedCursor { held_mark: self.mark.clone(), version, place: None, ..page.cursor };
        page.is_renewed = page.cursor != self.cursor;
        FeedStep::Page(Box::new(page))
    }
}
