//! Bulk calls across the boundary between two wasm modules. The client's wasm stores records, and the bulk wasm sees
//! their rows. Here both are one module; in the package each has its own memory, so rows are copied as bytes.

use crate::harness::*;
use cisco_support_case::boundary::{action, delivery, failure_outcome, header, owner, progress};
use cisco_support_case::bulk::{BulkOperation, BulkOptions, BulkQuery, encode_call};
use cisco_support_case::decode;
use cisco_support_case::js::RawBulkJob;
use cisco_support_case::util::Json;
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;

const ALL_CASES: &str = r#"{"contract_ids":["1"],"status_flag":"O"}"#;

/// Creates a bulk call with checked parameters, as the package checks them, and checked options.
fn bulk_job(purpose: &str, params: &str, options: &str) -> RawBulkJob {
    let of = if purpose == "allDetails" { BulkOperation::AllDetails } else { BulkOperation::AllCases };
    let requested = BulkQuery::check(&decode::json(params.as_bytes()).unwrap(), of).unwrap();
    let given = decode::json(options.as_bytes()).unwrap();
    let resume = given.get("resume").and_then(Json::as_str).map(ToOwned::to_owned);
    let concurrency = if given.get("concurrency").is_some() { 6 } else { 1 };
    let options = BulkOptions { newest_first: false, concurrency, resume, ..BulkOptions::default() };
    RawBulkJob::new(&encode_call(of, &requested, &options), EPOCH)
}

/// Returns the resume token.
fn token_of(bulk: &mut RawBulkJob, taken: usize) -> String {
    bulk.write_checkpoint(taken);
    bulk.take_text()
}

/// Returns a request's lines as the parameters of a call, without dates. The package passes them to the client.
fn call_text(lines: &str) -> String {
    let lines: Vec<_> = lines.split('\n').collect();
    let [call, "", "", flag, page, ids @ ..] = &lines[..] else { panic!("{lines:?}") };
    let mut params = match *call {
        "caseDetails" => vec![("case_id", Json::from(ids[0]))],
        "casesByContract" => vec![("contract_ids", Json::from(ids.to_vec()))],
        other => panic!("{other}"),
    };
    params.extend(Some(*flag).filter(|flag| !flag.is_empty()).map(|flag| ("status_flag", Json::from(flag))));
    params.extend(page.parse::<u32>().ok().map(|page| ("page_index", Json::from(page))));
    [call, "\n", &Json::object(params).to_json_string(), "\nnull"].concat()
}

/// Begins the next call of a bulk call; returns its handle and the number of its request.
fn begin_next(harness: &mut Harness, bulk: &mut RawBulkJob) -> Option<(u32, u32)> {
    let number = Some(bulk.next_request()).filter(|number| *number > 0)?;
    let call = call_text(&bulk.take_text());
    Some((harness.raw.begin(&call, false, true, 0.0, EPOCH), number))
}

/// Stores the records of the call that ended last, and passes their rows to the bulk call.
fn pass_records(harness: &mut Harness, bulk: &mut RawBulkJob, number: u32) -> (u32, u32) {
    let handle = harness.raw.retain(bulk.owner());
    let length = harness.raw.rows_length();
    let copy = "(memory, from, to, length) => new Uint8Array(memory.buffer).copyWithin(to, from, from + length)";
    let to = bulk.alloc_rows(length) as u32;
    call_js(copy, &[memory(), (harness.raw.rows() as u32).into(), to.into(), (length as u32).into()]);
    (handle, bulk.on_response(number, handle, EPOCH))
}

/// Returns the delivered records.
fn delivered(harness: &mut Harness, bulk: &mut RawBulkJob) -> RecordsView {
    let handle = bulk.delivery_handle();
    harness.raw.take(handle, &bulk.take_cases());
    let records = RecordsView::at(harness.raw.header());
    assert_eq!(records.counts(), [0; 3]);
    records
}

