//! Readers of lists that deviate from the documentation.

use crate::bulk_simulation::Rng;
use crate::mutating_lists::Page;
use cisco_support_case::paging::{Key, ListReader, PagePosition, PageRequest, ReadOrder, SegmentSplit};
use std::collections::{BTreeMap, BTreeSet};

/// Reads an unchanging list. Returns the emitted cases and the number of requests, or the error.
#[allow(clippy::too_many_arguments)]
fn rest(
    rows: &[(Key, i64)],
    size: usize,
    last: u32,
    total: u32,
    order: ReadOrder,
    width: usize,
    rng: &mut Rng,
    breaks: u64,
    clamp: bool,
) -> Result<(Vec<(Key, i64)>, usize), String> {
    let mut reader = ListReader::new(order);
    let (mut given, mut requests, mut steps) = (vec![], 0, 0);
    let mut in_flight: Vec<(PageRequest, Option<Page>)> = vec![];
    let page = |index: u32| {
        let shown = if clamp { index.min(last.max(1)) } else { index };
        let part: Vec<_> = rows.iter().skip((index as usize - 1) * size).take(size).copied().collect();
        let part = if clamp && index > last { vec![] } else { part };
        let position = PagePosition { page_index: shown, last_index: last, total_records: total };
        Page { position, created: part.iter().map(|_| 0).collect(), rows: part }
    };
    while !reader.is_done() {
        steps += 1;
        if steps > 20_000 || requests > 1000 {
            return Err(format!("never ends ({requests} requests)"));
        }
        let room = (in_flight.is_empty() || !reader.is_sequential()) && in_flight.len() < width;
        if rng.below(2) == 0 && !in_flight.is_empty() {
            let at = rng.below(in_flight.len() as u64) as usize;
            let (request, response) = in_flight.remove(at);
            match response {
                None => in_flight.insert(at, (request, Some(page(request.page_index)))),
                Some(mut response) => {
                    reader.on_page(request, &mut response, 1 << 40).map_err(|stuck| format!("{stuck:?}"))?;
                    given.extend(response.rows);
                }
            }
        } else if room
            && let Some(request) =
                reader.next_request(if rng.below(2) == 0 { SegmentSplit::Allowed } else { SegmentSplit::Never })
        {
            requests += 1;
            in_flight.push((request, None));
        }
        if rng.below(1000) < breaks {
            in_flight.clear();
            reader =
                reader.checkpoint().map_or_else(|| ListReader::new(order), |done| ListReader::from_checkpoint(&done));
        }
    }
    Ok((given, requests))
}

fn shape(kind: u64, count: u64, rng: &mut Rng) -> Vec<(Key, i64)> {
    let mut rows: Vec<(Key, i64)> = (0..count).map(|n| (n + 1, 1_000_000 + n as i64 * 1000)).collect();
    match kind {
        0 => {}
        1 => rows.iter_mut().for_each(|row| row.1 = i64::MIN),
        2 => {
            // One or several cases without a date, anywhere.
            for _ in 0..=rng.below(3) {
                let at = rng.below(count) as usize;
                if let Some(row) = rows.get_mut(at) {
                    row.1 = i64::MIN;
                }
            }
        }
        3 => rows.iter_mut().for_each(|row| row.1 = rng.below(1000) as i64),
        4 => rows.iter_mut().for_each(|row| row.1 = 5_000),
        5 => rows.reverse(),
        6 => rows.iter_mut().for_each(|row| row.1 -= row.1 % 30_000),
        7 => {
            // Cases without a date at the end.
            let some = rng.below(count + 1) as usize;
            rows.iter_mut().rev().take(some).for_each(|row| row.1 = i64::MIN);
        }
        8 => {
            // Two swapped dates.
            if count > 1 {
                let (a, b) = (rng.below(count) as usize, rng.below(count) as usize);
                let (x, y) = (rows[a].1, rows[b].1);
                (rows[a].1, rows[b].1) = (y, x);
            }
        }
        _ => {
            let some = rng.below(count + 1) as usize;
            rows.iter_mut().take(some).for_each(|row| row.1 = i64::MIN);
        }
    }
    rows
}

const KINDS: [&str; 10] = [
    "sorted",
    "all undated",
    "some undated",
    "random",
    "one date",
    "descending",
    "coarse",
    "undated at end",
    "swapped",
    "undated at front",
];

