//! Folding and word characters, against Unicode's own data.

use crate::unicode_reference::{fold, is_assigned, is_ignored, is_word};
use cisco_support_case::query::{
    FoldedChars, UNICODE_VERSION, compare_folded, fold_text, id_key, is_word_char, sort_prefix,
};
use proptest::prelude::*;
use std::cmp::Ordering;
use unicode_normalization::UnicodeNormalization;

#[test]
fn every_character_folds_as_the_reference_says() {
    for c in '\0'..=char::MAX {
        let text = c.to_string();
        let expected = match c {
            '\u{e0000}'..='\u{e01ef}' => String::new(),
            _ if c.is_ascii() => text.to_ascii_lowercase(),
            _ => fold(c),
        };
        assert_eq!(fold_text(&text), expected, "{c:?} U+{:04X}", u32::from(c));
    }
}

#[test]
fn every_character_is_of_a_word_or_not_as_the_reference_says() {
    for c in ('\0'..='\u{ffff}').filter(|c| is_assigned(*c) && !is_ignored(*c)) {
        assert_eq!(is_word_char(c), is_word(c), "{c:?} U+{:04X}", u32::from(c));
    }
    // Above, letters and digits are of words, and no symbols are. The few punctuation marks of ancient scripts are not told
    // apart.
    let mut others = 0;
    for c in ('\u{10000}'..=char::MAX).filter(|c| is_assigned(*c)) {
        let is_other = is_word_char(c) != is_word(c) && !matches!(u32::from(c), 0xe_0000..);
        others += u32::from(is_other);
        assert!(!is_other || is_word_char(c) || !c.is_alphabetic(), "{c:?} U+{:04X}", u32::from(c));
        assert!(!(0x1_f300..0x1_fb00).contains(&u32::from(c)) || !is_word_char(c));
    }
    println!("{others} characters above U+FFFF are of words, and are punctuation or symbols");
}

#[test]
fn a_folded_character_is_of_a_word_if_the_character_is() {
    for c in ('\u{80}'..='\u{ffff}').filter(|c| is_word(*c) && is_assigned(*c)) {
        assert!(fold_text(&c.to_string()).chars().all(is_word_char), "{c:?}");
    }
}

#[test]
fn the_sites_of_the_sandbox_fold_in_every_script() {
    let folded = [
        ("Bärenfeld", "barenfeld"),
        ("Île-Exemple", "ile-exemple"),
        ("Østprøve", "ostprove"),
        ("São Exemplo", "sao exemplo"),
        ("Łódka Próbna", "lodka probna"),
        ("見本市場", "見本市場"),
        ("Демоград", "демоград"),
        ("Jønne", "jonne"),
        ("Vašek", "vasek"),
        // Other scripts and forms that titles have.
        ("ΌΣΟΣ όσος", "οσοσ οσοσ"),
        ("Ёлка Йод", "елка иод"),
        ("İstanbul ISPARTA ısı", "istanbul isparta isi"),
        ("STRASSE Straße STRAẞE", "strasse strasse strasse"),
        ("Þórður Ægir", "thordur aegir"),
        ("ŉ ǅ ﬁx ⅷ", "n dz fix viii"),
        ("Ｃ９３００ ｶﾞｲﾄﾞ", "c9300 ガイド"),
        ("か\u{3099}いと\u{3099}", "がいど"),
        ("ハ\u{309a}", "パ"),
        ("한글 \u{1112}\u{1161}\u{11ab}\u{1100}\u{1173}\u{11af}", "한글 한글"),
        ("שָׁלוֹם", "שלום"),
        ("مُحَمَّد الإسـلام", "محمد الاسلام"),
        ("٠١٢٣ ۴۵۶", "0123 456"),
        ("Wörter\u{ad}buch", "worterbuch"),
        ("об\u{2bc}єкт", "обєкт"),
        ("क़लम", "क\u{93c}लम"),
        ("½ % ＿ …", "½ % ＿ …"),
        ("µ μ Ω Ω K Å", "μ μ ω ω k a"),
    ];
    for (text, expected) in folded {
        assert_eq!(fold_text(text), expected);
        assert_eq!(fold_text(expected), expected, "folding twice is folding once");
    }
}

#[test]
fn か_and_が_are_two_letters() {
    // MySQL's collations that drop voiced marks find "papa" for "haha".
    assert_ne!(fold_text("ハハ"), fold_text("パパ"));
    assert_ne!(fold_text("か"), fold_text("が"));
}

