//! The quirks of the service in its records.

use super::*;

fn some_details(sandbox: &mut Sandbox, count: usize) -> Vec<serde_json::Value> {
    let mut cases = walk(sandbox, &format!("{CONTRACTS}/1234567"));
    cases.truncate(count);
    cases.iter().map(|case| raw(&get(sandbox, &format!("{DETAILS}/{}", case.case_id)))["caseDetail"].clone()).collect()
}

fn some_page(sandbox: &mut Sandbox) -> serde_json::Value {
    raw(&get(sandbox, &format!("{CONTRACTS}/1234567")))
}

#[test]
fn severity_is_text() {
    let mut sandbox = sandbox_of(1000);
    let page = some_page(&mut sandbox);
    let severities: BTreeSet<_> =
        page["cases"].as_array().expect("cases").iter().map(|case| case["severity"].to_string()).collect();
    assert_eq!(severities.into_iter().collect::<Vec<_>>(), ["\"1\"", "\"2\"", "\"3\"", "\"4\""]);
}

#[test]
fn dates_have_milliseconds() {
    let page = some_page(&mut sandbox_of(1000));
    for case in page["cases"].as_array().expect("cases") {
        for name in ["creation_date", "updated_date"] {
            assert!(case[name].as_str().is_some_and(|date| date.ends_with(".000Z") && date.len() == 24), "{case}");
        }
    }
}

#[test]
fn what_is_missing_is_empty_or_null_or_not_there() {
    let mut sandbox = sandbox_of(1000);
    let mut forms = BTreeMap::new();
    for detail in some_details(&mut sandbox, 500) {
        for name in ["serial_number", "tracking_number", "request_type", "close_date"] {
            let form = match &detail[name] {
                serde_json::Value::Null if detail.get(name).is_none() => "absent",
                serde_json::Value::Null => "null",
                serde_json::Value::String(text) if text.is_empty() => "empty",
                _ => "there",
            };
            *forms.entry((name, form)).or_insert(0) += 1;
        }
    }
    for name in ["serial_number", "tracking_number", "close_date"] {
        for form in ["absent", "null", "empty", "there"] {
            assert!(forms.contains_key(&(name, form)), "{name} is never {form}: {forms:?}");
        }
    }
}

#[test]
fn an_open_case_has_no_close_date_and_a_closed_one_has() {
    let mut sandbox = sandbox_of(1000);
    for detail in some_details(&mut sandbox, 200) {
        let closed = detail["status"] == "Closed";
        assert_eq!(detail["close_date"].as_str().is_some_and(|date| !date.is_empty()), closed, "{detail}");
    }
}

#[test]
fn lists_have_entry_numbers_and_no_technology_and_summaries_have_both() {
    let mut sandbox = sandbox_of(1000);
    let page = some_page(&mut sandbox);
    for (place, case) in page["cases"].as_array().expect("cases").iter().enumerate() {
        assert_eq!(case["item_entry_id"], place + 1);
        assert!(case.get("technology_name").is_none() && case.get("sub_technology_name").is_none());
    }
    let summary = raw(&get(&mut sandbox, &format!("{SUMMARY}/682299374")));
    assert_eq!(summary["cases"][0]["item_entry_id"], 1);
    assert!(summary["cases"][0]["technology_name"].is_string());
}

#[test]
fn details_have_neither_flag_nor_entry_number() {
    for detail in some_details(&mut sandbox_of(1000), 50) {
        assert!(detail.get("status_flag").is_none() && detail.get("item_entry_id").is_none());
    }
}

#[test]
fn the_keys_of_details_come_in_varying_order_and_each_case_keeps_its_own() {
    let mut sandbox = sandbox_of(1000);
    let mut firsts = BTreeSet::new();
    for case in walk(&mut sandbox, &format!("{CONTRACTS}/1234567")).iter().take(60) {
        let url = format!("{DETAILS}/{}", case.case_id);
        let (one, two) = (get(&mut sandbox, &url).body, get(&mut sandbox, &url).body);
        assert_eq!(one, two);
        let text = String::from_utf8(one).expect("UTF-8");
        firsts.extend(text.split('"').nth(3).map(str::to_owned));
    }
    assert!(firsts.len() > 3, "{firsts:?}");
}

#[test]
fn undocumented_fields_appear_now_and_then() {
    let mut sandbox = sandbox_of(2000);
    let details = some_details(&mut sandbox, 400);
    let having = |name: &str| details.iter().filter(|detail| detail.get(name).is_some()).count();
    assert!((1..100).contains(&having("rma_numbers")), "{}", having("rma_numbers"));
    assert!((1..100).contains(&having("crashinfo")), "{}", having("crashinfo"));
}

#[test]
fn an_undocumented_status_occurs() {
    let mut sandbox = sandbox_of(20_000);
    let cases = walk(&mut sandbox, &format!("{CONTRACTS}/1234567?status_flag=O"));
    let statuses: BTreeSet<_> = cases.iter().map(|case| case.status.as_str()).collect();
    assert!(statuses.contains("Engineering Pending"), "{statuses:?}");
    assert_eq!(statuses.len(), 6, "all open statuses occur: {statuses:?}");
}

