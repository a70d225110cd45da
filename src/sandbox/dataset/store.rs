//! The cases and their indices.

use super::generator::{self, CISCO_PENDING, CLOSED};
use super::history::{History, NO_EVENT};
use super::id_sequence::IdSequence;
use super::index::{OwnerIndex, OwnerKind};
use super::notes;
use super::people::{self, Person};
use super::query::{self, CaseFilter, CasesSlice, IndexEntry, SortBy};
use super::rng::RngStream;
use crate::model::{CaseDetail, CaseNote, CaseStatus, Severity, Timestamp};
use alloc::collections::BTreeMap;
use alloc::{borrow::ToOwned, string::String, string::ToString, vec, vec::Vec};

/// The contract of a case that is under none; the user of a case that has none.
pub(in crate::sandbox) const NO_OWNER: u32 = u32::MAX;

/// The documentation's sample ids. They are always there, so that its samples can be typed in as they stand.
const SAMPLE_CASE: u32 = 682_299_374;
const SAMPLE_CONTRACT: u32 = 1_234_567;

/// Case ids have 9 digits and begin with 6 or 70 (www/guide/service.md#responses).
const CASE_IDS: core::ops::Range<u32> = 680_000_000..708_000_000;
/// Those that are created on the clock come after all others, and are so many at most.
const CREATED_CASE_IDS: core::ops::Range<u32> = 708_000_000..710_000_000;
const MAX_CREATED: u32 = 1_000_000;
const CONTRACT_IDS: core::ops::Range<u32> = SAMPLE_CONTRACT..9_000_000;

/// What every generated case is made from.
#[derive(Debug)]
pub(super) struct Generator {
    pub(super) seed: u64,
    pub(super) now_ms: i64,
    pub(super) count: u32,
    pub(super) contract_count: u32,
    pub(super) user_count: u32,
    pub(super) case_ids: IdSequence,
    created_case_ids: IdSequence,
    pub(super) contract_ids: IdSequence,
    pub(super) statuses: Vec<String>,
}

impl Generator {
    fn new(seed: u64, count: u32, now_ms: i64) -> Generator {
        // About 80 cases to a contract; the largest have thousands, since they are drawn unevenly.
        let contracts = count / 80 + 1;
        Generator {
            seed,
            now_ms,
            count,
            contract_count: contracts,
            user_count: contracts * 3 + 12,
            case_ids: IdSequence::new(seed, RngStream::CaseId, CASE_IDS.start, CASE_IDS.end, count, SAMPLE_CASE),
            created_case_ids: IdSequence::new(
                seed,
                RngStream::CaseId,
                CREATED_CASE_IDS.start,
                CREATED_CASE_IDS.end,
                MAX_CREATED,
                0,
            ),
            contract_ids: IdSequence::new(
                seed,
                RngStream::ContractId,
                CONTRACT_IDS.start,
                CONTRACT_IDS.end,
                contracts,
                SAMPLE_CONTRACT,
            ),
            statuses: generator::statuses(),
        }
    }

    /// The status at a place in the table of statuses.
    pub(super) fn status(&self, place: u8) -> CaseStatus {
        CaseStatus::from(self.statuses.get(usize::from(place)).map_or("", String::as_str))
    }

    /// The id of a generated contract; `""` for none.
    pub(super) fn contract_id(&self, contract: u32) -> String {
        if contract == NO_OWNER { String::new() } else { self.contract_ids.id(contract).to_string() }
    }
}

/// What filters and order need to know of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sandbox) struct CaseRow {
    pub(super) created_ms: i64,
    pub(super) updated_ms: i64,
    pub(super) contract: u32,
    pub(super) user: u32,
    pub(super) status: u8,
    /// The severity that a move gave it; 0: the one it is written with.
    pub(super) severity: u8,
    /// The last page that was written to its story.
    pub(super) last_event: u32,
}

impl CaseRow {
    /// A case that has not moved. Nobody's, from long ago; everything else is to be filled in.
    pub(super) const INITIAL: CaseRow = CaseRow {
        created_ms: 0,
        updated_ms: 0,
        contract: NO_OWNER,
        user: NO_OWNER,
        status: CISCO_PENDING,
        severity: 0,
        last_event: NO_EVENT,
    };

    fn entry(&self, index: u32) -> IndexEntry {
        IndexEntry { updated_ms: self.updated_ms, created_ms: self.created_ms, index, status: self.status }
    }
}

