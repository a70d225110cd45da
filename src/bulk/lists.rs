//! Every case of any number of contracts or users.

use super::cursor::{Cursor, DROPPED, Known, Part};
use super::drive::{
    BulkRequest, Counts, Delivery, Failure, Judgement, Kind, MAX_IN_A_ROW, Progress, Refused, Verdict, judge,
};
use super::sync::{Sync, Taken};
use super::{Asked, BulkOptions, CaseRows};
use crate::boundary::{delivery, owner};
use crate::client::{MIN_UNIX_MS, is_plausible};
use crate::error::ErrorKind;
use crate::model::Timestamp;
use crate::paging::{
    Ask, Done, LAST_MS, LENGTH_MS, Order, Reader, Row, Seen, Stuck, Windows, is_nameless, read_done, write_done,
};
use crate::util::DAY_MS;
use crate::util::checkpoint_codec as token;
use alloc::{boxed::Box, string::String, vec, vec::Vec};

/// Every case of any number of contracts or users, or what has changed of them: split into lists that the service
/// takes, each read by a [`Reader`], several at a time.
#[derive(Debug)]
pub struct Lists {
    asked: Asked,
    /// What its tokens are of.
    of: u64,
    windows: Option<Windows>,
    newest_first: bool,
    batch: usize,
    width: usize,
    /// Ids that the service does not take, by number.
    bad: Vec<u32>,
    /// The next window (counted in the order asked for) and the next id of those that no list was made of yet.
    fresh: (u32, usize),
    lists: Vec<List>,
    last_id: u32,
    under_way: Vec<UnderWay>,
    queue: Vec<Out>,
    current: Option<Out>,
    /// Handles of records that will not be delivered.
    pub(super) discarded: Vec<u32>,
    seen: Seen,
    in_a_row: u32,
    progress: Progress,
    /// How many pages the lists had that have been read, and how many lists.
    read: (u32, u32),
    pub(super) sync: Option<Box<Sync>>,
}

/// One list: some contracts or users, in one window.
#[derive(Debug)]
pub(super) struct List {
    id: u32,
    pub(super) ids: Vec<u32>,
    pub(super) window: Option<(i64, i64)>,
    state: State,
    reader: Option<Box<Reader>>,
    in_flight: u32,
    pages: u32,
    /// What of it has been delivered.
    done: Option<Done>,
    /// Which part of the cursor it is, and what is known of it in this round.
    pub(super) part: usize,
}

impl List {
    /// Whether all of its ids are among those that the service does not take.
    fn is_refused(&self, bad: &[u32]) -> bool {
        self.ids.iter().all(|id| bad.contains(id))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Waiting,
    /// It failed before: it is read after all others.
    Later,
    Reading,
    Read,
    Left,
}

#[derive(Debug)]
struct UnderWay {
    id: u32,
    /// The list; 0: a question after cases that left.
    list: u32,
    ask: Option<Ask>,
    /// How many ids were asked for.
    ids: usize,
}

/// A page that can be delivered, and what has been done of its list with it.
#[derive(Debug)]
struct Out {
    list: u32,
    /// The handle of its records.
    handle: u32,
    /// Which of them, in this order.
    cases: Vec<u32>,
    /// What tells the cases that the reader gave from others, in this order, whether they are delivered or not.
    rows: Vec<Row>,
    /// Of each delivered case whose it is, or that the consumer holds it no more.
    told: Vec<Known>,
    done: Option<Done>,
    is_last: bool,
    /// Which part of the cursor its list is, the cases of the page where they are followed, and what parts are with it.
    part: usize,
    met: Vec<Known>,
    parts: Vec<(usize, Part)>,
}

impl Out {
    /// What the reader gave up to the last of so many delivered cases.
    fn taken(&self, taken: usize) -> &[Row] {
        let last = taken.checked_sub(1).and_then(|last| self.told.get(last)).map_or(0, |(key, _)| *key);
        let end = self.rows.iter().position(|(key, _)| *key == last).map_or(0, |at| at + 1);
        self.rows.get(..end).unwrap_or_default()
    }
}

impl Lists {
    /// Every case; `unix_ms` is the time.
    pub fn all_cases(asked: Asked, options: &BulkOptions, unix_ms: i64) -> Result<Lists, Refused> {
        let windows = asked.windows(unix_ms);
        let mut lists = Lists::new(asked, options, windows);
        if let Some(text) = &options.resume {
            lists.resume(text).ok_or(Refused {
                field: "resume",
                expected: "a resumeToken() of an allCases call with the same ids, date_created_from, date_created_to and filters",
            })?;
            lists.reach(unix_ms + DAY_MS);
        }
        Ok(lists)
    }

