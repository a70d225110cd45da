//! Cache lifetimes, the invalidation log and cached identities.

use super::*;

// Cache freshness.

fn heard() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z0-9-]{0,8}:[0-9]{1,6}", Just(String::new())]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

    #[test]
    fn a_line_is_read_back_as_it_was_written(asked_ms in any::<i64>(), ttl_ms in any::<i64>(), heard in heard(), contracts in prop::collection::vec(any::<String>().prop_filter("an id", |id| !id.is_empty()), 0..6)) {
        let entry = CacheMetadata::new(asked_ms, ttl_ms, heard, contracts);
        let line = entry.to_text();
        prop_assert!(line.bytes().all(|b| b.is_ascii_graphic()), "it goes into a header: {line}");
        prop_assert_eq!(CacheMetadata::from_text(&line), Some(entry));
    }

    #[test]
    fn no_line_whatever_breaks_the_reading(line in any::<String>(), now in any::<i64>()) {
        if let Some(entry) = CacheMetadata::from_text(&line) {
            let _ = entry.freshness(&CachePolicy::default(), &InvalidationLog::default(), now);
        }
    }
}

#[test]
fn an_answer_is_fresh_then_stale_then_for_want_of_another_then_gone() {
    let policy = CachePolicy::default();
    let notices = InvalidationLog::new("e");
    let entry = CacheMetadata::new(1_000_000, 30_000, "e:0".to_owned(), vec!["7".to_owned()]);
    let table = [
        (-5000, Freshness::Fresh),
        (0, Freshness::Fresh),
        (29_999, Freshness::Fresh),
        (30_000, Freshness::Stale),
        (149_999, Freshness::Stale),
        (150_000, Freshness::StaleIfError),
        (3_749_999, Freshness::StaleIfError),
        (3_750_000, Freshness::Expired),
    ];
    for (after, expected) in table {
        assert_eq!(entry.freshness(&policy, &notices, 1_000_000 + after), expected, "{after}");
    }
    // An entry with a version of another epoch has expired.
    assert_eq!(entry.freshness(&policy, &InvalidationLog::new("other"), 1_000_000), Freshness::Expired);
    let mut notices = notices;
    notices.append(InvalidationScope::Contract, "8", 0);
    assert_eq!(entry.freshness(&policy, &notices, 1_000_000), Freshness::Fresh);
    notices.append(InvalidationScope::Contract, "7", 0);
    assert_eq!(entry.freshness(&policy, &notices, 1_000_000), Freshness::Expired);
    let newer = CacheMetadata::new(entry.requested_ms, entry.ttl_ms, notices.version(), entry.contracts.clone());
    assert_eq!(newer.freshness(&policy, &notices, 1_000_000), Freshness::Fresh);
    notices.append(InvalidationScope::Everything, "", 0);
    assert_eq!(newer.freshness(&policy, &notices, 1_000_000), Freshness::Expired);
}

// Revocations and purges.

#[derive(Clone, Debug)]
enum Happens {
    Posted(u8, u8),
    /// A copy requests the log; the response is in flight.
    Asks(usize),
    /// A response in flight arrives, in any order.
    Comes(usize),
    Lost(usize),
    /// A copy caches a subject's identity.
    Remembers(usize, u8),
    /// The original restarts from its persisted state.
    Restarts,
}

fn happens() -> impl Strategy<Value = Happens> {
    prop_oneof![
        3 => (0_u8..4, 0_u8..3).prop_map(|(about, id)| Happens::Posted(about, id)),
        4 => (0_usize..3).prop_map(Happens::Asks),
        4 => (0_usize..8).prop_map(Happens::Comes),
        1 => (0_usize..8).prop_map(Happens::Lost),
        4 => (0_usize..3, 0_u8..3).prop_map(|(copy, id)| Happens::Remembers(copy, id)),
        1 => Just(Happens::Restarts),
    ]
}

