//! Counts of the values of fields.

use super::{
    columns::Columns,
    dictionary::Dictionary,
    field_column::{FieldColumn, field_column},
    filter::{QueryFilter, QueryMember},
    multikey_sort::MultikeySort,
    number_column::{NumberCells, NumberColumn},
    row_set::{CHUNK_ROWS, CHUNK_WORDS, RowSet},
    sort_keys::DictionaryKeys,
    text_search::SearchIndexes,
};
use crate::query::{ConditionField, FacetCount};
use alloc::{borrow::ToOwned, vec, vec::Vec};

/// A field whose values are counted.
///
/// ```
/// use cisco_support_case::store::FacetField;
/// assert_eq!(FacetField::from_name("severity"), Some(FacetField::Severity));
/// assert_eq!(FacetField::from_name("title"), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FacetField {
    /// The flag: `O`, `C`, or `""`.
    StatusFlag,
    /// The severity: `1` to `4`, or `""`.
    Severity,
    /// A field with texts. `case_id` has no counts: each would be 1.
    Text(ConditionField),
}

impl FacetField {
    /// All fields with counts.
    pub const ALL: [FacetField; 10] = [
        FacetField::StatusFlag,
        FacetField::Severity,
        FacetField::Text(ConditionField::Status),
        FacetField::Text(ConditionField::ContractId),
        FacetField::Text(ConditionField::UserId),
        FacetField::Text(ConditionField::TechnologyName),
        FacetField::Text(ConditionField::SubTechnologyName),
        FacetField::Text(ConditionField::SerialNumber),
        FacetField::Text(ConditionField::Bug),
        FacetField::Text(ConditionField::Rma),
    ];

    /// Returns the field's name in a query.
    pub fn name(self) -> &'static str {
        match self {
            FacetField::StatusFlag => "status_flag",
            FacetField::Severity => "severity",
            FacetField::Text(field) => field.name(),
        }
    }

    /// Returns the field of a name.
    pub fn from_name(name: &str) -> Option<FacetField> {
        FacetField::ALL.into_iter().find(|field| field.name() == name)
    }
}

/// Returns the counts of a field's values under a query, without the conditions and exclusions of that field.
///
/// The greatest count comes first; equal counts have the order of their folded values. `""` has the place of its count.
pub(super) fn facet(
    columns: &Columns,
    search: &SearchIndexes,
    filter: &QueryFilter,
    field: FacetField,
    limit: usize,
) -> Vec<FacetCount> {
    match field {
        FacetField::StatusFlag => {
            let rows = filter.rows_without(columns, Some(QueryMember::StatusFlag));
            byte_counts(&columns.status_flag, &rows, &[("", 0), ("C", 2), ("O", 1)], limit)
        }
        FacetField::Severity => {
            let rows = filter.rows_without(columns, Some(QueryMember::Severity));
            byte_counts(&columns.severity, &rows, &[("", 0), ("1", 1), ("2", 2), ("3", 3), ("4", 4)], limit)
        }
        FacetField::Text(field) => {
            let rows = filter.rows_without(columns, Some(QueryMember::Field(field)));
            let Some(column) = field_column(columns, field) else { return Vec::new() };
            let values = column.values();
            let mut counts = vec![0; values.len() as usize];
            match column {
                FieldColumn::Dictionary(column) => count_numbers(&column.ids, &rows, &mut counts),
                FieldColumn::List(column) => {
                    rows.for_each(|row| {
                        let ids = column.ids(row);
                        if ids.is_empty() {
                            increment(&mut counts, 0);
                        }
                        // A case that names a value twice counts once.
                        for (index, id) in ids.iter().enumerate() {
                            if index == 0 || !ids.iter().take(index).any(|before| before == id) {
                                increment(&mut counts, *id as usize);
                            }
                        }
                    });
                }
            }
            top_counts(values, &counts, 0, 1, limit, search.sorted_ids(columns, field))
        }
    }
}

/// Adds one to a number. The loops over columns do little else.
#[inline(always)]
pub(super) fn increment<N: core::ops::AddAssign + From<bool>>(numbers: &mut [N], place: usize) {
    if let Some(number) = numbers.get_mut(place) {
        *number += N::from(true);
    }
}

/// Counts the rows of each number of a column.
#[inline(never)]
pub(super) fn count_numbers(column: &NumberColumn, rows: &RowSet, counts: &mut [u32]) {
    for chunk in 0..rows.chunk_count() {
        let Some(words) = rows.chunk(chunk) else { continue };
        match column.chunk(chunk) {
            NumberCells::Bytes(cells) => for_each_cell(words, cells, |cell| increment(counts, cell.into())),
            NumberCells::Words(cells) => for_each_cell(words, cells, |cell| increment(counts, cell.into())),
            NumberCells::Numbers(cells) => for_each_cell(words, cells, |cell| increment(counts, cell as usize)),
        }
    }
}

