//! The party that a case waits for.

/// The party for which a case waits, by its status.
///
/// ```
/// use cisco_support_case::query::WaitingOn;
/// assert_eq!(WaitingOn::of_status(true, "Customer Pending"), WaitingOn::Customer);
/// assert_eq!(WaitingOn::of_status(false, "Customer Pending"), WaitingOn::Nobody);
/// assert_eq!(WaitingOn::of_status(true, "Waiting for Parts"), WaitingOn::Unknown);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitingOn {
    /// The customer: `Customer Pending` and `Close Pending`.
    Customer,
    /// Cisco: `Cisco Pending`.
    Cisco,
    /// A software release: `Cisco Release Pending`.
    Release,
    /// A service order, such as a replacement: `Service Order Pending`.
    ServiceOrder,
    /// Nobody: the case is closed.
    Nobody,
    /// An open case of any other status.
    Unknown,
}

impl WaitingOn {
    /// All parties, in the order of an overview.
    pub const ALL: [WaitingOn; 6] = [
        WaitingOn::Customer,
        WaitingOn::Cisco,
        WaitingOn::Release,
        WaitingOn::ServiceOrder,
        WaitingOn::Nobody,
        WaitingOn::Unknown,
    ];

    /// Returns the party for which a case of a status waits.
    ///
    /// A case in `Close Pending` waits for the customer: a solution is there, and the customer confirms that the case can
    /// be closed or says that it cannot. Nothing is left for Cisco to do meanwhile.
    pub fn of_status(is_open: bool, status: &str) -> WaitingOn {
        match status {
            _ if !is_open => WaitingOn::Nobody,
            "Customer Pending" | "Close Pending" => WaitingOn::Customer,
            "Cisco Pending" => WaitingOn::Cisco,
            "Cisco Release Pending" => WaitingOn::Release,
            "Service Order Pending" => WaitingOn::ServiceOrder,
            _ => WaitingOn::Unknown,
        }
    }

    /// Returns the name in answers.
    pub const fn name(self) -> &'static str {
        match self {
            WaitingOn::Customer => "customer",
            WaitingOn::Cisco => "cisco",
            WaitingOn::Release => "release",
            WaitingOn::ServiceOrder => "service_order",
            WaitingOn::Nobody => "nobody",
            WaitingOn::Unknown => "unknown",
        }
    }
}
