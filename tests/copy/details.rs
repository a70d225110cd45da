//! The details of open cases: which ones are due, what is written, and the answers of queries over it.

use crate::database;
use crate::queries::{self, page_ids};
use crate::random::{self, NOW_MS, Random};
use crate::writer::{acquire, batch_of, commit, dump, interrupt_after_each};
use cisco_support_case::gateway::copy::{
    CopyChange, DetailsBatch, drop_details_statements, due_details_statements, progress_statements,
};
use cisco_support_case::model::{CaseDetail, CaseNote, CaseRecord, CaseStatus, DetailColumns, StatusFlag, Timestamp};
use cisco_support_case::query::sql::{CaseScope, SqlQuery};
use cisco_support_case::query::{OverviewOptions, QueryableCase};
use cisco_support_case::store::CaseStore;
use cisco_support_case::util::parse_json;
use rusqlite::Connection;

const HOUR_MS: i64 = 3_600_000;

/// Random details of a case, as of its last update.
pub fn detail_of(random: &mut Random, case: &CaseRecord) -> CaseDetail {
    let mut detail = CaseDetail::default();
    detail.case_id.clone_from(&case.case_id);
    detail.contract_id.clone_from(&case.contract_id);
    detail.user_id.clone_from(&case.user_id);
    detail.updated_date.clone_from(&case.updated_date);
    detail.owner_name = random.pick(&["Ada Example", "", "Ümit Muster"]).to_owned();
    detail.owner_email = random.pick(&["ada@cisco.com", ""]).to_owned();
    detail.tracking_number = random.pick(&["", "INC-7", "a \"quoted\" one"]).to_owned();
    for _ in 0..random.below(4) {
        let mut note = CaseNote::default();
        note.created_by = random.pick(&["Ada Example", "jdoe", "", "bot@cisco.com"]).to_owned();
        note.creation_date =
            (!random.one_in(5)).then(|| Timestamp::from_unix_ms(NOW_MS - random.below(4) as i64)).flatten();
        detail.notes.push(note);
    }
    detail
}

fn due(connection: &Connection, writer: i64, now_ms: i64) -> Vec<String> {
    let statements = due_details_statements(writer, 1000, now_ms);
    let transaction = connection.unchecked_transaction().unwrap();
    let mut found = Vec::new();
    for statement in &statements {
        found = database::rows(&transaction, statement, |row| row.get_unwrap(0));
    }
    transaction.commit().unwrap();
    found
}

/// An open case that was updated some minutes after the beginning.
fn open_case(case_id: &str, minute: i64) -> CaseRecord {
    let mut case = CaseRecord::default();
    case.case_id = case_id.to_owned();
    case.contract_id = "12345".to_owned();
    case.status_flag = Some(StatusFlag::Open);
    case.updated_date = Timestamp::from_unix_ms(NOW_MS + minute * 60_000);
    case
}

fn write(connection: &Connection, writer: i64, records: &[CaseRecord]) {
    let changes: Vec<_> = records.iter().map(CopyChange::Case).collect();
    commit(connection, &batch_of(writer, &changes).statements("cases")).unwrap();
}

fn write_details(connection: &Connection, writer: i64, details: &[CaseDetail], failed: &[&str], now_ms: i64) -> i64 {
    let mut batch = DetailsBatch::new(writer);
    assert!(details.iter().all(|detail| batch.push(detail)));
    failed.iter().for_each(|case_id| batch.push_failed(case_id));
    commit(connection, &batch.statements("details", now_ms)).unwrap()
}

