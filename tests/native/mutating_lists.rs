//! Lists that change during concurrent page requests, and interrupted readers: no case is lost.

use crate::bulk_simulation::Rng;
use cisco_support_case::paging::{
    Key, ListReader, PagePosition, PageRequest, PageView, ReadOrder, ReaderError, SegmentSplit,
};
use std::collections::{BTreeMap, BTreeSet};

/// A page as the reader sees it.
#[derive(Clone, Debug)]
pub struct Page {
    pub position: PagePosition,
    pub rows: Vec<(Key, i64)>,
    pub created: Vec<i64>,
}

impl PageView for Page {
    fn position(&self) -> PagePosition {
        self.position
    }

    fn keys(&self) -> Vec<Key> {
        self.rows.iter().map(|(key, ..)| *key).collect()
    }

    fn updated_ms(&self, case: usize) -> i64 {
        self.rows[case].1
    }

    fn created_ms(&self, case: usize) -> i64 {
        self.created[case]
    }

    fn select(&mut self, cases: &[usize]) {
        self.rows = cases.iter().map(|case| self.rows[*case]).collect();
    }
}

/// A list of the service, sorted by the exact time of the last update.
///
/// Pages show this time at the resolution `grain`.
pub struct List {
    pub rows: Vec<(Key, i64)>,
    pub clock: i64,
    page_size: usize,
    grain: i64,
    next: Key,
    created: BTreeMap<Key, i64>,
    /// Cases that left the list and may return.
    away: Vec<Key>,
    middle: bool,
    /// Whether cases left or entered since the last request, if cases may enter in the middle.
    left: bool,
    entered: bool,
}

impl List {
    pub fn new(size: u64, page_size: usize, grain: i64, middle: bool) -> List {
        let mut list = List {
            rows: vec![],
            clock: 1_000_000,
            page_size,
            grain,
            next: 1,
            created: BTreeMap::new(),
            away: vec![],
            middle,
            left: false,
            entered: false,
        };
        (0..size).for_each(|_| list.create());
        list
    }

    fn create(&mut self) {
        self.clock += 10;
        self.rows.push((self.next, self.clock));
        self.created.insert(self.next, self.clock);
        self.next += 1;
    }

    /// Applies a random change.
    ///
    /// If cases may enter in the middle, no case leaves between the same two requests in which another one enters: the
    /// total would not change, and no reader could detect it.
    pub fn change(&mut self, rng: &mut Rng) {
        self.clock += 10;
        let count = self.rows.len() as u64;
        let (may_come, may_leave) = (!self.middle || !self.left, !self.middle || !self.entered);
        let at = rng.below(count) as usize;
        match rng.below(if self.middle { 12 } else { 11 }) {
            0..5 if count > 0 => {
                let (key, _) = self.rows.remove(at);
                self.rows.push((key, self.clock));
            }
            5..7 if may_come => {
                self.create();
                self.entered = true;
            }
            7..9 if count > 0 && may_leave => {
                self.away.push(self.rows.remove(at).0);
                self.left = true;
            }
            9..11 if may_come => {
                if let Some(key) = self.away.pop() {
                    self.rows.push((key, self.clock));
                    self.entered = true;
                }
            }
            11 if count > 0 && may_come => {
                let older = self.rows[at].1 - 1;
                self.created.insert(self.next, older);
                self.rows.insert(at, (self.next, older));
                self.next += 1;
                self.entered = true;
            }
            _ => {}
        }
    }

    pub fn pages(&self) -> usize {
        self.rows.len().div_ceil(self.page_size).max(1)
    }

    pub fn page(&mut self, index: u32) -> Page {
        (self.left, self.entered) = (false, false);
        let from = (index as usize - 1) * self.page_size;
        let rows = self.rows.iter().skip(from).take(self.page_size);
        let shown = |ms: i64| ms - ms % self.grain;
        Page {
            position: PagePosition {
                page_index: index,
                last_index: self.pages() as u32,
                total_records: self.rows.len() as u32,
            },
            rows: rows.clone().map(|(key, updated)| (*key, shown(*updated))).collect(),
            created: rows.map(|(key, _)| shown(self.created[key])).collect(),
        }
    }
}

