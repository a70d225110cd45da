//! Validation of requests.

use cisco_support_case::endpoint::{CASE_DETAILS, CASE_SUMMARY, CASES_BY_CONTRACT, CASES_BY_USER, Endpoint};
use cisco_support_case::model::Timestamp;
use cisco_support_case::rules::{IdRule, MAX_PROBLEMS, Problem, parse_ids, validate_date, validate_ids};
use cisco_support_case::util::{DAY_MS, Json};
use proptest::prelude::*;

pub fn params(text: &str) -> Json {
    cisco_support_case::decode::json(text.as_bytes()).unwrap()
}

fn problems(endpoint: &'static Endpoint, text: &str) -> Vec<Problem> {
    endpoint.check(&params(text)).err().unwrap_or_default()
}

fn codes(endpoint: &'static Endpoint, text: &str) -> Vec<(String, &'static str)> {
    problems(endpoint, text).into_iter().map(|problem| (problem.field, problem.code)).collect()
}

#[test]
fn each_rule_is_named_by_the_code_of_the_service() {
    for (endpoint, text, field, code) in [
        (&CASE_SUMMARY, r#"{}"#, "case_ids", "MISSING_INPUTS"),
        (&CASE_SUMMARY, r#"{"case_ids":[]}"#, "case_ids", "MISSING_INPUTS"),
        (&CASE_SUMMARY, r#"{"case_ids":""}"#, "case_ids", "MISSING_INPUTS"),
        (&CASE_SUMMARY, r#"{"case_ids":["  "]}"#, "case_ids", "MISSING_INPUTS"),
        (&CASE_SUMMARY, r#"{"case_ids":"612345678"}"#, "case_ids", "INVALID_PARAMETER"),
        (&CASE_SUMMARY, r#"{"case_ids":[612345678]}"#, "case_ids", "INVALID_PARAMETER"),
        (&CASE_SUMMARY, r#"{"case_ids":["6 1"]}"#, "case_ids", "Service Not Found"),
        (&CASE_SUMMARY, r#"{"case_ids":["6"],"sort_by":"updated_date"}"#, "sort_by", "INVALID_SORT_OPTION"),
        (&CASE_SUMMARY, r#"{"case_ids":["6"],"sort_by":3}"#, "sort_by", "INVALID_SORT_OPTION"),
        (&CASE_SUMMARY, r#"{"case_ids":["6"],"page_index":1}"#, "page_index", "INVALID_PARAMETER"),
        (&CASE_DETAILS, r#"{}"#, "case_id", "MISSING_INPUTS"),
        (&CASE_DETAILS, r#"{"case_id":"1,2"}"#, "case_id", "CASE_NOTFOUND"),
        (&CASE_DETAILS, r#"{"case_id":["612345678"]}"#, "case_id", "INVALID_PARAMETER"),
        (&CASES_BY_CONTRACT, r#"{"contract_ids":["1"],"status_flag":"o"}"#, "status_flag", "INVALID_STATUSFLAG"),
        (
            &CASES_BY_CONTRACT,
            r#"{"contract_ids":["1"],"date_created_from":"2017-04-31"}"#,
            "date_created_from",
            "INVALID_DATEFORMAT",
        ),
        (
            &CASES_BY_CONTRACT,
            r#"{"contract_ids":["1"],"date_created_to":1491004800000}"#,
            "date_created_to",
            "INVALID_DATEFORMAT",
        ),
        (&CASES_BY_CONTRACT, r#"{"contract_ids":["1"],"page_index":0}"#, "page_index", "Bad Request"),
        (&CASES_BY_CONTRACT, r#"{"contract_ids":["1"],"page_index":1.5}"#, "page_index", "Bad Request"),
        (&CASES_BY_CONTRACT, r#"{"contract_ids":["1"],"page_index":100000}"#, "page_index", "Bad Request"),
        (&CASES_BY_CONTRACT, r#"{"contract_ids":["1"],"contractIds":["2"]}"#, "contractIds", "INVALID_PARAMETER"),
        (&CASES_BY_USER, r#"{"user_ids":["a/b"]}"#, "user_ids", "INVALID_USERID"),
        (&CASES_BY_USER, r#"null"#, "params", "INVALID_PARAMETER"),
        (&CASES_BY_USER, r#"[]"#, "params", "INVALID_PARAMETER"),
    ] {
        assert_eq!(codes(endpoint, text), [(field.to_owned(), code)], "{text}");
    }
}

#[test]
fn one_id_too_many_is_refused_and_the_limit_is_not() {
    for (endpoint, field, limit, code) in [
        (&CASE_SUMMARY, "case_ids", 30, "EXCEEDED_CASEIDS"),
        (&CASES_BY_CONTRACT, "contract_ids", 10, "EXCEEDED_CONTRACTIDS"),
        (&CASES_BY_USER, "user_ids", 10, "EXCEEDED_USERIDS"),
    ] {
        let of = |count: usize| Json::object([(field, Json::Array(vec![Json::from("612345678"); count]))]);
        assert!(endpoint.check(&of(limit)).is_ok());
        let problems = endpoint.check(&of(limit + 1)).unwrap_err();
        assert_eq!(problems.len(), 1);
        assert_eq!(problems[0].code, code);
    }
}

#[test]
fn all_problems_are_reported_at_once_with_value_and_place() {
    let found = problems(
        &CASES_BY_CONTRACT,
        r#"{"contract_ids":["1","2/3","4"],"status_flag":"X","sort_by":"TITLE","date_created_from":"today","page_index":-1}"#,
    );
    let found: Vec<_> = found.iter().map(|p| (p.field.as_str(), p.index, p.value.to_json_string())).collect();
    assert_eq!(
        found,
        [
            ("contract_ids", Some(1), "\"2/3\"".to_owned()),
            ("date_created_from", None, "\"today\"".to_owned()),
            ("status_flag", None, "\"X\"".to_owned()),
            ("sort_by", None, "\"TITLE\"".to_owned()),
            ("page_index", None, "-1".to_owned()),
        ]
    );
}

#[test]
fn a_problem_says_what_was_expected_and_what_came() {
    let found = problems(&CASES_BY_CONTRACT, r#"{"contract_ids":["1"],"status_flag":"X"}"#);
    assert_eq!(found[0].message, "status_flag: expected \"O\" or \"C\", got \"X\"");
}

#[test]
fn a_range_is_at_most_90_times_24_hours_to_the_millisecond() {
    let from = Timestamp::parse("2024-01-01T00:00:00Z").unwrap();
    let to = |ms: i64| Timestamp::from_unix_ms(from.unix_ms() + ms).unwrap().utc();
    for (length_ms, valid) in [
        (0, true),
        (90 * DAY_MS - 1, true),
        (90 * DAY_MS, true),
        (90 * DAY_MS + 1, false),
        (90 * DAY_MS + 23 * 3_600_000, false),
        (-1, false),
    ] {
        let text = format!(
            r#"{{"contract_ids":["1"],"date_created_from":"2024-01-01T00:00:00Z","date_created_to":"{}"}}"#,
            to(length_ms)
        );
        let expected = if valid { vec![] } else { vec![("date_created_to".to_owned(), "INVALID_DATERANGE")] };
        assert_eq!(codes(&CASES_BY_CONTRACT, &text), expected, "{length_ms}");
    }
    let found = problems(
        &CASES_BY_USER,
        r#"{"user_ids":["u"],"date_created_from":"2024-05-01T00:00:00Z","date_created_to":"2024-04-30T23:59:59Z"}"#,
    );
    assert_eq!(found[0].related.as_deref(), Some("date_created_from"));
}

#[test]
fn a_day_alone_begins_and_ends_a_range_with_the_whole_day() {
    for (field, value, expected) in [
        ("date_created_from", "2026-01-31", Some("2026-01-31T00:00:00Z")),
        ("date_created_to", "2026-01-31", Some("2026-01-31T23:59:59.999Z")),
        ("date_created_to", " 2026-01-31 ", Some("2026-01-31T23:59:59.999Z")),
        ("date_created_to", "2026-01-31T12:00:00Z", Some("2026-01-31T12:00:00Z")),
        ("date_created_to", "2026-02-29", None),
        ("date_created_from", "2026-1-31", None),
    ] {
        let mut problems = Vec::new();
        let date = validate_date(field, Some(&Json::from(value)), &mut problems);
        assert_eq!(date.as_ref().map(Timestamp::as_str), expected, "{field}: {value:?}");
        assert_eq!(problems.len(), usize::from(expected.is_none()), "{field}: {value:?}");
    }
}

#[test]
fn an_id_may_hold_nothing_that_changes_the_route() {
    for id in [
        "1/2",
        "1\\2",
        "1,2",
        "..",
        ".",
        "a\u{0}b",
        "a\nb",
        "a\u{7f}b",
        "a\u{85}b",
        "a b",
        "a\u{a0}b",
        "a\u{2028}b",
        "\u{feff}1",
        "1\u{200b}",
        "1\u{200e}",
        "1\u{ad}2",
        "1\u{e0001}",
        "1\u{fffd}",
    ] {
        let params = Json::object([("user_ids", Json::from(vec![id]))]);
        assert_eq!(CASES_BY_USER.check(&params).err().map(|p| p.len()), Some(1), "{id:?}");
    }
    let long = "x".repeat(51);
    assert!(CASES_BY_USER.check(&Json::object([("user_ids", Json::from(vec![long.as_str()]))])).is_err());
}

#[test]
fn nothing_is_the_same_in_all_its_forms() {
    for nothing in ["null", "\"\"", "\"  \""] {
        let text = format!(
            r#"{{"contract_ids":["1"],"sort_by":{nothing},"status_flag":{nothing},"date_created_from":{nothing},"date_created_to":{nothing},"page_index":{nothing}}}"#
        );
        let request = CASES_BY_CONTRACT.check(&params(&text)).unwrap();
        assert_eq!(request.path_and_query(), "/cases/contracts/contract_ids/1");
    }
}

#[test]
fn pasted_ids_are_split_and_repeats_dropped() {
    assert_eq!(parse_ids("  612345678,612345679;\t612345678\r\n700000001 "), ["612345678", "612345679", "700000001"]);
    assert!(parse_ids(" ,; \n").is_empty());
}

proptest! {
    #[test]
    fn whatever_an_id_is_the_path_keeps_its_route(ids in prop::collection::vec("\\PC{1,20}", 1..5)) {
        let params = Json::object([("user_ids", Json::Array(ids.iter().map(|id| Json::from(id.as_str())).collect()))]);
        if let Ok(request) = CASES_BY_USER.check(&params) {
            let path = request.path_and_query();
            let tail = path.strip_prefix("/cases/users/user_ids/").unwrap();
            prop_assert_eq!(tail.split(',').count(), ids.len());
            prop_assert!(tail.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~%,".contains(&b)));
            for (segment, id) in tail.split(',').zip(&ids) {
                prop_assert_eq!(cisco_support_case::endpoint::percent_decode(segment), id.trim());
            }
        }
    }
}

#[test]
fn problems_beyond_the_first_twenty_are_counted() {
    let one_in_two = |count: usize| Json::Array((0..count).map(|n| Json::from(["", "1"][n % 2])).collect());
    for (count, further) in [(10, 0), (38, 0), (40, 1), (200_000, 99_981)] {
        let params = Json::object([("contract_ids", one_in_two(count))]);
        let problems = CASES_BY_CONTRACT.check(&params).unwrap_err();
        let expected = (count / 2 + usize::from(count > 10)).min(MAX_PROBLEMS) + usize::from(further > 0);
        assert_eq!(problems.len(), expected, "{count}");
        let messages: Vec<_> = problems.iter().map(|problem| problem.message.as_str()).collect();
        assert!(messages.iter().map(|message| message.len()).sum::<usize>() < 2000, "{count}");
        if further > 0 {
            assert_eq!(*messages.last().unwrap(), format!("and {further} more"));
            assert!(messages[0].contains(&format!("({count} given)")), "{}", messages[0]);
        }
    }
}

#[test]
fn the_count_ends_the_list_whatever_is_wrong_besides() {
    let mut members: Vec<_> = (0..50).map(|n| (format!("unknown_{n}"), Json::Null)).collect();
    members.push(("contract_ids".to_owned(), Json::Array(vec![Json::Null; 30])));
    members.push(("page_index".to_owned(), Json::from("0")));
    members.push(("sort_by".to_owned(), Json::from("CASE_ID")));
    let problems = CASES_BY_CONTRACT.check(&Json::Object(members)).unwrap_err();
    let counts: Vec<_> = problems.iter().filter(|problem| problem.expected.is_empty()).collect();
    assert_eq!(problems.len(), MAX_PROBLEMS + 1);
    assert_eq!(counts, [problems.last().unwrap()]);
    // 50 unknown names, a list that is too long with 30 invalid ids, an invalid page index and sort order; 20 of these
    // problems are listed.
    assert_eq!(counts[0].message, "and 63 more");
}

#[test]
fn a_list_that_was_cut_is_refused_with_its_full_length() {
    let mut any = IdRule::CONTRACT;
    any.max_ids = usize::MAX;
    for (kind, most) in [(IdRule::CONTRACT, 10), (any, 2)] {
        let list = r#"["1", "2", {"…": 2999998}]"#;
        let mut problems = Vec::new();
        validate_ids("contract_ids", &kind, Some(&params(list)), &mut problems);
        let expected = format!(
            "contract_ids: expected at most {most} contract ids at once (3000000 given; only the first 2 checked)"
        );
        assert_eq!(problems.len(), 1);
        assert!(problems[0].message.starts_with(&expected), "{}", problems[0].message);
    }
    // Other characters at the end of a list make an invalid id.
    for item in [r#"{"…": -1}"#, r#"{"…": 1, "b": 2}"#, r#"{"…": "1"}"#, "{}"] {
        let problems = problems(&CASES_BY_CONTRACT, &format!(r#"{{"contract_ids": ["1", {item}]}}"#));
        assert_eq!(problems.iter().map(|problem| problem.index).collect::<Vec<_>>(), [Some(1)], "{item}");
    }
}

#[test]
fn the_name_of_a_parameter_is_cut_as_its_value_is() {
    let name = "n".repeat(1_000_000);
    let problems = problems(&CASES_BY_USER, &format!(r#"{{"user_ids": ["a"], "{name}": 1}}"#));
    assert_eq!(problems[0].field.chars().count(), 101);
    assert!(problems[0].message.len() < 400);
}

#[test]
fn pasted_ids_lose_what_nobody_sees_and_part_at_commas_of_every_script() {
    use cisco_support_case::rules::parse_ids;
    assert_eq!(parse_ids("\u{feff}682299374,\u{200b}681425141\u{200e}"), ["682299374", "681425141"]);
    assert_eq!(parse_ids("1\u{ad}2\u{ff0c}3\u{3001}4\u{ff1b}5\u{3000}6\u{60c}\u{2060}"), ["12", "3", "4", "5", "6"]);
    for c in "\u{200b}\u{200c}\u{200d}\u{200e}\u{200f}\u{202a}\u{2060}\u{feff}\u{ad}\u{fe0f}\u{180e}\u{e007f}".chars() {
        assert_eq!(parse_ids(&format!("{c}6{c}1{c}")), ["61"], "{c:?}");
    }
}
