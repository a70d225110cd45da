//! The cases that an identity may see.

use super::statement::SqlWriter;
use crate::util::text;
use alloc::{borrow::ToOwned, collections::BTreeSet, string::String};

/// The cases that an identity may see: those of its contracts, and those of its users.
///
/// It is one term of every statement. Without ids it permits nothing; only [`CaseScope::all`] permits everything.
///
/// ```
/// use cisco_support_case::query::sql::CaseScope;
/// assert!(CaseScope::of_ids([], []).is_empty());
/// assert!(!CaseScope::all().is_empty());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseScope {
    /// Contracts and users; `None` for all cases.
    ids: Option<ScopeIds>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct ScopeIds {
    contracts: BTreeSet<String>,
    users: BTreeSet<String>,
}

impl CaseScope {
    /// Creates the scope of all cases.
    pub fn all() -> CaseScope {
        CaseScope { ids: None }
    }

    /// Creates the scope of contracts and users. An empty id is none.
    pub fn of_ids(contracts: impl IntoIterator<Item = String>, users: impl IntoIterator<Item = String>) -> CaseScope {
        let contracts = contracts.into_iter().filter(|id| !id.is_empty()).collect();
        let users = users.into_iter().filter(|id| !id.is_empty()).collect();
        CaseScope { ids: Some(ScopeIds { contracts, users }) }
    }

    /// Whether the scope has all cases.
    pub fn is_all(&self) -> bool {
        self.ids.is_none()
    }

    /// Whether the scope has no case.
    pub fn is_empty(&self) -> bool {
        self.ids.as_ref().is_some_and(|ids| ids.contracts.is_empty() && ids.users.is_empty())
    }

    /// Returns the contracts if the scope has cases by contract alone.
    pub(super) fn contracts_only(&self) -> Option<&BTreeSet<String>> {
        self.ids.as_ref().filter(|ids| ids.users.is_empty()).map(|ids| &ids.contracts)
    }

    /// Returns the users if the scope has cases by user alone.
    pub(super) fn users_only(&self) -> Option<&BTreeSet<String>> {
        self.ids.as_ref().filter(|ids| ids.contracts.is_empty()).map(|ids| &ids.users)
    }

    /// Returns the term that a row `c` is in the scope, without an index; `None` for all cases.
    pub(super) fn term(&self, sql: &mut SqlWriter) -> Option<String> {
        let ids = self.ids.as_ref()?;
        let contracts = (!ids.contracts.is_empty()).then(|| text!("+c.contract_id IN ", sql.list(&ids.contracts)));
        let users = (!ids.users.is_empty()).then(|| text!("+c.user_id IN ", sql.list(&ids.users)));
        Some(match (contracts, users) {
            (Some(contracts), Some(users)) => text!("(", contracts, " OR ", users, ")"),
            (Some(one), None) | (None, Some(one)) => one,
            (None, None) => "0".to_owned(),
        })
    }

    /// Returns the select of the ids of the scope's cases, by the indexes of both.
    pub(super) fn ids_select(&self, sql: &mut SqlWriter) -> String {
        let none = BTreeSet::new();
        let (contracts, users) = self.ids.as_ref().map_or((&none, &none), |ids| (&ids.contracts, &ids.users));
        text!(
            "SELECT id FROM cases INDEXED BY cases_by_contract WHERE contract_id IN ",
            sql.list(contracts),
            " UNION ALL SELECT id FROM cases INDEXED BY cases_by_user WHERE user_id IN ",
            sql.list(users)
        )
    }
}
