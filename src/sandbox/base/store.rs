//! The cases and their indices.

use super::case::{self, CISCO_PENDING, CLOSED};
use super::dice::Stream;
use super::holders::{Holder, Holders};
use super::notes;
use super::numbering::Numbering;
use super::people::{self, Person};
use super::select::{self, Entry, Filter, Slice, Sort};
use super::story::{BLANK, Story};
use crate::model::{CaseDetail, CaseNote, CaseStatus, Severity, Timestamp};
use alloc::collections::BTreeMap;
use alloc::{borrow::ToOwned, string::String, string::ToString, vec, vec::Vec};

/// The contract of a case that is under none; the user of a case that has none.
pub(in crate::sandbox) const NOBODY: u32 = u32::MAX;

/// The documentation's sample ids. They are always there, so that its samples can be typed in as they stand.
const SAMPLE_CASE: u32 = 682_299_374;
const SAMPLE_CONTRACT: u32 = 1_234_567;

/// Case ids have 9 digits and begin with 6 or 70 (FACTS, Responses).
const CASE_IDS: core::ops::Range<u32> = 680_000_000..708_000_000;
/// Those that are created on the clock come after all others, and are so many at most.
const CREATED_CASE_IDS: core::ops::Range<u32> = 708_000_000..710_000_000;
const MAX_CREATED: u32 = 1_000_000;
const CONTRACT_IDS: core::ops::Range<u32> = SAMPLE_CONTRACT..9_000_000;

/// What every generated case is made from.
#[derive(Debug)]
pub(super) struct Ground {
    pub(super) seed: u64,
    pub(super) now_ms: i64,
    pub(super) count: u32,
    pub(super) contracts: u32,
    pub(super) users: u32,
    pub(super) case_ids: Numbering,
    created_case_ids: Numbering,
    pub(super) contract_ids: Numbering,
    pub(super) statuses: Vec<String>,
}

impl Ground {
    fn new(seed: u64, count: u32, now_ms: i64) -> Ground {
        // About 80 cases to a contract; the largest have thousands, since they are drawn unevenly.
        let contracts = count / 80 + 1;
        Ground {
            seed,
            now_ms,
            count,
            contracts,
            users: contracts * 3 + 12,
            case_ids: Numbering::new(seed, Stream::CaseId, CASE_IDS.start, CASE_IDS.end, count, SAMPLE_CASE),
            created_case_ids: Numbering::new(
                seed,
                Stream::CaseId,
                CREATED_CASE_IDS.start,
                CREATED_CASE_IDS.end,
                MAX_CREATED,
                0,
            ),
            contract_ids: Numbering::new(
                seed,
                Stream::ContractId,
                CONTRACT_IDS.start,
                CONTRACT_IDS.end,
                contracts,
                SAMPLE_CONTRACT,
            ),
            statuses: case::statuses(),
        }
    }

    /// The status at a place in the table of statuses.
    pub(super) fn status(&self, place: u8) -> CaseStatus {
        CaseStatus::from(self.statuses.get(usize::from(place)).map_or("", String::as_str))
    }

    /// The id of a generated contract; `""` for none.
    pub(super) fn contract_id(&self, contract: u32) -> String {
        if contract == NOBODY { String::new() } else { self.contract_ids.number(contract).to_string() }
    }
}

/// What filters and order need to know of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sandbox) struct Row {
    pub(super) created_ms: i64,
    pub(super) updated_ms: i64,
    pub(super) contract: u32,
    pub(super) user: u32,
    pub(super) status: u8,
    /// The severity that a move gave it; 0: the one it is written with.
    pub(super) severity: u8,
    /// The last page that was written to its story.
    pub(super) story: u32,
}

impl Row {
    /// A case that has not moved. Nobody's, from long ago; everything else is to be filled in.
    pub(super) const UNMOVED: Row = Row {
        created_ms: 0,
        updated_ms: 0,
        contract: NOBODY,
        user: NOBODY,
        status: CISCO_PENDING,
        severity: 0,
        story: BLANK,
    };