#[test]
fn lists_that_lie_end_and_lose_little() {
    let mut report: BTreeMap<String, (u32, u32, String)> = BTreeMap::new();
    for seed in 0..40_000 {
        let mut rng = Rng(seed << 20 | 77);
        let kind = rng.below(10);
        let count = rng.below(120);
        let size = 1 + rng.below(11) as usize;
        let rows = shape(kind, count, &mut rng);
        let pages = rows.len().div_ceil(size).max(1) as u32;
        let order = if rng.below(3) == 0 { ReadOrder::NewestFirst } else { ReadOrder::ConcurrentSegments };
        let width = 1 + rng.below(6) as usize;
        let lie = rng.below(6);
        let (last, total) = match lie {
            1 => (pages + 1, count as u32),
            2 => (pages, count as u32 + 3),
            3 => (pages, 0),
            4 => (if pages == 1 { 0 } else { pages }, count as u32),
            _ => (pages, count as u32),
        };
        let breaks = if rng.below(3) == 0 { 30 } else { 0 };
        let clamp = rng.below(2) == 0;
        let label = format!(
            "{:<18} lie {} {:?} width>1 {} breaks {}",
            KINDS[kind as usize],
            ["none", "last+1", "total+3", "total 0", "last 0", "none"][lie as usize],
            order,
            width > 1,
            breaks > 0
        );
        let entry = report.entry(label).or_default();
        entry.0 += 1;
        let what = match rest(&rows, size, last, total, order, width, &mut rng, breaks, clamp) {
            Err(why) => why,
            Ok((given, requests)) => {
                let keys: BTreeSet<Key> = given.iter().map(|(key, _)| *key).collect();
                let lost = rows.len() - keys.len();
                if lost > 0 {
                    format!("LOST {lost} of {count} at {size} a page")
                } else if given.len() > keys.len() {
                    format!("repeated {} of {count}", given.len() - keys.len())
                } else if breaks == 0 && lie == 0 && requests > if pages == 1 { 1 } else { pages as usize + 2 } {
                    format!("{requests} requests for {pages}")
                } else {
                    continue;
                }
            }
        };
        entry.1 += 1;
        if entry.2.is_empty() || what.starts_with("LOST") {
            entry.2 = format!("{what} seed {seed}");
        }
    }
    // Sorted lists with correct totals are read completely; the losses of lists with wrong totals are bounded.
    for (label, (runs, bad, what)) in report {
        let in_order = ["sorted", "one date", "coarse"].iter().any(|kind| label.starts_with(kind));
        let honest = in_order && label.contains("lie none") && label.contains("breaks false");
        assert!(bad == 0 || !honest, "{label}: {bad} of {runs}: {what}");
    }
}

#[test]
fn lists_without_dates_end() {
    let rows: Vec<(Key, i64)> = (0..30).map(|n| (n + 1, i64::MIN)).collect();
    for order in [ReadOrder::NewestFirst, ReadOrder::ConcurrentSegments] {
        let response = rest(&rows, 10, 3, 30, order, 1, &mut Rng(1), 0, false);
        assert_eq!(response.map(|(given, _)| given.len()), Ok(30), "{order:?}");
    }
}

#[test]
fn an_empty_last_page_ends() {
    // The service reports one page more than there is.
    let rows: Vec<(Key, i64)> = (0..30).map(|n| (n + 1, 1000 * n as i64)).collect();
    for order in [ReadOrder::NewestFirst, ReadOrder::ConcurrentSegments] {
        let response = rest(&rows, 10, 4, 30, order, 1, &mut Rng(1), 0, false);
        assert_eq!(response.map(|(given, _)| given.len()), Ok(30), "{order:?}");
    }
}

#[test]
fn one_case_without_a_date_costs_no_others() {
    for seed in 0..200 {
        let mut rows: Vec<(Key, i64)> = (0..200).map(|n| (n + 1, 1000 * n as i64 + 1000)).collect();
        rows[150].1 = i64::MIN;
        let response = rest(&rows, 10, 20, 200, ReadOrder::ConcurrentSegments, 6, &mut Rng(seed), 0, false);
        assert_eq!(response.map(|(given, _)| given.len()), Ok(200), "seed {seed}");
    }
}

#[test]
fn an_unsorted_list_is_resumed_without_loss() {
    for seed in 0..200 {
        let mut rng = Rng(seed);
        let rows: Vec<(Key, i64)> = (0..60).map(|n| (n + 1, 1000 * rng.below(1000) as i64)).collect();
        let (given, _) = rest(&rows, 10, 6, 60, ReadOrder::ConcurrentSegments, 1, &mut rng, 60, false).unwrap();
        let keys: BTreeSet<Key> = given.iter().map(|(key, _)| *key).collect();
        assert_eq!(keys.len(), 60, "seed {seed}");
    }
}

#[test]
fn pages_sorted_in_themselves_alone() {
    // Two pages are swapped, and each is sorted in itself.
    for seed in 0..300 {
        let mut rng = Rng(seed);
        let mut rows: Vec<(Key, i64)> = (0..60).map(|n| (n + 1, 1000 * n as i64 + 1000)).collect();
        let (a, b) = (rng.below(6) as usize, rng.below(6) as usize);
        for at in 0..10 {
            rows.swap(a * 10 + at, b * 10 + at);
        }
        let (given, _) = rest(&rows, 10, 6, 60, ReadOrder::ConcurrentSegments, 6, &mut rng, 0, false).unwrap();
        let keys: BTreeSet<Key> = given.iter().map(|(key, _)| *key).collect();
        assert_eq!(keys.len(), 60, "seed {seed}: pages {a} and {b}");
    }
}
