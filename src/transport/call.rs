//! A call, as a future.

use super::driver::{DrivenCall, Driver};
use super::options::with_rust_names;
use super::params::Params;
use super::shared::SharedState;
use super::{Cases, Error};
use crate::client::{CallError, CallOptions, Paginator, call_options};
use crate::decode::Records;
use crate::endpoint::{Endpoint, Request};
use crate::model::CasesPage;
use crate::paging::ReadOrder;
use crate::rules::ProblemList;
use crate::util::Json;
use alloc::{borrow::ToOwned, rc::Rc, string::String, vec::Vec};
use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

/// A call of the service, as a future of its result. It begins when it is first polled, and dropping it aborts it.
///
/// The first poll validates parameters and options, and returns an error with all problems before anything is sent.
#[must_use = "a call is sent when it is awaited"]
pub struct Call<T> {
    shared: Rc<SharedState>,
    endpoint: &'static Endpoint,
    params: Params,
    options: Vec<(String, Json)>,
    headers: Vec<(String, Json)>,
    order: ReadOrder,
    read: fn(&Records) -> T,
    state: PollState,
}

/// The state of a call.
enum PollState {
    New,
    Running(DrivenCall),
    Ended,
}

impl<T> Call<T> {
    pub(super) fn new(
        shared: &Rc<SharedState>,
        endpoint: &'static Endpoint,
        params: Params,
        read: fn(&Records) -> T,
    ) -> Call<T> {
        Call {
            shared: Rc::clone(shared),
            endpoint,
            params,
            options: Vec::new(),
            headers: Vec::new(),
            order: ReadOrder::NewestFirst,
            read,
            state: PollState::New,
        }
    }

    /// Sets the timeout of the whole call in milliseconds, in place of the client's; 0 for none.
    pub fn timeout_ms(self, timeout_ms: u32) -> Call<T> {
        self.with("timeoutMs", timeout_ms.into())
    }

    /// Sets the maximum number of retries, 0 to 10, in place of the client's.
    pub fn max_retries(self, max_retries: u32) -> Call<T> {
        self.with("maxRetries", max_retries.into())
    }

    /// Sets the maximum age of a cached response in milliseconds, rounded down to seconds; 0 requires a fresh response.
    pub fn max_age_ms(self, max_age_ms: u32) -> Call<T> {
        self.with("maxAgeMs", max_age_ms.into())
    }

    /// Sets the token of this call, in place of the client's, for a server that acts for many users.
    pub fn token(self, token: impl Into<String>) -> Call<T> {
        self.with("token", Json::String(token.into()))
    }

    /// Adds a header to this call; it overrides the client's header of the same name.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Call<T> {
        self.headers.push((name.into(), Json::String(value.into())));
        self
    }

    /// Sets the `traceparent` header (W3C Trace Context), passed on unchanged.
    pub fn traceparent(self, traceparent: impl Into<String>) -> Call<T> {
        self.with("traceparent", Json::String(traceparent.into()))
    }

    fn with(mut self, name: &str, value: Json) -> Call<T> {
        self.options.retain(|(known, _)| known != name);
        self.options.push((name.to_owned(), value));
        self
    }

    /// Validates parameters and options.
    fn check(&self) -> Result<(Request, CallOptions), Error> {
        let mut options = self.options.clone();
        options.push(("headers".to_owned(), Json::Object(self.headers.clone())));
        let options = call_options(&Json::Object(options), false);
        let request = self.endpoint.check(&self.params.clone().into_json());
        match (request, options) {
            (Ok(request), Ok((options, _))) => Ok((request, options)),
            (request, options) => {
                let mut problems = request.err().unwrap_or_default();
                problems.extend(options.err().into_iter().flatten().map(with_rust_names));
                Err(CallError::invalid_request(problems.truncated()).for_call(self.endpoint.operation_id, &[]))
            }
        }
    }
}

impl Call<CasesPage> {
    /// Returns a stream of every case of the list. The parameters must have no `page_index`.
    pub fn stream(self) -> Cases {
        let list = self.check().and_then(|(request, options)| Ok((Paginator::new(request, self.order)?, options)));
        Cases::new(self.shared, list.map(|(list, options)| (list, options.without_cache())))
    }

    /// Sets the order of the stream: [`ReadOrder::NewestFirst`] (the default) misses no case while the list changes.
    pub fn order(mut self, order: ReadOrder) -> Call<CasesPage> {
        self.order = order;
        self
    }
}

impl<T> Future for Call<T> {
    type Output = Result<T, Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if let PollState::New = self.state {
            match self.check() {
                Ok((request, options)) => {
                    self.state = PollState::Running(Driver::begin(&self.shared, request, options));
                }
                Err(error) => {
                    self.state = PollState::Ended;
                    return Poll::Ready(Err(error));
                }
            }
        }
        let PollState::Running(driven) = &mut self.state else { return Poll::Pending };
        let Poll::Ready(outcome) = driven.as_mut().poll(cx) else { return Poll::Pending };
        self.state = PollState::Ended;
        Poll::Ready(outcome.map(|answer| {
            let value = (self.read)(&answer.records);
            self.shared.recycle(answer.records);
            value
        }))
    }
}

impl<T> fmt::Debug for Call<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The options may contain a token.
        f.debug_struct("Call").field("operation", &self.endpoint.operation_id).finish_non_exhaustive()
    }
}