#[test]
fn open_cases_without_details_or_with_older_ones_are_due_newest_first() {
    let connection = database::empty();
    let writer = acquire(&connection);
    let mut closed = open_case("closed", 9);
    closed.status_flag = Some(StatusFlag::Closed);
    let mut undated = open_case("undated", 0);
    undated.updated_date = None;
    let cases = [open_case("first", 1), open_case("second", 2), open_case("third", 3), closed, undated.clone()];
    write(&connection, writer, &cases);
    assert_eq!(due(&connection, writer, NOW_MS), ["third", "second", "first", "undated"]);
    let mut random = Random::new(1);
    let details = [detail_of(&mut random, &cases[2]), detail_of(&mut random, &undated)];
    write_details(&connection, writer, &details, &[], NOW_MS);
    assert_eq!(due(&connection, writer, NOW_MS), ["second", "first"]);
    // It moves, and is due again; one that is closed is not.
    let mut second = open_case("second", 5);
    second.status = CaseStatus::Closed;
    second.status_flag = Some(StatusFlag::Closed);
    write(&connection, writer, &[open_case("third", 4), second]);
    assert_eq!(due(&connection, writer, NOW_MS), ["third", "first"]);
}

#[test]
fn dropped_details_leave_nothing_of_them_and_are_due_again() {
    let connection = database::empty();
    let writer = acquire(&connection);
    let mut random = Random::new(5);
    let mut cases: Vec<_> = (0..9).map(|at| open_case(&format!("case-{at}"), at)).collect();
    cases[4].status_flag = Some(StatusFlag::Closed);
    write(&connection, writer, &cases);
    let before = dump(&connection);
    let details: Vec<_> = cases[..8].iter().map(|case| detail_of(&mut random, case)).collect();
    let version = write_details(&connection, writer, &details, &[], NOW_MS);
    assert_ne!(dump(&connection), before);
    // The ninth case has failed so often that it is not requested any more.
    let mut now = NOW_MS;
    for hours in [1, 2, 4, 8, 16, 32] {
        assert_eq!(due(&connection, writer, now), ["case-8"]);
        write_details(&connection, writer, &[], &["case-8"], now);
        now += hours * HOUR_MS;
    }
    assert_eq!(due(&connection, writer, now), [""; 0]);
    for after_id in [0, 4, 8] {
        let statements = drop_details_statements(writer, after_id, 4, "dropped");
        assert_eq!(commit(&connection, &statements).unwrap(), 9, "the greatest id");
        let left = "SELECT count(*) FROM cases WHERE details <> '' AND id <= ?1";
        let left: i64 = connection.query_row(left, [after_id + 4], |row| row.get(0)).unwrap();
        assert_eq!(left, 0);
    }
    let text = "SELECT max(c.version), max(last_note_ms), max(details_ms), progress FROM cases AS c, copy_state";
    let found: (i64, i64, i64, String) =
        connection.query_row(text, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))).unwrap();
    assert_eq!(found, (version, -9_007_199_254_740_991, -9_007_199_254_740_991, "dropped".to_owned()));
    assert_eq!(due(&connection, writer, NOW_MS).len(), 8, "all but the closed case");
    acquire(&connection);
    commit(&connection, &drop_details_statements(writer, 0, 4, "overtaken")).unwrap_err();
}

#[test]
fn a_case_that_fails_waits_longer_each_time_until_it_is_updated() {
    let connection = database::empty();
    let writer = acquire(&connection);
    write(&connection, writer, &[open_case("refused", 2), open_case("other", 1)]);
    let mut now = NOW_MS;
    for hours in [1, 2, 4, 8, 16] {
        assert_eq!(due(&connection, writer, now), ["refused", "other"]);
        write_details(&connection, writer, &[], &["refused"], now);
        // A batch whose answer was lost is sent again.
        write_details(&connection, writer, &[], &["refused"], now);
        assert_eq!(due(&connection, writer, now + hours * HOUR_MS - 1), ["other"], "after {hours} hours");
        now += hours * HOUR_MS;
    }
    assert_eq!(due(&connection, writer, now), ["refused", "other"]);
    write_details(&connection, writer, &[], &["refused"], now);
    assert_eq!(due(&connection, writer, now + 10_000 * HOUR_MS), ["other"], "the sixth failure is the last");
    write(&connection, writer, &[open_case("refused", 3)]);
    assert_eq!(due(&connection, writer, now), ["refused", "other"]);
    write_details(&connection, writer, &[], &["refused"], now);
    assert_eq!(due(&connection, writer, now + HOUR_MS), ["refused", "other"], "it is counted anew");
}

