//! Texts that SQL, JSON, the full-text search or a folding could take for something else, in every field of cases, of queries and of
//! permissions: the copy has the answers of the plain evaluation.

use crate::database;
use crate::random::{self, NOW_MS, Random};
use crate::writer::{acquire, batch_of, commit};
use cisco_support_case::gateway::Permissions;
use cisco_support_case::gateway::copy::{CopyChange, FeedReader, FeedStep};
use cisco_support_case::model::{CaseRecord, CaseStatus, write_record};
use cisco_support_case::query::sql::SqlQuery;
use cisco_support_case::query::{CaseQuery, QueryableCase, evaluate};
use cisco_support_case::util::parse_json;
use rusqlite::Connection;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Pieces of texts. Two or three of them make a text, so that many begin, end or differ by one of them only.
const PIECES: &[&str] = &[
    "\0",
    "\0\0",
    "a",
    "A",
    "b",
    "0",
    "00",
    "1",
    "%",
    "_",
    "*",
    "?",
    "?1",
    ":a",
    "@b",
    "$",
    "$[0]",
    "'",
    "''",
    "\"",
    "\"\"",
    ";",
    "--",
    "/*",
    "*/",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    "\\",
    "\\u0000",
    "\\0",
    "\n",
    "\r\n",
    "\t",
    "\u{b}",
    "\u{7f}",
    "\u{85}",
    "\u{a0}",
    "\u{ad}",
    "\u{200b}",
    "\u{200d}",
    "\u{202e}",
    "\u{2028}",
    "\u{feff}",
    "\u{fffd}",
    "\u{ffff}",
    "\u{e000}",
    "\u{10ffff}",
    "😀",
    "👩\u{200d}💻",
    "ß",
    "ẞ",
    "İ",
    "ı",
    "I\u{307}",
    "ſ",
    "K",
    "Å",
    "Å",
    "ﬀ",
    "ŉ",
    "ΐ",
    "ς",
    "Σ",
    "é",
    "e\u{301}",
    "\u{301}",
    "日本",
    "日",
    "ｱ",
    "ア",
    "한",
    "กำ",
    "١",
    "²",
    "Ⅷ",
    "ǆ",
    "null",
    "true",
    "NaN",
    "-1",
    "1e5",
    "AND",
    "OR",
    "NOT",
    "NEAR",
    "NULL",
    "words:",
    "rowid",
    "__proto__",
    "constructor",
    "union select",
    ".",
    "..",
    "/",
    "-",
    " ",
    "  ",
    "+",
    "=",
    "<b>",
    "&amp;",
    "\u{1}",
];

fn text(random: &mut Random) -> String {
    match random.below(12) {
        0 => String::new(),
        1 => random.pick(PIECES).repeat(1 + random.below(60)),
        count => (0..1 + count % 3).map(|_| random.pick(PIECES)).collect(),
    }
}

/// Some texts that the cases and queries of a run share, so that they meet.
fn vocabulary(random: &mut Random) -> Vec<String> {
    let mut texts: Vec<String> = (0..14).map(|_| text(random)).collect();
    // Prefixes and extensions of each other.
    for index in 0..6 {
        let base = texts[random.below(texts.len())].clone();
        let more = random.pick(PIECES);
        texts.push(if index % 2 == 0 { base + more } else { more.to_owned() + &base });
    }
    texts
}

fn pick(random: &mut Random, texts: &[String]) -> String {
    texts[random.below(texts.len())].clone()
}

fn case(random: &mut Random, texts: &[String], number: usize) -> CaseRecord {
    let mut case = random::case(random, number);
    case.case_id = match random.below(3) {
        0 => format!("{}{number}", pick(random, texts)),
        1 => format!("{number}{}", pick(random, texts)),
        _ => case.case_id,
    };
    case.title = [pick(random, texts), pick(random, texts)].join(random.pick(&["", " ", "-", "\0"]));
    case.status = CaseStatus::from(pick(random, texts).as_str());
    case.contract_id = pick(random, texts);
    case.user_id = pick(random, texts);
    case.technology_name = pick(random, texts);
    case.sub_technology_name = pick(random, texts);
    case.serial_number = pick(random, texts);
    case.bugs = (0..random.below(3)).map(|_| pick(random, texts)).collect();
    case.rmas = (0..random.below(3)).map(|_| pick(random, texts)).collect();
    case
}

