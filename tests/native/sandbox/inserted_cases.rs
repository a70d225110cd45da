//! Cases that a caller inserts into the sandbox.

use super::*;

fn detail(sandbox: &mut Sandbox, id: &str) -> cisco_support_case::model::CaseDetail {
    let answer = get(sandbox, &format!("{DETAILS}/{id}"));
    decode::case_details(&answer.body).expect("details").detail
}

#[test]
fn a_new_case_is_in_the_lists_of_its_contract_and_its_user() {
    let mut sandbox = sandbox_of(100);
    sandbox
        .put(&json(
            r#"{"case_id":" 700000001","contract_id":" 55","user_id":"NewOne ","title":"<new>","severity":1,
                "notes":[{"note":"","note_detail":"first","created_by":"x","creation_date":"2026-06-01T00:00:00Z"}],
                "whatever":{"a":[1]}}"#,
        ))
        .expect("a case");
    for url in [format!("{CONTRACTS}/55"), format!("{USERS}/newone")] {
        let cases = walk(&mut sandbox, &url);
        assert_eq!((cases.len(), cases[0].title.as_str(), cases[0].is_open()), (1, "<new>", true), "{url}");
    }
    let detail = detail(&mut sandbox, "700000001");
    assert_eq!((detail.notes.len(), detail.user_id.as_str()), (1, "NewOne"));
    assert_eq!(detail.extra.len(), 1);
    assert_eq!(number(&sandbox.info(), "cases"), 101);
}

