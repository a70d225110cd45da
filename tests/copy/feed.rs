//! The feed: readers of random permissions over random histories end with exactly what they may see.

use crate::database;
use crate::random::{self, NOW_MS, Random};
use crate::writer::{acquire, batch_of, commit};
use cisco_support_case::gateway::Permissions;
use cisco_support_case::gateway::copy::{
    CopyChange, CopyQuery, FeedCursor, FeedPage, FeedReader, FeedRow, FeedStep, RefillReason, compact_statements,
};
use cisco_support_case::model::CaseRecord;
use cisco_support_case::query::sql::SqlStatement;
use cisco_support_case::util::parse_json;
use rusqlite::Connection;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

const CONTRACTS: [&str; 6] = ["1234567", "12345", "200000001", "CON-77", "con 77", "7654321"];
const USERS: [&str; 3] = ["jdoe", "doe", "müller"];

fn permissions(value: &Value) -> Permissions {
    Permissions::from_json(&parse_json(&value.to_string()).unwrap()).unwrap()
}

fn random_permissions(random: &mut Random) -> Value {
    if random.one_in(12) {
        return json!({ "contract_ids": "*" });
    }
    let of = |random: &mut Random, all: &[&'static str], one_in: usize| -> Vec<&'static str> {
        let is_none = random.one_in(3);
        all.iter().copied().filter(|_| !is_none && random.one_in(one_in)).collect()
    };
    json!({ "contract_ids": of(random, &CONTRACTS, 2), "user_ids": of(random, &USERS, 2) })
}

/// Returns the rows of the last statement of a batch, each with its record.
fn run(connection: &Connection, statements: &[SqlStatement]) -> (Vec<FeedRow>, Vec<String>) {
    let mut last = Vec::new();
    for statement in statements {
        last = database::rows(connection, statement, |row| {
            let feed_row = database::feed_row(row);
            (feed_row, row.get_unwrap::<_, String>("record"))
        });
    }
    last.into_iter().unzip()
}

/// A page, the records of its cases, and the number of batches that it took.
struct Answer {
    page: FeedPage,
    records: Vec<String>,
    batches: usize,
}

/// Reads a page. `between` runs between two batches.
fn read(connection: &Connection, mut reader: FeedReader, mut between: impl FnMut()) -> Answer {
    let mut page_records = Vec::new();
    for batches in 1..10 {
        let is_page = reader.is_at_page();
        let (rows, records) = run(connection, &reader.statements());
        if is_page {
            page_records = records;
        }
        match reader.on_rows(&rows) {
            FeedStep::Run => between(),
            FeedStep::Page(page) => {
                let records = page.rows.iter().map(|row| page_records[*row as usize].clone()).collect();
                return Answer { page: *page, records, batches };
            }
            other => panic!("{other:?}"),
        }
    }
    panic!("a page takes few batches");
}

/// A page of a portal: what it holds.
#[derive(Default)]
struct Holder {
    cursor: Option<FeedCursor>,
    cases: BTreeMap<String, Value>,
    /// The cases from before a refill that have not come again.
    stale: BTreeSet<String>,
    refills: usize,
}

impl Holder {
    /// Reads one page. Returns whether there are more.
    fn read(&mut self, connection: &Connection, allowed: &Value, limit: u32, between: impl FnMut()) -> bool {
        let mark = format!(
            "{:x}",
            allowed.to_string().bytes().fold(7_u64, |sum, byte| sum * 31 % 1_000_003 + u64::from(byte))
        );
        // The cursor goes through its text.
        let since = self.cursor.as_ref().map(|cursor| FeedCursor::parse(&cursor.to_text()).unwrap());
        let reader = FeedReader::new(&permissions(allowed), &mark, since.clone(), limit, NOW_MS);
        let Answer { page, records, .. } = read(connection, reader, between);
        if page.refill.is_some() {
            self.stale = self.cases.keys().cloned().collect();
            self.refills += 1;
        } else if let Some(since) = &since {
            assert!(page.cursor.version >= since.version || since.place.is_some(), "a cursor never goes back");
        }
        let is_in = |case: &Value, field: &str, ids: &[String]| ids.iter().any(|id| case[field] == id.as_str());
        self.cases.retain(|_, case| {
            !is_in(case, "contract_id", &page.left_contract_ids) && !is_in(case, "user_id", &page.left_user_ids)
        });
        for case_id in &page.gone {
            self.cases.remove(case_id);
        }
        assert!(page.rows.len() + page.gone.len() <= limit as usize);
        for record in records {
            let case: Value = serde_json::from_str(&record).unwrap();
            let case_id = case["case_id"].as_str().unwrap().to_owned();
            assert!(may_see(allowed, &case), "{case} for {allowed}");
            self.stale.remove(&case_id);
            self.cases.insert(case_id, case);
        }
        if !page.has_more {
            for case_id in std::mem::take(&mut self.stale) {
                self.cases.remove(&case_id);
            }
        }
        self.cursor = Some(page.cursor.clone());
        page.has_more
    }

    /// Reads to the end of a round, and then that nothing is new.
    fn read_to_end(&mut self, connection: &Connection, allowed: &Value, limit: u32) {
        let mut pages = 0;
        while self.read(connection, allowed, limit, || ()) {
            pages += 1;
            assert!(pages < 10_000, "a round ends");
        }
    }
}

fn may_see(allowed: &Value, case: &Value) -> bool {
    let has = |kind: &str, field: &str| match &allowed[kind] {
        Value::Array(ids) => ids.contains(&case[field]),
        Value::String(_) => true,
        _ => false,
    };
    has("contract_ids", "contract_id") || has("user_ids", "user_id")
}

/// Returns what permissions permit of the copy.
fn truth(connection: &Connection, allowed: &Value) -> BTreeMap<String, Value> {
    let mut prepared = connection.prepare("SELECT case_id, record FROM cases").unwrap();
    let rows = prepared.query_map([], |row| Ok((row.get(0)?, row.get::<_, String>(1)?))).unwrap();
    let cases = rows.map(|row| row.map(|(case_id, record)| (case_id, serde_json::from_str(&record).unwrap())).unwrap());
    cases.filter(|(_, case)| may_see(allowed, case)).collect()
}

/// Commits random changes of cases.
fn change(connection: &Connection, writer: i64, random: &mut Random, count: usize) {
    let ids: BTreeSet<usize> = (0..count).map(|_| random.below(120)).collect();
    let (mut records, mut gone) = (Vec::new(), Vec::new());
    for number in ids {
        match random.one_in(6) {
            true => gone.push(random::case_id(number)),
            false => records.push(random::case(random, number)),
        }
    }
    let cases = records.iter().map(CopyChange::Case);
    let changes: Vec<_> = cases.chain(gone.iter().map(|id| CopyChange::Gone(id))).collect();
    commit(connection, &batch_of(writer, &changes).statements("p")).unwrap();
}

#[test]
fn readers_with_changing_permissions_hold_what_they_may_see() {
    let mut refills = 0;
    for seed in 0..24 {
        let mut random = Random::new(seed);
        let connection = database::empty();
        let writer = acquire(&connection);
        let mut readers: Vec<(Value, Holder)> =
            (0..6).map(|_| (random_permissions(&mut random), Holder::default())).collect();
        for _ in 0..25 {
            let count = random.below(40);
            change(&connection, writer, &mut random, count);
            if random.one_in(8) {
                commit(&connection, &compact_statements(writer, random.below(30) as u32, 0)).unwrap();
            }
            for (allowed, holder) in &mut readers {
                if random.one_in(6) {
                    *allowed = random_permissions(&mut random);
                }
                let limit = random.pick(&[1, 2, 3, 7, 20, 1000]);
                match random.below(4) {
                    // Offline.
                    0 => {}
                    // A page or two, while the writer goes on.
                    1 => {
                        for _ in 0..2 {
                            holder.read(&connection, allowed, limit, || ());
                            change(&connection, writer, &mut random, 3);
                        }
                    }
                    2 => {
                        // The writer commits between two batches of a page.
                        let mut other = Random::new(random.next());
                        holder.read(&connection, allowed, limit, || {
                            change(&connection, writer, &mut other, 5);
                            if other.one_in(2) {
                                commit(&connection, &compact_statements(writer, other.below(12) as u32, 0)).unwrap();
                            }
                        });
                    }
                    _ => holder.read_to_end(&connection, allowed, limit),
                }
            }
        }
        for (allowed, holder) in &mut readers {
            holder.read_to_end(&connection, allowed, 7);
            holder.read_to_end(&connection, allowed, 7);
            assert_eq!(holder.cases, truth(&connection, allowed), "seed {seed}, {allowed}");
            refills += holder.refills;
        }
    }
    assert!(refills > 10, "tombstones were dropped: {refills}");
}

/// A copy with some cases, and the writer of it.
fn copy_of(count: usize) -> (Connection, i64, Random) {
    let connection = database::empty();
    let writer = acquire(&connection);
    let mut random = Random::new(5);
    let records: Vec<CaseRecord> = (0..count).map(|number| random::case(&mut random, number)).collect();
    for records in records.chunks(500) {
        let changes: Vec<_> = records.iter().map(CopyChange::Case).collect();
        commit(&connection, &batch_of(writer, &changes).statements("p")).unwrap();
    }
    (connection, writer, random)
}

fn page(connection: &Connection, allowed: &Value, since: Option<&FeedCursor>, limit: u32) -> Answer {
    let reader = FeedReader::new(&permissions(allowed), "a mark", since.cloned(), limit, NOW_MS);
    read(connection, reader, || ())
}

#[test]
fn nothing_new_is_one_statement_and_the_same_cursor() {
    let (connection, _, _) = copy_of(300);
    for allowed in [json!({ "contract_ids": ["12345"], "user_ids": ["doe"] }), json!({ "user_ids": "*" }), json!({})] {
        let first = page(&connection, &allowed, None, 1000);
        assert!(!first.page.has_more);
        let mut reader =
            FeedReader::new(&permissions(&allowed), "a mark", Some(first.page.cursor.clone()), 1000, NOW_MS);
        assert_eq!(reader.statements().len(), 1);
        let again = page(&connection, &allowed, Some(&first.page.cursor), 1000);
        assert!(!again.page.has_changes() && !again.page.is_renewed, "{allowed}");
        assert_eq!((again.batches, &again.page.cursor), (1, &first.page.cursor));
    }
}

#[test]
fn changes_of_others_change_no_answer_and_no_cursor() {
    let (connection, writer, mut random) = copy_of(400);
    let allowed = json!({ "contract_ids": ["12345"], "user_ids": ["doe"] });
    let read_all = |since: Option<&FeedCursor>| -> Vec<(FeedPage, Vec<String>)> {
        let mut pages = Vec::new();
        let mut cursor = since.cloned();
        loop {
            let Answer { page: mut one, records, .. } = page(&connection, &allowed, cursor.as_ref(), 10);
            cursor = Some(one.cursor.clone());
            let has_more = one.has_more;
            // The place of a case among the rows of the statement is not sent.
            one.rows.clear();
            pages.push((one, records));
            if !has_more {
                return pages;
            }
        }
    };
    let fill = read_all(None);
    assert!(fill.len() > 3);
    let middle = fill[1].0.cursor.clone();
    let end = fill.last().unwrap().0.cursor.clone();
    let (rest, none) = (read_all(Some(&middle)), read_all(Some(&end)));
    for round in 0..20 {
        let records: Vec<CaseRecord> = (0..500)
            .map(|number| {
                let mut case = random::case(&mut random, 10_000 + round * 500 + number);
                (case.contract_id, case.user_id) = ("another".to_owned(), "other".to_owned());
                case
            })
            .collect();
        let changes: Vec<_> = records.iter().map(CopyChange::Case).collect();
        commit(&connection, &batch_of(writer, &changes).statements("p")).unwrap();
        let gone: Vec<_> = records.iter().step_by(2).map(|case| CopyChange::Gone(&case.case_id)).collect();
        commit(&connection, &batch_of(writer, &gone).statements("p")).unwrap();
        commit(&connection, &compact_statements(writer, 50, 0)).unwrap();
    }
    assert_eq!(read_all(None), fill);
    assert_eq!(read_all(Some(&middle)), rest);
    assert_eq!(read_all(Some(&end)), none);
}

#[test]
fn a_cursor_of_another_copy_of_the_future_or_from_before_the_horizon_is_a_refill() {
    let (connection, writer, mut random) = copy_of(300);
    let allowed = json!({ "contract_ids": ["12345", "CON-77"] });
    let cursor = page(&connection, &allowed, None, 1000).page.cursor;
    let refill = |cursor: &FeedCursor| {
        let answer = page(&connection, &allowed, Some(cursor), 1000);
        assert_eq!(answer.page.rows.len(), page(&connection, &allowed, None, 1000).page.rows.len());
        answer.page.refill
    };
    let changed = |change: &dyn Fn(&mut FeedCursor)| {
        let mut cursor = cursor.clone();
        change(&mut cursor);
        refill(&cursor)
    };
    assert_eq!(changed(&|cursor| cursor.epoch = "another".to_owned()), Some(RefillReason::Epoch));
    assert_eq!(changed(&|cursor| cursor.version = 1 << 40), Some(RefillReason::Future));
    assert_eq!(changed(&|cursor| cursor.mark = "nobody's".to_owned()), Some(RefillReason::Permissions));
    let gone: Vec<String> = (0..120).map(random::case_id).collect();
    let changes: Vec<_> = gone.iter().map(|id| CopyChange::Gone(id)).collect();
    commit(&connection, &batch_of(writer, &changes).statements("p")).unwrap();
    change(&connection, writer, &mut random, 30);
    commit(&connection, &compact_statements(writer, 0, 0)).unwrap();
    assert_eq!(refill(&cursor), Some(RefillReason::Horizon));
    // After the refill it goes on.
    let after = page(&connection, &allowed, Some(&cursor), 1000).page;
    assert_eq!(page(&connection, &allowed, Some(&after.cursor), 1000).page.refill, None);
}

#[test]
fn permissions_of_readers_that_do_not_come_are_forgotten() {
    let (connection, writer, _) = copy_of(100);
    let (before, after) = (json!({ "contract_ids": ["12345"] }), json!({ "contract_ids": ["12345", "CON-77"] }));
    let today = NOW_MS / 86_400_000;
    let gain = |day: i64| {
        let cursor = page(&connection, &before, None, 1000).page.cursor;
        commit(&connection, &compact_statements(writer, 1000, day)).unwrap();
        let reader = FeedReader::new(&permissions(&after), "another mark", Some(cursor), 1000, NOW_MS);
        read(&connection, reader, || ()).page.refill
    };
    assert_eq!(gain(today + 90), None);
    assert_eq!(gain(today + 91), Some(RefillReason::Permissions));
}

#[test]
fn a_copy_without_a_writer_is_not_ready() {
    let connection = database::empty();
    let mut reader = FeedReader::new(&permissions(&json!({})), "a mark", None, 10, NOW_MS);
    let (rows, _) = run(&connection, &reader.statements());
    assert_eq!(reader.on_rows(&rows), FeedStep::NotReady);
}

#[test]
fn no_statement_of_the_feed_scans_or_sorts() {
    let (connection, _, _) = copy_of(300);
    let some = json!({ "contract_ids": CONTRACTS, "user_ids": USERS });
    for is_analyzed in [false, true] {
        if is_analyzed {
            connection.execute_batch("ANALYZE").unwrap();
        }
        for allowed in [&some, &json!({ "user_ids": "*" })] {
            let first = page(&connection, allowed, None, 1000).page.cursor;
            let middle = page(&connection, allowed, None, 3).page.cursor;
            for since in [None, Some(first), Some(middle)] {
                let mut reader = FeedReader::new(&permissions(allowed), "a mark", since, 3, NOW_MS);
                loop {
                    let statements = reader.statements();
                    let statement = statements.last().unwrap();
                    for step in database::plan(&connection, statement) {
                        let known = [
                            "SCAN r VIRTUAL TABLE",
                            "SCAN json_each",
                            "SCAN (subquery",
                            "SCAN m",
                            "SCAN p",
                            "SCAN CONSTANT",
                        ];
                        assert!(!step.starts_with("SCAN") || known.iter().any(|one| step.starts_with(one)), "{step}");
                        assert!(!step.contains("TEMP B-TREE"), "{step}");
                    }
                    let (rows, _) = run(&connection, &statements);
                    if reader.on_rows(&rows) != FeedStep::Run {
                        break;
                    }
                }
            }
        }
    }
}

#[test]
fn texts_that_are_no_cursor_are_refused() {
    let cursor = FeedCursor { epoch: "e".into(), mark: "m".into(), version: -1, ..FeedCursor::default() };
    let text = cursor.to_text();
    assert_eq!(FeedCursor::parse(&text), Some(cursor));
    for wrong in ["", "1", "2.e..m.1.2", "1.e..m.x.2", "1.e..m.1.2.3", "1.e..m.1.2.3.4.5.6.7", &format!("{text}.")] {
        assert_eq!(FeedCursor::parse(wrong), None, "{wrong}");
    }
}

/// Values of D1 have at most 2 MB, which the test's database enforces.
#[test]
fn identities_with_as_many_and_as_long_ids_as_permissions_may_have_are_answered() {
    let (connection, writer, _) = copy_of(300);
    let mine: BTreeSet<String> =
        truth(&connection, &json!({ "contract_ids": ["12345", "CON-77"], "user_ids": ["doe"] })).into_keys().collect();
    for (contracts, users, length) in [(110_000, 0, 20), (0, 40_000, 250)] {
        let ids = |count: usize, own: &[&str]| -> Vec<String> {
            let others = (0..count).map(|number| format!("{number:0length$}x"));
            others.chain(own.iter().map(|id| (*id).to_owned())).collect()
        };
        let allowed = json!({ "contract_ids": ids(contracts, &["12345", "CON-77"]), "user_ids": ids(users, &["doe"]) });
        let mut found = BTreeSet::new();
        let mut since = None;
        for pages in 0.. {
            assert!(pages < 40, "a fill ends");
            let Answer { page, records, batches } = page(&connection, &allowed, since.as_ref(), 1000);
            assert!(batches <= 8);
            let ids = records.iter().map(|record| serde_json::from_str::<Value>(record).unwrap()["case_id"].clone());
            found.extend(ids.map(|id| id.as_str().unwrap().to_owned()));
            since = Some(page.cursor);
            if !page.has_more {
                break;
            }
        }
        assert_eq!(found, mine, "{contracts} contracts and {users} users of {length} characters");
        let mut query = CopyQuery::parse("{}", None, &permissions(&allowed), NOW_MS).unwrap();
        let counts = database::rows(&connection, &query.statements()[1], |row| row.get_unwrap::<_, u32>(0));
        query.on_state(Some(&counts));
        let (total, _) = crate::queries::page_ids(&connection, &query.statements()[0]);
        assert_eq!(total, mine.len());
        // A change is found by a round that goes over all ids.
        let case_id = mine.iter().next().unwrap();
        let mut case = random::case(&mut Random::new(1), 1);
        case.case_id.clone_from(case_id);
        case.contract_id = "12345".to_owned();
        case.updated_date = cisco_support_case::model::Timestamp::from_unix_ms(NOW_MS + 1_000_000_000 + length as i64);
        commit(&connection, &batch_of(writer, &[CopyChange::Case(&case)]).statements("p")).unwrap();
        let mut changed = Vec::new();
        loop {
            let Answer { page, records, .. } = page(&connection, &allowed, since.as_ref(), 1000);
            changed.extend(records);
            since = Some(page.cursor);
            if !page.has_more {
                break;
            }
        }
        assert_eq!(changed.len(), 1, "{contracts} contracts and {users} users of {length} characters");
    }
}

/// The limit of bytes is that of `limits.rs`: twice a value of D1.
#[test]
fn a_page_of_long_records_ends_early_and_the_next_one_continues() {
    const PAGE_BYTES: usize = 4_000_000;
    let (connection, writer, mut random) = copy_of(40);
    for number in 0..12 {
        let mut case = random::case(&mut random, 100 + number);
        case.contract_id = CONTRACTS[number % 2].to_owned();
        case.user_id = USERS[0].to_owned();
        case.extra.push(("attachment".to_owned(), cisco_support_case::util::Json::String("é".repeat(450_000))));
        // Each is the largest value of a parameter.
        commit(&connection, &batch_of(writer, &[CopyChange::Case(&case)]).statements("p")).unwrap();
    }
    let some = json!({ "contract_ids": CONTRACTS, "user_ids": USERS });
    for allowed in [&some, &json!({ "contract_ids": "*" })] {
        for limit in [3, 1000] {
            let (mut since, mut held, mut pages) = (None, BTreeMap::new(), 0);
            loop {
                let Answer { page, records, .. } = page(&connection, allowed, since.as_ref(), limit);
                let bytes: usize = records.iter().map(String::len).sum();
                assert!(bytes <= PAGE_BYTES && records.iter().all(|record| !record.is_empty()), "{bytes} bytes");
                for record in records {
                    let case: Value = serde_json::from_str(&record).unwrap();
                    held.insert(case["case_id"].as_str().unwrap().to_owned(), case);
                }
                pages += 1;
                since = Some(page.cursor);
                if !page.has_more {
                    break;
                }
            }
            assert!((3..60).contains(&pages), "{pages} pages");
            assert_eq!(held, truth(&connection, allowed), "limit {limit}");
        }
    }
}