fn conditions(random: &mut Random, texts: &[String], members: usize) -> Value {
    const FIELDS: [&str; 9] = [
        "status",
        "contract_id",
        "user_id",
        "technology_name",
        "sub_technology_name",
        "serial_number",
        "bug",
        "rma",
        "case_id",
    ];
    let mut conditions = Map::new();
    for _ in 0..members {
        if random.one_in(3) {
            conditions.insert("text".into(), json!(pick(random, texts)));
        } else {
            let count = 1 + random.below(4);
            let values: Vec<String> = (0..count).map(|_| pick(random, texts)).collect();
            conditions.insert(random.pick(&FIELDS).into(), json!(values));
        }
    }
    Value::Object(conditions)
}

fn query(random: &mut Random, texts: &[String]) -> (String, CaseQuery) {
    const KEYS: [&str; 8] =
        ["title", "status", "contract_id", "user_id", "technology_name", "case_id", "text", "updated_date"];
    loop {
        let mut query = Map::new();
        let (included, excluded) = (random.below(3), random.below(2));
        query.insert("where".into(), conditions(random, texts, included));
        query.insert("not".into(), conditions(random, texts, excluded));
        let by = random.pick(&KEYS);
        query.insert("sort".into(), json!([{ "by": by, "order": random.pick(&["asc", "desc"]) }]));
        query.insert("limit".into(), json!(random.pick(&[1, 5, 1000])));
        let text = Value::Object(query).to_string();
        // A search without a word, or with too many of them, is refused.
        if let Ok(parsed) = CaseQuery::parse(&text) {
            return (text, parsed);
        }
    }
}

/// Commits cases by batches, as a run does.
fn copy_of(records: &[CaseRecord]) -> (Connection, i64) {
    let connection = database::empty();
    let writer = acquire(&connection);
    for records in records.chunks(40) {
        let changes: Vec<_> = records.iter().map(CopyChange::Case).collect();
        commit(&connection, &batch_of(writer, &changes).statements("p")).unwrap();
    }
    (connection, writer)
}

/// Returns the cases of a run: each id once.
fn cases(random: &mut Random, texts: &[String], count: usize) -> Vec<CaseRecord> {
    let all = (0..count).map(|number| case(random, texts, number));
    let by_id: BTreeMap<String, CaseRecord> = all.map(|case| (case.case_id.clone(), case)).collect();
    by_id.into_values().filter(|case| !case.case_id.is_empty()).collect()
}

fn json_of(record: &CaseRecord) -> String {
    let mut out = String::new();
    write_record(&mut out, record);
    out
}

#[test]
fn queries_with_any_texts_have_the_answers_of_the_evaluation() {
    let mut found = 0;
    for seed in 0..60 {
        let mut random = Random::new(seed + 77_000);
        let texts = vocabulary(&mut random);
        let records = cases(&mut random, &texts, 60);
        let (connection, _) = copy_of(&records);
        for _ in 0..60 {
            let (text, query) = query(&mut random, &texts);
            let ids: Option<[Vec<String>; 2]> = (!random.one_in(3))
                .then(|| [0, 1].map(|_| (0..random.below(4)).map(|_| pick(&mut random, &texts)).collect()));
            let permitted = |case: &CaseRecord| {
                let has = |ids: &[String], id: &String| !id.is_empty() && ids.contains(id);
                ids.as_ref()
                    .is_none_or(|[contracts, users]| has(contracts, &case.contract_id) || has(users, &case.user_id))
            };
            let visible: Vec<QueryableCase<'_>> =
                records.iter().filter(|case| permitted(case)).map(QueryableCase::new).collect();
            let expected = evaluate(&query, &visible, NOW_MS);
            let expected_ids: Vec<&str> =
                expected.rows.iter().map(|row| visible[*row].record.case_id.as_str()).collect();
            let scope = crate::queries::scope_of(&ids);
            let sql = SqlQuery::new(&query, &scope, NOW_MS);
            for source in sql.all_sources() {
                let (total, page) = crate::queries::page_ids(&connection, &sql.page_statement(source));
                assert_eq!(page, expected_ids, "seed {seed}, {source:?}, {scope:?}: {text}");
                assert_eq!(total, expected.total, "seed {seed}, {source:?}, {scope:?}: {text}");
            }
            found += expected.total;
        }
    }
    assert!(found > 5000, "the queries find cases: {found}");
}