const SUBJECTS: [&str; 3] = ["ann", "ben", "cem"];
/// Ann and Ben have the same tenant.
const TENANTS: [&str; 3] = ["one", "one", "two"];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(3000) })]

    /// Responses may be reordered and lost.
    ///
    /// A copy that received a response knows every entry appended before it, and reports no false revocation.
    #[test]
    fn no_revocation_is_lost_on_the_way_and_none_is_invented(steps in prop::collection::vec(happens(), 0..60)) {
        let mut place = InvalidationLog::new("e");
        let mut copies = [InvalidationLog::default(), InvalidationLog::default(), InvalidationLog::default()];
        // The number of entries that each copy is certain to know.
        let mut certain = [0_u64; 3];
        let mut under_way: Vec<(usize, String, u64)> = Vec::new();
        let mut posted: Vec<(InvalidationScope, String)> = Vec::new();
        let mut remembered: Vec<(usize, String)> = Vec::new();
        for step in steps {
            match step {
                Happens::Posted(about, id) => {
                    let (about, id) = match about {
                        0 => (InvalidationScope::Subject, SUBJECTS[usize::from(id)]),
                        1 => (InvalidationScope::Tenant, TENANTS[usize::from(id)]),
                        2 => (InvalidationScope::Everybody, ""),
                        _ => (InvalidationScope::Contract, "7"),
                    };
                    place.append(about, id, 0);
                    posted.push((about, id.to_owned()));
                }
                Happens::Asks(copy) => under_way.push((copy, place.entries_since(&copies[copy].version()), posted.len() as u64)),
                Happens::Comes(at) if at < under_way.len() => {
                    let (copy, told, upto) = under_way.remove(at);
                    prop_assert!(copies[copy].apply(&told));
                    certain[copy] = certain[copy].max(upto);
                }
                Happens::Lost(at) if at < under_way.len() => drop(under_way.remove(at)),
                Happens::Remembers(copy, id) if !copies[copy].version().starts_with(':') => {
                    remembered.push((usize::from(id), copies[copy].version()));
                }
                Happens::Restarts => {
                    let kept = place.export();
                    place = InvalidationLog::new("another life");
                    prop_assert!(place.apply(&kept));
                }
                _ => {}
            }
            for (id, heard) in &remembered {
                let number: u64 = heard.rsplit_once(':').unwrap().1.parse().unwrap();
                let concerns = |(about, whose): &(InvalidationScope, String)| match about {
                    InvalidationScope::Subject => whose == SUBJECTS[*id],
                    InvalidationScope::Tenant => whose == TENANTS[*id],
                    InvalidationScope::Everybody => true,
                    _ => false,
                };
                let after = |upto: u64| posted.iter().take(upto as usize).skip(number as usize).any(concerns);
                prop_assert_eq!(place.is_revoked(SUBJECTS[*id], TENANTS[*id], heard), after(posted.len() as u64));
                for (copy, upto) in copies.iter().zip(certain) {
                    // A copy without any response trusts no cached identity.
                    let is_revoked = copy.is_revoked(SUBJECTS[*id], TENANTS[*id], heard);
                    if after(upto) || copy.version().starts_with(':') {
                        prop_assert!(is_revoked, "{heard} {copy:?}");
                    } else if !after(posted.len() as u64) {
                        prop_assert!(!is_revoked, "{heard} {copy:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn no_text_whatever_breaks_the_hearing(text in any::<String>(), heard in any::<String>()) {
        let mut notices = InvalidationLog::new("e");
        notices.append(InvalidationScope::Subject, "ann", 0);
        let before = notices.clone();
        if !notices.apply(&text) {
            prop_assert_eq!(&notices, &before, "what cannot be read changes nothing");
        }
        let _ = notices.entries_since(&heard);
        prop_assert!(before.is_revoked("ann", "", &heard) || heard.starts_with("e:"));
    }
}

#[test]
fn more_notices_than_are_kept_revoke_too_much_and_never_too_little() {
    let mut place = InvalidationLog::new("e");
    let mut copy = InvalidationLog::default();
    let mut early = None;
    for number in 0..25_000_u32 {
        place.append(InvalidationScope::Subject, &format!("subject-{number}"), 0);
        if number % 1000 == 0 {
            assert!(copy.apply(&place.entries_since(&copy.version())));
            early.get_or_insert_with(|| copy.version());
        }
    }
    let middle = copy.version();
    assert!(copy.apply(&place.entries_since(&copy.version())));
    let early = early.unwrap();
    for notices in [&place, &copy] {
        for number in (1..25_000).step_by(499) {
            assert!(notices.is_revoked(&format!("subject-{number}"), "", &early), "{number}");
        }
        assert!(notices.is_revoked("subject-24999", "", &middle));
        // An identity without a revocation is looked up again if its version precedes the log, and not otherwise.
        assert!(notices.is_revoked("nobody", "", &early));
        assert!(!notices.is_revoked("nobody", "", &middle));
        assert!(!notices.is_revoked("subject-24999", "", &notices.version()));
        assert!(notices.export().len() < 1_000_000);
    }
    // The exported log is imported unchanged.
    let mut again = InvalidationLog::default();
    assert!(again.apply(&place.export()));
    assert_eq!(again, place);
}

#[test]
fn a_sign_in_that_holds_its_permissions_is_outdated_until_it_is_renewed() {
    let claims = options("").to_json_string().replacen(
        r#""permissions":"[function]""#,
        r#""permissions":{"user_ids":"users"}"#,
        1,
    );
    let by_claims = GatewayConfig::check(&params(&claims)).unwrap();
    let ann = r#"{"subject":"ann","tenant":"acme"}"#;
    for (about, id, concerns) in [
        (InvalidationScope::Subject, "ann", true),
        (InvalidationScope::Tenant, "acme", true),
        (InvalidationScope::Everybody, "", true),
        (InvalidationScope::Subject, "bob", false),
        (InvalidationScope::Contract, "ann", false),
    ] {
        for (config, holds) in [(&by_claims, true), (&config(), false)] {
            let mut place = InvalidationLog::new("e");
            place.append(about, id, 5000);
            // The log as restored after a restart, and as an isolate receives it.
            let mut again = InvalidationLog::default();
            assert!(again.apply(&place.export()));
            let mut edge = IsolateState::new(config.clone());
            assert!(edge.apply_invalidations(&again.entries_since(""), 6000));
            let permissions = Permissions::from_json(&Json::Null).unwrap();
            edge.insert(ann, permissions, "scope", &edge.invalidation_log().version(), 6000).unwrap();
            let person = edge.principal(ann, 6000).unwrap();
            for (signed_in_ms, is_before) in [(0, true), (4000, true), (5000, true), (5001, false)] {
                let expected = concerns && holds && is_before;
                assert_eq!(edge.is_revoked(person, signed_in_ms), expected, "{about:?} {id} {signed_in_ms}");
            }
        }
    }
    // Compaction of old entries may revoke too much, but never too little.
    let mut place = InvalidationLog::new("e");
    for number in 0..10_001_i64 {
        place.append(InvalidationScope::Subject, &format!("subject-{number}"), number);
    }
    assert!(place.revoked_ms("subject-0", "").is_some_and(|at| (5000..=5001).contains(&at)));
    assert_eq!(place.revoked_ms("nobody", ""), place.revoked_ms("subject-0", ""));
    assert_eq!(place.revoked_ms("subject-10000", ""), Some(10_000));
}

#[test]
fn more_purges_than_are_kept_purge_everything_and_sign_nobody_out() {
    let mut place = InvalidationLog::new("e");
    place.append(InvalidationScope::Subject, "ann", 0);
    let after_ann = place.version();
    for number in 0..25_000_i64 {
        place.append(InvalidationScope::Contract, &number.to_string(), 1000 + number);
    }
    let mut copy = InvalidationLog::default();
    assert!(copy.apply(&place.export()));
    for log in [&place, &copy] {
        assert!(log.is_purged(&["0".to_owned()], &after_ann));
        assert_eq!(log.revoked_ms("bob", ""), None);
    }
    // A revocation that is merged with purges keeps its own time.
    place.append(InvalidationScope::Subject, "cid", 50_000);
    for number in 0..25_000_i64 {
        place.append(InvalidationScope::Contract, &number.to_string(), 60_000 + number);
    }
    assert_eq!(place.revoked_ms("cid", ""), Some(50_000));
    assert_eq!(place.revoked_ms("bob", ""), Some(50_000));
}

// Cached identities.

#[test]
fn who_was_revoked_is_known_no_more_and_is_not_learnt_from_what_was_asked_before() {
    let mut edge = IsolateState::new(config());
    let mut place = InvalidationLog::new("e");
    let nothing = || Permissions::from_json(&Json::Null).unwrap();
    let ann = r#"{"subject":"ann"}"#;
    assert!(!edge.is_current(0));
    assert!(edge.apply_invalidations(&place.entries_since(&edge.invalidation_log().version()), 1000));
    assert!(edge.is_current(1000) && edge.is_current(1999) && !edge.is_current(2000) && !edge.is_current(999));
    let heard = edge.invalidation_log().version();
    edge.insert(ann, nothing(), "scope", &heard, 1000).unwrap();
    assert!(edge.principal(ann, 1000).is_some() && edge.principal(ann, 60_999).is_some());
    assert!(
        edge.principal(ann, 61_000).is_none() && edge.principal(ann, 999).is_none(),
        "only for so long, by a clock that goes forwards"
    );
    place.append(InvalidationScope::Subject, "ann", 0);
    assert!(edge.apply_invalidations(&place.entries_since(&edge.invalidation_log().version()), 1500));
    assert!(edge.principal(ann, 1500).is_none());
    let error = edge.insert(ann, nothing(), "scope", &heard, 1500).unwrap_err();
    assert_eq!(code(&error), "PERMISSIONS_UNAVAILABLE");
    edge.insert(ann, nothing(), "scope", &edge.invalidation_log().version(), 1500).unwrap();
    assert!(edge.principal(ann, 1500).is_some());
    // An invalid log changes nothing and does not count as current.
    assert!(!edge.apply_invalidations("no notice", 9000));
    assert!(!edge.is_current(9000));
}

#[test]
fn what_is_remembered_of_identities_is_bounded_in_bytes() {
    // An identity with 2000 ids counts as 100 KB: 16 MB hold 160 of them, or some 30 000 without permissions.
    let ids = Json::Array((0..2000).map(|id| Json::String(format!("{id}"))).collect());
    let much = Json::object([("contract_ids", ids)]);
    for (permissions, most, others) in [(&much, 160, 400), (&Json::Null, 32_000, 40_000)] {
        // The bound also holds if all identities are inserted within one millisecond.
        for step_ms in [1, 0] {
            let mut edge = IsolateState::new(config());
            assert!(edge.apply_invalidations(&InvalidationLog::new("e").export(), 0));
            let heard = edge.invalidation_log().version();
            let identity = |number: i64| format!(r#"{{"subject":"s-{number}"}}"#);
            let permissions = Permissions::from_json(permissions).unwrap();
            for number in 0..others {
                edge.insert(&identity(number), permissions.clone(), "s", &heard, number * step_ms).unwrap();
            }
            let now = others * step_ms;
            let known = (0..others).filter(|number| edge.principal(&identity(*number), now).is_some()).count();
            assert!((1..=most).contains(&known), "{known} of {others}");
            assert!(edge.principal(&identity(others - 1), now).is_some(), "the newest is");
        }
    }
}

/// The Durable Object stores the log as one value of at most 2 MB.
#[test]
fn the_log_is_bounded_by_bytes_and_loses_no_revocation() {
    let long = |number: usize| format!("{number}-{}", "\"\u{1}ü".repeat(2000));
    let mut log = InvalidationLog::new("e");
    let before = log.version();
    for number in 0..300 {
        log.append(InvalidationScope::Subject, &long(number), 1000 + number as i64);
        assert!(log.export().len() <= 1_100_000, "{} bytes after {number}", log.export().len());
    }
    for number in [0, 150, 299] {
        assert!(log.is_revoked(&long(number), "", &before));
        assert!(log.revoked_ms(&long(number), "").is_some_and(|ms| ms >= 1000 + number as i64), "{number}");
    }
    assert!(!log.is_revoked(&long(299), "", &log.version()));
    // An id that has no room revokes everybody.
    log.append(InvalidationScope::Tenant, &"x".repeat(3_000_000), 9000);
    assert!(log.export().len() <= 1_100_000);
    assert!(log.is_revoked("anybody", "", &before) && log.revoked_ms("anybody", "") == Some(9000));
}
