//! A case, from the seed and its index.

use super::people::Person;
use super::rng::{Rng, RngStream};
use super::vocabulary::{CONTACT_METHODS, PROBLEM_CODES, REQUEST_TYPES, SITES, TECHNOLOGIES, TITLES, VERSIONS};
use super::{CaseRow, Generator, NO_OWNER};
use crate::model::{CaseDetail, CaseStatus, Severity, Timestamp};
use alloc::{borrow::ToOwned, format, string::String, vec, vec::Vec};

const HOUR_S: u32 = 3600;
const DAY_S: u32 = 24 * HOUR_S;

/// The case base reaches back two years.
const SPAN_S: u32 = 730 * DAY_S;

/// A status that the documentation does not know: the real set is open (www/guide/service.md#responses).
const UNDOCUMENTED_STATUS: &str = "Engineering Pending";

/// The statuses of generated cases; a [`Row`] holds an index into them.
pub(super) fn statuses() -> Vec<String> {
    CaseStatus::documented().chain([UNDOCUMENTED_STATUS]).map(str::to_owned).collect()
}

/// The statuses of open cases by their place in [`statuses`], and how many of a thousand open cases have them.
pub(super) const OPEN_STATUSES: [(u8, u32); 6] = [(0, 340), (1, 90), (3, 390), (4, 90), (5, 82), (6, 8)];
pub(super) const CISCO_PENDING: u8 = 0;
pub(super) const CLOSED: u8 = 2;
const CISCO_RELEASE_PENDING: u8 = 4;
const SERVICE_ORDER_PENDING: u8 = 5;

/// A contract and one of its users, a few of each far more often than others.
pub(super) fn draw_owners(generator: &Generator, rng: &mut Rng) -> (u32, u32) {
    let contract = rng.skewed_below(generator.contract_count);
    (contract, contract * 3 + rng.skewed_below(12))
}

/// What filters and order need to know of a case.
pub(super) fn generate_row(generator: &Generator, index: u32) -> CaseRow {
    let mut rng = Rng::new(generator.seed, RngStream::CaseRow, u64::from(index));
    let is_sample = index == generator.case_ids.pinned_index();
    let (contract, user) = if is_sample { (0, 0) } else { draw_owners(generator, &mut rng) };
    // Some cases are under no contract; they are found by their user.
    let contract = if rng.one_in_thousand(15) && !is_sample { NO_OWNER } else { contract };

    let count = generator.count.max(1);
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
        // Most cases are left alone once they are closed; some are touched once more.
        let after_s = if rng.one_in_thousand(700) { 0 } else { rng.skewed_below(4 * DAY_S) };
        (CLOSED, since_start_s + (work_s + after_s).min(age_s))
    } else {
        let status = rng.pick_weighted(&OPEN_STATUSES).unwrap_or_default();
        let quiet_s = rng.skewed_below(age_s.min(90 * DAY_S) + 1);
        (status, since_start_s + age_s - quiet_s)
    };
    let at = |s: u32| generator.now_ms - i64::from(SPAN_S) * 1000 + i64::from(s) * 1000;
    CaseRow { created_ms: at(since_start_s), updated_ms: at(updated_s), contract, user, status, ..CaseRow::INITIAL }
}

/// A case with everything but its id and its notes.
pub(super) fn generate_case(generator: &Generator, index: u32, row: &CaseRow) -> CaseDetail {
    let mut rng = Rng::new(generator.seed, RngStream::CaseText, u64::from(index));
    let originator = Person::customer(generator.seed, row.user);
    // Now and then a colleague is the contact.
    let contact =
        if rng.one_in_thousand(120) { Person::customer(generator.seed, row.user + 1) } else { originator.clone() };
    let owner = Person::engineer(generator.seed, rng.below(120));
    let mut detail = CaseDetail {
        user_id: originator.login,
        contact_user_id: contact.login.clone(),
        contact_name: if rng.one_in_thousand(10) { String::new() } else { contact.full_name() },
        contact_email_ids: vec![contact.email()],
        contract_id: generator.contract_id(row.contract),
        status: generator.status(row.status),
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
        detail.close_date = Timestamp::from_unix_ms(closed_at_ms(generator, index, row));
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
    }
    if rng.one_in_thousand(20) {
        detail.sub_technology_name = String::new();
    }
    if rng.one_in_thousand(720) {
        // No maker's prefix begins with S, B, X.
        detail.serial_number = format!("SBX{:04}{:04X}", rng.between(1901, 2652), rng.below(0x10000));
    }
    detail.request_type = if rng.one_in_thousand(80) { "" } else { rng.pick_word(REQUEST_TYPES) }.to_owned();
    detail.problem_code_name = rng.pick_word(PROBLEM_CODES).to_owned();
    detail.preferred_contact_method = rng.pick_word(CONTACT_METHODS).to_owned();
    if rng.one_in_thousand(850) {
        let extension = rng.below(400);
        let extension = if extension < 100 { String::new() } else { format!("/{extension}") };
        detail.contact_business_phone_numbers.push(format!("1-555-01{:02}{extension}", rng.below(100)));
    }
    if rng.one_in_thousand(300) {
        detail.contact_mobile_phone_numbers.push(format!("+1 555 01{:02}", rng.below(100)));
    }
    if rng.one_in_thousand(450) {
        detail.tracking_number = format!("EX-{:07}", rng.below(10_000_000));
    }
    let parts = row.status == SERVICE_ORDER_PENDING || detail.request_type == "Request RMA";
    if parts || rng.one_in_thousand(40) {
        for _ in 0..rng.between(1, 2) {
            detail.rmas.push(format!("8000{:05}", rng.below(100_000)));
        }
    }
    if row.status == CISCO_RELEASE_PENDING || rng.one_in_thousand(90) {
        for _ in 0..rng.between(1, 3) {
            // Bug ids begin with CSC and two letters; those that begin with z are not in use.
            let letter = char::from(b'a' + u8::try_from(rng.below(26)).unwrap_or(0));
            detail.bugs.push(format!("CSCz{letter}{:05}", rng.below(100_000)));
        }
    }
    add_undocumented_fields(&mut detail, &mut rng);
    detail
}

/// Fields that other clients have met and the documentation does not know (www/guide/service.md#responses).
fn add_undocumented_fields(detail: &mut CaseDetail, rng: &mut Rng) {
    use crate::util::Json;
    if rng.one_in_thousand(60) {
        let numbers = detail.rmas.iter().map(|rma| Json::from(rma.as_str())).collect();
        detail.extra.push(("rma_numbers".to_owned(), Json::Array(numbers)));
    }
    if rng.one_in_thousand(30) {
        let text = "Traceback: 0x55d1f2<unknown>+0x1c0, see \"crashinfo_RP_00_00\"";
        detail.extra.push(("crashinfo".to_owned(), Json::from(text)));
    }
}

/// When a closed case was closed: at its last update, or somewhat before.
pub(super) fn closed_at_ms(generator: &Generator, index: u32, row: &CaseRow) -> i64 {
    let mut rng = Rng::new(generator.seed, RngStream::Notes, u64::from(index));
    let since_created_s = u32::try_from((row.updated_ms - row.created_ms) / 1000).unwrap_or(0);
    let back_s = if rng.one_in_thousand(600) { rng.below(3) } else { rng.skewed_below(2 * DAY_S) };
    row.updated_ms - i64::from(back_s.min(since_created_s)) * 1000
}

/// A template with its `{x}` filled in.
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
