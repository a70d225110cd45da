//! The progress of a reader in a checkpoint.

use super::{Done, Stretch};
use crate::rules::MAX_PAGE_INDEX;
use crate::util::checkpoint_codec::{Reader, Writer};

/// What a reader has done, if anything.
#[inline(never)]
pub(crate) fn write_done(writer: &mut Writer, done: Option<&Done>) {
    let Some(Done { stretches, rounds, last, count }) = done else { return writer.write_u64(0) };
    writer.write_len(stretches.len() + 1);
    writer.write_len(rounds.len());
    writer.write_u64(u64::from(*last));
    writer.write_u64(u64::from(*count));
    for stretch in stretches.iter().chain(rounds) {
        let Stretch { next, until, joining, floor_ms, hi_ms, lo_ms, at_hi, at_lo, .. } = stretch;
        writer.write_u64(u64::from(*next));
        writer.write_u64(u64::from(*until));
        writer.write_u64(u64::from(*joining));
        for ms in [*floor_ms, *hi_ms, *lo_ms] {
            writer.write_i64(ms);
        }
        writer.write_u64s(at_hi);
        writer.write_u64s(at_lo);
    }
}

/// Reads what [`write_done`] wrote: the inner `None` where it wrote none, the outer `None` where the text is no such thing.
#[inline(never)]
pub(crate) fn read_done(reader: &mut Reader<'_>) -> Option<Option<Done>> {
    let Some(stretches) = reader.read_len()?.checked_sub(1) else { return Some(None) };
    let rounds = reader.read_len()?;
    let (last, count) = (reader.read_u32()?, reader.read_u32()?);
    let mut done = Done { last, count, ..Done::default() };
    for place in 0..stretches + rounds {
        let mut stretch = Stretch::default();
        stretch.next = reader.read_u32().filter(|page| *page <= MAX_PAGE_INDEX)?;
        stretch.until = reader.read_u32().filter(|page| *page <= MAX_PAGE_INDEX)?;
        stretch.joining = reader.read_bool()?;
        for ms in [&mut stretch.floor_ms, &mut stretch.hi_ms, &mut stretch.lo_ms] {
            *ms = reader.read_i64()?;
        }
        (stretch.at_hi, stretch.at_lo) = (reader.read_u64s()?, reader.read_u64s()?);
        if place < stretches { &mut done.stretches } else { &mut done.rounds }.push(stretch);
    }
    Some(Some(done))
}

#[cfg(test)]
mod tests {
    use super::{read_done, write_done};
    use crate::paging::{Done, Stretch};
    use crate::util::checkpoint_codec::{begin, open};
    use alloc::vec;

    #[test]
    fn what_was_written_is_read() {
        let mut stretch = Stretch::default();
        (stretch.next, stretch.until, stretch.joining, stretch.hi_ms) = (7, 3, true, 1_767_225_600_000);
        (stretch.at_hi, stretch.at_lo) = (vec![612_345_678, u64::MAX], vec![]);
        let done =
            Done { stretches: vec![stretch.clone(), Stretch::default()], rounds: vec![stretch], last: 9, count: 4 };
        let mut writer = begin(7);
        write_done(&mut writer, Some(&done));
        write_done(&mut writer, None);
        let text = writer.finish("");
        let mut reader = open(&text, 7).unwrap();
        assert_eq!(read_done(&mut reader), Some(Some(done)));
        assert_eq!(read_done(&mut reader), Some(None));
        assert_eq!(reader.read_u64(), None);
    }
}
