//! Ends whatever is under way, before the module is brought back.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use wasm_bindgen::prelude::wasm_bindgen;

thread_local! {
    static ABANDONED: Cell<bool> = const { Cell::new(false) };
    static NEXT: Cell<u32> = const { Cell::new(0) };
    /// One waker for each call that is under way.
    static WAITING: RefCell<Vec<(u32, Waker)>> = const { RefCell::new(Vec::new()) };
}

/// Drops every pending call, and with it its timer and its request: what a new module leaves behind must not call back
/// into the old one. This module is of no more use afterwards.
#[wasm_bindgen]
pub fn abandon() {
    ABANDONED.set(true);
    with_waiting(std::mem::take).unwrap_or_default().into_iter().for_each(|(_, waker)| waker.wake());
}

/// Resolves when everything is abandoned.
pub(super) struct Abandoned {
    id: u32,
}

impl Abandoned {
    pub(super) fn new() -> Abandoned {
        let id = NEXT.get();
        NEXT.set(id.wrapping_add(1));
        Abandoned { id }
    }
}

impl Future for Abandoned {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if ABANDONED.get() {
            return Poll::Ready(());
        }
        let waker = cx.waker().clone();
        with_waiting(|waiting| match waiting.iter_mut().find(|(id, _)| *id == self.id) {
            Some((_, known)) => *known = waker,
            None => waiting.push((self.id, waker)),
        });
        Poll::Pending
    }
}

impl Drop for Abandoned {
    fn drop(&mut self) {
        with_waiting(|waiting| waiting.retain(|(id, _)| *id != self.id));
    }
}

/// After a panic the list may be borrowed for ever: then it is left alone.
fn with_waiting<T>(work: impl FnOnce(&mut Vec<(u32, Waker)>) -> T) -> Option<T> {
    WAITING.with(|waiting| waiting.try_borrow_mut().ok().map(|mut waiting| work(&mut waiting)))
}
