//! What is written to cases while they move: notes, and that they were closed.

use alloc::vec::Vec;

/// The page before the first one.
pub(super) const BLANK: u32 = u32::MAX;

/// One entry of a case's story.
#[derive(Clone, Copy, Debug)]
pub(super) struct Page {
    pub(super) at_ms: i64,
    /// The page of the same case that was written before it.
    before: u32,
    /// Whether it closed the case; otherwise it is a note.
    pub(super) closes: bool,
}

/// The stories of all cases, in the order in which they were written: 16 bytes a page. A case knows its last page, and
/// what the page says is written anew from its number.
#[derive(Debug, Default)]
pub(super) struct Story {
    pages: Vec<Page>,
}

impl Story {
    /// Writes a page after the last one of a case. What comes back is its number.
    pub(super) fn write(&mut self, before: u32, at_ms: i64, closes: bool) -> u32 {
        let number = u32::try_from(self.pages.len()).unwrap_or(BLANK);
        self.pages.push(Page { at_ms, before, closes });
        number
    }

    /// The pages of a case and their numbers, from the last one back.
    pub(super) fn back_from(&self, last: u32) -> impl Iterator<Item = (u32, &Page)> {
        let page = |number: u32| self.pages.get(number as usize).map(|page| (number, page));
        core::iter::successors(page(last), move |(_, later)| page(later.before))
    }
}
