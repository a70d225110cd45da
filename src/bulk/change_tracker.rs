//! The change tracker of a round: which lists the round reads, which cases are unchanged, and which have left their lists.
//!
//! A list that has a watermark is read above it only. Open cases (`status_flag: "O"`) leave their list when they are closed:
//! the tracker knows the members of such a list, and a list that does not have the expected number of members is read as a
//! whole in the same round. Cases that have left are looked up by id; a case is then closed, open elsewhere, or gone.

use super::case_rows::owner_key;
use super::cursor::{Cursor, KnownCase, ListCheckpoint, NOT_HELD, UNKNOWN_OWNER, are_trackable, fit_cursor};
use super::delivery::{Delivery, DeliveryKind, RequestUsage};
use super::failure::FailureOutcome;
use super::request::BulkRequest;
use super::round_order::round_order;
use super::{BulkOptions, BulkQuery, CaseRow, CaseRows, IdBatchJob};
use crate::boundary::owner;
use crate::endpoint::{CASE_SUMMARY, CASES_BY_USER, PAGE_SIZE};
use crate::error::ErrorKind;
use crate::model::StatusFlag;
use crate::paging::{CaseVersion, CaseVersions, DateWindows, Key, ListReader, ReadOrder, ReaderCheckpoint, id_key};
use crate::util::heapsort::{heapsort, merge_by_key, sorted_distinct};
use crate::util::text;
use alloc::{boxed::Box, string::String, vec, vec::Vec};
use core::ops::Range;

/// The state of a round: its cursor so far, and the lists that are being read.
#[derive(Debug)]
pub(super) struct ChangeTracker {
    pub(super) cursor: Cursor,
    pub(super) max_requests: Option<u32>,
    rotate_older: bool,
    pub(super) status_flag: Option<StatusFlag>,
    /// Kind of the owners.
    pub(super) owner: u32,
    /// Keys of the requested owners, in ascending order, with the indices of their ids.
    owners: Vec<KnownCase>,
    is_filtered: bool,
    /// Cases that the consumer holds once it has taken all deliveries. Maintained with a filter only.
    held: Vec<KnownCase>,
    /// State of each list of the cursor in this round.
    rounds: Vec<ListRound>,
    /// Batches of ids of which each window has a list.
    id_batches: Vec<Vec<u32>>,
    lookups: Option<Box<IdBatchJob>>,
    /// Ids of the lookups in flight: the list job's and the lookup job's.
    request_ids: Vec<(u32, u32)>,
    /// Ids of cases that left and are not visible any more.
    gone: Vec<String>,
    /// Keys of the cases that the current delivery reports as left.
    delivered_left: Vec<Key>,
}

/// The state of a list in this round.
#[derive(Clone, Debug, Default)]
struct ListRound {
    /// Members that the current reading has found, with their owners.
    members: Vec<KnownCase>,
    /// Members that earlier readings of this round have found. They are or will be delivered.
    earlier_members: Vec<KnownCase>,
    /// Whether the list is read as a whole, although it has a watermark.
    is_whole: bool,
    /// Whether the current reading resumes an interrupted one.
    is_resumed: bool,
    /// Whether ids were removed from the list, so that its length changed.
    has_dropped_ids: bool,
    /// Keys of members that have left the list.
    left: Vec<Key>,
}

impl ChangeTracker {
    /// Creates the tracker of a round that continues from a cursor.
    pub(super) fn new(
        query: &BulkQuery,
        windows: Option<DateWindows>,
        batch: usize,
        cursor: Option<Cursor>,
        options: &BulkOptions,
    ) -> ChangeTracker {
        let MergedCursor { cursor, rounds, id_batches, owners } =
            merge_cursor(cursor.unwrap_or_default(), &query.ids, batch);
        let has_users = query.endpoint == &CASES_BY_USER;
        let held = cursor.held.clone();
        let mut tracker = ChangeTracker {
            cursor,
            max_requests: options.max_requests,
            rotate_older: options.rotate_older,
            status_flag: query.status_flag,
            owner: if has_users { owner::USER } else { owner::CONTRACT },
            owners,
            is_filtered: query.filter.is_active(),
            held,
            rounds,
            id_batches,
            lookups: None,
            request_ids: Vec::new(),
            gone: Vec::new(),
            delivered_left: Vec::new(),
        };
        for nth in 0..windows.map_or(1, |windows| windows.count()) {
            tracker.add_window(windows.and_then(|windows| windows.get(nth)));
        }
        tracker
    }

