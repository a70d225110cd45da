//! Queries over the store against the plain evaluation of `query::evaluate`, on random cases, changes and queries.

use crate::random::{self, NOW_MS, Random};
use cisco_support_case::model::{CaseDetail, CaseNote, CaseRecord, Timestamp};
use cisco_support_case::query::{CaseQuery, QueryableCase, evaluate};
use cisco_support_case::store::CaseStore;
use serde_json::{Value, json};

const DAY_MS: i64 = 86_400_000;

/// The cases of a store as the plain evaluation sees them.
pub struct Plain {
    pub rows: Vec<u32>,
    pub records: Vec<CaseRecord>,
    pub status_since_ms: Vec<Option<i64>>,
    pub last_note_ms: Vec<Option<i64>>,
}

impl Plain {
    pub fn new(store: &CaseStore) -> Plain {
        let rows: Vec<u32> = (0..store.row_count()).filter(|row| store.record(*row).is_some()).collect();
        let records: Vec<CaseRecord> = rows.iter().map(|row| store.record(*row).unwrap()).collect();
        let since = |row: &u32| store.status_since(store.case_id(*row)).map(|(since, _)| since.unix_ms());
        let note = |row: &u32| {
            store.details(store.case_id(*row)).and_then(|details| details.last_note_date).map(|date| date.unix_ms())
        };
        let status_since_ms = rows.iter().map(since).collect();
        let last_note_ms = rows.iter().map(note).collect();
        Plain { rows, records, status_since_ms, last_note_ms }
    }

    pub fn cases(&self) -> Vec<QueryableCase<'_>> {
        let mut cases: Vec<QueryableCase<'_>> = self.records.iter().map(QueryableCase::new).collect();
        for (index, case) in cases.iter_mut().enumerate() {
            case.status_since_ms = self.status_since_ms[index];
            case.last_note_ms = self.last_note_ms[index];
        }
        cases
    }

    /// Compares the store's answer with the plain one.
    pub fn compare(&self, store: &mut CaseStore, text: &str, query: &CaseQuery) {
        let expected = evaluate(query, &self.cases(), store.now_ms());
        let answer = store.query(query);
        let rows: Vec<u32> = expected.rows.iter().map(|index| self.rows[*index]).collect();
        assert_eq!(answer.total as usize, expected.total, "total of {text}");
        if answer.rows != rows {
            let at = answer.rows.iter().zip(&rows).position(|(one, other)| one != other);
            panic!("{text}\nat {at:?} of {}: {:?}\nexpected {rows:?}", expected.total, answer.rows);
        }
        assert_eq!(store.count(query) as usize, expected.total);
    }
}

/// Applies random changes to a store.
pub fn change(store: &mut CaseStore, random: &mut Random, cases: usize) {
    match random.below(12) {
        // The rows have other numbers afterwards.
        11 => {
            store.compact().unwrap();
        }
        0 | 1 => {
            let ids: Vec<String> = (0..1 + random.below(4)).map(|_| random::case_id(random.below(cases))).collect();
            let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
            store.remove(&ids).unwrap();
        }
        3 => {
            let mut detail = CaseDetail::default();
            let case = random::case(random, 0);
            detail.case_id = random::case_id(random.below(cases));
            detail.title = case.title;
            detail.status = case.status;
            detail.updated_date = case.updated_date.clone();
            detail.owner_name = "Ada Example".into();
            let mut note = CaseNote::default();
            note.creation_date = case.updated_date;
            detail.notes = vec![note];
            store.apply_detail(&detail).unwrap();
        }
        4 if cases > 1_000 => {
            let changed: Vec<CaseRecord> = (0..cases / 3).map(|number| random::case(random, number * 2)).collect();
            store.apply_records(&changed).unwrap();
        }
        2 => store.set_now(NOW_MS + random.below(3) as i64 * DAY_MS / 2),
        _ => {
            let count = 1 + random.below(5);
            let changed: Vec<CaseRecord> = (0..count)
                .map(|_| {
                    let number = random.below(cases);
                    random::case(random, number)
                })
                .collect();
            store.apply_records(&changed).unwrap();
        }
    }
}

/// Returns a store of random cases.
pub fn store(random: &mut Random, cases: usize) -> CaseStore {
    let mut store = CaseStore::new();
    store.set_now(NOW_MS);
    let records: Vec<CaseRecord> = (0..cases).map(|number| random::case(random, number)).collect();
    for records in records.chunks(100) {
        store.apply_records(records).unwrap();
    }
    store
}

