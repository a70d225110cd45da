//! One token for many isolates: requested once, refreshed before it expires, and never shown.

use crate::harness::{credentials, response};
use cisco_support_case::client::{BoxedCallError, Credentials, HttpRequest, HttpResponse, TokenSource};
use cisco_support_case::decode::Body;
use cisco_support_case::gateway::quota::{TokenManager, TokenRequestId, TokenStatus};
use proptest::prelude::*;

/// Start of the simulated time, in milliseconds since 1970.
const BEGAN: i64 = 1_750_000_000_000;
const SECRET: &str = "s&cret=1";

fn known() -> Credentials {
    match credentials() {
        TokenSource::Credentials(credentials) => credentials,
        _ => panic!("no credentials"),
    }
}

fn answer(status: u16, body: &str) -> Result<HttpResponse<()>, String> {
    Ok(HttpResponse { status, body: Body::from_slice(body.as_bytes()), ..response() })
}

/// The part of a token status that the tests compare.
#[derive(Debug, PartialEq)]
enum Got {
    Token(String),
    Fetch,
    Wait,
    Failed(String),
}

/// A token manager, and a token endpoint that numbers its tokens.
struct Desk {
    keeper: TokenManager,
    now: i64,
    fetched: u32,
    under_way: Option<TokenRequestId>,
    lives: u32,
}

impl Desk {
    fn new() -> Desk {
        Desk { keeper: TokenManager::new(known(), 7), now: BEGAN, fetched: 0, under_way: None, lives: 3600 }
    }

    fn need(&mut self) -> Got {
        match self.keeper.poll(self.now) {
            TokenStatus::Ready { access_token, .. } => Got::Token(access_token),
            TokenStatus::Fetch(id, _) => {
                assert!(self.under_way.is_none(), "two at once");
                self.under_way = Some(id);
                Got::Fetch
            }
            TokenStatus::Wait => Got::Wait,
            TokenStatus::Failed(error) => Got::Failed(error.code),
        }
    }

    fn answer(&mut self, result: Result<HttpResponse<()>, String>) {
        let id = self.under_way.take().expect("nothing is under way");
        self.keeper.on_response(id, result, self.now);
    }

