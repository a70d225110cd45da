//! Names that come twice in an object. RFC 8259, section 4, leaves open which value counts; here it is the last one, as with
//! every JSON reader in use.

use crate::util::fnv1a_64;
use crate::util::heapsort::heapsort;
use alloc::vec::Vec;

/// The places of names that come again behind them, in order. An object of a million names costs little more than putting
/// numbers in order.
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
