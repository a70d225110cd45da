//! The generator of synthetic cases: each case is a pure function of the seed and its index.

use super::dataset_row::{
    CISCO_RELEASE_PENDING, CLOSED, DatasetRow, NO_OWNER, OPEN_STATUSES, SERVICE_ORDER_PENDING, statuses,
};
use super::id_sequence::IdSequence;
use super::people::Person;
use super::rng::{Rng, RngStream};
use super::title_words::append_words;
use super::vocabulary::{CONTACT_METHODS, PROBLEM_CODES, REQUEST_TYPES, SITES, TECHNOLOGIES, TITLES, VERSIONS};
use crate::model::{CaseDetail, CaseStatus, Severity, Timestamp};
use crate::sandbox::Titles;
use alloc::{borrow::ToOwned, format, string::String, string::ToString, vec, vec::Vec};

const HOUR_S: u32 = 3600;
const DAY_S: u32 = 24 * HOUR_S;

/// Age of the oldest generated case: two years.
const SPAN_S: u32 = 730 * DAY_S;

/// Ids of the documentation's samples. They always exist, so that the samples work unchanged.
const SAMPLE_CASE: u32 = 682_299_374;
const SAMPLE_CONTRACT: u32 = 1_234_567;

/// Ids of generated cases: 9 digits, beginning with 6 or 70 (www/guide/service.md#responses).
const CASE_IDS: core::ops::Range<u32> = 680_000_000..708_000_000;
/// Ids of cases that mutations create. They follow all others; [`MAX_CREATED`] limits their number.
const CREATED_CASE_IDS: core::ops::Range<u32> = 708_000_000..710_000_000;
pub(super) const MAX_CREATED: u32 = 1_000_000;
const CONTRACT_IDS: core::ops::Range<u32> = SAMPLE_CONTRACT..9_000_000;

/// Parameters of the generated cases.
#[derive(Debug)]
pub(super) struct Generator {
    pub(super) seed: u64,
    pub(super) now_ms: i64,
    pub(super) count: u32,
    pub(super) titles: Titles,
    pub(super) contract_count: u32,
    pub(super) user_count: u32,
    pub(super) case_ids: IdSequence,
    pub(super) created_case_ids: IdSequence,
    pub(super) contract_ids: IdSequence,
    pub(super) statuses: Vec<String>,
}

impl Generator {
    pub(super) fn new(seed: u64, count: u32, titles: Titles, now_ms: i64) -> Generator {
        // An average contract has about 80 cases. The draw is skewed, so the largest have thousands.
        let contracts = count / 80 + 1;
        Generator {
            seed,
            now_ms,
            count,
            titles,
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
            statuses: statuses(),
        }
    }

    /// Returns the status at an index of the status table.
    pub(super) fn status(&self, index: u8) -> CaseStatus {
        CaseStatus::from(self.statuses.get(usize::from(index)).map_or("", String::as_str))
    }

    /// Returns the id of a generated contract, or `""` for [`NO_OWNER`].
    pub(super) fn contract_id(&self, contract: u32) -> String {
        if contract == NO_OWNER { String::new() } else { self.contract_ids.id(contract).to_string() }
    }

    /// Draws a contract and one of its users. Low indices are drawn far more often, so that a few owners have most cases.
    pub(super) fn draw_owners(&self, rng: &mut Rng) -> (u32, u32) {
        let contract = rng.skewed_below(self.contract_count);
        (contract, contract * 3 + rng.skewed_below(12))
    }

    /// Generates the fields that filters and sorting need.
    pub(super) fn generate_row(&self, index: u32) -> DatasetRow {
        let mut rng = Rng::new(self.seed, RngStream::CaseRow, u64::from(index));
        let is_sample = index == self.case_ids.pinned_index();
        let (contract, user) = if is_sample { (0, 0) } else { self.draw_owners(&mut rng) };
        // Some cases belong to no contract; only the list of their user contains them.
        let contract = if rng.chance_per_thousand(15) && !is_sample { NO_OWNER } else { contract };

        let count = self.count.max(1);
        let slot_s = (SPAN_S / count).max(1);
        let into_span = u64::from(SPAN_S) * u64::from(index) / u64::from(count);
        let since_start_s = u32::try_from(into_span).unwrap_or(SPAN_S) + rng.below(slot_s);
        let age_s = SPAN_S.saturating_sub(since_start_s);
        let work_s = match rng.below(100) {
            0..30 => rng.between(HOUR_S, 2 * DAY_S),
            30..64 => rng.between(2 * DAY_S, 14 * DAY_S),
            64..82 => rng.between(14 * DAY_S, 60 * DAY_S),
            _ => rng.between(60 * DAY_S, 900 * DAY_S),
        };
        let (status, updated_s) = if work_s < age_s {
            // Most closed cases are never updated again; some are updated once.
            let after_s = if rng.chance_per_thousand(700) { 0 } else { rng.skewed_below(4 * DAY_S) };
            (CLOSED, since_start_s + (work_s + after_s).min(age_s))
        } else {
            let status = rng.pick_weighted(&OPEN_STATUSES).unwrap_or_default();
            let quiet_s = rng.skewed_below(age_s.min(90 * DAY_S) + 1);
            (status, since_start_s + age_s - quiet_s)
        };
        let at = |s: u32| self.now_ms - i64::from(SPAN_S) * 1000 + i64::from(s) * 1000;
        DatasetRow {
            created_ms: at(since_start_s),
            updated_ms: at(updated_s),
            contract,
            user,
            status,
            ..DatasetRow::INITIAL
        }
    }

