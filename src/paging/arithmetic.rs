//! The position of a page in its list. (Case API v3, "Pagination Response Record".)

use crate::model::PaginationRecord;

/// Whether there is a page after this one.
///
/// ```
/// use cisco_support_case::model::PaginationRecord;
/// use cisco_support_case::paging::{has_next_page, next_page_index, previous_page_index};
///
/// let mut record = PaginationRecord::default();
/// (record.page_index, record.last_index) = (1, 2);
/// assert!(has_next_page(&record));
/// assert_eq!((next_page_index(&record), previous_page_index(&record)), (Some(2), None));
/// ```
pub fn has_next_page(record: &PaginationRecord) -> bool {
    next_page_index(record).is_some()
}

/// Returns the index of the next page, or `None` on the last page.
///
/// ```
/// use cisco_support_case::model::PaginationRecord;
/// use cisco_support_case::paging::next_page_index;
///
/// let mut record = PaginationRecord::default();
/// (record.page_index, record.last_index) = (1, 2);
/// assert_eq!(next_page_index(&record), Some(2));
/// record.page_index = 2;
/// assert_eq!(next_page_index(&record), None);
/// ```
pub fn next_page_index(record: &PaginationRecord) -> Option<u32> {
    (record.page_index < record.last_index).then(|| record.page_index + 1)
}

/// Whether there is a page before this one.
///
/// ```
/// use cisco_support_case::model::PaginationRecord;
/// use cisco_support_case::paging::has_previous_page;
///
/// let mut record = PaginationRecord::default();
/// (record.page_index, record.last_index) = (1, 2);
/// assert!(!has_previous_page(&record));
/// record.page_index = 2;
/// assert!(has_previous_page(&record));
/// ```
pub fn has_previous_page(record: &PaginationRecord) -> bool {
    previous_page_index(record).is_some()
}

/// Returns the index of the previous page, or `None` on the first page. Past the end, the previous page is the last page.
///
/// ```
/// use cisco_support_case::model::PaginationRecord;
/// use cisco_support_case::paging::previous_page_index;
///
/// let mut record = PaginationRecord::default();
/// (record.page_index, record.last_index) = (2, 2);
/// assert_eq!(previous_page_index(&record), Some(1));
/// record.page_index = 9;
/// assert_eq!(previous_page_index(&record), Some(2), "the last page");
/// ```
pub fn previous_page_index(record: &PaginationRecord) -> Option<u32> {
    (record.page_index > 1).then(|| (record.page_index - 1).min(record.last_index.max(1)))
}
