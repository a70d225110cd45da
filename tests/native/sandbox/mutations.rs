//! Cases that mutate while the clock advances.

use super::*;
use cisco_support_case::model::CaseDetail;
use proptest::prelude::*;

const HOUR_MS: u64 = 3_600_000;

fn moving(cases: u32, moves_per_hour: f64) -> Sandbox {
    let mut options = Options::default();
    options.cases = cases;
    options.moves_per_hour = moves_per_hour;
    Sandbox::new(options)
}

fn moves(sandbox: &Sandbox) -> [u64; 4] {
    let info = sandbox.info();
    let moves = info.get("moves").expect("moves");
    ["created", "updated", "closed", "reopened"].map(|name| number(moves, name))
}

fn detail(sandbox: &mut Sandbox, id: &str) -> CaseDetail {
    let details = decode::case_details(&get(sandbox, &format!("{DETAILS}/{id}")).body).expect("details");
    assert_eq!(details.issues, [], "{id}");
    details.detail
}

fn all(sandbox: &mut Sandbox) -> Vec<CaseRecord> {
    let users = every_user(sandbox);
    users.chunks(10).flat_map(|batch| walk(sandbox, &format!("{USERS}/{}", batch.join(",")))).collect()
}

fn details_of_all(sandbox: &mut Sandbox) -> BTreeMap<String, CaseDetail> {
    all(sandbox).into_iter().map(|case| (case.case_id.clone(), detail(sandbox, &case.case_id))).collect()
}

fn every_user(sandbox: &Sandbox) -> Vec<String> {
    let users = ids(sandbox, "user_ids");
    assert_eq!(users.len() as u64, number(&sandbox.info(), "users"), "the base is small enough for this");
    users
}

/// Returns everything that is readable in a sandbox.
fn bytes(sandbox: &mut Sandbox) -> u64 {
    let mut hash = fnv(sandbox.info().to_json_string().as_bytes(), 0xcbf2_9ce4_8422_2325);
    for case in all(sandbox) {
        for url in [format!("{DETAILS}/{}", case.case_id), format!("{SUMMARY}/{}", case.case_id)] {
            hash = fnv(&get(sandbox, &url).body, hash);
        }
    }
    for contract in ids(sandbox, "contract_ids") {
        hash = fnv(&get(sandbox, &format!("{CONTRACTS}/{contract}?sort_by=STATUS")).body, hash);
    }
    hash
}

#[test]
fn nothing_moves_unless_it_is_asked_for() {
    let (mut still, mut moved) = (sandbox_of(300), sandbox_of(300));
    moved.advance(1000 * HOUR_MS);
    let (before, after) = (all(&mut still), all(&mut moved));
    assert_eq!(before, after);
    assert_eq!(moves(&moved), [0; 4]);
}

#[test]
fn the_steps_of_the_clock_make_no_difference() {
    let mut at_once = moving(300, 500.0);
    at_once.advance(HOUR_MS);
    let mut by_seconds = moving(300, 500.0);
    (0..3600).for_each(|_| by_seconds.advance(1000));
    let mut by_control = moving(300, 500.0);
    for ms in [1, 999, HOUR_MS / 2, HOUR_MS / 2 - 1000] {
        let body = format!("{{\"advanceMs\":{ms}}}").into_bytes();
        by_control.handle(&SandboxRequest { method: "POST".to_owned(), body, ..SandboxRequest::get("/__sandbox") });
    }
    assert_eq!(moves(&at_once).iter().sum::<u64>(), 500);
    let expected = bytes(&mut at_once);
    assert_eq!(bytes(&mut by_seconds), expected);
    assert_eq!(bytes(&mut by_control), expected);
    let mut other = moving(300, 499.0);
    other.advance(HOUR_MS);
    assert_ne!(bytes(&mut other), expected);
}

