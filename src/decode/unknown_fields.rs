//! What comes besides the documented fields: any JSON, read into words beside the rows of cells.
//!
//! Of a record to which something came, a row's last cell says where its words begin: the number of a shape, then for
//! each of the shape's names where the words of its value begin. What the words of a value are is told at [`Tag`]. A
//! shape is the names of an object in their order, as a leaf of a tree: objects that follow each other mostly have the
//! same names, so each name is foreseen from the one before it and compared as it is written.

use super::{
    Fault,
    columns::{Apart, Home},
    decoder::{Decoder, NO_COLUMN, whole_number},
    duplicate_keys::repeated,
    simd::{LANE, Lane, Padded},
    tokenizer::{Failed, Odd, Piece},
    u32_buffer::Numbers,
    value,
};
use crate::boundary::tag;
use crate::util::{Json, write_string};
use alloc::{borrow::ToOwned, boxed::Box, string::String, vec::Vec};

/// What the lowest three bits of a value's first word say; what the others mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub(super) enum Tag {
    /// `null`, `false` or `true`: 0, 1 or 2.
    Word = tag::LITERAL,
    /// A text: its number.
    Text = tag::STRING,
    /// A whole number that is small.
    Small = tag::INTEGER,
    /// An array: how many items it has. The items' words follow.
    List = tag::ARRAY,
    /// An object: its shape. The words of its values follow, in the order of the shape's names.
    Object = tag::OBJECT,
    /// Another number: the number of the text that it is written as.
    Number = tag::NUMBER,
    /// Anything: the number of the text of its JSON.
    Json = tag::JSON,
}

impl Tag {
    pub(super) fn word(self, rest: u32) -> u32 {
        rest << tag::BITS | self as u32
    }

    /// The tag of a word, and the rest of it.
    pub(super) fn of(word: u32) -> (Tag, u32) {
        const ALL: [Tag; 8] =
            [Tag::Word, Tag::Text, Tag::Small, Tag::List, Tag::Object, Tag::Number, Tag::Json, Tag::Json];
        (ALL.get((word & tag::MASK) as usize).copied().unwrap_or(Tag::Json), word >> tag::BITS)
    }
}

/// Whole numbers below this are small.
const SMALL: u32 = 1 << 28;
/// Deeper values are kept as the text of their JSON.
const LEVELS: u32 = 8;
/// Objects of more members inside of other values too.
const MEMBERS: u32 = 32;
/// So many names are looked through that have followed another one.
const FOLLOWERS: u32 = 16;
/// The column under which the texts of such values are looked for among those that came before.
const COLUMN: usize = 31;
/// The shape with no name of objects inside of other values. Those before it are of the records, by their tables:
/// a name that is unknown to one may be another's field.
const INNER: u32 = 4;

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
    text: u32,
    name: String,
    written: String,
    begins: [u8; LANE],
    /// The node that followed last, and the first of all that have; 0 is none, since no node is followed by a root.
    usual: u32,
    first: u32,
    /// The next of those that follow the same node.
    other: u32,
    /// Whether the names on the way to it are known to differ.
    is_distinct: bool,
}

impl Node {
    /// Where its name ends in the body, if it begins there and as it is usually written.
    #[inline(always)]
    fn end(&self, body: Padded<'_>, at: usize) -> Option<usize> {
        let length = self.written.len();
        let differs = body.lane(at).differs(Lane::of(&self.begins));
        if length <= LANE {
            return (differs & ((1 << length) - 1) == 0).then_some(at + length);
        }
        (differs == 0 && body.bytes().get(at..)?.starts_with(self.written.as_bytes())).then_some(at + length)
    }
}

impl Shapes {
    /// Another document begins.
    pub(super) fn begin(&mut self) {
        if self.nodes.is_empty() {
            self.nodes.extend((0..=INNER).map(|root| Node { parent: root, ..Node::default() }));
        }
        self.forget(INNER as usize + 1);
    }

    /// Two words for each: its parent, and the number of its last name's text.
    pub(super) fn tell(&self, words: &mut Numbers) {
        words.clear();
        for node in &self.nodes {
            words.push(node.parent);
            words.push(node.text);
        }
    }

    fn at(&self, node: u32) -> Option<&Node> {
        self.nodes.get(node as usize)
    }

    /// What mostly follows a node.
    fn usual(&self, node: u32) -> Option<(u32, &Node)> {
        let usual = self.at(node)?.usual;
        Some((usual, self.at(usual).filter(|_| usual > 0)?))
    }

