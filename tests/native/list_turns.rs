//! Lists of a round with a budget: recent, older and failed ones take turns, so that none starves.

use crate::bulk_simulation::Rng;
use cisco_support_case::boundary::rows;
use cisco_support_case::bulk::{BulkJob, BulkOperation, BulkOptions, BulkQuery, CaseRows, RequestUsage};
use cisco_support_case::error::ErrorKind;
use cisco_support_case::util::{DAY_MS, Json};
use std::collections::{BTreeMap, BTreeSet};

/// 2026-06-01T12:00:00Z.
const NOW_MS: i64 = 1_780_315_200_000;

/// A list of a contract: its id, and the end of its window.
type List = (String, i64);

/// A query of contracts whose cases were created since a number of windows of 90 days ago.
fn query(contracts: u64, windows: i64) -> BulkQuery {
    let ids = Json::Array((0..contracts).map(|id| Json::from((1000 + id).to_string().as_str())).collect());
    let years = 2026 - (windows * 90 / 365 + 1);
    let from = format!("{years}-06-01T00:00:00Z");
    let params = Json::object([("contract_ids", ids), ("date_created_from", Json::from(from.as_str()))]);
    BulkQuery::check(&params, BulkOperation::Changes).unwrap()
}

/// The rounds of a reader with a budget: in which ones each list was read.
struct Reader {
    query: BulkQuery,
    options: BulkOptions,
    cursor: Option<String>,
    now: i64,
    /// Lists that always fail.
    broken: BTreeSet<List>,
    rounds: usize,
    read: BTreeMap<List, Vec<usize>>,
}

impl Reader {
    /// Reads a round, whose answers come in any order. `fails` is one that fails this time only.
    fn round(&mut self, rng: &mut Rng, fails: Option<usize>) -> u32 {
        self.now += 60_000;
        let options = &self.options;
        let mut job =
            BulkJob::new(self.query.clone(), BulkOperation::Changes, options, self.cursor.as_deref(), self.now)
                .unwrap();
        let (mut in_flight, mut requests, mut answers) = (Vec::new(), 0, 0);
        loop {
            while let Some((id, request)) = job.next_request(RequestUsage { requests, bytes: 0 }) {
                // The job counts what is in flight by itself.
                in_flight.push((id, (request.ids[0].clone(), request.date_created_to.unwrap().unix_ms())));
            }
            if in_flight.is_empty() {
                break;
            }
            let (id, list) = in_flight.swap_remove(rng.below(in_flight.len() as u64) as usize);
            self.now += 1 + rng.below(500) as i64;
            requests += 1;
            answers += 1;
            if self.broken.contains(&list) || fails == Some(answers) {
                job.on_failure(id, ErrorKind::Unavailable, "UNKNOWN_FAILURE");
                continue;
            }
            // An empty list with one page.
            let mut words = vec![0; rows::HEAD as usize];
            (words[rows::PAGE_INDEX as usize], words[rows::LAST_INDEX as usize]) = (1, 1);
            job.on_response(id, CaseRows::read(requests, &words).0, self.now).unwrap();
            self.read.entry(list).or_default().push(self.rounds);
            while job.next_delivery().is_some() {}
            while job.next_discarded().is_some() {}
        }
        self.cursor = Some(job.checkpoint(usize::MAX));
        self.rounds += 1;
        requests
    }

    /// Returns the greatest number of rounds in which a list was not read.
    fn longest_wait(&self, list: &List) -> usize {
        let read = self.read.get(list).map_or(&[][..], Vec::as_slice);
        let from = [0].into_iter().chain(read.iter().map(|round| round + 1));
        from.zip(read.iter().copied().chain([self.rounds])).map(|(from, to)| to.saturating_sub(from)).max().unwrap()
    }
}

/// Returns the lists of a query, and the number of recent ones.
fn lists_of(query: &BulkQuery) -> (Vec<List>, usize) {
    let options = BulkOptions { batch_size: Some(1), ..BulkOptions::default() };
    let mut all = reader(query, options, BTreeSet::new());
    all.round(&mut Rng(1), None);
    let lists: Vec<List> = all.read.into_keys().collect();
    let is_recent = |(_, to_ms): &&List| *to_ms >= NOW_MS - 90 * DAY_MS;
    let recent = lists.iter().filter(is_recent).count();
    (lists, recent)
}

