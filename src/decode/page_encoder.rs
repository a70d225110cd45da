//! Writing of compact pages as bytes.

use super::columns::Records;
use crate::boundary::{document, page_bytes};
use crate::model::DocumentKind;
use alloc::vec::Vec;

/// Bytes of the header.
pub(super) const HEADER_BYTES: usize = page_bytes::LENGTH as usize * 4;

/// A part of a page.
pub(super) enum PagePart<'p> {
    Text(&'p [u8]),
    Words(&'p [u32]),
}

/// Writes a page of parts, in the order of the header.
pub(super) fn write_page(kind: DocumentKind, parts: [PagePart<'_>; page_bytes::PART_COUNT as usize]) -> Vec<u8> {
    let mut total = HEADER_BYTES;
    let kind = match kind {
        DocumentKind::Summary => document::SUMMARY,
        DocumentKind::Details => document::DETAILS,
        DocumentKind::Page => document::PAGE,
    };
    let mut words = Vec::from([page_bytes::MAGIC, page_bytes::VERSION, kind, 0]);
    for part in &parts {
        let length = match part {
            PagePart::Text(text) => text.len(),
            PagePart::Words(words) => words.len() * 4,
        };
        words.extend([total as u32, length as u32]);
        total += length.next_multiple_of(4);
    }
    if let Some(word) = words.get_mut(page_bytes::TOTAL as usize) {
        *word = total as u32;
    }
    let mut out = Vec::with_capacity(total);
    push_words(&mut out, &words);
    for part in parts {
        match part {
            PagePart::Text(text) => out.extend_from_slice(text),
            PagePart::Words(words) => push_words(&mut out, words),
        }
        out.resize(out.len().next_multiple_of(4), 0);
    }
    out
}

/// Appends words in little-endian order. The loop is a copy of memory on the targets that matter.
fn push_words(out: &mut Vec<u8>, words: &[u32]) {
    let start = out.len();
    out.resize(start + words.len() * 4, 0);
    let (slots, _) = out.get_mut(start..).unwrap_or_default().as_chunks_mut();
    for (slot, word) in slots.iter_mut().zip(words) {
        *slot = word.to_le_bytes();
    }
}

impl Records {
    /// Returns the records as a compact page of bytes, which [`PageBytes`](super::PageBytes) reads in place.
    pub fn to_page_bytes(&self) -> Vec<u8> {
        let view = self.view();
        // Without a tape, the shapes are those of an earlier document.
        let shapes = if view.tape.is_empty() { &[] } else { view.shapes };
        write_page(
            self.kind(),
            [
                PagePart::Text(view.text),
                PagePart::Words(view.starts),
                PagePart::Words(view.rows),
                PagePart::Words(view.pagination),
                PagePart::Words(view.notes),
                PagePart::Words(view.lists),
                PagePart::Words(view.out_of_line),
                PagePart::Text(view.wide),
                PagePart::Text(view.long),
                PagePart::Text(view.long_wide),
                PagePart::Words(view.tape),
                PagePart::Words(shapes),
            ],
        )
    }
}
