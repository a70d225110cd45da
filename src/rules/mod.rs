//! What a valid request is: ids, dates, ranges and enumerations.
//!
//! Each rule takes one value and either returns what it stands for or says what is wrong ([`Problem`]), with the code
//! by which the service would refuse it. Nothing is sent here, and a value that passed is not checked again.
//!
//! | door | rule |
//! |---|---|
//! | [`IdRule`], [`validate_ids`] | what an id may be and how many there may be at once |
//! | [`parse_ids`] | ids out of what people paste |
//! | [`validate_date`], [`validate_date_range`] | RFC 3339, and at most 90 × 24 hours |
//! | [`validate_enum`] | the enumerations |
//! | [`validate_page_index`] | 1 or more |

mod dates;
mod enums;
mod ids;
mod page;
mod problem;

pub use dates::{MAX_RANGE_DAYS, validate_date, validate_date_range};
pub use enums::validate_enum;
pub use ids::{IdRule, parse_ids, validate_id, validate_ids};
pub use page::{MAX_PAGE_INDEX, validate_page_index};
pub(crate) use problem::ProblemList;
pub use problem::{MAX_PROBLEMS, Problem};
