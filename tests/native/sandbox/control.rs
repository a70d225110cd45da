//! `/__sandbox`: contents, commands and access control.

use super::*;

fn post(sandbox: &mut Sandbox, body: &str) -> SandboxResponse {
    sandbox.handle(&SandboxRequest {
        method: "POST".to_owned(),
        body: body.as_bytes().to_vec(),
        ..SandboxRequest::get("http://localhost/__sandbox")
    })
}

#[test]
fn it_says_what_is_in_it_and_what_it_has_done() {
    let mut sandbox = sandbox_of(1000);
    get(&mut sandbox, &format!("{SUMMARY}/682299374"));
    get(&mut sandbox, &format!("{SUMMARY}/1"));
    let info = raw(&sandbox.handle(&SandboxRequest::get("/__sandbox")));
    assert_eq!(info, serde_json::from_str::<serde_json::Value>(&sandbox.info().to_json_string()).expect("JSON"));
    assert_eq!((info["cases"].as_u64(), info["now"].as_str()), (Some(1000), Some("2026-06-01T12:00:00Z")));
    assert_eq!((info["requests"]["received"].as_u64(), info["requests"]["refused"].as_u64()), (Some(2), Some(1)));
    assert!(info["case_ids"].as_array().is_some_and(|ids| ids.contains(&"682299374".into())));
    let open = walk(&mut sandbox, &format!("{USERS}/directcust4?status_flag=O"));
    assert!(info["open"].as_u64() >= Some(open.len() as u64));
}

