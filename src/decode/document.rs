//! The documents of the service.

use super::{
    Fault,
    body::Body,
    columns::Records,
    decoder::{Decoder, Kind, Place, whole_number},
    duplicate_keys::repeated,
    tokenizer::{Failed, Odd},
    value,
};
use crate::model::{CaseDetail, CaseSummaryResult, CasesPage, Issue, Shape};
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
pub fn case_summary(body: &[u8]) -> Result<CaseSummaryResult, Fault> {
    records(Shape::Summary, &Body::of(body), Records::default()).map(|records| records.summary())
}

/// Reads what Case Details answers.
pub fn case_details(body: &[u8]) -> Result<CaseDetailResult, Fault> {
    let records = records(Shape::Details, &Body::of(body), Records::default())?;
    Ok(CaseDetailResult { detail: records.detail(), issues: records.issues })
}

/// Reads a page of Cases by Contract ID or Cases by User ID. A page of cases without a whole pagination record is refused:
/// nobody could tell it from the last one. An answer that says of no case at all is an empty page.
pub fn cases_page(body: &[u8]) -> Result<CasesPage, Fault> {
    records(Shape::Page, &Body::of(body), Records::default()).map(|records| records.page())
}

/// Reads a document of a shape, as cells over a compact text. Records that are of no use any more give their memory.
pub fn records(shape: Shape, body: &Body, mut used: Records) -> Result<Records, Fault> {
    records_into(shape, body, &mut used)?;
    Ok(used)
}

/// The same, in the place of other records. After a fault there are none.
pub fn records_into(shape: Shape, body: &Body, records: &mut Records) -> Result<(), Fault> {
    read::<true>(shape, body, records).map_err(|fault| {
        *records = Records::default();
        *fault
    })
}

