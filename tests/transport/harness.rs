//! A `fetch` that a sandbox answers in the same wasm: no request leaves it.

use cisco_support_case::sandbox::{Effect, Options, Sandbox, SandboxRequest};
use cisco_support_case::transport::{Client, ClientOptions, RateLimits};
use cisco_support_case::util::Json;
use js_sys::{Function, Promise, Reflect, TypeError, Uint8Array};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, future_to_promise};
use web_sys::{AbortSignal, Headers, Response, ResponseInit};

pub(crate) const BASE: &str = "https://service.example/case/v3";
pub(crate) const TOKEN_URL: &str = "https://service.example/oauth2/default/v1/token";

/// Response behaviour chosen by a test.
#[derive(Default)]
pub(crate) enum Answers {
    /// The sandbox's response.
    #[default]
    Sandbox,
    /// A response with this status and body.
    Fixed(u16, Vec<u8>),
    /// An exception with this value.
    Thrown(JsValue),
    /// This value in place of a response.
    Given(JsValue),
}

/// A request that was sent.
pub(crate) struct Sent {
    pub(crate) method: String,
    pub(crate) url: String,
    pub(crate) headers: Headers,
    pub(crate) cache: String,
    pub(crate) redirect: String,
    pub(crate) signal: AbortSignal,
}

impl Sent {
    pub(crate) fn header(&self, name: &str) -> String {
        self.headers.get(name).unwrap().unwrap_or_default()
    }
}

/// The service, and the requests that it received.
pub(crate) struct Harness {
    pub(crate) sandbox: RefCell<Sandbox>,
    pub(crate) sent: RefCell<Vec<Sent>>,
    pub(crate) answers: RefCell<Answers>,
    /// Whether responses are held back until [`Harness::release`].
    pub(crate) is_held: Cell<bool>,
    held: RefCell<Vec<Function>>,
    in_flight: Cell<usize>,
    pub(crate) most_in_flight: Cell<usize>,
}

/// Environment of a test; dropping it restores the runtime's own `fetch`.
pub(crate) struct Stage {
    harness: Rc<Harness>,
    own: JsValue,
    _fetch: Closure<dyn Fn(JsValue) -> JsValue>,
}

impl std::ops::Deref for Stage {
    type Target = Harness;

    fn deref(&self) -> &Harness {
        &self.harness
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        set_fetch(&self.own);
    }
}

fn set_fetch(fetch: &JsValue) {
    Reflect::set(&js_sys::global(), &"fetch".into(), fetch).unwrap();
}

impl Stage {
    pub(crate) fn new() -> Stage {
        Stage::with(Options::default())
    }

    pub(crate) fn with(options: Options) -> Stage {
        let harness = Rc::new(Harness {
            sandbox: RefCell::new(Sandbox::new(options)),
            sent: RefCell::default(),
            answers: RefCell::default(),
            is_held: Cell::new(false),
            held: RefCell::default(),
            in_flight: Cell::new(0),
            most_in_flight: Cell::new(0),
        });
        let shared = Rc::clone(&harness);
        let fetch: Closure<dyn Fn(JsValue) -> JsValue> = Closure::new(move |request: JsValue| {
            let request: web_sys::Request = request.dyn_into().expect("fetch is given a Request");
            future_to_promise(Rc::clone(&shared).answer(request)).into()
        });
        let own = Reflect::get(&js_sys::global(), &"fetch".into()).unwrap();
        set_fetch(fetch.as_ref());
        Stage { harness, own, _fetch: fetch }
    }

    /// Creates a client without a rate limit.
    pub(crate) fn client(&self) -> Client {
        Client::new(options().token("synthetic")).unwrap()
    }
}

/// Options of a client in this environment, except for its token.
pub(crate) fn options() -> ClientOptions {
    ClientOptions::new().base_url(BASE).rate_limit(limits(0))
}

pub(crate) fn limits(in_flight: u32) -> RateLimits {
    RateLimits { per_second: 0, per_minute: 0, per_day: 0, max_concurrent: in_flight }
}

impl Harness {
    /// Enables a fault of the sandbox for a number of requests.
    pub(crate) fn fault(&self, name: &str, times: u32) {
        let fault = Json::object([("name", name.into()), ("times", times.into())]);
        self.sandbox.borrow_mut().fault(&fault).unwrap();
    }

