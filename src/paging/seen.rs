//! Which cases a reader has given out.

use crate::model::{CaseRecord, Timestamp, write_record};
use std::collections::BTreeMap;

/// Which cases a reader has given out, and how new they were.
#[derive(Debug, Default)]
pub(super) struct Seen {
    updated: BTreeMap<String, i64>,
}

impl Seen {
    /// Takes note of a case; true if it is new or newer than before.
    pub(super) fn admit(&mut self, case: &CaseRecord) -> bool {
        let news = self.is_news(case);
        if news {
            self.updated.insert(key(case), updated_ms(case));
        }
        news
    }

    /// Whether a case is new or newer than before.
    pub(super) fn is_news(&self, case: &CaseRecord) -> bool {
        self.updated.get(&key(case)).is_none_or(|known| *known < updated_ms(case))
    }

    /// How many different cases were given out.
    pub(super) fn count(&self) -> usize {
        self.updated.len()
    }
}

/// When a case was last updated; a case that does not say counts as older than all others.
pub(super) fn updated_ms(case: &CaseRecord) -> i64 {
    case.updated_date.as_ref().map_or(i64::MIN, Timestamp::unix_ms)
}

/// What tells a case from another: its id, or all it says where it has none.
fn key(case: &CaseRecord) -> String {
    if case.case_id.is_empty() {
        let mut text = String::new();
        write_record(&mut text, case);
        text
    } else {
        case.case_id.clone()
    }
}
