//! The persisted form of a store.

use crate::apply::{apply, json};
use crate::model::Applied;
use crate::random_cases::{self, Random};
use cisco_support_case::model::{CaseRecord, Timestamp};
use cisco_support_case::query::CaseQuery;
use cisco_support_case::store::{CaseStore, HistoryLimits, StoreErrorKind, StoreRestore};
use std::collections::BTreeMap;

/// All that a caller can see of a store.
fn visible(store: &CaseStore) -> BTreeMap<String, String> {
    let ids = (0..400).map(|id| format!("6{id:08}"));
    ids.filter_map(|id| {
        let case = json(&store.get(&id)?);
        Some((id.clone(), format!("{case} {:?} {:?}", store.details(&id), store.status_since(&id))))
    })
    .collect()
}

fn assert_same(one: &CaseStore, other: &CaseStore) {
    assert_eq!(visible(one), visible(other));
    assert_eq!((one.len(), one.version(), one.history_start()), (other.len(), other.version(), other.history_start()));
    for version in 0..=one.version() {
        assert_eq!(one.changes_since(version), other.changes_since(version));
    }
}

/// Applies a random operation.
fn step(random: &mut Random, store: &mut CaseStore, ids: usize) {
    match random.below(8) {
        0 => {
            let id = format!("6{:08}", random.below(ids));
            store.remove(&[&id]).unwrap();
        }
        1 => {
            let case = random_cases::case(random, ids);
            apply(store, &Applied::Details(Box::new(random_cases::detail(random, &case))));
        }
        _ => {
            let page: Vec<CaseRecord> = (0..1 + random.below(6)).map(|_| random_cases::case(random, ids)).collect();
            store.apply_records(&page).unwrap();
        }
    }
}

fn random_store(seed: u64, steps: usize, ids: usize) -> CaseStore {
    let mut random = Random(seed);
    let mut store = CaseStore::new();
    (0..steps).for_each(|_| step(&mut random, &mut store, ids));
    store
}

#[test]
fn a_restored_store_is_the_same_and_stays_the_same() {
    for seed in 0..20 {
        let mut store = random_store(seed, 60, 40);
        let (mut restored, cursor) = CaseStore::restore(&store.snapshot(&[1, 0, 255])).unwrap();
        assert_eq!(cursor, [1, 0, 255]);
        assert_same(&store, &restored);
        assert_eq!(restored.snapshot(&[]), store.snapshot(&[]));
        let mut random = Random(seed + 500);
        for _ in 0..40 {
            step(&mut random.clone(), &mut store, 40);
            step(&mut random, &mut restored, 40);
        }
        assert_same(&store, &restored);
    }
}

#[test]
fn a_snapshot_with_any_changed_byte_is_an_error() {
    let store = random_store(3, 12, 20);
    let whole = store.snapshot(b"cursor");
    assert!(whole.len() < 20_000, "{}", whole.len());
    for at in 0..whole.len() {
        for change in [1, 0x80, 0xff] {
            let mut bytes = whole.clone();
            bytes[at] ^= change;
            let error = CaseStore::restore(&bytes).map(|_| ()).unwrap_err();
            assert_eq!(error.kind, StoreErrorKind::DamagedSnapshot, "{at}");
        }
    }
    for length in 0..whole.len() {
        assert!(CaseStore::restore(&whole[..length]).is_err());
    }
    assert!(CaseStore::restore(&[&whole[..], &[0]].concat()).is_err());
}

