//! A round of what has changed: which lists it reads, and which cases have left them.

use super::case_rows::owner_key;
use super::cursor::{Cursor, KnownCase, ListCheckpoint, NOT_HELD, UNKNOWN_OWNER, are_trackable, fit_cursor};
use super::job::{BulkRequest, Delivery, DeliveryKind, FailureOutcome, RequestUsage};
use super::{BulkOptions, BulkQuery, CaseRow, CaseRows, IdBatchJob};
use crate::boundary::owner;
use crate::endpoint::{CASE_SUMMARY, CASES_BY_USER, PAGE_SIZE};
use crate::error::ErrorKind;
use crate::model::StatusFlag;
use crate::paging::{
    CaseVersion, CaseVersions, DateWindows, Key, ListReader, Order, ReaderCheckpoint, Watermark, id_key,
};
use crate::rules::MAX_RANGE_DAYS;
use crate::util::heapsort::{heapsort, merge_by_key, sorted_distinct};
use crate::util::{DAY_MS, text};
use alloc::{boxed::Box, string::String, vec, vec::Vec};
use core::ops::Range;

/// Lists whose window ended longer ago than this come after the others. Where they take turns they are not read in every
/// round …
const RECENT_MS: i64 = MAX_RANGE_DAYS * DAY_MS;
/// … but once in so many.
const ROTATION: usize = 7;

/// A round: the cursor as it is so far, and what is known of the lists being read.
#[derive(Debug)]
pub(super) struct ChangeTracker {
    pub(super) cursor: Cursor,
    pub(super) max_requests: Option<u32>,
    rotate_older: bool,
    pub(super) status_flag: Option<StatusFlag>,
    /// Whose cases these are.
    pub(super) owner: u32,
    /// The keys of those whose cases are asked for, in ascending order, with the numbers of their ids.
    owners: Vec<KnownCase>,
    is_filtered: bool,
    /// Which cases the consumer will hold once it has taken what is on its way; kept where there is a filter.
    held: Vec<KnownCase>,
    /// Of each part, what is known of it in this round.
    rounds: Vec<ListRound>,
    /// The ids that lists are made of in each window.
    id_batches: Vec<Vec<u32>>,
    lookups: Option<Box<IdBatchJob>>,
    /// Numbers of its requests, outside and inside.
    request_ids: Vec<(u32, u32)>,
    /// Ids of what left and is not to be seen any more.
    gone: Vec<String>,
    /// What the delivery under way says has left.
    delivered_left: Vec<Key>,
}

/// How a part is read in this round.
#[derive(Clone, Debug, Default)]
struct ListRound {
    /// Which of its cases the reading under way has met, and whose they are.
    members: Vec<KnownCase>,
    /// Which the readings before it have met in this round: they are delivered, or will be.
    earlier_members: Vec<KnownCase>,
    /// Whether all of it is read, though it was read before.
    is_whole: bool,
    /// Whether the reading under way goes on where one before was broken off.
    is_resumed: bool,
    /// Whether ids were dropped, so that its length is not what it was.
    has_dropped_ids: bool,
    left: Vec<Key>,
}