#[test]
fn details_that_are_older_than_the_record_or_of_another_contract_are_requested_later_again() {
    let connection = database::empty();
    let writer = acquire(&connection);
    let cases = [open_case("old", 2), open_case("moved", 1)];
    write(&connection, writer, &cases);
    let mut random = Random::new(2);
    let [mut old, mut moved] = [0, 1].map(|place| detail_of(&mut random, &cases[place]));
    old.updated_date = Timestamp::from_unix_ms(NOW_MS);
    moved.contract_id = "of others".into();
    moved.owner_name = "of others".into();
    write_details(&connection, writer, &[old.clone(), moved.clone()], &[], NOW_MS);
    let texts = |case_id: &str| -> String {
        connection.query_row("SELECT details FROM cases WHERE case_id = ?1", [case_id], |row| row.get(0)).unwrap()
    };
    assert!(!texts("old").is_empty(), "they are better than none");
    assert_eq!(texts("moved"), "", "nobody sees the details of a case that others have now");
    assert!(due(&connection, writer, NOW_MS).is_empty());
    // The record is updated, and the service still has the older details.
    write(&connection, writer, &[open_case("old", 3)]);
    assert_eq!(due(&connection, writer, NOW_MS), ["old"]);
    let version = write_details(&connection, writer, &[old], &[], NOW_MS);
    assert!(due(&connection, writer, NOW_MS).is_empty(), "it is not requested at once again");
    assert_eq!(due(&connection, writer, NOW_MS + HOUR_MS), ["old", "moved"]);
    // Details that are newer than the record: the next list has no news.
    moved.contract_id = "12345".into();
    moved.updated_date = Timestamp::from_unix_ms(NOW_MS + HOUR_MS);
    assert_eq!(write_details(&connection, writer, &[moved], &[], NOW_MS), version + 1);
    write(&connection, writer, &[open_case("moved", 60)]);
    assert_eq!(due(&connection, writer, NOW_MS + HOUR_MS), ["old"]);
}

#[test]
fn a_batch_that_is_interrupted_anywhere_commits_nothing_and_one_that_is_repeated_changes_nothing() {
    let mut random = Random::new(3);
    let connection = database::empty();
    let writer = acquire(&connection);
    let cases: Vec<CaseRecord> = (0..20).map(|number| open_case(&number.to_string(), number)).collect();
    write(&connection, writer, &cases);
    let mut batch = DetailsBatch::new(writer);
    assert!(cases[..15].iter().all(|case| batch.push(&detail_of(&mut random, case))));
    cases[15..].iter().for_each(|case| batch.push_failed(&case.case_id));
    batch.push_failed("no such case");
    let statements = batch.statements("second", NOW_MS);
    interrupt_after_each(&connection, &statements);
    let version = commit(&connection, &statements).unwrap();
    assert_eq!(version, 35, "a version for each case, and another one for each details");
    let after = dump(&connection);
    assert_eq!(commit(&connection, &statements).unwrap(), version);
    assert_eq!(dump(&connection), after);
    // An overtaken writer commits nothing, nor does it learn what is due.
    acquire(&connection);
    let after = dump(&connection);
    commit(&connection, &statements).unwrap_err();
    commit(&connection, &progress_statements(writer, "third")).unwrap_err();
    commit(&connection, &due_details_statements(writer, 9, NOW_MS + HOUR_MS)).unwrap_err();
    assert_eq!(dump(&connection), after);
}

