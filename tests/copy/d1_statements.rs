//! A file of statements with their rows, for the suite that runs them in D1.

use crate::database;
use crate::queries::{copy_of, scope_ids, scope_of};
use crate::random::{self, NOW_MS, Random};
use cisco_support_case::query::sql::{CASE_COLUMNS, SqlQuery, SqlStatement, SqlValue, write_case_columns};
use cisco_support_case::query::{OverviewOptions, QueryableCase};
use rusqlite::{Connection, types::Value as SqliteValue};
use serde_json::{Value, json};

fn values(statement: &SqlStatement) -> Vec<Value> {
    let value = |value: &SqlValue| match value {
        SqlValue::Integer(number) => json!(number),
        SqlValue::Text(text) => json!(text),
    };
    statement.values().iter().map(value).collect()
}

/// Returns a statement and the rows that it has in SQLite.
fn with_rows(connection: &Connection, statement: &SqlStatement) -> Value {
    let rows = database::rows(connection, statement, |row| -> Vec<Value> {
        let count = row.as_ref().column_count();
        let value = |column| match row.get_unwrap::<_, SqliteValue>(column) {
            SqliteValue::Integer(number) => json!(number),
            SqliteValue::Text(text) => json!(text),
            _ => Value::Null,
        };
        (0..count).map(value).collect()
    });
    json!({ "text": statement.text(), "values": values(statement), "rows": rows })
}

/// Returns the statements that fill a copy with cases, as many at a time as a value of D1 has room for.
fn fill(cases: &[QueryableCase<'_>]) -> Vec<Value> {
    let last = CASE_COLUMNS.len();
    let columns = CASE_COLUMNS.join(", ");
    let values: Vec<String> = (0..last).map(|place| format!("r.value ->> {place}")).collect();
    let id = "r.key + 1 + CAST(?2 AS INTEGER)";
    let statements = [
        format!(
            "INSERT INTO cases (id, version, record, {columns}) SELECT {id}, {id}, r.key + CAST(?2 AS INTEGER), {} FROM json_each(?1) AS r",
            values.join(", ")
        ),
        format!("INSERT INTO case_words (rowid, words) SELECT {id}, r.value ->> {last} FROM json_each(?1) AS r"),
    ];
    let links = [0, 1].map(|kind| {
        let path = last + 1 + kind;
        format!(
            "INSERT OR IGNORE INTO case_links SELECT {id}, {kind}, l.value FROM json_each(?1) AS r, \
             json_each(r.value, '$[{path}]') AS l"
        )
    });
    let mut filled = Vec::new();
    for (chunk, cases) in cases.chunks(500).enumerate() {
        let mut rows = String::from("[");
        for case in cases {
            rows.push_str(if rows.len() > 1 { "," } else { "" });
            write_case_columns(&mut rows, case);
        }
        rows.push(']');
        for text in statements.iter().chain(&links) {
            filled.push(json!({ "text": text, "values": [rows, chunk * 500] }));
        }
    }
    filled
}

#[test]
#[ignore = "writes a file for another suite, to where D1_STATEMENTS says"]
fn statements_for_d1_are_written() {
    let mut lines = Vec::new();
    for (seed, count, queries) in [(1, 40, 150), (2, 300, 350), (3, 4000, 60)] {
        let mut random = Random::new(seed);
        let records: Vec<_> = (0..count).map(|number| random::case(&mut random, number)).collect();
        let cases = copy_of(&mut random, &records);
        let connection = database::of_cases(&cases);
        lines.push(json!({ "fill": fill(&cases) }));
        for _ in 0..queries {
            let (text, query) = random::query(&mut random);
            let scope = scope_of(&scope_ids(&mut random));
            let sql = SqlQuery::new(&query, &scope, NOW_MS);
            let counts = with_rows(&connection, &sql.count_statement());
            let counted = counts["rows"][0].as_array().unwrap().clone();
            let mut statements = vec![counts];
            statements.extend(sql.newest_statement().map(|statement| with_rows(&connection, &statement)));
            for source in sql.all_sources() {
                let mut page = with_rows(&connection, &sql.page_statement(source));
                let candidates = sql.sources().into_iter().zip(&counted).find(|(counted, _)| *counted == source);
                page["candidates"] = candidates.map_or(Value::Null, |(_, count)| count.clone());
                statements.push(page);
            }
            let overview = sql.overview_statements(random.pick(&sql.all_sources()), &OverviewOptions::default());
            statements.extend(overview.iter().map(|statement| with_rows(&connection, statement)));
            lines.push(json!({ "query": text, "statements": statements }));
        }
    }
    let lines: Vec<String> = lines.iter().map(Value::to_string).collect();
    std::fs::write(std::env::var("D1_STATEMENTS").expect("D1_STATEMENTS is not set"), lines.join("\n")).unwrap();
}
