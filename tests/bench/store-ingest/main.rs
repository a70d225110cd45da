//! Filling a store from compact pages, against decoding the same pages; and the memory of a case.
//!
//! Usage: cargo bench --bench store-ingest [-- CASES]

#![cfg(not(target_arch = "wasm32"))]
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stdout
)]

use cisco_support_case::decode::{self, Body, PageBytes, Records, records_into};
use cisco_support_case::model::DocumentKind;
use cisco_support_case::sandbox::{Options, Sandbox, SandboxRequest, Titles};
use cisco_support_case::store::{CaseStore, StoreRestore};
use cisco_support_case::util::Json;
use std::time::{Duration, Instant};

const ROUNDS: usize = 9;

/// Returns the pages of all contracts, 100 cases each, as the service sends them.
fn pages(cases: u32) -> Vec<Vec<u8>> {
    let mut options = Options::default();
    options.cases = cases;
    options.titles = Titles::Varied;
    let mut sandbox = Sandbox::new(options);
    let all = decode::json(br#"{"holders":1000000}"#).unwrap();
    let info = sandbox.info_with(&all).unwrap();
    let Some(Json::Array(ids)) = info.get("contract_ids") else { panic!("no contracts") };
    let ids: Vec<&str> = ids.iter().filter_map(Json::as_str).collect();
    let mut pages = Vec::new();
    for ids in ids.chunks(10) {
        let (mut index, mut last) = (1, 1);
        while index <= last {
            let url =
                format!("/case/v3/cases/contracts/contract_ids/{}?page_index={index}&page_size=100", ids.join(","));
            let request = SandboxRequest::get(&url).with_header("Authorization", "Bearer anything");
            let body = sandbox.handle(&request).body;
            last = decode::cases_page(&body).unwrap().pagination_response_record.last_index;
            pages.push(body);
            index += 1;
        }
    }
    pages
}

/// Returns the smallest time in milliseconds: the one that other processes disturbed least.
fn least(times: &[Duration]) -> f64 {
    times.iter().min().unwrap().as_secs_f64() * 1000.0
}

fn main() {
    let cases = std::env::args().filter_map(|argument| argument.parse().ok()).next().unwrap_or(100_000);
    let bodies: Vec<Body> = pages(cases).iter().map(|body| Body::from_slice(body)).collect();
    let [mut decoding, mut encoding, mut parsing, mut filling, mut again, mut saving, mut restoring] =
        [const { Vec::new() }; 7];
    let mut records = Records::default();
    let mut store = CaseStore::new();
    let (mut page_bytes, mut saved_bytes, mut largest_chunk) = (0, 0, 0);
    for _ in 0..ROUNDS {
        let start = Instant::now();
        for body in &bodies {
            records_into(DocumentKind::Page, body, &mut records).unwrap();
        }
        decoding.push(start.elapsed());
        let mut pages = Vec::new();
        let mut encode = Duration::ZERO;
        for body in &bodies {
            records_into(DocumentKind::Page, body, &mut records).unwrap();
            let start = Instant::now();
            pages.push(records.to_page_bytes());
            encode += start.elapsed();
        }
        encoding.push(encode);
        page_bytes = pages.iter().map(Vec::len).sum();
        let start = Instant::now();
        for page in &pages {
            PageBytes::parse(page).unwrap();
        }
        parsing.push(start.elapsed());
        store = CaseStore::new();
        let start = Instant::now();
        for page in &pages {
            store.apply_page(&PageBytes::parse(page).unwrap()).unwrap();
        }
        filling.push(start.elapsed());
        let start = Instant::now();
        for page in &pages {
            assert!(store.apply_page(&PageBytes::parse(page).unwrap()).unwrap().is_empty());
        }
        again.push(start.elapsed());
        let start = Instant::now();
        let chunks: Vec<Vec<u8>> = (0..store.chunk_count()).map(|chunk| store.chunk_bytes(chunk)).collect();
        saving.push(start.elapsed());
        saved_bytes = chunks.iter().map(Vec::len).sum();
        largest_chunk = chunks.iter().map(Vec::len).max().unwrap();
        let start = Instant::now();
        let mut restore = StoreRestore::new();
        chunks.iter().for_each(|chunk| restore.add(chunk).unwrap());
        let restored = restore.finish().unwrap();
        restoring.push(start.elapsed());
        assert_eq!(restored.len(), store.len());
    }
    let count = store.len();
    let (decode, fill) = (least(&decoding), least(&filling));
    println!("{count} cases, {} pages, {:.1} MB of page bytes", bodies.len(), page_bytes as f64 / 1e6);
    println!("decoding            {decode:8.2} ms");
    println!("page bytes written  {:8.2} ms", least(&encoding));
    println!("page bytes checked  {:8.2} ms", least(&parsing));
    println!("checked and applied {fill:8.2} ms, {:.2} x decoding", fill / decode);
    println!("applied again       {:8.2} ms", least(&again));
    println!("chunks written      {:8.2} ms, {:.1} MB", least(&saving), saved_bytes as f64 / 1e6);
    println!("chunks restored     {:8.2} ms", least(&restoring));
    println!("largest chunk       {:8.1} KB", largest_chunk as f64 / 1e3);
    println!("memory              {:8.1} bytes a case", store.memory_bytes() as f64 / count as f64);
}
