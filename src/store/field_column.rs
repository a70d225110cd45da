//! The columns of the fields that conditions name.

use super::{
    columns::{Columns, DictionaryColumn, ListColumn},
    dictionary::Dictionary,
    kernels::{IdMatcher, rows_with_id, rows_with_list},
    row_set::RowSet,
};
use crate::query::ConditionField;
use alloc::string::String;

/// The column of a field: with one value per row, or with lists.
#[derive(Clone, Copy)]
pub(super) enum FieldColumn<'a> {
    Dictionary(&'a DictionaryColumn),
    List(&'a ListColumn),
}

/// Returns the column of a field; `None` for the case id, whose numbers are the rows.
pub(super) fn field_column(columns: &Columns, field: ConditionField) -> Option<FieldColumn<'_>> {
    Some(match field {
        ConditionField::Status => FieldColumn::Dictionary(&columns.status),
        ConditionField::ContractId => FieldColumn::Dictionary(&columns.contract),
        ConditionField::UserId => FieldColumn::Dictionary(&columns.user),
        ConditionField::TechnologyName => FieldColumn::Dictionary(&columns.technology),
        ConditionField::SubTechnologyName => FieldColumn::Dictionary(&columns.sub_technology),
        ConditionField::SerialNumber => FieldColumn::Dictionary(&columns.serial),
        ConditionField::Bug => FieldColumn::List(&columns.bugs),
        ConditionField::Rma => FieldColumn::List(&columns.rmas),
        ConditionField::CaseId => return None,
    })
}

impl<'a> FieldColumn<'a> {
    /// Returns the values.
    pub(super) fn values(self) -> &'a Dictionary {
        match self {
            FieldColumn::Dictionary(column) => &column.values,
            FieldColumn::List(column) => &column.values,
        }
    }

    /// Returns the rows with a value that matches; of lists also the empty ones, if `has_empty`.
    pub(super) fn rows(self, matcher: &IdMatcher, has_empty: bool, chunks: usize) -> RowSet {
        match self {
            FieldColumn::Dictionary(column) => rows_with_id(&column.ids, matcher, chunks),
            FieldColumn::List(column) => rows_with_list(column, matcher, has_empty, chunks),
        }
    }

    /// Returns whether a row has one of the values: `""` for none.
    pub(super) fn has_value(self, row: u32, values: &[String]) -> bool {
        let is_wanted = |text: &str| values.iter().any(|value| value == text);
        match self {
            FieldColumn::Dictionary(column) => is_wanted(column.text(row)),
            FieldColumn::List(column) if column.ids(row).is_empty() => is_wanted(""),
            FieldColumn::List(column) => column.texts(row).any(is_wanted),
        }
    }
}
