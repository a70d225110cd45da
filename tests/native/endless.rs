//! Every read ends, whatever the service responds.
//!
//! Lists grow with each request, shrink or cycle, their totals are wrong, and their pages are always new.

use crate::bulk_simulation::{Rng, json};
use crate::mutating_lists::Page;
use cisco_support_case::boundary::{row, rows};
use cisco_support_case::bulk::{
    BulkJob, BulkOperation, BulkOptions, BulkQuery, CaseRows, FailureOutcome, RequestUsage,
};
use cisco_support_case::paging::{ListReader, PagePosition, ReadOrder, ReaderError, SegmentSplit};
use std::collections::BTreeMap;

/// A service with arbitrary responses.
struct Adversary {
    /// Random modes of the lists: length, reported total, content of the pages, dates.
    length: u64,
    total: u64,
    cases: u64,
    keys: u64,
    dates: u64,
    last: u32,
    requests: u64,
    clock: i64,
}

impl Adversary {
    fn new(rng: &mut Rng) -> Adversary {
        Adversary {
            length: rng.below(6),
            total: rng.below(4),
            cases: [0, 1, 1, 7, 100][rng.below(5) as usize],
            keys: rng.below(4),
            dates: rng.below(4),
            last: 1 + [0, 1, 5, 60][rng.below(4) as usize],
            requests: 0,
            clock: 1_000_000,
        }
    }

    /// Returns the next page.
    fn page(&mut self, index: u32, rng: &mut Rng) -> Page {
        self.requests += 1;
        self.clock += 10_000;
        self.last = match self.length {
            0 => self.last,
            1 => self.last + 1,
            2 => (self.last - 1).max(1),
            3 => 1 + (self.requests % 7) as u32,
            4 => 1 + rng.below(90) as u32,
            _ => self.last * 2 % 900_001 + 1,
        };
        let total = match self.total {
            0 => self.last * 100,
            1 => self.requests as u32,
            2 => rng.below(1000) as u32,
            _ => u32::MAX,
        };
        let count = if rng.below(20) == 0 { 0 } else { self.cases };
        let mut page = Page {
            position: PagePosition { page_index: index, last_index: self.last, total_records: total },
            rows: vec![],
            created: vec![],
        };
        for nth in 0..count {
            let key = 1 + match self.keys {
                0 => u64::from(index) * 100 + nth,
                1 => self.requests * 100 + nth,
                2 => nth,
                _ => rng.below(500),
            };
            let updated = match self.dates {
                0 => self.clock + nth as i64,
                1 => i64::from(index) * 1000 + nth as i64,
                2 => rng.below(1_000_000) as i64,
                _ => i64::MIN,
            };
            page.rows.push((key, updated));
            page.created.push(updated);
        }
        page
    }
}

/// Returns the maximum number of pages read of a list that first reported `first` pages.
fn most(first: u32) -> u64 {
    8 * u64::from(first) + 400
}

/// Reads a list to its end.
///
/// Returns the number of pages read, the number that the first page reported, and the reader unless it failed.
fn read(
    mut reader: ListReader,
    adversary: &mut Adversary,
    rng: &mut Rng,
    known: u32,
) -> (u64, u32, Option<ListReader>) {
    let (mut pages, mut first) = (0, known);
    while let Some(request) =
        reader.next_request(if rng.below(2) == 0 { SegmentSplit::Allowed } else { SegmentSplit::Never })
    {
        let mut page = adversary.page(request.page_index, rng);
        if pages == 0 {
            first = first.max(page.position.last_index);
        }
        pages += 1;
        assert!(pages <= most(first) + 1, "{pages} pages of a list that had {first}");
        if reader.on_page(request, &mut page, adversary.clock).is_err() {
            return (pages, first, None);
        }
    }
    (pages, first, Some(reader))
}

#[test]
fn every_read_of_a_list_ends() {
    let (mut stuck, mut ended) = (0, 0);
    for seed in 0..4000 {
        let mut rng = Rng(seed << 20 | 91);
        let mut adversary = Adversary::new(&mut rng);
        let order =
            [ReadOrder::NewestFirst, ReadOrder::OldestFirst, ReadOrder::ConcurrentSegments][rng.below(3) as usize];
        let (_, first, reader) = read(ListReader::new(order), &mut adversary, &mut rng, 1);
        let Some(reader) = reader else {
            stuck += 1;
            continue;
        };
        ended += 1;
        // Reads the changes since then, from the same service.
        let mark = reader.watermark();
        read(ListReader::since_watermark(&mark), &mut adversary, &mut rng, first.max(mark.last_page));
    }
    assert!(stuck > 200 && ended > 200, "{stuck} stuck, {ended} ended");
}