    /// Adds the lists of a window that the cursor does not contain; returns their indices.
    pub(super) fn add_window(&mut self, window: Option<(i64, i64)>) -> Range<usize> {
        let first = self.cursor.lists.len();
        // The ids of a split list are in several lists of its window.
        let mut has = vec![false; self.owners.len()];
        let lists = self.cursor.lists.iter().filter(|list| list.window == window);
        lists.flat_map(|list| &list.ids).for_each(|id| set_flag(&mut has, id));
        for ids in &self.id_batches {
            let ids: Vec<u32> = ids.iter().copied().filter(|id| has.get(*id as usize) == Some(&false)).collect();
            if !ids.is_empty() {
                self.cursor.lists.push(ListCheckpoint { ids, window, ..ListCheckpoint::default() });
                self.rounds.push(ListRound::default());
            }
        }
        first..self.cursor.lists.len()
    }

    /// Returns the indices of the lists to read, in order.
    pub(super) fn read_order(&self, unix_ms: i64) -> Vec<(u64, u32)> {
        round_order(&self.cursor.lists, self.rotate_older, self.max_requests, unix_ms)
    }

    /// Returns the index of the id of a case's owner.
    pub(super) fn owner_of(&self, case: &CaseRow) -> u32 {
        owner_in(&self.owners, case.owner).unwrap_or(UNKNOWN_OWNER)
    }

    /// Whether the consumer holds a case once it has taken all deliveries.
    pub(super) fn is_held(&self, key: Key) -> bool {
        !self.is_filtered || owner_in(&self.held, key).is_some()
    }

    /// Records cases as held by the consumer; without a filter, that is not needed.
    pub(super) fn mark_held(&mut self, delivered: &[KnownCase]) {
        if self.is_filtered {
            update_held(&mut self.held, delivered);
        }
    }

    /// Whether the members of a list are tracked: those of open cases, which leave their lists.
    fn tracks_members(&self, list: &ListCheckpoint) -> bool {
        self.status_flag == Some(StatusFlag::Open) && (list.watermark.is_none() || list.members.is_some())
    }

    /// Creates the reader of a list: above its watermark, from its progress, or of the whole list.
    pub(super) fn reader(&mut self, index: usize, order: ReadOrder) -> ListReader {
        let (Some(list), Some(round)) = (self.cursor.lists.get(index), self.rounds.get(index)) else {
            return ListReader::new(order);
        };
        let by_keys = self.tracks_members(list);
        let (is_whole, mut is_rest) = (round.is_whole, false);
        let reader = match (&list.watermark, &list.progress) {
            (Some(watermark), _) if !is_whole => ListReader::since_watermark(watermark),
            // Only a reading from the beginning shows which delivered cases have left.
            (None, Some(progress)) if !(is_whole || by_keys && progress.segments.is_empty()) => {
                is_rest = !progress.segments.is_empty();
                ListReader::from_checkpoint(progress)
            }
            _ => ListReader::new(order),
        };
        if let Some(round) = self.rounds.get_mut(index) {
            round.is_resumed = is_rest;
        }
        reader.with_caller_dedup(by_keys)
    }

    /// Records the members on a page and returns them, if the list's members are tracked.
    pub(super) fn note_members(&mut self, index: usize, page: &CaseRows) -> Vec<KnownCase> {
        let Some(list) = self.cursor.lists.get(index) else { return Vec::new() };
        let (owners, follows) = (self.owner_keys(&list.ids), self.tracks_members(list));
        let Some(round) = self.rounds.get_mut(index).filter(|_| follows) else { return Vec::new() };
        let mut members = Vec::new();
        for case in page.rows() {
            let owner_index = owners.iter().find(|(_, key)| *key == case.owner);
            members.push((case.key, owner_index.map_or(UNKNOWN_OWNER, |(id, _)| *id)));
        }
        round.members.extend(&members);
        members
    }

