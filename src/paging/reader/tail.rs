//! The phases after the segments: the last page is probed, the tail is read in rounds, and the totals decide whether the
//! list is read again.

use super::super::seen_cases::CaseVersion;
use super::super::segment::Segment;
use super::list_reader::{ListReader, MAX_PASSES, MAX_ROUNDS, Phase, ReaderError, ReceivedPage};
use super::tail_mark::{TailMark, TailRound, page_fingerprint};

impl ListReader {
    /// Transition of [`Phase::Probe`].
    pub(super) fn on_probe_page(&mut self, index: u32, page: &ReceivedPage<'_>) -> Result<Phase, ReaderError> {
        let &ReceivedPage { last, rows, is_past_end, .. } = page;
        let is_same = index < last || page_fingerprint(rows) == self.tail_mark.fingerprint;
        let has_news = rows.iter().any(|(key, updated)| self.is_new(*key, *updated));
        let reaches_older =
            self.tail_mark.is_settled || rows.iter().any(|(_, updated)| *updated < self.covered.newest_ms);
        if is_same && !is_past_end && !has_news && !self.totals.has_moved {
            if reaches_older || index == 1 {
                return self.finish_or_restart();
            }
            // All cases of the page have the newest date, whose second may not be over: the page below decides.
            return Ok(Phase::Probe { page: index - 1 });
        }
        self.totals.has_moved = true;
        self.close_round();
        self.round.add_page(rows);
        Ok(self.extend_to_overlap())
    }

    /// Whether the last page is as the watermark has it, so that nothing is above the watermark.
    pub(super) fn is_tail_unchanged(&self, round: &TailRound, page: &ReceivedPage<'_>) -> bool {
        !page.is_past_end
            && round.pages_read == 0
            && self.is_watermark_only
            && self.tail_mark.is_settled
            && round.page == page.last
            && page_fingerprint(page.rows) == self.tail_mark.fingerprint
    }

    /// Transition of [`Phase::Tail`].
    pub(super) fn on_tail_page(&mut self, round: TailRound, page: &ReceivedPage<'_>) -> Result<Phase, ReaderError> {
        let &ReceivedPage { last, rows, .. } = page;
        if page.is_past_end {
            return Ok(Phase::Tail(TailRound { page: last, ..round }));
        }
        let (fingerprint, received_ms) = match round.pages_read {
            0 => (page_fingerprint(rows), page.unix_ms),
            _ => (round.fingerprint, round.received_ms),
        };
        let has_news = round.has_news || rows.iter().any(|(key, updated)| self.is_new(*key, *updated));
        let newer = self.round.add_page(rows);
        self.record_emitted(&newer);
        let pages_read = round.pages_read + 1;
        if pages_read == 1 && round.page < last {
            // The list has grown by a page since the last response.
            return self.begin_round(last);
        }
        // The round ends at a case that is older than the newest of the last round, or at a page that has not changed.
        let reaches_older = rows.iter().any(|(_, updated)| *updated < self.covered.newest_ms);
        let is_unchanged =
            pages_read == 1 && !has_news && fingerprint == self.tail_mark.fingerprint && self.tail_mark.is_settled;
        if !(round.page == 1 || reaches_older || is_unchanged) {
            let page = round.page - 1;
            return Ok(Phase::Tail(TailRound { page, pages_read, has_news, fingerprint, received_ms }));
        }
        if self.is_watermark_only || has_news {
            self.tail_mark = TailMark::new(fingerprint, self.round.newest_ms, received_ms);
            self.covered.merge_newer(core::mem::take(&mut self.round));
            return if self.is_watermark_only { Ok(Phase::Done) } else { self.begin_round(last) };
        }
        if pages_read > 1 {
            return Ok(Phase::Confirm { page: last, fingerprint });
        }
        self.finish_or_restart()
    }

    /// Transition of [`Phase::Confirm`].
    pub(super) fn on_confirm_page(&mut self, fingerprint: u64, page: &ReceivedPage<'_>) -> Result<Phase, ReaderError> {
        let &ReceivedPage { last, rows, .. } = page;
        if !page.is_past_end && page.requested == last && page_fingerprint(rows) == fingerprint {
            return self.finish_or_restart();
        }
        self.close_round();
        self.round.add_page(rows);
        self.begin_round(last)
    }

    /// Starts the next round of the pass.
    fn begin_round(&mut self, last: u32) -> Result<Phase, ReaderError> {
        self.rounds += 1;
        if self.rounds > MAX_ROUNDS {
            return Err(ReaderError::Unstable);
        }
        Ok(self.begin_tail(last))
    }

    /// Starts a round at the last page.
    pub(super) fn begin_tail(&mut self, last: u32) -> Phase {
        self.close_round();
        Phase::Tail(TailRound { page: last, pages_read: 0, has_news: false, fingerprint: 0, received_ms: i64::MIN })
    }

    /// Records the cases of a page that belongs to no segment as emitted.
    pub(super) fn record_emitted(&mut self, rows: &[CaseVersion]) {
        let mut page = Segment::default();
        page.add_page(rows);
        self.tail_segments.extend(Some(page).filter(Segment::has_cases));
    }

    /// Closes the current round, and drops the rounds that `covered` contains.
    fn close_round(&mut self) {
        let round = core::mem::take(&mut self.round);
        if round.has_cases() {
            self.tail_segments.push(round);
        }
        let covered = &mut self.covered;
        self.tail_segments.retain(|round| {
            if round.newest_ms == covered.newest_ms {
                covered.merge_newer(round.clone());
            }
            round.newest_ms > covered.newest_ms
        });
    }

    /// Ends the reading if the cases add up to the total, or if reading the list again found nothing; starts another pass
    /// otherwise.
    fn finish_or_restart(&mut self) -> Result<Phase, ReaderError> {
        let count = self.distinct_cases();
        let is_short = usize::try_from(self.totals.total).is_ok_and(|total| count < total);
        // A resumed reader does not know the total at the beginning.
        let is_odd = self.emitted_before.segments.is_empty() && self.totals.is_inconsistent();
        let is_again = if is_short {
            self.passes == 1 || count > self.pass_start.known_cases
        } else {
            is_odd && (self.passes == 1 || self.pass_start.found_missed && self.passes < 3)
        };
        if !is_again {
            return Ok(Phase::Done);
        }
        if self.passes >= MAX_PASSES {
            return Err(ReaderError::Unstable);
        }
        Ok(self.begin_pass())
    }
}