    /// The node that follows by a name.
    fn find(&mut self, node: u32, name: &[u8]) -> Option<u32> {
        let mut next = self.at(node)?.first;
        for _ in 0..FOLLOWERS {
            let follower = self.at(next).filter(|_| next > 0)?;
            if follower.name.as_bytes() == name {
                self.nodes.get_mut(node as usize)?.usual = next;
                return Some(next);
            }
            next = follower.other;
        }
        None
    }

    /// Whether a name is on the way to a node, among the last few.
    fn has(&self, mut node: u32, name: &str) -> bool {
        for _ in 0..MEMBERS {
            match self.at(node) {
                Some(here) if here.depth > 0 && here.name == name => return true,
                Some(here) => node = here.parent,
                None => return false,
            }
        }
        false
    }

    /// A new node that follows.
    fn add(&mut self, parent: u32, name: &str, text: u32) -> u32 {
        let number = self.nodes.len() as u32;
        let Some(before) = self.nodes.get_mut(parent as usize) else { return parent };
        let (depth, other) = (before.depth + 1, before.first);
        (before.first, before.usual) = (number, number);
        let mut written = String::new();
        write_string(&mut written, name);
        written.push(':');
        let mut begins = [0; LANE];
        begins.iter_mut().zip(written.bytes()).for_each(|(slot, byte)| *slot = byte);
        self.nodes.push(Node { parent, depth, text, name: name.to_owned(), written, begins, other, ..Node::default() });
        number
    }

    /// Leaves the first nodes, so many.
    fn forget(&mut self, count: usize) {
        // The last one first: each stands before those that its parent had then.
        while self.nodes.len() > count {
            let Some(last) = self.nodes.pop() else { return };
            if let Some(parent) = self.nodes.get_mut(last.parent as usize) {
                (parent.first, parent.usual) = (last.other, last.other);
            }
        }
    }

    /// The names on the way to a node, the last one first, as numbers of texts.
    pub(super) fn names(&self, mut node: u32) -> Vec<u32> {
        let mut names = Vec::new();
        while let Some(here) = self.at(node).filter(|here| here.depth > 0) {
            names.push(here.text);
            node = here.parent;
        }
        names
    }
}

/// What has come besides the fields of the record that is being read.
#[derive(Default)]
pub(super) struct Extra {
    /// Its shape so far.
    shape: u32,
    /// Where the words of each value begin.
    values: Vec<u32>,
}

/// What [`Decoder::usual_extras`] has passed over.
pub(super) enum Passed {
    None,
    /// It stands behind a value.
    Member,
    /// It stands in front of a name.
    MemberAndComma,
}