    /// What has changed since a cursor; without one everything.
    pub fn changes(asked: Asked, options: &BulkOptions, cursor: Option<Cursor>, unix_ms: i64) -> Lists {
        let windows = asked.windows(unix_ms);
        let mut lists = Lists::new(asked, options, windows);
        let sync = Sync::new(&lists.asked, windows, lists.batch, cursor, options);
        lists.fresh = (u32::MAX, 0);
        lists.sync = Some(Box::new(sync));
        lists.plan(unix_ms);
        lists
    }

    fn new(asked: Asked, options: &BulkOptions, windows: Option<Windows>) -> Lists {
        Lists {
            windows,
            newest_first: options.newest_first,
            of: asked.fingerprint(),
            batch: options.batch(&asked),
            width: options.concurrency as usize,
            bad: Vec::new(),
            fresh: (0, 0),
            lists: Vec::new(),
            last_id: 0,
            under_way: Vec::new(),
            queue: Vec::new(),
            current: None,
            discarded: Vec::new(),
            seen: Seen::of_all(),
            in_a_row: 0,
            progress: Progress::default(),
            read: (0, 0),
            sync: None,
            asked,
        }
    }

    fn push(&mut self, ids: Vec<u32>, window: Option<(i64, i64)>, part: usize) -> usize {
        self.last_id += 1;
        let id = self.last_id;
        let (state, reader) = (State::Waiting, None);
        self.lists.push(List { id, ids, window, state, reader, in_flight: 0, pages: 0, done: None, part });
        self.lists.len() - 1
    }

    /// The next request to make; none for now.
    pub(super) fn ask(&mut self, counts: Counts) -> Option<(u32, BulkRequest)> {
        let waiting = self.queue.iter().filter(|out| !out.cases.is_empty()).count();
        if self.under_way.len() + waiting >= self.width {
            return None;
        }
        let (at, ask) = self.next_ask(counts)?;
        let Some(ask) = ask else { return self.confirm(counts) };
        self.last_id += 1;
        let list = self.lists.get_mut(at)?;
        list.in_flight += 1;
        let ids = list.ids.iter().filter(|id| !self.bad.contains(id));
        let ids = self.asked.ids_at(&mut ids.map(|id| *id as usize));
        self.under_way.push(UnderWay { id: self.last_id, list: list.id, ask: Some(ask), ids: ids.len() });
        let request = BulkRequest {
            endpoint: self.asked.endpoint,
            ids,
            window: list.window,
            flag: self.asked.flag,
            page_index: Some(ask.page_index),
        };
        Some((self.last_id, request))
    }

