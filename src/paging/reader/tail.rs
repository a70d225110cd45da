//! The phases after the segments: the last page is probed, the tail is read in rounds, and the totals decide whether the
//! list is read again.

use super::super::emitted_range::EmittedRange;
use super::super::seen_cases::CaseVersion;
use super::list_reader::{ListReader, MAX_PASSES, MAX_ROUNDS, ReaderError};
use super::pass::Pass;
use super::phase::{Phase, ReceivedPage, TailRound};
use super::tail_mark::{TailMark, page_fingerprint};

impl ListReader {
    /// Transition of [`Phase::Probe`].
    pub(super) fn on_probe_page(&mut self, index: u32, page: &ReceivedPage<'_>) -> Result<Phase, ReaderError> {
        let &ReceivedPage { last, versions, .. } = page;
        let is_same = index < last || page_fingerprint(versions) == self.tail_mark.fingerprint;
        let has_new_cases = self.has_new_cases(versions);
        let reaches_older = self.tail_mark.is_settled || self.reaches_older(versions);
        if is_same && !page.is_past_end() && !has_new_cases && !self.totals.has_moved {
            if reaches_older || index == 1 {
                return self.end_pass();
            }
            // All cases of the page have the newest date, whose second may not be over: the page before it decides.
            return Ok(Phase::Probe { page: index - 1 });
        }
        self.totals.has_moved = true;
        self.close_round();
        self.pass.round.add_page(versions);
        Ok(self.extend_to_overlap())
    }

    /// Whether the last page is the one of the watermark, so that no case is newer.
    pub(super) fn is_tail_unchanged(&self, round: &TailRound, page: &ReceivedPage<'_>) -> bool {
        !page.is_past_end()
            && round.pages_read == 0
            && self.is_watermark_only
            && self.tail_mark.is_settled
            && round.page == page.last
            && page_fingerprint(page.versions) == self.tail_mark.fingerprint
    }

    /// Transition of [`Phase::Tail`].
    pub(super) fn on_tail_page(&mut self, mut round: TailRound, page: &ReceivedPage<'_>) -> Result<Phase, ReaderError> {
        let &ReceivedPage { last, versions, .. } = page;
        if page.is_past_end() {
            return Ok(Phase::Tail(TailRound { page: last, ..round }));
        }
        if round.pages_read == 0 {
            (round.fingerprint, round.received_ms) = (page_fingerprint(versions), page.unix_ms);
        }
        round.pages_read += 1;
        round.has_new_cases |= self.has_new_cases(versions);
        let newer = self.pass.round.add_page(versions);
        self.record_emitted(&newer);
        if round.pages_read == 1 && round.page < last {
            // The list has grown by a page since the last response.
            return self.begin_round(last);
        }
        if !self.is_round_complete(&round, versions) {
            round.page -= 1;
            return Ok(Phase::Tail(round));
        }
        if self.is_watermark_only || round.has_new_cases {
            self.tail_mark = TailMark::new(round.fingerprint, self.pass.round.newest_ms, round.received_ms);
            self.pass.covered.merge_newer(core::mem::take(&mut self.pass.round));
            return if self.is_watermark_only { Ok(Phase::Done) } else { self.begin_round(last) };
        }
        if round.pages_read > 1 {
            return Ok(Phase::Confirm { page: last, fingerprint: round.fingerprint });
        }
        self.end_pass()
    }

    /// Whether a round has reached a case that is older than the newest of the last round, or a last page that has not
    /// changed.
    fn is_round_complete(&self, round: &TailRound, versions: &[CaseVersion]) -> bool {
        let is_unchanged = round.pages_read == 1
            && !round.has_new_cases
            && round.fingerprint == self.tail_mark.fingerprint
            && self.tail_mark.is_settled;
        round.page == 1 || is_unchanged || self.reaches_older(versions)
    }

    /// Whether a page contains a case that is older than the newest that `covered` contains.
    fn reaches_older(&self, versions: &[CaseVersion]) -> bool {
        versions.iter().any(|version| version.updated_ms < self.pass.covered.newest_ms)
    }

    /// Transition of [`Phase::Confirm`].
    pub(super) fn on_confirm_page(&mut self, fingerprint: u64, page: &ReceivedPage<'_>) -> Result<Phase, ReaderError> {
        let &ReceivedPage { last, versions, .. } = page;
        if !page.is_past_end() && page.request.page_index == last && page_fingerprint(versions) == fingerprint {
            return self.end_pass();
        }
        self.close_round();
        self.pass.round.add_page(versions);
        self.begin_round(last)
    }

    /// Starts the next round of the pass.
    fn begin_round(&mut self, last: u32) -> Result<Phase, ReaderError> {
        self.pass.rounds += 1;
        if self.pass.rounds > MAX_ROUNDS {
            return Err(ReaderError::Unstable);
        }
        Ok(self.begin_tail(last))
    }

    /// Starts a round at the last page.
    pub(super) fn begin_tail(&mut self, last: u32) -> Phase {
        self.close_round();
        Phase::Tail(TailRound::new(last))
    }

    /// Records the cases of a page that belongs to no segment as emitted.
    pub(super) fn record_emitted(&mut self, versions: &[CaseVersion]) {
        let mut range = EmittedRange::default();
        range.add_page(versions);
        if range.has_cases() {
            self.tail_ranges.push(range);
        }
    }

    /// Closes the current round, and drops the rounds that `covered` contains.
    fn close_round(&mut self) {
        let round = core::mem::take(&mut self.pass.round);
        if round.has_cases() {
            self.tail_ranges.push(round);
        }
        let covered = &mut self.pass.covered;
        self.tail_ranges.retain(|round| {
            if round.newest_ms == covered.newest_ms {
                covered.merge_newer(round.clone());
            }
            round.newest_ms > covered.newest_ms
        });
    }

    /// Ends the pass. The reader is done if the cases add up to the total, or if reading the list again has found nothing;
    /// otherwise another pass follows.
    fn end_pass(&mut self) -> Result<Phase, ReaderError> {
        let count = self.distinct_cases();
        let is_short = usize::try_from(self.totals.total).is_ok_and(|total| count < total);
        let Pass { number, cases_before, found_missed, .. } = self.pass;
        let needs_pass = if is_short {
            number == 1 || count > cases_before
        } else {
            // A resumed reader does not know the total at the beginning.
            let is_inconsistent = self.emitted_before.ranges.is_empty() && self.totals.is_inconsistent();
            is_inconsistent && (number == 1 || found_missed && number < 3)
        };
        if !needs_pass {
            return Ok(Phase::Done);
        }
        if number >= MAX_PASSES {
            return Err(ReaderError::Unstable);
        }
        Ok(self.begin_pass())
    }
}
