//! The codec of a reader's progress in a checkpoint.

use super::{EmittedRange, ReaderCheckpoint, Segment};
use crate::rules::MAX_PAGE_INDEX;
use crate::util::checkpoint_codec::{Reader, Writer};

/// Writes the progress of a reader, or that there is none.
#[inline(never)]
pub(crate) fn write_reader_checkpoint(writer: &mut Writer, checkpoint: Option<&ReaderCheckpoint>) {
    let Some(ReaderCheckpoint { segments, tail_ranges, last_page, case_count }) = checkpoint else {
        return writer.write_u64(0);
    };
    writer.write_len(segments.len() + 1);
    writer.write_len(tail_ranges.len());
    writer.write_u64(u64::from(*last_page));
    writer.write_u64(u64::from(*case_count));
    for segment in segments {
        writer.write_u64(u64::from(segment.next_page));
        writer.write_u64(u64::from(segment.lowest_page));
        writer.write_u64(u64::from(segment.is_extending));
        write_emitted_range(writer, segment.floor_ms, &segment.emitted);
    }
    for range in tail_ranges {
        // A tail range has the form of a complete segment.
        for _ in 0..3 {
            writer.write_u64(0);
        }
        write_emitted_range(writer, i64::MIN, range);
    }
}

#[inline(never)]
fn write_emitted_range(writer: &mut Writer, floor_ms: i64, range: &EmittedRange) {
    for ms in [floor_ms, range.newest_ms, range.oldest_ms] {
        writer.write_i64(ms);
    }
    writer.write_u64s(&range.newest_keys);
    writer.write_u64s(&range.oldest_keys);
}

/// Reads what [`write_reader_checkpoint`] wrote: the inner `None` if there is no progress, the outer `None` if the text is
/// malformed.
#[inline(never)]
pub(crate) fn read_reader_checkpoint(reader: &mut Reader<'_>) -> Option<Option<ReaderCheckpoint>> {
    let Some(segments) = reader.read_len()?.checked_sub(1) else { return Some(None) };
    let tail_ranges = reader.read_len()?;
    let (last_page, case_count) = (reader.read_u32()?, reader.read_u32()?);
    let mut checkpoint = ReaderCheckpoint { last_page, case_count, ..ReaderCheckpoint::default() };
    for index in 0..segments + tail_ranges {
        let mut segment = Segment {
            next_page: reader.read_u32().filter(|page| *page <= MAX_PAGE_INDEX)?,
            lowest_page: reader.read_u32().filter(|page| *page <= MAX_PAGE_INDEX)?,
            is_extending: reader.read_bool()?,
            ..Segment::default()
        };
        segment.floor_ms = reader.read_i64()?;
        segment.emitted = EmittedRange {
            newest_ms: reader.read_i64()?,
            oldest_ms: reader.read_i64()?,
            newest_keys: reader.read_u64s()?,
            oldest_keys: reader.read_u64s()?,
        };
        if index < segments {
            checkpoint.segments.push(segment);
        } else {
            checkpoint.tail_ranges.push(segment.emitted);
        }
    }
    Some(Some(checkpoint))
}

#[cfg(test)]
mod tests {
    use super::{read_reader_checkpoint, write_reader_checkpoint};
    use crate::paging::{EmittedRange, ReaderCheckpoint, Segment};
    use crate::util::checkpoint_codec::{begin, open};
    use alloc::vec;

    #[test]
    fn what_was_written_is_read() {
        let emitted = EmittedRange {
            newest_ms: 1_767_225_600_000,
            newest_keys: vec![612_345_678, u64::MAX],
            ..EmittedRange::default()
        };
        let mut segment = Segment::from_emitted(emitted.clone());
        (segment.next_page, segment.lowest_page, segment.is_extending) = (7, 3, true);
        let checkpoint = ReaderCheckpoint {
            segments: vec![segment, Segment::default()],
            tail_ranges: vec![emitted],
            last_page: 9,
            case_count: 4,
        };
        let mut writer = begin(7);
        write_reader_checkpoint(&mut writer, Some(&checkpoint));
        write_reader_checkpoint(&mut writer, None);
        let text = writer.finish("");
        let mut reader = open(&text, 7).unwrap();
        assert_eq!(read_reader_checkpoint(&mut reader), Some(Some(checkpoint)));
        assert_eq!(read_reader_checkpoint(&mut reader), Some(None));
        assert_eq!(reader.read_u64(), None);
    }
}