#[test]
fn a_list_that_grows_by_a_page_with_each_request_is_given_up() {
    for order in [ReadOrder::NewestFirst, ReadOrder::OldestFirst, ReadOrder::ConcurrentSegments] {
        let (mut reader, mut pages) = (ListReader::new(order), 0);
        let stuck = loop {
            let Some(request) = reader.next_request(SegmentSplit::Never) else {
                panic!("{order:?} has read all of it")
            };
            pages += 1;
            let rows = vec![(pages, pages as i64 * 1000)];
            let length = 1 + pages as u32;
            let position = PagePosition { page_index: request.page_index, last_index: length, total_records: length };
            let mut page = Page { position, rows, created: vec![0] };
            if let Err(stuck) = reader.on_page(request, &mut page, 0) {
                break stuck;
            }
        };
        assert_eq!(stuck, ReaderError::Unstable);
        assert_eq!(pages, most(2) + 1, "{order:?}");
    }
}

#[test]
fn every_call_in_bulk_ends() {
    for seed in 0..200 {
        let mut rng = Rng(seed << 20 | 92);
        let purpose = if seed % 2 == 0 { BulkOperation::Changes } else { BulkOperation::AllCases };
        let contracts = 1 + rng.below(12);
        let ids: Vec<String> = (0..contracts).map(|n| format!("\"{}\"", 9_000_001 + n)).collect();
        let more = ["", r#","status_flag":"O""#][rng.below(2) as usize];
        let from = if more.is_empty() { r#","date_created_from":"2026-05-01T00:00:00Z""# } else { "" };
        let params = format!(r#"{{"contract_ids":[{}]{more}{from}}}"#, ids.join(","));
        let options = BulkOptions {
            concurrency: 1 + rng.below(40) as u32,
            batch_size: Some(1 + rng.below(4) as u32),
            ..BulkOptions::default()
        };
        let mut cursor: Option<String> = None;
        for _ in 0..3 {
            let query = BulkQuery::check(&json(&params), purpose).unwrap();
            let now = 1_780_315_200_000;
            let mut bulk = BulkJob::new(query, purpose, &options, cursor.as_deref(), now).unwrap();
            let mut adversary = Adversary::new(&mut rng);
            // Modes with longer lists are excluded: a list that reports more pages is read further.
            adversary.length = adversary.length.min(3);
            let first = adversary.last;
            let mut lasts = BTreeMap::<(Vec<String>, Option<String>), u32>::new();
            let (mut flights, mut requests, mut handle) = (vec![], 0_u64, 0);
            'all: loop {
                while let Some((id, request)) = bulk.next_request(RequestUsage::default()) {
                    requests += 1;
                    flights.push((id, request));
                }
                // Each list may be read twice; the second time it may be as long as it grew during the first.
                let once = most(first.max(8));
                let twice = if adversary.length == 1 { most(first + once as u32) } else { once };
                let lists = contracts.max(lasts.len() as u64);
                assert!(requests <= lists * (once + twice) + 40, "{requests} requests, {lists} lists, seed {seed}");
                // The dates of responses may extend an open-ended range, by at most ten years.
                assert!(lists <= contracts * 44, "{lists} lists, seed {seed}");
                while bulk.next_delivery().is_some() {}
                while bulk.next_discarded().is_some() {}
                if flights.is_empty() {
                    break;
                }
                let (id, request) = flights.swap_remove(rng.below(flights.len() as u64) as usize);
                // Each list has its own length.
                let from = request.date_created_from.as_ref().map(|date| date.as_str().to_owned());
                let last = lasts.entry((request.ids.clone(), from)).or_insert(first);
                adversary.last = *last;
                let page = adversary.page(request.page_index.unwrap_or(1), &mut rng);
                *last = adversary.last;
                let mut words = vec![0; rows::HEAD as usize];
                let PagePosition { page_index, last_index, total_records } = page.position;
                let head = [
                    (rows::PAGE_INDEX, page_index),
                    (rows::LAST_INDEX, last_index),
                    (rows::TOTAL_RECORDS, total_records),
                ];
                for (at, number) in head {
                    words[at as usize] = u64::from(number);
                }
                for (key, updated) in page.rows {
                    let owner = request.ids[0].parse().unwrap_or(0);
                    words.extend([key, updated.cast_unsigned(), 0, owner, 0, 1 | u64::from(row::OPEN)]);
                }
                handle += 1;
                let (page, _) = CaseRows::read(handle, &words);
                if let Err((_, FailureOutcome::Stop)) = bulk.on_response(id, page, now) {
                    break 'all;
                }
            }
            cursor = (purpose == BulkOperation::Changes).then(|| bulk.checkpoint(usize::MAX));
        }
    }
}
