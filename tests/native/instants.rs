//! RFC 3339 instants and HTTP dates, compared with jiff and httpdate on random inputs of a fixed seed.

use cisco_support_case::error::http_date_ms;
use cisco_support_case::model::Timestamp;
use std::time::{Duration, UNIX_EPOCH};

/// Inputs per test.
const INPUTS: u32 = 200_000;
/// The first instant of the year 10000, in milliseconds since 1970.
const YEAR_10000_MS: i64 = 253_402_300_800_000;
/// The first instant of the year 0, in milliseconds since 1970.
const YEAR_0_MS: i64 = -62_167_219_200_000;

/// A linear congruential generator (Knuth, MMIX).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }

    fn instant_ms(&mut self, from: i64, to: i64) -> i64 {
        let wide = self.below(1 << 31) << 31 | self.below(1 << 31);
        from + (wide % (to - from).unsigned_abs()).cast_signed()
    }
}

#[test]
fn an_instant_is_written_and_read_as_jiff_does() {
    let mut random = Random(1);
    for _ in 0..INPUTS {
        let ms = random.instant_ms(YEAR_0_MS, YEAR_10000_MS);
        let ours = Timestamp::from_unix_ms(ms).unwrap();
        let theirs = jiff::Timestamp::from_millisecond(ms).unwrap();
        assert_eq!(ours.as_str().parse::<jiff::Timestamp>().unwrap(), theirs, "{}", ours.as_str());
        assert_eq!(Timestamp::parse(&theirs.to_string()).unwrap().unix_ms(), ms, "{theirs}");
    }
}

/// Field values around their bounds: most texts name no date of the calendar.
#[test]
fn a_text_is_an_instant_if_jiff_says_so() {
    let mut random = Random(2);
    let (mut valid, mut invalid) = (0, 0);
    for _ in 0..INPUTS {
        let [year, month, day] = [random.below(10_000), random.below(14), random.below(33)];
        let [hour, minute, second] = [random.below(25), random.below(61), random.below(60)];
        let offset = match random.below(3) {
            0 => "Z".to_owned(),
            1 => format!("+{:02}:{:02}", random.below(24), random.below(60)),
            _ => format!("-{:02}:{:02}", random.below(24), random.below(60)),
        };
        let text = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{offset}");
        let ours = Timestamp::parse(&text).map(|timestamp| timestamp.unix_ms());
        let theirs = text.parse::<jiff::Timestamp>().ok().map(|timestamp| timestamp.as_millisecond());
        // An instant must have a year of four digits in UTC, which an offset can take it out of.
        let theirs = theirs.filter(|ms| (YEAR_0_MS..YEAR_10000_MS).contains(ms));
        // jiff's instants end 26 hours before the year 10000 does.
        let is_of_jiff = ours.is_none_or(|ms| ms <= jiff::Timestamp::MAX.as_millisecond());
        if is_of_jiff {
            assert_eq!(ours, theirs, "{text}");
        }
        if ours.is_some() { valid += 1 } else { invalid += 1 }
    }
    assert!(valid > INPUTS / 4 && invalid > INPUTS / 10, "{valid} valid, {invalid} invalid");
}

#[test]
fn an_http_date_is_read_as_httpdate_does() {
    let mut random = Random(3);
    for _ in 0..INPUTS {
        let seconds = random.instant_ms(0, YEAR_10000_MS).unsigned_abs() / 1000;
        let text = httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(seconds));
        assert_eq!(http_date_ms(&text), Some(seconds.cast_signed() * 1000), "{text}");
    }
}

/// The same instants in the two obsolete forms. Two digits of a year are read as one between 1970 and 2069.
#[test]
fn an_obsolete_http_date_is_read_as_httpdate_does() {
    const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
    let mut random = Random(4);
    for _ in 0..INPUTS {
        let seconds = random.instant_ms(0, 3_155_760_000_000).unsigned_abs() / 1000;
        let text = httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(seconds));
        let [day, date, month, year, time, _] = text.split(' ').collect::<Vec<_>>()[..] else { panic!("{text}") };
        let name = DAYS.iter().find(|name| name.starts_with(&day[..3])).unwrap();
        let rfc_850 = format!("{name}, {date}-{month}-{} {time} GMT", &year[2..]);
        let asctime = format!("{} {month} {:>2} {time} {year}", &day[..3], date.trim_start_matches('0'));
        for text in [rfc_850, asctime] {
            let theirs = httpdate::parse_http_date(&text).unwrap();
            let theirs = theirs.duration_since(UNIX_EPOCH).unwrap().as_millis();
            assert_eq!(http_date_ms(&text).map(i64::unsigned_abs).map(u128::from), Some(theirs), "{text}");
        }
    }
}
