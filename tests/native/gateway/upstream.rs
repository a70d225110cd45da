//! Classification of the service's responses.

use super::*;

/// The outcome for a summary does not depend on whether a missing case exists.
#[test]
fn a_case_that_may_not_be_seen_and_one_that_is_not_there_make_the_same_of_every_summary() {
    let mut sandbox = Sandbox::new(sandbox::Options::default());
    let known = known(&mut sandbox);
    let contracts: Vec<&String> =
        known.iter().map(|(_, contract)| contract).collect::<BTreeSet<_>>().into_iter().collect();
    assert!(contracts.len() >= 6);
    let policy = CachePolicy::default();
    let mut rng = crate::bulk_simulation::Rng(7);
    let mut below = move |n: usize| rng.below(n as u64) as usize;
    let (mut cut, mut none) = (0, 0);
    for _ in 0..400 {
        let mine: BTreeSet<String> = contracts.iter().filter(|_| below(2) == 0).map(|id| (*id).clone()).collect();
        let permissions = permitted(&mine);
        let mut asked: Vec<(String, bool)> = (0..1 + below(6))
            .map(|_| {
                let (id, contract) = &known[below(known.len())];
                (id.clone(), mine.contains(contract))
            })
            .collect();
        asked.sort();
        asked.dedup();
        let ids: Vec<String> = asked.iter().map(|(id, _)| id.clone()).collect();
        let seen: Vec<String> = asked.iter().filter(|(_, is_mine)| *is_mine).map(|(id, _)| id.clone()).collect();
        let request = canonicalize(&read(&["/cases/case_ids/", &ids.join(",")].concat()).unwrap());
        // One response for foreign cases that exist, one for foreign cases that do not.
        let exists =
            classify_response(&request, &permissions, &summary_of(&mut sandbox, &ids), &STANDING, &policy, TOKEN);
        let is_not_there = if seen.is_empty() {
            none += 1;
            let nothing: Vec<String> = (0..ids.len()).map(|n| format!("99000000{n}")).collect();
            summary_of(&mut sandbox, &nothing)
        } else {
            summary_of(&mut sandbox, &seen)
        };
        let lacking = classify_response(&request, &permissions, &is_not_there, &STANDING, &policy, TOKEN);
        assert_eq!(exists, lacking, "{ids:?} of which {seen:?}");
        match exists {
            UpstreamOutcome::Deliver { body, is_incomplete, contracts, ttl_ms } => {
                assert_eq!(is_incomplete, seen.len() < ids.len());
                // A missing case may be open.
                assert!(!is_incomplete || ttl_ms == policy.open_ms, "{ttl_ms}");
                assert!(contracts.iter().all(|contract| mine.contains(contract)));
                if is_incomplete {
                    cut += 1;
                    let Payload::Text(text) = body else { panic!("{body:?}") };
                    let json = json(text.as_bytes()).unwrap();
                    let Some(Json::Array(cases)) = json.get("cases") else { panic!() };
                    assert_eq!(json.get("count"), Some(&Json::from(seen.len())));
                    let told: Vec<_> = cases.iter().filter_map(|case| case.get("case_id")?.as_str()).collect();
                    assert_eq!(told.len(), seen.len());
                    for id in ids.iter().filter(|id| !seen.contains(id)) {
                        assert!(!text.contains(id.as_str()), "{id} in {text}");
                    }
                }
            }
            UpstreamOutcome::Fail { error, or_stale, is_incomplete, signal } => {
                assert_eq!((code(&error), or_stale, is_incomplete, signal), ("CASE_NOTFOUND", false, true, None));
            }
            other => panic!("{other:?}"),
        }
    }
    assert!(cut > 100 && none > 20, "{cut} {none}");
}

