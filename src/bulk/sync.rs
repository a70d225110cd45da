//! A round of what has changed: which lists it reads, and which cases have left them.

use super::cursor::{Cursor, Part, follow};
use super::drive::{Counts, Delivery, Kind, Verdict};
use super::lists::List;
use super::rows::owner_key;
use super::{Asked, BulkOptions, CaseRows, Cases};
use crate::boundary::owner;
use crate::endpoint::{CASE_SUMMARY, CASES_BY_USER, PAGE_SIZE, Request};
use crate::error::ErrorKind;
use crate::model::sort::{ascending, sort};
use crate::model::{DAY_MS, StatusFlag, text};
use crate::paging::{Key, Mark, Reader, Windows, key_of};
use crate::rules::MAX_RANGE_DAYS;
use alloc::{boxed::Box, string::String, vec, vec::Vec};
use core::ops::Range;

/// Lists whose window ended longer ago than this are not read in every round …
const RECENT_MS: i64 = MAX_RANGE_DAYS * DAY_MS;
/// … but once in so many, unless a budget says otherwise.
const ROTATION: usize = 7;

/// A round: the cursor as it is so far, and what is known of the lists being read.
#[derive(Debug)]
pub(super) struct Sync {
    pub(super) cursor: Cursor,
    pub(super) max_requests: Option<u32>,
    pub(super) flag: Option<StatusFlag>,
    /// Whose cases these are.
    pub(super) owner: u32,
    /// The keys of those whose cases are asked for, in ascending order.
    holders: Vec<Key>,
    /// The keys of those whose cases are asked for no more.
    dropped: Vec<Key>,
    /// Of each part, what it held before, what has been met of it, and whether all of it is being read.
    rounds: Vec<Round>,
    /// The ids that lists are made of in each window.
    sets: Vec<Vec<u32>>,
    /// Parts that were read, and wait for what is said of cases that left them.
    held: Vec<(usize, Part)>,
    questions: Option<Box<Cases>>,
    /// Numbers of its requests, outside and inside.
    numbers: Vec<(u32, u32)>,
    /// Ids of what left and is not to be seen any more.
    gone: Vec<String>,
    /// Whether all questions were answered.
    answered: bool,
}

#[derive(Clone, Debug, Default)]
struct Round {
    met: Vec<(Key, Option<u32>)>,
    is_whole: bool,
    /// Whether ids were dropped, so that its length is not what it was.
    is_cut: bool,
    left: Vec<Key>,
}

impl Sync {
    pub(super) fn new(
        asked: &Asked,
        windows: Option<Windows>,
        batch: usize,
        cursor: Option<Cursor>,
        max_requests: Option<u32>,
    ) -> Sync {
        let old = cursor.unwrap_or_default();
        let any_case = asked.endpoint == &CASES_BY_USER;
        let mut keys: Vec<(Key, u32)> = asked.ids.iter().zip(0..).map(|(id, at)| (owner_key(id), at)).collect();
        sort(&mut keys);
        let mut places = Vec::with_capacity(old.ids.len());
        let mut dropped = Vec::new();
        for id in &old.ids {
            let found = keys.binary_search_by_key(&owner_key(id), |(key, _)| *key).ok().and_then(|at| keys.get(at));
            if found.is_none() {
                dropped.push(id.clone());
            }
            places.push(found.map(|(_, at)| *at));
        }
        // Who was dropped is remembered: what a list held of theirs has not left where it is read rounds later.
        let ids = asked.ids.iter().chain(&dropped).cloned().collect();
        let mut cursor = Cursor { ids, parts: Vec::new() };
        let mut rounds = Vec::new();
        let mut sets: Vec<Vec<u32>> = Vec::new();
        for part in old.parts {
            let ids: Vec<u32> = part.ids.iter().filter_map(|id| *places.get(*id as usize)?).collect();
            if ids.is_empty() {
                continue;
            }
            if !sets.contains(&ids) {
                sets.push(ids.clone());
            }
            rounds.push(Round { is_cut: ids.len() < part.ids.len(), ..Round::default() });
            cursor.parts.push(Part { ids, ..part });
        }
        let mut known = vec![false; asked.ids.len()];
        sets.iter().flatten().for_each(|id| mark(&mut known, id));
        let new = (0..asked.ids.len()).filter(|id| known.get(*id) == Some(&false));
        let new: Vec<u32> = new.filter_map(|id| u32::try_from(id).ok()).collect();
        sets.extend(new.chunks(batch.max(1)).map(<[u32]>::to_vec));
        let mut sync = Sync {
            cursor,
            max_requests,
            flag: asked.flag,
            owner: if any_case { owner::USER } else { owner::CONTRACT },
            holders: keys.iter().map(|(key, _)| *key).collect(),
            dropped: dropped.iter().map(|id| owner_key(id)).collect(),
            rounds,
            sets,
            held: Vec::new(),
            questions: None,
            numbers: Vec::new(),
            gone: Vec::new(),
            answered: false,
        };
        for nth in 0..windows.map_or(1, |windows| windows.count()) {
            sync.cover(windows.and_then(|windows| windows.get(nth)));
        }
        sync
    }

