//! Reduction of a failing input.

use super::runner::Document;
use std::time::{Duration, Instant};

/// Removes documents, and bytes of the others, as long as the input still fails; returns the result and its failure.
/// It stops after some seconds.
pub fn shrink(
    mut documents: Vec<Document>,
    fails: impl Fn(&[Document]) -> Option<String>,
) -> (Vec<Document>, Option<String>) {
    let end = Instant::now() + Duration::from_secs(10);
    let Some(mut failure) = fails(&documents) else { return (documents, None) };
    let mut attempt = |tried: Vec<Document>, documents: &mut Vec<Document>| {
        let found = (Instant::now() < end).then(|| fails(&tried)).flatten();
        let fails = found.is_some();
        if let Some(found) = found {
            failure = found;
            *documents = tried;
        }
        fails
    };
    let last = documents.split_off(documents.len().saturating_sub(1));
    let mut kept = documents;
    kept.extend(last.clone());
    attempt(last, &mut kept);
    let mut index = 0;
    while kept.len() > 1 && index < kept.len() {
        let mut tried = kept.clone();
        tried.remove(index);
        index += usize::from(!attempt(tried, &mut kept));
    }
    let mut before = usize::MAX;
    while length(&kept) < before {
        before = length(&kept);
        shorten(&mut kept, &mut attempt);
    }
    (kept, Some(failure))
}

fn length(documents: &[Document]) -> usize {
    documents.iter().map(|(_, body)| body.len()).sum()
}

/// Removes parts: halves first, single bytes last.
fn shorten(kept: &mut Vec<Document>, attempt: &mut impl FnMut(Vec<Document>, &mut Vec<Document>) -> bool) {
    for document in (0..kept.len()).rev() {
        let mut size = kept[document].1.len() / 2;
        while size > 0 {
            let mut at = 0;
            while at < kept[document].1.len() {
                let mut tried = kept.clone();
                let body = &mut tried[document].1;
                body.drain(at..(at + size).min(body.len()));
                at += if attempt(tried, kept) { 0 } else { size };
            }
            size /= 2;
        }
    }
}
