//! The names of an object's members.

use super::scan::{Failed, illegal, quoted};
use std::collections::BinaryHeap;

/// The names of an object's members so far. A name that comes twice is refused: the two values may differ, and readers
/// do not agree which one counts (RFC 8259, section 4).
///
/// Few names are compared as they come; where there are many, they are put in order at the object's end, so that an
/// object of a million members costs little more than its size.
#[derive(Default)]
pub(super) struct Names {
    /// The first names, one behind the other, and where each ends.
    few: String,
    ends: Vec<usize>,
    many: BinaryHeap<(String, usize)>,
}

impl Names {
    /// Adds a name that stands at this offset.
    pub(super) fn add(&mut self, name: &str, offset: usize) -> Result<(), Failed> {
        const FEW: usize = 32;
        let mut start = 0;
        for end in &self.ends {
            if self.few.get(start..*end) == Some(name) {
                return Err(again(name, offset));
            }
            start = *end;
        }
        if self.ends.len() < FEW {
            self.few.push_str(name);
            self.ends.push(self.few.len());
        } else {
            self.many.push((name.to_owned(), offset));
        }
        Ok(())
    }

    /// The object has ended; the next one may begin.
    pub(super) fn end(&mut self) -> Result<(), Failed> {
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
    Box::new(illegal(offset, "a name that did not come before", format!("{} again", quoted(name))))
}
