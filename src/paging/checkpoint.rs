//! The codec of a reader's progress in a checkpoint.

use super::{ReaderCheckpoint, Segment};
use crate::rules::MAX_PAGE_INDEX;
use crate::util::checkpoint_codec::{Reader, Writer};

/// Writes the progress of a reader, or that there is none.
#[inline(never)]
pub(crate) fn write_reader_checkpoint(writer: &mut Writer, checkpoint: Option<&ReaderCheckpoint>) {
    let Some(ReaderCheckpoint { segments, tail_segments, last_page, case_count }) = checkpoint else {
        return writer.write_u64(0);
    };
    writer.write_len(segments.len() + 1);
    writer.write_len(tail_segments.len());
    writer.write_u64(u64::from(*last_page));
    writer.write_u64(u64::from(*case_count));
    for segment in segments.iter().chain(tail_segments) {
        writer.write_u64(u64::from(segment.next_page));
        writer.write_u64(u64::from(segment.lowest_page));
        writer.write_u64(u64::from(segment.is_extending));
        for ms in [segment.floor_ms, segment.newest_ms, segment.oldest_ms] {
            writer.write_i64(ms);
        }
        writer.write_u64s(&segment.newest_keys);
        writer.write_u64s(&segment.oldest_keys);
    }
}

/// Reads what [`write_reader_checkpoint`] wrote: the inner `None` if there is no progress, the outer `None` if the text is
/// malformed.
#[inline(never)]
pub(crate) fn read_reader_checkpoint(reader: &mut Reader<'_>) -> Option<Option<ReaderCheckpoint>> {
    let Some(segments) = reader.read_len()?.checked_sub(1) else { return Some(None) };
    let tail_segments = reader.read_len()?;
    let (last_page, case_count) = (reader.read_u32()?, reader.read_u32()?);
    let mut checkpoint = ReaderCheckpoint { last_page, case_count, ..ReaderCheckpoint::default() };
    for index in 0..segments + tail_segments {
        let mut segment = Segment {
            next_page: reader.read_u32().filter(|page| *page <= MAX_PAGE_INDEX)?,
            lowest_page: reader.read_u32().filter(|page| *page <= MAX_PAGE_INDEX)?,
            is_extending: reader.read_bool()?,
            ..Segment::default()
        };
        for ms in [&mut segment.floor_ms, &mut segment.newest_ms, &mut segment.oldest_ms] {
            *ms = reader.read_i64()?;
        }
        (segment.newest_keys, segment.oldest_keys) = (reader.read_u64s()?, reader.read_u64s()?);
        if index < segments { &mut checkpoint.segments } else { &mut checkpoint.tail_segments }.push(segment);
    }
    Some(Some(checkpoint))
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
