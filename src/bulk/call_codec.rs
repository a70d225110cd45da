//! The codec of a validated bulk call: lines of text that are passed to the bulk module.

use super::query::ID_KINDS;
use super::{BulkOperation, BulkOptions, BulkQuery, CaseFilter};
use crate::endpoint::CASE_DETAILS;
use crate::model::StatusFlag;
use alloc::{borrow::ToOwned, format, string::String, string::ToString, vec, vec::Vec};

/// A reader of the lines of a text; after the last line it returns empty ones.
struct LineReader<'t>(&'t str);

impl<'t> LineReader<'t> {
    #[inline(never)]
    fn next(&mut self) -> &'t str {
        let end = self.0.bytes().position(|byte| byte == b'\n').unwrap_or(self.0.len());
        let (line, rest) = self.0.split_at_checked(end).unwrap_or_default();
        self.0 = rest.get(1..).unwrap_or_default();
        line
    }

    /// Returns the integer on the next line, or `None` if the line is empty.
    #[inline(never)]
    fn number(&mut self) -> Option<i64> {
        let line = self.next();
        let digits = line.strip_prefix('-').unwrap_or(line);
        let number = digits
            .bytes()
            .fold(0_i64, |number, digit| number.wrapping_mul(10).wrapping_add(i64::from(digit.wrapping_sub(b'0'))));
        (!line.is_empty()).then_some(if digits.len() < line.len() { -number } else { number })
    }

    fn small(&mut self) -> Option<u32> {
        self.number().map(|number| number as u32)
    }
}

/// Decodes what [`encode_call`] or the package's JavaScript encoded, without validation.
///
/// ```
/// use cisco_support_case::bulk::{BulkOperation, BulkOptions, decode_call};
///
/// let lines = ["changes", "user_ids", "", "", "O", "1", "", "1", "6", "", "", "", "0", "", "0", "jdoe"];
/// let (operation, query, options) = decode_call(&lines.join("\n"));
/// assert_eq!((operation, query.field, query.ids[0].as_str()), (BulkOperation::Changes, "user_ids", "jdoe"));
/// assert_eq!(options, BulkOptions::default());
/// ```
pub fn decode_call(text: &str) -> (BulkOperation, BulkQuery, BulkOptions) {
    let mut lines = LineReader(text);
    let operation = match lines.next() {
        "changes" => BulkOperation::Changes,
        "allDetails" => BulkOperation::AllDetails,
        _ => BulkOperation::AllCases,
    };
    let name = lines.next();
    let [first, ..] = &ID_KINDS;
    let (field, rule, endpoint) = ID_KINDS.iter().find(|(known, ..)| *known == name).unwrap_or(first);
    let is_details = operation == BulkOperation::AllDetails;
    let mut query = BulkQuery {
        endpoint: if is_details { &CASE_DETAILS } else { endpoint },
        field,
        ids: Vec::new(),
        ids_per_request: if is_details { 1 } else { rule.max_ids as u32 },
        from_ms: lines.number(),
        to_ms: lines.number(),
        status_flag: StatusFlag::from_text(lines.next()),
        is_undated: lines.number() == Some(1),
        filter: CaseFilter::default(),
    };
    for digit in lines.next().bytes() {
        query.filter.severities.push(u32::from(digit.wrapping_sub(b'0')));
    }
    let options = BulkOptions {
        newest_first: lines.number() == Some(1),
        concurrency: lines.small().unwrap_or(1),
        batch_size: lines.small(),
        max_requests: lines.small(),
        max_bytes: lines.small(),
        rotate_older: lines.number() == Some(1),
        resume: lines.next().strip_prefix('=').map(ToOwned::to_owned),
    };
    for _ in 0..lines.small().unwrap_or(0) {
        query.filter.statuses.push(lines.next().to_owned());
    }
    while !lines.0.is_empty() {
        query.ids.push(lines.next().to_owned());
    }
    (operation, query, options)
}

/// Encodes a validated call, one value a line; a missing value is an empty line.
///
/// The lines are: operation, name of the id parameter, start and end of the range in milliseconds since 1970 (UTC),
/// `status_flag`, whether lists are undated (0 or 1), severities as digits, the options in their order, the checkpoint after
/// `=`, the number of statuses, the statuses, and the ids.
///
/// ```
/// use cisco_support_case::bulk::{BulkOperation, BulkOptions, BulkQuery, decode_call, encode_call};
/// use cisco_support_case::util::Json;
///
/// let ids = Json::Array(vec![Json::from("612345678")]);
/// let query = BulkQuery::check(&Json::object([("case_ids", ids)]), BulkOperation::AllDetails).unwrap();
/// let lines = encode_call(BulkOperation::AllDetails, &query, &BulkOptions::default());
/// assert_eq!(decode_call(&lines), (BulkOperation::AllDetails, query, BulkOptions::default()));
/// ```
pub fn encode_call(operation: BulkOperation, query: &BulkQuery, options: &BulkOptions) -> String {
    let number = |number: Option<i64>| number.map_or_else(Default::default, |number| number.to_string());
    let name = match operation {
        BulkOperation::AllCases => "allCases",
        BulkOperation::Changes => "changes",
        BulkOperation::AllDetails => "allDetails",
    };
    let mut lines = vec![
        name.to_owned(),
        query.field.to_owned(),
        number(query.from_ms),
        number(query.to_ms),
        query.status_flag.map_or_else(Default::default, |flag| flag.as_str().to_owned()),
        u32::from(query.is_undated).to_string(),
        query.filter.severities.iter().map(ToString::to_string).collect(),
        u32::from(options.newest_first).to_string(),
        options.concurrency.to_string(),
        number(options.batch_size.map(i64::from)),
        number(options.max_requests.map(i64::from)),
        number(options.max_bytes.map(i64::from)),
        u32::from(options.rotate_older).to_string(),
        options.resume.as_ref().map_or_else(Default::default, |token| format!("={token}")),
        query.filter.statuses.len().to_string(),
    ];
    lines.extend(query.filter.statuses.iter().cloned());
    lines.push(query.ids.join("\n"));
    lines.join("\n")
}