/// Compares queries over stores of a size, with changes between them. Returns the number of comparisons.
pub fn compare_queries(seed: u64, cases: usize, rounds: usize, queries: usize) -> usize {
    let mut random = Random::new(seed);
    let mut compared = 0;
    for round in 0..rounds {
        let cases = 1 + random.below(cases);
        let mut store = store(&mut random, cases);
        let pieces = random.below(12);
        for _ in 0..pieces {
            store.build_indexes();
        }
        // Large stores sort their ids in pieces: in the last one all are sorted.
        while round + 1 == rounds && !store.build_indexes() {}
        let mut live: Vec<(u32, String, CaseQuery)> = Vec::new();
        for _ in 0..queries / 10 {
            for _ in 0..random.below(4) {
                change(&mut store, &mut random, cases + 5);
            }
            if random.one_in(4) {
                store.build_indexes();
            }
            let plain = Plain::new(&store);
            let before: Vec<_> =
                live.iter().map(|(number, ..)| (*number, store.live_answer(*number).cloned())).collect();
            let changed = store.refresh_live_queries();
            for (number, text, query) in &live {
                let answer = store.query(query);
                assert_eq!(store.live_answer(*number), Some(&answer), "live {text}");
                let was = before.iter().find(|(known, _)| known == number).and_then(|(_, answer)| answer.clone());
                assert!(was == Some(answer) || changed.contains(number), "no notification of {text}");
                compared += 1;
            }
            for _ in 0..10 {
                let (text, query) = random::query(&mut random);
                plain.compare(&mut store, &text, &query);
                compared += 1;
                if random.one_in(20) {
                    live.push((store.add_live_query(query.clone()), text, query));
                }
            }
            if live.len() > 12 {
                store.remove_live_query(live.remove(0).0);
            }
        }
    }
    compared
}

#[test]
fn a_query_of_the_store_has_the_answer_of_the_plain_evaluation() {
    let compared = compare_queries(1, 60, 12, 100);
    assert!(compared >= 1_000);
}

#[test]
fn the_position_of_a_case_is_that_of_the_plain_evaluation() {
    let mut random = Random::new(3);
    let (mut compared, mut missing) = (0, 0);
    for _ in 0..12 {
        let cases = 1 + random.below(150);
        let mut store = store(&mut random, cases);
        for _ in 0..40 {
            change(&mut store, &mut random, cases + 5);
            if random.one_in(4) {
                store.build_indexes();
            }
            let plain = Plain::new(&store);
            let (text, query) = random::query(&mut random);
            // The window counts for nothing.
            let mut whole: Value = serde_json::from_str(&text).unwrap();
            (whole["offset"], whole["limit"]) = (json!(0), json!(CaseQuery::MAX_LIMIT));
            let whole = CaseQuery::parse(&whole.to_string()).unwrap();
            let expected = evaluate(&whole, &plain.cases(), store.now_ms()).rows;
            for (index, record) in plain.records.iter().enumerate() {
                let position = expected.iter().position(|row| *row == index).map(|at| at as u32);
                assert_eq!(store.position(&query, &record.case_id), position, "{} in {text}", record.case_id);
                missing += usize::from(position.is_none());
                compared += 1;
            }
            assert_eq!(store.position(&query, "no such case"), None);
        }
    }
    assert!(compared > 10_000 && missing > 1_000, "{compared}, {missing}");
}

#[test]
fn a_large_store_answers_with_and_without_its_indexes() {
    compare_queries(2, 9_000, 2, 20);
}

/// All of the comparisons: `cargo xtask fuzz --store`, which sets `SEED` to another number each time.
#[test]
#[ignore = "takes a minute in an optimized build"]
fn a_hundred_thousand_answers_are_those_of_the_plain_evaluation() {
    let first: u64 = std::env::var("SEED").map_or(100, |seed| seed.parse().unwrap());
    let mut compared = 0;
    for seed in first..first + 40 {
        compared += compare_queries(seed, 60, 20, 130);
    }
    for seed in first + 100..first + 106 {
        compared += compare_queries(seed, 9_000, 1, 30);
    }
    println!("{compared} answers compared");
    assert!(compared >= 100_000, "{compared}");
}

