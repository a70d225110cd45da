//! The error table is identical to the documentation's.

use cisco_support_case::error::{
    CLIENT_ERRORS, ERROR_TABLE, ErrorKind, ErrorRow, GATEWAY_ERRORS, STORE_ERRORS, explain, row_for,
};

/// Status and message of each row in the documentation's table.
const DOCUMENTED: [(u16, &str); 38] = [
    (400, "Bad Request"),
    (403, "INVALID_USERID AUTHENTICATION_ERROR"),
    (403, "INVALID_SORT_OPTION"),
    (403, "MISSING_INPUTS"),
    (403, "INVALID_DATEFORMAT"),
    (403, "INVALID_STATUSFLAG"),
    (403, "CASE_NOTFOUND"),
    (403, "INVALID_DATERANGE"),
    (403, "INVALID_CUSTOMERID"),
    (403, "EXCEEDED_CASEIDS"),
    (403, "EXCEEDED_CONTRACTIDS"),
    (403, "EXCEEDED_INPUTS"),
    (403, "EXCEEDED_USERIDS"),
    (403, "EXCEEDED_BILLTOIDS"),
    (403, "CASE_API_FORBIDDEN"),
    (403, "Not Authorized"),
    (403, "Forbidden"),
    (403, "Not Authorized"),
    (403, "Account Inactive"),
    (403, "Account Over Queries Per Second Limit"),
    (403, "Account Over Rate Limit"),
    (403, "Rate Limit Exceeded"),
    (403, "Unknown Referrer"),
    (403, "Service requires SSL"),
    (404, "API_UNAVAILABLE"),
    (414, "Request URI Too Long"),
    (415, "INVALID_MEDIATYPE"),
    (500, "API_UNAVAILABLE"),
    (500, "UNKNOWN_FAILURE"),
    (500, "SYSTEM_ERROR"),
    (500, "SYSTEM_ERROR"),
    (500, "SYSTEM_ERROR"),
    (500, "Internal Server Error"),
    (502, "Bad Gateway"),
    (502, "Proxy Error"),
    (503, "API Maintenance/Service Unavailable"),
    (504, "Gateway Timeout"),
    (596, "Service Not Found"),
];

#[test]
fn the_table_is_the_documentation_s_row_by_row() {
    assert_eq!(ERROR_TABLE.len(), DOCUMENTED.len());
    for (row, (status, message)) in ERROR_TABLE.iter().zip(DOCUMENTED) {
        assert_eq!(row.status, status, "{message}");
        // One cell of the documentation contains two codes.
        let cell = if row.code == "INVALID_USERID" { "INVALID_USERID AUTHENTICATION_ERROR" } else { row.code };
        assert_eq!(cell, message);
    }
}

fn all_rows() -> impl Iterator<Item = &'static ErrorRow> {
    ERROR_TABLE.iter().chain(CLIENT_ERRORS).chain(GATEWAY_ERRORS).chain(STORE_ERRORS)
}

#[test]
fn a_row_has_its_number_by_the_order_of_the_tables() {
    for (number, row) in all_rows().enumerate() {
        assert_eq!(row.table_index(), Some(number), "{}", row.code);
    }
}

#[test]
fn what_only_this_side_or_a_gateway_finds_has_a_code_of_its_own() {
    for row in CLIENT_ERRORS.iter().chain(GATEWAY_ERRORS).chain(STORE_ERRORS) {
        assert_eq!(explain(row.code, None), [row], "{}", row.code);
        assert_eq!(row_for(row.code), row);
    }
    assert_eq!(row_for("NO_SUCH_CODE").kind, ErrorKind::Internal);
}