    /// Returns the progress of a list that is being read, for the next round.
    pub(super) fn progress_of(&self, index: usize, reader: &ListReader) -> Option<ReaderCheckpoint> {
        let (list, round) = (self.cursor.lists.get(index)?, self.rounds.get(index)?);
        let progress = reader.checkpoint();
        let is_first = if round.is_whole {
            list.members.is_none() && round.earlier_members.is_empty()
        } else {
            list.watermark.is_none()
        };
        if is_first {
            return progress;
        }
        Some(ReaderCheckpoint::merge_emitted(progress, list.progress.clone()))
    }

    /// Returns the keys of owners of the cursor.
    fn owner_keys(&self, ids: &[u32]) -> Vec<(u32, Key)> {
        ids.iter().filter_map(|id| Some((*id, owner_key(self.cursor.ids.get(*id as usize)?)))).collect()
    }

    /// Whether a case was delivered in an earlier round and has not changed.
    pub(super) fn is_unchanged(&self, index: usize, version: CaseVersion, members: &[KnownCase]) -> bool {
        let CaseVersion { key, updated_ms } = version;
        let (Some(list), Some(round)) = (self.cursor.lists.get(index), self.rounds.get(index)) else { return false };
        let was_given = list.progress.as_ref().is_some_and(|progress| progress.contains(version));
        let Some(known) = &list.members else { return was_given && !round.is_whole };
        let is_older = list.watermark.as_ref().is_some_and(|watermark| {
            updated_ms < watermark.newest_ms
                || (updated_ms == watermark.newest_ms && watermark.newest_keys.contains(&key))
        });
        (was_given || is_older) && owner_in(known, key).is_some_and(|owner_index| members.contains(&(key, owner_index)))
    }

    /// Processes a completely read list. Returns its new state in the cursor, to be committed when its last page is taken, and
    /// whether the list is to be read as a whole.
    pub(super) fn on_list_read(
        &mut self,
        index: usize,
        reader: &ListReader,
        unix_ms: i64,
    ) -> (Vec<(usize, ListCheckpoint)>, bool) {
        let Some(list) = self.cursor.lists.get(index) else { return (Vec::new(), false) };
        let follows = self.tracks_members(list);
        let Some(round) = self.rounds.get_mut(index) else { return (Vec::new(), false) };
        let watermark = reader.watermark();
        let members = core::mem::take(&mut round.members);
        // A member stays one until it is delivered as left, even if no page contains it.
        let was = merge_by_key(&round.earlier_members, list.members.as_deref().unwrap_or_default());
        let mut known = merge_by_key(&members, &was);
        let follows = follows && are_trackable(&known);
        let since = list.watermark.as_ref().filter(|_| !round.is_whole);
        let agrees = match since {
            None if !round.is_resumed || !follows => true,
            Some(old) if !follows => {
                round.has_dropped_ids
                    || watermark.total_records <= old.total_records.saturating_add(reader.emitted_cases())
            }
            _ => known.len() == watermark.total_records as usize,
        };
        let (ids, window) = (list.ids.clone(), list.window);
        let mut list = ListCheckpoint { ids, window, ..ListCheckpoint::default() };
        if !agrees {
            (round.is_whole, round.is_resumed) = (true, false);
            // A list whose members are not tracked is read as if for the first time.
            if follows {
                round.earlier_members.clone_from(&known);
                (list.watermark, list.members) = (Some(watermark), Some(known));
            }
            return (vec![(index, list)], true);
        }
        if since.is_none() && !round.is_resumed && follows {
            let now = merge_by_key(&members, &[]);
            let has_left = |key: &Key| position_of(&now, *key).is_err();
            // Cases that the consumer does not hold are not delivered as left.
            let mut unheld = Vec::new();
            for (key, _) in was {
                if has_left(&key) {
                    let is_told = !self.is_filtered || position_of(&self.held, key).is_ok();
                    if is_told { &mut round.left } else { &mut unheld }.push(key);
                }
            }
            remove_keys(&mut known, &unheld);
        }
        round.members = members;
        (list.checked_ms, list.watermark, list.members) = (Some(unix_ms), Some(watermark), follows.then_some(known));
        (self.split_if_large(index, list), false)
    }

