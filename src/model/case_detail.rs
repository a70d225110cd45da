//! The details of a case.

use super::CaseStatus;

record! {
    /// The details of a case, with its notes. They have no `status_flag` and no `item_entry_id`. (Case API v3, "GET
    /// Case Details": Response Parameters.)
    CaseDetail {
        /// Identifiers of the bugs associated with the case.
        bugs: List,
        /// Identifier of the case: digits, as text.
        case_id: Text(64),
        /// Instant at which the case was closed, in UTC; null for an open case.
        close_date: Date,
        /// Business phone numbers of the contact.
        contact_business_phone_numbers: List,
        /// E-mail addresses of the contact.
        contact_email_ids: List,
        /// Mobile phone numbers of the contact.
        contact_mobile_phone_numbers: List,
        /// Name of the primary contact.
        contact_name: Text(150),
        /// Cisco.com account id of the contact.
        contact_user_id: Text(100),
        /// Contract that the case is associated with.
        contract_id: Text(120),
        /// Instant at which the case was created, in UTC.
        creation_date: Date,
        /// The case's notes, newest first, in the service's order.
        notes: Notes,
        /// E-mail address of the case's owner.
        owner_email: Text(30),
        /// Name of the case's owner.
        owner_name: Text(30),
        /// The contact's preferred contact method.
        preferred_contact_method: Text(30),
        /// Problem area, such as "Configuration Assistance".
        problem_code_name: Text(30),
        /// Type of the request, such as "Diagnose and Fix" or "Request RMA".
        request_type: Text(30),
        /// RMA numbers associated with the case.
        rmas: List,
        /// Serial number of the device associated with the case.
        serial_number: Text(30),
        /// Severity, 1 (highest) to 4.
        severity: Severity,
        /// Detailed status: one of six documented values, or any other text from the service.
        status: Status(150),
        /// Sub-technology the case is linked to.
        sub_technology_name: Text(150),
        /// Technology the case is linked to.
        technology_name: Text(150),
        /// Title of the case.
        title: Text(240),
        /// The customer's own tracking or case number.
        tracking_number: Text(240),
        /// Instant at which the case was last updated, in UTC.
        updated_date: Date,
        /// Cisco.com user id associated with the case.
        user_id: Text(50),
    }
}

impl CaseDetail {
    /// Whether the case is open, by its status: details have no flag.
    ///
    /// ```
    /// use cisco_support_case::model::{CaseDetail, CaseStatus};
    /// let mut case = CaseDetail::default();
    /// case.status = CaseStatus::Closed;
    /// assert!(!case.is_open());
    /// ```
    pub fn is_open(&self) -> bool {
        self.status != CaseStatus::Closed
    }
}
