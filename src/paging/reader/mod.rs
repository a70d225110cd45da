//! The list reader: returns every case of a list, page by page, while the list changes.
//!
//! # States
//!
//! ```text
//!                ┌───────────┐  the list has one page
//!                │ FirstPage │───────────────────────────────────────────▶ Done
//!                └─────┬─────┘
//!        Oldest        │        Newest, Concurrent
//!      ┌───────────────┴───────────────┐
//!      ▼                               ▼
//! ┌───────────┐  last page       ┌──────────┐◀───────────────────────────────────────┐
//! │ Ascending │─────────▶ Done   │ Segments │  extend segments to their neighbours   │
//! └───────────┘                  └─────┬────┘                                        │
//!                 planned pages read,  │  segments overlap                           │
//!                 nothing moved        │                                             │
//!                 ┌────────────────────┴───┐                                         │
//!                 ▼                        ▼                                         │
//!            ┌───────┐  moved         ┌──────┐  more than one page  ┌─────────┐      │
//!            │ Probe │──▶ Segments,   │ Tail │─────────────────────▶│ Confirm │      │
//!            └───┬───┘    Tail        └─┬──▲─┘                      └─┬─────┬─┘      │
//!                │ unchanged            │  └── news: next round ◀─────┘     │        │
//!                └──────────────────────┴── unchanged ────────────────────┬─┘        │
//!                                                                         ▼          │
//!                                                  totals agree? ── no: next pass ───┘
//!                                                         └── yes ──▶ Done
//! ```
//!
//! Each phase has one transition function that takes a page and returns the next phase: [`ListReader::on_page`] calls it.
//! `segments` holds those of `Segments`, `tail` those of `Probe`, `Tail` and `Confirm` and of the check of the totals.
//!
//! # Correctness
//!
//! **Claim.** With [`ReadOrder::NewestFirst`] and [`ReadOrder::ConcurrentSegments`] every case that is in the list from the first request to
//! the last is emitted. An unchanged list of N pages takes N + 2 requests, and one more for
//! each page at its end whose cases all have the newest date, within 10 minutes of it; a list of one page takes 1.
//!
//! The service sorts a list by last update, ascending, and pages it by offset. An update moves a case to the end; all
//! cases after its old position move one position towards page 1.
//!
//! **Invariant.** After a segment has received its page p, each untouched case of the segment is emitted or is on a page
//! up to p − 1. A case is untouched if it was not updated since the pass began.
//!
//! **Argument.**
//! 1. An untouched case only moves towards page 1: updates and removals happen at positions before or after it, and
//!    neither increases its offset. A segment is read from its highest page down, so it cannot pass such a case.
//! 2. A segment ends where the segment below it began: at that page if nothing moved since the first request, otherwise at
//!    a case that is older than the newest case with which the segment below began. No gap remains between them.
//! 3. A touched case is newer than every case at the beginning of the pass: it is in the tail. The tail is read in rounds
//!    until a round finds nothing new.
//! 4. A case that is inserted in the middle moves others away from page 1, against step 1. The totals reveal it: the
//!    number of distinct cases is below `total_records`, or the total changed by a number other than that of the cases
//!    created since (which could hide it). Then the list is read in another pass.

mod checkpoint;
mod list_reader;
mod segments;
mod tail;
mod tail_mark;
mod totals;

pub use checkpoint::{ReaderCheckpoint, Watermark};
pub use list_reader::{ListReader, PageRequest, ReadOrder, ReaderError};