impl ChangeTracker {
    pub(super) fn new(
        asked: &BulkQuery,
        windows: Option<DateWindows>,
        batch: usize,
        cursor: Option<Cursor>,
        options: &BulkOptions,
    ) -> ChangeTracker {
        let old = cursor.unwrap_or_default();
        let any_case = asked.endpoint == &CASES_BY_USER;
        let mut keys: Vec<(Key, u32)> = asked.ids.iter().zip(0..).map(|(id, at)| (owner_key(id), at)).collect();
        heapsort(&mut keys);
        let mut places = Vec::with_capacity(old.ids.len());
        for id in &old.ids {
            places.push(owner_in(&keys, owner_key(id)));
        }
        let held = renumbered(&old.held, &places);
        let mut cursor = Cursor { ids: asked.ids.clone(), lists: Vec::new(), held: held.clone() };
        let mut rounds = Vec::new();
        let mut sets: Vec<Vec<u32>> = Vec::new();
        for part in old.lists {
            let ids: Vec<u32> = part.ids.iter().filter_map(|id| *places.get(*id as usize)?).collect();
            if ids.is_empty() {
                continue;
            }
            if !sets.contains(&ids) {
                sets.push(ids.clone());
            }
            let is_cut = ids.len() < part.ids.len();
            // Its pages are others now.
            let done = if is_cut { part.progress.map(ReaderCheckpoint::for_subset) } else { part.progress };
            let is_whole = part.checked_ms.is_none() && part.watermark.is_some();
            rounds.push(ListRound { has_dropped_ids: is_cut, is_whole, ..ListRound::default() });
            let known = part.members.map(|known| renumbered(&known, &places));
            cursor.lists.push(ListCheckpoint { ids, members: known, progress: done, ..part });
        }
        let mut known = vec![false; asked.ids.len()];
        sets.iter().flatten().for_each(|id| set_flag(&mut known, id));
        let new = (0..asked.ids.len()).filter(|id| known.get(*id) == Some(&false));
        let new: Vec<u32> = new.filter_map(|id| u32::try_from(id).ok()).collect();
        sets.extend(new.chunks(batch.max(1)).map(<[u32]>::to_vec));
        let mut sync = ChangeTracker {
            cursor,
            max_requests: options.max_requests,
            rotate_older: options.rotate_older,
            status_flag: asked.status_flag,
            owner: if any_case { owner::USER } else { owner::CONTRACT },
            owners: keys,
            is_filtered: asked.filter.is_active(),
            held,
            rounds,
            id_batches: sets,
            lookups: None,
            request_ids: Vec::new(),
            gone: Vec::new(),
            delivered_left: Vec::new(),
        };
        for nth in 0..windows.map_or(1, |windows| windows.count()) {
            sync.add_window(windows.and_then(|windows| windows.get(nth)));
        }
        sync
    }

    /// Adds the parts of a window that are not in the cursor; returns which.
    pub(super) fn add_window(&mut self, window: Option<(i64, i64)>) -> Range<usize> {
        let first = self.cursor.lists.len();
        // A window whose list was parted has these ids in several.
        let mut has = vec![false; self.owners.len()];
        let parts = self.cursor.lists.iter().filter(|part| part.window == window);
        parts.flat_map(|part| &part.ids).for_each(|id| set_flag(&mut has, id));
        for ids in &self.id_batches {
            let ids: Vec<u32> = ids.iter().copied().filter(|id| has.get(*id as usize) == Some(&false)).collect();
            if !ids.is_empty() {
                self.cursor.lists.push(ListCheckpoint { ids, window, ..ListCheckpoint::default() });
                self.rounds.push(ListRound::default());
            }
        }
        first..self.cursor.lists.len()
    }

    /// The parts to read, in this order.
    pub(super) fn read_order(&self, unix_ms: i64) -> Vec<usize> {
        plan(&self.cursor.lists, self.rotate_older, unix_ms)
    }

    /// Whose case it is, as a number of an id.
    pub(super) fn owner_of(&self, case: &CaseRow) -> u32 {
        owner_in(&self.owners, case.owner).unwrap_or(UNKNOWN_OWNER)
    }

    /// Whether the consumer holds a case, or will once it has taken what is on its way.
    pub(super) fn is_held(&self, key: Key) -> bool {
        !self.is_filtered || owner_in(&self.held, key).is_some()
    }

    /// These are on their way to the consumer. Where there is no filter nobody has to know.
    pub(super) fn mark_held(&mut self, told: &[KnownCase]) {
        if self.is_filtered {
            update_held(&mut self.held, told);
        }
    }

    /// Whether it is known which cases a part holds: of open cases, which leave their lists.
    fn tracks_members(&self, part: &ListCheckpoint) -> bool {
        self.status_flag == Some(StatusFlag::Open) && (part.watermark.is_none() || part.members.is_some())
    }

