//! The plain evaluation of a query: over a slice, without an index.
//!
//! It is written for clarity, and is what other engines are compared with.

use super::case_query::{CaseQuery, ConditionField, Conditions, SortKey, SortTerm};
use super::fold::{compare_folded, id_key};
use super::search_word::SearchWord;
use super::tokens::WordTokenizer;
use crate::model::{CaseNote, CaseRecord, Timestamp};
use crate::util::heapsort::heapsort_by;
use alloc::{string::String, vec::Vec};
use core::cmp::Ordering;

/// A case with the values that a query can name and a record does not have.
///
/// ```
/// use cisco_support_case::model::CaseRecord;
/// use cisco_support_case::query::QueryableCase;
/// let record = CaseRecord::default();
/// assert_eq!(QueryableCase::new(&record).status_since_ms, None);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct QueryableCase<'r> {
    /// The record of the case.
    pub record: &'r CaseRecord,
    /// The instant from which the case has its status, as far as it is known.
    pub status_since_ms: Option<i64>,
    /// The instant of the newest note.
    pub last_note_ms: Option<i64>,
    /// The notes, if the engine searches them.
    pub notes: &'r [CaseNote],
}

impl<'r> QueryableCase<'r> {
    /// Creates a case of a record alone: it has its status at least since its last update.
    pub fn new(record: &'r CaseRecord) -> QueryableCase<'r> {
        let status_since_ms = record.updated_date.as_ref().map(|date| date.unix_ms());
        QueryableCase { record, status_since_ms, last_note_ms: None, notes: &[] }
    }
}

/// The answer of a query over a slice.
///
/// ```
/// use cisco_support_case::query::{CaseQuery, EvaluatedQuery, evaluate};
/// assert_eq!(evaluate(&CaseQuery::default(), &[], 0), EvaluatedQuery { total: 0, rows: Vec::new() });
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvaluatedQuery {
    /// The number of all matching cases.
    pub total: usize,
    /// The indices of the window's cases, in order.
    pub rows: Vec<usize>,
}

/// Evaluates a query over cases at an instant, which the query's own `now` replaces.
///
/// ```
/// use cisco_support_case::decode;
/// use cisco_support_case::query::{CaseQuery, QueryableCase, evaluate};
///
/// let body = br#"{"count":2,"cases":[{"case_id":"1","title":"BGP flaps"},{"case_id":"2","title":"Kein Strom"}]}"#;
/// let records = decode::case_summary(body).unwrap().cases;
/// let cases: Vec<_> = records.iter().map(QueryableCase::new).collect();
/// let query = CaseQuery::parse(r#"{"where":{"text":"strom"}}"#).unwrap();
/// assert_eq!(evaluate(&query, &cases, 0).rows, [1]);
/// ```
pub fn evaluate(query: &CaseQuery, cases: &[QueryableCase<'_>], now_ms: i64) -> EvaluatedQuery {
    let now_ms = query.now_ms().unwrap_or(now_ms);
    let is_ranked = query.sort().iter().any(|term| term.by == SortKey::Text);
    let words = if is_ranked { query.conditions().words() } else { &[] };
    // Pairs of rank and row.
    let mut matched: Vec<(u64, u32)> = Vec::new();
    for (row, case) in (0..).zip(cases) {
        if matches_query(query, case, now_ms) {
            matched.push((u64::from(text_rank(words, case).unwrap_or(0)), row));
        }
    }
    let case_of = |row: u32| usize::try_from(row).ok().and_then(|row| cases.get(row));
    heapsort_by(&mut matched, &mut |one, other| match (case_of(one.1), case_of(other.1)) {
        (Some(a), Some(b)) => compare_cases(query.sort(), (a, one.0), (b, other.0)).then(one.1.cmp(&other.1)),
        _ => Ordering::Equal,
    });
    let window = matched.iter().skip(query.offset() as usize).take(query.limit() as usize);
    EvaluatedQuery { total: matched.len(), rows: window.map(|(_, row)| *row as usize).collect() }
}

/// Whether a case matches a query at an instant: all of `where`, and nothing of `not`.
///
/// ```
/// use cisco_support_case::model::CaseRecord;
/// use cisco_support_case::query::{CaseQuery, QueryableCase, matches_query};
/// let query = CaseQuery::parse(r#"{"where":{"severity":null},"not":{"contract_id":"1"}}"#).unwrap();
/// assert!(matches_query(&query, &QueryableCase::new(&CaseRecord::default()), 0));
/// ```
pub fn matches_query(query: &CaseQuery, case: &QueryableCase<'_>, now_ms: i64) -> bool {
    let (wanted, unwanted) = (query.conditions(), query.exclusions());
    members(wanted, case, now_ms).into_iter().flatten().all(|matches| matches)
        && wanted.words().iter().all(|word| word_level(word, case).is_some())
        && !members(unwanted, case, now_ms).into_iter().flatten().any(|matches| matches)
        && (unwanted.words().is_empty() || text_rank(unwanted.words(), case).is_none())
}

/// Returns whether a case matches each member but the text; `None` for a member without a condition.
fn members(conditions: &Conditions, case: &QueryableCase<'_>, now_ms: i64) -> [Option<bool>; 16] {
    let record = case.record;
    let ms = |date: &Option<Timestamp>| date.as_ref().map(Timestamp::unix_ms);
    let (created, updated) = (ms(&record.creation_date), ms(&record.updated_date));
    let flag_bit = Conditions::status_flag_bit(record.status_flag);
    let severity_bit = Conditions::severity_bit(record.severity);
    let value = |field: ConditionField| {
        let wanted = conditions.values(field);
        (!wanted.is_empty()).then(|| values_of(record, field).iter().any(|value| wanted.iter().any(|one| one == value)))
    };
    let [status, contract, user, technology, sub_technology, serial, bug, rma, case_id] =
        ConditionField::ALL.map(value);
    [
        conditions.status_flags().map(|bits| bits & flag_bit != 0),
        conditions.severities().map(|bits| bits & severity_bit != 0),
        status,
        contract,
        user,
        technology,
        sub_technology,
        serial,
        bug,
        rma,
        case_id,
        conditions.created().map(|interval| interval.contains(created)),
        conditions.updated().map(|interval| interval.contains(updated)),
        conditions.open_for_days().map(|range| record.is_open() && range.contains(now_ms, created)),
        conditions.quiet_for_days().map(|range| range.contains(now_ms, updated)),
        conditions.in_status_for_days().map(|range| range.contains(now_ms, case.status_since_ms)),
    ]
}

/// Returns the values of a field: `""` for a missing one.
fn values_of(record: &CaseRecord, field: ConditionField) -> Vec<&str> {
    match field {
        ConditionField::Status => [record.status.as_str()].into(),
        ConditionField::ContractId => [record.contract_id.as_str()].into(),
        ConditionField::UserId => [record.user_id.as_str()].into(),
        ConditionField::TechnologyName => [record.technology_name.as_str()].into(),
        ConditionField::SubTechnologyName => [record.sub_technology_name.as_str()].into(),
        ConditionField::SerialNumber => [record.serial_number.as_str()].into(),
        ConditionField::Bug if !record.bugs.is_empty() => record.bugs.iter().map(String::as_str).collect(),
        ConditionField::Rma if !record.rmas.is_empty() => record.rmas.iter().map(String::as_str).collect(),
        ConditionField::Bug | ConditionField::Rma => [""].into(),
        ConditionField::CaseId => [record.case_id.as_str()].into(),
    }
}

/// Returns the rank of a case for the words of a search: the sum of their levels. `None` if one does not match.
///
/// ```
/// use cisco_support_case::model::CaseRecord;
/// use cisco_support_case::query::{QueryableCase, SearchWord, text_rank};
/// let mut case = CaseRecord::default();
/// case.case_id = "612345678".into();
/// case.title = "Router reboots".into();
/// let rank = |text| text_rank(&SearchWord::all_in(text), &QueryableCase::new(&case));
/// assert_eq!(["612345678", "router", "reb", "678", "switch"].map(rank), [Some(3), Some(2), Some(1), Some(1), None]);
/// ```
pub fn text_rank(words: &[SearchWord], case: &QueryableCase<'_>) -> Option<u32> {
    words.iter().try_fold(0, |rank, word| Some(rank + u32::from(word_level(word, case)?)))
}

/// Returns the level of a word in a case: 3 for an id, 2 for a word of the title, 1 for any other match in a field, 0 for
/// one in a note; `None` for none.
fn word_level(word: &SearchWord, case: &QueryableCase<'_>) -> Option<u8> {
    let parts = word.parts().iter().map(|part| level(part, case)).min();
    level(word.text(), case).max(parts.flatten())
}

/// Returns the level of a folded text.
fn level(text: &str, case: &QueryableCase<'_>) -> Option<u8> {
    let record = case.record;
    let ids = [&record.case_id, &record.serial_number, &record.contract_id].into_iter();
    let ids = ids.chain(&record.bugs).chain(&record.rmas).map(|id| (id, true));
    let id_levels = ids.chain([(&record.user_id, false)]).map(|(id, has_end)| id_level(text, id, has_end));
    let field_level = id_levels.chain([token_level(text, &record.title)]).max().filter(|level| *level > 0);
    let mut notes = case.notes.iter().flat_map(|note| [&note.note, &note.note_detail]);
    field_level.or_else(|| notes.any(|note| token_level(text, note) > 0).then_some(0))
}

fn id_level(text: &str, id: &str, has_end: bool) -> u8 {
    let key = id_key(id);
    let is_end = || has_end && SearchWord::can_match_end(text) && key.ends_with(text);
    if key == text {
        3
    } else if key.starts_with(text) || is_end() || token_level(text, id) > 0 {
        1
    } else {
        0
    }
}

/// Returns 2 if a folded text is a token of another text, 1 if it is a prefix of one.
fn token_level(text: &str, of: &str) -> u8 {
    let mut level = 0;
    WordTokenizer::default().tokenize(of, &mut |token| {
        if token.text.starts_with(text) {
            level = level.max(1 + u8::from(token.text == text));
        }
    });
    level
}

/// Compares two cases, each with its rank, in the order of a query.
///
/// ```
/// use cisco_support_case::model::CaseRecord;
/// use cisco_support_case::query::{CaseQuery, QueryableCase, compare_cases};
/// use core::cmp::Ordering;
/// let (mut one, mut other) = (CaseRecord::default(), CaseRecord::default());
/// (one.title, other.title) = ("Émile".into(), "".into());
/// let compare = |sort: &str| {
///     let query = CaseQuery::parse(sort).unwrap();
///     compare_cases(query.sort(), (&QueryableCase::new(&one), 0), (&QueryableCase::new(&other), 0))
/// };
/// assert_eq!(compare(r#"{"sort":{"by":"title"}}"#), Ordering::Less);
/// assert_eq!(compare(r#"{"sort":{"by":"title","order":"desc"}}"#), Ordering::Less, "missing values come last");
/// ```
pub fn compare_cases(
    sort: &[SortTerm],
    (a, a_rank): (&QueryableCase<'_>, u64),
    (b, b_rank): (&QueryableCase<'_>, u64),
) -> Ordering {
    let (x, y) = (a.record, b.record);
    let ms = |date: &Option<Timestamp>| date.as_ref().map(Timestamp::unix_ms);
    for SortTerm { by, is_descending } in sort {
        let numbers = |a, b| compare_present(a, b, *is_descending, |a: &i64, b: &i64| a.cmp(b));
        let texts = |a: &str, b: &str| {
            let present = |text| Some(text).filter(|text: &&str| !text.is_empty());
            let compare = if *by == SortKey::CaseId { |a: &&str, b: &&str| a.cmp(b) } else { folded_order };
            compare_present(present(a), present(b), *is_descending, compare)
        };
        let ordering = match by {
            SortKey::UpdatedDate => numbers(ms(&x.updated_date), ms(&y.updated_date)),
            SortKey::CreationDate => numbers(ms(&x.creation_date), ms(&y.creation_date)),
            SortKey::StatusSince => numbers(a.status_since_ms, b.status_since_ms),
            SortKey::LastNoteDate => numbers(a.last_note_ms, b.last_note_ms),
            SortKey::Severity => {
                let number = |record: &CaseRecord| record.severity.map(|severity| i64::from(severity.number()));
                numbers(number(x), number(y))
            }
            SortKey::Status => texts(x.status.as_str(), y.status.as_str()),
            SortKey::Title => texts(&x.title, &y.title),
            SortKey::CaseId => texts(&x.case_id, &y.case_id),
            SortKey::ContractId => texts(&x.contract_id, &y.contract_id),
            SortKey::UserId => texts(&x.user_id, &y.user_id),
            SortKey::TechnologyName => texts(&x.technology_name, &y.technology_name),
            SortKey::Text => numbers(Some(a_rank.cast_signed()), Some(b_rank.cast_signed())),
        };
        if ordering != Ordering::Equal {
            return ordering;
        }
    }
    x.case_id.cmp(&y.case_id)
}

fn folded_order(a: &&str, b: &&str) -> Ordering {
    compare_folded(a, b)
}

/// Compares two values of a term; a missing one comes last in both directions.
fn compare_present<T>(
    a: Option<T>,
    b: Option<T>,
    is_descending: bool,
    compare: impl Fn(&T, &T) -> Ordering,
) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) if is_descending => compare(&b, &a),
        (Some(a), Some(b)) => compare(&a, &b),
        (a, b) => b.is_some().cmp(&a.is_some()),
    }
}
