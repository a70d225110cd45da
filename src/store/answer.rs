//! The answers to queries.

use super::{
    case_store::CaseStore,
    facets::{FacetField, facet},
    filter::{QueryFilter, field_rows},
    orders::RowSort,
    overview::overview,
    query_answer::QueryAnswer,
    row_set::RowSet,
    sort_keys::SortKeys,
    text_search::WordRows,
};
use crate::model::CaseRecord;
use crate::query::{CaseOverview, CaseQuery, ConditionField, FacetCount, OverviewOptions, SortKey, SortTerm};
use alloc::{string::String, sync::Arc, vec::Vec};
use core::ops::Range;

impl CaseStore {
    /// Returns the answer to a query.
    ///
    /// Where the query has no `now`, ages are measured from that of the store.
    ///
    /// ```
    /// use cisco_support_case::{query::CaseQuery, store::CaseStore};
    /// let mut store = CaseStore::new();
    /// assert_eq!(store.query(&CaseQuery::default()).total, 0);
    /// ```
    pub fn query(&mut self, query: &CaseQuery) -> QueryAnswer {
        let filter = self.filter(query);
        let rows = filter.rows_without(&self.columns, None);
        let total = rows.count();
        QueryAnswer { total: total as u32, rows: self.window(query, &filter, &rows, total) }
    }

    /// Returns the number of cases that match a query, whatever its window.
    ///
    /// ```
    /// use cisco_support_case::{query::CaseQuery, store::CaseStore};
    /// assert_eq!(CaseStore::new().count(&CaseQuery::default()), 0);
    /// ```
    pub fn count(&mut self, query: &CaseQuery) -> u32 {
        self.filter(query).rows_without(&self.columns, None).count() as u32
    }

    /// Returns the rows of all cases that match a query, in its order, without its window.
    ///
    /// ```
    /// use cisco_support_case::{query::CaseQuery, store::CaseStore};
    /// assert!(CaseStore::new().all_rows(&CaseQuery::default()).is_empty());
    /// ```
    pub fn all_rows(&mut self, query: &CaseQuery) -> Vec<u32> {
        let filter = self.filter(query);
        let rows = filter.rows_without(&self.columns, None);
        self.sorted_rows(query.sort(), &filter.words, &rows, rows.count(), 0..usize::MAX)
    }

    /// Returns the position of a case among all cases that match a query, in its order and without its window; `None` if
    /// the case does not match. It sorts nothing.
    ///
    /// ```
    /// use cisco_support_case::{query::CaseQuery, store::CaseStore};
    /// assert_eq!(CaseStore::new().position(&CaseQuery::default(), "612345678"), None);
    /// ```
    pub fn position(&mut self, query: &CaseQuery, case_id: &str) -> Option<u32> {
        let row = self.columns.row_of(case_id)?;
        let filter = self.filter(query);
        let rows = filter.rows_without(&self.columns, None);
        if !rows.contains(row) {
            return None;
        }
        self.refresh_ranks(query.sort());
        let keys = SortKeys::new(&self.columns, &self.indexes.ranks, &filter.words, query.sort());
        Some(keys.count_before(row, &rows))
    }

    /// Returns the counts of the values of fields under a query: for each field, without its own conditions and
    /// exclusions.
    ///
    /// The greatest counts come first, at most `limit` per field; equal counts have the order of the values.
    ///
    /// ```
    /// use cisco_support_case::{query::CaseQuery, store::{CaseStore, FacetField}};
    /// let counts = CaseStore::new().facets(&CaseQuery::default(), &[FacetField::Severity], 10);
    /// assert_eq!(counts, [vec![]]);
    /// ```
    pub fn facets(&mut self, query: &CaseQuery, fields: &[FacetField], limit: usize) -> Vec<Vec<FacetCount>> {
        let filter = self.filter(query);
        fields.iter().map(|field| facet(&self.columns, &self.indexes.search, &filter, *field, limit)).collect()
    }

    /// Returns the overview of the cases that match a query.
    ///
    /// ```
    /// use cisco_support_case::{query::CaseQuery, store::{CaseStore, OverviewOptions}};
    /// let overview = CaseStore::new().overview(&CaseQuery::default(), &OverviewOptions::default());
    /// assert_eq!((overview.total, overview.weeks.len()), (0, 26));
    /// ```
    pub fn overview(&mut self, query: &CaseQuery, options: &OverviewOptions) -> CaseOverview {
        let filter = self.filter(query);
        let rows = filter.rows_without(&self.columns, None);
        overview(&self.columns, &rows, query.now_ms().unwrap_or(self.now_ms), options)
    }