    /// Begins to read a part: what is new beyond its mark, the rest of what was being read, or all of it.
    pub(super) fn reader(&mut self, at: usize, order: Order) -> ListReader {
        let (Some(part), Some(round)) = (self.cursor.lists.get(at), self.rounds.get(at)) else {
            return ListReader::new(order);
        };
        let by_keys = self.tracks_members(part);
        let (is_whole, mut is_rest) = (round.is_whole, false);
        let reader = match (&part.watermark, &part.progress) {
            (Some(mark), _) if !is_whole => ListReader::since_watermark(mark),
            // Whether what was delivered of it has left tells who reads it from its beginning.
            (None, Some(done)) if !(is_whole || by_keys && done.segments.is_empty()) => {
                is_rest = !done.segments.is_empty();
                ListReader::from_checkpoint(done)
            }
            _ => ListReader::new(order),
        };
        if let Some(round) = self.rounds.get_mut(at) {
            round.is_resumed = is_rest;
        }
        reader.with_caller_dedup(by_keys)
    }

    /// A page of a part has come. Gives its cases, where they are followed.
    pub(super) fn note_members(&mut self, at: usize, page: &CaseRows) -> Vec<KnownCase> {
        let Some(part) = self.cursor.lists.get(at) else { return Vec::new() };
        let (holders, follows) = (self.owner_keys(&part.ids), self.tracks_members(part));
        let Some(round) = self.rounds.get_mut(at).filter(|_| follows) else { return Vec::new() };
        let mut met = Vec::new();
        for case in page.rows() {
            let holder = holders.iter().find(|(_, key)| *key == case.owner);
            met.push((case.key, holder.map_or(UNKNOWN_OWNER, |(id, _)| *id)));
        }
        round.members.extend(&met);
        met
    }

    /// What has been given out of a list that is being read, to go on from in the next round.
    pub(super) fn progress_of(&self, at: usize, reader: &ListReader) -> Option<ReaderCheckpoint> {
        let (part, round) = (self.cursor.lists.get(at)?, self.rounds.get(at)?);
        let done = reader.checkpoint();
        let is_first = if round.is_whole {
            part.members.is_none() && round.earlier_members.is_empty()
        } else {
            part.watermark.is_none()
        };
        if is_first {
            return done;
        }
        Some(ReaderCheckpoint::merge_emitted(done, part.progress.clone()))
    }

    /// The keys of some of the cursor's ids.
    fn owner_keys(&self, ids: &[u32]) -> Vec<(u32, Key)> {
        ids.iter().filter_map(|id| Some((*id, owner_key(self.cursor.ids.get(*id as usize)?)))).collect()
    }

    /// Whether a case of a page was delivered in a round before, and is as it was.
    pub(super) fn is_unchanged(&self, at: usize, (key, updated_ms): CaseVersion, met: &[KnownCase]) -> bool {
        let (Some(part), Some(round)) = (self.cursor.lists.get(at), self.rounds.get(at)) else { return false };
        let was_given = part.progress.as_ref().is_some_and(|done| done.contains(key, updated_ms));
        let Some(known) = &part.members else { return was_given && !round.is_whole };
        let is_older = part.watermark.as_ref().is_some_and(|mark| {
            updated_ms < mark.newest_ms || (updated_ms == mark.newest_ms && mark.newest_keys.contains(&key))
        });
        (was_given || is_older) && owner_in(known, key).is_some_and(|holder| met.contains(&(key, holder)))
    }

