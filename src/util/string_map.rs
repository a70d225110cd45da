//! Numbers by text.

use alloc::{string::String, vec, vec::Vec};

/// Numbers by text. What a million cases need in the fewest bytes of code: std's maps weigh 4 to 8 KB in the wasm.
/// Nothing is taken out again.
#[derive(Clone, Debug, Default)]
pub(crate) struct StringMap {
    entries: Vec<(String, i64)>,
    /// Open addressing: 0, or 1 more than an entry's place. A power of two of them, half of them free at least.
    buckets: Vec<u32>,
}

impl StringMap {
    /// The number of a text.
    pub(crate) fn get(&self, text: &str) -> Option<i64> {
        let (_, entry) = self.find(text)?;
        self.entries.get(entry).map(|(_, number)| *number)
    }

    /// Gives a text a number, whether it had one or not.
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

    /// Where a text's slot is, and the place of its entry: `usize::MAX` where it has none yet.
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

/// FNV-1a, its high bits folded into the low ones that are used.
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
