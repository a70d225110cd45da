//! The progress of a list job, with an estimate of the pages left.

use super::task::TaskState;
use super::{CompletedLists, ListJob, Unstarted};
use crate::bulk::Progress;

impl ListJob {
    /// Returns the progress of the job.
    pub fn progress(&self) -> Progress {
        let mut waiting_lists = self.unstarted_lists();
        let mut reading_pages = 0_u32;
        for task in &self.tasks {
            waiting_lists += usize::from(matches!(task.state, TaskState::Waiting | TaskState::Retry));
            let pages = task.reader.as_ref().map_or(0, |reader| reader.pages_left());
            reading_pages = reading_pages.saturating_add(pages);
        }
        // Lists that are not begun are assumed to be as long as those that were read.
        let CompletedLists { pages, lists } = self.completed;
        let waiting_pages = (waiting_lists as u64 * u64::from(pages.max(1))).div_ceil(u64::from(lists.max(1)));
        let pages_left = reading_pages.saturating_add(u32::try_from(waiting_pages).unwrap_or(u32::MAX));
        Progress { pages_left, ..self.progress }
    }

    /// Returns the number of lists of which no task was made.
    fn unstarted_lists(&self) -> usize {
        let Some(Unstarted { window, id }) = self.unstarted else { return 0 };
        let batch = self.batch.max(1);
        let windows = self.windows.map_or(1, |windows| windows.count()).saturating_sub(window) as usize;
        (windows * self.query.ids.len().div_ceil(batch)).saturating_sub(id.div_ceil(batch))
    }
}
