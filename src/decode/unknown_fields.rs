//! What comes besides the documented fields: any JSON, read into words beside the rows of cells.
//!
//! Of a record to which something came, a row's last cell says where its words begin: the number of a shape, then for
//! each of the shape's names where the words of its value begin. What the words of a value are is told at [`Tag`]. A
//! shape is the names of an object in their order, as a leaf of a tree: objects that follow each other mostly have the
//! same names, so each name is foreseen from the one before it and compared as it is written.

use super::{
    DecodeError,
    columns::{OutOfLineString, StringPool},
    decoder::{Consumed, Decoder, parse_count},
    duplicate_keys::duplicate_keys,
    shapes::{MAX_MEMBERS, NESTED_ROOT},
    table::NO_COLUMN,
    tape::TapeTag,
    tokenizer::{Anomaly, BoxedDecodeError, StringToken},
    value,
};
use alloc::{borrow::ToOwned, boxed::Box, string::String, vec::Vec};

/// Whole numbers below this are small.
const MAX_INTEGER: u32 = 1 << 28;
/// Deeper values are kept as the text of their JSON.
const MAX_TAPE_DEPTH: u32 = 8;
/// The column under which the texts of such values are looked for among those that came before.
const UNKNOWN_COLUMN: usize = 31;

impl<const FAST: bool> Decoder<'_, FAST> {
    /// Reads members that the table does not know, as long as they come as in the record before. Their names were told
    /// from the fields' and from each other then.
    #[inline(never)]
    pub(super) fn read_predicted_unknown(&mut self) -> Consumed {
        let mut passed = Consumed::Nothing;
        while let Some((shape, node)) = self.out.shapes.predicted(self.unknown.shape) {
            let start = self.tokenizer.position;
            let Some(end) = node.match_end(self.tokenizer.body, start) else { break };
            self.tokenizer.position = end;
            self.tokenizer.skip_whitespace();
            let value = self.out.tape.len() as u32;
            if !self.try_tape_value() {
                self.tokenizer.position = start;
                break;
            }
            self.unknown.shape = shape;
            self.unknown.values.push(value);
            if !self.tokenizer.eat(b',') {
                return Consumed::Member;
            }
            passed = Consumed::MemberAndComma;
        }
        passed
    }

    /// A record of a table begins.
    #[inline(always)]
    pub(super) fn begin_unknown(&mut self, table: usize) {
        self.unknown.shape = table as u32;
    }

    /// Whether anything came besides the fields of the record that is being read.
    #[inline(always)]
    pub(super) fn has_unknown(&self) -> bool {
        !self.unknown.values.is_empty()
    }

    /// A member begins whose name, which has just been read, is no field's.
    pub(super) fn push_unknown_key(&mut self, piece: StringToken) {
        let before = self.unknown.shape;
        if let Some(known) = self.out.shapes.find_child(before, self.tokenizer.token_bytes(piece)) {
            self.unknown.shape = known;
            return;
        }
        let name = self.tokenizer.token_str(piece).to_owned();
        let text = self.store_string(piece, NO_COLUMN);
        self.unknown.shape = self.out.shapes.add_child(before, &name, text);
    }

    /// Reads the value of a member that the table does not know.
    #[inline(never)]
    pub(super) fn read_unknown_value(&mut self) -> Result<(), BoxedDecodeError> {
        let offset = self.tokenizer.position;
        let value = self.out.tape.len() as u32;
        self.unknown.values.push(value);
        if FAST && self.try_tape_value() {
            return Ok(());
        }
        let (shapes, shape) = (&self.out.shapes, self.unknown.shape);
        let name = || shapes.node(shape).map_or("", |node| &node.key);
        let value =
            value::read_value(&mut self.tokenizer).map_err(|fault: Box<DecodeError>| fault.in_member(name()))?;
        let mut json = String::new();
        value.write(&mut json);
        if let Some((at, odd)) = self.tokenizer.take_anomaly() {
            let name = name().to_owned();
            self.report_anomaly(&name, None, at.max(offset), odd);
        }
        // What is written otherwise than it was read may be longer than the room that the text has.
        let (number, out) = ((self.out.starts.len() - 1) as u32, &mut *self.out);
        OutOfLineString::store(
            &mut out.out_of_line,
            &mut out.long_wide,
            json.as_bytes(),
            0,
            json.len(),
            number,
            StringPool::LongWide,
        );
        out.starts.push(self.tokenizer.arena_len as u32);
        out.tape.push(TapeTag::Json.word(number));
        Ok(())
    }

    /// What came besides the fields of a record has ended; gives its cell.
    #[inline(always)]
    pub(super) fn end_unknown(&mut self) -> u32 {
        if self.has_unknown() { self.write_unknown() } else { 0 }
    }

    #[inline(never)]
    fn write_unknown(&mut self) -> u32 {
        if self.out.shapes.node(self.unknown.shape).is_some_and(|node| !node.has_distinct_keys) {
            self.report_duplicate_keys();
        }
        let words = &mut self.out.tape;
        words.push(self.unknown.shape);
        let cell = words.len() as u32;
        for value in &self.unknown.values {
            words.push(*value);
        }
        self.unknown.values.clear();
        cell
    }

    /// Tells of names that came again, the last one first. Who makes an object of them gives each its last value.
    #[cold]
    #[inline(never)]
    fn report_duplicate_keys(&mut self) {
        let mut shapes = core::mem::take(&mut self.out.shapes);
        let mut names = Vec::new();
        let mut node = shapes.node(self.unknown.shape);
        while let Some(here) = node.filter(|here| here.depth > 0) {
            names.push(here.key.as_str());
            node = shapes.node(here.parent);
        }
        let again = duplicate_keys(&names);
        for (place, _) in &again {
            self.report_anomaly(
                names.get(*place as usize).unwrap_or(&""),
                None,
                self.tokenizer.position,
                Anomaly::DuplicateKey,
            );
        }
        if let Some(node) = shapes.nodes.get_mut(self.unknown.shape as usize) {
            node.has_distinct_keys = again.is_empty();
        }
        self.out.shapes = shapes;
    }

    /// Reads a value into words, unless it is anything out of the common: illegal, with a lone surrogate, deep, or with
    /// an object whose names are many, are escaped or come twice. Then all is as it was.
    fn try_tape_value(&mut self) -> bool {
        if self.tokenizer.has_anomaly() {
            return false;
        }
        let (at, depth, used, out) =
            (self.tokenizer.position, self.tokenizer.depth(), self.tokenizer.arena_len, &*self.out);
        let (strings, words, shapes) = (out.starts.len(), out.tape.len(), out.shapes.nodes.len());
        let (apart, wide, long, long_wide) =
            (out.out_of_line.len(), out.wide.len(), out.long.len(), out.long_wide.len());
        let is_read = self.tape_value(MAX_TAPE_DEPTH).is_some();
        if !is_read {
            // The text has room for each string of the body once: those that were kept are given up.
            self.tokenizer.rewind(at, depth);
            self.tokenizer.arena_len = used;
            let out = &mut *self.out;
            out.starts.truncate(strings);
            out.tape.truncate(words);
            out.out_of_line.truncate(apart);
            out.wide.truncate(wide);
            out.long.truncate(long);
            out.long_wide.truncate(long_wide);
            out.shapes.truncate(shapes);
            out.interner.forget_from((strings - 1) as u32);
        }
        is_read
    }

    fn tape_value(&mut self, levels: u32) -> Option<()> {
        let word = match self.tokenizer.peek() {
            b'"' => {
                let piece = self.tokenizer.string().ok()?;
                if self.tokenizer.has_anomaly() {
                    return None;
                }
                TapeTag::String.word(self.store_string(piece, UNKNOWN_COLUMN))
            }
            b'-' | b'0'..=b'9' => {
                let digits = self.tokenizer.number().ok()?;
                match parse_count(digits).filter(|number| *number < MAX_INTEGER) {
                    Some(number) => TapeTag::Integer.word(number),
                    None => {
                        let piece = self.tokenizer.copy_number(digits);
                        TapeTag::Number.word(self.store_string(piece, NO_COLUMN))
                    }
                }
            }
            open @ (b'[' | b'{') if levels > 0 => return self.tape_items(open, levels - 1),
            b'[' | b'{' => return None,
            _ => TapeTag::Literal.word(self.tokenizer.literal().ok()?.map_or(0, |word| 1 + u32::from(word))),
        };
        self.out.tape.push(word);
        Some(())
    }

    fn tape_items(&mut self, open: u8, levels: u32) -> Option<()> {
        let close = open + 2;
        let place = self.out.tape.len();
        self.out.tape.push(0);
        self.tokenizer.enter(open).ok()?;
        let (mut shape, mut count) = (NESTED_ROOT, 0);
        let mut more = !self.tokenizer.leave(close);
        while more {
            if open == b'{' {
                if count == MAX_MEMBERS {
                    return None;
                }
                shape = self.tape_key(shape)?;
            }
            self.tape_value(levels)?;
            count += 1;
            more = self.tokenizer.comma_or_close(close).ok()?;
        }
        let word = if open == b'{' { TapeTag::Object.word(shape) } else { TapeTag::Array.word(count) };
        *self.out.tape.get_mut(place)? = word;
        Some(())
    }

    /// Reads a name and its colon; gives the shape with it.
    fn tape_key(&mut self, before: u32) -> Option<u32> {
        let start = self.tokenizer.position;
        if let Some((shape, node)) = self.out.shapes.predicted(before)
            && let Some(end) = node.match_end(self.tokenizer.body, start)
        {
            self.tokenizer.position = end;
            self.tokenizer.skip_whitespace();
            return Some(shape);
        }
        if self.tokenizer.peek() != b'"' {
            return None;
        }
        let piece = self.tokenizer.string().ok()?;
        // Escaped it would be longer in the body, and a backslash in this part of it.
        let name = self.tokenizer.body.bytes().get(start + 1..start + 1 + piece.len)?;
        #[expect(
            clippy::manual_contains,
            reason = "std's search is made for long texts, and weighs 0.4 KB in the wasm"
        )]
        let is_escaped = name.iter().any(|byte| *byte == b'\\');
        if is_escaped {
            return None;
        }
        let shape = match self.out.shapes.find_child(before, self.tokenizer.token_bytes(piece)) {
            Some(shape) => shape,
            None => {
                let name = self.tokenizer.token_str(piece).to_owned();
                if self.out.shapes.has_ancestor_key(before, &name) {
                    return None;
                }
                let text = self.store_string(piece, NO_COLUMN);
                self.out.shapes.add_child(before, &name, text)
            }
        };
        self.tokenizer.colon().ok()?;
        Some(shape)
    }
}
