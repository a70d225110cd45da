//! Lists, page by page.

use crate::harness::*;
use cisco_support_case::boundary::{action, document, header, page_outcome};
use cisco_support_case::js::RawPaginator;
use wasm_bindgen_test::wasm_bindgen_test;

fn paginator(harness: &mut Harness, endpoint: &str, params: &str, options: &str) -> RawPaginator {
    harness.raw.paginator(&[endpoint, params, options].join("\n"), false).unwrap()
}

#[wasm_bindgen_test]
fn a_list_gives_every_case_newest_first() {
    let mut harness = Harness::new(FAST, 0);
    let mut list = paginator(&mut harness, "casesByContract", r#"{"contract_ids":["1"]}"#, "null");
    let (mut requested, mut found) = (Vec::new(), Vec::new());
    loop {
        let (now, unix) = (harness.now, harness.unix());
        let call = list.begin(&mut harness.raw, now, unix);
        if call == 0 {
            break;
        }
        let (send, text) = harness.expect_send(call);
        requested.push(page_index(&text));
        harness.respond(call, send, 200, &list_page(page_index(&text)));
        assert_eq!(harness.next(call), action::SUCCEED);
        if list.take(&mut harness.raw, unix) == page_outcome::CASES {
            let records = RecordsView::at(harness.raw.header());
            assert!(records.word(header::PAGINATION + 1) > 0);
            assert_eq!(harness.raw.issues(), "[]");
            found.extend(ids(&records));
        }
    }
    assert_eq!((found.join(" "), requested), ("5 4 3 2 1".to_owned(), vec![1, 3, 2, 1, 3]));
}

#[wasm_bindgen_test]
fn a_paginator_can_start_with_a_decoded_page() {
    let mut harness = Harness::new(FAST, 0);
    let mut list = paginator(&mut harness, "casesByContract", r#"{"contract_ids":["1"]}"#, r#"{"order":"oldest"}"#);
    assert!(decode_body(&mut harness.raw, document::PAGE, false, &list_page(1)) > 0);
    assert_eq!(list.take(&mut harness.raw, EPOCH), page_outcome::CASES);
    assert_eq!(ids(&RecordsView::at(harness.raw.header())), ["2", "1"]);
    let call = list.begin(&mut harness.raw, 0.0, EPOCH);
    let (send, text) = harness.expect_send(call);
    assert_eq!(page_index(&text), 2);
    // After an error the same page is requested again.
    harness.respond(call, send, 404, "");
    harness.expect_error(call);
    let again = list.begin(&mut harness.raw, 0.0, EPOCH);
    assert_eq!(page_index(&harness.expect_send(again).1), 2);
}

#[wasm_bindgen_test]
fn a_repeated_page_is_an_error() {
    let mut harness = Harness::new(FAST, 0);
    let mut list = paginator(&mut harness, "casesByUser", r#"{"user_ids":["u"]}"#, "null");
    for expected in [page_outcome::EMPTY, page_outcome::ERROR] {
        let call = list.begin(&mut harness.raw, 0.0, EPOCH);
        harness.complete(call, &list_page(1));
        assert_eq!(list.take(&mut harness.raw, EPOCH), expected);
    }
    assert_eq!(text(&parsed(&harness.raw.take_text()), "kind"), "decode");
    assert!(harness.raw.paginator("casesByUser\n{}\nnull", false).is_none());
    assert_eq!(fields(&parsed(&harness.raw.take_text())), ["user_ids"]);
}