    /// Splits a list with too many members into lists of fewer owners.
    fn split_if_large(&mut self, index: usize, list: ListCheckpoint) -> Vec<(usize, ListCheckpoint)> {
        let (Some(watermark), Some(known)) = (&list.watermark, &list.members) else { return vec![(index, list)] };
        if list.ids.len() < 2 || fit_cursor(known) {
            return vec![(index, list)];
        }
        let mut lists = Vec::new();
        for ids in list.ids.chunks(list.ids.len().div_ceil(2)) {
            let known = owned_by(known, ids, lists.is_empty());
            let total = u32::try_from(known.len()).unwrap_or(u32::MAX);
            // The last page of the new list is unknown.
            let mut watermark = watermark.clone();
            (watermark.total_records, watermark.tail_fingerprint) = (total, 0);
            watermark.last_page = total.div_ceil(PAGE_SIZE).max(1);
            let mut slot = index;
            if !lists.is_empty() {
                // Its state follows when the page is committed.
                self.cursor.lists.push(ListCheckpoint::default());
                self.rounds.push(ListRound::default());
                slot = self.cursor.lists.len() - 1;
            }
            let mut list = list.clone();
            (list.ids, list.watermark, list.members) = (ids.to_vec(), Some(watermark), Some(known));
            lists.extend(self.split_if_large(slot, list));
        }
        lists
    }

    /// Records that a list could not be read. The next round reads it after the others.
    pub(super) fn on_list_failed(&mut self, index: usize) {
        if let Some(list) = self.cursor.lists.get_mut(index) {
            list.failed_rounds = list.failed_rounds.saturating_add(1);
        }
    }

    /// Commits a page, or a part of it, as taken.
    pub(super) fn commit(&mut self, page: &TakenPage<'_>) {
        let mut cursor = core::mem::take(&mut self.cursor);
        self.apply(&mut cursor, page);
        self.cursor = cursor;
    }

    /// Applies a taken page to a cursor.
    #[inline(never)]
    fn apply(&self, cursor: &mut Cursor, page: &TakenPage<'_>) {
        if let Some(list) = cursor.lists.get_mut(page.index) {
            let known = merge_by_key(page.members, list.members.as_deref().unwrap_or_default());
            // A delivered case of an incomplete list is a member, so that leaving before the next round is noticed.
            if self.tracks_members(list) && are_trackable(&known) && !page.members.is_empty() {
                list.members = Some(known);
            }
            if let Some(progress) = &page.progress {
                list.progress.clone_from(progress);
            }
        }
        for (index, list) in page.lists {
            if let Some(slot) = cursor.lists.get_mut(*index) {
                slot.clone_from(list);
            }
        }
        if self.is_filtered {
            update_held(&mut cursor.held, page.delivered);
        }
    }

    /// Splits a list into lists of `size` owners, which inherit its state; returns their indices.
    pub(super) fn split_list(&mut self, index: usize, ids: &[u32], size: usize) -> Vec<usize> {
        let mut whole = self.cursor.lists.get(index).cloned().unwrap_or_default();
        let round = self.rounds.get_mut(index).map(core::mem::take).unwrap_or_default();
        whole.progress = whole.progress.map(ReaderCheckpoint::for_subset);
        let earlier = merge_by_key(&round.members, &round.earlier_members);
        let mut places = Vec::new();
        for ids in ids.chunks(size.max(1)) {
            let is_first = places.is_empty();
            let known = whole.members.as_ref().map(|known| owned_by(known, ids, is_first));
            let mut list = whole.clone();
            (list.ids, list.members) = (ids.to_vec(), known);
            let earlier = owned_by(&earlier, ids, is_first);
            let round = ListRound { earlier_members: earlier, is_whole: round.is_whole, ..ListRound::default() };
            if let (true, Some(slot), Some(old)) =
                (is_first, self.cursor.lists.get_mut(index), self.rounds.get_mut(index))
            {
                (*slot, *old) = (list, round);
                places.push(index);
            } else {
                places.push(self.cursor.lists.len());
                self.cursor.lists.push(list);
                self.rounds.push(round);
            }
        }
        places
    }

