//! The tokenizer and the places of matches.

use cisco_support_case::query::{
    MAX_JOINED_CHARS, SearchWord, SearchedField, TokenKind, WordTokenizer, fold_text, is_word_char, matched_ranges,
};
use proptest::prelude::*;

fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    WordTokenizer::default().tokenize(text, &mut |token| tokens.push(token.text.to_owned()));
    tokens
}

/// The matched parts of a title.
fn matched(query: &str, title: &str) -> Vec<String> {
    parts(title, &matched_ranges(&SearchWord::all_in(query), title, SearchedField::Title))
}

fn parts(text: &str, ranges: &[std::ops::Range<u32>]) -> Vec<String> {
    let units: Vec<u16> = text.encode_utf16().collect();
    let part = |range: &std::ops::Range<u32>| &units[range.start as usize..range.end as usize];
    ranges.iter().map(|range| String::from_utf16(part(range)).expect("whole characters")).collect()
}

#[test]
fn the_titles_of_the_sandbox_have_these_tokens() {
    let titles: [(&str, &[&str]); 10] = [
        ("C9300-48P: PoE denied on 12", &["c9300", "48p", "c930048p", "poe", "denied", "on", "12"]),
        ("Bärenfeld / N9K-C9504", &["barenfeld", "n9k", "c9504", "n9kc9504"]),
        ("[Łódka Próbna] OSPF", &["lodka", "probna", "ospf"]),
        ("P1!! fan & users @ 見本市場", &["p1", "fan", "users", "見本", "本市", "市場", "場"]),
        ("interface <GigabitEthernet1/0/24>", &["interface", "gigabitethernet1", "0", "24", "gigabitethernet1024"]),
        ("Демоград: BGP", &["демоград", "bgp"]),
        (
            "7.2.5 - 9.16(4) \\ ref. Île-Exemple",
            &["7", "2", "5", "725", "9", "16", "916", "4", "ref", "ile", "exemple", "ileexemple"],
        ),
        ("Cisco機器が停止", &["cisco", "機器", "器が", "が停", "停止", "止"]),
        ("ΟΔΟΣ ﬁn", &["οδοσ", "fin"]),
        ("一", &["一"]),
    ];
    for (title, expected) in titles {
        assert_eq!(tokens(title), expected, "{title}");
    }
}

#[test]
fn every_ascii_punctuation_separates_words_and_is_no_syntax() {
    // D18: in other engines "-", ".", ":" and "'" in a search are operators.
    for c in ('\0'..='\u{7f}').filter(|c| !c.is_ascii_alphanumeric()) {
        let text = format!("multi{c}agent");
        assert_eq!(&tokens(&text)[..2], ["multi", "agent"], "{c:?}");
        assert_eq!(
            matched(&text, &text).concat(),
            if tokens(&text).len() == 3 { text.clone() } else { "multiagent".into() }
        );
        for query in [format!("{c}"), format!("{c}{c}"), format!(" {c} ")] {
            assert!(SearchWord::all_in(&query).is_empty(), "{query:?}");
        }
        for title in [format!("{c}multi"), format!("multi{c}"), format!("{c}{c}multi{c}{c}")] {
            assert_eq!(tokens(&title), ["multi"], "{title:?}");
        }
    }
    for query in ["\"con\"", "con*", "con AND NOT", "O'S*", "col:con", "(con", "^con", "con\" OR \"1"] {
        assert!(!SearchWord::all_in(query).is_empty(), "{query}");
    }
}

#[test]
fn one_joiner_makes_a_compound_and_two_do_not() {
    assert_eq!(tokens("a-b"), ["a", "b", "ab"]);
    assert_eq!(tokens("a--b"), ["a", "b"]);
    assert_eq!(tokens("a-b c-d"), ["a", "b", "ab", "c", "d", "cd"]);
    assert_eq!(tokens("-a-b-"), ["a", "b", "ab"]);
    assert_eq!(tokens("a- b"), ["a", "b"]);
    assert_eq!(tokens("http://a.b/c"), ["http", "a", "b", "c", "abc"]);
    assert_eq!(tokens("don’t l·l"), ["don", "t", "dont", "l", "l", "ll"]);
    assert_eq!(tokens("a-市"), ["a", "市"], "runs without spaces are in no compound");
    assert_eq!(tokens("市-a-b"), ["市", "a", "b", "ab"]);
    assert_eq!(tokens("a\u{ad}b"), ["ab"], "a soft hyphen is no part of the word");
}

