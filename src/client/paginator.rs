//! The paginator of a list.

use super::{BoxedCallError, CallError};
use crate::decode::Records;
use crate::endpoint::Request;
use crate::model::DocumentKind;
use crate::paging::{ListReader, PageRequest, ReadOrder, SegmentSplit};
use crate::rules::Problem;
use crate::util::Json;
use alloc::vec::Vec;

/// Determines the next page of a list, and reduces received pages to new cases. Its driver repeats
/// [`next_request`](Paginator::next_request), a call and [`on_page`](Paginator::on_page), until there is no next request. After
/// an error the same page can be requested again.
///
/// ```
/// use cisco_support_case::client::Paginator;
/// use cisco_support_case::decode::{Body, Records, records};
/// use cisco_support_case::endpoint::CASES_BY_CONTRACT;
/// use cisco_support_case::model::DocumentKind;
/// use cisco_support_case::paging::ReadOrder;
/// use cisco_support_case::util::Json;
///
/// let params = Json::object([("contract_ids", Json::from(vec!["1234567"]))]);
/// let mut pages = Paginator::new::<()>(CASES_BY_CONTRACT.check(&params).unwrap(), ReadOrder::NewestFirst).unwrap();
/// assert_eq!(pages.next_request().and_then(|request| request.page_index), Some(1));
/// let body = br#"{"pagination_response_record":{"last_index":1,"page_index":1,"page_records":1,"total_records":1},
///                 "cases":[{"case_id":"612345678"}]}"#;
/// let page = records(DocumentKind::Page, &Body::from_slice(body), Records::default()).unwrap();
/// let page = pages.on_page::<()>(page, 1_767_225_600_000).unwrap();
/// assert_eq!(page.map(|page| page.len()), Some(1));
/// assert!(pages.next_request().is_none(), "the list has one page");
/// ```
#[derive(Debug)]
pub struct Paginator {
    request: Request,
    reader: ListReader,
    pending: Option<PageRequest>,
}

impl Paginator {
    /// A paginator of the list of a request. The request must have no `page_index`, since all pages are read. A list sorted by
    /// status is read from the first page in any order, since updates do not move cases to its end; it may miss a case that
    /// moves.
    pub fn new<Cause>(request: Request, order: ReadOrder) -> Result<Paginator, BoxedCallError<Cause>> {
        let mut problems = Vec::new();
        if request.endpoint.response != DocumentKind::Page {
            let expected = "casesByContract or casesByUser";
            problems.push(Problem::new(
                "endpoint",
                "INVALID_PARAMETER",
                expected,
                &Json::from(request.endpoint.operation_id),
            ));
        }
        if let Some(index) = request.page_index.filter(|index| *index > 1) {
            let expected = "no page_index, since iterating reads every page";
            problems.push(Problem::new("page_index", "INVALID_PARAMETER", expected, &Json::from(index)));
        }
        if !problems.is_empty() {
            return Err(CallError::invalid_request(problems));
        }
        let order = if request.sort_by == Some("STATUS") { ReadOrder::OldestFirst } else { order };
        Ok(Paginator { request, reader: ListReader::new(order), pending: None })
    }

    /// Returns the request for the next page, or `None` at the end of the list.
    pub fn next_request(&mut self) -> Option<Request> {
        self.pending = self.pending.or_else(|| self.reader.next_request(SegmentSplit::Never));
        self.pending.map(|ask| self.request.page(ask.page_index))
    }

    /// Takes the requested page. Returns it reduced to its new cases, or `None` without any. `unix_ms` is the current time.
    pub fn on_page<Cause>(
        &mut self,
        mut page: Records,
        unix_ms: i64,
    ) -> Result<Option<Records>, BoxedCallError<Cause>> {
        let Some(ask) = self.pending.take().or_else(|| self.reader.next_request(SegmentSplit::Never)) else {
            return Ok(None);
        };
        match self.reader.on_page(ask, &mut page, unix_ms) {
            Ok(_) => Ok(Some(page).filter(|page| !page.is_empty())),
            Err(stuck) => {
                Err(CallError::from_reader_error(stuck).for_call(self.request.endpoint.operation_id, &self.request.ids))
            }
        }
    }
}