#[test]
fn the_migration_of_a_filled_copy_makes_its_open_cases_due() {
    let mut random = Random::new(4);
    let records: Vec<CaseRecord> = (0..200).map(|number| random::case(&mut random, number)).collect();
    let cases: Vec<QueryableCase<'_>> = records.iter().map(QueryableCase::new).collect();
    let connection = database::with_migrations(&database::MIGRATIONS[..1]);
    database::insert(&connection, &cases);
    let writer = acquire(&connection);
    connection.execute_batch("UPDATE copy_state SET version = 200").unwrap();
    database::MIGRATIONS[1..].iter().for_each(|migration| connection.execute_batch(migration).unwrap());
    let mut open: Vec<&CaseRecord> = records.iter().filter(|case| case.is_open()).collect();
    let ms = |case: &CaseRecord| case.updated_date.as_ref().map(Timestamp::unix_ms);
    open.sort_by(|one, other| ms(other).cmp(&ms(one)).then_with(|| one.case_id.cmp(&other.case_id)));
    let ids: Vec<&str> = open.iter().map(|case| case.case_id.as_str()).collect();
    assert!(ids.len() > 50 && ids.len() < 150);
    assert_eq!(due(&connection, writer, NOW_MS), ids);
    let details: Vec<CaseDetail> = open.iter().map(|case| detail_of(&mut random, case)).collect();
    write_details(&connection, writer, &details, &[], NOW_MS);
    assert!(due(&connection, writer, NOW_MS).is_empty());
    let version: i64 = connection.query_row("SELECT version FROM copy_state", [], |row| row.get(0)).unwrap();
    assert_eq!(version, 200 + ids.len() as i64);
}

/// What a copy has of the details of each case, as the feed sends it.
fn copied_details(connection: &Connection) -> Vec<(String, DetailColumns)> {
    let mut prepared = connection.prepare("SELECT details FROM cases WHERE details <> ''").unwrap();
    let rows = prepared.query_map([], |row| row.get::<_, String>(0)).unwrap();
    rows.map(|json| DetailColumns::from_json(&parse_json(&json.unwrap()).unwrap()).unwrap()).collect()
}

#[test]
fn queries_over_cases_with_details_have_the_answers_of_a_store_that_follows_the_copy() {
    let mut sorted = 0;
    for seed in 0..30 {
        let mut random = Random::new(seed + 5000);
        let connection = database::empty();
        let writer = acquire(&connection);
        let mut records: Vec<CaseRecord> = (0..150).map(|number| random::case(&mut random, number)).collect();
        records.sort_by(|one, other| one.case_id.cmp(&other.case_id));
        records.dedup_by(|one, other| one.case_id == other.case_id);
        let mut applied = CaseStore::new();
        let mut followed = CaseStore::new();
        for store in [&mut applied, &mut followed] {
            store.set_now(NOW_MS);
            store.apply_records(&records).unwrap();
        }
        write(&connection, writer, &records);
        // Details of some cases, twice; of a few of them the record is newer.
        for _ in 0..2 {
            let mut details = Vec::new();
            for record in &mut records {
                if random.one_in(2) {
                    continue;
                }
                details.push(detail_of(&mut random, record));
                let now = record.updated_date.as_ref().map_or(NOW_MS, Timestamp::unix_ms);
                if random.one_in(4) {
                    record.updated_date = Timestamp::from_unix_ms(now + 1);
                    record.title.push_str(" again");
                    write(&connection, writer, std::slice::from_ref(record));
                    for store in [&mut applied, &mut followed] {
                        store.apply_records(std::slice::from_ref(record)).unwrap();
                    }
                }
            }
            write_details(&connection, writer, &details, &[], NOW_MS);
            // As `apply` of the details would do it, but for the record, which is that of the lists.
            let columns = |detail: &CaseDetail| (detail.case_id.clone(), DetailColumns::from_detail(detail));
            applied.apply_detail_columns(&details.iter().map(columns).collect::<Vec<_>>()).unwrap();
            followed.apply_detail_columns(&copied_details(&connection)).unwrap();
        }
        for record in &records {
            let id = &record.case_id;
            assert_eq!(followed.details(id), applied.details(id), "seed {seed}, {id}");
            assert_eq!(followed.get(id).as_ref(), Some(record), "seed {seed}, {id}");
        }
        let scope = CaseScope::all();
        for _ in 0..60 {
            let (text, query) = random::query(&mut random);
            sorted += usize::from(text.contains("last_note_date"));
            let expected = followed.query(&query);
            let cases: Vec<String> = expected.rows.iter().map(|row| followed.case_id(*row).to_owned()).collect();
            let sql = SqlQuery::new(&query, &scope, NOW_MS);
            for source in sql.all_sources() {
                let found = page_ids(&connection, &sql.page_statement(source));
                assert_eq!(found, (expected.total as usize, cases.clone()), "seed {seed}, {source:?}: {text}");
            }
            let options = OverviewOptions::default();
            let overview = followed.overview(&query, &options);
            let found = queries::overview(&connection, &sql, sql.all_sources()[0], &options);
            assert_eq!(found, overview, "seed {seed}: {text}");
        }
    }
    assert!(sorted > 50, "{sorted} queries in the order of notes");
}

