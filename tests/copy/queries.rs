//! Queries as SQL give the answers of the plain evaluation, whichever source their candidates come from.

use crate::database;
use crate::random::{self, NOW_MS, Random};
use cisco_support_case::decode::{self, Body, Records};
use cisco_support_case::gateway::Permissions;
use cisco_support_case::model::{CaseRecord, DocumentKind, write_record};
use cisco_support_case::query::sql::{CandidateSource, CaseScope, OverviewRow, QueryPlan, SqlQuery, SqlStatement};
use cisco_support_case::query::{CaseOverview, CaseQuery, OverviewOptions, QueryableCase, evaluate};
use cisco_support_case::store::CaseStore;
use rusqlite::Connection;

/// The random queries of a run: 10 000, or as many as the environment says.
fn query_count() -> usize {
    std::env::var("COPY_QUERIES").ok().and_then(|count| count.parse().ok()).unwrap_or(10_000)
}

/// Contracts and users of an identity; `None` for one that may see all cases.
pub type ScopeIds = Option<[Vec<String>; 2]>;

pub fn scope_ids(random: &mut Random) -> ScopeIds {
    if random.one_in(3) {
        return None;
    }
    let mut ids = |values: &[&str]| -> Vec<String> {
        let count = random.below(4);
        (0..count).map(|_| random.pick(values).to_owned()).collect()
    };
    let contracts = ids(&["", "1234567", "12345", "200000001", "CON-77", "con 77", "Été-9", "none"]);
    Some([contracts, ids(&["", "jdoe", "JDoe", "doe", "müller", "none"])])
}

pub fn scope_of(ids: &ScopeIds) -> CaseScope {
    ids.clone().map_or(CaseScope::all(), |[contracts, users]| CaseScope::of_ids(contracts, users))
}

/// Returns the cases of records, some with notes and with a status that is older than the last update.
pub fn copy_of<'r>(random: &mut Random, records: &'r [CaseRecord]) -> Vec<QueryableCase<'r>> {
    let mut cases: Vec<QueryableCase<'_>> = records.iter().map(QueryableCase::new).collect();
    for case in &mut cases {
        if random.one_in(2) {
            case.last_note_ms = Some(NOW_MS - random.below(5) as i64);
        }
        if random.one_in(2) {
            case.status_since_ms = case.status_since_ms.map(|ms| ms - random.below(3) as i64);
        }
    }
    cases
}

/// Whether a case is in a scope.
fn permits(scope: &ScopeIds, case: &CaseRecord) -> bool {
    let has = |ids: &[String], id: &str| !id.is_empty() && ids.iter().any(|known| known == id);
    scope.as_ref().is_none_or(|[contracts, users]| has(contracts, &case.contract_id) || has(users, &case.user_id))
}

/// Returns the total and the places of the cases of a page.
fn page(connection: &Connection, statement: &SqlStatement) -> (usize, Vec<usize>) {
    let rows: Vec<(i64, Option<String>)> =
        database::rows(connection, statement, |row| (row.get_unwrap(0), row.get_unwrap(2)));
    (rows[0].0 as usize, rows.iter().filter_map(|row| row.1.as_ref()).map(|place| place.parse().unwrap()).collect())
}

/// Returns the total of a page, and the ids of its cases.
pub fn page_ids(connection: &Connection, statement: &SqlStatement) -> (usize, Vec<String>) {
    let rows: Vec<(i64, Option<String>)> =
        database::rows(connection, statement, |row| (row.get_unwrap(0), row.get_unwrap(1)));
    (rows[0].0 as usize, rows.into_iter().filter_map(|row| row.1).collect())
}

/// Returns the places of the cases of the newest.
fn newest(connection: &Connection, statement: &SqlStatement) -> Vec<usize> {
    let rows: Vec<String> = database::rows(connection, statement, |row| row.get_unwrap(1));
    rows.iter().map(|place| place.parse().unwrap()).collect()
}

#[test]
fn random_queries_have_the_answers_of_the_plain_evaluation() {
    const QUERIES_PER_COPY: usize = 250;
    let mut sources = Vec::new();
    for seed in 0..query_count().div_ceil(QUERIES_PER_COPY) as u64 {
        let mut random = Random::new(seed);
        let count = random.pick(&[1, 30, 120, 300]);
        let records: Vec<CaseRecord> = (0..count).map(|number| random::case(&mut random, number)).collect();
        let cases = copy_of(&mut random, &records);
        let connection = database::of_cases(&cases);
        for _ in 0..QUERIES_PER_COPY {
            let (text, query) = random::query(&mut random);
            let ids = scope_ids(&mut random);
            let scope = scope_of(&ids);
            // The oracle sees what is in the scope, and nothing else.
            let visible: Vec<usize> = (0..cases.len()).filter(|place| permits(&ids, cases[*place].record)).collect();
            let visible_cases: Vec<QueryableCase<'_>> = visible.iter().map(|place| cases[*place]).collect();
            let expected = evaluate(&query, &visible_cases, NOW_MS);
            let expected_rows: Vec<usize> = expected.rows.iter().map(|row| visible[*row]).collect();

            let sql = SqlQuery::new(&query, &scope, NOW_MS);
            for source in sql.all_sources() {
                let (total, rows) = page(&connection, &sql.page_statement(source));
                assert_eq!(total, expected.total, "seed {seed}, {source:?}, {scope:?}: {text}");
                assert_eq!(rows, expected_rows, "seed {seed}, {source:?}, {scope:?}: {text}");
                if !sources.contains(&source) {
                    sources.push(source);
                }
            }
            if let Some(statement) = sql.newest_statement() {
                assert_eq!(newest(&connection, &statement), expected_rows, "seed {seed}, newest, {scope:?}: {text}");
            }
            let counts: Vec<Vec<u32>> = database::rows(&connection, &sql.count_statement(), |row| {
                (0..sql.sources().len()).map(|column| row.get_unwrap(column)).collect()
            });
            // Of other indexes, no more is counted than the identity may see: the rows that are read do not grow with the cases of others.
            if let Some((own, others)) =
                counts[0].split_last().filter(|_| sql.sources().ends_with(&[CandidateSource::Scope]))
            {
                assert!(others.iter().all(|count| count <= &(own + 1)), "seed {seed}, {counts:?}, {scope:?}: {text}");
            }
            let fewest = *counts[0].iter().min().unwrap() as usize;
            assert!(fewest >= expected.total, "seed {seed}, {counts:?}, {scope:?}: {text}");
            assert!(matches!(sql.plan(&counts[0]), QueryPlan::Candidates(_)), "{text}");
        }
    }
    assert_eq!(sources.len(), CandidateSource::ALL.len(), "every source was used: {sources:?}");
}

