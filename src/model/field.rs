//! Records as tables of fields.

use super::{CaseNote, CaseStatus, Severity, StatusFlag, Timestamp};
use crate::util::Json;
use alloc::{string::String, vec::Vec};

/// One field of a record: its name on the wire and what the documentation says of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Field {
    /// The service's own name.
    pub name: &'static str,
    /// How it is read and what it becomes.
    pub kind: FieldKind,
    /// The documented length in characters (UTF-16 units, as JavaScript counts), where it is one that holds.
    pub max_length: Option<u32>,
}

impl Field {
    /// Whether it is what tells a case from all others.
    pub const fn is_id(&self) -> bool {
        matches!(self.name.as_bytes(), b"case_id")
    }

    /// Whether a record without it cannot be told from another, or its page from another page.
    pub const fn is_required(&self) -> bool {
        self.is_id() || matches!(self.kind, FieldKind::Required | FieldKind::Severity)
    }
}

/// How a field is read and what it becomes when it is missing, `null` or empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FieldKind {
    /// Text; missing is `""`.
    Text,
    /// A severity, 1 to 4, as a number or as text; missing or anything else is no severity, and an issue.
    Severity,
    /// `O` or `C`; missing is no flag.
    Flag,
    /// One of the six documented statuses or any other text.
    Status,
    /// An RFC 3339 date and time; missing is no date.
    Date,
    /// A list of texts; missing is an empty list.
    List,
    /// A count that may be missing.
    Count,
    /// A count without which the record is of no use.
    Required,
    /// A list of notes; missing is an empty list.
    Notes,
}

/// Where the decoder puts a field.
#[derive(Debug)]
pub enum FieldMut<'a> {
    /// See [`FieldKind::Text`].
    Text(&'a mut String),
    /// See [`FieldKind::Severity`].
    Severity(&'a mut Option<Severity>),
    /// See [`FieldKind::Flag`].
    Flag(&'a mut Option<StatusFlag>),
    /// See [`FieldKind::Status`].
    Status(&'a mut CaseStatus),
    /// See [`FieldKind::Date`].
    Date(&'a mut Option<Timestamp>),
    /// See [`FieldKind::List`].
    List(&'a mut Vec<String>),
    /// See [`FieldKind::Count`].
    Count(&'a mut Option<u32>),
    /// See [`FieldKind::Required`].
    Required(&'a mut u32),
    /// See [`FieldKind::Notes`].
    Notes(&'a mut Vec<CaseNote>),
}

/// What a writer finds in a field.
#[derive(Clone, Copy, Debug)]
pub enum FieldRef<'a> {
    /// See [`FieldKind::Text`].
    Text(&'a String),
    /// See [`FieldKind::Severity`].
    Severity(&'a Option<Severity>),
    /// See [`FieldKind::Flag`].
    Flag(&'a Option<StatusFlag>),
    /// See [`FieldKind::Status`].
    Status(&'a CaseStatus),
    /// See [`FieldKind::Date`].
    Date(&'a Option<Timestamp>),
    /// See [`FieldKind::List`].
    List(&'a Vec<String>),
    /// See [`FieldKind::Count`].
    Count(&'a Option<u32>),
    /// See [`FieldKind::Required`].
    Required(&'a u32),
    /// See [`FieldKind::Notes`].
    Notes(&'a Vec<CaseNote>),
}

/// A record of the service: a table of fields, and what came besides them.
pub trait Record: Default {
    /// The record's name in Rust and TypeScript.
    const NAME: &'static str;
    /// What it is, and the documentation's section.
    const DOC: &'static str;
    /// Its fields, in the order in which the service documents them.
    const FIELDS: &'static [Field];
    /// What each field means, in one or two sentences. Apart from the fields: what reads records needs no documentation.
    const DOCS: &'static [&'static str];
    /// Where field `index` is put.
    fn field_mut(&mut self, index: usize) -> Option<FieldMut<'_>>;
    /// What field `index` holds.
    fn field_ref(&self, index: usize) -> Option<FieldRef<'_>>;
    /// The fields that the documentation does not know, in the order in which they came.
    fn extra(&self) -> &[(String, Json)];
    /// The same, to be filled.
    fn extra_mut(&mut self) -> &mut Vec<(String, Json)>;
}
