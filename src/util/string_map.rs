//! A hash map from strings to numbers.

use alloc::{string::String, vec, vec::Vec};

/// A hash map from strings to numbers, without removal.
///
/// It holds a million entries with little code: the maps of std weigh 4 to 8 KB in the wasm.
#[derive(Clone, Debug, Default)]
pub(crate) struct StringMap {
    entries: Vec<(String, i64)>,
    /// The hash table, with open addressing: 0 for an empty bucket, otherwise 1 more than the index of an entry. Its
    /// length is a power of two, and at least half of it is empty.
    buckets: Vec<u32>,
}

impl StringMap {
    /// Returns the number of a string.
    pub(crate) fn get(&self, text: &str) -> Option<i64> {
        let (_, entry) = self.find(text)?;
        self.entries.get(entry).map(|(_, number)| *number)
    }

    /// Sets the number of a string.
    pub(crate) fn insert(&mut self, text: String, number: i64) {
        if self.entries.len() * 2 >= self.buckets.len() {
            self.grow();
        }
        let Some((slot, entry)) = self.find(&text) else { return };
        match self.entries.get_mut(entry) {
            Some(known) => known.1 = number,
            None => {
                self.entries.push((text, number));
                self.fill_bucket(slot, self.entries.len());
            }
        }
    }

    /// Returns the bucket of a string and the index of its entry: `usize::MAX` if it has none.
    fn find(&self, text: &str) -> Option<(usize, usize)> {
        let mask = self.buckets.len().checked_sub(1)?;
        let mut slot = hash(text) & mask;
        loop {
            let entry = (*self.buckets.get(slot)? as usize).wrapping_sub(1);
            match self.entries.get(entry) {
                Some((known, _)) if known != text => slot = (slot + 1) & mask,
                _ => return Some((slot, entry)),
            }
        }
    }

    fn fill_bucket(&mut self, slot: usize, entry: usize) {
        if let Some(free) = self.buckets.get_mut(slot) {
            *free = u32::try_from(entry).unwrap_or(0);
        }
    }

    fn grow(&mut self) {
        let count = (self.buckets.len() * 2).max(16);
        self.buckets = vec![0; count];
        for entry in 0..self.entries.len() {
            let mut slot = self.entries.get(entry).map_or(0, |(text, _)| hash(text)) & (count - 1);
            while self.buckets.get(slot).is_some_and(|taken| *taken > 0) {
                slot = (slot + 1) & (count - 1);
            }
            self.fill_bucket(slot, entry + 1);
        }
    }
}

/// Returns the FNV-1a hash, with its high bits folded into the low bits that select a bucket.
fn hash(text: &str) -> usize {
    let hash = text.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    (hash ^ (hash >> 15)) as usize
}

#[cfg(test)]
mod tests {
    use super::StringMap;
    use alloc::collections::BTreeMap;
    use alloc::format;

    #[test]
    fn it_holds_what_a_map_of_std_holds() {
        let (mut ours, mut std) = (StringMap::default(), BTreeMap::new());
        let mut random = 1_u32;
        for step in 0..20_000 {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let text = format!("{}", (random >> 8) % 5000);
            assert_eq!(ours.get(&text), std.get(&text).copied());
            ours.insert(text.clone(), step);
            std.insert(text, step);
            assert_eq!(ours.entries.len(), std.len());
        }
        assert_eq!(ours.get("not there"), None);
    }
}
