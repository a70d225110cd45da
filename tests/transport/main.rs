//! The client for Rust against the sandbox: one suite for Node and headless browsers.

#![cfg(all(target_arch = "wasm32", feature = "transport", feature = "sandbox"))]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod harness;

use cisco_support_case::client::EventKind;
use cisco_support_case::error::ErrorKind;
use cisco_support_case::model::{StatusFlag, Timestamp};
use cisco_support_case::paging::ReadOrder;
use cisco_support_case::sandbox::{Auth, Options};
use cisco_support_case::transport::{
    Backoff, Call, CaseSummaryParams, Cases, CasesByContractParams, CasesByUserParams, Client, ClientOptions, Error,
    RateLimits, SortBy, TokenReply,
};
use futures_util::future::join_all;
use futures_util::{StreamExt, TryStreamExt};
use harness::{Answers, BASE, Harness, Stage, TOKEN_URL, later, limits, options, until};
use js_sys::{Object, Reflect};
use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::task::Poll;
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;

/// Polls a future once.
async fn poll<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    poll_fn(|cx| Poll::Ready(Pin::new(&mut *future).poll(cx))).await
}

/// Polls a stream once.
async fn poll_stream(cases: &mut Cases) -> bool {
    poll_fn(|cx| Poll::Ready(cases.poll_next_unpin(cx).is_ready())).await
}

fn is_page() -> bool {
    Reflect::get(&js_sys::global(), &"document".into()).unwrap().is_object()
}

fn summary(client: &Client, harness: &Harness) -> Call<cisco_support_case::model::CaseSummaryResult> {
    client.case_summary(CaseSummaryParams::new([&harness.ids("case_ids")[0]]))
}

fn now_ms() -> f64 {
    js_sys::Date::now()
}

fn kind_of<T>(outcome: Result<T, Error>) -> ErrorKind {
    outcome.err().expect("it fails").kind
}

#[wasm_bindgen_test]
async fn the_four_calls_return_typed_records() {
    let stage = Stage::new();
    let client = stage.client();
    let [case_ids, contracts, users] = ["case_ids", "contract_ids", "user_ids"].map(|name| stage.ids(name));

    let summary = client.case_summary(CaseSummaryParams::new(&case_ids[..3])).await.unwrap();
    assert_eq!((summary.count, summary.cases.len(), summary.issues.len()), (3, 3, 0));
    assert!(summary.cases.iter().all(|case| case_ids[..3].contains(&case.case_id)));

    let details = client.case_details(&case_ids[0]).await.unwrap();
    assert_eq!((&details.detail.case_id, details.issues.len()), (&case_ids[0], 0));
    assert!(details.detail.creation_date.is_some());

    let page = client.cases_by_contract(CasesByContractParams::new(&contracts[..1])).await.unwrap();
    assert!(!page.cases.is_empty() && page.cases.iter().all(|case| case.contract_id == contracts[0]));
    assert_eq!(page.pagination_response_record.page_index, 1);

    let page = client.cases_by_user(CasesByUserParams::new(&users[..2])).await.unwrap();
    assert!(!page.cases.is_empty() && page.cases.iter().all(|case| users[..2].contains(&case.user_id)));
    assert_eq!(stage.count(), 4);
}

#[wasm_bindgen_test]
async fn a_request_has_the_parameters_of_its_call() {
    let stage = Stage::new();
    let client = Client::new(options().token("synthetic").header("x-portal", "p").header("x-both", "client")).unwrap();
    let contracts = stage.ids("contract_ids");
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let params = CasesByContractParams::new(&contracts[..2])
        .date_created_from(Timestamp::parse("2026-05-01T02:00:00+02:00").unwrap())
        .date_created_to("2026-05-31T00:00:00Z")
        .status_flag(StatusFlag::Open)
        .sort_by(SortBy::UpdatedDate)
        .page_index(1);
    let call = client.cases_by_contract(params).token("own").header("X-Both", "call").traceparent(trace);
    call.await.unwrap();
    let sent = stage.sent.borrow();
    let query = "date_created_from=2026-05-01T00%3A00%3A00Z&date_created_to=2026-05-31T00%3A00%3A00Z\
        &status_flag=O&sort_by=UPDATED_DATE&page_index=1";
    let ids = contracts[..2].join(",");
    assert_eq!(sent[0].url, format!("{BASE}/cases/contracts/contract_ids/{ids}?{query}"));
    let headers = ["accept", "authorization", "x-portal", "x-both", "traceparent"].map(|name| sent[0].header(name));
    assert_eq!(headers, ["application/json", "Bearer own", "p", "call", trace]);
    assert_eq!((sent[0].method.as_str(), sent[0].redirect.as_str()), ("GET", "manual"));
    assert!(!sent[0].signal.aborted(), "what has ended is not aborted");
}

