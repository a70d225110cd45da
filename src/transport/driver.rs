//! The driver of one call, which takes actions from the engine and executes them.
//!
//! It runs within the call's own future and awaits nothing that another call began. Calls share the rate limit and the token
//! as data in the engine. A call that waits for another one polls by its own timer; where the runtime allows it, the other
//! call wakes it earlier.

use super::driver_waker::DriverWaker;
use super::fetch::{FetchedResponse, fetch_response};
use super::options::TokenFuture;
use super::shared::SharedState;
use super::{Cause, Error, runtime};
use crate::client::{
    Action, CallError, CallId, CallOptions, CallResponse, HttpRequest, HttpResponse, InFlightId, Now, TokenReply,
};
use crate::decode::MAX_BODY_BYTES;
use crate::endpoint::Request;
use alloc::{boxed::Box, rc::Rc};
use core::future::{Future, poll_fn};
use core::pin::Pin;
use core::task::Poll;
use gloo_timers::callback::Timeout;
use js_sys::Uint8Array;
use wasm_bindgen_futures::spawn_local;
use web_sys::AbortController;

/// The longest timer: runtimes use 31 bits and fire longer timers at once.
const MAX_TIMER_MS: i64 = i32::MAX as i64;

/// The future of a call that has begun.
pub(super) type DrivenCall = Pin<Box<dyn Future<Output = Result<Box<CallResponse<()>>, Error>>>>;

/// The operation that a driver has in flight. Dropping it aborts the request.
struct OperationInFlight {
    id: InFlightId,
    controller: Option<AbortController>,
    work: Pin<Box<dyn Future<Output = Completion>>>,
}

/// The result of an operation.
enum Completion {
    Response(Result<FetchedResponse, Cause>),
    Token(Result<TokenReply, Cause>),
}

impl Drop for OperationInFlight {
    fn drop(&mut self) {
        if let Some(controller) = &self.controller {
            controller.abort();
        }
    }
}

/// The driver of one call. Dropping it before the end aborts the call.
pub(super) struct Driver {
    shared: Rc<SharedState>,
    id: CallId,
    waker: Rc<DriverWaker>,
    in_flight: Option<OperationInFlight>,
    /// The due time of the timer that fired: that time has passed, even if the clock disagrees.
    fired_due_ms: i64,
    is_done: bool,
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.in_flight = None;
        self.shared.wakers.borrow_mut().remove(&self.id);
        if !self.is_done {
            self.shared.engine(runtime::now(), |engine, now| engine.remove(self.id, now));
        }
        self.shared.wake_others();
    }
}

impl Driver {
    /// Begins a call. Its first poll sends the request.
    pub(super) fn begin(shared: &Rc<SharedState>, request: Request, options: CallOptions) -> DrivenCall {
        let id = shared.engine(runtime::now(), |engine, now| engine.begin(request, options, now));
        let waker = Rc::new(DriverWaker::default());
        shared.wakers.borrow_mut().insert(id, Rc::clone(&waker));
        let shared = Rc::clone(shared);
        Box::pin(Driver { shared, id, waker, in_flight: None, fired_due_ms: i64::MIN, is_done: false }.run())
    }

    /// Drives the call to its end.
    async fn run(mut self) -> Result<Box<CallResponse<()>>, Error> {
        loop {
            let action = self.shared.engine(self.now(), |engine, now| engine.next_action(self.id, now));
            self.fired_due_ms = i64::MIN;
            match action {
                Some(Action::Wait { ms }) => {
                    self.shared.wake_others();
                    if let Some((id, completion)) = self.sleep(ms).await {
                        self.report(id, completion);
                    }
                }
                Some(Action::Send { id, request }) => self.in_flight = Some(self.send(id, request)),
                Some(Action::Cancel { .. } | Action::CancelTokenRequest { .. }) => self.in_flight = None,
                Some(Action::RequestToken { id, .. }) => self.request_token(id),
                // There is no token cache in Rust.
                Some(Action::ReadTokenCache { id }) => self.report(id, Completion::Token(Err(no_provider()))),
                Some(Action::StoreToken(_)) => {}
                Some(Action::Emit(event)) => {
                    if let Some(listener) = &self.shared.event_listener {
                        listener(&event);
                    }
                }
                Some(Action::Done { outcome }) => {
                    self.is_done = true;
                    return outcome;
                }
                None => {
                    self.is_done = true;
                    return Err(CallError::client("TIMEOUT", "(the runtime was suspended for a minute)"));
                }
            }
        }
    }