#[test]
fn voiced_kana_are_composed_as_unicode_composes_them() {
    for plain in '\u{3040}'..='\u{30ff}' {
        for mark in ['\u{3099}', '\u{309a}'] {
            let decomposed: String = [plain, mark].iter().collect();
            let composed: String = fold_text(&plain.to_string()).chars().chain([mark]).nfc().collect();
            assert_eq!(fold_text(&decomposed), composed, "{plain} {mark}");
        }
    }
}

#[test]
fn hangul_is_composed_as_unicode_composes_it() {
    for syllable in '\u{ac00}'..='\u{d7a3}' {
        let text = syllable.to_string();
        assert_eq!(fold_text(&text.nfd().collect::<String>()), text);
    }
}

#[test]
fn the_order_is_by_code_points_and_not_by_utf_16() {
    // D21: U+1F600 is less than U+FF01 in UTF-16 code units.
    assert_eq!(compare_folded("\u{1f600}", "\u{ff01}"), Ordering::Greater);
    assert_eq!(compare_folded("Éa", "eb"), Ordering::Less);
    assert_eq!(compare_folded("e", "É"), Ordering::Less);
    assert_eq!(compare_folded("résumé", "resume"), Ordering::Greater, "equal when folded: by bytes of the original");
}

#[test]
fn the_unicode_version_is_a_constant() {
    // D20: an engine that stores folded texts stores this too, and folds again if it changed.
    assert_eq!(UNICODE_VERSION, (16, 0, 0));
}

/// Any text, often of characters with decompositions and marks.
fn texts() -> impl Strategy<Value = String> {
    let c = prop_oneof![
        any::<char>(),
        "[a-zA-Z0-9 ]".prop_map(|text| text.chars().next().unwrap()),
        proptest::char::range('\u{a0}', '\u{52f}'),
        proptest::char::range('\u{1e00}', '\u{1fff}'),
        proptest::char::range('\u{3041}', '\u{30ff}'),
        proptest::char::range('\u{ac00}', '\u{d7a3}'),
        Just('\u{301}'),
        Just('\u{307}'),
    ];
    proptest::collection::vec(c, 0..12).prop_map(|chars| chars.into_iter().collect())
}

/// Texts of the characters that compose.
fn composed_texts() -> impl Strategy<Value = String> {
    let c = prop_oneof![
        proptest::char::range(' ', 'z'),
        proptest::char::range('\u{a0}', '\u{52f}'),
        proptest::char::range('\u{300}', '\u{36f}'),
        proptest::char::range('\u{1e00}', '\u{1fff}'),
        proptest::char::range('\u{3041}', '\u{30ff}'),
        proptest::char::range('\u{ac00}', '\u{d7a3}'),
    ];
    proptest::collection::vec(c, 0..8).prop_map(|chars| chars.into_iter().collect())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(3000) })]

    #[test]
    fn folding_twice_is_folding_once(text in texts()) {
        let folded = fold_text(&text);
        prop_assert_eq!(fold_text(&folded), folded);
    }

    #[test]
    fn composed_and_decomposed_words_fold_alike(text in composed_texts()) {
        // Symbols keep their forms: "≠" is not "=".
        let (composed, decomposed): (String, String) = (text.nfc().collect(), text.nfd().collect());
        prop_assert_eq!(id_key(&composed), id_key(&decomposed));
    }

    #[test]
    fn orders_and_keys_agree_with_folded_texts(one in texts(), other in texts()) {
        let (folded, other_folded) = (fold_text(&one), fold_text(&other));
        prop_assert_eq!(compare_folded(&one, &other), folded.cmp(&other_folded).then(one.cmp(&other)));
        prop_assert!(sort_prefix(&one) == sort_prefix(&other) || sort_prefix(&one).cmp(&sort_prefix(&other)) == folded.cmp(&other_folded));
        prop_assert_eq!(id_key(&one), folded.chars().filter(|c| is_word_char(*c)).collect::<String>());
    }

    #[test]
    fn the_parts_of_the_original_are_in_order_and_between_characters(text in texts()) {
        let units: Vec<u16> = text.encode_utf16().collect();
        let mut before = (0, 0);
        for folded in FoldedChars::new(&text) {
            let span = (folded.start, folded.end);
            prop_assert!(span.0 == before.0 || before.1 <= folded.start, "{:?} after {:?}", span, before);
            prop_assert!(folded.start < folded.end);
            let part = units.get(folded.start as usize..folded.end as usize).unwrap();
            prop_assert!(String::from_utf16(part).is_ok());
            before = span;
        }
    }
}