#[wasm_bindgen_test]
async fn a_stream_returns_every_case_of_all_pages() {
    let stage = Stage::new();
    let client = stage.client();
    let params = || CasesByContractParams::new(&stage.ids("contract_ids")[..10]);
    let page = client.cases_by_contract(params()).await.unwrap();
    let total = page.pagination_response_record.total_records as usize;
    assert!(total > 200, "several pages: {total}");
    for order in [ReadOrder::NewestFirst, ReadOrder::OldestFirst] {
        let before = stage.count();
        let cases: Vec<_> = client.cases_by_contract(params()).order(order).stream().try_collect().await.unwrap();
        let ids: HashSet<_> = cases.iter().map(|case| &case.case_id).collect();
        assert_eq!((cases.len(), ids.len()), (total, total));
        assert!(stage.count() - before >= total.div_ceil(100));
        let dates: Vec<_> = cases.iter().map(|case| case.updated_date.clone()).collect();
        assert!(if order == ReadOrder::OldestFirst { dates.is_sorted() } else { dates.iter().rev().is_sorted() });
    }
    let sent = stage.sent.borrow();
    let last = sent.last().unwrap();
    assert_eq!(last.header("cache-control"), "no-cache", "a list is read as it is now");
    if is_page() {
        assert_eq!(last.cache, "no-store");
    }
}

#[wasm_bindgen_test]
async fn the_maximum_age_of_a_response_applies_to_the_browsers_cache() {
    let stage = Stage::new();
    let client = stage.client();
    for (max_age_ms, header, cache) in
        [(None, "", "default"), (Some(60_000), "max-age=60", "no-store"), (Some(0), "no-cache", "no-store")]
    {
        let params = CasesByContractParams::new(&stage.ids("contract_ids")[..1]);
        let call = client.cases_by_contract(params);
        let call = if let Some(ms) = max_age_ms { call.max_age_ms(ms) } else { call };
        call.await.unwrap();
        let sent = stage.sent.borrow();
        let last = sent.last().unwrap();
        assert_eq!(last.header("cache-control"), header);
        if is_page() {
            assert_eq!(last.cache, cache, "{header}");
        }
    }
}

#[wasm_bindgen_test]
async fn a_stream_loses_no_case_while_the_list_changes() {
    let mut moving = Options::default();
    (moving.moves_per_hour, moving.ms_per_request) = (3600.0, 2000);
    let stage = Stage::with(moving);
    let client = stage.client();
    let params = || CasesByContractParams::new(&stage.ids("contract_ids")[..10]);
    let before: Vec<_> =
        client.cases_by_contract(params()).order(ReadOrder::OldestFirst).stream().try_collect().await.unwrap();
    let cases: Vec<_> = client.cases_by_contract(params()).stream().try_collect().await.unwrap();
    let ids: HashSet<_> = cases.iter().map(|case| &case.case_id).collect();
    // Cases are never deleted and never change their contract.
    assert!(before.len() > 200 && before.iter().all(|case| ids.contains(&case.case_id)));
}

#[wasm_bindgen_test]
async fn a_stream_continues_after_a_failed_request() {
    let stage = Stage::new();
    let client = stage.client();
    let params = CasesByContractParams::new(&stage.ids("contract_ids")[..10]);
    let mut cases = client.cases_by_contract(params).max_retries(0).stream();
    let mut ids = HashSet::new();
    while ids.len() < 100 {
        ids.insert(cases.try_next().await.unwrap().unwrap().case_id);
    }
    stage.fault("reset", 1);
    let mut failures = 0;
    while let Some(case) = cases.next().await {
        match case {
            Ok(case) => drop(ids.insert(case.case_id)),
            Err(error) => {
                assert_eq!((error.kind, error.operation), (ErrorKind::Network, "casesByContract"));
                failures += 1;
            }
        }
    }
    let total = client.cases_by_contract(CasesByContractParams::new(&stage.ids("contract_ids")[..10])).await.unwrap();
    assert_eq!((failures, ids.len()), (1, total.pagination_response_record.total_records as usize));
    assert!(cases.next().await.is_none(), "its end is its end");
}

