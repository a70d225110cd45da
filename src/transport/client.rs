//! The client for Rust on `wasm32-unknown-unknown`.

use super::params::Params;
use super::shared::SharedState;
use super::{Budget, Call, CaseSummaryParams, CasesByContractParams, CasesByUserParams, ClientOptions, Error, runtime};
use crate::decode::{CaseDetailResult, Records};
use crate::endpoint::{CASE_DETAILS, CASE_SUMMARY, CASES_BY_CONTRACT, CASES_BY_USER};
use crate::model::{CaseSummaryResult, CasesPage};
use alloc::{rc::Rc, string::String};
use core::fmt;

/// A client of the service or of a gateway. Clones share token, rate limit and calls.
#[derive(Clone)]
pub struct Client {
    shared: Rc<SharedState>,
}

impl Client {
    /// Creates a client, or returns an error with all problems of its options. Sends nothing.
    pub fn new(mut options: ClientOptions) -> Result<Client, Error> {
        let config = options.config()?;
        Ok(Client { shared: Rc::new(SharedState::new(config, options.token_provider, options.event_listener)) })
    }

    /// Returns summaries of up to 30 cases.
    pub fn case_summary(&self, params: CaseSummaryParams) -> Call<CaseSummaryResult> {
        Call::new(&self.shared, &CASE_SUMMARY, params.into(), Records::summary)
    }

    /// Returns all details of one case, including notes.
    pub fn case_details(&self, case_id: impl Into<String>) -> Call<CaseDetailResult> {
        Call::new(&self.shared, &CASE_DETAILS, Params::from_id("case_id", case_id.into()), details)
    }

    /// Returns a page of the cases of up to 10 contracts; [`stream`](Call::stream) yields every case.
    pub fn cases_by_contract(&self, params: CasesByContractParams) -> Call<CasesPage> {
        Call::new(&self.shared, &CASES_BY_CONTRACT, params.into(), Records::page)
    }

    /// Returns a page of the cases of up to 10 users; [`stream`](Call::stream) yields every case.
    pub fn cases_by_user(&self, params: CasesByUserParams) -> Call<CasesPage> {
        Call::new(&self.shared, &CASES_BY_USER, params.into(), Records::page)
    }

    /// The usage of the rate limits.
    pub fn budget(&self) -> Budget {
        self.shared.engine(runtime::now(), |engine, now| engine.budget(now))
    }
}

fn details(records: &Records) -> CaseDetailResult {
    CaseDetailResult { detail: records.detail(), issues: records.issues().to_vec() }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The options may be secret.
        f.debug_struct("Client").finish_non_exhaustive()
    }
}
