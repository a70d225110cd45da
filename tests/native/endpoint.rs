//! Endpoints: routes, limits and URLs.

use crate::rules::params;
use cisco_support_case::endpoint::ParamRole;
use cisco_support_case::endpoint::{
    CASE_DETAILS, CASE_SUMMARY, CASES_BY_CONTRACT, CASES_BY_USER, ENDPOINTS, percent_decode, percent_encode,
};
use cisco_support_case::error::explain;

#[test]
fn addresses_are_the_documentation_s() {
    for (endpoint, text, path) in [
        (&CASE_SUMMARY, r#"{"case_ids":["682299374"],"sort_by":"STATUS"}"#, "/cases/case_ids/682299374?sort_by=STATUS"),
        (&CASE_DETAILS, r#"{"case_id":"682299374"}"#, "/cases/details/case_id/682299374"),
        (
            &CASES_BY_CONTRACT,
            r#"{"contract_ids":["1234567"],"date_created_from":"2017-04-01T00:00:00Z","date_created_to":"2017-04-30T23:59:59Z","sort_by":"","status_flag":"O","page_index":1}"#,
            "/cases/contracts/contract_ids/1234567?date_created_from=2017-04-01T00%3A00%3A00Z&date_created_to=2017-04-30T23%3A59%3A59Z&status_flag=O&page_index=1",
        ),
        (
            &CASES_BY_USER,
            r#"{"user_ids":["directcust4","O'Hara+x@y"]}"#,
            "/cases/users/user_ids/directcust4,O%27Hara%2Bx%40y",
        ),
    ] {
        assert_eq!(endpoint.check(&params(text)).unwrap().path_and_query(), path);
    }
}

#[test]
fn a_path_ends_in_the_parameter_for_the_ids() {
    for endpoint in ENDPOINTS {
        assert_eq!(endpoint.path, format!("{}{{{}}}", endpoint.path_prefix(), endpoint.params[0].name));
    }
}

#[test]
fn ids_are_trimmed_and_joined_by_raw_commas() {
    let request = CASE_SUMMARY.check(&params(r#"{"case_ids":[" 1 ","2\t"]}"#)).unwrap();
    assert_eq!(request.path_and_query(), "/cases/case_ids/1,2");
}

#[test]
fn dates_are_sent_in_utc_and_in_whole_seconds() {
    let table = [
        ("2024-03-01T01:30:00.250+02:00", "2024-02-29T23%3A30%3A00Z"),
        ("2017-05-09T20:08:45.999Z", "2017-05-09T20%3A08%3A45Z"),
        ("1969-12-31T23:59:59.001Z", "1969-12-31T23%3A59%3A59Z"),
        ("2013-04-23T11:00:14Z", "2013-04-23T11%3A00%3A14Z"),
    ];
    for name in ["date_created_from", "date_created_to"] {
        for (given, sent) in table {
            let request = CASES_BY_USER.check(&params(&format!(r#"{{"user_ids":["u"],"{name}":"{given}"}}"#))).unwrap();
            assert_eq!(request.path_and_query(), format!("/cases/users/user_ids/u?{name}={sent}"), "{given}");
        }
    }
    let day = params(r#"{"contract_ids":["1"],"date_created_from":"2017-04-01","date_created_to":"2017-04-30"}"#);
    let path = CASES_BY_CONTRACT.check(&day).unwrap().path_and_query().replace("%3A", ":");
    let sample = "?date_created_from=2017-04-01T00:00:00Z&date_created_to=2017-04-30T23:59:59Z";
    assert_eq!(path, format!("/cases/contracts/contract_ids/1{sample}"), "as the documentation's sample request");
}

#[test]
fn every_limit_names_a_code_of_the_table() {
    for endpoint in ENDPOINTS {
        let (ParamRole::IdList(rule) | ParamRole::SingleId(rule)) = endpoint.params[0].role else {
            panic!("{}", endpoint.operation_id)
        };
        assert!(!explain(rule.too_many_code, Some(403)).is_empty());
        assert!(!explain(rule.invalid_code, None).is_empty());
    }
}

#[test]
fn percent_encoding_comes_back() {
    let text = "a b/ü%2F,🛠?#";
    assert_eq!(percent_encode(text), "a%20b%2F%C3%BC%252F%2C%F0%9F%9B%A0%3F%23");
    assert_eq!(percent_decode(&percent_encode(text)), text);
    assert_eq!(percent_decode("%zz%4"), "%zz%4");
}
