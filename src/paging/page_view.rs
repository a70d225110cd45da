//! The view of a page that the list reader works on.

use super::seen_cases::{Key, content_hash, id_key, page_keys};
use crate::decode::{Records, column_of};
use crate::model::{CaseRecord, CasesPage, Timestamp};
use alloc::vec::Vec;

/// The position of a page in its list, by the service's names.
///
/// ```
/// use cisco_support_case::model::CasesPage;
/// use cisco_support_case::paging::{PagePosition, PageView};
///
/// let mut page = CasesPage::default();
/// let record = &mut page.pagination_response_record;
/// (record.page_index, record.last_index, record.total_records) = (1, 3, 300);
/// assert_eq!(page.position(), PagePosition { page_index: 1, last_index: 3, total_records: 300 });
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PagePosition {
    /// Index of the page, from 1.
    pub page_index: u32,
    /// Index of the last page.
    pub last_index: u32,
    /// Number of cases of the list.
    pub total_records: u32,
}

/// A page as the list reader sees it: its position, its cases and their dates.
///
/// ```
/// use cisco_support_case::model::{CaseRecord, CasesPage};
/// use cisco_support_case::paging::PageView;
///
/// let mut page = CasesPage::default();
/// for id in ["612345678", "612345679"] {
///     let mut case = CaseRecord::default();
///     case.case_id = id.into();
///     page.cases.push(case);
/// }
/// assert_eq!(page.keys(), [612_345_678, 612_345_679]);
/// page.select(&[1]);
/// assert_eq!(page.keys(), [612_345_679]);
/// ```
pub trait PageView {
    /// Returns the position of the page, from its pagination record.
    fn position(&self) -> PagePosition;
    /// Returns the key of each case, made from its id, or from its content and position if it has none.
    fn keys(&self) -> Vec<Key>;
    /// Returns the last update of a case in milliseconds since 1970 (UTC), `i64::MIN` if it has none.
    fn updated_ms(&self, index: usize) -> i64;
    /// Returns the creation date of a case in milliseconds since 1970 (UTC), `i64::MIN` if it has none.
    fn created_ms(&self, index: usize) -> i64;
    /// Retains the cases at these indices, in this order.
    fn select(&mut self, indices: &[usize]);
}

fn ms_of(date: &str) -> i64 {
    crate::util::parse_rfc3339_ms(date.as_bytes()).unwrap_or(i64::MIN)
}

/// Column of the case's id.
const CASE_ID: usize = column_of("case_id");
const UPDATED_DATE: usize = column_of("updated_date");
const CREATION_DATE: usize = column_of("creation_date");

impl PageView for Records {
    fn position(&self) -> PagePosition {
        let [page_index, last_index, total_records] =
            ["page_index", "last_index", "total_records"].map(|field| self.page_number(field));
        PagePosition { page_index, last_index, total_records }
    }

    fn keys(&self) -> Vec<Key> {
        const TITLE: usize = column_of("title");
        let key = |index| match self.text_in(index, CASE_ID) {
            "" => Err(content_hash(self.text_in(index, TITLE), self.updated_ms(index), self.created_ms(index))),
            id => Ok(id_key(id)),
        };
        page_keys(self.page_number("page_index"), &mut (0..self.len()).map(key))
    }

    fn updated_ms(&self, index: usize) -> i64 {
        ms_of(self.text_in(index, UPDATED_DATE))
    }

    fn created_ms(&self, index: usize) -> i64 {
        ms_of(self.text_in(index, CREATION_DATE))
    }

    fn select(&mut self, indices: &[usize]) {
        Records::select(self, indices);
    }
}

impl PageView for CasesPage {
    fn position(&self) -> PagePosition {
        let record = &self.pagination_response_record;
        PagePosition {
            page_index: record.page_index,
            last_index: record.last_index,
            total_records: record.total_records,
        }
    }

    fn keys(&self) -> Vec<Key> {
        let key = |(index, case): (usize, &CaseRecord)| match &*case.case_id {
            "" => Err(content_hash(&case.title, self.updated_ms(index), self.created_ms(index))),
            id => Ok(id_key(id)),
        };
        page_keys(self.pagination_response_record.page_index, &mut self.cases.iter().enumerate().map(key))
    }

    fn updated_ms(&self, index: usize) -> i64 {
        let date = self.cases.get(index).and_then(|case| case.updated_date.as_ref());
        date.map_or(i64::MIN, Timestamp::unix_ms)
    }

    fn created_ms(&self, index: usize) -> i64 {
        let date = self.cases.get(index).and_then(|case| case.creation_date.as_ref());
        date.map_or(i64::MIN, Timestamp::unix_ms)
    }

    fn select(&mut self, indices: &[usize]) {
        let mut all: Vec<Option<CaseRecord>> = core::mem::take(&mut self.cases).into_iter().map(Some).collect();
        self.cases = indices.iter().filter_map(|index| all.get_mut(*index)?.take()).collect();
    }
}