#[test]
fn what_moves_is_the_same_on_every_platform() {
    let mut sandbox = moving(1000, 250.5);
    sandbox.advance(4 * HOUR_MS);
    assert_eq!(moves(&sandbox).iter().sum::<u64>(), 1002);
    let mut hash = 0xcbf2_9ce4_8422_2325;
    for id in ids(&sandbox, "contract_ids") {
        let last = walk(&mut sandbox, &format!("{CONTRACTS}/{id}")).len().div_ceil(100);
        hash = fnv(&get(&mut sandbox, &format!("{CONTRACTS}/{id}?page_index={last}")).body, hash);
    }
    for case in walk(&mut sandbox, &format!("{CONTRACTS}/1234567")).iter().rev().take(50) {
        hash = fnv(&get(&mut sandbox, &format!("{DETAILS}/{}", case.case_id)).body, hash);
    }
    assert_eq!(format!("{hash:016x}"), "1a99b2cf194c70f6");
}

#[test]
fn a_live_sandbox_and_one_whose_requests_take_time_move_as_well() {
    let mut options = Options::default();
    (options.moves_per_hour, options.live_ms) = (3600.0, Some(7));
    let mut live = Sandbox::new(options.clone());
    live.follow_clock(100_007);
    assert_eq!(moves(&live).iter().sum::<u64>(), 100);
    (options.live_ms, options.ms_per_request) = (None, 10_000);
    let mut taking_time = Sandbox::new(options);
    (0..10).for_each(|_| drop(get(&mut taking_time, &format!("{CONTRACTS}/1234567"))));
    assert_eq!(moves(&taking_time), moves(&live));
    // Neither the token endpoint nor `/__sandbox` is one of the four endpoints.
    for url in [TOKEN, "/__sandbox", "/case/v3/cases"] {
        get(&mut taking_time, url);
    }
    assert_eq!(taking_time.info().get("now"), Some(&Json::from("2026-06-01T12:01:40Z")));
}

#[test]
fn a_request_is_answered_by_what_has_moved_before_it() {
    let mut options = Options::default();
    (options.cases, options.moves_per_hour, options.ms_per_request) = (50, 3600.0, 60_000);
    let mut sandbox = Sandbox::new(options);
    for minute in 1..20 {
        let cases = page(&get(&mut sandbox, &format!("{USERS}/directcust4"))).cases;
        let last = cases.last().and_then(|case| case.updated_date.clone()).expect("a date");
        let since_ms = last.unix_ms() - Options::default().now_ms;
        assert!((0..=minute * 60_000).contains(&since_ms) && since_ms > (minute - 1) * 60_000, "{minute}: {last}");
    }
}

