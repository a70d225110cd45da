//! A query as statements: the count of candidates, and the page.

use super::filter;
use super::scope::CaseScope;
use super::search;
use super::source::{CandidateSource, SourceClauses};
use super::statement::{SqlStatement, SqlWriter};
use crate::query::{CaseQuery, SortKey, SortTerm};
use crate::util::text;
use alloc::{borrow::ToOwned, string::String, vec, vec::Vec};

/// A query of an identity at an instant, as prepared statements.
///
/// The answer takes two steps. [`count_statement`](SqlQuery::count_statement) counts the candidates of each source, up
/// to a limit. [`plan`](SqlQuery::plan) then chooses the source with the fewest, or refuses a query that would read more
/// than [`MAX_CANDIDATES`](SqlQuery::MAX_CANDIDATES) cases.
///
/// ```
/// use cisco_support_case::query::{CaseQuery, sql::{CandidateSource, CaseScope, QueryPlan, SqlQuery}};
/// let query = CaseQuery::parse(r#"{"where":{"text":"bgp"},"sort":{"by":"title"}}"#).unwrap();
/// let scope = CaseScope::of_ids(["1234567".to_owned()], []);
/// let sql = SqlQuery::new(&query, &scope, 0);
/// assert_eq!(sql.sources(), [CandidateSource::Words, CandidateSource::Scope]);
/// assert_eq!(sql.plan(&[812, 40]), QueryPlan::Candidates(CandidateSource::Scope));
/// assert_eq!(sql.plan(&[50_001, 50_001]), QueryPlan::TooBroad);
/// ```
#[derive(Debug)]
pub struct SqlQuery<'q> {
    pub(super) query: &'q CaseQuery,
    pub(super) scope: &'q CaseScope,
    pub(super) now_ms: i64,
}

/// The way in which a query is answered.
///
/// ```
/// use cisco_support_case::query::{CaseQuery, sql::{CaseScope, QueryPlan, SqlQuery}};
/// let query = CaseQuery::default();
/// assert_eq!(SqlQuery::new(&query, &CaseScope::all(), 0).plan(&[50_001]), QueryPlan::NewestFirst);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueryPlan {
    /// By the candidates of a source: [`SqlQuery::page_statement`].
    Candidates(CandidateSource),
    /// By the order of a date, the newest first: [`SqlQuery::newest_statement`].
    NewestFirst,
    /// Not at all: every source has too many candidates. A condition more, or the default order, would make it cheap.
    TooBroad,
}

impl<'q> SqlQuery<'q> {
    /// The greatest number of candidates of a statement. D1 bills the rows that are read, and does one thing at a time.
    pub const MAX_CANDIDATES: u32 = 50_000;
    /// The greatest number of sources whose candidates are counted.
    const MAX_SOURCES: usize = 3;

