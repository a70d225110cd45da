//! What comes besides the documented fields: any JSON, read into words beside the rows of cells.
//!
//! Of a record to which something came, a row's last cell says where its words begin: the number of a shape, then for
//! each of the shape's names where the words of its value begin. What the words of a value are is told at [`Tag`]. A
//! shape is the names of an object in their order, as a leaf of a tree: objects that follow each other mostly have the
//! same names, so each name is foreseen from the one before it and compared as it is written.

use super::{
    DecodeError,
    columns::{OutOfLineString, StringPool},
    decoder::{Decoder, NO_COLUMN, parse_count},
    duplicate_keys::duplicate_keys,
    simd::{LANES, PaddedInput, U8x16},
    tokenizer::{Anomaly, BoxedDecodeError, StringToken},
    u32_buffer::U32Buffer,
    value,
};
use crate::boundary::tag;
use crate::util::{Json, write_string};
use alloc::{borrow::ToOwned, boxed::Box, string::String, vec::Vec};

/// What the lowest three bits of a value's first word say; what the others mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub(super) enum TapeTag {
    /// `null`, `false` or `true`: 0, 1 or 2.
    Literal = tag::LITERAL,
    /// A text: its number.
    String = tag::STRING,
    /// A whole number that is small.
    Integer = tag::INTEGER,
    /// An array: how many items it has. The items' words follow.
    Array = tag::ARRAY,
    /// An object: its shape. The words of its values follow, in the order of the shape's names.
    Object = tag::OBJECT,
    /// Another number: the number of the text that it is written as.
    Number = tag::NUMBER,
    /// Anything: the number of the text of its JSON.
    Json = tag::JSON,
}

impl TapeTag {
    pub(super) fn word(self, rest: u32) -> u32 {
        rest << tag::BITS | self as u32
    }

    /// The tag of a word, and the rest of it.
    pub(super) fn split(word: u32) -> (TapeTag, u32) {
        const ALL: [TapeTag; 8] = [
            TapeTag::Literal,
            TapeTag::String,
            TapeTag::Integer,
            TapeTag::Array,
            TapeTag::Object,
            TapeTag::Number,
            TapeTag::Json,
            TapeTag::Json,
        ];
        (ALL.get((word & tag::MASK) as usize).copied().unwrap_or(TapeTag::Json), word >> tag::BITS)
    }
}

/// Whole numbers below this are small.
const MAX_INTEGER: u32 = 1 << 28;
/// Deeper values are kept as the text of their JSON.
const MAX_TAPE_DEPTH: u32 = 8;
/// Objects of more members inside of other values too.
const MAX_MEMBERS: u32 = 32;
/// So many names are looked through that have followed another one.
const MAX_CHILDREN: u32 = 16;
/// The column under which the texts of such values are looked for among those that came before.
const UNKNOWN_COLUMN: usize = 31;
/// The shape with no name of objects inside of other values. Those before it are of the records, by their tables:
/// a name that is unknown to one may be another's field.
const NESTED_ROOT: u32 = 4;

/// The names of objects, as a tree: a node stands for the names on the way to it.
#[derive(Debug, Default)]
pub(super) struct Shapes {
    nodes: Vec<Node>,
}

#[derive(Debug, Default)]
struct Node {
    /// Itself, where there is none.
    parent: u32,
    /// How many names are on the way to it.
    depth: u32,
    /// The last name: as a text's number, as it is, and as it is usually written, with the colon, and the first bytes
    /// of that.
    string: u32,
    key: String,
    quoted: String,
    prefix: [u8; LANES],
    /// The node that followed last, and the first of all that have; 0 is none, since no node is followed by a root.
    predicted_child: u32,
    first_child: u32,
    /// The next of those that follow the same node.
    next_sibling: u32,
    /// Whether the names on the way to it are known to differ.
    has_distinct_keys: bool,
}

impl Node {
    /// Where its name ends in the body, if it begins there and as it is usually written.
    #[inline(always)]
    fn match_end(&self, body: PaddedInput<'_>, at: usize) -> Option<usize> {
        let length = self.quoted.len();
        let differs = body.vector(at).ne_mask(U8x16::from_array(&self.prefix));
        if length <= LANES {
            return (differs & ((1 << length) - 1) == 0).then_some(at + length);
        }
        (differs == 0 && body.bytes().get(at..)?.starts_with(self.quoted.as_bytes())).then_some(at + length)
    }
}

impl Shapes {
    /// Another document begins.
    pub(super) fn begin_document(&mut self) {
        if self.nodes.is_empty() {
            self.nodes.extend((0..=NESTED_ROOT).map(|root| Node { parent: root, ..Node::default() }));
        }
        self.truncate(NESTED_ROOT as usize + 1);
    }

    /// Two words for each: its parent, and the number of its last name's text.
    pub(super) fn export(&self, words: &mut U32Buffer) {
        words.clear();
        for node in &self.nodes {
            words.push(node.parent);
            words.push(node.string);
        }
    }

    fn node(&self, node: u32) -> Option<&Node> {
        self.nodes.get(node as usize)
    }

