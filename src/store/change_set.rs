//! Changes of cases.

use super::columns::Columns;
use crate::decode::{column_in, column_of};
use crate::model::{CaseRecord, Field, Record, Severity};
use alloc::{borrow::ToOwned, boxed::Box, string::String, vec::Vec};

/// The kind of a change.
///
/// ```
/// assert_eq!(cisco_support_case::store::ChangeKind::Reopened.as_str(), "reopened");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum ChangeKind {
    /// The store did not have the case before.
    New = 0,
    /// Fields of the case changed.
    Updated = 1,
    /// An open case was closed.
    Closed = 2,
    /// A closed case was opened again.
    Reopened = 3,
    /// The case was removed from the store.
    Gone = 4,
}

impl ChangeKind {
    pub(super) const ALL: [ChangeKind; 5] =
        [ChangeKind::New, ChangeKind::Updated, ChangeKind::Closed, ChangeKind::Reopened, ChangeKind::Gone];

    /// Returns the kind of a change of a case that the store had.
    pub(super) fn of_update(was_open: bool, is_open: bool) -> ChangeKind {
        match (was_open, is_open) {
            (true, false) => ChangeKind::Closed,
            (false, true) => ChangeKind::Reopened,
            _ => ChangeKind::Updated,
        }
    }

    /// Returns the name of the kind: `new`, `updated`, `closed`, `reopened` or `gone`.
    pub fn as_str(self) -> &'static str {
        match self {
            ChangeKind::New => "new",
            ChangeKind::Updated => "updated",
            ChangeKind::Closed => "closed",
            ChangeKind::Reopened => "reopened",
            ChangeKind::Gone => "gone",
        }
    }
}

/// A set of fields of a case, as bits.
///
/// The fields of [`CaseRecord`] come first, in their order; then `extra`, and the fields that the details add.
///
/// ```
/// use cisco_support_case::store::FieldSet;
/// assert!(FieldSet::default().names().next().is_none());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FieldSet(u32);

/// The fields after those of [`CaseRecord`].
const ADDED_FIELDS: [&str; 6] = ["extra", "owner", "tracking_number", "notes_count", "last_note_date", "last_note_by"];
const CASE_FIELDS: usize = CaseRecord::FIELDS.len();

impl FieldSet {
    pub(super) const USER_ID: FieldSet = FieldSet::of("user_id");
    pub(super) const TITLE: FieldSet = FieldSet::of("title");
    pub(super) const SEVERITY: FieldSet = FieldSet::of("severity");
    pub(super) const CONTACT_NAME: FieldSet = FieldSet::of("contact_name");
    pub(super) const STATUS_FLAG: FieldSet = FieldSet::of("status_flag");
    pub(super) const STATUS: FieldSet = FieldSet::of("status");
    pub(super) const CREATION_DATE: FieldSet = FieldSet::of("creation_date");
    pub(super) const UPDATED_DATE: FieldSet = FieldSet::of("updated_date");
    pub(super) const SERIAL_NUMBER: FieldSet = FieldSet::of("serial_number");
    pub(super) const CONTRACT_ID: FieldSet = FieldSet::of("contract_id");
    pub(super) const TECHNOLOGY_NAME: FieldSet = FieldSet::of("technology_name");
    pub(super) const SUB_TECHNOLOGY_NAME: FieldSet = FieldSet::of("sub_technology_name");
    pub(super) const RMAS: FieldSet = FieldSet::of("rmas");
    pub(super) const BUGS: FieldSet = FieldSet::of("bugs");
    pub(super) const EXTRA: FieldSet = FieldSet::added(0);
    pub(super) const OWNER: FieldSet = FieldSet::added(1);
    pub(super) const TRACKING_NUMBER: FieldSet = FieldSet::added(2);
    pub(super) const NOTES_COUNT: FieldSet = FieldSet::added(3);
    pub(super) const LAST_NOTE_DATE: FieldSet = FieldSet::added(4);
    pub(super) const LAST_NOTE_BY: FieldSet = FieldSet::added(5);

    const fn of(name: &str) -> FieldSet {
        FieldSet(1 << column_of(name))
    }

    const fn added(index: usize) -> FieldSet {
        FieldSet(1 << (CASE_FIELDS + index))
    }

    /// Returns the set of these bits; bits without a field are dropped.
    pub(super) fn from_bits(bits: u32) -> FieldSet {
        FieldSet(bits & ((1 << (CASE_FIELDS + ADDED_FIELDS.len())) - 1))
    }

    /// Returns the bits.
    pub fn bits(self) -> u32 {
        self.0
    }

    /// Returns whether the set is empty.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Returns whether the sets have a field in common.
    pub fn intersects(self, other: FieldSet) -> bool {
        self.0 & other.0 != 0
    }

    /// Returns the fields of both sets.
    pub(super) const fn with(self, other: FieldSet) -> FieldSet {
        FieldSet(self.0 | other.0)
    }

    /// Adds fields if a condition holds.
    pub(super) fn add_if(&mut self, condition: bool, fields: FieldSet) {
        if condition {
            self.0 |= fields.0;
        }
    }

    /// Returns the names of the fields.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        let names = CaseRecord::FIELDS.iter().map(|field: &Field| field.name).chain(ADDED_FIELDS);
        names.enumerate().filter(move |(index, _)| self.0 >> index & 1 != 0).map(|(_, name)| name)
    }
}