    /// Adds the parts of a window that are not in the cursor; returns which.
    pub(super) fn cover(&mut self, window: Option<(i64, i64)>) -> Range<usize> {
        let first = self.cursor.parts.len();
        // A window whose list was parted has these ids in several.
        let mut has = vec![false; self.holders.len()];
        let parts = self.cursor.parts.iter().filter(|part| part.window == window);
        parts.flat_map(|part| &part.ids).for_each(|id| mark(&mut has, id));
        for ids in &self.sets {
            let ids: Vec<u32> = ids.iter().copied().filter(|id| has.get(*id as usize) == Some(&false)).collect();
            if !ids.is_empty() {
                self.cursor.parts.push(Part { ids, window, ..Part::default() });
                self.rounds.push(Round::default());
            }
        }
        first..self.cursor.parts.len()
    }

    /// The parts to read, in this order.
    pub(super) fn plan(&self, unix_ms: i64) -> Vec<usize> {
        plan(&self.cursor.parts, self.max_requests.is_some(), unix_ms)
    }

    /// How far a list was read before; none where it is read as a whole.
    pub(super) fn mark(&self, list: &List) -> Option<&Mark> {
        let is_whole = self.rounds.get(list.part).is_some_and(|round| round.is_whole);
        self.cursor.parts.get(list.part)?.mark.as_ref().filter(|_| !is_whole)
    }

    /// A page of a part has come.
    pub(super) fn met(&mut self, part: usize, page: &CaseRows) {
        let holders = self.holders_of(self.cursor.parts.get(part).map(|part| part.ids.as_slice()).unwrap_or_default());
        let Some(round) = self.rounds.get_mut(part) else { return };
        for case in page.rows() {
            let holder = holders.iter().find(|(_, key)| *key == case.owner);
            round.met.push((case.key, holder.map(|(id, _)| *id)));
        }
    }

    /// The keys of some of the cursor's ids.
    fn holders_of(&self, ids: &[u32]) -> Vec<(u32, Key)> {
        ids.iter().filter_map(|id| Some((*id, owner_key(self.cursor.ids.get(*id as usize)?)))).collect()
    }

    /// Whether a case of a list that is read as a whole was known, and is as it was.
    pub(super) fn knows(&self, part: usize, (key, updated_ms): (Key, i64)) -> bool {
        let Some(Part { mark: Some(mark), known: Some(known), .. }) = self.cursor.parts.get(part) else { return false };
        let is_whole = self.rounds.get(part).is_some_and(|round| round.is_whole);
        let older = updated_ms < mark.newest_ms || (updated_ms == mark.newest_ms && mark.named.contains(&key));
        is_whole && older && known.binary_search(&key).is_ok()
    }

    /// A part has been read. What it is now is committed when what came of it is delivered: nothing for now where cases
    /// have left it. None where it has to be read as a whole.
    pub(super) fn read(&mut self, at: usize, reader: &Reader, unix_ms: i64) -> Option<Vec<(usize, Part)>> {
        let (Some(part), Some(round)) = (self.cursor.parts.get(at), self.rounds.get_mut(at)) else {
            return Some(Vec::new());
        };
        let mark = reader.mark();
        let met = core::mem::take(&mut round.met);
        let since = part.mark.as_ref().filter(|_| !round.is_whole);
        let before = since.and(part.known.as_deref()).unwrap_or_default();
        let now = ascending(met.iter().map(|(key, _)| *key).chain(before.iter().copied()));
        let is_open = self.flag == Some(StatusFlag::Open);
        if let Some(old) = since {
            let agrees = match &part.known {
                Some(_) => now.len() == mark.total as usize && follow(&now, part.ids.len()).is_some(),
                None => round.is_cut || mark.total <= old.total.saturating_add(reader.given()),
            };
            if !agrees {
                round.is_whole = true;
                return None;
            }
        } else if let Some(known) = &part.known {
            // Those that were there and are no more have left.
            round.left = known.iter().copied().filter(|key| now.binary_search(key).is_err()).collect();
        }
        let known =
            if is_open && (since.is_none() || part.known.is_some()) { follow(&now, part.ids.len()) } else { None };
        let is_large = is_open && since.is_none() && known.is_none();
        let (ids, window) = (part.ids.clone(), part.window);
        let part = Part { ids, window, checked_ms: Some(unix_ms), failed: 0, mark: Some(mark), known };
        let parts = if is_large { self.parted(at, &part, &met) } else { vec![(at, part)] };
        if self.rounds.get(at).is_none_or(|round| round.left.is_empty()) {
            return Some(parts);
        }
        self.held.extend(parts);
        Some(Vec::new())
    }

