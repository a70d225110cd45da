//! The check of an overview's options.

use super::OverviewOptions;
use crate::rules::Problem;
use crate::util::{Json, parse_json};
use alloc::{borrow::ToOwned, vec::Vec};

/// The code of all problems: the options go to no service that could reject them.
const CODE: &str = "INVALID_PARAMETER";

impl OverviewOptions {
    /// Checks options in a JSON text. Returns them, or all of their problems; an empty object has none.
    ///
    /// ```
    /// use cisco_support_case::query::OverviewOptions;
    /// assert_eq!(OverviewOptions::parse(r#"{"weeks":8}"#).unwrap().weeks, 8);
    /// assert_eq!(OverviewOptions::parse(r#"{"top":-1}"#).unwrap_err()[0].field, "top");
    /// ```
    pub fn parse(text: &str) -> Result<OverviewOptions, Vec<Problem>> {
        let mut options = OverviewOptions::default();
        let mut problems = Vec::new();
        let members = match parse_json(text) {
            Ok(Json::Object(members)) => members,
            other => {
                problems.push(Problem::new("options", CODE, "an object", &other.unwrap_or_default()));
                Vec::new()
            }
        };
        for (name, value) in members {
            let bounds = |value: &Json| -> Option<Vec<i64>> {
                let Json::Array(items) = value else { return None };
                let bounds: Option<Vec<i64>> = items
                    .iter()
                    .map(|item| item.as_u64().filter(|days| *days <= 36_500).map(u64::cast_signed))
                    .collect();
                bounds.filter(|bounds| bounds.len() <= 20 && bounds.is_sorted_by(|a, b| a < b))
            };
            let number = |most| value.as_u64().filter(|number| *number <= most);
            let is_valid = match name.as_str() {
                "ageing_days" => bounds(&value).map(|bounds| options.ageing_days = bounds).is_some(),
                "quiet_days" => bounds(&value).map(|bounds| options.quiet_days = bounds).is_some(),
                "weeks" => number(520).map(|weeks| options.weeks = weeks as u32).is_some(),
                "top" => number(1000).map(|top| options.top = top as usize).is_some(),
                _ => {
                    problems.push(Problem::new(
                        &name,
                        CODE,
                        "ageing_days, quiet_days, weeks or top",
                        &Json::from(name.as_str()),
                    ));
                    true
                }
            };
            if !is_valid {
                let expected = match name.as_str() {
                    "weeks" => "a whole number from 0 to 520",
                    "top" => "a whole number from 0 to 1000",
                    _ => "an array of at most 20 ascending whole numbers of days from 0 to 36500",
                };
                problems.push(Problem::new(&name, CODE, expected.to_owned(), &value));
            }
        }
        if problems.is_empty() { Ok(options) } else { Err(problems) }
    }
}
