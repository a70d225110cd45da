//! Decoding of undocumented fields: any JSON value, written to the tape.
//!
//! Keys become nodes of the shape trie, values become words (see `tape`). A value that the tape cannot represent (too
//! deep, too many keys, a lone surrogate, an escaped or duplicate key) is stored as JSON text.

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

/// The exclusive upper limit of a number on the tape.
const MAX_INTEGER: u32 = 1 << 28;
/// The maximum depth of a value on the tape. A deeper value is stored as JSON.
const MAX_TAPE_DEPTH: u32 = 8;
/// The interner's column of the strings on the tape.
const UNKNOWN_COLUMN: usize = 31;

impl<const FAST: bool> Decoder<'_, FAST> {
    /// Reads undocumented members as long as they match the shape of the previous record.
    ///
    /// That shape's keys are known to differ from the fields and, once a record is complete, from each other.
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

    /// Starts a record of a table.
    #[inline(always)]
    pub(super) fn begin_unknown(&mut self, table: usize) {
        self.unknown.shape = table as u32;
    }

    /// Returns whether the current record has undocumented fields.
    #[inline(always)]
    pub(super) fn has_unknown(&self) -> bool {
        !self.unknown.values.is_empty()
    }

    /// Adds the key that has just been read to the shape.
    pub(super) fn push_unknown_key(&mut self, token: StringToken) {
        let before = self.unknown.shape;
        if let Some(known) = self.out.shapes.find_child(before, self.tokenizer.token_bytes(token)) {
            self.unknown.shape = known;
            return;
        }
        let name = self.tokenizer.token_str(token).to_owned();
        let text = self.store_string(token, NO_COLUMN);
        self.unknown.shape = self.out.shapes.add_child(before, &name, text);
    }

    /// Reads the value of an undocumented field.
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
            value::read_value(&mut self.tokenizer).map_err(|error: Box<DecodeError>| error.in_member(name()))?;
        let mut json = String::new();
        value.write(&mut json);
        if let Some((at, anomaly)) = self.tokenizer.take_anomaly() {
            let name = name().to_owned();
            self.report_anomaly(&name, None, at.max(offset), anomaly);
        }
        // The JSON text may be longer than the input, so it does not go into the arena.
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

    /// Ends the undocumented fields of a record, and returns their cell.
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

    /// Reports duplicate keys, the last one first. A reader of the record takes the last value of each.
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
        let duplicates = duplicate_keys(&names);
        for (position, _) in &duplicates {
            self.report_anomaly(
                names.get(*position as usize).unwrap_or(&""),
                None,
                self.tokenizer.position,
                Anomaly::DuplicateKey,
            );
        }
        if let Some(node) = shapes.nodes.get_mut(self.unknown.shape as usize) {
            node.has_distinct_keys = duplicates.is_empty();
        }
        self.out.shapes = shapes;
    }

    /// Writes a value to the tape if it can be represented there; otherwise restores the previous state.
    ///
    /// It cannot if it is invalid, has a lone surrogate, is too deep, or contains an object with too many, escaped or
    /// duplicate keys.
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
            // The arena has capacity for each string of the body once, so the strings of the attempt are removed.
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
                let token = self.tokenizer.string().ok()?;
                if self.tokenizer.has_anomaly() {
                    return None;
                }
                TapeTag::String.word(self.store_string(token, UNKNOWN_COLUMN))
            }
            b'-' | b'0'..=b'9' => {
                let digits = self.tokenizer.number().ok()?;
                match parse_count(digits).filter(|number| *number < MAX_INTEGER) {
                    Some(number) => TapeTag::Integer.word(number),
                    None => {
                        let token = self.tokenizer.copy_number(digits);
                        TapeTag::Number.word(self.store_string(token, NO_COLUMN))
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
        let close = if open == b'[' { b']' } else { b'}' };
        let position = self.out.tape.len();
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
        *self.out.tape.get_mut(position)? = word;
        Some(())
    }

    /// Reads a key and its colon, and returns the shape that includes it.
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
        let token = self.tokenizer.string().ok()?;
        // An escaped key is longer in the body than unescaped, so this part of the body then contains a backslash.
        let name = self.tokenizer.body.bytes().get(start + 1..start + 1 + token.len)?;
        #[expect(
            clippy::manual_contains,
            reason = "std's search is made for long texts, and weighs 0.4 KB in the wasm"
        )]
        let is_escaped = name.iter().any(|byte| *byte == b'\\');
        if is_escaped {
            return None;
        }
        let shape = match self.out.shapes.find_child(before, self.tokenizer.token_bytes(token)) {
            Some(shape) => shape,
            None => {
                let name = self.tokenizer.token_str(token).to_owned();
                if self.out.shapes.has_ancestor_key(before, &name) {
                    return None;
                }
                let text = self.store_string(token, NO_COLUMN);
                self.out.shapes.add_child(before, &name, text)
            }
        };
        self.tokenizer.colon().ok()?;
        Some(shape)
    }
}
