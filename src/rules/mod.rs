//! Validation of request parameters: ids, dates, date ranges, enumerations and page indices.
//!
//! Each rule takes one value and either returns the parsed value or reports a [`Problem`], with the code with which the
//! service would reject it. This module sends nothing, and a value that has passed is not validated again.
//!
//! | item | rule |
//! |---|---|
//! | [`IdRule`], [`validate_ids`] | the form of an id, and the number of ids in a request |
//! | [`validate_id`] | a single id |
//! | [`parse_ids`] | ids from pasted text |
//! | [`validate_date`], [`validate_date_range`] | RFC 3339, and a range of at most 90 × 24 hours |
//! | [`validate_enum`] | enumerated values |
//! | [`validate_page_index`] | 1 to [`MAX_PAGE_INDEX`] |
//! | [`Problem`] | an invalid value, with the expected one |

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
