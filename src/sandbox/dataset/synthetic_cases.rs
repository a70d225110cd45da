//! The store of all cases.

use super::dataset_row::{CLOSED, DatasetRow, NO_OWNER};
use super::generator::{Generator, MAX_CREATED};
use super::history::History;
use super::index::{OwnerIndex, OwnerKind};
use super::notes;
use super::people::{self, Person};
use super::query::{self, CasesSlice, DatasetFilter, DatasetOrder, IndexEntry};
use crate::model::{CaseDetail, CaseNote, CaseStatus, Severity, Timestamp};
use crate::sandbox::Titles;
use alloc::collections::BTreeMap;
use alloc::{borrow::ToOwned, string::String, string::ToString, vec, vec::Vec};

impl DatasetRow {
    fn entry(&self, index: u32) -> IndexEntry {
        IndexEntry { updated_ms: self.updated_ms, created_ms: self.created_ms, index, status: self.status }
    }
}

/// An inserted case. Its notes are separate, so that a page of a hundred cases does not copy their notes.
#[derive(Debug)]
pub(super) struct InsertedCase {
    detail: CaseDetail,
    notes: Vec<CaseNote>,
}

/// All cases, by id, contract and user.
#[derive(Debug)]
pub(in crate::sandbox) struct SyntheticCases {
    pub(super) generator: Generator,
    pub(super) rows: Vec<DatasetRow>,
    contracts: OwnerIndex,
    pub(super) users: OwnerIndex,
    /// Inserted cases by index.
    pub(super) inserted: BTreeMap<u32, InsertedCase>,
    /// Indices of inserted cases whose ids are not generated.
    added_ids: BTreeMap<String, u32>,
    /// Indices of the cases that mutations created, in the order of their ids. If an inserted case already has an id,
    /// the index of the next created case occurs twice.
    created_indices: Vec<u32>,
    pub(super) history: History,
    /// Rank of each status in alphabetical order.
    status_ranks: Vec<u8>,
    open_count: u32,
}

impl SyntheticCases {
    /// Creates `count` cases. The newest is slightly older than `now_ms`.
    pub(in crate::sandbox) fn new(seed: u64, count: u32, titles: Titles, now_ms: i64) -> SyntheticCases {
        let generator = Generator::new(seed, count, titles, now_ms.div_euclid(1000) * 1000);
        let rows: Vec<DatasetRow> = (0..count).map(|index| generator.generate_row(index)).collect();

        let mut contract_sizes = vec![0u32; generator.contract_count as usize];
        let mut user_sizes = vec![0u32; generator.user_count as usize];
        let earliest_ms = rows.iter().map(|row| row.updated_ms).min().unwrap_or(0);
        // Second of the update and index share one integer: sorting a million of them is several times faster than
        // sorting pairs.
        let mut order: Vec<u64> = Vec::with_capacity(rows.len());
        for (row, index) in rows.iter().zip(0u64..) {
            for (sizes, kind) in [(&mut contract_sizes, row.contract), (&mut user_sizes, row.user)] {
                if let Some(size) = sizes.get_mut(kind as usize) {
                    *size += 1;
                }
            }
            order.push(((row.updated_ms - earliest_ms).cast_unsigned() / 1000) << 32 | index);
        }
        order.sort_unstable();

        let mut contracts = OwnerIndex::new(&contract_sizes);
        let mut users = OwnerIndex::new(&user_sizes);
        for index in order.into_iter().map(|key| key as u32) {
            if let Some(row) = rows.get(index as usize) {
                contracts.insert(row.contract, row.entry(index));
                users.insert(row.user, row.entry(index));
            }
        }
        let open = rows.iter().filter(|row| row.status != CLOSED).count();
        let mut store = SyntheticCases {
            generator,
            rows,
            contracts,
            users,
            inserted: BTreeMap::new(),
            added_ids: BTreeMap::new(),
            created_indices: Vec::new(),
            history: History::default(),
            status_ranks: Vec::new(),
            open_count: u32::try_from(open).unwrap_or(u32::MAX),
        };
        store.rank_statuses();
        store
    }

    /// Returns the number of cases and of open cases.
    pub(in crate::sandbox) fn counts(&self) -> (usize, u32) {
        (self.rows.len(), self.open_count)
    }

    /// Returns the index of the case with this id.
    pub(in crate::sandbox) fn find_case(&self, case_id: &str) -> Option<u32> {
        let created = || self.created_indices.get(self.generator.created_case_ids.index_of(case_id)? as usize);
        self.generator.case_ids.index_of(case_id).or_else(|| self.added_ids.get(case_id).or_else(created).copied())
    }

