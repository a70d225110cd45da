//! The query: conditions, order and window.

use super::search_word::SearchWord;
use crate::boundary::query as limits;
use crate::model::{Severity, StatusFlag};
use alloc::{string::String, vec, vec::Vec};

/// A query over cases: data that is valid by construction.
///
/// It is made from JSON by [`CaseQuery::check`] or [`CaseQuery::parse`], and is the same for the store, the copy at the
/// edge and the command line. Two queries are equal if their canonical texts are ([`CaseQuery::to_canonical_text`]).
///
/// ```
/// use cisco_support_case::query::{CaseQuery, SortKey};
/// let query = CaseQuery::parse(r#"{"where":{"severity":[1,2],"text":"BGP"},"limit":10}"#).unwrap();
/// assert_eq!(query.conditions().words().len(), 1);
/// assert_eq!(query.sort()[0].by, SortKey::Text);
/// assert_eq!((query.offset(), query.limit()), (0, 10));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseQuery {
    pub(super) conditions: Conditions,
    pub(super) exclusions: Conditions,
    pub(super) now_ms: Option<i64>,
    pub(super) sort: Vec<SortTerm>,
    pub(super) offset: u32,
    pub(super) limit: u32,
}

impl CaseQuery {
    /// The limit of a query that names none.
    pub const DEFAULT_LIMIT: u32 = 50;
    /// The greatest limit.
    pub const MAX_LIMIT: u32 = limits::MAX_LIMIT;
    /// The greatest offset.
    pub const MAX_OFFSET: u32 = 10_000_000;

    /// Returns the conditions of `where`, all of which a case must match.
    pub fn conditions(&self) -> &Conditions {
        &self.conditions
    }

    /// Returns the conditions of `not`, none of which a case may match.
    pub fn exclusions(&self) -> &Conditions {
        &self.exclusions
    }

    /// Returns the instant from which ages are reckoned; `None` for the present of the engine.
    pub fn now_ms(&self) -> Option<i64> {
        self.now_ms
    }

    /// Returns the terms of the order, at least one, with the defaults filled in. Ties end in ascending `case_id`.
    pub fn sort(&self) -> &[SortTerm] {
        &self.sort
    }

    /// Returns the number of cases before the window.
    pub fn offset(&self) -> u32 {
        self.offset
    }

    /// Returns the greatest number of cases in the window.
    pub fn limit(&self) -> u32 {
        self.limit
    }

    /// Returns the order of a query without `sort`: by rank if there are words, else the last updated first.
    pub(super) fn default_sort(has_words: bool) -> Vec<SortTerm> {
        let updated = SortTerm { by: SortKey::UpdatedDate, is_descending: true };
        if has_words { vec![SortTerm { by: SortKey::Text, is_descending: true }, updated] } else { vec![updated] }
    }
}

impl Default for CaseQuery {
    fn default() -> CaseQuery {
        CaseQuery {
            conditions: Conditions::default(),
            exclusions: Conditions::default(),
            now_ms: None,
            sort: CaseQuery::default_sort(false),
            offset: 0,
            limit: CaseQuery::DEFAULT_LIMIT,
        }
    }
}

/// The conditions of `where` or `not`, with one place per member.
///
/// ```
/// use cisco_support_case::query::{CaseQuery, ConditionField};
/// let query = CaseQuery::parse(r#"{"where":{"status":["Closed",""],"severity":null}}"#).unwrap();
/// assert_eq!(query.conditions().values(ConditionField::Status), ["", "Closed"]);
/// assert_eq!(query.conditions().severities(), Some(0b1), "the missing severity");
/// assert!(query.exclusions().is_empty());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conditions {
    pub(super) status_flags: Option<u8>,
    pub(super) severities: Option<u8>,
    pub(super) values: [Vec<String>; ConditionField::ALL.len()],
    pub(super) created: Option<DateInterval>,
    pub(super) updated: Option<DateInterval>,
    pub(super) text: String,
    pub(super) words: Vec<SearchWord>,
    pub(super) open_for_days: Option<AgeRange>,
    pub(super) quiet_for_days: Option<AgeRange>,
    pub(super) in_status_for_days: Option<AgeRange>,
}

