//! The fixtures decode as the documentation describes them.

use cisco_support_case::decode::{self, case_details, case_summary, cases_page};
use cisco_support_case::model::{CaseStatus, Severity, StatusFlag};
use cisco_support_case::util::Json;

pub fn fixture(name: &str) -> Vec<u8> {
    let path = format!("{}/tests/fixtures/{name}.json", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

pub fn fixtures() -> Vec<Vec<u8>> {
    let folder = format!("{}/tests/fixtures", env!("CARGO_MANIFEST_DIR"));
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let documents = paths.filter(|path| path.extension().is_some_and(|extension| extension == "json"));
    documents.map(|path| std::fs::read(path).unwrap()).collect()
}

#[test]
fn the_summary_sample_is_read_whole() {
    let summary = case_summary(&fixture("case-summary")).unwrap();
    assert_eq!(summary.count, 1);
    assert!(summary.issues.is_empty());
    let case = &summary.cases[0];
    assert_eq!(case.item_entry_id, Some(1));
    assert_eq!(case.user_id, "synthuser4");
    assert_eq!(case.case_id, "612345678");
    assert_eq!(case.severity, Severity::new(3));
    assert_eq!(case.status_flag, Some(StatusFlag::Closed));
    assert_eq!(case.status, CaseStatus::Closed);
    assert_eq!(case.creation_date.as_ref().unwrap().as_str(), "2017-05-09T20:08:45.000Z");
    assert_eq!(case.updated_date.as_ref().unwrap().unix_ms(), 1_494_615_114_000);
    assert_eq!(case.technology_name, "Smart Services Capabilities");
    assert!(case.rmas.is_empty() && case.extra.is_empty());
    assert!(!case.is_open());
}

#[test]
fn the_details_sample_is_read_whole() {
    let result = case_details(&fixture("case-details")).unwrap();
    assert!(result.issues.is_empty(), "{:?}", result.issues);
    let detail = result.detail;
    assert_eq!(detail.contact_email_ids, ["contact@customer.example"]);
    assert_eq!(detail.contact_business_phone_numbers, ["555-0142/2001"]);
    assert_eq!(detail.close_date.as_ref().unwrap().as_str(), "2017-05-11T18:43:56.000Z");
    assert_eq!(detail.notes.len(), 2);
    assert_eq!(detail.notes[1].note_detail, "duplicate case, 612345679");
    assert!(detail.extra.is_empty());
}

#[test]
fn both_lists_samples_are_read_whole() {
    for (name, title) in [("cases-by-contract", "Get Cases By Contract Id"), ("cases-by-user", "Get Cases By User Id")]
    {
        let page = cases_page(&fixture(name)).unwrap();
        assert!(page.issues.is_empty(), "{:?}", page.issues);
        let record = &page.pagination_response_record;
        assert_eq!((record.last_index, record.page_index, record.page_records, record.total_records), (1, 1, 1, 1));
        assert_eq!(record.title, title);
        // Longer than the documented 120 characters, but accepted.
        assert!(record.self_link.len() > 120);
        assert_eq!(page.cases[0].technology_name, "");
        assert!(page.cases[0].is_open());
    }
}

#[test]
fn an_empty_list_has_one_page() {
    let page = cases_page(&fixture("empty-list-has-one-page")).unwrap();
    assert!(page.cases.is_empty() && page.issues.is_empty());
    assert_eq!(page.pagination_response_record.last_index, 1);
}

#[test]
fn a_page_that_says_another_number_of_records_is_reported() {
    let page = cases_page(&fixture("pagination-of-six-pages")).unwrap();
    assert_eq!(page.pagination_response_record.total_records, 545);
    assert!(page.issues.is_empty());
}

#[test]
fn missing_text_comes_in_three_ways_and_means_the_same() {
    let summary = case_summary(&fixture("missing-text-comes-in-three-ways")).unwrap();
    assert!(summary.issues.is_empty(), "{:?}", summary.issues);
    for case in &summary.cases {
        assert_eq!(case.serial_number, "");
        assert_eq!(case.contract_id, "");
        assert_eq!(case.updated_date, None);
        assert!(case.rmas.is_empty() && case.bugs.is_empty());
    }
}

#[test]
fn an_open_case_has_no_close_date_and_unknown_fields_are_kept() {
    let result = case_details(&fixture("open-case-has-no-close-date")).unwrap();
    assert!(result.issues.is_empty(), "{:?}", result.issues);
    let detail = result.detail;
    assert_eq!(detail.close_date, None);
    assert!(detail.is_open());
    assert_eq!(detail.severity, Severity::new(2), "an int is read as well as text");
    assert_eq!(detail.notes[0].note_detail, "<b>café</b> & <script>alert(1)</script>\r\nnext line\nlast line 🛠");
    let names: Vec<_> = detail.extra.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["rma_numbers", "crashinfo"]);
    assert_eq!(detail.extra[0].1, Json::Array(vec![Json::from("800012345")]));
}

#[test]
fn odd_records_are_reported_and_hide_no_good_one() {
    let summary = case_summary(&fixture("odd-records-beside-a-good-one")).unwrap();
    assert_eq!(summary.cases.len(), 3, "what is no object is left out");
    let odd = &summary.cases[0];
    assert_eq!(odd.severity, None);
    assert_eq!(odd.updated_date, None);
    assert_eq!(odd.status_flag, None);
    assert_eq!(odd.status.as_str(), "Waiting for Parts", "an unknown status is kept, and is no issue");
    assert_eq!(summary.cases[1].severity, Severity::new(2));
    assert_eq!(summary.cases[2].title, "5", "a number stands for its digits");
    assert_eq!(summary.cases[2].rmas, ["800012345"]);
    let issues: Vec<_> = summary.issues.iter().map(|issue| (issue.case_id.as_str(), issue.path.as_str())).collect();
    assert_eq!(
        issues,
        [
            ("612345671", "cases[0].severity"),
            ("612345671", "cases[0].updated_date"),
            ("612345671", "cases[0].status_flag"),
            ("", "cases[2].rmas[1]"),
            ("", "cases[2].case_id"),
            ("", "cases[3]"),
            ("", "count"),
        ]
    );
    let body = fixture("odd-records-beside-a-good-one");
    let at = summary.issues[0].offset;
    assert_eq!(&body[at..at + 3], b"\"9\"", "the offset points at the value");
}

#[test]
fn every_fixture_is_legal_json_for_another_reader_too() {
    let fixtures = fixtures();
    for body in &fixtures {
        let text = String::from_utf8_lossy(body);
        assert!(serde_json::from_slice::<serde_json::Value>(body).is_ok(), "{text}");
        assert!(decode::json(body).is_ok(), "{text}");
    }
    assert!(fixtures.len() >= 8);
}