/// A case that was handed in. Its notes stand apart: a page is not to copy the long notes of a hundred cases.
#[derive(Debug)]
pub(super) struct StoredCase {
    detail: CaseDetail,
    notes: Vec<CaseNote>,
}

/// The cases, by id, contract and user.
#[derive(Debug)]
pub(in crate::sandbox) struct CaseStore {
    pub(super) generator: Generator,
    pub(super) rows: Vec<CaseRow>,
    contracts: OwnerIndex,
    pub(super) users: OwnerIndex,
    /// Cases that were handed in, by index.
    pub(super) stored: BTreeMap<u32, StoredCase>,
    /// The indices of cases that were handed in with ids of their own.
    added_ids: BTreeMap<String, u32>,
    /// The indices of cases that were created on the clock, in the order of their ids. Where an id was taken, the next
    /// case's index stands twice.
    created_indices: Vec<u32>,
    pub(super) history: History,
    /// The rank of each status in the order of their texts.
    status_ranks: Vec<u8>,
    open_count: u32,
}

impl CaseStore {
    /// So many cases, the newest of them created shortly before `now_ms`.
    pub(in crate::sandbox) fn new(seed: u64, count: u32, now_ms: i64) -> CaseStore {
        let generator = Generator::new(seed, count, now_ms.div_euclid(1000) * 1000);
        let rows: Vec<CaseRow> = (0..count).map(|index| generator::generate_row(&generator, index)).collect();

        let mut contract_sizes = vec![0u32; generator.contract_count as usize];
        let mut user_sizes = vec![0u32; generator.user_count as usize];
        let earliest_ms = rows.iter().map(|row| row.updated_ms).min().unwrap_or(0);
        // The second and the index in one number: a million of them sort in a fraction of the time pairs take.
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
        let mut store = CaseStore {
            generator: generator,
            rows,
            contracts,
            users,
            stored: BTreeMap::new(),
            added_ids: BTreeMap::new(),
            created_indices: Vec::new(),
            history: History::default(),
            status_ranks: Vec::new(),
            open_count: u32::try_from(open).unwrap_or(u32::MAX),
        };
        store.rank_statuses();
        store
    }

    /// How many cases there are, and how many of them are open.
    pub(in crate::sandbox) fn counts(&self) -> (usize, u32) {
        (self.rows.len(), self.open_count)
    }

    /// The case of that id.
    pub(in crate::sandbox) fn find_case(&self, case_id: &str) -> Option<u32> {
        let created = || self.created_indices.get(self.generator.created_case_ids.index_of(case_id)? as usize);
        self.generator.case_ids.index_of(case_id).or_else(|| self.added_ids.get(case_id).or_else(created).copied())
    }

    /// A case; its notes only where they are asked for.
    pub(in crate::sandbox) fn case(&self, index: u32, with_notes: bool) -> CaseDetail {
        match (self.stored.get(&index), self.rows.get(index as usize)) {
            (Some(stored), _) => {
                let notes = if with_notes { stored.notes.clone() } else { Vec::new() };
                CaseDetail { notes, ..stored.detail.clone() }
            }
            (None, Some(row)) => self.render(index, row, with_notes),
            (None, None) => CaseDetail::default(),
        }
    }

