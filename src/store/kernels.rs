//! The loops over chunks of columns that find rows, some of them with vector instructions.

#[cfg(target_feature = "simd128")]
use super::vectors::one_of;
use super::{
    columns::{ListColumn, status_since_ms},
    instant_column::{InstantCells, InstantColumn},
    number_column::{NumberCells, NumberColumn},
    row_set::{CHUNK_ROWS, CHUNK_WORDS, RowSet},
};
#[cfg(target_feature = "simd128")]
use crate::decode::load_vector;
use alloc::{vec, vec::Vec};
#[cfg(target_feature = "simd128")]
use core::arch::wasm32::v128;

/// Ids up to this number are not many.
const NOT_MANY: usize = 16;

/// Values that a column may have, as one of the forms that a loop is fast with.
#[derive(Clone, Debug)]
pub(super) enum IdMatcher {
    /// No value matches.
    Nothing,
    /// Up to four ids; unused places repeat the first.
    Few([u32; 4]),
    /// A byte per id: 1 for those that match; and these ids, if they are not many.
    Table(Vec<u8>, Vec<u32>),
}

impl IdMatcher {
    /// Creates a matcher of ids that are less than `count`.
    pub(super) fn new(ids: &[u32], count: u32) -> IdMatcher {
        let Some(first) = ids.first() else { return IdMatcher::Nothing };
        if ids.len() <= 4 {
            let mut few = [*first; 4];
            for (slot, id) in few.iter_mut().zip(ids) {
                *slot = *id;
            }
            return IdMatcher::Few(few);
        }
        let mut table = vec![0; count as usize];
        for id in ids {
            if let Some(slot) = table.get_mut(*id as usize) {
                *slot = 1;
            }
        }
        IdMatcher::Table(table, if ids.len() <= NOT_MANY { ids.to_vec() } else { Vec::new() })
    }

    /// Creates a matcher of a set of ids that are less than `count`.
    pub(super) fn of_set(ids: &RowSet, count: u32) -> IdMatcher {
        let few: Vec<u32> = ids.iter().take(NOT_MANY + 1).collect();
        if few.len() <= NOT_MANY {
            return IdMatcher::new(&few, count);
        }
        let mut table = Vec::with_capacity(ids.words().len() * 64);
        for word in ids.words() {
            table.extend((0..64).map(|bit| (word >> bit & 1) as u8));
        }
        IdMatcher::Table(table, Vec::new())
    }

    /// Returns the ids that match, if they are not many; none otherwise.
    fn ids(&self) -> &[u32] {
        match self {
            IdMatcher::Nothing => &[],
            IdMatcher::Few(few) => few,
            IdMatcher::Table(_, ids) => ids,
        }
    }

    /// Returns whether an id matches.
    #[inline(always)]
    pub(super) fn matches(&self, id: u32) -> bool {
        match self {
            IdMatcher::Nothing => false,
            IdMatcher::Few(few) => few.contains(&id),
            IdMatcher::Table(table, _) => table.get(id as usize).is_some_and(|byte| *byte != 0),
        }
    }
}

/// Writes a bit per cell of a chunk: whether a predicate holds for the cell.
#[inline(always)]
fn scan<T: Copy>(cells: &[T; CHUNK_ROWS], words: &mut [u64; CHUNK_WORDS], matches: impl Fn(T) -> bool) {
    let (groups, _) = cells.as_chunks::<64>();
    for (group, word) in groups.iter().zip(words.iter_mut()) {
        let mut bits = 0;
        for cell in group {
            bits = bits >> 1 | u64::from(matches(*cell)) << 63;
        }
        *word = bits;
    }
}

/// Writes a bit per byte of a chunk: whether it is one of four.
#[inline(always)]
fn scan_bytes(cells: &[u8; CHUNK_ROWS], words: &mut [u64; CHUNK_WORDS], wanted: [u8; 4]) {
    #[cfg(target_feature = "simd128")]
    {
        use core::arch::wasm32::{i8x16_bitmask, u8x16_eq, u8x16_splat};
        scan_vectors::<u8, _, 16>(
            cells,
            words,
            &one_of(wanted.map(|cell| u8x16_splat(cell)), |one, other| u8x16_eq(one, other)),
            |lanes| i8x16_bitmask(lanes),
        );
    }
    #[cfg(not(target_feature = "simd128"))]
    scan(cells, words, |cell| wanted.contains(&cell));
}

