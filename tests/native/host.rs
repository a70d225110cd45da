//! A world for a client whose clock the test moves: a transport of prepared responses, a token provider, and an
//! executor that lets time pass only when nothing else can happen.

use cisco_support_case::client::{
    BaseUrl, Client, Config, Credentials, Host, HttpRequest, HttpResponse, TokenReply, TokenSource, Validation,
    base_url,
};
use cisco_support_case::decode::Body;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::Future;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

/// What happens in order: after so many milliseconds, this.
type Prepared<T> = VecDeque<(i64, Result<T, String>)>;

#[derive(Default)]
pub struct World {
    pub now: Cell<i64>,
    /// Deadlines of those who sleep.
    sleeping: RefCell<Vec<Rc<Cell<i64>>>>,
    /// Every request sent, in order.
    pub sent: RefCell<Vec<HttpRequest>>,
    /// Requests that were dropped before their response came.
    pub dropped: Cell<u32>,
    /// What the transport answers, in order: after so many milliseconds, this.
    pub responses: RefCell<Prepared<HttpResponse<()>>>,
    /// What the token provider gives, in order; the last one for ever.
    pub tokens: RefCell<Prepared<TokenReply>>,
    pub asked_for_token: Cell<u32>,
}

#[derive(Clone, Default)]
pub struct Fake(pub Rc<World>);

struct Nap {
    world: Rc<World>,
    deadline: Rc<Cell<i64>>,
}

impl Future for Nap {
    type Output = ();
    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if self.world.now.get() >= self.deadline.get() { Poll::Ready(()) } else { Poll::Pending }
    }
}

impl Drop for Nap {
    fn drop(&mut self) {
        self.world.sleeping.borrow_mut().retain(|other| !Rc::ptr_eq(other, &self.deadline));
    }
}

impl Fake {
    fn nap(&self, ms: i64) -> Nap {
        let deadline = Rc::new(Cell::new(self.0.now.get() + ms));
        self.0.sleeping.borrow_mut().push(Rc::clone(&deadline));
        Nap { world: Rc::clone(&self.0), deadline }
    }

    pub fn answer(&self, after_ms: i64, status: u16, body: &str) {
        self.answer_with(after_ms, HttpResponse { status, body: Body::of(body.as_bytes()), ..response() });
    }

    pub fn answer_with(&self, after_ms: i64, response: HttpResponse<()>) {
        self.0.responses.borrow_mut().push_back((after_ms, Ok(response)));
    }

    pub fn break_after(&self, after_ms: i64) {
        self.0.responses.borrow_mut().push_back((after_ms, Err("connection reset".to_owned())));
    }

    pub fn give_token(&self, after_ms: i64, token: &str, expires_in: Option<f64>) {
        let reply = TokenReply { access_token: token.to_owned(), expires_in };
        self.0.tokens.borrow_mut().push_back((after_ms, Ok(reply)));
    }

    pub fn refuse_token(&self, after_ms: i64) {
        self.0.tokens.borrow_mut().push_back((after_ms, Err("provider failed".to_owned())));
    }

    pub fn requests(&self) -> usize {
        self.0.sent.borrow().len()
    }

    pub fn authorization(&self, index: usize) -> Option<String> {
        let sent = self.0.sent.borrow();
        sent[index].headers.iter().find(|(name, _)| name == "authorization").map(|(_, value)| value.clone())
    }

    pub fn sleepers(&self) -> usize {
        self.0.sleeping.borrow().len()
    }

    pub fn client(&self, token: TokenSource) -> Client<Fake> {
        self.client_with(token, |_| {})
    }

    pub fn client_with(&self, token: TokenSource, change: impl FnOnce(&mut Config)) -> Client<Fake> {
        let mut config =
            Config { base_url: service(), token, headers: vec![], timeout_ms: 30_000, validation: Validation::Report };
        change(&mut config);
        Client::new(self.clone(), config)
    }
}

