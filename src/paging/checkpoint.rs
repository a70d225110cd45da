//! The progress of a reader in a checkpoint.

use super::{Done, Stretch};
use crate::rules::MAX_PAGE_INDEX;
use crate::util::checkpoint_codec::{Reader, Writer};

/// What a reader has done, if anything.
#[inline(never)]
pub(crate) fn write_done(writer: &mut Writer, done: Option<&Done>) {
    let Some(Done { stretches, rounds, last, count }) = done else { return writer.word(0) };
    writer.size(stretches.len() + 1);
    writer.size(rounds.len());
    writer.word(u64::from(*last));
    writer.word(u64::from(*count));
    for stretch in stretches.iter().chain(rounds) {
        let Stretch { next, until, joining, floor_ms, hi_ms, lo_ms, at_hi, at_lo, .. } = stretch;
        writer.word(u64::from(*next));
        writer.word(u64::from(*until));
        writer.word(u64::from(*joining));
        for ms in [*floor_ms, *hi_ms, *lo_ms] {
            writer.number(ms);
        }
        writer.keys(at_hi);
        writer.keys(at_lo);
    }
}

/// Reads what [`write_done`] wrote: the inner `None` where it wrote none, the outer `None` where the text is no such thing.
#[inline(never)]
pub(crate) fn read_done(reader: &mut Reader<'_>) -> Option<Option<Done>> {
    let Some(stretches) = reader.size()?.checked_sub(1) else { return Some(None) };
    let rounds = reader.size()?;
    let (last, count) = (reader.small()?, reader.small()?);
    let mut done = Done { last, count, ..Done::default() };
    for place in 0..stretches + rounds {
        let mut stretch = Stretch::default();
        stretch.next = reader.small().filter(|page| *page <= MAX_PAGE_INDEX)?;
        stretch.until = reader.small().filter(|page| *page <= MAX_PAGE_INDEX)?;
        stretch.joining = reader.flag()?;
        for ms in [&mut stretch.floor_ms, &mut stretch.hi_ms, &mut stretch.lo_ms] {
            *ms = reader.number()?;
        }
        (stretch.at_hi, stretch.at_lo) = (reader.keys()?, reader.keys()?);
        if place < stretches { &mut done.stretches } else { &mut done.rounds }.push(stretch);
    }
    Some(Some(done))
}

#[cfg(test)]
mod tests {
    use super::{read_done, write_done};
    use crate::paging::{Done, Stretch};
    use crate::util::checkpoint_codec::{begin, read};
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
        let text = writer.end("");
        let mut reader = read(&text, 7).unwrap();
        assert_eq!(read_done(&mut reader), Some(Some(done)));
        assert_eq!(read_done(&mut reader), Some(None));
        assert_eq!(reader.word(), None);
    }
}
