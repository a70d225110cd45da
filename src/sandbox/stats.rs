//! How busy it was: what a limit of the real service would have been held against.

use alloc::collections::VecDeque;

/// Counts requests by the sandbox's clock.
#[derive(Clone, Debug)]
pub(super) struct RequestStats {
    second: PeakCounter,
    minute: PeakCounter,
}

impl RequestStats {
    pub(super) fn new() -> RequestStats {
        RequestStats { second: PeakCounter::new(1000), minute: PeakCounter::new(60_000) }
    }

    /// A request has come.
    pub(super) fn record(&mut self, now_ms: i64) {
        self.second.record(now_ms);
        self.minute.record(now_ms);
    }

    /// The most that came in any second, however it is cut.
    pub(super) fn busiest_second(&self) -> u64 {
        self.second.peak
    }

    /// The same in any minute.
    pub(super) fn busiest_minute(&self) -> u64 {
        self.minute.peak
    }
}

/// A sliding window.
#[derive(Clone, Debug)]
struct PeakCounter {
    length_ms: i64,
    /// How many came in the same millisecond, the oldest first.
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
