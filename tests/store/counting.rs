//! Facets and overviews against plain counting.

use crate::random::{self, NOW_MS, Random};
use crate::reading::{Plain, change, store};
use cisco_support_case::model::{CaseRecord, Timestamp};
use cisco_support_case::query::{CaseQuery, ConditionField, QueryableCase, WaitingOn, compare_folded, matches_query};
use cisco_support_case::store::{CaseStore, FacetField, OverviewOptions};
use serde_json::Value;
use std::collections::BTreeMap;

const DAY_MS: i64 = 86_400_000;

/// Returns the values that a case has in a field: `""` for none.
fn values(record: &CaseRecord, field: FacetField) -> Vec<String> {
    let one = |text: &str| vec![text.to_owned()];
    let many = |texts: &[String]| if texts.is_empty() { one("") } else { texts.to_vec() };
    match field {
        FacetField::StatusFlag => one(record.status_flag.map_or("", |flag| flag.as_str())),
        FacetField::Severity => vec![record.severity.map_or(String::new(), |severity| severity.number().to_string())],
        FacetField::Text(ConditionField::Status) => one(record.status.as_str()),
        FacetField::Text(ConditionField::ContractId) => one(&record.contract_id),
        FacetField::Text(ConditionField::UserId) => one(&record.user_id),
        FacetField::Text(ConditionField::TechnologyName) => one(&record.technology_name),
        FacetField::Text(ConditionField::SubTechnologyName) => one(&record.sub_technology_name),
        FacetField::Text(ConditionField::SerialNumber) => one(&record.serial_number),
        FacetField::Text(ConditionField::Bug) => many(&record.bugs),
        FacetField::Text(ConditionField::Rma) => many(&record.rmas),
        _ => panic!("another field"),
    }
}

/// Removes the members of a field from a query.
fn without(text: &str, field: FacetField) -> CaseQuery {
    let mut query: Value = serde_json::from_str(text).unwrap();
    for part in ["where", "not"] {
        if let Some(conditions) = query.get_mut(part).and_then(Value::as_object_mut) {
            conditions.remove(field.name());
        }
    }
    CaseQuery::parse(&query.to_string()).unwrap()
}

fn sorted(counts: BTreeMap<String, u32>, limit: usize) -> Vec<(String, u32)> {
    let mut sorted: Vec<(String, u32)> = counts.into_iter().collect();
    sorted.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| compare_folded(&one.0, &other.0)));
    sorted.truncate(limit);
    sorted
}

fn compare_facets(store: &mut CaseStore, plain: &Plain, text: &str, query: &CaseQuery, limit: usize) {
    let answer = store.facets(query, &FacetField::ALL, limit);
    for (field, counts) in FacetField::ALL.into_iter().zip(answer) {
        let query = without(text, field);
        let mut expected: BTreeMap<String, u32> = BTreeMap::new();
        for case in plain.cases() {
            if matches_query(&query, &case, query.now_ms().unwrap_or(store.now_ms())) {
                let mut values = values(case.record, field);
                values.sort();
                values.dedup();
                values.into_iter().for_each(|value| *expected.entry(value).or_default() += 1);
            }
        }
        let counts: Vec<(String, u32)> = counts.into_iter().map(|count| (count.value, count.count)).collect();
        assert_eq!(counts, sorted(expected, limit), "{} of {text}", field.name());
    }
}

/// Returns the Monday of the week of an instant, by counting days from a known Monday.
fn monday(ms: i64) -> i64 {
    // 2024-01-01 was a Monday.
    let known = 1_704_067_200_000;
    known + (ms - known).div_euclid(7 * DAY_MS) * 7 * DAY_MS
}

fn buckets<'a>(bounds: &[i64], ages: impl Iterator<Item = i64> + 'a) -> Vec<u32> {
    let mut counts = vec![0; bounds.len() + 1];
    for age in ages {
        counts[bounds.iter().filter(|bound| age >= **bound).count()] += 1;
    }
    counts
}

