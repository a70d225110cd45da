//! Queries and overviews as a gateway answers them: the plan by counts, and the answer of the evaluation.

use crate::database;
use crate::random::{self, NOW_MS, Random};
use crate::writer::{acquire, batch_of, commit};
use cisco_support_case::gateway::Permissions;
use cisco_support_case::gateway::copy::{CopyChange, CopyQuery, QueryStep};
use cisco_support_case::model::{CaseRecord, Timestamp};
use cisco_support_case::query::sql::OverviewRow;
use cisco_support_case::query::{AgeBucket, FacetCount, OverviewOptions, QueryableCase, evaluate};
use cisco_support_case::store::CaseStore;
use cisco_support_case::util::parse_json;
use rusqlite::Connection;
use serde_json::{Value, json};

fn permissions(value: &Value) -> Permissions {
    Permissions::from_json(&parse_json(&value.to_string()).unwrap()).unwrap()
}

fn copy_of(records: &[CaseRecord]) -> Connection {
    let connection = database::empty();
    let writer = acquire(&connection);
    for records in records.chunks(500) {
        let changes: Vec<_> = records.iter().map(CopyChange::Case).collect();
        commit(&connection, &batch_of(writer, &changes).statements("p")).unwrap();
    }
    connection
}

/// Chooses the plan of a query, as the statements of its first batch say.
fn plan(connection: &Connection, query: &mut CopyQuery) -> QueryStep {
    let statements = query.statements();
    let has_state = !database::rows(connection, &statements[0], |_| ()).is_empty();
    let counts = database::rows(connection, &statements[1], |row| -> Vec<u32> {
        (0..row.as_ref().column_count()).map(|column| row.get_unwrap(column)).collect()
    });
    query.on_state(has_state.then_some(&counts[0]))
}

