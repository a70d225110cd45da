//! Pages: their arithmetic, and the reader that loses no case while a list moves.
//!
//! A list is paged by offset and sorted by last update, ascending. A case that is updated jumps to the end and all
//! behind it move one place forward, so that a reader going up skips a case at a page's boundary, silently. Everything
//! here decides which page to ask for next and what of a page is new; asking is the client's part.
//!
//! | door | is |
//! |---|---|
//! | [`has_next_page`], [`next_page_index`], … | arithmetic over a pagination record |
//! | [`ListReader`], [`Order`] | every case of a list, page by page |
//! | [`PageView`] | what a reader looks at in a page |
//! | [`DateWindows`] | a range of dates in pieces that the service takes |

mod arithmetic;
mod checkpoint;
mod date_windows;
mod page_view;
mod reader;
mod seen_cases;
mod segment;

pub use arithmetic::{has_next_page, has_previous_page, next_page_index, previous_page_index};
pub(crate) use checkpoint::{read_reader_checkpoint, write_reader_checkpoint};
pub use date_windows::DateWindows;
pub(crate) use date_windows::{LAST_MS, WINDOW_MS};
pub use page_view::PageView;
pub use reader::{CaseVersion, ListReader, Order, PageRequest, ReaderCheckpoint, ReaderError, Watermark};
pub use seen_cases::Key;
pub(crate) use seen_cases::{CaseVersions, id_key, is_key_without_id};
pub use segment::Segment;
