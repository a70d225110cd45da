//! The plan of every statement: by the index that it names, and never over all cases of others.

use crate::database;
use crate::random::{self, NOW_MS, Random};
use cisco_support_case::gateway::copy::{CopyBatch, CopyChange, compact_statements};
use cisco_support_case::query::sql::{CandidateSource, CaseScope, SqlQuery, SqlStatement};
use cisco_support_case::query::{CaseQuery, OverviewOptions, QueryableCase, SortKey};
use rusqlite::Connection;
use serde_json::{Map, Value, json};

/// The members of conditions, each with a value.
fn members() -> Vec<(&'static str, Value)> {
    vec![
        ("text", json!("c9300-48p 市場")),
        ("bug", json!(["CSCab12345", "CSCvz00001"])),
        ("rma", json!("8812")),
        ("serial_number", json!("FOC2301A0B1")),
        ("contract_id", json!(["1234567", "12345"])),
        ("user_id", json!(["jdoe"])),
        ("updated", json!({ "from": "2026-06-01T00:00:00Z" })),
        ("created", json!({ "from": "2026-05-01T00:00:00Z", "to": "2026-06-01T00:00:00Z" })),
        ("status_flag", json!("O")),
        ("severity", json!([1, 2])),
        ("case_id", json!(["612345678", "A-7"])),
        ("quiet_for_days", json!({ "min": 7 })),
        ("open_for_days", json!({ "max": 30 })),
        ("in_status_for_days", json!({ "min": 3 })),
        ("status", json!(["Closed", ""])),
        ("technology_name", json!("Wireless")),
        ("sub_technology_name", json!(null)),
    ]
}

fn scopes() -> [CaseScope; 4] {
    let ids = |id: &str| [id.to_owned()];
    [
        CaseScope::all(),
        CaseScope::of_ids(ids("1234567"), []),
        CaseScope::of_ids([], ids("jdoe")),
        CaseScope::of_ids(ids("1234567"), ids("jdoe")),
    ]
}

/// Returns a copy of some cases; with statistics, by which a planner prefers other plans.
fn copy(is_analyzed: bool) -> Connection {
    let mut random = Random::new(1);
    let records: Vec<_> = (0..500).map(|number| random::case(&mut random, number)).collect();
    let cases: Vec<_> = records.iter().map(QueryableCase::new).collect();
    let connection = database::of_cases(&cases);
    if is_analyzed {
        connection.execute_batch("ANALYZE").unwrap();
    }
    connection
}

/// The steps that read rows: of lists, of candidates, and of a table by a seek in an index.
const READS: [&str; 21] = [
    "SCAN matched",
    "SCAN t",
    "SCAN p",
    "SCAN scope",
    "SCAN (subquery-",
    "SCAN CONSTANT ROW",
    "SCAN json_each VIRTUAL TABLE INDEX 1:",
    "SCAN case_words VIRTUAL TABLE INDEX 0:M1",
    "SEARCH c USING INTEGER PRIMARY KEY (rowid=?)",
    "SEARCH r USING INTEGER PRIMARY KEY (rowid=?)",
    "SEARCH l USING PRIMARY KEY (id=? AND kind=?)",
    "SEARCH l USING INDEX case_links_by_value (kind=? AND value=?)",
    "SEARCH c USING INDEX sqlite_autoindex_cases_1 (case_id=?)",
    "SEARCH c USING INDEX cases_by_serial (serial_number=?)",
    "SEARCH c USING INDEX cases_by_contract (contract_id=?)",
    "SEARCH c USING INDEX cases_by_user (user_id=?)",
    "SEARCH c USING INDEX cases_by_updated (updated_ms",
    "SEARCH c USING INDEX cases_by_created (created_ms",
    "SEARCH c USING INDEX cases_by_flag (status_flag=?",
    "SEARCH cases USING INDEX cases_by_contract (contract_id=?)",
    "SEARCH cases USING INDEX cases_by_user (user_id=?)",
];

