//! Decoding of the three documents of the service.

use super::{
    DecodeError,
    body::Body,
    columns::Records,
    decoder::{Decoder, parse_count},
    duplicate_keys::duplicate_keys,
    path::JsonPath,
    table::RecordKind,
    tokenizer::{Anomaly, BoxedDecodeError},
    value,
};
use crate::model::{CaseDetail, CaseSummaryResult, CasesPage, DocumentKind, Issue};
use crate::util::{Json, text};
use alloc::{borrow::ToOwned, boxed::Box, string::String, vec::Vec};

/// The result of Case Details.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct CaseDetailResult {
    /// The case with its notes.
    pub detail: CaseDetail,
    /// Differences from the documentation; empty if there are none.
    pub issues: Vec<Issue>,
}

/// Decodes a response of Case Summary.
///
/// ```
/// let body = br#"{"count":1,"cases":[{"case_id":"612345678","severity":"3"}]}"#;
/// let summary = cisco_support_case::decode::case_summary(body)?;
/// assert_eq!((summary.count, summary.cases[0].case_id.as_str()), (1, "612345678"));
/// # Ok::<(), cisco_support_case::decode::DecodeError>(())
/// ```
pub fn case_summary(body: &[u8]) -> Result<CaseSummaryResult, DecodeError> {
    records(DocumentKind::Summary, &Body::from_slice(body), Records::default()).map(|records| records.summary())
}

/// Decodes a response of Case Details.
///
/// ```
/// let body = br#"{"caseDetail":{"case_id":"612345678","severity":"9"}}"#;
/// let result = cisco_support_case::decode::case_details(body)?;
/// assert_eq!((result.detail.severity, result.issues[0].path.as_str()), (None, "caseDetail.severity"));
/// # Ok::<(), cisco_support_case::decode::DecodeError>(())
/// ```
pub fn case_details(body: &[u8]) -> Result<CaseDetailResult, DecodeError> {
    let records = records(DocumentKind::Details, &Body::from_slice(body), Records::default())?;
    Ok(CaseDetailResult { detail: records.detail(), issues: records.issues })
}

/// Decodes a page of Cases by Contract ID or Cases by User ID.
///
/// A page with cases but without a complete pagination record is an error, because a caller could not tell it from the
/// last page. A response that mentions no case is an empty page.
///
/// ```
/// use cisco_support_case::decode::cases_page;
/// assert!(cases_page(br#"{"cases":[{"case_id":"612345678","severity":"3"}]}"#).is_err());
/// assert!(cases_page(br#"{"cases":[]}"#).is_ok_and(|page| page.cases.is_empty()));
/// ```
pub fn cases_page(body: &[u8]) -> Result<CasesPage, DecodeError> {
    records(DocumentKind::Page, &Body::from_slice(body), Records::default()).map(|records| records.page())
}

/// Decodes a document into cells over a string arena. The memory of records that are no longer used is reused.
///
/// ```
/// use cisco_support_case::decode::{Body, Records, records};
/// use cisco_support_case::model::DocumentKind;
/// let body = Body::from_slice(br#"{"count":1,"cases":[{"case_id":"612345678","severity":"3"}]}"#);
/// let records = records(DocumentKind::Summary, &body, Records::default())?;
/// assert_eq!((records.len(), records.case_text(0, "case_id")), (1, "612345678"));
/// # Ok::<(), cisco_support_case::decode::DecodeError>(())
/// ```
pub fn records(kind: DocumentKind, body: &Body, mut used: Records) -> Result<Records, DecodeError> {
    records_into(kind, body, &mut used)?;
    Ok(used)
}

/// Decodes a document in place of other records. After an error there are none.
pub fn records_into(kind: DocumentKind, body: &Body, records: &mut Records) -> Result<(), DecodeError> {
    decode::<true>(kind, body, records).map_err(|error| {
        *records = Records::default();
        *error
    })
}

