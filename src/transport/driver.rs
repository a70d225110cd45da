//! The driver of one call: it asks the engine what to do next, and does it.
//!
//! It runs within the call's own future and awaits nothing that another call began. What calls share (rate limit, token) is
//! data in the engine; a call that waits for what another is doing comes back by its own timer, and where the runtime allows
//! it, another one wakes it early.

use super::driver_waker::Sleeper;
use super::fetch::{Received, exchange};
use super::options::Asked;
use super::shared::Shared;
use super::{Cause, Error, runtime};
use crate::client::{
    Action, Answer, CallError, CallId, CallOptions, HttpRequest, HttpResponse, Now, SendId, TokenReply,
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

/// The longest timer: runtimes count in 31 bits and fire at once beyond.
const MAX_TIMER_MS: i64 = i32::MAX as i64;

/// A call that is being driven.
pub(super) type Driven = Pin<Box<dyn Future<Output = Result<Box<Answer<()>>, Error>>>>;

/// What a driver has in flight. Dropping it aborts the request.
struct Flight {
    id: SendId,
    controller: Option<AbortController>,
    work: Pin<Box<dyn Future<Output = Landed>>>,
}

/// The end of what was in flight.
enum Landed {
    Response(Result<Received, Cause>),
    Token(Result<TokenReply, Cause>),
}

impl Drop for Flight {
    fn drop(&mut self) {
        if let Some(controller) = &self.controller {
            controller.abort();
        }
    }
}

/// The driver of one call: dropping it before the call's end ends the call.
pub(super) struct Driver {
    shared: Rc<Shared>,
    id: CallId,
    sleeper: Rc<Sleeper>,
    flight: Option<Flight>,
    /// The time at which the timer that fired was due: so much has passed, whatever the clock says.
    due_ms: i64,
    is_done: bool,
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.flight = None;
        self.shared.sleepers.borrow_mut().remove(&self.id);
        if !self.is_done {
            self.shared.engine(runtime::now(), |engine, now| engine.forget(self.id, now));
        }
        self.shared.wake_others();
    }
}

impl Driver {
    /// Begins a call. Nothing is sent yet.
    pub(super) fn begin(shared: &Rc<Shared>, request: Request, options: CallOptions) -> Driven {
        let id = shared.engine(runtime::now(), |engine, now| engine.begin(request, options, now));
        let sleeper = Rc::new(Sleeper::default());
        shared.sleepers.borrow_mut().insert(id, Rc::clone(&sleeper));
        let shared = Rc::clone(shared);
        Box::pin(Driver { shared, id, sleeper, flight: None, due_ms: i64::MIN, is_done: false }.run())
    }

    /// Drives the call to its end.
    async fn run(mut self) -> Result<Box<Answer<()>>, Error> {
        loop {
            let action = self.shared.engine(self.now(), |engine, now| engine.next_action(self.id, now));
            self.due_ms = i64::MIN;
            match action {
                Some(Action::Wait { ms }) => {
                    self.shared.wake_others();
                    if let Some((id, landed)) = self.sleep(ms).await {
                        self.report(id, landed);
                    }
                }
                Some(Action::Send { id, request }) => self.flight = Some(self.send(id, request)),
                Some(Action::Cancel { .. } | Action::CancelToken { .. }) => self.flight = None,
                Some(Action::AskToken { id, .. }) => self.ask(id),
                // There is no cache that clients share.
                Some(Action::LookForToken { id }) => self.report(id, Landed::Token(Err(no_provider()))),
                Some(Action::KeepToken(_)) => {}
                Some(Action::Tell(event)) => {
                    if let Some(watch) = &self.shared.watch {
                        watch(&event);
                    }
                }
                Some(Action::Done { outcome }) => {
                    self.is_done = true;
                    return outcome;
                }
                None => {
                    self.is_done = true;
                    return Err(CallError::own("TIMEOUT", "(its runtime stood still for a minute)"));
                }
            }
        }
    }

    /// A reading of the clocks, after which the timer that fired is due.
    fn now(&self) -> Now {
        let now = runtime::now();
        Now { steady_ms: now.steady_ms.max(self.due_ms), ..now }
    }