fn reader(query: &BulkQuery, options: BulkOptions, broken: BTreeSet<List>) -> Reader {
    let (query, read) = (query.clone(), BTreeMap::new());
    Reader { query, options, cursor: None, now: NOW_MS, broken, rounds: 0, read }
}

#[test]
fn every_list_is_read_within_a_bounded_number_of_rounds() {
    for seed in 1..60 {
        let mut rng = Rng(seed);
        let query = query(1 + rng.below(14), 1 + rng.below(8) as i64);
        let (lists, recent) = lists_of(&query);
        let budget = 1 + rng.below(12) as usize;
        let broken: BTreeSet<List> = if budget == 1 || rng.below(2) == 0 {
            BTreeSet::new()
        } else {
            lists.iter().filter(|_| rng.below(16) == 0).take(5).cloned().collect()
        };
        let fails_sometimes = budget > 1 && rng.below(2) == 0;
        let options = BulkOptions {
            batch_size: Some(1),
            max_requests: Some(budget as u32),
            concurrency: 1 + rng.below(6) as u32,
            ..BulkOptions::default()
        };
        let started = budget - usize::from(budget > 1 && (fails_sometimes || !broken.is_empty()));
        let bound = 3 * lists.len() / started + 3 + if fails_sometimes { broken.len() + 4 } else { broken.len() };
        let mut reader = reader(&query, options, broken);
        for _ in 0..3 * bound {
            let fails = (fails_sometimes && rng.below(12) == 0).then(|| 1 + rng.below(budget as u64) as usize);
            let requests = reader.round(&mut rng, fails) as usize;
            assert!(requests <= budget, "seed {seed}: {requests} of {budget}");
        }
        for list in lists.iter().filter(|list| !reader.broken.contains(*list)) {
            let wait = reader.longest_wait(list);
            assert!(
                wait <= bound,
                "seed {seed}, budget {budget}, {} lists, {recent} recent: {list:?} waited {wait} of {bound}",
                lists.len()
            );
        }
    }
}

#[test]
fn more_recent_lists_than_the_budget_leave_a_third_of_it_to_older_ones() {
    let query = query(40, 4);
    let (lists, recent) = lists_of(&query);
    assert!(recent > 30 && lists.len() > 2 * recent, "{recent} of {}", lists.len());
    let options = BulkOptions { batch_size: Some(1), max_requests: Some(30), ..BulkOptions::default() };
    let mut reader = reader(&query, options, BTreeSet::new());
    for _ in 0..6 {
        assert_eq!(reader.round(&mut Rng(5), None), 30);
    }
    let older = reader.read.iter().filter(|((_, to_ms), _)| *to_ms < NOW_MS - 90 * DAY_MS);
    assert_eq!(older.map(|(_, read)| read.len()).sum::<usize>(), 6 * 10);
    assert!(reader.read.values().all(|read| read.len() <= 6 * 20 / recent + 1), "each recent one in turn");
}

#[test]
fn a_round_that_reads_every_list_costs_the_same_with_a_budget_and_reads_recent_ones_first_without() {
    let query = query(3, 4);
    let (lists, _) = lists_of(&query);
    for max_requests in [None, Some(200)] {
        let options = BulkOptions { batch_size: Some(1), max_requests, ..BulkOptions::default() };
        let mut reader = reader(&query, options, BTreeSet::new());
        for _ in 0..3 {
            assert_eq!(reader.round(&mut Rng(7), None) as usize, lists.len());
        }
        assert!(reader.read.values().all(|read| *read == [0, 1, 2]));
    }
    let options = BulkOptions { batch_size: Some(1), ..BulkOptions::default() };
    let mut job = BulkJob::new(query, BulkOperation::Changes, &options, None, NOW_MS).unwrap();
    let (_, first) = job.next_request(RequestUsage::default()).unwrap();
    assert!(first.date_created_to.unwrap().unix_ms() >= NOW_MS - 90 * DAY_MS);
}
