//! Successful requests: ids, filters, sort orders and pages.

use super::*;

#[test]
fn the_documentations_samples_work_as_they_stand() {
    let mut sandbox = sandbox_of(1000);
    let summary = get(&mut sandbox, "https://apix.cisco.com/case/v3/cases/case_ids/682299374?sort_by=STATUS");
    let summary = decode::case_summary(&summary.body).expect("a summary");
    assert_eq!((summary.count, summary.cases[0].case_id.as_str()), (1, "682299374"));
    let details = get(&mut sandbox, "https://apix.cisco.com/case/v3/cases/details/case_id/682299374");
    let details = decode::case_details(&details.body).expect("details").detail;
    assert_eq!((details.user_id.as_str(), details.contract_id.as_str()), ("directcust4", "1234567"));
    for list in ["contracts/contract_ids/1234567", "users/user_ids/directcust4"] {
        let url = format!(
            "https://apix.cisco.com/case/v3/cases/{list}?date_created_from=2026-03-03T00%3A00%3A00Z\
             &date_created_to=2026-05-30T23%3A59%3A59Z&sort_by=&status_flag=O&page_index=1"
        );
        assert!(!page(&get(&mut sandbox, &url)).cases.is_empty(), "{url}");
    }
}

#[test]
fn the_host_makes_no_difference() {
    let mut sandbox = sandbox_of(100);
    let urls = ["", "http://127.0.0.1:8787", "https://apix.cisco.com", "https://sandbox.invalid:443"];
    let bodies: BTreeSet<_> =
        urls.iter().map(|host| get(&mut sandbox, &format!("{host}{SUMMARY}/682299374")).body).collect();
    assert_eq!(bodies.len(), 1);
}

#[test]
fn all_pages_of_all_users_hold_every_case_exactly_once() {
    for cases in [1, 99, 1000, 2200] {
        let mut sandbox = sandbox_of(cases);
        let users = ids(&sandbox, "user_ids");
        assert_eq!(users.len() as u64, number(&sandbox.info(), "users"));
        let mut seen = BTreeSet::new();
        for batch in users.chunks(10) {
            for case in walk(&mut sandbox, &format!("{USERS}/{}", batch.join(","))) {
                assert!(batch.contains(&case.user_id));
                assert!(seen.insert(case.case_id.clone()), "{} came twice", case.case_id);
            }
        }
        assert_eq!(seen.len(), cases as usize);
    }
}

#[test]
fn a_list_of_several_contracts_is_the_lists_of_each_together() {
    let mut sandbox = sandbox_of(1500);
    let contracts = ids(&sandbox, "contract_ids");
    let batch = &contracts[..8];
    let together = walk(&mut sandbox, &format!("{CONTRACTS}/{}", batch.join(",")));
    let mut apart: Vec<_> =
        batch.iter().flat_map(|id| walk(&mut sandbox, &format!("{CONTRACTS}/{id}"))).map(|case| case.case_id).collect();
    let mut ids: Vec<_> = together.iter().map(|case| case.case_id.clone()).collect();
    assert!(together.windows(2).all(|pair| pair[0].updated_date <= pair[1].updated_date));
    apart.sort();
    ids.sort();
    assert_eq!(ids, apart);
    assert!(together.iter().all(|case| batch.contains(&case.contract_id)));
}

#[test]
fn filters_and_orders_agree_with_brute_force() {
    let mut sandbox = sandbox_of(3000);
    let contracts = ids(&sandbox, "contract_ids");
    let instants = ["2024-08-01T00:00:00Z", "2025-11-11T11:11:11Z", "2026-03-10T00:00:00Z", "2026-05-30T00:00:00Z"];
    let mut compared = 0;
    for batch in [&contracts[..1], &contracts[..3], &contracts[5..12]] {
        let all = walk(&mut sandbox, &format!("{CONTRACTS}/{}", batch.join(",")));
        for flag in ["", "O", "C"] {
            for from in [None, Some(instants[0]), Some(instants[1]), Some(instants[2])] {
                for to in [None, Some(instants[1]), Some(instants[3])] {
                    let range = |text: &str| Timestamp::parse(text).expect("a date");
                    let days = |a, b| (range(b).unix_ms() - range(a).unix_ms()) / DAY_MS;
                    if from.zip(to).is_some_and(|(from, to)| !(0..90).contains(&days(from, to))) {
                        continue;
                    }
                    for sort in ["", "UPDATED_DATE", "STATUS"] {
                        let mut url = format!("{CONTRACTS}/{}?status_flag={flag}&sort_by={sort}", batch.join(","));
                        from.iter().for_each(|from| url.push_str(&format!("&date_created_from={from}")));
                        to.iter().for_each(|to| url.push_str(&format!("&date_created_to={to}")));
                        let mut expected: Vec<_> = all
                            .iter()
                            .filter(|case| flag.is_empty() || case.status_flag == StatusFlag::from_text(flag))
                            .filter(|case| from.is_none_or(|from| case.creation_date >= Some(range(from))))
                            .filter(|case| to.is_none_or(|to| case.creation_date <= Some(range(to))))
                            .collect();
                        if sort == "STATUS" {
                            expected.sort_by_key(|case| case.status.as_str().to_owned());
                        }
                        let found = walk(&mut sandbox, &url);
                        let found: Vec<_> = found.iter().map(|case| &case.case_id).collect();
                        let expected: Vec<_> = expected.iter().map(|case| &case.case_id).collect();
                        assert_eq!(found, expected, "{url}");
                        compared += 1;
                    }
                }
            }
        }
    }
    assert!(compared > 200, "{compared}");
}

