//! The validated parameters of a bulk call.

use super::CaseRow;
use super::case_rows::status_hash;
use crate::client::MIN_UNIX_MS;
use crate::endpoint::{CASE_DETAILS, CASE_SUMMARY, CASES_BY_CONTRACT, CASES_BY_USER, Endpoint};
use crate::model::{CaseStatus, StatusFlag};
use crate::paging::DateWindows;
use crate::rules::{self, IdRule, Problem};
use crate::util::{Append, DAY_MS, Json, StringMap, fnv1a_64, join, text};
use alloc::{borrow::ToOwned, string::String, vec, vec::Vec};

/// Start of a range without a start: 2000-01-01T00:00:00Z. No case of the service is older.
pub(crate) const EARLIEST_MS: i64 = 10_957 * DAY_MS;

/// The kinds of ids, with their rule and their endpoint.
pub(crate) const ID_KINDS: [(&str, IdRule, &Endpoint); 3] = [
    ("contract_ids", IdRule::CONTRACT, &CASES_BY_CONTRACT),
    ("user_ids", IdRule::USER, &CASES_BY_USER),
    ("case_ids", IdRule::CASE, &CASE_SUMMARY),
];

/// The operation of a bulk call.
///
/// ```
/// use cisco_support_case::bulk::{BulkOperation, BulkQuery};
/// use cisco_support_case::util::Json;
///
/// let params = Json::object([("case_ids", Json::from(vec!["612345678"]))]);
/// let ids_per_request = |operation| BulkQuery::check(&params, operation).map(|query| query.ids_per_request);
/// assert_eq!(ids_per_request(BulkOperation::AllCases), Ok(30));
/// assert_eq!(ids_per_request(BulkOperation::AllDetails), Ok(1));
/// assert!(ids_per_request(BulkOperation::Changes).is_err(), "changes are read from lists");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BulkOperation {
    /// Reads every case of contracts or users, or cases by their ids.
    AllCases,
    /// Reads the changes of contracts' or users' cases.
    Changes,
    /// Reads the details of cases.
    AllDetails,
}

/// The parameters of a bulk call: any number of ids, any date range.
///
/// ```
/// use cisco_support_case::bulk::{BulkOperation, BulkQuery};
/// use cisco_support_case::util::Json;
///
/// let ids = Json::from(vec!["1234567", "2345678", "1234567"]);
/// let params = Json::object([("contract_ids", ids), ("status_flag", Json::from("O"))]);
/// let query = BulkQuery::check(&params, BulkOperation::AllCases).unwrap();
/// assert_eq!(query.ids, ["1234567", "2345678"], "each id once");
/// assert_eq!(query.endpoint.operation_id, "casesByContract");
/// assert!(query.is_undated, "open cases are listed without dates");
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct BulkQuery {
    /// Endpoint of the requests.
    pub endpoint: &'static Endpoint,
    /// Name of the parameter of the ids.
    pub field: &'static str,
    /// Distinct ids, in the given order.
    pub ids: Vec<String>,
    /// Documented maximum number of ids per request.
    pub ids_per_request: u32,
    /// Start of the range of creation dates, in milliseconds since 1970 (UTC).
    pub from_ms: Option<i64>,
    /// End of the range of creation dates, in milliseconds since 1970 (UTC).
    pub to_ms: Option<i64>,
    /// Restriction to open or to closed cases.
    pub status_flag: Option<StatusFlag>,
    /// Whether lists are requested without dates.
    pub is_undated: bool,
    /// Filter of the received cases.
    pub filter: CaseFilter,
}

/// A filter of the received cases by severity and status, which the service does not offer.
///
/// ```
/// use cisco_support_case::bulk::{BulkOperation, BulkQuery, CaseRow};
/// use cisco_support_case::util::Json;
///
/// let severity = Json::object([("severity", Json::from(1_u32))]);
/// let params = Json::object([("contract_ids", Json::from(vec!["1234567"])), ("where", severity)]);
/// let filter = BulkQuery::check(&params, BulkOperation::AllCases).unwrap().filter;
/// assert!(filter.matches(&CaseRow { severity: 1, ..CaseRow::default() }));
/// assert!(!filter.matches(&CaseRow { severity: 3, ..CaseRow::default() }));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CaseFilter {
    pub(super) severities: Vec<u32>,
    pub(super) statuses: Vec<String>,
}

impl CaseFilter {
    /// Whether the filter excludes any case.
    pub fn is_active(&self) -> bool {
        !self.severities.is_empty() || !self.statuses.is_empty()
    }

    /// Whether a case matches the filter.
    pub fn matches(&self, case: &CaseRow) -> bool {
        (self.severities.is_empty() || self.severities.contains(&case.severity))
            && (self.statuses.is_empty() || self.statuses.iter().any(|status| status_hash(status) == case.status))
    }
}

