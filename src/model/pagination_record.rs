//! Where a page stands in its list.
//!
//! `self_link` is documented with 120 characters and was seen with 139 (www/guide/service.md#responses): no length is
//! enforced.

record! {
    /// Where a page stands in its list. An empty list has one page: `last_index` is 1, not 0.
    /// (Case API v3, "Pagination Response Record".)
    PaginationRecord {
        /// How many pages there are; also the index of the last one.
        last_index: Required,
        /// Index of this page. The first is 1.
        page_index: Required,
        /// How many records this page has, at most 100.
        page_records: Required,
        /// The service's link to this page. It names another host: never follow it and never send a token there.
        self_link: Text,
        /// Name of the method called.
        title: Text(120),
        /// How many records the whole list has.
        total_records: Required,
    }
}