    fn entry(&self, index: u32) -> Entry {
        Entry { updated_ms: self.updated_ms, created_ms: self.created_ms, index, status: self.status }
    }
}

/// A case that was handed in. Its notes stand apart: a page is not to copy the long notes of a hundred cases.
#[derive(Debug)]
pub(super) struct Kept {
    detail: CaseDetail,
    notes: Vec<CaseNote>,
}

/// The cases, by id, contract and user.
#[derive(Debug)]
pub(in crate::sandbox) struct CaseBase {
    pub(super) ground: Ground,
    pub(super) rows: Vec<Row>,
    contracts: Holders,
    pub(super) users: Holders,
    /// Cases that were handed in, by index.
    pub(super) kept: BTreeMap<u32, Kept>,
    /// The indices of cases that were handed in with ids of their own.
    added: BTreeMap<String, u32>,
    /// The indices of cases that were created on the clock, in the order of their ids. Where an id was taken, the next
    /// case's index stands twice.
    created: Vec<u32>,
    pub(super) story: Story,
    /// The rank of each status in the order of their texts.
    ranks: Vec<u8>,
    open: u32,
}

impl CaseBase {
    /// So many cases, the newest of them created shortly before `now_ms`.
    pub(in crate::sandbox) fn new(seed: u64, count: u32, now_ms: i64) -> CaseBase {
        let ground = Ground::new(seed, count, now_ms.div_euclid(1000) * 1000);
        let rows: Vec<Row> = (0..count).map(|index| case::row(&ground, index)).collect();

        let mut contract_sizes = vec![0u32; ground.contracts as usize];
        let mut user_sizes = vec![0u32; ground.users as usize];
        let earliest_ms = rows.iter().map(|row| row.updated_ms).min().unwrap_or(0);
        // The second and the index in one number: a million of them sort in a fraction of the time pairs take.
        let mut order: Vec<u64> = Vec::with_capacity(rows.len());
        for (row, index) in rows.iter().zip(0u64..) {
            for (sizes, holder) in [(&mut contract_sizes, row.contract), (&mut user_sizes, row.user)] {
                if let Some(size) = sizes.get_mut(holder as usize) {
                    *size += 1;
                }
            }
            order.push(((row.updated_ms - earliest_ms).cast_unsigned() / 1000) << 32 | index);
        }
        order.sort_unstable();

        let mut contracts = Holders::new(&contract_sizes);
        let mut users = Holders::new(&user_sizes);
        for index in order.into_iter().map(|key| key as u32) {
            if let Some(row) = rows.get(index as usize) {
                contracts.enlist(row.contract, row.entry(index));
                users.enlist(row.user, row.entry(index));
            }
        }
        let open = rows.iter().filter(|row| row.status != CLOSED).count();
        let mut base = CaseBase {
            ground,
            rows,
            contracts,
            users,
            kept: BTreeMap::new(),
            added: BTreeMap::new(),
            created: Vec::new(),
            story: Story::default(),
            ranks: Vec::new(),
            open: u32::try_from(open).unwrap_or(u32::MAX),
        };
        base.rank_statuses();
        base
    }

    /// How many cases there are, and how many of them are open.
    pub(in crate::sandbox) fn counts(&self) -> (usize, u32) {
        (self.rows.len(), self.open)
    }

    /// The case of that id.
    pub(in crate::sandbox) fn case_index(&self, case_id: &str) -> Option<u32> {
        let created = || self.created.get(self.ground.created_case_ids.index(case_id)? as usize);
        self.ground.case_ids.index(case_id).or_else(|| self.added.get(case_id).or_else(created).copied())
    }

    /// A case; its notes only where they are asked for.
    pub(in crate::sandbox) fn case(&self, index: u32, with_notes: bool) -> CaseDetail {
        match (self.kept.get(&index), self.rows.get(index as usize)) {
            (Some(kept), _) => {
                let notes = if with_notes { kept.notes.clone() } else { Vec::new() };
                CaseDetail { notes, ..kept.detail.clone() }
            }
            (None, Some(row)) => self.written(index, row, with_notes),
            (None, None) => CaseDetail::default(),
        }
    }

