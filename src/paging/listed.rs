//! What a reader looks at in a page.

use super::seen::{Key, key_of};
use crate::decode::{Records, column_of};
use crate::model::{CaseRecord, CasesPage, Timestamp, write_record};
use alloc::{string::String, vec::Vec};

/// A page as a reader sees it: where it stands, which cases it holds, and how new they are.
pub trait Listed {
    /// `page_index`, `last_index` and `total_records` of its pagination record.
    fn place(&self) -> [u32; 3];
    /// How many cases it holds.
    fn count(&self) -> usize;
    /// What tells a case from another: its id, or all it says where it has none.
    fn key(&self, case: usize) -> Key;
    /// When a case was last updated; a case that does not say counts as older than all others.
    fn updated_ms(&self, case: usize) -> i64;
    /// When a case was created; a case that does not say counts as older than all others.
    fn created_ms(&self, case: usize) -> i64;
    /// Leaves these cases, in this order.
    fn pick(&mut self, cases: &[usize]);
}

fn ms_of(date: &str) -> i64 {
    crate::model::rfc3339_ms(date.as_bytes()).unwrap_or(i64::MIN)
}

/// The columns that a reader looks at.
const CASE_ID: usize = column_of("case_id");
const UPDATED_DATE: usize = column_of("updated_date");
const CREATION_DATE: usize = column_of("creation_date");

impl Listed for Records {
    fn place(&self) -> [u32; 3] {
        ["page_index", "last_index", "total_records"].map(|field| self.page_number(field))
    }

    fn count(&self) -> usize {
        self.len()
    }

    fn key(&self, case: usize) -> Key {
        match self.text_in(case, CASE_ID) {
            "" => key_of(&self.case_identity(case)),
            id => key_of(id),
        }
    }

    fn updated_ms(&self, case: usize) -> i64 {
        ms_of(self.text_in(case, UPDATED_DATE))
    }

    fn created_ms(&self, case: usize) -> i64 {
        ms_of(self.text_in(case, CREATION_DATE))
    }

    fn pick(&mut self, cases: &[usize]) {
        Records::pick(self, cases);
    }
}

impl Listed for CasesPage {
    fn place(&self) -> [u32; 3] {
        let record = &self.pagination_response_record;
        [record.page_index, record.last_index, record.total_records]
    }

    fn count(&self) -> usize {
        self.cases.len()
    }

    fn key(&self, case: usize) -> Key {
        match self.cases.get(case) {
            Some(case) if case.case_id.is_empty() => {
                let mut text = String::new();
                write_record(&mut text, case);
                key_of(&text)
            }
            Some(case) => key_of(&case.case_id),
            None => 0,
        }
    }

    fn updated_ms(&self, case: usize) -> i64 {
        let date = self.cases.get(case).and_then(|case| case.updated_date.as_ref());
        date.map_or(i64::MIN, Timestamp::unix_ms)
    }

    fn created_ms(&self, case: usize) -> i64 {
        let date = self.cases.get(case).and_then(|case| case.creation_date.as_ref());
        date.map_or(i64::MIN, Timestamp::unix_ms)
    }

    fn pick(&mut self, cases: &[usize]) {
        let mut all: Vec<Option<CaseRecord>> = core::mem::take(&mut self.cases).into_iter().map(Some).collect();
        self.cases = cases.iter().filter_map(|case| all.get_mut(*case)?.take()).collect();
    }
}