    /// Whether cases that have left are to be looked up.
    pub(super) fn has_lookups(&mut self, query: &BulkQuery) -> bool {
        if self.lookups.is_none() && self.rounds.iter().any(|round| !round.left.is_empty()) {
            let keys = sorted_distinct(self.rounds.iter().flat_map(|round| &round.left).copied());
            let mut ids = Vec::with_capacity(keys.len());
            for key in keys {
                // It may have been delivered as left meanwhile.
                if self.is_held(key) {
                    ids.push(text!(key));
                }
            }
            let mut summary = query.clone();
            (summary.endpoint, summary.field) = (&CASE_SUMMARY, "case_ids");
            (summary.ids, summary.ids_per_request, summary.filter) = (ids, 30, super::CaseFilter::default());
            self.lookups = Some(Box::new(IdBatchJob::from_start(summary, &BulkOptions::default())));
        }
        self.lookups.as_ref().is_some_and(|lookups| !lookups.is_done())
    }

    /// Returns the next lookup, with its id in the lookup job.
    pub(super) fn next_lookup(&mut self, counts: RequestUsage) -> Option<(u32, BulkRequest)> {
        self.lookups.as_mut()?.next_request(counts)
    }

    /// Registers the id of a lookup in the list job.
    pub(super) fn register_lookup(&mut self, outside: u32, inside: u32) {
        self.request_ids.push((outside, inside));
    }

    /// Returns the id of a lookup in the lookup job.
    fn lookup_id(&self, outside: u32) -> u32 {
        self.request_ids.iter().find(|(known, _)| *known == outside).map_or(0, |(_, inside)| *inside)
    }

    /// Processes the response to a lookup.
    pub(super) fn on_response(&mut self, id: u32, rows: &CaseRows) {
        let id = self.lookup_id(id);
        if let Some(lookups) = &mut self.lookups {
            lookups.on_response(id, rows);
        }
    }

    /// Processes a failed lookup.
    pub(super) fn on_failure(&mut self, id: u32, kind: ErrorKind, code: &str) -> FailureOutcome {
        let inside = self.lookup_id(id);
        let Some(lookups) = &mut self.lookups else { return FailureOutcome::Handled };
        match lookups.on_failure(inside, kind, code) {
            // A case that does not exist is gone.
            FailureOutcome::LeftOut(failure) if kind == ErrorKind::NotFound => {
                self.gone.extend(failure.ids);
                FailureOutcome::Handled
            }
            // Other failures are looked up again in the next round.
            outcome => outcome,
        }
    }

    /// Processes a case that has left a list and is open: it belongs to another list.
    ///
    /// If this round has found it, unchanged, in the list of its owner, it becomes a member of that list only. Otherwise the
    /// lists of its owner and those with it as a member are read as a whole in the next round, which delivers it.
    fn reconcile_open(&mut self, case: CaseRow, seen: &CaseVersions) {
        let ids = &self.cursor.ids;
        let is_owner = |id: &u32| ids.get(*id as usize).is_some_and(|id| owner_key(id) == case.owner);
        let is_of = |list: &ListCheckpoint| {
            list.ids.iter().any(is_owner)
                && list.window.is_none_or(|(from_ms, to_ms)| (from_ms..=to_ms).contains(&case.created_ms))
        };
        let is_it = |known: &&KnownCase| known.0 == case.key && is_owner(&known.1);
        let members = self.rounds.iter().flat_map(|round| &round.members).find(is_it);
        let knows_it = |list: &ListCheckpoint| {
            list.members.as_ref().zip(members).is_some_and(|(known, members)| known.contains(members))
        };
        let is_met = !seen.is_newer(CaseVersion { key: case.key, updated_ms: case.updated_ms })
            && self.cursor.lists.iter().any(|list| is_of(list) && knows_it(list));
        for list in &mut self.cursor.lists {
            let is_of = is_of(list);
            if is_of && list.watermark.is_none() {
                list.members.get_or_insert_default();
            }
            let Some(known) = &mut list.members else { continue };
            match position_of(known, case.key) {
                Ok(index) if is_met && !is_of => _ = known.remove(index),
                Ok(index) if !is_met => {
                    known.get_mut(index).into_iter().for_each(|known| known.1 = UNKNOWN_OWNER);
                    list.checked_ms = None;
                }
                Err(index) if is_of => {
                    known.insert(index, (case.key, UNKNOWN_OWNER));
                    list.checked_ms = None;
                }
                _ => {}
            }
        }
    }

