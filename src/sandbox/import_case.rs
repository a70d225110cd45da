//! Validation of a case that a caller puts into the sandbox.

use super::OptionError;
use crate::decode;
use crate::model::{CaseDetail, CaseStatus, Severity, StatusFlag, Timestamp};
use crate::rules::{self, IdRule, Problem};
use crate::util::Json;
use alloc::{borrow::ToOwned, format, string::String, vec, vec::Vec};

/// Returns the id of the case to import.
pub(super) fn case_id(json: &Json) -> Result<String, OptionError> {
    let Json::Object(_) = json else { return Err(OptionError::new("case", "an object with a case_id", json)) };
    Ok(check_id("case_id", &IdRule::CASE, json)?.unwrap_or_default())
}

/// Builds the imported case: the existing details, overlaid with the given fields. Fields may have the form of Case
/// Details, of the lists, or of this package's records (including their `extra`).
pub(super) fn import(json: &Json, before: Option<Json>, now_ms: i64) -> Result<CaseDetail, OptionError> {
    let given = |name: &str| json.get(name).is_some_and(|value| *value != Json::Null);
    for (field, rule) in [("contract_id", &IdRule::CONTRACT), ("user_id", &IdRule::USER)] {
        if json.get(field).and_then(Json::as_str).is_some_and(|text| !text.trim().is_empty()) {
            check_id(field, rule, json)?;
        }
    }
    let flag = match json.get("status_flag") {
        None | Some(Json::Null) => None,
        // A record without a flag has been read so.
        Some(Json::String(text)) if text.is_empty() => None,
        Some(value) => {
            let flag = value.as_str().and_then(StatusFlag::from_text);
            Some(flag.ok_or_else(|| OptionError::new("status_flag", "\"O\" or \"C\"", value))?)
        }
    };
    let (has_status, has_close_date) = (given("status"), given("close_date"));
    let has_update = given("updated_date");
    let is_new = before.is_none();

    let mut case = decode_merged(json, before)?;
    // Requests look ids up without surrounding white space.
    for text in [&mut case.case_id, &mut case.contract_id, &mut case.user_id] {
        *text = text.trim().to_owned();
    }
    let now = Timestamp::from_unix_ms(now_ms);
    if is_new && case.creation_date.is_none() {
        // In whole seconds, as the service's, and as dates of requests.
        case.creation_date = Timestamp::from_unix_ms(now_ms.div_euclid(1000) * 1000);
    }
    if !has_update {
        case.updated_date = now.max(case.creation_date.clone());
    }
    if case.severity.is_none() {
        case.severity = Severity::new(3);
    }
    if !has_status {
        match flag {
            Some(StatusFlag::Closed) => case.status = CaseStatus::Closed,
            Some(StatusFlag::Open) if is_new || !case.is_open() => case.status = CaseStatus::CiscoPending,
            None if is_new => case.status = CaseStatus::CiscoPending,
            _ => {}
        }
    }
    if flag.is_some_and(|flag| (flag == StatusFlag::Open) != case.is_open()) {
        let expected = format!("a flag that agrees with the status \"{}\"", case.status.as_str());
        return Err(OptionError::new("status_flag", &expected, &Json::from(flag.map_or("", StatusFlag::as_str))));
    }
    if case.is_open() && !has_close_date {
        case.close_date = None;
    } else if !case.is_open() && case.close_date.is_none() {
        case.close_date.clone_from(&case.updated_date);
    }
    Ok(case)
}

/// Decodes the merged case. The decoder knows every field; its first issue is the error.
fn decode_merged(json: &Json, before: Option<Json>) -> Result<CaseDetail, OptionError> {
    let Json::Object(given) = json else { return Err(OptionError::new("case", "an object", json)) };
    let mut members = match before {
        Some(Json::Object(members)) => members,
        _ => vec![("severity".to_owned(), Json::from("3"))],
    };
    let mut overlay = |name: &str, value: &Json| match members.iter_mut().find(|(known, _)| known == name) {
        Some((_, member)) => member.clone_from(value),
        None => members.push((name.to_owned(), value.clone())),
    };
    for (name, value) in given {
        match (name.as_str(), value) {
            // These fields belong to a response, not to the case.
            ("item_entry_id" | "status_flag", _) => {}
            ("severity", Json::Null) => {}
            // This package's records keep undocumented fields in `extra`; the service has them among the other fields.
            ("extra", Json::Object(extra)) => extra.iter().for_each(|(name, value)| overlay(name, value)),
            (name, value) => overlay(name, value),
        }
    }
    let document = Json::object([("caseDetail", Json::Object(members))]);
    let read = decode::case_details(document.to_json_string().as_bytes())
        .map_err(|fault| OptionError { field: "case".to_owned(), message: format!("case: {fault}") })?;
    match read.issues.into_iter().next() {
        Some(issue) => {
            let field = issue.path.strip_prefix("caseDetail.").unwrap_or(&issue.path);
            Err(OptionError::new(field, &issue.expected, issue.value.as_ref().unwrap_or(&Json::Null)))
        }
        None => Ok(read.detail),
    }
}

fn check_id(field: &str, rule: &IdRule, json: &Json) -> Result<Option<String>, OptionError> {
    let mut problems: Vec<Problem> = Vec::new();
    let ids = rules::validate_id(field, rule, json.get(field), &mut problems);
    match problems.into_iter().next() {
        Some(problem) => Err(OptionError::new(field, &problem.expected, &problem.value)),
        None => Ok(ids.into_iter().next()),
    }
}
