//! An engine that is driven.

use super::{abort, exchange, token, web};
use crate::client::{
    Action, Answer, Budget, CallId, CallOptions, Config, Engine, Event, Failed, HttpRequest, Limits, Now, SendId,
};
use crate::endpoint::Request;
use js_sys::{Function, Promise};
use std::cell::{Cell, RefCell, RefMut};
use std::rc::{Rc, Weak};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::spawn_local;
use web_sys::{AbortController, AbortSignal};

/// What a call ends with.
pub(crate) type Outcome = Result<Box<Answer<JsValue>>, Failed<JsValue>>;

/// What a driver is given to work with.
pub(crate) struct Means {
    /// The caller's `fetch`, or undefined for the runtime's own, which is looked up at each request so that tests and
    /// service workers can replace it.
    pub(crate) fetch: JsValue,
    /// The caller's token provider.
    pub(crate) provider: JsValue,
    /// A cache of tokens that clients share: an object whose `get` gives what a provider gives, and whose `set`
    /// takes a token and its seconds.
    pub(crate) cache: JsValue,
    /// What is called with each event, as JSON text.
    pub(crate) watch: JsValue,
}

/// An engine that is driven: it makes promises of calls and does what the engine says.
///
/// No JavaScript is ever called while the engine is borrowed: a `fetch`, a listener or whoever waits for a promise may
/// call the client again. What comes in while the engine is being driven is done by whoever drives it already.
pub(crate) struct Driver {
    engine: RefCell<Engine<JsValue, JsValue>>,
    means: Means,
    /// What JavaScript gets of an outcome: what its promise resolves to, or is rejected with.
    outcome: fn(Outcome) -> Result<JsValue, JsValue>,
    /// An event as JavaScript gets it.
    told: fn(&Event) -> JsValue,
    #[expect(clippy::vec_box, reason = "one that settles moves all behind it")]
    pending: RefCell<Vec<Box<Pending>>>,
    under_way: RefCell<Vec<(SendId, AbortController)>>,
    timer: RefCell<Option<Timer>>,
    driving: Cell<bool>,
}

/// A promise that was given out.
struct Pending {
    call: CallId,
    resolve: Function,
    reject: Function,
    signal: JsValue,
    listener: Option<Closure<dyn FnMut()>>,
}

/// The one timer.
struct Timer {
    handle: JsValue,
    due_ms: i64,
    _callback: Closure<dyn FnMut()>,
}

thread_local! {
    /// Those that have promises to keep, so that a client may be freed meanwhile.
    static BUSY: RefCell<Vec<Rc<Driver>>> = const { RefCell::new(Vec::new()) };
}

/// The longest time a timer takes: runtimes count in 31 bits and fire at once beyond.
const MAX_TIMER_MS: i64 = i32::MAX as i64;