impl<const FAST: bool> Decoder<'_, FAST> {
    /// Reads members that the table does not know, as long as they come as in the record before. Their names were told
    /// from the fields' and from each other then.
    #[inline(never)]
    pub(super) fn usual_extras(&mut self) -> Passed {
        let mut passed = Passed::None;
        while let Some((shape, node)) = self.out.shapes.usual(self.extra.shape) {
            let start = self.scan.at;
            let Some(end) = node.end(self.scan.body, start) else { break };
            self.scan.at = end;
            self.scan.space();
            let value = self.out.words.len() as u32;
            if !self.plain_value() {
                self.scan.at = start;
                break;
            }
            self.extra.shape = shape;
            self.extra.values.push(value);
            if !self.scan.eat(b',') {
                return Passed::Member;
            }
            passed = Passed::MemberAndComma;
        }
        passed
    }

    /// A record of a table begins.
    #[inline(always)]
    pub(super) fn begin_extra(&mut self, table: usize) {
        self.extra.shape = table as u32;
    }

    /// Whether anything came besides the fields of the record that is being read.
    #[inline(always)]
    pub(super) fn has_extra(&self) -> bool {
        !self.extra.values.is_empty()
    }

    /// A member begins whose name, which has just been read, is no field's.
    pub(super) fn name_extra(&mut self, piece: Piece) {
        let before = self.extra.shape;
        if let Some(known) = self.out.shapes.find(before, self.scan.bytes(piece)) {
            self.extra.shape = known;
            return;
        }
        let name = self.scan.str(piece).to_owned();
        let text = self.keep(piece, NO_COLUMN);
        self.extra.shape = self.out.shapes.add(before, &name, text);
    }

    /// Reads the value of a member that the table does not know.
    #[inline(never)]
    pub(super) fn read_extra(&mut self) -> Result<(), Failed> {
        let offset = self.scan.at;
        let value = self.out.words.len() as u32;
        self.extra.values.push(value);
        if FAST && self.plain_value() {
            return Ok(());
        }
        let (shapes, shape) = (&self.out.shapes, self.extra.shape);
        let name = || shapes.at(shape).map_or("", |node| &node.name);
        let value = value::read(&mut self.scan).map_err(|fault: Box<Fault>| fault.inside(name()))?;
        let mut json = String::new();
        value.write(&mut json);
        if let Some((at, odd)) = self.scan.take_odd() {
            let name = name().to_owned();
            self.odd(&name, None, at.max(offset), odd);
        }
        // What is written otherwise than it was read may be longer than the room that the text has.
        let (number, out) = ((self.out.starts.len() - 1) as u32, &mut *self.out);
        Apart::keep(&mut out.apart, &mut out.long_wide, json.as_bytes(), 0, json.len(), number, Home::LongWide);
        out.starts.push(self.scan.used as u32);
        out.words.push(Tag::Json.word(number));
        Ok(())
    }

    /// What came besides the fields of a record has ended; gives its cell.
    #[inline(always)]
    pub(super) fn end_extra(&mut self) -> u32 {
        if self.has_extra() { self.keep_extra() } else { 0 }
    }

    #[inline(never)]
    fn keep_extra(&mut self) -> u32 {
        if self.out.shapes.at(self.extra.shape).is_some_and(|node| !node.is_distinct) {
            self.tell_repeated();
        }
        let words = &mut self.out.words;
        words.push(self.extra.shape);
        let cell = words.len() as u32;
        for value in &self.extra.values {
            words.push(*value);
        }
        self.extra.values.clear();
        cell
    }

    /// Tells of names that came again, the last one first. Who makes an object of them gives each its last value.
    #[cold]
    #[inline(never)]
    fn tell_repeated(&mut self) {
        let mut shapes = core::mem::take(&mut self.out.shapes);
        let mut names = Vec::new();
        let mut node = shapes.at(self.extra.shape);
        while let Some(here) = node.filter(|here| here.depth > 0) {
            names.push(here.name.as_str());
            node = shapes.at(here.parent);
        }
        let again = repeated(&names);
        for (place, _) in &again {
            self.odd(names.get(*place as usize).unwrap_or(&""), None, self.scan.at, Odd::Again);
        }
        if let Some(node) = shapes.nodes.get_mut(self.extra.shape as usize) {
            node.is_distinct = again.is_empty();
        }
        self.out.shapes = shapes;
    }

    /// Reads a value into words, unless it is anything out of the common: illegal, with a lone surrogate, deep, or with
    /// an object whose names are many, are escaped or come twice. Then all is as it was.
    fn plain_value(&mut self) -> bool {
        if self.scan.has_odd() {
            return false;
        }
        let (at, depth, used, out) = (self.scan.at, self.scan.depth(), self.scan.used, &*self.out);
        let (strings, words, shapes) = (out.starts.len(), out.words.len(), out.shapes.nodes.len());
        let (apart, wide, long, long_wide) = (out.apart.len(), out.wide.len(), out.long.len(), out.long_wide.len());
        let is_read = self.plain(LEVELS).is_some();
        if !is_read {
            // The text has room for each string of the body once: those that were kept are given up.
            self.scan.set_back(at, depth);
            self.scan.used = used;
            let out = &mut *self.out;
            out.starts.truncate(strings);
            out.words.truncate(words);
            out.apart.truncate(apart);
            out.wide.truncate(wide);
            out.long.truncate(long);
            out.long_wide.truncate(long_wide);
            out.shapes.forget(shapes);
            out.share.forget((strings - 1) as u32);
        }
        is_read
    }

    fn plain(&mut self, levels: u32) -> Option<()> {
        let word = match self.scan.peek() {
            b'"' => {
                let piece = self.scan.string().ok()?;
                if self.scan.has_odd() {
                    return None;
                }
                Tag::Text.word(self.keep(piece, COLUMN))
            }
            b'-' | b'0'..=b'9' => {
                let digits = self.scan.number().ok()?;
                match whole_number(digits).filter(|number| *number < SMALL) {
                    Some(number) => Tag::Small.word(number),
                    None => {
                        let piece = self.scan.place(digits);
                        Tag::Number.word(self.keep(piece, NO_COLUMN))
                    }
                }
            }
            open @ (b'[' | b'{') if levels > 0 => return self.plain_items(open, levels - 1),
            b'[' | b'{' => return None,
            _ => Tag::Word.word(self.scan.word().ok()?.map_or(0, |word| 1 + u32::from(word))),
        };
        self.out.words.push(word);
        Some(())
    }

    fn plain_items(&mut self, open: u8, levels: u32) -> Option<()> {
        let close = open + 2;
        let place = self.out.words.len();
        self.out.words.push(0);
        self.scan.enter(open).ok()?;
        let (mut shape, mut count) = (INNER, 0);
        let mut more = !self.scan.leave(close);
        while more {
            if open == b'{' {
                if count == MEMBERS {
                    return None;
                }
                shape = self.plain_name(shape)?;
            }
            self.plain(levels)?;
            count += 1;
            more = self.scan.another(close).ok()?;
        }
        let word = if open == b'{' { Tag::Object.word(shape) } else { Tag::List.word(count) };
        *self.out.words.get_mut(place)? = word;
        Some(())
    }

    /// Reads a name and its colon; gives the shape with it.
    fn plain_name(&mut self, before: u32) -> Option<u32> {
        let start = self.scan.at;
        if let Some((shape, node)) = self.out.shapes.usual(before)
            && let Some(end) = node.end(self.scan.body, start)
        {
            self.scan.at = end;
            self.scan.space();
            return Some(shape);
        }
        if self.scan.peek() != b'"' {
            return None;
        }
        let piece = self.scan.string().ok()?;
        // Escaped it would be longer in the body, and a backslash in this part of it.
        let name = self.scan.body.bytes().get(start + 1..start + 1 + piece.length)?;
        #[expect(
            clippy::manual_contains,
            reason = "std's search is made for long texts, and weighs 0.4 KB in the wasm"
        )]
        let is_escaped = name.iter().any(|byte| *byte == b'\\');
        if is_escaped {
            return None;
        }
        let shape = match self.out.shapes.find(before, self.scan.bytes(piece)) {
            Some(shape) => shape,
            None => {
                let name = self.scan.str(piece).to_owned();
                if self.out.shapes.has(before, &name) {
                    return None;
                }
                let text = self.keep(piece, NO_COLUMN);
                self.out.shapes.add(before, &name, text)
            }
        };
        self.scan.colon().ok()?;
        Some(shape)
    }
}