/// Asserts that the steps of a plan that read rows are known, besides those that are named.
fn assert_plan(connection: &Connection, statement: &SqlStatement, exceptions: &[&str], what: &str) {
    assert!(statement.values().len() <= SqlStatement::MAX_VALUES);
    let plan = database::plan(connection, statement);
    for step in &plan {
        let step = step.replace("COVERING INDEX", "INDEX");
        let reads = step.starts_with("SCAN") || step.starts_with("SEARCH");
        let is_known = READS.iter().any(|known| step.starts_with(known)) || exceptions.contains(&step.as_str());
        assert!(!reads || is_known, "{step:?} in the plan of {what}: {:.300}", statement.text());
    }
}

/// Asserts the plans of all statements of a query.
fn assert_plans(
    connection: &Connection,
    text: &str,
    query: &CaseQuery,
    scope: &CaseScope,
    has_overview: bool,
) -> usize {
    let sql = SqlQuery::new(query, scope, NOW_MS);
    let sources = sql.all_sources();
    let is_whole = |source: CandidateSource| source == CandidateSource::AllCases;
    for source in &sources {
        // Exception: an identity that may see all cases, and a query for which they are counted first.
        let exceptions: &[&str] = if is_whole(*source) { &["SCAN c"] } else { &[] };
        assert_plan(connection, &sql.page_statement(*source), exceptions, text);
        if has_overview {
            for statement in sql.overview_statements(*source, &OverviewOptions::default()) {
                assert_plan(connection, &statement, exceptions, text);
            }
        }
    }
    let exceptions: &[&str] = match sql.sources().into_iter().any(is_whole) {
        true => &["SCAN cases USING INDEX cases_by_version", "SCAN cases USING INDEX cases_by_flag"],
        false => &[],
    };
    assert_plan(connection, &sql.count_statement(), exceptions, text);
    if let Some(statement) = sql.newest_statement() {
        // Exception: the index of a date, which the statement reads from its start to a limit.
        let exceptions =
            ["SCAN cases USING INDEX cases_by_updated", "SCAN cases USING INDEX cases_by_created", "SCAN c"];
        assert_plan(connection, &statement, &exceptions, text);
        let plan = database::plan(connection, &statement);
        assert!(plan.iter().any(|step| step == "CO-ROUTINE c"), "the scan ends when the page is full: {plan:?}");
    }
    sources.len()
}

#[test]
fn no_combination_of_conditions_scans_the_cases() {
    let members = members();
    for is_analyzed in [false, true] {
        let connection = copy(is_analyzed);
        let mut random = Random::new(7);
        // All subsets of the first members, which have an index of their own or of a scope, with random others.
        for subset in (0..1_usize << 10).step_by(if is_analyzed { 13 } else { 1 }) {
            let mut wanted = Map::new();
            let mut unwanted = Map::new();
            for (place, (name, value)) in members.iter().enumerate() {
                if if place < 10 { subset >> place & 1 == 1 } else { random.one_in(4) } {
                    wanted.insert((*name).to_owned(), value.clone());
                }
                if random.one_in(8) {
                    unwanted.insert((*name).to_owned(), value.clone());
                }
            }
            let key = random.pick(&SortKey::ALL);
            let key = if key == SortKey::Text && !wanted.contains_key("text") { SortKey::UpdatedDate } else { key };
            let order = random.pick(&["asc", "desc"]);
            let text = json!({ "where": wanted, "not": unwanted, "sort": { "by": key.name(), "order": order } });
            let query = CaseQuery::parse(&text.to_string()).unwrap();
            for scope in &scopes() {
                // The candidates of an overview are those of a page.
                assert_plans(&connection, &text.to_string(), &query, scope, subset % 31 == 0);
            }
        }
    }
}

