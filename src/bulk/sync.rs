//! A round of what has changed: which lists it reads, and which cases have left them.

use super::cursor::{Cursor, DROPPED, Known, NOBODY, Part, are_few, are_numbers};
use super::drive::{BulkRequest, Counts, Delivery, Kind, Verdict};
use super::rows::owner_key;
use super::{Asked, BulkOptions, CaseRow, CaseRows, Cases};
use crate::boundary::owner;
use crate::endpoint::{CASE_SUMMARY, CASES_BY_USER, PAGE_SIZE};
use crate::error::ErrorKind;
use crate::model::StatusFlag;
use crate::paging::{Done, Key, Mark, Order, Reader, Row, Seen, Windows, key_of};
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
pub(super) struct Sync {
    pub(super) cursor: Cursor,
    pub(super) max_requests: Option<u32>,
    rotates: bool,
    pub(super) flag: Option<StatusFlag>,
    /// Whose cases these are.
    pub(super) owner: u32,
    /// The keys of those whose cases are asked for, in ascending order, with the numbers of their ids.
    holders: Vec<Known>,
    is_filtered: bool,
    /// Which cases the consumer will hold once it has taken what is on its way; kept where there is a filter.
    held: Vec<Known>,
    /// Of each part, what is known of it in this round.
    rounds: Vec<Round>,
    /// The ids that lists are made of in each window.
    sets: Vec<Vec<u32>>,
    questions: Option<Box<Cases>>,
    /// Numbers of its requests, outside and inside.
    numbers: Vec<(u32, u32)>,
    /// Ids of what left and is not to be seen any more.
    gone: Vec<String>,
    /// What the delivery under way says has left.
    told: Vec<Key>,
}

