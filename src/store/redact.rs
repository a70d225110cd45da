//! Pseudonyms for names, mail addresses, phone numbers and user ids.

use crate::query::{FoldedChar, FoldedChars, fold_text, is_word_char};
use crate::util::push_padded_decimal;
use alloc::string::String;
use alloc::vec::Vec;

/// The pseudonyms of an export: equal values have equal pseudonyms under the same secret.
///
/// A pseudonym is a keyed hash (SipHash-2-4) of the folded value, so that it cannot be computed without the secret.
#[derive(Clone, Debug)]
pub(super) struct Redactor {
    key: [u64; 2],
}

impl Redactor {
    /// Creates the pseudonyms of a secret.
    pub(super) fn new(secret: &str) -> Redactor {
        let half = |constant| sip_hash([constant, !constant], secret.as_bytes());
        Redactor { key: [half(1), half(2)] }
    }

    /// Appends the pseudonym of a value: a prefix and twelve digits.
    pub(super) fn push(&self, out: &mut String, prefix: &str, value: &str) {
        if value.is_empty() {
            return;
        }
        let number = sip_hash(self.key, fold_text(value.trim()).as_bytes());
        out.push_str(prefix);
        push_padded_decimal(out, number % 1_000_000_000_000, 12);
    }

    /// Appends a text with pseudonyms for the mail addresses, the phone numbers and the given names in it.
    pub(super) fn push_text(&self, out: &mut String, text: &str, names: &[(&str, &str)]) {
        let mut rest = text;
        let mut before = None;
        while let Some(first) = rest.chars().next() {
            let starts_word = !before.is_some_and(is_word);
            let length = if starts_word { self.push_match(out, rest, names) } else { 0 };
            let length = if length == 0 {
                out.push(first);
                first.len_utf8()
            } else {
                length
            };
            before = rest.get(..length).and_then(|passed| passed.chars().next_back());
            rest = rest.get(length..).unwrap_or_default();
        }
    }

    /// Appends the pseudonym of what a text begins with, and returns its length; 0 for none.
    fn push_match(&self, out: &mut String, text: &str, names: &[(&str, &str)]) -> usize {
        let mail = mail_length(text);
        if mail > 0 {
            self.push(out, "mail-", text.get(..mail).unwrap_or_default());
            out.push_str("@example.invalid");
            return mail;
        }
        // What folds to nothing before a name is no part of it: to read all of it at each of its characters takes quadratic time.
        let begins = text.chars().next().is_some_and(|c| FoldedChars::new(c.encode_utf8(&mut [0; 4])).next().is_some());
        for (name, prefix) in names.iter().filter(|_| begins) {
            let length = name_length(text, name);
            if length > 0 {
                self.push(out, prefix, name);
                return length;
            }
        }
        let (length, is_phone) = number_length(text);
        let number = text.get(..length).unwrap_or_default();
        if is_phone {
            // The same number is written with different separators.
            let digits: String = fold_text(number).chars().filter(char::is_ascii_digit).collect();
            self.push(out, "phone-", &digits);
        } else {
            out.push_str(number);
        }
        length
    }
}

/// The maximum length of the local part of a mail address that is looked for, in characters. RFC 5321 allows 64 bytes.
const MAX_LOCAL_CHARS: usize = 256;

/// Whether a character continues a word of a script with spaces between words.
fn is_word(c: char) -> bool {
    let is_unspaced =
        matches!(c, '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{2e80}'..);
    is_word_char(c) && !is_unspaced
}

/// The maximum number of words of a name whose orders are looked for. Longer names are looked for in their own order.
const MAX_ORDERED_WORDS: usize = 8;

/// Returns the length of a name that a text begins with; 0 if it does not.
///
/// Case, accents, and the spaces and commas between words do not count. The family name may come first (`Doe, Jane`), wherever it
/// begins in the name, and a single letter may stand between two words (`Jane M. Doe`).
fn name_length(text: &str, name: &str) -> usize {
    let is_between = |c: char| c.is_whitespace() || c == ',';
    let mut words: Vec<&str> = name.split(is_between).filter(|word| !word.is_empty()).collect();
    let orders = if words.len() > MAX_ORDERED_WORDS { 1 } else { words.len() };
    let mut length = 0;
    for _ in 0..orders {
        length = length.max(words_length(text, &words));
        words.rotate_left(1);
    }
    length
}

