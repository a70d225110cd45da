//! Every case of a list.

use super::driver::{Driven, Driver};
use super::shared::Shared;
use super::{Error, runtime};
use crate::client::{Answer, CallOptions, List};
use crate::model::CaseRecord;
use alloc::{boxed::Box, rc::Rc, vec};
use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};
use futures_core::Stream;

/// Every case of a list, as a stream. A page is asked for when the cases of the page before it have been taken; dropping
/// the stream aborts what it has asked for.
///
/// Every case that is in the list from the first request to the last comes, whatever moves meanwhile; one that moves may come
/// twice, then with what is new of it. After an error of a request the stream can be polled on, and asks for the same page
/// again; after any other it has ended.
#[must_use = "a stream asks for nothing until it is polled"]
pub struct Cases {
    shared: Rc<Shared>,
    state: State,
    cases: vec::IntoIter<CaseRecord>,
}

/// The state of a stream.
enum State {
    Refused(Option<Error>),
    Reading { list: Box<List>, options: CallOptions, driven: Option<Driven> },
}

impl Cases {
    pub(super) fn new(shared: Rc<Shared>, list: Result<(List, CallOptions), Error>) -> Cases {
        let state = match list {
            Ok((list, options)) => State::Reading { list: Box::new(list), options, driven: None },
            Err(error) => State::Refused(Some(error)),
        };
        Cases { shared, state, cases: vec::IntoIter::default() }
    }

    /// Takes a page; its cases are given out from now on.
    fn take(&mut self, answer: Answer<()>) -> Result<(), Error> {
        let State::Reading { list, .. } = &mut self.state else { return Ok(()) };
        let service_ms = self.shared.engine(runtime::now(), |engine, now| engine.service_ms().unwrap_or(now.unix_ms));
        match list.take(answer.records, service_ms) {
            Ok(page) => {
                if let Some(page) = page {
                    self.cases = page.page().cases.into_iter();
                    self.shared.give_back(page);
                }
                Ok(())
            }
            Err(error) => {
                self.state = State::Refused(None);
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
            let (list, options, driven) = match &mut this.state {
                State::Refused(error) => return Poll::Ready(error.take().map(Err)),
                State::Reading { list, options, driven } => (list, options, driven),
            };
            let call = match driven {
                Some(call) => call,
                None => match list.next_request() {
                    None => return Poll::Ready(None),
                    Some(request) => driven.insert(Driver::begin(&this.shared, request, options.clone())),
                },
            };
            let Poll::Ready(outcome) = call.as_mut().poll(cx) else { return Poll::Pending };
            *driven = None;
            if let Err(error) = outcome.and_then(|answer| this.take(*answer)) {
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
