//! What a writer commits: random histories, readers that follow versions, and interruptions at every statement.

use crate::database;
use crate::queries::page_ids;
use crate::random::{self, NOW_MS, Random};
use cisco_support_case::gateway::copy::{CopyBatch, CopyChange, acquire_statement, compact_statements};
use cisco_support_case::model::CaseRecord;
use cisco_support_case::query::sql::{CaseScope, SqlQuery, SqlStatement};
use cisco_support_case::query::{QueryableCase, evaluate};
use cisco_support_case::util::Json;
use rusqlite::{Connection, params_from_iter};
use std::collections::{BTreeMap, BTreeSet};

/// Runs statements in a transaction. The last one may select a version.
pub fn commit(connection: &Connection, statements: &[SqlStatement]) -> Result<i64, rusqlite::Error> {
    let transaction = connection.unchecked_transaction()?;
    let mut version = 0;
    for statement in statements {
        let mut prepared = transaction.prepare(statement.text())?;
        let mut rows = prepared.query(params_from_iter(database::values(statement)))?;
        while let Some(row) = rows.next()? {
            version = row.get(0)?;
        }
    }
    transaction.commit()?;
    Ok(version)
}

pub fn acquire(connection: &Connection) -> i64 {
    database::rows(connection, &acquire_statement("an epoch"), |row| row.get_unwrap("writer"))[0]
}

pub fn batch_of(writer: i64, changes: &[CopyChange<'_>]) -> CopyBatch {
    let mut batch = CopyBatch::new(writer);
    assert!(changes.iter().all(|change| batch.push(*change)));
    batch
}

/// The text of every row of every table, to compare states.
pub fn dump(connection: &Connection) -> String {
    let mut out = String::new();
    for table in ["copy_state", "cases", "case_links", "tombstones", "case_words_data", "case_words_docsize"] {
        let mut prepared = connection.prepare(&format!("SELECT * FROM {table}")).unwrap();
        let columns = prepared.column_count();
        let mut rows = prepared.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            for column in 0..columns {
                out += &format!("{:?}|", row.get_ref(column).unwrap());
            }
            out += "\n";
        }
    }
    out
}

/// A case of the model: its record, and since when it has its status.
#[derive(Clone)]
struct ModelCase {
    record: CaseRecord,
    status_since_ms: Option<i64>,
}

/// Begins a batch again and again, and asserts that nothing of it stays if the machine ends after any of its statements.
pub fn interrupt_after_each(connection: &Connection, statements: &[SqlStatement]) {
    let before = dump(connection);
    for count in 0..statements.len() {
        // The transaction is rolled back.
        let transaction = connection.unchecked_transaction().unwrap();
        for statement in &statements[..count] {
            database::rows(&transaction, statement, |_| ());
        }
        transaction.rollback().unwrap();
        assert_eq!(dump(connection), before, "after {count} statements");
    }
}

fn updated_ms(record: &CaseRecord) -> Option<i64> {
    record.updated_date.as_ref().map(|date| date.unix_ms())
}

/// Applies a case to the model by rule 9. Returns whether it changed.
fn apply(model: &mut BTreeMap<String, ModelCase>, record: &CaseRecord) -> bool {
    let updated = updated_ms(record);
    let Some(known) = model.get_mut(&record.case_id) else {
        let case = ModelCase { record: record.clone(), status_since_ms: updated };
        model.insert(record.case_id.clone(), case);
        return true;
    };
    // A missing date is the oldest.
    if updated < updated_ms(&known.record) || updated == updated_ms(&known.record) && *record == known.record {
        return false;
    }
    if updated.is_some() && (known.record.status != record.status || known.status_since_ms.is_none()) {
        known.status_since_ms = updated;
    }
    known.record = record.clone();
    true
}

/// A reader that follows the changes of a contract by version.
#[derive(Default)]
struct Reader {
    version: i64,
    cases: BTreeSet<String>,
}

