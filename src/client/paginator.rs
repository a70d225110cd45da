//! Every case of a list, page by page.

use super::{BoxedCallError, CallError};
use crate::decode::Records;
use crate::endpoint::Request;
use crate::model::DocumentKind;
use crate::paging::{ListReader, Order, PageRequest};
use crate::rules::Problem;
use crate::util::Json;
use alloc::vec::Vec;

/// Says which page of a list to ask for next, and picks out of what comes the cases that are new. Asking is its
/// driver's: [`next_request`](List::next_request), a call, [`take`](List::take), until there is no next. After an error
/// the same page can be asked for again.
#[derive(Debug)]
pub struct Paginator {
    request: Request,
    reader: ListReader,
    pending: Option<PageRequest>,
}

impl Paginator {
    /// A reader of the list that a request asks for. The request names no page: all are read. A list sorted by status
    /// has no end that updates go to, so it is read upwards whatever the order, and may miss a case that moves.
    pub fn new<Cause>(request: Request, order: Order) -> Result<Paginator, BoxedCallError<Cause>> {
        let mut problems = Vec::new();
        if request.endpoint.response != DocumentKind::Page {
            let expected = "casesByContract or casesByUser";
            problems.push(Problem::new("endpoint", "INVALID_PARAMETER", expected, &Json::from(request.endpoint.name)));
        }
        if let Some(index) = request.page_index.filter(|index| *index > 1) {
            let expected = "no page_index, since iterating reads every page";
            problems.push(Problem::new("page_index", "INVALID_PARAMETER", expected, &Json::from(index)));
        }
        if !problems.is_empty() {
            return Err(CallError::invalid_request(problems));
        }
        let order = if request.sort_by == Some("STATUS") { Order::Oldest } else { order };
        Ok(Paginator { request, reader: ListReader::new(order), pending: None })
    }

    /// The request for the next page; none when every case has been given out.
    pub fn next_request(&mut self) -> Option<Request> {
        self.pending = self.pending.or_else(|| self.reader.next_request(false));
        self.pending.map(|ask| self.request.page(ask.page_index))
    }

    /// Takes the page that was asked for; gives it reduced to the cases that are new, unless there are none.
    /// `unix_ms` is the time.
    pub fn on_page<Cause>(
        &mut self,
        mut page: Records,
        unix_ms: i64,
    ) -> Result<Option<Records>, BoxedCallError<Cause>> {
        let Some(ask) = self.pending.take().or_else(|| self.reader.next_request(false)) else { return Ok(None) };
        match self.reader.on_page(ask, &mut page, unix_ms) {
            Ok(_) => Ok(Some(page).filter(|page| !page.is_empty())),
            Err(stuck) => {
                Err(CallError::from_reader_error(stuck).for_call(self.request.endpoint.name, &self.request.ids))
            }
        }
    }
}
