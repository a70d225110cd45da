//! The list reader: returns every case of a list, page by page, while the list changes.
//!
//! A reader does no I/O: [`ListReader::next_request`] returns the page to request, and [`ListReader::on_page`] processes the
//! response, selects the new cases and enters the next phase.
//!
//! | file | contents |
//! |---|---|
//! | `list_reader` | the reader: requests, checks of a response, selection of new cases; the transitions of `FirstPage` and `Ascending` |
//! | `page_request` | the page to request |
//! | `phase`, `pass` | the phases; the state of a pass |
//! | `segments` | the transition of `Segments`, and the split of a segment |
//! | `tail` | the transitions of `Probe`, `Tail` and `Confirm`, and the end of a pass |
//! | `tail_mark`, `totals` | the last page and the length of the list, which reveal changes |
//! | `checkpoint` | the progress to resume from, and the watermark |
//! | `../segment` | a segment: its pages, and whether one is in flight |
//! | `../emitted_range` | a range of dates whose cases were emitted |
//! | `../seen_cases` | the keys of cases, and the table of those that were received |
//!
//! # Premise
//!
//! The service sorts a list by last update, ascending, and pages it by offset. An update moves a case to the end; all
//! cases after its old position move one position towards page 1.
//!
//! | term | meaning |
//! |---|---|
//! | pass | a read of the whole list: its segments, then its tail |
//! | segment | a contiguous range of pages, read from its highest page down |
//! | tail | the end of the list: the cases that were updated since the pass began |
//! | round | a read of the tail, from the last page down |
//! | watermark | the newest date up to which an earlier reader has read the list |
//!
//! # Phases
//!
//! A new reader starts with `FirstPage`, a resumed one with `Segments` or `Tail`, one that reads only cases newer than a
//! watermark with `Tail`. Each phase has one transition function. Of the conditions of a phase, the first that holds decides.
//! Not shown: a list that grew or shrank continues at its new last page; page 1 ends a downward read; a limit ends it with
//! `Unstable`.
//!
//! | phase | page read | condition | next phase |
//! |---|---|---|---|
//! | `FirstPage` | 1 | it is the last page | `Done` |
//! | | | the order is `OldestFirst` | `Ascending` |
//! | | | otherwise | `Segments` |
//! | `Ascending` | 2, 3, … | it is not the last page | `Ascending` |
//! | | | otherwise | `Done` |
//! | `Segments` | the next lower-numbered page of a segment | planned pages are left | `Segments` |
//! | | | it is the first pass, and no case has moved | `Probe` |
//! | | | a segment does not overlap the next one | `Segments`, extended to lower-numbered pages |
//! | | | otherwise | `Tail` |
//! | `Probe` | the last page | it has changed, or a case has moved | `Segments`, extended, or `Tail` |
//! | | | all its cases have the newest date, and it is less than 10 minutes old | `Probe` of the next lower-numbered page |
//! | | | otherwise | end of the pass |
//! | `Tail` | the last page, then downwards | it is the last page of a watermark, unchanged | `Done` |
//! | | | no case is older than the newest of the last round | `Tail`, the next lower-numbered page |
//! | | | only cases newer than a watermark are read | `Done` |
//! | | | the round has found a new case | `Tail`, the next round |
//! | | | the round has read several pages | `Confirm` |
//! | | | otherwise | end of the pass |
//! | `Confirm` | the last page | it has changed | `Tail`, the next round |
//! | | | otherwise | end of the pass |
//! | end of the pass | none | the cases add up to `total_records`, or another pass found nothing | `Done` |
//! | | | otherwise | `Segments`, the next pass |
//!
//! # Example
//!
//! Three pages of two cases, each written with its date: `A1 B2`, `C3 D4`, `E5 F6`. After the second response C is updated,
//! and the pages are `A1 B2`, `D4 E5`, `F6 C7`.
//!
//! | phase | page | cases | emitted | consequence |
//! |---|---|---|---|---|
//! | `FirstPage` | 1 | A1 B2 | | The list has 3 pages. Page 1 is read again as the last of the pass. |
//! | `Segments` | 3 | E5 F6 | F6 E5 | |
//! | `Segments` | 2 | D4 E5 | D4 | E was read before: a case has moved. |
//! | `Segments` | 1 | A1 B2 | B2 A1 | The only segment is complete. |
//! | `Tail` | 3 | F6 C7 | C7 | No case is older than F6. |
//! | `Tail` | 2 | D4 E5 | | D4 is older than F6. The round has found C7: another one follows. |
//! | `Tail` | 3 | F6 C7 | | F6 is older than C7, and no case is new: the pass ends. Its 6 cases are all of the list. |
//!
//! # Correctness
//!
//! **Claim.** If the reader ends without an error, [`ReadOrder::NewestFirst`] and [`ReadOrder::ConcurrentSegments`] have
//! emitted every case that is in the list from the first request to the last, provided that the caller's clock is less than
//! 10 minutes ahead of the service's. An unchanged list of N pages takes N + 2 requests, and one more for each page at its end
//! whose cases all have the newest date, if that is less than 10 minutes old; a list of one page takes 1.
//!
//! **Invariant.** After a segment has received its page p, each untouched case of the segment is emitted or is on a page
//! up to p − 1. A case is untouched if it was not updated since the pass began.
//!
//! **Argument.**
//! 1. An untouched case only moves towards page 1: updates and removals happen at positions before or after it, and
//!    neither increases its offset. A segment is read from its highest page down, so it cannot pass such a case.
//! 2. A segment ends where the segment of the lower-numbered pages began: at that page if nothing moved since the first
//!    request, otherwise at a case that is older than the newest case with which that segment began. No gap remains
//!    between them.
//! 3. A touched case is newer than every case at the beginning of the pass: it is in the tail. The tail is read in rounds
//!    until a round finds nothing new.
//! 4. A case that is inserted in the middle moves others away from page 1, against step 1. The totals reveal it: the
//!    number of distinct cases is below `total_records`, or the total changed by a number other than that of the cases
//!    created since. A removal can hide an insertion from the count; the created cases reveal that. Then the list is read in
//!    another pass.

mod checkpoint;
mod list_reader;
mod page_request;
mod pass;
mod phase;
mod segments;
mod tail;
mod tail_mark;
mod totals;

pub use checkpoint::{ReaderCheckpoint, Watermark};
pub use list_reader::{ListReader, ReadOrder, ReaderError, SegmentSplit};
pub use page_request::PageRequest;
