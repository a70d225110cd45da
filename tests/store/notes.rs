//! Searches in notes against the plain evaluation, over changes, compaction and restoring.

use crate::random::{self, NOW_MS, Random};
use crate::reading::Plain;
use cisco_support_case::model::{CaseDetail, CaseNote, Timestamp};
use cisco_support_case::query::{CaseQuery, QueryableCase, evaluate};
use cisco_support_case::store::CaseStore;
use std::collections::BTreeMap;

type NotesById = BTreeMap<String, Vec<CaseNote>>;

fn text_of(notes: &[CaseNote]) -> String {
    notes.iter().map(|note| format!("{}\n{}\n", note.note, note.note_detail)).collect()
}

fn detail(random: &mut Random, cases: usize) -> CaseDetail {
    let number = random.below(cases);
    let case = random::case(random, number);
    let mut detail = CaseDetail::default();
    (detail.case_id, detail.status) = (case.case_id, case.status);
    (detail.updated_date, detail.bugs) = (case.updated_date, case.bugs);
    detail.title = random::case(random, 0).title;
    for _ in 0..random.below(4) {
        let mut note = CaseNote::default();
        note.note = random::case(random, 0).title;
        note.note_detail = random::case(random, 0).title;
        note.creation_date = Timestamp::from_unix_ms(NOW_MS - random.below(1000) as i64);
        detail.notes.push(note);
    }
    detail
}

/// Changes a store and its notes.
fn step(store: &mut CaseStore, random: &mut Random, cases: usize, notes: &mut NotesById, first: usize) {
    match first + random.below(8 - first) {
        0 => {
            let id = random::case_id(random.below(cases));
            store.remove(&[&id]).unwrap();
        }
        1 => {
            store.compact().unwrap();
        }
        2 => {
            let (restored, _) = CaseStore::restore(&store.snapshot(&[])).unwrap();
            store.replace(restored);
        }
        3 => {
            let number = random.below(cases);
            let case = random::case(random, number);
            store.apply_records(&[case]).unwrap();
        }
        _ => {
            let detail = detail(random, cases);
            store.apply_detail(&detail).unwrap();
            let known = store.details(&detail.case_id).unwrap();
            let ms = |date: Option<Timestamp>| date.map(|date| date.unix_ms());
            if ms(known.updated_date) == ms(detail.updated_date) {
                notes.insert(detail.case_id, detail.notes);
            }
        }
    }
    notes.retain(|id, _| store.details(id).is_some());
}

/// Gives a store the notes that it asks for, a few at a time.
fn give_notes(store: &mut CaseStore, notes: &NotesById) -> usize {
    let mut given = 0;
    loop {
        let ids: Vec<String> = store.pending_notes(3).into_iter().map(str::to_owned).collect();
        if ids.is_empty() {
            return given;
        }
        for id in ids {
            store.set_notes(&id, &notes.get(&id).map(|notes| text_of(notes)).unwrap_or_default());
            given += 1;
        }
    }
}

fn evaluated(store: &CaseStore, notes: &NotesById, query: &CaseQuery) -> (u32, Vec<u32>) {
    let plain = Plain::new(store);
    let mut cases: Vec<QueryableCase<'_>> = plain.cases();
    for case in &mut cases {
        case.notes = notes.get(&case.record.case_id).map(Vec::as_slice).unwrap_or_default();
    }
    let expected = evaluate(query, &cases, store.now_ms());
    (expected.total as u32, expected.rows.iter().map(|index| plain.rows[*index]).collect())
}

