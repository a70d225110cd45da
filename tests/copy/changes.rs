//! A consumer that follows all changes of a copy by version, as a sync from the copy does.

use crate::database;
use crate::details::detail_of;
use crate::random::{self, NOW_MS, Random};
use crate::writer::{acquire, batch_of, commit};
use cisco_support_case::gateway::copy::{CopyChange, DetailsBatch, changes_statements};
use cisco_support_case::query::sql::SqlStatement;
use cisco_support_case::util::Json;
use rusqlite::{Connection, Row};
use std::collections::BTreeMap;

/// What the consumer knows: the record of each case of the copy, and the last event of each that left it.
#[derive(Default)]
struct Consumer {
    version: i64,
    /// The newest version at the end of the last reading that was completed.
    records_after: i64,
    /// Whether each reading was completed so far.
    is_whole: bool,
    cases: BTreeMap<String, String>,
    /// The record of a case that was closed, or nothing.
    left: BTreeMap<String, String>,
}

/// A row: its version, case and record, and whether the case stays.
type ChangeRow = (i64, String, String, bool);

/// Returns the rows with a record, and the version up to which these are all.
fn fitting(
    connection: &Connection,
    statement: &SqlStatement,
    most: u32,
    stays: impl Fn(&Row<'_>) -> bool,
) -> (Vec<ChangeRow>, i64) {
    let rows: Vec<(i64, String, Option<String>, bool)> = database::rows(connection, statement, |row| {
        (row.get_unwrap("version"), row.get_unwrap("case_id"), row.get_unwrap("record"), stays(row))
    });
    let is_full = rows.len() == most as usize || rows.iter().any(|row| row.2.is_none());
    let fitting = rows.into_iter().map_while(|(version, id, record, stays)| Some((version, id, record?, stays)));
    let fitting: Vec<ChangeRow> = fitting.collect();
    let end = fitting.last().map_or(i64::MAX, |row| if is_full { row.0 } else { i64::MAX });
    assert!(!is_full || !fitting.is_empty(), "the first row always fits");
    (fitting, end)
}

impl Consumer {
    /// Reads until nothing is left or a number of changes was read, `most` rows of each kind at a time.
    fn read(&mut self, connection: &Connection, most: u32, mut left: u32) {
        loop {
            let [state, cases, tombstones] = changes_statements(self.version, self.records_after, self.version, most);
            let newest = database::rows(connection, &state, |row| row.get_unwrap::<_, i64>("version"))[0];
            let (cases, cases_end) = fitting(connection, &cases, most, |_| false);
            let (tombstones, tombstones_end) = fitting(connection, &tombstones, most, |row| row.get_unwrap("stays"));
            let end = cases_end.min(tombstones_end).min(newest);
            let mut changes: Vec<(i64, String, Option<String>, String)> =
                cases.into_iter().map(|(version, id, record, _)| (version, id, Some(record), String::new())).collect();
            let gone = tombstones.into_iter().filter(|row| !row.3);
            changes.extend(gone.map(|(version, id, record, _)| (version, id, None, record)));
            changes.retain(|change| change.0 <= end);
            changes.sort_unstable();
            for (version, id, case, closed) in changes {
                if left == 0 {
                    self.is_whole = false;
                    return;
                }
                left -= 1;
                assert!(version > self.version, "versions are unique");
                self.version = version;
                match case {
                    Some(record) => {
                        self.left.remove(&id);
                        let is_same = self.cases.get(&id) == Some(&record);
                        assert!(!is_same || !self.is_whole, "the record of {id} was read before");
                        self.cases.insert(id, record)
                    }
                    None => {
                        self.cases.remove(&id);
                        self.left.insert(id, closed)
                    }
                };
            }
            self.version = end;
            if end == newest {
                self.records_after = newest;
                return;
            }
        }
    }
}

#[test]
fn a_consumer_of_all_versions_has_every_case_and_knows_the_last_record_of_closed_ones() {
    for seed in 0..60 {
        let mut random = Random::new(seed);
        let connection = database::empty();
        let writer = acquire(&connection);
        let consumer = |most: u32| (most, Consumer { is_whole: true, ..Consumer::default() });
        let mut consumers: Vec<(u32, Consumer)> = [1, 2, 3, 7, 200, 2, 7].map(consumer).into();
        // The ids that were in the copy, and whether they were last closed.
        let mut left: BTreeMap<String, bool> = BTreeMap::new();
        for step in 0..12 {
            let mut records = BTreeMap::new();
            for _ in 0..random.below(20) {
                let number = random.below(30);
                records.insert(number, (random::case(&mut random, number), random.below(6)));
            }
            let changes: Vec<_> = records
                .values()
                .map(|(record, kind)| match kind {
                    0 => CopyChange::Gone(&record.case_id),
                    1 => CopyChange::Closed(record),
                    _ => CopyChange::Case(record),
                })
                .collect();
            let known = |id: &str| {
                let text = "SELECT count(*) FROM cases WHERE case_id = ?1";
                connection.query_row(text, [id], |row| row.get::<_, i64>(0)).unwrap() > 0
            };
            for change in &changes {
                match change {
                    CopyChange::Case(record) => _ = left.remove(&record.case_id),
                    other if known(other.case_id()) => {
                        left.insert(other.case_id().to_owned(), matches!(other, CopyChange::Closed(_)));
                    }
                    _ => {}
                }
            }
            commit(&connection, &batch_of(writer, &changes).statements(&format!("{step}"))).unwrap();
            // Details of cases are no changes of their records.
            let mut batch = DetailsBatch::new(writer);
            for (record, kind) in records.values().filter(|(_, kind)| *kind > 1) {
                if *kind > 3 {
                    batch.push(&detail_of(&mut random, record));
                }
            }
            commit(&connection, &batch.statements("details", NOW_MS)).unwrap();
            for (place, (most, consumer)) in consumers.iter_mut().enumerate() {
                if random.one_in(3) {
                    // Two of them do not always read to the end.
                    let left = if place < 5 { u32::MAX } else { random.below(12) as u32 };
                    consumer.read(&connection, *most, left);
                }
            }
        }
        let mut prepared = connection.prepare("SELECT case_id, record FROM cases").unwrap();
        let expected: BTreeMap<String, String> =
            prepared.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().collect::<Result<_, _>>().unwrap();
        for (most, consumer) in &mut consumers {
            consumer.read(&connection, *most, u32::MAX);
            assert_eq!(consumer.cases, expected, "seed {seed}, {most} at a time");
            let closed: BTreeMap<String, bool> =
                consumer.left.iter().map(|(id, record)| (id.clone(), !record.is_empty())).collect();
            assert_eq!(closed, left, "seed {seed}, {most} at a time");
            assert!(consumer.left.iter().all(|(id, record)| record.is_empty() || record.contains(id.as_str())));
        }
    }
}

#[test]
fn the_changes_after_a_version_are_read_by_its_index() {
    let connection = database::empty();
    for statement in changes_statements(812, 800, 812, 200) {
        for step in database::plan(&connection, &statement) {
            let is_scan = step.starts_with("SCAN") && step != "SCAN w" && !step.starts_with("SCAN (subquery");
            assert!(!is_scan && !step.contains("TEMP B-TREE"), "{step}");
        }
    }
}

#[test]
fn records_that_are_longer_than_a_page_together_are_read_by_several_batches() {
    let connection = database::empty();
    let writer = acquire(&connection);
    let mut random = Random::new(9);
    for closed in [false, true] {
        for number in 0..6 {
            let mut record = random::case(&mut random, number);
            record.extra.push(("attachment".to_owned(), Json::String("é".repeat(850_000))));
            let change = if closed { CopyChange::Closed(&record) } else { CopyChange::Case(&record) };
            commit(&connection, &batch_of(writer, &[change]).statements("p")).unwrap();
        }
        let mut consumer = Consumer { is_whole: true, ..Consumer::default() };
        let [_, cases, tombstones] = changes_statements(0, 0, 0, 200);
        for statement in [cases, tombstones] {
            let (rows, _) = fitting(&connection, &statement, 200, |_| false);
            assert!(rows.iter().map(|row| row.2.len()).sum::<usize>() <= 4_000_000);
        }
        consumer.read(&connection, 200, u32::MAX);
        let (held, left) = if closed { (0, 6) } else { (6, 0) };
        assert_eq!(
            (consumer.cases.len(), consumer.left.values().filter(|record| !record.is_empty()).count()),
            (held, left)
        );
    }
}
