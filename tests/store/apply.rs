//! Records that are applied to a store.

use crate::model::{Applied, Model};
use crate::random_cases::{self, Random};
use cisco_support_case::decode::{Body, PageBytes, Records, records};
use cisco_support_case::model::{CaseRecord, DocumentKind, Timestamp, write_record};
use cisco_support_case::store::{CaseStore, ChangeKind, ChangeSet};

/// Returns a record as JSON, to compare all that it has, exact texts of dates included.
pub fn json(case: &CaseRecord) -> String {
    let mut out = String::new();
    write_record(&mut out, case);
    out
}

pub fn apply(store: &mut CaseStore, record: &Applied) -> ChangeSet {
    match record {
        Applied::Case(case) => store.apply_records(std::slice::from_ref(&**case)).unwrap(),
        Applied::Details(detail) => store.apply_detail(detail).unwrap(),
    }
}

pub fn assert_equal(store: &CaseStore, model: &Model) {
    let ids = model.ids();
    assert_eq!(store.len(), ids.len());
    for id in ids {
        assert_eq!(store.get(&id), model.case(&id), "{id}");
        let details = store.details(&id).map(|details| {
            let date = details.last_note_date.as_ref().map(Timestamp::unix_ms);
            (details.owner, details.tracking_number, details.notes_count, date, details.last_note_by)
        });
        assert_eq!(details, model.details(&id), "{id}");
    }
}

/// Returns random records of a few cases, with details among them.
fn random_records(random: &mut Random, count: usize) -> Vec<Applied> {
    let mut records = Vec::new();
    for _ in 0..count {
        let case = random_cases::case(random, 12);
        records.push(if random.one_in(4) {
            Applied::Details(Box::new(random_cases::detail(random, &case)))
        } else {
            Applied::Case(Box::new(case))
        });
    }
    records
}

#[test]
fn a_store_has_what_a_plain_model_has_after_every_operation() {
    for seed in 0..60 {
        let mut random = Random(seed);
        let (mut store, mut model) = (CaseStore::new(), Model::default());
        for _ in 0..30 {
            if random.one_in(6) {
                let ids: Vec<String> = (0..3).map(|_| format!("6{:08}", random.below(12))).collect();
                let present = ids.iter().filter(|id| model.remove(id)).count();
                let changes = store.remove(&ids.iter().map(String::as_str).collect::<Vec<_>>()).unwrap();
                assert_eq!(changes.count(ChangeKind::Gone), present);
            } else {
                for record in random_records(&mut random, 3) {
                    apply(&mut store, &record);
                    model.apply(record);
                }
                let page: Vec<CaseRecord> = (0..4).map(|_| random_cases::case(&mut random, 12)).collect();
                store.apply_records(&page).unwrap();
                page.into_iter().for_each(|case| model.apply(Applied::Case(Box::new(case))));
            }
            assert_equal(&store, &model);
        }
    }
}

#[test]
fn records_of_different_dates_give_the_same_store_in_any_order() {
    for seed in 0..40 {
        let mut random = Random(1000 + seed);
        let mut all = random_records(&mut random, 25);
        // No two records of a case have the same date.
        for (index, record) in all.iter_mut().enumerate() {
            let date = Timestamp::from_unix_ms(1_700_000_000_000 + index as i64 * 60_000);
            match record {
                Applied::Case(case) => case.updated_date = date,
                Applied::Details(detail) => detail.updated_date = date,
            }
        }
        let mut expected = None;
        for _ in 0..6 {
            random.shuffle(&mut all);
            let mut store = CaseStore::new();
            all.iter().for_each(|record| drop(apply(&mut store, record)));
            let ids: Vec<String> = (0..12).map(|id| format!("6{id:08}")).collect();
            let cases: Vec<_> =
                ids.iter().map(|id| (store.get(id).map(|case| json(&case)), store.details(id))).collect();
            assert_eq!(*expected.get_or_insert_with(|| cases.clone()), cases);
        }
    }
}

#[test]
fn a_record_that_is_applied_again_changes_nothing() {
    let mut random = Random(7);
    let mut store = CaseStore::new();
    for record in random_records(&mut random, 400) {
        apply(&mut store, &record);
        let version = store.version();
        let again = apply(&mut store, &record);
        assert!(again.is_empty(), "{:?}", store.case_changes(&again));
        assert_eq!((again.version(), store.version()), (version, version));
    }
}

#[test]
fn a_case_is_read_back_with_the_exact_texts_of_its_dates_and_undocumented_fields() {
    let mut random = Random(3);
    let mut store = CaseStore::new();
    for index in 0..2000 {
        let mut case = random_cases::case(&mut random, 1);
        case.case_id = format!("7{index:08}");
        store.apply_records(std::slice::from_ref(&case)).unwrap();
        case.item_entry_id = None;
        assert_eq!(json(&store.get(&case.case_id).unwrap()), json(&case));
    }
}

#[test]
fn pages_of_the_decoder_give_the_records_of_the_decoder() {
    let texts =
        ["case-summary.json", "cases-by-contract.json", "cases-by-user.json", "odd-records-beside-a-good-one.json"];
    for name in texts {
        let text = std::fs::read(format!("tests/fixtures/{name}")).unwrap();
        let kind = if name == "case-summary.json" { DocumentKind::Summary } else { DocumentKind::Page };
        let Ok(decoded) = records(kind, &Body::from_slice(&text), Records::default()) else { continue };
        let bytes = decoded.to_page_bytes();
        let mut store = CaseStore::new();
        let changes = store.apply_page(&PageBytes::parse(&bytes).unwrap()).unwrap();
        let cases = if kind == DocumentKind::Summary { decoded.summary().cases } else { decoded.page().cases };
        assert!(!cases.is_empty(), "{name}");
        assert_eq!(changes.rejected().len(), cases.iter().filter(|case| case.case_id.is_empty()).count());
        for mut case in cases.into_iter().filter(|case| !case.case_id.is_empty()) {
            case.item_entry_id = None;
            assert_eq!(json(&store.get(&case.case_id).unwrap()), json(&case), "{name}");
        }
    }
}

