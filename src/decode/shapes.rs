//! Shapes: the key sequences of objects with undocumented fields, as a trie.
//!
//! Consecutive objects mostly have the same keys in the same order. Each node therefore predicts the next key, and a
//! predicted key is recognized by one vector comparison.

use super::{
    simd::{LANES, PaddedInput, U8x16},
    u32_buffer::U32Buffer,
};
use crate::util::write_string;
use alloc::{borrow::ToOwned, string::String, vec::Vec};

/// The maximum number of members of a nested object on the tape. A larger object is stored as JSON.
pub(super) const MAX_MEMBERS: u32 = 32;
/// The maximum number of children that a key lookup compares.
const MAX_CHILDREN: u32 = 16;
/// The root of the shapes of nested objects. The roots below it belong to the tables of fields: a key that is
/// undocumented in one record may be a field of another.
pub(super) const NESTED_ROOT: u32 = crate::boundary::field::ROOTS - 1;

/// The trie of shapes. A node represents the keys on the path from its root.
#[derive(Debug, Default)]
pub(super) struct Shapes {
    pub(super) nodes: Vec<Node>,
}

#[derive(Debug, Default)]
pub(super) struct Node {
    /// The parent; a root is its own parent.
    pub(super) parent: u32,
    /// The number of keys on the path.
    pub(super) depth: u32,
    /// The last key: the number of its string, the key itself, its JSON form with colon, and the first bytes of that.
    string: u32,
    pub(super) key: String,
    quoted: String,
    prefix: [u8; LANES],
    /// The child that was used last, and the head of the list of children; 0 for none, because a root is no child.
    predicted_child: u32,
    first_child: u32,
    /// The next child of the same parent.
    next_sibling: u32,
    /// Whether the keys on the path are known to be distinct.
    pub(super) has_distinct_keys: bool,
}

impl Node {
    /// Returns the end of the key in the body if the body has the key's JSON form at this offset.
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
    /// Starts another document, and keeps only the roots.
    pub(super) fn begin_document(&mut self) {
        if self.nodes.is_empty() {
            self.nodes.extend((0..=NESTED_ROOT).map(|root| Node { parent: root, ..Node::default() }));
        }
        self.truncate(NESTED_ROOT as usize + 1);
    }

    /// Writes two words per node: its parent, and the number of its key's string.
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

    /// Returns the predicted child of a node.
    pub(super) fn predicted(&self, node: u32) -> Option<(u32, &Node)> {
        let usual = self.node(node)?.predicted_child;
        Some((usual, self.node(usual).filter(|_| usual > 0)?))
    }

    /// Returns the child of a node with this key.
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

    /// Returns whether the last keys on the path to a node include this one.
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

    /// Adds a child to a node.
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

    /// Removes all nodes from this number on.
    pub(super) fn truncate(&mut self, count: usize) {
        // In reverse order: the head of each list of children is the newest child.
        while self.nodes.len() > count {
            let Some(last) = self.nodes.pop() else { return };
            if let Some(parent) = self.nodes.get_mut(last.parent as usize) {
                (parent.first_child, parent.predicted_child) = (last.next_sibling, last.next_sibling);
            }
        }
    }

    /// Returns the keys on the path to a node, the last one first, as numbers of strings.
    pub(super) fn keys(&self, mut node: u32) -> Vec<u32> {
        let mut keys = Vec::new();
        while let Some(here) = self.node(node).filter(|here| here.depth > 0) {
            keys.push(here.string);
            node = here.parent;
        }
        keys
    }
}

/// The undocumented fields of the record that is being read.
#[derive(Default)]
pub(super) struct UnknownFields {
    /// The shape of the keys so far.
    pub(super) shape: u32,
    /// The position of each value on the tape.
    pub(super) values: Vec<u32>,
}
