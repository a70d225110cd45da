//! The comparison of all decoders on documents.

use super::documents::document;
use super::outcome::{Cell, Reading, Row};
use super::reference::{self, Refusal};
use super::rng::Rng;
use super::serde_tree;
use super::shrink::shrink;
use cisco_support_case::decode::{self, Body, DecodeError, Records};
use cisco_support_case::model::DocumentKind;
use std::fmt::Debug;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Documents of a round, decoded one after another into the same memory. Under Miri each takes seconds.
pub const DOCUMENTS_OF_A_ROUND: usize = if cfg!(miri) { 8 } else { 32 };

/// A body and the kind of document that it is decoded as.
pub type Document = (DocumentKind, Vec<u8>);

/// Counts of documents by their properties.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    pub documents: usize,
    pub bytes: usize,
    pub accepted: usize,
    /// Documents rejected as invalid JSON, and as another kind.
    pub illegal: usize,
    pub misshapen: usize,
    /// Accepted documents with issues.
    pub with_issues: usize,
    pub with_extras: usize,
    pub with_escapes: usize,
    pub with_lone_surrogates: usize,
    pub with_names_again: usize,
    pub with_wide_text: usize,
    pub with_notes: usize,
    pub with_long_text: usize,
}

impl Tally {
    pub fn add(&mut self, other: Tally) {
        self.documents += other.documents;
        self.bytes += other.bytes;
        self.accepted += other.accepted;
        self.illegal += other.illegal;
        self.misshapen += other.misshapen;
        self.with_issues += other.with_issues;
        self.with_extras += other.with_extras;
        self.with_escapes += other.with_escapes;
        self.with_lone_surrogates += other.with_lone_surrogates;
        self.with_names_again += other.with_names_again;
        self.with_wide_text += other.with_wide_text;
        self.with_notes += other.with_notes;
        self.with_long_text += other.with_long_text;
    }

    fn count(&mut self, body: &[u8], outcome: &Outcome) {
        self.documents += 1;
        self.bytes += body.len();
        let reading = match outcome {
            Ok(reading) => reading,
            Err(Refusal::Illegal) => return self.illegal += 1,
            Err(Refusal::Shape { .. }) => return self.misshapen += 1,
        };
        self.accepted += 1;
        let any = |test: fn(&Row) -> bool| usize::from(reading.cases.iter().any(test));
        self.with_issues += usize::from(!reading.off.is_empty());
        self.with_extras += any(|row| !row.extra.is_empty());
        self.with_escapes += usize::from(body.contains(&b'\\'));
        self.with_lone_surrogates += usize::from(reading.off.iter().any(|off| off.expected == "Unicode text"));
        self.with_names_again += usize::from(reading.off.iter().any(|off| off.expected == "a unique name"));
        self.with_wide_text += usize::from(!body.is_ascii());
        self.with_notes +=
            any(|row| row.cells.iter().any(|cell| matches!(cell, Cell::Notes(notes) if !notes.is_empty())));
        self.with_long_text += usize::from(body.split(|byte| *byte == b'"').any(|part| part.len() > 1024));
    }
}

type Outcome = Result<Reading, Refusal>;

/// Compares all decoders on the documents of a round, except larger ones. The seed and the size determine the
/// documents. An error contains a minimal failing input.
pub fn round(seed: u64, largest: usize) -> Result<Tally, String> {
    let mut tally = Tally::default();
    let mut memory = Memory::default();
    let mut before: Vec<Document> = Vec::new();
    for (shape, body) in documents(seed, largest) {
        match guarded(shape, &body, &mut memory) {
            Ok(outcome) => tally.count(&body, &outcome),
            Err(disagreement) => {
                before.push((shape, body));
                return Err(failure_report(seed, before, &disagreement));
            }
        }
        before.push((shape, body));
    }
    Ok(tally)
}

/// Returns the documents of a round.
pub fn documents(seed: u64, largest: usize) -> impl Iterator<Item = Document> {
    let mut rng = Rng::new(seed);
    let made = (0..DOCUMENTS_OF_A_ROUND).map(move |_| document(&mut rng, largest));
    made.filter(move |(_, body)| body.len() <= largest)
}

fn failure_report(seed: u64, documents: Vec<Document>, first: &str) -> String {
    let mut text = format!("round {seed}, document {}:\n", documents.len());
    let (documents, disagreement) = shrink(documents, |documents| check(documents).err());
    for (shape, body) in &documents {
        text.push_str(&format!("  {shape:?} b\"{}\"\n", body.escape_ascii()));
    }
    text.push_str(disagreement.as_deref().unwrap_or(first));
    text
}

/// Compares all decoders on documents, one after another in the same memory.
pub fn check(documents: &[Document]) -> Result<(), String> {
    let mut memory = Memory::default();
    documents.iter().try_for_each(|(shape, body)| guarded(*shape, body, &mut memory).map(drop))
}

/// The memory that is reused for the next document.
#[derive(Default)]
struct Memory {
    records: Records,
    body: Body,
}

/// Compares all decoders on a document. A panic counts as a disagreement.
fn guarded(shape: DocumentKind, body: &[u8], memory: &mut Memory) -> Result<Outcome, String> {
    let outcome = catch_unwind(AssertUnwindSafe(|| compare(shape, body, memory)));
    outcome.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
        Err(format!("a reader panicked: {}", text.unwrap_or("without a word")))
    })
}