    /// A case as it was before it moved, and then what has become of it.
    fn render(&self, index: u32, row: &CaseRow, with_notes: bool) -> CaseDetail {
        let first = if index < self.generator.count {
            generator::generate_row(&self.generator, index)
        } else {
            let CaseRow { created_ms, contract, user, .. } = *row;
            CaseRow { created_ms, updated_ms: created_ms, contract, user, ..CaseRow::INITIAL }
        };
        let mut detail = generator::generate_case(&self.generator, index, &first);
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
        } else if let Some((_, page)) = self.history.events_before(row.last_event).find(|(_, page)| page.closes_case) {
            detail.close_date = Timestamp::from_unix_ms(page.at_ms);
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

    /// The contract or user of that id. User ids make no difference between upper and lower case.
    pub(in crate::sandbox) fn find_owner(&self, kind: OwnerKind, id: &str) -> Option<u32> {
        let generator = &self.generator;
        match kind {
            OwnerKind::Contract => generator.contract_ids.index_of(id).or_else(|| self.contracts.added_index(id)),
            OwnerKind::User => people::customer_index(generator.seed, generator.user_count, id)
                .or_else(|| self.users.added_index(&id.to_ascii_lowercase())),
        }
    }

    /// The ids of those who hold any case, the ones with most first, and how many there are.
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

    /// Case ids to begin with: the documentation's sample, and others spread over the whole base.
    pub(in crate::sandbox) fn sample_ids(&self, limit: u32) -> Vec<String> {
        let count = u32::try_from(self.rows.len()).unwrap_or(u32::MAX);
        let mut indices = vec![self.generator.case_ids.pinned_index()];
        indices.extend((0..limit).map(|place| place * (count / limit.max(1)).max(1)).filter(|index| *index < count));
        indices.extend(self.added_ids.values().rev().take(limit as usize));
        indices.sort_unstable();
        indices.dedup();
        indices.into_iter().map(|index| self.case_id(index)).collect()
    }

    fn case_id(&self, index: u32) -> String {
        match self.stored.get(&index) {
            Some(stored) => stored.detail.case_id.clone(),
            None if index < self.generator.count => self.generator.case_ids.id(index).to_string(),
            None => {
                let place = self.created_indices.partition_point(|created| *created <= index).saturating_sub(1);
                self.generator.created_case_ids.id(u32::try_from(place).unwrap_or(0)).to_string()
            }
        }
    }

    /// A part of the cases of these contracts or users (by index, each once).
    pub(in crate::sandbox) fn list(
        &self,
        kind: OwnerKind,
        indices: &[u32],
        filter: &CaseFilter,
        sort: SortBy,
        skip: usize,
        length: usize,
    ) -> CasesSlice {
        let owners = self.owner_index(kind);
        let lists: Vec<_> = indices.iter().map(|index| owners.list(*index)).collect();
        query::slice(&self.status_ranks, &lists, filter, sort, skip, length)
    }

    /// Puts these cases (by index) in order.
    pub(in crate::sandbox) fn sorted(&self, cases: &[u32], sort: SortBy) -> Vec<u32> {
        let entry = |index: &u32| self.rows.get(*index as usize).map(|row| row.entry(*index));
        let mut entries: Vec<IndexEntry> = cases.iter().filter_map(entry).collect();
        entries.sort_unstable_by_key(IndexEntry::key);
        query::slice(&self.status_ranks, &[&entries], &CaseFilter::default(), sort, 0, cases.len()).cases
    }

    /// Puts a case in place of the one of the same id, or adds it.
    pub(in crate::sandbox) fn put(&mut self, mut detail: CaseDetail) {
        let index = self.find_case(&detail.case_id).unwrap_or_else(|| {
            let index = u32::try_from(self.rows.len()).unwrap_or(u32::MAX);
            self.added_ids.insert(detail.case_id.clone(), index);
            index
        });
        let row = CaseRow {
            created_ms: detail.creation_date.as_ref().map_or(self.generator.now_ms, Timestamp::unix_ms),
            updated_ms: detail.updated_date.as_ref().map_or(self.generator.now_ms, Timestamp::unix_ms),
            contract: self.find_or_add_owner(OwnerKind::Contract, &detail.contract_id),
            user: self.find_or_add_owner(OwnerKind::User, &detail.user_id),
            status: self.intern_status(&detail.status),
            ..CaseRow::INITIAL
        };
        self.set_row(index, row);
        let notes = core::mem::take(&mut detail.notes);
        self.stored.insert(index, StoredCase { detail, notes });
    }

    /// Puts a row in place of the one at this index, or adds it. This is the one place where cases change, and keeps the
    /// lists and the count of open cases true.
    pub(super) fn set_row(&mut self, index: u32, row: CaseRow) {
        if let Some(place) = self.rows.get_mut(index as usize) {
            let old = core::mem::replace(place, row);
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

    /// Adds an open case that is new at that instant; none if there is no id left for it.
    pub(super) fn create_case(&mut self, at_ms: i64, contract: u32, user: u32) -> Option<u32> {
        let index = u32::try_from(self.rows.len()).ok()?;
        loop {
            let place = u32::try_from(self.created_indices.len()).ok().filter(|place| *place < MAX_CREATED)?;
            self.created_indices.push(index);
            if !self.added_ids.contains_key(&self.generator.created_case_ids.id(place).to_string()) {
                break;
            }
        }
        self.set_row(index, CaseRow { created_ms: at_ms, updated_ms: at_ms, contract, user, ..CaseRow::INITIAL });
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

    /// The status's place in the table of statuses. Beyond 255 different ones, further ones share a place in the order.
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