#[wasm_bindgen_test]
fn a_bulk_read_delivers_every_case_and_can_be_resumed() {
    let mut harness = Harness::new(FAST, 0);
    let mut resume = r#"{"concurrency":6}"#.to_owned();
    let mut found = Vec::new();
    // The call is interrupted after each page that arrives, and resumes.
    for part in 0.. {
        let mut job = bulk_job("allCases", ALL_CASES, &resume);
        let mut delivered_kind = delivery::NONE;
        while delivered_kind == delivery::NONE {
            let Some((call, number)) = begin_next(&mut harness, &mut job) else { break };
            let (send, text) = harness.expect_send(call);
            assert!(text.contains("cache-control:no-cache"), "a list is read as it is now: {text}");
            harness.respond(call, send, 200, &list_page(page_index(&text)));
            assert_eq!(harness.next(call), action::SUCCEED);
            let (handle, outcome) = pass_records(&mut harness, &mut job, number);
            assert_eq!(outcome, failure_outcome::HANDLED);
            delivered_kind = job.next_delivery();
            // Records that are not delivered are discarded at once.
            let discarded = job.next_discarded();
            assert_eq!(discarded, if delivered_kind == delivery::NONE { handle } else { 0 });
            harness.raw.discard(discarded);
        }
        if delivered_kind == delivery::NONE {
            assert!(part > 2);
            let reported = job.progress();
            assert_eq!((reported.len(), reported[progress::PAGES_LEFT as usize]), (progress::LENGTH as usize, 0));
            break;
        }
        assert_eq!(delivered_kind, delivery::CASES);
        let page = ids(&delivered(&mut harness, &mut job));
        assert_eq!(harness.raw.issues(), "[]");
        let reported = job.progress();
        assert!(reported[progress::PAGES as usize] > 0 && reported[progress::REQUESTS as usize] > 0);
        resume =
            format!("{{\"concurrency\":6,\"resume\":{}}}", json(&JsValue::from_str(&token_of(&mut job, page.len()))));
        found.extend(page);
    }
    found.sort();
    assert_eq!(found.join(" "), "1 2 3 4 5");
    let mut refused = bulk_job("allCases", ALL_CASES, r#"{"resume":"{}"}"#);
    assert_eq!(refused.next_request(), 0);
    let reported = refused.take_text();
    assert!(reported.starts_with("a resumeToken() of"), "{reported}");
}

#[wasm_bindgen_test]
fn bulk_details_omit_missing_cases() {
    let mut harness = Harness::new(FAST, 0);
    let params = r#"{"case_ids":["612345678","699999999999"]}"#;
    let mut details = bulk_job("allDetails", params, r#"{"concurrency":6}"#);
    let calls = [(); 2].map(|()| begin_next(&mut harness, &mut details).unwrap());
    assert_eq!(details.next_request(), 0, "there are no more");
    let mut sent = calls.map(|(call, number)| (call, number, harness.expect_send(call)));
    // The missing case is answered first, whatever the order of the requests.
    sent.sort_by_key(|(.., (_, text))| !text.contains("699999999999"));
    let [(gone, number, (send, _)), (stays, other_number, (other, _))] = sent;
    harness.respond(gone, send, 403, r#"{"errorCode":"CASE_NOTFOUND","errorMessage":"no"}"#);
    let error = harness.expect_error(gone);
    let outcome = details.on_failure(number, &[text(&error, "kind"), text(&error, "code")].join("\n"), 1);
    let left_out = details.take_text();
    assert!(outcome == failure_outcome::LEFT_OUT && left_out.contains("699999999999"), "{outcome}: {left_out}");
    harness.respond(stays, other, 200, DETAILS);
    assert_eq!(harness.next(stays), action::SUCCEED);
    assert_eq!(
        pass_records(&mut harness, &mut details, other_number).1,
        failure_outcome::HANDLED,
        "{}",
        details.take_text()
    );
    assert_eq!(details.next_delivery(), delivery::DETAILS);
    assert!(delivered(&mut harness, &mut details).word(header::ROWS + 1) > 0);
    assert_eq!(details.next_delivery(), delivery::NONE);
    assert_eq!((details.take_missing(), details.take_text().as_str()), (0, ""));
    assert_eq!((details.next_discarded(), details.progress()[progress::REQUESTS as usize]), (0, 2));
}

#[wasm_bindgen_test]
fn an_authentication_error_stops_a_bulk_call_and_an_outage_omits_a_part() {
    let params = r#"{"contract_ids":["1","2"],"date_created_from":"2025-12-01T00:00:00Z"}"#;
    let mut job = bulk_job("allCases", params, "{}");
    let number = job.next_request();
    assert_eq!(job.on_failure(number, "authentication\nNO_TOKEN", 1), failure_outcome::STOP);
    let mut job = bulk_job("allCases", ALL_CASES, "{}");
    let number = job.next_request();
    assert_eq!(job.on_failure(number, "unavailable\nAPI_UNAVAILABLE", 1), failure_outcome::LEFT_OUT);
    assert_eq!(job.take_text(), "\n\n1", "no dates, and the contract");
    let dated = r#"{"contract_ids":["1","b"],"date_created_from":"1969-12-31T23:59:59Z","date_created_to":"1970-01-01T00:00:00.001Z"}"#;
    let mut job = bulk_job("allCases", dated, "{}");
    let number = job.next_request();
    assert_eq!(job.take_text(), "casesByContract\n-1000\n1\n\n1\n1\nb");
    assert_eq!(job.on_failure(number, "unavailable\nAPI_UNAVAILABLE", 1), failure_outcome::LEFT_OUT);
    assert_eq!(job.take_text(), "-1000\n1\n1\nb");
}

#[wasm_bindgen_test]
fn an_unrequested_page_is_reported_with_code_detail_and_omitted_part() {
    let mut harness = Harness::new(FAST, 0);
    let mut job = bulk_job("allCases", ALL_CASES, "{}");
    let (call, number) = begin_next(&mut harness, &mut job).unwrap();
    let (send, _) = harness.expect_send(call);
    harness.respond(call, send, 200, &list_page(3));
    assert_eq!(harness.next(call), action::SUCCEED);
    let (handle, outcome) = pass_records(&mut harness, &mut job, number);
    assert_eq!((outcome, job.next_discarded(), job.next_discarded()), (failure_outcome::LEFT_OUT, handle, 0));
    let reported = job.take_text();
    let lines: Vec<_> = reported.split('\n').collect();
    assert_eq!(lines[..2], ["PAGE_MISMATCH", "(requested page 1, received page 3)"]);
    assert_eq!(lines[2..], ["", "", "1"]);
}

#[wasm_bindgen_test]
fn retained_records_are_taken_once_and_their_handles_reused() {
    let mut harness = Harness::new(FAST, 0);
    let keep = |harness: &mut Harness, body: &str| {
        let call = harness.begin("null");
        harness.complete(call, body);
        harness.raw.retain(owner::NONE)
    };
    let (one, other) = (keep(&mut harness, SUMMARY), keep(&mut harness, ODD));
    assert!(one > 0 && other > 0 && one != other);
    harness.raw.take(one, &[0]);
    let records = RecordsView::at(harness.raw.header());
    assert!(records.has("612345678") || records.word(header::ROWS + 1) > 0);
    assert_eq!(keep(&mut harness, SUMMARY), one, "its place is free");
    harness.raw.take(other, &[]);
    assert_eq!(RecordsView::at(harness.raw.header()).word(header::ROWS + 1), 0);
    harness.raw.take(other, &[0]);
    assert_eq!(RecordsView::at(harness.raw.header()).word(header::ROWS + 1), 0, "it was taken");
    harness.raw.discard(0);
    harness.raw.discard(4_000_000_000);
}
