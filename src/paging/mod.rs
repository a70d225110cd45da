//! Paging: the arithmetic of page indices, and a reader that misses no case while its list changes.
//!
//! The service pages a list by offset and sorts it by last update, ascending. An update moves a case to the end of the list
//! and every later case one position forward, so that a reader of ascending pages misses a case at a page boundary, without
//! a sign of it. This module decides which page to request next and which cases of a page are new; the client sends the
//! requests.
//!
//! | item | purpose |
//! |---|---|
//! | [`has_next_page`], [`has_previous_page`], [`next_page_index`], [`previous_page_index`] | arithmetic of a pagination record |
//! | [`ListReader`], [`ReadOrder`], [`PageRequest`], [`SegmentSplit`], [`ReaderError`] | every case of a list, page by page |
//! | [`ReaderCheckpoint`], [`Segment`], [`EmittedRange`], [`Watermark`] | the progress of a reader, to resume from |
//! | [`PageView`], [`PagePosition`], [`CaseVersion`], [`Key`] | the view of a page that a reader works on |
//! | [`DateWindows`] | a date range in windows that the service accepts |

mod arithmetic;
mod checkpoint;
mod date_windows;
mod emitted_range;
mod page_view;
mod reader;
mod seen_cases;
mod segment;

pub use arithmetic::{has_next_page, has_previous_page, next_page_index, previous_page_index};
pub(crate) use checkpoint::{read_reader_checkpoint, write_reader_checkpoint};
pub use date_windows::DateWindows;
pub(crate) use date_windows::{LAST_MS, WINDOW_MS};
pub use emitted_range::EmittedRange;
pub use page_view::{PagePosition, PageView};
pub use reader::{ListReader, PageRequest, ReadOrder, ReaderCheckpoint, ReaderError, SegmentSplit, Watermark};
pub use seen_cases::{CaseVersion, Key};
pub(crate) use seen_cases::{CaseVersions, id_key, is_key_without_id};
pub use segment::Segment;