fn compare_overview(store: &mut CaseStore, plain: &Plain, text: &str, query: &CaseQuery) {
    let mut options = OverviewOptions::default();
    options.ageing_days = vec![-1, 0, 1, 7, 30];
    options.quiet_days = vec![3, 14];
    options.weeks = 4;
    options.top = 3;
    let overview = store.overview(query, &options);
    let now = query.now_ms().unwrap_or(store.now_ms());
    let cases = plain.cases();
    let matched: Vec<&QueryableCase<'_>> = cases.iter().filter(|case| matches_query(query, case, now)).collect();
    let open: Vec<&&QueryableCase<'_>> = matched.iter().filter(|case| case.record.is_open()).collect();
    assert_eq!((overview.total as usize, overview.open as usize), (matched.len(), open.len()), "{text}");

    let mut matrix: BTreeMap<(u8, String), (u32, u32)> = BTreeMap::new();
    let mut waiting: BTreeMap<&str, u32> = BTreeMap::new();
    for case in &matched {
        let severity = case.record.severity.map_or(0, |severity| severity.number());
        let count = matrix.entry((severity, case.record.status.as_str().to_owned())).or_default();
        if case.record.is_open() {
            count.0 += 1;
            *waiting.entry(WaitingOn::of_status(true, case.record.status.as_str()).name()).or_default() += 1;
        } else {
            count.1 += 1;
        }
    }
    let counted = |count: &cisco_support_case::store::SeverityStatusCount| {
        ((count.severity.unwrap_or(0), count.status.clone()), (count.open, count.closed))
    };
    assert_eq!(overview.by_severity_and_status.iter().map(counted).collect::<BTreeMap<_, _>>(), matrix);
    assert_eq!(overview.by_severity_and_status.len(), matrix.len());
    assert_eq!(
        overview.waiting_on.iter().map(|(party, count)| (party.name(), *count)).collect::<BTreeMap<_, _>>(),
        waiting
    );

    let ms = |date: &Option<Timestamp>| date.as_ref().map(Timestamp::unix_ms);
    let age = |ms: i64| (now - ms).div_euclid(DAY_MS);
    let counts = |buckets: &[cisco_support_case::store::AgeBucket]| {
        buckets.iter().map(|bucket| bucket.count).collect::<Vec<_>>()
    };
    let created = open.iter().filter_map(|case| ms(&case.record.creation_date)).map(age);
    assert_eq!(counts(&overview.ageing), buckets(&options.ageing_days, created), "{text}");
    let updated = open.iter().filter_map(|case| ms(&case.record.updated_date)).map(age);
    assert_eq!(counts(&overview.quiet), buckets(&options.quiet_days, updated), "{text}");

    for (index, week) in overview.weeks.iter().enumerate() {
        let start = monday(now) - (3 - index as i64) * 7 * DAY_MS;
        assert_eq!(week.start_ms, start);
        let dated = || matched.iter().filter_map(|case| ms(&case.record.creation_date).map(|created| (created, case)));
        let closed_ms = |case: &QueryableCase<'_>| if case.record.is_open() { None } else { case.status_since_ms };
        let opened_by = |end: i64| dated().filter(|(created, _)| *created < end).count();
        let closed_by = |end: i64| dated().filter(|(_, case)| closed_ms(case).is_some_and(|ms| ms < end)).count();
        let end = start + 7 * DAY_MS;
        assert_eq!(week.opened as usize, opened_by(end) - opened_by(start), "{text}");
        assert_eq!(week.closed as usize, closed_by(end) - closed_by(start), "{text}");
        assert_eq!(week.backlog as usize, opened_by(end).saturating_sub(closed_by(end)), "{text}");
    }
    let top = |field: FacetField, least: u32| {
        let mut counts: BTreeMap<String, u32> = BTreeMap::new();
        for case in &matched {
            values(case.record, field).into_iter().for_each(|value| *counts.entry(value).or_default() += 1);
        }
        counts.retain(|value, count| !value.is_empty() && *count >= least);
        sorted(counts, 3)
    };
    let named = |counts: &[cisco_support_case::store::FacetCount]| {
        counts.iter().map(|count| (count.value.clone(), count.count)).collect::<Vec<_>>()
    };
    assert_eq!(named(&overview.technologies), top(FacetField::Text(ConditionField::TechnologyName), 1));
    assert_eq!(named(&overview.serial_numbers), top(FacetField::Text(ConditionField::SerialNumber), 2));
}