    /// A reading of the clocks, at least at the due time of the timer that fired.
    fn now(&self) -> Now {
        let now = runtime::now();
        Now { monotonic_ms: now.monotonic_ms.max(self.fired_due_ms), ..now }
    }

    fn send(&self, id: InFlightId, request: HttpRequest) -> OperationInFlight {
        match AbortController::new() {
            Ok(controller) => {
                let response = fetch_response(request, controller.signal(), self.shared.is_browser);
                let work = Box::pin(async move { Completion::Response(response.await) });
                OperationInFlight { id, controller: Some(controller), work }
            }
            Err(thrown) => {
                let work = Box::pin(core::future::ready(Completion::Response(Err(Cause::from_js(&thrown)))));
                OperationInFlight { id, controller: None, work }
            }
        }
    }

    /// Calls the token provider. Its future outlives this call, since other calls can use the token; where the runtime isolates
    /// requests, it runs within this call.
    fn request_token(&mut self, id: InFlightId) {
        let token: TokenFuture = match &self.shared.token_provider {
            Some(provider) => provider(),
            None => Box::pin(core::future::ready(Err(no_provider()))),
        };
        if self.shared.is_isolated {
            let work = Box::pin(async move { Completion::Token(token.await) });
            self.in_flight = Some(OperationInFlight { id, controller: None, work });
            return;
        }
        let shared = Rc::downgrade(&self.shared);
        spawn_local(async move {
            let reply = token.await;
            // A dropped client does not need the token.
            if let Some(shared) = shared.upgrade() {
                shared.engine(runtime::now(), |engine, now| engine.on_token(id, reply, now));
                shared.wake_others();
                shared.wake(id.call());
            }
        });
    }

    /// Sleeps until the driver is woken, at most for a time. Returns the completed operation, if there is one.
    async fn sleep(&mut self, ms: Option<i64>) -> Option<(InFlightId, Completion)> {
        let fired_due_ms = ms.map(|ms| (self.now().monotonic_ms.saturating_add(ms), ms.clamp(0, MAX_TIMER_MS)));
        self.waker.is_due.set(false);
        let _timer = fired_due_ms.map(|(_, ms)| {
            let waker = Rc::clone(&self.waker);
            Timeout::new(u32::try_from(ms).unwrap_or(0), move || {
                waker.is_due.set(true);
                waker.notify();
            })
        });
        let (waker, in_flight) = (&self.waker, &mut self.in_flight);
        let completion = poll_fn(|cx| {
            if let Some(in_flight) = in_flight.as_mut()
                && let Poll::Ready(completion) = in_flight.work.as_mut().poll(cx)
            {
                return Poll::Ready(Some((in_flight.id, completion)));
            }
            if waker.is_woken.take() || waker.is_due.get() {
                return Poll::Ready(None);
            }
            waker.register(cx);
            Poll::Pending
        });
        let completion = completion.await;
        if let Some((_, completion)) = &completion {
            let ended = self.in_flight.take();
            // A request that failed here may still be in progress on the other side: then it is aborted.
            if let (Completion::Response(Ok(_)), Some(mut in_flight)) = (completion, ended) {
                in_flight.controller = None;
            }
        } else if self.waker.is_due.get()
            && let Some((fired_due_ms, ms)) = fired_due_ms
            && ms < MAX_TIMER_MS
        {
            self.fired_due_ms = fired_due_ms;
        }
        completion
    }

    /// Reports a completed operation to the engine.
    fn report(&self, id: InFlightId, completion: Completion) {
        self.shared.engine(self.now(), |engine, now| match completion {
            Completion::Token(reply) => engine.on_token(id, reply, now),
            Completion::Response(Err(cause)) => engine.on_response(id, Err(cause), now),
            Completion::Response(Ok(received)) => {
                let FetchedResponse { status, mashery_error_code, message_id, retry_after, date, body } = received;
                let length = |part: &Uint8Array| usize::try_from(part.length()).unwrap_or(usize::MAX);
                // For what is too large there is no rest_of_body, and only its length counts.
                let whole = body.as_ref().map_or(MAX_BODY_BYTES + 1, |parts| parts.iter().map(length).sum());
                let mut rest_of_body = engine.body(whole);
                for part in body.iter().flatten() {
                    let Some((at, rest)) = rest_of_body.split_at_mut_checked(length(part)) else { break };
                    part.copy_to(at);
                    rest_of_body = rest;
                }
                let body = engine.take_body();
                let response =
                    HttpResponse { status, mashery_error_code, message_id, retry_after, date, body, raw: () };
                engine.on_response(id, Ok(response), now);
            }
        });
    }
}

/// The error without a token provider.
fn no_provider() -> Cause {
    Cause::new("there is no token provider".into())
}