/// Returns a part with another checksum, so that only the checks of its content remain.
fn with_checksum(mut bytes: Vec<u8>) -> Vec<u8> {
    let mut sum = bytes.len() as u64;
    let mut step = |word: u64| {
        sum = (sum ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        sum ^= sum >> 32;
    };
    let (words, rest) = bytes.as_chunks::<8>();
    for (index, word) in words.iter().enumerate() {
        if index != 2 {
            step(u64::from_le_bytes(*word));
        }
    }
    step(rest.iter().fold(0, |tail, byte| tail << 8 | u64::from(*byte)));
    bytes[16..24].copy_from_slice(&sum.to_le_bytes());
    bytes
}

#[test]
fn a_part_with_a_valid_checksum_and_any_content_never_panics() {
    let mut store = random_store(4, 12, 20);
    let chunks: Vec<_> = (0..store.chunk_count()).map(|chunk| store.chunk_bytes(chunk)).collect();
    let version = store.version();
    (0..8).for_each(|seed| step(&mut Random(seed), &mut store, 20));
    let parts = [chunks, vec![store.log_entry(version).unwrap()]].concat();
    let mut restored = 0;
    for (index, part) in parts.iter().enumerate() {
        assert_eq!(&with_checksum(part.clone()), part);
        for at in 0..part.len() {
            for change in [1, 0x40, 0xff] {
                let mut parts = parts.clone();
                parts[index][at] ^= change;
                parts[index] = with_checksum(parts[index].clone());
                let mut restore = StoreRestore::new();
                if parts.iter().all(|part| restore.add(part).is_ok()) {
                    restored += usize::from(restore.finish().is_ok());
                }
            }
        }
    }
    assert!(restored > 0);
}

#[test]
fn a_part_of_a_newer_format_is_told_from_a_damaged_one() {
    let store = random_store(5, 5, 20);
    let mut bytes = store.chunk_bytes(0);
    bytes[4] += 1;
    assert_eq!(StoreRestore::new().add(&bytes).unwrap_err().kind, StoreErrorKind::DamagedSnapshot);
    let bytes = with_checksum(bytes);
    assert_eq!(StoreRestore::new().add(&bytes).unwrap_err().kind, StoreErrorKind::NewerVersion);
}

/// Chunks and a log, as a storage has them.
#[derive(Default)]
struct Saved {
    chunks: Vec<Vec<u8>>,
    log: Vec<Vec<u8>>,
    chunks_version: u64,
    version: u64,
}

impl Saved {
    fn save(&mut self, store: &CaseStore, is_full: bool) {
        match store.log_entry(self.version) {
            Some(entry) if !is_full && !self.chunks.is_empty() => self.log.push(entry),
            _ => {
                let since = if self.chunks.is_empty() { None } else { Some(self.chunks_version) };
                self.chunks.resize(store.chunk_count(), Vec::new());
                for (index, chunk) in self.chunks.iter_mut().enumerate() {
                    if since.is_none_or(|since| store.is_chunk_changed(index, since)) {
                        *chunk = store.chunk_bytes(index);
                    }
                }
                self.log.clear();
                self.chunks_version = store.version();
            }
        }
        self.version = store.version();
    }

    fn restore(&self) -> CaseStore {
        let mut restore = StoreRestore::new();
        self.chunks.iter().chain(&self.log).for_each(|part| restore.add(part).unwrap());
        assert_eq!(restore.chunks_version(), self.chunks_version);
        restore.finish().unwrap()
    }
}

#[test]
fn chunks_and_log_entries_restore_every_saved_state() {
    for seed in 0..10 {
        let mut random = Random(seed);
        let (mut store, mut saved) = (CaseStore::new(), Saved::default());
        if random.one_in(3) {
            store.set_history_limits(HistoryLimits { events: 12, bytes: 1 << 20 });
        }
        for _ in 0..60 {
            (0..random.below(4)).for_each(|_| step(&mut random, &mut store, 40));
            if random.one_in(12) {
                store.compact().unwrap();
            }
            let is_full = random.one_in(8);
            saved.save(&store, is_full);
            let mut restored = saved.restore();
            assert_eq!(visible(&restored), visible(&store));
            assert_eq!(restored.version(), store.version());
            if random.one_in(6) {
                restored.set_history_limits(HistoryLimits { events: 12, bytes: 1 << 20 });
                store = restored;
            }
        }
    }
}

#[test]
fn chunks_of_different_times_are_an_error() {
    let mut store = CaseStore::new();
    let mut random = Random(1);
    let page: Vec<CaseRecord> = (0..6000)
        .map(|id| {
            let mut case = random_cases::case(&mut random, 1);
            case.case_id = format!("6{id:08}");
            case
        })
        .collect();
    store.apply_records(&page).unwrap();
    let before: Vec<_> = (0..store.chunk_count()).map(|chunk| store.chunk_bytes(chunk)).collect();
    assert_eq!(before.len(), 4);
    store.remove(&[&page[3000].case_id]).unwrap();
    let changed: Vec<bool> = (0..4).map(|chunk| store.is_chunk_changed(chunk, 1)).collect();
    assert_eq!(changed, [true, false, true, false]);
    let after: Vec<_> = (0..store.chunk_count()).map(|chunk| store.chunk_bytes(chunk)).collect();
    for mask in 0..16 {
        let mut restore = StoreRestore::new();
        let parts = (0..4).map(|chunk| if mask >> chunk & 1 == 0 { &before[chunk] } else { &after[chunk] });
        let is_restored = parts.map(|part| restore.add(part)).all(|added| added.is_ok());
        // Chunks 1 and 3 did not change.
        assert_eq!(is_restored && restore.finish().is_ok(), (mask & 1) == (mask >> 2 & 1), "{mask}");
    }
    let mut restore = StoreRestore::new();
    before[..3].iter().for_each(|part| restore.add(part).unwrap());
    assert_eq!(restore.finish().unwrap_err().part, "chunk 3");
    let mut restore = StoreRestore::new();
    restore.add(&before[0]).unwrap();
    assert_eq!(restore.add(&before[2]).unwrap_err().part, "chunk 1");
}

#[test]
fn a_changed_case_costs_a_small_log_entry() {
    let mut store = CaseStore::new();
    let mut random = Random(9);
    let page: Vec<CaseRecord> = (0..5000)
        .map(|id| {
            let mut case = random_cases::case(&mut random, 1);
            case.case_id = format!("6{id:08}");
            case
        })
        .collect();
    store.apply_records(&page).unwrap();
    let version = store.version();
    let mut case = page[77].clone();
    case.title = "x".repeat(240);
    case.updated_date = Some(random_cases::date(&mut random, 900));
    store.apply_records(&[case]).unwrap();
    let entry = store.log_entry(version).unwrap();
    assert!(entry.len() < 1500, "{}", entry.len());
}

#[test]
fn a_date_that_decides_between_records_is_saved_though_it_shows_in_no_field() {
    let record = |updated: &str, technology: &str| {
        let mut case = CaseRecord::default();
        case.case_id = "600000001".into();
        case.updated_date = Timestamp::parse(updated);
        case.technology_name = technology.into();
        case
    };
    let mut store = CaseStore::new();
    let [first, newest] = [record("2026-01-05T00:00:00.000Z", "LAN"), record("2026-01-10T00:00:00.000Z", "")];
    store.apply_records(&[first, newest]).unwrap();
    let parts = store.snapshot(&[]);
    let version = store.version();
    // The names are the same, but are now of the eighth.
    let same_names = [record("2026-01-08T00:00:00.000Z", "LAN")];
    let changes = store.apply_records(&same_names).unwrap();
    assert!(changes.is_empty() && store.version() > version);
    assert_eq!(store.changes_since(version), Some(Vec::new()));
    assert!(store.apply_records(&same_names).unwrap().version() == store.version());
    let entry = store.log_entry(version).unwrap();
    let older = [record("2026-01-06T00:00:00.000Z", "WAN")];
    let (restored, _) = CaseStore::restore(&store.snapshot(&[])).unwrap();
    let (mut merged, _) = CaseStore::restore(&parts).unwrap();
    assert!(merged.merge_entry(&entry).unwrap().is_empty());
    for mut store in [store, restored, merged] {
        assert!(store.apply_records(&older).unwrap().is_empty());
        assert_eq!(store.get("600000001").unwrap().technology_name, "LAN");
    }
}

#[test]
fn merged_entries_give_the_newest_state_of_both_stores_and_tell_what_changed() {
    for seed in 0..20 {
        let mut random = Random(seed);
        let mut leader = random_store(seed, 20, 30);
        let (mut follower, _) = CaseStore::restore(&leader.snapshot(&[])).unwrap();
        let mut version = leader.version();
        for _ in 0..20 {
            step(&mut random, &mut leader, 30);
            let entry = leader.log_entry(version).unwrap();
            version = leader.version();
            let before = visible(&follower);
            let changes = follower.merge_entry(&entry).unwrap();
            assert_eq!(visible(&follower), visible(&leader));
            let named: Vec<_> = follower.case_changes(&changes).into_iter().map(|change| change.case_id).collect();
            let after = visible(&follower);
            for id in before.keys().chain(after.keys()) {
                let case = |all: &BTreeMap<String, String>| {
                    all.get(id).map(|text| text.split(" Some((").next().unwrap().to_owned())
                };
                if case(&before) != case(&after) {
                    assert!(named.contains(id), "{id}");
                }
            }
            // An entry can be merged again.
            assert!(follower.merge_entry(&entry).unwrap().is_empty());
        }
    }
}

fn case_of(status: &str, date: &str) -> CaseRecord {
    let mut case = CaseRecord::default();
    case.case_id = "600000001".into();
    case.status = status.into();
    case.updated_date = cisco_support_case::model::Timestamp::parse(date);
    case
}

#[test]
fn a_merged_entry_leaves_and_adds_what_is_known_of_a_status() {
    const FIRST_DAY_MS: i64 = 1_767_225_600_000;
    type States<'s> = &'s [(&'s str, u32)];
    let store = |states: States<'_>| {
        let mut store = CaseStore::new();
        for (status, day) in states {
            store.apply_records(&[case_of(status, &text_of_day(*day))]).unwrap();
        }
        store
    };
    let since = |store: &CaseStore| {
        store
            .status_since("600000001")
            .map(|(date, is_exact)| (1 + (date.unix_ms() - FIRST_DAY_MS) / 86_400_000, is_exact))
    };
    let (old, new) = ("Cisco Pending", "Customer Pending");
    // What one store has seen and what another one has, each by day; then what both know after they merged.
    let rows: [(States<'_>, States<'_>, (i64, bool)); 6] = [
        // The change was seen by one of them.
        (&[(old, 1), (new, 2), (new, 3)], &[(new, 3)], (2, true)),
        // Both have seen that it changed: it was then at the latest.
        (&[(old, 1), (new, 2), (new, 3)], &[(old, 1), (new, 3)], (2, true)),
        // Neither has: it has been so for longer than one of them knows.
        (&[(new, 1), (new, 3)], &[(new, 2), (new, 3)], (1, false)),
        (&[(new, 1), (new, 3)], &[(new, 3)], (1, false)),
        // It changed twice more, of which one store has seen nothing.
        (&[(old, 1), (new, 2)], &[(old, 3), (new, 4)], (4, true)),
        (&[(old, 1), (new, 2)], &[(old, 1), (new, 2), (old, 3), (new, 4)], (4, true)),
    ];
    for (one, other, expected) in rows {
        let (mut first, mut second) = (store(one), store(other));
        let (entry, version) = (second.log_entry(0).unwrap(), first.version());
        let known = since(&first);
        let changes = first.merge_entry(&entry).unwrap();
        second.merge_entry(&store(one).log_entry(0).unwrap()).unwrap();
        let expected = Some(expected);
        assert_eq!((since(&first), since(&second)), (expected, expected), "{one:?} {other:?}");
        // What was learned is a change: it is saved, and live queries are told.
        assert_eq!(first.version() > version, known != expected || !changes.is_empty(), "{one:?} {other:?}");
        let (restored, _) = CaseStore::restore(&first.snapshot(&[])).unwrap();
        assert_eq!(since(&restored), expected);
        assert!(first.merge_entry(&entry).unwrap().is_empty());
    }
}

#[test]
fn a_store_whose_cases_are_replaced_has_a_later_version_and_no_former_changes() {
    let mut store = CaseStore::new();
    let mut other = CaseStore::new();
    for (number, date) in (0..5).zip(1..) {
        let mut case = case_of("Closed", &text_of_day(date));
        case.case_id = number.to_string();
        store.apply_records(core::slice::from_ref(&case)).unwrap();
        if number < 2 {
            other.apply_records(&[case]).unwrap();
        }
    }
    let (mut new, _) = CaseStore::restore(&store.snapshot(&[])).unwrap();
    assert_eq!((new.version(), new.changes_since(2).unwrap().len()), (5, 3), "a new store takes over the history");
    new.replace(other);
    assert_eq!((new.len(), new.version()), (2, 6));
    assert!(new.changes_since(5).is_none());
    assert!(new.changes_since(6).is_some_and(|changes| changes.is_empty()));
    new.replace(CaseStore::new());
    assert_eq!((new.len(), new.version()), (0, 7));
    let (restored, _) = CaseStore::restore(&new.snapshot(&[])).unwrap();
    assert_eq!(restored.version(), 7);
}

fn text_of_day(day: u32) -> String {
    format!("2026-01-0{day}T00:00:00.000Z")
}

#[test]
fn a_merged_entry_does_not_undo_a_newer_change() {
    let case = case_of;
    let mut one = CaseStore::new();
    one.apply_records(&[case("Cisco Pending", "2026-01-01T00:00:00.000Z")]).unwrap();
    let (mut other, _) = CaseStore::restore(&one.snapshot(&[])).unwrap();
    one.apply_records(&[case("Customer Pending", "2026-01-02T00:00:00.000Z")]).unwrap();
    other.apply_records(&[case("Closed", "2026-01-03T00:00:00.000Z")]).unwrap();
    assert!(other.merge_entry(&one.log_entry(1).unwrap()).unwrap().is_empty());
    assert_eq!(one.merge_entry(&other.log_entry(1).unwrap()).unwrap().len(), 1);
    assert_eq!(visible(&one).len(), 1);
    assert_eq!(one.get("600000001"), other.get("600000001"));
    // A damaged entry changes nothing.
    let mut entry = other.log_entry(1).unwrap();
    entry[40] ^= 1;
    let version = one.version();
    assert_eq!(one.merge_entry(&entry).unwrap_err().part, "entry");
    assert_eq!(one.version(), version);
}

#[test]
fn compaction_frees_memory_and_changes_no_answer() {
    for seed in 0..10 {
        let mut store = random_store(seed, 80, 40);
        let (before, version) = (visible(&store), store.version());
        let histories: Vec<_> = (0..=version).map(|version| store.changes_since(version)).collect();
        store.compact().unwrap();
        assert_eq!(visible(&store), before);
        assert_eq!(store.version(), version + 1);
        for (version, history) in (0..).zip(histories) {
            assert_eq!(store.changes_since(version), history);
        }
        assert!(store.is_chunk_changed(0, version) && store.is_chunk_changed(1, version));
        let (restored, _) = CaseStore::restore(&store.snapshot(&[])).unwrap();
        assert_same(&store, &restored);
        let mut random = Random(seed + 900);
        (0..30).for_each(|_| step(&mut random, &mut store, 40));
    }
    let mut store = CaseStore::new();
    store.set_history_limits(HistoryLimits { events: 0, bytes: 0 });
    let mut random = Random(1);
    for round in 0..20 {
        let page: Vec<CaseRecord> = (0..4000)
            .map(|id| {
                let mut case = random_cases::case(&mut random, 1);
                case.case_id = format!("6{id:08}");
                case.updated_date = Some(random_cases::date(&mut random, 900 + round));
                case
            })
            .collect();
        store.apply_records(&page).unwrap();
    }
    let (used, expected) = (store.memory_bytes(), store.reclaimable_bytes());
    assert!(expected > used / 3, "{expected} of {used}");
    assert!(!store.compact().unwrap());
    assert_eq!(store.reclaimable_bytes(), 0);
    assert!(store.memory_bytes() < used - expected / 2, "{} of {used}", store.memory_bytes());
}

#[test]
fn dates_in_other_forms_that_were_replaced_are_reclaimable() {
    let mut store = CaseStore::new();
    let apply = |store: &mut CaseStore, date: &str| store.apply_records(&[case_of("Closed", date)]).unwrap();
    let second = |second: u32| format!("2026-01-01T00:00:{second:02}+00:00");
    apply(&mut store, &second(0));
    for at in 1..40 {
        apply(&mut store, &second(at));
        assert_eq!(store.reclaimable_bytes(), at as usize * second(0).len());
    }
    apply(&mut store, "2026-01-01T00:01:00.000Z");
    assert_eq!(store.reclaimable_bytes(), 40 * second(0).len());
    store.compact().unwrap();
    assert_eq!(store.reclaimable_bytes(), 0);
}

#[test]
fn the_greatest_number_of_notes_is_no_overflow() {
    let mut details = cisco_support_case::model::DetailColumns::default();
    details.notes_count = u32::MAX;
    let mut store = CaseStore::new();
    store.apply_records(&[case_of("Closed", &text_of_day(1))]).unwrap();
    store.apply_detail_columns(&[("600000001".into(), details)]).unwrap();
    assert_eq!(store.details("600000001").map(|details| details.notes_count), Some(u32::MAX - 1));
}

#[test]
fn compaction_keeps_the_answers_of_live_queries_and_notifies_none() {
    let ids = |store: &CaseStore, live: u32| -> Vec<String> {
        let rows = &store.live_answer(live).unwrap().rows;
        rows.iter().map(|row| store.record(*row).unwrap().case_id).collect()
    };
    for seed in 0..20 {
        let mut random = Random(seed);
        let mut store = random_store(seed, 80, 40);
        if random.one_in(2) {
            // Without a history, removed rows disappear.
            store.set_history_limits(HistoryLimits { events: 0, bytes: 0 });
        }
        let queries = [r#"{"limit":7}"#, r#"{"where":{"severity":[1,2]}}"#, r#"{"sort":[{"by":"title"}],"offset":3}"#];
        let live: Vec<u32> = queries.iter().map(|text| store.add_live_query(CaseQuery::parse(text).unwrap())).collect();
        for _ in 0..10 {
            (0..4).for_each(|_| step(&mut random, &mut store, 40));
            // Changes of which the queries have not been told yet are told after the compaction.
            let is_told = random.one_in(2);
            if is_told {
                store.refresh_live_queries();
            }
            let before: Vec<_> = live.iter().map(|live| store.live_answer(*live).map(|answer| answer.total)).collect();
            store.compact().unwrap();
            if is_told {
                assert_eq!(before, live.iter().map(|l| store.live_answer(*l).map(|a| a.total)).collect::<Vec<_>>());
                assert!(store.refresh_live_queries().is_empty());
            } else {
                store.refresh_live_queries();
            }
            for (live, text) in live.iter().zip(queries) {
                let rows = store.query(&CaseQuery::parse(text).unwrap()).rows;
                let expected: Vec<String> = rows.iter().map(|row| store.record(*row).unwrap().case_id).collect();
                assert_eq!(ids(&store, *live), expected);
            }
        }
    }
}
