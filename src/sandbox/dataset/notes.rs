//! The notes of a case, newest first.

use super::generator::{CLOSED, fill_template};
use super::history::HistoryEvent;
use super::rng::{Rng, RngStream};
use super::vocabulary::{CLOSING_NOTES, NOTE_SUMMARIES, NOTE_TEXTS, OPENING_NOTE, SITES};
use super::{CaseRow, Generator};
use crate::model::{CaseDetail, CaseNote, Timestamp};
use alloc::{borrow::ToOwned, string::String, vec, vec::Vec};

/// How many of a thousand cases have dozens of notes. One with 74 notes in 230 KB was met
/// (www/guide/service.md#responses).
const LONG_HISTORIES_PER_THOUSAND: u32 = 4;

/// Writes the notes of a case whose other fields are there.
pub(super) fn write_initial(generator: &Generator, index: u32, row: &CaseRow, detail: &mut CaseDetail) {
    let mut rng = Rng::new(generator.seed, RngStream::Notes, u64::from(index) | 1 << 40);
    let long_story = rng.one_in_thousand(LONG_HISTORIES_PER_THOUSAND);
    let count = if long_story { rng.between(60, 80) } else { rng.between(1, 9) };
    // A case that was created on the clock begins with its description.
    let count = if index < generator.count { count } else { 1 };
    let contact = contact_name(detail);
    let parts = placeholders(detail, rng.pick_word(SITES));

    let last_ms = detail.close_date.as_ref().map_or(row.updated_ms, Timestamp::unix_ms);
    let length_ms = last_ms - row.created_ms;
    // Oldest first while they are written: the story is told in its order.
    let mut notes = vec![note(fill_template(OPENING_NOTE, &parts), row.created_ms, contact)];
    for place in 1..i64::from(count) {
        let by_owner = rng.one_in_thousand(600);
        let mut text = fill_template(rng.pick_word(NOTE_TEXTS), &parts);
        if long_story {
            let once = text.clone();
            for _ in 0..rng.between(4, 20) {
                text.push_str("\r\n> ");
                text.push_str(&once);
            }
        }
        let at_ms = row.created_ms + length_ms * place / i64::from(count) / 1000 * 1000;
        let by = if by_owner { &detail.owner_name } else { contact };
        let mut next = note(text, at_ms, by);
        if rng.one_in_thousand(250) {
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

/// Writes what came to a case while it moved, above the notes that are there.
pub(super) fn prepend_history<'a>(
    generator: &Generator,
    from_last: impl Iterator<Item = (u32, &'a HistoryEvent)>,
    detail: &mut CaseDetail,
) {
    let mut notes = Vec::new();
    for (number, page) in from_last {
        if page.closes_case {
            let closing = CLOSING_NOTES.iter().rev();
            notes.extend(closing.map(|text| note((*text).to_owned(), page.at_ms, &detail.owner_name)));
            continue;
        }
        let mut rng = Rng::new(generator.seed, RngStream::Notes, u64::from(number) | 1 << 41);
        let by = if rng.one_in_thousand(500) { &detail.owner_name } else { contact_name(detail) };
        let parts = placeholders(detail, rng.pick_word(SITES));
        let mut next = note(fill_template(rng.pick_word(NOTE_TEXTS), &parts), page.at_ms, by);
        if rng.one_in_thousand(250) {
            next.note = rng.pick_word(NOTE_SUMMARIES).to_owned();
        }
        notes.push(next);
    }
    notes.append(&mut detail.notes);
    detail.notes = notes;
}

/// Who wrote a note is known even where the case does not name its contact.
fn contact_name(detail: &CaseDetail) -> &str {
    if detail.contact_name.is_empty() { "Customer" } else { &detail.contact_name }
}

/// What the templates of notes are filled with.
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
