//! The history of changes, and its bounds.

use crate::random_cases::{self, Random};
use cisco_support_case::store::{CaseStore, HistoryLimits};

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
