//! The documents of the service.

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

/// What Case Details answers, and what is off in it.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct CaseDetailResult {
    /// The case.
    pub detail: CaseDetail,
    /// What is off in it; empty when all is as documented.
    pub issues: Vec<Issue>,
}

/// Reads what Case Summary answers.
pub fn case_summary(body: &[u8]) -> Result<CaseSummaryResult, DecodeError> {
    records(DocumentKind::Summary, &Body::from_slice(body), Records::default()).map(|records| records.summary())
}

/// Reads what Case Details answers.
pub fn case_details(body: &[u8]) -> Result<CaseDetailResult, DecodeError> {
    let records = records(DocumentKind::Details, &Body::from_slice(body), Records::default())?;
    Ok(CaseDetailResult { detail: records.detail(), issues: records.issues })
}

/// Reads a page of Cases by Contract ID or Cases by User ID. A page of cases without a whole pagination record is refused:
/// nobody could tell it from the last one. An answer that says of no case at all is an empty page.
pub fn cases_page(body: &[u8]) -> Result<CasesPage, DecodeError> {
    records(DocumentKind::Page, &Body::from_slice(body), Records::default()).map(|records| records.page())
}

/// Reads a document of a shape, as cells over a compact text. Records that are of no use any more give their memory.
pub fn records(shape: DocumentKind, body: &Body, mut used: Records) -> Result<Records, DecodeError> {
    records_into(shape, body, &mut used)?;
    Ok(used)
}

/// The same, in the place of other records. After a fault there are none.
pub fn records_into(shape: DocumentKind, body: &Body, records: &mut Records) -> Result<(), DecodeError> {
    decode::<true>(shape, body, records).map_err(|fault| {
        *records = Records::default();
        *fault
    })
}

/// The same, one byte after the other and by the general way for each field: what the fast way is held to.
#[doc(hidden)]
pub fn records_scalar(shape: DocumentKind, body: &Body) -> Result<Records, DecodeError> {
    let mut records = Records::default();
    decode::<false>(shape, body, &mut records).map_err(|fault| *fault)?;
    Ok(records)
}

const PAGINATION: &str = "pagination_response_record";

/// The members that are known at a document's top, of whichever shape it is.
#[derive(Clone, Copy)]
enum Member {
    Cases,
    Pagination,
    Count,
    Detail,
}

impl Member {
    /// Each by its name, and what it is.
    const ALL: [(Member, &'static str, &'static str); 4] = [
        (Member::Cases, "cases", "an array of cases"),
        (Member::Pagination, PAGINATION, "an object"),
        (Member::Count, "count", "a whole number"),
        (Member::Detail, "caseDetail", "an object"),
    ];

    /// A bit for each.
    fn bit(self) -> u32 {
        1 << self as u32
    }
}

fn decode<const FAST: bool>(shape: DocumentKind, body: &Body, records: &mut Records) -> Result<(), BoxedDecodeError> {
    let mut decoder = Decoder::<FAST>::new(body, records);
    decoder.tokenizer.begin()?;
    decoder.out.kind = shape;
    let mut top = TopLevel::default();
    if decoder.tokenizer.peek() == b'{' {
        read_members(&mut decoder, &mut top)?;
    } else {
        // What is legal JSON but no object is another fault than what is no JSON at all.
        let fault = decoder.tokenizer.error_here("UNEXPECTED_RESPONSE", "an object");
        let value = value::read_value(&mut decoder.tokenizer)?;
        decoder.tokenizer.expect_end()?;
        if value != Json::Null || shape != DocumentKind::Page {
            return Err(fault);
        }
    }
    validate(&mut decoder, top)?;
    decoder.finish();
    Ok(())
}