/// Returns the overview of both statements.
pub fn overview(
    connection: &Connection,
    sql: &SqlQuery<'_>,
    source: CandidateSource,
    options: &OverviewOptions,
) -> CaseOverview {
    let mut rows = Vec::new();
    for statement in sql.overview_statements(source, options) {
        rows.extend(database::rows(connection, &statement, |row| OverviewRow {
            section: row.get_unwrap("section"),
            number: row.get_unwrap("number"),
            text: row.get_unwrap("text"),
            is_open: row.get_unwrap("is_open"),
            count: row.get_unwrap("count"),
        }));
    }
    sql.read_overview(options, &rows)
}

#[test]
fn random_overviews_are_those_of_the_store() {
    for seed in 0..100 {
        let mut random = Random::new(seed + 1_000_000);
        let records: Vec<CaseRecord> = (0..200).map(|number| random::case(&mut random, number)).collect();
        let cases: Vec<QueryableCase<'_>> = records.iter().map(QueryableCase::new).collect();
        let connection = database::of_cases(&cases);
        let mut options = OverviewOptions::default();
        options.weeks = random.pick(&[0, 1, 3, 26]);
        options.top = random.pick(&[0, 2, 10]);
        if random.one_in(2) {
            options.ageing_days = vec![-1, 0, 3, 30];
            options.quiet_days = Vec::new();
        }
        for _ in 0..10 {
            let (text, query) = random::query(&mut random);
            let ids = scope_ids(&mut random);
            let scope = scope_of(&ids);
            let visible: Vec<CaseRecord> = records.iter().filter(|case| permits(&ids, case)).cloned().collect();
            let mut store = CaseStore::new();
            store.set_now(NOW_MS);
            store.apply_records(&visible).unwrap();
            let expected = store.overview(&query, &options);
            let sql = SqlQuery::new(&query, &scope, NOW_MS);
            for source in sql.all_sources() {
                let found = overview(&connection, &sql, source, &options);
                assert_eq!(found, expected, "seed {seed}, {source:?}, {scope:?}, {options:?}: {text}");
            }
        }
    }
}

/// The scope of permissions has the cases that the gateway lets through one by one.
#[test]
fn the_scope_of_permissions_has_the_cases_that_they_permit() {
    let mut random = Random::new(11);
    let records: Vec<CaseRecord> = (0..200).map(|number| random::case(&mut random, number)).collect();
    let cases: Vec<QueryableCase<'_>> = records.iter().map(QueryableCase::new).collect();
    let connection = database::of_cases(&cases);
    let mut body = String::from("{\"count\":200,\"cases\":[");
    for record in &records {
        body.push_str(if body.ends_with('[') { "" } else { "," });
        write_record(&mut body, record);
    }
    let body = Body::from_slice((body + "]}").as_bytes());
    let decoded = decode::records(DocumentKind::Summary, &body, Records::default()).unwrap();
    let query = CaseQuery::parse(r#"{"limit":1000,"sort":{"by":"case_id"}}"#).unwrap();
    for ids in [
        r#"{}"#,
        r#"{"contract_ids":["1234567","Été-9"]}"#,
        r#"{"user_ids":["jdoe"]}"#,
        r#"{"contract_ids":["con 77"],"user_ids":["JDoe","none"]}"#,
        r#"{"contract_ids":["con 77"],"user_ids":"*"}"#,
        r#"{"contract_ids":"*"}"#,
    ] {
        let permissions = Permissions::from_json(&decode::json(ids.as_bytes()).unwrap()).unwrap();
        let scope = permissions.case_scope();
        let sql = SqlQuery::new(&query, &scope, NOW_MS);
        let source = if scope.is_all() { CandidateSource::AllCases } else { CandidateSource::Scope };
        let mut found = page(&connection, &sql.page_statement(source)).1;
        found.sort_unstable();
        let expected: Vec<usize> = (0..records.len()).filter(|place| permissions.can_see(&decoded, *place)).collect();
        assert_eq!(found, expected, "{ids}");
    }
}

#[test]
fn a_scope_without_ids_has_no_case() {
    let record = CaseRecord::default();
    let connection = database::of_cases(&[QueryableCase::new(&record)]);
    let query = CaseQuery::default();
    let scope = CaseScope::of_ids([String::new()], []);
    let sql = SqlQuery::new(&query, &scope, 0);
    assert_eq!(sql.all_sources(), [CandidateSource::Scope]);
    assert_eq!(page(&connection, &sql.page_statement(CandidateSource::Scope)), (0, vec![]));
    assert_eq!(newest(&connection, &sql.newest_statement().unwrap()), [0_usize; 0]);
}