impl Reader {
    fn read(&mut self, connection: &Connection, contract: &str) {
        let mut prepared = connection
            .prepare(
                "SELECT version, case_id, 1 FROM cases WHERE contract_id = ?1 AND version > ?2 UNION ALL SELECT version, \
                 case_id, 0 FROM tombstones WHERE contract_id = ?1 AND version > ?2 ORDER BY 1",
            )
            .unwrap();
        let mut rows = prepared.query((contract, self.version)).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let version: i64 = row.get_unwrap(0);
            assert!(version > self.version, "versions are unique");
            self.version = version;
            let case_id: String = row.get_unwrap(1);
            if row.get_unwrap(2) {
                self.cases.insert(case_id)
            } else {
                self.cases.remove(&case_id)
            };
        }
    }
}

#[test]
fn random_histories_end_in_the_state_of_the_model() {
    const CONTRACTS: [&str; 3] = ["1234567", "12345", "CON-77"];
    for seed in 0..60 {
        let mut random = Random::new(seed);
        let connection = database::empty();
        let writer = acquire(&connection);
        let mut model: BTreeMap<String, ModelCase> = BTreeMap::new();
        let mut readers = CONTRACTS.map(|_| Reader::default());
        let mut version = 0;
        for step in 0..12 {
            let ids: BTreeSet<usize> = (0..random.below(30)).map(|_| random.below(40)).collect();
            let mut records = Vec::new();
            let mut gone = Vec::new();
            for number in ids {
                match model.get(&random::case_id(number)) {
                    _ if random.one_in(8) => gone.push(random::case_id(number)),
                    // As it is in the copy: nothing changes.
                    Some(known) if random.one_in(4) => records.push(known.record.clone()),
                    _ => records.push(random::case(&mut random, number)),
                }
            }
            let cases = records.iter().map(CopyChange::Case);
            let changes: Vec<_> = cases.chain(gone.iter().map(|id| CopyChange::Gone(id))).collect();
            let next = commit(&connection, &batch_of(writer, &changes).statements(&format!("{step}"))).unwrap();

            let changed = records.iter().filter(|record| apply(&mut model, record)).count()
                + gone.iter().filter(|id| model.remove(*id).is_some()).count();
            assert!(next - version >= changed as i64, "seed {seed}, step {step}: a version for each change");
            assert!(changed > 0 || next == version, "seed {seed}, step {step}: none for what is as it was");
            version = next;
            for (reader, contract) in readers.iter_mut().zip(CONTRACTS) {
                if random.one_in(2) {
                    reader.read(&connection, contract);
                }
            }
        }
        connection.execute_batch("INSERT INTO case_words (case_words) VALUES ('integrity-check')").unwrap();
        for (mut reader, contract) in readers.into_iter().zip(CONTRACTS) {
            reader.read(&connection, contract);
            let of_contract = model.values().filter(|case| case.record.contract_id == contract);
            assert_eq!(reader.cases, of_contract.map(|case| case.record.case_id.clone()).collect(), "seed {seed}");
        }
        // Every index of the copy has what the model has.
        let cases: Vec<QueryableCase<'_>> = model
            .values()
            .map(|case| QueryableCase { status_since_ms: case.status_since_ms, ..QueryableCase::new(&case.record) })
            .collect();
        for _ in 0..60 {
            let (text, query) = random::query(&mut random);
            let expected = evaluate(&query, &cases, NOW_MS);
            let ids: Vec<String> = expected.rows.iter().map(|row| cases[*row].record.case_id.clone()).collect();
            let scope = CaseScope::all();
            let sql = SqlQuery::new(&query, &scope, NOW_MS);
            for source in sql.all_sources() {
                assert_eq!(
                    page_ids(&connection, &sql.page_statement(source)),
                    (expected.total, ids.clone()),
                    "seed {seed}, {source:?}: {text}"
                );
            }
        }
    }
}