/// Returns the length of words that a text begins with; 0 if it does not.
fn words_length(text: &str, words: &[&str]) -> usize {
    let mut rest = FoldedChars::new(text);
    let mut end = 0;
    for word in words {
        if end > 0 && !skip_separator(&mut rest, ',') {
            return 0;
        }
        let mut found = after_word(&rest, word);
        if found.is_none() && end > 0 {
            // A letter between two words is none of the next one.
            let is_letter = next_char(&mut rest).is_some_and(|c| is_word(c.character));
            if is_letter && skip_separator(&mut rest, '.') {
                found = after_word(&rest, word);
            }
        }
        let Some(found) = found else { return 0 };
        (end, rest) = found;
    }
    let mut units = 0;
    let rest = text.trim_start_matches(|c: char| {
        units += c.len_utf16() as u32;
        units <= end
    });
    let ends = !rest.starts_with(is_word) || !words.last().is_some_and(|word| word.ends_with(is_word));
    if ends { text.len() - rest.len() } else { 0 }
}

/// Returns the end of a word that a folded text begins with, and the text after it.
fn after_word<'t>(text: &FoldedChars<'t>, word: &str) -> Option<(u32, FoldedChars<'t>)> {
    let mut text = text.clone();
    let mut word = FoldedChars::new(word);
    let mut end = 0;
    while let Some(wanted) = next_char(&mut word) {
        end = next_char(&mut text).filter(|found| found.character == wanted.character)?.end;
    }
    Some((end, text))
}

/// Skips the spaces between two words of a name, and a mark among them: a comma, or the full stop of an initial. Returns whether the
/// words are separate.
fn skip_separator(text: &mut FoldedChars<'_>, mark: char) -> bool {
    let mut has_mark = false;
    let mut is_separate = false;
    loop {
        let before = text.clone();
        let next = next_char(text).map_or(mark, |c| c.character);
        if next == mark && !has_mark {
            has_mark = true;
        } else if !next.is_whitespace() {
            *text = before;
            return is_separate;
        }
        is_separate = true;
    }
}

/// Returns the next character. One copy of the code is enough here.
#[inline(never)]
fn next_char(text: &mut FoldedChars<'_>) -> Option<FoldedChar> {
    text.next()
}

/// Returns the length of the mail address that a text begins with; 0 for none.
fn mail_length(text: &str) -> usize {
    let is_local = |c: char| is_word_char(c) || matches!(c, '.' | '_' | '%' | '+' | '-' | '\'');
    let is_domain = |c: char| is_word_char(c) || matches!(c, '.' | '-');
    let mut chars = text.char_indices().take(MAX_LOCAL_CHARS);
    let Some((local, at)) = chars.find(|(_, c)| !is_local(*c)) else { return 0 };
    let domain = text.get(local + at.len_utf8()..).unwrap_or_default();
    let length = domain.find(|c| !is_domain(c)).unwrap_or(domain.len());
    let host = domain.get(..length).unwrap_or_default().trim_end_matches(['.', '-']);
    let is_mail = matches!(at, '@' | '\u{ff20}') && local > 0 && !host.is_empty();
    if is_mail { local + at.len_utf8() + host.len() } else { 0 }
}

/// Returns the length of the phone number or IPv4 address that a text begins with, and whether it is a phone number; 0
/// for none.
///
/// A phone number has 7 to 15 digits after a plus sign, or 9 to 15 digits in at least three groups with at most two
/// separators between them.
fn number_length(text: &str) -> (usize, bool) {
    let is_international = text.starts_with(['+', '\u{ff0b}']);
    let (mut digits, mut groups, mut end, mut octet) = (0, 0, 0, 0);
    let (mut is_address, mut is_dot) = (!is_international, true);
    let mut separators = 2;
    for (at, c) in text.char_indices() {
        match c {
            '0'..='9' | '\u{ff10}'..='\u{ff19}' if digits < 16 => {
                if separators > 0 {
                    groups += 1;
                    octet = 0;
                }
                separators = 0;
                digits += 1;
                end = at + c.len_utf8();
                octet = octet * 10 + (u64::from(c) & 15);
                is_address &= is_dot && octet < 256;
                is_dot = true;
            }
            '+' | '\u{ff0b}' if at == 0 => {}
            ' ' | '-' | '.' | '/' | '(' | ')' | '\u{a0}' | '\u{2000}'..='\u{2015}' | '\u{202f}'
                if separators < 2 && (digits > 0 || c == '(') =>
            {
                is_dot &= c == '.';
                separators += 1;
            }
            _ => break,
        }
    }
    let followed = text.get(end..).is_some_and(|rest| rest.starts_with(is_word));
    if is_address && groups == 4 {
        return (end, false);
    }
    let is_phone =
        if is_international { (7..=15).contains(&digits) } else { (9..=15).contains(&digits) && groups >= 3 };
    if is_phone && !followed { (end, true) } else { (0, false) }
}

