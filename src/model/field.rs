//! Tables of fields, and access to the fields of a record by index.

use super::{CaseNote, CaseStatus, Severity, StatusFlag, Timestamp};
use crate::util::Json;
use alloc::{string::String, vec::Vec};

/// A field of a record: its name on the wire, its kind and its documented length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Field {
    /// The service's own name.
    pub name: &'static str,
    /// The kind of its value.
    pub kind: FieldKind,
    /// The documented length in UTF-16 units, as JavaScript counts, if the service observes it.
    pub max_length: Option<u32>,
}

impl Field {
    /// Returns whether the field identifies a case.
    pub const fn is_id(&self) -> bool {
        matches!(self.name.as_bytes(), b"case_id")
    }

    /// Returns whether a record without this field is useless: it identifies a case or page, or is the severity.
    pub const fn is_required(&self) -> bool {
        self.is_id() || matches!(self.kind, FieldKind::Required | FieldKind::Severity)
    }
}

/// The kind of a field, with its value when it is missing, `null` or empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FieldKind {
    /// A text. Missing: `""`.
    Text,
    /// A severity from 1 to 4, as a number or text. Missing or any other value: none, and an issue.
    Severity,
    /// The letter `O` or `C`. Missing: none.
    Flag,
    /// One of the six documented statuses, or any other text.
    Status,
    /// An RFC 3339 date and time. Missing: none.
    Date,
    /// A list of texts. Missing: empty.
    List,
    /// A count that may be missing.
    Count,
    /// A count without which the record is useless.
    Required,
    /// A list of notes. Missing: empty.
    Notes,
}

/// Exclusive access to a field of a record.
#[derive(Debug)]
pub enum FieldMut<'a> {
    /// The value of a [`FieldKind::Text`].
    Text(&'a mut String),
    /// The value of a [`FieldKind::Severity`].
    Severity(&'a mut Option<Severity>),
    /// The value of a [`FieldKind::Flag`].
    Flag(&'a mut Option<StatusFlag>),
    /// The value of a [`FieldKind::Status`].
    Status(&'a mut CaseStatus),
    /// The value of a [`FieldKind::Date`].
    Date(&'a mut Option<Timestamp>),
    /// The value of a [`FieldKind::List`].
    List(&'a mut Vec<String>),
    /// The value of a [`FieldKind::Count`].
    Count(&'a mut Option<u32>),
    /// The value of a [`FieldKind::Required`].
    Required(&'a mut u32),
    /// The value of a [`FieldKind::Notes`].
    Notes(&'a mut Vec<CaseNote>),
}

/// Shared access to a field of a record.
#[derive(Clone, Copy, Debug)]
pub enum FieldRef<'a> {
    /// The value of a [`FieldKind::Text`].
    Text(&'a String),
    /// The value of a [`FieldKind::Severity`].
    Severity(&'a Option<Severity>),
    /// The value of a [`FieldKind::Flag`].
    Flag(&'a Option<StatusFlag>),
    /// The value of a [`FieldKind::Status`].
    Status(&'a CaseStatus),
    /// The value of a [`FieldKind::Date`].
    Date(&'a Option<Timestamp>),
    /// The value of a [`FieldKind::List`].
    List(&'a Vec<String>),
    /// The value of a [`FieldKind::Count`].
    Count(&'a Option<u32>),
    /// The value of a [`FieldKind::Required`].
    Required(&'a u32),
    /// The value of a [`FieldKind::Notes`].
    Notes(&'a Vec<CaseNote>),
}

/// A record of the service: documented fields by index, and undocumented fields by name.
///
/// ```
/// use cisco_support_case::model::{CaseNote, FieldMut, FieldRef, Record};
/// let mut note = CaseNote::default();
/// let index = CaseNote::FIELDS.iter().position(|field| field.name == "note").unwrap_or_default();
/// if let Some(FieldMut::Text(text)) = note.field_mut(index) {
///     text.push_str("RMA created");
/// }
/// assert!(matches!(note.field_ref(index), Some(FieldRef::Text(text)) if text == "RMA created"));
/// ```
pub trait Record: Default {
    /// The record's name in Rust and TypeScript.
    const NAME: &'static str;
    /// A sentence that describes the record, with the section of the documentation.
    const DOC: &'static str;
    /// The fields, in the documented order.
    const FIELDS: &'static [Field];
    /// One or two sentences per field. They are separate from the fields because the decoder does not need them.
    const DOCS: &'static [&'static str];
    /// Returns exclusive access to a field.
    fn field_mut(&mut self, index: usize) -> Option<FieldMut<'_>>;
    /// Returns shared access to a field.
    fn field_ref(&self, index: usize) -> Option<FieldRef<'_>>;
    /// Returns the undocumented fields, in the order of the response.
    fn extra(&self) -> &[(String, Json)];
    /// Returns the undocumented fields, to be filled.
    fn extra_mut(&mut self) -> &mut Vec<(String, Json)>;
}