/// Changes of every kind against a copy of ten cases: new, newer, moved to another contract, older, equal, gone.
fn changes_of_every_kind(random: &mut Random) -> (Connection, i64, Vec<CaseRecord>) {
    let connection = database::empty();
    let writer = acquire(&connection);
    let records: Vec<CaseRecord> = (0..10).map(|number| random::case(random, number)).collect();
    let first: Vec<_> = records.iter().map(CopyChange::Case).collect();
    commit(&connection, &batch_of(writer, &first).statements("first")).unwrap();
    let second = (4..14).map(|number| random::case(random, number)).chain(records[..2].iter().cloned()).collect();
    (connection, writer, second)
}

#[test]
fn a_batch_that_is_interrupted_anywhere_commits_nothing_and_one_that_is_repeated_changes_nothing() {
    for seed in 0..10 {
        let (connection, writer, records) = changes_of_every_kind(&mut Random::new(seed));
        let changes: Vec<_> =
            records.iter().map(CopyChange::Case).chain([CopyChange::Gone(&records[11].case_id)]).collect();
        let statements = batch_of(writer, &changes).statements("second");
        let before = dump(&connection);
        interrupt_after_each(&connection, &statements);
        let version = commit(&connection, &statements).unwrap();
        let after = dump(&connection);
        assert_ne!(after, before);
        // The answer was lost, and the writer sends the batch again.
        assert_eq!(commit(&connection, &statements).unwrap(), version);
        assert_eq!(dump(&connection), after);
    }
}

#[test]
fn an_overtaken_writer_commits_nothing() {
    let (connection, writer, records) = changes_of_every_kind(&mut Random::new(1));
    let changes: Vec<_> = records.iter().map(CopyChange::Case).collect();
    let other = acquire(&connection);
    assert_eq!(other, writer + 1);
    let before = dump(&connection);
    for statements in [batch_of(writer, &changes).statements("x"), compact_statements(writer, 0, 0).to_vec()] {
        commit(&connection, &statements).unwrap_err();
        assert_eq!(dump(&connection), before);
    }
    commit(&connection, &batch_of(other, &changes).statements("x")).unwrap();
    // Nor does a writer of a copy whose state is lost.
    connection.execute_batch("DELETE FROM copy_state").unwrap();
    commit(&connection, &batch_of(other, &changes).statements("x")).unwrap_err();
}

#[test]
fn the_epoch_of_a_copy_stays_and_its_progress_is_that_of_the_last_batch() {
    let (connection, _, records) = changes_of_every_kind(&mut Random::new(2));
    let read = |row: &rusqlite::Row<'_>| -> (String, String, i64) {
        (row.get_unwrap("epoch"), row.get_unwrap("progress"), row.get_unwrap("writer"))
    };
    let state = database::rows(&connection, &acquire_statement("another epoch"), read);
    assert_eq!(state, [("an epoch".to_owned(), "first".to_owned(), 2)]);
    commit(&connection, &batch_of(2, &[CopyChange::Case(&records[0])]).statements("second")).unwrap();
    assert_eq!(database::rows(&connection, &acquire_statement("x"), read)[0].1, "second");
}

#[test]
fn old_tombstones_are_dropped_behind_a_horizon() {
    let (connection, writer, records) = changes_of_every_kind(&mut Random::new(3));
    let gone: Vec<_> = records[..6].iter().map(|record| CopyChange::Gone(&record.case_id)).collect();
    commit(&connection, &batch_of(writer, &gone).statements("gone")).unwrap();
    let read = |text: &str| -> Vec<i64> {
        let mut prepared = connection.prepare(text).unwrap();
        prepared.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
    };
    let tombstones = read("SELECT version FROM tombstones ORDER BY version");
    assert_eq!(tombstones.len(), 6);
    commit(&connection, &compact_statements(writer, 10, 0)).unwrap();
    assert_eq!(read("SELECT version FROM tombstones").len(), 6);
    commit(&connection, &compact_statements(writer, 2, 0)).unwrap();
    assert_eq!(read("SELECT version FROM tombstones ORDER BY version"), tombstones[4..]);
    assert_eq!(read("SELECT oldest_version FROM copy_state"), [tombstones[3]]);
}

