//! Compact pages as bytes.

use crate::apply::json;
use crate::random_cases::{self, Random};
use cisco_support_case::decode::{Body, PageBytes, Records, records};
use cisco_support_case::model::{CaseRecord, DocumentKind};
use cisco_support_case::store::{CaseStore, StoreErrorKind};

/// A page with strings of all pools, lists, and undocumented fields of all kinds.
fn page() -> Vec<u8> {
    let long = "x".repeat(1100);
    let long_wide = "ü".repeat(600);
    let text = format!(
        r#"{{"pagination_response_record":{{"last_index":1,"page_index":1,"page_records":4,"total_records":4}},"cases":[
        {{"case_id":"1","title":"é {long}","severity":"3","status":"Closed","bugs":["CSCab1","CSCab2"],"rmas":["8"]}},
        {{"case_id":"2","title":"{long_wide}","severity":1,"status":"Waiting","updated_date":"2026-01-01T00:00:00Z",
          "region":"EMEA","score":1.5,"big":12345678901234567890,"list":[1,[2,{{"a":null,"b":[true]}}],"ü"]}},
        {{"case_id":"3","title":"{long}","severity":2,"user_id":"u","creation_date":"2026-01-01T00:00:00.000Z","region":null}},
        {{"case_id":"4","title":"ähnlich","severity":4,"contract_id":"7","list":{{"deep":{{"er":[]}}}}}}]}}"#
    );
    records(DocumentKind::Page, &Body::from_slice(text.as_bytes()), Records::default()).unwrap().to_page_bytes()
}

fn apply(bytes: &[u8]) -> Result<CaseStore, StoreErrorKind> {
    let mut store = CaseStore::new();
    match PageBytes::parse(bytes) {
        Ok(page) => store.apply_page(&page).map(|_| store).map_err(|error| error.kind),
        Err(error) => {
            assert!(!error.part.is_empty());
            Err(StoreErrorKind::DamagedPage)
        }
    }
}

#[test]
fn a_page_is_read_as_it_was_written() {
    let store = apply(&page()).unwrap();
    let ids = ["1", "2", "3", "4"];
    assert_eq!(store.len(), ids.len());
    let extra = json(&store.get("2").unwrap());
    let expected =
        r#""extra":{"region":"EMEA","score":1.5,"big":12345678901234567890,"list":[1,[2,{"a":null,"b":[true]}],"ü"]}"#;
    assert!(extra.contains(expected), "{extra}");
    assert_eq!(store.get("1").unwrap().bugs, ["CSCab1", "CSCab2"]);
    assert_eq!(store.get("2").unwrap().title.chars().count(), 600);
    assert_eq!(store.get("3").unwrap().title.len(), 1100);
}

/// Every byte of a page is replaced by several others. The result is an error, or cases that are well-formed.
#[test]
fn a_page_with_any_changed_byte_is_an_error_or_has_well_formed_cases() {
    let whole = page();
    let mut errors = 0;
    for at in 0..whole.len() {
        for change in [1, 4, 0x80, 0xff] {
            let mut bytes = whole.clone();
            bytes[at] ^= change;
            match apply(&bytes) {
                Err(kind) => {
                    assert_eq!(kind, StoreErrorKind::DamagedPage);
                    errors += 1;
                }
                Ok(store) => {
                    assert!(store.len() <= 4);
                    for id in ["1", "2", "3", "4"] {
                        if let Some(case) = store.get(id) {
                            // What was stored can be stored again.
                            let mut copy = CaseStore::new();
                            copy.apply_records(std::slice::from_ref(&case)).unwrap();
                            assert_eq!(copy.get(id).map(|case| json(&case)), Some(json(&case)));
                        }
                    }
                }
            }
        }
    }
    assert!(errors > 500, "{errors}");
}

#[test]
fn a_cut_or_extended_page_is_an_error() {
    let whole = page();
    for length in 0..whole.len() {
        assert!(PageBytes::parse(&whole[..length]).is_err(), "{length}");
    }
    assert!(PageBytes::parse(&[&whole[..], &[0]].concat()).is_err());
}

#[test]
fn random_words_in_a_page_are_an_error_or_harmless() {
    let whole = page();
    let mut random = Random(11);
    for _ in 0..20_000 {
        let mut bytes = whole.clone();
        for _ in 0..1 + random.below(3) {
            let at = random.below(bytes.len() / 4) * 4;
            let word = match random.below(4) {
                0 => u32::MAX,
                1 => random.next() as u32,
                2 => random.below(64) as u32,
                _ => random.below(bytes.len()) as u32,
            };
            bytes[at..at + 4].copy_from_slice(&word.to_le_bytes());
        }
        drop(apply(&bytes));
    }
}

#[test]
fn an_error_names_the_part() {
    let cases = [random_cases::case(&mut Random(1), 5), CaseRecord::default()];
    let text = format!(r#"{{"count":1,"cases":[{}]}}"#, json(&cases[0]));
    let decoded = records(DocumentKind::Summary, &Body::from_slice(text.as_bytes()), Records::default()).unwrap();
    let whole = decoded.to_page_bytes();
    // The offset of the rows is in the seventh word.
    let rows = u32::from_le_bytes(whole[32..36].try_into().unwrap()) as usize;
    for (column, name) in
        [(1, "user_id"), (4, "severity"), (6, "status_flag"), (7, "status"), (14, "rmas"), (16, "extra")]
    {
        let mut bytes = whole.clone();
        bytes[rows + column * 4..][..4].copy_from_slice(&0x7fff_ffff_u32.to_le_bytes());
        let error = PageBytes::parse(&bytes).unwrap_err();
        assert_eq!(error.part, format!("rows[0].{name}"));
    }
    for (word, part) in [(0, "header"), (1, "version"), (2, "kind"), (4, "text"), (6, "starts"), (8, "rows")] {
        let mut bytes = whole.clone();
        bytes[word * 4..][..4].copy_from_slice(&0x7fff_ffff_u32.to_le_bytes());
        assert_eq!(PageBytes::parse(&bytes).unwrap_err().part, part);
    }
}

#[test]
fn a_page_with_an_impossible_date_changes_nothing() {
    let text = br#"{"count":2,"cases":[{"case_id":"1","severity":"3"},
        {"case_id":"2","severity":"3","updated_date":"2026-01-01T00:00:00.000Z"}]}"#;
    let decoded = records(DocumentKind::Summary, &Body::from_slice(text), Records::default()).unwrap();
    let mut bytes = decoded.to_page_bytes();
    let at = bytes.windows(10).position(|part| part == b"2026-01-01").unwrap();
    bytes[at + 5] = b'9';
    let mut store = CaseStore::new();
    let error = store.apply_page(&PageBytes::parse(&bytes).unwrap()).unwrap_err();
    assert_eq!(error.part, "rows[1].updated_date");
    assert_eq!((store.len(), store.version()), (0, 0));
}