/// Writes a bit per number of a chunk: whether it is one of four.
#[inline(never)]
fn scan_numbers(cells: NumberCells<'_>, words: &mut [u64; CHUNK_WORDS], wanted: [u32; 4]) {
    match cells {
        NumberCells::Bytes(cells) => match narrowed(wanted) {
            Some(wanted) => scan_bytes(cells, words, wanted),
            None => words.fill(0),
        },
        NumberCells::Words(cells) => match narrowed(wanted) {
            Some(wanted) => scan_words(cells, words, wanted),
            None => words.fill(0),
        },
        NumberCells::Numbers(cells) => scan_ids(cells, words, wanted),
    }
}

/// Returns four numbers that cells of a type can have: those of the given ones; `None` if they can have none of them.
fn narrowed<T: Copy + TryFrom<u32>>(wanted: [u32; 4]) -> Option<[T; 4]> {
    let narrow = wanted.map(|number| T::try_from(number).ok());
    let any = narrow.into_iter().flatten().next()?;
    Some(narrow.map(|number| number.unwrap_or(any)))
}

/// Writes a bit per word of a chunk: whether it is one of four.
#[inline(always)]
fn scan_words(cells: &[u16; CHUNK_ROWS], words: &mut [u64; CHUNK_WORDS], wanted: [u16; 4]) {
    #[cfg(target_feature = "simd128")]
    {
        use core::arch::wasm32::{i16x8_bitmask, u16x8_eq, u16x8_splat};
        scan_vectors::<u16, _, 8>(
            cells,
            words,
            &one_of(wanted.map(|cell| u16x8_splat(cell)), |one, other| u16x8_eq(one, other)),
            |lanes| i16x8_bitmask(lanes),
        );
    }
    #[cfg(not(target_feature = "simd128"))]
    scan(cells, words, |cell| wanted.contains(&cell));
}

/// Writes a bit per id of a chunk: whether it is one of four.
#[inline(always)]
fn scan_ids(cells: &[u32; CHUNK_ROWS], words: &mut [u64; CHUNK_WORDS], wanted: [u32; 4]) {
    #[cfg(target_feature = "simd128")]
    {
        use core::arch::wasm32::{i32x4_bitmask, u32x4_eq, u32x4_splat};
        scan_vectors::<u32, _, 4>(
            cells,
            words,
            &one_of(wanted.map(|cell| u32x4_splat(cell)), |one, other| u32x4_eq(one, other)),
            |lanes| i32x4_bitmask(lanes),
        );
    }
    #[cfg(not(target_feature = "simd128"))]
    scan(cells, words, |cell| wanted.contains(&cell));
}

/// Writes a bit per second of a chunk: whether it is at least `first`, and at most `last` seconds later.
#[inline(always)]
fn scan_seconds(cells: &[u32; CHUNK_ROWS], words: &mut [u64; CHUNK_WORDS], first: u32, last: u32) {
    #[cfg(target_feature = "simd128")]
    {
        use core::arch::wasm32::{i32x4_bitmask, u32x4_le, u32x4_splat, u32x4_sub};
        let [first, last] = [first, last].map(|cell| u32x4_splat(cell));
        scan_vectors::<u32, _, 4>(cells, words, &|cells| u32x4_le(u32x4_sub(cells, first), last), |lanes| {
            i32x4_bitmask(lanes)
        });
    }
    #[cfg(not(target_feature = "simd128"))]
    scan(cells, words, |cell| cell.wrapping_sub(first) <= last);
}

