//! The part of a client that its calls share.

use super::driver_waker::Sleeper;
use super::options::{Provider, Watch};
use super::{Cause, runtime};
use crate::client::{CallId, Config, Engine, Now};
use crate::decode::Records;
use alloc::{collections::BTreeMap, rc::Rc};
use core::cell::RefCell;

/// The part of a client that its calls share.
pub(super) struct Shared {
    engine: RefCell<Engine<Cause, ()>>,
    /// The drivers of the calls in progress.
    pub(super) sleepers: RefCell<BTreeMap<CallId, Rc<Sleeper>>>,
    pub(super) provider: Option<Provider>,
    pub(super) watch: Option<Watch>,
    pub(super) is_isolated: bool,
    pub(super) is_browser: bool,
}

impl Shared {
    pub(super) fn new(config: Config, provider: Option<Provider>, watch: Option<Watch>) -> Shared {
        Shared {
            is_isolated: config.isolated,
            is_browser: runtime::is_browser(),
            engine: RefCell::new(Engine::new(config, runtime::seed())),
            sleepers: RefCell::default(),
            provider,
            watch,
        }
    }

    /// Works with the engine. Nothing of the caller's runs meanwhile, so that nobody meets it borrowed.
    pub(super) fn engine<R>(&self, now: Now, work: impl FnOnce(&mut Engine<Cause, ()>, Now) -> R) -> R {
        work(&mut self.engine.borrow_mut(), now)
    }

    /// Gives back the memory of records that were read.
    pub(super) fn give_back(&self, records: Records) {
        self.engine.borrow_mut().give_back(records);
    }

    /// Wakes the drivers whose turn has come.
    pub(super) fn wake_others(&self) {
        loop {
            // The borrow ends before anybody is woken.
            let woken = self.engine.borrow_mut().woken();
            match woken {
                Some(id) => self.wake(id),
                None => return,
            }
        }
    }

    /// Wakes the driver of a call.
    pub(super) fn wake(&self, id: CallId) {
        let sleeper = self.sleepers.borrow().get(&id).cloned();
        if let Some(sleeper) = sleeper {
            sleeper.wake();
        }
    }
}