    /// Ids of contracts or users with cases in the sandbox, in its order.
    pub(crate) fn ids(&self, name: &str) -> Vec<String> {
        let info = self.sandbox.borrow_mut().info();
        let Some(Json::Array(ids)) = info.get(name) else { panic!("no {name}") };
        ids.iter().map(|id| id.as_str().unwrap().to_owned()).collect()
    }

    /// Number of requests sent.
    pub(crate) fn count(&self) -> usize {
        self.sent.borrow().len()
    }

    /// Whether the signal of a request was aborted.
    pub(crate) fn is_aborted(&self, request: usize) -> bool {
        self.sent.borrow()[request].signal.aborted()
    }

    /// Releases the held responses, and all that follow.
    pub(crate) fn release(&self) {
        self.is_held.set(false);
        for resolve in self.held.take() {
            resolve.call0(&JsValue::UNDEFINED).unwrap();
        }
    }

    async fn answer(self: Rc<Harness>, request: web_sys::Request) -> Result<JsValue, JsValue> {
        let signal = request.signal();
        let headers = request.headers();
        let cache = Reflect::get(&request, &"cache".into()).unwrap().as_string().unwrap_or_default();
        let redirect = Reflect::get(&request, &"redirect".into()).unwrap().as_string().unwrap_or_default();
        let (method, url) = (request.method(), request.url());
        let mut sandbox_request = SandboxRequest::get(&url);
        sandbox_request.method.clone_from(&method);
        for name in ["accept", "authorization", "content-type"] {
            if let Some(value) = headers.get(name)? {
                sandbox_request = sandbox_request.with_header(name, &value);
            }
        }
        let signal_of_hold = signal.clone();
        self.sent.borrow_mut().push(Sent { method, url, headers, cache, redirect, signal });
        self.in_flight.set(self.in_flight.get() + 1);
        self.most_in_flight.set(self.most_in_flight.get().max(self.in_flight.get()));
        let response = self.respond(request, sandbox_request, &signal_of_hold).await;
        self.in_flight.set(self.in_flight.get() - 1);
        response
    }

    async fn respond(
        &self,
        request: web_sys::Request,
        mut sandbox_request: SandboxRequest,
        signal: &AbortSignal,
    ) -> Result<JsValue, JsValue> {
        sandbox_request.body = JsFuture::from(request.text()?).await?.as_string().unwrap_or_default().into_bytes();
        if self.is_held.get() {
            self.hold(signal).await?;
        }
        let init = ResponseInit::new();
        match &*self.answers.borrow() {
            Answers::Sandbox => {}
            Answers::Fixed(status, body) => {
                init.set_status(*status);
                return response(body, &init);
            }
            Answers::Thrown(thrown) => return Err(thrown.clone()),
            Answers::Given(given) => return Ok(given.clone()),
        }
        let answer = self.sandbox.borrow_mut().handle(&sandbox_request);
        if answer.effect == Effect::Reset {
            return Err(TypeError::new("the connection was reset").into());
        }
        let headers = Headers::new()?;
        for (name, value) in &answer.headers {
            headers.append(name, value)?;
        }
        init.set_status(answer.status);
        init.set_headers(&headers);
        response(&answer.body, &init)
    }

    /// Holds a response back until it is released or its request is aborted.
    async fn hold(&self, signal: &AbortSignal) -> Result<(), JsValue> {
        let mut on_abort = None;
        let promise = Promise::new(&mut |resolve, reject| {
            self.held.borrow_mut().push(resolve);
            let closure = Closure::once_into_js(move || reject.call1(&JsValue::UNDEFINED, &TypeError::new("aborted")));
            signal.set_onabort(closure.dyn_ref());
            on_abort = Some(closure);
        });
        JsFuture::from(promise).await.map(drop)
    }
}

fn response(body: &[u8], init: &ResponseInit) -> Result<JsValue, JsValue> {
    let bytes = Uint8Array::from(body);
    Response::new_with_opt_buffer_source_and_init(Some(&bytes), init).map(JsValue::from)
}

/// Waits until a condition is true.
pub(crate) async fn until(condition: impl Fn() -> bool) {
    for _ in 0..2000 {
        if condition() {
            return;
        }
        later(1).await;
    }
    panic!("timed out waiting for a condition");
}

/// Waits for a number of milliseconds.
pub(crate) async fn later(ms: u32) {
    let set: Function = Reflect::get(&js_sys::global(), &"setTimeout".into()).unwrap().unchecked_into();
    let promise = Promise::new(&mut |resolve, _| {
        set.call2(&JsValue::UNDEFINED, &resolve, &ms.into()).unwrap();
    });
    JsFuture::from(promise).await.unwrap();
}