/// Changes of many live queries with windows anywhere, over more cases than a window holds.
#[test]
fn live_windows_follow_changes_before_in_and_after_them() {
    let (cases, mut random) = (3_000, Random::new(7));
    let mut store = store(&mut random, cases);
    let sorts = [
        r#"{"by":"updated_date","order":"desc"}"#,
        r#"{"by":"severity"},{"by":"title","order":"desc"}"#,
        r#"{"by":"contract_id","order":"desc"},{"by":"status_since"}"#,
        r#"{"by":"title"}"#,
        r#"{"by":"case_id","order":"desc"}"#,
        r#"{"by":"text","order":"desc"}"#,
    ];
    let conditions = [
        "{}",
        r#"{"where":{"status_flag":"O"}}"#,
        r#"{"where":{"text":"con"}}"#,
        r#"{"not":{"text":"rout"}}"#,
        r#"{"where":{"bug":["","CSCab12345"]},"not":{"severity":[1,null]}}"#,
    ];
    let mut live = Vec::new();
    for condition in conditions {
        let matching = store.count(&CaseQuery::parse(condition).unwrap()) as usize;
        for sort in sorts {
            let (offset, limit) = (random.below(matching + 100), 1 + random.below(150));
            let offset = if random.one_in(3) { 0 } else { offset };
            let mut query: serde_json::Value = serde_json::from_str(condition).unwrap();
            let is_ranked = condition.contains(r#""where":{"text""#);
            let sort = if sort.contains("text") && !is_ranked { sorts[0] } else { sort };
            query["sort"] = serde_json::from_str(&format!("[{sort}]")).unwrap();
            (query["offset"], query["limit"]) = (offset.into(), limit.into());
            let text = query.to_string();
            let query = CaseQuery::parse(&text).unwrap_or_else(|problems| panic!("{text}: {problems:?}"));
            live.push((store.add_live_query(query.clone()), text, query));
        }
    }
    for round in 0..60 {
        // Of a few, of hundreds and of all cases; now and then all of those in the windows are removed.
        let count = [3, 100, 100, 400, 2_500][if round % 20 == 19 { 4 } else { random.below(4) }];
        let numbers: Vec<usize> = (0..count).map(|_| random.below(cases + 20)).collect();
        let changed: Vec<CaseRecord> = numbers.into_iter().map(|number| random::case(&mut random, number)).collect();
        store.apply_records(&changed).unwrap();
        let (number, ..) = live[random.below(live.len())];
        let shown: Vec<u32> = store.live_answer(number).unwrap().rows.clone();
        let ids: Vec<String> = shown.iter().map(|row| store.case_id(*row).to_owned()).collect();
        if round % 3 == 0 {
            store.remove(&ids.iter().map(String::as_str).collect::<Vec<_>>()).unwrap();
        }
        if round % 7 == 0 {
            change(&mut store, &mut random, cases);
        }
        store.refresh_live_queries();
        for (number, text, query) in &live {
            let answer = store.query(query);
            assert_eq!(store.live_answer(*number), Some(&answer), "round {round}: {text}");
        }
    }
}

#[test]
fn a_live_query_tells_only_of_changes_that_it_shows() {
    let query = |text: &str| CaseQuery::parse(text).unwrap();
    let case = |id: &str, edit: &dyn Fn(&mut CaseRecord)| {
        let mut case = CaseRecord::default();
        case.case_id = id.into();
        case.updated_date = Timestamp::from_unix_ms(NOW_MS - 10 * DAY_MS);
        edit(&mut case);
        case
    };
    let mut store = CaseStore::new();
    store.set_now(NOW_MS);
    store.apply_records(&[case("1", &|case| case.contract_id = "77".into()), case("2", &|_| {})]).unwrap();
    let of_contract = store.add_live_query(query(r#"{"where":{"contract_id":"77"}}"#));
    let first = store.add_live_query(query(r#"{"sort":[{"by":"case_id"}],"limit":1}"#));
    let quiet = store.add_live_query(query(r#"{"where":{"quiet_for_days":{"min":11}}}"#));

    // A case of another contract, after the window of one case: only its own queries tell.
    store.apply_records(&[case("2", &|case| case.title = "New".into())]).unwrap();
    assert!(store.refresh_live_queries().is_empty());
    // A further case changes the total of all cases.
    store.apply_records(&[case("3", &|_| {})]).unwrap();
    assert_eq!(store.refresh_live_queries(), [first]);
    // A cell of a visible case.
    store
        .apply_records(&[case("1", &|case| {
            case.contract_id = "77".into();
            case.contact_name = "Ada".into();
        })])
        .unwrap();
    assert_eq!(store.refresh_live_queries(), [of_contract, first]);
    // The same again changes nothing.
    store
        .apply_records(&[case("1", &|case| {
            case.contract_id = "77".into();
            case.contact_name = "Ada".into();
        })])
        .unwrap();
    assert!(store.refresh_live_queries().is_empty());

    // A day passes: one notification, at its boundary.
    for (ms, expected) in [(DAY_MS - 1, vec![]), (DAY_MS, vec![quiet]), (DAY_MS + 1, vec![]), (2 * DAY_MS, vec![])] {
        store.set_now(NOW_MS + ms);
        assert_eq!(store.refresh_live_queries(), expected, "{ms}");
    }
    assert_eq!(store.live_answer(quiet).unwrap().total, 3);

    store.remove_live_query(first);
    store.remove(&["1"]).unwrap();
    assert_eq!(store.refresh_live_queries(), [of_contract, quiet]);
}