/// The same, one byte after the other and by the general way for each field: what the fast way is held to.
#[doc(hidden)]
pub fn records_plainly(shape: Shape, body: &Body) -> Result<Records, Fault> {
    let mut records = Records::default();
    read::<false>(shape, body, &mut records).map_err(|fault| *fault)?;
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

fn read<const FAST: bool>(shape: Shape, body: &Body, records: &mut Records) -> Result<(), Failed> {
    let mut decoder = Decoder::<FAST>::new(body, records);
    decoder.scan.begin()?;
    decoder.out.shape = shape;
    let mut top = Top::default();
    if decoder.scan.peek() == b'{' {
        members(&mut decoder, &mut top)?;
    } else {
        // What is legal JSON but no object is another fault than what is no JSON at all.
        let fault = decoder.scan.fault("UNEXPECTED_RESPONSE", "an object");
        let value = value::read(&mut decoder.scan)?;
        decoder.scan.finish()?;
        if value != Json::Null || shape != Shape::Page {
            return Err(fault);
        }
    }
    check(&mut decoder, top)?;
    decoder.finish();
    Ok(())
}

/// What came at a document's top, a bit for each member that is known.
#[derive(Default)]
struct Top {
    came: u32,
    /// Which of them can be used.
    usable: u32,
    /// Why the pagination record is of no use, and whether a number in it is none.
    broken: Option<Failed>,
    is_wrong: bool,
    /// The names of the other members.
    others: Vec<String>,
}

fn members<const FAST: bool>(decoder: &mut Decoder<'_, FAST>, top: &mut Top) -> Result<(), Failed> {
    decoder.scan.enter(b'{')?;
    let mut more = !decoder.scan.leave(b'}');
    while more {
        let offset = decoder.scan.at;
        if decoder.scan.peek() != b'"' {
            return Err(decoder.scan.illegal("a member's name"));
        }
        let piece = decoder.scan.string()?;
        let known = Member::ALL.iter().find(|(_, name, _)| name.as_bytes() == decoder.scan.bytes(piece));
        if let Some((which, name, expected)) = known {
            if top.came & which.bit() != 0 {
                decoder.again((*name).to_owned(), offset);
            }
            top.came |= which.bit();
            top.usable &= !which.bit();
            decoder.scan.colon()?;
            let is_usable = member(decoder, *which, expected, top).map_err(|fault| fault.inside(name))?;
            top.usable |= u32::from(is_usable) << *which as u32;
        } else {
            let name = decoder.scan.str(piece).to_owned();
            decoder.scan.colon()?;
            value::read(&mut decoder.scan).map_err(|fault| fault.inside(&name))?;
            top.others.push(name);
        }
        // What belongs to no record is not kept, and nothing in it is off.
        decoder.scan.take_odd();
        more = decoder.scan.another(b'}')?;
    }
    decoder.scan.finish()?;
    let mut names = Vec::new();
    for name in &top.others {
        names.push(name.as_str());
    }
    for (_, again) in repeated(&names) {
        decoder.tell_odd((*names.get(again as usize).unwrap_or(&"")).to_owned(), decoder.scan.at, Odd::Again);
    }
    Ok(())
}

/// Reads a member that is known; says whether it can be used.
fn member<const FAST: bool>(
    decoder: &mut Decoder<'_, FAST>,
    which: Member,
    expected: &str,
    top: &mut Top,
) -> Result<bool, Failed> {
    let offset = decoder.scan.at;
    let is_page = decoder.out.shape == Shape::Page;
    match (which, decoder.out.shape) {
        // Of a page it is as if it were not there.
        (Member::Cases | Member::Pagination, _) if is_page && decoder.scan.peek() == b'n' => {
            value::read(&mut decoder.scan)?;
            if matches!(which, Member::Cases) {
                decoder.out.rows.clear();
            } else {
                decoder.out.pagination.clear();
                (top.broken, top.is_wrong) = (None, false);
            }
            return Ok(false);
        }
        (Member::Cases, Shape::Summary | Shape::Page) => cases(decoder, expected)?,
        (Member::Detail, Shape::Details) => {
            decoder.out.rows.clear();
            decoder.place = Place::new("caseDetail", None);
            object(decoder, Kind::Detail)?;
        }
        (Member::Pagination, Shape::Page) => pagination(decoder, top)?,
        (Member::Count, Shape::Summary) => {
            let value = value::read(&mut decoder.scan)?;
            decoder.out.count = match &value {
                Json::Number(digits) | Json::String(digits) => whole_number(digits.as_bytes()),
                _ => None,
            };
            if decoder.out.count.is_none() {
                decoder.tell("count".to_owned(), offset, expected, Some(value));
            }
        }
        _ => {
            value::read(&mut decoder.scan)?;
        }
    }
    Ok(true)
}

fn object<const FAST: bool>(decoder: &mut Decoder<'_, FAST>, kind: Kind) -> Result<(), Failed> {
    if decoder.scan.peek() != b'{' {
        return Err(decoder.scan.fault("UNEXPECTED_RESPONSE", "an object"));
    }
    decoder.record(kind)
}

fn cases<const FAST: bool>(decoder: &mut Decoder<'_, FAST>, expected: &str) -> Result<(), Failed> {
    if decoder.scan.peek() != b'[' {
        return Err(decoder.scan.fault("UNEXPECTED_RESPONSE", expected));
    }
    decoder.out.rows.clear();
    decoder.scan.enter(b'[')?;
    let mut index = 0;
    let mut more = !decoder.scan.leave(b']');
    while more {
        decoder.place = Place::new("cases", Some(index));
        // It may read records that follow as well.
        let read = decoder.record_of(Kind::Case, "a case");
        let last = decoder.place.index();
        read.map_err(|fault| fault.at(last))?;
        index = last + 1;
        more = decoder.scan.another(b']')?;
    }
    Ok(())
}

/// Reads the pagination record, and takes note of what is wrong with a number that it needs.
fn pagination<const FAST: bool>(decoder: &mut Decoder<'_, FAST>, top: &mut Top) -> Result<(), Failed> {
    let offset = decoder.scan.at;
    decoder.out.pagination.clear();
    decoder.place = Place::new(PAGINATION, None);
    (top.broken, top.is_wrong) = (None, false);
    let before = decoder.out.issues.len();
    object(decoder, Kind::Pagination)?;
    for issue in decoder.out.issues.iter().skip(before) {
        let is_needed = [".last_index", ".page_index", ".total_records"].iter().any(|name| issue.path.ends_with(name));
        let is_missing = matches!(issue.value, None | Some(Json::Null));
        if !is_needed || top.is_wrong || is_missing && top.broken.is_some() || issue.expected == Odd::Again.told()[0] {
            continue;
        }
        let mut fault = Fault::new("UNEXPECTED_RESPONSE", offset, &*issue.expected, issue.found());
        fault.path.clone_from(&issue.path);
        top.broken = Some(Box::new(fault));
        top.is_wrong = !is_missing;
    }
    Ok(())
}

/// What can be said only when all has been read.
fn check<const FAST: bool>(decoder: &mut Decoder<'_, FAST>, top: Top) -> Result<(), Failed> {
    const BOTH: u32 = 1 << Member::Cases as u32 | 1 << Member::Pagination as u32;
    let number = u32::try_from(decoder.out.len()).unwrap_or(u32::MAX);
    let needed = match decoder.out.shape {
        Shape::Summary => 1 << Member::Cases as u32,
        Shape::Page => BOTH,
        Shape::Details => 1 << Member::Detail as u32,
    };
    // A page that has no case, speaks of none and, where members are missing, of nothing else is empty. A summary is asked for
    // by cases: that it says nothing of them means nothing.
    let is_empty = decoder.out.shape == Shape::Page
        && number == 0
        && decoder.out.page_number("total_records") == 0
        && decoder.out.page_number("last_index") <= 1
        && (top.others.is_empty() || top.usable & BOTH == BOTH);
    if let Some(fault) = top.broken.filter(|_| top.is_wrong || !is_empty) {
        return Err(fault);
    }
    for (member, name, expected) in Member::ALL {
        if needed & !top.usable & member.bit() == 0 {
            continue;
        }
        let value = (top.came & member.bit() != 0).then_some(Json::Null);
        if !is_empty {
            let found = if value.is_some() { "null" } else { "none" };
            return Err(Box::new(Fault::new("UNEXPECTED_RESPONSE", 0, text!("a member \"", name, "\""), found)));
        }
        decoder.tell(name.to_owned(), decoder.scan.at, expected, value);
    }
    let (path, said, is_told) = match decoder.out.shape {
        Shape::Details => return Ok(()),
        Shape::Summary => {
            ("count", decoder.out.count, top.came & Member::Count.bit() != 0 && decoder.out.count.is_none())
        }
        Shape::Page => {
            const PATH: &str = "pagination_response_record.page_records";
            if top.usable & Member::Pagination.bit() == 0 {
                decoder.blank(Kind::Pagination);
                return Ok(());
            }
            let is_told = decoder.out.issues.iter().any(|issue| issue.path == PATH);
            (PATH, Some(decoder.out.page_records()), is_told)
        }
    };
    if said != Some(number) && !is_told {
        decoder.tell(path.to_owned(), 0, &text!(number, ", the number of cases"), said.map(Json::from));
    }
    Ok(())
}