impl BulkQuery {
    /// Validates the parameters of a bulk call.
    ///
    /// ```
    /// use cisco_support_case::bulk::{BulkOperation, BulkQuery};
    /// use cisco_support_case::util::Json;
    ///
    /// let problems = BulkQuery::check(&Json::object([]), BulkOperation::AllCases).unwrap_err();
    /// assert_eq!(problems[0].field, "contract_ids");
    /// ```
    ///
    /// # Errors
    ///
    /// Every problem of the parameters.
    pub fn check(params: &Json, operation: BulkOperation) -> Result<BulkQuery, Vec<Problem>> {
        let mut problems = Vec::new();
        let (kinds, others): (&[_], &[&str]) = match operation {
            BulkOperation::AllCases => {
                (&ID_KINDS, &["date_created_from", "date_created_to", "status_flag", "range", "where"])
            }
            BulkOperation::Changes => {
                (ID_KINDS.get(..2).unwrap_or(&[]), &["date_created_from", "status_flag", "range", "where"])
            }
            BulkOperation::AllDetails => (ID_KINDS.get(2..).unwrap_or(&[]), &[]),
        };
        let Json::Object(members) = params else {
            problems.push(Problem::new("params", "INVALID_PARAMETER", "an object", params));
            return Err(problems);
        };
        let names = || kinds.iter().map(|(name, ..)| *name);
        for (name, value) in members {
            if !names().chain(others.iter().copied()).any(|known| known == name) {
                let known = join(&mut names().chain(others.iter().copied()), ", ");
                problems.push(Problem::new(name, "INVALID_PARAMETER", ["one of ", &known].concat(), value));
            }
        }
        let given = |name: &str| params.get(name).filter(|value| **value != Json::Null);
        let mut by = kinds.iter().filter(|(name, ..)| given(name).is_some());
        let kind = by.next().or(kinds.first());
        if let Some((second, ..)) = by.next() {
            let expected = ["only one of ", &join(&mut names(), ", ")].concat();
            problems.push(Problem::new(second, "INVALID_PARAMETER", expected, given(second).unwrap_or(&Json::Null)));
        }
        let Some((field, rule, endpoint)) = kind else { return Err(problems) };
        let any = IdRule { max_ids: usize::MAX, ..*rule };
        let ids = rules::validate_ids(field, &any, given(field), &mut problems);
        let endpoint = if operation == BulkOperation::AllDetails { &CASE_DETAILS } else { *endpoint };
        let from = rules::validate_date("date_created_from", given("date_created_from"), &mut problems);
        let to = rules::validate_date("date_created_to", given("date_created_to"), &mut problems);
        if let (Some(from), Some(to)) = (&from, &to)
            && from > to
        {
            let expected = text!("a date at or after date_created_from (", from.as_str(), ")");
            problems.push(
                Problem::new("date_created_to", "INVALID_DATERANGE", expected, &Json::from(to.as_str()))
                    .with_related("date_created_from"),
            );
        }
        let flags = StatusFlag::ALL.map(StatusFlag::as_str);
        let flag =
            rules::validate_enum("status_flag", &flags, "INVALID_STATUSFLAG", given("status_flag"), &mut problems)
                .and_then(StatusFlag::from_text);
        let range =
            rules::validate_enum("range", &["undated", "windows"], "INVALID_PARAMETER", given("range"), &mut problems);
        let dated = from.is_some() || to.is_some();
        // The documentation says only of open cases that they are returned whatever their creation date.
        let may_be_undated = flag == Some(StatusFlag::Open) && !dated;
        if range == Some("undated") && !may_be_undated {
            let expected =
                "\"windows\", unless status_flag is \"O\" and there is neither date_created_from nor date_created_to";
            problems.push(Problem::new("range", "INVALID_PARAMETER", expected, &Json::from("undated")));
        }
        if endpoint.operation_id == CASE_SUMMARY.operation_id {
            for name in ["date_created_from", "date_created_to", "status_flag", "range"] {
                if let Some(value) = given(name) {
                    let expected = "nothing, since it does not apply to case_ids";
                    problems.push(Problem::new(name, "INVALID_PARAMETER", expected, value).with_related("case_ids"));
                }
            }
        }
        let filter = parse_filter(given("where"), &mut problems);
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(BulkQuery {
            endpoint,
            field,
            ids: deduplicated(ids, rule == &IdRule::USER),
            ids_per_request: if operation == BulkOperation::AllDetails {
                1
            } else {
                u32::try_from(rule.max_ids).unwrap_or(1)
            },
            from_ms: from.map(|from| from.unix_ms()),
            to_ms: to.map(|to| to.unix_ms()),
            status_flag: flag,
            is_undated: may_be_undated && range != Some("windows"),
            filter,
        })
    }

    /// Returns the query as an object, in the form of the package's own validation.
    pub fn to_json(&self) -> Json {
        let number = |ms: i64| Json::Number(text!(ms));
        let texts = |texts: &[String]| Json::Array(texts.iter().map(|text| Json::from(text.as_str())).collect());
        let mut members = vec![("field", Json::from(self.field)), ("ids", texts(&self.ids))];
        members.extend(self.from_ms.map(|ms| ("from_ms", number(ms))));
        members.extend(self.to_ms.map(|ms| ("to_ms", number(ms))));
        members.extend(self.status_flag.map(|flag| ("status_flag", Json::from(flag.as_str()))));
        members.push(("is_undated", Json::from(u32::from(self.is_undated))));
        let severities = self.filter.severities.iter().map(|severity| Json::from(*severity));
        members.extend([("severities", Json::Array(severities.collect())), ("statuses", texts(&self.filter.statuses))]);
        Json::object(members)
    }