    /// Returns the next delivery of cases that have left. The previous one counts as taken.
    pub(super) fn next_delivery(&mut self, discarded: &mut Vec<u32>, seen: &CaseVersions) -> Option<Delivery> {
        let delivered = core::mem::take(&mut self.delivered_left);
        remove_from_cursor(&mut self.cursor, &delivered);
        remove_keys(&mut self.held, &delivered);
        let mut open = Vec::new();
        let mut all_closed = None;
        let mut lookups = self.lookups.take();
        if let Some(lookups) = &mut lookups {
            // Some responses yield no delivery.
            while all_closed.is_none()
                && let Some((handle, rows)) = lookups.next_rows()
            {
                let mut closed = Vec::new();
                for row in rows {
                    if !row.is_open {
                        closed.push(row.index);
                        self.delivered_left.push(row.key);
                    } else if row.owner == 0 || self.owner_of(&row) != UNKNOWN_OWNER {
                        open.push(row);
                    } else {
                        self.gone.push(text!(row.key));
                    }
                }
                if closed.is_empty() {
                    discarded.push(handle);
                } else {
                    all_closed = Some((handle, closed));
                }
            }
            discarded.append(&mut lookups.discarded);
            self.gone.extend(lookups.take_missing());
        }
        self.lookups = lookups;
        for case in open {
            self.reconcile_open(case, seen);
        }
        if let Some((handle, cases)) = all_closed {
            return Some(Delivery { kind: DeliveryKind::Closed, handle, cases, gone: Vec::new() });
        }
        let gone = core::mem::take(&mut self.gone);
        self.delivered_left = gone.iter().map(|id| id_key(id)).collect();
        (!gone.is_empty()).then(|| Delivery { kind: DeliveryKind::Gone, gone, ..Delivery::default() })
    }

    /// Returns the cursor if a page, or a part of it, and `taken` cases of the current delivery of left cases are taken.
    pub(super) fn cursor_text(&self, query: &BulkQuery, page: Option<TakenPage<'_>>, taken: usize) -> String {
        let mut cursor = self.cursor.clone();
        remove_from_cursor(&mut cursor, self.delivered_left.get(..taken).unwrap_or(&self.delivered_left));
        if let Some(page) = page {
            self.apply(&mut cursor, &page);
        }
        // Lists without any state are derived from the query.
        let count = cursor.lists.len();
        cursor.lists.retain(|list| {
            list.checked_ms.is_some() || list.members.is_some() || list.progress.is_some() || list.failed_rounds > 0
        });
        let unread = count.saturating_sub(cursor.lists.len());
        cursor.write(query, unread)
    }
}

/// The cursor of an earlier round, merged with the ids of a query.
#[derive(Debug)]
struct MergedCursor {
    cursor: Cursor,
    /// State of each list of the cursor.
    rounds: Vec<ListRound>,
    /// Batches of ids of which each window has a list.
    id_batches: Vec<Vec<u32>>,
    /// Keys of the owners in ascending order, with the indices of their ids.
    owners: Vec<KnownCase>,
}

