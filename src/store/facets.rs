//! Counts of the values of fields.

use super::{
    columns::Columns,
    dictionary::Dictionary,
    filter::{FieldColumn, QueryFilter, QueryMember, field_column},
    multikey_sort::{MultikeySort, keep_smallest},
    row_set::RowSet,
    sort_keys::DictionaryKeys,
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
    /// A field with texts.
    Text(ConditionField),
}

impl FacetField {
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
        let texts = ConditionField::ALL.into_iter().map(FacetField::Text);
        [FacetField::StatusFlag, FacetField::Severity].into_iter().chain(texts).find(|field| field.name() == name)
    }
}

/// Returns the counts of a field's values under a query, without the conditions and exclusions of that field.
///
/// The greatest count comes first; equal counts have the order of their folded values. `""` has the place of its count.
pub(super) fn facet(columns: &Columns, filter: &QueryFilter, field: FacetField, limit: usize) -> Vec<FacetCount> {
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
            match field_column(columns, field) {
                FieldColumn::Dictionary(column) => {
                    let mut counts = vec![0; column.values.len() as usize];
                    count_ids(&column.ids, &rows, &mut counts);
                    top_counts(&column.values, &counts, 0, 1, limit)
                }
                FieldColumn::List(column) => {
                    let mut counts = vec![0_u32; column.values.len() as usize];
                    // A case that names a value twice counts once.
                    for row in rows.iter() {
                        let ids = column.ids(row);
                        if ids.is_empty() {
                            increment(&mut counts, 0);
                        }
                        for (index, id) in ids.iter().enumerate() {
                            if !ids.iter().take(index).any(|before| before == id) {
                                increment(&mut counts, *id);
                            }
                        }
                    }
                    top_counts(&column.values, &counts, 0, 1, limit)
                }
            }
        }
    }
}

#[inline]
fn increment(counts: &mut [u32], id: u32) {
    if let Some(count) = counts.get_mut(id as usize) {
        *count += 1;
    }
}

/// Counts the ids of rows.
fn count_ids(column: &super::chunked::Chunked<u32>, rows: &RowSet, counts: &mut [u32]) {
    for chunk in 0..rows.chunk_count() {
        let (Some(words), Some(cells)) = (rows.chunk(chunk), column.chunk(chunk)) else { continue };
        let (groups, _) = cells.as_chunks::<64>();
        for (word, group) in words.iter().zip(groups) {
            if *word == u64::MAX {
                group.iter().for_each(|id| increment(counts, *id));
                continue;
            }
            let mut rest = *word;
            while rest != 0 {
                let bit = rest.trailing_zeros() as usize;
                rest &= rest - 1;
                increment(counts, group.get(bit).copied().unwrap_or(0));
            }
        }
    }
}

/// Counts the rows of each value of a byte column. The values are in the order of their texts.
fn byte_counts(
    column: &super::chunked::Chunked<u8>,
    rows: &RowSet,
    values: &[(&str, u8)],
    limit: usize,
) -> Vec<FacetCount> {
    let mut found: Vec<FacetCount> = Vec::new();
    for (value, byte) in values {
        let mut of_value = super::kernels::rows_with_byte(column, 1 << byte, rows.chunk_count());
        of_value.intersect(rows);
        let count = of_value.count() as u32;
        if count > 0 {
            let place = found.partition_point(|other| other.count >= count);
            found.insert(place, FacetCount { value: (*value).to_owned(), count });
        }
    }
    found.truncate(limit);
    found
}

/// Returns the values with the greatest counts, of those from the id `first` with a count of at least `least`.
pub(super) fn top_counts(
    values: &Dictionary,
    counts: &[u32],
    first: usize,
    least: u32,
    limit: usize,
) -> Vec<FacetCount> {
    let mut pairs = Vec::new();
    for (count, id) in counts.iter().zip(0..).skip(first) {
        if *count >= least {
            pairs.push((u64::from(!*count), id));
        }
    }
    if limit < pairs.len() {
        keep_smallest(&mut pairs, limit);
    }
    let window = 0..limit.min(pairs.len());
    let keys = DictionaryKeys { values, counts: Some(counts) };
    let mut sorted = MultikeySort::with_keys(pairs, window).finish(&keys);
    sorted.truncate(limit);
    let of_id = |id: u32| counts.get(id as usize).copied().unwrap_or(0);
    sorted.iter().map(|(_, id)| FacetCount { value: values.get(*id).to_owned(), count: of_id(*id) }).collect()
}