#[wasm_bindgen_test]
async fn a_rate_limited_request_is_retried_after_the_requested_wait() {
    let stage = Stage::new();
    let steps = Rc::new(RefCell::new(Vec::new()));
    let events = Rc::clone(&steps);
    let observed = options().token("synthetic").on_event(move |event| events.borrow_mut().push((event.kind, event.ms)));
    let client = Client::new(observed).unwrap();
    stage.fault("over_qps", 1);
    let start = now_ms();
    summary(&client, &stage).await.unwrap();
    assert!(now_ms() - start >= 950.0, "Retry-After: 1");
    assert_eq!(stage.count(), 2);
    let names: Vec<_> = steps.borrow().iter().map(|(step, _)| *step).filter(|step| *step != EventKind::Wait).collect();
    assert_eq!(
        names,
        [EventKind::Request, EventKind::Response, EventKind::Retry, EventKind::Request, EventKind::Response]
    );
}

#[wasm_bindgen_test]
async fn an_error_has_a_message_and_advice() {
    let stage = Stage::new();
    let client = stage.client();
    stage.fault("over_qps", 1);
    let error = summary(&client, &stage).max_retries(0).await.unwrap_err();
    assert_eq!((error.kind, error.status, error.retry_after_ms), (ErrorKind::RateLimited, Some(403), Some(1000)));
    assert!(error.retryable && error.attempts == 1 && error.message_id.is_some());
    assert_eq!(error.to_string(), error.message());
    assert!(error.to_string().contains("HTTP 403") && !error.row.meaning.is_empty() && !error.advice().is_empty());
    // The error type of generic callers.
    fn shared(error: Error) -> Box<dyn std::error::Error + Send + Sync> {
        error.into()
    }
    assert!(std::error::Error::source(&*shared(error)).is_none());
    let error = client.case_details("699999999").await.unwrap_err();
    assert_eq!((error.kind, error.operation), (ErrorKind::NotFound, "caseDetails"));
    assert_eq!(error.ids, ["699999999"]);
}

/// A provider that counts its calls and returns tokens with that number.
fn counting() -> (Rc<Cell<u32>>, ClientOptions) {
    let token_requests = Rc::new(Cell::new(0));
    let count = Rc::clone(&token_requests);
    let options = options().token_provider(move || {
        count.set(count.get() + 1);
        let access_token = format!("token-{}", count.get());
        async move {
            later(1).await;
            Ok::<_, String>(TokenReply { access_token, expires_in: Some(3600.0) })
        }
    });
    (token_requests, options)
}

#[wasm_bindgen_test]
async fn a_rejected_token_is_renewed_once_for_all_calls() {
    let stage = Stage::new();
    let (token_requests, options) = counting();
    let client = Client::new(options).unwrap();
    for outcome in join_all((0..5).map(|_| summary(&client, &stage))).await {
        outcome.unwrap();
    }
    assert_eq!((token_requests.get(), stage.count()), (1, 5), "one token for all");
    for fault in ["not_authorized_401", "not_authorized_403"] {
        let (requests_before, before) = (token_requests.get(), stage.count());
        stage.fault(fault, 1);
        summary(&client, &stage).await.unwrap();
        assert_eq!((token_requests.get() - requests_before, stage.count() - before), (1, 2));
        let sent = stage.sent.borrow();
        assert_eq!(sent.last().unwrap().header("authorization"), format!("Bearer token-{}", token_requests.get()));
    }
    stage.fault("not_authorized_401", 2);
    assert_eq!(kind_of(summary(&client, &stage).await), ErrorKind::Authentication);
}

#[wasm_bindgen_test]
async fn a_provider_that_fails_is_the_source_of_the_error() {
    let stage = Stage::new();
    let options = options().token_provider(|| async { Err("nobody is signed in") });
    let client = Client::new(options).unwrap();
    let error = summary(&client, &stage).await.unwrap_err();
    assert_eq!((error.kind, error.code.as_str()), (ErrorKind::Authentication, "NO_TOKEN"));
    assert_eq!(std::error::Error::source(&error).unwrap().to_string(), "nobody is signed in");
    assert_eq!(stage.count(), 0);
}