/// The words of extras, and what they speak of.
pub(super) struct Words<'w> {
    pub(super) words: &'w [u32],
    pub(super) shapes: &'w Shapes,
}

impl Words<'_> {
    /// What came besides the fields of a record, by its cell.
    pub(super) fn members<'t>(&self, cell: u32, text: &impl Fn(u32) -> &'t str) -> Vec<(String, Json)> {
        let at = cell as usize;
        let Some(shape) = at.checked_sub(1).and_then(|at| self.words.get(at)) else { return Vec::new() };
        let names = self.shapes.names(*shape);
        let values = self.words.get(at..at + names.len()).unwrap_or_default();
        let members = names.iter().rev().zip(values);
        let members: Vec<(String, Json)> =
            members.map(|(name, at)| (text(*name).to_owned(), self.value(&mut (*at as usize), text))).collect();
        value::last_of_each(members)
    }

    /// The value whose words begin there; goes on behind it.
    fn value<'t>(&self, at: &mut usize, text: &impl Fn(u32) -> &'t str) -> Json {
        let (tag, rest) = Tag::of(self.words.get(*at).copied().unwrap_or(0));
        *at += 1;
        match tag {
            Tag::Word => rest.checked_sub(1).map_or(Json::Null, |word| Json::Bool(word == 1)),
            Tag::Text => Json::from(text(rest)),
            Tag::Small => Json::from(rest),
            Tag::Number => Json::Number(text(rest).to_owned()),
            Tag::List => Json::Array((0..rest).map(|_| self.value(at, text)).collect()),
            Tag::Object => {
                let names = self.shapes.names(rest);
                let members = names.iter().rev();
                Json::Object(members.map(|name| (text(*name).to_owned(), self.value(at, text))).collect())
            }
            Tag::Json => value::json(text(rest).as_bytes()).unwrap_or_default(),
        }
    }
}
