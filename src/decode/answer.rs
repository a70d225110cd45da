//! The documents of the service.

use super::{
    Fault,
    lexer::Lexer,
    record::{self, Findings, whole_number},
    value,
};
use crate::model::{CaseDetail, CaseRecord, CaseSummaryResult, CasesPage, Issue, Json, PaginationRecord};

/// What Case Details answers, and what is off in it.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct CaseDetailResult {
    /// The case.
    pub detail: CaseDetail,
    /// What is off in it; empty when all is as documented.
    pub issues: Vec<Issue>,
}

/// Reads what Case Summary answers.
pub fn case_summary(body: &[u8]) -> Result<CaseSummaryResult, Fault> {
    let mut issues = Vec::new();
    let (mut cases, mut count) = (None, None);
    document(body, &mut |lexer, name| {
        match name {
            "cases" => cases = Some(read_cases(lexer, &mut issues)?),
            "count" => count = whole_number(&value::read(lexer)?),
            _ => drop(value::read(lexer)?),
        }
        Ok(())
    })?;
    let cases = cases.ok_or_else(|| missing("cases"))?;
    let number = u32::try_from(cases.len()).unwrap_or(u32::MAX);
    if count != Some(number) {
        issues.push(page_issue("count", format!("{number}, the number of cases"), Json::from(count)));
    }
    Ok(CaseSummaryResult { count: count.unwrap_or(number), cases, issues })
}

/// Reads what Case Details answers.
pub fn case_details(body: &[u8]) -> Result<CaseDetailResult, Fault> {
    let mut issues = Vec::new();
    let mut detail = None;
    document(body, &mut |lexer, name| {
        if name == "caseDetail" {
            if lexer.peek() != Some(b'{') {
                return Err(lexer.fault("UNEXPECTED_RESPONSE", "an object"));
            }
            let mut findings = Findings::default();
            let read: CaseDetail = record::read(lexer, &mut findings)?;
            findings.settle(&read.case_id, "caseDetail", &mut issues);
            detail = Some(read);
        } else {
            drop(value::read(lexer)?);
        }
        Ok(())
    })?;
    Ok(CaseDetailResult { detail: detail.ok_or_else(|| missing("caseDetail"))?, issues })
}

/// Reads a page of Cases by Contract ID or Cases by User ID. A page without a whole pagination record is refused:
/// nobody could tell it from the last one.
pub fn cases_page(body: &[u8]) -> Result<CasesPage, Fault> {
    const PAGINATION: &str = "pagination_response_record";
    let mut issues = Vec::new();
    let (mut cases, mut pagination): (_, Option<PaginationRecord>) = (None, None);
    document(body, &mut |lexer, name| {
        match name {
            "cases" => cases = Some(read_cases(lexer, &mut issues)?),
            PAGINATION => {
                let offset = lexer.offset();
                if lexer.peek() != Some(b'{') {
                    return Err(lexer.fault("UNEXPECTED_RESPONSE", "an object"));
                }
                let mut findings = Findings::default();
                pagination = Some(record::read(lexer, &mut findings)?);
                let mut found = Vec::new();
                findings.settle("", "", &mut found);
                for issue in found {
                    if ["last_index", "page_index", "total_records"].contains(&issue.path.as_str()) {
                        let fault = Fault::new("UNEXPECTED_RESPONSE", offset, issue.expected, issue.value.to_text());
                        return Err(fault.inside(&issue.path));
                    }
                    issues.push(Issue { path: format!("{PAGINATION}.{}", issue.path), ..issue });
                }
            }
            _ => drop(value::read(lexer)?),
        }
        Ok(())
    })?;
    let cases = cases.ok_or_else(|| missing("cases"))?;
    let pagination_response_record = pagination.ok_or_else(|| missing(PAGINATION))?;
    let number = u32::try_from(cases.len()).unwrap_or(u32::MAX);
    let page_records = pagination_response_record.page_records;
    if page_records != number {
        let path = format!("{PAGINATION}.page_records");
        issues.push(page_issue(&path, format!("{number}, the number of cases"), Json::from(page_records)));
    }
    Ok(CasesPage { pagination_response_record, cases, issues })
}

/// Reads a whole body that must be an object.
fn document<'a>(
    body: &'a [u8],
    member: &mut dyn FnMut(&mut Lexer<'a>, &str) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let mut lexer = Lexer::new(body)?;
    if lexer.peek() == Some(b'{') {
        lexer.object(member)?;
        return lexer.end();
    }
    // What is legal JSON but no object is another fault than what is no JSON at all.
    let fault = lexer.fault("UNEXPECTED_RESPONSE", "an object");
    value::read(&mut lexer)?;
    lexer.end()?;
    Err(fault)
}

fn read_cases(lexer: &mut Lexer<'_>, issues: &mut Vec<Issue>) -> Result<Vec<CaseRecord>, Fault> {
    if lexer.peek() != Some(b'[') {
        return Err(lexer.fault("UNEXPECTED_RESPONSE", "an array of cases"));
    }
    let mut cases = Vec::new();
    lexer.array(&mut |lexer, index| {
        let mut findings = Findings::default();
        let place = format!("cases[{index}]");
        let case: Option<CaseRecord> = record::read_item(lexer, &place, "a case", &mut findings)?;
        findings.settle(case.as_ref().map_or("", |case| &case.case_id), "", issues);
        cases.extend(case);
        Ok(())
    })?;
    Ok(cases)
}

fn missing(name: &str) -> Fault {
    Fault::new("UNEXPECTED_RESPONSE", 0, format!("a member \"{name}\""), "none")
}

fn page_issue(path: &str, expected: String, value: Json) -> Issue {
    Issue { case_id: String::new(), path: path.to_owned(), expected, value, offset: 0 }
}