/// Decodes one byte at a time and by the general path only: the reference for the fast path.
#[doc(hidden)]
pub fn records_scalar(kind: DocumentKind, body: &Body) -> Result<Records, DecodeError> {
    let mut records = Records::default();
    decode::<false>(kind, body, &mut records).map_err(|error| *error)?;
    Ok(records)
}

const PAGINATION: &str = "pagination_response_record";

/// The known members of any of the documents.
#[derive(Clone, Copy)]
enum Member {
    Cases,
    Pagination,
    Count,
    Detail,
}

impl Member {
    /// Each member with its key and its expected value.
    const ALL: [(Member, &'static str, &'static str); 4] = [
        (Member::Cases, "cases", "an array of cases"),
        (Member::Pagination, PAGINATION, "an object"),
        (Member::Count, "count", "a whole number"),
        (Member::Detail, "caseDetail", "an object"),
    ];

    /// The bit of the member in a set.
    fn bit(self) -> u32 {
        1 << self as u32
    }
}

fn decode<const FAST: bool>(kind: DocumentKind, body: &Body, records: &mut Records) -> Result<(), BoxedDecodeError> {
    let mut decoder = Decoder::<FAST>::new(body, records);
    decoder.tokenizer.begin()?;
    decoder.out.kind = kind;
    let mut top = TopLevel::default();
    if decoder.tokenizer.peek() == b'{' {
        read_members(&mut decoder, &mut top)?;
    } else {
        // Valid JSON that is no object is another error than invalid JSON.
        let error = decoder.tokenizer.error_here("UNEXPECTED_RESPONSE", "an object");
        let value = value::read_value(&mut decoder.tokenizer)?;
        decoder.tokenizer.expect_end()?;
        if value != Json::Null || kind != DocumentKind::Page {
            return Err(error);
        }
    }
    validate(&mut decoder, top)?;
    decoder.finish();
    Ok(())
}

/// The known members of a document that have been read, as sets of bits.
#[derive(Default)]
struct TopLevel {
    seen: u32,
    /// The members that have a usable value.
    usable: u32,
    /// The error of an incomplete pagination record, and whether one of its numbers is invalid.
    pagination_error: Option<BoxedDecodeError>,
    has_wrong_number: bool,
    /// The keys of the other members.
    unknown_keys: Vec<String>,
}

fn read_members<const FAST: bool>(decoder: &mut Decoder<'_, FAST>, top: &mut TopLevel) -> Result<(), BoxedDecodeError> {
    decoder.tokenizer.enter(b'{')?;
    let mut more = !decoder.tokenizer.leave(b'}');
    while more {
        let offset = decoder.tokenizer.position;
        if decoder.tokenizer.peek() != b'"' {
            return Err(decoder.tokenizer.syntax_error("a member's name"));
        }
        let token = decoder.tokenizer.string()?;
        let known = Member::ALL.iter().find(|(_, name, _)| name.as_bytes() == decoder.tokenizer.token_bytes(token));
        if let Some((which, name, expected)) = known {
            if top.seen & which.bit() != 0 {
                decoder.replace_duplicate((*name).to_owned(), offset);
            }
            top.seen |= which.bit();
            top.usable &= !which.bit();
            decoder.tokenizer.colon()?;
            let is_usable = read_member(decoder, *which, expected, top).map_err(|error| error.in_member(name))?;
            top.usable |= u32::from(is_usable) << *which as u32;
        } else {
            let name = decoder.tokenizer.token_str(token).to_owned();
            decoder.tokenizer.colon()?;
            value::read_value(&mut decoder.tokenizer).map_err(|error| error.in_member(&name))?;
            top.unknown_keys.push(name);
        }
        // An anomaly outside the records is no issue.
        decoder.tokenizer.take_anomaly();
        more = decoder.tokenizer.comma_or_close(b'}')?;
    }
    decoder.tokenizer.expect_end()?;
    let mut keys = Vec::new();
    for name in &top.unknown_keys {
        keys.push(name.as_str());
    }
    for (_, again) in duplicate_keys(&keys) {
        decoder.push_anomaly(
            (*keys.get(again as usize).unwrap_or(&"")).to_owned(),
            decoder.tokenizer.position,
            Anomaly::DuplicateKey,
        );
    }
    Ok(())
}