    /// Returns the rows of the cases with a bug, an RMA or another value, the last updated first.
    ///
    /// ```
    /// use cisco_support_case::{query::ConditionField, store::CaseStore};
    /// assert!(CaseStore::new().related(ConditionField::Bug, "CSCab12345").is_empty());
    /// ```
    pub fn related(&mut self, field: ConditionField, value: &str) -> Vec<u32> {
        const LAST_UPDATED_FIRST: [SortTerm; 1] = [SortTerm { by: SortKey::UpdatedDate, is_descending: true }];
        match field_rows(&self.columns, field, &[String::from(value)]) {
            Some(mut rows) => {
                rows.intersect(&self.columns.alive);
                self.sorted_rows(&LAST_UPDATED_FIRST, &[], &rows, rows.count(), 0..usize::MAX)
            }
            None => Vec::new(),
        }
    }

    /// Returns the number of rows, including those without a case.
    ///
    /// ```
    /// assert_eq!(cisco_support_case::store::CaseStore::new().row_count(), 0);
    /// ```
    pub fn row_count(&self) -> u32 {
        self.columns.row_count()
    }

    /// Returns the case of a row, or `None` if it has none.
    ///
    /// ```
    /// assert!(cisco_support_case::store::CaseStore::new().record(0).is_none());
    /// ```
    pub fn record(&self, row: u32) -> Option<CaseRecord> {
        self.columns.alive.contains(row).then(|| self.columns.record(row))
    }

    /// Returns the case id of a row; `""` for a row that never had a case.
    ///
    /// ```
    /// assert_eq!(cisco_support_case::store::CaseStore::new().case_id(0), "");
    /// ```
    pub fn case_id(&self, row: u32) -> &str {
        self.columns.case_ids.get(row)
    }

    /// Builds a piece of the indexes, at most a few milliseconds, and returns whether they are complete.
    ///
    /// Queries are answered in full without the indexes, but take longer.
    ///
    /// ```
    /// let mut store = cisco_support_case::store::CaseStore::new();
    /// while !store.build_indexes() {}
    /// ```
    pub fn build_indexes(&mut self) -> bool {
        self.columns.forget_reserve();
        self.indexes.build_piece(&self.columns)
    }

    /// Evaluates the members of a query.
    pub(super) fn filter(&mut self, query: &CaseQuery) -> QueryFilter {
        QueryFilter::new(&self.columns, &mut self.indexes.search, query, self.now_ms, self.version)
    }

    /// Returns the rows of a query's window. `count` is the number of the rows that match.
    pub(super) fn window(&mut self, query: &CaseQuery, filter: &QueryFilter, rows: &RowSet, count: usize) -> Vec<u32> {
        let start = query.offset() as usize;
        self.sorted_rows(query.sort(), &filter.words, rows, count, start..start + query.limit() as usize)
    }

    /// Brings the ranks of values up to date that an order compares.
    pub(super) fn refresh_ranks(&mut self, sort: &[SortTerm]) {
        for term in sort {
            self.indexes.ranks.refresh(&self.columns, term.by);
        }
    }

    /// Returns the rows of a set of `count` rows at positions in an order. `words` are the words of its ranks.
    pub(super) fn sorted_rows(
        &mut self,
        sort: &[SortTerm],
        words: &[Arc<WordRows>],
        rows: &RowSet,
        count: usize,
        positions: Range<usize>,
    ) -> Vec<u32> {
        self.refresh_ranks(sort);
        // The first term after those with few values is the one that an order is walked for.
        let walked = sort.iter().find(|term| !matches!(term.by, SortKey::Severity | SortKey::Status));
        if let Some(term) = walked {
            self.indexes.orders.prepare(&self.columns, term.by);
        }
        let keys = SortKeys::new(&self.columns, &self.indexes.ranks, words, sort);
        let sort = RowSort { columns: &self.columns, orders: &self.indexes.orders, ranks: &self.indexes.ranks };
        sort.window(&keys, rows, count, positions)
    }
}
