//! serde's traits of the model agree with the decoder.

use crate::differential::runner::documents;
use crate::fixtures::fixture;
use cisco_support_case::decode::{self, CaseDetailResult};
use cisco_support_case::model::{
    CaseDetail, CaseNote, CaseRecord, CaseStatus, CaseSummaryResult, CasesPage, DocumentKind, Issue, PaginationRecord,
    Record, Severity, StatusFlag, Timestamp, write_record,
};
use cisco_support_case::util::Json;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, from_str, json, to_string, to_value};
use std::fmt::Debug;

/// Numbers of undocumented fields after a round trip through a double.
trait InFloats {
    fn in_floats(self) -> Self;
}

impl InFloats for Json {
    fn in_floats(self) -> Json {
        match self {
            Json::Number(text) => match text.parse::<f64>() {
                _ if text.parse::<i64>().is_ok() && text != "-0" || text.parse::<u64>().is_ok() => Json::Number(text),
                Ok(number) if number.is_finite() => Json::Number(format!("{number:?}")),
                _ => Json::String(text),
            },
            Json::Array(items) => Json::Array(items.into_iter().map(Json::in_floats).collect()),
            Json::Object(members) => Json::Object(extra(members)),
            other => other,
        }
    }
}

fn extra(members: Vec<(String, Json)>) -> Vec<(String, Json)> {
    members.into_iter().map(|(name, value)| (name, value.in_floats())).collect()
}

fn all<T: InFloats>(items: Vec<T>) -> Vec<T> {
    items.into_iter().map(T::in_floats).collect()
}

impl InFloats for Issue {
    fn in_floats(mut self) -> Issue {
        self.value = self.value.map(InFloats::in_floats);
        self
    }
}

macro_rules! records_in_floats {
    ($($record:ident),+) => {$(
        impl InFloats for $record {
            fn in_floats(mut self) -> $record {
                self.extra = extra(self.extra);
                self
            }
        }
    )+};
}

records_in_floats!(CaseRecord, CaseNote, PaginationRecord);

impl InFloats for CaseDetail {
    fn in_floats(mut self) -> CaseDetail {
        (self.extra, self.notes) = (extra(self.extra), all(self.notes));
        self
    }
}

impl InFloats for CaseSummaryResult {
    fn in_floats(mut self) -> CaseSummaryResult {
        (self.cases, self.issues) = (all(self.cases), all(self.issues));
        self
    }
}

impl InFloats for CasesPage {
    fn in_floats(mut self) -> CasesPage {
        self.pagination_response_record = self.pagination_response_record.in_floats();
        (self.cases, self.issues) = (all(self.cases), all(self.issues));
        self
    }
}

impl InFloats for CaseDetailResult {
    fn in_floats(mut self) -> CaseDetailResult {
        (self.detail, self.issues) = (self.detail.in_floats(), all(self.issues));
        self
    }
}

/// Serializes and deserializes a value. `Debug` shows more than `==`, which compares dates by their instants.
fn goes_there_and_back<T: Serialize + DeserializeOwned + Debug + InFloats>(value: T) -> String {
    let text = to_string(&value).unwrap();
    let back: T = from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
    assert_eq!(format!("{back:?}"), format!("{:?}", value.in_floats()), "{text}");
    assert_eq!(to_string(&back).unwrap(), text, "the second time nothing changes");
    text
}

/// Asserts that the record has the package's form, where a missing enumeration value is `0` or `""`.
fn is_as_the_package_has_it<R: Record + Serialize>(record: &R) {
    let mut ours = to_value(record).unwrap();
    let mut text = String::new();
    write_record(&mut text, record);
    let mut theirs: Value = match from_str(&text) {
        Ok(theirs) => theirs,
        // Numbers of undocumented fields may exceed a double.
        Err(error) => return assert!(error.to_string().contains("number out of range"), "{error}: {text}"),
    };
    for (name, missing) in [("severity", json!(0)), ("status_flag", json!(""))] {
        if theirs[name] == missing {
            theirs[name] = Value::Null;
        }
    }
    // Undocumented fields are compared above, since their numbers are text there.
    for value in [&mut ours, &mut theirs] {
        value["extra"] = Value::Null;
        for note in value.get_mut("notes").and_then(Value::as_array_mut).into_iter().flatten() {
            note["extra"] = Value::Null;
        }
    }
    assert_eq!(ours, theirs);
    let mut names: Vec<_> = ours.as_object().unwrap().keys().map(String::as_str).collect();
    let fields = R::FIELDS.iter().map(|field| field.name);
    let mut expected: Vec<_> = fields.chain(["extra"]).collect();
    names.sort_unstable();
    expected.sort_unstable();
    assert_eq!(names, expected);
}

