//! The decoder's code paths agree with each other and with a reference, over random documents.

use crate::differential::runner::{DOCUMENTS_OF_A_ROUND, Tally, check, documents, round};
use crate::fixtures::fixtures;
use cisco_support_case::decode::{self, Body, Records};
use cisco_support_case::model::{DocumentKind, Issue, write_record};
use cisco_support_case::util::write_array;

const ROUNDS: u64 = if cfg!(miri) { 1 } else { 420 };
const LARGEST: usize = if cfg!(miri) { 1280 } else { usize::MAX };

/// Decodes `rounds` random documents, with seeds from `seed` on.
fn rounds(seed: u64, rounds: u64) -> Tally {
    let mut tally = Tally::default();
    for index in 0..rounds {
        tally.add(round(seed.wrapping_add(index), LARGEST).unwrap_or_else(|message| panic!("{message}")));
    }
    tally
}

#[test]
fn documents_of_a_known_seed_are_read_alike_and_are_of_all_kinds() {
    let tally = rounds(1, ROUNDS);
    let documents = tally.documents;
    if cfg!(miri) {
        return assert!(documents > 0);
    }
    assert_eq!(documents, ROUNDS as usize * DOCUMENTS_OF_A_ROUND);
    for (what, count, percent) in [
        ("accepted", tally.accepted, 20),
        ("refused", tally.illegal + tally.misshapen, 20),
        ("of another shape", tally.misshapen, 1),
        ("without issues", tally.accepted - tally.with_issues, 10),
        ("with issues", tally.with_issues, 10),
        ("with unknown fields", tally.with_extras, 5),
        ("with escapes", tally.with_escapes, 10),
        ("with lone surrogates", tally.with_lone_surrogates, 1),
        ("with names that come again", tally.with_names_again, 2),
        ("beyond ASCII", tally.with_wide_text, 10),
        ("with notes", tally.with_notes, 5),
        ("with long strings", tally.with_long_text, 1),
    ] {
        assert!(count * 100 >= documents * percent, "{count} of {documents} documents are {what}");
    }
}

#[test]
#[cfg_attr(miri, ignore = "some of the random documents are enough")]
fn every_fixture_is_read_alike_as_whatever_it_is_asked_for() {
    let shapes = [DocumentKind::Summary, DocumentKind::Details, DocumentKind::Page];
    let documents: Vec<_> = fixtures().into_iter().flat_map(|body| shapes.map(|shape| (shape, body.clone()))).collect();
    assert!(documents.len() >= 24);
    check(&documents).unwrap_or_else(|message| panic!("{message}"));
}

