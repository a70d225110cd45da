//! The token endpoint and strict authorization.

use super::*;

fn ask(sandbox: &mut Sandbox, body: &str) -> SandboxResponse {
    sandbox.handle(&SandboxRequest {
        method: "POST".to_owned(),
        url: format!("https://id.cisco.com{TOKEN}"),
        headers: vec![("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned())],
        body: body.as_bytes().to_vec(),
    })
}

fn token(sandbox: &mut Sandbox) -> String {
    let answer = ask(sandbox, "grant_type=client_credentials&client_id=portal&client_secret=s%26cret");
    assert_eq!(answer.status, 200);
    raw(&answer)["access_token"].as_str().expect("a token").to_owned()
}

fn status(sandbox: &mut Sandbox, token: &str) -> u16 {
    let request = SandboxRequest::get(&format!("{SUMMARY}/682299374"));
    sandbox.handle(&request.with_header("Authorization", &format!("Bearer {token}"))).status
}

#[test]
fn a_token_is_given_for_client_credentials() {
    let mut sandbox = strict();
    let answer = ask(&mut sandbox, "grant_type=client_credentials&client_id=portal&client_secret=secret");
    let reply = raw(&answer);
    assert_eq!((reply["token_type"].as_str(), reply["expires_in"].as_u64()), (Some("Bearer"), Some(3600)));
    let token = reply["access_token"].as_str().expect("a token");
    assert!(
        token.starts_with("eyJ") && token.split('.').count() == 3 && (650..800).contains(&token.len()),
        "{}",
        token.len()
    );
    assert!(answer.header("X-Mashery-Message-ID").is_some());
}

#[test]
fn basic_and_query_parameters_do_as_well() {
    let mut sandbox = strict();
    let post = |url: &str, headers: &[(&str, &str)], body: &str| SandboxRequest {
        method: "POST".to_owned(),
        url: url.to_owned(),
        headers: headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        body: body.as_bytes().to_vec(),
    };
    // portal:secret
    let basic = [("Authorization", "Basic cG9ydGFsOnNlY3JldA==")];
    let query = format!("{TOKEN}?grant_type=client_credentials&client_id=portal&client_secret=secret");
    for request in [post(TOKEN, &basic, "grant_type=client_credentials"), post(&query, &[], "")] {
        assert_eq!(sandbox.handle(&request).status, 200, "{request:?}");
    }
}

#[test]
fn strict_accepts_its_own_tokens_until_they_expire() {
    let mut sandbox = strict();
    let token = token(&mut sandbox);
    assert_eq!(status(&mut sandbox, &token), 200);
    sandbox.advance(3_599_000);
    assert_eq!(status(&mut sandbox, &token), 200);
    sandbox.advance(1000);
    assert_eq!(status(&mut sandbox, &token), 403);
    let refused = sandbox
        .handle(&SandboxRequest::get(&format!("{SUMMARY}/1")).with_header("Authorization", &format!("Bearer {token}")));
    assert_eq!(refused.header("X-Mashery-Error-Code"), Some("ERR_403_NOT_AUTHORIZED"));
}

#[test]
fn strict_refuses_what_it_did_not_give_out() {
    let mut sandbox = strict();
    let own = token(&mut sandbox);
    let (head, tail) = own.split_at(80);
    let changed = format!("{head}x{}", &tail[1..]);
    let other = token(&mut Sandbox::new({
        let mut options = Options::default();
        options.seed = 2;
        options
    }));
    for token in ["x", "a.b.c", "..", &changed, &other, &own[..own.len() - 1]] {
        assert_eq!(status(&mut sandbox, token), 403, "{token}");
    }
}

#[test]
fn every_token_is_another() {
    let mut sandbox = strict();
    assert_ne!(token(&mut sandbox), token(&mut sandbox));
}

#[test]
fn bad_credentials_get_an_answer_of_oktas_shape_that_repeats_nothing() {
    let mut sandbox = strict();
    for body in [
        "client_id=bad-one&client_secret=hunter2",
        "client_id=&client_secret=hunter2",
        "client_id=portal",
        "client_secret=hunter2",
    ] {
        let answer = ask(&mut sandbox, &format!("grant_type=client_credentials&{body}"));
        let reply = raw(&answer);
        assert_eq!((answer.status, reply["errorCode"].as_str()), (401, Some("invalid_client")));
        assert!(reply["errorSummary"].is_string() && reply["errorId"].is_string());
        let text = String::from_utf8_lossy(&answer.body);
        assert!(!text.contains("hunter2") && !text.contains("bad-one") && !text.contains("portal"));
        assert_eq!(code_of(&answer).1, "INVALID_CLIENT");
    }
}

#[test]
fn another_grant_method_or_media_type_is_refused() {
    let mut sandbox = strict();
    assert_eq!(
        raw(&ask(&mut sandbox, "grant_type=password&client_id=a&client_secret=b"))["error"],
        "unsupported_grant_type"
    );
    assert_eq!(raw(&ask(&mut sandbox, "client_id=a&client_secret=b"))["error"], "invalid_request");
    assert_eq!(get(&mut sandbox, TOKEN).status, 405);
    let xml = SandboxRequest {
        method: "POST".to_owned(),
        ..SandboxRequest::get(TOKEN).with_header("Content-Type", "text/xml")
    };
    assert_eq!(sandbox.handle(&xml).status, 415);
}

#[test]
fn a_live_clock_lets_tokens_expire() {
    let mut options = Options::default();
    options.auth = Auth::Strict;
    options.live_ms = Some(1_000_000);
    let mut sandbox = Sandbox::new(options);
    let token = token(&mut sandbox);
    sandbox.follow_clock(1_000_000 + 3_599_000);
    assert_eq!(status(&mut sandbox, &token), 200);
    sandbox.follow_clock(5);
    sandbox.follow_clock(1_000_000 + 3_600_000);
    assert_eq!(status(&mut sandbox, &token), 403);
}

#[test]
fn a_clock_that_stands_still_does_not_listen() {
    let mut sandbox = strict();
    let before = sandbox.info();
    sandbox.follow_clock(i64::MAX);
    assert_eq!(sandbox.info(), before);
    sandbox.advance(u64::MAX);
    assert_eq!(sandbox.info().get("now").and_then(Json::as_str), Some("9999-12-31T00:00:00Z"));
}
