//! Live connections: tickets, the state of sockets, recipients, limits and revocations.

use super::*;
use cisco_support_case::gateway::live::{
    Changed, CloseCode, DEAD_MS, Interest, LIFETIME_MS, MAX_INTERESTS, MAX_SOCKETS, MAX_SOCKETS_PER_IDENTITY,
    MAX_TICKETS_PER_IDENTITY, Member, Roster, SHARDS, Ticket, scatter_ms, shard_of, ticket_wait_ms,
};
use cisco_support_case::gateway::{CopyRequest, is_not_modified};

const NOW: i64 = 1_780_000_000_000;

fn copy_config() -> GatewayConfig {
    GatewayConfig::check(&options(r#""copy": { "database": "[function]", "live": "[function]" }"#)).unwrap()
}

fn permissions(text: &str) -> Permissions {
    Permissions::from_json(&params(text)).unwrap()
}

fn changed(contracts: &[&str], users: &[&str]) -> Changed {
    let mut changed = Changed::default();
    changed.add(contracts.iter().copied(), users.iter().copied());
    changed
}

fn member(identity: &str, subject: &str, tenant: &str, contracts: &str) -> Member {
    let interest = Interest::of(&permissions(&format!(r#"{{ "contract_ids": {contracts} }}"#)));
    Member::new(identity, subject, tenant, interest).unwrap()
}

/// Returns a roster with sockets that were opened now, with those before them.
fn roster(members: impl IntoIterator<Item = Member>) -> Roster {
    let mut roster = Roster::default();
    for mut member in members {
        roster.admit(&mut member, NOW, 0);
        roster.add(Some(member), None);
    }
    roster
}

// Routes.

#[test]
fn own_routes_exist_only_with_a_copy() {
    let table = [
        ("/me", CopyRequest::Me),
        ("/feed", CopyRequest::Feed { since: String::new(), limit: None }),
        ("/feed?since=a%2Bb&limit=1000", CopyRequest::Feed { since: "a+b".to_owned(), limit: Some(1000) }),
        ("/query?q=%7B%22a%22%3A%22100%25%20%C3%A9%22%7D", CopyRequest::Query(r#"{"a":"100% é"}"#.to_owned())),
        ("/overview?q=", CopyRequest::Overview { query: String::new(), options: "{}".to_owned() }),
    ];
    for (path, expected) in table {
        let path = ["/api/case", path].concat();
        assert_eq!(get(&copy_config(), &path), Ok(RouteMatch::Copy(expected.clone())), "{path}");
        let plain = get(&config(), &path);
        match expected {
            CopyRequest::Me => assert!(plain.is_ok()),
            _ => assert_eq!(code(&plain.unwrap_err()), "NO_SUCH_ROUTE", "{path}"),
        }
    }
    assert_eq!(get(&copy_config(), "/api/case/live/ticket"), Ok(RouteMatch::LiveTicket));
    assert_eq!(code(&get(&config(), "/api/case/live/ticket").unwrap_err()), "NO_SUCH_ROUTE");
    // A copy without live connections.
    let quiet = GatewayConfig::check(&options(r#""copy": { "database": "[function]" }"#)).unwrap();
    assert_eq!(code(&get(&quiet, "/api/case/live/ticket").unwrap_err()), "NO_SUCH_ROUTE");
    assert!(get(&quiet, "/api/case/feed").is_ok());
}

#[test]
fn parameters_of_own_routes_are_checked() {
    let table = [
        ("/me?x=1", "no parameters"),
        ("/feed?cursor=1", "since and limit"),
        ("/feed?since=1&since=2", "each parameter once"),
        ("/feed?limit=0", "limit from 1 to 1000"),
        ("/feed?limit=1001", "limit from 1 to 1000"),
        ("/feed?limit=1e3", "limit from 1 to 1000"),
        ("/query?since=1", "q"),
        ("/query?q=%ff", "UTF-8"),
        ("/query?q=%f", "percent-encoding"),
        ("/live/ticket?for=ann", "no parameters"),
        ("/live", "handshake of a WebSocket"),
    ];
    for (path, expected) in table {
        let error = get(&copy_config(), &["/api/case", path].concat()).unwrap_err();
        assert_eq!(code(&error), "MALFORMED_REQUEST", "{path}");
        assert!(error.0.message.contains(expected), "{path}: {}", error.0.message);
    }
    for path in ["/metrics", "/live/tickets", "/feed/1", "/ME"] {
        assert_eq!(code(&get(&copy_config(), &["/api/case", path].concat()).unwrap_err()), "NO_SUCH_ROUTE", "{path}");
    }
    let url = format!("{HOST}/api/case/query?q={}", "x".repeat(9000));
    let head = RequestHead { method: "GET", url: &url, ..RequestHead::default() };
    assert_eq!(code(&parse_request(&copy_config(), &head, &Origin::SameOrigin).unwrap_err()), "Request URI Too Long");
}

#[test]
fn own_routes_have_head_and_no_other_method() {
    for (method, path, is_allowed) in [
        ("HEAD", "/feed", true),
        ("HEAD", "/me", true),
        ("HEAD", "/health", true),
        ("HEAD", "/live/ticket", false),
        ("HEAD", "/cases/case_ids/1", false),
        ("POST", "/feed", false),
        ("DELETE", "/live/ticket", false),
    ] {
        let url = [HOST, "/api/case", path].concat();
        let head = RequestHead { method, url: &url, ..RequestHead::default() };
        let result = parse_request(&copy_config(), &head, &Origin::SameOrigin);
        assert_eq!(result.is_ok(), is_allowed, "{method} {path}");
        let has_head = !path.starts_with("/cases") && !path.starts_with("/live");
        let allow = if has_head { "GET, HEAD, OPTIONS" } else { "GET, OPTIONS" };
        assert_eq!(allowed_methods(&copy_config(), &url), allow, "{path}");
        if let Err(error) = result {
            assert_eq!(code(&error), "METHOD_NOT_ALLOWED");
            let answer = error_response(error, &Origin::SameOrigin, "r-1");
            assert!(answer.headers.contains(&("allow", allow.to_owned())), "{method} {path}");
        }
    }
}

#[test]
fn an_entity_tag_is_compared_weakly() {
    for (given, is_same) in [
        (Some(r#"W/"abc""#), true),
        (Some(r#""abc""#), true),
        (Some(r#""x", W/"abc""#), true),
        (Some("*"), true),
        (Some("abc"), false),
        (Some(r#"W/"ab""#), false),
        (None, false),
    ] {
        assert_eq!(is_not_modified(given, r#"W/"abc""#), is_same, "{given:?}");
    }
}

// Tickets.

#[test]
fn a_handshake_needs_a_ticket_as_its_only_other_subprotocol() {
    let (nonce, signature) = ("a1".repeat(16), "0f".repeat(32));
    let good = format!("cisco-support-case.live, ticket.{SHARD}.{nonce}.{signature}", SHARD = SHARDS - 1);
    let url = [HOST, "/api/case/live"].concat();
    let read = |upgrade, protocols: Option<&str>| {
        let head = RequestHead { method: "GET", url: &url, upgrade, protocols, ..RequestHead::default() };
        parse_request(&copy_config(), &head, &Origin::SameOrigin)
    };
    assert_eq!(read(Some("WebSocket"), Some(&good)), Ok(RouteMatch::Live(good.clone())));
    assert_eq!(code(&read(None, Some(&good)).unwrap_err()), "MALFORMED_REQUEST");
    let bad = [
        String::new(),
        "cisco-support-case.live".to_owned(),
        good.replace("cisco-support-case.live, ", ""),
        good.replace("cisco-support-case.live", "another"),
        good.replace("ticket.", ""),
        good.replace(&format!("ticket.{}", SHARDS - 1), &format!("ticket.{SHARDS}")),
        good.replace("ticket.", "ticket.0"),
        good.replace(&nonce, &nonce[1..]),
        good.replace(&nonce, &nonce.to_uppercase()),
        good.replace(&signature, &signature[2..]),
        format!("{good}.x"),
        format!("{good}, another"),
    ];
    for protocols in &bad {
        assert_eq!(code(&read(Some("websocket"), Some(protocols)).unwrap_err()), "IDENTITY_INVALID", "{protocols}");
    }
    assert_eq!(code(&read(Some("websocket"), None).unwrap_err()), "IDENTITY_INVALID");
}

#[test]
fn identities_are_divided_among_all_objects() {
    let numbers: BTreeSet<u32> = (0..200).map(|n| shard_of(&format!("identity-{n}"))).collect();
    assert_eq!(numbers, (0..SHARDS).collect());
    assert_eq!(Ticket::signed_text(2, "ab"), "2.ab");
}

// The state of sockets.

proptest! {
    #[test]
    fn a_sockets_state_survives_hibernation(
        (identity, subject, tenant) in (".{0,40}", ".{0,40}", ".{0,40}"),
        given in (ids(), ids()),
        now in 0..i64::from(u32::MAX),
        random in any::<u32>(),
    ) {
        let interest = Interest::of(&Permissions::from_json(&permissions_json(&given)).unwrap());
        let mut member = Member::new(&identity, &subject, &tenant, interest).unwrap();
        Roster::default().admit(&mut member, now, random);
        prop_assert_eq!(Member::from_bytes(&member.to_bytes()), Some(member));
    }

    #[test]
    fn bytes_that_are_no_state_are_not_read_as_another(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        if let Some(member) = Member::from_bytes(&bytes) {
            prop_assert_eq!(member.to_bytes(), bytes.clone());
        }
        // Stored changes that are damaged tell everybody, not nobody.
        let read = Changed::from_bytes(&bytes);
        prop_assert!(bytes.is_empty() || read.to_bytes() == bytes || read.concerns(&Interest::Some(vec![1])));
    }

    /// Holds the recipients to the rule itself, over ids and kinds.
    #[test]
    fn a_message_goes_to_those_who_may_see_a_changed_contract_or_user(
        own in prop::collection::vec((prop::collection::btree_set("[a-f]", 0..4), prop::collection::btree_set("[a-f]", 0..4)), 1..8),
        (contracts, users) in (prop::collection::btree_set("[a-f]", 0..3), prop::collection::btree_set("[a-f]", 0..3)),
    ) {
        let text = |ids: &BTreeSet<String>| Json::Array(ids.iter().map(|id| Json::from(id.as_str())).collect());
        let members = own.iter().map(|(contracts, users)| {
            let given = Json::object([("contract_ids", text(contracts)), ("user_ids", text(users))]);
            Member::new("mark", "ann", "acme", Interest::of(&Permissions::from_json(&given).unwrap())).unwrap()
        });
        let mut changed = Changed::default();
        changed.add(contracts.iter().map(String::as_str), users.iter().map(String::as_str));
        let told = roster(members).recipients(&Changed::from_bytes(&changed.to_bytes()));
        let expected: Vec<usize> = own.iter().enumerate()
            .filter(|(_, (own_contracts, own_users))| {
                !own_contracts.is_disjoint(&contracts) || !own_users.is_disjoint(&users)
            })
            .map(|(index, _)| index).collect();
        prop_assert_eq!(told, expected);
    }
}

#[test]
fn state_fits_what_the_runtime_keeps_with_a_socket() {
    let ids = |count: usize| (0..count).map(|n| format!("\"{n}\"")).collect::<Vec<_>>().join(",");
    let most = permissions(&format!(r#"{{ "contract_ids": [{}] }}"#, ids(MAX_INTERESTS)));
    let text = "x".repeat(1000);
    let member = Member::new(&text, &text, &text, Interest::of(&most)).unwrap();
    // The runtime's limit is 16 384 bytes, with what its serialization adds.
    assert!((12_000..16_300).contains(&member.to_bytes().len()), "{}", member.to_bytes().len());
    let more = permissions(&format!(r#"{{ "contract_ids": [{}], "user_ids": ["a"] }}"#, ids(MAX_INTERESTS)));
    assert_eq!(Interest::of(&more), Interest::EveryRun);
    let [longest, longer] = [1500, 1501].map(|length| "x".repeat(length));
    assert!(Member::new(&longest, &longest, &longest, Interest::All).is_some());
    for [identity, subject, tenant] in [[&*longer, "", ""], ["", &longer, ""], ["", "", &longer]] {
        assert!(Member::new(identity, subject, tenant, Interest::All).is_none());
    }
}

#[test]
fn who_has_too_many_ids_is_told_of_every_run_and_so_learns_nothing_from_it() {
    let nothing = Changed::default();
    assert!(nothing.is_empty() && nothing.concerns(&Interest::EveryRun) && !nothing.concerns(&Interest::All));
    assert!(changed(&["1"], &[]).concerns(&Interest::All));
    let nobody = Interest::of(&permissions("{}"));
    assert!(!changed(&["1"], &["1"]).concerns(&nobody));
    // More changes than are kept concern everybody who may see anything.
    let many: Vec<String> = (0..60_000).map(|n| n.to_string()).collect();
    let mut all = Changed::default();
    all.add(many.iter().map(String::as_str), []);
    let all = Changed::from_bytes(&all.to_bytes());
    assert!(
        all.concerns(&Interest::of(&permissions(r#"{ "contract_ids": ["none of them"] }"#))) && !all.concerns(&nobody)
    );
}

// Limits.

#[test]
fn the_oldest_sockets_of_an_identity_make_room_and_no_other_ones() {
    let mut roster = Roster::default();
    for n in 0..MAX_SOCKETS_PER_IDENTITY {
        let mut one = member("ann", "ann", "acme", "[]");
        // Not in the order of their ages.
        roster.admit(&mut one, NOW - n as i64, 0);
        roster.add(Some(one), None);
        roster.add(Some(member(&format!("other-{n}"), "bob", "acme", "[]")), None);
    }
    let closings = roster.admit(&mut member("ann", "ann", "acme", "[]"), NOW, 0);
    assert_eq!(closings, [(2 * (MAX_SOCKETS_PER_IDENTITY - 1), CloseCode::Replaced)]);
    assert!(roster.admit(&mut member("new", "ann", "acme", "[]"), NOW, 0).is_empty());
}

#[test]
fn tickets_are_limited_by_identity_and_by_the_sockets_that_they_would_open() {
    let mut roster = Roster::default();
    assert!(roster.is_empty());
    roster.add(None, None);
    assert_eq!((roster.len(), roster.is_empty()), (1, false));
    assert_eq!(ticket_wait_ms(0, 0, 0), None);
    assert_eq!(ticket_wait_ms(MAX_SOCKETS - 2, 1, MAX_TICKETS_PER_IDENTITY - 1), None);
    assert_eq!(ticket_wait_ms(MAX_SOCKETS - 1, 1, 0), Some(60_000));
    assert_eq!(ticket_wait_ms(0, MAX_SOCKETS, 0), Some(60_000));
    assert_eq!(ticket_wait_ms(0, 0, MAX_TICKETS_PER_IDENTITY), Some(60_000));
}

#[test]
fn lifetimes_end_apart_and_dead_sockets_are_found() {
    let ends: BTreeSet<i64> = (0..100_u32)
        .map(|n| {
            let mut one = member("ann", "ann", "acme", "[]");
            Roster::default().admit(&mut one, NOW, n.wrapping_mul(2_654_435_761));
            assert!((NOW + LIFETIME_MS * 4 / 5..=NOW + LIFETIME_MS).contains(&one.until_ms));
            one.until_ms
        })
        .collect();
    assert!(ends.len() > 90);
    let mut roster = Roster::default();
    for pinged_ms in [None, Some(NOW + DEAD_MS - 1), Some(NOW - DEAD_MS)] {
        let mut one = member("ann", "ann", "acme", "[]");
        roster.admit(&mut one, NOW, 0);
        roster.add(Some(one), pinged_ms);
    }
    roster.add(None, Some(NOW));
    let unreadable = (3, CloseCode::Expired);
    assert_eq!(roster.expired(NOW + DEAD_MS), [unreadable]);
    assert_eq!(roster.expired(NOW + DEAD_MS + 1), [(0, CloseCode::Expired), (2, CloseCode::Expired), unreadable]);
    assert_eq!(roster.expired(NOW + LIFETIME_MS).len(), 4);
}

#[test]
fn a_message_spreads_the_requests_that_follow_it() {
    let steps: BTreeSet<u32> = (0..MAX_SOCKETS).map(scatter_ms).collect();
    // Few steps: the number of open sockets cannot be read from them.
    assert_eq!(steps, BTreeSet::from([1000, 2000, 4000, 8000, 16_000, 30_000]));
}

// Revocations.

#[test]
fn a_revocation_closes_the_sockets_that_it_names() {
    let roster = roster([
        member("1", "ann", "acme", "[]"),
        member("2", "bob", "acme", "[]"),
        member("3", "ann", "zeta", "\"*\""),
    ]);
    let closed = |scope, id| roster.revoked(scope, id).into_iter().map(|(index, _)| index).collect::<Vec<_>>();
    assert_eq!(closed(InvalidationScope::Subject, "ann"), [0, 2]);
    assert_eq!(closed(InvalidationScope::Tenant, "acme"), [0, 1]);
    assert_eq!(closed(InvalidationScope::Everybody, ""), [0, 1, 2]);
    for (scope, id) in [
        (InvalidationScope::Subject, "an"),
        (InvalidationScope::Tenant, "ann"),
        (InvalidationScope::Contract, "ann"),
        (InvalidationScope::Everything, ""),
    ] {
        assert!(closed(scope, id).is_empty(), "{scope:?} {id}");
    }
    assert_eq!(roster.revoked(InvalidationScope::Subject, "bob"), [(1, CloseCode::Revoked)]);
    let codes = [CloseCode::PolicyViolation, CloseCode::Expired, CloseCode::Revoked, CloseCode::Replaced];
    assert_eq!(codes.map(CloseCode::as_u16), [1008, 4000, 4001, 4002]);
}
