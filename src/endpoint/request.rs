//! Requests that are valid by construction.

use super::{Endpoint, Param, ParamRole, SORT_OPTIONS, percent_encode};
use crate::model::{StatusFlag, Timestamp};
use crate::rules::{self, Problem, ProblemList};
use crate::util::{Json, ObjectWriter, join, push_decimal, push_rfc3339_utc, text, write_array, write_string};
use alloc::{borrow::ToOwned, string::String, vec::Vec};

/// A request that is valid by construction: [`Endpoint::check`] returns it.
///
/// ```
/// use cisco_support_case::{endpoint::CASE_SUMMARY, util::Json};
/// let params = Json::object([("case_ids", Json::from(vec![" 612345678", "612345679"])), ("sort_by", Json::from(""))]);
/// let request = CASE_SUMMARY.check(&params).unwrap();
/// assert_eq!(request.path_and_query(), "/cases/case_ids/612345678,612345679");
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Request {
    /// The requested endpoint.
    pub endpoint: &'static Endpoint,
    /// The ids in the path, trimmed, in the caller's order.
    pub ids: Vec<String>,
    /// The parameter `date_created_from`.
    pub date_created_from: Option<Timestamp>,
    /// The parameter `date_created_to`.
    pub date_created_to: Option<Timestamp>,
    /// The parameter `status_flag`.
    pub status_flag: Option<StatusFlag>,
    /// The parameter `sort_by`.
    pub sort_by: Option<&'static str>,
    /// The parameter `page_index`.
    pub page_index: Option<u32>,
}

impl Endpoint {
    /// Checks parameters, an object of the service's own names. Returns a request, or all problems.
    pub fn check(&'static self, params: &Json) -> Result<Request, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut request = self.request(Vec::new());
        match params {
            Json::Object(members) => {
                for (name, value) in members.iter().filter(|(name, _)| self.params.iter().all(|p| p.name != name)) {
                    problems.report(|| {
                        let names = join(&mut self.params.iter().map(|p| p.name), ", ");
                        Problem::new(name, "INVALID_PARAMETER", text!("one of the parameters ", names), value)
                    });
                }
            }
            other => {
                let expected = text!("an object (", self.ts_params_type, ")");
                problems.push(Problem::new("params", "INVALID_PARAMETER", expected, other));
                return Err(problems);
            }
        }
        for Param { name, role, .. } in self.params {
            let value = params.get(name);
            match role {
                ParamRole::IdList(rule) => request.ids = rules::validate_ids(name, rule, value, &mut problems),
                ParamRole::SingleId(rule) => request.ids = rules::validate_id(name, rule, value, &mut problems),
                ParamRole::SortBy => {
                    request.sort_by =
                        rules::validate_enum(name, &SORT_OPTIONS, "INVALID_SORT_OPTION", value, &mut problems);
                }
                ParamRole::StatusFlag => {
                    let flags = StatusFlag::ALL.map(StatusFlag::as_str);
                    request.status_flag =
                        rules::validate_enum(name, &flags, "INVALID_STATUSFLAG", value, &mut problems)
                            .and_then(StatusFlag::from_text);
                }
                ParamRole::CreatedFrom => {
                    request.date_created_from = rules::validate_date(name, value, &mut problems);
                }
                ParamRole::CreatedTo => request.date_created_to = rules::validate_date(name, value, &mut problems),
                ParamRole::PageIndex => request.page_index = rules::validate_page_index(name, value, &mut problems),
            }
        }
        rules::validate_date_range(request.date_created_from.as_ref(), request.date_created_to.as_ref(), &mut problems);
        if problems.is_empty() { Ok(request) } else { Err(problems) }
    }

    /// Creates a request of ids that have been checked, without other parameters.
    pub(crate) fn request(&'static self, ids: Vec<String>) -> Request {
        Request {
            endpoint: self,
            ids,
            date_created_from: None,
            date_created_to: None,
            status_flag: None,
            sort_by: None,
            page_index: None,
        }
    }

    /// Returns the endpoint with this [`operation_id`](Endpoint::operation_id).
    pub fn from_operation_id(id: &str) -> Option<&'static Endpoint> {
        super::ENDPOINTS.into_iter().find(|endpoint| endpoint.operation_id == id)
    }
}

impl Request {
    /// Returns the path below the base address, with the query.
    ///
    /// Commas between ids are not encoded; everything else is percent-encoded. Parameters that were not given are
    /// omitted. Dates are in UTC, rounded down to whole seconds: the only form that the documentation shows, and creation
    /// dates of cases have no fractions either.
    pub fn path_and_query(&self) -> String {
        let mut out = self.endpoint.path_prefix().to_owned();
        for (index, id) in self.ids.iter().enumerate() {
            if index > 0 {
                out.push(',');
            }
            out.push_str(&percent_encode(id));
        }
        let mut separator = '?';
        for (name, date) in [("date_created_from", &self.date_created_from), ("date_created_to", &self.date_created_to)]
        {
            let mut text = String::new();
            if let Some(date) = date {
                push_rfc3339_utc(&mut text, date.unix_ms(), false);
            }
            push_param(&mut out, &mut separator, name, &text);
        }
        let mut page_index = String::new();
        if let Some(index) = self.page_index {
            push_decimal(&mut page_index, u64::from(index));
        }
        for (name, value) in [
            ("status_flag", self.status_flag.map_or("", StatusFlag::as_str)),
            ("sort_by", self.sort_by.unwrap_or("")),
            ("page_index", &page_index),
        ] {
            push_param(&mut out, &mut separator, name, value);
        }
        out
    }

    /// Returns the parameters as JSON, from which [`Endpoint::check`] creates the same request.
    pub fn params(&self) -> String {
        let mut out = String::new();
        let mut object = ObjectWriter::open(&mut out);
        match (self.endpoint.id_param(), self.ids.first()) {
            (Some(Param { name, role: ParamRole::SingleId(_), .. }), Some(id)) => object.string(name, id),
            (Some(Param { name, .. }), _) => write_array(object.name(name), &self.ids, |out, id| write_string(out, id)),
            (None, _) => {}
        }
        let texts = [
            ("date_created_from", self.date_created_from.as_ref().map(Timestamp::as_str)),
            ("date_created_to", self.date_created_to.as_ref().map(Timestamp::as_str)),
            ("status_flag", self.status_flag.map(StatusFlag::as_str)),
            ("sort_by", self.sort_by),
        ];
        for (name, text) in texts {
            if let Some(text) = text {
                object.string(name, text);
            }
        }
        if let Some(index) = self.page_index {
            object.number("page_index", Some(index));
        }
        object.close();
        out
    }

    /// Returns the same request for another page.
    pub fn page(&self, page_index: u32) -> Request {
        Request { page_index: Some(page_index), ..self.clone() }
    }
}

/// Appends a parameter of the query, unless it has no value. The next one is separated by `&`.
fn push_param(out: &mut String, separator: &mut char, name: &str, value: &str) {
    if !value.is_empty() {
        out.push(core::mem::replace(separator, '&'));
        out.push_str(name);
        out.push('=');
        out.push_str(&percent_encode(value));
    }
}