/// Reads a known member, and returns whether its value is usable.
fn read_member<const FAST: bool>(
    decoder: &mut Decoder<'_, FAST>,
    which: Member,
    expected: &str,
    top: &mut TopLevel,
) -> Result<bool, BoxedDecodeError> {
    let offset = decoder.tokenizer.position;
    let is_page = decoder.out.kind == DocumentKind::Page;
    match (which, decoder.out.kind) {
        // In a page, `null` counts as a missing member.
        (Member::Cases | Member::Pagination, _) if is_page && decoder.tokenizer.peek() == b'n' => {
            value::read_value(&mut decoder.tokenizer)?;
            if matches!(which, Member::Cases) {
                decoder.out.rows.clear();
            } else {
                decoder.out.pagination.clear();
                (top.pagination_error, top.has_wrong_number) = (None, false);
            }
            return Ok(false);
        }
        (Member::Cases, DocumentKind::Summary | DocumentKind::Page) => read_cases(decoder, expected)?,
        (Member::Detail, DocumentKind::Details) => {
            decoder.out.rows.clear();
            decoder.path = JsonPath::new("caseDetail", None);
            read_object(decoder, RecordKind::Detail)?;
        }
        (Member::Pagination, DocumentKind::Page) => read_pagination(decoder, top)?,
        (Member::Count, DocumentKind::Summary) => {
            let value = value::read_value(&mut decoder.tokenizer)?;
            decoder.out.count = match &value {
                Json::Number(digits) | Json::String(digits) => parse_count(digits.as_bytes()),
                _ => None,
            };
            if decoder.out.count.is_none() {
                decoder.push_issue("count".to_owned(), offset, expected, Some(value));
            }
        }
        _ => {
            value::read_value(&mut decoder.tokenizer)?;
        }
    }
    Ok(true)
}

fn read_object<const FAST: bool>(decoder: &mut Decoder<'_, FAST>, kind: RecordKind) -> Result<(), BoxedDecodeError> {
    if decoder.tokenizer.peek() != b'{' {
        return Err(decoder.tokenizer.error_here("UNEXPECTED_RESPONSE", "an object"));
    }
    decoder.read_record(kind)
}

fn read_cases<const FAST: bool>(decoder: &mut Decoder<'_, FAST>, expected: &str) -> Result<(), BoxedDecodeError> {
    if decoder.tokenizer.peek() != b'[' {
        return Err(decoder.tokenizer.error_here("UNEXPECTED_RESPONSE", expected));
    }
    decoder.out.rows.clear();
    decoder.tokenizer.enter(b'[')?;
    let mut index = 0;
    let mut more = !decoder.tokenizer.leave(b']');
    while more {
        decoder.path = JsonPath::new("cases", Some(index));
        // The fast path may read the following records as well.
        let read = decoder.read_list_record(RecordKind::Case, "a case");
        let last = decoder.path.index();
        read.map_err(|error| error.in_item(last))?;
        index = last + 1;
        more = decoder.tokenizer.comma_or_close(b']')?;
    }
    Ok(())
}