/// Bodies that the service was never seen to send, and that the decoder tolerates.
#[test]
fn a_body_with_other_items_or_a_case_twice_shows_no_case_that_may_not_be_seen() {
    let permissions = permitted(&["101".to_owned()].into());
    let mine = r#"{"case_id":"1","contract_id":"101","title":"mine"}"#;
    let other = r#"{"case_id":"2","contract_id":"999","title":"SECRET"}"#;
    let outcome = |path: &str, body: &str| {
        let request = canonicalize(&read(path).unwrap());
        let response = HttpResponse { status: 200, body: Body::from_slice(body.as_bytes()), ..response() };
        classify_response(&request, &permissions, &response, &STANDING, &CachePolicy::default(), TOKEN)
    };
    for items in [
        format!("{other},{mine}"),
        format!("null,{other},{mine}"),
        format!("{mine},[{other}],{other}"),
        format!("[{other}],{mine}"),
        format!("{mine},{mine},{other}"),
        format!("{mine},\"SECRET\",{mine}"),
    ] {
        for path in ["/cases/case_ids/1,2", "/cases/case_ids/1"] {
            match outcome(path, &format!(r#"{{"count":2,"cases":[{items}]}}"#)) {
                UpstreamOutcome::Deliver { body: Payload::Text(text), contracts, is_incomplete, .. } => {
                    assert!(text.contains("mine") && !text.contains("SECRET"), "{items}: {text}");
                    assert_eq!(contracts, ["101"]);
                    assert_eq!(is_incomplete, path.ends_with('2'), "{items}");
                }
                unexpected => panic!("{items}: {unexpected:?}"),
            }
        }
    }
    for (path, body) in [
        ("/cases/case_ids/1", format!(r#"{{"cases":[{other}],"cases":[{mine}]}}"#)),
        ("/cases/case_ids/1", format!(r#"{{"count":1,"cases":[{}]}}"#, mine.replace('{', r#"{"title":"SECRET","#))),
        ("/cases/details/case_id/1", format!(r#"{{"caseDetail":{other},"caseDetail":{mine}}}"#)),
        ("/cases/details/case_id/1", format!(r#"{{"caseDetail":{}}}"#, mine.replace('{', r#"{"contract_id":"999","#))),
    ] {
        let found = outcome(path, &body);
        let UpstreamOutcome::Deliver { body: Payload::Text(text), .. } = found else { panic!("{body}: {found:?}") };
        assert!(text.contains("mine") && !text.contains("SECRET") && !text.contains("999"), "{body}: {text}");
    }
}

#[test]
fn what_was_not_asked_for_is_delivered_to_nobody() {
    let mut sandbox = Sandbox::new(sandbox::Options::default());
    let known = known(&mut sandbox);
    let (one, other) = (known[0].0.clone(), known[1].0.clone());
    let all = Permissions::from_json(&params(r#"{ "contract_ids": "*", "user_ids": "*" }"#)).unwrap();
    let request = canonicalize(&read(&["/cases/case_ids/", &one].concat()).unwrap());
    let verdict = classify_response(
        &request,
        &all,
        &summary_of(&mut sandbox, &[other]),
        &STANDING,
        &CachePolicy::default(),
        TOKEN,
    );
    let UpstreamOutcome::Fail { error, or_stale, .. } = verdict else { panic!("{verdict:?}") };
    assert_eq!((code(&error), or_stale), ("UPSTREAM_INVALID", true));
}

#[test]
fn how_long_an_answer_is_good_for_hangs_on_what_was_asked_and_what_is_open() {
    let policy = CachePolicy::default();
    let all = Permissions::from_json(&params(r#"{ "contract_ids": "*", "user_ids": "*" }"#)).unwrap();
    let mut sandbox = Sandbox::new(sandbox::Options::default());
    let info = sandbox.info_with(&params(r#"{ "holders": 1 }"#)).unwrap();
    let Some(Json::Array(contracts)) = info.get("contract_ids") else { panic!() };
    let contract = contracts[0].as_str().unwrap().to_owned();
    let mut ttl = |path: &str| {
        let url = ["/case/v3", path].concat();
        let answer = sandbox.handle(&sandbox::SandboxRequest::get(&url).with_header("Authorization", "Bearer x"));
        let response = HttpResponse { status: answer.status, body: Body::from_slice(&answer.body), ..response() };
        match classify_response(&canonicalize(&read(path).unwrap()), &all, &response, &STANDING, &policy, TOKEN) {
            UpstreamOutcome::Deliver { ttl_ms, .. } => (ttl_ms, json(&answer.body).unwrap()),
            other => panic!("{path}: {other:?}"),
        }
    };
    let list = |flag: &str| format!("/cases/contracts/contract_ids/{contract}{flag}");
    assert_eq!(ttl(&list("")).0, policy.list_ms);
    let (open_ms, open) = ttl(&list("?status_flag=O"));
    let (closed_ms, closed) = ttl(&list("?status_flag=C"));
    assert_eq!((open_ms, closed_ms), (policy.list_ms, policy.closed_list_ms));
    let first = |page: &Json| match page.get("cases") {
        Some(Json::Array(cases)) => cases[0].get("case_id").and_then(Json::as_str).unwrap().to_owned(),
        _ => panic!(),
    };
    let (open, closed) = (first(&open), first(&closed));
    assert_eq!(ttl(&format!("/cases/case_ids/{open}")).0, policy.open_ms);
    assert_eq!(ttl(&format!("/cases/case_ids/{closed}")).0, policy.closed_ms);
    assert_eq!(ttl(&format!("/cases/case_ids/{closed},{open}")).0, policy.open_ms);
    assert_eq!(ttl(&format!("/cases/details/case_id/{open}")).0, policy.open_ms);
    assert_eq!(ttl(&format!("/cases/details/case_id/{closed}")).0, policy.closed_ms);
}

#[test]
fn one_retry_and_not_three() {
    for is_time_over in [false, true] {
        let verdict = classify_transport_error(is_time_over, &STANDING);
        assert_eq!(matches!(verdict, UpstreamOutcome::Retry { .. }), !is_time_over, "{verdict:?}");
        for retries in 1..4 {
            let UpstreamOutcome::Fail { error, or_stale, .. } =
                classify_transport_error(is_time_over, &standing(retries))
            else {
                panic!()
            };
            assert!(or_stale && !error.0.retry);
        }
    }
    let request = canonicalize(&read("/cases/case_ids/1").unwrap());
    let all = Permissions::from_json(&params(r#"{ "contract_ids": "*" }"#)).unwrap();
    let unauthorised = HttpResponse { status: 401, ..response() };
    let judged = |standing: &AttemptState| {
        classify_response(&request, &all, &unauthorised, standing, &CachePolicy::default(), TOKEN)
    };
    assert_eq!(judged(&STANDING), UpstreamOutcome::RenewToken);
    let UpstreamOutcome::Fail { error, .. } = judged(&AttemptState { is_token_renewed: true, ..STANDING }) else {
        panic!()
    };
    assert_eq!((code(&error), error.0.kind), ("UPSTREAM_AUTH", ErrorKind::Unavailable));
    // Without enough time left there is no retry.
    assert!(matches!(
        classify_transport_error(false, &AttemptState { time_left_ms: 5, random: u32::MAX, ..STANDING }),
        UpstreamOutcome::Fail { .. }
    ));
}

#[test]
fn what_the_service_echoes_of_the_token_is_passed_on_to_nobody() {
    let request = canonicalize(&read("/cases/case_ids/1").unwrap());
    let all = Permissions::from_json(&params(r#"{ "contract_ids": "*" }"#)).unwrap();
    let form = "a-synthetic%2Ftoken%2Bof+the-gateway%3D";
    let json_text = "a-synthetic\\/token\\u002bof the-gateway=";
    for spelled in [TOKEN, form, json_text, "Bearer a-synthetic/token+o"] {
        let echo = spelled.replace('\\', "\\\\");
        let bodies = [
            format!(r#"{{"errorCode":"{echo}"}}"#),
            format!(r#"{{"error":"refused {echo}","error_description":"{echo}"}}"#),
            format!("<h1>{spelled}</h1>"),
            format!(
                r#"{{"error":{{"source":"service","kind":"unavailable","code":"{echo}","message":"{echo}",
                "requestId":"{echo}","messageId":"{echo}","problems":[{{"field":"{echo}","code":"{echo}",
                "expected":"{echo}","value":"{echo}"}}]}}}}"#
            ),
        ];
        for (status, body) in [400, 401, 403, 404, 500, 503, 200].into_iter().zip(bodies.iter().cycle().take(28)) {
            let response = HttpResponse {
                status,
                mashery_error_code: Some(spelled.to_owned()),
                message_id: Some(spelled.replace(' ', "+")),
                body: Body::from_slice(body.as_bytes()),
                ..response()
            };
            let standing = AttemptState { retries: 1, is_token_renewed: true, ..STANDING };
            let UpstreamOutcome::Fail { error, .. } =
                classify_response(&request, &all, &response, &standing, &CachePolicy::default(), TOKEN)
            else {
                panic!("{status} {body}")
            };
            let answer = error_response(error, &Origin::SameOrigin, "r-1");
            let shown = format!("{answer:?}").to_lowercase();
            assert!(!shown.contains("synthetic"), "{status} {body}: {shown}");
        }
    }
}

#[test]
fn a_body_that_is_too_large_is_judged_without_it() {
    let request = canonicalize(&read("/cases/case_ids/1").unwrap());
    let all = Permissions::from_json(&params(r#"{ "contract_ids": "*" }"#)).unwrap();
    for (status, expected) in [(200, "UPSTREAM_INVALID"), (500, "Internal Server Error")] {
        let response = HttpResponse { status, body: Body::oversized(), ..response() };
        let verdict = classify_response(&request, &all, &response, &standing(1), &CachePolicy::default(), TOKEN);
        let UpstreamOutcome::Fail { error, .. } = verdict else { panic!("{verdict:?}") };
        assert_eq!(code(&error), expected);
    }
    // A retry would return a body of the same size.
    let response = HttpResponse { status: 200, body: Body::oversized(), ..response() };
    let verdict = classify_response(&request, &all, &response, &STANDING, &CachePolicy::default(), TOKEN);
    assert!(matches!(verdict, UpstreamOutcome::Fail { .. }), "{verdict:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

    #[test]
    fn no_answer_of_the_service_whatever_breaks_the_judging(
        status in prop_oneof![Just(200_u16), 0_u16..700, any::<u16>()],
        body in prop_oneof![any::<Vec<u8>>(), "[\\[\\]{}\":,a-z0-9 ]{0,60}".prop_map(String::into_bytes), "<[a-z]{1,5}>.*".prop_map(String::into_bytes)],
        header in prop::option::of(any::<String>()),
        retry_after in prop::option::of(prop_oneof!["[0-9]{1,12}".boxed(), any::<String>().boxed()]),
        endpoint in prop::sample::select(vec!["/cases/case_ids/1,2", "/cases/details/case_id/1", "/cases/users/user_ids/a", "/cases/contracts/contract_ids/1"]),
        retries in 0_u32..3,
    ) {
        let request = canonicalize(&read(endpoint).unwrap());
        let all = Permissions::from_json(&params(r#"{ "contract_ids": "*", "user_ids": "*" }"#)).unwrap();
        let response = HttpResponse { status, mashery_error_code: header.clone(), message_id: header, retry_after, date: None, body: Body::from_slice(&body), raw: () };
        match classify_response(&request, &all, &response, &standing(retries), &CachePolicy::default(), TOKEN) {
            UpstreamOutcome::Fail { error, .. } => {
                let answer = error_response(error, &Origin::SameOrigin, "r-1");
                prop_assert!((400..=599).contains(&answer.status));
                prop_assert!(answer.headers.iter().all(|(_, value)| value.bytes().all(|b| (0x20..0x7f).contains(&b))), "{:?}", answer.headers);
                let Payload::Text(text) = answer.body else { panic!() };
                prop_assert!(ErrorBody::from_json(&json(text.as_bytes()).unwrap()).is_some());
            }
            UpstreamOutcome::Deliver { .. } => prop_assert!((200..300).contains(&status)),
            UpstreamOutcome::Retry { after_ms, .. } => {
                prop_assert_eq!(retries, 0);
                prop_assert!(after_ms <= 2000);
            }
            UpstreamOutcome::RenewToken => {}
        }
    }
}
