//! The indexes of the store: everything that can be built anew from the columns.

use super::{
    change_set::FieldSet, columns::Columns, orders::RowOrders, sort_keys::ColumnRanks, text_search::SearchIndexes,
};

/// The indexes over the columns. They are built in pieces, and never needed for a complete answer.
#[derive(Clone, Debug, Default)]
pub(super) struct Indexes {
    pub(super) orders: RowOrders,
    pub(super) search: SearchIndexes,
    pub(super) ranks: ColumnRanks,
}

impl Indexes {
    /// Notes that fields of a row changed: all of them for a row that is new or removed.
    pub(super) fn touch(&mut self, row: u32, fields: FieldSet) {
        self.orders.touch(row, fields);
    }

    /// Drops the indexes, because the columns were compacted or replaced, but that of the notes, whose texts are elsewhere.
    pub(super) fn reset(&mut self) {
        let notes = core::mem::take(self.search.notes_mut());
        *self = Indexes::default();
        *self.search.notes_mut() = notes;
    }

    /// Builds a piece of at most a few milliseconds, and returns whether the indexes are complete.
    pub(super) fn build_piece(&mut self, columns: &Columns) -> bool {
        // The sorts first: the posting lists then grow into their memory.
        self.search.index_ids(columns) && self.orders.build_piece(columns) && self.search.index_titles(columns)
    }

    /// Returns the bytes of memory.
    pub(super) fn memory_bytes(&self) -> usize {
        self.orders.memory_bytes() + self.search.memory_bytes() + self.ranks.memory_bytes()
    }
}
