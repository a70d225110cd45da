//! The pagination record of a page.
//!
//! The documentation gives `self_link` 120 characters; the service was seen to send 139
//! (www/guide/service.md#responses). No length is enforced.

record! {
    /// The position of a page in its list. An empty list has one page: `last_index` is 1, not 0. (Case API v3,
    /// "Pagination Response Record".)
    PaginationRecord {
        /// Number of pages, and index of the last one.
        last_index: Required,
        /// Index of this page. The first is 1.
        page_index: Required,
        /// Number of records on this page, at most 100.
        page_records: Required,
        /// The service's link to this page. It names another host: never follow it, and never send a token to it.
        self_link: Text,
        /// Name of the method called.
        title: Text(120),
        /// Number of records in the whole list.
        total_records: Required,
    }
}
