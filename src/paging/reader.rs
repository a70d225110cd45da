//! Every case of a list, page by page.

use super::{listed::Listed, seen::Seen};
use crate::rules::MAX_PAGE_INDEX;

/// In which order a list is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// From the last page down to the first, then the tail again. Whatever jumps to the end or leaves the list while
    /// it is read only makes the reader meet a case twice, never miss one.
    #[default]
    Newest,
    /// From the first page up. A case that is updated meanwhile moves all behind it one place forward, so that one
    /// case can be missed at each page's boundary. Only for lists that rest.
    Oldest,
}

/// Why a reader cannot go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stuck {
    /// Another page came than was asked for, or the same page again.
    PageMismatch {
        /// The page asked for.
        asked: u32,
        /// The page that came.
        came: u32,
    },
    /// The list kept changing faster than it could be read.
    NeverRests,
}

/// Reads every case of a list that is sorted by last update, ascending. It says which page to ask for and picks out of
/// what comes the cases that are new, or newer than when they were given out before.
///
/// With [`Order::Newest`] *every case that is in the list from the first request to the last is given out*: N + 2
/// requests for N pages at rest, 1 for a single page. That the list only moves towards its end is checked by counting:
/// where the different cases do not add up to `total_records` (a case came in in the middle), the list is read again,
/// until they do or a whole reading brings nothing new (a total that counts a case twice).
#[derive(Debug)]
pub struct Reader {
    order: Order,
    step: Step,
    seen: Seen,
    /// How often the list has been read from its last page to its first.
    passes: u32,
    /// How often the tail has been read since.
    rounds: u32,
    /// How many different cases were known when the current pass began.
    known: usize,
    /// The newest update known when the current pass or round began: the next round reads down to it.
    watermark: i64,
    /// The last page's ids at that time. Dates have seconds only, so that a case may have jumped to the end and still be
    /// as old as the watermark: only if this page is as it was has nothing moved.
    edge: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    /// Page 1, to learn how many there are.
    First,
    /// This page, then the ones below it.
    Down(u32),
    /// This page, then the ones above it; the ids of the page before.
    Up(u32, Vec<String>),
    /// A page of the tail.
    Tail {
        page: u32,
        newest: i64,
        pages: u32,
        news: bool,
        edge: Vec<String>,
    },
    /// The last page once more, to see that nothing moved while a long tail was read.
    Confirm {
        page: u32,
        edge: Vec<String>,
    },
    Done,
}

/// The list is read at most so often before it is given up.
const MAX_PASSES: u32 = 5;
/// The tail is read at most so often before it is given up.
const MAX_ROUNDS: u32 = 200;

impl Reader {
    /// A reader at the beginning.
    pub fn new(order: Order) -> Reader {
        Reader {
            order,
            step: Step::First,
            seen: Seen::default(),
            passes: 0,
            rounds: 0,
            known: 0,
            watermark: i64::MIN,
            edge: Vec::new(),
        }
    }

    /// The page to ask for next; none when every case has been given out.
    pub fn next_page_index(&self) -> Option<u32> {
        match self.step {
            Step::First => Some(1),
            Step::Down(page) | Step::Up(page, _) | Step::Tail { page, .. } | Step::Confirm { page, .. } => Some(page),
            Step::Done => None,
        }
    }

    /// Takes the page that was asked for and leaves in it the cases that are new, in the reader's order.
    pub fn take(&mut self, page: &mut impl Listed) -> Result<(), Stuck> {
        let [page_index, last_index, total_records] = page.place();
        let cases = (0..page.count()).map(|case| (page.key(case), page.updated_ms(case))).collect();
        let picked = self.step(page_index, last_index.max(1), total_records, cases)?;
        page.pick(&picked);
        Ok(())
    }

