//! The detailed status of a case.

use alloc::{borrow::ToOwned, string::String};

/// The detailed status of a case: six documented values, and room for what else the service says.
///
/// ```
/// use cisco_support_case::model::CaseStatus;
/// assert_eq!(CaseStatus::from("Customer Pending"), CaseStatus::CustomerPending);
/// assert_eq!(CaseStatus::from("Waiting for Parts").as_str(), "Waiting for Parts");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum CaseStatus {
    /// Waiting on Cisco.
    CiscoPending,
    /// About to be closed.
    ClosePending,
    /// Closed.
    Closed,
    /// Waiting on the customer.
    CustomerPending,
    /// Waiting on a Cisco software release.
    CiscoReleasePending,
    /// Waiting on a service order.
    ServiceOrderPending,
    /// Any other status; empty where the service sent none.
    Other(String),
}

/// The six documented statuses, in the documentation's order.
const STATUSES: [CaseStatus; 6] = [
    CaseStatus::CiscoPending,
    CaseStatus::ClosePending,
    CaseStatus::Closed,
    CaseStatus::CustomerPending,
    CaseStatus::CiscoReleasePending,
    CaseStatus::ServiceOrderPending,
];

impl CaseStatus {
    /// Their texts, as the service spells them, in the same order.
    pub(crate) const DOCUMENTED: [&'static str; 6] = [
        "Cisco Pending",
        "Close Pending",
        "Closed",
        "Customer Pending",
        "Cisco Release Pending",
        "Service Order Pending",
    ];

    /// The six documented statuses, as the service spells them.
    pub fn documented() -> impl Iterator<Item = &'static str> {
        CaseStatus::DOCUMENTED.into_iter()
    }

    /// The status as the service spells it.
    pub fn as_str(&self) -> &str {
        match self {
            CaseStatus::Other(text) => text,
            known => known_texts().find(|(status, _)| *status == known).map_or("", |(_, text)| text),
        }
    }
}

fn known_texts() -> impl Iterator<Item = (&'static CaseStatus, &'static str)> {
    STATUSES.iter().zip(CaseStatus::DOCUMENTED)
}

impl From<&str> for CaseStatus {
    fn from(text: &str) -> CaseStatus {
        known_texts()
            .find(|(_, known)| *known == text)
            .map_or_else(|| CaseStatus::Other(text.to_owned()), |(status, _)| status.clone())
    }
}

impl Default for CaseStatus {
    fn default() -> CaseStatus {
        CaseStatus::Other(String::new())
    }
}
