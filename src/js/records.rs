//! The memory layout of records for JavaScript.

use crate::boundary::header;
use crate::decode::Records;
use crate::util::write_array;
use alloc::string::String;

/// Records, with the header that contains the addresses of their parts.
#[derive(Default)]
pub(super) struct ExportedRecords {
    pub(super) records: Records,
    header: [u32; header::LENGTH as usize],
}

impl ExportedRecords {
    /// The issues of the records, as JSON text.
    pub(super) fn issues(&self) -> String {
        let mut out = String::new();
        write_array(&mut out, self.records.issues(), |out, issue| issue.write(out));
        out
    }

    /// Writes the header after the records have their final addresses, and returns its address. The counts are attempts,
    /// milliseconds waited and bytes.
    pub(super) fn write_header(&mut self, counts: [u32; 3]) -> usize {
        let parts = self.records.view();
        // One after the other: an array that is put together elsewhere and copied here takes several times as long.
        let to = &mut self.header;
        put_span(to, header::TEXT, parts.text);
        put_span(to, header::STARTS, parts.starts);
        put_span(to, header::ROWS, parts.rows);
        put_span(to, header::PAGINATION, parts.pagination);
        put_span(to, header::NOTES, parts.notes);
        put_span(to, header::LISTS, parts.lists);
        put_span(to, header::OUT_OF_LINE, parts.out_of_line);
        put_span(to, header::WIDE, parts.wide);
        put_span(to, header::LONG, parts.long);
        put_span(to, header::LONG_WIDE, parts.long_wide);
        put_span(to, header::TAPE, parts.tape);
        put_span(to, header::SHAPES, parts.shapes);
        put_word(to, header::COUNT, self.records.count());
        put_word(to, header::ISSUES, u32::from(!self.records.issues().is_empty()));
        let [attempts, waited_ms, bytes] = counts;
        put_word(to, header::ATTEMPTS, attempts);
        put_word(to, header::WAITED_MS, waited_ms);
        put_word(to, header::BYTES, bytes);
        to.as_ptr().addr()
    }
}

/// Writes the address and the length of a part.
#[inline(always)]
fn put_span<T>(to: &mut [u32; header::LENGTH as usize], at: u32, part: &[T]) {
    put_word(to, at, part.as_ptr().addr() as u32);
    put_word(to, at + 1, part.len() as u32);
}

/// Writes a word. Its position is a constant, so that the bounds check is optimized away.
#[inline(always)]
fn put_word(to: &mut [u32; header::LENGTH as usize], at: u32, word: u32) {
    if let Some(slot) = to.get_mut(at as usize) {
        *slot = word;
    }
}
