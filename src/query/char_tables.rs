//! The tables of folding and of word characters, decoded when they are first needed.
//!
//! A module has them as differences between their numbers: 2.1 KB after gzip in place of 3.5 KB. Numbers are read as fast
//! as those of a constant, since relaxed loads are plain ones.

use super::fold_table::{DIFFERENCES, FOLD_RUNS, WORD_BOUNDARIES};
use core::sync::atomic::{AtomicBool, AtomicU16, Ordering};

type Numbers<const N: usize> = [AtomicU16; N];

static FIRSTS: Numbers<FOLD_RUNS> = [const { AtomicU16::new(0) }; FOLD_RUNS];
static LENGTHS: Numbers<FOLD_RUNS> = [const { AtomicU16::new(0) }; FOLD_RUNS];
static TARGETS: Numbers<FOLD_RUNS> = [const { AtomicU16::new(0) }; FOLD_RUNS];
static BOUNDARIES: Numbers<WORD_BOUNDARIES> = [const { AtomicU16::new(0) }; WORD_BOUNDARIES];
static IS_DECODED: AtomicBool = AtomicBool::new(false);

/// Decodes the tables. Threads that do so at the same time write the same numbers.
#[cold]
#[inline(never)]
fn decode() {
    let mut bytes = DIFFERENCES.iter();
    let tables: [&[AtomicU16]; 4] = [&FIRSTS, &LENGTHS, &TARGETS, &BOUNDARIES];
    for table in tables {
        let mut number = 0_u16;
        for slot in table {
            let (mut difference, mut shift) = (0_u32, 0);
            for byte in bytes.by_ref() {
                difference |= u32::from(byte & 0x7f) << shift;
                shift += 7;
                if *byte < 0x80 {
                    break;
                }
            }
            // ZigZag: the lowest bit is the sign.
            let sign = (difference & 1).wrapping_neg();
            number = number.wrapping_add((difference >> 1 ^ sign) as u16);
            slot.store(number, Ordering::Relaxed);
        }
    }
    IS_DECODED.store(true, Ordering::Release);
}

/// Returns how many numbers of a table are at most `code`.
fn count_up_to(table: &'static [AtomicU16], code: u16) -> usize {
    if !IS_DECODED.load(Ordering::Acquire) {
        decode();
    }
    table.partition_point(|number| number.load(Ordering::Relaxed) <= code)
}

/// Returns the last run of folded characters that begins at a character or before it: its first character, four times its
/// length and its kind, and what its first character folds to.
pub(super) fn run_from(code: u16) -> Option<[u16; 3]> {
    let run = count_up_to(&FIRSTS, code).checked_sub(1)?;
    let number = |table: &Numbers<FOLD_RUNS>| table.get(run).map_or(0, |number| number.load(Ordering::Relaxed));
    Some([number(&FIRSTS), number(&LENGTHS), number(&TARGETS)])
}

/// Returns whether a character from U+0080 to U+FFFF is one of a word.
pub(super) fn is_of_word(code: u16) -> bool {
    count_up_to(&BOUNDARIES, code) % 2 == 1
}
