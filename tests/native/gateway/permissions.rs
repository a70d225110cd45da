//! Permissions, from options and from claims.

use super::*;

// Validation and authorization.

#[test]
fn permissions_are_lists_or_the_wildcard_and_nothing_else_is_a_wildcard() {
    let request = |path: &str| read(path).unwrap();
    let (contract, user) = (request("/cases/contracts/contract_ids/7"), request("/cases/users/user_ids/u"));
    let table = [
        ("null", false, false),
        ("{}", false, false),
        (r#"{ "contract_ids": "*" }"#, true, false),
        (r#"{ "user_ids": "*" }"#, false, true),
        (r#"{ "contract_ids": ["7"], "user_ids": ["v"] }"#, true, false),
        (r#"{ "contract_ids": [" 7 "], "user_ids": ["u"] }"#, true, true),
        (r#"{ "contract_ids": ["07", "7 7", "70"], "user_ids": ["U"] }"#, false, false),
        (r#"{ "contract_ids": [], "user_ids": null }"#, false, false),
    ];
    for (text, sees_contract, sees_user) in table {
        let permissions = Permissions::from_json(&params(text)).unwrap();
        assert_eq!(authorize(&permissions, &contract).is_ok(), sees_contract, "{text}");
        assert_eq!(authorize(&permissions, &user).is_ok(), sees_user, "{text}");
        // Case ids are authorized with the response.
        assert!(authorize(&permissions, &request("/cases/case_ids/1,2")).is_ok());
    }
    for text in [
        "7",
        "\"*\"",
        "[]",
        "[\"7\"]",
        "true",
        r#"{ "contract_ids": ["*"] }"#,
        r#"{ "contract_ids": [" * "] }"#,
        r#"{ "contract_ids": "7" }"#,
        r#"{ "contract_ids": " *" }"#,
        r#"{ "contract_ids": true }"#,
        r#"{ "contract_ids": [7] }"#,
        r#"{ "contract_ids": [""] }"#,
        r#"{ "contract_ids": [null] }"#,
        r#"{ "contract_ids": {} }"#,
        r#"{ "contracts": ["7"] }"#,
        r#"{ "contract_ids": ["7"], "admin": true }"#,
    ] {
        let sentence = Permissions::from_json(&params(text)).unwrap_err();
        assert!(!sentence.contains("\"7\""), "{sentence}");
    }
    let sentence = |text| Permissions::from_json(&params(text)).unwrap_err();
    assert!(sentence(r#"{ "contract_ids": [" "] }"#).ends_with("got a list with an empty string"));
    assert!(sentence(r#"{ "user_ids": "" }"#).ends_with("got an empty string"));
}

#[test]
fn a_claim_is_a_list_of_ids_or_one_of_them_and_everything_else_is_named() {
    for (claim, expected) in [
        (r#""1234567""#, r#"["1234567"]"#),
        (r#"" 1234567 ""#, r#"["1234567"]"#),
        ("1234567", r#"["1234567"]"#),
        ("9007199254740991", r#"["9007199254740991"]"#),
        (r#"["1", 2, " 3 "]"#, r#"["1","2","3"]"#),
        (r#""ann.lee@portal.example""#, r#"["ann.lee@portal.example"]"#),
        (r#""*""#, r#""*""#),
        (r#""""#, "[]"),
        ("[]", "[]"),
        ("null", "null"),
    ] {
        assert_eq!(ids_from_claim("contracts", Some(&params(claim))).unwrap().to_json_string(), expected, "{claim}");
    }
    assert_eq!(ids_from_claim("contracts", None), Ok(Json::Null));
    for (claim, got) in [
        ("true", "a boolean"),
        ("{}", "an object"),
        (r#"{ "ids": ["1234567"] }"#, "an object"),
        (r#""1234567,7654321""#, "a string of several ids"),
        (r#""1234567 7654321""#, "a string of several ids"),
        (r#"" * ""#, r#""*" with spaces"#),
        (r#"["*"]"#, r#""*" inside a list"#),
        ("[true]", "a list with a boolean"),
        (r#"[["1234567"]]"#, "a list with an array"),
        (r#"[""]"#, "a list with an empty string"),
        ("9007199254740992", "a number that is not exact"),
        ("1234567.5", "a number that is not exact"),
        ("-1234567", "a number that is not exact"),
        ("1e21", "a number that is not exact"),
        ("[12345678901234567890]", "a number that is not exact"),
    ] {
        let sentence = ids_from_claim("contracts", Some(&params(claim))).unwrap_err();
        let expected = format!(r#"claim contracts: expected an id, a list of ids or "*", got {got}"#);
        assert!(sentence.starts_with(&expected), "{claim}: {sentence}");
        assert!(!sentence.contains("1234567"), "{sentence}");
    }
    // Such claims never become valid, so the client does not retry.
    let claims = options("").to_json_string().replacen(
        r#""permissions":"[function]""#,
        r#""permissions":{"user_ids":"users"}"#,
        1,
    );
    let edge = IsolateState::new(GatewayConfig::check(&params(&claims)).unwrap());
    let error = edge.claimed_permissions(r#"{"subject":"ann","claims":{"users":true}}"#).unwrap_err();
    assert_eq!((code(&error), error.0.retryable, error.0.retry), ("PERMISSIONS_UNAVAILABLE", false, false));
    assert!(error.0.message.contains("(claim users: expected"), "{}", error.0.message);
}

#[test]
fn of_a_list_all_ids_have_to_be_permitted_and_ten_that_are_not_are_named() {
    let permissions = Permissions::from_json(&params(r#"{ "contract_ids": ["1", "2"] }"#)).unwrap();
    let error = authorize(&permissions, &read("/cases/contracts/contract_ids/1,3,2,4").unwrap()).unwrap_err();
    let places: Vec<_> = error.0.problems.iter().map(|problem| problem.index).collect();
    assert_eq!((code(&error), places), ("NOT_PERMITTED", vec![Some(1), Some(3)]));
    let all = (10..20).map(|id| id.to_string()).collect::<Vec<_>>().join(",");
    let error =
        authorize(&permissions, &read(&["/cases/contracts/contract_ids/", &all].concat()).unwrap()).unwrap_err();
    assert_eq!(error.0.problems.len(), 10);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

    /// Only principals with equal permissions share cache entries: the canonical form is one to one.
    #[test]
    fn equal_permissions_have_equal_spellings_and_unequal_ones_do_not(one in (ids(), ids()), other in (ids(), ids())) {
        let meaning = |(contracts, users): &(Option<Vec<String>>, Option<Vec<String>>)| {
            let set = |ids: &Option<Vec<String>>| ids.as_ref().map(|ids| ids.iter().map(|id| id.trim().to_owned()).collect::<BTreeSet<_>>());
            (set(contracts), set(users))
        };
        let spelling = |ids| Permissions::from_json(&permissions_json(ids)).unwrap().canonical();
        prop_assert_eq!(spelling(&one) == spelling(&other), meaning(&one) == meaning(&other));
        let (mut contracts, users) = one.clone();
        if let Some(ids) = &mut contracts {
            ids.reverse();
            ids.extend(ids.first().cloned());
        }
        prop_assert_eq!(spelling(&one), spelling(&(contracts, users)));
    }
}