    /// The list and page to ask for next; no page is a question after cases that left.
    fn next_ask(&mut self, counts: Counts) -> Option<(usize, Option<Ask>)> {
        for part in [false, true] {
            for (at, list) in self.lists.iter_mut().enumerate() {
                if list.state == State::Reading
                    && let Some(reader) = &mut list.reader
                    && !(reader.is_single() && list.in_flight > 0)
                    && let Some(ask) = reader.ask(part)
                {
                    return Some((at, Some(ask)));
                }
            }
            if !part && let Some(at) = self.next_list(counts) {
                let list = self.lists.get_mut(at)?;
                let order = if self.width == 1 { Order::Newest } else { Order::Apart };
                let mut reader = match (&mut self.sync, &list.done) {
                    (Some(sync), _) => sync.reader(list.part, order),
                    (None, Some(done)) => Reader::resume(done),
                    (None, None) => Reader::new(order),
                };
                let ask = reader.ask(false);
                (list.state, list.reader) = (State::Reading, Some(Box::new(reader)));
                return Some((at, ask));
            }
        }
        let is_over = |list: &List| matches!(list.state, State::Read | State::Left) || list.is_refused(&self.bad);
        let all_read = self.lists.iter().all(is_over);
        let is_over = all_read || self.is_spent(counts);
        let sync = self.sync.as_mut().filter(|_| is_over)?;
        (self.under_way.iter().all(|one| one.list == 0) && sync.has_questions(&self.asked)).then_some((0, None))
    }

    /// A list that has not been begun.
    fn next_list(&mut self, counts: Counts) -> Option<usize> {
        if self.is_spent(counts) {
            return None;
        }
        let is_taken = |list: &List| list.state == State::Waiting && !list.is_refused(&self.bad);
        if let Some(at) = self.lists.iter().position(is_taken) {
            return Some(at);
        }
        let count = self.windows.map_or(1, |windows| windows.count());
        while self.fresh.0 < count {
            let (nth, first) = self.fresh;
            let ids = (first..self.asked.ids.len()).filter_map(|id| u32::try_from(id).ok());
            let ids: Vec<u32> = ids.filter(|id| !self.bad.contains(id)).take(self.batch).collect();
            let Some(last) = ids.last() else {
                self.fresh = (nth + 1, 0);
                continue;
            };
            self.fresh.1 = *last as usize + 1;
            let nth = if self.newest_first { count - 1 - nth } else { nth };
            let window = self.windows.and_then(|windows| windows.get(nth));
            return Some(self.push(ids, window, 0));
        }
        self.lists.iter().position(|list| list.state == State::Later && !list.is_refused(&self.bad))
    }

    /// Whether no more lists are to be begun.
    fn is_spent(&self, counts: Counts) -> bool {
        let begun = counts.requests as usize + self.under_way.len();
        self.sync.as_ref().and_then(|sync| sync.max_requests).is_some_and(|most| begun >= most as usize)
    }

    /// Asks after cases that left.
    fn confirm(&mut self, counts: Counts) -> Option<(u32, BulkRequest)> {
        let (inner, request) = self.sync.as_mut()?.ask(counts)?;
        self.last_id += 1;
        self.under_way.push(UnderWay { id: self.last_id, list: 0, ask: None, ids: 0 });
        self.sync.as_mut()?.asked_as(self.last_id, inner);
        Some((self.last_id, request))
    }

    fn landed(&mut self, id: u32) -> Option<UnderWay> {
        let at = self.under_way.iter().position(|one| one.id == id)?;
        Some(self.under_way.remove(at))
    }

    /// The owner of the cases that each row is to tell of.
    pub(super) fn owner(&self) -> u32 {
        self.sync.as_ref().map_or(owner::NONE, |sync| sync.owner)
    }

    /// A request was answered.
    pub fn answered(&mut self, id: u32, page: CaseRows, unix_ms: i64) -> Result<(), (Stuck, Verdict)> {
        let handle = page.handle;
        let is_kept = self.take(id, page, unix_ms);
        if !matches!(is_kept, Ok(true)) {
            self.discarded.push(handle);
        }
        is_kept.map(drop)
    }

