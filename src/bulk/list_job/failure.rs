//! The reaction of a list job to failed requests: smaller batches, lists that are left out, and the end of the job.

use super::ListJob;
use super::task::{ListTask, RequestInFlight, TaskState};
use crate::bulk::failure::{BulkFailure, FailureAction, FailureOutcome, MAX_CONSECUTIVE_FAILURES, failure_action};
use crate::error::ErrorKind;
use crate::paging::ReaderCheckpoint;
use alloc::{vec, vec::Vec};

impl ListJob {
    /// Processes a failed request.
    pub fn on_failure(&mut self, id: u32, kind: ErrorKind, code: &str) -> FailureOutcome {
        let Some(RequestInFlight { task: task_id, page: request, id_count, .. }) = self.take_in_flight(id) else {
            return FailureOutcome::Handled;
        };
        if request.is_none() {
            return self.tracker.as_mut().map_or(FailureOutcome::Handled, |tracker| tracker.on_failure(id, kind, code));
        }
        let Some(index) = self.tasks.iter().position(|task| task.id == task_id) else { return FailureOutcome::Handled };
        let Some(task) = self.tasks.get_mut(index) else { return FailureOutcome::Handled };
        task.pages_in_flight -= 1;
        if task.state != TaskState::Reading {
            return FailureOutcome::Handled;
        }
        let ids: Vec<u32> = task.ids.iter().copied().filter(|id| !self.rejected_ids.contains(id)).collect();
        let size = match failure_action(kind, code, id_count.max(ids.len())) {
            // One of the ids was rejected meanwhile: the others are requested again.
            FailureAction::SplitToSingles | FailureAction::Halve | FailureAction::Bisect if ids.len() < id_count => {
                ids.len().max(1)
            }
            FailureAction::RejectId if ids.len() < id_count => ids.len().max(1),
            FailureAction::Stop => {
                task.end(TaskState::Waiting);
                return FailureOutcome::Stop;
            }
            FailureAction::SplitToSingles => 1,
            FailureAction::Halve | FailureAction::Bisect => ids.len().div_ceil(2),
            FailureAction::LeaveOut => return self.leave_out(index, true),
            FailureAction::RejectId => {
                let Some(rejected) = ids.first().copied() else { return FailureOutcome::Handled };
                let window = task.window;
                task.window = self.windows.map(|windows| (windows.from_ms, windows.to_ms));
                task.ids = vec![rejected];
                // An unknown id is not an outage.
                let outcome = self.leave_out(index, kind == ErrorKind::Permission);
                if outcome == FailureOutcome::Stop {
                    if let Some(task) = self.tasks.get_mut(index) {
                        task.window = window;
                    }
                    return outcome;
                }
                // A rejected id is not requested again in another window.
                self.rejected_ids.push(rejected);
                // Lists of rejected ids alone are left out.
                for task in self.tasks.iter_mut().filter(|task| task.state != TaskState::Completed) {
                    if task.is_rejected(&self.rejected_ids) {
                        task.end(TaskState::LeftOut);
                    }
                }
                return outcome;
            }
        };
        if code.starts_with("EXCEEDED_") {
            self.batch = self.batch.min(size);
        }
        let ListTask { window, checkpoint_index: list_index, checkpoint: progress, .. } = self.tasks.remove(index);
        let progress = progress.map(ReaderCheckpoint::for_subset);
        let lists = match &mut self.tracker {
            Some(tracker) => tracker.split_list(list_index, &ids, size),
            None => vec![0; ids.len().div_ceil(size)],
        };
        let rest = self.tasks.split_off(index);
        for (ids, list_index) in ids.chunks(size).zip(lists) {
            let new = self.push(ids.to_vec(), window, list_index);
            if let Some(task) = self.tasks.get_mut(new) {
                task.checkpoint.clone_from(&progress);
            }
        }
        self.tasks.extend(rest);
        FailureOutcome::Handled
    }

    /// Leaves a list out. `is_outage` counts it among consecutive failures.
    pub(super) fn leave_out(&mut self, index: usize, is_outage: bool) -> FailureOutcome {
        self.consecutive_failures += u32::from(is_outage);
        let Some(task) = self.tasks.get_mut(index) else { return FailureOutcome::Handled };
        if self.consecutive_failures >= MAX_CONSECUTIVE_FAILURES {
            task.end(TaskState::Waiting);
            return FailureOutcome::Stop;
        }
        task.end(TaskState::LeftOut);
        if let Some(tracker) = &mut self.tracker {
            tracker.on_list_failed(task.checkpoint_index);
        }
        let ids = self.query.ids_at(&mut task.ids.iter().map(|id| *id as usize));
        let (from_ms, to_ms) = task.window.unzip();
        FailureOutcome::LeftOut(BulkFailure { ids, from_ms, to_ms })
    }
}