    fn give(&mut self) {
        self.fetched += 1;
        self.answer(answer(
            200,
            &format!(r#"{{"access_token":"token-number-{}","expires_in":{}}}"#, self.fetched, self.lives),
        ));
    }

    /// Polls until there is a result; the endpoint issues a token for each request.
    fn get(&mut self) -> Got {
        loop {
            match self.need() {
                Got::Fetch => self.give(),
                Got::Wait => self.now += self.keeper.wake_in_ms(self.now).expect("nothing moves"),
                got => return got,
            }
        }
    }

    /// Polls like `get`, with an endpoint that rejects every request.
    fn get_refused(&mut self, status: u16, body: &str) -> (Got, u32) {
        let mut asked = 0;
        loop {
            match self.need() {
                Got::Fetch => {
                    asked += 1;
                    assert!(asked < 10, "without end");
                    self.answer(answer(status, body));
                }
                Got::Wait => self.now += self.keeper.wake_in_ms(self.now).expect("nothing moves"),
                got => return (got, asked),
            }
        }
    }

    /// Returns the error for an endpoint that gives the same response to every request.
    fn failure(&mut self, result: &Result<HttpResponse<()>, String>) -> BoxedCallError<String> {
        let mut asked = 0;
        loop {
            match self.keeper.poll(self.now) {
                TokenStatus::Fetch(id, _) => {
                    asked += 1;
                    assert!(asked < 10, "without end");
                    self.keeper.on_response(id, result.clone(), self.now);
                }
                TokenStatus::Wait => self.now += self.keeper.wake_in_ms(self.now).unwrap(),
                TokenStatus::Failed(error) => return error,
                TokenStatus::Ready { .. } => panic!("there is none"),
            }
        }
    }

    fn generation(&mut self) -> u32 {
        match self.keeper.poll(self.now) {
            TokenStatus::Ready { generation, .. } => generation,
            other => panic!("{other:?}"),
        }
    }
}

fn token(number: u32) -> Got {
    Got::Token(format!("token-number-{number}"))
}

#[test]
fn however_many_need_one_it_is_asked_for_once() {
    let mut desk = Desk::new();
    assert_eq!(desk.need(), Got::Fetch);
    (0..100).for_each(|_| assert_eq!(desk.need(), Got::Wait));
    desk.give();
    let TokenStatus::Ready { expires_at_ms, renew_at_ms, .. } = desk.keeper.poll(desk.now) else { panic!() };
    assert_eq!(expires_at_ms, Some(BEGAN + 3_600_000));
    assert_eq!(renew_at_ms, Some(BEGAN + 3_540_000));
    assert_eq!(desk.need(), token(1));
    assert_eq!(desk.keeper.wake_in_ms(desk.now), None);
}

#[test]
fn what_is_sent_is_the_client_credentials_grant() {
    let TokenStatus::Fetch(_, HttpRequest { method, url, body, .. }) = TokenManager::new(known(), 1).poll(BEGAN) else {
        panic!()
    };
    assert_eq!((method, url.as_str()), ("POST", "https://id.example/token"));
    let expected = "grant_type=client_credentials&client_id=synthetic%20id&client_secret=s%26cret%3D1";
    assert_eq!(body.as_deref(), Some(expected));
}

#[test]
fn it_is_renewed_before_it_expires_while_the_old_one_is_handed_out() {
    let mut desk = Desk::new();
    desk.get();
    desk.now += 3_539_999;
    assert_eq!(desk.need(), token(1));
    desk.now += 1;
    assert_eq!(desk.need(), Got::Fetch);
    (0..9).for_each(|_| assert_eq!(desk.need(), token(1), "nobody waits"));
    desk.now += 2000;
    assert_eq!(desk.need(), token(1));
    desk.give();
    assert_eq!(desk.need(), token(2));
    // An expired token is not returned.
    desk.now += 3_600_000;
    assert_eq!(desk.need(), Got::Fetch);
    assert_eq!(desk.need(), Got::Wait);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn of_each_life_one_is_asked_for_and_nobody_who_comes_often_waits(
        lives in 300_u32..7200,
        pauses in proptest::collection::vec(0_i64..20_000, 20),
        takes_ms in 0_i64..5000,
        restarts in proptest::collection::vec(0_usize..4000, 0..6),
    ) {
        let mut desk = Desk { lives, ..Desk::new() };
        desk.get();
        let mut answered_at = i64::MAX;
        for turn in 0..8000 {
            let pause = pauses[turn % 20];
            if answered_at <= desk.now + pause {
                desk.now = desk.now.max(answered_at);
                desk.give();
                answered_at = i64::MAX;
            }
            desk.now += pause;
            if restarts.contains(&turn) && desk.under_way.is_none() {
                let text = desk.keeper.export();
                desk.keeper = TokenManager::new(known(), 99);
                prop_assert!(desk.keeper.import(&text, desk.now));
            }
            if desk.need() == Got::Fetch {
                answered_at = desk.now + takes_ms;
                prop_assert!(matches!(desk.need(), Got::Token(_)));
            }
            if desk.under_way.is_none() {
                prop_assert!(matches!(desk.need(), Got::Token(_)));
            }
        }
        let passed = desk.now - BEGAN;
        let most = passed / (i64::from(lives) * 1000 - 60_000) + 1;
        prop_assert!(i64::from(desk.fetched) <= most, "{} in {most} lives", desk.fetched);
    }

    #[test]
    fn a_text_that_is_none_changes_nothing(text in ".{0,60}", cut in 1_usize..40) {
        let mut desk = Desk::new();
        desk.get();
        let export = desk.keeper.export();
        let short: String = export.chars().take(export.chars().count() - cut).collect();
        let mut other = TokenManager::new(known(), 9);
        prop_assert!(!other.import(&text, desk.now) && !other.import(&short, desk.now));
        prop_assert!(matches!(other.poll(desk.now), TokenStatus::Fetch(..)));
    }
}

#[test]
fn a_token_that_many_are_refused_with_is_renewed_once() {
    let mut desk = Desk::new();
    desk.get();
    let generation = desk.generation();
    (0..50).for_each(|_| assert!(desk.keeper.reject(generation, desk.now)));
    assert_eq!(desk.need(), Got::Fetch);
    assert!(desk.keeper.reject(generation, desk.now));
    desk.give();
    // Late rejections of the same token.
    (0..50).for_each(|_| assert!(desk.keeper.reject(generation, desk.now)));
    assert_eq!(desk.need(), token(2));
    assert_eq!(desk.generation(), generation + 1);
}

#[test]
fn a_service_that_refuses_each_new_token_causes_no_storm() {
    let mut desk = Desk::new();
    for _ in 0..1000 {
        desk.get();
        let generation = desk.generation();
        desk.keeper.reject(generation, desk.now);
        desk.now += 100;
    }
    assert!(desk.fetched <= 9, "{} in 100 s", desk.fetched);
    // The state survives an eviction of the object.
    let text = desk.keeper.export();
    desk.keeper = TokenManager::new(known(), 1);
    assert!(desk.keeper.import(&text, desk.now));
    let (fetched, generation) = (desk.fetched, desk.generation());
    assert!(!desk.keeper.reject(generation, desk.now), "it is no use");
    assert_eq!(desk.get(), token(fetched));
    // After a minute the token manager tries once more.
    desk.now += 64_000;
    assert!(desk.keeper.reject(generation, desk.now));
    let (fetched, generation) = (fetched + 1, generation.wrapping_add(1));
    assert_eq!(desk.get(), token(fetched));
    desk.now += 63_000;
    assert!(!desk.keeper.reject(generation, desk.now));
    // A token that the service accepts resets the backoff.
    desk.keeper.mark_accepted();
    assert!(desk.keeper.reject(generation, desk.now));
    assert_eq!(desk.get(), token(fetched + 1));
}

#[test]
fn a_renewal_that_hangs_is_lost_after_a_while() {
    let mut desk = Desk::new();
    assert_eq!(desk.need(), Got::Fetch);
    let lost = desk.under_way.take().unwrap();
    assert_eq!(desk.keeper.wake_in_ms(desk.now), Some(10_000));
    desk.now += 9999;
    assert_eq!(desk.need(), Got::Wait);
    desk.now += 1;
    assert_eq!(desk.need(), Got::Fetch);
    // A late response to the lost request is ignored.
    desk.keeper.on_response(lost, answer(200, r#"{"access_token":"late","expires_in":3600}"#), desk.now);
    assert_eq!(desk.need(), Got::Wait);
    desk.give();
    assert_eq!(desk.need(), token(1));
    // A background refresh blocks no caller.
    desk.now += 3_545_000;
    for _ in 0..2 {
        assert_eq!(desk.need(), Got::Fetch);
        desk.under_way = None;
        desk.now += 9999;
        (0..9).for_each(|_| assert_eq!(desk.need(), token(1)));
        desk.now += 1;
    }
}

#[test]
fn where_there_is_none_everybody_hears_why_and_the_endpoint_is_left_alone() {
    let refusal = r#"{"errorCode":"invalid_client","errorSummary":"Invalid value"}"#;
    let mut desk = Desk::new();
    let mut asked = 0;
    let mut began = Vec::new();
    while desk.now < BEGAN + 600_000 {
        let before = asked;
        let (got, times) = desk.get_refused(401, refusal);
        assert_eq!(got, Got::Failed("INVALID_CLIENT".to_owned()));
        asked += times;
        began.extend((asked > before).then_some((desk.now - BEGAN) / 1000));
        desk.now += 50;
    }
    assert!(began.len() <= 16, "{began:?}");
    assert!(asked <= 30, "three times at first, since it now and then errs: {asked}");
    let TokenStatus::Failed(error) = desk.keeper.poll(desk.now) else { panic!() };
    assert_eq!((error.retryable, error.status), (true, Some(401)));
    assert!(error.message().starts_with("The token endpoint returned no token: "), "{}", error.message());
    desk.now += 64_000;
    assert_eq!(desk.get(), token(1));
}

#[test]
fn failures_say_whether_it_helps_to_try_again() {
    for (result, code, retryable) in [
        (answer(503, "<h1>Service Unavailable</h1>"), "API Maintenance/Service Unavailable", true),
        (Err("connection reset".to_owned()), "NETWORK", true),
        (answer(400, r#"{"error":"unsupported_grant_type"}"#), "unsupported_grant_type", false),
        (answer(200, r#"{"access_token":"with a space"}"#), "NO_TOKEN", false),
        (answer(200, "[]"), "UNEXPECTED_RESPONSE", false),
    ] {
        let mut desk = Desk::new();
        let error = desk.failure(&result);
        assert_eq!((error.code.as_str(), error.retryable), (code, retryable));
    }
}

#[test]
fn an_endpoint_that_says_when_to_come_again_is_left_alone_until_then() {
    let mut desk = Desk::new();
    assert_eq!(desk.need(), Got::Fetch);
    let busy = |seconds: &str| Ok(HttpResponse { status: 503, retry_after: Some(seconds.to_owned()), ..response() });
    desk.answer(busy("3"));
    assert_eq!(desk.need(), Got::Wait);
    assert!(desk.keeper.wake_in_ms(desk.now).unwrap() >= 3000);
    desk.now += 3000;
    assert_eq!(desk.need(), Got::Fetch);
    // A delay that exceeds every caller's deadline.
    desk.answer(busy("40"));
    assert!(matches!(desk.need(), Got::Failed(_)));
    desk.now += 39_999;
    assert!(matches!(desk.need(), Got::Failed(_)));
    desk.now += 1;
    assert_eq!(desk.get(), token(1));
}

#[test]
fn a_failure_keeps_a_token_in_use_that_has_not_expired() {
    let mut desk = Desk::new();
    desk.get();
    desk.now += 3_550_000;
    assert_eq!(desk.get_refused(500, "").0, token(1));
    let mut asked = 0;
    while desk.now < BEGAN + 3_600_000 {
        assert_eq!(desk.need(), token(1));
        desk.now += 500;
        if desk.need() == Got::Fetch {
            asked += 1;
            desk.answer(answer(500, ""));
        }
    }
    assert!(asked <= 25, "{asked}");
    let (got, _) = desk.get_refused(500, "");
    assert!(matches!(got, Got::Failed(_)), "{got:?}");
}

#[test]
fn an_object_that_was_evicted_needs_no_new_token() {
    let mut desk = Desk::new();
    desk.get();
    let (text, generation) = (desk.keeper.export(), desk.generation());
    desk.now += 60_000;
    desk.keeper = TokenManager::new(known(), 12345);
    assert!(desk.keeper.import(&text, desk.now));
    assert_eq!(desk.need(), token(1));
    assert_eq!(desk.generation(), generation);
    assert_eq!(desk.keeper.export(), text);
    let TokenStatus::Ready { expires_at_ms, .. } = desk.keeper.poll(desk.now) else { panic!() };
    assert_eq!(expires_at_ms, Some(BEGAN + 3_600_000));
    // A token of another client, or an expired token, is not imported.
    for credentials in [
        Credentials { client_id: "another".to_owned(), ..known() },
        Credentials { token_url: "https://id.example/other".to_owned(), ..known() },
    ] {
        let mut other = TokenManager::new(credentials, 1);
        assert!(!other.import(&text, desk.now));
        assert!(matches!(other.poll(desk.now), TokenStatus::Fetch(..)));
    }
    let mut late = TokenManager::new(known(), 1);
    late.import(&text, BEGAN + 3_600_000);
    assert!(matches!(late.poll(BEGAN + 3_600_000), TokenStatus::Fetch(..)));
    // A token without a known lifetime.
    let mut desk = Desk::new();
    assert_eq!(desk.need(), Got::Fetch);
    desk.answer(answer(200, r#"{"access_token":"for-ever"}"#));
    let text = desk.keeper.export();
    let mut other = TokenManager::new(known(), 1);
    assert!(other.import(&text, desk.now));
    let TokenStatus::Ready { expires_at_ms: None, renew_at_ms: None, .. } = other.poll(desk.now + 90_000_000) else {
        panic!()
    };
}

#[test]
fn tokens_of_two_lives_that_share_nothing_have_other_numbers() {
    let mut numbers = [1, 2_000_000_000].map(|seed| {
        let mut desk = Desk { keeper: TokenManager::new(known(), seed), ..Desk::new() };
        desk.get();
        desk.generation()
    });
    numbers.sort_unstable();
    assert_ne!(numbers[0], numbers[1]);
}

#[test]
fn neither_token_nor_secret_is_ever_shown() {
    let mut desk = Desk::new();
    let fetch = desk.keeper.poll(desk.now);
    assert!(!format!("{fetch:?}").contains("cret"));
    let TokenStatus::Fetch(id, _) = fetch else { panic!() };
    desk.keeper.on_response(id, answer(200, r#"{"access_token":"token-0123456789","expires_in":3600}"#), desk.now);
    let have = desk.keeper.poll(desk.now);
    let shown = format!("{have:?} {:?}", desk.keeper);
    assert!(!shown.contains("0123456789") && !shown.contains("cret"), "{shown}");
    // Secrets that the endpoint or the transport echoes.
    for result in [
        answer(401, r#"{"error":"s&cret=1 is wrong"}"#),
        answer(401, r#"{"error":"client_secret=s%26cret%3D1 is wrong"}"#),
        answer(401, r#"{"error":"token-0123456789 again"}"#),
        Err(format!("could not post client_secret={SECRET}")),
        Err("could not post client_secret=s%26cret%3D1".to_owned()),
    ] {
        let generation = desk.generation();
        desk.keeper.mark_accepted();
        desk.keeper.reject(generation, desk.now);
        let error = desk.failure(&result);
        let shown = format!("{error:?} {} {:?} {:?}", error.message(), TokenStatus::Failed(error.clone()), desk.keeper);
        for secret in [SECRET, "s%26cret%3D1", "0123456789"] {
            assert!(!shown.contains(secret), "{shown}");
        }
        desk.now += 100_000;
        let TokenStatus::Fetch(id, _) = desk.keeper.poll(desk.now) else { panic!() };
        desk.keeper.on_response(id, answer(200, r#"{"access_token":"token-0123456789"}"#), desk.now);
    }
}
