//! A file of statements with their rows, for the suite that runs them in D1.

use crate::database;
use crate::details::detail_of;
use crate::queries::{scope_ids, scope_of};
use crate::random::{self, NOW_MS, Random};
use cisco_support_case::gateway::copy::{
    CopyBatch, CopyChange, DetailsBatch, acquire_statement, due_details_statements,
};
use cisco_support_case::model::CaseRecord;
use cisco_support_case::query::OverviewOptions;
use cisco_support_case::query::sql::{SqlQuery, SqlStatement, SqlValue};
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

/// Fills a copy by the batches of a writer. Returns their statements.
fn fill(connection: &Connection, records: &[CaseRecord]) -> Vec<Value> {
    let writer: i64 = database::rows(connection, &acquire_statement("an epoch"), |row| row.get_unwrap("writer"))[0];
    let mut batches = vec![json!([{ "text": acquire_statement("an epoch").text(), "values": ["an epoch", "16.0.0"] }])];
    for records in records.chunks(CopyBatch::MAX_CHANGES) {
        let mut batch = CopyBatch::new(writer);
        assert!(records.iter().all(|record| batch.push(CopyChange::Case(record))));
        let statements = batch.statements("a cursor");
        statements.iter().for_each(|statement| drop(database::rows(connection, statement, |_| ())));
        let statements = statements.iter().map(|one| json!({ "text": one.text(), "values": values(one) }));
        batches.push(statements.collect());
    }
    batches
}

/// Writes details of half of the open cases. Returns their statements, and the number of the cases.
fn details(connection: &Connection, random: &mut Random, records: &[CaseRecord]) -> (Value, usize) {
    let mut batch = DetailsBatch::new(1);
    let open = records.iter().filter(|case| case.is_open()).step_by(2).inspect(|case| {
        batch.push(&detail_of(random, case));
    });
    let count = open.count();
    let statements: Vec<SqlStatement> =
        due_details_statements(1, 40, NOW_MS).into_iter().chain(batch.statements("a cursor", NOW_MS)).collect();
    statements.iter().for_each(|statement| drop(database::rows(connection, statement, |_| ())));
    let statements = statements.iter().map(|one| json!({ "text": one.text(), "values": values(one) }));
    (statements.collect(), count)
}

#[test]
#[ignore = "writes a file for another suite, to where D1_STATEMENTS says"]
fn statements_for_d1_are_written() {
    let mut lines = Vec::new();
    for (seed, count, queries) in [(1, 40, 150), (2, 300, 350), (3, 4000, 60)] {
        let mut random = Random::new(seed);
        let records: Vec<_> = (0..count).map(|number| random::case(&mut random, number)).collect();
        let connection = database::empty();
        let fill = fill(&connection, &records);
        let (details, detailed) = details(&connection, &mut random, &records);
        lines.push(json!({ "fill": fill, "cases": count, "details": details, "detailed": detailed }));
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
                // A count above that of the last source, the identity's scope, may have been ended there.
                let exact = candidates.filter(|(_, count)| count.as_u64() <= counted.last().and_then(Value::as_u64));
                page["candidates"] = exact.map_or(Value::Null, |(_, count)| count.clone());
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