    /// The time, as far as an answer lets it be known. A range without an end goes on to it.
    fn hear(&mut self, page: &CaseRows, unix_ms: i64) -> i64 {
        if let Some(service_ms) = page.service_ms {
            self.reach(service_ms + DAY_MS);
            if self.progress.pages == 0 {
                self.plan(service_ms);
            }
            return service_ms;
        }
        // Nothing is updated in time to come: where something is, this side's clock is behind, by that or more.
        let unix_ms = unix_ms.max(MIN_UNIX_MS);
        let updates = page.rows().iter().map(|row| row.updated_ms).filter(|ms| is_plausible(*ms, unix_ms));
        let newest_ms = updates.fold(unix_ms, i64::max);
        let is_behind = newest_ms > unix_ms + DAY_MS;
        // What a round leaves out comes in the next one.
        let ahead_ms = if is_behind || self.sync.is_none() { LENGTH_MS } else { DAY_MS };
        self.reach(newest_ms + ahead_ms);
        newest_ms
    }

    /// Lets a range without an end go on to this time or beyond.
    fn reach(&mut self, end_ms: i64) {
        let Some(mut windows) = self.windows.filter(|_| self.asked.to_ms.is_none()) else { return };
        while windows.to_ms < end_ms.min(LAST_MS) {
            let window = Some((windows.to_ms + 1, windows.to_ms + LENGTH_MS));
            windows.to_ms += LENGTH_MS;
            if let Some(sync) = &mut self.sync {
                for part in sync.cover(window) {
                    self.begin_part(part);
                }
            } else if self.newest_first {
                // The windows that no list was made of yet are counted from the newest, and this one is newer.
                self.fresh.0 += 1;
                let mut ids = (0..self.asked.ids.len()).filter_map(|id| u32::try_from(id).ok()).collect::<Vec<_>>();
                while !ids.is_empty() {
                    let rest = ids.split_off(ids.len().min(self.batch));
                    self.push(ids, window, 0);
                    ids = rest;
                }
            }
        }
        self.windows = Some(windows);
    }

    /// Makes the lists that a round reads at this time, unless there are.
    fn plan(&mut self, unix_ms: i64) {
        for part in self.sync.as_ref().map(|sync| sync.plan(unix_ms)).unwrap_or_default() {
            if self.lists.iter().all(|list| list.part != part) {
                self.begin_part(part);
            }
        }
    }

    /// Makes the list of a part of the cursor.
    fn begin_part(&mut self, part: usize) {
        let one = self.sync.as_ref().and_then(|sync| sync.cursor.parts.get(part));
        if let Some(Part { ids, window, .. }) = one {
            let (ids, window) = (ids.clone(), *window);
            self.push(ids, window, part);
        }
    }

    /// Takes an answer; true where its records are kept.
    fn take(&mut self, id: u32, mut page: CaseRows, unix_ms: i64) -> Result<bool, (Stuck, Verdict)> {
        let Some(UnderWay { list: number, ask, .. }) = self.landed(id) else { return Ok(false) };
        let unix_ms = self.hear(&page, unix_ms);
        self.progress.pages += 1;
        self.in_a_row = 0;
        let Some(ask) = ask else {
            let Some(sync) = &mut self.sync else { return Ok(false) };
            sync.answered(id, &page);
            // What it has no use for it says by itself.
            return Ok(true);
        };
        let Some(at) = self.lists.iter().position(|list| list.id == number) else { return Ok(false) };
        let Some(list) = self.lists.get_mut(at) else { return Ok(false) };
        list.in_flight -= 1;
        list.pages += 1;
        let Some(reader) = list.reader.as_mut().filter(|_| list.state == State::Reading) else { return Ok(false) };
        let mut met = self.sync.as_mut().map(|sync| sync.met(list.part, &page)).unwrap_or_default();
        let fresh = match reader.take(ask, &mut page, unix_ms) {
            Ok(fresh) => fresh,
            Err(stuck) => return Err((stuck, self.leave(at, true))),
        };
        if reader.puts_off() {
            met.clear();
        }
        let mut cases = Vec::new();
        let mut rows = Vec::new();
        let mut told = Vec::new();
        for (row, case) in fresh.into_iter().zip(page.rows()) {
            rows.push(row);
            let known = self.sync.as_ref().is_some_and(|sync| sync.knows(list.part, row, &met));
            // Without an id it may be like one of another list.
            let is_new = is_nameless(row.0) || self.seen.admit(row.0, row.1);
            let (holder, left) = match (&self.sync, self.asked.filter.wants(case)) {
                (Some(sync), true) if !known && !is_nameless(row.0) => (sync.holder(case), 0),
                (_, true) if !known => (DROPPED, 0),
                (Some(sync), false) if sync.holds(row.0) => (DROPPED, delivery::LEFT),
                _ => continue,
            };
            if is_new {
                cases.push(case.index | left);
                told.push((row.0, holder));
            }
        }
        let (handle, is_kept) = (page.handle, !cases.is_empty());
        let is_last = reader.is_done();
        let (part, parts) = (list.part, Vec::new());
        let mut out = Out { list: number, handle, cases, rows, told, done: None, is_last, part, met, parts };
        if let Some(sync) = self.sync.as_mut() {
            sync.tell(&out.told);
        }
        match &mut self.sync {
            Some(sync) if is_last => {
                let (parts, is_again) = sync.read(part, reader, unix_ms);
                (out.parts, out.is_last) = (parts, !is_again);
                if is_again {
                    // Its length does not agree with what is known: it is read as a whole.
                    list.reader = Some(Box::new(sync.reader(part, Order::Apart)));
                }
            }
            Some(sync) => out.done = sync.done(part, reader),
            None if is_last => {}
            None => out.done = reader.done(),
        }
        if out.is_last {
            list.state = State::Read;
            list.reader = None;
            self.read.0 += list.pages;
            self.read.1 += 1;
        }
        self.queue.push(out);
        Ok(is_kept)
    }