    /// Takes a page's keys and dates; gives which of its cases are new, in the reader's order.
    fn step(&mut self, came: u32, last: u32, total: u32, mut page: Vec<(String, i64)>) -> Result<Vec<usize>, Stuck> {
        let Some(asked) = self.next_page_index() else { return Ok((0..page.len()).collect()) };
        // What the service says of a page past the end is not public: its own index or the last page's will do.
        let past_end = asked > last;
        if (came != asked && !(past_end && came == last)) || last > MAX_PAGE_INDEX {
            return Err(Stuck::PageMismatch { asked, came });
        }
        match std::mem::replace(&mut self.step, Step::Done) {
            Step::First => self.first(&mut page, last),
            Step::Up(..) if past_end => {}
            Step::Up(at, before) => {
                let ids = ids_of(&page);
                if !ids.is_empty() && ids == before {
                    return Err(Stuck::PageMismatch { asked, came: at.saturating_sub(1) });
                }
                if at < last {
                    self.step = Step::Up(at + 1, ids);
                }
            }
            // The list has become shorter: its end is elsewhere now.
            Step::Down(_) if past_end => self.step = Step::Down(last),
            Step::Down(1) => self.begin_round(last, self.watermark)?,
            Step::Down(at) => self.step = Step::Down(at - 1),
            Step::Tail { newest, pages, news, edge, .. } if past_end => {
                self.step = Step::Tail { page: last, newest, pages, news, edge };
            }
            Step::Tail { page: at, newest, pages, news, edge } => {
                let fresh = page.iter().any(|(key, updated)| self.seen.is_news(key, *updated));
                let edge = if pages == 0 { ids_of(&page) } else { edge };
                let newest = if pages == 0 { newest_of(&page).max(newest) } else { newest };
                // Down to what was the newest; a page on which nothing has moved is far enough.
                let older = page.iter().any(|(_, updated)| *updated < self.watermark);
                let (news, pages) = (news || fresh, pages + 1);
                let reached = at == 1 || older || (pages == 1 && !news && edge == self.edge);
                if pages == 1 && at < last {
                    // The list has grown by a page since it was last heard of.
                    self.begin_round(last, self.watermark)?;
                } else if !reached {
                    self.step = Step::Tail { page: at - 1, newest, pages, news, edge };
                } else if news {
                    self.edge = edge;
                    self.begin_round(last, newest)?;
                } else if pages > 1 {
                    self.step = Step::Confirm { page: last, edge };
                } else {
                    self.settle(total, last)?;
                }
            }
            Step::Confirm { edge, .. } => {
                if !past_end && asked == last && ids_of(&page) == edge {
                    self.settle(total, last)?;
                } else {
                    self.begin_round(last, self.watermark)?;
                }
            }
            Step::Done => {}
        }
        Ok(self.pick(page))
    }

    fn first(&mut self, page: &mut Vec<(String, i64)>, last: u32) {
        match (self.order, last) {
            (_, 1) => {}
            (Order::Oldest, _) => {
                self.step = Step::Up(2, ids_of(page));
            }
            (Order::Newest, _) => {
                // Page 1 is read once more as the last: what it holds may have moved here since.
                page.clear();
                self.begin_pass(last);
            }
        }
    }

    fn begin_pass(&mut self, last: u32) {
        self.passes += 1;
        self.known = self.seen.count();
        self.rounds = 0;
        self.watermark = i64::MAX;
        self.step = Step::Down(last);
    }

    fn begin_round(&mut self, last: u32, watermark: i64) -> Result<(), Stuck> {
        self.rounds += 1;
        if self.rounds > MAX_ROUNDS {
            return Err(Stuck::NeverRests);
        }
        self.watermark = watermark;
        self.step = Step::Tail { page: last, newest: i64::MIN, pages: 0, news: false, edge: Vec::new() };
        Ok(())
    }

    /// The tail rests. All is done if the cases add up, or if reading the whole list again brought nothing new.
    fn settle(&mut self, total: u32, last: u32) -> Result<(), Stuck> {
        let count = self.seen.count();
        let short = usize::try_from(total).is_ok_and(|total| count < total);
        if short && (self.passes == 1 || count > self.known) {
            if self.passes >= MAX_PASSES {
                return Err(Stuck::NeverRests);
            }
            self.begin_pass(last);
        }
        Ok(())
    }

    /// The cases that are new; a reader that goes down gives the newest first.
    fn pick(&mut self, page: Vec<(String, i64)>) -> Vec<usize> {
        if self.watermark == i64::MAX && !page.is_empty() {
            // The first page of a pass tells how new the list is at its beginning.
            self.watermark = newest_of(&page);
            self.edge = ids_of(&page);
        }
        let mut picked = Vec::new();
        for (case, (key, updated)) in page.into_iter().enumerate() {
            if self.seen.admit(key, updated) {
                picked.push(case);
            }
        }
        if self.order == Order::Newest {
            picked.reverse();
        }
        picked
    }
}

fn newest_of(page: &[(String, i64)]) -> i64 {
    page.iter().map(|(_, updated)| *updated).max().unwrap_or(i64::MIN)
}

fn ids_of(page: &[(String, i64)]) -> Vec<String> {
    page.iter().map(|(key, _)| key.clone()).collect()
}