#[test]
fn queries_and_overviews_have_the_answers_of_the_evaluation_and_of_the_store() {
    let mut random = Random::new(11);
    let mut records: Vec<CaseRecord> = (0..300).map(|number| random::case(&mut random, number)).collect();
    records.sort_by(|one, other| one.case_id.cmp(&other.case_id));
    records.dedup_by(|one, other| one.case_id == other.case_id);
    let connection = copy_of(&records);
    let mine: Vec<CaseRecord> =
        records.iter().filter(|case| case.contract_id == "12345" || case.user_id == "doe").cloned().collect();
    let cases: Vec<QueryableCase<'_>> = mine.iter().map(QueryableCase::new).collect();
    let mut store = CaseStore::new();
    store.apply_records(&mine).unwrap();
    let allowed = permissions(&json!({ "contract_ids": ["12345"], "user_ids": ["doe"] }));
    for _ in 0..200 {
        let (text, query) = random::query(&mut random);
        if query.limit() > CopyQuery::MAX_LIMIT || query.offset() > CopyQuery::MAX_OFFSET {
            continue;
        }
        let mut answer = CopyQuery::parse(&text, None, &allowed, NOW_MS).unwrap();
        assert_eq!(plan(&connection, &mut answer), QueryStep::Run, "{text}");
        let rows: Vec<(i64, Option<String>)> = database::rows(&connection, &answer.statements()[0], |row| {
            (row.get_unwrap("total"), row.get_unwrap("case_id"))
        });
        let expected = evaluate(&query, &cases, NOW_MS);
        let ids: Vec<&str> = expected.rows.iter().map(|row| cases[*row].record.case_id.as_str()).collect();
        let found: Vec<&str> = rows.iter().filter_map(|row| row.1.as_deref()).collect();
        assert_eq!((rows[0].0 as usize, found), (expected.total, ids), "{text}");
        assert!(answer.has_total() && answer.on_page(3) == QueryStep::Done);

        let options = OverviewOptions::default();
        let mut answer = CopyQuery::parse(&text, Some(options.clone()), &allowed, NOW_MS).unwrap();
        assert_eq!(plan(&connection, &mut answer), QueryStep::Run, "{text}");
        let mut rows = Vec::new();
        for statement in answer.statements() {
            rows.extend(database::rows(&connection, &statement, |row| OverviewRow {
                section: row.get_unwrap(0),
                number: row.get_unwrap(1),
                text: row.get_unwrap(2),
                is_open: row.get_unwrap(3),
                count: row.get_unwrap(4),
            }));
        }
        let given: Value = serde_json::from_str(&answer.overview_json(&rows)).unwrap();
        let mut at_now = query.clone();
        if query.now_ms().is_none() {
            at_now = cisco_support_case::query::CaseQuery::parse(&json!({ "now": NOW_MS }).as_object().map_or(
                String::new(),
                |now| {
                    let mut whole: Value = serde_json::from_str(&text).unwrap();
                    whole.as_object_mut().unwrap().extend(now.clone());
                    whole.to_string()
                },
            ))
            .unwrap();
        }
        let overview = store.overview(&at_now, &options);
        assert_eq!(given["total"], json!(overview.total), "{text}");
        assert_eq!(given["open"], json!(overview.open));
        let counts: Vec<Value> = overview
            .by_severity_and_status
            .iter()
            .map(|count| json!({ "severity": count.severity, "status": count.status, "open": count.open, "closed": count.closed }))
            .collect();
        assert_eq!(given["bySeverityAndStatus"], json!(counts), "{text}");
        let buckets = |buckets: &[AgeBucket]| -> Value {
            let count =
                |one: &AgeBucket| json!({ "fromDays": one.from_days, "toDays": one.to_days, "count": one.count });
            buckets.iter().map(count).collect()
        };
        assert_eq!(given["ageing"], buckets(&overview.ageing));
        assert_eq!(given["quiet"], buckets(&overview.quiet));
        let parties = overview.waiting_on.iter().map(|(party, count)| (party.name().to_owned(), json!(count)));
        assert_eq!(given["waitingOn"], Value::Object(parties.collect()));
        let weeks: Vec<Value> = overview
            .weeks
            .iter()
            .map(|week| {
                let start = Timestamp::from_unix_ms(week.start_ms).unwrap();
                json!({
                    "week": week.week, "start": start.as_str(),
                    "opened": week.opened, "closed": week.closed, "backlog": week.backlog,
                })
            })
            .collect();
        assert_eq!(given["weeks"], json!(weeks));
        let counts = |counts: &[FacetCount]| -> Value {
            counts.iter().map(|one| json!({ "value": one.value, "count": one.count })).collect()
        };
        assert_eq!(given["technologies"], counts(&overview.technologies));
        assert_eq!(given["serialNumbers"], counts(&overview.serial_numbers));
    }
}

#[test]
fn a_query_that_no_index_bounds_is_refused() {
    let all = permissions(&json!({ "contract_ids": "*" }));
    let many = CopyQuery::MAX_OFFSET + 1;
    let step = |text: &str, overview: Option<OverviewOptions>| {
        let mut query = CopyQuery::parse(text, overview, &all, NOW_MS).unwrap();
        (query.on_state(Some(&[many; 3])), query)
    };
    assert_eq!(step(r#"{"sort":{"by":"title"}}"#, None).0, QueryStep::TooBroad);
    assert_eq!(step("{}", Some(OverviewOptions::default())).0, QueryStep::TooBroad);
    let (newest, query) = step("{}", None);
    assert_eq!((newest, query.has_total()), (QueryStep::Run, false));
    // A page of the newest cases that is not full may lack cases that were not looked at.
    assert_eq!((query.on_page(50), query.on_page(49)), (QueryStep::Done, QueryStep::TooBroad));
    for (text, field) in [(r#"{"limit":1001}"#, "limit"), (r#"{"offset":50001}"#, "offset")] {
        assert_eq!(CopyQuery::parse(text, None, &all, NOW_MS).unwrap_err()[0].field, field);
    }
}