/// Returns the keyed hash of bytes (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012).
fn sip_hash(key: [u64; 2], bytes: &[u8]) -> u64 {
    let [k0, k1] = key;
    let mut v = [
        k0 ^ 0x736f_6d65_7073_6575,
        k1 ^ 0x646f_7261_6e64_6f6d,
        k0 ^ 0x6c79_6765_6e65_7261,
        k1 ^ 0x7465_6462_7974_6573,
    ];
    let (words, rest) = bytes.as_chunks::<8>();
    let mut last = [0; 8];
    for (slot, byte) in last.iter_mut().zip(rest) {
        *slot = *byte;
    }
    let last = u64::from_le_bytes(last) | (bytes.len() as u64) << 56;
    for word in words.iter().map(|word| u64::from_le_bytes(*word)).chain([last]) {
        v = xor_at_3(v, word);
        v = sip_round(sip_round(v));
        let [v0, v1, v2, v3] = v;
        v = [v0 ^ word, v1, v2, v3];
    }
    let [v0, v1, v2, v3] = v;
    v = [v0, v1, v2 ^ 0xff, v3];
    for _ in 0..4 {
        v = sip_round(v);
    }
    let [v0, v1, v2, v3] = v;
    v0 ^ v1 ^ v2 ^ v3
}

fn xor_at_3([v0, v1, v2, v3]: [u64; 4], word: u64) -> [u64; 4] {
    [v0, v1, v2, v3 ^ word]
}

fn sip_round([mut v0, mut v1, mut v2, mut v3]: [u64; 4]) -> [u64; 4] {
    v0 = v0.wrapping_add(v1);
    v1 = v1.rotate_left(13) ^ v0;
    v0 = v0.rotate_left(32);
    v2 = v2.wrapping_add(v3);
    v3 = v3.rotate_left(16) ^ v2;
    v0 = v0.wrapping_add(v3);
    v3 = v3.rotate_left(21) ^ v0;
    v2 = v2.wrapping_add(v1);
    v1 = v1.rotate_left(17) ^ v2;
    v2 = v2.rotate_left(32);
    [v0, v1, v2, v3]
}

#[cfg(test)]
mod tests {
    use super::{Redactor, sip_hash};
    use alloc::string::String;

    #[test]
    fn it_has_the_vectors_of_the_reference() {
        let key = [0x0706_0504_0302_0100, 0x0f0e_0d0c_0b0a_0908];
        let bytes: [u8; 15] = core::array::from_fn(|index| index as u8);
        assert_eq!(sip_hash(key, &bytes), 0xa129_ca61_49be_45e5);
        assert_eq!(sip_hash(key, &[]), 0x726f_db47_dd0e_0e31);
    }

    /// The text that an export has for one with a name in it, with `N` for the number of a pseudonym and `0` for other digits.
    fn redacted(text: &str, name: &str) -> String {
        let mut out = String::new();
        Redactor::new("secret").push_text(&mut out, text, &[(name, "person-")]);
        out.replace(|c: char| c.is_ascii_digit(), "0").replace("000000000000", "N")
    }

    #[test]
    fn it_finds_names_in_any_case_between_any_marks_and_in_scripts_without_spaces() {
        assert_eq!(
            redacted("\u{201c}JANE  DOE\u{201d}, Jane\u{a0}Doe\u{2019}s case", "Jane Doe"),
            "\u{201c}person-N\u{201d}, person-N\u{2019}s case"
        );
        assert_eq!(redacted("JO\u{308}RG MU\u{308}LLER: down", " Jörg Müller"), "person-N: down");
        assert_eq!(redacted("jörg müllers, xJörg Müller", "Jörg Müller"), "jörg müllers, xJörg Müller");
        assert_eq!(redacted("電話は田中さんから", "田中"), "電話はperson-Nさんから");
    }