/// Writes a bit per cell of a chunk, by vectors of `LANES` cells: whether a test sets the bits of its lane.
#[cfg(target_feature = "simd128")]
#[inline(always)]
fn scan_vectors<T: Copy, B: Into<u64>, const LANES: usize>(
    cells: &[T; CHUNK_ROWS],
    words: &mut [u64; CHUNK_WORDS],
    test: &impl Fn(v128) -> v128,
    bitmask: impl Fn(v128) -> B,
) {
    for (group, word) in cells.as_chunks::<64>().0.iter().zip(words.iter_mut()) {
        *word = 0;
        for lanes in group.as_chunks::<LANES>().0.iter().rev() {
            *word = *word << LANES | bitmask(test(load_vector(lanes))).into();
        }
    }
}

/// Creates a set chunk by chunk.
fn build(chunks: usize, fill: &mut dyn FnMut(usize, &mut [u64; CHUNK_WORDS])) -> RowSet {
    let mut set = RowSet::with_rows(chunks * CHUNK_ROWS);
    for chunk in 0..chunks {
        if let Some(words) = set.chunk_mut(chunk) {
            fill(chunk, words);
        }
    }
    set
}

/// Returns the rows whose number is one of up to eight values: bit `v` of `wanted` for value `v`.
#[inline(never)]
pub(super) fn rows_with_few(column: &NumberColumn, wanted: u8, chunks: usize) -> RowSet {
    let mut values = [u32::from(u8::MAX); 4];
    let inverted = wanted.count_ones() > 4;
    let listed = if inverted { !wanted } else { wanted };
    let present = (0..8).filter(|value| listed >> value & 1 == 1);
    for (slot, value) in values.iter_mut().zip(present) {
        *slot = value;
    }
    build(chunks, &mut |chunk, words| {
        scan_numbers(column.chunk(chunk), words, values);
        if inverted {
            words.iter_mut().for_each(|word| *word = !*word);
        }
    })
}

/// Returns the rows whose dictionary id matches.
#[inline(never)]
pub(super) fn rows_with_id(column: &NumberColumn, matcher: &IdMatcher, chunks: usize) -> RowSet {
    build(chunks, &mut |chunk, words| {
        let cells = column.chunk(chunk);
        match matcher {
            IdMatcher::Nothing => {}
            IdMatcher::Few(few) => scan_numbers(cells, words, *few),
            IdMatcher::Table(table, _) => {
                let is_wanted = |id: usize| table.get(id).is_some_and(|byte| *byte != 0);
                match cells {
                    NumberCells::Bytes(cells) => scan(cells, words, |cell| is_wanted(cell.into())),
                    NumberCells::Words(cells) => scan(cells, words, |cell| is_wanted(cell.into())),
                    NumberCells::Numbers(cells) => scan(cells, words, |cell| is_wanted(cell as usize)),
                }
            }
        }
    })
}

/// Returns the rows whose instant is at least `from` and before `to`.
#[inline(never)]
pub(super) fn rows_between(column: &InstantColumn, from: i64, to: i64, chunks: usize) -> RowSet {
    build(chunks, &mut |chunk, words| scan_between(column.chunk(chunk), words, from, to))
}

/// Writes a bit per instant of a chunk: whether it is at least `from` and before `to`. No missing instant is.
#[inline(never)]
fn scan_between(cells: InstantCells<'_>, words: &mut [u64; CHUNK_WORDS], from: i64, to: i64) {
    match cells {
        InstantCells::Seconds(cells) => {
            // The first whole seconds from the bounds on.
            let seconds = |ms: i64| ms.div_euclid(1000) + i64::from(ms.rem_euclid(1000) > 0);
            let (first, end) = (seconds(from).max(1), seconds(to).min(1 << u32::BITS));
            // None is in an interval that ends before its start.
            if first < end {
                scan_seconds(cells, words, first as u32, (end - first - 1) as u32);
            } else {
                words.fill(0);
            }
        }
        InstantCells::Milliseconds(cells) => scan(cells, words, |cell| (cell >= from) & (cell < to)),
    }
}

/// Returns the rows that have had their status since an instant of at least `from` and before `to`.
#[inline(never)]
pub(super) fn rows_in_status_between(
    since: &InstantColumn,
    updated: &InstantColumn,
    from: i64,
    to: i64,
    chunks: usize,
) -> RowSet {
    build(chunks, &mut |chunk, words| {
        let (since, updated) = (since.chunk(chunk), updated.chunk(chunk));
        for (index, word) in words.iter_mut().enumerate() {
            let mut bits = 0;
            for at in index * 64..index * 64 + 64 {
                let ms = status_since_ms(since.get(at), updated.get(at));
                bits = bits >> 1 | u64::from((ms >= from) & (ms < to)) << 63;
            }
            *word = bits;
        }
    })
}