/// Parameters of a run: how the list is read, and how it changes.
#[derive(Debug)]
struct Run {
    size: u64,
    page_size: usize,
    grain: i64,
    middle: bool,
    /// Maximum number of pages in flight.
    width: usize,
    order: ReadOrder,
    /// Maximum number of changes per step, and number of steps with changes.
    rate: u64,
    steps: u64,
    /// Interruptions of the reader per thousand steps.
    breaks: u64,
}

struct Outcome {
    given: Vec<(Key, i64)>,
    stayed: BTreeSet<Key>,
    requests: usize,
    pages: usize,
    /// Whether the list had to be read from its beginning after a break.
    restarted: bool,
}

fn run(run: &Run, rng: &mut Rng) -> Result<Outcome, ReaderError> {
    let mut list = List::new(run.size, run.page_size, run.grain, run.middle);
    let mut reader = ListReader::new(run.order);
    let mut stayed: BTreeSet<Key> = list.rows.iter().map(|(key, _)| *key).collect();
    let (mut given, mut requests, mut steps, mut restarted) = (vec![], 0, 0, false);
    // Requests in flight, each with its page once it is served.
    let mut in_flight: Vec<(PageRequest, Option<Page>)> = vec![];
    while !reader.is_done() {
        steps += 1;
        assert!(steps < 50_000, "the reader never ends: {run:?}");
        let room = (in_flight.is_empty() || !reader.is_sequential()) && in_flight.len() < run.width;
        let served = in_flight.iter().position(|(_, page)| page.is_some());
        match rng.below(3) {
            0 if served.is_some() => {
                let served: Vec<usize> = (0..in_flight.len()).filter(|at| in_flight[*at].1.is_some()).collect();
                let (request, page) = in_flight.remove(served[rng.below(served.len() as u64) as usize]);
                let mut page = page.unwrap();
                reader.on_page(request, &mut page, list.clock + i64::from(run.grain == 1) * (1 << 40))?;
                given.extend(page.rows);
            }
            1 if served.is_none() && !in_flight.is_empty() || in_flight.len() > 1 => {
                let waiting: Vec<usize> = (0..in_flight.len()).filter(|at| in_flight[*at].1.is_none()).collect();
                if let Some(at) = waiting.get(rng.below(waiting.len() as u64) as usize) {
                    in_flight[*at].1 = Some(list.page(in_flight[*at].0.page_index));
                }
            }
            _ if room => {
                if let Some(request) =
                    reader.next_request(if rng.below(2) == 0 { SegmentSplit::Allowed } else { SegmentSplit::Never })
                {
                    requests += 1;
                    in_flight.push((request, None));
                }
            }
            _ => {}
        }
        if rng.below(1000) < run.breaks && run.order == ReadOrder::ConcurrentSegments {
            in_flight.clear();
            reader = match reader.checkpoint() {
                Some(done) => ListReader::from_checkpoint(&done),
                None => {
                    restarted |= !given.is_empty();
                    ListReader::new(run.order)
                }
            };
        }
        if steps < run.steps {
            for _ in 0..rng.below(run.rate + 1) {
                list.change(rng);
            }
            stayed.retain(|key| list.rows.iter().any(|(other, _)| other == key));
        }
    }
    Ok(Outcome { given, stayed, requests, pages: list.pages(), restarted })
}

fn any(rng: &mut Rng, middle: bool, breaks: u64) -> Run {
    Run {
        size: rng.below(95),
        page_size: 1 + rng.below(11) as usize,
        grain: if rng.below(4) == 0 { 30 } else { 1 },
        middle,
        width: 1 + rng.below(6) as usize,
        order: if rng.below(4) == 0 && breaks == 0 { ReadOrder::NewestFirst } else { ReadOrder::ConcurrentSegments },
        rate: rng.below(3),
        steps: rng.below(150),
        breaks,
    }
}

/// Checks a run's guarantees: no case is lost, and none is repeated unless it is newer.
fn check(outcome: &Outcome, params: &Run, seed: u64) {
    let given: BTreeSet<Key> = outcome.given.iter().map(|(key, _)| *key).collect();
    let lost: Vec<&Key> = outcome.stayed.iter().filter(|key| !given.contains(key)).collect();
    assert!(lost.is_empty(), "lost {lost:?} with seed {seed}: {params:?}");
    let mut newest: BTreeMap<Key, i64> = BTreeMap::new();
    for (key, updated) in &outcome.given {
        if let Some(before) = newest.insert(*key, *updated) {
            assert!(before < *updated || outcome.restarted, "{key} again, not newer, with seed {seed}: {params:?}");
        }
    }
}

