//! The order in which a round of changes reads its lists.
//!
//! Without a budget a round reads all of its lists: those of recent dates and without dates first, then the older ones, then
//! those that failed. With a budget that order would starve the last ones, so they take turns: two recent lists, then an
//! older one, and one list that failed as the fourth, or the last of the budget. Of each kind, those that were never read are first, then those
//! that were read longest ago.
//!
//! Claim: if each round begins `k` recent or older lists, each of `n` such lists is begun within `3 × n / k + 3` rounds. With a
//! budget of two requests or more, each of `f` lists that failed is begun within `f` rounds in which no other list fails.
//! Invariant: of the recent and older lists that are begun one after another, also in different rounds, one or two are recent
//! and then one is older, while there are any. Argument: a round begins with an older list if a recent one was read last. A
//! list that was read is the last of its kind, and a list that fails again is after those that failed less often.

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

/// Step from the place of an older list to that of the next one, with a budget. Two recent lists are between them, and odd places
/// are free.
const OLDER_STEP: u64 = 8;

/// Returns the lists that a round reads in order, each with its place and its index.
///
/// With `rotates`, older lists are those that were never read and one in [`ROTATION`]. `max_requests` is the budget.
pub(super) fn round_order(
    lists: &[ListCheckpoint],
    rotates: bool,
    max_requests: Option<u32>,
    unix_ms: i64,
) -> Vec<(u64, u32)> {
    // If this machine's clock is ahead, recency is reckoned from the newest update.
    let mut newest_ms = i64::MIN;
    for watermark in lists.iter().filter_map(|list| list.watermark.as_ref()) {
        newest_ms = newest_ms.max(watermark.newest_ms);
    }
    let recent_ms = if newest_ms > i64::MIN { newest_ms.min(unix_ms) } else { unix_ms } - RECENT_MS;
    let (mut order, mut older, mut last_read) = (Vec::new(), 0, 0);
    for (list, index) in lists.iter().zip(0..) {
        // A reading time in the future, by another clock, must not delay a list.
        let checked = list.checked_ms.map_or(0, |ms| if ms > unix_ms + DAY_MS { 1 } else { ms.max(1).cast_unsigned() });
        let is_older = list.window.is_some_and(|(_, to_ms)| to_ms < recent_ms);
        older += u64::from(is_older);
        last_read = last_read.max(checked << 1 | u64::from(is_older));
        let key = match list.failed_rounds {
            0 if is_older => OLDER | checked,
            0 => checked,
            times => FAILED | u64::from(times),
        };
        order.push((key, index));
    }
    heapsort(&mut order);
    // With a budget the keys become places: two recent lists and then an older one in turn. An older list is first if a recent
    // one was read last.
    let (mut recent_place, mut older_place) = (OLDER_STEP - (last_read & 1) * OLDER_STEP, OLDER_STEP - 2);
    let mut left_out = 0;
    for (key, _) in &mut order {
        let former = *key;
        if former >= FAILED {
            break;
        }
        let place = if former < OLDER {
            recent_place += OLDER_STEP / 2;
            recent_place - OLDER_STEP / 2
        } else {
            older_place += OLDER_STEP;
            older_place - OLDER_STEP
        };
        if rotates && former > OLDER && place / OLDER_STEP * ROTATION >= older {
            left_out += 1;
            *key = u64::MAX;
        } else if max_requests.is_some() {
            *key = place;
        }
    }
    heapsort(&mut order);
    order.truncate(order.len() - left_out);
    // A list that failed is not the first, so that a service that answers nothing is told from a list that fails.
    if let Some(most @ 2..) = max_requests
        && let Some((place, _)) = order.get((most as usize - 2).min(2)).copied()
        && let Some((key, _)) = order.iter_mut().find(|(key, _)| *key >= FAILED)
    {
        *key = place + 1;
        heapsort(&mut order);
    }
    order
}
