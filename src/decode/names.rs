//! The names of an object's members.

use super::scan::{Failed, illegal, quoted};
use crate::model::text;
use alloc::collections::BinaryHeap;
use alloc::{borrow::ToOwned, boxed::Box, string::String, vec::Vec};

/// The names of an object's members so far. A name that comes twice is refused: the two values may differ, and readers
/// do not agree which one counts (RFC 8259, section 4).
///
/// Few names are compared as they come; where there are many, they are put in order at the object's end, so that an
/// object of a million members costs little more than its size.
#[derive(Default)]
pub(super) struct Names(Option<Box<Told>>);

/// Most objects are told no name.
#[derive(Default)]
struct Told {
    /// The first names, one behind the other, and where each ends.
    few: String,
    ends: Vec<usize>,
    many: BinaryHeap<(String, usize)>,
}

impl Names {
    /// Adds a name that stands at this offset.
    pub(super) fn add(&mut self, name: &str, offset: usize) -> Result<(), Failed> {
        const FEW: usize = 32;
        let told = self.0.get_or_insert_default();
        let mut start = 0;
        for end in &told.ends {
            if told.few.get(start..*end) == Some(name) {
                return Err(again(name, offset));
            }
            start = *end;
        }
        if told.ends.len() < FEW {
            told.few.push_str(name);
            told.ends.push(told.few.len());
        } else {
            told.many.push((name.to_owned(), offset));
        }
        Ok(())
    }

    /// The object has ended; the next one may begin.
    #[inline(always)]
    pub(super) fn end(&mut self) -> Result<(), Failed> {
        self.0.as_mut().map_or(Ok(()), |told| told.end())
    }
}

impl Told {
    #[inline(never)]
    fn end(&mut self) -> Result<(), Failed> {
        self.few.clear();
        self.ends.clear();
        let mut before = self.many.pop();
        while let Some((name, offset)) = self.many.pop() {
            match before {
                // The later of the two comes out first.
                Some((last, later)) if last == name => return Err(again(&name, later)),
                _ => before = Some((name, offset)),
            }
        }
        Ok(())
    }
}

#[cold]
pub(super) fn again(name: &str, offset: usize) -> Failed {
    Box::new(illegal(offset, "a name that did not come before", text!(quoted(name), " again")))
}
