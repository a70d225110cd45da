//! The cases of a list, as a stream.

use super::driver::{DrivenCall, Driver};
use super::shared::SharedState;
use super::{Error, runtime};
use crate::client::{CallOptions, CallResponse, Paginator};
use crate::model::CaseRecord;
use alloc::{boxed::Box, rc::Rc, vec};
use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};
use futures_core::Stream;

/// Every case of a list, as a stream. It requests a page after the cases of the page before were taken; dropping the stream
/// aborts its request.
///
/// The stream yields every case that is in the list from the first request to the last, even if the list changes. A case that
/// is updated during the read can be yielded again, in its newer version. After an error of a request the stream can be
/// polled again, and requests the same page; after any other error it has ended.
#[must_use = "a stream sends nothing until it is polled"]
pub struct Cases {
    shared: Rc<SharedState>,
    state: StreamState,
    cases: vec::IntoIter<CaseRecord>,
}

/// The state of a stream.
enum StreamState {
    Failed(Option<Error>),
    Reading { paginator: Box<Paginator>, options: CallOptions, driven: Option<DrivenCall> },
}

impl Cases {
    pub(super) fn new(shared: Rc<SharedState>, paginator: Result<(Paginator, CallOptions), Error>) -> Cases {
        let state = match paginator {
            Ok((paginator, options)) => StreamState::Reading { paginator: Box::new(paginator), options, driven: None },
            Err(error) => StreamState::Failed(Some(error)),
        };
        Cases { shared, state, cases: vec::IntoIter::default() }
    }

    /// Takes a page, whose cases are yielded next.
    fn on_response(&mut self, answer: CallResponse<()>) -> Result<(), Error> {
        let StreamState::Reading { paginator, .. } = &mut self.state else { return Ok(()) };
        let service_ms = self.shared.engine(runtime::now(), |engine, now| engine.service_ms().unwrap_or(now.unix_ms));
        match paginator.on_page(answer.records, service_ms) {
            Ok(page) => {
                if let Some(page) = page {
                    self.cases = page.page().cases.into_iter();
                    self.shared.recycle(page);
                }
                Ok(())
            }
            Err(error) => {
                self.state = StreamState::Failed(None);
                Err(error)
            }
        }
    }
}

impl Stream for Cases {
    type Item = Result<CaseRecord, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        loop {
            if let Some(case) = this.cases.next() {
                return Poll::Ready(Some(Ok(case)));
            }
            let (paginator, options, driven) = match &mut this.state {
                StreamState::Failed(error) => return Poll::Ready(error.take().map(Err)),
                StreamState::Reading { paginator, options, driven } => (paginator, options, driven),
            };
            let call = match driven {
                Some(call) => call,
                None => match paginator.next_request() {
                    None => return Poll::Ready(None),
                    Some(request) => driven.insert(Driver::begin(&this.shared, request, options.clone())),
                },
            };
            let Poll::Ready(outcome) = call.as_mut().poll(cx) else { return Poll::Pending };
            *driven = None;
            if let Err(error) = outcome.and_then(|answer| this.on_response(*answer)) {
                return Poll::Ready(Some(Err(error)));
            }
        }
    }
}

impl fmt::Debug for Cases {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cases").finish_non_exhaustive()
    }
}
