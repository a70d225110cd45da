//! The deliveries of a bulk job, and its counters.

use alloc::{string::String, vec::Vec};

/// The kind of the delivered records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DeliveryKind {
    /// Cases without their details.
    #[default]
    Cases,
    /// Cases that left their lists of open cases, since they were closed.
    Closed,
    /// Ids of cases that left their lists and are not visible any more.
    Gone,
    /// Details of a case.
    Details,
}

/// Records that are delivered together.
#[derive(Debug, Default)]
pub struct Delivery {
    /// Kind of the records.
    pub kind: DeliveryKind,
    /// Handle of the records; 0 if there are none. The job does not use the handle after this delivery.
    pub handle: u32,
    /// Indices of the delivered cases among the records, in order. [`LEFT`](crate::boundary::delivery::LEFT) is added to the
    /// index of a case that was delivered before and does not match the filter any more.
    pub cases: Vec<u32>,
    /// Ids of cases that are not visible any more.
    pub gone: Vec<String>,
}

impl Delivery {
    /// Returns the number of delivered items.
    pub fn len(&self) -> usize {
        match self.kind {
            DeliveryKind::Gone => self.gone.len(),
            _ => self.cases.len(),
        }
    }

    /// Whether it contains no items.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The requests and bytes that a driver has used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RequestUsage {
    /// Number of requests sent.
    pub requests: u32,
    /// Number of bytes received.
    pub bytes: u64,
}

/// The progress of a bulk call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Number of pages received.
    pub pages: u32,
    /// Number of cases delivered.
    pub cases: u32,
    /// Approximate number of pages left.
    pub pages_left: u32,
}
