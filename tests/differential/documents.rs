//! Generator of documents of every kind: as the service writes them, as another service might, and broken ones.

use super::mutations::mutate;
use super::rng::Rng;
use super::runner::Document;
use super::strings::{self, Alphabet, Text};
use cisco_support_case::model::{
    CaseDetail, CaseNote, CaseRecord, DocumentKind, Field, FieldKind, PaginationRecord, Record,
};

/// Generates a document of at most about `largest` bytes; about half of them are broken.
pub fn document(rng: &mut Rng, largest: usize) -> Document {
    let shape = *rng.pick(&[DocumentKind::Summary, DocumentKind::Details, DocumentKind::Page]);
    let mut body = Writer::new(rng, largest).document(shape);
    if rng.permille(500) {
        for _ in 0..*rng.pick(&[1, 1, 1, 2, 3]) {
            mutate(rng, &mut body, |rng| {
                let other =
                    *rng.pick(&[shape, shape, DocumentKind::Summary, DocumentKind::Details, DocumentKind::Page]);
                Writer::new(rng, largest).document(other)
            });
        }
    }
    // Some documents are decoded as another kind.
    let decoded_as = if rng.permille(15) {
        *rng.pick(&[DocumentKind::Summary, DocumentKind::Details, DocumentKind::Page])
    } else {
        shape
    };
    (decoded_as, body)
}

/// The whitespace style of a document.
#[derive(Clone, Copy)]
enum Space {
    None,
    /// One space after each colon and comma.
    One,
    /// One line per member.
    Pretty {
        line: &'static str,
        step: &'static str,
    },
    /// Any whitespace between any tokens.
    Wild,
}

/// The order of members.
#[derive(Clone, Copy, PartialEq)]
enum Order {
    Documented,
    /// A shuffled order, the same for all records.
    Another(u64),
    /// A shuffled order for each record.
    New,
}

struct Writer<'d> {
    rng: &'d mut Rng,
    out: Vec<u8>,
    depth: usize,
    largest: usize,
    space: Space,
    order: Order,
    alphabet: Alphabet,
    /// Per mille: escaped letters, escaped keys, unexpected values, missing members, duplicate members.
    escapes: usize,
    escaped_names: usize,
    oddities: usize,
    missing: usize,
    twice: usize,
    /// Whether all values match the documentation.
    is_clean: bool,
    /// Per mille of records with unknown members, and whether all records have the same ones.
    extras: usize,
    same_extras: Vec<String>,
    /// Earlier texts, which may be repeated.
    before: Vec<Text>,
    repeats: usize,
}

impl<'d> Writer<'d> {
    fn new(rng: &'d mut Rng, largest: usize) -> Self {
        let space = match rng.below(10) {
            0..5 => Space::None,
            5 => Space::One,
            6..9 => Space::Pretty {
                line: rng.pick::<&str>(&["\n", "\n", "\r\n"]),
                step: rng.pick::<&str>(&["  ", "  ", "    ", "\t", "", "        "]),
            },
            _ => Space::Wild,
        };
        let order = match rng.below(10) {
            0..6 => Order::Documented,
            6 | 7 => Order::Another(rng.next()),
            _ => Order::New,
        };
        let is_clean = rng.permille(400);
        let names =
            ["region", "case_i", "case_idx", "__proto__", "", "a-name-of-31-letters-and-digits", "titlé", "extra"];
        Writer {
            out: Vec::new(),
            depth: 0,
            largest,
            space,
            order,
            alphabet: Alphabet::any(rng),
            escapes: *rng.pick(&[0, 0, 0, 5, 50, 500]),
            escaped_names: *rng.pick(&[0, 0, 0, 0, 0, 20, 300]),
            is_clean,
            oddities: if is_clean { 0 } else { *rng.pick(&[0, 10, 50, 300]) },
            missing: *rng.pick(&[0, 0, 20, 200, 700]),
            twice: *rng.pick(&[0, 0, 0, 0, 0, 0, 5, 100]),
            extras: *rng.pick(&[0, 0, 0, 100, 1000]),
            same_extras: (0..rng.below(4)).map(|_| rng.pick(&names).to_string()).collect(),
            before: Vec::new(),
            repeats: *rng.pick(&[0, 100, 400, 800]),
            rng,
        }
    }

