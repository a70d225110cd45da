//! Request statistics, for comparison with the rate limits of the real service.

use alloc::collections::VecDeque;

/// Peak request rates on the virtual clock.
#[derive(Clone, Debug)]
pub(super) struct RequestStats {
    second: PeakCounter,
    minute: PeakCounter,
}

impl RequestStats {
    pub(super) fn new() -> RequestStats {
        RequestStats { second: PeakCounter::new(1000), minute: PeakCounter::new(60_000) }
    }

    /// Counts a request.
    pub(super) fn record(&mut self, now_ms: i64) {
        self.second.record(now_ms);
        self.minute.record(now_ms);
    }

    /// Maximum number of requests in any period of one second.
    pub(super) fn busiest_second(&self) -> u64 {
        self.second.peak
    }

    /// Maximum number of requests in any period of one minute.
    pub(super) fn busiest_minute(&self) -> u64 {
        self.minute.peak
    }
}

/// The maximum count in a sliding window.
#[derive(Clone, Debug)]
struct PeakCounter {
    length_ms: i64,
    /// Times and counts of the requests in the window, oldest first. Requests in the same millisecond share an entry.
    arrivals: VecDeque<(i64, u64)>,
    current: u64,
    peak: u64,
}

impl PeakCounter {
    fn new(length_ms: i64) -> PeakCounter {
        PeakCounter { length_ms, arrivals: VecDeque::new(), current: 0, peak: 0 }
    }

    fn record(&mut self, now_ms: i64) {
        while let Some((at, count)) = self.arrivals.front().copied().filter(|(at, _)| now_ms - at >= self.length_ms) {
            debug_assert!(at <= now_ms, "the clock goes forwards");
            self.current -= count;
            self.arrivals.pop_front();
        }
        match self.arrivals.back_mut() {
            Some((at, count)) if *at == now_ms => *count += 1,
            _ => self.arrivals.push_back((now_ms, 1)),
        }
        self.current += 1;
        self.peak = self.peak.max(self.current);
    }
}
