//! Any number of cases by their ids.

use super::drive::{
    BulkRequest, Counts, Delivery, Failure, Judgement, Kind, MAX_IN_A_ROW, Progress, Refused, Verdict, judge,
};
use super::{Asked, BulkOptions, CaseRow, CaseRows};
use crate::error::ErrorKind;
use crate::model::DocumentKind;
use crate::paging::key_of;
use crate::util::checkpoint_codec as token;
use crate::util::heapsort::heapsort;
use alloc::{boxed::Box, string::String, vec, vec::Vec};

/// Any number of cases by their ids, as many at a time as the service takes, delivered in the order in which they were
/// asked for: in brief (30 at a time) or with everything (one at a time, the newest first).
#[derive(Debug)]
pub struct Cases {
    asked: Asked,
    /// What its tokens are of.
    of: u64,
    batch: usize,
    width: usize,
    max_requests: Option<u32>,
    max_bytes: Option<u32>,
    /// What is known of each id, by its place.
    fates: Vec<Fate>,
    /// How many of the ids have been looked at: those that are to be asked for have been.
    next: usize,
    /// Places of ids that failed before, to be asked for after all others, and how many of them have been.
    again: Vec<usize>,
    next_again: usize,
    /// Places of ids that have failed now. Whoever goes on asks for them last: many that always fail are in nobody's way.
    failed: Vec<usize>,
    /// What is under way or has come, in the order of the ids.
    slots: Vec<Slot>,
    /// What is being delivered.
    current: Option<Current>,
    missing: Vec<String>,
    /// Handles of records that will not be delivered.
    pub(super) discarded: Vec<u32>,
    last_id: u32,
    in_a_row: u32,
    pages: u32,
    cases: u32,
}

/// What is known of an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// It has not been asked for, or what came of it was not taken.
    Open,
    /// Its case was taken, is not wanted, or is not there, which was said: it is not asked for again.
    Settled,
    /// It failed before.
    Again,
    /// It has failed now, which was said.
    Failed,
}

#[derive(Debug)]
struct Slot {
    /// Places of the ids.
    places: Vec<usize>,
    state: State,
}

#[derive(Debug)]
enum State {
    Waiting,
    Asked(u32),
    Come(Box<Answer>),
    Left,
}

/// What came of a batch.
#[derive(Debug, Default)]
struct Answer {
    /// The handle of its records, 0 where none of them is wanted.
    handle: u32,
    /// The cases that are wanted, in the order of the ids.
    rows: Vec<CaseRow>,
    /// Of each of them, how many ids of the batch are done with it.
    upto: Vec<usize>,
}

#[derive(Debug)]
struct Current {
    /// The places of the batch.
    places: Vec<usize>,
    /// Of each delivered case, how many of them are done with it.
    upto: Vec<usize>,
}

impl Cases {
    /// A machine at the beginning, or where a token says.
    pub fn new(asked: Asked, options: &BulkOptions) -> Result<Cases, Refused> {
        let mut cases = Cases::start(asked, options);
        if let Some(text) = &options.resume {
            let expected = "a resumeToken() of a call with the same case_ids";
            cases.resume(text).ok_or(Refused { field: "resume", expected })?;
        }
        Ok(cases)
    }

    /// A machine at the beginning.
    pub(super) fn start(mut asked: Asked, options: &BulkOptions) -> Cases {
        let is_details = asked.endpoint.answer == DocumentKind::Details;
        if is_details {
            // Case numbers are given out in ascending order.
            let mut order: Vec<(u64, u32)> = asked.ids.iter().zip(0..).map(|(id, at)| (!key_of(id), at)).collect();
            heapsort(&mut order);
            asked.ids = asked.ids_at(&mut order.iter().map(|(_, at)| *at as usize));
        }
        Cases {
            of: asked.fingerprint(),
            batch: options.batch(&asked),
            width: options.concurrency as usize,
            max_requests: options.max_requests,
            max_bytes: options.max_bytes,
            fates: vec![Fate::Open; asked.ids.len()],
            next: 0,
            again: Vec::new(),
            next_again: 0,
            failed: Vec::new(),
            slots: Vec::new(),
            current: None,
            missing: Vec::new(),
            discarded: Vec::new(),
            last_id: 0,
            in_a_row: 0,
            pages: 0,
            cases: 0,
            asked,
        }
    }