    fn document(mut self, shape: DocumentKind) -> Vec<u8> {
        if self.rng.permille(10) {
            self.out.extend("\u{feff}".bytes());
        }
        if self.rng.permille(50) {
            self.wild_space();
        }
        if self.rng.permille(5) {
            self.any_value();
        } else {
            self.top(shape);
        }
        if self.rng.permille(100) {
            self.wild_space();
        }
        self.out
    }

    fn top(&mut self, shape: DocumentKind) {
        let cases = match (shape, self.rng.below(100)) {
            (DocumentKind::Details, _) => 1,
            (_, 0) => self.rng.between(20, 110),
            (_, 1..10) => self.rng.between(5, 15),
            (_, 10..20) => 0,
            _ => self.rng.between(1, 4),
        };
        let cases = cases.min(self.largest / 512);
        // Some documents have a wrong count.
        let declared = if !self.is_clean && self.rng.permille(30) { cases + 1 } else { cases };
        let mut parts: Vec<Part> = match shape {
            DocumentKind::Summary => vec![Part::Count(declared), Part::Cases(cases)],
            DocumentKind::Details => vec![Part::Detail],
            DocumentKind::Page => vec![Part::Pagination(declared), Part::Cases(cases)],
        };
        while self.rng.permille(80) {
            parts.push(Part::Any);
        }
        if self.rng.permille(250) {
            self.rng.shuffle(&mut parts);
        }
        if self.rng.permille(10) {
            parts.truncate(self.rng.below(parts.len()));
        }
        self.list(b'{', b'}', &parts, |writer, part| {
            match part {
                Part::Count(_) => writer.name("count"),
                Part::Cases(_) => writer.name("cases"),
                Part::Detail => writer.name("caseDetail"),
                Part::Pagination(_) => writer.name("pagination_response_record"),
                Part::Any => {
                    let others = ["caseDetail", "count", "cases", "pagination_response_record", "version", "case", "x"];
                    let name = *writer.rng.pick(&others);
                    let is_known = writer.rng.permille(300);
                    writer.name(if is_known { name } else { "generated" });
                    return writer.any_value();
                }
            }
            if writer.rng.permille(8) {
                return writer.any_value();
            }
            match part {
                Part::Count(number) => writer.count(*number),
                Part::Cases(number) => {
                    let items: Vec<usize> = (0..*number).collect();
                    writer.list(b'[', b']', &items, |writer, _| writer.record_or_other::<CaseRecord>(0));
                }
                Part::Pagination(number) => writer.record::<PaginationRecord>(*number),
                _ => writer.record::<CaseDetail>(0),
            }
        });
    }

    fn record_or_other<R: Record>(&mut self, number: usize) {
        if self.rng.below(2000) < self.oddities { self.any_value() } else { self.record::<R>(number) }
    }

