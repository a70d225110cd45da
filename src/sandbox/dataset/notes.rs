//! Generated notes of a case, newest first.

use super::dataset_row::{CLOSED, DatasetRow};
use super::generator::{Generator, fill_template};
use super::history::HistoryEvent;
use super::rng::{Rng, RngStream};
use super::vocabulary::{CLOSING_NOTES, NOTE_SUMMARIES, NOTE_TEXTS, OPENING_NOTE, SITES};
use crate::model::{CaseDetail, CaseNote, Timestamp};
use alloc::{borrow::ToOwned, string::String, vec, vec::Vec};

/// Number of cases per thousand that have dozens of notes. A real case with 74 notes in 230 KB has been observed
/// (www/guide/service.md#responses).
const LONG_HISTORIES_PER_THOUSAND: u32 = 4;

/// Writes the initial notes of a case. The other fields must be set.
pub(super) fn write_initial(generator: &Generator, index: u32, row: &DatasetRow, detail: &mut CaseDetail) {
    let mut rng = Rng::new(generator.seed, RngStream::Notes, u64::from(index) | 1 << 40);
    let long_story = rng.chance_per_thousand(LONG_HISTORIES_PER_THOUSAND);
    let count = if long_story { rng.between(60, 80) } else { rng.between(1, 9) };
    // A case that a mutation created has only its description at first.
    let count = if index < generator.count { count } else { 1 };
    let contact = contact_name(detail);
    let parts = placeholders(detail, rng.pick_word(SITES));

    let last_ms = detail.close_date.as_ref().map_or(row.updated_ms, Timestamp::unix_ms);
    let length_ms = last_ms - row.created_ms;
    // Notes are generated oldest first, so that their texts form a plausible sequence.
    let mut notes = vec![note(fill_template(OPENING_NOTE, &parts), row.created_ms, contact)];
    for number in 1..i64::from(count) {
        let by_owner = rng.chance_per_thousand(600);
        let mut text = fill_template(rng.pick_word(NOTE_TEXTS), &parts);
        if long_story {
            let once = text.clone();
            for _ in 0..rng.between(4, 20) {
                text.push_str("\r\n> ");
                text.push_str(&once);
            }
        }
        let at_ms = row.created_ms + length_ms * number / i64::from(count) / 1000 * 1000;
        let by = if by_owner { &detail.owner_name } else { contact };
        let mut next = note(text, at_ms, by);
        if rng.chance_per_thousand(250) {
            next.note = rng.pick_word(NOTE_SUMMARIES).to_owned();
        }
        notes.push(next);
    }
    if row.status == CLOSED {
        notes.extend(CLOSING_NOTES.iter().map(|text| note((*text).to_owned(), last_ms, &detail.owner_name)));
    }
    notes.reverse();
    detail.notes = notes;
}

/// Prepends the notes that mutations added.
pub(super) fn prepend_history<'a>(
    generator: &Generator,
    newest_first: impl Iterator<Item = (u32, &'a HistoryEvent)>,
    detail: &mut CaseDetail,
) {
    let mut notes = Vec::new();
    for (event_index, event) in newest_first {
        if event.closes_case {
            let closing = CLOSING_NOTES.iter().rev();
            notes.extend(closing.map(|text| note((*text).to_owned(), event.at_ms, &detail.owner_name)));
            continue;
        }
        let mut rng = Rng::new(generator.seed, RngStream::Notes, u64::from(event_index) | 1 << 41);
        let by = if rng.chance_per_thousand(500) { &detail.owner_name } else { contact_name(detail) };
        let parts = placeholders(detail, rng.pick_word(SITES));
        let mut next = note(fill_template(rng.pick_word(NOTE_TEXTS), &parts), event.at_ms, by);
        if rng.chance_per_thousand(250) {
            next.note = rng.pick_word(NOTE_SUMMARIES).to_owned();
        }
        notes.push(next);
    }
    notes.append(&mut detail.notes);
    detail.notes = notes;
}

/// Returns the author of the contact's notes, which is known even if the case does not name its contact.
fn contact_name(detail: &CaseDetail) -> &str {
    if detail.contact_name.is_empty() { "Customer" } else { &detail.contact_name }
}

/// Returns the values of the placeholders in note templates.
fn placeholders<'a>(detail: &'a CaseDetail, site: &'a str) -> [(&'static str, &'a str); 6] {
    [
        ("{c}", contact_name(detail)),
        ("{m}", detail.contact_email_ids.first().map_or("", String::as_str)),
        ("{o}", &detail.owner_name),
        ("{s}", &detail.serial_number),
        ("{t}", &detail.title),
        ("{l}", site),
    ]
}

fn note(text: String, at_ms: i64, by: &str) -> CaseNote {
    CaseNote {
        note_detail: text,
        created_by: by.to_owned(),
        creation_date: Timestamp::from_unix_ms(at_ms),
        ..CaseNote::default()
    }
}
