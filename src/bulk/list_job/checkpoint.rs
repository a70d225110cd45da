//! The checkpoints of a list job, and the cursors of a round of changes.

use super::task::{ListTask, TaskState};
use super::{ListJob, Unstarted};
use crate::bulk::change_tracker::TakenPage;
use crate::bulk::cursor::KnownCase;
use crate::model::Timestamp;
use crate::paging::{DateWindows, read_reader_checkpoint, write_reader_checkpoint};
use crate::util::checkpoint_codec;
use alloc::{string::String, vec::Vec};

impl ListJob {
    /// Returns the checkpoint, or the cursor of a round, if `taken` cases of the last delivery were taken.
    pub fn checkpoint(&self, taken: usize) -> String {
        if let Some(tracker) = &self.tracker {
            let Some(ready) = &self.current else { return tracker.cursor_text(&self.query, None, taken) };
            let is_there = self.tasks.iter().any(|task| task.id == ready.task);
            if taken >= ready.delivered.len() {
                let progress = is_there.then(|| ready.checkpoint.clone());
                let page = TakenPage {
                    index: ready.checkpoint_index,
                    members: &ready.members,
                    progress,
                    lists: &ready.lists,
                    delivered: &ready.delivered,
                };
                return tracker.cursor_text(&self.query, Some(page), 0);
            }
            let rows = ready.taken(taken);
            let is_taken = |(key, _): &&KnownCase| rows.iter().any(|row| row.key == *key);
            let members: Vec<KnownCase> = ready.members.iter().filter(is_taken).copied().collect();
            let progress = tracker.cursor.lists.get(ready.checkpoint_index).and_then(|list| list.progress.clone());
            let progress = (is_there && taken > 0).then(|| Some(progress.unwrap_or_default().with_cases(rows)));
            let delivered = ready.delivered.get(..taken).unwrap_or_default();
            let page = TakenPage { index: ready.checkpoint_index, members: &members, progress, lists: &[], delivered };
            return tracker.cursor_text(&self.query, Some(page), 0);
        }
        let current = self.current.as_ref();
        let all_taken = current.is_some_and(|ready| taken >= ready.delivered.len());
        let mut writer = checkpoint_codec::begin(self.fingerprint);
        writer.write_window(self.windows.map(|windows| (windows.from_ms, windows.to_ms)));
        writer.write_len(self.batch);
        let Unstarted { window, id } = self.unstarted.unwrap_or_default();
        writer.write_u64(u64::from(window));
        writer.write_len(id);
        writer.write_indices(&self.rejected_ids);
        writer.write_u64(u64::from(self.newest_first));
        // Failed lists are last, and of these the ones that failed in this job.
        let retry_rank = |task: &ListTask| match task.state {
            TaskState::Retry => 1,
            TaskState::LeftOut => 2,
            _ => 0,
        };
        for place in 0..self.tasks.len() * 3 {
            let (rank, place) = (place / self.tasks.len(), place % self.tasks.len());
            let Some(task) = self.tasks.get(place).filter(|task| retry_rank(task) == rank) else { continue };
            let fully_taken = current.filter(|ready| all_taken && ready.task == task.id);
            if fully_taken.is_some_and(|ready| ready.is_last) || task.is_rejected(&self.rejected_ids) {
                continue;
            }
            // 1: not failed, 2: failed, 0: end of the lists.
            writer.write_u64(1 + u64::from(rank > 0));
            writer.write_window(task.window);
            writer.write_indices(&task.ids);
            let partly_taken = current.filter(|ready| !all_taken && taken > 0 && ready.task == task.id);
            match (fully_taken, partly_taken) {
                (Some(ready), _) => write_reader_checkpoint(&mut writer, ready.checkpoint.as_ref()),
                (None, Some(ready)) => {
                    let progress = task.checkpoint.clone().unwrap_or_default();
                    write_reader_checkpoint(&mut writer, Some(&progress.with_cases(ready.taken(taken))));
                }
                (None, None) => write_reader_checkpoint(&mut writer, task.checkpoint.as_ref()),
            }
        }
        writer.write_u64(0);
        writer.finish("")
    }

    /// Restores the state of a checkpoint; `None` if it is malformed or of another query.
    pub(super) fn resume(&mut self, text: &str) -> Option<()> {
        let mut reader = checkpoint_codec::open(text, self.fingerprint)?;
        let range = reader.read_window()?;
        if let Some(windows) = &mut self.windows {
            let (from_ms, to_ms) = range?;
            // Only a range without an end may have been extended since.
            let is_same = from_ms == windows.from_ms && (self.query.to_ms.is_none_or(|to| to == to_ms));
            (is_same && Timestamp::is_date(to_ms)).then_some(())?;
            *windows = DateWindows { from_ms, to_ms };
        }
        self.batch = (reader.read_u32()? as usize).clamp(1, self.batch);
        self.unstarted = Some(Unstarted { window: reader.read_u32()?, id: reader.read_u32()? as usize });
        let ids = self.query.ids.len();
        self.rejected_ids = reader.read_indices(ids)?;
        self.newest_first = reader.read_bool()?;
        loop {
            let state = match reader.read_u64()? {
                0 => return Some(()),
                1 => TaskState::Waiting,
                _ => TaskState::Retry,
            };
            let window = reader.read_window()?;
            let ids = reader.read_indices(ids)?;
            let index = self.push(ids, window, 0);
            let task = self.tasks.get_mut(index)?;
            (task.state, task.checkpoint) = (state, read_reader_checkpoint(&mut reader)?);
        }
    }
}
