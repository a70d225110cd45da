//! The rules of queries, each with its number in `src/query/mod.rs`.

use cisco_support_case::decode;
use cisco_support_case::model::CaseRecord;
use cisco_support_case::query::{
    AgeRange, CaseQuery, DateInterval, EvaluatedQuery, QueryableCase, WaitingOn, age_in_days, evaluate,
};
use cisco_support_case::util::DAY_MS;

/// 2026-06-11T12:00:00Z.
const NOW_MS: i64 = 1_781_179_200_000;

/// Cases with what the rules are about; `c1` has no value but its id.
const CASES: &str = r#"{"count":9,"cases":[
    {"case_id":"c1"},
    {"case_id":"c2","status":"Closed","status_flag":"","severity":"1","title":"BGP session flaps","updated_date":"2026-06-01T12:00:00Z","creation_date":"2026-05-01T12:00:00Z","contract_id":"100"},
    {"case_id":"c3","status":"Closed","status_flag":"O","severity":"2","title":"bgp down","updated_date":"2026-06-01T14:00:00+02:00","creation_date":"2026-06-10T12:00:00Z","contract_id":"100","bugs":["CSCab12345","CSCcd67890"]},
    {"case_id":"c4","status":"Customer Pending","status_flag":"C","severity":"3","title":"Bärenfeld: C9300-48P","updated_date":"2026-06-11T12:00:00Z","creation_date":"2026-05-11T12:00:00Z","contract_id":"200","serial_number":"FOC2145X0AB"},
    {"case_id":"c5","status":"Customer Pending","severity":"4","title":"見本市場 停電","updated_date":"2026-06-10T12:00:01Z","creation_date":"2026-05-12T12:00:00.001Z","user_id":"jdoe@example.com","rmas":["800001","800002"]},
    {"case_id":"c6","status":"customer pending","status_flag":"O","severity":"4","title":"BGP","updated_date":"2026-06-12T00:00:00Z","creation_date":"2026-06-12T00:00:00Z","contract_id":" 100"},
    {"case_id":"c10","status":"Cisco Pending","status_flag":"O","title":"Ärger","technology_name":"Wireless","user_id":"JDOE"},
    {"case_id":"612345678","status":"Cisco Pending","status_flag":"O","title":"ärger 612345678 bgp","technology_name":"wireless"},
    {"case_id":"612345679","status":"Cisco Pending","status_flag":"O","title":"zebra","technology_name":"LAN Switching","contract_id":"612345678"}
]}"#;

fn evaluated(query: &str) -> (EvaluatedQuery, Vec<String>) {
    let records = decode::case_summary(CASES.as_bytes()).unwrap().cases;
    let mut cases: Vec<QueryableCase<'_>> = records.iter().map(QueryableCase::new).collect();
    // c4 has its status for ten days, c5 has a note.
    cases[3].status_since_ms = Some(NOW_MS - 10 * DAY_MS);
    cases[4].last_note_ms = Some(NOW_MS);
    let query = CaseQuery::parse(query).unwrap_or_else(|problems| panic!("{query}: {problems:?}"));
    let evaluated = evaluate(&query, &cases, NOW_MS);
    let ids = evaluated.rows.iter().map(|row| records[*row].case_id.clone()).collect();
    (evaluated, ids)
}

/// The ids of a query's answer, in order.
fn ids(query: &str) -> Vec<String> {
    evaluated(query).1
}

