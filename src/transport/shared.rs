//! The state that the calls of a client share.

use super::driver_waker::DriverWaker;
use super::options::{EventListener, TokenProvider};
use super::{Cause, runtime};
use crate::client::{CallId, ClientConfig, Engine, Now};
use crate::decode::Records;
use alloc::{collections::BTreeMap, rc::Rc};
use core::cell::RefCell;

/// The state that the calls of a client share.
pub(super) struct SharedState {
    engine: RefCell<Engine<Cause, ()>>,
    /// The wakers of the calls in progress.
    pub(super) wakers: RefCell<BTreeMap<CallId, Rc<DriverWaker>>>,
    pub(super) token_provider: Option<TokenProvider>,
    pub(super) event_listener: Option<EventListener>,
    pub(super) is_isolated: bool,
    pub(super) is_browser: bool,
}

impl SharedState {
    pub(super) fn new(
        config: ClientConfig,
        token_provider: Option<TokenProvider>,
        event_listener: Option<EventListener>,
    ) -> SharedState {
        SharedState {
            is_isolated: config.isolated,
            is_browser: runtime::is_browser(),
            engine: RefCell::new(Engine::new(config, runtime::seed())),
            wakers: RefCell::default(),
            token_provider,
            event_listener,
        }
    }

    /// Calls a function with the engine. It must not run code of the caller, which could borrow the engine again.
    pub(super) fn engine<R>(&self, now: Now, work: impl FnOnce(&mut Engine<Cause, ()>, Now) -> R) -> R {
        work(&mut self.engine.borrow_mut(), now)
    }

    /// Returns the memory of records to the engine.
    pub(super) fn recycle(&self, records: Records) {
        self.engine.borrow_mut().recycle(records);
    }

    /// Wakes the drivers that the engine names.
    pub(super) fn wake_others(&self) {
        loop {
            // The borrow ends before a driver is woken.
            let woken = self.engine.borrow_mut().next_woken();
            match woken {
                Some(id) => self.wake(id),
                None => return,
            }
        }
    }

    /// Wakes the driver of a call.
    pub(super) fn wake(&self, id: CallId) {
        let waker = self.wakers.borrow().get(&id).cloned();
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}