    /// A part has been read: what it is now, to be committed when what came of it is delivered, and whether it has to be read
    /// as a whole.
    pub(super) fn on_list_read(
        &mut self,
        at: usize,
        reader: &ListReader,
        unix_ms: i64,
    ) -> (Vec<(usize, ListCheckpoint)>, bool) {
        let Some(part) = self.cursor.lists.get(at) else { return (Vec::new(), false) };
        let follows = self.tracks_members(part);
        let Some(round) = self.rounds.get_mut(at) else { return (Vec::new(), false) };
        let mark = reader.watermark();
        let met = core::mem::take(&mut round.members);
        // What was there counts as there until something is said of it, whether it is still met or not.
        let was = merge_by_key(&round.earlier_members, part.members.as_deref().unwrap_or_default());
        let mut known = merge_by_key(&met, &was);
        let follows = follows && are_trackable(&known);
        let since = part.watermark.as_ref().filter(|_| !round.is_whole);
        let agrees = match since {
            None if !round.is_resumed || !follows => true,
            Some(old) if !follows => {
                round.has_dropped_ids || mark.total_records <= old.total_records.saturating_add(reader.emitted_cases())
            }
            _ => known.len() == mark.total_records as usize,
        };
        let (ids, window) = (part.ids.clone(), part.window);
        let part = ListCheckpoint { ids, window, ..ListCheckpoint::default() };
        if !agrees {
            (round.is_whole, round.is_resumed) = (true, false);
            if !follows {
                // It is read as if it had never been.
                return (vec![(at, part)], true);
            }
            round.earlier_members.clone_from(&known);
            return (vec![(at, ListCheckpoint { watermark: Some(mark), members: Some(known), ..part })], true);
        }
        if since.is_none() && !round.is_resumed && follows {
            let now = merge_by_key(&met, &[]);
            let has_left = |key: &Key| position_of(&now, *key).is_err();
            // What the consumer does not hold it need not be told of.
            let mut unheld = Vec::new();
            for (key, _) in was {
                if has_left(&key) {
                    let is_told = !self.is_filtered || position_of(&self.held, key).is_ok();
                    if is_told { &mut round.left } else { &mut unheld }.push(key);
                }
            }
            remove_keys(&mut known, &unheld);
        }
        round.members = met;
        let part = ListCheckpoint {
            checked_ms: Some(unix_ms),
            watermark: Some(mark),
            members: follows.then_some(known),
            ..part
        };
        (self.split_if_large(at, part), false)
    }

    /// A part that holds more cases than can be followed, as several of fewer contracts or users.
    fn split_if_large(&mut self, at: usize, part: ListCheckpoint) -> Vec<(usize, ListCheckpoint)> {
        let (Some(mark), Some(known)) = (&part.watermark, &part.members) else { return vec![(at, part)] };
        if part.ids.len() < 2 || fit_cursor(known) {
            return vec![(at, part)];
        }
        let mut parts = Vec::new();
        for ids in part.ids.chunks(part.ids.len().div_ceil(2)) {
            let known = owned_by(known, ids, parts.is_empty());
            let total = u32::try_from(known.len()).unwrap_or(u32::MAX);
            // What the last page holds is not known.
            let mark = Watermark {
                total_records: total,
                last_page: total.div_ceil(PAGE_SIZE).max(1),
                tail_fingerprint: 0,
                ..mark.clone()
            };
            let mut place = at;
            if !parts.is_empty() {
                // It is known of when it is committed.
                self.cursor.lists.push(ListCheckpoint::default());
                self.rounds.push(ListRound::default());
                place = self.cursor.lists.len() - 1;
            }
            let part =
                ListCheckpoint { ids: ids.to_vec(), watermark: Some(mark), members: Some(known), ..part.clone() };
            parts.extend(self.split_if_large(place, part));
        }
        parts
    }

    /// A part could not be read: the next round reads it after the others.
    pub(super) fn on_list_failed(&mut self, at: usize) {
        if let Some(part) = self.cursor.lists.get_mut(at) {
            part.failed_rounds = part.failed_rounds.saturating_add(1);
        }
    }

    /// A page is taken, or a part of it.
    pub(super) fn commit(&mut self, page: &TakenPage<'_>) {
        let mut cursor = core::mem::take(&mut self.cursor);
        self.apply(&mut cursor, page);
        self.cursor = cursor;
    }

    #[inline(never)]
    fn apply(&self, cursor: &mut Cursor, page: &TakenPage<'_>) {
        if let Some(part) = cursor.lists.get_mut(page.index) {
            let known = merge_by_key(page.members, part.members.as_deref().unwrap_or_default());
            // What was delivered of a list that is not read to its end: if it leaves before the next round, it has left.
            if self.tracks_members(part) && are_trackable(&known) && !page.members.is_empty() {
                part.members = Some(known);
            }
            if let Some(done) = &page.progress {
                part.progress.clone_from(done);
            }
        }
        for (at, part) in page.lists {
            if let Some(place) = cursor.lists.get_mut(*at) {
                place.clone_from(part);
            }
        }
        if self.is_filtered {
            update_held(&mut cursor.held, page.delivered);
        }
    }

