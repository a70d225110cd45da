//! Random runs of bulk jobs.

use crate::bulk_model::{DAY, Svc, T0, drive, ids, query, start, still};
use crate::bulk_simulation::{JobResult, RecordStore, Rng, checked_of};
use cisco_support_case::bulk::{BulkJob, BulkOperation, BulkOptions, FailureOutcome, RequestUsage};
use cisco_support_case::error::ErrorKind;
use cisco_support_case::model::StatusFlag;
use std::collections::{BTreeMap, BTreeSet};

fn contracts(n: usize) -> Vec<String> {
    (0..n).map(|n| format!("{}", 9_000_000 + n)).collect()
}

fn quoted(ids: &[String]) -> String {
    format!("[\"{}\"]", ids.join("\",\""))
}

fn base(rng: &mut Rng, owners: &[String], cases: u64, size: usize, grain: i64) -> Svc {
    let mut svc = Svc::new(size);
    for _ in 0..cases {
        let owner = &owners[rng.below(owners.len() as u64) as usize];
        let created = T0 - 1000 - rng.below(300 * DAY as u64) as i64;
        let updated = created + rng.below((T0 - created) as u64) as i64;
        svc.add(owner, created, updated - updated.rem_euclid(grain));
    }
    svc.cases.sort_by_key(|case| case.updated);
    for (n, case) in svc.cases.iter_mut().enumerate() {
        case.seq = n as u64;
    }
    svc.seq = cases;
    svc
}

/// Applies a random change: an update, a creation, a closure or a reopening.
fn change(svc: &mut Svc, rng: &mut Rng, owners: &[String], step: i64) {
    svc.clock += rng.below(step as u64 + 1) as i64;
    let count = svc.cases.len() as u64;
    let at = rng.below(count) as usize;
    match rng.below(8) {
        0..4 if count > 0 => svc.touch(at),
        4..6 => {
            let clock = svc.clock;
            svc.add(&owners[rng.below(owners.len() as u64) as usize], clock, clock);
        }
        6 if count > 0 => {
            svc.cases[at].open = false;
            svc.touch(at);
        }
        7 if count > 0 => {
            svc.cases[at].open = true;
            svc.touch(at);
        }
        _ => {}
    }
}

