//! One future, many who wait for it.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

/// A future whose clones all resolve with the same value. It makes progress as long as one of them is awaited, whoever
/// started it, and ends when the last is dropped.
pub(super) struct Shared<T> {
    inner: Rc<Inner<T>>,
}

/// A handle that finds the future as long as somebody waits for it.
pub(super) struct WeakShared<T> {
    inner: Weak<Inner<T>>,
}

impl<T> WeakShared<T> {
    pub(super) fn new() -> WeakShared<T> {
        WeakShared { inner: Weak::new() }
    }

    pub(super) fn upgrade(&self) -> Option<Shared<T>> {
        self.inner.upgrade().map(|inner| Shared { inner })
    }
}

struct Inner<T> {
    state: RefCell<State<T>>,
    waiting: Arc<Waiting>,
}

enum State<T> {
    Running(Pin<Box<dyn Future<Output = T>>>),
    Done(T),
}

/// Wakes everybody who waits.
#[derive(Default)]
struct Waiting {
    wakers: Mutex<Vec<Waker>>,
}

impl Waiting {
    fn wakers(&self) -> std::sync::MutexGuard<'_, Vec<Waker>> {
        self.wakers.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Wake for Waiting {
    fn wake(self: Arc<Self>) {
        let wakers = std::mem::take(&mut *self.wakers());
        wakers.into_iter().for_each(Waker::wake);
    }
}

impl<T: Clone> Shared<T> {
    pub(super) fn new(future: impl Future<Output = T> + 'static) -> Shared<T> {
        let state = RefCell::new(State::Running(Box::pin(future)));
        Shared { inner: Rc::new(Inner { state, waiting: Arc::default() }) }
    }

    /// A handle that does not keep the future alive.
    pub(super) fn downgrade(&self) -> WeakShared<T> {
        WeakShared { inner: Rc::downgrade(&self.inner) }
    }
}

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Shared<T> {
        Shared { inner: Rc::clone(&self.inner) }
    }
}

impl<T: Clone> Future for Shared<T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        let inner = &self.inner;
        // A future that polls itself while it is being polled waits like everybody else.
        let Ok(mut state) = inner.state.try_borrow_mut() else {
            inner.waiting.wakers().push(cx.waker().clone());
            return Poll::Pending;
        };
        let future = match &mut *state {
            State::Done(value) => return Poll::Ready(value.clone()),
            State::Running(future) => future,
        };
        {
            let mut wakers = inner.waiting.wakers();
            if !wakers.iter().any(|waker| waker.will_wake(cx.waker())) {
                wakers.push(cx.waker().clone());
            }
        }
        let waker = Waker::from(Arc::clone(&inner.waiting));
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(value) => {
                *state = State::Done(value.clone());
                drop(state);
                waker.wake();
                Poll::Ready(value)
            }
        }
    }
}
