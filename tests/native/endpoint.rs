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
fn dates_are_sent_in_utc() {
    let request = CASES_BY_USER
        .check(&params(r#"{"user_ids":["u"],"date_created_from":"2024-03-01T01:30:00.250+02:00"}"#))
        .unwrap();
    assert_eq!(request.path_and_query(), "/cases/users/user_ids/u?date_created_from=2024-02-29T23%3A30%3A00.250Z");
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
