//! A case as lists return it.

use super::{CaseStatus, StatusFlag};

record! {
    /// A case as Case Summary and the lists by contract and by user return it. Fields that a route does not send (the
    /// technology names in lists) are `""`. (Case API v3, "GET Case Summary", "GET Cases by Contract ID", "GET Cases
    /// by User ID": Response Parameters.)
    CaseRecord {
        /// The entry's number within the returned results. Documented for the summary only; lists send it too.
        item_entry_id: Count,
        /// Cisco.com user id of the case's originator.
        user_id: Text(50),
        /// Identifier of the case: digits, as text.
        case_id: Text(64),
        /// Title of the case.
        title: Text(240),
        /// Severity, 1 (highest) to 4.
        severity: Severity,
        /// Name of the primary contact.
        contact_name: Text(150),
        /// Flag of the case: open (`O`) or closed (`C`).
        status_flag: Flag,
        /// Detailed status: one of six documented values, or any other text from the service.
        status: Status(150),
        /// Instant at which the case was created, in UTC.
        creation_date: Date,
        /// Instant at which the case was last updated, in UTC. Lists are sorted by it, ascending.
        updated_date: Date,
        /// Serial number of the device associated with the case.
        serial_number: Text(30),
        /// Contract that the case is associated with.
        contract_id: Text(120),
        /// Technology the case is linked to. Case Summary sends it, lists do not.
        technology_name: Text(150),
        /// Sub-technology the case is linked to. Case Summary sends it, lists do not.
        sub_technology_name: Text(150),
        /// RMA numbers associated with the case.
        rmas: List,
        /// Identifiers of the bugs associated with the case, such as `CSCab12345`.
        bugs: List,
    }
}

impl CaseRecord {
    /// Whether the case is open: by its flag, or by its status if the service sent no flag.
    ///
    /// ```
    /// use cisco_support_case::model::{CaseRecord, StatusFlag};
    /// let mut case = CaseRecord::default();
    /// case.status_flag = Some(StatusFlag::Closed);
    /// assert!(!case.is_open());
    /// ```
    pub fn is_open(&self) -> bool {
        self.status_flag.map_or(self.status != CaseStatus::Closed, |flag| flag == StatusFlag::Open)
    }
}
