//! The sources of candidates: the indexes by which a statement can find the cases that may match.

use super::filter::{self, bit_list, interval_term};
use super::scope::CaseScope;
use super::search;
use super::statement::SqlWriter;
use crate::query::{CaseQuery, ConditionField, DateInterval};
use crate::util::text;
use alloc::{borrow::ToOwned, string::String};

/// A source of candidates. Each has all cases that match; the one with the fewest candidates is the cheapest.
///
/// ```
/// use cisco_support_case::query::{CaseQuery, sql::{CandidateSource, CaseScope, SqlQuery}};
/// let query = CaseQuery::parse(r#"{"where":{"text":"bgp","serial_number":"FOC2301A0B1"}}"#).unwrap();
/// let scope = CaseScope::of_ids(["1234567".to_owned()], []);
/// let expected = [CandidateSource::Words, CandidateSource::SerialNumbers, CandidateSource::Scope];
/// assert_eq!(SqlQuery::new(&query, &scope, 0).sources(), expected);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CandidateSource {
    /// The cases with the wanted ids.
    CaseIds,
    /// The hits of the searched words in the full-text index.
    Words,
    /// The cases of the wanted bugs.
    Bugs,
    /// The cases of the wanted RMAs.
    Rmas,
    /// The cases of the wanted serial numbers.
    SerialNumbers,
    /// The cases of the wanted contracts.
    Contracts,
    /// The cases of the wanted users.
    Users,
    /// The cases that were last updated in an interval.
    UpdatedDates,
    /// The cases that were created in an interval.
    CreationDates,
    /// The cases with the wanted flags and severities.
    Flags,
    /// The cases that the identity may see.
    Scope,
    /// All cases: for an identity that may see all of them.
    AllCases,
}

impl CandidateSource {
    /// All sources, those that tend to have few candidates first.
    pub const ALL: [CandidateSource; 12] = [
        CandidateSource::CaseIds,
        CandidateSource::Words,
        CandidateSource::Bugs,
        CandidateSource::Rmas,
        CandidateSource::SerialNumbers,
        CandidateSource::Contracts,
        CandidateSource::Users,
        CandidateSource::UpdatedDates,
        CandidateSource::CreationDates,
        CandidateSource::Flags,
        CandidateSource::Scope,
        CandidateSource::AllCases,
    ];

    /// Returns the table with the index, and the term that seeks in it. `None` if the query has no such condition.
    pub(super) fn clauses(
        self,
        sql: &mut SqlWriter,
        query: &CaseQuery,
        scope: &CaseScope,
        now_ms: i64,
    ) -> Option<SourceClauses> {
        let conditions = query.conditions();
        // An index only finds a missing value among too many cases.
        let wanted = |field| {
            let values = conditions.values(field);
            (!values.is_empty() && values.first().is_some_and(|first| !first.is_empty())).then_some(values)
        };
        let (index, term) = match self {
            CandidateSource::CaseIds => {
                let case_ids = sql.list(wanted(ConditionField::CaseId)?);
                // The index of the column's UNIQUE constraint.
                (Some("sqlite_autoindex_cases_1"), text!("c.case_id IN ", case_ids))
            }
            CandidateSource::Words => {
                let words = conditions.words();
                if words.is_empty() {
                    return None;
                }
                let expression = sql.text(&search::match_expression(words));
                let term = text!("c.id IN (SELECT rowid FROM case_words WHERE case_words MATCH ", expression, ")");
                (None, term)
            }
            CandidateSource::Bugs => (None, linked(sql, ConditionField::Bug, wanted(ConditionField::Bug)?)),
            CandidateSource::Rmas => (None, linked(sql, ConditionField::Rma, wanted(ConditionField::Rma)?)),
            CandidateSource::SerialNumbers => {
                let serials = sql.list(wanted(ConditionField::SerialNumber)?);
                (Some("cases_by_serial"), text!("c.serial_number IN ", serials))
            }
            CandidateSource::Contracts => {
                let wanted = wanted(ConditionField::ContractId)?;
                let permitted = scope.contracts_only();
                let is_possible = |id: &&String| permitted.is_none_or(|permitted| permitted.contains(*id));
                (Some("cases_by_contract"), text!("c.contract_id IN ", sql.list(wanted.iter().filter(is_possible))))
            }
            CandidateSource::Users => {
                let users = sql.list(wanted(ConditionField::UserId)?);
                (Some("cases_by_user"), text!("c.user_id IN ", users))
            }
            CandidateSource::UpdatedDates => {
                let ages = conditions.quiet_for_days().map(|range| range.to_interval(now_ms));
                let interval = conditions.updated().or(ages)?;
                (Some("cases_by_updated"), interval_term(sql, "c.updated_ms", interval))
            }
            CandidateSource::CreationDates => {
                let ages = conditions.open_for_days().map(|range| range.to_interval(now_ms));
                let interval: DateInterval = conditions.created().or(ages)?;
                (Some("cases_by_created"), interval_term(sql, "c.created_ms", interval))
            }
            CandidateSource::Flags => {
                let flags = bit_list(conditions.status_flags()?);
                let mut term = text!("c.status_flag IN ", flags);
                if let Some(severities) = conditions.severities() {
                    term.push_str(&text!(" AND c.severity IN ", bit_list(severities)));
                }
                (Some("cases_by_flag"), term)
            }
            CandidateSource::Scope => match (scope.contracts_only(), scope.users_only()) {
                _ if scope.is_all() => return None,
                (Some(contracts), _) => (Some("cases_by_contract"), text!("c.contract_id IN ", sql.list(contracts))),
                (_, Some(users)) => (Some("cases_by_user"), text!("c.user_id IN ", sql.list(users))),
                (None, None) => (None, text!("c.id IN (", scope.ids_select(sql), ")")),
            },
            CandidateSource::AllCases if scope.is_all() => (None, "1".to_owned()),
            CandidateSource::AllCases => return None,
        };
        // NOT INDEXED still permits to seek the ids of a sub-select.
        let table = match index {
            Some(index) => text!("cases AS c INDEXED BY ", index),
            None => "cases AS c NOT INDEXED".to_owned(),
        };
        Some(SourceClauses { table, term })
    }

    /// Returns the select of the candidates, one row each, by the index alone.
    pub(super) fn count_select(
        self,
        sql: &mut SqlWriter,
        query: &CaseQuery,
        scope: &CaseScope,
        now_ms: i64,
    ) -> Option<String> {
        let conditions = query.conditions();
        match self {
            CandidateSource::Words if !conditions.words().is_empty() => {
                let expression = sql.text(&search::match_expression(conditions.words()));
                Some(text!("SELECT rowid FROM case_words WHERE case_words MATCH ", expression))
            }
            CandidateSource::AllCases if scope.is_all() => Some("SELECT 1 FROM cases".to_owned()),
            _ => {
                let SourceClauses { table, term } = self.clauses(sql, query, scope, now_ms)?;
                Some(text!("SELECT 1 FROM ", table, " WHERE ", term))
            }
        }
    }
}

/// The clauses by which a statement finds the candidates of a source.
pub(super) struct SourceClauses {
    /// The table `c` with its index.
    pub(super) table: String,
    /// The term that seeks.
    pub(super) term: String,
}

/// Returns the term that seeks the cases of bugs or RMAs.
fn linked(sql: &mut SqlWriter, field: ConditionField, values: &[String]) -> String {
    let (kind, _) = filter::link(field);
    text!(
        "c.id IN (SELECT l.id FROM case_links AS l INDEXED BY case_links_by_value WHERE l.kind = ",
        kind,
        " AND l.value IN ",
        sql.list(values),
        ")"
    )
}