#[test]
fn every_kind_of_move_happens_and_is_told_the_same_everywhere() {
    let mut sandbox = moving(400, 1000.0);
    let mut seen = BTreeMap::<&str, u32>::new();
    let mut before = details_of_all(&mut sandbox);
    let mut now_ms = Options::default().now_ms;
    for _ in 0..400 {
        let counts = moves(&sandbox);
        let from_ms = now_ms.div_euclid(1000) * 1000;
        now_ms += 3600;
        // One mutation per 3.6 s at a random time: no, one or two mutations per step.
        sandbox.advance(3600);
        let happened: Vec<u64> = moves(&sandbox).iter().zip(counts).map(|(after, before)| after - before).collect();
        let changed: Vec<CaseRecord> = all(&mut sandbox)
            .into_iter()
            .filter(|case| before.get(&case.case_id).is_none_or(|old| old.updated_date != case.updated_date))
            .collect();
        // A second mutation within the same second keeps the date.
        let ([case], 1) = (changed.as_slice(), happened.iter().sum()) else {
            before = details_of_all(&mut sandbox);
            continue;
        };
        let new = detail(&mut sandbox, &case.case_id);
        let summary = get(&mut sandbox, &format!("{SUMMARY}/{}", case.case_id));
        let brief = decode::case_summary(&summary.body).expect("a summary").cases.remove(0);
        for record in [case, &brief] {
            assert_eq!((&record.status, record.severity), (&new.status, new.severity));
            assert_eq!((&record.updated_date, &record.creation_date), (&new.updated_date, &new.creation_date));
            assert_eq!(record.status_flag == Some(StatusFlag::Open), new.is_open());
        }
        assert_eq!(new.is_open(), new.close_date.is_none());
        let updated = new.updated_date.as_ref().expect("a date");
        assert!(updated.unix_ms() % 1000 == 0 && (from_ms..=now_ms).contains(&updated.unix_ms()));
        let kind = match (before.get(&case.case_id), happened.as_slice()) {
            (None, [1, 0, 0, 0]) => {
                assert_eq!((&new.creation_date, new.is_open()), (&new.updated_date, true));
                assert_eq!(new.notes.len(), 1);
                assert_eq!(new.notes[0].creation_date, new.creation_date);
                assert!(!new.contract_id.is_empty() && !new.user_id.is_empty());
                "created"
            }
            (Some(old), [0, 1, 0, 0]) if new.notes.len() == old.notes.len() + 1 => {
                assert_eq!(new.notes[1..], old.notes[..]);
                assert_eq!(new.notes[0].creation_date, new.updated_date);
                assert_eq!((&new.status, new.severity), (&old.status, old.severity));
                assert_eq!(new.close_date, old.close_date);
                if new.notes[0].created_by == new.owner_name { "noted by owner" } else { "noted by contact" }
            }
            (Some(old), [0, 1, 0, 0]) if new.severity != old.severity => {
                assert_eq!((&new.status, &new.notes), (&old.status, &old.notes));
                "severity"
            }
            (Some(old), [0, 1, 0, 0]) => {
                assert!(old.is_open() && new.is_open() && new.status != old.status);
                assert_eq!((new.severity, &new.notes), (old.severity, &old.notes));
                "status"
            }
            (Some(old), [0, 0, 1, 0]) => {
                assert!(old.is_open() && !new.is_open());
                assert_eq!(new.close_date, new.updated_date);
                assert_eq!(new.notes.len(), old.notes.len() + 2);
                assert_eq!(new.notes[1].note_detail, "Closed with Customer Permission");
                assert_eq!(new.notes[1].creation_date, new.close_date);
                "closed"
            }
            (Some(old), [0, 0, 0, 1]) => {
                assert!(!old.is_open() && new.is_open());
                assert_eq!(new.notes, old.notes);
                "reopened"
            }
            (old, happened) => panic!("{old:?} became {new:?} by {happened:?}"),
        };
        if let Some(old) = before.get(&case.case_id) {
            let kept = |case: &CaseDetail| {
                (case.title.clone(), case.rmas.clone(), case.extra.clone(), case.creation_date.clone())
            };
            assert_eq!(kept(old), kept(&new));
        }
        *seen.entry(kind).or_default() += 1;
        before.insert(case.case_id.clone(), new);
    }
    for kind in ["created", "noted by owner", "noted by contact", "status", "severity", "closed", "reopened"] {
        assert!(seen.contains_key(kind), "{kind} is not among {seen:?}");
    }
    assert!(seen["noted by owner"] + seen["noted by contact"] > seen.values().sum::<u32>() / 2, "{seen:?}");
}

#[test]
fn totals_add_up_when_cases_come_and_change_sides() {
    let mut sandbox = moving(2000, 100.0);
    let count = |sandbox: &mut Sandbox, flag: &str| {
        let contracts = ids(sandbox, "contract_ids");
        let total = |id: &String| {
            let url = format!("{CONTRACTS}/{id}?status_flag={flag}");
            u64::from(page(&get(sandbox, &url)).pagination_response_record.total_records)
        };
        contracts.iter().map(total).sum::<u64>()
    };
    let before = ["", "O", "C"].map(|flag| count(&mut sandbox, flag));
    let unlisted = number(&sandbox.info(), "cases") - before[0];
    sandbox.advance(40 * HOUR_MS);
    let [created, updated, closed, reopened] = moves(&sandbox);
    assert_eq!(created + updated + closed + reopened, 4000);
    assert!(created > 300 && closed > 300 && reopened > 30 && updated > 2500);
    let info = sandbox.info();
    assert_eq!(number(&info, "cases"), 2000 + created);
    assert_eq!(number(&info, "cases") - unlisted, before[0] + created);
    let after = ["", "O", "C"].map(|flag| count(&mut sandbox, flag));
    assert_eq!(after[0], before[0] + created, "every new case is under a contract");
    assert_eq!(after[0], after[1] + after[2]);
    let open = all(&mut sandbox).iter().filter(|case| case.is_open()).count() as u64;
    assert_eq!((open, number(&info, "cases") - open), (number(&info, "open"), number(&info, "closed")));
}

