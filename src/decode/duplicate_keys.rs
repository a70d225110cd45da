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
pub(super) fn duplicate_keys(names: &[&str]) -> Vec<(u64, u32)> {
    let mut places = Vec::new();
    for (name, place) in names.iter().zip(0..) {
        places.push((fnv1a_64(name), place));
    }
    heapsort(&mut places);
    let mut again = Vec::new();
    for pair in places.windows(2) {
        if let [(hash, place), (next, later)] = pair
            && hash == next
            && names.get(*place as usize) == names.get(*later as usize)
        {
            again.push((u64::from(*place), *later));
        }
    }
    heapsort(&mut again);
    again
}
