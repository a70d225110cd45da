//! Schemas of the parameters of the four calls.
//!
//! A value that a schema accepts is accepted by the rules too, except for two dates that are too far apart: JSON Schema
//! cannot compare them. The rules accept more: spaces around an id, and a page index as text.

use super::builder::{Named, at_most, closed_record, described, one_of, with};
use crate::undescribed;
use cisco_support_case::endpoint::{ENDPOINTS, Endpoint, Param, ParamRole, SORT_OPTIONS};
use cisco_support_case::model::StatusFlag;
use cisco_support_case::rules::{IdRule, MAX_PAGE_INDEX};
use serde_json::{Map, Value, json};

/// One segment of a path without commas, and neither `.` nor `..`.
const ID_PATTERN: &str = r"^(\.*[^.\s,/\\\x00-\x1f\x7f-\x9f][^\s,/\\\x00-\x1f\x7f-\x9f]*|\.{3,})$";

/// The names of the parameter types. Each has a schema file.
pub(super) fn roots() -> Vec<&'static str> {
    ENDPOINTS.map(|endpoint| endpoint.ts_params_type).to_vec()
}

/// The schemas of the parameter types, as objects.
pub(super) fn definitions() -> Vec<Named> {
    ENDPOINTS.map(|endpoint| (endpoint.ts_params_type, of_call(endpoint))).to_vec()
}

fn of_call(endpoint: &Endpoint) -> Value {
    let doc = format!(
        "Parameters of {}. {} (Case API v3, \"{}\".)",
        endpoint.operation_id, endpoint.description, endpoint.spec_section
    );
    let members: Map<_, _> = endpoint.params.iter().map(|param| (param.name.to_owned(), of_member(param))).collect();
    let required: Vec<_> = endpoint.params.iter().filter(|param| is_required(param)).map(|param| param.name).collect();
    closed_record(endpoint.ts_params_type, &doc, members.into(), &required)
}

/// Whether a call needs the parameter.
pub(super) fn is_required(param: &Param) -> bool {
    matches!(param.role, ParamRole::IdList(_) | ParamRole::SingleId(_))
}

/// The schema of a member: an optional one may also be absent, `null` or `""`.
fn of_member(param: &Param) -> Value {
    let schema = match param.role {
        ParamRole::IdList(_) | ParamRole::SingleId(_) => value_of(param),
        ParamRole::PageIndex => json!({ "anyOf": [value_of(param), { "type": "null" }] }),
        // A date alone is a whole day. What is sent has a time.
        ParamRole::CreatedFrom | ParamRole::CreatedTo => {
            let day = json!({ "type": "string", "format": "date" });
            json!({ "anyOf": [value_of(param), day, { "type": "string", "maxLength": 0 }, { "type": "null" }] })
        }
        _ => json!({ "anyOf": [value_of(param), { "type": "string", "maxLength": 0 }, { "type": "null" }] }),
    };
    described(schema, param.description)
}

/// The schema of the value that is sent, if one is sent.
pub(super) fn value_of(param: &Param) -> Value {
    match param.role {
        ParamRole::IdList(rule) => {
            json!({ "type": "array", "minItems": 1, "maxItems": rule.max_ids, "items": id(rule) })
        }
        ParamRole::SingleId(rule) => id(rule),
        ParamRole::SortBy => one_of(SORT_OPTIONS),
        ParamRole::CreatedFrom | ParamRole::CreatedTo => json!({ "type": "string", "format": "date-time" }),
        ParamRole::StatusFlag => one_of(StatusFlag::ALL.map(StatusFlag::as_str)),
        ParamRole::PageIndex => json!({ "type": "integer", "minimum": 1, "maximum": MAX_PAGE_INDEX }),
        kind => undescribed(kind),
    }
}

fn id(rule: IdRule) -> Value {
    let schema = at_most(json!({ "type": "string" }), u32::try_from(rule.max_length).ok());
    with(schema, json!({ "pattern": ID_PATTERN }))
}
