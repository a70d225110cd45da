//! A query or an overview of an identity, in steps.

use super::overview_json::write_overview_json;
use crate::gateway::Permissions;
use crate::query::sql::{CandidateSource, CaseScope, OverviewRow, QueryPlan, SqlQuery, SqlStatement};
use crate::query::{CaseQuery, OverviewOptions};
use crate::rules::Problem;
use crate::util::{Json, format_rfc3339_utc, text};
use alloc::{string::String, vec, vec::Vec};

/// The code of the problems of a query.
const CODE: &str = "INVALID_PARAMETER";

/// One request for the answer of a query: it names statements, and takes their rows.
///
/// The first batch reads the state of the copy and counts candidates; the second one reads the answer. Every batch is
/// bounded: at most 50 000 candidates of at most three indexes, and a page of at most 1000 cases.
///
/// ```
/// use cisco_support_case::{decode::json, gateway::Permissions, gateway::copy::{CopyQuery, QueryStep}};
/// let permissions = Permissions::from_json(&json(br#"{ "contract_ids": ["101"] }"#).unwrap()).unwrap();
/// let mut query = CopyQuery::parse(r#"{"where":{"severity":1}}"#, None, &permissions, 0).unwrap();
/// assert_eq!(query.statements().len(), 2);
/// assert_eq!(query.on_state(Some(&[12])), QueryStep::Run);
/// assert!(query.statements()[0].text().contains("INDEXED BY cases_by_contract"));
/// assert_eq!(query.on_state(None), QueryStep::NotReady);
/// ```
#[derive(Debug)]
pub struct CopyQuery {
    query: CaseQuery,
    scope: CaseScope,
    now_ms: i64,
    overview: Option<OverviewOptions>,
    plan: Option<QueryPlan>,
}

/// A step of a [`CopyQuery`].
///
/// ```
/// use cisco_support_case::gateway::copy::QueryStep;
/// assert_ne!(QueryStep::Run, QueryStep::TooBroad);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueryStep {
    /// Run the statements of [`CopyQuery::statements`].
    Run,
    /// The answer is complete.
    Done,
    /// The copy has no state: no writer has begun.
    NotReady,
    /// No index finds few enough candidates.
    TooBroad,
}

impl CopyQuery {
    /// The greatest number of cases of a page.
    pub const MAX_LIMIT: u32 = 1000;
    /// The greatest offset: the number of candidates.
    pub const MAX_OFFSET: u32 = SqlQuery::MAX_CANDIDATES;

    /// Checks a query in JSON text, and the options of its overview if that is what is asked for. Returns all problems.
    pub fn parse(
        text: &str,
        overview: Option<OverviewOptions>,
        permissions: &Permissions,
        now_ms: i64,
    ) -> Result<CopyQuery, Vec<Problem>> {
        let query = CaseQuery::parse(text)?;
        let bounds =
            [("limit", query.limit(), CopyQuery::MAX_LIMIT), ("offset", query.offset(), CopyQuery::MAX_OFFSET)];
        let problems: Vec<Problem> = bounds
            .into_iter()
            .filter(|(_, given, most)| given > most)
            .map(|(name, given, most)| {
                let expected = text!("a whole number from 0 to ", most, " (a gateway's copy reads no more)");
                Problem::new(name, CODE, expected, &Json::from(given))
            })
            .collect();
        if !problems.is_empty() {
            return Err(problems);
        }
        let now_ms = query.now_ms().unwrap_or(now_ms);
        Ok(CopyQuery { query, scope: permissions.case_scope(), now_ms, overview, plan: None })
    }

    /// Returns the instant of the answer, as RFC 3339.
    pub fn now(&self) -> String {
        format_rfc3339_utc(self.now_ms)
    }

    fn sql(&self) -> SqlQuery<'_> {
        SqlQuery::new(&self.query, &self.scope, self.now_ms)
    }

    /// Returns the statements of the step, for one batch.
    pub fn statements(&self) -> Vec<SqlStatement> {
        let sql = self.sql();
        match (self.plan, &self.overview) {
            (None, _) => {
                vec![SqlStatement::new("SELECT 1 FROM copy_state WHERE id = 1", Vec::new()), sql.count_statement()]
            }
            (Some(QueryPlan::Candidates(source)), None) => vec![sql.page_statement(source)],
            (Some(QueryPlan::Candidates(source)), Some(options)) => sql.overview_statements(source, options).to_vec(),
            (Some(QueryPlan::NewestFirst), _) => sql.newest_statement().into_iter().collect(),
            (Some(QueryPlan::TooBroad), _) => Vec::new(),
        }
    }

    /// Whether the plan is to be chosen yet: the rows are for [`on_state`](CopyQuery::on_state).
    pub fn is_planning(&self) -> bool {
        self.plan.is_none()
    }

    /// Whether an overview is asked for.
    pub fn is_overview(&self) -> bool {
        self.overview.is_some()
    }

    /// Takes the counts of candidates; `None` without a state of the copy.
    pub fn on_state(&mut self, counts: Option<&[u32]>) -> QueryStep {
        let Some(counts) = counts else { return QueryStep::NotReady };
        let plan = match self.sql().plan(counts) {
            // An overview needs all cases.
            QueryPlan::NewestFirst if self.overview.is_some() => QueryPlan::TooBroad,
            plan => plan,
        };
        self.plan = Some(plan);
        if plan == QueryPlan::TooBroad { QueryStep::TooBroad } else { QueryStep::Run }
    }

    /// Takes the number of cases of the page. A page that is not full, of the newest cases, may not be the last one.
    pub fn on_page(&self, cases: u32) -> QueryStep {
        let is_short = self.plan == Some(QueryPlan::NewestFirst) && cases < self.query.limit();
        if is_short { QueryStep::TooBroad } else { QueryStep::Done }
    }

    /// Whether the page has a total.
    pub fn has_total(&self) -> bool {
        matches!(self.plan, Some(QueryPlan::Candidates(_)))
    }

    /// Returns the overview of the rows of both statements as JSON, in its JavaScript form.
    pub fn overview_json(&self, rows: &[OverviewRow]) -> String {
        let options = self.overview.clone().unwrap_or_default();
        let mut out = String::new();
        write_overview_json(&mut out, &self.sql().read_overview(&options, rows));
        out
    }

    /// Returns the index that finds candidates, if one was chosen.
    pub fn source(&self) -> Option<CandidateSource> {
        match self.plan {
            Some(QueryPlan::Candidates(source)) => Some(source),
            _ => None,
        }
    }
}