#[test]
fn open_cases_and_those_of_late_move_most() {
    let mut sandbox = moving(2000, 100.0);
    let before: BTreeMap<_, _> = all(&mut sandbox).into_iter().map(|case| (case.case_id.clone(), case)).collect();
    sandbox.advance(2 * HOUR_MS);
    let year_ago_ms = Options::default().now_ms - 365 * DAY_MS;
    let (mut open, mut old, mut moved) = (0, 0, 0);
    for case in all(&mut sandbox) {
        let Some(old_case) = before.get(&case.case_id).filter(|old| old.updated_date != case.updated_date) else {
            continue;
        };
        moved += 1;
        open += usize::from(old_case.is_open());
        let updated_ms = old_case.updated_date.as_ref().map_or(0, Timestamp::unix_ms);
        old += usize::from(!old_case.is_open() && updated_ms < year_ago_ms);
    }
    assert!(moved > 50 && open * 10 > moved * 7 && old * 10 < moved, "{open} open and {old} old of {moved}");
}

#[test]
fn a_case_that_was_handed_in_stays_as_it_was_handed_in() {
    let mut sandbox = moving(30, 1000.0);
    // The id of a case that a mutation will create.
    let created = {
        let mut other = moving(30, 1000.0);
        let known: BTreeSet<_> = all(&mut other).into_iter().map(|case| case.case_id).collect();
        other.advance(HOUR_MS);
        all(&mut other).into_iter().map(|case| case.case_id).find(|id| !known.contains(id)).expect("a new case")
    };
    let mut expected = Vec::new();
    for case in all(&mut sandbox).iter().step_by(3) {
        sandbox.put(&json(&format!(r#"{{"case_id":"{}","title":"kept"}}"#, case.case_id))).expect("a case");
        expected.push(detail(&mut sandbox, &case.case_id));
    }
    sandbox.put(&json(&format!(r#"{{"case_id":"{created}","user_id":"directcust4","title":"mine"}}"#))).expect("it");
    expected.push(detail(&mut sandbox, &created));
    sandbox.advance(3 * HOUR_MS);
    for case in &expected {
        assert_eq!(detail(&mut sandbox, &case.case_id), *case);
    }
    // A mutated case can be replaced, and then no longer mutates.
    let moved = all(&mut sandbox).into_iter().max_by_key(|case| case.updated_date.clone()).expect("a case").case_id;
    let before = detail(&mut sandbox, &moved);
    sandbox.put(&json(&format!(r#"{{"case_id":"{moved}","title":"now mine"}}"#))).expect("a case");
    let put = detail(&mut sandbox, &moved);
    assert_eq!((put.title.as_str(), &put.notes, &put.status), ("now mine", &before.notes, &before.status));
    sandbox.advance(3 * HOUR_MS);
    assert_eq!(detail(&mut sandbox, &moved), put);
    let list = all(&mut sandbox);
    let distinct: BTreeSet<_> = list.iter().map(|case| &case.case_id).collect();
    assert_eq!((distinct.len(), list.len() as u64), (list.len(), number(&sandbox.info(), "cases")));
}

#[test]
fn a_sandbox_in_which_nothing_can_move_does_not_hang() {
    let mut sandbox = moving(1, 3_600_000.0);
    sandbox.put(&json(r#"{"case_id":"682299374","contract_id":"5","user_id":"someone"}"#)).expect("a case");
    sandbox.advance(1000);
    assert_eq!((moves(&sandbox), number(&sandbox.info(), "cases")), ([0; 4], 1));
}

#[test]
fn a_leap_over_ages_makes_a_million_moves_and_no_more() {
    let mut sandbox = moving(100, 3_600_000.0);
    sandbox.advance(u64::MAX);
    let total: u64 = moves(&sandbox).iter().sum();
    assert!((999_990..=1_000_000).contains(&total), "{total}");
    assert_eq!(sandbox.info().get("now"), Some(&Json::from("9999-12-31T00:00:00Z")));
    let last = walk(&mut sandbox, &format!("{USERS}/directcust4")).pop().expect("a case").updated_date;
    assert!(last > Timestamp::parse("9999-12-30T23:00:00Z"), "the last of them are made: {last:?}");
    sandbox.advance(HOUR_MS);
    assert_eq!(moves(&sandbox).iter().sum::<u64>(), total, "the end of time");
}

#[test]
fn what_is_wrong_with_the_options_is_said_by_name() {
    for (text, field) in [
        (r#"{"movesPerHour":-1}"#, "movesPerHour"),
        (r#"{"movesPerHour":3600000.5}"#, "movesPerHour"),
        (r#"{"movesPerHour":"10"}"#, "movesPerHour"),
        (r#"{"msPerRequest":-1}"#, "msPerRequest"),
        (r#"{"msPerRequest":1.5}"#, "msPerRequest"),
        (r#"{"msPerRequest":3600001}"#, "msPerRequest"),
        (r#"{"msPerRequest":true}"#, "msPerRequest"),
    ] {
        let error = Options::from_json(&json(text), 0).expect_err(text);
        assert_eq!(error.field, field, "{error}");
        assert!(error.message.starts_with(field), "{error}");
    }
    let options = Options::from_json(&json(r#"{"movesPerHour":0.5,"msPerRequest":200}"#), 0).expect("options");
    assert_eq!((options.moves_per_hour, options.ms_per_request), (0.5, 200));
    let info = Sandbox::new(options).info();
    assert_eq!(info.get("movesPerHour"), Some(&Json::Number("0.5".to_owned())));
    assert_eq!(number(&info, "msPerRequest"), 200);
    for rate in [f64::NAN, f64::INFINITY, -5.0, f64::MIN_POSITIVE] {
        let mut sandbox = moving(10, rate);
        sandbox.advance(1000);
        assert!(decode::json(sandbox.info().to_json_string().as_bytes()).is_ok(), "{rate}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// Each list equals the set of its cases in order, whatever is mutated and inserted.
    #[test]
    fn lists_stay_true(
        seed in 0u64..1000,
        cases in 1u32..200,
        rate in 1.0f64..20_000.0,
        steps in prop::collection::vec((0u64..HOUR_MS, 0usize..1000), 1..6),
    ) {
        let mut options = Options::default();
        (options.seed, options.cases, options.moves_per_hour) = (seed, cases, rate);
        let mut sandbox = Sandbox::new(options);
        for (ms, place) in steps {
            sandbox.advance(ms);
            let known = ids(&sandbox, "case_ids");
            let id = &known[place % known.len()];
            let status = ["Closed", "Customer Pending"][place % 2];
            let put = format!(r#"{{"case_id":"{id}","contract_id":"{}","status":"{status}"}}"#, 1_234_567 + place % 3);
            sandbox.put(&json(&put)).expect("a case");
        }
        let cases = all(&mut sandbox);
        prop_assert_eq!(cases.len() as u64, number(&sandbox.info(), "cases"));
        for contract in ids(&sandbox, "contract_ids") {
            let list = walk(&mut sandbox, &format!("{CONTRACTS}/{contract}"));
            prop_assert!(list.windows(2).all(|pair| pair[0].updated_date <= pair[1].updated_date));
            let mut expected: Vec<_> =
                cases.iter().filter(|case| case.contract_id == contract).map(|case| &case.case_id).collect();
            let mut found: Vec<_> = list.iter().map(|case| &case.case_id).collect();
            found.sort();
            expected.sort();
            prop_assert_eq!(found, expected);
            for flag in ["O", "C"] {
                let side = walk(&mut sandbox, &format!("{CONTRACTS}/{contract}?status_flag={flag}"));
                let same = list.iter().filter(|case| case.is_open() == (flag == "O")).count();
                prop_assert_eq!(side.len(), same);
            }
        }
        for case in cases.iter().step_by(7) {
            let detail = detail(&mut sandbox, &case.case_id);
            prop_assert_eq!((&case.status, case.severity), (&detail.status, detail.severity));
            prop_assert_eq!(&case.updated_date, &detail.updated_date);
            prop_assert!(detail.notes.windows(2).all(|pair| pair[0].creation_date >= pair[1].creation_date));
        }
    }
}