    /// A request failed.
    pub fn failed(&mut self, id: u32, kind: ErrorKind, code: &str) -> Verdict {
        let Some(UnderWay { list: number, ask, ids: asked, .. }) = self.landed(id) else { return Verdict::Handled };
        if ask.is_none() {
            return self.sync.as_mut().map_or(Verdict::Handled, |sync| sync.failed(id, kind, code));
        }
        let Some(at) = self.lists.iter().position(|list| list.id == number) else { return Verdict::Handled };
        let Some(list) = self.lists.get_mut(at) else { return Verdict::Handled };
        list.in_flight -= 1;
        if list.state != State::Reading {
            return Verdict::Handled;
        }
        let ids: Vec<u32> = list.ids.iter().copied().filter(|id| !self.bad.contains(id)).collect();
        let size = match judge(kind, code, asked.max(ids.len())) {
            // One of them has turned out to be bad meanwhile: the others are not to blame.
            Judgement::Single | Judgement::Halve | Judgement::Bisect if ids.len() < asked => ids.len().max(1),
            Judgement::Refused if ids.len() < asked => ids.len().max(1),
            Judgement::Stop => {
                (list.state, list.reader) = (State::Waiting, None);
                return Verdict::Stop;
            }
            Judgement::Single => 1,
            Judgement::Halve | Judgement::Bisect => ids.len().div_ceil(2),
            Judgement::Fail => return self.leave(at, true),
            Judgement::Refused => {
                let Some(bad) = ids.first().copied() else { return Verdict::Handled };
                let window = list.window;
                list.window = self.windows.map(|windows| (windows.from_ms, windows.to_ms));
                list.ids = vec![bad];
                // That an id is unknown is no outage.
                let verdict = self.leave(at, kind == ErrorKind::Permission);
                if verdict == Verdict::Stop {
                    if let Some(list) = self.lists.get_mut(at) {
                        list.window = window;
                    }
                    return verdict;
                }
                // The service does not take this id: it is not asked for again in another window.
                self.bad.push(bad);
                // Nothing is left to ask for in its other windows.
                for list in self.lists.iter_mut().filter(|list| list.state != State::Read) {
                    if list.is_refused(&self.bad) {
                        (list.state, list.reader) = (State::Left, None);
                    }
                }
                return verdict;
            }
        };
        if code.starts_with("EXCEEDED_") {
            self.batch = self.batch.min(size);
        }
        let List { window, part, done, .. } = self.lists.remove(at);
        let done = done.map(Done::of_part);
        let parts = match &mut self.sync {
            Some(sync) => sync.split(part, &ids, size),
            None => vec![0; ids.len().div_ceil(size)],
        };
        let behind = self.lists.split_off(at);
        for (ids, part) in ids.chunks(size).zip(parts) {
            let new = self.push(ids.to_vec(), window, part);
            if let Some(list) = self.lists.get_mut(new) {
                list.done.clone_from(&done);
            }
        }
        self.lists.extend(behind);
        Verdict::Handled
    }