    /// A part is asked for in smaller ones. What is known of it is known of each of them.
    pub(super) fn split_list(&mut self, at: usize, ids: &[u32], size: usize) -> Vec<usize> {
        let mut whole = self.cursor.lists.get(at).cloned().unwrap_or_default();
        let round = self.rounds.get_mut(at).map(core::mem::take).unwrap_or_default();
        whole.progress = whole.progress.map(ReaderCheckpoint::for_subset);
        let earlier = merge_by_key(&round.members, &round.earlier_members);
        let mut places = Vec::new();
        for ids in ids.chunks(size.max(1)) {
            let is_first = places.is_empty();
            let known = whole.members.as_ref().map(|known| owned_by(known, ids, is_first));
            let part = ListCheckpoint { ids: ids.to_vec(), members: known, ..whole.clone() };
            let earlier = owned_by(&earlier, ids, is_first);
            let round = ListRound { earlier_members: earlier, is_whole: round.is_whole, ..ListRound::default() };
            if let (true, Some(place), Some(old)) = (is_first, self.cursor.lists.get_mut(at), self.rounds.get_mut(at)) {
                (*place, *old) = (part, round);
                places.push(at);
            } else {
                places.push(self.cursor.lists.len());
                self.cursor.lists.push(part);
                self.rounds.push(round);
            }
        }
        places
    }

    /// Whether there is anything to ask after.
    pub(super) fn has_lookups(&mut self, asked: &BulkQuery) -> bool {
        if self.lookups.is_none() && self.rounds.iter().any(|round| !round.left.is_empty()) {
            let ids = sorted_distinct(self.rounds.iter().flat_map(|round| &round.left).copied());
            let mut texts = Vec::with_capacity(ids.len());
            for key in ids {
                // It may have been told of meanwhile that it has left.
                if self.is_held(key) {
                    texts.push(text!(key));
                }
            }
            let ids = texts;
            let summary =
                BulkQuery { endpoint: &CASE_SUMMARY, field: "case_ids", ids, ids_per_request: 30, ..asked.clone() };
            let summary = BulkQuery { filter: super::CaseFilter::default(), ..summary };
            self.lookups = Some(Box::new(IdBatchJob::from_start(summary, &BulkOptions::default())));
        }
        self.lookups.as_ref().is_some_and(|questions| !questions.is_done())
    }

    pub(super) fn next_lookup(&mut self, counts: RequestUsage) -> Option<(u32, BulkRequest)> {
        self.lookups.as_mut()?.next_request(counts)
    }

    pub(super) fn register_lookup(&mut self, outside: u32, inside: u32) {
        self.request_ids.push((outside, inside));
    }

    fn lookup_id(&self, outside: u32) -> u32 {
        self.request_ids.iter().find(|(known, _)| *known == outside).map_or(0, |(_, inside)| *inside)
    }

    pub(super) fn on_response(&mut self, id: u32, rows: &CaseRows) {
        let id = self.lookup_id(id);
        if let Some(questions) = &mut self.lookups {
            questions.on_response(id, rows);
        }
    }

    pub(super) fn on_failure(&mut self, id: u32, kind: ErrorKind, code: &str) -> FailureOutcome {
        let inside = self.lookup_id(id);
        let Some(questions) = &mut self.lookups else { return FailureOutcome::Handled };
        match questions.on_failure(inside, kind, code) {
            // That a case is not in the system is the answer.
            FailureOutcome::LeftOut(failure) if kind == ErrorKind::NotFound => {
                self.gone.extend(failure.ids);
                FailureOutcome::Handled
            }
            // Of what nothing was said, that is asked after again in the next round.
            verdict => verdict,
        }
    }