#[test]
fn a_new_case_is_created_at_a_whole_second() {
    let mut sandbox = sandbox_of(10);
    sandbox.advance(345);
    sandbox.put(&json(r#"{"case_id":"700000002","contract_id":"55"}"#)).expect("a case");
    let until_now = "date_created_from=2026-06-01T12:00:00Z&date_created_to=2026-06-01T12:00:00Z";
    let cases = walk(&mut sandbox, &format!("{CONTRACTS}/55?{until_now}"));
    let created = cases.iter().map(|case| case.creation_date.as_ref().map(Timestamp::utc)).collect::<Vec<_>>();
    assert_eq!(created, [Some("2026-06-01T12:00:00Z".to_owned())]);
}

#[test]
fn an_update_moves_a_case_to_the_end_of_its_lists() {
    let mut sandbox = sandbox_of(500);
    let before = walk(&mut sandbox, &format!("{CONTRACTS}/1234567"));
    let first = &before[0];
    sandbox.advance(1000);
    sandbox.put(&json(&format!(r#"{{"case_id":"{}","title":"moved"}}"#, first.case_id))).expect("a case");
    let after = walk(&mut sandbox, &format!("{CONTRACTS}/1234567"));
    assert_eq!(after.len(), before.len());
    let last = after.last().expect("a case");
    assert_eq!((last.case_id.as_str(), last.title.as_str()), (first.case_id.as_str(), "moved"));
    assert_eq!(last.updated_date.as_ref().map(Timestamp::utc).as_deref(), Some("2026-06-01T12:00:01Z"));
    assert_eq!((&last.serial_number, last.severity), (&first.serial_number, first.severity));
}

#[test]
fn closing_and_reopening_keep_flag_status_and_dates_together() {
    let mut sandbox = sandbox_of(500);
    let open = walk(&mut sandbox, &format!("{USERS}/directcust4?status_flag=O")).swap_remove(0).case_id;
    let count = number(&sandbox.info(), "open");
    sandbox.put(&json(&format!(r#"{{"case_id":"{open}","status_flag":"C"}}"#))).expect("closed");
    let closed = detail(&mut sandbox, &open);
    assert_eq!((closed.status.as_str(), closed.close_date), ("Closed", closed.updated_date));
    assert_eq!(number(&sandbox.info(), "open"), count - 1);
    sandbox.put(&json(&format!(r#"{{"case_id":"{open}","status":"Customer Pending"}}"#))).expect("reopened");
    // A record is read with an empty flag if the service sends none.
    sandbox.put(&json(&format!(r#"{{"case_id":"{open}","status_flag":""}}"#))).expect("a record without a flag");
    let reopened = detail(&mut sandbox, &open);
    assert_eq!((reopened.is_open(), reopened.close_date), (true, None));
    assert_eq!(number(&sandbox.info(), "open"), count);
}

#[test]
fn what_a_client_read_can_be_put_back_any_number_of_times() {
    let mut sandbox = sandbox_of(300);
    for id in ids(&sandbox, "case_ids") {
        let before = detail(&mut sandbox, &id);
        for _ in 0..70 {
            let mut text = String::new();
            cisco_support_case::model::write_record(&mut text, &detail(&mut sandbox, &id));
            sandbox.put(&json(&text)).expect(&id);
        }
        let after = detail(&mut sandbox, &id);
        assert_eq!(
            (after.notes.len(), &after.title, &after.updated_date),
            (before.notes.len(), &before.title, &before.updated_date)
        );
        assert_eq!(after.extra, before.extra);
    }
}

#[test]
fn lists_stay_in_order_whatever_is_put() {
    let mut sandbox = sandbox_of(400);
    let known: Vec<String> = ids(&sandbox, "user_ids");
    let cases: Vec<_> =
        known.chunks(10).flat_map(|batch| walk(&mut sandbox, &format!("{USERS}/{}", batch.join(",")))).collect();
    for (step, case) in cases.iter().cycle().take(1500).enumerate() {
        sandbox.advance(u64::from(step as u32 % 3) * 1000);
        let contract = ["1234567", "77", "", "4"][step % 4];
        let status = ["Closed", "Brand New Status", "Customer Pending", "Close Pending", "Another"][step % 5];
        let put = format!(r#"{{"case_id":"{}","contract_id":"{contract}","status":"{status}"}}"#, case.case_id);
        sandbox.put(&json(&put)).expect("a case");
    }
    let (mut total, mut open) = (0, 0);
    for batch in known.chunks(10) {
        let list = walk(&mut sandbox, &format!("{USERS}/{}", batch.join(",")));
        assert!(list.windows(2).all(|pair| pair[0].updated_date <= pair[1].updated_date));
        let by_status = walk(&mut sandbox, &format!("{USERS}/{}?sort_by=STATUS", batch.join(",")));
        assert!(by_status.windows(2).all(|pair| pair[0].status.as_str() <= pair[1].status.as_str()));
        total += list.len();
        open += list.iter().filter(|case| case.is_open()).count();
    }
    assert_eq!((total, open as u64), (400, number(&sandbox.info(), "open")));
}

#[test]
fn what_is_wrong_with_a_case_is_said_by_name_and_nothing_changes() {
    let mut sandbox = sandbox_of(100);
    let before = get(&mut sandbox, &format!("{DETAILS}/682299374")).body;
    for (case, field) in [
        ("{}", "case_id"),
        ("[]", "case"),
        (r#"{"case_id":7}"#, "case_id"),
        (r#"{"case_id":"a/b"}"#, "case_id"),
        (r#"{"case_id":"682299374","severity":5}"#, "severity"),
        (r#"{"case_id":"682299374","updated_date":"now"}"#, "updated_date"),
        (r#"{"case_id":"682299374","rmas":"8000"}"#, "rmas"),
        (r#"{"case_id":"682299374","notes":[{"creation_date":"x"}]}"#, "notes[0].creation_date"),
        (r#"{"case_id":"682299374","contract_id":"1,2"}"#, "contract_id"),
        (r#"{"case_id":"682299374","status_flag":"X"}"#, "status_flag"),
        (r#"{"case_id":"682299374","status_flag":"O","status":"Closed"}"#, "status_flag"),
    ] {
        let error = sandbox.put(&json(case)).expect_err(case);
        assert_eq!(error.field, field, "{error}");
    }
    assert_eq!(get(&mut sandbox, &format!("{DETAILS}/682299374")).body, before);
}