    /// A part that holds more cases than can be followed, as several of fewer contracts or users.
    fn parted(&mut self, at: usize, part: &Part, met: &[(Key, Option<u32>)]) -> Vec<(usize, Part)> {
        let Some(mark) = part.mark.as_ref().filter(|_| part.ids.len() > 1) else { return vec![(at, part.clone())] };
        let (one, other) = part.ids.split_at(part.ids.len() / 2);
        let mut parts = Vec::new();
        for (index, ids) in [one, other].into_iter().enumerate() {
            let of_these = met.iter().filter(|(_, holder)| holder.is_some_and(|holder| ids.contains(&holder)));
            let keys = ascending(of_these.map(|(key, _)| *key));
            let total = u32::try_from(keys.len()).unwrap_or(u32::MAX);
            // What the last page holds is not known.
            let mark = Mark { total, last: total.div_ceil(PAGE_SIZE).max(1), edge: 0, ..mark.clone() };
            let part = Part { ids: ids.to_vec(), mark: Some(mark), known: follow(&keys, ids.len()), ..part.clone() };
            let place = if index == 0 {
                at
            } else {
                // It is known of when it is committed.
                self.cursor.parts.push(Part::default());
                self.rounds.push(Round::default());
                self.cursor.parts.len() - 1
            };
            let is_large = part.known.is_none();
            parts.extend(if is_large { self.parted(place, &part, met) } else { vec![(place, part)] });
        }
        parts
    }

    /// A part could not be read: the next round reads it after the others.
    pub(super) fn failed_to_read(&mut self, at: usize) {
        if let Some(part) = self.cursor.parts.get_mut(at) {
            part.failed = part.failed.saturating_add(1);
        }
    }

    /// A part is as it was read.
    pub(super) fn commit(&mut self, at: usize, part: Part) {
        if let Some(place) = self.cursor.parts.get_mut(at) {
            *place = part;
        }
    }

    /// A part is asked for in smaller ones. What is known of it is known of each of them; where cases are followed they are
    /// read as a whole, and what is another one's has not left.
    pub(super) fn split(&mut self, at: usize, ids: &[u32], size: usize) -> Vec<usize> {
        let whole = self.cursor.parts.get(at).cloned().unwrap_or_default();
        let is_whole = whole.known.is_some();
        let mut places = Vec::new();
        for (index, ids) in ids.chunks(size.max(1)).enumerate() {
            let part = Part { ids: ids.to_vec(), ..whole.clone() };
            let round = Round { is_whole, ..Round::default() };
            if index == 0 {
                self.commit(at, part);
                if let Some(place) = self.rounds.get_mut(at) {
                    *place = round;
                }
                places.push(at);
            } else {
                self.cursor.parts.push(part);
                self.rounds.push(round);
                places.push(self.cursor.parts.len() - 1);
            }
        }
        places
    }

    /// Whether there is anything to ask after.
    pub(super) fn has_questions(&mut self, asked: &Asked) -> bool {
        if self.questions.is_none() && !self.held.is_empty() {
            let ids = ascending(self.rounds.iter().flat_map(|round| &round.left).copied());
            let mut texts = Vec::with_capacity(ids.len());
            for key in ids {
                texts.push(text!(key));
            }
            let ids = texts;
            let summary = Asked { endpoint: &CASE_SUMMARY, field: "case_ids", ids, batch: 30, ..asked.clone() };
            let summary = Asked { filter: super::Filter::default(), ..summary };
            self.questions = Some(Box::new(Cases::start(summary, &BulkOptions::default())));
        }
        self.questions.as_ref().is_some_and(|questions| !questions.is_done())
    }

    pub(super) fn ask(&mut self, counts: Counts) -> Option<(u32, Request)> {
        self.questions.as_mut()?.ask(counts)
    }

    pub(super) fn asked_as(&mut self, outside: u32, inside: u32) {
        self.numbers.push((outside, inside));
    }

    fn inside(&self, outside: u32) -> u32 {
        self.numbers.iter().find(|(known, _)| *known == outside).map_or(0, |(_, inside)| *inside)
    }