impl Driver {
    pub(crate) fn new(
        config: Config,
        means: Means,
        outcome: fn(Outcome) -> Result<JsValue, JsValue>,
        told: fn(&Event) -> JsValue,
    ) -> Rc<Driver> {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "any bits will do")]
        let seed = (js_sys::Math::random() * f64::from(u32::MAX)) as u32;
        Rc::new(Driver {
            engine: RefCell::new(Engine::new(config, seed)),
            means,
            outcome,
            told,
            pending: RefCell::default(),
            under_way: RefCell::default(),
            timer: RefCell::default(),
            driving: Cell::new(false),
        })
    }

    /// Begins a call; the promise settles when it ends. The signal is one that the package has looked at, or undefined.
    pub(crate) fn call(self: &Rc<Driver>, request: Request, options: CallOptions, signal: JsValue) -> Promise {
        let mut settle = None;
        let promise = Promise::new(&mut |resolve, reject| settle = Some((resolve, reject)));
        let Some((resolve, reject)) = settle else { return promise };
        let now = web::now();
        let call = self.engine().begin(request, options, now);
        let mut pending = Box::new(Pending { call, resolve, reject, signal, listener: None });
        let reason = abort::reason(&pending.signal);
        if let Some(reason) = reason {
            self.engine().abort(call, reason, now);
        } else if pending.signal.is_object() {
            let listener = self.callback(Some(call));
            abort::listen(&pending.signal, "addEventListener", listener.as_ref());
            pending.listener = Some(listener);
        }
        self.pending.borrow_mut().push(pending);
        BUSY.with_borrow_mut(|busy| {
            if !busy.iter().any(|other| Rc::ptr_eq(other, self)) {
                busy.push(Rc::clone(self));
            }
        });
        self.drive();
        promise
    }

    /// The limits.
    pub(crate) fn limits(&self) -> Limits {
        self.engine().limits()
    }

    /// What is used of the limits, and what is left.
    pub(crate) fn budget(&self) -> Budget {
        let now = web::now();
        self.engine().budget(now)
    }

    /// The engine. One function for the many who ask: the check that nobody else has it is written once.
    #[inline(never)]
    fn engine(&self) -> RefMut<'_, Engine<JsValue, JsValue>> {
        self.engine.borrow_mut()
    }

    /// What a signal or the timer calls.
    fn callback(self: &Rc<Driver>, call: Option<CallId>) -> Closure<dyn FnMut()> {
        let driver = Rc::downgrade(self);
        Closure::new(move || {
            let Some(driver) = driver.upgrade() else { return };
            match call {
                Some(call) => driver.aborted(call),
                None => driver.fired(),
            }
            driver.drive();
        })
    }

    fn aborted(&self, call: CallId) {
        let signal = self.pending.borrow().iter().find(|one| one.call == call).map(|one| one.signal.clone());
        // An event that was not the signal's own ends nothing.
        if let Some(reason) = signal.and_then(|signal| abort::reason(&signal)) {
            let now = web::now();
            self.engine().abort(call, reason, now);
        }
    }

    /// A timer that fires is a reading of the clock as well: so much time has passed, whatever another clock says.
    fn fired(&self) {
        let timer = self.timer.borrow_mut().take();
        let now = web::now();
        let due_ms = timer.map_or(now.steady_ms, |timer| timer.due_ms);
        self.engine().tick(Now { steady_ms: now.steady_ms.max(due_ms), ..now });
    }

    /// Does what the engine says, until it says nothing.
    fn drive(self: &Rc<Driver>) {
        if self.driving.replace(true) {
            return;
        }
        loop {
            let action = self.engine().next_action();
            match action {
                None => break,
                Some(Action::Send { id, request }) => self.send(id, request),
                Some(Action::Cancel { id }) => self.landed(id, true),
                Some(Action::AskToken { id }) => self.spawn(id, &self.means.provider, None),
                Some(Action::LookForToken { id }) => self.spawn(id, &abort::member(&self.means.cache, "get"), None),
                Some(Action::KeepToken(kept)) => token::keep(&self.means.cache, &kept),
                Some(Action::Tell(event)) => self.tell(&event),
                // A promise cannot be taken back; what comes of it is not listened to.
                Some(Action::CancelToken { .. }) => {}
                Some(Action::Done { call, outcome }) => self.settle(call, outcome),
            }
        }
        self.driving.set(false);
        self.set_timer();
        if self.pending.borrow().is_empty() {
            BUSY.with_borrow_mut(|busy| busy.retain(|other| !Rc::ptr_eq(other, self)));
        }
    }

    fn send(self: &Rc<Driver>, id: SendId, request: HttpRequest) {
        match AbortController::new() {
            Ok(controller) => {
                let signal = controller.signal();
                self.under_way.borrow_mut().push((id, controller));
                self.spawn(id, &self.means.fetch, Some((request, signal)));
            }
            Err(cause) => {
                let now = web::now();
                self.engine().on_response(id, Err(cause), now);
            }
        }
    }

    /// Sends a request, or asks for a token. What is under way does not keep the driver.
    fn spawn(self: &Rc<Driver>, id: SendId, means: &JsValue, request: Option<(HttpRequest, AbortSignal)>) {
        spawn_local(run(Rc::downgrade(self), id, means.clone(), request));
    }

    fn tell(&self, event: &Event) {
        if let Some(watch) = self.means.watch.dyn_ref::<Function>() {
            // It is the package's own, and throws nothing.
            let _ = watch.call1(&JsValue::UNDEFINED, &(self.told)(event));
        }
    }

    /// A request has ended, or is to be ended.
    fn landed(&self, id: SendId, abort: bool) {
        let mut under_way = self.under_way.borrow_mut();
        let Some(index) = under_way.iter().position(|(other, _)| *other == id) else { return };
        let (_, controller) = under_way.remove(index);
        drop(under_way);
        if abort {
            controller.abort();
        }
    }

    fn settle(&self, call: CallId, outcome: Outcome) {
        let mut pending = self.pending.borrow_mut();
        let Some(index) = pending.iter().position(|one| one.call == call) else { return };
        let one = pending.remove(index);
        drop(pending);
        one.leave();
        let (function, value) = match (self.outcome)(outcome) {
            Ok(value) => (&one.resolve, value),
            Err(value) => (&one.reject, value),
        };
        let _ = function.call1(&JsValue::UNDEFINED, &value);
    }

    /// Sets the timer to what the engine waits for. One that fires sooner may stay: it only has it asked again. None
    /// stays when there is nothing to wait for, since a timer keeps a process alive.
    fn set_timer(self: &Rc<Driver>) {
        let wake_in_ms = self.engine().wake_in_ms();
        let now = web::now().steady_ms;
        let due_ms = wake_in_ms.map(|ms| now.saturating_add(ms.min(MAX_TIMER_MS)));
        let set = self.timer.borrow().as_ref().map(|timer| timer.due_ms);
        match (due_ms, set) {
            (None, None) => return,
            (Some(due_ms), Some(set)) if set <= due_ms => return,
            _ => {}
        }
        self.clear_timer();
        if let (Some(due_ms), Some(ms)) = (due_ms, wake_in_ms) {
            let callback = self.callback(None);
            let function: &JsValue = callback.as_ref();
            let ms = i32::try_from(ms).unwrap_or(i32::MAX);
            let handle = web::set_timeout(function.unchecked_ref(), ms).unwrap_or(JsValue::UNDEFINED);
            *self.timer.borrow_mut() = Some(Timer { handle, due_ms, _callback: callback });
        }
    }

    fn clear_timer(&self) {
        let timer = self.timer.borrow_mut().take();
        if let Some(timer) = timer {
            // Clearing a timer that has fired does nothing.
            let _ = web::clear_timeout(&timer.handle);
        }
    }
}

