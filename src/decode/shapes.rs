//! Shapes: the keys of objects beyond the documentation, as a trie.

use super::{
    simd::{LANES, PaddedInput, U8x16},
    u32_buffer::U32Buffer,
};
use crate::util::write_string;
use alloc::{borrow::ToOwned, string::String, vec::Vec};

/// Objects of more members inside of other values too.
pub(super) const MAX_MEMBERS: u32 = 32;
/// So many names are looked through that have followed another one.
const MAX_CHILDREN: u32 = 16;
/// The shape with no name of objects inside of other values. Those before it are of the records, by their tables:
/// a name that is unknown to one may be another's field.
pub(super) const NESTED_ROOT: u32 = 4;

/// The names of objects, as a tree: a node stands for the names on the way to it.
#[derive(Debug, Default)]
pub(super) struct Shapes {
    pub(super) nodes: Vec<Node>,
}

#[derive(Debug, Default)]
pub(super) struct Node {
    /// Itself, where there is none.
    pub(super) parent: u32,
    /// How many names are on the way to it.
    pub(super) depth: u32,
    /// The last name: as a text's number, as it is, and as it is usually written, with the colon, and the first bytes
    /// of that.
    string: u32,
    pub(super) key: String,
    quoted: String,
    prefix: [u8; LANES],
    /// The node that followed last, and the first of all that have; 0 is none, since no node is followed by a root.
    predicted_child: u32,
    first_child: u32,
    /// The next of those that follow the same node.
    next_sibling: u32,
    /// Whether the names on the way to it are known to differ.
    pub(super) has_distinct_keys: bool,
}

impl Node {
    /// Where its name ends in the body, if it begins there and as it is usually written.
    #[inline(always)]
    pub(super) fn match_end(&self, body: PaddedInput<'_>, at: usize) -> Option<usize> {
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

    pub(super) fn node(&self, node: u32) -> Option<&Node> {
        self.nodes.get(node as usize)
    }

    /// What mostly follows a node.
    pub(super) fn predicted(&self, node: u32) -> Option<(u32, &Node)> {
        let usual = self.node(node)?.predicted_child;
        Some((usual, self.node(usual).filter(|_| usual > 0)?))
    }

    /// The node that follows by a name.
    pub(super) fn find_child(&mut self, node: u32, name: &[u8]) -> Option<u32> {
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
    pub(super) fn has_ancestor_key(&self, mut node: u32, name: &str) -> bool {
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
    pub(super) fn add_child(&mut self, parent: u32, name: &str, text: u32) -> u32 {
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
    pub(super) fn truncate(&mut self, count: usize) {
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
    pub(super) shape: u32,
    /// Where the words of each value begin.
    pub(super) values: Vec<u32>,
}
