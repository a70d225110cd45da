//! Pages: their arithmetic, and the reader that loses no case while a list moves.
//!
//! A list is paged by offset and sorted by last update, ascending. A case that is updated jumps to the end and all
//! behind it move one place forward, so that a reader going up skips a case at a page's boundary, silently. Everything
//! here decides which page to ask for next and what of a page is new; asking is the client's part.
//!
//! | door | is |
//! |---|---|
//! | [`has_next_page`], [`next_page_index`], … | arithmetic over a pagination record |
//! | [`Reader`], [`Order`] | every case of a list, page by page |
//! | [`Listed`] | what a reader looks at in a page |
//! | [`Windows`] | a range of dates in pieces that the service takes |

mod arithmetic;
mod checkpoint;
mod listed;
mod reader;
mod seen;
mod stretch;
mod windows;

pub use arithmetic::{has_next_page, has_previous_page, next_page_index, previous_page_index};
pub(crate) use checkpoint::{read_done, write_done};
pub use listed::Listed;
pub use reader::{Ask, Done, Mark, Order, Reader, Row, Stuck};
pub use seen::Key;
pub(crate) use seen::{Seen, is_nameless, key_of};
pub use stretch::Stretch;
pub use windows::Windows;
pub(crate) use windows::{LAST_MS, LENGTH_MS};