    /// Returns the ids at these indices. It is not generic over the iterator, for code size.
    #[inline(never)]
    pub(super) fn ids_at(&self, places: &mut dyn Iterator<Item = usize>) -> Vec<String> {
        let mut ids = Vec::new();
        for place in places {
            if let Some(id) = self.ids.get(place) {
                ids.push(id.clone());
            }
        }
        ids
    }

    /// Returns the windows of the date range, or `None` if lists are requested without dates.
    ///
    /// They begin at a whole second, as dates are sent. The windows of a range without an end have full length, and the last one
    /// ends at least a day after `unix_ms`: this machine's clock may be behind.
    pub fn windows(&self, unix_ms: i64) -> Option<DateWindows> {
        let from_ms = self.from_ms.unwrap_or(EARLIEST_MS).div_euclid(1000) * 1000;
        let windows = match self.to_ms {
            Some(to_ms) => DateWindows { from_ms, to_ms },
            None => DateWindows::whole(from_ms, unix_ms.max(MIN_UNIX_MS) + DAY_MS),
        };
        (!self.is_undated).then_some(windows)
    }

    /// Returns a hash of the query. Checkpoints contain it.
    pub(super) fn fingerprint(&self) -> u64 {
        self.fingerprint_with(&self.ids)
    }

    /// Returns a hash of the query without its ids. Cursors contain it.
    pub(super) fn filter_fingerprint(&self) -> u64 {
        self.fingerprint_with(&[])
    }

    fn fingerprint_with(&self, ids: &[String]) -> u64 {
        let mut text = self.endpoint.operation_id.to_owned();
        for id in ids {
            text.push(',');
            text.push_str(id);
        }
        for date in [self.from_ms, self.to_ms] {
            text.push(';');
            if let Some(date) = date {
                date.append_to(&mut text);
            }
        }
        text.push_str(self.status_flag.map_or("", StatusFlag::as_str));
        text.push(if self.is_undated { 'u' } else { 'w' });
        for severity in &self.filter.severities {
            text.push(';');
            severity.append_to(&mut text);
        }
        self.filter.statuses.iter().for_each(|status| text.extend([";", status]));
        fnv1a_64(&text)
    }
}

/// Returns the distinct ids. `any_case` ignores case ([`IdRule::USER`]).
fn deduplicated(ids: Vec<String>, any_case: bool) -> Vec<String> {
    let mut seen = StringMap::default();
    let mut out = Vec::with_capacity(ids.len());
    for id in ids {
        let key = if any_case { id.to_ascii_lowercase() } else { id.clone() };
        if seen.get(&key).is_none() {
            seen.insert(key, 0);
            out.push(id);
        }
    }
    out
}

/// Validates `where`.
fn parse_filter(value: Option<&Json>, problems: &mut Vec<Problem>) -> CaseFilter {
    let mut filter = CaseFilter::default();
    let members = match value {
        None => return filter,
        Some(Json::Object(members)) => members,
        Some(other) => {
            problems.push(Problem::new("where", "INVALID_PARAMETER", "an object of severity and status", other));
            return filter;
        }
    };
    for (name, value) in members {
        let items = match value {
            Json::Null => continue,
            Json::Array(items) => items.as_slice(),
            one => core::slice::from_ref(one),
        };
        if items.is_empty() {
            let expected = "at least one value (leave the member out for no condition)";
            problems.push(Problem::new(&["where.", name].concat(), "INVALID_PARAMETER", expected, value));
        }
        for item in items {
            let known = match (name.as_str(), item) {
                ("severity", Json::Number(digits)) => match digits.parse() {
                    Ok(severity @ 1..=4) => {
                        filter.severities.push(severity);
                        continue;
                    }
                    _ => "1 to 4",
                },
                ("severity", _) => "1 to 4",
                ("status", Json::String(status)) if !status.trim().is_empty() => {
                    // No status contains a line break.
                    filter.statuses.push(status.trim().replace('\n', " "));
                    continue;
                }
                ("status", _) => "a status, as a string",
                _ => "severity or status",
            };
            problems.push(Problem::new(&["where.", name].concat(), "INVALID_PARAMETER", known, item));
        }
    }
    // Documented statuses match in any case.
    for status in &mut filter.statuses {
        if let Some(known) = CaseStatus::documented().find(|known| known.eq_ignore_ascii_case(status)) {
            known.clone_into(status);
        }
    }
    // The order of the values has no meaning: a cursor continues with any.
    filter.severities.sort_unstable();
    filter.severities.dedup();
    filter.statuses.sort_unstable();
    filter.statuses.dedup();
    filter
}