    pub(super) fn answered(&mut self, id: u32, rows: &CaseRows) {
        let id = self.inside(id);
        if let Some(questions) = &mut self.questions {
            questions.answered(id, rows);
        }
    }

    pub(super) fn failed(&mut self, id: u32, kind: ErrorKind, code: &str) -> Verdict {
        let inside = self.inside(id);
        let Some(questions) = &mut self.questions else { return Verdict::Handled };
        match questions.failed(inside, kind, code) {
            // That a case is not in the system is the answer.
            Verdict::Listed(failure) if kind == ErrorKind::NotFound => {
                self.gone.extend(failure.ids);
                Verdict::Handled
            }
            Verdict::Listed(failure) => {
                // Nothing is known of these: they are asked after again in the next round.
                for id in &failure.ids {
                    self.keep(key_of(id), 0);
                }
                Verdict::Listed(failure)
            }
            verdict => verdict,
        }
    }

    /// A case that was missed counts as there, so that the list is looked at again: unless it has a holder of another list.
    /// A holder of 0 is unknown.
    fn keep(&mut self, key: Key, holder: Key) {
        let mut held = core::mem::take(&mut self.held);
        for (at, part) in &mut held {
            if holder != 0 && !self.holders_of(&part.ids).iter().any(|(_, known)| *known == holder) {
                continue;
            }
            let left = self.rounds.get(*at).is_some_and(|round| round.left.contains(&key));
            if let (true, Some(known)) = (left, &mut part.known)
                && let Err(place) = known.binary_search(&key)
            {
                known.insert(place, key);
            }
        }
        self.held = held;
    }

    /// What is to be said of cases that left.
    pub(super) fn deliver(&mut self, is_idle: bool, discarded: &mut Vec<u32>) -> Option<Delivery> {
        let mut all_closed = None;
        let mut kept = Vec::new();
        if let Some(questions) = &mut self.questions {
            // Of some answers there is nothing to say: that is not the end.
            while all_closed.is_none()
                && let Some((handle, rows)) = questions.deliver_rows()
            {
                let mut closed = Vec::new();
                for row in rows {
                    if !row.is_open {
                        closed.push(row.index);
                    } else if row.owner == 0 || self.holders.binary_search(&row.owner).is_ok() {
                        kept.push((row.key, row.owner));
                    } else if !self.dropped.contains(&row.owner) {
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
            self.gone.extend(questions.missing());
            self.answered = questions.is_done() && is_idle;
        }
        for (key, holder) in kept {
            self.keep(key, holder);
        }
        if let Some((handle, cases)) = all_closed {
            return Some(Delivery { kind: Kind::Closed, handle, cases, gone: Vec::new() });
        }
        if !self.gone.is_empty() {
            return Some(Delivery { kind: Kind::Gone, gone: core::mem::take(&mut self.gone), ..Delivery::default() });
        }
        // All of it was delivered and taken.
        if self.answered {
            for (at, part) in core::mem::take(&mut self.held) {
                self.commit(at, part);
            }
        }
        None
    }

    /// The cursor, as if these parts had been committed.
    pub(super) fn write(&self, asked: &Asked, taken: Option<(usize, &[(Key, i64)])>, just: &[(usize, Part)]) -> String {
        let mut cursor = self.cursor.clone();
        if let Some((at, rows)) = taken {
            cursor.hold(at, self.flag, rows);
        }
        for (at, part) in just {
            if let Some(place) = cursor.parts.get_mut(*at) {
                place.clone_from(part);
            }
        }
        // What was never read is asked for anyway.
        cursor.parts.retain(|part| part.checked_ms.is_some() || part.known.is_some() || part.failed > 0);
        cursor.write(asked)
    }
}

/// Marks a number of an id.
fn mark(known: &mut [bool], id: &u32) {
    if let Some(known) = known.get_mut(*id as usize) {
        *known = true;
    }
}

/// Which parts a round reads, and in which order: those of dates that are not long ago, those without dates, and those
/// that were never read; then the others, the ones that were read longest ago first: all of them where a budget ends
/// the round, or else one in so many.
fn plan(parts: &[Part], has_budget: bool, unix_ms: i64) -> Vec<usize> {
    // Where this side's clock is ahead, recent is what was so at the newest update.
    let (mut newest_ms, mut is_known) = (i64::MIN, false);
    for mark in parts.iter().filter_map(|part| part.mark.as_ref()) {
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
        let key = match (part.failed, is_recent) {
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
    sort(&mut order);
    let mut left_out = if has_budget { 0 } else { older - never.max(older.div_ceil(ROTATION)) };
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