#[test]
fn a_long_chain_is_not_joined() {
    let chain = |parts: usize| vec!["abcd"; parts].join("-");
    assert_eq!(tokens(&chain(MAX_JOINED_CHARS / 4)).last().unwrap().len(), MAX_JOINED_CHARS);
    assert_eq!(tokens(&chain(MAX_JOINED_CHARS / 4 + 1)).last().unwrap(), "abcd");
    assert_eq!(SearchWord::all_in(&chain(20)).len(), 1, "its parts, each once");
}

#[test]
fn words_of_one_and_two_characters_match_in_a_run_of_cjk() {
    // D19: with trigrams these match nothing, or everything.
    let title = "障害: 見本市場のスイッチ";
    for (query, found) in [
        ("市", true),
        ("見", true),
        ("場", true),
        ("チ", true),
        ("本市", true),
        ("市場の", true),
        ("市本", false),
        ("川", false),
    ] {
        let words = SearchWord::all_in(query);
        let is_found = words.iter().all(|word| tokens(title).iter().any(|token| token.starts_with(word.text())));
        assert_eq!(is_found, found, "{query}");
    }
    assert_eq!(matched("本市場", title), ["本市場"]);
    assert_eq!(matched("ｽｲｯﾁ", title), ["スイッチ"], "half-width kana are kana");
    assert_eq!(matched("スイッチ", "ｽｲｯﾁ"), ["ｽｲｯﾁ"]);
    assert_eq!(matched("ド", "ｶﾞｲﾄﾞ"), ["ﾄﾞ"], "with its voiced mark");
}

#[test]
fn a_word_with_punctuation_is_found_with_any_punctuation() {
    for query in ["C9300-48P", "C9300 48P", "c930048p", "C9300.48P", "C9300-48", "9300"] {
        for title in ["C9300-48P down", "C9300 48P down", "C930048P down", "(C9300/48P) down"] {
            let is_part = query == "9300" || (title.contains("C930048P") && query == "C9300 48P");
            let is_split = title.contains("C9300 48P") && query == "c930048p";
            let words = SearchWord::all_in(query);
            let is_found = words.iter().all(|word| {
                let is_prefix = |text: &str| tokens(title).iter().any(|token| token.starts_with(text));
                is_prefix(word.text()) || (!word.parts().is_empty() && word.parts().iter().all(|part| is_prefix(part)))
            });
            assert_eq!(is_found, !is_part && !is_split, "{query} in {title}");
        }
    }
}

#[test]
fn the_places_of_many_matches_are_found_in_linear_time() {
    let title = "a b ".repeat(100_000);
    let words = SearchWord::all_in("a b");
    let ranges = matched_ranges(&words, &title, SearchedField::Title);
    assert_eq!((ranges.len(), &ranges[199_999]), (200_000, &(399_998..399_999)));
}

#[test]
fn matches_are_in_utf_16_units_of_the_original() {
    let examples: [(&str, &str, &[&str]); 15] = [
        ("strass", "Die Straße", &["Straß"]),
        ("s", "ß", &["ß"]),
        ("istanbul", "İstanbul", &["İstanbul"]),
        ("isp", "ISPARTA ısp", &["ISP", "ısp"]),
        ("oster", "O\u{308}sterreich", &["O\u{308}ster"]),
        ("o", "O\u{308}sterreich", &["O\u{308}"]),
        ("οσ", "ὉΔΌΣ ὅς ὅσο", &["ὅς", "ὅσ"]),
        ("οδοσ", "ὉΔΌΣ", &["ὉΔΌΣ"]),
        ("fire", "🔥🔥 Fire 🔥", &["Fire"]),
        ("f", "ﬁre ﬀ", &["ﬁ", "ﬀ"]),
        ("c930048", "🔥 C9300-48P", &["C9300-48"]),
        ("48p", "C9300-48P", &["48P"]),
        ("con fig", "Con-figure config", &["Con", "fig", "con"]),
        (
            "한글",
            "\u{1112}\u{1161}\u{11ab}\u{1100}\u{1173}\u{11af}!",
            &["\u{1112}\u{1161}\u{11ab}\u{1100}\u{1173}\u{11af}"],
        ),
        ("nothing", "Bärenfeld", &[]),
    ];
    for (query, title, expected) in examples {
        assert_eq!(matched(query, title), expected, "{query} in {title}");
    }
    let words = SearchWord::all_in("😀bcd");
    assert_eq!(matched_ranges(&words, "😀 bcd", SearchedField::Title)[0], 3..6, "after a surrogate pair");
}