/// Merges the cursor of an earlier round with the ids of a query.
///
/// The lists of the cursor keep the ids that are still requested, under their new indices; lists without any are dropped. A
/// list that loses ids has other pages: its progress keeps dates only. New ids are divided into batches.
fn merge_cursor(old: Cursor, ids: &[String], batch: usize) -> MergedCursor {
    let mut owners: Vec<(Key, u32)> = ids.iter().zip(0..).map(|(id, index)| (owner_key(id), index)).collect();
    heapsort(&mut owners);
    let mut new_indices = Vec::with_capacity(old.ids.len());
    for id in &old.ids {
        new_indices.push(owner_in(&owners, owner_key(id)));
    }
    let held = renumbered(&old.held, &new_indices);
    let mut cursor = Cursor { ids: ids.to_vec(), lists: Vec::new(), held };
    let mut rounds = Vec::new();
    let mut id_batches: Vec<Vec<u32>> = Vec::new();
    let mut is_known = vec![false; ids.len()];
    for mut list in old.lists {
        let kept: Vec<u32> = list.ids.iter().filter_map(|id| *new_indices.get(*id as usize)?).collect();
        if kept.is_empty() {
            continue;
        }
        kept.iter().for_each(|id| set_flag(&mut is_known, id));
        if !id_batches.contains(&kept) {
            id_batches.push(kept.clone());
        }
        let has_dropped_ids = kept.len() < list.ids.len();
        if has_dropped_ids {
            list.progress = list.progress.map(ReaderCheckpoint::for_subset);
        }
        let is_whole = list.checked_ms.is_none() && list.watermark.is_some();
        rounds.push(ListRound { has_dropped_ids, is_whole, ..ListRound::default() });
        list.members = list.members.map(|members| renumbered(&members, &new_indices));
        list.ids = kept;
        cursor.lists.push(list);
    }
    let new: Vec<u32> = is_known.iter().zip(0..).filter(|(is_known, _)| !**is_known).map(|(_, id)| id).collect();
    id_batches.extend(new.chunks(batch.max(1)).map(<[u32]>::to_vec));
    MergedCursor { cursor, rounds, id_batches, owners }
}

/// Returns cases with the indices that their owners have in the new query. Cases of owners that are not requested any more
/// are dropped: they have not left, and the consumer does not hold them any more.
#[inline(never)]
fn renumbered(known: &[KnownCase], places: &[Option<u32>]) -> Vec<KnownCase> {
    let mut out = Vec::new();
    for (key, owner_index) in known {
        let slot = if *owner_index == UNKNOWN_OWNER {
            Some(UNKNOWN_OWNER)
        } else {
            places.get(*owner_index as usize).copied().flatten()
        };
        if let Some(slot) = slot {
            out.push((*key, slot));
        }
    }
    out
}

/// Sets the flag of an id.
fn set_flag(known: &mut [bool], id: &u32) {
    if let Some(known) = known.get_mut(*id as usize) {
        *known = true;
    }
}

/// The part of a page that the consumer has taken.
pub(super) struct TakenPage<'p> {
    /// Index of the list in the cursor.
    pub(super) index: usize,
    /// Members on the page, if they are tracked.
    pub(super) members: &'p [KnownCase],
    /// Progress of the list; the outer `None` if the list was split since.
    pub(super) progress: Option<Option<ReaderCheckpoint>>,
    /// New states of the cursor's lists.
    pub(super) lists: &'p [(usize, ListCheckpoint)],
    /// Cases that the consumer holds from now on, or does not hold any more.
    pub(super) delivered: &'p [KnownCase],
}

/// Returns the cases of these owners, and those of an unknown owner if requested.
fn owned_by(known: &[KnownCase], ids: &[u32], with_nobodys: bool) -> Vec<KnownCase> {
    let is_of = |(_, owner_index): &&KnownCase| {
        if *owner_index == UNKNOWN_OWNER { with_nobodys } else { ids.contains(owner_index) }
    };
    known.iter().filter(is_of).copied().collect()
}

/// Removes cases from all lists and from the held cases.
fn remove_from_cursor(cursor: &mut Cursor, keys: &[Key]) {
    let known = cursor.lists.iter_mut().filter_map(|list| list.members.as_mut());
    known.for_each(|known| remove_keys(known, keys));
    remove_keys(&mut cursor.held, keys);
}

/// Removes cases with these keys.
#[inline(never)]
fn remove_keys(known: &mut Vec<KnownCase>, keys: &[Key]) {
    known.retain(|(key, _)| !keys.contains(key));
}

/// Returns the index of a key in ascending cases (`Ok`), or where it would be inserted (`Err`).
#[inline(never)]
fn position_of(known: &[KnownCase], key: Key) -> Result<usize, usize> {
    known.binary_search_by_key(&key, |(key, _)| *key)
}

/// Returns the owner of a key in ascending cases.
fn owner_in(known: &[KnownCase], key: Key) -> Option<u32> {
    Some(known.get(position_of(known, key).ok()?)?.1)
}

/// Updates the held cases by delivered ones.
#[inline(never)]
fn update_held(held: &mut Vec<KnownCase>, delivered: &[KnownCase]) {
    let mut dropped = Vec::new();
    for (key, owner_index) in delivered {
        if *owner_index == NOT_HELD {
            dropped.push(*key);
        }
    }
    *held = merge_by_key(delivered, held);
    remove_keys(held, &dropped);
}