#[test]
fn random_documents_are_the_same_after_they_were_written_and_read() {
    let (mut read, mut with_extra) = (0, 0);
    for seed in 0..40 {
        for (shape, body) in documents(seed, 4000) {
            let text = match shape {
                DocumentKind::Summary => decode::case_summary(&body).map(|summary| {
                    summary.cases.iter().for_each(is_as_the_package_has_it);
                    goes_there_and_back(summary)
                }),
                DocumentKind::Page => decode::cases_page(&body).map(|page| {
                    page.cases.iter().for_each(is_as_the_package_has_it);
                    is_as_the_package_has_it(&page.pagination_response_record);
                    goes_there_and_back(page)
                }),
                DocumentKind::Details => decode::case_details(&body).map(|details| {
                    is_as_the_package_has_it(&details.detail);
                    details.detail.notes.iter().for_each(is_as_the_package_has_it);
                    goes_there_and_back(details)
                }),
            };
            if let Ok(text) = text {
                read += 1;
                with_extra += usize::from(text.matches("\"extra\":{\"").count() > 0);
            }
        }
    }
    assert!(read > 500 && with_extra > 50, "{read} documents were read, {with_extra} with fields of their own");
}

#[test]
fn a_record_is_written_by_the_names_of_the_service() {
    let summary = decode::case_summary(&fixture("case-summary")).unwrap();
    let value = to_value(&summary).unwrap();
    assert_eq!((&value["count"], &value["issues"]), (&json!(1), &json!([])));
    let case = &value["cases"][0];
    assert_eq!((&case["case_id"], &case["severity"]), (&json!("612345678"), &json!(3)));
    assert_eq!((&case["status_flag"], &case["status"]), (&json!("C"), &json!("Closed")));
    assert_eq!(case["creation_date"], json!("2017-05-09T20:08:45.000Z"));
    assert_eq!((&case["rmas"], &case["extra"]), (&json!([]), &json!({})));
    let empty = to_value(CaseRecord::default()).unwrap();
    for name in ["severity", "status_flag", "creation_date", "item_entry_id"] {
        assert_eq!(empty[name], Value::Null, "{name}");
    }
}

#[test]
fn a_field_that_is_left_out_or_null_is_missing_and_an_unknown_one_is_passed_over() {
    let text = r#"{"case_id":"612345678","title":null,"rmas":null,"severity":null,"new_field":[1,{"a":2}]}"#;
    let case: CaseRecord = from_str(text).unwrap();
    let mut expected = CaseRecord::default();
    expected.case_id = "612345678".to_owned();
    assert_eq!(case, expected);
    assert_eq!(from_str::<CaseDetail>("{}").unwrap(), CaseDetail::default());
}

#[test]
fn a_value_that_is_none_is_refused_by_what_it_should_be() {
    let refused = |text: &str| from_str::<CaseRecord>(text).unwrap_err().to_string();
    assert!(refused(r#"{"severity":5}"#).contains("a severity, 1 to 4"));
    assert!(refused(r#"{"status_flag":"X"}"#).contains("a status flag, O or C"));
    assert!(refused(r#"{"creation_date":"yesterday"}"#).contains("an RFC 3339 date and time"));
    assert!(refused("[]").contains("a CaseRecord"));
    assert!(refused(r#"{"extra":[]}"#).contains("an object of fields that are not documented"));
    for number in ["0", "-1", "256", "1.5", "\"3\""] {
        assert!(from_str::<Severity>(number).is_err(), "{number}");
    }
}

#[test]
fn single_values_are_as_in_records() {
    assert_eq!(to_string(&Severity::ALL).unwrap(), "[1,2,3,4]");
    assert_eq!(to_string(&StatusFlag::ALL).unwrap(), r#"["O","C"]"#);
    assert_eq!(from_str::<StatusFlag>("\"O\"").unwrap(), StatusFlag::Open);
    for status in CaseStatus::documented().chain(["Waiting for Parts", ""]) {
        let back: CaseStatus = from_str(&to_string(&CaseStatus::from(status)).unwrap()).unwrap();
        assert_eq!(back, CaseStatus::from(status));
    }
    let date = Timestamp::parse("2026-01-01T02:00:00.5+02:00").unwrap();
    assert_eq!(to_string(&date).unwrap(), "\"2026-01-01T02:00:00.5+02:00\"");
}

#[test]
fn numbers_keep_what_64_bits_hold() {
    let cases = [
        ("9223372036854775807", "9223372036854775807"),
        ("-9223372036854775808", "-9223372036854775808"),
        ("18446744073709551615", "18446744073709551615"),
        ("2.50", "2.5"),
        ("-0", "-0.0"),
        ("1e2", "100.0"),
        ("18446744073709551616", "1.8446744073709552e19"),
        ("1e400", "\"1e400\""),
    ];
    for (text, expected) in cases {
        let json = decode::json(text.as_bytes()).unwrap();
        assert_eq!(to_string(&json).unwrap().replace("e+", "e"), expected, "{text}");
    }
}
