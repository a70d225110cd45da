//! How busy it was: what a limit of the real service would have been held against.

use alloc::collections::VecDeque;

/// Counts requests by the sandbox's clock.
#[derive(Clone, Debug)]
pub(super) struct Traffic {
    second: Window,
    minute: Window,
}

impl Traffic {
    pub(super) fn new() -> Traffic {
        Traffic { second: Window::of(1000), minute: Window::of(60_000) }
    }

    /// A request has come.
    pub(super) fn count(&mut self, now_ms: i64) {
        self.second.count(now_ms);
        self.minute.count(now_ms);
    }

    /// The most that came in any second, however it is cut.
    pub(super) fn busiest_second(&self) -> u64 {
        self.second.most
    }

    /// The same in any minute.
    pub(super) fn busiest_minute(&self) -> u64 {
        self.minute.most
    }
}

/// A sliding window.
#[derive(Clone, Debug)]
struct Window {
    length_ms: i64,
    /// How many came in the same millisecond, the oldest first.
    came: VecDeque<(i64, u64)>,
    now: u64,
    most: u64,
}

impl Window {
    fn of(length_ms: i64) -> Window {
        Window { length_ms, came: VecDeque::new(), now: 0, most: 0 }
    }

    fn count(&mut self, now_ms: i64) {
        while let Some((at, count)) = self.came.front().copied().filter(|(at, _)| now_ms - at >= self.length_ms) {
            debug_assert!(at <= now_ms, "the clock goes forwards");
            self.now -= count;
            self.came.pop_front();
        }
        match self.came.back_mut() {
            Some((at, count)) if *at == now_ms => *count += 1,
            _ => self.came.push_back((now_ms, 1)),
        }
        self.now += 1;
        self.most = self.most.max(self.now);
    }
}
