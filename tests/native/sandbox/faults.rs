//! Fault injection.

use super::*;

fn url() -> String {
    format!("{SUMMARY}/682299374")
}

fn with(faults: &[&str]) -> Sandbox {
    let mut sandbox = sandbox_of(10);
    faults.iter().for_each(|fault| sandbox.fault(&json(fault)).expect(fault));
    sandbox
}

#[test]
fn every_named_fault_does_something() {
    for fault in FAULTS {
        let mut sandbox = sandbox_of(1000);
        let contracts = ids(&sandbox, "contract_ids")[..2].join(",");
        sandbox.fault(&Json::object([("name", Json::from(fault.name))])).expect(fault.name);
        let answer = if fault.name == "invalid_client" {
            let body = b"grant_type=client_credentials&client_id=a&client_secret=b".to_vec();
            sandbox.handle(&SandboxRequest { method: "POST".to_owned(), body, ..SandboxRequest::get(TOKEN) })
        } else {
            get(&mut sandbox, &format!("{CONTRACTS}/{contracts}"))
        };
        let spoiled = answer.status != 200
            || answer.delay_ms > 0
            || answer.effect != Effect::None
            || decode::cases_page(&answer.body).is_err();
        assert!(spoiled, "{}", fault.name);
    }
}

#[test]
fn the_declarations_and_the_command_s_help_name_every_fault() {
    let types = include_str!("../../../pkg-template/sandbox/index.ts");
    let help = include_str!("../../../pkg-template/cli/commands/sandbox.ts");
    for fault in FAULTS {
        assert!(types.contains(&format!("| \"{}\"", fault.name)), "{}", fault.name);
        assert!(help.contains(&format!("{},", fault.name)), "{}", fault.name);
    }
}

