//! The detailed status of a case.

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

/// The six documented statuses with their texts, in the documentation's order.
const DOCUMENTED: [(CaseStatus, &str); 6] = [
    (CaseStatus::CiscoPending, "Cisco Pending"),
    (CaseStatus::ClosePending, "Close Pending"),
    (CaseStatus::Closed, "Closed"),
    (CaseStatus::CustomerPending, "Customer Pending"),
    (CaseStatus::CiscoReleasePending, "Cisco Release Pending"),
    (CaseStatus::ServiceOrderPending, "Service Order Pending"),
];

impl CaseStatus {
    /// The six documented statuses, as the service spells them.
    pub fn documented() -> impl Iterator<Item = &'static str> {
        DOCUMENTED.iter().map(|(_, text)| *text)
    }

    /// The status as the service spells it.
    pub fn as_str(&self) -> &str {
        match self {
            CaseStatus::Other(text) => text,
            known => DOCUMENTED.iter().find(|(status, _)| status == known).map_or("", |(_, text)| text),
        }
    }
}

impl From<&str> for CaseStatus {
    fn from(text: &str) -> CaseStatus {
        DOCUMENTED
            .iter()
            .find(|(_, known)| *known == text)
            .map_or_else(|| CaseStatus::Other(text.to_owned()), |(status, _)| status.clone())
    }
}

impl Default for CaseStatus {
    fn default() -> CaseStatus {
        CaseStatus::Other(String::new())
    }
}
