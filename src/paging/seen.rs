//! Which cases a reader has given out.

use crate::model::TextMap;

/// Which cases a reader has given out, and how new they were.
#[derive(Debug, Default)]
pub(super) struct Seen {
    updated: TextMap,
}

impl Seen {
    /// Takes note of a case; true if it is new or newer than before.
    pub(super) fn admit(&mut self, key: String, updated_ms: i64) -> bool {
        let news = self.is_news(&key, updated_ms);
        if news {
            self.updated.put(key, updated_ms);
        }
        news
    }

    /// Whether a case is new or newer than before.
    pub(super) fn is_news(&self, key: &str, updated_ms: i64) -> bool {
        self.updated.get(key).is_none_or(|known| known < updated_ms)
    }

    /// How many different cases were given out.
    pub(super) fn count(&self) -> usize {
        self.updated.len()
    }
}