#[wasm_bindgen_test]
async fn credentials_are_for_servers() {
    let mut strict = Options::default();
    strict.auth = Auth::Strict;
    let stage = Stage::with(strict);
    let with_credentials = || options().credentials("id", "secret-of-the-client").token_url(TOKEN_URL);
    if is_page() {
        let error = Client::new(with_credentials()).unwrap_err();
        assert_eq!(error.problems[0].code, "CREDENTIALS_IN_PAGE");
        assert!(!error.to_string().contains("secret-of"));
        return;
    }
    let client = Client::new(with_credentials()).unwrap();
    for outcome in join_all((0..3).map(|_| summary(&client, &stage))).await {
        outcome.unwrap();
    }
    let sent = stage.sent.borrow();
    assert_eq!((sent.len(), sent[0].method.as_str(), sent[0].url.as_str()), (4, "POST", TOKEN_URL));
    assert_eq!(sent[0].header("content-type"), "application/x-www-form-urlencoded");
    assert!(sent[1..].iter().all(|request| request.header("authorization") == sent[1].header("authorization")));
}

#[wasm_bindgen_test]
async fn dropping_a_call_aborts_its_request_and_no_other() {
    for isolated in [false, true] {
        let stage = Stage::new();
        let client = Client::new(options().token("synthetic").rate_limit(limits(1)).isolated(isolated)).unwrap();
        stage.is_held.set(true);
        let mut first = summary(&client, &stage);
        let mut second = summary(&client, &stage);
        assert!(poll(&mut first).await.is_pending() && poll(&mut second).await.is_pending());
        until(|| stage.count() == 1).await;
        assert_eq!((client.budget().concurrent.used, client.budget().waiting), (1, 1));
        assert!(poll(&mut second).await.is_pending() && stage.count() == 1, "there is one place");
        drop(first);
        assert!(stage.is_aborted(0), "isolated: {isolated}");
        stage.release();
        second.await.unwrap();
        assert_eq!((stage.count(), client.budget().concurrent.used), (2, 0));
        assert!(!stage.is_aborted(1));
    }
}

#[wasm_bindgen_test]
async fn a_call_dropped_before_its_first_poll_is_not_sent() {
    let stage = Stage::new();
    let client = stage.client();
    drop(summary(&client, &stage));
    let mut dropped = client.cases_by_contract(CasesByContractParams::new(&stage.ids("contract_ids")[..1])).stream();
    later(5).await;
    assert_eq!(stage.count(), 0);
    stage.is_held.set(true);
    assert!(!poll_stream(&mut dropped).await);
    until(|| stage.count() == 1).await;
    drop(dropped);
    assert!(stage.is_aborted(0));
    assert_eq!(client.budget().concurrent.used, 0);
}

#[wasm_bindgen_test]
async fn calls_complete_after_their_client_is_dropped() {
    let stage = Stage::new();
    let client = stage.client();
    let call = summary(&client, &stage);
    drop(client);
    assert_eq!(call.await.unwrap().cases.len(), 1);
}

#[wasm_bindgen_test]
async fn a_token_that_arrives_after_its_call_is_used_by_the_next() {
    let stage = Stage::new();
    let (token_requests, options) = counting();
    let client = Client::new(options).unwrap();
    let mut first = summary(&client, &stage);
    assert!(poll(&mut first).await.is_pending() && token_requests.get() == 1);
    drop(first);
    later(20).await;
    summary(&client, &stage).await.unwrap();
    assert_eq!((token_requests.get(), stage.count()), (1, 1));
}

#[wasm_bindgen_test]
async fn a_waiting_call_takes_over_the_token_request_of_a_dropped_call() {
    for isolated in [false, true] {
        let stage = Stage::new();
        let never = Rc::new(Cell::new(true));
        let is_first = Rc::clone(&never);
        let options = options().isolated(isolated).token_provider(move || {
            let hangs = is_first.replace(false);
            async move {
                if hangs {
                    std::future::pending::<()>().await;
                }
                Ok::<_, String>(TokenReply { access_token: "late".to_owned(), expires_in: None })
            }
        });
        let client = Client::new(options).unwrap();
        let mut first = summary(&client, &stage);
        let mut second = summary(&client, &stage);
        assert!(poll(&mut first).await.is_pending() && poll(&mut second).await.is_pending());
        drop(first);
        second.await.unwrap();
        assert_eq!(stage.count(), 1);
    }
}

