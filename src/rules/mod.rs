//! What a valid request is: ids, dates, ranges and enumerations.
//!
//! Each rule takes one value and either returns what it stands for or says what is wrong ([`Problem`]), with the code
//! by which the service would refuse it. Nothing is sent here, and a value that passed is not checked again.
//!
//! | door | rule |
//! |---|---|
//! | [`IdRule`], [`ids`] | what an id may be and how many there may be at once |
//! | [`parse_ids`] | ids out of what people paste |
//! | [`date`], [`date_range`] | RFC 3339, and at most 90 × 24 hours |
//! | [`one_of`] | the enumerations |
//! | [`page_index`] | 1 or more |

mod dates;
mod ids;
mod page;
mod problem;
mod words;

pub use dates::{MAX_RANGE_DAYS, date, date_range};
pub use ids::{IdRule, ids, one_id, parse_ids};
pub use page::{MAX_PAGE_INDEX, page_index};
pub(crate) use problem::Problems;
pub use problem::{MAX_PROBLEMS, Problem};
pub use words::one_of;