    fn resume(&mut self, text: &str) -> Option<()> {
        let mut token = token::open(text, self.of)?;
        let at = token.read_u32()? as usize;
        self.fates.get_mut(..at)?.fill(Fate::Settled);
        for fate in [Fate::Settled, Fate::Again] {
            let places = token.read_indices(self.fates.len())?;
            self.again = places.into_iter().map(|place| place as usize).collect();
            set(&mut self.fates, &self.again, fate);
        }
        Some(())
    }

    /// The next request to make; none for now.
    pub(super) fn ask(&mut self, counts: Counts) -> Option<(u32, BulkRequest)> {
        let under_way = self.slots.iter().filter(|slot| matches!(slot.state, State::Asked(_))).count();
        let busy = self.slots.iter().filter(|slot| !matches!(slot.state, State::Waiting)).count();
        if busy >= self.width || self.is_spent(counts, under_way) {
            return None;
        }
        let slot = match self.slots.iter().position(|slot| matches!(slot.state, State::Waiting)) {
            Some(at) => at,
            None => {
                let mut places = Vec::new();
                while places.len() < self.batch
                    && let Some(fate) = self.fates.get(self.next)
                {
                    if *fate == Fate::Open {
                        places.push(self.next);
                    }
                    self.next += 1;
                }
                if places.is_empty() {
                    places.extend(self.again.iter().skip(self.next_again).take(self.batch));
                    self.next_again += places.len();
                }
                if places.is_empty() {
                    return None;
                }
                self.slots.push(Slot { places, state: State::Waiting });
                self.slots.len() - 1
            }
        };
        self.last_id += 1;
        let id = self.last_id;
        let slot = self.slots.get_mut(slot)?;
        slot.state = State::Asked(id);
        let ids = self.asked.ids_at(&mut slot.places.iter().copied());
        let endpoint = self.asked.endpoint;
        Some((id, BulkRequest { endpoint, ids, window: None, flag: None, page_index: None }))
    }

    /// Whether no more requests are to be begun.
    fn is_spent(&self, counts: Counts, under_way: usize) -> bool {
        let requests = counts.requests as usize + under_way;
        let mean = counts.bytes / u64::from(self.pages.max(1));
        self.max_requests.is_some_and(|most| requests >= most as usize)
            || self.max_bytes.is_some_and(|most| counts.bytes + mean * under_way as u64 >= u64::from(most))
    }

    fn slot(&self, id: u32) -> Option<usize> {
        self.slots.iter().position(|slot| matches!(slot.state, State::Asked(other) if other == id))
    }

    /// A request was answered.
    pub fn answered(&mut self, id: u32, rows: &CaseRows) {
        self.in_a_row = 0;
        self.pages += 1;
        let Some(at) = self.slot(id) else {
            self.discarded.push(rows.handle);
            return;
        };
        let Some(slot) = self.slots.get_mut(at) else { return };
        let mut answer = Answer { handle: rows.handle, ..Answer::default() };
        if self.asked.endpoint.answer == DocumentKind::Details {
            answer.rows.push(CaseRow::default());
            answer.upto.push(1);
        } else {
            for (place, upto) in slot.places.iter().zip(1..) {
                let Some(id) = self.asked.ids.get(*place) else { continue };
                let key = key_of(id);
                match rows.rows().iter().find(|row| row.key == key) {
                    Some(row) if self.asked.filter.wants(row) => {
                        answer.rows.push(*row);
                        answer.upto.push(upto);
                    }
                    Some(_) => {}
                    None => {
                        self.missing.push(id.clone());
                        set(&mut self.fates, &[*place], Fate::Settled);
                    }
                }
            }
            if answer.rows.is_empty() {
                self.discarded.push(core::mem::take(&mut answer.handle));
            }
        }
        slot.state = State::Come(Box::new(answer));
    }

    /// A request failed.
    pub fn failed(&mut self, id: u32, kind: ErrorKind, code: &str) -> Verdict {
        let Some(at) = self.slot(id) else { return Verdict::Handled };
        let Some(slot) = self.slots.get_mut(at) else { return Verdict::Handled };
        let count = slot.places.len();
        let size = match judge(kind, code, count) {
            Judgement::Stop => {
                slot.state = State::Waiting;
                return Verdict::Stop;
            }
            Judgement::Single => 1,
            Judgement::Halve | Judgement::Bisect => count.div_ceil(2),
            verdict @ (Judgement::Fail | Judgement::Refused) => {
                let ids = self.asked.ids_at(&mut slot.places.iter().copied());
                slot.state = State::Left;
                let is_refused = matches!(verdict, Judgement::Refused) && kind != ErrorKind::Permission;
                self.in_a_row += u32::from(!is_refused);
                if self.in_a_row >= MAX_IN_A_ROW {
                    slot.state = State::Waiting;
                    return Verdict::Stop;
                }
                // That a case is not there is known from now on.
                let is_gone = code == "CASE_NOTFOUND";
                set(&mut self.fates, &slot.places, if is_gone { Fate::Settled } else { Fate::Failed });
                if !is_gone {
                    self.failed.extend(&slot.places);
                }
                return Verdict::Listed(Failure { ids, from_ms: None, to_ms: None });
            }
        };
        if code.starts_with("EXCEEDED_") {
            self.batch = self.batch.min(size);
        }
        let mut behind = self.slots.split_off(at).into_iter();
        let places = behind.next().map(|slot| slot.places).unwrap_or_default();
        for places in places.chunks(size.max(1)) {
            self.slots.push(Slot { places: places.to_vec(), state: State::Waiting });
        }
        self.slots.extend(behind);
        Verdict::Handled
    }