    /// A case as it was before it moved, and then what has become of it.
    fn written(&self, index: u32, row: &Row, with_notes: bool) -> CaseDetail {
        let first = if index < self.ground.count {
            case::row(&self.ground, index)
        } else {
            let Row { created_ms, contract, user, .. } = *row;
            Row { created_ms, updated_ms: created_ms, contract, user, ..Row::UNMOVED }
        };
        let mut detail = case::case(&self.ground, index, &first);
        detail.case_id = self.case_id(index);
        if with_notes {
            notes::write(&self.ground, index, &first, &mut detail);
        }
        if *row == first {
            return detail;
        }
        detail.updated_date = Timestamp::from_unix_ms(row.updated_ms);
        detail.status = self.ground.status(row.status);
        detail.severity = Severity::new(row.severity).or(detail.severity);
        if row.status != CLOSED {
            detail.close_date = None;
        } else if let Some((_, page)) = self.story.back_from(row.story).find(|(_, page)| page.closes) {
            detail.close_date = Timestamp::from_unix_ms(page.at_ms);
        }
        if with_notes {
            notes::write_later(&self.ground, self.story.back_from(row.story), &mut detail);
        }
        detail
    }

    fn holders(&self, holder: Holder) -> &Holders {
        match holder {
            Holder::Contract => &self.contracts,
            Holder::User => &self.users,
        }
    }

    /// The contract or user of that id. User ids make no difference between upper and lower case.
    pub(in crate::sandbox) fn holder_index(&self, holder: Holder, id: &str) -> Option<u32> {
        let ground = &self.ground;
        match holder {
            Holder::Contract => ground.contract_ids.index(id).or_else(|| self.contracts.added_index(id)),
            Holder::User => people::customer_index(ground.seed, ground.users, id)
                .or_else(|| self.users.added_index(&id.to_ascii_lowercase())),
        }
    }

    /// The ids of those who hold any case, the ones with most first, and how many there are.
    pub(in crate::sandbox) fn largest_holders(&self, holder: Holder, limit: usize) -> (Vec<String>, usize) {
        let holders = self.holders(holder);
        let all = holders.largest();
        let name = |index: &u32| match (holders.added_name(*index), holder) {
            (Some(name), _) => name.to_owned(),
            (None, Holder::Contract) => self.ground.contract_id(*index),
            (None, Holder::User) => Person::customer(self.ground.seed, *index).login,
        };
        (all.iter().take(limit).map(name).collect(), all.len())
    }

    /// Case ids to begin with: the documentation's sample, and others spread over the whole base.
    pub(in crate::sandbox) fn sample_ids(&self, limit: u32) -> Vec<String> {
        let count = u32::try_from(self.rows.len()).unwrap_or(u32::MAX);
        let mut indices = vec![self.ground.case_ids.pinned_index()];
        indices.extend((0..limit).map(|place| place * (count / limit.max(1)).max(1)).filter(|index| *index < count));
        indices.extend(self.added.values().rev().take(limit as usize));
        indices.sort_unstable();
        indices.dedup();
        indices.into_iter().map(|index| self.case_id(index)).collect()
    }

    fn case_id(&self, index: u32) -> String {
        match self.kept.get(&index) {
            Some(kept) => kept.detail.case_id.clone(),
            None if index < self.ground.count => self.ground.case_ids.number(index).to_string(),
            None => {
                let place = self.created.partition_point(|created| *created <= index).saturating_sub(1);
                self.ground.created_case_ids.number(u32::try_from(place).unwrap_or(0)).to_string()
            }
        }
    }

    /// A part of the cases of these contracts or users (by index, each once).
    pub(in crate::sandbox) fn slice(
        &self,
        holder: Holder,
        indices: &[u32],
        filter: &Filter,
        sort: Sort,
        skip: usize,
        length: usize,
    ) -> Slice {
        let holders = self.holders(holder);
        let lists: Vec<_> = indices.iter().map(|index| holders.list(*index)).collect();
        select::slice(&self.ranks, &lists, filter, sort, skip, length)
    }