    /// A list is left out. Does it count among those that fail one after another?
    fn leave(&mut self, at: usize, counts: bool) -> Verdict {
        self.in_a_row += u32::from(counts);
        let Some(list) = self.lists.get_mut(at) else { return Verdict::Handled };
        if self.in_a_row >= MAX_IN_A_ROW {
            (list.state, list.reader) = (State::Waiting, None);
            return Verdict::Stop;
        }
        (list.state, list.reader) = (State::Left, None);
        if let Some(sync) = &mut self.sync {
            sync.failed_to_read(list.part);
        }
        let ids = self.asked.ids_at(&mut list.ids.iter().map(|id| *id as usize));
        let (from_ms, to_ms) = list.window.unzip();
        Verdict::Listed(Failure { ids, from_ms, to_ms })
    }

    /// What can be delivered next.
    pub fn deliver(&mut self) -> Option<Delivery> {
        self.commit();
        while !self.queue.is_empty() {
            self.current = Some(self.queue.remove(0));
            if let Some(out) = self.current.as_mut().filter(|out| !out.cases.is_empty()) {
                let cases = core::mem::take(&mut out.cases);
                self.progress.cases += u32::try_from(cases.len()).unwrap_or(0);
                return Some(Delivery { kind: Kind::Cases, handle: out.handle, cases, ..Delivery::default() });
            }
            self.commit();
        }
        let delivery = self.sync.as_mut()?.deliver(&mut self.discarded, &self.seen)?;
        self.progress.cases += u32::try_from(delivery.len()).unwrap_or(0);
        Some(delivery)
    }

    /// What was delivered is taken.
    fn commit(&mut self) {
        let Some(out) = self.current.take() else { return };
        let at = self.lists.iter().position(|list| list.id == out.list);
        if let Some(sync) = &mut self.sync {
            let done = at.map(|_| out.done.clone());
            sync.take(&Taken { at: out.part, met: &out.met, done, parts: &out.parts, told: &out.told });
        }
        let Some(at) = at else { return };
        if out.is_last {
            self.lists.remove(at);
        } else if let Some(list) = self.lists.get_mut(at) {
            list.done = out.done;
        }
    }