/// The ids of the cases that match a condition, by id.
fn matching(conditions: &str) -> Vec<String> {
    ids(&format!(r#"{{"where":{conditions},"sort":{{"by":"case_id"}}}}"#))
}

#[test]
fn rule_1_members_are_all_needed_and_values_are_alternatives() {
    assert_eq!(matching(r#"{"status":["Closed","Cisco Pending"],"severity":[1,2]}"#), ["c2", "c3"]);
    assert_eq!(matching(r#"{"status":"Customer Pending"}"#), ["c4", "c5"], "1.3: c6 has another case");
    assert_eq!(matching(r#"{"contract_id":"100"}"#), ["c2", "c3"], "1.3: c6 has a space");
    assert_eq!(matching(r#"{"severity":null}"#), ["612345678", "612345679", "c1", "c10"], "1.4");
    assert_eq!(matching(r#"{"status":""}"#), ["c1"]);
    assert_eq!(matching(r#"{"case_id":["c5","c2","C1","c"]}"#), ["c2", "c5"], "1.3");
    assert_eq!(matching(r#"{"bug":["","CSCcd67890"]}"#).len(), 9, "1.4 and 1.5");
    assert_eq!(matching(r#"{"bug":"CSCcd67890"}"#), ["c3"]);
    assert_eq!(matching(r#"{"bug":"CSCcd"}"#), [""; 0]);
    assert_eq!(matching(r#"{"rma":["800002","x"]}"#), ["c5"]);
    assert_eq!(matching(r#"{"status_flag":[null]}"#), ["c1", "c2", "c5"], "1.6: by the flag alone");
    assert_eq!(matching(r#"{"status_flag":"C"}"#), ["c4"]);
    assert_eq!(matching(r#"{"created":{},"text":"?!","quiet_for_days":{}}"#).len(), 9, "1.7");
    assert_eq!(matching(r#"{"technology_name":"wireless","sub_technology_name":null}"#), ["612345678"]);
}

#[test]
fn rule_1_2_a_case_with_any_member_of_not_is_left_out() {
    let without = |conditions: &str| ids(&format!(r#"{{"not":{conditions},"sort":{{"by":"case_id"}}}}"#));
    assert_eq!(without(r#"{"status":["Closed","Cisco Pending"],"severity":[4]}"#), ["c1", "c4"]);
    assert_eq!(without(r#"{"text":"bgp"}"#), ["612345679", "c1", "c10", "c4", "c5"]);
    assert_eq!(without(r#"{"text":"bgp flaps"}"#).len(), 8, "all words");
    assert_eq!(without(r#"{"text":"bgp","contract_id":null}"#), ["612345679", "c4"]);
    assert_eq!(
        without(r#"{"quiet_for_days":{"min":0}}"#),
        ["612345678", "612345679", "c1", "c10", "c6"],
        "no date is in no range"
    );
    assert_eq!(without(r#"{"text":"?","created":{}}"#).len(), 9, "1.7");
    assert_eq!(ids(r#"{"where":{"severity":4},"not":{"severity":4}}"#), [""; 0]);
}

#[test]
fn rule_2_intervals_are_of_instants_and_half_open() {
    let updated = |ends: &str| matching(&format!(r#"{{"updated":{{{ends}}}}}"#));
    assert_eq!(updated(r#""from":"2026-06-01T12:00:00Z","to":"2026-06-10T12:00:01Z""#), ["c2", "c3"]);
    assert_eq!(updated(r#""to":"2026-06-01T05:00:00.001-07:00""#), ["c2", "c3"], "2.1: any offset");
    assert_eq!(updated(r#""from":"2026-06-01T12:00:00.001Z""#), ["c4", "c5", "c6"]);
    assert_eq!(updated(r#""from":"0000-01-01T00:00:00Z""#).len(), 5, "2.2");
    assert_eq!(updated(r#""from":"2026-06-01T12:00:00Z","to":"2026-06-01T12:00:00Z""#), [""; 0], "2.3");
}

#[test]
fn rule_3_ages_are_whole_days_of_24_hours() {
    assert_eq!(matching(r#"{"quiet_for_days":{"min":10,"max":10}}"#), ["c2", "c3"]);
    assert_eq!(matching(r#"{"quiet_for_days":{"max":0}}"#), ["c4", "c5", "c6"], "3.2: c6 is in the future");
    assert_eq!(matching(r#"{"quiet_for_days":{"max":-1}}"#), ["c6"]);
    assert_eq!(matching(r#"{"open_for_days":{"min":1}}"#), ["c3", "c5"], "3.3: c2 and c4 are closed");
    assert_eq!(matching(r#"{"open_for_days":{"min":30}}"#), [""; 0], "c5 lacks a millisecond");
    assert_eq!(matching(r#"{"in_status_for_days":{"min":10}}"#), ["c2", "c3", "c4"], "3.5");
    assert_eq!(ids(r#"{"now":"2026-06-11T12:00:00.001Z","where":{"open_for_days":{"min":30}}}"#), ["c5"], "3.6");
    assert_eq!(ids(r#"{"now":0,"where":{"quiet_for_days":{"min":0}}}"#), [""; 0]);
}

#[test]
fn rule_3_a_range_of_days_is_an_interval_of_instants() {
    let hour = DAY_MS / 24;
    let nows = [0, NOW_MS, NOW_MS + 1, -1, DAY_MS - 1];
    let ranges = [(Some(0), None), (None, Some(0)), (Some(7), Some(7)), (Some(-2), Some(3)), (Some(5), Some(1000))];
    for now_ms in nows {
        for (min, max) in ranges {
            let range = AgeRange { min, max };
            let interval = range.to_interval(now_ms);
            for hours in -24 * 10..24 * 10 {
                for delta in [-1, 0, 1] {
                    let then = Some(now_ms + hours * hour + delta);
                    assert_eq!(range.contains(now_ms, then), interval.contains(then), "{range:?} {hours} {delta}");
                }
            }
            assert!(!range.contains(now_ms, None) && !interval.contains(None));
        }
    }
    assert_eq!(AgeRange::default().to_interval(NOW_MS), DateInterval::default());
    let days = AgeRange::MAX_DAYS;
    let extreme = AgeRange { min: Some(-days), max: Some(days) }.to_interval(NOW_MS);
    assert!(extreme.contains(Some(-62_167_219_200_000)) && extreme.contains(Some(253_402_300_799_999)));
    assert_eq!(
        [age_in_days(i64::MAX, i64::MIN), age_in_days(i64::MIN, i64::MAX)],
        [i64::MAX / DAY_MS, i64::MIN / DAY_MS - 1]
    );
}

#[test]
fn rule_4_each_word_is_a_prefix_or_the_end_of_an_id() {
    let found = |text: &str| ids(&format!(r#"{{"where":{{"text":{text:?}}},"sort":{{"by":"case_id"}}}}"#));
    assert_eq!(found("BGP"), ["612345678", "c2", "c3", "c6"]);
    assert_eq!(found("bg FLA"), ["c2"]);
    assert_eq!(found("gp"), [""; 0], "4.4: no part inside");
    assert_eq!(found("bärenf"), ["c4"], "4.1");
    assert_eq!(found("BARENFELD"), ["c4"]);
    assert_eq!(found("ａｒｇｅｒ"), ["612345678", "c10"], "4.1: full width");
    assert_eq!(found("c930048p"), ["c4"], "4.6");
    assert_eq!(found("C9300/48P"), ["c4"]);
    assert_eq!(found("48P-C9300"), ["c4"], "4.6: its parts, in any order");
    assert_eq!(found("foc2145"), ["c4"], "4.3");
    assert_eq!(found("FOC-2145"), ["c4"], "4.6: joined");
    assert_eq!(found("X0AB"), ["c4"], "4.5");
    assert_eq!(found("0ab"), ["c4"]);
    assert_eq!(found("AB"), [""; 0], "4.5: at least three characters");
    assert_eq!(found("345"), ["c3"], "the end of a bug");
    assert_eq!(found("67890"), ["c3"]);
    assert_eq!(found("800002"), ["c5"]);
    assert_eq!(found("example"), ["c5"], "4.3: a token of an id");
    assert_eq!(found("jdoe"), ["c10", "c5"]);
    assert_eq!(found("jdoeexample"), ["c5"], "4.3: its key");
    assert_eq!(found("doe"), [""; 0], "4.5: not of user ids");
    assert_eq!(found("jdoe 市場 8000"), ["c5"], "4.7: each in another field");
    assert_eq!(found("本市場"), ["c5"], "4.8");
    assert_eq!(found("市"), ["c5"]);
    assert_eq!(found("停"), ["c5"]);
    assert_eq!(found("場停"), [""; 0], "a space ends a run");
    assert_eq!(found("市場見本"), [""; 0], "場見 is no bigram of it");
    assert_eq!(found("市場 見本"), ["c5"]);
    assert_eq!(found("wireless"), [""; 0], "technologies are not searched");
    assert_eq!(found("\" * ' (").len(), 9, "4.9");
}

#[test]
fn rule_5_ids_rank_over_words_over_prefixes() {
    assert_eq!(ids(r#"{"where":{"text":"612345678"}}"#), ["612345678", "612345679"], "both 3: by id");
    assert_eq!(
        ids(r#"{"where":{"text":"bgp"}}"#),
        ["c6", "c2", "c3", "612345678"],
        "5.4: the latest first, no date last"
    );
    assert_eq!(ids(r#"{"where":{"text":"b"}}"#), ["c6", "c4", "c2", "c3", "612345678"]);
    assert_eq!(ids(r#"{"where":{"text":"bgp 612345678"}}"#), ["612345678"]);
    assert_eq!(ids(r#"{"where":{"text":"6123"}}"#), ["612345678", "612345679"]);
    assert_eq!(ids(r#"{"where":{"text":"jdoe"}}"#), ["c10", "c5"], "a whole user id over a part of one");
    assert_eq!(ids(r#"{"where":{"text":"z arg ?"},"sort":[{"by":"text"}]}"#), [""; 0]);
    let ascending = r#"{"where":{"text":"bgp"},"sort":[{"by":"text","order":"asc"},{"by":"title"}]}"#;
    assert_eq!(ids(ascending), ["612345678", "c6", "c3", "c2"].map(String::from), "all 2: by title");
    assert_eq!(
        ids(r#"{"where":{"text":"!"},"sort":[{"by":"text"},{"by":"case_id","order":"desc"}],"limit":1}"#),
        ["c6"],
        "5.5"
    );
}

#[test]
fn rule_6_missing_values_are_last_and_ties_end_in_the_id() {
    let sorted = |by: &str, order: &str| ids(&format!(r#"{{"sort":[{{"by":"{by}","order":"{order}"}}]}}"#));
    let rest = ["612345678", "612345679", "c1", "c10"];
    assert_eq!(sorted("severity", "asc"), ["c2", "c3", "c4", "c5", "c6"].into_iter().chain(rest).collect::<Vec<_>>());
    assert_eq!(
        sorted("severity", "desc"),
        ["c5", "c6", "c4", "c3", "c2"].into_iter().chain(rest).collect::<Vec<_>>(),
        "6.2"
    );
    assert_eq!(sorted("updated_date", "desc")[..5], ["c6", "c4", "c5", "c2", "c3"], "6.1");
    assert_eq!(sorted("updated_date", "asc")[..5], ["c2", "c3", "c5", "c4", "c6"]);
    assert_eq!(sorted("creation_date", "asc")[..5], ["c2", "c4", "c5", "c3", "c6"]);
    assert_eq!(sorted("status_since", "asc")[..5], ["c2", "c3", "c4", "c5", "c6"]);
    assert_eq!(sorted("last_note_date", "asc")[..3], ["c5", "612345678", "612345679"]);
    let titles = ["c10", "612345678", "c4", "c6", "c3", "c2", "612345679", "c5", "c1"];
    assert_eq!(sorted("title", "asc"), titles, "6.3: by folded text, then by bytes");
    assert_eq!(sorted("title", "desc")[..3], ["c5", "612345679", "c2"]);
    assert_eq!(sorted("title", "desc")[8], "c1");
    assert_eq!(sorted("case_id", "asc"), ["612345678", "612345679", "c1", "c10", "c2", "c3", "c4", "c5", "c6"], "6.4");
    assert_eq!(
        sorted("technology_name", "asc")[..3],
        ["612345679", "c10", "612345678"],
        "6.3: by bytes of the original"
    );
    assert_eq!(sorted("contract_id", "desc")[..2], ["612345679", "c4"]);
    assert_eq!(sorted("user_id", "asc")[..2], ["c10", "c5"]);
    assert_eq!(sorted("status", "asc")[8], "c1");
    assert_eq!(ids("{}"), sorted("updated_date", "desc"), "6.6");
}

#[test]
fn rule_6_the_order_of_titles_is_by_code_points() {
    // D21: U+FF01 is before U+1F600, which has a smaller first code unit in UTF-16.
    let mut records = vec![CaseRecord::default(); 6];
    for (record, title) in records.iter_mut().zip(["\u{1f600}", "\u{ff01}", "Zebra", "éclair", "\u{301}", ""]) {
        record.case_id = title.to_owned();
        record.title = title.to_owned();
    }
    let cases: Vec<_> = records.iter().map(QueryableCase::new).collect();
    let query = CaseQuery::parse(r#"{"sort":{"by":"title"}}"#).unwrap();
    assert_eq!(evaluate(&query, &cases, 0).rows, [4, 3, 2, 1, 0, 5], "a title of nothing but marks is there");
}

#[test]
fn rule_6_7_the_total_is_of_all_and_the_window_of_some() {
    let (answer, ids) = evaluated(r#"{"where":{"status_flag":"O"},"sort":{"by":"case_id"},"offset":1,"limit":2}"#);
    assert_eq!((answer.total, ids), (5, vec!["612345679".to_owned(), "c10".to_owned()]));
    let (answer, ids) = evaluated(r#"{"offset":9}"#);
    assert_eq!((answer.total, ids.len()), (9, 0));
    let (answer, ids) = evaluated(r#"{"limit":0}"#);
    assert_eq!((answer.total, ids.len()), (9, 0));
}

#[test]
fn rule_8_a_case_waits_by_its_status() {
    let parties = [
        ("Customer Pending", WaitingOn::Customer),
        ("Close Pending", WaitingOn::Customer),
        ("Cisco Pending", WaitingOn::Cisco),
        ("Cisco Release Pending", WaitingOn::Release),
        ("Service Order Pending", WaitingOn::ServiceOrder),
        ("Closed", WaitingOn::Unknown),
        ("customer pending", WaitingOn::Unknown),
        ("", WaitingOn::Unknown),
    ];
    for (status, party) in parties {
        assert_eq!(WaitingOn::of_status(true, status), party, "{status}");
        assert_eq!(WaitingOn::of_status(false, status), WaitingOn::Nobody);
    }
    let mut names: Vec<_> = WaitingOn::ALL.iter().map(|party| party.name()).collect();
    names.dedup();
    assert_eq!(names, ["customer", "cisco", "release", "service_order", "nobody", "unknown"]);
}