#[test]
fn a_search_in_notes_has_the_answer_of_the_plain_evaluation() {
    let (mut compared, mut given, mut only_in_notes) = (0, 0, 0);
    for seed in 0..8 {
        let mut random = Random::new(seed + 500);
        let cases = 4 + random.below(60);
        let mut store = CaseStore::new();
        store.set_now(NOW_MS);
        let mut notes = NotesById::new();
        // Without removals and restoring, so many notes are replaced that the index is made anew without them.
        let first = if seed < 6 { 0 } else { 3 };
        // Notes are searched from the start, or after the first details.
        let late = random.below(20);
        let mut live: Vec<(u32, String, CaseQuery)> = Vec::new();
        for round in 0..150 {
            if round == late {
                store.search_notes();
            }
            for _ in 0..1 + first {
                step(&mut store, &mut random, cases, &mut notes, first);
            }
            if round < late {
                continue;
            }
            given += give_notes(&mut store, &notes);
            let before: Vec<_> = live.iter().map(|(number, ..)| store.live_answer(*number).cloned()).collect();
            let changed = store.refresh_live_queries();
            for ((number, text, query), before) in live.iter().zip(before) {
                let answer = store.live_answer(*number).unwrap();
                assert_eq!((answer.total, answer.rows.clone()), evaluated(&store, &notes, query), "live {text}");
                assert!(before.as_ref() == Some(answer) || changed.contains(number), "no notification of {text}");
            }
            for _ in 0..12 {
                let (text, query) = random::query(&mut random);
                let answer = store.query(&query);
                let expected = evaluated(&store, &notes, &query);
                assert_eq!((answer.total, answer.rows), expected, "seed {seed}, round {round}: {text}");
                let has_words = !query.conditions().words().is_empty();
                only_in_notes += usize::from(has_words && expected != evaluated(&store, &NotesById::new(), &query));
                compared += 1;
                if random.one_in(40) && !query.conditions().words().is_empty() && live.len() < 6 {
                    live.push((store.add_live_query(query.clone()), text, query));
                }
            }
            if random.one_in(4) {
                store.build_indexes();
            }
        }
    }
    assert!(compared > 10_000 && given > 500 && only_in_notes > 300, "{compared}, {given}, {only_in_notes}");
}

#[test]
fn rule_4_10_notes_match_by_prefix_and_rank_below_every_field() {
    let mut store = CaseStore::new();
    store.search_notes();
    let with = |id: &str, title: &str, texts: &[&str]| {
        let mut detail = CaseDetail::default();
        (detail.case_id, detail.title) = (id.into(), title.into());
        detail.updated_date = Timestamp::parse("2026-06-01T00:00:00Z");
        for text in texts {
            let mut note = CaseNote::default();
            note.note_detail = (*text).into();
            detail.notes.push(note);
        }
        detail
    };
    store.apply_detail(&with("1", "Nothing", &["The flapping uplink", "Core dump 12345"])).unwrap();
    store.apply_detail(&with("2", "Uplinks flap", &[])).unwrap();
    store.apply_detail(&with("3", "Uplink", &["Straße"])).unwrap();
    let ids = |store: &mut CaseStore, text: &str| {
        let query = CaseQuery::parse(&format!(r#"{{"where":{{"text":{text:?}}}}}"#)).unwrap();
        let rows = store.query(&query).rows;
        rows.into_iter().map(|row| store.case_id(row).to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(ids(&mut store, "uplink"), ["3", "2", "1"], "a word, a prefix, a note");
    assert_eq!(ids(&mut store, "flap uplink"), ["2", "1"]);
    assert_eq!(ids(&mut store, "nothing core"), ["1"], "one word in the title, one in a note");
    assert_eq!(ids(&mut store, "345"), [""; 0], "no ends of words in notes");
    assert_eq!(ids(&mut store, "strasse"), ["3"]);
    store.apply_detail(&with("3", "Uplink", &["Gasse"])).unwrap();
    assert_eq!(ids(&mut store, "strasse"), [""; 0], "replaced notes");
    assert_eq!(store.pending_notes(9), [""; 0]);
    let mut off = CaseStore::new();
    off.apply_detail(&with("1", "Nothing", &["uplink"])).unwrap();
    assert_eq!(ids(&mut off, "uplink"), [""; 0], "not asked for");
}
