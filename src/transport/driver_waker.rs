//! Sleep and wake-up of drivers.

use core::cell::{Cell, RefCell};
use core::task::{Context, Waker};

/// The waker of a sleeping driver.
#[derive(Default)]
pub(super) struct DriverWaker {
    /// Whether another call or a token provider has woken the driver.
    pub(super) is_woken: Cell<bool>,
    /// Whether the timer of the driver has fired.
    pub(super) is_due: Cell<bool>,
    waker: RefCell<Option<Waker>>,
}

impl DriverWaker {
    /// Wakes the driver, or prevents its next sleep.
    pub(super) fn wake(&self) {
        self.is_woken.set(true);
        self.notify();
    }

    /// Polls the future of the driver again.
    pub(super) fn notify(&self) {
        let waker = self.waker.borrow_mut().take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Registers the task to poll on wake-up.
    pub(super) fn register(&self, cx: &Context<'_>) {
        *self.waker.borrow_mut() = Some(cx.waker().clone());
    }
}