    /// Where to go on, if of the last delivery so many cases were taken; of a round its cursor.
    pub fn token(&self, taken: usize) -> String {
        if let Some(sync) = &self.sync {
            let Some(out) = &self.current else { return sync.write(&self.asked, None, taken) };
            let is_there = self.lists.iter().any(|list| list.id == out.list);
            if taken >= out.told.len() {
                let done = is_there.then(|| out.done.clone());
                let page = Taken { at: out.part, met: &out.met, done, parts: &out.parts, told: &out.told };
                return sync.write(&self.asked, Some(page), 0);
            }
            let rows = out.taken(taken);
            let is_taken = |(key, _): &&Known| rows.iter().any(|(taken, _)| taken == key);
            let met: Vec<Known> = out.met.iter().filter(is_taken).copied().collect();
            let done = sync.cursor.parts.get(out.part).and_then(|part| part.done.clone());
            let done = (is_there && taken > 0).then(|| Some(done.unwrap_or_default().and(rows)));
            let told = out.told.get(..taken).unwrap_or_default();
            let page = Taken { at: out.part, met: &met, done, parts: &[], told };
            return sync.write(&self.asked, Some(page), 0);
        }
        let current = self.current.as_ref();
        let all_taken = current.is_some_and(|out| taken >= out.told.len());
        let mut token = token::begin(self.of);
        token.write_window(self.windows.map(|windows| (windows.from_ms, windows.to_ms)));
        token.write_len(self.batch);
        token.write_u64(u64::from(self.fresh.0));
        token.write_len(self.fresh.1);
        token.write_indices(&self.bad);
        token.write_u64(u64::from(self.newest_first));
        // Those that have failed come last, and of them those that were read now.
        let turn = |list: &List| match list.state {
            State::Later => 1,
            State::Left => 2,
            _ => 0,
        };
        for place in 0..self.lists.len() * 3 {
            let (nth, place) = (place / self.lists.len(), place % self.lists.len());
            let Some(list) = self.lists.get(place).filter(|list| turn(list) == nth) else { continue };
            let just = current.filter(|out| all_taken && out.list == list.id);
            if just.is_some_and(|out| out.is_last) || list.is_refused(&self.bad) {
                continue;
            }
            // Whether it has failed; a 0 ends them.
            token.write_u64(1 + u64::from(nth > 0));
            token.write_window(list.window);
            token.write_indices(&list.ids);
            let partly = current.filter(|out| !all_taken && taken > 0 && out.list == list.id);
            match (just, partly) {
                (Some(out), _) => write_done(&mut token, out.done.as_ref()),
                (None, Some(out)) => {
                    let done = list.done.clone().unwrap_or_default();
                    write_done(&mut token, Some(&done.and(out.taken(taken))));
                }
                (None, None) => write_done(&mut token, list.done.as_ref()),
            }
        }
        token.write_u64(0);
        token.finish("")
    }

    fn resume(&mut self, text: &str) -> Option<()> {
        let mut token = token::open(text, self.of)?;
        let range = token.read_window()?;
        if let Some(windows) = &mut self.windows {
            let (from_ms, to_ms) = range?;
            // Only an open end has moved since.
            let is_same = from_ms == windows.from_ms && (self.asked.to_ms.is_none_or(|to| to == to_ms));
            (is_same && Timestamp::is_date(to_ms)).then_some(())?;
            *windows = Windows { from_ms, to_ms };
        }
        self.batch = (token.read_u32()? as usize).clamp(1, self.batch);
        self.fresh = (token.read_u32()?, token.read_u32()? as usize);
        let ids = self.asked.ids.len();
        self.bad = token.read_indices(ids)?;
        self.newest_first = token.read_bool()?;
        loop {
            let state = match token.read_u64()? {
                0 => return Some(()),
                1 => State::Waiting,
                _ => State::Later,
            };
            let window = token.read_window()?;
            let ids = token.read_indices(ids)?;
            let at = self.push(ids, window, 0);
            let list = self.lists.get_mut(at)?;
            (list.state, list.done) = (state, read_done(&mut token)?);
        }
    }

    /// How far it is.
    pub fn progress(&self) -> Progress {
        let (pages, lists) = self.read;
        let count = self.windows.map_or(1, |windows| windows.count());
        let batches = self.asked.ids.len().div_ceil(self.batch.max(1));
        let windows = count.saturating_sub(self.fresh.0) as usize;
        let fresh = (windows * batches).saturating_sub(self.fresh.1.div_ceil(self.batch.max(1)));
        let waiting =
            self.lists.iter().filter(|list| matches!(list.state, State::Waiting | State::Later)).count() + fresh;
        let reading =
            self.lists.iter().filter_map(|list| list.reader.as_ref()).map(|reader| reader.pages_left()).sum::<u32>();
        let of_waiting = (waiting as u64 * u64::from(pages.max(1))).div_ceil(u64::from(lists.max(1)));
        Progress { left: reading.saturating_add(u32::try_from(of_waiting).unwrap_or(u32::MAX)), ..self.progress }
    }
}