    fn send(&self, id: SendId, request: HttpRequest) -> Flight {
        match AbortController::new() {
            Ok(controller) => {
                let exchanged = exchange(request, controller.signal(), self.shared.is_browser);
                let work = Box::pin(async move { Landed::Response(exchanged.await) });
                Flight { id, controller: Some(controller), work }
            }
            Err(thrown) => {
                let work = Box::pin(core::future::ready(Landed::Response(Err(Cause::thrown(&thrown)))));
                Flight { id, controller: None, work }
            }
        }
    }

    /// Asks the token provider. The question is the client's and outlives this call; where the runtime isolates requests,
    /// it is asked within the call's own.
    fn ask(&mut self, id: SendId) {
        let asked: Asked = match &self.shared.provider {
            Some(provider) => provider(),
            None => Box::pin(core::future::ready(Err(no_provider()))),
        };
        if self.shared.is_isolated {
            let work = Box::pin(async move { Landed::Token(asked.await) });
            self.flight = Some(Flight { id, controller: None, work });
            return;
        }
        let shared = Rc::downgrade(&self.shared);
        spawn_local(async move {
            let reply = asked.await;
            // A client that is gone has no use for it.
            if let Some(shared) = shared.upgrade() {
                shared.engine(runtime::now(), |engine, now| engine.on_token(id, reply, now));
                shared.wake_others();
                shared.wake(id.call());
            }
        });
    }

    /// Sleeps until something happens, but not longer; what has ended, if that woke it.
    async fn sleep(&mut self, ms: Option<i64>) -> Option<(SendId, Landed)> {
        let due_ms = ms.map(|ms| (self.now().steady_ms.saturating_add(ms), ms.clamp(0, MAX_TIMER_MS)));
        self.sleeper.is_due.set(false);
        let _timer = due_ms.map(|(_, ms)| {
            let sleeper = Rc::clone(&self.sleeper);
            Timeout::new(u32::try_from(ms).unwrap_or(0), move || {
                sleeper.is_due.set(true);
                sleeper.rouse();
            })
        });
        let (sleeper, flight) = (&self.sleeper, &mut self.flight);
        let landed = poll_fn(|cx| {
            if let Some(flight) = flight.as_mut()
                && let Poll::Ready(landed) = flight.work.as_mut().poll(cx)
            {
                return Poll::Ready(Some((flight.id, landed)));
            }
            if sleeper.is_woken.take() || sleeper.is_due.get() {
                return Poll::Ready(None);
            }
            sleeper.sleep(cx);
            Poll::Pending
        });
        let landed = landed.await;
        if let Some((_, landed)) = &landed {
            let ended = self.flight.take();
            // What has failed on this side may still be under way on the other: then it is aborted.
            if let (Landed::Response(Ok(_)), Some(mut flight)) = (landed, ended) {
                flight.controller = None;
            }
        } else if self.sleeper.is_due.get()
            && let Some((due_ms, ms)) = due_ms
            && ms < MAX_TIMER_MS
        {
            self.due_ms = due_ms;
        }
        landed
    }

    /// Reports the end of what was in flight.
    fn report(&self, id: SendId, landed: Landed) {
        self.shared.engine(self.now(), |engine, now| match landed {
            Landed::Token(reply) => engine.on_token(id, reply, now),
            Landed::Response(Err(cause)) => engine.on_response(id, Err(cause), now),
            Landed::Response(Ok(received)) => {
                let Received { status, mashery_error_code, message_id, retry_after, date, body } = received;
                let length = |part: &Uint8Array| usize::try_from(part.length()).unwrap_or(usize::MAX);
                // For what is too large there is no room, and only its length counts.
                let whole = body.as_ref().map_or(MAX_BODY_BYTES + 1, |parts| parts.iter().map(length).sum());
                let mut room = engine.body(whole);
                for part in body.iter().flatten() {
                    let Some((at, rest)) = room.split_at_mut_checked(length(part)) else { break };
                    part.copy_to(at);
                    room = rest;
                }
                let body = engine.take_body();
                let response =
                    HttpResponse { status, mashery_error_code, message_id, retry_after, date, body, raw: () };
                engine.on_response(id, Ok(response), now);
            }
        });
    }
}

/// The failure to ask where nobody can be asked.
fn no_provider() -> Cause {
    Cause::of("there is nobody to ask for a token".into())
}