    /// Creates the statements of a query for an identity at an instant, which the query's own `now` replaces.
    pub fn new(query: &'q CaseQuery, scope: &'q CaseScope, now_ms: i64) -> SqlQuery<'q> {
        SqlQuery { query, scope, now_ms: query.now_ms().unwrap_or(now_ms) }
    }

    /// Returns every source that the query has, not only those that are counted.
    pub fn all_sources(&self) -> Vec<CandidateSource> {
        let has = |source: &CandidateSource| {
            source.clauses(&mut SqlWriter::default(), self.query, self.scope, self.now_ms).is_some()
        };
        CandidateSource::ALL.into_iter().filter(has).collect()
    }

    /// Returns the sources that are counted: at most three, and always the identity's scope if it has bounds.
    pub fn sources(&self) -> Vec<CandidateSource> {
        let mut sources = self.all_sources();
        // All others have fewer cases than all.
        let last = sources.pop();
        let is_needed = sources.is_empty() || last != Some(CandidateSource::AllCases);
        sources.truncate(SqlQuery::MAX_SOURCES - usize::from(is_needed));
        sources.extend(last.filter(|_| is_needed));
        sources
    }

    /// Returns the statement that counts the candidates of [`sources`](SqlQuery::sources): one row, a column for each. A
    /// count ends one above [`MAX_CANDIDATES`](SqlQuery::MAX_CANDIDATES), and one above the number of cases in the identity's scope:
    /// the rows that are read do not grow with the cases of others.
    ///
    /// ```
    /// use cisco_support_case::query::{CaseQuery, sql::{CaseScope, SqlQuery}};
    /// let (query, scope) = (CaseQuery::default(), CaseScope::all());
    /// let statement = SqlQuery::new(&query, &scope, 0).count_statement();
    /// assert_eq!(statement.text(), "SELECT (SELECT count(*) FROM (SELECT 1 FROM cases LIMIT 50001)) AS count0");
    /// ```
    pub fn count_statement(&self) -> SqlStatement {
        let mut sql = SqlWriter::default();
        let sources = self.sources();
        let most = text!(SqlQuery::MAX_CANDIDATES + 1);
        let bounds = (sources.len() > 1).then(|| self.count_of(&mut sql, CandidateSource::Scope, &most)).flatten();
        let limit = match bounds {
            Some(_) => text!("(SELECT min(n, ", SqlQuery::MAX_CANDIDATES, ") + 1 FROM scope)"),
            None => most,
        };
        let mut columns = Vec::new();
        for (index, source) in sources.into_iter().enumerate() {
            let count = match (source, &bounds) {
                (CandidateSource::Scope, Some(_)) => "SELECT n FROM scope".to_owned(),
                _ => self.count_of(&mut sql, source, &limit).unwrap_or_default(),
            };
            columns.push(text!("(", count, ") AS count", index));
        }
        let scope = bounds.map_or_else(String::new, |count| text!("WITH scope (n) AS MATERIALIZED (", count, ") "));
        sql.finish(text!(scope, "SELECT ", columns.join(", ")))
    }

    /// Returns the select of the number of candidates of a source, up to a limit.
    fn count_of(&self, sql: &mut SqlWriter, source: CandidateSource, limit: &str) -> Option<String> {
        let select = source.count_select(sql, self.query, self.scope, self.now_ms)?;
        Some(text!("SELECT count(*) FROM (", select, " LIMIT ", limit, ")"))
    }

    /// Returns the plan for the counts of the candidates of [`sources`](SqlQuery::sources).
    pub fn plan(&self, counts: &[u32]) -> QueryPlan {
        let fewest = counts.iter().zip(self.sources()).min_by_key(|(count, _)| **count);
        match fewest {
            Some((count, source)) if *count <= SqlQuery::MAX_CANDIDATES => QueryPlan::Candidates(source),
            _ if self.newest_date().is_some() => QueryPlan::NewestFirst,
            _ => QueryPlan::TooBroad,
        }
    }

    /// Returns the statement of the page by the candidates of a source, and of the exact total.
    ///
    /// The columns are `total`, `case_id`, `record` and `details`. There is at least one row: without a case, only `total` is set.
    ///
    /// ```
    /// use cisco_support_case::query::{CaseQuery, sql::{CandidateSource, CaseScope, SqlQuery}};
    /// let (query, scope) = (CaseQuery::default(), CaseScope::of_ids(["1".to_owned()], []));
    /// let statement = SqlQuery::new(&query, &scope, 0).page_statement(CandidateSource::Scope);
    /// assert!(statement.text().contains("FROM cases AS c INDEXED BY cases_by_contract WHERE c.contract_id IN "));
    /// ```
    pub fn page_statement(&self, source: CandidateSource) -> SqlStatement {
        let mut sql = SqlWriter::default();
        let order = self.order(&mut sql);
        let mut columns = text!("c.id AS id");
        for (index, key) in order.iter().enumerate() {
            columns.push_str(&text!(", ", key.expression, " AS k", index));
        }
        let matched = self.matched_select(&mut sql, source, &columns);
        let (limit, offset) = self.window(&mut sql);
        let by = |table: &str| {
            let key = |(index, key): (usize, &OrderKey)| {
                text!(table, "k", index, if key.is_descending { " DESC" } else { "" })
            };
            let keys: Vec<String> = order.iter().enumerate().map(key).collect();
            keys.join(", ")
        };
        sql.finish(text!(
            "WITH matched AS MATERIALIZED (",
            matched,
            ") SELECT t.total, r.case_id, r.record, r.details FROM (SELECT count(*) AS total FROM matched) AS t LEFT JOIN \
             (SELECT * FROM matched ORDER BY ",
            by(""),
            " LIMIT ",
            limit,
            " OFFSET ",
            offset,
            ") AS p ON 1 LEFT JOIN cases AS r ON r.id = p.id ORDER BY ",
            by("p.")
        ))
    }

    /// Returns the statement of the page by the order of a date, the newest first. `None` for any other order.
    ///
    /// It reads the newest [`MAX_CANDIDATES`](SqlQuery::MAX_CANDIDATES) cases at most, and stops when the page is full. A
    /// page that is not full is not known to be the last one: the query is too broad. The columns are `case_id`, `record`
    /// and `details`; the total is not known.
    ///
    /// ```
    /// use cisco_support_case::query::{CaseQuery, sql::{CaseScope, SqlQuery}};
    /// let (query, scope) = (CaseQuery::default(), CaseScope::all());
    /// let statement = SqlQuery::new(&query, &scope, 0).newest_statement().unwrap();
    /// assert!(statement.text().contains("INDEXED BY cases_by_updated ORDER BY updated_ms DESC, case_id LIMIT 50000"));
    /// ```
    pub fn newest_statement(&self) -> Option<SqlStatement> {
        let (index, column) = self.newest_date()?;
        let mut sql = SqlWriter::default();
        let mut terms: Vec<String> = self.scope.term(&mut sql).into_iter().collect();
        terms.extend(self.terms(&mut sql));
        let (limit, offset) = self.window(&mut sql);
        Some(sql.finish(text!(
            "WITH newest AS MATERIALIZED (SELECT c.id AS id, c.",
            column,
            " AS k0, c.case_id AS k1 FROM (SELECT * FROM cases INDEXED BY ",
            index,
            " ORDER BY ",
            column,
            " DESC, case_id LIMIT ",
            SqlQuery::MAX_CANDIDATES,
            ") AS c WHERE ",
            if terms.is_empty() { "1".to_owned() } else { terms.join(" AND ") },
            " LIMIT ",
            limit,
            " OFFSET ",
            offset,
            ") SELECT r.case_id, r.record, r.details FROM newest AS p JOIN cases AS r ON r.id = p.id ORDER BY p.k0 DESC, p.k1"
        )))
    }

    /// Returns the index and the column of the order, if it is that of a date with the newest first.
    fn newest_date(&self) -> Option<(&'static str, &'static str)> {
        match self.query.sort() {
            [SortTerm { by: SortKey::UpdatedDate, is_descending: true }] => Some(("cases_by_updated", "updated_ms")),
            [SortTerm { by: SortKey::CreationDate, is_descending: true }] => Some(("cases_by_created", "created_ms")),
            _ => None,
        }
    }

    /// Returns the select of the matching cases among the candidates of a source. A source without candidates, since the
    /// query has no such condition, has no case.
    pub(super) fn matched_select(&self, sql: &mut SqlWriter, source: CandidateSource, columns: &str) -> String {
        let clauses = source.clauses(sql, self.query, self.scope, self.now_ms);
        let SourceClauses { table, term } =
            clauses.unwrap_or(SourceClauses { table: "cases AS c".to_owned(), term: "0".to_owned() });
        let mut terms = vec![term];
        // The candidates of the scope are in it.
        if source != CandidateSource::Scope {
            terms.extend(self.scope.term(sql));
        }
        terms.extend(self.terms(sql));
        text!("SELECT ", columns, " FROM ", table, " WHERE ", terms.join(" AND "))
    }

    /// Returns the terms of `where` and of `not`, over a row `c`.
    fn terms(&self, sql: &mut SqlWriter) -> Vec<String> {
        let mut terms = filter::terms(sql, self.query.conditions(), self.now_ms);
        for term in filter::terms(sql, self.query.exclusions(), self.now_ms) {
            terms.push(text!("NOT (", term, ")"));
        }
        terms
    }

    /// Returns the parameters of limit and offset.
    fn window(&self, sql: &mut SqlWriter) -> (String, String) {
        (sql.number(i64::from(self.query.limit())), sql.number(i64::from(self.query.offset())))
    }

    /// Returns the keys of the order (rules 6.1 to 6.5). Missing values are the least: where the least come first, a key
    /// before says whether the value is missing.
    fn order(&self, sql: &mut SqlWriter) -> Vec<OrderKey> {
        let mut keys = Vec::new();
        for SortTerm { by, is_descending } in self.query.sort().iter().copied() {
            let missing = missing_value(by);
            let expressions: Vec<String> = match by {
                SortKey::UpdatedDate => vec!["c.updated_ms".to_owned()],
                SortKey::CreationDate => vec!["c.created_ms".to_owned()],
                SortKey::StatusSince => vec!["c.status_since_ms".to_owned()],
                SortKey::LastNoteDate => vec!["c.last_note_ms".to_owned()],
                SortKey::Severity => vec!["c.severity".to_owned()],
                SortKey::Status => folded("status_key", "status"),
                SortKey::Title => folded("title_key", "title"),
                SortKey::CaseId => vec!["c.case_id".to_owned()],
                SortKey::ContractId => folded("contract_key", "contract_id"),
                SortKey::UserId => folded("user_key", "user_id"),
                SortKey::TechnologyName => folded("technology_key", "technology_name"),
                SortKey::Text => vec![search::rank(sql, self.query.conditions().words())],
            };
            if let (Some(missing), false, Some(value)) = (missing, is_descending, expressions.last()) {
                keys.push(OrderKey { expression: text!(value, " = ", missing), is_descending: false });
            }
            for expression in expressions {
                keys.push(OrderKey { expression, is_descending });
            }
        }
        keys.push(OrderKey { expression: "c.case_id".to_owned(), is_descending: false });
        keys
    }
}

/// A key of the order.
struct OrderKey {
    expression: String,
    is_descending: bool,
}

/// Returns the two keys of a text: folded, then as it is.
fn folded(key: &str, column: &str) -> Vec<String> {
    vec![text!("c.", key), text!("c.", column)]
}

/// Returns the value of a column that is missing; `None` for a key that no case lacks.
fn missing_value(by: SortKey) -> Option<String> {
    match by {
        SortKey::UpdatedDate | SortKey::CreationDate | SortKey::StatusSince | SortKey::LastNoteDate => {
            Some(text!(super::case_columns::MISSING_MS))
        }
        SortKey::Severity => Some("0".to_owned()),
        SortKey::CaseId | SortKey::Text => None,
        SortKey::Status | SortKey::Title | SortKey::ContractId | SortKey::UserId | SortKey::TechnologyName => {
            Some("''".to_owned())
        }
    }
}
