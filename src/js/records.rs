//! Records across the border: where in the memory their parts stand.

use crate::boundary::header;
use crate::decode::Records;
use crate::util::write_array;
use alloc::string::String;

/// Records, with the header that tells JavaScript where their parts are.
#[derive(Default)]
pub(super) struct View {
    pub(super) records: Records,
    header: [u32; header::LENGTH as usize],
}

impl View {
    /// The issues of the records, as JSON text.
    pub(super) fn issues(&self) -> String {
        let mut out = String::new();
        write_array(&mut out, self.records.issues(), |out, issue| issue.write(out));
        out
    }

    /// Writes the header, once the records are where they stay; returns its address. The counts are attempts, milliseconds
    /// waited and bytes.
    pub(super) fn point(&mut self, counts: [u32; 3]) -> usize {
        let parts = self.records.parts();
        // One after the other: an array that is put together elsewhere and copied here takes several times as long.
        let to = &mut self.header;
        place(to, header::TEXT, parts.text);
        place(to, header::STARTS, parts.starts);
        place(to, header::ROWS, parts.rows);
        place(to, header::PAGINATION, parts.pagination);
        place(to, header::NOTES, parts.notes);
        place(to, header::LISTS, parts.lists);
        place(to, header::APART, parts.apart);
        place(to, header::WIDE, parts.wide);
        place(to, header::LONG, parts.long);
        place(to, header::LONG_WIDE, parts.long_wide);
        place(to, header::WORDS, parts.words);
        place(to, header::NAMES, parts.names);
        put(to, header::COUNT, self.records.count());
        put(to, header::ISSUES, u32::from(!self.records.issues().is_empty()));
        let [attempts, waited_ms, bytes] = counts;
        put(to, header::ATTEMPTS, attempts);
        put(to, header::WAITED_MS, waited_ms);
        put(to, header::BYTES, bytes);
        to.as_ptr().addr()
    }
}

/// Writes the address and the length of a part.
#[inline(always)]
fn place<T>(to: &mut [u32; header::LENGTH as usize], at: u32, part: &[T]) {
    put(to, at, part.as_ptr().addr() as u32);
    put(to, at + 1, part.len() as u32);
}

/// Writes a word. Its position is a constant, so that nothing is left to check.
#[inline(always)]
fn put(to: &mut [u32; header::LENGTH as usize], at: u32, word: u32) {
    if let Some(place) = to.get_mut(at as usize) {
        *place = word;
    }
}