    /// Returns a case, optionally with its notes.
    pub(in crate::sandbox) fn case(&self, index: u32, with_notes: bool) -> CaseDetail {
        match (self.inserted.get(&index), self.rows.get(index as usize)) {
            (Some(inserted), _) => {
                let notes = if with_notes { inserted.notes.clone() } else { Vec::new() };
                CaseDetail { notes, ..inserted.detail.clone() }
            }
            (None, Some(row)) => self.render(index, row, with_notes),
            (None, None) => CaseDetail::default(),
        }
    }

    /// Generates a case in its initial state and applies its mutations.
    fn render(&self, index: u32, row: &DatasetRow, with_notes: bool) -> CaseDetail {
        let first = if index < self.generator.count {
            self.generator.generate_row(index)
        } else {
            let DatasetRow { created_ms, contract, user, .. } = *row;
            DatasetRow { created_ms, updated_ms: created_ms, contract, user, ..DatasetRow::INITIAL }
        };
        let mut detail = self.generator.generate_case(index, &first);
        detail.case_id = self.case_id(index);
        if with_notes {
            notes::write_initial(&self.generator, index, &first, &mut detail);
        }
        if *row == first {
            return detail;
        }
        detail.updated_date = Timestamp::from_unix_ms(row.updated_ms);
        detail.status = self.generator.status(row.status);
        detail.severity = Severity::new(row.severity).or(detail.severity);
        if row.status != CLOSED {
            detail.close_date = None;
        } else if let Some((_, event)) = self.history.events_before(row.last_event).find(|(_, event)| event.closes_case)
        {
            detail.close_date = Timestamp::from_unix_ms(event.at_ms);
        }
        if with_notes {
            notes::prepend_history(&self.generator, self.history.events_before(row.last_event), &mut detail);
        }
        detail
    }

    fn owner_index(&self, kind: OwnerKind) -> &OwnerIndex {
        match kind {
            OwnerKind::Contract => &self.contracts,
            OwnerKind::User => &self.users,
        }
    }

    /// Returns the index of the contract or user with this id ([`IdRule::USER`](crate::rules::IdRule::USER)).
    pub(in crate::sandbox) fn find_owner(&self, kind: OwnerKind, id: &str) -> Option<u32> {
        let generator = &self.generator;
        match kind {
            OwnerKind::Contract => generator.contract_ids.index_of(id).or_else(|| self.contracts.added_index(id)),
            OwnerKind::User => people::customer_index(generator.seed, generator.user_count, id)
                .or_else(|| self.users.added_index(&id.to_ascii_lowercase())),
        }
    }

    /// Returns the ids of the owners with most cases, at most `limit`, and the number of owners that have cases.
    pub(in crate::sandbox) fn largest_owners(&self, kind: OwnerKind, limit: usize) -> (Vec<String>, usize) {
        let owners = self.owner_index(kind);
        let all = owners.by_case_count();
        let name = |index: &u32| match (owners.added_id(*index), kind) {
            (Some(name), _) => name.to_owned(),
            (None, OwnerKind::Contract) => self.generator.contract_id(*index),
            (None, OwnerKind::User) => Person::customer(self.generator.seed, *index).login,
        };
        (all.iter().take(limit).map(name).collect(), all.len())
    }

    /// Returns example case ids: the documentation's sample and others from the whole range.
    pub(in crate::sandbox) fn sample_ids(&self, limit: u32) -> Vec<String> {
        let count = u32::try_from(self.rows.len()).unwrap_or(u32::MAX);
        let mut indices = vec![self.generator.case_ids.pinned_index()];
        indices.extend((0..limit).map(|step| step * (count / limit.max(1)).max(1)).filter(|index| *index < count));
        indices.extend(self.added_ids.values().rev().take(limit as usize));
        indices.sort_unstable();
        indices.dedup();
        indices.into_iter().map(|index| self.case_id(index)).collect()
    }

    fn case_id(&self, index: u32) -> String {
        match self.inserted.get(&index) {
            Some(inserted) => inserted.detail.case_id.clone(),
            None if index < self.generator.count => self.generator.case_ids.id(index).to_string(),
            None => {
                let number = self.created_indices.partition_point(|created| *created <= index).saturating_sub(1);
                self.generator.created_case_ids.id(u32::try_from(number).unwrap_or(0)).to_string()
            }
        }
    }

    /// Returns a page of the cases of these owners. `indices` must not contain duplicates.
    pub(in crate::sandbox) fn list(
        &self,
        kind: OwnerKind,
        indices: &[u32],
        filter: &DatasetFilter,
        sort: DatasetOrder,
        skip: usize,
        length: usize,
    ) -> CasesSlice {
        let owners = self.owner_index(kind);
        let lists: Vec<_> = indices.iter().map(|index| owners.list(*index)).collect();
        query::slice(&self.status_ranks, &lists, filter, sort, skip, length)
    }