/// Calls a function with the cell of each row of a chunk.
#[inline(always)]
fn for_each_cell<T: Copy>(words: &[u64; CHUNK_WORDS], cells: &[T; CHUNK_ROWS], mut visit: impl FnMut(T)) {
    for (word, group) in words.iter().zip(cells.as_chunks::<64>().0) {
        let mut rest = *word;
        if rest == u64::MAX {
            group.iter().for_each(|cell| visit(*cell));
            continue;
        }
        while rest != 0 {
            let bit = rest.trailing_zeros() as usize;
            rest &= rest - 1;
            if let Some(cell) = group.get(bit) {
                visit(*cell);
            }
        }
    }
}

/// Counts the rows of each value of a column with few values. The values are in the order of their texts.
fn byte_counts(column: &NumberColumn, rows: &RowSet, values: &[(&str, u8)], limit: usize) -> Vec<FacetCount> {
    let mut counts = [0_u32; 8];
    count_numbers(column, rows, &mut counts);
    let mut found: Vec<FacetCount> = Vec::new();
    for (value, byte) in values {
        let count = counts.get(usize::from(*byte)).copied().unwrap_or(0);
        if count > 0 {
            let place = found.partition_point(|other| other.count >= count);
            found.insert(place, FacetCount { value: (*value).to_owned(), count });
        }
    }
    found.truncate(limit);
    found
}

/// Returns the values with the greatest counts, of those from the id `first` with a count of at least `least`. `sorted` has
/// the ids from 1 in the order of their folded texts, if an index has it.
pub(super) fn top_counts(
    values: &Dictionary,
    counts: &[u32],
    first: usize,
    least: u32,
    limit: usize,
    sorted: Option<&[u32]>,
) -> Vec<FacetCount> {
    let (threshold, greater) = count_of_last(counts.get(first..).unwrap_or_default(), least, limit);
    let of_id = |id: u32| counts.get(id as usize).copied().unwrap_or(0);
    // Of many values with the count of the last one, only the first by their texts are sorted.
    let from = if sorted.is_some() && threshold < MOST_COUNTED { threshold + 1 } else { threshold };
    let mut pairs = Vec::new();
    for (count, id) in counts.iter().zip(0..).skip(first) {
        if *count >= from {
            pairs.push((u64::from(!*count), id));
        }
    }
    if let (Some(sorted), true) = (sorted, from > threshold) {
        let mut left = limit - greater;
        let missing = if first == 0 { &[0][..] } else { &[] };
        let mut last: Option<u32> = None;
        for id in missing.iter().chain(sorted) {
            if of_id(*id) != threshold {
                continue;
            }
            // Texts that differ only in their case have any order in the index.
            let is_tie = || last.is_some_and(|last| values.get(last).eq_ignore_ascii_case(values.get(*id)));
            if left == 0 && !is_tie() {
                break;
            }
            left = left.saturating_sub(1);
            last = Some(*id);
            pairs.push((u64::from(!threshold), *id));
        }
    }
    let window = 0..limit.min(pairs.len());
    let keys = DictionaryKeys { values, counts: Some(counts) };
    let mut sorted = MultikeySort::with_keys(pairs, window).finish(&keys);
    sorted.truncate(limit);
    sorted.iter().map(|(_, id)| FacetCount { value: values.get(*id).to_owned(), count: of_id(*id) }).collect()
}

/// Counts from this one on are not distinguished by [`count_of_last`]: few values have so many cases.
const MOST_COUNTED: u32 = 1023;

/// Returns a count that at least `limit` of the counts reach, as great as possible, and the number of counts above it. It
/// is `least` if fewer are as great, and at most [`MOST_COUNTED`].
fn count_of_last(counts: &[u32], least: u32, limit: usize) -> (u32, usize) {
    let mut numbers = [0_usize; MOST_COUNTED as usize + 1];
    for count in counts {
        increment(&mut numbers, (*count).min(MOST_COUNTED) as usize);
    }
    let mut greater = 0;
    for (number, below) in numbers.iter().rev().zip(0_u32..) {
        let count = MOST_COUNTED - below;
        if greater + number >= limit || count <= least {
            return (count, greater);
        }
        greater += number;
    }
    (least, greater)
}