#[test]
fn a_copy_and_its_feed_have_any_texts_as_they_are() {
    for seed in 0..60 {
        let mut random = Random::new(seed + 99_000);
        let texts = vocabulary(&mut random);
        let mut records = cases(&mut random, &texts, 60);
        let (connection, writer) = copy_of(&records);
        // Some change, some go, and a batch is committed twice.
        let gone: Vec<CaseRecord> = records.drain(..8).collect();
        for (number, record) in records.iter_mut().enumerate().take(20) {
            let case_id = std::mem::take(&mut record.case_id);
            *record = case(&mut random, &texts, number);
            record.case_id = case_id;
            record.updated_date = cisco_support_case::model::Timestamp::from_unix_ms(NOW_MS + 1_000_000_000);
        }
        let changes = records.iter().take(20).map(CopyChange::Case);
        let changes: Vec<_> = changes.chain(gone.iter().map(|case| CopyChange::Gone(&case.case_id))).collect();
        for _ in 0..2 {
            commit(&connection, &batch_of(writer, &changes).statements("p")).unwrap();
        }
        let expected: BTreeMap<String, String> =
            records.iter().map(|record| (record.case_id.clone(), json_of(record))).collect();
        let mut prepared = connection.prepare("SELECT case_id, record FROM cases").unwrap();
        let rows = prepared.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        let stored: BTreeMap<String, String> = rows.collect::<Result<_, _>>().unwrap();
        let placeless = |text: &String| text.replace("\"item_entry_id\":null", "");
        let all = |of: &BTreeMap<String, String>| -> Vec<(String, String)> {
            of.iter().map(|(id, text)| (id.clone(), placeless(text))).collect()
        };
        let (stored, expected) = (all(&stored), all(&expected));
        assert_eq!(stored.len(), expected.len(), "seed {seed}");
        for (stored, expected) in stored.iter().zip(&expected) {
            assert_eq!(stored, expected, "seed {seed}");
        }

        let [contracts, users] = [0, 1].map(|_| {
            let ids = (0..5).map(|_| pick(&mut random, &texts).trim().to_owned());
            ids.filter(|id| !id.is_empty() && id != "*").collect::<BTreeSet<String>>()
        });
        let allowed = json!({ "contract_ids": contracts, "user_ids": users }).to_string();
        let permissions = Permissions::from_json(&parse_json(&allowed).unwrap()).unwrap();
        let visible: BTreeSet<String> = records
            .iter()
            .filter(|case| contracts.contains(&case.contract_id) || users.contains(&case.user_id))
            .map(|case| case.case_id.clone())
            .collect();
        assert_eq!(feed_of(&connection, &permissions), visible, "seed {seed}: {allowed}");
    }
}

/// Returns the ids of the cases of a first fill, three at a time.
fn feed_of(connection: &Connection, permissions: &Permissions) -> BTreeSet<String> {
    let mut ids = BTreeSet::new();
    let mut since = None;
    loop {
        let mut reader = FeedReader::new(permissions, "a mark", since, 3, NOW_MS);
        let mut texts: Vec<String> = Vec::new();
        let page = loop {
            let is_page = reader.is_at_page();
            let mut rows = Vec::new();
            for statement in reader.statements() {
                rows = database::rows(connection, &statement, database::feed_row);
            }
            if is_page {
                texts = rows.iter().map(|row| row.text.clone()).collect();
            }
            match reader.on_rows(&rows) {
                FeedStep::Run => {}
                FeedStep::Page(page) => break page,
                other => panic!("{other:?}"),
            }
        };
        ids.extend(page.rows.iter().map(|row| texts[*row as usize].clone()));
        if !page.has_more {
            return ids;
        }
        since = Some(page.cursor);
    }
}
