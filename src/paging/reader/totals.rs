//! The length of a list during a pass, and what its changes reveal.

use crate::paging::PagePosition;

/// The totals of a list during a pass.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Totals {
    /// Index of the last page, as of the last response.
    pub(super) last_page: u32,
    /// `total_records` when the pass read the last page.
    pub(super) first_total: u32,
    /// `total_records` of the last response.
    pub(super) total: u32,
    /// Number of cases created since the pass began.
    pub(super) created_since: u32,
    /// Whether the total has ever fallen.
    pub(super) has_fallen: bool,
    /// Whether any case has moved.
    pub(super) has_moved: bool,
    /// Newest update when the pass began; `None` until the pass has read the last page.
    pub(super) newest_at_start_ms: Option<i64>,
}

impl Totals {
    /// Records the length that a response reports.
    pub(super) fn record(&mut self, position: PagePosition) {
        let total = position.total_records;
        if self.newest_at_start_ms.is_some() {
            self.has_fallen |= total < self.total;
            self.has_moved |= total != self.first_total;
        } else {
            self.first_total = total;
        }
        (self.last_page, self.total) = (position.last_index, total);
    }

    /// Returns the totals at the start of the next pass.
    pub(super) fn for_next_pass(&self) -> Totals {
        Totals { last_page: self.last_page, total: self.total, ..Totals::default() }
    }

    /// Whether the total changed by another number than that of the cases created since the pass began: a case may have
    /// been inserted in the middle while another left.
    pub(super) fn is_inconsistent(&self) -> bool {
        self.has_fallen || self.first_total.checked_add(self.created_since) != Some(self.total)
    }
}