    /// A case that was missed is open. Where this round has met it as it is in the list of its contract or user, it is known there
    /// alone; or else that list and those that know it are read as a whole next time, and it is delivered where it is met.
    fn reconcile_open(&mut self, case: CaseRow, seen: &CaseVersions) {
        let ids = &self.cursor.ids;
        let is_owner = |id: &u32| ids.get(*id as usize).is_some_and(|id| owner_key(id) == case.owner);
        let is_of = |part: &ListCheckpoint| {
            part.ids.iter().any(is_owner)
                && part.window.is_none_or(|(from_ms, to_ms)| (from_ms..=to_ms).contains(&case.created_ms))
        };
        let is_it = |known: &&KnownCase| known.0 == case.key && is_owner(&known.1);
        let met = self.rounds.iter().flat_map(|round| &round.members).find(is_it);
        let knows_it =
            |part: &ListCheckpoint| part.members.as_ref().zip(met).is_some_and(|(known, met)| known.contains(met));
        let is_met = !seen.is_newer(case.key, case.updated_ms)
            && self.cursor.lists.iter().any(|part| is_of(part) && knows_it(part));
        for part in &mut self.cursor.lists {
            let is_of = is_of(part);
            if is_of && part.watermark.is_none() {
                part.members.get_or_insert_default();
            }
            let Some(known) = &mut part.members else { continue };
            match position_of(known, case.key) {
                Ok(at) if is_met && !is_of => _ = known.remove(at),
                Ok(at) if !is_met => {
                    known.get_mut(at).into_iter().for_each(|known| known.1 = UNKNOWN_OWNER);
                    part.checked_ms = None;
                }
                Err(at) if is_of => {
                    known.insert(at, (case.key, UNKNOWN_OWNER));
                    part.checked_ms = None;
                }
                _ => {}
            }
        }
    }

    /// What is to be said of cases that left. What was said before counts as taken.
    pub(super) fn next_delivery(&mut self, discarded: &mut Vec<u32>, seen: &CaseVersions) -> Option<Delivery> {
        let told = core::mem::take(&mut self.delivered_left);
        remove_from_cursor(&mut self.cursor, &told);
        remove_keys(&mut self.held, &told);
        let mut open = Vec::new();
        let mut all_closed = None;
        let mut questions = self.lookups.take();
        if let Some(questions) = &mut questions {
            // Of some answers there is nothing to say: that is not the end.
            while all_closed.is_none()
                && let Some((handle, rows)) = questions.next_rows()
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
            discarded.append(&mut questions.discarded);
            self.gone.extend(questions.take_missing());
        }
        self.lookups = questions;
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

    /// The cursor, if a page is taken, or a part of it, and so many of what the delivery under way says has left.
    pub(super) fn cursor_text(&self, asked: &BulkQuery, page: Option<TakenPage<'_>>, taken: usize) -> String {
        let mut cursor = self.cursor.clone();
        remove_from_cursor(&mut cursor, self.delivered_left.get(..taken).unwrap_or(&self.delivered_left));
        if let Some(page) = page {
            self.apply(&mut cursor, &page);
        }
        // What was never read is asked for anyway.
        cursor.lists.retain(|part| {
            part.checked_ms.is_some() || part.members.is_some() || part.progress.is_some() || part.failed_rounds > 0
        });
        cursor.write(asked)
    }
}

/// These cases under the numbers that ids have now. What a list held of those who are asked for no more has not left, and the
/// consumer does not hold it any more.
#[inline(never)]
fn renumbered(known: &[KnownCase], places: &[Option<u32>]) -> Vec<KnownCase> {
    let mut out = Vec::new();
    for (key, holder) in known {
        let place = if *holder == UNKNOWN_OWNER {
            Some(UNKNOWN_OWNER)
        } else {
            places.get(*holder as usize).copied().flatten()
        };
        if let Some(place) = place {
            out.push((*key, place));
        }
    }
    out
}

/// Marks a number of an id.
fn set_flag(known: &mut [bool], id: &u32) {
    if let Some(known) = known.get_mut(*id as usize) {
        *known = true;
    }
}

/// What is taken of a page.
pub(super) struct TakenPage<'p> {
    /// Its part.
    pub(super) index: usize,
    /// The cases, where they are followed.
    pub(super) members: &'p [KnownCase],
    /// What has been given out of its list with that; none where that is read in other parts now.
    pub(super) progress: Option<Option<ReaderCheckpoint>>,
    /// What parts are with that.
    pub(super) lists: &'p [(usize, ListCheckpoint)],
    /// Which cases the consumer holds with that, and which no more.
    pub(super) delivered: &'p [KnownCase],
}

