//! A database with the tables of the package's migrations.

use cisco_support_case::gateway::copy::FeedRow;
use cisco_support_case::query::QueryableCase;
use cisco_support_case::query::sql::{CASE_COLUMNS, SqlStatement, SqlValue, write_case_columns};
use rusqlite::{Connection, Row, limits::Limit, params_from_iter, types::Value};

/// The migrations, in order.
pub const MIGRATIONS: [&str; 4] = [
    include_str!("../../pkg-template/migrations/0001_case_copy.sql"),
    include_str!("../../pkg-template/migrations/0002_case_details.sql"),
    include_str!("../../pkg-template/migrations/0003_closed_cases.sql"),
    include_str!("../../pkg-template/migrations/0004_record_versions.sql"),
];

/// The limits of D1 that are less than those of SQLite.
const LIMITS: [(Limit, i32); 6] = [
    (Limit::SQLITE_LIMIT_VARIABLE_NUMBER, 100),
    (Limit::SQLITE_LIMIT_EXPR_DEPTH, 100),
    (Limit::SQLITE_LIMIT_COMPOUND_SELECT, 5),
    (Limit::SQLITE_LIMIT_FUNCTION_ARG, 32),
    (Limit::SQLITE_LIMIT_SQL_LENGTH, 100_000),
    (Limit::SQLITE_LIMIT_LENGTH, 2_000_000),
];

/// Returns an empty copy in a database with the limits of D1.
pub fn empty() -> Connection {
    with_migrations(&MIGRATIONS)
}

/// Returns an empty database after some migrations.
pub fn with_migrations(migrations: &[&str]) -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    for migration in migrations {
        connection.execute_batch(migration).unwrap();
    }
    for (limit, most) in LIMITS {
        connection.set_limit(limit, most).unwrap();
    }
    connection
}

/// Returns a copy of cases. The record of a case is its place.
pub fn of_cases(cases: &[QueryableCase<'_>]) -> Connection {
    let connection = empty();
    insert(&connection, cases);
    connection
}

/// Inserts cases into an empty copy of any version.
pub fn insert(connection: &Connection, cases: &[QueryableCase<'_>]) {
    let columns = CASE_COLUMNS.join(", ");
    let values: Vec<String> = (0..CASE_COLUMNS.len()).map(|place| format!("?1 ->> {place}")).collect();
    let last = CASE_COLUMNS.len();
    let case =
        format!("INSERT INTO cases (id, version, record, {columns}) VALUES (?2, ?2, ?2 - 1, {})", values.join(", "));
    let words = format!("INSERT INTO case_words (rowid, words) VALUES (?2, ?1 ->> {last})");
    let links = |kind: usize| {
        let path = last + 1 + kind;
        format!("INSERT OR IGNORE INTO case_links SELECT ?2, {kind}, value FROM json_each(?1, '$[{path}]')")
    };
    connection.execute_batch("BEGIN").unwrap();
    for (id, case_of) in (1_i64..).zip(cases) {
        let mut row = String::new();
        write_case_columns(&mut row, case_of);
        for statement in [&case, &words, &links(0), &links(1)] {
            connection.prepare_cached(statement).unwrap().execute((&row, id)).unwrap();
        }
    }
    connection.execute_batch("COMMIT").unwrap();
}

/// Returns the values of a statement, as D1 binds those of JavaScript: numbers are floating-point ones.
pub fn values(statement: &SqlStatement) -> Vec<Value> {
    let value = |value: &SqlValue| match value {
        SqlValue::Integer(number) => Value::Real(*number as f64),
        SqlValue::Text(text) => Value::Text(text.clone()),
    };
    statement.values().iter().map(value).collect()
}

/// Runs a statement. Returns what `read` makes of its rows.
pub fn rows<T>(connection: &Connection, statement: &SqlStatement, read: impl Fn(&Row<'_>) -> T) -> Vec<T> {
    let mut prepared = connection.prepare(statement.text()).unwrap_or_else(|error| panic!("{error}: {statement:?}"));
    let rows = prepared.query_map(params_from_iter(values(statement)), |row| Ok(read(row))).unwrap();
    rows.collect::<Result<_, _>>().unwrap()
}

/// Returns the plan of a statement, a line for each step.
pub fn plan(connection: &Connection, statement: &SqlStatement) -> Vec<String> {
    let text = format!("EXPLAIN QUERY PLAN {}", statement.text());
    let mut prepared = connection.prepare(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
    let rows = prepared.query_map(params_from_iter(values(statement)), |row| row.get(3)).unwrap();
    rows.collect::<Result<_, _>>().unwrap()
}

/// Returns a row of the feed's statements.
pub fn feed_row(row: &Row<'_>) -> FeedRow {
    FeedRow {
        stream: row.get_unwrap("stream"),
        place: row.get_unwrap("place"),
        version: row.get_unwrap("version"),
        text: row.get_unwrap("text"),
        number: row.get_unwrap("number"),
        owners: row.get_unwrap("owners"),
    }
}