/// A contract with a million cases that is dropped leaves as many tombstones: readers do not wait until all of them are deleted.
#[test]
fn very_many_tombstones_are_dropped_by_several_transactions() {
    let connection = database::empty();
    let writer = acquire(&connection);
    let fill = "INSERT INTO tombstones (version, case_id, contract_id, user_id) WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL \
                SELECT i + 1 FROM n WHERE i < 50000) SELECT i, i, i % 3, i % 5 FROM n";
    connection.execute_batch(fill).unwrap();
    let number = |text: &str| -> i64 { connection.query_row(text, [], |row| row.get(0)).unwrap() };
    let mut left = Vec::new();
    for _ in 0..4 {
        let more = commit(&connection, &compact_statements(writer, 1000, 0)).unwrap();
        let oldest = number("SELECT oldest_version FROM copy_state");
        assert_eq!(number("SELECT min(version) FROM tombstones"), oldest + 1);
        assert_eq!(number("SELECT max(version) FROM dropped_tombstones"), oldest);
        left.push((number("SELECT count(*) FROM tombstones"), more));
    }
    assert_eq!(left, [(30_000, 1), (10_000, 1), (1000, 0), (1000, 0)]);
}

#[test]
fn a_full_batch_takes_no_further_change() {
    let mut random = Random::new(4);
    let mut batch = CopyBatch::new(1);
    let mut case = random::case(&mut random, 1);
    let taken = (0..).take_while(|number| {
        case.case_id = format!("{number}");
        batch.push(CopyChange::Case(&case))
    });
    assert_eq!(taken.count(), CopyBatch::MAX_CHANGES);
    // Two rows of such a case are longer than a value of D1 may be.
    case.title = "word ".repeat(60_000);
    let mut batch = CopyBatch::new(1);
    assert!(batch.push(CopyChange::Case(&case)));
    case.case_id = "another".into();
    assert!(!batch.push(CopyChange::Case(&case)));
}

#[test]
fn a_change_that_changes_no_word_writes_none() {
    let connection = database::empty();
    let writer = acquire(&connection);
    let mut record = random::case(&mut Random::new(5), 1);
    record.updated_date = None;
    let words = || -> Vec<(i64, Vec<u8>)> {
        let mut prepared = connection.prepare("SELECT id, block FROM case_words_data ORDER BY id").unwrap();
        prepared.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().collect::<Result<_, _>>().unwrap()
    };
    commit(&connection, &batch_of(writer, &[CopyChange::Case(&record)]).statements("first")).unwrap();
    let before = words();
    record.contact_name = "another name".into();
    let version = commit(&connection, &batch_of(writer, &[CopyChange::Case(&record)]).statements("second")).unwrap();
    assert_eq!((version, words() == before), (2, true));
    record.title = "other words".into();
    let version = commit(&connection, &batch_of(writer, &[CopyChange::Case(&record)]).statements("third")).unwrap();
    assert_eq!((version, words() == before), (3, false));
}

/// Returns a case with a text of some bytes in an undocumented field.
fn long_case(number: usize, bytes: usize) -> CaseRecord {
    let mut case = random::case(&mut Random::new(3), number);
    case.extra.push(("attachment".to_owned(), Json::String("x".repeat(bytes))));
    case.extra.push(("site".to_owned(), Json::String("a site".to_owned())));
    case
}

fn stored(connection: &Connection, case_id: &str) -> serde_json::Value {
    let sql = "SELECT record FROM cases WHERE case_id = ?1";
    let record: String = connection.query_row(sql, [case_id], |row| row.get(0)).unwrap();
    serde_json::from_str(&record).unwrap()
}