/// Cases of these contracts or users, and nobody's.
fn owned_by(known: &[KnownCase], ids: &[u32], with_nobodys: bool) -> Vec<KnownCase> {
    let is_of = |(_, holder): &&KnownCase| if *holder == UNKNOWN_OWNER { with_nobodys } else { ids.contains(holder) };
    known.iter().filter(is_of).copied().collect()
}

/// These cases are in no list any more, and nobody holds them.
fn remove_from_cursor(cursor: &mut Cursor, keys: &[Key]) {
    let known = cursor.lists.iter_mut().filter_map(|part| part.members.as_mut());
    known.for_each(|known| remove_keys(known, keys));
    remove_keys(&mut cursor.held, keys);
}

#[inline(never)]
fn remove_keys(known: &mut Vec<KnownCase>, keys: &[Key]) {
    known.retain(|(key, _)| !keys.contains(key));
}

/// Where a key is among these, which are in ascending order, or where it would be.
#[inline(never)]
fn position_of(known: &[KnownCase], key: Key) -> Result<usize, usize> {
    known.binary_search_by_key(&key, |(key, _)| *key)
}

/// The number that stands with a key, if it is among these.
fn owner_in(known: &[KnownCase], key: Key) -> Option<u32> {
    Some(known.get(position_of(known, key).ok()?)?.1)
}

/// The consumer has taken these.
#[inline(never)]
fn update_held(held: &mut Vec<KnownCase>, told: &[KnownCase]) {
    let mut dropped = Vec::new();
    for (key, holder) in told {
        if *holder == NOT_HELD {
            dropped.push(*key);
        }
    }
    *held = merge_by_key(told, held);
    remove_keys(held, &dropped);
}

/// Which parts a round reads, and in which order: those of dates that are not long ago and those without dates; then the
/// others, the ones that were read longest ago first: all of them, or where they rotate those that were never read and one in
/// so many.
fn plan(parts: &[ListCheckpoint], rotates: bool, unix_ms: i64) -> Vec<usize> {
    // Where this side's clock is ahead, recent is what was so at the newest update.
    let (mut newest_ms, mut is_known) = (i64::MIN, false);
    for mark in parts.iter().filter_map(|part| part.watermark.as_ref()) {
        newest_ms = newest_ms.max(mark.newest_ms);
        is_known |= newest_ms > i64::MIN;
    }
    let recent_ms = if is_known { newest_ms.min(unix_ms) } else { unix_ms } - RECENT_MS;
    let (mut order, mut older, mut never) = (Vec::new(), 0_usize, 0);
    for (part, at) in parts.iter().zip(0..) {
        // Another clock may have been ahead: its lists would wait until this one is where that was.
        let checked = part.checked_ms.map_or(0, |ms| if ms > unix_ms + DAY_MS { 1 } else { ms.max(1).cast_unsigned() });
        let is_recent = part.window.is_none_or(|(_, to_ms)| to_ms >= recent_ms);
        // Lists that always fail are in nobody's way.
        let key = match (part.failed_rounds, is_recent) {
            (0, true) => checked,
            (0, false) => {
                older += 1;
                never += usize::from(checked == 0);
                OLDER | checked
            }
            (times, _) => FAILED | u64::from(times),
        };
        order.push((key, at));
    }
    heapsort(&mut order);
    let mut left_out = if rotates { older - never.max(older.div_ceil(ROTATION)) } else { 0 };
    let mut planned = Vec::new();
    for (key, at) in order.iter().rev() {
        if key & (OLDER | FAILED) == OLDER && left_out > 0 {
            left_out -= 1;
        } else {
            planned.push(*at as usize);
        }
    }
    planned.reverse();
    planned
}

/// Bits of the numbers that parts are put in order by, above those of a date.
const OLDER: u64 = 1 << 60;
const FAILED: u64 = 1 << 61;