#[test]
fn it_counts_a_connection_that_breaks_as_refused() {
    for name in ["reset", "truncated_body"] {
        let mut sandbox = sandbox_of(10);
        assert_eq!(post(&mut sandbox, &format!(r#"{{ "faults": [{{ "name": "{name}" }}] }}"#)).status, 200);
        get(&mut sandbox, &format!("{SUMMARY}/682299374"));
        let info = serde_json::from_str::<serde_json::Value>(&sandbox.info().to_json_string()).expect("JSON");
        assert_eq!(info["requests"]["refused"].as_u64(), Some(1), "{name}");
    }
}

#[test]
fn it_says_how_busy_it_was_by_its_own_clock() {
    let mut sandbox = sandbox_of(10);
    let busiest = |sandbox: &Sandbox| {
        let info = serde_json::from_str::<serde_json::Value>(&sandbox.info().to_json_string()).expect("JSON");
        ["busiestSecond", "busiestMinute"].map(|name| info["requests"][name].as_u64().expect("a number"))
    };
    assert_eq!(busiest(&sandbox), [0, 0]);
    // Two requests at 0 s, one at 0.6 s, two at 1 s (when the first two have left the window), and three a minute after
    // the first.
    for (advance_ms, requests, most) in [(0, 2, [2, 2]), (600, 1, [3, 3]), (400, 2, [3, 5]), (59_000, 3, [3, 6])] {
        sandbox.advance(advance_ms);
        (0..requests).for_each(|_| drop(get(&mut sandbox, &format!("{SUMMARY}/682299374"))));
        assert_eq!(busiest(&sandbox), most, "after {advance_ms}");
    }
    // The token endpoint has its own limits and is not counted.
    sandbox.advance(1000);
    for _ in 0..9 {
        sandbox.handle(&SandboxRequest::get("http://localhost/oauth2/default/v1/token"));
    }
    assert_eq!(busiest(&sandbox), [3, 6]);
}

#[test]
fn lists_of_ids_stay_short_however_many_there_are() {
    let sandbox = sandbox_of(200_000);
    assert_eq!((ids(&sandbox, "contract_ids").len(), ids(&sandbox, "user_ids").len()), (100, 100));
    assert!(number(&sandbox.info(), "contracts") > 2000);
}

#[test]
fn all_of_them_are_named_to_who_asks() {
    let mut sandbox = sandbox_of(20_000);
    let named = |info: &Json, name| match info.get(name) {
        Some(Json::Array(ids)) => ids.iter().filter_map(Json::as_str).collect::<BTreeSet<_>>().len() as u64,
        other => panic!("{name} is {other:?}"),
    };
    let all = sandbox.info_with(&json(r#"{"holders":1000000}"#)).expect("options");
    assert!(number(&all, "contracts") > 200);
    assert_eq!(named(&all, "contract_ids"), number(&all, "contracts"));
    assert_eq!(named(&all, "user_ids"), number(&all, "users"));
    let five = sandbox.info_with(&json(r#"{"holders":5}"#)).expect("options");
    assert_eq!((named(&five, "contract_ids"), named(&five, "user_ids")), (5, 5));
    assert_eq!(sandbox.info_with(&json("{}")), Ok(sandbox.info()));
    for url in ["/__sandbox?holders=5", "http://localhost/__sandbox?a=b&holders=5"] {
        let body = sandbox.handle(&SandboxRequest::get(url)).body;
        assert_eq!(String::from_utf8_lossy(&body), five.to_json_string(), "{url}");
    }
    for query in ["holders=-1", "holders=1.5", "holders=", "holders=all", "holders=99999999999999999999"] {
        let answer = sandbox.handle(&SandboxRequest::get(&format!("/__sandbox?{query}")));
        assert_eq!((answer.status, raw(&answer)["field"].as_str()), (400, Some("holders")), "{query}");
    }
    for (options, field) in [(r#"{"holders":"5"}"#, "holders"), (r#"{"holder":5}"#, "holder"), ("5", "options")] {
        assert_eq!(sandbox.info_with(&json(options)).expect_err(options).field, field);
    }
}

#[test]
fn it_sets_and_clears_faults_and_moves_the_clock() {
    let mut sandbox = sandbox_of(10);
    let info =
        raw(&post(&mut sandbox, r#"{"faults":[{"name":"over_qps","rate":0.5},{"name":"reset"}],"advanceMs":60000}"#));
    assert_eq!(info["faults"].as_array().map(Vec::len), Some(2));
    assert_eq!(info["now"], "2026-06-01T12:01:00Z");
    let info = raw(&post(&mut sandbox, r#"{"clear":true,"faults":[{"name":"CASE_NOTFOUND"}]}"#));
    assert_eq!(info["faults"].as_array().map(Vec::len), Some(1));
    assert_eq!(raw(&post(&mut sandbox, "{\"clear\":true}"))["faults"], serde_json::json!([]));
}

#[test]
fn bad_input_is_refused_by_the_name_of_its_field_and_nothing_of_it_is_done() {
    let mut sandbox = sandbox_of(10);
    let before = sandbox.info();
    for (body, field) in [
        ("", "body"),
        ("[]", "body"),
        ("{\"clear\":true,\"clear\":2}", "clear"),
        (r#"{"fault":[]}"#, "fault"),
        (r#"{"faults":{}}"#, "faults"),
        (r#"{"faults":[{"name":"reset"},{"name":"nope"}]}"#, "faults[1].name"),
        (r#"{"faults":[{"name":"reset","rate":2}],"advanceMs":5}"#, "faults[0].rate"),
        (r#"{"clear":"yes"}"#, "clear"),
        (r#"{"advanceMs":-5}"#, "advanceMs"),
        (r#"{"advanceMs":1.5}"#, "advanceMs"),
    ] {
        let answer = post(&mut sandbox, body);
        assert_eq!((answer.status, raw(&answer)["field"].as_str()), (400, Some(field)), "{body}");
        assert!(raw(&answer)["error"].as_str().is_some_and(|error| error.starts_with(field)), "{body}");
    }
    assert_eq!(sandbox.info(), before);
    assert_eq!(
        sandbox.handle(&SandboxRequest { method: "DELETE".to_owned(), ..SandboxRequest::get("/__sandbox") }).status,
        405
    );
}

#[test]
fn options_are_checked_by_name() {
    assert_eq!(Options::from_json(&json("{}"), 5), Ok(Options::default()));
    let options = Options::from_json(&json(r#"{"cases":7,"seed":9,"now":"2030-01-01T00:00:00Z","auth":"strict"}"#), 5);
    let options = options.expect("options");
    assert_eq!((options.cases, options.seed, options.auth, options.live_ms), (7, 9, Auth::Strict, None));
    assert_eq!(Timestamp::from_unix_ms(options.now_ms).map(|now| now.utc()).as_deref(), Some("2030-01-01T00:00:00Z"));
    let live = Options::from_json(&json(r#"{"live":true}"#), 5000).expect("options");
    assert_eq!((live.live_ms, live.now_ms), (Some(5000), 5000));
    for (text, field) in [
        (r#"{"cases":0}"#, "cases"),
        (r#"{"cases":1000001}"#, "cases"),
        (r#"{"cases":1.5}"#, "cases"),
        (r#"{"cases":"10"}"#, "cases"),
        (r#"{"seed":-1}"#, "seed"),
        (r#"{"now":"tomorrow"}"#, "now"),
        (r#"{"now":"0001-01-01T00:00:00Z"}"#, "now"),
        (r#"{"auth":"none"}"#, "auth"),
        (r#"{"live":1}"#, "live"),
        (r#"{"case":5}"#, "case"),
        ("5", "options"),
    ] {
        let error = Options::from_json(&json(text), 0).expect_err(text);
        assert_eq!(error.field, field, "{error}");
    }
}
