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
    let mut smallest = documents;
    smallest.extend(last.clone());
    attempt(last, &mut smallest);
    let mut index = 0;
    while smallest.len() > 1 && index < smallest.len() {
        let mut tried = smallest.clone();
        tried.remove(index);
        index += usize::from(!attempt(tried, &mut smallest));
    }
    let mut before = usize::MAX;
    while length(&smallest) < before {
        before = length(&smallest);
        shorten(&mut smallest, &mut attempt);
    }
    (smallest, Some(failure))
}

fn length(documents: &[Document]) -> usize {
    documents.iter().map(|(_, body)| body.len()).sum()
}

/// Removes parts: halves first, single bytes last.
fn shorten(smallest: &mut Vec<Document>, attempt: &mut impl FnMut(Vec<Document>, &mut Vec<Document>) -> bool) {
    for document in (0..smallest.len()).rev() {
        let mut size = smallest[document].1.len() / 2;
        while size > 0 {
            let mut at = 0;
            while at < smallest[document].1.len() {
                let mut tried = smallest.clone();
                let body = &mut tried[document].1;
                body.drain(at..(at + size).min(body.len()));
                at += if attempt(tried, smallest) { 0 } else { size };
            }
            size /= 2;
        }
    }
}
