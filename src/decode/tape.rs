//! The tape of values beyond the documentation.

use super::{shapes::Shapes, value};
use crate::boundary::tag;
use crate::util::Json;
use alloc::{borrow::ToOwned, string::String, vec::Vec};

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
