//! The small JSON reader, against the decoder of responses.

use crate::random::Random;
use cisco_support_case::decode;
use cisco_support_case::util::{Json, parse_json};

#[test]
fn it_reads_what_the_decoder_reads() {
    for text in [
        r#"{"a":[1,2.50,-0,1e5,1E-7],"b":{},"c":[],"d":null,"e":true,"f":false}"#,
        r#" { "a" : "\"\\\/\b\f\n\r\té" } "#,
        r#""😀 \u0041 é 日本 \ud83d\ude00""#,
        "[\"\",\t0,\r\n0.5e+3]",
    ] {
        assert_eq!(parse_json(text).ok(), decode::json(text.as_bytes()).ok(), "{text}");
        assert!(parse_json(text).is_ok(), "{text}");
    }
}

#[test]
fn a_lone_half_of_a_pair_is_replaced() {
    assert_eq!(parse_json(r#""\ud800x\ud800\u0041\udc00""#), Ok(Json::from("\u{fffd}x\u{fffd}A\u{fffd}")));
}

#[test]
fn the_first_and_the_last_pair_are_one_character_each() {
    for (text, character) in [
        (r#""\ud800\udc00""#, "\u{10000}"),
        (r#""\ud800\udfff""#, "\u{103ff}"),
        (r#""\udbff\udfff""#, "\u{10ffff}"),
        (r#""\ud7ff\ue000""#, "\u{d7ff}\u{e000}"),
        (r#""\udbff\ue000""#, "\u{fffd}\u{e000}"),
    ] {
        assert_eq!(parse_json(text), Ok(Json::from(character)), "{text}");
    }
}

#[test]
fn a_damaged_text_is_an_error_with_its_place() {
    let expected = |text| parse_json(text).map_err(|error| (error.offset, error.expected));
    assert_eq!(expected("[1,]"), Err((3, "a value")));
    assert_eq!(expected("{\"a\":1"), Err((6, "\",\" or \"}\"")));
    assert_eq!(expected("{} x"), Err((3, "the end of the text")));
    assert_eq!(expected("{\"a\":\"\\u12g4\"}"), Err((10, "four hex digits")));
    assert_eq!(expected("\"\n\""), Err((1, "an escape instead of a control character")));
    let nested = |depth| ["[".repeat(depth), "]".repeat(depth)].concat();
    assert!(parse_json(&nested(decode::MAX_DEPTH)).is_ok());
    assert!(parse_json(&nested(decode::MAX_DEPTH + 1)).is_err());
}

#[test]
fn random_texts_are_accepted_exactly_where_the_decoder_accepts_them() {
    let pieces = [
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"a\"",
        "\"\\u0041\"",
        "1",
        "-",
        ".5",
        "e3",
        "0",
        "null",
        "tru",
        "e",
        " ",
        "\"",
        "\\",
    ];
    let mut random = Random::new(5);
    let (mut valid, mut invalid) = (0, 0);
    for _ in 0..200_000 {
        let text: String = (0..random.below(7)).map(|_| pieces[random.below(pieces.len())]).collect();
        let (read, decoded) = (parse_json(&text), decode::json(text.as_bytes()));
        assert_eq!(read.is_ok(), decoded.is_ok(), "{text}");
        match (read, decoded) {
            (Ok(read), Ok(decoded)) => {
                // Of duplicate keys the decoder has one.
                assert!(read == decoded || text.matches("\"a\"").count() > 1 || text.contains("0041"), "{text}");
                valid += 1;
            }
            _ => invalid += 1,
        }
    }
    assert!(valid > 1000 && invalid > 100_000);
}