#[test]
fn the_columns_of_details_are_those_of_a_store_that_applies_them() {
    let mut random = Random::new(6);
    for number in 0..500 {
        let mut record = random::case(&mut random, number);
        record.updated_date = Timestamp::from_unix_ms(NOW_MS + number as i64);
        let mut detail = detail_of(&mut random, &record);
        detail.contact_name = random.pick(&["Ada Example", " ada example ", ""]).to_owned();
        let mut store = CaseStore::new();
        store.apply_detail(&detail).unwrap();
        assert_eq!(store.details(&detail.case_id), Some(DetailColumns::from_detail(&detail)));
    }
}

#[test]
fn the_statements_of_details_seek_what_they_read() {
    let mut random = Random::new(7);
    let records: Vec<CaseRecord> = (0..500).map(|number| random::case(&mut random, number)).collect();
    let cases: Vec<QueryableCase<'_>> = records.iter().map(QueryableCase::new).collect();
    for is_analyzed in [false, true] {
        let connection = database::of_cases(&cases);
        if is_analyzed {
            connection.execute_batch("ANALYZE").unwrap();
        }
        let mut batch = DetailsBatch::new(1);
        batch.push(&detail_of(&mut random, &records[0]));
        batch.push_failed("x");
        let statements = batch.statements("", NOW_MS);
        let dropping = drop_details_statements(1, 0, 10, "a cursor");
        for statement in statements.iter().chain(&due_details_statements(1, 10, NOW_MS)).chain(&dropping) {
            for step in database::plan(&connection, statement) {
                // The index has nothing but cases that are due.
                let is_due = step.starts_with("SCAN cases USING") && step.contains("INDEX cases_by_due_details");
                let is_scan = step == "SCAN c" || step.starts_with("SCAN c ") || step.starts_with("SCAN cases");
                assert!(!is_scan || is_due, "{step:?} in the plan of {}", statement.text());
                assert!(!step.contains("USE TEMP B-TREE FOR ORDER BY") || statement.text().contains("row_number"));
            }
        }
    }
}

/// Those of a step are one parameter, and they share the row with a record of up to 1.8 MB.
#[test]
fn details_that_are_too_long_for_a_row_fail_and_stop_no_others() {
    let connection = database::empty();
    let writer = acquire(&connection);
    let mut longest = open_case("612345600", 100);
    longest.extra.push(("attachment".to_owned(), cisco_support_case::util::Json::String("x".repeat(1_790_000))));
    write(&connection, writer, &[longest]);
    let details = |number: usize, bytes: usize| {
        let mut detail = CaseDetail::default();
        detail.case_id = format!("6123456{number:02}");
        detail.updated_date = Timestamp::from_unix_ms(NOW_MS + 100 * 60_000);
        detail.owner_name = "x".repeat(bytes);
        detail
    };
    let mut batch = DetailsBatch::new(writer);
    assert!(!batch.push(&details(0, 40_000)), "no row has room for them");
    assert!(batch.push(&details(0, 39_000)));
    let pushed = (1..100).take_while(|number| batch.push(&details(*number, 39_000))).count();
    assert_eq!(pushed, 44, "a parameter has room for these");
    commit(&connection, &batch.statements("p", NOW_MS)).unwrap();
    let length = "SELECT length(details) FROM cases WHERE case_id = '612345600'";
    assert!(connection.query_row(length, [], |row| row.get::<_, u32>(0)).unwrap() > 39_000);
}