#[test]
fn details_of_the_decoder_give_the_owner_and_the_notes() {
    let text = std::fs::read("tests/fixtures/case-details.json").unwrap();
    let decoded = records(DocumentKind::Details, &Body::from_slice(&text), Records::default()).unwrap();
    let detail = decoded.detail();
    let mut store = CaseStore::new();
    store.apply_page(&PageBytes::parse(&decoded.to_page_bytes()).unwrap()).unwrap();
    let details = store.details(&detail.case_id).unwrap();
    assert_eq!(details.owner, detail.owner_name);
    assert_eq!(details.notes_count as usize, detail.notes.len());
    let newest = detail.notes.iter().filter_map(|note| note.creation_date.clone()).max();
    assert_eq!(details.last_note_date, newest);
}

fn dated(id: &str, status: &str, date: &str) -> CaseRecord {
    let mut case = CaseRecord::default();
    case.case_id = id.to_owned();
    case.status = status.into();
    case.updated_date = Timestamp::parse(date);
    case
}

#[test]
fn changes_are_named_by_kind_field_and_value() {
    let mut store = CaseStore::new();
    let mut case = dated("1", "Cisco Pending", "2026-01-01T00:00:00.000Z");
    case.title = "old".into();
    let changes = store.apply_records(std::slice::from_ref(&case)).unwrap();
    let new = &store.case_changes(&changes)[0];
    assert_eq!((new.kind, new.case_id.as_str(), new.fields.is_empty(), new.version), (ChangeKind::New, "1", true, 1));

    case = dated("1", "Closed", "2026-01-02T00:00:00.000Z");
    case.title = "new".into();
    let changes = store.apply_records(std::slice::from_ref(&case)).unwrap();
    let closed = &store.case_changes(&changes)[0];
    assert_eq!((closed.kind, closed.version), (ChangeKind::Closed, 2));
    assert_eq!(closed.fields.names().collect::<Vec<_>>(), ["title", "status", "updated_date"]);
    let status = closed.values.status.as_ref().unwrap();
    assert_eq!((status.before.as_str(), status.after.as_str()), ("Cisco Pending", "Closed"));
    assert_eq!(closed.values.title.as_ref().unwrap().before, "old");
    assert!(closed.values.severity.is_none() && closed.values.owner.is_none());

    let changes = store.apply_records(&[dated("1", "Customer Pending", "2026-01-03T00:00:00.000Z")]).unwrap();
    assert_eq!(changes.count(ChangeKind::Reopened), 1);
    // An older record changes nothing.
    assert!(store.apply_records(&[dated("1", "Closed", "2026-01-02T12:00:00.000Z")]).unwrap().is_empty());
    assert_eq!(store.remove(&["1", "2"]).unwrap().count(ChangeKind::Gone), 1);
    // A case that comes back is new.
    assert_eq!(store.apply_records(&[case]).unwrap().count(ChangeKind::New), 1);
    let kinds: Vec<_> = store.changes_since(0).unwrap().iter().map(|change| change.kind.as_str()).collect();
    assert_eq!(kinds, ["new", "closed", "reopened", "gone", "new"]);
}

#[test]
fn a_status_lasts_since_the_update_that_brought_it() {
    let mut store = CaseStore::new();
    let since = |store: &CaseStore| store.status_since("1").map(|(date, is_exact)| (date.utc(), is_exact));
    let steps = [
        ("Cisco Pending", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z", false),
        ("Cisco Pending", "2026-01-05T00:00:00Z", "2026-01-01T00:00:00Z", false),
        ("Closed", "2026-01-07T00:00:00Z", "2026-01-07T00:00:00Z", true),
        ("Closed", "2026-01-09T00:00:00Z", "2026-01-07T00:00:00Z", true),
    ];
    for (status, date, expected, is_exact) in steps {
        store.apply_records(&[dated("1", status, date)]).unwrap();
        assert_eq!(since(&store), Some((expected.to_owned(), is_exact)));
    }
    store.remove(&["1"]).unwrap();
    assert_eq!(since(&store), None);
    store.apply_records(&[dated("1", "Closed", "2026-01-08T00:00:00Z")]).unwrap();
    assert_eq!(since(&store), Some(("2026-01-08T00:00:00Z".to_owned(), false)));
}

/// Rule 9.4: versions do not depend on a clock, so a date in the future stays until a later one comes or the case is removed.
#[test]
fn a_date_in_the_future_is_the_newest_until_the_case_is_removed() {
    let case = |title: &str, date: &str| {
        let mut case = CaseRecord::default();
        (case.case_id, case.title) = ("612345678".into(), title.into());
        case.updated_date = Timestamp::parse(date);
        case
    };
    let mistaken = case("mistaken", "2099-01-01T00:00:00Z");
    let real = case("real", "2026-06-02T00:00:00Z");
    for order in [[&mistaken, &real], [&real, &mistaken]] {
        let mut store = CaseStore::new();
        store.set_now(1_780_000_000_000);
        order.into_iter().for_each(|case| drop(store.apply_records(std::slice::from_ref(case)).unwrap()));
        assert_eq!(store.get("612345678").map(|case| case.title).as_deref(), Some("mistaken"), "in any order");
        store.remove(&["612345678"]).unwrap();
        store.apply_records(std::slice::from_ref(&real)).unwrap();
        assert_eq!(store.get("612345678").map(|case| case.title).as_deref(), Some("real"));
    }
}