#[test]
fn both_ends_of_a_range_count() {
    let mut sandbox = sandbox_of(1000);
    let case = walk(&mut sandbox, &format!("{CONTRACTS}/1234567")).swap_remove(7);
    let created = case.creation_date.expect("a date").utc();
    let url = format!("{CONTRACTS}/1234567?date_created_from={created}&date_created_to={created}");
    assert!(walk(&mut sandbox, &url).iter().any(|found| found.case_id == case.case_id));
}

#[test]
fn ninety_days_are_accepted_and_a_millisecond_more_is_not() {
    let mut sandbox = sandbox_of(100);
    let mut status = |to: &str| {
        get(&mut sandbox, &format!("{CONTRACTS}/1234567?date_created_from=2026-01-01T00:00:00Z&date_created_to={to}"))
            .status
    };
    assert_eq!(status("2026-04-01T00:00:00.000Z"), 200);
    assert_eq!(status("2026-04-01T00:00:00.001Z"), 403);
}

#[test]
fn unknown_ids_among_known_ones_are_left_out() {
    let mut sandbox = sandbox_of(1000);
    let summary = get(&mut sandbox, &format!("{SUMMARY}/1,682299374,999999999,682299374"));
    let summary = decode::case_summary(&summary.body).expect("a summary");
    assert_eq!((summary.count, summary.cases.len()), (1, 1));
    assert!(!walk(&mut sandbox, &format!("{USERS}/nobody,DirectCust4")).is_empty());
    assert!(!walk(&mut sandbox, &format!("{CONTRACTS}/1,1234567")).is_empty());
}

#[test]
fn an_unknown_contract_has_an_empty_list_of_one_page() {
    let page = page(&get(&mut sandbox_of(100), &format!("{CONTRACTS}/7")));
    let record = page.pagination_response_record;
    assert_eq!((record.total_records, record.page_records, record.last_index, record.page_index), (0, 0, 1, 1));
}

#[test]
fn a_page_past_the_last_is_empty_and_says_where_the_list_ends() {
    let mut sandbox = sandbox_of(1000);
    for (index, query) in [(60, "1234567?sort_by=STATUS"), (99_999, "1234567?"), (99_999, "1234567,2195863?")] {
        let page = page(&get(&mut sandbox, &format!("{CONTRACTS}/{query}&page_index={index}")));
        let record = page.pagination_response_record;
        assert_eq!((page.cases.len(), record.page_records, record.page_index), (0, 0, index));
        assert!(record.last_index > 1 && record.total_records > 100);
    }
}

#[test]
fn summaries_are_sorted_as_asked() {
    let mut sandbox = sandbox_of(3000);
    let mut some: Vec<String> = ids(&sandbox, "case_ids");
    some.reverse();
    for sort in ["", "STATUS"] {
        let answer = get(&mut sandbox, &format!("{SUMMARY}/{}?sort_by={sort}", some.join(",")));
        let cases = decode::case_summary(&answer.body).expect("a summary").cases;
        assert_eq!(cases.len(), some.len());
        let key = |case: &CaseRecord| {
            let status = if sort.is_empty() { String::new() } else { case.status.as_str().to_owned() };
            (status, case.updated_date.clone())
        };
        assert!(cases.is_sorted_by_key(key), "{sort}");
    }
}

#[test]
fn a_million_cases_are_made_and_paged_through() {
    let mut sandbox = sandbox_of(1_000_000);
    let info = sandbox.info();
    assert_eq!(number(&info, "cases"), 1_000_000);
    assert_eq!(number(&info, "open") + number(&info, "closed"), 1_000_000);
    let ten = ids(&sandbox, "contract_ids")[..10].join(",");
    let url = format!("{CONTRACTS}/{ten}?sort_by=STATUS&page_index=");
    let first = page(&get(&mut sandbox, &format!("{url}1")));
    let last_index = first.pagination_response_record.last_index;
    assert!(last_index > 500, "the largest contracts are large: {last_index}");
    let last = page(&get(&mut sandbox, &format!("{url}{last_index}")));
    assert_eq!(first.cases[0].status.as_str(), "Cisco Pending");
    assert_eq!(last.cases.last().map(|case| case.status.as_str()), Some("Service Order Pending"));
}
