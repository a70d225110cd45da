//! A case, from the seed and its index.

use super::dice::{Dice, Stream};
use super::people::Person;
use super::words::{CONTACT_METHODS, PROBLEM_CODES, REQUEST_TYPES, SITES, TECHNOLOGIES, TITLES, VERSIONS};
use super::{Ground, NOBODY, Row};
use crate::model::{CaseDetail, CaseStatus, Severity, Timestamp};
use alloc::{borrow::ToOwned, format, string::String, vec, vec::Vec};

const HOUR_S: u32 = 3600;
const DAY_S: u32 = 24 * HOUR_S;

/// The case base reaches back two years.
const SPAN_S: u32 = 730 * DAY_S;

/// A status that the documentation does not know: the real set is open (FACTS, Responses).
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
pub(super) fn holders(ground: &Ground, dice: &mut Dice) -> (u32, u32) {
    let contract = dice.skewed_below(ground.contracts);
    (contract, contract * 3 + dice.skewed_below(12))
}

/// What filters and order need to know of a case.
pub(super) fn row(ground: &Ground, index: u32) -> Row {
    let mut dice = Dice::new(ground.seed, Stream::Row, u64::from(index));
    let is_sample = index == ground.case_ids.pinned_index();
    let (contract, user) = if is_sample { (0, 0) } else { holders(ground, &mut dice) };
    // Some cases are under no contract; they are found by their user.
    let contract = if dice.in_thousand(15) && !is_sample { NOBODY } else { contract };

    let count = ground.count.max(1);
    let slot_s = (SPAN_S / count).max(1);
    let into_span = u64::from(SPAN_S) * u64::from(index) / u64::from(count);
    let since_start_s = u32::try_from(into_span).unwrap_or(SPAN_S) + dice.below(slot_s);
    let age_s = SPAN_S.saturating_sub(since_start_s);
    let work_s = match dice.below(100) {
        0..30 => dice.between(HOUR_S, 2 * DAY_S),
        30..64 => dice.between(2 * DAY_S, 14 * DAY_S),
        64..82 => dice.between(14 * DAY_S, 60 * DAY_S),
        _ => dice.between(60 * DAY_S, 900 * DAY_S),
    };
    let (status, updated_s) = if work_s < age_s {
        // Most cases are left alone once they are closed; some are touched once more.
        let after_s = if dice.in_thousand(700) { 0 } else { dice.skewed_below(4 * DAY_S) };
        (CLOSED, since_start_s + (work_s + after_s).min(age_s))
    } else {
        let status = dice.pick_by_share(&OPEN_STATUSES).unwrap_or_default();
        let quiet_s = dice.skewed_below(age_s.min(90 * DAY_S) + 1);
        (status, since_start_s + age_s - quiet_s)
    };
    let at = |s: u32| ground.now_ms - i64::from(SPAN_S) * 1000 + i64::from(s) * 1000;
    Row { created_ms: at(since_start_s), updated_ms: at(updated_s), contract, user, status, ..Row::UNMOVED }
}