    /// Puts these cases (by index) in order.
    pub(in crate::sandbox) fn sorted(&self, cases: &[u32], sort: Sort) -> Vec<u32> {
        let entry = |index: &u32| self.rows.get(*index as usize).map(|row| row.entry(*index));
        let mut entries: Vec<Entry> = cases.iter().filter_map(entry).collect();
        entries.sort_unstable_by_key(Entry::key);
        select::slice(&self.ranks, &[&entries], &Filter::default(), sort, 0, cases.len()).cases
    }

    /// Puts a case in place of the one of the same id, or adds it.
    pub(in crate::sandbox) fn put(&mut self, mut detail: CaseDetail) {
        let index = self.case_index(&detail.case_id).unwrap_or_else(|| {
            let index = u32::try_from(self.rows.len()).unwrap_or(u32::MAX);
            self.added.insert(detail.case_id.clone(), index);
            index
        });
        let row = Row {
            created_ms: detail.creation_date.as_ref().map_or(self.ground.now_ms, Timestamp::unix_ms),
            updated_ms: detail.updated_date.as_ref().map_or(self.ground.now_ms, Timestamp::unix_ms),
            contract: self.holder_for(Holder::Contract, &detail.contract_id),
            user: self.holder_for(Holder::User, &detail.user_id),
            status: self.status_for(&detail.status),
            ..Row::UNMOVED
        };
        self.set(index, row);
        let notes = core::mem::take(&mut detail.notes);
        self.kept.insert(index, Kept { detail, notes });
    }

    /// Puts a row in place of the one at this index, or adds it. This is the one place where cases change, and keeps the
    /// lists and the count of open cases true.
    pub(super) fn set(&mut self, index: u32, row: Row) {
        if let Some(place) = self.rows.get_mut(index as usize) {
            let old = core::mem::replace(place, row);
            self.contracts.unlist(old.contract, &old.entry(index));
            self.users.unlist(old.user, &old.entry(index));
            self.open -= u32::from(old.status != CLOSED);
        } else {
            self.rows.push(row);
        }
        self.contracts.enlist(row.contract, row.entry(index));
        self.users.enlist(row.user, row.entry(index));
        self.open += u32::from(row.status != CLOSED);
    }

    /// Adds an open case that is new at that instant; none if there is no id left for it.
    pub(super) fn create(&mut self, at_ms: i64, contract: u32, user: u32) -> Option<u32> {
        let index = u32::try_from(self.rows.len()).ok()?;
        loop {
            let place = u32::try_from(self.created.len()).ok().filter(|place| *place < MAX_CREATED)?;
            self.created.push(index);
            if !self.added.contains_key(&self.ground.created_case_ids.number(place).to_string()) {
                break;
            }
        }
        self.set(index, Row { created_ms: at_ms, updated_ms: at_ms, contract, user, ..Row::UNMOVED });
        Some(index)
    }

    fn holder_for(&mut self, holder: Holder, id: &str) -> u32 {
        if id.is_empty() {
            return NOBODY;
        }
        self.holder_index(holder, id).unwrap_or_else(|| match holder {
            Holder::Contract => self.contracts.add(id),
            Holder::User => self.users.add(&id.to_ascii_lowercase()),
        })
    }

    /// The status's place in the table of statuses. Beyond 255 different ones, further ones share a place in the order.
    fn status_for(&mut self, status: &CaseStatus) -> u8 {
        let statuses = &mut self.ground.statuses;
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
        let mut sorted: Vec<&String> = self.ground.statuses.iter().collect();
        sorted.sort_unstable();
        let rank = |text| sorted.iter().position(|known| *known == text).and_then(|rank| u8::try_from(rank).ok());
        self.ranks = self.ground.statuses.iter().map(|text| rank(text).unwrap_or(u8::MAX)).collect();
    }
}