#[cfg(test)]
mod tests {
    use super::{MergedCursor, merge_cursor};
    use crate::bulk::{Cursor, ListCheckpoint};
    use crate::paging::{EmittedRange, ReaderCheckpoint, Segment, Watermark};
    use alloc::{borrow::ToOwned, string::String, vec, vec::Vec};

    fn ids(text: &str) -> Vec<String> {
        text.split_whitespace().map(ToOwned::to_owned).collect()
    }

    /// A cursor of the ids `a b c` with the lists `[a, b]` and `[c]`.
    fn cursor() -> Cursor {
        let emitted = EmittedRange { newest_ms: 2, oldest_ms: 1, ..EmittedRange::default() };
        let mut segment = Segment::default();
        (segment.next_page, segment.emitted) = (3, emitted);
        let segments = vec![segment];
        let progress = Some(ReaderCheckpoint { segments, last_page: 4, case_count: 9, ..ReaderCheckpoint::default() });
        let watermark =
            Watermark { last_page: 1, total_records: 2, newest_ms: 3, newest_keys: vec![], tail_fingerprint: 4 };
        let first = ListCheckpoint {
            ids: vec![0, 1],
            progress,
            members: Some(vec![(7, 0), (8, 1)]),
            ..ListCheckpoint::default()
        };
        let second = ListCheckpoint { ids: vec![2], watermark: Some(watermark), ..ListCheckpoint::default() };
        Cursor { ids: ids("a b c"), lists: vec![first, second], held: vec![(7, 0), (9, 2)] }
    }

    #[test]
    fn a_cursor_is_merged_with_the_ids_of_the_next_round() {
        // The ids of the round; the ids of each list, its members and whether it lost ids; held cases; batches.
        type Row<'t> = (&'t str, &'t [(&'t [u32], &'t [(u64, u32)], bool)], &'t [(u64, u32)], &'t [&'t [u32]]);
        let table: [Row<'_>; 5] = [
            ("a b c", &[(&[0, 1], &[(7, 0), (8, 1)], false), (&[2], &[], false)], &[(7, 0), (9, 2)], &[&[0, 1], &[2]]),
            ("c b a", &[(&[2, 1], &[(7, 2), (8, 1)], false), (&[0], &[], false)], &[(7, 2), (9, 0)], &[&[2, 1], &[0]]),
            ("b", &[(&[0], &[(8, 0)], true)], &[], &[&[0]]),
            (
                "a b c d e f",
                &[(&[0, 1], &[(7, 0), (8, 1)], false), (&[2], &[], false)],
                &[(7, 0), (9, 2)],
                &[&[0, 1], &[2], &[3, 4], &[5]],
            ),
            ("x", &[], &[], &[&[0]]),
        ];
        for (requested, lists, held, batches) in table {
            let MergedCursor { cursor, rounds, id_batches, owners } = merge_cursor(cursor(), &ids(requested), 2);
            assert_eq!(cursor.ids, ids(requested));
            assert_eq!((cursor.held.as_slice(), owners.len()), (held, cursor.ids.len()), "{requested}");
            assert_eq!(id_batches, batches, "{requested}");
            assert_eq!((cursor.lists.len(), rounds.len()), (lists.len(), lists.len()), "{requested}");
            for ((list, round), (list_ids, members, has_dropped_ids)) in cursor.lists.iter().zip(&rounds).zip(lists) {
                assert_eq!(list.ids, *list_ids, "{requested}");
                assert_eq!(list.members.as_deref().unwrap_or_default(), *members, "{requested}");
                assert_eq!(round.has_dropped_ids, *has_dropped_ids, "{requested}");
                // A list with a watermark and no time of reading is read as a whole.
                assert_eq!(round.is_whole, list.watermark.is_some(), "{requested}");
                // The progress of a list that lost ids keeps its dates, not its pages.
                let pages = list.progress.as_ref().map(|progress| progress.segments.len());
                assert_eq!(pages, list.watermark.is_none().then_some(usize::from(!has_dropped_ids)), "{requested}");
            }
        }
    }
}