fn compare(shape: DocumentKind, bytes: &[u8], memory: &mut Memory) -> Result<Outcome, String> {
    let body = Body::from_slice(bytes);
    let fast = decode::records(shape, &body, Records::default());
    let plain = decode::records_scalar(shape, &body);
    memory.body.resize(bytes.len()).copy_from_slice(bytes);
    let reused = decode::records_into(shape, &memory.body, &mut memory.records);
    if let Ok(records) = &fast {
        lies_as_documented(records)?;
    }
    if reused.is_ok() {
        lies_as_documented(&memory.records)?;
    }
    let fast = fast.map(|records| Reading::of(shape, &records));
    same("the fast way", &fast, "the general way", &plain.map(|records| Reading::of(shape, &records)))?;
    let reused = reused.map(|()| Reading::of(shape, &memory.records));
    same("the fast way", &fast, "the fast way in used memory", &reused)?;
    let outcome = reference::read(shape, bytes);
    match (&fast, &outcome) {
        (Ok(fast), Ok(reference)) => same("the decoder", fast, "the reference", reference)?,
        (Err(fault), Err(refusal)) => is_refused_alike(shape, bytes, fault, refusal)?,
        _ => return Err(format!("the decoder: {fast:#?}\nthe reference: {outcome:#?}")),
    }
    Ok(outcome)
}

fn same<T: PartialEq + Debug>(a: &str, left: &T, b: &str, right: &T) -> Result<(), String> {
    if left == right {
        return Ok(());
    }
    // Prints only the lines that differ, because an outcome has hundreds.
    let (left, right) = (format!("{left:#?}"), format!("{right:#?}"));
    let lines = |text: &str, other: &str| {
        let others: std::collections::HashSet<&str> = other.lines().collect();
        text.lines().filter(|line| !others.contains(line)).take(20).collect::<Vec<_>>().join("\n")
    };
    Err(format!("{a}:\n{}\n{b}:\n{}", lines(&left, &right), lines(&right, &left)))
}

/// Checks that two rejections have the same reason, and that the decoder's offset is at the first token that cannot be
/// part of a valid document.
fn is_refused_alike(shape: DocumentKind, body: &[u8], fault: &DecodeError, refusal: &Refusal) -> Result<(), String> {
    let other = || Err(format!("the decoder: {fault:#?}\nthe reference: {refusal:#?}"));
    match refusal {
        Refusal::Shape { path, expected, offset } => {
            let is_same = fault.code == "UNEXPECTED_RESPONSE"
                && (&fault.path, &fault.expected, fault.offset) == (path, expected, *offset);
            if is_same { Ok(()) } else { other() }
        }
        Refusal::Illegal if fault.code == "ILLEGAL_JSON" => {
            let before = body.get(..fault.offset).ok_or("the fault is behind the body's end")?;
            if serde_tree::may_go_on(before) { Ok(()) } else { Err(format!("it was illegal before: {fault:#?}")) }
        }
        // The decoder meets a value of another kind before invalid JSON after it. If the document ended there in the
        // shortest valid way, the reference would have to reject it for that value.
        Refusal::Illegal if fault.code == "UNEXPECTED_RESPONSE" => {
            let valid = body.utf8_chunks().next().map_or("", |chunk| chunk.valid());
            let (before, value) = valid.split_at_checked(fault.offset).ok_or("the fault is behind the text's end")?;
            // A pagination record is rejected for its contents, any other value for its type.
            let record = serde_tree::length_of_value(value).map_or("7", |length| &value[..length]);
            let is_right = ["7", record].into_iter().any(|value| {
                let repaired = format!("{before}{value}}}");
                let refusal = reference::read(shape, repaired.as_bytes()).err();
                let refusal = refusal.filter(|refusal| matches!(refusal, Refusal::Shape { .. }));
                refusal.is_some_and(|refusal| is_refused_alike(shape, &[], fault, &refusal).is_ok())
            });
            if is_right { Ok(()) } else { other() }
        }
        Refusal::Illegal => other(),
    }
}

/// Checks the layout that readers of the memory rely on.
fn lies_as_documented(records: &Records) -> Result<(), String> {
    let parts = records.view();
    let is_right = |what: &str, right: bool| if right { Ok(()) } else { Err(format!("the parts: {what}")) };
    is_right("the compact text is ASCII", parts.text.is_ascii())?;
    is_right("strings follow each other", parts.starts.is_sorted())?;
    is_right(
        "the last string ends in the text",
        parts.starts.last().is_none_or(|end| *end as usize <= parts.text.len()),
    )?;
    let units = |bytes: &[u8]| std::str::from_utf8(bytes).map(|text| text.encode_utf16().count() as u32).ok();
    let texts = [parts.wide, parts.long, parts.long_wide];
    let (mut end, mut end16, mut last) = ([0; 3], 0, 0);
    for apart in parts.out_of_line.chunks(6) {
        let [string, home, start, its_end, start16, its_end16] = apart else {
            return Err("the parts: an odd end".into());
        };
        let home = *home as usize;
        let text = texts.get(home).ok_or("the parts: a string in no text")?;
        let bytes = text.get(*start as usize..*its_end as usize).ok_or("the parts: a string behind the end")?;
        is_right("strings apart are in order", *string > last && end[home] == *start)?;
        if home == 0 {
            is_right("UTF-16 units follow each other", *start16 == end16)?;
            is_right("UTF-16 units are counted", units(bytes) == Some(its_end16 - start16))?;
            end16 = *its_end16;
        } else {
            is_right("a long string is UTF-8", units(bytes).is_some())?;
            is_right("a long string is ASCII", home == 2 || bytes.is_ascii())?;
        }
        end[home] = *its_end;
        last = *string;
    }
    is_right("nothing is left apart", end == texts.map(|text| text.len() as u32))
}
