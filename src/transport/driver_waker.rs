//! How drivers sleep and are woken.

use core::cell::{Cell, RefCell};
use core::task::{Context, Waker};

/// How a driver that sleeps is woken.
#[derive(Default)]
pub(super) struct DriverWaker {
    /// Whether another call, or the end of a question, has woken it.
    pub(super) is_woken: Cell<bool>,
    /// Whether its timer has fired.
    pub(super) is_due: Cell<bool>,
    waker: RefCell<Option<Waker>>,
}

impl DriverWaker {
    /// Wakes it, or has it not sleep the next time.
    pub(super) fn wake(&self) {
        self.is_woken.set(true);
        self.notify();
    }

    /// Has it polled.
    pub(super) fn notify(&self) {
        let waker = self.waker.borrow_mut().take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Is polled again when it is woken.
    pub(super) fn register(&self, cx: &Context<'_>) {
        *self.waker.borrow_mut() = Some(cx.waker().clone());
    }
}
