//! The order in which a round of changes reads its lists.
//!
//! Without a budget a round reads all of its lists: those of recent dates and without dates first, then the older ones, then
//! those that failed. With a budget that order would starve the last ones, so they take turns: two recent lists, then an
//! older one, and one list that failed as the fourth or before. Of each kind, those that were never read are first, then those that
//! were read longest ago.
//!
//! Claim: if each round begins `k` recent or older lists, each of `n` such lists is begun within `3 × n / k + 3` rounds. With a
//! budget of two requests or more, each of `f` lists that failed is begun within `f` rounds in which no other list fails.
//! Invariant: of any three recent or older lists that are begun one after another, also in different rounds, two are recent
//! and one is older, while there are any. Argument: a round continues the turns of the last one, which the times of reading
//! show. A list that was read is the last of its kind, and a list that fails again is after those that failed less often.

use super::cursor::ListCheckpoint;
use crate::rules::MAX_RANGE_DAYS;
use crate::util::DAY_MS;
use crate::util::heapsort::heapsort;
use alloc::vec::Vec;

/// Age of a window's end from which its list is an older list. It is 90 days in milliseconds.
const RECENT_MS: i64 = MAX_RANGE_DAYS * DAY_MS;
/// Number of rounds in which each older list is read once, with `older: "rotate"`.
const ROTATION: u64 = 7;

/// Bit of the sort key of an older list, above the bits of a time.
const OLDER: u64 = 1 << 60;
/// Bit of the sort key of a list that failed.
const FAILED: u64 = 1 << 61;

/// Number of recent lists before an older one, with a budget.
const RECENT_TURNS: u64 = 2;
/// Greatest place of the first list that failed, with a budget.
const FAILED_PLACE: u64 = 3;

/// Returns the indices of the lists that a round reads, in order.
///
/// With `rotates`, older lists are those that were never read and one in [`ROTATION`]. `max_requests` is the budget.
pub(super) fn round_order(
    lists: &[ListCheckpoint],
    rotates: bool,
    max_requests: Option<u32>,
    unix_ms: i64,
) -> Vec<usize> {
    // If this machine's clock is ahead, recency is reckoned from the newest update.
    let (mut newest_ms, mut is_known) = (i64::MIN, false);
    for watermark in lists.iter().filter_map(|list| list.watermark.as_ref()) {
        newest_ms = newest_ms.max(watermark.newest_ms);
        is_known |= newest_ms > i64::MIN;
    }
    let recent_ms = if is_known { newest_ms.min(unix_ms) } else { unix_ms } - RECENT_MS;
    let (mut order, mut older, mut never, mut last_older) = (Vec::new(), 0_u64, 0, 0);
    for (list, index) in lists.iter().zip(0..) {
        // A reading time in the future, by another clock, must not delay a list.
        let checked = list.checked_ms.map_or(0, |ms| if ms > unix_ms + DAY_MS { 1 } else { ms.max(1).cast_unsigned() });
        let is_recent = list.window.is_none_or(|(_, to_ms)| to_ms >= recent_ms);
        let key = match (list.failed_rounds, is_recent) {
            (0, true) => checked,
            (0, false) => {
                older += 1;
                never += u64::from(checked == 0);
                last_older = checked.max(last_older);
                OLDER | checked
            }
            (times, _) => FAILED | u64::from(times),
        };
        order.push((key, index));
    }
    heapsort(&mut order);
    let kept = if rotates { never.max(older.div_ceil(ROTATION)) } else { older };
    let since_older = order.iter().filter(|(key, _)| *key < OLDER && *key > last_older).count() as u64;
    // With a budget the key becomes twice the place among the recent and older lists. The first one that failed is between two.
    let (mut recent_turn, mut older_turn) = (since_older.min(RECENT_TURNS), 0);
    let mut failed_key =
        max_requests.filter(|most| *most > 1).map(|most| 2 * FAILED_PLACE.min(u64::from(most) - 1) - 1);
    let mut planned = Vec::new();
    for (key, index) in order {
        let turn_key = if key >= FAILED {
            failed_key.take().unwrap_or(key)
        } else if key < OLDER {
            recent_turn += 1;
            2 * (recent_turn - 1 + (recent_turn - 1) / RECENT_TURNS)
        } else if older_turn < kept {
            older_turn += 1;
            2 * (older_turn * (RECENT_TURNS + 1) - 1)
        } else {
            continue;
        };
        planned.push((if max_requests.is_some() { turn_key } else { key }, index));
    }
    heapsort(&mut planned);
    planned.iter().map(|(_, index)| *index as usize).collect()
}
