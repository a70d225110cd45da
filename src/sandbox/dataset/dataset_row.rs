//! The row of a case in the store, and the indices of statuses in it.

use super::history::NO_EVENT;
use crate::model::CaseStatus;
use alloc::{borrow::ToOwned, string::String, vec::Vec};

/// An undocumented status. The set of statuses is open (www/guide/service.md#responses).
const UNDOCUMENTED_STATUS: &str = "Engineering Pending";

/// The statuses of generated cases. A [`DatasetRow`] stores an index into them.
pub(super) fn statuses() -> Vec<String> {
    CaseStatus::documented().chain([UNDOCUMENTED_STATUS]).map(str::to_owned).collect()
}

/// Indices into [`statuses`] of the open ones, and their weights per thousand open cases.
pub(super) const OPEN_STATUSES: [(u8, u32); 6] = [(0, 340), (1, 90), (3, 390), (4, 90), (5, 82), (6, 8)];
pub(super) const CISCO_PENDING: u8 = 0;
pub(super) const CLOSED: u8 = 2;
pub(super) const CISCO_RELEASE_PENDING: u8 = 4;
pub(super) const SERVICE_ORDER_PENDING: u8 = 5;

/// Owner index of a case without a contract or without a user.
pub(in crate::sandbox) const NO_OWNER: u32 = u32::MAX;

/// Fields of a case that filters and sorting need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sandbox) struct DatasetRow {
    pub(super) created_ms: i64,
    pub(super) updated_ms: i64,
    pub(super) contract: u32,
    pub(super) user: u32,
    pub(super) status: u8,
    /// Severity set by a mutation; 0 if the generated one is unchanged.
    pub(super) severity: u8,
    /// Index of the case's last event in the history.
    pub(super) last_event: u32,
}

impl DatasetRow {
    /// Initial state of a row, to be completed with dates, owners and status.
    pub(super) const INITIAL: DatasetRow = DatasetRow {
        created_ms: 0,
        updated_ms: 0,
        contract: NO_OWNER,
        user: NO_OWNER,
        status: CISCO_PENDING,
        severity: 0,
        last_event: NO_EVENT,
    };
}