#[test]
fn ids_match_at_their_start_and_at_their_end() {
    let ranges = |query: &str, id: &str, kind| parts(id, &matched_ranges(&SearchWord::all_in(query), id, kind));
    assert_eq!(ranges("612", "612345678", SearchedField::Id), ["612"]);
    assert_eq!(ranges("678", "612345678", SearchedField::Id), ["678"]);
    assert_eq!(ranges("78", "612345678", SearchedField::Id), [""; 0], "two characters match no end");
    assert_eq!(ranges("345", "612345678", SearchedField::Id), [""; 0]);
    assert_eq!(ranges("X0AB", "FOC-2145-X0AB", SearchedField::Id), ["X0AB"]);
    assert_eq!(ranges("2145x0ab", "FOC-2145-X0AB", SearchedField::Id), ["2145-X0AB"], "the end of the key");
    assert_eq!(ranges("example", "jdoe@example.com", SearchedField::UserId), ["example"]);
    assert_eq!(ranges("doe", "jdoe", SearchedField::UserId), [""; 0], "user ids have no ends");
    assert_eq!(ranges("612 678", "612345678", SearchedField::Id), ["612", "678"]);
}

fn texts() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        "[a-cA-C1-2]{1,3}",
        Just("-".to_owned()),
        Just(" ".to_owned()),
        Just("🔥".to_owned()),
        Just("ß".to_owned()),
        Just("İ".to_owned()),
        Just("ς".to_owned()),
        Just("\u{301}".to_owned()),
        Just("市".to_owned()),
        Just("本".to_owned()),
        Just("ｶﾞ".to_owned()),
        any::<char>().prop_map(|c| c.to_string()),
    ];
    proptest::collection::vec(part, 0..12).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(3000) })]

    #[test]
    fn tokens_are_word_characters_of_the_folded_text(text in texts()) {
        let units: Vec<u16> = text.encode_utf16().collect();
        let mut start = 0;
        WordTokenizer::default().tokenize(&text, &mut |token| {
            assert!(!token.text.is_empty() && token.text.chars().all(is_word_char), "{token:?}");
            let original = String::from_utf16(&units[token.start as usize..token.end as usize]).expect("whole characters");
            let letters: String = fold_text(&original).chars().filter(|c| is_word_char(*c)).collect();
            assert_eq!(letters, token.text);
            assert!(token.start >= start || matches!(token.kind, TokenKind::Joined { .. }));
            start = token.start.max(start);
        });
    }

    #[test]
    fn a_text_finds_itself(text in texts()) {
        let words = SearchWord::all_in(&text);
        let tokens = tokens(&text);
        for word in &words {
            prop_assert!(tokens.iter().any(|token| token == word.text()), "{:?} in {:?}", word, tokens);
        }
        // All of its word characters are in a match.
        let found: String = parts(&text, &matched_ranges(&words, &text, SearchedField::Title)).concat();
        let letters = |text: &str| fold_text(text).chars().filter(|c| is_word_char(*c)).collect::<String>();
        prop_assert_eq!(letters(&found), letters(&text));
    }

    #[test]
    fn matches_are_ascending_and_apart(query in texts(), text in texts()) {
        for kind in [SearchedField::Title, SearchedField::Id, SearchedField::UserId] {
            let ranges = matched_ranges(&SearchWord::all_in(&query), &text, kind);
            for pair in ranges.windows(2) {
                prop_assert!(pair[0].end < pair[1].start);
            }
            for (range, part) in ranges.iter().zip(parts(&text, &ranges)) {
                prop_assert!(range.start < range.end && !part.is_empty());
            }
        }
    }

    #[test]
    fn the_fast_path_for_ascii_gives_the_same_tokens(text in "[ -~]{0,40}") {
        let mut general = tokens(&format!("{text} \u{e9}"));
        general.pop();
        prop_assert_eq!(tokens(&text), general);
    }
}