/// A case with everything but its id and its notes.
pub(super) fn case(ground: &Ground, index: u32, row: &Row) -> CaseDetail {
    let mut dice = Dice::new(ground.seed, Stream::Text, u64::from(index));
    let originator = Person::customer(ground.seed, row.user);
    // Now and then a colleague is the contact.
    let contact = if dice.in_thousand(120) { Person::customer(ground.seed, row.user + 1) } else { originator.clone() };
    let owner = Person::owner(ground.seed, dice.below(120));
    let mut detail = CaseDetail {
        user_id: originator.login,
        contact_user_id: contact.login.clone(),
        contact_name: if dice.in_thousand(10) { String::new() } else { contact.full_name() },
        contact_email_ids: vec![contact.mail()],
        contract_id: ground.contract_id(row.contract),
        status: ground.status(row.status),
        creation_date: Timestamp::from_unix_ms(row.created_ms),
        updated_date: Timestamp::from_unix_ms(row.updated_ms),
        owner_email: owner.mail(),
        owner_name: owner.full_name(),
        severity: Severity::new(match dice.below(100) {
            0..3 => 1,
            3..14 => 2,
            14..74 => 3,
            _ => 4,
        }),
        ..CaseDetail::default()
    };
    if row.status == CLOSED {
        detail.close_date = Timestamp::from_unix_ms(closed_ms(ground, index, row));
    }
    if let Some(technology) = dice.pick(TECHNOLOGIES) {
        detail.technology_name = technology.name.to_owned();
        detail.sub_technology_name = dice.word(technology.subs).to_owned();
        let parts = [
            ("{s}", dice.word(technology.symptoms)),
            ("{p}", dice.word(technology.products)),
            ("{l}", dice.word(SITES)),
            ("{v}", dice.word(VERSIONS)),
        ];
        detail.title = fill(dice.word(TITLES), &parts);
    }
    if dice.in_thousand(20) {
        detail.sub_technology_name = String::new();
    }
    if dice.in_thousand(720) {
        // No maker's prefix begins with S, B, X.
        detail.serial_number = format!("SBX{:04}{:04X}", dice.between(1901, 2652), dice.below(0x10000));
    }
    detail.request_type = if dice.in_thousand(80) { "" } else { dice.word(REQUEST_TYPES) }.to_owned();
    detail.problem_code_name = dice.word(PROBLEM_CODES).to_owned();
    detail.preferred_contact_method = dice.word(CONTACT_METHODS).to_owned();
    if dice.in_thousand(850) {
        let extension = dice.below(400);
        let extension = if extension < 100 { String::new() } else { format!("/{extension}") };
        detail.contact_business_phone_numbers.push(format!("1-555-01{:02}{extension}", dice.below(100)));
    }
    if dice.in_thousand(300) {
        detail.contact_mobile_phone_numbers.push(format!("+1 555 01{:02}", dice.below(100)));
    }
    if dice.in_thousand(450) {
        detail.tracking_number = format!("EX-{:07}", dice.below(10_000_000));
    }
    let parts = row.status == SERVICE_ORDER_PENDING || detail.request_type == "Request RMA";
    if parts || dice.in_thousand(40) {
        for _ in 0..dice.between(1, 2) {
            detail.rmas.push(format!("8000{:05}", dice.below(100_000)));
        }
    }
    if row.status == CISCO_RELEASE_PENDING || dice.in_thousand(90) {
        for _ in 0..dice.between(1, 3) {
            // Bug ids begin with CSC and two letters; those that begin with z are not in use.
            let letter = char::from(b'a' + u8::try_from(dice.below(26)).unwrap_or(0));
            detail.bugs.push(format!("CSCz{letter}{:05}", dice.below(100_000)));
        }
    }
    undocumented(&mut detail, &mut dice);
    detail
}

/// Fields that other clients have met and the documentation does not know (FACTS, Responses).
fn undocumented(detail: &mut CaseDetail, dice: &mut Dice) {
    use crate::util::Json;
    if dice.in_thousand(60) {
        let numbers = detail.rmas.iter().map(|rma| Json::from(rma.as_str())).collect();
        detail.extra.push(("rma_numbers".to_owned(), Json::List(numbers)));
    }
    if dice.in_thousand(30) {
        let text = "Traceback: 0x55d1f2<unknown>+0x1c0, see \"crashinfo_RP_00_00\"";
        detail.extra.push(("crashinfo".to_owned(), Json::from(text)));
    }
}

/// When a closed case was closed: at its last update, or somewhat before.
pub(super) fn closed_ms(ground: &Ground, index: u32, row: &Row) -> i64 {
    let mut dice = Dice::new(ground.seed, Stream::Notes, u64::from(index));
    let since_created_s = u32::try_from((row.updated_ms - row.created_ms) / 1000).unwrap_or(0);
    let back_s = if dice.in_thousand(600) { dice.below(3) } else { dice.skewed_below(2 * DAY_S) };
    row.updated_ms - i64::from(back_s.min(since_created_s)) * 1000
}

/// A template with its `{x}` filled in.
pub(super) fn fill(template: &str, parts: &[(&str, &str)]) -> String {
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