impl Conditions {
    /// Returns the wanted flags as a set of bits: 0 none, 1 open, 2 closed. `None` for no condition.
    pub fn status_flags(&self) -> Option<u8> {
        self.status_flags
    }

    /// Returns the wanted severities as a set of bits: 0 none, 1 to 4 these. `None` for no condition.
    pub fn severities(&self) -> Option<u8> {
        self.severities
    }

    /// Returns the wanted values of a field in ascending order of bytes, each once: `""` for a missing one. No values
    /// are no condition.
    pub fn values(&self, field: ConditionField) -> &[String] {
        self.values.get(field as usize).map(Vec::as_slice).unwrap_or_default()
    }

    /// Returns the interval of `creation_date`.
    pub fn created(&self) -> Option<DateInterval> {
        self.created
    }

    /// Returns the interval of `updated_date`.
    pub fn updated(&self) -> Option<DateInterval> {
        self.updated
    }

    /// Returns the searched text as typed, with single spaces; `""` for no condition.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the words of the text. Each must match.
    pub fn words(&self) -> &[SearchWord] {
        &self.words
    }

    /// Returns the age of open cases, from their creation.
    pub fn open_for_days(&self) -> Option<AgeRange> {
        self.open_for_days
    }

    /// Returns the days since the last update.
    pub fn quiet_for_days(&self) -> Option<AgeRange> {
        self.quiet_for_days
    }

    /// Returns the days since the present status began.
    pub fn in_status_for_days(&self) -> Option<AgeRange> {
        self.in_status_for_days
    }

    /// Whether there is no condition.
    pub fn is_empty(&self) -> bool {
        *self == Conditions::default()
    }

    /// Whether an answer depends on the present.
    ///
    /// ```
    /// use cisco_support_case::query::CaseQuery;
    /// let query = CaseQuery::parse(r#"{"where":{"quiet_for_days":{"min":14}}}"#).unwrap();
    /// assert!(query.conditions().has_ages());
    /// ```
    pub fn has_ages(&self) -> bool {
        [self.open_for_days, self.quiet_for_days, self.in_status_for_days].iter().any(Option::is_some)
    }

    /// Returns the bit of a severity in [`severities`](Conditions::severities).
    pub fn severity_bit(severity: Option<Severity>) -> u8 {
        1 << severity.map_or(0, Severity::number)
    }

    /// Returns the bit of a flag in [`status_flags`](Conditions::status_flags).
    pub fn status_flag_bit(flag: Option<StatusFlag>) -> u8 {
        match flag {
            None => 1,
            Some(StatusFlag::Open) => 2,
            Some(StatusFlag::Closed) => 4,
        }
    }
}

/// A field of a case with texts that a condition can name.
///
/// ```
/// use cisco_support_case::query::ConditionField;
/// assert_eq!(ConditionField::Bug.name(), "bug");
/// assert_eq!(ConditionField::ALL[0], ConditionField::Status);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConditionField {
    /// The detailed status.
    Status,
    /// The contract of the case.
    ContractId,
    /// The user who opened the case.
    UserId,
    /// The name of the technology.
    TechnologyName,
    /// The name of the sub-technology.
    SubTechnologyName,
    /// The serial number of the device.
    SerialNumber,
    /// A bug of the case.
    Bug,
    /// An RMA of the case.
    Rma,
    /// The id of the case.
    CaseId,
}

impl ConditionField {
    /// All fields, in the order of their numbers.
    pub const ALL: [ConditionField; 9] = [
        ConditionField::Status,
        ConditionField::ContractId,
        ConditionField::UserId,
        ConditionField::TechnologyName,
        ConditionField::SubTechnologyName,
        ConditionField::SerialNumber,
        ConditionField::Bug,
        ConditionField::Rma,
        ConditionField::CaseId,
    ];

    /// Returns the member's name in a query.
    pub const fn name(self) -> &'static str {
        match self {
            ConditionField::Status => "status",
            ConditionField::ContractId => "contract_id",
            ConditionField::UserId => "user_id",
            ConditionField::TechnologyName => "technology_name",
            ConditionField::SubTechnologyName => "sub_technology_name",
            ConditionField::SerialNumber => "serial_number",
            ConditionField::Bug => "bug",
            ConditionField::Rma => "rma",
            ConditionField::CaseId => "case_id",
        }
    }
}

