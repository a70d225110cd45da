//! Search over the sandbox's titles, plain and with a long tail.

use cisco_support_case::decode;
use cisco_support_case::model::CaseRecord;
use cisco_support_case::query::{
    CaseQuery, QueryableCase, SearchWord, SearchedField, WordTokenizer, evaluate, matched_ranges, text_rank,
};
use cisco_support_case::sandbox::{Options, Sandbox, SandboxRequest, Titles};
use cisco_support_case::util::Json;
use std::collections::BTreeSet;
use std::time::Instant;
use unicode_normalization::UnicodeNormalization;

fn cases(titles: Titles, count: u32) -> Vec<CaseRecord> {
    let mut options = Options::default();
    (options.cases, options.titles) = (count, titles);
    let mut sandbox = Sandbox::new(options);
    let Some(Json::Array(contracts)) = sandbox.info().get("contract_ids").cloned() else { panic!("no contracts") };
    let mut cases = Vec::new();
    for contract in contracts.iter().filter_map(Json::as_str) {
        for page in 1.. {
            let url = format!("/case/v3/cases/contracts/contract_ids/{contract}?page_index={page}&status_flag=O");
            let response = sandbox.handle(&SandboxRequest::get(&url).with_header("Authorization", "Bearer anything"));
            let page = decode::cases_page(&response.body).map(|page| page.cases).unwrap_or_default();
            if page.is_empty() || cases.len() >= 2000 {
                break;
            }
            cases.extend(page);
        }
    }
    assert!(cases.len() > 100, "{}", cases.len());
    cases
}

#[test]
fn every_word_of_every_title_finds_it_however_it_is_written() {
    for case in cases(Titles::Varied, 4000) {
        let title = case.title.as_str();
        let forms: [String; 5] = [
            title.to_owned(),
            title.to_uppercase(),
            title.to_lowercase(),
            title.nfd().collect(),
            title.nfkd().filter(|c| !('\u{300}'..='\u{36f}').contains(c)).collect(),
        ];
        for form in forms {
            let words = SearchWord::all_in(&form);
            assert!(
                text_rank(&words, &QueryableCase::new(&case)).is_some_and(|rank| rank as usize >= 2 * words.len()),
                "{form} in {title}"
            );
            for word in form.split_whitespace() {
                let words = SearchWord::all_in(word);
                if !words.is_empty() {
                    assert!(text_rank(&words, &QueryableCase::new(&case)).is_some(), "{word} in {title}");
                    assert!(!matched_ranges(&words, title, SearchedField::Title).is_empty());
                }
            }
        }
    }
}

#[test]
fn every_script_of_the_titles_is_searched_without_its_accents() {
    let cases = cases(Titles::Plain, 4000);
    let rows: Vec<_> = cases.iter().map(QueryableCase::new).collect();
    let sites = [
        ("barenf", "Bärenfeld"),
        ("ILE-EX", "Île-Exemple"),
        ("ostprove", "Østprøve"),
        ("sao ex", "São Exemplo"),
        ("lodka próbna", "Łódka Próbna"),
        ("本市", "見本市場"),
        ("ДЕМО", "Демоград"),
    ];
    for (text, site) in sites {
        let query = CaseQuery::parse(&format!(r#"{{"where":{{"text":"{text}"}},"limit":10000}}"#)).unwrap();
        let found: BTreeSet<usize> = evaluate(&query, &rows, 0).rows.into_iter().collect();
        let expected: BTreeSet<usize> = (0..cases.len()).filter(|row| cases[*row].title.contains(site)).collect();
        assert!(!expected.is_empty(), "{site}");
        assert_eq!(found, expected, "{text}");
    }
}

#[test]
#[ignore = "a measurement, for optimised builds"]
fn measure_the_tokenizer() {
    let cases = cases(Titles::Varied, 100_000);
    let titles: Vec<&str> = cases.iter().map(|case| case.title.as_str()).cycle().take(100_000).collect();
    let mut tokenizer = WordTokenizer::default();
    let mut pieces = Vec::new();
    let (mut count, mut bytes) = (0_usize, 0);
    for piece in titles.chunks(2000) {
        let start = Instant::now();
        for title in piece {
            tokenizer.tokenize(title, &mut |token| {
                count += 1;
                bytes += token.text.len();
            });
        }
        pieces.push(start.elapsed());
    }
    pieces.sort();
    println!(
        "{count} tokens of {bytes} bytes; a piece of 2000 titles: median {:?}, longest {:?}",
        pieces[pieces.len() / 2],
        pieces[pieces.len() - 1]
    );
}