/// Reads the pagination record, and records the first error in one of its required numbers.
fn read_pagination<const FAST: bool>(
    decoder: &mut Decoder<'_, FAST>,
    top: &mut TopLevel,
) -> Result<(), BoxedDecodeError> {
    let offset = decoder.tokenizer.position;
    decoder.out.pagination.clear();
    decoder.path = JsonPath::new(PAGINATION, None);
    (top.pagination_error, top.has_wrong_number) = (None, false);
    let before = decoder.out.issues.len();
    // The numbers are judged by their issues, also after cases with too many to be reported.
    decoder.issues_left += core::mem::take(&mut decoder.reserved_issues);
    read_object(decoder, RecordKind::Pagination)?;
    if decoder.issues_left == 0 {
        // Nothing judges the numbers where no issue is listed any more: in a record of many, or in a second record.
        return Err(decoder.tokenizer.error_here("UNEXPECTED_RESPONSE", "fewer issues"));
    }
    for issue in decoder.out.issues.iter().skip(before) {
        let is_needed = [".last_index", ".page_index", ".total_records"].iter().any(|name| issue.path.ends_with(name));
        let is_missing = matches!(issue.value, None | Some(Json::Null));
        if !is_needed
            || top.has_wrong_number
            || is_missing && top.pagination_error.is_some()
            || issue.expected == Anomaly::DuplicateKey.expected_and_found()[0]
        {
            continue;
        }
        let mut error = DecodeError::new("UNEXPECTED_RESPONSE", offset, &*issue.expected, issue.found());
        error.path.clone_from(&issue.path);
        top.pagination_error = Some(Box::new(error));
        top.has_wrong_number = !is_missing;
    }
    Ok(())
}

/// Checks the document as a whole, after all of it has been read.
fn validate<const FAST: bool>(decoder: &mut Decoder<'_, FAST>, top: TopLevel) -> Result<(), BoxedDecodeError> {
    const BOTH: u32 = 1 << Member::Cases as u32 | 1 << Member::Pagination as u32;
    let number = u32::try_from(decoder.out.len()).unwrap_or(u32::MAX);
    let needed = match decoder.out.kind {
        DocumentKind::Summary => 1 << Member::Cases as u32,
        DocumentKind::Page => BOTH,
        DocumentKind::Details => 1 << Member::Detail as u32,
    };
    // A page is empty if it has no case, its numbers mention none and, if members are missing, it has no others. A
    // summary is different: the caller named the cases, so a response that mentions none is incomplete.
    let is_empty = decoder.out.kind == DocumentKind::Page
        && number == 0
        && decoder.out.page_number("total_records") == 0
        && decoder.out.page_number("last_index") <= 1
        && (top.unknown_keys.is_empty() || top.usable & BOTH == BOTH);
    if let Some(error) = top.pagination_error.filter(|_| top.has_wrong_number || !is_empty) {
        return Err(error);
    }
    for (member, name, expected) in Member::ALL {
        if needed & !top.usable & member.bit() == 0 {
            continue;
        }
        let value = (top.seen & member.bit() != 0).then_some(Json::Null);
        if !is_empty {
            let found = if value.is_some() { "null" } else { "none" };
            return Err(Box::new(DecodeError::new("UNEXPECTED_RESPONSE", 0, text!("a member \"", name, "\""), found)));
        }
        decoder.push_issue(name.to_owned(), decoder.tokenizer.position, expected, value);
    }
    let (path, count, is_told) = match decoder.out.kind {
        DocumentKind::Details => return Ok(()),
        DocumentKind::Summary => {
            ("count", decoder.out.count, top.seen & Member::Count.bit() != 0 && decoder.out.count.is_none())
        }
        DocumentKind::Page => {
            const PATH: &str = "pagination_response_record.page_records";
            if top.usable & Member::Pagination.bit() == 0 {
                decoder.push_blank_row(RecordKind::Pagination);
                return Ok(());
            }
            let is_told = decoder.out.issues.iter().any(|issue| issue.path == PATH);
            (PATH, Some(decoder.out.page_records()), is_told)
        }
    };
    if count != Some(number) && !is_told {
        decoder.push_issue(path.to_owned(), 0, &text!(number, ", the number of cases"), count.map(Json::from));
    }
    Ok(())
}