#[test]
fn no_order_scans_the_cases() {
    let connection = copy(true);
    for key in SortKey::ALL {
        for order in ["asc", "desc"] {
            for (name, value) in members() {
                let mut conditions = Map::from_iter([(name.to_owned(), value)]);
                if key == SortKey::Text {
                    conditions.insert("text".to_owned(), json!("bgp"));
                }
                let sort = json!([{ "by": key.name(), "order": order }, { "by": "severity" }]);
                let sort = if key == SortKey::Severity { json!([sort[0]]) } else { sort };
                let text = json!({ "where": conditions, "sort": sort }).to_string();
                let query = CaseQuery::parse(&text).unwrap();
                for scope in &scopes() {
                    assert!(assert_plans(&connection, &text, &query, scope, true) > 0);
                }
            }
        }
    }
}

#[test]
fn the_largest_query_has_a_statement_within_the_limits() {
    let connection = copy(false);
    // 32 words in compounds, ids of all kinds, all members twice, all terms of the order.
    let words: Vec<String> = (0..32).map(|number| format!("w{number:03}")).collect();
    let values: Vec<String> = (0..CaseQuery::MAX_VALUES).map(|number| format!("value {number}")).collect();
    for text in [words.join(" "), words.join("-"), words.join("/").replacen('/', " ", 16)] {
        let mut conditions = Map::from_iter(members().into_iter().map(|(name, value)| (name.to_owned(), value)));
        for name in ["status", "contract_id", "user_id", "technology_name", "serial_number", "bug", "rma", "case_id"] {
            conditions.insert(name.to_owned(), json!(values));
        }
        conditions.insert("text".to_owned(), json!(text));
        conditions.insert("created".to_owned(), json!({ "from": 0, "to": 1 }));
        let sort: Vec<Value> = SortKey::ALL.iter().map(|key| json!({ "by": key.name(), "order": "asc" })).collect();
        let text = json!({ "where": conditions, "not": conditions, "sort": sort }).to_string();
        let query = CaseQuery::parse(&text).unwrap();
        for scope in &scopes() {
            assert!(assert_plans(&connection, "the largest query", &query, scope, true) >= 9);
        }
    }
}

#[test]
fn a_batch_seeks_what_it_changes() {
    let mut random = Random::new(5);
    let records: Vec<_> = (0..20).map(|number| random::case(&mut random, number)).collect();
    let mut batch = CopyBatch::new(1);
    assert!(records.iter().map(CopyChange::Case).chain([CopyChange::Gone("x")]).all(|change| batch.push(change)));
    for is_analyzed in [false, true] {
        let connection = copy(is_analyzed);
        for statement in batch.statements("").iter().chain(&compact_statements(1, 10, 0)) {
            for step in database::plan(&connection, statement) {
                let is_table = ["SCAN c ", "SCAN cases", "SCAN l", "SCAN case_links", "SCAN tombstones"];
                // The tombstones that are kept, in the order of versions; and whether there are more than these, in any order.
                let is_kept = match statement.text() {
                    text if text.starts_with("UPDATE copy_state SET oldest") => step == "SCAN tombstones",
                    text => {
                        text.starts_with("SELECT EXISTS (SELECT 1 FROM tombstones ORDER BY version DESC LIMIT 1 OFFSET")
                    }
                };
                let is_scan = step == "SCAN c" || is_table.iter().any(|table| step.starts_with(table)) && !is_kept;
                assert!(!is_scan, "{step:?} in the plan of {}", statement.text());
            }
        }
    }
}

#[test]
fn a_list_longer_than_a_value_of_d1_is_several_parameters() {
    let connection = copy(false);
    let ids = || (0..200_000).map(|number| format!("{:09}", 600_000_000 + number)).chain(["1234567".to_owned()]);
    let query = CaseQuery::default();
    let few = CaseScope::of_ids(["1234567".to_owned()], []);
    let total = |scope: &CaseScope| -> i64 {
        let statement = SqlQuery::new(&query, scope, NOW_MS).page_statement(CandidateSource::Scope);
        database::rows(&connection, &statement, |row| row.get_unwrap(0))[0]
    };
    assert!(total(&few) > 0);
    assert_eq!(total(&CaseScope::of_ids(ids(), [])), total(&few));
}
