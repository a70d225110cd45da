//! The documents of the service.

use super::{
    Fault,
    body::Body,
    names::{Names, again},
    record::{Decoder, Kind, Place, whole_number},
    records::Records,
    scan::Failed,
    value,
};
use crate::model::{CaseDetail, CaseSummaryResult, CasesPage, Issue, Json, Shape, text};
use alloc::{borrow::ToOwned, boxed::Box, vec::Vec};

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

/// Reads a page of Cases by Contract ID or Cases by User ID. A page without a whole pagination record is refused:
/// nobody could tell it from the last one.
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
    const ALL: [(&'static str, Member); 4] = [
        ("cases", Member::Cases),
        (PAGINATION, Member::Pagination),
        ("count", Member::Count),
        ("caseDetail", Member::Detail),
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
    if decoder.scan.peek() != b'{' {
        // What is legal JSON but no object is another fault than what is no JSON at all.
        let fault = decoder.scan.fault("UNEXPECTED_RESPONSE", "an object");
        value::read(&mut decoder.scan)?;
        decoder.scan.finish()?;
        return Err(fault);
    }
    // The names that are known are told apart by a bit each.
    let (mut came, mut names) = (0_u32, Names::default());
    decoder.scan.enter(b'{')?;
    let mut more = !decoder.scan.leave(b'}');
    while more {
        let offset = decoder.scan.at;
        if decoder.scan.peek() != b'"' {
            return Err(decoder.scan.illegal("a member's name"));
        }
        let piece = decoder.scan.string()?;
        let known = Member::ALL.iter().find(|(name, _)| name.as_bytes() == decoder.scan.bytes(piece));
        if let Some((name, which)) = known {
            if came & which.bit() != 0 {
                return Err(again(name, offset));
            }
            came |= which.bit();
            decoder.scan.colon()?;
            member(&mut decoder, *which).map_err(|fault| fault.inside(name))?;
        } else {
            let name = decoder.scan.str(piece).to_owned();
            names.add(&name, offset)?;
            decoder.scan.colon()?;
            value::read(&mut decoder.scan).map_err(|fault| fault.inside(&name))?;
        }
        // What belongs to no record is not kept, and nothing in it is off.
        decoder.scan.take_lone_surrogate();
        more = decoder.scan.another(b'}')?;
    }
    names.end()?;
    decoder.scan.finish()?;
    check(&mut decoder, came)?;
    decoder.finish();
    Ok(())
}

fn member<const FAST: bool>(decoder: &mut Decoder<'_, FAST>, which: Member) -> Result<(), Failed> {
    match (which, decoder.out.shape) {
        (Member::Cases, Shape::Summary | Shape::Page) => cases(decoder),
        (Member::Detail, Shape::Details) => {
            decoder.place = Place::new("caseDetail", None);
            object(decoder, Kind::Detail)
        }
        (Member::Pagination, Shape::Page) => {
            decoder.place = Place::new(PAGINATION, None);
            pagination(decoder)
        }
        (Member::Count, Shape::Summary) => {
            if let Json::Number(digits) | Json::Text(digits) = value::read(&mut decoder.scan)? {
                decoder.out.count = whole_number(digits.as_bytes());
            }
            Ok(())
        }
        _ => value::read(&mut decoder.scan).map(drop),
    }
}

fn object<const FAST: bool>(decoder: &mut Decoder<'_, FAST>, kind: Kind) -> Result<(), Failed> {
    if decoder.scan.peek() != b'{' {
        return Err(decoder.scan.fault("UNEXPECTED_RESPONSE", "an object"));
    }
    decoder.record(kind)
}

fn cases<const FAST: bool>(decoder: &mut Decoder<'_, FAST>) -> Result<(), Failed> {
    if decoder.scan.peek() != b'[' {
        return Err(decoder.scan.fault("UNEXPECTED_RESPONSE", "an array of cases"));
    }
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

fn pagination<const FAST: bool>(decoder: &mut Decoder<'_, FAST>) -> Result<(), Failed> {
    let offset = decoder.scan.at;
    let before = decoder.out.issues.len();
    object(decoder, Kind::Pagination)?;
    for issue in decoder.out.issues.iter().skip(before) {
        for needed in ["last_index", "page_index", "total_records"] {
            if issue.path.strip_prefix(PAGINATION).and_then(|path| path.strip_prefix('.')) == Some(needed) {
                let fault = Fault::new("UNEXPECTED_RESPONSE", offset, &*issue.expected, issue.value.to_text());
                return Err(Box::new(fault).inside(needed));
            }
        }
    }
    Ok(())
}

/// What can be said only when all has been read.
fn check<const FAST: bool>(decoder: &mut Decoder<'_, FAST>, came: u32) -> Result<(), Failed> {
    let needed: &[Member] = match decoder.out.shape {
        Shape::Summary => &[Member::Cases],
        Shape::Page => &[Member::Cases, Member::Pagination],
        Shape::Details => &[Member::Detail],
    };
    if let Some(missing) = needed.iter().find(|member| came & member.bit() == 0) {
        let (name, _) = Member::ALL.get(*missing as usize).copied().unwrap_or(("", *missing));
        return Err(Box::new(Fault::new("UNEXPECTED_RESPONSE", 0, text!("a member \"", name, "\""), "none")));
    }
    let number = u32::try_from(decoder.out.len()).unwrap_or(u32::MAX);
    let (path, said) = match decoder.out.shape {
        Shape::Details => return Ok(()),
        Shape::Summary => ("count", decoder.out.count),
        Shape::Page => ("pagination_response_record.page_records", Some(decoder.out.page_records())),
    };
    if said != Some(number) {
        decoder.place = Place::new(path, None);
        decoder.report("", None, 0, &text!(number, ", the number of cases"), Json::from(said));
    }
    Ok(())
}
