//! Rate limit signals in responses that the gateway does not parse otherwise.

use crate::harness::response;
use cisco_support_case::client::HttpResponse;
use cisco_support_case::gateway::{RateLimitSignal, rate_limit_signal};

#[test]
fn only_what_is_said_of_the_pace_is_passed_on() {
    let too_fast = |retry_after_ms| Some(RateLimitSignal { retry_after_ms, is_quota: false });
    let spent = |retry_after_ms| Some(RateLimitSignal { retry_after_ms, is_quota: true });
    for (status, code, retry_after, expected) in [
        (403, Some("ERR_403_DEVELOPER_OVER_QPS"), Some("2"), too_fast(Some(2000))),
        (403, Some("ERR_403_DEVELOPER_OVER_QPS"), None, too_fast(None)),
        (403, Some("ERR_403_DEVELOPER_OVER_RATE"), Some("60"), spent(Some(60_000))),
        (403, Some("ERR_403_NOT_AUTHORIZED"), Some("2"), None),
        (401, None, None, None),
        (500, None, Some("2"), None),
    ] {
        let refusal = HttpResponse {
            status,
            mashery_error_code: code.map(str::to_owned),
            retry_after: retry_after.map(str::to_owned),
            ..response()
        };
        assert_eq!(rate_limit_signal(&refusal, 0), expected, "{status} {code:?} {retry_after:?}");
    }
}

#[test]
fn a_date_to_wait_for_is_one_of_their_clock() {
    let refusal = HttpResponse {
        status: 403,
        mashery_error_code: Some("ERR_403_DEVELOPER_OVER_QPS".to_owned()),
        retry_after: Some("Mon, 01 Jun 2026 12:00:05 GMT".to_owned()),
        date: Some("Mon, 01 Jun 2026 12:00:00 GMT".to_owned()),
        ..response()
    };
    assert_eq!(rate_limit_signal(&refusal, 0).and_then(|pace| pace.retry_after_ms), Some(5000));
}
