//! The order in which a round of changes reads its lists.
//!
//! Without a budget a round reads all of its lists: those of recent dates and without dates first, then the older ones, then
//! those that failed. With a budget that order would starve the last ones, so they take turns: two recent lists, then an
//! older one, and one list that failed as the fourth. Of each kind, those that were never read are first, then those that
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
const ROTATION: usize = 7;

/// Bit of the sort key of an older list, above the bits of a time.
const OLDER: u64 = 1 << 60;
/// Bit of the sort key of a list that failed.
const FAILED: u64 = 1 << 61;

/// Number of recent lists before an older one, with a budget.
const RECENT_TURNS: usize = 2;
/// Place of the first list that failed, with a budget.
const FAILED_PLACE: usize = 3;

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
    let (mut order, mut older, mut never, mut last_older) = (Vec::new(), 0_usize, 0, 0);
    for (list, index) in lists.iter().zip(0..) {
        // A reading time in the future, by another clock, must not delay a list.
        let checked = list.checked_ms.map_or(0, |ms| if ms > unix_ms + DAY_MS { 1 } else { ms.max(1).cast_unsigned() });
        let is_recent = list.window.is_none_or(|(_, to_ms)| to_ms >= recent_ms);
        let key = match (list.failed_rounds, is_recent) {
            (0, true) => checked,
            (0, false) => {
                older += 1;
                never += usize::from(checked == 0);
                last_older = checked.max(last_older);
                OLDER | checked
            }
            (times, _) => FAILED | u64::from(times),
        };
        order.push((key, index));
    }
    heapsort(&mut order);
    let mut left_out = if rotates { older - never.max(older.div_ceil(ROTATION)) } else { 0 };
    // In reverse, so that the next one of each kind is the last.
    let (mut recent_lists, mut older_lists, mut failed_lists, mut turn) = (Vec::new(), Vec::new(), Vec::new(), 0);
    for (key, index) in order.iter().rev() {
        if *key >= FAILED {
            failed_lists.push(*index as usize);
        } else if *key < OLDER {
            turn += usize::from(*key > last_older);
            recent_lists.push(*index as usize);
        } else if left_out > 0 {
            left_out -= 1;
        } else {
            older_lists.push(*index as usize);
        }
    }
    let failed_place = match max_requests {
        Some(most @ 2..) => FAILED_PLACE.min(most as usize - 1),
        _ => usize::MAX,
    };
    let mut planned = Vec::new();
    loop {
        let mut next = if planned.len() == failed_place { failed_lists.pop() } else { None };
        if next.is_none() && max_requests.is_some() && turn >= RECENT_TURNS {
            next = older_lists.pop();
            turn = 0;
        } else if next.is_none() {
            turn += 1;
        }
        let next = next.or_else(|| recent_lists.pop()).or_else(|| older_lists.pop()).or_else(|| failed_lists.pop());
        let Some(next) = next else { return planned };
        planned.push(next);
    }
}
