//! Generator of texts, dates, numbers and unexpected values.

use super::rng::Rng;
use cisco_support_case::model::CaseStatus;

/// A text as code points, which include surrogates: JSON can escape them one by one.
pub type Text = Vec<u32>;

/// The characters of a text.
#[derive(Clone, Copy)]
pub enum Alphabet {
    Plain,
    Accents,
    Wide,
    Controls,
    Surrogates,
}

impl Alphabet {
    pub fn any(rng: &mut Rng) -> Alphabet {
        *rng.pick(&[
            Alphabet::Plain,
            Alphabet::Plain,
            Alphabet::Plain,
            Alphabet::Plain,
            Alphabet::Accents,
            Alphabet::Accents,
            Alphabet::Wide,
            Alphabet::Controls,
            Alphabet::Surrogates,
        ])
    }

    fn point(self, rng: &mut Rng) -> u32 {
        // The first and last code points of each UTF-8 length.
        const ENDS: [u32; 10] = [0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xfffd, 0xffff, 0x10000, 0x10ffff];
        let is_odd = rng.permille(120);
        match self {
            Alphabet::Accents if is_odd => *rng.pick(&[0xe9, 0xfc, 0xdf, 0xa0, 0x20ac, 0x153]),
            Alphabet::Wide if rng.permille(700) => match rng.below(5) {
                0 => *rng.pick(&ENDS),
                1 => 0x1f600 + rng.below(64) as u32,
                _ => 0x4e00 + rng.below(0x5000) as u32,
            },
            Alphabet::Controls if is_odd => {
                *rng.pick(&[0, 1, 8, 9, 10, 12, 13, 0x1b, 0x1f, 0x22, 0x2f, 0x5c, 0x7f, 0x2028])
            }
            Alphabet::Surrogates if is_odd => *rng.pick(&[0xd800, 0xdbff, 0xdc00, 0xdfff, 0xd83d, 0xde00, 0x1f600]),
            _ => *rng.pick(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789      .,-_/:;()<>&'") as u32,
        }
    }
}

/// Generates a text with this number of code points.
pub fn text_of(rng: &mut Rng, alphabet: Alphabet, length: usize) -> Text {
    // A long text repeats a short one, because only its length matters.
    let part: Text = (0..length.min(200)).map(|_| alphabet.point(rng)).collect();
    part.iter().copied().cycle().take(length).collect()
}

/// Generates a length at the boundary of a vector, a limit or a long string, or any small one.
pub fn length(rng: &mut Rng, limit: Option<u32>) -> usize {
    const LANES: [usize; 20] = [0, 1, 7, 8, 9, 15, 16, 17, 31, 32, 33, 47, 48, 49, 63, 64, 65, 127, 128, 129];
    match (rng.below(100), limit) {
        (0..3, Some(limit @ ..=2000)) => limit as usize + rng.below(3) - 1,
        (3, _) => rng.between(1022, 1027),
        (4..30, _) => *rng.pick(&LANES),
        _ => rng.below(24),
    }
}

pub fn points(text: &str) -> Text {
    text.chars().map(u32::from).collect()
}

/// Generates a date in the service's form.
pub fn usual_date(rng: &mut Rng) -> String {
    let (year, month, day) = (rng.between(2010, 2027), rng.between(1, 12), rng.between(1, 28));
    let (hour, minute, second, millis) = (rng.below(24), rng.below(60), rng.below(60), rng.below(1000));
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z")
}

/// Generates a date in the service's form, at the boundary of a month, day or hour; about half are invalid.
pub fn edge_date(rng: &mut Rng) -> String {
    let year = *rng.pick(&["1900", "2000", "2023", "2024", "2100"]);
    let month = *rng.pick(&["00", "01", "02", "02", "02", "04", "11", "12", "13", "19"]);
    let day = *rng.pick(&["00", "01", "28", "29", "29", "30", "31", "32"]);
    let time = *rng.pick(&[
        "00:00:00.000",
        "23:59:59.999",
        "12:30:45.678",
        "12:30:45.678",
        "24:00:00.000",
        "23:60:00.000",
        "23:59:60.000",
    ]);
    format!("{year}-{month}-{day}T{time}Z")
}

/// Generates an unusual date, valid or almost valid, that calendars and parsers get wrong.
pub fn odd_date(rng: &mut Rng) -> String {
    let odd = |rng: &mut Rng, usual: usize, odd: &[usize]| if rng.permille(250) { *rng.pick(odd) } else { usual };
    let year = odd(rng, 2024, &[0, 1, 1582, 1899, 1900, 1970, 2000, 2023, 2100, 9999]);
    let month = {
        let usual = rng.between(1, 12);
        odd(rng, usual, &[0, 2, 2, 13, 99])
    };
    let day = {
        let usual = rng.between(1, 31);
        odd(rng, usual, &[0, 29, 30, 31, 32])
    };
    let hour = {
        let usual = rng.below(24);
        odd(rng, usual, &[23, 24, 29])
    };
    let minute = {
        let usual = rng.below(60);
        odd(rng, usual, &[59, 60, 99])
    };
    let second = {
        let usual = rng.below(60);
        odd(rng, usual, &[59, 60, 61])
    };
    let separator = {
        let usual = ["T"; 9];
        rng.pick(&[&usual[..], &["t", " ", ""]].concat()).to_string()
    };
    let fraction = *rng.pick(&["", "", ".0", ".000", ".000", ".123", ".12", ".1239", ".123456789", ".", ",5", ".1a"]);
    let zone = *rng.pick(&[
        "Z", "Z", "Z", "Z", "z", "+00:00", "-00:00", "+02:00", "-05:30", "+23:59", "-23:59", "+24:00", "+02:60",
        "+0200", "+2:00", "", "ZZ", "Z02:00", "Z ",
    ]);
    let mut text = format!("{year:04}-{month:02}-{day:02}{separator}{hour:02}:{minute:02}:{second:02}{fraction}{zone}");
    if rng.permille(100) {
        // Replaces one letter.
        let at = rng.below(text.len());
        let letter = *rng.pick(b"0123456789-:.TZ/;@ ") as char;
        text.replace_range(at..=at, &letter.to_string());
    }
    text
}

/// Generates a status: documented, almost documented, or any other.
pub fn status(rng: &mut Rng) -> String {
    let documented: Vec<&str> = CaseStatus::documented().collect();
    let mut text = rng.pick(&documented).to_string();
    match rng.below(20) {
        0 => text = text.to_uppercase(),
        1 => {
            let at = rng.below(text.len());
            text.replace_range(at..=at, "x");
        }
        2 => text.push(' '),
        3 => text.truncate(rng.below(text.len())),
        4 => text = "Waiting for Parts".to_owned(),
        _ => {}
    }
    text
}

/// Generates the text of a whole number, or of an almost valid one.
pub fn whole(rng: &mut Rng) -> String {
    const ODD: [&str; 16] = [
        "0",
        "9",
        "10",
        "99999999",
        "999999999",
        "1000000000",
        "2147483647",
        "2147483648",
        "4294967295",
        "4294967296",
        "99999999999",
        "00000000007",
        "000",
        "1e3",
        "1.0",
        "-1",
    ];
    if rng.permille(150) { rng.pick(&ODD).to_string() } else { rng.below(1000).to_string() }
}

/// Generates a valid JSON number.
pub fn number(rng: &mut Rng) -> String {
    const ODD: [&str; 14] = [
        "0",
        "-0",
        "1",
        "4",
        "0.5",
        "-1.25",
        "1e0",
        "1E+10",
        "12.50e-3",
        "1e999",
        "2147483648",
        "-2147483649",
        "123456789012345678901234567890",
        "0.1000000000000000055511151231257827",
    ];
    if rng.permille(600) { rng.pick(&ODD).to_string() } else { rng.below(100_000).to_string() }
}
