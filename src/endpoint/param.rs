//! An endpoint and its parameters, as data.

use crate::model::DocumentKind;
use crate::rules::IdRule;
use crate::util::prose;

/// The most records a page has. (Case API v3, `page_index`.)
pub const PAGE_SIZE: u32 = 100;

/// What `sort_by` may say. (Case API v3, `sort_by`.)
pub const SORT_OPTIONS: [&str; 2] = ["UPDATED_DATE", "STATUS"];

/// One GET of the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Endpoint {
    /// The call's name in JavaScript.
    pub name: &'static str,
    /// The documentation's section.
    pub title: &'static str,
    /// The service's name for the method, as `pagination_response_record.title` says it.
    pub method_title: &'static str,
    /// The name of the parameters' type in TypeScript.
    pub params_type: &'static str,
    /// The path up to the ids.
    pub route: &'static str,
    /// The parameters; the first is the one in the path.
    pub params: &'static [Param],
    /// The shape of the answer.
    pub answer: DocumentKind,
    /// What it does, in a sentence.
    pub doc: &'static str,
}

/// One parameter of an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Param {
    /// The service's own name.
    pub name: &'static str,
    /// What it may be.
    pub kind: ParamKind,
    /// What it means.
    pub doc: &'static str,
}

/// What a parameter may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ParamKind {
    /// Several ids; required.
    Ids(IdRule),
    /// One id; required.
    Id(IdRule),
    /// One of [`SORT_OPTIONS`].
    SortBy,
    /// A date and time.
    Date,
    /// `O` or `C`.
    StatusFlag,
    /// The index of a page, from 1.
    PageIndex,
}

pub(super) const SORT_BY: Param = Param {
    name: "sort_by",
    kind: ParamKind::SortBy,
    doc: prose("Order of the results, ascending: by last update (the default) or by status."),
};

/// The parameters that both lists share, after their ids.
macro_rules! list_params {
    ($ids:expr) => {
        &[
            $ids,
            $crate::endpoint::Param {
                name: "date_created_from",
                kind: $crate::endpoint::ParamKind::Date,
                doc: $crate::util::prose("Only cases created at this instant or later. Sent in UTC."),
            },
            $crate::endpoint::Param {
                name: "date_created_to",
                kind: $crate::endpoint::ParamKind::Date,
                doc: $crate::util::prose("Only cases created at this instant or earlier; at most 90 × 24 hours after date_created_from. Sent in UTC."),
            },
            $crate::endpoint::Param {
                name: "status_flag",
                kind: $crate::endpoint::ParamKind::StatusFlag,
                doc: $crate::util::prose("Only open (O) or only closed (C) cases. Left out: both."),
            },
            $crate::endpoint::param::SORT_BY,
            $crate::endpoint::Param {
                name: "page_index",
                kind: $crate::endpoint::ParamKind::PageIndex,
                doc: $crate::util::prose("Which page to return, from 1 (the default). A page has at most 100 cases."),
            },
        ]
    };
}

pub(super) use list_params;
