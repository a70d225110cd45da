//! The instants of date texts in the service's form.

use super::columns::has_usual_form;
use crate::util::{days_in_month, parse_rfc3339_ms};

/// The digits of `DDTHH:MM` and `:SS.mmmZ`, without what their digits add.
const FORMS: [u64; 2] = [u64::from_le_bytes(*b"00T00:00"), u64::from_le_bytes(*b":00.000Z")];
/// Sums with these overflow into the highest bit of a byte if the byte is greater than 9, or than 0 if it is no digit.
const EXCESS: [u64; 2] = [0x7676_7f76_767f_7676, 0x7f76_7676_7f76_767f];
const HIGH_BITS: u64 = 0x8080_8080_8080_8080;

/// The number of months that are known at once.
const MONTHS: usize = 32;

/// A parser of dates `YYYY-MM-DDTHH:MM:SS.mmmZ`, and of all others that RFC 3339 has.
///
/// The dates of a list are close to each other: a month is looked up once, so that days, hours and so on are added without
/// a calendar.
#[derive(Debug, Default)]
pub(super) struct InstantParser {
    /// The months of two years, by the last digit of the year and by the month.
    months: [Month; MONTHS],
    /// Whether a text was in another form.
    pub(super) has_unusual_forms: bool,
}

#[derive(Clone, Copy, Debug, Default)]
struct Month {
    /// The text `YYYY-MM-`.
    text: [u8; 8],
    start_ms: i64,
    days: u64,
}

impl InstantParser {
    /// Returns the instant of a date, in milliseconds since 1970 (UTC).
    pub(super) fn parse(&mut self, text: &str) -> Option<i64> {
        if let Some((month, rest)) = text.as_bytes().split_first_chunk::<8>()
            && let ([day, second], []) = rest.as_chunks::<8>()
        {
            let [_, _, _, year, _, tens, ones, _] = *month;
            let place = usize::from(year & 1) * 16 + usize::from(tens & 1) * 10 + usize::from(ones & 15);
            if let Some(known) = self.months.get_mut(place % MONTHS)
                && (known.text == *month || known.look_up(*month))
                && let Some(ms) = known.instant([day, second].map(|word| u64::from_le_bytes(*word)))
            {
                return Some(ms);
            }
        }
        self.has_unusual_forms |= !has_usual_form(text);
        parse_rfc3339_ms(text.as_bytes())
    }
}

impl Month {
    /// Looks up a month, and returns whether there is one.
    #[cold]
    #[inline(never)]
    fn look_up(&mut self, month: [u8; 8]) -> bool {
        let mut text = *b"YYYY-MM-01T00:00:00Z";
        for (slot, byte) in text.iter_mut().zip(month) {
            *slot = byte;
        }
        let Some(start_ms) = parse_rfc3339_ms(&text) else { return false };
        let [y1, y2, y3, y4, _, m1, m2, _] = month.map(|byte| i64::from(byte & 15));
        let days = days_in_month(((y1 * 10 + y2) * 10 + y3) * 10 + y4, m1 * 10 + m2);
        *self = Month { text: month, start_ms, days: days.unsigned_abs() };
        true
    }

    /// Returns the instant of `DDTHH:MM:SS.mmmZ` in the month; `None` if the text has another form, or is out of range.
    fn instant(&self, text: [u64; 2]) -> Option<i64> {
        let [first, last] = [text[0] ^ FORMS[0], text[1] ^ FORMS[1]];
        if (first | (first.wrapping_add(EXCESS[0])) | last | (last.wrapping_add(EXCESS[1]))) & HIGH_BITS != 0 {
            return None;
        }
        // Each byte becomes ten times its digit plus the next digit.
        let twos = |digits: u64, byte: u32| (digits * 10 + (digits >> 8)) >> (8 * byte) & 0xff;
        let (day, hour, minute, second) = (twos(first, 0), twos(first, 3), twos(first, 6), twos(last, 1));
        let millis = twos(last, 4) * 10 + (last >> 48 & 0xff);
        if day.wrapping_sub(1) >= self.days || hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        let ms = ((((day - 1) * 24 + hour) * 60 + minute) * 60 + second) * 1000 + millis;
        Some(self.start_ms + ms as i64)
    }
}

#[cfg(test)]
mod tests {
    use super::InstantParser;
    use crate::util::{format_rfc3339_utc, parse_rfc3339_ms};
    use alloc::{format, string::String};

    #[test]
    fn instants_are_those_of_rfc_3339() {
        let mut random = 7_u64;
        let mut parser = InstantParser::default();
        let mut check = |text: &str| {
            assert_eq!(parser.parse(text), parse_rfc3339_ms(text.as_bytes()), "{text}");
        };
        for round in 0..20_000_u64 {
            random = random.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
            let ms = (random >> 20) as i64 % 200_000_000_000_000 - 50_000_000_000_000;
            let usual = format_rfc3339_utc(ms - ms.rem_euclid(1000)).replace('Z', &format!(".{:03}Z", round % 1000));
            check(&usual);
            // One byte changes: a digit that is out of range, another separator, or no ASCII.
            let at = (random >> 8) as usize % usual.len();
            let other = ["0", "3", "6", "9", ":", "-", ".", "Z", "T", "/", "é", "\u{0}", ""];
            let other = other.get((random >> 40) as usize % other.len()).copied().unwrap_or_default();
            let changed: String = usual
                .char_indices()
                .map(|(index, char)| if index == at { String::from(other) } else { String::from(char) })
                .collect();
            check(&changed);
        }
        for text in ["", "2026-02-29T00:00:00.000Z", "2024-02-29T23:59:59.999Z", "2024-02-30T00:00:00.000Z"] {
            check(text);
        }
        for text in ["0000-00-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z", "2026-06-00T00:00:00.000Z"] {
            check(text);
        }
    }

    #[test]
    fn another_form_is_noted() {
        let mut parser = InstantParser::default();
        assert!(parser.parse("2026-06-01T12:00:00.000Z").is_some() && !parser.has_unusual_forms);
        assert!(parser.parse("2026-06-01T12:00:00Z").is_some() && parser.has_unusual_forms);
    }
}