#[test]
fn a_gateway_s_row_has_the_status_that_it_answers_with() {
    assert_eq!(GATEWAY_ERRORS.len(), 23);
    for row in GATEWAY_ERRORS {
        let statuses: &[u16] = match row.kind {
            ErrorKind::InvalidRequest => &[400, 404, 405],
            ErrorKind::Authentication => &[401],
            ErrorKind::Permission => &[403],
            ErrorKind::RateLimited => &[429],
            ErrorKind::Internal => &[500],
            ErrorKind::Decode => &[502],
            ErrorKind::Unavailable => &[502, 503],
            ErrorKind::Timeout => &[504],
            other => panic!("{other:?}"),
        };
        assert!(statuses.contains(&row.status), "{}", row.code);
    }
}

#[test]
fn every_row_says_what_it_means_and_what_to_do() {
    for row in all_rows() {
        assert!(row.meaning.ends_with('.') && row.advice.ends_with('.'), "{}", row.code);
        assert_ne!(row.meaning, row.advice);
        assert!(row.hint.is_empty() || row.hint.ends_with('.'), "{}", row.code);
    }
}

#[test]
fn advice_is_for_users_and_names_nothing_that_only_developers_know() {
    // Whether a word is a name of an option, a call, code or a file.
    let of_code = |word: &str| {
        let inner = word.trim_matches(|c: char| !c.is_alphanumeric());
        word.contains(['_', '(', '{', '`', '"'])
            || (inner.contains('.') && inner.contains(char::is_alphabetic))
            || inner.chars().skip(1).any(char::is_uppercase)
    };
    for row in all_rows() {
        let known = ["WebAssembly", "BID", "API", "Cisco.com"];
        for word in row.advice.split_whitespace().filter(|word| !known.iter().any(|known| word.starts_with(known))) {
            assert!(!of_code(word), "{}: {word} in {:?}", row.code, row.advice);
        }
    }
}

#[test]
fn what_can_be_retried_is_what_waiting_can_change() {
    for row in all_rows().filter(|row| row.retryable) {
        let waiting_helps = [ErrorKind::RateLimited, ErrorKind::Unavailable, ErrorKind::Timeout, ErrorKind::Network];
        // Failures that a retry can resolve: a broken connection, and a token endpoint that sporadically rejects a
        // known client.
        let is_told = ["ILLEGAL_JSON", "INVALID_CLIENT"].contains(&row.code);
        assert!(is_told || waiting_helps.contains(&row.kind), "{}", row.code);
    }
}

#[test]
fn a_code_is_found_however_a_gateway_spells_it() {
    for (spelling, code) in [
        ("ERR_403_DEVELOPER_OVER_QPS", "Account Over Queries Per Second Limit"),
        ("Developer Over Qps", "Account Over Queries Per Second Limit"),
        ("403 Developer Over Qps", "Account Over Queries Per Second Limit"),
        ("Account Over Queries Per Second Limit", "Account Over Queries Per Second Limit"),
        ("ERR_403_DEVELOPER_OVER_RATE", "Account Over Rate Limit"),
        ("account over rate limit", "Account Over Rate Limit"),
        ("ERR_403_NOT_AUTHORIZED", "Not Authorized"),
        ("AUTHENTICATION_ERROR", "INVALID_USERID"),
        ("Service Unavailable", "API Maintenance/Service Unavailable"),
        ("ERR_403_DEVELOPER_INACTIVE", "Account Inactive"),
        ("ERR_596_SERVICE_NOT_FOUND", "Service Not Found"),
        ("timeout", "TIMEOUT"),
    ] {
        assert_eq!(explain(spelling, None).first().map(|row| row.code), Some(code), "{spelling}");
    }
    assert!(explain("", None).is_empty());
    assert!(explain("403", None).is_empty());
    assert!(explain("NO_SUCH_CODE", None).is_empty());
}

#[test]
fn a_code_with_several_rows_gives_them_all_and_a_status_narrows() {
    assert_eq!(explain("SYSTEM_ERROR", None).len(), 3);
    assert_eq!(explain("Not Authorized", Some(403)).len(), 2);
    assert_eq!(explain("API_UNAVAILABLE", Some(404)).len(), 1);
    assert_eq!(explain("API_UNAVAILABLE", Some(418)).len(), 2, "a status that no row has narrows nothing");
}
