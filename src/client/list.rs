//! Every case of a list, page by page.

use super::{Answer, CallError, CallOptions, Client, Failed, Host};
use crate::decode::Records;
use crate::endpoint::Request;
use crate::model::{Json, Shape};
use crate::paging::{Order, Reader, Stuck};
use crate::rules::Problem;
use std::rc::Rc;

/// Reads every case of a list, a page in memory at a time.
pub struct List<H: Host> {
    client: Rc<Client<H>>,
    request: Request,
    options: CallOptions,
    reader: Reader,
}

impl<H: Host> List<H> {
    /// A reader of the list that a request asks for. The request names no page: all are read. A list sorted by status
    /// has no end that updates go to, so it is read upwards whatever the order, and may miss a case that moves.
    pub fn new(
        client: Rc<Client<H>>,
        request: Request,
        order: Order,
        options: CallOptions,
    ) -> Result<List<H>, Failed<H::Cause>> {
        let mut problems = Vec::new();
        if request.endpoint.answer != Shape::Page {
            let expected = "casesByContract or casesByUser";
            problems.push(Problem::new("endpoint", "INVALID_PARAMETER", expected, &Json::from(request.endpoint.name)));
        }
        if let Some(index) = request.page_index.filter(|index| *index > 1) {
            let expected = "no page_index, since iterating reads every page";
            problems.push(Problem::new("page_index", "INVALID_PARAMETER", expected, &Json::from(index)));
        }
        if !problems.is_empty() {
            return Err(CallError::invalid(problems));
        }
        let order = if request.sort_by == Some("STATUS") { Order::Oldest } else { order };
        Ok(List { client, request, options, reader: Reader::new(order) })
    }

    /// The next page that has cases which are new, reduced to them; none at the end. After an error the same page can
    /// be asked for again.
    pub async fn next_page(&mut self) -> Result<Option<Records>, Failed<H::Cause>> {
        while let Some(index) = self.reader.next_page_index() {
            let request = self.request.page(index);
            let Answer { records: mut page, .. } = self.client.call(&request, &self.options).await?;
            self.reader
                .take(&mut page)
                .map_err(|stuck| stuck_error(stuck).of_call(request.endpoint.name, &request.ids))?;
            if !page.is_empty() {
                return Ok(Some(page));
            }
        }
        Ok(None)
    }
}

fn stuck_error<Cause>(stuck: Stuck) -> Failed<Cause> {
    match stuck {
        Stuck::PageMismatch { asked, came } => {
            CallError::own("PAGE_MISMATCH", format!("(page {asked} was asked for, page {came} came)"))
        }
        Stuck::NeverRests => CallError::own("LIST_NEVER_RESTS", ""),
    }
}