    /// What can be delivered next.
    pub fn deliver(&mut self) -> Option<Delivery> {
        let (handle, rows) = self.deliver_rows()?;
        let kind = if self.asked.endpoint.answer == DocumentKind::Details { Kind::Details } else { Kind::Cases };
        Some(Delivery { kind, handle, cases: rows.iter().map(|row| row.index).collect(), ..Delivery::default() })
    }

    /// The same as a handle and the rows of the cases.
    pub(super) fn deliver_rows(&mut self) -> Option<(u32, Vec<CaseRow>)> {
        loop {
            self.commit();
            let slot = match self.slots.first()?.state {
                State::Come(_) | State::Left => self.slots.remove(0),
                _ => return None,
            };
            let State::Come(answer) = slot.state else { continue };
            let Answer { handle, rows, upto } = *answer;
            self.cases += u32::try_from(rows.len()).unwrap_or(0);
            self.current = Some(Current { places: slot.places, upto });
            if !rows.is_empty() {
                return Some((handle, rows));
            }
        }
    }

    fn commit(&mut self) {
        if let Some(current) = self.current.take() {
            set(&mut self.fates, &current.places, Fate::Settled);
        }
    }

    /// Cases that were asked for and did not come. They are told once, and not asked for again by who goes on.
    pub fn missing(&mut self) -> Vec<String> {
        core::mem::take(&mut self.missing)
    }

    /// Where to go on, if of the last delivery so many cases were taken.
    pub fn token(&self, taken: usize) -> String {
        let mut fates = self.fates.clone();
        if let Some(Current { places, upto }) = &self.current {
            let last = taken.checked_sub(1).and_then(|last| upto.get(last));
            let done = if taken >= upto.len() { places.len() } else { last.copied().unwrap_or(0) };
            set(&mut fates, places.get(..done).unwrap_or_default(), Fate::Settled);
        }
        let at = fates.iter().position(|fate| *fate == Fate::Open).unwrap_or(fates.len());
        let (mut settled, mut failed) = (Vec::new(), Vec::new());
        for (fate, place) in fates.iter().zip(0..).skip(at) {
            if *fate == Fate::Settled {
                settled.push(place);
            }
        }
        for place in &self.again {
            if fates.get(*place) == Some(&Fate::Again) {
                failed.push(*place as u32);
            }
        }
        for place in &self.failed {
            failed.push(*place as u32);
        }
        // Nothing is left to do of them.
        let is_done = at == fates.len() && failed.is_empty();
        let mut token = token::begin(self.of);
        token.write_len(at);
        token.write_indices(&settled);
        token.write_indices(&failed);
        token.finish(if is_done { ",\"done\":true" } else { "" })
    }

    /// How far it is.
    pub fn progress(&self) -> Progress {
        let fresh = self.fates.iter().skip(self.next).filter(|fate| **fate == Fate::Open);
        let ids = fresh.count() + self.again.len() - self.next_again;
        let busy = self.slots.iter().filter(|slot| matches!(slot.state, State::Asked(_) | State::Waiting)).count();
        let left = u32::try_from(ids.div_ceil(self.batch.max(1)) + busy).unwrap_or(u32::MAX);
        Progress { pages: self.pages, cases: self.cases, left }
    }

    /// Whether there is nothing left to do.
    pub(super) fn is_done(&self) -> bool {
        self.slots.is_empty() && self.next_again >= self.again.len() && self.next >= self.asked.ids.len()
    }
}

/// Takes note of what is known of the ids at these places.
#[inline(never)]
fn set(fates: &mut [Fate], places: &[usize], fate: Fate) {
    for place in places {
        if let Some(known) = fates.get_mut(*place) {
            *known = fate;
        }
    }
}