/// What came at a document's top, a bit for each member that is known.
#[derive(Default)]
struct TopLevel {
    seen: u32,
    /// Which of them can be used.
    usable: u32,
    /// Why the pagination record is of no use, and whether a number in it is none.
    pagination_error: Option<BoxedDecodeError>,
    has_wrong_number: bool,
    /// The names of the other members.
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
        let piece = decoder.tokenizer.string()?;
        let known = Member::ALL.iter().find(|(_, name, _)| name.as_bytes() == decoder.tokenizer.token_bytes(piece));
        if let Some((which, name, expected)) = known {
            if top.seen & which.bit() != 0 {
                decoder.replace_duplicate((*name).to_owned(), offset);
            }
            top.seen |= which.bit();
            top.usable &= !which.bit();
            decoder.tokenizer.colon()?;
            let is_usable = read_member(decoder, *which, expected, top).map_err(|fault| fault.in_member(name))?;
            top.usable |= u32::from(is_usable) << *which as u32;
        } else {
            let name = decoder.tokenizer.token_str(piece).to_owned();
            decoder.tokenizer.colon()?;
            value::read_value(&mut decoder.tokenizer).map_err(|fault| fault.in_member(&name))?;
            top.unknown_keys.push(name);
        }
        // What belongs to no record is not kept, and nothing in it is off.
        decoder.tokenizer.take_anomaly();
        more = decoder.tokenizer.comma_or_close(b'}')?;
    }
    decoder.tokenizer.expect_end()?;
    let mut names = Vec::new();
    for name in &top.unknown_keys {
        names.push(name.as_str());
    }
    for (_, again) in duplicate_keys(&names) {
        decoder.push_anomaly(
            (*names.get(again as usize).unwrap_or(&"")).to_owned(),
            decoder.tokenizer.position,
            Anomaly::DuplicateKey,
        );
    }
    Ok(())
}

/// Reads a member that is known; says whether it can be used.
fn read_member<const FAST: bool>(
    decoder: &mut Decoder<'_, FAST>,
    which: Member,
    expected: &str,
    top: &mut TopLevel,
) -> Result<bool, BoxedDecodeError> {
    let offset = decoder.tokenizer.position;
    let is_page = decoder.out.kind == DocumentKind::Page;
    match (which, decoder.out.kind) {
        // Of a page it is as if it were not there.
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
        // It may read records that follow as well.
        let read = decoder.read_list_record(RecordKind::Case, "a case");
        let last = decoder.path.index();
        read.map_err(|fault| fault.in_item(last))?;
        index = last + 1;
        more = decoder.tokenizer.comma_or_close(b']')?;
    }
    Ok(())
}

/// Reads the pagination record, and takes note of what is wrong with a number that it needs.
fn read_pagination<const FAST: bool>(
    decoder: &mut Decoder<'_, FAST>,
    top: &mut TopLevel,
) -> Result<(), BoxedDecodeError> {
    let offset = decoder.tokenizer.position;
    decoder.out.pagination.clear();
    decoder.path = JsonPath::new(PAGINATION, None);
    (top.pagination_error, top.has_wrong_number) = (None, false);
    let before = decoder.out.issues.len();
    read_object(decoder, RecordKind::Pagination)?;
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
        let mut fault = DecodeError::new("UNEXPECTED_RESPONSE", offset, &*issue.expected, issue.found());
        fault.path.clone_from(&issue.path);
        top.pagination_error = Some(Box::new(fault));
        top.has_wrong_number = !is_missing;
    }
    Ok(())
}

/// What can be said only when all has been read.
fn validate<const FAST: bool>(decoder: &mut Decoder<'_, FAST>, top: TopLevel) -> Result<(), BoxedDecodeError> {
    const BOTH: u32 = 1 << Member::Cases as u32 | 1 << Member::Pagination as u32;
    let number = u32::try_from(decoder.out.len()).unwrap_or(u32::MAX);
    let needed = match decoder.out.kind {
        DocumentKind::Summary => 1 << Member::Cases as u32,
        DocumentKind::Page => BOTH,
        DocumentKind::Details => 1 << Member::Detail as u32,
    };
    // A page that has no case, speaks of none and, where members are missing, of nothing else is empty. A summary is asked for
    // by cases: that it says nothing of them means nothing.
    let is_empty = decoder.out.kind == DocumentKind::Page
        && number == 0
        && decoder.out.page_number("total_records") == 0
        && decoder.out.page_number("last_index") <= 1
        && (top.unknown_keys.is_empty() || top.usable & BOTH == BOTH);
    if let Some(fault) = top.pagination_error.filter(|_| top.has_wrong_number || !is_empty) {
        return Err(fault);
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
    let (path, said, is_told) = match decoder.out.kind {
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
    if said != Some(number) && !is_told {
        decoder.push_issue(path.to_owned(), 0, &text!(number, ", the number of cases"), said.map(Json::from));
    }
    Ok(())
}