#[test]
fn a_case_that_is_longer_than_a_row_is_reduced_and_stops_no_other() {
    let connection = database::empty();
    let writer = acquire(&connection);
    let [ordinary, whole] = [random::case(&mut Random::new(3), 1), long_case(2, 1_700_000)];
    let extra = long_case(3, 2_100_000);
    let mut title = random::case(&mut Random::new(3), 4);
    title.title = "long words ".repeat(60_000);
    let mut many = random::case(&mut Random::new(3), 5);
    many.extra = (0..300).map(|number| (format!("field{number}"), Json::String("\"".repeat(9000)))).collect();
    let mut without_room = random::case(&mut Random::new(3), 6);
    without_room.contract_id = "7".repeat(1_900_000);
    let all = [&ordinary, &whole, &extra, &title, &many, &without_room];
    for round in 0..2 {
        for case in all {
            let mut batch = CopyBatch::new(writer);
            assert!(batch.push(CopyChange::Case(case)), "the first change has room");
            assert_eq!(batch.reduced(), u32::from(case.case_id != ordinary.case_id && case.case_id != whole.case_id));
            commit(&connection, &batch.statements("p")).unwrap();
        }
        let version: i64 = connection.query_row("SELECT version FROM copy_state", [], |row| row.get(0)).unwrap();
        assert_eq!(version, 5, "round {round}: a case that is left out and one that is as it was change nothing");
    }
    for case in [&ordinary, &whole] {
        assert_eq!(stored(&connection, &case.case_id).get("issues"), None);
    }
    let paths = |case: &CaseRecord| -> Vec<String> {
        let record = stored(&connection, &case.case_id);
        assert_eq!(record["case_id"], case.case_id.as_str());
        let issues = record["issues"].as_array().unwrap();
        assert!(issues.iter().all(|issue| issue["case_id"] == case.case_id.as_str()));
        issues.iter().map(|issue| issue["path"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(paths(&extra), ["extra.attachment"]);
    let record = stored(&connection, &extra.case_id);
    assert_eq!(
        (&record["title"], &record["extra"]),
        (&extra.title.as_str().into(), &serde_json::json!({ "site": "a site" }))
    );
    assert_eq!(record["issues"][0]["expected"], "at most 1800000 bytes in the row of a case");
    assert_eq!(record["issues"][0]["value"], "2100012 bytes");
    assert_eq!(paths(&title), ["title"]);
    assert_eq!(paths(&many), ["extra"], "many parts are named together");
    let count = "SELECT count(*) FROM cases WHERE length(contract_id) > 1000";
    assert_eq!(connection.query_row(count, [], |row| row.get::<_, u32>(0)).unwrap(), 0);
}

/// Records of closed cases are texts in a list: their quotes are escaped once more.
#[test]
fn a_batch_of_closed_cases_is_no_longer_than_a_value() {
    let connection = database::empty();
    let writer = acquire(&connection);
    let cases: Vec<CaseRecord> = (0..500)
        .map(|number| {
            let mut case = random::case(&mut Random::new(3), number);
            case.extra.push(("note".to_owned(), Json::String("\"".repeat(3000))));
            case
        })
        .collect();
    for change in [CopyChange::Case, CopyChange::Closed] {
        let mut rest = &cases[..];
        while !rest.is_empty() {
            let mut batch = CopyBatch::new(writer);
            let pushed = rest.iter().take_while(|case| batch.push(change(case))).count();
            commit(&connection, &batch.statements("p")).unwrap();
            rest = &rest[pushed..];
        }
    }
    let counts = "SELECT (SELECT count(*) FROM cases), (SELECT count(*) FROM tombstones)";
    let counts = connection.query_row(counts, [], |row| Ok((row.get::<_, u32>(0)?, row.get::<_, u32>(1)?))).unwrap();
    assert_eq!(counts, (0, 500));
}