    /// What mostly follows a node.
    fn predicted(&self, node: u32) -> Option<(u32, &Node)> {
        let usual = self.node(node)?.predicted_child;
        Some((usual, self.node(usual).filter(|_| usual > 0)?))
    }

    /// The node that follows by a name.
    fn find_child(&mut self, node: u32, name: &[u8]) -> Option<u32> {
        let mut next = self.node(node)?.first_child;
        for _ in 0..MAX_CHILDREN {
            let follower = self.node(next).filter(|_| next > 0)?;
            if follower.key.as_bytes() == name {
                self.nodes.get_mut(node as usize)?.predicted_child = next;
                return Some(next);
            }
            next = follower.next_sibling;
        }
        None
    }

    /// Whether a name is on the way to a node, among the last few.
    fn has_ancestor_key(&self, mut node: u32, name: &str) -> bool {
        for _ in 0..MAX_MEMBERS {
            match self.node(node) {
                Some(here) if here.depth > 0 && here.key == name => return true,
                Some(here) => node = here.parent,
                None => return false,
            }
        }
        false
    }

    /// A new node that follows.
    fn add_child(&mut self, parent: u32, name: &str, text: u32) -> u32 {
        let number = self.nodes.len() as u32;
        let Some(before) = self.nodes.get_mut(parent as usize) else { return parent };
        let (depth, other) = (before.depth + 1, before.first_child);
        (before.first_child, before.predicted_child) = (number, number);
        let mut written = String::new();
        write_string(&mut written, name);
        written.push(':');
        let mut begins = [0; LANES];
        begins.iter_mut().zip(written.bytes()).for_each(|(slot, byte)| *slot = byte);
        self.nodes.push(Node {
            parent,
            depth,
            string: text,
            key: name.to_owned(),
            quoted: written,
            prefix: begins,
            next_sibling: other,
            ..Node::default()
        });
        number
    }

    /// Leaves the first nodes, so many.
    fn truncate(&mut self, count: usize) {
        // The last one first: each stands before those that its parent had then.
        while self.nodes.len() > count {
            let Some(last) = self.nodes.pop() else { return };
            if let Some(parent) = self.nodes.get_mut(last.parent as usize) {
                (parent.first_child, parent.predicted_child) = (last.next_sibling, last.next_sibling);
            }
        }
    }

    /// The names on the way to a node, the last one first, as numbers of texts.
    pub(super) fn keys(&self, mut node: u32) -> Vec<u32> {
        let mut names = Vec::new();
        while let Some(here) = self.node(node).filter(|here| here.depth > 0) {
            names.push(here.string);
            node = here.parent;
        }
        names
    }
}

/// What has come besides the fields of the record that is being read.
#[derive(Default)]
pub(super) struct UnknownFields {
    /// Its shape so far.
    shape: u32,
    /// Where the words of each value begin.
    values: Vec<u32>,
}

/// What [`Decoder::usual_extras`] has passed over.
pub(super) enum Consumed {
    Nothing,
    /// It stands behind a value.
    Member,
    /// It stands in front of a name.
    MemberAndComma,
}

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

/// The words of extras, and what they speak of.
pub(super) struct TapeReader<'w> {
    pub(super) tape: &'w [u32],
    pub(super) shapes: &'w Shapes,
}

impl TapeReader<'_> {
    /// What came besides the fields of a record, by its cell.
    pub(super) fn members<'t>(&self, cell: u32, text: &impl Fn(u32) -> &'t str) -> Vec<(String, Json)> {
        let at = cell as usize;
        let Some(shape) = at.checked_sub(1).and_then(|at| self.tape.get(at)) else { return Vec::new() };
        let names = self.shapes.keys(*shape);
        let values = self.tape.get(at..at + names.len()).unwrap_or_default();
        let members = names.iter().rev().zip(values);
        let members: Vec<(String, Json)> =
            members.map(|(name, at)| (text(*name).to_owned(), self.value(&mut (*at as usize), text))).collect();
        value::dedup_members(members)
    }

    /// The value whose words begin there; goes on behind it.
    fn value<'t>(&self, at: &mut usize, text: &impl Fn(u32) -> &'t str) -> Json {
        let (tag, rest) = TapeTag::split(self.tape.get(*at).copied().unwrap_or(0));
        *at += 1;
        match tag {
            TapeTag::Literal => rest.checked_sub(1).map_or(Json::Null, |word| Json::Bool(word == 1)),
            TapeTag::String => Json::from(text(rest)),
            TapeTag::Integer => Json::from(rest),
            TapeTag::Number => Json::Number(text(rest).to_owned()),
            TapeTag::Array => Json::Array((0..rest).map(|_| self.value(at, text)).collect()),
            TapeTag::Object => {
                let names = self.shapes.keys(rest);
                let members = names.iter().rev();
                Json::Object(members.map(|name| (text(*name).to_owned(), self.value(at, text))).collect())
            }
            TapeTag::Json => value::json(text(rest).as_bytes()).unwrap_or_default(),
        }
    }
}
