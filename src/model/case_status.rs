//! The detailed status of a case.

use alloc::{borrow::ToOwned, string::String};

/// The detailed status of a case: one of six documented values, or any other text.
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
    /// The case is closed.
    Closed,
    /// Waiting on the customer.
    CustomerPending,
    /// Waiting on a Cisco software release.
    CiscoReleasePending,
    /// Waiting on a service order.
    ServiceOrderPending,
    /// Any other status; empty if the service sent none.
    Other(String),
}

/// The six documented statuses, in the order of the documentation.
const STATUSES: [CaseStatus; 6] = [
    CaseStatus::CiscoPending,
    CaseStatus::ClosePending,
    CaseStatus::Closed,
    CaseStatus::CustomerPending,
    CaseStatus::CiscoReleasePending,
    CaseStatus::ServiceOrderPending,
];

impl CaseStatus {
    /// The texts of the documented statuses, as the service spells them, in the same order.
    pub(crate) const DOCUMENTED: [&'static str; 6] = [
        "Cisco Pending",
        "Close Pending",
        "Closed",
        "Customer Pending",
        "Cisco Release Pending",
        "Service Order Pending",
    ];

    /// Returns the six documented statuses, as the service spells them.
    pub fn documented() -> impl Iterator<Item = &'static str> {
        CaseStatus::DOCUMENTED.into_iter()
    }

    /// Returns the status as the service spells it.
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