    fn record<R: Record>(&mut self, number: usize) {
        // Most pages keep their pagination record, because a page without one is an error.
        let is_pagination = R::FIELDS.iter().any(|field| field.kind == FieldKind::Required);
        let usual = (self.oddities, self.missing);
        if is_pagination {
            (self.oddities, self.missing) = (self.oddities / 10, self.missing / 30);
        }
        let mut members: Vec<Name> = R::FIELDS.iter().map(Name::Field).collect();
        match self.order {
            Order::Documented => {}
            Order::Another(seed) => Rng::new(seed).shuffle(&mut members),
            Order::New => self.rng.shuffle(&mut members),
        }
        let missing = self.missing;
        let is_needed =
            |field: &Field| field.name == "case_id" || matches!(field.kind, FieldKind::Severity | FieldKind::Required);
        members.retain(|member| {
            let stays = self.is_clean && matches!(member, Name::Field(field) if is_needed(field));
            stays || !self.rng.permille(missing)
        });
        if self.rng.permille(self.extras) {
            let mut names = self.same_extras.clone();
            names.sort();
            names.dedup();
            if self.rng.permille(20) {
                // More keys than the shape trie compares.
                names.extend((0..self.rng.between(28, 40)).map(|number| format!("x{number}")));
            }
            for name in names {
                let at = if self.rng.permille(500) { members.len() } else { self.rng.below(members.len() + 1) };
                members.insert(at, Name::Extra(name));
            }
        }
        if self.rng.permille(self.twice) && !members.is_empty() {
            let again = self.rng.pick(&members).clone();
            members.insert(self.rng.below(members.len() + 1), again);
        }
        self.list(b'{', b'}', &members, |writer, member| match member {
            Name::Extra(name) => {
                writer.name(name);
                writer.any_value();
            }
            Name::Field(field) => {
                writer.name(field.name);
                if field.name == "page_records" && !writer.rng.permille(writer.oddities) {
                    writer.out.extend(number.to_string().bytes());
                } else {
                    writer.field(field);
                }
            }
        });
        (self.oddities, self.missing) = usual;
    }

    fn field(&mut self, field: &Field) {
        if self.rng.permille(self.oddities) {
            return match self.rng.below(6) {
                0 => self.out.extend(b"null"),
                1 => self.out.extend(b"\"\""),
                2 => self.out.extend(strings::number(self.rng).bytes()),
                _ => self.any_value(),
            };
        }
        let is_odd = self.rng.permille(self.oddities);
        match field.kind {
            FieldKind::Text => self.field_text(field),
            FieldKind::Severity => {
                let odd = ["0", "5", "12", "", " 3", "2\n", "\u{a0}1", "two", "03", "4.0"];
                let text = if is_odd { *self.rng.pick(&odd) } else { *self.rng.pick(&["1", "2", "3", "4"]) };
                self.text_or_digits(text);
            }
            FieldKind::Flag => {
                let text =
                    if is_odd { *self.rng.pick(&["", "o", "X", "OO", "C "]) } else { *self.rng.pick(&["O", "C"]) };
                self.string(&strings::points(text));
            }
            FieldKind::Status => {
                if is_odd {
                    self.field_text(field);
                } else {
                    let text = strings::status(self.rng);
                    self.string(&strings::points(&text));
                }
            }
            FieldKind::Date => {
                let text = match self.rng.below(40) {
                    0 | 1 => String::new(),
                    2 if !self.is_clean => strings::odd_date(self.rng),
                    3 if !self.is_clean => strings::edge_date(self.rng),
                    _ if is_odd => strings::odd_date(self.rng),
                    _ => strings::usual_date(self.rng),
                };
                self.string(&strings::points(&text));
            }
            FieldKind::Count | FieldKind::Required => {
                let number = if self.is_clean { self.rng.below(1000).to_string() } else { strings::whole(self.rng) };
                let is_legal = number == "0" || !number.starts_with('0');
                if is_legal && !is_odd {
                    self.out.extend(number.bytes())
                } else {
                    self.string(&strings::points(&number))
                }
            }
            FieldKind::Notes => {
                let many = self.rng.below(100);
                let count = match many {
                    0 if self.out.len() < 10_000 => self.rng.between(300, 2000),
                    1..4 => self.rng.between(20, 60),
                    _ => self.rng.below(5),
                };
                let count = count.min(self.largest / 256);
                // With thousands of notes, each is short.
                let missing = self.missing;
                if many == 0 {
                    self.missing = self.missing.max(600);
                }
                let items: Vec<usize> = (0..count).collect();
                self.list(b'[', b']', &items, |writer, _| writer.record_or_other::<CaseNote>(0));
                self.missing = missing;
            }
            _ => {
                let count = if self.rng.permille(500) { 0 } else { self.rng.below(4) };
                let items: Vec<usize> = (0..count).collect();
                self.list(b'[', b']', &items, |writer, _| match writer.rng.permille(writer.oddities) {
                    true => writer.any_value(),
                    false => writer.some_text(None),
                });
            }
        }
    }