    #[test]
    fn it_finds_names_in_other_orders_and_with_initials() {
        let text = |text| redacted(text, "Jane Doe");
        assert_eq!(text("Doe, Jane: down; DOE JANE, doe,jane."), "person-N: down; person-N, person-N.");
        assert_eq!(text("Jane M. Doe, Jane M Doe, Doe, Jane M."), "person-N, person-N, person-N M.");
        assert_eq!(text("Jane, Doe; Jane Mary Doe; Jane .Doe"), "person-N; Jane Mary Doe; Jane .Doe");
        assert_eq!(text("JaneDoe Doe Janet xDoe Jane"), "JaneDoe Doe Janet xDoe Jane");
        assert_eq!(text("Doe Jane Doe Doe Jane"), "person-N Doe person-N");
        assert_eq!(redacted("Jane Doe, jane m. doe", "DOE, Jane"), "person-N, person-N");
        let text = |text| redacted(text, "María José García López");
        assert_eq!(text("Garcia Lopez, Maria Jose and López María José García"), "person-N and person-N");
        assert_eq!(redacted("van der Berg, Jan; Jan v. der Berg", "Jan van der Berg"), "person-N; Jan v. der Berg");
        assert_eq!(
            redacted("a b c d e f g h i; b c d e f g h i a", "A B C D E F G H I"),
            "person-N; b c d e f g h i a"
        );
        assert_eq!(redacted("a, b", ", ,"), "a, b");
    }

    #[test]
    fn it_finds_numbers_and_addresses_with_other_marks() {
        let text = |text| redacted(text, "");
        assert_eq!(text("\u{201c}+49\u{a0}30\u{a0}1234567\u{201d}"), "\u{201c}phone-N\u{201d}");
        assert_eq!(text("电话：+86 10 1234 5678"), "电话：phone-N");
        assert_eq!(text("+49.30.123.4567 and 030.1234.56.78"), "phone-N and phone-N");
        assert_eq!(text("030\u{2011}1234\u{2011}5678"), "phone-N");
        assert_eq!(text("＋４９３０１２３４５６７"), "phone-N");
        assert_eq!(text("jane＠example.com"), "mail-N@example.invalid");
        assert_eq!(text("10.20.30.140, 255.255.255.255."), "00.00.00.000, 000.000.000.000.");
    }

    #[test]
    fn it_takes_linear_time_for_long_texts() {
        for part in ["a.", "1.", "a@", "(1", "+1 ", "-", "\u{ad}", "\u{200d}", "\u{301}"] {
            let text = part.repeat(200_000);
            assert!(redacted(&text, "Jane Doe").len() > 100_000, "{part}");
        }
        // Names of spaces, commas, and letters that could be initials.
        for part in ["Jane ", "Jane, ", "J. ", "Jane\u{ad} J. "] {
            let text = part.repeat(30_000);
            for name in ["Jane Jane Jane Jane Jane Jane Jane Doe", "J J J J J J J Doe"] {
                assert!(!redacted(&text, name).contains("person"), "{part}");
            }
        }
    }

    #[test]
    fn it_replaces_people_and_keeps_the_rest() {
        let text = |text| redacted(text, "Jane Doe");
        assert_eq!(text("call Jane Doe, +49 (30) 1234-567."), "call person-N, phone-N.");
        assert_eq!(text("mail jane.doe@example.com! Jane Doerr"), "mail mail-N@example.invalid! Jane Doerr");
        assert_eq!(redacted("Jane Doerr, \u{ad}Jane\u{ad} Doe", " Jane Doe "), "Jane Doerr, \u{ad}person-N");
        assert_eq!(text("192.168.100.200, SR 612345678"), "000.000.000.000, SR 000000000");
        assert_eq!(text("ping 10.20.30.140 fails"), "ping 00.00.00.000 fails");
        assert_eq!(text("030-1234-5678"), "phone-N");
        assert_eq!(text("Tel. 030 1234 5678 x"), "Tel. phone-N x");
    }
}
