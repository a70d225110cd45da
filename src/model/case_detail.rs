//! A case with everything the service tells of it.

use super::CaseStatus;

record! {
    /// A case with everything the service tells of it. It carries no `status_flag` and no `item_entry_id`.
    /// (Case API v3, "GET Case Details": Response Parameters.)
    CaseDetail {
        /// Identifiers of the bugs associated with the case.
        bugs: List,
        /// Identifier of the case: digits, as text.
        case_id: Text(64),
        /// When the case was closed, in UTC. An open case has none.
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
        /// When the case was created, in UTC.
        creation_date: Date,
        /// The case's notes, newest first as the service sends them.
        notes: Notes,
        /// E-mail address of the case's owner.
        owner_email: Text(30),
        /// Name of the case's owner.
        owner_name: Text(30),
        /// How the contact prefers to be reached.
        preferred_contact_method: Text(30),
        /// Problem area, such as "Configuration Assistance".
        problem_code_name: Text(30),
        /// What was asked for, such as "Diagnose and Fix" or "Request RMA".
        request_type: Text(30),
        /// RMA numbers associated with the case.
        rmas: List,
        /// Serial number of the device associated with the case.
        serial_number: Text(30),
        /// Severity, 1 (highest) to 4.
        severity: Severity,
        /// Detailed status: one of six documented values, or what else the service says.
        status: Status(150),
        /// Sub-technology the case is linked to.
        sub_technology_name: Text(150),
        /// Technology the case is linked to.
        technology_name: Text(150),
        /// Title of the case.
        title: Text(240),
        /// The customer's own tracking or case number.
        tracking_number: Text(240),
        /// When the case was last updated, in UTC.
        updated_date: Date,
        /// Cisco.com user id associated with the case.
        user_id: Text(50),
    }
}

impl CaseDetail {
    /// Whether the case is open. Details carry no flag, so the status decides.
    pub fn is_open(&self) -> bool {
        self.status != CaseStatus::Closed
    }
}