/// How a part is read in this round.
#[derive(Clone, Debug, Default)]
struct Round {
    /// Which of its cases the reading under way has met, and whose they are.
    met: Vec<Known>,
    /// Which the readings before it have met in this round: they are delivered, or will be.
    earlier: Vec<Known>,
    /// Whether all of it is read, though it was read before.
    is_whole: bool,
    /// Whether the reading under way goes on where one before was broken off.
    is_rest: bool,
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
        options: &BulkOptions,
    ) -> Sync {
        let old = cursor.unwrap_or_default();
        let any_case = asked.endpoint == &CASES_BY_USER;
        let mut keys: Vec<(Key, u32)> = asked.ids.iter().zip(0..).map(|(id, at)| (owner_key(id), at)).collect();
        heapsort(&mut keys);
        let mut places = Vec::with_capacity(old.ids.len());
        for id in &old.ids {
            places.push(number_of(&keys, owner_key(id)));
        }
        let held = placed(&old.held, &places);
        let mut cursor = Cursor { ids: asked.ids.clone(), parts: Vec::new(), held: held.clone() };
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
            let is_cut = ids.len() < part.ids.len();
            // Its pages are others now.
            let done = if is_cut { part.done.map(Done::of_part) } else { part.done };
            let is_whole = part.checked_ms.is_none() && part.mark.is_some();
            rounds.push(Round { is_cut, is_whole, ..Round::default() });
            let known = part.known.map(|known| placed(&known, &places));
            cursor.parts.push(Part { ids, known, done, ..part });
        }
        let mut known = vec![false; asked.ids.len()];
        sets.iter().flatten().for_each(|id| mark(&mut known, id));
        let new = (0..asked.ids.len()).filter(|id| known.get(*id) == Some(&false));
        let new: Vec<u32> = new.filter_map(|id| u32::try_from(id).ok()).collect();
        sets.extend(new.chunks(batch.max(1)).map(<[u32]>::to_vec));
        let mut sync = Sync {
            cursor,
            max_requests: options.max_requests,
            rotates: options.rotates,
            flag: asked.flag,
            owner: if any_case { owner::USER } else { owner::CONTRACT },
            holders: keys,
            is_filtered: asked.filter.is_some(),
            held,
            rounds,
            sets,
            questions: None,
            numbers: Vec::new(),
            gone: Vec::new(),
            told: Vec::new(),
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
        plan(&self.cursor.parts, self.rotates, unix_ms)
    }

    /// Whose case it is, as a number of an id.
    pub(super) fn holder(&self, case: &CaseRow) -> u32 {
        number_of(&self.holders, case.owner).unwrap_or(NOBODY)
    }

    /// Whether the consumer holds a case, or will once it has taken what is on its way.
    pub(super) fn holds(&self, key: Key) -> bool {
        !self.is_filtered || number_of(&self.held, key).is_some()
    }

    /// These are on their way to the consumer. Where there is no filter nobody has to know.
    pub(super) fn tell(&mut self, told: &[Known]) {
        if self.is_filtered {
            hold(&mut self.held, told);
        }
    }

    /// Whether it is known which cases a part holds: of open cases, which leave their lists.
    fn follows(&self, part: &Part) -> bool {
        self.flag == Some(StatusFlag::Open) && (part.mark.is_none() || part.known.is_some())
    }

    /// Begins to read a part: what is new beyond its mark, the rest of what was being read, or all of it.
    pub(super) fn reader(&mut self, at: usize, order: Order) -> Reader {
        let (Some(part), Some(round)) = (self.cursor.parts.get(at), self.rounds.get(at)) else {
            return Reader::new(order);
        };
        let by_keys = self.follows(part);
        let (is_whole, mut is_rest) = (round.is_whole, false);
        let reader = match (&part.mark, &part.done) {
            (Some(mark), _) if !is_whole => Reader::since(mark),
            // Whether what was delivered of it has left tells who reads it from its beginning.
            (None, Some(done)) if !(is_whole || by_keys && done.stretches.is_empty()) => {
                is_rest = !done.stretches.is_empty();
                Reader::resume(done)
            }
            _ => Reader::new(order),
        };
        if let Some(round) = self.rounds.get_mut(at) {
            round.is_rest = is_rest;
        }
        reader.by_keys(by_keys)
    }

    /// A page of a part has come. Gives its cases, where they are followed.
    pub(super) fn met(&mut self, at: usize, page: &CaseRows) -> Vec<Known> {
        let Some(part) = self.cursor.parts.get(at) else { return Vec::new() };
        let (holders, follows) = (self.holders_of(&part.ids), self.follows(part));
        let Some(round) = self.rounds.get_mut(at).filter(|_| follows) else { return Vec::new() };
        let mut met = Vec::new();
        for case in page.rows() {
            let holder = holders.iter().find(|(_, key)| *key == case.owner);
            met.push((case.key, holder.map_or(NOBODY, |(id, _)| *id)));
        }
        round.met.extend(&met);
        met
    }

    /// What has been given out of a list that is being read, to go on from in the next round.
    pub(super) fn done(&self, at: usize, reader: &Reader) -> Option<Done> {
        let (part, round) = (self.cursor.parts.get(at)?, self.rounds.get(at)?);
        let done = reader.done();
        let is_first =
            if round.is_whole { part.known.is_none() && round.earlier.is_empty() } else { part.mark.is_none() };
        if is_first {
            return done;
        }
        Some(Done::given(done, part.done.clone()))
    }

    /// The keys of some of the cursor's ids.
    fn holders_of(&self, ids: &[u32]) -> Vec<(u32, Key)> {
        ids.iter().filter_map(|id| Some((*id, owner_key(self.cursor.ids.get(*id as usize)?)))).collect()
    }

    /// Whether a case of a page was delivered in a round before, and is as it was.
    pub(super) fn knows(&self, at: usize, (key, updated_ms): Row, met: &[Known]) -> bool {
        let (Some(part), Some(round)) = (self.cursor.parts.get(at), self.rounds.get(at)) else { return false };
        let was_given = part.done.as_ref().is_some_and(|done| done.holds(key, updated_ms));
        let Some(known) = &part.known else { return was_given && !round.is_whole };
        let is_older = part.mark.as_ref().is_some_and(|mark| {
            updated_ms < mark.newest_ms || (updated_ms == mark.newest_ms && mark.named.contains(&key))
        });
        (was_given || is_older) && number_of(known, key).is_some_and(|holder| met.contains(&(key, holder)))
    }

    /// A part has been read: what it is now, to be committed when what came of it is delivered, and whether it has to be read
    /// as a whole.
    pub(super) fn read(&mut self, at: usize, reader: &Reader, unix_ms: i64) -> (Vec<(usize, Part)>, bool) {
        let Some(part) = self.cursor.parts.get(at) else { return (Vec::new(), false) };
        let follows = self.follows(part);
        let Some(round) = self.rounds.get_mut(at) else { return (Vec::new(), false) };
        let mark = reader.mark();
        let met = core::mem::take(&mut round.met);
        // What was there counts as there until something is said of it, whether it is still met or not.
        let was = merge_by_key(&round.earlier, part.known.as_deref().unwrap_or_default());
        let mut known = merge_by_key(&met, &was);
        let follows = follows && are_numbers(&known);
        let since = part.mark.as_ref().filter(|_| !round.is_whole);
        let agrees = match since {
            None if !round.is_rest || !follows => true,
            Some(old) if !follows => round.is_cut || mark.total <= old.total.saturating_add(reader.given()),
            _ => known.len() == mark.total as usize,
        };
        let (ids, window) = (part.ids.clone(), part.window);
        let part = Part { ids, window, ..Part::default() };
        if !agrees {
            (round.is_whole, round.is_rest) = (true, false);
            if !follows {
                // It is read as if it had never been.
                return (vec![(at, part)], true);
            }
            round.earlier.clone_from(&known);
            return (vec![(at, Part { mark: Some(mark), known: Some(known), ..part })], true);
        }
        if since.is_none() && !round.is_rest && follows {
            let now = merge_by_key(&met, &[]);
            let has_left = |key: &Key| find(&now, *key).is_err();
            // What the consumer does not hold it need not be told of.
            let mut unheld = Vec::new();
            for (key, _) in was {
                if has_left(&key) {
                    let is_told = !self.is_filtered || find(&self.held, key).is_ok();
                    if is_told { &mut round.left } else { &mut unheld }.push(key);
                }
            }
            drop_all(&mut known, &unheld);
        }
        round.met = met;
        let part = Part { checked_ms: Some(unix_ms), mark: Some(mark), known: follows.then_some(known), ..part };
        (self.parted(at, part), false)
    }

    /// A part that holds more cases than can be followed, as several of fewer contracts or users.
    fn parted(&mut self, at: usize, part: Part) -> Vec<(usize, Part)> {
        let (Some(mark), Some(known)) = (&part.mark, &part.known) else { return vec![(at, part)] };
        if part.ids.len() < 2 || are_few(known) {
            return vec![(at, part)];
        }
        let mut parts = Vec::new();
        for ids in part.ids.chunks(part.ids.len().div_ceil(2)) {
            let known = of(known, ids, parts.is_empty());
            let total = u32::try_from(known.len()).unwrap_or(u32::MAX);
            // What the last page holds is not known.
            let mark = Mark { total, last: total.div_ceil(PAGE_SIZE).max(1), edge: 0, ..mark.clone() };
            let mut place = at;
            if !parts.is_empty() {
                // It is known of when it is committed.
                self.cursor.parts.push(Part::default());
                self.rounds.push(Round::default());
                place = self.cursor.parts.len() - 1;
            }
            let part = Part { ids: ids.to_vec(), mark: Some(mark), known: Some(known), ..part.clone() };
            parts.extend(self.parted(place, part));
        }
        parts
    }

    /// A part could not be read: the next round reads it after the others.
    pub(super) fn failed_to_read(&mut self, at: usize) {
        if let Some(part) = self.cursor.parts.get_mut(at) {
            part.failed = part.failed.saturating_add(1);
        }
    }

    /// A page is taken, or a part of it.
    pub(super) fn take(&mut self, page: &Taken<'_>) {
        let mut cursor = core::mem::take(&mut self.cursor);
        self.put(&mut cursor, page);
        self.cursor = cursor;
    }

    #[inline(never)]
    fn put(&self, cursor: &mut Cursor, page: &Taken<'_>) {
        if let Some(part) = cursor.parts.get_mut(page.at) {
            let known = merge_by_key(page.met, part.known.as_deref().unwrap_or_default());
            // What was delivered of a list that is not read to its end: if it leaves before the next round, it has left.
            if self.follows(part) && are_numbers(&known) && !page.met.is_empty() {
                part.known = Some(known);
            }
            if let Some(done) = &page.done {
                part.done.clone_from(done);
            }
        }
        for (at, part) in page.parts {
            if let Some(place) = cursor.parts.get_mut(*at) {
                place.clone_from(part);
            }
        }
        if self.is_filtered {
            hold(&mut cursor.held, page.told);
        }
    }

    /// A part is asked for in smaller ones. What is known of it is known of each of them.
    pub(super) fn split(&mut self, at: usize, ids: &[u32], size: usize) -> Vec<usize> {
        let mut whole = self.cursor.parts.get(at).cloned().unwrap_or_default();
        let round = self.rounds.get_mut(at).map(core::mem::take).unwrap_or_default();
        whole.done = whole.done.map(Done::of_part);
        let earlier = merge_by_key(&round.met, &round.earlier);
        let mut places = Vec::new();
        for ids in ids.chunks(size.max(1)) {
            let is_first = places.is_empty();
            let known = whole.known.as_ref().map(|known| of(known, ids, is_first));
            let part = Part { ids: ids.to_vec(), known, ..whole.clone() };
            let earlier = of(&earlier, ids, is_first);
            let round = Round { earlier, is_whole: round.is_whole, ..Round::default() };
            if let (true, Some(place), Some(old)) = (is_first, self.cursor.parts.get_mut(at), self.rounds.get_mut(at)) {
                (*place, *old) = (part, round);
                places.push(at);
            } else {
                places.push(self.cursor.parts.len());
                self.cursor.parts.push(part);
                self.rounds.push(round);
            }
        }
        places
    }

    /// Whether there is anything to ask after.
    pub(super) fn has_questions(&mut self, asked: &Asked) -> bool {
        if self.questions.is_none() && self.rounds.iter().any(|round| !round.left.is_empty()) {
            let ids = sorted_distinct(self.rounds.iter().flat_map(|round| &round.left).copied());
            let mut texts = Vec::with_capacity(ids.len());
            for key in ids {
                // It may have been told of meanwhile that it has left.
                if self.holds(key) {
                    texts.push(text!(key));
                }
            }
            let ids = texts;
            let summary = Asked { endpoint: &CASE_SUMMARY, field: "case_ids", ids, batch: 30, ..asked.clone() };
            let summary = Asked { filter: super::Filter::default(), ..summary };
            self.questions = Some(Box::new(Cases::start(summary, &BulkOptions::default())));
        }
        self.questions.as_ref().is_some_and(|questions| !questions.is_done())
    }

    pub(super) fn ask(&mut self, counts: Counts) -> Option<(u32, BulkRequest)> {
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
            // Of what nothing was said, that is asked after again in the next round.
            verdict => verdict,
        }
    }

    /// A case that was missed is open. Where this round has met it as it is in the list of its contract or user, it is known there
    /// alone; or else that list and those that know it are read as a whole next time, and it is delivered where it is met.
    fn place(&mut self, case: CaseRow, seen: &Seen) {
        let ids = &self.cursor.ids;
        let is_owner = |id: &u32| ids.get(*id as usize).is_some_and(|id| owner_key(id) == case.owner);
        let is_of = |part: &Part| {
            part.ids.iter().any(is_owner)
                && part.window.is_none_or(|(from_ms, to_ms)| (from_ms..=to_ms).contains(&case.created_ms))
        };
        let is_it = |known: &&Known| known.0 == case.key && is_owner(&known.1);
        let met = self.rounds.iter().flat_map(|round| &round.met).find(is_it);
        let knows_it = |part: &Part| part.known.as_ref().zip(met).is_some_and(|(known, met)| known.contains(met));
        let is_met = !seen.is_news(case.key, case.updated_ms)
            && self.cursor.parts.iter().any(|part| is_of(part) && knows_it(part));
        for part in &mut self.cursor.parts {
            let is_of = is_of(part);
            if is_of && part.mark.is_none() {
                part.known.get_or_insert_default();
            }
            let Some(known) = &mut part.known else { continue };
            match find(known, case.key) {
                Ok(at) if is_met && !is_of => _ = known.remove(at),
                Ok(at) if !is_met => {
                    known.get_mut(at).into_iter().for_each(|known| known.1 = NOBODY);
                    part.checked_ms = None;
                }
                Err(at) if is_of => {
                    known.insert(at, (case.key, NOBODY));
                    part.checked_ms = None;
                }
                _ => {}
            }
        }
    }

    /// What is to be said of cases that left. What was said before counts as taken.
    pub(super) fn deliver(&mut self, discarded: &mut Vec<u32>, seen: &Seen) -> Option<Delivery> {
        let told = core::mem::take(&mut self.told);
        forget(&mut self.cursor, &told);
        drop_all(&mut self.held, &told);
        let mut open = Vec::new();
        let mut all_closed = None;
        let mut questions = self.questions.take();
        if let Some(questions) = &mut questions {
            // Of some answers there is nothing to say: that is not the end.
            while all_closed.is_none()
                && let Some((handle, rows)) = questions.deliver_rows()
            {
                let mut closed = Vec::new();
                for row in rows {
                    if !row.is_open {
                        closed.push(row.index);
                        self.told.push(row.key);
                    } else if row.owner == 0 || self.holder(&row) != NOBODY {
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
            self.gone.extend(questions.missing());
        }
        self.questions = questions;
        for case in open {
            self.place(case, seen);
        }
        if let Some((handle, cases)) = all_closed {
            return Some(Delivery { kind: Kind::Closed, handle, cases, gone: Vec::new() });
        }
        let gone = core::mem::take(&mut self.gone);
        self.told = gone.iter().map(|id| key_of(id)).collect();
        (!gone.is_empty()).then(|| Delivery { kind: Kind::Gone, gone, ..Delivery::default() })
    }

    /// The cursor, if a page is taken, or a part of it, and so many of what the delivery under way says has left.
    pub(super) fn write(&self, asked: &Asked, page: Option<Taken<'_>>, taken: usize) -> String {
        let mut cursor = self.cursor.clone();
        forget(&mut cursor, self.told.get(..taken).unwrap_or(&self.told));
        if let Some(page) = page {
            self.put(&mut cursor, &page);
        }
        // What was never read is asked for anyway.
        cursor
            .parts
            .retain(|part| part.checked_ms.is_some() || part.known.is_some() || part.done.is_some() || part.failed > 0);
        cursor.write(asked)
    }
}

/// These cases under the numbers that ids have now. What a list held of those who are asked for no more has not left, and the
/// consumer does not hold it any more.
#[inline(never)]
fn placed(known: &[Known], places: &[Option<u32>]) -> Vec<Known> {
    let mut out = Vec::new();
    for (key, holder) in known {
        let place = if *holder == NOBODY { Some(NOBODY) } else { places.get(*holder as usize).copied().flatten() };
        if let Some(place) = place {
            out.push((*key, place));
        }
    }
    out
}

/// Marks a number of an id.
fn mark(known: &mut [bool], id: &u32) {
    if let Some(known) = known.get_mut(*id as usize) {
        *known = true;
    }
}

/// What is taken of a page.
pub(super) struct Taken<'p> {
    /// Its part.
    pub(super) at: usize,
    /// The cases, where they are followed.
    pub(super) met: &'p [Known],
    /// What has been given out of its list with that; none where that is read in other parts now.
    pub(super) done: Option<Option<Done>>,
    /// What parts are with that.
    pub(super) parts: &'p [(usize, Part)],
    /// Which cases the consumer holds with that, and which no more.
    pub(super) told: &'p [Known],
}

/// Cases of these contracts or users, and nobody's.
fn of(known: &[Known], ids: &[u32], with_nobodys: bool) -> Vec<Known> {
    let is_of = |(_, holder): &&Known| if *holder == NOBODY { with_nobodys } else { ids.contains(holder) };
    known.iter().filter(is_of).copied().collect()
}

/// These cases are in no list any more, and nobody holds them.
fn forget(cursor: &mut Cursor, keys: &[Key]) {
    let known = cursor.parts.iter_mut().filter_map(|part| part.known.as_mut());
    known.for_each(|known| drop_all(known, keys));
    drop_all(&mut cursor.held, keys);
}

#[inline(never)]
fn drop_all(known: &mut Vec<Known>, keys: &[Key]) {
    known.retain(|(key, _)| !keys.contains(key));
}

/// Where a key is among these, which are in ascending order, or where it would be.
#[inline(never)]
fn find(known: &[Known], key: Key) -> Result<usize, usize> {
    known.binary_search_by_key(&key, |(key, _)| *key)
}

/// The number that stands with a key, if it is among these.
fn number_of(known: &[Known], key: Key) -> Option<u32> {
    Some(known.get(find(known, key).ok()?)?.1)
}

/// The consumer has taken these.
#[inline(never)]
fn hold(held: &mut Vec<Known>, told: &[Known]) {
    let mut dropped = Vec::new();
    for (key, holder) in told {
        if *holder == DROPPED {
            dropped.push(*key);
        }
    }
    *held = merge_by_key(told, held);
    drop_all(held, &dropped);
}

/// Which parts a round reads, and in which order: those of dates that are not long ago and those without dates; then the
/// others, the ones that were read longest ago first: all of them, or where they rotate those that were never read and one in
/// so many.
fn plan(parts: &[Part], rotates: bool, unix_ms: i64) -> Vec<usize> {
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