/// An interval of instants: from the first inclusive to the second exclusive.
///
/// ```
/// use cisco_support_case::query::DateInterval;
/// let interval = DateInterval { from_ms: Some(10), to_ms: Some(20) };
/// assert_eq!([9, 10, 19, 20].map(|ms| interval.contains(Some(ms))), [false, true, true, false]);
/// assert!(!interval.contains(None), "a missing date is in no interval");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DateInterval {
    /// The first instant in milliseconds since 1970.
    pub from_ms: Option<i64>,
    /// The instant after the last.
    pub to_ms: Option<i64>,
}

impl DateInterval {
    /// Whether an instant is in the interval. A missing one is in none.
    pub fn contains(self, ms: Option<i64>) -> bool {
        ms.is_some_and(|ms| self.from_ms.is_none_or(|from| from <= ms) && self.to_ms.is_none_or(|to| ms < to))
    }
}

/// A range of whole days, both ends inclusive.
///
/// ```
/// use cisco_support_case::query::{AgeRange, CaseQuery};
/// let query = CaseQuery::parse(r#"{"where":{"open_for_days":{"min":30}}}"#).unwrap();
/// assert_eq!(query.conditions().open_for_days(), Some(AgeRange { min: Some(30), max: None }));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AgeRange {
    /// The least number of days.
    pub min: Option<i32>,
    /// The greatest number of days.
    pub max: Option<i32>,
}

impl AgeRange {
    /// The greatest number of days in either direction: the years 0 to 9999.
    pub const MAX_DAYS: i32 = 3_652_425;
}

/// A term of the order.
///
/// ```
/// use cisco_support_case::query::{CaseQuery, SortKey, SortTerm};
/// let query = CaseQuery::parse(r#"{"sort":[{"by":"severity"},{"by":"title","order":"desc"}]}"#).unwrap();
/// assert_eq!(query.sort()[1], SortTerm { by: SortKey::Title, is_descending: true });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SortTerm {
    /// The key that is compared.
    pub by: SortKey,
    /// Whether greater keys come first. Missing ones come last in both directions.
    pub is_descending: bool,
}

/// A key of the order.
///
/// ```
/// use cisco_support_case::query::SortKey;
/// assert_eq!(SortKey::from_name("title"), Some(SortKey::Title));
/// assert_eq!(SortKey::ALL.map(SortKey::name)[0], "updated_date");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SortKey {
    /// The instant of the last update.
    UpdatedDate,
    /// The instant of creation.
    CreationDate,
    /// The instant from which the case has had its status.
    StatusSince,
    /// The instant of the newest note.
    LastNoteDate,
    /// The severity, by number.
    Severity,
    /// The detailed status, by folded text.
    Status,
    /// The title, by folded text.
    Title,
    /// The case id, by bytes.
    CaseId,
    /// The contract, by folded text.
    ContractId,
    /// The user, by folded text.
    UserId,
    /// The technology, by folded text.
    TechnologyName,
    /// The rank of the search: the best come first unless the order is ascending.
    Text,
}

impl SortKey {
    /// All keys, in the order of the documentation.
    pub const ALL: [SortKey; 12] = [
        SortKey::UpdatedDate,
        SortKey::CreationDate,
        SortKey::StatusSince,
        SortKey::LastNoteDate,
        SortKey::Severity,
        SortKey::Status,
        SortKey::Title,
        SortKey::CaseId,
        SortKey::ContractId,
        SortKey::UserId,
        SortKey::TechnologyName,
        SortKey::Text,
    ];

    /// Returns the key's name in a query.
    pub const fn name(self) -> &'static str {
        match self {
            SortKey::UpdatedDate => "updated_date",
            SortKey::CreationDate => "creation_date",
            SortKey::StatusSince => "status_since",
            SortKey::LastNoteDate => "last_note_date",
            SortKey::Severity => "severity",
            SortKey::Status => "status",
            SortKey::Title => "title",
            SortKey::CaseId => "case_id",
            SortKey::ContractId => "contract_id",
            SortKey::UserId => "user_id",
            SortKey::TechnologyName => "technology_name",
            SortKey::Text => "text",
        }
    }

    /// Returns the key of a name.
    pub fn from_name(name: &str) -> Option<SortKey> {
        SortKey::ALL.into_iter().find(|key| key.name() == name)
    }
}