#[test]
fn nothing_is_lost_in_a_hundred_thousand_lists_that_move_while_they_are_read() {
    for seed in 0..100_000 {
        let mut rng = Rng(seed << 20);
        let middle = rng.below(3) == 0;
        let params = any(&mut rng, middle, 0);
        check(
            &run(&params, &mut rng).unwrap_or_else(|stuck| panic!("{stuck:?} with seed {seed}: {params:?}")),
            &params,
            seed,
        );
    }
}

#[test]
fn who_is_broken_off_and_goes_on_loses_and_repeats_nothing() {
    let mut restarts = 0;
    for seed in 0..30_000 {
        let mut rng = Rng(seed << 20 | 1);
        let params = any(&mut rng, false, 30);
        let outcome = run(&params, &mut rng).unwrap_or_else(|stuck| panic!("{stuck:?} with seed {seed}: {params:?}"));
        check(&outcome, &params, seed);
        restarts += u32::from(outcome.restarted);
    }
    assert!(restarts < 3000, "{restarts} of 30 000 had to begin again");
}

#[test]
fn at_rest_no_width_costs_more_than_two_requests_besides_the_pages() {
    for seed in 0..5000 {
        let mut rng = Rng(seed << 20 | 2);
        let params = Run { rate: 0, steps: 0, grain: 1, ..any(&mut rng, false, 0) };
        let outcome = run(&params, &mut rng).unwrap();
        let most = if outcome.pages == 1 { 1 } else { outcome.pages + 2 };
        assert!(outcome.requests <= most, "{} requests for {} pages: {params:?}", outcome.requests, outcome.pages);
        assert_eq!(outcome.given.len() as u64, params.size);
        check(&outcome, &params, seed);
    }
}

#[test]
fn windows_of_requests_share_no_second_and_miss_none() {
    use cisco_support_case::bulk::{BulkOperation, BulkQuery};
    use cisco_support_case::endpoint::CASES_BY_CONTRACT;
    use cisco_support_case::model::Timestamp;
    use cisco_support_case::util::Json;
    let contracts = || ("contract_ids", Json::from(vec!["1"]));
    for range in [("2024-01-01T00:00:00.250Z", "2024-12-31T12:00:00.750Z"), ("2024-01-01", "2024-12-31")] {
        let [from, to] = [range.0, range.1].map(Json::from);
        let params = Json::object([contracts(), ("date_created_from", from), ("date_created_to", to)]);
        let windows = BulkQuery::check(&params, BulkOperation::AllCases).unwrap().windows(0).unwrap();
        let mut next: Option<i64> = None;
        for index in 0..windows.count() {
            let (first, last) = windows.get(index).unwrap();
            let [from, to] = [first, last].map(|ms| Json::from(Timestamp::from_unix_ms(ms).unwrap().as_str()));
            let params = Json::object([contracts(), ("date_created_from", from), ("date_created_to", to)]);
            let path = CASES_BY_CONTRACT.check(&params).unwrap().path_and_query().replace("%3A", ":");
            let sent = |name: &str| {
                let (_, rest) = path.split_once(name).unwrap();
                Timestamp::parse(rest.split('&').next().unwrap_or_default()).unwrap().unix_ms()
            };
            let (first, last) = (sent("date_created_from="), sent("date_created_to="));
            assert_eq!(first, next.unwrap_or(first), "{path}");
            assert!(last - first < 90 * 86_400_000, "{path}");
            next = Some(last + 1000);
        }
    }
}

#[test]
fn windows_share_no_instant_and_miss_none() {
    use cisco_support_case::paging::DateWindows;
    let day = 86_400_000;
    let mut rng = Rng(3);
    for _ in 0..20_000 {
        let from_ms = rng.below(60_000 * day as u64) as i64 - 10_000 * day;
        let to_ms = from_ms + rng.below(3000 * day as u64) as i64 - day;
        let windows = DateWindows { from_ms, to_ms };
        let mut next = from_ms;
        for index in 0..windows.count() {
            let (first, last) = windows.get(index).unwrap();
            assert_eq!(first, next, "an instant is missed or shared");
            assert!(last - first < 90 * day && first <= last);
            next = last + 1;
        }
        assert_eq!(next, (to_ms + 1).max(from_ms));
        assert_eq!(windows.get(windows.count()), None);
    }
}
