//! Detection of duplicate keys in an object.
//!
//! RFC 8259, section 4, leaves open which of the values counts. Here it is the last one, as in every common JSON
//! parser.

use crate::util::fnv1a_64;
use crate::util::heapsort::heapsort;
use alloc::vec::Vec;

/// Returns a pair of positions (earlier, later) for each key and its next occurrence, in order.
///
/// The cost is one hash per key and a sort, so an object of a million keys stays cheap.
#[inline(never)]
pub(super) fn duplicate_keys(keys: &[&str]) -> Vec<(u64, u32)> {
    let mut hashes = Vec::new();
    for (key, index) in keys.iter().zip(0..) {
        hashes.push((fnv1a_64(key), index));
    }
    heapsort(&mut hashes);
    let mut duplicates = Vec::new();
    for pair in hashes.windows(2) {
        if let [(hash, index), (next, later_index)] = pair
            && hash == next
            && keys.get(*index as usize) == keys.get(*later_index as usize)
        {
            duplicates.push((u64::from(*index), *later_index));
        }
    }
    heapsort(&mut duplicates);
    duplicates
}
