//! What the four calls take.
//!
//! What a schema takes the rules take as well, but for two dates that are too far apart, which JSON Schema cannot say. The
//! rules forgive more: spaces around an id, and the digits of a page as text.

use super::word::{Named, about, any_of, at_most, of_type, one_of_texts, record, with};
use crate::undescribed;
use cisco_support_case::endpoint::{ENDPOINTS, Endpoint, Param, ParamKind, SORT_OPTIONS};
use cisco_support_case::model::StatusFlag;
use cisco_support_case::rules::{IdRule, MAX_PAGE_INDEX};
use cisco_support_case::util::Json;

/// One segment of a path between commas, and no step in a path.
const ID_PATTERN: &str = r"^(\.*[^.\s,/\\\x00-\x1f\x7f-\x9f][^\s,/\\\x00-\x1f\x7f-\x9f]*|\.{3,})$";

/// The parameters' types: each has a schema file of its own.
pub(super) fn roots() -> Vec<&'static str> {
    ENDPOINTS.map(|endpoint| endpoint.params_type).to_vec()
}

/// The schemas of the calls' parameters, as objects.
pub(super) fn definitions() -> Vec<Named> {
    ENDPOINTS.map(|endpoint| (endpoint.params_type, of_call(endpoint))).to_vec()
}

fn of_call(endpoint: &Endpoint) -> Json {
    let doc = format!("Parameters of {}. {} (Case API v3, \"{}\".)", endpoint.name, endpoint.doc, endpoint.title);
    let members: Vec<_> = endpoint.params.iter().map(|param| (param.name.to_owned(), of_member(param))).collect();
    let required = endpoint.params.iter().filter(|param| is_required(param)).map(|param| param.name).collect();
    record(endpoint.params_type, &doc, members, required, false)
}

/// Whether a call cannot do without it.
pub(super) fn is_required(param: &Param) -> bool {
    matches!(param.kind, ParamKind::Ids(_) | ParamKind::Id(_))
}

/// What a call takes: nothing at all, `null` and `""` where something may be left out.
fn of_member(param: &Param) -> Json {
    let nothing = || at_most(of_type("string"), Some(0));
    let schema = match param.kind {
        ParamKind::Ids(_) | ParamKind::Id(_) => value_of(param),
        ParamKind::PageIndex => any_of(vec![value_of(param), of_type("null")]),
        _ => any_of(vec![value_of(param), nothing(), of_type("null")]),
    };
    about(schema, param.doc)
}

/// What is sent, where something is sent.
pub(super) fn value_of(param: &Param) -> Json {
    match param.kind {
        ParamKind::Ids(rule) => {
            let bounds = [("minItems", Json::from(1_u32)), ("maxItems", Json::from(rule.max_ids))];
            with(with(of_type("array"), bounds), [("items", id(rule))])
        }
        ParamKind::Id(rule) => id(rule),
        ParamKind::SortBy => one_of_texts(SORT_OPTIONS),
        ParamKind::Date => with(of_type("string"), [("format", Json::from("date-time"))]),
        ParamKind::StatusFlag => one_of_texts(StatusFlag::ALL.map(StatusFlag::as_str)),
        ParamKind::PageIndex => {
            with(of_type("integer"), [("minimum", Json::from(1_u32)), ("maximum", Json::from(MAX_PAGE_INDEX))])
        }
        kind => undescribed(kind),
    }
}

fn id(rule: IdRule) -> Json {
    let length = u32::try_from(rule.max_length).ok();
    with(at_most(of_type("string"), length), [("pattern", Json::from(ID_PATTERN))])
}
