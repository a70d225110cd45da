//! The generated tables of `src/query/fold_table.rs`.
//!
//! `cargo test --test store write_the_fold_table -- --ignored` writes the file from `unicode_reference.rs`, and the test
//! below fails if it is another.

use crate::unicode_reference::{fold, is_assigned, is_word};
use std::collections::BTreeMap;
use std::fmt::{Display, Write};
use std::fs;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/query/fold_table.rs");

/// The first number of a string: in the private use area, which has no letters.
const STRINGS: u32 = 0xe000;

const CONSTANT: u32 = 0;
const OFFSET: u32 = 1;
const ALTERNATE: u32 = 2;

#[test]
fn the_table_is_the_one_that_the_reference_gives() {
    assert!(fs::read_to_string(FILE).unwrap() == table(), "run the test write_the_fold_table, which is ignored");
}

#[test]
#[ignore = "it writes the source file"]
fn write_the_fold_table() {
    fs::write(FILE, table()).unwrap();
}

fn table() -> String {
    let mut strings = String::new();
    let folded: BTreeMap<u32, u32> = (0x80..0x1_0000)
        .filter_map(char::from_u32)
        .filter_map(|c| {
            let folded = fold(c);
            (folded != c.to_string()).then(|| (u32::from(c), target(&folded, &mut strings)))
        })
        .collect();
    let runs = runs(&folded);
    let boundaries = word_boundaries();
    let columns = [0, 1, 2].map(|column| runs.iter().map(|run| run[column]).collect::<Vec<_>>());
    let differences: Vec<u8> = columns.iter().chain([&boundaries]).flat_map(|numbers| differences(numbers)).collect();
    let strings: Vec<u32> = strings.chars().map(u32::from).collect();
    let about =
        "Tables of folding and of word characters, generated from Unicode's data: see `tests/store/fold_table.rs`.";
    let version = "The version of Unicode of the tables. Characters that are newer fold to themselves.";
    let example = "assert_eq!(cisco_support_case::query::UNICODE_VERSION.0, 16);";
    let mut out = format!("//! {about}\n\n/// {version}\n///\n/// ```\n/// {example}\n/// ```\n");
    out.push_str("pub const UNICODE_VERSION: (u8, u8, u8) = (16, 0, 0);\n");
    push_count(&mut out, "The number of runs of characters that fold to others.", "FOLD_RUNS", runs.len());
    let about =
        "The number of characters from U+0080 at which word characters begin, and after them the others, in turns.";
    push_count(&mut out, about, "WORD_BOUNDARIES", boundaries.len());
    let about = [
        "The numbers of the tables, each as its difference to the one before (ZigZag, LEB128).",
        "",
        "The tables are the first characters of the runs, four times their lengths and their kinds, what the first",
        "characters fold to, and the boundaries.",
    ];
    let about = about.join("\n/// ").replace("/// \n", "///\n");
    push_array(&mut out, &about, "DIFFERENCES", "u8", &differences);
    push_array(
        &mut out,
        "The strings that single characters fold to, one after the other.",
        "FOLD_STRINGS",
        "u16",
        &strings,
    );
    out
}

fn push_count(out: &mut String, about: &str, name: &str, count: usize) {
    write!(out, "\n/// {about}\npub(super) const {name}: usize = {count};\n").unwrap();
}

/// Returns the bytes of numbers as differences, of which the nearest is one of 16 bits.
fn differences(numbers: &[u32]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut before = 0_u16;
    for number in numbers.iter().map(|number| u16::try_from(*number).unwrap()) {
        let difference = i32::from(number.wrapping_sub(before) as i16);
        let mut left = ((difference << 1) ^ (difference >> 31)) as u32;
        while left >= 0x80 {
            bytes.push(left as u8 | 0x80);
            left >>= 7;
        }
        bytes.push(left as u8);
        before = number;
    }
    bytes
}

fn push_array<T: Display>(out: &mut String, about: &str, name: &str, kind: &str, items: &[T]) {
    write!(out, "\n/// {about}\n#[rustfmt::skip]\npub(super) const {name}: [{kind}; {}] = [", items.len()).unwrap();
    let mut column = usize::MAX;
    for item in items {
        let item = item.to_string();
        if column.saturating_add(item.len() + 2) > 118 {
            out.push_str("\n   ");
            column = 4;
        }
        write!(out, " {item},").unwrap();
        column += item.len() + 2;
    }
    out.push_str("\n];\n");
}

/// Returns a character as its number, and a string as the place and length that it has in `strings`.
fn target(folded: &str, strings: &mut String) -> u32 {
    let chars: Vec<char> = folded.chars().collect();
    match *chars {
        [] => 0,
        [c] => u32::from(c),
        _ => {
            let at = strings.find(folded).unwrap_or_else(|| {
                strings.push_str(folded);
                strings.len() - folded.len()
            });
            let place = strings[..at].chars().count();
            assert!(chars.len() <= 4 && place < 0x600);
            STRINGS + (place * 4 + chars.len() - 1) as u32
        }
    }
}

fn runs(folded: &BTreeMap<u32, u32>) -> Vec<[u32; 3]> {
    let mut runs = Vec::new();
    let mut done = 0;
    for (&first, &to) in folded {
        if first < done {
            continue;
        }
        let length = |step: u32, to_next: u32| {
            let is_next = |n: u32| {
                let is_gap = step == 1 || !folded.contains_key(&(first + n - 1));
                is_gap && to + to_next * n < STRINGS && folded.get(&(first + n)) == Some(&(to + to_next * n))
            };
            (1..).map(|n| n * step).take_while(|n| is_next(*n)).last().unwrap_or(0) + 1
        };
        let kinds = [(length(1, 0), CONSTANT), (length(1, 1), OFFSET), (length(2, 1), ALTERNATE)];
        let (length, kind) = kinds.into_iter().rev().max_by_key(|(length, _)| *length).unwrap();
        runs.push([first, length << 2 | kind, to]);
        done = first + length;
    }
    runs
}

/// Returns the boundaries; an unassigned character is as the one before, which saves half of them.
fn word_boundaries() -> Vec<u32> {
    let mut boundaries = Vec::new();
    let mut was_word = false;
    for c in (0x80..0x1_0000).filter_map(char::from_u32).filter(|c| is_assigned(*c)) {
        if is_word(c) != was_word {
            boundaries.push(u32::from(c));
            was_word = !was_word;
        }
    }
    boundaries
}