#[test]
fn notes_are_newest_first_mostly_without_heading_and_look_like_markup_at_times() {
    let mut sandbox = sandbox_of(1000);
    let (mut texts, mut headings, mut shared_dates) = (String::new(), 0, 0);
    for case in walk(&mut sandbox, &format!("{CONTRACTS}/1234567")).iter().take(100) {
        let answer = get(&mut sandbox, &format!("{DETAILS}/{}", case.case_id));
        let details = decode::case_details(&answer.body).expect("details");
        assert_eq!(details.issues, []);
        let detail = details.detail;
        assert!(!detail.notes.is_empty());
        assert!(detail.notes.windows(2).all(|pair| pair[0].creation_date >= pair[1].creation_date));
        assert!(detail.notes.iter().all(|note| note.creation_date <= detail.updated_date));
        assert!(detail.notes.last().is_some_and(|note| note.creation_date == detail.creation_date));
        headings += detail.notes.iter().filter(|note| !note.note.is_empty()).count();
        shared_dates += usize::from(detail.notes.windows(2).any(|pair| pair[0].creation_date == pair[1].creation_date));
        detail.notes.iter().for_each(|note| texts.push_str(&note.note_detail));
    }
    for wanted in ["<script>", "<img src=x onerror=alert(1)>", "\r\n", "É", "\t", "\u{1f389}", "\\", "\"", "&lt;"] {
        assert!(texts.to_uppercase().contains(&wanted.to_uppercase()), "{wanted:?} is in no note");
    }
    assert!(headings > 0 && shared_dates > 0, "{headings} {shared_dates}");
    assert!(!texts.contains('{'), "a template was not filled in");
}

#[test]
fn a_case_with_dozens_of_long_notes_occurs() {
    let mut sandbox = sandbox_of(3000);
    let longest = walk(&mut sandbox, &format!("{CONTRACTS}/1234567"))
        .iter()
        .map(|case| get(&mut sandbox, &format!("{DETAILS}/{}", case.case_id)))
        .max_by_key(|answer| answer.body.len())
        .expect("a case");
    let details = decode::case_details(&longest.body).expect("details");
    assert_eq!(details.issues, []);
    assert!(longest.body.len() > 100_000 && details.detail.notes.len() >= 60, "{}", longest.body.len());
}

#[test]
fn the_self_link_names_another_host_and_echoes_defaults() {
    let mut sandbox = sandbox_of(100);
    let mut link = |url: &str| page(&get(&mut sandbox, url)).pagination_response_record.self_link;
    assert_eq!(
        link(&format!("{CONTRACTS}/1234567")),
        "https://api.cisco.com/case/v3/cases/contracts/contract_ids/1234567?page_index=1&sort_by=UPDATED_DATE"
    );
    assert_eq!(
        link(&format!("{USERS}/directcust4?status_flag=O&date_created_from=2026-04-01T00%3A00%3A00Z&sort_by=")),
        "https://api.cisco.com/case/v3/cases/users/user_ids/directcust4?page_index=1&sort_by=UPDATED_DATE\
         &status_flag=O&date_created_from=2026-04-01T00:00:00Z"
    );
}

#[test]
fn the_title_is_the_method_s_name() {
    let mut sandbox = sandbox_of(100);
    for (url, title) in [
        (format!("{CONTRACTS}/1234567"), "Get Cases By Contract Id"),
        (format!("{USERS}/directcust4"), "Get Cases By User Id"),
    ] {
        assert_eq!(page(&get(&mut sandbox, &url)).pagination_response_record.title, title);
    }
}

#[test]
fn case_ids_have_nine_digits_and_begin_with_6_or_70() {
    for cases in [1, 7, 1000, 100_000] {
        for id in ids(&sandbox_of(cases), "case_ids") {
            assert!(id.len() == 9 && (id.starts_with('6') || id.starts_with("70")), "{id}");
        }
    }
}

#[test]
fn every_answer_has_a_message_id_of_its_own_and_no_validators() {
    let mut sandbox = sandbox_of(10);
    let urls = [&format!("{SUMMARY}/682299374"), &format!("{SUMMARY}/1"), TOKEN, "/", "/case/v3", "/__sandbox"];
    let mut ids = BTreeSet::new();
    for url in urls {
        let answer = get(&mut sandbox, url);
        assert_eq!(answer.header("Access-Control-Allow-Origin"), Some("(null)"), "{url}");
        assert_eq!(answer.header("Cache-Control"), Some("private"), "{url}");
        assert!(answer.header("Content-Type").is_some(), "{url}");
        for name in ["ETag", "Last-Modified", "Access-Control-Expose-Headers"] {
            assert_eq!(answer.header(name), None, "{url}");
        }
        ids.insert(answer.header("X-Mashery-Message-ID").expect(url).to_owned());
    }
    assert_eq!(ids.len(), urls.len() - 1, "only /__sandbox, which is no part of the service, repeats one");
}

#[test]
fn nobody_in_it_can_be_reached() {
    let mut sandbox = sandbox_of(1000);
    for detail in some_details(&mut sandbox, 200) {
        let mails = detail["contact_email_ids"].as_array().expect("a list").iter().chain([&detail["owner_email"]]);
        for mail in mails {
            assert!(mail.as_str().is_some_and(|mail| mail.ends_with("@example.com")), "{mail}");
        }
        for name in ["contact_business_phone_numbers", "contact_mobile_phone_numbers"] {
            for phone in detail[name].as_array().expect("a list") {
                let phone = phone.as_str().unwrap_or("");
                assert!(phone.contains("555-01") || phone.contains("555 01"), "{phone}");
            }
        }
    }
}
