//! Equal seeds give equal bytes.

use super::*;

#[test]
fn the_same_seed_gives_the_same_bytes_on_every_platform() {
    let mut sandbox = sandbox_of(1000);
    let mut hash = 0xcbf2_9ce4_8422_2325;
    for id in ids(&sandbox, "contract_ids") {
        hash = fnv(&get(&mut sandbox, &format!("{CONTRACTS}/{id}?sort_by=STATUS")).body, hash);
    }
    for id in ids(&sandbox, "case_ids") {
        hash = fnv(&get(&mut sandbox, &format!("{DETAILS}/{id}")).body, hash);
    }
    assert_eq!(format!("{hash:016x}"), "24ae6ad77e63d91e");
}

#[test]
fn varied_titles_have_a_long_tail_of_words_and_change_nothing_else() {
    let cases = |titles| {
        let mut options = Options::default();
        (options.cases, options.titles) = (20_000, titles);
        let mut sandbox = Sandbox::new(options);
        ids(&sandbox, "contract_ids")
            .chunks(10)
            .flat_map(|batch| walk(&mut sandbox, &format!("{CONTRACTS}/{}", batch.join(","))))
            .collect::<Vec<_>>()
    };
    let (plain, varied) = (cases(Titles::Plain), cases(Titles::Varied));
    let words = |cases: &[CaseRecord]| {
        let words = cases.iter().flat_map(|case| case.title.split(' ')).collect::<std::collections::BTreeSet<_>>();
        words.len()
    };
    assert!(words(&plain) < 500 && words(&varied) > 8_000, "{} and {}", words(&plain), words(&varied));
    let longer = plain.iter().zip(&varied).filter(|(plain, varied)| varied.title.len() > plain.title.len()).count();
    assert!((730..770).contains(&(1000 * longer / plain.len())), "{longer} of {}", plain.len());
    for (plain, mut varied) in plain.into_iter().zip(varied) {
        assert!(varied.title.starts_with(&plain.title) && varied.title.encode_utf16().count() <= 240);
        varied.title.truncate(plain.title.len());
        assert_eq!(varied, plain);
    }
    assert!(Options::from_json(&json(r#"{"titles":"other"}"#), 0).is_err_and(|error| error.field == "titles"));
}

#[test]
fn another_seed_gives_other_cases() {
    let body = |seed| {
        let mut options = Options::default();
        options.seed = seed;
        get(&mut Sandbox::new(options), &format!("{CONTRACTS}/1234567")).body
    };
    assert_ne!(body(1), body(2));
}

#[test]
fn the_decoder_accepts_every_answer() {
    let mut sandbox = sandbox_of(33_000);
    let mut pages = 0;
    for batch in ids(&sandbox, "contract_ids").chunks(10) {
        let cases = walk(&mut sandbox, &format!("{CONTRACTS}/{}", batch.join(",")));
        pages += cases.len().div_ceil(100);
        for chunk in cases.chunks(30).step_by(7) {
            let ids: Vec<_> = chunk.iter().map(|case| case.case_id.as_str()).collect();
            let answer = get(&mut sandbox, &format!("{SUMMARY}/{}", ids.join(",")));
            let summary = decode::case_summary(&answer.body).expect("a summary");
            assert_eq!((summary.issues.len(), summary.cases.len()), (0, chunk.len()));
            let answer = get(&mut sandbox, &format!("{DETAILS}/{}", ids[0]));
            assert_eq!(decode::case_details(&answer.body).expect("details").issues, []);
        }
    }
    assert!(pages > 200, "{pages}");
}

#[test]
fn a_case_says_the_same_in_list_summary_and_details() {
    let mut sandbox = sandbox_of(500);
    for case in walk(&mut sandbox, &format!("{CONTRACTS}/1234567")) {
        let summary = get(&mut sandbox, &format!("{SUMMARY}/{}", case.case_id));
        let brief = decode::case_summary(&summary.body).expect("a summary").cases.remove(0);
        let details = get(&mut sandbox, &format!("{DETAILS}/{}", case.case_id));
        let detail = decode::case_details(&details.body).expect("details").detail;
        assert_eq!((&case.title, &case.status, &case.rmas), (&brief.title, &brief.status, &brief.rmas));
        assert_eq!((&case.title, &case.status, &case.rmas), (&detail.title, &detail.status, &detail.rmas));
        assert_eq!((case.severity, &case.updated_date), (detail.severity, &detail.updated_date));
        assert_eq!(case.is_open(), detail.is_open());
        assert_eq!(brief.technology_name, detail.technology_name);
    }
}

#[test]
fn times_make_sense() {
    let mut sandbox = sandbox_of(2000);
    let now = Timestamp::parse("2026-06-01T12:00:00Z");
    let mut previous = String::new();
    let mut cases = walk(&mut sandbox, &format!("{CONTRACTS}/1234567"));
    for case in &cases {
        assert!(case.creation_date <= case.updated_date && case.updated_date <= now, "{case:?}");
    }
    cases.sort_by(|a, b| a.case_id.cmp(&b.case_id));
    for case in cases {
        let created = case.creation_date.expect("a date").utc();
        assert!(previous <= created, "case ids rise with time");
        previous = created;
    }
}
