//! Where a page stands in its list. (Case API v3, "Pagination Response Record".)

use crate::model::PaginationRecord;

/// Whether a page follows this one.
pub fn has_next_page(record: &PaginationRecord) -> bool {
    next_page_index(record).is_some()
}

/// Index of the page that follows this one.
pub fn next_page_index(record: &PaginationRecord) -> Option<u32> {
    (record.page_index < record.last_index).then(|| record.page_index + 1)
}

/// Whether a page comes before this one.
pub fn has_previous_page(record: &PaginationRecord) -> bool {
    previous_page_index(record).is_some()
}

/// Index of the page before this one. Of a page past the end that is the last page.
pub fn previous_page_index(record: &PaginationRecord) -> Option<u32> {
    (record.page_index > 1).then(|| (record.page_index - 1).min(record.last_index.max(1)))
}