/// The columns of a document's rows.
pub(super) const fn column(fields: &'static [Field], name: &str) -> usize {
    column_in(fields, name)
}

/// A value before and after a change.
///
/// ```
/// let status = cisco_support_case::store::BeforeAfter { before: "Cisco Pending", after: "Closed" };
/// assert_ne!(status.before, status.after);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BeforeAfter<T> {
    /// The former value.
    pub before: T,
    /// The present value.
    pub after: T,
}

/// The values of a change that people want to see, each only if it changed.
///
/// ```
/// assert!(cisco_support_case::store::ChangedValues::default().status.is_none());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ChangedValues {
    /// The status, as the service spells it.
    pub status: Option<BeforeAfter<String>>,
    /// The severity; `None` for none.
    pub severity: Option<BeforeAfter<Option<Severity>>>,
    /// The owner, from the details.
    pub owner: Option<BeforeAfter<String>>,
    /// The title of the case.
    pub title: Option<BeforeAfter<String>>,
}

impl ChangedValues {
    /// Returns the bytes of memory of the texts.
    fn memory_bytes(&self) -> usize {
        let texts = [&self.status, &self.owner, &self.title];
        texts.into_iter().flatten().map(|text| text.before.len() + text.after.len()).sum::<usize>() + size_of::<Self>()
    }
}

/// A change of a case.
///
/// ```
/// use cisco_support_case::{model::CaseRecord, store::CaseStore};
/// let mut store = CaseStore::new();
/// let mut case = CaseRecord::default();
/// case.case_id = "612345678".into();
/// store.apply_records(&[case.clone()])?;
/// case.title = "Interface flapping".into();
/// let changes = store.apply_records(&[case])?;
/// let change = &store.case_changes(&changes)[0];
/// assert_eq!((change.version, change.kind.as_str(), change.case_id.as_str()), (2, "updated", "612345678"));
/// assert_eq!(change.fields.names().collect::<Vec<_>>(), ["title"]);
/// assert_eq!(change.values.title.as_ref().map(|title| title.after.as_str()), Some("Interface flapping"));
/// # Ok::<(), cisco_support_case::store::StoreError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CaseChange {
    /// The version of the store after the change. Changes that were applied together have the same version.
    pub version: u64,
    /// The kind of the change.
    pub kind: ChangeKind,
    /// The id of the case.
    pub case_id: String,
    /// The changed fields; empty for a new case and for one that is gone.
    pub fields: FieldSet,
    /// The values before and after.
    pub values: ChangedValues,
}

/// A change of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RowChange {
    pub(super) row: u32,
    pub(super) kind: ChangeKind,
    pub(super) fields: FieldSet,
    pub(super) values: Option<Box<ChangedValues>>,
}

impl RowChange {
    /// Creates a change without values.
    pub(super) fn new(row: u32, kind: ChangeKind) -> RowChange {
        RowChange { row, kind, fields: FieldSet::default(), values: None }
    }

    /// Returns whether the change shows in a field. One that does not is saved, and told to nobody.
    pub(super) fn is_visible(&self) -> bool {
        self.kind != ChangeKind::Updated || !self.fields.is_empty()
    }

    /// Returns the bytes of memory of the change.
    pub(super) fn memory_bytes(&self) -> usize {
        size_of::<RowChange>() + self.values.as_ref().map_or(0, |values| values.memory_bytes())
    }

    /// Returns the change with its case id.
    pub(super) fn resolve(&self, version: u64, columns: &Columns) -> CaseChange {
        CaseChange {
            version,
            kind: self.kind,
            case_id: columns.case_ids.get(self.row).to_owned(),
            fields: self.fields,
            values: self.values.as_deref().cloned().unwrap_or_default(),
        }
    }
}

/// The changes of one operation on a store.
///
/// It refers to rows, so it is valid until the store is changed again. [`CaseStore::case_changes`] names the cases.
///
/// ```
/// use cisco_support_case::{model::CaseRecord, store::CaseStore};
/// let mut store = CaseStore::new();
/// let mut case = CaseRecord::default();
/// case.case_id = "612345678".into();
/// let changes = store.apply_records(&[case.clone(), CaseRecord::default()])?;
/// assert_eq!((changes.version(), changes.len()), (1, 1));
/// // A record without an id cannot be stored.
/// assert_eq!(changes.rejected(), [1]);
/// assert!(store.apply_records(&[case])?.is_empty());
/// # Ok::<(), cisco_support_case::store::StoreError>(())
/// ```
///
/// [`CaseStore::case_changes`]: super::CaseStore::case_changes
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChangeSet {
    pub(super) version: u64,
    pub(super) changes: Vec<RowChange>,
    pub(super) rejected: Vec<u32>,
}

impl ChangeSet {
    /// Returns the version of the store after the operation. It is the former one if nothing changed.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Returns the number of changes.
    pub fn len(&self) -> usize {
        self.changes.len()
    }

    /// Returns whether nothing changed.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// Returns the number of changes of a kind.
    pub fn count(&self, kind: ChangeKind) -> usize {
        self.changes.iter().filter(|change| change.kind == kind).count()
    }

    /// Returns the rows of the changed cases.
    pub fn rows(&self) -> impl Iterator<Item = u32> {
        self.changes.iter().map(|change| change.row)
    }

    /// Returns the positions of the records that were not applied, because they have no case id.
    pub fn rejected(&self) -> &[u32] {
        &self.rejected
    }
}