#[test]
fn times_are_counted_and_a_spent_fault_is_off() {
    let mut sandbox = with(&[r#"{"name":"over_qps","times":2}"#]);
    let statuses: Vec<_> = (0..4).map(|_| get(&mut sandbox, &url()).status).collect();
    assert_eq!(statuses, [403, 403, 200, 200]);
    assert_eq!(sandbox.info().get("faults"), Some(&Json::Array(Vec::new())));
}

#[test]
fn a_rate_strikes_so_often_and_the_same_requests_every_time() {
    let strikes = || {
        let mut sandbox = with(&[r#"{"name":"500:UNKNOWN_FAILURE","rate":0.25}"#]);
        (0..1000).map(|_| get(&mut sandbox, &url()).status == 500).collect::<Vec<_>>()
    };
    let count = strikes().iter().filter(|struck| **struck).count();
    assert!((200..300).contains(&count), "{count}");
    assert_eq!(strikes(), strikes());
    let mut never = with(&[r#"{"name":"reset","rate":0}"#]);
    assert!((0..100).all(|_| get(&mut never, &url()).effect == Effect::None));
}

#[test]
fn a_route_is_struck_alone_and_the_token_endpoint_only_by_name() {
    let mut sandbox = with(&[r#"{"name":"CASE_API_FORBIDDEN","route":"caseDetails"}"#]);
    assert_eq!(get(&mut sandbox, &url()).status, 200);
    assert_eq!(code_of(&get(&mut sandbox, &format!("{DETAILS}/682299374"))).1, "CASE_API_FORBIDDEN");
    let token = SandboxRequest {
        method: "POST".to_owned(),
        body: b"grant_type=client_credentials&client_id=a&client_secret=b".to_vec(),
        ..SandboxRequest::get(TOKEN)
    };
    assert_eq!(with(&[r#"{"name":"over_qps"}"#]).handle(&token).status, 200);
    assert_eq!(with(&[r#"{"name":"over_qps","route":"token"}"#]).handle(&token).status, 403);
    assert_eq!(with(&[r#"{"name":"invalid_client","times":1}"#]).handle(&token).status, 401);
}

#[test]
fn a_fault_that_is_set_again_takes_the_others_place() {
    let mut sandbox = with(&[r#"{"name":"over_qps"}"#, r#"{"name":"over_qps","times":1}"#]);
    assert_eq!([get(&mut sandbox, &url()).status, get(&mut sandbox, &url()).status], [403, 200]);
}

#[test]
fn one_of_several_errors_is_spent_at_a_time() {
    let mut sandbox = with(&[r#"{"name":"over_qps","times":1}"#, r#"{"name":"502:Bad Gateway","times":1}"#]);
    let statuses: Vec<_> = (0..3).map(|_| get(&mut sandbox, &url()).status).collect();
    assert_eq!(statuses, [403, 502, 200]);
}

#[test]
fn delays_and_effects_go_together_with_errors() {
    let mut sandbox =
        with(&[r#"{"name":"latency","ms":250}"#, r#"{"name":"slow_body","ms":80}"#, r#"{"name":"UNKNOWN_FAILURE"}"#]);
    let answer = get(&mut sandbox, &url());
    assert_eq!((answer.delay_ms, answer.effect, answer.status), (250, Effect::SlowBody { ms: 80 }, 500));
}

#[test]
fn what_is_no_endpoint_is_not_struck_and_uses_nothing_up() {
    let mut sandbox = with(&[r#"{"name":"over_qps","times":1}"#]);
    for path in ["https://sandbox.invalid/favicon.ico", "https://sandbox.invalid/"] {
        assert_ne!(get(&mut sandbox, path).status, 403, "{path}");
    }
    assert_eq!([get(&mut sandbox, &url()).status, get(&mut sandbox, &url()).status], [403, 200]);
}

#[test]
fn a_reset_uses_up_no_other_body() {
    for faults in [
        [r#"{"name":"over_qps","times":1}"#, r#"{"name":"reset","times":1}"#],
        [r#"{"name":"reset","times":1}"#, r#"{"name":"over_qps","times":1}"#],
    ] {
        let mut sandbox = with(&faults);
        assert_eq!(get(&mut sandbox, &url()).effect, Effect::Reset);
        assert_eq!([get(&mut sandbox, &url()).status, get(&mut sandbox, &url()).status], [403, 200]);
    }
    let mut sandbox = with(&[r#"{"name":"garbage_json","times":1}"#, r#"{"name":"reset","times":1}"#]);
    assert_eq!(get(&mut sandbox, &url()).effect, Effect::Reset);
    assert!(decode::json(&get(&mut sandbox, &url()).body).is_err());
}

#[test]
fn one_contract_refuses_only_more_than_one() {
    let mut sandbox = with(&[r#"{"name":"one_contract"}"#]);
    assert_eq!(get(&mut sandbox, &format!("{CONTRACTS}/1234567")).status, 200);
    assert_eq!(get(&mut sandbox, &url()).status, 200);
    assert_eq!(code_of(&get(&mut sandbox, &format!("{CONTRACTS}/1234567,1"))), (403, "EXCEEDED_INPUTS".to_owned()));
    assert_eq!(code_of(&get(&mut sandbox, &format!("{CONTRACTS}/1234567%2C1"))), (403, "EXCEEDED_INPUTS".to_owned()));
}

#[test]
fn an_api_error_with_status_200_comes_in_both_shapes_and_is_an_error() {
    let mut sandbox = with(&[r#"{"name":"api_error_200"}"#]);
    let mut shapes = BTreeSet::new();
    for _ in 0..4 {
        let answer = get(&mut sandbox, &url());
        assert_eq!((answer.status, code_of(&answer).1.as_str()), (200, "UNKNOWN_FAILURE"));
        shapes.extend(raw(&answer).as_object().and_then(|object| object.keys().next().cloned()));
    }
    assert_eq!(shapes.into_iter().collect::<Vec<_>>(), ["APIError", "EOXError"]);
}

#[test]
fn garbage_is_no_json_whatever_it_was() {
    for target in [url(), format!("{DETAILS}/682299374"), format!("{CONTRACTS}/7")] {
        let mut sandbox = with(&[r#"{"name":"garbage_json"}"#]);
        let answer = get(&mut sandbox, &target);
        assert_eq!(answer.status, 200);
        assert!(decode::json(&answer.body).is_err(), "{target}");
    }
}

#[test]
fn a_html_error_has_no_mashery_code_and_is_still_understood() {
    let mut sandbox = with(&[r#"{"name":"html_error"}"#]);
    let answer = get(&mut sandbox, &url());
    assert_eq!(answer.header("X-Mashery-Error-Code"), None);
    assert_eq!(code_of(&answer), (502, "Proxy Error".to_owned()));
}

#[test]
fn what_is_wrong_with_a_fault_is_said_by_name() {
    for (fault, field) in [
        (r#"{"name":"nope"}"#, "fault.name"),
        (r"{}", "fault.name"),
        (r#"{"name":7}"#, "fault.name"),
        (r#"{"name":"reset","rate":1.1}"#, "fault.rate"),
        (r#"{"name":"reset","rate":"often"}"#, "fault.rate"),
        (r#"{"name":"reset","times":0}"#, "fault.times"),
        (r#"{"name":"reset","times":1.5}"#, "fault.times"),
        (r#"{"name":"reset","route":"everywhere"}"#, "fault.route"),
        (r#"{"name":"invalid_client","route":"caseSummary"}"#, "fault.route"),
        (r#"{"name":"latency","ms":-1}"#, "fault.ms"),
        (r#"{"name":"reset","often":1}"#, "fault.often"),
        (r#""reset""#, "fault"),
    ] {
        let error = sandbox_of(1).fault(&json(fault)).expect_err(fault);
        assert_eq!(error.field, field, "{error}");
        assert!(error.message.starts_with(field), "{error}");
    }
}