pub fn response() -> HttpResponse<()> {
    HttpResponse {
        status: 200,
        mashery_error_code: None,
        message_id: None,
        retry_after: None,
        body: Body::default(),
        raw: (),
    }
}

pub fn service() -> BaseUrl {
    base_url("baseUrl", "https://apix.cisco.com/case/v3", None).unwrap()
}

pub fn credentials() -> TokenSource {
    TokenSource::Credentials(Credentials {
        client_id: "synthetic id".to_owned(),
        client_secret: "s&cret=1".to_owned(),
        token_url: "https://id.example/token".to_owned(),
    })
}

struct InFlight(Rc<World>, bool);

impl Drop for InFlight {
    fn drop(&mut self) {
        if self.1 {
            self.0.dropped.set(self.0.dropped.get() + 1);
        }
    }
}

impl Host for Fake {
    type Cause = String;
    type Raw = ();

    fn now_unix_ms(&self) -> i64 {
        self.0.now.get()
    }

    fn sleep(&self, ms: u32) -> impl Future<Output = ()> + 'static {
        self.nap(i64::from(ms))
    }

    fn send(&self, request: HttpRequest) -> impl Future<Output = Result<HttpResponse<()>, String>> + 'static {
        self.0.sent.borrow_mut().push(request);
        let (after, response) =
            self.0.responses.borrow_mut().pop_front().unwrap_or((0, Err("no response prepared".to_owned())));
        let nap = self.nap(after);
        let guard = InFlight(Rc::clone(&self.0), true);
        async move {
            // The whole guard moves in here, not only the field that is set.
            let mut guard = guard;
            nap.await;
            guard.1 = false;
            response
        }
    }

    fn provide_token(&self) -> impl Future<Output = Result<TokenReply, String>> + 'static {
        self.0.asked_for_token.set(self.0.asked_for_token.get() + 1);
        let mut tokens = self.0.tokens.borrow_mut();
        let (after, reply) =
            if tokens.len() > 1 { tokens.pop_front().unwrap() } else { tokens.front().cloned().unwrap() };
        let nap = self.nap(after);
        async move {
            nap.await;
            reply
        }
    }
}

struct Noop;
impl Wake for Noop {
    fn wake(self: Arc<Self>) {}
}

impl Fake {
    /// Runs a future to its end; time passes when nothing else can happen.
    pub fn run<T>(&self, future: impl Future<Output = T>) -> T {
        let mut future = pin!(future);
        let waker = Waker::from(Arc::new(Noop));
        let mut cx = Context::from_waker(&waker);
        loop {
            if let Poll::Ready(value) = future.as_mut().poll(&mut cx) {
                return value;
            }
            let next = self.0.sleeping.borrow().iter().map(|deadline| deadline.get()).min();
            let next = next.expect("nobody sleeps and nothing moves: a promise that never settles");
            self.0.now.set(next.max(self.0.now.get()));
        }
    }

    /// Polls a future once, as far as it gets without time passing.
    pub fn start<T>(future: Pin<&mut impl Future<Output = T>>) {
        let waker = Waker::from(Arc::new(Noop));
        let _ = future.poll(&mut Context::from_waker(&waker));
    }
}

/// Both futures, side by side.
pub async fn both<A, B>(a: impl Future<Output = A>, b: impl Future<Output = B>) -> (A, B) {
    let (mut a, mut b) = (pin!(a), pin!(b));
    let (mut left, mut right) = (None, None);
    std::future::poll_fn(|cx| {
        if left.is_none()
            && let Poll::Ready(value) = a.as_mut().poll(cx)
        {
            left = Some(value);
        }
        if right.is_none()
            && let Poll::Ready(value) = b.as_mut().poll(cx)
        {
            right = Some(value);
        }
        if left.is_some() && right.is_some() { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    (left.unwrap(), right.unwrap())
}
