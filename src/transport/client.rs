//! The client.

use super::driver::Sleeper;
use super::options::{Provider, Watch};
use super::params::Params;
use super::{
    Budget, Call, CaseSummaryParams, CasesByContractParams, CasesByUserParams, Cause, ClientOptions, Error, runtime,
};
use crate::client::{CallId, Engine, Now};
use crate::decode::{CaseDetailResult, Records};
use crate::endpoint::{CASE_DETAILS, CASE_SUMMARY, CASES_BY_CONTRACT, CASES_BY_USER};
use crate::model::{CaseSummaryResult, CasesPage};
use alloc::{collections::BTreeMap, rc::Rc, string::String};
use core::cell::RefCell;
use core::fmt;

/// A client of the service, or of a gateway before it. Clones share token, rate limit and calls.
#[derive(Clone)]
pub struct Client {
    pub(super) shared: Rc<Shared>,
}

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

impl Client {
    /// A client with these options, or an error with everything that is wrong with them. Nothing is sent.
    pub fn new(mut options: ClientOptions) -> Result<Client, Error> {
        let config = options.config()?;
        let shared = Shared {
            is_isolated: config.isolated,
            is_browser: runtime::is_browser(),
            engine: RefCell::new(Engine::new(config, runtime::seed())),
            sleepers: RefCell::default(),
            provider: options.provider,
            watch: options.watch,
        };
        Ok(Client { shared: Rc::new(shared) })
    }

    /// Up to 30 cases in brief.
    pub fn case_summary(&self, params: CaseSummaryParams) -> Call<CaseSummaryResult> {
        Call::new(self, &CASE_SUMMARY, params.into(), Records::summary)
    }

    /// One case with everything the service tells of it, notes included.
    pub fn case_details(&self, case_id: impl Into<String>) -> Call<CaseDetailResult> {
        Call::new(self, &CASE_DETAILS, Params::one("case_id", case_id.into()), details)
    }

    /// A page of the cases of up to 10 contracts; [`stream`](Call::stream) gives every case.
    pub fn cases_by_contract(&self, params: CasesByContractParams) -> Call<CasesPage> {
        Call::new(self, &CASES_BY_CONTRACT, params.into(), Records::page)
    }

    /// A page of the cases of up to 10 users; [`stream`](Call::stream) gives every case.
    pub fn cases_by_user(&self, params: CasesByUserParams) -> Call<CasesPage> {
        Call::new(self, &CASES_BY_USER, params.into(), Records::page)
    }

    /// The used and the remaining part of the rate limit.
    pub fn budget(&self) -> Budget {
        self.shared.engine(runtime::now(), |engine, now| engine.budget(now))
    }
}

fn details(records: &Records) -> CaseDetailResult {
    CaseDetailResult { detail: records.detail(), issues: records.issues().to_vec() }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What it is made with may be secret.
        f.debug_struct("Client").finish_non_exhaustive()
    }
}

impl Shared {
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