    fn field_text(&mut self, field: &Field) {
        if field.max_length == Some(32_767) && self.rng.permille(15) {
            let length = *self.rng.pick(&[2000, 5000, 32_766, 32_767, 32_768]);
            let text = strings::text_of(self.rng, self.alphabet, length.min(self.largest / 2));
            return self.string(&text);
        }
        if field.name == "case_id" && !self.rng.permille(self.oddities) {
            let id = 600_000_000 + self.rng.below(99_999_999);
            return self.text_or_digits(&id.to_string());
        }
        self.some_text(field.max_length);
    }

    /// Writes a new text, or an earlier one.
    fn some_text(&mut self, limit: Option<u32>) {
        if self.rng.permille(self.repeats) && !self.before.is_empty() {
            let text = self.rng.pick(&self.before).clone();
            if !self.is_clean || limit.is_none_or(|limit| text.len() <= limit as usize / 2) {
                return self.string(&text);
            }
        }
        let mut length = strings::length(self.rng, limit);
        if self.is_clean {
            // A character has at most two UTF-16 units.
            length = length.min(limit.map_or(usize::MAX, |limit| limit as usize / 2));
        }
        let text = strings::text_of(self.rng, self.alphabet, length);
        self.string(&text);
        if self.before.len() < 20 {
            self.before.push(text);
        } else {
            let at = self.rng.below(self.before.len());
            self.before[at] = text;
        }
    }

    /// Writes a text of digits, sometimes without quotes.
    fn text_or_digits(&mut self, text: &str) {
        let is_number =
            text == "0" || text.bytes().all(|b| b.is_ascii_digit()) && !text.starts_with('0') && !text.is_empty();
        if is_number && self.rng.permille(self.oddities.max(20)) {
            self.out.extend(text.bytes());
        } else {
            self.string(&strings::points(text));
        }
    }

    fn count(&mut self, number: usize) {
        match self.rng.below(20) {
            0 => self.string(&strings::points(&number.to_string())),
            1 if !self.is_clean => self.out.extend(strings::number(self.rng).bytes()),
            _ => self.out.extend(number.to_string().bytes()),
        }
    }

    /// Writes any value, of any depth.
    fn any_value(&mut self) {
        match self.rng.below(14) {
            0 => self.out.extend(b"null"),
            1 => self.out.extend(b"true"),
            2 => self.out.extend(b"false"),
            3 | 4 => self.out.extend(strings::number(self.rng).bytes()),
            5 => self.out.extend(b"[]"),
            6 => self.out.extend(b"{}"),
            7 if self.rng.permille(100) => {
                // The maximum depth, or slightly more.
                let levels = self.rng.between(56, 66);
                let (open, close) = *self.rng.pick(&[("[", "]"), ("{\"a\":", "}")]);
                self.out.extend(open.repeat(levels).bytes());
                self.out.extend(if open == "[" { "".bytes() } else { "0".bytes() });
                self.out.extend(close.repeat(levels).bytes());
            }
            8 | 9 if self.depth < 8 => {
                let items: Vec<usize> = (0..self.rng.below(4)).collect();
                self.list(b'[', b']', &items, |writer, _| writer.any_value());
            }
            10 | 11 if self.depth < 8 => {
                let count = if self.rng.permille(20) { self.rng.between(7, 36) } else { self.rng.below(4) };
                let mut names: Vec<String> = (0..count).map(|number| format!("m{number}")).collect();
                if self.rng.permille(self.twice.max(3)) && count > 0 {
                    names.push("m0".to_owned());
                }
                self.list(b'{', b'}', &names, |writer, name| {
                    writer.name(name);
                    writer.any_value();
                });
            }
            _ => self.some_text(None),
        }
    }

