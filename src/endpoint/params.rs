//! The parameters that several endpoints have.

use super::{Param, ParamRole};
use crate::util::text_outside_wasm;

/// The maximum number of records on a page. (Case API v3, `page_index`.)
pub const PAGE_SIZE: u32 = 100;

/// The values of `sort_by`. (Case API v3, `sort_by`.)
pub const SORT_OPTIONS: [&str; 2] = ["UPDATED_DATE", "STATUS"];

/// The parameter `sort_by` of all endpoints but the one for details.
pub(super) const SORT_BY: Param = Param {
    name: "sort_by",
    role: ParamRole::SortBy,
    description: text_outside_wasm("Order of the results, ascending: by last update (the default) or by status."),
};

/// Returns the parameters of a list endpoint: its ids, then those that both list endpoints have.
pub(super) const fn list_params(ids: Param) -> [Param; 6] {
    [
        ids,
        Param {
            name: "date_created_from",
            role: ParamRole::CreatedFrom,
            description: text_outside_wasm(
                "Only cases created at this instant or later. Sent in UTC, in whole seconds.",
            ),
        },
        Param {
            name: "date_created_to",
            role: ParamRole::CreatedTo,
            description: text_outside_wasm(
                "Only cases created at this instant or earlier; at most 90 × 24 hours after date_created_from. Sent in UTC, in whole \
                 seconds.",
            ),
        },
        Param {
            name: "status_flag",
            role: ParamRole::StatusFlag,
            description: text_outside_wasm("Only open (O) or only closed (C) cases. Left out: both."),
        },
        SORT_BY,
        Param {
            name: "page_index",
            role: ParamRole::PageIndex,
            description: text_outside_wasm("Which page to return, from 1 (the default). A page has at most 100 cases."),
        },
    ]
}