#[wasm_bindgen_test]
async fn a_timeout_ends_a_call_and_aborts_its_request() {
    let stage = Stage::new();
    let client = stage.client();
    stage.is_held.set(true);
    let start = now_ms();
    let error = summary(&client, &stage).timeout_ms(40).await.unwrap_err();
    assert_eq!((error.kind, error.attempts), (ErrorKind::Timeout, 1));
    assert!((35.0..5000.0).contains(&(now_ms() - start)));
    assert!(stage.is_aborted(0));
    stage.release();
    summary(&client, &stage).await.unwrap();
}

#[wasm_bindgen_test]
async fn invalid_parameters_are_rejected_before_anything_is_sent() {
    let stage = Stage::new();
    let client = stage.client();
    let params = CasesByContractParams::new(["12 34", "", "1234567"])
        .date_created_from("2026-01-01T00:00:00Z")
        .date_created_to("yesterday")
        .page_index(0);
    let error = client.cases_by_contract(params).max_retries(99).header("cookie", "a=b").await.unwrap_err();
    assert_eq!((error.kind, error.operation), (ErrorKind::InvalidRequest, "casesByContract"));
    let fields: Vec<_> = error.problems.iter().map(|problem| problem.field.as_str()).collect();
    for field in ["contract_ids", "date_created_to", "page_index", "max_retries", "headers"] {
        assert!(fields.contains(&field), "{field} in {fields:?}");
    }
    assert_eq!(kind_of(client.case_summary(CaseSummaryParams::new([""; 0])).await), ErrorKind::InvalidRequest);
    let many = (0..31).map(|number| format!("6{number:08}"));
    assert_eq!(kind_of(client.case_summary(CaseSummaryParams::new(many)).await), ErrorKind::InvalidRequest);
    assert_eq!(kind_of(client.case_details("").await), ErrorKind::InvalidRequest);
    let mut cases = client.cases_by_user(CasesByUserParams::new(["user"]).page_index(3)).stream();
    assert_eq!(cases.next().await.unwrap().unwrap_err().problems[0].field, "page_index");
    assert!(cases.next().await.is_none());
    assert_eq!(stage.count(), 0);
}

#[wasm_bindgen_test]
fn options_are_checked_immediately_and_by_their_names() {
    let backoff = Backoff { base_ms: u32::MAX, cap_ms: 1 };
    let wrong = ClientOptions::new()
        .base_url("http://portal.example/case")
        .token("two words")
        .timeout_ms(u32::MAX)
        .max_retries(11)
        .header("authorization", "Bearer secret")
        .backoff(backoff)
        .rate_limit(RateLimits { per_second: u32::MAX, ..RateLimits::default() });
    let error = Client::new(wrong).unwrap_err();
    let fields: Vec<_> = error.problems.iter().map(|problem| problem.field.as_str()).collect();
    let expected =
        ["base_url", "token", "headers", "timeout_ms", "max_retries", "rate_limit.per_second", "backoff.base_ms"];
    assert_eq!(fields, expected, "{error}");
    let message = error.to_string();
    assert!(message.contains("max_retries: expected") && !message.contains("secret"), "{message}");
    let both = ClientOptions::new()
        .token("a")
        .token_provider(|| async { Ok::<_, String>(TokenReply { access_token: String::new(), expires_in: None }) });
    assert_eq!(Client::new(both).unwrap_err().problems[0].field, "token");
    let secret = format!("{:?}", Client::new(ClientOptions::new().token("synthetic")).unwrap());
    assert!(!secret.contains("synthetic"));
}

#[wasm_bindgen_test]
async fn many_concurrent_calls_respect_the_limit() {
    for isolated in [false, true] {
        let stage = Stage::new();
        let client = Client::new(options().token("synthetic").rate_limit(limits(4)).isolated(isolated)).unwrap();
        let outcomes = join_all((0..60).map(|_| summary(&client, &stage))).await;
        assert!(outcomes.into_iter().all(|outcome| outcome.is_ok_and(|summary| summary.cases.len() == 1)));
        assert_eq!((stage.count(), client.budget().concurrent.used), (60, 0));
        assert_eq!(stage.most_in_flight.get(), 4, "isolated: {isolated}");
    }
}

