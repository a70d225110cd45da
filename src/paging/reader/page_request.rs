//! The requests of a reader.

/// A page to request.
///
/// ```
/// use cisco_support_case::paging::{ListReader, ReadOrder, SegmentSplit};
///
/// let mut reader = ListReader::new(ReadOrder::NewestFirst);
/// let request = reader.next_request(SegmentSplit::Never).unwrap();
/// assert_eq!(request.page_index, 1, "its response contains the length of the list");
/// assert_eq!(reader.next_request(SegmentSplit::Never), Some(request), "the same page after a failure");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageRequest {
    /// Index of the page.
    pub page_index: u32,
    /// Id of the segment to which the page belongs; `None` outside of the phase of segments.
    pub(super) segment_id: Option<u32>,
}
