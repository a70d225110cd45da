//! The history of changes, and its bounds.

use crate::random_cases::{self, Random};
use cisco_support_case::{
    model::{CaseRecord, Timestamp},
    store::{CaseStore, ChangeKind, HistoryLimits},
};

#[test]
fn changes_since_a_version_are_complete_or_told_to_be_incomplete() {
    for limits in [HistoryLimits { events: 20, bytes: 1 << 20 }, HistoryLimits { events: 10_000, bytes: 3000 }] {
        let mut random = Random(5);
        let mut store = CaseStore::new();
        store.set_history_limits(limits);
        let mut all = Vec::new();
        for _ in 0..300 {
            let page: Vec<_> = (0..1 + random.below(5)).map(|_| random_cases::case(&mut random, 30)).collect();
            let changes = store.apply_records(&page).unwrap();
            all.extend(store.case_changes(&changes));
            for version in 0..=store.version() + 1 {
                let expected = all.iter().filter(|change| change.version > version).cloned().collect::<Vec<_>>();
                match store.changes_since(version) {
                    Some(changes) => assert_eq!(changes, expected),
                    None => assert!(version < store.history_start() || version > store.version()),
                }
            }
            assert_eq!(store.changes_since(store.version()), Some(Vec::new()));
        }
        assert!(store.history_start() > 0);
        assert!(store.changes_since(store.history_start()).is_some_and(|changes| changes.len() <= limits.events));
    }
}

#[test]
fn an_operation_above_the_bounds_is_no_history() {
    let mut store = CaseStore::new();
    store.set_history_limits(HistoryLimits { events: 10, bytes: 1 << 20 });
    let mut random = Random(6);
    let page: Vec<_> = (0..200).map(|_| random_cases::case(&mut random, 1000)).collect();
    store.apply_records(&page).unwrap();
    assert_eq!((store.changes_since(0), store.changes_since(1)), (None, Some(Vec::new())));
}

#[test]
fn a_removed_case_leaves_no_values_in_the_history_here_and_in_another_tab() {
    let case = |case_id: &str, title: &str, day: i64| {
        let mut case = CaseRecord::default();
        case.case_id = case_id.into();
        case.title = title.into();
        case.updated_date = Timestamp::from_unix_ms(day * 86_400_000);
        case
    };
    let mut store = CaseStore::new();
    let mut other = CaseStore::new();
    for (title, day) in [("First", 1), ("Second", 2)] {
        store.apply_records(&[case("1", title, day), case("2", title, day)]).unwrap();
    }
    other.merge_entry(&store.log_entry(0).unwrap()).unwrap();
    let version = other.version();
    for (title, day) in [("Third", 3), ("Fourth", 4)] {
        let before = store.version();
        store.apply_records(&[case("1", title, day), case("2", title, day)]).unwrap();
        other.merge_entry(&store.log_entry(before).unwrap()).unwrap();
    }
    let before = store.version();
    store.remove(&["1"]).unwrap();
    other.merge_entry(&store.log_entry(before).unwrap()).unwrap();
    for (store, since) in [(&store, 1), (&other, version)] {
        let changes = store.changes_since(since).unwrap();
        let has_values =
            |id: &str| changes.iter().filter(|change| change.case_id == id).any(|change| change.values.title.is_some());
        assert_eq!((has_values("1"), has_values("2")), (false, true));
        assert!(changes.iter().any(|change| change.case_id == "1" && change.kind == ChangeKind::Gone));
    }
}