    /// Writes a key and its colon.
    fn name(&mut self, name: &str) {
        if self.rng.permille(self.escaped_names) {
            let escapes = std::mem::replace(&mut self.escapes, 200);
            self.string(&strings::points(name));
            self.escapes = escapes;
        } else if name == "extra" {
            // A key with the same characters as texts.
            let text = strings::text_of(self.rng, self.alphabet, 12);
            self.string(&text);
        } else {
            self.out.push(b'"');
            self.out.extend(name.bytes());
            self.out.push(b'"');
        }
        if matches!(self.space, Space::Wild) {
            self.wild_space();
        }
        self.out.push(b':');
        match self.space {
            Space::None => {}
            Space::Wild => self.wild_space(),
            Space::One | Space::Pretty { .. } => self.out.push(b' '),
        }
    }

    fn string(&mut self, text: &[u32]) {
        self.out.push(b'"');
        for point in text {
            let plain = char::from_u32(*point).filter(|c| *c >= ' ' && *c != '"' && *c != '\\');
            match plain {
                Some(c) if !self.rng.permille(self.escapes) => {
                    self.out.extend(c.encode_utf8(&mut [0; 4]).bytes());
                }
                _ => self.escaped(*point),
            }
        }
        self.out.push(b'"');
    }

    fn escaped(&mut self, point: u32) {
        let short = match point {
            0x22 | 0x2f | 0x5c => char::from_u32(point),
            8 => Some('b'),
            9 => Some('t'),
            10 => Some('n'),
            12 => Some('f'),
            13 => Some('r'),
            _ => None,
        };
        if let Some(letter) = short.filter(|_| self.rng.permille(800)) {
            return self.out.extend([b'\\', letter as u8]);
        }
        let pair = point.checked_sub(0x10000).map(|rest| [0xd800 + (rest >> 10), 0xdc00 + (rest & 0x3ff)]);
        for unit in pair.as_ref().map_or(std::slice::from_ref(&point), |pair| pair) {
            let escape = if self.rng.permille(500) { format!("\\u{unit:04x}") } else { format!("\\u{unit:04X}") };
            self.out.extend(escape.bytes());
        }
    }

    /// Writes an array or object: brackets, commas and whitespace around the items that `write` writes.
    fn list<T>(&mut self, open: u8, close: u8, items: &[T], mut write: impl FnMut(&mut Self, &T)) {
        self.out.push(open);
        self.depth += 1;
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                self.out.push(b',');
            }
            self.between(index > 0);
            write(self, item);
            if matches!(self.space, Space::Wild) {
                self.wild_space();
            }
        }
        self.depth -= 1;
        if !items.is_empty() || matches!(self.space, Space::Wild) {
            self.between(false);
        }
        self.out.push(close);
    }

    fn between(&mut self, is_behind_comma: bool) {
        match self.space {
            Space::Pretty { line, step } => {
                self.out.extend(line.bytes());
                self.out.extend(step.repeat(self.depth).bytes());
            }
            Space::One if is_behind_comma => self.out.push(b' '),
            Space::Wild => self.wild_space(),
            _ => {}
        }
    }

    fn wild_space(&mut self) {
        let count = if self.rng.permille(50) { self.rng.below(80) } else { self.rng.below(3) };
        for _ in 0..count {
            let space = *self.rng.pick(b" \t\r\n");
            self.out.push(space);
        }
    }
}

/// A member of the document.
#[derive(Clone)]
enum Part {
    Count(usize),
    Cases(usize),
    Detail,
    Pagination(usize),
    Any,
}

/// A member of a record.
#[derive(Clone)]
enum Name {
    Field(&'static Field),
    Extra(String),
}
