//! Parsing and formatting of dates and times.

use cisco_support_case::model::Timestamp;
use cisco_support_case::util::DAY_MS;
use proptest::prelude::*;

#[test]
fn the_service_s_own_forms_are_read() {
    let ms = |text: &str| Timestamp::parse(text).map(|t| t.unix_ms());
    assert_eq!(ms("1970-01-01T00:00:00Z"), Some(0));
    assert_eq!(ms("2017-05-09T20:08:45.000Z"), Some(1_494_360_525_000));
    assert_eq!(ms("2013-04-23T11:00:14Z"), Some(1_366_714_814_000));
    assert_eq!(ms("2013-04-23t13:00:14.25+02:00"), Some(1_366_714_814_250));
    assert_eq!(ms("2013-04-23T05:30:14.2509999-05:30"), Some(1_366_714_814_250));
    assert_eq!(ms("1969-12-31T23:59:59.999Z"), Some(-1));
}

#[test]
fn what_is_no_instant_of_the_calendar_is_refused() {
    for text in [
        "",
        "2017",
        "2017-05-09",
        "2017-05-09T20:08:45",
        "2017-05-09 20:08:45Z",
        "2017-5-9T20:08:45Z",
        "2017-13-01T00:00:00Z",
        "2017-00-01T00:00:00Z",
        "2017-04-31T00:00:00Z",
        "2017-01-00T00:00:00Z",
        "2023-02-29T00:00:00Z",
        "1900-02-29T00:00:00Z",
        "2017-01-01T24:00:00Z",
        "2017-01-01T00:60:00Z",
        "2016-12-31T23:59:60Z",
        "2017-01-01T00:00:00.Z",
        "2017-01-01T00:00:00,5Z",
        "2017-01-01T00:00:00+0200",
        "2017-01-01T00:00:00+24:00",
        "2017-01-01T00:00:00+02:60",
        "2017-01-01T00:00:00ZZ",
        "+2017-01-01T00:00:00Z",
        "0000-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01",
        "２017-01-01T00:00:00Z",
        "2017-01-01T00:00:00Z\0",
    ] {
        assert!(Timestamp::parse(text).is_none(), "{text:?}");
    }
    for text in ["2024-02-29T00:00:00Z", "2000-02-29T00:00:00Z", "0000-02-29T00:00:00Z", "9999-12-31T23:59:59.999Z"] {
        assert!(Timestamp::parse(text).is_some(), "{text:?}");
    }
}

#[test]
fn every_day_of_four_centuries_is_one_day_after_the_one_before() {
    // An independent calendar that counts days by the lengths of months.
    let mut ms = Timestamp::parse("1600-01-01T00:00:00Z").unwrap().unix_ms();
    for year in 1600..2000_u32 {
        let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        for (month, days) in [31, if leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31].iter().enumerate()
        {
            for day in 1..=*days {
                let text = format!("{year:04}-{:02}-{day:02}T00:00:00Z", month + 1);
                assert_eq!(Timestamp::parse(&text).map(|t| t.unix_ms()), Some(ms), "{text}");
                assert_eq!(Timestamp::from_unix_ms(ms).unwrap().as_str(), text);
                ms += DAY_MS;
            }
        }
    }
}

proptest! {
    #[test]
    fn an_instant_is_the_same_after_writing_and_reading(ms in -62_167_219_200_000_i64..253_402_300_800_000) {
        let written = Timestamp::from_unix_ms(ms).unwrap();
        prop_assert_eq!(Timestamp::parse(written.as_str()).unwrap().unix_ms(), ms);
        prop_assert_eq!(written.utc(), written.as_str());
    }

    #[test]
    fn an_offset_only_shifts(ms in 0_i64..4_000_000_000_000, offset in -1439_i64..=1439) {
        let local = Timestamp::from_unix_ms(ms + offset * 60_000).unwrap().utc();
        let sign = if offset < 0 { '-' } else { '+' };
        let text = format!("{}{sign}{:02}:{:02}", local.trim_end_matches('Z'), offset.abs() / 60, offset.abs() % 60);
        prop_assert_eq!(Timestamp::parse(&text).unwrap().unix_ms(), ms);
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,40}") {
        let _ = Timestamp::parse(&text);
    }

    #[test]
    fn nearly_a_date_is_read_or_refused(text in "[0-9]{3,5}-[0-9]{1,2}-[0-9]{1,2}[Tt ]?[0-9:.]{0,14}[Zz+-]?[0-9:]{0,6}") {
        if let Some(t) = Timestamp::parse(&text) {
            prop_assert_eq!(Timestamp::parse(&t.utc()).unwrap().unix_ms(), t.unix_ms());
        }
    }
}