/// Compares facets and overviews with plain counts. Returns the number of comparisons.
pub fn compare_counts(seed: u64, rounds: usize) -> usize {
    let mut random = Random::new(seed);
    let mut compared = 0;
    for _ in 0..rounds {
        let cases = 1 + random.below(80);
        let mut store = store(&mut random, cases);
        for _ in 0..5 {
            change(&mut store, &mut random, cases);
            let plain = Plain::new(&store);
            let (text, query) = random::query(&mut random);
            compare_facets(&mut store, &plain, &text, &query, 1 + random.below(8));
            compare_overview(&mut store, &plain, &text, &query);
            compared += 2;
        }
    }
    compared
}

#[test]
fn facets_and_overviews_count_what_a_plain_loop_counts() {
    assert_eq!(compare_counts(3, 20), 200);
}

#[test]
fn facets_of_many_values_are_the_same_with_and_without_indexes() {
    let mut random = Random::new(8);
    let mut store = CaseStore::new();
    let cases: Vec<CaseRecord> = (0..600)
        .map(|number| {
            let mut case = CaseRecord::default();
            case.case_id = (600_000_000 + number).to_string();
            // Values of letters and digits, some equal but for the case of their letters; one of them is frequent.
            let serial = format!("{}{:03}", random.pick(&["FOC", "foc", "Abc"]), random.below(300));
            case.serial_number = random.pick(&[serial.as_str(), serial.as_str(), "SJC01", ""]).to_owned();
            case.bugs = (0..random.below(3)).map(|_| format!("CSCab{:05}", random.below(400))).collect();
            case.rmas = (0..random.below(2)).map(|_| format!("88-{}", random.below(400))).collect();
            case
        })
        .collect();
    store.apply_records(&cases).unwrap();
    let plain = Plain::new(&store);
    let text = "{}";
    let query = CaseQuery::parse(text).unwrap();
    for is_indexed in [false, true] {
        while is_indexed && !store.build_indexes() {}
        for limit in [0, 1, 2, 3, 5, 17, 50, 51, 52, 53, 54, 100, 300, 2000] {
            compare_facets(&mut store, &plain, text, &query, limit);
        }
    }
}

#[test]
fn weeks_have_their_iso_names() {
    let week_of = |date: &str| {
        let mut store = CaseStore::new();
        store.set_now(Timestamp::parse(date).unwrap().unix_ms());
        let mut options = OverviewOptions::default();
        options.weeks = 1;
        store.overview(&CaseQuery::default(), &options).weeks[0].week.clone()
    };
    // By `date --date=… +%G-W%V`.
    for (date, week) in [
        ("2026-01-01T00:00:00Z", "2026-W01"),
        ("2021-01-03T23:59:59Z", "2020-W53"),
        ("2021-01-04T00:00:00Z", "2021-W01"),
        ("2024-12-30T00:00:00Z", "2025-W01"),
        ("2026-06-15T00:00:00Z", "2026-W25"),
        ("2026-06-14T23:59:59.999Z", "2026-W24"),
        ("1969-12-28T00:00:00Z", "1969-W52"),
    ] {
        assert_eq!(week_of(date), week, "{date}");
    }
}

#[test]
fn no_week_is_before_the_year_0() {
    for (date, expected) in [
        ("0000-01-01T00:00:00Z", None),
        ("0000-01-03T00:00:00Z", Some(("0000-W01", 1))),
        ("0000-01-16T23:59:59Z", Some(("0000-W01", 2))),
        ("2026-06-01T00:00:00Z", Some(("2025-W50", 26))),
    ] {
        let mut store = CaseStore::new();
        store.set_now(Timestamp::parse(date).unwrap().unix_ms());
        let weeks = store.overview(&CaseQuery::default(), &OverviewOptions::default()).weeks;
        assert_eq!(weeks.first().map(|first| (first.week.as_str(), weeks.len())), expected, "{date}");
    }
}

#[test]
fn related_cases_are_those_with_the_value_and_the_last_updated_come_first() {
    let mut random = Random::new(4);
    let mut store = store(&mut random, 200);
    store.set_now(NOW_MS);
    for (field, value) in
        [(ConditionField::Bug, "CSCab12345"), (ConditionField::Rma, "88123456"), (ConditionField::SerialNumber, "X")]
    {
        let query =
            CaseQuery::parse(&format!(r#"{{"where":{{"{}":"{value}"}},"limit":10000}}"#, field.name())).unwrap();
        let expected = store.query(&query).rows;
        assert!(!expected.is_empty());
        assert_eq!(store.related(field, value), expected);
    }
}