/// Lists up to this number are looked up in the column one after the other.
const FEW_LISTS: usize = 64;

/// Adds the row of a list, if a row has it.
fn add_row_of_list(positions: &NumberColumn, position: u32, chunks: usize, rows: &mut RowSet) {
    let first = |chunk: usize| (0..CHUNK_ROWS).map(|at| positions.chunk(chunk).get(at)).find(|cell| *cell > 0);
    // Lists are mostly in the order of their rows: those of changed rows are at the end.
    let likely = (0..chunks).rev().find(|chunk| first(*chunk).is_some_and(|cell| cell <= position)).unwrap_or(0);
    for chunk in core::iter::once(likely).chain(0..chunks) {
        let Some(words) = rows.chunk_mut(chunk) else { continue };
        let mut found = [0; CHUNK_WORDS];
        scan_numbers(positions.chunk(chunk), &mut found, [position; 4]);
        let mut is_found = false;
        for (word, found) in words.iter_mut().zip(found) {
            *word |= found;
            is_found |= found != 0;
        }
        if is_found {
            return;
        }
    }
}

/// Returns the rows whose list has an id that matches; also those without a list, if `empty` is wanted.
#[inline(never)]
pub(super) fn rows_with_list(column: &ListColumn, matcher: &IdMatcher, empty: bool, chunks: usize) -> RowSet {
    // The lists follow each other in the memory; those of the rows would be read one by one.
    if !matcher.ids().is_empty()
        && !empty
        && let Some(positions) = column.lists.positions_with(matcher.ids(), FEW_LISTS)
    {
        let mut rows = RowSet::with_rows(chunks * CHUNK_ROWS);
        for position in positions {
            add_row_of_list(&column.positions, position, chunks, &mut rows);
        }
        return rows;
    }
    build(chunks, &mut |chunk, words| {
        let cells = column.positions.chunk(chunk);
        scan_numbers(cells, words, [0; 4]);
        let wanted_ids = !matches!(matcher, IdMatcher::Nothing);
        for (index, word) in words.iter_mut().enumerate() {
            let mut lists = !*word;
            if !empty {
                *word = 0;
            }
            while wanted_ids && lists != 0 {
                let bit = lists.trailing_zeros();
                lists &= lists - 1;
                let position = cells.get(index * 64 + bit as usize);
                if column.lists.get(position).iter().any(|id| matcher.matches(*id)) {
                    *word |= 1 << bit;
                }
            }
        }
    })
}

/// Returns the rows that are open: by their flag, or by their status if they have no flag.
#[inline(never)]
pub(super) fn open_rows(flags: &NumberColumn, status: &NumberColumn, closed: Option<u32>, chunks: usize) -> RowSet {
    let mut open = rows_with_few(flags, 1 << 1, chunks);
    let mut unflagged = rows_with_few(flags, 1 << 0, chunks);
    if !unflagged.is_empty() {
        if let Some(closed) = closed {
            unflagged.subtract(&rows_with_id(status, &IdMatcher::new(&[closed], 0), chunks));
        }
        open.union(&unflagged);
    }
    open
}

#[cfg(test)]
mod tests {
    use super::{FEW_LISTS, IdMatcher, NOT_MANY, rows_between, rows_with_few, rows_with_id, rows_with_list};
    use crate::store::{
        columns::{Columns, NO_DATE},
        instant_column::InstantColumn,
        number_column::NumberColumn,
    };
    use alloc::vec::Vec;

