//! The progress of a reader in a checkpoint.

use super::{ReaderCheckpoint, Segment};
use crate::rules::MAX_PAGE_INDEX;
use crate::util::checkpoint_codec::{Reader, Writer};

/// What a reader has done, if anything.
#[inline(never)]
pub(crate) fn write_reader_checkpoint(writer: &mut Writer, done: Option<&ReaderCheckpoint>) {
    let Some(ReaderCheckpoint { segments: stretches, tail_segments: rounds, last_page: last, case_count: count }) =
        done
    else {
        return writer.write_u64(0);
    };
    writer.write_len(stretches.len() + 1);
    writer.write_len(rounds.len());
    writer.write_u64(u64::from(*last));
    writer.write_u64(u64::from(*count));
    for stretch in stretches.iter().chain(rounds) {
        let Segment {
            next_page: next,
            lowest_page: until,
            is_extending: joining,
            floor_ms,
            newest_ms: hi_ms,
            oldest_ms: lo_ms,
            newest_keys: at_hi,
            oldest_keys: at_lo,
            ..
        } = stretch;
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
pub(crate) fn read_reader_checkpoint(reader: &mut Reader<'_>) -> Option<Option<ReaderCheckpoint>> {
    let Some(stretches) = reader.read_len()?.checked_sub(1) else { return Some(None) };
    let rounds = reader.read_len()?;
    let (last, count) = (reader.read_u32()?, reader.read_u32()?);
    let mut done = ReaderCheckpoint { last_page: last, case_count: count, ..ReaderCheckpoint::default() };
    for place in 0..stretches + rounds {
        let mut stretch = Segment::default();
        stretch.next_page = reader.read_u32().filter(|page| *page <= MAX_PAGE_INDEX)?;
        stretch.lowest_page = reader.read_u32().filter(|page| *page <= MAX_PAGE_INDEX)?;
        stretch.is_extending = reader.read_bool()?;
        for ms in [&mut stretch.floor_ms, &mut stretch.newest_ms, &mut stretch.oldest_ms] {
            *ms = reader.read_i64()?;
        }
        (stretch.newest_keys, stretch.oldest_keys) = (reader.read_u64s()?, reader.read_u64s()?);
        if place < stretches { &mut done.segments } else { &mut done.tail_segments }.push(stretch);
    }
    Some(Some(done))
}

#[cfg(test)]
mod tests {
    use super::{read_reader_checkpoint, write_reader_checkpoint};
    use crate::paging::{ReaderCheckpoint, Segment};
    use crate::util::checkpoint_codec::{begin, open};
    use alloc::vec;

    #[test]
    fn what_was_written_is_read() {
        let mut stretch = Segment::default();
        (stretch.next_page, stretch.lowest_page, stretch.is_extending, stretch.newest_ms) =
            (7, 3, true, 1_767_225_600_000);
        (stretch.newest_keys, stretch.oldest_keys) = (vec![612_345_678, u64::MAX], vec![]);
        let done = ReaderCheckpoint {
            segments: vec![stretch.clone(), Segment::default()],
            tail_segments: vec![stretch],
            last_page: 9,
            case_count: 4,
        };
        let mut writer = begin(7);
        write_reader_checkpoint(&mut writer, Some(&done));
        write_reader_checkpoint(&mut writer, None);
        let text = writer.finish("");
        let mut reader = open(&text, 7).unwrap();
        assert_eq!(read_reader_checkpoint(&mut reader), Some(Some(done)));
        assert_eq!(read_reader_checkpoint(&mut reader), Some(None));
        assert_eq!(reader.read_u64(), None);
    }
}