    /// Generates a case without its id and its notes.
    pub(super) fn generate_case(&self, index: u32, row: &DatasetRow) -> CaseDetail {
        let mut rng = Rng::new(self.seed, RngStream::CaseText, u64::from(index));
        let originator = Person::customer(self.seed, row.user);
        // Sometimes a colleague of the originator is the contact.
        let contact =
            if rng.chance_per_thousand(120) { Person::customer(self.seed, row.user + 1) } else { originator.clone() };
        let owner = Person::engineer(self.seed, rng.below(120));
        let mut detail = CaseDetail {
            user_id: originator.login,
            contact_user_id: contact.login.clone(),
            contact_name: if rng.chance_per_thousand(10) { String::new() } else { contact.full_name() },
            contact_email_ids: vec![contact.email()],
            contract_id: self.contract_id(row.contract),
            status: self.status(row.status),
            creation_date: Timestamp::from_unix_ms(row.created_ms),
            updated_date: Timestamp::from_unix_ms(row.updated_ms),
            owner_email: owner.email(),
            owner_name: owner.full_name(),
            severity: Severity::new(match rng.below(100) {
                0..3 => 1,
                3..14 => 2,
                14..74 => 3,
                _ => 4,
            }),
            ..CaseDetail::default()
        };
        if row.status == CLOSED {
            detail.close_date = Timestamp::from_unix_ms(self.closed_at_ms(index, row));
        }
        if let Some(technology) = rng.pick(TECHNOLOGIES) {
            detail.technology_name = technology.name.to_owned();
            detail.sub_technology_name = rng.pick_word(technology.sub_technologies).to_owned();
            let parts = [
                ("{s}", rng.pick_word(technology.symptoms)),
                ("{p}", rng.pick_word(technology.products)),
                ("{l}", rng.pick_word(SITES)),
                ("{v}", rng.pick_word(VERSIONS)),
            ];
            detail.title = fill_template(rng.pick_word(TITLES), &parts);
            if self.titles == Titles::Varied {
                append_words(&mut detail.title, self.seed, index);
            }
        }
        if rng.chance_per_thousand(20) {
            detail.sub_technology_name = String::new();
        }
        if rng.chance_per_thousand(720) {
            // No manufacturer's serial numbers begin with SBX.
            detail.serial_number = format!("SBX{:04}{:04X}", rng.between(1901, 2652), rng.below(0x10000));
        }
        detail.request_type = if rng.chance_per_thousand(80) { "" } else { rng.pick_word(REQUEST_TYPES) }.to_owned();
        detail.problem_code_name = rng.pick_word(PROBLEM_CODES).to_owned();
        detail.preferred_contact_method = rng.pick_word(CONTACT_METHODS).to_owned();
        if rng.chance_per_thousand(850) {
            let extension = rng.below(400);
            let extension = if extension < 100 { String::new() } else { format!("/{extension}") };
            detail.contact_business_phone_numbers.push(format!("1-555-01{:02}{extension}", rng.below(100)));
        }
        if rng.chance_per_thousand(300) {
            detail.contact_mobile_phone_numbers.push(format!("+1 555 01{:02}", rng.below(100)));
        }
        if rng.chance_per_thousand(450) {
            detail.tracking_number = format!("EX-{:07}", rng.below(10_000_000));
        }
        let parts = row.status == SERVICE_ORDER_PENDING || detail.request_type == "Request RMA";
        if parts || rng.chance_per_thousand(40) {
            for _ in 0..rng.between(1, 2) {
                detail.rmas.push(format!("8000{:05}", rng.below(100_000)));
            }
        }
        if row.status == CISCO_RELEASE_PENDING || rng.chance_per_thousand(90) {
            for _ in 0..rng.between(1, 3) {
                // Bug ids begin with CSC and two letters. Those that begin with CSCz are not in use.
                let letter = char::from(b'a' + u8::try_from(rng.below(26)).unwrap_or(0));
                detail.bugs.push(format!("CSCz{letter}{:05}", rng.below(100_000)));
            }
        }
        add_undocumented_fields(&mut detail, &mut rng);
        detail
    }

    /// Returns when a closed case was closed: at its last update or earlier.
    pub(super) fn closed_at_ms(&self, index: u32, row: &DatasetRow) -> i64 {
        let mut rng = Rng::new(self.seed, RngStream::Notes, u64::from(index));
        let since_created_s = u32::try_from((row.updated_ms - row.created_ms) / 1000).unwrap_or(0);
        let back_s = if rng.chance_per_thousand(600) { rng.below(3) } else { rng.skewed_below(2 * DAY_S) };
        row.updated_ms - i64::from(back_s.min(since_created_s)) * 1000
    }
}

/// Adds undocumented fields that other clients have observed (www/guide/service.md#responses).
fn add_undocumented_fields(detail: &mut CaseDetail, rng: &mut Rng) {
    use crate::util::Json;
    if rng.chance_per_thousand(60) {
        let numbers = detail.rmas.iter().map(|rma| Json::from(rma.as_str())).collect();
        detail.extra.push(("rma_numbers".to_owned(), Json::Array(numbers)));
    }
    if rng.chance_per_thousand(30) {
        let text = "Traceback: 0x55d1f2<unknown>+0x1c0, see \"crashinfo_RP_00_00\"";
        detail.extra.push(("crashinfo".to_owned(), Json::from(text)));
    }
}

/// Fills the `{x}` placeholders of a template.
pub(super) fn fill_template(template: &str, parts: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(template.len() + 64);
    let mut rest = template;
    while let Some((before, tail)) = rest.split_once('{') {
        out.push_str(before);
        let found = parts
            .iter()
            .find_map(|(name, text)| tail.strip_prefix(name.trim_start_matches('{')).map(|tail| (*text, tail)));
        match found {
            Some((text, tail)) => {
                out.push_str(text);
                rest = tail;
            }
            None => {
                out.push('{');
                rest = tail;
            }
        }
    }
    out.push_str(rest);
    out
}