#[wasm_bindgen_test]
async fn an_invalid_body_is_reported_with_its_fault() {
    let stage = Stage::new();
    let client = stage.client();
    stage.fault("garbage_json", 1);
    let error = summary(&client, &stage).max_retries(0).await.unwrap_err();
    assert_eq!((error.kind, error.code.as_str()), (ErrorKind::Decode, "ILLEGAL_JSON"));
    assert!(error.decode_error.is_some());

    *stage.answers.borrow_mut() = Answers::Fixed(200, b"<h1>Welcome</h1>".to_vec());
    assert_eq!(kind_of(summary(&client, &stage).max_retries(0).await), ErrorKind::Authentication);
    *stage.answers.borrow_mut() = Answers::Fixed(200, b"Welcome".to_vec());
    assert_eq!(kind_of(summary(&client, &stage).max_retries(0).await), ErrorKind::Decode);
    *stage.answers.borrow_mut() = Answers::Fixed(200, Vec::new());
    assert_eq!(kind_of(summary(&client, &stage).max_retries(0).await), ErrorKind::Decode);
    *stage.answers.borrow_mut() = Answers::Fixed(200, vec![b' '; cisco_support_case::decode::MAX_BODY_BYTES + 9]);
    let error = summary(&client, &stage).max_retries(0).await.unwrap_err();
    assert_eq!((error.kind, error.code.as_str()), (ErrorKind::Decode, "BODY_TOO_LARGE"));

    *stage.answers.borrow_mut() = Answers::Sandbox;
    summary(&client, &stage).await.unwrap();
}

#[wasm_bindgen_test]
async fn an_exception_of_fetch_is_the_source_of_the_error() {
    let stage = Stage::new();
    let client = Client::new(options().token("synthetic").backoff(Backoff { base_ms: 0, cap_ms: 0 })).unwrap();
    stage.fault("reset", 10);
    let error = summary(&client, &stage).await.unwrap_err();
    assert_eq!((error.kind, error.attempts), (ErrorKind::Network, 3));
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(source.contains("TypeError: the connection was reset"), "{source}");

    // Values that are neither errors nor responses.
    *stage.answers.borrow_mut() = Answers::Thrown(JsValue::from_str("just a text"));
    let error = summary(&client, &stage).max_retries(0).await.unwrap_err();
    assert_eq!(std::error::Error::source(&error).unwrap().to_string(), "just a text");
    *stage.answers.borrow_mut() = Answers::Thrown(JsValue::UNDEFINED);
    assert_eq!(kind_of(summary(&client, &stage).max_retries(0).await), ErrorKind::Network);
    *stage.answers.borrow_mut() = Answers::Given(Object::new().into());
    assert_eq!(kind_of(summary(&client, &stage).max_retries(0).await), ErrorKind::Network);
}

#[wasm_bindgen_test]
async fn a_redirect_to_another_host_is_that_of_a_sign_in_page() {
    let stage = Stage::new();
    let client = stage.client();
    for (location, code) in [
        ("https://login.example/start", "SIGN_IN_PAGE"),
        ("//login.example/start", "SIGN_IN_PAGE"),
        ("/other/path", "REDIRECTED"),
        ("https://[", "REDIRECTED"),
    ] {
        let headers = web_sys::Headers::new().unwrap();
        headers.append("location", location).unwrap();
        let init = web_sys::ResponseInit::new();
        init.set_status(302);
        init.set_headers(&headers);
        let given = web_sys::Response::new_with_opt_str_and_init(None, &init).unwrap();
        *stage.answers.borrow_mut() = Answers::Given(given.into());
        let error = summary(&client, &stage).max_retries(0).await.unwrap_err();
        assert_eq!(error.code, code, "{location}");
    }
}

#[wasm_bindgen_test]
async fn an_endless_body_is_read_up_to_the_limit() {
    let stage = Stage::new();
    let client = stage.client();
    let pulled = |script: &str| {
        let fetch = js_sys::Function::new_no_args(script).call0(&JsValue::NULL).unwrap();
        Reflect::set(&js_sys::global(), &"fetch".into(), &fetch).unwrap();
    };
    for header in ["", "'content-length': '99999999999'"] {
        pulled(&format!(
            "globalThis.pulls = 0; const part = new Uint8Array(4 << 20).fill(32); const pull = (body) => {{ \
             globalThis.pulls += 1; body.enqueue(part); }}; return async () => new Response(new ReadableStream({{ pull \
             }}), {{ headers: {{ {header} }} }});"
        ));
        let error = summary(&client, &stage).await.unwrap_err();
        assert_eq!((error.kind, error.code.as_str()), (ErrorKind::Decode, "BODY_TOO_LARGE"));
        let pulls = Reflect::get(&js_sys::global(), &"pulls".into()).unwrap().as_f64().unwrap();
        assert!(if header.is_empty() { (16.0..24.0).contains(&pulls) } else { pulls <= 2.0 }, "{pulls}");
    }
}
