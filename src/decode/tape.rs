//! The tape: the values of undocumented fields as a sequence of words.
//!
//! The first word of a value has a [`TapeTag`] in its lowest bits and an operand in the others. The last cell of a
//! record's row points to the word after its shape number; a word per key of the shape follows, with the position of
//! its value on the tape.

use super::{shapes::Shapes, value};
use crate::boundary::tag;
use crate::util::Json;
use alloc::{borrow::ToOwned, string::String, vec::Vec};

/// The tag of a value, with the meaning of its operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub(super) enum TapeTag {
    /// `null`, `false` or `true`, by the operands 0, 1 and 2.
    Literal = tag::LITERAL,
    /// A string, by its number.
    String = tag::STRING,
    /// A small whole number.
    Integer = tag::INTEGER,
    /// An array, by the count of its items. Their words follow.
    Array = tag::ARRAY,
    /// An object, by the number of its shape. The words of its values follow, in the order of the shape's keys.
    Object = tag::OBJECT,
    /// Another number, by the number of the string with its digits.
    Number = tag::NUMBER,
    /// Any value, by the number of the string with its JSON text.
    Json = tag::JSON,
}

impl TapeTag {
    pub(super) fn word(self, rest: u32) -> u32 {
        rest << tag::BITS | self as u32
    }

    /// Splits a word into tag and operand.
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

/// A reader of the tape.
pub(super) struct TapeReader<'w> {
    pub(super) tape: &'w [u32],
    pub(super) shapes: &'w Shapes,
}

impl TapeReader<'_> {
    /// Returns the undocumented members of a record, by the record's last cell.
    pub(super) fn members<'t>(&self, cell: u32, text: &impl Fn(u32) -> &'t str) -> Vec<(String, Json)> {
        let at = cell as usize;
        let Some(shape) = at.checked_sub(1).and_then(|at| self.tape.get(at)) else { return Vec::new() };
        let keys = self.shapes.keys(*shape);
        let values = self.tape.get(at..at + keys.len()).unwrap_or_default();
        let members = keys.iter().rev().zip(values);
        let members: Vec<(String, Json)> =
            members.map(|(name, at)| (text(*name).to_owned(), self.value(&mut (*at as usize), text))).collect();
        value::dedup_members(members)
    }

    /// Reads the value at a position, and moves the position to the next value.
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
                let keys = self.shapes.keys(rest);
                let members = keys.iter().rev();
                Json::Object(members.map(|name| (text(*name).to_owned(), self.value(at, text))).collect())
            }
            TapeTag::Json => value::json(text(rest).as_bytes()).unwrap_or_default(),
        }
    }
}