    /// Sorts cases, given by index.
    pub(in crate::sandbox) fn sorted(&self, cases: &[u32], sort: DatasetOrder) -> Vec<u32> {
        let entry = |index: &u32| self.rows.get(*index as usize).map(|row| row.entry(*index));
        let mut entries: Vec<IndexEntry> = cases.iter().filter_map(entry).collect();
        entries.sort_unstable_by_key(IndexEntry::key);
        query::slice(&self.status_ranks, &[&entries], &DatasetFilter::default(), sort, 0, cases.len()).cases
    }

    /// Inserts a case, or replaces the one with its id.
    pub(in crate::sandbox) fn put(&mut self, mut detail: CaseDetail) {
        let index = self.find_case(&detail.case_id).unwrap_or_else(|| {
            let index = u32::try_from(self.rows.len()).unwrap_or(u32::MAX);
            self.added_ids.insert(detail.case_id.clone(), index);
            index
        });
        let row = DatasetRow {
            created_ms: detail.creation_date.as_ref().map_or(self.generator.now_ms, Timestamp::unix_ms),
            updated_ms: detail.updated_date.as_ref().map_or(self.generator.now_ms, Timestamp::unix_ms),
            contract: self.find_or_add_owner(OwnerKind::Contract, &detail.contract_id),
            user: self.find_or_add_owner(OwnerKind::User, &detail.user_id),
            status: self.intern_status(&detail.status),
            ..DatasetRow::INITIAL
        };
        self.set_row(index, row);
        let notes = core::mem::take(&mut detail.notes);
        self.inserted.insert(index, InsertedCase { detail, notes });
    }

    /// Inserts or replaces a row. Every change of a case goes through this function, which keeps the owners' lists and
    /// the number of open cases consistent.
    pub(super) fn set_row(&mut self, index: u32, row: DatasetRow) {
        if let Some(current) = self.rows.get_mut(index as usize) {
            let old = core::mem::replace(current, row);
            self.contracts.remove(old.contract, &old.entry(index));
            self.users.remove(old.user, &old.entry(index));
            self.open_count -= u32::from(old.status != CLOSED);
        } else {
            self.rows.push(row);
        }
        self.contracts.insert(row.contract, row.entry(index));
        self.users.insert(row.user, row.entry(index));
        self.open_count += u32::from(row.status != CLOSED);
    }

    /// Creates an open case, or returns `None` if no id is left for it.
    pub(super) fn create_case(&mut self, at_ms: i64, contract: u32, user: u32) -> Option<u32> {
        let index = u32::try_from(self.rows.len()).ok()?;
        loop {
            let number = u32::try_from(self.created_indices.len()).ok().filter(|number| *number < MAX_CREATED)?;
            self.created_indices.push(index);
            if !self.added_ids.contains_key(&self.generator.created_case_ids.id(number).to_string()) {
                break;
            }
        }
        self.set_row(index, DatasetRow { created_ms: at_ms, updated_ms: at_ms, contract, user, ..DatasetRow::INITIAL });
        Some(index)
    }

    fn find_or_add_owner(&mut self, kind: OwnerKind, id: &str) -> u32 {
        if id.is_empty() {
            return NO_OWNER;
        }
        self.find_owner(kind, id).unwrap_or_else(|| match kind {
            OwnerKind::Contract => self.contracts.add(id),
            OwnerKind::User => self.users.add(&id.to_ascii_lowercase()),
        })
    }

    /// Returns the index of a status in the status table, adding it if necessary. The table is limited to 255 statuses;
    /// further ones share the last index.
    fn intern_status(&mut self, status: &CaseStatus) -> u8 {
        let statuses = &mut self.generator.statuses;
        let text = status.as_str();
        let found = statuses.iter().position(|known| known == text).unwrap_or_else(|| {
            if statuses.len() < usize::from(u8::MAX) {
                statuses.push(text.to_owned());
            }
            statuses.len() - 1
        });
        self.rank_statuses();
        u8::try_from(found).unwrap_or(u8::MAX)
    }

    fn rank_statuses(&mut self) {
        let mut sorted: Vec<&String> = self.generator.statuses.iter().collect();
        sorted.sort_unstable();
        let rank = |text| sorted.iter().position(|known| *known == text).and_then(|rank| u8::try_from(rank).ok());
        self.status_ranks = self.generator.statuses.iter().map(|text| rank(text).unwrap_or(u8::MAX)).collect();
    }
}