/// Documents that a random run found once, each decoded differently by one code path.
#[test]
fn what_was_read_otherwise_once_is_read_alike() {
    // Strings were stored before the document turned out to be too deep, and again by the second code path, without
    // capacity for both. They are short enough for the compact text, and all differ.
    let deep = |length: usize| {
        let texts: String = ('a'..='h').map(|c| format!(r#""{}","#, String::from(c).repeat(length))).collect();
        format!(r#"{{"count":1,"cases":[{{"case_id":"1","severity":"1","x":[{texts}[[[[[[[[[1]]]]]]]]]]}}]}}"#)
    };
    // The largest body for its buffer.
    let twice = deep((8192 - 64 - deep(0).len()) / 8);
    // A string stored only by the abandoned attempt must not be reused for later records.
    let given_up = r#"{"count":2,"cases":[{"case_id":"1","severity":"1","x":1,"y":"T"},
        {"case_id":"2","severity":"1","x":["S",[[[[[[[[[1]]]]]]]]]],"y":"S"}]}"#;
    let whole_numbers =
        [28, 29, 30, 31].map(|bits| (1_u64 << bits) - 1).map(|number| format!("{number},{}", number + 1));
    let numbers =
        format!(r#"{{"count":1,"cases":[{{"case_id":"1","severity":"1","x":[{}]}}]}}"#, whole_numbers.join(","));
    let many: Vec<_> = (0..32).map(|name| format!(r#""n{name}":{name}"#)).collect();
    let (first_again, all) = (format!(r#"{},"n0":1"#, many.join(",")), many.join(","));
    let names = [&first_again, &all].map(|members| {
        format!(r#"{{"count":1,"cases":[{{"case_id":"1","severity":"1","x":{{{members}}}}},{{"case_id":"2","severity":"1",{members}}}]}}"#)
    });
    let found: [(DocumentKind, &[u8]); 12] = [
        (DocumentKind::Summary, twice.as_bytes()),
        (DocumentKind::Summary, given_up.as_bytes()),
        (DocumentKind::Summary, numbers.as_bytes()),
        (DocumentKind::Summary, names[0].as_bytes()),
        (DocumentKind::Summary, names[1].as_bytes()),
        (
            DocumentKind::Summary,
            br#"{"count":1,"cases":[{"case_id":"1","severity":"1","title":"\ud800\ue000\udbff\udfff"}]}"#,
        ),
        (DocumentKind::Summary, br#"{"count":1,"cases":[{"case_id":"1","severity":"1","x":"\ud800\ue000"}]}"#),
        (DocumentKind::Summary, br#"{"x":"\ud800","count":1,"cases":[{"case_id":"1","severity":"1","title":null}]}"#),
        (DocumentKind::Summary, br#"{"count":1,"cases":["\ud800",{"case_id":"1","severity":"1","title":null}]}"#),
        (DocumentKind::Details, br#"{"caseDetail":{"notes":["\ud83d"],"o":false}}"#),
        (DocumentKind::Details, br#"{"caseDetail":{"notes":["\ud83d"],"case_id":"1","severity":1}}"#),
        (DocumentKind::Summary, br#"{"count":1,"cases":[{"case_id":null,"severity":"1"}]}"#),
    ];
    for (shape, body) in found {
        check(&[(shape, body.to_vec())]).unwrap_or_else(|message| panic!("{}\n{message}", body.escape_ascii()));
    }
}

/// Undocumented members are predicted from the preceding record. Members that differ from the prediction are still
/// decoded.
#[test]
fn members_beyond_the_documentation_are_read_alike_whether_foreseen_or_not() {
    let members = [
        r#""a":1,"b":"x","c":[{"d":null}]"#,
        r#""a":1,"b":"x","c":[{"d":null}]"#,
        r#""a":true,"b":"\u00e9\n","c":{"d":{"e":{"f":{"g":1}}}}"#,
        r#""a":1,"c":2,"b":3"#,
        r#""a":1,"a":2"#,
        r#""a":1,"b":2,"a":3"#,
        r#""b":1,"a":2,"\u0061":3"#,
        r#""a":"\ud800","b":1"#,
        r#""a" : 1 , "b" : "x""#,
        r#""a":,"b":1"#,
        r#""a":1,"b":1,"#,
        r#""a":1,"title":"t","b":2,"case_id":"2","c":3"#,
        r#""page_index":1,"total_records":2,"note_detail":"n""#,
        "",
    ];
    let case =
        |extra: &str| format!(r#"{{"case_id":"1","severity":"1"{}{extra}}}"#, if extra.is_empty() { "" } else { "," });
    let mut documents = Vec::new();
    for (at, first) in members.into_iter().enumerate() {
        // Miri is slow, so each document only follows its predecessor.
        let seconds = if cfg!(miri) { at..members.len().min(at + 2) } else { 0..members.len() };
        for second in &members[seconds] {
            let cases = [first, *second, *second, first].map(case).join(",");
            let pagination =
                r#"{"page_index":1,"last_index":1,"page_records":4,"total_records":4,"severity":"2","a":1}"#;
            documents.push((
                DocumentKind::Page,
                format!(r#"{{"pagination_response_record":{pagination},"cases":[{cases}]}}"#),
            ));
            documents.push((DocumentKind::Summary, format!(r#"{{"count":4,"a":1,"b":2,"cases":[{cases}]}}"#)));
            let notes = [first, *second, *second].map(|extra| format!("{{{extra}}}")).join(",");
            documents.push((
                DocumentKind::Details,
                format!(
                    r#"{{"caseDetail":{{"case_id":"1","severity":"1",{first}{}"notes":[{notes}],"z":1}}}}"#,
                    if first.is_empty() { "" } else { "," }
                ),
            ));
        }
    }
    let many: Vec<_> = (0..40).map(|name| format!(r#""n{name}":{name}"#)).collect();
    let twice = [&many[..], &many[3..4]].concat().join(",");
    for second in [many.join(","), twice] {
        let cases = [case(&many.join(",")), case(&second)].join(",");
        documents.push((DocumentKind::Summary, format!(r#"{{"count":2,"cases":[{cases}]}}"#)));
    }
    for (shape, body) in documents {
        check(&[(shape, body.clone().into_bytes())]).unwrap_or_else(|message| panic!("{body}\n{message}"));
    }
}

/// Writes documents and expected results for the JavaScript tests of the vectors and records.
///
/// The file has one line of JSON for each document on which all decoders agree.
#[test]
#[ignore = "writes a file for other suites, to where DOCUMENTS says"]
fn documents_for_the_package_are_written() {
    let path = std::env::var_os("DOCUMENTS").expect("DOCUMENTS names the file");
    let mut lines = String::new();
    for (shape, body) in (1..=40).flat_map(|seed| documents(seed, 200_000)) {
        let hex: String = body.iter().map(|byte| format!("{byte:02x}")).collect();
        lines.push_str(&format!(r#"{{"shape":"{shape:?}","body":"{hex}","#));
        match decode::records(shape, &Body::from_slice(&body), Records::default()) {
            Ok(records) => {
                lines.push_str("\"value\":");
                write_value(&mut lines, &records);
            }
            Err(fault) => {
                let path = cisco_support_case::util::Json::from(fault.path.as_str()).to_json_string();
                lines.push_str(&format!(
                    r#""fault":{{"code":"{}","path":{path},"offset":{}}}"#,
                    fault.code, fault.offset
                ));
            }
        }
        lines.push_str("}\n");
    }
    std::fs::write(path, lines).unwrap();
}

/// Returns a document's value in the form of the package's JavaScript.
fn write_value(out: &mut String, records: &Records) {
    let issues = |out: &mut String, issues: &[Issue]| write_array(out, issues, |out, issue| issue.write(out));
    match records.kind() {
        DocumentKind::Details => {
            write_record(out, &records.detail());
            // A member after all others of the record.
            out.pop();
        }
        DocumentKind::Summary => {
            out.push_str(&format!("{{\"count\":{},\"cases\":", records.count()));
            write_array(out, &records.summary().cases, write_record);
        }
        DocumentKind::Page => {
            let page = records.page();
            out.push_str("{\"pagination_response_record\":");
            write_record(out, &page.pagination_response_record);
            out.push_str(",\"cases\":");
            write_array(out, &page.cases, write_record);
        }
    }
    out.push_str(",\"issues\":");
    issues(out, records.issues());
    out.push('}');
}
