//! The check of queries, and their canonical text.

use cisco_support_case::decode::json;
use cisco_support_case::query::{CaseQuery, ConditionField, DateInterval, OverviewOptions, SortKey, SortTerm};
use cisco_support_case::rules::MAX_PROBLEMS;
use proptest::prelude::*;

fn messages(query: &str) -> Vec<String> {
    CaseQuery::parse(query).err().unwrap_or_default().into_iter().map(|problem| problem.message).collect()
}

fn canonical(query: &str) -> String {
    CaseQuery::parse(query).unwrap_or_else(|problems| panic!("{query}: {problems:?}")).to_canonical_text()
}

#[test]
fn each_problem_names_its_path_the_expected_and_the_given_value() {
    let problems = [
        ("[]", "query: expected an object, got []"),
        (r#""text""#, r#"query: expected an object, got "text""#),
        (r#"{"were":{}}"#, r#"query: expected one of where, not, now, sort, offset, limit, got "were""#),
        (r#"{"where":[]}"#, "where: expected an object, got []"),
        (
            r#"{"where":{"severity":0}}"#,
            "where.severity: expected 1, 2, 3 or 4, or null for none, or a list of such values, got 0",
        ),
        (r#"{"where":{"severity":[1,"5"]}}"#, r#"where.severity[1]: expected 1, 2, 3 or 4, or null for none, got "5""#),
        (
            r#"{"where":{"severity":[]}}"#,
            "where.severity: expected at least one value (leave the member out for no condition), got []",
        ),
        (
            r#"{"where":{"status_flag":"o"}}"#,
            r#"where.status_flag: expected "O" or "C", or null for none, or a list of such values, got "o""#,
        ),
        (
            r#"{"not":{"status":[1]}}"#,
            "not.status[0]: expected a string of at most 1000 characters, or null for none, got 1",
        ),
        (
            r#"{"not":{"bug":["CSCab12345",["x"]]}}"#,
            r#"not.bug[1]: expected a string of at most 1000 characters, or null for none, got ["x"]"#,
        ),
        (r#"{"where":{"created":"2026"}}"#, r#"where.created: expected an object, got "2026""#),
        (
            r#"{"where":{"created":{"from":"2026-02-30T00:00:00Z"}}}"#,
            r#"where.created.from: expected an RFC 3339 date and time, or the milliseconds since 1970 as a whole number, got "2026-02-30T00:00:00Z""#,
        ),
        (
            r#"{"where":{"updated":{"from":2000,"to":1999}}}"#,
            "where.updated.to (with where.updated.from): expected an instant that is not before where.updated.from, got 1999",
        ),
        (r#"{"where":{"updated":{"since":1}}}"#, r#"where.updated: expected one of from, to, got "since""#),
        (r#"{"where":{"quiet_for_days":7}}"#, "where.quiet_for_days: expected an object, got 7"),
        (
            r#"{"where":{"quiet_for_days":{"min":1.5}}}"#,
            "where.quiet_for_days.min: expected a whole number from -3652425 to 3652425, got 1.5",
        ),
        (
            r#"{"not":{"open_for_days":{"min":3,"max":2}}}"#,
            "not.open_for_days.max (with not.open_for_days.min): expected a number that is not less than not.open_for_days.min, got 2",
        ),
        (r#"{"where":{"text":7}}"#, "where.text: expected a string of at most 1000 characters, got 7"),
        (
            r#"{"now":"today"}"#,
            r#"now: expected an RFC 3339 date and time, or the milliseconds since 1970 as a whole number, got "today""#,
        ),
        (
            r#"{"now":1e12}"#,
            "now: expected an RFC 3339 date and time, or the milliseconds since 1970 as a whole number, got 1e12",
        ),
        (r#"{"sort":"title"}"#, r#"sort: expected a list of objects with by and order, got "title""#),
        (r#"{"sort":["title"]}"#, r#"sort[0]: expected an object with by and order, got "title""#),
        (r#"{"sort":[{"by":"title","order":"up"}]}"#, r#"sort[0].order: expected "asc" or "desc", got "up""#),
        (
            r#"{"sort":[{"by":"title"},{"by":"title"}]}"#,
            r#"sort[1].by: expected a key that is in no term before, got "title""#,
        ),
        (r#"{"sort":[{"by":"title","desc":true}]}"#, r#"sort[0]: expected one of by, order, got "desc""#),
        (
            r#"{"sort":[{"by":"text"}]}"#,
            r#"sort[0].by (with where.text): expected another key, since there is no text, got "text""#,
        ),
        (r#"{"limit":10001}"#, "limit: expected a whole number from 0 to 10000, got 10001"),
        (r#"{"limit":"10"}"#, r#"limit: expected a whole number from 0 to 10000, got "10""#),
        (r#"{"offset":-1}"#, "offset: expected a whole number from 0 to 10000000, got -1"),
    ];
    for (query, message) in problems {
        assert_eq!(messages(query), [message], "{query}");
    }
    let unknown = messages(r#"{"sort":[{"by":"colour"}]}"#);
    assert!(unknown[0].starts_with("sort[0].by: expected one of updated_date, creation_date,"), "{unknown:?}");
    assert!(
        messages(r#"{"where":{"colour":1}}"#)[0].starts_with("where: expected one of status_flag, severity, status,")
    );
    assert!(messages("{")[0].starts_with("query: expected a JSON object (at byte 1: "));
}

#[test]
fn all_problems_are_reported_at_once() {
    let all = messages(
        r#"{"where":{"severity":[7,8],"created":{"from":"x","to":"y"},"text":1},"not":{"rma":2},"sort":[{"by":"x","order":"y"}],"limit":-1,"offset":-1,"now":"x","x":1}"#,
    );
    assert_eq!(all.len(), 12, "{all:#?}");
    let many =
        CaseQuery::check(&json(format!(r#"{{"where":{{"severity":{:?}}}}}"#, vec![9; 1000]).as_bytes()).unwrap());
    let many = many.unwrap_err();
    assert_eq!((many.len(), many[MAX_PROBLEMS].message.as_str()), (MAX_PROBLEMS + 1, "and 980 more"));
}

#[test]
fn limits_hold_to_the_unit() {
    let text =
        |units: usize| format!(r#"{{"where":{{"text":"{}a"}}}}"#, "😀".repeat(units / 2) + &"-".repeat(units % 2));
    assert!(CaseQuery::parse(&text(999)).is_ok() && messages(&text(1000)).len() == 1);
    let words = |count: usize| {
        format!(r#"{{"where":{{"text":"{}"}}}}"#, (0..count).map(|n| format!("w{n} ")).collect::<String>())
    };
    assert!(CaseQuery::parse(&words(32)).is_ok());
    assert!(
        messages(&words(33))[0].starts_with("where.text: expected at most 32 words (33 given;"),
        "{:?}",
        messages(&words(33))
    );
    let run = |count: u32| {
        format!(
            r#"{{"not":{{"text":"{}"}}}}"#,
            (0..count).filter_map(|n| char::from_u32(0x4e00 + n)).collect::<String>()
        )
    };
    assert!(CaseQuery::parse(&run(33)).is_ok() && messages(&run(34)).len() == 1);
    let values = |count: usize| format!(r#"{{"where":{{"contract_id":[{}]}}}}"#, vec!["\"1\""; count].join(","));
    assert!(CaseQuery::parse(&values(1000)).is_ok());
    assert_eq!(
        messages(&values(1001)),
        [r#"where.contract_id: expected at most 1000 values (1001 given), got ["1","1","1","1","1"]"#]
    );
    assert!(CaseQuery::parse(r#"{"limit":10000,"offset":10000000}"#).is_ok());
    assert!(CaseQuery::parse(r#"{"limit":0}"#).is_ok());
}

#[test]
fn null_is_an_absent_member_but_a_missing_value_in_lists() {
    assert_eq!(
        CaseQuery::parse(r#"{"where":null,"not":null,"now":null,"sort":null,"offset":null,"limit":null}"#),
        Ok(CaseQuery::default())
    );
    assert_eq!(
        canonical(r#"{"where":{"created":null,"text":null,"quiet_for_days":null,"updated":{"from":null}}}"#),
        "{}"
    );
    assert_eq!(canonical(r#"{"where":{"severity":null}}"#), r#"{"where":{"severity":[null]}}"#);
    assert_eq!(canonical(r#"{"where":{"severity":["",4]}}"#), r#"{"where":{"severity":[null,4]}}"#);
    assert_eq!(canonical(r#"{"where":{"status_flag":["C","O",""]}}"#), r#"{"where":{"status_flag":[null,"O","C"]}}"#);
    assert_eq!(canonical(r#"{"where":{"rma":[null,"8"]}}"#), r#"{"where":{"rma":["","8"]}}"#);
}

#[test]
fn equal_queries_have_one_canonical_text() {
    let groups: [&[&str]; 8] = [
        &[
            "{}",
            r#"{"where":{},"not":{},"limit":50,"offset":0,"sort":[]}"#,
            r#"{"sort":[{"by":"updated_date","order":"desc"}]}"#,
            r#"{"where":{"text":" !? "},"sort":{"by":"text"}}"#,
        ],
        &[r#"{"where":{"severity":["1"]}}"#, r#"{"where":{"severity":1}}"#, r#"{"where":{"severity":[1,1,"1"]}}"#],
        &[r#"{"where":{"status":["b","a","b"]}}"#, r#"{"where":{"status":["a","b"]}}"#],
        &[
            r#"{"now":"2026-01-01T01:00:00+01:00"}"#,
            r#"{"now":"2026-01-01T00:00:00.000Z"}"#,
            r#"{"now":1767225600000}"#,
        ],
        &[
            r#"{"where":{"text":" a \n b"}}"#,
            r#"{"where":{"text":"a b"},"sort":[{"by":"text"}]}"#,
            r#"{"where":{"text":"a b"},"sort":[{"by":"text","order":"desc"},{"by":"updated_date","order":"desc"}]}"#,
        ],
        &[
            r#"{"not":{"created":{"from":0}},"sort":{"by":"title","order":"asc"}}"#,
            r#"{"sort":[{"by":"title"}],"not":{"created":{"from":"1970-01-01T00:00:00Z"}}}"#,
        ],
        &[r#"{"where":{"created":{"from":-1}}}"#, r#"{"where":{"created":{"from":"1969-12-31T23:59:59.999Z"}}}"#],
        &[r#"{"where":{"bug":"CSC1"},"where":{"bug":"CSC2"}}"#, r#"{"where":{"bug":"CSC2"}}"#],
    ];
    let mut seen = Vec::new();
    for group in groups {
        let text = canonical(group[0]);
        for query in group {
            assert_eq!(canonical(query), text);
        }
        assert!(!seen.contains(&text));
        seen.push(text);
    }
    assert_eq!(seen[0], "{}");
    assert_eq!(seen[3], r#"{"now":"2026-01-01T00:00:00.000Z"}"#);
    assert_eq!(seen[5], r#"{"not":{"created":{"from":"1970-01-01T00:00:00.000Z"}},"sort":[{"by":"title"}]}"#);
    // Values are compared by bytes, so their case and spaces count.
    assert_ne!(canonical(r#"{"where":{"status":"closed"}}"#), canonical(r#"{"where":{"status":"Closed"}}"#));
    assert_ne!(canonical(r#"{"where":{"status":" a"}}"#), canonical(r#"{"where":{"status":"a"}}"#));
}

#[test]
fn the_order_has_its_defaults_filled_in() {
    let sort = |query: &str| CaseQuery::parse(query).unwrap().sort().to_vec();
    let (text, updated) = (
        SortTerm { by: SortKey::Text, is_descending: true },
        SortTerm { by: SortKey::UpdatedDate, is_descending: true },
    );
    assert_eq!(sort("{}"), [updated]);
    assert_eq!(sort(r#"{"where":{"text":"a"}}"#), [text, updated]);
    assert_eq!(
        sort(r#"{"where":{"text":"a"},"sort":[{"by":"severity"},{"by":"text","order":"asc"}]}"#)[1..],
        [SortTerm { is_descending: false, ..text }, updated]
    );
    assert_eq!(
        sort(r#"{"where":{"text":"a"},"sort":[{"by":"updated_date"},{"by":"text"}]}"#),
        [SortTerm { is_descending: false, ..updated }, text]
    );
    assert_eq!(
        sort(r#"{"where":{"text":""},"sort":[{"by":"text"},{"by":"title"}]}"#).len(),
        1,
        "a search box that was emptied"
    );
}

#[test]
fn conditions_are_where_the_engines_look() {
    let query = CaseQuery::parse(
        r#"{"where":{"status_flag":"O","severity":[1,2],"bug":["b","a"],"created":{"to":5},"quiet_for_days":{"min":-1}},"not":{"text":"x y"}}"#,
    )
    .unwrap();
    let conditions = query.conditions();
    assert_eq!((conditions.status_flags(), conditions.severities()), (Some(0b010), Some(0b110)));
    assert_eq!(conditions.values(ConditionField::Bug), ["a", "b"]);
    assert!(
        ConditionField::ALL.iter().all(|field| *field == ConditionField::Bug || conditions.values(*field).is_empty())
    );
    assert_eq!(conditions.created(), Some(DateInterval { from_ms: None, to_ms: Some(5) }));
    assert!(conditions.has_ages() && !query.exclusions().has_ages());
    assert_eq!((query.exclusions().words().len(), query.exclusions().text()), (2, "x y"));
}

/// Random queries as JSON.
pub fn queries() -> impl Strategy<Value = String> {
    let days = prop_oneof![Just(r#"{"min":7}"#), Just(r#"{"max":-1}"#), Just(r#"{"min":0,"max":30}"#), Just("{}")];
    let dates = prop_oneof![
        Just(r#"{"from":"2026-01-01T00:00:00Z"}"#.to_owned()),
        (-5_000_000_000_000_i64..5_000_000_000_000).prop_map(|ms| format!(r#"{{"to":{ms}}}"#)),
        (0..1000_u32).prop_map(|ms| format!(r#"{{"from":"1999-12-31T23:00:00.{ms:03}-01:00","to":978307200000}}"#)),
    ];
    let words = prop_oneof![
        Just("\"\""),
        Just("null"),
        Just("\"Closed\""),
        Just("\"ä\\u0000\\\"\""),
        Just("\"1\""),
        Just("\"2\"")
    ];
    let list = |one: BoxedStrategy<&'static str>| {
        prop_oneof![
            one.clone().prop_map(str::to_owned),
            proptest::collection::vec(one, 1..4).prop_map(|items| format!("[{}]", items.join(",")))
        ]
    };
    let text = prop_oneof!["\"[a-c!\\- ]{0,12}\"", Just("\"C9300-48P  \\n市場 ß\"".to_owned())];
    let severities = prop_oneof![Just("1"), Just("\"2\""), Just("3"), Just("null")].boxed();
    let flags = prop_oneof![Just("\"O\""), Just("\"C\""), Just("\"\"")].boxed();
    let names = proptest::sample::select(vec![
        "status",
        "contract_id",
        "user_id",
        "technology_name",
        "sub_technology_name",
        "serial_number",
        "bug",
        "rma",
        "case_id",
    ]);
    let member = prop_oneof![
        (names, list(words.boxed())).prop_map(|(name, value)| format!(r#""{name}":{value}"#)),
        list(severities).prop_map(|value| format!(r#""severity":{value}"#)),
        list(flags).prop_map(|value| format!(r#""status_flag":{value}"#)),
        (prop_oneof![Just("created"), Just("updated")], dates).prop_map(|(name, value)| format!(r#""{name}":{value}"#)),
        text.prop_map(|value| format!(r#""text":{value}"#)),
        (prop_oneof![Just("open_for_days"), Just("quiet_for_days"), Just("in_status_for_days")], days)
            .prop_map(|(name, value)| format!(r#""{name}":{value}"#)),
    ];
    let conditions =
        || proptest::collection::vec(member.clone(), 0..4).prop_map(|members| format!("{{{}}}", members.join(",")));
    let keys: Vec<&str> = SortKey::ALL.map(SortKey::name).into_iter().filter(|name| *name != "text").collect();
    let sort = (proptest::sample::subsequence(keys, 0..3), any::<bool>()).prop_map(|(keys, descending)| {
        let order = if descending { r#","order":"desc""# } else { "" };
        let terms: Vec<String> = keys.iter().map(|key| format!(r#"{{"by":"{key}"{order}}}"#)).collect();
        format!("[{}]", terms.join(","))
    });
    (conditions(), conditions(), sort, 0..3_u32, prop_oneof![Just(50), 0..100_u32]).prop_map(
        |(wanted, unwanted, sort, offset, limit)| {
            format!(r#"{{"where":{wanted},"not":{unwanted},"sort":{sort},"offset":{offset},"limit":{limit}}}"#)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

    #[test]
    fn the_canonical_text_is_the_query(text in queries()) {
        let query = CaseQuery::parse(&text).unwrap_or_else(|problems| panic!("{text}: {problems:?}"));
        let canonical = query.to_canonical_text();
        prop_assert_eq!(CaseQuery::parse(&canonical).map(|again| again.to_canonical_text()), Ok(canonical.clone()));
        prop_assert_eq!(CaseQuery::parse(&canonical), Ok(query));
    }

    #[test]
    fn queries_are_equal_if_their_texts_are(one in queries(), other in queries()) {
        let (one, other) = (CaseQuery::parse(&one).unwrap(), CaseQuery::parse(&other).unwrap());
        prop_assert_eq!(one == other, one.to_canonical_text() == other.to_canonical_text());
    }

    #[test]
    fn any_json_is_a_query_or_problems(text in "[\\{\\}\\[\\],:\"a-z0-9 ]{0,60}", name in "[a-z_]{1,20}", value in "(null|true|-?[0-9]{1,20}(\\.5)?|\"[ -!#-\\[\\]-~]{0,20}\"|\\[\\]|\\{\\})") {
        let _ = CaseQuery::parse(&text);
        for query in [format!(r#"{{"{name}":{value}}}"#), format!(r#"{{"where":{{"{name}":{value},"severity":{value},"text":{value},"created":{{"from":{value}}}}},"limit":{value},"sort":{value}}}"#)] {
            for problem in CaseQuery::parse(&query).err().unwrap_or_default() {
                prop_assert!(!problem.field.is_empty() && !problem.expected.is_empty());
            }
        }
    }
}

#[test]
fn the_options_of_an_overview_have_bounds_to_the_unit() {
    let days = |count: u32| format!("[{}]", (0..count).map(|day| day.to_string()).collect::<Vec<_>>().join(","));
    for (options, field) in [
        (r#"{}"#.into(), None),
        (r#"{"weeks":0,"top":0,"ageing_days":[],"quiet_days":[0]}"#.into(), None),
        (r#"{"weeks":520,"top":1000}"#.into(), None),
        (r#"{"weeks":521}"#.into(), Some("weeks")),
        (r#"{"weeks":-1}"#.into(), Some("weeks")),
        (r#"{"weeks":"8"}"#.into(), Some("weeks")),
        (r#"{"top":1001}"#.into(), Some("top")),
        (r#"{"top":1.5}"#.into(), Some("top")),
        (r#"{"ageing_days":[0,36500]}"#.into(), None),
        (r#"{"ageing_days":[36501]}"#.into(), Some("ageing_days")),
        (r#"{"ageing_days":7}"#.into(), Some("ageing_days")),
        (r#"{"quiet_days":[7,7]}"#.into(), Some("quiet_days")),
        (r#"{"quiet_days":[8,7]}"#.into(), Some("quiet_days")),
        (r#"{"quiet_days":[7,"8"]}"#.into(), Some("quiet_days")),
        (format!(r#"{{"quiet_days":{}}}"#, days(20)), None),
        (format!(r#"{{"quiet_days":{}}}"#, days(21)), Some("quiet_days")),
        (r#"{"day":7}"#.into(), Some("day")),
        ("[]".into(), Some("options")),
        ("{".into(), Some("options")),
    ] {
        let options: String = options;
        let problems = OverviewOptions::parse(&options).err().unwrap_or_default();
        let fields: Vec<&str> = problems.iter().map(|problem| problem.field.as_str()).collect();
        assert_eq!(fields, field.as_slice(), "{options}");
    }
    let all = r#"{"top":1001,"quiet_days":[1,0],"day":7}"#;
    assert_eq!(OverviewOptions::parse(all).unwrap_err().len(), 3, "all problems at once");
    let options = OverviewOptions::parse(r#"{"weeks":3,"top":4,"ageing_days":[5],"quiet_days":[6,7]}"#).unwrap();
    let numbers = (options.weeks, options.top, options.ageing_days, options.quiet_days);
    assert_eq!(numbers, (3, 4, vec![5], vec![6, 7]));
}
