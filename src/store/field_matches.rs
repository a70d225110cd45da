//! The places where the words of a query match in the fields of a row.

use super::{case_store::CaseStore, columns::Columns};
use crate::query::{CaseQuery, SearchWord, SearchedField, matched_ranges};
use alloc::vec::Vec;
use core::ops::Range;

/// The places where the words of a query match in a field.
///
/// ```
/// use cisco_support_case::{model::CaseRecord, query::CaseQuery, store::CaseStore};
/// let mut store = CaseStore::new();
/// let mut case = CaseRecord::default();
/// case.case_id = "612345678".into();
/// case.title = "Straße gesperrt".into();
/// store.apply_records(&[case])?;
/// let query = CaseQuery::parse(r#"{"where":{"text":"strass 678"}}"#).unwrap();
/// let row = store.query(&query).rows[0];
/// let matches = store.field_matches(&query, row);
/// assert_eq!((matches[0].field, matches[0].ranges.as_slice()), ("title", &[0..5][..]));
/// assert_eq!((matches[1].field, matches[1].ranges.as_slice()), ("case_id", &[6..9][..]));
/// # Ok::<(), cisco_support_case::store::StoreError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FieldMatch {
    /// The name of the field.
    pub field: &'static str,
    /// The position in a list of bugs or RMAs; 0 for other fields.
    pub index: u32,
    /// The ranges in UTF-16 code units of the original text: ascending, without overlap.
    pub ranges: Vec<Range<u32>>,
}

impl CaseStore {
    /// Returns the fields of a row in which the words of a query match. Fields without a match are left out.
    pub fn field_matches(&self, query: &CaseQuery, row: u32) -> Vec<FieldMatch> {
        let words = query.conditions().words();
        let mut matches = Vec::new();
        if !words.is_empty() && self.columns.alive.contains(row) {
            add_matches(&self.columns, words, row, &mut matches);
        }
        matches
    }
}

fn add_matches(columns: &Columns, words: &[SearchWord], row: u32, matches: &mut Vec<FieldMatch>) {
    let mut add = |field, index, text: &str, kind| {
        let ranges = matched_ranges(words, text, kind);
        if !ranges.is_empty() {
            matches.push(FieldMatch { field, index, ranges });
        }
    };
    add("title", 0, columns.title_text(row), SearchedField::Title);
    add("case_id", 0, columns.case_ids.get(row), SearchedField::Id);
    add("serial_number", 0, columns.serial.text(row), SearchedField::Id);
    add("contract_id", 0, columns.contract.text(row), SearchedField::Id);
    add("user_id", 0, columns.user.text(row), SearchedField::UserId);
    for (list, field) in [(&columns.bugs, "bugs"), (&columns.rmas, "rmas")] {
        for (text, index) in list.texts(row).zip(0..) {
            add(field, index, text, SearchedField::Id);
        }
    }
}