    #[test]
    fn it_finds_the_rows_that_a_plain_loop_finds() {
        let (mut bytes, mut ids) = (NumberColumn::default(), NumberColumn::default());
        let mut random = 1_u32;
        let mut plain = Vec::new();
        for row in 0..10_000 {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            bytes.set(row, (random >> 24) % 5);
            // The chunks have bytes, then words, then longer numbers.
            let id = (random >> 20) % 40 + [0, 300, 70_000][row as usize / 4096] * (random >> 30 & 1);
            ids.set(row, id);
            plain.push(((random >> 24) as u8 % 5, id));
        }
        for wanted in [0_u8, 1, 2, 6, 0b10101, 0b11110, 0b11111] {
            let found: Vec<u32> = rows_with_few(&bytes, wanted, 3).iter().filter(|row| *row < 10_000).collect();
            let expected: Vec<u32> =
                (0..).zip(&plain).filter(|(_, (byte, _))| wanted >> byte & 1 == 1).map(|(row, _)| row).collect();
            assert_eq!(found, expected, "{wanted}");
        }
        for list in
            [&[][..], &[3], &[0, 39], &[310], &[70_001, 5], &[70_001, 301, 2], &[1, 2, 3, 4, 5, 6, 38, 320, 70_002]]
        {
            let matcher = IdMatcher::new(list, 70_040);
            let found: Vec<u32> = rows_with_id(&ids, &matcher, 3).iter().filter(|row| *row < 10_000).collect();
            let expected: Vec<u32> =
                (0..).zip(&plain).filter(|(_, (_, id))| list.contains(id)).map(|(row, _)| row).collect();
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn it_finds_the_instants_between_bounds() {
        let mut column = InstantColumn::default();
        let last = i64::from(u32::MAX) * 1000;
        let mut plain: Vec<i64> = [NO_DATE, 1000, 2000, 5000, last - 1000, last].repeat(700);
        plain.truncate(4096);
        plain.extend([NO_DATE, -1000, 0, 1, 1000, 1001, last + 1, last + 1000]);
        column.set_run(0, &plain);
        let bounds =
            [NO_DATE + 1, -1001, -1000, 0, 1, 999, 1000, 1001, 1999, 2000, last, last + 1, last + 1000, i64::MAX];
        for from in bounds {
            for to in bounds {
                let found: Vec<u32> = rows_between(&column, from, to, 2).iter().collect();
                let is_between = |ms: &i64| (from..to).contains(ms);
                let rows = (0..).zip(&plain).filter(|(_, ms)| is_between(ms));
                assert_eq!(found, rows.map(|(row, _)| row).collect::<Vec<u32>>(), "{from} {to}");
            }
        }
    }

    #[test]
    fn it_finds_the_rows_whose_lists_have_an_id() {
        let column = &mut Columns::default().bugs;
        let mut random = 1_u32;
        let mut plain: Vec<Vec<u32>> = Vec::new();
        for row in 0..9000_u32 {
            let list: Vec<u32> = (0..row % 4)
                .map(|_| {
                    random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    (random >> 20) % 3000 + 1
                })
                .collect();
            column.set(row, &list);
            plain.push(list);
        }
        // A former list is no row's any more.
        for row in (1..9000_u32).step_by(7) {
            column.set(row, &[row % 3000 + 1]);
            plain[row as usize] = Vec::from([row % 3000 + 1]);
        }
        let mut most = 0;
        let many: Vec<u32> = (1..=NOT_MANY as u32 + 1).collect();
        let not_many = &many[1..];
        for wanted in
            [&[1][..], &[2, 3], &[1, 2, 3, 4], &[17], &[2999, 3000], &[5000], &[1, 2, 3, 4, 5, 6], not_many, &many]
        {
            for empty in [false, true] {
                let matcher = IdMatcher::new(wanted, 5001);
                let found: Vec<u32> =
                    rows_with_list(column, &matcher, empty, 3).iter().filter(|row| *row < 9000).collect();
                let matches = |list: &Vec<u32>| {
                    if list.is_empty() { empty } else { list.iter().any(|id| wanted.contains(id)) }
                };
                let expected: Vec<u32> =
                    (0..).zip(&plain).filter(|(_, list)| matches(list)).map(|(row, _)| row).collect();
                assert_eq!(found, expected, "{wanted:?} {empty}");
                most = most.max(if empty { 0 } else { found.len() });
            }
        }
        assert!(most > FEW_LISTS, "both ways");
    }
}