#[test]
fn bulk_reads_that_move_and_break() {
    let mut bad: BTreeMap<String, (u32, String)> = BTreeMap::new();
    let mut longest = 0;
    for seed in 0..3000 {
        let mut rng = Rng(seed << 20 | 5);
        let owners = contracts(1 + rng.below(25) as usize);
        let size = 2 + rng.below(12) as usize;
        let grain = [1000, 1000, 60_000, 3_600_000][rng.below(4) as usize];
        let cases = rng.below(400);
        let mut svc = base(&mut rng, &owners, cases, size, grain);
        let flag = [r#","date_created_from":"2025-06-01T00:00:00Z""#, r#","status_flag":"O""#][rng.below(2) as usize];
        let open = flag.contains("\"O\"").then_some(StatusFlag::Open);
        let params = format!(r#"{{"contract_ids":{}{flag}}}"#, quoted(&owners));
        let moves = [0, 0, 5, 30][rng.below(4) as usize];
        svc.flaky = [0, 0, 30][rng.below(3) as usize];
        svc.max_ids = [10, 10, 1, 4][rng.below(4) as usize];
        let breaks = rng.below(3) > 0;
        let mut stayed: BTreeSet<u64> = svc.list(&owners, None, open).iter().map(|case| case.id).collect();
        let mut given: Vec<(u64, i64)> = vec![];
        let mut failed: BTreeSet<String> = BTreeSet::new();
        let mut token: Option<String> = None;
        let mut parts = 0;
        let mut budget = 600u64;
        let width = 1 + rng.below(8) as u32;
        loop {
            parts += 1;
            assert!(parts < 400, "seed {seed}");
            let newest_first = rng.below(2) == 0;
            let options =
                BulkOptions { concurrency: width, newest_first, resume: token.take(), ..BulkOptions::default() };
            let mut bulk = start(&params, BulkOperation::AllCases, &options, None, svc.clock);
            let most = if breaks && parts < 60 { rng.below(80) as usize } else { usize::MAX };
            let people = owners.clone();
            let mut left: BTreeSet<u64> = BTreeSet::new();
            let mut stir = |svc: &mut Svc, rng: &mut Rng| {
                if budget > 0 && rng.below(100) < moves {
                    budget -= 1;
                    change(svc, rng, &people, 2000);
                    if open.is_some() {
                        left.extend(svc.cases.iter().filter(|case| !case.open).map(|case| case.id));
                    }
                }
            };
            let JobResult { cases, failures, checkpoint: next, is_stopped: stopped, is_interrupted: broken, .. } =
                drive(&mut svc, &mut bulk, &mut rng, most, &mut stir);
            stayed.retain(|id| !left.contains(id));
            given.extend(cases);
            longest = longest.max(next.len());
            failed.clear();
            failed.extend(failures.iter().flat_map(|failure| failure.ids.clone()));
            if !broken && !stopped {
                if failed.is_empty() {
                    break;
                }
                svc.flaky = 0;
            }
            if parts > 100 {
                svc.flaky = 0;
            }
            token = Some(next);
        }
        let keys = ids(&given);
        let lost = stayed.iter().filter(|id| !keys.contains(id)).count();
        let mut newest = BTreeMap::new();
        let (mut again, mut older) = (0, 0);
        for (id, updated) in &given {
            if let Some(known) = newest.insert(*id, *updated) {
                again += u32::from(known == *updated);
                older += u32::from(known > *updated);
            }
        }
        let label = format!(
            "moves {moves:>2} breaks {breaks} flaky {} max {} grain {grain} {}",
            svc.flaky,
            svc.max_ids == 10,
            width > 1
        );
        for (what, count) in [("LOST", lost as u32), ("again", again), ("older", older)] {
            if count > 0 && (grain < 3_600_000 || what == "LOST") {
                let entry = bad.entry(format!("{what} {label}")).or_default();
                entry.0 += 1;
                entry.1 = format!("{count} of {} (given {}) seed {seed}", stayed.len(), given.len());
            }
        }
    }
    assert!(longest < 8192, "a token of {longest}");
    // A list that lost cases is read twice. An interruption of the second reading restarts it.
    let (again, worse): (Vec<_>, Vec<_>) = bad.iter().partition(|(label, _)| label.starts_with("again moves"));
    assert!(worse.is_empty(), "{worse:?}");
    assert!(again.iter().map(|(_, (count, _))| count).sum::<u32>() < 60, "{again:?}");
}

#[test]
fn changes() {
    let mut bad: BTreeMap<String, (u32, String)> = BTreeMap::new();
    let mut longest_part = 0;
    for seed in 0..700 {
        let mut rng = Rng(seed << 20 | 6);
        let owners = contracts(1 + rng.below(25) as usize);
        let grain = [1000, 60_000][rng.below(2) as usize];
        let cases = rng.below(250);
        let mut svc = base(&mut rng, &owners, cases, 100, grain);
        svc.size = [100, 100, 7, 20][rng.below(4) as usize];
        let open = rng.below(2) == 0;
        let flag = if open { Some(StatusFlag::Open) } else { None };
        let text = if open { r#","status_flag":"O""# } else { r#","date_created_from":"2025-06-01T00:00:00Z""# };
        let params = format!(r#"{{"contract_ids":{}{text}}}"#, quoted(&owners));
        svc.max_ids = 10;
        let mut ever_broken = false;
        let flaky = [0, 0, 20][rng.below(3) as usize];
        let within = rng.below(2) == 0;
        let mut map: BTreeMap<u64, i64> = BTreeMap::new();
        let mut cursor: Option<String> = None;
        let width = 1 + rng.below(8) as u32;
        for nth in 0..25 {
            let moves = rng.below(20);
            for _ in 0..moves {
                change(&mut svc, &mut rng, &owners, 1500);
            }
            let quiet = nth % 5 == 4;
            svc.flaky = if quiet { 0 } else { flaky };
            let options = BulkOptions { concurrency: width, max_requests: Some(1_000_000), ..BulkOptions::default() };
            let mut bulk = start(&params, BulkOperation::Changes, &options, cursor.as_deref(), svc.clock);
            let most = if quiet || rng.below(2) == 0 { usize::MAX } else { rng.below(40) as usize };
            let people = owners.clone();
            let mut stir = |svc: &mut Svc, rng: &mut Rng| {
                if within && !quiet && rng.below(100) < 10 {
                    change(svc, rng, &people, 2000);
                }
            };
            let result = drive(&mut svc, &mut bulk, &mut rng, most, &mut stir);
            map.extend(result.cases.iter().copied());
            for id in result.closed.iter().chain(&result.gone) {
                if map.remove(id).is_none() && !ever_broken && flaky == 0 {
                    let entry = bad.entry(format!("closed twice, within {within}")).or_default();
                    entry.0 += 1;
                    entry.1 = format!("seed {seed} round {nth}");
                }
            }
            ever_broken |= result.is_interrupted;
            // The cursor of an interrupted round also contains the progress of its lists.
            if !result.is_interrupted {
                longest_part = longest_part.max(result.checkpoint.len() / checked_of(&result.checkpoint).len().max(1));
            }
            cursor = Some(result.checkpoint);
            if quiet {
                let truth: BTreeMap<u64, i64> = svc
                    .list(&owners, None, flag)
                    .iter()
                    .map(|case| (case.id, case.updated - case.updated.rem_euclid(1000)))
                    .collect();
                let lost = truth.iter().filter(|(id, at)| map.get(id) != Some(at)).count();
                let stale = map.keys().filter(|id| !truth.contains_key(id)).count();
                for (what, count) in [("LOST", lost), ("stale", stale)] {
                    if count > 0 {
                        let label = format!("{what} open {open} max {} flaky {flaky} within {within}", svc.max_ids);
                        let entry = bad.entry(label).or_default();
                        entry.0 += 1;
                        entry.1 = format!("{count} seed {seed} round {nth}");
                    }
                }
                if lost + stale > 0 {
                    break;
                }
                // A further round without changes.
                svc.clock += 3_600_000;
                let before = cursor.clone().unwrap();
                let mut bulk = start(&params, BulkOperation::Changes, &options, cursor.as_deref(), svc.clock);
                let result = drive(&mut svc, &mut bulk, &mut rng, usize::MAX, &mut still);
                let parts = checked_of(&before).iter().filter(|checked| **checked > 0).count();
                // A list whose newest second may not be over needs one more page.
                if result.requests as usize > 2 * parts
                    || result.cases.len() + result.closed.len() + result.gone.len() > 0
                {
                    let entry =
                        bad.entry(format!("not quiet open {open} within {within} size {}", svc.size)).or_default();
                    entry.0 += 1;
                    entry.1 = format!(
                        "seed {seed} round {nth}: {} requests for {parts}, {} cases",
                        result.requests,
                        result.cases.len()
                    );
                }
                cursor = Some(result.checkpoint);
            }
        }
    }
    assert!(longest_part < 2048, "a part of {longest_part}");
    assert!(bad.is_empty(), "{bad:?}");
}

fn mangle(text: &str, rng: &mut Rng) -> String {
    let mut bytes = text.as_bytes().to_vec();
    match rng.below(4) {
        0 => {
            for _ in 0..=rng.below(3) {
                let at = rng.below(bytes.len() as u64) as usize;
                bytes[at] ^= 1 << rng.below(7);
            }
        }
        1 => bytes.truncate(rng.below(bytes.len() as u64) as usize),
        _ => {
            // Replaces some numbers.
            let mut out = String::new();
            let mut chars = text.chars().peekable();
            while let Some(c) = chars.next() {
                if c.is_ascii_digit() || c == '-' {
                    let mut number = c.to_string();
                    while let Some(d) = chars.next_if(char::is_ascii_digit) {
                        number.push(d);
                    }
                    if rng.below(12) == 0 {
                        let others = [
                            "0",
                            "1",
                            "-1",
                            "2",
                            "4294967295",
                            "4294967294",
                            "9007199254740991",
                            "\"9223372036854775806\"",
                            "null",
                            "false",
                            "18446744073709551615",
                            "\"-9223372036854775807\"",
                            "1000",
                            "2147483647",
                            "1.5",
                            "99999999",
                            "[]",
                            "{}",
                        ];
                        number = others[rng.below(others.len() as u64) as usize].to_owned();
                    }
                    out.push_str(&number);
                } else {
                    out.push(c);
                }
            }
            return out;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[test]
fn mangled_tokens() {
    let (mut refused, mut taken, mut bad) = (0, 0, BTreeMap::<String, (u32, String)>::new());
    for seed in 0..8_000 {
        let mut rng = Rng(seed << 20 | 9);
        let owners = contracts(12);
        let mut svc = base(&mut rng, &owners, 150, 6, 1000);
        let is_all_cases = rng.below(2) == 0;
        let params = format!(r#"{{"contract_ids":{},"date_created_from":"2026-01-01T00:00:00Z"}}"#, quoted(&owners));
        let open = format!(r#"{{"contract_ids":{},"status_flag":"O"}}"#, quoted(&owners));
        let params = if rng.below(2) == 0 { params } else { open };
        let purpose = if is_all_cases { BulkOperation::AllCases } else { BulkOperation::Changes };
        let mut bulk = start(&params, purpose, &BulkOptions::default(), None, svc.clock);
        let most = if is_all_cases { rng.below(120) as usize } else { usize::MAX };
        let mut few = |svc: &mut Svc, rng: &mut Rng| {
            if rng.below(20) == 0 {
                change(svc, rng, &contracts(12), 2000);
            }
        };
        let result = drive(&mut svc, &mut bulk, &mut rng, most, &mut few);
        let text = mangle(&result.checkpoint, &mut rng);
        let options = BulkOptions { resume: is_all_cases.then(|| text.clone()), ..BulkOptions::default() };
        let cursor = (!is_all_cases).then_some(text.as_str());
        let now = svc.clock;
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let Ok(mut bulk) = BulkJob::new(query(&params, purpose), purpose, &options, cursor, now) else {
                return None;
            };
            let _ = bulk.progress();
            let _ = bulk.checkpoint(0);
            svc.log.clear();
            // The number of steps is bounded.
            let (mut in_flight, mut kept) = (vec![], RecordStore::default());
            for _ in 0..30_000 {
                while let Some((id, request)) = bulk.next_request(RequestUsage::default()) {
                    in_flight.push((id, request));
                }
                if kept.deliver(&mut bulk).is_some() {
                    let _ = bulk.checkpoint(rng.below(4) as usize);
                    continue;
                }
                let _ = bulk.progress();
                let Some((id, request)) = in_flight.pop() else { return Some(true) };
                if request.page_index == Some(0) || request.page_index > Some(1_000_000) {
                    if bulk.on_failure(id, ErrorKind::InvalidRequest, "INVALID_PARAMETER") == FailureOutcome::Stop {
                        return Some(true);
                    }
                    continue;
                }
                match svc.serve(&request, &mut rng) {
                    Ok(body) => {
                        let records = cisco_support_case::decode::records(
                            request.endpoint.response,
                            &cisco_support_case::decode::Body::from_slice(&body),
                            cisco_support_case::decode::Records::default(),
                        )
                        .unwrap();
                        if kept.answered(&mut bulk, id, records, now) == FailureOutcome::Stop {
                            return Some(true);
                        }
                    }
                    Err((kind, code)) => {
                        if bulk.on_failure(id, kind, &code) == FailureOutcome::Stop {
                            return Some(true);
                        }
                    }
                }
            }
            Some(false)
        }));
        match outcome {
            Ok(None) => refused += 1,
            Ok(Some(true)) => taken += 1,
            Ok(Some(false)) => {
                let entry = bad.entry(format!("long run of all cases: {is_all_cases}")).or_default();
                entry.0 += 1;
                entry.1 = format!("seed {seed} {text}");
            }
            Err(panic) => {
                let what = panic
                    .downcast_ref::<String>()
                    .cloned()
                    .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
                    .unwrap_or_default();
                let entry = bad.entry(format!("PANIC all cases: {is_all_cases} {what}")).or_default();
                entry.0 += 1;
                entry.1 = format!("seed {seed} {text}");
            }
        }
    }
    // Members of a cursor other than its state are for people and are not parsed.
    assert!(refused > taken * 12, "refused {refused}, taken {taken}");
    assert!(bad.is_empty(), "{bad:?}");
}

#[test]
fn outages() {
    for seed in 0..1500 {
        let mut rng = Rng(seed << 20 | 12);
        let owners = contracts(1 + rng.below(60) as usize);
        let cases = rng.below(300);
        let mut svc = base(&mut rng, &owners, cases, 5, 1000);
        svc.max_ids = 1 + rng.below(10) as usize;
        let params = format!(r#"{{"contract_ids":{},"date_created_from":"2025-06-01T00:00:00Z"}}"#, quoted(&owners));
        let (mut given, mut token, mut stops) = (vec![], None, 0);
        for part in 0.. {
            let options =
                BulkOptions { concurrency: 1 + rng.below(9) as u32, resume: token.take(), ..BulkOptions::default() };
            let mut bulk = start(&params, BulkOperation::AllCases, &options, None, svc.clock);
            svc.down = false;
            let mut stir = |svc: &mut Svc, rng: &mut Rng| {
                if part < 8 && rng.below(40) == 0 {
                    svc.down = rng.below(3) > 0;
                }
            };
            let result = drive(&mut svc, &mut bulk, &mut rng, usize::MAX, &mut stir);
            given.extend(result.cases);
            stops += u32::from(result.is_stopped);
            if !result.is_stopped && result.failures.is_empty() {
                break;
            }
            token = Some(result.checkpoint);
        }
        let keys = ids(&given);
        assert_eq!(keys.len(), svc.cases.len(), "seed {seed}: lost, {stops} stops");
        assert_eq!(given.len(), keys.len(), "seed {seed}: repeated, {stops} stops");
    }
}
