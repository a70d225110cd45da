//! Parameters of calls.

use crate::model::StatusFlag;
use crate::util::Json;
use alloc::{string::String, string::ToString, vec::Vec};
use core::fmt;

/// The sort order of results, ascending.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SortBy {
    /// Sorted by last update.
    #[default]
    UpdatedDate,
    /// Sorted by status.
    Status,
}

impl SortBy {
    /// The name that the service uses.
    pub const fn as_str(self) -> &'static str {
        match self {
            SortBy::UpdatedDate => "UPDATED_DATE",
            SortBy::Status => "STATUS",
        }
    }
}

/// Parameters by the service's names. The call validates them.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Params(Vec<(String, Json)>);

impl Params {
    pub(super) fn from_id(name: &str, id: String) -> Params {
        Params(Vec::from([(name.to_string(), Json::String(id))]))
    }

    fn from_ids(name: &str, ids: impl IntoIterator<Item = impl Into<String>>) -> Params {
        let ids = ids.into_iter().map(|id| Json::String(id.into())).collect();
        Params(Vec::from([(name.to_string(), Json::Array(ids))]))
    }

    /// Sets a parameter, in place of an earlier value.
    fn set(&mut self, name: &str, value: Json) {
        self.0.retain(|(known, _)| known != name);
        self.0.push((name.to_string(), value));
    }

    pub(super) fn into_json(self) -> Json {
        Json::Object(self.0)
    }
}

/// The parameters of [`Client::case_summary`](super::Client::case_summary).
#[derive(Clone, Debug, PartialEq)]
pub struct CaseSummaryParams(Params);

impl CaseSummaryParams {
    /// The cases to return, 1 to 30.
    pub fn new(case_ids: impl IntoIterator<Item = impl Into<String>>) -> CaseSummaryParams {
        CaseSummaryParams(Params::from_ids("case_ids", case_ids))
    }

    /// Order of the results; [`SortBy::UpdatedDate`] unless given.
    #[must_use]
    pub fn sort_by(mut self, sort_by: SortBy) -> CaseSummaryParams {
        self.0.set("sort_by", sort_by.as_str().into());
        self
    }
}

/// Declares the parameters of a list.
macro_rules! list_params {
    ($(#[doc = $about:literal])+ $name:ident, $ids:ident, $(#[doc = $doc:literal])+) => {
        $(#[doc = $about])+
        #[derive(Clone, Debug, PartialEq)]
        pub struct $name(Params);

        impl $name {
            $(#[doc = $doc])+
            pub fn new($ids: impl IntoIterator<Item = impl Into<String>>) -> $name {
                $name(Params::from_ids(stringify!($ids), $ids))
            }

            /// Only cases created at this instant or later: a [`Timestamp`](crate::model::Timestamp), or another that is
            /// written as RFC 3339. Sent in UTC, in whole seconds.
            #[must_use]
            pub fn date_created_from(mut self, instant: impl fmt::Display) -> $name {
                self.0.set("date_created_from", Json::String(instant.to_string()));
                self
            }

            /// Only cases created at this instant or earlier; at most 90 × 24 hours after `date_created_from`. Sent in UTC, in
            /// whole seconds.
            #[must_use]
            pub fn date_created_to(mut self, instant: impl fmt::Display) -> $name {
                self.0.set("date_created_to", Json::String(instant.to_string()));
                self
            }

            /// Only open or only closed cases; both unless given.
            #[must_use]
            pub fn status_flag(mut self, flag: StatusFlag) -> $name {
                self.0.set("status_flag", flag.as_str().into());
                self
            }

            /// Order of the results; [`SortBy::UpdatedDate`] unless given.
            #[must_use]
            pub fn sort_by(mut self, sort_by: SortBy) -> $name {
                self.0.set("sort_by", sort_by.as_str().into());
                self
            }

            /// The page to return, from 1 (the default). A page has at most 100 cases.
            #[must_use]
            pub fn page_index(mut self, page_index: u32) -> $name {
                self.0.set("page_index", page_index.into());
                self
            }
        }
    };
}

list_params! {
    /// The parameters of [`Client::cases_by_contract`](super::Client::cases_by_contract).
    CasesByContractParams, contract_ids,
    /// The contracts whose cases to return, 1 to 10.
}

list_params! {
    /// The parameters of [`Client::cases_by_user`](super::Client::cases_by_user).
    CasesByUserParams, user_ids,
    /// The users whose cases to return, 1 to 10.
}

impl From<CaseSummaryParams> for Params {
    fn from(params: CaseSummaryParams) -> Params {
        params.0
    }
}

impl From<CasesByContractParams> for Params {
    fn from(params: CasesByContractParams) -> Params {
        params.0
    }
}

impl From<CasesByUserParams> for Params {
    fn from(params: CasesByUserParams) -> Params {
        params.0
    }
}