impl Pending {
    /// Leaves no listener behind.
    fn leave(&self) {
        if let Some(listener) = &self.listener {
            abort::listen(&self.signal, "removeEventListener", listener.as_ref());
        }
    }
}

/// Sends a request or asks for a token, and tells the driver, if it is still there.
async fn run(driver: Weak<Driver>, id: SendId, means: JsValue, request: Option<(HttpRequest, AbortSignal)>) {
    if let Some((request, signal)) = request {
        let result = exchange::send(means, request, signal).await;
        let Some(driver) = driver.upgrade() else { return };
        // What has failed on this side may still be under way on the other.
        driver.landed(id, result.is_err());
        let now = web::now();
        driver.engine().on_response(id, result, now);
        driver.drive();
    } else {
        let result = token::ask(means).await;
        let Some(driver) = driver.upgrade() else { return };
        let now = web::now();
        driver.engine().on_token(id, result, now);
        driver.drive();
    }
}

/// Ends whatever is under way, before the module is brought back: every pending call, its timer and its request. What a
/// new module leaves behind must not call back into the old one, which is of no more use afterwards. After a panic
/// anything may be borrowed for ever: then it is left alone.
pub(crate) fn abandon() {
    let busy = BUSY.with(|busy| busy.try_borrow_mut().map(|mut busy| std::mem::take(&mut *busy)));
    for driver in busy.unwrap_or_default() {
        // Nobody drives it any more.
        driver.driving.set(true);
        if driver.timer.try_borrow_mut().is_ok() {
            driver.clear_timer();
        }
        let under_way = driver.under_way.try_borrow_mut().map(|mut under_way| std::mem::take(&mut *under_way));
        for (_, controller) in under_way.unwrap_or_default() {
            controller.abort();
        }
        let pending = driver.pending.try_borrow_mut().map(|mut pending| std::mem::take(&mut *pending));
        for one in pending.unwrap_or_default() {
            one.leave();
            let value = (driver.outcome)(Err(crate::client::CallError::own("PANIC", "")));
            let _ = one.reject.call1(&JsValue::UNDEFINED, &value.unwrap_or_else(|error| error));
        }
    }
}
