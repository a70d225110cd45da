//! The client.

use super::params::Params;
use super::shared::SharedState;
use super::{Budget, Call, CaseSummaryParams, CasesByContractParams, CasesByUserParams, ClientOptions, Error, runtime};
use crate::decode::{CaseDetailResult, Records};
use crate::endpoint::{CASE_DETAILS, CASE_SUMMARY, CASES_BY_CONTRACT, CASES_BY_USER};
use crate::model::{CaseSummaryResult, CasesPage};
use alloc::{rc::Rc, string::String};
use core::fmt;

/// A client of the service, or of a gateway before it. Clones share token, rate limit and calls.
#[derive(Clone)]
pub struct Client {
    shared: Rc<SharedState>,
}

impl Client {
    /// A client with these options, or an error with everything that is wrong with them. Nothing is sent.
    pub fn new(mut options: ClientOptions) -> Result<Client, Error> {
        let config = options.config()?;
        Ok(Client { shared: Rc::new(SharedState::new(config, options.token_provider, options.event_listener)) })
    }

    /// Up to 30 cases in brief.
    pub fn case_summary(&self, params: CaseSummaryParams) -> Call<CaseSummaryResult> {
        Call::new(&self.shared, &CASE_SUMMARY, params.into(), Records::summary)
    }

    /// One case with everything the service tells of it, notes included.
    pub fn case_details(&self, case_id: impl Into<String>) -> Call<CaseDetailResult> {
        Call::new(&self.shared, &CASE_DETAILS, Params::from_id("case_id", case_id.into()), details)
    }

    /// A page of the cases of up to 10 contracts; [`stream`](Call::stream) gives every case.
    pub fn cases_by_contract(&self, params: CasesByContractParams) -> Call<CasesPage> {
        Call::new(&self.shared, &CASES_BY_CONTRACT, params.into(), Records::page)
    }

    /// A page of the cases of up to 10 users; [`stream`](Call::stream) gives every case.
    pub fn cases_by_user(&self, params: CasesByUserParams) -> Call<CasesPage> {
        Call::new(&self.shared, &CASES_BY_USER, params.into(), Records::page)
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
